"""How answers to the exercises of notebook 09 are checked."""

from __future__ import annotations

import ast
from functools import partial
from typing import Any

import numpy as np

from polyfit_helpers.theory import Floats, design_matrix

from ..compare import Formula, Formulas, close, require_right
from ..exercise import Exercise, Question, exercises_of
from ..form import Case, array_of, call, parts_of, require_returned, require_shape, require_unchanged
from ..lessons import notebook_09 as lessons
from ..sandbox import tree_of
from ..texts.notebook_09 import THE_GRADIENT, X_CUBED, X_SQUARED
from ..trial import Mistake, attempt, brief, draws, require_callable

# --- powers_once ---


class _Watched(np.ndarray):
    """An array that writes down which operations were done with it."""

    done: list[str]

    def __array_finalize__(self, source: Any) -> None:
        self.done = getattr(source, "done", [])

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **kwargs: Any) -> Any:
        self.done.append(ufunc.__name__)
        if "out" in kwargs:
            kwargs["out"] = tuple(map(np.asarray, kwargs["out"]))
        plain = (np.asarray(part) if isinstance(part, _Watched) else part for part in inputs)
        result = getattr(ufunc, method)(*plain, **kwargs)
        if not isinstance(result, np.ndarray):
            return result
        watched = result.view(_Watched)
        watched.done = self.done
        return watched


X_POWERS = Formulas(
    (X_SQUARED, X_CUBED),
    right=lambda x: (x * x, x * x * x),
    wrong={
        "powers_swapped": lambda x: (x * x * x, x * x),
        "one_power_too_many": lambda x: (x**3, x**4),
    },
)


def _check_powers(answer: Any) -> None:
    require_callable(answer, "x")
    cases = [{"x": np.array([-2.0, 0.5, 3.0])}, *({"x": generator.normal(size=17)} for generator in draws())]
    received, done = zip(*(_powers(answer, case) for case in cases), strict=True)
    require_right(cases, received, X_POWERS)
    for operations in done:
        if {"power", "float_power"} & {*operations}:
            raise Mistake("power_used")
        products = sum(name in ("multiply", "square") for name in operations)
        if products == 0:
            raise Mistake("nothing_multiplied")
        if products > 2:
            raise Mistake("too_many_products", count=products)


def _powers(answer: Any, case: Case) -> tuple[list[Floats], list[str]]:
    """Return x² and x³ of the learner's function, and which operations it has done."""
    x = case["x"].copy().view(_Watched)
    x.done = []
    result = attempt(partial(answer, x))
    require_unchanged(case, {"x": x})
    return _two_arrays(result, case["x"].shape), x.done or _operations_written(answer)


_LOOPS = (ast.For, ast.While, ast.comprehension, ast.Lambda)


def _operations_written(answer: Any) -> list[str]:
    """Return the operations in a function's source, for one that has made a plain array of x; none if it loops."""
    tree = tree_of(answer)
    nodes = [*ast.walk(tree)] if tree else []
    if any(isinstance(node, _LOOPS) for node in nodes):
        return []
    done = [node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for node in nodes:
        if isinstance(node, ast.BinOp | ast.AugAssign):
            square = isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value == 2
            power = "square" if square else "power"
            done.append({ast.Mult: "multiply", ast.Pow: power}.get(type(node.op), ""))
    return done


def _two_arrays(result: Any, shape: tuple[int, ...]) -> list[Floats]:
    require_returned(result)
    parts = parts_of(result)
    if len(parts) != 2:
        several = isinstance(result, (tuple, list))
        plain = np.asarray(result) if hasattr(result, "ndim") else result  # not the name of what watches
        raise Mistake("not_two_arrays", got=len(result) if several else brief(plain))
    arrays = [array_of(part, label) for part, label in zip(parts, X_POWERS.labels, strict=True)]
    for array, label in zip(arrays, X_POWERS.labels, strict=True):
        require_shape(array, shape, "not_the_shape", points=shape[0], label=label)
    return arrays


# --- moments_gradient ---

MOMENTS_GRADIENT = Formulas(
    (THE_GRADIENT,),
    right=lessons.moments_gradient,
    wrong={
        "no_factor_two": lambda XXt, Xy, w: XXt @ w - Xy,
        "factor_doubled": lambda XXt, Xy, w: 4 * (XXt @ w - Xy),
        "half_a_bracket": (lambda XXt, Xy, w: 2 * XXt @ w - Xy, lambda XXt, Xy, w: XXt @ w - 2 * Xy),
        "moments_reversed": lambda XXt, Xy, w: 2 * (Xy - XXt @ w),
        "moments_added": lambda XXt, Xy, w: 2 * (XXt @ w + Xy),
        "without_y": lambda XXt, Xy, w: 2 * XXt @ w,
        "already_solved": lambda XXt, Xy, w: np.linalg.solve(XXt, Xy),
        "gradient_of_the_mean": lambda XXt, Xy, w: 2 * (XXt @ w - Xy) / XXt[0, 0],
    },
    size=lambda XXt, Xy, w: np.abs(XXt) @ np.abs(w) + np.abs(Xy),
)
MATRICES: dict[str, Formula] = {  # that come out of two mistakes
    "elementwise": lambda XXt, Xy, w: 2 * (XXt * w - Xy),
    "column_against_flat": lambda XXt, Xy, w: 2 * ((XXt @ w)[:, None] - Xy),
}


def _check_moments(answer: Any) -> None:
    require_callable(answer, "XXt, Xy, w")
    # The example can be worked out by hand: three points on a straight line. Its gradient is positive, most of the
    # others are negative.
    cases = [_case_of(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]), np.array([2.0, -1.0, 0.5, 1.0]))]
    for generator in draws():
        x = generator.uniform(0.4, 2.6, 20) * generator.choice([-1.0, 1.0], 20)
        cases.append(_case_of(x, generator.normal(1.0, 2.0, 20), generator.uniform(-1.5, -0.5, 4)))
    received = [_vector(call(answer, case), case) for case in cases]
    require_right(cases, received, MOMENTS_GRADIENT)


def _case_of(x: Floats, y: Floats, w: Floats) -> Case:
    X = design_matrix(x, len(w) - 1)
    return {"XXt": X @ X.T, "Xy": X @ y, "w": w}


def _vector(result: Any, case: Case) -> Floats:
    """Return a learner's gradient, or raise Mistake; a matrix may tell how it came about."""
    require_returned(result)
    gradient = array_of(result, THE_GRADIENT)
    for name, formula in MATRICES.items():
        if close(gradient, formula(**case), 1 + np.abs(gradient)):
            raise Mistake(name)
    require_shape(gradient, case["w"].shape, "not_a_vector")
    return gradient


EXERCISES = exercises_of(
    lessons,
    Exercise("powers_once", _check_powers, lessons.powers_once),
    Exercise("moments_gradient", _check_moments, lessons.moments_gradient),
    Question(
        "megabytes_per_step",
        lessons.megabytes_per_step,
        {
            "four_bytes": lessons.megabytes(5, 4),
            "y_not_read": lessons.megabytes(4),
            "only_x_and_y": lessons.megabytes(2),
            "in_bits": lessons.megabytes(5, 64),
            "in_bytes": lambda: 1e6 * lessons.megabytes_per_step(),
            "in_mebibytes": lambda: lessons.megabytes_per_step() * 1e6 / 2**20,
            "millions_of_numbers": lessons.megabytes(5, 1),
            "bytes_per_point": lambda: 5 * 8,
        },
    ),
    Question(
        "numbers_left",
        lessons.numbers_left,
        {
            "all_entries": lambda: 4 * 4 + 4,
            "half_a_matrix": lambda: 4 * 5 / 2 + 4,
            "all_of_xxt": lambda: 4 * 4,
            "half_of_xxt": lambda: 4 * 5 / 2,
            "without_xy": lambda: 7,
            "with_yy": lambda: 12,
            "as_many_as_points": lambda: 2000,
        },
    ),
    Question(
        "two_processes",
        lessons.two_processes,
        {
            "no_message": lambda: 2,
            "not_halved": lambda: 5,
            "message_halved": lambda: 2.5,
        },
    ),
)
