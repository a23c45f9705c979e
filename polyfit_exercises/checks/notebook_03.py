"""How answers to the exercises of notebook 03 are checked."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.theory import Floats
from polyfit_helpers.training import autograd

from .. import texts
from ..errors import WITH_TENSORS, ByExample, autograd_mistake, uses_of
from ..exercise import Exercise, Question
from ..gradients import FLOAT32, SAME, close
from ..lessons.notebook_03 import (
    LegendreP2,
    filled_gradients,
    first_backward,
    forgotten_reset,
    kept_losses,
    last_backward,
    two_backwards,
    where_to_reset,
    who_needs_grad_output,
)
from ..loops import check_loop
from ..texts.notebook_03 import EXAMPLES
from ..trial import (
    YOUR_TURN,
    Finding,
    Mistake,
    NotTried,
    attempt,
    brief,
    draws,
    found,
    is_placeholder,
    require_callable,
)

# --- Also for notebook 04 ---


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
            require_callable(getattr(answer, name), arguments, *arguments.split(", "))
        except Mistake:
            first = arguments.split(", ")[0]
            raise Mistake("method_signature", name=name, arguments=arguments, first=first) from None
    try:
        yield
    except NotTried:
        missing = [name for name in methods if _is_stub(getattr(answer, name))]
        if len(missing) == len(methods):
            raise
        raise Mistake("to_be_written", where=texts.listed(f"`{name}`" for name in missing)) from None


def _is_stub(method: Any) -> bool:
    """Whether the line that raises still stands in a method."""
    return YOUR_TURN in getattr(getattr(method, "__code__", None), "co_consts", ())


# --- The loop ---


def _check_repaired_training(answer: Any) -> None:
    check_loop(answer, prepare=lambda data: data.to("cpu", "float64"), known=autograd_mistake)


# --- P₂ ---


class _Result(NamedTuple):
    """What a Function returns, and whether it has saved tensors, but not u; no gradient if `backward` is a stub."""

    forward: Floats
    backward: Floats | None
    saved_other: bool


_FORWARD = "My.forward = staticmethod(lambda ctx, u: 2 * u); "
_BACKWARD = "My.backward = staticmethod(lambda ctx, gradient: {}); "
_RUN = "My.apply(leaf).sum().backward()"
_known_of_function = ByExample(
    {
        "number_of_gradients": (_FORWARD + _BACKWARD.format("(gradient, gradient)") + _RUN,),
        "gradient_shape": (_FORWARD + _BACKWARD.format("gradient[:1]") + _RUN,),
        "backward_missing": (_FORWARD + _RUN, _RUN),
        "not_saved": ("(u,) = ()", "()[0]"),
        "saved_is_a_tuple": (*uses_of("()"), "vector * (vector,)"),
    },
    WITH_TENSORS + "class My(torch.autograd.Function): pass",
)


def _check_p2(answer: Any) -> None:
    if is_placeholder(answer):
        raise NotTried
    if isinstance(answer, torch.autograd.Function):
        raise Mistake("instance")
    if not (inspect.isclass(answer) and issubclass(answer, torch.autograd.Function)):
        raise Mistake("no_function_class", got=brief(answer))
    forward = "u" if "setup_context" in vars(answer) else "ctx, u"
    with methods_of(answer, forward=forward, backward="ctx, grad_output"):
        _compare_p2(answer)


def _compare_p2(answer: Any) -> None:
    example = (np.array([-1.0, 0.5, 2.0]), np.array([1.0, 2.0, 3.0]))
    cases = [example, *((g.uniform(0.4, 2.0, (3, 4)), g.uniform(0.4, 2.0, (3, 4))) for g in draws())]
    received = [_forward_and_backward(answer, *case) for case in cases]
    findings: list[Finding] = []
    for label, wrong in (("forward", _forwards), ("backward", _backwards)):
        got = [getattr(one, label) for one in received]
        if got[0] is None:
            raise Mistake(*findings or [found("forward_done")])
        every = [wrong(*case) for case in cases]
        expected = [one["right"] for one in every]
        if _same(got, expected):
            continue
        fitting = (name for name in every[0] if name != "right" and _same(got, [one[name] for one in every]))
        name = next(fitting, "float32" if _same(got, expected, FLOAT32) else "")
        if label == "backward" and name in ("", "power_for_derivative") and all(one.saved_other for one in received):
            name = "saved_other"
        if not name and label == "backward" and findings:
            break  # a backward of another forward: one thing at a time
        findings.append(found(name, where=label) if name else _unknown(got, expected, label))
    if findings:
        raise Mistake(*findings)


def _forward_and_backward(answer: Any, numbers: Floats, weights: Floats) -> _Result:
    u = torch.tensor(numbers, requires_grad=True)
    grad_output = torch.tensor(weights)
    output = attempt(lambda: answer.apply(u), _known_of_function)
    if output is None:
        raise Mistake("forward_returns_nothing")
    if not isinstance(output, Tensor):
        raise Mistake("no_tensor", got=brief(output))
    if output.shape != u.shape:
        raise Mistake("function_shape", got=tuple(output.shape), expected=tuple(u.shape))
    single = attempt(lambda: answer.apply(u.float()), _known_of_function)
    if output.dtype == torch.float64 and single.dtype != torch.float32:
        raise Mistake("function_dtype")
    value, saved = output.detach().double().numpy(), _saved(output)
    saved_other = bool(saved) and not any(np.array_equal(one, numbers) for one in saved)
    try:
        (gradient,) = attempt(
            lambda: torch.autograd.grad(output, u, grad_output, allow_unused=True), _known_of_function
        )
    except NotTried:
        return _Result(value, None, saved_other)
    for name, tensor, before in (("u", u, numbers), ("grad_output", grad_output, weights)):
        if not np.array_equal(tensor.detach().numpy(), before):
            raise Mistake("changed_in_place", name=name)
    if u.grad is not None:
        raise Mistake("fills_grad_itself")
    if gradient is None:
        raise Mistake("backward_returns_nothing")
    return _Result(value, gradient.detach().double().numpy(), saved_other)


def _saved(output: Tensor) -> list[Floats]:
    """Return what `forward` has saved for the backward pass."""
    with suppress(RuntimeError):  # changed in place since then, which is told elsewhere
        saved = getattr(output.grad_fn, "saved_tensors", ())
        return [one.detach().numpy() for one in saved if isinstance(one, Tensor)]
    return []


def _forwards(u: Floats, weights: Floats) -> dict[str, Floats]:
    p2 = 0.5 * (3 * u**2 - 1)
    return {
        "right": p2,
        "p3_instead": 0.5 * (5 * u**3 - 3 * u),
        "half_missing": 2 * p2,
        "half_for_the_first_only": 0.5 * 3 * u**2 - 1,
        "half_for_the_last_only": 3 * u**2 - 0.5,
        "forward_is_derivative": 3 * u,
        "forward_reversed": -p2,
    }


def _backwards(u: Floats, weights: Floats) -> dict[str, Floats]:
    right, p2 = weights * 3 * u, 0.5 * (3 * u**2 - 1)
    return {
        "right": right,
        "grad_output_forgotten": 3 * u,
        "grad_output_squared": weights**2 * 3 * u,
        "grad_output_added": weights + 3 * u,
        "grad_output_only": weights,
        "grad_output_summed": np.sum(weights) * 3 * u,
        "derivative_halved": right / 2,
        "derivative_doubled": right * 2,
        "function_sign": -right,
        "u_forgotten": weights * 3,
        "three_forgotten": weights * u,
        "derivative_of_p3": weights * 1.5 * (5 * u**2 - 1),
        "value_for_derivative": weights * p2,
        "power_for_derivative": weights * 3 * u**2,
    }


def _same(received: Sequence[Floats], expected: Sequence[Floats], tolerance: float = SAME) -> bool:
    pairs = zip(received, expected, strict=True)
    return all(close(got, goal, np.abs(goal) + 1.0, tolerance) for got, goal in pairs)


def _unknown(received: Sequence[Floats], expected: Sequence[Floats], label: str) -> Finding:
    if _same(received[:1], expected[:1]):
        return found("right_for_the_example_only", label=f"`{label}`")
    numbers = {
        "label": f"`{label}`",
        "example": EXAMPLES[label],
        **{k: texts.several(v[0]) for k, v in (("expected", expected), ("received", received))},
    }
    ratios = np.concatenate([(got / goal).ravel() for got, goal in zip(received, expected, strict=True)])
    if np.isfinite(ratios).all() and np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        return found("function_ratio", **numbers, ratio=texts.number(ratios[0]))
    return found("function_other", **numbers)


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for exercise in (
        Question(
            "two_backwards",
            two_backwards,
            {
                "overwritten": last_backward,
                "first_only": first_backward,
                "values_not_slopes": lambda: 2.0**3 + 5 * 2.0,
                "multiplied": lambda: first_backward() * last_backward(),
            },
        ),
        Question("filled_gradients", filled_gradients),
        Question("forgotten_reset", forgotten_reset),
        Exercise("repaired_training", _check_repaired_training, autograd, "repaired_training", repair=True),
        Exercise("legendre_p2", _check_p2, LegendreP2),
        Question("where_to_reset", where_to_reset),
        Question("who_needs_grad_output", who_needs_grad_output),
        Question("kept_losses", kept_losses),
    )
}
