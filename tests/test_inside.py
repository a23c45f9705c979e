import ast
import linecache
import math
import sys
import warnings
from html.parser import HTMLParser
from pathlib import Path
from string import ascii_lowercase
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from polyfit_helpers import START, random_start, record, sine, training
from polyfit_helpers.networks import network_start
from polyfit_helpers.training import (
    autograd,
    autograd_matrix,
    module,
    nn_by_hand,
    numpy_by_hand,
    numpy_matrix,
    optim,
    tensors_by_hand,
)
from polyfit_helpers.training.inside import look_inside
from polyfit_helpers.widgets.formats import significant
from polyfit_helpers.widgets.tables import step_in_words, step_table

torch.set_num_threads(1)

DATA = sine(50)
TENSORS = DATA.to("cpu")
TOOLS = ("TrainingLoop", "show_diff", "show_source", "training_loop")
LOOPS = [getattr(training, name) for name in training.__all__ if name not in TOOLS]
WITH_OPTIMIZER = [(loop, {"optimizer": name}) for loop in (optim, module) for name in ("SGD", "Adam")]
CASES = [(loop, {}) for loop in LOOPS if loop not in (optim, module)] + WITH_OPTIMIZER
BY_HAND = [loop for loop in LOOPS if loop.__name__.startswith(("numpy", "tensors"))]

AROUND = ("while True:", "for batch in")  # the lines to which a loop comes back
STARTS = {"dynamic_degree": random_start(0, 5)} | dict.fromkeys(("network", "mini_batches"), network_start(0))

every_loop = pytest.mark.parametrize(
    "loop, options", CASES, ids=lambda case: getattr(case, "__name__", None) or "-".join(case.values())
)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def run(loop, options=None):
    """Return the running loop."""
    start = STARTS.get(loop.__name__, START)
    return loop(DATA if loop.__name__.startswith("numpy") else TENSORS, start, 1e-4, **(options or {}))


def looks(running, steps):
    """Return what is seen inside so many steps."""
    item, seen = next(running), []
    for _ in range(steps):
        item, inside = look_inside(running, *item)
        seen.append(inside)
    return seen


def values(inside, moment="before"):
    return [getattr(parameter, moment).value for parameter in inside.parameters]


def grads(inside, moment="before"):
    return [getattr(parameter, moment).grad for parameter in inside.parameters]


def line(inside, start):
    """Return the only line whose text begins so."""
    [found] = [line for line in inside.lines if line.source.strip().startswith(start)]
    return found


def four_parameters(data, start, update):
    """Fit a cubic with autograd; `update` gets the loss and the parameters, and returns the parameters."""
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, requires_grad=True) for value in start)
    while True:
        loss = ((a + b * x + c * x**2 + d * x**3 - y) ** 2).sum()
        yield loss, (a, b, c, d)
        a, b, c, d = update(loss, (a, b, c, d))


def forgetful(data, start, learning_rate):
    x, y = data.x, data.y
    a, b, c, d = (torch.tensor(value, dtype=x.dtype, requires_grad=True) for value in start)
    while True:
        loss = ((a + b * x + c * x**2 + d * x**3 - y) ** 2).sum()
        yield loss, (a, b, c, d)
        loss.backward()
        with torch.no_grad():
            for parameter in (a, b, c, d):
                parameter -= learning_rate * parameter.grad


# --- the step is the same, and what is seen is true -----------------------------------------------------------------


@every_loop
def test_watching_changes_no_bit_and_reports_what_history_records(loop, options):
    history = record(run(loop, options), 6)
    running = run(loop, options)
    seen = looks(running, 5)
    for i, inside in enumerate(seen):
        assert values(inside) == history[i].parameters.tolist()
        assert values(inside, "after") == history[i + 1].parameters.tolist()
    names = [parameter.name for parameter in seen[0].parameters]
    assert names == [*ascii_lowercase, *(f"{letter}1" for letter in ascii_lowercase)][: len(names)]
    last = record(running, 0)[0]  # it goes on unwatched
    assert last.loss == history[6].loss and last.parameters.tolist() == history[6].parameters.tolist()


@every_loop
def test_the_lines_are_those_of_the_loop_in_the_order_in_which_they_ran(loop, options):
    code = loop.__wrapped__.__code__
    text = Path(code.co_filename).read_text().splitlines()
    for inside in looks(run(loop, options), 2):
        numbers = [line.number for line in inside.lines]
        assert len(set(numbers)) == len(numbers)
        assert [line.source for line in inside.lines] == [text[number - 1] for number in numbers]
        assert inside.lines[-1].source.strip().startswith("yield loss")
        assert set(numbers) <= {number for *_, number in code.co_lines()}
        around = [line.source.strip().startswith(AROUND) for line in inside.lines]
        wrap = around.index(True)
        before, after = numbers[:wrap], [numbers[i] for i in range(wrap, len(numbers)) if not around[i]]
        assert before == sorted(before) and after == sorted(after)
        assert min(before) > max(after)


@every_loop
def test_the_changes_of_the_lines_add_up_to_the_step(loop, options):
    for inside in looks(run(loop, options), 2):
        for i, parameter in enumerate(inside.parameters):
            now = parameter.before
            for change in filter(None, (line.changes[i] for line in inside.lines)):
                assert change.before == now != change.after
                now = change.after
            assert now == parameter.after


@every_loop
def test_after_backward_has_the_gradients_and_the_old_values(loop, options):
    for inside in looks(run(loop, options), 2):
        if loop in BY_HAND:
            assert inside.backward is None and {p.after_backward for p in inside.parameters} == {None}
            continue
        backward = line(inside, "loss.backward()")
        assert inside.backward == backward.number
        assert values(inside, "after_backward") == values(inside)
        assert None not in grads(inside, "after_backward")
        assert [change.after for change in backward.changes] == [p.after_backward for p in inside.parameters]
        assert inside.loss_grad_fn in ("SumBackward0", "DotBackward0", "MseLossBackward0", "DivBackward0")


def test_a_line_that_runs_once_per_parameter_stands_there_once_with_all_its_changes():
    first, second = looks(run(autograd), 2)
    for inside in (first, second):
        update, reset = line(inside, "parameter -="), line(inside, "parameter.grad = None")
        for i, parameter in enumerate(inside.parameters):
            gradient = parameter.after_backward.grad
            assert update.changes[i].before == parameter.after_backward
            assert update.changes[i].after.value == parameter.before.value - 1e-4 * gradient
            assert update.changes[i].after.grad == reset.changes[i].before.grad == gradient
            assert reset.changes[i].after == parameter.after
        assert grads(inside) == grads(inside, "after") == [None] * 4
        for start in ("with", "for", "while", "loss =", "yield"):
            assert line(inside, start).changes == (None,) * 4


def test_gradients_are_those_of_the_theory():
    from polyfit_helpers.theory import LeastSquares

    history = record(run(autograd), 1)
    expected = (history.parameters[0] - history.parameters[1]) / 1e-4
    for loop in (autograd, autograd_matrix, nn_by_hand):
        assert grads(looks(run(loop), 1)[0], "after_backward") == pytest.approx(expected, rel=1e-6)
    problem = LeastSquares(DATA.x, DATA.y)
    assert expected == pytest.approx(2 * problem.design @ (np.array(START) @ problem.design - DATA.y), rel=1e-6)


def test_modules_reset_before_backward():
    first, second = looks(run(optim, {"optimizer": "Adam"}), 2)
    assert line(first, "optimizer.zero_grad").changes == (None,) * 4
    assert [change.after.grad for change in line(second, "optimizer.zero_grad").changes] == [None] * 4
    assert grads(first, "after") == grads(second) and None not in grads(second)


def test_each_hand_made_update_moves_its_own_parameter():
    for loop in (numpy_by_hand, tensors_by_hand):
        [inside] = looks(run(loop), 1)
        for i, letter in enumerate("abcd"):
            changes = line(inside, f"{letter} -=").changes
            assert [change is not None for change in changes] == [i == j for j in range(4)]


def test_what_autograd_knows():
    [inside] = looks(run(autograd), 1)
    assert {p.before[2:] for p in inside.parameters} == {(True, True, None)}
    [inside] = looks(run(tensors_by_hand), 1)
    assert {p.before[1:] for p in inside.parameters} == {(None, True, False, None)}
    assert inside.loss_grad_fn is None
    [inside] = looks(run(numpy_by_hand), 1)
    assert {p.before[1:] for p in inside.parameters} == {(None, None, None, None)}


# --- loops with mistakes --------------------------------------------------------------------------------------------


@pytest.mark.english
def test_gradients_that_are_not_reset_are_seen_growing():
    first, second = looks(forgetful(TENSORS, START, 1e-8), 2)
    assert grads(first) == [None] * 4
    assert grads(first, "after") == grads(second) == grads(first, "after_backward")
    assert grads(second, "after_backward") == pytest.approx(2 * np.array(grads(first, "after")), rel=1e-3)
    assert "NOT reset: 4 gradients" in step_in_words(first)
    assert "found 4 gradients that no line before it had reset" in step_in_words(second)


@pytest.mark.english
def test_a_parameter_that_becomes_a_new_tensor_is_followed_and_named():
    def rebinding(loss, parameters):
        loss.backward()
        return [parameter - 1e-4 * parameter.grad for parameter in parameters]

    [inside] = looks(four_parameters(TENSORS, START, rebinding), 1)
    assert {p.after.is_leaf for p in inside.parameters} == {False}
    assert {p.after.grad_fn for p in inside.parameters} == {"SubBackward0"}
    assert values(inside, "after") == [change.after.value for change in line(inside, "a, b, c, d = update").changes]
    assert "4 of 4 parameters are now new tensors" in step_in_words(inside)
    assert "reset" not in step_in_words(inside)
    assert ".is_leaf: True → False" in step_table(inside) and ".grad_fn: None → SubBackward0" in step_table(inside)


@pytest.mark.english
def test_a_gradient_lost_with_its_tensor_is_not_called_reset():
    def loop():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        while True:
            loss = (w**2).sum()
            yield loss, w
            loss.backward()
            w = w - 0.1 * w.grad

    [inside] = looks(loop(), 1)
    assert [change.lost for change in line(inside, "w =").changes] == [True, True]
    assert step_in_words(inside) == (
        "backward() filled 2 gradients; the update moved every parameter against its own; "
        "2 of 2 parameters are now new tensors, whose .grad the next backward() will not fill."
    )


@pytest.mark.english
def test_gradients_set_to_zero_are_reset_and_backward_comes_later():
    def loop():
        w = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.1)
        while True:
            loss = (w**2).sum()
            yield loss, w
            optimizer.zero_grad(set_to_none=False)
            loss.backward()
            optimizer.step()

    inside = looks(loop(), 2)[1]
    assert inside.backward == line(inside, "loss.backward").number
    assert step_in_words(inside).startswith("reset: 2 gradients; backward() filled 2 gradients; ")


@pytest.mark.english
def test_an_inner_loop_is_reported_from_its_first_change_to_its_last():
    def loop():
        w = torch.tensor(1.0, requires_grad=True)
        while True:
            loss = w**2
            yield loss, w
            for _ in range(3):
                (w**2).backward()
                with torch.no_grad():
                    w -= 0.1 * w.grad
                    w *= 1.0
            with torch.no_grad():
                w += 0.001
            w.grad = None

    [inside] = looks(loop(), 1)
    [change] = line(inside, "w -=").changes
    assert change.before.value == 1 and change.before.grad == inside.parameters[0].after_backward.grad == 2
    assert change.after.value == pytest.approx(inside.parameters[0].after.value - 0.001)
    assert "against its own" in step_in_words(inside)  # of two lines that move it the first, which is the update
    assert line(inside, "w *=").changes == (None,)


def test_what_follows_the_yield_in_its_line_belongs_to_it():
    def loop():
        a = 1.0
        while True:
            yield 0.0, a; a += 1.0  # fmt: skip  # noqa: E702

    [inside] = looks(loop(), 1)
    assert line(inside, "yield").changes[0].after.value == 2
    assert len(inside.lines) == 2


def test_a_nonleaf_parameter_is_read_without_a_warning():
    [inside] = looks(four_parameters(TENSORS, START, lambda loss, old: [part * 1.0 for part in old]), 1)
    assert grads(inside, "after") == [None] * 4


def test_a_loop_that_raises_raises_its_own_error_and_restores_the_trace_functions():
    error = ZeroDivisionError("mine")

    def failing():
        yield 1.0, (1.0, 2.0)
        raise error

    earlier, running = sys.gettrace(), failing()
    item = next(running)
    with pytest.raises(ZeroDivisionError) as raised:
        look_inside(running, *item)
    assert raised.value is error and not hasattr(error, "inside")
    assert sys.gettrace() is earlier


def test_a_loop_that_ends_ends_with_its_value():
    def ending():
        yield 1.0, (1.0, 2.0)
        return "result"

    earlier, running = sys.gettrace(), ending()
    item = next(running)
    for value in ("result", None):  # and once more, now that it has no frame
        with pytest.raises(StopIteration) as raised:
            look_inside(running, *item)
        assert raised.value.value == value
    assert sys.gettrace() is earlier


def test_a_loop_may_do_with_its_names_what_it_likes():
    def wild():
        a, b = 1.0, 2.0
        while True:
            yield 0.0, (a, b)
            a = None
            del b
            a, b = "word", object()
            a, b = [1.0, 2.0, 3.0], 1.0
            a, b = math.nan, 4.0

    first, second = looks(wild(), 2)
    assert math.isnan(first.parameters[0].after.value) and first.parameters[1].after.value == 4
    assert all(line.changes == (None, None) for line in second.lines[:-3])
    assert "nan" in step_table(second)


def test_what_is_no_pair_comes_through_too():
    running = iter([(1.0, (1.0, 2.0)), "nonsense"])
    item, inside = look_inside(running, *next(running))
    assert item == "nonsense" and values(inside, "after") == [1.0, 2.0]


# --- other trace functions ------------------------------------------------------------------------------------------


def test_an_earlier_trace_function_is_restored_and_goes_on_tracing_the_loop():
    def debugger(frame, event, argument):
        seen.append((frame.f_code.co_name, event))
        return debugger

    def loop():
        for i in range(10):
            yield float(i), (float(i),)

    seen, running, before = [], loop(), sys.gettrace()
    try:
        sys.settrace(debugger)
        item = next(running)
        item, _ = look_inside(running, *item)
        assert sys.gettrace() is debugger
        assert running.gi_frame.f_trace is debugger
        seen.clear()
        next(running)
        assert ("loop", "line") in seen
    finally:
        sys.settrace(before)


def test_the_loop_is_watched_no_longer_than_one_step():
    def quiet(frame, event, argument):
        return None

    running, before = run(autograd), sys.gettrace()
    _, inside = look_inside(running, *next(running))
    assert running.gi_frame.f_trace is None
    kept = inside
    try:
        sys.settrace(quiet)  # a stale local trace function would run now
        next(running)
    finally:
        sys.settrace(before)
    assert inside == kept


# --- names, sources, other iterators --------------------------------------------------------------------------------


def test_equal_numbers_are_different_parameters():
    def loop():
        a = b = c = d = 0.0
        while True:
            yield 1.0, (a, b, c, d)
            c += 1.0

    [inside] = looks(loop(), 1)
    assert [change is not None for change in line(inside, "c +=").changes] == [False, False, True, False]


def test_a_yield_over_several_lines_is_understood():
    def loop():
        a, w = 1.0, np.zeros((1, 3))
        while True:
            yield (
                1.0,
                (
                    a,
                    w,
                ),
            )
            a = 2 * a
            w = w + 1

    [inside] = looks(loop(), 1)
    assert line(inside, "a =").changes[0].after.value == 2
    assert [change.after.value for change in line(inside, "w =").changes[1:]] == [1, 1, 1]
    assert values(inside, "after") == [2, 1, 1, 1]


def test_the_text_of_a_notebooks_cell_is_found():
    cell = "def loop(a):\n    while True:\n        yield 1.0, a\n        a = a + 1  # <b>\n"
    name = "/tmp/ipykernel_1/2.py"
    linecache.cache[name] = (len(cell), None, cell.splitlines(True), name)  # as ipykernel keeps it
    space = {}
    exec(compile(cell, name, "exec"), space)
    [inside] = looks(space["loop"](1.0), 1)
    assert [(line.number, line.source) for line in inside.lines] == [
        (4, "        a = a + 1  # <b>"),
        (2, "    while True:"),
        (3, "        yield 1.0, a"),
    ]
    assert inside.lines[0].changes[0].after.value == 2
    del linecache.cache[name]
    [inside] = looks(space["loop"](1.0), 1)
    assert {line.source for line in inside.lines} == {""} and "<table>" in step_table(inside)


def test_many_parameters_have_many_names():
    [inside] = looks(run(numpy_matrix), 1)
    assert [p.name for p in inside.parameters] == list("abcd")
    [inside] = looks(iter([(1.0, np.zeros(30))] * 2), 1)
    names = [p.name for p in inside.parameters]
    assert names[25:28] == ["z", "a1", "b1"] and len(set(names)) == 30


@pytest.mark.english
def test_a_plain_iterator_has_states_but_no_lines():
    w = torch.tensor([1.0, 2.0], requires_grad=True)

    class Loop:
        def __next__(self):
            with torch.no_grad():
                w.sub_(1.0)
            return (w**2).sum(), w

    item, inside = look_inside(Loop(), 5.0, w)
    assert item[1] is w and inside.lines == () and inside.backward is None
    assert (values(inside), values(inside, "after")) == ([1.0, 2.0], [0.0, 1.0])
    assert step_table(inside).count("<table>") == 1
    assert step_in_words(inside).startswith("the lines of this loop cannot be watched")


def test_torch_is_not_imported():
    source = Path(sys.modules[look_inside.__module__].__file__).read_text()
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    modules |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {module.split(".")[0] for module in modules} <= sys.stdlib_module_names | {"numpy", "advance"}


# --- in HTML and in words -------------------------------------------------------------------------------------------


def cells(source):
    """Return the tables of an HTML text: lists of rows, each a list of texts. It must be well formed."""
    tree = ElementTree.fromstring(f"<div>{source}</div>")
    return [
        [[" | ".join(cell.itertext()) for cell in row] for row in part.iter("tr")] for part in tree.findall("table")
    ]


@every_loop
def test_the_tables_are_well_formed_and_accessible(loop, options):
    for inside in looks(run(loop, options), 2):
        HTMLParser().feed(step_table(inside))
        tree = ElementTree.fromstring(f"<div>{step_table(inside)}</div>")
        assert len(tree.findall("table")) == 2
        for part in tree.findall("table"):
            assert part.find("caption").text
            assert {head.get("scope") for head in part.findall("thead/tr/th")} == {"col"}
            width = len(part.findall("thead/tr/th"))
            for row in part.findall("tbody/tr"):
                assert [cell.tag for cell in row] == ["th"] + ["td"] * (width - 1)
                assert row[0].get("scope") == "row"
        assert "-" not in "".join(
            cell for part in cells(step_table(inside)) for row in part[1:] for cell in row[1:]
        )  # a real minus
        assert step_in_words(inside).endswith(".")


def test_a_cell_shows_only_what_its_line_changed():
    [inside] = looks(run(autograd), 1)
    [lines, known] = cells(step_table(inside))
    rows = {row[0].strip().split("  ")[0]: row[1:] for row in lines}
    first = inside.parameters[0]
    assert rows["with torch.no_grad():"] == [""] * 4
    assert rows["loss.backward()"][0] == f".grad: None → {significant(first.after_backward.grad)}"
    update = f"a: {significant(first.before.value)} → {significant(first.after.value)}"
    assert rows["parameter -= learning_rate * parameter.grad"][0] == update
    assert rows["parameter.grad = None"][0] == f".grad: {significant(first.after_backward.grad)} → None"
    assert known[1][:4] == ["a", "True", "True", "None"]
    value, gradient = significant(first.before.value), significant(first.after_backward.grad)
    assert known[1][4:6] == [f"{value}; .grad None", f"{value}; .grad {gradient}"]


def test_sources_are_escaped_and_keep_their_indentation():
    def loop():
        a = 1.0
        while True:
            yield 0.0, a
            if a < 3 and "<script>&":
                a += 1

    source = step_table(looks(loop(), 1)[0])
    assert "<script>" not in source and "&lt;script&gt;&amp;" in source
    [lines, _] = cells(source)
    assert [row[0] for row in lines[1:]] == [
        '    if a < 3 and "<script>&":',
        "        a += 1",
        "while True:",
        "    yield 0.0, a",
    ]


@pytest.mark.parametrize(
    "value, text",
    [
        (0.12573, "0.1257"),
        (-508.24, "−508.2"),
        (-0.0, "0"),
        (-1e-320, "−1e−320"),
        (1234567.0, "1.235e6"),
        (1.5e-7, "1.5e−7"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers(value, text):
    assert significant(value) == text


def test_a_change_too_small_for_four_digits_is_written_with_more():
    [inside] = looks(iter([(1.0, 1.0)] * 2), 1)
    assert cells(step_table(inside))[0][1][4] == "1"

    def loop():
        a = 1.0
        while True:
            yield 1.0, a
            a += 1e-6

    assert "a: 1 → 1.000001<" in step_table(looks(loop(), 1)[0])


@pytest.mark.english
def test_words_follow_the_order_of_the_lines():
    assert step_in_words(looks(run(autograd), 1)[0]) == (
        "backward() filled 4 gradients; the update moved every parameter against its own; reset: 4 gradients."
    )
    first, second = looks(run(nn_by_hand), 2)
    assert step_in_words(first).endswith("NOT reset: 4 gradients, and the next backward() adds to them, "
                                    "unless a reset comes first.")  # fmt: skip
    assert step_in_words(second) == (
        "reset: 4 gradients; backward() filled 4 gradients; the update moved every parameter against its own."
    )
    assert step_in_words(looks(run(numpy_by_hand), 1)[0]) == (
        "no backward() here: the loop works out its gradients by hand; the update moved every parameter."
    )


@pytest.mark.english
def test_words_for_an_update_uphill_and_for_none():
    def uphill(loss, parameters):
        loss.backward()
        with torch.no_grad():
            parameters[0].add_(1e-4 * parameters[0].grad)
        return parameters

    def idle(loss, parameters):
        return parameters

    [inside] = looks(four_parameters(TENSORS, START, uphill), 1)
    assert "moved 1 of 4 parameters;" in step_in_words(inside)
    [inside] = looks(four_parameters(TENSORS, START, idle), 1)
    assert step_in_words(inside) == "no line left a new gradient behind; no parameter moved."
