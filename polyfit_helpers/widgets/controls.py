"""The controls of a dashboard, one row of a table each: layout, wiring, scene and "has a use" follow from it.

A new control is one row more. A loop's new keyword argument, for example, is a row with `option=True`: loops that take
the keyword get it, boards of other loops do not show the control, and scenes write and read its value.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import ipywidgets
import numpy as np

from ..data import devices
from ..theory import polynomial_values, whole_number
from . import scenes, texts
from .elements import Range
from .formats import rate as written
from .guess import Guess
from .seen import Seen, Settings
from .session import Session
from .views import view_names

OPTIMIZERS = {name: name for name in ("SGD", "RMSprop", "Adam")}
MOST_ITERATIONS = 100_000

# What a move of a control that is a setting does at once, beside a new prediction: in which modes the run begins anew.
BEGINS: Mapping[str, Collection[str]] = {
    "preview": (),
    "restart": ("ready",),  # a run that has not begun shows it at once
    "switch": ("ready", "paused", "finished", "stopped", "failed"),  # another problem is shown from its start
    "rescale": ("ready", "paused", "finished", "stopped", "failed"),  # the same, and the rate may be multiplied first
}


class Plan(NamedTuple):
    """What is known when the controls are made."""

    session: Session
    settings: Settings
    view: str
    shown: Collection[str]
    buttons: Mapping[str, ipywidgets.Button]


Maker = Callable[[Plan], ipywidgets.Widget]


class Control(NamedTuple):
    """One control of a dashboard."""

    name: str  # as `dashboard(controls=...)` and scenes call it
    make: Maker
    moves: str = ""  # what follows when it is moved: a key of `BEGINS` for a setting, else 'look', 'scrub' or 'guess'
    attribute: str = ""  # what the board calls the widget, if not by the control's name
    place: str = "top"  # or 'end' of the first row, 'bar' beside the buttons, 'scrub' under the pictures, 'fold'
    beside: tuple[str, Maker] | None = None  # name and widget of what always stands beside it
    option: bool = False  # whether it is a keyword argument of loops
    polynomial: bool = False  # whether it has a use for polynomials alone
    folded: bool = False  # whether it stands behind "More" where a board does not ask for it
    asked: bool = False  # whether only boards that ask for it have it
    local: bool = False  # whether its value means nothing elsewhere, so that a scene leaves it out

    @property
    def setting(self) -> bool:
        """Whether its value is one of the settings of a run."""
        return self.moves in BEGINS

    @property
    def in_scenes(self) -> bool:
        """Whether scenes tell its value."""
        return (self.setting or self.moves == "look") and not self.local


def _range(label: str, **traits: Any) -> Maker:
    return lambda plan: Range(label=label, **traits)


def _choice(label: str, choices: Mapping[Any, str]) -> Maker:
    """Return a maker of a dropdown: choices are what stands in the code, and what it is called."""
    options = [(name, value) for value, name in choices.items()]
    return lambda plan: ipywidgets.Dropdown(description=label, options=options)


def _checkbox(label: str, value: bool = False) -> Maker:
    return lambda plan: ipywidgets.Checkbox(description=label, value=value, indent=False)


def _learning_rate(plan: Plan) -> Range:
    least = 1e-10 if "degree" in plan.shown else 1e-9
    return Range(label=texts.LEARNING_RATE, value=plan.settings.learning_rate, min=least, max=1.0, log=True)


def _iterations(plan: Plan) -> Range:
    value = plan.settings.iterations
    return Range(label=texts.ITERATIONS, value=value, min=1, max=MOST_ITERATIONS, log=True, whole=True, digits=2)


def _device(plan: Plan) -> ipywidgets.Widget:
    names = ["cpu"]
    if any(run.on_tensors for run in plan.session.runs):
        names = [device.name for device in devices() if device.available]
    here = plan.session.data.where if plan.session.data.where in names else "cpu"
    options = [(name.upper(), name) for name in names]
    return ipywidgets.Dropdown(description=texts.DEVICE, options=options, value=here)


def _device_note(plan: Plan) -> ipywidgets.Widget:
    note = texts.NUMPY_ONLY
    if any(run.on_tensors for run in plan.session.runs):
        missing = [device for device in devices() if not device.available]
        note = "; ".join(texts.no_device(name=device.name.upper(), note=device.note) for device in missing)
    widget = ipywidgets.HTML(html.escape(note))
    widget.add_class("polyfit-note")
    return widget


def _degree(plan: Plan) -> ipywidgets.Widget:
    degree = plan.settings.degree
    possible = {1, 3, 5, 7} & set(range(len(np.unique(plan.session.x))))
    return ipywidgets.Dropdown(description=texts.DEGREE, options=sorted(possible | {degree}), value=degree)


def _view_choice(plan: Plan) -> ipywidgets.Widget:
    names = view_names(len(plan.session.given), len(plan.session.runs))
    return ipywidgets.Dropdown(description=texts.VIEW, options=views_in_words(names), value=plan.view)


CONTROLS = (
    Control("learning_rate", _learning_rate, "preview"),
    Control("iterations", _iterations, "restart"),
    Control("device", _device, "preview", place="end", beside=("device_note", _device_note), local=True),
    Control("optimizer", _choice(texts.OPTIMIZER, OPTIMIZERS), "preview", option=True),
    Control("momentum", _range(texts.MOMENTUM, value=0.0, min=0.0, max=0.99, digits=2), "preview", option=True),
    Control("basis", _choice(texts.BASIS, texts.BASIS_LABELS), "switch", option=True, polynomial=True, folded=True),
    Control(
        "reduction",
        _choice(texts.REDUCTION, texts.REDUCTION_LABELS),
        "rescale",
        beside=("keep_step", _checkbox(texts.KEEP_STEP)),
        option=True,
        folded=True,
    ),
    Control("degree", _degree, "switch", polynomial=True, asked=True),
    Control("reset", _checkbox(texts.RESET_GRADIENTS, True), "switch", "reset_gradients", option=True, folded=True),
    Control("start", _choice(texts.START_LABEL, texts.STARTS), "restart", folded=True),
    Control("step", _choice(texts.STEP_SIZE, {size: str(size) for size in (1, 10, 100)}), "", "step_size", "fold"),
    Control("inside", lambda plan: plan.buttons["inside"], place="bar", folded=True),
    Control("view", _view_choice, "look", place="bar", folded=True),
    Control("guess", lambda plan: Guess(), "guess", asked=True),
    Control("scrubber", _range(texts.ITERATION, value=0, min=0, max=1, whole=True, digits=0), "scrub", place="scrub"),
    Control("more", lambda plan: plan.buttons["more"], place="bar"),
)


def views_in_words(names: Collection[str]) -> list[tuple[str, str]]:
    """Return what the control calls each view, such as 'path b d', with its name."""
    return [
        (texts.path_of(letters=name.split()[1:]) if " " in name else texts.VIEW_LABELS[name], name) for name in names
    ]


def check_names(names: Collection[str]) -> None:
    """Raise a ValueError that quotes a name that no control has."""
    known = [control.name for control in CONTROLS]
    if unknown := set(names) - set(known):
        raise ValueError(f"unknown control {sorted(unknown)[0]!r}: choose from {', '.join(known)}")


def names_to_show(asked: Collection[str] | None, session: Session) -> set[str]:
    """Return the controls that are asked for, or all that are not for the asking, of which the loops have a use."""
    return {
        control.name
        for control in CONTROLS
        if (not control.asked if asked is None else control.name in asked)
        and (not control.option or session.has(control.name))
        and (not control.polynomial or session.model is polynomial_values)
    }


def rescaled(seen: Seen, rates: Range) -> tuple[Settings, str]:
    """Return settings whose steps are as long as they were before the loss became a mean, or a sum again.

    The rate stays within its range; what is wrong with it otherwise is the second value.
    """
    settings, size = seen.settings, seen.size
    factor = size if settings.options["reduction"] == "mean" else 1 / size
    rate = float(f"{settings.learning_rate * factor:.12g}")
    within = min(max(rate, rates.min), rates.max)
    return settings.change("learning_rate", within), "" if within == rate else rates.out_of_range(written(rate))


# --- Scenes ----------------------------------------------------------------------------------------------


def parts_of_a_scene(settings: Settings, shown: Collection[str]) -> list[str]:
    """Return what a scene of a board tells: what the board has a use for, and how far the run is."""
    names = [
        control.name
        for control in CONTROLS
        if control.in_scenes
        and (not control.option or control.name in settings.options)
        and (not control.asked or control.name in shown)
    ]
    return [*names, "ran", "at"]


def write_scene(seen: Seen, start: str, shown: Collection[str]) -> str:
    """Return the settings, and how far the run is, as one line; start is the name that the next one has."""
    parts = parts_of_a_scene(seen.settings, shown)
    state: dict[str, Any] = {name: seen.settings.value(name) for name in parts if seen.settings.has(name)}
    state["start"] = start
    state |= {"iterations": state.pop("iterations"), "view": seen.view.replace(" ", "-")}
    if seen.done and seen.mode != "running" and seen.ran_with == seen.settings:
        state |= {"ran": seen.done, "at": seen.at}
    return scenes.write(state)


def read_scene(
    line: str, widgets: Mapping[str, ipywidgets.Widget], settings: Settings, shown: Collection[str], runs: int
) -> dict[str, Any]:
    """Return the values of a scene by the names of their controls, and `ran` and `at`.

    Parameters
    ----------
    line : str
        As `scenes.write` gives it.
    widgets : mapping from names of controls to widgets
        What they offer is what they can read.
    settings, shown, runs : Settings, collection of str, int
        What the board has now: its settings, its controls, how many loops.

    Raises
    ------
    TypeError, ValueError
        If the scene is damaged; the message quotes the part.
    """
    parts = scenes.read(line, parts_of_a_scene(settings, shown))
    values: dict[str, Any] = {}
    for name, words in sorted(parts.items(), key=lambda part: part[0] != "degree"):  # views depend on it
        views = view_names(int(values.get("degree", settings.degree)) + 1, runs)
        try:
            values[name] = _read_part(name, words, widgets.get(name), views)
        except ValueError as error:
            raise ValueError(texts.damaged(part=f"{name}={words}", why=str(error))) from None
    if "at" in values and "ran" not in values:
        raise ValueError(texts.damaged(part=f"at={parts['at']}", why=texts.AT_WITHOUT_RAN))
    return values


def _read_part(name: str, words: str, widget: ipywidgets.Widget, views: Collection[str]) -> Any:
    """Return the value of one part of a scene, or raise a ValueError."""
    if name in ("ran", "at"):
        number = whole_number(name, int(words) if words.isdecimal() else words)
        if number > 2 * MOST_ITERATIONS:  # a whole run, and steps beyond it
            raise ValueError(f"{name} must be at most {2 * MOST_ITERATIONS}")
        return number
    if isinstance(widget, Range):
        return widget.number(widget.read(words))
    if name == "start" and words.startswith("seed:") and words.removeprefix("seed:").isdecimal():
        return words
    options: dict[str, Any]
    if name == "start":
        options = {start: start for start in ("given", "zeros")}
    elif name == "view":
        options = {view.replace(" ", "-"): view for view in views}
    elif isinstance(widget, ipywidgets.Checkbox):
        options = {"True": True, "False": False}
    else:
        options = {str(value): value for _, value in widget._options_full}
    if words not in options:
        raise ValueError(texts.choose_from(options=options))
    return options[words]
