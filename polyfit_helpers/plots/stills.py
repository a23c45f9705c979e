"""The still pictures of the notebooks, and how each kind of line looks.

Every function returns a `Picture`, which a notebook shows as the last line of a cell. Colours and dashes carry meaning
and are the same in every picture; they stay distinguishable for colour-blind readers and in black and white.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from ..data import Data
from ..history import History
from ..theory import Floats, LeastSquares, equation, polynomial_values
from .picture import Picture, logarithmic, new_figure, styled

UNDER = 1.9  # below the lines, which Matplotlib draws at 2
HIGHEST = 1e250  # what a logarithmic axis can still show with a margin above


class Stroke(NamedTuple):
    """How one kind of line looks everywhere: its colour (after Okabe and Ito), its dash ("none" is dots), its width."""

    color: str
    dash: Any
    width: float = 2.2


DATA = Stroke("#0072B2", "solid")
FIT = Stroke("#D55E00", (0, (5, 2)))
MEASURED = Stroke("#D55E00", "solid")
PREDICTED = Stroke("#CC79A7", "solid", 6.5)  # a band, on which what is measured lies
PART = Stroke("#CC79A7", (0, (2, 2)), 1.2)  # one direction's share of what is predicted
CONTOUR = Stroke("#9a9a9a", "solid", 0.8)
TRIES = Stroke("#D55E00", "none")  # dots, not joined
BEST = Stroke("#6b6b6b", (0, (1, 1.6)))
GHOSTS = tuple(  # runs that were kept, in order
    Stroke("#6b6b6b", dash) for dash in ("solid", (0, (5, 1.5)), (0, (2.5, 1.5)), (0, (7, 1.5, 1, 1.5)))
)
MEMORY_LINES = (Stroke("#8f8f8f", (0, (1, 1.6))), Stroke("#8f8f8f", (0, (1, 3.2))))  # of what memory alone takes
OTHERS = (  # runs that are compared, in order; purple is the prediction's, and blue the data's as long as possible
    Stroke("#D55E00", "solid"),
    Stroke("#56B4E9", (0, (6, 2))),
    Stroke("#009E73", (0, (3, 1.5))),
    Stroke("#E69F00", (0, (1, 1))),
    Stroke("#000000", (0, (8, 2, 1, 2, 1, 2))),
    Stroke("#0072B2", (0, (5, 1.5, 1, 1.5))),
)


@styled
def fits(
    data: Data,
    curves: Mapping[str, ArrayLike],
    *,
    fit: str | None = None,
    predict: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values,
) -> Picture:
    """Draw the data and several polynomials over them, or curves of another model.

    Parameters
    ----------
    data : Data
        Few points are drawn as dots, many as a line.
    curves : mapping from a label to parameters of shape (degree + 1,)
    fit : str or None
        The label that is drawn as the fit; one that begins with 'best' is drawn as the best fit.
    predict : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y; a polynomial unless told otherwise, whose equation the description then tells.
    """
    figure, (axes,) = new_figure(1)
    x = data.in_order().x
    if predict is not polynomial_values:
        x = np.linspace(x[0], x[-1], 400)  # bends of its own between the points
    _draw_data(axes, data)
    free = _lines_for([label for label in curves if label != fit and not label.startswith("best")], OTHERS[2:5])
    for label, parameters in curves.items():
        line = FIT if label == fit else BEST if label.startswith("best") else next(free)
        _plot(axes, x, predict(x, parameters), line, label)
    _finish_fit(axes, data)
    told = list(curves)
    if predict is polynomial_values:
        told = [f"{label}: {equation(parameters)}" for label, parameters in curves.items()]
    return Picture(figure, f"The data, {data.name}, and over them {'; '.join(told)}.")


@styled
def board(
    data: Data,
    history: History,
    *,
    predicted: ArrayLike | None = None,
    predict: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values,
) -> Picture:
    """Draw a finished run: the data with the fit, and the loss over the iterations above the floor.

    Parameters
    ----------
    data : Data
        What the run was fitted to.
    history : History
        The run, with a sum of squared errors as its loss.
    predicted : array, shape (n,), or None
        Losses from `theory`, drawn beside the measured ones.
    predict : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y; a polynomial of degree P − 1 unless told otherwise.
    """
    if not len(history):
        raise ValueError("the history is empty: record at least the start, as in record(loop, 0)")
    problem = _cubic(data)
    x = data.in_order().x
    figure, (left, right) = new_figure(2)
    _draw_data(left, data)
    _plot(left, x, polynomial_values(x, problem.optimum), BEST, "best cubic")
    with np.errstate(over="ignore", invalid="ignore"):
        fitted = predict(x, history[-1].parameters)
    _plot(left, x, fitted, FIT, f"fit after {with_thin_spaces(history.iterations)} iterations")
    _finish_fit(left, data)
    _draw_losses(right, {"loss, measured": history.losses}, problem.floor, [MEASURED])
    if predicted is not None:
        _plot(right, np.arange(np.size(predicted)), _drawable(predicted), PREDICTED, "loss, predicted")
    _finish_losses(right)
    return Picture(
        figure,
        f"Left: {data.name}, the fit after {with_thin_spaces(history.iterations)} iterations and the best cubic. "
        f"Right: {_in_words('the loss', history.losses)}; the floor is {_rounded(problem.floor)}.",
    )


@styled
def losses(
    runs: Mapping[str, History | ArrayLike], *, floor: float | None = None, title: str = "", every: int = 1
) -> Picture:
    """Draw the losses of several runs on one logarithmic axis, with the floor below them.

    Parameters
    ----------
    runs : mapping from a label to a History or to losses of shape (n,)
        A label that begins with 'predicted' is drawn as a prediction.
    floor : float or None
        The floor; None draws none.
    title : str
    every : int
        Draw each every-th state only, for runs that jump up and down.
    """
    curves = {
        label: run.losses if isinstance(run, History) else np.asarray(run, dtype=float) for label, run in runs.items()
    }
    figure, (axes,) = new_figure(1)
    free = _lines_for([label for label in curves if not label.startswith("predicted")], OTHERS)
    lines = [PREDICTED if label.startswith("predicted") else next(free) for label in curves]
    _draw_losses(axes, curves, floor, lines, every)
    _finish_losses(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside them: a curve that swings leaves no room
    axes.set_title(title)
    in_words = "" if floor is None else f" The floor is {_rounded(floor)}."
    return Picture(figure, "; ".join(_in_words(label, values, 2) for label, values in curves.items()) + "." + in_words)


@styled
def candidates(curves: Mapping[str, ArrayLike], reference: ArrayLike) -> Picture:
    """Draw loss curves side by side, to choose one of them, each over the same dotted reference (notebook 06).

    There is no legend: the question says what the lines are.

    Parameters
    ----------
    curves : mapping from a label to losses of shape (n,)
        Each is drawn as parts of its first loss. One that is finite and shorter than the reference has ended with
        an error: a cross marks where.
    reference : array, shape (n,)
        The losses of a run as it should be.
    """
    figure, axes = new_figure(len(curves), height=2.1)
    figure.set_figwidth(6.7)  # as wide as the card of a question
    figure.set_dpi(110)  # small, since ten are stored in one notebook
    figure.set_layout_engine(None)  # a layout draws each one twice
    figure.subplots_adjust(left=0.105, right=0.985, bottom=0.24, top=0.88, wspace=0.12)
    correct = np.asarray(reference, dtype=float)
    words = []
    for panel, (label, values) in zip(axes, curves.items(), strict=True):
        losses = np.asarray(values, dtype=float)
        part = losses / losses[0] if len(losses) else losses
        has_ended = len(losses) < len(correct) and bool(np.isfinite(losses).all())
        _plot(panel, np.arange(len(correct)), _drawable(correct / correct[0]), BEST, "correct")
        panel.plot(np.arange(len(part)), _drawable(part), color=MEASURED.color, linewidth=0.9, label=f"curve {label}")
        if has_ended:
            panel.plot(
                np.arange(len(part))[-1:], part[-1:], ".", color=MEASURED.color, markersize=10, label="last state"
            )
            end = (len(part) + 0.1 * len(correct), part[-1]) if len(part) else (0, 1.0)
            panel.plot(*end, "X", color="#000000", markersize=8, linestyle="", label="error")
            panel.annotate("error", end, (7, 4), textcoords="offset points", fontsize=9.5)
        words.append(f"{label} {_candidate_in_words(losses, has_ended)}")
        logarithmic(panel.yaxis, 1e-3, 1e2)
        panel.set(xlim=(-0.06 * len(correct), 1.04 * len(correct)), xlabel="iteration", ylabel="loss / first loss")
        panel.yaxis.label.set_visible(panel is axes[0])  # all have the same axis
        panel.tick_params(labelleft=panel is axes[0])
        panel.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 5, 10]))
        panel.set_title(label)
    return Picture(figure, f"Loss curves to choose from, over the correct one: {'; '.join(words)}.")


def _candidate_in_words(losses: Floats, has_ended: bool) -> str:
    """Say what a loss curve does; has_ended: by an error."""
    if has_ended:
        return f"ends with an error after {len(losses)} state{'s' * (len(losses) != 1)}"
    if not np.isfinite(losses).all():
        return "grows until it overflows"
    rises = "rises again and again" if (np.diff(losses) > 0).sum() > len(losses) / 10 else "never swings"
    return f"ends at {_rounded(losses[-1] / losses[0], 2)} of its first loss and {rises}"


@styled
def step_sizes(
    problem: LeastSquares, start: Sequence[float], iterations: int, measured: Mapping[float, float]
) -> Picture:
    """Draw the loss after a number of iterations against the learning rate, with the stability limit (notebook 01).

    Parameters
    ----------
    problem : LeastSquares
    start : sequence of floats
    iterations : int
    measured : mapping from learning rates to losses
        Runs that were really made; infinite losses are drawn at the upper edge.
    """
    limit = problem.stability_limit()
    rates = np.concatenate([np.geomspace(limit / 3000, limit, 300), limit * np.linspace(1, 1.05, 60)])
    predicted = [problem.predicted_losses(start, rate, [iterations])[0] for rate in rates]
    top = 100 * problem.loss(start)
    figure, (axes,) = new_figure(1)
    _plot(axes, rates, np.clip(predicted, 0, top), PREDICTED, "predicted")
    points = np.array([(rate, min(loss, top) if loss == loss else top) for rate, loss in measured.items()])
    axes.plot(*points.T, "o", color=MEASURED.color, markersize=7, label="measured (at the top: diverged)")
    axes.axvline(
        limit, color="#333333", linewidth=1.2, linestyle=(0, (4, 2)), label=f"stability limit {_as_rate(limit)}"
    )
    axes.axhline(problem.floor, color=BEST.color, linestyle=BEST.dash, label=f"floor: {_rounded(problem.floor)}")
    axes.set(xlabel="learning rate", ylabel=f"loss after {with_thin_spaces(iterations)} iterations")
    _logarithmic(axes.xaxis)
    logarithmic(axes.yaxis, problem.floor / 2, 1.3 * top)
    axes.legend(loc="upper left")
    return Picture(
        figure,
        f"Loss after {with_thin_spaces(iterations)} iterations against the learning rate: "
        "it falls to the floor as the rate grows, and beyond the stability limit "
        f"{_as_rate(limit)} it shoots up. The measured runs lie on the predicted curve.",
    )


@styled
def differences(reference: History, runs: Mapping[str, History]) -> Picture:
    """Draw how far each run's loss is from that of a reference, relative to it, over the iterations (notebook 02)."""
    figure, (axes,) = new_figure(1)
    words = []
    for (label, run), line in zip(runs.items(), _lines_for(runs, OTHERS), strict=True):
        size = min(len(run), len(reference))
        with np.errstate(invalid="ignore"):
            gap = _drawable(np.abs(run.losses[:size] / reference.losses[:size] - 1))
        _plot(axes, np.arange(size), gap, line, label)
        # one power of ten above the largest gap: rounding differs from machine to machine, this text does not
        power = math.ceil(math.log10(np.nanmax(gap, initial=1e-17))) + 1
        words.append(f"{label} stays below 1e{power}")
    axes.set(xlabel="iteration", ylabel="relative difference of the loss")
    _logarithmic(axes.yaxis)
    axes.legend(loc="best")
    return Picture(figure, "Relative difference of the loss from the reference run: " + "; ".join(words) + ".")


@styled
def phases(parts: Mapping[str, Mapping[str, float]], unit: str = "µs") -> Picture:
    """Draw what each phase of an iteration takes as a bar that is put together from parts (notebook 09).

    Parameters
    ----------
    parts : mapping from a phase to a mapping from the names of its parts to numbers
        All phases have the same parts, six at most.
    unit : str
        Of the numbers.
    """
    names = list(next(iter(parts.values())))
    figure, (axes,) = new_figure(1, height=0.45 * len(parts) + 1.3)
    left = np.zeros(len(parts))
    for name, line, hatch in zip(names, _lines_for(names, OTHERS), ("", "//", "..", "xx", "--", "oo"), strict=False):
        widths = np.array([part[name] for part in parts.values()])
        axes.barh(list(parts), widths, left=left, color=line.color, hatch=hatch, edgecolor="white", label=name)
        left += widths
    axes.invert_yaxis()
    axes.set(xlabel=f"{unit} an iteration", ylabel="phase")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    words = (
        f"{phase}: " + ", ".join(f"{name} {part[name]:.3g} {unit}" for name in names) for phase, part in parts.items()
    )
    return Picture(figure, f"Where the time of an iteration goes. {'; '.join(words)}.")


@styled
def step_times(
    curves: Mapping[str, Mapping[int, float]],
    *,
    stored: Mapping[str, Mapping[int, float]] | None = None,
    memory_lines: Mapping[str, Mapping[int, float]] | None = None,
    crossings: Mapping[str, float | None] | None = None,
) -> Picture:
    """Draw the time of an iteration against the number of points, on logarithmic axes (notebook 09).

    Parameters
    ----------
    curves : mapping from a label to a mapping from numbers of points to seconds
        What was measured.
    stored : the same, or None
        What was measured earlier, perhaps elsewhere.
    memory_lines : the same, or None
        The time that memory alone needs; an iteration that reads less may be faster.
    crossings : mapping from a label to a number of points or None
        From where on one curve lies below another, to be marked if it ever does.
    """
    figure, (axes,) = new_figure(1, height=4.4)
    words = []
    for kind, group, lines in (
        ("", curves, OTHERS),
        ("stored: ", stored or {}, GHOSTS[1:]),
        ("dotted: ", memory_lines or {}, MEMORY_LINES),
    ):
        for (label, seconds), line in zip(group.items(), _lines_for(group, lines), strict=True):
            _plot(axes, list(seconds), [1e6 * value for value in seconds.values()], line, label)
        words += [kind + ", ".join(group)] if group else []
    crossed = {label: points for label, points in (crossings or {}).items() if points is not None}
    for i, (label, points) in enumerate(crossed.items(), 1):
        mark = f"crossover, {label}, about {with_thin_spaces(round(float(f'{points:.2g}')))} points"
        axes.axvline(points, color="#333333", linewidth=1.2, linestyle=(0, (4, 2) + (1, 2) * (i - 1)), label=mark)
        words.append(mark)
    axes.set(xlabel="points", ylabel="µs an iteration")
    _logarithmic(axes.xaxis)
    _logarithmic(axes.yaxis)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    sizes = [with_thin_spaces(n) for n in sorted({n for seconds in curves.values() for n in seconds})]
    return Picture(
        figure,
        f"Time of an iteration against the number of points, from {sizes[0]} to {sizes[-1]}, both axes logarithmic: "
        f"{'; '.join(words)}.",
    )


def _lines_for(labels: Collection[str], lines: Sequence[Stroke]) -> Iterator[Stroke]:
    """Yield as many different lines as there are labels, or refuse."""
    if len(labels) > len(lines):
        raise ValueError(f"one picture can tell {len(lines)} lines apart, got {len(labels)}: draw fewer")
    return iter(lines[: len(labels)])


def _drawable(values: ArrayLike) -> Floats:
    """Replace what a logarithmic axis cannot show by NaN, which is not drawn."""
    values = np.asarray(values, dtype=float)
    return np.where((values > 0) & (values < HIGHEST), values, np.nan)


def _plot(axes: Axes, x: ArrayLike, y: ArrayLike, line: Stroke, label: str) -> None:
    band: dict[str, Any] = {"linewidth": line.width, "zorder": UNDER} if line is PREDICTED else {}
    axes.plot(x, y, color=line.color, linestyle=line.dash, label=label, **band)


def _cubic(data: Data) -> LeastSquares:
    points = data.numpy()
    return LeastSquares(points.x, points.y)


def _draw_data(axes: Axes, data: Data) -> None:
    points = data.in_order()
    if len(points) < 50:
        axes.plot(points.x, points.y, "o", color=DATA.color, markersize=7, label=f"data: {data.name}")
    else:
        _plot(axes, points.x, points.y, DATA, f"data: {data.name}")


def _finish_fit(axes: Axes, data: Data) -> None:
    y = data.numpy().y
    low, high = min(float(y.min()), 0.0), float(y.max())
    room = 0.25 * (high - low) or 0.5  # y = 0 everywhere
    for line in axes.get_lines():  # a curve that goes a little beyond the data is seen whole
        least, most = np.min(line.get_ydata()), np.max(line.get_ydata())
        if least > low - 3 * room and most < high + 3 * room:
            low, high = min(low, float(least)), max(high, float(most))
    axes.set(xlabel="x", ylabel="y", ylim=(low - room, high + 2 * room))
    axes.legend(loc="best")


def _draw_losses(
    axes: Axes, curves: Mapping[str, Floats], floor: float | None, lines: Sequence[Stroke], every: int = 1
) -> None:
    for (label, values), line in zip(curves.items(), lines, strict=True):
        _plot(axes, np.arange(len(values))[::every], _drawable(values)[::every], line, label)
    if floor is not None:
        axes.axhline(floor, color=BEST.color, linestyle=BEST.dash, linewidth=1.8, label=f"floor: {_rounded(floor)}")


def _finish_losses(axes: Axes) -> None:
    axes.set(xlabel="iteration", ylabel="sum of squared errors")
    _logarithmic(axes.yaxis)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: with_thin_spaces(round(value))))
    axes.legend(loc="upper right")


def _logarithmic(axis: XAxis | YAxis) -> None:
    """Make an axis logarithmic, with room for all that is drawn."""
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    low, high = sorted(axis.get_view_interval())
    logarithmic(axis, low, high)


def _in_words(label: str, values: Floats, digits: int = 4) -> str:
    """Say from where to where losses go."""
    if not np.isfinite(values).all():
        return f"{label} grows until it overflows at iteration {with_thin_spaces(int(np.isfinite(values).argmin()))}"
    first, last = (_rounded(values[i], digits) for i in (0, -1))
    return f"{label} goes from {first} to {last} in {with_thin_spaces(len(values) - 1)} iterations"


def with_thin_spaces(number: int) -> str:
    """Write a whole number with narrow spaces between its thousands."""
    return f"{number:,}".replace(",", "\u202f")


def _as_rate(value: float) -> str:
    return f"{value:.4g}".replace("e-0", "e-")


def _rounded(value: float, digits: int = 4) -> str:
    """Write a number with so many digits, a large one with narrow spaces between its thousands."""
    rounded = float(f"{value:.{digits}g}")
    return with_thin_spaces(round(rounded)) if 1000 <= rounded < 1e6 else f"{rounded:.{digits}g}"
