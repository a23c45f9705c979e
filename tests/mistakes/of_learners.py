"""Mistakes of real learners, rewritten with this collection's names: one kind a block, with several members each.

Rows are (key, name, edits), as `MADE` in `exercise_support.py` has them; edits are pairs of old and new text, or all of
a learner's code.
"""

LEAVES = "torch.tensor(value, dtype=x.dtype, device=x.device, requires_grad=True)"
UPDATE, RESET = "parameter -= learning_rate * parameter.grad", "parameter.grad = None"
CUBIC, LOSS = "a + b * x + c * x**2 + d * x**3", "((y_pred - y) ** 2).sum()"
COUNTED = ("while True:", "for t in range(10**9):")
REPAIRED = "repaired_training"
SGD = "SGD((a, b, c, d), lr=learning_rate)"
MAKES, STEP = f"    optimizer = torch.optim.{SGD}\n", "        optimizer.step()"
ORDER = "        optimizer.zero_grad()\n        loss.backward()\n\n        optimizer.step()"
FOR_TWO_THOUSAND = "x = torch.linspace(-np.pi, np.pi, 2000, dtype=torch.float64); y = torch.sin(x)"


def scheduled(schedule):
    """Return edits that give an optimizer a schedule."""
    maker = f"{MAKES}    schedule = torch.optim.lr_scheduler.{schedule}\n"
    return [(MAKES, maker), (STEP, f"{STEP}; schedule.step()")]


def on_some(points):
    """Return a loop whose updates look at these points alone, and which yields the loss of all."""
    return f"""
        def {REPAIRED}(data, start, learning_rate):
            w = torch.tensor(start, dtype=data.x.dtype, requires_grad=True)
            X = torch.stack([data.x**k for k in range(4)], dim=1)
            n, t = len(data.x), 0
            while True:
                yield ((X @ w - data.y) ** 2).sum(), w
                some = {points}
                ((X[some] @ w - data.y[some]) ** 2).sum().backward()
                with torch.no_grad():
                    w -= learning_rate * w.grad
                    w.grad = None
                t += 1
    """


def in_order(size):
    """Return the code of mini-batches in order, all points where they are fewer."""
    return f"torch.arange(n) if n <= {size} else torch.arange(t * {size}, (t + 1) * {size}) % n"


def measured(step):
    """Return edits of `cubic_gradients` that measure the slopes with a step to one side."""
    code = (
        "    L = lambda w: ((sum(v * x**k for k, v in enumerate(w)) - y) ** 2).sum()\n"
        f"    w, h = np.array([a, b, c, d]), {step}\n"
        "    return tuple((L(w + h * e) - L(w)) / h for e in np.eye(4))\n"
    )
    return [("    grad_y_pred = 2", f"{code}    grad_y_pred = 2")]


# Right at first, or for few points.
LATER = [
    ("bug_9", "changes_later schedule", scheduled("StepLR(optimizer, 30, 0.1)")),
    ("bug_9", "changes_later schedule ", scheduled("MultiStepLR(optimizer, [1500], 0.5)")),
    ("bug_9", "schedule", scheduled("ExponentialLR(optimizer, 0.99)")),
    ("bug_9", "schedule ", scheduled("OneCycleLR(optimizer, learning_rate, total_steps=3000)")),
    ("bug_9", "schedule  ", scheduled("CosineAnnealingLR(optimizer, 2000)")),
    (REPAIRED, "changes_later added_up", [COUNTED, (RESET, f"if t < 20: {RESET}")]),
    (REPAIRED, "changes_later added_up ", [COUNTED, (RESET, f"if t < 1990: {RESET}")]),
    (REPAIRED, "changes_later rate_changes", [COUNTED, ("-= learning_rate", "-= learning_rate / (1 + (t > 100))")]),
    (
        "momentum_training",
        "changes_later",
        [COUNTED, ("velocity_a = m", "momentum *= t < 1000\n        velocity_a = m")],
    ),
    (REPAIRED, "changes_later rate_changes ", [(UPDATE, f"{UPDATE} * (1 if loss > 10 or len(x) < 100 else 0.5)")]),
    (
        REPAIRED,
        "changes_later rate_changes  ",
        [COUNTED, ("loss.backward()", "(loss ** (1 + (t == 1998))).backward()")],
    ),
    (REPAIRED, "mini_batches  ", on_some(in_order(32))),
    (REPAIRED, "mini_batches", on_some(in_order(10))),
    (REPAIRED, "mini_batches ", on_some("torch.randperm(n)[:5]")),
    (REPAIRED, "mini_batches   ", on_some("slice(t % n, t % n + 1)")),
    (REPAIRED, "points_left_out", on_some("slice(1, None)")),
    (REPAIRED, "points_left_out ", on_some("slice(0, 1000)")),
    (REPAIRED, "points_left_out  ", on_some("slice(None, None, 2)")),
    (REPAIRED, "right_for_few_points", on_some("torch.randperm(n)[:32]")),
    (REPAIRED, "right_for_few_points ", on_some("torch.randperm(n)[:12]")),
    (REPAIRED, "right_for_few_points  ", on_some("torch.randint(0, n, (n,)) if n > 500 else slice(n)")),
]

# Nothing that a step is not.
STEPS = [
    ("bug_9", "step_before_backward", [(ORDER, "        optimizer.step()\n        loss.backward()")]),
    ("bug_9", "old_gradient ", [(ORDER, f"{STEP}\n        optimizer.zero_grad()\n        loss.backward()")]),
    (
        REPAIRED,
        "step_before_backward ",
        [
            ("        loss.backward()", "        pass"),
            (UPDATE, f"if parameter.grad is not None: {UPDATE}"),
            (RESET, "pass\n        loss.backward()"),
        ],
    ),
    (
        REPAIRED,
        "first_step_missing",
        [COUNTED, ("-= learning_rate * parameter.grad", "-= learning_rate * parameter.grad**3 * (t > 0)")],
    ),
    ("bug_9", "weight_decay", [("lr=learning_rate", "lr=learning_rate, weight_decay=1e-4")]),
    ("bug_9", "weight_decay ", [("lr=learning_rate", "lr=learning_rate, weight_decay=0.1")]),
    (REPAIRED, "weight_decay  ", [("loss.backward()", "(loss + 1e-5 * (a**2 + b**2 + c**2 + d**2)).backward()")]),
    (
        "momentum_training",
        "weight_decay",
        [(f"{term}.sum()", f"{term}.sum() + 1e-4 * {k}") for term, k in (("_pred * x)", "b"), ("x**2)", "c"))]
        + [("grad_y_pred.sum()", "grad_y_pred.sum() + 1e-4 * a")],
    ),
    (
        REPAIRED,
        "penalty_absolute",
        [("loss.backward()", "(loss + 1e-5 * sum(abs(one) for one in (a, b, c, d))).backward()")],
    ),
    (REPAIRED, "penalty_absolute ", [("* parameter.grad", "* (parameter.grad + 0.3 * parameter.sign())")]),
    (REPAIRED, "not_descent", [("* parameter.grad", "* parameter.grad.sign()")]),
    (REPAIRED, "other_state", [("loss.backward()", "(loss + 1e-5 * a**4).backward()")]),
    ("bug_3", "mean_twice", [(".mean()", ".mean() / len(x)")]),
    ("bug_2", "mean_twice", [(".sum()", ".mean() / len(x)")]),
    ("bug_3", "mean_twice ", [("* w.grad", "* w.grad / len(y)")]),
    (REPAIRED, "reset_seldom", [COUNTED, (RESET, f"if t % 2: {RESET}")]),
    (REPAIRED, "reset_seldom ", [COUNTED, (RESET, f"if t % 3 == 0: {RESET}")]),
    ("bug_9", "reset_seldom", [COUNTED, ("optimizer.zero_grad()", "t % 4 or optimizer.zero_grad()")]),
    ("bug_9", "other_optimizer ", [("SGD(", "RMSprop(")]),
    ("bug_9", "other_optimizer  ", [("lr=learning_rate", "lr=learning_rate, momentum=0.9")]),
    ("bug_9", "other_optimizer   ", [("SGD(", "AdamW(")]),
    (
        "momentum_training",
        "first_without_rate",
        """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), None, np.stack([data.x**k for k in range(3)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                gradient = 2 * X @ error
                v = gradient if v is None else momentum * v + learning_rate * gradient
                w -= v
        """,
    ),
    *(
        ("bug_9", f"clipped{' ' * n}", [(STEP, f"        torch.nn.utils.clip_grad_value_((a, b, c, d), {at})\n{STEP}")])
        for n, at in enumerate((0.01, 2.0, 7.5, 40.0), 3)
    ),
    ("bug_9", "rate_changes ", [(STEP, f"        torch.nn.utils.clip_grad_norm_((a, b, c, d), 1000.0)\n{STEP}")]),
    (
        "momentum_training",
        "slope_measured",
        """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            L = lambda w: ((w @ X - data.y) ** 2).sum()
            while True:
                yield L(w), w
                v = momentum * v + np.array([(L(w + 1e-4 * e) - L(w)) / 1e-4 for e in np.eye(3)])
                w -= learning_rate * v
        """,
    ),
]

# What belongs to another model, another graph, or to nobody.
ANOTHERS = [
    (
        "bug_4",
        "optimizer_elsewhere",
        [("lr=learning_rate)\n", "lr=learning_rate)\n    model = Cubic()\n")],
    ),
    ("bug_4", "optimizer_elsewhere ", [("model.parameters(), lr", "Cubic().parameters(), lr")]),
    (
        "bug_4",
        "optimizer_elsewhere  ",
        [("model.parameters(), lr", "__import__('copy').deepcopy(model).parameters(), lr")],
    ),
    (
        "bug_9",
        "optimizer_elsewhere",
        [("SGD((a, b, c, d)", "SGD([p.detach().clone().requires_grad_() for p in (a, b, c, d)]")],
    ),
    (
        "momentum_class",
        "holds_copies",
        [("list(parameters)", "[p.detach().clone().requires_grad_() for p in parameters]")],
    ),
    ("momentum_class", "holds_copies ", [("list(parameters)", "[p.detach().clone() for p in parameters]")]),
    ("momentum_class", "holds_copies  ", [("list(parameters)", "[torch.tensor(p.item()) for p in parameters]")]),
    (REPAIRED, "recording_off", [(RESET, f"{RESET}\n        torch.set_grad_enabled(False)")]),
    ("bug_9", "recording_off", [(STEP, f"{STEP}\n        torch._C._set_grad_enabled(False)")]),
    (REPAIRED, "made_plain", [(RESET, f"{RESET}\n                parameter.detach_()")]),
    (REPAIRED, "made_plain ", [(RESET, f"{RESET}\n                parameter.requires_grad = False")]),
    ("bug_9", "made_plain", [(STEP, f"{STEP}\n        [p.requires_grad_(False) for p in (a, b, c, d)]")]),
    (REPAIRED, "loss_without", [(" + d * x**3", "")]),
    (REPAIRED, "loss_without ", [("b * x + c", "b.item() * x + c")]),
    ("bug_8", "loss_without", [("c * x**2", "0.75 * x**2")]),
    (
        REPAIRED,
        "loss_wrapped",
        [("loss.backward()", "loss = torch.tensor(loss.item(), requires_grad=True)\n        loss.backward()")],
    ),
    (
        REPAIRED,
        "loss_wrapped ",
        [("loss.backward()", "fresh = loss.detach().requires_grad_()\n        fresh.backward()")],
    ),
    (REPAIRED, "loss_of_something_else", [("(y_pred - y)", "(y.mean() - y)")]),
    (REPAIRED, "loss_of_something_else ", [(LOSS, "(y ** 2).sum()")]),
    (REPAIRED, "loss_of_something_else  ", [("(y_pred - y)", "(torch.zeros(len(x)) - x)")]),
    (
        REPAIRED,
        "graph_before_loop",
        [
            ("    while True:", "    cubic = d * x**3\n    while True:"),
            (f"{CUBIC}  #", "a + b * x + c * x**2 + cubic  #"),
        ],
    ),
    (
        REPAIRED,
        "graph_before_loop ",
        [
            ("    while True:", "    cubic = d * x**3\n    while True:"),
            (f"{CUBIC}  #", "a + b * x + c * x**2 + cubic  #"),
            ("backward()", "backward(retain_graph=True)"),
        ],
    ),
    (
        REPAIRED,
        "graph_before_loop  ",
        [(f"        y_pred = {CUBIC}  # forward\n", ""), ("    while True:", f"    y_pred = {CUBIC}\n    while True:")],
    ),
    (
        REPAIRED,
        "start_gradient",
        [
            (f"        y_pred = {CUBIC}  # forward\n", ""),
            ("    while True:", f"    y_pred = {CUBIC}\n    while True:"),
            ("backward()", "backward(retain_graph=True)"),
        ],
    ),
    (REPAIRED, "no_brackets", [("loss.backward()", "loss.backward")]),
    ("bug_9", "no_brackets", [("optimizer.step()", "optimizer.step")]),
    ("bug_9", "no_brackets ", [("optimizer.zero_grad()", "optimizer.zero_grad")]),
]

# The very first loss.
FORWARD = [
    (REPAIRED, "forward_wrong_power", [("d * x**3", "d * x**2")]),
    (REPAIRED, "forward_times_for_power", [("c * x**2 + d * x**3", "c * x*2 + d * x*3")]),
    (REPAIRED, "forward_reversed_order", [(CUBIC, "d + c * x + b * x**2 + a * x**3")]),
    (REPAIRED, "forward_powers_shifted", [(CUBIC, "a * x + b * x**2 + c * x**3 + d * x**4")]),
    (REPAIRED, "forward_sign", [("+ c * x**2", "- c * x**2")]),
    (REPAIRED, "forward_scaled", [("= data.x, data.y", "= (data.x - data.x.mean()) / data.x.std(), data.y")]),
    (REPAIRED, "forward_scaled ", [("= data.x, data.y", "= data.x / data.x.abs().max(), data.y")]),
    (REPAIRED, "forward_scaled  ", [("= data.x, data.y", "= data.x / torch.pi, data.y")]),
    (REPAIRED, "forward_own_data", [("x, y = data.x, data.y", FOR_TWO_THOUSAND)]),
    (REPAIRED, "forward_y_missing", [("(y_pred - y)", "y_pred")]),
    (REPAIRED, "forward_added", [("(y_pred - y)", "(y_pred + y)")]),
    (REPAIRED, "loss_absolute", [(LOSS, "(y_pred - y).abs().sum()")]),
    ("bug_3", "loss_absolute", [("((y_pred - y) ** 2).mean()", "torch.nn.functional.l1_loss(y_pred, y)")]),
    (
        REPAIRED,
        "loss_is_mean_at_start",
        [(LOSS, "((y_pred - y) ** 2).mean()"), ("parameter.grad\n", "parameter.grad**3\n")],
    ),
    ("bug_3", "loss_is_sum_at_start", [(".mean()", ".sum()"), ("w.grad\n", "w.grad**3\n")]),
    (REPAIRED, "loss_smooth", [(LOSS, "torch.nn.functional.smooth_l1_loss(y_pred, y)")]),
    (REPAIRED, "loss_of_sum", [(LOSS, "(y_pred - y).sum() ** 2")]),
    (REPAIRED, "loss_not_squared", [(LOSS, "(y_pred - y).sum()")]),
    (REPAIRED, "loss_power", [("** 2", "** 4")]),
    (
        "momentum_training",
        "forward_term_missing",
        [("y_pred = a + b * x + c * x**2", "y_pred = a + b * x")],
    ),
    ("cubic_gradients", "forward_term_missing", [("+ c * x**2 + d", "+ d")]),
    ("line_gradients", "forward_term_missing", [("m * x + b", "m * x")]),
    ("line_gradients", "forward_sign", [("m * x + b", "m * x - b")]),
    ("cubic_gradients", "forward_times_for_power", [("c * x**2 + d * x**3 - y", "c * x*2 + d * x*3 - y")]),
    ("cubic_gradients", "forward_powers_shifted", [(CUBIC, "a * x + b * x**2 + c * x**3 + d * x**4")]),
    ("tensor_gradients", "forward_wrong_power", [("d * x**3 - y", "d * x**2 - y")]),
    (
        "cubic_gradients",
        "columns_reversed",
        [
            (
                "    grad_y_pred = 2",
                "    X = np.vander(x, 4)\n    return tuple(2 * X.T @ (X @ (a, b, c, d) - y))\n    grad_y_pred = 2",
            )
        ],
    ),
    (
        "line_gradients",
        "columns_reversed",
        [
            (
                "    y_pred =",
                "    X = np.vander(x, 2)[:, ::-1]\n    return tuple(2 * X.T @ (X @ (m, b) - y) / len(x))\n    y_pred =",
            )
        ],
    ),
    *(("cubic_gradients", f"slope_measured{' ' * n}", measured(h)) for n, h in enumerate((1e-2, 1e-4, -1e-5))),
]

# Errors of torch, and of calls.
ERRORS = [
    (
        REPAIRED,
        "dtypes_mixed",
        [
            ("dtype=x.dtype, ", ""),
            (CUBIC, "torch.stack([x**0, x, x**2, x**3], dim=1) @ torch.stack([a, b, c, d])"),
        ],
    ),
    (REPAIRED, "backward_of_vector", [(LOSS, "(y_pred - y) ** 2"), ("yield loss", "yield loss.sum()")]),
    (REPAIRED, "numpy_of_tracked", [(LOSS, "np.square(y_pred - y).sum()")]),
    (REPAIRED, "numpy_of_tracked ", [(LOSS, "np.mean((y_pred - y) ** 2)")]),
    ("bug_9", "optimizer_of_no_leaf", [("(a, b, c, d), lr", "[a * 1, b, c, d], lr")]),
    ("bug_9", "optimizer_of_nothing", [("(a, b, c, d), lr", "[], lr")]),
    (
        "bug_4",
        "optimizer_of_nothing",
        [
            ("    optimizer =", "    found = model.parameters()\n    list(found)\n    optimizer ="),
            ("SGD(model.parameters()", "SGD(found"),
        ],
    ),
    ("bug_9", "optimizer_of_one", [("(a, b, c, d), lr", "a, lr")]),
    (REPAIRED, "no_such_zero", [(RESET, "parameter.grad.zero()")]),
    (REPAIRED, "sizes_differ", [("= data.x, data.y", "= data.x, data.y[1:]")]),
    (REPAIRED, "matrix_sizes", [(CUBIC, "torch.stack([x**0, x, x**2, x**3]) @ torch.stack([a, b, c, d])")]),
    (REPAIRED, "item_of_many", [(LOSS, "((y_pred - y) ** 2).item()")]),
    (REPAIRED, "whole_numbers", [("dtype=x.dtype", "dtype=int")]),
    (
        REPAIRED,
        "changed_since",
        [("loss.backward()", "x.add_(1)\n        loss.backward()")],
    ),
    ("legendre_p2", "list_of_gradients", [("return grad_output * 3 * u", "return [grad_output * 3 * u]")]),
    (
        "legendre_p2",
        "kept_outside",
        [
            ("        ctx.save_for_backward(u)\n", "        LegendreP2.u = u\n"),
            ("(u,) = ctx.saved_tensors", "u = LegendreP2.u"),
        ],
    ),
    (
        "legendre_p2",
        "kept_outside ",
        [
            ("        ctx.save_for_backward(u)\n", "        global U\n        U = u\n"),
            ("(u,) = ctx.saved_tensors", "u = U"),
        ],
    ),
    ("wave_module", "forward_missing ", [("def forward", "def __call__")]),
    ("wave_module", "forward_missing  ", [("def forward", "def predict")]),
    (REPAIRED, "by_keyword_only", [("(data: Data,", "(*, data: Data,")]),
    ("line_gradients", "by_keyword_only", [("y: Any, m", "y: Any, *, m")]),
    ("momentum_training", "by_position_only", [("momentum: float\n)", "momentum: float, /\n)")]),
]


def by_points(points, error="error = ", add="+= ", end="return grad_m / len(x), grad_b / len(x)"):
    """Return `line_gradients` as a loop over some points."""
    return f"""
        def line_gradients(x, y, m, b):
            grad_m = grad_b = error = 0
            for i in {points}:
                {error}m * x[i] + b - y[i]
                grad_m {add}2 * error * x[i]
                grad_b {add}2 * error
            {end}
    """


# Gradients of some points, of another loss, or no gradients; and what else a step may be made of.
ALL_POINTS, ERROR = "range(len(x))", f"({CUBIC} - y)"
COMMON = "    grad_y_pred = 2"
SHARED = "        a.grad = b.grad = c.grad = d.grad = a.grad + b.grad + c.grad + d.grad"
COPIES = "optimizer = torch.optim.SGD([p.detach().clone().requires_grad_() for p in (a, b, c, d)])"
TERMS = {"c": "(grad_y_pred * x**2).sum()", "d": "(grad_y_pred * x**3).sum()"}
GRADIENTS = [
    ("line_gradients", "errors_pile_up", by_points(ALL_POINTS, error="error += ")),
    ("cubic_gradients", "errors_pile_up", [(ERROR, f"{ERROR}.cumsum()")]),
    ("line_gradients", "first_point_only", by_points(ALL_POINTS, end="    return grad_m / len(x), grad_b / len(x)")),
    ("line_gradients", "first_point_only ", by_points(ALL_POINTS, end="    return grad_m, grad_b")),
    ("cubic_gradients", "first_point_only", [(COMMON, f"    x, y = x[:1], y[:1]\n{COMMON}")]),
    ("line_gradients", "last_point_only", by_points(ALL_POINTS, add="= ")),
    ("cubic_gradients", "last_point_only", [(ERROR, f"{ERROR} * (x == x[-1])")]),
    ("line_gradients", "first_point_missing ", by_points("range(1, len(x))")),
    ("line_gradients", "last_point_missing", by_points("range(len(x) - 1)")),
    ("cubic_gradients", "last_point_missing", [(COMMON, f"    x, y = x[:-1], y[:-1]\n{COMMON}")]),
    ("cubic_gradients", "parameter_stays", [(old, f"{name} * {old}") for name, old in TERMS.items()]),
    ("line_gradients", "parameter_stays", [("(2 * (y_pred - y)).mean()", "(2 * (y_pred - y) * b).mean()")]),
    ("line_gradients", "rounded ", [(".mean()", ".sum() // len(x)")]),
    ("cubic_gradients", "rounded", [("return grad_a", "return np.ceil(grad_a)")]),
    ("line_gradients", "returns_updated", [("return grad_m, grad_b", "return m - 0.01 * grad_m, b - 0.01 * grad_b")]),
    (
        "cubic_gradients",
        "returns_updated",
        [
            (
                "return grad_a, grad_b, grad_c, grad_d",
                "return tuple(p - 1e-3 * g for p, g in zip([a, b, c, d], [grad_a, grad_b, grad_c, grad_d]))",
            )
        ],
    ),
    ("line_gradients", "loss_root", [("2 * (y_pred - y)", "(y_pred - y) / ((y_pred - y)**2).mean() ** 0.5")]),
    ("cubic_gradients", "loss_root", [("2 * (", "(lambda e: e / np.linalg.norm(e))(")]),
    ("line_gradients", "loss_absolute", [("2 * (y_pred - y)", "np.sign(y_pred - y)")]),
    ("cubic_gradients", "loss_absolute", [("2 * (", "np.sign(")]),
    (
        REPAIRED,
        "gradients_shared",
        [("loss.backward()", "a.grad = b.grad = c.grad = d.grad = 0 * x[0]\n        loss.backward()")],
    ),
    ("bug_9", "gradients_shared", [(STEP, f"{SHARED}\n{STEP}")]),
    (REPAIRED, "velocity_there", [(RESET, "parameter.grad *= 0.5")]),
    ("bug_1", "velocity_there", [(RESET, "parameter.grad.mul_(0.1)")]),
    (REPAIRED, "becomes_step", [(UPDATE, "parameter.copy_(-learning_rate * parameter.grad)")]),
    ("bug_6", "becomes_step", [(UPDATE, "parameter[...] = learning_rate * parameter.grad")]),
    (
        "bug_1",
        "resets_elsewhere",
        [("    while True", f"    {COPIES}\n    while True"), (RESET, "pass\n        optimizer.zero_grad()")],
    ),
    ("bug_3", "forward_alike", [("(X @ w).flatten()", "(X @ w)[0]")]),
    ("bug_3", "forward_alike ", [("(X @ w).flatten()", "(X @ w).mean(dim=0)")]),
    (REPAIRED, "forward_alike", [("x**3  # forward", "x**3\n        y_pred = y_pred[-1]")]),
    ("bug_9", "step_takes_no_rate", [(STEP, f"{STEP[:-1]}learning_rate)")]),
    ("bug_4", "step_takes_no_rate", [(STEP, f"{STEP[:-1]}0.1)")]),
    ("legendre_p2", "not_recorded_inside", [("        ctx.save", "        (u**3).sum().backward()\n        ctx.save")]),
    (
        "legendre_p2",
        "not_recorded_inside ",
        [("return grad_output * 3 * u", "return grad_output * torch.autograd.grad((u**2).sum(), u)[0]")],
    ),
    ("bug_8", "no_training_loop", [("yield loss", "yield loss.item")]),
    ("line_gradients", "argument_hidden", [("    y_pred = m", "    for b in y:\n        pass\n    y_pred = m")]),
    ("cubic_gradients", "argument_hidden", [(COMMON, f"    for c in 2.5, 7.5:\n        a += c * x.mean()\n{COMMON}")]),
    ("line_gradients", "one_less", [(".mean()", ".sum() / (len(x) - 1)")]),
    ("line_gradients", "error_absolute", [("2 * (y_pred - y)", "2 * abs(y_pred - y)")]),
    ("cubic_gradients", "error_absolute", [("2 * (", "2 * np.abs(")]),
    ("line_gradients", "data_swapped", [("    y_pred =", "    x, y = y, x\n    y_pred =")]),
    ("cubic_gradients", "data_swapped", [(COMMON, f"    x, y = y, x\n{COMMON}")]),
    ("line_gradients", "penalty_in_it", [("    return grad_m", "    grad_m += 0.2 * m\n    return grad_m")]),
    ("cubic_gradients", "penalty_in_it", [("* x**2).sum()", "* x**2).sum() + 1e-3 * c")]),
    ("cubic_gradients", "forward_wrong_power", [("x**3", "x**4")]),
    (
        "line_gradients",
        "forward_wrong_power",
        [("m * x + b", "m * x**2 + b"), ("(y_pred - y) * x)", "(y_pred - y) * x**2)")],
    ),
    (REPAIRED, "gradient_absolute", [("* parameter.grad", "* abs(parameter.grad)")]),
    ("bug_3", "gradient_absolute", [("* w.grad", "* w.grad.pow(2).sqrt()")]),
    (
        "bug_9",
        "rate_late",
        [("lr=learning_rate", "lr=1e-3"), (STEP, f"{STEP}\n        optimizer.param_groups[0]['lr'] = learning_rate")],
    ),
    (
        REPAIRED,
        "rate_late",
        [
            ("    while True:", "    rate = 1e-3\n    while True:"),
            ("-= learning_rate", "-= rate"),
            (RESET, f"{RESET}\n        rate = learning_rate"),
        ],
    ),
    (REPAIRED, "parameters_zeroed", [(RESET, "parameter.zero_()")]),
    ("bug_9", "parameters_zeroed", [(STEP, f"{STEP}\n        [p.data.zero_() for p in (a, b, c, d)]")]),
    (REPAIRED, "forward_data_swapped", [("= data.x, data.y", "= data.y, data.x")]),
    (REPAIRED, "steps_alike", [("* parameter.grad", "* loss")]),
    ("bug_3", "steps_alike", [("* w.grad", "* w.sum()")]),
    (REPAIRED, "rate_squared", [("-= learning_rate", "-= learning_rate**2")]),
    ("bug_9", "rate_squared", [(STEP, f"        [p.grad.mul_(learning_rate) for p in (a, b, c, d)]\n{STEP}")]),
    (
        REPAIRED,
        "parameters_rounded",
        [(RESET, f"{RESET}\n                parameter.copy_(parameter.round(decimals=4))")],
    ),
    (
        "bug_10",
        "parameters_rounded",
        [(RESET, f"{RESET}\n                parameter.copy_(parameter.round(decimals=2))")],
    ),
    (
        "line_gradients",
        "returns_loss",
        [("2 * (y_pred - y) * x", "(y_pred - y) ** 2"), ("2 * (y_pred - y)", "(y_pred - y) ** 2")],
    ),
    ("cubic_gradients", "returns_loss", [("grad_y_pred.sum()", "((grad_y_pred / 2) ** 2).sum()")]),
    ("line_gradients", "two_before_prediction", [("2 * (y_pred - y)", "(2 * y_pred - y)")]),
    ("cubic_gradients", "two_before_prediction", [("x**3 - y)", "x**3) - y")]),
    ("bug_9", "rate_is_no_number", [("lr=learning_rate", "lr=[learning_rate]")]),
    ("bug_4", "rate_is_no_number", [("lr=learning_rate", "lr='learning_rate'")]),
    ("legendre_p2", "grad_output_divides", [("grad_output * 3 * u", "3 * u / grad_output")]),
    ("legendre_p2", "derivative_doubled ", [("grad_output * 3", "(grad_output + grad_output) * 3")]),
    ("bug_5", "not_called", [("loss.item()", "loss.item")]),
    (REPAIRED, "not_called", [(LOSS, "2 * ((y_pred - y) ** 2).sum")]),
    ("cubic_gradients", "not_called", [("grad_y_pred.sum()", "1.0 * grad_y_pred.sum")]),
    ("bug_10", "dtype_as_text", [("dtype=x.dtype", "dtype='float64'")]),
    ("bug_5", "second_backward", [("total += loss.item()", "total += loss"), ("loss.backward()", "total.backward()")]),
    (
        REPAIRED,
        "second_backward ",
        [("    while True", "    loss = 0.0\n    while True"), ("loss = (", "loss = loss + (")],
    ),
    ("bug_3", "broadcast sum_for_mean", [(".flatten()", ""), (".mean()", ".mean(dim=0).sum()")]),
    ("legendre_p2", "saved_fewer", [("(u,) = ctx", "u, square = ctx")]),
    ("legendre_p2", "saved_fewer ", [("(u,) = ctx.saved_tensors", "u = ctx.saved_tensors[1]")]),
    ("legendre_p2", "other_power_of_u", [("3 * u**2 - 1)", "3 * u**3 - 1)")]),
    ("legendre_p2", "other_power_of_u ", [("3 * u**2 - 1)", "3 * u - 1)")]),
]

BACKWARD = "loss.backward()"
FUNCTIONS = "torch.nn.functional"
# Errors that any code may raise.
ANYWHERE = [
    (REPAIRED, "not_callable", [(CUBIC, "a + b * x + c * x**2 + d(x**3)")]),
    (REPAIRED, "truth_of_many", [(BACKWARD, f"if y_pred < y: {BACKWARD}")]),
    (REPAIRED, "loss_not_made", [(LOSS, "torch.nn.MSELoss(y_pred, y)")]),
    (REPAIRED, "index_beyond", [(BACKWARD, f"x[len(x)]; {BACKWARD}")]),
    (REPAIRED, "dimension_beyond", [(LOSS, "((y_pred - y) ** 2).sum(dim=1)")]),
    (REPAIRED, "no_axes", [(LOSS, f"{LOSS}[0]")]),
    (REPAIRED, "reshape_differs", [(CUBIC, f"({CUBIC}).view(len(x), 2)")]),
    (REPAIRED, "backward_of_no_tensor", [(BACKWARD, "(loss,).backward()")]),
    (REPAIRED, "format_of_many", [(BACKWARD, f"print(f'{{y_pred:.3f}}'); {BACKWARD}")]),
    (REPAIRED, "no_tensor_given", [(CUBIC, f"{CUBIC} + torch.sin(0.0)")]),
    (REPAIRED, "array_meets_tensor", [(LOSS, "((y_pred - np.asarray(y)) ** 2).sum()")]),
    (REPAIRED, "array_meets_tensor ", [(LOSS, "((np.asarray(y) - y_pred) ** 2).sum()")]),
    (REPAIRED, "numpy_wanted", [(BACKWARD, f"y_pred.numpy(); {BACKWARD}")]),
    (REPAIRED, "none_there", [(f"y_pred = {CUBIC}", f"rest = [].append(0)\n        y_pred = rest + {CUBIC}")]),
    (REPAIRED, "mean_of_whole", [(LOSS, "(y_pred == y).mean()")]),
    (REPAIRED, "whole_in_place", [(BACKWARD, f"total = torch.tensor(0); total += 0.5; {BACKWARD}")]),
    (REPAIRED, "target_dtype", [(LOSS, f"{FUNCTIONS}.binary_cross_entropy(torch.sigmoid(y_pred), (y > 0).long())")]),
    (REPAIRED, "target_dtype ", [(LOSS, f"{FUNCTIONS}.cross_entropy(torch.stack([y_pred, y]), y[:2])")]),
    (REPAIRED, "target_beyond", [(LOSS, f"{FUNCTIONS}.cross_entropy(y_pred[None], torch.tensor([len(x)]))")]),
    (REPAIRED, "state_differs", [(BACKWARD, f"torch.nn.Linear(1, 1).load_state_dict({{}}); {BACKWARD}")]),
    ("bug_9", "not_parameters", [("(a, b, c, d), lr", "[1.0], lr")]),
    (REPAIRED, "flag_of_result", [(BACKWARD, f"y_pred.requires_grad = False; {BACKWARD}")]),
    (REPAIRED, "layer_sizes", [(CUBIC, "torch.nn.Linear(3, 1, dtype=x.dtype)(x[:, None]).flatten()")]),
    (REPAIRED, "layer_dtype", [(CUBIC, "torch.nn.Linear(1, 1)(x[:, None]).flatten()")]),
]

MADE = [*LATER, *STEPS, *ANOTHERS, *FORWARD, *ERRORS, *GRADIENTS, *ANYWHERE]
