"""The one problem that every notebook solves: points of a curve, where they live, and where training starts.

NumPy only. torch is imported by `Data.to` and `devices`, and only when they are called.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

# Four draws from a standard normal distribution, as PyTorch's tutorial takes them, but the same four in every notebook.
START: tuple[float, float, float, float] = tuple(np.random.default_rng(0).standard_normal(4).tolist())


def random_start(seed: int = 0, size: int = 4) -> tuple[float, ...]:
    """Draw starting parameters from a standard normal distribution.

    Parameters
    ----------
    seed : int
        Seed of NumPy's `default_rng`; seed 0 gives `START`.
    size : int
        How many parameters: degree + 1 for a polynomial.
    """
    return tuple(np.random.default_rng(seed).standard_normal(size).tolist())


@dataclass(frozen=True, eq=False)
class Data:
    """The points (x, y) to be fitted, as NumPy arrays or as torch tensors.

    A training loop computes wherever its data are, so changing the device changes no line of the loop.

    Parameters
    ----------
    x, y : array or tensor of floats, shape (N,), N at least 2
        The points. Lists are turned into float64 arrays.
    name : str
        What the curve is called in legends.

    Raises
    ------
    ValueError
        If x and y are not flat, differ in length, have fewer than two points, or hold NaN or infinity.
    TypeError
        If they do not hold real numbers, or only one of them is a tensor.
    """

    x: Any
    y: Any
    name: str = "data"

    def __post_init__(self) -> None:
        if _is_tensor(self.x) != _is_tensor(self.y):
            raise TypeError("x and y must both be arrays or both be tensors: convert with Data(x, y).to('cpu')")
        for axis in ("x", "y"):
            values = getattr(self, axis)
            if not _is_tensor(values):
                values = _float_array(axis, values)
                object.__setattr__(self, axis, values)
            elif not values.is_floating_point():
                raise TypeError(f"{axis} must hold floats, got {values.dtype}: convert with {axis}.double()")
            if values.ndim != 1:
                raise ValueError(
                    f"{axis} must be flat, shape (N,), got shape {tuple(values.shape)}: use {axis}.ravel()"
                )
        if len(self.x) != len(self.y):
            raise ValueError(f"x and y must have the same length, got {len(self.x)} and {len(self.y)}")
        if len(self.x) < 2:
            raise ValueError(f"a fit needs at least 2 points, got {len(self.x)}")
        if getattr(self.x, "is_meta", False):  # a tensor of shapes without numbers
            return
        for axis in ("x", "y"):
            values = getattr(self, axis)
            finite = values.isfinite() if self.is_tensor else np.isfinite(values)
            if not bool(finite.all()):
                i = finite.tolist().index(False)
                raise ValueError(f"{axis} must be finite, got {float(values[i])} at index {i}: drop such points first")

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        return f"Data({self.name}: {len(self)} points, {str(self.x.dtype).removeprefix('torch.')}, {self.where})"

    @property
    def is_tensor(self) -> bool:
        """Whether x and y are torch tensors."""
        return _is_tensor(self.x)

    @property
    def where(self) -> str:
        """Where the points are: 'NumPy', or the name of a torch device."""
        return str(self.x.device) if self.is_tensor else "NumPy"

    def to(self, device: Any = "cpu", dtype: Any = None) -> Data:
        """Return the same points as torch tensors on a device (notebook 02).

        Parameters
        ----------
        device : str or torch.device
            'cpu', 'cuda', 'cuda:1', 'mps' ...; `devices` lists what this machine has.
        dtype : 'float32', 'float64', a torch dtype, or None
            None keeps the present one, except on 'mps', which has no float64 and takes float32.

        Raises
        ------
        ValueError
            If the device or the dtype is unknown, or the device cannot hold that dtype.
        RuntimeError
            If the device is not there; the message says why and which are.
        ImportError
            If torch is not installed.
        """
        import torch

        try:
            target = torch.device(device)
        except (RuntimeError, TypeError):
            raise ValueError(f"unknown device {device!r}: choose one of {_available()}") from None
        if isinstance(dtype, str):
            dtype = {"float32": torch.float32, "float64": torch.float64}.get(dtype, dtype)
        if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype in (torch.float32, torch.float64)):
            raise ValueError(f"dtype must be 'float32' or 'float64', got {dtype!r}")
        if target.type == "mps" and dtype is None:
            dtype = torch.float32
        if target.type == "mps" and dtype == torch.float64:
            raise ValueError("device 'mps' has no float64: use dtype='float32'")
        try:
            points = (self.x, self.y) if self.is_tensor else map(np.ascontiguousarray, (self.x, self.y))
            x, y = (torch.as_tensor(values).to(target, dtype) for values in points)
        except (RuntimeError, AssertionError, NotImplementedError, ImportError) as error:
            reason = str(error).splitlines()[0]
            raise RuntimeError(
                f"device {str(device)!r} cannot be used ({reason}): choose one of {_available()}"
            ) from error
        return replace(self, x=x, y=y)

    def numpy(self) -> Data:
        """Return the same points as NumPy arrays on the CPU."""
        if not self.is_tensor:
            return self
        return replace(self, x=self.x.detach().cpu().numpy(), y=self.y.detach().cpu().numpy())

    def in_order(self, most: int | None = None) -> Data:
        """Return the same points as float64 arrays with x ascending, as a line through them needs it.

        Parameters
        ----------
        most : int or None
            So many points at most, evenly chosen, both ends among them; None for all.
        """
        points = self.numpy()
        order = np.argsort(points.x, kind="stable")
        if most is not None and most < len(order):
            order = order[np.linspace(0, len(order) - 1, most).astype(int)]
        return Data(points.x[order].astype(float), points.y[order].astype(float), self.name)


def sine(points: int = 2000) -> Data:
    """Return y = sin(x) on evenly spaced points of [-π, π], the running example (all notebooks).

    Returns
    -------
    Data
        x and y of shape (points,), float64, in radians.

    Raises
    ------
    ValueError
        If points is not a whole number, 2 or more; the message quotes it.
    """
    if not hasattr(points, "__index__") or isinstance(points, bool) or points < 2:
        raise ValueError(f"points must be a whole number, 2 or more, got {points!r}")
    x = np.linspace(-math.pi, math.pi, points)
    return Data(x, np.sin(x), "sin(x)")


def straight_line() -> Data:
    """Return y = 3 x + 7 at x = 1 ... 6, the warm-up (notebooks 01 and 03)."""
    x = np.arange(1.0, 7.0)
    return Data(x, 3 * x + 7, "3 x + 7")


class Device(NamedTuple):
    """One device that torch knows of: its name, whether it is there, and what it is or why it is missing."""

    name: str
    available: bool
    note: str


def devices() -> list[Device]:
    """List the devices that tensors can live on, and say why the others cannot be used (notebooks 00 and 02).

    The first device is the CPU. Without torch it is the only one.
    """
    try:
        import torch
    except ImportError:
        return [Device("cpu", True, "NumPy only: torch is not installed")]
    found = [Device("cpu", True, "always there")]
    if torch.cuda.is_available():
        found += [Device(f"cuda:{i}", True, torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())]
    elif torch.version.cuda is None and torch.version.hip is None:
        found.append(Device("cuda", False, "this build of torch has no CUDA"))
    else:
        found.append(Device("cuda", False, "no CUDA device, or no driver for it"))
    if torch.backends.mps.is_available():
        found.append(Device("mps", True, "Apple GPU"))
    elif torch.backends.mps.is_built():
        found.append(Device("mps", False, "needs macOS 14 or newer on an Apple GPU"))
    else:
        found.append(Device("mps", False, "only on Macs with an Apple GPU"))
    if torch.xpu.is_available():
        found.append(Device("xpu", True, "Intel GPU"))
    return found


def _available() -> str:
    return ", ".join(repr(device.name) for device in devices() if device.available)


def _is_tensor(values: Any) -> bool:
    return hasattr(values, "is_floating_point")  # tensors have it, arrays do not: no need to import torch


def _float_array(axis: str, values: Any) -> np.ndarray:
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"{axis} must hold real numbers, got {values!r:.60}") from None
    return array if array.dtype.kind == "f" else array.astype(float)
