"""Measuring an iteration, and what it cannot be faster than (notebook 09 and the benchmarks)."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..data import START, Data, devices, sine
from ..training import TrainingLoop

PHASES = ("forward", "loss", "backward", "update")
STORED = Path(__file__).parents[2] / "benchmarks" / "results" / "steps.json"
_SAME_LINES = "the same lines in torch, "
_RATE = 0.002  # divided by the number of points: below the limit for any number


class Times(dict[str, float]):
    """Seconds by name; as text a line for each, and how many times as fast as the first it is."""

    def __str__(self) -> str:
        names, seconds = list(self), list(self.values())
        gains = ["", *(f"   {seconds[0] / value:5.1f} times as fast" for value in seconds[1:])]
        width = max(map(len, names))
        lines = zip(names, seconds, gains, strict=True)
        return "\n".join(f"{name:{width}} {1e6 * value:8.2f} µs{gain}" for name, value, gain in lines)


def seconds_per_step(loop: Iterator[tuple[Any, Any]], *, at_least: float = 0.01, repeats: int = 5) -> float:
    """Return how long an iteration of a running loop takes: the least of several measurements, as others disturb.

    Parameters
    ----------
    loop : iterator of (loss, parameters)
        A running training loop, such as `my_training(data, START, 1e-6)`; it is a few steps further afterwards.
    at_least : float
        Seconds that each measurement shall take; so many steps are made together.
    repeats : int
        Measurements.
    """
    steps, seconds = 1, seconds_of(loop, 1)  # the first step may have something to prepare
    while (seconds := seconds_of(loop, steps)) < at_least:
        steps = math.ceil(steps * min(10.0, max(2.0, 1.2 * at_least / seconds)))
    return min([seconds, *(seconds_of(loop, steps) for _ in range(repeats - 1))]) / steps


def seconds_of(loop: Iterator[tuple[Any, Any]], steps: int) -> float:
    """Return the seconds that so many iterations of a running loop take, until the device has done them, too."""
    begin = perf_counter()
    ((loss, _),) = deque(islice(loop, steps), maxlen=1)
    if hasattr(loss, "item"):
        loss.item()
    return perf_counter() - begin


def bytes_per_second(values: Any, *, repeats: int = 5) -> float:
    """Return how many bytes memory moves in a second, measured by copying: each number is read and written.

    Parameters
    ----------
    values : array or tensor, shape (N,)
        What is copied, on its own device; large, lest it fits into the processor's cache.
    """
    target = values + 0
    seconds = []
    for _ in range(repeats + 1):
        begin = perf_counter()
        target[:] = values
        target[-1].item()  # wait for the device
        seconds.append(perf_counter() - begin)
    return float(2 * values.nbytes / min(seconds[1:]))


def crossover(one: Mapping[int, float], other: Mapping[int, float]) -> float | None:
    """Return from which number of points on the other is faster, or None if it is not at the largest.

    Parameters
    ----------
    one, other : mapping from numbers of points to seconds
        Measured at the same numbers, given in ascending order. Between two of them lines are straight on log-log axes.
    """
    points = list(one)
    gains = [math.log(one[n] / other[n]) for n in points]
    if gains[-1] <= 0:
        return None
    last = max((i for i, gain in enumerate(gains) if gain <= 0), default=None)
    if last is None:
        return float(points[0])
    part = gains[last] / (gains[last] - gains[last + 1])
    return float(points[last] * (points[last + 1] / points[last]) ** part)


def times_of(candidates: Mapping[str, Callable[[], object] | Iterator[tuple[Any, Any]]]) -> Times:
    """Return how many seconds each candidate takes.

    Parameters
    ----------
    candidates : mapping from names to functions without arguments, or to running training loops
        One call of a function is measured, or one iteration of a loop, as `seconds_per_step` does it.
    """
    return Times(
        {name: seconds_per_step(one if isinstance(one, Iterator) else _calls(one)) for name, one in candidates.items()}
    )


def phase_times(points: int, iterations: int = 300) -> dict[str, dict[str, float]]:
    """Return what each phase of notebook 03's loop takes, for `plots.phases`: its overhead and its arithmetic.

    Overhead is what the same phase takes on 4 points, where there is hardly any arithmetic; arithmetic is the rest.

    Parameters
    ----------
    points : int
        Points of the sine, in float32 on the CPU.
    iterations : int
        Of which the median is taken.

    Returns
    -------
    mapping from each of PHASES to {"overhead": ..., "arithmetic": ...}
        In microseconds.
    """
    few, many = (np.median(_clock(count, iterations), axis=0) for count in (4, points))
    parts = zip(PHASES, few.tolist(), many.tolist(), strict=True)
    return {phase: {"overhead": 1e6 * a, "arithmetic": 1e6 * max(b - a, 0.0)} for phase, a, b in parts}


def by_size(
    loop: TrainingLoop, sizes: Sequence[int], device: str | None = None, *, repeats: int = 3
) -> dict[int, float]:
    """Return how many seconds an iteration of a loop takes, by the number of points.

    Parameters
    ----------
    loop : training loop
        Such as `training.numpy_by_hand`.
    sizes : sequence of int
        Numbers of points of the sine.
    device : str or None
        Where the points are put as tensors; None leaves them as NumPy's arrays.
    """
    seconds = {}
    for points in sizes:
        data = sine(points) if device is None else sine(points).to(device)
        seconds[points] = seconds_per_step(loop(data, START, _RATE / points), repeats=repeats)
    return seconds


def in_torch(sizes: Sequence[int]) -> dict[str, dict[int, float]]:
    """Return `by_size` of the loop by hand in torch, by a label for each device that is here.

    On a CUDA device the design matrix, captured as a CUDA graph, is measured, too.
    """
    from ..training import tensors_by_hand
    from .fused import captured

    here = _here()
    curves = {f"{_SAME_LINES}{name}": by_size(tensors_by_hand, sizes, name) for name in here}
    if "cuda:0" in here:
        curves["design matrix, CUDA graph"] = by_size(captured, sizes, "cuda:0")
    return curves


def crossings(one: Mapping[int, float], curves: Mapping[str, Mapping[int, float]]) -> dict[str, float | None]:
    """Return from how many points on each device overtakes, by its name: see `crossover`.

    Parameters
    ----------
    one : mapping from numbers of points to seconds
        What is to be overtaken.
    curves : mapping from labels to such mappings
        As `in_torch` returns them.
    """
    same = {label: curve for label, curve in curves.items() if label.startswith(_SAME_LINES)}
    return {label.removeprefix(_SAME_LINES): crossover(one, curve) for label, curve in same.items()}


def memory_lines(sizes: Sequence[int]) -> dict[str, dict[int, float]]:
    """Return in how many seconds the memory of each device here can deliver the four rows of X, and y.

    How fast it is, is measured by copying eight times as many numbers as there are points at most.

    Returns
    -------
    mapping from a label to a mapping from numbers of points to seconds
    """
    ones = np.ones(8 * max(sizes))  # more than fits into the processor's cache
    lines = {}
    for name in _here():
        values = ones if name == "cpu" else Data(ones, ones).to(name).x
        speed = bytes_per_second(values)
        each = 5 * int(values.nbytes) // len(values)  # bytes of a point
        lines[f"{each} bytes a point, {name}"] = {points: each * points / speed for points in sizes}
    return lines


def stored_curves(file: Path = STORED) -> dict[str, dict[int, float]]:
    """Return what `make bench` has measured and stored in float64: compiled steps on the CPU, and the loop on GPUs.

    Parameters
    ----------
    file : Path
        Written by the benchmarks; if there is none, nothing is stored.

    Returns
    -------
    mapping from a label with the device and the date to a mapping from numbers of points to seconds
    """
    curves: dict[str, dict[int, float]] = {}
    for row in json.loads(file.read_text("utf-8"))["steps"] if file.exists() else ():
        compiled = (row["device"], row["loop"]) == ("cpu", "compiled")
        on_a_gpu = row["device"] != "cpu" and row["loop"] == "tensors_by_hand"
        if row["dtype"] == "float64" and (compiled or on_a_gpu):
            label = f"{'compiled, ' * compiled}{row['device']}, {row['date']}"
            curves.setdefault(label, {})[row["points"]] = row["seconds"]
    return curves


def _here() -> list[str]:
    """Return the names of the devices to measure: the CPU, and of several GPUs of one kind the first."""
    return [one.name for one in devices() if one.available and one.name in ("cpu", "cuda:0", "mps", "xpu")]


def _calls(function: Callable[[], object]) -> Iterator[tuple[Any, Any]]:
    """Call a function again and again, as if it were a training loop."""
    while True:
        function()
        yield None, ()


def _clock(points: int, iterations: int) -> Any:
    """Return the seconds of each phase of notebook 03's loop, shape (iterations, 4)."""
    import torch

    data = sine(points).to("cpu", "float32")
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, requires_grad=True) for value in START)
    clock = np.zeros((iterations, 5))
    for row in clock:
        row[0] = perf_counter()
        y_pred = a + b * x + c * x**2 + d * x**3  # forward
        row[1] = perf_counter()
        loss = ((y_pred - y) ** 2).sum()  # loss
        row[2] = perf_counter()
        loss.backward()  # backward
        row[3] = perf_counter()
        with torch.no_grad():  # update
            for parameter in (a, b, c, d):
                assert parameter.grad is not None
                parameter -= _RATE / points * parameter.grad
                parameter.grad = None
        row[4] = perf_counter()
    return np.diff(clock)
