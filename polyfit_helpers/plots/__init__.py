"""The pictures of the notebooks, still and live. Matplotlib lives here alone, as Figure objects: no pyplot, no globals.

Colours and dashes carry meaning and are the same in every picture; they stay distinguishable for colour-blind readers
and in black and white.
"""

from .autograd_graph import graph
from .live import MOST_POINTS, RUNS, Canvas, Curve, Frame, MovingLine, canvas, fit_canvas, page_look, snapshot, thinned
from .picture import STYLE, Picture
from .stills import (
    BEST,
    CONTOUR,
    DATA,
    FIT,
    GHOSTS,
    MEASURED,
    OTHERS,
    PART,
    PREDICTED,
    TRIES,
    Stroke,
    board,
    candidates,
    differences,
    fits,
    losses,
    phases,
    step_sizes,
    step_times,
)

__all__ = [
    "BEST",
    "CONTOUR",
    "DATA",
    "FIT",
    "GHOSTS",
    "MEASURED",
    "MOST_POINTS",
    "OTHERS",
    "PART",
    "PREDICTED",
    "RUNS",
    "STYLE",
    "TRIES",
    "Canvas",
    "Curve",
    "Frame",
    "MovingLine",
    "Picture",
    "Stroke",
    "board",
    "candidates",
    "canvas",
    "differences",
    "fit_canvas",
    "fits",
    "graph",
    "losses",
    "page_look",
    "phases",
    "snapshot",
    "step_sizes",
    "step_times",
    "thinned",
]
