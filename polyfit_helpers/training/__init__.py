"""Training loops: the same descent, one rung of the ladder after another.

All are generators under the contract `TrainingLoop`. Those in NumPy come without torch; asking for any other name
imports torch.
"""

from typing import TYPE_CHECKING, Any

from .contract import TrainingLoop, training_loop
from .in_numpy import numpy_by_hand, numpy_matrix, numpy_moments, numpy_powers
from .showing import show_diff, show_source

if TYPE_CHECKING:
    from .in_torch import (
        autograd,
        autograd_matrix,
        custom_function,
        dynamic_degree,
        mini_batches,
        module,
        network,
        nn_by_hand,
        optim,
        tensors_by_hand,
        tensors_matrix,
    )

__all__ = [
    "TrainingLoop",
    "autograd",
    "autograd_matrix",
    "custom_function",
    "dynamic_degree",
    "mini_batches",
    "module",
    "network",
    "nn_by_hand",
    "numpy_by_hand",
    "numpy_matrix",
    "numpy_moments",
    "numpy_powers",
    "optim",
    "show_diff",
    "show_source",
    "tensors_by_hand",
    "tensors_matrix",
    "training_loop",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import in_torch

    return getattr(in_torch, name)
