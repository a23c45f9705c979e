"""What a training loop is, and what every loop of this package checks before it starts."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from ..data import Data
from ..theory import numbers, positive


class TrainingLoop(Protocol):
    """A generator function that trains for as long as somebody listens.

    Each `yield` hands out the loss and the parameters *before* the next update, so the first one is the start.
    The parameters may be a number, an array, a tensor, or a tuple of such; they are live objects, and whoever wants to
    keep them copies them. `record` listens for a number of iterations. A learner's loop imports nothing to obey this.
    """

    def __call__(
        self, data: Data, start: Sequence[float], learning_rate: float, **options: Any
    ) -> Iterator[tuple[Any, Any]]:
        """Return the running loop."""
        ...


def training_loop(
    *, tensors: bool, parameters: int | None = None
) -> Callable[[Callable[..., Iterator[tuple[Any, Any]]]], TrainingLoop]:
    """Check data, start and learning rate when a loop is called, rather than at its first iteration.

    Parameters
    ----------
    tensors : bool
        Whether the loop computes with tensors (`data.to(...)`) or with arrays.
    parameters : int or None
        How many numbers the start must hold; None for any number, one per row of the design matrix.

    Raises
    ------
    TypeError
        By the decorated loop, if its data are of the wrong kind.
    ValueError
        By the decorated loop, if the learning rate is not positive or the start does not fit.
    """

    def decorate(loop: Callable[..., Iterator[tuple[Any, Any]]]) -> TrainingLoop:
        @functools.wraps(loop)
        def checked(
            data: Data, start: Sequence[float], learning_rate: float, **options: Any
        ) -> Iterator[tuple[Any, Any]]:
            if not isinstance(data, Data):
                raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
            if data.is_tensor != tensors:
                kind, fix = ("tensors", "data.to('cpu')") if tensors else ("NumPy arrays", "data.numpy()")
                raise TypeError(f"{loop.__name__} computes with {kind}, got {data!r}: pass {fix}")
            start = tuple(numbers("start", start, parameters).tolist())
            return loop(data, start, positive("learning_rate", learning_rate), **options)

        checked.tensors = tensors  # type: ignore[attr-defined]  # boards give a loop what it computes with
        return checked

    return decorate
