"""Every word that the widgets say, and words alone: no key, no markup, no form of a number stands here.

To translate the widgets, translate the strings of this file. Which sentence is said when is decided in `words`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .formats import count, decimal, factor, loss, rate

# --- What controls and buttons are called -------------------------------------------------------------------------

LEARNING_RATE = "Learning rate"
ITERATIONS = "Iterations"
DEVICE = "Device"
OPTIMIZER = "Optimizer"
MOMENTUM = "Momentum"
BASIS, REDUCTION, DEGREE, RESET_GRADIENTS = "Basis", "Loss", "Degree", "Reset the gradients"
KEEP_STEP = "Keep the effective step"
START_LABEL = "Start"
STEP_SIZE = "Iterations a step"
VIEW = "View"
ITERATION = "Iteration"

TRAIN, PAUSE, RESUME = "Train", "Pause", "Resume"
STEP, STOP, RESET = "Step", "Stop", "Reset"
KEEP, FORGET = "Keep", "Forget kept runs"
INSIDE, OUTSIDE = "Look inside", "Back to pictures"
MORE, LESS = "More", "Less"
PLAY, HOLD = "▶ Play", "‖ Hold"  # signs that ordinary fonts have: a box says nothing

YOUR_NUMBER, CHECK, HINT = "Your number", "Check", "Hint"
RIGHT, WRONG = "✓", "✗"

TAYLOR, BEST_CUBIC = "Taylor cubic", "Best possible"
SLOPES, NO_SLOPES = "Show slopes", "Hide slopes"
DESCEND, HALT = "Let descent take over", "Stop descent"
ABOVE_THE_BEST = "above the best"

# What dropdowns offer: the name of a choice in the code, and what it is called.
BASIS_LABELS = dict(powers="x", scaled="x/π", legendre="Legendre")
REDUCTION_LABELS = dict(sum="sum", mean="mean")
STARTS = dict(given="as given", zeros="zeros", seed="a new random one", last="the last one again")
VIEW_LABELS = dict(
    loss="loss",
    above="loss above the best possible",
    coefficients="coefficients",
    residuals="residuals",
    differences="difference from the first",
)


def path_of(letters: Sequence[str]) -> str:
    return f"path of {' and '.join(letters)}"


def exact(label: str) -> str:
    return f"{label}, exact"


def limit(value: float) -> str:
    return f"limit {rate(value)}"


NUMPY_ONLY = "NumPy runs on the CPU only"


def no_device(name: str, note: str) -> str:
    return f"no {name}: {note}"


# --- Pictures: axes, legends, and what they say to a screen reader --------------------------------------------------

ITERATION_AXIS = "iteration"
LOSS_AXIS, MEAN_LOSS_AXIS = "sum of squared errors", "mean of squared errors"
SUM_AND_MEAN_AXIS = "squared errors, sum and mean"
ABOVE_AXIS = "loss above the best possible"
COEFFICIENTS_AXIS = "coefficient"
DIFFERENCES_AXIS = "difference of the loss, units of rounding"
RESIDUALS_AXIS = "fit minus data"
FIT_CURVE, BEST_CUBIC_CURVE, BEST_CURVE = "fit", "best cubic", "best possible fit"
MEASURED_LOSS, PREDICTED_LOSS, PARTS = "loss, measured", "loss, predicted", "its directions"
PATH_MEASURED, PATH_PREDICTED, EQUAL_LOSS = "path, measured", "path, predicted", "equal loss"
BEST_COEFFICIENTS = BEST_POINT = "best possible"
TRY, YOUR_TRIES = "try", "your tries"


def best_possible(value: float) -> str:
    return f"best possible: {loss(value)}"


def scaled_factor(letter: str, power: int) -> str:
    return f"{letter} of x/π" if power == 1 else f"{letter} of (x/π){'⁰¹²³⁴⁵⁶⁷'[power]}"


def legendre_factor(letter: str, power: int) -> str:
    return f"{letter} of P{'₀₁₂₃₄₅₆₇'[power]}"


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


def coefficients_picture(iteration: int, letters: Sequence[str], values: Sequence[float]) -> str:
    now = enumerated(f"{name} = {decimal(value)}" for name, value in zip(letters, values, strict=False))
    return f"The coefficients over iterations. At iteration {count(iteration)}: {now}."


def differences_picture(words: str) -> str:
    return f"Difference of the loss, units of rounding, over iterations. {words}".strip()


def your_fit_picture(name: str) -> str:
    return f"{name} and the curve of your parameters."


def tries_picture(tries: int, value: float, least: float) -> str:
    many = "1 try" if tries == 1 else f"{count(tries)} tries"
    return f"The loss of {many} on a logarithmic axis: the last {loss(value)}, the least {loss(least)}."


# --- What a view shows, in words -----------------------------------------------------------------------------------


def parts(factors: Sequence[float]) -> str:
    return f"Each step multiplies what its {len(factors)} directions still miss by {enumerated(map(factor, factors))}."


def coefficients(letters: Sequence[str], best: Sequence[float]) -> str:
    goals = enumerated(f"{name} = {decimal(goal)}" for name, goal in zip(letters, best, strict=False))
    return f"Best possible: {goals}."


def apart(first: str, most: dict[str, float]) -> str:
    words = (f"{name} by {f'at most {loss(value)}' if value > 0.5 else 'nothing'}" for name, value in most.items())
    return f"From {first} differ, in units of rounding: {enumerated(words)}."


def way(name: str, begin: float, end: float, goal: float | None) -> str:
    best = "" if goal is None else f" (best {decimal(goal)})"
    return f"{name} from {decimal(begin)} to {decimal(end)}{best}"


def path(ways: Iterable[str]) -> str:
    return f"{enumerated(ways)}."


def tilted(names: Sequence[str]) -> str:
    return f" The ellipses are tilted: {' and '.join(names)} pull at each other."


def upright(names: Sequence[str], exactly: bool) -> str:
    how = "do not" if exactly else "hardly"
    return f" The ellipses stand upright: {' and '.join(names)} {how} touch each other."


def residuals(iteration: int, value: float, x: float) -> str:
    return f"At iteration {count(iteration)} the fit misses most at x = {decimal(x)}, by {decimal(value)}."


def of_run(name: str, words: str) -> str:
    return f"{name}: {words}"


# --- What is the matter with a run: the first words, set in bold, and the rest ---------------------------------------

READY, PRESS_TRAIN = "Ready.", "Press Train."
RUNNING, WHILE_RUNNING = "Training.", "Stop and Pause answer at once; the sliders prepare the next run."
OVERFLOWED, DIVERGING, CONVERGED = "Overflowed.", "Diverging.", "Converged."
BOUNCING, RINGING, SWINGING = "Bouncing.", "Ringing.", "Swinging."
FALLING, ANOTHER_LOSS = "Still falling.", "Another loss."
PAUSED, STOPPED = "Paused. ", "Stopped. "


def guess_first(iterations: int) -> str:
    return f"Where will the loss be after {plural(iterations)}? Guess, then press Train."


def will_explode(iterations: int) -> str:
    return f"Theory expects this run to explode within {plural(iterations)}. Press Train."


def expected(predicted: float, iterations: int, best: float) -> str:
    floor = _above(predicted, best)
    return f"Theory expects a loss of {loss(predicted)} after {plural(iterations)}{floor}. Press Train."


def overflowed(iterations: int, why: str) -> str:
    return f"The loss left the range of numbers at iteration {count(iterations)}{why}."


def because_above_the_limit(learning_rate: float, highest: float) -> str:
    return f", because the rate {rate(learning_rate)} is above the limit {rate(highest)}"


def above_the_limit(learning_rate: float, highest: float) -> str:
    return f": the rate {rate(learning_rate)} is above the limit {rate(highest)}"


def diverging(last: float, iterations: int, growth: float, why: str) -> str:
    return f"Loss {loss(last)} after {plural(iterations)}; it grows by a factor of {growth:.4g} a step{why}."


def converged(last: float, iterations: int, best: float) -> str:
    return f"Loss {loss(last)} after {plural(iterations)}, within 1 % of the best possible {loss(best)}."


def falling(last: float, iterations: int, best: float | None, more: str) -> str:
    return f"Loss {loss(last)} after {plural(iterations)}{_above(last, best)}.{more}"


def more_needed(iterations: int) -> str:
    return f" About {count(iterations)} more bring it within 1 %."


def swings(last: float, iterations: int, best: float | None, why: str) -> str:
    return f"Loss {loss(last)} after {plural(iterations)}{_above(last, best)}. It goes up and down{why}"


TOO_LARGE = ": the steps are too large to settle."


def never_reset(learning_rate: float, highest: float) -> str:
    below = below_the_limit(learning_rate, highest)
    return f" for ever: gradients that are never reset are momentum 1. It is not the rate: {below}."


def as_momentum_does(learning_rate: float, highest: float, more: str) -> str:
    return f", as momentum does, and settles: {below_the_limit(learning_rate, highest)}.{more}"


def not_the_rate(learning_rate: float, highest: float) -> str:
    below = below_the_limit(learning_rate, highest)
    what = "What else moves the parameters: gradients that are never reset, a velocity, chance?"
    return f", and it is not the rate: {below}. {what}"


def below_the_limit(learning_rate: float, highest: float) -> str:
    return f"the rate {rate(learning_rate)} is below the limit {rate(highest)}"


def below_the_floor(last: float, iterations: int, best: float, mean: bool) -> str:
    what = "It is their mean, so the rate must be larger in proportion" if mean else "The prediction does not hold"
    return (
        f"Loss {loss(last)} after {plural(iterations)}: less than {loss(best)}, which no sum of squared errors can be. "
        f"{what}."
    )


def after(iterations: int) -> str:
    return f"After {plural(iterations)}."


def compared(losses: dict[str, float], best: float | None) -> str:
    ends = enumerated(f"{name} {loss(value)}" for name, value in losses.items())
    floor = "" if best is None else f"; the best possible is {loss(best)}"
    return f"Loss of {ends}{floor}."


def ended_early(iterations: int) -> str:
    return f"The loop ended by itself after {plural(iterations)}. "


def slow(seconds: float) -> str:
    return f" A single iteration took {seconds:.1f} s; nothing can answer while it lasts."


def one_failed(name: str, kind: str, message: str) -> str:
    return f" {name} ended with {kind}: {message}"


def line(number: int, source: str) -> str:
    return f" Line {number}: {source}."


def recorded(iterations: int) -> str:
    return f" What was recorded, {plural(iterations)}, is kept."


def equation_at(iteration: int, equation: str) -> str:
    return f"At iteration {count(iteration)}: {equation}"


def so_far(done: int, of: int, seconds: float) -> str:
    return f"{count(done)} of {count(of)} · {seconds:.2f} s"


def scrubbed(iteration: int, value: float) -> str:
    return f"loss {loss(value)} at iteration {count(iteration)}"


def _above(last: float, best: float | None) -> str:
    return "" if best is None else f", {loss(max(last - best, 0))} above the best possible {loss(best)}"


def plural(iterations: int) -> str:
    return "1 iteration" if iterations == 1 else f"{count(iterations)} iterations"


def enumerated(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


# --- Runs that were kept ---------------------------------------------------------------------------------------------

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
OVERFLOW, NOT_YET = "overflow", "not yet"


def kept_name(place: int, words: Iterable[str]) -> str:
    return f"{place}: {', '.join(words)}"


def with_momentum(value: float) -> str:
    return f"momentum {value:g}"


def of_degree(value: int) -> str:
    return f"degree {value}"


NO_RESET = "no reset"

# --- A guess ---------------------------------------------------------------------------------------------------------

GUESS_HOW = "type it, or click in the picture"


def guess(iterations: int) -> str:
    return f"Guess: loss after {plural(iterations)}"


def no_guess(entered: str) -> str:
    return f"A guess must be a positive number, got {entered!r}"


def not_settled(iterations: int) -> str:
    return f"The run has ended before {plural(iterations)}, so your guess is still open."


def exploded(guessed: float) -> str:
    return f"You guessed {loss(guessed)}; the run exploded."


def guessed_right(guessed: float, iterations: int, value: float) -> str:
    return f"{_guessed(guessed, iterations, value)}: right to 1 %."


def guessed_wrong(guessed: float, iterations: int, value: float, times: float) -> str:
    return f"{_guessed(guessed, iterations, value)}: {times:.3g} times too {'high' if guessed > value else 'low'}."


def _guessed(guessed: float, iterations: int, value: float) -> str:
    return f"You guessed {loss(guessed)}; after {plural(iterations)} the loss is {loss(value)}"


# --- One step of a loop ----------------------------------------------------------------------------------------------

STEP_LINES, STEP_LINE, STEP_KNOWN = "What each line changed", "line of the loop", "What autograd knows"
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
STEP_AGAINST = " against its own"
STEP_BY_HAND = "no backward() here: the loop works out its gradients by hand"
STEP_NO_GRADIENT, STEP_UNMOVED = "no line left a new gradient behind", "no parameter moved"
STEP_NO_LINES = "the lines of this loop cannot be watched, because it is no generator"
STEP_GRAPH = "The graph of the new loss, as autograd has just recorded it; the next backward() goes along its arrows."
STEP_NO_GRAPH = "Nothing was recorded: this loop works out its gradients by hand."
STEP_ENDED = "The loop has ended: there is no further step to look into."
STEP_PRESS = "Press Step: each line of the loop, and what it does to the parameters."


def step_known(grad_fn: str) -> str:
    return f"{STEP_KNOWN}; loss.grad_fn is {grad_fn}"


def gradients(size: int) -> str:
    return "1 gradient" if size == 1 else f"{size} gradients"


def step_filled(size: int) -> str:
    return f"backward() filled {gradients(size)}"


def step_added(size: int) -> str:
    return f"backward() found {gradients(size)} that no line before it had reset, and it adds"


def step_moved(moved: int, size: int) -> str:
    return f"the update moved {'every parameter' if moved == size else f'{moved} of {size} parameters'}"


def step_reset(size: int) -> str:
    return f"reset: {gradients(size)}"


def step_left(size: int) -> str:
    return f"NOT reset: {gradients(size)}, and the next backward() adds to them, unless a reset comes first"


def step_lost(lost: int, size: int) -> str:
    return f"{lost} of {size} parameters are now new tensors, whose .grad the next backward() will not fill"


# --- One's own tries -------------------------------------------------------------------------------------------------


def loss_is(value: float) -> str:
    return f"Loss {loss(value)}."


def loss_now(value: float) -> str:
    return f"loss {loss(value)}"


def tried(value: float, best: float, tries: int, least: float) -> str:
    count_of = "Your first try" if tries == 1 else f"Best of your {tries} tries: {loss(least)}"
    return f"That is {_near(value, best)} the best possible {loss(best)}. {count_of}."


def descended(value: float, best: float, iterations: int, learning_rate: float) -> str:
    how = f"Descent has made {plural(iterations)} from your try, with a learning rate of {rate(learning_rate)}"
    return f"{how}. That is {_near(value, best)} the best possible {loss(best)}."


def _near(value: float, best: float) -> str:
    return "within 1 % of" if value <= 1.01 * best else f"{loss(value - best)} above"


DESCENDING, ALL_AT_ONCE = "Descending.", "All parameters move at once, each against its own slope."
FLAT = "flat"


def slope(value: float) -> str:
    return FLAT if abs(value) < 0.5 else f"{'←' if value > 0 else '→'} {loss(abs(value))}"


# --- What is wrong with an entry or a scene --------------------------------------------------------------------------


def not_a_number(label: str, entered: str, comma: bool) -> str:
    return f"{label} must be a number, got {entered!r}{': write a decimal point' if comma else ''}"


def not_whole(label: str, entered: str) -> str:
    return f"{label} must be a whole number, got {entered!r}"


def out_of_range(label: str, entered: str, low: str, high: str) -> str:
    return f"{label} must lie between {low} and {high}, got {entered!r}"


NO_PAIR = "write name=value, as in learning_rate=1e-6"
AT_WITHOUT_RAN = "it needs ran= as well"


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


# --- Is the kernel there? --------------------------------------------------------------------------------------------

PULSE_ASK, PULSE_WAITING = "Is the kernel there?", "Press the button: the kernel should answer at once."
PULSE_YES, PULSE_NEEDS = "Yes.", "(It needs a running kernel.)"


def pulse_answer(presses: int) -> str:
    return f"The kernel has answered {'once' if presses == 1 else f'{presses} times'}: widgets are alive."


def pulse_in_words() -> str:
    return f"A button, {PULSE_ASK!r}, and beside it: {PULSE_WAITING}"
