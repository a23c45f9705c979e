"""Questions with something to press, without a browser: buttons are clicked, entries filled, sliders moved."""

import html
import re

import numpy as np
import pytest
from exercise_support import ALL, fresh
from ipywidgets.widgets.widget import _instances

import polyfit_exercises as exercises
from polyfit_exercises import Question, exercise
from polyfit_exercises import texts as words
from polyfit_exercises.store import Store
from polyfit_helpers.widgets import texts
from polyfit_helpers.widgets.base import boards

QUESTIONS = [key for key, one in ALL.items() if isinstance(one, Question)]


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    one = Store(None)
    monkeypatch.setattr(exercise, "store", lambda: one)
    return one


@pytest.fixture
def ask():
    """Ask questions that nobody has answered; their boards are closed afterwards."""
    shown = []

    def asked(*keys):
        shown.append(exercise.ask([fresh(key) for key in keys]))
        return shown[-1].asked if len(keys) > 1 else shown[-1].asked[0]

    yield asked
    for quiz in shown:
        quiz.close()


def plain(text):
    """Return a text without tags, entities and backticks, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).replace("`", "").split())


def said(one):
    return plain(one.status.html)


def mistake(name, **details):
    """Return what the board says to a mistake."""
    return plain(words.worded(name, details))


def button(one, name):
    return next(button for button in one.buttons if button.description == name)


def is_slow(key):
    """Whether a question draws curves of several trainings, as one of them does in the fast set, too."""
    return key.endswith("_curve") and key != "bug_1_curve"


CHOICES = [key for key in QUESTIONS if ALL[key].choices]


@pytest.mark.parametrize("key", [pytest.param(key, marks=[pytest.mark.slow] * is_slow(key)) for key in CHOICES])
def test_every_choice_has_a_button_and_says_why(ask, key):
    one = ask(key)
    right = ALL[key].compute()
    assert one.status.html == "" and words.STATES["not tried"] in one.words.value
    for name, (_, why) in ALL[key].words.choices.items():
        button = one.choices[name]
        label = button.description
        button.click()
        mark = texts.RIGHT if name == right else texts.WRONG
        assert button.description == f"{mark} {label}"
        assert plain(why) in said(one)
    assert len(one.choices) >= 3


def test_a_right_choice_is_done_and_stays_done(ask, kept):
    one = ask("filled_gradients")
    first, second, *_ = one.choices.values()
    second.click()
    assert words.STATES["not yet"] in one.words.value and kept.states() == {"filled_gradients": "not yet"}
    first.click()
    assert words.STATES["done"] in one.words.value
    assert said(one).startswith(f"{one.question.words.well_done} {one.question.words.choices['w'][1]}")
    assert kept.states() == {"filled_gradients": "done"}


@pytest.mark.parametrize("entered", ["1,0e-8", "10^-8", "0", "-3e-6", "fast"])
def test_what_a_slider_cannot_read_is_no_answer(ask, kept, entered):
    one = ask("fast_learning_rate")
    well_done = one.question.words.well_done
    one.number.entered = "3.5e-6"
    button(one, texts.CHECK).click()
    assert well_done in said(one)
    one.number.entered = entered
    button(one, texts.CHECK).click()
    assert one.question.tries.attempts == 1 and entered in said(one) and well_done not in said(one)
    one.number.entered = "3.5e-6"
    button(one, texts.CHECK).click()
    assert one.question.tries.attempts == 2 and well_done in said(one)


def test_a_number_is_entered(ask, kept):
    one = ask("two_backwards")
    one.number.value = "5"
    assert said(one) == mistake("overwritten")
    button(one, texts.CHECK).click()
    assert one.question.tries.attempts == 1, "Enter, then a click, is one answer"
    one.number.value = "seventeen"
    assert said(one) == mistake("no_number", got="'seventeen'")
    one.number.value = " 17,0"
    assert said(one) == mistake("decimal_comma", got="' 17,0'")
    one.number.value = "\u2212" + "17"
    assert said(one) == mistake("number_negative")
    one.number.value = "17"
    assert said(one) == f"{plain(one.question.words.well_done)} {words.counted(5, 0)}"
    assert kept.states() == {"two_backwards": "done"}


def test_nothing_entered_is_no_answer(ask):
    one = ask("two_backwards")
    button(one, texts.CHECK).click()
    assert one.question.tries.attempts == 0 and one.status.html == ""
    one.number.value = "5"
    one.number.value = ""
    assert one.question.tries.attempts == 1, "clearing the box is no answer either"


def test_a_number_is_chosen_on_a_slider(ask):
    one = ask("fast_learning_rate")
    assert one.number.label == one.question.words.slider and one.number.log
    one.number.value = 1e-6
    assert one.status.html == "", "a slider that moves is no answer yet"
    button(one, texts.CHECK).click()
    numbers = {"got": "1e-6", "limit": "3.558e-6", "needed": "2\u202f269", "steps": 800}
    assert said(one) == mistake("rate_too_small", **numbers)
    one.number.entered = "3.5e-6"
    button(one, texts.CHECK).click()
    assert said(one).startswith(one.question.words.well_done)


def test_hints_come_one_by_one_and_without_code_to_type(ask):
    one = ask("two_backwards")
    for i in range(1, 4):
        button(one, texts.HINT).click()
        hints = [words.NUMBERED_HINT.format(k + 1, 3, text) for k, text in enumerate(one.question.words.hints)]
        assert [plain(hint) in said(one) for hint in hints] == [k < i for k in range(3)]
    one.number.value = "5"
    assert "exercises." not in said(one)


def test_closing_questions_stand_together_and_each_has_its_own_answers(ask):
    closing = exercises.quiz("01")
    try:
        assert [one.question.key for one in closing.asked] == ["twice_the_rate", "endless_loop", "looks_finished"]
        assert all(not one.buttons for one in closing.asked), "no hints"
    finally:
        closing.close()
    first, second = ask("twice_the_rate", "endless_loop")
    next(iter(first.choices.values())).click()
    assert first.status.html and not second.status.html


@pytest.mark.parametrize("number", sorted({words.notebook for words in exercises.texts.EXERCISES.values()}))
def test_every_notebook_closes_with_three_questions(number):
    closing = [key for key, one in ALL.items() if one.words.closing and one.words.notebook == number]
    assert len(closing) == 3
    assert all(isinstance(ALL[key], Question) and len(ALL[key].choices) >= 3 for key in closing)


def test_a_notebook_without_closing_questions_is_refused():
    with pytest.raises(ValueError, match="no notebook '77' has closing questions: choose one of '00', '01', "):
        exercises.quiz("77")


def test_without_a_kernel_the_question_can_be_read(ask):
    quiz = exercise.ask([fresh("filled_gradients"), fresh("two_backwards")])
    bundle = quiz._repr_mimebundle_()
    assert bundle["text/plain"] == repr(quiz) == f"{fresh('filled_gradients')!r}\n\n{fresh('two_backwards')!r}"
    one = exercises.filled_gradients.words
    assert one.title in bundle["text/html"] and one.choices["w"][0] in bundle["text/html"]
    quiz.close()


def test_a_closed_quiz_leaves_nothing(ask):
    before = set(_instances), set(boards)
    for _ in range(20):
        exercise.ask([fresh("filled_gradients"), fresh("two_backwards"), fresh("fast_learning_rate")]).close()
    assert set(_instances) - before[0] == set() == boards - before[1], "others may go meanwhile"


def test_what_the_questions_say_about_numbers():
    from polyfit_helpers import START, record, sine, theory, training

    problem = theory.LeastSquares(sine().x, sine().y)
    losses = record(training.numpy_matrix(sine(), START, 1e-6), 2799).losses
    assert (round(losses[1699], 2), round(losses[1799], 2)) == (9.75, 9.43)
    assert 0.93 < losses[2799] / losses[1799] < 0.94, "a thousand iterations later the loss is 6 % lower"
    assert (abs(1 - 2e-6 * problem.eigenvalues) < 1).all() and problem.stability_limit() > 2e-6
    assert abs(1 - 3.6e-6 * problem.eigenvalues[2]) < 1 < abs(1 - 3.6e-6 * problem.eigenvalues[3])
    x = sine().x
    assert abs((x - x**3 / 6 - sine().y)[-1]) > 2, "the Taylor cubic is off by 2 at the ends"


def test_what_the_questions_of_the_road_say_about_numbers():
    from polyfit_helpers import START, random_start, sine, theory

    x, y = sine().x, sine().y
    problem, goal = theory.LeastSquares(x, y), 1.01 * theory.LeastSquares(x, y).floor
    errors = abs(problem.optimum @ problem.design - y)
    assert 0.015 < errors[abs(x - np.pi / 2) < 0.01].max() < 0.02 < errors.max(), "less than 0.02 at the peaks"
    _, b, _, d = problem.optimum
    assert b + 3 * d * np.pi**2 < np.cos(np.pi), "near its ends the cubic falls more steeply than the sine"
    assert round(theory.LeastSquares(x, y, degree=1).floor, 1) == 392.8

    needed = {rate: problem.iterations_to_reach(goal, START, rate) for rate in (1e-6, 2e-6, 2.83e-6, 2.84e-6)}
    assert (needed[1e-6], needed[2e-6]) == (2269, 1134)
    assert needed[2.84e-6] <= 800 < needed[2.83e-6]
    ends = [problem.predicted_losses(random_start(seed), 1e-6, [2000])[0] for seed in range(100)]
    assert sum(end <= goal for end in ends) == 6
