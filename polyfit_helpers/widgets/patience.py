"""Ending an iteration that never ends, where the operating system can tell the time to a running program.

While a loop works, the kernel's main loop waits for it: no button is heard. A signal is, between two of the loop's own
instructions, and costs the loop nothing until then. Without signals, as on Windows or off the main thread, a loop is
only waited for.
"""

from __future__ import annotations

import signal
import threading
from time import monotonic, thread_time
from types import FrameType
from typing import Any

from ..advance import ONE_CALL, Apart, TooSlow, is_theirs

TICK = 0.05  # seconds between two looks
HASTE = 0.001  # the same once its time is up: until one of its own lines is at work
IDLE = 0.0005  # seconds: if it has computed less in a tick, it waits; one that other programs hold up takes its turns


class Patience:
    """`with Patience(3.0):` raises TooSlow in the learner's line that runs when their time is up, and again if caught.

    What counts is the time in which this thread computes, and the time in which it waits for something that is no
    processor, so that a busy machine gives the same verdict as a quiet one. Kernel > Interrupt is heard meanwhile.
    `computed` and `waited` are these seconds.

    Parameters
    ----------
    seconds : float
        How long a loop may compute, or wait, without a `yield`.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.computed = self.waited = 0.0
        self._on = False
        self._call: FrameType | None = None  # of a library, at the last look

    def __enter__(self) -> Patience:
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            self._on = True
            self._passed, self._worked = monotonic(), thread_time()
            self._ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as between two cells
            if self._ignored:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            self._earlier = signal.signal(signal.SIGALRM, self._look)
            self._left = signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        return self

    def __exit__(self, *_: Any) -> None:
        if self._on:
            self._on = False
            signal.setitimer(signal.ITIMER_REAL, *self._left)
            signal.signal(signal.SIGALRM, self._earlier or signal.SIG_DFL)
            if self._ignored:
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _look(self, number: int, frame: FrameType | None) -> None:
        """Count how long it has computed and waited, and raise TooSlow if it is too long."""
        if not self._on:  # it comes a moment too late
            return
        passed, worked = monotonic(), thread_time()
        took, computed = passed - self._passed, worked - self._worked
        self._passed, self._worked = passed, worked
        theirs, call = _at_work(frame)
        over = max(self.computed, self.waited) > self.seconds
        if not over and (call is None or call is not self._call):
            if computed < IDLE:
                self.waited += took
            else:
                self.computed += min(computed, self.seconds * ONE_CALL)
        self._call = call
        if over and theirs:
            signal.setitimer(signal.ITIMER_REAL, HASTE, HASTE)
            if call is None:
                raise TooSlow


def _at_work(frame: FrameType | None) -> tuple[bool, FrameType | None]:
    """Return whether a learner's line is at work, and the frame of a library that it has called, if any."""
    call = None
    while frame is not None and frame.f_code is not Apart.run.__code__:
        if is_theirs(frame):
            return True, call
        call, frame = frame, frame.f_back
    return False, call
