"""Solutions and questions of notebook 04: what a learner may see."""

# Solutions are shown to learners, so they carry no casts.
# mypy: disable-error-code="arg-type, operator"

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.data import START, sine
from polyfit_helpers.history import record
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import numpy_matrix, optim


def parabola_model(start: Sequence[float]) -> torch.nn.Sequential:
    """Return a model of a + b x + c x² that takes features of shape (N, 2) and begins at start."""
    a, b, c = start
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0, 1))
    with torch.no_grad():
        model[0].bias.copy_(torch.tensor([a]))
        model[0].weight.copy_(torch.tensor([[b, c]]))
    return model


def flat_line() -> str:
    """Find the weights that are best when every prediction is compared with every point."""
    data = sine(40).to("cpu", "float64")
    X = torch.stack([data.x**k for k in range(4)], dim=1)
    predicted, points = X.repeat_interleave(40, dim=0), data.y.repeat(40)
    best = torch.linalg.lstsq(predicted, points.unsqueeze(1)).solution

    flat = (X @ best - data.y.mean()).abs().max() < 1e-6
    return "flat line" if flat else "cubic"


def mean_at_the_same_rate() -> str:
    """Make both runs."""
    ends = {}
    for reduction in ("sum", "mean"):
        losses = record(numpy_matrix(sine(), (0, 0, 0, 0), 1e-6, reduction=reduction), 2000).losses
        ends[reduction] = losses[-1] / losses[0]

    if ends["mean"] > 1:
        return "explodes"
    return "nothing" if ends["mean"] > 10 * ends["sum"] else "same"


def mean_rate() -> float:
    """Compare the gradients of both losses: the rate must make up for the difference."""
    data = sine(500).to("cpu", "float64")
    slope = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    by_sum, by_mean = (
        torch.autograd.grad(torch.nn.MSELoss(reduction=reduction)(slope * data.x, data.y), slope)[0]
        for reduction in ("sum", "mean")
    )
    return 4e-6 * (by_sum / by_mean).item()


class Momentum:
    """Descent with momentum, as `torch.optim.SGD` does it."""

    def __init__(self, parameters: Iterable[Tensor], learning_rate: float, momentum: float) -> None:
        self.parameters = list(parameters)  # a generator gives them only once
        self.velocities = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.learning_rate, self.momentum = learning_rate, momentum

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update every velocity, then every parameter, in place."""
        with torch.no_grad():
            for parameter, velocity in zip(self.parameters, self.velocities, strict=True):
                velocity *= self.momentum
                velocity += parameter.grad
                parameter -= self.learning_rate * velocity


def rate_of_adam() -> str:
    """Try it with the rate of SGD, and with a thousand times as much."""
    same, thousand = (_loss_after_300("Adam", rate) for rate in (1e-6, 1e-3))
    first = _loss_after_300("Adam", 1e-12)

    if thousand > first:
        return "thousandth"
    return "thousandfold" if same > 0.99 * first else "same"


@functools.cache
def _loss_after_300(optimizer: str, learning_rate: float) -> float:
    data = sine().to("cpu", "float64")
    return float(record(optim(data, START, learning_rate, optimizer=optimizer), 300).losses[-1])


def fast_momentum() -> float:
    """Try some, and return the one that arrives first."""
    arrivals = {momentum: arrival(momentum) for momentum in (0.9, 0.92, 0.94, 0.96)}
    return min(arrivals, key=arrivals.__getitem__)


@functools.cache
def arrival(momentum: float, iterations: int = 3000) -> int:
    """Return after how many iterations at 1e-6 the loss is within 1 % of the floor for good; iterations at most."""
    data = sine()
    losses = record(numpy_matrix(data, START, 1e-6, momentum=momentum), iterations).losses
    away = np.flatnonzero(losses > 1.01 * LeastSquares(data.x, data.y).floor)
    return int(away[-1]) + 1


class Wave(torch.nn.Module):
    """y = a + b sin(c x + d), with four Parameters."""

    def __init__(self, start: Sequence[float]) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = (torch.nn.Parameter(torch.tensor(value)) for value in start)

    def forward(self, x: Tensor) -> Tensor:
        """Predict y for x of any shape."""
        return self.a + self.b * torch.sin(self.c * x + self.d)


def step_before_backward() -> str:
    """Let it run for a while, and look at the parameter."""
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(10):
        loss = (w - 3) ** 2
        optimizer.zero_grad()
        optimizer.step()
        loss.backward()

    return "never moves" if w.item() == 1 else "late"


def found_parameters() -> str:
    """Make a step, and see what has moved."""

    class Half(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = torch.nn.Parameter(torch.tensor(1.0))
            self.rest = [torch.nn.Parameter(torch.tensor(1.0)) for _ in range(3)]

    model = Half()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    sum([model.a, *model.rest], start=torch.tensor(0.0)).backward()
    optimizer.step()

    moved = sum(parameter.item() != 1 for parameter in (model.a, *model.rest))
    return "a alone" if moved == 1 else "all" if moved == 4 else "error"


def better_optimizer() -> str:
    """Compare both at the other rate, too."""
    sgd = _loss_after_300("SGD", 1e-6)
    wins = _loss_after_300("Adam", 1e-2) < sgd
    wins_again = _loss_after_300("Adam", 1e-3) < sgd

    return "adam" if wins == wins_again else "undecided"
