"""Mistakes of real learners: what boards and checks say of them, and that right is right on the real problem."""

import copy
import math

import numpy as np
import pytest
import torch
from board_support import NETWORK, TENSORS, Trial, is_nan
from exercise_support import edited, fresh, learner

from polyfit_exercises import exercise, loops, texts
from polyfit_exercises.store import Store
from polyfit_exercises.trial import Mistake
from polyfit_helpers import START, record, sine, training
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.widgets import texts as board_texts
from polyfit_helpers.widgets.words import words


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


def on_a_board(loop, iterations=40, data=TENSORS, **chosen):
    """Return the first words and the rest of what a board says after so many iterations of a loop."""
    seen = words(Trial(loop, data, **chosen).step(iterations).seen())
    return seen.bold, seen.rest


# --- Boards ---------------------------------------------------------------------------------------------------------


class Cubic(torch.nn.Module):
    """A cubic with a Parameter of shape (4,)."""

    def __init__(self, start, dtype):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(start, dtype=dtype))


def with_optimizer(make):
    """Return a loop whose optimizer is made of its model by `make`, which may give another model as well."""

    def loop(data, start, learning_rate):
        model, X = Cubic(start, data.x.dtype), torch.stack([data.x**k for k in range(4)], dim=1)
        model, optimizer = make(model, learning_rate)
        while True:
            loss = ((X @ model.w - data.y) ** 2).sum()
            yield loss, model.w
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return loop


def sgd(parameters, rate):
    return torch.optim.SGD(parameters, lr=rate)


ELSEWHERE = {
    "made anew": lambda model, rate: (copy.deepcopy(model), sgd(model.parameters(), rate)),
    "of another": lambda model, rate: (model, sgd(Cubic((0.0,) * 4, model.w.dtype).parameters(), rate)),
    "of copies": lambda model, rate: (model, sgd([model.w.detach().clone().requires_grad_()], rate)),
    "of Adam": lambda model, rate: (model, torch.optim.Adam(copy.deepcopy(model).parameters(), rate)),
}


@pytest.mark.parametrize("make", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_board_says_that_the_optimizer_moves_other_parameters(make):
    bold, rest = on_a_board(with_optimizer(make))
    assert bold == board_texts.STANDING and board_texts.OPTIMIZER_ELSEWHERE in rest


RUNG = """
    def loop(data, start, learning_rate):
        model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Flatten(0, 1)).to(data.x)
        with torch.no_grad():
            model[0].bias.fill_(start[0])
            model[0].weight.copy_(torch.tensor([start[1:]]))
        X = data.x.unsqueeze(-1).pow(torch.tensor([1, 2, 3]))
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 1.0)
        while True:
            loss = ((model(X) - data.y) ** 2).sum()
            yield loss, (model[0].bias, model[0].weight)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
"""
AT_REST = {
    "weight decay": ("lr=learning_rate", "lr=learning_rate, weight_decay=1e4"),
    "a rate that vanishes": ("1.0)", "0.99)"),
}


@pytest.mark.parametrize("edit", AT_REST.values(), ids=AT_REST)
def test_a_board_does_not_call_falling_what_has_come_to_rest_elsewhere(edit):
    bold, rest = on_a_board(learner(RUNG.replace(*edit), "loop"), 2000)
    assert bold == board_texts.STANDING and board_texts.RESTS_ELSEWHERE in rest


OF_ANOTHER_CURVE = {
    "x without powers": (".pow(torch.tensor([1, 2, 3]))", ".repeat(1, 3)"),
    "every pair of points": (", torch.nn.Flatten(0, 1)", ""),
    "half of the points": ("((model(X) - data.y) ** 2)", "((model(X) - data.y) ** 2)[:30]"),
    "absolute errors": ("((model(X) - data.y) ** 2)", "(model(X) - data.y).abs()"),
    "twice the loss": ("yield loss", "yield 2 * loss"),
    "another order": ("(model[0].bias, model[0].weight)", "tuple(model.parameters())"),
}


@pytest.mark.parametrize("edit", OF_ANOTHER_CURVE.values(), ids=OF_ANOTHER_CURVE)
def test_a_board_says_that_the_loss_is_not_that_of_the_curve_it_draws(edit):
    loop = learner(RUNG.replace(*edit), "loop")
    bold, rest = on_a_board(loop, 50, sine(60).to("cpu"))
    assert bold == board_texts.ANOTHER_LOSS and "of the curve" in rest


@pytest.mark.parametrize("rate", [1e-5, 1e-12])
def test_a_board_does_not_call_at_rest_what_is_only_slow(rate):
    bold, rest = on_a_board(learner(RUNG, "loop"), 300, sine(60).to("cpu"), learning_rate=rate)
    assert bold == board_texts.PAUSED.strip() and "above the floor" in rest and board_texts.RESTS_ELSEWHERE not in rest


@pytest.mark.parametrize(
    ("held", "name"), [("[model[0].weight]", "a"), ("[model[0].bias]", "b, c and d"), ("[model[0].bias]", "b")]
)
def test_a_board_names_the_parameters_that_never_move(held, name):
    bold, rest = on_a_board(learner(RUNG.replace("model.parameters()", held), "loop"))
    assert bold == board_texts.SOME_STAND and name in rest


@pytest.mark.parametrize("iterations", [30, 300, 2000])
@pytest.mark.parametrize(
    ("moved", "names"),
    [("w[:3] -= (learning_rate * gradient)[:3]", "d"), ("w[3:] -= (learning_rate * gradient)[3:]", "a, b and c")],
)
def test_parameters_that_are_never_updated_are_named_even_when_the_others_have_arrived(moved, names, iterations):
    loop = by_hand("w -= learning_rate * gradient", moved)
    bold, rest = on_a_board(loop, iterations, TENSORS.numpy())
    assert bold == board_texts.SOME_STAND
    assert board_texts.some_stand(last=1.0, iterations=1, above="", names=names).partition(".")[2] in rest


@pytest.mark.parametrize("iterations", [30, 300])
def test_a_board_says_that_a_prediction_made_before_the_loop_is_not_that_of_the_curve(iterations):
    source = """
        def once(data, start, learning_rate):
            w = torch.tensor(start, dtype=data.x.dtype, requires_grad=True)
            y_pred = torch.stack([data.x**k for k in range(4)], dim=1) @ w
            while True:
                loss = ((y_pred - data.y) ** 2).sum()
                yield loss, w
                loss.backward(retain_graph=True)
                with torch.no_grad():
                    w -= learning_rate * w.grad
                w.grad = None
    """
    bold, rest = on_a_board(learner(source, "once"), iterations)
    assert bold == board_texts.ANOTHER_LOSS and "anew in each iteration" in rest and "very first" not in rest


NETWORK_LOOP = """
    def loop(data, start, learning_rate):
        model = torch.nn.Sequential(
            torch.nn.Linear(1, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1), torch.nn.Flatten(0, 1)
        ).double()
        torch.nn.utils.vector_to_parameters(torch.tensor(start, dtype=torch.float64), model.parameters())
        optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
        while True:
            at = torch.arange(len(data.x))
            y_pred = model(data.x.unsqueeze(-1)[at])
            loss = ((y_pred - data.y[at]) ** 2).sum()
            yield loss, tuple(model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""
ALL = "at = torch.arange(len(data.x))"
OF_NETWORKS = {
    "no activation": (("torch.nn.ReLU(), ", ""), board_texts.STANDING),
    "one at the end": (("torch.nn.Flatten(0, 1)", "torch.nn.Flatten(0, 1), torch.nn.ReLU()"), board_texts.STANDING),
    "the sum of a batch": (
        ("torch.arange(len(data.x))", "torch.randint(0, len(data.x), (64,))"),
        board_texts.ANOTHER_LOSS,
    ),
    "half of the points": (("torch.arange(len(data.x))", "torch.arange(len(data.x) // 3)"), board_texts.ANOTHER_LOSS),
    "y of other points": (("data.y[at]", "data.y[torch.randperm(len(at))]"), board_texts.NOT_SETTLED),
}


@pytest.mark.parametrize(("edit", "word"), OF_NETWORKS.values(), ids=OF_NETWORKS)
def test_a_board_says_the_truth_of_networks_that_cannot_learn(edit, word):
    torch.manual_seed(0)
    loop = learner(NETWORK_LOOP.replace(*edit), "loop")
    bold, rest = on_a_board(loop, 1500, **{name: NETWORK[name] for name in ("data", "start", "model", "learning_rate")})
    assert bold == word, rest


def still(update):
    """Return a loop by hand with this line as its update, which changes nothing."""
    source = f"""
        def still(data, start, learning_rate):
            w, X = torch.tensor(start, dtype=data.x.dtype), torch.stack([data.x**k for k in range(4)], dim=1)
            while True:
                error = X @ w - data.y
                yield error @ error, w
                gradient = 2 * error @ X
                {update}
    """
    return learner(source, "still")


@pytest.mark.parametrize(
    "update", ["w - learning_rate * gradient", "w -= 0 * gradient", "gradient -= gradient", "pass"]
)
def test_a_board_does_not_say_when_a_loop_that_stands_still_will_arrive(update):
    bold, rest = on_a_board(still(update), 2000)
    assert bold == board_texts.STANDING and board_texts.NOTHING_MOVES in rest


@pytest.mark.parametrize("last", [1, 7, 100])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_board_says_since_when_a_loop_stands_still(last, sign):
    bold, rest = on_a_board(slowed(lambda t: sign * float(t < last)), 200, TENSORS.numpy())
    assert bold == board_texts.STANDING
    assert board_texts.stands_since(last=1.0, iterations=200, since=last).partition(":")[2] in rest


def test_a_loop_that_has_arrived_does_not_stand_still():
    """Its loss is twice the sum, so the floor is not that of theory, and rounding lets it move no more."""

    def doubled(data, start, learning_rate):
        for loss, w in training.numpy_matrix(data, start, learning_rate):
            yield 2 * loss, np.round(w, 9)

    bold, rest = on_a_board(doubled, 9000, TENSORS.numpy())
    assert bold != board_texts.STANDING and "have not moved" not in rest


def slowed(factor):
    """Return descent whose rate is multiplied by factor(t)."""

    def loop(data, start, learning_rate):
        w, X = np.array(start), np.stack([data.x**k for k in range(4)])
        t = 0
        while True:
            error = w @ X - data.y
            yield error @ error, w
            w -= factor(t) * learning_rate * 2 * X @ error
            t += 1

    return loop


@pytest.mark.parametrize(
    "factor",
    [
        lambda t: 0.1 ** (t // 30),
        lambda t: 0.99**t,
        lambda t: 0.5,
        lambda t: float(t % 2),
        lambda t: 1 / (1 + t / 50),
        lambda t: 0.5 + 0.5 * math.cos(math.pi * t / 300),
        lambda t: min(1.0, t / 20),
        lambda t: float(t > 0),
        lambda t: 1.0 if t < 250 else 0.5,
        lambda t: 1.01,
    ],
)
def test_theory_is_silent_about_a_loop_that_has_left_the_predicted_curve(factor):
    on_it, off_it = (on_a_board(slowed(how), 300, TENSORS.numpy())[1] for how in (lambda t: 1.0, factor))
    more = board_texts.more_needed(iterations=1969)
    assert more in on_it and " ".join(more.split()[:1]) not in off_it


@pytest.mark.parametrize("loop", [training.numpy_matrix, training.autograd, training.optim, training.tensors_matrix])
@pytest.mark.parametrize("rate", [1e-7, 1e-6, 3e-6])
def test_theory_speaks_of_right_loops(loop, rate):
    data = TENSORS.numpy() if loop is training.numpy_matrix else TENSORS
    bold, rest = on_a_board(loop, 300, data, learning_rate=rate)
    assert bold == board_texts.PAUSED.strip() and "more bring it within 1 %." in rest


@pytest.mark.parametrize("rate", [1e-7, 1e-6, 2e-6])
@pytest.mark.parametrize("iterations", [300, 1000])
def test_rounding_to_float32_leaves_a_loop_on_the_predicted_curve(rate, iterations):
    _, rest = on_a_board(training.optim, iterations, sine().to("cpu", "float32"), learning_rate=rate)
    assert "more bring it within 1 %." in rest


BROKEN = {
    "logarithm": "loss = torch.log(-(error @ error))",
    "nothing by nothing": "loss = (error @ error) * 0 / 0",
    "root": "loss = torch.sqrt(-(error @ error))",
    "none in x": "loss = (error / torch.tensor(0.0)) @ (error * 0)",
}


def breaks(line, after):
    """Return a loop whose loss becomes no number by this line, after so many iterations."""
    source = f"""
        def breaks(data, start, learning_rate):
            w, X, t = torch.tensor(start, dtype=data.x.dtype), torch.stack([data.x**k for k in range(4)], dim=1), 0
            while True:
                error = X @ w - data.y
                loss = error @ error
                if t >= {after}:
                    {line}
                yield loss, w
                w -= learning_rate * 2 * error @ X
                t += 1
    """
    return learner(source, "breaks")


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN)
def test_no_number_is_not_called_an_overflow(line):
    for after, sentence in ((0, board_texts.no_number_at_once), (7, board_texts.no_number_later)):
        bold, rest = on_a_board(breaks(line, after))
        assert bold == board_texts.NO_NUMBER
        assert rest.split(".")[-2] == sentence(iterations=after, before=1.0).split(".")[-2]
    assert on_a_board(is_nan)[0] == board_texts.NO_NUMBER


LEAPS = {
    "divided by nothing": "w /= 0",
    "by the length of nothing": "w += 0 * gradient / torch.linalg.norm(0 * gradient)",
    "an infinite rate": "w -= float('inf') * gradient",
    "a root": "w -= 0 * torch.sqrt(-torch.abs(gradient))",
    "a logarithm": "w += torch.log(0 * w)",
}


@pytest.mark.parametrize("update", LEAPS.values(), ids=LEAPS)
@pytest.mark.parametrize("after", [0, 6])
def test_parameters_that_leap_to_infinity_have_not_overflowed(update, after):
    source = f"""
        def leaps(data, start, learning_rate):
            w, X, t = torch.tensor(start, dtype=data.x.dtype), torch.stack([data.x**k for k in range(4)], dim=1), 0
            while True:
                error = X @ w - data.y
                yield error @ error, w
                gradient = 2 * error @ X
                if t >= {after}:
                    {update}
                w -= learning_rate * gradient
                t += 1
    """
    bold, rest = on_a_board(learner(source, "leaps"))
    assert bold == board_texts.NO_NUMBER
    assert rest.split(".")[-2] == board_texts.no_number_later(iterations=1, before=1.0).split(".")[-2]


def test_a_loss_that_is_infinite_at_moderate_parameters_has_not_overflowed():
    def infinite_at_last(data, start, learning_rate):
        for loss, w in training.numpy_matrix(data, start, learning_rate):
            yield (loss if loss > 500 else np.inf), w

    bold, rest = on_a_board(infinite_at_last, 2000, TENSORS.numpy())
    assert bold == board_texts.NO_NUMBER and "did not grow" in rest
    assert on_a_board(training.numpy_matrix, 20, TENSORS.numpy(), start=(1e200, 0, 0, 0))[0] == board_texts.NO_NUMBER


@pytest.mark.parametrize("rate", [1e-5, 1e-4, 1.0, 1e30])
def test_an_overflow_is_called_an_overflow(rate):
    assert on_a_board(training.autograd, 2000, learning_rate=rate)[0] == board_texts.OVERFLOWED


@pytest.mark.parametrize("factor", [lambda t: -1.0, lambda t: -0.2, lambda t: -3.0, lambda t: 1.0 + t])
def test_a_board_says_of_a_loop_that_climbs_below_the_limit_that_it_is_not_the_rate(factor):
    for iterations in (60, 20_000):
        bold, rest = on_a_board(slowed(factor), iterations, TENSORS.numpy())
        assert bold == (board_texts.DIVERGING if iterations == 60 else board_texts.OVERFLOWED)
        assert board_texts.climbs(learning_rate=1e-6, highest=3.5579e-6).split(":")[1] in rest
    bold, rest = on_a_board(training.numpy_matrix, 60, TENSORS.numpy(), learning_rate=1e-5)
    assert board_texts.climbs(learning_rate=1e-6, highest=3.5579e-6).split(":")[1] not in rest


def by_hand(*edit):
    """Return descent by hand with one line changed."""
    source = """
        def by_hand(data, start, learning_rate):
            w, X = np.array(start), np.stack([data.x**k for k in range(4)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                gradient = 2 * X @ error
                w -= learning_rate * gradient
    """
    assert edit[0] in source
    return learner(source.replace(*edit), "by_hand")


@pytest.mark.parametrize(
    ("edit", "used"),
    [
        (("learning_rate * gradient", "1e-2 * gradient"), 1e-2),
        (("learning_rate * gradient", "1e-3 * gradient"), 1e-3),
        (("learning_rate * gradient", "10 * learning_rate * gradient"), 1e-5),
        (("gradient = 2", "gradient = 1 / len(data.x) * 2"), 5e-10),
        (("learning_rate * gradient", "learning_rate * gradient / 3"), 1e-6 / 3),
    ],
)
def test_a_board_does_not_clear_the_rate_that_a_loop_does_not_use(edit, used):
    bold, rest = on_a_board(by_hand(*edit), 2000, TENSORS.numpy())
    assert bold == (board_texts.OVERFLOWED if used > 1e-6 else board_texts.PAUSED.strip())
    assert board_texts.another_rate(used=used) in rest
    assert board_texts.climbs(learning_rate=1e-6, highest=3.5579e-6).split(",")[1] not in rest


@pytest.mark.parametrize(
    "edit",
    [
        ("data.x**k", "(data.x / data.x.max())**k"),
        ("data.x**k", "data.x**(k + 1)"),
        ("- data.y", "- data.y / 2"),
        ("error = w @ X", "error = w[::-1] @ X"),
    ],
)
def test_a_board_says_that_the_first_loss_is_not_that_of_the_start(edit):
    loop = by_hand(*edit)
    first = record(loop(TENSORS.numpy(), START, 1e-6), 0).losses[0]
    right = record(training.numpy_matrix(TENSORS.numpy(), START, 1e-6), 0).losses[0]
    assert board_texts.another_first_loss(got=first, expected=right) in on_a_board(loop, 300, TENSORS.numpy())[1]


def mean_training(change):
    """Return a loop whose loss is the mean, and which moves by this change, given the gradient g."""
    source = f"""
        def mean_training(data, start, learning_rate):
            w, X = np.array(start), np.stack([data.x**k for k in range(4)])
            for t in range(10**9):
                error = w @ X - data.y
                yield error @ error / len(data.x), w
                g = 2 * X @ error / len(data.x)
                w = w - learning_rate * ({change})
    """
    return learner(source, "mean_training")


@pytest.mark.parametrize("change", ["-g", "g * (3 - t % 2)", "np.sign(g)", "g / 2000"])
@pytest.mark.parametrize("iterations", [1, 40])
def test_a_board_says_of_any_loop_that_its_loss_is_the_mean(change, iterations):
    loop = mean_training(change)
    bold, rest = on_a_board(loop, iterations, TENSORS.numpy(), learning_rate=2e-3)
    of_the_mean = board_texts.it_is_the_mean(last=1.0, iterations=1, floor=1.0, whole=1.0).split(". ")[1][:15]
    assert bold == board_texts.ANOTHER_LOSS and (of_the_mean in rest or board_texts.IT_IS_THE_MEAN in rest)
    assert board_texts.another_first_loss(got=1.0, expected=1.0)[:25] not in rest


@pytest.mark.parametrize(("rate", "change"), [(2e-3, "-g"), (2e-3, "1e4 * g"), (1e-2, "g")])
def test_the_limit_of_a_mean_is_that_of_the_mean(rate, change):
    loop = mean_training(change)
    bold, rest = on_a_board(loop, 2000, TENSORS.numpy(), learning_rate=rate)
    limit = LeastSquares(sine().x, sine().y, reduction="mean").stability_limit()
    above = board_texts.above_the_limit(learning_rate=rate, highest=limit)
    assert bold == board_texts.OVERFLOWED and (above in rest) == (rate > limit)
    assert board_texts.climbs(learning_rate=rate, highest=limit) in rest or rate > limit


@pytest.mark.parametrize(
    "item", [{"loss": 1.0, "w": 2.0}, {"loss": 1.0, "parameters": (1.0, 2.0)}, {"loss": 1.0}, {1.0: 2.0, 3.0: 4.0}]
)
def test_a_dict_that_is_yielded_is_named(item):
    with pytest.raises(TypeError, match=r"must yield a pair, as in `yield loss, \(a, b, c, d\)`; got \{"):
        record(iter([item]), 0)


# --- Checks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [9, 40, 333, 1000, 1500, 1999])
def test_a_loop_that_changes_at_any_time_is_not_right(last):
    changing = edited(
        "momentum_training",
        ("while True:", "for t in range(10**9):"),
        ("a -= learning_rate *", f"a -= learning_rate * (1.01 if t == {last} else 1) *"),
    )
    card = fresh("momentum_training").check(changing)
    assert card.mistakes == ("changes_later",) and texts.moment(last) in card.words


@pytest.mark.parametrize("wrong", ["n > 22", "n > 1000", "n >= 2000", "n < 2000", "n < 8", "n == 2000 and t > 1998"])
def test_a_loop_that_is_right_for_some_numbers_of_points_is_not_right(wrong):
    some = edited(
        "momentum_training",
        ("while True:", "n = len(x)\n    for t in range(10**9):"),
        ("a -= learning_rate *", f"a -= learning_rate * (0.9 if {wrong} else 1) *"),
    )
    assert fresh("momentum_training").check(some).state == "not yet"


def test_a_wrong_loop_does_not_pay_for_the_long_run():
    asked = []
    wrong = edited("repaired_training", ("parameter.grad = None", "pass"))
    counting = learner(
        """
        def counting(data, start, learning_rate):
            for state in wrong(data, start, learning_rate):
                asked.append(len(data.x))
                yield state
        """,
        "counting",
    )
    counting.__globals__.update(wrong=wrong, asked=asked)
    assert fresh("repaired_training").check(counting).state == "not yet"
    assert asked.count(2000) == loops.STEPS + 1 < len(asked) < 100


@pytest.mark.parametrize("size", [3, 4])
@pytest.mark.parametrize("mean", [False, True])
def test_what_a_loop_is_accepted_for_is_the_real_problem(size, mean):
    real = loops._real_problem(size, momentum=False, mean=mean)
    assert len(real.data) == 2000 and loops.MANY == 2001
    assert real.options["learning_rate"] / (2000 if mean else 1) == 1e-6


@pytest.mark.parametrize(
    ("expected", "received"), [(1206.0, 1206.0001), (1.0, 1.0 + 1e-15), (-1e-6, -1.0000001e-6), (0.0, 1e-300)]
)
def test_numbers_that_differ_are_written_so_that_they_differ(expected, received):
    assert len({*texts.told_apart(expected, received)}) == 2
    assert len({*texts.told_apart(np.array([2.0, expected]), np.array([2.0, received]))}) == 2


@pytest.mark.parametrize(
    ("edit", "phase"),
    [
        (("a + b * x", "a * b * x"), "forward"),
        (("** 2).sum()", "** 2).sum() + 7"), "forward"),
        (("d * x**3", "d * torch.sin(x)"), "forward"),
        (("-= learning_rate * parameter.grad", "-= learning_rate * parameter.grad ** 3"), "update"),
        (("loss.backward()", "(loss * a).backward()"), "update"),
        (("loss.backward()", "loss.backward()\n        b.grad = a.grad * b.grad"), "update"),
    ],
)
def test_the_fallback_says_which_phase_to_look_at(edit, phase):
    card = fresh("repaired_training").check(edited("repaired_training", edit))
    if edit[1].endswith("7"):
        assert card.mistakes == ("loss_wrong",)
    else:
        assert card.mistakes == ("other_state",) and texts.WHERE_TO_LOOK[phase] in card.words


@pytest.mark.parametrize("then", ["v = 0.9 * v + g", "v = g[[1, 0, 2, 3]] if t % 3 else g", "v = g / (1 + t)"])
@pytest.mark.parametrize("size", [100, 1000])
def test_updates_of_the_first_points_are_mini_batches_only_if_others_follow(size, then):
    loop = learner(
        f"""
        def some_points(data, start, learning_rate):
            x, y, w, v = data.x[:{size}], data.y[:{size}], np.array(start), 0.0
            X = np.stack([x**k for k in range(4)])
            for t in range(10**9):
                yield (w @ X - y) @ (w @ X - y), w
                g = 2 * X @ (w @ X - y)
                {then}
                w = w - learning_rate * v
        """,
        "some_points",
    )
    with pytest.raises(Mistake) as raised:
        loops.check_loop(loop)
    assert "mini_batches" not in [one.name for one in raised.value.findings]


@pytest.mark.parametrize("size", [10, 13, 18, 21])
def test_what_is_said_of_mini_batches_does_not_depend_on_the_draw(size):
    shuffled = learner(
        f"""
        def repaired_training(data, start, learning_rate):
            w = torch.tensor(start, dtype=data.x.dtype, requires_grad=True)
            X = torch.stack([data.x**k for k in range(4)], dim=1)
            while True:
                yield ((X @ w - data.y) ** 2).sum(), w
                some = torch.randperm(len(data.x))[:{size}]
                ((X[some] @ w - data.y[some]) ** 2).sum().backward()
                with torch.no_grad():
                    w -= learning_rate * w.grad
                    w.grad = None
        """,
        "repaired_training",
    )
    assert {fresh("repaired_training").check(shuffled).mistakes for _ in range(6)} == {("right_for_few_points",)}


TOTALS = {
    "global": [("    total = 0.0", "    global total\n    total = 0.0")],
    "of the function": [
        ("    total = 0.0", "    bug_5_training.total = 0.0"),
        ("total += loss.item()", "bug_5_training.total += loss.item()"),
    ],
    "of a helper": [
        ("    total = 0.0", "    total = 0.0\n    def add(v):\n        nonlocal total\n        total += v"),
        ("total += loss.item()", "add(loss.item())"),
    ],
    "of a list": [
        ("    total = 0.0", "    global kept\n    kept = []"),
        ("total += loss.item()", "kept.append(loss.item())"),
    ],
}


@pytest.mark.parametrize("edits", TOTALS.values(), ids=TOTALS)
def test_a_total_is_found_wherever_it_is_kept(edits, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 20)
    assert fresh("bug_5").check(edited("bug_5", *edits)).state == "done"
    keeping = [(old, new.replace("loss.item()", "loss")) for old, new in edits]
    keeping += [] if any("loss.item()" in old for old, _ in edits) else [("loss.item()", "loss")]
    assert fresh("bug_5").check(edited("bug_5", *keeping)).mistakes == ("graphs_kept",)


@pytest.mark.parametrize("answer", [2269, "2269", 2300, "2 300", "2310.0", " 2269 "])
def test_the_exact_number_stands_for_the_choice_that_is_near(answer):
    assert fresh("iterations_to_the_floor").check(answer).state == "done"


def test_a_slow_first_step_of_an_optimizer_is_no_generator_that_is_used_up(monkeypatch):
    slow = edited(
        "momentum_class",
        ("        with torch.no_grad():", "        sum(k for k in range(10**5))\n        with torch.no_grad():"),
    )
    monkeypatch.setattr("polyfit_exercises.trial.LIMIT", 0.01)
    assert fresh("momentum_class").check(slow).mistakes != ("generator_used_up",)


# --- What random learners found: see `learners` --------------------------------------------------------------------


def test_a_board_takes_a_loop_whose_rate_is_by_keyword_only():
    by_name = learner(
        "def by_name(data, start, *, learning_rate):\n    return numpy_matrix(data, start, learning_rate)", "by_name"
    )
    by_name.__globals__["numpy_matrix"] = training.numpy_matrix
    expected, got = (on_a_board(loop, 30, TENSORS.numpy()) for loop in (training.numpy_matrix, by_name))
    assert got == expected


def descends(update, before="", then="", powers=3):
    """Return a loop of a polynomial with momentum, in NumPy, whose gradient g comes from this line."""
    source = f"""
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros({powers}), np.stack([data.x**k for k in range({powers})])
            {before}
            for t in range(10**9):
                error = w @ X - data.y
                yield error @ error, w
                g = 2 * X @ error
                {update}
                v = momentum * v + g
                w = w - learning_rate * v
                {then}
    """
    return learner(source, "momentum_training")


CREEPING = {
    "slowly": "g = g * (1 - 1e-11 * t)",
    "by chance": "g = g + 1e-8 * np.sin(1e3 * t)",
    "by a small penalty": "g = g + 1e-8 * np.cos(w)",
}


@pytest.mark.parametrize("update", CREEPING.values(), ids=CREEPING)
def test_what_goes_wrong_little_by_little_is_not_said_to_change_at_a_time(update):
    assert fresh("momentum_training").check(descends(update)).mistakes == ("other_state",)


@pytest.mark.parametrize("added", ["1e-3 * w", "1e-4 * np.sign(w)", "1e-4 * np.cos(w)", "1e-4"])
@pytest.mark.parametrize("when", [700, 1200])
def test_what_is_too_small_to_turn_a_step_is_not_said_to_be_another_rate(added, when):
    loop = descends(f"g = g + (t >= {when}) * ({added})", powers=4)
    with pytest.raises(Mistake) as raised:
        loops.check_loop(lambda data, start, learning_rate: loop(data, start, learning_rate, 0.0))
    assert [one.name for one in raised.value.findings] == ["changes_later"]


@pytest.mark.parametrize("update", ["g = np.float32(g)", "g = g.astype('f').astype(float)", "g[1] = np.float32(g[1])"])
def test_a_gradient_in_float32_is_named_though_the_example_loses_nothing(update):
    for _ in range(3):
        assert fresh("momentum_training").check(descends(update)).mistakes == ("float32",)


@pytest.mark.parametrize("added", ["1e-7 * w", "1e-7 * np.sign(w)", "1e-8"])
def test_what_is_added_in_every_other_iteration_is_no_noise(added):
    assert fresh("momentum_training").check(descends(f"g = g + {added} * (t % 2)")).mistakes == ("other_state",)


@pytest.mark.parametrize("update", ["pass", "g = np.sign(g)", "g = g + w**2", "g = -g", "v *= 0"])
def test_whatever_is_yielded_twice_is_said_to_be(update):
    twice = learner(
        """
        def momentum_training(data, start, learning_rate, momentum):
            for state in once(data, start, learning_rate, momentum):
                yield state
                yield state
        """,
        "momentum_training",
    )
    twice.__globals__["once"] = descends(update)
    assert fresh("momentum_training").check(twice).mistakes == ("yields_twice",)


@pytest.mark.parametrize("update", ["g = np.full(3, g[1] ** 2)", "g = np.full(3, (X**2 @ error).sum())"])
def test_steps_of_one_size_are_those_of_adam_only_if_no_data_change_it(update):
    assert fresh("momentum_training").check(descends(update)).mistakes == ("steps_alike",), "and not Adam"


@pytest.mark.parametrize("update", ["g = g / np.sqrt(g**2 + 1e-16)", "g = np.sign(g)", "g = np.clip(g, -1e-3, 1e-3)"])
def test_steps_of_one_size_on_all_data_are_named(update):
    (name,) = fresh("momentum_training").check(descends(update)).mistakes
    assert name in ("not_descent", "clipped")


def test_a_difference_of_some_digits_is_not_said_to_come_of_few_points():
    tiny = descends("g = g * (1 + 1e-9 * (len(data.x) > 7))")
    assert fresh("momentum_training").check(tiny).mistakes == ("other_state",)


def test_whole_numbers_are_not_called_numbers_of_few_digits():
    whole = descends("pass", "w = w.astype(int)", "w = w.astype(int)")
    assert fresh("momentum_training").check(whole).mistakes == ("integer_start",)


@pytest.mark.parametrize("cut", ["loss = loss.detach()", "loss = torch.tensor(loss.item())"])
def test_a_loss_that_is_cut_later_does_not_mean_that_recording_is_off(cut):
    edits = (
        ("while True:", "for t in range(10**9):"),
        ("        loss.backward()", f"        if t > 4: {cut}\n        loss.backward()"),
    )
    assert fresh("repaired_training").check(edited("repaired_training", *edits)).mistakes == ("graph_cut",)


@pytest.mark.parametrize(
    "loss", ["((y_pred - y)[1:] ** 2).sum()", "((y_pred - y) ** 4).sum()", "(y_pred - y).abs().max()"]
)
def test_a_wrong_loss_without_a_record_depends_on_the_parameters_all_the_same(loss):
    cut = edited("repaired_training", ("((y_pred - y) ** 2).sum()", loss), (", requires_grad=True", ""))
    assert fresh("repaired_training").check(cut).mistakes == ("graph_cut",)


@pytest.mark.parametrize("state", ["w", "w.detach()", "w.detach().clone()", "[*w.detach()]", "w.tolist()"])
@pytest.mark.parametrize("update", ["w = w - learning_rate * w.grad", "w = (w - learning_rate * w.grad).detach()"])
def test_new_tensors_are_named_whatever_is_yielded(state, update):
    rebinds = edited("bug_3", ("yield loss, w", f"yield loss, {state}"), ("w -= learning_rate * w.grad", update))
    assert fresh("bug_3").check(rebinds).mistakes == ("rebound",)


WRAPPED = {
    "yield from": "def bug_9_training(data, start, learning_rate):\n    yield from inner(data, start, learning_rate)",
    "a function in it": "def bug_9_training(data, start, learning_rate):\n"
    "    def run():\n        yield from inner(data, start, learning_rate)\n    yield from run()",
    "a class": "class bug_9_training:\n"
    "    def __init__(self, data, start, learning_rate): self.running = inner(data, start, learning_rate)\n"
    "    def __iter__(self): return self\n"
    "    def __next__(self): return next(self.running)",
}
OPTIMIZERS = {
    "no_brackets": ("loss.backward()", "loss.backward"),
    "other_optimizer": ("lr=learning_rate", "lr=learning_rate, momentum=0.9"),
    "optimizer_elsewhere": ("SGD((a, b, c, d)", "SGD([one.detach().clone().requires_grad_() for one in (a, b, c, d)]"),
}


@pytest.mark.parametrize("wrapped", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_an_inner_loop_holds_is_seen(wrapped, name):
    outer = learner(wrapped, "bug_9_training")
    namespace = outer.__init__.__globals__ if isinstance(outer, type) else outer.__globals__
    namespace["inner"] = edited("bug_9", OPTIMIZERS[name])
    assert fresh("bug_9").check(outer).mistakes == (name,)
