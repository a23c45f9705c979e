"""What a reader meets first: no answer before its question, and a place to answer for every question.

Stored outputs lie on the screen when a notebook is opened, before anything is run. So what answers a question is stored
folded, and its verdict stands in the card, not in the next cell.
"""

import itertools
import json
import re
from pathlib import Path

import pytest

import polyfit_exercises as exercises

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
EVERY_NOTEBOOK = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
BACK = "Back another day? Choose **Run > Run All Cells**, then go on where you stopped."
ASKS = r"^exercises\.(\w+)\.ask\(\)"
CARD = r"^exercises\.(\w+)\.card\("
GUESS = r"""controls=\[[^]]*["']guess["']"""


def read(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def is_code(cell):
    return cell["cell_type"] == "code"


def begins_a_section(cell):
    return not is_code(cell) and re.search(r"^#+ ", source(cell), re.MULTILINE)


def folded(cell, part):
    return cell["metadata"].get("jupyter", {}).get(part, False)


def rest_of_the_section(cells, i):
    return itertools.takewhile(lambda cell: not begins_a_section(cell), cells[i + 1 :])


def answers_in_sight(cells):
    """Return the ids of cells that show an output after the question of their section, before anything was run."""
    seen = []
    for i, cell in enumerate(cells):
        if is_code(cell) and re.search(ASKS, source(cell), re.MULTILINE):
            seen += [
                later["id"]
                for later in rest_of_the_section(cells, i)
                if is_code(later)
                and later["outputs"]
                and not folded(later, "outputs_hidden")
                and not re.search(f"{ASKS}|{CARD}|{GUESS}", source(later), re.MULTILINE)
            ]
    return sorted(set(seen))


def solutions_in_sight(cells):
    """Return (exercise, id of a cell of its section) where a visible cell has three lines of the solution, or all."""
    seen = []
    for i, cell in enumerate(cells):
        for key in re.findall(CARD, source(cell), re.MULTILINE) if is_code(cell) else ():
            solution = lines_that_tell(getattr(exercises, key)._source())
            for other in rest_of_the_section(cells, i):
                in_sight = is_code(other) and not folded(other, "source_hidden")
                if in_sight and len(solution & lines_that_tell(source(other))) >= min(3, len(solution)):
                    seen.append((key, other["id"]))
    return seen


def lines_that_tell(code):
    """Return the lines that say how something is calculated, without names on the left, blanks and comments."""
    lines = (line.partition("#")[0].strip() for line in code.splitlines() if not line.rstrip().endswith(":"))
    formulas = (re.sub(r"^(return|\w+ [-+]?=) ", "", line).replace(" ", "") for line in lines)
    return {formula for formula in formulas if len(formula) >= 10 and re.search(r"[-+*@/]|\(.+\)", formula)}


def questions_without_a_place(cells):
    """Return the ids of cells that ask for a prediction where the next code cell has no place for it."""
    seen = []
    for i, cell in enumerate(cells):
        if not is_code(cell) and re.search(r"\*\*(Predict|Guess)\b", source(cell)):
            place = next((other for other in cells[i + 1 :] if is_code(other)), None)
            if place is None or not re.search(f"{ASKS}|{GUESS}", source(place), re.MULTILINE):
                seen.append(cell["id"])
    return seen


def places_to_answer(cells):
    return [cell["id"] for cell in cells if is_code(cell) and re.search(f"{ASKS}|{GUESS}", source(cell), re.MULTILINE)]


@EVERY_NOTEBOOK
def test_no_answer_is_in_sight_before_its_question(path):
    assert answers_in_sight(read(path)) == []


@EVERY_NOTEBOOK
def test_nothing_of_what_is_folded_is_told(path):
    """JupyterLab shows the first line of the first output in place of outputs that are folded: see `normalise`."""
    for cell in read(path):
        if is_code(cell) and folded(cell, "outputs_hidden") and cell["outputs"]:
            assert cell["outputs"][0].get("data") == {}, f"{cell['id']}: store it with `make execute`"


@EVERY_NOTEBOOK
def test_no_solution_stands_beside_its_exercise(path):
    assert solutions_in_sight(read(path)) == []


@EVERY_NOTEBOOK
def test_every_question_has_a_place_to_answer(path):
    assert questions_without_a_place(read(path)) == []
    if path.stem[:2] not in ("00", "06"):  # 00 is short; in the hunt each bug has its own two
        assert 5 <= len(places_to_answer(read(path))) <= 8, places_to_answer(read(path))


@EVERY_NOTEBOOK
def test_an_exercise_is_a_stub_and_then_its_card(path):
    cells = read(path)
    assert not re.search(r"exercises\.\w+\.(check|hint|solution)\(", "\n".join(map(source, cells)))
    for cell, card in itertools.pairwise(filter(is_code, cells)):
        if 'NotImplementedError("your turn")' in source(cell):
            assert re.search(CARD, source(card), re.MULTILINE), cell["id"]


@EVERY_NOTEBOOK
def test_it_opens_and_closes_as_all_do(path):
    cells = read(path)
    assert source(cells[0]).rstrip().endswith(BACK)
    number = path.stem[:2]
    closing = [source(cell) for cell in cells if is_code(cell)]
    assert closing.index(f'exercises.quiz("{number}")') + 1 == closing.index(f'exercises.progress("{number}")')
    assert any(re.search(r"^#+ You can now read this code", source(cell), re.MULTILINE) for cell in cells)


# Words that stood for the same thing, or a number in a format of its own, in what a learner reads.
OTHER_WORDS = {
    r"\b(least|lowest|smallest|best|best possible) loss\b|\bbest possible\b": "floor",
    r"\brounds?\b(?! (the|to|them|it|off))": "iteration",
    r"x\^\d": "x², as `theory.equation` writes it",
    r"\+ [-−]\d": "a minus sign in place of + −",
    r"\d[.,]\d+ million": "digits",
}


@EVERY_NOTEBOOK
def test_one_word_for_one_thing(path):
    for cell in read(path):
        printed = ["".join(output.get("text", "")) for output in cell.get("outputs", ())]
        prose = [] if is_code(cell) else [re.sub(r"\$\$[^$]*\$\$|\$[^$]*\$|`[^`]*`", " ", source(cell))]
        for text in printed + prose:
            for pattern, word in OTHER_WORDS.items():
                assert not re.search(pattern, text, re.IGNORECASE), (cell["id"], re.search(pattern, text)[0], word)


@EVERY_NOTEBOOK
def test_an_epoch_is_a_pass_over_mini_batches(path):
    if path.stem[:2] not in ("00", "05"):  # where it is defined, in the glossary and in its own place
        assert "epoch" not in "\n".join(map(source, read(path))).lower()


# --- the rules themselves, on a small notebook ---------------------------------------------------------------------


def markdown(text, **more):
    return {"cell_type": "markdown", "id": text.split()[0].strip("#*.").lower() or "text", "source": text} | more


def code(text, printed="", **jupyter):
    outputs = [{"output_type": "stream", "text": printed}] if printed else []
    return {"cell_type": "code", "id": "code", "source": text, "outputs": outputs, "metadata": {"jupyter": jupyter}}


QUESTION = code("exercises.best_by_trial.ask()", "the question")


def test_an_answer_in_sight_is_found():
    assert answers_in_sight([QUESTION, code("print(8.8)", "8.8")]) == ["code"]
    assert answers_in_sight([QUESTION, code("print(8.8)", "8.8", outputs_hidden=True)]) == []
    assert answers_in_sight([QUESTION, markdown("## Next"), code("print(8.8)", "8.8")]) == []
    assert answers_in_sight([QUESTION, code('dashboard(data, loop, controls=["guess"])', "a board")]) == []


def test_a_solution_in_sight_is_found():
    card = code("exercises.line_gradients.card(line_gradients)", "a card")
    shown = "\n".join(exercises.line_gradients._source().splitlines()[1:])
    assert solutions_in_sight([card, code(shown)]) == [("line_gradients", "code")]
    assert solutions_in_sight([card, code(shown, source_hidden=True)]) == []
    assert solutions_in_sight([card, code("print(1 + 1)")]) == []


def test_a_question_without_a_place_is_found():
    asks = markdown("**Predict.** How low?")
    assert questions_without_a_place([asks, code("print(8.8)")]) == ["predict"]
    assert questions_without_a_place([asks, QUESTION]) == []
    assert questions_without_a_place([asks]) == ["predict"]
