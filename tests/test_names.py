"""No name for two things: what both packages call in public, read off their syntax trees."""

import ast
from collections import defaultdict
from pathlib import Path

import polyfit_exercises
import polyfit_helpers

PACKAGES = [Path(package.__file__).parent for package in (polyfit_helpers, polyfit_exercises)]
A_NOTEBOOK_EACH = {"EXERCISES", "MISTAKES"}  # tables of which each notebook has its own, put together in one place


def names_of(statement):
    """Yield what a statement at the top of a module defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def homes():
    """Return the modules that define each name."""
    found = defaultdict(list)
    for package in PACKAGES:
        for path in sorted(package.rglob("*.py")):
            for statement in ast.parse(path.read_text("utf-8")).body:
                for name in names_of(statement):
                    found[name].append(str(path.relative_to(package.parent)))
    return found


def pairs(wanted):
    return {
        name: places
        for name, places in homes().items()
        if wanted(name) and not name.startswith("__") and len(places) > 1 and name not in A_NOTEBOOK_EACH
    }


def test_no_public_name_stands_for_two_things():
    assert pairs(lambda name: not name.startswith("_")) == {}


def test_no_private_function_has_a_twin():
    assert pairs(lambda name: name.startswith("_")) == {}


def test_names_are_found_wherever_they_stand():
    """So that the tests above cannot pass because nothing was found."""
    assert {"START", "LeastSquares", "record", "dashboard", "Exercise", "Floats"} <= set(homes())
