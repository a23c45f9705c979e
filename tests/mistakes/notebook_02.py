"""The mistakes of notebook 02: how each solution must be changed to make one, and answers that are right, too.

Edits are pairs of old and new text; a name may end with blanks, so that one mistake can be made in several ways.
"""

FLAT = {
    "every_pair": [("column.squeeze(1) - y", "column - y")],
    "still_a_column": [("column.squeeze(1) - y", "column - y.unsqueeze(1)")],
    "still_a_column ": [("column.squeeze(1) - y", "column.T - y")],
    "folded": [("column.squeeze(1) - y", "(column.squeeze(1) - y).sum()")],
    "not_flat": [("column.squeeze(1) - y", "(column.squeeze(1) - y)[1:]")],
    "pairs_folded": [("column.squeeze(1) - y", "(column - y).sum(1)")],
    "pairs_folded ": [("column.squeeze(1) - y", "(column - y).mean(1)")],
    "pairs_folded  ": [("column.squeeze(1) - y", "(column - y).mean(0)")],
    "pairs_folded   ": [("column.squeeze(1) - y", "(column - y).sum(0)")],
    "every_pair ": [("column.squeeze(1) - y", "(column - y).flatten()")],
    "first_y_only": [("column.squeeze(1) - y", "(column - y)[:, 0]")],
    "first_prediction_only": [("column.squeeze(1)", "column[0]")],
    "errors_reversed": [("column.squeeze(1) - y", "y - column.squeeze(1)")],
    "y_forgotten": [("column.squeeze(1) - y", "column.squeeze(1)")],
    "errors_squared": [("column.squeeze(1) - y", "(column.squeeze(1) - y) ** 2")],
    "errors_squared ": [("column.squeeze(1) - y", "(column.squeeze(1) - y).abs()")],
    "integer_errors": [("column.squeeze(1) - y", "(column.squeeze(1).int() - y.int()).to(y.dtype)")],
    "integer_errors ": [("column.squeeze(1) - y", "(column.squeeze(1) - y).int().to(y.dtype)")],
    "float32": [("column.squeeze(1) - y", "(column.squeeze(1) - y).float().to(y.dtype)")],
    "not_returned": [("return ", "")],
    "yield_for_return": [("return ", "yield ")],
    "left_torch": [("column.squeeze(1) - y", "(column.squeeze(1) - y).tolist()")],
    "left_torch ": [("column.squeeze(1) - y", "(column.squeeze(1) - y).numpy()")],
    "left_torch  ": [("column.squeeze(1) - y", "[(p - t).item() for p, t in zip(column, y)]")],
    "tuple_of_one": [("column.squeeze(1) - y", "column.squeeze(1) - y,")],
    "several_tensors": [("column.squeeze(1) - y", "[p - t for p, t in zip(column.squeeze(1), y)]")],
    "dtype_not_kept": [("column.squeeze(1) - y", "torch.tensor([(p - t).item() for p, t in zip(column, y)])")],
    "dtype_not_kept ": [("column.squeeze(1) - y", "column.squeeze(1).double() - y.double()")],
    "wrong_device": [
        ("column.squeeze(1) - y", "torch.zeros(len(y), dtype=y.dtype) if y.is_meta else column[:, 0] - y")
    ],
    "device_mismatch": [("column.squeeze(1) - y", "torch.ones(len(y), dtype=y.dtype) * column.squeeze(1) - y")],
    "other ": [("column.squeeze(1) - y", "torch.cat([y[:1] * 0, (column.squeeze(1) - y)[1:]])")],
    "fetched": [("column.squeeze(1) - y", "torch.from_numpy(column.squeeze(1).numpy() - y.numpy())")],
    "changed_in_place": [("column.squeeze(1)", "column.squeeze_(1)")],
    "changed_in_place ": [("    return", "    y *= -1\n    return"), ("- y", "+ y")],
    "signature": [("column: Tensor, y: Tensor", "column: Tensor")],
    "exception": [("squeeze(1)", "squash(1)")],
    "too_slow": [("    return", "    while True:\n        pass\n    return")],
    "other": [("column.squeeze(1) - y", "column.squeeze(1) - 3 * y")],
    "right_for_the_example_only": [("- y", "- (y if len(y) == 3 else 2 * y)")],
}
STACK = "torch.stack([grad_a, grad_b, grad_c, grad_d])"
GRADIENTS = {
    "cat_of_numbers": [("torch.stack", "torch.cat")],
    "cat_of_numbers ": [("torch.stack", "torch.concatenate")],
    "factor_missing": [("2 * (", "(")],
    "factor_doubled": [("2 * (", "4 * (")],
    "reversed": [("2 * (a", "-2 * (a")],
    "wrong_sign": [("grad_c, grad_d])", "grad_c, -grad_d])")],
    "mean_for_sum": [(".sum()", ".mean()")],
    "factor_x_forgotten": [("(grad_y_pred * x).sum", "grad_y_pred.sum")],
    "wrong_power": [("* x**3).sum", "* x**2).sum")],
    "swapped": [("grad_a, grad_b, grad_c", "grad_a, grad_c, grad_b")],
    "not_subtracted": [(" - y)", ")")],
    "squared": [("3 - y)", "3 - y) ** 2")],
    "broadcast": [("    grad_y_pred =", "    x = x.unsqueeze(1)\n    grad_y_pred =")],
    "integer": [("    grad_y_pred =", "    x, y = x.int().to(y.dtype), y.int().to(y.dtype)\n    grad_y_pred =")],
    "float32": [
        ("    grad_y_pred =", "    kept, x, y = x.dtype, x.float(), y.float()\n    grad_y_pred ="),
        (STACK, f"{STACK}.to(kept)"),
    ],
    "rounded": [(STACK, f"{STACK}.trunc()")],
    "constant": [("grad_b = (grad_y_pred * x)", "grad_b = 0 * (grad_y_pred * x)")],
    "not_returned": [("return ", "")],
    "several_tensors": [(STACK, "grad_a, grad_b, grad_c, grad_d")],
    "left_torch": [(STACK, f"{STACK}.tolist()")],
    "left_torch ": [(STACK, "grad_a.item(), grad_b.item(), grad_c.item(), grad_d.item()")],
    "left_torch  ": [(STACK, f"np.array({STACK})")],
    "dtype_not_kept": [(STACK, f"{STACK}.float()")],
    "dtype_not_kept ": [(STACK, f"{STACK}.double()")],
    "fetched": [(STACK, "torch.tensor([grad_a, grad_b, grad_c, grad_d])")],
    "fetched ": [("= grad_y_pred.sum()", "= torch.tensor(sum(grad_y_pred.tolist()), dtype=x.dtype)")],
    "made_on_the_cpu": [
        (
            f"return {STACK}",
            f"gradients = torch.empty(4, dtype=x.dtype)\n    gradients[:] = {STACK}\n    return gradients",
        )
    ],
    "fetched    ": [(STACK, "torch.tensor([grad_a, grad_b, grad_c, grad_d], dtype=x.dtype, device=x.device)")],
    "by_x": [("(grad_y_pred * x**2)", "(grad_y_pred * 2 * x)"), ("(grad_y_pred * x**3)", "(grad_y_pred * 3 * x**2)")],
    "digits_cut": [(STACK, f"{STACK}.round(decimals=3)")],
    "fetched   ": [("    grad_y_pred =", "    x = torch.from_numpy(x.cpu().numpy().copy())\n    grad_y_pred =")],
    "device_mismatch": [
        ("    grad_y_pred =", "    x = x * torch.ones(len(x), dtype=x.dtype)\n    grad_y_pred ="),
    ],
    "wrong_device": [
        (
            f"return {STACK}",
            "gradients = torch.zeros(4, dtype=x.dtype)\n    for k in range(4):\n"
            "        gradients[k] += (grad_y_pred * x**k).sum()\n    return gradients",
        )
    ],
    "dtype_mismatch": [
        ("* x).sum()", "* x) @ torch.ones(len(x))"),
    ],
    "dtype_mismatch ": [
        ("* x).sum()", "* x) @ torch.ones(len(x), dtype=torch.float64, device=x.device)"),
    ],
    "wrong_number": [(", grad_d])", "])")],
    "result_shape": [(STACK, f"{STACK}.unsqueeze(1)")],
    "not_reduced": [(".sum()", "")],
    "changed_in_place": [("    grad_y_pred =", "    x.mul_(1.5)\n    grad_y_pred =")],
    "changed_in_place ": [
        ("2 * (a + b * x + c * x**2 + d * x**3 - y)", "y.sub_(a + b * x + c * x**2 + d * x**3).mul_(-2)")
    ],
    "exception": [("torch.stack", "torch.stuck")],
    "right_for_the_example_only": [("    return", "    grad_a = grad_a * (1 if len(x) == 5 else 3)\n    return")],
}
TRAVELS = {
    "no_such_device": [("device=x.device", 'device="gpu"')],
    "device_mismatch": [(", device=x.device).unsqueeze", ").unsqueeze")],
    "device_mismatch ": [("dtype=x.dtype, device=x.device", "dtype=x.dtype")],
    "dtype_mismatch": [("dtype=x.dtype, ", "")],
    "dtype_mismatch ": [("dtype=x.dtype, ", "dtype=torch.float64, ")],
    "dtype_mismatch  ": [("dtype=x.dtype, device=x.device", ""), (", device=x.device).unsqueeze", ").unsqueeze")],
    "wrong_device": [
        ("w = torch.tensor(start, dtype=x.dtype, device=x.device)", "a, b, c, d = torch.tensor(start, dtype=x.dtype)"),
        ("error = w @ X - y", "error = a + b * x + c * x**2 + d * x**3 - y"),
        ("yield loss, w", "yield loss, (a, b, c, d)"),
        (
            "w -= learning_rate * grad",
            "a -= learning_rate * grad[0]\n        b -= learning_rate * grad[1]\n"
            "        c -= learning_rate * grad[2]\n        d -= learning_rate * grad[3]",
        ),
    ],
    "dtype_not_kept": [
        ("x, y = data.x, data.y", "x, y = data.x.double(), data.y.double()"),
    ],
    "left_torch": [
        ("yield loss, w", "yield loss, tuple(w.tolist()) if not w.is_meta else (0.0,) * 4"),
    ],
    "fetched": [("yield loss, w", "yield loss.item(), w")],
    "fetched ": [("loss = error @ error", "loss = torch.tensor(sum((error**2).tolist()), dtype=x.dtype)")],
    "start_rounded": [("dtype=x.dtype, device=x.device)", "device=x.device).to(x)")],
    "fetched  ": [("yield loss, w", 'print(f"{loss:.3f}")\n        yield loss, w')],
    "anothers_step": [("w -= learning_rate * grad", "w -= learning_rate * grad[0]")],
    "yields_seldom": [
        ("    while True:\n", "    for t in range(10**9):\n"),
        ("yield loss, w", "if t % 10 == 9: yield loss, w"),
    ],
    "float32": [("x, y = data.x, data.y", "x, y = data.x.float(), data.y.float()")],
    "uphill": [("w -= ", "w += ")],
    "steps_halved": [("2 * (X", "(X")],
    "mean_for_sum": [("2 * (X @ error)", "2 * (X @ error) / len(x)")],
    "rate_ignored": [("w -= learning_rate * grad", "w -= 1e-6 * grad")],
    "loss_is_mean": [("error @ error", "error @ error / len(x)")],
    "loss_halved": [("error @ error", "error @ error / 2")],
    "never_moves": [("w -= learning_rate * grad", "w - learning_rate * grad")],
    "start_reversed": [("torch.tensor(start", "torch.tensor(start[::-1]")],
    "start_ignored": [("torch.tensor(start", "torch.tensor([1.0, 1.0, 1.0, 1.0]")],
    "yields_late": [
        ("        yield loss, w\n", ""),
        ("learning_rate * grad", "learning_rate * grad\n        yield loss, w"),
    ],
    "changed_in_place": [("error = w", "y += 0.5\n        error = w")],
    "broadcast": [
        ("error = w @ X - y", "error = (w @ X).unsqueeze(1) - y"),
        ("error @ error", "(error**2).sum()"),
        ("X @ error", "X @ error.sum(1)"),
    ],
    "no_training_loop": [("yield loss, w", "return loss, w")],
    "exception": [("error @ error", "error @ mistake")],
    "too_slow": [("yield loss, w", "if loss < 0:\n            yield loss, w")],
}
TRAVELS["wrong_number_of_parameters"] = [("yield loss, w", "yield loss, w[:3]")]

EDITS = {"flat_errors": FLAT, "tensor_gradients": GRADIENTS, "any_device_training": TRAVELS}
ANSWERS = [
    ("broadcast_count", "every_with_every", 150),
    ("broadcast_count", "numbers_added", 25),
    ("broadcast_count", "larger_of_both", 15),
    ("broadcast_count", "smaller_of_both", 10),
    ("broadcast_count", "too_large", 60),
    ("broadcast_count", "too_small", 6),
    ("broadcast_count", "no_number", "(2, 3, 5)"),
    ("flat_errors", "not_a_function", 3.0),
    ("lost_in_float32", "addend_not_positive", -1e-9),
    ("lost_in_float32", "addend_not_positive", 0),
    ("lost_in_float32", "lost_in_both", 1e-16),
    ("lost_in_float32", "lost_in_both", 1e-60),
    ("lost_in_float32", "lost_in_neither", 1e-7),
    ("lost_in_float32", "lost_in_neither", 1e-3),
    ("lost_in_float32", "no_number", "tiny"),
]
RIGHT_TOO = {
    "flat_errors": [
        [("column.squeeze(1)", "column[:, 0]")],
        [("column.squeeze(1)", "column.flatten()")],
        [("column.squeeze(1)", "column.view(-1)")],
        [("column.squeeze(1)", "column.T[0]")],
        [("column.squeeze(1) - y", "(column - y.unsqueeze(1)).squeeze()")],
        [("column.squeeze(1) - y", "(column - y).diagonal()")],
        [("column.squeeze(1) - y", "torch.stack([p - t for p, t in zip(column[:, 0], y)])")],
    ],
    "tensor_gradients": [
        [(STACK, "torch.stack((grad_a, grad_b, grad_c, grad_d), dim=0)")],
        [("    grad_y_pred =", "    a, b, c, d = torch.stack([a, b, c, d]).detach()\n    grad_y_pred =")],
        [(STACK, "2 * (torch.stack([x**k for k in range(4)]) @ (grad_y_pred / 2))")],
        [
            (
                f"return {STACK}",
                "gradients = torch.empty(4, dtype=x.dtype, device=x.device)\n    for k in range(4):\n"
                "        gradients[k] = (grad_y_pred * x**k).sum()\n    return gradients",
            )
        ],
        [("    grad_y_pred =", "    x, y = x.clone(), y.clone()\n    x += 0\n    grad_y_pred =")],
    ],
    "any_device_training": [
        [("w -= learning_rate * grad", "w = w - learning_rate * grad")],
        [("torch.tensor(start, dtype=x.dtype, device=x.device)", "x.new_tensor(start)")],
        [("x ** torch.arange(len(start), device=x.device).unsqueeze(1)", "torch.stack([x**k for k in range(4)])")],
        [("yield loss, w", "yield loss, tuple(w)")],
        [("while True", "for _ in range(10**9)")],
    ],
}
