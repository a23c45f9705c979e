"""The boards by mouse: what a reader does is what is seen, and nothing blocks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Position, expect

from polyfit_helpers.widgets import texts

from .excerpts import id_of
from .lab import Board

NUMPY, TORCH, OPTIMIZERS = ("01_numpy", "board"), ("03_autograd", "board"), ("04_nn_and_optim", "optimizers-board")
NETWORK = ("05_a_network", "board")
MOST = "100\u202f000"


def on(first: tuple[str, str], *others: tuple[str, str]) -> pytest.MarkDecorator:
    """Use the first board; in the slow set the others, too."""
    boards = [first, *(pytest.param(other, marks=pytest.mark.slow) for other in others)]
    return pytest.mark.parametrize("board", boards, ids=[name for name, _ in (first, *others)], indirect=True)


def drag(board: Board, name: str, fraction: float) -> None:
    """Pull a slider's thumb to a fraction of its scale, by mouse."""
    slider = board.slider(name)
    now, most = (float(slider.evaluate(f"(range) => range.{what}")) for what in ("value", "max"))

    def across(part: float) -> Position:
        place = slider.bounding_box()
        assert place is not None
        return {"x": 7 + part * (place["width"] - 14), "y": place["height"] / 2}  # the thumb is 14 pixels wide

    slider.hover(position=across(now / most))  # waits until the notebook has stopped scrolling
    board.page.mouse.down()
    slider.hover(position=across((now / most + fraction) / 2))
    slider.hover(position=across(fraction))
    board.page.mouse.up()


def train(board: Board, rate: str, words: str) -> None:
    board.type(texts.LEARNING_RATE, rate)
    expect(board.entry(texts.LEARNING_RATE)).to_have_value(rate)
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text(words)


def start_long_run(board: Board) -> None:
    board.type(texts.ITERATIONS, "100000")
    expect(board.entry(texts.ITERATIONS)).to_have_value(MOST)
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("Training.")


def iterations_done(board: Board) -> int:
    found = re.match(r"([\d\u202f]+) of ", board.root.locator(".polyfit-count").inner_text())
    assert found is not None
    return int(found[1].replace("\u202f", ""))


@on(NUMPY, TORCH)
def test_dragging_the_learning_rate_moves_the_predicted_curve_and_trains_nothing(board: Board) -> None:
    before = board.line("predicted").get_attribute("d")
    drag(board, texts.LEARNING_RATE, 0.6)
    expect(board.line("predicted")).not_to_have_attribute("d", before)
    entry = board.entry(texts.LEARNING_RATE)
    expect(entry).to_have_value(re.compile(r"^2\.[4-6]\d*e-4$"))  # 1e-9 times 10 to the power of 9 times 0.6
    assert board.slider(texts.LEARNING_RATE).get_attribute("aria-valuetext") == entry.input_value()
    expect(board.status).to_contain_text("Theory expects this run to explode")
    assert iterations_done(board) == 0


@pytest.mark.parametrize(
    ("board", "overflows"),
    [(NUMPY, 56), pytest.param(TORCH, 7, marks=pytest.mark.slow)],
    ids=["float64", "float32"],
    indirect=["board"],
)
def test_typed_rates_and_what_becomes_of_them(board: Board, overflows: int) -> None:
    train(board, "3.55e-6", "Converged.")
    train(board, "3.56e-6", "Diverging.")
    expect(board.status).to_contain_text("above the limit 3.558e-6")
    train(board, "1e-3", f"Overflowed. The loss left the range of numbers at iteration {overflows}")


@on(NUMPY)
def test_an_entry_that_is_no_number_is_quoted_and_changes_nothing(board: Board) -> None:
    board.type(texts.LEARNING_RATE, "abc")
    complaint = board.root.get_by_role("alert").filter(has_text="Learning rate must be a number, got 'abc'")
    expect(complaint).to_be_visible()
    expect(board.entry(texts.LEARNING_RATE)).to_have_attribute("aria-invalid", "true")
    assert board.slider(texts.LEARNING_RATE).get_attribute("aria-valuetext") == "1e-6"
    board.type(texts.LEARNING_RATE, "2e-6")
    expect(complaint).to_have_count(0)
    expect(board.slider(texts.LEARNING_RATE)).to_have_attribute("aria-valuetext", "2e-6")


@on(NUMPY, TORCH)
def test_pause_resume_and_stop_answer_during_a_run(board: Board) -> None:
    start_long_run(board)
    board.click_until(texts.PAUSE, texts.PAUSED.strip())  # benchmarks/browser.py measures how soon
    held = iterations_done(board)
    assert 0 < held < 100_000
    board.button(texts.RESUME).click()
    expect(board.status).to_contain_text("Training.")
    board.lab.until("(text) => text !== document.title", "")  # a round trip
    expect(board.root.locator(".polyfit-count")).not_to_contain_text(f"{texts.count(held)} of")
    board.click_until(texts.STOP, texts.STOPPED.strip())
    assert held < iterations_done(board) < 100_000
    expect(board.button(texts.TRAIN)).to_be_enabled()
    expect(board.button(texts.STOP)).to_be_disabled()


@on(NUMPY, TORCH)
def test_while_a_run_goes_on_other_cells_run_and_sliders_move(board: Board) -> None:
    start_long_run(board)
    cell = board.notebook.add_cell("print(6 * 7)")
    board.notebook.run_cell(cell)
    expect(board.notebook.cell(cell).locator(".jp-OutputArea-output")).to_have_text(re.compile("^42"))
    before = board.line("predicted").get_attribute("d")
    drag(board, texts.LEARNING_RATE, 0.2)
    expect(board.line("predicted")).not_to_have_attribute("d", before)
    expect(board.entry(texts.LEARNING_RATE)).to_have_value(re.compile(r"^6\.[1-6]\d*e-8$"))
    measured = board.line("measured").get_attribute("d")
    expect(board.line("measured")).not_to_have_attribute("d", measured)
    assert board.status.inner_text().startswith("Training."), "all of this happened during the run"
    board.button(texts.STOP).click()
    expect(board.status).to_contain_text(texts.STOPPED.strip())


# The first questions of a page while a run goes on: the most that were without an answer at once, and how often it had
# missed something.
ASKED = """(name) => new Promise((resolve) => {
    const {kernel} = window.panelOf(name).sessionContext.session
    let answered = 0, open = 0, most = 0, lost = 0
    const hear = (_, {msg}) => {
        const said = msg.content?.data?.method === 'custom' ? msg.content.data.content : {}
        if (said.ask) most = Math.max(most, ++open)
        if (said.lost) lost += 1
        if (!said.answer) return
        open = Math.max(0, open - 1)
        if (++answered === 20) { kernel.anyMessage.disconnect(hear); resolve([most, lost]) }
    }
    kernel.anyMessage.connect(hear)
})"""


@on(NUMPY, TORCH)
def test_a_page_asks_for_one_frame_at_a_time_and_misses_none(board: Board) -> None:
    start_long_run(board)
    assert board.lab.ask(ASKED, board.notebook.name) == [1, 0]
    board.click_until(texts.STOP, texts.STOPPED.strip())


@on(NUMPY, TORCH)
def test_the_iteration_slider_looks_any_state_up(board: Board) -> None:
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("Still falling. Loss 9.085 after 2\u202f000 iterations")
    last, measured = (board.line(name).get_attribute("d") for name in ("fit", "measured"))
    board.type(texts.ITERATION, "99")
    count = board.root.locator(".polyfit-count")
    expect(count).to_have_text("loss 704.4 at iteration 99")
    drag(board, texts.ITERATION, 0.5)
    expect(board.entry(texts.ITERATION)).to_have_value(re.compile("^(99|1\u202f00)\\d$"))
    expect(count).to_have_text(re.compile(r"^loss 25\.\d+ at iteration "))
    expect(board.line("fit")).not_to_have_attribute("d", last)
    assert board.line("measured").get_attribute("d") == measured, "nothing was trained"
    cursor = board.line("cursor").bounding_box()
    slider = board.slider(texts.ITERATION).bounding_box()
    assert cursor is not None and slider is not None
    assert abs(cursor["x"] - slider["x"] - slider["width"] / 2) < 4, "the thumb stands under the cursor line"


@on(NUMPY)
def test_step_more_reset_and_play(board: Board) -> None:
    board.button(texts.STEP).click()
    expect(board.root.locator(".polyfit-count")).to_contain_text("1 of ")
    expect(board.status).to_contain_text(texts.PAUSED.strip())

    expect(board.choice(texts.STEP_SIZE)).to_be_hidden()
    board.button(texts.MORE).click()
    board.choice(texts.STEP_SIZE).select_option("100")
    board.button(texts.STEP).click()
    expect(board.root.locator(".polyfit-count")).to_contain_text("101 of ")

    before = board.line("fit").get_attribute("d")
    board.button(texts.PLAY).click()
    expect(board.button(texts.HOLD)).to_be_visible()
    expect(board.line("fit")).not_to_have_attribute("d", before)
    board.button(texts.HOLD).click()
    expect(board.button(texts.PLAY)).to_be_visible()

    board.button(texts.RESET).click()
    expect(board.status).to_contain_text("Ready.")
    assert iterations_done(board) == 0
    board.button(texts.LESS).click()
    expect(board.choice(texts.STEP_SIZE)).to_be_hidden()


@on(NETWORK)
def test_a_network_gets_below_the_floor_of_every_cubic_and_from_zeros_it_learns_nothing(board: Board) -> None:
    board.type(texts.ITERATIONS, "300")
    before = board.line("fit").get_attribute("d")
    train(board, "1e-2", texts.BELOW)
    expect(board.line("fit")).not_to_have_attribute("d", before)
    board.choice(texts.START_LABEL).select_option("zeros")
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text(texts.UNITS_ALIKE)


@pytest.mark.slow
@on(OPTIMIZERS)
def test_an_optimizer_that_theory_does_not_cover_has_no_prediction(board: Board) -> None:
    board.type(texts.MOMENTUM, "0.5")
    expect(board.root.locator(".polyfit-marks").first).to_have_text("limit 5.337e-6")
    board.choice(texts.OPTIMIZER).select_option("Adam")
    expect(board.line("predicted")).to_have_count(0)
    expect(board.root.locator(".polyfit-marks").first).to_have_text("")
    train(board, "1e-2", "Converged.")


@pytest.mark.slow
@on(OPTIMIZERS)
def test_kept_runs_are_compared_in_the_picture_and_in_a_table(board: Board) -> None:
    board.button(texts.MORE).click()
    rows = board.root.get_by_role("table", name=texts.KEPT).locator("tbody tr")
    board.type(texts.MOMENTUM, "0.9")
    train(board, "1e-6", "Converged.")
    board.button(texts.KEEP).click()
    expect(rows).to_have_count(1)
    board.button(texts.RESET).click()
    expect(board.status).to_contain_text("Ready.")
    board.choice(texts.OPTIMIZER).select_option("Adam")
    train(board, "1e-2", "Converged.")
    board.button(texts.KEEP).click()
    expect(rows).to_have_text([re.compile("^1: SGD, 1e-6, momentum 0.9.*182"), re.compile("^2: Adam, 1e-2.*5[56]\\d")])
    expect(board.root.locator(".polyfit-picture svg text").filter(has_text="2: Adam, 1e-2")).to_have_count(1)
    board.button(texts.FORGET).click()
    expect(rows).to_have_count(0)


CLIFF = ("01_numpy", "cliff-board")


@pytest.mark.slow
@on(CLIFF)
def test_a_cell_that_runs_again_replaces_its_board(board: Board) -> None:
    cell = board.notebook.add_cell(
        "from ipywidgets.widgets.widget import _instances\n"
        "print(sum(type(widget).__name__ == 'Dashboard' for widget in _instances.values()), 'boards')"
    )
    board.notebook.run_cell(cell)
    printed = board.notebook.cell(cell).locator(".jp-OutputArea-output")
    expect(printed).to_have_text(re.compile(r"^\d+ boards\s*$"))
    boards = printed.inner_text()
    for _ in range(4):
        board.button(texts.TRAIN).click()
        board.notebook.run_cell(id_of(*CLIFF))
        expect(board.root).to_have_count(1)
        expect(board.status).to_contain_text("Ready.")
    board.notebook.run_cell(cell)
    assert printed.inner_text() == boards


@pytest.mark.slow
@on(CLIFF)
def test_a_page_that_is_slow_to_make_a_board_makes_it_all_the_same(board: Board) -> None:
    # For this page every limit of the widgets' library is over before their code has come.
    board.page.evaluate("""
        window.limit = AbortSignal.timeout
        AbortSignal.timeout = () => window.limit.call(AbortSignal, 1)
    """)
    board.notebook.run_cell(id_of(*CLIFF))
    expect(board.status).to_contain_text("Ready.")
    train(board, "1e-6", "Still falling.")
    board.page.evaluate("AbortSignal.timeout = window.limit")


@on(("00_start_here", "your-try"))
def test_the_reader_is_the_optimiser_until_descent_takes_over(board: Board) -> None:
    loss, fit = board.root.locator(".polyfit-count"), board.line("fit")
    flat = fit.get_attribute("d")
    drag(board, "b", 0.75)
    expect(board.entry("b")).to_have_value(re.compile(r"^(0\.9|1)"))
    expect(fit).not_to_have_attribute("d", str(flat))
    expect(board.status).to_contain_text("Best of your 2 tries")
    board.type("b", "0.8567")
    board.type("d", "−0.0933")
    expect(loss).to_have_text("loss 8.817")
    expect(board.status).to_contain_text("within 1 % of the floor 8.817")
    board.button(texts.TAYLOR).click()
    expect(board.entry("d")).to_have_value("−0.1667")
    board.button(texts.DESCEND).click()
    expect(board.button(texts.HALT)).to_be_visible()
    expect(board.status).to_contain_text("Descent has made 2\u202f000 iterations from your try", timeout=20_000)
    expect(board.button(texts.DESCEND)).to_be_visible()


@pytest.mark.slow
@on(NUMPY)
def test_a_run_ends_when_its_cell_is_cleared(board: Board) -> None:
    board.notebook.run_cell(board.notebook.add_cell("watched = dashboard(data, my_training, iterations=100_000)"))
    cell = board.notebook.add_cell("watched")
    board.notebook.run_cell(cell)
    shown = board.notebook.board(cell)
    shown.button(texts.TRAIN).click()
    expect(shown.status).to_contain_text("Training.")
    board.lab.ask("() => window.command('notebook:clear-cell-output')")
    mode = board.notebook.add_cell("print(watched.mode, watched.history.iterations < 100_000)")
    printed = board.notebook.cell(mode).locator(".jp-OutputArea-output")
    for _ in range(100):  # the page says it after a second or so
        board.notebook.run_cell(mode)
        if printed.inner_text().startswith("stopped"):
            break
        board.page.wait_for_timeout(100)
    expect(printed).to_have_text(re.compile("^stopped True"))


@pytest.mark.slow
@on(CLIFF)
def test_two_boards_train_side_by_side(board: Board) -> None:
    board.notebook.run_cell(id_of(*NUMPY))
    other = board.notebook.board(id_of(*NUMPY))
    for each in (board, other):
        each.type(texts.ITERATIONS, "100000")
        expect(each.entry(texts.ITERATIONS)).to_have_value(MOST)
    board.type(texts.LEARNING_RATE, "2e-6")
    for each in (board, other):
        each.button(texts.TRAIN).click()
    for each in (board, other, board, other):
        measured = each.line("measured").get_attribute("d")
        expect(each.line("measured")).not_to_have_attribute("d", measured)
    for each in (board, other):
        expect(each.status).to_contain_text("Training.")
        each.button(texts.STOP).click()
        expect(each.status).to_contain_text(texts.STOPPED.strip())
    expect(board.entry(texts.LEARNING_RATE)).to_have_value("2e-6")
    expect(other.entry(texts.LEARNING_RATE)).to_have_value("1e-6")


# --- Comparing, exploring, seeing why ---------------------------------------------------------------------------


@pytest.mark.slow
@on(("01_numpy", "cliff-board"))
def test_views_show_one_run_in_several_ways_each_with_its_words(board: Board) -> None:
    board.button(texts.MORE).click()
    board.choice(texts.VIEW).select_option("loss above the floor")
    expect(board.line("part 1")).to_have_count(1)
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("0.9965, 0.9959, 0.8457 and 0.1917")
    view = board.choice(texts.VIEW)
    for name, words in (
        ("path of b and d", "b and d pull at each other"),
        ("path of a and b", "a and b do not touch each other"),
        ("residuals", "the fit misses most at x ="),
        ("coefficients", "Best fit: a = 0, b = 0.8567"),
    ):
        view.select_option(name)
        expect(board.status).to_contain_text(words)
    board.type(texts.ITERATION, "10")
    picture = board.root.locator("svg[role=img]").last
    expect(picture).to_have_attribute("aria-label", re.compile("At iteration 10: a = 0.06"))


@pytest.mark.slow
@on(("04_nn_and_optim", "ladder-board"))
def test_all_rungs_run_in_one_picture_and_differ_by_rounding(board: Board) -> None:
    board.type(texts.ITERATIONS, "300")
    expect(board.entry(texts.ITERATIONS)).to_have_value("300")
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("After 300 iterations.")
    for rung in ("numpy_by_hand", "autograd", "module"):
        expect(board.line(rung)).to_have_count(2)  # its fit and its loss
    board.choice(texts.VIEW).select_option("difference from the first")
    expect(board.status).to_contain_text(
        re.compile(r"units of rounding: tensors_by_hand by (at most \d{1,3}|nothing),")
    )


@pytest.mark.slow
@on(("04_nn_and_optim", "mse-board"))
def test_a_mean_only_rescales_the_rate(board: Board) -> None:
    limit = board.root.locator(".polyfit-marks").first
    expect(limit).to_have_text("limit 3.558e-6")
    board.root.get_by_role("checkbox", name=texts.KEEP_STEP).check()
    board.choice(texts.REDUCTION).select_option("mean")
    expect(board.entry(texts.LEARNING_RATE)).to_have_value("2e-3")
    expect(limit).to_have_text("limit 7.116e-3")
    expect(board.status).to_contain_text("0.004506 after")


@pytest.mark.slow
@on(("07_why_that_rate", "basis-board"))
def test_a_better_basis_is_there_after_few_steps(board: Board) -> None:
    board.choice(texts.BASIS).select_option("Legendre")
    expect(board.root.locator(".polyfit-marks").first).to_have_text("limit 5e-4")
    board.type(texts.ITERATIONS, "15")
    expect(board.entry(texts.ITERATIONS)).to_have_value("15")
    train(board, "4.37e-4", "Converged.")


@pytest.mark.slow
@on(("07_why_that_rate", "degrees-board"))
def test_more_parameters_are_no_use_to_plain_descent(board: Board) -> None:
    before = board.line("predicted").get_attribute("d")
    board.choice(texts.DEGREE).select_option("5")
    limit = board.root.locator(".polyfit-marks").first
    expect(limit).to_have_text("limit 5.754e-8")
    expect(board.line("predicted")).not_to_have_attribute("d", str(before))
    board.choice(texts.DEGREE).select_option("1")
    expect(limit).to_have_text("limit 1.518e-4")
    train(board, "1e-4", "Converged.")
    expect(board.status).to_contain_text("392.8")


@on(("03_autograd", "forgotten-board"))
def test_a_forgotten_reset_rings_as_predicted(board: Board) -> None:
    before = board.line("predicted").get_attribute("d")
    board.root.get_by_role("checkbox", name=texts.RESET_GRADIENTS).uncheck()
    expect(board.root.locator(".polyfit-marks").first).to_have_text("limit 7.116e-6")
    expect(board.line("predicted")).not_to_have_attribute("d", str(before))
    board.button(texts.TRAIN).click()
    expect(board.status).to_contain_text("Ringing.")
    legend = board.root.locator(".polyfit-picture").last.locator("> div").nth(2)  # over the lines that ring
    expect(legend).to_contain_text(texts.MEASURED_LOSS)
    expect(board.root.locator(".polyfit-picture > div:first-child [id$=legend_1]")).to_have_count(0)


@on(("01_numpy", "guess-board"))
def test_a_guess_is_clicked_and_scored(board: Board) -> None:
    expect(board.line("predicted")).to_have_count(0)
    place = board.root.locator(".polyfit-picture").last.bounding_box()
    assert place is not None
    board.page.mouse.click(place["x"] + 0.6 * place["width"], place["y"] + 0.5 * place["height"])
    guess = board.root.get_by_role("textbox", name=re.compile("^Guess"))
    expect(guess).to_have_value(re.compile(r"^\d"))
    expect(board.line("guess")).to_have_count(1)
    guess.fill("90")
    guess.press("Enter")
    board.button(texts.TRAIN).click()
    expect(board.root.locator(".polyfit-guess")).to_contain_text("the loss is 96.55: 1.07 times too low")
    expect(board.line("predicted")).to_have_count(1)


@on(TORCH)
def test_one_step_can_be_looked_into(board: Board) -> None:
    board.button(texts.MORE).click()
    board.button(texts.INSIDE).click()
    board.button(texts.STEP).click()
    lines = board.root.get_by_role("table", name=texts.STEP_LINES)
    expect(lines.get_by_role("row").filter(has_text="loss.backward()")).to_contain_text(".grad: None → 8939")
    expect(lines.get_by_role("row").filter(has_text="parameter -=")).to_contain_text("a: 0.1257 → 0.1168")
    expect(board.root.get_by_role("img", name=re.compile("The recorded graph"))).to_be_visible()
    expect(board.status).to_contain_text("reset: 4 gradients")
    board.button(texts.OUTSIDE).click()
    expect(lines).to_have_count(0)
    expect(board.line("fit")).to_be_visible()


@pytest.mark.slow
@on(("04_nn_and_optim", "inside-board"))
def test_the_reset_finds_what_the_step_before_has_left(board: Board) -> None:
    board.button(texts.INSIDE).click()
    board.button(texts.STEP).click()
    lines = board.root.get_by_role("table", name=texts.STEP_LINES)
    reset, backward = (lines.get_by_role("row").filter(has_text=f"{call}()") for call in ("zero_grad", "backward"))
    expect(backward).to_contain_text(".grad: None → 8939")
    expect(reset).not_to_contain_text("8939")
    board.button(texts.STEP).click()
    expect(backward).to_contain_text(".grad: None → 8223")
    expect(reset).to_contain_text(".grad: 8939 → None")


@pytest.mark.slow
@on(("01_numpy", "scene-board"))
def test_a_scene_shows_the_run_at_its_iteration(board: Board) -> None:
    expect(board.status).to_contain_text("grows by a factor of 1.559 an iteration")
    expect(board.entry(texts.ITERATION)).to_have_value("12")
    expect(board.line("d")).to_have_count(1)  # the view of the coefficients
    cell = board.notebook.add_cell("print(dashboard(data, matrix_training).scene())")
    board.notebook.run_cell(cell)
    said = board.notebook.cell(cell).locator(".jp-OutputArea-output")
    expect(said).to_have_text(re.compile(r"^learning_rate=[\d.e-]+ start=given iterations=\d+ view=\w+"))
