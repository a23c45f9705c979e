"""The live pictures of the dashboard: what stands still is drawn once, what moves is sent as numbers.

Matplotlib draws axes, ticks and legend as SVG with real text in the page's own colour. The page draws the moving lines
over it, in a second SVG of the same coordinates (`widgets/curves.js`), so that a frame costs a fraction of a
millisecond and some 2 kB.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from ..data import Data
from ..theory import Floats
from .picture import STYLE, Picture, logarithmic, style_of
from .stills import DATA, FIT, OTHERS, Stroke, with_thin_spaces

Numbers = NDArray[np.float32]
MOST_POINTS = 150  # a line is thinned to what the pixels can show
INK = "#010203"  # drawn by Matplotlib, then replaced by the page's own text colour
PAPER = "#fdfcfb"  # the same for the ground of the page
RUNS = tuple(line._replace(color=INK) if line.color == "#000000" else line for line in OTHERS)
LIVE_STYLE: dict[Any, Any] = {
    **STYLE,
    "svg.fonttype": "none",
    "svg.hashsalt": "polyfit",
    "font.size": 11,
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": True,
    "legend.facecolor": PAPER,
    "legend.edgecolor": "none",
    "legend.framealpha": 0.8,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "grid.color": INK,
    "grid.alpha": 0.09,
    "lines.linewidth": 2.2,
}


class Curve(NamedTuple):
    """A line that stands still: its label, its points as tuples, and how it looks."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    line: Stroke


class MovingLine(NamedTuple):
    """A line that moves: its points in the units of the axes, float32 of shape (N,), and how it looks."""

    x: Numbers
    y: Numbers
    look: Stroke


class Frame(NamedTuple):
    """What moves in a picture, at one moment.

    `says` is what the whole picture shows, for screen readers; `cursor` is where on the x axis a thin vertical line
    stands.
    """

    lines: Mapping[str, MovingLine]
    says: str = ""
    cursor: float | None = None


class Canvas:
    """One set of axes whose moving lines can be redrawn cheaply; made by `canvas`, which keeps the last ones.

    Parameters
    ----------
    xlim, ylim : pairs of floats
        Limits of the axes; ylim positive if log.
    xlabel, ylabel : str
    moving : tuple of (label, Stroke)
        The lines that move, for the legend.
    fixed : tuple of Curve
        The lines that stand still.
    log : bool
        Whether the y axis is logarithmic.
    whole : bool
        Whether the x axis counts, such as iterations.
    legend : str
        Matplotlib's name of the legend's corner.
    """

    SIZE = (460.0, 270.0)  # points, the coordinates of both SVGs
    LEFT, RIGHT, BOTTOM, TOP = 0.135, 0.965, 0.155, 0.975  # of the axes in the picture, the same in each
    X_LABEL, Y_LABEL = -0.1, -0.12  # how far below and beside the axes their labels stand, the same in each

    def __init__(
        self,
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        xlabel: str,
        ylabel: str,
        moving: tuple[tuple[str, Stroke], ...],
        fixed: tuple[Curve, ...],
        log: bool = False,
        whole: bool = False,
        legend: Any = "upper right",
    ) -> None:
        wide, high = self.SIZE
        self.log = log
        self._whole, self._legend = whole, legend
        self._limits, self._labels, self._moving, self._fixed = (xlim, ylim), (xlabel, ylabel), moving, fixed
        with style_of(LIVE_STYLE):
            figure = Figure(figsize=(wide / 72, high / 72), dpi=72)
            self.draw(figure)
            buffer = io.StringIO()
            figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
            figure.clear()  # else its cycles would wait for a full garbage collection
        self.still = _for_the_page(buffer.getvalue())

    def draw(self, figure: Figure, column: int = 0, columns: int = 1) -> Axes:
        """Draw what stands still into one column of a figure, and return its axes."""
        left, width = (column + self.LEFT) / columns, (self.RIGHT - self.LEFT) / columns
        axes = figure.add_axes((left, self.BOTTOM, width, self.TOP - self.BOTTOM))
        (xlim, ylim), (xlabel, ylabel) = self._limits, self._labels
        if self.log:
            logarithmic(axes.yaxis, *ylim, ink=INK)
        if self._whole:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: with_thin_spaces(round(value))))
        axes.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)
        # A place that is given: Matplotlib would lay out all ticks twice more to find one.
        axes.xaxis.set_label_coords(0.5, self.X_LABEL)
        axes.yaxis.set_label_coords(self.Y_LABEL, 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=self._whole))
        for tick, value in zip(axes.xaxis.get_major_ticks(), axes.get_xticks(), strict=True):
            if value == xlim[1] >= 100_000:
                tick.label1.set_horizontalalignment("right")  # in its middle it would leave the picture
        for label, x, y, line in self._fixed:
            axes.plot(x, y, label=label, **_plot_style(line))
        handles = axes.get_legend_handles_labels()[0]
        handles += [Line2D([], [], label=label, **_plot_style(line)) for label, line in self._moving]
        axes.legend(handles=handles, loc=self._legend, borderaxespad=0.2)
        return axes

    @property
    def places(self) -> dict[str, Any]:
        """How data become places, as the page is told: the limits of the axes, and their box in points of the SVG."""
        wide, high = self.SIZE
        left, top = wide * self.LEFT, high * (1 - self.TOP)
        box = [left, top, wide * self.RIGHT - left, high * (1 - self.BOTTOM) - top]
        (x, y), size = self._limits, list(self.SIZE)
        return {"x": list(x), "y": list(y), "log": self.log, "box": [round(one, 3) for one in box], "size": size}

    def line(self, x: ArrayLike, y: ArrayLike, look: Stroke, most: int = MOST_POINTS) -> MovingLine:
        """Return a line of at most about `most` points, none of them NaN, infinite or far outside."""
        xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        known = ~(np.isnan(xs) | np.isnan(ys))
        if not known.all():
            xs, ys = xs[known], ys[known]
        xs, ys = thinned(xs, ys, most)
        (xlim, ylim) = self._limits
        return MovingLine(_near(xs, *xlim), _near(ys, *ylim, log=self.log), look)


def snapshot(pictures: Sequence[tuple[Canvas, Frame]]) -> Picture:
    """Draw live pictures as they are now side by side, to be read where no kernel runs.

    Parameters
    ----------
    pictures : sequence of (Canvas, Frame)
    """
    wide, high = Canvas.SIZE
    with style_of(LIVE_STYLE):
        figure = Figure(figsize=(len(pictures) * wide / 72, high / 72), dpi=96)  # as it is shown: notebooks store many
        for column, (still, frame) in enumerate(pictures):
            axes = still.draw(figure, column, len(pictures))
            limits = axes.get_xlim(), axes.get_ylim()
            for x, y, look in frame.lines.values():
                axes.plot(x, y, **_plot_style(look))
            if frame.cursor is not None:
                axes.axvline(frame.cursor, color=INK, linewidth=1.0)
            axes.set(xlim=limits[0], ylim=limits[1])
    description = " ".join(frame.says for _, frame in pictures if frame.says)
    return Picture(figure, description, lambda: snapshot(pictures).figure)


def _near(values: Floats, low: float, high: float, log: bool = False) -> Numbers:
    """Return values as the page gets them: float32, and no farther outside an axis than it is long."""
    away = 2 * low - high, 2 * high - low
    if log:
        away = max(low * low / high, 1e-37), min(high * high / low, 1e37)
    return np.clip(values, *away).astype(np.float32)


def fit_canvas(points: Data, *others: Curve, moving: tuple[tuple[str, Stroke], ...] = (("fit", FIT),)) -> Canvas:
    """Return the canvas of fits that move over the data.

    Parameters
    ----------
    points : Data
        Arrays, x ascending.
    others : Curve
        What else stands still.
    moving : tuple of (label, Stroke)
        The fits.
    """
    x, y = points.x, points.y
    low, high = float(y.min()), float(y.max())
    room = 0.25 * (high - low) or 0.5  # the same y everywhere
    data = Curve(f"data: {points.name}", tuple(x.tolist()), tuple(y.tolist()), DATA)
    # The legend lies below: the start of every notebook is a cubic that leaves the picture above, left and right.
    xlim, ylim = (float(x[0]) - 0.1, float(x[-1]) + 0.1), (low - (1.2 + 0.35 * (2 + len(moving))) * room, high + room)
    return canvas(xlim, ylim, "x", "y", moving, (data, *others), legend="lower right")


canvas = lru_cache(maxsize=32)(Canvas)  # a cell that runs again finds its pictures drawn


def thinned(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """Keep at most about `most` points of a line: of each stretch the least and the greatest, and both ends."""
    if len(x) <= most:
        return x, y
    stretch = -(-2 * len(x) // (most - 2))  # so many points give two
    whole = len(x) // stretch * stretch
    stretches = y[:whole].reshape(-1, stretch)
    first = np.arange(0, whole, stretch)
    least, greatest = first + stretches.argmin(axis=1), first + stretches.argmax(axis=1)
    keep = np.unique(np.concatenate([[0], least, greatest, [len(x) - 1]]))
    return x[keep], y[keep]


def _plot_style(line: Stroke) -> dict[str, Any]:
    """Return Matplotlib's words for how a line looks."""
    dots = line.dash == "none"
    return {"color": line.color, "linestyle": line.dash, "linewidth": line.width, "marker": "o" if dots else ""}


def page_look(line: Stroke) -> list[Any]:
    """Return how a line looks, as the page is told: its colour, its width, and its dashes in points, or "dots"."""
    color = "currentColor" if line.color == INK else line.color
    if line.dash == "none":
        return [color, line.width, "dots"]
    dashes = () if line.dash == "solid" else line.dash[1]
    return [color, line.width, [round(line.width * length, 2) for length in dashes]]


def _for_the_page(svg: str) -> str:
    """Make Matplotlib's SVG part of a page: no preamble, the page's text colour, as wide as its place."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?) height="[^"]*"', r'\1 aria-hidden="true"', svg, count=1)
    svg = svg.replace(INK, "currentColor").replace(PAPER, "var(--ground, #fff)")
    return re.sub(r"\n\s*", "\n", svg)
