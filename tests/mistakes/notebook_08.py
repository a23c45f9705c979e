"""The mistakes of notebook 08, see `notebook_01.py`."""

from polyfit_exercises.lessons import notebook_08 as lessons

PRODUCT = "return Array(a.value * b.value, (a, lambda grad: grad * b.value), (b, lambda grad: grad * a.value))"
OF_A, OF_B = "lambda grad: grad * b.value", "lambda grad: grad * a.value"
MULTIPLY = {
    "no_memory": [(PRODUCT, "return a.value * b.value")],
    "no_memory ": [(PRODUCT, "return a.value * b.value, a, b")],
    "values_wanted": [("a.value * b.value,", "a * b,")],
    "rules_are_one": [
        (
            PRODUCT,
            "pairs = [(one, lambda grad: grad * other.value) for one, other in ((a, b), (b, a))]\n    " + PRODUCT,
        ),
        (f"(a, {OF_A}), (b, {OF_B})", "*pairs"),
    ],
    "rule_returns_several": [(OF_A, "lambda grad: (grad * b.value, grad * a.value)")],
    "dot_for_product": [("a.value * b.value,", "np.dot(a.value, b.value),")],
    "dot_for_product ": [("a.value * b.value,", "a.value @ b.value if a.value.ndim else a.value * b.value,")],
    "values_wanted ": [(OF_A, "lambda grad: grad * b")],
    "values_wanted  ": [("a.value * b.value,", "a.value * b,")],
    "calls_itself": [("a.value * b.value,", "multiply(a, b),")],
    "parents_in_a_list": [
        (PRODUCT, f"return Array(a.value * b.value, [(a, {OF_A}), (b, {OF_B})])"),
    ],
    "no_rule": [(f"(a, {OF_A})", "a")],
    "no_rule ": [(f"(a, {OF_A}), (b, {OF_B})", "(a, b)"), ("(a, b))", "(a, b, None))")],
    "no_rule  ": [(PRODUCT, "return Array(a.value * b.value, (a, b))")],
    "grad_of_the_parent": [(OF_A, "lambda grad: a.grad * b.value")],
    "rule_returns_nothing ": [
        (PRODUCT, f"def rule(grad):\n        a.grad = grad * b.value\n\n    {PRODUCT}"),
        (OF_A, "rule"),
    ],
    "pair_reversed": [(f"(a, {OF_A})", f"({OF_A}, a)")],
    "parent_is_no_array": [("(a, lambda", "(a.value, lambda")],
    "rule_is_no_function": [(OF_A, "b.value")],
    "parent_missing": [(f", (b, {OF_B})", "")],
    "parent_missing ": [(f", (a, {OF_A}), (b, {OF_B})", "")],
    "rule_takes_the_gradient": [(OF_A, "lambda: b.value"), (OF_B, "lambda: a.value")],
    "rule_returns_nothing": [(OF_A, "lambda grad: print(grad * b.value)")],
    "share_remembers": [(OF_A, "lambda grad: Array(grad * b.value)")],
    "value_shape": [("a.value * b.value,", "[a.value * b.value],")],
    "share_shape": [(OF_A, "lambda grad: [grad * b.value]")],
    "grad_left_out": [(OF_A, "lambda grad: b.value"), (OF_B, "lambda grad: a.value")],
    "grad_left_out ": [(OF_B, "lambda grad: a.value")],
    "grad_is_added": [(OF_A, "lambda grad: grad + b.value"), (OF_B, "lambda grad: grad + a.value")],
    "handed_on": [(OF_A, "lambda grad: grad"), (OF_B, "lambda grad: grad")],
    "times_the_result": [(OF_A, "lambda grad: grad * a.value * b.value")],
    "factors_swapped": [(OF_A, "lambda grad: grad * A"), (OF_B, "lambda grad: grad * b.value"), ("* A", "* a.value")],
    "factors_swapped ": [("(a, lambda", "(?, lambda"), ("(b, lambda", "(a, lambda"), ("(?, lambda", "(b, lambda")],
    "factors_swapped  ": [(OF_A, OF_B)],
    "plus_for_times": [("a.value * b.value,", "a.value + b.value,")],
    "value_of_one_factor": [("a.value * b.value,", "a.value,")],
    "changed_in_place": [(PRODUCT, f"a.value *= b.value\n    return Array(a.value, (a, {OF_A}), (b, {OF_B}))")],
    "gradient_in_place": [
        (PRODUCT, "def rule(grad):\n        grad *= b.value\n        return grad\n" + f"    {PRODUCT}"),
        (OF_A, "rule"),
    ],
    "not_returned": [("return Array", "Array")],
    "not_a_number": [("a.value * b.value,", "a.value * b.value, "), (OF_A, "lambda grad: 'b'")],
    "float32": [(OF_A, "lambda grad: np.float32(grad * b.value)")],
    "ratio": [(OF_A, "lambda grad: grad * 7 * b.value")],
    "other": [(OF_A, "lambda grad: grad * b.value**3")],
    "exception": [(OF_A, "lambda grad: gradient * b.value")],
    "signature": [("a: Array, b: Array", "a: Array")],
}
TOTAL_OF = "lambda grad: grad * np.ones_like(a.value)"
TOTAL = {
    "rows_for_total": [("a.value.sum(),", "sum(a.value),")],
    "columns_for_total": [("a.value.sum(),", "a.value.sum(axis=-1),")],
    "not_spread": [(TOTAL_OF, "lambda grad: grad")],
    "not_spread ": [(TOTAL_OF, "lambda grad: grad * a.value.size")],
    "share_shape": [(TOTAL_OF, "lambda grad: grad * np.ones(a.value.size + 1)")],
    "divided_among_all": [("np.ones_like(a.value)", "np.ones_like(a.value) / a.value.size")],
    "divided_among_all ": [(TOTAL_OF, "lambda grad: np.full(a.value.shape, grad / a.value.size)")],
    "grad_left_out": [(TOTAL_OF, "lambda grad: np.ones_like(a.value)")],
    "times_own_value": [(TOTAL_OF, "lambda grad: grad * a.value")],
    "times_own_value ": [(TOTAL_OF, "lambda grad: a.value")],
    "times_the_result": [(TOTAL_OF, "lambda grad: grad * a.value.sum() * np.ones_like(a.value)")],
    "mean_for_total": [("a.value.sum()", "a.value.mean()")],
    "value_shape": [("a.value.sum()", "a.value.sum(axis=0, keepdims=True)")],
    "values_wanted": [("a.value.sum()", "a.sum()")],
    "values_wanted ": [("a.value.sum()", "np.sum(a)")],
    "values_wanted  ": [("a.value.sum()", "sum(a)")],
    "no_memory": [("return Array(a.value.sum(), (a, " + TOTAL_OF + "))", "return a.value.sum()")],
    "parent_missing": [(", (a, " + TOTAL_OF + ")", "")],
    "parents_in_a_list": [("(a, " + TOTAL_OF + ")", "((a, " + TOTAL_OF + "),)")],
    "rule_is_no_function": [(TOTAL_OF, "np.ones_like(a.value)")],
    "not_returned": [("return Array", "Array")],
}
POWER_OF = "lambda grad: grad * n * a.value ** (n - 1)"
POWER = {
    "factor_n_missing": [("grad * n * a", "grad * a")],
    "exponent_not_lowered": [("** (n - 1)", "** n")],
    "exponent_not_lowered ": [("a.value ** (n - 1)", "a.value**n - 0")],
    "exponent_lowered_twice": [("** (n - 1)", "** (n - 2)")],
    "factor_n_lowered": [("grad * n *", "grad * (n - 1) *")],
    "grad_left_out": [("grad * n *", "n *")],
    "handed_on": [(POWER_OF, "lambda grad: grad")],
    "times_own_value": [(POWER_OF, "lambda grad: grad * a.value**n")],
    "n_times": [("a.value**n,", "a.value * n,")],
    "n_is_fixed": [("a.value**n,", "a.value**2,"), (POWER_OF, "lambda grad: grad * 2 * a.value")],
    "n_is_fixed ": [(POWER_OF, "lambda grad: grad * 2 * a.value")],
    "base_and_exponent": [("a.value**n,", "n**a.value,")],
    "value_is_derivative": [("a.value**n,", "n * a.value ** (n - 1),")],
    "number_has_no_value": [("a.value**n,", "a.value**n.value,")],
    "parent_is_no_array": [("(a, " + POWER_OF + ")", "(a, " + POWER_OF + "), (n, lambda grad: 0.0)")],
    "values_wanted": [("a.value**n,", "a**n,")],
    "caret": [("a.value**n,", "a.value ^ n,")],
    "minus_one_outside ": [(POWER_OF, "lambda grad: grad * (n * a.value**n - 1)")],
    "math_of_many": [("a.value**n,", "__import__('math').pow(a.value, n),")],
    "grad_inside_power": [(POWER_OF, "lambda grad: n * (grad * a.value) ** (n - 1)")],
    "minus_one_outside": [(POWER_OF, "lambda grad: grad * n * a.value**n - 1")],
    "derivative_by_exponent": [(POWER_OF, "lambda grad: grad * a.value**n * np.log(a.value)")],
    "not_at_zero": [(POWER_OF, "lambda grad: grad * n * a.value**n / a.value")],
    "not_at_zero ": [(POWER_OF, "lambda grad: grad * n * np.divide(a.value**n, a.value)")],
    "not_returned": [("return Array", "Array")],
    "right_for_the_example_only": [("grad * n *", "grad * (n if n == 4 else 7) *")],
}
RESULT = "return gradient.sum(axis=(*range(new), *stretched)).reshape(shape)"
UNDO = {
    "broadcasting_left": [(RESULT, "return gradient")],
    "broadcasting_left ": [(RESULT, "return gradient.copy()")],
    "stretched_axes_left": [(RESULT, "return gradient.sum(axis=tuple(range(new)))")],
    "new_axes_left": [(RESULT, "return gradient.sum(axis=tuple(stretched), keepdims=True)")],
    "axes_of_one_lost": [(".reshape(shape)", "")],
    "everything_summed": [(RESULT, "return gradient.sum()")],
    "everything_summed ": [(RESULT, "return np.full(shape, gradient.sum())")],
    "undone_shape": [
        (RESULT, "return gradient.sum(axis=0)"),
        ("new =", "if gradient.ndim == 0:\n        return gradient\n    new ="),
    ],
    "axes_counted_too_early": [
        (
            RESULT,
            "ones = tuple(axis for axis, length in enumerate(shape) if length == 1)\n"
            "    return gradient.sum(axis=ones, keepdims=True).sum(axis=tuple(range(new)))",
        )
    ],
    "no_such_axis": [(RESULT, "return gradient.sum(axis=1)")],
    "share_averaged": [("gradient.sum(", "gradient.mean(")],
    "largest_of_many": [("gradient.sum(", "gradient.max(")],
    "one_of_many": [(RESULT, "return np.resize(gradient, shape)")],
    "one_of_many ": [
        (RESULT, "for axis in (*range(new), *stretched):\n        gradient = gradient.take([0], axis)\n    " + RESULT)
    ],
    "wrong_axis": [("gradient.sum(", "(gradient.T if gradient.shape == (4, 4) else gradient).sum(")],
    "wrong_axis ": [(RESULT, "return gradient.sum(axis=tuple(range(len(shape), gradient.ndim)))")],
    "reshaped_only": [(RESULT, "return gradient.reshape(shape)")],
    "reshaped_only ": [("new + axis for", "axis for")],
    "changed_in_place": [(RESULT, "gradient += 1\n    " + RESULT)],
    "not_returned": [("return ", "")],
    "exception": [("gradient.ndim", "gradient.dimensions")],
    "other": [(".sum(", ".std(")],
}
ORDER = {
    "visited_twice": [("if array not in seen:", "if True:")],
    "visited_twice ": [("            seen.add(array)\n", "")],
    "parents_first": [("order[::-1]", "order")],
    "before_its_turn": [
        ("            order.append(array)\n", ""),
        ("seen.add(array)\n", "seen.add(array)\n            order.append(array)\n"),
        ("order[::-1]", "order"),
    ],
    "before_its_turn ": [  # breadth first
        (
            "    visit(output)\n",
            "    order, todo = [], [output]\n    while todo:\n        array = todo.pop(0)\n"
            "        if array not in order:\n            order.append(array)\n"
            "            todo += [parent for parent, _ in array.parents]\n",
        ),
        ("order[::-1]", "order"),
    ],
    "before_its_turn  ": [("return order[::-1]", "return sorted(order, key=lambda array: array.value)[::-1]")],
    "kept_between_calls": [("output: Array)", "output, seen=set())"), ("order, seen = [], set()", "order = []")],
    "kept_between_calls ": [
        ("order, seen = [], set()", "order, seen = [], in_order.__dict__.setdefault('seen', set())")
    ],
    "compared_by_value": [
        ("array not in seen", "float(array.value) not in seen"),
        ("add(array)", "add(float(array.value))"),
    ],
    "compared_by_value ": [("array not in seen", "not any(np.array_equal(array.value, one.value) for one in seen)")],
    "every_path": [
        ("if array not in seen:", "if True:"),
        ("return order[::-1]", "return list(dict.fromkeys(order))[::-1]"),
    ],
    "every_path ": [
        ("if array not in seen:", "if True:"),
        ("order.append(array)", "array in order or order.append(array)"),
    ],
    "output_missing": [("order[::-1]", "order[-2::-1]")],
    "not_all_reached": [("                visit(parent)\n", "                order.append(parent)\n")],
    "not_the_arrays": [("order.append(array)", "order.append((array, None))")],
    "not_the_arrays ": [("order.append(array)", "order.append(array.value)")],
    "arrays_left_over": [("output: Array)", "output, order=[], seen=set())"), ("    order, seen = [], set()\n", "")],
    "no_order ": [("return order[::-1]", "return seen")],
    "no_order": [("return order[::-1]", "return len(order)")],
    "not_returned": [("return ", "")],
    "not_returned ": [("return order[::-1]", "return order.reverse()")],
    "yield_for_return": [("return order[::-1]", "yield from order[::-1]")],
    "exception": [("for parent, _ in", "for parent in")],
    "too_slow": [("    visit(output)\n", "    while True:\n        visit(output)\n")],
}
ORDER["not_all_reached"] = [("    visit(output)\n", "    order.append(output)\n")]
SHARE = "share = undo_broadcasting(rule(array.grad), parent.value.shape)"
ADDED = "parent.grad = share if parent.grad is None else parent.grad + share"
SEED = "output.grad = np.ones_like(output.value)"
BACKWARD = {
    "not_called": [(SHARE, "share = undo_broadcasting(rule * array.grad, parent.value.shape)")],
    "gradients_taken_away": [(ADDED, f"{ADDED}\n        array.grad = None")],
    "undo_arguments_swapped": [(SHARE, "share = undo_broadcasting(parent.value.shape, rule(array.grad))")],
    "seed_missing": [(f"    {SEED}\n", "")],
    "seed_missing ": [(SEED, "output.gradient = 1.0")],
    "seed_is_not_one": [(SEED, "output.grad = output.value")],
    "seed_is_not_one ": [("ones_like", "zeros_like")],
    "sent_before_received": [("in in_order(output)", "in in_order(output)[::-1]"), (SEED, "seed = 1.0")],
    "sent_before_received ": [("in in_order(output)", "in reversed(in_order(output))")],
    "sent_too_early": [("in in_order(output)", "in _in_a_wrong_order(output)")],
    "sent_too_early ": [
        ("in_order(output)", "sorted(in_order(output), key=lambda one: -one.value.size)[:0] or breadth(output)"),
        (
            "    output.grad",
            "    def breadth(first):\n        found = [first]\n        for array in found:\n"
            "            found += [parent for parent, _ in array.parents if parent not in found]\n"
            "        return found\n\n    output.grad",
        ),
    ],
    "calls_a_stub": [("in in_order(output)", "in _unwritten(output)")],
    "sent_twice": [("in in_order(output)", "in in_order(output) + in_order(output)")],
    "sent_twice ": [  # without an order: everybody sends on what has just come
        ("    for array in in_order(output):\n", "    def send(array):\n"),
        (ADDED, ADDED + "\n            send(parent)\n    send(output)"),
    ],
    "not_all_reached": [("in in_order(output)", "in [output]")],
    "sent_before_received  ": [("in array.parents", "in array.parents[:1]")],
    "overwritten_share": [(ADDED, "parent.grad = share")],
    "overwritten_share ": [(ADDED, "parent.grad = parent.grad or share")],
    "added_to_none": [(ADDED, "parent.grad += share")],
    "added_to_none ": [(ADDED, "parent.grad = parent.grad + share")],
    "asked_for_truth": [(ADDED, ADDED.replace("parent.grad is None", "parent.grad == None"))],
    "shape_of_an_array": [(SHARE, SHARE.replace("parent.value.shape", "parent.shape"))],
    "shape_of_an_array ": [(SHARE, SHARE.replace("parent.value.shape", "array.value.shape"))],
    "gradient_keeps_shape ": [(SHARE, "share = rule(array.grad) + np.zeros_like(array.value)")],
    "rule_given_other ": [("rule(array.grad)", "rule(array.value)")],
    "gradient_in_place": [
        (
            SHARE,
            "share = rule(array.grad)\n            if np.shape(share) != parent.value.shape:\n"
            "                share = undo_broadcasting(share, parent.value.shape)",
        ),
        (
            ADDED,
            "if parent.grad is None:\n                parent.grad = share\n            else:\n"
            "                parent.grad += share",
        ),
    ],
    "gradient_keeps_shape": [(SHARE, "share = rule(array.grad)")],
    "rule_given_other": [("rule(array.grad)", "rule(output.grad)")],
    "values_changed": [(ADDED, ADDED + "\n            parent.value -= 1e-6 * parent.grad")],
    "values_changed ": [(SEED, SEED + "\n    output.value = np.ones(())")],
    "not_a_number": [(SEED, "output.grad = 'one'"), ("(rule(array.grad), ", "(rule(1.0 + np.zeros(())), ")],
    "other": [(ADDED, ADDED.replace("+ share", "+ 2 * share"))],
    "exception": [("parent.value.shape", "parent.value.size_of")],
    "signature": [("output: Array", "output: Array, grad")],
}

GIVEN = {name: getattr(lessons, name) for name in ("Array", "in_order", "undo_broadcasting")}
EDITS = {
    "multiply": MULTIPLY,
    "undo_broadcasting": UNDO,
    "in_order": ORDER,
    "backward": BACKWARD,
    "total": TOTAL,
    "to_the_power": POWER,
}
ANSWERS = [
    ("share_of_a_factor", "grad_is_missing", 5),
    ("share_of_a_factor", "own_factor", 6),
    ("share_of_a_factor", "both_factors", 30),
    ("share_of_a_factor", "gradient_alone", 3),
    ("share_of_a_factor", "grad_plus_factor", 8),
    ("share_of_a_factor", "value_of_the_product", 10),
    ("share_of_a_factor", "number_negative", -15),
    ("share_of_a_factor", "too_large", 100),
    ("share_of_a_factor", "too_small", 1),
    ("share_of_one_number", "wrong_choice", "a"),
    ("order_of_the_walk", "wrong_choice", "a"),
]
KAHN = """\
    waiting, todo = {}, [output]
    while todo:
        array = todo.pop()
        for parent, _ in array.parents:
            if parent not in waiting:
                waiting[parent] = 0
                todo.append(parent)
            waiting[parent] += 1
    order = [output]
    for array in order:
        for parent, _ in array.parents:
            waiting[parent] -= 1
            if waiting[parent] == 0:
                order.append(parent)
    return order

    order"""
RIGHT_TOO = {
    "multiply": [
        [(OF_A, "lambda g: np.multiply(b.value, g)")],
        [(f"(a, {OF_A}), (b, {OF_B})", f"(b, {OF_B}), [a, {OF_A}]")],
        [(PRODUCT, "def rule(grad):\n        return grad * b.value\n\n    " + PRODUCT), (OF_A, "rule")],
    ],
    "total": [
        [(TOTAL_OF, "lambda grad: np.full(a.value.shape, grad)")],
        [(TOTAL_OF, "lambda grad: np.broadcast_to(grad, a.value.shape)"), ("a.value.sum()", "np.sum(a.value)")],
    ],
    "to_the_power": [
        [(POWER_OF, "lambda grad: n * a.value ** (n - 1.0) * grad"), ("a.value**n", "np.power(a.value, n)")]
    ],
    "undo_broadcasting": [
        [
            (
                RESULT,
                "while gradient.ndim > len(shape):\n        gradient = gradient.sum(axis=0)\n"
                "    for axis, length in enumerate(shape):\n        if length == 1:\n"
                "            gradient = gradient.sum(axis=axis, keepdims=True)\n    return gradient",
            )
        ],
        [("return ", "if gradient.shape == shape:\n        return gradient\n    return ")],
    ],
    "in_order": [
        [("return order[::-1]", "order.reverse()\n    return order")],
        [("return order[::-1]", "return reversed(order)")],
        [("order, seen = [], set()", KAHN.strip() + ", seen = [], set()")],
    ],
    "backward": [
        [(SEED, "output.grad = 1.0")],
        [
            (SEED, "for array in in_order(output):\n        array.grad = np.zeros_like(array.value)\n    " + SEED),
            (ADDED, "parent.grad += share"),
        ],
        [(ADDED, "parent.grad = share + (0 if parent.grad is None else parent.grad)")],
    ],
}


def _in_a_wrong_order(output):
    """Depth first, each array before its parents: what many write at first."""
    found = []

    def visit(array):
        if array not in found:
            found.append(array)
            for parent, _ in array.parents:
                visit(parent)

    visit(output)
    return found


def _unwritten(output):
    raise NotImplementedError("your turn")


GIVEN |= {"_in_a_wrong_order": _in_a_wrong_order, "_unwritten": _unwritten}
