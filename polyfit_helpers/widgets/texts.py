"""Every word that the widgets say, and words alone: no key and no markup stands here.

To translate the widgets, translate the strings of this file. A gap in one says what is to be written there, and in
which form: `{last:loss}`. Which sentence is said when is decided in `words`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from .formats import count, decimal, factor, loss, rate


class Sentence(str):
    """Words with gaps, such as '{last:loss} after {run:iterations}', filled when it is called with their values."""

    def __call__(self, **values: Any) -> str:
        """Fill the gaps; a value of which no gap speaks is left out."""
        return _Filled().vformat(self, (), values)


class _Filled(Formatter):
    def format_field(self, value: Any, form: str) -> str:
        return FORMS[form](value) if form in FORMS else format(value, form)


def plural(iterations: int) -> str:
    return "1 iteration" if iterations == 1 else f"{count(iterations)} iterations"


def gradients(size: int) -> str:
    return "1 gradient" if size == 1 else f"{size} gradients"


def enumerated(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def named(values: Mapping[str, float]) -> str:
    return enumerated(f"{name} = {decimal(value)}" for name, value in values.items())


def grown(factor: float) -> str:
    return f"1 + {factor - 1:.2g}" if 1 < factor < 1.0005 else f"{factor:.4g}"


# The forms that a gap can ask for, beside Python's own.
FORMS: dict[str, Callable[[Any], str]] = {
    "count": count,
    "decimal": decimal,
    "loss": loss,
    "rate": rate,
    "named": named,
    "and": enumerated,
}
FORMS |= {"growth": grown}
FORMS |= {"code": lambda names: enumerated(f"`{name}`" for name in names)}
FORMS |= {"listed": ", ".join, "iterations": plural, "gradients": gradients}


def above(last: float, floor: float | None) -> str:
    return "" if floor is None else f", {loss(max(last - floor, 0))} above the floor {loss(floor)}"


def near(value: float, floor: float) -> str:
    return "within 1 % of" if value <= 1.01 * floor else f"{loss(value - floor)} above"


# --- What controls and buttons are called -------------------------------------------------------------------------

LEARNING_RATE = "Learning rate"
ITERATIONS = "Iterations"
DEVICE = "Device"
OPTIMIZER = "Optimizer"
MOMENTUM = "Momentum"
BASIS, REDUCTION, DEGREE, RESET_GRADIENTS = "Basis", "Loss", "Degree", "Reset the gradients"
KEEP_STEP = "Keep the effective step"
START_LABEL = "Start"
STEP_SIZE = "Iterations at a time"
VIEW = "View"
ITERATION = "Iteration"

TRAIN, PAUSE, RESUME = "Train", "Pause", "Resume"
STEP, STOP, RESET = "Advance", "Stop", "Reset"
KEEP, FORGET = "Keep", "Forget kept runs"
INSIDE, OUTSIDE = "Look inside", "Back to pictures"
MORE, LESS = "More", "Less"
PLAY, HOLD = "▶ Play", "‖ Hold"  # signs that ordinary fonts have: a box says nothing

YOUR_NUMBER, CHECK, HINT, SOLUTION, CHECKING = "Your number", "Check", "Hint", "Solution", "Checking …"
RIGHT, WRONG = "✓", "✗"

TAYLOR, BEST_CUBIC = "Taylor cubic", "Best cubic"
SLOPES, NO_SLOPES = "Show slopes", "Hide slopes"
DESCEND, HALT = "Let descent take over", "Stop descent"
ABOVE_THE_FLOOR = "above the floor"

# What dropdowns offer: the name of a choice in the code, and what it is called.
BASIS_LABELS = dict(powers="x", scaled="x/π", legendre="Legendre")
REDUCTION_LABELS = dict(sum="sum", mean="mean")
STARTS = dict(given="as given", zeros="zeros", seed="a new random one", last="the last one again")
VIEW_LABELS = dict(
    loss="loss",
    above="loss above the floor",
    coefficients="coefficients",
    residuals="residuals",
    differences="difference from the first",
)
path_of = Sentence("path of {letters:and}")
exact = Sentence("{label}, exact")
limit = Sentence("limit {value:rate}")
no_device = Sentence("no {name}: {note}")


# --- Pictures: axes, legends, and what they say to a screen reader --------------------------------------------------

ITERATION_AXIS = "iteration"
LOSS_AXIS, MEAN_LOSS_AXIS = "sum of squared errors", "mean of squared errors"
SUM_AND_MEAN_AXIS = "squared errors, sum and mean"
ABOVE_AXIS = "loss above the floor"
COEFFICIENTS_AXIS = "coefficient"
DIFFERENCES_AXIS = "difference of the loss, units of rounding"
RESIDUALS_AXIS = "fit minus data"
FIT_CURVE, BEST_CUBIC_CURVE, BEST_CURVE = "fit", "best cubic", "best fit"
MEASURED_LOSS, PREDICTED_LOSS, PARTS = "loss, measured", "loss, predicted", "its directions"
PATH_MEASURED, PATH_PREDICTED, EQUAL_LOSS = "path, measured", "path, predicted", "equal loss"
BEST_COEFFICIENTS = BEST_POINT = "best fit"
TRY, YOUR_TRIES = "try", "your tries"

floor_line = Sentence("floor: {value:loss}")
floor_of_cubics = Sentence("floor of every cubic: {value:loss}")


def scaled_factor(letter: str, power: int) -> str:
    return f"{letter} of x/π" if power == 1 else f"{letter} of (x/π){'⁰¹²³⁴⁵⁶⁷'[power]}"


def legendre_factor(letter: str, power: int) -> str:
    return f"{letter} of P{'₀₁₂₃₄₅₆₇'[power]}"


fit_picture = Sentence("{name}, the {best}, and the fit at iteration {iteration:count}.")
KINKS_PICTURE = " Dots on the fit show where it bends."
loss_picture = Sentence(
    "Loss over iterations on a logarithmic axis. At iteration {iteration:count} it is {value:loss}, at the "
    "last, {last:count}, {end:loss}."
)
above_picture = Sentence(
    "Loss above the floor over iterations on a logarithmic axis: {value:loss} at iteration {iteration:count}."
)
coefficients_picture = Sentence("The coefficients over iterations. At iteration {iteration:count}: {values:named}.")
differences_picture = Sentence("Difference of the loss, units of rounding, over iterations. {words}")
your_fit_picture = Sentence("{name} and the curve of your parameters.")


def tries_picture(tries: int, value: float, least: float) -> str:
    many = "1 try" if tries == 1 else f"{count(tries)} tries"
    return f"The loss of {many} on a logarithmic axis: the last is {loss(value)}, the lowest {loss(least)}."


# --- What a view shows, in words -----------------------------------------------------------------------------------


def parts(factors: Sequence[float]) -> str:
    return f"An iteration multiplies what its {len(factors)} directions miss by {enumerated(map(factor, factors))}."


coefficients = Sentence("Best fit: {best:named}.")


def apart(first: str, most: dict[str, float]) -> str:
    words = (f"{name} by {f'at most {loss(value)}' if value > 0.5 else 'nothing'}" for name, value in most.items())
    return f"From {first} differ, in units of rounding: {enumerated(words)}."


def way(name: str, begin: float, end: float, goal: float | None) -> str:
    best = "" if goal is None else f" (best {decimal(goal)})"
    return f"{name} from {decimal(begin)} to {decimal(end)}{best}"


path = Sentence("{ways:and}.")
tilted = Sentence(" The ellipses are tilted: {names:and} pull at each other.")
upright = Sentence(" The ellipses stand upright: {names:and} do not touch each other.")
nearly_upright = Sentence(" The ellipses stand upright: {names:and} hardly touch each other.")
residuals = Sentence("At iteration {iteration:count} the fit misses most at x = {x:decimal}, by {value:decimal}.")
of_run = Sentence("{name}: {words}")


# --- What is the matter with a run: the first words, set in bold, and the rest ---------------------------------------

READY, PRESS_TRAIN = "Ready.", "Press Train."
RUNNING, WHILE_RUNNING = "Training.", "Stop and Pause answer at once; the sliders prepare the next run."
OVERFLOWED, DIVERGING, CONVERGED = "Overflowed.", "Diverging.", "Converged."
BOUNCING, RINGING, SWINGING = "Bouncing.", "Ringing.", "Swinging."
FALLING, ANOTHER_LOSS, NOT_SETTLED = "Still falling.", "Another loss.", "Not settled yet."
BELOW = "Below the floor of every cubic!"
UNITS_ALIKE = "All units alike."
PAUSED, STOPPED = "Paused. ", "Stopped. "

guess_first = Sentence("Where will the loss be after {iterations:iterations}? Guess, then press Train.")
will_explode = Sentence("Theory expects this run to explode within {iterations:iterations}. Press Train.")
unpredicted = Sentence(
    "Nobody can predict this run, so there is no predicted curve and no limit. No cubic gets below {floor:loss}; this "
    "model may."
)
START_ALIKE = (
    "All hidden units start alike, so each iteration will move them alike, and they can never bend in different "
    "places. Press Train and see, then choose another start."
)
expected = Sentence("Theory expects a loss of {predicted:loss} after {iterations:iterations}{above}. Press Train.")

NO_NUMBER, STANDING = "Not a number.", "Standing still."
no_number_at_once = Sentence(
    "The very first loss is no number. No update has come yet, so look at the data, the start and the forward pass."
)
no_number_later = Sentence(
    "The loss was {before:loss}, and at iteration {iterations:count} it is no number. It did not grow, so it is not "
    "the rate: look for a division by 0, or a root or logarithm of what is not positive."
)
stands = Sentence("Loss {last:loss} after {iterations:iterations}: the parameters have not moved at all. {why}")
stands_since = Sentence(
    "Loss {last:loss} after {iterations:iterations}: from iteration {since:count} on the parameters have not moved. "
    "Has the rate become 0, or does the loop no longer update them?"
)
OPTIMIZER_ELSEWHERE = (
    "The optimizer moves other parameters: it was made for another model, or for copies. Make it after the model, from "
    "the parameters that the loss depends on."
)
NOTHING_MOVES = "Does the update change them in place, and is the gradient reset after it, not before?"
SOME_STAND = "Not all of them move."
some_stand = Sentence(
    "Loss {last:loss} after {iterations:iterations}{above}. Never moved: {names}. Does the optimizer hold it, does the "
    "loss depend on it, and is it updated?"
)
rests = Sentence("Loss {last:loss} after {iterations:iterations}{above}. It does not change any more. {why}")
RESTS_ELSEWHERE = (
    "Is the loss the sum of the squared errors and nothing else, each prediction compared with its own point? Are all "
    "powers of x there, and does the rate stay as it is?"
)
NEVER_FITS = (
    "Is there an activation between the layers and none at the end? Is each prediction compared with its own point, "
    "and is the rate neither zero nor far too large?"
)
climbs = Sentence(
    " The rate {learning_rate:rate} is below the limit {highest:rate}, so it is not the rate: is the gradient "
    "subtracted, `-=`, and reset in each iteration, and is the error `y_pred - y`?"
)
below_the_limit = Sentence(" The rate {learning_rate:rate} is below the limit {highest:rate}.")
another_first_loss = Sentence(
    " The very first loss is {got:loss}, but the start has {expected:loss}: look at the forward pass and the loss."
)
another_rate = Sentence(
    " The first step is as long as it would be at a rate of {used:rate}: does the loop use `learning_rate` as it is?"
)
overflowed = Sentence("The loss left the range of numbers at iteration {iterations:count}{why}.")
because_above_the_limit = Sentence(", because the rate {learning_rate:rate} is above the limit {highest:rate}")
above_the_limit = Sentence(": the rate {learning_rate:rate} is above the limit {highest:rate}")
diverging = Sentence(
    "Loss {last:loss} after {iterations:iterations}; it grows by a factor of {growth:growth} an iteration{why}."
)
converged = Sentence("Loss {last:loss} after {iterations:iterations}, within 1 % of the floor {floor:loss}.")
falling = Sentence("Loss {last:loss} after {iterations:iterations}{above}.{more}")
more_needed = Sentence(" About {iterations:count} more bring it within 1 %.")
swings = Sentence("Loss {last:loss} after {iterations:iterations}{above}. It goes up and down{why}")
TOO_LARGE = Sentence(": the steps are too large to settle.")
never_reset = Sentence(
    " for ever: gradients that are never reset are momentum 1. It is not the rate: "
    "the rate {learning_rate:rate} is below the limit {highest:rate}."
)
as_momentum_does = Sentence(
    ", as momentum does, and settles: the rate {learning_rate:rate} is below the limit {highest:rate}.{more}"
)
not_the_rate = Sentence(
    ", and it is not the rate: the rate {learning_rate:rate} is below the limit {highest:rate}. "
    "What else moves the parameters: gradients that are never reset, a velocity, chance?"
)
below_the_floor = Sentence(
    "Loss {last:loss} after {iterations:iterations}: less than {floor:loss}, which no sum of "
    "squared errors can be. {what}."
)
not_settled_yet = Sentence("Loss {last:loss} after {iterations:iterations}{above}. It goes up and down.")
it_is_the_mean = Sentence(
    "Loss {last:loss} after {iterations:iterations}. It is the mean: the sum, which the floor {floor:loss} belongs to, "
    "is {whole:loss}."
)
not_of_the_curve = Sentence(
    "Loss {last:loss} after {iterations:iterations}. It is not the sum of the squared errors of the curve that is "
    "drawn, which is {whole:loss}. Is it calculated anew in each iteration? Does it count all points, and each of them "
    "once? Are all powers of x there, in the order of the parameters that you yield? Does chance "
    "choose what goes into it?"
)
another_sum = Sentence(
    "Loss {last:loss} after {iterations:iterations}. It is not the sum of the squared errors of the curve that is "
    "drawn, which is {whole:loss}. Does it count all points, and each of them once? The sum of a mini-batch needs the "
    "factor `len(data.x) / len(batch)`."
)
below_every_cubic = Sentence(
    "Loss {last:loss} after {iterations:iterations}; the best cubic has {floor:loss}, {times:.3g} times as much."
)
stayed_alike = Sentence(
    "Loss {last:loss} after {iterations:iterations}. All hidden units started alike, so each iteration moved them "
    "alike. "
    "Choose another start."
)
IT_IS_THE_MEAN = "It is their mean, so the rate must be larger in proportion"
NO_PREDICTION = "The prediction does not hold"

has_taken = Sentence(" The board has taken your new {names:code}.")
will_take = Sentence(" This run has your earlier {names:code}; Train takes the new one.")
refuses = Sentence(" In the notebook {names:code} is no function any more, so the board keeps the one that it has.")
is_stuck = Sentence(" Your new {names:code} is not on this board: run the board's cell again.")
not_taken = Sentence(" The loop takes no {names:code} any more, so nothing here sets it.")

after = Sentence("After {iterations:iterations}.")


def compared(losses: dict[str, float], floor: float | None) -> str:
    ends = enumerated(f"{loss(value)} ({name})" for name, value in losses.items())  # "bug 2 7.957" reads as one number
    least = "" if floor is None else f"; the floor is {loss(floor)}"
    return f"Losses: {ends}{least}."


ended_early = Sentence("The loop ended by itself after {iterations:iterations}. ")
interrupted = Sentence("The kernel was interrupted after {iterations:iterations}. ")
ENDED = {"the loop ended by itself": ended_early, "interrupted": interrupted}
waits = Sentence(" In a single iteration the loop waited for {seconds:.1f} s; nothing can answer while it does.")
waits_often = Sentence(
    " The loop has waited for {seconds:.1f} s in all, as `time.sleep` does; nothing can answer while it does."
)
no_yield_yet = Sentence(
    "For a second now the loop has come to no yield, and nothing can answer until it does. After {seconds:g} seconds "
    "it is ended."
)
waits_for_ever = Sentence(
    "the loop came to no yield: it waited for more than {seconds:g} seconds, and nothing can answer meanwhile"
)
never_yields = Sentence(
    "the loop came to no yield in {seconds:g} seconds of computing: is there a loop inside it that never ends? "
    "If an iteration does take longer, train with record, which waits"
)
slow = Sentence(" A single iteration took {seconds:.1f} s; nothing can answer while it lasts.")
one_failed = Sentence(" {name} ended with {kind}: {message}")
line = Sentence(" Line {number}: {source}.")
recorded = Sentence(" What was recorded, {iterations:iterations}, is kept.")
of_another_shape = Sentence(
    "the model must return one value for each x, so of shape {shape}, got shape {got}: is x an array in it?"
)
of_parameters = Sentence("{size} parameters")
equation_at = Sentence("At iteration {iteration:count}: {equation}")
so_far = Sentence("{done:count} of {of:count} · {seconds:.2f} s")
scrubbed = Sentence("loss {value:loss} at iteration {iteration:count}")


# --- Runs that were kept ---------------------------------------------------------------------------------------------

KEPT = "Kept runs"
KEPT_COLUMNS = (
    "run",
    "loop",
    "learning rate",
    "device",
    "iterations",
    "last loss",
    "above the floor",
    "within 1 % after",
    "seconds",
)
OVERFLOW, NOT_YET, BELOW_IT = "overflow", "not yet", "below it"
kept_name = Sentence("{place}: {words:listed}")
of_earlier = Sentence("{name}, earlier")
with_momentum = Sentence("momentum {value:g}")
of_degree = Sentence("degree {value}")
NO_RESET = "no reset"

# --- A guess ---------------------------------------------------------------------------------------------------------

GUESS_HOW = "type it, or click in the picture"
guess = Sentence("Guess: loss after {iterations:iterations}")
no_guess = Sentence("A guess must be a positive number, got {entered!r}")
not_settled = Sentence("The run has ended before {iterations:iterations}, so your guess is still open.")
exploded = Sentence("You guessed {guessed:loss}; the run exploded.")
guessed_right = Sentence(
    "You guessed {guessed:loss}; after {iterations:iterations} the loss is {value:loss}: right to 1 %."
)
guessed_high = Sentence(
    "You guessed {guessed:loss}; after {iterations:iterations} the loss is {value:loss}: {times:.3g} times too high."
)
guessed_low = Sentence(
    "You guessed {guessed:loss}; after {iterations:iterations} the loss is {value:loss}: {times:.3g} times too low."
)


# --- One iteration of a loop -----------------------------------------------------------------------------------------

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
STEP_ENDED = "The loop has ended: there is no further iteration to look into."
STEP_PRESS = "Press Advance: each line of the loop, and what it does to the parameters."
step_known = Sentence("What autograd knows; loss.grad_fn is {grad_fn}")
step_filled = Sentence("backward() filled {size:gradients}")
step_added = Sentence("backward() found {size:gradients} that no line before it had reset, and it adds")


def step_moved(moved: int, size: int) -> str:
    return f"the update moved {'every parameter' if moved == size else f'{moved} of {size} parameters'}"


step_reset = Sentence("reset: {size:gradients}")
step_left = Sentence("NOT reset: {size:gradients}, and the next backward() adds to them, unless a reset comes first")
step_lost = Sentence("{lost} of {size} parameters are now new tensors, whose .grad the next backward() will not fill")


# --- One's own tries -------------------------------------------------------------------------------------------------

loss_is = Sentence("Loss {value:loss}.")
loss_now = Sentence("loss {value:loss}")
first_tried = Sentence("That is {near} the floor {floor:loss}. Your first try.")
tried = Sentence("That is {near} the floor {floor:loss}. Best of your {tries} tries: {least:loss}.")
descended = Sentence(
    "Descent has made {iterations:iterations} from your try, with a learning rate of {learning_rate:rate}. "
    "That is {near} the floor {floor:loss}."
)
DESCENDING, ALL_AT_ONCE = "Descending.", "All parameters move at once, each against its own slope."
FLAT = "flat"


def slope(value: float) -> str:
    return FLAT if abs(value) < 0.5 else f"{'←' if value > 0 else '→'} {loss(abs(value))}"


# --- What is wrong with an entry or a scene --------------------------------------------------------------------------


def not_a_number(label: str, entered: str, comma: bool) -> str:
    return f"{label} must be a number, got {entered!r}{': write a decimal point' if comma else ''}"


not_whole = Sentence("{label} must be a whole number, got {entered!r}")
out_of_range = Sentence("{label} must lie between {low} and {high}, got {entered!r}")
NO_PAIR = "write name=value, as in learning_rate=1e-6"
AT_WITHOUT_RAN = "it needs ran= as well"
no_scene = Sentence("a scene is a line of text, as board.scene() gives it, got {value!r:.60}")
damaged = Sentence("the scene is damaged at {part!r}: {why}")
unknown_part = Sentence("this board has no {name!r}, it has {known:listed}")
twice = Sentence("{name!r} is there twice")
choose_from = Sentence("choose from {options:listed}")


# --- Is the kernel there? --------------------------------------------------------------------------------------------

PULSE_ASK, PULSE_WAITING = "Is the kernel there?", "Press the button: the kernel should answer at once."
PULSE_YES, PULSE_NEEDS = "Yes.", "(It needs a running kernel.)"


def pulse_answer(presses: int) -> str:
    return f"The kernel has answered {'once' if presses == 1 else f'{presses} times'}: widgets are alive."


PULSE_IN_WORDS = f"A button, {PULSE_ASK!r}, and beside it: {PULSE_WAITING}"
