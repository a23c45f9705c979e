"""What the exercises of notebook 06 say.

Each of its ten bugs is three exercises: which curve the loop draws, what the bug is called, and the repair.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .notebook_03 import ADDED_UP
from .words import Words

# The curves that a loop can draw, and how each is told.
CURVES = {
    "right": "it falls like the correct one",
    "swings": "it swings up and down and never settles",
    "creeps": "it falls by less than a fifth",
    "stays": "it stays exactly where it starts",
    "flat": "it falls to the loss of the flat line y = 0 and stays there",
    "stalls": "it falls, then stays far above the correct one",
    "explodes": "it grows until it overflows",
    "one point": "there is one point, then an error",
    "no point": "there is no point at all, only an error",
}

# The names of the bugs, after the mistake that the check of the repair sees in the loop. Two names belong to none of
# the ten, so that the last bug cannot be named by what is left.
NAMES = {
    "item_too_early": "`.item()` is called too early",
    "broadcast": "a column is compared with a flat array",
    "some_never_move": "a plain tensor is used where a `Parameter` is needed",
    "graphs_kept": "the graph of every iteration is kept",
    "reset_too_early": "the gradients are reset before they are used",
    "added_up": "the gradients are never reset",
    "mean_for_sum": "the mean is used where the sum is needed",
    "half_precision": "the numbers have too few digits",
    "rate_ignored": "the learning rate is above the limit",
    "two_devices": "the tensors are on two devices",
    "uphill": "the update goes uphill",
    "never_moves": "the update makes new tensors",
}

# Why a bug has not this name, where nothing else is said about it.
_RAISES = "That would raise an error. This loop keeps running."
NOT_THIS = {
    "item_too_early": _RAISES,
    "graphs_kept": "Then every loss would be right, and only memory would suffer.",
    "two_devices": _RAISES,
    "reset_too_early": "Then no parameter could move. Here they do move.",
    "uphill": "Then the loss would grow from the first iteration on. This one does not.",
}

CURVE_TITLE, NAME_TITLE, REPAIR_TITLE = "Bug {number}: its curve", "Bug {number}: its name", "Bug {number}: the repair"
CURVE_TASK = (
    "Read the loop. Which of these curves will it draw? The solid line is its loss, divided by its first loss. The "
    "dotted line is the correct loop."
)
NAME_TASK = "Now you have seen it run. What is the bug?"
REPAIR_TASK = "Repair `{loop}` in its cell above, run that cell, then check."
CURVE_HINTS = (
    "Read it phase by phase: forward, loss, backward, update. Which phase is different from notebooks 03 and 04?",
    "{hint}",
    "You can also ask the loop. Record a run, and look at every hundredth loss, or at the error that ends it.",
)
AT_THE_YIELD = "Print it after a call of `next`. The loop is then waiting at its `yield`."
ITS_VARIABLES = "`gi_frame.f_locals` holds the variables of a loop that is waiting."
BEFORE_IT_RUNS = "Print where the data are. The error says where the parameters are."
REPAIRED = "Right: it now does what the correct loop does. {story}"

# Python, which is the same in every language.
LOOP_CODE = "{key}_training"
CURVE_CODE = """try:
    print(record({loop}({run}), 1000).losses[::100])
except Exception as error:
    print(error)"""
STEPS_CODE = """running = {loop}({run})
for _ in range({steps}):
    loss, parameters = next(running)
    """


@dataclass(frozen=True, kw_only=True)
class Bug:
    """What there is to say about one bug.

    `curves` maps the curves to choose from to what is said about each, `names` all names but some of `NOT_THIS`
    likewise: of the curve there, of the cause here. `look` says what to look at, `see` what is seen there, `look_code`
    prints it after some `steps` of the loop, or without it. `predict` says what to look at before the loop has run,
    where `look` would give the curve away. `run_code` is what the loop is called with, `first_run_code` before the
    notebook has the data for that. `hints`, `repair_code` and `why` go with the repair, and `story` ends it.
    """

    curves: Mapping[str, str]
    predict: str = ""
    look: str
    see: str
    look_code: str
    steps: int = 3
    names: dict[str, str]
    hints: tuple[str, str, str]
    repair_code: str
    why: str
    story: str
    run_code: str = "data, START, 1e-6"
    first_run_code: str = ""


BUGS = {
    "bug_1": Bug(
        curves={
            "right": "The first update is the correct one. The second is already too long.",
            "explodes": "The swings stay below 20 000. They would only grow above twice the limit.",
            "swings": "It runs through the valley, up the other side and back, like a ball without friction.",
            "stalls": "It never stands still. It moves fastest where the loss is lowest.",
        },
        look="Look at the gradient of a, right before `backward`.",
        see="It must be None there, or 0. What is it, and what does `backward` do with what it finds?",
        look_code="print(parameters[0].grad)",
        names={
            "broadcast": "All arrays are flat, and the fit is not a flat line: it swings.",
            "some_never_move": "All four parameters move, and they move far.",
            "added_up": "`.grad` is not None before `backward`, and `backward` adds to it. So all earlier gradients "
            "keep pushing.",
            "mean_for_sum": "A mean makes the steps 2 000 times shorter. These are too long.",
            "half_precision": "Too few digits bring a curve to a halt. This one never stops moving.",
            "rate_ignored": "That is often said about such a curve. But 1e-6 is well below the limit of 3.558e-6, and "
            "above the limit the swings grow. These do not.",
            "reset_too_early": "Then no parameter could move. And is there any reset in this loop?",
            "uphill": "Then the loss would grow from the first iteration on. This one falls at first.",
            "never_moves": "Then the parameters would stay where they are.",
        },
        hints=(
            "Print `a.grad` before each `backward`. What must it be?",
            "Each iteration needs its own gradient, so the update ends with: gradient ← None.",
            "The line belongs at the end of the loop over the parameters.",
        ),
        repair_code="parameter.grad = None",
        why="`backward` adds to what is there, so each iteration ends with a reset.",
        story="The symptom: the loss swings for ever. After 5 iterations it even looks better than the correct loop, "
        "1 225 against 8 437. Next time, print `a.grad` before `backward`. It must be None, or 0.",
    ),
    "bug_2": Bug(
        curves={
            "creeps": "Each iteration changes the parameters in the sixth digit only.",
            "right": "It falls, but its steps are much shorter than the correct ones.",
            "stays": "Nearly, but each iteration does change the parameters, if only in the sixth digit.",
            "swings": "Only steps that are too long make a loss swing. Are these too long?",
        },
        look="Look at the very first loss.",
        see="The correct loop starts at 19 074. Divide that by this first loss. Do you know the number?",
        look_code="print(loss.item(), loss.item() * len(data))",
        names={
            "broadcast": "The predictions are flat, just like the data. And the loss is still falling, if slowly.",
            "some_never_move": "All four parameters move a little.",
            "added_up": "`.grad` is None before each `backward`. And gradients that add up make long steps.",
            "mean_for_sum": "9.537 is 19 074 divided by 2 000. `mse_loss` takes the mean unless you tell it otherwise, "
            "and the gradient of the mean is 2 000 times smaller.",
            "half_precision": "The parameters are `float64`, just like the data.",
            "rate_ignored": "The rate is 7 000 times smaller than the limit for this loss, 7.116e-3.",
            "never_moves": "`-=` changes the parameters in place. They do move: look at the sixth digit.",
        },
        hints=(
            "Compare its first loss with the first loss of the correct loop, 19 074.2. What is the ratio?",
            "This rate was chosen for the loss Σ (y_pred − y)².",
            "Write the sum by hand, or tell the function which reduction you want.",
        ),
        repair_code='torch.nn.functional.mse_loss(y_pred, y, reduction="sum")',
        why="The rate 1e-6 was chosen for the sum.",
        story="The symptom: it learns next to nothing. Its last loss, 7.957, is less than the correct loop's 9.085 "
        "only because one is a mean and the other a sum. Next time, print the first loss, and ask which loss the rate "
        "was chosen for.",
    ),
    "bug_3": Bug(
        curves={
            "right": "It does fall at first. Then it stops far above the correct one.",
            "creeps": "The rate suits a mean: 5e-3 is below the limit for these points, 6.929e-3, and not by much.",
            "explodes": "Its curvature is the same as the correct loop's, so the limit is the same. 5e-3 is below it.",
            "flat": "The fit becomes the flat line y = 0, and stays there.",
        },
        look="Look at the shape of the error, `y_pred - y`.",
        see="(N, 1) minus (N,) is (N, N). Which single number is best for all points at once?",
        look_code="print(running.gi_frame.f_locals['y_pred'].shape, few.y.shape)",
        names={
            "broadcast": "`X @ w` has shape (N, 1) and `y` has shape (N,), so each prediction is compared with every "
            "point. The best single answer to all points is their mean, 0.",
            "some_never_move": "All four parameters move: they go to 0.",
            "added_up": "The gradient is None before each `backward`, and nothing swings.",
            "mean_for_sum": "It is a mean, but so is the correct loop's loss here, and the rate was chosen for it.",
            "half_precision": "The weights are `float64`. They stop because the gradient is 0.",
            "rate_ignored": "5e-3 is below the limit for this mean, 6.929e-3. Above it, the loss would explode.",
            "never_moves": "`w -= ...` changes w in place, and w does move: to 0.",
        },
        hints=(
            "Print the shape of `y_pred - y`. How many numbers should it have?",
            "Prediction and data need the same shape: both (N,), or both (N, 1).",
            "Make the column flat.",
        ),
        repair_code="y_pred = (X @ w).flatten()",
        why="With one shape for both, each point is compared only with itself.",
        story="The symptom: the loss stops at the variance of the data, their mean squared "
        "distance from their mean. The fit is the flat line at that mean. Here, with 200 points, the loss stops at "
        "0.4975; with 2 000 points it would stop at 0.49975. Next time, print the shape of `y_pred - y`.",
        run_code="few, START, 5e-3",
        first_run_code='sine(200).to("cpu"), START, 5e-3',
    ),
    "bug_4": Bug(
        curves={
            "right": "It falls, but it ends too high: compare the last loss with the floor, 8.817.",
            "swings": "`zero_grad` is called, and the rate is below the limit.",
            "stalls": "It stops at 1 741. The floor is 8.817.",
            "one point": "No line raises an error. It runs for as long as you let it.",
        },
        look="Count the parameters that the model hands to the optimizer.",
        see="A module registers each `Parameter`. Everything else is an ordinary attribute.",
        look_code="print(len(list(running.gi_frame.f_locals['model'].parameters())))",
        names={
            "broadcast": "The loss of the flat line is 999.5. This one stops at 1 741.",
            "some_never_move": "d is a plain tensor. The optimizer never hears about it, so d keeps its first value.",
            "added_up": "`zero_grad` is called in every iteration, and nothing swings.",
            "mean_for_sum": "The first loss is 19 074: that is the sum.",
            "half_precision": "Then all four parameters would stop. d has never moved.",
            "rate_ignored": "It converges to the best that three parameters can do.",
            "reset_too_early": "Then no parameter could move. Here a, b and c do.",
            "never_moves": "`step` changes a, b and c in place. Only d stays as it is.",
        },
        hints=(
            "Which of the four parameters never changes? How was it made?",
            "The module must know it, so it must be an instance of the class that `parameters()` looks for.",
            "All four can be made in one line.",
        ),
        repair_code="self.d = torch.nn.Parameter(x.new_tensor(start[3]))",
        why="A module hands out each `Parameter`, and nothing else.",
        story="The symptom: a clean curve that ends too high, here at 1 741. Next time, print the names in "
        "`model.named_parameters()`, and count them.",
    ),
    "bug_5": Bug(
        curves={
            "right": "Every number is right. What grows is not in the picture.",
            "creeps": "The update is the usual one.",
            "swings": "Each of its updates is the correct one.",
            "explodes": "The rate is the usual one, below the limit.",
        },
        look="The curve tells you nothing. Look at what `total` holds on to.",
        see="A tensor with a `grad_fn` keeps all the operations that made it, and their inputs too.",
        look_code="print(operations_kept(running))",
        names={
            "item_too_early": "`backward` works, so the loss still has its graph.",
            "broadcast": "Then the curve would end at the flat line. This curve is right.",
            "some_never_move": "Then one parameter would never move. All four are right.",
            "graphs_kept": "`total` is a tensor made from all the losses, so it holds on to all their graphs.",
            "added_up": "Losses add up here, not gradients. Each `.grad` is None before `backward`.",
            "mean_for_sum": "Then the first loss would be 9.537.",
            "half_precision": "The parameters are `float64`, and the curve is right.",
            "rate_ignored": "Then it would explode. This curve is right.",
            "two_devices": "That would raise an error. This loop keeps running.",
            "never_moves": "Then the loss would stay where it starts. This curve is right.",
        },
        hints=(
            "Print `operations_kept(running)` after 10 iterations and after 100. Should the number grow?",
            "total ← total + the loss as a number, without its history.",
            "A tensor with one element can give you its number.",
        ),
        repair_code="total += loss.item()",
        why="A number has no history, so the graph of each iteration can be freed.",
        story="The symptom: none in the curve. Each iteration keeps ten more operations, which is more than 100 MB "
        "after 20 000 iterations. A long run ends when the memory is full. PyTorch's own FAQ warns of this: “Don’t "
        "accumulate history across your training loop” (docs.pytorch.org, notes, FAQ). Next time, print "
        "`total.grad_fn`. It should be None.",
        predict="Look at the line with `total`. Does any other line use it?",
    ),
    "bug_6": Bug(
        curves={
            "creeps": "That would mean a step that is too short. Here there is no step at all.",
            "stays": "Each loss is the first one, to the last digit. The four parameters never move.",
            "one point": "No line raises an error. It runs for as long as you let it.",
            "swings": "For that, the parameters would have to move.",
        },
        look="Look at a itself, after three iterations.",
        see="Has it changed? What does `=` do to the object that the name stood for?",
        look_code="print(parameters[0].item() - START[0])",
        names={
            "broadcast": "Then the parameters would move towards a flat line.",
            "some_never_move": "Then one plain tensor would stay as it is. Here all four do, and each is a leaf.",
            "reset_too_early": "The update still reads the gradient. The reset comes one line later.",
            "added_up": "`.grad` does grow, because the reset reaches the wrong tensor. But a reset alone moves "
            "nothing.",
            "mean_for_sum": "With a mean the parameters move a little. These do not move at all.",
            "half_precision": "The first step of a would be 0.009, and a has sixteen digits.",
            "rate_ignored": "Above the limit it would explode.",
            "uphill": "Then the loss would grow. It stays the same to the last digit.",
            "never_moves": "`parameter = ...` gives the name to a new tensor, which is then forgotten. The leaf stays "
            "as it was.",
        },
        hints=(
            "Print `a` before and after the update. Then read the update aloud: which object gets the new value?",
            "Change the leaf itself, in place: parameter ← parameter − learning rate · gradient.",
            "Use one operator in place of two.",
        ),
        repair_code="parameter -= learning_rate * parameter.grad",
        why="“In place” means that the object itself changes, and not only what its name stands for.",
        story="The symptom: every loss is the same to the last digit, and nothing complains. Next time, print a "
        "parameter before and after the update. If the two are exactly equal, the update has changed something else.",
    ),
    "bug_7": Bug(
        curves={
            "right": "There is not even a first loss. Follow the forward pass line by line.",
            "one point": "The error comes in the forward pass, before the first loss.",
            "stays": "It never gets as far as a first loss.",
            "no point": "The forward pass raises an error before there is a loss.",
        },
        look="Read the last line of the error. It names two things.",
        see="On which device is `data.x`, and on which device are the four parameters?",
        look_code="data.x.device",
        steps=0,
        names={
            "item_too_early": "There is no loss yet. The error comes in the forward pass.",
            "broadcast": "Two shapes that can be broadcast raise no error.",
            "some_never_move": "A plain tensor raises no error. It only stays as it is.",
            "graphs_kept": "Graphs that are kept raise no error until memory is full.",
            "reset_too_early": "The error comes before the first gradient.",
            "added_up": "The error comes before the first gradient.",
            "mean_for_sum": "The error comes before the first loss.",
            "half_precision": "Both are `float64`. Read the message again: it names two places.",
            "rate_ignored": "The error comes before the first update.",
            "uphill": "The error comes before the first update.",
            "two_devices": "The parameters are on 'meta' and the data are on the CPU. The forward pass needs both.",
            "never_moves": "The error comes before the first update.",
        },
        hints=(
            "Where are the data? Where should the parameters be, whatever machine the loop runs on?",
            "device of the parameters ← device of the data.",
            "A tensor knows where it is: it has a `.device`.",
        ),
        repair_code="device = data.x.device",
        why="A loop that follows its data runs on every device.",
        story="The symptom: an error in the first line that uses tensors of both devices, perhaps only on a machine "
        "with a GPU. Next time, print `x.device` and `a.device`. On any machine you can try it with the device 'meta'.",
        predict="Look at the lines that make the tensors. Where does each tensor end up?",
    ),
    "bug_8": Bug(
        curves={
            "no point": "The first loss is calculated and yielded before anything goes wrong.",
            "one point": "The first loss is yielded. The line after that raises an error.",
            "stays": "It never gets as far as a second loss.",
            "right": "The first point is right, but there is no second one.",
        },
        look="Read the last line of the error. What type does `loss` have?",
        see="Only a tensor knows how it was calculated.",
        look_code="print(type(loss))",
        names={
            "item_too_early": "`.item()` has turned the loss into a Python float, and a float has no `backward`.",
            "broadcast": "Two shapes that can be broadcast raise no error.",
            "some_never_move": "A plain tensor raises no error as long as others are leaves.",
            "graphs_kept": "It is the other way round: the one graph that is needed was thrown away.",
            "reset_too_early": "The error comes before there is any gradient.",
            "added_up": "The error comes before there is any gradient.",
            "mean_for_sum": "The first loss is 19 074: that is the sum.",
            "half_precision": "The `float` in the message is Python's type for numbers. It has sixteen digits.",
            "rate_ignored": "The error comes before the first update.",
            "uphill": "The error comes before the first update.",
            "two_devices": "All tensors are on the CPU.",
            "never_moves": "The error comes before the first update.",
        },
        hints=(
            "What type does `loss` have when `backward` is called?",
            "First backward, then the number.",
            "Let `loss` stay a tensor. A program that wants to print it can take the number out of it later.",
        ),
        repair_code="loss = ((y_pred - y) ** 2).sum()",
        why="`backward` needs the tensor. A number for a report can be taken out of it afterwards.",
        story="The symptom: 'float' object has no attribute 'backward'. Next time, print `type(loss)` and "
        "`loss.grad_fn`. Do not wrap the number in a new tensor: that silences the error and trains nothing.",
        predict="Follow `loss` from line to line. What is it, and what is it asked to do?",
        steps=1,
    ),
    "bug_9": Bug(
        curves={
            "explodes": "Each step is longer than the last one, and leads further away.",
            "right": "The first update already leads far up the other side.",
            "swings": "It does swing, but each swing is 561 times as wide as the last one.",
            "stalls": "It never comes to a halt.",
        },
        look="Look at the rate that the optimizer uses.",
        see="Compare it with the limit, 3.558e-6.",
        look_code="print(running.gi_frame.f_locals['optimizer'].param_groups[0]['lr'])",
        names={
            "broadcast": "That would end at a flat line. This one does not end anywhere.",
            "some_never_move": "All four parameters move, and much too far.",
            "added_up": "`zero_grad` is there. And without it, at 1e-6, the loss would stay below 20 000.",
            "mean_for_sum": "A mean makes the steps shorter. These are too long.",
            "half_precision": "More digits only delay the overflow: it comes at iteration 7 in float32, and at 56 in "
            "float64.",
            "rate_ignored": "Nobody uses `learning_rate`. The optimizer's own rate is 1e-3, which is 281 times the "
            "limit of 3.558e-6.",
            "uphill": "Uphill, each parameter would run away to one side. These jump from side to side.",
            "never_moves": "`step` changes the leaves in place, and they do move.",
        },
        hints=(
            "Which of the function's arguments is never used?",
            "rate of the optimizer ← learning rate.",
            "`SGD` takes it by keyword.",
        ),
        repair_code="optimizer = torch.optim.SGD((a, b, c, d), lr=learning_rate)",
        why="`SGD` uses 1e-3 if you do not give it a rate.",
        story="The symptom: the loss is inf after a few iterations. Some people then clip the gradients: "
        "they shorten those that are too long. That only hides the cause. Next time, print the rate that is really "
        "used, `optimizer.param_groups[0]['lr']`, and compare it with the limit.",
    ),
    "bug_10": Bug(
        curves={
            "right": "It does for some 340 iterations. Then it stops falling.",
            "stalls": "It falls like the correct one. From iteration 349 on, each loss is the same, 237.9.",
            "creeps": "The first steps are long enough to change the parameters.",
            "explodes": "The rate is the usual one, below the limit.",
        },
        look="Look at a parameter and its type.",
        see="bfloat16 has 8 binary digits. The next number after 1 is 1.0078.",
        look_code="print(parameters[1].dtype, parameters[1] - 1e-4 == parameters[1])",
        names={
            "broadcast": "The arrays are flat, and the loss is not the flat line's 999.5.",
            "some_never_move": "All four parameters move for 349 iterations. Then all four stop.",
            "added_up": "`.grad` is None before each `backward`, and nothing swings.",
            "mean_for_sum": "The first loss is 19 090. That is the sum, at a start that was rounded.",
            "half_precision": "bfloat16 keeps about three decimal digits. The steps get shorter, until they "
            "are too short to change a number with so few digits.",
            "rate_ignored": "For a hundred iterations its curve is the correct one.",
            "never_moves": "`-=` changes the parameters in place, and it does so for 349 iterations.",
        },
        hints=(
            "Print `a.dtype`, and the step `learning_rate * a.grad` beside `a`. Is the step large enough to change it?",
            "type of the parameters ← type of the data.",
            "It is the same for the type as for the device: ask the data.",
        ),
        repair_code="dtype=x.dtype",
        why="Short types are good for large arrays. A parameter that adds up many small steps needs more digits.",
        story="The symptom: a normal beginning, then the same loss for ever, here 237.9 from iteration 349 on. Next "
        "time, print `a.dtype`, and see whether `a` still changes. PyTorch's `autocast`, which calculates with short "
        "types, leaves the parameters in float32.",
    ),
}

_CLOSING = {
    "ringing": Words(
        title="It swings",
        task="A loss swings for thousands of iterations, and neither grows nor settles. What do you print before "
        "`backward` to find out whether a reset was forgotten?",
        choices={
            "loss": ("the loss", "It swings either way. You have already seen it swing."),
            "learning rate": ("the learning rate", "It may well be below the limit, as 1e-6 was."),
            "gradient": ("the gradient of a", "It must be None there, or 0. `backward` adds to any other number."),
            "dtype": ("the type of a", "Too few digits bring a curve to a halt. They do not make it swing."),
        },
    ),
    "stands_still": Words(
        title="It stops falling",
        task="Somebody fits the sine, and the mean loss stops at 0.49975. What has the model learnt?",
        choices={
            "best cubic": ("the best cubic", "Its mean loss is 0.00441."),
            "taylor cubic": ("the Taylor cubic", "Its mean loss is 0.403, which is less."),
            "flat line": (
                "the flat line y = 0",
                "0.49975 is the mean of sin², which is the loss of that line. Look for (N, 1) against (N,).",
            ),
            "start": ("nothing: it is still at `START`", "The mean loss there is 9.54."),
        },
    ),
    "what_to_keep": Words(
        title="What to keep",
        task="You want the average loss of a long run. Which line makes the memory grow?",
        choices={
            "loss": ("total += loss", "The sum is a tensor with a history: it keeps the graphs of all iterations."),
            "loss.item()": ("total += loss.item()", "A number has no history."),
            "loss.detach()": ("total += loss.detach()", "A detached tensor has no history, and stays on its device."),
            "no_grad": (
                "total += loss, inside `no_grad`",
                "Nothing is recorded inside `no_grad`, so the sum has no history.",
            ),
        },
    ),
}


def _where_to_print(bug: Bug) -> str:
    if not bug.steps:
        return BEFORE_IT_RUNS
    return f"{AT_THE_YIELD} {ITS_VARIABLES}" if "gi_frame" in bug.look_code else AT_THE_YIELD


def _exercises(key: str, bug: Bug) -> dict[str, Words]:
    """Return what the three exercises about a bug say."""
    number, loop = key.removeprefix("bug_"), LOOP_CODE.format(key=key)
    steps_code = STEPS_CODE.format(loop=loop, run=bug.run_code, steps=bug.steps) if bug.steps else ""
    return {
        f"{key}_curve": Words(
            title=CURVE_TITLE.format(number=number),
            task=CURVE_TASK,
            hints=tuple(hint.format(hint=bug.predict or bug.look) for hint in CURVE_HINTS),
            code=CURVE_CODE.format(loop=loop, run=bug.first_run_code or bug.run_code),
            choices={curve: (CURVES[curve], why) for curve, why in bug.curves.items()},
        ),
        f"{key}_name": Words(
            title=NAME_TITLE.format(number=number),
            task=NAME_TASK,
            hints=(bug.look, bug.see, _where_to_print(bug)),
            code=steps_code + bug.look_code,
            choices={name: (text, (NOT_THIS | bug.names)[name]) for name, text in NAMES.items()},
        ),
        key: Words(
            title=REPAIR_TITLE.format(number=number),
            task=REPAIR_TASK.format(loop=loop),
            hints=bug.hints,
            code=bug.repair_code,
            why=bug.why,
            well_done=REPAIRED.format(story=bug.story),
            instead={"added_up": ADDED_UP},
        ),
    }


EXERCISES = {name: words for key, bug in BUGS.items() for name, words in _exercises(key, bug).items()} | _CLOSING

MISTAKES = {
    "graphs_kept": "The graph of every iteration is still kept: {before} recorded operations are alive after 4 "
    "iterations, {after} after 8. Which variable holds on to them?",
    "total_lost": "Memory no longer grows, but no variable holds the sum of all losses, or their average, any more. It "
    "is needed at the end, so keep the number.",
    "wrapped_number": "No parameter receives a gradient. Either `backward` never ran, or it began at a new tensor "
    "around a number, which does not know how it was calculated.",
    "device_fixed": "It works with data on the CPU. Then the loop was given data on another device, and its "
    "parameters were not there: they do not follow the data. Use `x.device`.",
    "data_moved": "It works on every machine, because the data move to the parameters. Here it should be the other "
    "way round: the data may be large, and the caller of the loop decides where they are. Use `x.device`.",
    "fails_elsewhere": "It works with data on the CPU. Then the loop was given data on another device, "
    "'meta':\n\n{error}",
    "no_leaf_there": "It is right here, but wrong on a machine with another device. There `.to` makes a new tensor, "
    "which is not a leaf and gets no `.grad`. Give the device to `torch.tensor` directly.",
}
