"""The form of an answer, before it is compared: a class with its methods, and what a function returns.

Arrays, tensors and plain numbers are looked at alike; looking at them does not import torch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from polyfit_helpers.theory import Floats
from polyfit_helpers.widgets import graphs

from . import texts
from .trial import STUB, Mistake, NotTried, attempt, brief, is_placeholder, require_callable

Case = Mapping[str, Any]  # the arguments of one call, by their names


# --- A function ---


def call(answer: Callable[..., Any], case: Case) -> Any:
    """Return what a learner's function makes of a case; raise Mistake if it changes one of the arrays in place."""
    arguments = {name: value.copy() if isinstance(value, np.ndarray) else value for name, value in case.items()}
    result = attempt(lambda: answer(*arguments.values()))
    require_unchanged(case, arguments)
    return result


def is_stub(function: Any) -> bool:
    """Whether the line that raises still stands in a function or a method."""
    return STUB in getattr(getattr(function, "__code__", None), "co_consts", ())


def require_unchanged(before: Case, after: Case) -> None:
    """Raise Mistake if an array or a tensor is not what it was before the learner's code had it."""
    for name, value in before.items():
        now = after[name]
        if not np.array_equal(np.asarray(now.detach() if hasattr(now, "detach") else now), value):
            raise Mistake("changed_in_place", name=name)


def require_returned(result: Any) -> None:
    """Raise Mistake if a function returned nothing, or if it is a generator."""
    if result is None:
        raise Mistake("not_returned")
    if inspect.isgenerator(result) and result.gi_code.co_name != "<genexpr>":
        raise Mistake("yield_for_return")


def require_shape(
    result: Any, expected: Sequence[int], name: str, *, points: int = 0, label: str = "", known: Mapping[str, str] = {}
) -> None:
    """Raise Mistake unless an array or a tensor has the expected shape.

    `name` is that of the mistake; `known` has other names for shapes that tell how they came about, written as a
    learner would, with N for the number of points.
    """
    if tuple(result.shape) != tuple(expected):
        got, goal = texts.shape_of(result.shape, points), texts.shape_of(expected, points)
        raise Mistake(known.get(got, name), label=label, shape=got, expected=goal)


def require_prediction(y_pred: Any, points: int) -> None:
    """Raise Mistake unless a learner's model has returned a tensor with one number for each point."""
    if y_pred is None:
        raise Mistake("forward_returns_nothing")
    if not graphs.is_tensor(y_pred):
        raise Mistake("no_tensor_predicted", got=brief(y_pred))
    if points < y_pred.numel() != points * points and y_pred.numel() % points == 0:
        raise Mistake("several_for_each_point", got=y_pred.numel() // points)
    require_shape(y_pred, (points,), "prediction_shape", points=points, known={"(N, 1)": "prediction_is_column"})


def array_of(part: Any, label: str) -> Floats:
    """Return what a learner's function returned, an array, a tensor or a number, as an array of float64."""
    try:
        array = np.asarray(part.detach() if hasattr(part, "detach") else part)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except Exception:  # whatever the learner's object does when it is asked for its numbers
        raise Mistake("not_a_number", label=label, got=brief(part)) from None
    return array.astype(float)


def parts_of(result: Any) -> list[Any]:
    """Return the parts of a tuple, a list, an array or a tensor; of anything else, the thing itself."""
    return list(result) if isinstance(result, (tuple, list)) or getattr(result, "ndim", 0) > 0 else [result]


def numbers_of(result: Any, labels: Sequence[str], points: int) -> Floats:
    """Return a result as an array with one number for each label, or raise Mistake with what it is instead."""
    require_returned(result)
    expected = {"expected": len(labels), "labels": texts.listed(labels)}
    if getattr(result, "ndim", 0) > 1 and result.shape != (len(labels), points):
        raise Mistake("result_shape", **expected, shape=texts.shape_of(result.shape, points))
    if not isinstance(result, (tuple, list, int, float)) and not hasattr(result, "ndim"):
        raise Mistake("no_numbers", **expected, got=brief(result))
    parts = parts_of(result)
    if len(parts) != len(labels):
        raise Mistake("wrong_number", **expected, got=len(parts))
    numbers = [array_of(part, label) for part, label in zip(parts, labels, strict=True)]
    for number, label in zip(numbers, labels, strict=True):
        require_shape(number, (), "shape", points=points, label=label, known={"(N,)": "not_reduced"})
    return np.array(numbers)


# --- A class ---


def require_class(answer: Any, base: type, instance: str, other: str) -> None:
    """Raise NotTried if nothing was filled in, and Mistake unless answer is a class that inherits from base.

    `instance` is the name of the mistake if it is an object of such a class, `other` if it is anything else.
    """
    if is_placeholder(answer):
        raise NotTried
    if not (inspect.isclass(answer) and issubclass(answer, base)):
        raise Mistake(instance if isinstance(answer, base) else other, got=brief(answer))


@contextmanager
def methods_of(answer: type, **methods: str) -> Iterator[None]:
    """Look whether the methods of a class, given with their arguments, take these, and whether each is written.

    Raises
    ------
    NotTried
        If what is done inside raises it, and none of the methods is written yet.
    Mistake
        If some are, or if a method takes other arguments.
    """
    for name, arguments in methods.items():
        try:
            require_callable(getattr(answer, name), arguments)
        except Mistake:
            first = arguments.split(", ")[0]
            raise Mistake("method_signature", name=name, arguments=arguments, first=first) from None
    try:
        yield
    except NotTried:
        missing = [name for name in methods if is_stub(getattr(answer, name))]
        if len(missing) == len(methods):
            raise
        raise Mistake("to_be_written", where=texts.listed(f"`{name}`" for name in missing)) from None
