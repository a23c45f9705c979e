"""Every word that the widgets say, in one place: to be translated here and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
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
AT_WITHOUT_RAN = "it needs ran= as well"
PLAY, HOLD = "▶ Play", "‖ Hold"  # signs that ordinary fonts have: a box says nothing

INSIDE, OUTSIDE = "Look inside", "Back to pictures"
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

YOUR_NUMBER, CHECK, HINT = "Your number", "Check", "Hint"
RIGHT, WRONG = "✓", "✗"

VIEW = "View"
VIEW_NAMES = {
    "loss": "loss",
    "above": "loss above the best possible",
    "coefficients": "coefficients",
    "residuals": "residuals",
    "differences": "difference from the first",
}
TRY, YOUR_TRIES = "try", "your tries"
LOSS_AXIS, MEAN_LOSS_AXIS = "sum of squared errors", "mean of squared errors"
SUM_AND_MEAN_AXIS = "squared errors, sum and mean"
ABOVE_AXIS = "loss above the best possible"
COEFFICIENTS_AXIS = "coefficient"
DIFFERENCES_AXIS = "difference of the loss, units of rounding"
RESIDUALS_AXIS = "fit minus data"
MEASURED_LOSS, PREDICTED_LOSS, PARTS = "loss, measured", "loss, predicted", "its directions"
PATH_MEASURED, PATH_PREDICTED, EQUAL_LOSS = "path, measured", "path, predicted", "equal loss"
BEST_CUBIC_CURVE, BEST_CURVE, BEST_COEFFICIENTS, BEST_POINT = (
    "best cubic",
    "best possible fit",
    "best possible",
    "best possible",
)
FIT = "fit"

BASIS, REDUCTION, DEGREE, RESET_GRADIENTS = "Basis", "Loss", "Degree", "Reset the gradients"
BASES = (("x", "powers"), ("x/π", "scaled"), ("Legendre", "legendre"))
REDUCTIONS = (("sum", "sum"), ("mean", "mean"))
KEEP_STEP = "Keep the effective step"

STARTS = (("as given", "given"), ("zeros", "zeros"), ("a new random one", "seed"), ("the last one again", "last"))
PAUSED, STOPPED = "Paused. ", "Stopped. "
NUMPY_ONLY = "NumPy runs on the CPU only"


def view(name: str) -> str:
    """Return what the control calls a view, such as 'path b d'."""
    kind, *letters = name.split()
    return f"path of {' and '.join(letters)}" if letters else VIEW_NAMES[kind]


def best_possible(value: float) -> str:
    return f"best possible: {loss(value)}"


TAYLOR, BEST_CUBIC = "Taylor cubic", "Best possible"
SLOPES, NO_SLOPES = "Show slopes", "Hide slopes"
DESCEND, HALT = "Let descent take over", "Stop descent"
ABOVE_THE_BEST = "above the best"


def exact(label: str) -> str:
    return f"{label}, exact"


def limit(value: float) -> str:
    return f"limit {rate(value)}"


def not_a_number(label: str, entered: str) -> str:
    point = ": write a decimal point" if entered.count(",") == 1 else ""
    return f"{label} must be a number, got {entered!r}{point}"


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
    if not abs(value) < 1e9:
        return f"{value:.4g}".replace("-", "−")
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


def equation_at(iteration: int, equation: str) -> str:
    return f"At iteration {count(iteration)}: {equation}"


def running(done: int) -> tuple[str, str]:
    return "Training.", "Stop and Pause answer at once; the sliders prepare the next run."


def ready(iterations: int, predicted: float | None, best: float | None, guessing: bool = False) -> tuple[str, str]:
    if guessing:
        return "Ready.", f"Where will the loss be after {plural(iterations)}? Guess, then press Train."
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
    found: Diagnosis,
    last: float,
    iterations: int,
    best: float | None,
    learning_rate: float,
    highest: float | None,
    momentum: float,
) -> tuple[str, str]:
    """Return the first words, to be set in bold, and the rest. highest: the stability limit, if theory knows it."""
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
    more = "" if found.more is None else f" About {count(found.more)} more bring it within 1 %."
    if found.kind == "bouncing":
        swings = f"Loss {loss(last)} {after}{floor}. It goes up and down"
        if highest is None or above:
            return "Bouncing.", f"{swings}: the steps are too large to settle."
        below = f"the rate {rate(learning_rate)} is below the limit {rate(highest)}"
        if momentum == 1:
            return (
                "Ringing.",
                f"{swings} for ever: gradients that are never reset are momentum 1. It is not the rate: {below}.",
            )
        if momentum:
            return "Swinging.", f"{swings}, as momentum does, and settles: {below}.{more}"
        what = "What else moves the parameters: gradients that are never reset, a velocity, chance?"
        return "Swinging.", f"{swings}, and it is not the rate: {below}. {what}"
    return "Still falling.", f"Loss {loss(last)} {after}{floor}.{more}"


def below_the_floor(last: float, iterations: int, best: float, mean: bool) -> tuple[str, str]:
    what = "It is their mean, so the rate must be larger in proportion" if mean else "The prediction does not hold"
    return (
        "Another loss.",
        f"Loss {loss(last)} after {plural(iterations)}: less than {loss(best)}, which no sum of squared errors can be. "
        f"{what}.",
    )


def failed(error: BaseException, line: tuple[int, str] | None, iterations: int) -> tuple[str, str]:
    kept = f" What was recorded, {plural(iterations)}, is kept." if iterations else ""
    return f"{type(error).__name__}.", f"{_said_by(error, line)}{kept}"


def one_failed(name: str, error: BaseException, line: tuple[int, str] | None) -> str:
    return f" {name} ended with {type(error).__name__}: {_said_by(error, line)}"


def _said_by(error: BaseException, line: tuple[int, str] | None) -> str:
    where = "" if line is None else f" Line {line[0]}: {line[1]}."
    return f"{str(error).rstrip('.!')}.{where}"


def slow(seconds: float) -> str:
    return f" A single iteration took {seconds:.1f} s; nothing can answer while it lasts."


def ended_early(iterations: int) -> str:
    return f"The loop ended by itself after {plural(iterations)}. "


def status(bold: str, rest: str, equation: str) -> str:
    """Return the status line as HTML; whatever a learner's loop said is escaped."""
    return f"<b>{html.escape(bold)}</b> {html.escape(rest)}<br>{html.escape(equation)}"


def kept_name(number: int, settings: Mapping[str, Any]) -> str:
    """Name a run that is kept, such as '2: Adam, 0.01' or '3: 1e-6, momentum 0.9'."""
    words = [settings["optimizer"]] if "optimizer" in settings else []
    words += [rate(settings["learning_rate"])]
    words += [f"momentum {settings['momentum']:g}"] if settings.get("momentum") else []
    words += (
        [{"scaled": "x/π", "legendre": "Legendre"}[basis]]
        if (basis := settings.get("basis", "powers")) != "powers"
        else []
    )
    words += [f"degree {settings['degree']}"] if "degree" in settings else []
    words += [settings["reduction"]] if "reduction" in settings else []
    words += ["no reset"] if settings.get("reset") is False else []
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


def fit_picture(name: str, best: str, iteration: int) -> str:
    return f"{name}, the {best}, and the fit at iteration {count(iteration)}."


def loss_picture(iteration: int, value: float, last: int, end: float) -> str:
    return (
        f"Loss over iterations on a logarithmic axis. At iteration {count(iteration)} it is {loss(value)}, "
        f"at the last, {count(last)}, {loss(end)}."
    )


def above_picture(iteration: int, value: float) -> str:
    return (
        f"Loss above the best possible over iterations on a logarithmic axis: {loss(value)} at iteration "
        f"{count(iteration)}."
    )


def parts(factors: Sequence[float]) -> str:
    """Say by what each direction's share of the missing loss is multiplied in a step."""
    return f"Each step multiplies what its {len(factors)} directions still miss by {listed(map(short, factors))}."


def short(value: float) -> str:
    """Write a factor so that one near 1 can be told from 1."""
    return f"{value:.4f}" if value < 10 else f"{value:.4g}"


def listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def factor_of(letter: str, power: int, basis: str) -> str:
    """Name a parameter; in another basis than powers of x by what it is the factor of, since b is not b there."""
    if basis == "legendre":
        return f"{letter} of P{'₀₁₂₃₄₅₆₇'[power]}"
    if basis == "scaled" and power:
        return f"{letter} of x/π" if power == 1 else f"{letter} of (x/π){'⁰¹²³⁴⁵⁶⁷'[power]}"
    return letter


def coefficients(letters: Sequence[str], best: Sequence[float]) -> str:
    return f"Best possible: {listed(f'{name} = {number(goal)}' for name, goal in zip(letters, best, strict=False))}."


def coefficients_picture(iteration: int, letters: Sequence[str], values: Sequence[float]) -> str:
    now = listed(f"{name} = {number(value)}" for name, value in zip(letters, values, strict=False))
    return f"The coefficients over iterations. At iteration {count(iteration)}: {now}."


def differences(first: str, most: dict[str, float]) -> str:
    """Say how far each run is from the first one, in units of rounding."""
    words = (f"{name} by {'at most ' + loss(value) if value > 0.5 else 'nothing'}" for name, value in most.items())
    return f"From {first} differ, in units of rounding: {listed(words)}."


def path(
    names: tuple[str, str],
    first: tuple[float, float],
    now: tuple[float, float],
    best: tuple[float, float] | None,
    coupled: float | None,
) -> str:
    ways = (
        f"{name} from {number(begin)} to {number(end)}" + (f" (best {number(goal)})" if goal is not None else "")
        for name, begin, end, goal in zip(names, first, now, best or (None, None), strict=True)
    )
    words, both = f"{listed(ways)}.", " and ".join(names)
    if coupled is None:
        return words
    if coupled > 0.05:
        return f"{words} The ellipses are tilted: {both} pull at each other."
    return f"{words} The ellipses stand upright: {both} {'do not' if coupled < 1e-9 else 'hardly'} touch each other."


def residuals(iteration: int, value: float, x: float) -> str:
    return f"At iteration {count(iteration)} the fit misses most at x = {number(x)}, by {number(value)}."


GUESS_HOW = "type it, or click in the picture"


def guess(iterations: int) -> str:
    return f"Guess: loss after {plural(iterations)}"


def no_guess(entered: str) -> str:
    return f"A guess must be a positive number, got {entered!r}"


def not_settled(iterations: int) -> str:
    """Say that the run was too short for a guess."""
    return f"The run has ended before {plural(iterations)}, so your guess is still open."


def scored(iterations: int, guessed: float, value: float) -> str:
    """Say how good a guess was."""
    after = f"after {plural(iterations)} the loss is {loss(value)}"
    if not value < float("inf"):
        return f"You guessed {loss(guessed)}; the run exploded."
    ratio = max(guessed / max(value, 1e-300), value / guessed)
    if ratio < 1.01:
        return f"You guessed {loss(guessed)}; {after}: right to 1 %."
    return f"You guessed {loss(guessed)}; {after}: {ratio:.3g} times too {'high' if guessed > value else 'low'}."


def compared(losses: dict[str, float], iterations: int, best: float | None) -> tuple[str, str]:
    """Say where several runs are: the first words, to be set in bold, and the rest; best if it is one for all."""
    ends = listed(f"{name} {loss(value)}" for name, value in losses.items())
    floor = "" if best is None else f"; the best possible is {loss(best)}"
    return f"After {plural(iterations)}.", f"Loss of {ends}{floor}."


# What one step of a loop did, in words.
STEP_LINES, STEP_LINE = "What each line changed", "line of the loop"
STEP_KNOWN, STEP_LOSS = "What autograd knows", "; loss.grad_fn is {}"
STEP_COLUMNS = (
    "parameter",
    "is_leaf",
    "requires_grad",
    "grad_fn",
    "at the yield",
    "after backward()",
    "at the next yield",
)
STEP_NO_MOMENT = "–"
STEP_GRADIENT, STEP_GRADIENTS = "1 gradient", "{} gradients"
STEP_FILLED, STEP_ADDED = "backward() filled {}", "backward() found {} that no line before it had reset, and it adds"
STEP_EVERY, STEP_SOME, STEP_AGAINST = (
    "the update moved every parameter",
    "the update moved {} of {} parameters",
    " against its own",
)
STEP_RESET, STEP_LEFT = "reset: {}", "NOT reset: {}, and the next backward() adds to them, unless a reset comes first"
STEP_LOST = "{} of {} parameters are now new tensors, whose .grad the next backward() will not fill"
STEP_BY_HAND = "no backward() here: the loop works out its gradients by hand"
STEP_NO_GRADIENT, STEP_UNMOVED = "no line left a new gradient behind", "no parameter moved"
STEP_NO_LINES = "the lines of this loop cannot be watched, because it is no generator"
STEP_GRAPH = "The graph of the new loss, as autograd has just recorded it; the next backward() goes along its arrows."
STEP_NO_GRAPH = "Nothing was recorded: this loop works out its gradients by hand."
STEP_ENDED = "The loop has ended: there is no further step to look into."
STEP_PRESS = "Press Step: each line of the loop, and what it does to the parameters."


def leaf_names(dimensions: Sequence[int]) -> list[str]:
    """Name the leaves that a loop yields, by their dimensions: letters, bias and weight, or w."""
    if len(dimensions) == 1:
        return ["w"]
    letters = [f"{chr(ord('a') + k % 26)}{k // 26 or ''}" for k in range(len(dimensions))]
    return ["bias", "weight"] if list(dimensions) == [1, 2] else letters


NO_PAIR = "write name=value, as in learning_rate=1e-6"


def no_scene(value: object) -> str:
    return f"a scene is a line of text, as board.scene() gives it, got {value!r:.60}"


def damaged(part: str, why: str) -> str:
    return f"the scene is damaged at {part!r}: {why}"


def unknown_part(name: str, known: Iterable[str]) -> str:
    return f"this board has no {name!r}, it has {', '.join(known)}"


def twice(name: str) -> str:
    return f"{name!r} is there twice"


def choose_from(options: Iterable[str]) -> str:
    return f"choose from {', '.join(options)}"


PULSE_ASK, PULSE_WAITING = "Is the kernel there?", "Press the button: the kernel should answer at once."


def pulse_answer(presses: int) -> str:
    """Answer a press, as HTML."""
    times = "once" if presses == 1 else f"{presses} times"
    return f"<b>Yes.</b> The kernel has answered {times}: widgets are alive."


def pulse_in_words() -> str:
    """Describe the button."""
    return f"A button, {PULSE_ASK!r}, and beside it: {PULSE_WAITING}"


def pulse_without_kernel() -> str:
    """Stand in for the button, as HTML."""
    return f"<p><b>[{PULSE_ASK}]</b> {PULSE_WAITING} (It needs a running kernel.)</p>"


def escaped(words: str) -> str:
    return html.escape(words)


def missing(devices: list[Any]) -> str:
    """Say which devices are not there, and why."""
    return "; ".join(f"no {device.name.upper()}: {device.note}" for device in devices if not device.available)
