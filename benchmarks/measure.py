"""What all benchmarks share: measuring in turns, rows of a table, the machine.

What is compared runs in turns (A B C A B C ...) within one process, so that whatever else the machine does falls on all
alike, and a ratio is taken within one turn. pyperf starts a process for each benchmark instead, which would compare
one minute with the next. So the turns are ours; the clock, the bookkeeping of runs and their file are pyperf's:
`python -m pyperf stats`, `hist` and `compare_to` read it.
"""

from __future__ import annotations

import os
import platform
import statistics
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyperf
import torch

RESULTS = Path(__file__).resolve().parent / "results"

# 2 000 points are too few to share. With two threads, the products in nn.Linear wait for the second core whenever
# another program has it, and a step takes up to a hundred times as long.
torch.set_num_threads(1)

Loop = Iterator[tuple[Any, Any]]
measured: dict[str, pyperf.Benchmark] = {}  # all that this process has measured, by name

OF_THE_MACHINE = ("cpu_model_name", "cpu_count", "cpu_freq", "load_avg_1min", "date", "python_version", "timer")


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured in each turn, and what the median is held against."""

    what: str
    unit: str
    values: tuple[float, ...]
    target: str = ""

    @property
    def median(self) -> float:
        """What counts."""
        return statistics.median(self.values)

    @property
    def middle(self) -> tuple[float, float]:
        """Between what the middle half of the values lies."""
        if len(self.values) < 4:
            return min(self.values), max(self.values)
        low, _, high = statistics.quantiles(self.values, n=4)
        return low, high

    @property
    def meets(self) -> bool | None:
        """Whether the target is met, if there is one: '>= 30', '<= 1.05'."""
        sign, _, bound = self.target.partition(" ")
        if not sign:
            return None
        return self.median >= float(bound) if sign == ">=" else self.median <= float(bound)


def row(what: str, unit: str, values: Sequence[float], target: str = "") -> Row:
    """Return a row; a benchmark is a generator of them."""
    return Row(what, unit, tuple(map(float, values)), target)


def in_turns(
    group: str, calls: Mapping[str, Callable[[], object]], turns: int, counts: Mapping[str, int] | None = None
) -> dict[str, list[float]]:
    """Return the seconds that each call took in each turn, after one turn that is not counted.

    Parameters
    ----------
    group : str
        What these calls have in common; they are kept in `measured` as 'group: name'.
    calls : mapping from names to functions without arguments
    turns : int
    counts : mapping from names to ints, or None
        By what to divide: how many steps a call makes.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(turns + 1):
        for name, call in calls.items():
            begin = pyperf.perf_counter()
            call()
            seconds[name].append((pyperf.perf_counter() - begin) / (counts or {}).get(name, 1))
    for name, (first, *rest) in seconds.items():
        about = {key: value for key, value in _MACHINE.items() if key in OF_THE_MACHINE}
        run = pyperf.Run(rest, [(1, first)], about | {"name": f"{group}: {name}"}, collect_metadata=False)
        measured[f"{group}: {name}"] = pyperf.Benchmark([run])
    return {name: took[1:] for name, took in seconds.items()}


_MACHINE = pyperf.Run([1.0]).get_metadata()


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the ratio within each turn."""
    return [a / b for a, b in zip(above, below, strict=True)]


def advance(loop: Loop, states: int) -> None:
    """Let a training loop run on, drop what it yields, and wait until its device has done it."""
    ((loss, _),) = deque(islice(loop, states), maxlen=1)
    if hasattr(loss, "item"):
        loss.item()


def together(parts: Sequence[Row]) -> list[Row]:
    """Put rows of the same name together: what several processes have measured."""
    values: dict[str, list[float]] = {}
    for part in parts:
        values.setdefault(part.what, []).extend(part.values)
    named = {part.what: part for part in parts}
    return [Row(what, named[what].unit, tuple(turns), named[what].target) for what, turns in values.items()]


def machine() -> dict[str, str]:
    """Describe what the numbers were measured on."""
    blas: Any = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    cpu = _MACHINE.get("cpu_model_name") or platform.processor() or platform.machine()
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] or ["none"]
    return {
        "date": str(_MACHINE["date"])[:10],
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "gpu": ", ".join(gpus),
        "python": f"{platform.python_version()}, {platform.system()}",
        "numpy": f"{np.__version__}, {blas['name']} {blas['version']}",
        "torch": f"{torch.__version__}, threads: {torch.get_num_threads()}, {torch.backends.cpu.get_cpu_capability()}",
    }


def about() -> str:
    """Write the machine's description as lines."""
    return "\n".join(f"{name + ':':8} {value}" for name, value in machine().items())


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns that read as plain text and as Markdown."""
    cells: list[tuple[str, ...]] = [("what", "median", "middle half", "repeats", "target", "meets?")]
    for one in rows:
        low, high = (f"{value:.4g}" for value in one.middle)
        meets = {True: "yes", False: "NO", None: ""}[one.meets]
        spread = f"{low} to {high}" if low != high else ""
        median = f"{one.median:.4g} {one.unit}".strip()
        cells.append((one.what, median, spread, str(len(one.values)), one.target, meets))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells)
