"""How answers to the exercises of notebook 08 are checked."""

from __future__ import annotations

import inspect
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.theory import Floats

from .. import texts
from ..compare import Formulas, close, compare, require_right
from ..errors import ByExample
from ..exercise import Exercise, Question, exercises_of
from ..form import Case, array_of, is_stub, require_returned, require_shape, require_unchanged
from ..lessons import notebook_08 as lessons
from ..sandbox import cause_of
from ..texts.notebook_08 import SHARE_OF, THE_SHARE, THE_VALUE
from ..trial import Finding, Mistake, NotTried, attempt, brief, draws, found, require_callable
from ..walks import WatchedGraph


def _array_class(answer: Any) -> Any:
    """Return the `Array` that stands beside a learner's function, or ours."""
    return getattr(answer, "__globals__", {}).get("Array", lessons.Array)


# --- Operations: multiply, total, power ---

_ARRAYS = ("{0} * thing", "thing * {0}", "{0} + thing", "thing + {0}", "{0} ** thing", "thing ** {0}", "-thing")
_OTHERS = ("2.0", "np.ones(1)", "np.float64(2.0)", "thing")
_of_operations = ByExample(
    {
        "grad_of_the_parent": ("None * 2.0", "2.0 * None", "None * np.ones(1)", "np.float64(2.0) * None"),
        "values_wanted": (
            *(code.format(other) for code in _ARRAYS for other in _OTHERS),
            "thing.sum()",
            "np.sum(thing)",
            "thing.shape",
            "len(thing)",
            "sum(thing)",
        ),
        "number_has_no_value": ("(2).value",),
    },
    setup="class My: __array_ufunc__ = None\nthing = My()",
)


def _known_of_operation(error: BaseException) -> str | None:
    return "calls_itself" if isinstance(cause_of(error), RecursionError) else _of_operations(error)


class Operation(NamedTuple):
    """What an operation must return: its value, and what the rule of each parent must make of a gradient.

    All formulas take the arguments of a case by their names; those of the shares take `grad`, too.
    """

    value: Formulas
    shares: Mapping[str, Formulas]  # by the names of the parents
    shaped: Mapping[str, Callable[..., Any]] = {}  # well-known values of another shape, by the names of their mistakes


def _check_operation(answer: Any, operation: Operation, cases: Sequence[Case], names: str) -> None:
    require_callable(answer, names)
    values, shares = zip(*(_value_and_shares(answer, case, operation) for case in cases), strict=True)
    plain = [{name: value for name, value in case.items() if name != "grad"} for case in cases]
    require_right(plain, values, operation.value)
    findings = [
        (finding, name)
        for name, formulas in operation.shares.items()
        for finding in compare(cases, [share[name] for share in shares], formulas)
    ]
    if findings:
        raise Mistake(*_said_once(findings))


def _said_once(findings: Iterable[tuple[Finding, str]]) -> list[Finding]:
    """Say once what is wrong with the shares of several parents, given each finding with a parent's name."""
    where: dict[str, list[str]] = {}
    first: dict[str, Finding] = {}
    for finding, name in findings:
        where.setdefault(finding.name, []).append(f"`{name}`")
        first.setdefault(finding.name, finding)
    return [found(name, **{**first[name].details, "where": texts.listed(where[name])}) for name in first]


def _value_and_shares(answer: Any, case: Case, operation: Operation) -> tuple[Floats, dict[str, Floats]]:
    """Return what a learner's operation makes of a case, or raise Mistake with the form that it should have."""
    parents = operation.shares
    arrays = {name: _array_class(answer)(np.array(case[name])) for name in parents}
    arguments = [arrays.get(name, case[name]) for name in case if name != "grad"]
    result = attempt(lambda: answer(*arguments), _known_of_operation)
    require_returned(result)
    if not (hasattr(result, "value") and hasattr(result, "parents")):
        raise Mistake("no_memory", got=brief(result))
    require_unchanged({name: case[name] for name in parents}, {name: array.value for name, array in arrays.items()})
    value = array_of(result.value, THE_VALUE)
    rules = _rules(result.parents, arrays)
    if _are_one(rules.values()):
        raise Mistake("rules_are_one")
    shares = {name: _share(rule, case, name) for name, rule in rules.items()}
    grad = np.asarray(case["grad"])
    plain = {name: case[name] for name in case if name != "grad"}
    known = [name for name, formula in operation.shaped.items() if close(value, formula(**plain), np.abs(value) + 1)]
    require_shape(value, grad.shape, [*known, "value_shape"][0], label=THE_VALUE)
    for name, share in shares.items():
        expected = np.shape(case[name])
        require_shape(share, expected, "share_shape", label=SHARE_OF.format(name), known={"()": "not_spread"})
    return value, shares


def _rules(parents: Any, arrays: Mapping[str, Any]) -> dict[str, Callable[[Any], Any]]:
    """Return the rule of each array by its name; raise Mistake unless parents are pairs of an array and its rule."""
    rules = {}
    if not isinstance(parents, (tuple, list)):
        raise Mistake("no_rule", got=brief(parents))
    for pair in parents:
        if isinstance(pair, (tuple, list)) and pair and all(isinstance(part, (tuple, list)) for part in pair):
            raise Mistake("parents_in_a_list")
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2):
            raise Mistake("no_rule", got=brief(pair))
        parent, rule = pair
        if any(rule is array for array in arrays.values()):
            raise Mistake("pair_reversed") if callable(parent) else Mistake("no_rule", got=brief(rule))
        name = next((name for name, array in arrays.items() if parent is array), None)
        if name is None:
            raise Mistake("parent_is_no_array", got=brief(parent))
        if not callable(rule):
            raise Mistake("rule_is_no_function", where=f"`{name}`")
        rules[name] = rule
    if missing := arrays.keys() - rules.keys():
        raise Mistake("parent_missing", where=texts.listed(f"`{name}`" for name in sorted(missing)))
    return {name: rules[name] for name in arrays}


def _are_one(rules: Collection[Any]) -> bool:
    """Whether rules with the same code look up the same variables: each finds what these hold in the end."""
    if len({*map(id, rules)}) < len(rules):
        return False
    codes = {getattr(rule, "__code__", rule) for rule in rules}
    cells = {tuple(map(id, getattr(rule, "__closure__", None) or ())) for rule in rules}
    fixed = any(getattr(rule, "__defaults__", None) for rule in rules)
    return len(rules) > 1 and len(codes) == 1 and len(cells) == 1 and () not in cells and not fixed


def _share(rule: Callable[[Any], Any], case: Case, name: str) -> Floats:
    """Return what a rule makes of the gradient of a case."""
    where = f"`{name}`"
    try:
        inspect.signature(rule).bind(0.0)
    except TypeError:
        raise Mistake("rule_takes_the_gradient", where=where) from None
    except ValueError:  # a built-in function without a signature
        pass
    given = np.array(case["grad"])
    share = attempt(partial(rule, given), _known_of_operation)
    if share is None:
        raise Mistake("rule_returns_nothing", where=where)
    if isinstance(share, tuple) and len(share) > 1:
        raise Mistake("rule_returns_several", where=where, got=len(share))
    if hasattr(share, "parents"):
        raise Mistake("share_remembers", where=where)
    if not np.array_equal(given, case["grad"]):
        raise Mistake("gradient_in_place")
    return array_of(share, SHARE_OF.format(name))


def _of_factor(own: str, other: str) -> Formulas:
    """Return what the share of one factor of a product is compared with."""

    def of(formula: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
        return lambda grad, **values: formula(values[own], values[other], grad)

    return Formulas(
        (SHARE_OF.format(own),),
        right=of(lambda own, other, grad: grad * other),
        wrong={
            "factors_swapped": of(lambda own, other, grad: grad * own),
            "grad_left_out": (of(lambda own, other, grad: other), of(lambda own, other, grad: own)),
            "handed_on": of(lambda own, other, grad: grad),
            "times_the_result": of(lambda own, other, grad: grad * own * other),
            "grad_is_added": of(lambda own, other, grad: grad + other),
        },
    )


MULTIPLY = Operation(
    Formulas(
        (THE_VALUE,),
        right=lambda a, b: a * b,
        wrong={"plus_for_times": lambda a, b: a + b, "value_of_one_factor": (lambda a, b: a, lambda a, b: b)},
    ),
    {"a": _of_factor("a", "b"), "b": _of_factor("b", "a")},
    {"dot_for_product": lambda a, b: np.dot(a, b)},
)
TOTAL = Operation(
    Formulas((THE_VALUE,), right=lambda a: a.sum(), wrong={"mean_for_total": lambda a: a.mean()}),
    {
        "a": Formulas(
            (SHARE_OF.format("a"),),
            right=lambda a, grad: grad * np.ones_like(a),
            wrong={
                "divided_among_all": lambda a, grad: grad / a.size * np.ones_like(a),
                "grad_left_out": lambda a, grad: np.ones_like(a),
                "times_own_value": (lambda a, grad: grad * a, lambda a, grad: a),
                "times_the_result": lambda a, grad: grad * a.sum() * np.ones_like(a),
            },
        )
    },
    {"rows_for_total": lambda a: a.sum(axis=0), "columns_for_total": lambda a: a.sum(axis=-1)},
)
POWER = Operation(
    Formulas(
        (THE_VALUE,),
        right=lambda a, n: a**n,
        wrong={
            "n_times": lambda a, n: a * n,
            "n_is_fixed": (lambda a, n: a**2, lambda a, n: a**3),
            "base_and_exponent": lambda a, n: n**a,
            "value_is_derivative": lambda a, n: n * a ** (n - 1),
        },
    ),
    {
        "a": Formulas(
            (SHARE_OF.format("a"),),
            right=lambda a, n, grad: grad * n * a ** (n - 1),
            wrong={
                "factor_n_missing": lambda a, n, grad: grad * a ** (n - 1),
                "exponent_not_lowered": lambda a, n, grad: grad * n * a**n,
                "exponent_lowered_twice": lambda a, n, grad: grad * n * a ** (n - 2),
                "factor_n_lowered": lambda a, n, grad: grad * (n - 1) * a ** (n - 1),
                "grad_left_out": lambda a, n, grad: n * a ** (n - 1),
                "handed_on": lambda a, n, grad: grad,
                "times_own_value": lambda a, n, grad: grad * a**n,
                "minus_one_outside": (
                    lambda a, n, grad: grad * n * a**n - 1,
                    lambda a, n, grad: grad * (n * a**n - 1),
                ),
                "grad_inside_power": (
                    lambda a, n, grad: n * (grad * a) ** (n - 1),
                    lambda a, n, grad: (grad * n * a) ** (n - 1),
                ),
                "derivative_by_exponent": lambda a, n, grad: grad * a**n * np.log(a),
                "n_is_fixed": (lambda a, n, grad: grad * 2 * a, lambda a, n, grad: grad * 3 * a**2),
            },
        )
    },
)


def _check_multiply(answer: Any) -> None:
    cases: list[Case] = [{"a": 2.0, "b": 5.0, "grad": 3.0}]
    cases += [{name: generator.uniform(1.2, 3.0, 4) for name in cases[0]} for generator in draws()]
    _check_operation(answer, MULTIPLY, cases, "a, b")


def _check_total(answer: Any) -> None:
    cases: list[Case] = [{"a": np.array([1.0, 2.0, 4.0]), "grad": 5.0}]
    for generator in draws():
        cases.append({"a": generator.uniform(1.2, 3.0, (3, 4)), "grad": np.array(generator.uniform(2.0, 3.0))})
    _check_operation(answer, TOTAL, cases, "a")


def _check_power(answer: Any) -> None:
    cases: list[Case] = [{"a": np.array([1.0, 2.0, 3.0]), "n": 4, "grad": np.array([1.0, 10.0, 100.0])}]
    for n, generator in zip((2, 3, 5), draws(), strict=True):
        cases.append({"a": generator.uniform(1.2, 2.0, 4), "n": n, "grad": generator.uniform(2.0, 3.0, 4)})
    _check_operation(answer, POWER, cases, "a, n")
    at_zero: Case = {"a": np.array([0.0, -1.0]), "n": 2, "grad": np.ones(2)}
    if not np.isfinite(_value_and_shares(answer, at_zero, POWER)[1]["a"]).all():
        raise Mistake("not_at_zero")


# --- undo_broadcasting ---

UNDONE = Formulas(
    (THE_SHARE,),
    right=lessons.undo_broadcasting,
    wrong={
        "share_averaged": lambda gradient, shape: _folded(np.mean, gradient, shape),
        "largest_of_many": lambda gradient, shape: _folded(np.max, gradient, shape),
        "one_of_many": (
            lambda gradient, shape: _folded(_first_of, gradient, shape),
            lambda gradient, shape: np.resize(gradient, shape),
        ),
        "everything_summed": lambda gradient, shape: np.full(shape, gradient.sum()),
        "wrong_axis": lambda gradient, shape: (
            lessons.undo_broadcasting(gradient.swapaxes(0, -1), shape)
            if gradient.shape == (4, 4)
            else lessons.undo_broadcasting(gradient, shape)
        ),
    },
)
_of_shapes = ByExample(
    {
        "reshaped_only": tuple(
            f"np.ones({size}).reshape({shape})" for size in ((2, 3), (4, 4), (5,)) for shape in ((), (3,), (3, 1))
        ),
        "no_such_axis": ("np.ones(2).sum(axis=1)", "np.ones((2, 3)).sum(axis=(0, 3))"),
    },
    setup="",
)
NEW_AXES = [((2, 3), (3,)), ((5,), ()), ((4, 4), (4,)), ((2, 3, 4), (3, 4))]  # of a gradient, and what is wanted
STRETCHED = [((3, 4), (3, 1)), ((3, 4), (1, 4)), ((5,), (1,)), ((2, 3, 4), (2, 1, 4))]
BOTH = [((2, 3, 4), (3, 1)), ((4, 4), (1,))]
NEITHER = [((3,), (3,)), ((), ()), ((2, 3), (2, 3))]


def _first_of(gradient: Floats, axis: tuple[int, ...], keepdims: bool = False) -> Any:
    return gradient[tuple(slice(0, 1) if i in axis else slice(None) for i in range(gradient.ndim))]


def _folded(fold: Callable[..., Any], gradient: Floats, shape: tuple[int, ...]) -> Any:
    """Do something else than adding up along the axes of broadcasting."""
    new = gradient.ndim - len(shape)
    axes = (*range(new), *(new + i for i, length in enumerate(shape) if length == 1))
    return fold(gradient, axis=axes).reshape(shape) if axes else gradient


def _stretched_first(gradient: Floats, shape: tuple[int, ...]) -> Any:
    """Add up the axes that have length 1 in shape while the new ones in front still shift all of them."""
    axes = tuple(axis for axis, length in enumerate(shape) if length == 1)
    stretched = gradient.sum(axis=axes, keepdims=True)
    return stretched.sum(axis=tuple(range(gradient.ndim - len(shape))))


def _check_undo(answer: Any) -> None:
    require_callable(answer, "gradient, shape")
    cases: list[Case] = [{"gradient": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "shape": (3,)}]
    generator, *_ = draws()
    for wanted in (NEW_AXES[1:], STRETCHED, BOTH, NEITHER):
        cases += [{"gradient": generator.uniform(0.5, 2.0, size), "shape": shape} for size, shape in wanted]
    received = []
    for case in cases:
        gradient = case["gradient"].copy()
        result = attempt(partial(answer, gradient, case["shape"]), _of_shapes)
        require_unchanged({"gradient": case["gradient"]}, {"gradient": gradient})
        require_returned(result)
        received.append(array_of(result, THE_SHARE))
    _require_undone(cases, received)
    require_right(cases, received, UNDONE)


def _pair(case: Case) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shape of a gradient, and the shape that is wanted."""
    return case["gradient"].shape, case["shape"]


def _require_undone(cases: Sequence[Case], received: Sequence[Floats]) -> None:
    """Raise Mistake unless every share has the shape that is wanted."""
    right = {}
    for case, share in zip(cases, received, strict=True):
        right[_pair(case)] = share.shape == case["shape"]
    if all(right.values()):
        return
    left = [case["gradient"].shape == share.shape != case["shape"] for case, share in zip(cases, received, strict=True)]
    squeezed = [share.ndim < len(case["shape"]) for case, share in zip(cases, received, strict=True)]
    new_axes, stretched = (all(right[pair] for pair in pairs) for pairs in (NEW_AXES, STRETCHED))
    new = [(case, share) for case, share in zip(cases, received, strict=True) if _pair(case) in NEW_AXES]
    if all(share.shape == case["gradient"].shape[: len(case["shape"])] for case, share in new) and not new_axes:
        raise Mistake("wrong_axis")
    if not new_axes and not stretched and sum(left) > len(BOTH):
        raise Mistake("broadcasting_left")
    if new_axes and not stretched and any(left):
        raise Mistake("stretched_axes_left")
    if stretched and not new_axes:
        raise Mistake("new_axes_left")
    if any(squeezed) and all(wrong or ok for wrong, ok in zip(squeezed, right.values(), strict=True)):
        raise Mistake("everything_summed" if all(share.ndim == 0 for share in received[:6]) else "axes_of_one_lost")
    if all(np.array_equal(share, _stretched_first(**case)) for case, share in zip(cases, received, strict=True)):
        raise Mistake("axes_counted_too_early")
    for case, share in zip(cases, received, strict=True):
        if share.shape != case["shape"]:
            shapes = {"got": share.shape, "expected": case["shape"], "gradient": case["gradient"].shape}
            raise Mistake("undone_shape", **{name: texts.shape_of(shape, 0) for name, shape in shapes.items()})


# --- in_order ---

Made = Mapping[str, str]  # the arrays of a graph, parents first, each with the names of its own parents
DIAMOND: Made = {"a": "", "b": "", "h": "ab", "k": "ha", "L": "hk"}
GRAPHS: tuple[Made, ...] = (
    DIAMOND,
    {"a": "", "L": "aa"},
    {"a": "", "b": "a", "c": "b", "d": "c", "L": "ad"},
    {"a": "", "b": "a", "c": "ab", "d": "abc", "e": "bd", "f": "ce", "g": "fa", "L": "gdb"},
    {"L": ""},
)


TOWER: Made = {"a": "", **{name: 2 * before for before, name in pairwise("abcdefghijklmnopqL")}}  # 2**17 paths
LOOKS = 50  # at the parents of an array, in an order of `TOWER`; to walk every path takes thousands


def _check_in_order(answer: Any) -> None:
    require_callable(answer, "output")
    for made in GRAPHS:
        arrays = _arrays_of(answer, made)
        first, again = attempt(lambda arrays=arrays: [_listed(answer, arrays["L"]) for _ in range(2)])  # type: ignore[misc]
        order = _names_in(first, arrays)
        _require_order(order, made)
        if Counter(_names_in(again, arrays)) != Counter(order):
            raise Mistake("kept_between_calls")
    for made in GRAPHS:
        arrays = _arrays_of(answer, made, alike=True)
        if len(_names_in(attempt(partial(_listed, answer, arrays["L"])), arrays)) < len(made):
            raise Mistake("compared_by_value")
    looks = iter(range(LOOKS * len(TOWER)))
    tower = _arrays_of(answer, TOWER, looks=looks)
    with suppress(Mistake):
        attempt(partial(_listed, answer, tower["L"]))
    if next(looks, None) is None:
        raise Mistake("every_path")


def _arrays_of(answer: Any, made: Made, alike: bool = False, looks: Iterator[int] | None = None) -> dict[str, Any]:
    """Return the arrays of a graph by their names; alike, all have one value.

    Each look at the parents of one takes one from looks; then there are no more.
    """
    kind = _array_class(answer)
    arrays: dict[str, Any] = {}
    if looks:

        def parents_of(array: Any) -> Any:
            next(looks)
            return vars(array)["parents"]

        def set_parents(array: Any, parents: Any) -> None:
            vars(array)["parents"] = parents

        kind = type("Array", (kind,), {"parents": property(parents_of, set_parents)})
    for i, (name, parents) in enumerate(made.items()):
        arrays[name] = kind(
            1.0 if alike else 7.0 * i % 11, *((arrays[parent], lambda grad: grad) for parent in parents)
        )
    return arrays


def _names_in(result: Any, arrays: Mapping[str, Any]) -> list[str]:
    """Return the names of the arrays in a list; raise Mistake if it holds anything else."""
    require_returned(result)
    if not isinstance(result, list):
        raise Mistake("no_order", got=brief(result))
    names = {id(array): name for name, array in arrays.items()}
    if any(id(one) not in names for one in result):
        stranger = next(one for one in result if id(one) not in names)
        raise (
            Mistake("arrays_left_over")
            if hasattr(stranger, "parents")
            else Mistake("not_the_arrays", got=brief(stranger))
        )
    return [names[id(one)] for one in result]


def _listed(answer: Callable[[Any], Any], output: Any) -> Any:
    result = answer(output)
    in_turn = hasattr(result, "__iter__") and not inspect.isgenerator(result) and not isinstance(result, Set)
    return list(result) if in_turn else result


def _require_order(order: Sequence[str], made: Made) -> None:
    """Raise Mistake unless an order of names has each array of a graph once, before all that it was made of."""
    twice = [name for name, times in Counter(order).items() if times > 1]
    if twice:
        raise Mistake("visited_twice", where=texts.listed(sorted(twice)))
    if "L" not in order:
        raise Mistake("output_missing")
    if missing := [name for name in made if name not in order]:
        raise Mistake("not_all_reached", where=texts.listed(missing))
    place = {name: i for i, name in enumerate(order)}
    arrows = [(name, parent) for name, parents in made.items() for parent in parents]
    if arrows and all(place[name] > place[parent] for name, parent in arrows):
        raise Mistake("parents_first")
    for name, parent in arrows:
        if place[name] > place[parent]:
            raise Mistake("before_its_turn", first=parent, second=name)


# --- backward ---

_of_walks = ByExample(
    {
        "added_to_none": ("None + 1.0", "thing = None; thing += np.ones(2)"),
        "undo_arguments_swapped": ("().ndim", "len(1.0)", "len(np.float64(1.0))", "len(np.ones(()))"),
        "asked_for_truth": ("if np.ones(2): pass", "np.ones(2) or 1"),
        "shape_of_an_array": ("thing.shape", "np.ones(1).reshape((3,))"),
    },
    setup="class My: pass\nthing = My()",
    rules={"undo_arguments_swapped": lambda error: "undo_arguments_swapped" if _undoes_a_shape(error) else None},
)


def _undoes_a_shape(error: BaseException) -> bool:
    """Whether `undo_broadcasting` was called with a tuple where the gradient belongs."""
    frames = [frame for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    return any(
        frame.f_code.co_name == lessons.undo_broadcasting.__name__
        and isinstance(frame.f_locals.get(frame.f_code.co_varnames[0]), tuple)
        for frame in frames
    )


WALKS: tuple[tuple[Mapping[str, Any], Mapping[str, tuple[str, str]]], ...] = (  # the leaves, and what is made of them
    ({"a": 2.0, "b": 3.0}, {"h": ("times", "ab"), "k": ("plus", "ha"), "L": ("times", "hk")}),
    ({"a": 1.5, "b": 2.5}, {"h": ("plus", "ab"), "k": ("times", "hh"), "m": ("plus", "kh"), "L": ("times", "mk")}),
    (
        {"a": 0.5, "b": [2.0], "x": [1.0, -2.0, 3.0]},  # one number, one in brackets, three
        {"h": ("times", "ax"), "k": ("plus", "ha"), "m": ("times", "kb"), "s": ("plus", "mk"), "L": ("total", "s")},
    ),
)


def _check_backward(answer: Any) -> None:
    require_callable(answer, "output")
    for leaves, operations in WALKS:
        graph = WatchedGraph(_array_class(answer), leaves, operations)
        right = graph.gradients()
        try:
            attempt(partial(answer, graph.arrays["L"]), lambda error: graph.without or _of_walks(error))  # noqa: B023
        except NotTried:
            if is_stub(answer):
                raise
            raise Mistake("calls_a_stub") from None
        except Mistake as mistake:
            if mistake.findings[0].name == "exception":  # it may come of a shape that was wrong before
                _require_own_shapes(graph, right)
            raise
        _require_walked(graph)
        _require_gradients(graph, right)


def _require_walked(graph: WatchedGraph) -> None:
    """Raise Mistake unless the output had the gradient 1, and each rule was called once, when its turn had come."""
    seed = graph.arrays["L"].grad
    if seed is None:
        raise Mistake("gradients_taken_away" if graph.sent else "seed_missing")
    if not close(array_of(seed, texts.DERIVATIVE.format("L")), 1.0):
        raise Mistake("seed_is_not_one", got=texts.number(float(seed)) if np.size(seed) == 1 else brief(seed))
    calls = [sent.arrow for sent in graph.sent]
    if len(set(calls)) < len(calls):
        raise Mistake("sent_twice")
    if missing := {arrow.parent for arrow in graph.arrows} - {arrow.parent for arrow in calls}:
        raise Mistake("not_all_reached", where=texts.listed(sorted(missing)))
    for place, arrow in enumerate(calls):
        if any(other.parent == arrow.child for other in {*graph.arrows} - {*calls[:place]}):
            raise Mistake("sent_too_early", where=f"`{arrow.child}`")
    for name, value in graph.values.items():
        if not np.array_equal(graph.arrays[name].value, value):
            raise Mistake("values_changed")
    if any(not np.array_equal(sent.given, sent.copy) for sent in graph.sent):
        raise Mistake("gradient_in_place")


def _require_own_shapes(graph: WatchedGraph, right: Mapping[str, Floats]) -> None:
    """Raise Mistake if an array has a gradient of another shape than its own."""
    for name in reversed([*right]):
        grad, label = graph.arrays[name].grad, texts.DERIVATIVE.format(name)
        if grad is not None and (got := array_of(grad, label)).shape != right[name].shape:
            shapes = {"got": texts.shape_of(got.shape, 0), "expected": texts.shape_of(right[name].shape, 0)}
            raise Mistake("gradient_keeps_shape", where=label, **shapes)


def _require_gradients(graph: WatchedGraph, right: Mapping[str, Floats]) -> None:
    """Raise Mistake unless every array has its gradient, after each rule was called in its turn."""
    for name in reversed(graph.arrays):
        grad = graph.arrays[name].grad
        shares = [sent.share for sent in graph.sent if sent.arrow.parent == name]
        if grad is None:
            raise Mistake("not_all_reached", where=name)
        got = array_of(grad, texts.DERIVATIVE.format(name))
        _require_own_shapes(graph, {name: right[name]})
        label = texts.DERIVATIVE.format(name)
        given = [array_of(sent.copy, label) for sent in graph.sent if sent.arrow.child == name]
        if close(got, right[name], 1 + np.abs(right[name])):
            if any(not close(one, right[name], 1 + np.abs(right[name])) for one in given):
                raise Mistake("rule_given_other")
            continue
        if len(shares) > 1 and any(close(got, share, 1 + np.abs(share)) for share in shares):
            raise Mistake("overwritten_share")
        numbers = {"expected": texts.several(right[name].flat), "received": texts.several(got.flat)}
        example = texts.arguments({leaf: np.ravel(value) for leaf, value in graph.leaves.items()})
        raise Mistake("other", label=texts.DERIVATIVE.format(name), example=example, **numbers)


EXERCISES = exercises_of(
    lessons,
    Question(
        "share_of_a_factor",
        lessons.share_of_a_factor,
        {
            "grad_is_missing": lambda: 5.0,
            "own_factor": lambda: 3.0 * 2.0,
            "both_factors": lambda: 3.0 * 2.0 * 5.0,
            "gradient_alone": lambda: 3.0,
            "grad_plus_factor": lambda: 3.0 + 5.0,
            "value_of_the_product": lambda: 2.0 * 5.0,
        },
    ),
    Exercise("multiply", _check_multiply, lessons.multiply),
    Exercise("undo_broadcasting", _check_undo, lessons.undo_broadcasting),
    Exercise("in_order", _check_in_order, lessons.in_order),
    Exercise("backward", _check_backward, lessons.backward),
    Exercise("total", _check_total, lessons.total),
    Exercise("to_the_power", _check_power, lessons.to_the_power),
)
