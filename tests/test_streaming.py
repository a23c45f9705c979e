import math
import tracemalloc

import numpy as np
import pytest
from pytest import approx

from polyfit_helpers import sine
from polyfit_helpers.big.streaming import Moments, moments, sine_chunks
from polyfit_helpers.theory import LeastSquares


def all_of(points, degree=3, **options):
    """Return the moments of all points."""
    *_, last = moments(sine_chunks(points, **options), degree)
    return last


# --- chunks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "chunk"), [(2, 1), (2000, 2000), (2001, 500), (12_345, 1000), (65_537, 65_536)])
def test_chunks_are_the_points_of_sine_to_the_last_bit(points, chunk):
    xs, ys = zip(*sine_chunks(points, chunk=chunk), strict=True)
    data = sine(points)
    assert {len(x) for x in xs[:-1]} <= {chunk} and len(xs) == math.ceil(points / chunk)
    assert (np.concatenate(xs) == data.x).all() and (np.concatenate(ys) == data.y).all()


def test_a_share_is_a_part_of_them():
    xs, ys = zip(*sine_chunks(2001, 700, 1500, chunk=300), strict=True)
    assert (np.concatenate(xs) == sine(2001).x[700:1500]).all() and (np.concatenate(ys) == sine(2001).y[700:1500]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "points must be a whole number, 2 or more, got 1"),
        ((1e9,), r"points must be a whole number, 2 or more, got 1000000000\.0"),
        ((10, 0, None, 0), "chunk must be a whole number, 1 or more, got 0"),
        ((10, -1), "first must be a whole number, 0 or more, got -1"),
        ((10, 5, 5), "a share must lie within the 10 points, got first 5 and last 5"),
        ((10, 5, 11), "a share must lie within the 10 points, got first 5 and last 11"),
    ],
)
def test_what_is_no_share_is_said_at_the_call(arguments, message):
    with pytest.raises(ValueError, match=message):
        sine_chunks(*arguments)


# --- moments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [0, 1, 3, 5])
def test_moments_are_the_sums_over_all_points(degree):
    problem = LeastSquares(sine(2001).x, sine(2001).y, degree)
    found = all_of(2001, degree, chunk=300)
    sizes = np.abs(problem.design)  # odd sums cancel: rounding is measured against what was added
    assert (np.abs(found.XXt - problem.design @ problem.design.T) <= 1e-14 * sizes @ sizes.T).all()
    assert (np.abs(found.Xy - problem.design @ problem.y) <= 1e-14 * sizes @ np.abs(problem.y)).all()
    assert found.yy == approx(problem.y @ problem.y, rel=1e-13)
    assert found.points == found.XXt[0, 0] == 2001


def test_many_chunks_cost_no_digits():
    """Added one after the other they would: that is why the lost digits are kept."""
    points = 300_000
    found = all_of(points, 1, chunk=10)
    data = sine(points)
    products = [data.x * data.x, data.x * data.y, data.y * data.y]  # nothing cancels
    exact = [math.fsum(product.tolist()) for product in products]
    assert [found.XXt[1, 1], found.Xy[1], found.yy] == approx(exact, rel=4e-16)

    running = np.cumsum(np.reshape([product.reshape(-1, 10).sum(axis=1) for product in products], (3, -1)), axis=1)
    assert (np.abs(running[:, -1] / exact - 1) > 2e-15).all()


@pytest.mark.parametrize("chunk", [7, 1000, 99_999, 100_001])
def test_they_do_not_depend_on_the_chunks(chunk):
    found, other = all_of(100_001, chunk=chunk), all_of(100_001, chunk=10_000)
    scale = 100_001 * math.pi ** np.add.outer(np.arange(4), np.arange(4))
    assert (np.abs(found.XXt - other.XXt) <= 1e-15 * scale).all()
    assert (np.abs(found.Xy - other.Xy) <= 1e-15 * scale[0]).all()
    assert found.yy == approx(other.yy, rel=1e-15)


def test_shares_add_up():
    shares = [all_of(2001, first=a, last=b, chunk=99) for a, b in [(0, 10), (10, 1500), (1500, 2001)]]
    added = Moments(*(sum(parts) for parts in zip(*shares, strict=True)))
    assert added.points == 2001
    assert added.optimum == approx(all_of(2001).optimum, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("points", [2000, 100_001])
def test_the_optimum_and_its_loss_are_those_of_least_squares(points):
    problem, found = LeastSquares(sine(points).x, sine(points).y), all_of(points, chunk=999)
    assert found.optimum == approx(problem.optimum, rel=1e-11, abs=1e-12)
    assert found.loss(found.optimum) == approx(problem.floor, rel=1e-10)
    assert found.loss([0, 1, 0, -1 / 6]) == approx(problem.loss([0, 1, 0, -1 / 6]), rel=1e-12)


def test_they_are_told_after_each_chunk():
    assert [found.points for found in moments(sine_chunks(1001, chunk=250))] == [250, 500, 750, 1000, 1001]


def test_a_degree_that_is_none_is_quoted():
    with pytest.raises(ValueError, match=r"degree must be a whole number, 0 or more, got 2\.5"):
        next(moments(sine_chunks(10), 2.5))


# --- without end ----------------------------------------------------------------------------------------------------


def continuous():
    """Return b and d of the best b x + d x³ for sin(x) on all of [-π, π], where sums have become integrals."""
    pi = math.pi
    XXt = [[2 * pi**3 / 3, 2 * pi**5 / 5], [2 * pi**5 / 5, 2 * pi**7 / 7]]
    return np.linalg.solve(XXt, [2 * pi, 2 * pi**3 - 12 * pi])


def test_with_more_points_the_fit_tends_to_the_one_of_the_whole_interval():
    assert continuous() == approx([0.856983327795, -0.093387697283], rel=1e-11)
    away = [np.abs(all_of(points).optimum[[1, 3]] - continuous()) for points in (10_000, 100_000, 1_000_000)]
    assert away[0] == approx(10 * away[1], rel=1e-3) and away[1] == approx(10 * away[2], rel=1e-3)  # as 1 / points
    assert all_of(1_000_000).optimum[[0, 2]] == approx([0, 0], abs=1e-12)
    assert (away[2] < 1e-6).all()  # so a billion points are a billionth away


def test_memory_does_not_grow_with_the_points():
    def peak(points):
        tracemalloc.start()
        try:
            all_of(points, chunk=100_000)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(5_000_000) < 1.1 * peak(500_000) < 8e6  # 40 MB would hold the x alone
