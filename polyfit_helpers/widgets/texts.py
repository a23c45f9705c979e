"""Every word that the widgets say, in one place: to be translated here and nowhere else."""

from __future__ import annotations

import html
from typing import Any

from ..theory import Diagnosis

LEARNING_RATE = "Learning rate"
ITERATIONS = "Iterations"
DEVICE = "Device"
OPTIMIZER = "Optimizer"
MOMENTUM = "Momentum"
START = "Start"
STEP_SIZE = "Iterations a step"
ITERATION = "Iteration"

TRAIN, PAUSE, RESUME = "Train", "Pause", "Resume"
STEP, STOP, RESET = "Step", "Stop", "Reset"
MORE, LESS = "More", "Less"
PLAY, HOLD = "▶ Play", "⏸ Hold"

KEEP, FORGET = "Keep", "Forget kept runs"
KEPT = "Kept runs"
KEPT_COLUMNS = (
    "run",
    "loop",
    "learning rate",
    "device",
    "iterations",
    "last loss",
    "above the best possible",
    "within 1 % after",
    "seconds",
)

GIVEN, ZEROS, SEED, LAST = "as given", "zeros", "a new random one", "the last one again"
PAUSED, STOPPED = "Paused. ", "Stopped. "
NUMPY_ONLY = "NumPy runs on the CPU only"


TAYLOR, BEST_CUBIC = "Taylor cubic", "Best possible"
SLOPES, NO_SLOPES = "Show slopes", "Hide slopes"
DESCEND, HALT = "Let descent take over", "Stop descent"


def exact(label: str) -> str:
    return f"{label}, exact"


def limit(value: float) -> str:
    return f"limit {rate(value)}"


def not_a_number(label: str, entered: str) -> str:
    return f"{label} must be a number, got {entered!r}"


def not_whole(label: str, entered: str) -> str:
    return f"{label} must be a whole number, got {entered!r}"


def out_of_range(label: str, entered: str, low: str, high: str) -> str:
    return f"{label} must lie between {low} and {high}, got {entered!r}"


def count(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def plural(iterations: int) -> str:
    return "1 iteration" if iterations == 1 else f"{count(iterations)} iterations"


def rate(value: float) -> str:
    if not 0 < value <= 0.01:
        return f"{value:.4g}"
    digits, _, power = f"{value:.3e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"


def number(value: float) -> str:
    """Write a number with at most four decimals, and a real minus sign."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "−")


def loss(value: float) -> str:
    if 1000 <= value < 1e6:
        return count(round(value))
    digits, _, power = f"{value:.4g}".partition("e")
    return f"{digits}e{int(power)}" if power else digits


def progress(done: int, of: int, seconds: float) -> str:
    return f"{count(done)} of {count(of)} · {seconds:.2f} s"


def scrubbed(iteration: int, value: float) -> str:
    return f"loss {loss(value)} at iteration {count(iteration)}"


def running(done: int) -> tuple[str, str]:
    return "Training.", "Stop and Pause answer at once; the sliders prepare the next run."


def ready(iterations: int, predicted: float | None, best: float | None) -> tuple[str, str]:
    if predicted is None:
        return "Ready.", "Press Train."
    if predicted == float("inf") or predicted > 1e12:
        return "Ready.", f"Theory expects this run to explode within {plural(iterations)}. Press Train."
    floor = "" if best is None else f", {loss(max(predicted - best, 0))} above the best possible {loss(best)}"
    return (
        "Ready.",
        f"Theory expects a loss of {loss(predicted)} after {plural(iterations)}{floor}. Press Train.",
    )


def diagnosis(
    found: Diagnosis, last: float, iterations: int, best: float | None, learning_rate: float, highest: float | None
) -> tuple[str, str]:
    """Return the first words, to be set in bold, and the rest."""
    after = f"after {plural(iterations)}"
    floor = "" if best is None else f", {loss(max(last - best, 0))} above the best possible {loss(best)}"
    above = highest is not None and learning_rate > highest
    if found.kind == "overflowed":
        why = f": the rate {rate(learning_rate)} is above the limit {rate(highest or 0)}" if above else ""
        return "Overflowed.", f"The loss left the range of numbers at iteration {count(iterations)}{why}."
    if found.kind == "diverging":
        why = f", because the rate {rate(learning_rate)} is above the limit {rate(highest or 0)}" if above else ""
        return "Diverging.", f"Loss {loss(last)} {after}; it grows by a factor of {found.factor:.4g} a step{why}."
    if found.kind == "converged":
        return "Converged.", f"Loss {loss(last)} {after}, within 1 % of the best possible {loss(best or 0)}."
    if found.kind == "bouncing":
        return "Bouncing.", f"Loss {loss(last)} {after}{floor}. It goes up and down: the steps are too large to settle."
    more = "" if found.more is None else f" About {count(found.more)} more bring it within 1 %."
    return "Still falling.", f"Loss {loss(last)} {after}{floor}.{more}"


def failed(error: BaseException, line: tuple[int, str] | None, iterations: int) -> tuple[str, str]:
    where = "" if line is None else f" Line {line[0]}: {line[1]}."
    kept = f" What was recorded, {plural(iterations)}, is kept." if iterations else ""
    return f"{type(error).__name__}.", f"{error}.{where}{kept}"


def slow(seconds: float) -> str:
    return f" A single iteration took {seconds:.1f} s; nothing can answer while it lasts."


def ended_early(iterations: int) -> str:
    return f"The loop ended by itself after {plural(iterations)}. "


def status(bold: str, rest: str, equation: str) -> str:
    """Return the status line as HTML; whatever a learner's loop said is escaped."""
    return f"<b>{html.escape(bold)}</b> {html.escape(rest)}<br>{html.escape(equation)}"


def kept_name(number: int, learning_rate: float, optimizer: str | None, momentum: float) -> str:
    """Name a run that is kept, such as '2: Adam, 0.01' or '3: 1e-6, momentum 0.9'."""
    words = [optimizer] if optimizer else []
    words += [rate(learning_rate)]
    words += [f"momentum {momentum:g}"] if momentum else []
    return f"{number}: {', '.join(words)}"


def kept(
    loop: str,
    learning_rate: float,
    device: str,
    iterations: int,
    last: float,
    best: float,
    reached: int | None,
    seconds: float,
) -> tuple[str, ...]:
    """Return the cells of a kept run, after its name; in the order of KEPT_COLUMNS."""
    finite = last < float("inf")
    return (
        loop,
        rate(learning_rate),
        device,
        count(iterations),
        loss(last) if finite else "overflow",
        loss(max(last - best, 0)) if finite else "",
        "not yet" if reached is None else count(reached),
        f"{seconds:.2f}",
    )


def tried(value: float, best: float, tries: int, least: float) -> tuple[str, str]:
    """Say where one's own parameters stand: the first words, to be set in bold, and the rest."""
    count_of = "Your first try" if tries == 1 else f"Best of your {tries} tries: {loss(least)}"
    near = "within 1 % of" if value <= 1.01 * best else f"{loss(value - best)} above"
    return f"Loss {loss(value)}.", f"That is {near} the best possible {loss(best)}. {count_of}."


def descended(value: float, best: float, iterations: int, learning_rate: float) -> tuple[str, str]:
    near = "within 1 % of" if value <= 1.01 * best else f"{loss(value - best)} above"
    how = f"Descent has made {plural(iterations)} from your try, with a learning rate of {rate(learning_rate)}"
    return f"Loss {loss(value)}.", f"{how}. That is {near} the best possible {loss(best)}."


def descending() -> tuple[str, str]:
    return "Descending.", "All parameters move at once, each against its own slope."


def slope(value: float) -> str:
    """Say which way is down along one parameter, and how steep it is."""
    return "flat" if abs(value) < 0.5 else f"{'←' if value > 0 else '→'} {loss(abs(value))}"


def number_of_tries(tries: int) -> str:
    return "1 try" if tries == 1 else f"{count(tries)} tries"


def your_fit_picture(name: str) -> str:
    return f"{name} and the curve of your parameters."


def tries_picture(tries: int, value: float, least: float) -> str:
    return (
        f"The loss of {number_of_tries(tries)} on a logarithmic axis: the last {loss(value)}, the least {loss(least)}."
    )


def fit_picture(name: str, iteration: int) -> str:
    return f"{name}, the best possible cubic, and the fit at iteration {count(iteration)}."


def loss_picture(iteration: int, value: float, last: int, end: float) -> str:
    return (
        f"Loss over iterations on a logarithmic axis. At iteration {count(iteration)} it is {loss(value)}, "
        f"at the last, {count(last)}, {loss(end)}."
    )


def missing(devices: list[Any]) -> str:
    """Say which devices are not there, and why."""
    return "; ".join(f"no {device.name.upper()}: {device.note}" for device in devices if not device.available)
