"""Measure the kernel's side of the dashboard: a frame, a look, a prediction, and what being watched costs.

    python benchmarks/dashboard.py

No browser is attached; benchmarks/browser.py measures what a page shows. The exit status is always 0.
"""

from __future__ import annotations

import asyncio
import timeit
from collections.abc import Iterator

import numpy as np
import torch
from run import RESULTS, Row, in_turns, machine, over, row, table

from polyfit_helpers import START, record, sine, training
from polyfit_helpers.widgets import Dashboard, dashboard

TENSORS = sine().to("cpu", "float32")


def frames(turns: int) -> Iterator[Row]:
    """What one picture costs, drawn from a run of 2 000 and of 100 000 iterations."""
    for iterations in (2000, 100_000):
        board = dashboard(sine(), training.numpy_matrix, iterations=iterations)
        board.train()
        seconds = [timeit.timeit(lambda i=i, b=board: b._frame(i), number=1) for i in range(1, turns)]
        size = (len(board.pictures.frames[0]) + len(board.pictures.frames[1])) / 1000
        what = f"a frame, {iterations} iterations"
        yield row(f"{what}: time", "ms", [1e3 * s for s in seconds], "<= 4")
        yield row(f"{what}: size", "kB", [size], "<= 12")

        def scrub(i: int, board: Dashboard = board) -> None:
            board.scrubber.value = i

        def rate(i: int, board: Dashboard = board) -> None:
            board.learning_rate.value = 1e-6 * (1 + i / turns)

        for action, words in ((scrub, "a move of the scrubber"), (rate, "a move of the learning rate")):
            seconds = [timeit.timeit(lambda i=i, f=action: f(i), number=1) for i in range(1, turns)]
            yield row(f"{words}, {iterations} iterations", "ms", [1e3 * s for s in seconds], "<= 5")
        yield row(f"history of {iterations} iterations", "MB", [board.history._table.nbytes / 1e6], "<= 10")
        board.close()


def views(turns: int) -> Iterator[Row]:
    """What a frame of each view costs: of one loop of 2 000 and 100 000 iterations, and of five loops at once."""
    rungs = [training.numpy_by_hand, training.tensors_by_hand, training.autograd, training.nn_by_hand, training.optim]
    for what, loops, iterations in (
        ("2000 iterations", training.numpy_matrix, 2000),
        ("100000 iterations", training.numpy_matrix, 100_000),
        ("five loops", rungs, 500),
    ):
        board = dashboard(TENSORS if loops is rungs else sine(), loops, iterations=iterations)
        board.train()
        times, sizes = {}, {}
        for _, view in board.view.options:
            board.view.value = view
            run = (timeit.timeit(lambda i=i, b=board: b._frame(i), number=1) for i in range(1, turns))
            times[view] = [1e3 * seconds for seconds in run]
            sizes[view] = sum(map(len, board.pictures.frames)) / 1000
        slowest = max(times, key=lambda view: float(np.median(times[view])))
        yield row(f"a frame of the slowest view, {what} ({slowest})", "ms", times[slowest], "<= 6")
        yield row(
            f"a frame of the largest view, {what} ({max(sizes, key=sizes.__getitem__)})",
            "kB",
            [max(sizes.values())],
            "<= 15",
        )
        board.close()


def watching(turns: int, steps: int) -> Iterator[Row]:
    """A watched run against the same run by `record`, in turns."""

    async def watched() -> None:
        board = dashboard(TENSORS, training.autograd, iterations=steps)
        board.train()
        while board.mode == "running":
            await asyncio.sleep(0)
        board.close()

    seconds = in_turns(
        {
            "watched": lambda: asyncio.run(watched()),
            "recorded": lambda: record(training.autograd(TENSORS, START, 1e-6), steps),
        },
        turns,
    )
    yield row(f"watched run of {steps} iterations, against record", "times", over(*seconds.values()), "<= 1.15")


if __name__ == "__main__":
    torch.set_num_threads(1)
    rows = [*frames(200), *views(100), *watching(5, 20_000)]
    about = "\n".join(f"{name + ':':8} {value}" for name, value in machine().items())
    print(f"{about}\n\n{table(rows)}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "dashboard.md").write_text(
        f"# What was measured\n\n```\n{about}\n```\n\n{table(rows)}\n", encoding="utf-8"
    )
