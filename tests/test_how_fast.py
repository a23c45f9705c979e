"""Notebook 09: faster steps are the same steps, and the arithmetic of what it claims. No test depends on a timing."""

import inspect
import json
import math
import shutil
from collections import Counter
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pytest import approx
from torch.utils._python_dispatch import TorchDispatchMode

from polyfit_exercises.lessons import notebook_09 as lessons
from polyfit_helpers import START, Data, plots, record, sine, training
from polyfit_helpers.big import distributed, fused, timing
from polyfit_helpers.big.streaming import moments, sine_chunks
from polyfit_helpers.big.timing import bytes_per_second, crossover, seconds_per_step
from polyfit_helpers.theory import LeastSquares, design_matrix

torch.set_num_threads(1)

DATA = sine()
CUBIC = LeastSquares(DATA.x, DATA.y)
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


def test_each_phase_starts_as_many_operations_as_the_question_says():
    shown = inspect.getsource(lessons.busiest_phase).replace("max(set(started), key=started.count)", "Counter(started)")
    namespace = dict(vars(lessons)) | {"Counter": Counter}
    exec(shown, namespace)
    assert namespace["busiest_phase"]() == {"forward": 8, "loss": 3, "backward": 20, "update": 8}
    assert lessons.busiest_phase() == "backward"


def test_a_step_as_everybody_writes_it_makes_22_passes_over_the_points():
    assert counted(training.tensors_by_hand).passes == 22


def test_a_step_of_autograd_starts_between_thirty_and_forty_operations():
    assert 30 <= counted(training.autograd).operations <= 40


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


def test_what_is_stored_of_gpus_is_drawn_in_float64_and_compiled_of_the_cpu(tmp_path):
    def rows(device, loop, dtype, seconds):
        about = {"device": device, "loop": loop, "dtype": dtype, "date": "2020-01-01"}
        return [about | {"points": points, "seconds": seconds * points} for points in (100, 1000)]

    made = [*rows("a GPU", "tensors_by_hand", "float64", 2.0), *rows("a GPU", "tensors_by_hand", "float32", 1.0)]
    made += [*rows("a GPU", "autograd", "float64", 3.0), *rows("cpu", "tensors_by_hand", "float64", 4.0)]
    made += rows("cpu", "compiled", "float64", 5.0)
    file = tmp_path / "steps.json"
    assert timing.stored_curves(file) == {}, "nothing was stored"
    file.write_text(json.dumps({"steps": made}))
    assert timing.stored_curves(file) == {
        "a GPU, 2020-01-01": {100: 200.0, 1000: 2000.0},
        "compiled, cpu, 2020-01-01": {100: 500.0, 1000: 5000.0},
    }


def test_the_stored_curves_are_those_of_the_benchmarks():
    rows = json.loads(timing.STORED.read_text("utf-8"))["steps"]
    assert NOTEBOOK.parent.parent / "benchmarks" / "results" / "steps.json" == timing.STORED
    compiled = {
        row["points"]: row["seconds"] for row in rows if row["loop"] == "compiled" and row["dtype"] == "float64"
    }
    assert compiled in timing.stored_curves().values()


def an_apple_gpu(monkeypatch, name="mps"):
    """Let there be a GPU with float32 alone; its place is taken by the device 'meta', and no time is measured."""
    here = [SimpleNamespace(name="cpu", available=True), SimpleNamespace(name=name, available=True)]
    monkeypatch.setattr(timing, "devices", lambda: [*here, SimpleNamespace(name="xpu", available=False)])
    monkeypatch.setattr(timing, "bytes_per_second", lambda values: 1e9)
    monkeypatch.setattr(timing, "Data", lambda x, y: SimpleNamespace(to=lambda name: DATA.to("meta", "float32")))


def test_each_memory_line_has_its_own_bytes(monkeypatch):
    an_apple_gpu(monkeypatch)
    lines = timing.memory_lines([100, 10**6])
    assert lines["40 bytes a point, cpu"] == approx({100: 4e-6, 10**6: 0.04})
    assert lines["20 bytes a point, mps"] == approx({100: 2e-6, 10**6: 0.02})
    assert len(lines) == 2, "what cannot be used is not measured"


@pytest.mark.parametrize(("name", "graph"), [("mps", False), ("cuda:0", True)])
def test_each_device_that_is_here_has_a_curve_in_torch_and_a_crossover(monkeypatch, name, graph):
    an_apple_gpu(monkeypatch, name)
    measured = []
    monkeypatch.setattr(
        timing,
        "by_size",
        lambda loop, sizes, device: measured.append((loop.__name__, device)) or {10: 1e-4, 1000: 1e-4},
    )
    curves = timing.in_torch([10, 1000])
    assert measured == [("tensors_by_hand", "cpu"), ("tensors_by_hand", name)] + [("captured", name)] * graph
    assert (
        list(curves)
        == [f"the same lines in torch, {one}" for one in ("cpu", name)] + ["design matrix, CUDA graph"] * graph
    )
    by_hand = {10: 1e-5, 1000: 1e-3}
    assert timing.crossings(by_hand, curves) == approx({"cpu": 100.0, name: 100.0})
    assert timing.crossings({10: 1e-6, 1000: 1e-6}, curves) == {"cpu": None, name: None}


def test_the_picture_of_sizes_marks_every_crossing():
    by_hand = {n: 1e-7 * n for n in (100, 10**6)}
    flat = {"cpu": 1e-4, "mps": 1e-3}
    curves = {f"the same lines in torch, {name}": dict.fromkeys(by_hand, value) for name, value in flat.items()}
    picture = plots.step_times({"by hand": by_hand} | curves, crossings=timing.crossings(by_hand, curves))
    (axes,) = picture.figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["crossover, cpu, about 1\u202f000 points"].get_xdata()[0] == approx(1000)
    assert lines["crossover, mps, about 10\u202f000 points"].get_xdata()[0] == approx(10_000)


def test_by_size_measures_each_loop_on_its_own_points():
    seen = []

    def loop(data, start, learning_rate):
        assert start is START and learning_rate == 0.002 / len(data)
        seen.append((len(data), type(data.x).__name__))
        while True:
            yield 1.0, start

    assert list(timing.by_size(loop, (10, 20), repeats=1)) == [10, 20]
    assert list(timing.by_size(loop, (10,), "cpu", repeats=1)) == [10]
    assert seen == [(10, "ndarray"), (20, "ndarray"), (10, "Tensor")]


def test_a_phase_is_its_overhead_and_what_more_points_take_beyond_it(monkeypatch):
    seconds = {4: [3e-6, 1e-6, 5e-6, 2e-6], 2000: [4e-6, 1.5e-6, 9e-6, 1e-6]}
    monkeypatch.setattr(timing, "_clock", lambda points, iterations: np.tile(seconds[points], (iterations, 1)))
    phases = timing.phase_times(2000)
    assert list(phases) == ["forward", "loss", "backward", "update"]
    assert [part["overhead"] for part in phases.values()] == approx([3, 1, 5, 2])
    assert [part["arithmetic"] for part in phases.values()] == approx([1, 0.5, 4, 0]), "microseconds, none below 0"


def test_the_clock_stands_between_the_phases(monkeypatch):
    ticks = count()
    monkeypatch.setattr(timing, "perf_counter", lambda: float(next(ticks)))
    assert timing._clock(4, 3).tolist() == [[1.0] * 4] * 3


def test_compared_are_functions_and_running_loops(monkeypatch):
    loop, _ = ticking(monkeypatch, lambda step: 1e-4)
    calls = []
    times = timing.times_of({"a loop": loop, "a call": lambda: (next(loop), next(loop), calls.append(1))})
    assert times == approx({"a loop": 1e-4, "a call": 2e-4}) and calls
    assert str(times) == "a loop   100.00 µs\na call   200.00 µs     0.5 times as fast"


# --- one process and several ----------------------------------------------------------------------------------------


def of_two(few=0.9, many=0.8, double=1.8, **more):
    """A result of two processes, given the seconds of an iteration with 2 001 points, with 1 000 and with 2 000."""
    about = {"processes": 2, "backend": "gloo", "device": "cpu", "points": 2001, "loss": 1.0, "parameters": (0.0,)}
    return distributed.Result(
        **{**about, "steps": 10, "seconds": 10 * few, "measured": {1000: many, 2000: double}, **more}
    )


@pytest.mark.parametrize(
    ("seconds", "message", "efficiency"), [((0.9, 0.8, 1.8), 400.0, 1 / 1.8), ((0.4, 1.2, 2.2), 0.0, 1 / 2.2)]
)
def test_scaling_is_read_off_the_measurement(monkeypatch, seconds, message, efficiency):
    asked = []
    monkeypatch.setattr(distributed, "_seconds", lambda points: asked.append(points) or 1.0)
    found = distributed.scaling(of_two(*seconds))
    assert asked == [2001, 1000] and found.alone == (1000.0, 1000.0)
    assert found.message == approx(message) and found.efficiency == approx(efficiency)
    few, many, weak = str(found).splitlines()
    assert few.startswith(f"2\u00a0001 points: 1000.00 ms by one process, {1e3 * seconds[0]:.2f} ms by 2 processes")
    assert many == f"1\u00a0000 points: 1000.00 ms by one process, {1e3 * seconds[1]:.2f} ms by 2 processes"
    assert weak.startswith(f"1\u00a0000 points each: {1e3 * seconds[2]:.2f} ms by 2 processes, ")
    assert weak.endswith(f" efficiency {100 * efficiency:.0f} %")


def test_that_it_is_nearly_all_message_is_said_only_where_it_is(monkeypatch):
    monkeypatch.setattr(distributed, "_seconds", lambda points: 0.1)
    assert "nearly all of it the message: 950.00 ms" in str(distributed.scaling(of_two(1.0)))
    assert "message" not in str(distributed.scaling(of_two(0.09)))


@pytest.mark.parametrize("measured", [{}, {1000: 1.0}, {1000: 1.0, 3000: 1.0}])
def test_scaling_says_what_must_be_measured(measured):
    with pytest.raises(ValueError, match=r"scaling needs the seconds with N points and with 2 N, got .*measure=\(N, 2"):
        distributed.scaling(of_two(measured=measured))


def test_the_seconds_of_an_iteration_are_an_average():
    assert 0 < distributed._seconds(100) < 1


def test_the_notebook_launches_once_and_measures_on_one_device():
    code = "\n".join(map("".join, (cell["source"] for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"])))
    assert code.count("distributed.launch(") == code.count(', backend="gloo", measure=(LARGEST, 2 * LARGEST))') == 1


def test_a_stream_of_a_billion_points_is_among_the_benchmarks():
    said = (NOTEBOOK.parent.parent / "benchmarks" / "README.md").read_text("utf-8")
    assert "A stream of 10⁹ points" in said and "64 s, and 60 MB" in said


def test_a_power_is_the_product_to_15_digits():
    assert np.allclose(DATA.x**3, DATA.x * DATA.x * DATA.x, rtol=1e-15, atol=0)


def test_float32_and_float64_differ_after_the_sixth_digit():
    ends = [
        record(training.tensors_matrix(DATA.to("cpu", dtype), START, 1e-6), 10_000).losses[-1]
        for dtype in ("float32", "float64")
    ]
    assert ends[0] != ends[1] and ends[0] == approx(ends[1], rel=1e-6)
    assert ends[1] == approx(8.817165, abs=5e-7)
    assert np.spacing(np.float32(8.8)) == approx(9.5e-7, abs=5e-9)


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
