"""Solutions and questions of notebook 02: what a learner may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.history import record
from polyfit_helpers.training import tensors_matrix


def difference_shape() -> str:
    """Subtract, and look."""
    column, row = torch.zeros(4, 1), torch.zeros(4)
    return str(tuple((column - row).shape))


def broadcast_count() -> float:
    """Add them, and count."""
    total = torch.ones(2, 1, 5) + torch.ones(3, 5)
    return total.numel()


def flat_errors(column: Tensor, y: Tensor) -> Tensor:
    """Return the N errors of predictions that come as a column, shape (N, 1)."""
    return column.squeeze(1) - y


def what_is_shared() -> str:
    """Do it, and look at the tensor."""
    array = np.array([1.0, 2.0, 3.0])
    shared = torch.from_numpy(array)

    array += 100  # in place: the same memory
    array = array + 100  # a new array: the tensor keeps the old one
    return ", ".join(f"{number:.0f}" for number in shared)


def tensor_gradients(x: Tensor, y: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Return the gradients of the sum of the squared errors as one tensor of shape (4,), beside x."""
    grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)

    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    grad_c = (grad_y_pred * x**2).sum()
    grad_d = (grad_y_pred * x**3).sum()
    return torch.stack([grad_a, grad_b, grad_c, grad_d])


def lost_in_float32() -> float:
    """Return a quarter of the distance from 1 to the next number of float32."""
    return torch.finfo(torch.float32).eps / 4


def shorter_fuse() -> str:
    """Make both runs, and count their iterations."""
    iterations = {}
    for dtype in ("float32", "float64"):
        run = record(tensors_matrix(sine().to("cpu", dtype), START, learning_rate=1e-3), 100)
        iterations[dtype] = run.iterations

    if iterations["float32"] == iterations["float64"]:
        return "same iteration"
    return min(iterations, key=iterations.__getitem__)


def any_device_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Fit a polynomial with a design matrix, wherever the data are; yields the loss and w."""
    x, y = data.x, data.y
    w = torch.tensor(start, dtype=x.dtype, device=x.device)
    X = x ** torch.arange(len(start), device=x.device).unsqueeze(1)  # row k holds x**k

    while True:
        error = w @ X - y  # forward
        loss = error @ error  # loss
        yield loss, w

        grad = 2 * (X @ error)  # backward

        w -= learning_rate * grad  # update


def scalar_may_stay() -> str:
    """Try both products with data elsewhere."""
    x = torch.ones(5, device="meta")
    raises = []
    for name, parameter in (("a * x", torch.tensor(0.5)), ("w * x", torch.ones(5))):
        try:
            parameter * x
        except RuntimeError:
            raises.append(name)

    return raises[0] if len(raises) == 1 else "both" if raises else "neither"


def who_is_right() -> str:
    """Add up the same squares in two orders, without torch."""
    squares = ((sine().y - 0.3) ** 2).tolist()
    forwards, backwards = sum(squares), sum(reversed(squares))

    return "both" if forwards != backwards else "numpy"


def centred_points() -> str:
    """Do it, and look at the array."""

    def centre(x: Tensor) -> None:
        x -= x.mean()

    points = np.array([1.0, 2.0, 6.0])
    centre(torch.from_numpy(points))
    return "centred" if points.mean() == 0 else "copied"
