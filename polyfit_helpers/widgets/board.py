"""The dashboard: training that one can watch, stop, step, scrub and predict.

A run is a task on the kernel's main event loop, in slices of some 12 milliseconds; between them the kernel answers
messages, so that Stop works and other cells run. A page that has drawn a frame asks for the next one (`_go_on`): nobody
sends what nobody waits for, and a run that nobody looks at goes on to its end. Callbacks may come from another thread
(JupyterLab's subshells): they only post to the main loop. What happens to a control changes the session or the
settings; `_frame` and `show` then set the pictures and all else to what is seen. Widgets read the history, nothing
writes to it from the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from ..data import START, Data
from ..history import History
from ..theory import Floats, polynomial_values, positive, whole_number
from .base import Board, replace_older_boards_of_this_cell
from .controls import BEGINS, MOST_ITERATIONS, Control, check_names, least_rate, rescaled
from .elements import Range
from .guess import Guess
from .panel import Panel, value_of
from .scenes import read_scene, write_scene
from .seen import Seen, Settings
from .session import Session
from .tasks import Played, Watcher
from .views import check_view, view_names
from .words import PRESSED, words

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
        Parameters before the first iteration.
    model : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y, for the picture. A polynomial is predicted by theory, too. `networks` has curves of
        networks, whose kinks are drawn, and which have no view of single parameters.
    view : str
        What the right picture shows first: 'loss', 'above', 'coefficients', 'residuals', 'path b d' (any two letters),
        or 'differences' of several loops.
    controls : sequence of str or None
        Which controls to show, by their names in `controls.CONTROLS`; None for all that the loop has a use for, the
        less usual ones behind "More".
    scene : str or None
        A state to begin with, as `board.scene()` wrote it.

    Raises
    ------
    TypeError
        If data is no Data object or loop cannot be called.
    ValueError
        If a setting is out of range, a control or view is unknown, or the scene is damaged.
    """
    check_names(controls or ())
    session = Session(data, loop, start, model)
    check_view(view, len(session.given), len(session.runs))
    settings = first_settings(learning_rate, iterations, session, controls)
    return Dashboard(session, settings, view, controls, scene)


def first_settings(
    learning_rate: float, iterations: int, session: Session, controls: Sequence[str] | None = None
) -> Settings:
    """Return what a board begins with, or raise a ValueError that quotes what is out of the range of its control."""
    if not 1 <= whole_number("iterations", iterations, 1) <= MOST_ITERATIONS:
        raise ValueError(f"iterations must be at most {MOST_ITERATIONS}, got {iterations}")
    if positive("learning_rate", learning_rate) > 1:
        raise ValueError(f"learning_rate must be at most 1, got {learning_rate}")
    if learning_rate < (least := least_rate(controls or ())):
        raise ValueError(f"learning_rate must be at least {least:g}, got {learning_rate}")
    return Settings(float(learning_rate), int(iterations), degree=len(session.given) - 1)


class Dashboard(Board):
    """A live board; made by `dashboard`, which documents the parameters.

    `board.history` is the present run as a `History`, and `board.histories` has that of each loop by name. Methods such
    as `train`, `step` and `keep` do what the buttons do; widgets are attributes, such as `board.learning_rate`.
    """

    learning_rate: Range
    scrubber: Range
    guess: Guess

    def __init__(
        self, session: Session, settings: Settings, view: str, controls: Sequence[str] | None, scene: str | None
    ) -> None:
        super().__init__()
        self.session, self.runs, self.kept = session, session.runs, session.kept
        self.panel = panel = Panel(session, settings, controls)
        self.settings = panel.settings(session, settings)
        for name, part in panel.attributes().items():
            setattr(self, name, part)
        self._view, self._at = view, 0  # what is looked at, and the iteration
        self._on = {"inside": False, "more": False}  # the buttons that change between two states
        self._arrive_at: int | None = None
        self._player, self._watcher = Played(), Watcher(session, self._main, self._finish, self.show)
        self._show(panel.rows())
        self._listen(panel.pictures)
        panel.listen(
            moved=lambda control: self._post(lambda: self._moved(control)),
            pressed=lambda key: self._post(lambda: self._press(key)),
            clicked=lambda loss: self._post(lambda: self.guess.place(loss if self._view == "loss" else None)),
        )
        self.reset()
        if scene is not None:
            try:
                self.restore(scene)
            except Exception:
                self.close()  # so that no widget is left
                raise
        replace_older_boards_of_this_cell(self)

    @property
    def mode(self) -> str:
        """'ready', 'running', 'paused', 'finished', 'stopped', 'failed' or 'closed'."""
        return self.session.mode

    @property
    def history(self) -> History:
        """What the first loop has yielded."""
        return self.session.history

    @property
    def histories(self) -> dict[str, History]:
        """What each loop has yielded, by its name."""
        return {run.name: run.history for run in self.runs}

    @property
    def seen(self) -> Seen:
        """All that the pictures, the words and the buttons depend on now."""
        return self.session.seen(
            self.settings,
            at=self.session.done if self.mode == "running" else self._at,
            view=self._view,
            guessing="guess" in self.panel.shown,
            guess=self.guess.unsettled,
            looking=self._on["inside"],
            playing=self._player.goes_on,
            unfolded=self._on["more"],
        )

    # --- What the buttons do ---------------------------------------------------------------------------------

    def train(self) -> None:
        """Begin a new run with the present settings."""
        self._do("train")

    def pause(self) -> None:
        """Halt the run; `resume` goes on."""
        self._do("pause")

    def resume(self) -> None:
        """Go on with a paused run."""
        self._do("resume")

    def step(self, iterations: int = 1) -> None:
        """Make some iterations and halt: of the present run, or of a new one if the settings have changed."""
        self._do("step", iterations=whole_number("iterations", iterations, 1), looking=self._on["inside"])

    def stop(self) -> None:
        """End the run; its history stays."""
        self._do("stop")

    def reset(self) -> None:
        """Go back to the start of a run with the present settings; a random start is another one."""
        self._do("reset")

    def keep(self) -> None:
        """Keep the present runs as ghosts and in the table; `board.kept` has all of them."""
        self.session.keep(self.panel.asked)
        self._refresh(redraw=True)

    def forget(self) -> None:
        """Forget all runs that were kept."""
        self.kept.clear()
        self._refresh(redraw=True)

    def play_or_hold(self) -> None:
        """Let the scrubber run through the finished run in some four seconds, or hold it."""
        if self._player.goes_on:
            self._player.cancel()
        elif self.mode != "running":
            self._player.begin(0 if self._at >= self.session.done else self._at, self.session.done)
        self.show()

    def close(self) -> None:
        """End the run and free every widget of the board."""
        self._cancel()
        self.session.act("close", self.settings)
        super().close()

    def _press(self, key: str) -> None:
        """Do what a button does."""
        if key in self._on:
            self._on[key] = not self._on[key]
            if key == "inside":
                self.session.forget_inside()
            self.show()
        else:
            actions = {"step": lambda: self.step(self.panel.controls["step"].value), "play": self.play_or_hold}
            name = PRESSED.get(self.mode, "train") if key == "train" else key
            (actions.get(name) or getattr(self, name))()

    # --- Training --------------------------------------------------------------------------------------------

    def _do(self, what: str, **how: Any) -> None:
        """Let the session do something, and show what has come of it."""
        before = self.history
        if not self.session.act(what, self.settings, **how):
            return
        self._cancel()
        if self.history is not before:  # another run
            names = view_names(len(self.session.start), len(self.runs))
            self._view, self._arrive_at = self._view if self._view in names else names[0], None
            self.guess.ask(self.session.target)
            self.panel.draw(self.seen)
        if self.mode == "running":
            self.show()
            self._watcher.go()
        else:
            self._finish()

    def _finish(self) -> None:
        """Show the present state completely: pictures, scrubber, words, buttons."""
        self.guess.settle(self.history, ended=self.mode in ("finished", "failed"))
        done = self.session.done
        self._at, self._arrive_at = done if self._arrive_at is None else min(self._arrive_at, done), None
        begun = self.mode != "ready" and len(self.history)
        self.panel.draw(self.seen) if begun else self._frame()
        self.panel.count_up(self.session)
        self.show()

    def _go_on(self) -> None:
        if self._player.goes_on:
            self.scrubber.value = round(self._player.value())
            if not self._player.goes_on:
                self.show()
        else:
            self._frame()
            self.panel.count_up(self.session)

    def _cancel(self) -> None:
        """End what goes on by itself."""
        self._player.cancel()
        self._watcher.cancel()

    def _halt_all(self) -> None:
        self.stop()
        self._cancel()

    # --- What a control does -----------------------------------------------------------------------------------

    def _moved(self, control: Control) -> None:
        """Take what a control says now, and do what follows; nothing if it was `show` that has set it."""
        if control.moves == "guess":
            if self.guess.read():
                self._refresh(redraw=self.mode != "running")
            return
        value = value_of(self.panel.controls[control.name])
        if control.moves == "scrub":
            if value != self._at and self.mode != "running":
                self._at = value
                self._frame()
                self.panel.scrubbed(self.seen)
        elif control.moves == "look":
            if value != self._view:
                self._view = value
                self._refresh(redraw=True)
        elif self.settings.has(control.name) and value != self.settings.value(control.name):
            self.settings = self.settings.change(control.name, value)
            if control.moves == "rescale" and self.panel.beside["keep_step"].value:
                self.settings, self.learning_rate.error = rescaled(self.seen, self.learning_rate)
            running = self.mode == "running"
            if self.mode in BEGINS[control.moves]:
                self._do("reset", anew=False)
            else:
                redraw = not running and self.guess.ask(self.settings.iterations)
                self._refresh(redraw, predict=control.moves == "preview" or not running)

    def _frame(self) -> None:
        """Draw what moves, at the iteration that is looked at: the last one while a run goes on."""
        done = self.session.done
        self.panel.frame(done if self.mode == "running" else min(self._at, done))

    def _refresh(self, redraw: bool = False, predict: bool = True) -> None:
        """Show what has changed beside the run: in pictures drawn anew, or with another prediction alone."""
        seen = self.seen
        if redraw:
            self.panel.draw(seen)
        elif predict:
            self.panel.expect(seen)
        self.show() if redraw else self.panel.show_settings(seen)

    def show(self) -> None:
        """Set buttons, controls, status and tables to what is seen."""
        self.panel.show(self.seen)

    def scene(self) -> str:
        """Return the settings, and how far the run is, as one line: `dashboard(..., scene=line)` shows it again.

        The device is left out: it may not be there elsewhere, and the picture is the same.
        """
        return write_scene(self.seen, self.session.next_start(self.settings), self.panel.shown)

    def restore(self, scene: str) -> None:
        """Show a state that `scene` has written; a ValueError that quotes its damaged part changes nothing."""
        state = read_scene(scene, self.panel.controls, self.settings, self.panel.shown, len(self.runs))
        ran, self._view = state.pop("ran", 0), state.pop("view", self._view)
        at = state.pop("at", None)
        self.settings = self.session.recalled(self.settings, state)
        self._do("reset", anew=False)
        if ran and self.session.act("replay", self.settings, iterations=ran):
            self._arrive_at = at
            self.show()
            self._watcher.go(AT_ONCE)

    def __repr__(self) -> str:
        return str(words(self.seen))

    def _still(self) -> str:
        alike = len(self.runs) > 1 and not self.history.iterations  # all at one start
        return self.panel.snapshot(only_view=alike) if len(self.history) else ""
