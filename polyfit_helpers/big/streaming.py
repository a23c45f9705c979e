"""More points than fit into memory: chunks come, add their moments, and are forgotten (notebook 09).

The loss of a fit that is linear in its parameters needs the points in three sums alone, X Xᵀ, X y and y·y. Sums over
points split, so the sums of the chunks add up: to those of all points, whatever their number. NumPy only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..theory import Floats, whole_number


class Moments(NamedTuple):
    """All that least squares needs to know of the points; those of two sets of points add up, field by field.

    XXt has shape (P, P), the sums of xⁱ⁺ʲ; Xy has shape (P,), the sums of xⁱ y; yy is the sum of y²; points says how
    many points were added.
    """

    XXt: Floats
    Xy: Floats
    yy: float
    points: int

    @property
    def optimum(self) -> Floats:
        """The parameters with the least sum of squared errors, shape (P,)."""
        return np.asarray(np.linalg.solve(self.XXt, self.Xy))

    def loss(self, parameters: ArrayLike) -> float:
        """Return the sum of squared errors of one set of parameters, shape (P,)."""
        w = np.asarray(parameters, dtype=float)
        return float(w @ self.XXt @ w - 2 * (w @ self.Xy) + self.yy)


def sine_chunks(
    points: int, first: int = 0, last: int | None = None, chunk: int = 1_000_000
) -> Iterator[tuple[Floats, Floats]]:
    """Return an iterator over the points of `sine(points)`, a chunk at a time; each x is computed from its index.

    Parameters
    ----------
    points : int
        Points on the whole of [-π, π], 2 or more.
    first, last : int
        The share that is wanted: the points first, ..., last - 1. None as last stands for all that follow.
    chunk : int
        Points in a chunk; the last chunk may be shorter.

    Returns
    -------
    iterator of (x, y)
        Arrays of float64, shape (chunk,), the same numbers as in `sine(points)`.

    Raises
    ------
    ValueError
        If one of these is not a whole number, or the share does not lie within the points.
    """
    points, chunk = whole_number("points", points, 2), whole_number("chunk", chunk, 1)
    first, last = whole_number("first", first), whole_number("last", points if last is None else last)
    if not first < last <= points:
        raise ValueError(f"a share must lie within the {points} points, got first {first} and last {last}")
    return (_sine(points, i, min(i + chunk, last)) for i in range(first, last, chunk))


def _sine(points: int, first: int, last: int) -> tuple[Floats, Floats]:
    """Return the points first, ..., last - 1 of `sine(points)`."""
    x = np.arange(first, last, dtype=np.float64) * (2 * math.pi / (points - 1)) - math.pi
    if last == points:
        x[-1] = math.pi  # as np.linspace ends, to the last bit
    return x, np.sin(x)


def moments(chunks: Iterable[tuple[Floats, Floats]], degree: int = 3) -> Iterator[Moments]:
    """Add up the moments of chunks, and yield after each one what they are so far; the last are those of all points.

    Within a chunk NumPy sums in pairs; from chunk to chunk, what a sum has lost by rounding is kept and added again.
    So a billion points cost no digits.

    Parameters
    ----------
    chunks : iterable of (x, y)
        Arrays of float64, shape (n,), such as `sine_chunks(10**9)`.
    degree : int
        Degree of the polynomial to be fitted.

    Yields
    ------
    Moments
    """
    degree = whole_number("degree", degree)
    rows = np.arange(degree + 1)
    total = lost = np.zeros(3 * degree + 3)
    points = 0

    for x, y in chunks:
        sums = _sums(x, y, degree)
        added = total + sums
        rounded = added - total
        lost = lost + ((total - (added - rounded)) + (sums - rounded))  # Knuth: what the addition has dropped, exactly
        total = added
        points += len(x)

        exact = total + lost
        of_x, of_xy, yy = exact[: 2 * degree + 1], exact[2 * degree + 1 : -1], exact[-1]
        yield Moments(of_x[rows + rows[:, None]], of_xy, float(yy), points)


def _sums(x: Floats, y: Floats, degree: int) -> Floats:
    """Return the sums of 1, x, ..., x²ᵈ, then of y, x y, ..., xᵈ y, then of y²; shape (3 degree + 3,)."""
    of_x, of_xy = [], []
    power = np.ones_like(x)
    for k in range(2 * degree + 1):
        of_x.append(power.sum())
        if k <= degree:
            of_xy.append((power * y).sum())
        power *= x
    return np.array([*of_x, *of_xy, (y * y).sum()])
