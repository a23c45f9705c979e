"""How answers to the exercises of notebook 06 are checked."""

from __future__ import annotations

import ast
import functools
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from polyfit_helpers.advance import apart_of
from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.history import record
from polyfit_helpers.plots import Picture, candidates
from polyfit_helpers.theory import REDUCTIONS, Floats, LeastSquares
from polyfit_helpers.training import autograd
from polyfit_helpers.widgets import graphs

from .. import texts
from ..card import Card
from ..errors import Known, autograd_mistake
from ..exercise import Exercise, Question, exercises_of
from ..lessons import bugs, notebook_06
from ..loops import check_loop
from ..sandbox import tree_of
from ..texts.notebook_06 import BUGS
from ..trial import Mistake, NotTried, attempt, require_loop

LENGTH = 600  # iterations of a curve to choose from
KEEPING_STEPS = 8  # in which a loop shows what it keeps


# --- Checking a repair ---


def _run_on_few(answer: Any, data: Data) -> Any:
    """Call a learner's loop, and return what is to be listened to."""
    require_loop(answer)
    return attempt(lambda: answer(data, (0.5, -1.5, 1.25, -0.75), 0.002))


def _next(loop: Any) -> Any:
    return apart_of(loop).run(next, loop)


def _check_what_is_kept(answer: Any) -> None:
    """Raise Mistake if a loop keeps the graphs of its steps, or has lost the sum of its losses."""
    loop = _run_on_few(answer, sine(20).to("cpu"))
    losses, operations = [], []
    for _ in range(KEEPING_STEPS):
        losses.append(torch.as_tensor(attempt(lambda: _next(loop))[0]).item())
        operations.append(graphs.operations_kept(loop))
    halfway, at_the_end = operations[KEEPING_STEPS // 2 - 1], operations[-1]
    if at_the_end > halfway:
        raise Mistake("graphs_kept", before=halfway, after=at_the_end)
    added = (losses, losses[:-1])  # the last may be added after the yield
    totals = [sum(some) / count for some in added for count in (1, len(some))]  # their sum, or the average itself
    if not any(np.isclose(_total(value), totals, rtol=1e-6).any() for value in graphs.variables(loop)):
        raise Mistake("total_lost")


def _total(value: Any) -> float:
    """Return what a variable's numbers add up to, NaN if it holds none."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    try:
        return float(sum(torch.as_tensor(part).detach().sum().item() for part in parts))
    except Exception:  # whatever a learner keeps in a variable
        return float("nan")


def _check_that_it_follows(answer: Any) -> None:
    """Raise Mistake unless the leaves of a loop are on the device of its data, here one without numbers."""
    values, fetches = _step_on_meta(_run_on_few(answer, sine(20).to("meta")))
    reached = graphs.reached(values)
    tensors = [one for one in reached if isinstance(one, torch.Tensor)]
    leaves = [one for one in tensors if one.is_leaf and one.requires_grad] or ([] if fetches else tensors)
    operations = [one.name() for one in reached if hasattr(one, "next_functions")]
    if leaves and all(leaf.is_meta for leaf in leaves):
        return
    if fetches and not operations:
        raise Mistake("data_moved")
    copying: Any = torch.ones(1, requires_grad=True).to("meta").grad_fn  # as torch calls it
    raise Mistake("no_leaf_there" if copying.name() in operations else "device_fixed")


def _step_on_meta(loop: Any) -> tuple[list[Any], bool]:
    """Return what a loop yields and holds in its first step on 'meta', and whether it was ended by fetching a number.

    Raises
    ------
    Mistake
        If any other error has ended it.
    """
    values: list[Any] = []

    def step() -> None:
        try:
            values.append(_next(loop))
        except Exception as error:
            assert error.__traceback__ is not None
            values.extend(dict(frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__.tb_next))
            raise

    try:
        attempt(step, autograd_mistake)
    except Mistake as mistake:
        (finding,) = mistake.findings
        if finding.name != "out_of_meta":  # which works on every device but this one
            raise Mistake("fails_elsewhere", error=texts.worded(*finding)) from None
        return values, True
    return [*values, *graphs.variables(loop)], False


def _known_of_numbers(error: BaseException) -> str | None:
    """Name the mistake where a number, not a tensor, was to go backward."""
    name = autograd_mistake(error)
    return "wrapped_number" if name == "no_gradient" else name


class Repair(NamedTuple):
    """A loop with a bug, and how its repair is looked at: see `check_loop`; `then` looks at what else was wrong."""

    bug: bugs.Loop
    right: bugs.Loop = autograd
    mean: bool = False
    known: Known = autograd_mistake
    then: Callable[[Any], None] = lambda answer: None

    @property
    def data(self) -> Data:
        """What its curve is drawn for: fewer points where the loss is a mean."""
        return sine(200) if self.mean else sine()

    def look_at(self, answer: Any) -> None:
        """Raise Mistake for what is wrong with a loop."""
        check_loop(answer, mean=self.mean, tensors=True, known=self.known)
        self.then(answer)

    def examine(self, answer: Any) -> None:
        """Raise Mistake for what is wrong with a repair, NotTried while the loop is as the notebook shows it."""
        if _code(answer) == _code(self.bug):
            raise NotTried
        self.look_at(answer)


CORRECT = Repair(autograd)  # no bug at all
REPAIRS = {
    "bug_1": Repair(bugs.bug_1_training),
    "bug_2": Repair(bugs.bug_2_training),
    "bug_3": Repair(bugs.bug_3_training, bugs.flat_training, mean=True),
    "bug_4": Repair(bugs.bug_4_training, bugs.module_training),
    "bug_5": Repair(bugs.bug_5_training, bugs.averaging_training, then=_check_what_is_kept),
    "bug_6": Repair(bugs.bug_6_training),
    "bug_7": Repair(bugs.bug_7_training, then=_check_that_it_follows),
    "bug_8": Repair(bugs.bug_8_training, known=_known_of_numbers),
    "bug_9": Repair(bugs.bug_9_training, bugs.optimizer_training),
    "bug_10": Repair(bugs.bug_10_training),
}


def _code(function: Any) -> str | None:
    """Return what a function does, without comments, annotations and docstring; None if its source is not there."""
    tree = tree_of(function)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(tree)


# --- Which curve, and which bug ---


class LossCurve(NamedTuple):
    """The losses of a run up to LENGTH iterations, and whether an error ended it."""

    losses: Floats
    failed: bool


@functools.cache
def loss_curve(key: str) -> LossCurve:
    """Run the loop of a bug, or the correct one, as the notebook does."""
    repair = REPAIRS.get(key, CORRECT)
    rate = 5e-3 if repair.mean else 1e-6
    try:
        return LossCurve(record(repair.bug(repair.data.to("cpu"), START, rate), LENGTH).losses, False)
    except Exception as error:
        history = getattr(error, "history", None)
        return LossCurve(history.losses if history is not None else np.empty(0), True)


@functools.cache
def _shape(key: str) -> str:
    """Sort the curve of a bug, or the correct one, by its shape; return its name in `CURVES`."""
    losses, failed = loss_curve(key)
    if failed:
        return "one point" if len(losses) else "no point"
    if not np.isfinite(losses).all():
        return "explodes"
    if np.ptp(losses) == 0:
        return "stays"
    if (np.diff(losses) > 0).mean() > 0.1:
        return "swings"
    if losses[-1] > 0.8 * losses[0]:
        return "creeps"
    if losses[-1] > 0.999 * losses[-LENGTH // 3]:
        repair = REPAIRS.get(key, CORRECT)
        flat = LeastSquares(repair.data.x, repair.data.y, reduction=REDUCTIONS[repair.mean]).loss([0.0] * 4)
        return "flat" if abs(losses[-1] / flat - 1) < 0.01 else "stalls"
    return "right"


class AboutBug(Question):
    """A question whose answer is found by this machinery, which tells a reader nothing."""

    def _source(self) -> str:
        return ""


class CurveQuestion(AboutBug):
    """Which curve does the loop of this bug draw? The choices are shown as curves, too, each of a real run."""

    def __init__(self, bug: str) -> None:
        def curve() -> str:
            """Run the loop, and sort its curve by its shape."""
            return _shape(bug)

        super().__init__(f"{bug}_curve", curve)
        self.bug = bug

    @functools.cached_property
    def picture(self) -> Picture:
        """The curves to choose from: of this bug's own loop, and of others for the other choices."""
        own = _shape(self.bug)
        runs = {_shape(key): key for key in reversed(["correct", *REPAIRS])} | {own: self.bug}
        letters = zip("abcd", BUGS[self.bug].curves, strict=True)
        correct = loss_curve("correct").losses
        return candidates({letter: loss_curve(runs[curve]).losses for letter, curve in letters}, correct)

    def ask_in_words(self) -> Card:
        """Return the question with its picture."""
        return self._pictured(super().ask_in_words())

    def _repr_html_(self) -> str:
        return self._pictured(self._card(self._task()))._repr_html_()

    def _pictured(self, card: Card) -> Card:
        return replace(card, picture=self.picture._repr_html_())


def _name_question(bug: str) -> Question:
    def name() -> str:
        """Ask the check of the repair what it sees in the loop as it stands."""
        try:
            REPAIRS[bug].look_at(REPAIRS[bug].bug)
        except Mistake as mistake:
            return mistake.findings[0].name
        return ""

    return AboutBug(f"{bug}_name", name)


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for key, repair in REPAIRS.items()
    for exercise in (
        CurveQuestion(key),
        _name_question(key),
        Exercise(key, repair.examine, repair.right, f"{key}_training"),
    )
} | exercises_of(notebook_06)
