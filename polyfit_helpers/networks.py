"""The curve of a network with one hidden layer: where it starts, its values, and its kinks (notebook 05).

NumPy only: this is what a board draws, for parameters that a loop in torch has yielded. In a flat array they are the
weights and biases of the hidden layer, then the weights and the bias of the last one: `Module.parameters` in order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .theory import Floats


def network_start(seed: int = 0, size: int = 49) -> tuple[float, ...]:
    """Draw starting parameters as `torch.nn.Linear` draws its own, but the same ones on every machine.

    They are uniform, up to 1 / √n in size, where n is how many numbers come into the layer.

    Parameters
    ----------
    seed : int
        Seed of NumPy's `default_rng`.
    size : int
        How many parameters: three for each hidden unit, and one.

    Raises
    ------
    ValueError
        If there is no network of that size.
    """
    hidden = _hidden(size)
    drawn = np.random.default_rng(seed).uniform(-1, 1, size)
    drawn[2 * hidden :] /= math.sqrt(hidden)
    return tuple(drawn.tolist())


@dataclass(frozen=True)
class NetworkCurve:
    """What a network with one hidden layer computes: a function of x, shape (N,), and parameters, shape (P,).

    Parameters
    ----------
    activation : function of an array
        Such as `np.tanh`.
    """

    activation: Callable[[Floats], Floats]
    random_start = staticmethod(network_start)

    def __call__(self, x: ArrayLike, parameters: ArrayLike) -> Floats:
        """Return the values of the network at each x, shape (N,)."""
        weights, biases, factors, constant = _layers(parameters)
        return np.asarray(self.activation(np.outer(np.asarray(x), weights) + biases) @ factors + constant)

    def alike(self, parameters: ArrayLike) -> bool:
        """Return whether all hidden units have the same numbers: then each update moves them alike."""
        units = np.stack(_layers(parameters)[:3])
        return units.shape[1] > 1 and bool((units == units[:, :1]).all())

    def kinks(self, parameters: ArrayLike) -> Floats:
        """Return where the hidden units are zero, shape (H,): the kinks of a ReLU, the middles of a tanh."""
        weights, biases, *_ = _layers(parameters)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(-biases / weights)


def relu(z: Floats) -> Floats:
    """Return z where it is positive, and else 0."""
    return np.maximum(z, 0.0)


relu_network, tanh_network = NetworkCurve(relu), NetworkCurve(np.tanh)


def _hidden(size: int) -> int:
    if size < 4 or size % 3 != 1:
        raise ValueError(f"a hidden layer of n units has 3 n + 1 parameters, got {size}")
    return size // 3


def _layers(parameters: ArrayLike) -> tuple[Floats, Floats, Floats, float]:
    flat = np.asarray(parameters, dtype=float)
    hidden = _hidden(flat.size)
    weights, biases, factors = flat[:-1].reshape(3, hidden)
    return weights, biases, factors, float(flat[-1])
