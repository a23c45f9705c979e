"""Ending an iteration that never ends, where the operating system can tell the time to a running program.

While a loop works, the kernel's main loop waits for it: no button is heard. A signal is, between two of the loop's own
instructions, and costs the loop nothing until then. Without signals, as on Windows or off the main thread, a loop is
only waited for; it can be ended by restarting the kernel. So can a call into a library that never returns, unless it
waits in one of Python's own, such as `queue`: what else waits may be a compiler at work.
"""

from __future__ import annotations

import signal
import sysconfig
import threading
from collections.abc import Callable
from time import monotonic, thread_time
from types import FrameType
from typing import Any

from ..advance import ONE_CALL, Apart, TooSlow, is_theirs

TICK = 0.05  # seconds between two looks
IDLY = 0.002  # the same as a part of a long tick, as in a call that no signal ends
SOON = 1.0  # seconds after which a loop is `late`
HASTE = 0.001  # the same once its time is up: until one of its own lines is at work
IDLE = 0.0005  # seconds: if it has computed less in a tick, it waits; one that other programs hold up takes its turns

_PYTHON = tuple(
    f"{sysconfig.get_path('stdlib')}/{name}"
    for name in (
        "threading.",
        "queue.",
        "subprocess.",
        "selectors.",
        "socket",
        "asyncio/",
        "concurrent/",
        "multiprocessing/",
    )
)  # where Python's own library waits


class Patience:
    """`with Patience(3.0):` raises TooSlow in the learner's line that runs when their time is up, and again if caught.

    A line that waits in a call of Python's own library, as for a queue that stays empty, is ended there.

    What counts is the time in which this thread computes, and the time in which it waits for something that is no
    processor, so that a busy machine gives the same verdict as a quiet one. Kernel > Interrupt is heard meanwhile.
    `computed` and `waited` are these seconds since the last progress, and `waited_in_all` counts on; `longest` is the
    longest time that it `waited`.

    Parameters
    ----------
    seconds : float
        How long a loop may compute, or wait, without a `yield`.
    progress : function without arguments
        What it returns changes with each `yield`, and then the time begins anew.
    late : function without arguments
        Called once, after a second, in the midst of the loop's work: it can tell a reader, and do little else.
    """

    def __init__(self, seconds: float, progress: Callable[[], Any] = int, late: Callable[[], Any] = int) -> None:
        self.seconds, self._progress, self._late = seconds, progress, late
        self.computed = self.waited = self.longest = self.waited_in_all = 0.0
        self._on = self._raised = False
        self._call: FrameType | None = None  # of a library, at the last look

    def __enter__(self) -> Patience:
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            self._on = True
            self._passed, self._worked, self._made = monotonic(), thread_time(), self._progress()
            self._ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as between two cells
            if self._ignored:
                signal.signal(signal.SIGINT, signal.default_int_handler)
            self._earlier = signal.signal(signal.SIGALRM, self._look)
            self._left = signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        return self

    def __exit__(self, *_: Any) -> None:
        self._call = None  # its callers hold the loop, and one of them this object: nobody could end the loop in time
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
        waits, made = computed < max(IDLE, IDLY * took), self._progress()
        if made != self._made and not self._raised:
            self._made, self.computed, self.waited = made, 0.0, 0.0
        over = max(self.computed, self.waited) > self.seconds
        in_python = call is None or call.f_code.co_filename.startswith(_PYTHON)
        if not over and (call is None or call is not self._call or (waits and in_python)):
            if waits:
                self.waited += took
                self.waited_in_all += took
                self.longest = max(self.longest, self.waited)
            else:
                self.computed += min(computed, self.seconds * ONE_CALL)
        self._call = call
        if max(self.computed, self.waited) > SOON:
            self._late, late = int, self._late
            late()
        if over and theirs:
            signal.setitimer(signal.ITIMER_REAL, HASTE, HASTE)
            if call is None or (in_python and self.waited > self.seconds):
                self._raised = True
                raise TooSlow


def _at_work(frame: FrameType | None) -> tuple[bool, FrameType | None]:
    """Return whether a learner's line is at work, and the frame of a library that it has called, if any."""
    call = None
    while frame is not None and frame.f_code is not Apart.run.__code__:
        if is_theirs(frame):
            return True, call
        call, frame = frame, frame.f_back
    return False, call
