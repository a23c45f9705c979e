"""Comparing results with what is expected: the right formula, wrong ones, lost digits, and what is left.

An exercise is data: cases, one right formula, and wrong ones under the names of the mistakes that they come from. Here
it is decided how the results of functions are compared, in which order, and what is said when nothing fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from polyfit_helpers.theory import Floats

from . import texts
from .form import Case
from .trial import Finding, Mistake, found

SAME, FLOAT32, SINGLE_NOISE = 1e-9, 1e-4, 2e-6  # relative to the sizes of what was added up
RATIO = 1e-6
MOST_DIGITS = 6  # to which an answer may have been rounded
UNNAMED = ("right_for_the_example_only", "ratio", "other")  # what is said when no mistake fits

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
        The sizes of the numbers that are added up for each number of the result. None takes 1 + |right|.
    tolerance : float
        Up to which numbers are the same, relative to their sizes.
    family : function of received, sizes and wrong, or None
        Returns the findings of each part, by its index, where wrong formulas are too many to be written down. The third
        argument holds the indices of the parts that are not right; the first two have a row for each part, and in it
        the numbers of all cases.
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
    named = formulas.family(got, sizes, wrong) if formulas.family else {}
    if len(named) == len(labels) and all(found("wrong_sign") in some for some in named.values()):  # one slip, in e
        named = {
            i: [found("reversed") if one == found("wrong_sign") else one for one in some] for i, some in named.items()
        }
    lost = {i: _digits_lost(got[i], right[i], sizes[i]) for i in wrong if i not in named}
    named |= {i: [found(name)] for i, name in lost.items() if name}
    findings = _joined(named, labels)
    if unnamed := [i for i in wrong if i not in named]:
        i, *others = unnamed
        words = {"label": labels[i], "others": [labels[k] for k in others], "example": texts.arguments(cases[0])}
        numbers_of_example = np.size(received[0]) // len(labels)
        findings.append(_unnamed(got[i], right[i], sizes[i], tolerance, numbers_of_example, **words))
    return findings


def _digits_lost(received: Floats, expected: Floats, sizes: Floats) -> str:
    """Name what has taken digits from numbers that are right otherwise."""
    if _is_whole(received) and not _is_whole(expected) and (np.abs(received - expected) < 1).all():
        return "rounded"
    if any(np.array_equal(received, expected.round(digits)) for digits in range(MOST_DIGITS + 1)):
        return "digits_cut"
    few_digits = np.array_equal(received, np.float32(received)) and close(received, expected, sizes, FLOAT32)
    return "float32" if few_digits or close(received, expected, sizes, SINGLE_NOISE) else ""


def _is_whole(values: Floats) -> bool:
    return np.array_equal(values, np.trunc(values))


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
    goal, got = (values[0].item() if first == 1 else values[:first] for values in (expected, received))
    numbers = dict(zip(("expected", "received"), texts.told_apart(goal, got), strict=True))
    with np.errstate(all="ignore"):
        ratio = float(received @ expected / (expected @ expected))
    if close(received, ratio * expected, sizes, max(RATIO, tolerance)):
        return found("ratio", **words, **numbers, ratio=texts.number(ratio))
    return found("other", **words, **numbers)
