"""The live widgets of the notebooks. ipywidgets lives here alone.

A widget shows a sentence and a still picture where no kernel runs, so that a stored notebook can be read anywhere.
"""

from __future__ import annotations

import html
from typing import Any

import ipywidgets


class Pulse(ipywidgets.HBox):  # type: ignore[misc]  # ipywidgets has no type hints
    """A button that asks the kernel for an answer, and the answer (notebook 00).

    It shows that the whole chain works: browser, widget extension, kernel, and back.
    """

    ASK = "Is the kernel there?"
    WAITING = "Press the button: the kernel should answer at once."

    def __init__(self) -> None:
        self.presses = 0
        self.button = ipywidgets.Button(description=self.ASK, button_style="primary", layout={"width": "auto"})
        self.answer = ipywidgets.HTML(self.WAITING)
        self.button.on_click(self._reply)
        super().__init__([self.button, self.answer])

    def _reply(self, button: ipywidgets.Button) -> None:
        self.presses += 1
        times = "once" if self.presses == 1 else f"{self.presses} times"
        self.answer.value = f"<b>Yes.</b> The kernel has answered {times}: widgets are alive."

    def __repr__(self) -> str:
        return f"A button, {self.ASK!r}, and beside it: {self.WAITING}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        still = f"<p><b>[{html.escape(self.ASK)}]</b> {html.escape(self.WAITING)} (It needs a running kernel.)</p>"
        return {**bundle, "text/plain": repr(self), "text/html": still}
