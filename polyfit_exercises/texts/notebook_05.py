"""What the exercises of notebook 05 say."""

from .words import Words

THE_VALIDATION_LOSS = "The loss"

EXERCISES = {
    "numbers_of_a_network": Words(
        title="A hundred hidden units",
        task="A model with 16 hidden units has 49 parameters. How many parameters does a model with 100 hidden units "
        "have?",
        hints=(
            "Which parameters does each hidden unit have, and which one does the last layer have for it?",
            "A weight and a bias for each unit, and a weight for it in the last layer. One bias comes at the end.",
            "This is the sum for 16 units.",
        ),
        code="16 + 16 + 16 + 1",
        why="Each unit brings three parameters, and the last layer has one bias.",
        well_done="Right: three for each unit, and one bias at the end.",
    ),
    "build_network": Words(
        title="A network of any size",
        task="Complete `build_network(hidden, activation)`. It returns a model that takes x, shape (N, 1), and "
        "predicts y, shape (N,). It has one hidden layer of `hidden` units. `activation` is a class, such as "
        "`torch.nn.ReLU`.",
        hints=(
            "Which four layers does the model above have, and which two numbers in them are 16?",
            "A `Linear` from 1 to `hidden`, the activation, a `Linear` from `hidden` to 1, and a `Flatten`.",
            "Call the class, and you have a layer.",
        ),
        code="activation()",
        why="Two linear layers with one activation in between, and none at the end.",
        well_done="Right: there is one activation, and it stands between the two linear layers.",
        instead={
            "prediction_is_column": "The prediction has shape (N, 1). Add `Flatten(0, 1)` at the end.",
        },
    ),
    "two_units_swapped": Words(
        title="Two units change places",
        task="Two hidden units swap all their parameters: their weights, their biases, and their weights in the last "
        "layer. What happens to the loss?",
        hints=(
            "What does the last layer do with the results of the hidden units?",
            "It adds them up. Does a sum depend on the order of its parts?",
            "This adds two parts in both orders.",
        ),
        code="2 + 3 == 3 + 2",
        choices={
            "same": (
                "it stays the same",
                "A sum does not depend on the order of its parts. So a good network is never alone: it has very many "
                "twins with the same loss, and halfway between two of them the loss is higher. A bowl has one "
                "lowest point; this landscape has many.",
            ),
            "higher": ("it becomes higher", "The same sixteen curves are added up, in another order."),
            "lower": ("it becomes lower", "The same sixteen curves are added up, in another order."),
        },
    ),
    "iterations_an_epoch": Words(
        title="An epoch in iterations",
        task="2 000 points are cut into mini-batches of 64, and each iteration takes one of them. How many iterations "
        "are one epoch?",
        hints=(
            "How many full batches of 64 are there, and are any points left over?",
            "2 000 / 64 is 31.25. The points left over make a batch of their own.",
            "This counts the full batches, and one more.",
        ),
        code="2000 // 64 + 1",
        why="31 batches are full, and the last one holds the 16 points left over.",
        well_done="Right: 31 full batches, and one of 16 points.",
    ),
    "two_loaders": Words(
        title="Two loaders",
        task="Complete `two_loaders(x, y, held_out)`. The tensor `held_out` is true for the validation points. Return "
        "two `DataLoader`s of pairs (x, y) in batches of 64: first the one for training, shuffled, then the one for "
        "validation, in the given order.",
        hints=(
            "Which points may training see? And which of the two loaders needs a new order in each epoch?",
            "Make a `TensorDataset` of `x[~held_out]` and `y[~held_out]`, and another one of the rest. Then make a "
            "loader for each. Only the training points are shuffled.",
            "This is the first data set; the rest is yours.",
        ),
        code="torch.utils.data.TensorDataset(x[~held_out], y[~held_out])",
        why="Points held out must never be trained on. Otherwise they cannot tell you how good the model is on new "
        "points.",
        well_done="Right: the two loaders have no point in common.",
    ),
    "noise_learned": Words(
        title="Twenty noisy points",
        task="The network trains on 20 noisy points for 1 500 iterations, and its loss there falls and falls. What "
        "does the loss on the other 20 points do?",
        hints=(
            "What do both halves have in common, and what do they not?",
            "The curve under the noise is the same in both. The noise of one half says nothing about the other.",
            "This is how many parameters the network has for each training point.",
        ),
        code="49 / 20",
        choices={
            "falls": (
                "it falls as well, only more slowly",
                "At first, yes. But once the network has learnt the curve, it learns the noise of its 20 points, and "
                "the other points have other noise.",
            ),
            "falls, then rises": (
                "it falls, then it rises",
                "First the network learns the curve, which both halves share. Then it learns the noise of the 20 "
                "points by heart: that is called overfitting.",
            ),
            "rises": (
                "it rises from the beginning",
                "At first the network learns the curve, and that helps on all points.",
            ),
        },
    ),
    "asked_twice": Words(
        title="One model, asked twice",
        task="The model has a `Dropout` layer. It makes predictions for the same points twice, and is not trained in "
        "between. Are the two predictions equal?",
        hints=(
            "What does `Dropout` do to a hidden unit, and when does it decide?",
            "It switches each unit off with probability 0.2, and it decides anew in each call.",
            "This is the probability that all 16 units stay on.",
        ),
        code="0.8**16",
        choices={
            "same": (
                "yes: nothing was trained",
                "The parameters are the same, but each call switches off different units.",
            ),
            "differ": (
                "no, they differ",
                "Each call draws anew which units are switched off. A new model expects to be trained, and nobody has "
                "told it that this is no training.",
            ),
            "error": ("it raises an error", "No error tells you. That is why people meet this bug so often."),
        },
    ),
    "validation_loss": Words(
        title="A validation loss",
        task="Complete `validation_loss(model, batches)`. Each batch is a pair: x, shape (B, 1), and y, shape (B,). "
        "Return the mean of the squared errors over all points, as a number. The model predicts in evaluation mode, "
        "nothing is recorded, and afterwards the model is in the mode in which it was before.",
        hints=(
            "The last batch may be smaller than the others. How can each point count the same?",
            "Add up the squared errors of all batches, count the points, and divide once. `model.training` tells the "
            "mode, and `model.train(mode)` sets it.",
            "This is the frame, and the line that adds up.",
        ),
        code="training = model.training\nmodel.eval()\nwith torch.no_grad():\n    ...\n"
        "    total += ((model(x) - y) ** 2).sum().item()",
        why="You can add up the sums of batches, but not their means, because the last batch is smaller.",
        well_done="Right: every point counts the same, and training goes on as if nothing had happened.",
        instead={
            "broadcast": "{where}: in each batch every point is compared with every other one. The model predicts "
            "shape (B,), so y must have that shape too, and not (B, 1).",
        },
    ),
    "in_the_file": Words(
        title="What is in the file",
        task="You send somebody the file with your `state_dict`. What else do they need to make predictions with your "
        "model?",
        hints=(
            "What did the cell above print: layers, or names of tensors?",
            "Tensors have shapes and numbers. Nothing there says where an activation stands.",
            "This lists all that such a file knows.",
        ),
        code="list(torch.nn.Linear(1, 16).state_dict())",
        choices={
            "nothing": ("nothing", "The file holds names and numbers. It does not say where the activation stands."),
            "code": (
                "the code that builds the model",
                "A `state_dict` holds tensors under their names. They can only be loaded into a model that has the "
                "same "
                "layers.",
            ),
            "optimizer": ("the optimizer", "You need it to go on with training, not to make predictions."),
            "data": ("the training data", "What the model has learnt from the data is in its parameters."),
        },
    ),
    "prepared": Words(
        title="Ready to train",
        task="Complete `prepared(model, device, learning_rate)`: return the model on that device, and an `Adam` with "
        "that rate to train it.",
        hints=(
            "Which Parameters does an optimizer move? So when must the model be on its device?",
            "First `model.to(device)`, then `Adam(model.parameters(), lr=...)`. Return both, the model first.",
            "This is the first of two lines.",
        ),
        code="model = model.to(device)",
        why="An optimizer holds the Parameters that it was given, so move the model before you make it.",
        well_done="Right: first the device, then the optimizer, so it holds the Parameters that the model uses.",
    ),
    "without_activation": Words(
        title="Two layers, nothing between",
        task="A model is `Linear(1, 16)`, then `Linear(16, 1)`, with no activation between them. Which curves can it "
        "learn?",
        choices={
            "pieces": ("curves of 16 straight pieces", "Only a ReLU makes kinks, and there is none."),
            "line": (
                "straight lines only",
                "A linear function of a linear function is linear. Its 49 parameters do the work of two.",
            ),
            "cubics": ("cubics", "Nothing in it multiplies x by x."),
            "error": ("none: it raises an error", "The layers fit together, and it trains without any error."),
        },
    ),
    "relu_at_the_end": Words(
        title="A ReLU too many",
        task="A ReLU stands after the last layer, too. Which part of the sine can such a network learn?",
        choices={
            "all": ("all of it", "A ReLU never gives a negative number, whatever goes into it."),
            "upper half": (
                "the upper half",
                "Where the sine is negative, the best that it can give is 0. Only hidden units have an activation; the "
                "output has none.",
            ),
            "error": ("nothing: it raises an error", "There is no error. The loss even falls for a while."),
        },
    ),
    "mean_of_the_means": Words(
        title="The mean of the means",
        task="2 000 points come in batches of 64, so the last one has 16. Somebody adds up the mean losses of all 32 "
        "batches and divides by 32. Is that the mean over all points?",
        choices={
            "same": ("yes", "It would be, if all batches had the same size."),
            "last": (
                "no: the points of the last batch count too much",
                "16 points count as much as 64. Add up the sums, and divide once by 2 000.",
            ),
            "noise": (
                "no: the points were shuffled",
                "Shuffling changes which points come last, not how much they count.",
            ),
        },
    ),
}

MISTAKES = {
    # how many
    "last_bias_forgotten": "The bias of the last layer is missing.",
    "all_biases_forgotten": "Those are the weights. Every unit has a bias, too, and so does the last layer.",
    "their_biases_forgotten": "Each hidden unit has a bias of its own.",
    "last_batch_forgotten": "31 batches are full. The 16 points left over are a batch as well.",
    "batches_are_whole": "There is no quarter of an iteration: the last batch is smaller, but it is a batch.",
    # a network
    "activation_not_made": "`activation` is a class. A layer is an object of it: call it, `activation()`.",
    "layers_do_not_fit": "The layers do not fit together. One number comes in, `hidden` numbers go from the first "
    "`Linear` to the second, and one goes out.",
    "layers_not_unpacked": "`Sequential` takes its layers one by one, not in a list: `Sequential(*layers)`.",
    "function_for_layer": "A function stands among the layers. `Sequential` takes Modules only: make one of the class, "
    "`activation()`.",
    "no_forward": "This Module has no method `forward`, so it cannot be called. Is it indented, below `class`? A "
    "`ModuleList` has none either: it only keeps layers, and a `Sequential` calls one after the other.",
    "size_of_network": "A network with {hidden} hidden units has {expected} parameters; yours has {got}. Is `hidden` "
    "used in both layers, and does each have its bias?",
    "layers_in_list": "`parameters()` does not look into a plain list or dict, {where}, so the layers in it are not "
    "trained. Use `torch.nn.ModuleList`, or `Sequential`.",
    "layers_made_in_forward": "`forward` makes new layers at each call, so that training is lost. Make them once, "
    "in `__init__`.",
    "too_many_layers": "Your network has {got} linear layers for {hidden} hidden units. One hidden layer of that many "
    "units needs two: one into it, and one out of it.",
    "units_alike": "All units start with the same numbers, so they get the same gradients and stay alike for ever. "
    "Leave the random numbers with which a layer is made.",
    "activation_missing": "There is no activation between the layers. A linear function of a linear function is a "
    "straight "
    "line: put the activation between them.",
    "activation_fixed": "Your network has an activation, but not the `activation` that it was given.",
    "relu_at_the_end": "A ReLU stands after the last layer, so that no prediction is negative. Leave the prediction "
    "as it is.",
    "softmax_at_the_end": "A softmax stands after the last layer. It makes probabilities of classes; here the model "
    "predicts a number.",
    "bounded_at_the_end": "There is an activation after the last layer, so the prediction cannot take every value.",
    "another_network": "It has the right number of parameters, but it is another model: hidden layer, activation, last "
    "layer, and nothing else.",
    # loaders
    "two_loaders_needed": "Return two `DataLoader`s, for training and for validation; got {got}.",
    "no_dataset": "A `DataLoader` takes a data set, which gives one pair of x and y for each point. Put both into one: "
    "`TensorDataset(x, y)`.",
    "masked_apart": "x and y of one data set have different lengths. Take the same mask for both.",
    "mask_as_numbers": "The mask is taken for numbers of points, so points 0 and 1 come again and again. Write "
    "`x[mask]` with true and false, without `.long()`; where numbers are wanted, `mask.nonzero().flatten()`.",
    "batches_are_pairs": "Each batch must be a pair of x and y. A `TensorDataset` keeps both together.",
    "batch_shape": "A part of a batch has the shape {got}. x must come as (B, 1), and y as (B,). If you hand over "
    "numbers of points, they are flat: `mask.nonzero().flatten()`.",
    "pairs_torn": "Some x comes with the y of another point. Shuffle both together: a `TensorDataset` does.",
    "loaders_swapped": "The two are swapped: training comes first, and `held_out` is true for validation.",
    "held_out_in_training": "Training sees points that were held out. Then validation cannot show what was learnt by "
    "heart: take only `~held_out`.",
    "training_in_validation": "Validation has points that the model is trained on, so its loss is too low: take "
    "only `held_out`.",
    "last_batch_dropped": "`drop_last` leaves out the last batch. Here every point counts.",
    "points_missing": "Some points are in neither of the two loaders, or some come twice.",
    "batch_size": "A batch of training must hold {expected} points; yours holds {got}.",
    "training_not_shuffled": "Training comes in the same order in every epoch. Let its loader shuffle.",
    "validation_shuffled": "Validation is shuffled. It changes nothing in a mean, but predictions no longer stand "
    "beside their points, and random numbers are drawn that training would have had.",
    # validation
    "eval_forgotten": "The model predicts in training mode, in which `Dropout` switches units off. Call `model.eval()` "
    "first.",
    "no_grad_forgotten": "Every prediction is recorded for a `backward` that never comes. Put it inside "
    "`with torch.no_grad():`.",
    "flag_set": "`model.training` tells the mode of the model alone: its layers keep theirs. Call `model.eval()` and "
    "`model.train(mode)`, which reach all of them.",
    "recording_left_off": "Afterwards autograd records nothing any more, and the next `backward` fails. "
    "`with torch.no_grad():` switches it on again at its end.",
    "root_taken": "A root is taken. The loss is the mean of the squared errors itself.",
    "errors_absolute": "The errors are absolute. Square them.",
    "errors_summed_first": "The errors are added up first, then squared. Square each error, then add up.",
    "errors_not_squared": "The errors are not squared, so they cancel each other.",
    "mode_is_method": "`model.train` is a method. The mode is `model.training`, which is true or false.",
    "pair_not_unpacked": "`enumerate` gives a number and a batch. Take x and y out of the batch: "
    "`for i, (x, y) in enumerate(batches)`; or leave `enumerate` out.",
    "left_in_eval": "The model was in training mode, and is left in evaluation mode: `Dropout` would do nothing from "
    "then on.",
    "left_in_train": "The model was in evaluation mode, and is left in training mode. Leave it as it was: "
    "`model.training` tells you.",
    "trained_on_validation": "The parameters have moved. Validation must not change them.",
    "model_not_asked": "The model is never asked for a prediction.",
    "last_batch_only": "That is the loss of the last batch. Add up over all batches.",
    "first_batch_only": "That is the loss of the first batch. Does the `return` stand inside the loop?",
    "means_not_weighted": "In the mean of the means of all batches, the points of a small batch count more. Add up "
    "sums, "
    "and divide once by the number of points.",
    "divided_by_batches": "You divide by the number of batches. Divide by the number of points.",
    # a model and its optimizer
    "model_and_optimizer": "Return two things, the model and its optimizer; got {got}.",
    "optimizer_first": "The model comes first, then the optimizer.",
    "device_ignored": "The model is not on device {device!r}. `model.to(device)` moves it, all Parameters at once; "
    "`.to` of a single tensor only returns a copy.",
    "optimizer_before_device": "The optimizer holds the Parameters from before `.to(device)`. On the CPU they stay the "
    "same, but on another device new ones can take their place. Here they do, and nobody trains the new ones. Move the "
    "model first.",
    "another_models_parameters": "The optimizer holds the Parameters of another model, so it does not train this one.",
    "tensors_without_gradients": "The optimizer holds tensors that require no gradient, such as those of "
    "`state_dict()`, and never the model's Parameters. Give it `model.parameters()`.",
    "some_parameters_only": "The optimizer holds {got} of the model's {expected} Parameters. Give it all of them.",
    "not_adam": "The optimizer must be an `Adam`, got {got}.",
    "rate_not_handed_on": "The optimizer's rate is {got}. Hand `learning_rate` on: `lr=learning_rate`.",
}
