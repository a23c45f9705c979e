"""Arrows point one way, and each big library has one home: read off the import statements."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import polyfit_helpers

PACKAGE = Path(polyfit_helpers.__file__).parent
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}

# What each module may import of ours, wherever in its text.
OURS = {
    "data": set(),
    "theory": set(),
    "history": {"data", "theory"},
    "streaming": {"theory"},
    "models": {"data", "theory"},
    "training.contract": {"data", "theory"},
    "training.in_numpy": {"data", "theory", "training.contract"},
    "training.in_torch": {"data", "theory", "models", "training.contract"},
    "training.inside": set(),
    "distributed": {"data", "theory", "models", "streaming", "training.contract"},
    "training.__init__": {"training.contract", "training.in_numpy", "training.in_torch"},
    "plots": {"data", "theory", "history", "models", "training"},
    "widgets": {"data", "theory", "history", "models", "training", "plots"},
    "exercises": {"data", "theory", "history", "models", "training", "plots", "widgets"},
    "server": set(),
    "timing": set(),
    "__init__": {"data", "history", "training"},
}

# Where each big library may be imported; "name()" means inside functions only.
HOMES = {
    "torch": {
        "models",
        "training.in_torch",
        "distributed",
        "exercises.bugs",
        *(f"exercises.notebook_0{n}" for n in (2, 3, 4, 5, 6)),
        "data()",
    },
    "matplotlib": {"plots"},
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
    "traitlets": {"widgets"},
    "IPython": {"widgets"},
    "jupyter_server": {"server"},
}

STANDARD = sys.stdlib_module_names | {"numpy"}


def layer(module):
    """Return the row of OURS that a module belongs to; a folder is one room, but for training."""
    first = module.split(".")[0]
    return module if first == "training" else first


def imports(module):
    """Yield (name, is_ours, is_in_a_function) of all that a module imports."""
    tree = ast.parse(MODULES[module].read_text())
    in_functions = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    folder = module.split(".")[:-1]
    for node in ast.walk(tree):
        inside = node in in_functions
        if isinstance(node, ast.Import):
            for alias in node.names:
                ours = alias.name.split(".")[0] == "polyfit_helpers"
                yield (alias.name.removeprefix("polyfit_helpers.") if ours else alias.name), ours, inside
        elif isinstance(node, ast.ImportFrom):
            source = (node.module or "").split(".") if node.module else []
            ours = node.level > 0 or source[:1] == ["polyfit_helpers"]
            if not ours:
                yield node.module, False, inside
                continue
            base = folder[: len(folder) - node.level + 1] if node.level else []
            place = base + (source if node.level else source[1:])
            for alias in node.names:  # a name may itself be a module, as in `from . import plots`
                longer = ".".join([*place, alias.name])
                yield (longer if is_module(longer) else ".".join(place) or "__init__"), True, inside


def is_module(name):
    return name in MODULES or f"{name}.__init__" in MODULES


def test_the_modules_are_the_ones_of_the_design():
    assert {layer(module) for module in MODULES} >= set(OURS) - {"widgets", "exercises"}
    assert {layer(module) for module in MODULES} <= set(OURS)


@pytest.mark.parametrize("module", MODULES)
def test_arrows_point_one_way(module):
    for name, ours, _ in imports(module):
        if ours and layer(name) != layer(module):
            allowed = OURS[layer(module)]
            assert name in allowed or layer(name) in allowed or layer(name).split(".")[0] in allowed, (
                f"{module} must not import {name}"
            )


@pytest.mark.parametrize("module", MODULES)
def test_each_big_library_has_one_home(module):
    for name, ours, inside in imports(module):
        library = name.split(".")[0]
        if ours or library in STANDARD:
            continue
        homes = HOMES.get(library, set())
        assert {module, layer(module)} & homes or (inside and f"{layer(module)}()" in homes), (
            f"{module} must not import {name}"
        )


def test_the_library_really_stands_in_its_home():
    """So that the tests above cannot pass because nothing was found."""
    found = {(layer(module), name.split(".")[0]) for module in MODULES for name, ours, _ in imports(module) if not ours}
    assert {("models", "torch"), ("training.in_torch", "torch"), ("data", "torch"), ("plots", "matplotlib")} <= found
    arrows = {(layer(module), name) for module in MODULES for name, ours, _ in imports(module) if ours}
    assert {("training.in_torch", "models"), ("training.contract", "data"), ("plots", "theory")} <= arrows


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_imported_with_a_star(module):
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        assert not (isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names))


# --- what is really imported ----------------------------------------------------------------------------------------


BIG = ("numpy", "torch", "matplotlib", "matplotlib.pyplot", "ipywidgets", "anywidget", "IPython")


def imported_by(code):
    """Run code in a fresh interpreter and return which big libraries it has imported."""
    code += f"\nimport sys\nprint([name for name in {BIG} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    return ast.literal_eval(run.stdout.splitlines()[-1])


def test_importing_the_package_imports_no_big_library():
    assert imported_by("import polyfit_helpers") == []


def test_the_first_notebooks_never_import_torch_nor_pyplot():
    code = """if True:
        from polyfit_helpers import START, plots, record, show_source, sine, theory, random_start, straight_line
        from polyfit_helpers import Data, History, State, TrainingLoop, devices, show_diff
        from polyfit_helpers.training import numpy_by_hand, numpy_matrix
        data = sine()
        problem = theory.LeastSquares(data.x, data.y)
        history = record(numpy_by_hand(data, START, 1e-6), 10)
        record(numpy_matrix(data, START, 1e-6), 10)
        show_diff(numpy_by_hand, numpy_matrix)
        plots.board(data, history, predicted=problem.predicted_losses(START, 1e-6, 10))._repr_html_()
    """
    assert imported_by(code) == ["numpy", "matplotlib"]


# --- docstrings -----------------------------------------------------------------------------------------------------


def public(tree, prefix=""):
    """Yield (name, node) of public functions, classes and methods."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{prefix}{node.name}.")


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module):
    tree = ast.parse(MODULES[module].read_text())
    assert ast.get_docstring(tree), f"{module} has none"
    if module == "widgets.texts":  # each function there is the sentence that it returns
        return
    missing = [name for name, node in public(tree) if not ast.get_docstring(node)]
    if module == "widgets.views":  # what a view does is said once, in its base class
        missing = [name for name in missing if name.partition(".")[2] not in ("frame", "words")]
    assert missing == []


def test_docstrings_are_looked_for_in_methods_too():
    names = {name for module in MODULES for name, _ in public(ast.parse(MODULES[module].read_text()))}
    assert {"sine", "Data.to", "LeastSquares.predicted_losses", "History.extend", "LegendreP3.backward"} <= names
