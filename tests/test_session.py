"""The runs of a board without a board: what can be done when, and that the runs are those of `record`."""

import itertools
import subprocess
import sys

import numpy as np
import pytest
from board_support import (
    DATA,
    NETWORK,
    PROBLEM,
    TENSORS,
    Trial,
    ends_early,
    fails_after_two_steps,
    fails_at_once,
    forgets,
    raises,
)

from polyfit_helpers import START, random_start, record, sine, training
from polyfit_helpers.networks import network_start
from polyfit_helpers.widgets import session as module
from polyfit_helpers.widgets.run import Run
from polyfit_helpers.widgets.seen import Settings
from polyfit_helpers.widgets.session import MODES, MOVES, Session, what_differs


def test_a_session_needs_neither_widgets_nor_matplotlib_nor_torch():
    code = "import sys, polyfit_helpers.widgets.session\nprint(sorted({name.split('.')[0] for name in sys.modules}))"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'numpy'" in names
    assert not [name for name in ("ipywidgets", "anywidget", "matplotlib", "IPython", "torch") if f"'{name}'" in names]


def in_mode(mode):
    """Return a session in a mode."""
    if mode == "failed":
        return Trial(fails_at_once)
    trial = Trial(iterations=50)
    if mode in ("running", "stopped"):
        trial.session.act("train", trial.settings)
    if mode == "paused":
        trial.step(1)
    if mode == "stopped":
        trial.session.act("stop", trial.settings)
    if mode == "finished":
        trial.train()
    assert trial.session.mode == mode
    return trial


@pytest.mark.parametrize(("mode", "what"), [*itertools.product(MODES, sorted({what for _, what in MOVES}))])
def test_what_the_table_allows_leads_where_it_says_and_nothing_else_changes_anything(mode, what):
    trial = in_mode(mode)
    session, history = trial.session, trial.session.history
    done = session.act(what, trial.settings)
    assert done == ((mode, what) in MOVES)
    if not done:
        assert (session.mode, session.history) == (mode, history)
    elif mode != "failed":  # its loop fails again
        assert session.mode == MOVES[mode, what]


def test_nothing_can_be_done_with_a_closed_session():
    trial = in_mode("finished")
    trial.session.act("close", trial.settings)
    assert not any(trial.session.act(what, trial.settings) for _, what in MOVES) and not trial.session.slice(1)


@pytest.mark.parametrize("seconds", [1e-5, 1e-3, 1.0])
def test_slices_of_any_length_make_the_run_of_record(seconds):
    trial = Trial(iterations=500)
    trial.session.act("train", trial.settings)
    while trial.session.slice(seconds):
        pass
    assert trial.session.mode == "finished"
    expected = record(training.numpy_matrix(DATA, START, 1e-6), 500)
    np.testing.assert_array_equal(trial.session.history.losses, expected.losses)
    np.testing.assert_array_equal(trial.session.history.parameters, expected.parameters)


def test_pause_and_resume_and_steps_make_one_run():
    trial = Trial(iterations=3000)
    trial.session.act("train", trial.settings)
    trial.session.slice(1e-3)
    trial.session.act("pause", trial.settings)
    held = trial.session.done
    assert not trial.session.slice(1) and trial.session.done == held
    trial.step(10)
    assert (trial.session.mode, trial.session.done) == ("paused", held + 10)
    trial.act("resume")
    expected = record(training.numpy_matrix(DATA, START, 1e-6), 3000)
    np.testing.assert_array_equal(trial.session.history.losses, expected.losses)


def test_options_reach_the_loop():
    trial = Trial(training.optim, data=TENSORS).train(optimizer="Adam", learning_rate=1e-2, iterations=50)
    expected = record(training.optim(TENSORS, START, 1e-2, optimizer="Adam"), 50)
    np.testing.assert_array_equal(trial.session.history.losses, expected.losses)
    assert "momentum" not in trial.session.runs[0].settings, "Adam takes none"


def test_a_loop_that_names_its_optimizer_alone_is_given_no_momentum():
    def learners(data, start, learning_rate, optimizer="SGD"):
        while True:
            yield 1.0, start

    session = Session(sine(20), learners)
    assert session.has("optimizer") and not session.has("momentum")
    session.act("train", Settings(options={"optimizer": "SGD", "momentum": 0.9}))
    assert session.mode == "running" and session.error is None


def test_a_step_after_another_setting_begins_anew_but_not_after_another_number_of_iterations():
    trial = Trial().step(5).choose(iterations=7).step(1)
    assert trial.session.done == 6
    trial.choose(learning_rate=2e-6).step(1)
    assert trial.session.done == 1
    assert trial.session.history.losses[1] == record(training.numpy_matrix(DATA, START, 2e-6), 1).losses[1]


def test_a_random_start_is_drawn_anew_for_every_further_run_and_comes_again_when_asked_for():
    trial = Trial(iterations=5).choose(start="seed")
    firsts = []
    for _ in range(3):
        trial.train()
        firsts.append(trial.session.start)
    assert firsts == [random_start(seed) for seed in (1, 2, 3)]
    trial.train(start="last")
    assert trial.session.start == firsts[-1]
    trial.choose(start="seed").act("reset", anew=False)
    assert trial.session.start == firsts[-1]
    trial.choose(start="zeros", degree=1).act("reset")
    assert trial.session.start == (0.0, 0.0)


def test_a_replay_halts_where_it_was_asked_to_and_the_rest_can_be_resumed():
    trial = Trial(iterations=100).act("replay", iterations=30)
    assert (trial.session.mode, trial.session.done) == ("paused", 30)
    trial.act("resume")
    assert (trial.session.mode, trial.session.done) == ("finished", 100)
    beyond = Trial(iterations=100).act("replay", iterations=130)
    assert (beyond.session.mode, beyond.session.done) == ("finished", 130)


def test_a_loop_that_fails_ends_the_session_and_another_one_of_several_does_not():
    alone = Trial(raises).train()
    assert alone.session.mode == "failed" and alone.session.done == 1 and "grad" in str(alone.session.error)
    several = Trial({"good": training.numpy_matrix, "bad": fails_after_two_steps, "worse": fails_at_once}, iterations=9)
    several.train()
    assert several.session.mode == "finished" and [len(run.history) for run in several.session.runs] == [10, 3, 0]
    both = Trial({"bad": fails_after_two_steps, "worse": fails_at_once}).train()
    assert both.session.mode == "failed"
    assert Trial(ends_early).train().session.mode == "finished"


def test_a_look_inside_is_the_last_of_several_steps_and_is_forgotten_with_the_run():
    trial = Trial(training.autograd, data=TENSORS).step(3, looking=True)
    assert trial.session.inside.backward is not None and trial.session.done == 3
    note = trial.session.inside_note
    trial.act("reset")
    assert trial.session.inside is None and trial.session.inside_note != note


def test_kept_runs_stay_as_they_were():
    trial = Trial().step(100)
    trial.session.keep()
    trial.step(500)
    trial.session.keep()
    first, second = trial.session.kept
    assert (len(first.losses), len(second.losses)) == (101, 601) and first.reached is None
    trial.train(learning_rate=3e-6)
    trial.session.keep()
    assert trial.session.kept[2].reached == PROBLEM.iterations_to_reach(1.01 * PROBLEM.floor, START, 3e-6)
    trial.session.act("train", trial.settings)
    trial.session.slice(0.0)
    trial.session.keep()
    assert len(trial.session.kept) == 3, "a run that goes on is not kept"


def test_a_kept_run_is_named_by_what_it_ran_with_whatever_the_controls_say_now():
    trial = Trial().step(10).choose(degree=5, learning_rate=2e-6)
    short = what_differs(trial.session.runs[0])
    assert short == ["1e-6"]
    assert (
        len(what_differs(trial.session.runs[0], ["degree"]))
        == 2
        == len(what_differs(trial.session.runs[0], ["reduction"]))
    )
    trial.session.keep(["degree"])
    assert "3" in trial.session.kept[0].name and "5" not in trial.session.kept[0].name


def test_a_slow_iteration_is_remembered(monkeypatch):
    clock = itertools.count(0, 60)
    monkeypatch.setattr(module, "perf_counter", lambda: float(next(clock)))
    trial = Trial(training.numpy_by_hand, iterations=2).train()
    assert trial.session.slowest == 60.0


def test_each_run_is_judged_by_theory_in_its_own_basis_and_reduction():
    from functools import partial

    mean = partial(training.numpy_matrix, reduction="mean", learning_rate=2e-3)
    trial = Trial({"x": training.numpy_matrix, "mean": mean, "by hand": training.numpy_by_hand}, basis="legendre")
    problems = [run.problem for run in trial.session.runs]
    assert [(one.basis, one.reduction) for one in problems] == [
        ("legendre", "sum"),
        ("legendre", "mean"),
        ("powers", "sum"),
    ]
    assert trial.session.problem_of(trial.session.runs[0], trial.settings) is problems[0], "made once"
    assert Trial(forgets).session.runs[0].floor == pytest.approx(PROBLEM.floor)


def test_a_loop_in_numpy_runs_on_the_cpu_whatever_is_chosen_for_the_others():
    run = Run("numpy", training.numpy_matrix, TENSORS)
    run.begin(Settings(learning_rate=1e-6, device="cuda"), START)
    assert run.settings["device"] == "cpu", "the table of kept runs says where a run was"


def test_a_network_draws_its_random_starts_in_its_own_way_and_has_no_theory():
    trial = Trial(**NETWORK, iterations=5).train()
    assert trial.session.runs[0].problem is None and trial.session.start == network_start(0)
    assert trial.session.history.parameters.shape == (6, 49)
    trial.train(start="seed")
    assert trial.session.start == network_start(1)
    assert trial.seen().next_start == network_start(1)
    assert len(trial.train(start="zeros").session.history.parameters[-1].nonzero()[0]) <= 1, "nothing breaks the tie"
