"""The mistakes of notebook 04: how each solution must be changed to make one, and answers that are right, too.

Edits are pairs of old and new text; a name may end with blanks, so that one mistake can be made in several ways.
"""

import torch

WEIGHT = "        model[0].weight.copy_(torch.tensor([[b, c]]))\n"
PARABOLA = {
    "prediction_is_column": [(", torch.nn.Flatten(0, 1)", "")],
    "prediction_is_column ": [("Flatten(0, 1)", "Flatten()")],
    "prediction_shape": [("Flatten(0, 1)", "Flatten(0, 1), torch.nn.Unflatten(0, (1, -1))")],
    "sizes_of_linear": [("Linear(2, 1)", "Linear(3, 1)"), ("[[b, c]]", "[[b, c, c]]")],
    "sizes_of_linear ": [("Linear(2, 1)", "Linear(1, 1)"), ("[[b, c]]", "[[b]]")],
    "sizes_of_linear  ": [("Linear(2, 1)", "Linear(2, 2)"), ("[[b, c]]", "[[b, c], [b, c]]"), ("[a]", "[a, a]")],
    "layer_fits": [
        ("torch.nn.Linear(2, 1), torch.nn.Flatten(0, 1)", "torch.nn.Flatten(0, 1), torch.nn.Linear(2, 1)"),
        ("model[0]", "model[1]"),
    ],
    "shape_of_weight": [("weight.copy_(torch.tensor([[b, c]]))", "weight.data = torch.tensor([b, c])")],
    "shape_of_weight ": [("weight.copy_(torch.tensor([[b, c]]))", "weight.data = torch.tensor([[b], [c]])")],
    "model_called": [("    return model", "    return model(torch.ones(5, 3))")],
    "numbers_do_not_fit": [("Linear(2, 1)", "Linear(3, 1)")],
    "no_bias": [("Linear(2, 1)", "Linear(2, 1, bias=False)"), ("        model[0].bias.copy_(torch.tensor([a]))\n", "")],
    "not_three_numbers": [
        (
            "Flatten(0, 1)",
            "Flatten(0, 1), torch.nn.Unflatten(0, (-1, 1)), torch.nn.Linear(1, 1), torch.nn.Flatten(0, 1)",
        )
    ],
    "not_affine": [("torch.nn.Flatten", "torch.nn.ReLU(), torch.nn.Flatten")],
    "numbers_in_wrong_order": [("[[b, c]]", "[[c, b]]")],
    "numbers_in_wrong_order ": [("a, b, c = start", "c, b, a = start")],
    "numbers_in_wrong_order  ": [("a, b, c = start", "b, c, a = start")],
    "numbers_not_set": [(WEIGHT, "")],
    "numbers_not_set ": [("model[0].bias.copy_", "model[0].bias.add_")],
    "start_not_reached": [
        ("model[0].bias.copy_(torch.tensor([a]))", "model.bias = torch.tensor([a])"),
        ("model[0].weight.copy_(torch.tensor([[b, c]]))", "model.weight = torch.tensor([[b, c]])"),
    ],
    "start_not_reached ": [
        ("model[0].bias.copy_(torch.tensor([a]))", "state = model.state_dict()"),
        ("model[0].weight.copy_(torch.tensor([[b, c]]))", 'state["0.weight"] = torch.tensor([[b, c]])'),
    ],
    "start_not_reached  ": [("model[0].", "torch.nn.Linear(2, 1).")],
    "several_for_each_point": [("Linear(2, 1)", "Identity()"), ("with torch.no_grad()", "if False")],
    "numbers_do_not_fit    ": [("torch.tensor([a])", "torch.tensor(start)")],
    "capital_tensor": [("torch.tensor([a])", "torch.Tensor(a)")],
    "setting_is_recorded": [("with torch.no_grad()", "if True")],
    "parameter_replaced": [("model[0].bias.copy_(torch.tensor([a]))", "model[0].bias = torch.tensor([a])")],
    "frozen": [("    return model", "    return model.requires_grad_(False)")],
    "frozen ": [
        (
            "model[0].bias.copy_(torch.tensor([a]))",
            "model[0].bias = torch.nn.Parameter(torch.tensor([a]), requires_grad=False)",
        )
    ],
    "not_returned": [("    return model", "    model")],
    "no_module": [("    return model", "    return model(torch.ones(5, 2))")],
    "no_module ": [("    return model", "    return list(model)")],
    "signature": [("start: Sequence[float]", "a, b, c"), ("    a, b, c = start\n", "")],
    "exception": [("Flatten(0, 1)", "Flat(0, 1)")],
    "too_slow": [("    return", "    while True:\n        pass\n    return")],
}
PARABOLA_MODULES = {  # models of one's own
    "prediction_detached": """
        class Parabola(torch.nn.Module):
            def __init__(self, start):
                super().__init__()
                self.a, self.b, self.c = (torch.nn.Parameter(torch.tensor(value)) for value in start)

            def forward(self, features):
                return self.a.item() + self.b * features[:, 0] + self.c * features[:, 1]

        def parabola_model(start):
            return Parabola(start)
    """,
    "no_tensor_predicted": """
        class Parabola(torch.nn.Module):
            def forward(self, features):
                return features.tolist()

        def parabola_model(start):
            return Parabola()
    """,
    "not_a_function": """
        parabola_model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0, 1))
    """,
    "plain_tensor": """
        class Parabola(torch.nn.Module):
            def __init__(self, start):
                super().__init__()
                self.a, self.b, self.c = (torch.tensor(value) for value in start)

            def forward(self, features):
                return self.a + self.b * features[:, 0] + self.c * features[:, 1]

        def parabola_model(start):
            return Parabola(start)
    """,
    "super_forgotten": """
        class Parabola(torch.nn.Module):
            def __init__(self, start):
                self.layer = torch.nn.Linear(2, 1)

        def parabola_model(start):
            return Parabola(start)
    """,
    "forward_returns_nothing": """
        class Parabola(torch.nn.Module):
            def forward(self, features):
                features.sum()

        def parabola_model(start):
            return Parabola()
    """,
}
STUB = '        raise NotImplementedError("your turn")'
UPDATE = "parameter -= self.learning_rate * velocity"
MOMENTUM = {
    "generator_used_up": [
        ("self.parameters = list(parameters)", "self.parameters = parameters"),
        ("for parameter in self.parameters]", "for parameter in parameters]"),
    ],
    "velocity_shape": [("torch.zeros_like(parameter) for parameter", "torch.zeros((), dtype=float) for _")],
    "velocity_shape ": [("torch.zeros_like(parameter) for parameter", "torch.tensor(0.0) for _")],
    "velocity_shape  ": [("torch.zeros_like(parameter) for parameter", "torch.zeros(1) for _")],
    "velocity_shape   ": [("+= parameter.grad", "+= parameter.grad.mean()")],
    "velocity_shape    ": [
        ("[torch.zeros_like(parameter) for parameter in self.parameters]", "[0.0] * len(self.parameters)"),
        ("for parameter, velocity in zip(self.parameters, self.velocities, strict=True)", "for i in range(3)"),
        ("velocity *= self.momentum", "parameter = self.parameters[i]"),
        (
            "velocity += parameter.grad",
            "velocity = self.velocities[i] = self.momentum * self.velocities[i] + parameter.grad.item()",
        ),
    ],
    "generator_used_up ": [
        ("self.parameters = list(parameters)", "self.parameters = parameters"),
        ("torch.zeros_like(parameter) for parameter in self.parameters", "torch.zeros((), dtype=float) for _ in 'abc'"),
    ],
    "zero_grad_does_nothing": [("parameter.grad = None", "pass")],
    "zero_grad_does_nothing ": [("parameter.grad = None", "return parameter")],
    "no_no_grad": [("with torch.no_grad()", "if True")],
    "never_moves": [(UPDATE, "parameter = parameter - self.learning_rate * velocity")],
    "never_moves ": [(UPDATE, "pass")],
    "rebound": [
        ("for parameter, velocity in zip(self.parameters, self.velocities, strict=True)", "for i in range(3)"),
        ("velocity *= self.momentum", "parameter, velocity = self.parameters[i], self.velocities[i]"),
        ("velocity += parameter.grad", "velocity.mul_(self.momentum).add_(parameter.grad)"),
        (UPDATE, "self.parameters[i] = parameter - self.learning_rate * velocity"),
    ],
    "uphill": [("parameter -=", "parameter +=")],
    "uphill ": [("velocity += parameter.grad", "velocity -= parameter.grad")],
    "rate_ignored": [("self.learning_rate * velocity", "0.01 * velocity")],
    "no_momentum": [("velocity *= self.momentum", "velocity *= 0")],
    "no_momentum ": [
        (
            "                velocity *= self.momentum\n                velocity += parameter.grad\n",
            "                velocity = self.momentum * velocity + parameter.grad\n",
        )
    ],
    "momentum_fixed": [("velocity *= self.momentum", "velocity *= 0.9")],
    "added_up": [("                velocity *= self.momentum\n", "")],
    "averaged": [("+= parameter.grad", "+= (1 - self.momentum) * parameter.grad")],
    "velocity_late": [
        (
            "                velocity *= self.momentum\n",
            f"                {UPDATE}\n                velocity *= self.momentum\n",
        ),
        (f"parameter.grad\n                {UPDATE}", "parameter.grad"),
    ],
    "velocity_shared": [
        (
            "[torch.zeros_like(parameter) for parameter in self.parameters]",
            "[torch.zeros_like(self.parameters[0])] * len(self.parameters)",
        )
    ],
    "ahead": [("* velocity\n", "* (parameter.grad + self.momentum * velocity)\n")],
    "steps_halved": [("+= parameter.grad", "+= parameter.grad / 2")],
    "no_gradient_yet": [("parameter.grad = None", "parameter.grad.zero_()")],
    "no_gradient": [("    def step(self) -> None:", "    def step(self) -> None:\n        self.zero_grad()")],
    "no_gradient ": [
        ("    def step(self) -> None:", "    def step(self) -> None:\n        self.zero_grad()"),
        ("velocity += parameter.grad", "velocity.add_(parameter.grad)"),
    ],
    "method_signature": [("def zero_grad(self)", "def zero_grad()")],
    "method_signature ": [("def step(self)", "def step(self, loss)")],
    "to_be_written": [("        for parameter in self.parameters:\n            parameter.grad = None", STUB)],
    "velocity_is_gradient": [
        ("[torch.zeros_like(parameter) for parameter in self.parameters]", "[None] * len(self.parameters)"),
        ("parameter.grad = None", "parameter.grad is None or parameter.grad.zero_()"),
        ("for parameter, velocity in zip(self.parameters, self.velocities, strict=True)", "for i in range(3)"),
        ("velocity *= self.momentum", "parameter = self.parameters[i]"),
        (
            "velocity += parameter.grad",
            "velocity = self.velocities[i] = parameter.grad if self.velocities[i] is None else "
            "self.velocities[i].mul_(self.momentum).add_(parameter.grad)",
        ),
    ],
    "torchs_own_step": [
        ("class Momentum:", "class Momentum(torch.optim.SGD):"),
        ("def step", "def steps"),
        ("self.parameters = list", "super().__init__(parameters)\n        self.parameters = list"),
    ],
    "signature": [(", momentum: float", "")],
    "method_missing": [("def step", "def walk")],
    "method_missing ": [("def __init__", "def _init_")],
    "exception": [("self.momentum\n", "self.beta\n")],
    "too_slow": [(UPDATE, "while True:\n                    pass")],
}
WAVE_INIT = "self.a, self.b, self.c, self.d = (torch.nn.Parameter(torch.tensor(value)) for value in start)"
PREDICTION = "self.a + self.b * torch.sin(self.c * x + self.d)"
WAVE = {
    "super_forgotten": [("        super().__init__()\n", "")],
    "super_forgotten ": [
        ("        super().__init__()\n", ""),
        ("torch.nn.Parameter(torch.tensor(value))", "torch.tensor(value)"),
    ],
    "super_without_brackets": [("super()", "super")],
    "self_missing  ": [("self.b * torch", "b * torch")],
    "sine_of_factor": [("torch.sin(self.c * x + self.d)", "torch.sin(self.c) * x + self.d")],
    "b_inside": [("self.b * torch.sin(self.c", "torch.sin(self.b * self.c")],
    "sine_of_degrees": [("torch.sin(self.c * x + self.d)", "torch.sin(torch.deg2rad(self.c * x + self.d))")],
    "self_missing ": [(PREDICTION, "a + b * torch.sin(c * x + d)")],
    "capital_tensor": [("torch.tensor(value)", "torch.Tensor(value)")],
    "super_with_arguments": [("super().__init__()", "super().__init__(start)")],
    "method_missing": [("def __init__", "def _init_")],
    "method_signature": [("forward(self, x: Tensor)", "forward(x: Tensor)")],
    "to_be_written": [(f"        return {PREDICTION}", STUB)],
    "to_be_written ": [(f"        super().__init__()\n        {WAVE_INIT}", STUB)],
    "self_missing": [("self.d)", "d)")],
    "self_forgotten": [("class Wave", "d = torch.tensor(0.5)\n\n\nclass Wave"), ("self.d)", "d)")],
    "plain_tensor": [("torch.nn.Parameter(torch.tensor(value))", "torch.tensor(value, requires_grad=True)")],
    "plain_tensor ": [("torch.nn.Parameter(torch.tensor(value)) for value in start", "start")],
    "plain_tensor  ": [(WAVE_INIT, f"{WAVE_INIT}\n        del self.d\n        self.d = torch.tensor(start[3])")],
    "plain_tensor   ": [
        (
            WAVE_INIT,
            "for name, value in zip('abcd', start):\n            self.register_buffer(name, torch.tensor(value))",
        )
    ],
    "hidden_in_list": [
        (WAVE_INIT, "self.all = [torch.nn.Parameter(torch.tensor(value)) for value in start]"),
        (f"return {PREDICTION}", "a, b, c, d = self.all\n        return a + b * torch.sin(c * x + d)"),
    ],
    "hidden_in_list ": [
        (WAVE_INIT, "self.all = {k: torch.nn.Parameter(torch.tensor(value)) for k, value in zip('abcd', start)}"),
        (PREDICTION, "self.all['a'] + self.all['b'] * torch.sin(self.all['c'] * x + self.all['d'])"),
    ],
    "made_in_forward": [
        (WAVE_INIT, "self.start = start"),
        (f"return {PREDICTION}", f"{WAVE_INIT.replace('in start', 'in self.start')}\n        return {PREDICTION}"),
    ],
    "made_in_forward ": [
        (WAVE_INIT, f"{WAVE_INIT}\n        self.start = start"),
        (f"return {PREDICTION}", f"{WAVE_INIT.replace('in start', 'in self.start')}\n        return {PREDICTION}"),
    ],
    "parameters_in_wrong_order": [
        ("self.a, self.b, self.c, self.d = ", "self.d, self.c, self.b, self.a = "),
        ("in start)", "in start[::-1])"),
    ],
    "parameters_in_wrong_order ": [("self.a, self.b, self.c, self.d = ", "self.b, self.a, self.c, self.d = ")],
    "start_not_reached": [("torch.tensor(value)", "torch.randn(())")],
    "numbers_not_set": [(WAVE_INIT, f"start = (*start[:3], start[2])\n        {WAVE_INIT}")],
    "parameter_replaced": [(WAVE_INIT, f"{WAVE_INIT}\n        self.d = torch.tensor(start[3])")],
    "not_four_parameters": [
        (WAVE_INIT, "self.w = torch.nn.Parameter(torch.tensor(start))"),
        (f"return {PREDICTION}", "a, b, c, d = self.w\n        return a + b * torch.sin(c * x + d)"),
    ],
    "not_four_parameters ": [(WAVE_INIT, f"{WAVE_INIT}\n        self.e = torch.nn.Parameter(torch.tensor(0.0))")],
    "frozen": [("torch.tensor(value))", "torch.tensor(value), requires_grad=False)")],
    "prediction_detached": [("self.d)", "self.d.item())")],
    "prediction_detached ": [(f"return {PREDICTION}", f"return ({PREDICTION}).detach()")],
    "prediction_detached  ": [(f"return {PREDICTION}", f"with torch.no_grad():\n            return {PREDICTION}")],
    "prediction_detached   ": [("self.a + ", "")],
    "forward_returns_nothing": [(f"return {PREDICTION}", PREDICTION)],
    "parameter_of_number": [("torch.nn.Parameter(torch.tensor(value))", "torch.nn.Parameter(value)")],
    "forward_missing": [("def forward", "def predict")],
    "prediction_is_column": [(f"return {PREDICTION}", f"return ({PREDICTION}).unsqueeze(1)")],
    "prediction_shape": [(f"return {PREDICTION}", f"return ({PREDICTION}).sum()")],
    "no_tensor_predicted": [(f"return {PREDICTION}", f"return ({PREDICTION}).tolist()")],
    "changed_in_place": [
        ("def forward(self, x: Tensor) -> Tensor:", "def forward(self, x: Tensor):\n        x.mul_(2)")
    ],
    "sine_subtracted": [("self.a + self.b", "self.a - self.b")],
    "cosine": [("torch.sin", "torch.cos")],
    "shift_outside": [("self.c * x + self.d)", "self.c * x) + self.d")],
    "not_torchs_function": [("torch.sin", "np.sin")],
    "not_torchs_function ": [("torch.sin", "__import__('math').sin")],
    "shift_reversed": [("x + self.d)", "x - self.d)")],
    "shift_in_bracket": [("self.c * x + self.d)", "self.c * (x + self.d))")],
    "inner_swapped": [("self.c * x + self.d)", "self.d * x + self.c)")],
    "outer_swapped": [("self.a + self.b", "self.b + self.a")],
    "bracket_around_sum": [("self.a + self.b", "(self.a + self.b)")],
    "no_constant": [("self.a + self.b", "0 * self.a + self.b")],
    "sine_forgotten": [("torch.sin", "")],
    "cubic_instead": [(PREDICTION, "self.a + self.b * x + self.c * x**2 + self.d * x**3")],
    "other": [("torch.sin", "2 * torch.sin")],
    "right_for_the_example_only": [("return self.a", "return (1 if len(x) == 3 else 2) * self.a")],
    "signature": [("start: Sequence[float]", "a, b, c, d"), ("in start)", "in (a, b, c, d))")],
    "exception": [("torch.sin", "torch.sinus")],
    "exception ": [("self.d)", "self._d)")],
    "too_slow": [("return self.a", "while True:\n            pass\n        return self.a")],
}

EDITS = {
    "parabola_model": {**PARABOLA, **PARABOLA_MODULES},
    "momentum_class": MOMENTUM,
    "wave_module": WAVE,
}
ANSWERS = [
    ("mean_rate", "divided_not_multiplied", 8e-9),
    ("mean_rate", "rate_unchanged", 4e-6),
    ("mean_rate", "other_number_of_points", 8e-3),
    ("mean_rate", "number_negative", -2e-3),
    ("mean_rate", "too_large", 1.0),
    ("mean_rate", "too_small", 1e-3),
    ("fast_momentum", "momentum_negative", -0.9),
    ("fast_momentum", "momentum_too_much", 1),
    ("fast_momentum", "momentum_too_much", 90),
    ("fast_momentum", "momentum_too_small", 0),
    ("fast_momentum", "momentum_too_small", 0.81),
    ("fast_momentum", "momentum_rings", 0.98),
    ("fast_momentum", "momentum_rings", 0.9999),
    ("fast_momentum", "no_number", "0.9"),
    ("momentum_class", "no_class", 0.9),
    ("wave_module", "no_module_class", 3.0),
    ("wave_module", "no_module_class", dict),
    ("wave_module", "model_instance", torch.nn.Flatten()),
]
RIGHT_TOO = {
    "parabola_model": [
        [
            ("model[0].bias.copy_(torch.tensor([a]))", "model[0].bias[:] = a"),
            ("torch.tensor([[b, c]])", "torch.tensor([b, c])"),
        ],
        [("Flatten(0, 1)", "Flatten(-2)")],
        [("with torch.no_grad()", "if True"), (".copy_", ".data.copy_")],
        [
            ("with torch.no_grad()", "if True"),
            ("model[0].bias.copy_(torch.tensor([a]))", "model[0].bias = torch.nn.Parameter(torch.tensor([a]))"),
            (
                "model[0].weight.copy_(torch.tensor([[b, c]]))",
                "model[0].weight = torch.nn.Parameter(torch.tensor([[b, c]]))",
            ),
        ],
        [("    return model", "    return model.double()")],
    ],
    "momentum_class": [
        [
            ("[torch.zeros_like(parameter) for parameter in self.parameters]", "[0.0] * len(self.parameters)"),
            ("for parameter, velocity in zip(self.parameters, self.velocities, strict=True)", "for i in range(3)"),
            ("velocity *= self.momentum", "parameter = self.parameters[i]"),
            (
                "velocity += parameter.grad",
                "velocity = self.velocities[i] = self.momentum * self.velocities[i] + parameter.grad",
            ),
        ],
        [("parameter.grad = None", "parameter.grad = torch.zeros_like(parameter)")],
        [
            ("+= parameter.grad", "+= self.learning_rate * parameter.grad"),
            ("self.learning_rate * velocity", "velocity"),
        ],
        [("with torch.no_grad()", "if True"), ("parameter -=", "parameter.data -=")],
        [
            ("velocity += parameter.grad", "velocity.add_(parameter.grad)"),
            (UPDATE, "parameter.sub_(self.learning_rate * velocity)"),
        ],
    ],
    "wave_module": [
        [(PREDICTION, "torch.sin(self.d + x * self.c) * self.b + self.a")],
        [("torch.tensor(value)", "torch.tensor([value])")],
        [("torch.tensor(value)", "torch.tensor(value, dtype=torch.float64)")],
        [
            (WAVE_INIT, "self.all = torch.nn.ParameterList(torch.tensor(value) for value in start)"),
            (f"return {PREDICTION}", "a, b, c, d = self.all\n        return a + b * torch.sin(c * x + d)"),
        ],
        [(WAVE_INIT, f"{WAVE_INIT}\n        self.note = torch.zeros(3)\n        self.names = list('abcd')")],
    ],
}
STUBS = {
    "momentum_class": """
        class Momentum:
            def __init__(self, parameters, learning_rate, momentum):
                raise NotImplementedError("your turn")

            def zero_grad(self):
                raise NotImplementedError("your turn")

            def step(self):
                raise NotImplementedError("your turn")
    """,
    "wave_module": """
        class Wave(torch.nn.Module):
            def __init__(self, start):
                raise NotImplementedError("your turn")

            def forward(self, x):
                raise NotImplementedError("your turn")
    """,
}
NAMES = {"momentum_class": "Momentum", "wave_module": "Wave"}
