"""Arrows point one way, and each big library has one home: read off the import statements."""

import ast
import subprocess
import sys
from pathlib import Path

import polyfit_exercises
import polyfit_helpers

FOLDERS = {package.__name__: Path(package.__file__).parent for package in (polyfit_helpers, polyfit_exercises)}
MODULES = {
    ".".join((name, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): path
    for name, folder in FOLDERS.items()
    for path in folder.rglob("*.py")
}
CORE = {f"polyfit_helpers.{room}" for room in ("data", "theory", "history", "models", "training")}

# What each room may import of ours, wherever in its text.
OURS = {
    "polyfit_helpers.data": set(),
    "polyfit_helpers.theory": set(),
    "polyfit_helpers.advance": set(),
    "polyfit_helpers.networks": {"polyfit_helpers.theory"},
    "polyfit_helpers.history": {"polyfit_helpers.advance", "polyfit_helpers.data", "polyfit_helpers.theory"},
    "polyfit_helpers.models": {"polyfit_helpers.data", "polyfit_helpers.theory"},
    "polyfit_helpers.training.inside": {"polyfit_helpers.advance"},
    "polyfit_helpers.training.showing": set(),
    "polyfit_helpers.training": {
        "polyfit_helpers.data",
        "polyfit_helpers.theory",
        "polyfit_helpers.models",
        "polyfit_helpers.training.showing",
    },
    "polyfit_helpers.plots": CORE,
    "polyfit_helpers.widgets": {
        *CORE,
        "polyfit_helpers.advance",
        "polyfit_helpers.training.inside",
        "polyfit_helpers.plots",
    },
    "polyfit_helpers.big": CORE,
    "polyfit_helpers.server": set(),
    "polyfit_helpers": {*CORE, "polyfit_helpers.widgets"},  # by name, when they are first asked for
    "polyfit_exercises": {
        "polyfit_helpers",
        *CORE,
        "polyfit_helpers.advance",
        "polyfit_helpers.networks",
        "polyfit_helpers.plots",
        "polyfit_helpers.widgets",
    },
}

# Where each big library may be imported; "name()" means inside functions only.
HOMES = {
    "torch": {
        "polyfit_helpers.data()",
        "polyfit_helpers.models",
        "polyfit_helpers.training.in_torch",
        "polyfit_helpers.big.distributed",
        "polyfit_helpers.big.fused",
        "polyfit_helpers.big.timing()",
        "polyfit_exercises.lessons.bugs",
        "polyfit_exercises.lessons.notebook_09()",
        *(f"polyfit_exercises.{room}.notebook_0{n}" for room in ("lessons", "checks") for n in (2, 3, 4, 5, 6)),
    },
    "matplotlib": {"polyfit_helpers.plots"},
    "PIL": {"polyfit_helpers.plots.picture"},  # Matplotlib brings it
    "ipywidgets": {"polyfit_helpers.widgets"},
    "anywidget": {"polyfit_helpers.widgets"},
    "traitlets": {"polyfit_helpers.widgets"},
    "IPython": {"polyfit_helpers.widgets"},
    "jupyter_server": {"polyfit_helpers.server"},
}

STANDARD = sys.stdlib_module_names | {"numpy"}


def room(module, rooms=OURS):
    """Return the room in which a module stands: itself or the nearest folder above it that has a name there."""
    while module not in rooms and "." in module:
        module = module.rpartition(".")[0]
    return module


def imports(module):
    """Yield (name, is in a function) of all that a module imports; a name may itself be a module."""
    tree = ast.parse(MODULES[module].read_text())
    in_functions = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    folder = module.split(".")[: None if MODULES[module].stem == "__init__" else -1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in in_functions
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else []
            place = ".".join([*above, *(node.module.split(".") if node.module else [])])
            for alias in node.names:
                yield (f"{place}.{alias.name}" if f"{place}.{alias.name}" in MODULES else place), node in in_functions


def wrong_arrows():
    for module in MODULES:
        for name, _ in imports(module):
            if name.split(".")[0] in FOLDERS and room(name) != room(module) and room(name) not in OURS[room(module)]:
                yield f"{module} must not import {name}"


def strangers():
    for module in MODULES:
        for name, inside in imports(module):
            library = name.split(".")[0]
            if library in FOLDERS or library in STANDARD:
                continue
            homes = HOMES.get(library, set())
            if room(module, homes) not in homes and not (inside and f"{module}()" in homes):
                yield f"{module} must not import {name}"


def test_every_room_of_the_design_is_there_and_no_other():
    assert {room(module) for module in MODULES} == set(OURS)
    assert {module for module in MODULES if room(module) == "polyfit_helpers"} == {"polyfit_helpers"}


def test_arrows_point_one_way():
    assert list(wrong_arrows()) == []


def test_each_big_library_has_one_home():
    assert list(strangers()) == []


def test_a_wrong_arrow_and_a_stranger_are_found(monkeypatch, tmp_path):
    """So that the tests above cannot pass because nothing was looked at."""
    wrong = tmp_path / "data.py"
    wrong.write_text("import torch\nfrom . import plots\nfrom .widgets.base import Board\nimport polyfit_exercises\n")
    monkeypatch.setitem(MODULES, "polyfit_helpers.data", wrong)
    says = "polyfit_helpers.data must not import "
    assert list(strangers()) == [f"{says}torch"]
    assert list(wrong_arrows()) == [
        f"{says}{name}" for name in ("polyfit_helpers.plots", "polyfit_helpers.widgets.base", "polyfit_exercises")
    ]


# --- what can be read in a sitting ----------------------------------------------------------------------------------


CORE_LINES = 1_750
FUNCTION_LINES = 50
CLASS_LINES, CLASS_METHODS = 250, 30


def too_long(module):
    """Yield the functions and classes of a module that are too long, by name."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, functions | ast.ClassDef):
            lines = node.end_lineno - node.lineno + 1
            if isinstance(node, functions):
                over = lines > FUNCTION_LINES
            else:
                over = lines > CLASS_LINES or sum(isinstance(part, functions) for part in node.body) > CLASS_METHODS
            if over:
                yield f"{module}.{node.name}"


def test_the_core_is_read_in_a_sitting():
    core = [module for module in MODULES if room(module) in CORE]
    assert {room(module) for module in core} == CORE
    assert sum(len(MODULES[module].read_text("utf-8").splitlines()) for module in core) < CORE_LINES


def test_no_function_and_no_class_is_too_long():
    assert {name for module in MODULES for name in too_long(module)} == set()


def test_a_long_function_and_a_class_of_many_methods_are_found(monkeypatch, tmp_path):
    """So that the test above cannot pass because nothing was looked at."""
    bodies = {"short": 49, "long": 50}
    functions = [f"async def {name}():\n" + "    pass\n" * lines for name, lines in bodies.items()]
    classes = [f"class {name}:\n" + "    def f(self): pass\n" * methods for name, methods in (("A", 30), ("B", 31))]
    classes += [f"class {name}:\n" + "    x = 1\n" * lines for name, lines in (("C", 249), ("D", 250))]
    (tmp_path / "data.py").write_text("".join(functions + classes))
    monkeypatch.setitem(MODULES, "polyfit_helpers.data", tmp_path / "data.py")
    assert [name.rpartition(".")[2] for name in too_long("polyfit_helpers.data")] == ["long", "B", "D"]


# --- what is really imported ----------------------------------------------------------------------------------------


BIG = ("numpy", "torch", "matplotlib", "matplotlib.pyplot", "ipywidgets", "anywidget", "IPython")


def imported_by(code):
    """Run code in a fresh interpreter and return which big libraries it has imported."""
    code += f"\nimport sys\nprint([name for name in {BIG} if name in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDERS["polyfit_helpers"].parent, capture_output=True, text=True, check=True
    )
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
