"""The board of notebook 00 without a browser: sliders are moved, buttons clicked, pictures read back as numbers."""

import asyncio

import numpy as np
import pytest
from board_support import ask, lines, near, until
from ipywidgets.widgets.widget import _instances

from polyfit_helpers import Data, random_start, sine, straight_line, theory
from polyfit_helpers.widgets import explore, texts
from polyfit_helpers.widgets.explorer import DESCENT_STEPS, PAGE

DATA = sine()
PROBLEM = theory.LeastSquares(DATA.x, DATA.y)


@pytest.fixture
def board():
    board = explore(DATA)
    yield board
    board.close()


def dots(board, name="tries"):
    """Return the dots of the right picture as rows (number of the try, loss)."""
    return lines(board.pictures.shown[1]).get(name, np.empty((0, 2)))


def test_the_flat_line_is_the_first_try(board):
    best = PROBLEM.floor
    assert repr(board).startswith(
        f"{texts.loss_is(value=999.5)} {texts.first_tried(near=texts.near(999.5, best), floor=best)}"
    )
    assert len(board.tries) == 1 and board.tries[0][0] == pytest.approx(999.5)
    assert board.loss.value == texts.loss_now(value=999.5)


def test_a_slider_moves_the_curve_the_loss_and_the_bar(board):
    curve, bar = lines(board.pictures.shown[0])["fit"], board.bar.value
    board.sliders[1].value = 0.5
    assert not np.array_equal(lines(board.pictures.shown[0])["fit"], curve) and board.bar.value < bar
    assert board.tries[-1][0] == pytest.approx(((0.5 * DATA.x - DATA.y) ** 2).sum())
    assert board.loss.value == texts.loss_now(value=board.tries[-1][0])


def test_b_alone_gets_down_to_393_and_no_further(board):
    for value in np.linspace(0.2, 0.4, 41):
        board.sliders[1].value = value
    assert min(loss for loss, _ in board.tries) == pytest.approx(392.8, abs=0.1)


def test_the_taylor_cubic_and_the_best_one_can_be_tried(board):
    board.buttons["taylor"].click()
    assert board.tries[-1][0] == pytest.approx(805.4, abs=0.05)
    assert [slider.text for slider in board.sliders] == ["0", "1", "0", "−0.1667"]
    board.buttons["best"].click()
    assert board.tries[-1][0] == pytest.approx(PROBLEM.floor)
    assert len(board.tries) == 3


def test_each_try_is_a_dot_at_its_loss(board):
    for value in (0.2, 0.4, 0.8):
        board.sliders[1].value = value
    numbers, losses = dots(board).T
    assert numbers.tolist() == [1, 2, 3, 4]
    assert losses == pytest.approx([loss for loss, _ in board.tries], rel=1e-6)
    assert not len(dots(board, "now")), "all rest: no dot but those of the tries"


def test_more_tries_than_a_page_show_the_last_ones(board):
    for value in np.linspace(-1, 1, 57):
        board.sliders[1].value = value
    assert len(dots(board)) == 18 <= PAGE, "58 tries, on axes from 41 to 60"
    assert dots(board)[:, 0].tolist() == list(range(41, 59))
    assert "60" in board.pictures.stills[1]["svg"]


def test_slopes_say_which_way_is_down(board):
    assert all(slider.marks == [] for slider in board.sliders)
    board.buttons["slopes"].click()
    marks = {slider.label: slider.marks[0] for slider in board.sliders}
    assert marks["a"] == (0.0, texts.FLAT) and marks["c"] == (0.0, texts.FLAT)
    assert marks["b"][1].startswith("→ ") and marks["d"][1].startswith("→ ")
    numeric = (PROBLEM.loss((0, 1e-6, 0, 0)) - PROBLEM.loss((0, -1e-6, 0, 0))) / 2e-6
    assert PROBLEM.gradient(board.parameters)[1] == pytest.approx(numeric, rel=1e-6) and numeric < 0
    board.sliders[1].value = 1.5
    assert board.sliders[1].marks[0] == (1.5, f"← {texts.loss(PROBLEM.gradient(board.parameters)[1])}")
    board.buttons["slopes"].click()
    assert all(slider.marks == [] for slider in board.sliders)


def test_descent_goes_on_from_where_one_is(board):
    board.attempt((0.5, 0.5, 0.0, 0.0))
    board.buttons["descend"].click()
    expected = PROBLEM.predicted_losses((0.5, 0.5, 0, 0), 1e-6, DESCENT_STEPS)[-1]
    assert board.tries[-1][0] == pytest.approx(expected, rel=1e-9)
    assert texts.plural(DESCENT_STEPS) in repr(board)


def test_in_a_kernel_sliders_that_rest_are_a_try_and_descent_is_seen_and_stopped():
    async def scenario():
        board = explore(DATA)
        for value in (0.1, 0.2, 0.3):
            board.sliders[1].value = value
        assert len(dots(board, "now")) == 1, "the sliders move"
        assert len(board.tries) == 1 and board.loss.value == texts.loss_now(value=PROBLEM.loss((0, 0.3, 0, 0)))
        await until(lambda: len(board.tries) == 2)
        board.buttons["descend"].click()
        assert board.pictures.live
        board._played._begun -= 1  # a quarter of it has been
        ask(board)
        assert board.buttons["descend"].description == texts.HALT and texts.DESCENDING in repr(board)
        assert board.sliders[1].value != 0.3
        board.buttons["descend"].click()
        assert board.buttons["descend"].description == texts.DESCEND and len(board.tries) == 3
        board.buttons["descend"].click()
        board.sliders[0].value = 1.0  # whoever takes a slider takes over
        assert board._descent is None and not board.pictures.live and board.parameters[0] == 1.0
        board.buttons["descend"].click()
        board._played._begun -= 9
        ask(board)
        assert texts.plural(DESCENT_STEPS) in repr(board) and not board.pictures.live, "it has arrived"
        board.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("seed", range(5))
def test_no_coordinate_is_ever_out_of_the_page(board, seed):
    board.attempt(1e6 * np.array(random_start(seed)))
    for frame, canvas in zip(board.pictures.shown, (board._fit_canvas, board._loss_canvas), strict=True):
        for points in lines(frame).values():
            assert np.isfinite(points).all() and near(points, canvas)
    assert 0 <= board.bar.value <= 1


def test_other_data_and_degrees_have_a_board_too():
    board = explore(straight_line(), start=(1.0, 1.0))
    assert [slider.label for slider in board.sliders] == ["a", "b"] and "taylor" not in board.buttons
    board.close()


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="data must be a Data object, such as sine\\(\\), got list"):
        explore([1, 2])
    with pytest.raises(ValueError, match="nan"):
        explore(DATA, start=(0, float("nan"), 0, 0))


def test_it_leaves_nothing_behind():
    before = set(_instances)
    explore(Data([0.0, 1, 2, 3, 4], [0.0, 1, 0, 1, 0], "saw")).close()
    assert set(_instances) == before


def test_a_slider_changes_its_own_parameter_alone():
    board = explore(DATA, start=(0, 3.5, 0, 0))  # beyond the end of its slider
    board.sliders[0].value = 0.25
    assert board.parameters.tolist() == [0.25, 3.5, 0, 0]
    named = board.named["best"].copy()
    board.buttons["best"].click()
    board.sliders[1].value = 0.1
    np.testing.assert_array_equal(board.named["best"], named)
    board.close()


def test_a_perfect_fit_and_large_numbers_can_be_drawn():
    for data in (straight_line(), Data(DATA.x, 1e6 * DATA.y)):
        board = explore(data, start=(0.0, 0.0))
        board.buttons["best"].click()
        assert 0 <= board.bar.value < 0.1
        low, high = board._loss_canvas.places["y"]
        assert low < dots(board)[0, 1] < high, "the first try is in the picture"
        board.close()


def test_more_than_eight_parameters_have_no_letters():
    with pytest.raises(ValueError, match="start must hold 1 to 8 numbers, got 9"):
        explore(DATA, start=(0.0,) * 9)
