"""Running code so that nothing is left behind and the time is limited, and finding the line in which it failed.

This knows nothing of exercises. It guards a notebook against slips, not against malice.
"""

from __future__ import annotations

import ast
import inspect
import io
import itertools
import linecache
import random
import re
import sys
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType, ModuleType, TracebackType
from typing import Any

import numpy as np

from polyfit_helpers.advance import ONE_CALL, Apart, TooSlow, is_theirs

from . import texts

WAITING = 10  # times the limit: seconds by the clock on the wall, for code that does not compute but waits


def cause_of(error: BaseException) -> BaseException:
    """Return the error of the learner's code: `record` wraps one that comes after the first state."""
    return error.__cause__ if hasattr(error, "history") and error.__cause__ else error


def line_of(error: BaseException) -> tuple[int, str] | None:
    """Return number and text of the learner's own line in which an error arose: the last that no library wrote."""
    place = _place_in_theirs(error)
    if place is None:
        return None
    number = place.tb_lineno
    return number, linecache.getline(place.tb_frame.f_code.co_filename, number).strip()


def _place_in_theirs(error: BaseException) -> TracebackType | None:
    """Return the last place in the learner's own code through which an error came; of calls without end the first."""
    found, place = None, error.__traceback__
    while place is not None:
        if is_theirs(place.tb_frame):
            found = place
            if isinstance(error, RecursionError):  # at which of its lines the depth is reached, is chance
                break
        place = place.tb_next
    return found


def expression_of(error: BaseException) -> str:
    """Return the part of the learner's own line that has failed, such as `w @ X`; the line if that is not known."""
    place = _place_in_theirs(error)
    if place is None:
        return ""
    code = place.tb_frame.f_code
    lines = linecache.getlines(code.co_filename)
    first, last, begin, end = next(itertools.islice(code.co_positions(), place.tb_lasti // 2, None))
    if None in (first, last, begin, end) or not 1 <= first <= last <= len(lines):  # type: ignore[operator]
        return linecache.getline(code.co_filename, place.tb_lineno).strip()
    part = [line.encode() for line in lines[first - 1 : last]]  # type: ignore[operator]  # columns are bytes
    part[-1] = part[-1][:end]
    part[0] = part[0][begin:]
    return " ".join(b"".join(part).decode(errors="replace").split())


def is_operation(code: str) -> bool:
    """Whether code is an operation between two values, such as `y_pred - y`, and no call."""
    try:
        *_, last = ast.parse(code).body or [ast.Pass()]
    except SyntaxError:
        return False
    return isinstance(last, ast.AugAssign) or isinstance(getattr(last, "value", None), ast.BinOp | ast.Compare)


def names_in(error: BaseException) -> dict[str, Any]:
    """Return the values in the part of the learner's line that has failed, by names such as 'w' and 'self.w'.

    No code of the learner's runs for this: what only a property could tell is left out.
    """
    place = _place_in_theirs(error)
    if place is None:
        return {}
    try:
        tree = ast.parse(expression_of(error))
    except SyntaxError:  # part of a statement
        return {}
    variables = {**place.tb_frame.f_globals, **place.tb_frame.f_locals}
    found: dict[str, Any] = {}
    for path in _dotted_names(tree):
        first, *others = path.split(".")
        value = variables.get(first, _NOTHING)
        if isinstance(value, ModuleType):
            continue
        for name in others:
            value = _attribute(value, name)
        if value is not _NOTHING:
            found[path] = value
    return found


_NOTHING = object()


def _dotted_names(node: ast.AST) -> Iterator[str]:
    """Yield the names in code from left to right, with their attributes, such as 'self.w', but for called methods."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _dotted_names(node.func.value)
        for argument in (*node.args, *node.keywords):
            yield from _dotted_names(argument)
    elif isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_path(node)):
        yield ast.unparse(node)
    else:
        for part in ast.iter_child_nodes(node):
            yield from _dotted_names(part)


def _is_path(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_path(node.value))


def _attribute(value: Any, name: str) -> Any:
    """Return an attribute that is found without running the learner's code, or _NOTHING."""
    if type(value).__module__.partition(".")[0] in ("torch", "numpy") and name in ("grad", "T", "data"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, of leaves
            return getattr(value, name, _NOTHING)
    held = getattr(value, "__dict__", {})
    tables = (held.get(table) for table in ("_parameters", "_buffers", "_modules"))
    places = [held, *(table for table in tables if isinstance(table, dict))]
    return next((place[name] for place in places if name in place), _NOTHING)


def tree_of(function: Any) -> ast.Module | None:
    """Return the syntax tree of a learner's function; None if its source is not there."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def message_of(error: BaseException) -> str:
    """Return the first line of an error's message, without addresses and not too long."""
    try:
        message = str(error).partition("\n")[0].strip(" .")
    except Exception:
        return texts.NO_MESSAGE
    message = re.sub(r" at 0x[0-9a-fA-F]+", "", message)
    return message if len(message) <= 200 else message[:197] + "..."


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Keep away from the notebook what is printed, and yield it."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        yield printed


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put back what a learner's code may change: as `Apart` does, and random states, and how numbers print."""
    torch: Any = sys.modules.get("torch")  # not imported for this
    states, options = (random.getstate(), np.random.get_state()), np.get_printoptions()
    drawn = torch and torch.get_rng_state()
    try:
        with Apart(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if torch:
                torch.set_grad_enabled(True)
                torch.set_default_device(None)  # the CPU: one that is named costs time
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        np.set_printoptions(**options)
        if torch:
            torch.set_rng_state(drawn)


def _stopwatch(limit: float) -> Callable[[], bool]:
    """Return a function that is called between two of the learner's instructions, and tells whether the time is up.

    What is counted is the time in which this thread computes, so that a busy machine gives the same verdict as a quiet
    one. The clock on the wall only ends what waits: it runs ten times as long. A single call counts for a small part,
    since what never ends comes back again and again; a first step that imports or compiles something does not.
    """
    computed = passed = 0.0
    last_computed, last_passed = time.thread_time(), time.monotonic()

    def is_up() -> bool:
        nonlocal computed, passed, last_computed, last_passed
        now_passed = time.monotonic()
        if now_passed - last_passed > 0.001:  # the thread's clock is slow to read
            now_computed = time.thread_time()
            computed += min(now_computed - last_computed, limit * ONE_CALL)
            passed += min(now_passed - last_passed, limit * WAITING * ONE_CALL)
            last_computed, last_passed = now_computed, now_passed
        return computed > limit or passed > limit * WAITING

    return is_up


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the learner's line that runs when so many seconds are over, and again wherever it is caught.

    A trace function sees every line and needs neither threads nor signals. It cannot end a single long call into C, and
    leaves libraries alone: they would be several times as slow, and must not be interrupted half-way through an import.
    """
    is_up = _stopwatch(seconds)
    over = ended = False

    class Again(TooSlow):
        """Python drops a trace function that raises. When a bare `except` lets this go, the function comes back."""

        def __del__(self) -> None:
            if not ended:
                sys.settrace(watch)
                frame: FrameType | None = sys._getframe(1)
                while frame:
                    if is_theirs(frame):
                        frame.f_trace, frame.f_trace_opcodes = watch, True
                    frame = frame.f_back

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal over
        if ended:  # a debugger goes on, in a frame that has kept this
            return None
        if event == "call" and not is_theirs(frame):
            return None
        if is_up():
            over = True
            raise Again
        frame.f_trace_opcodes = True  # `while True: pass` in one line never comes to another line
        return watch

    earlier = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        ended = True
        sys.settrace(earlier)
    if over:  # the learner's code has caught it with a bare `except`, and went on
        raise TooSlow
