"""The shape of what there is to say about one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """What there is to say about one exercise.

    `hints` go from a nudge to the formula to the code; `code` comes with the last one. `choices` are the possible
    answers of a question, each with what is wrong about it.
    """

    notebook: str
    title: str
    task: str
    hints: tuple[str, str, str]
    code: str
    why: str
    well_done: str = "Right."
    choices: Mapping[str, str] = {}
