"""Solutions and questions of notebook 07: what a learner may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.theory import LeastSquares, legendre_values

P3_START = (0.0, -1.0, 0.0, 0.3)  # of the fit with a + b P₃(c + d x), as in notebook 03


def second_error() -> float:
    """Multiply by the factor of one iteration, twice."""
    factor = 1 - 4e-4 * 4000

    return factor**2


def which_curvature() -> str:
    """Look which factor is the first to leave −1 to 1, and which is nearest to 1 before that."""
    eigenvalues = LeastSquares(sine().x, sine().y).eigenvalues
    factors = 1 - 3e-6 * eigenvalues
    limited_by, slowest = np.argmin(factors), np.argmax(abs(factors))

    if limited_by == slowest:
        return "largest"
    return "largest, smallest" if limited_by == len(factors) - 1 else "smallest, largest"


def iterations_by_kappa() -> str:
    """Count the iterations in powers of x/π, to the nearest ten."""
    problem = LeastSquares(sine().x, sine().y, basis="scaled")
    count = problem.iterations_to_reach(1.01 * problem.floor, (0, 0, 0, 0), problem.best_rate) or 0

    return min(("10", "140", "310", "680"), key=lambda some: abs(int(some) - count))


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


def iterations_of_newton() -> str:
    """Take one iteration from two starts, and see what is left above the floor."""
    problem = LeastSquares(sine().x, sine().y)
    left = []
    for start in (START, (5, 5, 5, 5)):
        w = np.array(start) - np.linalg.solve(problem.hessian, problem.gradient(start))
        left.append(problem.loss(w) / problem.floor - 1)

    return "one" if max(left) < 1e-9 else "four" if min(left) > 1e-9 else "start"


def p3_gradients(x: Any, y: Any, a: float, b: float, c: float, d: float) -> tuple[float, float, float, float]:
    """Return the gradients of the sum of the squared errors of a + b P₃(c + d x)."""
    u = c + d * x
    p3 = (5 * u**3 - 3 * u) / 2
    slope = 3 * (5 * u**2 - 1) / 2  # of P₃ at u

    grad_y_pred = 2 * (a + b * p3 - y)
    grad_u = grad_y_pred * b * slope
    return grad_y_pred.sum(), (grad_y_pred * p3).sum(), grad_u.sum(), (grad_u * x).sum()


def p3_at_twice_the_rate() -> str:
    """Run it, and look at the last losses."""
    data = sine()
    w = np.array(P3_START)
    losses = []
    for _ in range(2000):
        losses.append(((legendre_values(data.x, w) - data.y) ** 2).sum())
        w -= 1e-5 * np.array(p3_gradients(data.x, data.y, *w))

    if not np.isfinite(losses[-1]):
        return "explodes"
    different = len(set(np.round(losses[-100:], 1)))
    return "settles" if different == 1 else "jumps" if different == 2 else "chaos"


def what_explodes() -> str:
    """Look at the factor of each direction at 3.6e-6."""
    factors = abs(1 - 3.6e-6 * LeastSquares(sine().x, sine().y).eigenvalues)

    if (factors > 1).all():
        return "all"
    steepest_alone = factors[-1] > 1 and (factors[:-1] < 1).all()
    return "steepest" if steepest_alone else "slow"


def more_points() -> str:
    """Compare the limits."""
    few, many = (LeastSquares(sine(n).x, sine(n).y).stability_limit() for n in (2000, 4000))

    return "half" if many < 0.6 * few else "double" if many > 1.6 * few else "same"


def known_beforehand() -> str:
    """Look at the loss along a line of parameters: the third differences of a parabola are 0."""
    x, y = sine().x, sine().y
    models: dict[str, Any] = {
        "inside": lambda a, b: a * np.sin(b * x),
        "p3": lambda a, b: legendre_values(x, (0, a, 0, b)),
        "beside": lambda a, b: a * np.sin(x) + b * np.cos(x),
    }
    along = [0.3 + 0.1 * k for k in range(5)]
    bends = {name: np.diff([((model(k, k) - y) ** 2).sum() for k in along], 3).max() for name, model in models.items()}

    return min(bends, key=lambda name: abs(bends[name]))
