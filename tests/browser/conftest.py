"""One JupyterLab and one browser for all tests here; each notebook is opened once, read as it is stored, then run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import lab

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


@pytest.fixture(scope="package")
def notebooks(jupyter: lab.Lab, request: pytest.FixtureRequest) -> dict[str, lab.Notebook]:
    """Those that the chosen tests ask for. While one runs the next is opened; the one that takes longest is first."""
    opened = {}
    for name in sorted({name for item in request.session.items for name in asked_for(item)}, reverse=True):
        opened[name] = lab.Notebook(jupyter, f"{name}.ipynb")
        opened[name].start_all()
    return opened


def asked_for(item: pytest.Item) -> Iterator[str]:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if "notebook" in parameters:
        yield parameters["notebook"]
    if "board" in parameters:
        yield parameters["board"][0]


@pytest.fixture
def notebook(notebooks: dict[str, lab.Notebook], request: pytest.FixtureRequest) -> lab.Notebook:
    """A notebook all of whose cells have run; the parameter is its name."""
    chosen = notebooks[request.param]
    chosen.activate()
    chosen.wait_for_all()
    return chosen


@pytest.fixture
def board(notebooks: dict[str, lab.Notebook], request: pytest.FixtureRequest) -> lab.Board:
    """A fresh board; the parameter is the notebook's name and the cell's id."""
    name, cell = request.param
    for other in notebooks.values():
        other.wait_for_all()
    notebooks[name].activate()
    notebooks[name].run_cell(cell)
    fresh = notebooks[name].board(cell)
    fresh.root.scroll_into_view_if_needed()
    return fresh


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
