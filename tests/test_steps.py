"""What is said of the steps of a training loop, and that no verdict depends on how fast a machine is."""

import itertools
import time

import numpy as np
import pytest
from exercise_support import CHECKS, edited, fresh, solved

from polyfit_exercises import exercise, loops, sandbox
from polyfit_exercises.steps import name_steps
from polyfit_exercises.store import Store
from polyfit_helpers import record, training
from polyfit_helpers.theory import design_matrix

TRAINED = ["momentum_training", "any_device_training", "repaired_training", "momentum_class"]


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


# --- Any combination of mistakes is named ---------------------------------------------------------------------------

# How a velocity v comes of a gradient g and the momentum beta, and by what the parameters move.
VELOCITIES = {
    "": lambda v, g, beta: (beta * v + g, beta * v + g),
    "no_momentum": lambda v, g, beta: (v, g),
    "added_up": lambda v, g, beta: (v + g, v + g),
    "averaged": lambda v, g, beta: (beta * v + (1 - beta) * g, beta * v + (1 - beta) * g),
    "kept_whole": lambda v, g, beta: (v + beta * g, v + beta * g),
    "velocity_reversed": lambda v, g, beta: (g - beta * v, g - beta * v),
    "velocity_late": lambda v, g, beta: (beta * v + g, v),
    "ahead": lambda v, g, beta: (beta * v + g, beta * (beta * v + g) + g),
    "momentum_fixed": lambda v, g, beta: (0.9 * v + g, 0.9 * v + g),
}
GRADIENTS = {
    "": lambda X, y, w: 2 * X @ (w @ X - y),
    "broadcast": lambda X, y, w: 2 * (X @ ((w @ X)[:, None] - y)).sum(axis=1),
    "loss_root": lambda X, y, w: X @ (w @ X - y) / np.sqrt(((w @ X - y) ** 2).sum()),
}
SCALES = {
    "": lambda rate, n: rate,
    "uphill": lambda rate, n: -rate,
    "steps_halved": lambda rate, n: rate / 2,
    "rate_scaled": lambda rate, n: 7 * rate,
    "rate_ignored": lambda rate, n: 1e-4,
    "points_fixed": lambda rate, n: 5 / n * rate,
    "rate_twice": lambda rate, n: rate**2,
}


def walked(descents, gradient="", velocity="", scale="", updates=8):
    """Return the states of descent with these mistakes, shape (D, updates + 1, P)."""
    walks = []
    for data, start, options, _ in descents:
        X, w, v = design_matrix(data.x, len(start) - 1), np.array(start), np.zeros(len(start))
        rate = SCALES[scale](options["learning_rate"], len(data))
        walk = [w]
        for _ in range(updates):
            v, step = VELOCITIES[velocity](v, GRADIENTS[gradient](X, data.y, w), options.get("momentum", 0.0))
            w = w - rate * step
            walk.append(w)
        walks.append(walk)
    return np.array(walks)


def named(descents, states):
    findings = name_steps(descents, states, "abcd"[: states.shape[2]])
    return None if findings is None else [one.name for one in findings]


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("velocity", VELOCITIES)
def test_each_gradient_with_each_velocity_and_each_scale_is_named_in_the_same_words_on_any_data(gradient, velocity):
    for scale in SCALES:
        if gradient == "broadcast" and scale == "points_fixed":
            continue  # it adds up as many terms as there are pairs of points
        expected = [name for name in (gradient, velocity, scale) if name]
        for _ in range(CHECKS):
            descents = loops._descents(3, momentum=True, mean=False)
            assert named(descents, walked(descents, gradient, velocity, scale)) == expected


@pytest.mark.parametrize("updates", [2, 8, 40])
def test_right_steps_have_no_names_however_many_there_are(updates):
    for momentum, size in itertools.product((False, True), (3, 4)):
        descents = loops._descents(size, momentum, mean=False)
        assert named(descents, walked(descents, updates=updates)) == []


def test_what_is_right_up_to_a_small_part_has_no_right_trajectory():
    def training_with_decay(data, start, learning_rate, momentum):
        X, w, v = design_matrix(data.x, 2), np.array(start), np.zeros(3)
        while True:
            error = w @ X - data.y
            yield error @ error, w
            v = momentum * v + 2 * X @ error + 1e-5 * w
            w = w - learning_rate * v

    assert fresh("momentum_training").check(training_with_decay).state == "not yet"


def test_mistakes_of_some_parameters_are_named_with_them():
    descents = loops._descents(4, momentum=False, mean=False)
    some = walked(descents)
    for one, (data, start, options, _) in zip(some, descents, strict=True):
        X, w, total = design_matrix(data.x, 3), np.array(start), np.zeros(4)
        for t in range(len(one)):
            one[t] = w
            gradient = 2 * X @ (w @ X - data.y)
            total += gradient
            w = w - options["learning_rate"] * np.array([gradient[0], total[1], gradient[0], 0.0])
    findings = name_steps(descents, some, "abcd")
    assert [(one.name, one.details["where"]) for one in findings] == [
        ("some_added_up", "b"),
        ("anothers_step", "c moves"),
        ("some_never_move", "d"),
    ]


def test_what_follows_an_overflow_is_passed_over():
    explodes = edited("momentum_training", ("-= learning_rate", "+= 1e30 * learning_rate"))
    assert fresh("momentum_training").check(explodes).mistakes == ("uphill", "rate_scaled")


@pytest.mark.parametrize("seed", range(30))
def test_no_states_whatever_are_too_odd_to_be_looked_at(seed):
    generator = np.random.default_rng(seed)
    descents = loops._descents(3, momentum=bool(seed % 2), mean=bool(seed % 3))
    states = generator.choice([0.0, 1.0, -1e200, np.nan, np.inf, 1e-300], (len(descents), 9, 4))
    states[:, : seed % 5] = 1.0
    assert loops._compare(descents, list(states), "abc")


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("mean", [False, True])
def test_what_a_loop_is_compared_with_is_descent_of_the_librarys_loop(momentum, mean):
    descents = loops._descents(4, momentum, mean)
    for one, expected in zip(descents, loops.descend(descents, np.arange(9)), strict=True):
        rate = one.options["learning_rate"] / (len(one.data) if mean else 1)
        history = record(training.numpy_matrix(one.data, one.start, **one.options | {"learning_rate": rate}), 8)
        losses = history.losses / (len(one.data) if mean else 1)
        assert loops.agree(np.column_stack([losses, history.parameters]), expected)


# --- No verdict depends on speed ------------------------------------------------------------------------------------


@pytest.fixture
def slow_machine(monkeypatch):
    """Let the clocks on the wall run a hundred times as fast."""

    def hurried(clock):
        began = clock()
        return lambda: began + 100 * (clock() - began)

    for name in ("monotonic", "perf_counter", "time"):
        monkeypatch.setattr(time, name, hurried(getattr(time, name)))


# One in NumPy and one in torch; that each of the others is right, on a machine of any speed, says test_exercises.
FAST = ["momentum_training", "repaired_training"]
OTHERS = [key for key in (*TRAINED, "bug_3", "bug_5", "bug_9", "bug_4") if key not in FAST]


@pytest.mark.parametrize("key", [*FAST, *(pytest.param(key, marks=pytest.mark.slow) for key in OTHERS)])
def test_a_right_loop_is_right_on_a_slow_machine(key, slow_machine):
    card = fresh(key).check(solved(key))
    assert card.state == "done", card


@pytest.mark.parametrize("key", ["momentum_training", pytest.param("repaired_training", marks=pytest.mark.slow)])
def test_a_loop_that_ends_by_itself_after_2000_states_is_never_right(key, slow_machine):
    card = fresh(key).check(edited(key, ("while True", "for _ in range(2000)")))
    assert card.mistakes == ("ends",) and "after 2000 states" in card.words
    assert fresh(key).check(edited(key, ("while True", "for _ in range(2001)"))).state == "done"


def test_an_interrupt_long_after_the_first_states_goes_through():
    interrupted = edited(
        "momentum_training",
        ("while True:", "for t in range(10**9):\n        if t == 500: __import__('signal').raise_signal(2)"),
    )
    with pytest.raises(KeyboardInterrupt):
        fresh("momentum_training").check(interrupted)


def test_a_right_loop_may_sleep(monkeypatch):
    asleep = edited("momentum_training", ("yield loss", "__import__('time').sleep(1e-4)\n        yield loss"))
    monkeypatch.setattr(loops, "MANY", 200)
    assert fresh("momentum_training").check(asleep).state == "done"


class Clocks:
    """Clocks that go as a test says: seconds that pass, and seconds that the thread computes, between two looks."""

    def __init__(self, monkeypatch, passes, computes):
        self.passed = self.computed = 0.0
        self.passes, self.computes = passes, computes
        monkeypatch.setattr(time, "monotonic", lambda: self.passed)
        monkeypatch.setattr(time, "thread_time", lambda: self.computed)

    def looks_until_time_is_up(self, most=10_000):
        """Return how often the learner's code comes back before it is stopped."""
        is_up = sandbox._stopwatch(3.0)
        for look in range(most):
            if is_up():
                return look
            self.passed += self.passes
            self.computed += self.computes
        return None


def test_code_is_stopped_when_it_has_computed_long_enough_however_busy_the_machine(monkeypatch):
    quiet = Clocks(monkeypatch, passes=1 / 64, computes=1 / 64).looks_until_time_is_up()
    busy = Clocks(monkeypatch, passes=9 / 64, computes=1 / 64).looks_until_time_is_up()
    assert quiet == busy == 3 * 64 + 1


def test_code_that_only_waits_is_stopped_by_the_clock_on_the_wall(monkeypatch):
    assert Clocks(monkeypatch, passes=1 / 64, computes=0.0).looks_until_time_is_up() == 30 * 64 + 1


def test_a_single_call_that_takes_long_is_no_endless_loop(monkeypatch):
    assert Clocks(monkeypatch, passes=1000.0, computes=1000.0).looks_until_time_is_up() >= 20


def test_a_step_that_is_compiled_is_no_endless_loop():
    model = "torch.compile(lambda a, b, c, d: a + b * x + c * x**2 + d * x**3, backend='eager')"
    compiled = edited(
        "repaired_training",
        ("    while True", f"    model = {model}\n    while True"),
        ("y_pred = a + b * x + c * x**2 + d * x**3  # forward", "y_pred = model(a, b, c, d)"),
    )
    assert fresh("repaired_training").check(compiled).state == "done"
