"""Questions of notebook 06: what a learner may see. The solutions stand in `bugs`, beside what is wrong with them."""

from __future__ import annotations

from typing import Any

import torch

from polyfit_helpers.data import START, sine
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import autograd

from . import bugs


def ringing() -> str:
    """Compare four things before `backward`, with and without a reset."""
    data = sine().to("cpu")
    seen = []
    for loop in (autograd(data, START, 1e-6), bugs.bug_1_training(data, START, 1e-6)):
        for _ in range(200):
            loss, (a, *_) = next(loop)
        seen.append(
            {
                "loss": bool(loss > 0),
                "learning rate": 1e-6,
                "gradient": a.grad is None,
                "dtype": a.dtype,
            }
        )
    right, rings = seen

    (telling,) = (name for name in right if right[name] != rings[name])
    return telling


def stands_still() -> str:
    """Compare the mean losses of four models with 0.49975."""
    problem = LeastSquares(sine().x, sine().y, reduction="mean")
    models = {
        "best cubic": problem.optimum.tolist(),
        "taylor cubic": [0, 1, 0, -1 / 6],
        "flat line": [0, 0, 0, 0],
        "start": list(START),
    }

    return min(models, key=lambda name: abs(problem.loss(models[name]) - 0.49975))


def what_to_keep() -> str:
    """Add up losses in four ways, and look for a total that has a history."""
    loss = torch.tensor(2.0, requires_grad=True) ** 2
    totals: dict[str, Any] = {
        "loss": 0.0 + loss,
        "loss.item()": 0.0 + loss.item(),
        "loss.detach()": 0.0 + loss.detach(),
    }
    with torch.no_grad():
        totals["no_grad"] = 0.0 + loss

    (grows,) = (added for added, total in totals.items() if getattr(total, "grad_fn", None) is not None)
    return grows
