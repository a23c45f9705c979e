"""One step of a training loop as HTML, and in words: what each line changed, and what autograd knows."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..training.inside import Change, Inside, Moment
from . import texts

Found = dict[int, tuple[int, Change]]  # number of the parameter: number of the line, and what it changed


def table(inside: Inside) -> str:
    """Return two HTML tables: a row per line of the loop, if it has any, and a row per parameter."""
    names = [parameter.name for parameter in inside.parameters]
    sources = textwrap.dedent("\n".join(line.source for line in inside.lines)).split("\n")
    lines = [
        (f"<code>{html.escape(source)}</code>", *map(_cell, names, line.changes))
        for source, line in zip(sources, inside.lines, strict=False)
    ]
    known = [
        (name, *map(_text, before[2:]), *map(_moment, (before, after_backward, after)))
        for name, before, after_backward, after in inside.parameters
    ]
    caption = texts.STEP_KNOWN + (texts.STEP_LOSS.format(inside.loss_grad_fn) if inside.loss_grad_fn else "")
    return (_table(texts.STEP_LINES, (texts.STEP_LINE, *names), lines) if lines else "") + _table(
        caption, texts.STEP_COLUMNS, known
    )


def in_words(inside: Inside) -> str:
    """Return what happened as one sentence, its parts in the order in which the lines ran."""
    size, end = len(inside.parameters), len(inside.lines)
    net = {i: (end, Change(parameter.before, parameter.after)) for i, parameter in enumerate(inside.parameters)}
    filled, reset = _first(inside, lambda change: change.filled), _first(inside, lambda change: change.reset)
    moved = _first(inside, lambda change: change.moved) or _those(net, lambda change: change.moved)
    added = _those(filled, lambda change: change.before.grad not in (None, 0))
    left = _those(net, lambda change: change.after.grad not in (None, 0))
    left = {i: found for i, found in left.items() if i not in reset}
    lost = _those(net, lambda change: change.lost)

    every = texts.STEP_EVERY if len(moved) == size else texts.STEP_SOME.format(len(moved), size)
    said = [
        (filled, (texts.STEP_ADDED if added else texts.STEP_FILLED).format(_gradients(added or filled))),
        (moved, every + (texts.STEP_AGAINST if len(_those(moved, _against)) == len(moved) else "")),
        (reset, texts.STEP_RESET.format(_gradients(reset))),
        (left, texts.STEP_LEFT.format(_gradients(left))),
        (lost, texts.STEP_LOST.format(len(lost), size)),
    ]
    in_order = sorted((min(found.values())[0], i, words) for i, (found, words) in enumerate(said) if found)
    absent = (
        [] if filled or not inside.lines else [texts.STEP_NO_GRADIENT if inside.loss_grad_fn else texts.STEP_BY_HAND]
    )
    absent += [] if moved else [texts.STEP_UNMOVED]
    absent += [] if inside.lines else [texts.STEP_NO_LINES]
    return "; ".join([*absent, *(words for _, _, words in in_order)]) + "."


def number(value: float, digits: int = 4) -> str:
    """Write a number with 4 significant digits and a real minus sign; zero has none."""
    text, _, power = f"{value + 0.0:.{digits}g}".partition("e")
    if 4 <= int(power or 0) < 6:
        text, power = texts.count(round(float(f"{value:.{digits}g}"))), ""
    return (f"{text}e{int(power)}" if power else text).replace("-", "−")


def _first(inside: Inside, holds: Callable[[Change], bool]) -> Found:
    """Return, for each parameter with such a change, the first line that made one."""
    found: Found = {}
    for number, line in enumerate(inside.lines):
        for i, change in enumerate(line.changes):
            if change and holds(change):
                found.setdefault(i, (number, change))
    return found


def _those(found: Found, holds: Callable[[Change], bool]) -> Found:
    return {i: (number, change) for i, (number, change) in found.items() if holds(change)}


def _against(change: Change) -> bool:
    """Whether a parameter went down along the gradient that it had when it was moved."""
    grad = change.after.grad if change.before.grad is None else change.before.grad
    return grad is not None and (change.after.value - change.before.value) * grad < 0


def _gradients(found: Found) -> str:
    return texts.STEP_GRADIENT if len(found) == 1 else texts.STEP_GRADIENTS.format(len(found))


def _text(value: Any, digits: int = 4) -> str:
    return number(value, digits) if type(value) is float else html.escape(str(value))


def _cell(name: str, change: Change | None) -> str:
    """Name what a line changed, with more digits where four would look the same."""
    if change is None:
        return ""
    texts = []
    for field, *values in zip((name, ".grad", ".is_leaf", ".requires_grad", ".grad_fn"), *change, strict=True):
        if (values[0],) != (values[1],):
            pairs = ([_text(value, digits) for value in values] for digits in range(4, 18))
            texts.append(f"{field}: {' → '.join(next(pair for pair in pairs if pair[0] != pair[1]))}")
    return "<br/>".join(texts)


def _moment(moment: Moment | None) -> str:
    if moment is None:
        return texts.STEP_NO_MOMENT
    return number(moment.value) + ("" if moment.is_leaf is None else f"; .grad {_text(moment.grad)}")


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose rows begin with their heads; the cells are HTML."""
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for first, *cells in rows
    )
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
