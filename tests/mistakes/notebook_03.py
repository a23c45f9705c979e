"""The mistakes of notebook 03: how each solution must be changed to make one, and answers that are right, too.

Edits are pairs of old and new text; a name may end with blanks, so that one mistake can be made in several ways.
"""

REPAIRED = {
    "added_up": [("                parameter.grad = None\n", "")],
    "no_brackets ": [("parameter.grad = None", "parameter.grad.zero_")],
    "added_up  ": [("parameter.grad = None", "parameter.grad == None")],
    "no_gradient_yet": [
        (
            "        loss.backward()",
            "        for parameter in (a, b, c, d):\n            parameter.grad.zero_()\n        loss.backward()",
        ),
        ("                parameter.grad = None\n", ""),
    ],
    "no_gradient_yet ": [("        loss.backward()", "        print(a.grad.item())\n        loss.backward()")],
    "some_added_up": [("parameter.grad = None\n", "pass\n            a.grad = b.grad = None\n")],
    "first_step_scaled": [
        ("        with torch", "        torch.nn.utils.clip_grad_norm_((a, b, c, d), 1.0)\n        with torch"),
        ("                parameter.grad = None\n", ""),
    ],
    "no_no_grad": [("with torch.no_grad()", "if True")],
    "item_too_early": [(".sum()", ".sum().item()")],
    "graph_cut": [("((y_pred - y)", "((y_pred.detach() - y)")],
    "graph_cut ": [(", requires_grad=True", "")],
    "rebound": [
        ("for parameter in (a, b, c, d):", "if True:"),
        (
            "parameter -= learning_rate * parameter.grad",
            "a, b = a - learning_rate * a.grad, b - learning_rate * b.grad",
        ),
        ("parameter.grad = None", "c, d = c - learning_rate * c.grad, d - learning_rate * d.grad"),
    ],
    "no_gradient": [("            for parameter in", "            a.grad = None\n            for parameter in")],
    "second_backward": [("loss.backward()", "loss.backward()\n        loss.backward()")],
    "uphill": [("-= learning_rate", "+= learning_rate")],
    "rate_ignored": [("-= learning_rate", "-= 1e-6")],
    "mean_for_sum": [("-= learning_rate * parameter.grad", "-= learning_rate * parameter.grad / len(x)")],
    "steps_halved": [("-= learning_rate * parameter.grad", "-= learning_rate * parameter.grad / 2")],
    "float32": [("dtype=x.dtype", "dtype=torch.float32")],
    "yields_late": [
        ("        yield loss, (a, b, c, d)\n", ""),
        ("parameter.grad = None", "parameter.grad = None\n        yield loss, (a, b, c, d)"),
    ],
    "yields_seldom": [
        ("    while True:\n", "    for t in range(10**9):\n"),
        ("yield loss, (a, b, c, d)", "if t % 100 == 0:\n            yield loss, (a, b, c, d)"),
    ],
    "broadcast": [("y = data.x, data.y", "y = data.x, data.y[:, None]")],
    "changed_in_place": [("y_pred = a", "x *= 1.5\n        y_pred = a")],
    "exception": [("d * x**3", "d * x.cube()")],
    "ends": [("while True", "for t in range(2000)")],
    "never_moves ": [
        (
            "            for parameter in",
            "            [p.grad.zero_() for p in (a, b, c, d)]\n            for parameter in",
        )
    ],
    "no_such_device": [("device=x.device", 'device="cuda:99"')],
    "never_moves": [("parameter -= learning_rate * parameter.grad", "pass")],
    "no_training_loop": [("yield loss, (a, b, c, d)", "print(loss)")],
    "too_slow": [("yield loss, (a, b, c, d)", "if loss < 0:\n            yield loss, (a, b, c, d)")],
}
P2 = {
    "grad_output_forgotten": [("grad_output * 3", "3")],
    "grad_output_squared": [("grad_output * 3", "grad_output * grad_output * 3")],
    "grad_output_added": [("grad_output * 3", "grad_output + 3")],
    "grad_output_only": [("grad_output * 3 * u", "grad_output")],
    "grad_output_summed": [("grad_output * 3", "grad_output.sum() * 3")],
    "derivative_halved": [("* 3 * u\n", "* 1.5 * u\n")],
    "derivative_doubled": [("* 3 * u\n", "* 6 * u\n")],
    "function_sign": [("grad_output * 3 * u", "-grad_output * 3 * u")],
    "u_forgotten": [("* 3 * u\n", "* 3 + 0 * u\n")],
    "three_forgotten": [("* 3 * u\n", "* u\n")],
    "derivative_of_p3": [("grad_output * 3 * u", "grad_output * 1.5 * (5 * u**2 - 1)")],
    "value_for_derivative": [("grad_output * 3 * u", "grad_output * 0.5 * (3 * u**2 - 1)")],
    "power_for_derivative": [("grad_output * 3 * u", "grad_output * 3 * u**2")],
    "p3_instead": [("return 0.5 * (3 * u**2 - 1)", "return 0.5 * (5 * u**3 - 3 * u)")],
    "half_missing": [("return 0.5 * (3", "return (3")],
    "half_for_the_first_only": [("0.5 * (3 * u**2 - 1)", "0.5 * 3 * u**2 - 1")],
    "half_for_the_last_only": [("0.5 * (3 * u**2 - 1)", "3 * u**2 - 1 / 2")],
    "forward_is_derivative": [("return 0.5 * (3 * u**2 - 1)", "return 3 * u")],
    "forward_reversed": [("return 0.5 * (3 * u**2 - 1)", "return 0.5 * (1 - 3 * u**2)")],
    "saved_is_a_tuple": [("(u,) = ctx", "u = ctx")],
    "saved_is_a_tuple ": [("(u,) = ctx", "u = ctx"), ("grad_output * 3 * u", "3 * u * grad_output")],
    "forward_done": [
        ("(u,) = ctx.saved_tensors", 'raise NotImplementedError("your turn")'),
        ("        return grad_output * 3 * u\n", ""),
    ],
    "raise_above": [("(u,) = ctx.saved_tensors", 'raise NotImplementedError("your turn")')],
    "half_missing ": [
        ("return 0.5 * (3", "return (3"),
        ("(u,) = ctx.saved_tensors", 'raise NotImplementedError("your turn")'),
        ("        return grad_output * 3 * u\n", ""),
    ],
    "to_be_written": [
        ("        ctx.save_for_backward(u)\n", ""),
        ("return 0.5 * (3 * u**2 - 1)", 'raise NotImplementedError("your turn")'),
    ],
    "method_signature": [("forward(ctx: Any, u: Tensor)", "forward(u: Tensor)")],
    "method_signature ": [("backward(ctx: Any, grad_output: Tensor)", "backward(grad_output: Tensor, ctx: Any)")],
    "method_signature  ": [("backward(ctx: Any,", "backward(self, ctx: Any,")],
    "saved_other": [("save_for_backward(u)", "save_for_backward(u**2)")],
    "saved_other ": [
        ("ctx.save_for_backward(u)", "u = 0.5 * (3 * u**2 - 1)\n        ctx.save_for_backward(u)"),
        ("return 0.5 * (3 * u**2 - 1)", "return u"),
    ],
    "fills_grad_itself": [("return grad_output * 3 * u", "u.grad = grad_output * 3 * u")],
    "fills_grad_itself ": [("return grad_output * 3 * u", "u.grad = grad_output * 3 * u\n        return u.grad")],
    "function_dtype": [("return 0.5 * (3 * u**2 - 1)", "return 0.5 * (3 * u.double()**2 - 1)")],
    "changed_in_place ": [("return grad_output * 3 * u", "grad_output *= 3 * u\n        return grad_output")],
    "number_of_gradients": [("return grad_output * 3 * u", "return grad_output * 3 * u, None, u")],
    "not_saved": [("        ctx.save_for_backward(u)\n", "")],
    "backward_missing": [("def backward", "def backwards")],
    "backward_missing ": [("def forward", "def forwards")],
    "gradient_shape": [("grad_output * 3 * u", "(grad_output * 3 * u).reshape(-1)[:2]")],
    "forward_returns_nothing": [("return 0.5 * (3 * u**2 - 1)", "0.5 * (3 * u**2 - 1)")],
    "no_tensor": [("return 0.5 * (3 * u**2 - 1)", "return 0.5 * (3 * u**2 - 1),")],
    "no_tensor ": [("return 0.5 * (3 * u**2 - 1)", "return 0.5 * (3 * u.sum().item()**2 - 1)")],
    "function_shape": [("return 0.5 * (3 * u**2 - 1)", "return (0.5 * (3 * u**2 - 1)).sum()")],
    "backward_returns_nothing": [("return grad_output", "grad_output")],
    "changed_in_place": [("return 0.5 * (3 * u**2 - 1)", "return u.mul_(u).mul_(1.5).sub_(0.5)")],
    "float32": [("return grad_output * 3 * u", "return (grad_output * 3 * u).float().double()")],
    "exception": [("grad_output * 3 * u", "grad_output * 3 * v")],
    "too_slow": [("        return grad_output", "        while True:\n            pass\n        return grad_output")],
    "ratio": [("grad_output * 3", "grad_output * 7")],
    "other": [("grad_output * 3 * u", "grad_output * torch.sin(u)")],
    "right_for_the_example_only": [("grad_output * 3 * u", "grad_output * (3 if u.ndim == 1 else 4) * u")],
}

EDITS = {"repaired_training": REPAIRED, "legendre_p2": P2}
ANSWERS = [
    ("legendre_p2", "no_function_class", 3.0),
    ("slope_by_hand", "inner_factor_forgotten", 10),
    ("slope_by_hand", "value_not_slope", 25),
    ("two_backwards", "overwritten", 5),
    ("two_backwards", "first_only", 12),
    ("two_backwards", "values_not_slopes", 18),
    ("two_backwards", "multiplied", 60),
    ("two_backwards", "number_negative", -17),
    ("two_backwards", "too_large", 40),
    ("two_backwards", "too_small", 1),
    ("two_backwards", "no_number", True),
    ("two_backwards", "decimal_comma", "17,0"),
    ("filled_gradients", "wrong_choice", "b"),
    ("filled_gradients", "wrong_choice", "C"),
    ("filled_gradients", "no_such_choice", "e"),
    ("filled_gradients", "no_such_choice", 1),
]
SETUP_CONTEXT = """\
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward"""
RIGHT_TOO = {
    "repaired_training": [
        [("parameter.grad = None", "parameter.grad.zero_()")],
        [("with torch.no_grad():  # update", "if True:"), ("parameter -=", "parameter.data -=")],
        [
            ("loss.backward()", "a.grad = b.grad = c.grad = d.grad = None\n        loss.backward()"),
            ("parameter.grad = None", "pass"),
        ],
        [("yield loss, (a, b, c, d)", "yield loss.item(), (a, b, c, d)")],
    ],
    "legendre_p2": [
        [("(u,) = ctx.saved_tensors", "u = ctx.saved_tensors[0]")],
        [("0.5 * (3 * u**2 - 1)", "(3 * u * u - 1) / 2"), ("grad_output * 3 * u", "3.0 * u * grad_output")],
        [
            ("forward(ctx: Any, u: Tensor)", "forward(u)"),
            ("        ctx.save_for_backward(u)\n", ""),
            (
                "    @staticmethod\n    def backward",
                SETUP_CONTEXT,
            ),
        ],
    ],
}
RENAMED = {  # solutions that are library loops, under the names that learners write
    "repaired_training": ("@training_loop(tensors=True, parameters=4)\ndef autograd", "def repaired_training"),
}
STUBS = {
    "legendre_p2": """
        class LegendreP2(torch.autograd.Function):
            @staticmethod
            def forward(ctx, u):
                raise NotImplementedError("your turn")

            @staticmethod
            def backward(ctx, grad_output):
                raise NotImplementedError("your turn")
    """,
}
NAMES = {"legendre_p2": "LegendreP2"}  # where the learner's name is not the exercise's
