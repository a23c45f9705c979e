"""Advancing a learner's loop so that nothing it does reaches beyond it: for boards, `record` and checks alike.

A loop may wait at its `yield` inside `with torch.no_grad():` or `with np.errstate(...):`, change the working folder, or
call `exit()`. Whatever it has changed is put back when it gives way, and is there again when it goes on. Torch is never
imported for this.
"""

from __future__ import annotations

import builtins
import contextlib
import contextvars
import dis
import functools
import inspect
import io
import itertools
import os
import sys
import sysconfig
import warnings
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

_HERE = Path(__file__).parent
_LIBRARIES = [_HERE, _HERE.with_name("polyfit_exercises")]
_LIBRARIES += [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")]
_NOT_THEIRS = (*(f"{folder}{os.sep}" for folder in _LIBRARIES), "<frozen ", "<__array_function__")

ONE_CALL = 1 / 20  # of a limit of time: as much is counted for a single call, which may import or compile something


class TooSlow(BaseException):
    """The time is up. Not an Exception, so that the learner's `except Exception` does not catch it."""


# --- Putting back ---------------------------------------------------------------------------------------------------


class Apart:
    """What a loop has changed around it, kept for the loop and from everybody else.

    `with Apart():` puts back standard streams, warnings filters, working folder, trace function and torch's settings;
    `run` does so and keeps them for the next `run`. Context variables, such as NumPy's error state, are the loop's own.
    """

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._changed: dict[int, Any] = {}  # what stands in a place of `_settings` for the loop alone
        self._kept: set[Any] = set()  # context variables that the loop has set
        self._suspended: Any = None  # what keeps torch's inference mode from everybody else

    @property
    def records(self) -> bool:
        """Whether autograd records what the loop calculates: `set_grad_enabled(False)` stays with the loop."""
        return bool(self._changed.get(_GRAD, True))

    def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Return what work(*arguments) returns, done among the loop's own settings.

        Raises
        ------
        RuntimeError
            In place of an exception that would end more than a loop, such as SystemExit. An interruption by Ctrl-C and
            TooSlow come through, as every error does.
        """
        outside = contextvars.copy_context()
        for variable, value in outside.items():
            if variable not in self._kept and self._context.get(variable) is not value:
                self._context.run(variable.set, value)
        try:
            with self:
                return self._context.run(work, *arguments)
        except (Exception, TooSlow):
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not _was_raised(error):
                raise
            raise RuntimeError(
                f"the training loop raises {type(error).__name__}, which would end more than the loop:"
                " end it by `return`, or raise an error such as ValueError"
            ) from error
        finally:
            self._kept = {one for one, value in self._context.items() if outside.get(one) is not value}

    def let_go(self, running: list[Any]) -> None:
        """Clear a list that holds the loop: if nobody else does, its `with` blocks end here, among its own settings."""
        if self._changed or self._kept:
            self.run(running.clear)
        running.clear()

    def __enter__(self) -> None:
        self._refused = sys.stdin, builtins.input, _refuse_to_exit()
        self._before = before = _settings()
        if self._suspended is not None:
            self._suspended.__exit__(None, None, None)
            _SUSPENDED.remove(self._suspended)
            self._suspended = None
        if self._changed:
            _put(tuple(self._changed.get(i, value) for i, value in enumerate(before)), before)
        sys.stdin, builtins.input = _NO_INPUT, _no_input

    def __exit__(self, *_: Any) -> None:
        sys.stdin, builtins.input, allow_to_exit = self._refused
        allow_to_exit()
        now, before = _settings(), self._before
        if now == before:
            self._changed = {}
            return
        torch: Any = sys.modules.get("torch")
        if len(before) < len(now):  # torch was imported meanwhile
            before = (*before, True, torch.float32, (), None, False, False, False)
        self._changed = {i: value for i, value in enumerate(now) if i != _TRACE and value != before[i]}
        if len(before) > _INFERENCE and now[_INFERENCE] and not before[_INFERENCE]:
            self._suspended = torch.inference_mode(False)  # until the loop goes on
            self._suspended.__enter__()
            _SUSPENDED.append(self._suspended)
        _put(before, now)


def _settings() -> tuple[Any, ...]:
    """Return what can be told and set of the surroundings; `_put` sets it. It is read at each batch of states."""
    try:
        folder = os.getcwd()
    except OSError:  # somebody has deleted it
        folder = ""
    filters: Any = warnings.filters
    rest = sys.stdout, sys.stderr, folder, sys.gettrace(), filters, filters[:], warnings.showwarning
    torch: Any = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_default_device"):  # or its import has not ended
        return rest
    modes, default = (), None
    if torch._C._len_torch_function_stack():
        modes = tuple(torch.overrides._get_current_function_mode_stack())
        default = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return (
        *rest,
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        modes,  # with one for the default device
        default,
        torch.is_anomaly_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.is_inference_mode_enabled(),
    )


_TRACE, _GRAD, _INFERENCE = 3, 7, 13  # their places there
_SUSPENDED: list[Any] = []  # one that were freed would bring back the mode, so that of a dropped loop stays here


def _put(wanted: tuple[Any, ...], now: tuple[Any, ...]) -> None:
    """Set what differs from what is now."""
    sys.stdout, sys.stderr, folder, trace, filters, rules, warnings.showwarning, *in_torch = wanted
    if folder != now[2]:
        with contextlib.suppress(OSError):  # it may be gone
            os.chdir(folder)
    if trace is not now[3]:
        sys.settrace(trace)
    if (filters, rules) != now[4:6] or filters is not now[4]:
        warnings.filters = filters
        filters[:] = rules
        with warnings.catch_warnings():  # forgets what it knows of the filters
            pass
    if in_torch and now[7:]:
        _put_in_torch(in_torch, now[7:])


def _put_in_torch(wanted: list[Any], now: tuple[Any, ...]) -> None:
    torch: Any = sys.modules["torch"]
    grad, dtype, modes, default, anomaly, autocast, _ = wanted
    if modes != now[2]:
        for _ in now[2]:
            torch.overrides._pop_mode()
        for mode in modes:
            torch.overrides._push_mode(mode)
        torch._GLOBAL_DEVICE_CONTEXT.device_context = default
    torch.set_grad_enabled(grad)
    if dtype != now[1]:
        torch.set_default_dtype(dtype)
    if anomaly != now[4]:
        torch.autograd.set_detect_anomaly(anomaly)
    if autocast != now[5]:
        torch.set_autocast_enabled("cpu", autocast)


# --- Leaving --------------------------------------------------------------------------------------------------------

_RAISE = dis.opmap["RAISE_VARARGS"]


def _was_raised(error: BaseException) -> bool:
    """Whether a line of the learner raised it: an interruption comes between two instructions."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and is_theirs(trace.tb_frame) and _instruction(trace.tb_frame, trace.tb_lasti) == _RAISE


def _instruction(frame: FrameType, at: int) -> int:
    return frame.f_code.co_code[at]


def _refuse_to_exit() -> Callable[[], None]:
    """Let IPython's own exit(), which ends the kernel and raises nothing, raise SystemExit; return what undoes it."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython and getattr(ipython, "get_ipython", lambda: None)()
    if shell is None or "ask_exit" in vars(shell):
        return lambda: None
    shell.ask_exit = sys.exit
    return lambda: vars(shell).pop("ask_exit", None)


def _no_input(*_: Any) -> str:
    raise RuntimeError(
        "this code asks for input, and nobody can answer while it runs: pass what it needs as an argument"
    )


class _NoInput(io.TextIOBase):
    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> str:
        return _no_input()

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        return _no_input()


_NO_INPUT = _NoInput()


# --- One for each loop ----------------------------------------------------------------------------------------------

_APART: WeakKeyDictionary[Any, Apart] = WeakKeyDictionary()  # it goes with its loop


def apart_of(loop: Any) -> Apart:
    """Return where a running loop is advanced: `apart_of(loop).run(next, loop)`."""
    try:
        found = _APART.get(loop)
        if found is None:
            found = _APART[loop] = Apart()
        return found
    except TypeError:  # an iterator that cannot be found again, such as that of a list
        return Apart()


# --- What is a loop -------------------------------------------------------------------------------------------------

_YIELD_OR_RAISE = {_RAISE, *(number for name, number in dis.opmap.items() if name.startswith("YIELD"))}


def is_theirs(frame: FrameType) -> bool:
    """Whether a frame runs the learner's code: neither a library's file, nor what a library has made of a string."""
    file = frame.f_code.co_filename
    if file.startswith("<") and frame.f_globals.get("__name__") != "__main__":
        return False
    return not file.startswith(_NOT_THEIRS)


def require_running(loop: Any, begun: bool = False) -> None:
    """Raise TypeError if this is no running loop, or one that has not begun and never yields."""
    if callable(loop) and not hasattr(loop, "__next__"):
        name = getattr(loop, "__name__", "my_training")
        raise TypeError(f"a running loop is needed, got the function: call it, as in {name}(data, START, 1e-6)")
    if not hasattr(loop, "__next__"):
        if inspect.iscoroutine(loop):
            loop.close()  # it would complain that nobody has waited for it
        raise TypeError(f"a generator is needed, got {loop!r:.60}: does the training loop contain a `yield`?")
    if not begun:
        require_yield_of(getattr(loop, "gi_code", None))


def require_yield(function: Any) -> None:
    """Raise TypeError if a function cannot be a training loop, which is known before it is called.

    It has no `yield`, or none that can be reached, and returns nothing either. What is no function is not judged.
    """
    while isinstance(function, functools.partial):
        function = function.func
    require_yield_of(getattr(getattr(function, "__func__", function), "__code__", None))


def require_yield_of(code: Any) -> None:
    """Raise TypeError if this code is not that of a training loop; see `require_yield`."""
    if not isinstance(code, CodeType):
        return
    name, put = code.co_name, "put `yield loss, (a, b, c, d)` inside its loop"
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise TypeError(f"{name} is asynchronous: write `def {name}`, without `async`")
    if not _YIELD_OR_RAISE.isdisjoint(code.co_code[::2]):  # in what can be reached; a stub says itself why
        return
    instructions = list(dis.get_instructions(code))  # slow: a millisecond
    returned = [
        one.argval if one.opname == "RETURN_CONST" else before.argval if before.opname == "LOAD_CONST" else before
        for before, one in itertools.pairwise(instructions)
        if one.opname in ("RETURN_VALUE", "RETURN_CONST")
    ]
    if code.co_flags & inspect.CO_GENERATOR and not returned:
        raise TypeError(f"{name} never reaches its `yield`: {put}; nothing after an endless loop is ever run")
    if not code.co_flags & inspect.CO_GENERATOR and all(value is None for value in returned):
        raise TypeError(f"{name} has no `yield`: {put}, where a print would stand")
