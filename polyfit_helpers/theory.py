"""What gradient descent on squared errors, their sum or their mean, will do, exactly, before it is run.

The loss of a model that is linear in its parameters, ‖w X − y‖², is a bowl; X has a row for each parameter. Along
each eigenvector of its Hessian H = 2 X Xᵀ the error is multiplied by (1 − learning_rate · λ) in every iteration, so
the whole run is known beforehand.
NumPy only. It is tested against the training loops, and those that are written by hand do without it.

Sources: any text on numerical optimization, for example Nocedal and Wright, chapter 3; momentum after Polyak (1964).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import legendre, polynomial
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BASES = ("powers", "scaled", "legendre")
REDUCTIONS = ("sum", "mean")


def design_matrix(x: ArrayLike, degree: int = 3, basis: str = "powers") -> Floats:
    """Return the matrix whose row k holds basis function k at every point.

    Parameters
    ----------
    x : array, shape (N,)
        The points.
    degree : int
        Highest power.
    basis : 'powers', 'scaled' or 'legendre'
        xᵏ; (x/π)ᵏ; or the Legendre polynomials P_k(x/π).

    Returns
    -------
    array of float64, shape (degree + 1, N)
        Rows, so that each basis function is contiguous and the prediction is `w @ X`.

    Raises
    ------
    ValueError
        If the basis is unknown or the degree is not a whole number from 0 on.
    """
    x = np.asarray(x, dtype=float)
    degree = whole_number("degree", degree)
    if basis == "powers":
        columns = polynomial.polyvander(x, degree)
    elif basis == "scaled":
        columns = polynomial.polyvander(x / math.pi, degree)
    elif basis == "legendre":
        columns = legendre.legvander(x / math.pi, degree)
    else:
        raise ValueError(f"basis must be one of {', '.join(map(repr, BASES))}, got {basis!r}")
    return np.ascontiguousarray(columns.T)


def polynomial_values(x: ArrayLike, parameters: ArrayLike) -> Floats:
    """Return a + b x + c x² + ... at each point; x of shape (N,), parameters of shape (degree + 1,), result (N,)."""
    return np.asarray(polynomial.polyval(np.asarray(x, dtype=float), np.asarray(parameters, dtype=float)))


def legendre_values(x: ArrayLike, parameters: ArrayLike) -> Floats:
    """Return a + b P₃(c + d x) at each point, the fit of notebooks 03 and 07; P₃(u) = (5 u³ − 3 u) / 2."""
    a, b, c, d = np.asarray(parameters, dtype=float)
    u = c + d * np.asarray(x, dtype=float)
    return np.asarray(a + b * (5 * u**3 - 3 * u) / 2)


def superscript(power: int) -> str:
    """Return a power as it stands behind its base, such as '⁻¹²'."""
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def equation(parameters: ArrayLike, digits: int = 4) -> str:
    """Write a polynomial as text, such as 'y = 0.0005 + 0.8408 x − 0.0001 x² − 0.0911 x³'; a zero never has a minus."""
    text = "y ="
    for k, value in enumerate(np.atleast_1d(np.asarray(parameters, dtype=float))):
        rounded = round(float(value), digits)
        sign = "− " if rounded < 0 else "+ "
        power = ["", " x"][k] if k < 2 else f" x{superscript(k)}"
        text += f" {sign if k else sign.strip(' +')}{abs(rounded):.{digits}f}{power}"
    return text


class LeastSquares:
    """The bowl that gradient descent walks in, and everything that can be known about it beforehand.

    Parameters
    ----------
    x, y : array, shape (N,)
        The points.
    degree : int
        Degree of the fitted polynomial; there are degree + 1 parameters.
    basis : 'powers', 'scaled' or 'legendre'
        See `design_matrix`.
    reduction : 'sum' or 'mean'
        Whether the loss is the sum of the squared errors or their mean.

    Raises
    ------
    ValueError
        If there are fewer different x than parameters, so that no single best fit exists, or an option is unknown.
    """

    def __init__(
        self, x: ArrayLike, y: ArrayLike, degree: int = 3, *, basis: str = "powers", reduction: str = "sum"
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(f"reduction must be 'sum' or 'mean', got {reduction!r}")
        self.x = np.asarray(x, dtype=float)
        self.y = np.asarray(y, dtype=float)
        if len(self.x) != len(self.y):
            raise ValueError(f"x and y must have the same length, got {len(self.x)} and {len(self.y)}")
        self.degree, self.basis, self.reduction = degree, basis, reduction
        self.design = design_matrix(self.x, degree, basis)
        different = len(np.unique(self.x))
        if different < len(self.design):
            raise ValueError(f"degree {degree} needs at least {len(self.design)} different x, got {different}")
        self.scale = 1.0 if reduction == "sum" else 1.0 / len(self.x)

    @cached_property
    def _svd(self) -> tuple[Floats, Floats, Floats]:
        # The singular values of X give the eigenvalues of 2 XᵀX with twice the digits that eigh would.
        u, sigma, vt = np.linalg.svd(self.design.T, full_matrices=False)
        return u[:, ::-1], sigma[::-1], vt[::-1]

    @cached_property
    def optimum(self) -> Floats:
        """The parameters with the least loss, shape (degree + 1,)."""
        u, sigma, vt = self._svd
        return np.asarray(vt.T @ ((u.T @ self.y) / sigma))

    @cached_property
    def floor(self) -> float:
        """The least loss: the floor below every loss curve."""
        return self.loss(self.optimum)

    def loss(self, parameters: ArrayLike) -> float:
        """Return the loss of one set of parameters, shape (degree + 1,)."""
        error = np.asarray(parameters, dtype=float) @ self.design - self.y
        return float(self.scale * (error @ error))

    def gradient(self, parameters: ArrayLike) -> Floats:
        """Return the slope of the loss along each parameter; parameters and result of shape (degree + 1,)."""
        error = np.asarray(parameters, dtype=float) @ self.design - self.y
        return np.asarray(2 * self.scale * (self.design @ error))

    @property
    def hessian(self) -> Floats:
        """The curvature of the loss, the same everywhere: 2 X Xᵀ, by N for the mean; shape (degree + 1, degree + 1)."""
        return np.asarray(2 * self.scale * (self.design @ self.design.T))

    def reach(self, start: Sequence[float]) -> Floats:
        """Return how far stable descent without momentum takes each parameter from its best value, shape (P,)."""
        away: Floats = self.directions @ (numbers("start", start, len(self.optimum)) - self.optimum)
        return np.asarray(np.abs(self.directions).T @ np.abs(away))

    def values(self, x: ArrayLike, parameters: ArrayLike) -> Floats:
        """Return the fitted polynomial at each x, shape (N,), from parameters in this basis, shape (degree + 1,)."""
        return np.asarray(np.asarray(parameters, dtype=float) @ design_matrix(x, self.degree, self.basis))

    def in_powers(self, parameters: ArrayLike) -> Floats:
        """Return the same polynomial's coefficients of 1, x, x² ..., from parameters in this basis."""
        coefficients = np.asarray(parameters, dtype=float)
        if self.basis == "powers":
            return coefficients
        if self.basis == "legendre":
            coefficients = legendre.leg2poly(coefficients)
        return np.asarray(coefficients / math.pi ** np.arange(len(coefficients)))

    @cached_property
    def eigenvalues(self) -> Floats:
        """Eigenvalues of the Hessian in ascending order, shape (degree + 1,)."""
        return np.asarray(2 * self.scale * self._svd[1] ** 2)

    @property
    def directions(self) -> Floats:
        """Eigenvectors of the Hessian, one a row, in the order of `eigenvalues`."""
        return self._svd[2]

    @property
    def condition_number(self) -> float:
        """Largest over smallest eigenvalue: how much longer the slowest direction takes than the fastest."""
        return float(self.eigenvalues[-1] / self.eigenvalues[0])

    def stability_limit(self, momentum: float = 0.0) -> float:
        """Return the learning rate above which descent diverges: 2 (1 + momentum) / λmax."""
        return float(2 * (1 + momentum_factor(momentum)) / self.eigenvalues[-1])

    @property
    def best_rate(self) -> float:
        """The constant learning rate with the fastest sure decrease, 2 / (λmin + λmax), without momentum."""
        return float(2 / (self.eigenvalues[0] + self.eigenvalues[-1]))

    def predicted_losses(
        self, start: Sequence[float], learning_rate: float, iterations: int | ArrayLike, momentum: float = 0.0
    ) -> Floats:
        """Return the exact loss after each number of iterations.

        Parameters
        ----------
        start : sequence of degree + 1 floats
            Parameters before the first update.
        learning_rate : float
            Positive step size.
        iterations : int or array of ints
            An int n stands for 0, 1, ..., n; an array is taken as it is and need not be in order.
        momentum : float
            β of `torch.optim.SGD`, from 0 to 1. Gradients that are never reset are momentum 1: it never settles.

        Returns
        -------
        array of float64, shape (n + 1,) or that of iterations
            Losses; infinite where the run has overflowed.
        """
        with np.errstate(over="ignore"):
            return np.asarray(self.floor + self.predicted_parts(start, learning_rate, iterations, momentum).sum(axis=1))

    def predicted_parts(
        self, start: Sequence[float], learning_rate: float, iterations: int | ArrayLike, momentum: float = 0.0
    ) -> Floats:
        """Return what each eigenvector's direction still adds to the floor, shape (n + 1, degree + 1).

        The parts stand in the order of `eigenvalues`; see `predicted_losses`. Without momentum each is multiplied by
        (1 − learning_rate · λ)² in every iteration, so on a logarithmic axis it is a straight line.
        """
        with np.errstate(over="ignore"):
            errors = self._errors(start, learning_rate, iterations, momentum)
            return np.asarray(0.5 * errors**2 * self.eigenvalues)

    def predicted_parameters(
        self, start: Sequence[float], learning_rate: float, iterations: int | ArrayLike, momentum: float = 0.0
    ) -> Floats:
        """Return the exact parameters after each iteration, shape (n + 1, degree + 1); see `predicted_losses`."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.optimum + self._errors(start, learning_rate, iterations, momentum) @ self.directions)

    def iterations_to_reach(
        self, target: float, start: Sequence[float], learning_rate: float, momentum: float = 0.0, most: int = 1_000_000
    ) -> int | None:
        """Return the first number of iterations after which the loss is at most target, or None if not within `most`.

        Within 1 % of the floor is `iterations_to_reach(1.01 * problem.floor, ...)`.
        """
        first, block = 0, 1024
        while first <= most:
            iterations = np.arange(first, min(first + block, most + 1))
            below = self.predicted_losses(start, learning_rate, iterations, momentum) <= target
            if below.any():
                return int(iterations[below.argmax()])
            first, block = first + block, min(2 * block, 65_536)
        return None

    def _errors(
        self, start: Sequence[float], learning_rate: float, iterations: int | ArrayLike, momentum: float
    ) -> Floats:
        """Return the distance from the optimum along each eigenvector, shape (len(iterations), degree + 1)."""
        rate, beta = positive("learning_rate", learning_rate), momentum_factor(momentum)
        first = self.directions @ (numbers("start", start, len(self.optimum)) - self.optimum)
        n = np.asarray(iterations) if np.ndim(iterations) else np.arange(whole_number("iterations", iterations) + 1)
        if n.size and (n.dtype.kind not in "iu" or n.min() < 0):
            raise ValueError(f"iterations must be whole numbers, 0 or more, got {iterations!r:.60}")
        with np.errstate(over="ignore", invalid="ignore"):
            shrunk = (1 - rate * self.eigenvalues) ** n[:, None].astype(float)
            errors = first * (_momentum_factors(rate * self.eigenvalues, beta, n) if beta else shrunk)
        errors[:, first == 0] = 0.0  # a direction without an error stays without, even where the others overflow
        return np.where(np.isnan(errors), np.inf, errors)


def _momentum_factors(curvatures: Floats, beta: float, n: NDArray[Any]) -> Floats:
    """Return by what each error has been multiplied after n iterations with momentum, shape (len(n), len(curvatures)).

    The factors obey f(n + 1) = (1 + β − ηλ) f(n) − β f(n − 1), from f(0) = f(−1) = 1: a 2×2 matrix applied n times.
    Its powers are put together from repeated squares, for all n at once.
    """
    now = np.ones((len(n), len(curvatures)))
    before = now.copy()
    ones = np.ones_like(curvatures)
    square = np.array([[1 + beta - curvatures, -beta * ones], [ones, 0 * ones]])
    for bit in range(int(n.max(initial=0)).bit_length()):
        odd = (n >> bit & 1).astype(bool)
        now[odd], before[odd] = (row[0] * now[odd] + row[1] * before[odd] for row in square)
        square = np.einsum("ikm,kjm->ijm", square, square)
    return now


class Diagnosis(NamedTuple):
    """What a run is doing, by its losses; `widgets.texts` has the words.

    `kind` is 'ready', 'converged', 'falling', 'bouncing', 'diverging' or 'overflowed'. `more` says how many
    iterations are missing until the loss is within 1 % of the floor, if that can be known, and `factor` by what the
    loss is multiplied in an iteration, if it diverges.
    """

    kind: str
    more: int | None = None
    factor: float | None = None


def diagnose(losses: ArrayLike, floor: float | None = None, iterations_needed: int | None = None) -> Diagnosis:
    """Return what a run is doing.

    Parameters
    ----------
    losses : array, shape (n + 1,)
        The loss after 0, 1, ..., n iterations; the last one may be infinite or NaN.
    floor : float or None
        The least loss, if it is known.
    iterations_needed : int or None
        Iterations from the start until the loss is within 1 % of the floor, if theory knows it.
    """
    losses = np.asarray(losses, dtype=float)
    if len(losses) and not np.isfinite(losses[-1]):
        return Diagnosis("overflowed")
    if len(losses) < 2:
        return Diagnosis("ready", iterations_needed)
    if floor is not None and losses[-1] <= 1.01 * floor:
        return Diagnosis("converged")
    tail = losses[-100:]
    rising = np.diff(tail) > 0
    if len(tail) > 2 and rising[len(rising) // 2 :].all():
        second_half = tail[len(tail) // 2 :]
        return Diagnosis("diverging", factor=float((second_half[-1] / second_half[0]) ** (1 / (len(second_half) - 1))))
    kind = "bouncing" if rising.any() and tail.max() > 1.01 * tail.min() else "falling"
    return Diagnosis(kind, None if iterations_needed is None else max(iterations_needed - len(losses) + 1, 1))


def arrivals(losses: ArrayLike, goal: float) -> tuple[int | None, int | None]:
    """Return after how many iterations a run is at its goal: for the first time, and for good.

    With momentum a run may swing out again, and the second is larger. "Within 1 %" is the goal 1.01 * floor
    (notebook 07).

    Parameters
    ----------
    losses : array, shape (n + 1,)
        The loss after 0, 1, ..., n iterations; NaN is never at the goal.
    goal : float
        The largest loss that counts.

    Returns
    -------
    first, for_good : int or None
        The number of the first loss at the goal, None if there is none; and of the first from which all are, None if
        the last is not.
    """
    at_goal = np.asarray(losses, dtype=float) <= goal
    if not at_goal.any():
        return None, None
    for_good = 0 if at_goal.all() else len(at_goal) - int((~at_goal[::-1]).argmax())
    return int(at_goal.argmax()), for_good if at_goal[-1] else None


def positive(name: str, value: float) -> float:
    """Return value as a float, or raise a ValueError that quotes it unless it is a positive finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0) or isinstance(value, (bool, str)):
        raise ValueError(f"{name} must be a positive number, got {value!r}")
    return number


def whole_number(name: str, value: Any, least: int = 0) -> int:
    """Return value as an int, or raise a ValueError that quotes it unless it is a whole number of at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, {least} or more, got {value!r}")
    return number


def numbers(name: str, values: Any, size: int | None = None) -> Floats:
    """Return values as a flat float64 array, or raise a ValueError that quotes them unless all are finite."""
    try:
        if isinstance(values, str):
            raise TypeError
        array = np.array([float(value) for value in values])
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a sequence of numbers, got {values!r}") from None
    if size is not None and len(array) != size:
        raise ValueError(f"{name} must hold {size} numbers, got {len(array)}: {values!r}")
    if not len(array) or not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers, got {values!r}")
    return array


def momentum_factor(value: float) -> float:
    """Return a momentum as a float, or raise a ValueError that quotes what does not lie between 0 and 1."""
    if not (isinstance(value, (int, float)) and 0 <= value <= 1):
        raise ValueError(f"momentum must lie between 0 and 1, got {value!r}")
    return float(value)
