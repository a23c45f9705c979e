"""The mistakes of notebook 01: how each solution must be changed to make one, and answers that are right, too.

Edits are pairs of old and new text; a name may end with blanks, so that one mistake can be made in several ways.
"""

LINE = {
    "factor_missing": [("2 * ", "")],
    "factor_doubled": [("2 * ", "4 * ")],
    "reversed": [("y_pred - y", "y - y_pred")],
    "wrong_sign": [("grad_b = (2", "grad_b = (-2")],
    "sum_for_mean": [(".mean()", ".sum()")],
    "mean_twice": [("return grad_m, grad_b", "return grad_m / len(x), grad_b / len(x)")],
    "factor_x_forgotten": [("(y_pred - y) * x)", "(y_pred - y))")],
    "wrong_power": [("(y_pred - y) * x)", "(y_pred - y) * x**2)")],
    "swapped": [("return grad_m, grad_b", "return grad_b, grad_m")],
    "not_returned": [("    return grad_m, grad_b", "    (grad_m, grad_b)")],
    "wrong_number": [("return grad_m, grad_b", "return grad_m")],
    "not_reduced": [("grad_b = (2 * (y_pred - y)).mean()", "grad_b = 2 * (y_pred - y)")],
    "shape": [(".mean()", ".mean(keepdims=True)")],
    "broadcast": [("y_pred = ", "x, y = x[:, None], y\n    y_pred = ")],
    "broadcast ": [("y_pred = ", "y = y.reshape(-1, 1)\n    y_pred = ")],
    "not_subtracted": [("(y_pred - y)", "y_pred")],
    "squared": [("(y_pred - y)", "(y_pred - y)**2")],
    "integer": [("y_pred = ", "x, y = x.astype(int), y.astype(int)\n    y_pred = ")],
    "integer ": [("y_pred = ", "x = x.astype(int)\n    y_pred = ")],
    "rounded": [("return grad_m, grad_b", "return int(grad_m), int(grad_b)")],
    "float32": [("y_pred = ", "x, y = x.astype('float32'), y.astype('float32')\n    y_pred = ")],
    "constant": [("return grad_m, grad_b", "return -26.0, -7.0")],
    "changed_in_place": [("y_pred = m * x + b", "y_pred = x\n    y_pred *= m\n    y_pred += b")],
    "yield_for_return": [("return grad_m, grad_b", "yield grad_m, grad_b")],
    "not_a_number": [("return grad_m, grad_b", "return str(grad_m), grad_b")],
    "signature": [("m: float, b: float", "m: float")],
    "argument_order": [("m: float, b: float", "b: float, m: float")],
    "exception": [("m * x", "mm * x")],
    "too_slow": [("    return", "    while True:\n        pass\n    return")],
    "too_slow ": [("    return", "    while True: pass\n    return")],
    "raise_above": [("    y_pred = ", '    raise NotImplementedError("your turn")\n    y_pred = ')],
    "raise_left": [("    return", '    raise NotImplementedError("your turn")\n    return')],
    "no_numbers": [("return grad_m, grad_b", "return {'m': grad_m, 'b': grad_b}")],
    "no_numbers ": [("return grad_m, grad_b", "return map(float, (grad_m, grad_b))")],
    "no_numbers  ": [("return grad_m, grad_b", "return (g for g in (grad_m, grad_b))")],
    "no_numbers   ": [("return grad_m, grad_b", "return lambda: (grad_m, grad_b)")],
    "data_ignored": [("y_pred = ", "x, y = np.arange(4.0), np.ones(4)\n    y_pred = ")],
    "parameters_ignored": [("y_pred = ", "m, b = 2.0, 3.0\n    y_pred = ")],
    "parameters_reversed": [("m * x + b", "b * x + m")],
    "summed_first": [("2 * (y_pred - y) * x", "(2 * (y_pred - y)).mean() * x")],
    "other ": [  # the first point left out
        ("(2 * (y_pred - y) * x).mean()", "(2 * (y_pred - y) * x)[1:].sum() / len(x)"),
        ("(2 * (y_pred - y)).mean()", "(2 * (y_pred - y))[1:].sum() / len(x)"),
    ],
    "result_shape": [("return grad_m, grad_b", "return np.array([[grad_m], [grad_b]])")],
    "digits_cut": [("return grad_m, grad_b", "return round(grad_m, 2), round(grad_b, 2)")],
    "digits_cut ": [("return grad_m, grad_b", "return round(grad_m, 5), round(grad_b, 5)")],
    "ratio": [("2 * ", "3 * ")],
    "other": [("y_pred - y", "(y_pred - y)**3")],
    "right_for_the_example_only": [
        ("return grad_m", "grad_m = grad_m if len(x) == 5 else 7 * grad_m\n    return grad_m")
    ],
}
CUBIC = {
    "factor_missing": [("2 * (", "(")],
    "factor_doubled": [("2 * (", "4 * (")],
    "reversed": [("2 * (a", "-2 * (a")],
    "wrong_sign": [("return grad_a, grad_b, grad_c", "return grad_a, grad_b, -grad_c")],
    "mean_for_sum": [(".sum()", ".mean()")],
    "mean_twice": [(".sum()", ".mean() / len(x)")],
    "factor_x_forgotten": [("(grad_y_pred * x**2)", "grad_y_pred")],
    "factor_x_forgotten ": [("(grad_y_pred * x)", "grad_y_pred")],
    "wrong_power": [("x**3).sum()", "x**2).sum()")],
    "by_x": [("(grad_y_pred * x**2)", "(grad_y_pred * 2 * x)"), ("(grad_y_pred * x**3)", "(grad_y_pred * 3 * x**2)")],
    "by_x ": [
        ("grad_y_pred.sum()", "0"),
        ("(grad_y_pred * x)", "grad_y_pred"),
        ("(grad_y_pred * x**2)", "(grad_y_pred * 2 * x)"),
        ("(grad_y_pred * x**3)", "(grad_y_pred * 3 * x**2)"),
    ],
    "parameters_reversed": [("(a + b * x + c * x**2 + d * x**3 - y)", "(np.polyval([a, b, c, d], x) - y)")],
    "times_for_power": [("(grad_y_pred * x**2)", "(grad_y_pred * x * 2)"), ("* x**3)", "* x * 3)")],
    "summed_first": [("3 - y)\n", "3 - y).sum()\n"), ("grad_y_pred.sum()", "grad_y_pred")],
    "squared ": [("(grad_y_pred * x**2)", "((grad_y_pred * x) ** 2)")],
    "float32 ": [  # measured
        ("grad_c = ", "L = lambda c: ((a + b * x + c * x**2 + d * x**3 - y) ** 2).sum()\n    grad_c = "),
        ("(grad_y_pred * x**2).sum()", "(L(c + 1e-8) - L(c - 1e-8)) / 2e-8"),
    ],
    "swapped": [("return grad_a, grad_b, grad_c", "return grad_a, grad_c, grad_b")],
    "not_returned": [("    return grad_a", "    grad_a")],
    "wrong_number": [(", grad_d\n", "\n")],
    "not_reduced": [("(grad_y_pred * x).sum()", "grad_y_pred * x")],
    "broadcast": [("grad_y_pred = ", "x = x[:, None]\n    grad_y_pred = ")],
    "not_subtracted": [(" - y)", ")")],
    "squared": [("3 - y)", "3 - y) ** 2")],
    "integer": [("grad_y_pred = ", "x, y = np.trunc(x), np.trunc(y)\n    grad_y_pred = ")],
    "float32": [("grad_y_pred = ", "x = np.float32(x)\n    grad_y_pred = ")],
    "constant": [("grad_c = ", "grad_c = 0.0 * ")],
    "changed_in_place": [("grad_y_pred = ", "y -= 1\n    grad_y_pred = ")],
    "exception": [("x**2).sum()", "x**2).total()")],
    "caret": [("(grad_y_pred * x**2)", "(grad_y_pred * x^2)")],
}
MOMENTUM = {
    "uphill": [("-= learning_rate", "+= learning_rate")],
    "steps_halved": [("2 * (y_pred", "(y_pred")],
    "steps_doubled": [("2 * (y_pred", "4 * (y_pred")],
    "mean_for_sum": [("x).sum()", "x).mean()"), ("pred.sum()", "pred.mean()"), ("x**2).sum()", "x**2).mean()")],
    "rate_ignored": [("learning_rate * velocity", "1e-6 * velocity")],
    "no_momentum ": [
        ("momentum * velocity_a + ", "momentum * "),
        ("momentum * velocity_b + ", "momentum * "),
        ("momentum * velocity_c + ", "momentum * "),
    ],
    "anothers_step": [("-= learning_rate * velocity_b", "-= learning_rate * velocity_a")],
    "anothers_step ": [
        ("-= learning_rate * velocity_c", "-= learning_rate * velocity_a"),
        ("e * velocity_b", "e * velocity_a"),
    ],
    "no_gradient_in_it": [("learning_rate * velocity", "learning_rate  # velocity")],
    "velocity_reversed": [("momentum * v", "-momentum * v")],
    "momentum_on_both": [("+ grad", "+ momentum * grad"), ("+ (grad", "+ momentum * (grad")],
    "momentum_complement": [("momentum * v", "(1 - momentum) * v")],
    "velocity_added": [
        ("velocity_a = m", "velocity_a += m"),
        ("velocity_b = m", "velocity_b += m"),
        ("velocity_c = m", "velocity_c += m"),
    ],
    "rate_twice": [("+ grad", "+ learning_rate * grad"), ("+ (grad", "+ learning_rate * (grad")],
    "parameter_is_array": [("(grad_y_pred * x).sum()", "grad_y_pred * x")],
    "yields_seldom": [
        ("    while True:\n", "    for t in range(10**9):\n"),
        ("yield loss, (a, b, c)", "if t % 100 == 99: yield loss, (a, b, c)"),
    ],
    "yields_seldom ": [
        ("    while True:\n", "    for t in range(10**9):\n"),
        ("yield loss, (a, b, c)", "if t % 100 == 0: yield loss, (a, b, c)"),
    ],
    "loss_rounded": [("yield loss", "yield round(loss, 3)")],
    "loss_rounded ": [("yield loss", "yield round(loss)")],
    "no_momentum": [("momentum * velocity_a", "0"), ("momentum * velocity_b", "0"), ("momentum * velocity_c", "0")],
    "momentum_fixed": [("momentum * v", "0.9 * v")],
    "added_up": [("momentum * v", "v")],
    "kept_whole": [
        ("momentum * velocity_a + grad_y_pred.sum()", "velocity_a + momentum * grad_y_pred.sum()"),
        ("momentum * velocity_b + ", "velocity_b + momentum * "),
        ("momentum * velocity_c + ", "velocity_c + momentum * "),
    ],
    "averaged": [("+ grad", "+ (1 - momentum) * grad"), ("+ (grad", "+ (1 - momentum) * (grad")],
    "yields_late": [
        ("yield loss, (a, b, c)", "pass"),
        ("c -= learning_rate * velocity_c", "c -= learning_rate * velocity_c\n        yield loss, (a, b, c)"),
    ],
    "yields_twice": [("yield loss, (a, b, c)", "yield loss, (a, b, c)\n        yield loss, (a, b, c)")],
    "ends": [("while True", "for _ in range(5)")],
    "yields_once": [
        ("while True", "for _ in range(5)"),
        ("        yield loss, (a, b, c)\n", ""),
        ("c -= learning_rate * velocity_c\n", "c -= learning_rate * velocity_c\n    yield loss, (a, b, c)\n"),
    ],
    "ends ": [("while True", "for _ in range(2000)")],
    "start_ignored": [("= start", "= 1.0, 1.0, 1.0")],
    "integer_start": [("= start", "= map(int, start)")],
    "start_reversed": [("a, b, c = start", "c, b, a = start")],
    "loss_is_mean": [("** 2).sum()  #", "** 2).mean()  #")],
    "loss_halved": [("((y_pred - y) ** 2).sum()", "((y_pred - y) ** 2).sum() / 2")],
    "loss_wrong": [("((y_pred - y) ** 2).sum()", "abs(y_pred - y).sum()")],
    "loss_broadcast": [("((y_pred - y) ** 2).sum()", "((y_pred[:, None] - y) ** 2).sum()")],
    "loss_float32": [("((y_pred - y) ** 2).sum()", "np.float32(((y_pred - y) ** 2).sum())")],
    "never_moves": [("-= learning_rate", "- learning_rate")],
    "never_moves ": [
        ("+ grad_y_pred.sum()", ""),
        ("+ (grad_y_pred * x).sum()", ""),
        ("+ (grad_y_pred * x**2).sum()", ""),
    ],
    "wrong_number_of_parameters": [("loss, (a, b, c)", "loss, (a, b)")],
    "no_training_loop": [("yield loss, (a, b, c)", "return loss, (a, b, c)")],
    "no_training_loop ": [("yield loss, (a, b, c)", "yield loss")],
    "no_training_loop  ": [("yield loss, (a, b, c)", "yield (a, b, c), loss")],
    "no_training_loop    ": [("yield loss, (a, b, c)", "yield np.array([a, b, c]), loss")],
    "no_training_loop   ": [("yield loss, (a, b, c)", "yield f'{loss:.3f}', (a, b, c)")],
    "no_training_loop     ": [("yield loss, (a, b, c)", "print(loss)")],
    "no_training_loop      ": [("yield loss, (a, b, c)", "if False:\n            yield loss")],
    "changed_in_place": [("y_pred = a", "y += 0.5\n        y_pred = a")],
    "exception": [("(y_pred - y)  # b", "(y_pred - z)  # b")],
    "waits": [("yield loss, (a, b, c)", "yield loss, (a, b, c)\n        import time\n        time.sleep(100)")],
    "too_slow": [("yield loss, (a, b, c)", "if loss < 0:\n            yield loss, (a, b, c)")],
    "signature": [("learning_rate: float, momentum: float", "learning_rate: float")],
    "float32": [("x, y = data.x, data.y", "x, y = np.float32(data.x), np.float32(data.y)")],
    "other_state": [("velocity_b + (grad_y_pred * x).sum()", "velocity_b + (grad_y_pred * x).sum() ** 3")],
    "broadcast": [("x, y = data.x, data.y", "x, y = data.x, data.y[:, None]")],
}
MOMENTUM_WHOLE = {  # what cannot be made by changing a line or two
    "velocity_late": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                w -= learning_rate * v
                v = momentum * v + 2 * X @ error
    """,
    "velocity_shared": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), 0.0, np.stack([data.x**k for k in range(3)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                for k, gradient in enumerate(2 * X @ error):
                    v = momentum * v + gradient
                    w[k] -= learning_rate * v
    """,
    "ahead": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                gradient = 2 * X @ error
                v = momentum * v + gradient
                w -= learning_rate * (gradient + momentum * v)
    """,
    "one_by_one": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            while True:
                yield ((w @ X - data.y) ** 2).sum(), w
                for k in range(3):
                    v[k] = momentum * v[k] + 2 * X[k] @ (w @ X - data.y)
                    w[k] -= learning_rate * v[k]
    """,
    "old_gradient": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            gradient = None
            while True:
                error = w @ X - data.y
                yield error @ error, w
                gradient = 2 * X @ error if gradient is None else gradient
                v = momentum * v + gradient
                w -= learning_rate * v
                gradient = 2 * X @ error
    """,
    "loss_early": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            loss = ((w @ X - data.y) ** 2).sum()
            while True:
                yield loss, w
                error = w @ X - data.y
                loss = error @ error
                v = momentum * v + 2 * X @ error
                w -= learning_rate * v
    """,
    "loss_late": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            while True:
                v = momentum * v + 2 * X @ (w @ X - data.y)
                before, w = w, w - learning_rate * v
                yield ((w @ X - data.y) ** 2).sum(), before
    """,
    "yields_every_other": """
        def momentum_training(data, start, learning_rate, momentum):
            w, v, X = np.array(start), np.zeros(3), np.stack([data.x**k for k in range(3)])
            while True:
                error = w @ X - data.y
                yield error @ error, w
                for _ in range(2):
                    v = momentum * v + 2 * X @ (w @ X - data.y)
                    w -= learning_rate * v
    """,
}

EDITS = {"line_gradients": LINE, "cubic_gradients": CUBIC, "momentum_training": {**MOMENTUM, **MOMENTUM_WHOLE}}
ANSWERS = [
    ("line_gradients", "not_a_function", 3.0),
    ("fast_learning_rate", "rate_not_positive", -1e-6),
    ("fast_learning_rate", "rate_too_small", 1e-6),
    ("fast_learning_rate", "rate_far_too_small", 1e-10),
    ("fast_learning_rate", "rate_too_near", 3.55e-6),
    ("fast_learning_rate", "rate_over_the_limit", 3.56e-6),
    ("fast_learning_rate", "rate_over_the_limit", 1.0),
    ("fast_learning_rate", "rate_over_the_limit", 1e-3),
    ("fast_learning_rate", "rate_at_the_limit", 3.558e-6),
    ("fast_learning_rate", "rate_at_the_limit", 3.5579e-6),
    ("fast_learning_rate", "rate_for_the_mean", 7e-3),
    ("fast_learning_rate", "no_number", "3e-6"),
    ("fast_learning_rate", "no_number", float("nan")),
]
RIGHT_TOO = {
    "line_gradients": [
        [("return grad_m, grad_b", "return [np.array(grad_m), float(grad_b)]")],
        [("return grad_m, grad_b", "return np.array([grad_m, grad_b])")],
        [("(2 * (y_pred - y) * x).mean()", "2 * (y_pred - y) @ x / len(x)")],
    ],
    "cubic_gradients": [
        [("(grad_y_pred * x**3).sum()", "sum(e * t**3 for e, t in zip(grad_y_pred, x))")],
        [("- y)\n", "- y)\n    x, y = x + 0.0, None\n")],
    ],
    "momentum_training": [
        [  # the learning rate may be a part of the velocity
            ("+ grad", "+ learning_rate * grad"),
            ("+ (grad", "+ learning_rate * (grad"),
            ("-= learning_rate * v", "-= v"),
        ],
        [("yield loss, (a, b, c)", "yield float(loss), [a, b, np.float64(c)]")],
        [("while True", "for _ in range(10**9)")],
    ],
}
