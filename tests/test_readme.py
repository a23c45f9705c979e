"""What the README says of the project."""

import json
import re
from pathlib import Path

from minutes import minutes

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def cells(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def table(text):
    """Return the rows of the table of notebooks: name, question, minutes in class and at home."""
    rows = re.findall(r"^\| (.+) \| (.+\?) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    return [(re.sub(r"\[(.*)\]\(.*\)", r"\1", name), *others) for name, *others in rows]


def test_its_table_tells_each_notebooks_question_and_minutes():
    rows = {name[:2]: others for name, *others in table(README)}
    assert list(rows) == [f"{number:02}" for number in range(10)]
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb")):
        told = minutes(path)
        assert rows[path.stem[:2]] == [cells(path)[0].splitlines()[0][2:], str(told.in_class), str(told.home)], (
            path.stem
        )
        assert f"](notebooks/{path.name})" in README


def test_notebook_00_has_the_same_table():
    start = ROOT / "notebooks/00_start_here.ipynb"
    (there,) = (source for source in cells(start) if source.startswith("## The way from here"))
    assert table(there) == table(README)
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb")):
        assert path == start or f"]({path.name})" in there


def test_its_links_resolve():
    for link in re.findall(r"\]\((?!https://)([^)]+)\)", README):
        assert (ROOT / link).exists(), link


def test_its_size_of_the_packages_is_true():
    said = int(re.search(r"have some ([\d ]+) lines", README)[1].replace(" ", ""))
    files = [path for path in ROOT.glob("polyfit_*/**/*") if path.suffix in (".py", ".js", ".css")]
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in files)
    assert abs(lines - said) <= 0.1 * said


def test_its_commands_are_targets_of_the_makefile():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    commands = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))
    assert {"lab", "test", "test-slow", "execute", "lint", "matrix", "bench"} <= commands <= set(targets)
