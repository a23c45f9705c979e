"""The exercises of notebook 01, and their solutions. Never imports torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..data import START, Data, sine
from ..history import record
from ..theory import LeastSquares
from ..training import numpy_matrix
from . import texts
from .exercise import Exercise, number_in
from .gradients import check_gradients
from .loops import check_loop
from .trial import Mistake, found

STEPS = 800  # in which `fast_learning_rate` has to arrive


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


def momentum_training(
    data: Data, start: Sequence[float], learning_rate: float, momentum: float
) -> Iterator[tuple[Any, Any]]:
    """Fit a parabola by descent with momentum; yields the loss and (a, b, c)."""
    x, y = data.x, data.y
    a, b, c = start
    velocity_a = velocity_b = velocity_c = 0.0

    while True:
        y_pred = a + b * x + c * x**2  # forward
        loss = ((y_pred - y) ** 2).sum()  # loss
        yield loss, (a, b, c)

        grad_y_pred = 2 * (y_pred - y)  # backward
        velocity_a = momentum * velocity_a + grad_y_pred.sum()
        velocity_b = momentum * velocity_b + (grad_y_pred * x).sum()
        velocity_c = momentum * velocity_c + (grad_y_pred * x**2).sum()

        a -= learning_rate * velocity_a  # update
        b -= learning_rate * velocity_b
        c -= learning_rate * velocity_c


def fast_learning_rate() -> float:
    """Return a rate that brings the loss within 1 % in 800 steps: 98 % of the limit, 2 / λmax."""
    x = sine().x
    X = np.stack([x**k for k in range(4)])
    limit = 2 / np.linalg.eigvalsh(2 * X @ X.T)[-1]
    return float(0.98 * limit)


def _check_rate(answer: Any) -> None:
    rate = number_in(answer)
    data = sine()
    problem = LeastSquares(data.x, data.y)
    limit, goal = problem.stability_limit(), 1.01 * problem.best_loss
    if rate <= 0:
        raise Mistake(found("rate_not_positive", got=texts.number(rate)))
    losses = record(numpy_matrix(data, START, rate), STEPS).losses
    if len(losses) > STEPS and losses[-1] <= goal:
        return
    numbers = {"limit": texts.number(limit), "got": texts.number(rate)}
    if limit * len(data) / 10 < rate <= limit * len(data) * 1.01:
        raise Mistake(found("rate_for_the_mean", **numbers, points=len(data)))
    if rate >= limit:
        raise Mistake(found("rate_over_the_limit", **numbers))
    needed = problem.steps_to_reach(goal, START, rate)
    if needed is None:
        raise Mistake(found("rate_far_too_small", **numbers, steps=STEPS))
    raise Mistake(
        found("rate_too_small" if rate < 0.99 * limit else "rate_too_near", **numbers, steps=STEPS, needed=needed)
    )


EXERCISES = {
    exercise.key: exercise
    for exercise in (
        Exercise(
            "line_gradients",
            partial(check_gradients, degree=1, reduction="mean", order=(1, 0), names=("m", "b")),
            line_gradients,
        ),
        Exercise(
            "cubic_gradients",
            partial(check_gradients, degree=3, reduction="sum", order=(0, 1, 2, 3), names=tuple("abcd")),
            cubic_gradients,
        ),
        Exercise("momentum_training", partial(check_loop, names="abc", momentum=True), momentum_training),
        Exercise("fast_learning_rate", _check_rate, fast_learning_rate),
    )
}
