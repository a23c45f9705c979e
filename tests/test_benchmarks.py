"""What the benchmarks do with what they measure; no test depends on how long something takes."""

import json
import sys
from pathlib import Path

import pytest
import torch
from pytest import approx

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
RESULTS = BENCHMARKS / "results"


@pytest.fixture
def bench(monkeypatch):
    """Import a module of benchmarks/ by its name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    names = ("measure", "ladder", "steps", "dashboard", "run")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield lambda name: __import__(name)
    for name in names:
        sys.modules.pop(name, None)


def test_what_is_compared_runs_in_turns_and_the_first_is_not_counted(bench, monkeypatch):
    measure = bench("measure")
    order, now = [], [0.0]
    monkeypatch.setattr("pyperf.perf_counter", lambda: now[0])

    def call(name, seconds):
        order.append(name)
        now[0] += seconds if len(order) > 2 else 99.0

    calls = {"a": lambda: call("a", 2.0), "b": lambda: call("b", 8.0)}
    took = measure.in_turns("two", calls, 3, {"b": 4})
    assert order == ["a", "b"] * 4
    assert took == {"a": [2.0] * 3, "b": [2.0] * 3}
    assert measure.over(took["a"], took["b"]) == [1.0] * 3
    kept = measure.measured["two: b"]
    assert kept.get_values() == (2.0, 2.0, 2.0) and kept.get_runs()[0].warmups == ((1, 99.0 / 4),)


def test_what_is_kept_names_neither_the_host_nor_a_path(bench):
    measure = bench("measure")
    measure.in_turns("one", {"a": lambda: sum(range(100))}, 2)
    assert set(measure.measured["one: a"].get_metadata()) <= {"name", "unit", *measure.OF_THE_MACHINE}


@pytest.mark.parametrize(
    ("values", "target", "median", "middle", "meets"),
    [
        ([1, 2, 3, 4, 100], ">= 3", 3, (1.5, 52), True),
        ([1, 2, 3, 4, 100], "<= 2", 3, (1.5, 52), False),
        ([5, 4], "", 4.5, (4, 5), None),
    ],
)
def test_the_median_counts_and_the_middle_half_is_the_spread(bench, values, target, median, middle, meets):
    row = bench("measure").row("a thing", "s", values, target)
    assert (row.median, row.meets) == (median, meets) and row.middle == approx(middle)


def test_rows_of_several_processes_are_put_together_and_laid_out(bench):
    measure = bench("measure")
    parts = [measure.row("one", "ms", [1.0], "<= 2"), measure.row("two", "", [7.0]), measure.row("one", "ms", [3.5])]
    rows = measure.together([*parts[:2], parts[0], parts[2]])
    assert [(row.what, row.values) for row in rows] == [("one", (1.0, 1.0, 3.5)), ("two", (7.0,))]
    head, rule, first, second = measure.table(rows).splitlines()
    assert len({len(line) for line in (head, rule, first, second)}) == 1
    assert [cell.strip() for cell in second.strip("|").split("|")] == ["two", "7", "", "1", "", ""]


def test_a_step_is_measured_for_each_loop_device_and_dtype(bench):
    steps = bench("steps")
    rows = steps.measure(1, [50])
    expected = {(name, "cpu", "float64") for name in (*steps.IN_NUMPY, *steps.IN_TORCH)}
    expected |= {(name, "cpu", "float32") for name in steps.IN_TORCH}
    assert {(row["loop"], row["device"], row["dtype"]) for row in rows} >= expected
    assert all(len(row["values"]) == 1 and row["values"][0] > 0 and row["points"] == 50 for row in rows)


def test_steps_are_measured_up_to_ten_million_points(bench):
    assert bench("run").SIZES == [10**2, 10**3, 10**4, 10**5, 10**6, 10**7]


@pytest.mark.parametrize("compiler", [True, False])
def test_a_compiled_step_is_measured_where_there_is_a_compiler(bench, monkeypatch, compiler):
    steps = bench("steps")
    monkeypatch.setattr(torch, "compile", lambda function: function)
    monkeypatch.setattr(steps, "COMPILER", compiler)
    rows = steps.measure(1, [50, 60], steps.compiled())
    measured = [(row["loop"], row["device"], row["dtype"], row["points"]) for row in rows]
    assert measured == ([("compiled", "cpu", "float64", points) for points in (50, 60)] if compiler else [])


def test_what_is_measured_once_has_its_rows(bench):
    ladder = bench("ladder")
    rows = [*ladder.overhead(1, 5), *ladder.kept_graphs(50), *ladder.stream(1, 10_000)]
    assert [(row.what, row.unit) for row in rows] == [
        ("a step of autograd on 4 points, against 2000", "%"),
        ("total += loss.item(), 50 steps: memory left", "MB"),
        ("total += loss, 50 steps: memory left", "MB"),
        ("a stream of 1e+04 points", "million points a second"),
        ("a stream of 1e+04 points: memory at most", "MB"),
    ]
    assert rows[-1].median == approx(4 * 8e4 / 1e6, rel=0.2), "four arrays of a chunk at once: x, y, a power, a product"


def test_times_of_devices_that_are_not_here_stay_stored(bench, monkeypatch, tmp_path):
    steps = bench("steps")
    monkeypatch.setattr(steps, "FILE", tmp_path / "steps.json")
    about = {"loop": "tensors_by_hand", "dtype": "float64", "points": 100}
    old = [about | {"device": device, "date": "2020-01-01", "seconds": 1.0} for device in ("a GPU elsewhere", "cpu")]
    steps.FILE.write_text(json.dumps({"steps": old}))
    rows = steps.together([[about | {"device": "cpu", "values": values}] for values in ([1.0, 2.0], [6.0])])
    assert [(row["seconds"], row["least"], row["greatest"]) for row in rows] == [(2.0, 1.0, 6.0)]
    assert steps.store(rows) == json.loads(steps.FILE.read_text())["steps"] == [old[0], rows[0]]
    assert steps.table(steps.store(rows)).splitlines()[2:] == [
        "| tensors_by_hand | a GPU elsewhere | float64 | 1e+06 |",
        "| tensors_by_hand | cpu | float64 | 2e+06 |",
    ]


def test_a_picture_shows_each_loop_and_what_is_stored_of_others(bench):
    run, measure = bench("run"), bench("measure")
    rows = [measure.row(f"{name}, against numpy_by_hand", "times", [1, 2, 3, 4]) for name in ("fast", "slow")]
    (axes,) = run.ratios([*rows, measure.row("another thing", "s", [1])]).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "fast"]
    about = {"loop": "tensors_by_hand", "dtype": "float64", "points": 100, "seconds": 1.0, "date": "2020-01-01"}
    rows = [about | {"device": device} for device in ("cpu", "a GPU")]
    rows += [about | {"device": "cpu", "loop": name} for name in (*run.steps.IN_NUMPY, *run.steps.IN_TORCH, "compiled")]
    (axes,) = run.sizes_drawn(rows).axes
    assert {line.get_label() for line in axes.lines} == {*run.DRAWN, "a GPU, 2020-01-01"}


def test_what_is_stored_says_on_what_it_was_measured():
    text = (RESULTS / "measured.md").read_text("utf-8")
    assert all(f"\n{name}:" in text for name in ("date", "cpu", "gpu", "python", "numpy", "torch"))
    assert "](ratios.svg)" in text and "](steps.svg)" in text
    assert (RESULTS / "ratios.svg").exists() and (RESULTS / "steps.svg").exists()
    for row in json.loads((RESULTS / "steps.json").read_text("utf-8"))["steps"]:
        assert {"loop", "device", "dtype", "points", "date", "seconds", "least", "greatest"} == set(row)
        assert row["least"] <= row["seconds"] <= row["greatest"]


def test_the_boards_of_the_benchmarks_can_be_measured(bench):
    dashboard = bench("dashboard")
    rows = [*dashboard.frames(1), *dashboard.watching(1, 50)]
    assert len(rows) == 11 and all(row.values and min(row.values) > 0 for row in rows)
