"""Training loops in NumPy, with gradients derived by hand (notebooks 01 and 09)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..data import Data
from ..theory import LeastSquares, momentum_factor
from .contract import training_loop


@training_loop(tensors=False, parameters=4)
def numpy_by_hand(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic by gradient descent on the sum of squared errors, as everybody writes it first (notebook 01).

    Yields the loss and (a, b, c, d). After PyTorch's tutorial "Learning PyTorch with Examples".
    """
    x, y = data.x, data.y
    a, b, c, d = start

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3  # forward
        loss = ((y_pred - y) ** 2).sum()  # loss
        yield loss, (a, b, c, d)

        grad_y_pred = 2 * (y_pred - y)  # backward
        grad_a = grad_y_pred.sum()
        grad_b = (grad_y_pred * x).sum()
        grad_c = (grad_y_pred * x**2).sum()
        grad_d = (grad_y_pred * x**3).sum()

        a -= learning_rate * grad_a  # update
        b -= learning_rate * grad_b
        c -= learning_rate * grad_c
        d -= learning_rate * grad_d


@training_loop(tensors=False, parameters=4)
def numpy_powers(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic as `numpy_by_hand` does, with the powers of x computed once (notebooks 01 and 09).

    Yields the loss and (a, b, c, d).
    """
    x, y = data.x, data.y
    a, b, c, d = start
    x2, x3 = x**2, x**3

    while True:
        y_pred = a + b * x + c * x2 + d * x3  # forward
        loss = ((y_pred - y) ** 2).sum()  # loss
        yield loss, (a, b, c, d)

        grad_y_pred = 2 * (y_pred - y)  # backward
        grad_a = grad_y_pred.sum()
        grad_b = (grad_y_pred * x).sum()
        grad_c = (grad_y_pred * x2).sum()
        grad_d = (grad_y_pred * x3).sum()

        a -= learning_rate * grad_a  # update
        b -= learning_rate * grad_b
        c -= learning_rate * grad_c
        d -= learning_rate * grad_d


@training_loop(tensors=False)
def numpy_matrix(
    data: Data,
    start: Sequence[float],
    learning_rate: float,
    *,
    basis: str = "powers",
    reduction: str = "sum",
    momentum: float = 0.0,
) -> Iterator[tuple[Any, Any]]:
    """Fit a polynomial of degree len(start) - 1 by the same descent, with a design matrix (notebook 01).

    Parameters
    ----------
    basis, reduction : str
        As in `theory.LeastSquares`.
    momentum : float
        As in `torch.optim.SGD`, from 0 to 1.

    Yields
    ------
    loss : float
    w : array of float64, shape (len(start),)

    Raises
    ------
    ValueError
        At the first iteration, if an option is none of these; the message quotes it.
    """
    momentum = momentum_factor(momentum)
    problem = LeastSquares(data.x, data.y, len(start) - 1, basis=basis, reduction=reduction)
    X, y, scale = problem.design, data.y, problem.scale
    w = np.array(start)
    velocity = np.zeros_like(w)

    while True:
        error = w.dot(X)  # forward: w @ X - y, without a second array
        error -= y
        loss = scale * error.dot(error)  # loss
        yield loss, w

        grad = 2 * scale * X.dot(error)  # backward

        if momentum:  # update
            grad = velocity = momentum * velocity + grad
        w -= learning_rate * grad


@training_loop(tensors=False, parameters=4)
def numpy_moments(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic by the same descent from sums over the points: an iteration costs the same for any N (notebook 09).

    The points come in only through 2 X Xᵀ, the best cubic and its loss, all computed once. Distances from the best
    cubic are used, rather than X Xᵀ w − X y, so that nothing cancels when the loss comes near its floor. For so few
    numbers plain floats are faster than arrays.

    Yields the loss and (a, b, c, d), all float.
    """
    problem = LeastSquares(data.x, data.y)
    (aa, ab, ac, ad), (_, bb, bc, bd), (_, _, cc, cd), (_, _, _, dd) = problem.hessian.tolist()
    best_a, best_b, best_c, best_d = problem.optimum.tolist()
    floor = problem.floor
    a, b, c, d = start

    while True:
        off_a, off_b, off_c, off_d = a - best_a, b - best_b, c - best_c, d - best_d  # forward

        grad_a = aa * off_a + ab * off_b + ac * off_c + ad * off_d  # backward
        grad_b = ab * off_a + bb * off_b + bc * off_c + bd * off_d
        grad_c = ac * off_a + bc * off_b + cc * off_c + cd * off_d
        grad_d = ad * off_a + bd * off_b + cd * off_c + dd * off_d

        loss = floor + 0.5 * (off_a * grad_a + off_b * grad_b + off_c * grad_c + off_d * grad_d)  # loss
        yield loss, (a, b, c, d)

        a -= learning_rate * grad_a  # update
        b -= learning_rate * grad_b
        c -= learning_rate * grad_c
        d -= learning_rate * grad_d
