"""How answers to the exercises of notebook 00 are checked."""

from __future__ import annotations

from ..exercise import Exercise, Question
from ..lessons.notebook_00 import mean_or_sum, taylor_cubic, useless_parameters, week_of_training

EXERCISES: dict[str, Exercise] = {
    question.key: question
    for question in (
        Question("taylor_cubic", taylor_cubic),
        Question("week_of_training", week_of_training),
        Question("useless_parameters", useless_parameters),
        Question("mean_or_sum", mean_or_sum),
    )
}
