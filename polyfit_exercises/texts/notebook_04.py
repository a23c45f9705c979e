"""What the exercises of notebook 04 say."""

from .words import Words

THE_PREDICTION, MORE_THAN = "The prediction", "more than {}"

EXERCISES = {
    "flat_line": Words(
        title="Without Flatten",
        task="Without `Flatten` the prediction has the shape (N, 1), and the data have the shape (N,). What does such "
        "a model learn?",
        hints=(
            "What is the shape of prediction minus data? With which points is each prediction compared?",
            "Each prediction is compared with all y. Which single number has the smallest squared errors to all of "
            "them?",
            "This is the best number for all points at once.",
        ),
        code="sine().y.mean()",
        why="Whatever x is, the best answer to all points at once is their mean.",
        choices={
            "cubic": (
                "the same cubic",
                "For that, each prediction would have to be compared with its own point. Here it is compared with all.",
            ),
            "flat line": (
                "a flat line at the mean of y",
                "Each prediction is compared with every point. The best single answer to all of them is their mean, "
                "and here that is 0.",
            ),
            "error": (
                "nothing: it raises an error",
                "Broadcasting makes (N, 1) and (N,) fit each other, so there is no error.",
            ),
            "slow cubic": (
                "the same cubic, more slowly",
                "More iterations do not help. This is another loss, and its lowest point lies elsewhere.",
            ),
        },
    ),
    "mean_at_the_same_rate": Words(
        title="The mean, at the same rate",
        task="`MSELoss()` takes the mean: the sum divided by 2 000. The rate stays at 1e-6. What does the model learn "
        "in 2 000 iterations from zeros?",
        hints=(
            "The loss is divided by 2 000. What happens to its gradient?",
            "A step is the learning rate times the gradient. Both runs take the same number of steps.",
            "This makes the run. How much of the loss is left?",
        ),
        code="record(training.numpy_matrix(sine(), (0, 0, 0, 0), 1e-6, reduction='mean'), 2000)",
        why="Every step is 2 000 times shorter.",
        choices={
            "same": ("the same as with the sum", "The lowest point is the same, but the steps towards it are not."),
            "nothing": ("next to nothing", "The gradient is 2 000 times smaller, and so is every step."),
            "explodes": ("it explodes", "The steps are shorter now, not longer."),
        },
    ),
    "mean_rate": Words(
        title="From the sum to the mean",
        task="A run on 500 points takes the sum of the squared errors and a learning rate of 4e-6. Which rate gives "
        "the same run with the mean?",
        hints=(
            "By how much is the gradient of the mean smaller? How must the rate change, so that the step stays the "
            "same?",
            "The gradient of the mean is the gradient of the sum divided by N. So the rate must be multiplied by N.",
            "This is N times the rate.",
        ),
        code="N = 500\nN * 4e-6",
        why="The rate makes up for the smaller gradient.",
        well_done="Right: 500 times as much.",
    ),
    "parabola_model": Words(
        title="A parabola as a layer",
        task="Complete `parabola_model(start)`: return a model of a + b x + c x². It takes the features (x, x²), of "
        "shape (N, 2). It predicts y, of shape (N,), and it begins at the numbers of `start`.",
        hints=(
            "How many features go into `Linear`, and how many numbers come out? What is the shape of the result?",
            "`Linear(2, 1)`, then `Flatten(0, 1)`. Its bias is a; its weight, of shape (1, 2), is b and c.",
            "This sets the bias. The weight is set in the same way, inside `no_grad`.",
        ),
        code="with torch.no_grad():\n    model[0].bias.copy_(torch.tensor([a]))",
        why="Two features in, one number out, flattened. The numbers are copied into the layer's own parameters.",
        well_done="Right: three numbers, all of them ready to be trained.",
    ),
    "rate_of_adam": Words(
        title="A rate for Adam",
        task="The rate of SGD is 1e-6. Which rate does Adam need to get anywhere in 300 iterations?",
        hints=(
            "A step of SGD is the rate times the gradient, which is 51 662 for c. What does Adam divide the gradient "
            "by?",
            "Divided by its own size, a gradient is about 1. So Adam's step is about as long as its rate.",
            "This is how far Adam can go in 300 iterations at the rate of SGD.",
        ),
        code="300 * 1e-6",
        why="Adam's rate is roughly a distance: 300 steps of 1e-6 go about 0.0003.",
        choices={
            "same": ("the same", "At that rate each parameter moves by only about 0.0003 in 300 iterations."),
            "thousandth": (
                "a thousandth",
                "Adam divides by the size of the gradient, which is large. So its steps get shorter, not longer.",
            ),
            "thousandfold": (
                "a thousand times as much, or more",
                "The first steps of Adam are about as long as its rate, whatever the gradient is.",
            ),
        },
    ),
    "fast_momentum": Words(
        title="Just enough momentum",
        task="SGD starts from `START` at 1e-6. With momentum 0.9 it is within 1 % of the floor after 182 iterations. "
        "Find a momentum with which it is there after 170 at most, and stays there. More than one number is right.",
        hints=(
            "Is 0.9 too little, or too much? With momentum 1 nothing is lost: what did the loss do in notebook 03 "
            "without a reset?",
            "Momentum β makes steps about 1/(1 − β) times as long, so the loss falls faster. But the swings last "
            "longer, too. On the board, compare runs with less and with more than 0.9.",
            "This is how many times as long the steps are with momentum 0.9.",
        ),
        code="1 / (1 - 0.9)",
        why="A little above 0.9 the steps are longer still, and the swings fade soon enough.",
        well_done="Right: the steps are longer than with momentum 0.9, and the swings fade soon enough.",
    ),
    "momentum_class": Words(
        title="An optimizer of your own",
        task="Complete the class `Momentum(parameters, learning_rate, momentum)`. `zero_grad()` resets the gradients. "
        "`step()` multiplies each velocity by `momentum` and adds the gradient. Then it moves the parameter downhill, "
        "by the learning rate times the velocity.",
        hints=(
            "What must the object remember from one update to the next? How often can you go through a generator?",
            "velocity ← momentum · velocity + gradient, then parameter ← parameter − learning rate · velocity.",
            "This is what `__init__` keeps. In `step`, inside `no_grad`, go through both lists together.",
        ),
        code="self.parameters = list(parameters)\nself.velocities = [torch.zeros_like(parameter) for parameter in "
        "self.parameters]",
        why="It needs a list of the parameters, a velocity for each of them, and an update in place.",
        well_done="Right: it does what `torch.optim.SGD` does. You can put it into `optim_training`.",
        instead={
            "uphill": "The loss goes up. The gradient points uphill, so there must be exactly one minus between it and "
            "the parameter."
        },
    ),
    "wave_module": Words(
        title="A wave as a Module",
        task="Complete the class `Wave(start)`, a Module with four Parameters a, b, c, d, in this order. Its "
        "`forward(x)` returns a + b sin(c x + d).",
        hints=(
            "Look at `Cubic`. What comes first in its `__init__`, and what are its four attributes?",
            "First the `__init__` of `Module`, then four attributes: each a `Parameter` made from a number of `start`.",
            "This is one of the four, and the beginning of `forward`.",
        ),
        code="self.a = torch.nn.Parameter(torch.tensor(a))\nself.a + self.b * torch.sin(",
        why="Parameters that are assigned in `__init__` are found by `parameters()`.",
        well_done="Right: `parameters()` finds all four, and each has a gradient. Its best numbers need no training: "
        "0, 1, 1 and 0.",
        instead={
            "prediction_is_column": "The prediction has shape (N, 1). Leave x as it is, of shape (N,).",
            "parameter_replaced": "Only a Parameter can replace a Parameter. Is an attribute assigned twice?",
        },
    ),
    "step_before_backward": Words(
        title="Three lines in another order",
        task="Somebody writes `optimizer.zero_grad()`, `optimizer.step()`, `loss.backward()`, in this order. What does "
        "the model learn?",
        choices={
            "same": ("the same", "What `backward` finds must still be there when `step` wants it."),
            "late": (
                "it learns, one iteration late",
                "That would be so if `zero_grad` stood between `step` and `backward`. Here it comes before `step`.",
            ),
            "never moves": (
                "nothing: the parameters never move",
                "When `step` runs, every gradient is `None`. It leaves such parameters alone and says nothing.",
            ),
            "error": (
                "nothing: it raises an error",
                "`step` leaves parameters without a gradient alone, and raises no error.",
            ),
        },
    ),
    "found_parameters": Words(
        title="What is found",
        task="In `__init__` a Module has `self.a = Parameter(...)`, and `self.rest = [...]`, a list of three "
        "Parameters. What does `SGD(model.parameters(), ...)` train?",
        choices={
            "all": ("all four", "`parameters()` does not look into a plain list. A `ParameterList` would do."),
            "a alone": (
                "`a` alone",
                "The list is a plain attribute. The other three get gradients, but no optimizer moves them.",
            ),
            "list": ("the three in the list", "`a` is assigned as an attribute, so it is registered, too."),
            "error": (
                "none: it raises an error",
                "There would be an error if no Parameter were found. Here one is found.",
            ),
        },
    ),
    "better_optimizer": Words(
        title="The better optimizer",
        task="After 300 iterations from `START`, Adam at 1e-2 has a lower loss than SGD at 1e-6. What follows from "
        "that?",
        choices={
            "adam": ("Adam is the better optimizer", "At 1e-3 Adam is far behind the same SGD."),
            "undecided": (
                "nothing yet: with another rate it is the other way round",
                "At 1e-3 Adam loses. Compare optimizers at good rates of their own, and say which rates you took.",
            ),
            "digits": ("SGD has too few digits", "Both calculate in the same dtype."),
            "lower end": ("Adam will end lower", "The floor is the same for both. Given time, both get there."),
        },
    ),
}

INIT = "`__init__`, with two underscores on each side"
MISTAKES = {
    # models
    "not_torchs_function": "This is not a function of torch: it refuses tensors that require a gradient, or takes only "
    "one number. Use torch's own, such as `torch.sin`.",
    "no_module": "Your function must return a model, such as a `Sequential`, got {got}.",
    "sizes_of_linear": "The sizes of the layer are not right. `Linear(features, 1)`: how many numbers come in for each "
    "point, and how many go out?",
    "layer_fits": "The layer is right, but what reaches it is not. Does something before it change the shape?",
    "shape_of_weight": "The weight of `Linear(2, 1)` has shape (1, 2): one row, with a number for each feature.",
    "model_called": "`parabola_model` calls its model. Return the model itself, not a prediction.",
    "numbers_do_not_fit": "The layer and what is copied into it do not fit. `start` holds three numbers: the bias and "
    "two weights, for two features.",
    "prediction_is_column": "The prediction has shape (N, 1). Add `Flatten(0, 1)`: it joins the axes from 0 to 1. "
    "Without numbers, `Flatten()` leaves axis 0 alone.",
    "prediction_shape": "The prediction must have shape (N,), got {shape}.",
    "several_for_each_point": "The model predicts {got} numbers for each point. Only one is wanted, so a last "
    "`Linear` has one output.",
    "no_tensor_predicted": "The model must predict a tensor, got {got}.",
    "forward_returns_nothing": "`forward` returns nothing. Does its last line say `return`?",
    "no_bias": "The layer has no bias, so there is no place for the constant a.",
    "not_three_numbers": "A parabola has three numbers, and this model has {got}. One `Linear` layer is enough.",
    "not_affine": "Something bends the result, such as a `ReLU`. A parabola is linear in its features.",
    "numbers_in_wrong_order": "The model begins at {where}, where it should be a, b and c. The bias is a.",
    "numbers_not_set": "With start = {start} the model begins at {got}. Copy each number of `start` to its own place.",
    "start_not_reached": "The model begins at other numbers each time: they are still drawn at random. `start` "
    "never reaches its Parameters. Those of a layer are `layer.bias` and `layer.weight`.",
    "setting_is_recorded": "Setting the numbers is being recorded. Put it inside `with torch.no_grad():`.",
    "parameter_replaced": "Only a Parameter can take the place of a Parameter. Copy into it: `bias.copy_(...)`.",
    "frozen": "The Parameters do not require gradients, so nothing would be trained.",
    "prediction_detached": "The prediction does not depend on {where} as autograd sees it. Is there a `.detach()`, "
    "`.item()` or `no_grad` on the way, or is it never used?",
    "self_missing": "`forward` reaches the Parameters through `self`: write `self.a`, not `a`.",
    "self_forgotten": "`forward` takes {where} from the notebook. What belongs to the model is reached by `self.`.",
    # the mean
    "divided_not_multiplied": "That is 500 times smaller. The gradient is already smaller, so the rate must make up "
    "for it.",
    "rate_unchanged": "At the same rate the steps are 500 times shorter.",
    "other_number_of_points": "That would do for 2 000 points. Here there are 500.",
    # an optimizer
    "no_class": "Pass the class itself, without brackets; got {got}.",
    "method_missing": "The class has no method {where}.",
    "no_gradient_yet": "Here `.grad` is `None`: before the first `backward`, or after a reset. `None` has no `zero_` "
    "and no `item`. To reset, set it to `None`, or look first.",
    "torchs_own_step": "That `step` is torch's. Write your own.",
    "velocity_shape": "A velocity has the shape of its parameter: `torch.zeros_like(parameter)`. Those of `Linear(3, "
    "1)` have the shapes (1, 3) and (1,).",
    "holds_copies": "The optimizer keeps copies of the parameters, not the parameters themselves. Only those of the "
    "model get gradients, and only they should move: `list(parameters)`.",
    "velocity_is_gradient": "The velocity is the very tensor of `.grad`, not one of its own: the reset and `backward` "
    "write into it. Keep a copy, `parameter.grad.clone()`, or begin with zeros.",
    "generator_used_up": "It works with a list of parameters. But `model.parameters()` is a generator, which you can "
    "go through only once. Keep `list(parameters)`.",
    "zero_grad_does_nothing": "After `zero_grad()` gradients are still there. Set each `parameter.grad` to `None`.",
    "momentum_negative": "{got} is negative: the velocity would change its sign in every iteration.",
    "momentum_too_much": "{got} is too much: from 1 on the velocity never fades.",
    "momentum_too_small": "{got} is too small: it takes {needed} iterations, and you have {steps}.",
    "momentum_rings": "{got} is too much: the loss swings, and stays within 1 % only after {needed} iterations. You "
    "have {steps}.",
    # a Module
    "model_instance": "Pass the class itself, without brackets: the check makes instances of its own.",
    "no_module_class": "Pass a class that inherits from `torch.nn.Module`, without brackets; got {got}.",
    "super_forgotten": "`super().__init__()` is missing. It comes first, and prepares the place where Parameters are "
    "registered.",
    "super_with_arguments": "`super().__init__()` takes no arguments: a Module knows nothing of `start`.",
    "parameter_of_number": "A Parameter is made from a tensor: `torch.nn.Parameter(torch.tensor(...))`.",
    "forward_missing": "The Module has no method named `forward`.",
    "made_in_forward": "`forward` makes new Parameters at each call, so that training is lost. Make them once, in "
    "`__init__`.",
    "hidden_in_list": "{where}: `parameters()` does not look into a plain list or dict. Assign each Parameter to an "
    "attribute of its own.",
    "plain_tensor": "Not made as a `Parameter`: {where}. So `parameters()` finds nothing there, and no optimizer "
    "trains it.",
    "not_four_parameters": "`parameters()` finds {got}. There should be four, with one number each.",
    "parameters_in_wrong_order": "`parameters()` gives {where}. It should be a, b, c and d. They come in the order in "
    "which they were first assigned.",
    "shift_reversed": "d is subtracted inside the sine. It is sin(c x + d).",
    "sine_subtracted": "b sin(c x + d) is subtracted. It is added.",
    "sine_of_degrees": "The angle is in radians already. Take c x + d as it is.",
    "sine_of_factor": "That is the sine of c alone. Put all of c x + d into its brackets.",
    "b_inside": "b stands inside the sine. It multiplies the sine itself: b sin(c x + d).",
    "cosine": "That is a cosine.",
    "shift_outside": "d stands outside the sine. It belongs inside: sin(c x + d).",
    "shift_in_bracket": "c multiplies d as well. It should be c x + d, without another bracket.",
    "inner_swapped": "c and d are swapped inside the sine.",
    "outer_swapped": "a and b are swapped. b stands before the sine.",
    "bracket_around_sum": "There is a bracket around a + b. It should be a + b sin(c x + d).",
    "no_constant": "a is missing.",
    "sine_forgotten": "The sine is missing.",
    "cubic_instead": "That is the cubic. It should be a + b sin(c x + d).",
}
