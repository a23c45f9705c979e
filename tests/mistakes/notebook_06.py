"""The mistakes of notebook 06, see `notebook_01.py`: wrong repairs, each an edit of the right one.

The stubs are the loops with their bugs: what stands in the notebook before anybody has repaired it.
"""

import inspect

from polyfit_exercises.checks.notebook_06 import REPAIRS

RESET, UPDATE = "                parameter.grad = None\n", "parameter -= learning_rate * parameter.grad"
LEAVES = "torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True)"
REBOUND = [
    ("for parameter in (a, b, c, d):", "if True:"),
    (UPDATE, "a, b = a - learning_rate * a.grad, b - learning_rate * b.grad"),
    ("parameter.grad = None", "c, d = c - learning_rate * c.grad, d - learning_rate * d.grad"),
]
PARAMETERS = "self.a, self.b, self.c, self.d = (torch.nn.Parameter(x.new_tensor(value)) for value in start)"
THREE = "self.a, self.b, self.c = (torch.nn.Parameter(x.new_tensor(value)) for value in start[:3])\n            "
YIELD_ITEM = ("yield loss,", "yield loss.item(),")
METER = ("total = 0.0", "class Meter:\n        total = 0.0\n    meter = Meter()")
AVERAGE = ("total = 0.0", "average, count = 0.0, 0")
W = [
    (
        f"a, b, c, d = ({LEAVES} for value in start)",
        "w = torch.tensor(start, dtype=x.dtype, device=x.device, requires_grad=True)",
    ),
    ("a + b * x + c * x**2 + d * x**3", "w[0] + w[1] * x + w[2] * x**2 + w[3] * x**3"),
    ("yield loss, (a, b, c, d)", "yield loss, w"),
    ("(a, b, c, d)", "(w,)"),
]

EDITS = {
    "bug_1": {
        "no_gradient_yet": [
            (RESET, ""),
            ("loss.backward()", "for leaf in (a, b, c, d):\n            leaf.grad.zero_()\n        loss.backward()"),
        ],
        "added_up": [("parameter.grad = None", "parameter.grad *= 1")],
        "added_up ": [(RESET, ""), ("    while True", "    a.grad = b.grad = c.grad = d.grad = None\n    while True")],
        "some_added_up": [("parameter.grad = None\n", "pass\n            a.grad = b.grad = None\n")],
        "no_gradient": [("            for parameter in", "            a.grad = None\n            for parameter in")],
        "grad_is_number": [("parameter.grad = None", "parameter.grad = 0.0")],
        "second_backward": [("loss.backward()", "loss.backward()\n        loss.backward()")],
    },
    "bug_2": {
        "mean_for_sum": [(".sum()", ".mean()")],
        "loss_is_mean": [(".sum()", ".mean()"), ("learning_rate *", "learning_rate * len(x) *")],
        "points_fixed ": [(".sum()", ".mean()"), ("learning_rate *", "learning_rate * 2000 *")],
        "rate_scaled": [("-= learning_rate", "-= 20 * learning_rate")],
        "no_training_loop": [(".sum()", "")],
        "points_fixed": [(").sum()", ").mean() * 2000")],
        "loss_root": [(").sum()", ").sum().sqrt()")],
        "loss_root ": [(").sum()", ").mean() ** 0.5")],
        "other_state": [(").sum()", ").sum() ** 1.5")],
        "steps_halved": [(").sum()", ").sum() / 2")],
    },
    "bug_3": {
        "broadcast": [(".flatten()", ".reshape(-1, 1)")],
        "sum_for_mean": [(".mean()", ".sum()")],
        "loss_is_sum": [(".mean()", ".sum()"), ("learning_rate * w.grad", "learning_rate * w.grad / len(x)")],
        "added_up": [("            w.grad = None\n", "")],
        "no_leaf": [(".reshape(-1, 1).requires_grad_()", ".requires_grad_().reshape(-1, 1)")],
        "no_leaf ": [(".requires_grad_()", ".requires_grad_().flatten()")],
        "no_no_grad": [("with torch.no_grad()", "if True")],
    },
    "bug_4": {
        "parameter_of_number": [(PARAMETERS, THREE + "self.d = torch.nn.Parameter(start[3])")],
        "no_leaf": [
            (PARAMETERS, THREE + "self.d = x.new_tensor(start[3])"),
            ("optimizer.step()", "optimizer.step()\n        model.d -= learning_rate * model.d.grad"),
        ],
        "some_never_move": [(PARAMETERS, THREE + "self.d = x.new_tensor(start[3]).requires_grad_()")],
        "some_never_move ": [(PARAMETERS, THREE + 'self.register_buffer("d", x.new_tensor(start[3]))')],
        "some_added_up": [
            (PARAMETERS, THREE + "self.d = x.new_tensor(start[3]).requires_grad_()"),
            ("optimizer.step()", "optimizer.step()\n        model.d.data -= learning_rate * model.d.grad"),
        ],
        "added_up": [("        optimizer.zero_grad()\n", "")],
        "start_ignored": [("x.new_tensor(value)", "x.new_tensor(0.0)")],
    },
    "bug_5": {
        "graphs_kept": [("total += loss.item()", "total = total + loss")],
        "graphs_kept ": [("total = 0.0", "total = []"), ("total += loss.item()", "total.append(loss)")],
        "graphs_kept  ": [
            ("total = 0.0", 'total = {"of all": 0.0}'),
            ("total += loss.item()", 'total["of all"] += loss'),
        ],
        "graphs_kept   ": [METER, ("total += loss.item()", "meter.total += loss")],
        "total_lost": [("        total += loss.item()\n", "")],
        "total_lost ": [("total += loss.item()", "total = loss.item()")],
        "item_too_early": [("total += loss.item()", "loss = loss.item()\n        total += loss")],
        "exception": [("loss.item()", "loss.itme()")],
    },
    "bug_6": {
        "never_moves": [(UPDATE, "parameter = parameter.sub(learning_rate * parameter.grad)")],
        "rebound": REBOUND,
        "rebound ": [
            (UPDATE, "parameter = parameter.sub(learning_rate * parameter.grad)"),
            ("grad = None", "grad.zero_()"),
        ],
        "no_no_grad": [("with torch.no_grad()", "if True")],
        "added_up": [(RESET, "")],
        "uphill": [("-= learning_rate", "+= learning_rate")],
    },
    "bug_7": {
        "two_devices": [("device=x.device", 'device="meta"')],
        "device_fixed": [("device=x.device", 'device="cpu"')],
        "device_fixed ": [("device=x.device", 'device="cpu"'), YIELD_ITEM],
        "data_moved": [("x, y = data.x, data.y", "x, y = data.x.cpu(), data.y.cpu()")],
        "data_moved ": [
            ("device=x.device", 'device="cpu"'),
            ("    while", '    x, y = x.to("cpu"), y.to("cpu")\n    while'),
        ],
        "fails_elsewhere": [("y_pred = a", "y_pred = torch.zeros(len(x), dtype=x.dtype) + a")],
        "no_leaf": [(LEAVES, "torch.tensor(value, requires_grad=True).to(x)")],
        "no_leaf_there": [(LEAVES, "torch.tensor(value, dtype=x.dtype, requires_grad=True).to(x.device)")],
        "no_leaf_there ": [(LEAVES, LEAVES.replace(", device=x.device", "") + ".to(x.device)"), YIELD_ITEM],
        "two_devices ": [
            ("    while", '    torch.set_default_device("meta")\n    while'),
            ("device=x.device", 'device="meta"'),
        ],
        "out_of_meta": [(LEAVES, LEAVES.replace("x.device", '"meta"') + ".cpu()")],
        "all_on_meta": [("x, y = data.x, data.y", 'x, y = data.x.to("meta"), data.y.to("meta")')],
    },
    "bug_8": {
        "item_too_early": [("loss.backward()", "loss.item().backward()")],
        "number_too_early": [("((y_pred - y) ** 2).sum()", "float(((y_pred - y) ** 2).sum())")],
        "item_too_early ": [(".sum()", ".sum().item()"), ("loss.backward()", "loss.requires_grad_().backward()")],
        "wrapped_number": [
            (".sum()", ".sum().item()"),
            ("loss.backward()", "torch.tensor(loss, requires_grad=True).backward()"),
        ],
        "graph_cut": [(".sum()", ".sum().detach()")],
        "second_backward": [("loss.backward()", "loss.backward()\n        loss.backward()")],
    },
    "bug_9": {
        "rate_ignored": [("lr=learning_rate", "lr=1e-6")],
        "rate_ignored ": [("lr=learning_rate", "lr=3e-7")],
        "rate_scaled": [("lr=learning_rate", "lr=learning_rate / 10")],
        "rate_changes": [
            ("optimizer.step()", "torch.nn.utils.clip_grad_norm_((a, b, c, d), 0.01)\n        optimizer.step()")
        ],
        "clipped": [
            ("optimizer.step()", "torch.nn.utils.clip_grad_value_((a, b, c, d), 5.0)\n        optimizer.step()")
        ],
        "clipped ": [
            ("optimizer.step()", "torch.nn.utils.clip_grad_value_((a, b, c, d), 0.1)\n        optimizer.step()")
        ],
        "other_optimizer": [("SGD", "Adam")],
        "old_gradient": [
            ("        optimizer.zero_grad()\n        loss.backward()\n\n", ""),
            ("optimizer.step()", "optimizer.step()\n        optimizer.zero_grad()\n        loss.backward()"),
        ],
        "added_up": [("        optimizer.zero_grad()\n", "")],
    },
    "bug_10": {
        "half_precision": [("dtype=x.dtype", "dtype=torch.float16")],
        "half_precision ": [("dtype=x.dtype", "dtype=torch.bfloat16"), ("y_pred = a", "y_pred = a.double()")],
        "float32": [("dtype=x.dtype", "dtype=torch.float32")],
        "no_leaf": [("dtype=x.dtype", "dtype=torch.bfloat16"), ("requires_grad=True)", "requires_grad=True).double()")],
        "start_rounded": [
            ("dtype=x.dtype, device=x.device, requires_grad=True)", "dtype=torch.bfloat16).double().requires_grad_()")
        ],
        "whole_numbers": [("dtype=x.dtype", "dtype=torch.int64")],
        "rate_scaled": [("-= learning_rate", "-= 5 * learning_rate")],
    },
}
AGAIN = {  # mistakes of autograd that have nothing to do with this bug: slow, since all loops go through one check
    "bug_1": ("second_backward",),
    "bug_3": ("added_up", "no_no_grad"),
    "bug_4": ("added_up",),
    "bug_5": ("exception",),
    "bug_6": ("added_up", "uphill"),
    "bug_8": ("second_backward",),
    "bug_9": ("added_up", "rate_scaled"),
    "bug_10": ("rate_scaled",),
}
ANSWERS = [
    ("bug_1_curve", "wrong_choice", "d"),
    ("bug_1_name", "wrong_choice", "H"),
    ("bug_1_name", "no_such_choice", "m"),
    ("bug_7_curve", "no_such_choice", 4),
]
RIGHT_TOO = {
    "bug_1": [
        [("parameter.grad = None", "parameter.grad.zero_()")],
        [(RESET, ""), ("loss.backward()", "a.grad = b.grad = c.grad = d.grad = None\n        loss.backward()")],
    ],
    "bug_2": [[("((y_pred - y) ** 2).sum()", 'torch.nn.functional.mse_loss(y_pred, y, reduction="sum")')]],
    "bug_3": [
        [(".flatten()", ""), ("x, y = data.x, data.y", "x, y = data.x, data.y.reshape(-1, 1)")],
        [(".flatten()", "[:, 0]")],
    ],
    "bug_4": [
        [
            (PARAMETERS, THREE + "self.d = x.new_tensor(start[3]).requires_grad_()"),
            ("SGD(model.parameters(),", "SGD([*model.parameters(), model.d],"),
        ],
    ],
    "bug_5": [
        [("loss.item()", "loss.detach()")],
        [("total = 0.0", "total = []"), ("total += loss.item()", "total.append(loss.item())")],
        [
            ("        total += loss.item()\n", ""),
            ("loss.backward()", "total += float(loss.detach())\n        loss.backward()"),
        ],
        [("total += loss.item()", "with torch.no_grad():\n            total += loss")],
        [METER, ("total += loss.item()", "meter.total += loss.item()")],
        [AVERAGE, ("total += loss.item()", "count += 1\n        average += (loss.item() - average) / count")],
    ],
    "bug_6": [
        [(UPDATE, "parameter.data = parameter - learning_rate * parameter.grad")],
        [("with torch.no_grad()", "if True"), ("parameter -=", "parameter.data -=")],
    ],
    "bug_7": [
        [(LEAVES, "x.new_tensor(value).requires_grad_()")],
        [YIELD_ITEM],
        [("yield loss,", 'print(f"{loss:.3f}")\n        yield loss,')],
        [("yield loss, (a, b, c, d)", "yield loss.detach(), torch.stack((a, b, c, d))")],
        W,
        [  # by hand
            (", requires_grad=True", ""),
            ("loss.backward()", "a.grad, b.grad, c.grad, d.grad = ((2 * (y_pred - y) * x**k).sum() for k in range(4))"),
        ],
        [("    while", '    torch.set_default_device("cpu")\n    while')],
    ],
    "bug_8": [[("yield loss,", "yield loss.item(),")]],
    "bug_9": [[("SGD((a, b, c, d), lr=learning_rate)", "SGD([a, b, c, d], learning_rate)")]],
    "bug_10": [[("dtype=x.dtype", "dtype=torch.float64")]],
}
NAMES = {key: f"{key}_training" for key in REPAIRS}
RENAMED = {
    key: (
        "@training_loop(tensors=True, parameters=4)\ndef autograd"
        if repair.right.__name__ == "autograd"
        else f"def {repair.right.__name__}",
        f"def {NAMES[key]}",
    )
    for key, repair in REPAIRS.items()
}
STUBS = {key: inspect.getsource(repair.bug) for key, repair in REPAIRS.items()}
