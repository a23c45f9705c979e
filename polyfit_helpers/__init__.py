"""Helpers of the polyfit notebooks: one problem, y = sin(x) fitted by a cubic, from NumPy to torch.nn.

The names below are imported when they are first asked for; none of them imports torch or Matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .data import START, Data, devices, random_start, sine, straight_line
    from .history import History, State, record
    from .training import TrainingLoop, show_diff, show_source
    from .widgets import Pulse, dashboard, explore

__version__ = "0.1.0"

_HOMES = {
    "data": ("START", "Data", "devices", "random_start", "sine", "straight_line"),
    "history": ("History", "State", "record"),
    "training": ("TrainingLoop", "show_diff", "show_source"),
    "widgets": ("Pulse", "dashboard", "explore"),
}

__all__ = [
    "START",
    "Data",
    "History",
    "Pulse",
    "State",
    "TrainingLoop",
    "dashboard",
    "devices",
    "explore",
    "random_start",
    "record",
    "show_diff",
    "show_source",
    "sine",
    "straight_line",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f".{home}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
