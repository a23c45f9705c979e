"""Measure the speed and the memory that the design promises, as ratios in one run.

    python benchmarks/run.py [--quick]

What is compared runs in turns (A B C A B C ...), so that whatever else the machine does falls on all alike. A ratio is
taken within one turn; the table shows the median over the turns and, as spread, the least and the greatest. The exit
status is always 0: a miss is for people to look at, no test depends on it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from polyfit_helpers import START, Data, record, sine, training
from polyfit_helpers.theory import LeastSquares

HERE = Path(__file__).resolve().parent
NOTEBOOK = HERE.parent / "notebooks" / "01_numpy.ipynb"
RATE = 1e-6

POINTS = sine()
TENSORS = POINTS.to("cpu")

Loop = Iterator[tuple[Any, Any]]


@dataclass(frozen=True)
class Row:
    """One line of the table: the median over the turns, the least, the greatest, and what it is held against."""

    what: str
    unit: str
    median: float
    low: float
    high: float
    target: str = ""
    meets: bool | None = None


def row(what: str, unit: str, values: Sequence[float], target: str = "") -> Row:
    """Summarise the values of all turns; the target reads '>= 30', '<= 1.05' or is empty."""
    median = statistics.median(values)
    meets = None
    if target:
        sign, bound = target.split()
        meets = bool(median >= float(bound)) if sign == ">=" else bool(median <= float(bound))
    low, middle, high = (float(f"{value:.4g}") for value in (min(values), median, max(values)))
    return Row(what, unit, middle, low, high, target, meets)


def in_turns(calls: dict[str, Callable[[], object]], turns: int) -> dict[str, list[float]]:
    """Return the seconds that each call took in each turn, after one turn that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(turns + 1):
        for name, call in calls.items():
            took = timeit.timeit(call, number=1)
            if turn:
                seconds[name].append(took)
    return seconds


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Divide turn by turn."""
    return [a / b for a, b in zip(above, below, strict=True)]


def run_bare(loop: Loop, steps: int) -> None:
    """Run a training loop and drop what it yields."""
    for _ in islice(loop, steps):
        pass


# --- The loops --------------------------------------------------------------------------------------------


def powers_once(data: Data, start: Sequence[float], learning_rate: float) -> Loop:
    """Fit as `numpy_by_hand` does, with the powers computed before the loop."""
    x, y = data.x, data.y
    a, b, c, d = start
    x2, x3 = x**2, x**3

    while True:
        y_pred = a + b * x + c * x2 + d * x3
        yield ((y_pred - y) ** 2).sum(), (a, b, c, d)
        grad_y_pred = 2 * (y_pred - y)
        a -= learning_rate * grad_y_pred.sum()
        b -= learning_rate * (grad_y_pred * x).sum()
        c -= learning_rate * (grad_y_pred * x2).sum()
        d -= learning_rate * (grad_y_pred * x3).sum()


NUMPY_LOOPS: dict[str, Callable[..., Loop]] = {
    "numpy_by_hand": training.numpy_by_hand,
    "powers computed once": powers_once,
    "numpy_matrix": training.numpy_matrix,
}
RUNGS = ("tensors_by_hand", "tensors_matrix", "autograd", "autograd_matrix", "nn_by_hand", "optim", "module")
TORCH_LOOPS: dict[str, Callable[..., Loop]] = {name: getattr(training, name) for name in RUNGS}
TARGETS = {"numpy_matrix": ">= 30", "tensors_matrix": ">= 2.5", "autograd_matrix": ">= 1.6"}


def start_loop(name: str) -> Loop:
    """Start the loop of that name on the running example."""
    data = TENSORS if name in TORCH_LOOPS else POINTS
    return (NUMPY_LOOPS | TORCH_LOOPS)[name](data, START, RATE)


# --- What is measured -------------------------------------------------------------------------------------


def ladder(turns: int, plain_steps: int, steps: int) -> Iterator[Row]:
    """How many times as fast as the plain loop each loop makes a step, and whether all find the same losses."""
    counts = {name: plain_steps if name == "numpy_by_hand" else steps for name in NUMPY_LOOPS | TORCH_LOOPS}
    calls = {name: lambda name=name, n=n: run_bare(start_loop(name), n) for name, n in counts.items()}
    per_step = {name: [t / counts[name] for t in took] for name, took in in_turns(calls, turns).items()}
    plain = per_step["numpy_by_hand"]
    yield row("numpy_by_hand, the plain loop: one step", "µs", [1e6 * t for t in plain])
    for name in list(counts)[1:]:
        yield row(f"{name}, against numpy_by_hand", "times", over(plain, per_step[name]), TARGETS.get(name, ""))
    for name, plain_rung in (("tensors_matrix", "tensors_by_hand"), ("autograd_matrix", "autograd")):
        ratios = over(per_step[plain_rung], per_step[name])
        yield row(f"{name}, against {plain_rung}", "times", ratios, TARGETS[name])

    expected = record(start_loop("numpy_by_hand"), steps).losses
    differences = [np.abs(record(start_loop(name), steps).losses / expected - 1).max() for name in list(counts)[1:]]
    yield row(f"losses of all these loops, {steps} steps: largest relative difference", "", differences, "<= 1e-12")


def listening(turns: int, steps: int) -> Iterator[Row]:
    """What `record` adds to the time of the same loop run bare."""
    for name in ("numpy_matrix", *TORCH_LOOPS):
        calls = {
            "bare": lambda name=name: run_bare(start_loop(name), steps + 1),
            "record": lambda name=name: record(start_loop(name), steps),
        }
        took = in_turns(calls, turns)
        target = "<= 1.05" if name in TORCH_LOOPS else ""
        yield row(f"record({name}), against the loop run bare", "times", over(took["record"], took["bare"]), target)


def operations(turns: int, number: int) -> Iterator[Row]:
    """The power that makes the plain loop slow, and what theory needs for a whole curve."""
    problem = LeastSquares(POINTS.x, POINTS.y)
    x = POINTS.x
    calls = {
        "power": lambda: [x**3 for _ in range(number)],
        "product": lambda: [x * x * x for _ in range(number)],
        "theory": lambda: problem.predicted_losses(START, RATE, 2000),
        "momentum": lambda: problem.predicted_losses(START, RATE, 2000, momentum=0.9),
    }
    took = in_turns(calls, turns)
    yield row("x * x * x, against x ** 3", "times", over(took["power"], took["product"]))
    yield row("theory.predicted_losses, 2 000 steps", "ms", [1e3 * t for t in took["theory"]], "<= 1")
    yield row("the same with momentum", "ms", [1e3 * t for t in took["momentum"]])


def imports(turns: int) -> Iterator[Row]:
    """What an import adds to the start of a fresh interpreter."""
    statements = {
        "nothing": "pass",
        "import polyfit_helpers": "import polyfit_helpers",
        "import numpy, for comparison": "import numpy",
        "from polyfit_helpers import START, record, sine": "from polyfit_helpers import START, record, sine",
    }
    python = [sys.executable, "-c"]
    took = in_turns({k: lambda s=s: subprocess.run([*python, s], check=True) for k, s in statements.items()}, turns)
    for what in list(statements)[1:]:
        added = [a - b for a, b in zip(took[what], took["nothing"], strict=True)]
        yield row(what, "s", added, "<= 0.1" if what == "import polyfit_helpers" else "")
    heavy = "import sys; sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib')))"
    loaded = subprocess.run([*python, "from polyfit_helpers import START, record, sine; " + heavy]).returncode
    yield row("imports of torch or Matplotlib by the last line", "", [loaded], "<= 0")


def kernel_memory() -> Iterator[Row]:
    """Resident memory of a kernel in which all cells of notebook 01 have run."""
    if not NOTEBOOK.exists():
        print(f"skipped: there is no {NOTEBOOK.name} whose kernel could be measured", file=sys.stderr)
        return
    import nbformat
    import psutil
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(AsyncKernelManager):
        """A kernel of the interpreter that runs this script, whatever kernels the machine has."""

        kernel_spec = KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook, kernel_manager_class=ThisPython, resources={"metadata": {"path": NOTEBOOK.parent}}, timeout=120
    )
    with client.setup_kernel():
        kernel = psutil.Process(client.km.provisioner.pid)
        yield row("a kernel before its first cell: resident memory", "MB", [kernel.memory_info().rss / 1e6])
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        used = kernel.memory_info().rss / 1e6
        yield row("that kernel after all of notebook 01: resident memory", "MB", [used], "<= 150")


# --- The report -------------------------------------------------------------------------------------------


def machine() -> dict[str, str]:
    """Describe what the numbers were measured on."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        cpu = names[0] if names else cpu
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]  # type: ignore[index]
    return {
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": f"{np.__version__}, {blas['name']} {blas['version']}",
        "torch": f"{torch.__version__}, {torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}",
    }


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns that read as plain text and as Markdown."""
    cells = [("what", "median", "least to greatest", "target", "meets?")]
    for r in rows:
        spread = f"{r.low:g} to {r.high:g}" if r.low != r.high else ""
        meets = {True: "yes", False: "NO", None: ""}[r.meets]
        cells.append((r.what, f"{r.median:g} {r.unit}".strip(), spread, r.target, meets))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed and memory against what the design promises.")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works; stores nothing")
    quick = parser.parse_args().quick

    rows = [*ladder(2, 20, 100), *listening(2, 100)] if quick else [*ladder(15, 200, 2000), *listening(25, 500)]
    rows += [*operations(2, 10), *imports(1)] if quick else [*operations(200, 10), *imports(15), *kernel_memory()]
    description = "\n".join(f"{name + ':':8} {value}" for name, value in machine().items())
    print(f"{description}\n\n{table(rows)}")
    if not quick:
        results = HERE / "results"
        results.mkdir(exist_ok=True)
        stored = {"machine": machine(), "rows": [asdict(r) for r in rows]}
        (results / "ladder.json").write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        text = f"# What was measured\n\n```\n{description}\n```\n\n{table(rows)}\n"
        (results / "ladder.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
