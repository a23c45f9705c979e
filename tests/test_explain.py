"""What an error means in a cell of one's own, and on a board: each sentence is said of an error that torch raises."""

import linecache
import os
import re
import subprocess
import sys
import warnings
from itertools import count
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from board_support import DATA, TENSORS, Trial
from execute_notebooks import ThisPython
from exercise_support import learner
from nbclient import NotebookClient

import polyfit_exercises as exercises
from polyfit_exercises import errors, explanations, texts
from polyfit_exercises.texts import errors as of_errors
from polyfit_helpers import START, record
from polyfit_helpers.widgets import texts as board_texts
from polyfit_helpers.widgets.words import words

FILES = count()
SETUP = """
x = torch.linspace(-1, 1, 5, dtype=torch.float64)
y = torch.sin(x)
w = torch.ones(5, dtype=torch.float64, requires_grad=True)
model = torch.nn.Linear(1, 1)
classes = torch.tensor([0, 1, 1, 0, 1])
"""

# What a learner writes in a cell, and what it is called: most of what is asked in public, with several members each.
CELLS = [
    ("torch.ones(5) @ x", "dtypes_mixed"),
    ("torch.ones(3, 5) @ torch.stack([x, y], dim=1)", "dtypes_mixed"),
    ("model(x[:, None])", "layer_dtype"),
    ("torch.nn.Sequential(model, torch.nn.ReLU())(classes[:, None])", "layer_dtype"),
    ("loss = (w * x - y) ** 2\nloss.backward()", "backward_of_vector"),
    ("torch.nn.functional.mse_loss(w, y, reduction='none').backward()", "backward_of_vector"),
    ("loss = ((x * 2 - y) ** 2).sum()\nloss.backward()", "graph_cut"),
    ("loss = torch.tensor(((w - y) ** 2).sum().item())\nloss.backward()", "graph_cut"),
    ("with torch.no_grad():\n    loss = w.sum()\nloss.backward()", "graph_cut"),
    ("loss = (w**2).sum()\nfor i in range(2):\n    loss.backward()", "second_backward"),
    ("w -= 0.1", "no_no_grad"),
    ("w[0] = 3.0", "no_no_grad"),
    ("u = torch.exp(w)\nu += 1\nu.sum().backward()", "changed_since"),
    ("u = torch.sigmoid(w)\nloss = u.sum()\nu.detach().zero_()\nloss.backward()", "changed_since"),
    ("torch.optim.SGD([w * 1], lr=0.1)", "optimizer_of_no_leaf"),
    ("torch.optim.Adam([])", "optimizer_of_nothing"),
    ("torch.optim.Adam(w)", "optimizer_of_one"),
    ("torch.optim.SGD(model, lr=0.1)", "optimizer_of_model"),
    ("torch.optim.SGD(model.parameters, lr=0.1)", "not_called"),
    ("torch.optim.SGD([0.5, 1.5], lr=0.1)", "not_parameters"),
    ("torch.stack([x, y]) @ torch.stack([x, y])", "matrix_sizes"),
    ("torch.ones(3, dtype=x.dtype) @ x", "matrix_sizes"),
    ("torch.nn.Linear(1, 1)(torch.ones(5))", "layer_sizes"),
    ("torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Linear(4, 1))(torch.ones(5, 1))", "layer_sizes"),
    ("x - torch.ones(4)", "sizes_differ"),
    ("torch.nn.functional.mse_loss(x, torch.ones(4))", "sizes_differ"),
    ("torch.stack([x, y[1:]])", "sizes_differ"),
    ("np.ones(5) * np.ones(4)", "sizes_differ"),
    ("x + x.to('meta')", "two_devices"),
    ("torch.ones(5, device='cuda:77')", "no_such_device"),
    ("x.to('my_device')", "no_such_device"),
    ("w.numpy()", "numpy_wanted"),
    ("plots.candidates({'fit': w}, y)", "numpy_wanted"),
    ("np.square(w - y)", "numpy_of_tracked"),
    ("np.ones(5) - w", "array_meets_tensor"),
    ("w - np.ones(5)", "array_meets_tensor"),
    ("torch.sin(np.linspace(0, 1, 5))", "no_tensor_given"),
    ("torch.exp(2.0)", "no_tensor_given"),
    ("model([0.5])", "no_tensor_given"),
    ("torch.nn.MSELoss()([1.0, 2.0], y)", "no_tensor_given"),
    ("torch.nn.MSELoss()(y, np.ones(5))", "no_tensor_given"),
    ("torch.nn.MSELoss(x, y)", "loss_not_made"),
    ("torch.nn.CrossEntropyLoss(x, classes)", "loss_not_made"),
    ("w = w - 0.1\nw.sum().backward()\nw.grad.zero_()", "rebound"),
    ("w -= 0.1 * w.grad", "no_gradient"),
    ("with torch.no_grad():\n    w -= 0.1 * w.grad", "no_gradient"),
    ("w.grad.zero_()", "no_gradient_yet"),
    ("def predict(x):\n    w * x\n\ny_pred = predict(x)\ny_pred - y", "none_there"),
    ("def predict(x):\n    w * x\n\ny_pred = predict(x)\nloss = (y_pred - y).sum()\nw.grad = None", "none_there"),
    ("torch.nn.functional.cross_entropy(torch.ones(5, 2), classes.float())", "target_dtype"),
    ("torch.nn.BCELoss()(torch.sigmoid(x).float(), classes)", "target_dtype"),
    ("torch.nn.CrossEntropyLoss()(torch.ones(5, 2), classes + 1)", "target_beyond"),
    ("model.load_state_dict({'weight': x})", "state_differs"),
    ("torch.nn.Sequential(model).load_state_dict(model.state_dict())", "state_differs"),
    ("x[5]", "index_beyond"),
    ("[1.0][1]", "index_beyond"),
    ("x.sum(dim=1)", "dimension_beyond"),
    ("np.ones(3).mean(axis=1)", "dimension_beyond"),
    ("w.zero()", "no_such_zero"),
    ("x.item()", "item_of_many"),
    ("float(w * 2)", "item_of_many"),
    ("f'{x:.3f}'", "format_of_many"),
    ("f'{np.ones(2):.2e}'", "format_of_many"),
    ("loss = x.sum()\nloss(y)", "not_callable"),
    ("x.shape()", "not_callable"),
    ("two = 2\ntwo (2 + 1)", "not_callable"),
    ("if x < y:\n    pass", "truth_of_many"),
    ("max(x, y)", "truth_of_many"),
    ("for one in x[0]:\n    pass", "no_axes"),
    ("len(x.sum())", "no_axes"),
    ("x.view(2, 3)", "reshape_differs"),
    ("np.arange(6).reshape(4, 2)", "reshape_differs"),
    ("(classes == 1).mean()", "mean_of_whole"),
    ("classes += 0.5", "whole_in_place"),
    ("torch.tensor([1, 2], requires_grad=True)", "whole_numbers"),
    ("loss = w.sum(),\nloss.backward()", "backward_of_no_tensor"),
    ("loss = w.sum().item()\nloss.backward()", "item_too_early"),
    ("(w * 2).requires_grad = False", "flag_of_result"),
    ("torch.autograd.grad(w.sum(), torch.ones(1, requires_grad=True))", "loss_without"),
    ("y_pred ^ 2", "not_defined"),
    ("x ^ 2", "caret"),
    ("def update():\n    w -= 0.1\n\nupdate()", "no_value_yet"),
    ("def training():\n    raise NotImplementedError('your turn')\n\ntraining()", "still_to_be_written"),
    ("class Wave(torch.nn.Module):\n    def __init__(self):\n        self.a = model\n\nWave()", "super_forgotten"),
    ("class Wave(torch.nn.Module):\n    pass\n\nWave()(x)", "forward_missing"),
    ("class Double(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, u):\n        return 2 * u\n\n"
     "    @staticmethod\n    def backward(ctx, gradient):\n        return [2 * gradient]\n\n"
     "Double.apply(w).sum().backward()", "list_of_gradients"),
    ("x = = 2", "unreadable"),
    ("def f(:\n    pass", "unreadable"),
]  # fmt: skip
UNKNOWN = [
    "1 / 0",
    "{}['loss']",
    "torch.nn.linear(1, 1)",
    "raise ValueError('mine')",
    "x.my_method()",
    "next(iter([]))",
]


def raised_in_a_cell(code, setup=SETUP):
    """Run code as a cell of a notebook, and return the error that it raises."""
    file = f"/tmp/ipykernel_1/cell_{next(FILES)}.py"
    names = {"__name__": "__main__", "torch": torch, "np": np}
    exec("from polyfit_helpers import plots\n" + setup, names)
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(code, file, "exec"), names)
    except Exception as error:
        return error
    pytest.fail("it raises nothing")


def sentence(name):
    return of_errors.ERRORS.get(name) or texts.MISTAKES[name]


# --- explain --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "name"), CELLS)
def test_an_error_is_explained_by_its_sentence_and_the_learners_own_line(code, name):
    error = raised_in_a_cell(code)
    told = exercises.explain(error)
    assert told.mistakes == (name,), error
    first, where, *_ = told.words.split("\n\n")
    assert first == sentence(name) and told.title == type(error).__name__
    assert where.partition("`")[2].removesuffix("`") in code


def test_every_sentence_is_said_of_an_error_that_is_raised():
    said = {name for _, name in CELLS}
    assert of_errors.ERRORS.keys() <= said
    assert of_errors.MISTAKES.keys() - said == {"array_elsewhere"}  # it takes a device that few machines have


def test_numbers_on_another_device_are_fetched_before_numpy_sees_them():
    """There is none here, so that torch's words about 'meta' stand for those about another."""
    error = raised_in_a_cell("x.to('meta').numpy()")
    assert exercises.explain(error).mistakes == ("out_of_meta",)
    error.args = (str(error).replace("meta", "cuda:0"),)
    assert exercises.explain(error).mistakes == ("array_elsewhere",)


@pytest.mark.parametrize("code", UNKNOWN)
def test_an_unknown_error_is_said_to_be_unknown(code):
    told = exercises.explain(raised_in_a_cell(code))
    assert told.mistakes == ("exception",) and told.words.startswith(of_errors.UNKNOWN) and code in told.words


def test_an_error_of_these_packages_says_itself_what_to_do():
    error = raised_in_a_cell("record(3, 4)", "from polyfit_helpers import record")
    told = exercises.explain(error)
    assert told.words.startswith(of_errors.SAYS_IT_ITSELF.format(message=str(error).strip(".")))


def test_what_the_names_of_the_failing_part_stand_for_is_told():
    code = "scale = 3.0\ny = scale * 2 + (first @\n    self.second)"
    setup = f"{SETUP}\nfrom types import SimpleNamespace\nself = SimpleNamespace(second=x)\nfirst = w.float()"
    told = exercises.explain(raised_in_a_cell(code, setup)).words
    *_, there = told.split("\n\n")
    result = of_errors.array("result", "(5,)", "float32", "cpu")
    tensor = of_errors.array("tensor", "(5,)", "float64", "cpu")
    values = [of_errors.named_value("first", result), of_errors.named_value("self.second", tensor)]
    assert there == of_errors.there(values, more=False)


def test_a_model_an_array_a_list_and_nothing_are_told_in_a_few_words():
    setup = f"{SETUP}\na, b, c, d, e, f = np.ones((2, 3)), [1, 2], None, model, 'n' * 999, 1e300\ng = h = torch.sin"
    described = {
        name: [*explanations._described(value)]
        for name, value in vars_of(setup).items()
        if name in set("abcdefgh") | {"np"}
    }
    assert described["a"] == [of_errors.array("array", "(2, 3)", "float64", "")]
    assert described["b"] == [of_errors.of_kind("list", 2)] and described["c"] == ["`None`"]
    assert described["d"] == [of_errors.module_of("Linear", of_errors.array("leaf", "(1, 1)", "float32", "cpu"))]
    assert all(len(one) <= 32 for name in "ef" for one in described[name])
    assert described["g"] == described["h"] == described["np"] == []


def vars_of(setup):
    names = {"torch": torch, "np": np}
    exec(setup, names)
    return names


def test_a_long_line_and_many_names_are_cut_short():
    code = f"total = {' + '.join(f'x_{i}' for i in range(60))} @ x"
    setup = SETUP + "".join(f"x_{i} = x\n" for i in range(59)) + "x_59 = x.float()"
    told = exercises.explain(raised_in_a_cell(code, setup)).words
    assert len(told) < 1000 and "…" in told


TRAP = """
class Trap:
    calls = 0

    def __getattr__(self, name):
        raise SystemExit

    __repr__ = __str__ = __len__ = __bool__ = __eq__ = __format__ = __call__ = __getattr__
    __hash__ = None

    @property
    def nothing(self):
        Trap.calls += 1
        return 0

trap = Trap()
"""


def test_none_of_the_learners_code_runs_and_none_can_stop_it():
    for code in ("1 / trap.nothing", "trap + trap.nothing"):
        error = raised_in_a_cell(code, TRAP)
        trap = error.__traceback__.tb_next.tb_frame.f_globals["Trap"]
        told = exercises.explain(error)
        assert told.mistakes == ("exception",) and code in told.words and trap.calls == 1
    rude = raised_in_a_cell("class Rude(Exception):\n    def __str__(self):\n        raise ValueError\n\nraise Rude")
    assert exercises.explain(rude).mistakes == ("exception",)
    assert exercises.explain("no error at all").words  # whatever is given
    assert exercises.explain(SystemExit()).words.startswith(of_errors.UNKNOWN)


def test_if_it_fails_itself_it_says_so(monkeypatch):
    monkeypatch.setattr(explanations, "names_in", lambda error: 1 / 0)
    told = exercises.explain(raised_in_a_cell("1 / 0"))
    assert told.words == of_errors.CANNOT and repr(told) and told._repr_html_()
    monkeypatch.setattr(explanations, "mistake_in_a_cell", lambda error: 1 / 0)
    assert explanations.advice(ValueError()) == ""


def test_the_error_that_is_handled_comes_before_the_last_one(monkeypatch):
    monkeypatch.setattr(sys, "last_value", raised_in_a_cell("x.item()"), raising=False)
    assert exercises.explain().mistakes == ("item_of_many",)
    try:
        torch.ones(2) @ torch.ones(3)
    except RuntimeError:
        assert exercises.explain().mistakes == ("matrix_sizes",)
    assert exercises.explain().mistakes == ("item_of_many",)


def test_without_an_error_it_says_so(monkeypatch):
    for name in ("last_value", "last_exc"):
        monkeypatch.delattr(sys, name, raising=False)
    assert str(exercises.explain()) == of_errors.NO_ERROR and of_errors.NO_ERROR in exercises.explain()._repr_html_()


def test_it_reads_the_same_as_text_and_as_html():
    told = exercises.explain(raised_in_a_cell("x < '<b>' or torch.ones(5) @ x"))
    assert "<b>" not in told._repr_html_() and told.title in told._repr_html_()
    assert repr(told) == str(told) == f"{told.title}. {told.words}"


# --- In IPython, in a notebook's kernel, in plain Python ------------------------------------------------------------


@pytest.mark.english  # its kernel is
def test_in_a_notebook_it_explains_the_cell_above():
    cells = [
        "import polyfit_exercises as exercises\nprint(exercises.explain())",
        "import torch\nx = torch.ones(3)\n\nx @ torch.ones(4)",
        "exercises.explain()",
        "x.mean(dim=2)",
        "exercises.explain()",
        "x @",
        "exercises.explain()",
        "import sys\nprint('numpy' in sys.modules)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    NotebookClient(notebook, kernel_manager_class=ThisPython, allow_errors=True, timeout=120).execute()
    outputs = [cell.outputs[-1] for cell in notebook.cells]
    assert outputs[0].text.strip() == of_errors.NO_ERROR
    for place, name, line in ((2, "matrix_sizes", "x @ torch.ones(4)"), (4, "dimension_beyond", "x.mean(dim=2)")):
        plain = outputs[place].data["text/plain"]
        assert sentence(name) in plain and f"`{line}`" in plain and "text/html" in outputs[place].data
    assert of_errors.ERRORS["unreadable"] in outputs[6].data["text/plain"]


PLAIN = """
import sys
import polyfit_exercises as exercises

print(exercises.explain().words)
try:
    total = None
    total += 1
except TypeError:
    print(exercises.explain().mistakes, "torch" in sys.modules)
sys.last_value = ZeroDivisionError()
print(exercises.explain().mistakes, "torch" in sys.modules)
"""


def test_in_a_script_it_works_too_and_imports_no_torch(tmp_path):
    (tmp_path / "script.py").write_text(PLAIN)
    root = str(Path(__file__).parents[1])
    said = subprocess.run(
        [sys.executable, "-X", "utf8", "script.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([root, *sys.path])},
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    ).stdout.splitlines()
    assert said[1:] == ["('none_there',) False", "('exception',) False"]


# --- On a board -----------------------------------------------------------------------------------------------------

LOOP = """
def training(data, start, learning_rate):
    x, y = data.x, data.y
    w = torch.tensor(start, dtype={dtype}, requires_grad=True)
    X = torch.stack([x**k for k in range(4)])
    while True:
        loss = {loss}
        yield loss, w
        {backward}
        {update}
"""
RIGHT = {
    "dtype": "x.dtype",
    "loss": "((w @ X - y) ** 2).sum()",
    "backward": "loss.backward()",
    "update": "w.data -= learning_rate * w.grad; w.grad = None",
}
LOOPS = [
    ("dtypes_mixed", {"dtype": "torch.float32"}),
    ("matrix_sizes", {"loss": "((X @ w - y) ** 2).sum()"}),
    ("sizes_differ", {"loss": "((w @ X - y[1:]) ** 2).sum()"}),
    ("backward_of_vector", {"loss": "((w @ X - y) ** 2)", "backward": "loss.backward()"}),
    ("graph_cut", {"loss": "((w.detach() @ X - y) ** 2).sum()"}),
    ("no_no_grad", {"update": "w -= learning_rate * w.grad"}),
    ("rebound", {"update": "w = w - learning_rate * w.grad; w = w.detach()"}),
    ("no_gradient", {"backward": "pass"}),
    ("second_backward", {"backward": "loss.backward(); loss.backward()"}),
    ("numpy_of_tracked", {"loss": "np.square(w @ X - y).sum()"}),
    ("no_such_zero", {"update": "w.data -= learning_rate * w.grad; w.grad.zero()"}),
    ("optimizer_of_nothing", {"update": "torch.optim.SGD([], lr=0.1)"}),
    ("not_defined", {"update": "w.data -= rate * w.grad"}),
]


@pytest.mark.parametrize(("name", "edits"), LOOPS)
def test_a_board_says_what_to_do_about_the_error_of_a_loop(name, edits):
    loop = learner(LOOP.format(**{**RIGHT, **edits}), "training")
    loop = tupled(loop) if name == "backward_of_vector" else loop
    trial = Trial(loop, TENSORS, iterations=3).train()
    rest = words(trial.seen()).rest
    assert trial.session.mode == "failed" and sentence(name) in rest
    line = re.search(r"\d+: (.*?)\. ", rest)
    assert line and line[1] in LOOP.format(**{**RIGHT, **edits})


def tupled(loop):
    """Return a loop that yields numbers, so that its error comes from `backward`."""

    def training(data, start, learning_rate):
        running = loop(data, start, learning_rate)
        for loss, w in running:
            yield loss.sum(), w

    return training


def test_a_board_of_several_loops_says_it_of_the_one_that_failed():
    loops = {key: learner(LOOP.format(**RIGHT, **{}), "training") for key in ("one", "two")}
    loops["three"] = learner(LOOP.format(**{**RIGHT, "update": "w -= learning_rate * w.grad"}), "training")
    rest = words(Trial(loops, TENSORS, iterations=3).train().seen()).rest
    assert rest.count(sentence("no_no_grad")) == 1


def test_a_board_says_nothing_more_about_an_error_that_nobody_knows():
    def fails(data, start, learning_rate):
        yield 1.0, start
        raise KeyError("mine")

    rest = words(Trial(fails, DATA).train().seen()).rest
    assert not any(text in rest for text in (*texts.MISTAKES.values(), *of_errors.ERRORS.values()))
    assert board_texts.recorded(iterations=0).strip() not in rest


def test_checks_boards_and_explain_say_one_sentence():
    loop = learner(LOOP.format(**{**RIGHT, "update": "w -= learning_rate * w.grad"}), "training")
    with pytest.raises(RuntimeError) as caught:
        record(loop(TENSORS, START, 1e-6), 3)
    said = sentence("no_no_grad")
    assert exercises.explain(caught.value).words.startswith(said) and explanations.advice(caught.value) == said
    assert errors.autograd_mistake(caught.value) == "no_no_grad"
