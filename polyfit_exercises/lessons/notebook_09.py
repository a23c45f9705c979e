"""Solutions and questions of notebook 09: what a learner may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from polyfit_helpers.data import START, sine
from polyfit_helpers.theory import LeastSquares, design_matrix

POINTS = 10**7  # of the question about megabytes


def powers_once(x: Any) -> tuple[Any, Any]:
    """Return x² and x³ with two multiplications."""
    x2 = x * x

    return x2, x2 * x


def moments_gradient(XXt: Any, Xy: Any, w: Any) -> Any:
    """Return the gradient of the sum of the squared errors from the moments of the data."""
    return 2 * (XXt @ w - Xy)


def megabytes_per_step() -> float:
    """Ask the arrays of a smaller problem, and scale up."""
    data = sine(1000)
    X = design_matrix(data.x)

    return float((X.nbytes + data.y.nbytes) * POINTS / len(data) / 1e6)


def basis_or_machine() -> str:
    """Count the steps in both bases."""
    steps = {}
    for basis in ("powers", "legendre"):
        problem = LeastSquares(sine().x, sine().y, basis=basis)
        steps[basis] = problem.iterations_to_reach(1.01 * problem.floor, (0, 0, 0, 0), problem.best_rate) or 0

    gain = steps["powers"] / steps["legendre"]
    return "basis" if gain > 10 else "equal" if gain == 10 else "machine"


def what_travels() -> str:
    """Add up what two shares have found."""
    data = sine()
    halves = [LeastSquares(data.x[part], data.y[part]) for part in (slice(0, 1000), slice(1000, None))]
    added = sum(half.gradient(START) for half in halves)

    enough = np.allclose(added, LeastSquares(data.x, data.y).gradient(START))
    return "gradients" if enough else "errors"


def last_digits() -> str:
    """Add up the same squares in two orders, in both dtypes."""
    squares = (sine().y - 0.3) ** 2
    differ, close_by = {}, True
    for dtype in ("float32", "float64"):
        forwards, backwards = (np.cumsum(part.astype(dtype))[-1] for part in (squares, squares[::-1]))
        differ[dtype] = forwards != backwards
        close_by = close_by and bool(np.isclose(forwards, backwards, rtol=1e-4))

    if not (close_by and differ["float32"]):
        return "bug"
    return "rounding" if differ["float64"] else "float32"


def megabytes(numbers: int, size: int = 8) -> Callable[[], float]:
    """Return how to count the megabytes of so many numbers a point, of so many bytes each."""
    return lambda: numbers * size * POINTS / 1e6
