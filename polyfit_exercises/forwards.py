"""Naming what is wrong with a prediction or a loss, by the first loss that a loop yields.

At the start no update has come, so a loss that is wrong there has a wrong forward or a wrong loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from polyfit_helpers.data import sine
from polyfit_helpers.theory import Floats, polynomial_values

from . import texts
from .compare import close
from .steps import Descent
from .trial import Finding, found

SAME_LOSS = 1e-7  # relative to the loss

Point = tuple[Floats, Floats]  # a prediction, and what it is compared with


def wrong_forward(descents: Sequence[Descent], states: Floats) -> list[Finding]:
    """Name the mistake that makes the first losses, states have shape (D, T, 1 + P); nothing if it is not known."""
    received = states[:, 0, 0]
    mean = descents[0].mean
    of_each = [[*predictions(one.data.x, one.data.y, row[0, 1:])] for one, row in zip(descents, states, strict=True)]
    for same in zip(*of_each, strict=True):
        finding = same[0][0]
        for name, losses in _losses([pair for _, pair in same], mean):
            if finding is None and not name:
                continue
            if close(received, losses, np.abs(losses), SAME_LOSS):
                about = [*([finding] if finding else []), *([found(name)] if name else [])]
                return [led(about[0], texts.FIRST_LOSS), *about[1:]]
    return []


def led(finding: Finding, lead: str) -> Finding:
    """Return a finding about a prediction with the words that lead to it: what it was told from."""
    return finding._replace(details={**finding.details, "lead": lead})


def _losses(pairs: Sequence[Point], mean: bool) -> Iterator[tuple[str, Floats]]:
    """Yield the losses of all sets of data, the right one first, without a name."""
    errors = [y_pred - y for y_pred, y in pairs]
    reduce, other = (np.mean, np.sum) if mean else (np.sum, np.mean)
    yield "", np.array([reduce(e**2) for e in errors])
    yield "loss_is_sum_at_start" if mean else "loss_is_mean_at_start", np.array([other(e**2) for e in errors])
    for function in (np.sum, np.mean):
        yield "loss_absolute", np.array([function(np.abs(e)) for e in errors])
        yield "loss_of_sum", np.array([function(e) ** 2 for e in errors])
        yield "loss_not_squared", np.array([function(e) for e in errors])
        yield "loss_power", np.array([function(e**4) for e in errors])
        yield "loss_smooth", np.array([function(np.where(abs(e) < 1, e**2 / 2, abs(e) - 0.5)) for e in errors])


def predictions(x: Floats, y: Floats, w: Floats) -> Iterator[tuple[Finding | None, Point]]:
    """Yield well-known wrong predictions with the data that they are compared with, the right one first."""
    powers, right = range(len(w)), polynomial_values(x, w)
    yield None, (right, y)
    yield found("forward_reversed_order"), (polynomial_values(x, w[::-1]), y)
    yield found("forward_times_for_power"), (w[0] + sum(max(k, 1) * w[k] * x for k in powers[1:]), y)
    for k in powers:
        without = np.where(np.arange(len(w)) == k, 0.0, w)
        yield found("forward_term_missing", letter="abcdefgh"[k]), (polynomial_values(x, without), y)
        yield found("forward_sign", letter="abcdefgh"[k]), (polynomial_values(x, without) - w[k] * x**k, y)
        for power in {*range(len(w) + 1)} - {k}:
            words = {"letter": "abcdefgh"[k], "expected": texts.power(k), "got": texts.power(power)}
            yield found("forward_wrong_power", **words), (polynomial_values(x, without) + w[k] * x**power, y)
    yield found("forward_powers_shifted"), (x * polynomial_values(x, w), y)
    for scaled_x, scaled_y in _scaled(x, y):
        yield found("forward_scaled"), (polynomial_values(scaled_x, w), scaled_y)
    for alike in (right[0], right[-1], right.mean(), right.sum()):
        yield found("forward_alike"), (np.full_like(right, alike), y)
    yield found("forward_data_swapped"), (polynomial_values(y, w), x)
    own = sine()
    yield found("forward_own_data"), (polynomial_values(own.x, w), own.y)
    yield found("forward_y_missing"), (polynomial_values(x, w), np.zeros_like(y))
    yield found("forward_added"), (polynomial_values(x, w), -y)


def _scaled(x: Floats, y: Floats) -> Iterator[Point]:
    """Yield data after what is often done to them: x alone, y alone, both."""
    scales: tuple[Callable[[Floats], Floats], ...] = (
        lambda z: (z - z.mean()) / z.std(),
        lambda z: (z - z.mean()) / z.std(ddof=1),
        lambda z: z - z.mean(),
        lambda z: z / z.std(),
        lambda z: z / np.abs(z).max(),
        lambda z: z / z.max(),
        lambda z: (z - z.min()) / np.ptp(z),
        lambda z: 2 * (z - z.min()) / np.ptp(z) - 1,
        lambda z: z / np.linalg.norm(z),
        lambda z: z / np.pi,
    )
    for scale in scales:
        yield scale(x), y
        yield x, scale(y)
        yield scale(x), scale(y)
