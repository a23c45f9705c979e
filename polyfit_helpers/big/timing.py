"""Measuring a step, and what a step cannot be faster than (notebook 09 and the benchmarks)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from time import perf_counter
from typing import Any


def seconds_per_step(loop: Iterator[tuple[Any, Any]], *, at_least: float = 0.01, repeats: int = 5) -> float:
    """Return how long a step of a running loop takes: the least of several measurements, since others only disturb.

    Parameters
    ----------
    loop : iterator of (loss, parameters)
        A running training loop, such as `my_training(data, START, 1e-6)`; it is a few steps further afterwards.
    at_least : float
        Seconds that each measurement shall take; so many steps are made together.
    repeats : int
        Measurements.
    """
    steps, seconds = 1, _seconds_of(loop, 1)  # the first step may have something to prepare
    while (seconds := _seconds_of(loop, steps)) < at_least:
        steps = math.ceil(steps * min(10.0, max(2.0, 1.2 * at_least / seconds)))
    return min([seconds, *(_seconds_of(loop, steps) for _ in range(repeats - 1))]) / steps


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


def _seconds_of(loop: Iterator[tuple[Any, Any]], steps: int) -> float:
    """Return the seconds that so many steps take, until the device has done them, too."""
    begin = perf_counter()
    ((loss, _),) = deque(islice(loop, steps), maxlen=1)
    if hasattr(loss, "item"):
        loss.item()
    return perf_counter() - begin
