"""An exercise with buttons: what its card says when one is pressed, as HTML for the widget that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from polyfit_helpers.advance import TooSlow
from polyfit_helpers.widgets.texts import SOLUTION

from . import texts
from .card import folded, marked
from .exercise import Exercise
from .sandbox import listening, undisturbed
from .trial import is_placeholder

_MISSING = object()


class Sheet(NamedTuple):
    """All that an exercise's card shows, as HTML: what is empty is not there."""

    state: str  # a key of `texts.STATES`
    heading: str
    task: str
    verdict: str = ""
    picture: str = ""
    hints: str = ""
    solution: str = ""


class Practice:
    """One exercise in a notebook. Each method does what a button stands for, and returns what there is to see then.

    Parameters
    ----------
    exercise : Exercise
    answer : object
        The learner's function or class; it is checked at once.
    namespace : mapping of names to objects
        The notebook's, where the function is looked up by its name at each later check.
    """

    def __init__(self, exercise: Exercise, answer: Any, namespace: Mapping[str, Any]) -> None:
        self.exercise, self.namespace = exercise, namespace
        self.name = _name_of(answer, namespace, exercise.called or exercise.solved_by.__name__)
        self._given = answer
        self._said = exercise.invitation()
        self._sheet = Sheet("not tried", self._said.heading, self._said.body)
        self._check(answer)

    @property
    def sheet(self) -> Sheet:
        """What there is to see now."""
        return self._sheet

    def check(self) -> Sheet:
        """Check what the name stands for by now."""
        answer = self.namespace.get(self.name, _MISSING) if self.name else self._given
        if answer is _MISSING:
            return self._show(verdict=marked(texts.NOT_THERE.format(name=self.name)), picture="")
        return self._check(answer)

    def hint(self) -> Sheet:
        """Show one more hint below those that were given."""
        return self._show(hints=self.exercise.hint(buttons=True).body)

    def solve(self) -> Sheet:
        """Show the solution; before a first try ask once whether the learner wants to try first."""
        tries = self.exercise.tries
        asks_first = not (tries.attempts or tries.offered)
        body = self.exercise.solution(buttons=True).body
        return self._show(solution=body if asks_first else folded(SOLUTION, body))

    def interrupted(self) -> Sheet:
        """Say that a check did not come to its end."""
        return self._show(verdict=marked(texts.INTERRUPTED), picture="")

    def __repr__(self) -> str:
        """Return what the card of a stub says: a notebook is compared by it, whatever its reader has done."""
        return repr(self.exercise.invitation())

    def __str__(self) -> str:
        return str(self._said)

    def _repr_html_(self) -> str:
        return self._said._repr_html_()

    def _check(self, answer: Any) -> Sheet:
        exercise, tries = self.exercise, self.exercise.tries
        attempts, before = tries.attempts, tries.verdict
        card = exercise.check(answer, nudge=False)
        stub = card.state == "not tried"
        is_same = before is not None and answer is tries.answer and not is_placeholder(answer)
        if is_same and before and (card.state, card.mistakes) == (before.state, before.mistakes):
            tries.attempts = attempts  # that it was the same is no try; another helper below it is one
            card = before
        else:
            is_same = False
            card = card if card.state != "done" else replace(card, picture=self._at_work(answer))
            tries.answer, tries.verdict = answer, card
        if stub and exercise.was_done():
            card = replace(card, state="done earlier", words=f"{texts.DONE_EARLIER}\n\n{card.words}")
        self._said = card
        parts = [marked(texts.SAME_AGAIN.format(name=self.name))] if is_same and self.name else []
        if stub:
            parts += [marked(texts.DONE_EARLIER)] * (card.state == "done earlier")
        else:
            parts.append(replace(card, picture="").body)
        task = marked(exercise.words.task) if card.state == "done" else exercise.invitation().body
        return self._show(
            state=card.state, heading=card.heading, task=task, verdict="".join(parts), picture=card.picture
        )

    def _at_work(self, answer: Any) -> str:
        """Draw a right answer at work; whatever happens there, its verdict stands."""
        if self.exercise.draws is None:
            return ""
        try:
            with listening(), undisturbed():
                pictures = "".join(picture._repr_html_() for picture in self.exercise.draws(answer))
        except (Exception, TooSlow):
            return ""
        return f"{marked(texts.AT_WORK)}{pictures}"

    def _show(self, **parts: str) -> Sheet:
        self._sheet = self._sheet._replace(**parts)
        return self._sheet


def _name_of(answer: Any, namespace: Mapping[str, Any], otherwise: str) -> str:
    """Return the name of a learner's function in a namespace; "" if it has none there, as one that is not named."""
    if is_placeholder(answer):
        return otherwise
    own = getattr(answer, "__name__", "")
    if namespace.get(own, _MISSING) is answer:
        return str(own)
    # A copy of the keys: the notebook's names may change meanwhile. Those with _ are IPython's.
    names = [name for name in list(namespace) if namespace.get(name) is answer and not name.startswith("_")]
    return names[0] if names else ""
