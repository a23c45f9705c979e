"""How long a notebook takes: one rule, for the line in its title, the README and notebook 00.

At home a learner reads (200 words a minute), runs each cell (a minute), uses each board (3), solves each coding
exercise (4) and answers each question (1). In class nobody reads or writes code: cells, boards and questions are left.
What stands under a heading that begins with "Optional" is counted apart.

    python tests/minutes.py         prints them all
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb"))
HOME = {"word": 1 / 200, "cell": 1, "board": 3, "exercise": 4, "question": 1, "nothing": 0}
IN_CLASS = {"cell": 1, "board": 3, "question": 1}
KINDS = {  # what a code cell is: the first whose pattern it holds; an exercise is its card, not the cell of its stub
    "nothing": r"^exercises\.progress\(|^    raise NotImplementedError\(\"your turn\"\)",
    "exercise": r"^exercises\.\w+\.card\(",
    "question": r"^exercises\.\w+\.ask\(|^exercises\.quiz\(",
    "board": r"^(\w+ = )?(dashboard|explore|Pulse)\(",
}
QUESTIONS_OF_A_QUIZ = 3


class Minutes(NamedTuple):
    """Whole minutes: in class, at home, and at home for the optional parts alone."""

    in_class: int
    home: int
    optional: int

    def __str__(self) -> str:
        more = f", {self.optional} more for what is optional" if self.optional else ""
        return f"**Minutes:** {self.in_class} in class, {self.home} at home{more}."


def minutes(path: Path) -> Minutes:
    """Return how long a stored notebook takes."""
    main, optional = contents(path)
    return Minutes(_sum(IN_CLASS, main), _sum(HOME, main), _sum(HOME, optional))


def of_section(path: Path, heading: str) -> Minutes:
    """Return how long one section takes, by the same rule; it ends where a heading of its level, or above, begins."""
    section: list[dict[str, Any]] = []
    level = 0  # of the section's heading; 0 outside
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        begins = re.match(r"(#+) (.*)", "".join(cell["source"])) if cell["cell_type"] == "markdown" else None
        if begins and (begins[2] == heading or len(begins[1]) <= level):
            level = len(begins[1]) if begins[2] == heading else 0
        section += [cell] if level else []
    main, optional = _contents(section)
    return Minutes(_sum(IN_CLASS, main), _sum(HOME, main), _sum(HOME, optional))


def contents(path: Path) -> tuple[Counter[str], Counter[str]]:
    """Count words, cells, boards, exercises and questions, of the notebook and of its optional parts."""
    return _contents(json.loads(path.read_text("utf-8"))["cells"])


def _contents(cells: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    main: Counter[str] = Counter()
    optional: Counter[str] = Counter()
    level = 7  # of the heading whose section is optional; 7 is none
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for marks, heading in re.findall(r"^(#+) (.*)$", source, re.MULTILINE):
                if len(marks) <= level:
                    level = len(marks) if heading.startswith("Optional") else 7
        (optional if level < 7 else main).update(_counted(cell["cell_type"], source))
    return main, optional


def _counted(cell_type: str, source: str) -> dict[str, int]:
    if cell_type == "markdown":
        prose = re.sub(r"\$\$?.*?\$\$?", " formula ", re.sub(r"\]\([^)]*\)", "]", source), flags=re.DOTALL)
        return {"word": len(re.findall(r"\w+(?:['’.-]\w+)*", prose))}
    kind = next((kind for kind, pattern in KINDS.items() if re.search(pattern, source, re.MULTILINE)), "cell")
    return {kind: QUESTIONS_OF_A_QUIZ if "exercises.quiz(" in source else 1}


def _sum(each: dict[str, float], counted: Counter[str]) -> int:
    return round(sum(each.get(kind, 0) * number for kind, number in counted.items()))


if __name__ == "__main__":
    for path in NOTEBOOKS:
        print(f"{path.stem:22} {minutes(path)}")
