"""A board whose function is repaired in the notebook, and the notebook opened again on another day."""

from __future__ import annotations

import nbformat
import pytest
from execute_notebooks import METADATA
from playwright.sync_api import expect

from polyfit_helpers.widgets import texts

from .lab import Lab, Notebook

NAME = "repaired.ipynb"
IMPORTS = "from polyfit_helpers import dashboard, sine\nfrom polyfit_helpers.training import numpy_matrix\n\n\n"
DESCENT = "def descent(data, start, learning_rate):\n    yield from numpy_matrix(data, start, learning_rate{})"

CLOSE = """async (name) => {
    const panel = window.panelOf(name), {id} = panel.sessionContext.session
    panel.dispose()
    await window.jupyterapp.serviceManager.sessions.shutdown(id)
}"""


@pytest.mark.slow
def test_a_repaired_function_is_taken_and_a_reopened_notebook_shows_the_board_s_picture(jupyter: Lab) -> None:
    sources = {"loop": IMPORTS + DESCENT.format(" / 2"), "board": "dashboard(sine(), descent, iterations=100)"}
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    (jupyter.root / NAME).write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=METADATA)), "utf-8")
    notebook = Notebook(jupyter, NAME)
    for name in sources:
        notebook.run_cell(name)
    board = notebook.board("board")
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("after 100 iterations")
    notebook.write("loop", IMPORTS + DESCENT.format(""))
    notebook.run_cell("loop")
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text(texts.has_taken(names=["descent"]).strip())

    jupyter.ask("() => window.command('docmanager:save')")
    jupyter.ask(CLOSE, NAME)
    again = Notebook(jupyter, NAME)
    # ipywidgets wants to tell the kernel that a view has closed, with which the connection closes, too.
    jupyter.errors[:] = [said for said in jupyter.errors if "Could not send widget sync message" not in said]
    _, stored = again.stored
    assert "model not found" not in stored["text"] and stored["boards"] == 0 and stored["pictures"]
    assert texts.READY in stored["text"]
    again.run_cell("loop")
    again.run_cell("board")
    again.board("board").button(texts.TRAIN).click()
    expect(again.board("board").status).to_contain_text("after 100 iterations")
