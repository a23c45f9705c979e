import math
import re

import numpy as np
import pytest
import torch
from pytest import approx

from polyfit_helpers import START, random_start, record, show_diff, show_source, sine, training
from polyfit_helpers.big import fused
from polyfit_helpers.models import LegendreP3
from polyfit_helpers.networks import network_start
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import (
    autograd,
    custom_function,
    dynamic_degree,
    mini_batches,
    module,
    network,
    numpy_by_hand,
    numpy_matrix,
    optim,
    tensors_by_hand,
    tensors_matrix,
    training_loop,
)

torch.set_num_threads(1)

NAN, INF = math.nan, math.inf
DATA = sine(50)
TENSORS = DATA.to("cpu")
TOOLS = ("TrainingLoop", "show_diff", "show_source", "training_loop")
# `fused.compiled` needs a compiler: it is tested without one in test_how_fast
LOOPS = [*(getattr(training, name) for name in training.__all__ if name not in TOOLS), fused.captured]
IN_NUMPY = [loop for loop in LOOPS if not loop.tensors]
IN_TORCH = [loop for loop in LOOPS if loop not in IN_NUMPY]
SIZES = {dynamic_degree: 5}
NETWORKS = (network, mini_batches)
ANY_SIZE = [numpy_matrix, tensors_matrix, training.autograd_matrix, fused.captured]
ANOTHER_ORDER = [training.numpy_moments, fused.captured]  # the loss follows from the gradient; one call for all

every_loop = pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
every_torch_loop = pytest.mark.parametrize("loop", IN_TORCH, ids=lambda loop: loop.__name__)


def fitting(loop):
    """Return data and a start that fit the loop."""
    start = network_start(0) if loop in NETWORKS else random_start(0, SIZES.get(loop, 4))
    return (DATA if loop in IN_NUMPY else TENSORS), start


# --- the contract ---------------------------------------------------------------------------------------------------


def test_there_are_fourteen_loops_and_more_under_one_contract():
    assert len(LOOPS) == len({loop.__name__ for loop in LOOPS}) >= 14 and len(IN_NUMPY) >= 4


@every_loop
def test_a_loop_yields_its_start_first_and_goes_on_for_ever(loop):
    data, start = fitting(loop)
    history = record(loop(data, start, 1e-8), 20)
    assert history.iterations == 20 and history.ended == "finished"
    assert history[0].parameters == approx(np.array(start), rel=1e-15)
    moved = history.parameters[1] != history.parameters[0]
    assert moved.mean() > 0.9 if loop in NETWORKS else moved.all()  # a ReLU may be zero for every x


@every_loop
def test_a_loop_changes_neither_the_data_nor_the_start(loop):
    data, start = fitting(loop)
    x, y, before = data.numpy().x.copy(), data.numpy().y.copy(), tuple(start)
    record(loop(data, start, 1e-8), 5)
    record(loop(data, list(start), 1e-8), 5)
    record(loop(data, np.array(start), 1e-8), 5)
    assert (data.numpy().x == x).all() and (data.numpy().y == y).all()
    assert start == before


@every_loop
def test_two_runs_of_a_loop_are_the_same(loop):
    data, start = fitting(loop)
    first, second = (record(loop(data, start, 1e-8), 30) for _ in range(2))
    assert (first.losses == second.losses).all()
    assert (first.parameters == second.parameters).all()


@every_torch_loop
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loop_computes_in_the_dtype_of_its_data(loop, dtype):
    _, start = fitting(loop)
    running = loop(DATA.to("cpu", dtype), start, 1e-8)
    next(running)
    loss, parameters = next(running)
    parameters = parameters if isinstance(parameters, tuple) else (parameters,)
    assert loss.dtype == dtype
    assert {parameter.dtype for parameter in parameters} == {dtype}


@every_torch_loop
def test_a_loop_computes_on_the_device_of_its_data(loop):
    _, start = fitting(loop)
    running = loop(DATA.to("meta"), start, 1e-8)
    next(running)
    loss, parameters = next(running)
    parameters = parameters if isinstance(parameters, tuple) else (parameters,)
    assert {tensor.device.type for tensor in (loss, *parameters)} == {"meta"}


@pytest.mark.parametrize("loop", ANY_SIZE, ids=lambda loop: loop.__name__)
@pytest.mark.parametrize("size", [1, 2, 6])
def test_the_matrix_loops_take_any_degree(loop, size):
    data, start = fitting(loop)[0], random_start(1, size)
    history = record(loop(data, start, 1e-8), 3)
    assert history.parameters.shape == (4, size)
    assert history[0].loss == approx(LeastSquares(DATA.x, DATA.y, size - 1).loss(start))


@pytest.mark.parametrize(
    ("options", "name"), [({"basis": "scaled"}, "basis"), ({"reduction": "mean"}, "reduction"), ({"momentum": 0.5}, "")]
)
def test_the_options_of_the_matrix_loop_make_a_difference(options, name):
    plain, changed = record(numpy_matrix(DATA, START, 1e-7), 5), record(numpy_matrix(DATA, START, 1e-7, **options), 5)
    assert (plain.losses[0] == changed.losses[0]) == (name == "")
    assert plain.losses[5] != approx(changed.losses[5], rel=1e-6)


def test_the_custom_function_fits_what_it_says():
    a, b, c, d = START
    history = record(custom_function(TENSORS, START, 1e-9), 0)
    u = c + d * DATA.x
    assert history[0].loss == approx(((a + b * (5 * u**3 - 3 * u) / 2 - DATA.y) ** 2).sum())


def test_the_seed_decides_the_degrees_of_dynamic_degree():
    start = random_start(0, 5)
    runs = [record(dynamic_degree(TENSORS, start, 1e-9, seed=seed), 20).losses for seed in (0, 0, 1)]
    assert (runs[0] == runs[1]).all()
    assert not (runs[0] == runs[2]).all()


@pytest.mark.parametrize("loop", [optim, module])
@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"momentum": 0.9}), ("RMSprop", {}), ("Adam", {}), ("AdamW", {"weight_decay": 0.1})]
)
def test_optimizers_are_those_of_torch(loop, name, options):
    w = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], lr=1e-5, **options)
    x, y = TENSORS.x, TENSORS.y
    losses = []
    for _ in range(21):
        loss = ((w[0] + w[1] * x + w[2] * x**2 + w[3] * x**3 - y) ** 2).sum()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    history = record(loop(TENSORS, START, 1e-5, optimizer=name, **options), 20)
    assert history.losses == approx(np.array(losses), rel=1e-10)


# --- bad input ------------------------------------------------------------------------------------------------------


@every_loop
@pytest.mark.parametrize("rate", [0, 0.0, -1e-6, NAN, INF, -INF, None, "fast", "1e-6", True])
def test_a_rate_that_is_no_positive_number_is_refused_at_the_call(loop, rate):
    message = rf"learning_rate must be a positive number, got {re.escape(repr(rate))}"
    with pytest.raises(ValueError, match=message) as caught:
        loop(*fitting(loop), rate)
    assert type(caught.value) is ValueError


@pytest.mark.parametrize("loop", [loop for loop in LOOPS if loop not in ANY_SIZE], ids=lambda loop: loop.__name__)
@pytest.mark.parametrize("size", [0, 3, 6])
def test_a_start_of_the_wrong_length_is_refused_at_the_call(loop, size):
    data, start = fitting(loop)
    with pytest.raises(ValueError, match=f"start must hold {len(start)} numbers, got {size}"):
        loop(data, random_start(1, size), 1e-6)


@every_loop
@pytest.mark.parametrize(
    ("start", "message"),
    [
        ((1, NAN, 3, 4, 5), r"must hold (4|49|finite) numbers, got .*nan"),
        ((1, "b", 3, 4), "must be a sequence of numbers, got (1, 'b', 3, 4)"),
        (7, "must be a sequence of numbers, got 7"),
        (None, "must be a sequence of numbers, got None"),
    ],
)
def test_a_start_that_is_no_sequence_of_numbers_is_refused_at_the_call(loop, start, message):
    with pytest.raises(ValueError, match=message if "|" in message else re.escape(message)):
        loop(fitting(loop)[0], start, 1e-6)


@pytest.mark.parametrize("loop", ANY_SIZE, ids=lambda loop: loop.__name__)
def test_an_empty_start_is_refused_by_the_matrix_loops_too(loop):
    with pytest.raises(ValueError, match=re.escape("start must hold finite numbers, got ()")):
        loop(fitting(loop)[0], (), 1e-6)


@every_loop
def test_data_of_the_wrong_kind_are_refused_with_the_conversion(loop):
    _, start = fitting(loop)
    if loop in IN_NUMPY:
        wrong, message = TENSORS, rf"{loop.__name__} computes with NumPy arrays, got Data\(.*\): pass data.numpy\(\)"
    else:
        wrong, message = DATA, rf"{loop.__name__} computes with tensors, got Data\(.*NumPy\): pass data.to\('cpu'\)"
    with pytest.raises(TypeError, match=message):
        loop(wrong, start, 1e-6)
    with pytest.raises(TypeError, match=r"data must be a Data object, such as sine\(\), got ndarray"):
        loop(DATA.x, start, 1e-6)


@pytest.mark.parametrize("loop", [optim, module])
@pytest.mark.parametrize("name", ["adam", "sgd", "Optimizer", "LBFGS", "", None])
def test_an_unknown_optimizer_is_refused_with_the_known_ones(loop, name):
    message = rf"unknown optimizer {re.escape(repr(name))}: choose one of .*Adam, .*RMSprop, .*SGD"
    with pytest.raises(ValueError, match=message):
        next(loop(TENSORS, START, 1e-6, optimizer=name))
    with pytest.raises((ValueError, RuntimeError), match=message):
        record(loop(TENSORS, START, 1e-6, optimizer=name), 10)


@pytest.mark.parametrize("loop", [optim, module])
@pytest.mark.parametrize("options", [{"momentun": 0.9}, {"momentum": -1.0}])
def test_options_that_an_optimizer_does_not_take_are_refused(loop, options):
    with pytest.raises(ValueError, match=re.escape(f"SGD does not accept {options}")):
        next(loop(TENSORS, START, 1e-6, optimizer="SGD", **options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"basis": "fourier"}, "basis must be one of 'powers', 'scaled', 'legendre', got 'fourier'"),
        ({"reduction": "max"}, "reduction must be 'sum' or 'mean', got 'max'"),
        ({"momentum": -1}, "momentum must lie between 0 and 1, got -1"),
        ({"momentum": "a"}, "momentum must lie between 0 and 1, got 'a'"),
        ({"momentum": math.nan}, "momentum must lie between 0 and 1, got nan"),
    ],
)
def test_options_that_the_matrix_loop_does_not_know_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        next(numpy_matrix(DATA, START, 1e-6, **options))


@every_loop
def test_an_option_that_nobody_knows_is_refused(loop):
    with pytest.raises((TypeError, ValueError), match="colour"):
        next(loop(*fitting(loop), 1e-6, colour="red"))


def test_training_has_no_other_names():
    with pytest.raises(AttributeError, match="no attribute 'descend'"):
        _ = training.descend


# --- showing code ---------------------------------------------------------------------------------------------------


@training_loop(tensors=False)
def documented(
    data: object,
    start: list[float],
    *,
    learning_rate: float = 1e-6,
) -> object:
    """One line.

    More lines.
    """
    x = data  # a comment

    while True:  # forward
        yield x, start


def uncommented(data, start):
    # forward
    return data, start


def only_documented(data):
    """Do nothing."""


def test_show_source_leaves_out_decorator_docstring_and_annotations(capsys):
    show_source(documented)
    assert capsys.readouterr().out == (
        "def documented(data, start, *, learning_rate=1e-06):\n"
        "    x = data  # a comment\n"
        "\n"
        "    while True:  # forward\n"
        "        yield x, start\n"
    )


def test_show_source_keeps_a_comment_in_the_first_line(capsys):
    show_source(uncommented)
    assert capsys.readouterr().out == "def uncommented(data, start):\n    # forward\n    return data, start\n"


def test_show_source_of_a_function_without_a_body(capsys):
    show_source(only_documented)
    assert capsys.readouterr().out.startswith("def only_documented(data):\n")


class Documented(dict):
    """A docstring."""

    @staticmethod
    def first(x: float) -> float:
        """Another."""

        def inner(y: float) -> float:
            return y

        return inner(x)

    def second(self, z: int = 1) -> int:
        """A third."""
        return z


class Undocumented:
    @staticmethod
    def only(x: float) -> float:
        return x


def test_show_source_of_a_class_leaves_out_the_same_in_its_methods(capsys):
    show_source(Documented)
    assert capsys.readouterr().out == (
        "class Documented(dict):\n"
        "    @staticmethod\n"
        "    def first(x):\n"
        "        def inner(y):\n"
        "            return y\n"
        "\n"
        "        return inner(x)\n"
        "\n"
        "    def second(self, z=1):\n"
        "        return z\n"
    )
    show_source(Undocumented)
    assert capsys.readouterr().out == "class Undocumented:\n    @staticmethod\n    def only(x):\n        return x\n"


@pytest.mark.parametrize("loop", [*LOOPS, LegendreP3.backward], ids=lambda loop: loop.__name__)
def test_every_source_that_is_shown_is_valid_and_short(capsys, loop):
    show_source(loop)
    source = capsys.readouterr().out
    compile(source, "shown", "exec")
    assert source.startswith(f"def {loop.__name__}(")
    assert '"""' not in source and "training_loop" not in source
    assert len(source.splitlines()) <= 40


def test_a_shown_loop_runs_and_is_the_same_loop(capsys):
    show_source(numpy_by_hand)
    names = {}
    exec(capsys.readouterr().out, names)
    shown = record(names["numpy_by_hand"](DATA, START, 1e-6), 20)
    assert (shown.losses == record(numpy_by_hand(DATA, START, 1e-6), 20).losses).all()


def test_show_diff_of_numpy_and_tensors_is_two_lines(capsys):
    show_diff(numpy_by_hand, tensors_by_hand)
    lines = capsys.readouterr().out.splitlines()
    changed = [line for line in lines if line[:1] in "+-" and line]
    assert changed == [
        "- def numpy_by_hand(data, start, learning_rate):",
        "+ def tensors_by_hand(data, start, learning_rate):",
        "-     a, b, c, d = start",
        "+     a, b, c, d = torch.tensor(start, dtype=x.dtype, device=x.device)",
    ]
    assert "      y_pred" not in changed and any("y_pred = a + b * x" in line for line in lines)
    assert not any(line.startswith("?") or line.endswith(" ") for line in lines)


def test_show_diff_of_a_loop_with_itself_changes_nothing(capsys):
    show_diff(autograd, autograd)
    assert not [line for line in capsys.readouterr().out.splitlines() if line[:1] in "+-" and line]


@pytest.mark.parametrize("loop", [loop for loop in LOOPS if loop not in ANOTHER_ORDER], ids=lambda loop: loop.__name__)
def test_every_loop_marks_its_phases_in_the_same_order(capsys, loop):
    show_source(loop)
    source = capsys.readouterr().out
    places = [source.index(phase) for phase in ("# forward", "# loss", "yield loss", "# backward", "# update")]
    assert places == sorted(places)
