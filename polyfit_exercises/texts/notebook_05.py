"""What the exercises of notebook 05 say."""

from .words import Words

THE_VALIDATION_LOSS = "The loss"

EXERCISES = {
    "numbers_of_a_network": Words(
        title="A hundred hidden units",
        task="Sixteen hidden units make a model of 49 numbers. How many numbers has one with 100 hidden units?",
        hints=(
            "What does each hidden unit need, and what does the last layer need for it?",
            "A weight and a bias for each unit, and a weight for it in the last layer. One bias comes at the end.",
            "With 16 units.",
        ),
        code="16 + 16 + 16 + 1",
        why="Each unit brings three numbers, and the last layer has one bias.",
        well_done="Right: three for each unit, and one.",
    ),
    "build_network": Words(
        title="A network of any size",
        task="Complete `build_network(hidden, activation)`. It returns a model of x, shape (N, 1), that predicts y, "
        "shape (N,). It has one hidden layer of `hidden` units; `activation` is a class such as `torch.nn.ReLU`.",
        hints=(
            "Which four layers does the model above have, and which two numbers in them are 16?",
            "A `Linear` from 1 to `hidden`, the activation, a `Linear` from `hidden` to 1, and a `Flatten`.",
            "The class becomes a layer when it is called.",
        ),
        code="activation()",
        why="Two linear layers, bent once in between. Nothing bends the result.",
        well_done="Right: it bends once, between the layers.",
        instead={
            "prediction_is_column": "The prediction has shape (N, 1). Add `Flatten(0, 1)` at the end.",
        },
    ),
    "two_units_swapped": Words(
        title="Two units change places",
        task="Two hidden units swap all their numbers: their weights, their biases, and their weights in the last "
        "layer. What happens to the loss?",
        hints=(
            "What does the last layer do with what the units give?",
            "It adds them up. Does a sum depend on the order of its parts?",
            "Both sums.",
        ),
        code="2 + 3 == 3 + 2",
        choices={
            "same": (
                "it stays the same",
                "A sum does not depend on the order. So there is never one best network alone: each has very many "
                "twins, and between two of them the loss is higher. A bowl has one lowest point, this landscape has "
                "many.",
            ),
            "higher": ("it becomes higher", "The same sixteen curves are added up, in another order."),
            "lower": ("it becomes lower", "The same sixteen curves are added up, in another order."),
        },
    ),
    "iterations_an_epoch": Words(
        title="An epoch in iterations",
        task="2 000 points are cut into mini-batches of 64. How many iterations make an epoch?",
        hints=(
            "How many batches of 64 are full? Are points left then?",
            "2 000 / 64 is 31.25. The points that are left make a batch of their own.",
            "Rounded up.",
        ),
        code="2000 // 64 + 1",
        why="31 batches are full, and the last one holds the 16 points that are left.",
        well_done="Right: 31 full batches, and one of 16 points.",
    ),
    "two_loaders": Words(
        title="Two loaders",
        task="Complete `two_loaders(x, y, held_out)`. The mask `held_out` is true for the points of validation. Return "
        "two `DataLoader`s of pairs (x, y) in batches of 64: one for training, shuffled, and one for validation, in "
        "the given order.",
        hints=(
            "Which points may training see? And who profits from another order in each epoch?",
            "Make a `TensorDataset` of `x[~held_out]` and `y[~held_out]`, another one of the rest, and a loader of "
            "each. Only training is shuffled.",
            "The points of training; the rest is yours.",
        ),
        code="torch.utils.data.TensorDataset(x[~held_out], y[~held_out])",
        why="Points that are held out must never be trained on, else they tell nothing.",
        well_done="Right: two loaders without a common point.",
    ),
    "noise_learned": Words(
        title="Twenty noisy points",
        task="The network trains on 20 noisy points for 1 500 iterations, and its loss there falls and falls. What "
        "does the loss on the other 20 points do?",
        hints=(
            "What do both halves have in common, and what not?",
            "The curve below the noise is the same in both. The noise of one half says nothing about the other.",
            "How many numbers the network has for each of its points.",
        ),
        code="49 / 20",
        choices={
            "falls": (
                "it falls as well, only more slowly",
                "As long as the curve is learned, yes. Then the noise of the 20 points is learned, and the others "
                "have another noise.",
            ),
            "falls, then rises": (
                "it falls, then it rises",
                "First the network learns the curve, which both halves share. Then it learns the noise of the 20 "
                "points by heart: that is called overfitting.",
            ),
            "rises": ("it rises from the beginning", "At first the curve is learned, and that helps everywhere."),
        },
    ),
    "asked_twice": Words(
        title="One model, asked twice",
        task="The model has a `Dropout` layer. It predicts the same points twice, and is not trained in between. Are "
        "both predictions equal?",
        hints=(
            "What does `Dropout` do to a hidden unit, and when does it decide?",
            "It switches each unit off with probability 0.2, and decides anew at each call.",
            "How probable it is that all 16 units stay on.",
        ),
        code="0.8**16",
        choices={
            "same": (
                "yes: nothing was trained",
                "The parameters are the same. But each call switches off other units.",
            ),
            "differ": (
                "no, they differ",
                "Each call draws anew which units are switched off. A new model is in training mode, where `Dropout` "
                "is at work, and nobody has told it that training is over.",
            ),
            "error": ("it raises an error", "Nobody complains. That is what makes it a bug that one meets."),
        },
    ),
    "validation_loss": Words(
        title="The loss of validation",
        task="Complete `validation_loss(model, batches)`. Each batch is a pair: x, shape (B, 1), and y, shape (B,). "
        "Return the mean of the squared errors over all points, as a number. The model predicts in evaluation mode, "
        "nothing is recorded, and its mode is afterwards what it was before.",
        hints=(
            "The last batch may be smaller than the others. How does each point count the same?",
            "Add up the squared errors of all batches, count the points, and divide once. `model.training` tells the "
            "mode, and `model.train(mode)` sets it.",
            "What frames the rest, and the line that adds up.",
        ),
        code="training = model.training\nmodel.eval()\nwith torch.no_grad():\n    ...\n"
        "    total += ((model(x) - y) ** 2).sum().item()",
        why="Sums over batches can be added up, means cannot: the last batch is smaller.",
        well_done="Right: every point counts the same, and training goes on as if nothing had happened.",
        instead={
            "broadcast": "{where}: in each batch all points are compared with all others. The model predicts shape "
            "(B,), so y must have it too, and not (B, 1).",
        },
    ),
    "in_the_file": Words(
        title="What is in the file",
        task="You send somebody the file with your `state_dict`. What else do they need to predict with your model?",
        hints=(
            "What did the state above list: layers, or names and tensors?",
            "Tensors have shapes and numbers. Which of them goes through a ReLU is written nowhere.",
            "All that is in it.",
        ),
        code="list(torch.nn.Linear(1, 16).state_dict())",
        choices={
            "nothing": ("nothing", "The file holds names and numbers. Where the ReLU stands is not among them."),
            "code": (
                "the code that builds the model",
                "`state_dict` holds tensors by their names. A model of the same layers must be there to load them.",
            ),
            "optimizer": ("the optimizer", "It is needed to go on with training, not to predict."),
            "data": ("the training data", "What was learned from them is in the numbers."),
        },
    ),
    "prepared": Words(
        title="Ready to train",
        task="Complete `prepared(model, device, learning_rate)`: return the model on that device, and an `Adam` with "
        "that rate that trains it.",
        hints=(
            "Which parameters does an optimizer move? When must they be where they will stay?",
            "First `model.to(device)`, then `Adam(model.parameters(), lr=...)`. Return both, the model first.",
            "The first of two lines.",
        ),
        code="model = model.to(device)",
        why="An optimizer holds the Parameters that it was given. So they must be final when it is made.",
        well_done="Right: first the device, then the optimizer, and it holds the Parameters of this model.",
    ),
    "without_activation": Words(
        title="Two layers, nothing between",
        task="A model is `Linear(1, 16)`, then `Linear(16, 1)`, with no activation between. Which curves can it learn?",
        choices={
            "pieces": ("curves of 16 straight pieces", "A kink comes from the ReLU alone."),
            "line": (
                "straight lines only",
                "A linear function of a linear function is linear. 49 numbers do the work of two.",
            ),
            "cubics": ("cubics", "Nothing in it multiplies x by x."),
            "error": ("none: it raises an error", "The layers fit together, and it trains without a word."),
        },
    ),
    "relu_at_the_end": Words(
        title="A ReLU too many",
        task="A ReLU stands after the last layer as well. What of the sine can such a network learn?",
        choices={
            "all": ("all of it", "A ReLU gives no negative number, whatever comes into it."),
            "upper half": (
                "the upper half",
                "Where the sine is negative, the best that it can give is 0. Outputs stay as they are; only hidden "
                "units are bent.",
            ),
            "error": ("nothing: it raises an error", "Nobody complains, and the loss even falls for a while."),
        },
    ),
    "mean_of_the_means": Words(
        title="The mean of the means",
        task="2 000 points come in batches of 64, so the last one has 16. Somebody adds up the mean losses of all 32 "
        "batches and divides by 32. What is wrong with it?",
        choices={
            "same": ("nothing: it is the mean over all points", "It would be, if all batches were of one size."),
            "last": (
                "the last points count too much",
                "16 points count as much as 64. Add up sums, and divide once.",
            ),
            "noise": ("it is shuffled, so it means nothing", "Shuffling changes who comes last, not how it counts."),
        },
    ),
}

MISTAKES = {
    # how many
    "last_bias_forgotten": "The bias of the last layer is missing.",
    "all_biases_forgotten": "Those are the weights. Every unit has a bias, too, and so has the last layer.",
    "their_biases_forgotten": "Each hidden unit has a bias of its own.",
    "last_batch_forgotten": "31 batches are full. Then 16 points are left, and they come as well.",
    "batches_are_whole": "The number of batches is whole: the last one is smaller.",
    # a network
    "activation_not_made": "`activation` is a class. A layer is an object of it: call it, `activation()`.",
    "layers_do_not_fit": "The layers do not fit together. One number comes in, `hidden` numbers go from the first "
    "`Linear` to the second, and one goes out.",
    "size_of_network": "A network with {hidden} hidden units has {expected} numbers; yours has {got}. Is `hidden` used "
    "in both layers, and has each its bias?",
    "activation_missing": "Nothing bends between the layers. A linear function of a linear function is a straight "
    "line: put the activation between them.",
    "activation_fixed": "Your network bends, but not by the `activation` that it was given.",
    "relu_at_the_end": "A ReLU stands after the last layer, so that no prediction is negative. A prediction is left as "
    "it is.",
    "softmax_at_the_end": "A softmax stands after the last layer. It makes parts of 1, for classes; here a number is "
    "predicted.",
    "bounded_at_the_end": "Something bends the prediction after the last layer, so that it cannot take every value.",
    "another_network": "It has the right number of parameters, but it is another model: hidden layer, activation, last "
    "layer, and nothing else.",
    # loaders
    "two_loaders_needed": "Return two `DataLoader`s, for training and for validation; got {got}.",
    "batches_are_pairs": "Each batch must be a pair of x and y. A `TensorDataset` keeps both together.",
    "pairs_torn": "Some x comes with the y of another point. Shuffle both together: a `TensorDataset` does.",
    "loaders_swapped": "The two are swapped: training comes first, and `held_out` is true for validation.",
    "held_out_in_training": "Training sees points that were held out. Then validation cannot tell what is learned by "
    "heart: take `~held_out` alone.",
    "training_in_validation": "Validation has points that were trained on. There the model is too good: take "
    "`held_out` alone.",
    "last_batch_dropped": "`drop_last` leaves out the last batch. Here every point counts.",
    "points_missing": "Some points come in neither of the two loaders, or some come twice.",
    "batch_size": "A batch of training must hold {expected} points; yours holds {got}.",
    "training_not_shuffled": "Training comes in the same order in every epoch. Let its loader shuffle.",
    "validation_shuffled": "Validation is shuffled. It changes nothing in a mean, but predictions no longer stand "
    "beside their points, and random numbers are drawn that training would have had.",
    # validation
    "eval_forgotten": "The model predicts in training mode, in which `Dropout` switches units off. Call `model.eval()` "
    "first.",
    "no_grad_forgotten": "Every prediction is recorded for a `backward` that never comes. Put it inside "
    "`with torch.no_grad():`.",
    "left_in_eval": "The model was in training mode, and is left in evaluation mode: `Dropout` would rest for the rest "
    "of the training.",
    "left_in_train": "The model was in evaluation mode, and is left in training mode. Give it back as it was: "
    "`model.training` tells.",
    "trained_on_validation": "The parameters have moved. Validation only looks.",
    "model_not_asked": "The model is never asked for a prediction.",
    "last_batch_only": "That is the loss of the last batch. Add up over all batches.",
    "first_batch_only": "That is the loss of the first batch. Does the `return` stand inside the loop?",
    "means_not_weighted": "The mean of the batches' means lets the points of a small batch count more. Add up sums, "
    "and divide once by the number of points.",
    "divided_by_batches": "It is divided by the number of batches. Divide by the number of points.",
    # a model and its optimizer
    "model_and_optimizer": "Return two things, the model and its optimizer; got {got}.",
    "optimizer_first": "The model comes first, then the optimizer.",
    "device_ignored": "The model is not on device {device!r}. Use the argument.",
    "optimizer_before_device": "The optimizer holds the Parameters from before `.to(device)`. On the CPU they stay the "
    "same, on other devices new ones can take their place, and here they do: nobody trains them. Move first.",
    "another_models_parameters": "The optimizer holds the Parameters of another model. What it moves, nobody asks.",
    "some_parameters_only": "The optimizer holds {got} of the model's {expected} Parameters. Give it all.",
    "not_adam": "The optimizer must be an `Adam`, got {got}.",
    "rate_not_handed_on": "The optimizer's rate is {got}. Hand `learning_rate` on: `lr=learning_rate`.",
}
