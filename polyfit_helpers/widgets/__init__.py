"""The live widgets of the notebooks. ipywidgets, anywidget and IPython live here alone.

In what order to read: `run` (one loop) and `session` (all of a board), `seen` (what is shown, in one value), `words`
and `views` (functions of it; `texts` has the sentences, `formats` the numbers), `controls` (the table) and `scenes`
(its values on one line), `panel` (widgets), `board` (what holds them together; `tasks` goes on by itself). `explorer`,
`quiz`, `exercise_card` and `pulse` are boards of their own. The names below are imported when they are first asked for:
`session`, `seen` and `run` need no widgets.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .board import Dashboard, dashboard
    from .exercise_card import ExerciseCard
    from .explorer import Explorer, explore
    from .pulse import Pulse
    from .quiz import Quiz

_ROOMS = {
    "board": ("Dashboard", "dashboard"),
    "exercise_card": ("ExerciseCard",),
    "explorer": ("Explorer", "explore"),
    "pulse": ("Pulse",),
    "quiz": ("Quiz",),
}

__all__ = ["Dashboard", "ExerciseCard", "Explorer", "Pulse", "Quiz", "dashboard", "explore"]


def __getattr__(name: str) -> Any:
    for home, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
