"""What goes on by itself on the kernel's main loop: a run that is watched, and a scrubber that plays it again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

import numpy as np

from .elements import Range
from .session import Session

SLICE = 0.012  # seconds of training between two looks at the messages
FRAME = 1 / 36  # seconds between two pictures
COUNTED = 4  # pictures between two changes of the progress bar: a number that runs faster cannot be read
PLAYED = 120  # pictures of a run that is played: some four seconds


class _Going:
    """What may go on as a task."""

    _task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Let it go on no further."""
        if self._task is not None:
            self._task.cancel()
            self._task = None


class Watcher(_Going):
    """Trains a session a slice at a time and gives way in between; a frame is drawn when one is due.

    Parameters
    ----------
    session : Session
    main : event loop or None
        The kernel's; without one, in a script, a run is trained to its end at once.
    frame, count, finish, show : functions
        Draw the moving lines; tell how far the session is; show its end; show that drawing has failed.
    """

    def __init__(
        self,
        session: Session,
        main: asyncio.AbstractEventLoop | None,
        frame: Callable[[], None],
        count: Callable[[Session], None],
        finish: Callable[[], None],
        show: Callable[[], None],
    ) -> None:
        self.session, self._main = session, main
        self._frame, self._count, self._finish, self._show = frame, count, finish, show

    def go(self, at_once: float = 0.0) -> None:
        """Train, some seconds of it at once, the rest on the main loop."""
        self._drawn, self._pictures, until = 0.0, 0, perf_counter() + at_once
        while self._main is None or self._main.is_closed() or perf_counter() < until:
            if not self._goes_on():
                return
        self._task = self._main.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._goes_on():
                await asyncio.sleep(0)
        except Exception as error:  # nobody would hear of it
            self.session.fail(error)
            self._show()

    def _goes_on(self) -> bool:
        """Train for a moment; False when the run no longer goes on."""
        if not self.session.slice(SLICE):
            self._task = None
            self._finish()
            return False
        if (now := perf_counter()) - self._drawn > FRAME:
            self._drawn = now
            self._frame()
            if self._pictures % COUNTED == 0:
                self._count(self.session)
            self._pictures += 1
        return True


class Player(_Going):
    """Moves a scrubber from where it is to its end; from the end it begins anew.

    Parameters
    ----------
    scrubber : Range
    ended : function without arguments
        Called when the scrubber has come to its end.
    """

    def __init__(self, scrubber: Range, ended: Callable[[], None]) -> None:
        self.scrubber, self._ended = scrubber, ended

    @property
    def playing(self) -> bool:
        """Whether the scrubber moves by itself."""
        return self._task is not None

    def play(self, main: asyncio.AbstractEventLoop, last: int) -> None:
        """Begin on the main loop; last is the iteration to end with."""
        self._task = main.create_task(self._move(last))

    async def _move(self, last: int) -> None:
        first = 0 if self.scrubber.value >= last else int(self.scrubber.value)
        for at in np.unique(np.linspace(first, last, PLAYED).astype(int)):
            self.scrubber.value = int(at)
            await asyncio.sleep(FRAME)
        self._task = None
        self._ended()
