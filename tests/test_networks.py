"""The curve of a network in NumPy is what torch computes, from the numbers that torch would draw."""

import itertools
import pickle
import re

import numpy as np
import pytest
import torch
from pytest import approx
from torch.utils.data import DataLoader, TensorDataset

from polyfit_helpers import sine
from polyfit_helpers.models import hidden_layer
from polyfit_helpers.networks import network_start, relu_network, tanh_network

X = sine(50).x


@pytest.mark.parametrize(("curve", "activation"), [(relu_network, torch.nn.ReLU), (tanh_network, torch.nn.Tanh)])
def test_numpy_draws_what_torch_computes(curve, activation):
    parameters = network_start(3)
    model = hidden_layer(parameters, activation)
    assert torch.nn.utils.parameters_to_vector(model.parameters()).tolist() == list(parameters)
    predicted = model(torch.from_numpy(X).unsqueeze(-1))
    assert predicted.shape == (50,) and predicted.dtype == torch.float64
    assert predicted.detach().numpy() == approx(curve(X, parameters), rel=1e-12, abs=1e-14)


def test_the_start_is_drawn_as_torch_draws_a_layer():
    drawn = np.array([network_start(seed) for seed in range(200)])
    torch.manual_seed(0)
    theirs = [
        torch.nn.utils.parameters_to_vector(
            [*torch.nn.Linear(1, 16).parameters(), *torch.nn.Linear(16, 1).parameters()]
        )
        for _ in range(200)
    ]
    theirs = torch.stack(theirs).detach().numpy()
    for part in (slice(0, 16), slice(16, 32), slice(32, 48), slice(48, 49)):
        assert abs(drawn[:, part]).max() == approx(abs(theirs[:, part]).max(), rel=0.02)
        assert drawn[:, part].std() == approx(theirs[:, part].std(), rel=0.1)


def test_a_start_is_the_same_every_time_and_another_one_for_another_seed():
    assert network_start(0) == network_start() != network_start(1)
    assert len(network_start(0)) == 49 and len(network_start(0, 10)) == 10
    assert relu_network.random_start(2, 49) == network_start(2), "boards draw from here"


@pytest.mark.parametrize("size", [0, 1, 3, 5, 48, 50])
def test_a_size_that_no_network_has_is_refused(size):
    words = re.escape(f"a hidden layer of n units has 3 n + 1 parameters, got {size}")
    with pytest.raises(ValueError, match=words):
        network_start(0, size)
    with pytest.raises(ValueError, match=words):
        relu_network(X, np.zeros(size))


def test_between_its_kinks_the_curve_is_straight():
    parameters = network_start(0)
    kinks = np.sort(relu_network.kinks(parameters))
    for left, right in itertools.pairwise(kinks):
        inside = np.linspace(left, right, 5)
        assert np.diff(relu_network(inside, parameters), 2) == approx(0, abs=1e-9 * max(1, abs(left), abs(right)))
    at = kinks[(kinks > -3) & (kinks < 3)][0]
    left, here, right = relu_network(np.array([at - 1e-3, at, at + 1e-3]), parameters)
    assert abs(left + right - 2 * here) > 1e-7, "and there it bends"


def test_units_are_alike_if_all_their_numbers_are():
    assert relu_network.alike(np.zeros(49)) and relu_network.alike([1, 1, 2, 2, 3, 3, 4])
    assert not relu_network.alike(network_start(0)) and not relu_network.alike([1, 1, 2, 2, 3, 4, 4])
    assert not relu_network.alike(np.zeros(4)), "one unit has nobody to be like"


def test_a_unit_without_a_weight_has_no_kink():
    kinks = relu_network.kinks(np.zeros(49))
    assert kinks.shape == (16,) and np.isnan(kinks).all()


def test_workers_give_the_batches_that_come_without_them():
    points = TensorDataset(torch.from_numpy(X).unsqueeze(-1), torch.from_numpy(X).sin())
    passes = []
    for workers in (0, 2):
        torch.manual_seed(0)
        passes.append([*DataLoader(points, batch_size=16, shuffle=True, num_workers=workers)])
    for (x, y), (other_x, other_y) in zip(*passes, strict=True):
        assert torch.equal(x, other_x) and torch.equal(y, other_y)


def test_with_weights_only_a_whole_model_is_refused_and_its_state_is_read(tmp_path):
    model = hidden_layer(network_start(0))
    torch.save(model, tmp_path / "model.pt")
    torch.save(model.state_dict(), tmp_path / "state.pt")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(tmp_path / "model.pt", weights_only=True)
    assert list(torch.load(tmp_path / "state.pt", weights_only=True)) == list(model.state_dict())
