"""The page's half of the pictures: its own tests, and its predicted curve held to `theory`."""

import json
import subprocess
from pathlib import Path

import numpy as np
from playwright._impl._driver import compute_driver_executable

from polyfit_helpers import Data, random_start, training
from polyfit_helpers.widgets import dashboard
from polyfit_helpers.widgets.views import view_names

HERE = Path(__file__).parent
NODE = compute_driver_executable()[0]  # the one that drives the browser in tests
PREDICT = f"""
import {{ predicted }} from {json.dumps((HERE.parent / "polyfit_helpers/widgets/curves.js").as_uri())};
const text = (await import("node:fs")).readFileSync(0, "utf8");
const lines = JSON.parse(text).map(({{ theory, rate, momentum }}) =>
  predicted(theory, rate, momentum).map(({{ name, x, y }}) => [name, [...x].map(String), [...y].map(String)]));
console.log(JSON.stringify(lines));
"""


def node(*arguments, **options):
    return subprocess.run([NODE, *arguments], text=True, capture_output=True, **options)


def test_the_pages_own_tests_pass():
    done = node("--test", str(HERE / "curves.test.mjs"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 10" in done.stdout or "ℹ pass 10" in done.stdout, done.stdout


def boards(generator, count):
    """Yield boards of random problems in random settings, and the view that each looks at."""
    for _ in range(count):
        size = int(generator.integers(1, 8)) + 1
        x = np.sort(generator.uniform(-np.pi, np.pi, 40))
        data = Data(x, np.sin(x) + 0.1 * generator.normal(size=40))
        start = random_start(int(generator.integers(1000)), size)
        views = [name for name in view_names(size, 1) if name in ("loss", "above") or " " in name]
        view = str(generator.choice(views))
        board = dashboard(
            data, training.numpy_matrix, start=start, iterations=1 + int(10 ** generator.uniform(0, 4)), view=view
        )
        limit = board.seen.problem.stability_limit()
        board.learning_rate.value = float(np.clip(limit * 10 ** generator.uniform(-2, 0.3), 1e-9, 1))
        board.momentum.value = float(generator.choice([0, round(generator.uniform(0, 0.99), 2)]))
        yield board


def test_the_predicted_curve_of_the_page_is_that_of_theory():
    generator = np.random.default_rng(7)
    asked, expected = [], []
    for board in boards(generator, 60):
        pictures, view = board.pictures, board.panel.drawing.view
        asked.append({"theory": pictures.theory, **pictures.now})
        expected.append((view.expected(), view.canvas.places, pictures.theory["iterations"]))
        board.close()
    done = node("--input-type=module", "-e", PREDICT, input=json.dumps(asked))
    assert done.returncode == 0, done.stderr
    drawn_points = 0
    for lines, (python, places, _) in zip(json.loads(done.stdout), expected, strict=True):
        assert [name for name, _, _ in lines] == list(python)
        for name, x, y in lines:
            found = np.array([x, y], dtype=float).T
            drawn_points += same_where_drawn(found, python[name], places)
    assert drawn_points > 3000


def same_where_drawn(found, line, places):
    """Compare a line of the page with theory's, at those of its points that lie in the axes; return how many do."""
    (left, right), (low, high) = places["x"], places["y"]
    inside = (found >= [left, low]).all(axis=1) & (found <= [right, high]).all(axis=1)
    theirs = np.column_stack([line.x, line.y]).astype(float)
    for point in found[inside]:
        away = np.abs(theirs - point) / [
            max(abs(point[0]), 1e-3 * (right - left)),
            max(abs(point[1]), 0 if places["log"] else 1e-3 * (high - low)),
        ]
        assert away.max(axis=1).min() < 1e-6, (point, theirs[away.max(axis=1).argmin()])
    return int(inside.sum())
