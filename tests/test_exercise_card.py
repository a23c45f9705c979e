"""An exercise with buttons, in a notebook's namespace and without a browser: cells are run, buttons are pressed."""

import asyncio
import html
import linecache
import re
import threading

import numpy as np
import pytest
import torch
from board_support import until
from exercise_support import ALL, FILES, SOLUTIONS, fresh, solved, stub
from ipywidgets.widgets.widget import _instances

import polyfit_exercises as exercises
from polyfit_exercises import Question, drawings, exercise, texts, trial
from polyfit_exercises.card import marked, unmarked
from polyfit_exercises.sandbox import TooSlow
from polyfit_exercises.store import Store
from polyfit_helpers.widgets import base
from polyfit_helpers.widgets.exercise_card import ExerciseCard
from polyfit_helpers.widgets.texts import CHECK, CHECKING, HINT, SOLUTION

KEY = "line_gradients"
STUB = 'def line_gradients(x, y, m, b):\n    raise NotImplementedError("your turn")'
WRONG = "def line_gradients(x, y, m, b):\n    return ((m * x + b - y) * x).mean(), (m * x + b - y).mean()"
RIGHT = "def line_gradients(x, y, m, b):\n    return (2 * (m * x + b - y) * x).mean(), (2 * (m * x + b - y)).mean()"
FACTOR = texts.worded("factor_missing", {"where": texts.listed(map(texts.DERIVATIVE.format, "mb"))})


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    one = Store(None)
    monkeypatch.setattr(exercise, "store", lambda: one)
    return one


class Notebook:
    """A namespace in which cells are run, as a kernel does it."""

    def __init__(self, key=KEY):
        self.exercise = fresh(key)
        self.names = {"np": np, "torch": torch, "one": self.exercise, "__name__": "__main__"}

    def run(self, source):
        file = f"/tmp/ipykernel_1/{next(FILES)}.py"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), self.names)
        return self

    def card(self, name=KEY):
        self.run(f"card = one.card({name})")
        return self.names["card"]

    @property
    def attempts(self):
        return self.exercise.tries.attempts


@pytest.fixture
def notebook():
    yield Notebook()
    for board in [board for board in base.boards if isinstance(board, ExerciseCard)]:
        board.close()


def plain(markup):
    """Return HTML without tags and entities, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def said(card):
    return plain(card.status.html)


def words(text):
    """Return a text with marks as `said` reads it."""
    return plain(marked(text))


def press(card, label):
    card.buttons[label].click()
    return said(card)


def heading(state, key=KEY):
    return f"{texts.SIGNS[state]} {ALL[key].words.title} · {texts.STATES[state]}"


SAME = words(texts.SAME_AGAIN.format(name=KEY))


# --- Check ----------------------------------------------------------------------------------------------------------


def test_the_cell_shows_title_task_and_three_buttons_and_a_stub_is_invited(notebook):
    card = notebook.run(STUB).card()
    assert plain(card.words.value) == f"{heading('not tried')} {words(f'{texts.YOUR_TURN} {ALL[KEY].words.task}')}"
    assert [button.description for button in card.buttons.values()] == [CHECK, HINT, SOLUTION]
    assert said(card) == "" and notebook.attempts == 0
    assert "polyfit-is-not-tried" in card._dom_classes


def test_the_cell_itself_checks_what_is_there(notebook):
    card = notebook.run(WRONG).card()
    assert said(card) == words(FACTOR) and plain(card.words.value).startswith(heading("not yet"))
    assert notebook.attempts == 1 and "exercises." not in said(card), "a hint is a button"


def test_check_looks_the_function_up_again(notebook, kept):
    card = notebook.run(STUB).card()
    notebook.run(WRONG)
    assert press(card, CHECK) == words(FACTOR) and kept.states() == {KEY: "not yet"}
    assert "polyfit-is-not-yet" in card._dom_classes
    notebook.run(RIGHT)
    assert press(card, CHECK) == words(f"{ALL[KEY].words.well_done} {texts.counted(2, 0)}")
    assert plain(card.words.value) == f"{heading('done')} {words(ALL[KEY].words.task)}", "no longer: your turn"
    assert kept.states() == {KEY: "done"}
    assert "polyfit-is-done" in card._dom_classes and "polyfit-is-not-yet" not in card._dom_classes
    assert card.buttons[CHECK].description == CHECK and not card.busy


def test_the_same_function_again_is_no_try_and_is_asked_about(notebook):
    card = notebook.run(STUB).card()
    assert press(card, CHECK) == SAME
    notebook.run(WRONG)
    press(card, CHECK)
    for _ in range(2):
        assert press(card, CHECK) == f"{SAME} {words(FACTOR)}" and notebook.attempts == 1
    notebook.run(WRONG)
    assert press(card, CHECK) == words(FACTOR) and notebook.attempts == 2, "its cell was run: a try"
    notebook.run(RIGHT)
    right = press(card, CHECK)
    assert press(card, CHECK) == f"{SAME} {right}" and notebook.attempts == 3


def test_the_same_function_is_known_to_the_next_card(notebook):
    notebook.run(WRONG).card()
    assert said(notebook.card()) == f"{SAME} {words(FACTOR)}" and notebook.attempts == 1


def test_a_function_that_calls_another_is_checked_again(notebook):
    notebook.run("def error(x, y, m, b):\n    return m * x + b - y")
    notebook.run(
        "def line_gradients(*args):\n    x, y, m, b = args\n    e = error(*args)\n    return (e * x).mean(), 0"
    )
    notebook.run("def line_gradients(x, y, m, b):\n    e = error(x, y, m, b)\n    return (e * x).mean(), e.mean()")
    card = notebook.card()
    assert said(card) == words(FACTOR)
    notebook.run("def error(x, y, m, b):\n    return 2 * (m * x + b - y)")
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done) and notebook.attempts == 2


def test_a_class_is_looked_up_as_well(notebook):
    two = Notebook("legendre_p2")
    source = SOLUTIONS["legendre_p2"]
    two.run("from __future__ import annotations\nfrom typing import Any\nfrom torch import Tensor")
    two.run(source.replace("-> Tensor", "").replace(": Tensor", "").replace("grad_output * 3", "3"))
    card = two.card("LegendreP2")
    assert two.attempts == 1 and two.exercise.tries.state == "not yet"
    assert press(card, CHECK).startswith(words(texts.SAME_AGAIN.format(name="LegendreP2"))) and two.attempts == 1
    two.run(source.replace("-> Tensor", "").replace(": Tensor", ""))
    press(card, CHECK)
    assert two.exercise.tries.state == "done" and two.attempts == 2


def test_a_function_that_is_gone_is_missed(notebook):
    card = notebook.run(WRONG).card()
    notebook.run("del line_gradients")
    assert press(card, CHECK) == words(texts.NOT_THERE.format(name=KEY)) and notebook.attempts == 1
    notebook.run(RIGHT)
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done)


def test_a_function_that_was_renamed_is_asked_about(notebook):
    card = notebook.run(STUB).card()
    notebook.run(RIGHT.replace(KEY, "my_gradients"))
    assert press(card, CHECK) == SAME and notebook.attempts == 0
    other = notebook.card("my_gradients")
    assert said(other).startswith(ALL[KEY].words.well_done)
    notebook.run(WRONG.replace(KEY, "my_gradients"))
    assert press(other, CHECK) == words(FACTOR), "it goes by the name that the cell says"


def test_a_function_under_another_name_is_found_by_that(notebook):
    card = notebook.run(f"{WRONG}\nmine = line_gradients\ndel line_gradients").card("mine")
    notebook.run(f"{RIGHT}\nmine = line_gradients\ndel line_gradients")
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done)


def test_a_function_without_a_name_is_kept(notebook):
    card = notebook.card("lambda x, y, m, b: (1, 2)")
    before = said(card)
    assert press(card, CHECK) == before and notebook.attempts == 1


def test_no_answer_yet_goes_by_the_name_of_the_solution(notebook):
    card = notebook.card("...")
    assert press(card, CHECK) == words(texts.NOT_THERE.format(name=KEY)) and notebook.attempts == 0
    notebook.run(RIGHT)
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done)


def test_a_loop_that_never_ends_is_stopped_and_the_card_goes_on(notebook, monkeypatch):
    monkeypatch.setattr(trial, "LIMIT", 0.3)
    card = notebook.run(STUB).card()
    notebook.run("def line_gradients(x, y, m, b):\n    while True:\n        pass")
    assert press(card, CHECK) == words(texts.worded("too_slow", {"seconds": 0.3}))
    notebook.run(RIGHT)
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("raise KeyError('<b>')", texts.raised("KeyError", "'<b>'")),
        ("raise SystemExit(3)", texts.raised("SystemExit", "3")),
        ("raise KeyboardInterrupt", texts.INTERRUPTED),
    ],
)
def test_whatever_a_function_raises_is_said_and_the_card_goes_on(notebook, line, expected):
    card = notebook.run(STUB).card()
    notebook.run(f"def line_gradients(x, y, m, b):\n    {line}")
    assert press(card, CHECK).startswith(words(expected)) and "<b>" not in card.status.html
    notebook.run(RIGHT)
    assert press(card, CHECK).startswith(ALL[KEY].words.well_done)


def test_what_a_function_prints_stands_in_the_card(notebook, capsys):
    card = notebook.run(WRONG.replace("\n", "\n    print('<i>here</i>')\n", 1)).card()
    assert "<i>here</i>" in said(card) and words(texts.PRINTED) in said(card)
    assert capsys.readouterr() == ("", "")


# --- Hint and Solution ----------------------------------------------------------------------------------------------


def test_hints_come_in_steps_below_and_the_verdict_stays(notebook):
    card = notebook.run(WRONG).card()
    for i in range(1, 4):
        assert press(card, HINT) == words(FACTOR)
        some = enumerate(ALL[KEY].words.hints[:i], 1)
        hints = " ".join(words(texts.NUMBERED_HINT.format(k, 3, text)) for k, text in some)
        assert plain(card.hints.html).startswith(hints) and ("<pre" in card.hints.html) == (i == 3)
    press(card, HINT)
    assert words(texts.NO_MORE_TO_PRESS.format(button=SOLUTION)) in plain(card.hints.html)
    assert "exercises." not in card.hints.html
    notebook.run(RIGHT)
    assert press(card, CHECK).endswith(words(texts.counted(2, 3))) and plain(card.hints.html).startswith(hints)


def test_the_solution_asks_once_and_is_shown_in_a_fold(notebook):
    card = notebook.run(STUB).card()
    press(card, SOLUTION)
    asked = words(texts.TRY_BEFORE_YOU_PRESS.format(hint=HINT, solution=SOLUTION))
    assert plain(card.solution.value) == asked and "()" not in asked
    press(card, SOLUTION)
    assert card.solution.value.startswith("<details open><summary>") and "def line_gradients" in card.solution.value
    assert plain(card.solution.value).startswith(f"{SOLUTION} {words(ALL[KEY].words.why)}")


def test_after_a_try_the_solution_does_not_ask(notebook):
    card = notebook.run(WRONG).card()
    press(card, SOLUTION)
    assert "<details" in card.solution.value and said(card) == words(FACTOR)


# --- What was done earlier ------------------------------------------------------------------------------------------


def test_a_stub_of_what_was_done_says_so(notebook, kept):
    kept.note(KEY, "done")
    card = notebook.run(STUB).card()
    assert plain(card.words.value).startswith(heading("done earlier")) and said(card) == words(texts.DONE_EARLIER)
    assert "polyfit-is-done-earlier" in card._dom_classes
    assert card._repr_mimebundle_()["text/html"].count(texts.STATES["done earlier"]) == 2
    assert repr(card) == repr(fresh(KEY)), "it must not depend on the learner's file"
    notebook.run(WRONG)
    press(card, CHECK)
    assert plain(card.words.value).startswith(heading("not yet")) and kept.states() == {KEY: "done"}


def test_a_question_that_was_answered_earlier_says_so(kept):
    kept.note("filled_gradients", "done")
    quiz = exercise.ask([fresh("filled_gradients"), fresh("two_backwards")])
    try:
        first, second = quiz.asked
        assert plain(first.words.value).startswith(heading("done earlier", "filled_gradients"))
        assert plain(second.words.value).startswith(heading("not tried", "two_backwards"))
        assert texts.STATES["done earlier"] not in repr(quiz)
        list(first.choices.values())[1].click()
        assert plain(first.words.value).startswith(heading("not yet", "filled_gradients"))
    finally:
        quiz.close()


# --- A right answer at work -----------------------------------------------------------------------------------------

DRAWN = [key for key, one in ALL.items() if one.draws]


def test_what_can_be_drawn_is_drawn():
    assert {words.notebook for key, words in texts.EXERCISES.items() if key in DRAWN} >= {"01", "03", "04"}


@pytest.mark.parametrize("key", DRAWN)
def test_a_right_answer_is_shown_at_work(key):
    pictures = ALL[key].draws(solved(key))
    assert pictures and all(len(picture.description) > 30 for picture in pictures)
    assert sum(len(picture._repr_html_()) for picture in pictures) < 50_000


def test_the_card_shows_it_when_it_is_done_and_not_before(notebook):
    card = notebook.run(WRONG).card()
    assert card.picture.value == ""
    notebook.run(RIGHT)
    press(card, CHECK)
    assert "<img alt=" in card.picture.value and words(texts.AT_WORK) in plain(card.picture.value)
    assert "<img" not in card.status.html and "<img" in card._repr_mimebundle_()["text/html"]
    press(card, CHECK)
    assert "<img alt=" in card.picture.value, "the same again is as right as before"
    notebook.run(WRONG)
    press(card, CHECK)
    assert card.picture.value == ""


def broken(answer):
    raise RuntimeError("no picture")


def endless(answer):
    raise TooSlow


@pytest.mark.parametrize("draws", [broken, endless])
def test_an_error_while_drawing_does_not_spoil_the_verdict(notebook, draws):
    notebook.exercise.draws = draws
    card = notebook.run(RIGHT).card()
    assert said(card) == words(f"{ALL[KEY].words.well_done} {texts.counted(1, 0)}") and card.picture.value == ""


def test_a_right_answer_that_is_slow_is_not_drawn(notebook, monkeypatch):
    monkeypatch.setattr(drawings, "MOMENT", -1.0)
    card = notebook.run(RIGHT).card()
    assert said(card).startswith(ALL[KEY].words.well_done) and card.picture.value == ""


# --- The kernel -----------------------------------------------------------------------------------------------------


def test_a_press_from_another_thread_is_done_on_the_main_loop_and_once(notebook):
    threads = []
    notebook.names["note"] = lambda: threads.append(threading.get_ident())

    async def work():
        card = notebook.run(STUB).card()
        notebook.run(RIGHT.replace("\n", "\n    note()\n", 1))

        def click():
            card.buttons[CHECK].click()
            card.buttons[CHECK].click()

        thread = threading.Thread(target=click)
        thread.start()
        thread.join()
        assert card.busy and card.buttons[CHECK].description == CHECKING, "the page hears of it first"
        await until(lambda: not card.busy)
        assert said(card).startswith(ALL[KEY].words.well_done) and notebook.attempts == 1
        assert card.buttons[CHECK].description == CHECK

    asyncio.run(work())
    assert set(threads) == {threading.get_ident()}


def test_a_card_that_was_replaced_meanwhile_does_nothing(notebook):
    async def work():
        card = notebook.run(STUB).card()
        notebook.run(RIGHT)
        card.buttons[CHECK].click()
        card.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(work())
    assert notebook.attempts == 0


def test_a_closed_card_leaves_nothing(notebook):
    notebook.run(STUB)
    before = set(_instances), set(base.boards)
    for _ in range(20):
        notebook.card().close()
    assert set(_instances) - before[0] == set() == base.boards - before[1]


@pytest.mark.parametrize("source", [STUB, WRONG, RIGHT])
def test_its_text_is_the_stubs_and_without_a_kernel_it_can_be_read(notebook, source):
    card = notebook.run(source).card()
    bundle = card._repr_mimebundle_()
    assert bundle["text/plain"] == repr(card) == repr(fresh(KEY).check())
    assert bundle["text/html"].startswith('<div role="group"') and str(card) == str(notebook.exercise.tries.verdict)


@pytest.mark.parametrize("key", [key for key, one in ALL.items() if not isinstance(one, Question)])
def test_each_exercise_has_a_card_for_its_stub(key):
    one = fresh(key)
    answer = stub(key)
    card = one.card(answer)
    try:
        assert repr(card) == repr(one) and said(card) == "" and "polyfit-is-not-tried" in card._dom_classes
    finally:
        card.close()


# --- Marks and rings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the *mean* of it", "the <em>mean</em> of it"),
        ("press **Hint**, please", "press <strong>Hint</strong>, please"),
        ("*two words* and *more*", "<em>two words</em> and <em>more</em>"),
        ("`a * b * c` and `*args`", "<code>a * b * c</code> and <code>*args</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("m*x*b and x**2 + y**2", "m*x*b and x**2 + y**2"),
        ("*<b>*", "<em>&lt;b&gt;</em>"),
        ('`<b>` <i> & "q"', "<code>&lt;b&gt;</code> &lt;i&gt; &amp; &quot;q&quot;"),
        ("a\nb", "a<br>b"),
        ("*a\nb*", "*a<br>b*"),
        ("***", "***"),
    ],
)
def test_marks_are_rendered_and_all_else_is_escaped(text, expected):
    assert marked(text) == f'<p style="margin:0.5em 0">{expected}</p>'


def test_a_blank_line_begins_a_paragraph():
    assert marked("a\n\nb").count("<p ") == 2


def test_a_button_shows_no_marks():
    assert unmarked("the *mean* of `x * y * z`, **bold**") == "the mean of x * y * z, bold"


@pytest.mark.parametrize("key", ALL)
def test_no_mark_of_a_text_is_left_on_a_card_or_a_button(key):
    one = ALL[key]
    texts_of_it = [one.words.task, one.words.why, one.words.well_done, *one.words.hints]
    texts_of_it += [part for pair in one.words.choices.values() for part in pair]
    for text in texts_of_it:
        without_code = re.sub(r"<code>.*?</code>", "", marked(text))
        assert not re.search(r"(?<!\S)\*+\w|`", without_code), text
    assert not any(re.search(r"(?<!\S)\*+\w|`", label) for label in getattr(one, "choices", {}).values())


def test_progress_is_a_ring_for_each_notebook(kept):
    kept.note(KEY, "done")
    card = exercises.progress("01")
    numbers = list(dict.fromkeys(words.notebook for words in texts.EXERCISES.values()))
    here = [key for key, words in texts.EXERCISES.items() if words.notebook == "01"]
    rings = re.findall(r'<svg role="img" aria-label="([^"]*)" width="(\d+)"', card._repr_html_())
    assert len(rings) == len(numbers)
    sizes = {number: int(width) for number, (_, width) in zip(numbers, rings, strict=True)}
    assert max(sizes, key=sizes.get) == "01" and len(set(sizes.values())) == 2
    assert html.unescape(rings[numbers.index("01")][0]) == texts.done_of_all("01", 1, len(here))
    assert card._repr_html_().count("stroke-dasharray") == 1, "one has something done"
    assert all(ALL[key].words.title in plain(card._repr_html_()) for key in here)
    assert repr(card) == texts.PROGRESS_SHORT
    assert len(re.findall("<svg", exercises.progress()._repr_html_())) == len(numbers)
