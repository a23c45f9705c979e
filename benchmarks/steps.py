"""A step of the loops over sizes, devices and dtypes. Notebook 09 draws what is stored of other devices."""

from __future__ import annotations

import json
import math
import shutil
import statistics
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from measure import RESULTS, advance, in_turns, machine

from polyfit_helpers import START, devices, sine, training
from polyfit_helpers.big import fused, timing

IN_NUMPY = ("numpy_by_hand", "numpy_matrix", "numpy_moments")
IN_TORCH = ("tensors_by_hand", "tensors_matrix", "autograd", "autograd_matrix")
LOOPS = {name: getattr(training, name) for name in (*IN_NUMPY, *IN_TORCH)}
LOOPS |= {"compiled": fused.compiled, "captured": fused.captured}
FILE = RESULTS / "steps.json"
KEY = ("loop", "device", "dtype", "points")
AT_LEAST = 0.005  # seconds of steps made together, for the clock's sake

COMPILER = any(map(shutil.which, ("c++", "g++", "clang++")))  # torch.compile needs it

Rows = list[dict[str, Any]]
Place = tuple[str | None, str, str, tuple[str, ...]]


def places() -> Iterator[Place]:
    """Yield (device, its name in the table, dtype, loops): NumPy first, which has no device."""
    yield None, "cpu", "float64", IN_NUMPY
    for device in devices():
        if device.available:
            named = "cpu" if device.name == "cpu" else device.note
            loops = (*IN_TORCH, "captured") if device.name.startswith("cuda") else IN_TORCH
            for dtype in ("float32",) if device.name == "mps" else ("float64", "float32"):
                yield device.name, named, dtype, loops


def compiled() -> Iterator[Place]:
    """Yield the loop that `torch.compile` has fused, if it can: a place of its own, since compiling takes long."""
    if COMPILER:
        yield "cpu", "cpu", "float64", ("compiled",)


def measure(turns: int, sizes: Sequence[int], where: Iterable[Place] | None = None) -> Rows:
    """Return a row for each loop, size, device and dtype, with the seconds of a step in each turn."""
    where = list(where or places())
    rows: Rows = []
    for points in sizes:
        keys, calls, counts = {}, {}, {}
        for device, named, dtype, loops in where:
            data = sine(points).to(device, dtype) if device else sine(points)
            for name in loops:
                loop = LOOPS[name](data, START, 0.002 / points)
                label = f"{name}, {named}, {dtype}"
                counts[label] = math.ceil(AT_LEAST / timing.seconds_per_step(loop, at_least=AT_LEAST, repeats=1))
                calls[label] = partial(advance, loop, counts[label])
                keys[label] = dict(zip(KEY, (name, named, dtype, points), strict=True))
        took = in_turns(f"a step, {points} points", calls, turns, counts)
        rows += [keys[label] | {"values": values} for label, values in took.items()]
    return rows


def together(parts: Sequence[Rows]) -> Rows:
    """Put the rows of several processes together: median, least and greatest of all their turns."""
    rows: Rows = []
    for same in zip(*parts, strict=True):
        values = [value for row in same for value in row["values"]]
        spread = {"seconds": statistics.median(values), "least": min(values), "greatest": max(values)}
        rows.append({key: same[0][key] for key in KEY} | {"date": machine()["date"]} | spread)
    return rows


def store(rows: Rows) -> Rows:
    """Replace in the file what was measured on the devices that are here, and return all that it holds then."""
    here = {row["device"] for row in rows}
    others = [row for row in json.loads(FILE.read_text("utf-8"))["steps"] if row["device"] not in here]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in others + rows)  # a row a line, to read a diff
    FILE.write_text(f'{{"steps": [\n{lines}\n]}}\n', encoding="utf-8")
    return others + rows


def table(rows: Rows) -> str:
    """Write a line for each loop, device and dtype, and a column for each size, in microseconds."""
    sizes = sorted({row["points"] for row in rows})
    lines = [f"| µs a step | device | dtype | {' | '.join(f'{size:.0e} points' for size in sizes)} |"]
    lines.append("|---" * (3 + len(sizes)) + "|")
    for key in dict.fromkeys((row["loop"], row["device"], row["dtype"]) for row in rows):
        each = {row["points"]: row["seconds"] for row in rows if (row["loop"], row["device"], row["dtype"]) == key}
        cells = (f"{1e6 * each[size]:.4g}" if size in each else "" for size in sizes)
        lines.append(f"| {' | '.join([*key, *cells])} |")
    return "\n".join(lines)
