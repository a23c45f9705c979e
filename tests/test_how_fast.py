"""Notebook 09: faster steps are the same steps, and the arithmetic of what it claims. No test depends on a timing."""

import json
import math
import shutil
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pytest import approx
from torch.utils._python_dispatch import TorchDispatchMode

from polyfit_helpers import START, Data, plots, record, sine, training
from polyfit_helpers.big import fused
from polyfit_helpers.big.streaming import moments, sine_chunks
from polyfit_helpers.big.timing import bytes_per_second, crossover, seconds_per_step
from polyfit_helpers.models import LegendreP3
from polyfit_helpers.theory import LeastSquares, arrivals, design_matrix

torch.set_num_threads(1)

DATA = sine()
CUBIC = LeastSquares(DATA.x, DATA.y)
ZEROS = (0.0, 0.0, 0.0, 0.0)
NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "09_how_fast_how_big.ipynb"


def odd_data(points=300):
    """Points without any symmetry."""
    generator = np.random.default_rng(7)
    x = generator.uniform(-1.0, 3.0, points)
    return Data(x, np.exp(x) + generator.normal(size=points))


# --- the moments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "rate"), [(DATA, 1e-6), (DATA, 3.55e-6), (odd_data(), 1e-5)])
def test_moments_descend_as_the_loop_by_hand_does(data, rate):
    by_hand, fast = (record(loop(data, START, rate), 2000) for loop in (training.numpy_by_hand, training.numpy_moments))
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
    assert loss - CUBIC.floor == approx(exact, abs=4e-15)
    assert abs(raw.loss(start) - raw.loss(CUBIC.optimum)) != approx(exact, rel=0.01, abs=0)


def test_a_step_of_the_moments_does_not_touch_the_points():
    data = sine(50)
    loop = training.numpy_moments(data, START, 1e-5)
    first = next(loop)
    data.x[:] = data.y[:] = np.nan
    assert all(math.isfinite(loss) for loss, _ in islice(loop, 100)) and math.isfinite(first[0])


def test_the_points_come_in_through_eleven_numbers():
    X = design_matrix(DATA.x)
    XXt, Xy = X @ X.T, X @ DATA.y
    powers = np.array([(odd_data().x ** k).sum() for k in range(7)])
    i, j = np.indices((4, 4))
    assert design_matrix(odd_data().x) @ design_matrix(odd_data().x).T == approx(powers[i + j], rel=1e-12)
    assert len(np.unique(powers.round(6))) + len(Xy) == 7 + 4
    assert 2 * (XXt @ START - Xy) == approx(CUBIC.gradient(START), rel=1e-12)
    assert XXt == approx(CUBIC.hessian / 2)


# --- torch: one pass, one call --------------------------------------------------------------------------------------


def test_loss_and_gradients_are_those_of_the_loop_by_hand():
    data = sine(50).to("cpu")
    loss, grad = fused.loss_and_gradients(data.x, data.y, torch.tensor(START, dtype=torch.float64))
    problem = LeastSquares(sine(50).x, sine(50).y)
    assert loss.item() == approx(problem.loss(START), rel=1e-12)
    assert grad.numpy() == approx(problem.gradient(START), rel=1e-12)


def test_a_compiled_step_is_the_same_step(monkeypatch):
    """With the compiler left out: what is compiled, and what is done with it."""
    compiled = []
    monkeypatch.setattr(torch, "compile", lambda function: compiled.append(function) or function)
    losses = record(fused.compiled(DATA.to("cpu"), START, 1e-6), 500).losses
    assert losses == approx(record(training.numpy_by_hand(DATA, START, 1e-6), 500).losses, rel=1e-12)
    assert compiled == [fused.loss_and_gradients]


@pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="needs a C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch, by torch
@pytest.mark.slow
def test_a_step_that_was_really_compiled_is_the_same_step():
    losses = record(fused.compiled(DATA.to("cpu"), START, 1e-6), 500).losses
    assert losses == approx(record(training.numpy_by_hand(DATA, START, 1e-6), 500).losses, rel=1e-12)


DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"))]


@pytest.mark.parametrize("device", DEVICES)
def test_a_captured_step_is_the_same_step(device):
    losses = record(fused.captured(DATA.to(device, "float64"), START, 1e-6), 2000).losses
    assert losses == approx(record(training.numpy_by_hand(DATA, START, 1e-6), 2000).losses, rel=1e-12)


# --- measuring ------------------------------------------------------------------------------------------------------


def ticking(monkeypatch, seconds_each):
    """A loop whose steps take so long by a clock of our own, and that counts them."""
    now, steps = [0.0], [0]
    monkeypatch.setattr("polyfit_helpers.big.timing.perf_counter", lambda: now[0])

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
    monkeypatch.setattr("polyfit_helpers.big.timing.perf_counter", lambda: float(next(times)))  # a second a copy
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


# --- what notebook 09 says ------------------------------------------------------------------------------------------


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
    assert math.log10(terms[1] / CUBIC.floor) == approx(2, abs=0.5), "two digits are lost"


def cell(name):
    """Return the source of a cell of notebook 09."""
    (found,) = (cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["id"] == name)
    return "".join(found["source"])


def test_what_is_stored_of_gpus_is_drawn_in_float64_and_compiled_of_the_cpu(tmp_path, monkeypatch, capsys):
    def rows(device, loop, dtype, seconds):
        about = {"device": device, "loop": loop, "dtype": dtype, "date": "2020-01-01"}
        return [about | {"points": points, "seconds": seconds * points} for points in (100, 1000)]

    made = [*rows("a GPU", "tensors_by_hand", "float64", 2.0), *rows("a GPU", "tensors_by_hand", "float32", 1.0)]
    made += [*rows("a GPU", "autograd", "float64", 3.0), *rows("cpu", "tensors_by_hand", "float64", 4.0)]
    made += rows("cpu", "compiled", "float64", 5.0)
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "benchmarks" / "results" / "steps.json").write_text(json.dumps({"steps": made}))
    monkeypatch.chdir(tmp_path / "notebooks")
    found = {}
    exec(cell("stored"), found)
    assert found["gpus"] == {"a GPU, 2020-01-01": {100: 200.0, 1000: 2000.0}}
    assert found["compiled"] == {"compiled, cpu, 2020-01-01": {100: 500.0, 1000: 5000.0}}
    assert capsys.readouterr().out == "GPUs measured and stored: a GPU, 2020-01-01\n"


def test_the_picture_of_sizes_marks_every_crossing_and_each_memory_line_has_its_own_bytes(capsys):
    """As on a machine with an Apple GPU, where data are in float32; its place is taken by the device 'meta'."""
    flat = {"cpu": 1e-4, "meta": 1e-3}
    curves = {f"the same lines in torch, {name}": dict.fromkeys((100, 10**6), value) for name, value in flat.items()}
    found = {
        "np": np,
        "torch": torch,
        "plots": plots,
        "timing": SimpleNamespace(bytes_per_second=lambda values: 1e9, crossover=crossover),
        "sine": lambda points: SimpleNamespace(to=lambda name: DATA.to(name, "float32" if name == "meta" else None)),
        "LARGEST": 10,
        "sizes": [100, 10**6],
        "here": list(flat),
        "curves": {"NumPy, as everybody writes it": {n: 1e-7 * n for n in (100, 10**6)}} | curves,
        "compiled": {},
        "gpus": {"a GPU, 2020-01-01": {100: 1e-6, 10**7: 0.1}},
    }
    *lines, last = cell("size-picture").splitlines()  # which shows the picture
    exec("\n".join([*lines, f"picture = {last}"]), found)
    (axes,) = found["picture"].figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["crossover, cpu, about 1\u202f000 points"].get_xdata()[0] == approx(1000)
    assert lines["crossover, meta, about 10\u202f000 points"].get_xdata()[0] == approx(10_000)
    assert str(found["picture"]).endswith("crossover, meta, about 10\u202f000 points.")
    assert lines["40 bytes a point, cpu"].get_ydata() == approx([4.0, 4e4])  # microseconds
    assert lines["20 bytes a point, meta"].get_ydata() == approx([2.0, 2e4])
    assert capsys.readouterr().out.endswith("stored: a GPU, 2020-01-01: 100.00 ms a step at 10000000 points\n")


def test_one_process_and_two_are_compared_on_the_same_device():
    assert cell("scaling").count("launch(") == cell("scaling").count('backend="gloo"') == 2
    assert cell("launch").count("launch(") == cell("launch").count('backend="gloo"') == 1


@pytest.mark.parametrize(
    ("seconds", "said"),  # of 2 001 points, and of LARGEST and of twice as many by two; alone it is a second
    [
        ((0.9, 0.8, 1.8), ("two win. A message: 400.00 ms", "two win. Half a step and a message: 900.00 ms", "56%")),
        ((1.1, 1.2, 2.2), ("one wins. A message: 600.00 ms", "one wins. Half a step", "one wins. Efficiency: 45%")),
    ],
)
def test_who_wins_is_read_off_the_measurement(seconds, said, capsys):
    results = iter(SimpleNamespace(seconds_per_step=value) for value in seconds)
    ticks = count(0.0, 500.0)
    found = {
        "distributed": SimpleNamespace(
            distributed_training=lambda *of: count(), launch=lambda processes, listen, **options: next(results)
        ),
        "two": next(results),
        "perf_counter": lambda: next(ticks) if len(asked) == 1 else 0.1 * next(ticks),  # 500 steps, then 50
        "sine": lambda n: asked.append(n) or DATA,
        "START": START,
        "LARGEST": 10**6,
    }
    asked = []
    exec(cell("scaling"), found)
    lines = capsys.readouterr().out.splitlines()
    assert asked == [2001, 10**6] and found["small"] == found["large"] == 1000
    assert len(lines) == 3 and all(one in line for one, line in zip(said, lines, strict=True))


def test_a_stream_of_a_billion_points_is_among_the_benchmarks():
    said = (NOTEBOOK.parent.parent / "benchmarks" / "README.md").read_text("utf-8")
    assert "A stream of 10⁹ points" in said and "64 s, and 60 MB" in said


def test_a_power_is_the_product_to_15_digits():
    assert np.allclose(DATA.x**3, DATA.x * DATA.x * DATA.x, rtol=1e-15, atol=0)


@pytest.mark.parametrize(("basis", "limit"), [("powers", 7.116e-3), ("scaled", 0.8921), ("legendre", 1.0)])
def test_the_limits_of_the_bases(basis, limit):
    assert LeastSquares(DATA.x, DATA.y, basis=basis, reduction="mean").stability_limit() == approx(limit, rel=1e-4)


def test_float32_and_float64_differ_after_the_sixth_digit():
    ends = [
        record(training.tensors_matrix(DATA.to("cpu", dtype), START, 1e-6), 10_000).losses[-1]
        for dtype in ("float32", "float64")
    ]
    assert ends[0] != ends[1] and ends[0] == approx(ends[1], rel=1e-6)
    assert ends[1] == approx(8.817165, abs=5e-7)
    assert np.spacing(np.float32(8.8)) == approx(9.5e-7, abs=5e-9)
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
