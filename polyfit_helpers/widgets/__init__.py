"""The live widgets of the notebooks. ipywidgets, anywidget and IPython live here alone."""

from .board import Dashboard, dashboard
from .explore import Explorer, explore
from .pulse import Pulse
from .quiz import Quiz

__all__ = ["Dashboard", "Explorer", "Pulse", "Quiz", "dashboard", "explore"]
