"""A figure with the words that say what it shows: drawn in one style, stored in few bytes.

Matplotlib is used through Figure objects: no pyplot, no global state.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import math
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ParamSpec

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from PIL import Image

from ..theory import superscript

P = ParamSpec("P")

# A fifth more bytes in a sixth of the time; `make execute`, whose pictures Git keeps for ever, asks for the fewest.
COMPRESSION = 9 if os.environ.get("POLYFIT_FEWEST_BYTES") else 6

STYLE: dict[Any, Any] = {
    "figure.facecolor": "white",
    "figure.dpi": 144,
    "font.size": 10.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#ececec",
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "legend.handlelength": 2.8,
    "lines.linewidth": 2.2,
    "path.simplify": False,
}


class Picture:
    """A figure together with the text that says what it shows.

    A notebook shows the picture, with the text as its `alt`; print, screen readers and tests get the text.

    Parameters
    ----------
    figure : matplotlib Figure
    description : str
        What can be seen, in a sentence or two; deterministic, with rounded numbers.
    again : function without arguments, or None
        Draws the same figure again. With it, a shown picture gives its figure up: notebooks keep every result, and
        megabytes with each.
    """

    def __init__(self, figure: Figure, description: str, again: Callable[[], Figure] | None = None) -> None:
        self._figure: Figure | None = figure
        self.description = description
        self.again = again

    @property
    def figure(self) -> Figure:
        """The Matplotlib figure, to be saved in another format, say."""
        if self._figure is None:
            assert self.again is not None
            self._figure = self.again()
        return self._figure

    def __repr__(self) -> str:
        return self.description

    def _repr_html_(self) -> str:
        return self._html

    @functools.cached_property
    def _html(self) -> str:
        picture = base64.b64encode(_png(self.figure)).decode()
        width = round(self.figure.get_figwidth() * 96)  # so that its text is as large as the page's
        if self.again:
            self.figure.clear()  # else its cycles would wait for a full garbage collection
            self._figure = None
        return (
            f'<img alt="{html.escape(self.description)}" src="data:image/png;base64,{picture}" '
            f'style="width:{width}px; max-width:100%; height:auto; border-radius:8px">'
        )


def style_of(settings: dict[Any, Any]) -> AbstractContextManager[None]:
    """Draw with these settings on Matplotlib's defaults, whatever the reader's own are."""
    return matplotlib.style.context(["default", settings])


def styled(draw: Callable[P, Picture]) -> Callable[P, Picture]:
    """Draw in this module's style, and leave Matplotlib's settings as they were."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Picture:
        with style_of(STYLE):
            picture = draw(*args, **kwargs)
        picture.again = lambda: drawn(*args, **kwargs).figure
        return picture

    return drawn


def new_figure(columns: int, height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """Return a figure of one row, so many inches high, and the axes of its columns."""
    figure = Figure(figsize=(11.0 if columns > 1 else 7.6, height), layout="constrained")
    axes = list(figure.subplots(1, columns, squeeze=False)[0])
    for column in axes:
        column.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    return figure, axes


def logarithmic(axis: XAxis | YAxis, low: float, high: float, ink: str = "black") -> None:
    """Make an axis logarithmic between two positive limits, in a quarter of Matplotlib's own time.

    Powers of ten are words ("10⁻²"), not formulas to be parsed, and all small ticks together are one line. Where fewer
    than two powers of ten are seen, Matplotlib does it, and labels small ticks, too.
    """
    axes, along = axis.axes, axis.axis_name
    getattr(axes, f"set_{along}scale")("log")
    first, last = math.log10(low), math.log10(high)
    if math.floor(last) > math.ceil(first):
        axis.set_major_locator(LogLocator(numticks=7))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"10{superscript(round(math.log10(value)))}"))
        axis.set_minor_locator(NullLocator())
        decades = np.arange(math.floor(first), math.ceil(last))
        if len(decades) <= 9:  # of more they would be a smear
            small = np.outer(10.0**decades, np.arange(2, 10)).ravel()
            small = small[(low <= small) & (small <= high)]
            places = (small, 0 * small) if along == "x" else (0 * small, small)
            across, marker = getattr(axes, f"get_{along}axis_transform")(), TICKDOWN if along == "x" else TICKLEFT
            ticks = Line2D(*places, color=ink, linestyle="none", transform=across)
            ticks.set(marker=marker, markersize=2, markeredgewidth=0.6)
            axes.figure.add_artist(ticks)  # not to the axes, whose lines are what is drawn in them
    getattr(axes, f"set_{along}lim")(low, high)


def _png(figure: Figure) -> bytes:
    """Return a figure as a PNG of at most 256 colours: a third of the bytes of one of true colour."""
    with style_of(STYLE):
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
    palette, indices = _few_colours(np.asarray(canvas.buffer_rgba()))
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes(), "RGBA")
    buffer = io.BytesIO()
    image.save(buffer, format="png", compress_level=COMPRESSION)
    return buffer.getvalue()


def _few_colours(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a palette of at most 256 colours, shape (colours, 4), and each pixel's index in it, shape (rows, columns).

    The most frequent colours, those of the ground, lines and letters, stay as they are. The many others are those of
    smooth edges, and are rounded: by 16 of 255 at most, unless a picture has far more colours than ours have.

    Parameters
    ----------
    pixels : array of uint8, shape (rows, columns, 4)
        Red, green, blue and opacity.
    """
    packed = pixels.view(np.uint32).reshape(-1)
    first = np.flatnonzero(np.diff(packed, prepend=~packed[:1]))  # of each stretch of equal pixels: most have equals
    lengths = np.diff(first, append=len(packed))
    different, indices = np.unique(packed[first], return_inverse=True)
    colours = different.view(np.uint8).reshape(-1, 4)
    rare = np.argsort(-np.bincount(indices, lengths), kind="stable")[32:]
    for step in (32, 64, 128):  # at the last, 3⁴ colours are left of the rare ones
        rounded = colours.copy()
        rounded[rare] = np.minimum((colours[rare].astype(int) + step // 2) // step * step, 255)
        palette, merged = np.unique(rounded, axis=0, return_inverse=True)
        if len(palette) <= 256:
            break
    numbers = merged.reshape(-1).astype(np.uint8)[indices]
    return palette, np.repeat(numbers, lengths).reshape(pixels.shape[:2])
