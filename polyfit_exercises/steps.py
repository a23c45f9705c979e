"""Naming what is wrong with the steps of a training loop.

Nearly every loop of the course, right or wrong, moves its parameters by

    learning_rate · scale · Σ_j row[j] · g[t − j]

where g is a gradient at the states that the loop itself has yielded. So a mistake is at most three short words: which
gradient, which row (how much of a gradient is left after j steps), and which scale. All combinations come for free.

Arrays of steps have the shape (D, T, P): D sets of data, T steps, P parameters.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.data import Data
from polyfit_helpers.theory import Floats, design_matrix

from . import texts
from .trial import Finding, found

ALIKE = 1e-6  # relative to what is compared
ROUNDING = 1e-12  # relative to the largest step of a run
# Of a gradient that was calculated in float32: most and least in all of them; and of one in float64.
NOISE, NOISE_AT_LEAST, DOUBLE = 1e-6, 3e-9, 1e-10
DECAYS = (0.0, 1e-2)  # of the parameters, in steps of Adam's relatives

SHARED = {"gradients_shared", "velocity_shared"}  # all parameters move alike: then any steps are along them

Reading = tuple[tuple[str, str], ...]  # names of mistakes, each with the number that its sentence quotes, if any
# How much is left of a gradient, by its age in steps, the momentum, and the number of the step: three arrays.
Row = Callable[[Any, Any, Any], Any]


class Descent(NamedTuple):
    """One set of data (arrays), and how descent is to go on it."""

    data: Data
    start: tuple[float, ...]
    options: dict[str, float]  # learning_rate, and momentum if the exercise has one
    mean: bool = False  # of the squared errors, where the task's loss is not their sum


# The right row stands first, without a name. One mistake may come about in several ways.
PLAIN_ROWS: Sequence[tuple[str, Row]] = (
    ("", lambda age, beta, t: age == 0),
    ("added_up", lambda age, beta, t: age >= 0),
    ("old_gradient", lambda age, beta, t: age == 1),
    ("step_before_backward", lambda age, beta, t: age >= 1),
    *(
        (f"reset_seldom {n}", lambda age, beta, t, n=n, late=late: age <= (t + late) % n)
        for n in range(2, 6)
        for late in range(n)
    ),
)
MOMENTUM_ROWS: Sequence[tuple[str, Row]] = (
    ("", lambda age, beta, t: beta**age),
    ("no_momentum", lambda age, beta, t: age == 0),
    ("no_momentum", lambda age, beta, t: beta * (age == 0)),
    ("added_up", lambda age, beta, t: age >= 0),
    ("averaged", lambda age, beta, t: (1 - beta) * beta**age),
    ("kept_whole", lambda age, beta, t: beta * (age >= 0)),
    ("velocity_reversed", lambda age, beta, t: (-beta) ** age),
    ("momentum_on_both", lambda age, beta, t: beta ** (age + 1)),
    ("momentum_complement", lambda age, beta, t: (1 - beta) ** age),
    ("velocity_added", lambda age, beta, t: (1 + beta) ** age),
    ("velocity_late", lambda age, beta, t: (age > 0) * beta ** (age - 1.0)),
    ("ahead", lambda age, beta, t: beta ** (age + 1) + (age == 0)),
    ("velocity_shared", lambda age, beta, t: beta**age),  # an age then counts parameters, one after another
    *(("momentum_fixed", lambda age, beta, t, own=own: own**age) for own in (0.5, 0.8, 0.9, 0.95, 0.99)),
)
# How their sentences call their numbers.
QUOTED = {"rate_scaled": "factor", "points_fixed": "points", "reset_seldom": "every"}
PARTLY = {"added_up": "some_added_up", "anothers_step": "anothers_step"}  # what can be said of some parameters alone


def name_steps(descents: Sequence[Descent], states: Floats, names: Sequence[str]) -> list[Finding] | None:
    """Return what is wrong with a loop's steps: nothing if they are right, None if no known mistake makes them.

    Parameters
    ----------
    descents : sequence of Descent, length D
        What the loop ran on.
    states : array, shape (D, T + 1, P)
        The parameters after 0, 1, ..., T updates.
    names : sequence of str, length P
        What the parameters are called.
    """
    steps = _steps(descents, states)
    moving = [k for k in range(len(names)) if steps[:, :, k].any()]
    if not moving:
        return None
    with np.errstate(all="ignore"):
        paths = list(_paths(descents, states))
        readings = _readings(descents, steps, paths)
        by_step = [(words, _ratios(steps, path, axis=2)) for words, path, _ in paths]
        along = [(words, ratios) for words, ratios in by_step if (ratios > 0).all() and SHARED.isdisjoint(dict(words))]
    shared = [words for words in readings[moving[0]] if all(words in readings[k] for k in moving)]
    for words, ratios in along[:1]:
        late = np.allclose(ratios[:, 1:], 1.0, rtol=ALIKE)
        if np.ptp(ratios) > 10 * ALIKE:  # less may be anything that is too small to turn a step
            shared = shared or [(*words, ("rate_late" if late else "rate_changes", ""))]
    if not all(shared or readings[k] for k in moving):
        return None
    letters: dict[tuple[str, str], list[str]] = {}
    for k in moving:
        for word in min(shared or readings[k], key=len):
            letters.setdefault(word, []).append(names[k])
    if not all(len(moved) == len(moving) or name in PARTLY for (name, _), moved in letters.items()):
        return None
    findings = [_worded(descents, *word, moved, len(moved) < len(moving)) for word, moved in letters.items()]
    return [*findings, *_still(steps, names)]


def name_directions(descents: Sequence[Descent], states: Floats, names: Sequence[str]) -> list[Finding]:
    """Return what can be said of steps for which `name_steps` has no words; it may be nothing."""
    steps = _steps(descents, states)
    if still := _still(steps, names):
        return still
    _, gradients, _ = next(_gradients(descents, states))
    direction, momentum = _direction(descents), "momentum" in descents[0].options
    if memory := _memory(steps, gradients, momentum):
        return [memory]
    after, taken = states[:, 1:], _rates(descents) * gradients
    if any(np.allclose(after, sign * taken, rtol=ALIKE, atol=ALIKE * np.abs(taken).max()) for sign in (-1, 1)):
        return [found("becomes_step")]
    limit, sizes = np.abs(steps).max(), np.abs(steps[:, 0])
    if not sizes.any():
        return [found("first_step_missing")]
    if penalty := _penalty(descents, states):
        return [penalty]
    # On the example: the same for any draw.
    signs_alone = np.isclose(limit, 1.0, rtol=ALIKE) and (np.abs(gradients[0]) > 1).all()
    if not signs_alone and np.allclose(steps, np.clip(gradients, -limit, limit), rtol=ALIKE):
        return [found("clipped", limit=texts.number(limit), direction=direction)]
    if np.allclose(steps, steps[0, 0, 0], rtol=ALIKE, atol=0.0):
        return [found("no_gradient_in_it")]
    if np.allclose(steps, steps[:, :, :1], rtol=ALIKE, atol=0.0):  # also where gradients have different signs
        return [found("steps_alike", direction=direction)]
    for decay in DECAYS:
        sizes = np.abs(steps[:, 0] - decay * states[:, 0])
        if np.ptp(sizes) <= 1e-3 * sizes.max():  # on all data: it depends on no gradient
            return [found("not_descent", direction=direction)]
    rates = _ratios(steps[:, :1], gradients[:, :1], axis=2)
    if not momentum and (rates > 0).all() and not np.isclose(rates, 1.0, rtol=ALIKE).any():
        return [found("first_step_scaled", direction=direction)]
    return []


def name_points(descents: Sequence[Descent], states: Floats) -> list[Finding]:
    """Name the points that steps are made of, if they are not all: a part of the data, or another part at each step."""
    steps = _gradients_taken(descents, states)
    sizes = {
        len(one.data): _first_block(one, w[0], step[0]) for one, w, step in zip(descents, states, steps, strict=True)
    }
    largest = max(sizes)
    block = sizes[largest]
    if block and block < largest and all(size == min(n, block) for n, size in sizes.items()):
        i = [len(one.data) for one in descents].index(largest)
        second = descents[i], states[i, 1], steps[i, 1]
        if _first_block(*second) == block:
            return [found("points_left_out", points=block)]
        if _first_block(*second, begin=block) in (block, largest - block):  # the last batch may be short
            return [found("mini_batches", points=block)]
    subsets = [_subset(descents[0], w, step) for w, step in zip(states[0], steps[0], strict=False)]
    if all(0 < len(one) < len(descents[0].data) for one in subsets):
        left = [n for n in range(len(descents[0].data)) if n not in subsets[0]]
        if len({*subsets}) == 1:
            return [found("points_left_out", points=len(descents[0].data) - len(left))]
        if len({len(one) for one in subsets}) == 1:
            return [found("mini_batches", points=len(subsets[0]))]
    return []


def steps_against(descents: Sequence[Descent], states: Floats) -> Floats:
    """Return by what each step, in units of the learning rate, differs from the gradient at the state before it."""
    return _gradients_taken(descents, states) - next(_gradients(descents, states))[1]


def is_noise(descents: Sequence[Descent], states: Floats) -> bool:
    """Whether steps differ from the right ones as by rounding to float32: by little, and jumping from step to step."""
    off, sizes = steps_against(descents, states), np.abs(_gradients_taken(descents, states)).max(axis=(1, 2))
    most = (np.abs(off).max(axis=(1, 2)) / sizes).max()
    total, jumps = np.abs(off).sum(axis=(1, 2)), np.abs(np.diff(off, axis=1)).sum(axis=(1, 2))
    exact = total <= DOUBLE * sizes  # numbers of few digits lose none
    least = DOUBLE * sizes[:, None, None]
    up, down = (off > least).any(axis=1), (off < -least).any(axis=1)
    both_ways = (up & down).sum() > 0.5 * (up | down).sum()  # what is added on purpose has one sign
    return bool(NOISE_AT_LEAST < most <= NOISE and both_ways and (exact | (jumps > 0.5 * total)).all())


def _gradients_taken(descents: Sequence[Descent], states: Floats) -> Floats:
    """Return what the velocity has taken in at each step; without momentum that is the step itself."""
    steps = _steps(descents, states)
    beta = np.array([one.options.get("momentum", 0.0) for one in descents])[:, None, None]
    steps[:, 1:] -= beta * steps[:, :-1]
    return steps


def _memory(steps: Floats, gradients: Floats, momentum: bool) -> Finding | None:
    """Name a velocity: each step is a number times the step before, plus a number times the gradient."""
    before = np.concatenate([np.zeros_like(steps[:, :1]), steps[:, :-1]], axis=1)
    sizes = np.abs(steps).max(axis=(1, 2), keepdims=True)
    terms = np.stack([(one / sizes).ravel() for one in (before, gradients)], axis=1)
    if not np.isfinite(terms).all():
        return None
    (kept, new), *_ = np.linalg.lstsq(terms, (steps / sizes).ravel())
    if not (np.abs(steps - kept * before - new * gradients) <= ALIKE * sizes).all() or min(abs(kept), new) < 1e-3:
        return None
    if momentum:
        return found("momentum_fixed") if np.isclose(new, 1.0, rtol=ALIKE) else None
    return found("velocity_there", kept=texts.number(kept))


def _penalty(descents: Sequence[Descent], states: Floats) -> Finding | None:
    """Name what has been added to each gradient: a multiple of the parameters, of their signs, or of the curvatures."""
    added, before = steps_against(descents, states), states[:, :-1]
    curvatures = np.stack([(design_matrix(one.data.x, states.shape[2] - 1) ** 2).sum(axis=1) for one in descents])
    if descents[0].mean:
        curvatures /= np.array([[len(one.data)] for one in descents])
    largest = np.abs(_gradients_taken(descents, states)).max(axis=(1, 2), keepdims=True)
    rounding = 1e-12 * largest + 3e-15 * np.abs(states).max() / _rates(descents)
    for name, shape in (
        ("weight_decay", before),
        ("penalty_absolute", np.sign(before)),
        ("slope_measured", np.broadcast_to(curvatures[:, None], before.shape)),
    ):
        factor = (added * shape).sum() / (shape**2).sum()
        part = np.abs(factor * shape)
        fits = (np.abs(added - factor * shape) <= 1e-3 * part + rounding).all()
        clear = (part.max(axis=(1, 2), keepdims=True) > 6 * rounding).all()
        if fits and clear and (factor > 0 or name == "slope_measured"):
            size = texts.number(abs(factor))
            return found(name, where=texts.THE_GRADIENTS, factor=size, step=size)
    return None


def _first_block(descent: Descent, w: Floats, step: Floats, begin: int = 0) -> int:
    """Return how many points, from one on and round to it, a step is made of; 0 if it is not."""
    terms = np.roll(_of_each_point(descent, w), -begin, axis=0)
    sums = terms.cumsum(axis=0)
    if descent.mean:
        sums /= np.arange(1, len(sums) + 1)[:, None]
    counts = np.arange(1, len(sums) + 1)[:, None]
    scale = ALIKE * np.abs(step).max()
    for values in (sums, sums / counts, sums * len(sums) / counts):
        fitting = np.flatnonzero((np.abs(values - step) <= scale).all(axis=1))
        if len(fitting):
            return int(fitting[-1]) + 1
    return 0


def _subset(descent: Descent, w: Floats, step: Floats) -> tuple[int, ...]:
    """Return the points that a step is made of, in a small set of data; () if it is made of none."""
    terms = _of_each_point(descent, w)
    for size in range(len(terms), 0, -1):
        for some in itertools.combinations(range(len(terms)), size):
            total = terms[list(some)].sum(axis=0)
            for values in (total / size, total / len(terms)) if descent.mean else (total, total / size):
                if (np.abs(values - step) <= ALIKE * np.abs(step).max()).all():
                    return some
    return ()


def _of_each_point(descent: Descent, w: Floats) -> Floats:
    """Return what each point adds to the gradient at w, shape (N, P)."""
    X = design_matrix(descent.data.x, len(w) - 1)
    return np.asarray(2 * (X * (w @ X - descent.data.y)).T)


def _rates(descents: Sequence[Descent]) -> Floats:
    return np.array([one.options["learning_rate"] for one in descents])[:, None, None]


def _worded(descents: Sequence[Descent], name: str, number: str, letters: Sequence[str], partly: bool) -> Finding:
    """Return a finding with all that its sentence may ask for."""
    where = texts.listed(letters) if partly else texts.THE_GRADIENTS
    if name == "anothers_step":
        where = texts.moving(letters)
    details = {"where": where, "direction": _direction(descents)} | ({QUOTED[name]: number} if number else {})
    return Finding(PARTLY[name] if partly else name, details)


def _direction(descents: Sequence[Descent]) -> str:
    return texts.DIRECTION["momentum" in descents[0].options]


def _still(steps: Floats, names: Sequence[str]) -> list[Finding]:
    """Name the parameters that never move, if there are any."""
    still = [name for k, name in enumerate(names) if not steps[:, :, k].any()]
    return [found("some_never_move", where=texts.listed(still))] if still else []


def _steps(descents: Sequence[Descent], states: Floats) -> Floats:
    """Return what each update takes away, in units of the learning rate."""
    return np.asarray(-np.diff(states, axis=1) / _rates(descents))


def _readings(
    descents: Sequence[Descent], steps: Floats, paths: Sequence[tuple[Reading, Floats, Floats]]
) -> list[list[Reading]]:
    """Return for each parameter the words of all paths that its steps follow: its own, or another one's right path."""
    readings: list[list[Reading]] = [[] for _ in range(steps.shape[2])]
    for words, path, terms in paths:
        ratios = _ratios(steps, path, axis=1)
        for k in np.flatnonzero(np.isfinite(ratios).all(axis=0)):
            if (scale := _scale(descents, terms, ratios[:, k])) is not None:
                readings[k].append((*words, *scale))
    for other in range(len(readings)):
        ratios = _ratios(steps, paths[0][1][:, :, [other]], axis=1)
        for k in np.flatnonzero(np.isclose(ratios, 1.0, rtol=ALIKE).all(axis=0)):
            readings[k] = readings[k] or [(("anothers_step", ""),)]
    return readings


def _ratios(steps: Floats, path: Floats, axis: int) -> Floats:
    """Return by what a path must be multiplied to be these steps; NaN where it cannot be.

    axis 1 gives one number for all steps of a parameter, axis 2 one for all parameters in a step.
    """
    ratios = (steps * path).sum(axis, keepdims=True) / (path**2).sum(axis, keepdims=True)
    sizes = np.abs(steps)  # those of a run that has arrived are noise
    tolerance = ALIKE * sizes.max(axis=2, keepdims=True) + ROUNDING * sizes.max(axis=(1, 2), keepdims=True)
    off = np.abs(steps - ratios * path) > tolerance
    return np.where(off.any(axis), np.nan, ratios.squeeze(axis))


def _scale(descents: Sequence[Descent], terms: Floats, ratios: Floats) -> Reading | None:
    """Return the words for a scale, one number for each set of data; None if there are none."""
    rates = np.array([one.options["learning_rate"] for one in descents])
    mean, momentum = descents[0].mean, "momentum" in descents[0].options
    twice = 1 / terms if mean else 1 / terms**2
    parts: Sequence[Mapping[str, Any]] = (
        {"": 1.0, "uphill": -1.0},
        {"": 1.0, "steps_halved": 0.5, "steps_doubled": 2.0},
        {"": 1.0} | ({"sum_for_mean": terms} if mean else {"mean_for_sum": 1 / terms}) | {"mean_twice": twice},
        {"": 1.0} | {"rate_twice" if momentum else "rate_squared": rates},
    )
    scales = [[*zip(*some, strict=True)] for some in itertools.product(*(part.items() for part in parts))]
    fitting = [names for names, factors in scales if np.allclose(ratios, math.prod(factors), rtol=ALIKE, atol=0.0)]
    if fitting:
        return min((tuple((name, "") for name in names if name) for names in fitting), key=len)
    factors = ratios * np.sign(ratios[0])
    sign = (("uphill", ""),) if ratios[0] < 0 else ()
    points = np.array([len(one.data) for one in descents]) * (1 / factors if mean else factors)
    if np.allclose(points, 1.0, rtol=ALIKE):  # of N x N errors only half the sums are means
        return (*sign, ("sum_for_mean" if mean else "mean_for_sum", ""))
    for name, values in (("rate_ignored", factors * rates), ("rate_scaled", factors), ("points_fixed", points)):
        if _is_one(values):
            return (*sign, (name, texts.number(values[0]) if name in QUOTED else ""))
    return None


def _is_one(values: Floats) -> bool:
    """Whether they are one number, but for rounding."""
    return bool(np.ptp(values) < ALIKE * abs(values[0]))


def _paths(descents: Sequence[Descent], states: Floats) -> Iterator[tuple[Reading, Floats, Floats]]:
    """Yield words, steps and terms (see `_gradients`) of each gradient with each row, the right ones first."""
    beta = np.array([one.options.get("momentum", 0.0) for one in descents])[:, None, None]
    for kind, gradients, terms in _gradients(descents, states):
        for name, row in MOMENTUM_ROWS if "momentum" in descents[0].options else PLAIN_ROWS:
            flat = gradients.reshape(len(gradients), -1, 1) if name == "velocity_shared" else gradients
            t = np.arange(flat.shape[1])[:, None]
            age = t - t.T
            path = np.where(age >= 0, row(np.maximum(age, 0), beta, t), 0.0) @ flat
            name, _, number = name.partition(" ")
            words = tuple(word for word in ((kind, ""), (name, number)) if word[0])
            yield words, path.reshape(gradients.shape), terms


def _gradients(descents: Sequence[Descent], states: Floats) -> Iterator[tuple[str, Floats, Floats]]:
    """Yield the right gradient and well-known wrong ones at each state that an update follows.

    With each comes its name, and by what it is larger for a sum than for a mean, shape (D,).
    """
    designs = [design_matrix(one.data.x, states.shape[2] - 1) for one in descents]
    moments = np.stack([X @ X.T for X in designs])
    targets = np.stack([[X @ one.data.y] for X, one in zip(designs, descents, strict=True)])
    n, before, after = moments[:, :1, :1], states[:, :-1], states[:, 1:]
    rates = _rates(descents)
    right = 2 * (before @ moments - targets)
    turns = [np.concatenate([after[:, :, :k], before[:, :, k:]], axis=2) for k in range(states.shape[2])]
    one_by_one = np.concatenate([turn @ moments[:, :, [k]] for k, turn in enumerate(turns)], axis=2)
    errors = [w @ X - one.data.y for X, w, one in zip(designs, before, descents, strict=True)]
    root = np.stack([np.linalg.norm(error, axis=1, keepdims=True) for error in errors])
    for name, sums, terms in (
        ("", right, n),
        ("start_gradient", np.repeat(right[:, :1], right.shape[1], axis=1), n),
        ("first_without_rate", np.concatenate([right[:, :1] / rates, right[:, 1:]], axis=1), n),
        ("old_gradient", np.concatenate([right[:, :1], right[:, :-1]], axis=1), n),
        ("one_by_one", 2 * (one_by_one - targets), n),
        ("gradient_absolute", np.abs(right), n),
        ("gradients_shared", np.repeat(right.sum(axis=2, keepdims=True), right.shape[2], axis=2), n),
        ("broadcast", 2 * (n * (before @ moments) - targets[:, :, :1] * moments[:, :1]), n**2),
        ("loss_root", right / (2 * root), np.sqrt(n)),
        ("loss_root", right / (2 * root * np.sqrt(n)), np.sqrt(n)),
    ):
        yield name, sums / terms if descents[0].mean else sums, terms.ravel()
