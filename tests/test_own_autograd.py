"""Notebook 08: what it says of its engine and of PyTorch's, and that it never needs PyTorch."""

import ast
import io
import json
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import torch
from exercise_support import EDITS, edited, fresh, learner

from polyfit_exercises import exercise
from polyfit_exercises.checks import notebook_08 as checks
from polyfit_exercises.compare import compare
from polyfit_exercises.lessons import notebook_08 as lessons
from polyfit_exercises.lessons.notebook_08 import Array, add, backward, in_order, multiply, to_the_power, total
from polyfit_exercises.practice import Practice
from polyfit_exercises.store import Store
from polyfit_exercises.walks import WatchedGraph
from polyfit_helpers import START, plots, sine, training

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "08_your_own_autograd.ipynb"
CELLS = {cell["id"]: "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]}
CODE = {
    cell["id"]: "".join(cell["source"])
    for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    if cell["cell_type"] == "code"
}
PIECES = ("multiply", "undo_broadcasting", "in_order", "backward", "total", "to_the_power")


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


@pytest.fixture(scope="module")
def engine():
    """The engine as the notebook builds it, each piece ours, since nobody has written theirs."""
    parts = ["imports", "array", *(name for name in CODE if name.endswith("-exercise")), "signs"]
    namespace = {}
    exec("\n\n".join(CODE[part] for part in parts), namespace)
    return namespace


def test_its_cells_never_import_torch(tmp_path):
    script = tmp_path / "cells.py"
    cells = (source for name, source in CODE.items() if name != "speed")
    script.write_text("\n\n".join([*cells, "import sys", "assert 'torch' not in sys.modules"]), "utf-8")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]


# --- Gradients ------------------------------------------------------------------------------------------------------


def stored_gradients():
    """Return what the notebook says that PyTorch finds."""
    for node in ast.walk(ast.parse(CODE["cubic-gradients"])):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "torchs":
            return ast.literal_eval(node.value)


def test_pytorch_finds_the_stored_gradients():
    x, y = (torch.tensor(values) for values in (sine().x, sine().y))
    a, b, c, d = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in START)
    ((a + b * x + c * x**2 + d * x**3 - y) ** 2).sum().backward()
    np.testing.assert_allclose([one.grad.item() for one in (a, b, c, d)], stored_gradients(), rtol=1e-12)


def test_the_engine_finds_them_too(engine):
    data, a, b, c, d = sine(), *map(engine["Array"], START)
    ((a + b * data.x + c * data.x**2 + d * data.x**3 - data.y) ** 2).sum().backward()
    np.testing.assert_allclose([one.grad for one in (a, b, c, d)], stored_gradients(), rtol=1e-12)
    assert all(one.grad.shape == () for one in (a, b, c, d))


@pytest.mark.parametrize(
    "shapes",
    [((), (5,)), ((3,), (2, 3)), ((3, 1), (1, 4)), ((2, 3, 4), (3, 1)), ((), ()), ((1,), (4,)), ((1, 1), (3,))],
)
def test_the_engine_agrees_with_pytorch_on_arrays_that_are_repeated(engine, shapes):
    random = np.random.default_rng(3)
    values = [random.uniform(0.5, 2.0, shape) for shape in shapes]
    ours = [engine["Array"](value) for value in values]
    theirs = [torch.tensor(value, requires_grad=True) for value in values]
    for a, b in (ours, theirs):
        h = a * b
        ((2 * h + a) ** 3 * b - h + (1 - a) * b).sum().backward()
    for own, other in zip(ours, theirs, strict=True):
        assert own.grad.shape == own.value.shape
        np.testing.assert_allclose(own.grad, other.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_engine_agrees_with_pytorch_on_graphs_drawn_at_random(engine, seed):
    random = np.random.default_rng(seed)
    values = random.uniform(0.5, 1.5, 3)
    ours = [engine["Array"](value) for value in values]
    theirs = [torch.tensor(value, requires_grad=True) for value in values]
    for _ in range(12):
        i, j = random.integers(0, len(ours), 2)
        times = random.integers(2)
        for arrays in (ours, theirs):
            arrays.append(arrays[i] * arrays[j] if times else arrays[i] + arrays[j])
    ours[-1].backward()
    theirs[-1].backward()
    for own, other in zip(ours[:3], theirs[:3], strict=True):
        np.testing.assert_allclose(0 if own.grad is None else own.grad, 0 if other.grad is None else other.grad.item())


def test_what_checks_compare_with_is_right_as_well():
    for leaves, operations in checks.WALKS:
        graph = WatchedGraph(Array, leaves, operations)
        right = graph.gradients()
        backward(graph.arrays["L"])
        for name, gradient in right.items():
            np.testing.assert_allclose(graph.arrays[name].grad, gradient, rtol=1e-12)


RANDOM = np.random.default_rng(0)
TABLES = {
    "factor": (checks.MULTIPLY.shares["a"], [{name: RANDOM.uniform(1.2, 3.0, 4) for name in ("a", "b", "grad")}]),
    "product": (checks.MULTIPLY.value, [{name: RANDOM.uniform(1.2, 3.0, 4) for name in ("a", "b")}]),
    "total": (checks.TOTAL.shares["a"], [{"a": RANDOM.uniform(1.2, 3.0, (3, 4)), "grad": np.array(2.5)}]),
    "base": (
        checks.POWER.shares["a"],
        [{"a": RANDOM.uniform(1.2, 2.0, 4), "n": n, "grad": RANDOM.uniform(2.0, 3.0, 4)} for n in (2, 3, 5)],
    ),
    "power": (checks.POWER.value, [{"a": RANDOM.uniform(1.2, 2.0, 4), "n": n} for n in (2, 3, 5)]),
    "undone": (
        checks.UNDONE,
        [
            {"gradient": RANDOM.uniform(0.5, 2.0, size), "shape": shape}
            for size, shape in checks.NEW_AXES + checks.STRETCHED + checks.BOTH + checks.NEITHER
        ],
    ),
}


@pytest.mark.parametrize("key", TABLES)
def test_each_wrong_formula_is_named_by_its_own_name(key):
    formulas, cases = TABLES[key]
    assert compare(cases, [formulas.right(**case) for case in cases], formulas) == []
    for name, alternatives in formulas.wrong.items():
        for formula in alternatives if isinstance(alternatives, tuple) else (alternatives,):
            findings = compare(cases, [formula(**case) for case in cases], formulas)
            assert [finding.name for finding in findings] == [name]


# --- The engine -----------------------------------------------------------------------------------------------------


def test_the_engine_has_some_forty_lines():
    with redirect_stdout(io.StringIO()) as printed:
        for name in PIECES:
            training.show_source(getattr(lessons, name))
    signs = CODE["signs"][CODE["signs"].index("def as_operator") :]
    code = re.sub(r'"""[^"]*"""', "", "\n".join((CODE["array"], printed.getvalue(), signs)))
    assert 40 <= sum(bool(line.strip()) for line in code.splitlines()) <= 46


def test_the_lesson_has_the_class_of_the_notebook(engine):
    ours, theirs = Array(2, (Array(1.0), abs)), engine["Array"](2, (engine["Array"](1.0), abs))
    assert vars(ours).keys() == vars(theirs).keys() and ours.value.dtype == theirs.value.dtype == float
    assert len(ours.parents) == len(theirs.parents) == 1 and ours.grad is theirs.grad is None
    total_of = engine["add"](theirs, engine["Array"](3.0))
    assert total_of.value == add(ours, Array(3.0)).value == 5


@pytest.mark.parametrize("key", PIECES)
def test_what_is_right_is_gone_on_with_and_what_is_not_is_replaced(key):
    right = edited(key)
    assert fresh(key).yours_or_ours(right) is right
    name, *_ = EDITS[key]
    for answer in (
        edited(key, *EDITS[key][name]),
        learner(f"def {key}(*given):\n    raise NotImplementedError('your turn')", key),
    ):
        ours = fresh(key).yours_or_ours(answer)
        assert ours is not answer and ours.__code__ is getattr(lessons, key).__code__
        assert repr(fresh(key).check(ours)) == repr(fresh(key).check(answer)), "it is no answer"
        assert fresh(key).yours_or_ours(ours).__code__ is ours.__code__
        assert ours.__globals__ is answer.__globals__, "what it calls is the learner's"
    assert fresh(key).yours_or_ours(...) is getattr(lessons, key)


def test_a_button_checks_what_the_learner_wrote_while_ours_stands_in():
    one = fresh("multiply")
    stub = learner("def multiply(a, b):\n    raise NotImplementedError('your turn')", "multiply")
    notebook = {"multiply": stub}
    practice = Practice(one, stub, notebook)
    notebook["multiply"] = one.yours_or_ours(notebook["multiply"])
    assert notebook["multiply"] is not stub and practice.check().state == "not tried"
    notebook["multiply"] = one.yours_or_ours(edited("multiply", ("* b.value,", "+ b.value,")))
    assert practice.check().state == "not yet"
    notebook["multiply"] = edited("multiply")
    assert practice.check().state == "done"


def test_going_on_counts_as_no_try():
    one = fresh("multiply")
    one.yours_or_ours(edited("multiply", ("* b.value,", "+ b.value,")))
    assert one.tries.attempts == 0 and one.tries.state == "not tried"


def test_a_way_back_that_is_too_long_ends_in_an_error():
    a = Array(1.0)
    for _ in range(2000):
        a = add(a, Array(1.0))
    with pytest.raises(RecursionError):
        in_order(a)


# --- What PyTorch's does besides -------------------------------------------------------------------------------------


def test_pytorch_notices_a_change_in_between_and_ours_does_not():
    w = torch.tensor(2.0, requires_grad=True)
    a = 1 * w
    loss = a**2
    with torch.no_grad():
        a += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    assert lessons.changed_between() == "new"


def test_a_second_walk_is_an_error_there_and_counts_again_here():
    w = torch.tensor(2.0, requires_grad=True)
    loss = (w * w) ** 2
    loss.backward()
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()
    a = Array(2.0)
    loss = to_the_power(multiply(a, a), 2)
    backward(loss)
    once = float(a.grad)
    backward(loss)
    assert once == w.grad.item() == 32 and a.grad == 3 * once, "not even twice: the middle has kept its gradient, too"


def test_pytorch_skips_what_needs_no_gradient_and_ours_does_not():
    w, x = torch.tensor(2.0, requires_grad=True), torch.ones(3)
    (w * x).sum().backward()
    assert x.grad is None
    a, x = Array(2.0), Array(np.ones(3))
    backward(total(multiply(a, x)))
    assert x.grad.tolist() == [2, 2, 2]


def test_a_remembered_update_stops_pytorch_in_the_second_iteration():
    w = torch.tensor(1.0, requires_grad=True)
    (w**2).backward()
    w = w - 0.1 * w.grad
    (w**2).backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert w.grad is None


def test_the_code_to_be_read_runs_and_prints_what_it_says():
    (code,) = re.findall(r"```python\n(.*?)```", CELLS["read"], re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) in range(10, 16)
    with redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert printed.getvalue().splitlines() == [
        line.split("  # ")[1] for line in code.splitlines() if line.startswith("print(")
    ]


# --- The picture ----------------------------------------------------------------------------------------------------


def test_the_graph_of_arrays_has_their_names_their_values_and_their_turns():
    a, b = Array(2.0), Array([3.0, 4.0])
    h = multiply(a, b)
    loss = total(h)
    picture = plots.graph(loss, {"a": a, "b": b, "L": loss}, order=in_order(loss))
    drawn = {text.get_text() for text in picture.figure.axes[0].texts}
    assert {"1. L = 14", "2. array", "3. b = array", "4. a = 2"} <= drawn
    assert picture.description.endswith("The walk: L = 14, array, b = array, a = 2.")
    assert "array to a = 2" in picture.description


def test_an_array_without_parents_has_no_graph():
    with pytest.raises(ValueError, match="nothing was recorded"):
        plots.graph(Array(1.0))


def test_an_arrow_that_another_box_would_hide_is_bent():
    a, b = Array(2.0), Array(3.0)
    h = multiply(a, b)
    k = add(h, a)
    loss = multiply(h, k)
    picture = plots.graph(loss, {"L": loss, "k": k, "h": h})
    bends = [text.arrowprops["connectionstyle"] for text in picture.figure.axes[0].texts if text.arrow_patch]
    assert sorted(bends) == ["arc3,rad=0.0"] * 5 + ["arc3,rad=0.8"]
