"""The source of a solution, and of all that it needs, so that it runs where it is pasted."""

from __future__ import annotations

import ast
import inspect
import io
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from typing import Any

from polyfit_helpers.training import show_source

HOMES = ("polyfit_helpers", "polyfit_helpers.training")  # where to import from, rather than from a module inside


def source_of(solution: Callable[..., Any], called: str = "") -> str:
    """Return the source of a function or class, under another name if one is given."""
    with redirect_stdout(io.StringIO()) as source:
        show_source(solution)
    name = solution.__name__
    return source.getvalue().rstrip().replace(f"def {name}(", f"def {called or name}(", 1)


def script_of(solution: Callable[..., Any]) -> str:
    """Return the source of a function with imports, and with what stands beside it in its module."""
    imports: dict[str, list[str]] = {}
    beside: dict[str, str] = {}
    _collect(solution, imports, beside)
    lines = [f"{home} {', '.join(sorted(names))}" if names else home for home, names in sorted(imports.items())]
    return "\n\n\n".join(filter(None, ["\n".join(lines), *beside.values()]))


def _collect(thing: Callable[..., Any], imports: dict[str, list[str]], beside: dict[str, str]) -> None:
    source = source_of(thing)
    known = vars(sys.modules[thing.__module__])
    beside[thing.__name__] = ""  # on its way
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Name) or node.id not in known or node.id in beside:
            continue
        name, value = node.id, known[node.id]
        if inspect.ismodule(value):
            imports[f"import {value.__name__}" + f" as {name}" * (value.__name__ != name)] = []
        elif getattr(value, "__module__", None) == thing.__module__:
            _collect(value, imports, beside)
        else:
            homes = [*HOMES, *filter(None, [getattr(value, "__module__", None)])]
            home = next((home for home in homes if hasattr(import_module(home), name)), None)
            if not home:
                beside[name] = f"{name} = {value!r}"
            elif name not in imports.setdefault(f"from {home} import", []):
                imports[f"from {home} import"].append(name)
    del beside[thing.__name__]
    beside[thing.__name__] = source  # after what it needs
