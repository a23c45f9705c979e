"""What the exercises of notebook 02 say."""

from .words import Words

THE_RESULT, THE_PARAMETERS = "The result", "Each parameter that you yield"

EXERCISES = {
    "difference_shape": Words(
        title="Column minus row",
        task="`column` has shape (4, 1), `row` has shape (4,). What shape has `column - row`?",
        hints=(
            "Write both shapes under each other, aligned at the right. Fill up the shorter one with 1.",
            "A length of 1 is stretched to the length that it meets, in both of them.",
            "Ask for the shape that both can be stretched to.",
        ),
        code="torch.broadcast_shapes((4, 1), (4,))",
        why="(4, 1) and (1, 4) are both stretched to (4, 4).",
        choices={
            "(4,)": ("(4,)", "That is what you get from two flat tensors. The column has a second axis, of length 1."),
            "(4, 1)": ("(4, 1)", "The row counts as (1, 4). Its 4 meets the column's 1, which is stretched."),
            "(4, 4)": ("(4, 4)", "Each element of one with each of the other. No error, no warning."),
            "error": ("none: it is an error", "A length of 1 fits anything, so nothing is in the way."),
        },
    ),
    "broadcast_count": Words(
        title="Counting after broadcasting",
        task="You add a tensor of shape (2, 1, 5) and one of shape (3, 5). How many numbers does the sum hold?",
        hints=(
            "Find the shape of the sum first. Compare the two shapes from the right.",
            "5 meets 5, then 1 meets 3, then 2 meets a missing axis. The number of elements is the product.",
            "The shape of the sum.",
        ),
        code="torch.broadcast_shapes((2, 1, 5), (3, 5))",
        why="The sum has shape (2, 3, 5).",
        well_done="Right: its shape is (2, 3, 5).",
    ),
    "flat_errors": Words(
        title="Errors of a column",
        task="Complete `flat_errors(column, y)`. Predictions come as a column of shape (N, 1), y is flat, shape (N,). "
        "Return the N errors, prediction minus y, as a flat tensor, with operations on tensors alone.",
        hints=(
            "Print the shape of `column - y`. Which of the two needs another shape before you subtract?",
            "A flat tensor minus a flat tensor is flat. `squeeze(1)` drops an axis of length 1, `flatten()` joins all.",
            "The predictions, flat.",
        ),
        code="column.squeeze(1)",
        why="First the shapes, then the arithmetic.",
        well_done="Right: flat minus flat is flat.",
    ),
    "what_is_shared": Words(
        title="One memory, two names",
        task="`array` holds 1, 2, 3 and `shared = torch.from_numpy(array)`. Then comes `array += 100`, and then `array "
        "= array + 100`. What does `shared` show?",
        hints=(
            "Which of the two lines writes into the memory that both names look at?",
            "`array += 100` changes numbers in place. `array + 100` makes a new array, and `=` moves a name to it.",
            "See whether the name still looks at the old memory.",
        ),
        code="array = np.array([1.0, 2.0, 3.0])\nshared = torch.from_numpy(array)\n"
        "array = array + 100\nnp.shares_memory(array, shared.numpy())",
        why="The first line writes into the shared memory. The second one leaves it alone.",
        choices={
            "1, 2, 3": ("1, 2, 3", "`from_numpy` copies nothing, so the first line is seen by both."),
            "101, 102, 103": (
                "101, 102, 103",
                "The first line is seen by both. The second moves the name `array` to new memory.",
            ),
            "201, 202, 203": ("201, 202, 203", "`array + 100` is a new array. The tensor still looks at the old one."),
        },
    ),
    "shorter_fuse": Words(
        title="The shorter fuse",
        task="With a learning rate of 1e-3 the loss explodes, in float32 and in float64. Which run overflows first?",
        hints=(
            "Both losses grow by the same factor in each step. How far may each of them grow?",
            "The largest float32 is 3e38, the largest float64 2e308.",
            "One of the two limits.",
        ),
        code="torch.finfo(torch.float64).max",
        why="The same divergence, on a shorter fuse.",
        choices={
            "float32": ("float32 first", "It holds numbers up to 3e38. Float64 goes on to 2e308."),
            "float64": ("float64 first", "It has more digits, and also room for larger numbers."),
            "same step": ("both at the same step", "They grow alike, but one of them has less room to grow into."),
        },
    ),
    "lost_in_float32": Words(
        title="Lost in float32",
        task="Find a number e > 0 that is lost in float32 and kept in float64: `1 + e == 1` is true in the first, and "
        "false in the second.",
        hints=(
            "How many digits has float32, and how many float64? Where does e = 0.001 stand, where 1e-20?",
            "Next to 1, numbers of float32 are 1.2e-7 apart, numbers of float64 2.2e-16. Less than half of it is lost.",
            "The distance for float32. Which part of it is lost?",
        ),
        code="torch.finfo(torch.float32).eps",
        why="Less than half of float32's distance, more than half of float64's.",
        well_done="Right: so small a step changes nothing in float32. That is where descent comes to rest.",
        slider="Number e",
    ),
    "tensor_gradients": Words(
        title="Gradients wherever the data are",
        task="Complete `tensor_gradients(x, y, a, b, c, d)`. All six are tensors, the parameters of shape (). Return "
        "the four gradients of the sum of the squared errors as one tensor of shape (4,), with dtype and device of x.",
        hints=(
            "The formulas are those of notebook 01. Which function joins four tensors into one, and fetches nothing?",
            "`torch.stack` joins tensors where they are. `torch.tensor([...])` fetches numbers to the CPU first.",
            "The common factor and one gradient. At the end, `torch.stack` takes a list of all four.",
        ),
        code="grad_y_pred = 2 * (a + b * x + c * x**2 + d * x**3 - y)\ngrad_c = (grad_y_pred * x**2).sum()",
        why="What is calculated from x stays beside x. `torch.stack` keeps dtype and device.",
        well_done="Right, for float32 and float64, on the CPU and on 'meta'.",
    ),
    "any_device_training": Words(
        title="A loop that travels",
        task="This loop works for float32 on the CPU. Delete the line that raises, and repair "
        "`any_device_training(data, start, learning_rate)`. It must follow its data: their dtype, their device.",
        hints=(
            "Two lines make new tensors. Where are these made, and of which dtype?",
            "What is made beside x needs `device=x.device`. What meets x in `@` needs `dtype=x.dtype`, too.",
            "The parameters. One more line makes a tensor.",
        ),
        code="w = torch.tensor(start, dtype=x.dtype, device=x.device)",
        why="Every new tensor is made beside the data.",
        well_done="Right, for float32 and float64, on the CPU and on 'meta'.",
    ),
    "scalar_may_stay": Words(
        title="Left behind",
        task="The data are on a GPU. `a = torch.tensor(0.5)` and `w = torch.ones(5)` were made without `device=`. "
        "Which of `a * x` and `w * x` raises an error?",
        choices={
            "both": ("both", "`a` has shape (). A single number may be combined with tensors on any device."),
            "a * x": ("only `a * x`", "The other way round: a single number may stay behind, an array may not."),
            "w * x": ("only `w * x`", "A single number may stay on the CPU, an array may not."),
            "neither": (
                "neither",
                "Nothing moves by itself: torch will not copy an array to another device behind your back.",
            ),
        },
    ),
    "who_is_right": Words(
        title="Last digits",
        task="After 2 000 steps the losses of NumPy and of torch differ in their last digits. Who is right?",
        choices={
            "numpy": ("NumPy", "In another order NumPy's own sum has other last digits, too."),
            "torch": ("torch", "Both have float64, with the same number of digits. Neither is the exact one."),
            "both": ("both", "The order of a sum changes its last digits. Each result is one of the right ones."),
            "neither": ("neither: the loops differ", "A wrong formula shows in the first digits, not in the last."),
        },
    ),
    "centred_points": Words(
        title="A guest who moves the furniture",
        task="`points` is an array. You call `centre(torch.from_numpy(points))`; its first line is `x -= x.mean()`, "
        "and it returns nothing. What has happened to `points`?",
        choices={
            "copied": ("nothing: the tensor is a copy", "`torch.tensor(points)` would copy. `from_numpy` does not."),
            "local": ("nothing: x is a local name", "The name is local. The memory that it looks at is not."),
            "not returned": ("nothing: nothing was returned", "A change in place needs no return."),
            "centred": ("they are centred, too", "Array and tensor look at one memory, and `-=` writes into it."),
        },
    ),
}

MISTAKES = {
    # shapes
    "every_with_every": "That is every number of one with every number of the other. Axes that agree are not "
    "multiplied: 5 meets 5 and stays 5.",
    "numbers_added": "Those are the numbers of both together. Each tensor is stretched to one common shape.",
    "smaller_of_both": "That is the smaller of the two. Here both are stretched.",
    "larger_of_both": "That is the larger of the two. Here both are stretched.",
    "every_pair": "The result has shape {shape}: each prediction minus each y. Make the column flat before you "
    "subtract.",
    "still_a_column": "The result has shape {shape}. The errors must be flat, shape (N,).",
    "folded": "The result is a single number. Wanted are the N errors, one for each point.",
    "not_flat": "The result must have shape (N,), got {shape}.",
    "pairs_folded": "Each prediction is compared with every y, and the N × N differences are then folded. Make the "
    "column flat before you subtract.",
    "first_prediction_only": "The first prediction is compared with every y. `column[0]` is one row; `column[:, 0]` is "
    "the whole column.",
    "first_y_only": "Each prediction is compared with the first y. Of the N × N differences `[:, 0]` is `y[0]` alone.",
    "errors_reversed": "The sign is wrong: the error is prediction minus y.",
    "y_forgotten": "Those are the predictions. y is not subtracted.",
    "errors_squared": "Those are squares, or absolute values. Wanted are the errors with their signs.",
    "integer_errors": "The numbers were cut to whole ones. Leave them as floats.",
    # tensors
    "left_torch": "{label} must be a tensor, got {got}. `.item()`, `.tolist()` and `.numpy()` fetch numbers to the "
    "CPU, and the device must wait.",
    "several_tensors": "{label} is {got} tensors. Wanted is one; `torch.stack` makes one tensor of a list of them.",
    "tuple_of_one": "{label} is a tuple with one thing in it. Is there a comma at the end of the `return`?",
    "wrong_device": "{label} lies on {got}; the data are on {expected}. New tensors need `device={beside}.device`.",
    "dtype_not_kept": "{label} is {got}, the data are {expected}. New tensors need `dtype={beside}.dtype`; `.float()` "
    "and `.double()` do not belong here.",
    "device_mismatch": "Two devices meet in one line. The data were on 'meta' here, a device without numbers, and your "
    "code has made a tensor on the CPU. New tensors need `device=x.device`.",
    "dtype_mismatch": "Two dtypes meet in one line. The data come as float64 and as float32: make new tensors with "
    "`dtype=x.dtype`.",
    "fetched": "Numbers are fetched to the CPU on the way, so that a device must wait. The data were on 'meta' here, a "
    "device without numbers: there are none to fetch. Keep to tensors, without `.item()`, `float()`, `.tolist()`, "
    "`.cpu()`, `.numpy()`, `torch.tensor([...])` of results, an `if` on their numbers, or a print with a format.",
    "made_on_the_cpu": "What is filled here was made on the CPU, the data are elsewhere: on 'meta' here, a device "
    "without numbers. New tensors need `device=x.device`.",
    # the number that is lost
    "addend_not_positive": "e must be positive, got {got}.",
    "lost_in_both": "{got} is too small: it is lost in float64, too.",
    "lost_in_neither": "{got} is too large: float32 still notices it.",
}
