"""Where will the loss be? An entry for a guess, which the run then settles."""

from __future__ import annotations

import html
import math
from typing import NamedTuple

import ipywidgets

from ..history import History
from . import texts
from .elements import put
from .formats import loss as written
from .formats import parsed


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

    @property
    def unsettled(self) -> tuple[int, float] | None:
        """The iterations and the loss of the guess that is not settled yet."""
        return None if self.pending is None else (self.asked, self.pending)

    def ask(self, iterations: int) -> bool:
        """Ask for the loss after so many iterations; True if a guess for another number had to be forgotten."""
        if iterations == self.asked:
            return False
        forgotten = self.pending is not None
        self.asked, self.pending = iterations, None
        put(self.entry, description=texts.guess(iterations=iterations), value="")
        self._say("")
        return forgotten

    def read(self) -> bool:
        """Take what was entered; False if there is nothing, and was nothing before."""
        words = self.entry.value.strip()
        value = parsed(words)
        right = math.isfinite(value) and value > 0
        before, self.pending = self.pending, value if right else None
        if words:
            self._say("" if right else texts.no_guess(entered=words))
        return bool(words) or before is not None

    def place(self, loss: float | None) -> None:
        """Take a loss that was clicked; None if the click was elsewhere."""
        if loss is not None and not self.entry.disabled:
            self.entry.value = written(loss)

    def settle(self, history: History, ended: bool) -> None:
        """Compare a guess with the run, as soon as it has come so far; or say that it has ended too early."""
        if self.pending is None:
            return
        if history.iterations >= self.asked:
            self._score(self.pending, float(history.losses[self.asked]))
        elif history.diverged:
            self._score(self.pending, math.inf)
        elif ended:
            self._say(texts.not_settled(iterations=self.asked))

    def _score(self, guess: float, loss: float) -> None:
        self.scored.append(Scored(self.asked, guess, loss))
        self.pending = None
        put(self.entry, value="")
        self._say(verdict_on(guess, self.asked, loss))

    def _say(self, words: str) -> None:
        put(self.note, value=html.escape(words))


def verdict_on(guess: float, iterations: int, loss: float) -> str:
    """Say how good a guess was of the loss after so many iterations."""
    if not loss < math.inf:
        return texts.exploded(guessed=guess)
    times = max(guess / max(loss, 1e-300), loss / guess)
    if times < 1.01:
        return texts.guessed_right(guessed=guess, iterations=iterations, value=loss)
    wrong = texts.guessed_high if guess > loss else texts.guessed_low
    return wrong(guessed=guess, iterations=iterations, value=loss, times=times)
