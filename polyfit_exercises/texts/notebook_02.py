"""What the exercises of notebook 02 say."""

from .words import Words

THE_RESULT, THE_PARAMETERS = "The result", "Each parameter that you yield"

EXERCISES = {
    "difference_shape": Words(
        title="Column minus row",
        task="`column` has the shape (4, 1), and `row` has the shape (4,). What is the shape of `column - row`?",
        hints=(
            "Write one shape under the other, aligned at the right. Fill up the shorter one with a 1.",
            "In both shapes, a length of 1 is stretched to the length that it meets.",
            "This asks torch for the shape that both can be stretched to.",
        ),
        code="torch.broadcast_shapes((4, 1), (4,))",
        why="(4, 1) and (1, 4) are both stretched to (4, 4).",
        choices={
            "(4,)": ("(4,)", "Two flat tensors would give that. The column has a second axis, of length 1."),
            "(4, 1)": ("(4, 1)", "The row counts as (1, 4). Its 4 meets the column's 1, which is stretched."),
            "(4, 4)": (
                "(4, 4)",
                "Each element of the column meets each element of the row, and no error or warning says so.",
            ),
            "error": ("none: it is an error", "A length of 1 fits any other length, so there is no error."),
        },
    ),
    "broadcast_count": Words(
        title="Counting after broadcasting",
        task="You add a tensor of shape (2, 1, 5) and a tensor of shape (3, 5). How many numbers does the sum hold?",
        hints=(
            "Find the shape of the sum first. Compare the two shapes from the right.",
            "5 meets 5, then 1 meets 3, then 2 meets a missing axis. Multiply the lengths that result.",
            "This gives the shape of the sum.",
        ),
        code="torch.broadcast_shapes((2, 1, 5), (3, 5))",
        why="The sum has shape (2, 3, 5).",
        well_done="Right: its shape is (2, 3, 5).",
    ),
    "flat_errors": Words(
        title="Errors of a column",
        task="Complete `flat_errors(column, y)`. The predictions come as a column of shape (N, 1), and y is flat, of "
        "shape (N,). Return the N errors, prediction minus y, as a flat tensor. Use only operations on tensors.",
        hints=(
            "Print the shape of `column - y`. Which of the two needs another shape before you subtract?",
            "A flat tensor minus a flat tensor is flat. `squeeze(1)` drops an axis of length 1, `flatten()` joins all "
            "axes.",
            "This makes the predictions flat.",
        ),
        code="column.squeeze(1)",
        why="The column is made flat before y is subtracted.",
        well_done="Right: flat minus flat is flat.",
    ),
    "what_is_shared": Words(
        title="One memory, two names",
        task="`array` holds 1, 2, 3, and `shared = torch.from_numpy(array)`. Then comes `array += 100`, and after that "
        "`array = array + 100`. What does `shared` show?",
        hints=(
            "Which of the two lines writes into the memory that both share?",
            "`array += 100` changes numbers in place. `array + 100` makes a new array, and `=` gives the name to it.",
            "This tells you whether both still share one memory.",
        ),
        code="array = np.array([1.0, 2.0, 3.0])\nshared = torch.from_numpy(array)\n"
        "array = array + 100\nnp.shares_memory(array, shared.numpy())",
        why="The first line writes into the shared memory. The second one leaves it alone.",
        choices={
            "1, 2, 3": ("1, 2, 3", "`from_numpy` copies nothing, so the first line changes both."),
            "101, 102, 103": (
                "101, 102, 103",
                "The first line changes both. The second one makes a new array, and the tensor keeps the old memory.",
            ),
            "201, 202, 203": ("201, 202, 203", "`array + 100` is a new array. The tensor still has the old memory."),
        },
    ),
    "shorter_fuse": Words(
        title="Which overflows first?",
        task="At a learning rate of 1e-3 the loss explodes in float32 and in float64. Which run overflows first?",
        hints=(
            "Both losses grow by the same factor in each iteration. How large can each of them get?",
            "The largest number is 3e38 in float32, and 2e308 in float64.",
            "This is one of the two limits.",
        ),
        code="torch.finfo(torch.float64).max",
        why="Both runs grow by the same factor. Float32 has less room.",
        choices={
            "float32": (
                "float32 first",
                "Float32 ends at 3e38 and float64 at 2e308. Both losses grow by the same factor, so float32 is no less "
                "stable. It only has less room.",
            ),
            "float64": ("float64 first", "Float64 has more digits, and also room for larger numbers."),
            "same iteration": ("both at once", "They grow by the same factor, but one of them has less room."),
        },
    ),
    "lost_in_float32": Words(
        title="Lost in float32",
        task="Find a number e > 0 that is lost in float32 but not in float64: `1 + e == 1` is true in float32 and "
        "false in float64.",
        hints=(
            "How many digits does float32 have, and how many float64? Which of them keep 1 + 0.001, and which 1 + "
            "1e-20?",
            "Next to 1, float32 numbers are 1.2e-7 apart, and float64 numbers 2.2e-16. Less than half of that is lost.",
            "This is the distance in float32. Which part of it is lost?",
        ),
        code="torch.finfo(torch.float32).eps",
        why="It is less than half of the distance in float32, and more than half of the one in float64.",
        well_done="Right: such a small step changes nothing in float32, so that descent stops there.",
        slider="Number e",
    ),
    "tensor_gradients": Words(
        title="Gradients wherever the data are",
        task="Complete `tensor_gradients(x, y, a, b, c, d)`. All six are tensors, the parameters of shape (). Return "
        "the four gradients of the sum of the squared errors as one tensor of shape (4,), with dtype and device of x.",
        hints=(
            "The formulas are those of notebook 01. Which function makes one tensor of four, and fetches no number?",
            "`torch.stack` joins tensors where they are. `torch.tensor([...])` fetches numbers to the CPU first.",
            "This is the common factor and one gradient. At the end, `torch.stack` takes a list of all four.",
        ),
        code="grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)\ngrad_c = (grad_y_pred * x**2).sum()",
        why="What is calculated from x stays on the device of x. `torch.stack` keeps dtype and device.",
        well_done="Right, for float32 and float64, on the CPU and on 'meta'.",
    ),
    "any_device_training": Words(
        title="A loop for every device",
        task="This loop works for float32 on the CPU. Delete the line that raises, and repair "
        "`any_device_training(data, start, learning_rate)`. It must follow its data: their dtype, their device.",
        hints=(
            "Two lines make new tensors. On which device are they made, and with which dtype?",
            "What is combined with x needs `device=x.device`. What is multiplied by `@` needs `dtype=x.dtype`, too.",
            "These are the parameters. One more line makes a tensor.",
        ),
        code="w = torch.tensor(start, dtype=x.dtype, device=x.device)",
        why="Every new tensor is made on the device of the data.",
        well_done="Right, for float32 and float64, on the CPU and on 'meta'.",
    ),
    "scalar_may_stay": Words(
        title="Left behind",
        task="The data are on a GPU. `a = torch.tensor(0.5)` and `w = torch.ones(5)` were made without `device=`. "
        "Which of `a * x` and `w * x` raises an error?",
        choices={
            "both": ("both", "`a` has the shape (). A single number may be combined with tensors on any device."),
            "a * x": ("only `a * x`", "The other way round: a single number may stay behind, an array may not."),
            "w * x": ("only `w * x`", "A single number may stay on the CPU, an array may not."),
            "neither": (
                "neither",
                "Torch does not copy an array to another device unless you ask for it.",
            ),
        },
    ),
    "who_is_right": Words(
        title="Last digits",
        task="After 2 000 iterations the losses of NumPy and of torch differ in their last digits. Which is right?",
        choices={
            "numpy": ("NumPy", "When NumPy adds up in another order, its own last digits change, too."),
            "torch": ("torch", "Both calculate in float64, with the same number of digits. Neither is exact."),
            "both": (
                "both",
                "The order of a sum changes its last digits. Both results are right to the digits that float64 has.",
            ),
            "neither": ("neither: the loops differ", "A wrong formula shows in the first digits, not in the last."),
        },
    ),
    "centred_points": Words(
        title="A function that changes its input",
        task="`points` is an array. You call `centre(torch.from_numpy(points))`; its first line is `x -= x.mean()`, "
        "and it returns nothing. What has happened to `points`?",
        choices={
            "copied": ("nothing: the tensor is a copy", "`torch.tensor(points)` would copy. `from_numpy` does not."),
            "local": ("nothing: x is a local name", "The name is local, but the memory is not."),
            "not returned": ("nothing: nothing was returned", "A change in place needs no return."),
            "centred": ("they are centred, too", "Array and tensor share one memory, and `-=` writes into it."),
        },
    ),
}

MISTAKES = {
    # shapes
    "every_with_every": "That pairs every number of one with every number of the other. But axes that agree are not "
    "multiplied: 5 meets 5 and stays 5.",
    "numbers_added": "That is how many numbers both hold together. But both are stretched to one common shape.",
    "smaller_of_both": "That is the size of the smaller one. Here both are stretched.",
    "larger_of_both": "That is the size of the larger one. Here both are stretched.",
    "every_pair": "The result has shape {shape}: each prediction minus each y. Make the column flat before you "
    "subtract.",
    "still_a_column": "The result has shape {shape}. The errors must be flat, shape (N,).",
    "folded": "The result is a single number. Return the N errors, one for each point.",
    "not_flat": "The result must have shape (N,), got {shape}.",
    "pairs_folded": "Each prediction is compared with every y, and then the N × N differences are added up or "
    "averaged. Make the column flat before you subtract.",
    "first_prediction_only": "The first prediction is compared with every y. `column[0]` is one row; `column[:, 0]` is "
    "the whole column.",
    "first_y_only": "Each prediction is compared with the first y. Of the N × N differences `[:, 0]` is `y[0]` alone.",
    "errors_reversed": "The sign is wrong: the error is prediction minus y.",
    "y_forgotten": "Those are the predictions. y is not subtracted.",
    "errors_squared": "Those are squares, or absolute values. Return the errors with their signs.",
    "integer_errors": "The numbers were cut to whole ones. Leave them as floats.",
    # tensors
    "left_torch": "{label} must be a tensor, got {got}. `.item()`, `.tolist()` and `.numpy()` fetch numbers to the "
    "CPU, and the device has to wait.",
    "several_tensors": "{label} is {got} tensors. Return one; `torch.stack` makes one tensor of a list of them.",
    "tuple_of_one": "{label} is a tuple with one thing in it. Is there a comma at the end of the `return`?",
    "wrong_device": "{label} is on {got}, but the data are on {expected}. New tensors need `device={beside}.device`.",
    "dtype_not_kept": "{label} is {got}, but the data are {expected}. New tensors need `dtype={beside}.dtype`, and "
    "`.float()` and `.double()` do not belong here.",
    "device_mismatch": "Two devices meet in one line. The data were on 'meta' here, a device without numbers, and your "
    "code has made a tensor on the CPU. New tensors need `device=x.device`.",
    "dtype_mismatch": "Two dtypes meet in one line. The data come as float64 and as float32: make new tensors with "
    "`dtype=x.dtype`.",
    "fetched": "Numbers are fetched to the CPU on the way, so that a device must wait. The data were on 'meta' here, a "
    "device without numbers: there are none to fetch. Keep to tensors, without `.item()`, `float()`, `.tolist()`, "
    "`.cpu()`, `.numpy()`, `torch.tensor([...])` of results, an `if` on their numbers, or a print with a format.",
    "made_on_the_cpu": "The tensor that you fill was made on the CPU, but the data were on 'meta' here, a device "
    "without numbers. New tensors need `device=x.device`.",
    # the number that is lost
    "addend_not_positive": "e must be positive, got {got}.",
    "lost_in_both": "{got} is too small: it is lost in float64, too.",
    "lost_in_neither": "{got} is too large: float32 still notices it.",
}
