"""Saying what an error means in a cell of one's own: `explain()` after it, or `explain(error)` where it is caught.

Somebody asks: nothing is hooked into IPython, a traceback looks here as it looks everywhere, and the words are those of
the checks and of the boards.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from polyfit_helpers.widgets import graphs

from . import texts
from .card import Card
from .errors import mistake_in_a_cell
from .sandbox import cause_of, line_of, message_of, names_in
from .texts import errors as of_errors

MOST_NAMES, MOST_LETTERS = 4, 100  # of the learner's line


class Explanation(Card):
    """What an error means: a card in a notebook, and a few sentences everywhere else."""

    @property
    def heading(self) -> str:
        """The kind of error as HTML."""
        return f'<div role="heading" aria-level="4" style="font-weight:bold">{html.escape(self.title)}</div>'

    def __str__(self) -> str:
        return f"{self.title}. {self.words}" if self.title else self.words


def explain(error: BaseException | None = None) -> Explanation:
    """Say what an error means and what to do: the last one, or the one that is given.

    In a notebook, run `explain()` in the cell below the error. In a script, print what it returns.

    Parameters
    ----------
    error : exception, optional
        By default the one that is being handled, in an `except`, or else the last that stopped a cell or a line.

    Returns
    -------
    Explanation
        The sentence that says what to do, the learner's own line, and what its names stand for. If the error is unknown
        or if there is none, it says so; it raises nothing.
    """
    try:
        error = error if isinstance(error, BaseException) else _last_error()
        return Explanation("", "not tried", of_errors.NO_ERROR) if error is None else _explanation_of(error)
    except Exception:  # an object of the learner's that cannot be looked at
        return Explanation(type(error).__name__, "not yet", of_errors.CANNOT)


def advice(error: BaseException) -> str:
    """Return the sentence that says what to do about an error, as plain text; empty if it is none that is known."""
    try:
        return _sentence(mistake_in_a_cell(error))
    except Exception:
        return ""


def _last_error() -> BaseException | None:
    """Return the error that is being handled, or the last one that nobody has caught; see `explain`."""
    return sys.exc_info()[1] or getattr(sys, "last_value", None) or getattr(sys, "last_exc", None)


def _sentence(name: str | None) -> str:
    return of_errors.ERRORS.get(name or "") or texts.MISTAKES.get(name or "", "")


def _explanation_of(error: BaseException) -> Explanation:
    cause = cause_of(error)
    kind = type(cause).__name__
    line: tuple[int, str] | None
    if isinstance(cause, SyntaxError):
        name, line = "unreadable", (cause.lineno or 0, (cause.text or "").strip())
        values = ""
    else:
        name, line = mistake_in_a_cell(error) or "", line_of(cause)
        found = names_in(cause)
        named = [of_errors.named_value(key, value) for key, one in found.items() for value in _described(one)]
        values = of_errors.there(named[:MOST_NAMES], len(named) > MOST_NAMES)
    sentence = _sentence(name) or _unknown(cause)
    where = of_errors.in_line(line[0], _short(line[1])) if line else of_errors.NO_LINE
    words = "\n\n".join(filter(None, [sentence, where, values]))
    return Explanation(kind, "not yet", words, mistakes=(name,) if name else ("exception",))


def _unknown(cause: BaseException) -> str:
    """Say where to look; an error that these packages raise says itself what to do."""
    place = cause.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    ours = place is not None and str(place.tb_frame.f_globals.get("__name__")).startswith("polyfit_")
    return of_errors.SAYS_IT_ITSELF.format(message=message_of(cause)) if ours else of_errors.UNKNOWN


def _short(code: str) -> str:
    code = code.replace("`", "'")
    return code if len(code) <= MOST_LETTERS else f"{code[: MOST_LETTERS - 1]}…"


def _described(value: Any) -> Iterator[str]:
    """Yield what a value is in a few words; nothing for a function, a class or a module of Python."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        yield f"`{value!r:.30}`"
    elif graphs.is_tensor(value):
        yield _tensor(value)
    elif isinstance(value, np.ndarray):
        yield of_errors.array("array", _written_shape(value), str(value.dtype), "")
    elif isinstance(value, (list, tuple, dict, set)):
        yield of_errors.of_kind(kind.__name__, len(value))
    elif isinstance(vars(value).get("_parameters") if hasattr(value, "__dict__") else None, dict):
        first = next(_parameters(value), None)
        yield (
            of_errors.of_kind(kind.__name__, None)
            if first is None
            else of_errors.module_of(kind.__name__, _tensor(first))
        )
    elif not callable(value) and not isinstance(value, type(sys)):
        yield of_errors.of_kind(kind.__name__, None)


def _tensor(value: Any) -> str:
    kind = "tensor" if not value.requires_grad else "leaf" if value.is_leaf else "result"
    return of_errors.array(kind, _written_shape(value), str(value.dtype).removeprefix("torch."), str(value.device))


def _written_shape(value: Any) -> str:
    return f"({', '.join(map(texts.whole, value.shape))}{',' if value.ndim == 1 else ''})"


def _parameters(module: Any) -> Iterator[Any]:
    """Yield the parameters of a module of torch; none of the learner's code runs."""
    held = vars(module)
    yield from (one for one in held["_parameters"].values() if one is not None)
    for part in held.get("_modules", {}).values():
        if isinstance(getattr(part, "__dict__", {}).get("_parameters"), dict):
            yield from _parameters(part)
