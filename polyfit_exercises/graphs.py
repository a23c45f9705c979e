"""What a running loop keeps alive: autograd's records of operations, reached from the loop's own variables."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

import torch


def operations_kept(loop: Any) -> int:
    """Count the recorded operations that a running loop keeps alive, in the tensors among its own variables.

    Parameters
    ----------
    loop : generator
        A training loop that has yielded; one that has come to its end keeps nothing.
    """
    return sum(hasattr(one, "next_functions") for one in reached(variables(loop)))


def variables(loop: Any) -> list[Any]:
    """Return what a running loop holds: its own variables, and the attributes of those that have any."""
    frame = getattr(loop, "gi_frame", None)
    own = list(frame.f_locals.values()) if frame else []
    objects = [one for one in own if hasattr(one, "__dict__") and not isinstance(one, ModuleType)]
    return own + [attribute for one in objects for attribute in vars(one).values()]


def reached(values: Iterable[Any]) -> list[Any]:
    """Return values, what they contain, and all recorded operations and leaves behind their tensors."""
    todo = list(values)
    seen: dict[int, Any] = {}
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, torch.Tensor):
            todo.append(one.grad_fn)
        elif isinstance(one, list | tuple):
            todo += one
        elif isinstance(one, dict):
            todo += one.values()
        elif hasattr(one, "next_functions"):
            todo += [before for before, _ in one.next_functions] + [getattr(one, "variable", None)]
    return list(seen.values())
