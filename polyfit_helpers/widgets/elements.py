"""What core ipywidgets lack: a labelled range with an exact entry, pictures, and a line of text that is announced."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..plots import Canvas, Frame, page_look
from . import texts
from .formats import count, decimal, parsed, rate


class Element(anywidget.AnyWidget):
    """What all elements share: the page's half of them, which knows them apart by their `kind`."""

    # One module: a page gets it as a text, which can import nothing beside it.
    _esm = "".join(
        re.sub(r'^import .* from "\./.*\n', "", (Path(__file__).parent / name).read_text(encoding="utf-8"), flags=re.M)
        for name in ("curves.js", "elements.js")
    )
    _css = Path(__file__).parent / "board.css"


class Range(Element):
    """A labelled range, linear or logarithmic, with an exact entry and marks on its own scale."""

    kind = traitlets.Unicode("range").tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)  # of the setting, for a curve that the page computes from it
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
    """Pictures side by side, or one under the other in a narrow pane; a frame of all of them is one message.

    While something goes on (`live`), the page asks for a frame when it has drawn the last one, and `asked` is called:
    a slow page or a slow line gets fewer frames, never late ones.
    """

    kind = traitlets.Unicode("pictures").tag(sync=True)
    # What stands still in each, as SVG, and how data become places in it (`Canvas.places`).
    stills: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    frames: Any = traitlets.Dict({"number": 0, "pictures": [], "numbers": b""}).tag(sync=True)  # what moves: `packed`
    theory: Any = traitlets.Dict(None, allow_none=True).tag(sync=True)  # of the curve that the page draws by itself
    now: Any = traitlets.Dict().tag(sync=True)  # the rate and the momentum that it begins with
    live = traitlets.Bool(False).tag(sync=True)
    clickable = traitlets.Bool(False).tag(sync=True)  # whether a click in the last picture is reported
    # Where that was, in the units of its axes; and when, so that the same place counts again.
    clicked: Any = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self.shown: tuple[Frame, ...] = ()
        super().__init__(**traits)

    def show(self, frames: Sequence[Frame], canvases: Sequence[Canvas] | None = None) -> None:
        """Show what moves, over axes drawn anew if they are given."""
        self.shown = tuple(frames)
        with self.hold_sync():  # no page draws lines in axes that are not theirs
            if canvases is not None:
                self.stills = [{"svg": one.still, "places": one.places} for one in canvases]
            self.frames = packed(self.shown, self.frames["number"] + 1)

    def expect(self, theory: Mapping[str, Any] | None) -> None:
        """Tell the page what `theory` says of the last picture (`View.theory`)."""
        known = dict(theory or {})
        with self.hold_sync():
            put(self, now=known.pop("now", {}), theory=known or None)

    def answer(self, page: str) -> None:
        """Tell a page that its question is answered, and which frame is the last."""
        self.send({"answer": page, "number": self.frames["number"]})

    def __repr__(self) -> str:
        return f"{len(self.shown)} pictures"


def packed(frames: Sequence[Frame], number: int) -> dict[str, Any]:
    """Return frames as one message: names and looks as text, then the points of all lines as float32."""
    pictures, numbers = [], []
    for frame in frames:
        lines = []
        for name, line in frame.lines.items():
            lines.append([name, len(line.x), page_look(line.look)])
            numbers += [line.x, line.y]
        pictures.append({"says": frame.says, "cursor": frame.cursor, "lines": lines})
    return {"number": number, "pictures": pictures, "numbers": b"".join(one.tobytes() for one in numbers)}


def put(widget: Any, **values: Any) -> None:
    """Set those traits of a widget that differ: what is as it should be sends no message and calls nobody back."""
    for name, value in values.items():
        if getattr(widget, name) != value:
            setattr(widget, name, value)
