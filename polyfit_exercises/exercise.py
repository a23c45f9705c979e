"""What a learner talks to: exercises and questions, each answer a card, and the progress over all of them."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from polyfit_helpers.widgets.texts import HINT, SOLUTION

from . import texts
from .card import Card, ProgressCard, Ring, unmarked
from .sandbox import listening, undisturbed
from .script import script_of, source_of
from .store import Store, beside_the_notebooks
from .texts.words import Words
from .trial import Finding, Mistake, NotTried, brief, is_placeholder

if TYPE_CHECKING:
    from polyfit_helpers.plots import Picture
    from polyfit_helpers.widgets.exercise_card import ExerciseCard
    from polyfit_helpers.widgets.quiz import Quiz

MOST_PRINTED = 10  # lines of what the learner's code printed


@functools.cache
def store() -> Store:
    """Return where progress is kept in this session."""
    return Store(beside_the_notebooks())


@dataclass
class Tries:
    """What a learner has done with one exercise since the kernel started.

    `state` is 'not tried', 'not yet' or 'done', `offered` says whether the solution was asked for before a first try.
    `answer` is the function or class that was checked last by a card with buttons, `verdict` what that card said.
    """

    attempts: int = 0
    hints: int = 0
    state: str = "not tried"
    offered: bool = False
    answer: Any = None
    verdict: Card | None = None

    def count(self, state: str) -> None:
        """Count one more attempt, which was 'not yet' right or is 'done'; what was done stays done."""
        self.attempts += 1
        self.state = "done" if self.state == "done" else state


@dataclass(repr=False, eq=False)
class Exercise:
    """One exercise. Every method but `yours_or_ours` returns a card; nothing that a learner's code does is raised.

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
    draws : function of a right answer, or None
        Returns pictures of it at work.
    """

    key: str
    examine: Callable[[Any], None]
    solved_by: Callable[..., Any]
    called: str = ""
    repair: bool = False
    draws: Callable[[Any], Sequence[Picture]] | None = None
    tries: Tries = field(default_factory=Tries, init=False)

    @property
    def words(self) -> Words:
        """All that there is to say about this exercise."""
        return texts.EXERCISES[self.key]

    def check(self, answer: Any = ..., *, nudge: bool = True) -> Card:
        """Say whether an answer is right, and if not, which mistake it is; a stub gets an invitation.

        With nudge, a wrong answer is told how to get a hint.
        """
        with listening() as printed, undisturbed():
            try:
                findings = self._findings(answer)
            except NotTried:
                return self.invitation()
        state = "not yet" if findings else "done"
        self.tries.count(state)
        paragraphs = [texts.worded(*finding, self.words.instead) for finding in findings]
        if not findings:
            paragraphs = [f"{self._well_done()} {texts.counted(self.tries.attempts, self.tries.hints)}"]
        elif nudge and self.words.hints and not self.tries.hints:
            paragraphs.append(texts.HINT_IS_THERE.format(key=self.key))
        error = store().note(self.key, state)
        if error is not None:
            paragraphs.append(texts.NOT_STORED.format(error.strerror or type(error).__name__))
        names = tuple(finding.name for finding in findings)
        return self._card(
            "\n\n".join(paragraphs), state=state, printed=_first_lines(printed.getvalue()), mistakes=names
        )

    def card(self, answer: Any = ...) -> ExerciseCard:
        """Show the exercise with buttons to check, for a hint and for the solution, and check a function or class now.

        The button looks the function up again by its name, where this was called: in the notebook.
        """
        from polyfit_helpers.widgets.exercise_card import ExerciseCard

        from .practice import Practice

        return ExerciseCard(Practice(self, answer, sys._getframe(1).f_globals))

    def yours_or_ours(self, answer: Any) -> Any:
        """Return a learner's function if it is right, or else ours, which stands in until theirs is.

        What comes next can be built on it. What ours calls by name is the learner's, and a check of ours is one of what
        the learner has written.
        """
        with listening(), undisturbed():
            try:
                if not self._findings(answer):
                    return _theirs(answer)
            except NotTried:
                pass
        if not isinstance(answer, FunctionType):
            return self.solved_by
        ours = FunctionType(self.solved_by.__code__, answer.__globals__, self.solved_by.__name__)
        vars(ours)["stands_in_for"] = _theirs(answer)
        return ours

    def hint(self, *, buttons: bool = False) -> Card:
        """Give one more hint: a nudge, then the formula, then the code.

        With buttons, the card says what to press next, not what to call.
        """
        hints = self.words.hints
        if not hints:
            return self._card(texts.NO_HINTS)
        out = texts.NO_MORE_TO_PRESS.format(button=SOLUTION) if buttons else texts.NO_MORE_HINTS.format(key=self.key)
        no_more = out if self.tries.hints == len(hints) else ""
        self.tries.hints = min(self.tries.hints + 1, len(hints))
        so_far = enumerate(hints[: self.tries.hints], 1)
        numbered = [texts.NUMBERED_HINT.format(i, len(hints), text) for i, text in so_far]
        code = self.words.code if self.tries.hints == len(hints) else ""
        return self._card("\n\n".join(filter(None, [*numbered, no_more])), code=code)

    def solution(self, *, buttons: bool = False) -> Card:
        """Show tested code that solves it; before a first attempt ask once whether the learner wants to try first.

        With buttons, the card says what to press next, not what to call.
        """
        if not (self.tries.attempts or self.tries.offered):
            self.tries.offered = True
            if buttons:
                return self._card(texts.TRY_BEFORE_YOU_PRESS.format(hint=HINT, solution=SOLUTION))
            return self._card(texts.TRY_FIRST.format(key=self.key) if self.words.hints else texts.TRY_FIRST_QUESTION)
        return self._card(self._why(), code=self._source())

    def was_done(self) -> bool:
        """Whether it was ever done, by the learner's file."""
        return store().states().get(self.key) == "done"

    def _findings(self, answer: Any) -> tuple[Finding, ...]:
        """Return what is wrong with an answer, nothing if it is right; raise NotTried for a stub."""
        try:
            self.examine(_theirs(answer))
        except Mistake as mistake:
            if self.repair and mistake.findings[0].name == "raise_above":
                raise NotTried from None
            return mistake.findings
        return ()

    def _why(self) -> str:
        return self.words.why

    def _source(self) -> str:
        return source_of(self.solved_by, self.called)

    def _well_done(self) -> str:
        return self.words.well_done

    def invitation(self) -> Card:
        """Return the card of a stub, whatever was done."""
        return self._card(self._task(), "not tried")

    def __repr__(self) -> str:
        return repr(self._card(self._task()))

    def _repr_html_(self) -> str:
        return self._card(self._task())._repr_html_()

    def _task(self) -> str:
        return f"{texts.YOUR_TURN} {self.words.task}"

    def _card(self, words: str, state: str | None = None, **details: Any) -> Card:
        return Card(self.words.title, state or self.tries.state, words, **details)


class Question(Exercise):
    """A question to be answered before looking: by a number, or by one of several choices.

    `ask` shows it with something to press; `check` takes an answer from code. A choice may be written as its letter,
    as its text, as its button says it, or as its key, which is what the solution returns.
    The right answer is computed when it is asked for, never stored.

    Parameters
    ----------
    key : str
        Its entry in `texts.EXERCISES`.
    compute : function without arguments
        Finds the right answer, the key of a choice or a number; its source is the solution.
    wrong : mapping from names in `texts.MISTAKES` to functions without arguments
        How well-known wrong numbers come about.
    scale : (float, float) or None
        Bounds of a logarithmic slider on which a number is chosen.
    examine : function of the answer, or None
        How to look at a number instead, if many are right; see Exercise.

    Attributes
    ----------
    choices : mapping of str
        What stands on the button of each choice, by its key; empty if a number is asked for.
    scale : (str, float, float) or None
        Name and bounds of the slider.
    """

    def __init__(
        self,
        key: str,
        compute: Callable[[], Any],
        wrong: Mapping[str, Callable[[], float]] | None = None,
        *,
        scale: tuple[float, float] | None = None,
        examine: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(key, examine or self._compare, compute)
        self.compute: Callable[[], Any] = functools.cache(compute)  # some train for a second
        self.wrong = wrong or {}
        self.scale = (self.words.slider, *scale) if scale else None
        labels = texts.lettered(unmarked(text) for text, _ in self.words.choices.values())
        self.choices: Mapping[str, str] = dict(zip(self.words.choices, labels, strict=True))

    def ask(self) -> Quiz:
        """Show the question with a button for each choice, or an entry for a number."""
        return ask([self])

    def card(self, answer: Any = ...) -> Any:
        """Show the question; it is answered by its own buttons."""
        return self.ask()

    def ask_in_words(self) -> Card:
        """Return the question without its choices; it says so if it was answered earlier."""
        return self._card(super()._task(), "done earlier" if self.was_done() else None)

    def _compare(self, answer: Any) -> None:
        if is_placeholder(answer):
            raise NotTried
        if self.words.choices:
            self._compare_choice(answer)
        else:
            self._compare_number(answer)

    def _compare_choice(self, answer: Any) -> None:
        choices = self.words.choices
        letters = dict(zip(ascii_lowercase, choices, strict=False))
        given = str(answer).strip().replace("\u202f", " ") if type(answer) in (str, int) else ""
        labels = {key: label.replace("\u202f", " ") for key, label in self.choices.items()}
        ways = {way: key for key, (text, _) in choices.items() for way in (key, text, labels[key])}
        key = letters.get(given.lower().rstrip(")")) or ways.get(given) or self._nearest_choice(given)
        if key is None:
            raise Mistake("no_such_choice", letters=texts.listed(map(repr, letters)), got=brief(answer))
        if key != self.compute():
            letter = next(letter for letter, its_key in letters.items() if its_key == key)
            text, why = choices[key]
            raise Mistake("wrong_choice", letter=letter, choice=text, why=why)

    def _nearest_choice(self, given: str) -> str | None:
        """Return the choice that a number stands for, within 5 %, if all choices are numbers."""
        try:
            number = float("".join(given.split()))
            numbers = {key: float("".join(text.split())) for key, (text, _) in self.words.choices.items()}
        except ValueError:
            return None
        near = [key for key, value in numbers.items() if math.isclose(number, value, rel_tol=0.05)]
        return near[0] if len(near) == 1 else None

    def _compare_number(self, answer: Any) -> None:
        number = require_number(answer)
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
        why = self.words.choices[self.compute()][1] if self.choices else ""
        return " ".join(filter(None, [super()._well_done(), why]))

    def _why(self) -> str:
        right = self.compute()
        if self.choices:
            text, why = self.words.choices[right]
            return texts.answer_and_why(text, super()._why() or why)
        return texts.answer_and_why(texts.number(float(right)), super()._why())

    def _source(self) -> str:
        return script_of(self.solved_by)

    def _task(self) -> str:
        choices = texts.lettered(text for text, _ in self.words.choices.values())
        return "\n\n".join(filter(None, [super()._task(), "\n".join(choices)]))


def exercises_of(lessons: ModuleType, *special: Exercise) -> dict[str, Exercise]:
    """Return the exercises of a notebook by their keys.

    Every other function of lessons that is named as an entry of `texts.EXERCISES` is a plain question.
    """
    given = {one.key: one for one in special}
    names = vars(lessons).keys() & texts.EXERCISES.keys() - given.keys()
    return given | {name: Question(name, getattr(lessons, name)) for name in names}


def ask(questions: Sequence[Question]) -> Quiz:
    """Show questions with something to press; only this needs ipywidgets."""
    from polyfit_helpers.widgets.quiz import Quiz

    return Quiz(questions, hints=any(question.words.hints for question in questions))


def require_number(answer: Any) -> float:
    """Return a learner's number as a float; raise NotTried if nothing is filled in, Mistake if it is no number."""
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
        raise ValueError(f"notebook {notebook!r} has no exercises: choose one of {texts.NUMBERS}")
    paragraphs = [texts.each(here)] if here else []
    paragraphs += [texts.collection(states), texts.WHERE if store().path else texts.NOWHERE]
    counted = set((here or states).values())
    state = "done" if counted == {"done"} else "not tried" if counted == {"not tried"} else "not yet"
    rings = tuple(Ring(*counted, present=counted[0] == notebook) for counted in texts.done_by_notebook(states))
    return ProgressCard(texts.PROGRESS, state, "\n\n".join(paragraphs), rings=rings)


def _theirs(answer: Any) -> Any:
    """Return what the learner has written, also if ours stands in for it; see `Exercise.yours_or_ours`."""
    return vars(answer).get("stands_in_for", answer) if isinstance(answer, FunctionType) else answer


def _first_lines(text: str) -> str:
    lines = text.splitlines()
    cut = [*lines[:MOST_PRINTED], texts.CUT] if len(lines) > MOST_PRINTED else lines
    return "\n".join(line[:200] for line in cut)
