"""What an exercise must withstand: tricks, endless loops, errors, full disks; and what it must leave as it was."""

import ast
import contextlib
import errno
import html.parser
import inspect
import json
import math
import os
import random
import re
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from exercise_support import ALL, learner
from exercise_support import fresh as untried

import polyfit_exercises as exercises
from polyfit_exercises import exercise, loops, store, texts, trial
from polyfit_exercises.card import Card
from polyfit_exercises.checks.notebook_06 import AboutBug
from polyfit_exercises.lessons import bugs, notebook_01, notebook_03, notebook_07
from polyfit_exercises.store import Store

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@pytest.fixture(autouse=True)
def kept(monkeypatch, tmp_path):
    one = Store(tmp_path / store.NAME)
    monkeypatch.setattr(exercise, "store", lambda: one)
    return one


def fresh(key="line_gradients"):
    return untried(key)


def right(x, y, m, b):
    return notebook_01.line_gradients(x, y, m, b)


# --- It cannot be tricked -------------------------------------------------------------------------------------------


def empty_the_data(x, y, m, b):
    x[:] = 0
    y[:] = 0
    return 0.0, 0.0


class Chameleon:
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __array__(self, *args, **kwargs):
        raise RuntimeError("nobody looks")


class FlatArray(np.ndarray):
    def __sub__(self, other):
        return np.zeros(2)

    __rsub__ = __sub__


def test_changed_data_do_not_change_what_is_expected():
    assert fresh().check(empty_the_data).mistakes == ("changed_in_place",)


def test_objects_that_equal_everything_are_no_numbers():
    assert fresh().check(lambda x, y, m, b: (Chameleon(), Chameleon())).mistakes == ("not_a_number",)
    assert fresh().check(lambda x, y, m, b: Chameleon()).mistakes == ("no_numbers",)
    trick = fresh().check(lambda x, y, m, b: np.array([1.0, 2.0]).view(FlatArray))
    assert trick.mistakes == ("constant",)


def test_not_a_number_is_never_right():
    assert fresh().check(lambda x, y, m, b: (float("nan"), float("nan"))).state == "not yet"
    assert fresh().check(lambda x, y, m, b: (float("inf"), float("inf"))).state == "not yet"


def test_the_first_answer_repeated_for_ever_is_not_right():
    memory = []

    def remember(x, y, m, b):
        memory.append(right(x, y, m, b))
        return memory[0]

    assert fresh().check(remember).state == "not yet"


@pytest.mark.parametrize("key", ["line_gradients", "momentum_training", "legendre_p2"])
def test_what_is_expected_is_nowhere_to_be_found_while_the_learners_code_runs(key):
    seen = set()

    def look():
        frame = sys._getframe(1)
        while frame is not None:
            if "polyfit_exercises" in Path(frame.f_code.co_filename).parts:
                seen.update(frame.f_locals)
            frame = frame.f_back

    def gradients(x, y, m, b):
        look()
        return right(x, y, m, b)

    def loop(data, start, learning_rate, momentum):
        look()
        yield from notebook_07.momentum_training(data, start, learning_rate, momentum)

    class Function(notebook_03.LegendreP2):
        @staticmethod
        def backward(ctx, grad_output):
            look()
            return notebook_03.LegendreP2.backward(ctx, grad_output)

    answer = {"line_gradients": gradients, "momentum_training": loop, "legendre_p2": Function}[key]
    assert fresh(key).check(answer).state == "done"
    assert "answer" in seen and not seen & {"expected", "right", "sizes", "terms", "gradients", "every"}


def test_data_are_fresh_at_each_check_whatever_the_seed():
    seen = []

    def collect(x, y, m, b):
        seen.append((len(x), *x[:2]))
        np.random.seed(0)
        random.seed(0)
        return right(x, y, m, b)

    for _ in range(2):
        random.seed(1)
        np.random.seed(1)
        fresh().check(collect)
    assert len(seen) == 2 * (1 + trial.DRAWS + 2), "two again, with the parameters of the other"
    assert len(set(seen)) == 1 + 2 * trial.DRAWS, "one example that stays, the rest fresh"


# --- It knows what torch says on other machines ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "Torch not compiled with CUDA enabled",
        "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU",  # pip's default on Linux
        "No CUDA GPUs are available",
        "CUDA error: invalid device ordinal",
        "PyTorch is not linked with support for mps devices",
        "Expected one of cpu, cuda, mps, meta device type at start of device string: gpu",
    ],
)
def test_a_device_that_is_not_there_is_named_however_torch_was_built(said):
    def answer(x, y, m, b):
        raise RuntimeError(said)

    assert fresh().check(answer).mistakes == ("no_such_device",)


# --- It does not hang -----------------------------------------------------------------------------------------------


def endless(x, y, m, b):
    while True:
        pass


def stubborn(x, y, m, b):
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def caught(x, y, m, b):
    try:
        endless(x, y, m, b)
    except:  # noqa: E722
        return right(x, y, m, b)


def caught_for_ever(x, y, m, b):
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722
            continue


def caught_twice_for_ever(x, y, m, b):
    while True:
        try:
            with contextlib.suppress(BaseException):
                try:
                    endless(x, y, m, b)
                except BaseException as error:
                    print(error)
        finally:
            continue  # noqa: B012


def recursive_and_slow(x, y, m, b):
    return sum(1 for _ in iter(int, 1))


LIMIT = 0.3  # seconds: with less, a busy machine that gives no turn for two ticks would pass for a loop that waits


@pytest.mark.parametrize(
    "answer", [endless, stubborn, caught, caught_for_ever, caught_twice_for_ever, recursive_and_slow]
)
def test_an_endless_loop_is_stopped_in_words(answer, monkeypatch):
    monkeypatch.setattr(trial, "LIMIT", LIMIT)
    before = sys.gettrace()
    card = fresh().check(answer)
    assert card.mistakes == ("too_slow",) and card.words.startswith(texts.worded("too_slow", {"seconds": LIMIT}))
    assert sys.gettrace() is before


def test_a_debuggers_trace_function_comes_back():
    def debugger(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        fresh().check(right)
        fresh().check(lambda x, y, m, b: 1 / 0)
        during = sys.gettrace()
    finally:
        sys.settrace(before)
    assert during is debugger


def test_a_debugger_can_go_on_after_a_loop_was_stopped_again_and_again(monkeypatch):
    def debugger(frame, event, argument):
        return debugger

    monkeypatch.setattr(trial, "LIMIT", LIMIT)
    before, lines = sys.gettrace(), 0
    sys.settrace(debugger)
    try:
        card = fresh().check(caught_for_ever)
        lines += 1  # a debugger sees each of these, and nothing is raised in them
        lines += 1
    finally:
        sys.settrace(before)
    assert card.mistakes == ("too_slow",) and lines == 2


# --- It leaves nothing behind ---------------------------------------------------------------------------------------


def messy(x, y, m, b):
    np.random.seed(1)
    random.seed(1)
    torch.manual_seed(1)
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    warnings.simplefilter("error")
    warnings.warn("mess", stacklevel=1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    sys.settrace(None)
    sys.stdout.write("mess")
    sys.stderr.write("mess")


def messy_and_right(x, y, m, b):
    with contextlib.suppress(UserWarning):
        messy(x, y, m, b)
    return right(x, y, m, b)


def messy_and_endless(x, y, m, b):
    trace = sys.gettrace()
    messy_and_right(x, y, m, b)
    sys.settrace(trace)
    endless(x, y, m, b)


def surroundings():
    state = np.random.get_state()
    return (
        [part.tolist() if isinstance(part, np.ndarray) else part for part in state],
        random.getstate(),
        torch.get_rng_state().tolist(),
        np.geterr(),
        np.get_printoptions(),
        list(warnings.filters),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        sys.gettrace(),
        sys.stdout,
        sys.stderr,
    )


@pytest.mark.parametrize("answer", [messy, messy_and_right, messy_and_endless])
@pytest.mark.parametrize("grad", [True, False])
def test_nothing_is_left_behind(answer, grad, monkeypatch, capsys):
    monkeypatch.setattr(trial, "LIMIT", LIMIT if answer is messy_and_endless else 10)
    with torch.set_grad_enabled(grad):
        before = surroundings()
        card = fresh().check(answer)
        assert surroundings() == before
    assert card.state == ("done" if answer is messy_and_right else "not yet")
    assert capsys.readouterr() == ("", "")


def test_autograd_is_on_for_the_learners_code_whatever_came_before():
    with torch.no_grad():
        assert fresh("legendre_p2").check(notebook_03.LegendreP2).state == "done"
        assert fresh("two_backwards").check(17).state == "done"
        assert not torch.is_grad_enabled()


def test_an_interrupt_goes_through_and_leaves_nothing_behind():
    def interrupted(x, y, m, b):
        np.random.seed(1)
        raise KeyboardInterrupt

    before = surroundings()
    with pytest.raises(KeyboardInterrupt):
        fresh().check(interrupted)
    assert surroundings() == before


def test_what_is_printed_stands_in_the_card_and_not_in_the_text():
    def talkative(x, y, m, b):
        for i in range(20):
            print(f"<b>{i}</b>")
        return right(x, y, m, b)

    card = fresh().check(talkative)
    assert "&lt;b&gt;9&lt;/b&gt;" in card._repr_html_() and "10" not in card.printed
    assert card.printed.endswith("…") and "<b>" not in repr(card)


# --- Errors ---------------------------------------------------------------------------------------------------------


def divides(x, y, m, b):
    error = m * x + b - y
    return error.sum() / 0 if False else int("seven"), 0


def in_the_library(x, y, m, b):
    return np.linalg.inv(np.zeros((2, 2)))


class Rude(Exception):
    def __str__(self):
        raise ValueError("not even that")


def rude(x, y, m, b):
    raise Rude


def leaving(x, y, m, b):
    raise SystemExit(3)


def with_an_address(x, y, m, b):
    raise TypeError(f"what is {object()}?\nand more")


def deep(x, y, m, b):
    return deep(x, y, m, b)


@pytest.mark.parametrize(
    ("answer", "kind", "message", "line"),
    [
        (divides, "ValueError", "invalid literal for int() with base 10: 'seven'", 'int("seven")'),
        (in_the_library, "LinAlgError", "Singular matrix", "np.linalg.inv"),
        (rude, "Rude", texts.NO_MESSAGE, "raise Rude"),
        (leaving, "SystemExit", "3", "raise SystemExit(3)"),
        (with_an_address, "TypeError", "what is <object object>?", "raise TypeError"),
        (deep, "RecursionError", "maximum recursion depth exceeded", "deep("),
    ],
)
def test_an_error_is_shown_with_its_own_line(answer, kind, message, line):
    card = fresh().check(answer)
    assert card.mistakes == ("exception",) and card.words.startswith(texts.raised(kind, message))
    where = re.escape(texts.where((77, "CODE"))).replace("77", r"\d+").replace("CODE", f".*{re.escape(line)}.*")
    assert re.search(where, card.words)
    assert "Traceback" not in repr(card) and "0x" not in repr(card)


def test_another_not_implemented_error_is_an_error():
    def unfinished(x, y, m, b):
        raise NotImplementedError("this operator is missing on the device")

    assert fresh().check(unfinished).mistakes == ("exception",)


def test_an_error_in_a_backward_is_shown_with_its_own_line():
    class Broken(notebook_03.LegendreP2):
        @staticmethod
        def backward(ctx, grad_output):
            return grad_output * ctx.no_such_thing

    card = fresh("legendre_p2").check(Broken)
    assert card.mistakes == ("exception",) and "`return grad_output * ctx.no_such_thing`" in card.words


def test_an_error_in_the_middle_of_a_loop_is_shown_with_its_own_line():
    def breaks(data, start, learning_rate, momentum):
        for i, state in enumerate(notebook_07.momentum_training(data, start, learning_rate, momentum)):
            yield state
            assert i < 3, "three is enough"

    card = fresh("momentum_training").check(breaks)
    assert card.words.startswith(texts.raised("AssertionError", "three is enough"))
    assert '`assert i < 3, "three is enough"`' in card.words


def test_a_library_function_as_answer_is_no_accident():
    for wrong in (np.sum, print, int, object(), [1, 2], "x", fresh):
        assert fresh().check(wrong).state == "not yet"


# --- Hints and solutions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in ALL if not ALL[key].words.closing])
def test_each_call_gives_one_more_hint(key):
    one = fresh(key)
    for i in range(1, 4):
        card = one.hint()
        hints = [texts.NUMBERED_HINT.format(k + 1, 3, text) for k, text in enumerate(one.words.hints)]
        assert card.words.split("\n\n") == hints[:i]
        assert one.tries.hints == i and bool(card.code) == (i == 3) and card.state == "not tried"
    card = one.hint()
    assert one.tries.hints == 3 and texts.NO_MORE_HINTS.format(key=key) in card.words


def test_hints_and_tries_are_counted():
    one = fresh()
    nudge = texts.HINT_IS_THERE.format(key="line_gradients")
    assert nudge in one.check(lambda x, y, m, b: (1, 2)).words
    one.hint()
    assert nudge not in one.check(lambda x, y, m, b: (1, 2)).words
    assert one.check(right).words.endswith(texts.counted(3, 1))


@pytest.mark.english
def test_one_hint_is_no_plural():
    assert [texts.counted(1, 0), *(texts.counted(3, hints) for hints in range(3))] == [
        "That was the first try.",
        "That was try 3.",
        "That was try 3, with 1 hint.",
        "That was try 3, with 2 hints.",
    ]


@pytest.mark.parametrize("key", [key for key, one in ALL.items() if isinstance(one, exercises.Question)])
def test_the_code_in_the_last_hint_of_a_question_runs_where_it_is_asked(key):
    one = fresh(key)
    if not one.words.hints:
        assert one.hint().words == texts.NO_HINTS
        assert one.solution().words == texts.TRY_FIRST_QUESTION, "there is no hint to offer"
        return
    for _ in one.words.hints:
        code = one.hint().code
    if isinstance(one, AboutBug):
        loop = inspect.getsource(getattr(bugs, f"{key.rpartition('_')[0]}_training"))
        told = "from polyfit_exercises.graphs import operations_kept"
        code = f'{told}\n{loop}\ndata, few = sine().to("cpu"), sine(200).to("cpu")\n{code}'
    try:
        learner(f"{imports_of(one.words.notebook)}\n{code}\nran = True", "ran")
    except (AttributeError, RuntimeError) as error:  # what the bug itself raises
        assert key.startswith(("bug_7", "bug_8")), error


def imports_of(notebook):
    """Return the first code cell of a notebook."""
    [path] = NOTEBOOKS.glob(f"{notebook}_*.ipynb")
    [imports] = [cell.source for cell in nbformat.read(path, 4).cells if cell.get("id") == "imports"]
    return imports


@pytest.mark.parametrize("key", ALL)
def test_the_solution_asks_once_and_shows_tested_code(key, monkeypatch):
    monkeypatch.setattr(loops, "MANY", 20)  # to the end it goes in test_exercises.py
    one = fresh(key)
    first = one.solution()
    assert not first.code and first.words in (texts.TRY_FIRST.format(key=key), texts.TRY_FIRST_QUESTION)
    card = one.solution()
    if isinstance(one, exercises.Question):
        answer = one.compute()
        text = one.words.choices[answer][0] if one.choices else texts.number(answer)
        assert card.words.startswith(text[:1].upper() + text[1:])
    if isinstance(one, AboutBug):
        assert not card.code
        return
    # It runs where it is pasted: in a notebook whose first cell has run.
    pasted = learner(f"{imports_of(one.words.notebook)}\n\n{card.code}", defined_in(card.code), future=False)
    if isinstance(one, exercises.Question):
        assert pasted() == one.compute()
    else:
        [notebook] = NOTEBOOKS.glob(f"{one.words.notebook}_*.ipynb")
        assert one.check(pasted).state == "done"
        called = f".card({pasted.__name__})", f".check({pasted.__name__})"
        assert any(call in notebook.read_text("utf-8") for call in called)


def defined_in(code):
    """Return the name of the last function or class that code defines."""
    return ast.parse(code).body[-1].name


def test_after_a_try_the_solution_does_not_ask():
    one = fresh()
    one.check(lambda x, y, m, b: (1, 2))
    assert one.solution().code
    one = fresh()
    one.check(...)
    assert not one.solution().code, "an untouched stub is no try"


def test_what_was_done_stays_done():
    one = fresh()
    one.check(right)
    assert one.check(lambda x, y, m, b: (1, 2)).state == "not yet"
    states = dict.fromkeys(ALL, "not tried") | {"line_gradients": "done"}
    assert one.hint().state == "done" and exercises.progress().words.startswith(texts.collection(states))


# --- The card -------------------------------------------------------------------------------------------------------


TAGS = {"div", "p", "br", "code", "em", "strong", "pre", "details", "summary", "svg", "circle", "text"}


class Checker(html.parser.HTMLParser):
    """Fails unless each tag is closed in order; collects the text and the roles."""

    def __init__(self, source):
        super().__init__()
        self.open, self.text, self.attributes = [], "", []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, tag
        self.attributes.append((tag, dict(attributes)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def cards():
    for key in ALL:
        one = fresh(key)
        yield from (one.check(), one.check("<i>wrong</i>"), one.hint(), one.hint(), one.hint(), one.hint())
        yield from (one.solution(), one.solution())
    yield exercises.progress()


def test_cards_are_well_formed_accessible_and_free_of_scripts():
    for card in cards():
        page = Checker(card._repr_html_())
        (_, box), (_, heading), *rest = page.attributes
        state = card.state_words
        assert box["role"] == "group" and box["aria-label"] == f"{card.title}, {state}"
        assert heading["role"] == "heading" and heading["aria-level"] == "4"
        assert page.text.startswith(f"{texts.SIGNS[card.state]} {card.title} · {state}")
        assert not re.search(r"<script|\son\w+=|<style", card._repr_html_())
        for tag, attributes in rest:
            assert tag != "pre" or (attributes["tabindex"] == "0" and attributes["aria-label"])
        for colour in re.findall(r"(?:color|background|stroke|fill): ?([^;\"]+)", card._repr_html_()):
            assert colour.startswith(("var(--jp-", "inherit", "currentColor")), "both themes must be right"


def test_whatever_a_learner_writes_is_escaped():
    def attack(x, y, m, b):
        print("<script>1</script>")
        raise ValueError("<script>alert('`x`')</script> & \"co\"")

    card = fresh().check(attack)
    assert "<script" not in card._repr_html_() and "<script>alert(" in Checker(card._repr_html_()).text
    assert "{where}" in Checker(Card("a<b", "done", "{where} `a<b`", code="</pre>")._repr_html_()).text


def test_text_is_the_same_for_print_and_for_the_notebook_but_for_progress():
    card = fresh().check()
    assert repr(card) == str(card) == f"{fresh().words.title} ({texts.STATES['not tried']}): {card.words}"
    states = dict.fromkeys(ALL, "not tried")
    assert repr(exercises.progress()) == texts.PROGRESS_SHORT
    assert str(exercises.progress()).startswith(
        f"{texts.PROGRESS} ({texts.DONE_OF.format(0, len(ALL))}): {texts.collection(states)}"
    )
    fresh().check(right)
    assert repr(exercises.progress("01")) == texts.PROGRESS_SHORT, "it must not depend on the learner's file"
    states["line_gradients"] = "done"
    here = {key: state for key, state in states.items() if ALL[key].words.notebook == "01"}
    assert str(exercises.progress("01")).startswith(
        f"{texts.PROGRESS} ({texts.DONE_OF.format(1, len(here))}): {texts.each(here)}\n\n{texts.collection(states)}"
    )
    assert exercises.progress("03").state == "not tried"
    with pytest.raises(ValueError, match="notebook '1' has no exercises: choose one of '00', '01', "):
        exercises.progress("1")


@pytest.mark.english
def test_progress_counts_what_is_done():
    states = dict.fromkeys(ALL, "not tried") | {"line_gradients": "done"}
    assert "● Gradients of a straight line · done\n○ Gradients of the cubic · not tried" in texts.each(states)
    words = texts.collection(states)
    first, second = (sum(one.words.notebook == number for one in ALL.values()) for number in ("00", "01"))
    assert words.startswith(f"Notebook 00: 0 of {first}\nNotebook 01: 1 of {second}\n")
    assert words.endswith(f"Done in all: 1 of {len(ALL)}")


# --- The file -------------------------------------------------------------------------------------------------------


def test_progress_is_stored_and_read_again(kept):
    fresh().check(lambda x, y, m, b: (1, 2))
    assert json.loads(kept.path.read_text()) == {"line_gradients": "not yet"}
    fresh().check(right)
    assert Store(kept.path).states() == {"line_gradients": "done"}
    fresh().check(lambda x, y, m, b: (1, 2))
    assert Store(kept.path).states() == {"line_gradients": "done"}
    assert [path.name for path in kept.path.parent.iterdir()] == [store.NAME]


def test_a_deleted_file_loses_nothing_of_this_session(kept):
    kept.note("a", "done")
    kept.path.unlink()
    assert kept.states() == {"a": "done"}
    kept.note("b", "not yet")
    assert Store(kept.path).states() == {"a": "done", "b": "not yet"}


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b"3", b'{"a": 3, "b": [], "c": "won"}', b"[" * 100_000, b"\x00" * 99],
)
def test_garbage_is_passed_over(kept, garbage):
    kept.path.write_bytes(garbage)
    assert kept.states() == {}
    assert kept.note("x", "done") is None
    assert Store(kept.path).states() == {"x": "done"}


def test_half_a_file_keeps_what_can_be_read(kept):
    kept.path.write_text('{"a": "done", "b": 7, "from the future": "done"}')
    kept.note("c", "not yet")
    assert Store(kept.path).states() == {"a": "done", "from the future": "done", "c": "not yet"}


@pytest.mark.parametrize("broken", ["os.replace", "tempfile.mkstemp", "os.open", "json.dump"])
def test_a_full_disk_is_said_in_words_and_nothing_is_lost(kept, monkeypatch, broken):
    kept.note("before", "done")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(broken, full)
        card = fresh().check(right)
    assert card.state == "done" and texts.NOT_STORED.format(os.strerror(errno.ENOSPC)) in card.words
    assert kept.states() == {"before": "done", "line_gradients": "done"}
    assert Store(kept.path).states() == {"before": "done"}, "the old file is whole"
    assert [path.name for path in kept.path.parent.iterdir()] == [store.NAME], "nothing lies around"
    kept.note("after", "done")
    assert set(Store(kept.path).states()) == {"before", "line_gradients", "after"}


def test_a_file_that_cannot_be_read_is_not_overwritten(kept):
    kept.path.mkdir()
    card = fresh().check(right)
    assert texts.NOT_STORED.format("Is a directory") in card.words and kept.states() == {"line_gradients": "done"}


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="there is no such device")
def test_a_device_is_not_replaced_by_a_file(kept):
    kept.path.symlink_to("/dev/null")
    assert texts.NOT_STORED.format("Not a regular file") in fresh().check(right).words
    assert kept.path.is_symlink(), "as root, /dev/null itself would be gone"


def test_a_folder_that_cannot_be_written_is_said_at_once(kept, monkeypatch):
    def denied(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.open", denied)
    monkeypatch.setattr(store.time, "sleep", None)  # it waits for nobody
    assert texts.NOT_STORED.format("Permission denied") in fresh().check(right).words


def test_a_lock_left_behind_is_ignored(kept, monkeypatch):
    lock = kept.path.with_name(store.NAME + ".lock")
    lock.touch()
    os.utime(lock, (0, 0))
    monkeypatch.setattr(store, "PATIENCE", math.inf)
    assert kept.note("a", "done") is None and not lock.exists()
    lock.touch()
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    assert kept.note("b", "done") is None, "better without the lock than never"
    assert Store(kept.path).states() == {"a": "done", "b": "done"} and lock.exists()


def test_two_notebooks_at_once_lose_nothing(tmp_path):
    code = """
        import sys
        from pathlib import Path
        from polyfit_exercises.store import Store

        for i in range(40):  # a new store each time: only the file remembers
            assert Store(Path(sys.argv[1])).note(f"{sys.argv[2]}{i}", "done") is None
    """
    path = tmp_path / store.NAME
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    both = [subprocess.Popen([*command, name], cwd=NOTEBOOKS.parent) for name in "ab"]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(Store(path).states()) == 80
    assert [path.name for path in tmp_path.iterdir()] == [store.NAME]


def test_the_file_lies_beside_the_notebooks_unless_another_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("POLYFIT_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    assert store.beside_the_notebooks() is None
    (tmp_path / "01_numpy.ipynb").touch()
    assert store.beside_the_notebooks() == tmp_path / store.NAME
    monkeypatch.setenv("POLYFIT_PROGRESS", str(tmp_path / "mine.json"))
    assert store.beside_the_notebooks() == tmp_path / "mine.json"
    nowhere = Store(None)
    assert nowhere.note("a", "done") is None and nowhere.states() == {"a": "done"}


# --- The notebooks --------------------------------------------------------------------------------------------------


def test_notebook_01_never_imports_torch_for_its_exercises():
    code = """
        import sys
        import polyfit_exercises as exercises
        from polyfit_exercises.checks import notebook_01

        for key, one in notebook_01.EXERCISES.items():
            assert one is getattr(exercises, key)
            one.check(one.solved_by), one.hint(), one.solution(), one._repr_html_()
        exercises.progress()._repr_html_()
        print([name for name in ("torch", "matplotlib", "ipywidgets", "IPython") if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    run = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_notebook_contains_a_solution(path):
    """What a notebook gives to a check is a stub, and is called by a name that is known."""
    cells = json.loads(path.read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    for key, name in (match for source in sources for match in re.findall(r"exercises\.(\w+)\.check\((\S*)\)", source)):
        assert key in texts.EXERCISES
        if name == "...":
            continue
        made = [source for source in sources if re.search(rf"^(def|class) {name}\b", source, re.M)]
        assert made, f"{name} is nowhere defined"
        if not key.startswith("bug_"):  # a bug is its own stub: test_bug_hunt.py holds that it fails its own check
            assert all('raise NotImplementedError("your turn")' in source for source in made)
