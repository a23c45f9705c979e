"""What the tutor still says in English, in another language: `test_in_another_language` runs this there."""

import re
from string import ascii_lowercase

import pytest
from exercise_support import ALL, fresh

import polyfit_exercises as exercises
from polyfit_exercises import exercise
from polyfit_exercises.store import Store


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    store = Store(None)
    monkeypatch.setattr(exercise, "store", lambda: store)


def english(card):
    """Return the words of a card that nobody has translated; code in backticks and what is quoted are no words."""
    words = re.sub(r"`[^`]*`|'[^']*'", "", f"{card}\n{card.heading}".replace(card.code or "\0", ""))
    return re.findall(r"\b[A-Za-z]{2,}\b", re.sub(r"<[^>]*>", "", words))


@pytest.mark.parametrize("key", ALL)
def test_every_word_of_an_exercise_is_translated(key):
    one = fresh(key)
    cards = [one.check(), *(one.hint() for _ in range(4)), one.solution(), one.solution()]
    cards += [one.check(answer) for answer in (*ascii_lowercase[: len(one.words.choices)], 12345.0, 0, "1,5")]
    assert [word for card in cards for word in english(card)] == []


def test_every_word_about_progress_is_translated():
    assert english(exercises.progress("01")) == []
