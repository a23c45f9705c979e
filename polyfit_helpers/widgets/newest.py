"""What a learner has defined anew since a board was made: its functions are looked up again, by their names.

A function that was repaired is another object under the name of the old one. Only what the notebook itself defines is
looked up, and only by the name that its definition gave it: a library's function stays, and so does one that merely was
called so for a while, as by the variable of a `for`.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from operator import attrgetter
from types import FunctionType
from typing import Any, NamedTuple


class Changes(NamedTuple):
    """Names that stand for something else since a board was made."""

    taken: tuple[str, ...] = ()  # the present run has the new one
    earlier: tuple[str, ...] = ()  # the next run will have it
    refused: tuple[str, ...] = ()  # it is no function any more
    stuck: tuple[str, ...] = ()  # it is part of an object that was made with the old one


class Newest:
    """A function that a board was given; `now` is what it is by now, once `take` was called.

    Parameters
    ----------
    given : callable
        A function, method, class, `functools.partial`, or an object that can be called.
    """

    def __init__(self, given: Callable[..., Any]) -> None:
        self.now: Any = given
        self._parts = list(_definitions(given, set()))
        self._taken: tuple[str, ...] = ()

    @property
    def changes(self) -> Changes:
        """What has become of the definitions that it is made of."""
        names: dict[str, list[str]] = {"earlier": [], "refused": [], "stuck": []}
        for part in self._parts:
            if part.differs:
                within = _rebuilt(self.now, {id(part.was): part.now}) is not self.now
                names["refused" if not _can_be_called(part.now) else "earlier" if within else "stuck"].append(part.name)
        return Changes(self._taken, **{kind: tuple(those) for kind, those in names.items()})

    def take(self, told: bool) -> bool:
        """Take what its names stand for by now, and return whether anything is new.

        `changes.taken` says so until that was `told`.
        """
        names = self.changes.earlier
        others = {id(part.was): part.now for part in self._parts if part.name in names}
        self.now = _rebuilt(self.now, others)
        self._parts = [part._replace(was=others.get(id(part.was), part.was)) for part in self._parts]
        self._taken = names or (() if told else self._taken)
        return bool(names)


def changes_of(some: Iterable[Newest]) -> Changes:
    """Return the changes of all of them, each name once."""
    kinds = zip(*(one.changes for one in some), strict=True)
    return Changes(*(tuple(dict.fromkeys(name for names in kind for name in names)) for kind in kinds))


# --- What it is made of ---------------------------------------------------------------------------------------------


class _Definition(NamedTuple):
    """What a name stood for in the notebook when the board was made."""

    name: str
    notebook: Mapping[str, Any]
    was: Any

    @property
    def now(self) -> Any:
        """What the name stands for by now; None if for nothing."""
        first, *rest = self.name.split(".")
        found = self.notebook.get(first)
        with suppress(AttributeError):
            return attrgetter(".".join(rest))(found) if rest else found
        return None

    @property
    def differs(self) -> bool:
        """Whether that is something else; a cell that was only run again has changed nothing."""
        was, now = self.was, self.now
        if not (isinstance(was, FunctionType) and isinstance(now, FunctionType)) or was.__closure__ or now.__closure__:
            return was is not now
        return was.__code__ != now.__code__ or _defaults(was) != _defaults(now)


def _defaults(function: FunctionType) -> str:
    return repr((function.__defaults__, function.__kwdefaults__))


def _definitions(made: Any, seen: set[int]) -> Iterator[_Definition]:
    """Yield the definitions in the notebook that something is made of."""
    if id(made) in seen:  # a function may know itself
        return
    seen.add(id(made))
    parts: list[Any] = []
    if isinstance(made, functools.partial):
        parts = [made.func, *made.args, *made.keywords.values()]
    elif inspect.ismethod(made):
        parts = [made.__self__]
    elif not isinstance(made, FunctionType | type):
        parts = [type(made)]
    elif getattr(inspect.unwrap(made), "__module__", "") == "__main__":
        notebook = _notebook_of(inspect.unwrap(made))
        named = [_Definition(name, notebook, made) for name in _names(made)]
        known = [one for one in named if one.now is made]
        yield from known[:1]
        parts = [] if known else [*_enclosed(made), *_makers(made, notebook)]
    for part in parts:
        yield from _definitions(part, seen)


def _notebook_of(made: Any) -> Mapping[str, Any]:
    """Return all names of the notebook that defines a function or class."""
    functions = [made, *vars(made).values()]
    found: dict[str, Any] = next((one.__globals__ for one in functions if isinstance(one, FunctionType)), {})
    return found or vars(sys.modules["__main__"])


def _names(made: Any) -> list[str]:
    """Return the names under which a function or class may have been defined."""
    if made.__name__ == "<lambda>":  # its name stands in front of it
        line = linecache.getline(made.__code__.co_filename, made.__code__.co_firstlineno)
        return [line.partition("=")[0].strip()]
    # What a decorator returns has the name of a function within the decorator; what it encloses has the right one.
    return [made.__qualname__, *(part.__qualname__ for part in _enclosed(made) if hasattr(part, "__qualname__"))]


def _enclosed(made: Any) -> list[Any]:
    """Return what a function knows from the functions around it."""
    found = []
    for cell in getattr(made, "__closure__", None) or ():
        with suppress(ValueError):  # an empty one
            found.append(cell.cell_contents)
    return found


def _makers(made: Any, notebook: Mapping[str, Any]) -> list[Any]:
    """Return the function in which another one was made."""
    maker = notebook.get(made.__qualname__.partition(".")[0])
    code = getattr(maker, "__code__", None)
    return [maker] if code is not None and getattr(made, "__code__", None) in code.co_consts else []


def _can_be_called(other: Any) -> bool:
    with suppress(TypeError, ValueError):
        return bool(inspect.signature(other))
    return False


def _rebuilt(made: Any, others: Mapping[int, Any]) -> Any:
    """Return the same thing made of others, by the ids of the old ones; itself if nothing in it is replaced."""
    if id(made) in others:
        return others[id(made)]
    if not isinstance(made, functools.partial):
        return made
    parts = [made.func, *made.args, *made.keywords.values()]
    func, *values = new = [_rebuilt(part, others) for part in parts]
    if all(one is other for one, other in zip(parts, new, strict=True)):
        return made
    size = len(made.args)
    return functools.partial(func, *values[:size], **dict(zip(made.keywords, values[size:], strict=True)))
