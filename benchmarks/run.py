"""Measure the speed and the memory that the design promises, as ratios in one run.

    python benchmarks/run.py [--quick]

What is compared runs in turns (A B C A B C ...), so that whatever else the machine does falls on all alike. A ratio is
taken within one turn; the table shows the median over the turns and, as spread, the least and the greatest. The exit
status is 0 whatever comes out: no test depends on a timing.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from polyfit_helpers import START, Data, record, sine, training
from polyfit_helpers.theory import LeastSquares

RESULTS = Path(__file__).resolve().parent / "results"
NOTEBOOK = RESULTS.parent.parent / "notebooks" / "01_numpy.ipynb"

# 2 000 points are too few to share. With two threads, the products in nn.Linear wait for the second core whenever
# another program has it, and a step takes up to a hundred times as long.
torch.set_num_threads(1)

POINTS = sine()
TENSORS = POINTS.to("cpu")
RATE = 1e-6
Loop = Iterator[tuple[Any, Any]]


@dataclass(frozen=True)
class Row:
    """One line of the table: the median over the turns, the least, the greatest, and what it is held against."""

    what: str
    unit: str
    median: float
    least: float
    greatest: float
    target: str
    meets: bool | None


def row(what: str, unit: str, values: Sequence[float], target: str = "") -> Row:
    """Summarise the values of all turns; the target reads '>= 30', '<= 1.05' or is empty."""
    median, least, greatest = (float(f"{f(values):.4g}") for f in (statistics.median, min, max))
    sign, _, bound = target.partition(" ")
    meets = None
    if target:
        meets = median >= float(bound) if sign == ">=" else median <= float(bound)
    return Row(what, unit, median, least, greatest, target, meets)


def in_turns(calls: Mapping[str, Callable[[], object]], turns: int) -> dict[str, list[float]]:
    """Return the seconds that each call took in each turn, after one turn that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(turns + 1):
        for name, call in calls.items():
            seconds[name].append(timeit.timeit(call, number=1))
    return {name: took[1:] for name, took in seconds.items()}


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(above, below, strict=True)]


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


TORCH = ("tensors_by_hand", "tensors_matrix", "autograd", "autograd_matrix", "nn_by_hand", "optim", "module")
LOOPS = ("numpy_by_hand", "powers_once", "numpy_matrix", "numpy_moments", *TORCH)
TARGETS = {"numpy_matrix": ">= 30", "numpy_moments": ">= 100", "tensors_matrix": ">= 2.5", "autograd_matrix": ">= 1.6"}


def start_loop(name: str) -> Loop:
    """Start the loop of that name on the running example."""
    loop = powers_once if name == "powers_once" else getattr(training, name)
    return loop(TENSORS if name in TORCH else POINTS, START, RATE)


def run_bare(loop: Loop, states: int) -> None:
    """Let a training loop run on, and drop what it yields."""
    for _ in islice(loop, states):
        pass


def losses(name: str, steps: int) -> NDArray[np.float64]:
    return record(start_loop(name), steps).losses


def run_fresh(code: str) -> int:
    """Run code in an interpreter of its own and return its exit status."""
    return subprocess.run([sys.executable, "-c", code]).returncode


def ladder(turns: int, steps: int) -> Iterator[Row]:
    """How many times as fast as the plain loop each loop makes a step, and whether all find the same losses."""
    counts = {name: steps if "matrix" in name or "moments" in name else steps // 10 for name in LOOPS}
    took = in_turns({name: partial(run_bare, start_loop(name), counts[name]) for name in LOOPS}, turns)
    step = {name: [seconds / counts[name] for seconds in took[name]] for name in LOOPS}
    plain = step["numpy_by_hand"]
    yield row("numpy_by_hand, the plain loop: one step", "µs", [1e6 * seconds for seconds in plain])
    for name in LOOPS[1:]:
        yield row(f"{name}, against numpy_by_hand", "times", over(plain, step[name]), TARGETS.get(name, ""))
    for name, rung in (("tensors_matrix", "tensors_by_hand"), ("autograd_matrix", "autograd")):
        yield row(f"{name}, against {rung}", "times", over(step[rung], step[name]), TARGETS[name])

    expected = losses("numpy_by_hand", 10 * steps)
    worst = max(np.abs(losses(name, 10 * steps) / expected - 1).max() for name in LOOPS)
    yield row(f"losses of all these over {10 * steps} steps: largest relative difference", "", [worst], "<= 1e-12")


def listening(turns: int, steps: int) -> Iterator[Row]:
    """What `record` adds to the time of the same loop run bare."""
    for name in TORCH:
        loop = start_loop(name)
        took = in_turns({"bare": partial(run_bare, loop, steps), "record": partial(record, loop, steps - 1)}, turns)
        yield row(f"record({name}), against the loop run bare", "times", over(took["record"], took["bare"]), "<= 1.05")


def arrays(turns: int) -> Iterator[Row]:
    """The power that makes the plain loop slow, and what theory needs for a whole curve."""
    problem, x = LeastSquares(POINTS.x, POINTS.y), POINTS.x
    calls = {
        "power": lambda: [x**3 for _ in range(20)],
        "product": lambda: [x * x * x for _ in range(20)],
        "curve": lambda: problem.predicted_losses(START, RATE, 2000),
        "momentum": lambda: problem.predicted_losses(START, RATE, 2000, momentum=0.9),
    }
    took = in_turns(calls, turns)
    yield row("x * x * x, against x ** 3", "times", over(took["power"], took["product"]))
    yield row("theory.predicted_losses, 2 000 steps", "ms", [1e3 * seconds for seconds in took["curve"]], "<= 1")
    yield row("the same with momentum", "ms", [1e3 * seconds for seconds in took["momentum"]])


def imports(turns: int) -> Iterator[Row]:
    """What an import adds to the start of a fresh interpreter."""
    ours, numpys, all_ours = "import polyfit_helpers", "import numpy", "from polyfit_helpers import START, record, sine"
    took = in_turns({code: partial(run_fresh, code) for code in ("pass", ours, numpys, all_ours)}, turns)
    for code, target in ((ours, "<= 0.1"), (numpys, ""), (all_ours, "")):
        added = [seconds - nothing for seconds, nothing in zip(took[code], took["pass"], strict=True)]
        yield row(f"{code}, in a fresh interpreter", "s", added, target)
    count = f"{all_ours}; import sys; sys.exit(len({{'torch', 'matplotlib'}} & sys.modules.keys()))"
    yield row("of torch and Matplotlib, imported by the line before", "", [run_fresh(count)], "<= 0")


def kernel_memory() -> Iterator[Row]:
    """Resident memory of a kernel in which all cells of notebook 01 have run."""
    import nbformat
    import psutil
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    class ThisPython(AsyncKernelManager):  # the interpreter that runs this script, whatever kernels there are
        kernel_spec = KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    try:
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = NotebookClient(notebook, kernel_manager_class=ThisPython, extra_arguments=["--log-level=ERROR"])
        with client.setup_kernel():
            kernel = psutil.Process(client.km.provisioner.pid)
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            used = kernel.memory_info().rss / 1e6
    except (FileNotFoundError, CellExecutionError) as error:
        reason = str(error).strip().splitlines()[-1]
        print(f"skipped the memory of {NOTEBOOK.name}: {reason}", file=sys.stderr)
    else:
        yield row("a kernel that has run all of notebook 01: resident memory", "MB", [used], "<= 150")


def machine() -> dict[str, str]:
    """Describe what the numbers were measured on."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), cpu)
    blas: Any = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "cpu": f"{cpu}, {os.cpu_count()} cores",
        "python": f"{platform.python_version()}, {platform.system()}",
        "numpy": f"{np.__version__}, {blas['name']} {blas['version']}",
        "torch": f"{torch.__version__}, threads: {torch.get_num_threads()}, {torch.backends.cpu.get_cpu_capability()}",
    }


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns that read as plain text and as Markdown."""
    cells: list[tuple[str, ...]] = [("what", "median", "least to greatest", "target", "meets?")]
    for r in rows:
        spread = f"{r.least:g} to {r.greatest:g}" if r.least < r.greatest else ""
        meets = {True: "yes", False: "NO", None: ""}[r.meets]
        cells.append((r.what, f"{r.median:g} {r.unit}".strip(), spread, r.target, meets))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure speed and memory against what the design promises.")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works; stores nothing")
    quick = parser.parse_args().quick
    if quick:
        rows = [*ladder(3, 20), *listening(3, 20), *arrays(2), *imports(1)]
    else:
        rows = [*ladder(400, 200), *listening(25, 2000), *arrays(200), *imports(15), *kernel_memory()]
    about = "\n".join(f"{name + ':':8} {value}" for name, value in machine().items())
    print(f"{about}\n\n{table(rows)}")
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        stored = json.dumps({"machine": machine(), "rows": [asdict(r) for r in rows]}, indent=1, ensure_ascii=False)
        (RESULTS / "ladder.json").write_text(stored + "\n", encoding="utf-8")
        markdown = f"# What was measured\n\n```\n{about}\n```\n\n{table(rows)}\n"
        (RESULTS / "ladder.md").write_text(markdown, encoding="utf-8")


if __name__ == "__main__":
    main()
