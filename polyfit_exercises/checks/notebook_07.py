"""How answers to the exercises of notebook 07 are checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from polyfit_helpers.data import START, Data
from polyfit_helpers.theory import Floats, legendre_values

from .. import texts
from ..compare import Formula, Formulas, close, require_right
from ..drawings import AtWork, with_learning_rate
from ..exercise import Exercise, Question, exercises_of
from ..form import Case, call, numbers_of
from ..lessons import notebook_07 as lessons
from ..loops import check_loop
from ..terms import FACTORS
from ..trial import Finding, draws, found, require_callable

LABELS = tuple(map(texts.DERIVATIVE.format, "abcd"))


# --- p3_gradients ---


def _check_p3(answer: Any) -> None:
    require_callable(answer, "x, y, a, b, c, d")
    cases: list[Case] = [
        {"x": np.array([-1.0, 0.0, 2.0]), "y": np.array([1.0, 0.5, -1.0]), "a": 0.5, "b": -2.0, "c": 1.0, "d": 0.5}
    ]
    for generator in draws():
        size = int(generator.integers(11, 29))
        x = generator.uniform(0.4, 2.6, size) * generator.choice([-1.0, 1.0], size)
        parameters = generator.uniform(0.5, 1.5, 4) * generator.choice([-1.0, 1.0], 4)
        cases.append({"x": x, "y": generator.normal(1.0, 2.0, size)} | dict(zip("abcd", parameters, strict=True)))
    received = [numbers_of(call(answer, case), LABELS, len(case["x"])) for case in cases]
    # Only now, so that nothing that the learner's code can reach holds what is expected.
    require_right(cases, received, p3_formulas(cases))


def p3_formulas(cases: Sequence[Case]) -> Formulas:
    """Return what the gradients of a + b P₃(c + d x) are compared with."""

    def family(received: Floats, sizes: Floats, wrong: Sequence[int]) -> dict[int, list[Finding]]:
        right = lessons.p3_gradients
        expected = np.array([right(**case) for case in cases]).T
        named: dict[int, list[Finding]] = {}
        for i, j in combinations(wrong, 2):
            if close(received[i], expected[j], sizes[j]) and close(received[j], expected[i], sizes[i]):
                named[i] = named[j] = [found("swapped", first=LABELS[i], second=LABELS[j])]
        for i in wrong:
            if i not in named and (slips := [*_slips(i, cases, received[i], sizes[i])]):
                named[i] = min(slips, key=len)
        return named

    wrong: dict[str, tuple[Formula, ...]] = {
        "p3_inside_swapped": (_inside_swapped, lambda **case: _inside_swapped(**case)[[0, 1, 3, 2]]),
        "p3_half_forgotten": (partial(_half_forgotten, slopes=2), partial(_half_forgotten, slopes=1)),
    }
    return Formulas(LABELS, lessons.p3_gradients, wrong, size=_sizes, family=family)


def _slips(i: int, cases: Sequence[Case], received: Floats, sizes: Floats) -> Iterator[list[Finding]]:
    """Yield the mistakes that together explain one of the gradients.

    It is a number times a sum over the points, or their mean, of some error times what stands beside the parameter.
    """
    counts = np.array([len(case["x"]) for case in cases])
    errors = [_errors(case) for case in cases]
    besides = [_besides(**case)[i] for case in cases]
    for in_error in errors[0]:
        for k, (slip, _) in enumerate(besides[0]):
            sums = [(error[in_error] * beside[k][1]).sum() for error, beside in zip(errors, besides, strict=True)]
            for in_sum, values in (("", np.array(sums)), ("mean_for_sum", np.array(sums) / counts)):
                number = float(np.rint(received @ values / (values @ values)))
                if abs(number) in FACTORS and close(received, number * values, sizes):
                    sign = "wrong_sign" if number < 0 else ""
                    names = [FACTORS[int(abs(number))], sign, in_error, in_sum]
                    yield [*(found(name) for name in names if name), *([slip] if slip else [])]


def _errors(case: Case) -> dict[str, Floats]:
    """Return the error of each point, and what has been taken for it."""
    x, y, a, b, c, d = (case[name] for name in ("x", "y", *"abcd"))
    error = a + b * _p3(c + d * x) - y
    return {"": error, "not_subtracted": error + y, "squared": error**2}


def _besides(x: Floats, y: Floats, a: float, b: float, c: float, d: float) -> list[list[tuple[Finding | None, Floats]]]:
    """Return what stands beside the error in each gradient, and what has been taken for it, with the mistake."""
    u, ones = c + d * x, np.ones_like(x)
    slope, p3 = (15 * u**2 - 3) / 2, _p3(u)
    inner = [
        (None, b * slope),
        (found("p3_without_b"), slope),
        (found("p3_not_differentiated"), b * p3),
        (found("p3_slope_at_x"), b * (15 * x**2 - 3) / 2),
        (found("p3_slope_wrong"), b * (5 * u**2 - 3) / 2),
        (found("p3_slope_wrong"), b * 15 * u**2 / 2),
        (found("p3_slope_forgotten"), b * ones),
    ]
    too_much = found("wrong_power", expected=texts.power(0), got=texts.power(1))
    return [
        [(None, ones)],
        [
            (None, p3),
            (found("p3_value_forgotten"), ones),
            (found("p3_b_too_much"), b * p3),
            (found("p3_value_at_x"), _p3(x)),
        ],
        [*inner, (too_much, b * slope * x), (found("p3_by_x"), b * slope * d)],
        [
            *((slip, part * x) for slip, part in inner),
            (found("factor_x_forgotten", expected=texts.power(1)), b * slope),
            (found("p3_by_x"), b * slope * d),
        ],
    ]


def _p3(u: Floats) -> Floats:
    return np.asarray((5 * u**3 - 3 * u) / 2)


def _inside_swapped(x: Floats, y: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """Return the gradients with P₃(c x + d)."""
    by_a, by_b, by_d, by_c = lessons.p3_gradients(x, y, a, b, d, c)
    return np.array([by_a, by_b, by_c, by_d])


def _half_forgotten(x: Floats, y: Floats, a: float, b: float, c: float, d: float, slopes: int) -> Floats:
    """Return the gradients with 5 u³ − 3 u for P₃, and its slope once or twice as large as that of P₃."""
    by_a, by_b, by_c, by_d = lessons.p3_gradients(x, y, a, 2 * b, c, d)
    return np.array([by_a, 2 * by_b, by_c * slopes / 2, by_d * slopes / 2])


def _sizes(x: Floats, y: Floats, a: float, b: float, c: float, d: float) -> list[Any]:
    """Return the sums of what is added up for each gradient, without signs."""
    u = c + d * x
    p3, slope = abs(_p3(u)), abs(b) * (15 * u**2 + 3) / 2
    most = abs(a) + abs(b) * p3 + abs(y)
    return [2 * (most * beside).sum() for beside in (1, p3, slope, slope * abs(x))]


def _by_p3_gradients(answer: Any, data: Data, start: Sequence[float]) -> Iterator[tuple[Any, Any]]:
    """Descend with the learner's gradients, as the notebook does."""
    w = np.array(start)
    while True:
        yield ((legendre_values(data.x, w) - data.y) ** 2).sum(), w
        w -= 5e-6 * np.asarray(answer(data.x, data.y, *w), dtype=float)


EXERCISES = exercises_of(
    lessons,
    Question(
        "second_error",
        lessons.second_error,
        {
            "one_iteration_alone": lambda: 1 - 4e-4 * 4000,
            "slope_of_the_start": lambda: 1 - 2 * 4e-4 * 4000,
            "step_for_factor": lambda: (4e-4 * 4000) ** 2,
        },
    ),
    Exercise(
        "momentum_training",
        partial(check_loop, names="abc", momentum=True),
        lessons.momentum_training,
        draws=AtWork(with_learning_rate(1e-6, momentum=0.9), START[:3]),
    ),
    Exercise(
        "p3_gradients",
        _check_p3,
        lessons.p3_gradients,
        draws=AtWork(_by_p3_gradients, lessons.P3_START, predict=legendre_values),
    ),
)
