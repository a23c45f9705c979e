"""All that a picture, a sentence or a button of a dashboard depends on, in one frozen value.

What is drawn and said are functions of it: `words`, `buttons`, `marks` and `Drawing`. No widget and no Matplotlib here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..data import Data
from ..theory import Floats, LeastSquares
from ..training.inside import Inside
from .newest import Changes
from .run import Run


@dataclass(frozen=True)
class Settings:
    """What the controls say. Equal settings begin equal runs, however many iterations: those do not count."""

    learning_rate: float = 1e-6
    iterations: int = field(default=2000, compare=False)
    device: str = "cpu"
    degree: int = 3  # of the polynomial; its parameters are one more
    start: str = "given"  # or 'zeros', 'seed' for a random one, 'last' for the one before
    options: Mapping[str, Any] = field(default_factory=dict)  # keyword arguments, for those loops that take them

    def change(self, name: str, value: Any) -> Settings:
        """Return settings with another value of a field or of an option."""
        if name in self.options:
            return replace(self, options={**self.options, name: value})
        return replace(self, **{name: value})

    def has(self, name: str) -> bool:
        """Return whether there is a field or an option of this name."""
        return name in self.options or name in ("learning_rate", "iterations", "device", "degree", "start")

    def value(self, name: str) -> Any:
        """Return the value of a field or of an option."""
        return self.options[name] if name in self.options else getattr(self, name)


class Kept(NamedTuple):
    """A run that was kept, as it was then."""

    name: str
    loop: str
    device: str
    learning_rate: float
    losses: Floats  # shape (n + 1,)
    floor: float  # below every loss
    mean: bool  # whether the losses are means, not sums
    seconds: float  # that its training took
    reached: int | None  # the first iteration within 1 % of the floor


@dataclass(frozen=True)
class Seen:
    """A dashboard at one moment. Its runs are live: whoever wants a run as it was keeps it."""

    mode: str  # 'ready', 'running', 'paused', 'finished', 'stopped', 'failed' or 'closed'
    settings: Settings  # of the next run
    ran_with: Settings  # of the present one
    runs: Sequence[Run]  # with a line each; what theory says is about the first
    points: Data  # to draw, x ascending
    size: int  # number of points altogether
    model: Callable[[ArrayLike, ArrayLike], Floats]  # of x, shape (N,), and parameters, shape (P,)
    start: tuple[float, ...]  # P parameters before the first iteration of the present run
    next_start: tuple[float, ...]  # the same of the next run
    cubic: LeastSquares  # what the data are compared with where theory does not know the model
    next_problem: LeastSquares | None  # theory of the next run
    target: int  # iterations of the present run
    slowest: float  # seconds of the slowest iteration, if one filled a slice alone
    waited: float  # those that a loop spent waiting at a stretch
    error: BaseException | None  # that ended all runs
    changes: Changes  # what the notebook has defined anew
    kept: Sequence[Kept] = ()
    inside: Inside | None = None  # of the last iteration, if it was looked into
    inside_note: str = ""  # what stands in its place
    at: int = 0  # the iteration that is looked at
    view: str = "loss"  # what the right picture shows
    guessing: bool = False  # whether the board asks for a guess
    guess: tuple[int, float] | None = None  # iterations, and the loss that is guessed
    looking: bool = False  # whether the inside of an iteration stands in place of the pictures
    playing: bool = False  # whether the scrubber moves by itself
    unfolded: bool = False  # whether all controls show

    # --- The present runs ---

    @property
    def run(self) -> Run:
        """The first of the runs."""
        return self.runs[0]

    @property
    def several(self) -> bool:
        """Whether runs are compared."""
        return len(self.runs) > 1

    @property
    def done(self) -> int:
        """Iterations of the run that has made most."""
        return max(run.history.iterations for run in self.runs)

    @property
    def waited_in_all(self) -> float:
        """Seconds that the runs have spent waiting, in all their iterations."""
        return sum(run.waited_in_all for run in self.runs)

    @property
    def problem(self) -> LeastSquares | None:
        """Theory of the first of the runs, if its model is linear in its parameters."""
        return self.run.problem

    @property
    def floor(self) -> float:
        """The least loss that the first of the runs can reach."""
        return self.run.floor

    @property
    def beyond_cubics(self) -> bool:
        """Whether the model may get below the floor of every cubic: no theory knows it, and it has more parameters."""
        return self.problem is None and len(self.start) > len(self.cubic.optimum)

    @property
    def alike(self) -> bool:
        """Whether the hidden units of a network start alike, so that no update can tell them apart."""
        alike: Callable[[ArrayLike], bool] | None = getattr(self.model, "alike", None)
        return alike is not None and alike(self.start)

    def fitted(self, run: Run, at: int) -> Floats:
        """Return the fit of a run at an iteration, its last at most, at each of the points."""
        parameters = run.history[min(at, run.history.iterations)].parameters
        model = run.problem.values if run.problem else self.model
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(model(self.points.x, parameters), dtype=float)

    # --- The next run of the first loop ---

    @property
    def rate(self) -> float:
        """Learning rate of the next run."""
        return float(self.run.fixed.get("learning_rate", self.settings.learning_rate))

    @property
    def momentum(self) -> float | None:
        """Momentum of the next run, or None where theory does not cover its optimizer."""
        if self.run.option(self.settings.options, "optimizer", "SGD") != "SGD":
            return None
        if not self.run.option(self.settings.options, "reset", True):
            return 1.0  # gradients that are never reset
        return float(self.run.option(self.settings.options, "momentum", 0.0))

    @property
    def limit(self) -> float | None:
        """The learning rate above which the next run diverges, if theory knows it."""
        if self.next_problem is None or self.momentum is None:
            return None
        return self.next_problem.stability_limit(self.momentum)

    @property
    def expects(self) -> tuple[float, float] | None:
        """Rate and momentum of the next run, if theory covers it and a guess does not forbid to look."""
        momentum = self.momentum
        if self.problem is None or self.problem is not self.next_problem or momentum is None:
            return None
        settled = self.mode in ("finished", "stopped", "failed") and self.ran_with == self.settings
        if self.guess is not None or (self.guessing and not settled):
            return None
        return self.rate, momentum

    @property
    def planned(self) -> int:
        """Iterations to draw: of the next run where it is predicted, else of the present one."""
        return self.settings.iterations if self.expects else self.target

    @property
    def expected_start(self) -> tuple[float, ...]:
        """Where the prediction starts: as the next run does, if it has the same parameters."""
        return self.next_start if self.problem is self.next_problem else self.start
