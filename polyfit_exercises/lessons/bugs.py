"""Ten training loops with one real bug each, as notebook 05 shows them.

They are here to be run and looked at, so that which curve a bug draws is measured. Do not copy from here.
"""

# Lessons: a gradient that may be None, numbers that turn into tensors. No `assert` shall stand between the phases.
# mypy: disable-error-code="operator, union-attr, attr-defined, no-any-return"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from polyfit_helpers.data import Data


def bug_1_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Never reset the gradients."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad


def bug_2_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Take the mean of the squared errors, with the rate that belongs to their sum."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = torch.nn.functional.mse_loss(y_pred, y)
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def bug_3_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Give each new value to the loop's own name instead of the parameter."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter = parameter - learning_rate * parameter.grad
                parameter.grad = None


def bug_4_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Compare a column of predictions with a flat array of data."""
    x, y = data.x, data.y
    X = torch.stack([x**k for k in range(4)], dim=1)  # a row for each point
    w = torch.tensor(start, dtype=x.dtype, device=x.device).reshape(-1, 1).requires_grad_()

    while True:
        y_pred = X @ w
        loss = ((y_pred - y) ** 2).mean()
        yield loss, w

        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
            w.grad = None


def bug_5_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Make the parameters on another device than the data."""
    device = torch.device("meta")  # stands for a GPU: every torch has it
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def bug_6_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Add up the losses with all that autograd knows about them."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    total = 0.0  # of all losses, for the average at the end

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        total += loss
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def bug_7_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Turn the loss into a plain number before it goes backward."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum().item()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def bug_8_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Leave the rate to the optimizer, whose default is 1e-3."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    optimizer = torch.optim.SGD((a, b, c, d))

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        optimizer.zero_grad()
        loss.backward()

        optimizer.step()


def bug_9_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Keep one parameter from the optimizer, since a module does not know plain tensors."""
    x, y = data.x, data.y

    class Cubic(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (torch.nn.Parameter(x.new_tensor(value)) for value in start[:3])
            self.d = x.new_tensor(start[3])

        def forward(self, x: Any) -> Any:
            return self.a + self.b * x + self.c * x**2 + self.d * x**3

    model = Cubic()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

    while True:
        loss = ((model(x) - y) ** 2).sum()
        yield loss, (model.a, model.b, model.c, model.d)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def bug_10_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Keep the parameters in a type with three digits."""
    x, y = data.x, data.y
    short = torch.bfloat16
    a, b, c, d = (torch.tensor(value, dtype=short, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None
