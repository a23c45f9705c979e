"""Questions with something to press: a button for each choice, an entry or a slider for a number."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import ipywidgets

from . import texts
from .base import Board, button, replace_older_boards_of_this_cell, row
from .elements import Range, Status
from .formats import parsed


class Answer(Protocol):
    """What a question says to an answer, as HTML."""

    @property
    def state(self) -> str:
        """'not tried', 'not yet' or 'done'."""

    @property
    def heading(self) -> str:
        """Name and state."""

    @property
    def body(self) -> str:
        """What there is to say."""


class Asked(Protocol):
    """A question."""

    choices: Mapping[str, str]  # what to write on the button of each, by its key; none if a number is asked for
    scale: tuple[str, float, float] | None  # name and bounds of a slider, if the number has one

    def ask_in_words(self) -> Answer:
        """Return the question without its choices."""

    def check(self, answer: Any, *, nudge: bool) -> Answer:
        """Judge an answer."""

    def hint(self) -> Answer:
        """Give one more hint."""

    def _repr_html_(self) -> str: ...


class Quiz(Board):
    """Questions under each other, each with its own answers; the next run of the cell asks afresh.

    Parameters
    ----------
    questions : sequence of Asked
        What they say is HTML, escaped by them.
    hints : bool
        Whether a hint may be asked for.
    """

    def __init__(self, questions: Sequence[Asked], *, hints: bool = True) -> None:
        super().__init__()
        self.questions = questions
        self.asked = [_Question(self, question, hints) for question in questions]
        self._show([part for one in self.asked for part in one.parts])
        self.add_class("polyfit-quiz")
        replace_older_boards_of_this_cell(self)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.questions))

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = ipywidgets.VBox._repr_mimebundle_(self, **kwargs)
        still = "".join(question._repr_html_() for question in self.questions)
        return {**bundle, "text/plain": repr(self), "text/html": still}


class _Question:
    """The widgets of one question, and what they do."""

    def __init__(self, quiz: Quiz, question: Asked, hints: bool) -> None:
        self.question = question
        first = question.ask_in_words()
        self.words = ipywidgets.HTML(first.heading + first.body)
        self.status = Status()
        self.choices = {key: button(quiz, label, partial(self.choose, key)) for key, label in question.choices.items()}
        self.number: ipywidgets.Widget | None = None
        self.buttons: list[ipywidgets.Widget] = []
        if not self.choices:
            if question.scale:
                label, low, high = question.scale
                self.number = Range(label=label, value=low, min=low, max=high, log=True)
            else:
                self.number = ipywidgets.Text(description=texts.YOUR_NUMBER, continuous_update=False)
                self.number.observe(lambda _: quiz._post(self.read), "value")
            self.buttons.append(button(quiz, texts.CHECK, self.read))
            self.buttons[0].add_class("polyfit-train")
        if hints:
            self.buttons.append(button(quiz, texts.HINT, lambda: self._say(question.hint())))
        self.read_before: Any = "" if not question.scale else None
        answers, below = list(self.choices.values()), [*([self.number] if self.number else []), *self.buttons]
        rows = [row(answers, "polyfit-choices")] if answers else []
        rows += [row(below, "polyfit-buttons")] if below else []
        self.parts = [self.words, *rows, self.status]

    def choose(self, key: str) -> None:
        """Answer by one of the choices; its button then shows whether it was right."""
        answer = self.question.check(key, nudge=False)
        mark = texts.RIGHT if answer.state == "done" else texts.WRONG
        self.choices[key].description = f"{mark} {self.question.choices[key]}"
        self._say(answer)

    def read(self) -> None:
        """Answer by what was entered, or by where the slider stands; the same again is no other answer."""
        value = self.number.value if self.number else ""
        if error := getattr(self.number, "error", ""):  # what stands in a slider's box is no number
            self.status.html = html.escape(error)
            self.read_before = None
            return
        if value in ("", self.read_before):
            return
        self.read_before = value
        if isinstance(value, str):
            entered = parsed(value)
            value = value if math.isnan(entered) else entered  # the question says what is wrong with it
        self._say(self.question.check(value, nudge=False))

    def _say(self, answer: Answer) -> None:
        self.words.value = answer.heading + self.question.ask_in_words().body
        self.status.html = answer.body
