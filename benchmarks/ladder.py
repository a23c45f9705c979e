"""The loops against the plain one, what listening costs, one pass, two processes, imports, and memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np
import psutil
import pyperf
import torch
from measure import RESULTS, Loop, Row, advance, in_turns, over, row
from numpy.typing import NDArray
from steps import COMPILER

from polyfit_helpers import START, devices, record, sine, training
from polyfit_helpers.advance import apart_of
from polyfit_helpers.big import distributed, fused, streaming
from polyfit_helpers.theory import LeastSquares

NOTEBOOK = RESULTS.parent.parent / "notebooks" / "01_numpy.ipynb"
POINTS = sine()
TENSORS = POINTS.to("cpu")
RATE = 1e-6
TORCH = ("tensors_by_hand", "tensors_matrix", "autograd", "autograd_matrix", "nn_by_hand", "optim", "module")
LOOPS = ("numpy_by_hand", "numpy_powers", "numpy_matrix", "numpy_moments", *TORCH)
TARGETS = {"numpy_matrix": ">= 30", "numpy_moments": ">= 100", "tensors_matrix": ">= 2.5", "autograd_matrix": ">= 1.6"}
STEPS = {"numpy_moments": 20.0, "numpy_matrix": 3.0, "tensors_matrix": 2.0}  # how many more than of the others


def start_loop(name: str) -> Loop:
    """Start the loop of that name on the running example."""
    return getattr(training, name)(TENSORS if name in TORCH else POINTS, START, RATE)


def losses(name: str, steps: int) -> NDArray[np.float64]:
    return record(start_loop(name), steps).losses


def ladder(turns: int, steps: int) -> Iterator[Row]:
    """How many times as fast as the plain loop each loop makes a step, and whether all find the same losses."""
    counts = {name: round(steps * STEPS.get(name, 1.0)) for name in LOOPS}
    calls = {name: partial(advance, start_loop(name), counts[name]) for name in LOOPS}
    step = in_turns("a step, 2000 points", calls, turns, counts)
    plain = step["numpy_by_hand"]
    yield row("numpy_by_hand, the plain loop: one step", "µs", [1e6 * seconds for seconds in plain])
    for name in LOOPS[1:]:
        yield row(f"{name}, against numpy_by_hand", "times", over(plain, step[name]), TARGETS.get(name, ""))
    for name, rung in (("tensors_matrix", "tensors_by_hand"), ("autograd_matrix", "autograd")):
        yield row(f"{name}, against {rung}", "times", over(step[rung], step[name]), TARGETS[name])

    expected = losses("numpy_by_hand", 2000)
    worst = max(np.abs(losses(name, 2000) / expected - 1).max() for name in LOOPS)
    yield row("losses of all these over 2000 steps: largest relative difference", "", [worst], "<= 1e-12")


def listening(turns: int, steps: int) -> Iterator[Row]:
    """What `record` adds to the time of the same loop run bare, on the CPU and on every other device that is here."""
    places = [("", TENSORS, TORCH, "<= 1.05")]
    for device in devices():
        if device.available and device.name != "cpu":
            data = POINTS.to(device.name, "float32")
            places.append((f" on {device.note}", data, ("tensors_by_hand", "autograd"), "<= 1.1"))
    for where, data, names, target in places:
        for name in names:
            loop = getattr(training, name)(data, START, RATE)
            calls = {"bare": partial(advance, loop, steps), "record": partial(record, loop, steps - 1)}
            took = in_turns(f"{steps} steps of {name}{where}", calls, turns)
            what = f"record({name}){where}, against the loop run bare"
            yield row(what, "times", over(took["record"], took["bare"]), target)
    yield from _apart(turns, steps)


def _apart(turns: int, steps: int) -> Iterator[Row]:
    """What it takes to see that a loop has changed nothing around it."""
    loop = start_loop("optim")  # a generator
    own = apart_of(loop)
    calls = {
        "apart": lambda: [own.run(steps.bit_length) for _ in range(steps)],
        "bare": lambda: [steps.bit_length() for _ in range(steps)],
    }
    took = in_turns(f"{steps} calls", calls, turns, dict.fromkeys(calls, steps))
    added = [1e6 * (one - other) for one, other in zip(took["apart"], took["bare"], strict=True)]
    yield row("a call among a loop's own settings, once in a batch of states", "µs", added)


def arrays(turns: int) -> Iterator[Row]:
    """The power that makes the plain loop slow, and what theory needs for a whole curve."""
    problem, x = LeastSquares(POINTS.x, POINTS.y), POINTS.x
    calls = {
        "x ** 3, 20 times": lambda: [x**3 for _ in range(20)],
        "x * x * x, 20 times": lambda: [x * x * x for _ in range(20)],
        "a predicted curve": lambda: problem.predicted_losses(START, RATE, 2000),
        "the same with momentum": lambda: problem.predicted_losses(START, RATE, 2000, momentum=0.9),
    }
    power, product, curve, momentum = in_turns("arrays", calls, turns).values()
    yield row("x * x * x, against x ** 3", "times", over(power, product))
    yield row("theory.predicted_losses, 2 000 steps", "ms", [1e3 * seconds for seconds in curve], "<= 1")
    yield row("the same with momentum", "ms", [1e3 * seconds for seconds in momentum])


def overhead(turns: int, steps: int) -> Iterator[Row]:
    """What a step of autograd takes on 4 points, where there is hardly any arithmetic, against 2 000."""
    loops = {str(n): training.autograd(sine(n).to("cpu", "float32"), START, RATE) for n in (4, 2000)}
    calls = {name: partial(advance, loop, steps) for name, loop in loops.items()}
    few, many = in_turns(f"{steps} steps of autograd, points", calls, turns).values()
    yield row("a step of autograd on 4 points, against 2000", "%", [100 * share for share in over(few, many)])


def kept_graphs(steps: int) -> Iterator[Row]:
    """What is left in memory when losses are added up, as numbers and with their graphs; in a fresh process."""
    memory = psutil.Process().memory_info
    advance(training.autograd(TENSORS, START, RATE), 100)
    for code, read in (("total += loss.item()", torch.Tensor.item), ("total += loss", lambda loss: loss)):
        before, total = memory().rss, 0.0
        for loss, _ in islice(training.autograd(TENSORS, START, RATE), steps):
            total = total + read(loss)
        yield row(f"{code}, {steps} steps: memory left", "MB", [(memory().rss - before) / 1e6])


def stream(turns: int, points: int) -> Iterator[Row]:
    """How many points a second a stream adds up, in chunks of a million, and how much its arrays take at most."""

    def add_up() -> None:
        for _ in streaming.moments(streaming.sine_chunks(points)):
            pass

    (seconds,) = in_turns("a stream", {f"{points} points": add_up}, turns).values()
    yield row(f"a stream of {points:.0e} points", "million points a second", [points / 1e6 / took for took in seconds])
    tracemalloc.start()
    add_up()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    yield row(f"a stream of {points:.0e} points: memory at most", "MB", [peak])


def one_pass(turns: int, points: int) -> Iterator[Row]:
    """What `torch.compile` takes the first time, and what it gains then; only where there is a C++ compiler."""
    if not COMPILER:
        print("skipped torch.compile: no C++ compiler", file=sys.stderr)
        return
    data = sine(points).to("cpu")
    loops = {loop.__name__: loop(data, START, 0.002 / points) for loop in (training.tensors_by_hand, fused.compiled)}
    begin = pyperf.perf_counter()
    advance(loops["compiled"], 1)
    yield row("torch.compile, the first step", "s", [pyperf.perf_counter() - begin])
    calls = {name: partial(advance, loop, 5) for name, loop in loops.items()}
    usual, compiled = in_turns(f"a step, {points} points", calls, turns, dict.fromkeys(calls, 5)).values()
    yield row(f"compiled, against tensors_by_hand, {points} points", "times", over(usual, compiled), ">= 2")


def scaling(turns: int, points: int) -> Iterator[Row]:
    """Two processes against one on the same points (strong scaling), and on twice as many (weak scaling)."""
    strong, weak = [], []
    for _ in range(turns):
        alone, two, double = (
            distributed.launch(processes, None, points=size, iterations=50, backend="gloo").seconds_per_step
            for processes, size in ((1, points), (2, points), (2, 2 * points))
        )
        strong.append(alone / two)
        weak.append(100 * alone / double)
    yield row(f"two processes against one, {points} points", "times", strong)
    yield row(f"efficiency of two processes, {points} points each", "%", weak)


def imports(turns: int) -> Iterator[Row]:
    """What an import adds to the start of a fresh interpreter."""
    ours, numpys, all_ours = "import polyfit_helpers", "import numpy", "from polyfit_helpers import START, record, sine"
    calls = {code: partial(run_fresh, code) for code in ("pass", ours, numpys, all_ours)}
    took = in_turns("a fresh interpreter", calls, turns)
    for code, target in ((ours, "<= 0.1"), (numpys, ""), (all_ours, "")):
        added = [seconds - nothing for seconds, nothing in zip(took[code], took["pass"], strict=True)]
        yield row(f"{code}, in a fresh interpreter", "s", added, target)
    count = f"{all_ours}; import sys; sys.exit(len({{'torch', 'matplotlib'}} & sys.modules.keys()))"
    yield row("of torch and Matplotlib, imported by the line before", "", [run_fresh(count)], "<= 0")


def run_fresh(code: str) -> int:
    """Run code in an interpreter of its own and return its exit status."""
    return subprocess.run([sys.executable, "-c", code]).returncode


def kernel_memory() -> Iterator[Row]:
    """Resident memory of a kernel in which all cells of notebook 01 have run."""
    import nbformat
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
