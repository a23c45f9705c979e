"""Faster steps in PyTorch: one pass over the points, or one call for all operations of a step (notebook 09)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from ..data import Data
from ..models import powers
from ..training import training_loop


def loss_and_gradients(x: Any, y: Any, w: Any) -> tuple[Any, Any]:
    """Return the loss of a cubic and its gradient, of shapes () and (4,), as `tensors_by_hand` computes them.

    x and y have shape (N,), w shape (4,).
    """
    y_pred = w[0] + w[1] * x + w[2] * x**2 + w[3] * x**3
    loss = ((y_pred - y) ** 2).sum()
    grad_y_pred = 2 * (y_pred - y)
    sums = [grad_y_pred.sum(), (grad_y_pred * x).sum(), (grad_y_pred * x**2).sum(), (grad_y_pred * x**3).sum()]
    return loss, torch.stack(sums)


@training_loop(tensors=True, parameters=4)
def compiled(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic by hand, with a step that `torch.compile` has fused into one pass over the points (notebook 09).

    The first step compiles, for some seconds, half a minute on a busy machine; on a CPU that needs a C++ compiler.
    Yields the loss and w, a tensor of shape (4,).
    """
    w = torch.tensor(start, dtype=data.x.dtype, device=data.x.device)
    step = torch.compile(loss_and_gradients)

    while True:
        loss, grad = step(data.x, data.y, w)  # forward, loss and backward
        yield loss, w

        w -= learning_rate * grad  # update


@training_loop(tensors=True)
def captured(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a polynomial as `tensors_matrix` does, all operations of a step started by one call (notebook 09).

    On a CUDA device they are captured once as a CUDA graph, which is then replayed. Elsewhere they run one by one.
    Yields the loss and w, a tensor of shape (len(start),); both are overwritten by the next step.
    """
    x, y = data.x, data.y
    first = torch.tensor(start, dtype=x.dtype, device=x.device)
    X = powers(x, len(first) - 1)
    w, grad = first.clone(), torch.zeros_like(first)
    loss = torch.zeros((), dtype=x.dtype, device=x.device)

    def step() -> None:  # a graph writes where it has written before, so the update of the last step comes first
        w.sub_(learning_rate * grad)
        error = w @ X - y
        loss.copy_(error @ error)
        grad.copy_(2 * (X @ error))

    replay = _cuda_graph(step, x.device) if x.is_cuda else step
    w.copy_(first)  # capturing has run a step
    grad.zero_()

    while True:
        replay()
        yield loss, w


def _cuda_graph(step: Callable[[], None], device: torch.device) -> Callable[[], None]:
    """Capture what a step does on a device, and return how to do it again."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.device(device):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            step()  # once for real, since libraries allocate at their first call what a graph must not
        torch.cuda.current_stream().wait_stream(side)
        with torch.cuda.graph(graph):
            step()
    return graph.replay
