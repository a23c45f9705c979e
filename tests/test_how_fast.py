"""Notebook 06: faster steps are the same steps, and the arithmetic of what it claims. No test depends on a timing."""

import math
from itertools import islice

import numpy as np
import pytest
import torch
from pytest import approx
from torch.utils._python_dispatch import TorchDispatchMode

from polyfit_helpers import START, Data, record, sine, training
from polyfit_helpers.models import LegendreP3
from polyfit_helpers.streaming import moments, sine_chunks
from polyfit_helpers.theory import LeastSquares, design_matrix
from polyfit_helpers.timing import bytes_per_second, crossover, seconds_per_step
from polyfit_helpers.training import in_torch

torch.set_num_threads(1)

DATA = sine()
CUBIC = LeastSquares(DATA.x, DATA.y)
ZEROS = (0.0, 0.0, 0.0, 0.0)


def odd_data(points=300):
    """Points without any symmetry."""
    generator = np.random.default_rng(7)
    x = generator.uniform(-1.0, 3.0, points)
    return Data(x, np.exp(x) + generator.normal(size=points))


# --- the moments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "rate"), [(DATA, 1e-6), (DATA, 3.55e-6), (odd_data(), 1e-5)])
def test_moments_descend_as_the_loop_by_hand_does(data, rate):
    by_hand, fast = (record(loop(data, START, rate), 5000) for loop in (training.numpy_by_hand, training.numpy_moments))
    assert fast.losses == approx(by_hand.losses, rel=1e-12)
    assert fast.parameters == approx(by_hand.parameters, rel=1e-11, abs=1e-12)


def test_moments_overflow_where_the_loop_by_hand_does():
    by_hand, fast = (record(loop(DATA, START, 1e-3), 100) for loop in (training.numpy_by_hand, training.numpy_moments))
    assert fast.diverged and by_hand.diverged and fast.iterations == by_hand.iterations


def test_near_the_floor_centred_moments_keep_the_digits_that_raw_sums_lose():
    start = CUBIC.optimum + 1e-9
    exact = 0.5 * np.full(4, 1e-9) @ CUBIC.hessian @ np.full(4, 1e-9)  # above the floor: some 1e-12
    loss, _ = next(training.numpy_moments(DATA, start, 1e-6))
    (*_, raw) = moments(sine_chunks(2000))
    assert loss - CUBIC.best_loss == approx(exact, abs=4e-15)
    assert abs(raw.loss(start) - raw.loss(CUBIC.optimum)) != approx(exact, rel=0.01, abs=0)


def test_a_step_of_the_moments_does_not_touch_the_points():
    data = sine(50)
    loop = training.numpy_moments(data, START, 1e-5)
    first = next(loop)
    data.x[:] = data.y[:] = np.nan
    assert all(math.isfinite(loss) for loss, _ in islice(loop, 100)) and math.isfinite(first[0])


def test_the_points_come_in_through_fourteen_numbers():
    X = design_matrix(DATA.x)
    XXt, Xy = X @ X.T, X @ DATA.y
    assert len(np.triu_indices(4)[0]) + len(Xy) == 14
    assert 2 * (XXt @ START - Xy) == approx(CUBIC.gradient(START), rel=1e-12)
    assert XXt == approx(CUBIC.hessian / 2)


# --- torch: one pass, one call --------------------------------------------------------------------------------------


def test_loss_and_gradients_are_those_of_the_loop_by_hand():
    data = sine(50).to("cpu")
    loss, grad = in_torch.loss_and_gradients(data.x, data.y, torch.tensor(START, dtype=torch.float64))
    problem = LeastSquares(sine(50).x, sine(50).y)
    assert loss.item() == approx(problem.loss(START), rel=1e-12)
    assert grad.numpy() == approx(problem.gradient(START), rel=1e-12)


def test_a_compiled_step_is_the_same_step(monkeypatch):
    """With the compiler left out, which takes a minute: what is compiled, and what is done with it."""
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda function: compiled.append(function) or function)
    losses = record(training.compiled(DATA.to("cpu"), START, 1e-6), 500).losses
    assert losses == approx(record(training.numpy_by_hand(DATA, START, 1e-6), 500).losses, rel=1e-12)
    assert compiled == [in_torch.loss_and_gradients]


DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"))]


@pytest.mark.parametrize("device", DEVICES)
def test_a_captured_step_is_the_same_step(device):
    losses = record(training.captured(DATA.to(device, "float64"), START, 1e-6), 2000).losses
    assert losses == approx(record(training.numpy_by_hand(DATA, START, 1e-6), 2000).losses, rel=1e-12)


# --- measuring ------------------------------------------------------------------------------------------------------


def ticking(monkeypatch, seconds_each):
    """A loop whose steps take so long by a clock of our own, and that counts them."""
    now, steps = [0.0], [0]
    monkeypatch.setattr("polyfit_helpers.timing.perf_counter", lambda: now[0])

    def loop():
        while True:
            now[0] += seconds_each(steps[0])
            steps[0] += 1
            yield 1.0, (0.0,)

    return loop(), steps


def test_seconds_per_step_is_the_least_of_many_steps_together(monkeypatch):
    loop, steps = ticking(monkeypatch, lambda step: 5.0 if step == 0 else 1e-4)  # the first prepares something
    assert seconds_per_step(loop, at_least=0.01) == approx(1e-4)
    assert 500 <= steps[0] <= 2000


def test_seconds_per_step_does_not_dwell_on_slow_steps(monkeypatch):
    loop, steps = ticking(monkeypatch, lambda step: 0.5)
    assert seconds_per_step(loop, at_least=0.01) == approx(0.5)
    assert steps[0] == 6


@pytest.mark.parametrize("values", [np.ones(10_000), torch.ones(10_000)])
def test_memory_is_measured_for_arrays_and_tensors(values):
    assert 1e6 < bytes_per_second(values) < 1e13


def test_a_copy_reads_and_writes_each_number(monkeypatch):
    times = iter(range(100))
    monkeypatch.setattr("polyfit_helpers.timing.perf_counter", lambda: float(next(times)))  # a second a copy
    assert bytes_per_second(np.ones(1000)) == 2 * 8 * 1000


def test_the_crossover_lies_where_two_lines_cross():
    one = {n: 1e-6 * n for n in (10, 100, 1000)}
    other = {n: 5e-5 for n in one}
    assert crossover(one, other) == approx(50)
    assert crossover(other, one) is None
    assert crossover(one, one) is None
    assert crossover(one, {n: 1e-7 for n in one}) == 10
    assert crossover({1: 1.0, 10: 1.0, 100: 1.0}, {1: 0.5, 10: 2.0, 100: 0.5}) == approx(10 * math.sqrt(10))


def test_a_measurement_waits_for_the_device():
    waited = []

    class Loss:
        def item(self):
            waited.append(True)

    seconds_per_step(iter(lambda: (Loss(), ()), None), at_least=1e-4, repeats=2)
    assert len(waited) >= 3, "once for each measurement, the first included"


# --- what notebook 06 says ------------------------------------------------------------------------------------------


class Counting(TorchDispatchMode):
    """Counts torch's operations, and those of them that touch as many numbers as there are points."""

    def __init__(self):
        super().__init__()
        self.operations, self.passes = 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.operations += 1
        self.passes += any(getattr(part, "shape", ()) == (len(DATA),) for part in (*args, result))
        return result


def counted(loop):
    running = loop(DATA.to("cpu"), START, 1e-6)
    next(running)
    with Counting() as counting:
        next(running)
    return counting


def test_a_step_as_everybody_writes_it_makes_22_passes_over_the_points():
    assert counted(training.tensors_by_hand).passes == 22


def test_a_step_of_autograd_starts_between_thirty_and_forty_operations():
    assert 30 <= counted(training.autograd).operations <= 40


@pytest.mark.parametrize(
    ("basis", "condition", "plain", "momentum", "heavy"),
    [("powers", 325.4, 680, 0.80, 81), ("scaled", 67.5, 146, 0.61, 26), ("legendre", 7.0, 15, 0.20, 8)],
)
def test_a_better_basis_needs_fewer_steps_and_momentum_pays_the_root(basis, condition, plain, momentum, heavy):
    problem = LeastSquares(DATA.x, DATA.y, basis=basis)
    low, high = np.sqrt(problem.eigenvalues[[0, -1]])
    goal, beta = 1.01 * problem.best_loss, ((high - low) / (high + low)) ** 2
    assert problem.condition_number == approx(condition, abs=0.05) and beta == approx(momentum, abs=5e-3)
    assert problem.steps_to_reach(goal, ZEROS, problem.best_step) == plain
    assert problem.steps_to_reach(goal, ZEROS, 4 / (low + high) ** 2, beta) == heavy
    run = record(training.numpy_matrix(DATA, ZEROS, problem.best_step, basis=basis), plain)
    assert run.losses[-1] <= goal < run.losses[-2]


def test_the_rates_and_steps_of_the_board_are_those_of_its_table():
    for basis, rate, steps in (("powers", 0.0071, None), ("scaled", 0.879, 146), ("legendre", 0.8747, 15)):
        problem = LeastSquares(DATA.x, DATA.y, basis=basis, reduction="mean")
        assert rate < problem.stability_limit()
        assert problem.steps_to_reach(1.01 * problem.best_loss, ZEROS, rate, most=150) == steps


def test_newton_needs_one_step_and_a_million_parameters_cost_8_terabytes_and_12_days():
    step = np.linalg.solve(CUBIC.hessian, CUBIC.gradient(ZEROS))
    assert CUBIC.loss(ZEROS - step) == approx(CUBIC.best_loss, rel=1e-12)
    parameters, days = 10**6, 86_400 * 1e12  # in operations
    assert 8 * parameters**2 == 8e12 and round(parameters**3 / days) == 12


def test_the_last_legendre_polynomial_is_the_p3_of_notebook_03():
    u = torch.tensor(DATA.x / math.pi)
    assert LegendreP3.apply(u).numpy() == approx(design_matrix(DATA.x, basis="legendre")[3], abs=1e-14)


def test_a_point_of_the_design_matrix_is_40_bytes_and_of_the_stream_16():
    assert (design_matrix(DATA.x).nbytes + DATA.y.nbytes) / len(DATA) == 40
    (x, y), *_ = sine_chunks(2000, chunk=500)
    assert (x.nbytes + y.nbytes) / len(x) == 16
    assert 16 * 10**7 / 1e6 == 160 and 16 * 10**9 / 1e9 == 16  # megabytes, gigabytes


def test_gradients_of_any_two_shares_add():
    for cut in (2, 700, 1001):
        shares = [(design_matrix(DATA.x[part]), DATA.y[part]) for part in (slice(0, cut), slice(cut, 2000))]
        added = sum(2 * X @ (START @ X - y) for X, y in shares)
        assert added == approx(CUBIC.gradient(START), rel=1e-12)


def test_the_loss_by_moments_cancels_from_990_and_1981_and_999():
    X = design_matrix(DATA.x)
    w = CUBIC.optimum
    terms = w @ (X @ X.T) @ w, 2 * w @ (X @ DATA.y), DATA.y @ DATA.y
    assert terms == approx((990.683, 1981.366, 999.5), abs=5e-4)
    assert math.log10(terms[1] / CUBIC.best_loss) == approx(2, abs=0.5), "two digits are lost"


def test_a_power_is_the_product_to_15_digits():
    assert np.allclose(DATA.x**3, DATA.x * DATA.x * DATA.x, rtol=1e-15, atol=0)


def test_float32_and_float64_differ_after_the_sixth_digit():
    ends = [
        record(training.tensors_matrix(DATA.to("cpu", dtype), START, 1e-6), 10_000).losses[-1]
        for dtype in ("float32", "float64")
    ]
    assert ends[0] != ends[1] and ends[0] == approx(ends[1], rel=1e-6)
    assert (torch.finfo(torch.float32).eps, torch.finfo(torch.float64).eps) == (2**-23, 2**-52)  # 24 and 53 digits


def test_tenths_one_after_the_other_are_not_tenths_in_pairs():
    tenths = np.full(1_000_000, 0.1, dtype=np.float32)
    exact = math.fsum(tenths.tolist())
    assert np.cumsum(tenths)[-1] == approx(100_958.3, abs=0.05)
    assert tenths.sum() == approx(exact, rel=1e-6)


def test_the_same_run_repeats_every_bit_and_another_number_of_threads_is_close():
    def run(threads):
        torch.set_num_threads(threads)
        try:
            data = sine(100_000).to("cpu", "float32")
            return record(training.tensors_by_hand(data, START, 2e-8), 20).losses
        finally:
            torch.set_num_threads(1)

    one, again, two = run(1), run(1), run(2)
    assert (one == again).all() and two == approx(one, rel=1e-4)
