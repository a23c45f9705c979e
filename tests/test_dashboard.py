"""The dashboard without a browser: controls are moved and buttons clicked, pictures read back as numbers."""

import asyncio
import functools
import gc
import html
import re
import threading
import warnings

import ipywidgets
import numpy as np
import pytest
from board_support import (
    DATA,
    PROBLEM,
    Trial,
    ask,
    ends_early,
    is_nan,
    lines,
    raises,
    right,
    told,
    until,
    weight,
    wrong_signature,
    yields_a_number,
    yields_nothing,
)
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure

from polyfit_helpers import START, Data, plots, random_start, record, theory, training
from polyfit_helpers.widgets import dashboard, explore, texts
from polyfit_helpers.widgets.elements import Range
from polyfit_helpers.widgets.views import Drawing, ghosts
from polyfit_helpers.widgets.words import words


@pytest.fixture
def board():
    board = dashboard(DATA, training.numpy_matrix)
    yield board
    board.close()


def click(board, name):
    board.buttons[name].click()


def in_a_kernel(scenario):
    """Run a scenario as in a kernel: on a main loop that goes on between the steps."""

    async def run():
        made = []

        def make(*args, **kwargs):
            made.append(dashboard(*args, **kwargs))
            return made[-1]

        await scenario(make)
        for board in made:
            board.close()

    asyncio.run(run())


# --- What a control does --------------------------------------------------------------------------------------------


def test_before_the_first_run_the_board_stands_at_the_start_and_tells_what_theory_expects(board):
    assert board.mode == "ready" and len(board.history) == 1
    assert told(board).startswith(texts.READY)
    assert set(right(board)) == {"measured", "predicted"}


def test_train_does_what_record_does(board):
    click(board, "train")
    assert board.mode == "finished"
    expected = record(training.numpy_matrix(DATA, START, 1e-6), 2000)
    np.testing.assert_array_equal(board.history.losses, expected.losses)
    assert told(board).startswith(texts.FALLING) and told(board) == str(words(board.seen)) == repr(board)


def test_the_learning_rate_moves_the_predicted_curve_and_trains_nothing(board):
    before = right(board)["predicted"]
    board.learning_rate.value = 3e-6
    after = right(board)["predicted"]
    assert len(board.history) == 1
    assert after[len(after) // 2, 1] < 0.9 * before[len(before) // 2, 1]
    assert told(board) == str(words(board.seen)), "the words move, too"


def test_the_predicted_curve_lies_under_the_measured_one(board):
    click(board, "train")
    drawn = right(board)
    measured = np.interp(drawn["predicted"][:, 0], *drawn["measured"].T)
    assert np.abs(np.log(measured / drawn["predicted"][:, 1]))[90:].max() < 0.05


def test_the_limit_is_marked_on_the_learning_rates_own_scale_and_moves_with_momentum(board):
    ((value, text),) = board.learning_rate.marks
    assert value == pytest.approx(PROBLEM.stability_limit()) and text == texts.limit(value=value)
    board.momentum.value = 0.5
    ((value, text),) = board.learning_rate.marks
    assert value == pytest.approx(5.34e-6, rel=1e-3)


def test_momentum_reaches_the_loop(board):
    board.momentum.value = 0.9
    click(board, "train")
    expected = record(training.numpy_matrix(DATA, START, 1e-6, momentum=0.9), 2000)
    np.testing.assert_array_equal(board.history.losses, expected.losses)


def test_an_optimizer_reaches_the_loop_and_theory_falls_silent():
    board = dashboard(DATA.to("cpu"), training.optim, learning_rate=1e-2, iterations=50)
    board.optimizer.value = "Adam"
    assert board.learning_rate.marks == [] and "predicted" not in right(board)
    click(board, "train")
    expected = record(training.optim(DATA.to("cpu"), START, 1e-2, optimizer="Adam"), 50)
    np.testing.assert_array_equal(board.history.losses, expected.losses)
    board.close()


def test_a_loop_without_an_optimizer_is_offered_none():
    board = dashboard(DATA, training.numpy_by_hand, iterations=10)
    assert not {"optimizer", "momentum"} & board.panel.shown
    board.close()


def test_iterations_decide_how_long(board):
    board.iterations.value = 30
    click(board, "train")
    assert board.history.iterations == 30


def test_step_by_1_10_and_100_is_the_same_run(board):
    for size in (1, 10, 100):
        board.step_size.value = size
        click(board, "step")
    assert board.history.iterations == 111
    np.testing.assert_array_equal(board.history.losses, record(training.numpy_matrix(DATA, START, 1e-6), 111).losses)
    assert texts.PAUSED in told(board) and texts.plural(111) in told(board)


def test_after_steps_the_run_can_be_resumed(board):
    click(board, "step")
    assert board.buttons["train"].description == texts.RESUME
    click(board, "train")
    assert board.mode == "finished" and board.history.iterations == 2000


def test_reset_goes_back_to_the_start(board):
    click(board, "train")
    click(board, "reset")
    assert board.mode == "ready" and len(board.history) == 1 and texts.READY in told(board)


def test_the_start_is_chosen(board):
    board.iterations.value = 5
    board.start.value = "zeros"
    click(board, "train")
    assert board.history.losses[0] == pytest.approx(999.5)
    board.start.value = "seed"
    click(board, "train")
    seeded = board.history.parameters[0]
    assert any(np.array_equal(seeded, random_start(seed)) for seed in range(1, 5))
    board.start.value = "last"
    click(board, "train")
    np.testing.assert_array_equal(board.history.parameters[0], seeded)


def test_the_scrubber_looks_up_and_trains_nothing(board):
    click(board, "train")
    last = lines(board.pictures.shown[0])["fit"]
    board.scrubber.value = 0
    first = lines(board.pictures.shown[0])["fit"]
    assert board.history.iterations == 2000
    assert board.count.value == texts.scrubbed(iteration=0, value=board.history.losses[0])
    assert texts.equation_at(iteration=0, equation=theory.equation(START)) in told(board) and told(board) == repr(board)
    board.scrubber.value = 2000
    assert theory.equation(board.history[-1].parameters) in told(board)
    assert texts.equation_at(iteration=2000, equation=theory.equation(board.history[-1].parameters)) not in told(board)
    board.scrubber.value = 0
    x = DATA.in_order(most=200).x
    expected, (low, high) = theory.polynomial_values(x, START), board.panel.drawing.fits.places["y"]
    inside = (first[:, 1] > low) & (first[:, 1] < high)
    assert inside.sum() > 20 and np.interp(*first[inside].T[:1], x, expected) == pytest.approx(
        first[inside, 1], rel=1e-6
    )
    assert not np.array_equal(first, last)


def test_more_unfolds_and_folds(board):
    assert board.fold.layout.display == "none"
    board.buttons["more"].click()
    assert board.fold.layout.display == "flex" and board.buttons["more"].description == texts.LESS
    board.buttons["more"].click()
    assert board.fold.layout.display == "none"


def test_whoever_wants_less_says_so():
    board = dashboard(DATA, training.numpy_by_hand, controls=["learning_rate", "step"])
    labels = [widget.label for widget in walk(board) if isinstance(widget, Range)]
    assert labels == [texts.LEARNING_RATE]
    board.close()


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


# --- What an entry says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "entered"),
    [("learning_rate", "fast"), ("learning_rate", "-1e-6"), ("iterations", "2.5"), ("iterations", "")],
)
def test_a_bad_entry_is_quoted_and_changes_nothing(board, control, entered):
    click(board, "step")
    before = getattr(board, control).value
    getattr(board, control).entered = entered + "\n1"
    assert repr(entered) in getattr(board, control).error
    assert getattr(board, control).value == before and board.history.iterations == 1


def test_a_good_entry_keeps_all_its_digits_and_clears_the_error(board):
    board.learning_rate.entered = "oops\n1"
    board.learning_rate.entered = "3.5579e-6\n2"
    assert board.learning_rate.value == 3.5579e-6 and board.learning_rate.error == ""
    assert board.learning_rate.text == "3.558e-6"
    board.iterations.entered = "12 345\n3"
    assert board.iterations.value == 12345 and board.iterations.text == "12\u202f345"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"learning_rate": -1e-6}, ValueError, "got -1e-06"),
        ({"learning_rate": 2.0}, ValueError, "at most 1, got 2.0"),
        ({"learning_rate": 1e-12}, ValueError, "at least 1e-09, got 1e-12"),
        ({"iterations": 0}, ValueError, "got 0"),
        ({"iterations": 2.5}, ValueError, "got 2.5"),
        ({"iterations": 10**6}, ValueError, "at most 100000, got 1000000"),
        ({"controls": ["speed"]}, ValueError, "unknown control 'speed': choose from learning_rate"),
        ({"loop": 5}, TypeError, "the training function itself.*got 5"),
        ({"data": [1, 2]}, TypeError, "such as sine"),
    ],
)
def test_a_bad_argument_is_quoted(change, error, message):
    with pytest.raises(error, match=message):
        dashboard(**{"data": DATA, "loop": training.numpy_by_hand, **change})


# --- Loops that are wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loop", "kind", "states"),
    [
        (raises, "KeyError", 2),
        (yields_a_number, "TypeError", 0),
        (yields_nothing, "ValueError", 0),
        (wrong_signature, "TypeError", 0),
        (is_nan, texts.NO_NUMBER, 2),
        (ends_early, texts.CONVERGED, 3),
    ],
)
def test_a_wrong_loop_is_told_and_the_board_goes_on_working(loop, kind, states):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        board = dashboard(DATA, loop)
    click(board, "train")
    assert kind in told(board) or loop is ends_early
    assert "<b>grad" not in board.status.html, "what a loop says is escaped"
    assert len(board.history) == states
    board.learning_rate.value = 2e-6
    click(board, "reset")
    click(board, "step")
    board.runs[0].loop = training.numpy_by_hand
    board.iterations.value = 3
    board.train()
    assert board.mode == "finished" and board.history.iterations == 3
    board.close()


def test_a_device_that_fails_in_mid_run_is_words_and_the_cpu_can_be_chosen_next():
    def loop(data, start, learning_rate):
        yield 2.0, start
        raise RuntimeError("CUDA out of memory")

    board = dashboard(DATA, loop)
    click(board, "train")
    assert "CUDA out of memory" in told(board) and len(board.history) == 1
    assert not board.device.disabled and not board.buttons["train"].disabled
    board.close()


# --- Pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[1e300, 1e308, np.inf], [np.nan] * 3, [0.0, -1.0, 1e-320], [5.0], [1, np.nan, 3]])
def test_no_coordinate_is_ever_unfit_to_draw(values):
    def loop(data, start, learning_rate):
        for value in values:
            yield value, [value] * 4

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = Trial(loop, iterations=10).train()
    for frame in Drawing(trial.seen()).frames(trial.session.done):
        for points in lines(frame).values():
            assert np.isfinite(points).all()


def test_a_frame_costs_the_same_at_100_and_at_100_000_iterations():
    board = dashboard(DATA, training.numpy_matrix, iterations=100_000, learning_rate=1e-6)
    board.step(100)
    short = weight(board.pictures.shown)
    click(board, "train")
    long = weight(board.pictures.shown)
    assert board.history.iterations == 100_000
    assert long <= 2_500 and long < 2.5 * short
    assert board.history._table.nbytes <= 10e6
    board.close()


def test_thinning_keeps_both_ends_and_the_extremes():
    x = np.arange(10_001.0)
    y = np.sin(x / 700)
    y[1234], y[8765] = 50.0, -50.0
    xs, ys = plots.thinned(x, y, 300)
    assert len(xs) <= 302 and (xs[0], xs[-1]) == (0, 10_000)
    assert {50.0, -50.0} <= set(ys) and (np.diff(xs) > 0).all()


def test_pictures_speak(board):
    click(board, "train")
    for frame in (board.pictures.shown[0], board.pictures.shown[1]):
        assert len(frame.says) > 30
    for still in (one["svg"] for one in board.pictures.stills):
        assert 'aria-hidden="true"' in still and "currentColor" in still and "<text" in still
        assert "http://www.w3.org/1999/xlink" not in still or "href" in still


def test_every_line_differs_in_dash_or_width_as_well_as_in_colour(board):
    click(board, "train")
    looks = [
        line.look for line in (*board.panel.drawing.view.expected().values(), *board.pictures.shown[1].lines.values())
    ]
    assert len({look.color for look in looks}) == len({(str(look.dash), look.width > 4) for look in looks}) == 2


# --- Without a kernel, and again with one ---------------------------------------------------------------------------


def test_the_stored_output_is_a_picture_and_the_words(board):
    bundle = board._repr_mimebundle_()
    assert bundle["text/plain"].startswith(texts.READY)
    assert re.search(r'<img alt="[^"]{30,}"', bundle["text/html"]) and texts.READY in bundle["text/html"]
    again = dashboard(DATA, training.numpy_matrix)
    assert again._repr_mimebundle_()["text/html"] == bundle["text/html"]
    again.close()


def test_train_returns_at_once_and_other_work_goes_on():
    async def scenario(make):
        board = make(DATA, training.numpy_by_hand, iterations=100_000)
        click(board, "train")
        assert board.mode == "running" and len(board.history) == 1, "the callback only starts the task"
        assert board.buttons["train"].description == texts.PAUSE
        for _ in range(5):
            await asyncio.sleep(0)
        assert 1 < len(board.history) < 100_000

    in_a_kernel(scenario)


def test_pause_resume_and_stop():
    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=20_000)
        click(board, "train")
        await until(lambda: len(board.history) > 100)
        click(board, "train")
        held = len(board.history)
        assert board.mode == "paused" and texts.PAUSED in told(board)
        await asyncio.sleep(0.05)
        assert len(board.history) == held
        click(board, "train")
        await until(lambda: len(board.history) > held)
        click(board, "stop")
        held = len(board.history)
        await asyncio.sleep(0.05)
        assert board.mode == "stopped" and len(board.history) == held and texts.STOPPED in told(board)
        expected = record(training.numpy_matrix(DATA, START, 1e-6), held - 1)
        np.testing.assert_array_equal(board.history.losses, expected.losses)

    in_a_kernel(scenario)


def test_changing_a_control_while_a_run_goes_on_never_mixes_two_runs():
    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=5000)
        click(board, "train")
        await until(lambda: len(board.history) > 100)
        board.learning_rate.value, board.start.value, board.iterations.value = 3e-6, "zeros", 50
        await until(lambda: board.mode == "finished")
        expected = record(training.numpy_matrix(DATA, START, 1e-6), 5000)
        np.testing.assert_array_equal(board.history.losses, expected.losses)

    in_a_kernel(scenario)


def test_training_again_in_mid_run_leaves_one_run():
    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=3000)
        board.train()
        await until(lambda: len(board.history) > 100)
        board.train()
        await until(lambda: board.mode == "finished")
        np.testing.assert_array_equal(
            board.history.losses, record(training.numpy_matrix(DATA, START, 1e-6), 3000).losses
        )
        assert len(asyncio.all_tasks()) <= 3

    in_a_kernel(scenario)


def test_two_boards_train_side_by_side():
    async def scenario(make):
        one = make(DATA, training.numpy_matrix, iterations=10_000)
        two = make(DATA, training.numpy_matrix, iterations=10_000, learning_rate=2e-6)
        one.train()
        two.train()
        await until(lambda: len(one.history) > 200 and len(two.history) > 200)
        assert one.mode == two.mode == "running"
        await until(lambda: one.mode == two.mode == "finished")
        for board, rate in ((one, 1e-6), (two, 2e-6)):
            np.testing.assert_array_equal(
                board.history.losses, record(training.numpy_matrix(DATA, START, rate), 10_000).losses
            )

    in_a_kernel(scenario)


def test_play_moves_the_scrubber_through_the_run():
    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=100)
        board.train()
        await until(lambda: board.mode == "finished")
        board.buttons["play"].click()
        board._player._begun -= 1  # a quarter of it has been
        ask(board)
        assert 0 < board.scrubber.value < 60
        assert "y =" not in told(board), "a line that is read out says nothing while pictures pass"
        board.buttons["play"].click()
        held = int(board.scrubber.value)
        assert texts.equation_at(iteration=held, equation=theory.equation(board.history[held].parameters)) in told(
            board
        )
        ask(board)
        assert board.scrubber.value == held and board.history.iterations == 100

    in_a_kernel(scenario)


def test_a_callback_from_another_thread_is_posted_to_the_main_loop():
    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=500)
        thread = threading.Thread(target=lambda: click(board, "train"))
        thread.start()
        thread.join()
        assert len(board.history) == 1, "nothing happens in that thread"
        await until(lambda: board.mode == "finished")
        assert board.history.iterations == 500

    in_a_kernel(scenario)


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_many_boards_of_one_cell_leave_nothing_behind(monkeypatch, count):
    from polyfit_helpers.widgets import base as module

    def figures():
        gc.collect()
        return sum(type(thing) is Figure for thing in gc.get_objects())

    before = figures()

    async def scenario(make):
        monkeypatch.setattr(module, "this_cell", lambda: ("cell", "run -1"))
        make(DATA, training.numpy_matrix, iterations=10)
        widgets, tasks, threads = len(_instances), len(asyncio.all_tasks()), threading.active_count()
        for run in range(count):
            monkeypatch.setattr(module, "this_cell", lambda run=run: ("cell", f"run {run}"))
            make(DATA, training.numpy_matrix, iterations=50_000).train()
            await asyncio.sleep(0)
        assert sum(board.cell is not None for board in module.boards) == 1
        assert len(_instances) <= widgets + 5
        assert len(asyncio.all_tasks()) <= tasks + 1
        assert threading.active_count() == threads
        assert figures() <= before + 4

    in_a_kernel(scenario)


def test_a_board_that_nobody_sees_any_more_stops_and_keeps_its_history(monkeypatch):
    from polyfit_helpers.widgets import base as module

    monkeypatch.setattr(module, "AWAY", 0.1)

    async def scenario(make):
        board = make(DATA, training.numpy_matrix, iterations=100_000)
        board._view_count = 1
        board.train()
        board._view_count = 0
        board._view_count = 1  # moved
        await asyncio.sleep(0.2)
        assert board.mode == "running"
        board._view_count = 0
        await until(lambda: board.mode != "running")
        assert board.mode == "stopped"
        assert 0 < board.history.iterations < 100_000

    in_a_kernel(scenario)


def test_a_closed_board_has_closed_all_its_widgets():
    before = set(_instances)
    board = dashboard(DATA, training.numpy_matrix)
    board.close()
    assert {type(_instances[key]).__name__ for key in set(_instances) - before} == set()


def test_data_of_a_straight_line_has_a_board_too():
    points = Data([1.0, 2, 3, 4, 5, 6], [10.0, 13, 16, 19, 22, 25], "3 x + 7")
    board = dashboard(points, training.numpy_matrix, start=(1.0, 1.0), learning_rate=1e-3, iterations=3000)
    click(board, "train")
    assert board.mode == "finished" and isinstance(board, ipywidgets.VBox)
    board.close()


# --- Keep and compare -----------------------------------------------------------------------------------------------


def cells(board):
    rows = re.findall("<tr>(.*?)</tr>", board.kept_table.value)[1:]
    return [[html.unescape(cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_a_kept_run_is_a_ghost_and_a_line_of_the_table(board):
    assert board.buttons["keep"].disabled and board.buttons["forget"].disabled and cells(board) == []
    click(board, "train")
    first = board.history
    click(board, "keep")
    board.learning_rate.value = 3e-6
    click(board, "train")
    assert "1: 1e-6" in board.pictures.stills[1]["svg"], "the ghost is named in the legend"
    click(board, "keep")
    assert [run.losses.tolist() == first.losses.tolist() for run in board.kept] == [True, False]
    one, two = cells(board)
    assert one[:-1] == ["1: 1e-6", "numpy_matrix", "1e-6", "cpu", "2\u202f000", "9.085", "0.2677", texts.NOT_YET]
    reached = PROBLEM.iterations_to_reach(1.01 * PROBLEM.floor, START, 3e-6)
    assert two[:2] == ["2: 3e-6", "numpy_matrix"] and two[-2] == str(reached)
    assert float(one[-1]) >= 0


def test_a_paused_run_that_was_kept_stays_as_it_was_when_it_goes_on(board):
    board.step(100)
    click(board, "keep")
    before = cells(board)
    board.step(500)
    board.learning_rate.value = 2e-6
    click(board, "keep")
    assert cells(board)[0] == before[0] and before[0][4] == "100"
    assert len(board.kept[0].losses) == 101 and len(board.kept[1].losses) == 601


def test_ghosts_are_seen_whole_and_go_when_they_are_forgotten(board):
    board.iterations.value = 5000
    click(board, "train")
    click(board, "keep")
    board.iterations.value = 100
    click(board, "train")
    assert "5\u202f000" in board.pictures.stills[1]["svg"], "the axis reaches to the end of the ghost"
    click(board, "forget")
    assert "5\u202f000" not in board.pictures.stills[1]["svg"] and cells(board) == [] and board.kept == []


def test_reset_keeps_what_was_kept_and_a_running_run_cannot_be_kept(board):
    click(board, "train")
    click(board, "keep")
    click(board, "reset")
    assert len(cells(board)) == 1 and board.buttons["keep"].disabled
    board.keep()
    assert len(board.kept) == 1, "there is no run yet"


def test_more_runs_than_ghosts_draw_the_last_ones():
    trial = Trial(iterations=10)
    for rate in (1e-6, 2e-6, 3e-6, 1e-7, 2e-7):
        trial.train(learning_rate=rate).session.keep()
    assert [ghost.label.partition(":")[0] for ghost in ghosts(trial.seen().kept)] == ["2", "3", "4", "5"]


def test_an_overflowed_run_can_be_kept_and_draws_no_infinity(board):
    board.learning_rate.value = 1e-3
    click(board, "train")
    click(board, "keep")
    assert cells(board)[0][5:8] == [texts.OVERFLOW, "", texts.NOT_YET]
    assert not re.search("nan|inf", board.pictures.stills[1]["svg"].replace("infinite", ""))


def test_the_table_escapes_a_learners_name(board):
    def loop(data, start, learning_rate):
        yield from training.numpy_matrix(data, start, learning_rate)

    loop.__name__ = "<script>"
    other = dashboard(DATA, loop, iterations=5)
    click(other, "train")
    click(other, "keep")
    assert "<script>" not in other.kept_table.value and cells(other)[0][1] == "<script>"
    other.close()


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.8171654, "8.817"), (19074.2, "19\u202f074"), (1.629e-7, "1.629e-7"), (3e22, "3e22"), (float("inf"), "inf")],
)
def test_a_loss_in_words(value, text):
    assert texts.loss(value) == text


def test_points_in_any_order_have_the_same_pictures():
    order = np.random.default_rng(0).permutation(len(DATA))
    mixed = Data(DATA.x[order], DATA.y[order], DATA.name)
    for make in (lambda data: dashboard(data, training.numpy_matrix), explore):
        boards = [make(data) for data in (DATA, mixed)]
        assert boards[0].pictures.stills[0] == boards[1].pictures.stills[0]
        assert boards[0].pictures.frames["numbers"] == boards[1].pictures.frames["numbers"]
        for board in boards:
            board.close()


def test_a_range_has_its_names_in_its_first_message(monkeypatch):
    sent = []
    monkeypatch.setattr(Range, "open", lambda self: sent.append(self.get_state()))
    Range(label="Learning rate", value=1e-6, min=1e-9, max=1.0, log=True)
    [state] = sent
    assert (state["label"], state["entry_label"], state["text"]) == (
        "Learning rate",
        texts.exact(label="Learning rate"),
        "1e-6",
    )


# --- The page sets the pace -----------------------------------------------------------------------------------------


class Page:
    """A page that shows a board: it hears what is said in answer to it, and in an ordinary host all else, too."""

    def __init__(self, monkeypatch, board, *, unasked):
        self.board, self.unasked, self.answers, self._asks = board, unasked, 0, False
        self.known = {}  # of each widget what the page knows
        for widget in board._made():
            self.known[widget.comm.comm_id] = widget.get_state()
            monkeypatch.setattr(widget.comm, "publish_msg", functools.partial(self._hear, widget))

    def _hear(self, widget, kind, data=None, **_):
        if not (self.unasked or self._asks) or kind != "comm_msg":
            return
        if data["method"] == "update":
            self.known[widget.comm.comm_id].update(data["state"])
        elif "answer" in data.get("content", {}):
            self.answers += 1
            if data["content"]["number"] != self.of(self.board.pictures)["frames"]["number"]:
                self.say(lambda: ask(self.board, {"lost": "a page"}))

    def say(self, what):
        """Tell the kernel something, and hear its answer."""
        self._asks, before = True, self._asks
        what()
        self._asks = before

    def of(self, widget):
        return self.known[widget.comm.comm_id]

    def agrees(self):
        """Whether the page knows all that the kernel does."""
        states = [(self.of(one), one.get_state()) for one in self.board._made()]
        return all(known[name] == now[name] for known, now in states for name in now if name != "frames") and (
            self.of(self.board.pictures)["frames"]["number"] == self.board.pictures.frames["number"]
        )


@pytest.mark.parametrize("unasked", [True, False], ids=["an ordinary host", "a host that drops what is no answer"])
def test_a_run_is_seen_live_at_the_pace_of_the_page(monkeypatch, unasked):
    async def scenario():
        board = dashboard(DATA, training.numpy_by_hand, iterations=100_000)
        page, seen = Page(monkeypatch, board, unasked=unasked), []
        page.say(lambda: click(board, "train"))
        assert page.of(board.pictures)["live"] and page.of(board.buttons["stop"])["disabled"] is False
        for _ in range(5):
            states = len(board.history)
            await until(lambda states=states: len(board.history) > states)
            page.say(lambda: ask(board))
            seen.append(page.of(board.pictures)["frames"]["number"])
        assert seen == [seen[0] + i for i in range(5)] and page.answers == 5, "a frame for each question, and no other"
        page.say(lambda: click(board, "stop"))
        assert page.agrees()
        board.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("unasked", [True, False], ids=["an ordinary host", "a host that drops what is no answer"])
def test_a_page_that_missed_the_end_of_a_run_is_told_all_of_it(monkeypatch, unasked):
    async def scenario():
        board = dashboard(DATA, training.numpy_matrix, iterations=500)
        page = Page(monkeypatch, board, unasked=unasked)
        page.say(lambda: click(board, "train"))
        await until(lambda: board.mode == "finished")  # before the page comes to ask
        assert page.agrees() is unasked
        page.say(lambda: ask(board))
        assert page.agrees() and page.of(board.status)["html"] == board.status.html
        assert page.answers == 1
        board.close()

    asyncio.run(scenario())


def test_nobody_asks_and_the_run_comes_to_its_end():
    async def scenario():
        board = dashboard(DATA, training.numpy_matrix, iterations=5000)
        drawn = board.pictures.frames["number"]
        click(board, "train")
        await until(lambda: board.mode == "finished")
        assert board.history.iterations == 5000 and board.pictures.frames["number"] <= drawn + 2, (
            "its start and its end"
        )
        board.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("message", [None, 5, "ask", {}, {"ask": 3}, {"ask": None}, {"lost": {"deep": []}}])
def test_whatever_a_page_says_is_borne(board, message):
    before = board.scene()
    board.pictures._handle_custom_msg(message, [])
    assert board.scene() == before
