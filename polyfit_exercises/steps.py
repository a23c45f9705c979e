"""Naming what is wrong with the steps of a training loop.

Every loop of the course, right or wrong, moves its parameters by

    learning_rate · scale · Σ_j row[j] · g[t − j]

where g is a gradient at the states that the loop itself has yielded. So a mistake is at most three short words: which
gradient, which row (how much of a gradient is left after j steps), and which scale. All combinations come for free.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.data import Data
from polyfit_helpers.theory import Floats, design_matrix

from . import texts
from .trial import Finding, found

SAME = 1e-6  # relative to what is compared

Row = Callable[[Any, float], Any]  # how much is left of a gradient, by its age in steps (an array) and the momentum


class Descent(NamedTuple):
    """One set of data (arrays), and how descent is to go on it."""

    data: Data
    start: tuple[float, ...]
    options: dict[str, float]  # learning_rate, and momentum if the exercise has one
    mean: bool = False  # of the squared errors, where the task's loss is not their sum


class Word(NamedTuple):
    """The name of a mistake; and the gap that its sentence has for a number, with that number."""

    name: str
    gap: str = ""
    number: str = ""


class Gradient(NamedTuple):
    """A gradient at each state but the last, shape (steps, P), right or with a well-known mistake."""

    name: str
    values: Floats
    terms: float  # by which their sum is larger than their mean


class Path(NamedTuple):
    """The steps that a gradient and a row make: for each set of data an array of shape (steps, P)."""

    words: tuple[Word, ...]
    steps: Sequence[Floats]
    terms: Sequence[float]  # of the gradients


# The right row stands first, without a name. One mistake may come about in several ways.
PLAIN_ROWS: Sequence[tuple[str, Row]] = (
    ("", lambda age, beta: age == 0),
    ("added_up", lambda age, beta: age >= 0),
    ("old_gradient", lambda age, beta: age == 1),
)
MOMENTUM_ROWS: Sequence[tuple[str, Row]] = (
    ("", lambda age, beta: beta**age),
    ("no_momentum", lambda age, beta: age == 0),
    ("no_momentum", lambda age, beta: beta * (age == 0)),
    ("added_up", lambda age, beta: age >= 0),
    ("averaged", lambda age, beta: (1 - beta) * beta**age),
    ("kept_whole", lambda age, beta: beta * (age >= 0)),
    ("velocity_reversed", lambda age, beta: (-beta) ** age),
    ("momentum_on_both", lambda age, beta: beta ** (age + 1)),
    ("momentum_complement", lambda age, beta: (1 - beta) ** age),
    ("velocity_added", lambda age, beta: (1 + beta) ** age),
    ("velocity_late", lambda age, beta: (age > 0) * beta ** (age - 1.0)),
    ("ahead", lambda age, beta: beta ** (age + 1) + (age == 0)),
)
PARTLY = {"added_up": "some_added_up", "anothers_step": "anothers_step"}  # what can be said of some parameters alone


def name_steps(descents: Sequence[Descent], states: Sequence[Floats], names: Sequence[str]) -> list[Finding] | None:
    """Return what is wrong with a loop's steps: nothing if they are right, None if no known mistake makes them.

    Parameters
    ----------
    descents : sequence of Descent
        What the loop ran on.
    states : sequence of arrays, shape (states, P)
        On each of them, the parameters after 0, 1, 2 ... updates. What comes after an overflow is passed over.
    names : sequence of str, length P
        The parameters, some of which move.
    """
    steps = _steps(descents, states)
    moving = _moving(steps)
    with np.errstate(all="ignore"):
        paths = list(_paths(descents, states, steps))
        readings = _readings(descents, steps, paths)
        shared = [words for words in readings[moving[0]] if all(words in readings[k] for k in moving)]
        if not shared:
            shared = [(*path.words, Word("rate_changes")) for path in paths if _goes_along(steps, path)][:1]
    letters: dict[Word, list[str]] = {}
    for k in moving:
        words = min(shared or readings[k], key=len, default=None)
        if words is None:
            return None
        for word in words:
            letters.setdefault(word, []).append(names[k])
    partly = {word for word, some in letters.items() if len(some) < len(moving)}
    if not {word.name for word in partly} <= PARTLY.keys():
        return None
    momentum = "momentum" in descents[0].options
    findings = [_found(word, some, word in partly, momentum) for word, some in letters.items()]
    return findings if len(moving) == len(names) else [*findings, _never_move(moving, names)]


def name_directions(descents: Sequence[Descent], states: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Return what can be said of steps for which `name_steps` has no words; it may be nothing."""
    steps = _steps(descents, states)
    momentum = "momentum" in descents[0].options
    direction = texts.DIRECTION[momentum]
    if len(moving := _moving(steps)) < len(names):
        return [_never_move(moving, names)]
    if all(np.ptp(step) <= SAME * np.abs(step).max() for step in steps):
        return [found("no_gradient_in_it")]
    first = [step[:1] for step in steps]
    if all(np.ptp(np.abs(step)) <= 1e-3 * np.abs(step).max() for step in first):
        return [found("not_descent", direction=direction)]
    rights = [_gradients(one, w[:2])[0].values for one, w in zip(descents, states, strict=True)]
    rates = np.concatenate([_ratios(*pair, axis=1) for pair in zip(first, rights, strict=True)])
    if not momentum and (rates > 0).all() and not np.isclose(rates, 1.0, rtol=SAME).any():
        return [found("first_step_scaled", direction=direction)]
    return []


def _found(word: Word, letters: Sequence[str], partly: bool, momentum: bool) -> Finding:
    """Return a finding with the details that its sentence may ask for."""
    where = texts.listed(letters) if partly else texts.THE_GRADIENTS
    if word.name == "anothers_step":
        where = f"{texts.listed(letters)} move{'s' * (len(letters) == 1)}"
    number = {word.gap: word.number} if word.gap else {}
    name = PARTLY[word.name] if partly else word.name
    return found(name, where=where, direction=texts.DIRECTION[momentum], **number)


def _never_move(moving: Sequence[int], names: Sequence[str]) -> Finding:
    return found("some_never_move", where=texts.listed(name for k, name in enumerate(names) if k not in moving))


def _steps(descents: Sequence[Descent], states: Sequence[Floats]) -> list[Floats]:
    """Return what each update takes away, in units of the learning rate: arrays of shape (steps, P)."""
    return [-np.diff(w, axis=0) / one.options["learning_rate"] for one, w in zip(descents, states, strict=True)]


def _moving(steps: Sequence[Floats]) -> list[int]:
    return [k for k in range(steps[0].shape[1]) if any(step[:, k].any() for step in steps)]


def _readings(
    descents: Sequence[Descent], steps: Sequence[Floats], paths: Sequence[Path]
) -> list[list[tuple[Word, ...]]]:
    """Return for each parameter the words of all paths that its steps follow: its own, or another one's right path."""
    readings: list[list[tuple[Word, ...]]] = [[] for _ in range(steps[0].shape[1])]
    for path in paths:
        ratios = np.array([_ratios(*pair, axis=0) for pair in zip(steps, path.steps, strict=True)])
        for k in np.flatnonzero(np.isfinite(ratios).all(axis=0)):
            if (scale := _scale(descents, path.terms, ratios[:, k])) is not None:
                readings[k].append((*path.words, *scale))
    for other in range(len(readings)):
        pairs = zip(steps, paths[0].steps, strict=True)
        ratios = np.array([_ratios(step, right[:, [other]], axis=0) for step, right in pairs])
        for k in np.flatnonzero(np.isclose(ratios, 1.0, rtol=SAME).all(axis=0)):
            if not readings[k]:
                readings[k].append((Word("anothers_step"),))
    return readings


def _goes_along(steps: Sequence[Floats], path: Path) -> bool:
    """Whether each single step is along a path's, however long."""
    return all((_ratios(*pair, axis=1) > 0).all() for pair in zip(steps, path.steps, strict=True))


def _ratios(steps: Floats, path: Floats, axis: int) -> Floats:
    """Return by what a path must be multiplied to be these steps, both of shape (steps, P); NaN where it cannot be.

    axis 0 gives one number for each parameter, axis 1 one for each step.
    """
    ratios = (steps * path).sum(axis, keepdims=True) / (path**2).sum(axis, keepdims=True)
    off = np.abs(steps - ratios * path) > SAME * np.abs(steps).max(axis=1, keepdims=True)
    return np.where(off.any(axis), np.nan, ratios.squeeze(axis))


def _scale(descents: Sequence[Descent], terms: Sequence[float], ratios: Floats) -> tuple[Word, ...] | None:
    """Return the words for a scale, given as a number for each set of data; None if there are none."""
    scales = [_scales(one, count) for one, count in zip(descents, terms, strict=True)]
    for words in sorted(scales[0], key=len):
        if np.allclose(ratios, [scale[words] for scale in scales], rtol=SAME, atol=0.0):
            return tuple(map(Word, words))
    sign = (Word("uphill"),) if ratios[0] < 0 else ()
    factors = ratios * np.sign(ratios[0])
    if not (factors > 0).all():
        return None
    rates = np.array([one.options["learning_rate"] for one in descents])
    points = np.array([float(len(one.data)) for one in descents])
    points = points / factors if descents[0].mean else points * factors
    if _is_one(factors * rates):
        return (*sign, Word("rate_ignored"))
    if _is_one(factors):
        return (*sign, Word("rate_scaled", "factor", texts.number(factors[0])))
    return (*sign, Word("points_fixed", "points", texts.number(points[0]))) if _is_one(points) else None


def _scales(descent: Descent, terms: float) -> dict[tuple[str, ...], float]:
    """Return by what steps are multiplied when something well-known goes wrong, in all combinations."""
    parts = [
        {"": 1.0, "uphill": -1.0},
        {"": 1.0, "steps_halved": 0.5, "steps_doubled": 2.0},
        {"": 1.0, "sum_for_mean": terms} if descent.mean else {"": 1.0, "mean_for_sum": 1 / terms},
        {"": 1.0, "rate_twice": descent.options["learning_rate"]} if "momentum" in descent.options else {"": 1.0},
    ]
    chosen = itertools.product(*(part.items() for part in parts))
    return {tuple(name for name, _ in some if name): math.prod(number for _, number in some) for some in chosen}


def _is_one(values: Floats) -> bool:
    """Whether they are one number, but for rounding."""
    return bool(np.ptp(values) <= SAME * abs(values[0]))


def _paths(descents: Sequence[Descent], states: Sequence[Floats], steps: Sequence[Floats]) -> Iterator[Path]:
    """Yield the steps of each gradient with each row, the right ones first."""
    betas = [one.options.get("momentum", 0.0) for one in descents]
    momentum = "momentum" in descents[0].options
    rows = MOMENTUM_ROWS if momentum else PLAIN_ROWS
    right = rows[0][1]
    for kinds in zip(*map(_gradients, descents, states), strict=True):
        ways = [(name, row, betas, False) for name, row in rows]
        if momentum:
            ways.append(("velocity_shared", right, betas, True))
            own = [_own_momentum(step, kind.values) for step, kind in zip(steps, kinds, strict=True)]
            ways += [("momentum_fixed", right, own, False)] if _is_one(np.array(own)) else []
        for name, row, numbers, shared in ways:
            words = tuple(Word(one) for one in (kinds[0].name, name) if one)
            walks = [_walk(kind.values, row, beta, shared) for kind, beta in zip(kinds, numbers, strict=True)]
            yield Path(words, walks, [kind.terms for kind in kinds])


def _walk(gradients: Floats, row: Row, beta: float, shared: bool) -> Floats:
    """Return the steps that a row makes of gradients, both of shape (steps, P).

    With shared, one velocity is updated by the gradient of each parameter in turn.
    """
    flat = gradients.reshape(-1, 1) if shared else gradients
    age = np.subtract.outer(np.arange(len(flat)), np.arange(len(flat)))
    left = np.where(age >= 0, row(np.maximum(age, 0), beta), 0.0)
    return np.asarray((left @ flat).reshape(gradients.shape))


def _own_momentum(steps: Floats, gradients: Floats) -> float:
    """Return the momentum that the first two steps tell, both of shape (steps, P)."""
    first = gradients[0] * (steps[0] != 0)  # of what moves
    scale = first @ steps[0] / (first @ first)
    return float(first @ (steps[1] / scale - gradients[1]) / (first @ first))


def _gradients(descent: Descent, w: Floats) -> list[Gradient]:
    """Return the right gradient and well-known wrong ones, at the states w of shape (steps + 1, P)."""
    X, y, n = design_matrix(descent.data.x, w.shape[1] - 1), descent.data.y, len(descent.data)
    before, after = w[:-1], w[1:]
    predicted = before @ X
    right = 2 * (predicted - y) @ X.T
    half_moved = [np.column_stack([after[:, :k], before[:, k:]]) for k in range(w.shape[1])]
    one_by_one = np.column_stack([2 * (at @ X - y) @ X[k] for k, at in enumerate(half_moved)])
    of_root = right / (2 * np.linalg.norm(predicted - y, axis=1, keepdims=True))
    kinds = [
        Gradient("", right, n),
        Gradient("old_gradient", np.concatenate([right[:1], right[:-1]]), n),
        Gradient("one_by_one", one_by_one, n),
        Gradient("broadcast", 2 * (n * predicted @ X.T - y.sum() * X.sum(axis=1)), n**2),
        Gradient("loss_root", of_root, n**0.5),
        Gradient("loss_root", of_root / n**0.5, n**0.5),
    ]
    return [kind._replace(values=kind.values / kind.terms) for kind in kinds] if descent.mean else kinds
