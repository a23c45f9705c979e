"""The widgets of a dashboard: the controls as their table says, the buttons, pictures and lines around them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import ipywidgets

from ..training.inside import Inside
from . import texts
from .base import row
from .controls import CONTROLS, Control, Plan, names_to_show, views_in_words
from .elements import Pictures, Range, Status, put
from .run import WITHOUT_YIELD
from .seen import Seen, Settings
from .session import Session
from .tables import kept_table, pane
from .tasks import COUNTED
from .views import Drawing, view_names
from .words import StatusLine, buttons, equation_of, marks, words

BUTTONS = ("train", "step", "stop", "reset", "keep", "forget", "inside", "more", "play")


class Panel:
    """All widgets of a dashboard; what a reader does to them, `listen` tells.

    Parameters
    ----------
    session : Session
    settings : Settings
        First values of the controls that depend on nothing else.
    asked : collection of str or None
        Which controls to show; None for all of which the loops have a use.
    """

    def __init__(self, session: Session, settings: Settings, asked: Collection[str] | None) -> None:
        self.shown, self.asked = names_to_show(asked, session), set(asked or ())
        self.buttons = {key: ipywidgets.Button() for key in BUTTONS}
        self.buttons["train"].add_class("polyfit-train")
        plan = Plan(session, settings, self.shown, self.buttons)
        self.controls = {control.name: control.make(plan) for control in CONTROLS}
        for name in ("learning_rate", "momentum"):
            self.controls[name].name = name
        self.beside = {control.beside[0]: control.beside[1](plan) for control in CONTROLS if control.beside}
        self.progress = ipywidgets.FloatProgress(value=0.0, min=0.0, max=1.0)
        self.count, self.pane, self.kept_table = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        for widget, name in ((self.count, "count"), (self.pane, "inside"), (self.kept_table, "kept")):
            widget.add_class(f"polyfit-{name}")
        self.pictures, self.status = Pictures(clickable="guess" in self.shown), Status()
        behind = self._those(self._folded)
        keeping = [self.buttons["keep"], self.buttons["forget"]]
        self.fold = row([self.buttons["reset"], self.controls["step"], *behind, *keeping], "polyfit-fold")
        scrubber = self._those(lambda control: control.place == "scrub")
        self.scrub = row([self.buttons["play"], *scrubber] if scrubber else [], "polyfit-scrub")
        self.words = StatusLine("", "")
        self._in_the_pane: tuple[Inside | None, str] = (None, "")
        for run in session.runs:
            run.late = self.say_late
        self._hear_view: Callable[[Any], None] = lambda change: None

    def settings(self, session: Session, first: Settings) -> Settings:
        """Return what the controls say, of which the loops have a use."""
        used = [control.name for control in CONTROLS if control.option and session.has(control.name)]
        options = {name: value_of(self.controls[name]) for name in used}
        device = self.controls["device"].value
        return Settings(first.learning_rate, first.iterations, device, first.degree, options=options)

    def attributes(self) -> dict[str, Any]:
        """Return all widgets by the names under which a board has them."""
        named = {control.attribute or control.name: self.controls[control.name] for control in CONTROLS}
        parts = ("buttons", "progress", "count", "pane", "kept_table", "pictures", "status", "fold", "scrub")
        return {**named, **self.beside, **{name: getattr(self, name) for name in parts}}

    # --- Layout ---

    def rows(self) -> list[ipywidgets.Widget]:
        """Return the rows of the board."""
        first = self._those(lambda control: control.place == "top" and not self._folded(control))
        if last := self._those(lambda control: control.place == "end"):
            first.append(row(last, "polyfit-device"))  # its note may take the rest of the row
        after = self._those(lambda control: control.place == "bar" and not self._folded(control))
        keys = ("train", "step", "stop") if "step" in self.shown else ("train", "stop")
        bar = [*(self.buttons[key] for key in keys), self.progress, self.count, *after]
        below = [self.fold, self.pictures, self.scrub, self.status, self.pane, self.kept_table]
        return [row(first), row(bar, "polyfit-buttons"), *below]

    def _folded(self, control: Control) -> bool:
        return control.folded and control.name not in self.asked

    def _those(self, belongs: Callable[[Control], bool]) -> list[ipywidgets.Widget]:
        """Return the widgets of the controls that are shown and for which `belongs` holds."""
        widgets = []
        for control in CONTROLS:
            if control.name in self.shown and belongs(control):
                widgets.append(self.controls[control.name])
                widgets += [self.beside[control.beside[0]]] if control.beside else []
        return widgets

    # --- Pictures ---

    def draw(self, seen: Seen) -> None:
        """Draw all: what stands still while a run goes on (axes and their limits, ticks, legend), and what moves."""
        self.drawing = Drawing(seen)
        with self.pictures.hold_sync():
            self.pictures.expect(self.drawing.theory)
            self.pictures.show(self.drawing.frames(min(seen.at, seen.done)), self.drawing.canvases)

    def frame(self, at: int) -> None:
        """Draw what moves, at an iteration."""
        self.pictures.show(self.drawing.frames(at))

    def expect(self, seen: Seen) -> None:
        """Tell the page what is expected of another next run."""
        self.drawing.expect(seen)
        self.pictures.expect(self.drawing.theory)

    def snapshot(self, only_view: bool) -> str:
        """Return both pictures as they are now, or that of the view, as HTML."""
        return self.drawing.snapshot(self.pictures.shown, only_view=only_view)

    # --- From the widgets and to them ---

    def listen(
        self, moved: Callable[[Control], None], pressed: Callable[[str], None], clicked: Callable[[float], None]
    ) -> None:
        """Let `moved` hear of each control that moves, `pressed` of each button by its key.

        `clicked` hears how high in the right picture a click was, in the units of its axis.
        """
        self.pictures.observe(lambda change: clicked(change["new"][1]), "clicked")
        for key, button in self.buttons.items():
            button.on_click(lambda _, key=key: pressed(key))
        for control in CONTROLS:
            if control.moves:
                widget, hear = self.controls[control.name], lambda change, control=control: moved(control)
                getattr(widget, "entry", widget).observe(hear, "value")
                if control.name == "view":
                    self._hear_view = hear

    def show(self, seen: Seen) -> None:
        """Set what differs from what is seen."""
        for key, state in buttons(seen).items():
            put(self.buttons[key], **state._asdict())
        self._offer_views(seen)
        running = seen.mode == "running"
        if not running:
            self._place_scrubber(seen)
        put(self.controls["scrubber"], disabled=running or seen.done == 0)
        put(self.controls["guess"].entry, disabled=running)
        put(self.fold.layout, display="flex" if seen.unfolded else "none")
        for widget in (self.pictures, self.scrub):
            put(widget.layout, display="none" if seen.looking else None)
        put(self.pictures, live=running or seen.playing)
        put(self.pane.layout, display=None if seen.looking else "none")
        self._fill_pane(seen)
        put(self.kept_table, value=kept_table(seen))
        self.show_settings(seen)
        if seen.mode != "ready":
            self.say(words(seen))

    def show_settings(self, seen: Seen) -> None:
        """Set what follows from the settings of the next run alone: while a slider moves, each millisecond counts."""
        for control in CONTROLS:
            if control.setting and seen.settings.has(control.name):
                put(self.controls[control.name], value=seen.settings.value(control.name))
        put(self.controls["learning_rate"], marks=marks(seen))
        if seen.mode == "ready":
            self.say(words(seen))

    def say(self, words: StatusLine) -> None:
        """Show the status line."""
        self.words = words
        self.status.say(words.bold, words.rest, words.details)

    def say_late(self) -> None:
        """Say that a loop comes to no `yield`: in the midst of its work, so nothing of the run can be looked at."""
        self.status.say(texts.RUNNING, texts.no_yield_yet(seconds=WITHOUT_YIELD))

    def count_up(self, session: Session) -> None:
        """Tell how far the session is; while a run goes on, no more often than a number can be read."""
        if session.mode == "running" and self.pictures.frames["number"] % COUNTED:
            return
        put(self.progress, value=session.done / max(session.target, 1))
        put(self.count, value=texts.so_far(done=session.done, of=session.target, seconds=session.seconds))

    def scrubbed(self, seen: Seen) -> None:
        """Say what is seen at another iteration of the same run."""
        if seen.at < len(seen.run.history):
            put(self.count, value=texts.scrubbed(iteration=seen.at, value=float(seen.run.history.losses[seen.at])))
        if not seen.playing:  # else the line would chatter
            self.say(self.words._replace(equation=equation_of(seen)))

    def _place_scrubber(self, seen: Seen) -> None:
        # At no moment may its value be out of range: that would be a move.
        scrubber, last = self.controls["scrubber"], max(seen.done, 1)
        put(scrubber, max=max(scrubber.max, last))
        put(scrubber, value=seen.at)
        put(scrubber, max=last)

    def _offer_views(self, seen: Seen) -> None:
        view = self.controls["view"]
        options = views_in_words(view_names(len(seen.start), len(seen.runs)))
        if list(view.options) != options:
            view.unobserve(self._hear_view, "value")  # with new options a dropdown chooses the first one for a moment
            view.options = options
            view.value = seen.view
            view.observe(self._hear_view, "value")
        put(view, value=seen.view)

    def _fill_pane(self, seen: Seen) -> None:
        inside, note = self._in_the_pane
        if seen.inside is not inside or seen.inside_note != note:
            self._in_the_pane = seen.inside, seen.inside_note
            self.pane.value = pane(seen)


def value_of(widget: ipywidgets.Widget) -> Any:
    """Return the value of a control, as the type of number that it has."""
    return widget.number(widget.value) if isinstance(widget, Range) else widget.value
