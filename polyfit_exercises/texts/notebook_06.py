"""What the exercises of notebook 06 say.

Each of its ten bugs is three exercises: which curve the loop draws, what the bug is called, and the repair.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .words import Words

# The curves that a loop can draw, and how each is told.
CURVES = {
    "right": "it falls as the correct one does",
    "swings": "it swings up and down and never settles",
    "creeps": "it falls by less than a fifth",
    "stays": "it stays exactly where it begins",
    "flat": "it falls to the loss of y = 0 and stands still there",
    "stalls": "it falls, then stands still far above the correct one",
    "explodes": "it grows until it overflows",
    "one point": "one point, then an error",
    "no point": "no point at all: an error comes first",
}

# The names of the bugs, after the mistake that the check of the repair sees in the loop.
NAMES = {
    "item_too_early": "`.item()` comes too early",
    "broadcast": "a column is compared with a flat array",
    "some_never_move": "a plain tensor stands where a `Parameter` belongs",
    "graphs_kept": "every step's graph is kept",
    "added_up": "the gradients are never reset",
    "mean_for_sum": "the mean stands where the sum belongs",
    "half_precision": "the numbers have too few digits",
    "rate_ignored": "the rate is above the limit",
    "two_devices": "the tensors are on two devices",
    "never_moves": "the update makes new tensors",
}

# Why a bug has not this name, where nothing else is said about it.
_RAISES = "Then a line would raise an error. This loop runs on."
NOT_THIS = {
    "item_too_early": _RAISES,
    "graphs_kept": "Then each loss would be right, and only memory would suffer.",
    "two_devices": _RAISES,
}

CURVE_TITLE, NAME_TITLE, REPAIR_TITLE = "Bug {number}: its curve", "Bug {number}: its name", "Bug {number}: the repair"
CURVE_TASK = (
    "Read the loop. Which of these curves does it draw, and why? Solid: its loss, as a part of the first one. Dotted: "
    "the correct loop's."
)
NAME_TASK = "Now that you have seen it run: what is the bug?"
REPAIR_TASK = "Repair `{loop}` in its cell above, run that cell, then check."
CURVE_HINTS = (
    "Read it phase by phase: forward, loss, backward, update. Which one is not as in notebooks 03 and 04?",
    "{hint}",
    "Or ask the loop itself: record a long run, and look at every hundredth loss, or at the error that ends it.",
)
AT_THE_YIELD = "Print it after a call of `next`: there the loop waits at its `yield`."
BEFORE_IT_RUNS = "Print where the data are. The error says where the parameters are."
REPAIRED = "Right: it walks as the correct loop does. {story}"

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
            "right": "The first step is the correct one. The second is longer already.",
            "explodes": "The swings stay below 20 000. At twice the limit and more they would grow.",
            "swings": "It runs through the valley, up the other side and back, like a ball without friction.",
            "stalls": "It never stands still. It is fastest where the loss is lowest.",
        },
        look="Look at the gradient of a, right before `backward`.",
        see="It must be None there, or 0. What is it, and what does `backward` do with what it finds?",
        look_code="print(parameters[0].grad)",
        names={
            "broadcast": "All arrays are flat, and the fit is no flat line: it swings.",
            "some_never_move": "All four letters move, with long steps.",
            "added_up": "`.grad` is not None before `backward`, and `backward` adds to it. So all past gradients push "
            "on.",
            "mean_for_sum": "A mean makes the steps 2 000 times shorter. These are too long.",
            "half_precision": "Too few digits bring a curve to rest. This one never rests.",
            "rate_ignored": "Tempting, and often said. But 1e-6 is well below the limit 3.558e-6, and above a limit "
            "the swings grow. These do not.",
            "never_moves": "Then the letters would stay where they are.",
        },
        hints=(
            "Print `a.grad` before each `backward`. What must it be?",
            "Each step needs its own gradient, so the update ends with: gradient ← None.",
            "The line stands at the end of the loop over the parameters.",
        ),
        repair_code="parameter.grad = None",
        why="`backward` adds, so each step ends with a reset.",
        story="Symptom: the loss rings for ever, and at step 5 it looks better, 1 225 against 8 437. The sum of all "
        "gradients is a velocity without friction. Next time print `a.grad` before `backward`: it must be None, or 0.",
    ),
    "bug_2": Bug(
        curves={
            "creeps": "Each step moves the letters in the sixth digit only.",
            "right": "It falls, but its steps are far shorter than the correct ones.",
            "stays": "Nearly. But each step does move the letters, if only in the sixth digit.",
            "swings": "Only steps that are too long can swing. Are these?",
        },
        look="Look at the very first loss.",
        see="The correct one begins at 19 074. Divide by it, and think of the number of points.",
        look_code="print(loss.item(), loss.item() * len(data))",
        names={
            "broadcast": "The predictions are flat, as the data are. And it still falls: nothing has come to rest.",
            "some_never_move": "All four letters move, by a little.",
            "added_up": "`.grad` is None before each `backward`. And gradients that add up make long steps.",
            "mean_for_sum": "9.537 is 19 074 divided by 2 000. `mse_loss` takes the mean unless told otherwise, and "
            "its gradient is 2 000 times smaller.",
            "half_precision": "The letters are `float64`, as the data are.",
            "rate_ignored": "It is 7 000 times below the limit of this loss, 7.116e-3.",
            "never_moves": "`-=` changes the letters in place, and they do move: look at the sixth digit.",
        },
        hints=(
            "Compare its first loss with that of the correct loop, 19 074.2. What is the ratio?",
            "This rate belongs to the loss Σ (y_pred − y)².",
            "Write the sum by hand, or tell the function which reduction you want.",
        ),
        repair_code='torch.nn.functional.mse_loss(y_pred, y, reduction="sum")',
        why="The rate 1e-6 belongs to the sum.",
        story="Symptom: next to nothing is learnt, and yet 7.957 is less than the correct loop's 9.085: they count in "
        "different units. Next time print the first loss, and ask which loss the rate was chosen for.",
    ),
    "bug_3": Bug(
        curves={
            "creeps": "That would be a step too short. This one is no step at all.",
            "stays": "Each loss is the first one, to the last digit: the four letters never move.",
            "one point": "No line raises an error. It runs as long as you let it.",
            "swings": "For that the letters would have to move.",
        },
        look="Look at a itself, after three steps.",
        see="Has it changed? What does `=` do to the object that the name stood for?",
        look_code="print(parameters[0].item() - START[0])",
        names={
            "broadcast": "Then the letters would move, towards a flat line.",
            "some_never_move": "One plain tensor would stand still. Here all four do, and each is a leaf.",
            "added_up": "`.grad` does grow, since None goes to the wrong tensor. But a reset alone would move nothing.",
            "mean_for_sum": "A mean moves the letters a little. These do not move at all.",
            "half_precision": "The first step of a would be 0.009, and a has sixteen digits.",
            "rate_ignored": "Above the limit it would explode.",
            "never_moves": "`parameter = ...` gives the name to a new tensor, which is forgotten. The leaf stays as it "
            "was.",
        },
        hints=(
            "Print `a` before and after the update. Then read the update aloud: who gets the new value?",
            "Change the leaf itself, in place: parameter ← parameter − learning rate · gradient.",
            "Two signs become one operator.",
        ),
        repair_code="parameter -= learning_rate * parameter.grad",
        why="In place means: the object changes, not what its name stands for.",
        story="Symptom: every loss is the same to the last digit, and nothing complains. Next time print a parameter "
        "before and after the update. Exactly equal means that the update went elsewhere.",
    ),
    "bug_4": Bug(
        curves={
            "right": "It falls at first, too. Then it comes to rest far above the correct one.",
            "creeps": "The rate suits a mean: 0.005 is below its limit, 6.929e-3 for these points.",
            "explodes": "Its curvature is that of the correct loss, so its limit is the same: 0.005 is below it.",
            "flat": "The fit becomes the flat line y = 0, and stays there.",
        },
        look="Look at the shape of the error, `y_pred - y`.",
        see="(N, 1) minus (N,) is (N, N). Which single number is best for all points at once?",
        look_code="print(running.gi_frame.f_locals['y_pred'].shape, few.y.shape)",
        names={
            "broadcast": "`X @ w` has shape (N, 1) and `y` (N,), so each prediction is compared with every point. The "
            "best answer to all of them is their mean: 0.",
            "some_never_move": "All four move: they go to 0.",
            "added_up": "The gradient is None before each `backward`, and nothing swings.",
            "mean_for_sum": "It is a mean, but so is the correct loop's here, and the rate was chosen for it.",
            "half_precision": "The weights are `float64`. It stands still because its gradient is 0.",
            "rate_ignored": "0.005 is below this mean's limit, 6.929e-3. Above it, it would explode.",
            "never_moves": "`w -= ...` changes w in place, and it moves: to 0.",
        },
        hints=(
            "Print the shape of `y_pred - y`. How many numbers should it have?",
            "Prediction and data need one shape: both (N,), or both (N, 1).",
            "Make the column flat.",
        ),
        repair_code="y_pred = (X @ w).flatten()",
        why="One shape for both, and each point is compared with itself alone.",
        story="Symptom: the loss stands still at the variance of the data, and the fit is the flat line at their mean. "
        "For the sine that is a mean loss of 0.49975, here with 200 points 0.4975. Next time print the shape of "
        "`y_pred - y`.",
        run_code="few, START, 5e-3",
        first_run_code='sine(200).to("cpu"), START, 5e-3',
    ),
    "bug_5": Bug(
        curves={
            "right": "There is not even a first loss. Follow the forward pass from line to line.",
            "one point": "The error comes in the forward pass, before the first loss.",
            "stays": "It does not come as far as a first loss.",
            "no point": "The forward pass raises an error, before there is a loss.",
        },
        look="Read the last line of the error. It names two things.",
        see="On which device is `data.x`, and on which are the four letters?",
        look_code="data.x.device",
        steps=0,
        names={
            "item_too_early": "No loss is reached. The error comes in the forward pass.",
            "broadcast": "A shape that broadcasts raises no error.",
            "some_never_move": "A plain tensor raises no error. It only stands still.",
            "graphs_kept": "Kept graphs raise no error until memory is full.",
            "added_up": "The error comes before the first gradient.",
            "mean_for_sum": "The error comes before the first loss.",
            "half_precision": "Both are `float64`. Read the message again: it names two places.",
            "rate_ignored": "The error comes before the first step.",
            "two_devices": "The parameters are on 'meta', the data on the CPU. The forward pass needs both at once.",
            "never_moves": "The error comes before the first update.",
        },
        hints=(
            "Where are the data? Where should the parameters be, whatever machine the loop runs on?",
            "device of the parameters ← device of the data.",
            "A tensor knows where it is: its `.device`.",
        ),
        repair_code="device = data.x.device",
        why="A loop that follows its data runs on every device.",
        story="Symptom: an error in the first line that mixes the two, at once or only on the machine with a GPU. Next "
        "time print `x.device` and `a.device`. On any machine 'meta' can play the other device.",
        predict="Look at the lines that make the tensors. Where is each of them?",
    ),
    "bug_6": Bug(
        curves={
            "right": "Every number is right. What grows is not on the picture.",
            "creeps": "The update is the usual one.",
            "swings": "Its steps are the correct ones, one by one.",
            "explodes": "The rate is the usual one, below the limit.",
        },
        look="The curve tells nothing. Look at what `total` holds on to.",
        see="A tensor with a `grad_fn` keeps all operations that made it, and theirs in turn.",
        look_code="print(operations_kept(running))",
        names={
            "item_too_early": "`backward` works, so the loss still knows its graph.",
            "broadcast": "Then the curve would end at the flat line. It is right.",
            "some_never_move": "Then one letter would stand still. All four are right.",
            "graphs_kept": "`total` is a tensor made from all losses, so it holds all their graphs.",
            "added_up": "Losses add up here, not gradients: each `.grad` is None before `backward`.",
            "mean_for_sum": "Then the first loss would be 9.537.",
            "half_precision": "The letters are `float64`, and the curve is right.",
            "rate_ignored": "Then it would explode. The curve is right.",
            "two_devices": "Then it would raise an error. The curve is right.",
            "never_moves": "Then the loss would stay where it is. The curve is right.",
        },
        hints=(
            "Print `operations_kept(running)` after 10 steps and after 100. What should it be?",
            "total ← total + the number of the loss, without its history.",
            "A tensor of one element hands out its number.",
        ),
        repair_code="total += loss.item()",
        why="A number has no history, so each step's graph can go.",
        story="Symptom: none in the curve. Memory grows by ten operations a step, and a long run dies at night. Next "
        "time print `total.grad_fn`: what is kept for a report should have none. Use `.item()`.",
        predict="Look at the line with `total`. Which other lines use it?",
    ),
    "bug_7": Bug(
        curves={
            "no point": "The first loss is calculated and yielded before anything goes wrong.",
            "one point": "The first state is yielded. The line after it raises an error.",
            "stays": "It does not come to a second state.",
            "right": "The first point is right. There is no second one.",
        },
        look="Read the last line of the error. Of which type is `loss`?",
        see="Only a tensor knows how it came about.",
        look_code="print(type(loss))",
        names={
            "item_too_early": "`.item()` has made a Python float of the loss, and a float cannot go backward.",
            "broadcast": "A shape that broadcasts raises no error.",
            "some_never_move": "A plain tensor raises no error as long as others are leaves.",
            "graphs_kept": "On the contrary: the one graph that is needed was let go.",
            "added_up": "The error comes before there is any gradient.",
            "mean_for_sum": "The first loss is 19 074: the sum.",
            "half_precision": "The `float` of the message is Python's type of numbers. It has sixteen digits.",
            "rate_ignored": "The error comes before the first step.",
            "two_devices": "All tensors are on the CPU.",
            "never_moves": "The error comes before the first update.",
        },
        hints=(
            "Of which type is `loss` when `backward` is called?",
            "First backward, then the number.",
            "Let `loss` be the tensor. Whoever listens takes the number out of it.",
        ),
        repair_code="loss = ((y_pred - y) ** 2).sum()",
        why="The tensor goes backward; whoever wants to print it asks for its number.",
        story="Symptom: 'float' object has no attribute 'backward'. Next time print `type(loss)` and `loss.grad_fn`. "
        "And beware of the advice to wrap the number in a new tensor: that silences the error and trains nothing.",
        predict="Follow `loss` from line to line. What is it, and what is asked of it?",
        steps=1,
    ),
    "bug_8": Bug(
        curves={
            "explodes": "Each step is longer than the last, and leads further away.",
            "right": "The first step already leads far up the other side.",
            "swings": "It swings all right, and each swing is 561 times as wide as the last.",
            "stalls": "It never rests.",
        },
        look="Look at the rate that the optimizer uses.",
        see="Compare it with the limit, 3.558e-6.",
        look_code="print(running.gi_frame.f_locals['optimizer'].param_groups[0]['lr'])",
        names={
            "broadcast": "That ends at a flat line. This ends nowhere.",
            "some_never_move": "All four letters move, far too far.",
            "added_up": "`zero_grad` is there. And without it the swings would stay below 20 000 at 1e-6.",
            "mean_for_sum": "A mean makes steps shorter. These are too long.",
            "half_precision": "More digits only lengthen the fuse: float32 overflows at step 7, float64 at 56.",
            "rate_ignored": "`learning_rate` reaches nobody. The optimizer's own rate is 1e-3, 281 times the limit of "
            "3.558e-6.",
            "never_moves": "`step` changes the leaves in place, and they do move.",
        },
        hints=(
            "Which of the function's arguments is never used?",
            "rate of the optimizer ← learning rate.",
            "`SGD` takes it by keyword.",
        ),
        repair_code="optimizer = torch.optim.SGD((a, b, c, d), lr=learning_rate)",
        why="`SGD` uses 1e-3 if it is told nothing.",
        story="Symptom: inf after a few steps. Smaller data types or clipping only hide it. Next time print the rate "
        "that is really used, `optimizer.param_groups[0]['lr']`, beside the limit.",
    ),
    "bug_9": Bug(
        curves={
            "right": "It falls, but it ends too high: compare the last loss with the floor, 8.817.",
            "swings": "`zero_grad` is called, and the rate is below the limit.",
            "stalls": "It comes to rest at 1 741. The floor is 8.817.",
            "one point": "No line raises an error. It runs as long as you let it.",
        },
        look="Count what the model hands to the optimizer.",
        see="A module registers what is a `Parameter`. Everything else is an attribute like any other.",
        look_code="print(len(list(running.gi_frame.f_locals['model'].parameters())))",
        names={
            "broadcast": "The loss of the flat line is 999.5. This one stands at 1 741.",
            "some_never_move": "d is a plain tensor. The optimizer never hears of it, and it keeps its random number.",
            "added_up": "`zero_grad` is called in every step, and nothing swings.",
            "mean_for_sum": "The first loss is 19 074: the sum.",
            "half_precision": "Then all four would come to rest. d has never moved.",
            "rate_ignored": "It converges: to the best that three parameters can do.",
            "never_moves": "`step` changes a, b and c in place. Only d stands still.",
        },
        hints=(
            "Which of the four letters never changes? What is it made of?",
            "Let the module know it: it must be of the class that `parameters()` looks for.",
            "All four can be made in one line.",
        ),
        repair_code="self.d = torch.nn.Parameter(x.new_tensor(start[3]))",
        why="A module hands out its `Parameter`s, and nothing else.",
        story="Symptom: a clean curve that ends too high, here at 1 741. Next time print the names in "
        "`model.named_parameters()`, and count them.",
    ),
    "bug_10": Bug(
        curves={
            "right": "For some 340 steps it does. Then it goes no further.",
            "stalls": "It falls as the correct one does. From step 349 on each loss is the same, 237.9.",
            "creeps": "The first steps are long enough to be felt.",
            "explodes": "The rate is the usual one, below the limit.",
        },
        look="Look at a parameter and its type.",
        see="bfloat16 has 8 binary digits: near 1 the next number is 0.0078 away.",
        look_code="print(parameters[1].dtype, parameters[1] - 1e-4 == parameters[1])",
        names={
            "broadcast": "The arrays are flat, and the loss is not the flat line's, 999.5.",
            "some_never_move": "All four letters move, for 349 steps. Then all four stand still.",
            "added_up": "`.grad` is None before each `backward`, and nothing swings.",
            "mean_for_sum": "The first loss is 19 090: the sum, at a start that was rounded.",
            "half_precision": "bfloat16 keeps some three decimal digits. A short step rounds to no step, and the steps "
            "grow shorter.",
            "rate_ignored": "For a hundred steps its curve is the correct one.",
            "never_moves": "`-=` changes the letters in place, and for 349 steps it does.",
        },
        hints=(
            "Print `a.dtype`, and the step `learning_rate * a.grad` beside `a`. Is it felt?",
            "type of the parameters ← type of the data.",
            "As the device, so the type: ask the data.",
        ),
        repair_code="dtype=x.dtype",
        why="Small types are for large arrays. What adds up many small steps needs digits.",
        story="Symptom: a normal start, then the same loss for ever, here 237.9 from step 349 on. Next time print "
        "`a.dtype`, and whether `a` still changes. Mixed precision keeps the parameters in float32 for this reason.",
    ),
}

_CLOSING = {
    "ringing": Words(
        title="It rings",
        task="A loss swings for thousands of steps and neither grows nor settles. One print before `backward` tells a "
        "forgotten reset from everything else. Which?",
        choices={
            "loss": ("the loss", "It swings either way. You have seen it swing already."),
            "learning rate": ("the learning rate", "It may well be below the limit, as 1e-6 was."),
            "gradient": ("the gradient of a", "It must be None there, or 0. `backward` will add to any other number."),
            "dtype": ("the type of a", "Too few digits bring a curve to rest. They do not make it swing."),
        },
    ),
    "stands_still": Words(
        title="It stands still",
        task="Somebody fits the sine, and the mean loss stands still at 0.49975. What has the model learnt?",
        choices={
            "best cubic": ("the best cubic", "Its mean loss is 0.00441."),
            "taylor cubic": ("the Taylor cubic", "Its mean loss is 0.403: less."),
            "flat line": (
                "the flat line y = 0",
                "0.49975 is the mean of sin², the data's variance. Look for (N, 1) against (N,).",
            ),
            "start": ("nothing: it stands at `START`", "The mean loss there is 9.54."),
        },
    ),
    "what_to_keep": Words(
        title="What to keep",
        task="You want the average loss of a long run. Which line lets memory grow?",
        choices={
            "loss": ("total += loss", "The sum is a tensor with a history: all graphs of all steps."),
            "loss.item()": ("total += loss.item()", "A number has no history."),
            "loss.detach()": ("total += loss.detach()", "A detached tensor has no history, and stays on its device."),
            "no_grad": (
                "total += loss, inside `no_grad`",
                "Inside `no_grad` nothing is recorded, so the sum has no history.",
            ),
        },
    ),
}


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
            hints=(bug.look, bug.see, AT_THE_YIELD if bug.steps else BEFORE_IT_RUNS),
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
        ),
    }


EXERCISES = {name: words for key, bug in BUGS.items() for name, words in _exercises(key, bug).items()} | _CLOSING

MISTAKES = {
    "graphs_kept": "Every step's graph is still kept: {before} recorded operations are alive after 4 steps, {after} "
    "after 8. Which variable holds on to them?",
    "total_lost": "Memory no longer grows, but no variable holds the sum of all losses, or their average, any more. It "
    "was wanted at the end: keep the number.",
    "wrapped_number": "Nobody receives a gradient. Either `backward` never ran, or it began at a new tensor around a "
    "number, which does not know how it came about.",
    "device_fixed": "It works with data on the CPU. Then the loop was asked again with data on another device, and its "
    "parameters were not there: they do not follow the data. Use `x.device`.",
    "data_moved": "It works on every machine, since the data move to where the parameters are. Here it is to be the "
    "other way round: the data may be large, and who calls the loop decides where they are. Use `x.device`.",
    "fails_elsewhere": "It works with data on the CPU. Then the loop was asked again with data on another device, "
    "'meta':\n\n{error}",
    "no_leaf_there": "Right here, wrong on the next machine: there `.to` makes a new tensor, which is no leaf and gets "
    "no `.grad`. Give `torch.tensor` the device at once.",
}
