"""Exercises that name the mistake, with hints, solutions and a record of what is done.

`exercises.line_gradients.card(line_gradients)` checks what a learner wrote, with buttons to check again, for hints and
for the solution; `check`, `hint` and `solution` are the same without buttons. `exercises.two_backwards.ask()` asks a
question, `exercises.quiz("01")` those that close a notebook. `exercises.explain()`, run after an error, says what to
do. An exercise is imported when it is first asked for, so
that notebook 01 never imports torch.

To read it for the first time, follow one answer: `exercise` takes it and returns a `card`; a file in `checks/` calls
it, through `trial` (which runs in a `sandbox`, and asks `errors` what an error means), looks at its `form`, and hands
its numbers to `compare` (with `terms` for gradients), `loops` (with `steps`, `forwards`, `evidence`) or `walks`, which
return findings. What is right stands in `lessons/`, what is said in `texts/`, both by the number of the notebook. The
buttons of a card call `practice`, which shows a right answer by what stands in `drawings`. `explain` and the boards
say, by `explanations`, what `errors` knows of an error in a cell of one's own.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from polyfit_helpers.widgets.advice import advisers

from . import texts
from .exercise import Exercise, Question, ask, progress
from .explanations import advice, explain

if TYPE_CHECKING:
    from polyfit_helpers.widgets.quiz import Quiz

__all__ = ["Exercise", "Question", "explain", "progress", "quiz"]

advisers.append(advice)


def quiz(notebook: str) -> Quiz:
    """Ask the closing questions of a notebook, named by its number, such as "01"."""
    keys = [key for key, words in texts.EXERCISES.items() if words.closing and words.notebook == notebook]
    if not keys:
        raise ValueError(f"no notebook {notebook!r} has closing questions: choose one of {texts.NUMBERS}")
    return ask([__getattr__(key) for key in keys])


def __getattr__(name: str) -> Any:
    if name not in texts.EXERCISES:
        near = get_close_matches(name, texts.EXERCISES)
        hint = f"did you mean {near[0]!r}?" if near else "`dir(exercises)` lists all"
        raise AttributeError(f"there is no exercise {name!r}: {hint}")
    return import_module(f".checks.notebook_{texts.EXERCISES[name].notebook}", __name__).EXERCISES[name]


def __dir__() -> list[str]:
    return [*__all__, *texts.EXERCISES]
