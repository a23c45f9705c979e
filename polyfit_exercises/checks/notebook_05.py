"""How answers to the exercises of notebook 05 are checked."""

from __future__ import annotations

import ast
import functools
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.history import record
from polyfit_helpers.plots import Picture, candidates
from polyfit_helpers.theory import Floats, LeastSquares
from polyfit_helpers.training import autograd

from .. import graphs, texts
from ..card import Card
from ..exercise import Exercise, Question
from ..lessons import bugs
from ..lessons.notebook_05 import (
    averaging_training,
    flat_training,
    module_training,
    optimizer_training,
    ringing,
    stands_still,
    what_to_keep,
)
from ..loops import STEPS, autograd_mistake, check_loop
from ..texts.notebook_05 import BUGS as WORDS
from ..trial import Mistake, NotTried, attempt, tree_of

LENGTH = 1000  # iterations of a curve to choose from


# --- Checking a repair ---


def _tensors(data: Data) -> Data:
    return data.to("cpu", "float64")


def _small_run(answer: Any, data: Data) -> Any:
    """Call a learner's loop on a few points."""
    return answer(data, (0.5, -1.5, 1.25, -0.75), 0.002)


def _check_what_is_kept(answer: Any) -> None:
    """Raise Mistake if a loop keeps the graphs of its steps, or has lost the sum of its losses."""
    loop = attempt(lambda: _small_run(answer, _tensors(sine(20))))
    losses, kept = [], {}
    for step in range(STEPS):
        losses.append(torch.as_tensor(attempt(lambda: next(loop))[0]).item())
        kept[step + 1] = graphs.operations_kept(loop)
    if kept[STEPS] > kept[STEPS // 2]:
        raise Mistake("graphs_kept", before=kept[STEPS // 2], after=kept[STEPS])
    seen = (losses, losses[:-1])  # the last may be added after the yield
    wanted = [sum(some) / count for some in seen for count in (1, len(some))]  # the sum, or the average itself
    if not any(np.isclose(_total(value), wanted, rtol=1e-6).any() for value in graphs.variables(loop)):
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
    loop = attempt(lambda: _small_run(answer, sine(20).to("meta")))
    held: list[Any] = []

    def listen() -> None:
        try:
            held.append(next(loop))
        except Exception as error:
            assert error.__traceback__ is not None
            held.extend(dict(frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__.tb_next))
            raise

    no_numbers = False
    try:
        attempt(listen, _known_of_meta)
    except Mistake as mistake:
        no_numbers = mistake.findings[0].name == "out_of_meta"
        if not no_numbers:
            raise Mistake("fails_elsewhere", error=texts.worded(*mistake.findings[0])) from None
    everything = graphs.reached([*held, *graphs.variables(loop)])
    tensors = [one for one in everything if isinstance(one, torch.Tensor)]
    leaves = [one for one in tensors if one.is_leaf and one.requires_grad] or ([] if no_numbers else tensors)
    operations = [one.name() for one in everything if hasattr(one, "next_functions")]
    if leaves and all(leaf.is_meta for leaf in leaves):
        return
    if no_numbers and not operations:
        raise Mistake("data_moved")
    raise Mistake("no_leaf_there" if "ToCopyBackward0" in operations else "device_fixed")


def _known_of_meta(error: BaseException) -> str | None:
    """Name what works on every device but this one: to ask for a number, also in order to print it."""
    return "out_of_meta" if "Tensor.__format__" in str(error) else autograd_mistake(error)


def _known_of_numbers(error: BaseException) -> str | None:
    """Name the mistake where a number, not a tensor, was to go backward."""
    name = autograd_mistake(error)
    return "wrapped_number" if name == "no_gradient" else name


class Bug(NamedTuple):
    """A loop with a bug, and how its repair is looked at: see `check_loop`; `then` looks at what else was wrong."""

    loop: Callable[..., Iterator[tuple[Any, Any]]]
    repaired: Callable[..., Iterator[tuple[Any, Any]]] = autograd
    mean: bool = False
    known: Callable[[BaseException], str | None] = autograd_mistake
    then: Callable[[Any], None] = lambda answer: None


BUGS = {
    "bug_1": Bug(bugs.bug_1_training),
    "bug_2": Bug(bugs.bug_2_training),
    "bug_3": Bug(bugs.bug_3_training),
    "bug_4": Bug(bugs.bug_4_training, flat_training, mean=True),
    "bug_5": Bug(bugs.bug_5_training, then=_check_that_it_follows),
    "bug_6": Bug(bugs.bug_6_training, averaging_training, then=_check_what_is_kept),
    "bug_7": Bug(bugs.bug_7_training, known=_known_of_numbers),
    "bug_8": Bug(bugs.bug_8_training, optimizer_training),
    "bug_9": Bug(bugs.bug_9_training, module_training),
    "bug_10": Bug(bugs.bug_10_training),
}


def _examine(bug: Bug, answer: Any) -> None:
    """Raise Mistake for what is wrong with a repair, NotTried while the loop is as the notebook shows it."""
    if _code(answer) == _code(bug.loop):
        raise NotTried
    _look_at(bug, answer)


def _look_at(bug: Bug, answer: Any) -> None:
    check_loop(answer, mean=bug.mean, prepare=_tensors, known=bug.known)
    bug.then(answer)


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


class Drawn(NamedTuple):
    """The losses of a run up to LENGTH iterations, and whether an error ended it."""

    losses: Floats
    failed: bool


@functools.cache
def drawn(key: str) -> Drawn:
    """Run the loop of a bug, or the correct one, as the notebook does."""
    bug = BUGS[key] if key in BUGS else Bug(autograd)
    data, rate = (sine(200), 5e-3) if bug.mean else (sine(), 1e-6)
    try:
        return Drawn(record(bug.loop(data.to("cpu"), START, rate), LENGTH).losses, False)
    except Exception as error:
        history = getattr(error, "history", None)
        return Drawn(history.losses if history is not None else np.empty(0), True)


def shape_of(run: Drawn, mean: bool) -> str:
    """Sort a curve by its shape; return its name in `CURVES`."""
    losses, failed = run
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
    if losses[-1] > 0.999 * losses[-300]:
        flat = LeastSquares(sine(200).x, sine(200).y, reduction="mean").loss([0.0] * 4) if mean else 999.5
        return "flat" if abs(losses[-1] / flat - 1) < 0.01 else "stalls"
    return "right"


@functools.cache
def _shape(key: str) -> str:
    return shape_of(drawn(key), key in BUGS and BUGS[key].mean)


@dataclass(frozen=True, repr=False)
class _WithPicture(Card):
    """A card that shows a picture below its words."""

    picture: str = ""

    @property
    def body(self) -> str:
        return super().body + f'<div style="margin:0.5em 0">{self.picture}</div>'


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
        runs = {_shape(key): key for key in reversed(["correct", *BUGS])} | {own: self.bug}
        letters = zip("abcd", WORDS[self.bug].curves, strict=True)
        return candidates({letter: drawn(runs[curve]).losses for letter, curve in letters}, drawn("correct").losses)

    def ask_in_words(self) -> Card:
        """Return the question with its picture."""
        return self._pictured(super().ask_in_words())

    def _repr_html_(self) -> str:
        return self._pictured(self._card(self._task()))._repr_html_()

    def _pictured(self, card: Card) -> Card:
        return _WithPicture(card.title, card.state, card.words, picture=self.picture._repr_html_())


def _name_question(bug: str) -> Question:
    def name() -> str:
        """Ask the check of the repair what it sees in the loop as it stands."""
        try:
            _look_at(BUGS[bug], BUGS[bug].loop)
        except Mistake as mistake:
            return mistake.findings[0].name
        return ""

    return AboutBug(f"{bug}_name", name)


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for key, bug in BUGS.items()
    for exercise in (
        CurveQuestion(key),
        _name_question(key),
        Exercise(key, partial(_examine, bug), bug.repaired, f"{key}_training"),
    )
} | {one.__name__: Question(one.__name__, one) for one in (ringing, stands_still, what_to_keep)}
