"""The shape of what there is to say about one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """What there is to say about one exercise.

    `hints` go from a nudge to the formula to the code; `code` comes with the last one. `why` goes with the solution.
    `choices` are the possible answers of a question, each with what is wrong about it (of the right one: why it is
    right). `closing` questions stand at the end of their notebook, three together, and have no hints.
    `instead` has other sentences for some of `MISTAKES`, where an exercise needs its own.
    """

    notebook: str
    title: str
    task: str
    hints: tuple[str, ...] = ()
    code: str = ""
    why: str = ""
    well_done: str = "Right."
    choices: Mapping[str, str] = {}
    closing: bool = False
    instead: Mapping[str, str] = {}
