"""The ten loops as notebook 06 shows them: what the library measures is what a learner reads, runs and repairs."""

import ast
import inspect
import itertools
import json
import re
from pathlib import Path

import pytest
import torch
from exercise_support import fresh, learner
from minutes import Minutes, minutes, of_section

from polyfit_exercises import exercise, graphs, texts, trial
from polyfit_exercises.checks import notebook_06
from polyfit_exercises.lessons import bugs
from polyfit_exercises.store import Store
from polyfit_helpers import START, record, sine, training
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.training import show_source

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "06_bug_hunt.ipynb"
CELLS = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
LOOPS = ["".join(cell["source"]) for cell in CELLS if "bug" in cell["metadata"].get("tags", [])]
BUGS = pytest.mark.parametrize("number", range(1, 11))


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    kept = Store(None)
    monkeypatch.setattr(exercise, "store", lambda: kept)
    return kept


def body(source):
    """Return the statements of a function as text, without its docstring and types."""
    (function,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    statements = function.body[1:] if ast.get_docstring(function) else function.body
    return [re.sub(r"( ->|:) (None|Any)\b", "", ast.unparse(statement)) for statement in statements]


def test_there_are_ten():
    assert len(LOOPS) == 10


def test_each_hunt_says_its_minutes_and_takes_an_hour_at_most_with_all_that_belongs_to_it():
    text = {cell["id"]: "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]}
    first, second = (of_section(NOTEBOOK, f"The {which} hunt") for which in ("first", "second"))
    assert str(first) in text["first-hunt"] and str(second) in text["second-hunt"]
    assert first.home <= 60 and second.home <= 60 and not first.optional + second.optional
    assert minutes(NOTEBOOK).home <= 120, "each hunt with what stands before the first, or after the second"


def test_the_minutes_of_a_section_end_where_the_next_begins(tmp_path):
    def cell(kind, *lines):
        return {"cell_type": kind, "source": "\n".join(lines)}

    cells = [
        cell("markdown", "# A title?"),
        cell("code", "1"),
        cell("markdown", "## One", "", "word " * 200),
        cell("code", "dashboard(data, loop)"),
        cell("markdown", "### Within one"),
        cell("code", "exercises.bug_1.card(bug_1_training)"),
        cell("markdown", "### Optional"),
        cell("code", "1"),
        cell("markdown", "## Two"),
        cell("code", "exercises.bug_1_name.ask()"),
    ]
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert of_section(path, "One") == Minutes(in_class=3, home=8, optional=1)
    assert of_section(path, "Two") == Minutes(in_class=1, home=1, optional=0)
    assert of_section(path, "Within one") == Minutes(in_class=0, home=4, optional=0)
    assert of_section(path, "Three") == Minutes(in_class=0, home=0, optional=0)


def test_the_first_hunt_raises_no_error_and_two_of_the_second_do():
    failed = [number for number in range(1, 11) if notebook_06.loss_curve(f"bug_{number}").failed]
    assert failed == [7, 8]


def test_each_bug_has_its_line_of_what_to_print():
    text = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"]]
    tables = [part for part in text if "| print … |" in part]
    assert [len(re.findall(r"^\| (?!the loss …)\w", table, re.MULTILINE)) for table in tables] == [5, 5]


@BUGS
def test_the_notebooks_loop_is_the_librarys(number):
    assert body(LOOPS[number - 1]) == body(inspect.getsource(getattr(bugs, f"bug_{number}_training")))


@BUGS
def test_a_bug_can_be_shown_and_an_error_names_its_line(number, capsys):
    loop = getattr(bugs, f"bug_{number}_training")
    show_source(loop)
    shown = capsys.readouterr().out
    assert shown.startswith(f"def bug_{number}_training(data, start, learning_rate):\n") and "->" not in shown
    if number in (7, 8):
        with pytest.raises((AttributeError, RuntimeError)) as caught:
            record(loop(sine(20).to("cpu"), START, 1e-6), 2)
        number_of_line, line = trial.line_of(caught.value.__cause__ or caught.value)
        assert line == inspect.getsource(loop).splitlines()[number_of_line - 1].strip()
        assert line.startswith({7: "y_pred = a + b * x", 8: "loss.backward()"}[number])


def test_an_edit_that_finds_nothing_is_an_error():
    with pytest.raises(ValueError, match=r"bug_11_training: there is no 'no such line' in autograd"):
        bugs._bug(11, training.autograd, ("no such line", ""))


@BUGS
def test_an_untouched_bug_gets_an_invitation_and_no_bug_is_its_own_repair(number, in_memory):
    card = fresh(f"bug_{number}").check(learner(LOOPS[number - 1], f"bug_{number}_training"))
    assert (card.state, card.mistakes) == ("not tried", ()) and card.words.startswith(texts.YOUR_TURN)
    assert in_memory.states() == {}


@BUGS
def test_each_bug_has_a_curve_a_name_and_a_repair(number):
    for key in (f"bug_{number}_curve", f"bug_{number}_name"):
        one = fresh(key)
        assert one.check(one.compute()).state == "done"
    names = {fresh(f"bug_{i}_name").compute() for i in range(1, 11)}
    choices = set(texts.EXERCISES[f"bug_{number}_name"].choices)
    assert len(names) == 10 and names < choices, "some names are left at the end"


@BUGS
def test_the_hints_of_a_curve_run_where_they_are_asked_and_do_not_give_it_away(number, capsys):
    loops = dict(zip(range(1, 11), LOOPS, strict=True))
    setup = ["".join(cell["source"]) for cell in CELLS if cell["id"] in ("imports", "data")]
    one = fresh(f"bug_{number}_curve")
    for _ in range(3):
        card = one.hint()
    learner("\n".join([*setup, loops[number], card.code, "ran = True"]), "ran")
    assert capsys.readouterr().out, "it shows losses, or an error"
    others = fresh("bug_1_curve")
    for _ in range(3):
        other = others.hint()
    assert card.words.split("\n\n")[::2] == other.words.split("\n\n")[::2]
    assert number == 3 or "error" not in card.words.split("\n\n")[1], "in bug 3 it is the difference"


@BUGS
def test_the_code_that_shows_the_cause_runs_after_the_board(number, capsys):
    one = fresh(f"bug_{number}_name")
    for _ in range(3):
        card = one.hint()
    setup = ["".join(cell["source"]) for cell in CELLS if cell["id"] in ("imports", "data")]
    before = ["from polyfit_exercises.graphs import operations_kept", 'few = sine(200).to("cpu")']
    learner("\n".join([*setup, *before, LOOPS[number - 1], card.code, "ran = True"]), "ran")


def test_what_a_loop_sets_as_default_device_does_not_outlive_the_check():
    for default in (None, "meta"):
        torch.set_default_device(default)
        try:
            before = torch.empty(0).device
            set_it = LOOPS[6].replace("    x, y", "    torch.set_default_device(device)\n    x, y")
            assert fresh("bug_7").check(learner(set_it, "bug_7_training")).mistakes == ("two_devices",)
            assert torch.empty(0).device == before
            right = LOOPS[0] + "\n                parameter.grad = None"
            assert fresh("bug_1").check(learner(right, "bug_1_training")).state == "done"
        finally:
            torch.set_default_device(None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_default_device_that_is_not_there_does_not_take_the_check_down():
    try:
        set_it = LOOPS[0].replace("    x, y", '    torch.set_default_device("cuda")\n    x, y')
        card = fresh("bug_1").check(learner(set_it, "bug_1_training"))
        assert card.state == "not yet" and card.words
        assert torch.empty(0).device.type == "cpu"

        torch.set_default_device("cuda")  # by the learner, before the check
        right = LOOPS[0] + "\n                parameter.grad = None"
        assert fresh("bug_1").check(learner(right, "bug_1_training")).state == "done"
    finally:
        torch.set_default_device(None)


def test_the_forgotten_reset_looks_better_at_step_5():
    wrong, right = (
        record(loop(sine().to("cpu"), START, 1e-6), 5).losses[5]
        for loop in (bugs.bug_1_training, learner(REPAIRED, "repaired"))
    )
    assert round(wrong) == 1225 and round(right) == 8437


def test_bug_2_falls_by_less_than_a_fifth_on_its_board_too():
    losses = record(bugs.bug_2_training(sine().to("cpu"), START, 1e-6), 2000).losses
    assert 0.8 * losses[0] < losses[-1] < 0.9 * losses[0]
    assert losses[-1] == pytest.approx(7.957, abs=5e-4)


REPAIRED = LOOPS[0].replace("def bug_1_training", "def repaired") + "\n                parameter.grad = None"


def test_every_iteration_of_bug_5_keeps_ten_more_operations():
    running = bugs.bug_5_training(sine(50).to("cpu"), START, 1e-6)
    kept = []
    for _ in range(12):
        next(running)
        kept.append(graphs.operations_kept(running))
    assert {after - before for before, after in itertools.pairwise(kept[1:])} == {10}


def test_the_losses_that_its_answers_name():
    full, few = (LeastSquares(data.x, data.y, reduction="mean") for data in (sine(), sine(200)))
    assert full.loss(START) == pytest.approx(9.537, abs=5e-4) == LeastSquares(sine().x, sine().y).loss(START) / 2000
    assert full.loss([0, 1, 0, -1 / 6]) == pytest.approx(0.403, abs=5e-4)
    assert (full.loss([0.0] * 4), few.loss([0.0] * 4)) == pytest.approx((0.49975, 0.4975), abs=5e-6)
    assert full.floor == pytest.approx(0.00441, abs=5e-6)
    assert few.stability_limit() == pytest.approx(6.929e-3, abs=5e-7)
    assert round(full.stability_limit() / 1e-6, -3) == 7000
    assert round(1e-3 / LeastSquares(sine().x, sine().y).stability_limit()) == 281

    stops = record(bugs.bug_4_training(sine().to("cpu"), START, 1e-6), 2000).losses
    assert round(stops[-1]) == 1741


def test_bug_10_stops_at_the_iteration_that_its_answers_name():
    short, right = (
        record(loop(sine().to("cpu"), START, 1e-6), 500).losses for loop in (bugs.bug_10_training, training.autograd)
    )
    assert round(short[0], -1) == 19090
    assert set(short[349:].round(1)) == {237.9} and len(set(short[349:])) == 1 and short[348] != short[349]
    assert abs(short[:101] / right[:101] - 1).max() < 0.02
