"""One exercise of each kind, as a learner does it: wrong first, then right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from polyfit_helpers.widgets import texts

from .lab import Board, Lab, Notebook
from .test_boards_by_keyboard import tab_to
from .test_look import blemishes, height, height_of_the_notebook, serious, theme  # noqa: F401

WRONG = """def line_gradients(x, y, m, b):
    return ((m * x + b - y) * x).mean(), (m * x + b - y).mean()"""
RIGHT = """def line_gradients(x, y, m, b):
    return (2 * (m * x + b - y) * x).mean(), (2 * (m * x + b - y)).mean()"""


def exercise(*cells: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cells", [cells], ids=[cells[1]], indirect=True)


def question(*cell: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("board", [cell], ids=[cell[1]], indirect=True)


def output(notebook: Notebook, cell: str) -> Locator:
    return notebook.cell(cell).locator(".jp-OutputArea-output")


def solve(notebook: Notebook, exercise: str, check: str, source: str) -> None:
    notebook.write(exercise, source)
    notebook.page.keyboard.press("Shift+Enter")
    notebook.run_cell(check)


@pytest.fixture(autouse=True)
def no_progress(jupyter: Lab) -> Iterator[None]:
    """Nothing is remembered from one test to another."""
    yield
    (jupyter.root / ".polyfit_progress.json").unlink(missing_ok=True)


@exercise("01_numpy", "line-exercise", "line-check", "progress")
def test_code_is_checked_and_the_mistake_is_named(excerpt: Notebook, cells: list[str]) -> None:
    code, check, progress = cells
    expect(output(excerpt, check)).to_contain_text("○ Gradients of a straight line · not tried")
    solve(excerpt, code, check, WRONG)
    expect(output(excerpt, check)).to_contain_text("dL/dm and dL/db: the factor 2 is missing.")
    expect(output(excerpt, check)).to_contain_text("◐ Gradients of a straight line · not yet")
    solve(excerpt, code, check, RIGHT)
    expect(output(excerpt, check)).to_contain_text("● Gradients of a straight line · done")
    excerpt.run_cell(progress)
    expect(output(excerpt, progress)).to_contain_text("● Gradients of a straight line · done")
    assert (excerpt.lab.root / ".polyfit_progress.json").exists()


PARABOLA = """def parabola_model(start):
    import torch
    model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Flatten(0, 1))
    with torch.no_grad():
        model[0].bias.copy_(torch.tensor(start[:1]))
        model[0].weight.copy_(torch.tensor([start[1:]]))"""


@exercise("01_numpy", "progress")
def test_buttons_check_give_hints_and_show_the_solution(excerpt: Notebook, cells: list[str]) -> None:
    stub = 'def parabola_model(start):\n    raise NotImplementedError("your turn")'
    code, cell = excerpt.add_cell(stub), excerpt.add_cell("exercises.parabola_model.card(parabola_model)")
    excerpt.run_cell(code)
    excerpt.run_cell(cell)
    card = excerpt.board(cell)
    verdict, hints = card.status.first, card.status.nth(1)
    expect(card.root.get_by_role("heading")).to_have_text("○ A parabola as a layer · not tried")
    excerpt.write(code, PARABOLA)
    card.button(texts.CHECK).click()
    expect(verdict).to_contain_text("Did you run its cell?")
    excerpt.run_cell(code)
    card.button(texts.CHECK).click()
    expect(verdict).to_have_text("Your function returns nothing. Does its last line say return?")
    tab_to(card, texts.HINT)
    card.page.keyboard.press("Enter")
    expect(hints).to_contain_text("Hint 1 of 3.")
    expect(verdict).to_contain_text("Your function returns nothing.")
    tab_to(card, texts.SOLUTION)
    card.page.keyboard.press("Space")
    expect(card.root.get_by_role("group", name="Python code")).to_contain_text("def parabola_model(")
    assert blemishes(card) == [] and serious(excerpt) == []
    excerpt.write(code, f"{PARABOLA}\n    return model")
    excerpt.run_cell(code)
    card.button(texts.CHECK).click()
    expect(card.root.get_by_role("heading")).to_have_text("● A parabola as a layer · done")
    expect(verdict).to_contain_text("That was try 2, with 1 hint.")
    expect(card.root.get_by_role("img")).to_be_visible()
    expect(card.button(texts.CHECK)).to_be_visible()
    assert blemishes(card) == []


@pytest.mark.slow
@exercise("01_numpy", "progress")
def test_the_button_shows_that_it_is_busy(excerpt: Notebook, cells: list[str]) -> None:
    code = excerpt.add_cell("def line_gradients(x, y, m, b):\n    return 1, 2")
    cell = excerpt.add_cell("exercises.line_gradients.card(line_gradients)")
    excerpt.run_cell(code)
    excerpt.run_cell(cell)
    excerpt.write(code, "def line_gradients(x, y, m, b):\n    while True:\n        pass")
    excerpt.run_cell(code)
    card = excerpt.board(cell)
    card.button(texts.CHECK).click()
    expect(card.button(texts.CHECKING)).to_be_visible()
    expect(card.status.first).to_contain_text("Your code was stopped")
    expect(card.button(texts.CHECK)).to_be_visible()


@pytest.mark.slow
@exercise("01_numpy", "progress")
def test_hints_and_the_solution_come_when_they_are_asked_for(excerpt: Notebook, cells: list[str]) -> None:
    cell = excerpt.add_cell("exercises.cubic_gradients.hint()")
    for i in (1, 2, 3):
        excerpt.run_cell(cell)
        expect(output(excerpt, cell)).to_contain_text(f"Hint {i} of 3.")
    other = excerpt.add_cell("exercises.cubic_gradients.solution()")
    excerpt.run_cell(other)
    expect(output(excerpt, other)).to_contain_text("Do you want to try first?")
    excerpt.run_cell(other)
    code = output(excerpt, other).get_by_role("group", name="Python code")
    expect(code).to_contain_text("def cubic_gradients(x, y, a, b, c, d):")


@pytest.mark.slow
@exercise("03_autograd", "repair-exercise", "repair-check")
def test_a_loop_is_repaired(excerpt: Notebook, cells: list[str]) -> None:
    code, check = cells
    untouched = excerpt.source(code).replace('    raise NotImplementedError("your turn")\n', "")
    solve(excerpt, code, check, untouched)
    expect(output(excerpt, check)).to_contain_text("The update makes new tensors.")
    update = """        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad"""
    in_place = untouched[: untouched.index("        a = a - learning_rate")] + update
    solve(excerpt, code, check, in_place)
    said = "The gradients of all iterations add up: each must end with a reset."
    expect(output(excerpt, check)).to_contain_text(said)
    solve(excerpt, code, check, in_place + "\n                parameter.grad = None")
    expect(output(excerpt, check)).to_contain_text("● Repair the loop · done")


@pytest.mark.slow
@exercise("06_bug_hunt", "bug-one-loop", "bug-one-check")
def test_a_bug_is_repaired(excerpt: Notebook, cells: list[str]) -> None:
    code, check = cells
    source, card = excerpt.source(code), excerpt.board(check)
    heading, verdict = card.root.get_by_role("heading"), card.status.first
    excerpt.run_cell(check)
    expect(heading).to_have_text("○ Bug 1: the repair · not tried")
    excerpt.write(code, source.replace("-= learning_rate", "-= 0.1 * learning_rate"))
    excerpt.run_cell(code)
    card.button(texts.CHECK).click()
    expect(verdict).to_contain_text("The gradients of all iterations add up: each must end with a reset.")
    excerpt.write(code, f"{source}\n                parameter.grad = None")
    excerpt.run_cell(code)
    card.button(texts.CHECK).click()
    expect(heading).to_have_text("● Bug 1: the repair · done")
    expect(verdict).to_contain_text("print a.grad before backward. It must be None, or 0.")


@question("03_autograd", "filled-check")
def test_a_choice_says_why_it_is_wrong(board: Board) -> None:
    board.button("b) w and x").click()
    expect(board.status).to_contain_text("x is a leaf, too, but nobody asked for its gradient")
    expect(board.button(f"{texts.WRONG} b) w and x")).to_be_visible()
    board.button(texts.HINT).click()
    expect(board.status).to_contain_text("Hint 1 of 3. Two conditions must hold")
    board.button("a) only w").click()
    expect(board.root.get_by_role("heading")).to_have_text("● Whose gradient is filled? · done")


@question("03_autograd", "twice-check")
def test_a_number_by_keyboard_alone(board: Board) -> None:
    board.root.get_by_role("textbox", name=texts.YOUR_NUMBER).focus()
    board.page.keyboard.insert_text("5")
    board.page.keyboard.press("Enter")
    expect(board.status).to_contain_text("That is the second slope alone.")
    tab_to(board, texts.HINT)
    board.page.keyboard.press("Enter")
    expect(board.status).to_contain_text("Hint 1 of 3.")
    board.root.get_by_role("textbox", name=texts.YOUR_NUMBER).fill("17")
    tab_to(board, texts.CHECK)
    board.page.keyboard.press("Enter")
    expect(board.status).to_contain_text("Right: the slopes are 12 and 5")


@question("01_numpy", "rate-check")
def test_a_rate_on_a_slider(board: Board) -> None:
    board.slider(texts.LEARNING_RATE).press("ArrowRight")
    board.type(texts.LEARNING_RATE, "3.6e-6")
    board.button(texts.CHECK).click()
    expect(board.status).to_contain_text("3.6e-6 is above the stability limit 3.558e-6: the loss explodes.")
    board.type(texts.LEARNING_RATE, "3.5e-6")
    expect(board.entry(texts.LEARNING_RATE)).to_have_value("3.5e-6")
    board.button(texts.CHECK).click()
    expect(board.status).to_contain_text("Right: the loss arrives in time.")


QUIZ = [("01_numpy", "closing"), pytest.param(("00_start_here", "closing"), marks=pytest.mark.slow)]


@pytest.mark.parametrize("board", QUIZ, ids=["01_numpy", "00_start_here"], indirect=True)
def test_three_questions_close_a_notebook(board: Board, theme: str) -> None:  # noqa: F811
    assert board.root.get_by_role("heading").count() == 3
    assert blemishes(board) == []
    assert height(board) <= 1.35 * height_of_the_notebook(board)
    board.root.get_by_role("button").first.click()
    expect(board.status.first).to_contain_text("Not a, ")
    expect(board.status.nth(1)).to_be_empty()
    assert serious(board.notebook) == []
