"""The pictures, read back as numbers and words."""

import base64
import io
import math
import re
from functools import cache

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image
from pytest import approx

from polyfit_helpers import START, Data, History, dashboard, plots, record, sine, straight_line
from polyfit_helpers.networks import network_start, relu_network
from polyfit_helpers.plots.picture import _few_colours, style_of
from polyfit_helpers.theory import LeastSquares, legendre_values, polynomial_values
from polyfit_helpers.training import numpy_by_hand, numpy_matrix, tensors_matrix

DATA = sine(200)
PROBLEM = LeastSquares(DATA.x, DATA.y)
RATE = 0.5 * PROBLEM.stability_limit()
RUN = record(numpy_matrix(DATA, START, RATE), 300)
FAST = record(numpy_matrix(DATA, START, RATE, momentum=0.9), 300)
FLOAT32 = record(tensors_matrix(DATA.to("cpu", "float32"), START, RATE), 300)
DIVERGED = record(numpy_matrix(DATA, START, 1.0), 300)
CURVES = {
    "a": RUN.losses,
    "b": DIVERGED.losses,
    "c": 2.0 + np.cos(np.arange(301)),
    "d": [2.0, 1.0],
    "e": [],
}
PREDICTED = PROBLEM.predicted_losses(START, RATE, 300)


def four_curves():
    curves = {"the fit": RUN[-1].parameters, "best cubic": PROBLEM.optimum, "Taylor": (0, 1, 0, -1 / 6), "start": START}
    return plots.fits(DATA, curves, fit="the fit")


def step_times_of_three():
    curves = {"slow": {100: 1e-4, 1000: 1e-3}, "fast": {100: 2e-4, 1000: 2e-4}}
    old, memory = {"old": {100: 1e-5, 1000: 1e-5}}, {"memory": {100: 1e-6, 1000: 1e-5}}
    return plots.step_times(curves, stored=old, memory_lines=memory, crossings={"cpu": 158.0, "mps": None})


PICTURES = {
    "fits": four_curves,
    "fits of few points": lambda: plots.fits(straight_line(), {"the line": (7, 3)}, fit="the line"),
    "fits of tensors": lambda: plots.fits(DATA.to("cpu", "float32"), {"start": START}),
    "board": lambda: plots.board(DATA, RUN),
    "board with prediction": lambda: plots.board(DATA, RUN, predicted=PREDICTED),
    "board of the start": lambda: plots.board(DATA, record(numpy_matrix(DATA, START, RATE), 0)),
    "board, diverged": lambda: plots.board(DATA, DIVERGED, predicted=PROBLEM.predicted_losses(START, 1.0, 300)),
    "losses": lambda: plots.losses({"plain": RUN, "momentum": FAST, "predicted": PREDICTED}, floor=PROBLEM.floor),
    "losses, diverged": lambda: plots.losses({"good": RUN, "bad": DIVERGED}, floor=PROBLEM.floor, title="Too fast"),
    "step sizes": lambda: plots.step_sizes(PROBLEM, START, 300, {RATE: RUN.losses[-1], 1.0: math.inf}),
    "differences": lambda: plots.differences(RUN, {"float32": FLOAT32, "momentum": FAST}),
    "step times": lambda: step_times_of_three(),
    "candidates": lambda: plots.candidates(CURVES, RUN.losses),
    "differences, diverged": lambda: plots.differences(RUN, {"float32": FLOAT32, "bad": DIVERGED}),
}
every_picture = pytest.mark.parametrize("name", PICTURES)


@cache
def picture_of(name):
    return PICTURES[name]()


@cache
def html_of(name):
    return picture_of(name)._repr_html_()


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def dash(line):
    return line._unscaled_dash_pattern  # Matplotlib's public getter calls every pattern of our own "--"


# --- every picture --------------------------------------------------------------------------------------------------


@every_picture
def test_every_picture_has_labels_on_its_axes_and_a_legend_of_all_lines(name):
    assert picture_of(name).figure.axes
    for axes in picture_of(name).figure.axes:
        assert axes.get_xlabel() and axes.get_ylabel()
        named = [line.get_label() for line in axes.lines]
        if name != "candidates":  # small panels: the question says what the lines are, and each title names a curve
            assert named == [text.get_text() for text in axes.get_legend().get_texts()]
        assert len(set(named)) == len(named)
        assert all(named) and not any(label.startswith("_") for label in named)


@every_picture
def test_lines_differ_in_dash_or_width_as_well_as_in_colour(name):
    for axes in picture_of(name).figure.axes:
        drawn = [line for line in axes.lines if line.get_linestyle() != "None"]
        assert len({to_hex(line.get_color()) for line in drawn}) == len(drawn)
        assert len({repr((dash(line), line.get_linewidth() > 4)) for line in drawn}) == len(drawn)


@every_picture
def test_every_picture_says_what_it_shows(name):
    picture = picture_of(name)
    assert repr(picture) == picture.description
    assert picture.description.endswith(".")
    assert len(picture.description) > 40
    assert not re.search(r"nan|inf\b|None|object at|[-−] ?0\.0+\b", picture.description)


@every_picture
def test_every_picture_is_an_image_with_its_description_as_alt(name):
    (alt,) = re.findall(r'<img alt="([^"]*)"', html_of(name))
    assert alt == picture_of(name).description
    assert 'src="data:image/png;base64,iVBOR' in html_of(name)
    assert "max-width:100%" in html_of(name)


# --- what a picture weighs ------------------------------------------------------------------------------------------


def stored(html):
    """Return a picture's bytes as they are stored, and the picture."""
    png = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    return png, Image.open(io.BytesIO(png))


def drawn_in_true_colour(figure):
    with style_of(plots.STYLE):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())


@every_picture
def test_a_picture_has_256_colours_at_most_and_weighs_40_kilobytes_at_most(name):
    png, image = stored(html_of(name))
    assert image.mode == "P" and len(image.getcolors()) <= 256
    assert len(png) <= 40_000


@pytest.mark.parametrize("view", ["loss", "above", "path b d"])
def test_a_dashboard_is_stored_in_40_kilobytes_at_most(view):
    board = dashboard(sine(), [numpy_by_hand, numpy_matrix], view=view, iterations=300)
    board.train()
    png, image = stored(board._repr_mimebundle_()["text/html"])
    assert len(image.getcolors()) <= 256 and len(png) <= 40_000


@every_picture
def test_the_eye_sees_no_difference_from_true_colours(name):
    true = drawn_in_true_colour(PICTURES[name]().figure)
    palette, indices = _few_colours(true)
    error = np.abs(palette[indices].astype(int) - true).max(axis=2)
    assert error.max() <= 16 and error.mean() < 0.5
    colours, counts = np.unique(np.ascontiguousarray(true).view(np.uint32), return_counts=True)
    frequent = colours[np.argsort(counts)[-20:]]
    assert np.isin(frequent, np.ascontiguousarray(palette).view(np.uint32)).all(), "ground, lines, letters are exact"


def test_what_is_stored_is_what_was_reduced_and_transparency_stays():
    figure = Figure(figsize=(2, 1), dpi=100)
    figure.patch.set_alpha(0.0)
    figure.text(0.1, 0.5, "half", color="#D55E00", alpha=0.5, size=20)
    true = drawn_in_true_colour(figure)
    _, image = stored(plots.Picture(figure, "A word.")._repr_html_())
    there = np.asarray(image.convert("RGBA")).astype(int)
    assert there.shape == (100, 200, 4) and (there[..., 3] == 0).any() and (there[..., 3] == 128).any()
    assert np.abs(there - true).max() <= 16


def test_a_picture_of_any_colours_is_reduced_to_256():
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 4), dtype=np.uint8)
    palette, indices = _few_colours(pixels)
    assert len(palette) <= 256 and indices.shape == (200, 200)
    assert np.abs(palette[indices].astype(int) - pixels).max() <= 64


@every_picture
def test_a_shown_picture_keeps_no_figure_and_draws_it_again_to_the_same_bytes_when_asked(name):
    picture = PICTURES[name]()
    before = [len(axes.lines) for axes in picture.figure.axes]
    shown = picture._repr_html_()
    assert picture._figure is None, "a notebook keeps every result"
    assert [len(axes.lines) for axes in picture.figure.axes] == before
    assert picture._repr_html_() == shown == html_of(name) and picture.figure is picture.figure


@every_picture
def test_every_point_that_is_drawn_has_a_place(name):
    """A diverged run has points at infinity: they are left out, and without a warning, which would fail here."""
    assert html_of(name)
    for axes in picture_of(name).figure.axes:
        assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()
        for line in axes.lines:
            assert not np.isinf(np.asarray(line.get_ydata(), dtype=float)).any()
            path = line.get_transform().transform_path(line.get_path()).cleaned(remove_nans=True)
            assert np.isfinite(path.vertices).all()


@every_picture
def test_drawing_changes_no_setting_of_matplotlib(name):
    before = dict(matplotlib.rcParams)
    PICTURES[name]()
    assert dict(matplotlib.rcParams) == before


def test_the_readers_own_settings_do_not_change_a_picture():
    own = {
        "axes.unicode_minus": False,
        "path.simplify": True,
        "font.size": 30,
        "lines.linewidth": 9,
        "axes.grid": False,
    }
    with matplotlib.rc_context(own):
        before = dict(matplotlib.rcParams)
        renders = {html_of("board"), PICTURES["board"]()._repr_html_()}
        assert dict(matplotlib.rcParams) == before
    assert len(renders) == 1


def test_alt_text_is_escaped():
    data = Data(DATA.x, DATA.y, 'a "name" <b>&')
    html = plots.fits(data, {"start": START})._repr_html_()
    assert "The data, a &quot;name&quot; &lt;b&gt;&amp;, and" in html
    assert "<b>" not in html


# --- candidates -----------------------------------------------------------------------------------------------------


def test_candidates_draws_each_curve_as_parts_of_its_first_loss_over_the_reference():
    picture = picture_of("candidates")
    assert [axes.get_title(loc="left") for axes in picture.figure.axes] == list(CURVES)
    for axes, losses in zip(picture.figure.axes, CURVES.values(), strict=True):
        drawn = lines(axes)
        np.testing.assert_allclose(drawn["correct"].get_ydata(), RUN.losses / RUN.losses[0])
        (label,) = (label for label in drawn if label.startswith("curve "))
        shown = np.asarray(drawn[label].get_ydata(), dtype=float)
        finite = np.isfinite(shown)
        np.testing.assert_allclose(shown[finite], (np.asarray(losses) / [*losses, 1.0][0])[finite])
        assert ("error" in drawn) == (len(losses) < 3)
        assert axes.get_yscale() == "log"
    at = [axes.lines[-1].get_xdata()[0] for axes in picture.figure.axes[-2:]]
    assert at[0] > 1 and at[1] == 0, "an error after the last state, and one before the first"


def test_candidates_are_told_in_words():
    words = picture_of("candidates").description.removeprefix("Loss curves to choose from, over the correct one: ")
    first, *rest = words.removesuffix(".").split("; ")
    assert re.fullmatch(r"a ends at 0\.\d+ of its first loss and never swings", first)
    assert rest[0] == "b grows until it overflows" and rest[1].endswith("rises again and again")
    assert rest[2:] == ["d ends with an error after 2 states", "e ends with an error after 0 states"]


# --- fits -----------------------------------------------------------------------------------------------------------


def test_fits_draws_the_data_and_each_curve():
    (axes,) = four_curves().figure.axes
    drawn = lines(axes)
    assert list(drawn) == ["data: sin(x)", "the fit", "best cubic", "Taylor", "start"]
    assert all((line.get_xdata() == DATA.x).all() for line in drawn.values())
    assert (drawn["data: sin(x)"].get_ydata() == DATA.y).all()
    assert drawn["the fit"].get_ydata() == approx(polynomial_values(DATA.x, RUN[-1].parameters))
    assert drawn["Taylor"].get_ydata() == approx(DATA.x - DATA.x**3 / 6)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")


def test_colours_have_one_meaning_in_every_picture():
    (axes,) = picture_of("fits").figure.axes
    left, right = plots.board(DATA, RUN, predicted=PREDICTED).figure.axes
    assert lines(axes)["data: sin(x)"].get_color() == lines(left)["data: sin(x)"].get_color() == "#0072B2"
    assert lines(axes)["the fit"].get_color() == lines(left)["fit after 300 iterations"].get_color() == "#D55E00"
    assert lines(axes)["best cubic"].get_color() == lines(left)["best cubic"].get_color()
    assert lines(right)["loss, measured"].get_color() == "#D55E00"
    assert lines(right)["loss, predicted"].get_color() == "#CC79A7"


def test_few_points_are_drawn_as_dots():
    (axes,) = PICTURES["fits of few points"]().figure.axes
    dots = lines(axes)["data: 3 x + 7"]
    assert dots.get_marker() == "o" and dots.get_linestyle() == "None"
    assert dots.get_ydata().tolist() == [10, 13, 16, 19, 22, 25]


def test_the_data_fill_the_height_but_a_wild_curve_does_not_change_it():
    tame, wild = (plots.fits(DATA, {"curve": parameters}).figure.axes[0] for parameters in (START, (0, 0, 0, 1e6)))
    assert tame.get_ylim() == wild.get_ylim()
    assert tame.get_ylim()[0] < DATA.y.min() < DATA.y.max() < tame.get_ylim()[1]


def test_the_last_tick_of_a_long_run_stays_in_the_picture():
    def last_label(iterations):
        drawn = plots.canvas((0.0, float(iterations)), (1.0, 2.0), "iteration", "loss", (), (), whole=True).still
        at = drawn.index(f">{iterations:,}<".replace(",", "\u202f"))
        return drawn[drawn.rindex("<text", 0, at) : at]

    assert "text-anchor: end" in last_label(100_000) and "text-anchor: middle" in last_label(50_000)


def test_a_curve_a_little_beyond_the_data_is_seen_whole():
    (axes,) = plots.fits(DATA, {"Taylor": (0, 1, 0, -1 / 6)}).figure.axes
    low, high = axes.get_ylim()
    assert low < lines(axes)["Taylor"].get_ydata().min() == approx(-2.026, abs=1e-3) and high > 2.026


def test_fits_lists_its_equations():
    picture = plots.fits(straight_line(), {"the line": (7, 3)})
    assert picture.description == "The data, 3 x + 7, and over them the line: y = 7.0000 + 3.0000 x."


def test_fits_draws_another_model_finely_and_tells_no_equation():
    few = Data(np.linspace(-3, 3, 5), np.zeros(5))
    picture = plots.fits(few, {"best": network_start(0), "last": network_start(1)}, predict=relu_network)
    drawn = lines(picture.figure.axes[0])["last"]
    assert len(drawn.get_xdata()) == 400 and (drawn.get_xdata()[[0, -1]] == (-3, 3)).all()
    assert drawn.get_ydata() == approx(relu_network(drawn.get_xdata(), network_start(1)))
    assert picture.description == "The data, data, and over them best; last."


# --- board ----------------------------------------------------------------------------------------------------------


def test_board_draws_the_fit_and_the_losses():
    left, right = plots.board(DATA, RUN, predicted=PREDICTED).figure.axes
    assert list(lines(left)) == ["data: sin(x)", "best cubic", "fit after 300 iterations"]
    assert lines(left)["best cubic"].get_ydata() == approx(polynomial_values(DATA.x, PROBLEM.optimum))
    assert lines(left)["fit after 300 iterations"].get_ydata() == approx(polynomial_values(DATA.x, RUN[300].parameters))
    measured, best, predicted = right.lines
    assert list(lines(right)) == ["loss, measured", f"floor: {PROBLEM.floor:.4g}", "loss, predicted"]
    assert (measured.get_xdata() == np.arange(301)).all()
    assert (measured.get_ydata() == RUN.losses).all()
    assert (predicted.get_ydata() == PREDICTED).all()
    assert list(best.get_ydata()) == [PROBLEM.floor] * 2
    assert (right.get_xlabel(), right.get_ylabel()) == ("iteration", "sum of squared errors")
    assert right.get_yscale() == "log"


def test_board_says_where_the_loss_came_from_and_went_to():
    assert plots.board(DATA, RUN).description == (
        "Left: sin(x), the fit after 300 iterations and the best cubic. Right: the loss goes from 1\u202f944 to "
        f"{RUN.losses[-1]:.4g} in 300 iterations; the floor is {PROBLEM.floor:.4g}."
    )


def test_board_says_where_a_run_overflowed():
    step = np.isfinite(DIVERGED.losses).argmin()
    assert f"the loss grows until it overflows at iteration {step};" in plots.board(DATA, DIVERGED).description


def test_board_draws_any_model():
    left, _ = plots.board(DATA, RUN, predict=legendre_values).figure.axes
    drawn = lines(left)["fit after 300 iterations"].get_ydata()
    assert drawn == approx(legendre_values(DATA.x, RUN[-1].parameters))


def test_board_and_losses_draw_runs_on_tensors():
    left, right = plots.board(DATA.to("cpu", "float32"), FLOAT32).figure.axes
    assert lines(left)["data: sin(x)"].get_ydata() == approx(DATA.y, abs=1e-6)
    assert (lines(right)["loss, measured"].get_ydata() == FLOAT32.losses).all()


def test_board_of_an_empty_history_is_refused():
    with pytest.raises(ValueError, match="empty"):
        plots.board(DATA, History())


# --- losses ---------------------------------------------------------------------------------------------------------


def test_losses_draws_each_run_and_the_floor():
    picture = plots.losses({"plain": RUN, "predicted": PREDICTED}, floor=PROBLEM.floor, title="A title")
    (axes,) = picture.figure.axes
    plain, predicted, best = axes.lines
    assert (plain.get_ydata() == RUN.losses).all()
    assert (predicted.get_ydata() == PREDICTED).all()
    assert predicted.get_color() == "#CC79A7"
    assert list(best.get_ydata()) == [PROBLEM.floor] * 2
    assert axes.get_title(loc="left") == "A title"
    assert axes.get_yscale() == "log"
    assert picture.description.startswith("plain goes from 1\u202f900 to ")


def test_losses_may_draw_every_tenth_state():
    (axes,) = plots.losses({"plain": RUN}, every=10).figure.axes
    assert (axes.lines[0].get_xdata() == np.arange(0, 301, 10)).all()
    assert (axes.lines[0].get_ydata() == RUN.losses[::10]).all()


@pytest.mark.parametrize(
    "draw", [plots.losses, lambda runs: plots.differences(RUN, runs)], ids=["losses", "differences"]
)
def test_more_runs_than_lines_are_refused_and_none_is_dropped(draw):
    (axes,) = draw({f"run {i}": RUN for i in range(5)}).figure.axes
    assert len(axes.lines) == 5
    with pytest.raises(ValueError, match="8"):
        draw({f"run {i}": RUN for i in range(8)})


def test_more_curves_than_lines_are_refused():
    with pytest.raises(ValueError, match="8"):
        plots.fits(DATA, {f"curve {i}": START for i in range(8)})


# --- step sizes and differences -------------------------------------------------------------------------------------


def test_step_sizes_draws_prediction_measurement_and_limit():
    picture = PICTURES["step sizes"]()
    (axes,) = picture.figure.axes
    predicted, measured, limit, best = axes.lines
    rate, loss = (values[100] for values in predicted.get_data())
    assert loss == approx(PROBLEM.predicted_losses(START, rate, [300])[0])
    assert measured.get_xdata().tolist() == [RATE, 1.0]
    assert measured.get_ydata()[0] == RUN.losses[-1]
    assert measured.get_ydata()[0] == approx(np.interp(RATE, *predicted.get_data()), rel=0.02)
    low, high = axes.get_ylim()
    assert low < measured.get_ydata()[1] < high  # infinite, and drawn at the upper edge
    assert list(limit.get_xdata()) == [PROBLEM.stability_limit()] * 2
    assert limit.get_label() == "stability limit 3.465e-5"
    assert list(best.get_ydata()) == [PROBLEM.floor] * 2
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_ylabel() == "loss after 300 iterations"
    assert "3.465e-5" in picture.description


def test_differences_are_relative_to_the_reference_and_stay_below_what_is_said():
    picture = plots.differences(RUN, {"float32": FLOAT32})
    (axes,) = picture.figure.axes
    gap = np.abs(FLOAT32.losses / RUN.losses - 1)
    drawn = axes.lines[0].get_ydata()
    assert drawn[gap > 0] == approx(gap[gap > 0])
    bound = float(re.search(r"float32 stays below (1e-?\d+)", picture.description).group(1))
    assert gap.max() < bound <= 100 * gap.max()
    assert axes.get_yscale() == "log"


def test_a_run_does_not_differ_from_itself():
    assert "itself stays below 1e-16" in plots.differences(RUN, {"itself": RUN}).description


# --- where the time goes --------------------------------------------------------------------------------------------


def test_step_times_draws_curves_memory_line_and_crossover_in_microseconds():
    picture = step_times_of_three()
    (axes,) = picture.figure.axes
    slow, fast, old, memory, crossing = axes.lines
    assert list(slow.get_xdata()) == [100, 1000] and slow.get_ydata() == approx([100, 1000])
    assert fast.get_ydata() == approx([200, 200]) and old.get_ydata() == approx([10, 10])
    assert old.get_color() == plots.GHOSTS[1].color and memory.get_ydata() == approx([1, 10])
    assert list(crossing.get_xdata()) == [158, 158]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert picture.description == (
        "Time of an iteration against the number of points, from 100 to 1\u202f000, both axes logarithmic: slow, fast; "
        "stored: old; dotted: memory; crossover, cpu, about 160 points."
    )
    assert "crossover" not in plots.step_times({"slow": {100: 1e-4}}).description


def test_phases_stacks_the_parts_of_each_phase():
    picture = plots.phases({"forward": {"overhead": 30, "arithmetic": 12}, "update": {"overhead": 5, "arithmetic": 0}})
    (axes,) = picture.figure.axes
    bars = [[(bar.get_x(), bar.get_width()) for bar in container] for container in axes.containers]
    assert bars == [[(0, 30), (0, 5)], [(30, 12), (5, 0)]]
    assert len({container[0].get_hatch() for container in axes.containers}) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["overhead", "arithmetic"]
    assert picture.description == (
        "Where the time of an iteration goes. forward: overhead 30 µs, arithmetic 12 µs; update: overhead 5 µs, "
        "arithmetic 0 µs."
    )
    assert 'alt="Where the time' in picture._repr_html_()


# --- the graph of autograd ------------------------------------------------------------------------------------------


@pytest.fixture
def leaves():
    return {name: torch.tensor(value, requires_grad=True) for name, value in zip("abcd", START, strict=True)}


def arrows(picture):
    listed = picture.description.removeprefix("The recorded graph, from the result back to the leaves: ")
    return [tuple(arrow.split(" to ")) for arrow in listed.removesuffix(".").split(", ")]


def test_the_graph_of_a_real_loss_names_its_operations_and_its_leaves(leaves):
    x = torch.linspace(-1, 1, 10)
    a, b, c, d = leaves.values()
    loss = ((a + b * x + c * x**2 + d * x**3 - x) ** 2).sum()
    picture = plots.graph(loss, leaves)
    assert arrows(picture)[:2] == [("Sum", "Pow"), ("Pow", "Sub")]
    assert {child for _, child in arrows(picture)} >= {"a", "b", "c", "d", "Add", "Mul"}
    drawn = [text.get_text() for text in picture.figure.axes[0].texts]
    assert {"Sum", "Pow", "Sub", "a", "b", "c", "d"} <= set(drawn)
    assert drawn.count("Mul") == 3 and drawn.count("Add") == 3
    assert 'alt="The recorded graph' in picture._repr_html_()
    assert plots.graph(loss, leaves)._repr_html_() == picture._repr_html_()


def test_the_arrows_of_a_small_graph(leaves):
    picture = plots.graph(leaves["a"] * leaves["b"], leaves)
    assert sorted(arrows(picture)) == [("Mul", "a"), ("Mul", "b")]
    assert "a: leaf, gets .grad" in [text.get_text() for text in picture.figure.axes[0].texts]


def test_leaves_without_a_name_are_called_leaf(leaves):
    assert arrows(plots.graph(leaves["a"].exp())) == [("Exp", "leaf")]


def test_no_two_boxes_of_a_graph_lie_on_each_other(leaves):
    a, b, c, d = leaves.values()
    shared = a * b
    picture = plots.graph((shared + c) * (shared + d) * shared.exp(), leaves)
    places = [text.xy for text in picture.figure.axes[0].texts if text.get_text()]
    assert len(set(places)) == len(places) == 10
    assert all(math.dist(p, q) >= 0.9 for p in places for q in places if p != q)


def test_every_arrow_of_a_graph_points_down(leaves):
    a, b, c, _ = leaves.values()
    picture = plots.graph(a.exp() + (a * b + c).exp(), leaves)
    for text in picture.figure.axes[0].texts:
        if text.arrow_patch:
            assert text.xy[1] < text.xyann[1]


@pytest.mark.parametrize("output", [torch.ones(()), torch.ones((), requires_grad=True), 5.0, np.ones(3)])
def test_what_was_not_recorded_has_no_graph(output):
    with pytest.raises(ValueError, match=r"nothing was recorded: got .* make a leaf with requires_grad=True"):
        plots.graph(output)
