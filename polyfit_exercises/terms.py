"""Checking a function that returns gradients, parameter by parameter, and naming what went wrong.

A wrong gradient is nearly always a number times one sum over the points: of some error times some power of x. Which sum
and which number: that is the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.theory import Floats, polynomial_values

from . import evidence, texts
from .compare import UNNAMED, Formula, Formulas, close, compare
from .form import Case, call, numbers_of
from .forwards import led, predictions
from .trial import Finding, Mistake, draws, found, require_callable

POWERS = range(5)  # of x, by which somebody may have multiplied
DIVISORS: Mapping[str, Callable[[int], int]] = {  # of a sum, by the number of its addends
    "sum": lambda n: 1,
    "mean": lambda n: n,
    "twice": lambda n: n * n,
    "one_less": lambda n: n - 1,
}
UNLIKE = {"twice": "mean_twice", "one_less": "one_less"}  # what divides by neither 1 nor N
NAMED_ELSEWHERE = {"forward_reversed_order", "forward_y_missing"}  # of the predictions
FACTORS = {1: "factor_missing", 2: "", 4: "factor_doubled"}  # before the error
ONE_POINT = {"first_point_only", "last_point_only"}  # whose sum and mean are the same, but for a division


class Term(NamedTuple):
    """A gradient as a number times a sum over the points, of an error times a power of x.

    `error` is one of the names in `_terms`, "" for the right one; `reduction` says how often the sum is divided by N.
    """

    number: int
    error: str
    power: int
    reduction: str


def check_gradients(
    answer: Any,
    powers: Mapping[str, int],
    reduction: str,
    ask: Callable[[Callable[..., Any], Case], Any] = call,
) -> None:
    """Raise Mistake unless answer(x, y, *parameters) returns the gradients of a polynomial's loss.

    Parameters
    ----------
    powers : mapping from names of parameters to int
        The power of x beside each of them, in the order in which answer takes and returns them.
    reduction : 'sum' or 'mean'
        Of the squared errors.
    ask : function of answer and a case
        Returns what answer makes of the case.
    """
    require_callable(answer, ", ".join(["x", "y", *powers]))
    labels = tuple(map(texts.DERIVATIVE.format, powers))
    cases = _cases(powers)
    received = [numbers_of(ask(answer, case), labels, len(case["x"])) for case in cases]
    # Only now, so that nothing that the learner's code can reach holds what is expected.
    findings = compare(cases, received, _formulas(cases, labels, powers, reduction))
    hidden = evidence.arguments_hidden(answer) if {*UNNAMED} & {one.name for one in findings} else []
    if findings:
        raise Mistake(*hidden or findings)


def _cases(powers: Mapping[str, int]) -> list[Case]:
    """Return an example that can be worked out by hand, random data, and two with one half of each of two others."""
    numbers = (1.5, 0.5, -1.25, 2.0)
    data = [{"x": np.array([-1.0, 0.5, 2.0, 3.0, 4.0]), "y": np.array([2.0, 2.5, 0.0, 1.0, 2.0])}]
    parameters = [{name: numbers[power] for name, power in powers.items()}]
    for generator in draws():
        # Not symmetric, never small, and with powers of different size: so that no mistake looks like another.
        size = int(generator.integers(11, 29))
        x = generator.uniform(0.4, 2.6, size) * generator.choice([-1.0, 1.0, 1.0], size)
        values = generator.uniform(0.5, 1.5, len(powers)) * generator.choice([-1.0, 1.0], len(powers))
        data.append({"x": x, "y": generator.normal(1.0, 2.0, size)})
        parameters.append(dict(zip(powers, values.tolist(), strict=True)))
    halves = [*zip(data, parameters, strict=True), (data[1], parameters[0]), (data[0], parameters[1])]
    return [{**one, **other} for one, other in halves]


def _formulas(cases: Sequence[Case], labels: tuple[str, ...], powers: Mapping[str, int], reduction: str) -> Formulas:
    """Return what the gradients are compared with."""
    reduce: Any = {"sum": np.sum, "mean": np.mean}[reduction]

    def ascending(parameters: Mapping[str, float]) -> list[float]:
        return [parameters[name] for name in sorted(powers, key=powers.__getitem__)]

    def right(x: Floats, y: Floats, **parameters: float) -> list[float]:
        error = polynomial_values(x, ascending(parameters)) - y
        return [2 * reduce(error * x**power) for power in powers.values()]

    def size(x: Floats, y: Floats, **parameters: float) -> list[float]:
        most = np.abs(polynomial_values(x, ascending(parameters))) + np.abs(y)
        return [2 * reduce(most * np.abs(x) ** power) for power in powers.values()]

    def family(received: Floats, sizes: Floats, wrong: Sequence[int]) -> dict[int, list[Finding]]:
        of_cases = zip(*(_terms(case["x"], case["y"], ascending(case)) for case in cases), strict=True)
        terms = [(same[0][0], np.array([value for _, value in same])) for same in of_cases]
        fitting = {i: _fitting(received[i], sizes[i], terms) for i in wrong}
        rule = [Term(2, "", power, reduction) for power in powers.values()]
        expected = np.array([right(**case) for case in cases]).T
        own = np.array([[case[name] for case in cases] for name in powers])
        if len(wrong) == len(labels):
            if _holds_updated(received, expected, sizes, own):
                return {i: [found("returns_updated")] for i in wrong}
            if whole := _of_all(received, expected, sizes, cases, powers, reduce):
                return {i: [whole] for i in wrong}
        named = _recognise(fitting, rule, labels)
        of_parameters = {
            i: [one] for i in wrong if (one := _parameter_in_it(received[i], expected[i], sizes[i], own[i]))
        }
        return {i: [found(name)] for i in wrong if (name := _ignored(received[i]))} | of_parameters | named

    def of_another(loss: Callable[[Floats], tuple[Floats, Any]]) -> Formula:
        """Return the gradients of a loss that takes the errors to these numbers beside the powers, and this factor."""

        def gradients(x: Floats, y: Floats, **parameters: float) -> list[float]:
            inner, factor = loss(polynomial_values(x, ascending(parameters)) - y)
            return [reduce(inner * x**power) * factor for power in powers.values()]

        return gradients

    roots = (lambda e: (e, 1 / np.sqrt(np.sum(e**2))), lambda e: (e, 1 / np.sqrt(np.mean(e**2))))
    wrong: Mapping[str, Formula | tuple[Formula, ...]] = {
        "loss_root": tuple(map(of_another, roots)),
        "loss_absolute": of_another(lambda e: (np.sign(e), 1.0)),
    }
    return Formulas(labels, right, wrong, size=size, family=family)


def _parameter_in_it(received: Floats, expected: Floats, sizes: Floats, own: Floats) -> Finding | None:
    """Name what the parameter itself has to do in its gradient: it is a factor, or it has been added."""
    if close(received, own * expected, sizes):
        return found("parameter_stays")
    factor = float((received - expected) @ own / (own @ own))
    return (
        found("penalty_in_it", factor=texts.number(factor)) if close(received, expected + factor * own, sizes) else None
    )


def _holds_updated(received: Floats, expected: Floats, sizes: Floats, own: Floats) -> bool:
    """Whether results are parameters that have been updated: their own numbers, moved by the gradients times a rate."""
    rate = ((own - received) * expected).sum() / (expected**2).sum()
    return bool(rate) and close(own - received, rate * expected, sizes)


def _of_all(
    received: Floats, expected: Floats, sizes: Floats, cases: Sequence[Case], powers: Mapping[str, int], reduce: Any
) -> Finding | None:
    """Name one mistake that makes all gradients: a slope that was measured, or a wrong prediction.

    Arrays have a row for each parameter and a column for each case; reduce is that of the errors.
    """
    curvatures = np.array([[2 * reduce(case["x"] ** (2 * power)) for case in cases] for power in powers.values()])
    off = received - expected
    for share in (0.5, 1.0):  # of the step, by which a slope to one side is off: half, as the derivative changes
        step = (off * curvatures).sum() / (share * curvatures**2).sum()
        left = off - share * step * curvatures
        if close(left, 0 * left, np.abs(off) + 1e-6 * sizes, 1e-2) and (left**2).sum() < 0.05 * (off**2).sum():
            return found("slope_measured", step=texts.number(abs(step)))
    order = sorted(powers, key=powers.__getitem__)
    variants = [[*predictions(case["x"], case["y"], np.array([case[name] for name in order]))] for case in cases]
    for same in zip(*variants, strict=True):
        finding = same[0][0]
        if finding is None or finding.name == "forward_own_data":
            continue  # it does not depend on the data, which is told elsewhere
        if "letter" in finding.details:
            letter = order["abcdefgh".index(finding.details["letter"])]
            finding = found(finding.name, **{**finding.details, "letter": letter})
        pairs = [(case["x"], y_pred - y) for case, (_, (y_pred, y)) in zip(cases, same, strict=True)]
        for factors in _factors(finding, powers):
            made = np.array([[2 * reduce(error * x**power) for x, error in pairs] for power in factors.values()])
            if finding.name == "forward_reversed_order" and close(received[::-1], made, sizes + np.abs(made)):
                return found("columns_reversed", count=len(powers))
            if finding.name not in NAMED_ELSEWHERE and close(received, made, sizes + np.abs(made)):
                return led(finding, texts.ALL_GRADIENTS)
    return None


def _factors(finding: Finding, powers: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """Yield the powers beside the parameters, then with that one wrong which is wrong in the prediction."""
    yield powers
    if finding.name == "forward_wrong_power":
        got = next(power for power in POWERS if texts.power(power) == finding.details["got"])
        yield {**powers, finding.details["letter"]: got}


def _terms(x: Floats, y: Floats, parameters: Sequence[float]) -> list[tuple[Term, float]]:
    """Return all terms, once, with their values; some mistakes can come about in two ways."""
    n, whole, y_pred = len(x), np.trunc(x), polynomial_values(x, parameters)
    e, place = y_pred - y, np.arange(n)
    errors = [  # with that whose power is multiplied by, and the number of addends
        ("", e, x, n),
        ("broadcast", n * y_pred - y.sum(), x, n * n),  # y_pred[:, None] - y: all N errors of every point
        ("broadcast", y_pred.sum() - n * y, x, n * n),  # y_pred - y[:, None], or the power from the other side
        ("summed_first", e.sum(), x, n * n),
        ("parameters_reversed", polynomial_values(x, parameters[::-1]) - y, x, n),
        ("not_subtracted", y_pred, x, n),
        ("squared", e**2, x, n),
        ("integer", polynomial_values(whole, parameters) - np.trunc(y), whole, n),
        ("integer", polynomial_values(whole, parameters) - y, whole, n),
        ("error_absolute", np.abs(e), x, n),
        ("two_before_prediction", y_pred - y / 2, x, n),
        ("data_swapped", polynomial_values(y, parameters) - x, y, n),
        ("errors_pile_up", e.cumsum(), x, n),
        ("first_point_only", e * (place == 0), x, n),
        ("last_point_only", e * (place == n - 1), x, n),
        *(("first_point_missing", e * (place > 0), x, addends) for addends in (n, n - 1)),
        *(("last_point_missing", e * (place < n - 1), x, addends) for addends in (n, n - 1)),
    ]
    return [
        (Term(1, name, power, reduction), float((error * base**power).sum() / divisor(addends)))
        for name, error, base, addends in errors
        for power in POWERS
        for reduction, divisor in DIVISORS.items()
    ]


def _fitting(received: Floats, sizes: Floats, terms: Sequence[tuple[Term, Floats]]) -> list[Term]:
    """Return the terms of which a gradient is a whole multiple; all arrays have a number for each case."""
    fitting = []
    for term, values in terms:
        number = np.rint(received @ values / (values @ values))
        if close(received, number * values, sizes):
            fitting.append(term._replace(number=int(number)))
    return fitting


def _recognise(
    fitting: Mapping[int, Sequence[Term]], right: Sequence[Term], labels: Sequence[str]
) -> dict[int, list[Finding]]:
    """Name the mistakes in the wrong gradients, from the terms that fit each of them and those that would be right."""
    named = _wrong_rule(fitting, right)
    for i, j in combinations([i for i in fitting if i not in named], 2):
        if right[j] in fitting[i] and right[i] in fitting[j]:
            named[i] = named[j] = [found("swapped", first=labels[i], second=labels[j])]
    for i in fitting:
        mistakes = [names for term in fitting[i] if (names := _mistakes(term, right[i]))]
        if i not in named and mistakes:
            named[i] = min(mistakes, key=len)
    return named


def _wrong_rule(fitting: Mapping[int, Sequence[Term]], right: Sequence[Term]) -> dict[int, list[Finding]]:
    """Name the gradients that follow a wrong rule for powers, if all that are wrong from x² on do so."""
    rules: dict[str, Callable[[int], int]] = {
        "by_x": lambda power: max(power - 1, 0),  # c x² differentiated by x, not by c
        "times_for_power": lambda power: 1,  # `x * 2` for `x**2`
    }
    high = {i for i in fitting if right[i].power > 1}
    for name, rule in rules.items():
        ruled = [term._replace(number=2 * term.power, power=rule(term.power)) for term in right]
        following = [i for i in fitting if ruled[i] in fitting[i]]
        if high and high <= {*following}:
            return {i: [found(name)] for i in following}
    return {}


def _mistakes(term: Term, right: Term) -> list[Finding]:
    """Return the differences between a term and the right one; nothing if the number is none that has a name."""
    factor = abs(term.number)
    if (term.error, factor) == ("squared", 4):  # (2 e)² is one slip
        factor = 2
    if (term.error, factor, term.power) == ("squared", 1, 0) and term.reduction == right.reduction:
        return [found("returns_loss")]
    if factor not in FACTORS:
        return []
    names = [FACTORS[factor], "wrong_sign" if term.number < 0 else "", term.error]
    if term.reduction != right.reduction and term.error not in ONE_POINT:
        names.append(UNLIKE.get(term.reduction, f"{term.reduction}_for_{right.reduction}"))
    findings = [found(name) for name in names if name]
    if term.power != right.power:
        powers = {"expected": texts.power(right.power), "got": texts.power(term.power)}
        findings.append(found("wrong_power" if term.power else "factor_x_forgotten", **powers))
    return findings


def _ignored(received: Floats) -> str:
    """Name what a gradient does not depend on; the last two cases are halves of the first two."""
    if not np.ptp(received):
        return "constant"
    if np.array_equal(received, np.trunc(received)):  # whole numbers are equal by chance
        return ""
    if np.array_equal(received[:2], received[[-1, -2]]):
        return "parameters_ignored"
    return "data_ignored" if np.array_equal(received[:2], received[-2:]) else ""
