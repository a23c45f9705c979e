"""How answers to the exercises of notebook 01 are checked."""

from __future__ import annotations

from functools import partial
from typing import Any

from polyfit_helpers.data import START, sine
from polyfit_helpers.history import record
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import numpy_matrix

from .. import texts
from ..exercise import Exercise, Question, require_number
from ..gradients import check_gradients
from ..lessons.notebook_01 import (
    cubic_gradients,
    fast_learning_rate,
    line_gradients,
    looks_finished,
    momentum_training,
    sign_of_the_gradient,
    steps_to_the_floor,
    twice_the_rate,
    what_explodes,
)
from ..loops import check_loop
from ..trial import Mistake

STEPS = 800  # in which `fast_learning_rate` has to arrive


def _check_rate(answer: Any) -> None:
    rate = require_number(answer)
    data = sine()
    problem = LeastSquares(data.x, data.y)
    limit, goal = problem.stability_limit(), 1.01 * problem.best_loss
    if rate <= 0:
        raise Mistake("rate_not_positive", got=texts.number(rate))
    losses = record(numpy_matrix(data, START, rate), STEPS).losses
    if len(losses) > STEPS and losses[-1] <= goal:
        return
    numbers = {"limit": texts.number(limit), "got": texts.number(rate)}
    if numbers["got"] == numbers["limit"]:
        raise Mistake("rate_at_the_limit", **numbers)
    for_the_mean = limit < rate < limit * len(data) and problem.steps_to_reach(goal, START, rate / len(data))
    if for_the_mean and for_the_mean <= STEPS:
        raise Mistake("rate_for_the_mean", **numbers, points=len(data))
    if rate >= limit:
        raise Mistake("rate_over_the_limit", **numbers)
    needed = problem.steps_to_reach(goal, START, rate)
    if needed is None:
        raise Mistake("rate_far_too_small", **numbers, steps=STEPS)
    raise Mistake("rate_too_small" if rate < 0.99 * limit else "rate_too_near", **numbers, steps=STEPS, needed=needed)


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for exercise in (
        Question("sign_of_the_gradient", sign_of_the_gradient),
        Question("steps_to_the_floor", steps_to_the_floor),
        Exercise(
            "line_gradients",
            partial(check_gradients, degree=1, reduction="mean", order=(1, 0), names=("m", "b")),
            line_gradients,
        ),
        Exercise(
            "cubic_gradients",
            partial(check_gradients, degree=3, reduction="sum", order=(0, 1, 2, 3), names=tuple("abcd")),
            cubic_gradients,
        ),
        Exercise("momentum_training", partial(check_loop, names="abc", momentum=True), momentum_training),
        Question("fast_learning_rate", fast_learning_rate, scale=(1e-9, 1e-2), examine=_check_rate),
        Question("twice_the_rate", twice_the_rate),
        Question("what_explodes", what_explodes),
        Question("looks_finished", looks_finished),
    )
}
