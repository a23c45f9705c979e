"""Judging what the tutor and a board say of a program, by what it is known to do: no line of this asks the tutor.

Tutor and judge share one tolerance: a state is right up to 1e-10 of its largest parameter, and of its loss. What is at
most 1e-11 apart in all states must be called right, and what is 1e-9 apart in any must not; between is not judged.
"""

from __future__ import annotations

import copy
import functools
import io
import itertools
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from board_support import Trial
from exercise_support import ALL

from polyfit_exercises import loops, texts
from polyfit_exercises.errors import autograd_mistake
from polyfit_exercises.exercise import Tries
from polyfit_helpers import START, sine
from polyfit_helpers.widgets import texts as board_texts
from polyfit_helpers.widgets.words import words

from .programs import Program, expected_names

MOMENTUM = 0.5  # as the check has it on the real problem: another one would come to see a late mistake later
RIGHT, WRONG = 1e-11, 1e-9  # relative to the largest number of a state; what is between is not judged
HONEST = {"other_state", "exception"}  # numbers, or an error: true of whatever is wrong
OF_THE_LOSS = {"loss_wrong", "loss_is_mean", "loss_is_sum", "loss_halved", "loss_late", "loss_early", "loss_broadcast"}
OF_THE_LOSS |= {"loss_float32", "loss_rounded"}
FRAMES = (1, 29, 70)  # iterations between looks at a board


class Truth(NamedTuple):
    """What a program really does on the real problem: the first state that is not right, in parameters and in loss."""

    right: bool  # through and through
    wrong: bool
    parameters: int  # the number of the first state with wrong ones
    loss: int
    still: bool  # never moved
    failed: bool


class Verdict(NamedTuple):
    """What became of a program: its truth, what the tutor said, what a board said, and what is false in that."""

    program: Program
    truth: Truth
    names: tuple[str, ...]
    words: str
    board: tuple[str, ...]
    false: tuple[str, ...]
    seconds: float


@functools.cache
def right_states(size: int, mean: bool, momentum: bool) -> np.ndarray:
    """Return loss and parameters of descent on the real problem, step by step, shape (loops.MANY, 1 + size)."""
    data = sine()
    X, w, velocity = np.stack([data.x**k for k in range(size)]), np.array(START[:size]), np.zeros(size)
    parts, rows = len(data) if mean else 1, []
    for _ in range(loops.MANY):
        error = w @ X - data.y
        rows.append([error @ error / parts, *w])
        velocity = (MOMENTUM if momentum else 0.0) * velocity + 2 * X @ error / parts
        w = w - 1e-6 * parts * velocity
    return np.array(rows)


def _numbers(item: Any) -> list[float]:
    loss, parameters = item
    parts = parameters if isinstance(parameters, (list, tuple)) else [parameters]
    parts = [one.detach().double().numpy() if hasattr(one, "detach") else one for one in (loss, *parts)]
    return [float(one) for part in parts for one in np.ravel(part)]


def truth_of(program: Program, function: Any) -> Truth:
    """Run a program on the real problem until it is wrong, with nothing of the package around it."""
    has = program.words
    right = right_states(3 if "momentum" in has else 4, "mean" in has, "momentum" in has)
    data = sine().to("cpu") if "torch" in has else sine()
    options = {"learning_rate": 1e-6 * (len(data) if "mean" in has else 1)}
    options |= {"momentum": MOMENTUM} if "momentum" in has else {}
    many = loops.MANY
    worst, first, rows = 0.0, [many, many], []
    failed = True
    with torch.enable_grad(), suppress(Exception, SystemExit), np.errstate(all="ignore"):  # whatever it switches off
        for i, item in enumerate(itertools.islice(function(data, START[: right.shape[1] - 1], **options), many)):
            numbers = np.array(_numbers(item))
            rows.append(numbers[1:])
            if len(numbers) != right.shape[1]:
                first = [min(first[0], i), first[1]]
                break
            off = np.abs(numbers - right[i])
            parts = off[1:].max() / np.abs(right[i, 1:]).max(), off[0] / right[i, 0]
            worst = max(worst, *(part if part == part else np.inf for part in parts))
            first = [i if then == many and not part <= 1e-10 else then for then, part in zip(first, parts, strict=True)]
            if first[0] < i - 10:
                break
        else:
            failed = len(rows) < many
        failed = failed and len(rows) < many and first[0] == many
    long_enough = len(rows) == many
    still = len(rows) > 9 and all(np.array_equal(one, rows[0]) for one in rows[:10])
    return Truth(long_enough and worst <= RIGHT, not long_enough or worst > WRONG, *first, still, failed)


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    """Raise TimeoutError where this thread computes for longer: no clock on a wall."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def over(*_: Any) -> None:
        raise TimeoutError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def exercise_for(program: Program) -> Any:
    """Return an exercise that nobody has tried and that checks such programs."""
    has = program.words
    if "momentum" in has:
        key = "momentum_training"
    elif "mean" in has and "torch" in has:
        key = "bug_3"
    elif "torch" in has:
        key = "any_device_training" if "hand" in has else "bug_9" if "optimizer" in has else "repaired_training"
    else:
        key = "momentum_training"
    one = copy.copy(ALL[key])
    one.tries = Tries()
    if key == "momentum_training" and "momentum" not in has:  # no exercise has a plain loop of arrays
        one.examine = partial(loops.check_loop, mean="mean" in has)
    if key == "any_device_training":
        one.examine = partial(loops.check_loop, tensors=True, known=autograd_mistake)
    return one


def judge(program: Program, seconds: float = 5.0) -> Verdict:
    """Run a program through its check and a board, and compare what they say with what is true."""
    function = program.function()
    truth = truth_of(program, function)
    said, false, began = {}, [], time.process_time()

    def examined(answer: Any) -> None:
        try:
            examine(answer)
        except Exception as error:
            said.update({one.name: one.details for one in getattr(error, "findings", ())})
            raise

    exercise = exercise_for(program)
    examine, exercise.examine = exercise.examine, examined
    state, text, board = "", "", ()
    try:
        with _in_time(seconds):
            card = exercise.check(program.function())
        state, text = card.state, card.words
    except Exception as error:
        false.append(f"the check raises {type(error).__name__}: {error}")
    try:
        with _in_time(seconds), redirect_stdout(io.StringIO()):
            board, of_the_board = on_a_board(program, program.function(), truth)
        false += of_the_board
    except Exception as error:
        false.append(f"the board raises {type(error).__name__}: {error}")
    false += _false_names(program, truth, state, said)
    return Verdict(program, truth, (*said,), text, board, tuple(false), time.process_time() - began)


def _false_names(program: Program, truth: Truth, state: str, said: dict[str, Any]) -> Iterator[str]:
    if state == "done":
        if truth.wrong:
            yield "it is not right"
        return
    if not said:
        yield f"nothing is said, the state is {state!r}"
    if truth.right and not any(made.mistake.hides or "loss" in made.when for made in program.made):
        yield "it is right"
    known = expected_names(program)
    for name, details in said.items():
        if name == "changes_later":
            first = min(truth.parameters, truth.loss)
            if first < 9 or details["moment"] != texts.moment(first - 1):
                yield f"{name} {details['moment']}, but the first wrong state is {first}"
        elif name in OF_THE_LOSS and truth.parameters < 9 and name not in known:
            yield f"{name}, but the parameters of state {truth.parameters} are wrong"
        elif name == "never_moves":
            if not truth.still:
                yield f"{name}, but it does"
        elif name not in HONEST | {"loss_wrong"} and name not in known:
            yield f"{name} {details}"
        for asked in known.get(name, []):
            for key, value in asked.items():
                if str(details.get(key)) != value and len(known[name]) == 1:
                    yield f"{name} with {key} {details.get(key)!r}, not {value!r}"


def for_a_board(program: Program, function: Any) -> tuple[Any, Any, tuple[float, ...]]:
    """Return loop, data and start as a board takes them; its controls know no momentum."""
    has = program.words
    loop = partial(function, momentum=0.0) if "momentum" in has else function
    return loop, sine().to("cpu") if "torch" in has else sine(), START[: 3 if "momentum" in has else 4]


def on_a_board(program: Program, function: Any, truth: Truth) -> tuple[tuple[str, ...], list[str]]:
    """Return what a board says of some iterations, and what is false in that."""
    loop, data, start = for_a_board(program, function)
    mean = "mean" in program.words
    right = right_states(len(start), mean, False)
    trial = Trial(loop, data, start, learning_rate=1e-6 * (len(data) if mean else 1))
    said, false = [], []
    for iterations in FRAMES:
        line = words(trial.step(iterations).seen())
        said.append(f"{line.bold} {line.rest}".strip())
        history = trial.session.history
        if trial.session.mode == "failed" and truth.right:
            false.append(f"the board fails: {line}")
        if not len(history) or trial.session.mode == "failed":
            break
        false += _false_on_a_board(line.bold, line.rest, history, right)
        strange = any("optimizer_elsewhere" in made.mistake.says for made in program.made)
        if board_texts.OPTIMIZER_ELSEWHERE in line.rest and not strange:
            false.append("the board says that the optimizer was made for others")
    return tuple(said), false


@np.errstate(all="ignore")
def _false_on_a_board(bold: str, rest: str, history: Any, right: np.ndarray) -> Iterator[str]:
    """Say what is false in the words about a run, given the states of the right one, shape (T, 1 + P)."""
    losses, parameters, last = history.losses, history.parameters, len(history) - 1
    moved = np.flatnonzero((parameters != parameters[-1]).any(axis=1)).max(initial=-1) + 1  # its last move
    resting = board_texts.rests(last=float(losses[-1]), iterations=last, above="", why="").split(". ")[1]
    if bold == board_texts.STANDING and resting in rest:
        if np.ptp(losses[-100:]) > 1e-5 * losses[-1]:
            yield "the board says that the loss rests"
    elif bold == board_texts.STANDING:
        since = board_texts.stands_since(last=float(losses[-1]), iterations=last, since=int(moved))
        if moved and (since not in rest or last - moved < 10):
            yield "the board says that it stands still"
    if bold == board_texts.SOME_STAND and np.ptp(parameters, axis=0).all():
        yield "the board says that some parameters have never moved"
    said = partial(_says, rest)
    off = abs(losses - right[: len(losses), 0]) / right[: len(losses), 0]
    above = board_texts.above_the_limit(learning_rate=1.0, highest=1.0).split()[4:-1]
    if above and " ".join(above) in rest and off[0] <= 0.01:  # no rate is, where the loss begins as asked for
        yield f"the board says that the rate is too large: {rest}"
    if said(board_texts.more_needed(iterations=1), 1) and not off[-1] <= 2e-3:
        yield f"the board predicts a loop that has left the curve: {rest}"
    if not np.allclose(parameters[0], right[0, 1:], rtol=1e-9):
        return
    if said(board_texts.another_first_loss(got=1.0, expected=2.0), 5) and off[0] <= 1e-4:
        yield f"the board says that the first loss is another one: {rest}"
    if said(board_texts.another_rate(used=1.0), 8):
        scale = (parameters[1] - parameters[0]) / (right[1, 1:] - right[0, 1:])
        if not np.ptp(scale) <= 0.01 * scale.mean() or abs(scale.mean() - 1) < 5e-3:
            yield f"the board says that the first step has another rate: {rest}"


def _says(rest: str, example: str, words: int) -> bool:
    """Whether a sentence stands there that begins and ends as this example does."""
    parts = example.split()
    return " ".join(parts[:words]) in rest and " ".join(parts[-3:]) in rest
