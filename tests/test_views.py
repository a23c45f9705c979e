"""What a board compares and explores: views, several loops, switches, guesses, scenes, and the inside of a step."""

import asyncio
import html
import re
import time
from functools import partial
from itertools import groupby

import numpy as np
import pytest
from board_support import (
    DATA,
    NETWORK,
    PROBLEM,
    RUNGS,
    TENSORS,
    ZEROS,
    Trial,
    ask,
    fails_at_once,
    label,
    lines,
    near,
    right,
    told,
    until,
    weight,
)
from ipywidgets.widgets.widget import _instances
from pytest import approx

from polyfit_helpers import START, Data, plots, random_start, record, theory, training
from polyfit_helpers.networks import network_start, relu_network
from polyfit_helpers.widgets import dashboard, texts
from polyfit_helpers.widgets.guess import verdict_on
from polyfit_helpers.widgets.views import Drawing, contours, view_names
from polyfit_helpers.widgets.words import words

VIEWS = view_names(4, 1)


@pytest.fixture
def make():
    made = []

    def board(loop=training.numpy_matrix, **options):
        made.append(dashboard(options.pop("data", DATA), loop, **options))
        return made[-1]

    yield board
    for one in made:
        one.close()


def heights(board, name):
    """Return the y values of a line of the right picture."""
    return right(board)[name][:, 1]


# --- Views ----------------------------------------------------------------------------------------------------------


def test_one_control_has_every_view_and_b_and_d_are_the_first_path(make):
    board = make()
    assert [name for _, name in board.view._options_full] == VIEWS
    assert VIEWS[:5] == ["loss", "above", "coefficients", "residuals", "path b d"] and len(VIEWS) == 10
    assert view_names(2, 1)[-1] == "path a b" and "differences" in view_names(4, 2)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("rate", [1e-6, 3.6e-6, 1e-3])
def test_every_view_has_lines_that_can_be_drawn_a_text_and_a_still_picture(view, rate):
    trial = Trial(learning_rate=rate, iterations=500)
    for act, at in (("reset", 0), ("train", 500), ("train", 7)):
        trial.act(act)
        drawing = Drawing(trial.seen(view=view))
        frames = drawing.frames(min(at, trial.session.done))
        assert weight(frames) <= (2_500 if view == "loss" else 5_000)
        for frame, canvas in zip(frames, drawing.canvases, strict=True):
            for points in lines(frame).values():
                assert np.isfinite(points).all() and near(points, canvas)
        assert len(label(frames[1])) > 20
    if rate == 1e-3:  # what overflows is the hardest to draw
        still = drawing.snapshot(frames)
        assert html.escape(label(frames[1])) in still and "data:image/png" in still


def test_the_still_picture_has_the_lines_of_the_live_one(make):
    board = make(view="path b d", iterations=300)
    board.train()
    fits, view = board.pictures.shown
    picture = plots.snapshot([(board.panel.drawing.fits, fits), (board.panel.drawing.view.canvas, view)])
    drawn = {line.get_color(): line.get_xydata() for line in picture.figure.axes[1].lines if len(line.get_xydata()) > 9}
    run = drawn[plots.MEASURED.color]
    assert run[-1] == approx(board.history[-1].parameters[[1, 3]], abs=0.005)
    assert run[0] == approx([START[1], START[3]], abs=0.005)
    assert picture.description == " ".join(label(frame) for frame in (fits, view))


def test_differences_grow_with_the_run_and_begin_anew_with_the_next_one(make):
    board = make(RUNGS, data=TENSORS, iterations=300, view="differences")
    for rate in (1e-6, 2e-6):
        board.learning_rate.value = rate
        board.reset()
        for _ in range(3):
            board.step(100)
            first, *others = (run.history.losses for run in board.runs)
            for (_, values, _), losses in zip(board.panel.drawing.view._series(), others, strict=True):
                assert values.tolist() == np.maximum(np.abs(losses - first) / np.spacing(first), 0.5).tolist()


def test_views_are_switched_without_training_and_also_while_a_run_goes_on(make):
    board = make()
    board.train()
    history = board.history
    seen = set()
    for view in VIEWS:
        board.view.value = view
        seen.add(board.pictures.shown[1].says)
    assert len(seen) == len(VIEWS) and board.history is history and board.mode == "finished"

    async def scenario():
        running = dashboard(DATA, training.numpy_by_hand, iterations=100_000)
        running.train()
        await until(lambda: len(running.history) > 1)
        running.view.value = "path b d"
        states = len(running.history)
        await until(lambda: len(running.history) > states)
        assert running.mode == "running" and "measured, now" in right(running)
        running.close()

    asyncio.run(scenario())


def test_above_the_floor_each_direction_is_a_straight_line_with_the_predicted_slope(make):
    board = make(view="above", iterations=1000)
    board.train()
    assert heights(board, "measured")[-1] == approx(board.history.losses[-1] - PROBLEM.floor, rel=0.05)
    parts = PROBLEM.predicted_parts(START, 1e-6, 1000)
    for k in (0, 1):
        iterations, part = right(board)[f"part {k + 1}"].T
        assert part[0] == approx(parts[0, k], rel=1e-6)
        seen = part > board.panel.drawing.view.canvas.places["y"][0]
        straight = np.polyval(np.polyfit(iterations[seen], np.log(part[seen]), 1), iterations[seen])
        assert np.log(part[seen]) == approx(straight, abs=1e-3), "straight on a logarithmic axis"
    factors = (1 - 1e-6 * PROBLEM.eigenvalues) ** 2
    assert texts.enumerated(f"{factor:.4f}" for factor in factors) in told(board)
    board.learning_rate.value = 2e-6
    assert right(board)["part 1"][-1, 1] < right(board)["measured"][-1, 1], "steeper with twice the rate"


def test_coefficients_end_where_the_run_ends_and_the_best_ones_are_told(make):
    board = make(view="coefficients", iterations=5000)
    board.train()
    ends = [heights(board, letter)[-1] for letter in "abcd"]
    assert ends == approx(board.history[-1].parameters, abs=0.005)
    assert texts.coefficients(best=dict(zip("abcd", PROBLEM.optimum, strict=True))) in told(board)


def test_a_path_goes_from_the_start_to_the_best_and_says_whether_two_parameters_are_coupled(make):
    board = make(view="path b d", iterations=5000)
    board.train()
    end = right(board)["measured"][-1]
    assert end == approx(PROBLEM.optimum[[1, 3]], abs=1e-3)
    assert right(board)["predicted"][-1] == approx(end, abs=1e-3)
    assert texts.tilted(names="bd") in told(board)
    board.view.value = "path a b"
    assert texts.upright(names="ab") in told(board)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_a_path_stays_in_the_picture_as_long_as_descent_is_stable(make, seed):
    board = make(start=random_start(seed), learning_rate=3.5e-6)
    for view in [view for view in VIEWS if view.startswith("path")]:
        board.view.value = view
        board.step(50)
        places, points = board.panel.drawing.view.canvas.places, right(board)["measured"]
        (left, right_end), (low, high) = places["x"], places["y"]
        assert (points >= [left, low]).all() and (points <= [right_end, high]).all()


def test_residuals_are_fit_minus_data(make):
    board = make(view="residuals")
    board.train()
    a, b, c, d = board.history[-1].parameters
    expected = a + b * DATA.x + c * DATA.x**2 + d * DATA.x**3 - DATA.y
    drawn = heights(board, "measured")
    assert drawn.max() == approx(expected.max(), abs=2e-3) and drawn.min() == approx(expected.min(), abs=2e-3)


def test_a_model_without_theory_has_the_views_that_need_none(make):
    board = make(
        training.custom_function, data=TENSORS, start=(0, -1, 0, 0.3), learning_rate=5e-6, model=theory.legendre_values
    )
    for view in VIEWS:
        board.view.value = view
        board.step(100)
        assert set(right(board)) & {"measured", "a"} and "predicted" not in right(board)


def test_an_unknown_view_is_quoted():
    with pytest.raises(ValueError, match="unknown view 'path b z': choose from 'loss', 'above'"):
        dashboard(DATA, training.numpy_matrix, view="path b z")


def test_a_network_is_drawn_with_its_kinks_and_without_a_prediction(make):
    board = make(**NETWORK, iterations=300)
    assert board.learning_rate.marks == [] and set(right(board)) <= {"measured"}
    still = board.pictures.stills[1]
    board.train()
    assert board.pictures.stills[1] == still, "there was room below the floor from the beginning"
    assert board.history.losses[-1] < PROBLEM.floor / 2
    assert set(right(board)) == {"measured"}
    assert heights(board, "measured")[-1] == approx(board.history.losses[-1], rel=0.02)
    for at in (0, 150, 300):
        board.scrubber.value = at
        parameters = board.history[at].parameters
        kinks = relu_network.kinks(parameters)
        shown = np.sort(kinks[abs(kinks) <= np.pi])
        drawn = lines(board.pictures.shown[0])["kinks"]
        assert drawn == approx(np.column_stack([shown, relu_network(shown, parameters)]), rel=1e-6)
        assert texts.KINKS_PICTURE.strip() in label(board.pictures.shown[0])


def test_a_network_has_the_views_that_say_something_of_it(make):
    board = make(**NETWORK, iterations=20)
    board.train()
    assert [name for _, name in board.view._options_full] == ["loss", "residuals"] == view_names(49, 1)
    board.view.value = "residuals"
    assert "measured" in right(board)
    expected = relu_network(DATA.x, board.history[20].parameters) - DATA.y
    assert heights(board, "measured").max() == approx(expected.max(), abs=5e-3)
    assert view_names(49, 2) == ["loss", "residuals", "differences"]
    with pytest.raises(ValueError, match="unknown view 'coefficients': choose from 'loss', 'residuals'"):
        dashboard(**NETWORK, view="coefficients")


def test_a_network_goes_on_and_is_kept_and_comes_back_from_a_scene(make):
    board = make(**NETWORK, iterations=200)
    board.train()
    board.keep()
    assert texts.BELOW_IT in board.kept_table.value
    board.start.value = "seed"
    board.train()
    assert board.history[0].parameters.tolist() == list(network_start(1))
    again = make(**NETWORK, scene=board.scene())
    np.testing.assert_array_equal(again.history.losses, board.history.losses)


def test_all_points_and_mini_batches_are_compared_on_one_board(make):
    board = make(**{**NETWORK, "loop": {"all": training.network, "64": training.mini_batches}}, iterations=60)
    board.train()
    assert set(right(board)) == {"all", "64"} and "kinks" not in lines(board.pictures.shown[0])


# --- Several loops --------------------------------------------------------------------------------------------------


def test_several_loops_run_from_one_start_and_are_drawn_in_one_picture(make):
    board = make(RUNGS, data=TENSORS, iterations=300)
    board.train()
    assert list(board.histories) == ["numpy_by_hand", "tensors_by_hand", "autograd"]
    alone = record(training.numpy_by_hand(DATA, START, 1e-6), 300)
    np.testing.assert_array_equal(board.histories["numpy_by_hand"].losses, alone.losses)
    for history in board.histories.values():
        assert history.losses == approx(alone.losses, rel=1e-12)
    assert set(right(board)) == {*board.histories, "predicted"} and set(lines(board.pictures.shown[0])) == set(
        board.histories
    )
    assert all(name in told(board) for name in board.histories)


def test_optimizers_stand_side_by_side_and_what_a_partial_fixes_stays_fixed(make):
    board = make(
        {
            "SGD": training.optim,
            "momentum": partial(training.optim, momentum=0.9),
            "Adam": partial(training.optim, optimizer="Adam", learning_rate=1e-2),
        },
        data=TENSORS,
        iterations=200,
    )
    board.learning_rate.value = 2e-6
    board.train()
    sgd = record(training.optim(TENSORS, START, 2e-6), 200)
    adam = record(training.optim(TENSORS, START, 1e-2, optimizer="Adam"), 200)
    heavy = record(training.optim(TENSORS, START, 2e-6, momentum=0.9), 200)
    for history, expected in zip(board.histories.values(), (sgd, heavy, adam), strict=True):
        np.testing.assert_array_equal(history.losses, expected.losses)
    board.keep()
    assert [kept.name for kept in board.kept] == ["1: SGD", "2: momentum", "3: Adam"]
    assert [kept.learning_rate for kept in board.kept] == [2e-6, 2e-6, 1e-2]


def test_compared_runs_have_looks_of_their_own_that_both_themes_show(make):
    board = make({f"run {k}": training.numpy_matrix for k in range(6)}, iterations=20)
    board.train()
    looks = [look for _, _, look in board.pictures.frames["pictures"][1]["lines"]]
    colors = {color for color, _, _ in looks}
    assert len(colors) == len({str(dashes) for _, _, dashes in looks}) == 6
    assert plots.PREDICTED.color not in colors and "currentColor" in colors and "#010203" not in colors


def test_a_loop_that_ends_or_explodes_does_not_hold_the_others_up(make):
    def three(data, start, learning_rate):
        for loss in (3.0, 2.0, 1.0):
            yield loss, start

    board = make([three, training.numpy_matrix, partial(training.numpy_matrix, learning_rate=1e-3)][:2], iterations=50)
    board.train()
    assert [history.iterations for history in board.histories.values()] == [2, 50] and board.mode == "finished"
    board.view.value = "differences"
    board.scrubber.value = 40
    exploding = make({"good": training.numpy_matrix, "bad": partial(training.numpy_matrix, learning_rate=1e-3)})
    exploding.train()
    assert exploding.histories["bad"].diverged and exploding.histories["good"].iterations == 2000


@pytest.mark.parametrize(
    ("loops", "error", "words"),
    [
        ([], ValueError, "one to six loops, got 0"),
        ([training.numpy_matrix] * 7, ValueError, "one to six loops, got 7"),
        ([training.numpy_matrix] * 2, ValueError, "loops need different names, got numpy_matrix, numpy_matrix"),
        ([training.numpy_matrix, 5], TypeError, "needs the training function itself.*got 5"),
        ("numpy_matrix", TypeError, "got 'numpy_matrix'"),
    ],
)
def test_loops_that_cannot_be_compared_are_refused(loops, error, words):
    with pytest.raises(error, match=words):
        dashboard(DATA, loops)


# --- Switches -------------------------------------------------------------------------------------------------------


def test_a_mean_moves_the_limit_and_keeps_the_step_on_request(make):
    board = make(start=ZEROS)
    board.train()
    summed = board.history
    assert board.learning_rate.marks[0][0] == approx(3.5579e-6, rel=1e-4)
    board.reduction.value = "mean"
    assert board.learning_rate.marks[0][0] == approx(7.116e-3, rel=1e-3) and board.learning_rate.value == 1e-6
    board.train()
    assert board.history.losses[-1] / board.history.losses[0] == approx(0.422 / 0.4998, rel=2e-3)
    board.reduction.value = "sum"
    board.keep_step.value = True
    board.reduction.value = "mean"
    assert board.learning_rate.value == approx(0.002)
    board.train()
    assert board.history.losses == approx(summed.losses / 2000, rel=1e-9)
    assert texts.MEAN_LOSS_AXIS in board.pictures.stills[1]["svg"]
    board.keep()
    assert (
        texts.REDUCTION_LABELS["mean"] in board.kept[0].name and texts.MEAN_LOSS_AXIS in board.pictures.stills[1]["svg"]
    )
    board.reduction.value = "sum"
    assert board.learning_rate.value == approx(1e-6)
    assert texts.SUM_AND_MEAN_AXIS in board.pictures.stills[1]["svg"], "the kept run is drawn as it was"
    board.train()
    board.keep()
    assert board.kept[1].name == "2: 1e-6", "a sum is named only where a board asks for it"


def test_a_board_about_sum_and_mean_names_both(make):
    board = make(controls=["learning_rate", "iterations", "reduction"])
    board.train()
    board.keep()
    assert texts.REDUCTION_LABELS["sum"] in board.kept[0].name


@pytest.mark.parametrize(("basis", "condition"), [("powers", 325.4), ("scaled", 67), ("legendre", 7)])
def test_a_basis_changes_the_condition_the_limit_and_the_contours(make, basis, condition):
    board = make(start=ZEROS, view="path b d")
    board.basis.value = basis
    problem = theory.LeastSquares(DATA.x, DATA.y, basis=basis)
    assert problem.condition_number == approx(condition, rel=0.01)
    assert board.learning_rate.marks[0][0] == approx(problem.stability_limit())
    board.learning_rate.value = problem.best_rate
    board.iterations.value = 200
    board.train()
    expected = problem.predicted_losses(ZEROS, board.learning_rate.value, 200)
    assert board.history.losses == approx(expected, rel=1e-9)
    assert heights(board, "predicted")[-1] == approx(heights(board, "measured")[-1], abs=0.01)
    board.iterations.value = 20_000
    board.train()
    assert "y = 0.0000 + 0.8567 x + 0.0000 x² − 0.0933 x³" in told(board), "the same curve, in powers of x"


def test_contours_become_round_with_a_better_basis():
    ratios = []
    for basis in ("powers", "scaled", "legendre"):
        problem = theory.LeastSquares(DATA.x, DATA.y, basis=basis)
        _, x, y, _ = contours(problem, 1, 3, ZEROS)
        gap = int(np.isnan(x).argmax())
        ellipse = np.column_stack([x[:gap], y[:gap]]) - problem.optimum[[1, 3]]
        spread = np.linalg.svd(ellipse, compute_uv=False)
        ratios.append(spread[0] / spread[1])
    assert ratios[0] > 10 > ratios[1] > 2 > ratios[2]


def test_contours_are_lines_of_equal_loss_and_one_goes_through_the_start():
    _, x, y, _ = contours(PROBLEM, 1, 3, START)
    w = PROBLEM.optimum.copy()
    losses = []
    for w[1], w[3] in zip(x, y, strict=True):
        losses.append(PROBLEM.loss(w) - PROBLEM.floor)
    levels = np.array(losses).reshape(9, 98)[:, :97]
    assert levels == approx(np.tile(levels[:, :1], 97), rel=1e-9)
    w[1], w[3] = START[1], START[3]
    assert levels[:, 0] == approx((PROBLEM.loss(w) - PROBLEM.floor) * 4.0 ** np.arange(2, -7, -1), rel=1e-9)


@pytest.mark.parametrize(("degree", "limit"), [(1, 1.5e-4), (5, 5.8e-8), (7, 8e-10)])
def test_the_degree_is_switched_where_a_board_is_asked_for_it(make, degree, limit):
    board = make(controls=["learning_rate", "iterations", "degree", "view"])
    assert "degree" not in make().panel.shown
    board.degree.value = degree
    assert len(board.history[0].parameters) == degree + 1
    assert board.learning_rate.marks[0][0] == approx(limit, rel=0.05) and board.learning_rate.min < limit
    board.learning_rate.value = 0.9 * board.learning_rate.marks[0][0]
    board.step(100)
    assert len(re.findall(" x", told(board))) >= degree
    last = [name for _, name in board.view.options][-1]
    board.view.value = last
    assert last == {1: "path a b", 5: "path e f", 7: "path g h"}[degree] and "measured, now" in right(board)
    board.degree.value = 1  # a view that a line has no parameters for becomes the loss
    assert board.view.value == (last if degree == 1 else "loss")


def test_a_forgotten_reset_rings_is_predicted_and_doubles_the_limit(make):
    board = make(training.autograd_matrix, data=TENSORS, iterations=500)
    limit = board.learning_rate.marks[0][0]
    board.reset_gradients.value = False
    assert board.learning_rate.marks[0][0] == approx(2 * limit)
    board.train()
    expected = PROBLEM.predicted_losses(START, 1e-6, 500, momentum=1.0)
    assert board.history.losses == approx(expected, rel=1e-9)
    assert told(board).startswith(texts.RINGING)
    assert np.ptp(right(board)["predicted"][:, 1]) > 30


def test_a_switch_leaves_a_run_that_goes_on_alone():
    async def scenario():
        board = dashboard(DATA, training.numpy_matrix, iterations=100_000)
        board.train()
        run = board.history
        await until(lambda: len(run) >= 100)
        board.basis.value = "legendre"
        board.reduction.value = "mean"
        size = len(run)
        await until(lambda: len(run) > size)
        assert board.mode == "running" and board.history is run and not run.diverged
        board.stop()
        expected = PROBLEM.predicted_losses(START, 1e-6, len(run) - 1)
        assert run.losses == approx(expected, rel=1e-9)
        assert theory.equation(run[-1].parameters) in told(board), "the equation is that of the run's own basis"
        board.close()

    asyncio.run(scenario())


def test_switches_stand_where_the_loop_takes_them_and_wait_behind_more(make):
    board = make()
    assert {"basis", "reduction"} <= board.panel.shown and "reset" not in board.panel.shown
    assert board.basis in board.fold.children and board.view in board.fold.children
    asked = make(controls=["learning_rate", "iterations", "basis", "view"])
    assert asked.basis in asked.children[0].children and asked.view in asked.children[1].children
    assert asked.basis not in asked.fold.children


# --- Guess ----------------------------------------------------------------------------------------------------------


GUESSING = ("learning_rate", "iterations", "guess")


def test_a_guess_is_drawn_and_scored_against_the_run_and_the_prediction_waits(make):
    board = make(controls=GUESSING)
    assert texts.guess_first(iterations=2000) in told(board) and "9.085" not in told(board)
    assert "predicted" not in right(board)
    board.guess.entry.value = "40"
    assert heights(board, "guess") == approx([40, 40], rel=0.02)
    board.train()
    note = html.unescape(board.guess.note.value)
    assert note == verdict_on(40, 2000, board.history.losses[-1])
    assert [tuple(scored) for scored in board.guess.scored] == [(2000, 40, board.history.losses[-1])]
    assert "predicted" in right(board), "now it may be seen"
    board.learning_rate.value = 2e-6
    assert "predicted" not in right(board), "but not that of the next run"


def test_a_guess_can_be_clicked_and_a_good_one_is_praised(make):
    board = make(controls=GUESSING)
    board.pictures.clicked = [300.0, 9.085, 1.0]
    assert float(board.guess.entry.value) == approx(9.085, rel=1e-3)
    board.train()
    guess, loss = board.guess.scored[0][1:]
    assert board.guess.note.value == html.escape(texts.guessed_right(guessed=guess, iterations=2000, value=loss))


@pytest.mark.parametrize("words", ["many", "-3", "0", "nan", "inf", "1e999"])
def test_a_guess_that_is_no_positive_number_is_quoted(make, words):
    board = make(controls=GUESSING)
    board.guess.entry.value = words
    assert html.unescape(board.guess.note.value) == texts.no_guess(entered=words)
    board.train()
    assert board.guess.scored == []


def test_a_run_that_explodes_settles_a_guess_too(make):
    board = make(controls=GUESSING, learning_rate=1e-3)
    board.guess.entry.value = "1 000"
    board.train()
    assert board.guess.note.value == texts.exploded(guessed=1000)
    board.iterations.value = 100
    assert board.guess.entry.description == texts.guess(iterations=100) and board.guess.entry.value == ""


# --- Scene ----------------------------------------------------------------------------------------------------------


def test_a_scene_is_one_line_that_shows_the_same_picture_again(make):
    board = make(controls=["learning_rate", "iterations", "basis", "degree", "view", "start"])
    board.degree.value = 5
    board.basis.value = "legendre"
    board.start.value = "seed"
    board.view.value = "path b d"
    board.learning_rate.value, board.momentum.value, board.iterations.value = 1.25e-5, 0.3, 700
    board.step(300)
    board.scrubber.value = 120
    line = board.scene()
    assert "\n" not in line and len(line) < 200
    assert "learning_rate=1.25e-5" in line and "view=path-b-d" in line and line.endswith("ran=300 at=120")
    other = make(controls=["learning_rate", "iterations", "degree"], scene=line)
    np.testing.assert_array_equal(other.history.losses, board.history.losses)
    assert (
        other.pictures.frames["numbers"] == board.pictures.frames["numbers"]
        and other.pictures.stills == board.pictures.stills
    )
    assert other.scrubber.value == 120 and other.scene() == line


def test_a_scene_can_be_shown_on_a_board_that_has_something_else(make):
    first, second = make(), make(training.numpy_by_hand)
    first.step(50)
    scene = first.scene()
    first.learning_rate.value = 3e-6
    first.train()
    first.restore(scene)
    assert first.history.iterations == 50 and first.learning_rate.value == 1e-6
    second.restore("start=zeros ran=20")
    assert second.history.iterations == 20 and (second.history[0].parameters == 0).all()


def test_a_damaged_scene_names_the_part_and_changes_nothing(make):
    board = make()
    board.step(10)
    before = board.scene(), board.pictures.shown
    for scene in ("learning_rate=7", "colour=red", "at=3 at=4", "view=path-b-z", "start=seed:x", "reset=True", "at=5"):
        with pytest.raises(ValueError, match=scene.split()[-1]):
            board.restore(f"learning_rate=2e-6 {scene}" if not scene.startswith("learning") else scene)
        assert (board.scene(), board.pictures.shown) == before
    torch_board = make(training.autograd_matrix, data=TENSORS)
    with pytest.raises(ValueError, match=r"reset=maybe.*True, False"):
        torch_board.restore("reset=maybe")
    with pytest.raises(TypeError, match="5"):
        board.restore(5)


# --- Inside one step ------------------------------------------------------------------------------------------------


def test_a_step_can_be_looked_into(make):
    board = make(training.autograd, data=TENSORS)
    board.buttons["inside"].click()
    assert board.pictures.layout.display == "none" and board.pane.layout.display is None
    board.step()
    assert "loss.backward()" in board.pane.value and "None → 8939" in board.pane.value
    assert "<img alt=" in board.pane.value and "The recorded graph" in board.pane.value
    assert texts.step_filled(size=4) in told(board) and texts.step_reset(size=4) in told(board)
    board.step(9)
    expected = record(training.autograd(TENSORS, START, 1e-6), 10)
    np.testing.assert_array_equal(board.history.losses, expected.losses)
    board.buttons["inside"].click()
    assert board.pictures.layout.display is None and board.pane.layout.display == "none"
    assert texts.step_filled(size=4) not in told(board)


@pytest.mark.parametrize("loop", [training.optim, training.nn_by_hand, training.module, training.autograd_matrix])
def test_every_rung_can_be_looked_into(make, loop):
    board = make(loop, data=TENSORS)
    board.buttons["inside"].click()
    board.step(3)
    assert board.mode == "paused" and "backward()" in board.pane.value and "<img alt=" in board.pane.value


def test_a_loop_by_hand_has_no_graph_and_one_that_ends_or_raises_says_so(make):
    board = make(training.numpy_by_hand)
    board.buttons["inside"].click()
    board.step()
    assert texts.STEP_BY_HAND in told(board) and "grad_a = grad_y_pred.sum()" in board.pane.value

    def short(data, start, learning_rate):
        yield 2.0, start
        yield 1.0, start
        if learning_rate > 1e-6:
            raise KeyError("<b>grad</b>")

    board = make(short)
    board.buttons["inside"].click()
    board.step(5)
    assert texts.ended_early(iterations=1) in told(board)
    board.learning_rate.value = 2e-6
    board.step(2)
    assert "KeyError" in told(board) and "<b>grad" not in board.status.html


def test_points_that_are_few_have_every_view():
    line = Data([1.0, 2, 3, 4, 5, 6], [10.0, 13, 16, 19, 22, 25], "3 x + 7")
    trial = Trial(data=line, start=(1.0, 1.0), learning_rate=1e-3)
    for view in view_names(2, 1):
        frames = Drawing(trial.step(10).seen(view=view)).frames(10)
        assert all(np.isfinite(points).all() for frame in frames for points in lines(frame).values())


# --- What once went wrong -------------------------------------------------------------------------------------------


def test_a_run_that_nearly_overflows_can_be_drawn():
    trial = Trial(learning_rate=4e-6, iterations=3000).train()
    assert trial.session.mode == "finished" and trial.session.history.losses[-1] > 1e290
    far = Trial(data=Data(DATA.x, 1e12 * DATA.y)).step(10)
    for view in ("loss", "above", "coefficients"):
        Drawing(trial.seen(view=view)).frames(3000)
        Drawing(far.seen(view=view)).frames(10)
    pair = Trial({"a": training.numpy_matrix, "b": partial(training.numpy_matrix, learning_rate=4e-6)}, iterations=3000)
    Drawing(pair.train().seen(view="differences")).frames(3000)


@pytest.mark.parametrize("view", [*VIEWS, "differences"])
def test_a_loop_that_fails_at_once_is_told_in_every_view(view):
    if view != "differences":
        alone = Trial(fails_at_once).seen(view=view)
        assert words(alone).bold == "KeyError." and Drawing(alone).frames(0)
    trial = Trial({"good": training.numpy_matrix, "bad": fails_at_once}).step(3)
    trial.session.keep()
    seen = trial.seen(view=view)
    assert "bad" in words(seen).rest and "KeyError" in words(seen).rest and Drawing(seen).frames(3)
    assert [kept.name for kept in seen.kept] == ["1: good"]


def test_each_loop_is_judged_in_its_own_basis_and_by_its_own_floor(make):
    x, mean = training.numpy_matrix, partial(training.numpy_matrix, reduction="mean", learning_rate=2e-3)
    board = make({"x": x, "mean": mean, "by hand": training.numpy_by_hand}, iterations=100)
    board.basis.value = "legendre"
    board.train()
    legendre = theory.LeastSquares(DATA.x, DATA.y, basis="legendre")
    points = DATA.in_order(most=200).x
    drawn = lines(board.pictures.shown[0])
    for name, values in (
        ("x", legendre.values(points, board.histories["x"][-1].parameters)),
        ("by hand", theory.polynomial_values(points, board.histories["by hand"][-1].parameters)),
    ):
        x, y = drawn[name].T
        assert np.interp(x, points, values) == approx(y, abs=1e-5)
    board.keep()
    assert [kept.floor for kept in board.kept] == approx([8.8172, 0.0044086, 8.8172], rel=1e-4)


def test_keeping_the_step_does_not_touch_a_restored_rate_and_says_where_it_ends(make):
    board = make()
    board.keep_step.value = True
    board.restore("learning_rate=1e-6 reduction=mean")
    assert board.learning_rate.value == 1e-6
    board.restore("learning_rate=1e-3 reduction=sum")
    board.reduction.value = "mean"
    assert board.learning_rate.value == 1 and "'2'" in board.learning_rate.error


def test_settings_that_change_while_a_run_goes_on_wait_for_the_next():
    async def scenario():
        board = dashboard(
            DATA,
            training.numpy_matrix,
            iterations=100_000,
            view="coefficients",
            controls=["learning_rate", "degree", "start", "view"],
        )
        board.train()
        await until(lambda: len(board.history) > 1)
        board.degree.value, board.start.value = 5, "zeros"
        states = len(board.history)
        await until(lambda: len(board.history) > states)
        board.pause()
        assert board.mode == "paused" and len(board.history[-1].parameters) == 4
        board.train()
        assert len(board.history[-1].parameters) == 6
        board.close()

    asyncio.run(scenario())


def test_a_random_start_is_the_one_that_was_shown(make):
    board = make(iterations=50)
    board.start.value = "seed"
    shown = board.history[0].loss
    board.iterations.value = 60
    assert board.history[0].loss == shown
    board.train()
    assert board.history[0].loss == shown and "start=seed:1" in board.scene()
    board.train()
    assert board.history[0].loss != shown, "every further run has another one"
    again = board.history[0].loss
    board.reset()
    assert board.history[0].loss not in (shown, again)


def test_only_degrees_that_the_data_can_have_are_offered():
    line = Data([1.0, 2, 3, 4, 5, 6], [10.0, 13, 16, 19, 22, 25])
    board = dashboard(line, training.numpy_matrix, start=(0, 0), controls=["learning_rate", "degree"])
    assert list(board.degree.options) == [1, 3, 5]
    board.close()


def test_yields_of_other_kinds_can_be_looked_into(make):
    import torch

    def many(data, start, learning_rate):
        w = [torch.tensor(value, requires_grad=True) for value in (0.1,) * 9]
        while True:
            loss = sum((one - k) ** 2 for k, one in enumerate(w))
            yield loss, [*w, 3.0]
            loss.backward()
            for one in w:
                one.data -= 0.1 * one.grad
                one.grad = None

    board = make(many, data=TENSORS, start=(0.1,) * 4, model=lambda x, w: np.zeros_like(x))
    board.buttons["inside"].click()
    board.step()
    assert "backward()" in board.pane.value and "<img alt=" in board.pane.value and board.mode == "paused"
    board.learning_rate.value = 2e-6
    board.reset()
    assert texts.STEP_PRESS in board.pane.value and texts.step_left(size=9) not in told(board), (
        "nothing is left of the last run"
    )


def test_a_long_scene_is_watched_with_the_right_buttons_and_can_be_resumed():
    def slow(data, start, learning_rate):
        for state in training.numpy_matrix(data, start, learning_rate):
            time.sleep(0.001)
            yield state

    async def scenario():
        board = dashboard(DATA, slow, scene="iterations=2000 ran=900 at=5")
        assert board.mode == "running" and not board.buttons["stop"].disabled
        assert board.buttons["train"].description == texts.PAUSE
        await until(lambda: board.mode != "running")
        assert (board.mode, board.history.iterations, board.scrubber.value) == ("paused", 900, 5)
        assert board.buttons["train"].description == texts.RESUME
        board.close()

    asyncio.run(scenario())

    def rests(data, start, learning_rate):
        while True:
            yield 1.0, start

    beyond = dashboard(DATA, rests, iterations=100_000)
    beyond.train()
    beyond.step()
    again = dashboard(DATA, rests, scene=beyond.scene())
    assert again.history.iterations == 100_001
    for board in (beyond, again):
        board.close()


def test_a_guess_stays_open_when_the_loop_ends_early(make):
    def short(data, start, learning_rate):
        for state, _ in zip(training.numpy_matrix(data, start, learning_rate), range(10), strict=False):
            yield state

    board = make(short, controls=GUESSING, iterations=100)
    board.guess.entry.value = "40"
    board.train()
    assert board.guess.note.value == texts.not_settled(iterations=100)
    assert board.guess.pending == 40 and board.guess.scored == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("height", [0.0, 1.0])
def test_data_of_one_height_can_be_drawn(height):
    flat = Data(DATA.x, np.full(len(DATA.x), height))
    trial = Trial(data=flat, iterations=50)
    for act in ("reset", "train"):
        trial.act(act)
        for view in VIEWS:
            drawing = Drawing(trial.seen(view=view))
            frames = drawing.frames(trial.session.done)
            if act == "train" and height == 0 and view in VIEWS[:5]:  # one path of six
                assert "data:image/png" in drawing.snapshot(frames)
    assert "data:image/png" in plots.fits(flat, {"fit": (1, 0, 0, 0)}, fit="fit")._repr_html_()


def test_a_guess_is_asked_for_again_after_it_was_scored(make):
    board = make(controls=GUESSING)
    for _ in range(2):
        board.guess.entry.value = "500"
        board.train()
        assert board.guess.entry.value == ""
    assert len(board.guess.scored) == 2
    board.guess.entry.value = "1,500"
    assert "'1,500'" in html.unescape(board.guess.note.value)


def test_a_run_is_played_at_the_pace_of_the_page_and_ends_when_another_begins(make):
    board = make(iterations=100)
    board.train()
    board.play_or_hold()
    assert board.pictures.live and board.buttons["play"].description == texts.HOLD
    ask(board)
    assert board.scrubber.value < 100, "from the beginning"
    board._player._begun -= 2  # half of it has been, whatever the page has asked for
    ask(board)
    assert 45 <= board.scrubber.value <= 99
    board.reset()
    assert board.buttons["play"].description == texts.PLAY and not board.pictures.live
    board.train()
    board.play_or_hold()
    board._player._begun -= 9
    ask(board)
    assert board.scrubber.value == 100 and board.buttons["play"].description == texts.PLAY and not board.pictures.live


def test_numbers_beyond_measure_stay_short(make):
    board = make({"m": partial(training.numpy_matrix, learning_rate=1e-3), "l": training.numpy_matrix}, iterations=200)
    board.train()
    for view in ("path b d", "residuals"):
        board.view.value = view
        assert max(map(len, label(board.pictures.shown[1]).split())) < 20
    with pytest.raises(ValueError, match="cannot be called 'predicted'"):
        make({"predicted": training.numpy_matrix})


def test_equal_pictures_are_drawn_once(make):
    board = make(view="path b d")
    before = plots.canvas.cache_info().misses
    for _ in range(3):
        board.panel.draw(board.seen)
    assert plots.canvas.cache_info().misses == before


# --- What an audit of the boards has found --------------------------------------------------------------------------


def test_a_guess_is_clicked_in_the_losses_and_before_the_run(make):
    board = make(controls=[*GUESSING, "view"], view="residuals")
    board.pictures.clicked = [1.0, 2.0, 1.0]
    assert board.guess.entry.value == "", "no loss was clicked"
    board.view.value = "loss"
    board.guess.entry.disabled = True  # as while a run goes on
    board.pictures.clicked = [1.0, 2.0, 2.0]
    assert board.guess.entry.value == ""


def test_a_kept_run_lies_inside_the_axes_whatever_runs_now(make):
    board = make(start=ZEROS, controls=["learning_rate", "iterations", "reduction", "more"])
    board.reduction.value, board.learning_rate.value = "mean", 2e-3
    board.train()
    board.keep()
    least = board.kept[0].losses.min()
    board.reduction.value, board.learning_rate.value = "sum", 1e-6
    board.train()
    assert least < 0.01 and board.panel.drawing.view.canvas._limits[1][0] < least


def test_the_parts_of_a_scene_may_stand_in_any_order(make):
    board = make(controls=["learning_rate", "degree", "view"])
    board.restore("view=path-e-f degree=5")
    assert (board.degree.value, board.view.value) == (5, "path e f")
    before = board.scene()
    with pytest.raises(ValueError, match=r"'view=path-b-d': .*loss, above"):
        board.restore("view=path-b-d degree=1")
    assert board.scene() == before


def test_a_damaged_scene_at_the_beginning_leaves_no_widget(make):
    make()
    before = len(_instances)
    with pytest.raises(ValueError, match="at=many"):
        dashboard(DATA, training.numpy_matrix, scene="at=many")
    assert len(_instances) == before


def test_no_controls_are_none(make):
    assert make(controls=[]).panel.shown == set()


@pytest.mark.parametrize("loops", [1, pytest.param(4, marks=pytest.mark.slow), 6])
def test_a_frame_of_any_view_is_small(loops):
    several = {f"loop {k}": partial(training.numpy_matrix, learning_rate=1e-6 + k * 1e-7) for k in range(loops)}
    trial = Trial(several if loops > 1 else training.numpy_matrix).train()
    for view in view_names(4, loops):
        most = 12_000 if loops > 1 else 2_500 if view == "loss" else 5_000
        assert weight(Drawing(trial.seen(view=view)).frames(2000)) <= most


def test_a_path_near_the_limit_is_seen_to_change_sides(make):
    board = make(view="path b d", learning_rate=3.55e-6)
    board.train()
    for name in ("predicted", "measured"):
        offset = heights(board, name) - PROBLEM.optimum[3]
        sides = np.sign(offset[(offset < 0).argmax() :])  # from its first swing across on
        longest = max(len(list(run)) for _, run in groupby(sides))
        assert longest <= 3, f"{name} stays on one side {longest} times: a staircase, no zig-zag"


@pytest.mark.parametrize(("basis", "factor"), [("scaled", texts.scaled_factor), ("legendre", texts.legendre_factor)])
def test_letters_of_another_basis_say_what_they_are_factors_of(basis, factor):
    trial = Trial(basis=basis).step(10)
    b, d = html.escape(factor("b", 1)), html.escape(factor("d", 3))
    still = Drawing(trial.seen(view="path b d")).canvases[1].still
    assert all(f">{letter}<" in still for letter in (b, d)), "on the axes"
    assert html.unescape(b) in lines(Drawing(trial.seen(view="coefficients")).frames(10)[1])
