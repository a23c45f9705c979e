"""Listening to a training loop: `record` runs it, `History` keeps what it yielded.

NumPy only. Tensors are read through their own methods, so that this module never imports torch.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .advance import Apart, apart_of, require_running
from .theory import Floats, whole_number

_BATCH = 512  # states that wait before they move into the table: one transfer from a device, not 512

# Copies the parameters of a state, hands the copy to the third argument, and returns the loss. It is called at every
# iteration, and after an iteration's own work each call into C is slow, so every one counts.
_Reader = Callable[[Any, Any, Callable[[Any], None]], float]


class State(NamedTuple):
    """A training run after a number of updates: the loss, and the parameters as an array of shape (P,)."""

    loss: float
    parameters: Floats


class History:
    """What a training loop yielded: `history[i]` is the state after i updates, `history[0]` the start.

    `losses` has shape (n + 1,) and `parameters` shape (n + 1, P) after n updates, both float64 and read-only.
    A loop yields live objects and changes them in place; the history copies numbers, at once for arrays and tensors
    on the CPU, in batches for tensors on any other device, so that the loop does not wait for its device. `latest` is
    the live pair that was yielded last, `arrived` the losses since the last batch, `records` whether autograd is on.
    """

    def __init__(self) -> None:
        self.ended, self.records = "not started", True
        self.latest: Any = None
        self._table = np.empty((0, 0))
        self._size = 0
        self._width = 0
        self.arrived: list[float] = []  # with as many copies of parameters, which wait
        self._waiting: list[Any] = []
        self._read: _Reader = _unread
        self._on_device = False

    def __len__(self) -> int:
        self._collect()
        return self._size

    def __getitem__(self, i: int) -> State:
        row = self._rows()[i]
        return State(float(row[0]), row[1:])

    def __iter__(self) -> Iterator[State]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        if not len(self):
            return f"History(empty, {self.ended})"
        # A run that made its iterations is not called finished here: its loss may still be falling.
        ended = "" if self.ended == "finished" else f", {self.ended}"
        return f"History({self.iterations} iterations, loss {self.losses[0]:.4g} to {self.losses[-1]:.4g}{ended})"

    @property
    def losses(self) -> Floats:
        """The loss after 0, 1, ..., n updates, shape (n + 1,)."""
        return self._rows()[:, 0]

    @property
    def parameters(self) -> Floats:
        """The parameters after 0, 1, ..., n updates, shape (n + 1, P)."""
        return self._rows()[:, 1:]

    @property
    def iterations(self) -> int:
        """How many updates were recorded: one fewer than there are states."""
        return max(len(self) - 1, 0)

    @property
    def diverged(self) -> bool:
        """Whether the run stopped because its loss was no longer a finite number."""
        self._collect()
        return self.ended == "diverged"

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table to a file: a row a state, with the columns iteration, loss, parameter_0, parameter_1 ..."""
        names = ["iteration", "loss", *(f"parameter_{i}" for i in range(self._rows().shape[1] - 1))]
        table = np.column_stack([np.arange(len(self)), self._rows()])
        formats = ["%d", *["%.17g"] * (len(names) - 1)]
        np.savetxt(path, table, fmt=formats, delimiter=",", header=",".join(names), comments="")

    def extend(self, loop: Iterator[tuple[Any, Any]], states: int) -> None:
        """Take up to `states` further states from a running loop; `record` says how it ends and what it raises."""
        require_running(loop, begun=self._width > 0)
        own, running = apart_of(loop), [loop]
        del loop
        self.ended = "finished"
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # overflow is reported once, as `diverged`
                self._listen(own, running[0], states)
            self._collect()
        except KeyboardInterrupt:
            self.ended = "interrupted"
        except Exception as error:
            self.ended = "failed"
            error.history = self  # type: ignore[attr-defined]
            raise
        finally:
            own.let_go(running)
        self._collect()
        if not self._size and self.ended == "the loop ended by itself":
            raise ValueError("the training loop yielded nothing: put `yield loss, (a, b, c, d)` inside its loop")

    def _listen(self, own: Apart, loop: Iterator[tuple[Any, Any]], states: int) -> None:
        """Copy what the loop yields, batch by batch."""
        while states and self.ended == "finished":
            batch = min(states, _BATCH)
            error = own.run(self._listen_once, loop, batch)
            self.records = own.records
            if error is not None:
                raise error
            self._collect()
            states -= batch

    def _listen_once(self, loop: Iterator[tuple[Any, Any]], states: int) -> Exception | None:
        """Copy so many states, and return what is wrong with one. The loop waits for these lines at each iteration."""
        losses, keep, read = self.arrived, self._waiting.append, self._read
        item = self.latest
        try:
            for item in islice(loop, states):
                try:
                    loss, parameters = item
                    value = read(loss, parameters, keep)
                except Exception:
                    try:
                        value = self._read_closely(item, keep)
                    except Exception as error:
                        return error
                    read = self._read
                losses.append(value)
                if value - value != 0:  # infinite or NaN
                    self.latest = item
                    return None
        except Exception as error:
            if not len(self):  # it has not begun: a bad option, said by the loop itself
                return error
            failed = RuntimeError(
                f"the training loop failed in iteration {len(self)} with {type(error).__name__}: {error}"
                " (what it had yielded until then is kept in this error's .history)"
            )
            failed.__cause__ = error
            return failed
        self.latest = item
        if len(losses) < states:
            self.ended = "the loop ended by itself"
        return None

    def _read_closely(self, item: Any, keep: Callable[[Any], None]) -> float:
        """Copy the first state, or one that the fast reader refuses, or raise what is wrong with it."""
        try:
            loss, parameters = None if isinstance(item, dict) else item  # type: ignore[misc]  # keys are no pair
        except (TypeError, ValueError):
            raise TypeError(
                f"a training loop must yield a pair, as in `yield loss, (a, b, c, d)`; got {_brief(item)}"
            ) from None
        if not self._width:
            self._on_device = getattr(loss, "is_cpu", True) is False
        on_device = self._on_device or getattr(loss, "is_meta", False)
        row = _device_row(loss, parameters) if on_device else _row(loss, parameters)
        if not self._width:
            self._width = len(row)
            self._read = _device_reader(len(row)) if on_device else _fast_reader(loss, parameters, len(row) - 1)
        if len(row) != self._width:
            raise ValueError(
                "a training loop must yield the same parameters every time: "
                f"it gave {self._width - 1} numbers, then {len(row) - 1}"
            )
        keep(row if on_device else struct.pack(f"{len(row) - 1}d", *row[1:]))
        return 0.0 if on_device else row[0]

    def _collect(self) -> None:
        """Move the waiting states into the table, up to and including the first whose loss is not finite."""
        size = min(len(self.arrived), len(self._waiting))  # an interruption may have come between the two
        if not size:
            return
        waiting = self._waiting[:size]
        if self._on_device:
            rows = sys.modules["torch"].stack(waiting).cpu().double().numpy()  # one transfer for all of them
        else:
            parameters = np.frombuffer(b"".join(waiting)).reshape(size, -1 if waiting[0] else 0)
            rows = np.column_stack([self.arrived[:size], parameters])
        finite = np.isfinite(rows[:, 0])
        if not finite.all():
            self.ended = "diverged"
            rows = rows[: finite.argmin() + 1]
        size = self._size + len(rows)
        if size > len(self._table):
            table = np.empty((max(size, 2 * self._size), self._width))
            if self._size:
                table[: self._size] = self._table[: self._size]
            self._table = table
        self._table[self._size : size] = rows
        self._size, self.arrived, self._waiting = size, [], []  # last, so that an interruption loses nothing

    def _rows(self) -> Floats:
        self._collect()
        view = self._table[: self._size] if self._size else np.empty((0, 1))
        view.flags.writeable = False
        return view


def record(loop: Iterator[tuple[Any, Any]], iterations: int) -> History:
    """Run a training loop for a number of iterations and return everything that it yielded.

    Parameters
    ----------
    loop : iterator of (loss, parameters)
        A running training loop, such as `my_training(data, START, 1e-6)`.
    iterations : int
        Updates to make. Since the state before the first is kept too, `iterations + 1` states are recorded.

    Returns
    -------
    History
        It is shorter than asked for, and `history.ended` says why, if the loop ended by itself, if its loss became
        infinite or NaN ("diverged"), or if Ctrl-C was pressed ("interrupted").

    Raises
    ------
    TypeError
        If loop is not a running loop, or yields anything but pairs of a number and numbers.
    ValueError
        If iterations is not a whole number from 0 on, or the loop yields nothing or changes the number of parameters.
    RuntimeError
        If the loop raises an error half-way, which is the cause of this one; an error before the first state is raised
        as it is. If the loop had begun, `error.history` has what was recorded.
    """
    history = History()
    states, running = whole_number("iterations", iterations) + 1, [loop]
    del loop
    history.extend(running.pop(), states)
    return history


def _row(loss: Any, parameters: Any) -> list[float]:
    """Copy the numbers of one state, whatever they are: the loss, then all parameters in order."""
    row: list[float] = []
    _flatten(loss, row)
    if isinstance(loss, (list, tuple)) or (len(row) > 1 and getattr(parameters, "ndim", None) == 0):
        raise TypeError("the loss comes first, then the parameters, as in `yield loss, (a, b, c, d)`")
    if len(row) != 1:
        raise TypeError(f"the loss must be one number, got {_brief(loss)}: sum the squared errors with .sum()")
    _flatten(parameters, row)
    return row


def _unread(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
    """Refuse the first state, so that `History._read_closely` looks at it."""
    raise LookupError


def _device_reader(width: int) -> _Reader:
    """Return a reader that leaves a state on its device, where its loss stays unknown until a batch is fetched.

    The reader returns 0 in its place: nothing then stops the loop.
    """

    def read(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        row = _device_row(loss, parameters)
        if len(row) != width:
            raise LookupError
        keep(row)
        return 0.0

    return read


def _fast_reader(loss: Any, parameters: Any, size: int) -> _Reader:
    """Return what copies states like the first one, which has `size` parameters.

    A state that is not like the first makes `pack` raise an error, and is then read closely. `item` and `tolist` belong
    to arrays and tensors alike, and read through requires_grad without a warning.
    """
    pack = struct.Struct(f"{size}d").pack

    def read_anything(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        row = _row(loss, parameters)
        keep(pack(*row[1:]))
        return row[0]

    def read_letters(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        value: float = loss.item()
        keep(pack(*[part.item() for part in parameters]))
        return value

    def read_four_letters(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        a, b, c, d = parameters
        value: float = loss.item()
        keep(pack(a.item(), b.item(), c.item(), d.item()))
        return value

    if hasattr(loss, "item"):
        dimensions = [getattr(part, "ndim", None) for part in parameters] if type(parameters) is tuple else []
        if dimensions and set(dimensions) == {0}:
            return read_four_letters if size == 4 else read_letters
        if dimensions == [1, 2]:  # a layer: bias and weight
            return _layer_reader(parameters[0], parameters[1], pack) or read_anything
        if getattr(parameters, "ndim", None) == 1:  # a vectorised loop
            return _tensor_reader(parameters, pack)
    return read_anything


def _tensor_reader(w: Any, pack: Callable[..., bytes]) -> _Reader:
    """Return what reads a tensor that is changed in place: through one NumPy view, which is several times as fast."""
    view = _view(w)
    address = None if view is None else w.data_ptr()
    exact = view is not None and view.dtype == float

    def read(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        value: float = loss.item()
        if exact and parameters is w and w.data_ptr() == address:
            keep(view.tobytes())  # type: ignore[union-attr]
        else:
            keep(pack(*parameters.tolist()))
        return value

    return read


def _layer_reader(bias: Any, weight: Any, pack: Callable[..., bytes]) -> _Reader | None:
    """Return what reads a layer's two tensors in the same way, or None if they are no tensors."""
    biases, weights = _view(bias), _view(weight)
    if biases is None or weights is None:
        return None
    addresses = bias.data_ptr(), weight.data_ptr()
    exact = biases.dtype == weights.dtype == float

    def read(loss: Any, parameters: Any, keep: Callable[[Any], None]) -> float:
        b, w = parameters
        if b is not bias or w is not weight or (b.data_ptr(), w.data_ptr()) != addresses:
            raise LookupError
        value: float = loss.item()
        keep(biases.tobytes() + weights.tobytes() if exact else pack(*biases.tolist(), *weights.tolist()))
        return value

    return read


def _view(tensor: Any) -> NDArray[Any] | None:
    """Return a tensor's own memory as a flat array; None for what is no tensor, or lies otherwise in memory."""
    try:
        return tensor.detach().numpy().reshape(-1) if tensor.is_contiguous() else None
    except (AttributeError, TypeError, RuntimeError):
        return None


def _flatten(value: Any, row: list[float]) -> None:
    """Append all numbers of a value to a row."""
    if isinstance(value, float):
        row.append(value)
        return
    try:
        value = value.tolist()
    except AttributeError:
        pass
    except (RuntimeError, NotImplementedError) as error:
        raise TypeError(f"cannot read the numbers of {_brief(value)}: {str(error).splitlines()[0]}") from None
    if isinstance(value, (list, tuple)):
        for part in value:
            _flatten(part, row)
        return
    try:
        if isinstance(value, str):
            raise TypeError
        row.append(float(value))
    except (TypeError, ValueError):
        raise TypeError(f"a training loop must yield numbers, arrays or tensors; got {_brief(value)}") from None


def _device_row(loss: Any, parameters: Any) -> Any:
    """Copy the numbers of one state into one tensor on their device, without waiting for it."""
    if loss.is_meta:
        raise TypeError("the loss is on device 'meta', which has shapes but no numbers: use a real device")
    torch = sys.modules["torch"]
    parts = [loss, *(parameters if isinstance(parameters, (list, tuple)) else (parameters,))]
    if loss.numel() != 1:
        raise TypeError(f"the loss must be one number, got {_brief(loss)}: sum the squared errors with .sum()")
    return torch.cat([torch.as_tensor(part, device=loss.device).detach().reshape(-1) for part in parts])


def _brief(value: Any) -> str:
    """Name a value in an error without flooding the page."""
    shape = getattr(value, "shape", None)
    if shape is not None and tuple(shape):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    text = f"{value.__name__} without its brackets ()" if hasattr(value, "__self__") else repr(value)  # a method
    return text if len(text) <= 60 else f"{type(value).__name__} {text[:57]}..."
