"""Checking a function that returns gradients, parameter by parameter, and naming what went wrong.

A wrong gradient is nearly always the right one with a few well-known changes. So the right one is computed with each of
these changes, and whatever agrees with the answer on all random data is the mistake.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.theory import REDUCTIONS, Floats, LeastSquares, polynomial_values

from . import texts
from .trial import Finding, Mistake, attempt, brief, draws, found, require_callable

SAME, FLOAT32 = 1e-9, 1e-4  # relative to the sizes that are added up
MOST_DIGITS = 6  # to which an answer may have been rounded


class Case(NamedTuple):
    """One set of data: x and y of shape (N,), and the parameters, constant first."""

    x: Floats
    y: Floats
    parameters: tuple[float, ...]


class Change(NamedTuple):
    """How a wrong gradient came about: the right one has factor 2, the task's reduction, and the parameter's power."""

    factor: float
    sign: int
    reduction: str
    power: int
    base: str


def check_gradients(
    answer: Any,
    degree: int,
    reduction: str,
    order: Sequence[int],
    names: Sequence[str],
    ask: Callable[[Callable[..., Any], Case, Sequence[int], Sequence[str]], Floats] | None = None,
) -> None:
    """Raise Mistake unless answer(x, y, *parameters) returns the gradients of a polynomial's loss.

    Parameters
    ----------
    degree : int
    reduction : 'sum' or 'mean'
        Of the squared errors.
    order : sequence of int
        The power of x beside each parameter, in the order in which answer takes and returns them.
    names : sequence of str
        The parameters in that order.
    ask : function of answer, case, order and labels, or None
        Calls answer and returns its numbers, if it takes something else than arrays.
    """
    cases = [_example(degree), *(_random(degree, generator) for generator in draws())]
    one, other = cases[:2]  # what depends on one half of the arguments alone gives itself away
    cases += [other._replace(parameters=one.parameters), one._replace(parameters=other.parameters)]
    labels = [texts.derivative(name) for name in names]
    require_callable(answer, ", ".join(["x", "y", *names]), *range(2 + len(names)))
    received = np.array([(ask or _ask)(answer, case, order, labels) for case in cases])
    # Only now, so that nothing the learner's code can reach holds what is expected.
    problems = [LeastSquares(case.x, case.y, degree, reduction=reduction) for case in cases]
    gradients = [problem.gradient(case.parameters) for problem, case in zip(problems, cases, strict=True)]
    expected = np.array(gradients)[:, order]
    if close(received, expected, _sizes(cases, reduction, order)):
        return
    first = cases[0]
    values = {name: first.parameters[power] for name, power in zip(names, order, strict=True)}
    example = texts.arguments({"x": first.x, "y": first.y, **values})
    raise Mistake(*_explain(cases, received, expected, reduction, order, labels, example))


def close(received: Floats, expected: Floats, sizes: Floats | float, tolerance: float = SAME) -> bool:
    """Whether numbers agree up to rounding, relative to the sizes of what was added up for them."""
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(received - expected) <= tolerance * np.asarray(sizes)))


def numbers_of(result: Any, labels: Sequence[str], points: int) -> Floats:
    """Return a result as an array with one number per label, or raise Mistake with what it is instead."""
    if result is None:
        raise Mistake("not_returned")
    if inspect.isgenerator(result) and result.gi_code.co_name != "<genexpr>":
        raise Mistake("yield_for_return")
    expected = {"expected": len(labels), "labels": texts.listed(labels)}
    if getattr(result, "ndim", 0) > 1 and result.shape != (len(labels), points):
        raise Mistake("result_shape", **expected, shape=texts.shape_of(result.shape, points))
    if isinstance(result, (str, dict, set)) or hasattr(result, "__next__"):
        raise Mistake("no_numbers", **expected, got=brief(result))
    if not isinstance(result, (tuple, list, int, float)) and not hasattr(result, "ndim"):
        raise Mistake("no_numbers", **expected, got=brief(result))
    parts = list(result) if isinstance(result, (tuple, list)) or getattr(result, "ndim", False) else [result]
    if len(parts) != len(labels):
        raise Mistake("wrong_number", **expected, got=len(parts))
    return np.array([_number(part, label, points) for part, label in zip(parts, labels, strict=True)])


def _number(part: Any, label: str, points: int) -> float:
    try:
        value = np.asarray(part.detach() if hasattr(part, "detach") else part)
        if value.dtype.kind not in "biuf":
            raise TypeError
    except Exception:  # whatever the learner's object does when it is asked for its numbers
        raise Mistake("not_a_number", label=label, got=brief(part)) from None
    if value.shape == (points,):
        raise Mistake("not_reduced", label=label)
    if value.ndim:
        raise Mistake("shape", label=label, shape=texts.shape_of(value.shape, points))
    return float(value)


def _ask(answer: Callable[..., Any], case: Case, order: Sequence[int], labels: Sequence[str]) -> Floats:
    x, y = case.x.copy(), case.y.copy()
    result = attempt(lambda: answer(x, y, *(case.parameters[power] for power in order)))
    values = numbers_of(result, labels, len(case.x))
    for name, given, now in (("x", case.x, x), ("y", case.y, y)):
        if not np.array_equal(given, now):
            raise Mistake("changed_in_place", name=name)
    return values


def _example(degree: int) -> Case:
    """Return data that can be worked out by hand; what is said about numbers is said about these."""
    return Case(
        np.array([-1.0, 0.5, 2.0, 3.0, 4.0]), np.array([2.0, 2.5, 0.0, 1.0, 2.0]), (1.5, 0.5, -1.25, 2.0)[: degree + 1]
    )


def _random(degree: int, generator: np.random.Generator) -> Case:
    # Not symmetric, never small, and with powers of different size: so that no mistake looks like another.
    size = int(generator.integers(11, 29))
    x = generator.uniform(0.4, 2.6, size) * generator.choice([-1.0, 1.0, 1.0], size)
    parameters = generator.uniform(0.5, 1.5, degree + 1) * generator.choice([-1.0, 1.0], degree + 1)
    return Case(x, generator.normal(1.0, 2.0, size), tuple(parameters.tolist()))


def _sizes(cases: Sequence[Case], reduction: str, order: Sequence[int]) -> Floats:
    return np.array([[_value(case, Change(2, 1, reduction, power, "size")) for power in order] for case in cases])


def _value(case: Case, change: Change) -> float:
    """Return a gradient in which something was changed."""
    x, y, y_pred = case.x, case.y, polynomial_values(case.x, case.parameters)
    n, factor, base = len(x), x**change.power, change.base
    if base.startswith("integer"):
        x, y = np.trunc(x), np.trunc(y) if base == "integer" else y
        factor, y_pred = x**change.power, polynomial_values(x, case.parameters)
    if base == "parameters_reversed":
        y_pred = polynomial_values(x, case.parameters[::-1])
    if base == "columns":  # y_pred[:, None] - y: all N errors of every point
        terms, points = (n * y_pred - y.sum()) * factor, n * n
    elif base == "rows":  # y_pred - y[:, None], or the power from the other side
        terms, points = (y_pred.sum() - n * y) * factor, n * n
    elif base == "summed_first":
        terms, points = (y_pred - y).sum() * factor, n * n
    else:
        bases = {"not_subtracted": y_pred, "squared": (y_pred - y) ** 2, "size": np.abs(y_pred) + np.abs(y)}
        terms, points = bases.get(base, y_pred - y) * (np.abs(factor) if base == "size" else factor), n
    scale = {"sum": 1.0, "mean": 1 / points, "twice": 1 / points**2}[change.reduction]
    return float(change.factor * change.sign * scale * terms.sum())


def _deviations(change: Change, right: Change) -> list[tuple[str, dict[str, Any]]]:
    """Return the names of what was changed, with the details of their sentences."""
    names: list[tuple[str, dict[str, Any]]] = []
    if change.factor != right.factor and (change.factor, change.base) != (4, "squared"):  # (2 e)² is one slip
        names.append(("factor_missing" if change.factor == 1 else "factor_doubled", {}))
    if change.sign != right.sign:
        names.append(("wrong_sign", {}))
    if change.reduction != right.reduction:
        twice = change.reduction == "twice"
        names.append(("mean_twice" if twice else f"{change.reduction}_for_{right.reduction}", {}))
    if change.power != right.power:
        powers = {"expected": texts.power(right.power), "got": texts.power(change.power)}
        names.append(("factor_x_forgotten" if change.power == 0 else "wrong_power", powers))
    if change.base != right.base:
        kinds = {"columns": "broadcast", "rows": "broadcast", "integer_x": "integer"}
        names.append((kinds.get(change.base, change.base), {}))
    return names


def _changes(right: Change) -> Iterator[Change]:
    """Yield all changes, those with the fewest deviations first."""
    compared = ("error", "columns", "rows", "summed_first", "parameters_reversed", "not_subtracted", "squared")
    bases = (*compared, "integer", "integer_x")
    every = itertools.starmap(Change, itertools.product((2, 1, 4), (1, -1), (*REDUCTIONS, "twice"), range(5), bases))
    return iter(sorted(every, key=lambda change: sum(a != b for a, b in zip(change, right, strict=True))))


def _explain(
    cases: Sequence[Case],
    received: Floats,
    expected: Floats,
    reduction: str,
    order: Sequence[int],
    labels: Sequence[str],
    example: str,
) -> list[Finding]:
    """Name the mistake in each gradient, and say once what several have in common."""
    sizes = _sizes(cases, reduction, order)
    wrong = [i for i in range(len(labels)) if not close(received[:, i], expected[:, i], sizes[:, i])]
    said: dict[tuple[str, tuple[tuple[str, Any], ...]], list[str]] = {}
    findings: list[Finding] = []
    unknown: list[int] = []
    for name, slip in {"by_x": _by_x, "times_for_power": _times_for_power}.items():
        so = [i for i in wrong if close(received[:, i], slip(cases, reduction, order[i]), sizes[:, i])]
        higher = {i for i in wrong if order[i] > 1}
        if higher and higher <= {*so}:
            wrong = [i for i in wrong if i not in so]
            findings.append(found(name, where=texts.listed(labels[i] for i in so)))
    for i in wrong:
        swapped = [j for j in wrong if j != i and close(received[:, i], expected[:, j], sizes[:, j])]
        others = [j for j in swapped if close(received[:, j], expected[:, i], sizes[:, i])]
        if others:
            if i < others[0]:
                findings.append(found("swapped", first=labels[i], second=labels[others[0]]))
            continue
        names: list[tuple[str, dict[str, Any]]]
        if close(received[:, i], np.trunc(expected[:, i]), 1.0):
            names = [("rounded", {})]
        elif any(
            (received[:, i] == rounded).all()
            for rounded in (expected[:, i].round(digits) for digits in range(MOST_DIGITS + 1))
        ):
            names = [("digits_cut", {})]
        elif close(received[:, i], expected[:, i], sizes[:, i], FLOAT32):
            names = [("float32", {})]
        elif not np.ptp(received[:, i]):
            names = [("constant", {})]
        elif received[0, i] == received[-1, i]:
            names = [("parameters_ignored", {})]
        elif received[0, i] == received[-2, i]:
            names = [("data_ignored", {})]
        else:
            right = Change(2, 1, reduction, order[i], "error")
            fitting = (
                change
                for change in _changes(right)
                if close(received[:, i], np.array([_value(case, change) for case in cases]), sizes[:, i])
            )
            change = next(fitting, None)
            if change is None:
                unknown.append(i)
                continue
            names = _deviations(change, right)
        for name, details in names:
            said.setdefault((name, tuple(details.items())), []).append(labels[i])
    for (name, details_of), where in said.items():
        everywhere = name == "wrong_sign" and len(where) == len(labels)
        findings.append(found("reversed" if everywhere else name, where=texts.listed(where), **dict(details_of)))
    if unknown:
        i, *more = unknown
        also = [labels[j] for j in more]
        findings.append(_unknown(received[:, i], expected[:, i], sizes[:, i], labels[i], example, also))
    return findings


def _by_x(cases: Sequence[Case], reduction: str, power: int) -> Floats:
    """Return the gradients of somebody who differentiates c x² by x, not by c."""
    return np.array([power * _value(case, Change(2, 1, reduction, max(power - 1, 0), "error")) for case in cases])


def _times_for_power(cases: Sequence[Case], reduction: str, power: int) -> Floats:
    """Return the gradients of somebody who writes `x * 2` for `x**2`."""
    return np.array([power * _value(case, Change(2, 1, reduction, 1, "error")) for case in cases])


def _unknown(
    received: Floats, expected: Floats, sizes: Floats, label: str, example: str, others: Sequence[str]
) -> Finding:
    """Say what was expected and received for the example, and their ratio if it is the same for all data."""
    if close(received[:1], expected[:1], sizes[:1]):
        return found("right_for_the_example_only", label=label, others=others)
    numbers = {
        "label": label,
        "others": others,
        "example": example,
        "expected": texts.number(expected[0]),
        "received": texts.number(received[0]),
    }
    with np.errstate(all="ignore"):
        ratios = received / expected
    if np.isfinite(ratios).all() and np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        return found("ratio", **numbers, ratio=texts.number(ratios[0]))
    return found("other", **numbers)
