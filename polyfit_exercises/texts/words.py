"""The shape of what there is to say about one exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Words:
    """What there is to say about one exercise.

    `hints` go from a nudge to the formula to the code; `code` comes with the last one. `why` goes with the solution.
    `choices` are the possible answers of a question, by keys that hold in every language: the question's function
    returns the key of the right one. Each is its text, and what is wrong about it (of the right one: why it is right).
    `slider` is the name of the slider on which a number is chosen. `instead` has other sentences for some of
    `MISTAKES`, where an exercise needs its own. `notebook` is its number, set where the notebooks are put together.
    """

    title: str
    task: str
    hints: tuple[str, ...] = ()
    code: str = ""
    why: str = ""
    well_done: str = "Right."
    choices: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    slider: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    notebook: str = ""

    @property
    def closing(self) -> bool:
        """Whether it stands at the end of its notebook: such questions come three together, and have no hints."""
        return not self.hints
