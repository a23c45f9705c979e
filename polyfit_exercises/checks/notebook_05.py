"""How answers to the exercises of notebook 05 are checked."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from polyfit_helpers.advance import is_theirs
from polyfit_helpers.theory import Floats

from .. import texts
from ..compare import FLOAT32, Formulas, close, require_right
from ..errors import WITH_TENSORS, ByExample, uses_of
from ..exercise import Exercise, Question, exercises_of
from ..form import numbers_of, require_prediction, require_returned
from ..lessons import notebook_05 as lessons
from ..sandbox import cause_of
from ..texts.notebook_05 import THE_VALIDATION_LOSS
from ..trial import Mistake, attempt, brief, draws, require_callable
from .notebook_04 import known_of_model

BATCH_SIZE = 64  # points in a mini-batch
PAIRS = (
    *uses_of("(vector, vector)"),
    "vector - (vector, vector)",
    "torch.ones(()) * (vector, vector)",
    "model(1)",
    "len(1)",
)
TOGETHER = 2  # points in a batch of `validation_loss`, so that the first case can be worked out by hand


# --- A network ---


class Bend(torch.nn.Module):
    """An activation that nobody else uses, and that remembers where it stood; each check has a class of its own."""

    made = 0
    shapes: list[tuple[int, ...]]

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1

    def forward(self, z: Tensor) -> Tensor:
        """Bend each number, upwards on both sides."""
        self.shapes.append(tuple(z.shape))
        return bent(z)


def bent(z: Tensor) -> Tensor:
    """Return what no function of torch returns, so that nothing else is taken for it."""
    return z**2 / (1 + z.abs())


AT_THE_END: dict[str, tuple[Callable[[Tensor], Tensor], ...]] = {
    "relu_at_the_end": (torch.relu,),
    "softmax_at_the_end": (lambda y: torch.softmax(y, 0), torch.ones_like, lambda y: torch.log_softmax(y, 0)),
    "bounded_at_the_end": (torch.tanh, torch.sigmoid, bent),
}


def _check_network(answer: Any) -> None:
    if isinstance(answer, torch.nn.Module):  # which is callable, too
        raise Mistake("not_a_function", got=brief(answer))
    require_callable(answer, "hidden, activation")
    for hidden, generator in zip((3, 5, 8), draws(), strict=True):
        bend = type("Bend", (Bend,), {"shapes": []})
        model = attempt(lambda here=(hidden, bend): answer(*here), _unmade(bend))  # type: ignore[misc]
        _require_network(model, hidden, bend, generator)


def _unmade(activation: type[Bend]) -> Callable[[BaseException], str | None]:
    """Name the mistake of a class that stands where one of its objects belongs."""

    def known(error: BaseException) -> str | None:
        cause = cause_of(error)
        class_for_layer = isinstance(cause, TypeError) and not activation.made and activation.__name__ in str(cause)
        return "activation_not_made" if class_for_layer else _known_of_layers_of(error) or known_of_model(error)

    return known


LAYERS = """
linear = torch.nn.functional.linear
class MyNet(torch.nn.Module): pass
def my_function(x): pass
my_function.__module__ = "my_"
"""
_known_of_layers_of = ByExample(
    {
        "layers_do_not_fit": (
            "matrix @ torch.ones(3, 1)",
            "linear(matrix, torch.ones(1, 3), vector[:1])",
            "linear(torch.ones(3), matrix, vector)",
        ),
        "layers_not_unpacked": ("torch.nn.Sequential([])",),
        "function_for_layer": tuple(
            f"torch.nn.Sequential({name})"
            for name in (
                "torch.relu",
                "torch.tanh",
                "torch.sigmoid",
                "torch.nn.functional.relu",
                "np.tanh",
                "my_function",
            )
        ),
        "no_forward": ("torch.nn.ModuleList()(vector)", "torch.nn.ModuleDict()(vector)", "MyNet()(vector)"),
    },
    WITH_TENSORS + LAYERS,
)


def _require_network(model: Any, hidden: int, bend: type[Bend], generator: np.random.Generator) -> None:
    """Raise Mistake unless a model is a network of that size, bent by this activation in its hidden layer alone."""
    require_returned(model)
    if not isinstance(model, torch.nn.Module):
        raise Mistake("no_module", got=brief(model))
    x = torch.linspace(-2, 3, 11).unsqueeze(-1)
    predicted, again = attempt(lambda: [model(x), model(x)], _unmade(bend))
    require_prediction(predicted, len(x))
    sizes = [parameter.numel() for parameter in model.parameters()]
    if sorted(sizes) != [1, hidden, hidden, hidden]:
        _require_layers(model, drawn=not torch.equal(predicted, again), hidden=hidden)
        raise Mistake("size_of_network", hidden=hidden, expected=3 * hidden + 1, got=sum(sizes))
    if all(parameter.unique().numel() == 1 for parameter in model.parameters()):
        raise Mistake("units_alike")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.from_numpy(generator.uniform(0.5, 1.5, tuple(parameter.shape))))
            parameter.mul_(torch.from_numpy(generator.choice([-1.0, 1.0], tuple(parameter.shape))))
        weight, bias, factors, constant = (parameter.flatten() for parameter in model.parameters())
        if len(weight) == len(bias) == len(factors) == hidden:  # both signs at the end: there a ReLU would show
            constant.copy_(-(bent(torch.outer(x.flatten(), weight) + bias) @ factors).median())
        bend.shapes.clear()
        _require_values(attempt(lambda: model(x), _unmade(bend)), x, [*model.parameters()], bend)


def _require_layers(model: torch.nn.Module, drawn: bool, hidden: int) -> None:
    """Raise Mistake if it is known why a model has not the parameters that it needs.

    `drawn` says whether it predicts something else at each call.
    """
    lists = {name: value for name, value in vars(model).items() if isinstance(value, (list, tuple, dict))}
    parts = {name: [*value.values()] if isinstance(value, dict) else value for name, value in lists.items()}
    public = [name for name, some in parts.items() if not name.startswith("_") and any(map(_is_module, some))]
    linear = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    if public:
        raise Mistake("layers_in_list", where=texts.listed(f"`{name}`" for name in public))
    if drawn and len(linear) < 2:
        raise Mistake("layers_made_in_forward")
    if len(linear) > 2:
        raise Mistake("too_many_layers", got=len(linear), hidden=hidden)


def _is_module(one: Any) -> bool:
    return isinstance(one, torch.nn.Module)


def _require_values(predicted: Tensor, x: Tensor, parameters: list[Tensor], bend: type[Bend]) -> None:
    """Raise Mistake unless that is what the network with these parameters predicts for x."""
    weight, bias, factors, constant = (parameter.flatten() for parameter in parameters)
    shapes = list(bend.shapes)
    straight = (torch.outer(x.flatten(), weight) + bias) @ factors + constant
    if close(predicted, straight, tolerance=FLOAT32):
        raise Mistake("activation_missing")
    if not shapes:
        raise Mistake("activation_fixed")
    right = bent(torch.outer(x.flatten(), weight) + bias) @ factors + constant
    if close(predicted, right, tolerance=FLOAT32):
        return
    for name, functions in AT_THE_END.items():
        if any(
            close(predicted, function(ends), tolerance=FLOAT32) for function in functions for ends in (right, straight)
        ):
            raise Mistake(name)
    raise Mistake("another_network")


# --- Two loaders ---


def _check_loaders(answer: Any) -> None:
    require_callable(answer, "x, y, held_out")
    for size, generator in zip((283, 264, 297), draws(), strict=True):
        x = torch.from_numpy(np.sort(generator.uniform(-3, 3, size))).unsqueeze(-1)
        y = torch.from_numpy(generator.normal(size=size))
        held_out = torch.zeros(size, dtype=torch.bool)
        held_out[torch.from_numpy(generator.permutation(size)[:80])] = True
        given = (x, y, held_out)
        result = attempt(lambda here=given: answer(*(one.clone() for one in here)), _known_of_datasets)  # type: ignore[misc]
        require_returned(result)
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            raise Mistake("two_loaders_needed", got=brief(result))
        passes = [_passes(loader, x, y) for loader in result]
        _require_parts(passes, *(set(mask.nonzero().flatten().tolist()) for mask in (~held_out, held_out)))


_known_of_loaders = ByExample(
    {"no_dataset": ("collate([torch.ones(2), torch.ones(2, 1)])", "collate([torch.ones(2, 1), torch.ones(2)])")},
    WITH_TENSORS + "collate = torch.utils.data.default_collate",
)


_known_of_datasets = ByExample(
    {"masked_apart": ("TensorDataset(vector, torch.ones(3))",), "no_dataset": ("len(zip())", "len(x for x in [])")},
    WITH_TENSORS + "TensorDataset = torch.utils.data.TensorDataset",
)


class Passes(NamedTuple):
    """Two passes over a loader: which points came, in their order, and how many were in the first batch."""

    first: list[int]
    second: list[int]
    batch: int
    drops: bool


def _passes(loader: Any, x: Tensor, y: Tensor) -> Passes:
    if not isinstance(loader, torch.utils.data.DataLoader):
        raise Mistake("two_loaders_needed", got=brief(loader))
    if any(map(_is_mask, (getattr(loader.dataset, "indices", None), getattr(loader.sampler, "indices", None)))):
        raise Mistake("mask_as_numbers")
    place = {value: i for i, value in enumerate(x.flatten().tolist())}
    rows, batch = [], 0
    # Both in one attempt: random states are put back after each.
    both = attempt(lambda: [list(loader), list(loader)], _known_of_loaders)
    for batches in both:
        if not all(isinstance(one, (tuple, list)) and len(one) == 2 for one in batches):
            raise Mistake("batches_are_pairs")
        shapes = [tuple(part.shape[1:]) for one in batches for part in one]
        if odd := next((shape for shape, right in zip(shapes, cycle([(1,), ()])) if shape != right), None):
            raise Mistake("batch_shape", got=f"(B, {', '.join(map(str, odd))})")
        points = [place.get(value, -1) for one in batches for value in one[0].flatten().tolist()]
        targets = [value for one in batches for value in one[1].flatten().tolist()]
        if len(points) != len(targets) or any(i < 0 for i in points) or y[points].tolist() != targets:
            raise Mistake("pairs_torn")
        rows.append(points)
        batch = len(batches[0][0]) if batches else 0
    return Passes(rows[0], rows[1], batch, loader.drop_last)


def _is_mask(indices: Any) -> bool:
    """Whether truths stand where the numbers of points are wanted."""
    some = indices.tolist() if isinstance(indices, (Tensor, np.ndarray)) else indices
    return isinstance(some, (list, tuple)) and any(isinstance(one, bool) for one in some)


def _require_parts(passes: list[Passes], for_training: set[int], held_out: set[int]) -> None:
    """Raise Mistake unless each loader gives its own points, in the right order."""
    training, validation = passes
    if any(len(one.first) > 2 and set(one.first) <= {0, 1} for one in passes):
        raise Mistake("mask_as_numbers")
    if set(training.first) <= held_out and set(validation.first) <= for_training:
        raise Mistake("loaders_swapped")
    if set(training.first) & held_out:
        raise Mistake("held_out_in_training")
    if set(validation.first) & for_training:
        raise Mistake("training_in_validation")
    if training.drops or validation.drops:
        raise Mistake("last_batch_dropped")
    if sorted(training.first) != sorted(for_training) or sorted(validation.first) != sorted(held_out):
        raise Mistake("points_missing")
    if training.batch != BATCH_SIZE:
        raise Mistake("batch_size", expected=BATCH_SIZE, got=training.batch)
    if training.first == training.second:
        raise Mistake("training_not_shuffled")
    if validation.first != sorted(validation.first):
        raise Mistake("validation_shuffled")


# --- The loss of validation ---


class Modes:
    """In which modes a model was asked, and its layers; what is asked of a copy is noted here as well."""

    def __init__(self) -> None:
        self.modes: set[bool] = set()
        self.modes_inside: set[bool] = set()
        self.recorded = False

    def __deepcopy__(self, memo: Any) -> Modes:
        return self


class Watched(torch.nn.Module):
    """A model that predicts x itself, and remembers in which modes it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.one = torch.nn.Parameter(torch.ones((), dtype=torch.float64))
        self.inside = torch.nn.Identity()
        self.asked = Modes()

    def forward(self, x: Tensor) -> Tensor:
        """Return x of shape (N, 1) as shape (N,)."""
        self.asked.modes.add(self.training)
        self.asked.modes_inside.add(self.inside.training)
        self.asked.recorded |= torch.is_grad_enabled()
        return (self.one * x).flatten()


def _in_batches(values: Floats) -> list[Floats]:
    return [values[i : i + TOGETHER] for i in range(0, len(values), TOGETHER)]


def _of_batches(x: Floats, y: Floats) -> list[tuple[float, int]]:
    """Return the sum of the squared errors of each batch, and its number of points."""
    return [(float(((p - t) ** 2).sum()), len(t)) for p, t in zip(_in_batches(x), _in_batches(y), strict=True)]


def _broadcast(x: Floats, y: Floats, mean: bool) -> float:
    pairs = [((p[:, None] - t) ** 2, len(t)) for p, t in zip(_in_batches(x), _in_batches(y), strict=True)]
    return float(sum(one.mean() * points if mean else one.sum() for one, points in pairs) / len(y))


VALIDATION_LOSS = Formulas(
    (THE_VALIDATION_LOSS,),
    right=lambda x, y: ((x - y) ** 2).mean(),
    wrong={
        "last_batch_only": (
            lambda x, y: _of_batches(x, y)[-1][0] / _of_batches(x, y)[-1][1],
            lambda x, y: _of_batches(x, y)[-1][0],
            lambda x, y: _of_batches(x, y)[-1][0] / len(y),
        ),
        "first_batch_only": (
            lambda x, y: _of_batches(x, y)[0][0] / _of_batches(x, y)[0][1],
            lambda x, y: _of_batches(x, y)[0][0],
            lambda x, y: _of_batches(x, y)[0][0] / len(y),
        ),
        "means_not_weighted": (
            lambda x, y: np.mean([total / points for total, points in _of_batches(x, y)]),
            lambda x, y: np.sum([total / points for total, points in _of_batches(x, y)]) / len(y),
        ),
        "divided_by_batches": (lambda x, y: ((x - y) ** 2).sum() / len(_of_batches(x, y)),),
        "root_taken": (
            lambda x, y: np.sqrt(((x - y) ** 2).mean()),
            lambda x, y: np.mean([np.sqrt(total / points) for total, points in _of_batches(x, y)]),
        ),
        "errors_absolute": lambda x, y: np.abs(x - y).mean(),
        "errors_summed_first": (
            lambda x, y: sum((p - t).sum() ** 2 for p, t in zip(_in_batches(x), _in_batches(y), strict=True)) / len(y),
            lambda x, y: (x - y).sum() ** 2 / len(y),
            lambda x, y: (x - y).mean() ** 2,
        ),
        "errors_not_squared": (lambda x, y: (x - y).mean(), lambda x, y: (y - x).mean()),
        "sum_for_mean": (
            lambda x, y: ((x - y) ** 2).sum(),
            lambda x, y: np.sum([total / points for total, points in _of_batches(x, y)]),
        ),
        "broadcast": (lambda x, y: _broadcast(x, y, mean=True), lambda x, y: _broadcast(x, y, mean=False)),
    },
    tolerance=FLOAT32,
)


def _check_validation_loss(answer: Any) -> None:
    require_callable(answer, "model, batches")
    cases = [{"x": np.array([1.0, 2.0, 4.0]), "y": np.array([0.0, 2.5, 1.0])}]
    for generator in draws():
        size = 2 * int(generator.integers(3, 6)) + 1
        cases.append({"x": generator.uniform(1, 3, size), "y": generator.normal(-1, 1, size)})
    received = []
    for number, case in enumerate(cases):
        model = Watched().train(number % 2 == 0)
        pairs = zip(*(_in_batches(case[name]) for name in "xy"), strict=True)
        batches = _Batches((torch.tensor(x).unsqueeze(-1), torch.tensor(y)) for x, y in pairs)
        result, recording = attempt(partial(_called, answer, model, batches), _known_of_validation)
        require_returned(result)
        _require_watched(model, training=number % 2 == 0)
        if not recording:
            raise Mistake("recording_left_off")
        received.append(numbers_of(result, VALIDATION_LOSS.labels, len(case["y"])))
    require_right(cases, received, VALIDATION_LOSS)


def _called(answer: Callable[..., Any], *arguments: Any) -> tuple[Any, bool]:
    """Return what a function returns, and whether autograd records afterwards."""
    return answer(*arguments), torch.is_grad_enabled()


_known_of_validation = ByExample(
    {"mode_is_method": ("model.train(model.train)", "model.train(model.eval)"), "pair_not_unpacked": PAIRS},
    WITH_TENSORS + "model = torch.nn.Identity()",
    rules={"pair_not_unpacked": lambda error: "pair_not_unpacked" if _counts_batches(error) else None},
)


def _counts_batches(error: BaseException) -> bool:
    """Whether a whole batch is held beside a number, as `enumerate` gives both, where an error arose."""
    theirs = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if is_theirs(frame)]
    held = list(theirs[-1].f_locals.values()) if theirs else []
    batches = [one for some in held if isinstance(some, _Batches) for one in some]
    return any(one is batch for one in held for batch in batches) and any(isinstance(one, int) for one in held)


class _Batches(list[tuple[Tensor, Tensor]]):
    """Batches in a list, which knows its points and their number as a loader does."""

    @property
    def dataset(self) -> list[tuple[Tensor, Tensor]]:
        """All points, one by one."""
        return [pair for x, y in self for pair in zip(x, y, strict=True)]


def _require_watched(model: Watched, training: bool) -> None:
    """Raise Mistake unless the model was asked for validation, and is as it was; it was in this mode before."""
    if model.one.item() != 1:
        raise Mistake("trained_on_validation")
    asked = model.asked
    if not asked.modes:
        raise Mistake("model_not_asked")
    if asked.modes != {False}:
        raise Mistake("eval_forgotten")
    if asked.modes_inside != {False} or (model.training == training != model.inside.training):
        raise Mistake("flag_set")
    if asked.recorded:
        raise Mistake("no_grad_forgotten")
    if model.training != training:
        raise Mistake("left_in_eval" if training else "left_in_train")


# --- A model on its device, and what trains it ---


def _check_prepared(answer: Any) -> None:
    require_callable(answer, "model, device, learning_rate")
    for device, rate in (("cpu", 0.01), ("cpu", 0.003), ("meta", 0.02)):
        given = lessons.build_network(4, torch.nn.ReLU)
        result = attempt(lambda here=(given, device, rate): answer(*here))  # type: ignore[misc]
        require_returned(result)
        if not (isinstance(result, (tuple, list)) and len(result) == 2):
            raise Mistake("model_and_optimizer", got=brief(result))
        _require_pair(result[0], result[1], device=device, rate=rate)


def _require_pair(model: Any, optimizer: Any, device: str, rate: float) -> None:
    if isinstance(model, torch.optim.Optimizer):
        raise Mistake("optimizer_first")
    if not isinstance(model, torch.nn.Module) or not isinstance(optimizer, torch.optim.Optimizer):
        raise Mistake("model_and_optimizer", got=f"{brief(model)}, {brief(optimizer)}")
    if {parameter.device.type for parameter in model.parameters()} != {device}:
        raise Mistake("device_ignored", device=device)
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    wanted = {id(parameter) for parameter in model.parameters()}
    if not held & wanted:
        if not any(one.requires_grad for group in optimizer.param_groups for one in group["params"]):
            raise Mistake("tensors_without_gradients")
        raise Mistake("another_models_parameters" if device == "cpu" else "optimizer_before_device")
    if held != wanted:
        raise Mistake("some_parameters_only", expected=len(wanted), got=len(held & wanted))
    if not isinstance(optimizer, torch.optim.Adam):
        raise Mistake("not_adam", got=type(optimizer).__name__)
    if optimizer.param_groups[0]["lr"] != rate:
        raise Mistake("rate_not_handed_on", got=optimizer.param_groups[0]["lr"])


EXERCISES = exercises_of(
    lessons,
    Question(
        "numbers_of_a_network",
        lessons.numbers_of_a_network,
        {
            "last_bias_forgotten": lambda: 300,
            "all_biases_forgotten": lambda: 200,
            "their_biases_forgotten": lambda: 201,
        },
    ),
    Exercise("build_network", _check_network, lessons.build_network),
    Question(
        "iterations_an_epoch",
        lessons.iterations_an_epoch,
        {"last_batch_forgotten": lambda: 31, "batches_are_whole": lambda: 31.25},
    ),
    Exercise("two_loaders", _check_loaders, lessons.two_loaders),
    Exercise("validation_loss", _check_validation_loss, lessons.validation_loss),
    Exercise("prepared", _check_prepared, lessons.prepared),
)
