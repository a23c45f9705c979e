"""The mistakes of notebook 05, see `notebook_01.py`."""

OWN = """
        class Net(torch.nn.Module):
            def __init__(self, hidden, activation):
                super().__init__()
                self.layers = [torch.nn.Linear(1, hidden), activation(), torch.nn.Linear(hidden, 1)]

            def forward(self, x):
                FORWARD

        build_network = lambda hidden, activation: Net(hidden, activation)
"""
NETWORK = {
    "activation_missing": [("        activation(),\n", "")],
    "activation_missing ": [("activation()", "torch.nn.Identity()")],
    "activation_fixed": [("activation()", "torch.nn.ReLU()")],
    "activation_not_made": [("activation()", "activation")],
    "relu_at_the_end": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.ReLU()")],
    "relu_at_the_end ": [("        torch.nn.Flatten", "        torch.nn.ReLU(),\n        torch.nn.Flatten")],
    "softmax_at_the_end": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.Softmax(0)")],
    "softmax_at_the_end ": [("        torch.nn.Flatten", "        torch.nn.Softmax(1),\n        torch.nn.Flatten")],
    "bounded_at_the_end": [("Flatten(0, 1)", "Flatten(0, 1), activation()")],
    "bounded_at_the_end ": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.Tanh()")],
    "prediction_is_column": [("        torch.nn.Flatten(0, 1),\n", "")],
    "prediction_shape": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.Unflatten(0, (1, -1))")],
    "layers_do_not_fit": [("Linear(hidden, 1)", "Linear(16, 1)")],
    "layers_do_not_fit ": [
        ("        torch.nn.Linear(1, hidden)", "        torch.nn.Flatten(0, 1), torch.nn.Linear(1, hidden)")
    ],
    "function_for_layer": [("activation()", "torch.relu")],
    "function_for_layer ": [("activation()", "torch.nn.functional.relu")],
    "layers_not_unpacked": [("Sequential(", "Sequential(["), ("Flatten(0, 1),", "Flatten(0, 1)],")],
    "no_forward ": OWN.replace(
        "            def forward(self, x):\n                FORWARD", "        def forward(self, x):\n            pass"
    ),
    "super_forgotten": OWN.replace("super().__init__()", "")
    .replace("[torch.nn.Linear(1, hidden), ", "torch.nn.Linear(1, hidden); [")
    .replace("FORWARD", "pass"),
    "no_forward": [("Sequential(", "ModuleList(["), ("Flatten(0, 1),", "Flatten(0, 1)],")],
    "size_of_network": [("Linear(1, hidden)", "Linear(1, 16)"), ("Linear(hidden, 1)", "Linear(16, 1)")],
    "size_of_network ": [("Linear(1, hidden)", "Linear(1, hidden, bias=False)")],
    "too_many_layers": [("activation(),", "activation(), torch.nn.Linear(hidden, hidden), activation(),")],
    "too_many_layers ": [("activation(),", "*[torch.nn.Linear(hidden, hidden) for _ in range(hidden)], activation(),")],
    "several_for_each_point": [("Linear(hidden, 1)", "Linear(hidden, hidden)")],
    "several_for_each_point ": [("Linear(hidden, 1)", "Linear(hidden, 2)")],
    "units_alike": """
        def build_network(hidden, activation):
            model = torch.nn.Sequential(
                torch.nn.Linear(1, hidden), activation(), torch.nn.Linear(hidden, 1), torch.nn.Flatten(0, 1)
            )
            for parameter in model.parameters():
                torch.nn.init.constant_(parameter, 0.1)
            return model
    """,
    "units_alike ": """
        def build_network(hidden, activation):
            first, last = torch.nn.Linear(1, hidden), torch.nn.Linear(hidden, 1)
            for layer in (first, last):
                torch.nn.init.zeros_(layer.bias)
                torch.nn.init.ones_(layer.weight)
            return torch.nn.Sequential(first, activation(), last, torch.nn.Flatten(0, 1))
    """,
    "layers_in_list": OWN.replace(
        "FORWARD",
        """
                for layer in self.layers:
                    x = layer(x)
                return x.squeeze(-1)
    """,
    ),
    "layers_in_list ": OWN.replace("self.layers = [", "self.layers = tuple([")
    .replace("hidden, 1)]", "hidden, 1)])")
    .replace("FORWARD", "return self.layers[2](self.layers[1](self.layers[0](x))).flatten()"),
    "layers_made_in_forward": OWN.replace("self.layers =", "self.sizes = hidden, activation;").replace(
        "FORWARD",
        """
                hidden, activation = self.sizes
                return torch.nn.Linear(hidden, 1)(activation()(torch.nn.Linear(1, hidden)(x))).squeeze(1)
    """,
    ),
    "layers_made_in_forward ": OWN.replace(
        "self.layers =", "self.first, self.sizes = torch.nn.Linear(1, hidden), (hidden, activation);"
    ).replace(
        "FORWARD",
        """
                hidden, activation = self.sizes
                return torch.nn.Linear(hidden, 1)(activation()(self.first(x))).squeeze(1)
    """,
    ),
    "another_network": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.Softplus()")],
    "not_returned": [("return ", "")],
    "signature": [
        ("hidden: int, activation: Callable[[], torch.nn.Module]", "hidden: int"),
        ("activation()", "torch.nn.ReLU()"),
    ],
    "exception": [("Flatten(0, 1)", "Flat(0, 1)")],
    "too_slow": [("    return", "    while True:\n        pass\n    return")],
    "not_a_function": """
        build_network = torch.nn.Sequential(torch.nn.Linear(1, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
    """,
    "no_tensor_predicted": """
        class Listing(torch.nn.Module):
            def forward(self, x):
                return x.tolist()

        def build_network(hidden, activation):
            return Listing()
    """,
    "forward_returns_nothing": """
        class Silent(torch.nn.Module):
            def forward(self, x):
                pass

        def build_network(hidden, activation):
            return Silent()
    """,
    "no_module": """
        def build_network(hidden, activation):
            return [torch.nn.Linear(1, hidden), activation(), torch.nn.Linear(hidden, 1)]
    """,
}
OF_TRAINING, OF_VALIDATION = "x[~held_out], y[~held_out]", "x[held_out], y[held_out]"
SUBSET = "torch.utils.data.Subset(torch.utils.data.TensorDataset(x, y), {})"
LOADERS = {
    "held_out_in_training": [(OF_TRAINING, "x, y")],
    "training_in_validation": [(OF_VALIDATION, "x, y")],
    "loaders_swapped": [("    return (", "    training, validation = validation, training\n    return (")],
    "validation_shuffled": [("validation, batch_size=64", "validation, batch_size=64, shuffle=True")],
    "training_not_shuffled": [(", shuffle=True", "")],
    "training_not_shuffled ": [(", shuffle=True", ", shuffle=False")],
    "last_batch_dropped": [("shuffle=True", "shuffle=True, drop_last=True")],
    "points_missing": [(OF_TRAINING, "x[~held_out][1:], y[~held_out][1:]")],
    "batch_size": [("training, batch_size=64", "training, batch_size=32")],
    "pairs_torn": [("y[~held_out]", "y[~held_out].flip(0)")],
    "pairs_torn ": [("x[~held_out]", "x[~held_out][torch.randperm(int((~held_out).sum()))]")],
    "batches_are_pairs": [(OF_TRAINING, "x[~held_out]")],
    "no_dataset": [(f"torch.utils.data.TensorDataset({OF_TRAINING})", f"({OF_TRAINING})")],
    "no_dataset ": [(f"TensorDataset({OF_TRAINING})", "TensorDataset(x, y)[~held_out]")],
    "mask_as_numbers": [(OF_TRAINING, "x[(~held_out).long()], y[(~held_out).long()]")],
    "mask_as_numbers ": [("held_out]", "held_out.int()]"), ("[~held_out.int()]", "[1 - held_out.int()]")],
    "mask_as_numbers  ": [
        (f"torch.utils.data.TensorDataset({OF_TRAINING})", SUBSET.format("~held_out")),
        (f"torch.utils.data.TensorDataset({OF_VALIDATION})", SUBSET.format("held_out")),
    ],
    "mask_as_numbers   ": [
        (f"torch.utils.data.TensorDataset({OF_VALIDATION})", SUBSET.format("held_out.tolist()")),
    ],
    "truth_of_many": [("[~held_out]", "[not held_out]")],
    "batch_shape": [
        (f"torch.utils.data.TensorDataset({OF_VALIDATION})", SUBSET.format("held_out.nonzero()")),
    ],
    "batch_shape ": [(f"torch.utils.data.TensorDataset({OF_VALIDATION})", SUBSET.format("torch.where(held_out)"))],
    "batch_shape  ": [(OF_TRAINING, "x[~held_out], y[~held_out].unsqueeze(1)")],
    "no_dataset  ": [(f"torch.utils.data.TensorDataset({OF_TRAINING})", f"zip({OF_TRAINING})")],
    "masked_apart": [("y[~held_out]", "y")],
    "masked_apart ": [("y[held_out]", "y[~held_out]")],
    "two_loaders_needed": [("torch.utils.data.DataLoader(validation, batch_size=64)", "validation")],
    "two_loaders_needed ": [("        torch.utils.data.DataLoader(validation, batch_size=64),\n", "")],
    "not_returned": [("    return (", "    (")],
    "signature": [(", held_out: Tensor", ""), ("    training =", "    held_out = y > 0\n    training =")],
    "exception": [("TensorDataset", "TensorDate")],
}
TOTAL = "total += ((model(x) - y) ** 2).sum().item()"
VALIDATION = {
    "eval_forgotten": [("    model.eval()\n", "")],
    "eval_forgotten ": [("model.eval()", "model.eval")],
    "flag_set": [("model.eval()", "model.training = False"), ("model.train(training)", "model.training = training")],
    "flag_set ": [("model.eval()", "model.training = False")],
    "flag_set  ": [("model.train(training)", "model.training = training")],
    "loss_not_made": [(TOTAL, "total += torch.nn.MSELoss(model(x), y).item()")],
    "loss_not_made ": [(TOTAL, "total += torch.nn.MSELoss(model(x), y, reduction='sum').item()")],
    "no_grad_not_called": [("torch.no_grad()", "torch.no_grad")],
    "mode_is_method": [("training = model.training", "training = model.train")],
    "pair_not_unpacked": [("for x, y in batches", "for x, y in enumerate(batches)"), ("model(x) - y", "model(y) - x")],
    "pair_not_unpacked ": [("for x, y in batches", "for x, y in enumerate(batches)")],
    "recording_left_off": [("with torch.no_grad():", "torch.set_grad_enabled(False)\n    if True:")],
    "recording_left_off ": [("with torch.no_grad():", "torch.no_grad().__enter__()\n    if True:")],
    "root_taken": [("total / points", "(total / points) ** 0.5")],
    "root_taken ": [("total / points", "np.sqrt(total / points)")],
    "errors_absolute": [("((model(x) - y) ** 2)", "(model(x) - y).abs()")],
    "errors_summed_first": [("((model(x) - y) ** 2).sum()", "((model(x) - y).sum() ** 2)")],
    "errors_not_squared": [(" ** 2)", ")")],
    "no_grad_forgotten": [("with torch.no_grad()", "if True")],
    "left_in_eval": [("    model.train(training)\n", "")],
    "left_in_train": [("model.train(training)", "model.train()")],
    "last_batch_only": [("total += ", "total = "), ("points += ", "points = ")],
    "last_batch_only ": [("total += ", "total = ")],
    "last_batch_only  ": [("total += ", "total = "), ("    return total / points", "    return total")],
    "first_batch_only": [
        ("points += len(y)", "points += len(y)\n            model.train(training)\n            return total / points")
    ],
    "means_not_weighted": [(".sum()", ".mean()"), ("len(y)", "1")],
    "means_not_weighted ": [(".sum()", ".mean()")],
    "divided_by_batches": [("len(y)", "1")],
    "sum_for_mean": [("total / points", "total")],
    "sum_for_mean ": [(".sum()", ".mean()"), ("total / points", "total")],
    "broadcast": [("- y)", "- y.unsqueeze(-1))")],
    "broadcast ": [("- y)", "- y.unsqueeze(-1))"), (").sum().item()", ").mean().item() * len(y)")],
    "trained_on_validation": [
        ("with torch.no_grad():", "if True:"),
        (TOTAL, f"loss = ((model(x) - y) ** 2).sum()\n            loss.backward()\n            {TOTAL}"),
        ("points += len(y)", "model.one.data -= 0.1 * model.one.grad\n            points += len(y)"),
    ],
    "model_not_asked": [("model(x)", "x.flatten()")],
    "not_returned": [("return ", "")],
    "ratio": [("total / points", "total / points / 2")],
    "signature": [("model: torch.nn.Module, batches: Iterable[tuple[Tensor, Tensor]]", "model, x, y")],
    "not_called": [("len(y)", "y.size")],
    "too_slow": [("points += len(y)", "while True:\n                pass")],
}
MOVED, MADE = "    model = model.to(device)\n", "torch.optim.Adam(model.parameters(), lr=learning_rate)"
PREPARED = {
    "optimizer_before_device": [
        (MOVED, f"    optimizer = {MADE}\n{MOVED}"),
        (f"return model, {MADE}", "return model, optimizer"),
    ],
    "optimizer_before_device ": [
        (MOVED, f"    optimizer = {MADE}\n"),
        (f"return model, {MADE}", "return model.to(device), optimizer"),
    ],
    "another_models_parameters": [
        ("Adam(model.parameters()", "Adam(torch.nn.Linear(1, 4).to(device).parameters()"),
    ],
    "another_models_parameters ": [
        ("return model,", "return __import__('copy').deepcopy(model),"),
    ],
    "tensors_without_gradients": [("model.parameters()", "model.state_dict().values()")],
    "tensors_without_gradients ": [("model.parameters()", "[p.detach() for p in model.parameters()]")],
    "optimizer_of_lists": [("model.parameters()", "[layer.parameters() for layer in model]")],
    "optimizer_of_lists ": [("model.parameters()", "[list(layer.parameters()) for layer in model]")],
    "not_called": [("model.parameters()", "model.parameters")],
    "optimizer_of_model": [("model.parameters()", "model")],
    "optimizer_of_model ": [("model.parameters()", "[model]")],
    "device_ignored  ": [(MOVED, "    for parameter in model.parameters():\n        parameter.to(device)\n")],
    "some_parameters_only": [("model.parameters()", "model[0].parameters()")],
    "device_ignored": [(MOVED, "")],
    "device_ignored ": [("model.to(device)", "model.to('cpu')")],
    "optimizer_first": [(f"return model, {MADE}", f"return {MADE}, model")],
    "model_and_optimizer": [(f"return model, {MADE}", "return model")],
    "model_and_optimizer ": [(f"return model, {MADE}", "return model, learning_rate")],
    "not_adam": [("optim.Adam", "optim.SGD")],
    "rate_not_handed_on": [(", lr=learning_rate", "")],
    "rate_not_handed_on ": [("lr=learning_rate", "lr=1e-2")],
    "not_returned": [("return model", "model")],
    "signature": [("device: str, ", ""), ("model.to(device)", "model.to('cpu')")],
    "exception": [("optim.Adam", "optim.Adams")],
}
EDITS = {
    "build_network": NETWORK,
    "two_loaders": LOADERS,
    "validation_loss": VALIDATION,
    "prepared": PREPARED,
}
ANSWERS = [
    ("numbers_of_a_network", "last_bias_forgotten", 300),
    ("numbers_of_a_network", "all_biases_forgotten", 200),
    ("numbers_of_a_network", "their_biases_forgotten", 201),
    ("numbers_of_a_network", "too_large", 10_000),
    ("numbers_of_a_network", "too_small", 49),
    ("iterations_an_epoch", "last_batch_forgotten", 31),
    ("iterations_an_epoch", "batches_are_whole", 31.25),
    ("iterations_an_epoch", "too_large", 64),
    ("iterations_an_epoch", "no_number", "many"),
]
RIGHT_TOO = {
    "build_network": [
        [("torch.nn.Flatten(0, 1)", "torch.nn.Flatten(-2)")],
        [("torch.nn.Flatten(0, 1)", "torch.nn.Flatten(0)")],
    ],
    "two_loaders": [
        [("validation, batch_size=64", "validation, batch_size=1000")],
        [("training, batch_size=64, shuffle=True", "training, 64, True")],
        [(OF_TRAINING, "x[held_out == False], y[held_out == False]")],
    ],
    "validation_loss": [
        [("model.eval()", "model = __import__('copy').deepcopy(model).eval()")],
        [("total / points", "total / len(batches.dataset)")],
        [("total / points", "torch.tensor(total) / points")],
        [(".sum().item()", ".sum()")],
        [(".sum().item()", ".mean().item() * len(y)")],
        [("((model(x) - y) ** 2).sum()", "torch.nn.functional.mse_loss(model(x), y, reduction='sum')")],
    ],
    "prepared": [
        [("model = model.to(device)", "model.to(device)")],
        [("Adam(model.parameters()", "Adam(list(model.parameters())")],
    ],
}
