"""Comparing an answer with what is expected: its form, the right formula, wrong ones, roundings, and what is left.

An exercise is data: cases, one right formula, and wrong ones under the names of the mistakes that they come from. Here
and nowhere else it is decided how numbers are compared, in which order, and what is said when nothing fits.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from polyfit_helpers.theory import Floats

from . import texts
from .trial import Finding, Mistake, attempt, brief, found

SAME, FLOAT32 = 1e-9, 1e-4  # relative to the sizes of what was added up
RATIO = 1e-6
MOST_DIGITS = 6  # to which an answer may have been rounded
UNNAMED = ("right_for_the_example_only", "ratio", "other")  # what is said when no mistake fits

Case = Mapping[str, Any]  # the arguments of one call, by their names
Formula = Callable[..., Any]  # of the arguments of a case
Family = Callable[[Floats, Floats, Sequence[int]], dict[int, list[Finding]]]


class Formulas(NamedTuple):
    """What the results of a learner's function are compared with.

    Parameters
    ----------
    labels : tuple of str
        What the parts of a result are called. If there are several, they lie along its first axis.
    right : formula
    wrong : mapping from names in `texts.MISTAKES` to a formula, or to several
        How well-known wrong results come about.
    size : formula, or None
        The sizes of the numbers that are added up for each number of the result. None takes the result itself.
    tolerance : float
        Up to which numbers are the same, relative to their sizes.
    family : function of received, sizes and wrong, or None
        Names the mistakes in the parts whose indices are in wrong, where wrong formulas are too many to be written
        down. Received and sizes have a row for each part, and in it the numbers of all cases.
    """

    labels: tuple[str, ...]
    right: Formula
    wrong: Mapping[str, Formula | tuple[Formula, ...]] = {}
    size: Formula | None = None
    tolerance: float = SAME
    family: Family | None = None


def close(received: ArrayLike, expected: ArrayLike, sizes: ArrayLike = 1.0, tolerance: float = SAME) -> bool:
    """Whether arrays have the same shape, and numbers that agree up to rounding, relative to sizes."""
    received, expected = np.asarray(received, dtype=float), np.asarray(expected, dtype=float)
    if received.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(received - expected) <= tolerance * np.asarray(sizes)))


def require_right(cases: Sequence[Case], received: Sequence[ArrayLike], formulas: Formulas) -> None:
    """Raise Mistake with what `compare` finds, if it finds anything."""
    if findings := compare(cases, received, formulas):
        raise Mistake(*findings)


def compare(cases: Sequence[Case], received: Sequence[ArrayLike], formulas: Formulas) -> list[Finding]:
    """Return what is wrong with the results of a learner's function; nothing if they are right.

    Parameters
    ----------
    cases : sequence of Case
        The first is an example that can be worked out by hand: what is said about numbers is said about it.
    received : sequence of arrays
        The result for each case, of the shape that the right formula gives.
    formulas : Formulas
    """
    labels, tolerance = formulas.labels, formulas.tolerance

    def table(results: Iterable[Any]) -> Floats:
        return np.hstack([np.asarray(result, dtype=float).reshape(len(labels), -1) for result in results])

    def values(formula: Formula) -> Floats:
        return table(formula(**case) for case in cases)

    got, right = table(received), values(formulas.right)
    sizes = values(formulas.size) if formulas.size else np.abs(right) + 1
    wrong = [i for i in range(len(labels)) if not close(got[i], right[i], sizes[i], tolerance)]
    if not wrong:
        return []
    for name, alternatives in formulas.wrong.items():
        for formula in alternatives if isinstance(alternatives, tuple) else (alternatives,):
            if close(got, values(formula), sizes, tolerance):
                return [found(name, where=texts.listed(labels[i] for i in wrong))]
    named = {i: [found(name)] for i in wrong if (name := _digits_lost(got[i], right[i], sizes[i]))}
    if formulas.family:
        named |= formulas.family(got, sizes, [i for i in wrong if i not in named])
    findings = _joined(named, labels)
    if unnamed := [i for i in wrong if i not in named]:
        i, *others = unnamed
        words = {"label": labels[i], "others": [labels[k] for k in others], "example": texts.arguments(cases[0])}
        numbers_of_example = np.size(received[0]) // len(labels)
        findings.append(_unnamed(got[i], right[i], sizes[i], tolerance, numbers_of_example, **words))
    return findings


def _digits_lost(received: Floats, expected: Floats, sizes: Floats) -> str:
    """Name what has taken digits from numbers that are right otherwise."""
    if close(received, np.trunc(expected), sizes):
        return "rounded"
    if any(np.array_equal(received, expected.round(digits)) for digits in range(MOST_DIGITS + 1)):
        return "digits_cut"
    return "float32" if close(received, expected, sizes, FLOAT32) else ""


def _joined(named: Mapping[int, Sequence[Finding]], labels: Sequence[str]) -> list[Finding]:
    """Say once what several parts of a result have in common."""
    where: dict[tuple[str, tuple[tuple[str, Any], ...]], list[str]] = {}
    for i, findings in named.items():
        for finding in findings:
            where.setdefault((finding.name, tuple(finding.details.items())), []).append(labels[i])
    return [found(name, where=texts.listed(parts), **dict(details)) for (name, details), parts in where.items()]


def _unnamed(received: Floats, expected: Floats, sizes: Floats, tolerance: float, first: int, **words: Any) -> Finding:
    """Show the first numbers, those of the example, and the ratio to what was expected if it is always the same."""
    if close(received[:first], expected[:first], sizes[:first], tolerance):
        return found("right_for_the_example_only", **words)
    numbers = {"expected": _written(expected[:first]), "received": _written(received[:first])}
    with np.errstate(all="ignore"):
        ratio = float(received @ expected / (expected @ expected))
    if close(received, ratio * expected, sizes, max(RATIO, tolerance)):
        return found("ratio", **words, **numbers, ratio=texts.number(ratio))
    return found("other", **words, **numbers)


def _written(values: Floats) -> str:
    return texts.number(values.item()) if values.size == 1 else texts.several(values)


# --- The form of an answer ---


def call(answer: Callable[..., Any], case: Case) -> Any:
    """Return what a learner's function makes of a case; raise Mistake if it changes one of the arrays in place."""
    arguments = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in case.items()}
    result = attempt(lambda: answer(*arguments.values()))
    require_unchanged(case, arguments)
    return result


def require_unchanged(before: Case, after: Case) -> None:
    """Raise Mistake if an array or a tensor is not what it was before the learner's code had it."""
    for name, value in before.items():
        now = after[name]
        if not np.array_equal(np.asarray(now.detach() if hasattr(now, "detach") else now), value):
            raise Mistake("changed_in_place", name=name)


def require_returned(result: Any) -> None:
    """Raise Mistake if a function returned nothing, or if it is a generator."""
    if result is None:
        raise Mistake("not_returned")
    if inspect.isgenerator(result) and result.gi_code.co_name != "<genexpr>":
        raise Mistake("yield_for_return")


def require_shape(
    result: Any, expected: Sequence[int], name: str, *, points: int = 0, label: str = "", known: Mapping[str, str] = {}
) -> None:
    """Raise Mistake unless an array or a tensor has the expected shape.

    `name` is that of the mistake; `known` has other names for shapes that tell how they came about, written as a
    learner would, with N for the number of points.
    """
    if tuple(result.shape) != tuple(expected):
        got, goal = texts.shape_of(result.shape, points), texts.shape_of(expected, points)
        raise Mistake(known.get(got, name), label=label, shape=got, expected=goal)


def array_of(part: Any, label: str) -> Floats:
    """Return what a learner's function returned, an array, a tensor or a number, as an array of float64."""
    try:
        array = np.asarray(part.detach() if hasattr(part, "detach") else part)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except Exception:  # whatever the learner's object does when it is asked for its numbers
        raise Mistake("not_a_number", label=label, got=brief(part)) from None
    return array.astype(float)


def parts_of(result: Any) -> list[Any]:
    """Return the parts of a tuple, a list, an array or a tensor; of anything else, the thing itself."""
    return list(result) if isinstance(result, (tuple, list)) or getattr(result, "ndim", 0) > 0 else [result]


def numbers_of(result: Any, labels: Sequence[str], points: int) -> Floats:
    """Return a result as an array with one number for each label, or raise Mistake with what it is instead."""
    require_returned(result)
    expected = {"expected": len(labels), "labels": texts.listed(labels)}
    if getattr(result, "ndim", 0) > 1 and result.shape != (len(labels), points):
        raise Mistake("result_shape", **expected, shape=texts.shape_of(result.shape, points))
    if not isinstance(result, (tuple, list, int, float)) and not hasattr(result, "ndim"):
        raise Mistake("no_numbers", **expected, got=brief(result))
    parts = parts_of(result)
    if len(parts) != len(labels):
        raise Mistake("wrong_number", **expected, got=len(parts))
    numbers = [array_of(part, label) for part, label in zip(parts, labels, strict=True)]
    for number, label in zip(numbers, labels, strict=True):
        require_shape(number, (), "shape", points=points, label=label, known={"(N,)": "not_reduced"})
    return np.array(numbers)
