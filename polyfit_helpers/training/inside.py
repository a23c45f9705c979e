"""Looking inside a running loop: what each of its lines does to the parameters and to their gradients.

A debugger's hook watches one step, and only the loop's own lines. Tensors are read through their own methods, without
touching the graph, so that this module never imports torch.
"""

from __future__ import annotations

import linecache
import math
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from string import ascii_lowercase
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from ..advance import apart_of


def same(one: Any, other: Any) -> bool:
    """Whether two values that were read are equal; NaN equals itself."""
    return (one,) == (other,)  # in a tuple the same object is equal, and NaN is always the same object here


class Moment(NamedTuple):
    """One scalar parameter at one moment, and what autograd knows of it; all None but the value if it is no tensor."""

    value: float
    grad: float | None
    is_leaf: bool | None
    requires_grad: bool | None
    grad_fn: str | None

    @property
    def trainable(self) -> bool:
        """Whether `backward()` fills its gradient."""
        return bool(self.is_leaf and self.requires_grad)


class Change(NamedTuple):
    """What happened to one parameter between two moments."""

    before: Moment
    after: Moment

    @property
    def moved(self) -> bool:
        """Whether the value is another one."""
        return not same(self.before.value, self.after.value)

    @property
    def filled(self) -> bool:
        """Whether the gradient is a new number, as after `backward()`; a zero counts only where there was none."""
        before, after = self.before.grad, self.after.grad
        return after is not None and not same(before, after) and (after != 0 or before is None)

    @property
    def reset(self) -> bool:
        """Whether a gradient was there and is now None or zero, in the same tensor as far as autograd knows."""
        return self.before.grad not in (None, 0) and self.after.grad in (None, 0) and not self.lost

    @property
    def lost(self) -> bool:
        """Whether a new tensor took the place of a trainable one, as after `a = a - learning_rate * a.grad`."""
        return self.before.trainable and not self.after.trainable


class Line(NamedTuple):
    """A line of the loop, and its net change of each of P parameters over all its executions; None for no change."""

    number: int
    source: str
    changes: tuple[Change | None, ...]


class Parameter(NamedTuple):
    """Three moments of a step: at the yield, right after `backward()`, and at the next yield, hence after the update.

    `after_backward` is None if no line filled a gradient.
    """

    name: str
    before: Moment
    after_backward: Moment | None
    after: Moment


class Inside(NamedTuple):
    """One step: the lines from one yield to the next, in the order in which they ran first.

    `backward` is the number of the line that filled gradients first, or None.
    """

    lines: tuple[Line, ...]
    parameters: tuple[Parameter, ...]
    backward: int | None
    loss_grad_fn: str | None


def look_inside(running: Iterator[Any], loss: Any, parameters: Any) -> tuple[Any, Inside]:
    """Take one step of a running loop, the same as by `next(running)`, and tell what each of its lines did.

    Call it with what the loop yielded last: `item, inside = look_inside(running, *item)`. Whatever the loop raises,
    StopIteration included, comes through as it is.

    Parameters
    ----------
    running : iterator of (loss, parameters)
        A loop that has yielded at least once. One that is no generator has no lines that could be watched.
    loss : number or tensor of shape ()
    parameters : number, array or tensor of any shape, or tuple of such; P numbers altogether

    Returns
    -------
    item : (loss, parameters)
        What the loop yields next.
    inside : Inside
        What happened on the way.
    """
    frame = getattr(running, "gi_frame", None)
    watch = _Watch(frame, parameters)
    before, loss_grad_fn = watch.now, _grad_fn(loss)

    item = apart_of(running).run(_watched, running, frame, watch)

    after = _read(lambda: item[1], otherwise=watch.now)
    lines = (Line(number, _source(frame, number), tuple(row)) for number, row in watch.changes.items())
    scalars = (Parameter(letter_of(i), before[i], watch.after_backward[i], after[i]) for i in range(len(before)))
    return item, Inside(tuple(lines), tuple(scalars), watch.backward, loss_grad_fn)


def _watched(running: Iterator[Any], frame: FrameType | None, watch: _Watch) -> Any:
    """Return what a loop yields next, watched."""
    earlier, local = sys.gettrace(), frame and frame.f_trace  # a debugger's, or those that measure coverage
    sys.settrace(lambda called, event, argument: watch if called is frame else None)
    try:
        return next(running)
    finally:
        sys.settrace(earlier)
        if frame:
            frame.f_trace = local


class _Watch:
    """The trace function of a frame: Python calls it before each line, so it sees what the line before has done."""

    def __init__(self, frame: FrameType | None, parameters: Any) -> None:
        self.find = _follow(parameters, frame, _words_of_the_yield(frame))
        self.now = _moments(parameters)
        self.number = frame.f_lineno if frame else 0  # of the line at work: the yield, as long as the loop waits
        self.changes: dict[int, list[Change | None]] = {}
        self.backward: int | None = None
        self.after_backward: list[Moment] | list[None] = [None] * len(self.now)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> _Watch:
        before, self.now = self.now, _read(self.find, otherwise=self.now)
        for i, change in enumerate(map(Change, before, self.now)):
            if change.before != change.after:
                row = self.changes.setdefault(self.number, [None] * len(before))
                first = row[i] or change  # a line may run several times: from its first change to its last
                row[i] = Change(first.before, change.after)
            if self.backward is None and change.filled:
                self.backward, self.after_backward = self.number, self.now
        if event == "line":
            self.number = frame.f_lineno
            self.changes.setdefault(self.number, [None] * len(before))
        return self


def _words_of_the_yield(frame: FrameType | None) -> list[str]:
    """Return the words of the yield at which the loop waits, such as loss, a, b, c and d; it may span lines."""
    if frame is None:
        return []
    position = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    first, last = position[0] or frame.f_lineno, position[1] or frame.f_lineno
    return re.findall(r"\w+", " ".join(_source(frame, number) for number in range(first, last + 1)))


def _follow(value: Any, frame: FrameType | None, names: list[str]) -> Callable[[], Any]:
    """Return how to find a yielded value again: under its name, since a number is bound anew, or as the live object.

    A name is taken but once, so that four equal numbers are four parameters.
    """
    for name in names:
        if frame and name in frame.f_locals and frame.f_locals[name] is value:
            names.remove(name)
            return lambda: frame.f_locals[name]
    if isinstance(value, (tuple, list)):
        parts = [_follow(part, frame, names) for part in value]
        return lambda: [part() for part in parts]
    return lambda: value


def _read(find: Callable[[], Any], otherwise: list[Moment]) -> list[Moment]:
    """Read the parameters; a loop may bind its names to anything, or delete them, and watching must not break it."""
    try:
        moments = _moments(find())
    except Exception:
        return otherwise
    return moments if len(moments) == len(otherwise) else otherwise


def _moments(parameters: Any) -> list[Moment]:
    moments: list[Moment] = []
    for part in _flat(parameters):
        values = _numbers(part)
        has_grad = getattr(part, "is_leaf", False) or getattr(part, "retains_grad", False)  # else torch would warn
        grad = part.grad if has_grad else None
        grads = [None] * len(values) if grad is None else _numbers(grad)
        known: list[Any] = [getattr(part, "is_leaf", None), getattr(part, "requires_grad", None), _grad_fn(part)]
        moments += [Moment(*scalar, *known) for scalar in zip(values, grads, strict=True)]
    return moments


def _flat(parameters: Any) -> list[Any]:
    if isinstance(parameters, (tuple, list)):
        return [part for inner in parameters for part in _flat(inner)]
    return [parameters]


def _numbers(part: Any) -> list[float]:
    """Copy all numbers of an array, a tensor or a number; NaN is always the same object."""
    part = part.detach().tolist() if hasattr(part, "detach") else part
    return [math.nan if number != number else number for number in np.ravel(part).astype(float).tolist()]


def _grad_fn(value: Any) -> str | None:
    node = getattr(value, "grad_fn", None)
    return None if node is None else type(node).__name__


def _source(frame: FrameType | None, number: int) -> str:
    """Return a line's text, from a file or a notebook's cell; empty if nobody knows it."""
    return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).rstrip() if frame else ""


def letter_of(i: int) -> str:
    """Return what the parameter of an index is called: a to z, then a1 to z1, and so on."""
    return ascii_lowercase[i % 26] + str(i // 26 or "")
