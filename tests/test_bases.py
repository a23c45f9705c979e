"""What a better basis, momentum and Newton's method need and save: facts of `theory` on which notebook 07 rests."""

import math

import numpy as np
import pytest
import torch
from pytest import approx

from polyfit_helpers import record, sine, training
from polyfit_helpers.models import LegendreP3
from polyfit_helpers.theory import LeastSquares, arrivals, design_matrix

DATA = sine()
CUBIC = LeastSquares(DATA.x, DATA.y)
ZEROS = (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("basis", "condition", "plain", "left", "momentum", "heavy"),
    [
        ("powers", 325.4, 680, 0.9878, 0.80, 81),
        ("scaled", 67.5, 146, 0.9424, 0.61, 26),
        ("legendre", 7.0, 15, 0.5615, 0.20, 8),
    ],
)
def test_a_better_basis_needs_fewer_steps_and_momentum_pays_the_root(basis, condition, plain, left, momentum, heavy):
    problem = LeastSquares(DATA.x, DATA.y, basis=basis)
    low, high = np.sqrt(problem.eigenvalues[[0, -1]])
    kappa, beta, rate = problem.condition_number, ((high - low) / (high + low)) ** 2, 4 / (low + high) ** 2
    goal = 1.01 * problem.floor
    assert kappa == approx(condition, abs=0.05) and beta == approx(momentum, abs=5e-3)
    assert beta == approx(((math.sqrt(kappa) - 1) / (math.sqrt(kappa) + 1)) ** 2, rel=1e-9)
    assert problem.iterations_to_reach(goal, ZEROS, problem.best_rate) == plain
    assert problem.iterations_to_reach(goal, ZEROS, rate, beta) == heavy
    assert arrivals(problem.predicted_losses(ZEROS, rate, 1000, beta), goal) == (heavy, heavy)
    assert plain / kappa == approx(2.1, abs=0.1) and 3 <= heavy / math.sqrt(kappa) < 5
    run = record(training.numpy_matrix(DATA, ZEROS, problem.best_rate, basis=basis), plain)
    assert run.losses[-1] <= goal < run.losses[-2] and run.losses[0] == approx(999.5)

    factors = (1 - problem.best_rate * problem.eigenvalues) ** 2
    assert factors[[0, -1]] == approx(((kappa - 1) / (kappa + 1)) ** 2) == approx(left, abs=5e-5)
    assert factors.max() == approx(left, abs=5e-5)
    assert left == approx(1 - 4 / kappa, abs=2e-3) or kappa < 10


def long_run(problem, rate, beta):
    """Return by what a step multiplies the error in the long run, in the slowest direction."""
    steps = [np.array([[1 + beta - rate * value, -beta], [1, 0]]) for value in problem.eigenvalues]
    return max(np.abs(np.linalg.eigvals(step)).max() for step in steps)


def test_in_the_long_run_and_from_any_start_no_setting_is_faster_than_polyaks():
    low, high = np.sqrt(CUBIC.eigenvalues[[0, -1]])
    best = (high - low) / (high + low)
    assert long_run(CUBIC, 4 / (low + high) ** 2, best**2) == approx(best, abs=1e-4)
    settings = [(beta, part) for beta in np.arange(0, 1, 0.02) for part in np.arange(0.02, 1, 0.02)]
    assert all(long_run(CUBIC, part * CUBIC.stability_limit(beta), beta) > best for beta, part in settings)
    assert long_run(CUBIC, 0.0079 / len(DATA), 0.85) > best  # though that is within 1 % after 52 steps


@pytest.mark.parametrize(
    ("basis", "along_b", "along_d", "between"),
    [("powers", 6.586, 275.508, 39.042), ("scaled", 0.667, 0.287, 0.401), ("legendre", 0.667, 0.287, 0.001)],
)
def test_what_bends_the_valley_of_b_and_d(basis, along_b, along_d, between):
    hessian = LeastSquares(DATA.x, DATA.y, basis=basis, reduction="mean").hessian
    assert hessian[1::2, 1::2] == approx(np.array([[along_b, between], [between, along_d]]), abs=6e-4)
    assert 31 < design_matrix(DATA.x)[3].max() < 31.01
    assert design_matrix(DATA.x, basis="scaled")[3].max() == approx(1)


def test_the_rates_and_steps_of_the_board_are_those_of_its_table():
    for basis, rate, steps in (("powers", 0.0071, None), ("scaled", 0.879, 146), ("legendre", 0.8747, 15)):
        problem = LeastSquares(DATA.x, DATA.y, basis=basis, reduction="mean")
        assert rate < problem.stability_limit()
        assert problem.iterations_to_reach(1.01 * problem.floor, ZEROS, rate, most=150) == steps


def test_the_board_shows_two_directions_and_which_of_them_limits_the_rate():
    problem = LeastSquares(DATA.x, DATA.y, reduction="mean")
    first, last = problem.predicted_parts(ZEROS, problem.best_rate, [0, 150])
    seen = first > 1e-12  # a and c are right already
    assert seen.tolist() == [False, True, False, True]
    assert last[seen] / first[seen] == approx(0.14, abs=0.03), "they fall side by side"
    first, last = problem.predicted_parts(ZEROS, 0.0072, [0, 150])
    assert (last > first).tolist()[1::2] == [False, True], "the steep one explodes, the flat one falls"


def test_newton_needs_one_step_and_a_million_parameters_cost_8_terabytes_and_12_days():
    step = np.linalg.solve(CUBIC.hessian, CUBIC.gradient(ZEROS))
    assert CUBIC.loss(ZEROS - step) == approx(CUBIC.floor, rel=1e-12)
    parameters, days = 10**6, 86_400 * 1e12  # in operations
    assert 8 * parameters**2 == 8e12 and round(parameters**3 / days) == 12


def test_the_last_legendre_polynomial_is_the_p3_of_notebook_03():
    u = torch.tensor(DATA.x / math.pi)
    assert LegendreP3.apply(u).numpy() == approx(design_matrix(DATA.x, basis="legendre")[3], abs=1e-14)


@pytest.mark.parametrize(("basis", "limit"), [("powers", 7.116e-3), ("scaled", 0.8921), ("legendre", 1.0)])
def test_the_limits_of_the_bases(basis, limit):
    assert LeastSquares(DATA.x, DATA.y, basis=basis, reduction="mean").stability_limit() == approx(limit, rel=1e-4)
