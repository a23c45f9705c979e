"""Runs that were kept to be compared: a line of the table, and a ghost in the picture of the losses."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..history import History
from ..plots import GHOSTS, Curve, thinned
from . import texts

DRAWN = 300  # points of a ghost


class Kept(NamedTuple):
    """A run that was kept, with the settings that made it; `seconds` is what its training took."""

    name: str
    loop: str
    device: str
    learning_rate: float
    history: History
    seconds: float

    def steps_to(self, loss: float) -> int | None:
        """Return the first iteration at which the loss was as small, or None."""
        reached = self.history.losses <= loss
        return int(reached.argmax()) if reached.any() else None


def ghosts(kept: Sequence[Kept]) -> list[Curve]:
    """Return the losses of the runs kept last, as curves that stand still."""
    curves = []
    for run, line in zip(kept[-len(GHOSTS) :], GHOSTS, strict=False):
        losses = run.history.losses
        losses = np.clip(losses[np.isfinite(losses)], 1e-300, 1e300)
        x, y = thinned(np.arange(len(losses), dtype=float), losses, DRAWN)
        curves.append(Curve(run.name, tuple(x.tolist()), tuple(y.tolist()), line))
    return curves


def table(kept: Sequence[Kept], best: float) -> str:
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
                run.history.iterations,
                float(run.history.losses[-1]),
                best,
                run.steps_to(1.01 * best),
                run.seconds,
            )
        )
        + "</tr>"
        for run in kept
    )
    return f"<table><caption>{texts.KEPT}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
