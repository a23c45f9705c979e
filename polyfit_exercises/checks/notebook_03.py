"""How answers to the exercises of notebook 03 are checked."""

from __future__ import annotations

import traceback
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.theory import Floats
from polyfit_helpers.training import autograd

from ..compare import UNNAMED, Formulas, compare
from ..drawings import AtWork, values_and_slopes, with_learning_rate
from ..errors import WITH_TENSORS, ByExample, autograd_mistake, uses_of
from ..exercise import Exercise, Question, exercises_of
from ..form import Case, methods_of, require_class, require_shape, require_unchanged
from ..lessons import notebook_03 as lessons
from ..loops import check_loop
from ..trial import Mistake, NotTried, attempt, brief, draws, found

# --- P₂ ---

FORWARD = Formulas(
    ("`forward`",),
    right=lambda u: 0.5 * (3 * u**2 - 1),
    wrong={
        "p3_instead": lambda u: 0.5 * (5 * u**3 - 3 * u),
        "other_power_of_u": (lambda u: 0.5 * (3 * u**3 - 1), lambda u: 0.5 * (3 * u - 1)),
        "half_missing": lambda u: 3 * u**2 - 1,
        "half_for_the_first_only": lambda u: 0.5 * 3 * u**2 - 1,
        "half_for_the_last_only": lambda u: 3 * u**2 - 0.5,
        "forward_is_derivative": lambda u: 3 * u,
        "forward_reversed": lambda u: 0.5 * (1 - 3 * u**2),
    },
)
BACKWARD = Formulas(
    ("`backward`",),
    right=lambda u, grad_output: grad_output * 3 * u,
    wrong={
        "grad_output_forgotten": lambda u, grad_output: 3 * u,
        "grad_output_squared": lambda u, grad_output: grad_output**2 * 3 * u,
        "grad_output_divides": lambda u, grad_output: 3 * u / grad_output,
        "grad_output_added": lambda u, grad_output: grad_output + 3 * u,
        "grad_output_only": lambda u, grad_output: grad_output,
        "grad_output_summed": lambda u, grad_output: grad_output.sum() * 3 * u,
        "derivative_halved": lambda u, grad_output: grad_output * 1.5 * u,
        "derivative_doubled": lambda u, grad_output: grad_output * 6 * u,
        "function_sign": lambda u, grad_output: -grad_output * 3 * u,
        "u_forgotten": lambda u, grad_output: grad_output * 3,
        "three_forgotten": lambda u, grad_output: grad_output * u,
        "derivative_of_p3": lambda u, grad_output: grad_output * 1.5 * (5 * u**2 - 1),
        "value_for_derivative": lambda u, grad_output: grad_output * 0.5 * (3 * u**2 - 1),
        "power_for_derivative": lambda u, grad_output: grad_output * 3 * u**2,
    },
)


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
        "list_of_gradients": (_FORWARD + _BACKWARD.format("[gradient]") + _RUN,),
        "gradient_shape": (_FORWARD + _BACKWARD.format("gradient[:1]") + _RUN,),
        "backward_missing": (_FORWARD + _RUN, _RUN),
        "not_saved": ("(u,) = ()", "()[0]"),
        "saved_is_a_tuple": (*uses_of("()"), "vector * (vector,)"),
        "not_recorded_inside": ("vector.sum().backward()",),
    },
    WITH_TENSORS + "class My(torch.autograd.Function): pass",
    rules={"not_saved": lambda error: "saved_fewer" if _saved_some(error) else "not_saved"},
)


def _saved_some(error: BaseException) -> bool:
    """Whether a `ctx` in the functions that were running when an error arose has saved something."""
    held = [value for frame, _ in traceback.walk_tb(error.__traceback__) for value in frame.f_locals.values()]
    return any(
        isinstance(one, torch.autograd.function.FunctionCtx) and getattr(one, "saved_tensors", ()) for one in held
    )


def _check_p2(answer: Any) -> None:
    require_class(answer, torch.autograd.Function, "instance", "no_function_class")
    forward = "u" if "setup_context" in vars(answer) else "ctx, u"
    with methods_of(answer, forward=forward, backward="ctx, grad_output"):
        _compare_p2(answer)


def _compare_p2(answer: Any) -> None:
    cases: list[Case] = [{"u": np.array([-1.0, 0.5, 2.0]), "grad_output": np.array([1.0, 2.0, 3.0])}]
    cases += [{name: generator.uniform(0.4, 2.0, (3, 4)) for name in cases[0]} for generator in draws()]
    received = [_forward_and_backward(answer, **case) for case in cases]
    findings = compare([{"u": case["u"]} for case in cases], [one.forward for one in received], FORWARD)
    gradients = [one.backward for one in received if one.backward is not None]
    if not gradients:
        raise Mistake(*findings or [found("forward_done")])
    of_backward = compare(cases, gradients, BACKWARD)
    if of_backward and of_backward[0].name in (*UNNAMED, "power_for_derivative"):
        if all(one.saved_other for one in received):
            of_backward = [found("saved_other")]
        elif findings and of_backward[0].name in UNNAMED:
            of_backward = []  # a backward of another forward: one thing at a time
    if findings or of_backward:
        raise Mistake(*findings, *of_backward)


def _forward_and_backward(answer: Any, **case: Floats) -> _Result:
    u, grad_output = torch.tensor(case["u"], requires_grad=True), torch.tensor(case["grad_output"])
    output = attempt(lambda: answer.apply(u), _known_of_function)
    if output is None:
        raise Mistake("forward_returns_nothing")
    if not isinstance(output, Tensor):
        raise Mistake("no_tensor", got=brief(output))
    require_shape(output, u.shape, "function_shape")
    value, saved = output.detach().double().numpy(), _saved(output)
    saved_other = bool(saved) and not any(np.array_equal(one, case["u"]) for one in saved)
    try:
        (gradient,) = attempt(
            lambda: torch.autograd.grad(output, u, grad_output, allow_unused=True), _known_of_function
        )
    except NotTried:
        gradient = None
        stub = True
    else:
        stub = False
    single = attempt(lambda: answer.apply(u.float()), _known_of_function)
    if output.dtype == torch.float64 and single.dtype != torch.float32:
        raise Mistake("function_dtype")
    if stub:
        return _Result(value, None, saved_other)
    require_unchanged(case, {"u": u, "grad_output": grad_output})
    _require_own_memory(answer, u, grad_output, gradient)
    if u.grad is not None:
        raise Mistake("fills_grad_itself")
    if gradient is None:
        raise Mistake("backward_returns_nothing")
    return _Result(value, gradient.detach().double().numpy(), saved_other)


def _require_own_memory(answer: Any, u: Tensor, grad_output: Tensor, gradient: Tensor | None) -> None:
    """Raise Mistake if a call between `forward` and `backward` changes the gradient: then u is not kept in ctx."""
    output = attempt(lambda: answer.apply(u), _known_of_function)
    attempt(lambda: answer.apply((2 * u).detach()), _known_of_function)
    (again,) = attempt(lambda: torch.autograd.grad(output, u, grad_output, allow_unused=True), _known_of_function)
    if gradient is not None and again is not None and not torch.equal(again, gradient):
        raise Mistake("kept_outside")


def _values_and_slopes(answer: Any, u: Floats) -> tuple[Floats, Floats]:
    """Return what a Function makes of each number, and the derivative there."""
    leaf = torch.tensor(u, requires_grad=True)
    values = answer.apply(leaf)
    (slopes,) = torch.autograd.grad(values.sum(), leaf)
    return values.detach().numpy(), slopes.numpy()


def _saved(output: Tensor) -> list[Floats]:
    """Return what `forward` has saved for the backward pass."""
    with suppress(RuntimeError):  # changed in place since then, which is told elsewhere
        saved = getattr(output.grad_fn, "saved_tensors", ())
        return [one.detach().numpy() for one in saved if isinstance(one, Tensor)]
    return []


EXERCISES = exercises_of(
    lessons,
    Question(
        "slope_by_hand",
        lessons.slope_by_hand,
        {"inner_factor_forgotten": lambda: 2 * (2 * 3.0 - 1), "value_not_slope": lambda: (2 * 3.0 - 1) ** 2},
    ),
    Question(
        "two_backwards",
        lessons.two_backwards,
        {
            "overwritten": lessons.last_backward,
            "first_only": lessons.first_backward,
            "values_not_slopes": lambda: 2.0**3 + 5 * 2.0,
            "multiplied": lambda: lessons.first_backward() * lessons.last_backward(),
        },
    ),
    Exercise(
        "repaired_training",
        partial(check_loop, tensors=True, known=autograd_mistake),
        autograd,
        "repaired_training",
        repair=True,
        draws=AtWork(with_learning_rate(3e-6), tensors=True),
    ),
    Exercise(
        "legendre_p2",
        _check_p2,
        lessons.LegendreP2,
        draws=lambda answer: values_and_slopes(partial(_values_and_slopes, answer), degree=2),
    ),
)
