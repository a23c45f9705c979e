"""Two hundred random learners, and the grammar that makes them; `python tests/random_learners.py` takes 10 000.

Nothing false may be said of any, by its check or by a board, and "Right" is for what is right on the real problem.
"""

import ast

import numpy as np
import pytest
from learners import judge as judging
from learners.judge import Truth, for_a_board, judge, right_states, truth_of
from learners.loops import STYLES
from learners.mistakes import ALL
from learners.programs import Made, Program, fits, program, written

from polyfit_exercises import exercise
from polyfit_exercises.store import Store
from polyfit_helpers import START, sine
from polyfit_helpers.theory import LeastSquares
from polyfit_helpers.widgets import dashboard

SEED, FAST, MANY = 15, 20, 200  # the rest are slow: all of them take more than a minute of one core
PATIENCE = 120.0  # seconds of computing, for a program that takes one: a hang ends, and no verdict depends on speed


@pytest.fixture(autouse=True)
def in_memory(monkeypatch):
    monkeypatch.setattr(exercise, "store", lambda: Store(None))


@pytest.mark.filterwarnings("ignore")  # a wrong loop may warn of what it does
@pytest.mark.parametrize(
    "number", [*range(FAST), *(pytest.param(i, marks=pytest.mark.slow) for i in range(FAST, MANY))]
)
def test_nothing_false_is_said_of_random_learners(number):
    verdict = judge(program(SEED, number), PATIENCE)
    assert not verdict.false, f"{verdict.false}\n{verdict.truth}\n{verdict.words}\n{verdict.program.source}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(4))
def test_a_dashboard_shows_whatever_they_do(number):
    one = program(SEED, number)
    loop, data, start = for_a_board(one, one.function())
    board = dashboard(data, loop, start=start)
    for button in ("step", "step", "keep", "inside", "step", "reset"):
        board.buttons[button].click()
    assert str(board)
    board.close()


# --- The grammar ----------------------------------------------------------------------------------------------------


def test_a_seed_makes_the_same_programs_again_and_all_of_them_are_python():
    for number in range(400):
        one = program(SEED, number)
        assert one == program(SEED, number)
        ast.parse(one.source)
    assert len({program(SEED, number).source for number in range(400)}) > 380


def test_every_mistake_can_be_made_and_every_style_can_be_wrong():
    assert all(any(fits(one, style) for style in STYLES) for one in ALL)
    assert all(sum(fits(one, style) for one in ALL) > 20 for style in STYLES)


@pytest.mark.parametrize(
    "style", [pytest.param(one, marks=[pytest.mark.slow] * (i > 3)) for i, one in enumerate(STYLES)]
)
def test_a_program_without_a_mistake_is_right(style):
    one = written(style, [], seed=3)
    assert truth_of(one, one.function()).right


# --- The judge ------------------------------------------------------------------------------------------------------


def test_the_judge_knows_the_right_run_by_itself():
    data = sine()
    problem = LeastSquares(data.x, data.y)
    some = [0, 1, 20, 2000]
    assert np.allclose(right_states(4, False, False)[some, 0], problem.predicted_losses(START, 1e-6, some), rtol=1e-11)


RIGHT = next(one for one in STYLES if one.startswith("numpy vector hand sum"))
HALVED = next(one for one in ALL if one.says == "steps_halved")


@pytest.mark.parametrize(
    ("name", "details", "made", "false"),
    [
        ("uphill", {}, [Made(HALVED)], True),
        ("steps_halved", {}, [Made(HALVED)], False),
        ("steps_halved", {}, [], True),
        ("other_state", {}, [Made(HALVED)], False),
        ("never_moves", {}, [Made(HALVED)], True),
        ("loss_is_mean", {}, [Made(HALVED)], True),
        ("changes_later", {"moment": "after 11 updates"}, [Made(HALVED, when="t >= 12")], True),
    ],
)
def test_the_judge_notices_what_is_false(name, details, made, false):
    truth = Truth(right=not made, wrong=bool(made), parameters=1, loss=1, still=False, failed=False)
    one = Program(RIGHT, made, "", "my_training")
    assert bool([*judging._false_names(one, truth, "not yet", {name: details})]) == false


def test_the_judge_notices_a_wrong_right():
    truth = Truth(right=False, wrong=True, parameters=1500, loss=1500, still=False, failed=False)
    assert [*judging._false_names(Program(RIGHT, [], "", ""), truth, "done", {})] == ["it is not right"]
