"""What `make lab` tells JupyterLab's server: a notebook without its kernel shows pictures in place of boards."""

import asyncio

import nbformat
import pytest
from board_support import DATA
from traitlets.config import Configurable

from polyfit_helpers import training
from polyfit_helpers.server import WIDGET_VIEW, StillBoards
from polyfit_helpers.widgets import dashboard, explore
from polyfit_helpers.widgets.pulse import Pulse


class Server(Configurable):
    """Notebooks with a kernel, as JupyterLab's server knows them."""

    def __init__(self, *paths):
        super().__init__()
        self.session_manager, self.paths = self, paths

    async def list_sessions(self):
        return [{"path": path} for path in self.paths]


@pytest.fixture(scope="module")
def bundles():
    made = [dashboard(DATA, training.numpy_matrix), explore(DATA), Pulse()]
    yield [one._repr_mimebundle_() for one in made]
    for one in made:
        one.close()


def opened(folder, bundles, *running, **metadata):
    """Return what JupyterLab is given when the notebook is opened: the data of all outputs."""
    outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
    outputs += [nbformat.v4.new_output("stream", text="printed")]
    cells = [nbformat.v4.new_markdown_cell("Words."), nbformat.v4.new_code_cell("...", outputs=outputs)]
    file = folder / "work" / "notebook.ipynb"
    file.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), file)
    written = file.read_bytes()
    files = StillBoards(root_dir=str(folder), parent=Server(*running))
    model = asyncio.run(files.get("/work/notebook.ipynb", type="notebook"))
    assert file.read_bytes() == written
    assert asyncio.run(files.get("work/notebook.ipynb", content=False))["content"] is None
    assert asyncio.run(files.get("work"))["type"] == "directory"
    return [output["data"] for output in model["content"]["cells"][1]["outputs"] if "data" in output]


def test_every_board_has_a_view_a_picture_and_words(bundles):
    for bundle in bundles:
        assert {WIDGET_VIEW, "text/plain", "text/html"} <= set(bundle)


def test_without_a_kernel_a_picture_stands_in_the_board_s_place(bundles, tmp_path):
    for data, bundle in zip(opened(tmp_path, bundles, "other.ipynb"), bundles, strict=True):
        assert data == {kind: value for kind, value in bundle.items() if kind != WIDGET_VIEW}


def test_with_its_kernel_a_board_is_found_again(bundles, tmp_path):
    for data in opened(tmp_path, bundles, "other.ipynb", "work/notebook.ipynb"):
        assert WIDGET_VIEW in data


def test_widgets_that_the_notebook_remembers_and_those_without_a_picture_stay(bundles, tmp_path):
    for data in opened(tmp_path, bundles, widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}}):
        assert WIDGET_VIEW in data
    bare = {WIDGET_VIEW: {"model_id": "1"}, "text/plain": "IntSlider(value=0)"}
    assert opened(tmp_path, [bare]) == [bare]
