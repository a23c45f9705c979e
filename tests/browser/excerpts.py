"""One small notebook of the cells that the tests use, taken out of the notebooks with all that they need."""

from __future__ import annotations

import symtable
from collections.abc import Iterable
from pathlib import Path

import nbformat
from execute_notebooks import METADATA

NAME = "excerpt.ipynb"

Cell = tuple[str, str]  # a notebook's name, and the id of one of its cells


def id_of(notebook: str, cell: str) -> str:
    """Return the id of a cell in the excerpt, where two notebooks may have cells of the same id."""
    return f"{notebook[:2]}-{cell}"


def excerpt(folder: Path, wanted: Iterable[Cell]) -> nbformat.NotebookNode:
    """Return a notebook of these cells, in their order. Each can be run alone, and again.

    Before its own lines a cell holds those of all the cells of its notebook that it needs, but for cells that are
    wanted themselves: an exercise is written into, then checked.
    """
    wanted = sorted(set(wanted))
    cells = []
    for name in dict.fromkeys(name for name, _ in wanted):
        code = code_of(folder / f"{name}.ipynb")
        here = [cell for other, cell in wanted if other == name]
        for cell in here:
            sources = [code[one] for one in needed(code, cell) if one == cell or one not in here]
            cells.append(nbformat.v4.new_code_cell("\n\n\n".join(sources), id=id_of(name, cell)))
    return nbformat.v4.new_notebook(cells=cells, metadata=METADATA)


def code_of(notebook: Path) -> dict[str, str]:
    """Return the source of each code cell of a notebook by its id."""
    cells = nbformat.read(notebook, as_version=4).cells
    return {cell.id: cell.source for cell in cells if cell.cell_type == "code"}


def needed(code: dict[str, str], cell: str) -> list[str]:
    """Return the ids of the cells that a cell needs, in the notebook's order, itself the last.

    That is for each global name in it the last cell above that gives it a value, and what that cell needs.
    """
    order = list(code)
    found, waiting = {cell}, [cell]
    while waiting:
        last = waiting.pop()
        above = order[: order.index(last)]
        for name in uses(code[last]):
            for other in reversed(above):
                if name in defines(code[other]):
                    if other not in found:
                        found.add(other)
                        waiting.append(other)
                    break
    return [one for one in order if one in found]


def defines(source: str) -> set[str]:
    """Return the global names that a cell gives a value."""
    symbols = symtable.symtable(source, "a cell", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def uses(source: str) -> set[str]:
    """Return the global names that a cell reads, in its functions, too."""
    tables, names = [symtable.symtable(source, "a cell", "exec")], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global())
        }
    return names
