"""What an exercise answers with: a card in a notebook, a sentence everywhere else."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from . import texts

# JupyterLab's own colours, so that both themes are right. Text keeps the page's colour; only the edge is coloured, and
# never alone: the state stands beside the name as a sign and a word.
_EDGES = {
    "not tried": "var(--jp-border-color1, #888)",
    "not yet": "var(--jp-warn-color1, #b85c00)",
    "done": "var(--jp-success-color1, #2e7d32)",
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
        Name of the exercise; 'not tried', 'not yet' or 'done'.
    words : str
        What there is to say; a blank line begins a paragraph, `backticks` are code.
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
        return "\n\n".join(filter(None, [f"{self.title} ({texts.STATES[self.state]}): {self.words}", self.code]))

    @property
    def heading(self) -> str:
        """Name and state as HTML."""
        words = f"{texts.SIGNS[self.state]} {html.escape(self.title)} · {texts.STATES[self.state]}"
        # No <h4>: JupyterLab would list every card in its table of contents.
        return f'<div role="heading" aria-level="4" style="font-weight:bold">{words}</div>'

    @property
    def body(self) -> str:
        """What there is to say, as HTML."""
        parts = [f'<p style="margin:0.5em 0">{_inline(paragraph)}</p>' for paragraph in self.words.split("\n\n")]
        if self.code:
            parts.append(_block(self.code, texts.CODE))
        if self.printed:
            parts += [f'<p style="margin:0.5em 0">{texts.PRINTED}</p>', _block(self.printed, texts.PRINTED)]
        if self.picture:
            parts.append(f'<div style="margin:0.5em 0">{self.picture}</div>')
        return "".join(parts)

    def _repr_html_(self) -> str:
        label = html.escape(f"{self.title}, {texts.STATES[self.state]}")
        style = _BOX.format(_EDGES[self.state])
        return f'<div role="group" aria-label="{label}" style="{style}">{self.heading}{self.body}</div>'


@dataclass(frozen=True, repr=False)
class ProgressCard(Card):
    """What is done. It changes with the learner's file, so its `repr` does not say it; `print` does."""

    def __repr__(self) -> str:
        return texts.PROGRESS_SHORT


def _inline(words: str) -> str:
    words = html.escape(words).replace("\n", "<br>")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", words)


def _block(text: str, label: str) -> str:
    # What scrolls must be reachable by keyboard.
    return f'<pre tabindex="0" role="group" aria-label="{label}" style="{_PRE}">{html.escape(text)}</pre>'
