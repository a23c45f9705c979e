"""What a learner chooses by its name has a name of its own, in every language: titles, choices, buttons."""

import ast
from collections import Counter
from pathlib import Path
from string import Formatter, ascii_lowercase

import ipywidgets
import pytest

import polyfit_exercises as exercises
from polyfit_exercises import texts
from polyfit_helpers import sine, training
from polyfit_helpers.widgets import dashboard, explore
from polyfit_helpers.widgets import texts as of_boards

CHOICES = [key for key, words in texts.EXERCISES.items() if words.choices]


def twice(names):
    """Return what stands twice among names; capital letters and spaces make no difference."""
    counted = Counter(" ".join(name.casefold().split()) for name in names)
    return [name for name, times in counted.items() if times > 1]


def test_no_two_exercises_have_one_title():
    assert twice(words.title for words in texts.EXERCISES.values()) == []


@pytest.mark.parametrize("key", CHOICES)
def test_whatever_names_a_choice_names_no_other(key):
    choices = texts.EXERCISES[key].choices
    lettered = zip(ascii_lowercase, choices.items(), strict=False)
    ways = [{way.casefold() for way in (letter, name, text)} for letter, (name, (text, _)) in lettered]
    assert twice(way for names in ways for way in names) == []


@pytest.mark.parametrize("key", CHOICES)
def test_keys_of_choices_are_short_and_in_small_letters(key):
    assert all(name == name.lower() and len(name) <= 21 for name in texts.EXERCISES[key].choices)


def test_buttons_of_boards_differ():
    names = (
        "TRAIN PAUSE RESUME STEP STOP RESET KEEP FORGET INSIDE OUTSIDE MORE LESS PLAY HOLD CHECK HINT SOLUTION CHECKING"
    )
    names += " TAYLOR BEST_CUBIC SLOPES NO_SLOPES DESCEND HALT"
    assert twice(getattr(of_boards, name) for name in names.split()) == []


def calls_of_sentences(module):
    """Yield line, sentence and keywords of each call in a module that spells its keywords out."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "texts"
        ):
            sentence, keywords = getattr(of_boards, node.func.attr), {keyword.arg for keyword in node.keywords}
            if isinstance(sentence, of_boards.Sentence) and None not in keywords:
                yield node.lineno, sentence, keywords


def test_each_sentence_of_a_board_is_given_what_its_gaps_ask_for():
    calls = 0
    for module in Path(of_boards.__file__).parent.glob("*.py"):
        for line, sentence, keywords in calls_of_sentences(module):
            assert keywords == {name for _, name, _, _ in Formatter().parse(sentence) if name}, (module.name, line)
            calls += 1
    assert calls > 40


BOARDS = {
    "dashboard": lambda: dashboard(sine(20).to("cpu"), training.optim),
    "several loops": lambda: dashboard(sine(20), {"one": training.numpy_matrix, "two": training.numpy_by_hand}),
    "explore": lambda: explore(sine(20)),
    "questions": lambda: exercises.quiz("01"),
    "exercise": lambda: exercises.line_gradients.card(),
}


@pytest.mark.parametrize("name", BOARDS)
def test_nothing_on_a_board_has_the_name_of_something_else(name):
    board = BOARDS[name]()
    try:
        for labels in labels_in(board):
            assert twice(labels) == []
    finally:
        board.close()


def labels_in(board):
    """Yield the labels of all buttons of a board, and of the options of each of its dropdowns."""
    widgets = [*widgets_in(board)]
    yield [widget.description for widget in widgets if isinstance(widget, ipywidgets.Button)]
    for widget in widgets:
        if isinstance(widget, ipywidgets.Dropdown):
            yield [option[0] if isinstance(option, tuple) else str(option) for option in widget.options]


def widgets_in(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_in(child)
