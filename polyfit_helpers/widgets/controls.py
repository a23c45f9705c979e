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
from ..theory import polynomial_values
from . import texts
from .elements import Range
from .formats import rate as written
from .guess import Guess
from .seen import Seen, Settings
from .session import Session
from .views import LETTERS

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
    tensors: bool = False  # whether it has a use for tensors alone: arrays have one place to be
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


def least_rate(shown: Collection[str]) -> float:
    """Return the least learning rate that a board takes: a high degree wants a smaller one."""
    return 1e-10 if "degree" in shown else 1e-9


def _learning_rate(plan: Plan) -> Range:
    rate = plan.settings.learning_rate
    return Range(label=texts.LEARNING_RATE, value=rate, min=least_rate(plan.shown), max=1.0, log=True)


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
    known = devices() if any(run.on_tensors for run in plan.session.runs) else []
    notes = (texts.no_device(name=one.name.upper(), note=one.note) for one in known if not one.available)
    widget = ipywidgets.HTML(html.escape("; ".join(notes)))
    widget.add_class("polyfit-note")
    return widget


def _degree(plan: Plan) -> ipywidgets.Widget:
    degree = plan.settings.degree
    possible = {1, 3, 5, 7} & set(range(len(np.unique(plan.session.x))))
    return ipywidgets.Dropdown(description=texts.DEGREE, options=sorted(possible | {degree}), value=degree)


CONTROLS = (
    Control("learning_rate", _learning_rate, "preview"),
    Control("iterations", _iterations, "restart"),
    Control("device", _device, "preview", place="end", beside=("device_note", _device_note), tensors=True, local=True),
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
    Control("view", _choice(texts.VIEW, {}), "look", place="bar", folded=True),
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
    """Return the controls that are named, or else all but those marked `asked`, of which the loops have a use."""
    return {
        control.name
        for control in CONTROLS
        if (not control.asked if asked is None else control.name in asked)
        and (not control.option or session.has(control.name))
        and (not control.polynomial or session.model is polynomial_values)
        and (control.name != "inside" or len(session.given) <= len(LETTERS) or asked is not None)
        and (not control.tensors or any(run.on_tensors for run in session.runs))
    }


def rescaled(seen: Seen, rates: Range) -> tuple[Settings, str]:
    """Return settings whose steps are as long as they were before the loss became a mean, or a sum again.

    The rate stays within its range; the second value is an error message if it had to be held there, else empty.
    """
    settings, size = seen.settings, seen.size
    factor = size if settings.options["reduction"] == "mean" else 1 / size
    rate = float(f"{settings.learning_rate * factor:.12g}")
    within = min(max(rate, rates.min), rates.max)
    return settings.change("learning_rate", within), "" if within == rate else rates.out_of_range(written(rate))
