"""Running code so that nothing is left behind and the time is limited, and finding the line in which it failed.

This knows nothing of exercises. It guards a notebook against slips, not against malice.
"""

from __future__ import annotations

import ast
import inspect
import io
import linecache
import random
import re
import sys
import textwrap
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
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
    frames = traceback.walk_tb(error.__traceback__)
    theirs = [(frame.f_code.co_filename, number) for frame, number in frames if is_theirs(frame)]
    if not theirs:
        return None
    file, number = theirs[-1]
    return number, linecache.getline(file, number).strip()


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
