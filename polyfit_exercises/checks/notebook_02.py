"""How answers to the exercises of notebook 02 are checked."""

from __future__ import annotations

import re
from collections.abc import Callable
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
from ..compare import Formulas, require_right
from ..errors import MIXED, TWO_DEVICES, WITH_TENSORS, ByExample, on_meta
from ..exercise import Exercise, Question, exercises_of, require_number
from ..form import Case, require_returned, require_shape, require_unchanged
from ..lessons import notebook_02 as lessons
from ..loops import check_loop
from ..sandbox import cause_of, line_of
from ..terms import check_gradients
from ..texts.notebook_02 import THE_PARAMETERS, THE_RESULT
from ..trial import Mistake, attempt, draws, require_callable

ELSEWHERE = (("cpu", torch.float32), ("meta", torch.float64))  # besides float64 on the CPU


# --- What an error gives away ---


def _copied_from_meta(error: BaseException) -> str:
    """Tell a tensor made on the CPU, of which parts are set, from one whose numbers are fetched."""
    line = line_of(cause_of(error))
    return "made_on_the_cpu" if line and re.match(r"\w+\[[^]]*\]\s*=", line[1]) else "fetched"


_known = ByExample(
    {
        "made_on_the_cpu": ("vector[:] = far",),
        "fetched": ("far.sum().item()", "far.numpy()", "f'{far.sum():.3f}'"),
        "device_mismatch": TWO_DEVICES,
        "dtype_mismatch": MIXED,
    },
    WITH_TENSORS + "floats, doubles = matrix.float(), matrix.double()",
    rules={"made_on_the_cpu": _copied_from_meta, "fetched": lambda error: "fetched" if on_meta(error) else None},
)


# --- Functions of tensors ---


def _call(answer: Callable[..., Any], case: Case) -> Tensor:
    """Return what answer makes of float64 tensors; raise Mistake if it is no tensor, or none of float32 or 'meta'."""
    inputs = _as_tensors(case, "cpu", torch.float64)
    with _Fetching() as fetching:
        result = attempt(lambda: answer(*inputs), _known)
    require_unchanged(case, dict(zip(case, inputs, strict=True)))
    beside = next(iter(case))  # what stands for the data in what is said
    _require_tensor(result, THE_RESULT, "cpu", torch.float64, beside)
    for device, dtype in ELSEWHERE:
        there = attempt(lambda where=(device, dtype): answer(*_as_tensors(case, *where)), _known)  # type: ignore[misc]
        _require_tensor(there, THE_RESULT, device, dtype, beside)
    if fetching.seen:
        raise Mistake("fetched")
    assert isinstance(result, Tensor)
    return result.detach()


def _as_tensors(case: Case, device: str, dtype: torch.dtype) -> list[Tensor]:
    return [torch.tensor(value, device=device, dtype=dtype) for value in case.values()]


class _Fetching(TorchFunctionMode):
    """Notices a new tensor that is made of the numbers in others, which even 'meta' allows."""

    seen = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        listed = args and isinstance(args[0], (list, tuple)) and any(isinstance(part, Tensor) for part in args[0])
        if func in (torch.tensor, torch.as_tensor, torch.asarray) and listed:
            self.seen = True
        return func(*args, **(kwargs or {}))


def _require_tensor(value: Any, label: str, device: str, dtype: torch.dtype, beside: str) -> None:
    require_returned(value)
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


FLAT_ERRORS = Formulas(
    (THE_RESULT,),
    right=lambda column, y: column[:, 0] - y,
    wrong={
        "errors_reversed": lambda column, y: y - column[:, 0],
        "y_forgotten": lambda column, y: column[:, 0],
        "first_prediction_only": lambda column, y: column[0] - y,
        "first_y_only": lambda column, y: column[:, 0] - y[0],
        "pairs_folded": (
            lambda column, y: (column - y).sum(axis=1),
            lambda column, y: (column - y).sum(axis=0),
            lambda column, y: (column - y).mean(axis=1),
            lambda column, y: (column - y).mean(axis=0),
        ),
        "errors_squared": (
            lambda column, y: (column[:, 0] - y) ** 2,
            lambda column, y: np.abs(column[:, 0] - y),
        ),
        "integer_errors": (
            lambda column, y: np.trunc(column[:, 0]) - np.trunc(y),
            lambda column, y: np.trunc(column[:, 0] - y),
        ),
    },
)
SHAPE_MISTAKES = {
    "(N, N)": "every_pair",
    "(N · N,)": "every_pair",
    "(N, 1)": "still_a_column",
    "(1, N)": "still_a_column",
    "()": "folded",
}


def _check_flat_errors(answer: Any) -> None:
    require_callable(answer, "column, y")
    cases: list[Case] = [{"column": np.array([[1.0], [2.0], [4.0]]), "y": np.array([2.0, 0.0, 3.0])}]
    for generator in draws():
        n = int(generator.integers(4, 9))
        cases.append({"column": generator.normal(1.0, 3.0, (n, 1)), "y": generator.normal(0.0, 3.0, n)})
    require_right(cases, [_flat_errors(answer, case) for case in cases], FLAT_ERRORS)


def _flat_errors(answer: Callable[..., Any], case: Case) -> Floats:
    result, n = _call(answer, case), len(case["y"])
    require_shape(result, (n,), "not_flat", points=n, known=SHAPE_MISTAKES)
    return result.numpy()


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
    check_loop(answer, tensors=True, known=_known)
    for device, dtype in ELSEWHERE:
        data = sine(9).to(device, dtype)
        states = attempt(lambda data=data: list(islice(answer(data, START, 1e-6), 3)), _known)  # type: ignore[misc]
        for _, parameters in states:
            for part in parameters if isinstance(parameters, (tuple, list)) else [parameters]:
                _require_tensor(part, THE_PARAMETERS, device, dtype, "x")


EXERCISES = exercises_of(
    lessons,
    Question(
        "broadcast_count",
        lessons.broadcast_count,
        {
            "every_with_every": lambda: torch.ones(2, 1, 5).numel() * torch.ones(3, 5).numel(),
            "numbers_added": lambda: torch.ones(2, 1, 5).numel() + torch.ones(3, 5).numel(),
            "smaller_of_both": lambda: min(torch.ones(2, 1, 5).numel(), torch.ones(3, 5).numel()),
            "larger_of_both": lambda: max(torch.ones(2, 1, 5).numel(), torch.ones(3, 5).numel()),
        },
    ),
    Exercise("flat_errors", _check_flat_errors, lessons.flat_errors),
    Exercise(
        "tensor_gradients",
        partial(check_gradients, powers={"a": 0, "b": 1, "c": 2, "d": 3}, reduction="sum", ask=_call),
        lessons.tensor_gradients,
    ),
    Question("lost_in_float32", lessons.lost_in_float32, scale=(1e-20, 1.0), examine=_check_lost),
    Exercise("any_device_training", _check_any_device, lessons.any_device_training, repair=True),
)
