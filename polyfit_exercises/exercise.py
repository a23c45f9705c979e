"""What a learner talks to: exercises and questions, each answer a card, and the progress over all of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import texts
from .card import Card, ProgressCard
from .script import script_of, source_of
from .store import Store, beside_the_notebooks
from .texts.words import Words
from .trial import Mistake, NotTried, brief, is_placeholder, listening, undisturbed

if TYPE_CHECKING:
    from polyfit_helpers.widgets.quiz import Quiz

LETTERS = "abcdefghij"
MOST_PRINTED = 10  # lines of what the learner's code printed


@functools.cache
def store() -> Store:
    """Return where progress is kept in this session."""
    return Store(beside_the_notebooks())


@dataclass(repr=False, eq=False)
class Exercise:
    """One exercise. Every method returns a card; nothing that a learner's code does is raised.

    Parameters
    ----------
    key : str
        Its entry in `texts.EXERCISES`, and its name in `polyfit_exercises`.
    examine : function of the answer
        Raises `trial.NotTried` for a stub and `trial.Mistake` for what is not right yet.
    solved_by : function or class
        Tested code whose source is the solution.
    called : str
        What the notebook calls it, if that is another name.
    repair : bool
        Whether the stub has code below the line that raises.
    """

    key: str
    examine: Callable[[Any], None]
    solved_by: Callable[..., Any]
    called: str = ""
    repair: bool = False
    attempts: int = field(default=0, init=False)
    hints_given: int = field(default=0, init=False)
    state: str = field(default="not tried", init=False)
    asked: bool = field(default=False, init=False)

    @property
    def words(self) -> Words:
        """All that there is to say about this exercise."""
        return texts.EXERCISES[self.key]

    def check(self, answer: Any = ..., *, nudge: bool = True) -> Card:
        """Say whether an answer is right, and if not, which mistake it is; a stub gets an invitation.

        With nudge, a wrong answer is told how to get a hint.
        """
        with listening() as said, undisturbed():
            try:
                self.examine(answer)
                findings = None
            except NotTried:
                return self._card(self._task(), state="not tried")
            except Mistake as mistake:
                findings = mistake.findings
                if self.repair and findings[0].name == "raise_above":
                    return self._card(self._task(), state="not tried")
        self.attempts += 1
        now = "not yet" if findings else "done"
        self.state = "done" if self.state == "done" else now
        if findings:
            words = "\n\n".join(texts.worded(*finding, self.words.instead) for finding in findings)
            if nudge and self.words.hints and not self.hints_given:
                words += f"\n\n{texts.hint_is_there(self.key)}"
        else:
            words = f"{self._well_done()} {texts.counted(self.attempts, self.hints_given)}"
        error = store().note(self.key, now)
        if error is not None:
            words += f"\n\n{texts.not_stored(error.strerror or type(error).__name__)}"
        names = tuple(finding.name for finding in findings or ())
        return self._card(words, state=now, printed=_first_lines(said.getvalue()), mistakes=names)

    def hint(self) -> Card:
        """Give one more hint: a nudge, then the formula, then the code."""
        hints = self.words.hints
        if not hints:
            return self._card(texts.NO_HINTS)
        words = "" if self.hints_given < len(hints) else texts.NO_MORE_HINTS.format(key=self.key)
        self.hints_given = min(self.hints_given + 1, len(hints))
        given = [texts.hint(i + 1, len(hints), text) for i, text in enumerate(hints[: self.hints_given])]
        code = self.words.code if self.hints_given == len(hints) else ""
        return self._card("\n\n".join(filter(None, [*given, words])), code=code)

    def solution(self) -> Card:
        """Show tested code that solves it; before a first attempt ask once whether the learner wants to try first."""
        if not (self.attempts or self.asked):
            self.asked = True
            return self._card(texts.TRY_FIRST.format(key=self.key) if self.words.hints else texts.TRY_FIRST_QUESTION)
        return self._card(self._why(), code=self._source())

    def _why(self) -> str:
        return self.words.why

    def _source(self) -> str:
        return source_of(self.solved_by, self.called)

    def _well_done(self) -> str:
        return self.words.well_done

    def __repr__(self) -> str:
        return repr(self._card(self._task()))

    def _repr_html_(self) -> str:
        return self._card(self._task())._repr_html_()

    def _task(self) -> str:
        return f"{texts.YOUR_TURN} {self.words.task}"

    def _card(self, words: str, state: str | None = None, **details: Any) -> Card:
        return Card(self.words.title, state or self.state, words, **details)


class Question(Exercise):
    """A question to be answered before looking: by a number, or by one of several choices.

    `ask` shows it with something to press; `check` takes an answer from code, a choice by its letter.
    The right answer is computed when it is asked for, never stored.

    Parameters
    ----------
    key : str
        Its entry in `texts.EXERCISES`. If that has choices, `compute` returns one of them, else a number.
    compute : function without arguments
        Finds the right answer; its source is the solution.
    wrong : mapping from names in `texts.MISTAKES` to functions without arguments
        How well-known wrong numbers come about.
    scale : (str, float, float) or None
        Name and bounds of a logarithmic slider on which a number is chosen.
    examine : function of the answer, or None
        How to look at a number instead, if many are right; see Exercise.
    """

    def __init__(
        self,
        key: str,
        compute: Callable[[], Any],
        wrong: Mapping[str, Callable[[], float]] | None = None,
        *,
        scale: tuple[str, float, float] | None = None,
        examine: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(key, examine or self._compare, compute)
        self.compute: Callable[[], Any] = functools.cache(compute)  # some train for a second
        self.wrong, self.scale = wrong or {}, scale
        options = [choice.replace("`", "") for choice in self.words.choices]
        self.choices = [f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=False)]  # on buttons

    def ask(self) -> Quiz:
        """Show the question with a button for each choice, or an entry for a number."""
        return ask([self])

    def ask_in_words(self) -> Card:
        """Return the question without its choices."""
        return self._card(super()._task())

    def _compare(self, answer: Any) -> None:
        if is_placeholder(answer):
            raise NotTried
        if self.words.choices:
            self._compare_choice(answer)
        else:
            self._compare_number(answer)

    def _compare_choice(self, answer: Any) -> None:
        choices = self.words.choices
        letters = dict(zip(LETTERS, choices, strict=False))
        given = str(answer).strip() if type(answer) in (str, int) else ""
        chosen = letters.get(given.lower().rstrip(")"), given)
        chosen = dict(zip(self.choices, choices, strict=True)).get(chosen, chosen)
        if chosen not in choices:
            raise Mistake("no_such_choice", letters=texts.listed(map(repr, letters)), got=brief(answer))
        if chosen != self.compute():
            letter = next(letter for letter, choice in letters.items() if choice == chosen)
            raise Mistake("wrong_choice", letter=letter, choice=chosen, why=choices[chosen])

    def _compare_number(self, answer: Any) -> None:
        number = number_in(answer)
        right = float(self.compute())
        if math.isclose(number, right, rel_tol=1e-3):
            return
        for name, compute in self.wrong.items():
            if math.isclose(number, float(compute()), rel_tol=1e-3):
                raise Mistake(name)
        if math.isclose(number, -right, rel_tol=1e-3):
            raise Mistake("number_negative")
        raise Mistake("too_large" if number > right else "too_small", got=texts.number(number))

    def _well_done(self) -> str:
        why = self.words.choices[self.compute()] if self.choices else ""
        return " ".join(filter(None, [super()._well_done(), why]))

    def _why(self) -> str:
        answer = self.compute()
        if self.choices:
            return texts.answer_and_why(answer, super()._why() or self.words.choices[answer])
        return texts.answer_and_why(texts.number(float(answer)), super()._why())

    def _source(self) -> str:
        return script_of(self.solved_by)

    def _task(self) -> str:
        return "\n\n".join([super()._task(), *texts.choices(self.words.choices)])


def ask(questions: Sequence[Question]) -> Quiz:
    """Show questions with something to press; only this needs ipywidgets."""
    from polyfit_helpers.widgets.quiz import Quiz

    return Quiz(questions, hints=any(question.words.hints for question in questions))


def number_in(answer: Any) -> float:
    """Return a learner's number as a float, or raise Mistake if it is none."""
    if is_placeholder(answer):
        raise NotTried
    if callable(answer) or isinstance(answer, (str, bool)):
        comma = isinstance(answer, str) and answer.count(",") == 1
        raise Mistake("decimal_comma" if comma else "no_number", got=brief(answer))
    try:
        number = float(answer)
    except Exception:
        raise Mistake("no_number", got=brief(answer)) from None
    if not math.isfinite(number):
        raise Mistake("no_number", got=brief(number))
    return number


def progress(notebook: str = "") -> Card:
    """Show what is done: of a notebook, named by its number such as "01", one by one, and in all of them."""
    stored = store().states()
    states = {key: stored.get(key, "not tried") for key in texts.EXERCISES}
    here = {key: state for key, state in states.items() if texts.EXERCISES[key].notebook == notebook}
    if notebook and not here:
        known = sorted({repr(words.notebook) for words in texts.EXERCISES.values()})
        raise ValueError(f"notebook {notebook!r} has no exercises: choose one of {', '.join(known)}")
    paragraphs = [texts.each(here)] if here else []
    paragraphs += [texts.collection(states), texts.WHERE if store().path else texts.NOWHERE]
    counted = set((here or states).values())
    state = "done" if counted == {"done"} else "not tried" if counted == {"not tried"} else "not yet"
    return ProgressCard(texts.PROGRESS, state, "\n\n".join(paragraphs))


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    cut = [*lines[:MOST_PRINTED], texts.CUT] if len(lines) > MOST_PRINTED else lines
    return "\n".join(line[:200] for line in cut)
