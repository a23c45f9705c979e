"""Checking a learner's training loop by its trajectory, and naming what went wrong.

The loop runs on random data. If its trajectory is not that of descent, its pace, its first state and its loss are
looked at here, and its steps in `steps`.

Arrays of states have the shape (D, T, 1 + P): D sets of data, T states, each a loss and P parameters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyfit_helpers.data import Data
from polyfit_helpers.history import History
from polyfit_helpers.theory import REDUCTIONS, Floats, LeastSquares, polynomial_values

from . import texts
from .compare import FLOAT32, close
from .errors import Known
from .form import require_unchanged
from .steps import Descent, name_directions, name_steps
from .trial import Finding, Mistake, attempt, draws, found, require_callable, require_loop

STEPS = 8  # updates of the learner's loop on each set of data
MANY = 2001  # states: more than a loop makes that ends by itself after the usual 2 000
BATCH = 25  # states in one attempt: few, so that none comes near the limit of time on a busy machine
AGREED = 1e-8  # relative to the largest number of each state
SELDOM = (10, 50, 100)  # steps between the states that somebody yields who means to print
DIGITS = range(7)  # to which a loss may have been rounded

# What T states of parameters alone give away, shape (D, T, P), beside 2 T right ones.
AT_A_GLANCE: Mapping[str, Callable[[Floats, Floats], bool]] = {
    "yields_twice": lambda w, right: agree(w, np.repeat(right, 2, axis=1)[:, : w.shape[1]]),
    "yields_every_other": lambda w, right: agree(w, right[:, ::2]),
    "float32": lambda w, right: (
        agree(w, right[:, : w.shape[1]], FLOAT32) and (_begins(w, right) or np.array_equal(w, np.float32(w)))
    ),
    "half_precision": lambda w, right: _is_half(w),
    "integer_start": lambda w, right: agree(w[:, :1], np.trunc(right[:, :1])),
    "never_moves": lambda w, right: agree(w[:, 1:], w[:, :-1]),
    "start_reversed": lambda w, right: agree(w[:, :1], right[:, :1, ::-1]),
}


def check_loop(
    answer: Any,
    *,
    names: Sequence[str] = "abcd",
    momentum: bool = False,
    mean: bool = False,
    tensors: bool = False,
    known: Known = lambda error: None,
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
    tensors : bool
        Whether the loop gets its data as tensors on the CPU, not as arrays.
    known : function of an exception
        See `trial.attempt`.
    """
    descents = _descents(len(names), momentum, mean)
    require_callable(answer, texts.LOOP_ARGUMENTS[momentum], by_name=len(descents[0].options))
    try:
        require_loop(answer)
        received = [_listen(answer, descent, tensors, known) for descent in descents]
    except Mistake as mistake:
        name, details, _ = mistake.findings[0]
        if "why" not in details:
            raise
        why = details["why"].replace("(a, b, c, d)", f"({', '.join(names)})")  # the example that `record` gives
        raise Mistake(name, why=why) from None
    if findings := _compare(descents, received, names):  # there, so that nothing that is expected stands here
        raise Mistake(*findings)
    _require_many(answer, descents[0], tensors, known)


def descend(descents: Sequence[Descent], steps: NDArray[np.int_]) -> Floats:
    """Return the states that descent comes to after these numbers of steps."""
    states = []
    for data, start, options, mean in descents:
        problem = LeastSquares(data.x, data.y, len(start) - 1, reduction=REDUCTIONS[mean])
        losses = problem.predicted_losses(start, iterations=steps, **options)
        states.append(np.column_stack([losses, problem.predicted_parameters(start, iterations=steps, **options)]))
    return np.stack(states)


def agree(received: Floats, expected: Floats, tolerance: float = AGREED) -> bool:
    """Whether states are the same up to rounding, relative to the largest number of each."""
    return close(received, expected, np.abs(expected).max(axis=-1, keepdims=True), tolerance)


def _listen(answer: Any, descent: Descent, tensors: bool, known: Known) -> Floats:
    """Run the learner's loop and return its states, shape (T, 1 + P)."""
    history, data = History(), _copied(descent.data, tensors)
    _extend(history, lambda: answer(data, descent.start, **descent.options), STEPS + 1, known)
    before, after = ({"data.x": one.x, "data.y": one.y} for one in (descent.data, data))
    require_unchanged(before, after)
    rows = np.column_stack([history.losses, history.parameters])
    if rows.shape[1] != 1 + len(descent.start):
        raise Mistake("wrong_number_of_parameters", expected=len(descent.start), got=rows.shape[1] - 1)
    _require_endless(history)
    return rows


def _copied(data: Data, tensors: bool) -> Data:
    copied = Data(data.x.copy(), data.y.copy())
    return copied.to("cpu") if tensors else copied


def _require_many(answer: Any, descent: Descent, tensors: bool, known: Known) -> None:
    """Raise Mistake if a loop ends by itself within MANY states, however long they take."""
    options = descent.options | {"learning_rate": 1e-6}
    loop = attempt(lambda: answer(_copied(descent.data, tensors), descent.start, **options), known)
    history = History()
    while len(history) < MANY and history.ended in ("not started", "finished"):
        _extend(history, lambda: loop, min(BATCH, MANY - len(history)), known)
    _require_endless(history)


def _extend(history: History, loop: Callable[[], Any], states: int, known: Known) -> None:
    attempt(lambda: history.extend(loop(), states), known)
    if history.ended == "interrupted":
        raise KeyboardInterrupt


def _require_endless(history: History) -> None:
    if history.ended == "the loop ended by itself":
        raise Mistake("ends" if len(history) > 1 else "yields_once", states=texts.states(len(history)))


def _compare(descents: Sequence[Descent], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Return what is wrong with the states of a loop, one array of shape (T, 1 + P) for each set of data."""
    expected = descend(descents, np.arange(2 * STEPS + 2))
    right = [_is_right(rows, goal[: STEPS + 1]) for rows, goal in zip(received, expected, strict=True)]
    if all(right):
        return []
    length = min(map(len, received))  # they are fewer where a loss has overflowed
    if findings := _explain(descents, np.stack([rows[:length] for rows in received]), expected[:, : 2 * length], names):
        return findings
    if right[0]:
        return [found("right_for_the_example_only", label=texts.THE_LOOP)]
    return [_where_it_leaves(descents[0], received[0], expected[0, : len(received[0])], names)]


def _is_right(states: Floats, expected: Floats) -> bool:
    return agree(states[..., 1:], expected[..., 1:]) and agree(states[..., :1], expected[..., :1])


def _explain(descents: Sequence[Descent], states: Floats, expected: Floats, names: Sequence[str]) -> list[Finding]:
    """Name the mistakes that make T states, expected are 2 T, or return nothing if they are not known."""
    w, right = states[:, :, 1:], expected[:, :, 1:]
    if agree(w, right[:, : w.shape[1]]):
        return [found(next(_wrong_losses(descents, states, expected), "loss_wrong"))]
    for name, holds in AT_A_GLANCE.items():
        if holds(w, right):
            return [found(name, where=texts.THE_LOOP)]
    for period, first in itertools.product(SELDOM, (0, -1)):
        if agree(w, descend(descents, np.arange(first % period, period * w.shape[1], period))[:, :, 1:]):
            return [found("yields_seldom", every=period)]
    finite = np.isfinite(states).all(axis=(0, 2)).cumprod().sum()
    if finite < 3:
        return []
    if not _begins(w, right):
        return _about_the_start(descents, w[:, :finite], right[:, :1], names)
    findings = name_steps(descents, w[:, :finite], names)
    findings = name_directions(descents, w[:, :finite], names) if findings is None else findings
    # A loss that is wrong from the start tells more than the steps that follow from it.
    loss_is_wrong = not any(agree(*pair) for pair in zip(states[:, :1, :1], expected[:, :1, :1], strict=True))
    return [] if loss_is_wrong and "rate_changes" in [one.name for one in findings] else findings


def _about_the_start(descents: Sequence[Descent], w: Floats, start: Floats, names: Sequence[str]) -> list[Finding]:
    """Name what is wrong with parameters of shape (D, T, P) that do not all begin at the start, shape (D, 1, P)."""
    if not any(agree(*pair) for pair in zip(w[:, :1], start, strict=True)):  # perhaps they only have missed it
        findings = name_steps(descents, np.concatenate([start, w], axis=1), names)
        if findings is not None:
            return [*findings, found("yields_late")]
    if agree(w[:, :1], start, 1e-2):
        return [found("start_rounded")]
    off = np.any(np.abs(w[:, 0] - start[:, 0]) > AGREED, axis=0)
    return [found("start_ignored", where=texts.listed(np.array([*names])[off]))]


def _begins(w: Floats, right: Floats) -> bool:
    return agree(w[:, :1], right[:, :1])


def _is_half(values: Floats) -> bool:
    """Whether all numbers have so few binary digits that float16 could hold them; bfloat16 has fewer still."""
    digits = np.ldexp(np.frexp(values)[0], 11)
    return bool((digits == np.round(digits)).all())


def _wrong_losses(descents: Sequence[Descent], states: Floats, expected: Floats) -> Iterator[str]:
    """Yield the names of the mistakes that make these losses of the right parameters."""
    losses, right = states[:, :, :1], expected[:, : states.shape[1], :1]
    n, mean = np.array([[[len(one.data)]] for one in descents]), descents[0].mean
    errors = [  # of every prediction with every y
        [(polynomial_values(one.data.x, w)[:, None] - one.data.y).ravel() for w in rows[:, 1:]]
        for one, rows in zip(descents, states, strict=True)
    ]
    of_all_pairs = np.array([[[e @ e] for e in some] for some in errors])
    wrong = [
        ("loss_is_sum", right * n) if mean else ("loss_is_mean", right / n),
        ("loss_halved", right / 2),
        ("loss_late", expected[:, 1 : states.shape[1] + 1, :1]),
        ("loss_early", np.concatenate([losses[:, :1], right[:, :-1]], axis=1)),
        ("loss_broadcast", of_all_pairs / (n**2 if mean else 1)),
        *(("loss_rounded", right.round(digits)) for digits in DIGITS),
    ]
    yield from (name for name, column in wrong if agree(losses, column))
    if agree(losses, right, FLOAT32):
        yield "loss_float32"


def _where_it_leaves(descent: Descent, states: Floats, expected: Floats, names: Sequence[str]) -> Finding:
    """Say where a run on fixed data first leaves the right one, in its parameters or its loss; shapes (T, 1 + P)."""
    got, goal = np.roll(states, -1, axis=1), np.roll(expected, -1, axis=1)
    i, k = np.argwhere(~(np.abs(got - goal) <= AGREED * np.abs(goal)))[0]
    example = {"x": descent.data.x, "y": descent.data.y, "start": descent.start, **descent.options}
    return found(
        "other_state",
        parameter=[*names, texts.THE_LOSS][k],
        moment=texts.moment(int(i)),
        example=texts.arguments(example),
        expected=texts.number(goal[i, k]),
        received=texts.number(got[i, k]),
    )


def _descents(size: int, momentum: bool, mean: bool) -> list[Descent]:
    """Return data that can be worked out by hand, for what is said about numbers, and random ones.

    By hand, the first gradients have different signs: steps that are all the same have no gradient in them.
    """
    x = np.linspace(-1.0, 2.0, 7)
    drawn = [(Data(x, x**2 - x), (1.5, -1.5, 0.75, -0.25)[:size], 0.02 if size < 4 else 0.005, 0.6)]
    for generator in draws():
        x = generator.uniform(-0.8, 1.6, int(generator.integers(11, 23)))
        data = Data(x, generator.normal(0.5, 1.0, len(x)))
        start = tuple((generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)).tolist())
        rate = LeastSquares(data.x, data.y, size - 1).stability_limit() * generator.uniform(0.1, 0.3)
        drawn.append((data, start, float(rate), float(generator.uniform(0.3, 0.7))))
    descents = []
    for data, start, rate, beta in drawn:
        options = {"learning_rate": rate * len(data) if mean else rate}  # the mean wants a larger one
        descents.append(Descent(data, start, options | ({"momentum": beta} if momentum else {}), mean))
    return descents
