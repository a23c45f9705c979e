"""The kernel's side of the dashboard: a frame, a look, a prediction, and what being watched costs.

No browser is attached; benchmarks/browser.py measures what a page shows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from measure import Row, in_turns, over, row

from polyfit_helpers import START, record, sine, training
from polyfit_helpers.widgets import dashboard

TENSORS = sine().to("cpu", "float32")


def counting(action: Callable[[int], object]) -> Callable[[], object]:
    """Return a function that calls action with 1, 2, 3 ..., so that no frame and no setting comes twice."""
    numbers = count(1)
    return lambda: action(next(numbers))


def a_frame_of(board: Any) -> Callable[[int], object]:
    """Return a function that draws a board's pictures at an iteration and hands them to the page."""
    return lambda i: board.pictures.show(board.panel.drawing.frames(i % (board.history.iterations + 1)))


def kilobytes(board: Any) -> float:
    """Return how much a page is sent for the frame that a board shows."""
    return (len(board.pictures.frames["numbers"]) + len(json.dumps(board.pictures.frames["pictures"]))) / 1000


def frames(turns: int) -> Iterator[Row]:
    """What one picture costs, drawn from a run of 2 000 and of 100 000 iterations."""
    for iterations in (2000, 100_000):
        board = dashboard(sine(), training.numpy_matrix, iterations=iterations)
        board.train()
        actions: dict[str, Callable[[int], object]] = {
            "a frame": a_frame_of(board),
            "a move of the scrubber": lambda i, board=board: setattr(board.scrubber, "value", i),
            "a move of the learning rate": lambda i, board=board: setattr(
                board.learning_rate, "value", 1e-6 * (1 + i / 1000)
            ),
        }
        calls = {name: counting(action) for name, action in actions.items()}
        for name, seconds in in_turns(f"{iterations} iterations", calls, turns).items():
            target = "<= 0.35" if name == "a frame" and iterations == 2000 else "<= 2"
            yield row(f"{name}, {iterations} iterations: time", "ms", [1e3 * one for one in seconds], target)
        yield row(f"a frame, {iterations} iterations: size", "kB", [kilobytes(board)], "<= 2.5")
        yield row(f"history of {iterations} iterations", "MB", [board.history._table.nbytes / 1e6], "<= 10")
        board.close()


def views(turns: int) -> Iterator[Row]:
    """What a frame of each view costs: of one loop of 2 000 and 100 000 iterations, and of several loops at once."""
    rungs = [training.numpy_by_hand, training.tensors_by_hand, training.autograd, training.nn_by_hand, training.optim]
    six = {f"rate {k}e-7": partial(training.numpy_matrix, learning_rate=k * 1e-7) for k in range(10, 16)}
    for what, loops, iterations in (
        ("2000 iterations", training.numpy_matrix, 2000),
        ("100000 iterations", training.numpy_matrix, 100_000),
        ("five loops", rungs, 500),
        ("six loops of 100000 iterations", six, 100_000),
    ):
        board = dashboard(TENSORS if loops is rungs else sine(), loops, iterations=iterations)
        board.train()
        slowest, largest = [0.0], 0.0
        for _, view in board.view.options:
            board.view.value = view
            (seconds,) = in_turns(f"a frame, {what}", {view: counting(a_frame_of(board))}, turns).values()
            slowest = max(slowest, seconds, key=sum)
            largest = max(largest, kilobytes(board))
        yield row(f"a frame of the slowest view, {what}", "ms", [1e3 * one for one in slowest], "<= 2")
        yield row(f"a frame of the largest view, {what}", "kB", [largest], "<= 12")
        board.close()


def watching(turns: int, steps: int) -> Iterator[Row]:
    """A watched run against the same run by `record`, in turns."""

    async def watched() -> None:
        board = dashboard(TENSORS, training.autograd, iterations=steps)
        board.train()
        while board.mode == "running":
            await asyncio.sleep(0)
        board.close()

    calls = {
        "watched": lambda: asyncio.run(watched()),
        "recorded": lambda: record(training.autograd(TENSORS, START, 1e-6), steps),
    }
    seconds = in_turns(f"a run of {steps} steps", calls, turns)
    yield row(f"watched run of {steps} iterations, against record", "times", over(*seconds.values()), "<= 1.15")
