"""What boards say, in English. Everything else about boards is tested by keys, and holds in any language."""

import html
import itertools
import linecache
import re
import warnings
from functools import partial

import numpy as np
import pytest
from board_support import (
    DATA,
    NETWORK,
    PROBLEM,
    RUNGS,
    TENSORS,
    ZEROS,
    Trial,
    a_third,
    averaging,
    ends_early,
    fails_after_two_steps,
    fails_at_once,
    forgets,
    is_nan,
    raises,
    returns,
    wrong_signature,
    yields_a_number,
    yields_nothing,
)

from polyfit_helpers import START, training
from polyfit_helpers.widgets import explore, texts
from polyfit_helpers.widgets import session as module
from polyfit_helpers.widgets.elements import Range
from polyfit_helpers.widgets.guess import verdict_on
from polyfit_helpers.widgets.panel import Panel
from polyfit_helpers.widgets.scenes import read_scene
from polyfit_helpers.widgets.tables import kept_table
from polyfit_helpers.widgets.words import marks, words

pytestmark = pytest.mark.english


def said(trial, **of_the_board):
    return str(words(trial.seen(**of_the_board)))


# --- The verdict ----------------------------------------------------------------------------------------------------


def test_before_a_run_it_says_what_theory_expects():
    assert said(Trial()).startswith(
        "Ready. Theory expects a loss of 9.085 after 2\u202f000 iterations, 0.2677 above the floor 8.817. "
        "Press Train. y = 0.1257 − 0.1321 x"
    )
    assert "a loss of 8.817" in said(Trial().choose(learning_rate=3e-6))
    assert "Theory expects this run to explode within 2\u202f000 iterations." in said(Trial(learning_rate=1e-4))
    assert said(Trial(training.optim, TENSORS, optimizer="Adam")).startswith("Ready. Press Train.")
    assert "Where will the loss be after 2\u202f000 iterations?" in said(Trial(), guessing=True)


def test_after_a_run_it_says_where_the_loss_is_what_is_missing_and_the_equation():
    trial = Trial().train()
    assert "Still falling. Loss 9.085 after 2\u202f000 iterations" in said(trial)
    assert "About 269 more bring it within 1 %" in said(trial)
    assert "y = 0.0005 + 0.8408 x − 0.0001 x² − 0.0911 x³" in said(trial)
    assert "At iteration 0: y = " in said(trial, at=0)


@pytest.mark.parametrize(
    ("rate", "verdict"),
    [
        (3.55e-6, "Converged. Loss 8.817"),
        (3.56e-6, "Diverging."),
        (1e-5, "because the rate 1e-5 is above the limit 3.558e-6"),
        (1e-3, "Overflowed. The loss left the range of numbers at iteration 56"),
        (1e-7, "Still falling. Loss 467.2"),
    ],
)
def test_a_diagnosis_in_words(rate, verdict):
    assert verdict in said(Trial(learning_rate=rate, iterations=40 if rate == 1e-5 else 2000).train())


def test_what_swings_is_told_why():
    trial = Trial(momentum=0.9, iterations=100).train()
    needed = PROBLEM.iterations_to_reach(1.01 * PROBLEM.floor, START, 1e-6, 0.9)
    why = f"as momentum does, and settles: the rate 1e-6 is below the limit 6.76e-6. About {needed - 100} more"
    assert said(trial).startswith("Swinging.") and why in said(trial)
    secretly = said(Trial(forgets).train())
    assert secretly.startswith("Swinging.")
    assert "it is not the rate: the rate 1e-6 is below the limit 3.558e-6. What else moves the param" in secretly
    never = said(Trial(training.autograd_matrix, TENSORS, reset=False, iterations=500).train())
    assert never.startswith("Ringing.")
    assert "never reset are momentum 1. It is not the rate: the rate 1e-6 is below the limit 7.116e-6." in never


def test_a_loss_below_the_floor_is_not_called_converged():
    assert re.match(
        r"Another loss\. Loss 7\.957 after 2.000 iterations: less than 8\.817", said(Trial(averaging).train())
    )
    assert "It is their mean, so the rate must be larger in proportion." in said(Trial(averaging).train())
    third = said(Trial(a_third).train())
    assert third.startswith("Another loss.") and "The prediction does not hold." in third


def test_a_network_is_not_predicted_and_gets_below_the_floor_of_every_cubic():
    trial = Trial(**NETWORK, iterations=300)
    assert said(trial) == (
        "Ready. Nobody can predict this run, so there is no predicted curve and no limit. No cubic gets below 8.817; "
        "this model may. Press Train. 49 parameters"
    )
    early = said(trial.step(50))
    assert early.startswith("Not settled yet. Paused. Loss ") and early.endswith(". It goes up and down. 49 parameters")
    verdict = said(trial.train())
    assert verdict.startswith("Below the floor of every cubic! Loss 1.") and "after 300 iterations; " in verdict
    assert re.search(r"the best cubic has 8\.817, \d\.\d+ times as much\. 49 parameters$", verdict)
    assert "residual" not in verdict and "misses most at x" in said(trial, view="residuals")
    overflowed = said(
        Trial(**{**NETWORK, "loop": lambda data, start, rate: iter([(1e3, start), (np.inf, start)])}).train()
    )
    assert overflowed.startswith("Overflowed.")


def test_a_network_whose_units_start_alike_is_told_so():
    trial = Trial(**NETWORK, iterations=100).choose(start="zeros").act("reset")
    assert said(trial).startswith("Ready. All hidden units start alike, so each iteration will move them alike")
    verdict = said(trial.train())
    assert (
        verdict.startswith("All units alike. Loss 999.5 after 100 iterations. ") and "Choose another start." in verdict
    )
    assert "alike" not in said(trial.train(start="seed")) and "alike" not in said(Trial(start=(0.0,) * 4))


def test_the_mean_loss_of_a_network_is_not_called_below_the_floor():
    def mean(data, start, learning_rate):
        for loss, parameters in training.network(data, start, learning_rate):
            yield loss / len(data), parameters

    verdict = said(Trial(**{**NETWORK, "loop": mean}, iterations=30).train())
    assert verdict.startswith("Another loss. Loss 0.") and "It is the mean: the sum, which the floor 8.817" in verdict


def test_a_network_that_passes_the_floor_has_not_converged_there():
    losses = iter([(2e3, NETWORK["start"]), (1500.0, NETWORK["start"]), (8.85, NETWORK["start"])])
    verdict = said(Trial(**{**NETWORK, "loop": lambda data, start, rate: losses}, iterations=2).train())
    assert verdict.startswith("Still falling.") and "above the floor 8.817" in verdict


def test_a_first_loss_that_is_no_number_has_not_overflowed():
    def broken(data, start, learning_rate):
        while True:
            yield float("nan"), (1.0, 2.0, float("nan"), 1.0)

    verdict = said(Trial(broken), view="path b c")
    assert verdict.startswith("Not a number. The very first loss is no number.") and "nan" not in verdict


def test_pauses_stops_and_slow_iterations_are_told(monkeypatch):
    trial = Trial().step(111)
    assert said(trial).startswith("Paused. Loss") and "after 111 iterations" in said(trial)  # and falls no more
    trial.session.act("stop", trial.settings)
    assert said(trial).startswith("Stopped. Loss")
    trial.session.act("train", trial.settings)
    assert said(trial) == "Training. Stop and Pause answer at once; the sliders prepare the next run."
    clock = itertools.count(0, 60)
    monkeypatch.setattr(module, "perf_counter", lambda: float(next(clock)))
    slow = Trial(training.numpy_by_hand, iterations=2).train()
    assert "A single iteration took 60.0 s; nothing can answer while it lasts." in said(slow)


@pytest.mark.parametrize(
    ("loop", "verdict"),
    [
        (raises, "KeyError. '<b>grad</b>'. What was recorded, 1 iteration, is kept."),
        (yields_a_number, "TypeError. a training loop must yield a pair"),
        (yields_nothing, "ValueError. the training loop yielded nothing: put"),
        (returns, "TypeError. a generator is needed"),
        (wrong_signature, "TypeError. wrong_signature() takes 1 positional argument but 3 were given"),
        (is_nan, "Not a number. The loss was 5, and at iteration 1 it is no number."),
        (ends_early, "The loop ended by itself after 2 iterations"),
    ],
)
def test_a_wrong_loop_is_explained(loop, verdict):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert verdict in said(Trial(loop).train())


def test_the_line_of_the_learners_cell_is_shown():
    cell = "def broken(data, start, learning_rate):\n    yield 1.0, start\n    oops\n"
    name = "/tmp/ipykernel_1/2.py"
    linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)
    namespace = {}
    exec(compile(cell, name, "exec"), namespace)
    verdict = said(Trial(namespace["broken"]).train())
    assert "NameError." in verdict and "Line 3: oops." in verdict


# --- Several loops --------------------------------------------------------------------------------------------------


def test_several_loops_are_named_with_their_losses():
    verdict = said(Trial(RUNGS, TENSORS, iterations=300).train())
    assert verdict.startswith("After 300 iterations. Losses: ")
    assert re.search(r" \d+ \(numpy_by_hand\), \d+ \(tensors_by_hand\) and \d+ \(autograd", verdict.replace(".", ""))
    mean = partial(training.numpy_matrix, reduction="mean", learning_rate=2e-3)
    two_floors = Trial({"x": training.numpy_matrix, "mean": mean}, iterations=100).train()
    assert "floor is" in verdict and "floor is" not in said(two_floors)


def test_the_difference_from_the_first_is_told_in_units_of_rounding():
    trial = Trial(RUNGS, TENSORS, iterations=300).train()
    first, second = (run.history.losses for run in trial.session.runs[:2])
    most = (np.abs(second - first) / np.spacing(first)).max()
    assert most < 200, "rounding, and nothing else"
    by = f"at most {texts.loss(most)}" if most else "nothing"
    assert f"tensors_by_hand by {by}" in said(trial, view="differences")
    single = Trial(RUNGS[:2], DATA.to("cpu", "float32")).step(50)
    assert "From numpy_by_hand differ" in said(single, view="differences")


@pytest.mark.parametrize("first", [True, False])
def test_one_of_several_that_fails_is_named(first):
    loops = {"good": training.numpy_matrix, "bad": fails_after_two_steps, "worse": fails_at_once}
    trial = Trial(loops if first else dict(reversed(loops.items())), iterations=50)
    assert "worse ended with KeyError: 'too early'." in said(trial), "before anything is pressed"
    trial.train()
    assert said(trial).startswith("After 50 iterations.") and "bad ended with ValueError: enough." in said(trial)
    assert "worse ended with KeyError" in said(trial.step(5))
    assert "bad ended" not in said(trial.act("reset"))
    both = Trial({"bad": fails_after_two_steps, "worse": fails_at_once}, iterations=50).train()
    assert said(both).startswith("ValueError. enough. What was recorded, 2 iterations")


def test_an_error_that_a_loop_chose_is_told_and_not_the_one_behind_it():
    def refuses(data, start, learning_rate):
        if learning_rate > 1e-3:
            raise ValueError("choose another rate") from KeyError("k")
        yield from training.numpy_matrix(data, start, learning_rate)

    assert said(Trial(refuses).step(10).choose(learning_rate=0.01).step(1)).startswith(
        "ValueError. choose another rate"
    )


def test_another_number_of_parameters_is_told():
    def two(data, start, learning_rate):
        while True:
            yield 1.0, (1.0, 2.0)

    verdict = "ValueError. the training loop yields 2 parameters, the start has 4: yield all of them"
    assert said(Trial(two)).startswith(verdict)


# --- Views in words -------------------------------------------------------------------------------------------------


def test_views_in_words():
    trial = Trial(iterations=5000).train()
    path = said(trial, view="path b d")
    assert "b from −0.1321 to 0.8567 (best 0.8567) and d from 0.1049 to −0.0933" in path
    assert "tilted: b and d pull" in path
    assert "upright: a and b do not touch each other" in said(trial, view="path a b")
    assert "Best fit: a = 0, b = 0.8567, c = 0 and d = −0.0933." in said(trial, view="coefficients")
    short = Trial().train()
    assert re.search(r"misses most at x = −?3\.1416, by −?0\.18", said(short, view="residuals"))
    factors = (1 - 1e-6 * PROBLEM.eigenvalues) ** 2
    assert f"miss by {', '.join(f'{one:.4f}' for one in factors[:3])} and {factors[3]:.4f}." in said(
        short, view="above"
    )


@pytest.mark.parametrize("view", ["coefficients", "residuals", "path b d"])
def test_words_about_several_loops_name_the_one_that_they_are_about(view):
    assert "numpy_by_hand: " in said(Trial(RUNGS, TENSORS).step(5), view=view)


@pytest.mark.parametrize(
    ("basis", "b", "d"), [("scaled", "b of x/π", "d of (x/π)³"), ("legendre", "b of P₁", "d of P₃")]
)
def test_letters_of_another_basis_say_what_they_are_factors_of(basis, b, d):
    assert "b from −0.1321" in said(Trial(), view="path b d")
    trial = Trial(basis=basis, start=ZEROS).step(10)
    assert f"{b} from " in said(trial, view="path b d") and f"and {d} from " in said(trial, view="path b d")
    assert f"{b} = " in said(trial, view="coefficients")
    if basis == "legendre":
        assert "upright: b of P₁ and d of P₃ hardly touch each other" in said(trial, view="path b d")


def test_a_better_basis_ends_with_the_same_curve_in_powers_of_x():
    for basis, rate in (("powers", 3.5e-6), ("legendre", 4e-4)):
        trial = Trial(basis=basis, start=ZEROS, learning_rate=rate, iterations=20_000).train()
        assert "y = 0.0000 + 0.8567 x + 0.0000 x² − 0.0933 x³" in said(trial)


def test_the_inside_of_a_step_in_words():
    trial = Trial(training.autograd, TENSORS).step(1, looking=True)
    inside = said(trial, looking=True)
    assert "backward() filled 4 gradients" in inside and "reset: 4 gradients" in inside
    assert "backward()" not in said(trial)
    by_hand = Trial(training.numpy_by_hand).step(1, looking=True)
    assert "gradients by hand" in said(by_hand, looking=True)


# --- Runs that were kept, a guess, marks ------------------------------------------------------------------------------


def names_of_kept(trial, named=()):
    trial.session.keep(named)
    return [run.name for run in trial.session.kept]


def test_the_name_of_a_kept_run_says_what_sets_it_apart():
    trial = Trial(training.optim, TENSORS, momentum=0.9).step(5)
    names_of_kept(trial)
    trial.choose(optimizer="Adam", learning_rate=1e-2).step(5)
    assert names_of_kept(trial) == ["1: SGD, 1e-6, momentum 0.9", "2: Adam, 1e-2"]
    trial = Trial(reduction="mean", learning_rate=2e-3).step(5)
    names_of_kept(trial)
    trial.choose(reduction="sum", learning_rate=1e-6, basis="legendre").step(5)
    assert names_of_kept(trial) == ["1: 2e-3, mean", "2: 1e-6, Legendre"], "a sum is named only where it is asked for"
    assert names_of_kept(Trial().step(1), ["reduction", "degree"]) == ["1: 1e-6, degree 3, sum"]
    assert names_of_kept(Trial(training.autograd_matrix, TENSORS, reset=False).step(1)) == ["1: 1e-6, no reset"]
    assert names_of_kept(Trial({"SGD": training.numpy_matrix, "m": forgets}).step(1)) == ["1: SGD", "2: m"]


def cells(trial):
    rows = re.findall("<tr>(.*?)</tr>", kept_table(trial.seen()))[1:]
    return [[html.unescape(cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_the_table_of_kept_runs():
    trial = Trial().train()
    trial.session.keep()
    trial.train(learning_rate=1e-3)
    trial.session.keep()
    one, two = cells(trial)
    assert one[:-1] == ["1: 1e-6", "numpy_matrix", "1e-6", "cpu", "2\u202f000", "9.085", "0.2677", "not yet"]
    assert two[5:8] == ["overflow", "", "not yet"] and float(one[-1]) >= 0


@pytest.mark.parametrize(
    ("guess", "loss", "verdict"),
    [
        (40, 9.0849, "You guessed 40; after 2\u202f000 iterations the loss is 9.085: 4.4 times too high."),
        (4, 9.0849, "You guessed 4; after 2\u202f000 iterations the loss is 9.085: 2.27 times too low."),
        (9.1, 9.0849, "You guessed 9.1; after 2\u202f000 iterations the loss is 9.085: right to 1 %."),
        (1000, np.inf, "You guessed 1\u202f000; the run exploded."),
        (1000, np.nan, "You guessed 1\u202f000; the run exploded."),
    ],
)
def test_a_guess_is_judged(guess, loss, verdict):
    assert verdict_on(guess, 2000, loss) == verdict


def test_a_guess_is_asked_for_refused_and_left_open_in_words():
    assert (
        texts.guess(iterations=100) == "Guess: loss after 100 iterations"
        and texts.guess(iterations=1) == "Guess: loss after 1 iteration"
    )
    assert texts.no_guess(entered="-3") == "A guess must be a positive number, got '-3'"
    assert "has ended before 100 iterations" in texts.not_settled(iterations=100)


def test_the_limit_is_marked_in_words():
    assert marks(Trial().seen()) == [(PROBLEM.stability_limit(), "limit 3.558e-6")]


# --- Entries and scenes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "entered", "error"),
    [
        ("learning_rate", "fast", "Learning rate must be a number, got 'fast'"),
        ("learning_rate", "1,5", "Learning rate must be a number, got '1,5': write a decimal point"),
        ("learning_rate", "nan", "Learning rate must be a number, got 'nan'"),
        ("learning_rate", "-1e-6", "Learning rate must lie between 1e-9 and 1, got '-1e-6'"),
        ("learning_rate", "0", "Learning rate must lie between 1e-9 and 1, got '0'"),
        ("learning_rate", "inf", "Learning rate must lie between 1e-9 and 1, got 'inf'"),
        ("iterations", "2.5", "Iterations must be a whole number, got '2.5'"),
        ("iterations", "-3", "Iterations must lie between 1 and 100\u202f000, got '-3'"),
        ("iterations", "1e9", "Iterations must lie between 1 and 100\u202f000, got '1e9'"),
        ("iterations", "", "Iterations must be a number, got ''"),
    ],
)
def test_a_bad_entry_is_quoted(control, entered, error):
    if control == "learning_rate":
        one = Range(label=texts.LEARNING_RATE, value=1e-6, min=1e-9, max=1.0, log=True)
    else:
        one = Range(label=texts.ITERATIONS, value=2000, min=1, max=100_000, log=True, whole=True)
    with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
        one.read(entered)
    one.close()


@pytest.fixture(scope="module")
def panel():
    trial = Trial()
    yield Panel(trial.session, trial.settings, None), trial


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        ("learning_rate", "damaged at 'learning_rate': write name=value"),
        ("learning_rate=fast", "damaged at 'learning_rate=fast': Learning rate must be a number, got 'fast'"),
        ("learning_rate=7", "damaged at 'learning_rate=7': Learning rate must lie between 1e-9 and 1, got '7'"),
        ("iterations=2.5", "damaged at 'iterations=2.5': Iterations must be a whole number"),
        ("colour=red", "damaged at 'colour=red': this board has no 'colour', it has learning_rate, iterations"),
        ("at=3 at=4", "damaged at 'at=4': 'at' is there twice"),
        ("view=path-b-z", "damaged at 'view=path-b-z': choose from loss, above"),
        ("start=seed:x", "damaged at 'start=seed:x': choose from given, zeros"),
        ("basis=fourier", "damaged at 'basis=fourier': choose from powers, scaled, legendre"),
        ("reset=True", "damaged at 'reset=True': this board has no 'reset'"),
        ("degree=5", "damaged at 'degree=5': this board has no 'degree'"),
        ("at=x", "damaged at 'at=x': at must be a whole number, 0 or more, got 'x'"),
        ("device=cpu", "damaged at 'device=cpu': this board has no 'device'"),
        ("ran=-1", "damaged at 'ran=-1'"),
        ("ran=300000", "damaged at 'ran=300000': ran must be at most 200000"),
        ("at=5", "damaged at 'at=5': it needs ran= as well"),
    ],
)
def test_a_damaged_scene_is_quoted(panel, scene, why):
    one, trial = panel
    with pytest.raises(ValueError, match=re.escape(why)):
        read_scene(scene, one.controls, trial.settings, one.shown, 1)
    with pytest.raises(TypeError, match=r"a scene is a line of text.*got 5"):
        read_scene(5, one.controls, trial.settings, one.shown, 1)


# --- Explore ----------------------------------------------------------------------------------------------------------


def test_one_s_own_tries_in_words():
    board = explore(DATA)
    assert repr(board).startswith("Loss 999.5. That is 990.7 above the floor 8.817. Your first try.")
    assert board.loss.value == "loss 999.5"
    board.sliders[1].value = 0.5
    assert "Best of your 2 tries" in repr(board)
    board.buttons["best"].click()
    assert "within 1 % of the floor 8.817" in repr(board)
    board.attempt((0.5, 0.5, 0.0, 0.0))
    board.buttons["descend"].click()
    assert "2\u202f000 iterations from your try, with a learning rate of 1e-6" in repr(board)
    board.close()
    assert texts.slope(0.1) == "flat" and texts.slope(3) == "← 3" and texts.slope(-3) == "→ 3"
