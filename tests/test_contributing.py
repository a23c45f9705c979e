"""What CONTRIBUTING.md tells to do is done here, in its own words."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exercise_support import learner

from polyfit_exercises import exercise, texts
from polyfit_exercises.compare import Formulas, require_right
from polyfit_exercises.form import call, numbers_of
from polyfit_exercises.store import Store
from polyfit_exercises.texts.words import Words
from polyfit_exercises.trial import draws, require_callable
from polyfit_helpers import START, dashboard, record, sine
from polyfit_helpers.training import in_numpy
from polyfit_helpers.widgets import controls, panel

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
A_LOOP, A_CONTROL, AN_EXERCISE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_it_is_short():
    assert len(PAGE.splitlines()) <= 90


def test_the_rooms_that_it_names_are_there():
    table = re.findall(r"^\| (`polyfit_\w+/.*?) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(table) == 5
    for rooms, contents in table:
        folder = ROOT / re.search(r"`(polyfit_[\w/]+)/`", rooms)[1]
        named = re.findall(r"`([a-z_]+/?)`", rooms.partition("`:")[2] + contents)
        missing = [name for name in named if not any((folder / end).exists() for end in (name, f"{name}.py"))]
        assert folder.is_dir() and missing == [], rooms
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/\w+\.py|tests/\w+/)`", PAGE))


def test_a_loop_as_it_says_obeys_the_contract():
    namespace = dict(vars(in_numpy))
    exec(A_LOOP, namespace)
    halving = namespace["halving"]
    assert halving.tensors is False and halving.__doc__
    history = record(halving(sine(50), START, 1e-3), 20)
    assert history.iterations == 20 and history.losses[-1] < history.losses[0]
    with pytest.raises(ValueError, match=r"learning_rate must be a positive number, got -1"):
        halving(sine(50), START, -1)


def test_a_control_as_it_says_is_one_row(monkeypatch):
    monkeypatch.setattr(controls.texts, "WEIGHT_DECAY", "Weight decay", raising=False)
    row = eval(A_CONTROL, vars(controls))
    for module in (controls, panel):
        monkeypatch.setattr(module, "CONTROLS", (*controls.CONTROLS, row))

    def training(data, start, learning_rate, weight_decay=0.0):
        while True:
            yield weight_decay, start

    board = dashboard(sine(50), training, iterations=5)
    assert board.weight_decay in board.fold.children
    board.weight_decay.value = 3.0
    board.train()
    assert board.history.losses.tolist() == [3.0] * 6 and "weight_decay=3" in board.scene()
    board.close()


def test_an_exercise_as_it_says_names_its_mistake(monkeypatch):
    namespace = {"np": np, "Any": Any, "Formulas": Formulas, "require_right": require_right, "call": call}
    namespace |= {"numbers_of": numbers_of, "draws": draws, "require_callable": require_callable}
    namespace |= {"Words": Words, "Exercise": exercise.Exercise}
    exec(AN_EXERCISE, namespace)
    words, one, edits = (namespace[name] for name in ("words", "exercise", "edits"))
    monkeypatch.setitem(texts.EXERCISES, "mean_error", words)
    monkeypatch.setattr(exercise, "store", lambda: Store(None))
    solution = AN_EXERCISE[: AN_EXERCISE.index("WRONG")]
    assert one.check(learner(f"from typing import Any\n{solution}", "mean_error")).state == "done"
    for name, changes in edits["mean_error"].items():
        source = solution
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        card = one.check(learner(f"from typing import Any\n{source}", "mean_error"))
        assert card.mistakes == (name,) and texts.MISTAKES[name] in card.words
    cards = [one.check(lambda y_pred, y: 0.0) for _ in range(2)]
    assert cards[0].state == "not yet" and cards[0].mistakes == cards[1].mistakes
    assert len(words.hints) == 3 and words.code and words.why
