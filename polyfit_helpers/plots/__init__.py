"""The pictures of the notebooks, still and live. Matplotlib lives here alone, as Figure objects: no pyplot, no globals.

Colours and dashes carry meaning and are the same in every picture; they stay distinguishable for colour-blind readers
and in black and white.
"""

from .live import Canvas, Curve, canvas, thinned
from .stills import (
    BEST,
    DATA,
    FIT,
    MEASURED,
    OTHERS,
    PREDICTED,
    STYLE,
    Line,
    Picture,
    board,
    differences,
    fits,
    graph,
    losses,
    step_sizes,
)

__all__ = [
    "BEST",
    "DATA",
    "FIT",
    "MEASURED",
    "OTHERS",
    "PREDICTED",
    "STYLE",
    "Canvas",
    "Curve",
    "Line",
    "Picture",
    "board",
    "canvas",
    "differences",
    "fits",
    "graph",
    "losses",
    "step_sizes",
    "thinned",
]
