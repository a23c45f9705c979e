"""Each result has a second source: gradients, optima, whole runs and predictions, computed in two ways or more."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx

from polyfit_helpers import START, Data, random_start, record, sine
from polyfit_helpers.models import LegendreP3
from polyfit_helpers.theory import BASES, REDUCTIONS, LeastSquares
from polyfit_helpers.training import (
    autograd,
    autograd_matrix,
    module,
    nn_by_hand,
    numpy_by_hand,
    numpy_matrix,
    optim,
    tensors_by_hand,
    tensors_matrix,
)

torch.set_num_threads(1)  # 2 000 numbers are too few to share, and on busy cores sharing them costs minutes

DATA = sine()
TENSORS = DATA.to("cpu", "float64")
CUBIC = LeastSquares(DATA.x, DATA.y)

properties = settings(derandomize=True, database=None, deadline=None, max_examples=60)


# --- gradients ------------------------------------------------------------------------------------------------------


def gradient_taken_by(loop, data, start):
    """Read the gradient off the first step of a loop."""
    rate = 2.0**-10  # a power of two, dividing by which loses nothing
    before, after = record(loop(data, start, rate), 1).parameters
    return (before - after) / rate


def loss_of(w):
    return sum((sum(w[k] * TENSORS.x**k for k in range(4)) - TENSORS.y) ** 2)


@pytest.mark.parametrize("loop", [numpy_by_hand, numpy_matrix])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gradients_by_hand_are_those_of_autograd_and_of_finite_differences(loop, seed):
    start = random_start(seed)
    by_hand = gradient_taken_by(loop, DATA, start)

    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    loss_of(w).backward()
    assert by_hand == approx(w.grad.tolist(), rel=1e-9)

    h = 1e-4
    nudges = h * np.eye(4)
    differences = [(CUBIC.loss(start + nudge) - CUBIC.loss(start - nudge)) / (2 * h) for nudge in nudges]
    assert by_hand == approx(differences, rel=1e-6)


@pytest.mark.parametrize("loop", [tensors_by_hand, tensors_matrix, autograd, autograd_matrix])
def test_the_loops_in_torch_take_the_same_first_step(loop):
    assert gradient_taken_by(loop, TENSORS, START) == approx(gradient_taken_by(numpy_by_hand, DATA, START), rel=1e-9)


def test_the_derivative_of_p3_is_right():
    u = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(LegendreP3.apply, (u,))


def test_p3_passes_on_the_gradient_that_it_is_given():
    u = torch.tensor([0.3, -1.2], dtype=torch.float64, requires_grad=True)
    LegendreP3.apply(u).backward(torch.tensor([10.0, 0.0], dtype=torch.float64))
    assert u.grad.tolist() == approx([10 * (15 * 0.3**2 - 3) / 2, 0])


# --- whole runs -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everybodys_run():
    return record(numpy_by_hand(DATA, START, 1e-6), 2000)


@pytest.mark.parametrize(
    "loop",
    [numpy_matrix, tensors_by_hand, tensors_matrix, autograd, autograd_matrix, nn_by_hand, optim, module],
    ids=lambda loop: loop.__name__,
)
@pytest.mark.parametrize("iterations", [400, pytest.param(2000, marks=pytest.mark.slow)])
def test_all_loops_are_the_same_descent(everybodys_run, loop, iterations):
    data = DATA if loop is numpy_matrix else TENSORS
    history = record(loop(data, START, 1e-6), iterations)
    assert history.losses == approx(everybodys_run.losses[: iterations + 1], rel=1e-12)
    # The even parameters end near zero: what counts is their distance, next to parameters of order one.
    assert history[-1].parameters == approx(everybodys_run[iterations].parameters, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("degree", [1, 3, 5])
def test_the_matrix_loop_does_what_theory_predicts(degree, basis, reduction, momentum):
    start = random_start(0, size=degree + 1)
    problem = LeastSquares(DATA.x, DATA.y, degree, basis=basis, reduction=reduction)
    rate = 0.6 * problem.stability_limit(momentum)
    history = record(numpy_matrix(DATA, start, rate, basis=basis, reduction=reduction, momentum=momentum), 500)
    assert history.losses == approx(problem.predicted_losses(start, rate, 500, momentum), rel=1e-10)
    predicted = problem.predicted_parameters(start, rate, 500, momentum)
    assert history.parameters == approx(predicted, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("loop", [tensors_matrix, autograd_matrix])
def test_the_matrix_loops_in_torch_take_any_degree(loop):
    start = random_start(3, size=6)
    problem = LeastSquares(DATA.x, DATA.y, 5)
    rate = 0.9 * problem.stability_limit()
    assert record(loop(TENSORS, start, rate), 200).losses == approx(
        problem.predicted_losses(start, rate, 200), rel=1e-9
    )


@pytest.mark.parametrize("momentum", [0.5, 0.9])
@pytest.mark.parametrize("loop", [optim, module])
def test_momentum_is_that_of_torch(loop, momentum):
    losses = record(loop(TENSORS, START, 1e-6, optimizer="SGD", momentum=momentum), 300).losses
    assert losses == approx(CUBIC.predicted_losses(START, 1e-6, 300, momentum), rel=1e-10)


def test_descent_ends_at_the_least_squares_fit_of_numpy():
    fit = np.polynomial.Polynomial.fit(DATA.x, DATA.y, 3, domain=[-1, 1], window=[-1, 1]).coef
    history = record(numpy_matrix(DATA, START, CUBIC.best_rate), 5000)
    assert history[-1].parameters == approx(fit, abs=1e-9)
    assert CUBIC.optimum == approx(fit, abs=1e-12)


# --- properties -----------------------------------------------------------------------------------------------------


@st.composite
def problems(draw):
    """Draw data of any curve, a degree and a start."""
    degree = draw(st.integers(0, 4))
    points = draw(st.integers(max(2, degree + 2), 60))
    wave, width = draw(st.floats(0.2, 3)), draw(st.floats(0.5, 4))
    x = np.linspace(-width, draw(st.floats(0, 1)) * width + 0.1, points)
    start = draw(st.lists(st.floats(-5, 5), min_size=degree + 1, max_size=degree + 1))
    return Data(x, np.sin(wave * x) + 0.5), start


@properties
@given(
    problems(),
    st.sampled_from(BASES),
    st.sampled_from(REDUCTIONS),
    st.one_of(st.just(0.0), st.floats(0.01, 0.95)),
    st.floats(0.01, 1.2),
)
def test_predicted_is_measured(drawn, basis, reduction, momentum, part_of_limit):
    data, start = drawn
    problem = LeastSquares(data.x, data.y, len(start) - 1, basis=basis, reduction=reduction)
    rate = part_of_limit * problem.stability_limit(momentum)
    loop = numpy_matrix(data, start, rate, basis=basis, reduction=reduction, momentum=momentum)
    measured = record(loop, 100).losses
    predicted = problem.predicted_losses(start, rate, 100, momentum)
    # A loss is known to rounding relative to the largest so far, which is the first one unless the run diverges.
    scale = np.maximum.accumulate(measured) + problem.loss(np.zeros(len(start)))
    assert np.all(np.abs(predicted - measured) <= 1e-10 * scale)


@properties
@given(problems(), st.floats(0.01, 1.2), st.one_of(st.just(0.0), st.floats(0.01, 0.95)))
def test_predicted_parameters_have_the_predicted_losses(drawn, part_of_limit, momentum):
    data, start = drawn
    problem = LeastSquares(data.x, data.y, len(start) - 1)
    rate = part_of_limit * problem.stability_limit(momentum)
    parameters = problem.predicted_parameters(start, rate, 50, momentum)
    losses = problem.predicted_losses(start, rate, 50, momentum)
    scale = np.maximum.accumulate(losses) + problem.loss(np.zeros(len(start)))
    assert parameters[0] == approx(np.array(start), rel=1e-9, abs=1e-9)
    assert np.all(np.abs([problem.loss(w) for w in parameters] - losses) <= 1e-10 * scale)


@properties
@given(problems(), st.floats(0.01, 0.99))
def test_no_step_leads_below_the_best_loss_and_none_below_the_limit_leads_up(drawn, part_of_limit):
    data, start = drawn
    problem = LeastSquares(data.x, data.y, len(start) - 1)
    losses = record(numpy_matrix(data, start, part_of_limit * problem.stability_limit()), 60).losses
    rounding = 1e-11 * (losses[0] + problem.loss(np.zeros(len(start))))
    assert losses.min() >= problem.floor - rounding
    assert np.all(np.diff(losses) <= rounding)


@properties
@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=20),
    st.sampled_from([0.0, 0.3, 0.9]),
    st.sampled_from([1e-7, 1e-6, 3.5e-6]),
)
def test_any_steps_in_any_order_are_predicted_as_in_a_row(steps, momentum, rate):
    in_a_row = CUBIC.predicted_losses(START, rate, 5000, momentum)
    assert CUBIC.predicted_losses(START, rate, steps, momentum) == approx(in_a_row[steps], rel=1e-12)
    in_a_row = CUBIC.predicted_parameters(START, rate, 5000, momentum)
    assert CUBIC.predicted_parameters(START, rate, steps, momentum) == approx(in_a_row[steps], rel=1e-12, abs=1e-14)


@properties
@given(
    st.sampled_from([START, tuple(CUBIC.optimum), (0.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)]),
    st.floats(1e-7, 1e3),
    st.sampled_from([0.0, 0.3, 0.99]),
    st.integers(0, 10_000_000),
)
def test_overflow_is_infinite_and_never_nan(start, rate, momentum, step):
    losses = CUBIC.predicted_losses(start, rate, [0, 1, 10, 100, 1000, step], momentum)
    assert not np.isnan(losses).any()
    assert (losses >= CUBIC.floor * (1 - 1e-12)).all()


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_diverging_run_overflows_where_it_was_predicted(momentum):
    rate = 1e-3
    history = record(numpy_matrix(DATA, START, rate, momentum=momentum), 1000)
    predicted = CUBIC.predicted_losses(START, rate, 1000, momentum)
    assert history.diverged
    assert np.isinf(predicted[-1])
    assert abs(np.isfinite(predicted).argmin() - history.iterations) <= 1
    assert predicted[: history.iterations] == approx(history.losses[:-1], rel=1e-9)


@properties
@given(st.integers(0, 1000), st.floats(1.001, 100), st.sampled_from([0.0, 0.5]))
def test_steps_to_reach_is_the_first_step_that_does(seed, factor, momentum):
    start, target = random_start(seed), factor * CUBIC.floor
    steps = CUBIC.iterations_to_reach(target, start, 1e-6, momentum)
    losses = CUBIC.predicted_losses(start, 1e-6, steps, momentum)
    assert losses[steps] <= target
    assert (losses[:steps] > target).all()


def test_steps_to_reach_is_none_where_no_step_does():
    assert CUBIC.iterations_to_reach(0.99 * CUBIC.floor, START, 1e-6, most=20_000) is None
    assert CUBIC.iterations_to_reach(1.01 * CUBIC.floor, START, 1e-6, most=1000) is None
    assert CUBIC.iterations_to_reach(1.01 * CUBIC.floor, START, 4e-6, most=20_000) is None  # diverges
    assert CUBIC.iterations_to_reach(math.inf, START, 1e-6) == 0


@pytest.mark.parametrize("most", [1523, 1524, 1525, 1526])
def test_steps_to_reach_looks_at_the_last_step_too(most):
    target = CUBIC.predicted_losses(START, 1e-6, [1525])[0]
    assert CUBIC.iterations_to_reach(target, START, 1e-6, most=most) == (1525 if most >= 1525 else None)
