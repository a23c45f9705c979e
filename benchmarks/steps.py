"""Measure a step of many loops over sizes, devices and dtypes; notebook 06 draws what is stored for other devices.

    python benchmarks/steps.py [--quick]

Writes results/steps.json, steps.md and steps.png. What other devices have measured stays in the file; rows of the
devices that are here are replaced. The exit status is 0 whatever comes out.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
from collections.abc import Iterator
from typing import Any

from run import RESULTS, machine

from polyfit_helpers import START, plots, sine, timing, training
from polyfit_helpers.data import devices

IN_NUMPY = ("numpy_by_hand", "numpy_matrix", "numpy_moments")
IN_TORCH = ("tensors_by_hand", "tensors_matrix", "autograd", "autograd_matrix")
TURNS = 5  # measurements of each, in turns; the median counts


def places() -> Iterator[tuple[str, str, str | None]]:
    """Yield (device, its name in the table, dtype): NumPy first, which has neither."""
    yield "", "cpu", None
    for device in devices():
        if device.available:
            for dtype in ("float64", "float32") if device.name != "mps" else ("float32",):
                yield device.name, device.note if device.name != "cpu" else "cpu", dtype


def measure(sizes: list[int], turns: int) -> list[dict[str, Any]]:
    """Return a row for each loop, size, device and dtype: median, least and greatest seconds a step."""
    today = datetime.date.today().isoformat()
    rows = []
    for points in sizes:
        running = {}
        for device, named, dtype in places():
            data = sine(points).to(device, dtype) if dtype else sine(points)
            for name in IN_TORCH if dtype else IN_NUMPY:
                running[name, named, dtype or "float64"] = getattr(training, name)(data, START, 0.002 / points)
        seconds: dict[tuple[str, str, str], list[float]] = {key: [] for key in running}
        for _ in range(turns):  # in turns: the machine's own speed comes and goes
            for key, loop in running.items():
                seconds[key].append(timing.seconds_per_step(loop, at_least=0.005, repeats=2))
        for (name, named, dtype), took in seconds.items():
            about = {"loop": name, "device": named, "dtype": dtype, "points": points, "date": today}
            spread = {"least": min(took), "greatest": max(took)}
            rows.append(about | {"seconds": statistics.median(took)} | spread)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a table: a line for each loop, device and dtype, a column for each size, in microseconds."""
    sizes = sorted({row["points"] for row in rows})
    lines = [f"| µs a step | device | dtype | {' | '.join(f'{size:.0e} points' for size in sizes)} |"]
    lines.append("|---" * (3 + len(sizes)) + "|")
    for key in dict.fromkeys((row["loop"], row["device"], row["dtype"]) for row in rows):
        each = {row["points"]: row for row in rows if (row["loop"], row["device"], row["dtype"]) == key}
        cells = (f"{1e6 * each[size]['seconds']:.4g}" if size in each else "" for size in sizes)
        lines.append(f"| {' | '.join([*key, *cells])} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a step over sizes, devices and dtypes.")
    parser.add_argument("--quick", action="store_true", help="small sizes, once; nothing is stored")
    quick = parser.parse_args().quick
    rows = measure([100, 1000] if quick else [10**k for k in range(2, 7)], 1 if quick else TURNS)
    print(table(rows))
    if quick:
        return
    file = RESULTS / "steps.json"
    here = {row["device"] for row in rows}
    others = [row for row in json.loads(file.read_text("utf-8"))["steps"] if row["device"] not in here]
    # One line a row, so that a diff can be read.
    stored = ",\n".join(json.dumps(row) for row in others + rows)
    file.write_text(f'{{"steps": [\n{stored}\n]}}\n', encoding="utf-8")
    about = "\n".join(f"{name + ':':8} {value}" for name, value in machine().items())
    words = f"# Time of a step\n\n```\n{about}\n```\n\n{table(others + rows)}\n\n![the same, drawn](steps.png)\n"
    (RESULTS / "steps.md").write_text(words, encoding="utf-8")
    curves: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["dtype"] == "float64" and row["loop"] != "tensors_matrix":
            curves.setdefault(row["loop"], {})[row["points"]] = row["seconds"]
    plots.step_times(curves).figure.savefig(RESULTS / "steps.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
