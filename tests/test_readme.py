"""What the README says of the project."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_its_table_tells_each_notebooks_question_and_minutes():
    rows = re.findall(r"\]\((notebooks/\S+\.ipynb)\) \| (.+\?) \| (\d+) \|", README)
    assert [path for path, *_ in rows] == [str(p.relative_to(ROOT)) for p in sorted(ROOT.glob("notebooks/*.ipynb"))]
    for path, question, minutes in rows:
        first = "".join(json.loads((ROOT / path).read_text("utf-8"))["cells"][0]["source"])
        assert first.startswith(f"# {question}\n") and f"**{minutes} minutes.**" in first


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
