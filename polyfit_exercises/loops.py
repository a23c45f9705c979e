"""Checking a learner's training loop by its trajectory, and naming what went wrong.

The loop runs on random data, and on the course's own. If its trajectory is not that of descent, its pace, its first
state and its loss are looked at here, its steps in `steps`, and what else tells something in `evidence`.

Right means right on the real problem: 2 000 points, 2 000 iterations from `START`. No shorter run stands for it, since
a loop may change with the number of points, with the number of iterations, or with its own losses. The right run is
known without training, and a loop that is wrong at once never comes so far.

Arrays of states have the shape (D, T, 1 + P): D sets of data, T states, each a loss and P parameters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.theory import REDUCTIONS, Floats, LeastSquares, polynomial_values

from . import evidence, texts
from .compare import close
from .errors import Known
from .form import require_unchanged
from .forwards import wrong_forward
from .steps import Descent, is_noise, name_directions, name_points, name_steps
from .trial import Finding, Mistake, attempt, draws, found, require_callable, require_loop

STEPS = 8  # updates of the learner's loop on each set of data
MANY = 2001  # states on the real problem
BATCH = 25  # states in one attempt: few, so that none comes near the limit of time on a busy machine
# Relative to the largest number of each state. Right loops are apart by less than APART, also on the real problem.
AGREED, APART, EXACT = 1e-10, 1e-12, 1e-13
SELDOM = (10, 50, 100)  # steps between the states that somebody yields who means to print
DIGITS = range(7)  # to which a loss may have been rounded
SINGLE = 1e-4  # what float32 may lose in all steps
LATER = ("rate_changes", "added_up", "old_gradient", "some_added_up", "some_never_move")

# What T states of parameters alone give away, shape (D, T, P), beside 2 T right ones.
AT_A_GLANCE: Mapping[str, Callable[[Floats, Floats], bool]] = {
    "yields_twice": lambda w, right: _in_pairs(w),
    "yields_every_other": lambda w, right: agree(w, right[:, ::2]),
    "integer_start": lambda w, right: agree(w[:, :1], np.trunc(right[:, :1])),  # before what has few digits
    "half_precision": lambda w, right: _is_half(w),
    "parameters_zeroed": lambda w, right: w.shape[1] > 1 and not w[:, 1:].any() and bool(w[:, 0].all()),
    "never_moves": lambda w, right: w.shape[1] > 1 and agree(w[:, 1:], w[:, :-1]),
    "parameters_rounded": lambda w, right: (
        np.abs(w).max() < 1e6 and any(np.array_equal(w[:, 1:], w[:, 1:].round(digits)) for digits in DIGITS)
    ),
    "start_reversed": lambda w, right: agree(w[:, :1], right[:, :1, ::-1]),
}


class Heard:
    """A learner's loop on one set of data, and what it has yielded."""

    def __init__(self, answer: Any, descent: Descent, tensors: bool, known: Known) -> None:
        self.descent, self.known = descent, known
        self.data = Data(descent.data.x.copy(), descent.data.y.copy())
        if tensors:
            self.data = self.data.to("cpu")
        self.history = evidence.Remembering()
        self.loop: Any = None
        self._begin: Callable[[], Any] = lambda: answer(self.data, descent.start, **descent.options)
        self._again = partial(Heard, answer, tensors=tensors, known=known)

    @property
    def states(self) -> Floats:
        """What was yielded, shape (T, 1 + P)."""
        return np.column_stack([self.history.losses, self.history.parameters])

    def from_start(self, start: tuple[float, ...]) -> Heard:
        """Return the same loop before it begins, from another start."""
        return self._again(self.descent._replace(start=start))

    def listen(self, states: int) -> None:
        """Take so many further states, or raise Mistake if the loop fails, ends, or changes its data."""
        attempt(lambda: self._extend(states), self.known)
        if self.history.ended == "interrupted":
            raise KeyboardInterrupt
        before, after = ({"data.x": one.x, "data.y": one.y} for one in (self.descent.data, self.data))
        require_unchanged(before, after)
        expected, got = len(self.descent.start), self.history.parameters.shape[1]
        if got != expected:
            raise Mistake("wrong_number_of_parameters", expected=expected, got=got)
        if self.history.ended == "the loop ended by itself":
            several = len(self.history) > 1
            raise Mistake("ends" if several else "yields_once", states=texts.states(len(self.history)))

    def _extend(self, states: int) -> None:
        if self.loop is None:
            self.loop = self._begin()
            self.history.extend(self.loop, 1)
            self.history.remember(self.loop)
            states -= 1
        if self.history.ended == "finished":
            self.history.extend(self.loop, states)


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
    descents = [*_descents(len(names), momentum, mean), _real_problem(len(names), momentum, mean)]
    require_callable(answer, texts.LOOP_ARGUMENTS[momentum], by_name=len(descents[0].options))
    heard = [Heard(answer, descent, tensors, known) for descent in descents]
    try:
        require_loop(answer)
        for one in heard:
            one.listen(STEPS + 1)
    except Mistake as mistake:
        raise Mistake(*_of_error(answer, heard, mistake.findings, names)) from None
    # Only now, so that nothing that the learner's code can reach holds what is expected.
    findings = _compare(descents, [one.states for one in heard], names) or _in_the_long_run(heard[-1], names)
    if findings:
        raise Mistake(*evidence.weighed(findings, answer, heard[0].loop, heard[0].history))


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


def _of_error(
    answer: Any, heard: Sequence[Heard], findings: Sequence[Finding], names: Sequence[str]
) -> Sequence[Finding]:
    """Return what to say of a loop that has failed or ended: what its error gives away, or what explains it."""
    name, details, _ = findings[0]
    if "why" in details:
        why = details["why"].replace("(a, b, c, d)", f"({', '.join(names)})")  # the example that `record` gives
        return [found(name, why=why)]
    if brackets := evidence.brackets_forgotten(answer, heard[0].history):
        return brackets
    first = heard[0]
    if name == "graph_cut" and len(first.history) and _ignores_parameters(first):
        return [findings[0]._replace(name="loss_of_something_else")]
    return findings


def _ignores_parameters(heard: Heard) -> bool:
    """Whether the first loss of a loop is the same for other parameters."""
    other = heard.from_start(tuple(value + 1.0 for value in heard.descent.start))
    try:
        other.listen(1)
    except Mistake:
        return False
    return bool(other.history.losses[0] == heard.history.losses[0])


@np.errstate(all="ignore")  # states may be anything
def _compare(descents: Sequence[Descent], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Return what is wrong with the states of a loop, one array of shape (T, 1 + P) for each set of data."""
    expected = descend(descents, np.arange(2 * STEPS + 2))
    right = [_is_right(rows, goal[: STEPS + 1]) for rows, goal in zip(received, expected, strict=True)]
    if all(right):
        return []
    length = min(map(len, received[:-1]))  # they are fewer where a loss has overflowed
    some = [i for i, rows in enumerate(received) if len(rows) >= length]
    states = np.stack([received[i][:length] for i in some])
    if findings := _explain([descents[i] for i in some], states, expected[some, : 2 * length], names):
        return findings
    i = 0 if not right[0] else right.index(False) if right[-1] else -1
    goal = expected[i, : len(received[i])]
    if i == -1 and not agree(received[i], goal, SINGLE):  # not by some digits alone
        return [found("right_for_few_points", points=texts.points(len(descents[-1].data)))]
    return [_where_it_leaves(descents[i], received[i], goal, names)]


@np.errstate(all="ignore")
def _in_the_long_run(heard: Heard, names: Sequence[str]) -> list[Finding]:
    """Listen to a loop on the real problem, up to MANY states, and return what is wrong with them."""
    first = MANY  # the number of the first state that is not right
    while len(heard.history) < min(MANY, first + STEPS + 1) and heard.history.ended == "finished":
        begin = len(heard.history)
        heard.listen(min(BATCH, MANY - begin))
        first = min(first, _first_wrong(heard, begin))
    if first == MANY:
        return []
    states = heard.states
    expected = descend([heard.descent], np.arange(len(states)))[0]
    if agree(states[:, 1:], expected[:, 1:]) or first < 2 or not _is_right(states[:first], expected[:first], APART):
        return [_where_it_leaves(heard.descent, states, expected, names)]
    window = states[None, first - 2 : first + STEPS, 1:]  # it begins with one right step
    window = window[:, : np.isfinite(window).all(axis=(0, 2)).cumprod().sum()]
    in_motion = "momentum" in heard.descent.options  # then a window does not begin at rest
    named = name_steps([heard.descent], window, names) if window.shape[1] > 2 and not in_motion else None
    later = [one for one in named or [] if one.name in LATER]
    return [found("changes_later", moment=texts.moment(first - 1)), *later]


def _first_wrong(heard: Heard, begin: int) -> int:
    """Return the number of the first state that is not right, among those from `begin` on; MANY if there is none."""
    states = heard.states[begin:]
    expected = descend([heard.descent], np.arange(begin, begin + len(states)))[0]
    return next((begin + i for i, pair in enumerate(zip(states, expected, strict=True)) if not _is_right(*pair)), MANY)


def _is_right(states: Floats, expected: Floats, tolerance: float = AGREED) -> bool:
    return all(agree(states[..., part], expected[..., part], tolerance) for part in (slice(1, None), slice(0, 1)))


def _explain(descents: Sequence[Descent], states: Floats, expected: Floats, names: Sequence[str]) -> list[Finding]:
    """Name the mistakes that make T states, expected are 2 T, or return nothing if they are not known."""
    w, right = states[:, :, 1:], expected[:, :, 1:]
    if agree(w, right[:, : w.shape[1]]):
        name = next(_wrong_losses(descents, states, expected), "")
        if name or not agree(states[:, :, :1], _losses_of(descents, w)):
            return [found(name or "loss_wrong")]  # else the parameters are off, by so little that the loss shows it
    for name, holds in AT_A_GLANCE.items():
        if holds(w, right):
            return [found(name, where=texts.THE_LOOP)]
    if _is_single(descents, w, right[:, : w.shape[1]]):
        return [found("float32", where=texts.THE_LOOP)]
    for period, first in itertools.product(SELDOM, (0, -1)):
        if agree(w, descend(descents, np.arange(first % period, period * w.shape[1], period))[:, :, 1:]):
            return [found("yields_seldom", every=period)]
    finite = np.isfinite(states).all(axis=(0, 2)).cumprod().sum()
    if finite < 3:
        return wrong_forward(descents, states)
    if not _begins(w, right):
        return _about_the_start(descents, w[:, :finite], right[:, :1], names)
    findings = name_steps(descents, w[:, :finite], names)
    vague = findings is None or "rate_changes" in [one.name for one in findings]
    if findings and not vague:
        return findings
    if part := name_points(descents, w[:, :finite]):
        return part
    # A loss that is wrong from the start tells more than the steps that follow from it.
    if all(agree(*pair) for pair in zip(states[:, :1, :1], expected[:, :1, :1], strict=True)):
        return name_directions(descents, w[:, :finite], names) if findings is None else findings
    return wrong_forward(descents, states)


def _about_the_start(descents: Sequence[Descent], w: Floats, start: Floats, names: Sequence[str]) -> list[Finding]:
    """Name what is wrong with parameters of shape (D, T, P) that do not all begin at the start, shape (D, 1, P)."""
    if not any(agree(*pair) for pair in zip(w[:, :1], start, strict=True)):  # perhaps they only have missed it
        findings = name_steps(descents, np.concatenate([start, w], axis=1), names)
        if findings is not None:
            return [*findings, found("yields_late")]
    if agree(w[:, :1], start, 1e-2) and _has_few_digits(w[:, :1]):
        return [found("start_rounded")]
    off = np.any(np.abs(w[:, 0] - start[:, 0]) > AGREED, axis=0)
    return [found("start_ignored", where=texts.listed(np.array([*names])[off]))]


def _begins(w: Floats, right: Floats) -> bool:
    return agree(w[:, :1], right[:, :1])


def _is_single(descents: Sequence[Descent], w: Floats, right: Floats) -> bool:
    """Whether the right parameters were calculated in float32: few binary digits, data cut to them, or noise."""
    later = w[:, 1:]
    if np.array_equal(later, np.float32(later)) and agree(later, right[:, 1:], SINGLE):
        return True
    if not _begins(w, right):
        return False
    cuts = [[_walked_with(one, *cut, w.shape[1]) for cut in _cut_to_single(one, w.shape[2])] for one in descents]
    return any(agree(w, np.stack(walks)) for walks in zip(*cuts, strict=True)) or is_noise(descents, w)


def _cut_to_single(descent: Descent, size: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield the powers of x, shape (size, N), and y, of which some were cut to float32 on the way."""
    x, y = descent.data.x, descent.data.y
    for some in (y, y.astype(np.float32).astype(float)):
        for powers in (
            x ** np.arange(size)[:, None],
            x.astype(np.float32).astype(float) ** np.arange(size)[:, None],
            x.astype(np.float32) ** np.arange(size, dtype=np.float32)[:, None],
            np.vander(x.astype(np.float32), size, increasing=True).T,
        ):
            yield powers.astype(float), some


def _walked_with(descent: Descent, X: Floats, y: Floats, states: int) -> Floats:
    """Return the parameters of descent with these powers of x, shape (states, P), calculated step by step."""
    rate, beta = descent.options["learning_rate"], descent.options.get("momentum", 0.0)
    walk, velocity = [np.array(descent.start)], np.zeros(len(X))
    for _ in range(states - 1):
        velocity = beta * velocity + 2 * X @ (walk[-1] @ X - y) / (len(y) if descent.mean else 1)
        walk.append(walk[-1] - rate * velocity)
    return np.array(walk)


def _has_few_digits(values: Floats) -> bool:
    """Whether all numbers fit into float32, or were rounded to so few decimal digits."""
    return np.array_equal(values, np.float32(values)) or any(agree(values, values.round(k), EXACT) for k in DIGITS)


def _in_pairs(w: Floats) -> bool:
    """Whether every state comes twice, whichever states they are."""
    first, second = w[:, :-1:2], w[:, 1::2]
    return np.array_equal(first, second, equal_nan=True) and bool((first[:, 1:] != first[:, :-1]).any())


def _is_half(values: Floats) -> bool:
    """Whether all numbers have so few binary digits that float16 could hold them; bfloat16 has fewer still."""
    digits = np.ldexp(np.frexp(values)[0], 11)
    return bool((digits == np.round(digits)).all())


def _losses_of(descents: Sequence[Descent], w: Floats) -> Floats:
    """Return the right losses of parameters of shape (D, T, P), shape (D, T, 1)."""
    problems = [
        LeastSquares(one.data.x, one.data.y, w.shape[2] - 1, reduction=REDUCTIONS[one.mean]) for one in descents
    ]
    return np.array([[[one.loss(row)] for row in rows] for one, rows in zip(problems, w, strict=True)])


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
    if agree(losses, right, SINGLE) and np.array_equal(losses, np.float32(losses)):
        yield "loss_float32"


def _where_it_leaves(descent: Descent, states: Floats, expected: Floats, names: Sequence[str]) -> Finding:
    """Say where a run first leaves the right one, in its parameters or its loss, and which phase to look at."""
    got, goal = np.roll(states, -1, axis=1), np.roll(expected, -1, axis=1)
    sizes = np.abs(goal[:, :-1]).max(axis=1, keepdims=True).clip(np.abs(goal))
    off = np.argwhere(~(np.abs(got - goal) <= AGREED * sizes))
    i, k = off[0] if len(off) else np.argwhere(got != goal)[0]
    first, second = texts.told_apart(goal[i, k], got[i, k])
    points = len(descent.data)
    example = (
        texts.THE_REAL_PROBLEM
        if points > 100
        else texts.arguments({"x": descent.data.x, "y": descent.data.y, "start": descent.start, **descent.options})
    )
    there = agree(states[i, 1:], expected[i, 1:], EXACT)
    phase = "update" if not there or k < len(names) else "forward" if i == 0 else "loss"
    return found(
        "other_state",
        parameter=[*names, texts.THE_LOSS][k],
        moment=texts.moment(int(i)),
        example=example,
        expected=first,
        received=second,
        phase=texts.WHERE_TO_LOOK[phase],
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


def _real_problem(size: int, momentum: bool, mean: bool) -> Descent:
    """Return what the notebooks descend on, slowly enough that no late change is lost in a run that has arrived."""
    data = sine()
    options = {"learning_rate": 1e-6 * len(data) if mean else 1e-6} | ({"momentum": 0.5} if momentum else {})
    return Descent(data, START[:size], options, mean)
