"""The mistakes of notebook 06, see `notebook_01.py`."""

TWO = "return x2, x2 * x"
POWERS = {
    "power_used": [(TWO, "return x2, x**3")],
    "power_used ": [("x * x\n", "np.power(x, 2)\n")],
    "power_used  ": [(TWO, "return x2, np.float_power(x, 3)")],
    "too_many_products": [(TWO, "return x2, x * x * x")],
    "nothing_multiplied": [("x * x\n", "np.array([t * t for t in x.tolist()])\n"), (TWO, "return x2, x2 * x.tolist()")],
    "powers_swapped": [(TWO, "return x2 * x, x2")],
    "one_power_too_many": [(TWO, "return x2 * x, x2 * x2")],
    "not_two_arrays": [(TWO, "return x2 * x")],
    "not_two_arrays ": [(TWO, "return x, x2, x2 * x")],
    "not_two_arrays  ": [(TWO, "return 4.0")],
    "not_the_shape": [("x * x\n", "x @ x\n")],
    "not_the_shape ": [(TWO, "return x2, (x2 * x).sum()")],
    "changed_in_place": [(TWO, "x *= x2\n    return x2, x")],
    "not_returned": [("    return ", "    ")],
    "yield_for_return": [("return ", "yield ")],
    "not_a_number": [(TWO, "return 'x2', x2 * x")],
    "float32": [(TWO, "return x2, np.float32(x2 * x)")],
    "other": [(TWO, "return x2, x2 + x")],
    "right_for_the_example_only": [(TWO, "return x2, x2 * x + (len(x) > 3)")],
    "signature": [("x: Any", "")],
    "exception": [("x2 * x", "x2 * y")],
}
RESULT = "return 2 * (XXt @ w - Xy)"
MOMENTS = {
    "no_factor_two": [("2 * (XXt @ w - Xy)", "XXt @ w - Xy")],
    "factor_doubled": [("2 *", "4 *")],
    "half_a_bracket": [("2 * (XXt @ w - Xy)", "2 * XXt @ w - Xy")],
    "half_a_bracket ": [("2 * (XXt @ w - Xy)", "XXt @ w - 2 * Xy")],
    "moments_reversed": [("XXt @ w - Xy", "Xy - XXt @ w")],
    "moments_added": [("XXt @ w - Xy", "XXt @ w + Xy")],
    "without_y": [(" - Xy", "")],
    "already_solved": [(RESULT, "return np.linalg.solve(XXt, Xy)")],
    "gradient_of_the_mean": [(RESULT, "return 2 * (XXt @ w - Xy) / XXt[0, 0]")],
    "digits_cut": [("return ", "return np.round("), ("- Xy)", "- Xy), 3)")],
    "elementwise": [("XXt @ w", "XXt * w")],
    "not_a_vector": [(RESULT, "return w @ XXt @ w - 2 * w @ Xy")],
    "not_a_vector ": [(RESULT, "return (2 * (XXt @ w - Xy))[:, None]")],
    "changed_in_place": [(RESULT, "Xy -= XXt @ w\n    return -2 * Xy")],
    "not_returned": [("    return ", "    ")],
    "yield_for_return": [("return ", "yield ")],
    "not_a_number": [(RESULT, "return str(XXt @ w)")],
    "float32": [(RESULT, "return np.float32(2 * (XXt @ w - Xy))")],
    "other": [("XXt @ w", "XXt @ w**3")],
    "right_for_the_example_only": [(RESULT, "return 2 * (XXt @ w - Xy) + (XXt[0, 0] > 3)")],
    "signature": [("XXt: Any, Xy: Any, w: Any", "XXt: Any, w: Any")],
    "exception": [("@ w", "@ v")],
}

EDITS = {"powers_once": POWERS, "moments_gradient": MOMENTS}
ANSWERS = [
    ("powers_once", "not_a_function", 3.0),
    ("megabytes_per_step", "four_bytes", 200),
    ("megabytes_per_step", "y_not_read", 320),
    ("megabytes_per_step", "only_x_and_y", 160),
    ("megabytes_per_step", "in_bits", 3200),
    ("megabytes_per_step", "in_bytes", 4e8),
    ("megabytes_per_step", "too_small", 10),
    ("megabytes_per_step", "bytes_per_point", 40),
    ("megabytes_per_step", "millions_of_numbers", 50),
    ("megabytes_per_step", "in_mebibytes", 381.47),
    ("megabytes_per_step", "no_number", "400 MB"),
    ("megabytes_per_step", "too_large", 4000),
    ("megabytes_per_step", "number_negative", -400),
]
RIGHT_TOO = {
    "powers_once": [
        [("x * x\n", "x**2\n")],
        [("x * x\n", "np.square(x)\n"), ("return x2, x2 * x", "return [x2, np.multiply(x, x2)]")],
        [("return x2, x2 * x", "x3 = x2 * x\n    return np.stack([x2, x3])")],
    ],
    "moments_gradient": [
        [("2 * (XXt @ w - Xy)", "2 * XXt @ w - 2 * Xy")],
        [("2 * (XXt @ w - Xy)", "[2 * (row @ w - t) for row, t in zip(XXt, Xy)]")],
        [("XXt @ w - Xy", "np.dot(w, XXt) - Xy")],
    ],
}
