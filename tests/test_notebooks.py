"""The notebooks as they are stored: what nbval, which runs them, does not look at."""

import base64
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import execute_notebooks
import nbformat
import numpy as np
import pytest
from minutes import minutes

from polyfit_helpers import START, random_start, record, sine, training
from polyfit_helpers.networks import network_start

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
NUMBERS = ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09"]
ROAD = NUMBERS[:6]
EVERY_NOTEBOOK = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
TRAINED_WITH = {  # start and learning rate where they are not the usual ones
    "custom_function": ((0.0, -1.0, 0.0, 0.3), 5e-6),
    "dynamic_degree": (random_start(size=5), 1e-8),
    "network": (network_start(0), 1e-2),
    "mini_batches": (network_start(0), 1e-2),
}


def cells(path, kind="code"):
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return cell["metadata"].get("tags", [])


def folded(cell):
    """What JupyterLab folds when it opens the notebook: "outputs_hidden", until the cell runs, or "source_hidden"."""
    return [part for part, hidden in cell["metadata"].get("jupyter", {}).items() if hidden]


def texts(cell):
    """Everything that a cell has printed or shown as text."""
    for output in cell["outputs"]:
        yield from ("".join(output["text"]),) if "text" in output else ()
        yield from ("".join(output["data"].get("text/plain", "")),) if "data" in output else ()


def test_all_notebooks_of_the_ladder_are_there():
    assert [path.stem[:2] for path in NOTEBOOKS] == NUMBERS


@EVERY_NOTEBOOK
def test_every_code_cell_was_executed_in_order(path):
    assert [cell["execution_count"] for cell in cells(path)] == list(range(1, len(cells(path)) + 1))


@EVERY_NOTEBOOK
def test_no_cell_raised_but_those_that_say_so(path):
    for cell in cells(path):
        raised = any(output["output_type"] == "error" for output in cell["outputs"])
        assert raised == ("raises-exception" in tags(cell)), cell["id"]


def test_outputs_that_may_differ_do_not_count_as_a_change():
    def notebook(*printed):
        outputs = [[nbformat.v4.new_output("stream", text=text)] for text in printed]
        cells = [
            nbformat.v4.new_code_cell("1", id=f"cell-{i}", metadata={"tags": tags}, outputs=outputs[i])
            for i, tags in enumerate([["nbval-ignore-output"], []])
        ]
        return execute_notebooks.written(nbformat.v4.new_notebook(cells=cells))

    assert execute_notebooks.compared(notebook("0.1 s", "a")) == execute_notebooks.compared(notebook("0.2 s", "a"))
    assert execute_notebooks.compared(notebook("0.1 s", "a")) != execute_notebooks.compared(notebook("0.1 s", "b"))


@pytest.mark.slow
def test_run_again_a_notebook_stays_as_it_is_even_where_it_prints_timings(tmp_path):
    def code(source, tag=None):
        return nbformat.v4.new_code_cell(source, id=f"cell-{len(source)}", metadata={"tags": [tag]} if tag else {})

    timing = code("import time\nprint(time.perf_counter_ns())", "nbval-ignore-output")
    path = tmp_path / "one.ipynb"

    def run(*cells):
        path.write_text(json.dumps(nbformat.v4.new_notebook(cells=list(cells))), "utf-8") if cells else None
        command = [sys.executable, Path(__file__).with_name("execute_notebooks.py"), path]
        subprocess.run(command, check=True, capture_output=True)
        return path.read_text("utf-8")

    first = run(timing, code("print(1)"))
    assert run() == first
    changed = run(timing, code("print(12)"))
    assert changed != first and run() == changed


def test_nine_in_ten_cells_that_print_are_compared():
    printing = [cell for path in NOTEBOOKS for cell in cells(path) if cell["outputs"]]
    ignored = [cell["id"] for cell in printing if {"nbval-ignore-output", "nbval-skip"} & set(tags(cell))]
    assert len(printing) > 60
    assert len(ignored) <= len(printing) / 10, ignored
    assert not any("NBVAL" in source(cell) for cell in printing), "tags, not comments that learners would read"


@EVERY_NOTEBOOK
def test_the_first_code_cell_is_the_imports_and_five_lines_at_most(path):
    lines = [line for line in source(cells(path)[0]).splitlines() if line]
    assert len(lines) <= 5
    assert all(line.startswith(("import ", "from ", "torch.set_num_threads")) for line in lines)


@EVERY_NOTEBOOK
def test_cells_fit_a_projector(path):
    for cell in cells(path):
        lines = source(cell).splitlines()
        assert len(lines) <= 25, cell["id"]
        assert max(map(len, lines)) <= 115, cell["id"]
        for text in texts(cell):
            assert len(text.splitlines()) <= 30, cell["id"]


@EVERY_NOTEBOOK
def test_a_printed_loss_every_100_iterations_is_20_lines(path):
    for cell in cells(path):
        if "t % 100 == 99" in source(cell):
            (text,) = texts(cell)
            assert [int(line.split()[0]) for line in text.splitlines()] == list(range(99, 2000, 100))


@EVERY_NOTEBOOK
def test_no_output_shows_a_negative_zero_an_address_or_a_path(path):
    for cell in cells(path):
        for text in texts(cell):
            assert not re.search(r"-0\.0+\b(?!e)|0x[0-9a-f]{6}|/home/|/root/|/tmp/|site-packages", text), cell["id"]


@EVERY_NOTEBOOK
def test_every_picture_has_alt_text(path):
    for cell in cells(path):
        for output in cell["outputs"]:
            data = output.get("data", {})
            html = "".join(data.get("text/html", ""))
            assert "image/png" not in data and "image/svg+xml" not in data, "only HTML carries alt text"
            for image in re.findall(r"<img [^>]*>", html):
                assert len(re.search(r'alt="([^"]*)"', image)[1]) > 30, cell["id"]


def test_stored_pictures_were_compressed_as_far_as_can_be():
    """As `make execute` asks for: zlib writes into its second byte how hard it has tried."""
    pictures = [
        base64.b64decode(picture)
        for path in NOTEBOOKS
        for picture in re.findall(r"data:image/png;base64,([\w+/=]+)", path.read_text("utf-8"))
    ]
    assert len(pictures) > 40
    assert {picture[picture.index(b"IDAT") + 5] >> 6 for picture in pictures} == {3}


def test_all_notebooks_together_weigh_little():
    """Git keeps every version for ever, and nine tenths of one are pictures."""
    assert sum(path.stat().st_size for path in NOTEBOOKS) < 2_200_000


@EVERY_NOTEBOOK
def test_headings_nest(path):
    text = "\n".join(source(cell) for cell in cells(path, "markdown"))
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))
    assert re.search(r"^# .*\?$", text, re.MULTILINE), "a notebook's title is a question"


def sections(path):
    """Yield (its id in JupyterLab, its text) of each heading; a section ends where one of its level begins."""
    text = "\n\n".join(source(cell) for cell in cells(path, "markdown"))
    headings = list(re.finditer(r"^(#+) (.*)$", text, re.MULTILINE))
    for i, heading in enumerate(headings):
        ends = (other.start() for other in headings[i + 1 :] if len(other[1]) <= len(heading[1]))
        yield heading[2].replace("`", "").replace(" ", "-"), text[heading.end() : next(ends, len(text))]


@EVERY_NOTEBOOK
def test_links_resolve(path):
    links = re.findall(r"\]\(([^)]+)\)", "\n".join(source(cell) for cell in cells(path, "markdown")))
    assert links
    for link in links:
        file, _, heading = link.partition("#")
        assert (path.parent / file).exists(), link
        assert not heading or unquote(heading) in dict(sections(path.parent / file if file else path)), link


def test_the_glossary_has_twenty_words_each_explained_where_it_leads():
    text = dict(sections(NOTEBOOKS[0]))["Twenty-words"]
    rows = re.findall(r"^\| \[(.+)\]\((.*)#(.+)\) \| (.+) \|$", text, re.MULTILINE)
    words = [row[0] for row in rows]
    assert len(words) == 20 and words == sorted(words, key=str.lower)
    for word, file, heading, _ in rows:
        there = dict(sections(NOTEBOOKS[0].parent / (file or NOTEBOOKS[0].name)))[unquote(heading)]
        assert re.search(rf"\*\*{word}s?\*\*", there, re.IGNORECASE), f"{word} is not explained in {file}#{heading}"


@EVERY_NOTEBOOK
def test_sentences_are_short_and_nothing_is_simple(path):
    for cell in cells(path, "markdown"):
        assert not re.search(r"\b(simply|obviously|of course|trivial)", source(cell), re.IGNORECASE), cell["id"]
        text = re.sub(r"\$\$.*?\$\$|```.*?```|<[^>]*>", " ", source(cell), flags=re.DOTALL)
        for paragraph in re.split(r"\n\s*\n|\n(?=[*\d|#])", re.sub(r"\$[^$]*\$", "F", text)):
            for sentence in re.split(r"(?<=[.!?:;])\s+", paragraph.replace("\n", " ")):
                assert paragraph.startswith("|") or len(sentence.split()) <= 25, (cell["id"], sentence)


@EVERY_NOTEBOOK
def test_it_says_its_minutes_and_the_road_has_sixty_at_most(path):
    told = minutes(path)
    assert str(told) in source(cells(path, "markdown")[0]), f"the title cell must say: {told}"
    assert told.home <= 60 or path.stem[:2] not in ROAD


@EVERY_NOTEBOOK
def test_it_ends_with_a_recap_of_seven_lines_at_most_and_a_link(path):
    *_, last = closing = [source(cell) for cell in cells(path, "markdown")][-3:]
    (recap,) = (text for text in closing if text.startswith("## Recap"))
    assert 3 <= recap.count("\n* ") <= 7
    assert last.splitlines()[-1].count(".ipynb)") == 1


@EVERY_NOTEBOOK
def test_what_is_stored_says_nothing_about_the_machine(path):
    notebook = json.loads(path.read_text("utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    assert all(set(cell["metadata"]) <= {"tags", "jupyter"} for cell in notebook["cells"])
    assert all(set(folded(cell)) <= {"outputs_hidden", "source_hidden"} for cell in notebook["cells"])
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", cell["id"]) for cell in notebook["cells"]), "ids that can be read"


def trainers():
    for path in NOTEBOOKS:
        for cell in cells(path):
            if "trainer" in tags(cell):
                (loop,) = (tag.removeprefix("loop:") for tag in tags(cell) if tag.startswith("loop:"))
                yield pytest.param(path, cell, loop, id=f"{path.stem}-{loop}")


def test_every_rung_that_a_notebook_teaches_is_a_trainer():
    taught = {parameters.values[2] for parameters in trainers()}
    assert taught == set(training.__all__) - {
        "TrainingLoop",
        "training_loop",
        "show_diff",
        "show_source",
        "tensors_matrix",  # vectorised twins, not taught
        "autograd_matrix",
    }


# Loops that differ do so in their first iterations; what happens later nbval compares where the notebook prints it.
@pytest.mark.parametrize("iterations", [200, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("path", "cell", "loop"), list(trainers()))
def test_the_learners_loop_walks_as_the_library_does(path, cell, loop, iterations):
    before = itertools.takewhile(lambda other: other["id"] != cell["id"], cells(path))
    namespace = {}
    for index, other in enumerate(before):
        if index == 0 or "trainer-part" in tags(other):
            exec(source(other), namespace)
    known = set(namespace)
    exec(source(cell), namespace)
    (name,) = set(namespace) - known

    start, learning_rate = TRAINED_WITH.get(loop, (START, 1e-6))
    data = sine() if loop.startswith("numpy") else sine().to("cpu")
    learners = record(namespace[name](data, start, learning_rate), iterations)
    librarys = record(getattr(training, loop)(data, start, learning_rate), iterations)

    np.testing.assert_allclose(learners.losses, librarys.losses, rtol=1e-12)
    np.testing.assert_allclose(learners.parameters, librarys.parameters, rtol=1e-9, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("number", ["01", "07"])
def test_a_notebook_of_numpy_never_imports_torch(number):
    path = NOTEBOOKS[NUMBERS.index(number)]
    code = "\n".join(source(cell) for cell in cells(path)) + "\nimport sys; assert 'torch' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_without_torch_notebook_00_says_which_notebooks_need_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    imports, check = (source(cell) for cell in cells(NOTEBOOKS[0]) if cell["id"] in ("imports", "check-versions"))
    there = {}
    exec(imports, there)

    def version(name, known=there["version"]):
        if name == "torch":
            raise there["PackageNotFoundError"](name)
        return known(name)

    exec(check, there | {"version": version})
    printed = capsys.readouterr().out
    assert "torch       is not installed. Notebooks 02 to 06 and 09 need it." in printed
    assert "cpu         available: NumPy only: torch is not installed" in printed


def test_notebook_00_imports_torch_only_when_it_asks_for_devices():
    code = source(cells(NOTEBOOKS[0])[0]) + "\nimport sys; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
