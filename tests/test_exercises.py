"""Every exercise three ways: as an untouched stub, with each of its named mistakes, with its solution."""

import warnings
from collections import Counter
from string import ascii_lowercase

import pytest
from exercise_support import (
    AGAIN,
    ALL,
    ANSWERS,
    CHECKS,
    EDITS,
    MADE,
    RIGHT_TOO,
    SOLUTIONS,
    WITH_CHOICES,
    edited,
    fresh,
    learner,
    solved,
    stub,
)

import polyfit_exercises as exercises
from polyfit_exercises import exercise, loops, texts
from polyfit_exercises.lessons import notebook_01, notebook_03
from polyfit_exercises.store import Store
from polyfit_helpers import START, record, sine, training


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    kept = Store(None)
    monkeypatch.setattr(exercise, "store", lambda: kept)
    return kept


# --- Three ways -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ALL)
def test_a_stub_gets_an_invitation(key, in_memory):
    one = fresh(key)
    for answer in (stub(key), ..., None):
        card = one.check(answer)
        assert (card.state, card.mistakes, one.tries.attempts) == ("not tried", (), 0)
        assert card.words.startswith(f"{texts.YOUR_TURN} {texts.EXERCISES[key].task}")
        assert repr(card) == repr(one)
    assert in_memory.states() == {}


@pytest.mark.parametrize("key", ALL)
def test_the_solution_passes(key, in_memory, monkeypatch):
    if CHECKS == 1 and key.startswith("bug_") and key != "bug_1":  # the check of all loops is one
        monkeypatch.setattr(loops, "MANY", 20)
    for _ in range(CHECKS):
        card = fresh(key).check(solved(key))
        assert (card.state, card.mistakes) == ("done", ()), card
        monkeypatch.setattr(loops, "MANY", 20)  # once to the end is enough
        assert card.words.endswith(texts.counted(1, 0))
    assert in_memory.states() == {key: "done"}


def is_slow(key, name):
    """Whether another exercise makes the mistake, too, or the same one in other code, where each check is long."""
    in_other_code = name != name.strip() and key in ("momentum_class", "bug_7", "bug_5")
    return name in AGAIN.get(key, ()) or in_other_code


@pytest.mark.parametrize(
    ("key", "name", "edits"),
    [pytest.param(*made, marks=[pytest.mark.slow] * is_slow(*made[:2])) for made in MADE],
)
def test_a_mistake_is_named(key, name, edits, monkeypatch, in_memory):
    if name.strip() in ("too_slow", "waits"):
        monkeypatch.setattr("polyfit_exercises.trial.LIMIT", 0.05)
    answer = learner(edits, key) if isinstance(edits, str) else edited(key, *edits)
    cards = []
    for checked in range(CHECKS):
        if name.split()[0] not in ("ends", "changes_later") and (checked or CHECKS == 1):
            monkeypatch.setattr(loops, "MANY", 20)  # to the end once, with more checks; all solutions go there
        cards.append(fresh(key).check(answer))
    assert {card.mistakes for card in cards} == {tuple(name.split())}, cards[0]
    assert len({repr(card) for card in cards}) == 1, "what is said must not depend on the draw"
    assert cards[0].state == "not yet" and in_memory.states() == {key: "not yet"}


@pytest.mark.parametrize(("key", "name", "answer"), ANSWERS)
def test_a_wrong_answer_is_named(key, name, answer):
    cards = [fresh(key).check(answer) for _ in range(2)]
    assert {card.mistakes for card in cards} == {(name,)}, cards[0]
    assert repr(cards[0]) == repr(cards[1])


@pytest.mark.parametrize("key", WITH_CHOICES)
def test_of_the_choices_of_a_question_one_is_right_and_each_other_one_is_wrong(key):
    right = ALL[key].compute()
    assert right in ALL[key].words.choices
    for name, (text, _) in ALL[key].words.choices.items():
        card = fresh(key).check(text)
        assert card.mistakes == (() if name == right else ("wrong_choice",)), card
        assert repr(card) == repr(fresh(key).check(text))


@pytest.mark.parametrize("answer", ["b", " B)", "b) 2 300", "2 300", "2300", 2300])
def test_a_choice_may_be_written_in_many_ways(answer):
    assert fresh("iterations_to_the_floor").check(answer).state == "done"


@pytest.mark.parametrize("key", [key for key, one in ALL.items() if one.words.choices])
def test_the_right_choice_is_known_by_its_key_its_letter_its_text_and_its_button(key):
    one = ALL[key]
    right, choices = one.compute(), one.words.choices
    for answer in (right, ascii_lowercase[[*choices].index(right)], choices[right][0], one.choices[right]):
        assert fresh(key).check(answer).state == "done"


def test_an_instance_of_a_function_is_named():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own warning against it
        one = notebook_03.LegendreP2()
    assert fresh("legendre_p2").check(one).mistakes == ("instance",)


@pytest.mark.parametrize(("key", "edits"), [(key, edits) for key, some in RIGHT_TOO.items() for edits in some])
def test_other_right_answers_pass(key, edits, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 20)  # to the end goes each solution
    for _ in range(CHECKS):
        card = fresh(key).check(edited(key, *edits))
        assert card.state == "done", card


def test_there_are_many_mistakes_with_names():
    made = {(key, name) for key, names, _ in MADE + ANSWERS for name in names.split()} | {
        (key, "wrong_choice") for key in WITH_CHOICES
    }
    assert len(made) >= 40
    assert Counter(key for key, _ in made).keys() == ALL.keys()
    assert {name for _, name in made} <= texts.MISTAKES.keys() | {"exception"}
    never = texts.MISTAKES.keys() - {name for _, name in made}
    assert never <= {"instance", "array_elsewhere"}, "each must be made by a test"


def test_two_mistakes_at_once_are_both_named():
    both = edited("line_gradients", ("2 * ", ""), (".mean()", ".sum()"))
    assert set(fresh("line_gradients").check(both).mistakes) == {"factor_missing", "sum_for_mean"}
    for key, names in (
        ("repaired_training", {"added_up", "rate_ignored"}),
        ("momentum_training", {"yields_late", "steps_halved"}),
    ):
        both = edited(key, *(edit for name in names for edit in EDITS[key][name]))
        assert set(fresh(key).check(both).mistakes) == names
    both = edited("bug_3", (".flatten()", ""), ("-= learning_rate", "-= 10 * learning_rate"))
    assert set(fresh("bug_3").check(both).mistakes) == {"broadcast", "rate_scaled"}


def test_a_mistake_says_which_parameter():
    card = fresh("cubic_gradients").check(edited("cubic_gradients", *EDITS["cubic_gradients"]["factor_x_forgotten"]))
    assert card.words.startswith(
        texts.worded("factor_x_forgotten", {"where": texts.DERIVATIVE.format("c"), "expected": "x**2"})
    )
    card = fresh("cubic_gradients").check(edited("cubic_gradients", *EDITS["cubic_gradients"]["factor_missing"]))
    assert card.words.startswith(
        texts.worded("factor_missing", {"where": texts.listed(map(texts.DERIVATIVE.format, "abcd"))})
    )
    card = fresh("repaired_training").check(edited("repaired_training", *EDITS["repaired_training"]["some_added_up"]))
    assert card.words.startswith(texts.worded("some_added_up", {"where": texts.listed("cd")}))
    card = fresh("momentum_training").check(
        edited("momentum_training", ("a, b, c = start", "a, b, c = *start[:2], 0.0"))
    )
    assert card.words.startswith(texts.worded("start_ignored", {"where": "c"}))


@pytest.mark.english
def test_anything_else_is_told_with_numbers_and_a_constant_ratio():
    card = fresh("line_gradients").check(edited("line_gradients", *EDITS["line_gradients"]["ratio"]))
    assert "dL/dm is always 1.5 times what it should be. For x = [−1, 0.5, 2, 3, 4], y = [2, 2.5, 0" in card.words
    assert "m = 0.5, b = 1.5 it should be 7.05, but yours is 10.57." in card.words
    card = fresh("momentum_training").check(edited("momentum_training", *EDITS["momentum_training"]["other_state"]))
    assert "b is not right after 1 update. For x = [−1, " in card.words and "momentum = 0.6 it should be" in card.words


def test_a_wrong_model_shows_in_the_first_loss():
    card = fresh("repaired_training").check(edited("repaired_training", ("a + b * x", "a * b * x")))
    begin, _, _ = texts.MISTAKES["other_state"].partition("{example}")
    assert card.mistakes == ("other_state",)
    assert card.words.startswith(begin.format(parameter=texts.THE_LOSS, moment=texts.moment(0)) + "x = [−1")


def test_an_error_that_gives_a_mistake_away_is_shown_too():
    card = fresh("repaired_training").check(edited("repaired_training", *EDITS["repaired_training"]["item_too_early"]))
    mistake, error = card.words.split("\n\n")[:2]
    assert mistake == texts.MISTAKES["item_too_early"]
    assert error.startswith(texts.raised("AttributeError", "'")) and error.endswith("`loss.backward()  # backward`")


# --- What is compared with ------------------------------------------------------------------------------------------


def test_the_fast_rate_is_fast():
    history = record(training.numpy_by_hand(sine(), START, notebook_01.fast_learning_rate()), 800)
    assert history.losses[-1] < 1.01 * 8.8171654


@pytest.mark.parametrize("key", ALL)
def test_no_hint_before_the_last_holds_code_of_the_solution(key):
    words = texts.EXERCISES[key]
    if words.closing:
        assert not words.hints
        return
    assert len(words.hints) == 3 and words.code and (words.why or words.choices)
    lines = [line.strip() for line in SOLUTIONS[key].splitlines()]
    assert not any(len(line) > 12 and line in hint for line in lines for hint in words.hints[:2])


@pytest.mark.parametrize("key", ALL)
def test_an_exercise_is_found_by_its_name(key):
    assert getattr(exercises, key) is ALL[key] and ALL[key].key == key and key in dir(exercises)


def test_an_unknown_exercise_is_refused_with_one_like_it():
    with pytest.raises(AttributeError, match=r"there is no exercise 'line_gradient': did you mean 'line_gradients'\?"):
        _ = exercises.line_gradient
    with pytest.raises(AttributeError, match=r"there is no exercise 'xyz': `dir\(exercises\)` lists all"):
        _ = exercises.xyz
