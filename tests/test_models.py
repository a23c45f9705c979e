import random
import re

import numpy as np
import pytest
import torch
from pytest import approx

from polyfit_helpers import START, random_start, sine
from polyfit_helpers.models import (
    Cubic,
    DynamicDegree,
    LegendreP3,
    hidden_layer,
    linear_cubic,
    make_optimizer,
    powers,
)
from polyfit_helpers.theory import design_matrix, polynomial_values

torch.set_num_threads(1)

DATA = sine(50)
X = DATA.to("cpu").x


def test_p3_is_the_third_legendre_polynomial():
    u = torch.linspace(-1, 1, 11, dtype=torch.float64)
    assert LegendreP3.apply(u).tolist() == approx(np.polynomial.legendre.legval(u.numpy(), [0, 0, 0, 1]).tolist())
    assert LegendreP3.apply(torch.ones(2, 3)).tolist() == [[1] * 3] * 2


def test_p3_needs_apply_and_is_in_the_graph():
    u = torch.tensor(0.5, requires_grad=True)
    assert "LegendreP3" in LegendreP3.apply(u).grad_fn.name()


def test_a_cubic_has_four_named_scalars():
    model = Cubic(START)
    assert {name: value.item() for name, value in model.named_parameters()} == dict(zip("abcd", START, strict=True))
    assert all(value.shape == () and value.requires_grad for value in model.parameters())
    assert model(X).detach().numpy() == approx(polynomial_values(DATA.x, START))
    assert model(torch.ones(2, 3, dtype=torch.float64)).shape == (2, 3)


def test_a_cubic_prints_its_equation():
    assert Cubic((0.5, -0.00001, 0, -2)).equation() == "y = 0.5000 + 0.0000 x + 0.0000 x² − 2.0000 x³"


def test_linear_cubic_is_the_same_cubic_and_flat():
    model = linear_cubic(START)
    assert (model[0].bias.shape, model[0].weight.shape) == ((1,), (1, 3))
    assert [model[0].bias.item(), *model[0].weight.ravel().tolist()] == list(START)
    prediction = model(X.unsqueeze(-1) ** torch.tensor([1, 2, 3]))
    assert prediction.shape == (50,)
    assert prediction.detach().numpy() == approx(polynomial_values(DATA.x, START))


def test_dynamic_degree_uses_e_for_none_one_or_both_terms():
    start = random_start(4, 5)
    model = DynamicDegree(start, random.Random(0))
    cubic, e = polynomial_values(DATA.x, start[:4]), start[4]
    expected = [cubic, cubic + e * DATA.x**4, cubic + e * DATA.x**4 + e * DATA.x**5]
    seen = set()
    for _ in range(60):
        y = model(X).detach().numpy()
        (which,) = (k for k in range(3) if np.allclose(y, expected[k], rtol=1e-12))
        seen.add(which)
    assert seen == {0, 1, 2}


def test_dynamic_degree_has_one_shared_fifth_parameter():
    model = DynamicDegree((1, 2, 3, 4, 5), random.Random(0))
    assert [name for name, _ in model.named_parameters()] == list("abcde")


@pytest.mark.parametrize(
    ("e", "text"),
    [
        (-1.5e-4, "at times with −1.5e−04 x⁴ or −1.5e−04 (x⁴ + x⁵)"),
        (0.0, "at times with 0.0e+00 x⁴"),
        (-0.0, "with 0.0e+00 x⁴"),
    ],
)
def test_dynamic_degree_prints_its_equation(e, text):
    written = DynamicDegree((0, 1, 0, -1, e), random.Random(0)).equation()
    assert written.startswith("y = 0.0000 + 1.0000 x + 0.0000 x² − 1.0000 x³, ")
    assert text in written


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("degree", [0, 3, 5])
def test_powers_are_the_design_matrix_in_torch(dtype, degree):
    rows = powers(X.to(dtype), degree)
    assert rows.dtype == dtype
    assert rows.numpy() == approx(design_matrix(DATA.x, degree), rel=1e-6 if dtype == torch.float32 else 1e-14)


@pytest.mark.parametrize("size", [0, 3, 6])
@pytest.mark.parametrize(
    ("model", "needed"),
    [(Cubic, 4), (linear_cubic, 4), (lambda start: DynamicDegree(start, random.Random(0)), 5), (hidden_layer, 49)],
    ids=["Cubic", "linear_cubic", "DynamicDegree", "hidden_layer"],
)
def test_models_refuse_a_start_of_the_wrong_length(model, needed, size):
    with pytest.raises(ValueError, match=f"start must hold {needed} numbers, got {size}"):
        model(random_start(0, size))


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Rprop", "NAdam"])
def test_optimizers_are_made_by_name(name):
    w = torch.ones(3, requires_grad=True)
    optimizer = make_optimizer(name, [w], 0.25)
    assert type(optimizer) is getattr(torch.optim, name)
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_options_reach_the_optimizer():
    optimizer = make_optimizer("SGD", [torch.ones(3, requires_grad=True)], 0.1, momentum=0.9, nesterov=True)
    assert optimizer.param_groups[0]["momentum"] == 0.9 and optimizer.param_groups[0]["nesterov"]


def test_every_optimizer_that_an_error_offers_can_step():
    with pytest.raises(ValueError) as caught:
        make_optimizer("?", [], 0.1)
    offered = re.search("choose one of (.*)", str(caught.value)).group(1).split(", ")
    assert {"SGD", "RMSprop", "Adam"} <= set(offered)
    for name in offered:
        w = torch.ones(3, requires_grad=True)
        optimizer = make_optimizer(name, [w], 0.1)
        (w**2).sum().backward()
        optimizer.step()
        assert (w != 1).all(), name


@pytest.mark.parametrize("name", ["sgd", "Optimizer", "LBFGS", "SparseAdam", "Muon", "", None, 5])
def test_other_optimizers_are_refused(name):
    with pytest.raises(ValueError, match=rf"unknown optimizer {re.escape(repr(name))}: choose one of .*SGD"):
        make_optimizer(name, [torch.ones(1, requires_grad=True)], 0.1)


@pytest.mark.parametrize("options", [{"beta": 1}, {"momentum": -2.0}])
def test_options_that_do_not_exist_are_refused(options):
    with pytest.raises(ValueError, match=re.escape(f"SGD does not accept {options}: ")):
        make_optimizer("SGD", [torch.ones(1, requires_grad=True)], 0.1, **options)
