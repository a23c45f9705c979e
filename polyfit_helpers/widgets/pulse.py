"""Is the kernel there? A button that it answers."""

from __future__ import annotations

from typing import Any

import ipywidgets

from . import texts


class Pulse(ipywidgets.HBox):  # type: ignore[misc]  # ipywidgets has no type hints
    """A button that asks the kernel for an answer, and the answer (notebook 00).

    It shows that the whole chain works: browser, widget extension, kernel, and back.
    """

    def __init__(self) -> None:
        self.presses = 0
        self.button = ipywidgets.Button(description=texts.PULSE_ASK, button_style="primary", layout={"width": "auto"})
        self.answer = ipywidgets.HTML(texts.PULSE_WAITING)
        self.button.on_click(self._reply)
        super().__init__([self.button, self.answer])

    def _reply(self, button: ipywidgets.Button) -> None:
        self.presses += 1
        self.answer.value = f"<b>{texts.PULSE_YES}</b> {texts.pulse_answer(self.presses)}"

    def __repr__(self) -> str:
        return texts.PULSE_IN_WORDS

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        still = f"<p><b>[{texts.PULSE_ASK}]</b> {texts.PULSE_WAITING} {texts.PULSE_NEEDS}</p>"
        return {**bundle, "text/plain": repr(self), "text/html": still}
