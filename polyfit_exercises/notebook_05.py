"""The exercises of notebook 05, and their solutions: ten bugs, each with its curve, its name and its repair."""

# Solutions are shown to learners, so they carry no `assert x.grad is not None` and no casts.
# mypy: disable-error-code="operator, union-attr, attr-defined, no-any-return"

from __future__ import annotations

import ast
import functools
import traceback
from collections.abc import Callable, Iterator, Sequence
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

from . import bugs
from .card import Card
from .exercise import Exercise, Question
from .loops import STEPS, autograd_mistake, check_loop
from .texts.notebook_05 import BUGS as WORDS
from .texts.notebook_05 import CURVES, NAMES
from .trial import Mistake, NotTried, attempt, found, tree_of

LENGTH = 1000  # iterations of a curve to choose from


# --- Repaired loops, where notebook 03's is not the one ---


def flat_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit with a design matrix; prediction and data have one shape, (N,)."""
    x, y = data.x, data.y
    X = torch.stack([x**k for k in range(4)], dim=1)  # a row for each point
    w = torch.tensor(start, dtype=x.dtype, device=x.device).reshape(-1, 1).requires_grad_()

    while True:
        y_pred = (X @ w).flatten()
        loss = ((y_pred - y) ** 2).mean()
        yield loss, w

        loss.backward()

        with torch.no_grad():
            w -= learning_rate * w.grad
            w.grad = None


def averaging_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Add up the losses as numbers, which keep nothing alive."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    total = 0.0  # of all losses, for the average at the end

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        total += loss.item()
        yield loss, (a, b, c, d)

        loss.backward()

        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad
                parameter.grad = None


def optimizer_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Tell the optimizer its rate."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True) for value in start)
    optimizer = torch.optim.SGD((a, b, c, d), lr=learning_rate)

    while True:
        y_pred = a + b * x + c * x**2 + d * x**3
        loss = ((y_pred - y) ** 2).sum()
        yield loss, (a, b, c, d)

        optimizer.zero_grad()
        loss.backward()

        optimizer.step()


def module_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Make all four letters Parameters, so that the optimizer hears of them."""
    x, y = data.x, data.y

    class Cubic(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c, self.d = (torch.nn.Parameter(x.new_tensor(value)) for value in start)

        def forward(self, x: Any) -> Any:
            return self.a + self.b * x + self.c * x**2 + self.d * x**3

    model = Cubic()
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)

    while True:
        loss = ((model(x) - y) ** 2).sum()
        yield loss, (model.a, model.b, model.c, model.d)

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


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
        kept[step + 1] = bugs.operations_kept(loop)
    if kept[STEPS] > kept[STEPS // 2]:
        raise Mistake(found("graphs_kept", before=kept[STEPS // 2], after=kept[STEPS]))
    seen = (losses, losses[:-1])  # the last may be added after the yield
    wanted = [sum(some) / count for some in seen for count in (1, len(some))]  # the sum, or the average itself
    if not any(np.isclose(_total(value), wanted, rtol=1e-6).any() for value in bugs.variables(loop)):
        raise Mistake(found("total_lost"))


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
            raise Mistake(found("fails_elsewhere", error=mistake.findings[0].words)) from None
    everything = bugs.reached([*held, *bugs.variables(loop)])
    tensors = [one for one in everything if isinstance(one, torch.Tensor)]
    leaves = [one for one in tensors if one.is_leaf and one.requires_grad] or ([] if no_numbers else tensors)
    operations = [one.name() for one in everything if hasattr(one, "next_functions")]
    if leaves and all(leaf.is_meta for leaf in leaves):
        return
    if no_numbers and not operations:
        raise Mistake(found("data_moved"))
    raise Mistake(found("no_leaf_there" if "ToCopyBackward0" in operations else "device_fixed"))


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
            return CURVES[_shape(bug)]

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
            return NAMES[mistake.findings[0].name]
        return ""

    return AboutBug(f"{bug}_name", name)


# --- Closing questions ---


def ringing() -> str:
    """Compare four things before `backward`, with and without a reset."""
    data = sine().to("cpu")
    seen = []
    for loop in (autograd(data, START, 1e-6), bugs.bug_1_training(data, START, 1e-6)):
        for _ in range(200):
            loss, (a, *_) = next(loop)
        seen.append(
            {
                "the loss": bool(loss > 0),
                "the learning rate": 1e-6,
                "the gradient of a": a.grad is None,
                "the type of a": a.dtype,
            }
        )
    right, rings = seen

    (telling,) = (name for name in right if right[name] != rings[name])
    return telling


def stands_still() -> str:
    """Compare the mean losses of four models with 0.49975."""
    problem = LeastSquares(sine().x, sine().y, reduction="mean")
    models = {
        "the best cubic": problem.optimum.tolist(),
        "the Taylor cubic": [0, 1, 0, -1 / 6],
        "the flat line y = 0": [0, 0, 0, 0],
        "nothing: it stands at `START`": list(START),
    }

    return min(models, key=lambda name: abs(problem.loss(models[name]) - 0.49975))


def what_to_keep() -> str:
    """Add up losses in four ways, and look for a total that has a history."""
    loss = torch.tensor(2.0, requires_grad=True) ** 2
    totals: dict[str, Any] = {
        "total += loss": 0.0 + loss,
        "total += loss.item()": 0.0 + loss.item(),
        "total += loss.detach()": 0.0 + loss.detach(),
    }
    with torch.no_grad():
        totals["total += loss, inside `no_grad`"] = 0.0 + loss

    (grows,) = (line for line, total in totals.items() if getattr(total, "grad_fn", None) is not None)
    return grows


EXERCISES: dict[str, Exercise] = {
    exercise.key: exercise
    for key, bug in BUGS.items()
    for exercise in (
        CurveQuestion(key),
        _name_question(key),
        Exercise(key, partial(_examine, bug), bug.repaired, f"{key}_training"),
    )
} | {one.__name__: Question(one.__name__, one) for one in (ringing, stands_still, what_to_keep)}
