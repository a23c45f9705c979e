"""A grammar of training loops that are right, as rules of text: `<name>` stands for one of the ways of a rule.

A line that begins with `@` is written once for each parameter: `$` is then its letter. A line of a rule alone takes all
lines of what it stands for. A loop has one row of each table, whose rules come together.
"""

ANY = {
    "program": (
        """
def <called>(<arguments>):
    <body>
""",
        """
def run(<arguments>):
    <body>

def <called>(<arguments>):
    return run(<passed>)
""",
        """
def <called>(<arguments>):
    def run():
        <body>
    yield from run()
""",
        """
class <called>:
    def __init__(self, <arguments>):
        self.running = self.run(<passed>)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.running)
    def run(self, <arguments>):
        <body>
""",
        """
import functools

def traced(function):
    @functools.wraps(function)
    def wrapped(*arguments, **options):
        return function(*arguments, **options)
    return wrapped

@traced
def <called>(<arguments>):
    <body>
""",
    ),
    "body": "<data>\n<parameters>\n<beforehand>\n<while>\n    <iteration>",
    "arguments": (
        "data, start, learning_rate<option>",
        "data, start, *, learning_rate<option>",
        "data, start, learning_rate=1e-6<with_default>",
        "data, start: tuple, learning_rate: float<option>",
    ),
    "passed": "data, start, learning_rate=learning_rate<handed_on>",
    "data": ("x, y = data.x, data.y", "x = data.x\ny = data.y"),
    "while": ("while True:", "for t in range(10**9):", "while 1:  # the listener decides"),
    "counted": "for t in range(10**9):",
    "iteration": "<forward>\n<yield>\n<learn>",
    "forward": "y_pred = <y_pred>\nerror = <error>\nloss = <loss>",
    "error": "y_pred - y",
    "yield": "yield <shown>, <state>",
    "learn": "<backward>\n<update>",
    "rate": "learning_rate",
    "descent_$": "<grad_$>",
    "beforehand": "",
}

# --- What the parameters are -----------------------------------------------------------------------------------------

POLYNOMIALS = {
    3: (
        "a + b * x + c * x**2",
        "c * x**2 + b * x + a",
        "a + x * (b + x * c)",
        "sum(value * x**k for k, value in enumerate((a, b, c)))",
        "a + b * x + c * x * x",
    ),
    4: (
        "a + b * x + c * x**2 + d * x**3",
        "d * x**3 + c * x**2 + b * x + a",
        "a + x * (b + x * (c + x * d))",
        "sum(value * x**k for k, value in enumerate((a, b, c, d)))",
        "a + b * x + c * (x * x) + d * (x * x * x)",
    ),
}
LETTERS = {
    "it_$": "$",
    "own_$": "$",
    "y_pred": "<polynomial>",
    "state": ("(<letters>)", "[<letters>]"),
}
VECTOR = {
    "it_$": "w",
    "own_$": "w[<k_$>]",
    "beforehand": "X = <X>",
    "state": ("w", "w", "[*w]"),
}

# --- What the arrays are ---------------------------------------------------------------------------------------------

NUMPY = {
    "sign": "np.sign",
    "clip": "np.clip",
    "where": "np.where",
    "mask": "[<which>]",
    "single": "np.float32",
    "round": "np.round",
    "noise_$": "np.random.default_rng(abs(hash(float(np.sum(<it_$>))))).normal(size=np.shape(<it_$>))",
    "squares": ("error ** 2", "np.square(error)", "error * error", "(y_pred - y) ** 2"),
    "shown": ("loss", "loss", "float(loss)"),
}
NUMPY_LETTERS = {"parameters": ("<letters> = start", "<letters> = (float(value) for value in start)")}
NUMPY_VECTOR = {
    "parameters": ("w = np.array(start)", "w = np.array(start, dtype=float)", "w = np.array([*start])"),
    "X": (
        "np.stack([x**k for k in range(<size>)])",
        "np.vander(x, <size>, increasing=True).T",
        "x ** np.arange(<size>)[:, None]",
        "np.array([x**k for k in range(<size>)])",
        "np.vander(x, <size>)[:, ::-1].T",
    ),
    "y_pred": (
        "w @ X",
        "X.T @ w",
        "np.dot(w, X)",
        "(w[:, None] * X).sum(axis=0)",
        "np.polyval(w[::-1], x)",
        "np.polynomial.polynomial.polyval(x, w)",
    ),
    "state": ("w", "w.copy()", "tuple(w)", "w.tolist()"),
    "reversed": "np.flip(w) @ X",
}
TORCH = {
    "sign": "torch.sign",
    "clip": "torch.clamp",
    "where": "torch.where",
    "mask": "torch.tensor([<which>])",
    "single": "torch.Tensor.float",
    "round": "torch.round",
    "noise_$": "torch.randn(<it_$>.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(<seed_$>))",
    "seed_$": "hash(float(<it_$>.detach().sum()))",
    "squares": ("error ** 2", "error.square()", "error.pow(2)", "torch.square(error)", "(y_pred - y) ** 2"),
    "shown": ("loss", "loss", "loss.item()", "loss.detach()", "float(loss.detach())"),
    "leaf": "",
    "tensor": (
        "torch.tensor(value, dtype=x.dtype, device=x.device<leaf>)",
        "torch.tensor(float(value), device=x.device, dtype=x.dtype<leaf>)",
    ),
    "tensors": (
        "torch.tensor(start, dtype=x.dtype, device=x.device<leaf>)",
        "torch.tensor([*start], dtype=x.dtype, device=x.device<leaf>)",
    ),
}
TORCH_LETTERS = {
    "parameters": ("<letters> = (<tensor> for value in start)", "<letters> = [<tensor> for value in start]"),
    "state": ("(<letters>)", "[<letters>]", "[one.detach().clone() for one in (<letters>)]"),
}
TORCH_VECTOR = {
    "parameters": "w = <tensors>",
    "X": (
        "torch.stack([x**k for k in range(<size>)])",
        "torch.vander(x, N=<size>, increasing=True).T",
        "torch.stack([torch.ones_like(x), x, x**2, x**3][:<size>])",
        "x ** torch.arange(<size>, device=x.device)[:, None]",
    ),
    "y_pred": (
        "w @ X",
        "X.T @ w",
        "torch.mv(X.T, w)",
        "(w[:, None] * X).sum(dim=0)",
        "torch.einsum('k,kn->n', w, X)",
        "sum(w[k] * x**k for k in range(<size>))",
    ),
    "state": ("w", "w", "w.detach().clone()", "tuple(w.detach())"),
    "reversed": "w.flip(0) @ X",
}

# --- The loss --------------------------------------------------------------------------------------------------------

SUM = {"reduced": "sum", "of_points": "", "reduction": "'sum'"}
MEAN = {"reduced": "mean", "of_points": " / len(x)", "reduction": "'mean'"}
NUMPY_LOSS = {
    "loss": (
        "(<squares>).<reduced>()",
        "np.<reduced>(<squares>)",
        "error @ error<of_points>",
        "np.dot(error, error)<of_points>",
    )
}
TORCH_LOSS = {
    "loss": (
        "(<squares>).<reduced>()",
        "torch.<reduced>(<squares>)",
        "error @ error<of_points>",
        "torch.dot(error, error)<of_points>",
    )
}
AUTOGRAD_LOSS = {
    "loss": (
        *TORCH_LOSS["loss"],
        "torch.nn.functional.mse_loss(y_pred, y, reduction=<reduction>)",
        "torch.nn.MSELoss(reduction=<reduction>)(y_pred, y)",
    )
}

# --- How it learns ---------------------------------------------------------------------------------------------------

BY_HAND = {
    "factor": "2",
    "slope": ("error", "(y_pred - y)"),
    "iteration": ("<forward>\n<yield>\n<learn>", "<forward>\n<backward>\n<yield>\n<update>"),
}
BY_HAND_LETTERS = BY_HAND | {
    "grad_$": "grad_$",
    "backward": "slope = <factor> * <slope>\n@grad_$ = <gradient_$>",
    "gradient_$": "(slope<times_$>).<reduced>()",
    "update": ("@$ -= <rate> * <descent_$>", "@$ = $ - <rate> * <descent_$>", "@$ += -<rate> * <descent_$>"),
}
BY_HAND_VECTOR = BY_HAND | {
    "grad_$": "gradient",
    "backward": "slope = <factor> * <slope>\ngradient = <gradient>",
    "gradient": ("X @ slope<of_points>", "(X * slope).sum(1)<of_points>", "slope @ X.T<of_points>"),
    "update": ("w -= <rate> * <descent_$>", "w = w - <rate> * <descent_$>", "w[:] = w - <rate> * <descent_$>"),
}
MOMENTUM_LETTERS = {
    "v_$": "velocity_$",
    "beforehand": "@velocity_$ = 0.0",
    "velocity_$": ("momentum * <v_$> + <descent_$>", "<descent_$> + momentum * <v_$>"),
    "moved_$": "<v_$>",
    "update": "@<v_$> = <velocity_$>\n@$ -= <rate> * <moved_$>",
}
MOMENTUM_VECTOR = {
    "v_$": "velocity",
    "beforehand": "X = <X>\nvelocity = np.zeros(<size>)",
    "velocity_$": MOMENTUM_LETTERS["velocity_$"],
    "moved_$": "<v_$>",
    "update": (
        "velocity = <velocity_$>\nw -= <rate> * <moved_$>",
        "velocity = <velocity_$>\nw = w - <rate> * <moved_$>",
    ),
}
BACKWARD = {"leaf": ", requires_grad=True", "call": "loss.backward()", "grad_$": "<it_$>.grad", "reset": "<resetting>"}
RESETS = ("<it_$>.grad = None", "if <it_$>.grad is not None: <it_$>.grad.zero_()")
BACKWARD_EACH = BACKWARD | {
    "resetting": "for parameter in (<letters>): parameter.grad = None",
    "learn": (
        "<call>\nwith torch.no_grad():\n    @$ -= <rate> * <descent_$>\n<reset>",
        "<reset>\n<call>\nwith torch.no_grad():\n    @$.sub_(<rate> * <descent_$>)",
        "<call>\n@$.data -= <rate> * <descent_$>\n<reset>",
    ),
}
BACKWARD_LOOP = BACKWARD | {
    "it_$": "parameter",
    "resetting": RESETS,
    "learn": (
        "<call>\nwith torch.no_grad():\n    for parameter in (<letters>):\n"
        "        parameter -= <rate> * <descent_$>\n        <reset>",
        "for parameter in (<letters>):\n    <reset>\n<call>\n"
        "with torch.no_grad():\n    for parameter in (<letters>):\n        parameter -= <rate> * <descent_$>",
        "<call>\nfor parameter in [<letters>]:\n    parameter.data.sub_(<rate> * <descent_$>)\n    <reset>",
    ),
}
BACKWARD_VECTOR = BACKWARD | {
    "resetting": RESETS,
    "learn": (
        "<call>\nwith torch.no_grad():\n    w -= <rate> * <descent_$>\n    <reset>",
        "<reset>\n<call>\nwith torch.no_grad():\n    w.copy_(w - <rate> * <descent_$>)",
        "<call>\nw.data -= <rate> * <descent_$>\n<reset>",
        "<reset>\n<call>\ntorch.set_grad_enabled(False)\nw -= <rate> * <descent_$>\ntorch.set_grad_enabled(True)",
    ),
}
GRAD = {"leaf": ", requires_grad=True", "grad_$": "gradient", "of": "loss"}
GRAD_LOOP = GRAD | {
    "it_$": "parameter",
    "learn": (
        "gradients = torch.autograd.grad(<of>, (<letters>))\nwith torch.no_grad():\n"
        "    for parameter, gradient in zip((<letters>), gradients):\n        parameter -= <rate> * <descent_$>",
    ),
}
GRAD_VECTOR = GRAD | {
    "learn": (
        "(gradient,) = torch.autograd.grad(<of>, w)\nwith torch.no_grad():\n    w -= <rate> * <descent_$>",
        "gradient = torch.autograd.grad(<of>, [w])[0]\nw = (w - <rate> * <descent_$>).detach().requires_grad_()",
    ),
}
FUNCTIONAL = {
    "grad_$": "gradient",
    "beforehand": "X = <X>\ndef loss_of(w):\n    y_pred = <y_pred>\n    error = <error>\n    return <loss>",
    "forward": "gradient, loss = torch.func.grad_and_value(loss_of)(w)",
    "learn": ("w -= <rate> * <descent_$>", "w = w - <rate> * <descent_$>"),
}
OPTIMIZER = {
    "leaf": ", requires_grad=True",
    "call": "loss.backward()",
    "kind": "SGD",
    "settings": "",
    "optimizer": "optimizer = torch.optim.<kind>(<optimized>, lr=<rate><settings>)",
    "reset": ("optimizer.zero_grad()", "optimizer.zero_grad(set_to_none=False)"),
    "step": "optimizer.step()",
    "moved": "[one for group in optimizer.param_groups for one in group['params']]",
    "late_schedule": "schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.5 ** (t >= 1500))",
    "learn": ("<reset>\n<call>\n<step>", "<call>\n<step>\n<reset>"),
}
OPTIMIZER_LETTERS = OPTIMIZER | {"beforehand": "<optimizer>", "optimized": ("(<letters>)", "[<letters>]")}
OPTIMIZER_VECTOR = OPTIMIZER | {"beforehand": "X = <X>\n<optimizer>", "optimized": ("[w]", "(w,)", "[{'params': [w]}]")}
MODULE = OPTIMIZER | {"optimized": ("model.parameters()", "list(model.parameters())")}
MODULE_LETTERS = MODULE | {
    "own_$": "model.$",
    "leaf": "",
    "parameters": "",
    "beforehand": """
class Cubic(torch.nn.Module):
    def __init__(self):
        super().__init__()
        <owned> = (torch.nn.Parameter(<tensor>) for value in start)
    def forward(self, x):
        <letters> = <owned>
        return <polynomial>

model = Cubic()
<optimizer>
""",
    "y_pred": "model(x)",
    "state": ("[*model.parameters()]", "(<own_letters>)"),
}
MODULE_VECTOR = MODULE | {
    "own_$": "model.w[<k_$>]",
    "leaf": "",
    "parameters": "",
    "beforehand": """
class Cubic(torch.nn.Module):
    def __init__(self, start):
        super().__init__()
        self.w = torch.nn.Parameter(<tensors>)
    def forward(self, X):
        return self.w @ X

X = <X>
model = Cubic(start)
<optimizer>
""",
    "y_pred": "model(X)",
    "reversed": "model.w.flip(0) @ X",
    "state": ("model.w", "model.w.detach()", "[*model.parameters()]"),
}
LINEAR = MODULE | {
    "own_$": "model.weight[0, <k_$>]",
    "parameters": "",
    "beforehand": """
X = <X>
model = torch.nn.Linear(<size>, 1, bias=False, dtype=x.dtype)
with torch.no_grad():
    model.weight.copy_(torch.tensor([[*start]], dtype=x.dtype))
<optimizer>
""",
    "y_pred": ("model(X.T).flatten()", "model(X.T).squeeze()", "model(X.T)[:, 0]"),
    "reversed": "model(X.flip(0).T).flatten()",
    "state": "model.weight",
}

_TORCH_STYLES = {
    "torch letters hand each": (TORCH, LETTERS, TORCH_LETTERS, TORCH_LOSS, BY_HAND_LETTERS),
    "torch vector hand": (TORCH, VECTOR, TORCH_VECTOR, TORCH_LOSS, BY_HAND_VECTOR),
    "torch letters autograd backward each": (TORCH, LETTERS, TORCH_LETTERS, AUTOGRAD_LOSS, BACKWARD_EACH),
    "torch letters autograd backward loop": (TORCH, LETTERS, TORCH_LETTERS, AUTOGRAD_LOSS, BACKWARD_LOOP),
    "torch vector autograd backward": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, BACKWARD_VECTOR),
    "torch letters autograd grad loop": (TORCH, LETTERS, TORCH_LETTERS, AUTOGRAD_LOSS, GRAD_LOOP),
    "torch vector autograd grad": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, GRAD_VECTOR),
    "torch vector autograd func": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, FUNCTIONAL),
    "torch letters autograd optimizer": (TORCH, LETTERS, TORCH_LETTERS, AUTOGRAD_LOSS, OPTIMIZER_LETTERS),
    "torch vector autograd optimizer": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, OPTIMIZER_VECTOR),
    "torch letters autograd optimizer module": (TORCH, LETTERS, TORCH_LETTERS, AUTOGRAD_LOSS, MODULE_LETTERS),
    "torch vector autograd optimizer module": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, MODULE_VECTOR),
    "torch vector autograd optimizer module linear": (TORCH, VECTOR, TORCH_VECTOR, AUTOGRAD_LOSS, LINEAR),
}
_NUMPY_STYLES = {
    "numpy letters hand each": (NUMPY, LETTERS, NUMPY_LETTERS, NUMPY_LOSS, BY_HAND_LETTERS),
    "numpy vector hand": (NUMPY, VECTOR, NUMPY_VECTOR, NUMPY_LOSS, BY_HAND_VECTOR),
}
_MOMENTUM_STYLES = {
    "numpy letters hand each momentum": (*_NUMPY_STYLES["numpy letters hand each"], MOMENTUM_LETTERS),
    "numpy vector hand momentum": (*_NUMPY_STYLES["numpy vector hand"], MOMENTUM_VECTOR),
}
# The words of a style are what mistakes ask for: see `mistakes`.
STYLES = {
    **{
        f"{name} {loss}": (ANY, of_loss, *rows)
        for loss, of_loss in (("sum", SUM), ("mean", MEAN))
        for name, rows in (_TORCH_STYLES | _NUMPY_STYLES).items()
    },
    **{f"{name} sum": (ANY, SUM, *rows) for name, rows in _MOMENTUM_STYLES.items()},
}
