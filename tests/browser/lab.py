"""A JupyterLab of its own on a loopback port, and a notebook in it as its reader has it; benchmarks/browser.py too."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
PROJECTOR = {"width": 1280, "height": 720}
LOCAL = re.compile(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:|about:")

SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},  # far cells are in the page, too
}


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome: what the variable CHROMIUM says, else the first that is installed."""
    names = ("chromium", "google-chrome", "chrome", "chromium-browser", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def chromium(playwright: Any, path: str) -> Iterator[Browser]:
    """Start a headless browser."""
    # Root in a container has neither a sandbox nor much shared memory.
    options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-gpu"]
    browser = playwright.chromium.launch(executable_path=path, args=options)
    try:
        yield browser
    finally:
        browser.close()


@contextlib.contextmanager
def jupyter_lab(*notebooks: Path) -> Iterator[tuple[str, Path]]:
    """Serve copies of notebooks; yield the address and the folder of the copies. Nothing outlives it."""
    with tempfile.TemporaryDirectory(prefix="polyfit-", ignore_cleanup_errors=True) as folder:
        home, root = Path(folder), Path(folder) / "notebooks"
        root.mkdir()
        for notebook in notebooks:
            shutil.copy(notebook, root)
        for name, values in SETTINGS.items():
            file = home / "settings" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = [
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={root}",
            "--ServerApp.kernel_websocket_connection_class=polyfit_helpers.server.PromptConnection",  # as `make lab`
            "--ServerApp.contents_manager_class=polyfit_helpers.server.StillBoards",
            "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
            # Should whoever started it be killed, it ends itself.
            "--MappingKernelManager.cull_idle_timeout=600",
            "--ServerApp.shutdown_no_activity_timeout=600",
        ]
        with open(home / "lab.log", "wb") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *options],
                env=os.environ | {name: str(home / place) for name, place in places.items()},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that its kernels can be ended with it
            )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(server, f"{address}/api/status", home / "lab.log")
            yield address, root
        finally:
            _end(server)


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"JupyterLab does not answer. Its last words:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _end(server: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)


# What runs in the page. `jupyterapp` is JupyterLab's own object; a notebook is found by its file's name.
HELPERS = """
window.panelOf = (name) => [...window.jupyterapp.shell.widgets('main')].find((panel) => panel.context?.path === name)
window.cellsOf = (name) => window.panelOf(name).content.widgets
window.command = async (id, options) => { await window.jupyterapp.commands.execute(id, options) }
window.ranAll = {}
"""
ASK = """(argument) => {{
    window.answer = null
    Promise.resolve(({script})(argument))
        .then((value) => {{ window.answer = {{value}} }}, (error) => {{ window.answer = {{error: String(error)}} }})
}}"""
READY = """async (name) => {
    const panel = window.panelOf(name)
    if (!panel?.sessionContext) return false
    await panel.sessionContext.ready  // the toolbar says idle before there is a kernel
    const kernel = panel.sessionContext.session?.kernel
    if (!kernel) return false
    await kernel.info
    const images = [...document.querySelectorAll('.jp-OutputArea img')];
    return kernel.status === 'idle' && images.every((image) => image.complete)
}"""
CELLS = """(name) => window.cellsOf(name).filter((cell) => cell.model.type === 'code').map((cell) => ({
    id: cell.model.id,
    source: cell.model.sharedModel.source,
    count: cell.model.executionCount,
    errors: cell.model.outputs.toJSON().filter((output) => output.output_type === 'error')
                                       .map((output) => output.ename + ': ' + output.evalue),
    text: [...cell.outputArea.node.querySelectorAll('.jp-OutputArea-output')].map((part) => part.innerText).join('\\n'),
    boards: cell.outputArea.node.querySelectorAll('.polyfit-board:not(.polyfit-quiz)').length,
    quizzes: cell.outputArea.node.querySelectorAll('.polyfit-quiz:not(.polyfit-exercise)').length,
    folded: [...cell.node.querySelectorAll('.jp-OutputPlaceholder')].map((part) => part.innerText).join('\\n'),
    pictures: [...cell.outputArea.node.querySelectorAll('img')].map((image) => [image.alt, image.naturalWidth]),
}))"""
HEAR_OF_RUN_ALL = """(name) => {
    const commands = window.jupyterapp.commands
    const hear = (_, {id, result}) => {
        if (id !== 'notebook:run-all-cells') return
        commands.commandExecuted.disconnect(hear)
        result.finally(() => { window.ranAll[name] = true })
    }
    commands.commandExecuted.connect(hear)
}"""
RUN_CELL = """async ([name, id]) => {
    const {content} = window.panelOf(name)
    content.deselectAll()
    content.activeCellIndex = content.widgets.findIndex((cell) => cell.model.id === id)
    await window.command('notebook:run-cell')
}"""
ADD_CELL = """async ([name, source]) => {
    const {content} = window.panelOf(name)
    content.activeCellIndex = content.widgets.length - 1
    await window.command('notebook:insert-cell-below')
    content.activeCell.model.sharedModel.setSource(source)
    return content.activeCell.model.id
}"""
# Click, and return the milliseconds until the board's status line says what is wanted.
CLICK_UNTIL = """([button, status, wanted]) => new Promise((resolve, reject) => {
    const look = () => {
        if (!status.textContent.includes(wanted)) return
        observer.disconnect()
        resolve(performance.now() - begin)
    }
    const observer = new MutationObserver(look)
    observer.observe(status, {childList: true, subtree: true, characterData: true})
    setTimeout(() => reject(new Error('no ' + wanted + ' but ' + status.textContent)), 20000)
    const begin = performance.now()
    button.click()
})"""


class Lab:
    """JupyterLab in a page, with notebooks as its tabs; `errors` and `outside` gather what should not be there."""

    def __init__(self, browser: Browser, address: str, root: Path) -> None:
        self.root = root  # the folder that it serves
        self.errors: list[str] = []
        self.outside: list[str] = []
        self.page: Page = browser.new_page(viewport=PROJECTOR)
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda web_socket: self._note(web_socket.url))
        self.page.add_init_script(HELPERS)
        self.page.goto(f"{address}/lab", wait_until="domcontentloaded")
        self.page.wait_for_function("window.jupyterapp", timeout=60_000)
        self.ask("async () => { await window.jupyterapp.restored }")
        self.ask("() => window.command('application:toggle-left-area')")

    def _note(self, address: str) -> None:
        if not LOCAL.match(address):
            self.outside.append(address)

    def ask(self, script: str, argument: Any = None, limit: float = 60) -> Any:
        """Return what a function in the page returns, or its promise, and no later than the limit.

        The page keeps the promise, and is asked for its result: one that Playwright alone waits for may be collected.
        """
        self.page.evaluate(ASK.format(script=script), argument)
        end = time.monotonic() + limit
        while not (answer := self.page.evaluate("() => window.answer")):
            if time.monotonic() > end:
                raise TimeoutError(f"not done within {limit} s, for {argument}: {script}")
            self.page.wait_for_timeout(20)
        if "error" in answer:
            raise RuntimeError(f"{answer['error']}, for {argument}: {script}")
        return answer["value"]

    def until(self, script: str, argument: Any = None, limit: float = 20) -> None:
        """Wait until a function in the page returns something true."""
        end = time.monotonic() + limit
        while not self.ask(script, argument, limit):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {limit} s, for {argument}: {script}")
            self.page.wait_for_timeout(50)

    def theme(self, name: str) -> None:
        """Choose LIGHT or DARK, and wait until the page has it."""
        self.ask("(theme) => window.command('apputils:change-theme', {theme})", name)
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")
        self.page.wait_for_function("!document.querySelector('#jupyterlab-splash')")


class Notebook:
    """A notebook, opened in a tab. `stored` is what its cells show before anything runs."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.lab, self.page, self.name = lab, lab.page, name
        self.lab.ask("(path) => window.command('docmanager:open', {path})", name)
        self.lab.until(READY, name, limit=60)
        self.root = self.page.locator(f"[id='{self.lab.ask('(name) => window.panelOf(name).id', name)}']")
        self.activate()
        self.stored = self.code_cells()

    def activate(self) -> None:
        """Bring the notebook's tab to the front."""
        self.lab.ask("(name) => window.jupyterapp.shell.activateById(window.panelOf(name).id)", self.name)
        self.root.locator(".jp-Cell").first.wait_for()

    def start_all(self) -> None:
        """Begin to run all cells, by the menu."""
        self.lab.ask(HEAR_OF_RUN_ALL, self.name)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def wait_for_all(self) -> None:
        """Wait until all cells have run."""
        self.lab.until("(name) => window.ranAll[name]", self.name, limit=180)

    def code_cells(self) -> list[dict[str, Any]]:
        """Return what each code cell says and shows: text, errors, pictures as (alternative text, width), boards.

        `folded` is what stands in place of outputs that are folded.
        """
        cells: list[dict[str, Any]] = self.lab.ask(CELLS, self.name)
        return cells

    def source(self, cell: str) -> str:
        """Return the text of a cell."""
        return str(next(one["source"] for one in self.code_cells() if one["id"] == cell))

    def run_cell(self, cell: str) -> None:
        """Run one cell, named by its id, to its end."""
        self.lab.ask(RUN_CELL, [self.name, cell])

    def add_cell(self, source: str) -> str:
        """Append a code cell and return its id."""
        return str(self.lab.ask(ADD_CELL, [self.name, source]))

    def write(self, cell: str, source: str) -> None:
        """Put the cursor into a cell, and type something in place of what is there."""
        self.cell(cell).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def cell(self, cell: str) -> Locator:
        """Find a cell by its id."""
        ids = self.lab.ask("(name) => window.cellsOf(name).map((cell) => cell.model.id)", self.name)
        return self.root.locator(".jp-Cell").nth(ids.index(cell))

    def board(self, cell: str) -> Board:
        """Find the board that a cell shows."""
        return Board(self, self.cell(cell).locator(".polyfit-board"))


class Board:
    """A dashboard in a page: its controls by the names that a reader sees or hears."""

    def __init__(self, notebook: Notebook, root: Locator) -> None:
        self.notebook, self.lab, self.page, self.root = notebook, notebook.lab, notebook.page, root

    def slider(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=name, exact=True)

    def entry(self, name: str) -> Locator:
        return self.root.get_by_role("textbox", name=f"{name}, exact", exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def choice(self, name: str) -> Locator:
        return self.root.get_by_role("combobox", name=name, exact=True)

    @property
    def status(self) -> Locator:
        return self.root.get_by_role("status")

    def line(self, name: str) -> Locator:
        """Find a moving line of the pictures: fit, measured, predicted or cursor."""
        return self.root.locator(f"path[data-line='{name}']")

    def type(self, name: str, text: str) -> None:
        """Type into an exact entry, then Enter."""
        self.entry(name).fill(text)
        self.entry(name).press("Enter")

    def click_until(self, name: str, wanted: str) -> float:
        """Click, and return the milliseconds, by the page's clock, until the status line says what is wanted."""
        arguments = [self.button(name).element_handle(), self.status.element_handle(), wanted]
        return float(self.lab.ask(CLICK_UNTIL, arguments))
