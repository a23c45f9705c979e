"""The runs of a dashboard, and how far they are: to train, pause, step and keep without any widget.

No ipywidgets and no Matplotlib here. `act` and `slice` train; `keep`, `forget_inside` and
`recalled` change what stands beside the runs. `seen` tells what all of it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache, partial
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data import START, Data, random_start
from ..history import History
from ..theory import Floats, LeastSquares, numbers, polynomial_values
from ..training.inside import Inside
from . import texts
from .formats import rate
from .newest import Newest, changes_of
from .run import Run, name_of, runs_of
from .seen import Kept, Seen, Settings

MODES = ("ready", "running", "paused", "finished", "stopped", "failed")

# What can be done in which mode, and the mode that it leads to; whatever else is asked for changes nothing.
# 'train' and 'reset' begin a new run, 'step' does if the settings have changed; each of them may fail.
MOVES = {
    **{(mode, "train"): "running" for mode in MODES},
    **{(mode, "reset"): "ready" for mode in MODES},
    **{(mode, "step"): "paused" for mode in MODES},
    **{(mode, "fail"): "failed" for mode in MODES},
    **{(mode, "close"): "closed" for mode in MODES},
    ("running", "pause"): "paused",
    ("paused", "resume"): "running",
    ("ready", "replay"): "running",
    ("running", "stop"): "stopped",
    ("paused", "stop"): "stopped",
    ("running", "arrive"): "paused",
    ("running", "end"): "finished",
    ("paused", "end"): "finished",
}


class Session:
    """One or several loops that run from one start with one set of settings.

    Parameters
    ----------
    data : Data
    loop : generator function, or a sequence of them, or a mapping from names to them
    start : sequence of P floats
        What the start 'given' is.
    model : function of x, shape (N,), and parameters, shape (P,)
        Polynomials are predicted by theory.
    """

    def __init__(
        self,
        data: Data,
        loop: Any,
        start: Sequence[float] = START,
        model: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values,
    ) -> None:
        if not isinstance(data, Data):
            raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
        self.runs = runs_of(loop, data)
        self.data, self.model = data, model
        self.newest = [Newest(model), *(run.newest for run in self.runs)]
        self.given = tuple(numbers("start", start).tolist())
        self.x, self.y = data.in_order().x, data.in_order().y
        self.points = data.in_order(most=200)  # enough for a picture
        self.cubic = LeastSquares(self.x, self.y, min(3, len(np.unique(self.x)) - 1))
        self._theory = lru_cache(maxsize=None)(partial(LeastSquares, self.x, self.y))
        self.kept: list[Kept] = []
        self.mode = "ready"
        self.error: BaseException | None = None
        self.ran_with = Settings()
        self.start, self.start_name = self.given, "given"  # of the present run; a random one is called 'seed:1'
        self.target = self.goal = 0  # iterations of the whole run, and those after which it is looked at
        self.seconds = self.slowest = 0.0
        self.inside: Inside | None = None
        self.inside_note = texts.STEP_PRESS  # what stands in its place
        self._seed, self._chunk = 0, 1

    @property
    def done(self) -> int:
        """Iterations of the run that has made most."""
        return max(run.history.iterations for run in self.runs)

    @property
    def history(self) -> History:
        """What the first loop has yielded."""
        return self.runs[0].history

    @property
    def over(self) -> bool:
        """Whether no loop goes on."""
        return all(run.over for run in self.runs)

    def has(self, option: str) -> bool:
        """Return whether a control can set this option of one of the loops."""
        return any(run.has(option) for run in self.runs)

    # --- What can be done ---

    def act(
        self, what: str, settings: Settings, *, iterations: int = 1, looking: bool = False, anew: bool = True
    ) -> bool:
        """Do something of `MOVES`, and return whether it is possible in the present mode.

        Parameters
        ----------
        what : str
        settings : Settings
            What a new run is to begin with.
        iterations : int
            How many to 'step', or after how many a 'replay' halts.
        looking : bool
            Whether the last iteration of a step is looked into.
        anew : bool
            Whether 'reset' draws another random start.
        """
        mode = MOVES.get((self.mode, what))
        if mode is None:
            return False
        another = {"train": self.done > 0, "step": self.done > 0, "reset": anew}
        stale = self.mode == "failed" or self.ran_with != settings or changes_of(self.newest).earlier
        if what in ("train", "reset") or (what == "step" and stale):
            self._begin(settings, another[what])
            if self.mode == "failed":
                return True
        self.mode = mode
        if what == "step":
            self._step(iterations, looking)
        elif what == "replay":
            self.goal, self.target, self._chunk = iterations, max(iterations, self.target), 1
        elif mode == "running":
            self.goal, self._chunk = self.target, 1
        elif mode in ("failed", "closed"):
            for run in self.runs:
                run.let_go()
        return True

    def slice(self, seconds: float) -> bool:
        """Train for about so many seconds; False if the run no longer goes on."""
        if self.mode != "running":
            return False
        begin = now = perf_counter()
        while now < begin + seconds:
            left = self.goal - self.done
            if left <= 0 or not self._listen(min(self._chunk, left)):
                break
            before, now = now, perf_counter()
            fitting = int(self._chunk * 0.25 * seconds / max(now - before, 1e-6))
            self._chunk = max(1, min(4096, fitting, 2 * self._chunk))
        self.seconds += now - begin
        if self.mode == "running" and (self.over or self.done >= self.goal):
            self.mode = MOVES[self.mode, "end" if self.over or self.goal >= self.target else "arrive"]
        return self.mode == "running"

    def fail(self, error: BaseException) -> None:
        """End all runs because of an error."""
        self.error = error
        self.act("fail", self.ran_with)

    def keep(self, named: Collection[str] = ()) -> None:
        """Keep the present runs as they are now, unless they go on; `named` are settings that their names tell."""
        if self.mode == "running" or not self.done:
            return
        for run in self.runs:
            if len(run.history):
                words = [run.name] if len(self.runs) > 1 else what_differs(run, named)
                self.kept.append(kept_now(run, texts.kept_name(place=len(self.kept) + 1, words=words)))

    def forget_inside(self) -> None:
        """Forget what was looked into."""
        self.inside, self.inside_note = None, texts.STEP_PRESS

    def seen(self, settings: Settings, **of_the_board: Any) -> Seen:
        """Return all that pictures and words depend on; `of_the_board` are fields that a session does not know."""
        return Seen(
            mode=self.mode,
            settings=settings,
            ran_with=self.ran_with,
            runs=self.runs,
            points=self.points,
            size=len(self.data),
            model=self.model,
            start=self.start,
            next_start=self._start_called(self.next_start(settings), settings.degree + 1),
            cubic=self.cubic,
            next_problem=self.problem_of(self.runs[0], settings),
            target=self.target,
            slowest=self.slowest,
            waited=max(run.waited for run in self.runs),
            error=self.error,
            kept=tuple(self.kept),
            inside=self.inside,
            inside_note=self.inside_note,
            changes=changes_of(self.newest),
            **{"at": self.done, **of_the_board},
        )

    # --- A start and its theory ---

    def next_start(self, settings: Settings) -> str:
        """Return the name of the start that the next run has: 'given', 'zeros', or 'seed:1' of a random one."""
        return self.start_name if settings.start in ("last", "seed") else settings.start

    def recalled(self, settings: Settings, values: Mapping[str, Any]) -> Settings:
        """Return settings with the values of a scene; its random start is remembered as the last one."""
        start = values.get("start", settings.start)
        if start.startswith("seed:"):
            self.start_name, self._seed, start = start, int(start.removeprefix("seed:")), "last"
        for name, value in {**values, "start": start}.items():
            settings = settings.change(name, value)
        return settings

    def problem_of(self, run: Run, settings: Settings) -> LeastSquares | None:
        """Return the theory of a run with these settings, or None if its model is no polynomial."""
        if self.model is not polynomial_values:
            return None
        basis = run.option(settings.options, "basis", "powers")
        reduction = run.option(settings.options, "reduction", "sum")
        return self._theory(settings.degree, basis=basis, reduction=reduction)

    # --- How it is done ---

    def _begin(self, settings: Settings, another: bool) -> None:
        """Make new running loops, and listen to their start; a random one is drawn anew if it is to be another."""
        self.ran_with = settings
        if not renew(self):
            return
        if settings.start == "seed" and (another or not self.start_name.startswith("seed:")):
            self._seed += 1
            self.start_name = f"seed:{self._seed}"
        self.start_name = self.next_start(settings)
        self.start = self._start_called(self.start_name, settings.degree + 1)
        self.mode, self.error, self.target = "ready", None, settings.iterations
        self.seconds = self.slowest = 0.0
        self.forget_inside()
        for run in self.runs:
            run.forget()
            run.problem = self.problem_of(run, settings)
            run.floor = (run.problem or self.cubic).floor
            try:
                run.begin(settings, self.start)
            except Exception as error:
                self._failed(run, error)
        if self.mode != "failed":
            self._listen(1)

    def _start_called(self, name: str, size: int) -> tuple[float, ...]:
        """Return a start by its name; a model may have its own way to draw a random one."""
        return start_called(name, self.given, size, getattr(self.model, "random_start", random_start))

    def _step(self, iterations: int, looking: bool) -> None:
        """Make some iterations; the last of them is looked into if one is looking."""
        begin = perf_counter()
        goal = self.done + iterations
        self.target = max(self.target, goal)
        while self.mode != "failed" and self.done < goal - looking and self._listen(1):
            pass
        if looking and self.mode != "failed" and not self.over:
            self._look_inside()
        self.seconds += perf_counter() - begin
        if self.mode != "failed" and self.over:
            self.mode = MOVES[self.mode, "end"]

    def _listen(self, states: int) -> bool:
        """Take some states from each loop; False when there will be no more. One of several that fails ends alone."""
        going, begin = False, perf_counter()
        for run in self.runs:
            try:
                going |= run.listen(states)
            except Exception as error:
                self._failed(run, error)
        self.slowest = max(self.slowest, perf_counter() - begin if states == 1 else 0.0)
        return going and self.mode != "failed"

    def _failed(self, run: Run, error: Exception) -> None:
        run.error = error
        if all(one.error for one in self.runs):  # no other goes on
            self.fail(error)

    def _look_inside(self) -> None:
        """Take one state from each loop; `inside` is then what each line of the first one did on the way."""
        try:
            inside, *_ = [run.look() for run in self.runs]
        except Exception as error:
            self.fail(error)
        else:
            self.inside, self.inside_note = inside, texts.STEP_ENDED


def start_called(
    name: str, given: tuple[float, ...], size: int, draw: Callable[[int, int], tuple[float, ...]] = random_start
) -> tuple[float, ...]:
    """Return a start by its name, P floats: 'zeros', 'seed:1' for a random one, else as given, with zeros behind."""
    if name == "zeros":
        return (0.0,) * size
    if name.startswith("seed:"):
        return draw(int(name.removeprefix("seed:")), size)
    return (given + (0.0,) * size)[:size]


def kept_now(run: Run, name: str) -> Kept:
    """Return a run as it is now, under a name of its own."""
    losses = run.history.losses  # this array stays as it is when a paused run goes on
    near = losses <= 1.01 * run.floor
    return Kept(
        name=name,
        loop=name_of(run.loop),
        device=run.settings["device"],
        learning_rate=run.settings["learning_rate"],
        losses=losses,
        floor=run.floor,
        mean=run.problem is not None and run.problem.reduction == "mean",
        seconds=run.seconds,
        reached=int(near.argmax()) if near.any() else None,
    )


def renew(session: Session) -> bool:
    """Take loops and model as the notebook has them by now; False if the model fails, which is then the error.

    Runs that were kept are named as those of an earlier loop.
    """
    model, *_ = session.newest
    model.take(told=session.done > 0)
    earlier = {name_of(run.loop) for run in session.runs if run.renew()}
    for i, run in enumerate(session.kept):
        if run.loop in earlier:
            name, loop = (texts.of_earlier(name=name) for name in (run.name, run.loop))
            session.kept[i] = run._replace(name=name, loop=loop)
    if model.now is not session.model:
        try:
            values = np.shape(model.now(session.points.x, session.start))
            if values != session.points.x.shape:
                raise ValueError(texts.of_another_shape(shape=session.points.x.shape, got=values))
        except Exception as error:
            session.fail(error)
            return False
    session.model = model.now
    return True


def what_differs(run: Run, named: Collection[str] = ()) -> list[str]:
    """Return what sets a run apart, such as Adam, 1e-2 and momentum 0.9; degree and sum only where they are `named`."""
    settings = run.settings
    words = [settings["optimizer"]] if "optimizer" in settings else []
    words.append(rate(settings["learning_rate"]))
    if settings.get("momentum"):
        words.append(texts.with_momentum(value=settings["momentum"]))
    if settings.get("basis", "powers") != "powers":
        words.append(texts.BASIS_LABELS[settings["basis"]])
    if "degree" in named and run.problem is not None:
        words.append(texts.of_degree(value=run.history.parameters.shape[1] - 1))
    if settings.get("reduction") == "mean" or ("reduction" in settings and "reduction" in named):
        words.append(texts.REDUCTION_LABELS[settings["reduction"]])
    if settings.get("reset") is False:
        words.append(texts.NO_RESET)
    return words
