"""Runs that were kept to be compared: a line of the table, and a ghost in the picture of the losses."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..plots import GHOSTS, Curve, thinned
from ..theory import Floats
from . import texts

DRAWN = 300  # points of a ghost


class Kept(NamedTuple):
    """A run that was kept, as it was then.

    losses : shape (n + 1,). best : the least loss possible. mean : whether the losses are means, not sums. seconds :
    its training took.
    """

    name: str
    loop: str
    device: str
    learning_rate: float
    losses: Floats
    best: float
    mean: bool
    seconds: float

    def steps_to(self, loss: float) -> int | None:
        """Return the first iteration at which the loss was as small, or None."""
        reached = self.losses <= loss
        return int(reached.argmax()) if reached.any() else None


def ghosts(kept: Sequence[Kept], above: bool = False) -> list[Curve]:
    """Return the losses of the runs kept last, or what is above the best possible, as curves that stand still."""
    curves = []
    for run, line in zip(kept[-len(GHOSTS) :], GHOSTS, strict=False):
        losses = run.losses - run.best if above else run.losses
        losses = np.clip(losses[np.isfinite(losses)], 1e-300, 1e300)
        x, y = thinned(np.arange(len(losses), dtype=float), losses, DRAWN)
        curves.append(Curve(run.name, tuple(x.tolist()), tuple(y.tolist()), line))
    return curves


def table_of(kept: Sequence[Kept]) -> str:
    """Return all runs as an HTML table; empty if there are none."""
    if not kept:
        return ""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in texts.KEPT_COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{html.escape(run.name)}</th>'
        + "".join(
            f"<td>{html.escape(text)}</td>"
            for text in texts.kept(
                run.loop,
                run.learning_rate,
                run.device,
                len(run.losses) - 1,
                float(run.losses[-1]),
                run.best,
                run.steps_to(1.01 * run.best),
                run.seconds,
            )
        )
        + "</tr>"
        for run in kept
    )
    return f"<table><caption>{texts.KEPT}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
