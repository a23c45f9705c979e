"""What core ipywidgets lack: a labelled range with an exact entry, pictures, and a line of text that is announced."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from . import texts
from .formats import count, decimal, parsed, rate


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

    _esm = Path(__file__).parent / "elements.js"
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
        super().__init__(**{"entry_label": texts.exact(label=traits.get("label", "")), **traits})
        self._write()

    @traitlets.validate("value")
    def _in_range(self, proposal: Any) -> float:
        value = float(proposal["value"])
        if math.isnan(value):
            raise traitlets.TraitError(texts.not_a_number(self.label, "nan", comma=False))
        return min(max(value, self.min), self.max)

    @traitlets.observe("value", "max")
    def _write(self, change: Any = None) -> None:
        self.value = self.value  # a new max may have left it outside
        self.text = self._in_words(self.value)

    def _in_words(self, value: float) -> str:
        if self.whole:
            return count(round(value))
        return rate(value) if self.log else decimal(value)

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
        value = parsed(entered)
        if math.isnan(value):
            raise ValueError(texts.not_a_number(self.label, entered, comma=entered.count(",") == 1))
        if self.whole and value != math.floor(value):
            raise ValueError(texts.not_whole(label=self.label, entered=entered))
        if not self.min <= value <= self.max:
            raise ValueError(self.out_of_range(entered))
        return value

    def number(self, value: float) -> float | int:
        """Return a value of this range as the type of number that it has."""
        return round(value) if self.whole else value

    def out_of_range(self, entered: str) -> str:
        """Say that what was entered is out of range."""
        return texts.out_of_range(
            label=self.label, entered=entered, low=self._in_words(self.min), high=self._in_words(self.max)
        )

    def __repr__(self) -> str:
        return f"{self.label}: {self.text}"


class Status(anywidget.AnyWidget):
    """A line of HTML in a polite live region: screen readers announce it when it changes, and nothing else."""

    _esm = Path(__file__).parent / "elements.js"
    _css = Path(__file__).parent / "board.css"
    kind = traitlets.Unicode("status").tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)

    def say(self, bold: str, rest: str, details: str = "") -> None:
        """Show the first words in bold, the rest, and details on a line of their own; all of them are plain text."""
        self.html = f"<b>{html.escape(bold)}</b> {html.escape(rest)}<br>{html.escape(details)}"

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

    _esm = Path(__file__).parent / "elements.js"
    _css = Path(__file__).parent / "board.css"
    kind = traitlets.Unicode("pictures").tag(sync=True)
    stills: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    frames: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)
    clicked: Any = traitlets.List(traitlets.Float()).tag(sync=True)

    def __repr__(self) -> str:
        return f"{len(self.frames)} pictures"


def put(widget: Any, **values: Any) -> None:
    """Set those traits of a widget that differ: what is as it should be sends no message and calls nobody back."""
    for name, value in values.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)
