"""Pictures of a right answer at work, each made from the learner's own code. None takes longer than a moment.

What stands here is data: an exercise says which run its answer makes, and the pictures follow. Matplotlib is imported
when the first of them is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from polyfit_helpers.data import START, Data, sine
from polyfit_helpers.history import record
from polyfit_helpers.theory import Floats, LeastSquares, polynomial_values

from . import texts
from .sandbox import deadline

if TYPE_CHECKING:
    from polyfit_helpers.plots import Picture

MOMENT = 1.0  # seconds that the learner's code may take for a picture


@dataclass(frozen=True)
class AtWork:
    """A run of an answer; called with the answer, it returns pictures of the fit, and of the losses of a cubic.

    Parameters
    ----------
    loop : function of the answer, data and start
        Returns a training loop.
    start : sequence of P floats
    data : function without arguments
    iterations : int
    predict : function of x, shape (N,), and parameters, shape (P,)
        How the model computes y. With four parameters the run is drawn beside the best cubic.
    tensors : bool
        Whether the loop is given tensors.
    """

    loop: Callable[[Any, Data, Sequence[float]], Iterator[tuple[Any, Any]]]
    start: Sequence[float] = START
    data: Callable[[], Data] = sine
    iterations: int = 200
    predict: Callable[[ArrayLike, ArrayLike], Floats] = polynomial_values
    tensors: bool = False

    def __call__(self, answer: Any) -> list[Picture]:
        """Make the run, and draw it."""
        from polyfit_helpers import plots

        data = self.data()
        with deadline(MOMENT):
            loop = self.loop(answer, data.to("cpu", "float32") if self.tensors else data, self.start)
            history = record(loop, self.iterations)
        if len(self.start) == 4:
            return [plots.board(data, history, predict=self.predict)]
        label = texts.YOUR_FIT.format(self.iterations)
        curves = {texts.AT_THE_START: history[0].parameters, label: history[-1].parameters}
        return [plots.fits(data, curves, fit=label)]


def with_learning_rate(
    learning_rate: float, **options: Any
) -> Callable[[Any, Data, Sequence[float]], Iterator[tuple[Any, Any]]]:
    """Return how to call an answer that is a training loop."""
    return lambda answer, data, start: answer(data, start, learning_rate, **options)


def by_gradients(
    learning_rate: float, powers: Sequence[int], reduction: str = "sum"
) -> Callable[[Any, Data, Sequence[float]], Iterator[tuple[Any, Any]]]:
    """Return how to descend with an answer that returns gradients: answer(x, y, *parameters).

    Parameters
    ----------
    learning_rate : float
    powers : sequence of int
        The power of x beside each parameter, in the order of the answer; start and state are in order of the powers.
    reduction : 'sum' or 'mean'
        Of the squared errors.
    """

    def descent(answer: Any, data: Data, start: Sequence[float]) -> Iterator[tuple[Any, Any]]:
        problem = LeastSquares(data.x, data.y, len(start) - 1, reduction=reduction)
        w, order = np.array(start), list(powers)
        while True:
            yield problem.loss(w), w
            w[order] -= learning_rate * np.asarray(answer(data.x, data.y, *w[order]), dtype=float)

    return descent


def values_and_slopes(answer: Callable[[Floats], tuple[Floats, Floats]], degree: int) -> list[Picture]:
    """Draw a function of one variable from -1 to 1, a polynomial of this degree, and its derivative.

    Parameters
    ----------
    answer : function of u, shape (N,)
        Returns values and derivatives, each of shape (N,).
    degree : int
    """
    from polyfit_helpers import plots

    u = np.linspace(-1, 1, 201)
    with deadline(MOMENT):
        values, slopes = answer(u)
    # The slopes are the points, since they reach further, and a picture shows all its points.
    curve = np.polynomial.polynomial.polyfit(u, values, degree)
    return [plots.fits(Data(u, slopes, texts.YOUR_BACKWARD), {texts.YOUR_FORWARD: curve}, fit=texts.YOUR_FORWARD)]
