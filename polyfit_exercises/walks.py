"""Watching how somebody walks backward: a small graph whose rules write down what they are called with (notebook 08).

A walk may reach the right numbers by luck, or the wrong ones in many ways. Which rule was called when, and with what,
tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.theory import Floats

from .lessons.notebook_08 import undo_broadcasting

VALUES: Mapping[str, Callable[..., Any]] = {"times": np.multiply, "plus": np.add, "total": np.sum}


class Arrow(NamedTuple):
    """Leads from an array to one of those that it was made of; both are named, and `which` counts the parents."""

    child: str
    parent: str
    which: int


class Sent(NamedTuple):
    """One call of a rule: the gradient that it was given, a copy of it, and the share that its parent should get."""

    arrow: Arrow
    given: Any
    copy: Floats
    share: Floats


class WatchedGraph:
    """A graph of arrays. Leaves are given by their values; the output is called L.

    Parameters
    ----------
    make : class
        What makes an array of a value and of pairs of a parent and its rule, as `Array` does.
    leaves : mapping from names to numbers or arrays
    operations : mapping from names to (str, str)
        The other arrays: 'times', 'plus' or 'total', and the names of the parents, a letter each.

    Attributes
    ----------
    sent : list of Sent
        The calls of rules, in their order.
    without : str
        The name of the mistake that has led to a rule without a gradient, or "".
    """

    def __init__(self, make: Any, leaves: Mapping[str, Any], operations: Mapping[str, tuple[str, str]]) -> None:
        self.leaves = leaves
        self.sent: list[Sent] = []
        self.without = ""
        self.arrows: list[Arrow] = []
        self.arrays: dict[str, Any] = {name: make(value) for name, value in leaves.items()}
        for name, (kind, parents) in operations.items():
            arrows = [Arrow(name, parent, i) for i, parent in enumerate(parents)]
            value = VALUES[kind](*(self.arrays[parent].value for parent in parents))
            self.arrays[name] = make(value, *((self.arrays[one.parent], self._rule(kind, one)) for one in arrows))
            self.arrows += arrows
        self.kinds = {name: (kind, parents) for name, (kind, parents) in operations.items()}
        self.values = {name: np.array(array.value) for name, array in self.arrays.items()}

    def _rule(self, kind: str, arrow: Arrow) -> Callable[[Any], Any]:
        def rule(grad: Any) -> Any:
            if grad is None:
                self.without = "seed_missing" if arrow.child == "L" else "sent_before_received"
                raise TypeError("a gradient is None")
            share = self._share(kind, arrow, grad)
            self.sent.append(Sent(arrow, grad, np.array(grad), self._undone(share, arrow)))
            return share

        return rule

    def _share(self, kind: str, arrow: Arrow, grad: Any) -> Any:
        if kind == "times":
            other = self.kinds[arrow.child][1][1 - arrow.which]
            return grad * self.values[other]
        return grad * np.ones_like(self.values[arrow.parent]) if kind == "total" else grad

    def _undone(self, share: Any, arrow: Arrow) -> Floats:
        shape = self.values[arrow.parent].shape
        new = max(np.ndim(share) - len(shape), 0)
        whole = np.broadcast_to(share, np.broadcast_shapes(np.shape(share), (*[1] * new, *shape)))
        return np.asarray(undo_broadcasting(whole, shape))

    def gradients(self) -> dict[str, Floats]:
        """Return the gradients of all arrays, found without the learner's code."""
        right = {name: np.zeros_like(value) for name, value in self.values.items()}
        right["L"] = np.ones_like(self.values["L"])
        for name in reversed(self.arrays):  # parents were made first
            for arrow in (arrow for arrow in self.arrows if arrow.child == name):
                share = self._share(self.kinds[name][0], arrow, right[name])
                right[arrow.parent] = right[arrow.parent] + self._undone(share, arrow)
        return right
