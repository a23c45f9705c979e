"""The boards by keyboard alone: no mouse, no touch."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from polyfit_helpers.widgets import texts

from .lab import Board

NAME = """() => {
    const {activeElement: e} = document
    return e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText.split('\\n')[0]
}"""

NUMPY = pytest.mark.parametrize("board", [("01_numpy", "board")], ids=["01_numpy"], indirect=True)
OPTIMIZERS = pytest.mark.parametrize(
    "board", [("04_nn_and_optim", "optimizers-board")], ids=["04_nn_and_optim"], indirect=True
)


def focused(board: Board) -> str:
    return str(board.lab.ask(NAME)).strip()


def tab_to(board: Board, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    passed = []
    while focused(board) != name:
        passed.append(focused(board))
        assert len(passed) < 25, f"{name} was not reached, but {passed}"
        board.page.keyboard.press("Tab")


def reached(board: Board, first: str, last: str) -> list[str]:
    """Press Tab from one control to another, and return the names on the way."""
    tab_to(board, first)
    names = [first]
    while names[-1] != last and len(names) < 25:
        board.page.keyboard.press("Tab")
        names.append(focused(board))
    return names


def entry(name: str) -> str:
    return f"{name}, exact"


@NUMPY
def test_tab_reaches_every_control_in_the_order_in_which_it_is_read(board: Board) -> None:
    board.entry(texts.LEARNING_RATE).focus()
    settings = [texts.LEARNING_RATE, texts.ITERATIONS]
    top = [name for setting in settings for name in (entry(setting), setting)]
    buttons = [texts.TRAIN, texts.STEP, texts.MORE]  # Stop is disabled
    assert reached(board, top[0], texts.MORE) == top + buttons

    board.page.keyboard.press("Enter")
    expect(board.button(texts.LESS)).to_be_visible()
    tab_to(board, texts.STEP_SIZE)
    board.page.keyboard.press("Shift+Tab")
    assert focused(board) == texts.RESET

    board.button(texts.TRAIN).focus()
    board.page.keyboard.press("Enter")
    expect(board.status).to_contain_text("Still falling.")
    unfolded = [texts.LESS, texts.RESET, texts.STEP_SIZE, texts.START_LABEL, texts.INSIDE, texts.VIEW]
    unfolded += [texts.KEEP]  # nothing is kept: no Forget
    scrub = [texts.PLAY, entry(texts.ITERATION), texts.ITERATION]
    assert reached(board, texts.TRAIN, texts.ITERATION) == [texts.TRAIN, texts.STEP, *unfolded, *scrub]


@NUMPY
def test_a_run_is_trained_paused_and_looked_through_without_a_mouse(board: Board) -> None:
    keys, count = board.page.keyboard, board.root.locator(".polyfit-count")
    cells = board.notebook.root.locator(".jp-Cell").count()
    board.entry(texts.LEARNING_RATE).focus()
    keys.press("Control+a")
    keys.type("3e-6")
    keys.press("Enter")
    slider = board.slider(texts.LEARNING_RATE)
    expect(slider).to_have_attribute("aria-valuetext", "3e-6")

    tab_to(board, texts.LEARNING_RATE)
    before = board.line("predicted").get_attribute("d")
    for key in ("ArrowRight", "ArrowUp", "ArrowLeft"):
        keys.press(key)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^3\.0[4-9]\d*e-6$"))
    expect(board.line("predicted")).not_to_have_attribute("d", before)
    for key in "dd":  # twice deletes a cell, wherever else one presses it
        keys.press(key)

    tab_to(board, entry(texts.ITERATIONS))
    keys.press("Control+a")
    keys.type("100000")
    keys.press("Enter")
    expect(board.slider(texts.ITERATIONS)).to_have_attribute("aria-valuetext", "100\u202f000")
    tab_to(board, texts.TRAIN)
    keys.press("Enter")
    expect(board.status).to_contain_text("Training.")
    keys.press("Space")
    expect(board.status).to_contain_text(texts.PAUSED.strip())
    keys.press("Space")
    expect(board.status).to_contain_text("Training.")
    tab_to(board, texts.STOP)
    keys.press("Enter")
    expect(board.status).to_contain_text(texts.STOPPED.strip())

    board.slider(texts.ITERATION).focus()  # the button that had the focus is disabled now
    keys.press("Home")
    expect(count).to_have_text("loss 19\u202f074 at iteration 0")
    keys.press("ArrowRight")
    expect(board.entry(texts.ITERATION)).not_to_have_value("0")
    keys.press("Shift+Tab")
    assert focused(board) == entry(texts.ITERATION)
    keys.press("Control+a")
    keys.type("7")
    keys.press("Enter")
    expect(count).to_have_text(re.compile("at iteration 7$"))
    assert board.notebook.root.locator(".jp-Cell").count() == cells


@OPTIMIZERS
def test_choices_are_made_with_the_arrow_keys(board: Board) -> None:
    board.entry(texts.LEARNING_RATE).focus()
    tab_to(board, texts.OPTIMIZER)
    board.page.keyboard.press("ArrowDown")
    expect(board.line("predicted")).to_have_count(0)  # theory does not cover RMSprop
    board.page.keyboard.press("ArrowUp")
    expect(board.line("predicted")).to_have_count(1)
