"""Measure the dashboard where it is seen: in a real JupyterLab, in headless Chromium.

    python benchmarks/browser.py

Needs Chromium or Chrome, and Playwright (`pip install -e '.[test]'`). Takes about a minute; close other programs first,
for the browser, the server and the kernel share the processors. The exit status is always 0.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from measure import RESULTS, Row, machine, row, table
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from browser import lab

from polyfit_helpers.widgets import texts

IMPORTS = """
from polyfit_helpers import START, record, sine, training
from polyfit_helpers.widgets import dashboard
from time import perf_counter

data = sine().to("cpu", "float32")
record(training.autograd(data, START, 1e-6), 100)
dashboard(data, training.autograd).close()  # the kernel is warm now
"""
BOARD = "board = dashboard(data, training.autograd, iterations=100_000)\nboard"
ALONE = """
begin = perf_counter()
run = record(training.autograd(data, START, 1e-6), 10_000)
print(10_000 / (perf_counter() - begin))
"""
HOW_FAR = "print(len(board.history), perf_counter())"

# Loss pictures a second: what moves in it is one SVG, replaced for each.
FRAMES = """(board) => new Promise((resolve) => {
    let pictures = 0
    const picture = board.querySelector('path[data-line=measured]').closest('.polyfit-picture')
    const observer = new MutationObserver(() => { pictures += 1 })
    observer.observe(picture, {childList: true, subtree: true, attributes: true})
    const begin = performance.now()
    setTimeout(() => {
        observer.disconnect()
        resolve(1000 * pictures / (performance.now() - begin))
    }, 2000)
})"""

# Milliseconds from a move of the slider to the changed path.
MOVE = """([board, position]) => new Promise((resolve, reject) => {
    const range = board.querySelector('input[type=range]')
    const path = () => board.querySelector('path[data-line=predicted]')?.getAttribute('d')
    const before = path()
    const observer = new MutationObserver(() => {
        if (!path() || path() === before) return
        observer.disconnect()
        resolve(performance.now() - begin)
    })
    observer.observe(board, {childList: true, subtree: true, attributes: true})
    setTimeout(() => reject(new Error('the predicted curve did not move')), 5000)
    const begin = performance.now()
    range.value = position
    range.dispatchEvent(new Event('input', {bubbles: true}))
})"""

# Milliseconds from the run of a cell to the picture of its board, drawn and laid out.
SHOW = """([name, id]) => new Promise((resolve) => {
    const {content} = window.panelOf(name)
    content.activeCellIndex = content.widgets.findIndex((cell) => cell.model.id === id)
    const area = content.activeCell.outputArea.node
    const begin = performance.now()
    window.command('notebook:run-cell')
    const look = () => {
        const path = area.querySelector('.polyfit-board path[data-line=predicted]')
        const words = area.querySelector('.polyfit-board [role=status]')
        if (path && words?.textContent && path.getBoundingClientRect().width > 0) resolve(performance.now() - begin)
        else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
})"""


def printed(notebook: lab.Notebook, cell: str) -> list[float]:
    """Run a cell and return the numbers that it prints."""
    notebook.run_cell(cell)
    (found,) = (each["text"] for each in notebook.code_cells() if each["id"] == cell)
    return [float(word) for word in found.split()]


def measure(notebook: lab.Notebook) -> Iterator[Row]:
    def ask(script: str, argument: Any = None) -> Any:
        return notebook.lab.ask(script, argument)

    first = [ask(SHOW, [notebook.name, "board"]) for _ in range(6)][1:]
    yield row("first picture after its cell is run, warm kernel", "ms", first, "<= 1000")

    board = notebook.board("board")
    board.root.scroll_into_view_if_needed()
    handle = board.root.element_handle()
    positions = [300 + 37 * i % 100 for i in range(41)]
    moves = [ask(MOVE, [handle, position]) for position in positions][1:]
    yield row("slider to changed picture, median of 40 moves", "ms", [statistics.median(moves)], "")
    yield row("slider to changed picture, 95th percentile", "ms", [statistics.quantiles(moves, n=20)[-1]], "<= 50")

    frames, shares = [], []
    (alone,) = printed(notebook, "alone")
    for _ in range(9):  # in turns, because the processor's own speed comes and goes within seconds
        board.button(texts.TRAIN).click()
        notebook.page.wait_for_timeout(300)
        before = printed(notebook, "how-far")
        frames.append(ask(FRAMES, handle))
        after = printed(notebook, "how-far")
        board.click_until(texts.STOP, texts.STOPPED.strip())
        earlier, (alone,) = alone, printed(notebook, "alone")
        shares.append(100 * (after[0] - before[0]) / (after[1] - before[1]) / ((earlier + alone) / 2))
    yield row("loss pictures while autograd trains", "a second", frames, ">= 30")
    yield row("steps a second while watched, against record alone", "%", shares, ">= 70")

    paused, stopped = [], []
    for _ in range(5):
        board.button(texts.TRAIN).click()
        board.line("measured").first.wait_for(state="attached")
        notebook.page.wait_for_timeout(300)
        paused.append(board.click_until(texts.PAUSE, texts.PAUSED.strip()))
        board.button(texts.RESUME).click()
        notebook.page.wait_for_timeout(300)
        stopped.append(board.click_until(texts.STOP, texts.STOPPED.strip()))
    yield row("click on Pause to its effect", "ms", paused, "<= 250")
    yield row("click on Stop to its effect", "ms", stopped, "<= 250")


def main() -> None:
    path = lab.find_chromium()
    if path is None:
        sys.exit("Neither Chromium nor Chrome is installed: install one, or name one in the variable CHROMIUM.")
    cells = {"imports": IMPORTS, "board": BOARD, "alone": ALONE, "how-far": HOW_FAR}
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}},
        cells=[nbformat.v4.new_code_cell(source.strip(), id=name) for name, source in cells.items()],
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "measured.ipynb"
        nbformat.write(notebook, file)
        with (
            lab.jupyter_lab(file) as (address, root),
            sync_playwright() as playwright,
            lab.chromium(playwright, path) as browser,
        ):
            shown = lab.Notebook(lab.Lab(browser, address, root), file.name)
            shown.run_cell("imports")
            rows = list(measure(shown))
            version = browser.version
    about = "\n".join(f"{name + ':':8} {value}" for name, value in (machine() | {"browser": version}).items())
    print(f"{about}\n\n{table(rows)}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "browser.md").write_text(
        f"# What was measured\n\n```\n{about}\n```\n\n{table(rows)}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
