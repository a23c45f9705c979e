"""Showing the source of a loop as a lesson: without what a first reader has no use for, or as a difference."""

from __future__ import annotations

import ast
import difflib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


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
