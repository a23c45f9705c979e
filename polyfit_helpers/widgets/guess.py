"""Where will the loss be? An entry for a guess, which the run then settles."""

from __future__ import annotations

import math
from typing import NamedTuple

import ipywidgets

from . import texts
from .controls import number_in


class Scored(NamedTuple):
    """A guess of the loss after some iterations, and what it was."""

    iterations: int
    guess: float
    loss: float


class Guess(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no type hints
    """An entry, and under it what is wrong with it or how good it was; `scored` has all guesses."""

    def __init__(self) -> None:
        self.entry = ipywidgets.Text(placeholder=texts.GUESS_HOW, continuous_update=False)
        self.note = ipywidgets.HTML()
        self.note.add_class("polyfit-note")
        self.asked = 0  # iterations
        self.pending: float | None = None
        self.scored: list[Scored] = []
        super().__init__([self.entry, self.note])
        self.add_class("polyfit-guess")

    def ask(self, iterations: int) -> None:
        """Ask for the loss after so many iterations; a guess for another number is forgotten."""
        if iterations != self.asked:
            self.asked = iterations
            self.entry.description = texts.guess(iterations)
            self.entry.value = self.note.value = ""

    def read(self) -> None:
        """Take what was entered."""
        words = self.entry.value.strip()
        value = number_in(words)
        right = math.isfinite(value) and value > 0
        self.pending = value if right else None
        if words:
            self.note.value = "" if right else texts.escaped(texts.no_guess(words))

    def wait(self) -> None:
        """Say that a run has ended too early to settle the guess, if there is one."""
        if self.pending is not None:
            self.note.value = texts.escaped(texts.not_settled(self.asked))

    def score(self, loss: float) -> None:
        """Compare the pending guess with the loss, and say how good it was."""
        if self.pending is not None:
            self.scored.append(Scored(self.asked, self.pending, loss))
            self.note.value = texts.escaped(texts.scored(self.asked, self.pending, loss))
            self.pending = None
            self.entry.value = ""
