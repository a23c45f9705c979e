"""Run notebooks from a fresh kernel and store their outputs: the same outputs give the same bytes.

    python tests/execute_notebooks.py [--check] [notebook ...]

A cell tagged `nbval-ignore-output`, with timings say, prints something else each time. If nothing else in a notebook
would change, these outputs stay as they are, too.

Without names: all of notebooks/. With --check nothing is written; the exit status is 1 if a stored notebook
would change. A notebook in which a cell raises is left as it is, and the exit status is 1; a cell tagged
`raises-exception` may raise.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SECONDS_PER_CELL = 120  # nbval's limit too, see pyproject.toml

# Nothing of the machine that ran it: JupyterLab fills in the rest when it opens the notebook.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")  # colours, links


class ThisPython(AsyncKernelManager):
    """Starts kernels of the interpreter that runs this script, whatever kernels the machine has."""

    @property
    def kernel_spec(self) -> KernelSpec:
        # Without the kernel's own warnings on the terminal, such as the one that loopback is not encrypted.
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(["--log-level=ERROR"]))


class CellFailed(Exception):
    """A cell raised, took too long or took its kernel down; the message is for the reader."""


def execute(notebook: NotebookNode, path: Path) -> None:
    """Run all cells from a fresh kernel in the notebook's folder; raise CellFailed where one fails."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    running = []  # cells so far, so that the last one can be named whatever goes wrong
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(path.parent)}},
        timeout=SECONDS_PER_CELL,
        record_timing=False,
        store_widget_state=False,
        on_cell_start=lambda cell, cell_index: running.append(cell),
    )
    try:
        with TemporaryDirectory() as folder:  # nobody's progress is stored in an output
            ours = {"POLYFIT_PROGRESS": f"{folder}/progress.json", "POLYFIT_FEWEST_BYTES": "1"}
            client.execute(env=os.environ | ours)
    except CellExecutionError as error:
        raise CellFailed(f"cell {running[-1].id!r} raised {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise CellFailed(f"cell {running[-1].id!r} took more than {SECONDS_PER_CELL} s") from error
    except DeadKernelError as error:
        raise CellFailed(f"cell {running[-1].id!r} took the kernel down") from error


def normalise(notebook: NotebookNode) -> None:
    """Take out of a notebook what differs from run to run or from machine to machine."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        kept = {"tags": sorted(cell.metadata.get("tags", [])), "jupyter": cell.metadata.get("jupyter", {})}
        cell.metadata = nbformat.from_dict({key: value for key, value in kept.items() if value})
        if cell.cell_type == "code":
            cell.outputs = merge_streams(cell.outputs)
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = cells_own_traceback(output.traceback)
                elif output.output_type in ("display_data", "execute_result"):
                    # Its model is gone with the kernel: JupyterLab would show an error in place of the
                    # text/html or text/plain that stands beside it.
                    output.data.pop(WIDGET_VIEW, None)
            if cell.outputs and cell.metadata.get("jupyter", {}).get("outputs_hidden"):
                # In place of what is folded JupyterLab shows the first line of the first output, which may be the
                # answer. Of an output without data it shows nothing, and nbval finds nothing to compare.
                cell.outputs.insert(0, nbformat.v4.new_output("display_data"))


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Between two other outputs, make all of stdout one output, and all of stderr one after it.

    A kernel sends what is printed in pieces, at moments that differ from run to run.
    """
    merged: list[NotebookNode] = []
    for is_stream, group in itertools.groupby(outputs, key=lambda output: output.output_type == "stream"):
        if not is_stream:
            merged.extend(group)
            continue
        pieces = list(group)
        for name in ("stdout", "stderr"):
            text = "".join(piece.text for piece in pieces if piece.name == name)
            if text:
                merged.append(nbformat.v4.new_output("stream", name=name, text=text))
    return merged


def cells_own_traceback(traceback: list[str]) -> list[str]:
    """Keep of a traceback its head, the lines of notebook cells, and the error itself.

    Frames in files ("File ~/.../site-packages/...") name places on one machine.
    """
    plain = [TERMINAL_CODES.sub("", entry) for entry in traceback]
    kept = [entry for entry in plain[:-1] if not re.match(r"\s*(File |\[\.\.\. )", entry)]
    return kept + plain[-1:]


def compared(text: str) -> str:
    """Return a notebook's text without the outputs that may differ from run to run."""
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if "nbval-ignore-output" in cell.metadata.get("tags", []) and cell.outputs:
            cell.outputs = [nbformat.v4.new_output("stream", text="")]
    return written(notebook)


def written(notebook: NotebookNode) -> str:
    """Return a notebook as its file's text: nbformat writes indent=1, ensure_ascii=False, sorted keys."""
    return str(nbformat.writes(notebook, version=nbformat.NO_CONVERT)) + "\n"


def store(path: Path, text: str) -> None:
    """Replace a file in one step, so that an interruption leaves the old one or the new one."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    shutil.copymode(path, new)
    os.replace(new, path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run notebooks from a fresh kernel and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if one would change")
    options = parser.parse_args()

    status = 0
    for path in options.notebooks or sorted(NOTEBOOKS.glob("*.ipynb")):
        began = time.perf_counter()
        try:
            stored = path.read_bytes()
            notebook = nbformat.reads(stored.decode("utf-8"), as_version=4)
            execute(notebook, path.resolve())
            normalise(notebook)
            nbformat.validate(notebook)
        except (OSError, nbformat.reader.NotJSONError, nbformat.ValidationError, CellFailed) as error:
            print(f"{path.name}: FAILED, {error}", file=sys.stderr, flush=True)
            status = 1
            continue
        text = written(notebook)
        before = stored.decode("utf-8")
        well_formed = written(nbformat.reads(before, as_version=4)) == before
        if well_formed and compared(text) == compared(before):
            outcome = "unchanged"
        elif options.check:
            outcome, status = "WOULD CHANGE", 1
        else:
            store(path, text)
            outcome = "stored"
        print(f"{path.name}: {outcome} ({time.perf_counter() - began:.1f} s)", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
