"""The ten loops of notebook 06, each with one real bug: an edit of the loop that is right.

They are here to be run and looked at, so that which curve a bug draws is measured. Do not copy from here.
"""

# The right loops are solutions, shown to learners: they carry no `assert x.grad is not None` and no casts.
# mypy: disable-error-code="operator, union-attr, attr-defined, no-any-return"

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from polyfit_helpers.data import Data
from polyfit_helpers.training import autograd

from ..script import source_of

Loop = Callable[..., Iterator[tuple[Any, Any]]]

# --- The right loops, where notebook 03's `autograd` is not the one ---


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


# --- The bugs: 1 to 5 are the first hunt, 6 to 10 the second ---


def _bug(number: int, right: Loop, *edits: tuple[str, str]) -> Loop:
    """Return a right loop with some of its text, as `show_source` prints it, replaced: pairs of old and new."""
    name = f"bug_{number}_training"
    source = source_of(right, name)
    for old, new in edits:
        if old not in source:
            raise ValueError(f"{name}: there is no {old!r} in {right.__name__}")
        source = source.replace(old, new)
    file = f"{name}.py"  # made up: to whoever looks for a line it is as a notebook's cell
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for `inspect` and errors
    namespace: dict[str, Any] = {"torch": torch, "__name__": __name__}
    exec(compile(source, file, "exec"), namespace)
    loop: Loop = namespace[name]
    return loop


# The gradients are never reset.
bug_1_training = _bug(1, autograd, ("                parameter.grad = None", ""))
# The mean of the squared errors is taken, with the rate that belongs to their sum.
bug_2_training = _bug(2, autograd, ("((y_pred - y) ** 2).sum()", "torch.nn.functional.mse_loss(y_pred, y)"))
# A column of predictions is compared with a flat array of data.
bug_3_training = _bug(3, flat_training, ("(X @ w).flatten()", "X @ w"))
# One parameter is kept from the optimizer, since a module does not know plain tensors.
bug_4_training = _bug(
    4,
    module_training,
    ("self.a, self.b, self.c, self.d =", "self.a, self.b, self.c ="),
    ("for value in start)", "for value in start[:3])\n            self.d = x.new_tensor(start[3])"),
)
# The losses are added up with all that autograd knows about them.
bug_5_training = _bug(5, averaging_training, ("loss.item()", "loss"))
# Each new value is given to the loop's own name instead of the parameter.
bug_6_training = _bug(6, autograd, ("parameter -=", "parameter = parameter -"))
# The parameters are made on another device than the data.
bug_7_training = _bug(
    7,
    autograd,
    ("    x, y =", '    device = torch.device("meta")  # stands for a GPU: every torch has it\n    x, y ='),
    ("device=x.device", "device=device"),
)
# The loss becomes a plain number before it goes backward.
bug_8_training = _bug(8, autograd, (".sum()", ".sum().item()"))
# The rate is left to the optimizer, whose default is 1e-3.
bug_9_training = _bug(9, optimizer_training, (", lr=learning_rate", ""))
# The parameters are kept in a type with three digits.
bug_10_training = _bug(
    10, autograd, ("    a, b,", "    short = torch.bfloat16\n    a, b,"), ("dtype=x.dtype", "dtype=short")
)
