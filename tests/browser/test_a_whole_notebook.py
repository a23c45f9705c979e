"""Each notebook as its reader meets it: opened as it is stored, then run from top to bottom by the menu."""

from __future__ import annotations

import re

import pytest

from .conftest import NOTEBOOKS
from .lab import Notebook

pytestmark = pytest.mark.slow

each_notebook = pytest.mark.parametrize(
    "notebook", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")), indirect=True
)


FIRST = ("Ready.", "Loss 999.5.", "Diverging.")  # what a board says before anything is moved


def shows_a_board(cell: dict[str, str]) -> bool:
    return re.search(r"^(dashboard|explore)\(|^\w+_board$", cell["source"], re.MULTILINE) is not None


@each_notebook
def test_stored_boards_are_a_picture_and_the_words_without_being_run(notebook: Notebook) -> None:
    boards = [cell for cell in notebook.stored if shows_a_board(cell)]
    assert boards
    for cell in boards:
        ((alternative, width),) = cell["pictures"]
        assert len(alternative) > 30 and width > 300
        assert cell["text"].strip().startswith(FIRST)
    assert not any("Error displaying widget" in cell["text"] for cell in notebook.stored)
    assert all(len(alternative) > 30 for cell in notebook.stored for alternative, _ in cell["pictures"])


@each_notebook
def test_what_is_folded_tells_nothing_of_itself(notebook: Notebook) -> None:
    assert "".join(cell["folded"] for cell in notebook.stored).strip() == ""


@each_notebook
def test_run_all_leaves_no_failure(notebook: Notebook) -> None:
    cells = notebook.code_cells()
    assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert [cell["errors"] for cell in cells if cell["errors"]] == []


@each_notebook
def test_each_question_is_there_and_asks(notebook: Notebook) -> None:
    asking = [bool(re.match(r"exercises\.(\w+\.ask|quiz)\(", cell["source"])) for cell in notebook.code_cells()]
    assert [cell["quizzes"] for cell in notebook.code_cells()] == list(map(int, asking)) and any(asking)
    for cell, asks in zip(notebook.stored, asking, strict=True):
        assert not asks or (cell["text"].startswith("○ ") and "Your turn." in cell["text"])


@each_notebook
def test_each_board_is_there_and_ready(notebook: Notebook) -> None:
    cells = notebook.code_cells()
    assert [cell["boards"] for cell in cells] == [int(shows_a_board(cell)) for cell in cells]
    for cell in filter(shows_a_board, cells):
        board = notebook.board(cell["id"])
        assert board.root.is_visible() and board.status.inner_text().startswith(FIRST)
        assert board.root.locator("svg[role=img]").count() == 2
