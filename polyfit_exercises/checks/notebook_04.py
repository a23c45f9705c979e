"""How answers to the exercises of notebook 04 are checked."""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.data import START, Data
from polyfit_helpers.models import powers
from polyfit_helpers.theory import Floats
from polyfit_helpers.widgets import graphs

from .. import texts
from ..compare import FLOAT32, Formulas, close, require_right
from ..drawings import AtWork
from ..errors import IN_PLACE, WITH_TENSORS, ByExample, autograd_mistake, parameter_of_number
from ..exercise import Exercise, Question, exercises_of, require_number
from ..form import Case, methods_of, require_class, require_prediction, require_unchanged
from ..lessons import notebook_04 as lessons
from ..loops import check_loop
from ..sandbox import cause_of
from ..texts.notebook_04 import INIT, MORE_THAN, THE_PREDICTION
from ..trial import Mistake, attempt, brief, draws, found, require_callable

MOMENTUM_STEPS = 170  # in which `fast_momentum` has to arrive
PARAMETER_SHAPES = ((1, 3), (1,), ())  # of parameters; the first two are those of `Linear(3, 1)`


# --- The parabola ---


def _check_parabola(answer: Any) -> None:
    if isinstance(answer, torch.nn.Module):  # which is callable, too
        raise Mistake("not_a_function", got=brief(answer))
    require_callable(answer, "start")
    for start in [(0.5, -1.5, 2.0), *(tuple(generator.uniform(0.5, 2.5, 3).tolist()) for generator in draws())]:
        _require_start(answer, _affine(answer, start), start, "numbers_in_wrong_order")


def _require_start(answer: Callable[..., Any], numbers: Floats, start: Sequence[float], name: str) -> None:
    """Raise Mistake unless what answer makes begins at the numbers of start; name is that of another order."""
    orders = permutations(range(len(start)))  # the right one is the first
    order = next((order for order in orders if close(numbers, np.take(start, order), tolerance=FLOAT32)), None)
    if order is None:
        if _still_random(answer, start):
            raise Mistake("start_not_reached")
        raise Mistake("numbers_not_set", start=texts.several(start), got=texts.several(numbers))
    if list(order) != sorted(order):
        raise Mistake(name, where=texts.listed("abcd"[k] for k in order))


def _still_random(answer: Callable[..., Any], start: Sequence[float]) -> bool:
    """Whether every parameter of two models with the same start begins at another number: it was drawn."""
    one, other = attempt(lambda: [[*answer(start).parameters()] for _ in range(2)])
    return all(bool((a != b).all()) for a, b in zip(one, other, strict=True))


def _affine(answer: Callable[..., Any], start: Sequence[float]) -> Floats:
    """Return constant, factor of x and factor of x² of the learner's model."""
    model = attempt(lambda: answer(start), _known_of_building)
    if model is None:
        raise Mistake("not_returned")
    if not isinstance(model, torch.nn.Module):
        raise Mistake("no_module", got=brief(model))
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    dtype = next((parameter.dtype for parameter in model.parameters()), torch.float32)
    # Zero, x alone, x² alone, and two more that tell whether the model is affine.
    features = torch.tensor([[0, 0], [1, 0], [0, 1], [-2, 3], [2, -3]], dtype=dtype)
    y_pred = attempt(lambda: model(features.clone()), lambda error: _known_of_layers(layers, error))
    if layers and layers[-1].out_features > 1 and isinstance(y_pred, Tensor) and y_pred.numel() > len(features):
        raise Mistake("sizes_of_linear")
    require_prediction(y_pred, len(features))
    sizes = [parameter.numel() for parameter in model.parameters()]
    if sum(sizes) != 3:
        _require_registered(model)
        if sum(sizes) == 2:
            raise Mistake("no_bias")
        raise Mistake("not_three_numbers", got=sum(sizes))
    _require_trainable(model, y_pred)
    values = y_pred.detach().double().numpy()
    a, b, c = values[0], values[1] - values[0], values[2] - values[0]
    if not close(values[3:], a + np.array([-2 * b + 3 * c, 2 * b - 3 * c]), tolerance=FLOAT32):
        raise Mistake("not_affine")
    return np.array([a, b, c])


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


known_of_model = ByExample(
    {
        "super_forgotten": (
            "MyBare().my_x = parameter",
            "MyBare().my_x = My()",
            "MyBare().register_parameter('my_x', parameter)",
            "MyBare().register_buffer('my_x', vector)",
            *(f"MyBare().{attribute}" for attribute in vars(torch.nn.Module())),
        ),
        "super_with_arguments": ("My(1)",),
        "not_torchs_function": ("np.sin(leaf)", "math.sin(leaf)", "math.sin(np.ones(2))"),
        "sizes_of_linear": (
            "matrix @ torch.ones(3, 1)",
            "torch.mm(matrix, vector)",
            "torch.mm(vector, matrix)",
            "linear(matrix, torch.ones(1, 3), vector[:1])",
            "linear(matrix, vector, vector)",
        ),
        "parameter_replaced": ("model = My(); model.my_x = parameter; model.my_x = thing",),
        "setting_is_recorded": IN_PLACE,
        "parameter_of_number": ("torch.nn.Parameter(thing)",),
        "forward_missing": ("My()(1)",),
    },
    WITH_TENSORS
    + """
parameter, linear = torch.nn.Parameter(vector), torch.nn.functional.linear
class My(torch.nn.Module): pass
class MyBare(My):
    def __init__(self): pass
""",
    rules={"parameter_of_number": parameter_of_number},
)
_known_of_building = replace(
    known_of_model,
    examples={
        **known_of_model.examples,
        "numbers_do_not_fit": ("vector + torch.ones(3)", "vector[:1].copy_(torch.ones(3))"),
    },
    rules={**known_of_model.rules, "sizes_of_linear": lambda error: "model_called"},
)


def _known_of_layers(layers: Sequence[torch.nn.Linear], error: BaseException) -> str | None:
    """Name the mistake in a model with these layers that leads to this error."""
    name = known_of_model(error)
    if name == "sizes_of_linear":
        if any(layer.weight.shape != (layer.out_features, layer.in_features) for layer in layers):
            return "shape_of_weight"
        if any(layer.in_features == 2 for layer in layers):
            return "layer_fits"
    return name


# --- The optimizer ---


def _check_momentum_class(answer: Any) -> None:
    require_class(answer, object, "no_class", "no_class")
    _require_init(answer)
    require_callable(answer, "parameters, learning_rate, momentum")
    methods = {name: getattr(answer, name, None) for name in ("zero_grad", "step")}
    missing = [f"`{name}`" for name, method in methods.items() if not callable(method)]
    if missing:
        raise Mistake("method_missing", where=texts.listed(missing))
    if str(getattr(methods["step"], "__module__", "")).startswith("torch."):
        raise Mistake("torchs_own_step")
    arguments = "self, parameters, learning_rate, momentum"
    with methods_of(answer, __init__=arguments, zero_grad="self", step="self"):
        walks: list[_Once] = []
        try:
            _train_with(answer, lambda leaves: _Once(leaves, walks))
        except Mistake:
            if not any(one.asked_again for one in walks):
                raise
            _train_with(answer, list)  # says what is wrong, unless a list makes the difference
            raise Mistake("generator_used_up") from None
        _require_shapes(answer)


class _Once:
    """An iterator over parameters, as `model.parameters()` is, that notices if it is walked through again."""

    def __init__(self, leaves: list[Tensor], walks: list[_Once]) -> None:
        walks.append(self)
        self.left = iter(leaves)
        self.ended = self.asked_again = False

    def __iter__(self) -> Iterator[Tensor]:
        return self

    def __next__(self) -> Tensor:
        self.asked_again = self.asked_again or self.ended
        for leaf in self.left:
            return leaf
        self.ended = True
        raise StopIteration


def _require_init(answer: type) -> None:
    if answer.__init__ in (object.__init__, torch.nn.Module.__init__):  # type: ignore[misc]
        raise Mistake("method_missing", where=INIT)


def _train_with(answer: Any, hand_over: Callable[[list[Tensor]], Any]) -> None:
    """Raise Mistake unless descent with the learner's optimizer makes the right trajectory."""
    seen: set[str] = set()
    made: list[tuple[Any, list[Tensor]]] = []

    def loop(data: Data, start: Sequence[float], learning_rate: float, momentum: float) -> Iterator[Any]:
        leaves = [torch.tensor(value, dtype=data.x.dtype, requires_grad=True) for value in start]
        optimizer = answer(hand_over(leaves), learning_rate, momentum)
        made.append((optimizer, leaves))
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
        check_loop(loop, names="abc", momentum=True, tensors=True, known=_known_of_optimizer)
    except Mistake as mistake:
        if any(_holds_copies(*pair) for pair in made):
            raise Mistake("holds_copies") from None
        if any(_holds_gradients(*pair) for pair in made):
            raise Mistake("velocity_is_gradient") from None
        if not seen:
            if [one.name for one in mistake.findings] == ["float32"]:
                _require_shapes(answer)  # a velocity that is one number has a dtype of its own
            raise
    if seen:
        raise Mistake(*map(found, sorted(seen)))


def _holds_copies(optimizer: Any, leaves: Sequence[Tensor]) -> bool:
    """Whether an optimizer keeps tensors, but none that shares its numbers with a leaf, and some equal to the start."""
    kept = [one for one in graphs.reached(vars(optimizer).values()) if isinstance(one, Tensor)]
    held = [one for one in kept if any(one.data_ptr() == leaf.data_ptr() for leaf in leaves)]
    return not held and any(one.shape == leaf.shape and one.item() == leaf.item() for one in kept for leaf in leaves)


def _holds_gradients(optimizer: Any, leaves: Sequence[Tensor]) -> bool:
    """Whether what an optimizer keeps shares its memory with a gradient."""
    kept = {one.data_ptr() for one in graphs.reached(vars(optimizer).values()) if isinstance(one, Tensor)}
    return any(leaf.grad is not None and leaf.grad.data_ptr() in kept for leaf in leaves)


_known_of_optimizer = replace(
    autograd_mistake,
    examples={
        **autograd_mistake.examples,
        "no_gradient": (*autograd_mistake.examples["no_gradient"], "vector.add(None)"),
        "velocity_shape": ("torch.zeros(()).add_(vector)",),
    },
)


def _require_shapes(answer: Any) -> None:
    """Raise Mistake if the learner's optimizer, right for single numbers, is not right for other shapes."""
    received = attempt(lambda: _walk(answer), lambda error: "velocity_shape")
    pairs = zip(received, _walk(lessons.Momentum), strict=True)
    if not all(got.shape == right.shape and torch.allclose(got, right) for got, right in pairs):
        raise Mistake("velocity_shape")


def _walk(make: Any) -> list[Tensor]:
    """Return where an optimizer leaves parameters of several shapes."""
    leaves = [torch.ones(shape, dtype=torch.float64, requires_grad=True) for shape in PARAMETER_SHAPES]
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
    needed = lessons.arrival(momentum)
    if needed > MOMENTUM_STEPS:
        best = lessons.fast_momentum()
        shown = texts.whole(needed)
        numbers = {"got": got, "needed": shown if needed < 3000 else MORE_THAN.format(shown), "steps": MOMENTUM_STEPS}
        raise Mistake("momentum_too_small" if momentum < best else "momentum_rings", **numbers)


# --- The wave ---


def _check_wave(answer: Any) -> None:
    require_class(answer, torch.nn.Module, "model_instance", "no_module_class")
    _require_init(answer)
    require_callable(answer, "start")
    if answer.forward is torch.nn.Module.forward:
        raise Mistake("forward_missing")
    with methods_of(answer, __init__="self, start", forward="self, x"):
        _compare_waves(answer)


WAVE = Formulas(
    (THE_PREDICTION,),
    right=lambda a, b, c, d, x: a + b * np.sin(c * x + d),
    wrong={
        "sine_of_degrees": (
            lambda a, b, c, d, x: a + b * np.sin(np.deg2rad(c * x + d)),
            lambda a, b, c, d, x: a + b * np.sin(np.rad2deg(c * x + d)),
        ),
        "sine_of_factor": (
            lambda a, b, c, d, x: a + b * np.sin(c) * x + d,
            lambda a, b, c, d, x: a + b * (np.sin(c) * x + d),
        ),
        "b_inside": (
            lambda a, b, c, d, x: a + np.sin(b * c * x + d),
            lambda a, b, c, d, x: a + np.sin(b * (c * x + d)),
        ),
        "cosine": lambda a, b, c, d, x: a + b * np.cos(c * x + d),
        "sine_subtracted": lambda a, b, c, d, x: a - b * np.sin(c * x + d),
        "shift_outside": lambda a, b, c, d, x: a + b * np.sin(c * x) + d,
        "shift_reversed": lambda a, b, c, d, x: a + b * np.sin(c * x - d),
        "shift_in_bracket": lambda a, b, c, d, x: a + b * np.sin(c * (x + d)),
        "inner_swapped": lambda a, b, c, d, x: a + b * np.sin(d * x + c),
        "outer_swapped": lambda a, b, c, d, x: b + a * np.sin(c * x + d),
        "bracket_around_sum": lambda a, b, c, d, x: (a + b) * np.sin(c * x + d),
        "no_constant": lambda a, b, c, d, x: b * np.sin(c * x + d),
        "sine_forgotten": lambda a, b, c, d, x: a + b * (c * x + d),
        "cubic_instead": lambda a, b, c, d, x: a + b * x + c * x**2 + d * x**3,
    },
    tolerance=FLOAT32,
)


def _known_of_forward(error: BaseException) -> str | None:
    """Return which mistake of `forward` led to an error; a parameter without `self.` is a name that is not there."""
    cause = cause_of(error)
    without_self = isinstance(cause, NameError) and cause.name in ("a", "b", "c", "d")
    return "self_missing" if without_self else known_of_model(error)


def _compare_waves(answer: Any) -> None:
    cases: list[Case] = [{"a": 0.5, "b": 2.0, "c": 1.5, "d": 0.25, "x": np.array([-1.0, 0.5, 2.0])}]
    for generator in draws():
        start = generator.uniform((0.2, 1.5, 1.2, 0.3), (0.9, 2.5, 2.2, 0.9)).tolist()
        x = generator.uniform(0.2, 2.0, int(generator.integers(5, 9)))
        cases.append(dict(zip("abcd", start, strict=True)) | {"x": x})
    require_right(cases, [_predict(answer, **case) for case in cases], WAVE)


def _predict(answer: Any, x: Floats, **parameters: float) -> Floats:
    """Return what the learner's model predicts, if it is a model with four Parameters that can be trained."""
    start = tuple(parameters.values())
    model = attempt(lambda: answer(start), known_of_model)
    inputs = torch.from_numpy(x.copy())
    attempt(lambda: model.to(inputs), known_of_model)
    before = list(model.parameters())
    y_pred = attempt(lambda: model(inputs), _known_of_forward)
    after = list(model.parameters())
    if [id(one) for one in before] != [id(one) for one in after]:
        raise Mistake("made_in_forward")
    require_unchanged({"x": x}, {"x": inputs})
    if len(after) != 4 or any(parameter.numel() != 1 for parameter in after):
        _require_registered(model)
        raise Mistake("not_four_parameters", got=len(after))
    names = [name for name, _ in model.named_parameters()]
    if sorted(names) == [*"abcd"] != names:
        raise Mistake("parameters_in_wrong_order", where=texts.listed(names))
    require_prediction(y_pred, len(x))
    _require_trainable(model, y_pred)
    numbers = np.array([parameter.item() for parameter in after])
    _require_start(answer, numbers, start, "parameters_in_wrong_order")
    return np.asarray(y_pred.detach())


def _require_registered(model: torch.nn.Module) -> None:
    """Raise Mistake if a model keeps numbers where `parameters()` does not find them."""
    attributes = {name: value for name, value in vars(model).items() if not name.startswith("_")}
    attributes |= dict(model.named_buffers())
    lists = {name: [*value.values()] if isinstance(value, dict) else value for name, value in attributes.items()}
    hidden = [
        f"`{name}`"
        for name, value in lists.items()
        if isinstance(value, (list, tuple)) and any(isinstance(part, Tensor) for part in value)
    ]
    if hidden:
        raise Mistake("hidden_in_list", where=texts.listed(hidden))
    plain = [f"`{name}`" for name, value in attributes.items() if isinstance(value, (Tensor, float))]
    if plain:
        raise Mistake("plain_tensor", where=texts.listed(plain))


# --- Right answers at work ---


def _train_parabola(answer: Any, data: Data, start: Sequence[float]) -> Iterator[tuple[Any, Any]]:
    """Train a learner's parabola, and yield its loss and the numbers a, b, c."""
    model = answer(start)
    features, ends = powers(data.x, 2)[1:].T, torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    while True:
        loss = ((model(features) - data.y) ** 2).sum()
        a, with_b, with_c = model(ends).detach()
        yield loss, torch.stack([a, with_b - a, with_c - a])
        _descend(loss, [*model.parameters()], 1e-5)


def _train_wave(answer: Any, data: Data, start: Sequence[float]) -> Iterator[tuple[Any, Any]]:
    """Train a learner's wave."""
    model = answer(start)
    while True:
        loss = ((model(data.x) - data.y) ** 2).sum()
        yield loss, [*model.parameters()]
        _descend(loss, [*model.parameters()], 1e-4)


def _train_by(answer: Any, data: Data, start: Sequence[float]) -> Iterator[tuple[Any, Any]]:
    """Train a cubic with a learner's optimizer."""
    w = torch.tensor(start, requires_grad=True)
    X, optimizer = powers(data.x, 3).T, answer([w], 3e-6, 0.9)
    while True:
        loss = ((X @ w - data.y) ** 2).sum()
        yield loss, w
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _descend(loss: Tensor, parameters: Sequence[Tensor], learning_rate: float) -> None:
    """Update by hand: the first optimizer of `torch.optim` in a process imports for seconds."""
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= learning_rate * gradient


def _wave(x: Any, parameters: Any) -> Floats:
    return np.asarray(WAVE.right(*parameters, x=x))


EXERCISES = exercises_of(
    lessons,
    Exercise(
        "parabola_model",
        _check_parabola,
        lessons.parabola_model,
        draws=AtWork(_train_parabola, START[:3], tensors=True),
    ),
    Question(
        "mean_rate",
        lessons.mean_rate,
        {
            "divided_not_multiplied": lambda: 4e-6 / 500,
            "rate_unchanged": lambda: 4e-6,
            "other_number_of_points": lambda: 4e-6 * 2000,
        },
    ),
    Exercise("momentum_class", _check_momentum_class, lessons.Momentum, draws=AtWork(_train_by, tensors=True)),
    Question("fast_momentum", lessons.fast_momentum, examine=_check_fast_momentum),
    Exercise(
        "wave_module",
        _check_wave,
        lessons.Wave,
        draws=AtWork(_train_wave, (0.5, 0.5, 1.3, 0.5), iterations=60, predict=_wave, tensors=True),
    ),
)
