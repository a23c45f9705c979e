"""Checking a learner's training loop by its trajectory, and naming what went wrong.

The loop runs on random data. If its trajectory is not the right one, descent is repeated with each of the well-known
mistakes, alone and in pairs; the one that makes the same trajectory is named.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from polyfit_helpers.data import Data
from polyfit_helpers.history import History, record
from polyfit_helpers.theory import Floats, LeastSquares, design_matrix

from . import texts
from .gradients import FLOAT32
from .trial import Finding, Mistake, attempt, draws, found, require_callable

STEPS = 8  # updates of the learner's loop on each set of data
MANY, PATIENCE = 2001, 2.0  # states: more than a loop makes that ends by itself after the usual 2 000; seconds
SAME = 1e-8  # relative to the largest number of each state

SELDOM = (10, 50, 100)  # steps between the states that somebody yields who means to print
DIGITS = range(7)  # to which a loss may have been rounded

Quirks = dict[str, Any]


class Run(NamedTuple):
    """One set of data (arrays), and how descent is to go on it."""

    data: Data
    start: tuple[float, ...]
    options: dict[str, float]  # learning_rate, and momentum if the exercise has one
    mean: bool = False  # of the squared errors, where the task's loss is not their sum


def check_loop(
    answer: Any,
    *,
    names: Sequence[str] = "abcd",
    momentum: bool = False,
    mean: bool = False,
    prepare: Callable[[Data], Data] = lambda data: data,
    known: Callable[[BaseException], str | None] = lambda error: None,
) -> None:
    """Raise Mistake unless answer(data, start, learning_rate) descends on the squared errors of a polynomial.

    Parameters
    ----------
    names : sequence of str
        The parameters; there are degree + 1.
    momentum : bool
        Whether the loop takes `momentum`, and has a velocity for each parameter.
    mean : bool
        Whether the loss is the mean of the squared errors, not their sum.
    prepare : function of Data
        Turns arrays into what the loop computes with.
    known : function of an exception
        See `trial.attempt`.
    """
    runs = [_example(len(names), momentum), *(_random(len(names), momentum, generator) for generator in draws())]
    if mean:
        runs = [_with_mean(run) for run in runs]
    require_callable(answer, texts.LOOP_ARGUMENTS[momentum], None, None, **runs[0].options)

    try:
        received = [_listen(answer, run, prepare, known) for run in runs]
    except Mistake as mistake:
        letters = f"({', '.join(names)})"  # of this exercise, where `record` has an example
        raise Mistake(
            *(
                one._replace(
                    details=dict(one.details)
                    | {name: why.replace("(a, b, c, d)", letters) for name, why in one.details.items() if name == "why"}
                )
                for one in mistake.findings
            )
        ) from None
    if findings := _compare(runs, received, names):  # there, so that nothing that is expected stands here
        raise Mistake(*findings)
    _require_many(answer, runs[0], prepare, known)


def _compare(runs: Sequence[Run], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Return what is wrong with the states of a loop, if anything is."""
    for i, (run, rows) in enumerate(zip(runs, received, strict=True)):
        expected = descend(run, len(rows))
        if not agree(rows[:, 1:], expected[:, 1:]) or not agree(rows[:, :1], expected[:, :1]):
            return _explain(runs, received, names) or [_unknown(runs[0], received[0], names, i == 0)]
    return []


def agree(received: Floats, expected: Floats, tolerance: float = SAME) -> bool:
    """Whether two tables with a state in each row are the same up to rounding."""
    if received.shape != expected.shape or not np.isfinite(received).all():
        return False
    return bool((np.abs(received - expected) <= tolerance * np.abs(expected).max(axis=1, keepdims=True)).all())


def descend(
    run: Run,
    states: int,
    *,
    factor: float = 2.0,
    sign: float = 1.0,
    mean: bool | None = None,
    rate: float | None = None,
    velocity: str = "right",
    momentum: float | Sequence[float] | None = None,
    gradient: str = "right",
    moving: float | Sequence[float] = 1.0,
) -> Floats:
    """Return the states of descent, shape (states, 1 + P), in which some things may have gone wrong.

    Parameters
    ----------
    factor, sign, mean, rate
        Of the gradient, and instead of the task's reduction and the learning rate.
    velocity : 'right', 'late', 'shared', 'ahead', or what is before the old one and before the gradient
        Updated after the parameters; one for all; the step taken once more. 'averaged' is β and 1 − β, 'kept whole' 1
        and β, 'reversed' −β and 1, 'on both' β and β, 'complement' 1 − β and 1, 'added' 1 + β and 1, 'rate twice' β
        and the rate.
    momentum : number, P numbers, or None
        Instead of the right one: 1 is a gradient that is never reset.
    gradient : 'right', 'old', 'one by one' or 'broadcast'
        Of the step before; each computed after the update of the one before; of all differences y_pred[i] − y[j].
    moving : P numbers
        0 for each parameter that no update reaches.
    """
    X, y = design_matrix(run.data.x, len(run.start) - 1), run.data.y
    rate = run.options["learning_rate"] if rate is None else rate
    beta: Any = run.options.get("momentum", 0.0) if momentum is None else np.asarray(momentum, dtype=float)
    mean = run.mean if mean is None else mean
    keep, add = {
        "averaged": (beta, 1 - beta),
        "kept whole": (1.0, beta),
        "reversed": (-beta, 1.0),
        "on both": (beta, beta),
        "complement": (1 - beta, 1.0),
        "added": (1 + beta, 1.0),
        "rate twice": (beta, rate),
    }.get(velocity, (beta, 1.0))
    w = np.array(run.start)
    v = np.zeros_like(w)
    old = None
    rows = []
    with np.errstate(all="ignore"):
        for _ in range(states):
            error = w @ X - y
            rows.append([error @ error / (len(y) if run.mean else 1), *w])
            scale = factor * sign / (len(y) ** (1 + (gradient == "broadcast")) if mean else 1)
            if gradient == "one by one":
                for k in range(len(w)):
                    v[k] = np.broadcast_to(beta, w.shape)[k] * v[k] + scale * X[k] @ (w @ X - y)
                    w[k] -= rate * v[k]
                continue
            if gradient == "broadcast":
                grad = scale * (len(y) * X @ (w @ X) - y.sum() * X.sum(axis=1))
            else:
                grad = scale * X @ error
            grad, old = (grad if gradient != "old" or old is None else old), grad
            if velocity == "late":
                w, v = w - rate * v, beta * v + grad
            elif velocity == "shared":
                for k in range(len(w)):
                    v[:] = beta * v + grad[k]
                    w[k] -= rate * v[k]
            else:
                v = keep * v + add * grad
                w = w - rate * np.asarray(moving) * (grad + beta * v if velocity == "ahead" else v)
    return np.array(rows)


def _quirks(run: Run, names: Sequence[str]) -> dict[str, list[Quirks]]:
    """Return the named mistakes as options of `descend`; some can come about in several ways."""
    quirks: dict[str, list[Quirks]] = {
        "steps_halved": [{"factor": 1.0}],
        "steps_doubled": [{"factor": 4.0}],
        "uphill": [{"sign": -1.0}],
        **({"sum_for_mean": [{"mean": False}]} if run.mean else {"mean_for_sum": [{"mean": True}]}),
        "rate_ignored": [{"rate": rate} for rate in (1.0, 0.1, 0.01, 2e-3, 1e-3, 1e-6)],
        "old_gradient": [{"gradient": "old"}],
        "one_by_one": [{"gradient": "one by one"}],
        "broadcast": [{"gradient": "broadcast"}],
    }
    if "momentum" in run.options:
        quirks |= {
            "no_momentum": [{"momentum": 0.0}],
            "momentum_fixed": [{"momentum": value} for value in (0.5, 0.8, 0.9, 0.95, 0.99)],
            "added_up": [{"momentum": 1.0}],
            "averaged": [{"velocity": "averaged"}],
            "velocity_reversed": [{"velocity": "reversed"}],
            "momentum_on_both": [{"velocity": "on both"}],
            "momentum_complement": [{"velocity": "complement"}],
            "velocity_added": [{"velocity": "added"}],
            "rate_twice": [{"velocity": "rate twice"}],
            "velocity_late": [{"velocity": "late"}],
            "velocity_shared": [{"velocity": "shared"}],
            "ahead": [{"velocity": "ahead"}],
            "kept_whole": [{"velocity": "kept whole"}],
        }
    else:  # gradients that are never reset, of all parameters or of some
        quirks["added_up"] = [{"momentum": 1.0}]
        partly = [kept for kept in itertools.product((0.0, 1.0), repeat=len(names)) if len(set(kept)) == 2]
        quirks["some_added_up"] = [{"momentum": kept} for kept in partly]
        quirks["some_never_move"] = [{"moving": kept} for kept in partly]
    return quirks


def _listen(answer: Any, run: Run, prepare: Callable[[Data], Data], known: Any) -> Floats:
    """Run the learner's loop and return its states, shape (states, 1 + P)."""
    data = prepare(Data(run.data.x.copy(), run.data.y.copy()))
    history = attempt(lambda: record(answer(data, run.start, **run.options), STEPS), known)
    if history.ended == "interrupted":
        raise KeyboardInterrupt
    after = data.numpy()
    for name, given, now in (("data.x", run.data.x, after.x), ("data.y", run.data.y, after.y)):
        if not np.array_equal(given, now):
            raise Mistake("changed_in_place", name=name)
    rows = np.column_stack([history.losses, history.parameters])
    if rows.shape[1] != 1 + len(run.start):
        raise Mistake("wrong_number_of_parameters", expected=len(run.start), got=rows.shape[1] - 1)
    if history.ended == "the loop ended by itself":
        raise Mistake("ends" if len(rows) > 1 else "yields_once", states=texts.states(len(rows)))
    return rows


def _require_many(answer: Any, run: Run, prepare: Callable[[Data], Data], known: Any) -> None:
    """Raise Mistake if a loop ends by itself; on a slow machine less than MANY steps must do."""
    history, end = History(), time.monotonic() + PATIENCE

    def listen() -> None:
        loop = answer(prepare(run.data), run.start, **run.options | {"learning_rate": 1e-6})
        some = 10  # at first, for each may take long
        while len(history) < MANY and (began := time.monotonic()) < end:
            history.extend(loop, some)
            if history.ended != "finished":
                return
            if time.monotonic() - began < PATIENCE / 20:
                some *= 2

    attempt(listen, known)
    if history.ended == "the loop ended by itself":
        raise Mistake("ends", states=texts.states(len(history)))


def _explain(runs: Sequence[Run], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Name the mistakes, or return nothing if no known one makes these trajectories."""

    def everywhere(test: Callable[[Run, Floats, Floats], bool]) -> bool:
        return all(test(run, rows, descend(run, 2 * STEPS + 2)) for run, rows in zip(runs, received, strict=True))

    if everywhere(lambda run, rows, right: agree(rows[:, 1:], right[: len(rows), 1:])):
        return [found(_about_the_loss(runs, received))]
    if everywhere(lambda run, rows, right: agree(rows[:, 1:], right[1 : len(rows) + 1, 1:])):
        return [found("yields_late")]
    if everywhere(lambda run, rows, right: agree(rows[:, 1:], np.repeat(right, 2, axis=0)[: len(rows), 1:])):
        return [found("yields_twice")]
    if everywhere(lambda run, rows, right: agree(rows[:, 1:], right[::2][: len(rows), 1:])):
        return [found("yields_every_other")]
    exactly = everywhere(lambda run, rows, right: agree(rows[:1, 1:], right[:1, 1:]))
    if everywhere(lambda run, rows, right: agree(rows[:, 1:], right[: len(rows), 1:], FLOAT32)):
        if not exactly and not all(np.array_equal(rows[:, 1:], np.float32(rows[:, 1:])) for rows in received):
            return [found("start_rounded")]
        return [found("float32", where=texts.THE_LOOP)]
    if everywhere(lambda run, rows, right: _in_sixteen_bits(rows[:, 1:])):
        return [found("half_precision")]
    if everywhere(lambda run, rows, right: agree(rows[:1, 1:], np.trunc(right[:1, 1:]))):
        return [found("integer_start")]
    if everywhere(lambda run, rows, right: agree(rows[1:, 1:], rows[:-1, 1:])):
        return [found("never_moves")]
    late = everywhere(lambda run, rows, right: not agree(rows[:1, 1:], right[:1, 1:]))
    if everywhere(lambda run, rows, right: agree(rows[:1, 1:], np.array([run.start])[:, ::-1])):
        return [found("start_reversed")]
    if not exactly and everywhere(lambda run, rows, right: agree(rows[:1, 1:], right[:1, 1:], 1e-2)):
        return [found("start_rounded")]

    quirks = _quirks(runs[0], names)
    for number in (1, 2):
        for chosen in itertools.combinations(quirks, number):
            for parts in itertools.product(*(quirks[name] for name in chosen)):
                options = {key: value for part in parts for key, value in part.items()}
                if len(options) == number and _fits(runs, received, options, int(late)):
                    kept = options.get("momentum")
                    which = [one for one, keep in zip(names, kept, strict=True) if keep] if type(kept) is tuple else []
                    still = [one for one, move in zip(names, options.get("moving", ()), strict=False) if not move]
                    where = {"some_never_move": texts.listed(still), "some_added_up": texts.listed(which)}
                    findings = [found(name, where=where.get(name) or texts.THE_GRADIENTS) for name in chosen]
                    return [*findings, found("yields_late")] if late else findings
    for every in SELDOM:
        for first in (0, every - 1):
            if all(
                agree(rows[:, 1:], descend(run, len(rows) * every)[first::every, 1:])
                for run, rows in zip(runs, received, strict=True)
            ):
                return [found("yields_seldom", every=every)]
    if late:
        firsts = [(rows[0, 1:], np.array(run.start)) for run, rows in zip(runs, received, strict=True)]
        off = [name for k, name in enumerate(names) if any(abs(got[k] - own[k]) > SAME for got, own in firsts)]
        return [found("start_ignored", where=texts.listed(off))]
    return _about_the_steps(runs, received, names)


def _fits(runs: Sequence[Run], received: Sequence[Floats], options: Quirks, first: int) -> bool:
    return all(
        agree(rows[:, 1:], descend(run, len(rows) + first, **options)[first:, 1:])
        for run, rows in zip(runs, received, strict=True)
    )


def _about_the_steps(runs: Sequence[Run], received: Sequence[Floats], names: Sequence[str]) -> list[Finding]:
    """Name steps that go along the gradient, or along a well-known wrong one, but by another rate."""
    still = [name for k, name in enumerate(names, 1) if not any(np.ptp(rows[:, k]) for rows in received)]
    if still:
        return [found("some_never_move", where=texts.listed(still))]
    if anothers := _anothers(runs, received, names):
        return [found("anothers_step", where=anothers)]
    momentum = "momentum" in runs[0].options
    direction = texts.DIRECTION[momentum]
    for name in ("", "added_up", "broadcast"):
        by_run = [_rates(run, rows[:, 1:], name) for run, rows in zip(runs, received, strict=True)]
        rates, lengths = np.concatenate(by_run), [len(one) for one in by_run]
        if np.isnan(rates).any():
            continue
        cause = [found(name, where=texts.THE_GRADIENTS)] if name else []
        factors = rates / np.repeat([run.options["learning_rate"] for run in runs], lengths)
        points = factors * np.repeat([len(run.data) for run in runs], lengths)
        if np.ptp(rates) <= SAME * abs(rates[0]):
            return [*cause, found("rate_ignored")]
        if _is_one(factors):
            return [*cause, found("rate_scaled", factor=texts.number(factors[0]), direction=direction)]
        if not cause and momentum and _is_one(factors / np.repeat([run.options["momentum"] for run in runs], lengths)):
            return [found("no_momentum")]
        if not cause and _is_one(points):
            return [found("points_fixed", points=texts.number(points[0]))]
        losses = [(rows[:, 0], _losses(run, rows)) for run, rows in zip(runs, received, strict=True)]
        if not cause and all(_is_one(got**2 / right) for got, right in losses):
            return [found("loss_root")]
        if not cause and all(abs(got[0] / right[0] - 1) > SAME for got, right in losses):
            return []  # a wrong loss tells more than the steps that come of it
        return [*cause, found("rate_changes", direction=direction)]
    first = [rows[0, 1:] - rows[1, 1:] for rows in received]
    if all(np.ptp(np.diff(rows[:, 1:], axis=0)) <= SAME for rows in received):
        return [found("no_gradient_in_it")]
    if all(np.ptp(np.abs(one)) <= 1e-3 * np.abs(one).max() for one in first):
        return [found("not_descent", direction=direction)]
    begins = [_rates(run, rows[:2, 1:], "") for run, rows in zip(runs, received, strict=True)]
    off = [abs(one[0] / run.options["learning_rate"] - 1) > SAME for one, run in zip(begins, runs, strict=True)]
    if all(off) and not momentum and not np.isnan(begins).any():
        return [found("first_step_scaled", direction=direction)]
    return []


def _is_one(values: Floats) -> bool:
    """Whether they are one number, but for rounding."""
    return bool(np.ptp(values) <= 1e-6 * abs(values[0]))


def _anothers(runs: Sequence[Run], received: Sequence[Floats], names: Sequence[str]) -> str:
    """List the parameters whose first step is that of another one, if all are steps of one parameter or another."""
    size = range(len(names))
    own = [descend(run, 2)[:, 1:] for run in runs]
    of = [
        [
            j
            for j in size
            if all(
                abs(np.ptp(rows[:2, 1 + k] - right[:, j])) <= SAME * abs(right[:, j]).max()
                for rows, right in zip(received, own, strict=True)
            )
        ]
        for k in size
    ]
    if not all(of) or all(k in of[k] for k in size):
        return ""
    moved = [names[k] for k in size if k not in of[k]]
    return f"{texts.listed(moved)} move{'s' * (len(moved) == 1)}"


def _losses(run: Run, rows: Floats) -> Floats:
    """Return the right losses at the parameters of some states, shape (states,)."""
    X = design_matrix(run.data.x, len(run.start) - 1)
    squares: Floats = ((rows[:, 1:] @ X - run.data.y) ** 2).sum(axis=1)
    return squares / len(run.data) if run.mean else squares


def _rates(run: Run, w: Floats, wrong: str) -> Floats:
    """Return by which rate each step follows the gradient, NaN where it does not follow it.

    w has shape (states, P). wrong: '', or 'added_up' or 'broadcast' for a gradient with that mistake.
    """
    X, y, n = design_matrix(run.data.x, len(run.start) - 1), run.data.y, len(run.data)
    with np.errstate(all="ignore"):
        if wrong == "broadcast":
            gradients = (2 * n * (w[:-1] @ X) @ X.T - 2 * y.sum() * X.sum(axis=1)) / (n**2 if run.mean else 1)
        else:
            gradients = 2 * (w[:-1] @ X - y) @ X.T / (n if run.mean else 1)
        gradients = np.cumsum(gradients, axis=0) if wrong == "added_up" else gradients
        steps = w[:-1] - w[1:]
        rates = (steps * gradients).sum(axis=1) / (gradients**2).sum(axis=1)
        off = np.abs(steps - rates[:, None] * gradients).max(axis=1)
        return np.where((off <= 1e-6 * np.abs(steps).max(axis=1)) & (rates > 0), rates, np.nan)


def _in_sixteen_bits(values: Floats) -> bool:
    """Whether all numbers have so few binary digits that float16 could hold them; bfloat16 has fewer still."""
    digits = np.ldexp(np.frexp(values)[0], 11)
    return bool((digits == np.round(digits)).all())


def _about_the_loss(runs: Sequence[Run], received: Sequence[Floats]) -> str:
    """Name what is wrong with the loss alone, the parameters being right."""
    other = "loss_is_sum" if runs[0].mean else "loss_is_mean"
    kinds = {other, "loss_late", "loss_early", "loss_broadcast", "loss_float32", "loss_halved"}
    kinds |= {f"loss_rounded {digits}" for digits in DIGITS}
    for run, rows in zip(runs, received, strict=True):
        states, right, n = len(rows), descend(run, STEPS + 2), len(run.data)
        problem = LeastSquares(run.data.x, run.data.y, len(run.start) - 1)
        predicted = [problem.values(run.data.x, row) for row in right[:states, 1:]]
        wrong = {
            other: right[:states, 0] * n if run.mean else right[:states, 0] / n,
            "loss_late": right[1 : states + 1, 0],
            "loss_early": np.concatenate([rows[:1, 0], right[: states - 1, 0]]),
            "loss_broadcast": np.array([((values[:, None] - run.data.y) ** 2).sum() for values in predicted])
            / (n**2 if run.mean else 1),
            "loss_float32": np.where(np.abs(rows[:, 0] / right[:states, 0] - 1) < FLOAT32, rows[:, 0], np.nan),
            "loss_halved": right[:states, 0] / 2,
        }
        wrong |= {f"loss_rounded {digits}": right[:states, 0].round(digits) for digits in DIGITS}
        kinds = {kind for kind in kinds if agree(rows[:, :1], wrong[kind][:, None])}
    kind, *_ = max(kinds, default="loss_wrong").split()  # rounded before float32
    return kind


def _unknown(run: Run, rows: Floats, names: Sequence[str], differs: bool) -> Finding:
    """Say where a run on fixed data first leaves the right one."""
    expected = descend(run, len(rows))
    if not differs:
        return found("right_for_the_example_only", label=texts.THE_LOOP)
    for i, (row, right) in enumerate(zip(rows, expected, strict=True)):
        for name, got, goal in zip((*names, texts.THE_LOSS), np.roll(row, -1), np.roll(right, -1), strict=True):
            if not agree(np.array([[got]]), np.array([[goal]])):
                example = texts.arguments({"x": run.data.x, "y": run.data.y, "start": run.start, **run.options})
                numbers = {"expected": texts.number(goal), "received": texts.number(got)}
                return found("other_state", parameter=name, moment=texts.moment(i), example=example, **numbers)
    return found("loss_wrong")


def _example(size: int, momentum: bool) -> Run:
    x = np.linspace(-1.0, 2.0, 7)
    return Run(Data(x, x**2 - x), (0.5, -1.5, 1.25, -0.75)[:size], _options(0.02, 0.6, momentum))


def _random(size: int, momentum: bool, generator: np.random.Generator) -> Run:
    n = int(generator.integers(11, 23))
    x = generator.uniform(-0.8, 1.6, n)
    data = Data(x, generator.normal(0.5, 1.0, n))
    start = tuple((generator.uniform(0.5, 1.5, size) * generator.choice([-1.0, 1.0], size)).tolist())
    limit = LeastSquares(x, data.y, size - 1).stability_limit()
    return Run(data, start, _options(limit * generator.uniform(0.1, 0.3), generator.uniform(0.3, 0.7), momentum))


def _with_mean(run: Run) -> Run:
    """Return the same run for the mean of the squared errors, which steps as far with a larger rate."""
    return run._replace(
        mean=True, options=run.options | {"learning_rate": run.options["learning_rate"] * len(run.data)}
    )


def _options(learning_rate: float, beta: float, momentum: bool) -> dict[str, float]:
    return {"learning_rate": float(learning_rate), **({"momentum": float(beta)} if momentum else {})}
