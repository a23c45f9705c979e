"""What is said about errors that any code with arrays and tensors may raise, wherever a learner meets them."""

from __future__ import annotations

from collections.abc import Sequence

# In checks as well. Others that checks know of stand in `texts.MISTAKES`.
MISTAKES = {
    "not_callable": "Brackets `(...)` call what stands before them, and this is no function. Is a `*` missing before "
    "them, are they too much after an attribute such as `.shape`, or does one name stand for two things?",
    "truth_of_many": "This has several numbers, so it is neither true nor false as a whole. For one answer ask "
    "`.all()`, `.any()`, or reduce it to one number first. For a mask write `~mask`, `&` and `|`, without `not`, `and` "
    "and `or`; for the larger of two tensors take `torch.maximum`.",
    "loss_not_made": "A loss such as `MSELoss` is a class: make it first, then call it with prediction and target, "
    "`torch.nn.MSELoss()(y_pred, y)`.",
    "index_beyond": "There is no element with this index: n of them have the indices 0 to n − 1. Print the shape or "
    "the length just before this line.",
    "dimension_beyond": "There is no such axis: an array with two axes has the axes 0 and 1. Print the shape just "
    "before this line.",
    "no_axes": "This tensor is a single number of shape (), so there is nothing to index, to count or to walk "
    "through. Was it reduced too early, or indexed once too often?",
    "reshape_differs": "A new shape must hold as many numbers as the old one: multiply its sizes. A size of `-1` is "
    "worked out for you.",
    "backward_of_no_tensor": "Only a tensor has `backward`, and this is a list, a tuple or an array of NumPy. A comma "
    "at the end of a line makes a tuple.",
    "format_of_many": "A format such as `:.3f` takes one number. Take one number out of it, with an index, `.sum()` "
    "or `.mean()`; print all of them without a format.",
    "no_tensor_given": "This function of torch needs a tensor, and got a number, a list or an array of NumPy. Make a "
    "tensor first: `torch.tensor(...)`, or `torch.from_numpy(...)` for an array.",
    "array_meets_tensor": "An array of NumPy and a tensor meet in one operation. Make a tensor of the array first, "
    "with `torch.from_numpy(...)`.",
    "numpy_wanted": "NumPy cannot take a tensor that autograd records. To print or draw its numbers, take "
    "`.detach().numpy()`. Do not do so on the way to the loss: `detach` cuts the record.",
    "none_there": "One of the values is `None`. Does a function that should give it lack its `return`, or is it a "
    "method that changes something in place and returns nothing?",
    "layer_sizes": "A layer `Linear(n, m)` takes n numbers for each point: the last axis of what it is given must be n "
    "long. A flat x of N points becomes a column by `x.unsqueeze(1)`.",
    "layer_dtype": "The data and the parameters of a layer have different dtypes. Convert one of them: the data by "
    "`x.float()`, or the model by `model.double()`, before its optimizer is made.",
    "mean_of_whole": "Whole numbers, and `True` or `False`, have no mean in torch. Make floats of them first: "
    "`.double()`, or `.to(x.dtype)`.",
    "whole_in_place": "A tensor of whole numbers cannot take up fractions in place. Make it of floats at once: `1.0`, "
    "or `dtype=x.dtype`.",
    "target_dtype": "The target has the wrong dtype for this loss. Classes, for `CrossEntropyLoss`, are whole "
    "numbers: `target.long()`. Other losses need the dtype of the prediction: `target.to(y_pred.dtype)`.",
    "target_beyond": "A target names a class that the model has no output for. With n outputs the classes are 0 to n "
    "− 1.",
    "state_differs": "The saved state does not fit this model: the message lists the names, or the shapes, that "
    "differ. Make the model with the same class and sizes as the one that was saved.",
    "array_elsewhere": "NumPy works on the CPU alone. Fetch the tensor first: `.detach().cpu().numpy()`.",
    "not_parameters": "An optimizer wants tensors to move: `model.parameters()`, with brackets, or a list of tensors "
    "that require a gradient.",
    "flag_of_result": "Only a leaf, which no operation has made, can stop requiring a gradient. Take `.detach()` of "
    "this tensor, or calculate it under `no_grad`.",
}

# Where no check is: on a board, and by `explain`.
ERRORS = {
    "still_to_be_written": "This is still to be written. Put your code in the place of the line `raise "
    'NotImplementedError("your turn")`.',
    "not_defined": "Nothing has this name here. Have you run the cell that defines it since the kernel started? Is it "
    "spelled in the same way there?",
    "no_value_yet": "A name that a function assigns belongs to that function alone, and here it has no value yet. "
    "Pass it to the function as an argument.",
    "unreadable": "Python cannot read this line. Look for a bracket or a quote that is not closed, a colon that is "
    "missing, or a wrong indent, here or in the line above.",
}
UNKNOWN = (
    "This error is none of those that have an explanation here. Read the last line of its message, then look at your "
    "own line: are these the values, shapes, dtypes and devices that you expect?"
)
SAYS_IT_ITSELF = "The message says what to do: {message}."
NO_ERROR = "There is no error to explain: nothing has failed since the kernel started."
NO_LINE = "The error did not pass through a line of yours."
CANNOT = "This error could not be looked at. Read the last line of its message."


def in_line(number: int, code: str) -> str:
    """Say where an error arose."""
    return f"Line {number} of your code: `{code}`" if code else f"It is line {number} of your code."


def there(values: Sequence[str], more: bool) -> str:
    """Say what the names in the learner's line stand for; `more` says that there are others."""
    words = "; ".join([*values, "…"] if more else values)
    return f"There {words}{'.' * (not more)}" if words else ""


def named_value(name: str, value: str) -> str:
    """Say what one name stands for."""
    return f"`{name}` is {value}"


KINDS = {
    "array": "an array",
    "tensor": "a tensor",
    "leaf": "a leaf that requires a gradient",
    "result": "a tensor that is recorded",
}


def array(kind: str, shape: str, dtype: str, device: str) -> str:
    """Describe an array, or a tensor, which is on a device."""
    return f"{KINDS[kind]}: shape {shape}, {dtype}" + (f", on {device}" if device else "")


def module_of(kind: str, first: str) -> str:
    """Describe a module by its first parameter."""
    return f"a `{kind}`, and its first parameter is {first}"


def of_kind(kind: str, length: int | None) -> str:
    """Describe anything else by its type, and by its length if it has one."""
    return f"of type `{kind}`" + ("" if length is None else f", with {length} in it")
