"""The mistakes of notebook 07, see `notebook_01.py`."""

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
    "changed_in_place": [("y_pred = a", "y += 0.5\n        y_pred = a")],
    "exception": [("(y_pred - y)  # b", "(y_pred - z)  # b")],
    "no_training_loop     ": [("yield loss, (a, b, c)", "print(loss)")],
    "no_training_loop      ": [("yield loss, (a, b, c)", "if False:\n            yield loss")],
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
TOTAL = "grad_u.sum(), (grad_u * x).sum()"
P3 = {
    "factor_missing": [("2 * (a", "(a")],
    "factor_doubled": [("2 * (a", "4 * (a")],
    "factor_doubled ": [("- 1) / 2", "- 1)")],
    "reversed": [("2 * (a", "-2 * (a")],
    "wrong_sign": [("grad_u = ", "grad_u = -")],
    "mean_for_sum": [(".sum()", ".mean()")],
    "not_subtracted": [(" - y)", ")")],
    "squared": [("(a + b * p3 - y)", "(a + b * p3 - y) ** 2")],
    "p3_without_b": [("grad_y_pred * b", "grad_y_pred")],
    "p3_not_differentiated": [("b * slope", "b * p3")],
    "p3_slope_at_x": [("5 * u**2", "5 * x**2")],
    "p3_slope_wrong": [("3 * (5 * u**2 - 1)", "(5 * u**2 - 3)")],
    "p3_slope_wrong ": [("(5 * u**2 - 1)", "(5 * u**2)")],
    "p3_slope_forgotten": [("b * slope", "b")],
    "p3_value_forgotten": [("(grad_y_pred * p3)", "grad_y_pred")],
    "p3_value_at_x": [("(grad_y_pred * p3)", "(grad_y_pred * (5 * x**3 - 3 * x) / 2)")],
    "p3_b_too_much": [("(grad_y_pred * p3)", "(grad_y_pred * b * p3)")],
    "p3_by_x": [(TOTAL, "grad_u.sum(), (grad_u * d).sum()")],
    "p3_by_x ": [(TOTAL, "(grad_u * d).sum(), (grad_u * x).sum()")],
    "p3_inside_swapped": [("c + d * x", "c * x + d")],
    "p3_inside_swapped ": [("c + d * x", "c * x + d"), (TOTAL, "(grad_u * x).sum(), grad_u.sum()")],
    "p3_half_forgotten": [("3 * u) / 2", "3 * u)"), ("- 1) / 2", "- 1)")],
    "p3_half_forgotten ": [("3 * u) / 2", "3 * u)")],
    "factor_x_forgotten": [(TOTAL, "grad_u.sum(), grad_u.sum()")],
    "wrong_power": [(TOTAL, "(grad_u * x).sum(), (grad_u * x).sum()")],
    "swapped": [(TOTAL, "(grad_u * x).sum(), grad_u.sum()")],
    "not_reduced": [("grad_u.sum()", "grad_u")],
    "wrong_number": [("(grad_y_pred * p3).sum(), ", "")],
    "not_returned": [("    return ", "    ")],
    "changed_in_place": [("grad_y_pred = ", "y -= 1\n    grad_y_pred = ")],
    "float32": [("grad_u = ", "grad_u = np.float32(1) * np.float32("), ("b * slope\n", "b * slope)\n")],
    "caret": [("5 * u**2", "5 * u^2")],
    "right_for_the_example_only": [("    return ", "    grad_u = grad_u if len(x) == 3 else 7 * grad_u\n    return ")],
    "ratio": [("2 * (a", "3 * (a")],
    "other": [("- y)", "- y) ** 3")],
    "signature": [(", d: float", "")],
    "exception": [("* slope", "* slopes")],
}

EDITS = {"momentum_training": {**MOMENTUM, **MOMENTUM_WHOLE}, "p3_gradients": P3}
ANSWERS = [
    ("second_error", "one_iteration_alone", -0.6),
    ("second_error", "slope_of_the_start", -2.2),
    ("second_error", "step_for_factor", 2.56),
    ("second_error", "number_negative", -0.36),
    ("second_error", "too_large", 1),
]
RIGHT_TOO = {
    "momentum_training": [
        [  # the learning rate may be a part of the velocity
            ("+ grad", "+ learning_rate * grad"),
            ("+ (grad", "+ learning_rate * (grad"),
            ("-= learning_rate * v", "-= v"),
        ],
        [("yield loss, (a, b, c)", "yield float(loss), [a, b, np.float64(c)]")],
        [("while True", "for _ in range(10**9)")],
    ],
    "p3_gradients": [
        [("5 * u**3 - 3 * u) / 2", "2.5 * u * u * u - 1.5 * u) * 1.0")],
        [("grad_u.sum(), (grad_u * x).sum()", "grad_u @ np.ones(len(x)), grad_u @ x")],
        [("p3 = (5 * u**3 - 3 * u) / 2", "p3 = np.polynomial.legendre.legval(u, [0, 0, 0, 1])")],
    ],
}
