"""The right picture of the dashboard: one class for each way to look at a run.

A view draws its axes once, when a run begins or ends, and rewrites its lines for each frame. Each has a twin in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..data import Data
from ..plots import BEST, CONTOUR, PART, PREDICTED, RUNS, Canvas, Curve, Stroke, canvas
from ..theory import Floats, LeastSquares
from . import texts
from .kept import Kept, ghosts
from .run import Run

LETTERS = "abcdefgh"
POINTS = 420  # of all lines of a picture together
Paths = dict[str, tuple[str, Stroke]]


class Shown(NamedTuple):
    """What a board has to show; nothing else is drawn.

    points : the data, x ascending. runs : one or several, with a line each. problem : the theory of the model, if there
    is one. model : computes y from x, shape (N,), and parameters, shape (P,). expects : learning rate and momentum of
    the next run, where theory covers it. planned : its iterations. guess : iterations and the loss that is guessed.
    problem, best : theory and least loss of the first of the runs.
    """

    points: Data
    runs: Sequence[Run]
    lines: Sequence[Stroke]
    kept: Sequence[Kept]
    problem: LeastSquares | None
    best: float
    model: Callable[[ArrayLike, ArrayLike], Floats]
    start: tuple[float, ...]
    planned: int
    expects: tuple[float, float] | None
    guess: tuple[int, float] | None

    @property
    def run(self) -> Run:
        """The first of the runs."""
        return self.runs[0]

    @property
    def letters(self) -> tuple[str, ...]:
        """What the parameters are called; beside powers of x they are letters alone."""
        basis = self.problem.basis if self.problem else "powers"
        return tuple(texts.factor_of(letter, power, basis) for power, letter in enumerate(LETTERS))

    @property
    def longest(self) -> int:
        """Iterations of the run that has made most."""
        return max(run.history.iterations for run in self.runs)

    @property
    def most(self) -> int:
        """How many points a line may have."""
        return min(300, POINTS // len(self.runs))

    @property
    def drawn(self) -> list[tuple[Run, Stroke]]:
        """Each run that has yielded something, with its line."""
        return [(run, line) for run, line in zip(self.runs, self.lines, strict=True) if len(run.history)]

    def fitted(self, run: Run, at: int) -> Floats:
        """Return the fit of a run at an iteration, its last at most, at each of the points."""
        parameters = run.history[min(at, run.history.iterations)].parameters
        model = run.problem.values if run.problem else self.model
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(model(self.points.x, parameters), dtype=float)

    def label(self, run: Run, of: str) -> str:
        """Return what the legend calls a run: its name if there are several."""
        return run.name if len(self.runs) > 1 else of

    def expected_steps(self) -> Floats:
        """Return the iterations at which the prediction is drawn."""
        most, part = self.planned, 2 if len(self.runs) > 1 else 1
        early = np.arange(0, min(most, 60) + 1, part)
        return np.unique(np.concatenate([early, np.linspace(0, most, 240 // part).astype(int)]))


class View:
    """A picture of the runs: axes that stand still, lines that move, and a twin in words."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.canvas = self._axes()
        self.expect(shown)

    def _axes(self) -> Canvas:
        """Draw what stands still."""
        raise NotImplementedError

    def expect(self, shown: Shown) -> None:
        """Take what is to be shown now, and draw what theory expects of it: done while the learning rate moves."""
        self.shown = shown
        self.expected = self._expectation(shown.problem, *shown.expects) if shown.problem and shown.expects else {}

    def _expectation(self, problem: LeastSquares, rate: float, momentum: float) -> Paths:
        """Return the lines that theory expects."""
        return {}

    def frame(self, at: int) -> str:
        """Return the SVG of the moving lines, with the iteration that is looked at."""
        raise NotImplementedError

    def words(self) -> str:
        """Say what this view shows of the first run at its end; empty if the diagnosis has said it."""
        return ""


class Course(View):
    """Something over the iterations."""

    label = texts.LOSS_AXIS
    log = True
    legend = "upper right"

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        """Return the measured lines: name, values by iteration, look."""
        raise NotImplementedError

    def _lowest_and_highest(self) -> tuple[float, float]:
        raise NotImplementedError

    def _still(self, last: float) -> tuple[Curve, ...]:
        """Return the lines that stand still."""
        return ()

    def _expecting(self) -> tuple[tuple[str, Stroke], ...]:
        """Return what the legend says of the expected lines."""
        return ((texts.PREDICTED_LOSS, PREDICTED),)

    def _describe(self, at: int) -> str:
        raise NotImplementedError

    def _axes(self) -> Canvas:
        shown = self.shown
        last = max(
            [float(max(shown.longest, shown.planned, 1)), *(float(len(kept.losses) - 1) for kept in self._compared())]
        )
        moving = tuple((name, line) for name, _, line in self._series())
        if shown.expects:
            moving += self._expecting()
        label = self.label
        if label == texts.LOSS_AXIS:
            means = {kept.mean for kept in self._compared()}
            means.add(shown.problem is not None and shown.problem.reduction == "mean")
            label = texts.SUM_AND_MEAN_AXIS if len(means) > 1 else texts.MEAN_LOSS_AXIS if means == {True} else label
        return canvas(
            (0.0, last),
            self._lowest_and_highest(),
            "iteration",
            label,
            moving,
            self._still(last),
            log=self.log,
            whole=True,
            legend=self.legend,
        )

    def _compared(self) -> Sequence[Kept]:
        """Return the kept runs that this view draws."""
        return ()

    def frame(self, at: int) -> str:
        series = self._series()
        most = min(300, POINTS // len(series)) if series else 300
        drawn = {
            ("measured" if len(series) == 1 else name): (
                self.canvas.path(np.arange(len(values)), values, most),
                line,
            )
            for name, values, line in series
        }
        return self.canvas.frame(drawn | self.expected | self._points(), self._describe(at), cursor=at)

    def _points(self) -> Paths:
        """Return what else is drawn."""
        return {}


class Loss(Course):
    """The loss over the iterations, above the best possible one."""

    above = False  # whether the best possible is taken off each loss

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        return [
            (self.shown.label(run, texts.MEASURED_LOSS), run.history.losses - run.best * self.above, line)
            for run, line in zip(self.shown.runs, self.shown.lines, strict=True)
        ]

    def _compared(self) -> Sequence[Kept]:
        return self.shown.kept

    def _ghosts(self) -> list[Curve]:
        return ghosts(self.shown.kept, self.above)

    def _top(self) -> float:
        ends = [values for _, values, _ in self._series()] + [np.array(curve.y) for curve in self._ghosts()]
        losses = np.concatenate(ends)
        top = float(np.max(losses, initial=2 * self.shown.best, where=np.isfinite(losses)))
        return 10.0 ** min(math.ceil(math.log10(max(top, 1e-9)) + 0.5), 30)

    def _lowest_and_highest(self) -> tuple[float, float]:
        ends = [min(curve.y) for curve in self._ghosts() if curve.y]
        return max(min([*ends, *(run.best for run in self.shown.runs)]), 1e-12) / 2, self._top()

    def _still(self, last: float) -> tuple[Curve, ...]:
        best = self.shown.best
        return Curve(texts.best_possible(best), (0.0, last), (best,) * 2, BEST), *self._ghosts()

    def _points(self) -> Paths:
        if self.shown.guess is None:
            return {}
        iterations, loss = self.shown.guess
        return {
            "guess": (
                self.canvas.path([0.93 * iterations, iterations], [loss - self.shown.best * self.above] * 2),
                GUESSED,
            )
        }

    def _expectation(self, problem: LeastSquares, rate: float, momentum: float) -> Paths:
        steps = self.shown.expected_steps()
        losses = problem.predicted_losses(self.shown.start, rate, steps, momentum)
        return {"predicted": (self.canvas.path(steps, losses), PREDICTED)}

    def _describe(self, at: int) -> str:
        losses = self.shown.run.history.losses
        at = min(at, len(losses) - 1)
        return texts.loss_picture(at, float(losses[at]), len(losses) - 1, float(losses[-1]))


class Above(Loss):
    """The loss above the best possible one: what gradient descent shrinks by a constant factor becomes straight."""

    label = texts.ABOVE_AXIS
    above = True

    def _lowest_and_highest(self) -> tuple[float, float]:
        ends = [values[np.isfinite(values)][-1:] for _, values, _ in self._series() if len(values) > 1]
        if self.shown.problem and self.shown.expects:
            rate, momentum = self.shown.expects
            last = self.shown.problem.predicted_parts(self.shown.start, rate, [self.shown.planned], momentum)
            ends.append(last.sum(axis=1))
        known = [float(end[0]) for end in ends if len(end) and np.isfinite(end[0])]
        least = min([*known, 0.1 * self.shown.best or 1e-3])
        return 10.0 ** math.floor(math.log10(max(least, 1e-9 * self.shown.best, 1e-12)) - 0.5), self._top()

    def _still(self, last: float) -> tuple[Curve, ...]:
        return tuple(self._ghosts())

    def _expecting(self) -> tuple[tuple[str, Stroke], ...]:
        return (*super()._expecting(), (texts.PARTS, PART))

    def _expectation(self, problem: LeastSquares, rate: float, momentum: float) -> Paths:
        steps = self.shown.expected_steps()
        parts = problem.predicted_parts(self.shown.start, rate, steps, momentum)
        drawn = {"predicted": (self.canvas.path(steps, parts.sum(axis=1)), PREDICTED)}
        for i, part in enumerate(parts.T):
            seen = part > self.canvas.least
            drawn[f"part {i + 1}"] = (self.canvas.path(steps[seen], part[seen], min(60, self.shown.most // 2)), PART)
        return drawn

    def words(self) -> str:
        run, problem = self.shown.run, self.shown.problem
        if problem is None or run.settings.get("optimizer", "SGD") != "SGD" or momentum_of(run):
            return ""
        return texts.parts((1 - run.settings["learning_rate"] * problem.eigenvalues) ** 2)

    def _describe(self, at: int) -> str:
        losses = self.shown.run.history.losses
        at = min(at, len(losses) - 1)
        return texts.above_picture(at, float(losses[at]) - self.shown.best)


class Coefficients(Course):
    """The parameters of the first run on their way to the best ones."""

    label = texts.COEFFICIENTS_AXIS
    log = False
    legend = "center right"

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        parameters = self.shown.run.history.parameters[:, : len(LETTERS)]
        looks = (*RUNS, PREDICTED, BEST)
        letters = self.shown.letters
        return [(letters[k], values, looks[k]) for k, values in enumerate(parameters.T)]

    def _lowest_and_highest(self) -> tuple[float, float]:
        first = np.array(self.shown.start)
        goal = first if self.shown.problem is None else self.shown.problem.optimum
        reach = 3 * max(float(np.abs(first - goal).max()), 0.5)
        low, high = min(first.min(), goal.min()), max(first.max(), goal.max())
        seen = self.shown.run.history.parameters
        seen = np.clip(seen[np.isfinite(seen)], low - reach, high + reach)
        low, high = float(min(low, seen.min(initial=low))), float(max(high, seen.max(initial=high)))
        room = 0.1 * max(high - low, 0.1)
        return low - room, high + room

    def _still(self, last: float) -> tuple[Curve, ...]:
        if self.shown.problem is None:
            return ()
        x, y = [], []
        for value in self.shown.problem.optimum:
            x += [0.0, last, math.nan]
            y += [float(value)] * 2 + [math.nan]
        return (Curve(texts.BEST_COEFFICIENTS, tuple(x), tuple(y), BEST),)

    def _expecting(self) -> tuple[tuple[str, Stroke], ...]:
        return ()

    def words(self) -> str:
        return (
            ""
            if self.shown.problem is None
            else texts.coefficients(self.shown.letters, self.shown.problem.optimum.tolist())
        )

    def _describe(self, at: int) -> str:
        history = self.shown.run.history
        at = min(at, history.iterations)
        return texts.coefficients_picture(at, self.shown.letters, history[at].parameters.tolist())


class Differences(Course):
    """How far the other runs' losses are from the first one's, in units of rounding."""

    label = texts.DIFFERENCES_AXIS

    def __init__(self, shown: Shown) -> None:
        self._known: dict[str, Floats] = {}  # what was computed for the frames before: a history only grows
        super().__init__(shown)

    def _series(self) -> list[tuple[str, Floats, Stroke]]:
        first = self.shown.run.history.losses
        series = []
        for run, line in zip(self.shown.runs[1:], self.shown.lines[1:], strict=True):
            known, losses = self._known.get(run.name, np.empty(0)), run.history.losses[: len(first)]
            if len(losses) != len(known):
                known = known[: len(losses)]
                new = slice(len(known), len(losses))
                with np.errstate(invalid="ignore", over="ignore"):
                    unit = np.spacing(first[new].astype(run.precision)).astype(float)
                    apart = np.maximum(np.abs(losses[new] - first[new]) / unit, 0.5)
                known = self._known[run.name] = np.concatenate([known, apart])
            series.append((run.name, known, line))
        return series

    def _lowest_and_highest(self) -> tuple[float, float]:
        top = max(float(np.max(values, initial=1e3, where=np.isfinite(values))) for _, values, _ in self._series())
        return 0.4, 10.0 ** min(math.log10(top) + 1.5, 30)

    def _expecting(self) -> tuple[tuple[str, Stroke], ...]:
        return ()

    def words(self) -> str:
        if not self.shown.longest:
            return ""
        most = {name: float(np.max(values, where=np.isfinite(values), initial=0)) for name, values, _ in self._series()}
        return texts.differences(self.shown.run.name, most)

    def _describe(self, at: int) -> str:
        return f"{self.label.capitalize()}, over iterations. {self.words()}".strip()


class Path(View):
    """The way of two parameters over the lines of equal loss, the others at their best; one scale on both axes.

    Parameters
    ----------
    shown : Shown
    i, j : int
        Which parameters, across and up.
    """

    def __init__(self, shown: Shown, i: int, j: int) -> None:
        self.i, self.j = i, j
        super().__init__(shown)

    def _axes(self) -> Canvas:
        i, j, shown = self.i, self.j, self.shown
        first = np.array(shown.start)
        goal = first if shown.problem is None else shown.problem.optimum
        if shown.problem is None:
            reach = np.full(len(first), 1.5 * max(float(np.abs(first).max()), 0.5))
        else:  # as far as stable descent without momentum can get
            reach = 1.1 * shown.problem.reach(shown.start)
        wide, high = (Canvas.RIGHT - Canvas.LEFT) * Canvas.SIZE[0], (Canvas.TOP - Canvas.BOTTOM) * Canvas.SIZE[1]
        half = max(float(reach[i]) / wide, float(reach[j]) / high, 1e-3 / high)
        xlim = (float(goal[i]) - half * wide, float(goal[i]) + half * wide)
        ylim = (float(goal[j]) - half * high, float(goal[j]) + half * high)
        lines = contours(shown.problem, i, j, shown.start) if shown.problem else None
        best = Curve(texts.BEST_POINT, (float(goal[i]),), (float(goal[j]),), BEST_DOT)
        moving = tuple(
            (shown.label(run, texts.PATH_MEASURED), line) for run, line in zip(shown.runs, shown.lines, strict=True)
        )
        if shown.expects:
            moving += ((texts.PATH_PREDICTED, PREDICTED),)
        return canvas(xlim, ylim, shown.letters[i], shown.letters[j], moving, (lines, best) if lines else ())

    def _expectation(self, problem: LeastSquares, rate: float, momentum: float) -> Paths:
        way = problem.predicted_parameters(self.shown.start, rate, early(self.shown.planned), momentum)
        return {"predicted": (self.canvas.path(way[:, self.i], way[:, self.j]), PREDICTED)}

    def frame(self, at: int) -> str:
        drawn = dict(self.expected)
        for run, line in self.shown.drawn:
            if run.problem is not self.shown.problem:  # its parameters mean something else
                continue
            name = self.shown.label(run, "measured")
            way = run.history.parameters
            steps = early(len(way) - 1)
            drawn[name] = (self.canvas.path(way[steps, self.i], way[steps, self.j], self.shown.most), line)
            here = way[min(at, len(way) - 1)]
            drawn[f"{name}, now"] = (self.canvas.dots([here[self.i]], [here[self.j]]), line._replace(dash="none"))
        return self.canvas.frame(drawn, self._say(at))

    def words(self) -> str:
        return self._say(self.shown.longest)

    def _say(self, at: int) -> str:
        i, j, problem = self.i, self.j, self.shown.problem
        way = self.shown.run.history.parameters
        here = way[min(at, len(way) - 1)]
        if not np.isfinite([way[0], here]).all():
            return ""
        goal, coupled = None, None
        if problem is not None:
            curvature = problem.hessian
            goal = (float(problem.optimum[i]), float(problem.optimum[j]))
            coupled = abs(float(curvature[i, j])) / math.sqrt(curvature[i, i] * curvature[j, j])
        names = self.shown.letters[i], self.shown.letters[j]
        return texts.path(names, (way[0, i], way[0, j]), (here[i], here[j]), goal, coupled)


class Residuals(View):
    """What the fit misses at each point."""

    def _axes(self) -> Canvas:
        shown = self.shown
        x, y = shown.points.x, shown.points.y
        curves: tuple[Curve, ...] = ()
        if shown.problem:
            best = shown.problem.values(x, shown.problem.optimum) - y
            curves = (Curve(texts.BEST_CURVE, tuple(x.tolist()), tuple(best.tolist()), BEST),)
        top = [float(np.abs(curve.y).max()) for curve in curves]
        for run, _ in shown.drawn:
            last = self._of(run, run.history.iterations)
            if (run.history.iterations or not shown.longest) and np.isfinite(last).all():
                top.append(float(np.abs(last).max()))
        high = 1.4 * min(max([*top, 1e-3]), 1e6)
        moving = tuple((shown.label(run, texts.FIT), line) for run, line in zip(shown.runs, shown.lines, strict=True))
        return canvas((float(x[0]), float(x[-1])), (-high, 1.3 * high), "x", texts.RESIDUALS_AXIS, moving, curves)

    def _of(self, run: Run, at: int) -> Floats:
        return np.asarray(self.shown.fitted(run, at) - self.shown.points.y)

    def frame(self, at: int) -> str:
        drawn = {
            self.shown.label(run, "measured"): (
                self.canvas.path(self.shown.points.x, self._of(run, at), self.shown.most),
                line,
            )
            for run, line in self.shown.drawn
        }
        return self.canvas.frame(drawn, self._say(at))

    def words(self) -> str:
        return self._say(self.shown.longest)

    def _say(self, at: int) -> str:
        at = min(at, self.shown.run.history.iterations)
        missed = self._of(self.shown.run, at)
        if not np.isfinite(missed).all():
            return ""
        worst = int(np.abs(missed).argmax())
        return texts.residuals(at, float(missed[worst]), float(self.shown.points.x[worst]))


BEST_DOT = Stroke(BEST.color, "none")
GUESSED = Stroke(RUNS[2].color, "solid", 4.0)

VIEWS: dict[str, Callable[[Shown], View]] = {
    "loss": Loss,
    "above": Above,
    "coefficients": Coefficients,
    "residuals": Residuals,
    "differences": Differences,
}


def view_names(parameters: int, runs: int) -> list[str]:
    """Return the views of a board, such as 'loss' and 'path b d': a path for each two parameters, b and d first."""
    names = [name for name in VIEWS if name != "differences" or runs > 1]
    pairs = sorted(combinations(LETTERS[:parameters], 2), key=lambda pair: pair != ("b", "d"))
    return names + [f"path {i} {j}" for i, j in pairs]


def make_view(name: str, shown: Shown) -> View:
    """Return the view of this name; one that the model has too few parameters for becomes the loss."""
    if name in VIEWS:
        return VIEWS[name](shown)
    i, j = (LETTERS.index(letter) for letter in name.split()[1:])
    return Path(shown, i, j) if j < len(shown.start) else Loss(shown)


def early(last: int) -> Floats:
    """Return iterations from 0 to the last, most of them early, where the parameters move most.

    They come in neighbours, so that what changes sides at every step is seen to do so.
    """
    some = np.geomspace(1, max(last, 1), 110).astype(int)
    return np.unique(np.concatenate([[0], some, np.minimum(some + 1, last)]))[: last + 1]


def momentum_of(run: Run) -> float:
    """Return the momentum of a run; gradients that are never reset are momentum 1."""
    return float(run.settings.get("momentum", 0.0)) if run.settings.get("reset", True) else 1.0


def contours(problem: LeastSquares, i: int, j: int, start: tuple[float, ...]) -> Curve:
    """Return ellipses of equal loss around the best possible, NaN between them; one goes through the start.

    The others cost 16 and 4 times as much above the best possible, then a quarter of it, and so on.
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
    return Curve(texts.EQUAL_LOSS, tuple(x), tuple(y), CONTOUR)
