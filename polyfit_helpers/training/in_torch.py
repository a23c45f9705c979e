"""Training loops in PyTorch: tensors, autograd, nn and optim (notebooks 02 to 05)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from ..data import Data
from ..models import Cubic, DynamicDegree, LegendreP3, hidden_layer, linear_cubic, make_optimizer, powers
from .contract import training_loop


@training_loop(tensors=True, parameters=4)
def tensors_by_hand(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic with tensors and gradients by hand: `numpy_by_hand` on any device (notebook 02).

    Yields the loss and (a, b, c, d), tensors of shape () on the data's device.
    """
    x, y = data.x, data.y
    a, b, c, d = torch.tensor(start, dtype=x.dtype, device=x.device)

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


@training_loop(tensors=True)
def tensors_matrix(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a polynomial of degree len(start) - 1 with a design matrix and gradients by hand (notebook 02).

    Yields the loss and w, a tensor of shape (len(start),).
    """
    x, y = data.x, data.y
    w = torch.tensor(start, dtype=x.dtype, device=x.device)
    X = powers(x, len(w) - 1)

    while True:
        error = w @ X - y  # forward
        loss = error @ error  # loss
        yield loss, w

        grad = 2 * (X @ error)  # backward

        w -= learning_rate * grad  # update


@training_loop(tensors=True, parameters=4)
def autograd(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic with the gradients that autograd finds (notebook 03).

    Yields the loss and (a, b, c, d), leaf tensors of shape () on the data's device.
    """
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3  # forward
        loss = ((y_pred - y) ** 2).sum()  # loss
        yield loss, (a, b, c, d)

        loss.backward()  # backward

        with torch.no_grad():  # update
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


@training_loop(tensors=True)
def autograd_matrix(
    data: Data, start: Sequence[float], learning_rate: float, *, reset: bool = True
) -> Iterator[tuple[Any, Any]]:
    """Fit a polynomial of degree len(start) - 1 with a design matrix and autograd.

    Without `reset` the gradients of all iterations add up: the classic mistake, to be looked at (notebook 03).
    Yields the loss and w, a leaf tensor of shape (len(start),).
    """
    x, y = data.x, data.y
    w = torch.tensor(start, dtype=x.dtype, device=x.device, requires_grad=True)
    X = powers(x, len(w) - 1).T  # X @ w is faster than w @ X, and so is its backward pass

    while True:
        error = X @ w - y  # forward
        loss = error @ error  # loss
        yield loss, w

        loss.backward()  # backward

        with torch.no_grad():  # update
            w -= learning_rate * w.grad
            if reset:
                w.grad = None


@training_loop(tensors=True, parameters=4)
def custom_function(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a + b P₃(c + d x) with an operation whose backward pass we wrote ourselves (notebook 03).

    Yields the loss and (a, b, c, d), leaf tensors of shape (). After PyTorch's "Learning PyTorch with Examples".
    """
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)

    while True:
        y_pred = a + b * LegendreP3.apply(c + d * x)  # forward
        loss = ((y_pred - y) ** 2).sum()  # loss
        yield loss, (a, b, c, d)

        loss.backward()  # backward

        with torch.no_grad():  # update
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


@training_loop(tensors=True, parameters=4)
def nn_by_hand(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic with `torch.nn`, the parameters still updated by hand (notebook 04).

    Yields the loss and (bias, weight), of shapes (1,) and (1, 3).
    """
    model = linear_cubic(start).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    features = data.x.unsqueeze(-1).pow(torch.tensor([1, 2, 3], device=data.x.device))

    while True:
        y_pred = model(features)  # forward
        loss = loss_function(y_pred, data.y)  # loss
        yield loss, (model[0].bias, model[0].weight)

        model.zero_grad()  # backward
        loss.backward()

        with torch.no_grad():  # update
            for parameter in model.parameters():
                parameter -= learning_rate * parameter.grad


@training_loop(tensors=True, parameters=4)
def optim(
    data: Data, start: Sequence[float], learning_rate: float, *, optimizer: Any = "SGD", **options: Any
) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic with `torch.nn` and any optimizer of `torch.optim`: the loop that everybody writes (notebook 04).

    Yields the loss, a tensor of shape (), and (bias, weight), of shapes (1,) and (1, 3).

    Parameters
    ----------
    optimizer : str
        Name of a class of `torch.optim`: 'SGD', 'RMSprop', 'Adam' ...
    **options
        Its options, such as momentum=0.9.

    Raises
    ------
    ValueError
        If there is no such optimizer, or it does not take these options.
    """
    model = linear_cubic(start).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    features = data.x.unsqueeze(-1).pow(torch.tensor([1, 2, 3], device=data.x.device))
    optimizer = make_optimizer(optimizer, model.parameters(), learning_rate, **options)

    while True:
        y_pred = model(features)  # forward
        loss = loss_function(y_pred, data.y)  # loss
        yield loss, (model[0].bias, model[0].weight)

        optimizer.zero_grad()  # backward
        loss.backward()

        optimizer.step()  # update


@training_loop(tensors=True, parameters=4)
def module(
    data: Data, start: Sequence[float], learning_rate: float, *, optimizer: Any = "SGD", **options: Any
) -> Iterator[tuple[Any, Any]]:
    """Fit a cubic with a `Module` of our own, `models.Cubic` (notebook 04); options and errors as in `optim`.

    Yields the loss and (a, b, c, d), Parameters of shape ().
    """
    model = Cubic(start).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    optimizer = make_optimizer(optimizer, model.parameters(), learning_rate, **options)

    while True:
        y_pred = model(data.x)  # forward
        loss = loss_function(y_pred, data.y)  # loss
        yield loss, tuple(model.parameters())

        optimizer.zero_grad()  # backward
        loss.backward()

        optimizer.step()  # update


@training_loop(tensors=True, parameters=5)
def dynamic_degree(
    data: Data, start: Sequence[float], learning_rate: float, *, momentum: float = 0.9, seed: int = 0
) -> Iterator[tuple[Any, Any]]:
    """Fit `models.DynamicDegree`, whose graph is another one in every iteration (notebook 04).

    `momentum` is that of `torch.optim.SGD`, `seed` that of the random choice of terms. Yields the loss and
    (a, b, c, d, e), Parameters of shape ().
    """
    model = DynamicDegree(start, random.Random(seed)).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    optimizer = make_optimizer("SGD", model.parameters(), learning_rate, momentum=momentum)

    while True:
        y_pred = model(data.x)  # forward
        loss = loss_function(y_pred, data.y)  # loss
        yield loss, tuple(model.parameters())

        optimizer.zero_grad()  # backward
        loss.backward()

        optimizer.step()  # update


@training_loop(tensors=True, parameters=49)
def network(
    data: Data, start: Sequence[float], learning_rate: float, *, activation: Any = torch.nn.ReLU
) -> Iterator[tuple[Any, Any]]:
    """Fit a network with one hidden layer of 16 by Adam: the loop of `optim` with another model (notebook 05).

    `activation` is a class of `torch.nn`, such as `torch.nn.Tanh`. Yields the loss, and weights and biases of both
    layers, of shapes (16, 1), (16,), (1, 16) and (1,).
    """
    model = hidden_layer(start, activation).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    features = data.x.unsqueeze(-1)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)

    while True:
        y_pred = model(features)  # forward
        loss = loss_function(y_pred, data.y)  # loss
        yield loss, tuple(model.parameters())

        optimizer.zero_grad()  # backward
        loss.backward()

        optimizer.step()  # update


@training_loop(tensors=True, parameters=49)
def mini_batches(
    data: Data, start: Sequence[float], learning_rate: float, *, size: int = 64, seed: int = 0
) -> Iterator[tuple[Any, Any]]:
    """Fit the same network as `network`, each iteration to another `size` of the points (notebook 05).

    `seed` decides in which order they come. Yields the loss of these points, scaled up to all N of them, and the
    parameters as `network` does.
    """
    model = hidden_layer(start).to(data.x.device, data.x.dtype)
    loss_function = torch.nn.MSELoss(reduction="sum")
    features = data.x.unsqueeze(-1)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    generator = torch.Generator().manual_seed(seed)

    while True:
        for batch in torch.randperm(len(data.x), generator=generator).split(size):
            y_pred = model(features[batch])  # forward
            loss = loss_function(y_pred, data.y[batch])  # loss
            yield loss * len(data.x) / len(batch), tuple(model.parameters())

            optimizer.zero_grad()  # backward
            loss.backward()

            optimizer.step()  # update
