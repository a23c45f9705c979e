"""Checking a learner's training loop by its trajectory, and naming what went wrong.

The loop runs on random data. If its trajectory is not that of descent, its pace, its first state and its loss are
looked at here, and its steps in `steps`.
"""

from __future__ import annotations

import functools
import itertools
import linecache
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyfit_helpers.data import Data
from polyfit_helpers.history import History
from polyfit_helpers.theory import REDUCTIONS, Floats, LeastSquares, design_matrix

from . import texts
from .gradients import FLOAT32
from .steps import Descent, name_directions, name_steps
from .trial import Finding, Mistake, attempt, draws, found, line_of, require_callable

STEPS = 8  # updates of the learner's loop on each set of data
MANY, BATCH = 2001, 100  # states: more than a loop makes that ends by itself after the usual 2 000; in one attempt
SAME = 1e-8  # relative to the largest number of each state
SELDOM = (10, 50, 100)  # steps between the states that somebody yields who means to print
DIGITS = range(7)  # to which a loss may have been rounded

# What parameters of shape (states, P) give away, beside the right ones; the first that holds on all data is named.
AT_A_GLANCE: Mapping[str, Callable[[Floats, Floats], bool]] = {
    "yields_twice": lambda w, right: agree(w, np.repeat(right, 2, axis=0)[: len(w)]),
    "yields_every_other": lambda w, right: agree(w, right[::2][: len(w)]),
    "float32": lambda w, right: agree(w, right[: len(w)], FLOAT32) and (agree(w[:1], right[:1]) or _is_single(w)),
    "half_precision": lambda w, right: _is_half(w),
    "integer_start": lambda w, right: agree(w[:1], np.trunc(right[:1])),
    "never_moves": lambda w, right: agree(w[1:], w[:-1]),
    "start_reversed": lambda w, right: agree(w[:1], right[:1, ::-1]),
}


def check_loop(
    answer: Any,
    *,
    names: Sequence[str] = "abcd",
    momentum: bool = False,
    mean: bool = False,
    prepare: Callable[[Data], Data] = lambda data: data,
    known: Callable[[BaseException], str | None] = lambda error: None,
) -> None:
    """Raise Mistake unless answer(data, start, learning_rate) descends on the squared errors of a polynomial.

    Parameters
    ----------
    names : sequence of str
        The parameters; there are degree + 1.
    momentum : bool
        Whether the loop takes `momentum`, and has a velocity for each parameter.
    mean : bool
        Whether the loss is the mean of the squared errors, not their sum.
    prepare : function of Data
        Turns arrays into what the loop computes with.
    known : function of an exception
        See `trial.attempt`.
    """
    descents = [_example(len(names), momentum), *(_random(len(names), momentum, generator) for generator in draws())]
    if mean:
        descents = [_with_mean(descent) for descent in descents]
    require_callable(answer, texts.LOOP_ARGUMENTS[momentum], None, None, **descents[0].options)

    def known_here(error: BaseException) -> str | None:
        return known(error) or ("parameter_is_array" if "the same parameters every time" in str(error) else None)

    try:
        received = [_listen(answer, descent, prepare, known_here) for descent in descents]
    except Mistake as mistake:
        name, details, _ = mistake.findings[0]
        if "why" in details:  # `record` has four parameters in its example
            why = details["why"].replace("(a, b, c, d)", f"({', '.join(names)})")
            raise Mistake(name, why=why) from None
        raise
    if findings := _compare(descents, received, names):  # there, so that nothing that is expected stands here
        raise Mistake(*findings)
    _require_many(answer, descents[0], prepare, known)


def descend(descent: Descent, steps: NDArray[np.int_]) -> Floats:
    """Return the states after these numbers of steps of descent: the loss and P parameters in each row."""
    problem = LeastSquares(descent.data.x, descent.data.y, len(descent.start) - 1, reduction=REDUCTIONS[descent.mean])
    losses = problem.predicted_losses(descent.start, steps=steps, **descent.options)
    return np.column_stack([losses, problem.predicted_parameters(descent.start, steps=steps, **descent.options)])


def agree(received: Floats, expected: Floats, tolerance: float = SAME) -> bool:
    """Whether two tables with a state in each row are the same up to rounding."""
    if received.shape != expected.shape or not np.isfinite(received + expected).all():
        return False
    return bool((np.abs(received - expected) <= tolerance * np.abs(expected).max(axis=1, keepdims=True)).all())


def _listen(answer: Any, descent: Descent, prepare: Callable[[Data], Data], known: Any) -> Floats:
    """Run the learner's loop and return its states, shape (states, 1 + P)."""
    history, data = History(), prepare(Data(descent.data.x.copy(), descent.data.y.copy()))
    _extend(history, lambda: answer(data, descent.start, **descent.options), STEPS + 1, known)
    after = data.numpy()
    for name, given, now in (("data.x", descent.data.x, after.x), ("data.y", descent.data.y, after.y)):
        if not np.array_equal(given, now):
            raise Mistake("changed_in_place", name=name)
    rows = np.column_stack([history.losses, history.parameters])
    if rows.shape[1] != 1 + len(descent.start):
        raise Mistake("wrong_number_of_parameters", expected=len(descent.start), got=rows.shape[1] - 1)
    _require_endless(history)
    return rows


def _require_many(answer: Any, descent: Descent, prepare: Callable[[Data], Data], known: Any) -> None:
    """Raise Mistake if a loop ends by itself within MANY states, however long they take."""
    options = descent.options | {"learning_rate": 1e-6}
    loop = attempt(lambda: answer(prepare(descent.data), descent.start, **options), known)
    history = History()
    while len(history) < MANY and history.ended in ("not started", "finished"):
        _extend(history, lambda: loop, min(BATCH, MANY - len(history)), known)
    _require_endless(history)


def _extend(history: History, loop: Callable[[], Any], states: int, known: Any) -> None:
    attempt(lambda: history.extend(loop(), states), known)
    if history.ended == "interrupted":
        raise KeyboardInterrupt


def _require_endless(history: History) -> None:
    if history.ended == "the loop ended by itself":
        raise Mistake("ends" if len(history) > 1 else "yields_once", states=texts.states(len(history)))


def _compare(descents: Sequence[Descent], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Return what is wrong with the states of a loop, each of shape (states, 1 + P), if anything is."""
    expected = [descend(descent, np.arange(len(rows))) for descent, rows in zip(descents, received, strict=True)]
    pairs = zip(received, expected, strict=True)
    right = [agree(rows[:, 1:], goal[:, 1:]) and agree(rows[:, :1], goal[:, :1]) for rows, goal in pairs]
    if all(right):
        return []
    if findings := _explain(descents, received, names):
        return findings
    if right[0]:
        return [found("right_for_the_example_only", label=texts.THE_LOOP)]
    return [_unknown(descents[0], received[0], expected[0], names)]


def _explain(descents: Sequence[Descent], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Name the mistakes, or return nothing if no known one makes these trajectories."""
    expected = [descend(descent, np.arange(2 * len(rows))) for descent, rows in zip(descents, received, strict=True)]
    pairs = [(rows[:, 1:], goal[:, 1:]) for rows, goal in zip(received, expected, strict=True)]
    if all(agree(w, right[: len(w)]) for w, right in pairs):
        return [found(_about_the_loss(descents, received, expected))]
    for name, holds in AT_A_GLANCE.items():
        if all(holds(w, right) for w, right in pairs):
            return [found(name, where=texts.THE_LOOP)]
    for every, first in itertools.product(SELDOM, (0, -1)):
        seen = [
            descend(one, np.arange(first % every, every * len(rows), every))
            for one, rows in zip(descents, received, strict=True)
        ]
        if all(agree(w, right[:, 1:]) for (w, _), right in zip(pairs, seen, strict=True)):
            return [found("yields_seldom", every=every)]
    length = min(np.isfinite(rows).all(axis=1).cumprod().sum() for rows in received)
    if length < 3:
        return []
    starts, states = np.array([[one.start] for one in descents]), np.stack([w[:length] for w, _ in pairs])
    begins = [agree(w[:1], start) for w, start in zip(states, starts, strict=True)]
    if all(begins):
        findings = name_steps(descents, states, names)
        findings = name_directions(descents, states, names) if findings is None else findings
        # A loss that is wrong from the start tells more than steps that follow from it.
        wrong = all(not agree(rows[:1, :1], goal[:1, :1]) for rows, goal in zip(received, expected, strict=True))
        return [] if wrong and "rate_changes" in [one.name for one in findings] else findings
    if not any(begins):  # perhaps they have only missed the start
        findings = name_steps(descents, np.concatenate([starts, states], axis=1), names)
        if findings is not None:
            return [*findings, found("yields_late")]
    if all(agree(w[:1], start, 1e-2) for w, start in zip(states, starts, strict=True)):
        return [found("start_rounded")]
    off = (np.abs(states[:, 0] - starts[:, 0]) > SAME).any(axis=0)
    return [found("start_ignored", where=texts.listed(np.array([*names])[off]))]


def _is_single(values: Floats) -> bool:
    return np.array_equal(values, np.float32(values))


def _is_half(values: Floats) -> bool:
    """Whether all numbers have so few binary digits that float16 could hold them; bfloat16 has fewer still."""
    digits = np.ldexp(np.frexp(values)[0], 11)
    return bool((digits == np.round(digits)).all())


def _about_the_loss(descents: Sequence[Descent], received: Sequence[Floats], expected: Sequence[Floats]) -> str:
    """Name what is wrong with the loss alone, the parameters being right."""
    names = [_wrong_losses(*one) for one in zip(descents, received, expected, strict=True)]
    return next((name for name in names[0] if all(name in others for others in names)), "loss_wrong")


def _wrong_losses(descent: Descent, rows: Floats, right: Floats) -> list[str]:
    """Return the names of the mistakes that make these losses, the first column of rows."""
    n, loss, goal = len(descent.data), rows[:, 0], right[: len(rows), 0]
    p, y = rows[:, 1:] @ design_matrix(descent.data.x, len(descent.start) - 1), descent.data.y
    every_with_every = n * ((p**2).sum(axis=1) + y @ y) - 2 * p.sum(axis=1) * y.sum()
    wrong = [
        ("loss_is_sum", goal * n) if descent.mean else ("loss_is_mean", goal / n),
        ("loss_halved", goal / 2),
        ("loss_late", right[1 : len(rows) + 1, 0]),
        ("loss_early", np.append(loss[:1], goal[:-1])),
        ("loss_broadcast", every_with_every / (n**2 if descent.mean else 1)),
        *(("loss_rounded", goal.round(digits)) for digits in DIGITS),
    ]
    names = [name for name, column in wrong if agree(rows[:, :1], column[:, None])]
    return [*names, *(["loss_float32"] if agree(rows[:, :1], goal[:, None], FLOAT32) else [])]


def _unknown(descent: Descent, rows: Floats, expected: Floats, names: Sequence[str]) -> Finding:
    """Say where a run on fixed data first leaves the right one."""
    for i, (row, right) in enumerate(zip(rows, expected, strict=True)):
        for name, got, goal in zip((*names, texts.THE_LOSS), np.roll(row, -1), np.roll(right, -1), strict=True):
            if not agree(np.array([[got]]), np.array([[goal]])):
                values = {"x": descent.data.x, "y": descent.data.y, "start": descent.start, **descent.options}
                numbers = {"expected": texts.number(goal), "received": texts.number(got)}
                return found(
                    "other_state", parameter=name, moment=texts.moment(i), example=texts.arguments(values), **numbers
                )
    return found("loss_wrong")


def _example(size: int, momentum: bool) -> Descent:
    x = np.linspace(-1.0, 2.0, 7)
    return Descent(
        Data(x, x**2 - x), (0.5, -1.5, 1.25, -0.75)[:size], _options(0.02 if size < 4 else 0.005, 0.6, momentum)
    )


def _random(size: int, momentum: bool, generator: np.random.Generator) -> Descent:
    n = int(generator.integers(11, 23))
    x = generator.uniform(-0.8, 1.6, n)
    data = Data(x, generator.normal(0.5, 1.0, n))
    start = tuple((generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)).tolist())
    limit = LeastSquares(x, data.y, size - 1).stability_limit()
    return Descent(data, start, _options(limit * generator.uniform(0.1, 0.3), generator.uniform(0.3, 0.7), momentum))


def _with_mean(descent: Descent) -> Descent:
    """Return the same for the mean of the squared errors, which steps as far with a larger rate."""
    rate = descent.options["learning_rate"] * len(descent.data)
    return descent._replace(mean=True, options=descent.options | {"learning_rate": rate})


def _options(learning_rate: float, beta: float, momentum: bool) -> dict[str, float]:
    return {"learning_rate": float(learning_rate), **({"momentum": float(beta)} if momentum else {})}


def autograd_mistake(error: BaseException) -> str | None:
    """Name the mistake in a training loop with tensors that leads to this error; see `trial.attempt`."""
    cause = error.__cause__ or error
    message = str(cause)
    updates = len(error.history) - 1 if hasattr(error, "history") else 0
    if "does not require grad" in message:
        return "rebound" if updates else "graph_cut"
    if "leaf Variable that requires grad" in message:
        return "no_no_grad"
    if "'float' object has no attribute" in message:
        return _too_early(cause)
    if "'NoneType'" in message:
        one, reset = _without_gradient(cause), "'zero_'" in message
        early = "no_gradient_yet" if reset or "'item'" in message else "no_gradient"
        if one is None:
            return "rebound" if updates else early
        if one.is_leaf and one.requires_grad:
            return early
        return "rebound" if updates or (reset and not one.requires_grad) else "no_leaf"
    if "backward through the graph a second time" in message:
        return "second_backward"
    if "assigned grad expected to be a Tensor" in message:
        return "grad_is_number"
    if "is not on the expected device" in message or "to be on the same device" in message:
        return "two_devices"
    if "out of meta tensor" in message or "on meta tensors" in message:
        return "out_of_meta"
    if "on device 'meta'" in message:
        return "all_on_meta"
    return None


def _too_early(error: BaseException) -> str | None:
    """Name the mistake where a plain number stands in place of a tensor."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    if "Parameter(" in (line_of(error) or (0, ""))[1]:
        return "parameter_of_number"
    if "'backward'" in str(error) or "'requires_grad_'" in str(error):
        return "item_too_early" if ".item(" in "".join(linecache.getlines(last.filename)) else "number_too_early"
    return None


def _without_gradient(error: BaseException) -> Any:
    """Return the tensor whose `.grad` is None in the line of this error; None if there is none."""
    *_, (frame, number) = traceback.walk_tb(error.__traceback__)
    for name in re.findall(r"(\w[\w.]*)\.grad\b", linecache.getline(frame.f_code.co_filename, number)):
        first, *others = name.split(".")
        one: Any = functools.reduce(lambda one, other: getattr(one, other, None), others, frame.f_locals.get(first))
        if hasattr(one, "is_leaf") and one.grad is None:
            return one
    return None
