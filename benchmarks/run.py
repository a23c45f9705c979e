"""Measure the speed and the memory that the README and the notebooks claim, as ratios in one run.

    python benchmarks/run.py [--quick]

Several processes one after the other measure the same, each in turns (see measure.py); their turns are put together.
Writes into results/: measured.md with the tables and the machine, ratios.svg and steps.svg, steps.json for
notebook 09, and pyperf.json.gz with every single value. The exit status is 0 whatever comes out: no test depends
on a timing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dashboard
import ladder
import measure
import pyperf
import steps
from matplotlib.figure import Figure
from measure import RESULTS, Row

from polyfit_helpers import plots
from polyfit_helpers.plots.picture import style_of

PROCESSES = 3
SIZES = [10**k for k in range(2, 8)]
DRAWN = (*steps.IN_NUMPY, "tensors_by_hand", "autograd", "compiled")  # of the CPU: six lines can be told apart


def in_a_process(quick: bool) -> tuple[list[Row], steps.Rows]:
    """Measure all that several processes measure."""
    if quick:
        rows = [*ladder.ladder(2, 5), *ladder.listening(2, 20), *ladder.arrays(2), *ladder.overhead(2, 20)]
        rows += [*dashboard.frames(3), *dashboard.views(3), *dashboard.watching(1, 200)]
        return rows, steps.measure(2, SIZES[:2])
    rows = [*ladder.ladder(80, 20), *ladder.listening(5, 1000), *ladder.arrays(50), *ladder.overhead(20, 100)]
    rows += [*dashboard.frames(50), *dashboard.views(25), *dashboard.watching(2, 10_000)]
    sizes = [*steps.measure(5, SIZES[:-1]), *steps.measure(2, SIZES[-1:])]  # ten million points are slow
    return rows, [*sizes, *steps.measure(5, SIZES, steps.compiled())]


def once(quick: bool) -> list[Row]:
    """Measure what starts processes of its own."""
    if quick:
        return [*ladder.kept_graphs(500), *ladder.imports(1), *ladder.stream(2, 10**6)]
    rows = [*ladder.kept_graphs(20_000), *ladder.imports(15), *ladder.kernel_memory(), *ladder.scaling(3, 10**6)]
    return [*rows, *ladder.one_pass(9, 10**6), *ladder.stream(2, 10**8)]


def dump(path: Path, rows: Sequence[Row], sizes: steps.Rows) -> None:
    """Leave what this process has measured to the one that has started it."""
    path.write_text(json.dumps({"rows": [asdict(one) for one in rows], "steps": sizes}), encoding="utf-8")
    pyperf.BenchmarkSuite([*measure.measured.values()]).dump(str(path.with_suffix(".pyperf")), replace=True)


def child(arguments: Sequence[str], folder: str, name: str) -> tuple[dict[str, Any], pyperf.BenchmarkSuite]:
    """Run this script once more, and return what it has measured; torch compiles anew in each."""
    path = Path(folder, f"{name}.json")
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(Path(folder, name))}
    subprocess.run([sys.executable, __file__, *arguments, "--into", str(path)], env=environment, check=True)
    return json.loads(path.read_text("utf-8")), pyperf.BenchmarkSuite.load(str(path.with_suffix(".pyperf")))


def ratios(rows: Sequence[Row]) -> Figure:
    """Draw how many times as fast as the plain loop each one is: the median, and the middle half."""
    ending = ", against numpy_by_hand"
    ladder_rows = [row for row in rows if row.what.endswith(ending)]
    with style_of(plots.STYLE):
        figure = Figure(figsize=(7.6, 0.36 * len(ladder_rows) + 1.0), layout="constrained")
        axes = figure.subplots()
        for height, row in enumerate(reversed(ladder_rows)):
            axes.plot(row.middle, [height, height], color=plots.MEASURED.color, linewidth=6, alpha=0.4)
            axes.plot(row.median, height, "o", color=plots.MEASURED.color)
        axes.set_yticks(range(len(ladder_rows)), [row.what.removesuffix(ending) for row in reversed(ladder_rows)])
        axes.axvline(1, color=plots.BEST.color, linestyle=plots.BEST.dash)
        axes.set(xscale="log", xlabel="times as fast as numpy_by_hand, 2 000 points (bar: middle half of the turns)")
    return figure


def sizes_drawn(rows: steps.Rows) -> Figure:
    """Draw a step in float64 against the number of points, of each loop on the CPU, and of others by hand."""
    curves: dict[str, dict[int, float]] = {}
    stored: dict[str, dict[int, float]] = {}
    for row in rows:
        if row["dtype"] != "float64":
            continue
        if row["device"] != "cpu" and row["loop"] == "tensors_by_hand":
            stored.setdefault(f"{row['device']}, {row['date']}", {})[row["points"]] = row["seconds"]
        elif row["device"] == "cpu" and row["loop"] in DRAWN:
            curves.setdefault(row["loop"], {})[row["points"]] = row["seconds"]
    return plots.step_times(curves, stored=stored).figure


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed and memory against what the design promises.")
    parser.add_argument("--quick", action="store_true", help="some seconds, to see that it works; stores nothing")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)  # for the processes that this one starts
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    begin = time.monotonic()
    if options.into:
        rows, sizes = (once(options.quick), []) if options.once else in_a_process(options.quick)
        dump(options.into, rows, sizes)
        return

    quick = ["--quick"] if options.quick else []
    processes = 1 if options.quick else PROCESSES
    with TemporaryDirectory() as folder:
        children = [child(quick, folder, str(i)) for i in range(processes)]
        children.append(child([*quick, "--once"], folder, "once"))
    parts = [Row(**row | {"values": tuple(row["values"])}) for result, _ in children for row in result["rows"]]
    rows = measure.together(parts)
    sizes = steps.together([result["steps"] for result, _ in children[:-1]])
    about = measure.about()
    print(f"{about}\n\n{measure.table(rows)}\n\n{steps.table(sizes)}")
    if options.quick:
        return

    suite = children[0][1]
    for _, more in children[1:]:
        suite.add_runs(more)
    suite.dump(str(RESULTS / "pyperf.json.gz"), replace=True)
    everywhere = steps.store(sizes)
    with style_of({**plots.STYLE, "svg.hashsalt": "polyfit"}):
        for name, figure in (("ratios", ratios(rows)), ("steps", sizes_drawn(everywhere))):
            figure.savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
    minutes = (time.monotonic() - begin) / 60
    text = (
        f"# What was measured\n\n```\n{about}\ntook:    {minutes:.0f} minutes\n```\n\n{measure.table(rows)}\n\n"
        f"![Each loop against the plain one](ratios.svg)\n\n## A step over sizes, devices and dtypes\n\n"
        f"{steps.table(everywhere)}\n\n![Time of a step against the number of points](steps.svg)\n"
    )
    (RESULTS / "measured.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
