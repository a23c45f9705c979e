"""Exercises that name the mistake, with hints, solutions and a record of what is done.

`exercises.line_gradients.check(line_gradients)` checks what a learner wrote. An exercise is imported when it is first
asked for, so that notebook 01 never imports torch.
"""

from importlib import import_module
from typing import Any

from . import texts
from .exercise import Exercise, Question, progress

__all__ = ["Exercise", "Question", "progress"]


def __getattr__(name: str) -> Any:
    if name not in texts.EXERCISES:
        raise AttributeError(f"there is no exercise {name!r}: choose one of {', '.join(texts.EXERCISES)}")
    return import_module(f".notebook_{texts.EXERCISES[name].notebook}", __name__).EXERCISES[name]


def __dir__() -> list[str]:
    return [*__all__, *texts.EXERCISES]
