"""An exercise with something to press: a check, a hint, the solution."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import ipywidgets

from . import texts
from .base import Board, boards, replace_older_boards_of_this_cell, row
from .elements import Status, put


class Shown(Protocol):
    """All that the card of an exercise shows: HTML, "" for nothing, but for its state."""

    @property
    def state(self) -> str:
        """A key, such as 'not yet'."""

    @property
    def heading(self) -> str:
        """Name and state."""

    @property
    def task(self) -> str:
        """What is to be done."""

    @property
    def verdict(self) -> str:
        """What there is to say about the answer."""

    @property
    def picture(self) -> str:
        """A right answer at work."""

    @property
    def hints(self) -> str:
        """All hints so far."""

    @property
    def solution(self) -> str:
        """The solution, or the question whether to try first."""


class Practised(Protocol):
    """An exercise; whatever is pressed, it returns all that there is to see then."""

    @property
    def sheet(self) -> Shown:
        """What there is to see now."""

    def check(self) -> Shown:
        """Judge the answer as it is by now."""

    def hint(self) -> Shown:
        """Give one more hint."""

    def solve(self) -> Shown:
        """Show the solution."""

    def interrupted(self) -> Shown:
        """Say that something did not come to its end."""

    def _repr_html_(self) -> str: ...


class ExerciseCard(Board):
    """An exercise in a notebook: what is to be done, three buttons, and what there is to say, each in its own place.

    Parameters
    ----------
    exercise : Practised
        What it says is HTML, escaped by it. Its code may take seconds: it runs on the kernel's main loop, after the
        button has said so.
    """

    def __init__(self, exercise: Practised) -> None:
        super().__init__()
        self.exercise = exercise
        self.busy = False
        self.words, self.picture, self.solution = (ipywidgets.HTML() for _ in range(3))
        self.status, self.hints = Status(), Status()
        presses = {texts.CHECK: exercise.check, texts.HINT: exercise.hint, texts.SOLUTION: exercise.solve}
        self.buttons = {label: ipywidgets.Button(description=label) for label in presses}
        for label, action in presses.items():
            self.buttons[label].on_click(partial(self._press, action))
        self.buttons[texts.CHECK].add_class("polyfit-train")
        buttons = row([*self.buttons.values()], "polyfit-buttons")
        self._show([self.words, buttons, self.status, self.picture, self.hints, self.solution])
        self.add_class("polyfit-quiz")
        self.add_class("polyfit-exercise")
        self._draw(exercise.sheet)
        replace_older_boards_of_this_cell(self)

    def __repr__(self) -> str:
        return repr(self.exercise)

    def __str__(self) -> str:
        return str(self.exercise)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = ipywidgets.VBox._repr_mimebundle_(self, **kwargs)
        return {**bundle, "text/plain": repr(self), "text/html": self.exercise._repr_html_()}

    def _press(self, action: Callable[[], Shown], pressed: ipywidgets.Button) -> None:
        """Do it on the main loop, later: the page hears first that the button is busy. Nothing is done twice."""
        if self.busy:
            return
        self.busy = True
        if pressed is self.buttons[texts.CHECK]:
            put(pressed, description=texts.CHECKING)
        if self._main is None or self._main.is_closed():
            self._work(action)
        else:
            self._main.call_soon_threadsafe(self._work, action)

    def _work(self, action: Callable[[], Shown]) -> None:
        if self not in boards:  # its cell has run again meanwhile
            return
        try:
            self._draw(action())
        except KeyboardInterrupt:  # raised by a learner's code; the kernel would end by it
            self._draw(self.exercise.interrupted())
        finally:
            self.busy = False
            put(self.buttons[texts.CHECK], description=texts.CHECK)

    def _draw(self, sheet: Shown) -> None:
        put(self.words, value=sheet.heading + sheet.task)
        put(self.picture, value=sheet.picture)
        put(self.hints, html=sheet.hints)
        put(self.solution, value=sheet.solution)
        put(self.status, html=sheet.verdict)
        for state in [name for name in self._dom_classes if name.startswith("polyfit-is-")]:
            self.remove_class(state)
        self.add_class(f"polyfit-is-{sheet.state.replace(' ', '-')}")
