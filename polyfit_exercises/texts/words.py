"""The shape of what there is to say about one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Choice(NamedTuple):
    """One of the answers to choose from: its text, and what is wrong about it (of the right one: why it is right)."""

    text: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """What there is to say about one exercise.

    `hints` go from a nudge to the formula to the code; `code` comes with the last one. `why` goes with the solution.
    `choices` are the possible answers of a question, by keys that hold in every language: the question's function
    returns the key of the right one. `closing` questions stand at the end of their notebook, three together, and have
    no hints. `slider` is the name of the slider on which a number is chosen. `instead` has other sentences for some of
    `MISTAKES`, where an exercise needs its own.
    """

    notebook: str
    title: str
    task: str
    hints: tuple[str, ...] = ()
    code: str = ""
    why: str = ""
    well_done: str = "Right."
    choices: Mapping[str, Choice] = field(default_factory=dict)
    closing: bool = False
    slider: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
