"""What every board is made of: rows, pictures, the way to the kernel's main loop, and an end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets

from .elements import Pictures, Status

AWAY = 1.0  # seconds without a view of a board until what goes on there ends


class Board(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no type hints
    """A board in a notebook; the next run of its cell replaces it.

    Callbacks may come from another thread (JupyterLab's subshells), so they only `_post` to the main loop. A subclass
    sets up its widgets as attributes, among them `status`, then calls `_show`; its `_halt_all` ends what goes on.
    """

    status: Status

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        try:
            self._main: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._main = None

    def _show(self, children: list[ipywidgets.Widget]) -> None:
        super().__init__(children)
        self.add_class("polyfit-board")
        self._view_count = 0  # ipywidgets keeps count of the places that show this board
        self.observe(lambda _: self._post(self._watch), "_view_count")

    def _post(self, action: Callable[[], None]) -> None:
        """Let the main loop do it: at once if this is its thread, or if there is none, as in a script."""
        if self._main is None or self._main.is_closed() or threading.get_ident() == self._thread:
            action()
        else:
            self._main.call_soon_threadsafe(action)

    def _listen(self, pictures: Pictures) -> None:
        """Answer the pages that ask what goes on."""
        pictures.on_msg(lambda _, asked, buffers: self._post(lambda: self._hear(pictures, asked)))

    def _hear(self, pictures: Pictures, asked: Any) -> None:
        if not isinstance(asked, dict):
            return
        if "lost" in asked:  # the page has missed what it was told unasked
            for widget in self._made():
                widget.send_state()
        elif isinstance(page := asked.get("ask"), str):
            if pictures.live:
                self._go_on()
            pictures.answer(page)

    def _go_on(self) -> None:
        """Show what goes on as it is now."""

    def _made(self) -> Iterator[ipywidgets.Widget]:
        """Yield every widget of the board, those that are not shown, too."""
        made = [self, *(thing for thing in vars(self).values() if isinstance(thing, ipywidgets.Widget))]
        for thing in vars(self).values():
            if isinstance(thing, dict | list | tuple):
                parts = thing.values() if isinstance(thing, dict) else thing
                made += [part for part in parts if isinstance(part, ipywidgets.Widget)]
        while made:
            widget = made.pop()
            made += getattr(widget, "children", ())
            made += [part for name in ("style", "layout") if (part := getattr(widget, name, None)) is not None]
            yield widget

    def _halt_all(self) -> None:
        """End what goes on by itself: nothing, unless a board says otherwise."""

    def _watch(self) -> None:
        """End what goes on if nobody looks any more: the cell was deleted, say. A moved one is seen again at once."""
        if self._view_count == 0 and self._main is not None:
            self._main.call_later(AWAY, lambda: self._halt_all() if self._view_count == 0 else None)

    def close(self) -> None:
        """End what goes on and free every widget of the board."""
        if self in boards:
            self._halt_all()
            boards.discard(self)
        for widget in self._made():
            widget.unobserve_all()
            ipywidgets.Widget.close(widget)

    # --- Without a kernel ---

    def _still(self) -> str:
        """Return the picture of the present state as HTML."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), "text/html": f"{self._still()}<p>{self.status.html}</p>"}


boards: set[Board] = set()  # those that are shown, to be closed when their cell runs again


def button(board: Board, label: str, action: Callable[[], None]) -> ipywidgets.Button:
    """Return a button; what it does, it does on the main loop."""
    made = ipywidgets.Button(description=label)
    made.on_click(lambda _: board._post(action))
    return made


def row(widgets: list[ipywidgets.Widget], *classes: str) -> ipywidgets.Widget:
    """Return widgets side by side; where there is no room, one under the other."""
    box = ipywidgets.Box(widgets)
    for name in ("polyfit-row", *classes):
        box.add_class(name)
    return box


def replace_older_boards_of_this_cell(board: Board) -> None:
    """Close the boards that an earlier run of the same notebook cell has left behind."""
    board.cell = cell = this_cell()
    if cell is not None:
        others = [other for other in boards if other.cell is not None]
        for other in others:
            if other.cell[0] == cell[0] and other.cell[1] != cell[1]:
                other.close()
    boards.add(board)


def this_cell() -> tuple[str, str] | None:
    """Return (cell id, id of this execution), if a notebook runs us and says so."""
    from IPython import get_ipython

    shell = get_ipython()
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)()
    cell, execution = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    return (cell, execution) if cell and execution else None
