"""The models of notebooks 03 to 05 in torch: an autograd Function, modules, and the choice of an optimizer."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

from .theory import equation, numbers


class LegendreP3(torch.autograd.Function):
    """The third Legendre polynomial, P₃(u) = (5 u³ − 3 u) / 2, with its derivative written by hand (notebook 03).

    Call it as `LegendreP3.apply(u)`. After PyTorch's tutorial "Learning PyTorch with Examples".
    """

    @staticmethod
    def forward(ctx: Any, u: Tensor) -> Tensor:
        """Return P₃ of each element of u, and keep u for the backward pass."""
        ctx.save_for_backward(u)
        return 0.5 * (5 * u**3 - 3 * u)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        """Return dL/du = dL/dP₃ · dP₃/du, with dP₃/du = (15 u² − 3) / 2; all of the shape of u."""
        u: Tensor = ctx.saved_tensors[0]
        return grad_output * 1.5 * (5 * u**2 - 1)


class Cubic(torch.nn.Module):
    """y = a + b x + c x² + d x³ with four Parameters of shape () (notebook 04).

    Parameters
    ----------
    start : sequence of 4 floats
        First values of a, b, c and d.
    """

    def __init__(self, start: Sequence[float]) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = (
            torch.nn.Parameter(torch.tensor(value, dtype=torch.float64))
            for value in numbers("start", start, 4).tolist()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Predict y for x of any shape."""
        return self.a + self.b * x + self.c * x**2 + self.d * x**3

    def equation(self) -> str:
        """Return the fitted equation as text."""
        return equation([parameter.item() for parameter in self.parameters()])


class DynamicDegree(torch.nn.Module):
    """A cubic to which e x⁴, then e x⁵ are added 0, 1 or 2 at a time, chosen anew at each call (notebook 04).

    Plain Python control flow decides, and the one Parameter e serves both terms: weight sharing.
    After PyTorch's tutorial "Learning PyTorch with Examples".

    Parameters
    ----------
    start : sequence of 5 floats
        First values of a, b, c, d and e.
    choices : random.Random
        Where the choice comes from; seed it for a run that can be repeated.
    """

    def __init__(self, start: Sequence[float], choices: random.Random) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d, self.e = (
            torch.nn.Parameter(torch.tensor(value, dtype=torch.float64))
            for value in numbers("start", start, 5).tolist()
        )
        self.choices = choices

    def forward(self, x: Tensor) -> Tensor:
        """Predict y for x of any shape, with a random number of extra terms."""
        y = self.a + self.b * x + self.c * x**2 + self.d * x**3
        for power in range(4, 4 + self.choices.randint(0, 2)):
            y = y + self.e * x**power
        return y

    def equation(self) -> str:
        """Return the fitted equation as text; e belongs to x⁴ and to x⁵."""
        *cubic, e = (parameter.item() + 0.0 for parameter in self.parameters())  # no negative zero
        return f"{equation(cubic)}, at times with {e:.1e} x⁴ or {e:.1e} (x⁴ + x⁵)".replace("-", "−")


def linear_cubic(start: Sequence[float]) -> torch.nn.Sequential:
    """Return `Sequential(Linear(3, 1), Flatten(0, 1))` whose bias is a and whose weights are b, c and d (notebook 04).

    It takes features of shape (N, 3) and predicts y of shape (N,), in float64 until it is moved.
    """
    a, *weights = numbers("start", start, 4).tolist()
    linear = torch.nn.Linear(3, 1, dtype=torch.float64)
    with torch.no_grad():
        linear.bias.copy_(linear.bias.new_tensor([a]))
        linear.weight.copy_(linear.weight.new_tensor([weights]))
    return torch.nn.Sequential(linear, torch.nn.Flatten(0, 1))


def hidden_layer(
    start: Sequence[float], activation: Callable[[], torch.nn.Module] = torch.nn.ReLU
) -> torch.nn.Sequential:
    """Return `Sequential(Linear(1, 16), activation(), Linear(16, 1), Flatten(0, 1))` of 49 numbers (notebook 05).

    It takes x as a column, shape (N, 1), and predicts y of shape (N,), in float64 until it is moved.
    """
    first, last = torch.nn.Linear(1, 16), torch.nn.Linear(16, 1)
    model = torch.nn.Sequential(first, activation(), last, torch.nn.Flatten(0, 1)).double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(numbers("start", start, 49)), model.parameters())
    return model


def powers(x: Tensor, degree: int) -> Tensor:
    """Return the rows 1, x, x² ... of a design matrix: x of shape (N,), result (degree + 1, N), on x's device."""
    return torch.stack([x**k for k in range(degree + 1)])


def make_optimizer(
    name: str, parameters: Iterable[Tensor], learning_rate: float, **options: Any
) -> torch.optim.Optimizer:
    """Return an optimizer of `torch.optim` by name (notebook 04).

    Raises
    ------
    ValueError
        If there is none of that name that works with a plain `step()`, or it does not take these options.
    """
    unfit = {"Optimizer", "LBFGS", "SparseAdam", "Muon"}  # the base, one that needs a closure, sparse, matrices only
    optimizers: dict[str, Any] = {
        key: value
        for key, value in vars(torch.optim).items()
        if key not in unfit and inspect.isclass(value) and issubclass(value, torch.optim.Optimizer)
    }
    if name not in optimizers:
        raise ValueError(f"unknown optimizer {name!r}: choose one of {', '.join(sorted(optimizers))}")
    try:
        optimizer: torch.optim.Optimizer = optimizers[name](parameters, lr=learning_rate, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} does not accept {options}: {error}") from error
    return optimizer
