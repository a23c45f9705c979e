"""The state of a board as one short line of readable text, such as `learning_rate=1e-06 iterations=2000 at=500`."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from . import texts


def write(state: Mapping[str, object]) -> str:
    """Return the line; a value must have no spaces."""
    return " ".join(f"{name}={value}" for name, value in state.items())


def read(line: str, known: Collection[str]) -> dict[str, str]:
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
