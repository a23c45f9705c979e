"""What the outputs look like, in both themes: all seen at once, nothing cut, nothing over another, and axe-core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from polyfit_helpers.widgets import texts

from .excerpts import id_of
from .lab import DARK, LIGHT, PROJECTOR, Board, Lab, Notebook
from .test_a_whole_notebook import each_notebook

LEAST, FULLEST = ("01_numpy", "board"), ("04_nn_and_optim", "optimizers-board")
each_board = pytest.mark.parametrize(
    "board",
    [pytest.param(LEAST, marks=pytest.mark.slow), FULLEST],
    ids=[name for name, _ in (LEAST, FULLEST)],
    indirect=True,
)
ZOOMED = {"width": 640, "height": 360}  # what is left of a projector's pixels at 200 %

# What sticks out of the board, what is cut, and what lies over another; hidden things take no place.
BLEMISHES = """(board) => {
    const parts = [...board.querySelectorAll(
        'button, input, select, label, .progress, .polyfit-note, .polyfit-count, .polyfit-marks span, [role=status]'
    )].filter((part) => part.getClientRects().length)
    const name = (part) =>
        part.getAttribute('aria-label') || part.labels?.[0]?.innerText || part.innerText || part.className
    const place = (part) => part.getBoundingClientRect()
    const inside = place(board)
    const found = parts.filter((part) => place(part).left < inside.left || place(part).right > inside.right
                                         || place(part).bottom > inside.bottom)
                       .map((part) => name(part) + ' sticks out')
    found.push(...parts.filter((part) => part.type !== 'range' && part.scrollWidth > part.clientWidth + 1)
                       .map((part) => name(part) + ' is cut'))
    parts.forEach((one, i) => parts.slice(i + 1).forEach((two) => {
        const [a, b] = [place(one), place(two)]
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        const mark = one.type === 'range' && two.closest('.polyfit-marks')  // begins with a tick on the track
        if (across > 1 && down > 1 && !mark && !one.contains(two) && !two.contains(one))
            found.push(name(one) + ' lies over ' + name(two))
    }))
    const area = board.closest('.jp-OutputArea-output')
    if (area.scrollWidth > area.clientWidth) found.push('there is a horizontal scroll bar')
    return found
}"""

# The least contrast, after WCAG, of the text in the pictures against what is behind it.
CONTRAST = """(board) => {
    const numbers = (color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number)
    const light = (color) => numbers(color).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0)
    const ground = light(getComputedStyle(board).backgroundColor)
    const ratios = [...board.querySelectorAll('svg text')].map((text) => light(getComputedStyle(text).fill))
        .map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05))
    return Math.min(...ratios)
}"""


@pytest.fixture(scope="module", params=[LIGHT, pytest.param(DARK, marks=pytest.mark.slow)])
def theme(jupyter: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """Each of the themes; for a whole module, because a change takes its time."""
    jupyter.theme(request.param)
    yield request.param
    jupyter.theme(LIGHT)


@pytest.fixture
def any_size(jupyter: Lab) -> Iterator[Lab]:
    """JupyterLab, as large as a projector again after the test."""
    yield jupyter
    jupyter.page.set_viewport_size(PROJECTOR)


def blemishes(board: Board) -> list[str]:
    return list(board.root.evaluate(BLEMISHES))


def height(board: Board) -> float:
    place = board.root.bounding_box()
    assert place is not None
    return place["height"]


def height_of_the_notebook(board: Board) -> float:
    place = board.notebook.root.locator(".jp-WindowedPanel-outer").bounding_box()
    assert place is not None
    return place["height"]


RACE = ("04_nn_and_optim", "optimizers-race")
OTHERS = [
    ("07_why_that_rate", "directions-board"),
    ("01_numpy", "guess-board"),
    ("03_autograd", "forgotten-board"),
    ("07_why_that_rate", "basis-board"),
]


@pytest.mark.parametrize(
    "board",
    [RACE, *(pytest.param(other, marks=pytest.mark.slow) for other in OTHERS)],
    ids=[cell for _, cell in (RACE, *OTHERS)],
    indirect=True,
)
def test_boards_that_compare_are_seen_whole(board: Board, theme: str) -> None:
    assert height(board) <= height_of_the_notebook(board)
    assert blemishes(board) == []
    assert board.root.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("board", [RACE], ids=["boards"], indirect=True)
def test_every_name_in_a_picture_is_its_own(board: Board, jupyter: Lab) -> None:
    """A picture that is clipped by the name of another one is not clipped while that one is hidden."""
    for cell in (LEAST, FULLEST):
        board.notebook.run_cell(id_of(*cell))
        expect(board.notebook.board(id_of(*cell)).line("fit")).to_be_visible()
    names = jupyter.ask("() => [...document.querySelectorAll('.polyfit-board svg [id]')].map((part) => part.id)")
    assert len(names) > 10 and len(set(names)) == len(names)
    lost = jupyter.ask(
        "() => [...document.querySelectorAll('.polyfit-board svg [clip-path]')]"
        ".filter((part) => !document.getElementById(part.getAttribute('clip-path').slice(5, -1))).length"
    )
    assert lost == 0


@pytest.mark.parametrize("board", [("03_autograd", "board")], ids=["inside"], indirect=True)
def test_the_inside_of_a_step_can_be_read_by_all(board: Board, theme: str) -> None:
    board.button(texts.MORE).click()
    board.button(texts.INSIDE).click()
    board.button(texts.STEP).click()
    expect(board.root.get_by_role("table", name=texts.STEP_LINES)).to_be_visible()
    assert blemishes(board) == []
    assert serious(board.notebook) == []


@each_board
def test_on_a_projector_the_whole_board_is_seen(board: Board, theme: str) -> None:
    assert height(board) <= height_of_the_notebook(board)
    assert blemishes(board) == []
    assert board.root.evaluate(CONTRAST) >= 4.5
    board.button(texts.MORE).click()
    expect(board.button(texts.LESS)).to_be_visible()
    assert blemishes(board) == []


@pytest.mark.parametrize("board", [("00_start_here", "your-try")], ids=["00_start_here"], indirect=True)
def test_the_optimisers_board_is_seen_whole_with_its_slopes(board: Board, theme: str) -> None:
    board.button(texts.TAYLOR).click()
    board.button(texts.SLOPES).click()
    expect(board.button(texts.NO_SLOPES)).to_be_visible()
    assert height(board) <= height_of_the_notebook(board)
    assert blemishes(board) == []
    assert board.root.evaluate(CONTRAST) >= 4.5


@each_board
def test_beside_the_file_browser_the_pictures_stay_side_by_side(board: Board, any_size: Lab) -> None:
    any_size.ask("() => window.command('application:toggle-left-area')")
    try:
        fit, loss = (board.root.locator("svg[role=img]").nth(i).bounding_box() for i in range(2))
        assert fit is not None and loss is not None
        assert fit["y"] == loss["y"] and fit["x"] < loss["x"]
        assert height(board) <= height_of_the_notebook(board)
        assert blemishes(board) == []
    finally:
        any_size.ask("() => window.command('application:toggle-left-area')")


@each_board
def test_at_200_per_cent_the_board_folds(board: Board, any_size: Lab) -> None:
    any_size.page.set_viewport_size(ZOOMED)
    fit, loss = (board.root.locator("svg[role=img]").nth(i).bounding_box() for i in range(2))
    assert fit is not None and loss is not None
    assert fit["y"] + fit["height"] <= loss["y"] and fit["x"] == loss["x"]
    assert blemishes(board) == []
    board.button(texts.MORE).click()
    expect(board.button(texts.LESS)).to_be_visible()
    assert blemishes(board) == []


@each_board
def test_nothing_jumps_when_a_run_starts_or_ends(board: Board) -> None:
    before = height(board)
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("Still falling.")
    assert height(board) == before


def serious(notebook: Notebook) -> list[str]:
    """What axe-core finds in a notebook's outputs, if it is serious or critical."""
    outputs = f"[id='{notebook.root.get_attribute('id')}'] .jp-OutputArea"
    found = Axe().run(notebook.page, context={"include": [[outputs]]}, options={"resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if node["impact"] in ("serious", "critical")
    ]


@pytest.mark.slow
@each_notebook
def test_axe_finds_nothing_serious_in_the_outputs(notebook: Notebook, theme: str) -> None:
    assert serious(notebook) == []


@pytest.mark.parametrize("board", [FULLEST], ids=["04_nn_and_optim"], indirect=True)
def test_axe_finds_nothing_serious_after_a_run_with_an_error_shown(board: Board, theme: str) -> None:
    board.button(texts.MORE).click()
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("Still falling.")
    board.type(texts.LEARNING_RATE, "abc")
    expect(board.root.get_by_role("alert").filter(has_text="'abc'")).to_be_visible()
    assert serious(board.notebook) == []
