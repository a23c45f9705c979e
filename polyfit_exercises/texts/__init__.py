"""Every word that the exercises say, in one place: to be translated here and nowhere else.

Here is what all of them share; a module beside this one holds the exercises of each notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from string import ascii_lowercase
from typing import Any

from . import errors
from .words import Words

_NOTEBOOKS = [
    import_module(f".{one.name}", __name__) for one in iter_modules(__path__) if one.name.startswith("notebook_")
]
EXERCISES: dict[str, Words] = {
    key: replace(words, notebook=notebook.__name__[-2:])
    for notebook in _NOTEBOOKS
    for key, words in notebook.EXERCISES.items()
}
NUMBERS = ", ".join(sorted({repr(words.notebook) for words in EXERCISES.values()}))

STATES = {"not tried": "not tried", "not yet": "not yet", "done": "done", "done earlier": "done earlier"}
SIGNS = {"not tried": "○", "not yet": "◐", "done": "●", "done earlier": "◉"}
YOUR_TURN = "Your turn."
CODE, PRINTED, CUT = "Python code", "Your code printed:", "…"
NO_MESSAGE = "(no message)"
THE_LOOP, THE_LOSS, THE_GRADIENTS = "The loop", "The loss", "The gradients"
DIRECTION = {False: "gradient", True: "velocity"}  # without and with momentum
DERIVATIVE = "dL/d{}"
FIRST_LOSS = "The very first loss is wrong, so look at the forward pass."
ALL_GRADIENTS = "The gradients are wrong because the prediction in them is."
THE_REAL_PROBLEM = "2 000 points and START, as in the notebook,"
WHERE_TO_LOOK = {
    "forward": "The parameters are still those of the start, so look at the forward pass and at the loss.",
    "loss": "The parameters are right until then, so look at the loss.",
    "update": "The losses before are right, so look at what follows them: the backward pass, or the update.",
}
LOOP_ARGUMENTS = {False: "data, start, learning_rate", True: "data, start, learning_rate, momentum"}

A_CLASS, OF_SHAPE = "the class {}", "{} of shape {}"

NUMBERED_HINT, HINT_IS_THERE = "Hint {} of {}. {}", "A nudge: `exercises.{key}.hint()`"
NO_MORE_HINTS = "These are all hints. `exercises.{key}.solution()` shows how it can be done."
NO_HINTS = "There are no hints for this question. Any answer tells you more."
TRY_FIRST_QUESTION = (
    "Do you want to try first? A wrong answer costs nothing, and says what is wrong. To see the solution all the same, "
    "call `solution()` again."
)
TRY_FIRST = (
    "Do you want to try first? A wrong answer costs nothing, and its check says what is wrong. "
    "`exercises.{key}.hint()` gives a nudge. To see the solution all the same, call `solution()` again."
)

# On a card with buttons.
NO_MORE_TO_PRESS = "These are all hints. **{button}** shows how it can be done."
TRY_BEFORE_YOU_PRESS = (
    "Do you want to try first? A wrong answer costs nothing, and the check says what is wrong. "
    "**{hint}** gives a nudge. To see the solution all the same, press **{solution}** again."
)
SAME_AGAIN = (
    "`{name}` has not changed since the last check. Did you run its cell? Click into that cell, press Shift+Enter, "
    "then check again."
)
NOT_THERE = "There is no `{name}` here. Run the cell in which you define it, and keep its name, then check again."
DONE_EARLIER = "You have solved this before. Its cell holds no answer now; you may solve it once more, or go on."
INTERRUPTED = "The check was interrupted before it came to an end."
AT_WORK = "Your code at work:"
AT_THE_START, YOUR_FIT = "at the start", "your fit after {} iterations"
YOUR_FORWARD, YOUR_BACKWARD = "your forward", "your backward"

PROGRESS, OF, DONE_OF = "Progress", "{} of {}", "{} of {} done"
PROGRESS_SHORT = "Your progress is shown by the card; print(progress()) writes it out."
NOWHERE = "This is remembered until the kernel stops: there are no notebooks in the folder where it works."
NOT_STORED = "This could not be stored ({}). It is remembered until the kernel stops."
WHERE = "This is remembered in `.polyfit_progress.json` beside the notebooks. You may delete that file at any time."

# The names of the mistakes, and what is said. {where} lists the gradients that it concerns.
MISTAKES = {
    # any function
    "raise_left": 'The line `raise NotImplementedError("your turn")` still stands below what you have written. '
    "Delete it.",
    "raise_above": 'The line `raise NotImplementedError("your turn")` still stands above what you have written. '
    "Delete it.",
    "not_a_function": "A function is needed, got {got}. Pass the function itself, without brackets after its name.",
    "signature": "Your function must take ({names}), in this order; yours takes ({taken}).",
    "by_keyword_only": "Your function takes {where} by keyword only, since a `*` stands before. It is called by "
    "position: ({names}).",
    "by_position_only": "Your function takes {where} by position only, since a `/` stands behind. It is called by "
    "name: ({names}).",
    "argument_order": "The arguments must come in this order: ({names}).",
    "too_slow": "Your code was stopped: it was still running after {seconds:g} seconds. Is there a loop that never "
    "ends, one that never comes to a `yield`, or one that waits, as `sleep` does?",
    "waits": "Your code was stopped: for {seconds:g} seconds it did nothing but wait. Does it call `sleep`?",
    "caret": "`^` is no power in Python. The power is `x**2`.",
    "not_returned": "Your function returns nothing. Does its last line say `return`?",
    "yield_for_return": "Your function yields. Here it should calculate once, and `return`.",
    "wrong_number": "{expected} numbers are expected, {labels}; your function returns {got}.",
    "not_a_number": "{label} must be a number, got {got}.",
    "not_reduced": "{label} still has one number for each point. The loss adds them all up: where is `.sum()` "
    "or `.mean()`?",
    "shape": "{label} must be a single number, got an array of shape {shape}. Are x and y flat, of shape (N,)?",
    "changed_in_place": "Your code changes `{name}` in place. It belongs to the caller, who needs it again: make "
    "something new of it, without `+=` and without methods that end in `_`, or work on a copy.",
    "no_numbers": "{expected} numbers are expected, {labels}; your function returns a {got}. A tuple of "
    "numbers will do.",
    "result_shape": "{expected} numbers are expected, {labels}; your function returns an array of shape {shape}. "
    "Make it flat.",
    "right_for_the_example_only": "{label}: right for one set of data, wrong for others. Do all numbers come "
    "from the arguments?",
    # gradients
    "constant": "{where}: the same number for all data. Calculate it from the arguments.",
    "data_ignored": "{where}: the same for all data. Use the arguments x and y, not the notebook's.",
    "parameters_ignored": "{where}: the same for all parameters. Use the arguments, not the notebook's.",
    "factor_missing": "{where}: the factor 2 is missing. The derivative of e² is 2 e.",
    "factor_doubled": "{where}: twice too large. Is the factor 2 of the square there twice, or a difference divided "
    "by h that spans 2 h?",
    "wrong_sign": "{where}: the sign is wrong. The gradient points uphill; the minus comes with the update.",
    "reversed": "{where}: the sign is wrong in all of them. Is it `y - y_pred` where `y_pred - y` belongs?",
    "mean_for_sum": "{where}: the mean instead of the sum. This loss is the sum over all points.",
    "sum_for_mean": "{where}: the sum instead of the mean. This loss is divided by the number of points.",
    "mean_twice": "{where}: divided by the number of points twice.",
    "factor_x_forgotten": "{where}: `* {expected}` is forgotten. The chain rule multiplies by what stands "
    "beside the parameter.",
    "wrong_power": "{where}: multiplied by {got}, where {expected} belongs. What stands beside the parameter?",
    "swapped": "{first} and {second} are swapped. Look at the order of the parameters.",
    "broadcast": "{where}: all points are compared with all others. One of the arrays has shape (N, 1), so that "
    "`y_pred - y` has N × N numbers. Make both flat, shape (N,).",
    "parameters_reversed": "{where}: the prediction takes the parameters in reversed order. Which of them stands "
    "alone, and which beside the highest power of x?",
    "summed_first": "{where}: the errors are summed too early. Multiply by what stands beside the parameter, then sum.",
    "not_subtracted": "{where}: y is not subtracted. The error is `y_pred - y`.",
    "squared": "{where}: the error is still squared. The derivative of e² is 2 e.",
    "integer": "{where}: the data were cut to whole numbers. Leave x and y as floats.",
    "rounded": "{where}: rounded to whole numbers, as by `int(...)` or `//`. Return floats.",
    "digits_cut": "{where}: rounded. Return all digits; round only what you print.",
    "returns_loss": "{where}: this is the loss itself. Return its derivatives.",
    "two_before_prediction": "{where}: the 2 doubles y_pred alone. It belongs before the whole error: `2 * (y_pred - "
    "y)`.",
    "one_less": "{where}: divided by N − 1. The mean divides by the number of points, N.",
    "error_absolute": "{where}: the errors have lost their signs. It is `y_pred - y`, without `abs`.",
    "data_swapped": "{where}: x and y have changed places.",
    "penalty_in_it": "{where}: {factor} times the parameter is added, as by a penalty on its square. Here the loss "
    "is the errors alone.",
    "argument_hidden": "{where} comes as an argument, but a `for` loop gives it other values. Take other names in "
    "the loop.",
    "errors_pile_up": "{where}: the error of each point still holds the errors of all points before. Calculate it "
    "anew for each point: `=`, not `+=`.",
    "first_point_only": "{where}: only the first point counts. In a loop over the points, does `return` stand after "
    "the loop, not inside?",
    "last_point_only": "{where}: only the last point counts. In a loop over the points each one is added: `+=`, not "
    "`=`.",
    "first_point_missing": "{where}: the first point is left out. Does the loop begin with point 0?",
    "last_point_missing": "{where}: the last point is left out. `range(len(x))` reaches all of them.",
    "parameter_stays": "{where}: the parameter itself is still there as a factor. The derivative of b · x by b is x.",
    "returns_updated": "{where}: these are the parameters after an update. Return the gradients themselves; the "
    "update comes later.",
    "by_x": "{where}: you have differentiated by x. Differentiate by the parameter: what stands beside it stays as it "
    "is, x**2 for c.",
    "times_for_power": "{where}: `x * 2` is twice x. The power is `x**2`.",
    "float32": "{where}: right to some seven digits only. Somewhere `float32` has come in, or a slope was measured "
    "instead of calculated. The data are `float64`.",
    "slope_measured": "{where}: a slope that was measured with a step of {step}, not calculated. It is off by that "
    "step times half the curvature. Use the formula.",
    "columns_reversed": "The columns stand in the order of descending powers, as `np.vander` and `np.polyval` have "
    "them. Here the constant comes first: `np.vander(x, {count}, increasing=True)`.",
    "ratio": "{label} is always {ratio} times what it should be. For {example} it should be {expected}, but "
    "yours is {received}.",
    "other": "{label} is not right. For {example} it should be {expected}, but yours is {received}.",
    # training loops
    "no_training_loop": "This is no training loop yet: {why}",
    "ends": "Your loop ends by itself after {states}. `while True` lets the listener decide.",
    "yields_once": "Your loop yields once and ends. Does the `yield` stand inside the loop, and is it `while True`?",
    "parameter_is_array": "A parameter has become an array with a number for each point. Where is the `.sum()` of its "
    "gradient?",
    "wrong_number_of_parameters": "{expected} parameters are expected in each `yield`, got {got}.",
    "yields_late": "The first state must be the start. Put the `yield` before the update.",
    "yields_twice": "Every state is yielded twice. One `yield` an iteration is enough.",
    "yields_seldom": "You yield one state in {every}. Yield every one: the listener decides what to show.",
    "yields_every_other": "Every other state is missing: two updates come between two yields.",
    "integer_start": "The parameters begin as whole numbers. Keep them as floats: `np.array(start, dtype=float)`.",
    "start_reversed": "The parameters come in reversed order. The constant a is first.",
    "start_ignored": "The first state must hold the numbers of `start`. Look at {where}.",
    "never_moves": "The parameters never move. Does the update change them in place, `-=`? Does the gradient reach it, "
    "and is it reset after the update, not before?",
    "start_rounded": "The first state holds the numbers of `start` rounded: on the way they had a dtype of fewer "
    "digits. Make the parameters in the dtype of the data at once.",
    "steps_halved": "The steps are half as long as they should be. Is the factor 2 of the square missing, or half of "
    "the learning rate?",
    "steps_doubled": "The steps are twice as long as they should be. Is the factor 2 of the square there twice, or "
    "twice the learning rate?",
    "points_fixed": "It goes along the gradient, but as if there were always {points} points. Their number is "
    "`len(x)`.",
    "loss_is_mean": "The parameters are right. The loss that you yield is the mean; here it is the sum.",
    "loss_is_sum": "The parameters are right. The loss that you yield is the sum; here it is the mean.",
    "loss_late": "The parameters are right. The loss belongs to the state after them: yield both of the same moment.",
    "loss_early": "The parameters are right. The loss belongs to the state before them: yield both of the same moment.",
    "loss_broadcast": "The parameters are right. The loss compares all points with all others: one array has "
    "shape (N, 1).",
    "loss_float32": "The parameters are right. The loss is right to seven digits only: it is calculated in `float32`.",
    "loss_rounded": "The parameters are right. The loss that you yield is rounded. Yield all digits; round only what "
    "you print.",
    "loss_halved": "The parameters are right. The loss that you yield is half the sum of squared errors.",
    "loss_wrong": "The parameters are right, the loss is not: it is the sum of (y_pred − y)².",
    "uphill": "It climbs. The gradient points uphill, so it is subtracted once: is it `-=`, and `y_pred - y`?",
    "rate_ignored": "The step does not depend on `learning_rate`. Use the argument.",
    "old_gradient": "The update uses the gradient of the iteration before. Calculate it from the present error.",
    "one_by_one": "A parameter is updated before the next gradient is calculated. First all gradients, then all "
    "updates.",
    "no_momentum": "This is plain descent, without memory. The velocity is momentum · velocity + gradient. It is kept "
    "from one iteration to the next, and the parameter moves by it.",
    "momentum_fixed": "The step does not depend on `momentum`. Use the argument.",
    "added_up": "The gradients of all iterations add up. Something must reset or shrink what is left of the last one.",
    "some_added_up": "The gradients of {where} add up, since they are never reset. Reset all of them.",
    "some_never_move": "No update ever reaches {where}. Is it among what is updated, and does it have a gradient? An "
    "optimizer moves what it was given, a module gives its Parameters.",
    "anothers_step": "{where} by the gradient of another parameter. Each has its own.",
    "no_gradient_in_it": "Each parameter moves by `learning_rate` alone. The gradient is missing in the update.",
    "rate_scaled": "It goes along the gradient, but by {factor} times `learning_rate`. A step is `learning_rate` times "
    "the {direction}.",
    "rate_changes": "It goes along the gradient, but by another rate in each iteration or for each set of data. A step "
    "is `learning_rate` times the {direction}: no clipping, no schedule.",
    "first_step_scaled": "The first step goes along the gradient, but has another length. A step is `learning_rate` "
    "times the {direction}: no clipping, no schedule. The later steps do not follow the gradient.",
    "not_descent": "The first step is equally long in every parameter: that is Adam or one of its relatives, or each "
    "gradient is clipped at the same value. Here a step is `learning_rate` times the {direction}.",
    "clipped": "Each gradient is cut off at {limit}. A step is `learning_rate` times the {direction}: no clipping.",
    "rate_late": "The first step has another rate; all later ones have the right one. Is the rate set only after the "
    "first update?",
    "gradient_absolute": "Each step is as long as it should be, but gradients lose their sign. The step is "
    "`learning_rate` times the {direction}, without `abs`.",
    "parameters_zeroed": "After the first update all parameters are 0. Only their gradients are reset: "
    "`parameter.grad = None`.",
    "steps_alike": "All parameters move by the same number. Each has a gradient of its own, and moves by "
    "`learning_rate` times the {direction}.",
    "rate_squared": "`learning_rate` is there twice. A step is `learning_rate` times the gradient.",
    "parameters_rounded": "The parameters are rounded in each iteration. Keep all digits; round only what you print.",
    "gradients_shared": "All parameters move by the sum of all gradients: they share one tensor as their `.grad`, "
    "and all gradients add up in it. Each needs its own.",
    "velocity_there": "Each step holds {kept} times the step before: part of the old gradients is kept, which is "
    "momentum. Here a step is `learning_rate` times the present gradient alone.",
    "becomes_step": "After an update the parameters hold the step alone. The step is taken away from what they were: "
    "`parameter -= ...`.",
    "loss_root": "The loss is the root of what it should be, and the gradients are those of the root.",
    "half_precision": "The parameters have so few digits that small steps are lost: 11 binary digits at most. "
    "The data are `float64`.",
    "averaged": "The gradient is multiplied by 1 − momentum. That is an average; here the gradient is added in full.",
    "momentum_complement": "The old velocity is multiplied by 1 − momentum. It is momentum · velocity + gradient.",
    "momentum_on_both": "`momentum` multiplies the gradient, too. It belongs before the old velocity alone.",
    "velocity_reversed": "The old velocity is subtracted. It is momentum · velocity + gradient.",
    "velocity_added": "The old velocity stays whole beside `momentum` times it. Is it `+=` where `=` belongs?",
    "rate_twice": "`learning_rate` is there twice: in the velocity, and in the step.",
    "velocity_late": "The parameters move by the old velocity. Update the velocity first.",
    "velocity_shared": "All parameters share one velocity. Each needs its own.",
    "kept_whole": "`momentum` multiplies the gradient here. It belongs before the old velocity, and the gradient is "
    "added in full.",
    "ahead": "This is Nesterov's momentum, which looks ahead. Here the parameter moves by the velocity alone.",
    "other_state": "{parameter} is not right {moment}. For {example} it should be {expected}, but "
    "yours is {received}. {phase}",
    # what else makes a run another one
    "changes_later": "Everything is right {moment}, and nothing afterwards. Each update must do the same as the "
    "first: does anything depend on the number of the iteration, or on the loss?",
    "right_for_few_points": "Right for a few points, wrong for {points}. Does each update look at all points, without "
    "mini-batches or a slice, and do all numbers come from the arguments?",
    "mini_batches": "Each update looks at {points} points only, and at others the next time: mini-batches. Here each "
    "update takes all points.",
    "points_left_out": "Every update looks at the same {points} points and leaves the others out. Take all points.",
    "schedule": "A schedule, `{kind}`, changes the learning rate on the way. Here it stays as it was given.",
    "other_optimizer": "The optimizer is `{kind}`. Here it is plain `SGD`, with nothing but a learning rate.",
    "optimizer_elsewhere": "The parameters never move, because the optimizer moves others: it was made for another "
    "model, or for copies of the parameters. Make it after the model, from the parameters that the loss depends on.",
    "resets_elsewhere": "The gradients of all iterations add up: the optimizer resets those of others, since it was "
    "made for copies of the parameters, or for another model. Give it the parameters that the loss depends on.",
    "no_brackets": "{where} only mentions the method. Without brackets, `()`, nothing is called.",
    "first_step_missing": "The first update moves nothing, the later ones do. Does the update come before there is a "
    "gradient?",
    "step_before_backward": "The update comes before `backward`: the first moves nothing, and each later one uses old "
    "gradients, which add up. First reset, then `backward`, then update.",
    "start_gradient": "Every update uses the gradient of the start. Calculate prediction, loss and gradient anew in "
    "each iteration.",
    "reset_seldom": "The gradients are reset in one update of {every}, and add up in between. Reset them in each.",
    "first_without_rate": "The first velocity comes without the learning rate, the later ones with it.",
    "weight_decay": "To each gradient {factor} times its parameter is added: weight decay, or a penalty on the squares "
    "of the parameters. Here the loss is the errors alone.",
    "penalty_absolute": "To each gradient {factor} times the sign of its parameter is added: a penalty on the size of "
    "the parameters. Here the loss is the errors alone.",
    # the first loss
    "forward_reversed_order": "{lead} The prediction takes the parameters in reversed order, as `np.polyval` and "
    "`np.vander` do. The constant a comes first.",
    "forward_times_for_power": "{lead} In the prediction, `x * 2` is twice x. The power is `x**2`.",
    "forward_term_missing": "{lead} In the prediction, the term with {letter} is missing.",
    "forward_sign": "{lead} In the prediction, the term with {letter} has the wrong sign.",
    "forward_wrong_power": "{lead} In the prediction, {letter} is multiplied by {got}, where {expected} belongs.",
    "forward_powers_shifted": "{lead} In the prediction, each power of x is one too high: the constant stands alone.",
    "forward_scaled": "{lead} The data were scaled or shifted. Use x and y as they are.",
    "forward_own_data": "{lead} It belongs to the notebook's data. Use `data.x` and `data.y`, the arguments.",
    "forward_data_swapped": "{lead} x and y have changed places.",
    "forward_alike": "{lead} The prediction is the same number for all points. Is one row of it taken, or a sum over "
    "the points?",
    "forward_y_missing": "{lead} y is not subtracted. The error is `y_pred - y`.",
    "forward_added": "{lead} y is added. The error is `y_pred - y`.",
    "loss_is_mean_at_start": "The very first loss is the mean, and the updates do not follow from it. Here it is the "
    "sum.",
    "loss_is_sum_at_start": "The very first loss is the sum, and the updates do not follow from it. Here it is the "
    "mean.",
    "loss_absolute": "The loss takes absolute errors. Here they are squared: `(y_pred - y) ** 2`.",
    "loss_smooth": "The loss is a smooth L1, or Huber's. Here every error is squared: `(y_pred - y) ** 2`.",
    "loss_of_sum": "The errors are summed first, then squared. Square each, then sum.",
    "loss_not_squared": "The errors are not squared, so they cancel each other. Square each, then sum.",
    "loss_power": "The errors are squared twice. Once is enough.",
    # autograd
    "graph_cut": "The record is cut: the loss does not know how it came about. `.item()`, `.detach()`, `.int()`, "
    "`torch.tensor(...)` or `no_grad` came before `backward`, or the parameters lack `requires_grad=True`.",
    "loss_of_something_else": "The loss does not depend on the parameters, and it has not the right value. Is it "
    "calculated from the prediction?",
    "recording_off": "The first update works. Then nothing is recorded any more, though the parameters are still "
    "leaves that require a gradient: is recording switched off, as by `set_grad_enabled(False)`, and never switched "
    "on again?",
    "made_plain": "The parameters themselves stop requiring gradients: `detach_()` or `requires_grad = False` changes "
    "them for good. Update in place, under `no_grad`.",
    "loss_without": "The loss does not depend on this parameter, so `backward` fills no gradient for it. Is it used "
    "in the prediction, without `.detach()` and `.item()`?",
    "loss_wrapped": "`backward` began at a new tensor around the loss, which does not know how the number came about. "
    "Call it on the loss itself, without `torch.tensor(...)`.",
    "graph_before_loop": "Part of the prediction was calculated before the loop, so its graph is old from the second "
    "iteration on. "
    "Calculate inside the loop all that depends on the parameters.",
    "changed_since": "Something that `backward` needs was changed in place since the forward pass. Calculate the loss "
    "anew after each update, and change nothing in place between loss and `backward`.",
    "dtypes_mixed": "Two types of numbers meet in a product, such as float32 and float64. Make the parameters in the "
    "dtype of the data: `dtype=x.dtype`.",
    "backward_of_vector": "`backward` needs a single number, and this has several. Where is the `.sum()` or "
    "`.mean()` of the loss?",
    "numpy_of_tracked": "A function of NumPy got a tensor of torch. Use torch's own, such as `torch.square` or "
    "`.sum()`. Do not `detach` it: that would cut the record.",
    "optimizer_of_no_leaf": "The optimizer got a tensor that an operation has made. It needs the leaves themselves, as "
    "they were created with `requires_grad=True`.",
    "optimizer_of_nothing": "The optimizer got an empty list. A generator, as `model.parameters()`, can be walked "
    "through once; and a module finds only what is a Parameter or a module in an attribute.",
    "optimizer_of_one": "An optimizer wants a list of parameters, not a single tensor: put it in brackets, `[w]`.",
    "step_takes_no_rate": "`step` of an optimizer takes no number. The learning rate is set where the optimizer is "
    "made: `lr=learning_rate`.",
    "dtype_as_text": "A dtype of torch is no text: `torch.float64`, without quotes. Best is that of the data: "
    "`x.dtype`.",
    "rate_is_no_number": "The learning rate of an optimizer is a number: `lr=learning_rate`, without brackets or "
    "quotes.",
    "no_such_zero": "The method is `zero_()`, with an underscore: it changes the tensor in place.",
    "sizes_differ": "Two tensors do not fit: their numbers of points or parameters differ. Print both shapes just "
    "before this line.",
    "matrix_sizes": "In a matrix product the columns of the first must be as many as the rows of the second. Print "
    "both shapes; one of them needs `.T`.",
    "item_of_many": "`.item()` and `float()` take a tensor with a single number, and this has several.",
    "whole_numbers": "Whole numbers have no gradients. Make the parameters floats: `dtype=x.dtype`.",
    "item_too_early": "`.item()` comes too early. It makes a plain number, which has no `backward`.",
    "number_too_early": "A plain number, made by `float(...)` or the like, has no `backward`. Let the tensor go "
    "backward, and take its number where you need one.",
    "no_no_grad": "The update is being recorded. Put it inside `with torch.no_grad():`.",
    "no_gradient": "There is no gradient at the update. Was it reset before it was used, or does `backward` "
    "come too late?",
    "no_leaf": "This tensor is no leaf that requires a gradient, so `backward` fills no `.grad` for it. An "
    "operation such as `.to` or `.reshape` has made a new tensor of a leaf, or `requires_grad` is missing. Let "
    "`requires_grad_()` come last.",
    "rebound": "The update makes new tensors. They are no leaves that require a gradient, so `backward` fills none. "
    "Change the leaves in place, under `no_grad`: `parameter -= ...`.",
    "second_backward": "`backward` walks through the same graph twice. Calculate the loss anew in each iteration, "
    "and let `backward` begin at this loss alone, not at a sum with those of earlier iterations.",
    "grad_is_number": "`.grad` holds a tensor or `None`, never a number. Reset it with `None`.",
    "no_such_device": "This machine has no such device. Code that follows its data runs everywhere: `x.device`.",
    "two_devices": "The parameters and the data are on two devices. A loop follows its data: `x.device`.",
    "out_of_meta": "What is on 'meta' has a shape and no numbers: nothing can be fetched from there. Make the "
    "parameters on the right device at once.",
    "all_on_meta": "Now everything is on 'meta', where tensors have shapes and no numbers. Follow the data instead.",
    "no_grad_not_called": "Brackets are missing: `with torch.no_grad():`.",
    "not_called": "A function or a method stands where its result is wanted. Call it, with brackets, as in `.item()`, "
    "`.sum()` or `model.parameters()`.",
    "math_of_many": "The functions of `math` take a single number. For arrays take NumPy's, or `**`.",
    "optimizer_of_lists": "The optimizer got several lists or generators of parameters. Give it one: "
    "`model.parameters()` has those of all layers.",
    "cat_of_numbers": "This joins arrays along an axis, and single numbers have none. `stack` makes one array of them.",
    "capital_tensor": "`torch.Tensor`, with a capital, makes no tensor of a number. Write `torch.tensor(...)`.",
    "super_without_brackets": "Brackets are missing after `super`: `super().__init__()`.",
    "optimizer_of_model": "The optimizer got the model. It wants its parameters: `model.parameters()`.",
    # numbers and choices
    "no_number": "A number is needed, without unit, formula or quotes, got {got}.",
    "decimal_comma": "A number is needed, got {got}. Write it with a decimal point.",
    "no_such_choice": "Answer with one of the letters {letters}, in quotes; got {got}.",
    "wrong_choice": "Not {letter}, “{choice}”: {why}",
    "number_negative": "The size is right, the sign is not.",
    "too_large": "{got} is too large.",
    "too_small": "{got} is too small.",
}
MISTAKES |= errors.MISTAKES
for _notebook in _NOTEBOOKS:
    MISTAKES |= _notebook.MISTAKES


def power(exponent: int) -> str:
    """Write a power of x as code."""
    return ("1", "x")[exponent] if exponent < 2 else f"x**{exponent}"


def listed(words: Iterable[str]) -> str:
    """Join words by commas and an `and`."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def moving(letters: Sequence[str]) -> str:
    """Say that one parameter moves, or that several move."""
    return f"{listed(letters)} move{'s' * (len(letters) == 1)}"


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many digits, a real minus sign, and an exponent that can be typed."""
    words = f"{value + 0.0:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    return words.replace("-", "−", 1) if words.startswith("-") else words


def whole(number: int) -> str:
    """Write a whole number with a space between its thousands, such as 2 000."""
    return f"{number:,}".replace(",", " ")


def worded(name: str, details: Mapping[str, Any], error: str = "", instead: Mapping[str, str] = {}) -> str:
    """Word a finding, see `trial.Finding`; `instead` has other sentences than `MISTAKES` for some names."""
    sentence = instead.get(name) or MISTAKES.get(name, "")
    others = details.get("others", ())  # what has the same fault
    also = f" {listed(others)}: not right either." if others else ""
    return "\n\n".join(filter(None, [sentence.format(**details) + also, error]))


def arguments(values: Mapping[str, Any]) -> str:
    """Write arguments with their values."""
    return ", ".join(
        f"{name} = {number(value) if isinstance(value, int | float) else several(value)}"
        for name, value in values.items()
    )


def several(values: Iterable[Any], digits: int = 4) -> str:
    """Write some numbers, or rows of numbers, as a list."""
    parts = (several(value, digits) if isinstance(value, Iterable) else number(value, digits) for value in values)
    return f"[{', '.join(parts)}]"


def shape_of(shape: Sequence[int], points: int) -> str:
    """Write a shape with the letter N in it, since the number of points is another at each check; 0 for no letter."""
    letters = {points * points: "N · N", points: "N"} if points else {}
    parts = [letters.get(size, str(size)) for size in shape]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def states(count: int) -> str:
    """Count states."""
    return f"{count} state{'s' * (count != 1)}"


def told_apart(expected: Any, received: Any) -> tuple[str, str]:
    """Write two different numbers, or lists of them, with so many digits that they differ, four at least."""
    write = several if isinstance(expected, Iterable) else number
    pairs = ((write(expected, digits), write(received, digits)) for digits in range(4, 18))
    return next((pair for pair in pairs if pair[0] != pair[1]), (repr(expected), repr(received)))


def points(count: int) -> str:
    """Count points."""
    return f"{whole(count)} points"


def moment(updates: int) -> str:
    """Say when, by the number of updates."""
    return f"after {updates} update{'s' * (updates != 1)}" if updates else "at the start"


def raised(kind: str, message: str) -> str:
    """Say that the learner's code raised an error."""
    return f"Your code raised {kind}: {message}" if message else f"Your code raised {kind}"


def where(line: tuple[int, str] | None) -> str:
    """Say in which line, given its number and text."""
    if line is None:
        return "."
    number, text = line
    return f", in line {number} of your code: `{text}`" if text else f", in line {number} of your code."


def answer_and_why(answer: str, why: str) -> str:
    """Give the answer to a question away."""
    return f"{answer[:1].upper()}{answer[1:]}{'.' * (answer[-1:] != '.')} {why}".strip()


def counted(attempts: int, hints: int) -> str:
    """Say how many tries and hints it took."""
    tries = "the first try" if attempts == 1 else f"try {attempts}"
    return f"That was {tries}" + (f", with {hints} hint{'s' * (hints > 1)}." if hints else ".")


def lettered(choices: Iterable[str]) -> list[str]:
    """Put the letter by which it is chosen before each of some choices."""
    return [f"{letter}) {choice}" for letter, choice in zip(ascii_lowercase, choices, strict=False)]


def each(states: Mapping[str, str]) -> str:
    """List exercises with their states."""
    return "\n".join(f"{SIGNS[state]} {EXERCISES[key].title} · {STATES[state]}" for key, state in states.items())


def done_by_notebook(states: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Return the number of each notebook, how many of its exercises are done, and how many there are."""
    notebooks: dict[str, list[str]] = {}
    for key, state in states.items():
        notebooks.setdefault(EXERCISES[key].notebook, []).append(state)
    return [(name, some.count("done"), len(some)) for name, some in notebooks.items()]


def done_of_all(name: str, done: int, size: int) -> str:
    """Count what is done in one notebook."""
    return f"Notebook {name}: {done} of {size}"


def collection(states: Mapping[str, str]) -> str:
    """Count what is done in each notebook and in all."""
    lines = [done_of_all(*counted) for counted in done_by_notebook(states)]
    done = [*states.values()].count("done")
    return "\n".join([*lines, f"Done in all: {done} of {len(states)}"])
