"""Notebook 07: what its loops do, and every number of its prose that no other test holds."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from pytest import approx
from test_facts import CUBIC, DATA, FLOAT64, NEAR_P3, P3_LOSSES, ZEROS, descend, p3_loss

from polyfit_exercises.lessons.notebook_07 import P3_START, p3_gradients
from polyfit_helpers import START, Data, random_start, record
from polyfit_helpers.theory import LeastSquares, arrivals, legendre_values
from polyfit_helpers.training import custom_function

NOTEBOOK = Path(__file__).parent.parent / "notebooks/07_why_that_rate.ipynb"


@cache
def cell(name):
    """Return the source of a cell of the notebook."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == name)


@cache
def defined_in(name):
    """Return the loop that a cell of the notebook defines."""
    lines = cell("imports") + "\n" + re.search(r"^def .*?(?=^\w|\Z)", cell(name), re.MULTILINE | re.DOTALL)[0]
    namespace = {}
    exec(lines, namespace)
    return namespace[re.search(r"^def (\w+_training)", cell(name), re.MULTILINE)[1]]


def p3(rate, iterations, data=DATA, start=NEAR_P3):
    loop = defined_in("p3-training")
    loop.__globals__["p3_gradients"] = p3_gradients  # what the notebook goes on with until the learner's are right
    return record(loop(data, start, rate), iterations)


# --- one parameter, and four ----------------------------------------------------------------------------------------


def test_a_constant_moves_on_a_parabola_whose_curvature_is_4000():
    loop = defined_in("constant-training")
    assert DATA.y.sum() == approx(0, abs=1e-9), "so the error is a itself"
    assert LeastSquares(DATA.x, DATA.y, 0).eigenvalues == approx([4000])
    for rate, factor in ((1e-4, 0.6), (4e-4, -0.6), (6e-4, -1.4), (2.5e-4, 0.0)):
        errors = record(loop(DATA, (1.0,), rate), 5).parameters[:, 0]
        assert errors == approx([factor**n for n in range(6)], abs=1e-9)


def test_what_the_guess_of_the_cliff_is_made_of():
    above = 3.56e-6 / CUBIC.stability_limit() - 1
    factor = 1 - 3.56e-6 * CUBIC.eigenvalues[-1]
    share = CUBIC.predicted_parts(START, 3.56e-6, [0])[0, -1]
    assert (above, factor, share) == (approx(6e-4, abs=5e-5), approx(-1.0012, abs=5e-5), approx(913, abs=0.5))
    assert factor**2 == approx(1.0023, abs=5e-5)
    assert descend(3.56e-6, 2000)[-1] == approx(share * factor**4000, rel=1e-3) == approx(92_100, abs=50)
    assert abs(1 - 1e-3 * CUBIC.eigenvalues[-1]) == approx(561, abs=0.5)
    assert descend(3.55e-6, 2000)[-1] < 1.01 * CUBIC.floor, "just below the limit it arrives"


def test_an_error_splits_into_four_parts_and_one_of_b_and_d_is_left_in_the_end():
    _, directions = np.linalg.eigh(CUBIC.hessian)
    assert directions.T @ directions == approx(np.eye(4), abs=1e-12), "they are at right angles"
    parts = CUBIC.predicted_parts(START, 1e-6, [2000])[0]
    assert parts.argmax() == 1 and parts[1] > 0.9 * parts.sum()
    assert CUBIC.eigenvalues[1] == approx(2066, abs=0.05), "the slow one of b and d"


def test_the_numbers_of_three_numbers():
    assert 1e6 * CUBIC.stability_limit() == approx(3.558, abs=5e-4)
    assert CUBIC.condition_number == approx(325, abs=0.5)
    assert 1e6 * CUBIC.best_rate == approx(3.547, abs=5e-4)
    assert 1 - CUBIC.best_rate / CUBIC.stability_limit() == approx(0.003, abs=5e-4)


# --- better bases, momentum, Newton ---------------------------------------------------------------------------------


def test_the_rates_to_be_typed_are_the_best_ones():
    for basis, rate, iterations in (("powers", 3.54e-6, 700), ("scaled", 4.39e-4, 148), ("legendre", 4.37e-4, 15)):
        problem = LeastSquares(DATA.x, DATA.y, basis=basis)
        assert rate == approx(problem.best_rate, rel=0.003) and rate < problem.stability_limit()
        assert problem.iterations_to_reach(1.01 * problem.floor, ZEROS, rate) <= iterations


def test_no_setting_of_momentum_in_powers_comes_near_legendre():
    assert CUBIC.iterations_to_reach(1.01 * CUBIC.floor, ZEROS, CUBIC.best_rate) == 680
    for momentum in np.linspace(0, 0.98, 50):
        for part in np.linspace(0.05, 0.99, 20):
            losses = CUBIC.predicted_losses(ZEROS, part * CUBIC.stability_limit(momentum), 24, momentum)
            assert arrivals(losses, 1.01 * CUBIC.floor)[1] is None, "15 are enough for Legendre"


def test_in_the_long_run_nothing_is_faster_than_polyaks_formula():
    """The slowest of the four directions keeps the largest root of z² − (1 + β − rate · λ) z + β."""

    def kept(momentum, rate):
        roots = [np.roots([1, rate * value - 1 - momentum, momentum]) for value in CUBIC.eigenvalues]
        return np.abs(roots).max()

    low, high = np.sqrt(CUBIC.eigenvalues[[0, -1]])
    best = kept(((high - low) / (high + low)) ** 2, 4 / (low + high) ** 2)
    assert best == approx((high - low) / (high + low), rel=1e-6)
    for momentum in np.linspace(0, 0.98, 50):
        for part in np.linspace(0.04, 0.98, 24):
            assert kept(momentum, part * CUBIC.stability_limit(momentum)) >= best - 1e-9


def test_what_newton_costs_with_a_million_parameters():
    assert 8 * (10**6) ** 2 == 8e12, "bytes in float64, 8 terabytes"
    assert approx(12, abs=0.5) == (10**6) ** 3 / 1e12 / (24 * 60 * 60), "days"


@pytest.mark.parametrize("start", [ZEROS, START, (5.0, 5.0, 5.0, 5.0)])
def test_newton_is_there_after_one_iteration_from_everywhere(start):
    losses = record(defined_in("newton-runs")(DATA, start), 2).losses
    assert losses[1:] == approx(CUBIC.floor, rel=1e-9)


def test_the_step_of_the_code_in_the_wild_is_half_of_its_limit():
    steepest = CUBIC.eigenvalues[-1] / 2  # of half the sum of the squares
    assert 1 / steepest == approx(CUBIC.stability_limit()) == approx(0.5 * (2 / steepest))


# --- a + b P3(c + d x) ----------------------------------------------------------------------------------------------


def test_the_start_of_p3_rises_and_falls_roughly_like_the_sine():
    assert np.corrcoef(legendre_values(DATA.x, P3_START), DATA.y)[0, 1] > 0.8


def test_the_gradients_of_p3_by_hand_are_those_of_autograd():
    for seed in range(5):
        w = torch.tensor(random_start(seed), dtype=torch.float64)
        expected = torch.autograd.functional.jacobian(p3_loss, w)
        assert p3_gradients(DATA.x, DATA.y, *w.tolist()) == approx(expected.tolist(), rel=1e-9)


def test_p3_in_numpy_walks_as_the_custom_function_does():
    assert P3_START == NEAR_P3
    ours, torchs = p3(5e-6, 2000), record(custom_function(FLOAT64, NEAR_P3, 5e-6), 2000)
    assert ours.losses == approx(torchs.losses, rel=1e-9)
    assert ours.losses[99::100] == approx([float(loss) for loss in P3_LOSSES.split()], rel=2e-5)  # those are float32
    assert ours.parameters[-1] == approx([0, -2.2085267, 0, 0.2554861], abs=5e-7)


def test_p3_in_numpy_jumps_between_two_losses_and_overflows_at_six_times_the_rate():
    assert sorted(set(p3(1e-5, 2000).losses[-10:].round(1))) == [23.4, 38.5]
    run = p3(3e-5, 2000)
    assert run.diverged and 75 <= run.iterations <= 200, "chaotic until then: rounding decides"


def test_at_four_times_the_rate_the_order_of_the_points_decides():
    order = np.random.default_rng(0).permutation(len(DATA))
    one, two = (p3(2e-5, 1500, data).losses for data in (DATA, Data(DATA.x[order], DATA.y[order])))
    assert one[:100] == approx(two[:100], rel=1e-6)
    assert np.abs(one - two).max() > 10
    for losses in (one, two):
        assert CUBIC.floor < losses[-100:].min() < losses[-100:].max() - 100 < 1000


def test_p3_from_ten_random_starts_in_numpy():
    runs = [p3(5e-6, 2000, start=random_start(seed)) for seed in range(10)]
    assert [run.diverged for run in runs] == [False, *[True] * 9]
    assert max(run.iterations for run in runs[1:]) == 5
    assert runs[0].losses[-1] == approx(408.7, abs=0.1)


# --- more than a cubic ----------------------------------------------------------------------------------------------


def test_what_degree_7_gains_and_what_it_costs():
    cubic, seventh = (LeastSquares(DATA.x, DATA.y, degree) for degree in (3, 7))
    assert round(cubic.floor / seventh.floor, -4) == 180_000
    assert round(cubic.stability_limit() / seventh.stability_limit(), -2) == 4400


def test_in_legendre_polynomials_degree_5_is_there_within_100_iterations():
    fifth = LeastSquares(DATA.x, DATA.y, 5, basis="legendre")
    assert fifth.iterations_to_reach(1.01 * fifth.floor, (0,) * 6, fifth.best_rate) < 100
