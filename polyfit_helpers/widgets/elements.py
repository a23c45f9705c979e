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


class Element(anywidget.AnyWidget):
    """What all elements share: the page's half of them, which knows them apart by their `kind`."""

    _esm = Path(__file__).parent / "elements.js"
    _css = Path(__file__).parent / "board.css"


class Range(Element):
    """A labelled range, linear or logarithmic, with an exact entry and marks on its own scale."""

    kind = traitlets.Unicode("range").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)  # visible and accessible name
    entry_label = traitlets.Unicode().tag(sync=True)
    value = traitlets.Float(1.0).tag(sync=True)
    min = traitlets.Float(0.0).tag(sync=True)
    max = traitlets.Float(1.0).tag(sync=True)
    log = traitlets.Bool(False).tag(sync=True)  # whether equal distances are equal factors; then min is positive
    whole = traitlets.Bool(False).tag(sync=True)  # whether the value is a whole number
    digits = traitlets.Int(3).tag(sync=True)  # significant ones that moving the range gives; 0 means all
    text = traitlets.Unicode().tag(sync=True)
    marks: Any = traitlets.List().tag(sync=True)  # values, and what to write on the scale there
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


class Status(Element):
    """A line of HTML in a polite live region: screen readers announce it when it changes, and nothing else."""

    kind = traitlets.Unicode("status").tag(sync=True)
    html = traitlets.Unicode().tag(sync=True)

    def say(self, bold: str, rest: str, details: str = "") -> None:
        """Show the first words in bold, the rest, and details on a line of their own; all of them are plain text."""
        self.html = f"<b>{html.escape(bold)}</b> {html.escape(rest)}<br>{html.escape(details)}"

    def __repr__(self) -> str:
        return self.html


class Pictures(Element):
    """Pictures side by side, or one under the other in a narrow pane; a frame of all of them is one message."""

    kind = traitlets.Unicode("pictures").tag(sync=True)
    stills: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)  # what stands still in each, as SVG
    frames: Any = traitlets.List(traitlets.Unicode()).tag(sync=True)  # what moves, as SVG of the same coordinates
    clickable = traitlets.Bool(False).tag(sync=True)  # whether a click in the last picture is reported
    # Where that was: across and down, in points of the SVG; and when, so that the same place counts again.
    clicked: Any = traitlets.List(traitlets.Float()).tag(sync=True)

    def __repr__(self) -> str:
        return f"{len(self.frames)} pictures"


def put(widget: Any, **values: Any) -> None:
    """Set those traits of a widget that differ: what is as it should be sends no message and calls nobody back."""
    for name, value in values.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)
