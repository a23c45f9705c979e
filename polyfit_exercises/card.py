"""What an exercise answers with: a card in a notebook, a sentence everywhere else."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from . import texts

# JupyterLab's own colours, so that both themes are right. Text keeps the page's colour; only the edge is coloured, and
# never alone: the state stands beside the name as a sign and a word.
_EDGES = {
    "not tried": "var(--jp-border-color1, #888)",
    "not yet": "var(--jp-warn-color1, #b85c00)",
    "done": "var(--jp-success-color1, #2e7d32)",
    "done earlier": "var(--jp-success-color1, #2e7d32)",
}
_BOX = (
    "border:1px solid var(--jp-border-color2, #8886); border-left:5px solid {}; border-radius:6px; "
    "padding:0.5em 1em; max-width:48em; color:var(--jp-content-font-color1, inherit); "
    "background:var(--jp-layout-color1, transparent)"
)
_PRE = "overflow-x:auto; padding:0.5em; margin:0.5em 0; color:inherit; background:var(--jp-layout-color2, transparent)"


@dataclass(frozen=True, repr=False)
class Card:
    """One answer. The same answer always reads the same, since notebooks are tested by their text.

    Parameters
    ----------
    title, state : str
        Name of the exercise; 'not tried', 'not yet', 'done' or 'done earlier'.
    words : str
        What there is to say; a blank line begins a paragraph, marks are those of `marked`.
    code : str
        Lines of Python to be shown below.
    printed : str
        What the learner's code printed. Only the card shows it: it may depend on random data.
    mistakes : tuple of str
        Names of the mistakes that were recognised, as in `texts.MISTAKES`.
    picture : str
        HTML of a picture to be shown at the end.
    """

    title: str
    state: str
    words: str
    code: str = ""
    printed: str = field(default="", compare=False)
    mistakes: tuple[str, ...] = ()
    picture: str = ""

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return "\n\n".join(filter(None, [f"{self.title} ({self.state_words}): {self.words}", self.code]))

    @property
    def state_words(self) -> str:
        """The state in words."""
        return texts.STATES[self.state]

    @property
    def heading(self) -> str:
        """Name and state as HTML."""
        words = f"{texts.SIGNS[self.state]} {html.escape(self.title)} · {self.state_words}"
        # No <h4>: JupyterLab would list every card in its table of contents.
        return f'<div role="heading" aria-level="4" style="font-weight:bold">{words}</div>'

    @property
    def body(self) -> str:
        """What there is to say, as HTML."""
        parts = [marked(self.words)]
        if self.code:
            parts.append(_block(self.code, texts.CODE))
        if self.printed:
            parts += [marked(texts.PRINTED), _block(self.printed, texts.PRINTED)]
        if self.picture:
            parts.append(f'<div style="margin:0.5em 0">{self.picture}</div>')
        return "".join(parts)

    def _repr_html_(self) -> str:
        label = html.escape(f"{self.title}, {self.state_words}")
        style = _BOX.format(_EDGES[self.state])
        return f'<div role="group" aria-label="{label}" style="{style}">{self.heading}{self.body}</div>'


class Ring(NamedTuple):
    """How much of a notebook is done: its number, and exercises; the present notebook's ring is larger."""

    notebook: str
    done: int
    size: int
    present: bool = False

    @property
    def picture(self) -> str:
        """The ring as an inline SVG, its number inside, what is done below."""
        wide = 72 if self.present else 48
        around = 2 * math.pi * 20
        label = html.escape(texts.done_of_all(*self[:3]))
        circle = '<circle cx="24" cy="24" r="20" fill="none" stroke-width="5" style="stroke:{}"{}></circle>'
        part = f' stroke-dasharray="{around * self.done / self.size:.1f} {around:.1f}" transform="rotate(-90 24 24)"'
        filled = circle.format(_EDGES["done"], part) if self.done else ""
        name = (
            '<text x="24" y="29" text-anchor="middle" font-size="14" font-weight="bold" '
            f'style="fill:currentColor">{html.escape(self.notebook)}</text>'
        )
        return (
            '<div style="display:inline-block; text-align:center; margin:0 0.8em 0.4em 0; vertical-align:bottom">'
            f'<svg role="img" aria-label="{label}" width="{wide}" height="{wide}" viewBox="0 0 48 48">'
            f"{circle.format('var(--jp-border-color1, #888)', '')}{filled}{name}</svg>"
            f'<div aria-hidden="true">{texts.OF.format(self.done, self.size)}</div></div>'
        )


@dataclass(frozen=True, repr=False)
class ProgressCard(Card):
    """What is done. It changes with the learner's file, so its `repr` does not say it; `print` does.

    Parameters
    ----------
    rings : tuple of Ring
        One for each notebook; the card shows them in place of the paragraph that counts.
    """

    rings: tuple[Ring, ...] = ()

    def __repr__(self) -> str:
        return texts.PROGRESS_SHORT

    @property
    def state_words(self) -> str:
        """How many exercises are done: of the present notebook, or of all."""
        rings = [ring for ring in self.rings if ring.present] or self.rings
        return texts.DONE_OF.format(sum(ring.done for ring in rings), sum(ring.size for ring in rings))

    @property
    def body(self) -> str:
        """What there is to say, as HTML."""
        *listed, counted, where = self.words.split("\n\n")
        in_all = counted.rpartition("\n")[2]
        rings = f'<div style="margin:0.5em 0">{"".join(ring.picture for ring in self.rings)}</div>'
        return rings + marked("\n\n".join([in_all, *listed, where]))


def marked(words: str) -> str:
    """Return words as HTML: a blank line begins a paragraph, `code`, *emphasis*, **strong**; all else is escaped."""
    paragraphs = []
    for paragraph in words.split("\n\n"):
        pieces = _CODE.split(html.escape(paragraph))  # every other one is code, in which nothing else is a mark
        for i, piece in enumerate(pieces):
            if i % 2:
                pieces[i] = f"<code>{piece}</code>"
                continue
            piece = _unbroken(piece)
            for mark, tag in _MARKS.items():
                piece = mark.sub(rf"<{tag}>\1</{tag}>", piece)
            pieces[i] = piece.replace("\n", "<br>")
        paragraphs.append(f'<p style="margin:0.5em 0">{"".join(pieces)}</p>')
    return "".join(paragraphs)


def unmarked(words: str) -> str:
    """Return words without the marks that `marked` knows, for what shows plain text alone, such as a button."""
    pieces = _CODE.split(words)
    for mark in _MARKS:
        pieces[::2] = [mark.sub(r"\1", _unbroken(piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _unbroken(words: str) -> str:
    """Return words in which no line breaks within a number: 2 000 is written with a narrow no-break space."""
    return re.sub(r"(?<=\d) (?=\d{3}(?!\d))", "\u202f", words)


_CODE = re.compile(r"`([^`]+)`")
_MARKS = {  # with letters beside it, or with a space inside, an asterisk is one
    re.compile(r"(?<![\w*])\*\*(?=[^\s*])([^*\n]*[^\s*])\*\*(?![\w*])"): "strong",
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])"): "em",
}


def folded(title: str, body: str) -> str:
    """Return HTML in a fold that stands open; title is plain text."""
    return f"<details open><summary>{html.escape(title)}</summary>{body}</details>"


def _block(text: str, label: str) -> str:
    # What scrolls must be reachable by keyboard.
    return f'<pre tabindex="0" role="group" aria-label="{label}" style="{_PRE}">{html.escape(text)}</pre>'
