"""A wrong gradient is a number times a sum: each is read as what it is made of, and as nothing else."""

import itertools

import numpy as np
import pytest

from polyfit_exercises.terms import check_gradients
from polyfit_exercises.trial import Mistake

CUBIC = {"a": 0, "b": 1, "c": 2, "d": 3}


def pairs(one, other):
    return one[:, None] - other


WAYS = {  # how the errors, times a power of x, are added up by somebody who makes one mistake
    "": lambda x, y, y_pred, p: (y_pred - y) * x**p,
    "broadcast": lambda x, y, y_pred, p: pairs(y_pred, y) * x[:, None] ** p,
    "broadcast ": lambda x, y, y_pred, p: pairs(y, y_pred) * -(x[:, None] ** p),
    "summed_first": lambda x, y, y_pred, p: np.outer(y_pred - y, x**p),
    "not_subtracted": lambda x, y, y_pred, p: y_pred * x**p,
    "squared": lambda x, y, y_pred, p: (y_pred - y) ** 2 * x**p,
}
REDUCTIONS = {  # where the task wants the sum
    "": np.sum,
    "mean_for_sum": np.mean,
    "mean_twice": lambda addends: addends.mean() / addends.size,
}
NUMBERS = {2: set(), -2: {"wrong_sign"}, 1: {"factor_missing"}, 4: {"factor_doubled"}}


def findings(**changed):
    """Check the cubic's gradients, of which some come from a function of x, y and the predictions instead."""

    def answer(x, y, a, b, c, d):
        y_pred = a + b * x + c * x**2 + d * x**3
        right = [(2 * (y_pred - y) * x**power).sum() for power in CUBIC.values()]
        return [
            changed[name](x, y, y_pred) if name in changed else value for name, value in zip(CUBIC, right, strict=True)
        ]

    try:
        check_gradients(answer, CUBIC, "sum")
    except Mistake as mistake:
        return {finding.name: finding.details.get("where") for finding in mistake.findings}
    return {}


@pytest.mark.parametrize("way", WAYS)
def test_every_combination_of_slips_in_one_gradient_is_read_as_just_these(way):
    powers = range(5) if way in ("", "not_subtracted", "squared") else range(1, 5)  # x**0 adds up to another's sum
    for number, power, reduction in itertools.product(NUMBERS, powers, REDUCTIONS):
        factor = set() if (way, number) == ("squared", 4) else NUMBERS[number]  # (2 e)² is one slip
        wrong_power = {0: {"factor_x_forgotten"}, 2: set()}.get(power, {"wrong_power"})
        slips = ({way.strip(), reduction} | factor | wrong_power) - {""}
        if slips == {"factor_doubled", "wrong_power"} and power == 1:
            slips = {"by_x"}  # 2 x for x²
        if slips == {"squared", "factor_missing", "factor_x_forgotten"}:
            slips = {"returns_loss"}  # what is left of it is the loss itself
        made = findings(
            c=lambda x, y, y_pred, n=number, p=power, r=reduction: n * REDUCTIONS[r](WAYS[way](x, y, y_pred, p))
        )
        assert made.keys() == slips and set(made.values()) <= {"dL/dc"}


def test_two_gradients_that_stand_for_each_other_are_swapped_and_no_others():
    def of(power):
        return lambda x, y, y_pred: (2 * (y_pred - y) * x**power).sum()

    assert findings(b=of(3), d=of(1)) == {"swapped": "dL/db and dL/dd"}
    assert findings(a=of(1), b=of(2), c=of(0)).keys() == {"wrong_power", "factor_x_forgotten"}  # one round, no pair


def test_a_wrong_rule_for_powers_is_named_only_if_all_that_are_wrong_follow_it():
    def of(number, power):
        return lambda x, y, y_pred: (number * (y_pred - y) * x**power).sum()

    assert findings(c=of(4, 1), d=of(6, 2)) == {"by_x": "dL/dc and dL/dd"}
    assert findings(a=of(0, 0), b=of(2, 0), c=of(4, 1), d=of(6, 2)) == {"by_x": "dL/da, dL/db, dL/dc and dL/dd"}
    assert findings(c=of(4, 1), d=of(6, 1)) == {"times_for_power": "dL/dc and dL/dd"}
    assert findings(d=of(6, 1)) == {"times_for_power": "dL/dd"}
    assert findings(b=of(2, 0)) == {"factor_x_forgotten": "dL/db"}
    assert findings(c=of(4, 1), d=of(-2, 3)) == {
        "factor_doubled": "dL/dc",
        "wrong_power": "dL/dc",
        "wrong_sign": "dL/dd",
    }


def test_a_sign_is_wrong_in_one_or_reversed_in_all():
    def of(power):
        return lambda x, y, y_pred: (-2 * (y_pred - y) * x**power).sum()

    assert findings(a=of(0), d=of(3)) == {"wrong_sign": "dL/da and dL/dd"}
    assert findings(a=of(0), b=of(1), c=of(2), d=of(3)) == {"reversed": "dL/da, dL/db, dL/dc and dL/dd"}


def test_a_number_that_has_no_name_is_told_as_a_ratio():
    made = findings(c=lambda x, y, y_pred: (6 * (y_pred - y) * x**2).sum())
    assert made.keys() == {"ratio"}


def test_what_does_not_depend_on_half_of_the_arguments_is_named():
    assert findings(b=lambda x, y, y_pred: 3.0) == {"constant": "dL/db"}
    assert findings(b=lambda x, y, y_pred: (x * y).sum()) == {"parameters_ignored": "dL/db"}
