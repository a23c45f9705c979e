"""What a training loop is, what every loop of this package checks before it starts, and how its source is shown."""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from ..data import Data
from ..theory import numbers, positive


class TrainingLoop(Protocol):
    """A generator function that trains for as long as somebody listens.

    Each `yield` hands out the loss and the parameters *before* the next update, so the first one is the start.
    The parameters may be a number, an array, a tensor, or a tuple of such; they are live objects, and whoever wants to
    keep them copies them. `record` listens for a number of iterations. A learner's loop imports nothing to obey this.
    """

    def __call__(
        self, data: Data, start: Sequence[float], learning_rate: float, **options: Any
    ) -> Iterator[tuple[Any, Any]]:
        """Return the running loop."""
        ...


def training_loop(
    *, tensors: bool, parameters: int | None = None
) -> Callable[[Callable[..., Iterator[tuple[Any, Any]]]], TrainingLoop]:
    """Check data, start and learning rate when a loop is called, rather than at its first step.

    Parameters
    ----------
    tensors : bool
        Whether the loop computes with tensors (`data.to(...)`) or with arrays.
    parameters : int or None
        How many numbers the start must hold; None for any number, one per row of the design matrix.

    Raises
    ------
    TypeError
        By the decorated loop, if its data are of the wrong kind.
    ValueError
        By the decorated loop, if the learning rate is not positive or the start does not fit.
    """

    def decorate(loop: Callable[..., Iterator[tuple[Any, Any]]]) -> TrainingLoop:
        @functools.wraps(loop)
        def checked(
            data: Data, start: Sequence[float], learning_rate: float, **options: Any
        ) -> Iterator[tuple[Any, Any]]:
            if not isinstance(data, Data):
                raise TypeError(f"data must be a Data object, such as sine(), got {type(data).__name__}")
            if data.is_tensor != tensors:
                kind, fix = ("tensors", "data.to('cpu')") if tensors else ("NumPy arrays", "data.numpy()")
                raise TypeError(f"{loop.__name__} computes with {kind}, got {data!r}: pass {fix}")
            start = tuple(numbers("start", start, parameters).tolist())
            return loop(data, start, positive("learning_rate", learning_rate), **options)

        checked.tensors = tensors  # type: ignore[attr-defined]  # boards give a loop what it computes with
        return checked

    return decorate


def show_source(function: Callable[..., Any]) -> None:
    """Print the source of a function or class as its author wrote it, without decorators and docstrings."""
    print("\n".join(_lines(function)))


def show_diff(before: Callable[..., Any], after: Callable[..., Any]) -> None:
    """Print what changes from one training loop to the next: '-' lines go, '+' lines come, the rest stays."""
    changes = difflib.ndiff(_lines(before), _lines(after))
    print("\n".join(line.rstrip() for line in changes if not line.startswith("?")))


def _lines(function: Callable[..., Any]) -> list[str]:
    """Return the source lines without annotations, docstrings, and the decorators of the whole."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    tree = ast.parse(source)
    lines = source.splitlines()
    definitions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for definition in sorted(definitions, key=lambda node: -node.lineno):  # so that the numbers of earlier lines hold
        body = definition.body[0]
        first = min([body.lineno, *(decorator.lineno for decorator in getattr(body, "decorator_list", []))]) - 1
        if ast.get_docstring(definition) is not None and len(definition.body) > 1:
            first = body.end_lineno or 0  # the lines after the docstring, comments included
        else:
            while lines[first - 1].lstrip().startswith("#"):
                first -= 1
        while not lines[first].strip():
            first += 1
        lines[definition.lineno - 1 : first] = [" " * definition.col_offset + _head(definition)]
    return lines[tree.body[0].lineno - 1 :]


def _head(definition: ast.FunctionDef | ast.ClassDef) -> str:
    """Return the first line of a definition."""
    if isinstance(definition, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, definition.bases))
        return f"class {definition.name}({bases}):" if bases else f"class {definition.name}:"
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return f"def {definition.name}({ast.unparse(definition.args)}):"
