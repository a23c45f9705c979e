"""Errors by example: each example raises, in the torch that is installed, and is mistaken for no other."""

import inspect
import os
import re
import subprocess
import sys
import textwrap
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from exercise_support import fresh, learner

from polyfit_exercises import errors, exercise
from polyfit_exercises.checks import notebook_02, notebook_03, notebook_04
from polyfit_exercises.errors import ByExample, autograd_mistake, mistake_anywhere
from polyfit_exercises.store import Store

MODULES = (errors, notebook_02, notebook_03, notebook_04)
TABLES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": table
    for module in MODULES
    for name, table in vars(module).items()
    if isinstance(table, ByExample) and (table is not autograd_mistake or module is errors)  # where it stands
}
EXAMPLES = [
    pytest.param(table, name, example, id=f"{of}-{name}-{i}")
    for of, table in TABLES.items()
    for name, examples in table.examples.items()
    for i, example in enumerate(examples)
    if not re.search("cuda|mps", example)  # they need what few machines have
]


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


def raised_by(code, setup=errors.WITH_TENSORS):
    """Run code as a learner's, and return the error that it raises."""
    body = textwrap.indent(f"{setup}\n{code}", "    ")
    with pytest.raises(Exception) as caught:
        learner(f"import math\nfrom polyfit_helpers import record\n\ndef answer():\n{body}", "answer")()
    return caught.value


# --- The examples ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "name", "example"), EXAMPLES)
def test_an_example_raises_an_error_that_is_its_mistakes_alone(table, name, example):
    error = raised_by(example, table.setup)
    meant = table is errors._of_cells and "my_thing" in example
    assert meant or not isinstance(error, NameError | SyntaxError | ImportError), "the example itself is wrong"
    assert replace(table, rules={})(error) == name
    for other, snippets in table.examples.items():
        if other != name:
            assert replace(table, examples={other: snippets}, rules={})(error) is None


def test_no_message_is_written_down():
    """Three words of a message that an example raises stand nowhere: messages change, examples do not."""
    sources = "\n".join(map(inspect.getsource, MODULES))
    sources = re.sub(r"_NO_SUCH_DEVICE = re.compile\(.*?\n\)", "", sources, flags=re.DOTALL)
    written = " ".join(sources.split())
    for table, _, example in (parameters.values for parameters in EXAMPLES):
        words = str(raised_by(example, table.setup)).partition("\n")[0].split()
        for three in zip(words, words[1:], words[2:], strict=False):
            assert " ".join(three) not in written


# --- What is named, and what is not ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "code", "name"),
    [
        (autograd_mistake, "leaf /= leaf.grad", "no_gradient"),
        (autograd_mistake, "np.float64(0.1) * leaf.grad", "no_gradient"),
        (autograd_mistake, "0.1 * leaf.grad.norm()", "no_gradient"),
        (notebook_04._known_of_optimizer, "torch.mul(vector, leaf.grad)", "no_gradient"),
        (autograd_mistake, "leaf.view(2, 1).mul_(2)", "no_no_grad"),
        (autograd_mistake, "torch.autograd.backward(matrix.sum())", "graph_cut"),
        (autograd_mistake, "torch.ones(3, 2, dtype=torch.float64) * torch.ones(2, device='meta')", "two_devices"),
        (autograd_mistake, "int(1).backward()", "number_too_early"),
        (autograd_mistake, "vector + matrix[:, :1].T[:, [0, 0, 0]]", "sizes_differ"),
        (autograd_mistake, "torch.ones(5, 2) - torch.ones(3, dtype=torch.float64)", "sizes_differ"),
        (autograd_mistake, "torch.ones(5, 4) @ torch.ones(3, 1)", "matrix_sizes"),
        (autograd_mistake, "torch.mv(matrix.double(), torch.ones(4).double())", "matrix_sizes"),
        (autograd_mistake, "matrix @ torch.ones(2, dtype=torch.float64)", "dtypes_mixed"),
        (autograd_mistake, "torch.mm(matrix.half(), matrix.double())", "dtypes_mixed"),
        (autograd_mistake, "torch.einsum('k,kn->n', torch.ones(2), torch.ones(2, 3).double())", "dtypes_mixed"),
        (autograd_mistake, "torch.nn.Linear(2, 1)(matrix.double())", "layer_dtype"),
        (autograd_mistake, "(leaf.double() ** 2).backward()", "backward_of_vector"),
        (autograd_mistake, "(torch.ones(3, 2, requires_grad=True) - 1).backward()", "backward_of_vector"),
        (autograd_mistake, "torch.autograd.backward(leaf * 3)", "backward_of_vector"),
        (autograd_mistake, "np.sin(leaf.sum())", "numpy_of_tracked"),
        (autograd_mistake, "np.mean((leaf - vector) ** 2)", "numpy_of_tracked"),
        (autograd_mistake, "(leaf * 2).numpy()", "numpy_wanted"),
        (autograd_mistake, "torch.optim.Adam([leaf.double()], lr=0.1)", "optimizer_of_no_leaf"),
        (autograd_mistake, "torch.optim.SGD([leaf, leaf.reshape(2, 1)], lr=1.0)", "optimizer_of_no_leaf"),
        (autograd_mistake, "torch.optim.AdamW(iter([]))", "optimizer_of_nothing"),
        (autograd_mistake, "torch.optim.SGD(torch.nn.ReLU().parameters(), 0.1)", "optimizer_of_nothing"),
        (autograd_mistake, "torch.optim.Adam(leaf.double().detach().requires_grad_())", "optimizer_of_one"),
        (autograd_mistake, "leaf.zero()", "no_such_zero"),
        (autograd_mistake, "(leaf * 1).detach().zero()", "no_such_zero"),
        (autograd_mistake, "torch.ones(3, 2).item()", "item_of_many"),
        (autograd_mistake, "float(leaf)", "item_of_many"),
        (autograd_mistake, "torch.tensor([1, 2], requires_grad=True)", "whole_numbers"),
        (autograd_mistake, "leaf.long().requires_grad_()", "whole_numbers"),
        (
            autograd_mistake,
            "w = leaf.double(); y = w.exp(); w.detach().mul_(2); y.detach().add_(1); y.sum().backward()",
            "changed_since",
        ),
        (autograd_mistake, "leaf.grad = np.zeros(2)", "grad_is_number"),
        (autograd_mistake, "print(f'{far.mean():.1f}')", "out_of_meta"),
        (mistake_anywhere, "x = np.linspace(-1, 1, 5)\nx^3", "caret"),
        (mistake_anywhere, "2.5 ^ 3", "caret"),
        (mistake_anywhere, "torch.linspace(-1, 1, 5, dtype=torch.float64) ^ 3", "caret"),
        (mistake_anywhere, "torch.ones(1, device='cuda:99')", "no_such_device"),
        (notebook_02._known, "matrix.half() @ torch.ones(2, dtype=torch.int64)", "dtype_mismatch"),
        (notebook_02._known, "part = torch.zeros(2)\npart[0] = far[0]", "made_on_the_cpu"),
        (notebook_02._known, "part = far.tolist()", "fetched"),
        (notebook_03._known_of_function, "0.5 * (3 * (vector,)**2 - 1)", "saved_is_a_tuple"),
        (notebook_03._known_of_function, "(u, v) = (vector,)", "not_saved"),
        (notebook_04.known_of_model, "torch.nn.Parameter([1.0, 2.0])", "parameter_of_number"),
        (notebook_04.known_of_model, "torch.nn.Linear(3, 1)(matrix)", "sizes_of_linear"),
    ],
)
def test_a_mistake_is_named_that_is_like_its_examples(known, code, name):
    assert known(raised_by(code)) == name


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (
            autograd_mistake,
            "raise ValueError('element 0 of tensors does not require grad and does not have a grad_fn')",
        ),
        (autograd_mistake, "raise RuntimeError('start does not require grad')"),
        (autograd_mistake, "raise KeyError('NoneType')"),
        (autograd_mistake, "1.0 * 'NoneType'"),
        (autograd_mistake, "1.0 * []"),
        (autograd_mistake, "vector.add('1')"),
        (autograd_mistake, "(1.0).detach()"),
        (autograd_mistake, "(1.0).sum()"),
        (autograd_mistake, "thing.backward()"),
        (autograd_mistake, "vector + '1'"),
        (autograd_mistake, "f'{vector:.3f}'"),
        (mistake_anywhere, "1.0 & 2"),
        (mistake_anywhere, "np.ones(1) & 2"),
        (mistake_anywhere, "torch.ones(1) & 2"),
        (mistake_anywhere, "np.ones(1) * 'a'"),
        (notebook_02._known, "f'{vector:.3f}'"),
        (notebook_02._known, "matrix @ torch.ones(3)"),
        (notebook_03._known_of_function, "[1.0] + 1.0"),
        (notebook_04.known_of_model, "(1.0).detach()"),
        (notebook_04.known_of_model, "class Wave(torch.nn.Module): pass\nWave().amplitude"),
        (notebook_04.known_of_model, "class Wave:\n    def __init__(self, a): pass\nWave()"),
        (notebook_04.known_of_model, "vector + torch.ones(3)"),
    ],
)
def test_another_error_is_not_taken_for_a_mistake(known, code):
    assert known(raised_by(code)) is None


def test_an_error_that_the_learners_code_raises_itself_stays_the_learners():
    def training(data, start, learning_rate):
        raise ValueError("element 0 of tensors does not require grad")
        yield

    card = fresh("repaired_training").check(training)
    assert card.mistakes == ("exception",) and "ValueError: element 0" in card.words


def test_an_error_without_words_is_an_error_like_others():
    class Rude(Exception):
        def __str__(self):
            raise ValueError("not even that")

    def training(data, start, learning_rate):
        raise Rude
        yield

    assert fresh("repaired_training").check(training).mistakes == ("exception",)


# --- When examples run ----------------------------------------------------------------------------------------------


def surroundings():
    return (
        str(np.random.get_state()),
        torch.get_rng_state().tolist(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.empty(0).device,
        np.geterr(),
        list(warnings.filters),
        sys.gettrace(),
    )


def what_examples_raise():
    rows = [(table.setup, snippets) for table in TABLES.values() for snippets in table.examples.values()]
    return [errors._errors_of(*row, errors._there()) for row in rows]


def test_examples_run_once_leave_no_trace_and_do_not_depend_on_what_a_notebook_has_set(capfd):
    usual = what_examples_raise()
    errors._errors_of.cache_clear()
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("error")
            before = surroundings()
            assert what_examples_raise() == usual and surroundings() == before
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    assert capfd.readouterr() == ("", "")
    runs = errors._errors_of.cache_info().misses
    assert all(table(ZeroDivisionError("division by zero")) is None for table in TABLES.values())
    assert errors._errors_of.cache_info().misses == runs


def test_in_a_fresh_process_checks_import_late_and_what_torch_imports_is_not_the_learners_time(tmp_path):
    """A right answer pays for no example, and a wrong one imports no torch; a process takes long, so one tells all."""
    code = """
        import sys
        import polyfit_exercises as exercises
        from polyfit_exercises import errors, trial
        from polyfit_exercises.checks import notebook_01

        one = exercises.line_gradients
        assert one.check(one.solved_by).state == "done" and errors._errors_of.cache_info().misses == 0
        assert one.check(lambda x, y, m, b: x^2).mistakes == ("caret",)
        assert one.check(lambda x, y, m, b: None * x).mistakes == ("exception",)
        assert exercises.momentum_training.check(lambda data, start, learning_rate, momentum: z).state == "not yet"
        assert "torch" not in sys.modules
        trial.LIMIT = 0.3  # torch's first operation on 'meta' takes longer than that
        assert exercises.flat_errors.check(lambda column, y: column.flatten() - y).state == "done"
        print(exercises.flat_errors.check(lambda column, y: column^2).mistakes)  # torch has come since
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "POLYFIT_PROGRESS": str(tmp_path / "progress.json")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "('caret',)\n", run.stderr
