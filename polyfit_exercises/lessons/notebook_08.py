"""Solutions and questions of notebook 08: what a learner may see.

Together these functions are the engine of that notebook; none of them needs torch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from polyfit_helpers.data import sine


class Array:
    """An array that remembers what it was made of; the notebook has the same lines."""

    __array_ufunc__ = None  # so that NumPy leaves `x * a` to us

    def __init__(self, value: Any, *parents: tuple[Array, Callable[[Any], Any]]) -> None:
        self.value = np.asarray(value, dtype=float)
        self.parents = parents  # pairs: an Array, and the rule that finds its share of the gradient
        self.grad: Any = None


def add(a: Array, b: Array) -> Array:
    """Return a + b, which hands its gradient on as it is."""
    return Array(a.value + b.value, (a, lambda grad: grad), (b, lambda grad: grad))


def multiply(a: Array, b: Array) -> Array:
    """Return a · b; the share of each factor is the gradient times the other one."""
    return Array(a.value * b.value, (a, lambda grad: grad * b.value), (b, lambda grad: grad * a.value))


def undo_broadcasting(gradient: Any, shape: tuple[int, ...]) -> Any:
    """Add up a gradient along all axes along which an array of this shape was repeated."""
    new = gradient.ndim - len(shape)  # axes that broadcasting has put in front
    stretched = [new + axis for axis, length in enumerate(shape) if length == 1]
    return gradient.sum(axis=(*range(new), *stretched)).reshape(shape)


def in_order(output: Array) -> list[Array]:
    """Return all arrays behind an output, each before those that it was made of."""
    order, seen = [], set()

    def visit(array: Array) -> None:
        if array not in seen:
            seen.add(array)
            for parent, _ in array.parents:
                visit(parent)
            order.append(array)

    visit(output)
    return order[::-1]


def backward(output: Array) -> None:
    """Walk from an output to its leaves, and hand every parent its share of the gradient."""
    output.grad = np.ones_like(output.value)
    for array in in_order(output):
        for parent, rule in array.parents:
            share = undo_broadcasting(rule(array.grad), parent.value.shape)
            parent.grad = share if parent.grad is None else parent.grad + share


def total(a: Array) -> Array:
    """Return the sum of all elements; each of them receives the whole gradient."""
    return Array(a.value.sum(), (a, lambda grad: grad * np.ones_like(a.value)))


def to_the_power(a: Array, n: float) -> Array:
    """Return each element to the power of a plain number n."""
    return Array(a.value**n, (a, lambda grad: grad * n * a.value ** (n - 1)))


# --- Questions ---


def share_of_a_factor() -> float:
    """Return the share that a = 2 receives from c = a · b with b = 5, where the gradient of c is 3."""
    a, b = Array(2.0), Array(5.0)
    c = multiply(a, b)

    _, rule = c.parents[0]
    return float(rule(3.0))


def share_of_one_number() -> str:
    """Measure how the sum of a + x changes with a, which is one number beside 2 000."""
    x = sine().x
    slope = ((0.5 + x).sum() - (-0.5 + x).sum()) / 1.0

    shares: dict[str, Any] = {"one": 1.0, "sum": float(len(x)), "array": np.ones(len(x))}
    return next(name for name, share in shares.items() if np.ndim(share) == 0 and np.isclose(share, slope))


def order_of_the_walk() -> str:
    """Walk in each order, and see which of them finds the slope by b that is measured."""
    measured = (_diamond(2.0, 3.5)["L"].value - _diamond(2.0, 2.5)["L"].value) / 1.0
    right = []
    for order in ("L h k", "L k h"):
        arrays = _diamond(2.0, 3.0)
        arrays["L"].grad = 1.0
        for name in order.split():
            for parent, rule in arrays[name].parents:
                parent.grad = (parent.grad or 0.0) + rule(arrays[name].grad)
        if np.isclose(arrays["b"].grad, measured):
            right.append(order.lower())

    return right[0] if len(right) == 1 else "any"


def _diamond(a: float, b: float) -> dict[str, Array]:
    """Return the arrays of L = h · k with k = h + a and h = a · b, by their names."""
    arrays = {"a": Array(a), "b": Array(b)}
    arrays["h"] = multiply(arrays["a"], arrays["b"])
    arrays["k"] = add(arrays["h"], arrays["a"])
    arrays["L"] = multiply(arrays["h"], arrays["k"])
    return arrays


def recorded_update() -> str:
    """Make both updates, and compare where they lead and how many arrays lie behind the last loss."""
    ends, arrays = [], []
    for recorded in (False, True):
        a = Array(1.0)
        for _ in range(10):
            loss = to_the_power(a, 2)
            backward(loss)
            step = -0.1 * a.grad
            a = add(a, Array(step)) if recorded else Array(a.value + step)
        ends.append(float(a.value))
        arrays.append(len(in_order(loss)))

    grows = arrays[1] > arrays[0]
    if np.isclose(ends[0], ends[1]):
        return "slower" if grows else "nothing"
    return "wrong"


def changed_between() -> str:
    """Change a value between the way forward and the way backward."""
    a = Array(2.0)
    loss = to_the_power(a, 2)
    a.value = np.asarray(3.0)
    try:
        backward(loss)
    except Exception:
        return "error"
    return {4.0: "old", 6.0: "new"}.get(float(a.grad), "sum")


def when_to_send() -> str:
    """Let the middle of a graph send before all of its gradient is there, and after."""
    arrays = _diamond(2.0, 3.0)
    backward(arrays["L"])
    complete = float(arrays["a"].grad)

    arrays = _diamond(2.0, 3.0)
    arrays["L"].grad = 1.0
    for name in ("L", "h", "k"):  # h sends when it has received one of its two shares
        for parent, rule in arrays[name].parents:
            parent.grad = (parent.grad or 0.0) + rule(arrays[name].grad)
    return "any time" if np.isclose(arrays["a"].grad, complete) else "all received"


def mirror_of_broadcasting() -> str:
    """Look at the shapes of shares: of one number that was repeated, and of an array that was added up."""
    a, x = Array(1.0), Array([1.0, 2.0, 3.0])
    backward(total(add(a, x)))

    return "mirror" if a.grad.shape == () and a.grad == 3 and x.grad.shape == (3,) else "same"


def a_new_operation() -> str:
    """Teach the engine the exponential function by a value and a rule, and compare with a measured slope."""
    a = Array(0.5)
    value = np.exp(a.value)
    backward(Array(value, (a, lambda grad: grad * value)))
    measured = (np.exp(0.5 + 1e-6) - np.exp(0.5 - 1e-6)) / 2e-6

    return "value and rule" if np.isclose(a.grad, measured) else "new walk"
