"""What buttons and marks say, which controls there are, and that a new control is one row: without a board, mostly."""

from functools import partial

import ipywidgets
import pytest
from board_support import DATA, NETWORK, PROBLEM, RUNGS, TENSORS, Trial, told

from polyfit_helpers import START, theory, training
from polyfit_helpers.widgets import controls as module
from polyfit_helpers.widgets import dashboard, panel, texts
from polyfit_helpers.widgets.controls import CONTROLS, Control, names_to_show, rescaled
from polyfit_helpers.widgets.elements import Range, put
from polyfit_helpers.widgets.scenes import parts_of_a_scene, write_scene
from polyfit_helpers.widgets.words import buttons, marks, words


def states(trial, **of_the_board):
    return buttons(trial.seen(**of_the_board))


def usable(trial, **of_the_board):
    return {key for key, button in states(trial, **of_the_board).items() if not button.disabled}


ALWAYS = {"train", "step", "reset", "inside", "more"}


def test_which_buttons_have_a_use_follows_from_what_is_seen():
    trial = Trial(iterations=50)
    assert usable(trial) == ALWAYS and states(trial)["train"].description == texts.TRAIN
    trial.session.act("train", trial.settings)
    assert usable(trial) == ALWAYS | {"stop"} and states(trial)["train"].description == texts.PAUSE
    trial.session.slice(0.0)
    trial.step(1)
    assert usable(trial) == ALWAYS | {"stop", "keep", "play"} and states(trial)["train"].description == texts.RESUME
    trial.train().session.keep()
    assert usable(trial) == ALWAYS | {"keep", "play", "forget"} and states(trial)["train"].description == texts.TRAIN


def test_buttons_of_two_states_say_what_they_will_do():
    trial = Trial()
    both = [states(trial, **{name: on}) for name in ("looking", "unfolded", "playing") for on in (False, True)]
    said = [
        state[key].description for state, key in zip(both, ["inside"] * 2 + ["more"] * 2 + ["play"] * 2, strict=True)
    ]
    assert said == [texts.INSIDE, texts.OUTSIDE, texts.MORE, texts.LESS, texts.PLAY, texts.HOLD]


def test_no_two_labels_of_a_board_are_the_same():
    board = dashboard(TENSORS, training.optim)
    widgets = {*board.panel.controls.values(), *board.panel.beside.values(), *board.buttons.values()}
    labels = [getattr(widget, "label", "") or getattr(widget, "description", "") for widget in widgets]
    labels = [label for label in labels if isinstance(label, str) and label]
    assert len(labels) > 18 and len(set(labels)) == len(labels)
    board.close()


def test_marks_follow_the_settings_of_the_next_run():
    assert marks(Trial(momentum=0.5).seen()) == [(pytest.approx(5.34e-6, rel=1e-3), texts.limit(value=5.337e-6))]
    assert marks(Trial(training.optim, TENSORS, optimizer="Adam").seen()) == []
    assert marks(Trial(reduction="mean").seen())[0][0] == pytest.approx(2000 * PROBLEM.stability_limit())
    assert marks(Trial(training.autograd_matrix, TENSORS, reset=False).seen())[0][0] == 2 * PROBLEM.stability_limit()
    fixed = partial(training.numpy_matrix, momentum=0.5)
    assert marks(Trial(fixed).seen()) == marks(Trial(momentum=0.5).seen())
    assert marks(Trial(training.custom_function, TENSORS, model=theory.legendre_values).seen()) == []


def test_the_prediction_is_that_of_the_next_run_unless_a_guess_forbids_it():
    trial = Trial(learning_rate=2e-6, momentum=0.5)
    assert trial.seen().expects == (2e-6, 0.5)
    assert trial.seen(guessing=True).expects is None and trial.seen(guess=(2000, 40.0)).expects is None
    trial.train(iterations=100)
    assert trial.seen(guessing=True).expects == (2e-6, 0.5), "the run has settled it"
    assert trial.choose(learning_rate=3e-6).seen(guessing=True).expects is None
    assert trial.seen().expects == (3e-6, 0.5)
    assert trial.choose(basis="legendre").seen().expects is None, "the present run is another problem"
    assert trial.choose(basis="powers", start="zeros", iterations=7).seen().expected_start == (0, 0, 0, 0)
    assert (trial.seen().planned, trial.seen().target, trial.seen().start) == (7, 100, START)


def test_an_option_of_another_loop_does_not_change_what_is_expected_of_the_first():
    trial = Trial({"plain": training.numpy_matrix, "torch": training.autograd_matrix}, TENSORS, reset=False)
    assert trial.seen().expects == (1e-6, 0.0), "the first loop has no gradients to reset"


# --- The table of controls --------------------------------------------------------------------------------------------


def test_controls_are_shown_where_a_loop_has_a_use_for_them():
    everything = {control.name for control in CONTROLS}
    options, asked = {control.name for control in CONTROLS if control.option}, {"degree", "guess"}
    in_numpy = everything - asked - {"device"}  # arrays have one place to be
    assert names_to_show(None, Trial().session) == in_numpy - {"optimizer", "reset"}
    assert names_to_show(None, Trial(training.numpy_by_hand).session) == in_numpy - options
    assert names_to_show(["degree", "guess", "reset"], Trial().session) == asked
    assert names_to_show([], Trial().session) == set()
    several = Trial({"a": training.numpy_by_hand, "b": training.optim}, TENSORS)
    assert {"device", "optimizer", "momentum"} <= names_to_show(None, several.session), "one of them has a use for it"
    other = Trial(training.custom_function, TENSORS, model=theory.legendre_values)
    assert not {"basis", "degree"} & names_to_show(["basis", "degree"], other.session)


def test_a_scene_tells_what_the_board_has_a_use_for():
    parts = parts_of_a_scene(Trial(training.autograd_matrix, TENSORS).settings, set())
    assert parts == ["learning_rate", "iterations", "reset", "start", "view", "ran", "at"]
    trial = Trial(learning_rate=2e-6, iterations=50)
    assert write_scene(trial.seen(), "given", set()) == (
        "learning_rate=2e-6 momentum=0.0 basis=powers reduction=sum start=given iterations=50 view=loss"
    )
    ran = write_scene(trial.step(7).seen(at=3, view="path b d"), "seed:4", {"degree"})
    assert "degree=3" in ran and "start=seed:4" in ran and ran.endswith("view=path-b-d ran=7 at=3")
    assert "ran" not in write_scene(trial.choose(momentum=0.5).seen(), "given", set()), "it ran with other settings"


@pytest.mark.parametrize(
    ("reduction", "rate", "after"),
    [("mean", 1e-6, 2e-3), ("sum", 2e-3, 1e-6), ("mean", 1e-3, 1.0), ("sum", 1e-8, 1e-9)],
)
def test_a_step_stays_as_long_as_it_was_within_the_range(reduction, rate, after):
    rates = Range(label="r", value=1e-6, min=1e-9, max=1.0, log=True)
    settings, error = rescaled(Trial(reduction=reduction, learning_rate=rate).seen(), rates)
    assert settings.learning_rate == after and bool(error) == (after in (1.0, 1e-9))
    rates.close()


def with_weight_decay(data, start, learning_rate, weight_decay=0.0):
    for loss, w in training.numpy_matrix(data, start, learning_rate):
        yield loss, w
        w -= learning_rate * weight_decay * w


def test_a_new_control_is_one_row(monkeypatch):
    make = lambda plan: Range(label="Weight decay", value=0.0, min=0.0, max=1000.0)  # noqa: E731
    table = (*CONTROLS, Control("weight_decay", make, "switch", option=True, folded=True))
    for user in (module, panel):
        monkeypatch.setattr(user, "CONTROLS", table)
    board = dashboard(DATA, with_weight_decay, iterations=20)
    assert board.weight_decay in board.fold.children, "layout"
    board.train()
    free = board.history.losses
    board.weight_decay.value = 500.0
    assert board.mode == "ready", "wiring"
    board.train()
    assert board.history.losses[-1] != free[-1] and board.runs[0].settings["weight_decay"] == 500.0
    assert "weight_decay=500.0" in board.scene()
    board.restore("weight_decay=250 ran=5")
    assert board.weight_decay.value == 250.0 and board.history.iterations == 5
    with pytest.raises(ValueError, match=r"weight_decay=much.*'much'"):
        board.restore("weight_decay=much")
    other = dashboard(DATA, training.numpy_matrix)
    assert "weight_decay" not in other.panel.shown and "weight_decay" not in other.scene(), "only where it has a use"
    for one in (board, other):
        one.close()


# --- Showing ------------------------------------------------------------------------------------------------------


def test_what_is_as_it_should_be_is_not_set_again():
    sent = []
    button = ipywidgets.Button(description="a", disabled=True)
    button.observe(sent.append)
    put(button, description="a", disabled=True)
    assert sent == []
    put(button, description="b", disabled=True)
    assert [change["name"] for change in sent] == ["description"]
    button.close()


def test_showing_the_same_again_sets_nothing_and_draws_nothing():
    board = dashboard(DATA, RUNGS[0], iterations=50)
    board.train()
    board.keep()
    changes = []
    parts = [*board.panel.controls.values(), *board.buttons.values(), board.status, board.pictures, board.kept_table]
    for part in parts:
        part.observe(changes.append)
    board.show()
    assert changes == []
    board.close()


def test_setting_a_control_shows_once_what_follows_and_calls_nothing_back():
    board = dashboard(DATA, training.numpy_matrix, iterations=50)
    seen, show = [], board.panel.show
    board.panel.show = lambda *of: (seen.append(of), show(*of))
    board.restore("learning_rate=2e-6 momentum=0.5 basis=legendre iterations=30 view=path-a-b")
    assert len(seen) == 1, "five controls were set"
    assert told(board) == str(words(board.seen))
    board.close()


def test_a_network_is_not_looked_into_number_by_number_unless_somebody_asks():
    network = Trial(**NETWORK)
    assert not {"inside", "basis", "degree"} & names_to_show(None, network.session)
    assert names_to_show(["inside"], network.session) == {"inside"}
    assert network.seen().beyond_cubics and not Trial().seen().beyond_cubics
    cubic_too = Trial(training.custom_function, TENSORS, model=theory.legendre_values)
    assert not cubic_too.seen().beyond_cubics, "four numbers get no lower than the best cubic"
    assert marks(network.seen()) == [] and network.seen().limit is None and network.seen().expects is None
