"""What a dashboard says: pure functions of what is seen. The sentences themselves stand in `texts`."""

from __future__ import annotations

import linecache
import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..theory import Diagnosis, Floats, LeastSquares, diagnose, equation
from . import texts
from .advice import advised
from .graphs import strangers
from .seen import Seen
from .tables import step_in_words
from .views import LETTERS, view_words

ANOTHER = 0.01  # relative: a loss so far from that of the curve that is drawn is another one
ON_THE_CURVE = 1e-3  # relative to what the predicted loss is above the floor
ROUNDED = 1e-4  # relative to the floor: what float32 may add to it
MUCH = 1e10  # a parameter that was smaller one iteration before an infinite loss has not grown there
STANDS = 20  # iterations without a move until a loop is said to stand still
RESTS = 100  # iterations in which a loss that falls would move
PRESSED = {"running": "pause", "paused": "resume"}  # what the button Train does in these modes


class StatusLine(NamedTuple):
    """The status line: its first words, set in bold, and the rest; the equation of the fit; what the view shows."""

    bold: str
    rest: str
    equation: str = ""
    view: str = ""

    @property
    def details(self) -> str:
        """Equation and view on one line."""
        return " · ".join(words for words in (self.equation, self.view) if words)

    def __str__(self) -> str:
        return f"{self.bold} {self.rest} {self.details}".strip()


class ButtonState(NamedTuple):
    """What is written on a button, and whether it has no use now."""

    description: str
    disabled: bool = False


def words(seen: Seen) -> StatusLine:
    """Return all that the status line says."""
    bold, rest = _verdict(seen)
    rest += _renewed(seen)
    if seen.mode == "running" or seen.playing or not len(seen.run.history):
        return StatusLine(bold, rest)  # else the line would chatter
    return StatusLine(bold, rest, equation_of(seen), _of_the_view(seen))


def buttons(seen: Seen) -> dict[str, ButtonState]:
    """Return what each button says, by its key."""
    running, begun = seen.mode == "running", seen.done > 0
    train = {"pause": texts.PAUSE, "resume": texts.RESUME}.get(PRESSED.get(seen.mode, ""), texts.TRAIN)
    return {
        "train": ButtonState(train),
        "step": ButtonState(texts.STEP),
        "stop": ButtonState(texts.STOP, not running and seen.mode != "paused"),
        "reset": ButtonState(texts.RESET),
        "keep": ButtonState(texts.KEEP, running or not begun),
        "forget": ButtonState(texts.FORGET, not seen.kept),
        "inside": ButtonState(texts.OUTSIDE if seen.looking else texts.INSIDE),
        "more": ButtonState(texts.LESS if seen.unfolded else texts.MORE),
        "play": ButtonState(texts.HOLD if seen.playing else texts.PLAY, running or not begun),
    }


def marks(seen: Seen) -> list[tuple[float, str]]:
    """Return the marks on the scale of the learning rate: the stability limit of the next run."""
    return [] if seen.limit is None else [(seen.limit, texts.limit(value=seen.limit))]


def equation_of(seen: Seen) -> str:
    """Return the equation of the curve that is drawn."""
    history = seen.run.history
    at = min(seen.at, history.iterations)
    written = _equation(seen, history[at].parameters)
    return texts.equation_at(iteration=at, equation=written) if written and at < history.iterations else written


def _equation(seen: Seen, parameters: Floats) -> str:
    if seen.several or not np.isfinite(parameters).all() or np.abs(parameters).max() > 1e9:
        return ""
    if seen.problem is not None:
        return equation(seen.problem.in_powers(parameters))
    if len(parameters) > len(LETTERS):
        return texts.of_parameters(size=len(parameters))
    rounded = parameters.round(4) + 0.0  # no negative zero
    named = zip(LETTERS, rounded, strict=False)
    return ", ".join(f"{name} = {value:.4f}" for name, value in named).replace("-", "−")


def _of_the_view(seen: Seen) -> str:
    if seen.looking:
        return step_in_words(seen.inside) if seen.inside else ""
    sentence = view_words(seen)
    if sentence and seen.several and seen.view != "differences":
        return texts.of_run(name=seen.run.name, words=sentence)
    return sentence


# --- The verdict: the first words, and the rest -------------------------------------------------------------------


def _verdict(seen: Seen) -> tuple[str, str]:
    history = seen.run.history
    if seen.mode == "failed" and seen.error is not None:
        error = original(seen.error)
        what_is_left = texts.recorded(iterations=seen.done) if seen.done else ""
        return f"{type(error).__name__}.", _message(error) + _what_to_do(seen.error) + what_is_left
    if seen.mode == "running":
        return texts.RUNNING, _slow(seen).strip() or texts.WHILE_RUNNING
    if seen.done == 0 and not history.diverged:
        return texts.READY, _ended(seen) + _expectation(seen) + _failures(seen)
    bold, rest = _of_several(seen) if seen.several else _of_one(seen)
    rest += _slow(seen)
    halted = {"paused": texts.PAUSED, "stopped": texts.STOPPED}.get(seen.mode)
    if halted is None:
        return bold, _ended(seen) + rest
    if bold == texts.FALLING:  # what stands still falls no more
        return halted.strip(), rest
    return bold, halted + rest


def _renewed(seen: Seen) -> str:
    """Say which functions the notebook has defined anew, and whether the present run has them."""
    changes = seen.changes
    gone = [name for name in seen.settings.options if not any(run.has(name) for run in seen.runs)]
    said = {
        texts.has_taken: changes.taken,
        texts.will_take: changes.earlier if seen.done else (),
        texts.refuses: changes.refused,
        texts.is_stuck: changes.stuck,
        texts.not_taken: gone,
    }
    return "".join(sentence(names=names) for sentence, names in said.items() if names)


def _ended(seen: Seen) -> str:
    """Say why a run has ended before its time."""
    history = seen.run.history
    return texts.ENDED[history.ended](iterations=history.iterations) if history.ended in texts.ENDED else ""


def _slow(seen: Seen) -> str:
    """Say why nothing can answer for a while, if an iteration takes long."""
    if seen.waited > 1:
        return texts.waits(seconds=seen.waited)
    if seen.waited_in_all > 1:
        return texts.waits_often(seconds=seen.waited_in_all)
    return texts.slow(seconds=seen.slowest) if seen.slowest > 1 else ""


def _expectation(seen: Seen) -> str:
    """Say what to expect of a run that has not begun."""
    planned = seen.settings.iterations
    if seen.alike:
        return texts.START_ALIKE
    if seen.guessing:
        return texts.guess_first(iterations=planned)
    if seen.beyond_cubics:
        return f"{texts.unpredicted(floor=seen.floor)} {texts.PRESS_TRAIN}"
    if seen.problem is None or seen.expects is None:
        return texts.PRESS_TRAIN
    rate, momentum = seen.expects
    predicted = float(seen.problem.predicted_losses(seen.expected_start, rate, [planned], momentum)[0])
    if predicted == math.inf or predicted > 1e12:
        return texts.will_explode(iterations=planned)
    return texts.expected(predicted=predicted, iterations=planned, above=texts.above(predicted, seen.floor))


def _of_several(seen: Seen) -> tuple[str, str]:
    ends = {run.name: float(run.history.losses[-1]) for run in seen.runs if len(run.history)}
    one_floor = len({run.floor for run in seen.runs}) == 1
    return texts.after(iterations=seen.done), texts.compared(ends, seen.floor if one_floor else None) + _failures(seen)


def _of_one(seen: Seen) -> tuple[str, str]:
    run, problem, floor = seen.run, seen.problem, seen.floor
    losses, iterations = run.history.losses, run.history.iterations
    if _is_no_number(seen):
        before = float(losses[-2]) if iterations else math.nan
        said = texts.no_number_later if iterations else texts.no_number_at_once
        return texts.NO_NUMBER, said(iterations=iterations, before=before)
    if iterations and losses[-1] > 1.01 * floor and np.ptp(run.history.parameters, axis=0).max() == np.ptp(losses) == 0:
        why = texts.OPTIMIZER_ELSEWHERE if strangers(run.running) else texts.NOTHING_MOVES
        return texts.STANDING, texts.stands(last=float(losses[-1]), iterations=iterations, why=why)
    if (since := _stands_since(seen)) is not None:
        return texts.STANDING, texts.stands_since(last=float(losses[-1]), iterations=iterations, since=since)
    if seen.beyond_cubics:
        return _of_no_cubic(seen)
    if floor > 1e-9 * losses[0] and losses.min() < 0.99 * floor:  # no cubic, so another floor
        if problem is None:
            return _diagnosis(seen, diagnose(losses), None, None)
        if losses[-1] < 0.99 * floor:
            what = texts.IT_IS_THE_MEAN if _begins_as_mean(seen) else texts.NO_PREDICTION
            last = float(losses[-1])
            return texts.ANOTHER_LOSS, texts.below_the_floor(last=last, iterations=iterations, floor=floor, what=what)
    limit, needed, rate, follows = None, None, run.settings["learning_rate"], False
    if problem is not None and run.settings.get("optimizer", "SGD") == "SGD":
        limit = problem.stability_limit(run.momentum) * (seen.size if _begins_as_mean(seen) else 1)
        ran = run.momentum < 1 and math.isfinite(losses[-1])
        follows = ran and _follows(losses, problem, seen.start, rate, run.momentum)
        if rate < limit and follows:
            needed = _iterations_needed(problem, seen.start, rate, run.momentum)
    if losses[-1] > 1.01 * floor and (elsewhere := _elsewhere(seen, follows)):
        return elsewhere
    return _diagnosis(seen, diagnose(losses, floor, needed), floor, limit)


def _begins_as_mean(seen: Seen) -> bool:
    """Whether the first loss is the mean of what theory takes for a sum; then its gradients are smaller, too."""
    first, problem = float(seen.run.history.losses[0]), seen.problem
    if problem is None or problem.reduction == "mean":
        return False
    return math.isclose(first * seen.size, problem.loss(seen.start), rel_tol=ON_THE_CURVE)


def _elsewhere(seen: Seen, follows: bool) -> tuple[str, str] | None:
    """Say what a loop does instead, if it is known, that goes for another loss or stays above the floor.

    `follows` says whether its loss is as predicted.
    """
    history, problem = seen.run.history, seen.problem
    last, iterations = float(history.losses[-1]), history.iterations
    if problem is None or not iterations or not math.isfinite(last):
        return None
    ends = [(history.losses[at], problem.loss(history.parameters[at])) for at in (0, -1)]
    whole = ends[-1][1]
    if not all(math.isclose(got, own, rel_tol=ANOTHER) for got, own in ends):
        a_mean = all(math.isclose(got * seen.size, own, rel_tol=ANOTHER) for got, own in ends)
        if a_mean and problem.reduction == "sum":
            said = texts.it_is_the_mean(last=last, iterations=iterations, floor=seen.floor, whole=whole)
            return texts.ANOTHER_LOSS, said
        said = texts.not_of_the_curve(last=last, iterations=iterations, whole=whole)
        return texts.ANOTHER_LOSS, said + _another_first_loss(seen)
    if follows:
        return None
    values = {"last": last, "iterations": iterations, "above": texts.above(last, seen.floor)}
    if unmoved := _unmoved(seen):
        return texts.SOME_STAND, texts.some_stand(**values, names=texts.enumerated(unmoved))
    return (texts.STANDING, texts.rests(**values, why=texts.RESTS_ELSEWHERE)) if _rests(history.losses) else None


def _is_no_number(seen: Seen) -> bool:
    """Whether a loss is not a number, or infinite, though nothing has grown: no loss, and no parameter bit by bit."""
    losses, parameters = seen.run.history.losses, seen.run.history.parameters
    if np.isfinite(losses[-1]) or len(losses) == 1:
        return not np.isfinite(losses[-1])
    if losses[-2] > losses[0] or np.abs(np.nan_to_num(parameters[-2], nan=0.0)).max() > MUCH:
        return False
    if np.isnan(losses[-1]) or not np.isfinite(parameters[-1]).all():
        return True
    with np.errstate(over="ignore", invalid="ignore"):
        return seen.problem is not None and bool(seen.problem.loss(parameters[-1]) <= losses[0])


def _stands_since(seen: Seen) -> int | None:
    """Return since when a loop has not moved its parameters, if that is some time ago and they are not the best."""
    history, problem = seen.run.history, seen.problem
    losses, parameters = history.losses, history.parameters
    if len(losses) <= STANDS or np.ptp(parameters[-STANDS:], axis=0).max() or np.ptp(losses[-STANDS:]):
        return None
    if losses[-1] <= 1.01 * seen.floor or (problem is not None and problem.loss(parameters[-1]) <= 1.01 * seen.floor):
        return None
    if _unmoved(seen):  # the others have arrived where they can without these
        return None
    return int(np.flatnonzero((parameters != parameters[-1]).any(axis=1)).max(initial=-1)) + 1


def _follows(losses: Floats, problem: LeastSquares, start: tuple[float, ...], rate: float, momentum: float) -> bool:
    """Whether the loss is as predicted, in the middle and at the end; theory says nothing of what goes another way."""
    at = [len(losses) // 2, len(losses) - 1]
    predicted = problem.predicted_losses(start, rate, at, momentum)
    near = ON_THE_CURVE * (predicted - problem.floor) + ROUNDED * problem.floor
    return bool((np.abs(losses[at] - predicted) <= near).all())


@np.errstate(all="ignore")  # a gradient may be 0
def _off_at_once(seen: Seen) -> str:
    """Say what the first loss or the first step tells of a loop that leaves the predicted curve; it may be nothing."""
    losses, parameters, problem = seen.run.history.losses, seen.run.history.parameters, seen.problem
    if problem is None or len(losses) < 2:
        return ""
    if not math.isclose(losses[0], problem.loss(parameters[0]), rel_tol=ON_THE_CURVE):
        return _another_first_loss(seen)
    used = (parameters[0] - parameters[1]) / problem.gradient(parameters[0])
    along = used.mean() > 0 and np.ptp(used) <= ON_THE_CURVE * used.mean()
    if along and not math.isclose(used.mean(), seen.run.settings["learning_rate"], rel_tol=10 * ON_THE_CURVE):
        return texts.another_rate(used=float(used.mean()))
    return ""


def _another_first_loss(seen: Seen) -> str:
    """Say so if the very first loss is not that of the start; nothing of a loop that begins elsewhere."""
    history, problem = seen.run.history, seen.problem
    if problem is None or not np.allclose(history.parameters[0], seen.start):
        return ""
    got, expected = float(history.losses[0]), problem.loss(seen.start)
    if any(math.isclose(one, expected, rel_tol=ON_THE_CURVE) for one in (got, got * seen.size)):  # or their mean
        return ""
    return texts.another_first_loss(got=got, expected=expected)


def _rests(losses: Floats) -> bool:
    """Whether a loss is the same up to its sixth digit for so long that it does not fall any more."""
    tail = losses[-RESTS - 1 :]
    return len(tail) > RESTS and bool(np.isfinite(tail).all() and np.ptp(tail) <= 1e-6 * abs(tail[-1]))


def _unmoved(seen: Seen) -> list[str]:
    """Return the letters of parameters that have never moved, though others have and their gradient is not zero."""
    moved = np.ptp(seen.run.history.parameters, axis=0) > 0
    problem = seen.problem
    if problem is None or len(moved) != len(seen.start) or len(moved) > len(LETTERS) or not moved.any():
        return []
    gradient = np.abs(problem.gradient(seen.start))
    return [LETTERS[k] for k in np.flatnonzero(~moved & (gradient > 1e-6 * gradient.max()))]


def _of_no_cubic(seen: Seen) -> tuple[str, str]:
    """Say how a model does that no theory predicts and that may get below the floor of every cubic."""
    losses, floor, found = seen.run.history.losses, seen.floor, diagnose(seen.run.history.losses)
    if found.kind in ("overflowed", "diverging"):
        return _diagnosis(seen, found, None, None)
    last = float(losses[-1])
    values = {"last": last, "iterations": seen.run.history.iterations, "floor": floor}
    missed = seen.fitted(seen.run, 0) - seen.points.y
    if math.isclose(losses[0] * seen.size, seen.size * np.square(missed).mean(), rel_tol=0.2):
        return texts.ANOTHER_LOSS, texts.it_is_the_mean(**values, whole=last * seen.size)
    first, whole = float(np.square(missed).mean() * seen.size), seen.fitted(seen.run, len(losses)) - seen.points.y
    if not 0.5 * first < losses[0] < 2 * first:
        return texts.ANOTHER_LOSS, texts.another_sum(**values, whole=float(np.square(whole).mean() * seen.size))
    if seen.alike:
        return texts.UNITS_ALIKE, texts.stayed_alike(**values)
    if last < floor:
        return texts.BELOW, texts.below_every_cubic(**values, times=floor / max(last, 1e-300))
    if _rests(losses):
        return texts.STANDING, texts.rests(**values, above=texts.above(last, floor), why=texts.NEVER_FITS)
    if found.kind == "bouncing" or (np.diff(losses[-RESTS:]) > 0).mean() > 0.25:
        return texts.NOT_SETTLED, texts.not_settled_yet(**values, above=texts.above(last, floor))
    return _diagnosis(seen, found, floor, None)


def _diagnosis(seen: Seen, found: Diagnosis, floor: float | None, limit: float | None) -> tuple[str, str]:
    """Put a diagnosis into words; floor and limit are None where theory does not know them."""
    run, rate, last = seen.run, seen.run.settings["learning_rate"], float(seen.run.history.losses[-1])
    over = limit is not None and rate > limit
    values = {"last": last, "iterations": run.history.iterations, "floor": floor, "above": texts.above(last, floor)}
    values |= {"learning_rate": rate, "highest": limit, "growth": found.factor}
    below = limit is not None and rate < limit and not run.momentum
    off = _off_at_once(seen) if below else ""
    values["more"] = off if found.more is None else texts.more_needed(iterations=found.more)
    climbs = texts.below_the_limit(**values) + off if off else texts.climbs(**values) if below else ""
    if found.kind == "overflowed":
        return texts.OVERFLOWED, texts.overflowed(
            why=texts.above_the_limit(**values) if over else "", **values
        ) + climbs
    if found.kind == "diverging":
        why = texts.because_above_the_limit(**values) if over else ""
        return texts.DIVERGING, texts.diverging(why=why, **values) + climbs
    if found.kind == "converged":
        return texts.CONVERGED, texts.converged(**values)
    if found.kind != "bouncing":
        return texts.FALLING, texts.falling(**values)
    if limit is None or over:
        bold, why = texts.BOUNCING, texts.TOO_LARGE
    elif run.momentum == 1:
        bold, why = texts.RINGING, texts.never_reset
    elif run.momentum:
        bold, why = texts.SWINGING, texts.as_momentum_does
    elif off:
        return texts.SWINGING, texts.swings(why=f".{climbs}", **values)
    else:
        bold, why = texts.SWINGING, texts.not_the_rate
    return bold, texts.swings(why=why(**values), **values)


@lru_cache(maxsize=8)
def _iterations_needed(problem: LeastSquares, start: tuple[float, ...], rate: float, momentum: float) -> int | None:
    return problem.iterations_to_reach(1.01 * problem.floor, start, rate, momentum)


# --- Loops that failed --------------------------------------------------------------------------------------------


def _failures(seen: Seen) -> str:
    """Say which of several loops have failed, and how."""
    failed = [(run.name, original(run.error), run.error) for run in seen.runs if run.error is not None]
    return "".join(
        texts.one_failed(name=name, kind=type(error).__name__, message=_message(error) + _what_to_do(raised))
        for name, error, raised in failed
    )


def _message(error: BaseException) -> str:
    place = raised_in_notebook(_behind(error) or error)
    where = "" if place is None else texts.line(number=place[0], source=place[1])
    return f"{str(error).rstrip('.!')}.{where}"


def _what_to_do(error: BaseException) -> str:
    advice = advised(error)
    return f" {advice}" if advice else ""


def original(error: BaseException) -> BaseException:
    """Return what a loop raised: once it has begun, `History` wraps it."""
    begun = len(getattr(error, "history", ())) > 0
    return error.__cause__ if begun and error.__cause__ and not _behind(error) else error


def _behind(error: BaseException) -> BaseException | None:
    """Return what is no error, such as SystemExit, in whose place an error stands that says what it means."""
    return None if isinstance(error.__cause__, Exception) else error.__cause__


def raised_in_notebook(error: BaseException) -> tuple[int, str] | None:
    """Return number and text of the learner's line in which an error arose: the last one in a notebook cell."""
    place = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        in_a_cell = "ipykernel" in name or name.startswith("<ipython-input")
        if in_a_cell or trace.tb_frame.f_globals.get("__name__") == "__main__":
            place = trace.tb_lineno, linecache.getline(name, trace.tb_lineno).strip()
        trace = trace.tb_next
    return place
