"""Solutions and questions of notebook 03: what a learner may see."""

# Solutions are shown to learners, so they carry no `assert x.grad is not None` and no casts.
# mypy: disable-error-code="union-attr, attr-defined, no-any-return"

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.history import record
from polyfit_helpers.training import autograd


def slope_by_hand() -> float:
    """Return the slope that autograd finds."""
    x = torch.tensor(3.0, requires_grad=True)
    ((2 * x - 1) ** 2).backward()
    return x.grad.item()


def two_backwards() -> float:
    """Return what x.grad holds after two calls of backward."""
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward()
    (5 * x).backward()
    return x.grad.item()


def last_backward() -> float:
    """Return what x.grad would hold if the second backward replaced the first."""
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward()
    x.grad = None
    (5 * x).backward()
    return x.grad.item()


def first_backward() -> float:
    """Return what x.grad holds after the first backward."""
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward()
    return x.grad.item()


def filled_gradients() -> str:
    """Return which tensors have a gradient after backward."""
    w = torch.tensor(3.0, requires_grad=True)
    x = torch.tensor(2.0)
    h = w * x
    with torch.no_grad():
        k = w + 1

    (h * k).backward()

    tensors = {"w": w, "x": x, "h": h, "k": k}
    filled = [name for name, tensor in tensors.items() if tensor.is_leaf and tensor.grad is not None]
    return ", ".join(filled)


def detached_memory() -> str:
    """Do it, and look at w."""
    w = torch.tensor(1.0, requires_grad=True)
    v = w.detach()

    try:
        v += 1
    except RuntimeError:
        return "error"
    return "changed" if w.item() == 2 else "copied"


def forgotten_reset() -> str:
    """Make the run, and look at its second half."""
    data = sine().to("cpu", "float64")
    losses = record(_descent(data, "never"), 2000).losses

    if losses[-1] > 10 * losses[0]:
        return "explodes"
    late = losses[1000:]
    return "swings" if late.max() > 10 * late.min() else "faster"


def where_to_reset() -> str:
    """Try each place, and compare with the right run."""
    data = sine().to("cpu", "float64")
    right = record(autograd(data, START, 1e-6), 5).losses
    good = [
        place
        for place in ("after the update", "before backward", "before the update", "never")
        if np.allclose(record(_descent(data, place), 5).losses, right)
    ]

    if good == ["after the update", "before backward"]:
        return "not before the update"
    return "after the update" if good == ["after the update"] else "once"


def _descent(data: Data, reset: str) -> Iterator[tuple[Tensor, Tensor]]:
    """Descend from START; the gradient is reset at one place in the loop, or never."""
    X = torch.stack([data.x**k for k in range(4)])
    w = torch.tensor(START, dtype=data.x.dtype, requires_grad=True)
    w.grad = torch.zeros_like(w)

    while True:
        loss = ((w @ X - data.y) ** 2).sum()
        yield loss, w
        if reset == "before backward":
            w.grad.zero_()
        loss.backward()
        if reset == "before the update":
            w.grad.zero_()
        with torch.no_grad():
            w -= 1e-6 * w.grad
        if reset == "after the update":
            w.grad.zero_()


def who_needs_grad_output() -> str:
    """Compare the gradient of the output itself, and of twice the output, with what it should be."""
    u = torch.tensor([0.5, 1.0])
    alone, followed = (
        torch.allclose(_gradient(_Forgetful.apply, u, factor), _gradient(LegendreP2.apply, u, factor))
        for factor in (1, 2)
    )

    if alone and followed:
        return "never"
    return "followed" if alone else "always"


def _gradient(function: Any, u: Tensor, factor: float) -> Tensor:
    leaf = u.clone().requires_grad_()
    (factor * function(leaf)).sum().backward()
    assert leaf.grad is not None
    return leaf.grad


def kept_losses() -> str:
    """Count the graphs that a list of losses keeps alive."""
    losses = [loss for loss, _ in islice(autograd(sine(20).to("cpu"), START, 1e-6), 100)]
    graphs = len({loss.grad_fn for loss in losses} - {None})

    return {0: "numbers", 1: "one graph"}.get(graphs, "graphs")


class LegendreP2(torch.autograd.Function):
    """The second Legendre polynomial, P₂(u) = (3 u² − 1) / 2, with its derivative written by hand."""

    @staticmethod
    def forward(ctx: Any, u: Tensor) -> Tensor:
        """Return P₂ of each element of u, and keep u for the backward pass."""
        ctx.save_for_backward(u)
        return 0.5 * (3 * u**2 - 1)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        """Return dL/du = dL/dP₂ · dP₂/du, with dP₂/du = 3 u."""
        (u,) = ctx.saved_tensors
        return grad_output * 3 * u


class _Forgetful(LegendreP2):
    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        (u,) = ctx.saved_tensors
        return 3 * u
