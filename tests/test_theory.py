import math
import re

import numpy as np
import pytest
from pytest import approx

from polyfit_helpers import START, sine, straight_line
from polyfit_helpers.theory import (
    BASES,
    LeastSquares,
    arrivals,
    design_matrix,
    equation,
    legendre_values,
    polynomial_values,
)

NAN, INF = math.nan, math.inf
DATA = sine(200)
CUBIC = LeastSquares(DATA.x, DATA.y)
X = np.array([-math.pi, -1.0, 0.0, 2.0])


# --- functions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "rows"),
    [
        ("powers", [X**0, X, X**2, X**3]),
        ("scaled", [X**0, X / math.pi, (X / math.pi) ** 2, (X / math.pi) ** 3]),
        (
            "legendre",
            [X**0, X / math.pi, (3 * (X / math.pi) ** 2 - 1) / 2, (5 * (X / math.pi) ** 3 - 3 * X / math.pi) / 2],
        ),
    ],
)
def test_the_rows_of_a_design_matrix_are_the_basis(basis, rows):
    design = design_matrix(X, 3, basis)
    assert design == approx(np.array(rows))
    assert design.shape == (4, 4)
    assert design.flags.c_contiguous and design.dtype == np.float64


def test_a_design_matrix_predicts_by_one_product():
    assert START @ design_matrix(DATA.x) == approx(polynomial_values(DATA.x, START), rel=1e-13, abs=1e-13)


def test_degree_zero_is_a_constant():
    assert design_matrix(X, 0).tolist() == [[1, 1, 1, 1]]
    assert LeastSquares(DATA.x, DATA.y, 0).optimum == approx([DATA.y.mean()], abs=1e-15)


def test_polynomial_values_are_those_of_the_formula():
    assert polynomial_values(X, (1, 2, 3, 4)) == approx(1 + 2 * X + 3 * X**2 + 4 * X**3)


def test_legendre_values_are_those_of_the_formula():
    u = 0.2 + 0.3 * X
    assert legendre_values(X, (1, 2, 0.2, 0.3)) == approx(1 + 2 * (5 * u**3 - 3 * u) / 2)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ((0.0005, 0.8408, -0.0001, -0.0911), "y = 0.0005 + 0.8408 x − 0.0001 x² − 0.0911 x³"),
        ((-1, 0, 0, 2), "y = −1.0000 + 0.0000 x + 0.0000 x² + 2.0000 x³"),
        ((-0.0, -0.0), "y = 0.0000 + 0.0000 x"),
        ((-0.00004, -0.00004), "y = 0.0000 + 0.0000 x"),
        ((-0.00006, 0.00006), "y = −0.0001 + 0.0001 x"),
        ((3,), "y = 3.0000"),
        (3.0, "y = 3.0000"),
        (range(11), None),
    ],
)
def test_equations_are_written_without_a_negative_zero(parameters, text):
    written = equation(parameters)
    assert text is None or written == text
    assert not re.search(r"[-−] ?0\.0+(?!\d)", written)
    assert "-" not in written


def test_an_equation_names_every_power_and_has_the_digits_asked_for():
    assert equation(range(12), digits=0).endswith("+ 9 x⁹ + 10 x¹⁰ + 11 x¹¹")
    assert equation((1 / 3, -2 / 3), digits=2) == "y = 0.33 − 0.67 x"


# --- the bowl -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("degree", [1, 3, 6])
def test_eigenvalues_are_those_of_the_hessian(basis, degree):
    problem = LeastSquares(DATA.x, DATA.y, degree, basis=basis)
    hessian = 2 * problem.design @ problem.design.T
    expected = np.linalg.eigvalsh(hessian)
    assert problem.eigenvalues == approx(expected, abs=1e-12 * expected[-1])
    assert problem.condition_number == approx(expected[-1] / expected[0], rel=1e-6)
    assert problem.stability_limit() == approx(2 / expected[-1])
    assert problem.best_rate == approx(2 / (expected[0] + expected[-1]))


def test_the_hessian_is_the_second_difference_of_the_loss():
    h, e = 1e-2, np.eye(4)
    second = [[corner(CUBIC.loss, h * e[i], h * e[j]) / (4 * h * h) for j in range(4)] for i in range(4)]
    assert np.linalg.eigvalsh(second) == approx(CUBIC.eigenvalues, rel=1e-6)


def corner(f, u, v):
    w = np.array(START)
    return f(w + u + v) - f(w + u - v) - f(w - u + v) + f(w - u - v)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_gradient_and_hessian_are_the_differences_of_the_loss(basis, reduction):
    problem = LeastSquares(DATA.x, DATA.y, basis=basis, reduction=reduction)
    w, nudges = np.array(START), 1e-4 * np.eye(4)
    expected = [(problem.loss(w + nudge) - problem.loss(w - nudge)) / 2e-4 for nudge in nudges]
    assert problem.gradient(w) == approx(expected, rel=1e-6)
    assert problem.hessian @ (w - problem.optimum) == approx(problem.gradient(w), rel=1e-9)
    assert np.linalg.eigvalsh(problem.hessian) == approx(problem.eigenvalues, rel=1e-9)


@pytest.mark.parametrize("basis", BASES)
def test_a_polynomial_has_the_same_values_in_every_basis(basis):
    problem = LeastSquares(DATA.x, DATA.y, basis=basis)
    assert problem.values(X, START) == approx(START @ design_matrix(X, 3, basis))
    assert polynomial_values(X, problem.in_powers(START)) == approx(problem.values(X, START))
    assert problem.in_powers(problem.optimum) == approx(CUBIC.optimum, abs=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9, 1.0])
def test_the_parts_of_a_predicted_loss_add_up_to_it(momentum):
    parts = CUBIC.predicted_parts(START, 1e-6, 50, momentum)
    assert parts.shape == (51, 4) and (parts >= 0).all()
    assert CUBIC.floor + parts.sum(axis=1) == approx(CUBIC.predicted_losses(START, 1e-6, 50, momentum))


def test_without_momentum_each_part_shrinks_by_one_factor():
    parts = CUBIC.predicted_parts(START, 1e-6, 50)
    factors = (1 - 1e-6 * CUBIC.eigenvalues) ** 2
    assert parts[1:] / parts[:-1] == approx(np.tile(factors, (50, 1)))


def test_gradients_that_are_never_reset_are_momentum_one():
    w, added = np.array(START), np.zeros(4)
    losses = []
    for _ in range(300):
        losses.append(CUBIC.loss(w))
        added += CUBIC.gradient(w)
        w = w - 1e-5 * added
    assert CUBIC.predicted_losses(START, 1e-5, 299, momentum=1.0) == approx(losses, rel=1e-9)
    assert CUBIC.stability_limit(1.0) == approx(4 / CUBIC.eigenvalues[-1])


@pytest.mark.parametrize("basis", BASES)
def test_the_optimum_is_that_of_lstsq_and_all_bases_reach_the_same_loss(basis):
    problem = LeastSquares(DATA.x, DATA.y, basis=basis)
    expected, residual, *_ = np.linalg.lstsq(problem.design.T, DATA.y, rcond=None)
    assert problem.optimum == approx(expected, abs=1e-13)
    assert problem.floor == approx(residual[0])
    assert problem.floor == approx(CUBIC.floor)
    for nudge in 1e-3 * np.eye(4):
        assert problem.loss(problem.optimum + nudge) > problem.floor


def test_a_mean_is_a_sum_divided_by_the_number_of_points():
    mean = LeastSquares(DATA.x, DATA.y, reduction="mean")
    assert mean.loss(START) == approx(CUBIC.loss(START) / 200)
    assert mean.floor == approx(CUBIC.floor / 200)
    assert mean.eigenvalues == approx(CUBIC.eigenvalues / 200)
    assert mean.stability_limit() == approx(CUBIC.stability_limit() * 200)
    assert mean.optimum == approx(CUBIC.optimum)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_at_the_stability_limit_the_steepest_direction_neither_grows_nor_shrinks(momentum):
    rate = CUBIC.stability_limit(momentum)
    step = np.array([[1 + momentum - rate * CUBIC.eigenvalues[-1], -momentum], [1, 0]])
    assert np.abs(np.linalg.eigvals(step)).max() == approx(1)


def test_as_many_points_as_parameters_are_met_exactly():
    problem = LeastSquares([0, 1, 2, 3], [1, 0, 2, 5])
    assert problem.floor == approx(0, abs=1e-20)
    assert LeastSquares(straight_line().x, straight_line().y, 1).optimum == approx([7, 3])


def test_a_number_of_steps_stands_for_all_of_them_and_a_list_for_itself():
    all_of_them = CUBIC.predicted_losses(START, 1e-6, 5)
    assert all_of_them.shape == (6,)
    assert all_of_them[0] == approx(CUBIC.loss(START))
    assert CUBIC.predicted_losses(START, 1e-6, [5, 0, 5]).tolist() == all_of_them[[5, 0, 5]].tolist()
    assert CUBIC.predicted_losses(START, 1e-6, []).shape == (0,)
    assert CUBIC.predicted_losses(START, 1e-6, [], momentum=0.5).shape == (0,)
    assert CUBIC.predicted_parameters(START, 1e-6, 5).shape == (6, 4)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_start_at_the_optimum_stays_there(momentum):
    losses = CUBIC.predicted_losses(CUBIC.optimum, 1e-3, 100_000, momentum)
    assert losses == approx(CUBIC.floor)


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0, -1e-6, NAN, INF, -INF, None, "fast", "1e-6", True, 1j])
@pytest.mark.parametrize("method", ["predicted_losses", "predicted_parameters"])
def test_a_rate_that_is_no_positive_number_is_refused(method, rate):
    with pytest.raises(ValueError, match=rf"learning_rate must be a positive number, got {re.escape(repr(rate))}"):
        getattr(CUBIC, method)(START, rate, 10)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ((1, 2, 3), "start must hold 4 numbers, got 3: (1, 2, 3)"),
        ((1, 2, 3, 4, 5), "start must hold 4 numbers, got 5"),
        ((), "start must hold 4 numbers, got 0"),
        ((1, 2, NAN, 4), "start must hold finite numbers, got (1, 2, nan, 4)"),
        ((1, 2, -INF, 4), "start must hold finite numbers, got (1, 2, -inf, 4)"),
        ((1, 2, None, 4), "start must be a sequence of numbers, got (1, 2, None, 4)"),
        (5, "start must be a sequence of numbers, got 5"),
        (None, "start must be a sequence of numbers, got None"),
        ("1234", "start must be a sequence of numbers, got '1234'"),
    ],
)
def test_a_bad_start_is_refused(start, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        CUBIC.predicted_losses(start, 1e-6, 10)


@pytest.mark.parametrize("steps", [-1, 1.5, "10", None, True, NAN])
def test_steps_that_are_no_whole_number_are_refused(steps):
    with pytest.raises(ValueError, match=rf"iterations .* whole number, 0 or more, got {re.escape(repr(steps))}"):
        CUBIC.predicted_losses(START, 1e-6, steps)


@pytest.mark.parametrize("steps", [[0, -1], [0.5, 1.0], ["1", "2"]])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_a_list_of_steps_holds_whole_numbers_too(steps, momentum):
    with pytest.raises(ValueError, match=r"iterations must be .*whole number"):
        CUBIC.predicted_losses(START, 1e-6, steps, momentum)


@pytest.mark.parametrize("momentum", [-0.1, 1.1, 1.5, NAN, INF, None, "0.9"])
def test_momentum_lies_between_0_and_1(momentum):
    message = rf"momentum must lie between 0 and 1, got {re.escape(repr(momentum))}"
    with pytest.raises(ValueError, match=message):
        CUBIC.predicted_losses(START, 1e-6, 10, momentum)
    with pytest.raises(ValueError, match=message):
        CUBIC.stability_limit(momentum)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"basis": "fourier"}, "basis must be one of 'powers', 'scaled', 'legendre', got 'fourier'"),
        ({"reduction": "max"}, "reduction must be 'sum' or 'mean', got 'max'"),
        ({"degree": -1}, "degree must be a whole number, 0 or more, got -1"),
        ({"degree": 2.5}, "degree must be a whole number, 0 or more, got 2.5"),
        ({"degree": 200}, "degree 200 needs at least 201 different x, got 200"),
    ],
)
def test_options_that_do_not_exist_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        LeastSquares(DATA.x, DATA.y, **options)


def test_equal_points_do_not_count_twice():
    with pytest.raises(ValueError, match="degree 3 needs at least 4 different x, got 3"):
        LeastSquares([1, 1, 2, 2, 3, 3], [1, 2, 3, 4, 5, 6])


def test_points_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="same length, got 200 and 199"):
        LeastSquares(DATA.x, DATA.y[:-1])


# --- arriving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("losses", "first", "for_good"),
    [
        ([9, 3, 2, 1], 2, 2),
        ([9, 2, 3, 2, 1], 1, 3),  # it swings out once more
        ([9, 2, 3], 1, None),
        ([9, 2, NAN], 1, None),
        ([9, 3, INF], None, None),
        ([2, 1, 1], 0, 0),
        ([1, 3, 2], 0, 2),
        ([], None, None),
    ],
)
def test_a_run_arrives_for_the_first_time_and_for_good(losses, first, for_good):
    assert arrivals(losses, 2) == (first, for_good)


def test_without_momentum_a_run_that_arrives_stays():
    goal = 1.01 * CUBIC.floor
    steps = CUBIC.iterations_to_reach(goal, START, CUBIC.best_rate)
    assert arrivals(CUBIC.predicted_losses(START, CUBIC.best_rate, 2 * steps), goal) == (steps, steps)
