"""One JupyterLab and one browser for all tests here.

Boards and exercises are used in one small notebook, an excerpt. Whole notebooks are opened once, read as they are
stored, then run: that is slow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from . import excerpts, lab

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="package")
def jupyter() -> Iterator[lab.Lab]:
    path = lab.find_chromium()
    if path is None:
        reason = "neither Chromium nor Chrome is installed: install one, or name one in the variable CHROMIUM"
        if os.environ.get("POLYFIT_BROWSER") == "required":
            pytest.fail(f"POLYFIT_BROWSER=required, but {reason}")
        pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong; benchmarks/browser.py measures
    with (
        lab.jupyter_lab(*NOTEBOOKS.glob("*.ipynb")) as (address, root),
        sync_playwright() as playwright,
        lab.chromium(playwright, path) as browser,
    ):
        yield lab.Lab(browser, address, root)


@pytest.fixture(autouse=True)
def nothing_in_the_console_and_no_one_outside_is_asked(jupyter: lab.Lab) -> Iterator[None]:
    yield
    errors, outside = jupyter.errors[:], jupyter.outside[:]
    jupyter.errors.clear(), jupyter.outside.clear()
    assert (errors, outside) == ([], [])


def parameters(request: pytest.FixtureRequest, fixture: str) -> list[Any]:
    """Return with which parameters the chosen tests ask for a fixture."""
    items = [getattr(item, "callspec", None) for item in request.session.items]
    return [item.params[fixture] for item in items if item is not None and fixture in item.params]


@pytest.fixture(scope="package")
def excerpt(jupyter: lab.Lab, request: pytest.FixtureRequest) -> lab.Notebook:
    """A small notebook of the cells that the chosen tests ask for; nothing in it has run."""
    wanted = parameters(request, "board")
    wanted += [(name, cell) for name, *cells in parameters(request, "cells") for cell in cells]
    (jupyter.root / excerpts.NAME).write_text(nbformat.writes(excerpts.excerpt(NOTEBOOKS, wanted)), "utf-8")
    return lab.Notebook(jupyter, excerpts.NAME)


@pytest.fixture
def board(excerpt: lab.Notebook, request: pytest.FixtureRequest) -> lab.Board:
    """A fresh board; the parameter is a notebook's name and the cell's id."""
    cell = excerpts.id_of(*request.param)
    excerpt.activate()
    excerpt.run_cell(cell)
    fresh = excerpt.board(cell)
    fresh.root.scroll_into_view_if_needed()
    return fresh


@pytest.fixture
def cells(excerpt: lab.Notebook, request: pytest.FixtureRequest) -> list[str]:
    """The ids of cells that have run; the parameter is a notebook's name and their ids there."""
    name, *here = request.param
    ids = [excerpts.id_of(name, cell) for cell in here]
    excerpt.activate()
    for cell in ids:
        excerpt.run_cell(cell)
    return ids


@pytest.fixture(scope="package")
def notebooks(jupyter: lab.Lab, request: pytest.FixtureRequest) -> dict[str, lab.Notebook]:
    """Whole notebooks. While one runs the next is opened; the one that takes longest is first."""
    opened = {}
    for name in sorted(set(parameters(request, "notebook")), reverse=True):
        opened[name] = lab.Notebook(jupyter, f"{name}.ipynb")
        opened[name].start_all()
    return opened


@pytest.fixture
def notebook(notebooks: dict[str, lab.Notebook], request: pytest.FixtureRequest) -> lab.Notebook:
    """A notebook all of whose cells have run; the parameter is its name."""
    chosen = notebooks[request.param]
    chosen.activate()
    chosen.wait_for_all()
    return chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """Keep a picture of the page in which a test failed."""
    report = yield
    page = getattr(getattr(item, "funcargs", {}).get("jupyter"), "page", None)
    if report.failed and page is not None:
        SCREENSHOTS.mkdir(exist_ok=True)
        file = SCREENSHOTS / (re.sub(r"[^\w.-]+", "-", item.name) + ".png")
        page.screenshot(path=file)
        report.sections.append(("screenshot", str(file)))
    return report
