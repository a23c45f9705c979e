"""The state of a board as one short line of readable text, such as `learning_rate=1e-6 iterations=2000 at=500`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import ipywidgets

from ..theory import whole_number
from . import controls, texts
from .controls import MOST_ITERATIONS
from .elements import Range
from .seen import Seen, Settings
from .views import view_names


def parts_of_a_scene(settings: Settings, shown: Collection[str]) -> list[str]:
    """Return what a scene of a board tells: what the board has a use for, and how far the run is."""
    names = [
        control.name
        for control in controls.CONTROLS
        if control.in_scenes
        and (not control.option or control.name in settings.options)
        and (not control.asked or control.name in shown)
    ]
    return [*names, "ran", "at"]


def write_scene(seen: Seen, start: str, shown: Collection[str]) -> str:
    """Return the settings, and how far the run is, as one line; start is the name of the next run's."""
    parts = parts_of_a_scene(seen.settings, shown)
    state: dict[str, Any] = {name: seen.settings.value(name) for name in parts if seen.settings.has(name)}
    state["start"] = start
    state |= {"iterations": state.pop("iterations"), "view": seen.view.replace(" ", "-")}
    if seen.done and seen.mode != "running" and seen.ran_with == seen.settings:
        state |= {"ran": seen.done, "at": seen.at}
    return " ".join(f"{name}={_written(value)}" for name, value in state.items())


def _written(value: Any) -> str:
    """Write a value with all its digits; an exponent as we write it elsewhere, 1e-6 for 1e-06."""
    return re.sub(r"e([+-])0+(?=\d)", r"e\1", str(value)) if isinstance(value, float) else str(value)


def read_scene(
    line: str, widgets: Mapping[str, ipywidgets.Widget], settings: Settings, shown: Collection[str], runs: int
) -> dict[str, Any]:
    """Return the values of a scene by the names of their controls, and `ran` and `at`.

    Parameters
    ----------
    line : str
        As `write_scene` gives it.
    widgets : mapping from names of controls to widgets
        What they offer is what they can read.
    settings, shown, runs : Settings, collection of str, int
        What the board has now: its settings, its controls, how many loops.

    Raises
    ------
    TypeError, ValueError
        If the scene is damaged; the message quotes the part.
    """
    parts = _split(line, parts_of_a_scene(settings, shown))
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


def _split(line: str, known: Collection[str]) -> dict[str, str]:
    """Return names and values of a line, or raise a ValueError that quotes the damaged part."""
    if not isinstance(line, str):
        raise TypeError(texts.no_scene(value=line))
    state: dict[str, str] = {}
    for part in line.split():
        name, _, value = part.partition("=")
        if not value:
            raise ValueError(texts.damaged(part=part, why=texts.NO_PAIR))
        if name not in known:
            raise ValueError(texts.damaged(part=part, why=texts.unknown_part(name=name, known=known)))
        if name in state:
            raise ValueError(texts.damaged(part=part, why=texts.twice(name=name)))
        state[name] = value
    return state


def _read_part(name: str, words: str, widget: ipywidgets.Widget, views: Collection[str]) -> Any:
    """Return the value of one part of a scene, or raise a ValueError."""
    if name in ("ran", "at"):
        number = whole_number(name, int(words) if words.isdecimal() else words)
        if number > 2 * MOST_ITERATIONS:  # a whole run, and iterations beyond it
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
