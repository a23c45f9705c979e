"""The room of the controls: a labelled range with an exact entry, pictures, and a line of text that is announced."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from . import texts


def number_in(words: str) -> float:
    """Return the number that a reader has typed, as we write numbers or as Python does; NaN if it is none."""
    try:
        return float(words.replace("\u202f", "").replace(" ", "").replace("−", "-"))
    except ValueError:
        return math.nan


class Range(anywidget.AnyWidget):
    """A labelled range, linear or logarithmic, with an exact entry and marks on its own scale.

    Parameters
    ----------
    label : str
        Visible and accessible name.
    value, min, max : float
        Present value and bounds, both included.
    log : bool
        Whether equal distances on the scale are equal factors; then min is positive.
    whole : bool
        Whether the value is a whole number.
    digits : int
        Significant digits that moving the range gives; an entry keeps all of its own. 0 means all.
    exact : bool
        Whether there is an entry beside the range.
    marks : list of (value, text)
        What to write on the scale.
    """

    _esm = Path(__file__).parent / "controls.js"
    _css = Path(__file__).parent / "board.css"
    kind = traitlets.Unicode("range").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    entry_label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Float(1.0).tag(sync=True)
    min = traitlets.Float(0.0).tag(sync=True)
    max = traitlets.Float(1.0).tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    digits = traitlets.Int(3).tag(sync=True)
    exact = traitlets.Bool(True).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    marks: Any = traitlets.List().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)
    entered = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        # Complete from its first message on: a page that is slow to make it must not lack a name.
        super().__init__(**{"entry_label": texts.exact(traits.get("label", "")), **traits})
        self._write()

    @traitlets.validate("value")
    def _in_range(self, proposal: Any) -> float:
        value = float(proposal["value"])
        if math.isnan(value):
            raise traitlets.TraitError(texts.not_a_number(self.label, "nan"))
        return min(max(value, self.min), self.max)

    @traitlets.observe("value", "max")
    def _write(self, change: Any = None) -> None:
        self.value = self.value  # a new max may have left it outside
        self.text = self._in_words(self.value)

    def _in_words(self, value: float) -> str:
        if self.whole:
            return texts.count(round(value))
        return texts.rate(value) if self.log else texts.number(value)

    @traitlets.observe("entered")
    def _enter(self, change: Any) -> None:
        try:
            value = self.read(change["new"].partition("\n")[0])
        except ValueError as error:
            self.error = str(error)
        else:
            self.error = ""
            self.value = value
            self._write()

    def read(self, entered: str) -> float:
        """Return the number that was entered, or raise a ValueError that quotes it."""
        value = number_in(entered)
        if math.isnan(value):
            raise ValueError(texts.not_a_number(self.label, entered))
        if self.whole and value != math.floor(value):
            raise ValueError(texts.not_whole(self.label, entered))
        if not self.min <= value <= self.max:
            low, high = self._in_words(self.min), self._in_words(self.max)
            raise ValueError(texts.out_of_range(self.label, entered, low, high))
        return value

    def __repr__(self) -> str:
        return f"{self.label}: {self.text}"


class Status(anywidget.AnyWidget):
    """A line of HTML in a polite live region: screen readers announce it when it changes, and nothing else."""

    _esm = Path(__file__).parent / "controls.js"
    _css = Path(__file__).parent / "board.css"
    kind = traitlets.Unicode("status").tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)

    def __repr__(self) -> str:
        return self.html


class Pictures(anywidget.AnyWidget):
    """Pictures side by side, or one under the other in a narrow pane; a frame of all of them is one message.

    Parameters
    ----------
    stills : list of str
        What stands still in each, as SVG.
    frames : list of str
        What moves, as SVG of the same coordinates.
    clickable : bool
        Whether a click in the last picture is reported.
    clicked : list of floats
        Where that was: across and down, in points of the SVG; and when, so that the same place counts again.
    """

    _esm = Path(__file__).parent / "controls.js"
    _css = Path(__file__).parent / "board.css"
    kind = traitlets.Unicode("pictures").tag(sync=True)
    stills: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    frames: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    clicked: Any = traitlets.List(traitlets.Float()).tag(sync=True)

    def __repr__(self) -> str:
        return f"{len(self.frames)} pictures"
