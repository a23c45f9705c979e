"""HTML tables: one iteration of a training loop, with the same in words; and the runs that were kept."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..plots import graph
from ..training.inside import Change, Inside, Moment, letter_of, same
from . import texts
from .formats import count, loss, rate, significant
from .seen import Kept, Seen

Found = dict[int, tuple[int, Change]]  # number of the parameter: number of the line, and what it changed


def pane(seen: Seen) -> str:
    """Return what stands in place of the pictures: the inside of an iteration and the graph of its loss, or a note."""
    if seen.inside is None:
        return html.escape(seen.inside_note)
    table, (new_loss, parameters) = step_table(seen.inside), seen.run.history.latest
    if getattr(new_loss, "grad_fn", None) is None:
        return f"{table}<p>{html.escape(texts.STEP_NO_GRAPH)}</p>"
    parts = parameters if isinstance(parameters, tuple | list) else [parameters]
    leaves = [part for part in parts if getattr(part, "is_leaf", False)]
    names = dict(zip(leaf_names([leaf.ndim for leaf in leaves]), leaves, strict=True))
    drawn = graph(new_loss, names)._repr_html_()
    return f"{table}<figure><figcaption>{html.escape(texts.STEP_GRAPH)}</figcaption>{drawn}</figure>"


def leaf_names(dimensions: Sequence[int]) -> list[str]:
    """Name the leaves that a loop yields, by their dimensions: letters, bias and weight, or w."""
    if len(dimensions) == 1:
        return ["w"]
    return ["bias", "weight"] if list(dimensions) == [1, 2] else [letter_of(k) for k in range(len(dimensions))]


def kept_table(seen: Seen) -> str:
    """Return the runs that were kept as an HTML table; empty if there are none."""
    rows = [tuple(map(html.escape, _cells(run))) for run in seen.kept]
    return _table(texts.KEPT, texts.KEPT_COLUMNS, rows) if rows else ""


def _cells(run: Kept) -> tuple[str, ...]:
    """Return the cells of a kept run, in the order of `texts.KEPT_COLUMNS`."""
    last = float(run.losses[-1])
    above = texts.BELOW_IT if last < 0.99 * run.floor else loss(max(last - run.floor, 0))
    ended = (loss(last), above) if last < float("inf") else (texts.OVERFLOW, "")
    reached = texts.NOT_YET if run.reached is None else count(run.reached)
    iterations = count(len(run.losses) - 1)
    return run.name, run.loop, rate(run.learning_rate), run.device, iterations, *ended, reached, f"{run.seconds:.2f}"


def step_table(inside: Inside) -> str:
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
    caption = texts.step_known(grad_fn=inside.loss_grad_fn) if inside.loss_grad_fn else texts.STEP_KNOWN
    return (_table(texts.STEP_LINES, (texts.STEP_LINE, *names), lines) if lines else "") + _table(
        caption, texts.STEP_COLUMNS, known
    )


def step_in_words(inside: Inside) -> str:
    """Return what happened as one sentence, its parts in the order in which the lines ran."""
    size, end = len(inside.parameters), len(inside.lines)
    net = {i: (end, Change(parameter.before, parameter.after)) for i, parameter in enumerate(inside.parameters)}
    filled, reset = _first(inside, lambda change: change.filled), _first(inside, lambda change: change.reset)
    moved = _first(inside, lambda change: change.moved) or _those(net, lambda change: change.moved)
    added = _those(filled, lambda change: change.before.grad not in (None, 0))
    left = _those(net, lambda change: change.after.grad not in (None, 0))
    left = {i: found for i, found in left.items() if i not in reset}
    lost = _those(net, lambda change: change.lost)

    against = texts.STEP_AGAINST if len(_those(moved, _against)) == len(moved) else ""
    events = [
        (filled, texts.step_added(size=len(added)) if added else texts.step_filled(size=len(filled))),
        (moved, texts.step_moved(len(moved), size) + against),
        (reset, texts.step_reset(size=len(reset))),
        (left, texts.step_left(size=len(left))),
        (lost, texts.step_lost(lost=len(lost), size=size)),
    ]
    in_order = sorted((min(found.values())[0], i, words) for i, (found, words) in enumerate(events) if found)
    absent = []
    if inside.lines and not filled:
        absent.append(texts.STEP_NO_GRADIENT if inside.loss_grad_fn else texts.STEP_BY_HAND)
    if not moved:
        absent.append(texts.STEP_UNMOVED)
    if not inside.lines:
        absent.append(texts.STEP_NO_LINES)
    return "; ".join([*absent, *(words for _, _, words in in_order)]) + "."


def _first(inside: Inside, holds: Callable[[Change], bool]) -> Found:
    """Return, for each parameter with such a change, the first line that made one."""
    found: Found = {}
    for place, line in enumerate(inside.lines):
        for i, change in enumerate(line.changes):
            if change and holds(change):
                found.setdefault(i, (place, change))
    return found


def _those(found: Found, holds: Callable[[Change], bool]) -> Found:
    return {i: (place, change) for i, (place, change) in found.items() if holds(change)}


def _against(change: Change) -> bool:
    """Whether a parameter went down along the gradient that it had when it was moved."""
    grad = change.after.grad if change.before.grad is None else change.before.grad
    return grad is not None and (change.after.value - change.before.value) * grad < 0


def _text(value: Any, digits: int = 4) -> str:
    return significant(value, digits) if type(value) is float else html.escape(str(value))


def _cell(name: str, change: Change | None) -> str:
    """Name what a line changed, with more digits where four would look the same."""
    if change is None:
        return ""
    fields = []
    for field, *values in zip((name, ".grad", ".is_leaf", ".requires_grad", ".grad_fn"), *change, strict=True):
        if not same(*values):
            pairs = ([_text(value, digits) for value in values] for digits in range(4, 18))
            fields.append(f"{field}: {' → '.join(next(pair for pair in pairs if pair[0] != pair[1]))}")
    return "<br/>".join(fields)


def _moment(moment: Moment | None) -> str:
    if moment is None:
        return texts.STEP_NO_MOMENT
    return significant(moment.value) + ("" if moment.is_leaf is None else f"; .grad {_text(moment.grad)}")


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
