"""A board takes what the notebook has defined anew under the name of its function, and says so."""

import linecache

import numpy as np
import pytest
from board_support import DATA, Trial, told, until
from test_dashboard import click, in_a_kernel

from polyfit_helpers import START, record, training
from polyfit_helpers.widgets import dashboard, texts
from polyfit_helpers.widgets.newest import Newest, changes_of

IMPORTS = """
from functools import partial, wraps

import numpy as np

from polyfit_helpers.training import numpy_matrix
"""
HALF = """
def descent(data, start, learning_rate):
    yield from numpy_matrix(data, start, learning_rate / 2)
"""
WHOLE = HALF.replace(" / 2", "")
A_CLASS = """
class Descent:
    def __init__(self, data, start, learning_rate):
        self.running = numpy_matrix(data, start, learning_rate / 2)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.running)
"""
A_TRAINER = """
class Trainer:
    @staticmethod
    def train(data, start, learning_rate):
        yield from numpy_matrix(data, start, learning_rate / 2)

    def descend(self, data, start, learning_rate):
        yield from numpy_matrix(data, start, learning_rate / 2)

    def __call__(self, data, start, learning_rate):
        yield from numpy_matrix(data, start, learning_rate / 2)
"""
WRAPPED = """
def told(loop):
    @wraps(loop)
    def inner(data, start, learning_rate):
        yield from loop(data, start, learning_rate)
    return inner

@told
def descent(data, start, learning_rate):
    yield from numpy_matrix(data, start, learning_rate / 2)
"""
A_MAKER = """
def slowed(factor):
    def inner(data, start, learning_rate):
        yield from numpy_matrix(data, start, learning_rate / 2 * factor)
    return inner
"""
A_LAMBDA = "descent = lambda data, start, learning_rate: numpy_matrix(data, start, learning_rate / 2)"
EXPECTED = {half: record(training.numpy_matrix(DATA, START, 1e-6 / half), 20).losses for half in (1, 2)}


class Notebook:
    """Cells that are run one after the other."""

    def __init__(self, *cells):
        self.names, self.count = {"__name__": "__main__"}, 0
        for cell in (IMPORTS, *cells):
            self.run(cell)

    def run(self, cell):
        """Run a cell; its lines can be looked up, as in a kernel."""
        self.count += 1
        file = f"<test_newest-{id(self)}-{self.count}>"
        linecache.cache[file] = len(cell), None, cell.splitlines(keepends=True), file
        exec(compile(cell, file, "exec"), self.names)

    def repair(self, cell):
        self.run(cell.replace(" / 2", ""))

    def value(self, expression):
        return eval(expression, self.names)


def went(board, half):
    """Whether a board's first loop ran with half the rate, or with all of it."""
    return np.array_equal(board.history.losses, EXPECTED[half])


@pytest.fixture
def notebook():
    return Notebook(HALF)


@pytest.fixture
def board(notebook):
    board = dashboard(DATA, notebook.names["descent"], iterations=20)
    yield board
    board.close()


TAKEN = texts.has_taken(names=["descent"])


# --- A function that was repaired ------------------------------------------------------------------------------------


def test_train_takes_the_new_function_and_says_so_once(notebook, board):
    click(board, "train")
    assert went(board, 2) and TAKEN not in told(board)
    notebook.run(WHOLE)
    click(board, "train")
    assert went(board, 1) and TAKEN in told(board)
    click(board, "train")
    assert went(board, 1) and TAKEN not in told(board)


def test_a_cell_that_is_only_run_again_changes_nothing(notebook, board):
    click(board, "train")
    notebook.run(HALF)
    click(board, "step")
    assert board.history.iterations == 21, "the same run goes on"
    assert TAKEN not in told(board) and "descent" not in told(board)


def test_another_default_value_is_another_function():
    notebook = Notebook(
        "def descent(data, start, learning_rate, factor=2):\n" + HALF.splitlines()[2].replace("2", "factor")
    )
    board = dashboard(DATA, notebook.names["descent"], iterations=20)
    notebook.run("def descent(data, start, learning_rate, factor=1):\n" + HALF.splitlines()[2].replace("2", "factor"))
    board.train()
    assert went(board, 1) and TAKEN in told(board)
    board.close()


def test_reset_and_advance_take_it_as_they_take_another_setting(notebook, board):
    for button, states in (("reset", 1), ("step", 2)):
        notebook.run(HALF)
        click(board, "train")
        notebook.run(WHOLE)
        click(board, button)
        assert np.array_equal(board.history.losses, EXPECTED[1][:states]) and TAKEN in told(board)


def test_what_was_taken_before_the_first_iteration_is_told_until_a_run_is_made(notebook, board):
    notebook.run(WHOLE)
    for button in ("reset", "train"):
        click(board, button)
        assert TAKEN in told(board)
    click(board, "reset")
    assert TAKEN not in told(board)


def test_a_paused_run_goes_on_with_the_old_one_and_says_so():
    notebook = Notebook(HALF)

    async def scenario(make):
        board = make(DATA, notebook.names["descent"], iterations=30_000)
        click(board, "train")
        await until(lambda: board.history.iterations > 5)
        click(board, "train")
        notebook.run(WHOLE)
        click(board, "train")
        assert board.mode == "running" and texts.will_take(names=["descent"]) in told(board)
        await until(lambda: board.mode == "finished")
        assert texts.will_take(names=["descent"]) in told(board)
        expected = record(training.numpy_matrix(DATA, START, 5e-7), 30_000)
        np.testing.assert_array_equal(board.history.losses, expected.losses)
        click(board, "train")
        assert board.mode == "running" and TAKEN in told(board) and "earlier" not in told(board)
        await until(lambda: board.mode == "finished")
        assert board.history.losses[-1] == record(training.numpy_matrix(DATA, START, 1e-6), 30_000).losses[-1]

    in_a_kernel(scenario)


def test_kept_runs_stay_as_they_are_and_are_named_as_those_of_the_earlier_one(notebook, board):
    click(board, "train")
    click(board, "keep")
    (before,) = board.kept
    for _ in range(2):
        notebook.repair(HALF if notebook.count % 2 == 0 else HALF + "\n    return")
        click(board, "train")
    (kept,) = board.kept
    assert kept == before._replace(name=texts.of_earlier(name=before.name), loop=texts.of_earlier(name="descent")), (
        "told once"
    )
    click(board, "keep")
    assert board.kept[1].loop == "descent"
    assert kept.name in board.kept_table.value and kept.name in board.pictures.stills[1]["svg"]


def test_a_repaired_error_is_gone_at_the_next_advance(notebook, board):
    notebook.run(HALF.replace("learning_rate / 2", "rate"))
    click(board, "train")
    assert board.mode == "failed" and told(board).startswith("NameError") and TAKEN in told(board)
    notebook.run(WHOLE)
    click(board, "step")
    assert np.array_equal(board.history.losses, EXPECTED[1][:2]) and TAKEN in told(board)


def test_a_scene_is_shown_again_with_the_new_function(notebook, board):
    click(board, "train")
    scene = board.scene()
    notebook.run(WHOLE)
    board.restore(scene)
    assert board.mode == "finished" and went(board, 1) and TAKEN in told(board)
    assert board.scene() == scene


# --- What it may be now ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["descent = 3", "descent = descent(None, None, 1)", "del descent", "descent = None"])
def test_what_is_no_function_any_more_is_not_taken_and_told(notebook, board, cell):
    notebook.run(cell)
    click(board, "train")
    assert went(board, 2) and texts.refuses(names=["descent"]) in told(board)
    notebook.run(WHOLE)
    click(board, "train")
    assert went(board, 1) and TAKEN in told(board)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("def descent(data, start): yield 1.0, start", "TypeError"),
        ("def descent(data, start, learning_rate): print(1)", "TypeError"),
        ("async def descent(data, start, learning_rate): yield 1.0, start", "TypeError"),
        ("def descent(data, start, learning_rate): yield 1.0", "TypeError"),
        ("class descent: pass", "TypeError"),
    ],
)
def test_a_new_function_that_is_no_loop_is_told_as_any_other(notebook, board, cell, kind):
    notebook.run(cell)
    click(board, "train")
    assert board.mode == "failed" and told(board).startswith(kind) and TAKEN in told(board)


def test_an_option_that_is_gone_is_told_and_nothing_sets_it():
    head = "def descent(data, start, learning_rate, momentum=0.0):"
    notebook = Notebook(head + "\n    yield from numpy_matrix(data, start, learning_rate, momentum=momentum)")
    board = dashboard(DATA, notebook.names["descent"], iterations=20)
    board.momentum.value = 0.5
    notebook.run(WHOLE)
    click(board, "train")
    assert went(board, 1) and texts.not_taken(names=["momentum"]) in told(board)
    board.close()


# --- How it may be written -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expression", "name"),
    [
        (HALF, "partial(descent)", "descent"),
        (HALF, "partial(descent, learning_rate=1e-6)", "descent"),
        (HALF, "partial(lambda loop, *rest: loop(*rest), descent)", "descent"),
        (A_CLASS, "Descent", "Descent"),
        (A_TRAINER, "Trainer.train", "Trainer.train"),
        (WRAPPED, "descent", "descent"),
        (WRAPPED.replace("    @wraps(loop)\n", ""), "descent", "descent"),
        (A_LAMBDA, "descent", "descent"),
    ],
)
def test_it_is_found_however_it_is_written(cell, expression, name):
    notebook = Notebook(cell)
    board = dashboard(DATA, notebook.value(expression), iterations=20)
    click(board, "train")
    assert went(board, 2)
    notebook.repair(cell)
    click(board, "train")
    assert went(board, 1) and texts.has_taken(names=[name]) in told(board)
    board.close()


@pytest.mark.parametrize(
    ("cell", "expression", "name"),
    [
        (A_TRAINER, "Trainer()", "Trainer"),
        (A_TRAINER, "Trainer().descend", "Trainer"),
        (A_MAKER, "slowed(1)", "slowed"),
        (HALF, "(lambda loop: lambda *all: loop(*all))(descent)", "descent"),
    ],
)
def test_what_was_made_with_the_old_one_stays_and_is_told(cell, expression, name):
    notebook = Notebook(cell)
    board = dashboard(DATA, notebook.value(expression), iterations=20)
    notebook.repair(cell)
    click(board, "train")
    assert went(board, 2) and texts.is_stuck(names=[name]) in told(board)
    board.close()


def test_a_function_that_is_called_by_name_needs_no_words():
    notebook = Notebook(HALF)
    board = dashboard(DATA, notebook.value("lambda data, start, rate: descent(data, start, rate)"), iterations=20)
    notebook.run(WHOLE)
    click(board, "train")
    assert went(board, 1) and "descent" not in told(board)
    board.close()


def test_a_library_s_loop_and_the_variable_of_a_for_are_never_replaced():
    notebook = Notebook(HALF)
    notebook.run("for loop in (numpy_matrix, descent, lambda *all: descent(*all)):\n    pass")
    made = [Newest(notebook.value(name)) for name in ("loop", "numpy_matrix")]
    notebook.run("def numpy_matrix(data, start, learning_rate): yield 1.0, start")
    notebook.run("def loop(data, start, learning_rate): yield 1.0, start")
    assert not any(sum(changes_of(made), ())) and not any(one.take(told=True) for one in made)


def test_several_loops_are_replaced_each_for_itself():
    notebook = Notebook(HALF, HALF.replace("descent", "other"))
    loops = {"library": training.numpy_matrix, "mine": notebook.names["descent"], "other": notebook.names["other"]}
    board = dashboard(DATA, loops, iterations=20)
    notebook.run(WHOLE)
    click(board, "train")
    losses = {name: history.losses for name, history in board.histories.items()}
    np.testing.assert_array_equal(losses["mine"], losses["library"])
    np.testing.assert_array_equal(losses["other"], EXPECTED[2])
    assert TAKEN in told(board) and "other`" not in told(board)
    board.close()


# --- The model -------------------------------------------------------------------------------------------------------


A_MODEL = """
def curve(x, parameters):
    return np.polynomial.polynomial.polyval(x, parameters) / 2
"""


def test_the_model_is_looked_up_again_as_the_loop_is():
    notebook = Notebook(HALF, A_MODEL)
    trial = Trial(notebook.names["descent"], model=notebook.names["curve"], iterations=20).train()
    before = trial.seen().fitted(trial.session.runs[0], 20)
    notebook.repair(A_MODEL)
    assert trial.seen().changes.earlier == ("curve",)
    trial.train()
    assert trial.seen().changes.taken == ("curve",)
    np.testing.assert_array_equal(trial.seen().fitted(trial.session.runs[0], 20), 2 * before)


@pytest.mark.parametrize(("line", "kind"), [("return 1.0", "ValueError"), ("return x @ parameters", "ValueError")])
def test_a_new_model_that_fails_is_told_and_the_old_pictures_stay(line, kind):
    notebook = Notebook(HALF, A_MODEL)
    board = dashboard(DATA, notebook.names["descent"], model=notebook.names["curve"], iterations=20)
    click(board, "train")
    numbers = board.pictures.frames["numbers"]
    notebook.run(f"def curve(x, parameters):\n    {line}")
    for _ in range(2):
        click(board, "train")
        assert board.mode == "failed" and told(board).startswith(kind) and board.pictures.frames["numbers"] == numbers
    notebook.repair(A_MODEL)
    click(board, "train")
    assert board.mode == "finished" and went(board, 2)
    board.close()
