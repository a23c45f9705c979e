"""Solutions and questions of notebook 01: what a learner may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from polyfit_helpers.data import START, random_start, sine, straight_line
from polyfit_helpers.history import record
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import numpy_matrix


def line_gradients(x: Any, y: Any, m: float, b: float) -> tuple[float, float]:
    """Return the gradients of the mean of the squared errors of a straight line."""
    y_pred = m * x + b

    grad_m = (2 * (y_pred - y) * x).mean()
    grad_b = (2 * (y_pred - y)).mean()
    return grad_m, grad_b


def cubic_gradients(x: Any, y: Any, a: float, b: float, c: float, d: float) -> tuple[float, float, float, float]:
    """Return the gradients of the sum of the squared errors of a cubic."""
    grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)

    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    grad_c = (grad_y_pred * x**2).sum()
    grad_d = (grad_y_pred * x**3).sum()
    return grad_a, grad_b, grad_c, grad_d


def fast_learning_rate() -> float:
    """Return a rate that brings the loss within 1 % in 800 iterations: 98 % of the stability limit."""
    return 0.98 * LeastSquares(sine().x, sine().y).stability_limit()


def sign_of_the_gradient() -> str:
    """Calculate dL/db of the straight line's loss at the start."""
    line = straight_line()
    _, grad_b = line_gradients(line.x, line.y, 1.0, 1.0)

    return "positive, down" if grad_b > 0 else "negative, up"


def iterations_to_the_floor() -> str:
    """Count the iterations of a run, to the nearest hundred."""
    data = sine()
    floor = LeastSquares(data.x, data.y).floor
    losses = record(numpy_matrix(data, START, learning_rate=1e-6), 5000).losses

    return str(round(int((losses > 1.01 * floor).sum()), -2))


def shape_of_the_matrix() -> str:
    """Stack the powers, and look."""
    x = sine().x
    X = np.stack([x**k for k in range(4)])

    names = {len(x): "points", 4: "powers"}
    return ", ".join(names[size] for size in X.shape) if X.ndim == 2 else "flat"


def starts_that_arrive() -> str:
    """Count the starts whose loss is within 1 % of the floor after 2 000 iterations."""
    problem = LeastSquares(sine().x, sine().y)
    ends = [problem.predicted_losses(random_start(seed), 1e-6, [2000])[0] for seed in range(100)]
    arrived = sum(end <= 1.01 * problem.floor for end in ends)

    return "most" if arrived > 90 else "few" if arrived < 10 else "half"


def twice_the_rate() -> str:
    """Count the iterations at 1e-6 and at 2e-6."""
    problem = LeastSquares(sine().x, sine().y)
    goal = 1.01 * problem.floor
    once, twice = (problem.iterations_to_reach(goal, START, rate) for rate in (1e-6, 2e-6))

    if once is None or twice is None:
        return "explodes"
    part = twice / once
    return "half" if 0.4 < part < 0.6 else "quarter" if part < 0.4 else "same"


def endless_loop() -> str:
    """Ask a loop without an end for three values, and see how many it has made."""
    made: list[int] = []

    def counting() -> Iterator[int]:
        while True:
            made.append(len(made))
            yield made[-1]

    for _, _ in zip(range(3), counting(), strict=False):
        pass
    return "waits" if len(made) == 3 else "ahead"


def looks_finished() -> str:
    """Let the run go on for a thousand steps."""
    losses = record(numpy_matrix(sine(), START, learning_rate=1e-6), 2800).losses

    if losses[2799] > losses[1799]:
        return "growing"
    return "still falling" if losses[2799] < 0.95 * losses[1799] else "finished"
