"""Code cells of notebooks: their names, and running them in this process.

Without a kernel a cell costs what it calculates and no more: no start, no import of torch for each notebook, no
messages. What it shows is what Jupyter's own formatter makes of it. In a kernel nbval runs every notebook anyway.
"""

import ast
import builtins
import contextlib
import dis
import functools
import io
import itertools
import json
import linecache
import re
from dataclasses import dataclass
from types import CodeType

from IPython.core.formatters import DisplayFormatter

MEASURING = ("size-run", "launch")  # cells that may measure fewer points, as in notebooks/conftest.py
CHANGING = {"add", "append", "clear", "extend", "insert", "load_state_dict", "pop", "remove", "setdefault", "sort"}
CHANGING |= {"backward", "eval", "step", "train", "update", "zero_grad"}
FILES = itertools.count()
FORMATTER = DisplayFormatter()


@dataclass(frozen=True)
class Cell:
    """A code cell: its id, the heading that it stands under, its source, and what is stored below it.

    `stored` is what it has printed, and a list of what it has shown as text; None if that may differ from run to run.
    """

    id: str
    heading: str
    source: str
    stored: tuple[str, list[str]] | None

    @functools.cached_property
    def code(self):
        return compile(self.source, self.id, "exec")

    @functools.cached_property
    def needs(self):
        """The names that it takes from other cells."""
        return names(self.code)[0]

    @functools.cached_property
    def binds(self):
        """A dict from each name that it binds to the statements that do so."""
        statements = {}
        for statement in ast.parse(self.source).body:
            for name in names(compile(ast.Module([statement], []), self.id, "exec"))[1]:
                statements.setdefault(name, []).append(ast.unparse(statement))
        return statements

    @functools.cached_property
    def completes(self):
        """The names of classes from other cells that get attributes here: `Array.__add__ = ...`."""
        assigned = [one for one in ast.parse(self.source).body if isinstance(one, ast.Assign)]
        targets = [target for one in assigned for target in one.targets if isinstance(target, ast.Attribute)]
        return {root(target) for target in targets if root(target) in self.needs and root(target)[:1].isupper()}

    @functools.cached_property
    def changes(self):
        """The names from other cells whose objects it changes in place, as far as can be read."""
        found, lent = [], {}
        todo = list(ast.parse(self.source).body)
        while todo:
            node = todo.pop(0)
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
                continue
            todo = list(ast.iter_child_nodes(node)) + todo
            if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                lent[node.target.id] = [one.id for one in ast.walk(node.iter) if isinstance(one, ast.Name)]
            found += [name for target in changed_by(node) for name in lent.get(root(target), [root(target)])]
        return {name for name in found if name in self.needs} - self.completes


def changed_by(node):
    """Return the expressions whose objects a statement or a call changes."""
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if isinstance(node, ast.Assign | ast.Delete):
        return [target for target in node.targets if isinstance(target, ast.Attribute | ast.Subscript)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method = node.func.attr
        return [node.func] if method in CHANGING or re.fullmatch(r"[a-z]\w*_", method) else []
    return []


def root(expression):
    """Return the name whose object, or part of it, an expression is, such as `a` of `a.b[0]`; "" if there is none."""
    while isinstance(expression, ast.Attribute | ast.Subscript):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else ""


def names(code):
    """Return the names that code needs from elsewhere, and those that it binds, each in the order in which it runs."""
    needs, binds, later = {}, {}, []

    def scan(part, own):
        for step in dis.get_instructions(part):
            name = step.argval
            if isinstance(name, CodeType):
                comprehension = name.co_name.startswith("<") and name.co_name != "<lambda>"
                scan(name, {}) if comprehension else later.append(name)
            elif step.opname == "STORE_NAME":
                own[name] = None
            elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and not (name in own or name in binds):
                needs[name] = None

    scan(code, binds)
    for part in later:  # what is inside functions, which are called when the cell has bound all its names
        scan(part, {})
    return [name for name in needs if not hasattr(builtins, name)], list(binds)


@functools.cache
def read(path):
    """Return the code cells of a notebook, the first of which is its imports."""
    cells, heading = [], ""
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            heading = [heading, *re.findall(r"^#+ (.*)$", source, re.MULTILINE)][-1]
            continue
        printed = [out["text"] for out in cell["outputs"] if out.get("name") == "stdout"]
        data = [out["data"] for out in cell["outputs"] if "data" in out]
        shown = ["".join(formats["text/plain"]) for formats in data if "text/plain" in formats]
        differs = "nbval-ignore-output" in cell["metadata"].get("tags", [])
        stored = None if differs else ("".join("".join(text) for text in printed), shown)
        cells.append(Cell(cell["id"], heading, source, stored))
    return tuple(cells)


def run(cell, namespace):
    """Run a cell as a notebook does; return what it prints and a list of what it shows as text, as in `Cell.stored`."""
    source = cell.source.replace("LARGEST", "10**4") if cell.id in MEASURING else cell.source
    file = f"/tmp/ipykernel_1/again_{next(FILES)}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    shown = []
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(ast.Module(body, []), file, "exec"), namespace)
        value = last and eval(compile(ast.Expression(last.value), file, "eval"), namespace)
        if value is not None:
            shown = [FORMATTER.format(value)[0]["text/plain"]]
    return printed.getvalue(), shown
