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
from slow_line import SlowLine, slow_line

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

DELAY = 100  # milliseconds each way, as to a hub or to the cloud

# Loss pictures a second: for each the path of its line is another one.
FRAMES = """(board) => new Promise((resolve) => {
    let pictures = 0
    const observer = new MutationObserver(() => { pictures += 1 })
    observer.observe(board.querySelector('path[data-line=measured]'), {attributes: true, attributeFilter: ['d']})
    const begin = performance.now()
    setTimeout(() => {
        observer.disconnect()
        resolve(1000 * pictures / (performance.now() - begin))
    }, 2000)
})"""

# Milliseconds from a move of the slider to the changed path, and whether that was within the same event.
MOVE = """([board, position]) => new Promise((resolve, reject) => {
    const range = board.querySelector('input[type=range]')
    const path = () => board.querySelector('path[data-line=predicted]')?.getAttribute('d')
    const before = path()
    const look = () => {
        if (path() && path() !== before) requestAnimationFrame(() => resolve(performance.now() - begin))
        else if (performance.now() - begin > 5000) reject(new Error('the predicted curve did not move'))
        else requestAnimationFrame(look)
    }
    const begin = performance.now()
    range.value = position
    range.dispatchEvent(new Event('input', {bubbles: true}))
    look()
})"""

# Questions that a page asks within two seconds, and the most of them that were without an answer at once: a frame is
# an answer.
UNDER_WAY = """([name, id]) => new Promise((resolve) => {
    const kernel = window.panelOf(name).sessionContext.session.kernel
    let asked = 0, under_way = 0, most = 0
    const hear = (_, {direction, msg}) => {
        if (msg.header.msg_type !== 'comm_msg' || msg.content.data?.method !== 'custom') return
        const {ask, answer} = msg.content.data.content
        if (ask) { asked += 1; under_way += 1; most = Math.max(most, under_way) }
        if (answer) under_way = Math.max(0, under_way - 1)
    }
    kernel.anyMessage.connect(hear)
    setTimeout(() => { kernel.anyMessage.disconnect(hear); resolve([asked, most]) }, 2000)
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


def measure(notebook: lab.Notebook, line: SlowLine) -> Iterator[Row]:
    def ask(script: str, argument: Any = None) -> Any:
        return notebook.lab.ask(script, argument)

    first = [ask(SHOW, [notebook.name, "board"]) for _ in range(6)][1:]
    yield row("first picture after its cell is run, warm kernel", "ms", first, "<= 1000")

    board = notebook.board("board")
    board.root.scroll_into_view_if_needed()
    handle = board.root.element_handle()
    for delay in (0, DELAY):
        line.delay = delay / 1000
        moves = [ask(MOVE, [handle, 300 + 37 * i % 100]) for i in range(41)][1:]
        where = f", {delay} ms each way between page and kernel" if delay else ""
        yield row(f"slider to changed picture, median of 40 moves{where}", "ms", [statistics.median(moves)], "")
        quantile = statistics.quantiles(moves, n=20)[-1]
        yield row(f"slider to changed picture, 95th percentile{where}", "ms", [quantile], "<= 16")
    line.delay = 0

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
    yield row("loss pictures while autograd trains", "a second", frames, ">= 55")
    yield row("steps a second while watched, against record alone", "%", shares, ">= 88")

    for delay in (0, DELAY):
        line.delay = delay / 1000
        paused, stopped, under_way = [], [], []
        for _ in range(5):
            board.button(texts.TRAIN).click()
            board.line("measured").first.wait_for(state="attached")
            notebook.page.wait_for_timeout(300 + 4 * delay)
            if delay:
                under_way.append(ask(UNDER_WAY, [notebook.name, "board"])[1])
            paused.append(board.click_until(texts.PAUSE, texts.PAUSED.strip()))
            board.button(texts.RESUME).click()
            notebook.page.wait_for_timeout(300 + 4 * delay)
            stopped.append(board.click_until(texts.STOP, texts.STOPPED.strip()))
        where = f", {delay} ms each way" if delay else ""
        yield row(f"click on Pause to its effect{where}", "ms", paused, f"<= {2 * delay + 100}")
        yield row(f"click on Stop to its effect{where}", "ms", stopped, f"<= {2 * delay + 100}")
        if delay:
            yield row(f"frames under way at once{where}", "", under_way, "<= 1")
    line.delay = 0


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
            slow_line(address) as line,
            sync_playwright() as playwright,
            lab.chromium(playwright, path) as browser,
        ):
            shown = lab.Notebook(lab.Lab(browser, line.address, root), file.name)
            shown.run_cell("imports")
            rows = list(measure(shown, line))
            version = browser.version
    about = "\n".join(f"{name + ':':8} {value}" for name, value in (machine() | {"browser": version}).items())
    print(f"{about}\n\n{table(rows)}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "browser.md").write_text(
        f"# What was measured\n\n```\n{about}\n```\n\n{table(rows)}\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
