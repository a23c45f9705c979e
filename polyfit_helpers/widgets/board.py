"""The room of the dashboard: training that one can watch, stop, step, scrub and predict.

A run is a task on the kernel's main event loop, in slices of some 12 milliseconds; between them the kernel answers
messages, so that Stop works and other cells run. Callbacks may come from another thread (JupyterLab's subshells):
they only post to the main loop. Widgets read the history, nothing writes to it from the outside.
"""

from __future__ import annotations

import asyncio
import html
import inspect
import linecache
import math
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any

import ipywidgets
import numpy as np
from numpy.typing import ArrayLike

from ..data import START, Data, devices, random_start
from ..history import History
from ..plots import BEST, FIT, MEASURED, PREDICTED, Curve, canvas, fit_canvas
from ..plots import board as still_board
from ..theory import Floats, LeastSquares, diagnose, equation, polynomial_values, positive, whole_number
from . import texts
from .card import Card, picture, pictures, replace_older_boards_of_this_cell, row
from .controls import Range, Status
from .kept import Kept, ghosts, table

SLICE = 0.012  # seconds of training between two looks at the messages
FRAME = 1 / 36  # seconds between two pictures
COUNTED = 4  # pictures between two changes of the progress bar: a number that runs faster cannot be read
CONTROLS = ("learning_rate", "iterations", "device", "optimizer", "momentum", "start", "step", "scrubber", "more")
OPTIMIZERS = ("SGD", "RMSprop", "Adam")
MOST_ITERATIONS = 100_000


def dashboard(
    data: Data,
    loop: Callable[..., Iterator[tuple[Any, Any]]],
    *,
    learning_rate: float = 1e-6,
    iterations: int = 2000,
    start: Sequence[float] = START,
    model: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values,
    controls: Sequence[str] | None = None,
) -> Dashboard:
    """Show a live dashboard for a training loop, the learner's own or one of `training`.

    Parameters
    ----------
    data : Data
        Arrays for a NumPy loop; tensors for a torch loop, which can then be moved to any device that is there.
    loop : generator function
        Called as `loop(data, start, learning_rate)`, and with `optimizer=` and `momentum=` if it takes them.
    learning_rate, iterations : float, int
        First settings of the controls; 1e-9 to 1, and 1 to 100 000.
    start : sequence of floats
        Parameters before the first step.
    model : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y, for the picture. A polynomial is predicted by theory, too.
    controls : sequence of str or None
        Which of `CONTROLS` to show; None for all that the loop has a use for.

    Raises
    ------
    TypeError
        If data is no Data object or loop cannot be called.
    ValueError
        If a setting is out of range or a control is unknown.
    """
    return Dashboard(
        data, loop, learning_rate=learning_rate, iterations=iterations, start=start, model=model, controls=controls
    )


class Dashboard(Card):
    """A live board; made by `dashboard`, which documents the parameters.

    `board.history` is the present run as a `History`: its arrays, and `to_csv`. `train`, `pause`, `resume`, `step`,
    `stop`, `reset` and `close` do what the buttons do.
    """

    _task: asyncio.Task[None] | None = None
    _play: asyncio.Task[None] | None = None

    def __init__(
        self,
        data: Data,
        loop: Callable[..., Iterator[tuple[Any, Any]]],
        *,
        learning_rate: float,
        iterations: int,
        start: Sequence[float],
        model: Callable[[ArrayLike, ArrayLike], Floats],
        controls: Sequence[str] | None,
    ) -> None:
        if not isinstance(data, Data):
            raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
        if not callable(loop):
            raise TypeError(
                f"dashboard needs the training function itself, as in dashboard(data, my_training), got {loop!r:.60}"
            )
        if unknown := set(controls or ()) - set(CONTROLS):
            raise ValueError(f"unknown control {sorted(unknown)[0]!r}: choose from {', '.join(CONTROLS)}")
        if not 1 <= whole_number("iterations", iterations, 1) <= MOST_ITERATIONS:
            raise ValueError(f"iterations must be at most {MOST_ITERATIONS}, got {iterations}")
        if positive("learning_rate", learning_rate) > 1:
            raise ValueError(f"learning_rate must be at most 1, got {learning_rate}")
        self.data, self.loop, self.model = data, loop, model
        self._given = tuple(float(value) for value in start)
        self._takes = set(inspect.signature(loop).parameters)
        points = data.in_order()
        self._x, self._y = points.x.astype(float), points.y.astype(float)
        keep = np.linspace(0, len(self._x) - 1, min(len(self._x), 200)).astype(int)
        self._drawn_x = self._x[keep]
        self._cubic = LeastSquares(self._x, self._y, min(3, len(np.unique(self._x)) - 1))
        self._theory = LeastSquares(self._x, self._y, len(self._given) - 1) if model is polynomial_values else None
        self._best = self._theory.best_loss if self._theory else self._cubic.best_loss

        self.history = History()
        self.kept: list[Kept] = []
        self.mode = "ready"  # 'running', 'paused', 'finished', 'stopped', 'failed' or 'closed'
        self.error: BaseException | None = None
        self._running: Iterator[tuple[Any, Any]] | None = None
        self._settings: dict[str, Any] = {}
        self._seed = 0
        self._start: tuple[float, ...] = self._given
        self._target = 0
        self._seconds = self._slowest = 0.0
        self._quiet = False
        super().__init__()
        self._make_controls(learning_rate, iterations, set(controls or CONTROLS))
        self._show(self._layout())
        self._connect()
        self.reset()
        replace_older_boards_of_this_cell(self)

    # --- What is on the board --------------------------------------------------------------------------------

    def _make_controls(self, learning_rate: float, iterations: int, shown: set[str]) -> None:
        if not self.data.is_tensor:
            options, note = [("CPU", "cpu")], texts.NUMPY_ONLY
        else:
            there = [device.name for device in devices() if device.available]
            options = [(name.upper(), name) for name in there]
            note = texts.missing(devices())
        here = self.data.where if self.data.where in [name for _, name in options] else "cpu"
        self.learning_rate = Range(label=texts.LEARNING_RATE, value=learning_rate, min=1e-9, max=1.0, log=True)
        self.iterations = Range(
            label=texts.ITERATIONS, value=iterations, min=1, max=MOST_ITERATIONS, log=True, whole=True, digits=2
        )
        self.device = ipywidgets.Dropdown(description=texts.DEVICE, options=options, value=here)
        self.device_note = ipywidgets.HTML(html.escape(note))
        self.device_note.add_class("polyfit-note")
        self.optimizer = ipywidgets.Dropdown(description=texts.OPTIMIZER, options=OPTIMIZERS)
        self.momentum = Range(label=texts.MOMENTUM, value=0.0, min=0.0, max=0.99, digits=2)
        self.start = ipywidgets.Dropdown(
            description=texts.START, options=[texts.GIVEN, texts.ZEROS, texts.SEED, texts.LAST]
        )
        self.step_size = ipywidgets.Dropdown(description=texts.STEP_SIZE, options=[1, 10, 100])
        self.buttons = {
            name: ipywidgets.Button(description=name)
            for name in (texts.TRAIN, texts.STEP, texts.STOP, texts.RESET, texts.KEEP, texts.FORGET)
        }
        self.buttons[texts.TRAIN].add_class("polyfit-train")
        self.more = ipywidgets.Button(description=texts.MORE)
        self.progress = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0)
        self.count = ipywidgets.HTML()
        self.count.add_class("polyfit-count")
        self.play = ipywidgets.Button(description=texts.PLAY)
        self.scrubber = Range(label=texts.ITERATION, value=0, min=0, max=1, whole=True, digits=0)
        self.fit_still, self.fit_frame, self.loss_still, self.loss_frame = (ipywidgets.HTML() for _ in range(4))
        self.status = Status()
        self.kept_table = ipywidgets.HTML()
        self.kept_table.add_class("polyfit-kept")
        self._shown = shown & {name for name in CONTROLS if name not in ("optimizer", "momentum") or self._has(name)}

    def _has(self, option: str) -> bool:
        return option in self._takes or (option == "momentum" and "optimizer" in self._takes)

    def _layout(self) -> list[ipywidgets.Widget]:
        shown = self._shown
        first = [
            getattr(self, name) for name in ("learning_rate", "iterations", "optimizer", "momentum") if name in shown
        ]
        first += [row([self.device, self.device_note], "polyfit-device")] if "device" in shown else []
        buttons = [
            self.buttons[name]
            for name in (texts.TRAIN, texts.STEP, texts.STOP)
            if name != texts.STEP or "step" in shown
        ]
        keeping = [self.buttons[name] for name in (texts.KEEP, texts.FORGET)]
        self.fold = row([self.buttons[texts.RESET], self.start, self.step_size, *keeping], "polyfit-fold")
        self.fold.layout.display = "none"
        scrub = row([self.play, self.scrubber], "polyfit-scrub")
        loss = [picture(self.loss_still, self.loss_frame), *([scrub] if "scrubber" in shown else [])]
        return [
            row(first),
            row([*buttons, self.progress, self.count, *([self.more] if "more" in shown else [])], "polyfit-buttons"),
            self.fold,
            pictures(picture(self.fit_still, self.fit_frame), ipywidgets.VBox(loss)),
            self.status,
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
        self.more.on_click(lambda _: self._post(self._unfold))
        self.play.on_click(lambda _: self._post(self.play_or_hold))
        for control in (self.learning_rate, self.momentum, self.optimizer):
            control.observe(lambda _: self._post(self._preview), "value")
        for control in (self.iterations, self.start):
            control.observe(lambda _: self._post(self._resize), "value")
        self.scrubber.observe(lambda _: self._post(self._scrub), "value")

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
        self._begin()
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
        if self._running is None or self.mode == "failed" or self._settings != self._chosen():
            self._begin()
        if self.mode == "failed":
            return
        begin = perf_counter()
        target = max(len(self.history), 1) + iterations
        self._target = max(self._target, target - 1)
        while self.mode != "failed" and len(self.history) < target and self._listen(1):
            pass
        self._seconds += perf_counter() - begin
        if self.mode != "failed":
            self.mode = "finished" if self._over() else "paused"
        self._finish()

    def reset(self) -> None:
        """Go back to the start of a run with the present settings."""
        if self.mode == "running":
            self._halt("stopped")
        self._begin()
        self._finish()

    def keep(self) -> None:
        """Keep the present run as a ghost and in the table; `board.kept` has all of them."""
        if self.mode == "running" or not self.history.iterations:
            return
        settings = self._settings
        optimizer, momentum = settings.get("optimizer"), settings.get("momentum", 0.0)
        if optimizer not in (None, "SGD"):
            momentum = 0.0  # what its slider says is for SGD alone
        name = texts.kept_name(len(self.kept) + 1, settings["learning_rate"], optimizer, momentum)
        loop, device = getattr(self.loop, "__name__", "loop"), settings["device"]
        self.kept.append(Kept(name, loop, device, settings["learning_rate"], self.history, self._seconds))
        self._show_kept()

    def forget(self) -> None:
        """Forget all runs that were kept."""
        self.kept.clear()
        self._show_kept()

    def _show_kept(self) -> None:
        self.kept_table.value = table(self.kept, self._best)
        if self.mode != "running":
            self._draw_still()
            self._frame(int(self.scrubber.value))
        self._words()

    def close(self) -> None:
        """End the run and free every widget of the board."""
        for task in (self._task, self._play):
            if task is not None:
                task.cancel()
        self._task = self._play = self._running = None
        self.mode = "closed"
        super().close()

    # --- A run -----------------------------------------------------------------------------------------------

    def _chosen(self) -> dict[str, Any]:
        chosen = {"learning_rate": self.learning_rate.value, "device": self.device.value, "start": self.start.value}
        if "optimizer" in self._takes:
            chosen["optimizer"] = self.optimizer.value
        if self._has("momentum"):
            chosen["momentum"] = self.momentum.value
        return chosen

    def _begin(self) -> None:
        """Make a new running loop, and listen to its start."""
        for task in (self._task, self._play):
            if task is not None:
                task.cancel()
        self._task = self._play = None
        self._settings = self._chosen()
        self._start = self._next_start()
        self.history, self.mode, self.error = History(), "ready", None
        self._seconds = self._slowest = 0.0
        self._target = int(self.iterations.value)
        try:
            data = self.data
            if data.is_tensor and self.device.value != data.where:
                data = data.to(self.device.value)
            options = {name: self._settings[name] for name in ("optimizer", "momentum") if name in self._settings}
            if options.get("optimizer", "SGD") != "SGD":
                options.pop("momentum", None)
            self._running = self.loop(data, self._start, self._settings["learning_rate"], **options)
            self._listen(1)
        except Exception as error:
            self._fail(error)
        self._draw_still()

    def _next_start(self) -> tuple[float, ...]:
        size = len(self._given)
        if self.start.value == texts.ZEROS:
            return (0.0,) * size
        if self.start.value == texts.SEED:
            self._seed += 1
            return random_start(self._seed, size)
        return self._start if self.start.value == texts.LAST else self._given

    def _listen(self, states: int) -> bool:
        """Take some states from the loop; False when there will be no more."""
        assert self._running is not None
        try:
            self.history.extend(self._running, states)
        except Exception as error:
            self._fail(error)
            return False
        return self.history.ended == "finished"

    def _over(self) -> bool:
        return self.history.ended != "finished"

    def _fail(self, error: Exception) -> None:
        self.mode, self.error, self._running = "failed", error, None

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

    async def _run(self) -> None:
        for _ in self._slices():
            await asyncio.sleep(0)

    def _slices(self) -> Iterator[None]:
        """Train a slice at a time, and draw a frame when one is due."""
        chunk, drawn, pictures = 1, 0.0, 0
        run = self.history
        while self.mode == "running" and self.history is run:
            begin = now = perf_counter()
            while now < begin + SLICE:
                left = self._target + 1 - len(run)
                if left <= 0 or not self._listen(min(chunk, left)):
                    break
                before, now = now, perf_counter()
                chunk = max(1, min(4096, int(chunk * 0.25 * SLICE / max(now - before, 1e-6)), 2 * chunk))
            self._seconds += now - begin
            self._slowest = max(self._slowest, (now - begin) if chunk == 1 else 0.0)
            if self.mode == "running" and (self._over() or len(run) > self._target):
                self.mode = "finished"
                break
            if now - drawn > FRAME:
                drawn, pictures = now, pictures + 1
                self._frame()
                if pictures % COUNTED == 1:
                    self._count()
            yield
        if self.history is run:
            self._task = None
            self._finish()

    def _halt(self, mode: str) -> None:
        self.mode = mode
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._finish()

    # --- From history to picture -----------------------------------------------------------------------------

    @property
    def _descent(self) -> LeastSquares | None:
        """Theory, if it covers the present settings: descent, with or without momentum, on a polynomial."""
        return None if "optimizer" in self._takes and self.optimizer.value != "SGD" else self._theory

    def _predicted(self) -> tuple[Floats, Floats] | None:
        """Return steps and the losses that theory expects for the present settings, thinned to what is drawn."""
        if self._descent is None:
            return None
        most = int(self.iterations.value)
        steps = np.unique(np.concatenate([np.arange(min(most, 60) + 1), np.linspace(0, most, 240).astype(int)]))
        start = self._start if self.start.value in (texts.SEED, texts.LAST) else self._next_start()
        momentum = self.momentum.value if self._has("momentum") else 0.0
        return steps, self._descent.predicted_losses(start, self.learning_rate.value, steps, momentum)

    def _limit(self) -> float | None:
        return (
            None
            if self._descent is None
            else self._descent.stability_limit(self.momentum.value if self._has("momentum") else 0.0)
        )

    def _draw_still(self) -> None:
        """Draw what stands still while a run goes on: axes and their limits, ticks, legend."""
        y, best_y = np.interp(self._drawn_x, self._x, self._y), polynomial_values(self._drawn_x, self._cubic.optimum)
        best = Curve("best cubic", tuple(self._drawn_x.tolist()), tuple(best_y.tolist()), BEST)
        self._fit_canvas = fit_canvas(self.data.name, self._drawn_x, y, best)
        compared = ghosts(self.kept)
        losses = np.concatenate([self.history.losses, *(curve.y for curve in compared)])
        top = float(np.max(losses, initial=2 * self._best, where=np.isfinite(losses)))
        own = float(max(self._target, self.history.iterations, 1))
        last = max(own, *(curve.x[-1] for curve in compared), 1.0)
        moving = (("loss, measured", MEASURED), ("loss, predicted", PREDICTED))
        self._loss_canvas = canvas(
            (0.0, last),
            (max(self._best, 1e-12) / 2, min(10 ** math.ceil(math.log10(max(top, 1e-9)) + 0.5), 1e30)),
            "iteration",
            "sum of squared errors",
            moving if self._predicted() else moving[:1],
            (Curve(f"best possible: {texts.loss(self._best)}", (0.0, last), (self._best,) * 2, BEST), *compared),
            log=True,
        )
        self.fit_still.value, self.loss_still.value = self._fit_canvas.still, self._loss_canvas.still
        self._preview_path()

    def _preview_path(self) -> None:
        predicted = self._predicted()
        self._predicted_path = self._loss_canvas.path(*predicted) if predicted else ""
        limit = self._limit()
        self.learning_rate.marks = [] if limit is None else [(limit, texts.limit(limit))]

    def _frame(self, at: int | None = None) -> None:
        """Draw the moving lines: the fit at one iteration, the last unless told otherwise, and the loss so far."""
        run = self.history
        if not len(run):
            self.fit_frame.value, self.loss_frame.value = (
                self._fit_canvas.frame({}, ""),
                self._loss_canvas.frame({}, ""),
            )
            return
        losses = run.losses
        at = run.iterations if at is None else min(at, run.iterations)
        with np.errstate(over="ignore", invalid="ignore"):
            fitted = np.asarray(self.model(self._drawn_x, run[at].parameters), dtype=float)
        self.fit_frame.value = self._fit_canvas.frame(
            {"fit": (self._fit_canvas.path(self._drawn_x, fitted), FIT)}, texts.fit_picture(self.data.name, at)
        )
        self.loss_frame.value = self._loss_canvas.frame(
            {
                "measured": (self._loss_canvas.path(np.arange(len(losses)), losses), MEASURED),
                "predicted": (self._predicted_path, PREDICTED),
            },
            texts.loss_picture(at, float(losses[at]), run.iterations, float(losses[-1])),
            cursor=at,
        )

    def _count(self) -> None:
        done = self.history.iterations
        self.progress.value = done / max(self._target, 1)
        self.count.value = texts.progress(done, self._target, self._seconds)

    def _finish(self) -> None:
        """Show the present state completely: picture, scrubber, words, buttons."""
        if self.mode in ("finished", "stopped", "failed", "paused") and len(self.history):
            self._draw_still()
        self._frame()
        self._count()
        self._quiet = True
        self.scrubber.max = max(self.history.iterations, 1)
        self.scrubber.value = self.history.iterations
        self._quiet = False
        self._words()

    def _words(self) -> None:
        names = {"running": texts.PAUSE, "paused": texts.RESUME}
        self.buttons[texts.TRAIN].description = names.get(self.mode, texts.TRAIN)
        self.buttons[texts.STOP].disabled = self.mode not in ("running", "paused")
        self.buttons[texts.KEEP].disabled = self.mode == "running" or self.history.iterations == 0
        self.buttons[texts.FORGET].disabled = not self.kept
        self.scrubber.disabled = self.play.disabled = self.mode == "running" or self.history.iterations == 0
        self.status.html = texts.status(*self._diagnosis(), self._equation())

    def _diagnosis(self) -> tuple[str, str]:
        run = self.history
        if self.mode == "failed":
            assert self.error is not None
            error = self.error.__cause__ or self.error
            return texts.failed(error, line_of(error), run.iterations)
        if self.mode == "running":
            return texts.running(run.iterations)
        if run.iterations == 0 and not run.diverged:
            predicted = self._predicted()
            return texts.ready(
                int(self.iterations.value), None if predicted is None else float(predicted[1][-1]), self._best
            )
        limit = self._limit()
        rate = self._settings["learning_rate"]
        needed = None
        if self._theory is not None and limit is not None and rate < limit:
            momentum = self._settings.get("momentum", 0.0)
            needed = self._theory.steps_to_reach(1.01 * self._best, self._start, rate, momentum)
        found = diagnose(run.losses, self._best, needed)
        bold, rest = texts.diagnosis(found, float(run.losses[-1]), run.iterations, self._best, rate, limit)
        if self._slowest > 1:
            rest += texts.slow(self._slowest)
        if self.mode == "paused":
            rest = texts.PAUSED + rest
        elif self.mode == "stopped":
            rest = texts.STOPPED + rest
        elif run.ended == "the loop ended by itself":
            rest = texts.ended_early(run.iterations) + rest
        return bold, rest

    def _equation(self, at: int | None = None) -> str:
        if not len(self.history):
            return ""
        parameters = self.history[-1 if at is None else at].parameters
        if not np.isfinite(parameters).all() or np.abs(parameters).max() > 1e9:
            return ""
        if self.model is polynomial_values:
            return equation(parameters)
        rounded = parameters.round(4) + 0.0  # no negative zero
        named = zip("abcdefgh", rounded, strict=False)
        return ", ".join(f"{name} = {value:.4f}" for name, value in named).replace("-", "−")

    # --- Looking: nothing here can train ---------------------------------------------------------------------

    def _preview(self) -> None:
        """The learning rate moves: so do the predicted curve and the mark of the limit."""
        self._preview_path()
        if self.mode != "running":
            self._frame(int(self.scrubber.value))
            if self.history.iterations == 0 and self.mode == "ready":
                self._words()

    def _resize(self) -> None:
        """The number of iterations or the start changes: a run that has not begun shows it at once."""
        if self.mode == "ready":
            self.reset()
        elif self.mode != "running":
            self._preview()

    def _scrub(self) -> None:
        if not self._quiet and self.mode != "running":
            at = int(self.scrubber.value)
            self._frame(at)
            if at < len(self.history):
                self.count.value = texts.scrubbed(at, float(self.history.losses[at]))

    def play_or_hold(self) -> None:
        """Let the scrubber run through the finished run in some four seconds, or hold it."""
        if self._play is not None:
            self._play.cancel()
            self._play = None
            self.play.description = texts.PLAY
        elif self._main is not None and self.mode != "running":
            self.play.description = texts.HOLD
            self._play = self._main.create_task(self._playing())

    async def _playing(self) -> None:
        last = self.history.iterations
        first = 0 if self.scrubber.value >= last else int(self.scrubber.value)
        for at in np.unique(np.linspace(first, last, 120).astype(int)):
            self.scrubber.value = int(at)
            await asyncio.sleep(FRAME)
        self._play = None
        self.play.description = texts.PLAY

    def _unfold(self) -> None:
        folded = self.fold.layout.display == "none"
        self.fold.layout.display = "flex" if folded else "none"
        self.more.description = texts.LESS if folded else texts.MORE

    def _halt_all(self) -> None:
        self.stop()
        if self._play is not None:
            self.play_or_hold()

    # --- Without a kernel ------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        bold, rest = self._diagnosis()
        return f"{bold} {rest} {self._equation()}".strip()

    def _still(self) -> str:
        if not len(self.history):
            return ""
        predicted = None
        if self._theory is not None and (found := self._predicted()) is not None:
            predicted = np.interp(np.arange(int(self.iterations.value) + 1), *found)
        return str(still_board(self.data, self.history, predicted=predicted, predict=self.model)._repr_html_())


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
