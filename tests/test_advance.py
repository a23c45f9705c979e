"""Nothing that a learner's loop does reaches beyond it: in `record`, on boards, and in checks."""

import asyncio
import builtins
import contextlib
import decimal
import functools
import gc
import io
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
import types
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from board_support import DATA, TENSORS, Trial, told, until
from exercise_support import edited, fresh

from polyfit_helpers import START, record, training
from polyfit_helpers.advance import Apart, apart_of, require_yield
from polyfit_helpers.history import History
from polyfit_helpers.training.inside import look_inside
from polyfit_helpers.widgets import dashboard, patience, texts
from polyfit_helpers.widgets import run as run_module
from polyfit_helpers.widgets.words import words

# --- What a loop may change around it -------------------------------------------------------------------------------

WITHIN = {  # what a loop may wait in
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "device": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu"),
    "errstate": lambda: np.errstate(all="raise"),
    "catch_warnings": lambda: warnings.catch_warnings(action="ignore"),
    "chdir": lambda: contextlib.chdir("/"),
    "redirect_stdout": lambda: contextlib.redirect_stdout(io.StringIO()),
    "localcontext": lambda: decimal.localcontext(prec=3),
}
FOR_GOOD = {  # what it may call
    "set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "set_default_dtype": lambda: torch.set_default_dtype(torch.float16),
    "set_default_device": lambda: torch.set_default_device("meta"),
    "set_detect_anomaly": lambda: torch.autograd.set_detect_anomaly(True, check_nan=False),
    "seterr": lambda: np.seterr(all="raise"),
    "simplefilter": lambda: warnings.simplefilter("ignore"),
    "filters": lambda: warnings.filters.clear(),
    "chdir": lambda: os.chdir("/"),
    "stdout": lambda: setattr(sys, "stdout", io.StringIO()),
    "stderr": lambda: setattr(sys, "stderr", io.StringIO()),
    "stdin": lambda: setattr(sys, "stdin", io.StringIO()),
    "input": lambda: setattr(builtins, "input", str),
    "trace": lambda: sys.settrace(None),
}


def around():
    """Return all of this as it is now."""
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
        torch.is_anomaly_enabled(),
        np.geterr(),
        [*warnings.filters],
        warnings.filters is warnings.filters,
        os.getcwd(),
        (sys.stdout, sys.stderr, sys.stdin, builtins.input, sys.gettrace()),
        decimal.getcontext().prec,
    )


def waits_within(block, seen, data=None, start=None, learning_rate=None):
    """Count, from the second state on inside this block, which stays open."""
    yield 0.0, (0.0,) * 4
    with block():
        for i in range(1, 10_000):
            seen.append(around()[:-2])
            yield float(i), (0.0,) * 4


def waits_within_each(block, seen, data=None, start=None, learning_rate=None):
    """Count, with a block of its own around each yield."""
    for i in range(10_000):
        with block():
            seen.append(around()[:-2])
            yield float(i), (0.0,) * 4


def changes(call, seen, data=None, start=None, learning_rate=None):
    """Count, after a call that changes something for good."""
    yield 0.0, (0.0,) * 4
    call()
    for i in range(1, 10_000):
        seen.append(around()[:-2])
        yield float(i), (0.0,) * 4


LOOPS = [
    *(pytest.param(waits_within, block, id=f"within {name}") for name, block in WITHIN.items()),
    *(pytest.param(waits_within_each, block, id=f"within {name} each time") for name, block in WITHIN.items()),
    *(pytest.param(changes, call, id=f"{name} for good") for name, call in FOR_GOOD.items()),
]


@pytest.fixture(autouse=True)
def nothing_is_left():
    """Whatever a test does, the next one finds everything as it was, and nobody complains behind its back."""
    before, complaints, hook = around(), [], sys.unraisablehook
    sys.unraisablehook = lambda one: complaints.append(str(one.exc_value))
    yield
    gc.collect()  # what nobody ended is ended here, and not within another test
    sys.unraisablehook = hook
    assert around() == before
    assert complaints == []


@pytest.mark.parametrize(("loop", "what"), LOOPS)
def test_what_a_loop_changes_stays_with_it_in_record(loop, what):
    before, seen = around(), []
    history = record(loop(what, seen), 5)  # nobody else holds the loop, and its blocks end here
    assert around() == before and history.losses.tolist() == [0, 1, 2, 3, 4, 5]
    assert all(one == seen[0] for one in seen), "it finds again what it has changed"


@pytest.mark.parametrize(("loop", "what"), LOOPS)
def test_what_a_loop_changes_stays_with_it_between_its_states_and_among_others(loop, what):
    before, seen = around(), []
    one, two, three = loop(what, seen), loop(what, seen), training.autograd(TENSORS, START, 1e-6)
    histories = History(), History(), History()
    for states in (1, 1, 3, 600, 1):
        for history, running in zip(histories, (one, two, three), strict=True):
            history.extend(running, states)
            assert around() == before
    assert [len(history) for history in histories] == [606] * 3
    assert (histories[2].losses == record(training.autograd(TENSORS, START, 1e-6), 605).losses).all()
    assert all(state == seen[0] for state in seen)
    for running in (one, two):
        apart_of(running).run(running.close)
        assert around() == before


@pytest.mark.parametrize(("loop", "what"), LOOPS)
def test_what_a_loop_changes_stays_with_it_on_a_board(loop, what):
    before, seen = around(), []
    wrong = functools.partial(loop, what, seen)
    trial = Trial({"right": training.autograd, "wrong": wrong}, data=TENSORS, iterations=40)
    assert around() == before
    trial.step(3, looking=True).act("resume")
    assert around() == before
    assert [len(run.history) for run in trial.session.runs] == [41, 41]
    assert (trial.session.history.losses == record(training.autograd(TENSORS, START, 1e-6), 40).losses).all()
    trial.train()
    assert trial.session.mode == "finished"
    assert all(state == seen[0] for state in seen)
    trial.act("close")
    assert around() == before


@pytest.mark.parametrize(("loop", "what"), LOOPS)
def test_what_a_loop_changes_stays_with_it_when_it_is_looked_into(loop, what):
    before, seen = around(), []
    running = loop(what, seen)
    item = apart_of(running).run(next, running)
    for i in range(1, 5):
        item, inside = look_inside(running, *item)
        assert around() == before and item[0] == i and inside.lines
    apart_of(running).run(running.close)


def test_a_watched_board_changes_nothing_between_two_slices():
    """Each task has context variables of its own, so that `with np.errstate` could not end in another one."""
    before, seen = around(), []

    async def scenario():
        loops = {
            name: functools.partial(waits_within_each, block, seen)
            for name, block in WITHIN.items()
            if name in ("no_grad", "inference_mode", "device", "errstate")
        }
        board = dashboard(DATA, loops, iterations=3000)
        board.train()
        await until(lambda: len(board.history) > 200)
        assert around() == before and board.mode == "running"
        board.train()
        await until(lambda: board.mode != "running")
        assert board.mode == "finished" and {len(history) for history in board.histories.values()} == {3001}
        board.close()

    asyncio.run(scenario())
    assert around() == before


NO_GRADIENTS = {
    "around the yield": [
        ("        yield loss, (a, b, c, d)", "        with torch.no_grad():\n            yield loss, (a, b, c, d)")
    ],
    "for good": [("    while True:", "    torch.set_default_dtype(torch.float16)\n    while True:")],
}


@pytest.mark.parametrize("edits", NO_GRADIENTS.values(), ids=NO_GRADIENTS)
def test_a_loop_that_waits_without_gradients_is_right_in_a_check_and_on_a_board(edits):
    answer, before = edited("repaired_training", *edits), around()
    assert fresh("repaired_training").check(answer).state == "done"
    assert around() == before
    trial = Trial({"learners": answer, "ours": training.autograd}, data=TENSORS, iterations=100).train()
    learners, ours = (run.history.losses for run in trial.session.runs)
    assert trial.session.mode == "finished" and (learners == ours).all() and around() == before
    (torch.ones((), requires_grad=True) * 2).backward()


def test_what_stands_outside_is_what_a_loop_sees_from_then_on():
    def seeing():
        while True:
            yield float(np.geterr()["divide"] == "ignore"), float(torch.get_default_dtype() == torch.float64)

    running, history = seeing(), History()
    for divide, dtype in (("ignore", torch.float64), ("warn", torch.float32), ("ignore", torch.float64)):
        with np.errstate(divide=divide):
            torch.set_default_dtype(dtype)
            history.extend(running, 1)
        torch.set_default_dtype(torch.float32)
    assert history.losses.tolist() == [1, 0, 1] == history.parameters.ravel().tolist()


def test_a_folder_that_is_gone_and_a_loop_that_cannot_be_found_again_are_no_trouble(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert record(iter([(2.0, 1.0), (1.0, 1.0)]), 1).losses.tolist() == [2, 1]
    assert record(training.numpy_matrix(DATA, START, 1e-6), 3).iterations == 3
    monkeypatch.chdir(tmp_path)


def test_outside_a_loop_it_puts_back_as_well():
    before = around()
    with np.errstate(), Apart():
        for change in FOR_GOOD.values():
            change()
    assert around() == before


# --- What would end more than a loop --------------------------------------------------------------------------------


class Stop(BaseException):
    """One of the learner's own."""


def raising(error):
    def act():
        raise error

    return act


ENDS = {
    "sys.exit()": lambda: sys.exit(),
    "sys.exit(1)": lambda: sys.exit(1),
    "exit()": lambda: exit(),
    "quit()": lambda: quit(),
    "raise SystemExit": raising(SystemExit),
    "raise KeyboardInterrupt": raising(KeyboardInterrupt("mine")),
    "raise GeneratorExit": raising(GeneratorExit),
    "raise CancelledError": raising(asyncio.CancelledError),
    "raise Stop": raising(Stop),
}


def ends_by(act, states, data=None, start=None, learning_rate=None):
    for i in range(states):
        yield 1000.0 - i, (0.0,) * 4
    act()
    yield 0.0, (0.0,) * 4


@pytest.mark.parametrize("states", [0, 1, 5, 600])
@pytest.mark.parametrize("act", ENDS.values(), ids=ENDS)
def test_what_would_end_more_than_a_loop_is_an_error_of_record_that_keeps_the_history(act, states):
    with pytest.raises(RuntimeError, match="which would end more than the loop: end it by `return`") as caught:
        record(ends_by(act, states), 1000)
    assert len(caught.value.history) == states and caught.value.history.ended == "failed"
    assert not isinstance(caught.value.__cause__, Exception)


@pytest.mark.parametrize("states", [0, 1, 5])
@pytest.mark.parametrize("act", ENDS.values(), ids=ENDS)
def test_what_would_end_more_than_a_loop_is_told_on_a_board(act, states):
    loop = functools.partial(ends_by, act, states)
    alone = Trial(loop, iterations=20).train()
    verdict = words(alone.seen())
    assert alone.session.mode == "failed" and len(alone.session.history) == states
    assert verdict.bold == "RuntimeError." and "would end more than the loop" in verdict.rest
    beside = Trial({"right": training.numpy_matrix, "wrong": loop}, iterations=20).train()
    assert beside.session.mode == "finished" and [len(run.history) for run in beside.session.runs] == [21, states]
    assert "would end more than the loop" in words(beside.seen()).rest
    if states > 1:
        looking = Trial(loop, iterations=20).step(states - 1).step(1, looking=True)
        assert looking.session.mode == "failed" and "would end more" in words(looking.seen()).rest


@pytest.mark.parametrize("act", ENDS.values(), ids=ENDS)
def test_a_watched_board_lives_on(act):
    async def scenario():
        board = dashboard(DATA, functools.partial(ends_by, act, 300), iterations=2000)
        board.train()
        await until(lambda: board.mode != "running")
        assert board.mode == "failed" and "would end more than the loop" in told(board) and len(board.history) == 300
        board.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("line", ["exit()", "quit()", "import sys; sys.exit()", "raise GeneratorExit"])
def test_what_would_end_more_than_a_loop_is_a_finding_of_a_check(line):
    at_once = edited(
        "repaired_training", ("        yield loss, (a, b, c, d)", f"        {line}\n        yield loss, (a, b, c, d)")
    )
    later = edited(
        "repaired_training", ("        yield loss, (a, b, c, d)", f"        yield loss, (a, b, c, d)\n        {line}")
    )
    for answer in (at_once, later):
        card = fresh("repaired_training").check(answer)
        assert card.mistakes == ("exception",) and line in card.words


def test_ipythons_exit_ends_no_kernel(monkeypatch):
    """It raises nothing: it asks the kernel to end."""
    asked = []
    shell = type("Shell", (), {"ask_exit": lambda self: asked.append(1)})()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    with pytest.raises(RuntimeError, match="raises SystemExit"):
        record(ends_by(lambda: shell.ask_exit(), 3), 10)
    assert asked == []
    shell.ask_exit()
    assert asked == [1], "in a cell it works as before"


def test_ctrl_c_is_told_from_what_a_loop_raises_itself():
    def works_for_ever():
        while True:
            pass

    def interrupted(data=None, start=None, learning_rate=None):
        yield 1000.0, (0.0,) * 4
        yield 999.0, (0.0,) * 4
        signal.raise_signal(signal.SIGINT)
        works_for_ever()
        yield 998.0, (0.0,) * 4

    history = record(interrupted(), 10)
    assert history.ended == "interrupted" and history.losses.tolist() == [1000, 999]
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a kernel does between two cells
    try:
        trial = Trial(interrupted, iterations=10).train()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert trial.session.mode == "finished" and trial.session.history.ended == "interrupted"
    assert "was interrupted after 1 iteration" in words(trial.seen()).rest
    at_once = Trial(functools.partial(ends_by, lambda: signal.raise_signal(signal.SIGINT), 1), iterations=10).train()
    assert "was interrupted after 0 iterations" in words(at_once.seen()).rest
    assert Trial(interrupted).step(1).step(1, looking=True).session.history.ended == "interrupted"


# --- Loops without a yield ------------------------------------------------------------------------------------------


def prints_for_ever(data, start, learning_rate):
    while True:
        loss = sum(start)
        if loss == 0.123:
            print(loss)


def prints_for_a_while(data, start, learning_rate):
    for _ in range(2000):
        learning_rate *= 1


def yields_behind_the_loop(data, start, learning_rate):
    while True:
        start = start
    yield 1.0, start


def yields_if_false(data, start, learning_rate):
    while True:
        if False:
            yield 1.0, start


def returns_in_the_middle(data, start, learning_rate):
    while True:
        if sum(start) > 1e300:
            return


WITHOUT = [prints_for_ever, prints_for_a_while, yields_behind_the_loop, yields_if_false, returns_in_the_middle]
WITHOUT += [functools.partial(prints_for_ever, learning_rate=1e-6)]


class Method:
    def training(self, data, start, learning_rate):
        while True:
            learning_rate *= 1


WITHOUT.append(Method().training)


@pytest.mark.parametrize("loop", WITHOUT)
def test_a_loop_without_a_yield_is_told_at_once_on_a_board(loop):
    alone = Trial(loop)
    for _ in range(2):
        verdict = words(alone.seen())
        assert alone.session.mode == "failed" and verdict.bold == "TypeError." and "`yield`" in verdict.rest
        alone.train()
    beside = Trial({"right": training.numpy_matrix, "wrong": loop}, iterations=20).train()
    assert beside.session.mode == "finished" and len(beside.session.history) == 21
    assert "wrong ended with TypeError" in words(beside.seen()).rest and "`yield`" in words(beside.seen()).rest
    board = dashboard(DATA, loop)
    board.train()
    assert board.mode == "failed" and "`yield`" in told(board)
    board.close()


def test_what_has_returned_no_loop_is_told_on_a_board_also_beside_another():
    def returns_a_list(data, start, learning_rate):
        return [learning_rate]

    wrong = Trial({"right": training.numpy_matrix, "wrong": returns_a_list}, iterations=20).train()
    assert wrong.session.mode == "finished" and "a generator is needed, got [1e-06]" in words(wrong.seen()).rest


@pytest.mark.parametrize("loop", [yields_behind_the_loop, yields_if_false])
def test_a_loop_that_cannot_reach_its_yield_is_refused_by_record(loop):
    with pytest.raises(TypeError, match=f"{loop.__name__} never reaches its `yield`"):
        record(loop(DATA, START, 1e-6), 10)


def test_an_asynchronous_loop_is_told():
    async def waiting(data, start, learning_rate):
        yield 1.0, start

    async def returning(data, start, learning_rate):
        return 1.0

    for loop in (waiting, returning):
        assert "without `async`" in words(Trial(loop).seen()).rest
        with pytest.raises(TypeError):
            record(loop(DATA, START, 1e-6), 10)


def a_stub(data, start, learning_rate):
    raise NotImplementedError("your turn")


def a_stub_with_its_end(data, start, learning_rate):
    raise NotImplementedError("your turn")
    while True:
        yield 1.0, start


def hands_on(data, start, learning_rate):
    return training.numpy_matrix(data, start, learning_rate)


def conditional(data, start, learning_rate):
    loop = training.numpy_matrix(data, start, learning_rate)
    if learning_rate > 1:
        return None
    return loop


def yields_from(data, start, learning_rate):
    yield from training.numpy_matrix(data, start, learning_rate)


class Endless:
    def __init__(self, data, start, learning_rate):
        self.start = start

    def __iter__(self):
        return self

    def __next__(self):
        return 1.0, self.start


@pytest.mark.parametrize(
    "loop",
    [
        *(a_stub, a_stub_with_its_end, hands_on, conditional, yields_from, Endless, training.autograd, max),
        lambda data, start, learning_rate: hands_on(data, start, learning_rate),
        functools.partial(yields_from, learning_rate=1e-6),
        functools.partial(training.numpy_matrix, momentum=0.9),
    ],
)
def test_what_may_be_a_loop_is_not_refused_beforehand(loop):
    require_yield(loop)


def test_a_stub_says_so_on_a_board():
    for stub in (a_stub, a_stub_with_its_end):
        assert words(Trial(stub).seen()).bold == "NotImplementedError."


# --- Loops that never come to their yield, or wait ------------------------------------------------------------------


def never_true(data, start, learning_rate):
    loss = 1.0
    while True:
        loss += 1.0
        if loss < 0:
            yield loss, start


def an_inner_loop(data, start, learning_rate):
    yield 1000.0, start
    yield 999.0, start
    while start:
        loss = torch.ones(3, requires_grad=True).sum()
        loss.backward()
    yield 998.0, start


def catches_everything(data, start, learning_rate):
    yield 1000.0, start
    yield 999.0, start
    while start:
        try:
            sum(start)
        except:  # noqa: E722
            continue


def no_generator(data, start, learning_rate):
    loss = 1.0
    while loss > 0:
        loss += 1.0
    return loss


@pytest.mark.parametrize(
    ("loop", "states"), [(never_true, 0), (an_inner_loop, 2), (catches_everything, 2), (no_generator, 0)]
)
def test_an_endless_iteration_is_ended_on_a_board(loop, states, monkeypatch):
    monkeypatch.setattr(run_module, "WITHOUT_YIELD", 0.1)
    earlier = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)
    alone = Trial(loop, iterations=20).train()
    verdict = words(alone.seen())
    assert alone.session.mode == "failed" and len(alone.session.history) == states
    assert verdict.bold == "TimeoutError." and "came to no yield" in verdict.rest
    beside = Trial({"right": training.numpy_matrix, "wrong": loop}, iterations=20).train()
    assert [len(run.history) for run in beside.session.runs] == [21, states]
    assert "wrong ended with TimeoutError" in words(beside.seen()).rest
    if states:
        looking = Trial(loop).step(1).step(1, looking=True)
        assert looking.session.mode == "failed" and "came to no yield" in words(looking.seen()).rest
    assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGINT)) == earlier
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def sleeps(data, start, learning_rate):
    yield 1000.0, start
    yield 999.0, start
    time.sleep(1000)
    yield 998.0, start


def test_a_loop_that_sleeps_for_long_is_told_and_woken(monkeypatch):
    monkeypatch.setattr(run_module, "WITHOUT_YIELD", 0.2)
    trial = Trial(sleeps, iterations=20).train()
    assert trial.session.mode == "failed" and "it waited for more than 0.2 seconds" in words(trial.seen()).rest
    assert len(trial.session.history) == 2


def test_a_loop_that_sleeps_for_a_while_is_told_while_it_runs(monkeypatch):
    def naps(data, start, learning_rate):
        loss = 1000.0
        while True:
            yield loss, start
            time.sleep(0.2)
            loss -= 1

    trial = Trial(naps, iterations=2)
    trial.session.act("train", trial.settings)
    trial.session.slice(0.01)
    seen = trial.seen()
    assert seen.mode == "running" and seen.waited > 0
    for mode in ("running", "paused"):
        assert "the loop waited for 1.5 s" in words(replace(seen, waited=1.5, mode=mode)).rest


def naps_later(seconds):
    """Nap from iteration 3 000 on: by then a board takes hundreds of states at a time."""

    def loop(data, start, learning_rate):
        for i, state in enumerate(training.numpy_matrix(data, start, learning_rate)):
            yield state
            if i > 3000:
                time.sleep(seconds)

    return loop


def test_many_short_naps_are_no_endless_iteration_and_are_told_together(monkeypatch):
    monkeypatch.setattr(run_module, "WITHOUT_YIELD", 0.3)
    trial = Trial(naps_later(0.06), iterations=3030).train()
    assert trial.session.mode == "finished" and trial.session.error is None
    assert trial.session.runs[0].waited < 0.3 < 1 < trial.seen().waited_in_all
    assert "in all, as `time.sleep` does" in words(trial.seen()).rest


WAITS = {
    "queue": lambda: queue.Queue().get(),
    "event": lambda: threading.Event().wait(1000),
    "thread": lambda: threading.Thread(target=time.sleep, args=(2,), daemon=True).run(),
    "subprocess": lambda: subprocess.run(["sleep", "1000"]),
    "select": lambda: selectors.DefaultSelector().select(1000),
}


@pytest.mark.parametrize("act", WAITS.values(), ids=WAITS)
def test_a_loop_that_waits_in_python_s_own_library_is_woken(act, monkeypatch):
    monkeypatch.setattr(run_module, "WITHOUT_YIELD", 0.2)
    trial = Trial(functools.partial(ends_by, act, 2), iterations=20).train()
    assert trial.session.mode == "failed" and "it waited for more than 0.2 seconds" in words(trial.seen()).rest
    assert len(trial.session.history) == 2


def test_a_call_that_no_signal_ends_is_told_when_it_is_over(monkeypatch):
    """What a thread computes for a moment at either end of it is not held against the wait."""
    one = patience.Patience(1.0)
    monkeypatch.setattr(patience, "thread_time", lambda: 0.008)
    monkeypatch.setattr(patience, "monotonic", lambda: 8.0)
    one._on, one._passed, one._worked, one._made = True, 0.0, 0.0, 0
    one._look(0, sys._getframe())
    assert one.waited == one.longest == one.waited_in_all == 8.0 and one.computed == 0


@pytest.mark.parametrize("wait", ["pass", "time.sleep(0.01)"])
def test_after_a_second_without_a_yield_a_board_says_so_while_the_loop_goes_on(wait, monkeypatch):
    monkeypatch.setattr(patience, "SOON", 0.1)
    monkeypatch.setattr(run_module, "WITHOUT_YIELD", 0.3)
    names = {"__name__": "__main__", "time": time}
    exec(f"def endless(data, start, rate):\n    yield 1.0, start\n    while True: {wait}", names)
    board = dashboard(DATA, names["endless"], iterations=20)
    said = []
    board.status.observe(lambda change: said.append(change["new"]), "html")
    board.train()
    assert board.mode == "failed"
    assert [texts.no_yield_yet(seconds=3) in one for one in said] == [False, True, False]
    board.close()


def test_a_right_loop_is_not_hurried_by_a_long_call_and_a_library_not_at_all(monkeypatch):
    """One call may import or compile something; it counts for a part of the time, however long it takes."""
    one = patience.Patience(1.0)
    worked = iter([0.0, 100.0, 200.0, 300.0])
    passed = iter([0.0, 100.0, 200.0, 300.0])
    monkeypatch.setattr(patience, "thread_time", lambda: next(worked))
    monkeypatch.setattr(patience, "monotonic", lambda: next(passed))
    one._on, one._passed, one._worked, one._made = True, next(passed), next(worked), 0
    frame = sys._getframe()
    one._look(0, frame)
    assert one.computed == 0.05 and one.waited == 0
    library = types.SimpleNamespace(f_code=json_code(), f_globals={}, f_back=frame)
    one._look(0, library)
    one._look(0, library)
    assert one.computed == 0.1, "the same call goes on"


def test_after_its_time_nothing_holds_the_loop():
    gc.collect()
    with patience.Patience(9.0) as one:
        here = sys._getframe()
        one._look(0, types.SimpleNamespace(f_code=json_code(), f_globals={}, f_back=here))
        assert one._call is not None
    assert one._call is None


def json_code():
    import json

    return json.dumps.__code__


def asks(data, start, learning_rate):
    yield 1000.0, start
    input("The rate, please: ")
    yield 999.0, start


def reads(data, start, learning_rate):
    yield 1000.0, start
    sys.stdin.readline()
    yield 999.0, start


def asks_at_once(data, start, learning_rate):
    input()
    yield 999.0, start


@pytest.mark.parametrize("loop", [asks, reads, asks_at_once])
def test_a_loop_that_asks_is_told_that_nobody_answers(loop):
    with pytest.raises(RuntimeError, match="asks for input"):
        record(loop(DATA, START, 1e-6), 10)
    trial = Trial(loop).train()
    assert trial.session.mode == "failed" and "asks for input" in words(trial.seen()).rest
    beside = Trial({"right": training.numpy_matrix, "wrong": loop}, iterations=20).train()
    assert "asks for input" in words(beside.seen()).rest


def test_a_check_that_asks_or_sleeps_is_told(monkeypatch):
    asking = edited(
        "repaired_training", ("        yield loss, (a, b, c, d)", "        input()\n        yield loss, (a, b, c, d)")
    )
    assert "asks for input" in fresh("repaired_training").check(asking).words
