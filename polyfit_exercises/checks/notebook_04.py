"""How answers to the exercises of notebook 04 are checked."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.data import Data
from polyfit_helpers.theory import Floats

from .. import texts
from ..exercise import Exercise, Question, require_number
from ..gradients import FLOAT32, close
from ..lessons.notebook_04 import (
    Momentum,
    Wave,
    arrival,
    better_optimizer,
    fast_momentum,
    flat_line,
    found_parameters,
    mean_at_the_same_rate,
    mean_rate,
    parabola_model,
    rate_of_adam,
    step_before_backward,
)
from ..loops import autograd_mistake, check_loop
from ..texts.notebook_04 import INIT, MORE_THAN, THE_MODEL
from ..trial import Finding, Mistake, NotTried, attempt, brief, draws, found, is_placeholder, require_callable
from .notebook_03 import methods_of

STEPS = 400  # in which `fast_momentum` has to arrive
SHAPES = ((1, 3), (1,), ())  # of parameters; the first two are those of `Linear(3, 1)`


# --- The parabola ---


def _check_parabola(answer: Any) -> None:
    if isinstance(answer, torch.nn.Module):  # which is callable, too
        raise Mistake("not_a_function", got=brief(answer))
    require_callable(answer, "start", None)
    starts = [(0.5, -1.5, 2.0), *(tuple(generator.uniform(0.5, 2.5, 3).tolist()) for generator in draws())]
    received = [_affine(answer, start) for start in starts]
    expected = np.array(starts)
    if close(np.array(received), expected, 10.0, FLOAT32):
        return
    for order in permutations(range(3)):
        if close(np.array(received), expected[:, order], 10.0, FLOAT32):
            raise Mistake("numbers_in_wrong_order", where=texts.listed("abc"[k] for k in order))
    k = next(k for k in range(len(starts)) if not close(received[k], expected[k], 10.0, FLOAT32))
    raise Mistake(_not_set(starts[k], received[k]))


def _not_set(start: Sequence[float], got: Iterable[float]) -> Finding:
    """Show at which numbers a model begins."""
    return found("numbers_not_set", start=texts.several(start), got=texts.several(got))


def _affine(answer: Callable[..., Any], start: Sequence[float]) -> Floats:
    """Return constant, factor of x and factor of x² of the learner's model."""
    model = attempt(lambda: answer(start), _known_of_building)
    _require_module(model)
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    # Zero, x alone, x² alone, and two more that tell whether the model is affine.
    features = torch.tensor([[0, 0], [1, 0], [0, 1], [-2, 3], [2, -3]], dtype=_dtype(model))
    y_pred = attempt(lambda: model(features.clone()), lambda error: _known_of_layers(layers, error))
    if layers and layers[-1].out_features > 1 and isinstance(y_pred, Tensor) and y_pred.numel() > len(features):
        raise Mistake("sizes_of_linear")
    _require_flat(y_pred, len(features))
    sizes = [parameter.numel() for parameter in model.parameters()]
    if sum(sizes) != 3:
        _require_registered(model)
        if sum(sizes) == 2:
            raise Mistake("no_bias")
        raise Mistake("not_three_numbers", got=sum(sizes))
    _require_trainable(model, y_pred)
    values = y_pred.detach().double().numpy()
    a, b, c = values[0], values[1] - values[0], values[2] - values[0]
    if not close(values[3:], a + np.array([-2 * b + 3 * c, 2 * b - 3 * c]), 10.0, FLOAT32):
        raise Mistake("not_affine")
    return np.array([a, b, c])


def _dtype(model: torch.nn.Module) -> torch.dtype:
    return next((parameter.dtype for parameter in model.parameters()), torch.float32)


def _require_module(model: Any) -> None:
    if model is None:
        raise Mistake("not_returned")
    if not isinstance(model, torch.nn.Module):
        raise Mistake("no_module", got=brief(model))


def _require_flat(y_pred: Any, points: int) -> None:
    if y_pred is None:
        raise Mistake("forward_returns_nothing")
    if not isinstance(y_pred, Tensor):
        raise Mistake("no_tensor_predicted", got=brief(y_pred))
    if tuple(y_pred.shape) == (points, 1):
        raise Mistake("prediction_is_column")
    if tuple(y_pred.shape) != (points,):
        raise Mistake("prediction_shape", got=texts.shape_of(tuple(y_pred.shape), points))


def _require_trainable(model: torch.nn.Module, y_pred: Tensor) -> None:
    """Raise Mistake unless a backward would reach every parameter."""
    if not all(parameter.requires_grad for parameter in model.parameters()):
        raise Mistake("frozen")
    names, parameters = zip(*model.named_parameters(), strict=True)
    missing = [*names]
    if y_pred.requires_grad:
        gradients = torch.autograd.grad(y_pred.sum(), parameters, retain_graph=True, allow_unused=True)
        missing = [name for name, gradient in zip(names, gradients, strict=True) if gradient is None]
    code: Any = getattr(type(model).forward, "__code__", "")
    theirs = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL"}
    if strangers := [f"`{name}`" for name in missing if name in theirs]:
        raise Mistake("self_forgotten", where=texts.listed(strangers))
    if missing:
        raise Mistake("prediction_detached", where=texts.listed(missing))


def _known_of_model(error: BaseException) -> str | None:
    """Name the mistake in a model that leads to this error."""
    message = str(error)
    private = (f"has no attribute '{name}'" for name in vars(torch.nn.Module()))
    if "before Module.__init__() call" in message or any(one in message for one in private):
        return "super_forgotten"
    if "__init__() takes 1 positional argument but" in message:
        return "super_with_arguments"
    if "call numpy() on" in message or "converted to Python scalar" in message:
        return "not_torchs_function"
    if "shapes cannot be multiplied" in message or "must be a matrix" in message:
        return "sizes_of_linear"
    if "cannot assign" in message and "as parameter" in message:
        return "parameter_replaced"
    if "leaf Variable that requires grad" in message:
        return "setting_is_recorded"
    if "has no attribute 'detach'" in message:
        return "parameter_of_number"
    if 'missing the required "forward"' in message:
        return "forward_missing"
    return None


def _known_of_building(error: BaseException) -> str | None:
    """Name the mistake in a function that makes a model and sets its numbers."""
    name = _known_of_model(error)
    if name == "sizes_of_linear":
        return "model_called"
    return name or ("numbers_do_not_fit" if "must match the size of tensor" in str(error) else None)


def _known_of_layers(layers: Sequence[torch.nn.Linear], error: BaseException) -> str | None:
    """Name the mistake in a model with these layers that leads to this error."""
    name = _known_of_model(error)
    if name == "sizes_of_linear":
        if any(layer.weight.shape != (layer.out_features, layer.in_features) for layer in layers):
            return "shape_of_weight"
        if any(layer.in_features == 2 for layer in layers):
            return "layer_fits"
    return name


# --- The optimizer ---


def _check_momentum_class(answer: Any) -> None:
    if is_placeholder(answer):
        raise NotTried
    if not inspect.isclass(answer):
        raise Mistake("no_class", got=brief(answer))
    _require_init(answer)
    require_callable(answer, "parameters, learning_rate, momentum", None, None, None)
    methods = {name: getattr(answer, name, None) for name in ("zero_grad", "step")}
    missing = [f"`{name}`" for name, method in methods.items() if not callable(method)]
    if missing:
        raise Mistake("method_missing", where=texts.listed(missing))
    if str(getattr(methods["step"], "__module__", "")).startswith("torch."):
        raise Mistake("torchs_own_step")
    arguments = "self, parameters, learning_rate, momentum"
    with methods_of(answer, __init__=arguments, zero_grad="self", step="self"):
        try:
            _train(answer, iter)
        except Mistake:
            _train(answer, list)  # says what is wrong, unless a list makes the difference
            raise Mistake("generator_used_up") from None
        _require_shapes(answer)


def _require_init(answer: type) -> None:
    if answer.__init__ in (object.__init__, torch.nn.Module.__init__):  # type: ignore[misc]
        raise Mistake("method_missing", where=INIT)


def _train(answer: Any, hand_over: Callable[[list[Tensor]], Any]) -> None:
    """Raise Mistake unless descent with the learner's optimizer makes the right trajectory."""
    seen: set[str] = set()

    def loop(data: Data, start: Sequence[float], learning_rate: float, momentum: float) -> Iterator[Any]:
        leaves = [torch.tensor(value, dtype=data.x.dtype, requires_grad=True) for value in start]
        optimizer = answer(hand_over(leaves), learning_rate, momentum)
        while True:
            loss = ((sum(leaf * data.x**k for k, leaf in enumerate(leaves)) - data.y) ** 2).sum()
            yield loss, leaves
            optimizer.zero_grad()
            moved = any(leaf.item() != value for leaf, value in zip(leaves, start, strict=True))
            if moved and any(leaf.grad is not None and leaf.grad.abs().max() > 0 for leaf in leaves):
                seen.add("zero_grad_does_nothing")
            loss.backward()
            optimizer.step()

    try:
        check_loop(loop, names="abc", momentum=True, prepare=lambda data: data.to("cpu"), known=_known_of_optimizer)
    except Mistake as mistake:
        if not seen:
            if [one.name for one in mistake.findings] == ["float32"]:
                _require_shapes(answer)  # a velocity that is one number has a dtype of its own
            raise
    if seen:
        raise Mistake(*map(found, sorted(seen)))


def _known_of_optimizer(error: BaseException) -> str | None:
    """Name the mistake in an optimizer that leads to this error."""
    message = str(error.__cause__ or error)
    if "doesn't match the broadcast shape" in message:
        return "velocity_shape"
    if "must be Tensor, not NoneType" in message:
        return "rebound" if len(getattr(error, "history", ())) > 1 else "no_gradient"
    return autograd_mistake(error)


def _require_shapes(answer: Any) -> None:
    """Raise Mistake if the learner's optimizer, right for single numbers, is not right for other shapes."""
    received = attempt(lambda: _walk(answer), lambda error: "velocity_shape")
    pairs = zip(received, _walk(Momentum), strict=True)
    if not all(got.shape == right.shape and torch.allclose(got, right) for got, right in pairs):
        raise Mistake("velocity_shape")


def _walk(make: Any) -> list[Tensor]:
    """Return where an optimizer leaves parameters of several shapes."""
    leaves = [torch.ones(shape, dtype=torch.float64, requires_grad=True) for shape in SHAPES]
    optimizer = make(leaves, 0.1, 0.5)
    for _ in range(3):
        optimizer.zero_grad()
        for leaf in leaves:
            (leaf * torch.arange(1, 1 + leaf.numel()).view(leaf.shape)).sum().backward()
        optimizer.step()
    return [leaf.detach().double() for leaf in leaves]


def _check_fast_momentum(answer: Any) -> None:
    momentum = require_number(answer)
    got = texts.number(momentum)
    if momentum < 0:
        raise Mistake("momentum_negative", got=got)
    if momentum >= 1:
        raise Mistake("momentum_too_much", got=got)
    needed = arrival(momentum)
    if needed > STEPS:
        best = fast_momentum()
        numbers = {"got": got, "needed": needed if needed < 3000 else MORE_THAN.format(3000), "steps": STEPS}
        raise Mistake("momentum_too_small" if momentum < best else "momentum_rings", **numbers)


# --- The wave ---


def _check_wave(answer: Any) -> None:
    if is_placeholder(answer):
        raise NotTried
    if isinstance(answer, torch.nn.Module):
        raise Mistake("model_instance")
    if not (inspect.isclass(answer) and issubclass(answer, torch.nn.Module)):
        raise Mistake("no_module_class", got=brief(answer))
    _require_init(answer)
    require_callable(answer, "start", None)
    with methods_of(answer, __init__="self, start", forward="self, x"):
        _compare_waves(answer)


def _compare_waves(answer: Any) -> None:
    starts = [(0.5, 2.0, 1.5, 0.25), *(_random_wave(generator) for generator in draws())]
    points = [np.array([-1.0, 0.5, 2.0]), *(g.uniform(0.2, 2.0, int(g.integers(5, 9))) for g in draws())]
    received = [_predict(answer, start, x) for start, x in zip(starts, points, strict=True)]
    known = [_waves(start, x) for start, x in zip(starts, points, strict=True)]
    for i, (name, _) in enumerate(known[0]):
        pairs = zip(received, known, strict=True)
        if all(close(got, waves[i][1], 10.0, FLOAT32) for got, waves in pairs):
            if name == "right":
                return
            raise Mistake(name)
    if close(received[0], known[0][0][1], 10.0, FLOAT32):
        raise Mistake("right_for_the_example_only", label=THE_MODEL)
    numbers = {"expected": texts.several(known[0][0][1]), "received": texts.several(received[0])}
    raise Mistake("other_wave", **numbers)


def _random_wave(generator: np.random.Generator) -> tuple[float, ...]:
    return tuple(generator.uniform((0.2, 1.5, 1.2, 0.3), (0.9, 2.5, 2.2, 0.9)).tolist())


def _predict(answer: Any, start: Sequence[float], numbers: Floats) -> Floats:
    """Return what the learner's model predicts, if it is a model with four Parameters that can be trained."""
    model = attempt(lambda: answer(start), _known_of_model)
    x = torch.from_numpy(numbers.copy())
    attempt(lambda: model.to(x), _known_of_model)
    before = list(model.parameters())
    y_pred = attempt(lambda: model(x), _known_of_model)
    after = list(model.parameters())
    if [id(one) for one in before] != [id(one) for one in after]:
        raise Mistake("made_in_forward")
    if not np.array_equal(x.numpy(), numbers):
        raise Mistake("changed_in_place", name="x")
    _require_four(model, after)
    names = [name for name, _ in model.named_parameters()]
    if sorted(names) == [*"abcd"] != names:
        raise Mistake("parameters_in_wrong_order", where=texts.listed(names))
    _require_flat(y_pred, len(numbers))
    _require_trainable(model, y_pred)
    values = [parameter.item() for parameter in after]
    if not close(np.array(values), np.array(start), 1.0, FLOAT32):
        orders = (
            order
            for order in permutations(range(4))
            if close(np.array(values), np.array(start)[[*order]], 1.0, FLOAT32)
        )
        order = next(orders, None)
        if order is None:
            raise Mistake(_not_set(start, values))
        raise Mistake("parameters_in_wrong_order", where=texts.listed("abcd"[k] for k in order))
    return np.asarray(y_pred.detach())


def _require_four(model: torch.nn.Module, parameters: Sequence[Tensor]) -> None:
    if len(parameters) == 4 and all(parameter.numel() == 1 for parameter in parameters):
        return
    _require_registered(model)
    raise Mistake("not_four_parameters", got=len(parameters))


def _require_registered(model: torch.nn.Module) -> None:
    """Raise Mistake if a model keeps numbers where `parameters()` does not find them."""
    others = {name: value for name, value in vars(model).items() if not name.startswith("_")} | dict(
        model.named_buffers()
    )
    hidden = [
        name
        for name, value in others.items()
        if isinstance(value, (list, tuple, dict))
        and any(isinstance(part, Tensor) for part in (value.values() if isinstance(value, dict) else value))
    ]
    if hidden:
        raise Mistake("hidden_in_list", where=texts.listed(f"`{name}`" for name in hidden))
    plain = [f"`{name}`" for name, value in others.items() if isinstance(value, (Tensor, float))]
    if plain:
        raise Mistake("plain_tensor", where=texts.listed(plain))


def _waves(start: Sequence[float], x: Floats) -> list[tuple[str, Floats]]:
    """Return the right prediction, and under their names those that come from mistakes."""
    a, b, c, d = start
    return [
        ("right", a + b * np.sin(c * x + d)),
        ("cosine", a + b * np.cos(c * x + d)),
        ("sine_subtracted", a - b * np.sin(c * x + d)),
        ("shift_outside", a + b * np.sin(c * x) + d),
        ("shift_reversed", a + b * np.sin(c * x - d)),
        ("shift_in_bracket", a + b * np.sin(c * (x + d))),
        ("inner_swapped", a + b * np.sin(d * x + c)),
        ("outer_swapped", b + a * np.sin(c * x + d)),
        ("bracket_around_sum", (a + b) * np.sin(c * x + d)),
        ("no_constant", b * np.sin(c * x + d)),
        ("sine_forgotten", a + b * (c * x + d)),
        ("cubic_instead", a + b * x + c * x**2 + d * x**3),
    ]


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for exercise in (
        Exercise("parabola_model", _check_parabola, parabola_model),
        Question("flat_line", flat_line),
        Question("mean_at_the_same_rate", mean_at_the_same_rate),
        Question(
            "mean_rate",
            mean_rate,
            {
                "divided_not_multiplied": lambda: 4e-6 / 500,
                "rate_unchanged": lambda: 4e-6,
                "other_number_of_points": lambda: 4e-6 * 2000,
            },
        ),
        Exercise("momentum_class", _check_momentum_class, Momentum),
        Question("rate_of_adam", rate_of_adam),
        Question("fast_momentum", fast_momentum, examine=_check_fast_momentum),
        Exercise("wave_module", _check_wave, Wave),
        Question("step_before_backward", step_before_backward),
        Question("found_parameters", found_parameters),
        Question("better_optimizer", better_optimizer),
    )
}
