"""What the exercises of notebooks 02 and 04 claim beside their answers, and what they do not depend on."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from exercise_support import edited, fresh

from polyfit_exercises import exercise
from polyfit_exercises.lessons import notebook_02, notebook_04
from polyfit_exercises.store import Store
from polyfit_helpers import START, record, sine, theory, training

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


def stub_of(notebook, cell):
    """Return what a learner has who deletes the line that raises, and nothing else."""
    cells = json.loads((NOTEBOOKS / notebook).read_text("utf-8"))["cells"]
    (source,) = ("".join(one["source"]) for one in cells if one["id"] == cell)
    namespace = {"torch": torch}
    exec(source.replace('    raise NotImplementedError("your turn")\n', ""), namespace)
    return namespace


# --- Notebook 02 ----------------------------------------------------------------------------------------------------


def test_the_loop_to_be_repaired_does_work_for_float32_on_the_cpu():
    broken = stub_of("02_tensors.ipynb", "travel-loop-exercise")["any_device_training"]
    data = sine().to("cpu", "float32")
    losses = record(broken(data, START, 1e-6), 50).losses
    np.testing.assert_allclose(losses, record(training.tensors_by_hand(data, START, 1e-6), 50).losses, rtol=1e-4)
    assert fresh("any_device_training").check(broken).mistakes == ("dtype_mismatch",)


def test_the_repaired_loop_is_the_librarys():
    data = sine().to("cpu")
    ours = record(notebook_02.any_device_training(data, START, 1e-6), 200).losses
    np.testing.assert_allclose(ours, record(training.tensors_by_hand(data, START, 1e-6), 200).losses, rtol=1e-12)


def test_a_learners_default_dtype_does_not_hide_a_mistake():
    torch.set_default_dtype(torch.float64)
    try:
        assert fresh("any_device_training").check(edited("any_device_training")).state == "done"
        forgotten = edited("any_device_training", ("dtype=x.dtype, ", ""))
        assert fresh("any_device_training").check(forgotten).mistakes == ("dtype_mismatch",)
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_step_that_is_lost_is_less_than_half_of_the_distance():
    for dtype, distance in ((torch.float32, 1.2e-7), (torch.float64, 2.2e-16)):
        assert torch.finfo(dtype).eps == pytest.approx(distance, rel=0.02)
        one = torch.tensor(1.0, dtype=dtype)
        assert one + 0.49 * torch.finfo(dtype).eps == 1 < one + 0.51 * torch.finfo(dtype).eps


# --- Notebook 04 ----------------------------------------------------------------------------------------------------


def test_our_momentum_walks_as_torchs_sgd_does():
    def walk(make):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
        optimizer = make(model.parameters())
        for features in torch.randn(20, 5, 3, dtype=torch.float64):
            optimizer.zero_grad()
            model(features).square().sum().backward()
            optimizer.step()
        return torch.cat([parameter.detach().ravel() for parameter in model.parameters()])

    ours = walk(partial(notebook_04.Momentum, learning_rate=0.01, momentum=0.9))
    torchs = walk(partial(torch.optim.SGD, lr=0.01, momentum=0.9))
    torch.testing.assert_close(ours, torchs, rtol=1e-12, atol=0)


def test_the_wave_with_its_best_numbers_is_the_sine():
    wave = notebook_04.Wave((0.0, 1.0, 1.0, 0.0))
    data = sine().to("cpu", "float32")
    assert (wave(data.x) - data.y).abs().max() < 1e-6


def test_the_parabola_is_a_parabola():
    x = torch.linspace(-2, 2, 9)
    y_pred = notebook_04.parabola_model((1.0, 2.0, -3.0))(torch.stack([x, x**2], dim=1))
    torch.testing.assert_close(y_pred, 1 + 2 * x - 3 * x**2)


def test_the_rate_of_adam_is_about_the_way_that_it_goes():
    run = record(training.optim(sine().to("cpu"), START, 1e-6, optimizer="Adam"), 300)
    np.testing.assert_allclose(abs(run.parameters[-1] - run.parameters[0]), 3e-4, rtol=0.05)
    first = record(training.optim(sine().to("cpu"), START, 1e-3, optimizer="Adam"), 1)
    np.testing.assert_allclose(abs(first.parameters[1] - first.parameters[0]), 1e-3, rtol=1e-4)


def test_what_the_momentum_exercise_says_about_momentum():
    assert notebook_04.fast_momentum() == 0.92
    steps = {momentum: notebook_04.arrival(momentum) for momentum in (0.0, 0.9, 0.91, 0.92, 0.93)}
    assert (steps[0.0], steps[0.9]) == (2269, 182) and max(steps[0.91], steps[0.92], steps[0.93]) <= 170
    problem = theory.LeastSquares(sine().x, sine().y)
    goal = 1.01 * problem.floor
    for momentum in (0.5, 0.7):  # steps about 1 / (1 - β) times as long
        times = problem.iterations_to_reach(goal, START, 1e-6) / problem.iterations_to_reach(
            goal, START, 1e-6, momentum
        )
        assert times == pytest.approx(1 / (1 - momentum), rel=0.05)


def test_our_momentum_can_take_the_place_of_sgd_in_the_lessons_loop():
    cells = json.loads((NOTEBOOKS / "04_nn_and_optim.ipynb").read_text("utf-8"))["cells"]
    source = {one["id"]: "".join(one["source"]) for one in cells}
    line = "torch.optim.SGD(model.parameters(), lr=learning_rate)"
    assert line in source["my-optim"]
    namespace = {"torch": torch, "Momentum": notebook_04.Momentum}
    changed = source["my-optim"].replace(line, "Momentum(model.parameters(), learning_rate, 0.9)")
    exec(source["set-start"] + "\n\n" + changed, namespace)
    losses = record(namespace["optim_training"](sine().to("cpu"), START, 1e-6), 300).losses
    librarys = record(training.optim(sine().to("cpu"), START, 1e-6, momentum=0.9), 300).losses
    np.testing.assert_allclose(losses, librarys, rtol=1e-9)
