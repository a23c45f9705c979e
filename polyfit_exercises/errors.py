"""Naming a mistake by the error that it leads to: errors by example.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import numpy as np

from polyfit_helpers.history import record
from polyfit_helpers.widgets import graphs

from .sandbox import cause_of, listening, message_of, undisturbed

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
_anywhere = ByExample(
    {
        "caret": ("thing ^ 2", "thing ^= 2", "2 ^ thing", "np.ones(1) ^ 2", "torch.ones(1) ^ 2"),
        "parameter_is_array": ("record(iter([(1.0, [1.0]), (1.0, [1.0, 2.0])]), 1)",),
        "truth_of_many": ("not np.ones(2)", "not torch.ones(2)"),
        "cat_of_numbers": ("torch.cat([torch.ones(())])", "np.concatenate([np.ones(())])"),
        "no_grad_not_called": ("with torch.no_grad: pass",),
        "method_not_called": ("list(thing.my_method)",),
        "function_not_called": tuple(
            code.format(function, value)
            for code in ("{0} * {1}", "{1} * {0}", "{0} + {1}", "{1} + {0}", "{0} - {1}", "{1} - {0}", "{0} ** {1}")
            for function in ("my_function", "thing.my_method")
            for value in ("1.0", "np.ones(1)", "torch.ones(1)")
        ),
        "math_of_many": ("math.pow(np.ones(2), 2)", "math.exp(np.ones(2))"),
        "capital_tensor": ("torch.Tensor(1.0)",),
        "super_without_brackets": ("super.__init__()",),
        "optimizer_of_model": (
            "torch.optim.SGD([thing], lr=0.1)",
            "torch.optim.SGD(thing, lr=0.1)",
            "torch.optim.SGD([[0.0]], lr=0.1)",
        ),
    },
    setup="class My:\n    __module__ = 'My'\n    def my_method(self): pass\nthing = My()\ndef my_function(): pass",
    rules={
        "optimizer_of_model": lambda error: _handed_over(error),
        "truth_of_many": lambda error: "loss_not_made" if _makes_a_loss(error) else "truth_of_many",
    },
)


def mistake_anywhere(error: BaseException) -> str | None:
    """Name the mistake that leads to this error in any exercise."""
    if _NO_SUCH_DEVICE.search(message_of(cause_of(error))):
        return "no_such_device"
    return "self_missing" if _lacks_self(error) else _anywhere(error)


def _handed_over(error: BaseException) -> str | None:
    """Name what an optimizer was given where parameters belong: a model, or several lists of them."""
    given = [frame.f_locals.get("params") for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    parts = [part for one in given for part in (one, *(one if isinstance(one, (list, tuple)) else ()))]
    if any(hasattr(part, "named_parameters") for part in parts):
        return "optimizer_of_model"
    return "optimizer_of_lists" if any(isinstance(part, (list, GeneratorType)) for part in parts[1:]) else None


def _makes_a_loss(error: BaseException) -> bool:
    """Whether the class of a loss function was called with tensors."""
    frames = [frame for frame, _ in traceback.walk_tb(cause_of(error).__traceback__)]
    return any(str(frame.f_globals.get("__name__")).startswith("torch.nn.modules.loss") for frame in frames)


def _lacks_self(error: BaseException) -> bool:
    """Whether a name that is not defined is that of an attribute of the object whose method is running."""
    cause = cause_of(error)
    if not isinstance(cause, NameError) or cause.name is None:
        return False
    return hasattr(_place_of(error)[0].f_locals.get("self"), cause.name)


# --- Rules ---


def _place_of(error: BaseException) -> tuple[Any, int]:
    """Return where an error arose: the frame, and the number of its line."""
    *_, place = traceback.walk_tb(cause_of(error).__traceback__)
    return place


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
    if not _rebound(error):
        return "recording_off"
    first, last = (graphs.yielded(getattr(error.history, name, None)) for name in ("first", "latest"))  # type: ignore[attr-defined]
    same = bool(first) and len(first) == len(last) and all(map(lambda one, other: one is other, first, last))
    plain = all(graphs.is_tensor(one) and not one.requires_grad for one in last)
    return "made_plain" if same and plain else "rebound"


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
    if tensor is None:
        return "rebound" if _rebound(error) else early
    if tensor.is_leaf and tensor.requires_grad:
        return early if early == "no_gradient_yet" else _unfilled(error, tensor)
    return "rebound" if _rebound(error) or (method == "zero_" and not tensor.requires_grad) else "no_leaf"


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
    frame, number = _place_of(error)
    for path in re.findall(r"(\w[\w.]*)\.grad\b", linecache.getline(frame.f_code.co_filename, number)):
        first, *others = path.split(".")
        tensor: Any = functools.reduce(lambda one, name: getattr(one, name, None), others, frame.f_locals.get(first))
        if hasattr(tensor, "is_leaf") and tensor.grad is None:
            return tensor
    return None


def _number_too_early(error: BaseException) -> str:
    """Name the way in which a plain number has come to stand where a tensor belongs."""
    code = linecache.getlines(_place_of(error)[0].f_code.co_filename)
    return "item_too_early" if ".item(" in "".join(code) else "number_too_early"


def parameter_of_number(error: BaseException) -> str | None:
    """Tell a Parameter made of a number, where torch raises the error, from a number with a method of tensors."""
    module = _place_of(error)[0].f_globals.get("__name__", "")
    return "parameter_of_number" if module.startswith("torch.") else None


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

autograd_mistake = ByExample(
    {
        "graph_cut": ("vector.sum().backward()", "torch.autograd.grad(leaf.sum(), vector)"),
        "no_no_grad": IN_PLACE,
        "number_too_early": ("(1.0).backward()", "(1.0).requires_grad_()"),
        "parameter_of_number": ("torch.nn.Parameter(1.0)",),
        "no_gradient": (*uses_of("None"), "leaf.grad[0]", "len(None)", "iter(None)"),
        "second_backward": ("loss = (leaf**2).sum(); loss.backward(); loss.backward()",),
        "grad_is_number": ("leaf.grad = 0.0", "leaf.grad = thing"),
        "two_devices": TWO_DEVICES,
        "out_of_meta": FROM_META,
        "all_on_meta": ("record(iter([(far.sum(), far)]), 1)",),
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
        "sizes_differ": ("vector + torch.ones(3)", "matrix + torch.ones(3, 3)"),
        "matrix_sizes": ("matrix @ torch.ones(3, 1)", "matrix @ torch.ones(3)", "vector @ torch.ones(3)"),
        "item_of_many": ("vector.item()", "float(vector)"),
        "whole_numbers": ("torch.ones(2, dtype=torch.int64).requires_grad_()", "torch.tensor(1, requires_grad=True)"),
    },
    WITH_TENSORS + "floats, doubles = matrix.float(), matrix.double()",
    rules={
        "graph_cut": _cut,
        "second_backward": _second_backward,
        "no_gradient": _missing_gradient,
        "number_too_early": _number_too_early,
        "out_of_meta": lambda error: "out_of_meta" if on_meta(error) else None,
        "parameter_of_number": parameter_of_number,
    },
)
