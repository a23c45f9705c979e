"""What goes on by itself: a run that is watched, on the kernel's main loop, and what moves at the pace of a page."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from time import perf_counter

from .session import Session

SLICE = 0.012  # seconds of training between two looks at the messages
COUNTED = 4  # pictures between two changes of the progress bar: a number that runs faster cannot be read
PLAYED = 4.0  # seconds in which a run is played


class Watcher:
    """Trains a session a slice at a time and gives way in between, so that a page's question for a picture is heard.

    Parameters
    ----------
    session : Session
    main : event loop or None
        The kernel's; without one, in a script, a run is trained to its end at once.
    finish, show : functions
        Show the end of the session; show that something has failed.
    """

    def __init__(
        self,
        session: Session,
        main: asyncio.AbstractEventLoop | None,
        finish: Callable[[], None],
        show: Callable[[], None],
    ) -> None:
        self.session, self._main, self._finish, self._show = session, main, finish, show
        self._task: asyncio.Task[None] | None = None

    def go(self, at_once: float = 0.0) -> None:
        """Train, some seconds of it at once, the rest on the main loop."""
        until = perf_counter() + at_once
        while self._main is None or self._main.is_closed() or perf_counter() < until:
            if not self._goes_on():
                return
        self._task = self._main.create_task(self._run())

    def cancel(self) -> None:
        """Train no further."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        try:
            while self._goes_on():
                await asyncio.sleep(0)
        except Exception as error:  # nobody would hear of it
            self.session.fail(error)
            self._show()

    def _goes_on(self) -> bool:
        """Train for a moment; False when the run no longer goes on."""
        if self.session.slice(SLICE):
            return True
        self._task = None
        self._finish()
        return False


class Played:
    """A number that goes from one value to another in so many seconds, once it has begun.

    Whoever shows it looks where it is, so a page that asks seldom sees fewer pictures of it, and none too late.
    """

    def __init__(self, seconds: float = PLAYED) -> None:
        self._seconds, self._begun, self._way = seconds, math.inf, (0.0, 1.0)

    @property
    def goes_on(self) -> bool:
        """Whether it has begun and nobody has seen its end."""
        return self._begun < math.inf

    def begin(self, first: float = 0.0, last: float = 1.0) -> None:
        """Begin now."""
        self._begun, self._way = perf_counter(), (first, last)

    def cancel(self) -> None:
        """Let it go on no further."""
        self._begun = math.inf

    def value(self) -> float:
        """Return where it is; at its end it is over."""
        part, (first, last) = (perf_counter() - self._begun) / self._seconds, self._way
        if part < 1:
            return first + part * (last - first)
        self.cancel()
        return last
