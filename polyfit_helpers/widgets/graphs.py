"""What a running loop holds: its variables, autograd's records behind them, and what its optimizers were given.

Tensors are known by what they have, so that this never imports torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import getclosurevars
from types import FunctionType, GeneratorType, ModuleType
from typing import Any

_PLAIN = (str, bytes, int, float, complex, ModuleType, type)


def operations_kept(loop: Any) -> int:
    """Count the recorded operations that a running loop keeps alive, in the tensors among its own variables.

    Parameters
    ----------
    loop : generator
        A training loop that has yielded; one that has come to its end keeps nothing.
    """
    return sum(hasattr(one, "next_functions") for one in reached(variables(loop)))


def variables(loop: Any) -> list[Any]:
    """Return what a running loop holds: its variables, also of closures and global ones, and the attributes of all."""
    return list(named_variables(loop).values())


def named_variables(loop: Any) -> dict[str, Any]:
    """Return what a running loop holds by its name, such as 'total' or 'meter.total'; nothing once it has ended.

    A loop that hands on what another one yields, by `yield from` or in a class, holds what that one holds.
    """
    held = {} if isinstance(loop, GeneratorType) else dict(getattr(loop, "__dict__", {}))
    for one in generators(loop):
        held |= of_frame(one.gi_frame) if one.gi_frame else {}
    return held


def generators(loop: Any) -> list[Any]:
    """Return the generators that a running loop is made of: itself, or its attributes, and those they yield from."""
    if isinstance(loop, GeneratorType):
        return [loop, *generators(loop.gi_yieldfrom)]
    inner = [one for one in getattr(loop, "__dict__", {}).values() if isinstance(one, GeneratorType)]
    return [part for one in inner for part in generators(one)]


def of_frame(frame: Any) -> dict[str, Any]:
    """Return the variables that the code of a frame uses, and the attributes of those that have any, by their names."""
    names = (name for name in frame.f_code.co_names if name in frame.f_globals)
    found = {name: frame.f_globals[name] for name in names} | dict(frame.f_locals)
    todo = [(name, one) for name, one in found.items() if not isinstance(one, (*_PLAIN, GeneratorType))]
    for name, one in todo:
        attributes = dict(vars(one)) if hasattr(one, "__dict__") else {}
        if isinstance(one, FunctionType):
            attributes |= getclosurevars(one).nonlocals
        found |= {f"{name}.{key}": value for key, value in attributes.items()}
    return found


def reached(values: Iterable[Any]) -> list[Any]:
    """Return values, what they contain, and all recorded operations and leaves behind their tensors."""
    todo = list(values)
    seen: dict[int, Any] = {}
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if is_tensor(one):
            todo.append(one.grad_fn)
        elif isinstance(one, list | tuple):
            todo += one
        elif isinstance(one, dict):
            todo += one.values()
        elif hasattr(one, "next_functions"):
            todo += [before for before, _ in one.next_functions] + [getattr(one, "variable", None)]
    return list(seen.values())


def is_tensor(one: Any) -> bool:
    """Whether it is a tensor."""
    return not isinstance(one, (*_PLAIN, type(None))) and hasattr(type(one), "is_leaf")


def leaves(values: Iterable[Any]) -> list[Any]:
    """Return the leaves that require a gradient, behind values and in them."""
    return [one for one in reached(values) if is_tensor(one) and one.is_leaf and one.requires_grad]


def used_leaves(values: Iterable[Any]) -> list[Any]:
    """Return the leaves to which a backward from one of the values would lead."""
    operations = [one for one in reached(values) if hasattr(one, "next_functions")]
    return [one.variable for one in operations if hasattr(one, "variable")]


def optimizers(values: Iterable[Any]) -> Iterator[Any]:
    """Yield the optimizers among values: what has groups of parameters, as those of torch do."""
    for one in values:
        if not isinstance(one, type) and isinstance(getattr(one, "param_groups", None), list):
            yield one


def yielded(item: Any) -> list[Any]:
    """Return the parameters, one or several, of what a loop has yielded; none if that is no pair of loss and these."""
    parts = item[1] if isinstance(item, (tuple, list)) and len(item) == 2 else ()
    return list(parts) if isinstance(parts, (tuple, list)) else [parts]


def strangers(loop: Any) -> bool:
    """Whether a running loop has an optimizer, and its loss depends on none of the parameters that this one moves.

    That is so if the optimizer was made for another model, or for copies of the parameters.
    """
    held = named_variables(loop)
    groups = [group for one in optimizers(held.values()) for group in one.param_groups]
    moved = [id(parameter) for group in groups for parameter in group["params"]]
    needed = {id(one) for one in used_leaves(value for value in held.values() if is_tensor(value))}
    return bool(moved) and bool(needed) and needed.isdisjoint(moved)
