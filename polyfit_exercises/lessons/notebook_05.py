"""Solutions and questions of notebook 05: what a learner may see."""

# Solutions are shown to learners, so they carry no `assert x.grad is not None` and no casts.
# mypy: disable-error-code="operator, union-attr, attr-defined, no-any-return"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import autograd

from . import bugs

# --- Repaired loops, where notebook 03's is not the one ---


def flat_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit with a design matrix; prediction and data have one shape, (N,)."""
    x, y = data.x, data.y
    X = torch.stack([x**k for k in range(4)], dim=1)  # a row for each point
    w = torch.tensor(start, dtype=x.dtype, device=x.device).reshape(-1, 1).requires_grad_()

    while True:
        y_pred = (X @ w).flatten()
        loss = ((y_pred - y) ** 2).mean()
        yield loss, w

        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
            w.grad = None


def averaging_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Add up the losses as numbers, which keep nothing alive."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    total = 0.0  # of all losses, for the average at the end

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        total += loss.item()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def optimizer_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Tell the optimizer its rate."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    optimizer = torch.optim.SGD((a, b, c, d), lr=learning_rate)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        optimizer.zero_grad()
        loss.backward()

        optimizer.step()


def module_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Make all four letters Parameters, so that the optimizer hears of them."""
    x, y = data.x, data.y

    class Cubic(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c, self.d = (torch.nn.Parameter(x.new_tensor(value)) for value in start)

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


# --- Closing questions ---


def ringing() -> str:
    """Compare four things before `backward`, with and without a reset."""
    data = sine().to("cpu")
    seen = []
    for loop in (autograd(data, START, 1e-6), bugs.bug_1_training(data, START, 1e-6)):
        for _ in range(200):
            loss, (a, *_) = next(loop)
        seen.append(
            {
                "loss": bool(loss > 0),
                "learning rate": 1e-6,
                "gradient": a.grad is None,
                "dtype": a.dtype,
            }
        )
    right, rings = seen

    (telling,) = (name for name in right if right[name] != rings[name])
    return telling


def stands_still() -> str:
    """Compare the mean losses of four models with 0.49975."""
    problem = LeastSquares(sine().x, sine().y, reduction="mean")
    models = {
        "best cubic": problem.optimum.tolist(),
        "taylor cubic": [0, 1, 0, -1 / 6],
        "flat line": [0, 0, 0, 0],
        "start": list(START),
    }

    return min(models, key=lambda name: abs(problem.loss(models[name]) - 0.49975))


def what_to_keep() -> str:
    """Add up losses in four ways, and look for a total that has a history."""
    loss = torch.tensor(2.0, requires_grad=True) ** 2
    totals: dict[str, Any] = {
        "loss": 0.0 + loss,
        "loss.item()": 0.0 + loss.item(),
        "loss.detach()": 0.0 + loss.detach(),
    }
    with torch.no_grad():
        totals["no_grad"] = 0.0 + loss

    (grows,) = (added for added, total in totals.items() if getattr(total, "grad_fn", None) is not None)
    return grows
