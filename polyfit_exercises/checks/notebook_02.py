"""How answers to the exercises of notebook 02 are checked."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from polyfit_helpers.data import START, sine
from polyfit_helpers.theory import Floats

from .. import texts
from ..exercise import Exercise, Question, require_number
from ..gradients import FLOAT32, SAME, Case, check_gradients, close, numbers_of
from ..lessons.notebook_02 import (
    any_device_training,
    broadcast_count,
    centred_points,
    difference_shape,
    flat_errors,
    lost_in_float32,
    scalar_may_stay,
    shorter_fuse,
    tensor_gradients,
    what_is_shared,
    who_is_right,
)
from ..loops import check_loop
from ..texts.notebook_02 import THE_PARAMETERS, THE_RESULT
from ..trial import Finding, Mistake, attempt, draws, found, line_of, require_callable

ELSEWHERE = (("cpu", torch.float32), ("meta", torch.float64))  # besides float64 on the CPU


# --- What an error gives away ---


def _known(error: BaseException) -> str | None:
    """Name the mistake that leads to this error, on data of another dtype or on another device."""
    message = str(error.__cause__ or error)
    line = line_of(error.__cause__ or error)
    if "out of meta tensor" in message and line and re.match(r"\w+\[[^]]*\]\s*=", line[1]):
        return "made_on_the_cpu"
    if "unsupported format string passed to Tensor" in message:
        return "fetched"
    if "cannot be called on meta" in message or "out of meta tensor" in message or "meta device type" in message:
        return "fetched"
    if "on the expected device" in message or "on the same device" in message:
        return "device_mismatch"
    if "same dtype" in message or "scalar type" in message:
        return "dtype_mismatch"
    return None


# --- Functions of tensors ---


def _call(answer: Callable[..., Any], arrays: dict[str, Floats], numbers: Sequence[float], label: str) -> Tensor:
    """Return what answer makes of float64 tensors; raise Mistake if it is no tensor, or none of float32 or 'meta'."""
    inputs = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    with _Fetching() as fetching:
        result = attempt(lambda: answer(*inputs.values(), *torch.tensor(numbers, dtype=torch.float64)), _known)
    for name, array in arrays.items():
        if inputs[name].shape != array.shape or not np.array_equal(inputs[name].numpy(), array):
            raise Mistake("changed_in_place", name=name)
    beside = next(iter(arrays))  # what stands for the data in what is said
    _require_tensor(result, label, "cpu", torch.float64, beside)
    for device, dtype in ELSEWHERE:
        there = [torch.from_numpy(array).to(device, dtype) for array in arrays.values()]
        there += torch.tensor(numbers, device=device, dtype=dtype)
        _require_tensor(attempt(lambda there=there: answer(*there), _known), label, device, dtype, beside)  # type: ignore[misc]
    if fetching.seen:
        raise Mistake("fetched")
    assert isinstance(result, Tensor)
    return result.detach()


class _Fetching(TorchFunctionMode):
    """Notices a new tensor that is made of the numbers in others, which even 'meta' allows."""

    seen = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        listed = args and isinstance(args[0], (list, tuple)) and any(isinstance(part, Tensor) for part in args[0])
        if func in (torch.tensor, torch.as_tensor, torch.asarray) and listed:
            self.seen = True
        return func(*args, **(kwargs or {}))


def _require_tensor(value: Any, label: str, device: str, dtype: torch.dtype, beside: str) -> None:
    if value is None:
        raise Mistake("not_returned")
    if inspect.isgenerator(value):
        raise Mistake("yield_for_return")
    if isinstance(value, tuple) and len(value) == 1:
        raise Mistake("tuple_of_one", label=label)
    if isinstance(value, (tuple, list)) and value and all(isinstance(part, Tensor) for part in value):
        raise Mistake("several_tensors", label=label, got=len(value))
    if not isinstance(value, Tensor):
        raise Mistake("left_torch", label=label, got=type(value).__name__)
    if value.device.type != device:
        raise Mistake("wrong_device", label=label, beside=beside, expected=device, got=value.device.type)
    if value.dtype != dtype:
        names = {"beside": beside, "expected": str(dtype), "got": str(value.dtype)}
        raise Mistake("dtype_not_kept", label=label, **names)


def _ask_tensors(answer: Callable[..., Any], case: Case, order: Sequence[int], labels: Sequence[str]) -> Floats:
    numbers = [case.parameters[power] for power in order]
    result = _call(answer, {"x": case.x, "y": case.y}, numbers, THE_RESULT)
    return numbers_of(result, labels, len(case.x))


def _check_flat_errors(answer: Any) -> None:
    example = (np.array([[1.0], [2.0], [4.0]]), np.array([2.0, 0.0, 3.0]))
    cases = [example, *(_random(generator) for generator in draws())]
    require_callable(answer, "column, y", None, None)
    received = [_flat(answer, *case) for case in cases]
    known = [_errors(*case) for case in cases]
    expected = [errors[0][1] for errors in known]
    if _same(received, expected):
        return
    for i, (name, _) in enumerate(known[0]):
        if _same(received, [errors[i][1] for errors in known]):
            raise Mistake(name)
    if _same(received, expected, FLOAT32):
        raise Mistake("float32", where=THE_RESULT)
    raise Mistake(_unknown(received, expected))


def _flat(answer: Callable[..., Any], column: Floats, y: Floats) -> Floats:
    n = len(y)
    result = _call(answer, {"column": column, "y": y}, (), THE_RESULT)
    pairs = {(n, n): "every_pair", (n * n,): "every_pair"}
    names = {**pairs, (n, 1): "still_a_column", (1, n): "still_a_column", (): "folded"}
    shape = tuple(result.shape)
    if shape != (n,):
        raise Mistake(names.get(shape, "not_flat"), shape=texts.shape_of(shape, n).replace(str(n * n), "N · N"))
    return result.numpy()


def _random(generator: np.random.Generator) -> tuple[Floats, Floats]:
    n = int(generator.integers(4, 9))
    return generator.normal(1.0, 3.0, (n, 1)), generator.normal(0.0, 3.0, n)


def _errors(column: Floats, y: Floats) -> list[tuple[str, Floats]]:
    """Return the right errors, and under their names those that come from mistakes."""
    flat, n = column.ravel(), len(y)
    return [
        ("right", flat - y),
        ("errors_reversed", y - flat),
        ("y_forgotten", flat),
        ("first_prediction_only", flat[0] - y),
        ("first_y_only", flat - y[0]),
        ("pairs_folded", n * flat - y.sum()),
        ("pairs_folded", flat.sum() - n * y),
        ("pairs_folded", flat - y.mean()),
        ("pairs_folded", flat.mean() - y),
        ("errors_squared", (flat - y) ** 2),
        ("errors_squared", np.abs(flat - y)),
        ("integer_errors", np.trunc(flat) - np.trunc(y)),
        ("integer_errors", np.trunc(flat - y)),
    ]


def _same(received: Sequence[Floats], expected: Sequence[Floats], tolerance: float = SAME) -> bool:
    return all(close(got, goal, 10.0, tolerance) for got, goal in zip(received, expected, strict=True))


def _unknown(received: Sequence[Floats], expected: Sequence[Floats]) -> Finding:
    if _same(received[:1], expected[:1]):
        return found("right_for_the_example_only", label=THE_RESULT)
    return found("other_errors", expected=texts.several(expected[0]), received=texts.several(received[0]))


# --- A number, and a loop ---


def _check_lost(answer: Any) -> None:
    number = require_number(answer)
    if number <= 0:
        raise Mistake("addend_not_positive", got=texts.number(number))
    lost = {
        dtype: bool(torch.tensor(1.0, dtype=dtype) + torch.tensor(number, dtype=dtype) == 1)
        for dtype in (torch.float32, torch.float64)
    }
    if lost[torch.float64]:
        raise Mistake("lost_in_both", got=texts.number(number))
    if not lost[torch.float32]:
        raise Mistake("lost_in_neither", got=texts.number(number))


def _check_any_device(answer: Any) -> None:
    check_loop(answer, prepare=lambda data: data.to("cpu", "float64"), known=_known)
    for device, dtype in ELSEWHERE:
        data = sine(9).to(device, dtype)
        states = attempt(lambda data=data: list(islice(answer(data, START, 1e-6), 3)), _known)  # type: ignore[misc]
        for _, parameters in states:
            for part in parameters if isinstance(parameters, (tuple, list)) else [parameters]:
                _require_tensor(part, THE_PARAMETERS, device, dtype, "x")


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for exercise in (
        Question("difference_shape", difference_shape),
        Question(
            "broadcast_count",
            broadcast_count,
            {
                "every_with_every": lambda: torch.ones(2, 1, 5).numel() * torch.ones(3, 5).numel(),
                "numbers_added": lambda: torch.ones(2, 1, 5).numel() + torch.ones(3, 5).numel(),
                "smaller_of_both": lambda: min(torch.ones(2, 1, 5).numel(), torch.ones(3, 5).numel()),
                "larger_of_both": lambda: max(torch.ones(2, 1, 5).numel(), torch.ones(3, 5).numel()),
            },
        ),
        Exercise("flat_errors", _check_flat_errors, flat_errors),
        Question("what_is_shared", what_is_shared),
        Exercise(
            "tensor_gradients",
            partial(
                check_gradients, degree=3, reduction="sum", order=(0, 1, 2, 3), names=tuple("abcd"), ask=_ask_tensors
            ),
            tensor_gradients,
        ),
        Question("lost_in_float32", lost_in_float32, scale=(1e-20, 1.0), examine=_check_lost),
        Question("shorter_fuse", shorter_fuse),
        Exercise("any_device_training", _check_any_device, any_device_training, repair=True),
        Question("scalar_may_stay", scalar_may_stay),
        Question("who_is_right", who_is_right),
        Question("centred_points", centred_points),
    )
}
