"""The live widgets of the notebooks. ipywidgets, anywidget and IPython live here alone."""

from .board import Dashboard, dashboard
from .pulse import Pulse

__all__ = ["Dashboard", "Pulse", "dashboard"]
