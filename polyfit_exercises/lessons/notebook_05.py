"""Solutions and questions of notebook 05: what a learner may see."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from polyfit_helpers.data import sine
from polyfit_helpers.networks import network_start, relu_network, tanh_network


def build_network(hidden: int, activation: Callable[[], torch.nn.Module]) -> torch.nn.Sequential:
    """Return a network of x, shape (N, 1), that predicts y of shape (N,), with one hidden layer."""
    return torch.nn.Sequential(
        torch.nn.Linear(1, hidden),
        activation(),
        torch.nn.Linear(hidden, 1),
        torch.nn.Flatten(0, 1),
    )


def numbers_of_a_network() -> float:
    """Build it, and count."""
    model = build_network(100, torch.nn.ReLU)
    return sum(parameter.numel() for parameter in model.parameters())


def two_units_swapped() -> str:
    """Swap them in a network, and compare the losses."""
    data = sine()
    start = np.array(network_start())
    swapped = start.copy()
    for layer in (swapped[:16], swapped[16:32], swapped[32:48]):
        layer[[0, 1]] = layer[[1, 0]]

    loss, other = (((relu_network(data.x, numbers) - data.y) ** 2).sum() for numbers in (start, swapped))
    return "same" if math.isclose(loss, other) else "higher" if other > loss else "lower"


def iterations_an_epoch() -> float:
    """Cut the points into mini-batches, and count those."""
    return len(torch.randperm(2000).split(64))


Pairs = DataLoader[tuple[Tensor, ...]]


def two_loaders(x: Tensor, y: Tensor, held_out: Tensor) -> tuple[Pairs, Pairs]:
    """Return mini-batches of 64 for training, shuffled, and for validation, as they come."""
    training = torch.utils.data.TensorDataset(x[~held_out], y[~held_out])
    validation = torch.utils.data.TensorDataset(x[held_out], y[held_out])
    return (
        torch.utils.data.DataLoader(training, batch_size=64, shuffle=True),
        torch.utils.data.DataLoader(validation, batch_size=64),
    )


def noise_learned() -> str:
    """Train on half of the points, and look at the other half at the beginning, at its best, and at the end."""
    points = sine(40)
    generator = np.random.default_rng(0)
    y = torch.tensor(points.y + generator.normal(0, 0.3, 40))
    held_out = torch.zeros(40, dtype=torch.bool)
    held_out[generator.permutation(40)[:20]] = True
    x = torch.tensor(points.x).unsqueeze(-1)
    model = build_network(16, torch.nn.Tanh).double()
    torch.nn.utils.vector_to_parameters(torch.tensor(network_start(), dtype=torch.float64), model.parameters())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    validation = []
    for _ in range(1500):
        errors = (model(x) - y) ** 2
        validation.append(errors[held_out].sum().item())
        optimizer.zero_grad()
        errors[~held_out].sum().backward()
        optimizer.step()

    if validation[-1] < 1.1 * min(validation):
        return "falls"
    return "falls, then rises" if min(validation) < 0.5 * validation[0] else "rises"


def asked_twice() -> str:
    """Ask it twice."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1))
    x = torch.linspace(-3, 3, 50).unsqueeze(-1)
    return "same" if torch.equal(model(x), model(x)) else "differ"


def validation_loss(model: torch.nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Return the mean of the squared errors over all points of the batches, and leave the model as it was."""
    training = model.training
    model.eval()
    total, points = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            total += ((model(x) - y) ** 2).sum().item()
            points += len(y)
    model.train(training)
    return total / points


def in_the_file() -> str:
    """Look at what is in it."""
    state = build_network(16, torch.nn.ReLU).state_dict()
    layers = any(isinstance(value, torch.nn.Module) for value in state.values())
    return "nothing" if layers else "code"


def prepared(
    model: torch.nn.Module, device: str, learning_rate: float
) -> tuple[torch.nn.Module, torch.optim.Optimizer]:
    """Return the model on the device, and an Adam that trains it."""
    model = model.to(device)
    return model, torch.optim.Adam(model.parameters(), lr=learning_rate)


def without_activation() -> str:
    """Build one, and look whether its curve is straight."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.Linear(16, 1)).double()
    with torch.no_grad():
        left, middle, right = model(torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64)).flatten().tolist()

    return "line" if math.isclose(left + right, 2 * middle, abs_tol=1e-9) else "pieces"


def relu_at_the_end() -> str:
    """Let a good network end with a ReLU, and look where it misses."""
    data = sine()
    good = tanh_network(data.x, (1, 0, 1, 0))  # one unit will do, for a curve with the signs of the sine
    missed = np.abs(np.maximum(good, 0) - good)

    return "upper half" if missed[data.y > 0].max() == 0 < missed[data.y < 0].min() else "all"


def mean_of_the_means() -> str:
    """Take 2 000 errors, of which the last 16 are large."""
    errors = np.r_[np.zeros(1984), np.ones(16)]
    means = [errors[i : i + 64].mean() for i in range(0, 2000, 64)]

    return "last" if np.mean(means) > 2 * errors.mean() else "same"
