"""Boards and tutor in another language: every word is another one, and nothing else changes."""

import ast
import os
import re
import string
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import pseudo
import pytest

from polyfit_exercises import texts
from polyfit_helpers.widgets import texts as of_boards

TESTS = Path(__file__).parent
# What is run in the other language: what learners answer, choose and read, and what boards say; all of it is slow.
FEW = (
    "untranslated.py",
    "test_labels.py",
    "test_quiz.py",
    "test_exercise_card.py",
    "test_exercises.py",
    "test_seen.py",
)
FILES = (
    *FEW,
    "test_bug_hunt.py",
    "test_exercises_safe.py",
    "test_exercises_torch.py",
    "test_session.py",
    "test_dashboard.py",
    "test_views.py",
    "test_inside.py",
    "test_explore.py",
)
QUICK = "not (bug_ or is_named or other_right or solution or last_hint or at_work or card_for_its_stub or never_ends)"


def passed_in_it(*arguments):
    """Run tests in the other language; return how many have passed, and fail if one has not."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TESTS), environment.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pseudo", "-q", "-p", "no:cacheprovider", *arguments],
        env=environment | {"POLYFIT_CHECKS": "1"},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
    return int(re.findall(r"(\d+) passed", run.stdout)[-1])


def test_what_is_quick_passes_in_another_language():
    files = (str(TESTS / name) for name in FEW)
    assert passed_in_it(*files, "-k", QUICK, "-m", "not slow") > 350


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_everything_passes_in_another_language(file):
    assert passed_in_it(str(TESTS / file))


# --- The other language ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("english", "other"),
    [
        ("Train", "Ťŕáíńńń"),
        ("the loss is {value:.4g} at x", "ťĥéé ĺóšššš íšš {value:.4g} áťť x"),
        ("Where is `.sum()` or `.mean()`?", "Ŵĥéŕééé íšš `.sum()` óŕŕ `.mean()`?"),
        ("<b>Yes.</b> float32&nbsp;", "<b>Ýéšš.</b> float32&nbsp;"),
    ],
)
def test_words_are_translated_but_not_gaps_code_html_and_single_letters(english, other):
    assert pseudo.translate(english) == (other, False)


SOURCE = '''
def name(kind, basis="powers"):
    """Return the name."""
    if kind == "mean":
        return {"legendre": "Legendre"}[basis]
    return f"a line, `{kind.replace('old', 'new')}`: code `of {kind:>8} it` ends"
CURVE_CODE = "print(losses)"
OPTIONS = (("as given", "given"), ("all zeros", "zeros"))
'''


def test_what_no_reader_sees_is_not_translated():
    translations = {"Legendre": "Ĺéğéńďŕéééé", "a line": "a ĺíńééé", ": code": ": čóďééé", " ends": " éńďššš"}
    translations |= {"as given": "ášš ğíṽéńńń", "all zeros": "áĺĺĺ žéŕóššš"}
    expected = SOURCE
    for english, other in translations.items():
        expected = expected.replace(english, other)
    assert ast.unparse(pseudo.Translator().visit(ast.parse(SOURCE))) == ast.unparse(ast.parse(expected))


def strings_in(value, *place):
    """Yield the strings of a module's data, each with where it stands."""
    if isinstance(value, str):
        yield place, value
    if isinstance(value, tuple):
        value = dict(enumerate(value))
    elif is_dataclass(value):
        value = vars(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings_in(item, *place, key)


def data_of(module):
    return dict(strings_in({name: value for name, value in vars(module).items() if is_words(name, value)}))


def is_words(name, value):
    """Whether a module's name is data, in capitals, or a sentence with gaps."""
    return name.isupper() or (isinstance(value, str) and not name.startswith("__"))


@pytest.mark.parametrize("module", [texts, of_boards], ids=lambda module: module.__name__)
def test_every_text_is_another_and_has_the_same_gaps_and_the_same_code(module):
    english, other = data_of(module), data_of(pseudo.translated()[module.__name__])
    assert english.keys() == other.keys()
    lengths = []
    for place, text in english.items():
        assert gaps(text) == gaps(other[place]) and re.findall("`[^`]*`", text) == re.findall("`[^`]*`", other[place])
        is_word = place[0] in {"MISTAKES", "EXERCISES", "STATES"} and not {"notebook", "code"} & {*place}
        if is_word and re.search(r"\b[A-Za-z]{2,}\b", re.sub(r"`[^`]*`|\{[^}]*\}", "", text)):
            assert text != other[place]
            lengths.append((len(text), len(other[place])))
    assert module is of_boards or sum(length for _, length in lengths) > 1.25 * sum(length for length, _ in lengths)


def gaps(text):
    return [field for _, field, _, _ in string.Formatter().parse(text)] if "{" in text else []
