"""How answers to the exercises of notebook 06 are checked."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from polyfit_helpers.theory import Floats, design_matrix

from .. import texts
from ..exercise import Exercise, Question
from ..gradients import FLOAT32, MOST_DIGITS, SAME, close
from ..lessons.notebook_06 import (
    basis_or_machine,
    last_digits,
    megabytes,
    megabytes_per_step,
    moments_gradient,
    powers_once,
    what_travels,
)
from ..texts.notebook_06 import THE_GRADIENT, X_CUBED, X_SQUARED
from ..trial import Mistake, attempt, brief, draws, require_callable, tree_of

Formula = Callable[[Floats, Floats, Floats], Any]


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


def _check_powers(answer: Any) -> None:
    require_callable(answer, "x", None)
    for i, x in enumerate((np.array([-2.0, 0.5, 3.0]), *(generator.normal(size=17) for generator in draws()))):
        watched = x.copy().view(_Watched)
        watched.done = []
        received = _two_arrays(attempt(partial(answer, watched)), x.shape)
        if not np.array_equal(np.asarray(watched), x):
            raise Mistake("changed_in_place", name="x")
        _compare_powers(received, x, example=i == 0)
        done = watched.done or _written(answer)
        if {"power", "float_power"} & set(done):
            raise Mistake("power_used")
        products = sum(name in ("multiply", "square") for name in done)
        if products == 0:
            raise Mistake("nothing_multiplied")
        if products > 2:
            raise Mistake("too_many_products", count=products)


_LOOPS = (ast.For, ast.While, ast.comprehension, ast.Lambda)


def _written(answer: Any) -> list[str]:
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
    if result is None:
        raise Mistake("not_returned")
    if hasattr(result, "__next__"):
        raise Mistake("yield_for_return")
    if isinstance(result, (tuple, list)) and len(result) != 2:
        raise Mistake("not_two_arrays", got=len(result))
    if not isinstance(result, (tuple, list, np.ndarray)) or len(result) != 2:
        raise Mistake("not_two_arrays", got=brief(np.asarray(result) if hasattr(result, "ndim") else result))
    arrays = []
    for part, label in zip(result, (X_SQUARED, X_CUBED), strict=True):
        array = _numbers(part, label)
        if array.shape != shape:
            length = len(shape) and shape[0]
            raise Mistake("not_the_shape", label=label, expected="(N,)", got=texts.shape_of(array.shape, length))
        arrays.append(array)
    return arrays


def _compare_powers(received: list[Floats], x: Floats, *, example: bool) -> None:
    square, cube = x * x, x * x * x
    if all(map(close, received, (square, cube), (square, abs(cube)))):
        return
    for name, pair in (("powers_swapped", (cube, square)), ("one_power_too_many", (cube, cube * x))):
        if all(map(close, received, pair, map(abs, pair))):
            raise Mistake(name)
    label, got, right = next(
        (label, got, right)
        for label, got, right in zip((X_SQUARED, X_CUBED), received, (square, cube), strict=True)
        if not close(got, right, abs(right))
    )
    if close(got, right, abs(right), FLOAT32):
        raise Mistake("float32", where=label)
    if not example:
        raise Mistake("right_for_the_example_only", label=label)
    numbers = {"expected": texts.several(right), "received": texts.several(got)}
    raise Mistake("other", label=label, example=texts.arguments({"x": x}), **numbers)


# --- moments_gradient ---

_WRONG: dict[str, Formula] = {
    "no_factor_two": lambda XXt, Xy, w: XXt @ w - Xy,
    "factor_doubled": lambda XXt, Xy, w: 4 * (XXt @ w - Xy),
    "half_a_bracket": lambda XXt, Xy, w: 2 * XXt @ w - Xy,
    "half_a_bracket ": lambda XXt, Xy, w: XXt @ w - 2 * Xy,
    "moments_reversed": lambda XXt, Xy, w: 2 * (Xy - XXt @ w),
    "moments_added": lambda XXt, Xy, w: 2 * (XXt @ w + Xy),
    "without_y": lambda XXt, Xy, w: 2 * XXt @ w,
    "already_solved": lambda XXt, Xy, w: np.linalg.solve(XXt, Xy),
    "elementwise": lambda XXt, Xy, w: 2 * (XXt * w - Xy),
    "column_against_flat": lambda XXt, Xy, w: 2 * ((XXt @ w)[:, None] - Xy),
    "gradient_of_the_mean": lambda XXt, Xy, w: 2 * (XXt @ w - Xy) / XXt[0, 0],
}


def _check_moments(answer: Any) -> None:
    require_callable(answer, "XXt, Xy, w", None, None, None)
    # The example can be worked out by hand: three points on a straight line. Its gradient is positive, most of the
    # others are negative.
    cases = [_moments(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]), np.array([2.0, -1.0, 0.5, 1.0]))]
    for generator in draws():
        x = generator.uniform(0.4, 2.6, 20) * generator.choice([-1.0, 1.0, 1.0], 20)
        cases.append(_moments(x, generator.normal(1.0, 2.0, 20), generator.uniform(-1.5, -0.5, 4)))
    received = []
    for case in cases:
        copies = [part.copy() for part in case]
        result = attempt(partial(answer, *copies))
        received.append(_vector(result, len(case[2])))
        for name, given, now in zip(("XXt", "Xy", "w"), case, copies, strict=True):
            if not np.array_equal(given, now):
                raise Mistake("changed_in_place", name=name)

    def fits(formula: Formula, tolerance: float = SAME) -> bool:
        sizes = (np.abs(XXt) @ np.abs(w) + np.abs(Xy) for XXt, Xy, w in cases)
        return all(
            got.shape == (right := formula(*case)).shape and close(got, right, size, tolerance)
            for got, case, size in zip(received, cases, sizes, strict=True)
        )

    if fits(moments_gradient):
        return
    for name, formula in _WRONG.items():
        if fits(formula):
            raise Mistake(name.strip(), where=THE_GRADIENT)
    if received[0].ndim == 2:
        raise Mistake("not_a_vector", expected=4, got=texts.shape_of(received[0].shape, -1))
    if any(
        fits(lambda *case, digits=digits: moments_gradient(*case).round(digits)) for digits in range(MOST_DIGITS + 1)
    ):
        raise Mistake("digits_cut", where=THE_GRADIENT)
    if fits(moments_gradient, FLOAT32):
        raise Mistake("float32", where=THE_GRADIENT)
    expected = moments_gradient(*cases[0])
    if close(received[0], expected, 1.0):
        raise Mistake("right_for_the_example_only", label=THE_GRADIENT)
    XXt, Xy, w = cases[0]
    example = f"XXt = [{', '.join(map(texts.several, XXt))}], {texts.arguments({'Xy': Xy, 'w': w})}"
    numbers = {"expected": texts.several(expected), "received": texts.several(received[0])}
    raise Mistake("other", label=THE_GRADIENT, example=example, **numbers)


def _moments(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    X = design_matrix(x, len(w) - 1)
    return X @ X.T, X @ y, w


def _vector(result: Any, size: int) -> Floats:
    if result is None:
        raise Mistake("not_returned")
    if hasattr(result, "__next__"):
        raise Mistake("yield_for_return")
    array = _numbers(result, THE_GRADIENT)
    if array.shape not in ((size,), (size, size)):  # a matrix may tell how it came about
        got = texts.shape_of(array.shape, -1)
        raise Mistake("not_a_vector", expected=size, got=brief(result) if array.ndim == 0 else got)
    return array


def _numbers(part: Any, label: str) -> Floats:
    try:
        array = np.asarray(part)
        if array.dtype.kind not in "biuf":
            raise TypeError
    except Exception:  # whatever the learner's object does when it is asked for its numbers
        raise Mistake("not_a_number", label=label, got=brief(part)) from None
    return array.astype(float)


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for exercise in (
        Exercise("powers_once", _check_powers, powers_once),
        Exercise("moments_gradient", _check_moments, moments_gradient),
        Question(
            "megabytes_per_step",
            megabytes_per_step,
            {
                "four_bytes": megabytes(5, 4),
                "y_not_read": megabytes(4),
                "only_x_and_y": megabytes(2),
                "in_bits": megabytes(5, 64),
                "in_bytes": lambda: 1e6 * megabytes_per_step(),
                "in_mebibytes": lambda: megabytes_per_step() * 1e6 / 2**20,
                "millions_of_numbers": megabytes(5, 1),
                "bytes_per_point": lambda: 5 * 8,
            },
        ),
        Question("basis_or_machine", basis_or_machine),
        Question("what_travels", what_travels),
        Question("last_digits", last_digits),
    )
}
