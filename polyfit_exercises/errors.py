"""Naming a mistake by the error that it leads to: errors by example.

Checks ask what they know themselves, then `mistake_anywhere`; boards and `explain`, which know of no exercise, ask
`mistake_in_a_cell`.

No message of torch, NumPy or Python is written down here, but of devices, which no example can miss everywhere. A
mistake has examples: code that makes it, which runs when a learner's code has raised an error, and whose own error that
one is compared with. What an error does not tell, such as whether an update came before it, a rule finds in the state
in which it arose.
"""

from __future__ import annotations

import functools
import linecache
import math
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import numpy as np

from polyfit_helpers.history import record
from polyfit_helpers.widgets import graphs

from .sandbox import cause_of, expression_of, is_operation, listening, message_of, names_in, undisturbed

Known = Callable[[BaseException], str | None]

# What a message says about its own case: shapes, numbers, signs, functions and arguments, devices, types of numbers.
_OWN_CASE = re.compile(
    r"torch\.\w+Tensor|, \w+ is output \d+ of \w+,|\[[\d, ]*\]|\d[\d.x]*|[-+*/%@<>]+=?|\w+\(\)(?=:)|"
    r"(?<=argument )'\w+'|(?i:(?<![a-z])(torch\.|c10::)?"
    r"(cpu|cuda|mps|xpu|meta|bfloat|float|double|half|long int|long|short|int|bool)\d*(:\d+)?(?![a-z]))"
)


@dataclass(frozen=True)
class ByExample:
    """Names the mistakes that errors give away, by examples.

    Parameters
    ----------
    examples : mapping from names in `texts.MISTAKES` to tuples of str
        Code that makes each mistake. A name in it that begins with `my_` or `My` stands for any name.
    setup : str
        Code before each example.
    rules : mapping from some of these names to functions of an error
        Return which mistake it is in the state of this error, or None.
    """

    examples: Mapping[str, tuple[str, ...]]
    setup: str
    rules: Mapping[str, Known] = field(default_factory=dict)

    def __call__(self, error: BaseException) -> str | None:
        """Return the name of the mistake that leads to this error, or None."""
        cause = cause_of(error)
        for name, snippets in self.examples.items():
            kinds = _errors_of(self.setup, snippets, _there())
            if any(type(cause) is kind and message.fullmatch(_without_case(cause)) for kind, message in kinds):
                return self.rules[name](error) if name in self.rules else name
        return None


def _without_case(error: BaseException) -> str:
    try:
        return _OWN_CASE.sub("~", str(error).partition("\n")[0])
    except Exception:  # a learner's own kind of error
        return ""


def _there() -> frozenset[str]:
    """Return what is in use already: no example imports torch or starts a device."""
    torch: Any = sys.modules.get("torch")
    used = torch and {
        "torch": True,
        "optim.": "torch._dynamo" in sys.modules,
        "cuda": torch.cuda.is_initialized(),
        "mps": torch.backends.mps.is_available(),
    }
    return frozenset(name for name in used or () if used[name])


@functools.cache
def _errors_of(setup: str, snippets: tuple[str, ...], there: frozenset[str]) -> list[tuple[type, re.Pattern[str]]]:
    """Run examples, without those that need what is not there; return type and message of their errors."""
    errors = []
    with listening(), undisturbed():
        for code in (f"{setup}\n{snippet}" for snippet in snippets):
            if any(need in code and need not in there for need in ("torch", "optim.", "cuda", "mps")):
                continue
            try:
                exec(code, {"np": np, "math": math, "record": record, "torch": sys.modules.get("torch")})
            except Exception as error:
                message = re.sub(r"(My|my_)\w*", ".+", re.escape(_without_case(error)))
                errors.append((type(error), re.compile(message)))
    return errors


# --- In any exercise ---

# What torch says depends on how it was built and on what the machine has: no example raises all of these.
_NO_SUCH_DEVICE = re.compile(
    r"[Tt]orch (is not linked with support for|not compiled with) |[Nn]o NVIDIA driver|No CUDA GPUs|"
    r"invalid device ordinal|at start of device string"
)
METHOD_USES = (
    *(
        "1.0 * {}",
        "{} * 1.0",
        "{} ** 2",
        "1.0 < {}",
        "{} < 1.0",
        "-{}",
        "abs({})",
        "float({})",
        "{}[0]",
        "{}.my_attribute",
    ),
    *("np.ones(2) * {}", "{} * np.ones(2)", "torch.ones(2) * {}", "{} * torch.ones(2)"),
)
FUNCTION_USES = tuple(
    code.format("{0}", value)
    for code in ("{0} * {1}", "{1} * {0}", "{0} + {1}", "{1} + {0}", "{0} - {1}", "{1} - {0}", "{0} ** {1}")
    for value in ("1.0", "np.ones(1)", "torch.ones(1)")
)
_anywhere = ByExample(
    {
        "caret": ("thing ^ 2", "thing ^= 2", "2 ^ thing", "np.ones(1) ^ 2", "torch.ones(1) ^ 2"),
        "parameter_is_array": ("record(iter([(1.0, [1.0]), (1.0, [1.0, 2.0])]), 1)",),
        "not_callable": ("thing()",),
        "not_called": (
            *(code.format("[].append") for code in METHOD_USES),
            *(code.format(some) for code in FUNCTION_USES for some in ("my_function", "thing.my_method")),
            "list(thing.my_method)",
        ),
        "truth_of_many": ("if np.ones(2): pass", "not np.ones(2)"),
        "cat_of_numbers": ("torch.cat([torch.ones(())])", "np.concatenate([np.ones(())])"),
        "no_grad_not_called": ("with torch.no_grad: pass",),
        "math_of_many": ("math.pow(np.ones(2), 2)", "math.exp(np.ones(2))"),
        "capital_tensor": ("torch.Tensor(1.0)",),
        "super_without_brackets": ("super.__init__()",),
        "index_beyond": ("np.ones(2)[2]", "np.ones(2)[-3]", "[1][1]", "(1,)[1]"),
        "dimension_beyond": ("np.ones(2).sum(axis=1)",),
        "sizes_differ": tuple(
            f"np.ones({one}) + np.ones({other})" for one in ((2,), (2, 2)) for other in ((3,), (3, 3))
        ),
        "matrix_sizes": ("np.ones(2) @ np.ones(3)", *(f"np.dot(np.ones({n}), np.ones({n}))" for n in ((2, 3), (1, 2)))),
        "reshape_differs": ("np.ones(2).reshape(3)", "np.ones(2).reshape(3, 1)"),
        "backward_of_no_tensor": ("[1.0].backward()", "(1.0,).backward()", "np.ones(1).backward()"),
        "format_of_many": ("f'{np.ones(2):.3f}'",),
    },
    setup="class My:\n    __module__ = 'My'\n    def my_method(self): pass\nthing = My()\ndef my_function(): pass",
    rules={"not_callable": lambda error: "no_tensor_given" if _in_torch(error) else "not_callable"},
)


def mistake_anywhere(error: BaseException) -> str | None:
    """Name the mistake that leads to this error in any exercise."""
    if _NO_SUCH_DEVICE.search(message_of(cause_of(error))):
        return "no_such_device"
    return _anywhere(error) or _of_tensors(error)


def _handed_over(error: BaseException) -> str | None:
    """Name what an optimizer was given where parameters belong: a model, several lists of them, or something else."""
    if not _in_optimizer(error):
        return None
    given = [frame.f_locals.get("params") for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    parts = [part for one in given if isinstance(one, (list, tuple)) for part in one]
    if any(hasattr(one, "named_parameters") for one in (*given, *parts)):
        return "optimizer_of_model"
    lists = any(isinstance(part, (list, GeneratorType)) for part in parts)
    return "optimizer_of_lists" if lists else "not_parameters"


# --- Rules ---


def _place_of(error: BaseException) -> tuple[Any, int]:
    """Return where an error arose: the frame, and the number of its line."""
    *_, place = traceback.walk_tb(cause_of(error).__traceback__)
    return place


def _in_torch(error: BaseException, room: str = "torch.") -> bool:
    """Whether an error arose in Python code of torch, or in a room of it, not in the line that calls it."""
    return str(_place_of(error)[0].f_globals.get("__name__")).startswith(room)


def _of_dtypes(error: BaseException) -> str:
    """Tell a layer and a loss, which are made of Python code, from a product in the learner's own line."""
    if _in_torch(error, "torch.nn.functional"):
        return "target_dtype"
    return "layer_dtype" if _in_torch(error, "torch.nn.modules") else "dtypes_mixed"  # `torch.einsum` is Python, too


def _updated(error: BaseException) -> bool:
    """Whether an update came before."""
    return len(getattr(error, "history", ())) > 1


def _held(error: BaseException) -> dict[str, Any]:
    """Return the variables of all functions, but for libraries, that were running when an error arose."""
    frames = [frame for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    own = [one for one in frames if not str(one.f_globals.get("__name__")).startswith(("torch", "numpy", "polyfit_"))]
    return {name: value for frame in own for name, value in graphs.of_frame(frame).items()}


def _rebound(error: BaseException) -> bool:
    """Whether the parameters, as they were yielded last, are no longer leaves that require a gradient."""
    if not _updated(error):
        return False
    now = error.history.parameters[-1]  # type: ignore[attr-defined]
    return not any(np.isin(_values_of(leaf), now).all() for leaf in graphs.leaves(_held(error).values()))


def _values_of(tensor: Any) -> Any:
    return np.asarray(tensor.detach().cpu().double()) if not tensor.is_meta else np.array([np.nan])


def _cut(error: BaseException) -> str:
    """Name what has left a loss without a graph."""
    if not _updated(error):
        return "graph_cut"
    history: Any = error.history  # type: ignore[attr-defined]
    if not history.records:
        return "recording_off"
    if not _rebound(error):
        return "graph_cut"
    leaves = [*getattr(history, "leaves", ()), *graphs.yielded(getattr(history, "first", None))]
    early = {id(one) for one in leaves if graphs.is_tensor(one)}
    now = [one for one in graphs.reached(_held(error).values()) if id(one) in early]
    return "made_plain" if now and not any(one.requires_grad for one in now) else "rebound"


def _second_backward(error: BaseException) -> str:
    """Tell a graph that was built before the loop from one of this iteration."""
    history: Any = getattr(error, "history", None)
    if not _updated(error) or not hasattr(history, "built_before"):
        return "second_backward"
    names = history.built_before(_held(error))
    return "graph_before_loop" if names and "loss" not in names else "second_backward"


def _missing_gradient(error: BaseException) -> str:
    """Name the mistake that has left None where a gradient is used."""
    method = getattr(cause_of(error), "name", "")  # of an AttributeError
    early = "no_gradient_yet" if method in ("zero_", "item") else "no_gradient"
    tensor = _without_gradient(error)
    if tensor is None and _is_no_gradient(error):
        return "none_there"
    if tensor is None:
        return "rebound" if _rebound(error) else early
    if tensor.is_leaf and tensor.requires_grad:
        return early if early == "no_gradient_yet" else _unfilled(error, tensor)
    anew = _rebound(error) or _made_anew(error) or (method == "zero_" and not tensor.requires_grad)
    return "rebound" if anew else "no_leaf"


def _is_no_gradient(error: BaseException) -> bool:
    """Whether None stands under a name that has never had to do with a gradient."""
    with_gradient = [line for line in _code_of(error) if re.search(r"\.grad\b", line)]
    names = [name for name, value in names_in(cause_of(error)).items() if value is None]
    about = [line for line in with_gradient if any(re.search(rf"\b{re.escape(name)}\b", line) for name in names)]
    return not with_gradient or (bool(names) and not about)


def _made_anew(error: BaseException) -> bool:
    """Whether the code makes a new tensor of a parameter, as in `w = w - ...`, whose gradient it then asks for."""
    code = "".join(_code_of(error))
    names = re.findall(r"(\w+)\.grad\b", linecache.getline(*_file_and_line(error)))
    return any(re.search(rf"(?m)^\s*{name} = .*\b{name}\b", code) for name in names)


def _file_and_line(error: BaseException) -> tuple[str, int]:
    frame, number = _place_of(error)
    return frame.f_code.co_filename, number


def _code_of(error: BaseException) -> list[str]:
    """Return the lines of the file, or the cell, in which an error arose."""
    return linecache.getlines(_place_of(error)[0].f_code.co_filename)


def _unfilled(error: BaseException, leaf: Any) -> str:
    """Name why `backward` has left a leaf without a gradient."""
    held = _held(error)
    used = {id(one) for one in graphs.used_leaves(held.values())}
    if used and id(leaf) not in used:
        return "loss_without"
    parameters = {id(one) for one in graphs.yielded(getattr(getattr(error, "history", None), "latest", None))}
    others = [one for one in graphs.leaves(held.values()) if id(one) not in parameters | used]
    wrapped = any(one.ndim == 0 and one.grad is not None and one.grad.item() == 1 for one in others)
    return "loss_wrapped" if wrapped else "no_gradient"


def _without_gradient(error: BaseException) -> Any:
    """Return the tensor whose `.grad` is None in the line of this error; None if there is none."""
    frame, _ = _place_of(error)
    for path in re.findall(r"(\w[\w.]*)\.grad\b", linecache.getline(*_file_and_line(error))):
        first, *others = path.split(".")
        tensor: Any = functools.reduce(lambda one, name: getattr(one, name, None), others, frame.f_locals.get(first))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, of a tensor that is no leaf
            if hasattr(tensor, "is_leaf") and tensor.grad is None:
                return tensor
    return None


def _number_too_early(error: BaseException) -> str:
    """Name the way in which a plain number has come to stand where a tensor belongs."""
    return "item_too_early" if ".item(" in "".join(_code_of(error)) else "number_too_early"


def _numpy_meets(error: BaseException) -> str:
    """Tell a function of NumPy from an array in an operation, and from numbers that somebody wants to draw."""
    expression = expression_of(cause_of(error))
    rooms = [str(frame.f_globals.get("__name__")) for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    if expression.endswith(".numpy()") or any(
        room.startswith(("matplotlib.", "polyfit_helpers.plots")) for room in rooms
    ):
        return "numpy_wanted"
    return "array_meets_tensor" if is_operation(expression) else "numpy_of_tracked"


def parameter_of_number(error: BaseException) -> str | None:
    """Tell a Parameter made of a number, where torch raises the error, from a number with a method of tensors."""
    module = _place_of(error)[0].f_globals.get("__name__", "")
    return "parameter_of_number" if module.startswith("torch.") else None


def _in_optimizer(error: BaseException) -> bool:
    """Whether an error arose in torch's code of an optimizer."""
    return str(_place_of(error)[0].f_globals.get("__name__")).startswith("torch.optim.")


def on_meta(error: BaseException) -> bool:
    """Whether a tensor takes no format since it is on 'meta'; others take none if they hold several numbers."""
    return bool(getattr(_place_of(error)[0].f_locals.get("self"), "is_meta", True))


# --- In code with tensors ---

_USES = (
    "thing - {0}, {0} - thing, thing * {0}, {0} * thing, thing ** {0}, {0} ** thing, thing < {0}, {0} < thing, "
    "-{0}, abs({0}), float({0}), int({0}), {0}.my_attribute, use = {0}; use[0] = 1, use = {0}; use()"
)


def uses_of(value: str) -> tuple[str, ...]:
    """Return code that takes a value, which is given as code too, for a number or a tensor."""
    return tuple(_USES.format(value).split(", "))


MIXED = (
    "floats @ doubles",
    "floats @ doubles[0]",
    "floats[0] @ doubles[0]",
    "floats[None] @ doubles[None]",
    "torch.inner(floats, doubles)",
    "torch.addmm(floats, floats, doubles)",
    "torch.nn.functional.linear(floats, doubles, doubles[0])",
    "torch.linalg.multi_dot([floats, doubles, floats])",
    "torch.linalg.solve(floats, doubles)",
    "torch.linalg.lstsq(floats, doubles)",
    "floats.index_add_(0, torch.tensor([0]), doubles)",
)
IN_PLACE = ("leaf -= 1", "leaf[0] -= 1")
FROM_META = ("far.cpu()", "far.sum().item()", "f'{far.sum():.3f}'")
TWO_DEVICES = tuple(
    code.format(f"vector.to('{device}')")
    for device in ("meta", "cuda", "mps")
    for code in ("vector + {}", "{} + vector", "vector @ {}", "matrix @ {}", "torch.stack([vector, {}])")
)
WITH_TENSORS = """
class My: pass
thing, leaf, vector = My(), torch.ones(2, requires_grad=True), torch.ones(2)
matrix, far = torch.ones(2, 2), torch.ones(2, device="meta")
"""

_of_tensors = ByExample(
    {
        "no_tensor_given": (
            *(f"torch.sin({one})" for one in ("np.ones(1)", "1.0", "[1.0]", "(1.0,)", "thing")),
            *(f"torch.stack([{one}])" for one in ("np.ones(1)", "1.0", "[1.0]")),
            *(f"torch.nn.functional.mse_loss({one}, vector)" for one in ("[1.0]", "(1.0,)", "1.0")),
        ),
        "array_meets_tensor": tuple(f"np.ones(2) {sign} vector" for sign in ("+", "*", "@", "**", "<")),
        "truth_of_many": ("if vector: pass", "not vector"),
        "index_beyond": ("vector[2]", "vector[-3]"),
        "dimension_beyond": ("vector.sum(dim=1)",),
        "sizes_differ": ("vector += matrix",),
        "no_axes": ("vector[0][0]", "len(vector[0])", "iter(vector[0])"),
        "reshape_differs": ("vector.view(3)",),
        "format_of_many": ("f'{vector:.3f}'",),
        "mean_of_whole": ("whole.mean()", "(whole == 1).mean()"),
        "whole_in_place": ("whole += 0.5",),
        "target_dtype": (
            "torch.nn.functional.cross_entropy(matrix, vector)",
            "torch.nn.functional.binary_cross_entropy(vector, whole)",
        ),
        "target_beyond": ("torch.nn.functional.cross_entropy(matrix, whole + 1)",),
        "state_differs": ("module.load_state_dict({'my_key': vector})",),
        "array_elsewhere": ("far.numpy()",),
        "not_parameters": (
            *(f"torch.optim.SGD([{one}], lr=0.1)" for one in ("1.0", "np.ones(1)", "[0.0]", "module")),
            "torch.optim.SGD(module, lr=0.1)",
        ),
    },
    WITH_TENSORS
    + """
whole = torch.ones(2, dtype=torch.int64)
module = type("My", (torch.nn.Module,), {"__module__": "my_module"})()
""",
    rules={
        "truth_of_many": lambda error: "loss_not_made" if _in_torch(error) else "truth_of_many",
        "whole_in_place": lambda error: "target_dtype" if _in_torch(error) else "whole_in_place",
        "not_parameters": lambda error: _handed_over(error),
        "array_elsewhere": lambda error: "out_of_meta" if "meta" in message_of(error) else "array_elsewhere",
    },
)

autograd_mistake = ByExample(
    {
        "graph_cut": ("vector.sum().backward()", "torch.autograd.grad(leaf.sum(), vector)"),
        "no_no_grad": IN_PLACE,
        "number_too_early": ("(1.0).backward()", "(1.0).requires_grad_()"),
        "parameter_of_number": ("torch.nn.Parameter(1.0)",),
        "no_gradient": (*uses_of("None"), "leaf.grad[0]", "len(None)", "iter(None)"),
        "second_backward": ("loss = (leaf**2).sum(); loss.backward(); loss.backward()",),
        "grad_is_number": ("leaf.grad = 0.0", "leaf.grad = thing"),
        "changed_since": (
            "loss = (leaf**2).sum(); leaf.detach().sub_(1); loss.backward()",
            "double = 2 * leaf; loss = (double**2).sum(); double.detach().sub_(1); loss.backward()",
        ),
        "dtypes_mixed": MIXED,
        "backward_of_vector": ("(leaf * 2).backward()", "torch.autograd.grad(leaf * 2, leaf)"),
        "numpy_of_tracked": ("np.square(leaf)", "leaf.numpy()", "np.asarray(leaf)", "np.mean(leaf)", "np.sum(leaf)"),
        "optimizer_of_no_leaf": ("torch.optim.SGD([leaf * 1], lr=0.1)",),
        "optimizer_of_nothing": ("torch.optim.SGD([], lr=0.1)",),
        "optimizer_of_one": ("torch.optim.SGD(leaf, lr=0.1)",),
        "no_such_zero": ("vector.zero()",),
        "rate_is_no_number": ("torch.optim.SGD([leaf], lr=[0.1])", "torch.optim.SGD([leaf], lr='0.1')"),
        "step_takes_no_rate": ("torch.optim.SGD([leaf], lr=0.1).step(0.1)",),
        "sizes_differ": (
            "vector + torch.ones(3)",
            "matrix + torch.ones(3, 3)",
            "vector[:] = torch.ones(3)",
            "torch.stack([vector, torch.ones(3)])",
            "torch.nn.functional.binary_cross_entropy(vector, torch.ones(3))",
            "torch.nn.functional.cross_entropy(matrix, torch.ones(3, dtype=torch.int64))",
        ),
        "matrix_sizes": ("matrix @ torch.ones(3, 1)", "matrix @ torch.ones(3)", "vector @ torch.ones(3)"),
        "loss_without": ("torch.autograd.grad(leaf.sum(), torch.ones(2, requires_grad=True))",),
        "flag_of_result": ("(leaf * 1).requires_grad = False",),
        "item_of_many": ("vector.item()", "float(vector)"),
        "dtype_as_text": ("torch.tensor(1.0, dtype='float64')", "torch.ones(1, dtype='float64')"),
        "whole_numbers": ("torch.ones(2, dtype=torch.int64).requires_grad_()", "torch.tensor(1, requires_grad=True)"),
        # Last, since the first operation on 'meta' takes a second.
        "two_devices": TWO_DEVICES,
        "out_of_meta": FROM_META,
        "all_on_meta": ("record(iter([(far.sum(), far)]), 1)",),
    },
    WITH_TENSORS + "floats, doubles = matrix.float(), matrix.double()",
    rules={
        "graph_cut": _cut,
        "second_backward": _second_backward,
        "no_gradient": _missing_gradient,
        "number_too_early": _number_too_early,
        "numpy_of_tracked": _numpy_meets,
        "dtypes_mixed": _of_dtypes,
        "matrix_sizes": lambda error: "layer_sizes" if _in_torch(error) else "matrix_sizes",
        "out_of_meta": lambda error: "out_of_meta" if on_meta(error) else None,
        "parameter_of_number": parameter_of_number,
        "rate_is_no_number": lambda error: "rate_is_no_number" if _in_optimizer(error) else None,
        "step_takes_no_rate": lambda error: "step_takes_no_rate" if _in_optimizer(error) else None,
    },
)

# --- In a cell of one's own, or on a board: no exercise says what the code is to do ---

SUPER_FORGOTTEN = ("MyBare().my_x = parameter", "MyBare().my_x = My()")
LIST_OF_GRADIENTS = """
My.forward = staticmethod(lambda ctx, u: 2 * u)
My.backward = staticmethod(lambda ctx, gradient: [gradient])
My.apply(leaf).sum().backward()
"""
_of_cells = ByExample(
    {
        "still_to_be_written": ("raise NotImplementedError('your turn')",),
        "not_defined": ("my_thing",),
        "no_value_yet": ("def my_function(): my_thing += 1\nmy_function()",),
        "none_there": (*uses_of("None"), "len(None)", "iter(None)", "np.ones(2) * None"),
    },
    setup="class My: pass\nthing = My()",
)
_of_modules = ByExample(
    {"super_forgotten": SUPER_FORGOTTEN, "forward_missing": ("My()(1)",)},
    """
parameter = torch.nn.Parameter(torch.ones(1))
class My(torch.nn.Module): pass
class MyBare(My):
    def __init__(self): pass
""",
)
_of_functions = ByExample(
    {"list_of_gradients": (LIST_OF_GRADIENTS,)}, WITH_TENSORS + "class My(torch.autograd.Function): pass"
)


def mistake_in_a_cell(error: BaseException) -> str | None:
    """Name the mistake that leads to this error in a learner's own code, whatever it is for."""
    tables = (autograd_mistake, mistake_anywhere, _of_cells, _of_modules, _of_functions)
    return next(filter(None, (known(error) for known in tables)), None)
