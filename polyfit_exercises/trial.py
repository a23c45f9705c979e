"""Trying a learner's code: what it returns, or which mistake ends it."""

from __future__ import annotations

import ast
import inspect
import linecache
import random
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import thread_time
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers import advance, history
from polyfit_helpers.advance import TooSlow, require_yield
from polyfit_helpers.widgets.patience import Patience

from . import texts
from .errors import Known, mistake_anywhere
from .sandbox import cause_of, deadline, line_of, message_of, undisturbed

LIMIT = 3.0  # seconds that the learner's code may compute at a time: on one set of data, or for some states of a loop
DRAWS = 3  # sets of random data in one check
STUB = "your turn"


class Finding(NamedTuple):
    """A mistake that was recognised; `texts.worded` makes words of it, once, where the card is made.

    `name` is that of its sentence in `texts.MISTAKES`, `details` fill the gaps of that sentence, and `error` says what
    the learner's code raised, if it did.
    """

    name: str
    details: Mapping[str, Any]
    error: str = ""


class Mistake(Exception):
    """The answer is not right yet; `findings` says why.

    `Mistake(name, **details)` has one finding, `Mistake(*findings)` has several.
    """

    def __init__(self, *findings: Finding | str, **details: Any) -> None:
        super().__init__(*findings)
        self.findings = tuple(Finding(one, details) if isinstance(one, str) else one for one in findings)


class NotTried(Exception):
    """The answer is still the stub."""


def found(name: str, /, **details: Any) -> Finding:
    """Return a finding by its name in `texts.MISTAKES`; details fill the gaps of its sentence."""
    return Finding(name, details)


def draws() -> list[np.random.Generator]:
    """Return a generator per set of data, seeded anew by the operating system at each check."""
    return [np.random.default_rng(random.SystemRandom().getrandbits(64)) for _ in range(DRAWS)]


def is_placeholder(answer: Any) -> bool:
    """Whether a number or a choice has not been filled in: `...` or None."""
    return answer is ... or answer is None


def require_callable(answer: Any, names: str, by_name: int = 0) -> None:
    """Raise Mistake unless answer is a function of these names, and NotTried if there is no answer yet.

    So many of the arguments, the last ones, are given by name.
    """
    if is_placeholder(answer):
        raise NotTried
    if not callable(answer):
        raise Mistake("not_a_function", got=brief(answer))
    wanted = names.split(", ")
    try:
        signature = inspect.signature(answer)
        taken = signature.parameters
        if [*taken] != wanted and sorted(taken) == sorted(wanted):
            raise Mistake("argument_order", names=names)
        first = len(wanted) - by_name
        signature.bind(*wanted[:first], **dict.fromkeys(wanted[first:]))
    except TypeError:
        for kind, mistake, some in (
            (inspect.Parameter.KEYWORD_ONLY, "by_keyword_only", wanted[:first]),
            (inspect.Parameter.POSITIONAL_ONLY, "by_position_only", wanted[first:]),
        ):
            hidden = [f"`{name}`" for name in some if name in taken and taken[name].kind is kind]
            if hidden:
                raise Mistake(mistake, where=texts.listed(hidden), names=names) from None
        raise Mistake("signature", names=names, taken=", ".join(taken)) from None
    except ValueError:  # a built-in function without a signature: calling it will tell
        pass


def require_loop(answer: Any) -> None:
    """Raise Mistake if it is known beforehand that a function is no training loop: it would run for ever."""
    try:
        require_yield(answer)
    except TypeError as error:
        raise Mistake("no_training_loop", why=f"{error}.") from None


def attempt(work: Callable[[], Any], known: Known = lambda error: None) -> Any:
    """Return the result of what calls the learner's code.

    Parameters
    ----------
    work : function without arguments
    known : function of an exception
        Return the name of the mistake that this exception gives away, or None.

    Raises
    ------
    NotTried
        If the code is still the stub.
    Mistake
        If it raises anything else, or takes too long.
    """
    patience, begun = Patience(LIMIT), thread_time()
    try:
        with undisturbed(), deadline(LIMIT), patience:
            return work()
    except KeyboardInterrupt:
        raise
    except TooSlow:
        waits = patience.waited > LIMIT and thread_time() - begun < LIMIT  # and not only held up by other programs
        raise Mistake("waits" if waits else "too_slow", seconds=LIMIT) from None
    except BaseException as error:
        raise _explained(error, known) from None


def _explained(error: BaseException, known: Known) -> Exception:
    """Return NotTried, or the Mistake that an error of the learner's code stands for; see `attempt`."""
    cause = cause_of(error)
    line, message = line_of(cause), message_of(cause if isinstance(cause, Exception) else error)
    if isinstance(cause, NotImplementedError) and cause.args == (STUB,):
        before, after = _code_around(cause)
        return Mistake("raise_left" if before else "raise_above") if before or after else NotTried()
    name = known(error) or mistake_anywhere(error)
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    if cause is error and line is None and last in (history.__file__, advance.__file__):  # said by `record`
        return Mistake(name) if name else Mistake("no_training_loop", why=message + "." * (not message.endswith("?")))
    raised = texts.raised(type(cause).__name__, message) + texts.where(line)
    return Mistake(Finding(name or "exception", {}, raised))


def _code_around(error: BaseException) -> tuple[bool, bool]:
    """Whether code stands above and below the line that raised the stub's error, in its function: an answer."""
    *_, last = traceback.extract_tb(error.__traceback__)
    with suppress(SyntaxError):
        for node in ast.walk(ast.parse("".join(linecache.getlines(last.filename)))):
            if isinstance(node, ast.FunctionDef):
                lines = [statement.lineno for statement in node.body[ast.get_docstring(node) is not None :]]
                if last.lineno in lines:
                    return lines[0] != last.lineno, lines[-1] != last.lineno
    return False, False


def brief(value: Any) -> str:
    """Name a value in a sentence: a number as it is, everything else by its type and shape."""
    if isinstance(value, (bool, int, float, str)):
        return f"{value!r:.40}"
    if isinstance(value, type):
        return texts.A_CLASS.format(value.__name__)
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    return texts.OF_SHAPE.format(kind, tuple(shape)) if isinstance(shape, tuple) else kind
