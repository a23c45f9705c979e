"""The room of the dashboard: training that one can watch, stop, step, scrub and predict.

A run is a task on the kernel's main event loop, in slices of some 12 milliseconds; between them the kernel answers
messages, so that Stop works and other cells run. Callbacks may come from another thread (JupyterLab's subshells):
they only post to the main loop. Widgets read the history, nothing writes to it from the outside.
"""

from __future__ import annotations

import asyncio
import html
import linecache
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from ..data import START, Data, devices, random_start
from ..history import History
from ..plots import BEST, FIT, MEASURED, RUNS, Curve, fit_canvas, graph, snapshot
from ..theory import (
    Floats,
    LeastSquares,
    diagnose,
    equation,
    numbers,
    polynomial_values,
    positive,
    whole_number,
)
from . import scenes, texts
from .card import Card, replace_older_boards_of_this_cell, row
from .controls import Pictures, Range, Status
from .guess import Guess
from .inside import in_words, table
from .kept import Kept, table_of
from .run import OPTIONS, Run, name_of, runs_of
from .views import Shown, View, make_view, momentum_of, view_names

SLICE = 0.012  # seconds of training between two looks at the messages
FRAME = 1 / 36  # seconds between two pictures
COUNTED = 4  # pictures between two changes of the progress bar: a number that runs faster cannot be read
SWITCHES = ("basis", "reduction", "degree", "reset")  # what makes another problem, so that the run begins anew
CONTROLS = (
    *("learning_rate", "iterations", "device", "optimizer", "momentum", *SWITCHES),
    *("start", "step", "inside", "view", "guess", "scrubber", "more"),
)
ASKED = {"degree", "guess"}  # shown only where a board is asked for it
FOLDED = {"basis", "reduction", "reset", "start", "view", "inside"}  # behind "More" unless a board is asked for it
OPTIMIZERS = ("SGD", "RMSprop", "Adam")
MOST_ITERATIONS = 100_000
AT_ONCE = 0.5  # seconds that a scene may train before it is shown; the rest is watched


def dashboard(
    data: Data,
    loop: Any,
    *,
    learning_rate: float = 1e-6,
    iterations: int = 2000,
    start: Sequence[float] = START,
    model: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values,
    view: str = "loss",
    controls: Sequence[str] | None = None,
    scene: str | None = None,
) -> Dashboard:
    """Show a live dashboard for a training loop, the learner's own or one of `training`; or for several at once.

    Parameters
    ----------
    data : Data
        Arrays for a NumPy loop; tensors for a torch loop, which can then be moved to any device that is there.
    loop : generator function, or a sequence of them, or a mapping from names to them
        Called as `loop(data, start, learning_rate)`, and with `optimizer=`, `momentum=`, `basis=`, `reduction=` and
        `reset=` if it takes them. Several, six at most, run from one start; what a `functools.partial` has fixed in
        one of them stays fixed.
    learning_rate, iterations : float, int
        First settings of the controls; 1e-9 to 1, and 1 to 100 000.
    start : sequence of floats
        Parameters before the first step.
    model : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y, for the picture. A polynomial is predicted by theory, too.
    view : str
        What the right picture shows first: 'loss', 'above', 'coefficients', 'residuals', 'path b d' (any two letters),
        or 'differences' of several loops.
    controls : sequence of str or None
        Which of `CONTROLS` to show; None for all that the loop has a use for, the less usual ones behind "More".
    scene : str or None
        A state to begin with, as `board.scene()` wrote it.

    Raises
    ------
    TypeError
        If data is no Data object or loop cannot be called.
    ValueError
        If a setting is out of range, a control or view is unknown, or the scene is damaged.
    """
    return Dashboard(
        data,
        loop,
        learning_rate=learning_rate,
        iterations=iterations,
        start=start,
        model=model,
        view=view,
        controls=controls,
        scene=scene,
    )


class Dashboard(Card):
    """A live board; made by `dashboard`, which documents the parameters.

    `board.history` is the present run as a `History`: its arrays, and `to_csv`; `board.histories` has that of each
    loop by name. `train`, `pause`, `resume`, `step`, `stop`, `reset`, `keep`, `forget` and `close` do what the buttons
    do; `scene` and `restore` write and read a state.
    """

    runs: Sequence[Run] = ()
    _task: asyncio.Task[None] | None = None
    _play: asyncio.Task[None] | None = None

    def __init__(
        self,
        data: Data,
        loop: Any,
        *,
        learning_rate: float,
        iterations: int,
        start: Sequence[float],
        model: Callable[[ArrayLike, ArrayLike], Floats],
        view: str,
        controls: Sequence[str] | None,
        scene: str | None,
    ) -> None:
        if not isinstance(data, Data):
            raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
        if unknown := set(controls or ()) - set(CONTROLS):
            raise ValueError(f"unknown control {sorted(unknown)[0]!r}: choose from {', '.join(CONTROLS)}")
        if not 1 <= whole_number("iterations", iterations, 1) <= MOST_ITERATIONS:
            raise ValueError(f"iterations must be at most {MOST_ITERATIONS}, got {iterations}")
        if positive("learning_rate", learning_rate) > 1:
            raise ValueError(f"learning_rate must be at most 1, got {learning_rate}")
        self.runs = runs_of(loop, data)
        self.data, self.model = data, model
        self._given = tuple(numbers("start", start).tolist())
        if view not in (names := view_names(len(self._given), len(self.runs))):
            raise ValueError(f"unknown view {view!r}: choose from {', '.join(map(repr, names))}")
        points = data.in_order()
        self._x, self._y = points.x, points.y
        self._points = data.in_order(most=200)
        self._cubic = LeastSquares(self._x, self._y, min(3, len(np.unique(self._x)) - 1))
        self._problems: dict[tuple[Any, ...], LeastSquares] = {}

        self.kept: list[Kept] = []
        self.mode = "ready"  # 'running', 'paused', 'finished', 'stopped', 'failed' or 'closed'
        self.error: BaseException | None = None
        self._settings: dict[str, Any] = {}
        self._seed = 0
        self._start_name = "given"
        self._target = 0
        self._seconds = self._slowest = 0.0
        self._arrive_at: int | None = None
        self._looking, self._inside_words = False, ""
        self._quiet = False
        self._said = "", ""
        super().__init__()
        self._shown = self._choose(controls)
        self._asked = set(controls or ())
        self._make_controls(learning_rate, iterations, view)
        self._show(self._layout())
        self._connect()
        self.reset()
        if scene is not None:
            try:
                self.restore(scene)
            except (TypeError, ValueError):
                self.close()
                raise
        replace_older_boards_of_this_cell(self)

    @property
    def history(self) -> History:
        """What the first loop has yielded."""
        return self.runs[0].history

    @property
    def histories(self) -> dict[str, History]:
        """What each loop has yielded, by its name."""
        return {run.name: run.history for run in self.runs}

    @property
    def _done(self) -> int:
        return max(run.history.iterations for run in self.runs)

    # --- What is on the board --------------------------------------------------------------------------------

    def _choose(self, controls: Sequence[str] | None) -> set[str]:
        """Return the controls to show: those asked for, or all, of which the loops have a use for."""
        wanted = set(CONTROLS if controls is None else controls) - (ASKED - set(controls or ()))
        unused = {name for name in ("optimizer", "momentum", "basis", "reduction", "reset") if not self._has(name)}
        if self.model is not polynomial_values:
            unused |= {"basis", "degree"}
        return wanted - unused

    def _has(self, option: str) -> bool:
        return any(run.has(option) for run in self.runs)

    def _make_controls(self, learning_rate: float, iterations: int, view: str) -> None:
        if not any(run.on_tensors for run in self.runs):
            options, note = [("CPU", "cpu")], texts.NUMPY_ONLY
        else:
            there = [device.name for device in devices() if device.available]
            options = [(name.upper(), name) for name in there]
            note = texts.missing(devices())
        here = self.data.where if self.data.where in [name for _, name in options] else "cpu"
        least = 1e-10 if "degree" in self._shown else 1e-9
        self.learning_rate = Range(label=texts.LEARNING_RATE, value=learning_rate, min=least, max=1.0, log=True)
        self.iterations = Range(
            label=texts.ITERATIONS, value=iterations, min=1, max=MOST_ITERATIONS, log=True, whole=True, digits=2
        )
        self.device = ipywidgets.Dropdown(description=texts.DEVICE, options=options, value=here)
        self.device_note = ipywidgets.HTML(html.escape(note))
        self.device_note.add_class("polyfit-note")
        self.optimizer = ipywidgets.Dropdown(description=texts.OPTIMIZER, options=OPTIMIZERS)
        self.momentum = Range(label=texts.MOMENTUM, value=0.0, min=0.0, max=0.99, digits=2)
        self.basis = ipywidgets.Dropdown(description=texts.BASIS, options=texts.BASES)
        self.reduction = ipywidgets.Dropdown(description=texts.REDUCTION, options=texts.REDUCTIONS)
        self.keep_step = ipywidgets.Checkbox(description=texts.KEEP_STEP, indent=False)
        degree = len(self._given) - 1
        possible = {1, 3, 5, 7} & set(range(len(np.unique(self._x))))
        self.degree = ipywidgets.Dropdown(description=texts.DEGREE, options=sorted(possible | {degree}), value=degree)
        self.reset_gradients = ipywidgets.Checkbox(description=texts.RESET_GRADIENTS, value=True, indent=False)
        self.start = ipywidgets.Dropdown(description=texts.START, options=texts.STARTS)
        self.step_size = ipywidgets.Dropdown(description=texts.STEP_SIZE, options=[1, 10, 100])
        names = view_names(len(self._given), len(self.runs))
        self.view = ipywidgets.Dropdown(
            description=texts.VIEW, options=[(texts.view(name), name) for name in names], value=view
        )
        self.guess = Guess()
        self.buttons = {
            name: ipywidgets.Button(description=name)
            for name in (texts.TRAIN, texts.STEP, texts.STOP, texts.RESET, texts.KEEP, texts.FORGET)
        }
        self.buttons[texts.TRAIN].add_class("polyfit-train")
        self.more = ipywidgets.Button(description=texts.MORE)
        self.inside = ipywidgets.Button(description=texts.INSIDE)
        self.pane = ipywidgets.HTML()
        self.pane.add_class("polyfit-inside")
        self.pane.layout.display = "none"
        self.progress = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0)
        self.count = ipywidgets.HTML()
        self.count.add_class("polyfit-count")
        self.play = ipywidgets.Button(description=texts.PLAY)
        self.scrubber = Range(label=texts.ITERATION, value=0, min=0, max=1, whole=True, digits=0)
        self.pictures = Pictures(clickable="guess" in self._shown)
        self.status = Status()
        self.kept_table = ipywidgets.HTML()
        self.kept_table.add_class("polyfit-kept")
        self._parts: dict[str, Any] = {
            "learning_rate": self.learning_rate,
            "iterations": self.iterations,
            "device": self.device,
            "optimizer": self.optimizer,
            "momentum": self.momentum,
            "basis": self.basis,
            "reduction": self.reduction,
            "degree": self.degree,
            "reset": self.reset_gradients,
            "view": self.view,
        }

    def _layout(self) -> list[ipywidgets.Widget]:
        places: dict[str, list[ipywidgets.Widget]] = {
            **{name: [widget] for name, widget in self._parts.items()},
            "device": [row([self.device, self.device_note], "polyfit-device")],
            "reduction": [self.reduction, self.keep_step],
            "start": [self.start],
            "inside": [self.inside],
            "guess": [self.guess],
        }
        named = [name for name in CONTROLS if name in places and name in self._shown]
        folded = FOLDED - self._asked
        above = sorted(named, key=lambda name: name == "device")  # its note may take the rest of the row
        first = [widget for name in above if name not in folded | {"view", "inside"} for widget in places[name]]
        behind = [widget for name in named if name in folded for widget in places[name]]
        buttons = [
            self.buttons[name]
            for name in (texts.TRAIN, texts.STEP, texts.STOP)
            if name != texts.STEP or "step" in self._shown
        ]
        after = [
            widget for name in ("inside", "view") if name in named and name not in folded for widget in places[name]
        ]
        after += [self.more] if "more" in self._shown else []
        keeping = [self.buttons[name] for name in (texts.KEEP, texts.FORGET)]
        self.fold = row([self.buttons[texts.RESET], self.step_size, *behind, *keeping], "polyfit-fold")
        self.fold.layout.display = "none"
        self.scrub = row([self.play, self.scrubber] if "scrubber" in self._shown else [], "polyfit-scrub")
        return [
            row(first),
            row([*buttons, self.progress, self.count, *after], "polyfit-buttons"),
            self.fold,
            self.pictures,
            self.scrub,
            self.status,
            self.pane,
            self.kept_table,
        ]

    def _connect(self) -> None:
        for name, action in (
            (texts.TRAIN, self._train_or_pause),
            (texts.STEP, lambda: self.step(self.step_size.value)),
            (texts.STOP, self.stop),
            (texts.RESET, self.reset),
            (texts.KEEP, self.keep),
            (texts.FORGET, self.forget),
        ):
            self.buttons[name].on_click(lambda _, action=action: self._post(action))

        def when(control: ipywidgets.Widget, action: Callable[[], None], trait: str = "value") -> None:
            control.observe(lambda _: self._post(lambda: None if self._quiet else action()), trait)

        self.more.on_click(lambda _: self._post(self._unfold))
        self.inside.on_click(lambda _: self._post(self._open_or_close))
        self.play.on_click(lambda _: self._post(self.play_or_hold))
        for control in (self.learning_rate, self.momentum, self.optimizer):
            when(control, self._preview)
        when(self.iterations, self._resize)
        when(self.start, self._restart)
        for control in (self.basis, self.degree, self.reset_gradients):
            when(control, self._switch)
        when(self.reduction, self._rescale)
        when(self.view, self._look)
        when(self.scrubber, self._scrub)
        when(self.guess.entry, self._guessed)
        when(self.pictures, self._clicked, "clicked")

    # --- What the buttons do ---------------------------------------------------------------------------------

    def _train_or_pause(self) -> None:
        if self.mode == "running":
            self.pause()
        elif self.mode == "paused":
            self.resume()
        else:
            self.train()

    def train(self) -> None:
        """Begin a new run with the present settings."""
        self._begin(another=self._done > 0)
        self._go(int(self.iterations.value))

    def pause(self) -> None:
        """Halt the run; `resume` goes on."""
        if self.mode == "running":
            self._halt("paused")

    def resume(self) -> None:
        """Go on with a paused run."""
        if self.mode == "paused":
            self._go(self._target)

    def stop(self) -> None:
        """End the run; its history stays."""
        if self.mode in ("running", "paused"):
            self._halt("stopped")

    def step(self, iterations: int = 1) -> None:
        """Make some iterations and halt: of the present run, or of a new one if the settings have changed."""
        iterations = whole_number("iterations", iterations, 1)
        if self.mode == "running":
            self._halt("paused")
        if self.mode == "failed" or self._settings != self._chosen():
            self._begin(another=self._done > 0)
        if self.mode == "failed":
            self._finish()
            return
        begin = perf_counter()
        target = self._done + iterations
        self._target = max(self._target, target)
        looking = self._looking
        while self.mode != "failed" and self._done < target - looking and self._listen(1):
            pass
        if looking and self.mode != "failed" and not self._over():
            self._look_inside()
        self._seconds += perf_counter() - begin
        if self.mode != "failed":
            self.mode = "finished" if self._over() else "paused"
        self._finish()

    def reset(self) -> None:
        """Go back to the start of a run with the present settings; a random start is another one."""
        self._reset(another=True)

    def _reset(self, another: bool) -> None:
        if self.mode == "running":
            self._halt("stopped")
        self._begin(another)
        self._finish()

    def keep(self) -> None:
        """Keep the present runs as ghosts and in the table; `board.kept` has all of them."""
        if self.mode == "running" or not self._done:
            return
        for run in self.runs:
            if len(run.history):
                settings = dict(run.settings)
                if "degree" in self._shown:
                    settings["degree"] = run.history.parameters.shape[1] - 1
                if settings.get("reduction") == "sum" and "reduction" not in self._asked:
                    del settings["reduction"]  # what it is everywhere else
                number = len(self.kept) + 1
                several = len(self.runs) > 1
                name = f"{number}: {run.name}" if several else texts.kept_name(number, settings)
                rate, device = run.settings["learning_rate"], run.settings["device"]
                losses = run.history.losses  # this array stays as it is when a paused run goes on
                mean = run.problem is not None and run.problem.reduction == "mean"
                self.kept.append(Kept(name, name_of(run.loop), device, rate, losses, run.best, mean, run.seconds))
        self._show_kept()

    def forget(self) -> None:
        """Forget all runs that were kept."""
        self.kept.clear()
        self._show_kept()

    def _show_kept(self) -> None:
        self.kept_table.value = table_of(self.kept)
        if self.mode != "running":
            self._draw_still()
            self._frame(int(self.scrubber.value))
        self._words()

    def close(self) -> None:
        """End the run and free every widget of the board."""
        for task in (self._task, self._play):
            if task is not None:
                task.cancel()
        self._task = self._play = None
        for run in self.runs:
            run.running = None
        self.mode = "closed"
        super().close()

    # --- A run -----------------------------------------------------------------------------------------------

    def _chosen(self) -> dict[str, Any]:
        """Return the settings that a run depends on."""
        options = [name for name in ("optimizer", "momentum", *SWITCHES) if name == "degree" or self._has(name)]
        names = ["learning_rate", "device", *options]
        return {name: self._parts[name].value for name in names} | {"start": self.start.value}

    def _begin(self, another: bool) -> None:
        """Make new running loops, and listen to their start; a random one is drawn anew if it is to be another."""
        if self._task is not None:
            self._task.cancel()
        if self._play is not None:
            self.play_or_hold()
        self._task = self._arrive_at = None
        self._settings = self._chosen()
        if self.start.value == "seed" and (another or not self._start_name.startswith("seed:")):
            self._seed += 1
            self._start_name = f"seed:{self._seed}"
        self._start_name = self._next_start()
        self._start = self._start_called(self._start_name)
        self.mode, self.error = "ready", None
        self._seconds = self._slowest = 0.0
        self._target = int(self.iterations.value)
        self._say_inside(texts.STEP_PRESS)
        for run in self.runs:
            run.forget()
            run.problem = self._problem_of(run)
            run.best = (run.problem or self._cubic).best_loss
        try:
            for run in self.runs:
                run.begin(self._settings, self._start)
        except Exception as error:
            self._fail(error)
        else:
            self._listen(1)
        self._quiet = True
        self.guess.ask(self._target)
        if self.view.value not in (names := view_names(len(self._start), len(self.runs))):
            self.view.value = names[0]
        options = [(texts.view(name), name) for name in names]
        if list(self.view.options) != options:
            here = self.view.value
            self.view.options = options
            self.view.value = here
        self._quiet = False
        self._draw_still()

    @property
    def _problem(self) -> LeastSquares | None:
        """The theory of the first loop's present run."""
        return self.runs[0].problem

    @property
    def _best(self) -> float:
        return self.runs[0].best

    def _next_start(self) -> str:
        """Name the start that the next run has: as given, zeros, or the seed of a random one."""
        start: str = self.start.value
        return self._start_name if start in ("last", "seed") else start

    def _start_called(self, name: str) -> tuple[float, ...]:
        size: int = self.degree.value + 1
        if name == "zeros":
            return (0.0,) * size
        if name.startswith("seed:"):
            return random_start(int(name.removeprefix("seed:")), size)
        return (self._given + (0.0,) * size)[:size]

    def _listen(self, states: int) -> bool:
        """Take some states from each loop; False when there will be no more. One of several that fails ends alone."""
        going = []
        for run in self.runs:
            try:
                going.append(run.listen(states))
            except Exception as error:
                if all(other.error for other in self.runs):
                    self._fail(error)
                    return False
        return any(going)

    def _look_inside(self) -> None:
        """Take one state from each loop, and show what each line of the first one did on the way."""
        try:
            inside, *_ = [run.look() for run in self.runs]
        except Exception as error:
            self._fail(error)
        else:
            self._say_inside(texts.STEP_ENDED)
            if inside is not None:
                self._inside_words = in_words(inside)
                self.pane.value = table(inside) + self._graph()

    def _graph(self) -> str:
        """Draw the graph of the loss that the first loop has just computed, if autograd recorded one."""
        loss, parameters = self.history.latest
        if getattr(loss, "grad_fn", None) is None:
            return f"<p>{html.escape(texts.STEP_NO_GRAPH)}</p>"
        parts = parameters if isinstance(parameters, tuple | list) else [parameters]
        leaves = [part for part in parts if getattr(part, "is_leaf", False)]
        names = dict(zip(texts.leaf_names([leaf.ndim for leaf in leaves]), leaves, strict=True))
        drawn = graph(loss, names)._repr_html_()
        return f"<figure><figcaption>{html.escape(texts.STEP_GRAPH)}</figcaption>{drawn}</figure>"

    def _say_inside(self, words: str) -> None:
        self.pane.value, self._inside_words = html.escape(words), ""

    def _open_or_close(self) -> None:
        """Show the inside of a step in the place of the pictures, or the pictures again."""
        self._looking = looking = not self._looking
        self.inside.description = texts.OUTSIDE if looking else texts.INSIDE
        self._say_inside(texts.STEP_PRESS)
        for widget in (self.pictures, self.scrub):
            widget.layout.display = "none" if looking else None
        self.pane.layout.display = None if looking else "none"
        self._words()

    def _over(self) -> bool:
        return all(run.over for run in self.runs)

    def _fail(self, error: Exception) -> None:
        self.mode, self.error = "failed", error
        for run in self.runs:
            run.running = None

    def _go(self, target: int) -> None:
        if self.mode == "failed":
            self._finish()
            return
        self._target, self.mode = target, "running"
        self._words()
        if self._main is None or self._main.is_closed():
            for _ in self._slices():  # a script: nobody to give way to
                pass
        else:
            self._task = self._main.create_task(self._run())

    async def _run(self, goal: int | None = None) -> None:
        try:
            for _ in self._slices(goal):
                await asyncio.sleep(0)
        except Exception as error:  # nobody would hear of it
            self._fail(error)
            self._words()

    def _slices(self, goal: int | None = None) -> Iterator[None]:
        """Train a slice at a time, up to a goal or the target, and draw a frame when one is due."""
        chunk, drawn, pictures = 1, 0.0, 0
        goal = self._target if goal is None else goal
        history = self.history
        while self.mode == "running" and self.history is history:
            begin = now = perf_counter()
            while now < begin + SLICE:
                left = goal - self._done
                if left <= 0 or not self._listen(min(chunk, left)):
                    break
                before, now = now, perf_counter()
                chunk = max(1, min(4096, int(chunk * 0.25 * SLICE / max(now - before, 1e-6)), 2 * chunk))
            self._seconds += now - begin
            self._slowest = max(self._slowest, (now - begin) if chunk == 1 else 0.0)
            if self.mode == "running" and (self._over() or self._done >= goal):
                self.mode = "finished" if self._over() or goal >= self._target else "paused"
                break
            if now - drawn > FRAME:
                drawn, pictures = now, pictures + 1
                self._frame()
                if pictures % COUNTED == 1:
                    self._count()
            yield
        if self.history is history:
            self._task = None
            self._finish()

    def _halt(self, mode: str) -> None:
        self.mode = mode
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._finish()

    # --- Theory ----------------------------------------------------------------------------------------------

    def _problem_of(self, run: Run) -> LeastSquares | None:
        """Return the theory of a run with the present switches, if its model is linear in its parameters."""
        if self.model is not polynomial_values:
            return None

        def option(name: str, usual: str) -> Any:
            return self._parts[name].value if run.has(name) else run.fixed.get(name, usual)

        key = self.degree.value, option("basis", "powers"), option("reduction", "sum")
        if key not in self._problems:
            self._problems[key] = LeastSquares(self._x, self._y, key[0], basis=key[1], reduction=key[2])
        return self._problems[key]

    def _problem_chosen(self) -> LeastSquares | None:
        return self._problem_of(self.runs[0])

    def _momentum(self) -> float | None:
        """Return the momentum of the next run of the first loop, or None where theory does not cover its optimizer."""
        run = self.runs[0]
        chosen = self._chosen() | run.fixed
        if (run.has("optimizer") and chosen["optimizer"] != "SGD") or run.fixed.get("optimizer", "SGD") != "SGD":
            return None
        if not chosen.get("reset", True):
            return 1.0
        return float(chosen["momentum"]) if run.has("momentum") or "momentum" in run.fixed else 0.0

    def _rate(self) -> float:
        return float(self.runs[0].fixed.get("learning_rate", self.learning_rate.value))

    def _limit(self) -> float | None:
        problem, momentum = self._problem_chosen(), self._momentum()
        return None if problem is None or momentum is None else problem.stability_limit(momentum)

    def _expects(self) -> tuple[float, float] | None:
        """Return rate and momentum of the next run, if theory covers it and a guess does not forbid to look."""
        momentum = self._momentum()
        if self._problem is None or self._problem is not self._problem_chosen() or momentum is None:
            return None
        settled = self.mode in ("finished", "stopped", "failed") and self._settings == self._chosen()
        if self.guess.pending is not None or ("guess" in self._shown and not settled):
            return None
        return self._rate(), momentum

    # --- From history to picture -----------------------------------------------------------------------------

    def _to_show(self) -> Shown:
        lines = [MEASURED] if len(self.runs) == 1 else RUNS[: len(self.runs)]
        same = self._problem is self._problem_chosen()
        start = self._start_called(self._next_start()) if same else self._start
        guess = None if self.guess.pending is None else (self.guess.asked, self.guess.pending)
        expects = self._expects()
        planned = int(self.iterations.value) if expects else self._target
        return Shown(
            self._points,
            self.runs,
            lines,
            self.kept,
            self._problem,
            self._best,
            self.model,
            start,
            planned,
            expects,
            guess,
        )

    def _draw_still(self) -> None:
        """Draw what stands still while a run goes on: axes and their limits, ticks, legend."""
        shown = self._to_show()
        x, problem = shown.points.x, self._problem or self._cubic
        values = problem.values(x, problem.optimum)
        best = Curve(self._best_label(), tuple(x.tolist()), tuple(values.tolist()), BEST)
        fits = [(shown.label(run, texts.FIT), line) for run, line in zip(self.runs, self._fit_lines(), strict=True)]
        self._fit_canvas = fit_canvas(shown.points, best, moving=tuple(fits))
        self._view: View = make_view(self.view.value, shown)
        self.pictures.stills = [self._fit_canvas.still, self._view.canvas.still]
        self._mark()

    def _best_label(self) -> str:
        return texts.BEST_CUBIC_CURVE if len((self._problem or self._cubic).optimum) == 4 else texts.BEST_CURVE

    def _fit_lines(self) -> Sequence[Any]:
        return [FIT] if len(self.runs) == 1 else RUNS[: len(self.runs)]

    def _mark(self) -> None:
        limit = self._limit()
        self.learning_rate.marks = [] if limit is None else [(limit, texts.limit(limit))]

    def _frame(self, at: int | None = None) -> None:
        """Draw the moving lines: the fits at one iteration, the last unless told otherwise, and the view."""
        if not len(self.history):
            self.pictures.frames = [self._fit_canvas.frame({}, ""), self._view.canvas.frame({}, "")]
            return
        at = self._done if at is None else min(at, self._done)
        shown = self._view.shown
        drawn = {}
        for run, line in zip(self.runs, self._fit_lines(), strict=True):
            if len(run.history):
                path = self._fit_canvas.path(shown.points.x, shown.fitted(run, at), shown.most)
                drawn[shown.label(run, "fit")] = path, line
        fits = self._fit_canvas.frame(drawn, texts.fit_picture(self.data.name, self._best_label(), at))
        self.pictures.frames = [fits, self._view.frame(at)]

    def _count(self) -> None:
        self.progress.value = self._done / max(self._target, 1)
        self.count.value = texts.progress(self._done, self._target, self._seconds)

    def _finish(self) -> None:
        """Show the present state completely: picture, scrubber, words, buttons."""
        if self._done >= self.guess.asked and len(self.runs[0].history) > self.guess.asked:
            self.guess.score(float(self.history.losses[self.guess.asked]))
        elif self.history.diverged:
            self.guess.score(math.inf)
        elif self.mode in ("finished", "failed"):
            self.guess.wait()
        if self.mode in ("finished", "stopped", "failed", "paused") and len(self.history):
            self._draw_still()
        at, self._arrive_at = self._arrive_at, None
        at = self._done if at is None else min(at, self._done)
        self._frame(at)
        self._count()
        self._quiet = True
        self.scrubber.max = max(self._done, 1)
        self.scrubber.value = at
        self._quiet = False
        self._words()

    def _words(self) -> None:
        names = {"running": texts.PAUSE, "paused": texts.RESUME}
        self.buttons[texts.TRAIN].description = names.get(self.mode, texts.TRAIN)
        self.buttons[texts.STOP].disabled = self.mode not in ("running", "paused")
        self.buttons[texts.KEEP].disabled = self.mode == "running" or self._done == 0
        self.buttons[texts.FORGET].disabled = not self.kept
        self.guess.entry.disabled = self.mode == "running"
        self.scrubber.disabled = self.play.disabled = self.mode == "running" or self._done == 0
        self._said = self._diagnosis()
        self._say_details()

    def _say_details(self) -> None:
        self.status.html = texts.status(*self._said, self._details())

    def _diagnosis(self) -> tuple[str, str]:
        run = self.history
        if self.mode == "failed":
            assert self.error is not None
            error = unwrapped(self.error)
            return texts.failed(error, line_of(error), self._done)
        if self.mode == "running":
            return texts.running(run.iterations)
        if self._done == 0 and not run.diverged:
            expects = self._expects()
            planned, expected = int(self.iterations.value), None
            if self._problem is not None and expects is not None:
                start = self._to_show().start
                expected = float(self._problem.predicted_losses(start, expects[0], [planned], expects[1])[0])
            bold, rest = texts.ready(planned, expected, self._best, guessing="guess" in self._shown)
            return bold, rest + self._failures()
        if len(self.runs) > 1:
            ends = {one.name: float(one.history.losses[-1]) for one in self.runs if len(one.history)}
            one_floor = len({one.best for one in self.runs}) == 1
            bold, rest = texts.compared(ends, self._done, self._best if one_floor else None)
            rest += self._failures()
        else:
            bold, rest = self._diagnosis_of_one(run)
        if self._slowest > 1:
            rest += texts.slow(self._slowest)
        if self.mode == "paused":
            rest = texts.PAUSED + rest
        elif self.mode == "stopped":
            rest = texts.STOPPED + rest
        elif run.ended == "the loop ended by itself":
            rest = texts.ended_early(run.iterations) + rest
        return bold, rest

    def _failures(self) -> str:
        """Say which of several loops have failed, and how."""
        failed = [(run.name, unwrapped(run.error)) for run in self.runs if run.error is not None]
        return "".join(texts.one_failed(name, error, line_of(error)) for name, error in failed)

    def _diagnosis_of_one(self, history: History) -> tuple[str, str]:
        settings, limit, needed = self.runs[0].settings, None, None
        rate, momentum = settings["learning_rate"], momentum_of(self.runs[0])
        if self._problem is not None and settings.get("optimizer", "SGD") == "SGD":
            limit = self._problem.stability_limit(momentum)
            if rate < limit and momentum < 1:
                needed = self._steps_needed(self._problem, self._start, rate, momentum)
        problem, losses = self._problem, history.losses
        below = self._best > 1e-9 * losses[0] and losses.min() < 0.99 * self._best
        if below and problem is not None:
            mean = math.isclose(losses[0] * len(self.data), problem.loss(self._start), rel_tol=1e-3)
            return texts.below_the_floor(float(losses[-1]), history.iterations, self._best, mean)
        best = None if below else self._best  # no cubic, so another floor
        found = diagnose(history.losses, best, needed)
        return texts.diagnosis(found, float(history.losses[-1]), history.iterations, best, rate, limit, momentum)

    @staticmethod
    @lru_cache(maxsize=8)
    def _steps_needed(problem: LeastSquares, start: tuple[float, ...], rate: float, momentum: float) -> int | None:
        return problem.steps_to_reach(1.01 * problem.best_loss, start, rate, momentum)

    def _details(self) -> str:
        """Return the equation, and what the view shows, in words."""
        if self.mode == "running" or self._play is not None or not len(self.history):
            return ""
        seen = self._inside_words if self._looking else self._view.words()
        if seen and len(self.runs) > 1 and self.view.value != "differences" and not self._looking:
            seen = f"{self.runs[0].name}: {seen}"
        return " · ".join(words for words in (self._equation(), seen) if words)

    def _equation(self) -> str:
        """Return the equation of the curve that is drawn."""
        at = min(int(self.scrubber.value), self.history.iterations)
        written = self._written(self.history[at].parameters)
        return texts.equation_at(at, written) if written and at < self.history.iterations else written

    def _written(self, parameters: Floats) -> str:
        if len(self.runs) > 1 or not np.isfinite(parameters).all() or np.abs(parameters).max() > 1e9:
            return ""
        if self._problem is not None:
            return equation(self._problem.in_powers(parameters))
        rounded = parameters.round(4) + 0.0  # no negative zero
        named = zip("abcdefgh", rounded, strict=False)
        return ", ".join(f"{name} = {value:.4f}" for name, value in named).replace("-", "−")

    # --- Looking: nothing here can train ---------------------------------------------------------------------

    def _preview(self) -> None:
        """The learning rate moves: so do the predicted curve and the mark of the limit."""
        self._view.expect(self._to_show())
        self._mark()
        if self.mode != "running":
            self._frame(int(self.scrubber.value))
            if self._done == 0 and self.mode == "ready":
                self._words()

    def _resize(self) -> None:
        """The number of iterations changes: a run that has not begun shows it at once."""
        if self.mode == "ready":
            self._reset(another=False)
        elif self.mode != "running":
            self.guess.ask(int(self.iterations.value))
            self._preview()

    def _restart(self) -> None:
        """Another start: a run that has not begun shows it at once."""
        if self.mode == "ready":
            self._reset(another=False)
        elif self.mode != "running":
            self._preview()

    def _switch(self) -> None:
        """A switch makes another problem: it is shown from its start. A run that goes on is left alone."""
        if self.mode == "running":
            self._mark()
        else:
            self._reset(another=False)

    def _rescale(self) -> None:
        """The loss becomes a sum or a mean; with the rate multiplied accordingly, each step stays the same."""
        if self.keep_step.value:
            factor = len(self.data) if self.reduction.value == "mean" else 1 / len(self.data)
            control, rate = self.learning_rate, float(f"{self.learning_rate.value * factor:.12g}")
            control.value = rate
            if control.value != rate:
                low, high = texts.rate(control.min), texts.rate(control.max)
                control.error = texts.out_of_range(texts.LEARNING_RATE, texts.rate(rate), low, high)
        self._switch()

    def _look(self) -> None:
        """Another view of the same run."""
        self._draw_still()
        self._frame(None if self.mode == "running" else int(self.scrubber.value))
        self._words()

    def _scrub(self) -> None:
        if not self._quiet and self.mode != "running":
            at = int(self.scrubber.value)
            self._frame(at)
            if at < len(self.history):
                self.count.value = texts.scrubbed(at, float(self.history.losses[at]))
            if self._play is None:  # else the line would chatter
                self._say_details()

    def _guessed(self) -> None:
        """A guess was entered: it is drawn, and the prediction waits until the run has settled it."""
        self.guess.read()
        if self.mode != "running":
            self._look()

    def _clicked(self) -> None:
        across, down, _ = self.pictures.clicked
        left, top, wide, high = self._view.canvas.box
        inside = left <= across <= left + wide and top <= down <= top + high
        if inside and self.view.value == "loss" and not self.guess.entry.disabled:
            self.guess.entry.value = texts.loss(self._view.canvas.height_at(down))

    def play_or_hold(self) -> None:
        """Let the scrubber run through the finished run in some four seconds, or hold it."""
        if self._play is not None:
            self._play.cancel()
            self._hold()
        elif self._main is not None and self.mode != "running":
            self.play.description = texts.HOLD
            self._play = self._main.create_task(self._playing())
            self._say_details()

    def _hold(self) -> None:
        self._play = None
        self.play.description = texts.PLAY
        self._say_details()

    async def _playing(self) -> None:
        last = self._done
        first = 0 if self.scrubber.value >= last else int(self.scrubber.value)
        for at in np.unique(np.linspace(first, last, 120).astype(int)):
            self.scrubber.value = int(at)
            await asyncio.sleep(FRAME)
        self._hold()

    def _unfold(self) -> None:
        folded = self.fold.layout.display == "none"
        self.fold.layout.display = "flex" if folded else "none"
        self.more.description = texts.LESS if folded else texts.MORE

    def _halt_all(self) -> None:
        self.stop()
        if self._play is not None:
            self.play_or_hold()

    # --- A scene ---------------------------------------------------------------------------------------------

    def scene(self) -> str:
        """Return the settings, and how far the run is, as one line: `dashboard(..., scene=line)` shows it again.

        The device is left out: it may not be there elsewhere, and the picture is the same.
        """
        chosen = self._chosen()
        state = {name: value for name, value in chosen.items() if name in self._scene_parts()}
        state |= {"iterations": int(self.iterations.value), "start": self._next_start()}
        state |= {"view": self.view.value.replace(" ", "-")}
        if self._done and self.mode != "running" and self._settings == chosen:
            state |= {"ran": self._done, "at": int(self.scrubber.value)}
        return scenes.write(state)

    def _scene_parts(self) -> list[str]:
        """Return the settings of a scene: those that this board has a use for, but not the device."""
        useless = {name for name in OPTIONS if not self._has(name)} | {"device"}
        if "degree" not in self._shown:
            useless.add("degree")
        return [name for name in (*self._parts, "start", "ran", "at") if name not in useless]

    def restore(self, scene: str) -> None:
        """Show a state that `scene` has written; a ValueError that quotes its damaged part changes nothing."""
        state = scenes.read(scene, self._scene_parts())
        values: dict[str, Any] = {}
        for name, words in sorted(state.items(), key=lambda part: part[0] != "degree"):  # views depend on it
            try:
                values[name] = self._read(name, words, int(values.get("degree", self.degree.value)))
            except ValueError as error:
                raise ValueError(texts.damaged(f"{name}={words}", str(error))) from None
        if "at" in values and "ran" not in values:
            raise ValueError(texts.damaged(f"at={state['at']}", texts.AT_WITHOUT_RAN))
        if self.mode == "running":
            self._halt("stopped")
        ran, at, view = values.pop("ran", 0), values.pop("at", None), values.pop("view", None)
        start = values.pop("start", None)
        self._quiet = True
        for name, value in values.items():
            self._parts[name].value = value
        if start is not None:
            self._start_name = start
            self._seed = int(start.removeprefix("seed:")) if start.startswith("seed:") else self._seed
            self.start.value = "last" if start.startswith("seed:") else start
        self._quiet = False
        self._reset(another=False)
        if view is not None:
            self.view.value = view
        if ran and self.mode != "failed":
            self._arrive_at, self._target, self.mode = at, max(ran, self._target), "running"
            self._words()
            until = perf_counter() + AT_ONCE
            for _ in self._slices(ran):
                if perf_counter() > until and self._main is not None:
                    self._task = self._main.create_task(self._run(ran))
                    break

    def _read(self, name: str, words: str, degree: int) -> Any:
        """Return the value of a part of a scene, or raise a ValueError."""
        if name in ("ran", "at"):
            number = whole_number(name, int(words) if words.isdecimal() else words)
            if number > 2 * MOST_ITERATIONS:  # a whole run, and steps beyond it
                raise ValueError(f"{name} must be at most {2 * MOST_ITERATIONS}")
            return number
        part = self._parts.get(name)
        if isinstance(part, Range):
            return part.read(words)
        options: dict[str, Any]
        if name == "start":
            options = {"given": "given", "zeros": "zeros"}
            if words.startswith("seed:") and words.removeprefix("seed:").isdecimal():
                return words
        elif name == "view":
            options = {view.replace(" ", "-"): view for view in view_names(degree + 1, len(self.runs))}
        elif isinstance(part, ipywidgets.Checkbox):
            options = {"True": True, "False": False}
        else:
            assert part is not None
            options = {str(value): value for _, value in part._options_full}
        if words not in options:
            raise ValueError(texts.choose_from(options))
        return options[words]

    # --- Without a kernel ------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        bold, rest = self._diagnosis()
        return f"{bold} {rest} {self._details()}".strip()

    def _still(self) -> str:
        if not len(self.history):
            return ""
        fits, view = self.pictures.frames
        return snapshot([(self._fit_canvas, fits), (self._view.canvas, view)])._repr_html_()


def unwrapped(error: BaseException) -> BaseException:
    """Return what a loop raised: once it has begun, `History` wraps it."""
    begun = len(getattr(error, "history", ())) > 0
    return error.__cause__ if begun and error.__cause__ else error


def line_of(error: BaseException) -> tuple[int, str] | None:
    """Return number and text of the learner's line in which an error arose: the last one in a notebook cell."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if (
            "ipykernel" in name
            or name.startswith("<ipython-input")
            or trace.tb_frame.f_globals.get("__name__") == "__main__"
        ):
            found = trace.tb_lineno, linecache.getline(name, trace.tb_lineno).strip()
        trace = trace.tb_next
    return found
