"""How answers to the exercises of notebook 01 are checked."""

from __future__ import annotations

from functools import partial
from typing import Any

from polyfit_helpers.data import START, sine, straight_line
from polyfit_helpers.history import record
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import numpy_matrix

from .. import texts
from ..drawings import AtWork, by_gradients
from ..exercise import Exercise, Question, exercises_of, require_number
from ..lessons import notebook_01 as lessons
from ..terms import check_gradients
from ..trial import Mistake

RATE_STEPS = 800  # in which `fast_learning_rate` has to arrive


def _check_rate(answer: Any) -> None:
    rate = require_number(answer)
    data = sine()
    problem = LeastSquares(data.x, data.y)
    limit, goal = problem.stability_limit(), 1.01 * problem.floor
    if rate <= 0:
        raise Mistake("rate_not_positive", got=texts.number(rate))
    losses = record(numpy_matrix(data, START, rate), RATE_STEPS).losses
    if len(losses) > RATE_STEPS and losses[-1] <= goal:
        return
    numbers = {"limit": texts.number(limit), "got": texts.number(rate)}
    if numbers["got"] == numbers["limit"]:
        raise Mistake("rate_at_the_limit", **numbers)
    for_the_mean = limit < rate < limit * len(data) and problem.iterations_to_reach(goal, START, rate / len(data))
    if for_the_mean and for_the_mean <= RATE_STEPS:
        raise Mistake("rate_for_the_mean", **numbers, points=texts.whole(len(data)))
    if rate >= limit:
        raise Mistake("rate_over_the_limit", **numbers)
    needed = problem.iterations_to_reach(goal, START, rate)
    if needed is None:
        raise Mistake("rate_far_too_small", **numbers, steps=RATE_STEPS)
    name = "rate_too_small" if rate < 0.99 * limit else "rate_too_near"
    raise Mistake(name, **numbers, steps=RATE_STEPS, needed=texts.whole(needed))


EXERCISES = exercises_of(
    lessons,
    Exercise(
        "line_gradients",
        partial(check_gradients, powers={"m": 1, "b": 0}, reduction="mean"),
        lessons.line_gradients,
        draws=AtWork(by_gradients(0.05, (1, 0), "mean"), (1.0, 1.0), straight_line),
    ),
    Exercise(
        "cubic_gradients",
        partial(check_gradients, powers={"a": 0, "b": 1, "c": 2, "d": 3}, reduction="sum"),
        lessons.cubic_gradients,
        draws=AtWork(by_gradients(3e-6, range(4))),
    ),
    Question("fast_learning_rate", lessons.fast_learning_rate, scale=(1e-9, 1e-2), examine=_check_rate),
)
