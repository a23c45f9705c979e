"""Solutions and questions of notebook 09: what a learner may see."""

# What is shown to learners carries no casts.
# mypy: disable-error-code="no-untyped-call, operator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from polyfit_helpers.data import START, sine
from polyfit_helpers.theory import LeastSquares, design_matrix

POINTS = 10**7  # of the question about megabytes


def powers_once(x: Any) -> tuple[Any, Any]:
    """Return x² and x³ with two multiplications."""
    x2 = x * x

    return x2, x2 * x


def moments_gradient(XXt: Any, Xy: Any, w: Any) -> Any:
    """Return the gradient of the sum of the squared errors from the moments of the data."""
    return 2 * (XXt @ w - Xy)


def megabytes_per_step() -> float:
    """Ask the arrays of a smaller problem, and scale up."""
    data = sine(1000)
    X = design_matrix(data.x)

    return float((X.nbytes + data.y.nbytes) * POINTS / len(data) / 1e6)


def numbers_left() -> float:
    """Count the different numbers in X Xᵀ and X y; each entry (i, j) of X Xᵀ is the sum of xⁱ⁺ʲ."""
    powers = {i + j for i in range(4) for j in range(4)}

    return len(powers) + 4


def busiest_phase() -> str:
    """Listen to torch, and count the operations that it starts in each phase of an iteration."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    class Listening(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            started.append(phase)
            return function(*args, **(kwargs or {}))

    data = sine(20).to("cpu")
    a, b, c, d = (torch.tensor(value, requires_grad=True) for value in START)
    started: list[str] = []
    with Listening():
        phase = "forward"
        y_pred = a + b * data.x + c * data.x**2 + d * data.x**3
        phase = "loss"
        loss = ((y_pred - data.y) ** 2).sum()
        phase = "backward"
        loss.backward()
        phase = "update"
        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= 1e-6 * parameter.grad

    return max(set(started), key=started.count)


def shape_of_overhead() -> str:
    """Calculate by what factor the time grows from size to size."""
    sizes = 10.0 ** np.arange(2, 8)
    seconds = 1e-5 + 1e-9 * sizes
    growth = seconds[1:] / seconds[:-1]

    return "flat then rising" if growth[0] < 1.1 and growth[-1] > 9 else "rising"


def uneven_shares() -> str:
    """Add the gradients of 1 000 points and of 1 001."""
    data = sine(2001)
    shares = [LeastSquares(data.x[part], data.y[part]) for part in (slice(0, 1000), slice(1000, None))]
    added = sum(share.gradient(START) for share in shares)

    right = LeastSquares(data.x, data.y).gradient(START)
    return "rounding" if np.allclose(added, right, rtol=1e-12) else "larger share"


def two_processes(one: float = 4.0, message: float = 1.0) -> float:
    """Let each do half of the work at the same time, and then wait for the message; in milliseconds."""
    return one / 2 + message


def nearer_sum() -> str:
    """Add them up both ways."""
    tenths = np.full(1_000_000, 0.1, dtype=np.float32)
    sums = {"one by one": np.cumsum(tenths)[-1], "in pairs": tenths.sum()}

    return min(sums, key=lambda order: abs(sums[order] - 100_000))


def faster_arithmetic(overhead: float = 90.0, arithmetic: float = 10.0) -> str:
    """Halve the arithmetic alone."""
    gain = (overhead + arithmetic) / (overhead + arithmetic / 2)

    return "a little" if gain < 1.1 else "twice"


def what_travels() -> str:
    """Add up what two shares have found."""
    data = sine()
    halves = [LeastSquares(data.x[part], data.y[part]) for part in (slice(0, 1000), slice(1000, None))]
    added = sum(half.gradient(START) for half in halves)

    enough = np.allclose(added, LeastSquares(data.x, data.y).gradient(START))
    return "gradients" if enough else "errors"


def last_digits() -> str:
    """Add up the same squares in two orders, in both dtypes."""
    squares = (sine().y - 0.3) ** 2
    differ, close_by = {}, True
    for dtype in ("float32", "float64"):
        forwards, backwards = (np.cumsum(part.astype(dtype))[-1] for part in (squares, squares[::-1]))
        differ[dtype] = forwards != backwards
        close_by = close_by and bool(np.isclose(forwards, backwards, rtol=1e-4))

    if not (close_by and differ["float32"]):
        return "bug"
    return "rounding" if differ["float64"] else "float32"


def megabytes(numbers: int, size: int = 8) -> Callable[[], float]:
    """Return how to count the megabytes of so many numbers a point, of so many bytes each."""
    return lambda: numbers * size * POINTS / 1e6
