"""You are the optimizer: a slider for each parameter, and the loss of every try (notebook 00)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from ..data import Data
from ..history import History, record
from ..plots import BEST, FIT, TRIES, Canvas, Curve, Frame, canvas, fit_canvas, snapshot
from ..theory import Floats, LeastSquares, equation, numbers
from ..training import numpy_matrix
from . import texts
from .base import Board, button, replace_older_boards_of_this_cell, row
from .elements import Pictures, Range, Status
from .tasks import Played
from .views import LETTERS

SETTLED = 0.4  # seconds that the sliders must rest until what they say is a try
PAGE = 20  # tries that are seen at once
WAY = TRIES._replace(dash="solid", width=1.0)  # from one try to the next
DESCENT_STEPS = 2000  # iterations of the descent


def explore(data: Data, *, start: Sequence[float] = (0.0, 0.0, 0.0, 0.0)) -> Explorer:
    """Show a board on which one fits a polynomial by hand.

    Parameters
    ----------
    data : Data
        The points; tensors are read as arrays.
    start : sequence of floats
        The first try; how many there are decides the degree.

    Raises
    ------
    TypeError
        If data is no Data object.
    ValueError
        If start has a value that is no finite number, more than eight, or more than the data have different x.
    """
    return Explorer(data, start=start)


class Explorer(Board):
    """A board for trial and error; made by `explore`, which documents the parameters.

    `board.tries` holds what was tried, as pairs of the loss and the parameters, shape (P,).
    """

    _descent: tuple[History, float] | None = None  # that is played, and its learning rate
    _due: asyncio.TimerHandle | None = None

    def __init__(self, data: Data, *, start: Sequence[float]) -> None:
        if not isinstance(data, Data):
            raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
        super().__init__()
        self.parameters = numbers("start", start)
        if len(self.parameters) > len(LETTERS):
            raise ValueError(f"start must hold 1 to {len(LETTERS)} numbers, got {len(self.parameters)}: {start!r}")
        self.tries: list[tuple[float, Floats]] = []
        self.data = data
        self._ordered, self._points = data.in_order(), data.in_order(most=200)
        self._theory = LeastSquares(self._ordered.x, self._ordered.y, len(self.parameters) - 1)
        self._floor = max(self._theory.floor, 1e-12)  # what a logarithmic axis can show
        flat = self._theory.loss(np.zeros(len(self.parameters)))
        self._top = 10.0 ** math.ceil(math.log10(max(flat, 10 * self._floor)) + 2)  # the largest loss on the axis
        self._fit_canvas = fit_canvas(self._points)

        self.sliders = [
            Range(label=letter, value=value, min=-limit, max=limit)
            for letter, value, limit in zip(LETTERS, self.parameters, limits(len(self.parameters)), strict=False)
        ]
        self.named = {"best": self._theory.optimum}
        if data.name == "sin(x)" and len(self.parameters) == 4:
            self.named = {"taylor": np.array([0, 1, 0, -1 / 6])} | self.named
        labels = {"taylor": texts.TAYLOR, "best": texts.BEST_CUBIC}
        self.buttons = {
            name: button(self, labels[name], partial(self.attempt, values)) for name, values in self.named.items()
        }
        self.buttons["slopes"] = button(self, texts.SLOPES, self._toggle_slopes)
        self.buttons["descend"] = button(self, texts.DESCEND, self.descend_or_halt)
        self.bar = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0, description=texts.ABOVE_THE_FLOOR)
        self.loss = ipywidgets.HTML()
        self.loss.add_class("polyfit-count")
        self.pictures = Pictures()
        self.status = Status()
        self._sloping, self._played = False, Played()
        self._listen(self.pictures)
        bar = row([*self.buttons.values(), self.bar, self.loss], "polyfit-buttons")
        self._show([row(list(self.sliders)), bar, self.pictures, self.status])
        for k, slider in enumerate(self.sliders):
            slider.observe(lambda _, k=k: self._post(lambda: self._slide(k)), "value")
        self._keep()
        replace_older_boards_of_this_cell(self)

    # --- Trying ----------------------------------------------------------------------------------------------

    def attempt(self, parameters: ArrayLike) -> None:
        """Set all parameters, shape (P,), and count it as a try."""
        self._halt_all()
        self._place(numbers("parameters", parameters, len(self.sliders)))
        self._keep()

    def _place(self, parameters: Floats) -> None:
        self.parameters = parameters
        for slider, value in zip(self.sliders, parameters, strict=True):
            slider.value = value  # its end, where the parameter lies beyond
        self._frame()

    def _slide(self, k: int) -> None:
        """A slider moves: the picture follows at once; when all rest it is a try."""
        slider = self.sliders[k]
        if slider.value == min(max(self.parameters[k], slider.min), slider.max):
            return  # it was not the reader who moved it
        self._halt_all()
        self.parameters = self.parameters.copy()
        self.parameters[k] = slider.value  # the others may lie beyond their sliders' ends
        self._frame()
        if self._main is None:
            self._keep()
        else:
            self._due = self._main.call_later(SETTLED, self._keep)

    def _keep(self) -> None:
        self._due = None
        self.tries.append((self._theory.loss(self.parameters), self.parameters.copy()))
        self._draw_still()
        self._frame(self._fit_canvas, self._loss_canvas)
        now = self.tries[-1][0]
        tried = texts.tried if len(self.tries) > 1 else texts.first_tried
        self._tell(now, tried, tries=len(self.tries), least=min(loss for loss, _ in self.tries))

    # --- Descent ---------------------------------------------------------------------------------------------

    def descend_or_halt(self) -> None:
        """Let gradient descent go on from the present parameters, seen in some four seconds; or end that."""
        if self._descent is not None:
            self._halt_all()
            self._keep()
            return
        if self._due is not None:
            self._due.cancel()
            self._keep()
        learning_rate = float(f"{0.28 * self._theory.stability_limit():.1g}")
        run = record(numpy_matrix(self._ordered, tuple(self.parameters), learning_rate), DESCENT_STEPS)
        if self._main is None:
            self._arrive(run, learning_rate)
        else:
            self.buttons["descend"].description = texts.HALT
            self._say(texts.DESCENDING, texts.ALL_AT_ONCE, "")
            self._descent = run, learning_rate
            self._played.begin()
            self.pictures.live = True

    def _go_on(self) -> None:
        if self._descent is None:
            return
        run, learning_rate = self._descent
        if (part := self._played.value()) == 1.0:
            self._arrive(run, learning_rate)
        else:  # the first steps are the largest: as long for 1 to 10 as for 100 to 1 000
            self._place(run[round(len(run) ** part) - 1].parameters.copy())

    def _arrive(self, run: History, learning_rate: float) -> None:
        self._halt_all()
        self._place(run[-1].parameters.copy())
        self._keep()
        self._tell(self.tries[-1][0], texts.descended, iterations=run.iterations, learning_rate=learning_rate)

    def _halt_all(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due = self._descent = None
        self._played.cancel()
        self.pictures.live = False
        self.buttons["descend"].description = texts.DESCEND

    # --- Pictures and words ----------------------------------------------------------------------------------

    def _toggle_slopes(self) -> None:
        self._sloping = not self._sloping
        self.buttons["slopes"].description = texts.NO_SLOPES if self._sloping else texts.SLOPES
        self._mark()

    def _mark(self) -> None:
        for slider, slope in zip(self.sliders, self._theory.gradient(self.parameters), strict=True):
            slider.marks = [(slider.value, texts.slope(slope))] if self._sloping else []

    def _draw_still(self) -> None:
        """Draw the axes of the tries: the last of them, a page at most."""
        self._first = first = max(0, -(-(len(self.tries) - PAGE) // (PAGE // 2)) * (PAGE // 2))
        across = (first + 0.5, first + PAGE + 0.5)
        self._loss_canvas = canvas(
            across,
            (self._floor / 2, self._top),
            texts.TRY,
            texts.LOSS_AXIS,
            ((texts.YOUR_TRIES, TRIES),),
            (Curve(texts.floor_line(value=self._floor), across, (self._floor,) * 2, BEST),),
            log=True,
            whole=True,
        )

    def _frame(self, *canvases: Canvas) -> None:
        """Show what moves, over axes drawn anew if they are given."""
        now, losses = self._theory.loss(self.parameters), np.array([loss for loss, _ in self.tries])
        trying = not np.array_equal(self.parameters, self.tries[-1][1])  # as long as the sliders move
        fits, tries, x = self._fit_canvas, self._loss_canvas, self._points.x
        at, on_the_page = np.arange(1, len(losses) + 1)[self._first :], losses[self._first :]
        drawn = {
            "way": tries.line(at, on_the_page, WAY),
            "tries": tries.line(at, on_the_page, TRIES),
            "now": tries.line([len(losses) + 1.0] * trying, [now] * trying, TRIES),
        }
        fit = {"fit": fits.line(x, self._theory.values(x, self.parameters), FIT)}
        said = texts.tries_picture(len(losses), float(losses[-1]), float(losses.min()))
        frames = [Frame(fit, texts.your_fit_picture(name=self.data.name)), Frame(drawn, said)]
        self.pictures.show(frames, canvases or None)
        ratio = max(now / self._floor, 1.0)
        self.bar.value = min(math.log(ratio) / math.log(self._top / self._floor), 1.0)
        self.loss.value = texts.loss_now(value=now)
        self._mark()

    def _tell(self, loss: float, sentence: texts.Sentence, **values: Any) -> None:
        near = texts.near(loss, self._floor)
        self._say(texts.loss_is(value=loss), sentence(near=near, floor=self._floor, **values))

    def _say(self, bold: str, rest: str, formula: str | None = None) -> None:
        self._words = bold, rest, equation(self.parameters) if formula is None else formula
        self.status.say(*self._words)

    def __repr__(self) -> str:
        return " ".join(self._words).strip()

    def _still(self) -> str:
        fit, tries = self.pictures.shown
        return snapshot([(self._fit_canvas, fit), (self._loss_canvas, tries)])._repr_html_()


def limits(size: int) -> list[float]:
    """Return how far each parameter can be moved; higher powers are larger, and need less."""
    return [2.0 if power < 3 else 0.5 ** (power - 2) for power in range(size)]
