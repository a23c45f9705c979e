"""The right picture of a dashboard: one class for each way to look at a run; and both pictures together.

A view draws its axes once, when a run begins or ends, and gives the points of its lines for each frame. What theory
expects it tells the page, which draws that by itself. What a view says in words is a function of what is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..plots import (
    BEST,
    CONTOUR,
    FIT,
    GHOSTS,
    MEASURED,
    MOST_POINTS,
    PART,
    PREDICTED,
    RUNS,
    Canvas,
    Curve,
    Frame,
    MovingLine,
    Stroke,
    canvas,
    fit_canvas,
    page_look,
    snapshot,
    thinned,
)
from ..theory import Floats, LeastSquares
from . import texts
from .run import Run
from .seen import Kept, Seen

LETTERS = "abcdefgh"
FIT_POINTS = 100  # of the line of a fit, which is smooth
EXPECTED_POINTS = 400  # of a line that theory expects
MOST_POINTS_TOGETHER = 420  # of all lines of a picture together
GHOST_POINTS = 300  # of the line of a run that was kept
BEST_DOT = Stroke(BEST.color, "none")
SEVENTH = Stroke(PREDICTED.color, (0, (6, 2, 1, 2)))  # of the coefficients
GUESSED = Stroke(RUNS[2].color, "solid", 4.0)
Lines = dict[str, MovingLine]
LineMaker = Callable[[Floats, Stroke], MovingLine]
Legend = tuple[tuple[str, Stroke], ...]


def most_points(seen: Seen) -> int:
    """Return how many points the line of a run may have."""
    return min(MOST_POINTS, MOST_POINTS_TOGETHER // len(seen.runs))


def letters_of(seen: Seen) -> tuple[str, ...]:
    """Return what the parameters are called: beside powers of x they are letters, else factors of something."""
    basis = seen.problem.basis if seen.problem else "powers"
    if basis == "legendre":
        return tuple(texts.legendre_factor(letter, power) for power, letter in enumerate(LETTERS))
    if basis == "scaled":
        return "a", *(texts.scaled_factor(letter, power) for power, letter in enumerate(LETTERS) if power)
    return tuple(LETTERS)


def lines_of(seen: Seen, alone: str, stroke: Stroke = MEASURED) -> list[tuple[Run, str, Stroke]]:
    """Return each run, what its line is called (its name, if there are several), and how that line looks."""
    if seen.several:
        return [(run, run.name, look) for run, look in zip(seen.runs, RUNS, strict=False)]
    return [(seen.run, alone, stroke)]


def legend_of(seen: Seen, alone: str, stroke: Stroke = MEASURED) -> Legend:
    """Return what the legend says of the runs."""
    return tuple((name, look) for _, name, look in lines_of(seen, alone, stroke))


def still_curve(label: str, x: Iterable[float], y: Iterable[float], stroke: Stroke = BEST) -> Curve:
    """Return a line that stands still."""
    return Curve(label, tuple(map(float, x)), tuple(map(float, y)), stroke)


def predicted_iterations(seen: Seen) -> Floats:
    """Return the iterations at which the prediction is drawn."""
    most, part = seen.planned, 2 if seen.several else 1
    early = np.arange(0, min(most, 60) + 1, part)
    return np.unique(np.concatenate([early, np.linspace(0, most, 240 // part).astype(int)]))


def ghosts(kept: Sequence[Kept], above: bool = False) -> list[Curve]:
    """Return the losses of the runs kept last, or what is above the floor, as curves that stand still."""
    curves = []
    for run, stroke in zip(kept[-len(GHOSTS) :], GHOSTS, strict=False):
        losses = run.losses - run.floor if above else run.losses
        losses = np.clip(losses[np.isfinite(losses)], 1e-300, 1e300)
        x, y = thinned(np.arange(len(losses), dtype=float), losses, GHOST_POINTS)
        curves.append(still_curve(run.name, x, y, stroke))
    return curves


class View:
    """A picture of the runs: axes that stand still, lines that move, and a twin in words."""

    expects = "loss"  # what theory is asked for: 'loss', 'parts' of it, a 'path', or '' for nothing

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self._drawn: dict[str, tuple[int, MovingLine]] = {}  # the measured lines: of how many states, and the line
        self.canvas = self._axes()

    def _axes(self) -> Canvas:
        """Draw what stands still."""
        raise NotImplementedError

    def frame(self, at: int) -> Frame:
        """Return what moves, with the iteration that is looked at."""
        raise NotImplementedError

    def theory(self) -> dict[str, Any] | None:
        """Return all that the curve of what is expected depends on: the page computes it (`curves.js`).

        What `now` holds, the page takes from the control that `controls` names, while that moves.
        """
        seen, problem = self.seen, self.seen.problem
        if problem is None or seen.expects is None or not self.expects:
            return None
        controls = {} if "learning_rate" in seen.run.fixed else {"rate": "learning_rate"}
        if seen.run.has("momentum") and seen.run.option(seen.settings.options, "reset", True):
            controls["momentum"] = "momentum"
        return {
            "kind": self.expects,
            "controls": controls,
            "now": dict(zip(("rate", "momentum"), seen.expects, strict=True)),
            "eigenvalues": problem.eigenvalues.tolist(),
            "errors": (problem.directions @ (np.array(seen.expected_start) - problem.optimum)).tolist(),
            "iterations": self._grid().tolist(),
            "floor": seen.floor,
            "look": page_look(PREDICTED),
            "partLook": page_look(PART),
        }

    def expected(self) -> Lines:
        """Return the same lines as theory expects them: for a picture that no page draws."""
        seen, problem = self.seen, self.seen.problem
        return self._expected(problem, *seen.expects) if problem and seen.expects and self.expects else {}

    def _expected(self, problem: LeastSquares, rate: float, momentum: float) -> Lines:
        raise NotImplementedError

    def _grid(self) -> Floats:
        """Return the iterations at which the expectation is drawn."""
        return predicted_iterations(self.seen)

    def _measured(self, name: str, values: Floats, look: Stroke, draw: LineMaker) -> MovingLine:
        """Return a measured line, made again only if its run has grown: a scrub leaves it as it is."""
        states, line = self._drawn.get(name, (0, None))
        if line is None or len(values) != states:
            line = draw(values, look)
            self._drawn[name] = len(values), line
        return line


class Course(View):
    """Something over the iterations."""

    log = True
    legend = "upper right"
    with_kept = False  # whether kept runs are drawn, too
    expects = ""
    expecting: Legend = ()  # what the legend says of the lines that theory expects

    @property
    def label(self) -> str:
        """Label of the vertical axis."""
        raise NotImplementedError

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        """Return the measured lines: name, values by iteration, look."""
        raise NotImplementedError

    def _lowest_and_highest(self) -> tuple[float, float]:
        raise NotImplementedError

    def _still(self, last: float) -> tuple[Curve, ...]:
        """Return the lines that stand still."""
        return ()

    def _describe(self, at: int) -> str:
        """Say what is seen at an iteration that the first run has made."""
        raise NotImplementedError

    def _axes(self) -> Canvas:
        seen = self.seen
        kept = seen.kept if self.with_kept else ()
        last = float(max(seen.done, seen.planned, 1, *(len(run.losses) - 1 for run in kept)))
        moving = tuple((name, stroke) for name, _, stroke in self._series())
        moving += self.expecting if seen.expects else ()
        limits, still = self._lowest_and_highest(), self._still(last)
        look = {"log": self.log, "whole": True, "legend": self.legend}
        return canvas((0.0, last), limits, texts.ITERATION_AXIS, self.label, moving, still, **look)

    def frame(self, at: int) -> Frame:
        series = self._series()
        most = min(MOST_POINTS, MOST_POINTS_TOGETHER // max(len(series), 1))

        def draw(values: Floats, look: Stroke) -> MovingLine:
            return self.canvas.line(np.arange(len(values)), values, look, most)

        lines = {
            "measured" if len(series) == 1 else name: self._measured(name, values, look, draw)
            for name, values, look in series
        }
        return Frame(lines | self._marks(), self._describe(min(at, self.seen.run.history.iterations)), float(at))

    def _marks(self) -> Lines:
        """Return what else moves."""
        return {}


class Loss(Course):
    """The loss over the iterations, above the floor."""

    above = False  # whether the floor is taken off each loss
    with_kept = True
    expects = "loss"
    expecting: Legend = ((texts.PREDICTED_LOSS, PREDICTED),)

    @property
    def label(self) -> str:
        """Sum or mean, or both where kept runs are the other one."""
        means = {kept.mean for kept in self.seen.kept}
        means.add(self.seen.problem is not None and self.seen.problem.reduction == "mean")
        if len(means) > 1:
            return texts.SUM_AND_MEAN_AXIS
        return texts.MEAN_LOSS_AXIS if means == {True} else texts.LOSS_AXIS

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        return [
            (name, run.history.losses - run.floor * self.above, stroke)
            for run, name, stroke in lines_of(self.seen, texts.MEASURED_LOSS)
        ]

    def _ghosts(self) -> list[Curve]:
        return ghosts(self.seen.kept, self.above)

    def _top(self) -> float:
        ends = [values for _, values, _ in self._series()] + [np.array(curve.y) for curve in self._ghosts()]
        losses = np.concatenate(ends)
        top = float(np.max(losses, initial=2 * self.seen.floor, where=np.isfinite(losses)))
        return 10.0 ** min(math.ceil(math.log10(max(top, 1e-9)) + 0.5), 30)

    def _lowest_and_highest(self) -> tuple[float, float]:
        ends = [min(curve.y) for curve in self._ghosts() if curve.y]
        if self.seen.beyond_cubics:  # room below the floor of every cubic, before the run is there
            ends += [self.seen.floor / 500, *(values.min() for _, values, _ in self._series() if len(values))]
        return max(min([*ends, *(run.floor for run in self.seen.runs)]), 1e-12) / 2, self._top()

    def _still(self, last: float) -> tuple[Curve, ...]:
        floor = self.seen.floor
        line = texts.floor_of_cubics if self.seen.beyond_cubics else texts.floor_line
        return Curve(line(value=floor), (0.0, last), (floor,) * 2, BEST), *self._ghosts()

    def _marks(self) -> Lines:
        if self.seen.guess is None:
            return {}
        iterations, loss = self.seen.guess
        height = loss - self.seen.floor * self.above
        return {"guess": self.canvas.line([0.93 * iterations, iterations], [height] * 2, GUESSED)}

    def _expected(self, problem: LeastSquares, rate: float, momentum: float) -> Lines:
        iterations = self._grid()
        losses = problem.predicted_losses(self.seen.expected_start, rate, iterations, momentum)
        return {"predicted": self.canvas.line(iterations, losses, PREDICTED, EXPECTED_POINTS)}

    def _describe(self, at: int) -> str:
        losses = self.seen.run.history.losses
        return texts.loss_picture(iteration=at, value=float(losses[at]), last=len(losses) - 1, end=float(losses[-1]))


class Above(Loss):
    """The loss above the floor: what gradient descent shrinks by a constant factor becomes straight."""

    above = True
    expects = "parts"
    label = texts.ABOVE_AXIS
    expecting = (*Loss.expecting, (texts.PARTS, PART))

    def _lowest_and_highest(self) -> tuple[float, float]:
        ends = [values[np.isfinite(values)][-1:] for _, values, _ in self._series() if len(values) > 1]
        if self.seen.problem and self.seen.expects:
            rate, momentum = self.seen.expects
            last = self.seen.problem.predicted_parts(self.seen.expected_start, rate, [self.seen.planned], momentum)
            ends.append(last.sum(axis=1))
        known = [float(end[0]) for end in ends if len(end) and np.isfinite(end[0])]
        least = min([*known, 0.1 * self.seen.floor or 1e-3])
        return 10.0 ** math.floor(math.log10(max(least, 1e-9 * self.seen.floor, 1e-12)) - 0.5), self._top()

    def _still(self, last: float) -> tuple[Curve, ...]:
        return tuple(self._ghosts())

    def theory(self) -> dict[str, Any] | None:
        theory = super().theory()
        return theory and theory | {"floor": 0.0}

    def _expected(self, problem: LeastSquares, rate: float, momentum: float) -> Lines:
        iterations = self._grid()
        parts = problem.predicted_parts(self.seen.expected_start, rate, iterations, momentum)
        named = {"predicted": (parts.sum(axis=1), PREDICTED)}
        named |= {f"part {i}": (part, PART) for i, part in enumerate(parts.T, start=1)}
        return {
            name: self.canvas.line(iterations, values, look, EXPECTED_POINTS) for name, (values, look) in named.items()
        }

    def _describe(self, at: int) -> str:
        return texts.above_picture(iteration=at, value=float(self.seen.run.history.losses[at]) - self.seen.floor)


class Coefficients(Course):
    """The parameters of the first run on their way to the best ones."""

    label = texts.COEFFICIENTS_AXIS
    log = False
    legend = "center right"

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        parameters = self.seen.run.history.parameters[:, : len(LETTERS)]
        looks = (*RUNS, SEVENTH, BEST)
        letters = letters_of(self.seen)
        return [(letters[k], values, looks[k]) for k, values in enumerate(parameters.T)]

    def _lowest_and_highest(self) -> tuple[float, float]:
        first = np.array(self.seen.expected_start)
        goal = first if self.seen.problem is None else self.seen.problem.optimum
        reach = 3 * max(float(np.abs(first - goal).max()), 0.5)
        low, high = min(first.min(), goal.min()), max(first.max(), goal.max())
        run = self.seen.run.history.parameters
        run = np.clip(run[np.isfinite(run)], low - reach, high + reach)
        low, high = float(min(low, run.min(initial=low))), float(max(high, run.max(initial=high)))
        room = 0.1 * max(high - low, 0.1)
        return low - room, high + room

    def _still(self, last: float) -> tuple[Curve, ...]:
        if self.seen.problem is None:
            return ()
        x, y = [], []
        for value in self.seen.problem.optimum:
            x += [0.0, last, math.nan]
            y += [float(value)] * 2 + [math.nan]
        return (still_curve(texts.BEST_COEFFICIENTS, x, y),)

    def _describe(self, at: int) -> str:
        values = dict(zip(letters_of(self.seen), self.seen.run.history[at].parameters.tolist(), strict=False))
        return texts.coefficients_picture(iteration=at, values=values)


class Differences(Course):
    """How far the other runs' losses are from the first one's, in units of rounding."""

    label = texts.DIFFERENCES_AXIS

    def __init__(self, seen: Seen) -> None:
        self._known: dict[str, Floats] = {}  # what was computed for the frames before: a history only grows
        super().__init__(seen)

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        first, series = self.seen.run, []
        for run, name, stroke in lines_of(self.seen, "")[1:]:
            size = min(len(first.history), len(run.history))
            known = self._known.get(name, np.empty(0))[:size]
            if len(known) < size:
                known = self._known[name] = np.concatenate([known, roundings_apart(first, run, len(known))])
            series.append((name, known, stroke))
        return series

    def _lowest_and_highest(self) -> tuple[float, float]:
        top = max(float(np.max(values, initial=1e3, where=np.isfinite(values))) for _, values, _ in self._series())
        return 0.4, 10.0 ** min(math.log10(top) + 1.5, 30)

    def _describe(self, at: int) -> str:
        return texts.differences_picture(
            words=_differences(self.seen, {name: values for name, values, _ in self._series()})
        ).strip()


class Path(View):
    """The way of parameter i (across) and j (up) over the lines of equal loss, the others at their best."""

    expects = "path"

    def __init__(self, seen: Seen, i: int, j: int) -> None:
        self.i, self.j = i, j
        super().__init__(seen)

    def _axes(self) -> Canvas:
        i, j, seen = self.i, self.j, self.seen
        first = np.array(seen.expected_start)
        goal = first if seen.problem is None else seen.problem.optimum
        if seen.problem is None:
            reach = np.full(len(first), 1.5 * max(float(np.abs(first).max()), 0.5))
        else:  # as far as stable descent without momentum can get
            reach = 1.1 * seen.problem.reach(seen.expected_start)
        wide, high = (Canvas.RIGHT - Canvas.LEFT) * Canvas.SIZE[0], (Canvas.TOP - Canvas.BOTTOM) * Canvas.SIZE[1]
        half = max(float(reach[i]) / wide, float(reach[j]) / high, 1e-3 / high)
        xlim = (float(goal[i]) - half * wide, float(goal[i]) + half * wide)
        ylim = (float(goal[j]) - half * high, float(goal[j]) + half * high)
        lines = contours(seen.problem, i, j, seen.expected_start) if seen.problem else None
        best = still_curve(texts.BEST_POINT, [goal[i]], [goal[j]], BEST_DOT)
        moving = legend_of(seen, texts.PATH_MEASURED)
        moving += ((texts.PATH_PREDICTED, PREDICTED),) if seen.expects else ()
        letters = letters_of(seen)
        return canvas(xlim, ylim, letters[i], letters[j], moving, (lines, best) if lines else ())

    def theory(self) -> dict[str, Any] | None:
        theory, problem, pair = super().theory(), self.seen.problem, [self.i, self.j]
        if theory is None or problem is None:
            return None
        return theory | {"directions": problem.directions.T[pair].tolist(), "optimum": problem.optimum[pair].tolist()}

    def _grid(self) -> Floats:
        return early(self.seen.planned)

    def _expected(self, problem: LeastSquares, rate: float, momentum: float) -> Lines:
        way = problem.predicted_parameters(self.seen.expected_start, rate, self._grid(), momentum)
        return {"predicted": self.canvas.line(way[:, self.i], way[:, self.j], PREDICTED, EXPECTED_POINTS)}

    def frame(self, at: int) -> Frame:
        drawn: Lines = {}
        for run, name, look in lines_of(self.seen, "measured"):
            if not len(run.history) or run.problem is not self.seen.problem:  # its parameters mean something else
                continue
            way = run.history.parameters
            drawn[name] = self._measured(name, way, look, self._way)
            here = way[min(at, len(way) - 1)]
            drawn[f"{name}, now"] = self.canvas.line([here[self.i]], [here[self.j]], look._replace(dash="none"))
        return Frame(drawn, path_words(self.seen, self.i, self.j, at))

    def _way(self, parameters: Floats, look: Stroke) -> MovingLine:
        some = early(len(parameters) - 1)
        return self.canvas.line(parameters[some, self.i], parameters[some, self.j], look, most_points(self.seen))


class Residuals(View):
    """What the fit misses at each point."""

    expects = ""

    def _axes(self) -> Canvas:
        seen = self.seen
        x, y = seen.points.x, seen.points.y
        curves: tuple[Curve, ...] = ()
        if seen.problem:
            best = seen.problem.values(x, seen.problem.optimum) - y
            curves = (still_curve(texts.BEST_CURVE, x, best),)
        top = [float(np.abs(curve.y).max()) for curve in curves]
        for run in seen.runs:
            if len(run.history) and (run.history.iterations or not seen.done):
                last = missed(seen, run, run.history.iterations)
                top += [float(np.abs(last).max())] if np.isfinite(last).all() else []
        high = 1.4 * min(max([*top, 1e-3]), 1e6)
        xlim, moving = (float(x[0]), float(x[-1])), legend_of(seen, texts.FIT_CURVE)
        return canvas(xlim, (-high, 1.3 * high), "x", texts.RESIDUALS_AXIS, moving, curves)

    def frame(self, at: int) -> Frame:
        x, most = self.seen.points.x, most_points(self.seen)
        drawn = {
            name: self.canvas.line(x, missed(self.seen, run, at), look, most)
            for run, name, look in lines_of(self.seen, "measured")
            if len(run.history)
        }
        return Frame(drawn, residuals_words(self.seen, at))


class Drawing:
    """Both pictures of a dashboard: the fits over the data, and a view of the runs.

    Parameters
    ----------
    seen : Seen
        What stands still is drawn from it: axes and their limits, ticks, legend. Frames follow the live runs.
    """

    def __init__(self, seen: Seen) -> None:
        x, problem = seen.points.x, seen.problem or seen.cubic
        self.best = texts.BEST_CUBIC_CURVE if len(problem.optimum) == 4 else texts.BEST_CURVE
        curve = still_curve(self.best, x, problem.values(x, problem.optimum))
        self.fits = fit_canvas(seen.points, curve, moving=legend_of(seen, texts.FIT_CURVE, FIT))
        self.view = make_view(seen)
        self.theory = self.view.theory()

    def expect(self, seen: Seen) -> None:
        """Take what is seen now: the same runs in the same axes, and another next run."""
        self.view.seen = seen
        self.theory = self.view.theory()

    @property
    def canvases(self) -> tuple[Canvas, Canvas]:
        """What stands still in both pictures."""
        return self.fits, self.view.canvas

    def frames(self, at: int) -> list[Frame]:
        """Return what moves: the fits at one iteration, the last of each run at most, and the view."""
        seen = self.view.seen
        if not len(seen.run.history):
            return [Frame({}), Frame({})]
        drawn = {
            name: self.fits.line(seen.points.x, seen.fitted(run, at), look, min(FIT_POINTS, most_points(seen)))
            for run, name, look in lines_of(seen, "fit", FIT)
            if len(run.history)
        }
        said = texts.fit_picture(name=seen.points.name, best=self.best, iteration=at)
        if kinks := self._kinks(at):
            drawn["kinks"] = kinks
            said += texts.KINKS_PICTURE
        return [Frame(drawn, said), self.view.frame(at)]

    def _kinks(self, at: int) -> MovingLine | None:
        """Return dots on the fit of the first run where its model says that it bends, if it does."""
        seen, find = self.view.seen, getattr(self.view.seen.model, "kinks", None)
        if find is None or seen.several:
            return None
        parameters = seen.run.history[min(at, seen.run.history.iterations)].parameters
        x = find(parameters)
        x = np.sort(x[(x >= seen.points.x[0]) & (x <= seen.points.x[-1])])
        return self.fits.line(x, seen.model(x, parameters), FIT._replace(dash="none"))

    def snapshot(self, frames: Sequence[Frame], *, only_view: bool = False) -> str:
        """Return both pictures as one, or that of the view, as HTML that can be read where no kernel runs."""
        fits, view = frames
        whole = view._replace(lines=self.view.expected() | dict(view.lines))
        pictures = list(zip(self.canvases, (fits, whole), strict=True))
        return snapshot(pictures[only_view:])._repr_html_()


VIEWS: dict[str, Callable[[Seen], View]] = {
    "loss": Loss,
    "above": Above,
    "coefficients": Coefficients,
    "residuals": Residuals,
    "differences": Differences,
}


def view_names(parameters: int, runs: int) -> list[str]:
    """Return the views of a board, such as 'loss' and 'path b d': a path for each two parameters, b and d first.

    With more parameters than letters none is shown by itself, and the floor of a cubic says nothing.
    """
    names = [name for name in VIEWS if name != "differences" or runs > 1]
    if parameters > len(LETTERS):
        return [name for name in names if name not in ("above", "coefficients")]
    pairs = sorted(combinations(LETTERS[:parameters], 2), key=lambda pair: pair != ("b", "d"))
    return names + [f"path {i} {j}" for i, j in pairs]


def check_view(view: str, parameters: int, runs: int) -> None:
    """Raise a ValueError that quotes a view that a board does not have."""
    if view not in (names := view_names(parameters, runs)):
        raise ValueError(f"unknown view {view!r}: choose from {', '.join(map(repr, names))}")


def make_view(seen: Seen) -> View:
    """Return the view that is looked at; one that the model has too few parameters for becomes the loss."""
    if seen.view in VIEWS:
        return VIEWS[seen.view](seen)
    i, j = _path(seen.view)
    return Path(seen, i, j) if j < len(seen.start) else Loss(seen)


def _path(view: str) -> tuple[int, int]:
    """Return which parameters a view such as 'path b d' shows."""
    i, j = (LETTERS.index(letter) for letter in view.split()[1:])
    return i, j


def early(last: int) -> Floats:
    """Return iterations from 0 to the last, most of them early, where the parameters move most.

    They come in neighbours, so that what changes sides at every iteration is seen to do so.
    """
    some = np.geomspace(1, max(last, 1), 110).astype(int)
    return np.unique(np.concatenate([[0], some, np.minimum(some + 1, last)]))[: last + 1]


def contours(problem: LeastSquares, i: int, j: int, start: tuple[float, ...]) -> Curve:
    """Return ellipses of equal loss around the best fit, NaN between them; one goes through the start.

    The others cost 16 and 4 times as much above the floor, then a quarter of it, and so on.
    """
    pair = [i, j]
    curvatures, directions = np.linalg.eigh(problem.hessian[np.ix_(pair, pair)])
    away = np.array(start)[pair] - problem.optimum[pair]
    through_start = math.sqrt(max(float(away @ problem.hessian[np.ix_(pair, pair)] @ away), 1e-12))
    angle = np.linspace(0, 2 * math.pi, 97)
    ellipse = directions @ (np.array([np.cos(angle), np.sin(angle)]) / np.sqrt(curvatures)[:, None]) * through_start
    x: list[float] = []
    y: list[float] = []
    for k in range(2, -7, -1):
        across, up = problem.optimum[pair, None] + ellipse * 2.0**k
        x += [*across.tolist(), math.nan]  # always the same NaN, so that an equal picture is found drawn
        y += [*up.tolist(), math.nan]
    return still_curve(texts.EQUAL_LOSS, x, y, CONTOUR)


# --- The same in words: of the first run at its end; empty if the verdict has said it -----------------------------


def view_words(seen: Seen) -> str:
    """Say what the view shows of the runs at their end; empty if the verdict has said it."""
    if seen.view.startswith("path"):
        i, j = _path(seen.view)
        return path_words(seen, i, j, seen.done) if j < len(seen.start) else ""
    if seen.view == "above":
        return _parts(seen)
    if seen.view == "coefficients":
        if seen.problem is None:
            return ""
        return texts.coefficients(best=dict(zip(letters_of(seen), seen.problem.optimum.tolist(), strict=False)))
    if seen.view == "residuals":
        return residuals_words(seen, seen.done)
    if seen.view == "differences":
        return _differences(seen, {run.name: roundings_apart(seen.run, run) for run in seen.runs[1:]})
    return ""


def _parts(seen: Seen) -> str:
    """Say by what each direction's share of the missing loss is multiplied in an iteration."""
    run = seen.run
    if run.problem is None or run.settings.get("optimizer", "SGD") != "SGD" or run.momentum:
        return ""
    return texts.parts((1 - run.settings["learning_rate"] * run.problem.eigenvalues) ** 2)


def roundings_apart(first: Run, other: Run, known: int = 0) -> Floats:
    """Return how far two runs' losses are apart from an iteration on, in units of rounding, half a unit at least."""
    size = min(len(first.history), len(other.history))
    one, two = first.history.losses[known:size], other.history.losses[known:size]
    with np.errstate(invalid="ignore", over="ignore"):
        unit = np.spacing(one.astype(other.precision)).astype(float)
        return np.asarray(np.maximum(np.abs(two - one) / unit, 0.5))


def _differences(seen: Seen, apart: dict[str, Floats]) -> str:
    """Say how far each run is from the first one."""
    if not seen.done:
        return ""
    most = {name: float(np.max(values, where=np.isfinite(values), initial=0)) for name, values in apart.items()}
    return texts.apart(seen.run.name, most)


def path_words(seen: Seen, i: int, j: int, at: int) -> str:
    """Say which way two parameters have gone, and whether they pull at each other."""
    problem, way = seen.problem, seen.run.history.parameters
    here = way[min(at, len(way) - 1)]
    if not np.isfinite([way[0], here]).all():
        return ""
    names = [letters_of(seen)[k] for k in (i, j)]
    goals = (None, None) if problem is None else (float(problem.optimum[i]), float(problem.optimum[j]))
    ways = zip(names, way[0][[i, j]], here[[i, j]], goals, strict=True)
    words = texts.path(ways=[texts.way(*one) for one in ways])
    if problem is None:
        return words
    curvature = problem.hessian
    coupled = abs(float(curvature[i, j])) / math.sqrt(curvature[i, i] * curvature[j, j])
    if coupled > 0.05:
        return words + texts.tilted(names=names)
    return words + (texts.upright if coupled < 1e-9 else texts.nearly_upright)(names=names)


def missed(seen: Seen, run: Run, at: int) -> Floats:
    """Return what a run's fit misses at each of the points, at an iteration."""
    return np.asarray(seen.fitted(run, at) - seen.points.y)


def residuals_words(seen: Seen, at: int) -> str:
    """Say where the fit of the first run misses most."""
    at = min(at, seen.run.history.iterations)
    off = missed(seen, seen.run, at)
    if not np.isfinite(off).all():
        return ""
    worst = int(np.abs(off).argmax())
    return texts.residuals(iteration=at, value=float(off[worst]), x=float(seen.points.x[worst]))
