"""Solutions and questions of notebook 00: what a learner may see."""

from __future__ import annotations

import numpy as np

from polyfit_helpers.data import sine
from polyfit_helpers.theory import LeastSquares


def taylor_cubic() -> str:
    """Compare the losses of the Taylor cubic and of the flat line."""
    x, y = sine().x, sine().y
    taylor = ((x - x**3 / 6 - y) ** 2).sum()
    flat = ((0 - y) ** 2).sum()

    times = flat / taylor
    return "hundredfold" if times > 30 else "tenfold" if times > 3 else "hardly"


def b_alone() -> str:
    """Try lines through the origin, and take the smallest loss."""
    x, y = sine().x, sine().y
    least = min(float(((b * x - y) ** 2).sum()) for b in np.linspace(-1, 1, 2001))

    return next((str(most) for most in (10, 100, 300) if least < most), f"{least:.0f}")


def largest_error() -> str:
    """Look for the largest error of the best cubic."""
    x, y = sine().x, sine().y
    X = np.stack([x**k for k in range(4)])
    best, *_ = np.linalg.lstsq(X.T, y)
    worst = abs(x[abs(best @ X - y).argmax()])

    return "middle" if worst < 1 else "peaks" if worst < 2 else "ends"


def needs_pytorch() -> str:
    """Count the slopes that somebody has to work out."""
    slopes = {"line": 2, "mean": 0, "network": 1_000_000}

    return max(slopes, key=slopes.__getitem__)


def week_of_training() -> str:
    """Return the loss of the best cubic: training cannot get below it."""
    x, y = sine().x, sine().y
    X = np.stack([x**k for k in range(4)])
    best, *_ = np.linalg.lstsq(X.T, y)

    return f"{((best @ X - y) ** 2).sum():.3f}"


def useless_parameters() -> str:
    """Take the even part of the sine, and see what is left for a and c; other numbers of points change nothing."""
    y = sine().y
    even = (y + y[::-1]) / 2
    few = LeastSquares(sine(200).x, sine(200).y).optimum

    return "odd" if np.allclose(even, 0) and np.allclose(few[[0, 2]], 0) else "too few"


def mean_or_sum() -> str:
    """Compare the mean with that of the best cubic."""
    data = sine()
    best = LeastSquares(data.x, data.y).floor / len(data)

    if round(best, 4) == 0.0044:
        return "the best"
    return "better" if best > 0.0044 else "worse"
