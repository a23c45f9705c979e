import itertools
import math
import re
import signal
import tracemalloc

import numpy as np
import pytest
import torch
from pytest import approx

from polyfit_helpers import START, History, record, sine
from polyfit_helpers.training import autograd, numpy_by_hand, numpy_matrix, tensors_by_hand

torch.set_num_threads(1)

DATA = sine(50)


def counting(losses=None):
    """Yield 0, 1, 2 ... or the given losses, each with two parameters that tell the number of updates."""
    for i, loss in enumerate(itertools.count() if losses is None else losses):
        yield float(loss), (i, -i)


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_history_i_is_the_state_after_i_updates():
    history = record(counting(), 10)
    for i in range(11):
        assert history[i].loss == i
        assert history[i].parameters.tolist() == [i, -i]
    assert history[-1].loss == 10
    with pytest.raises(IndexError):
        history[11]


def test_a_run_of_n_iterations_has_n_plus_one_states():
    history = record(counting(), 10)
    assert history.iterations == 10
    assert len(history) == len(history.losses) == len(history.parameters) == len(list(history)) == 11
    assert (history.losses.shape, history.parameters.shape) == ((11,), (11, 2))
    assert history.losses.dtype == history.parameters.dtype == np.float64
    assert history.losses.tolist() == list(range(11))
    assert history.ended == "finished" and not history.diverged


def test_no_iterations_are_the_start_alone():
    history = record(counting(), 0)
    assert len(history) == 1 and history.iterations == 0
    assert history[0].loss == 0


def test_the_loop_is_asked_for_no_more_than_that():
    loop = counting()
    record(loop, 10)
    assert next(loop)[0] == 11


def test_the_first_state_is_the_start_and_the_second_one_step_further():
    history = record(numpy_by_hand(DATA, START, 1e-6), 1)
    assert history[0].parameters.tolist() == list(START)
    x, y = DATA.x, DATA.y
    error = sum(START[k] * x**k for k in range(4)) - y
    assert history[0].loss == approx((error**2).sum())
    assert history[1].parameters == approx([START[k] - 1e-6 * (2 * error * x**k).sum() for k in range(4)])


@pytest.mark.parametrize("iterations", [510, 511, 512, 513, 1024, 3000])
def test_nothing_is_lost_where_rows_move_into_the_table(iterations):
    history = record(counting(), iterations)
    assert history.losses.tolist() == list(range(iterations + 1))
    assert history.parameters[:, 1].tolist() == [-i for i in range(iterations + 1)]


@pytest.mark.parametrize(
    ("loop", "data"),
    [(numpy_matrix, DATA), (tensors_by_hand, DATA.to("cpu")), (autograd, DATA.to("cpu"))],
    ids=["array", "tensors", "tracked tensors"],
)
def test_live_objects_are_copied(loop, data):
    """These loops change their parameters in place; each state must keep its own numbers."""
    history = record(loop(data, START, 1e-6), 50)
    assert history[0].parameters.tolist() == list(START)
    assert len(np.unique(history.parameters, axis=0)) == 51


@pytest.mark.parametrize(
    "parameters",
    [
        (1, 2.0, 3),
        [1, [2, (3,)]],
        np.array([1, 2, 3]),
        np.array([[1, 2, 3]], dtype=np.float32),
        (np.float32(1), np.array([2, 3])),
        torch.tensor([1.0, 2.0, 3.0], requires_grad=True),
        (torch.tensor([1]), torch.tensor([[2.0, 3.0]], requires_grad=True)),
    ],
)
def test_parameters_may_be_numbers_arrays_tensors_or_tuples_of_them(parameters):
    history = record(iter([(0.5, parameters)] * 3), 2)
    assert history[2].parameters.tolist() == [1, 2, 3]


@pytest.mark.parametrize("loss", [2, 2.0, np.float32(2), np.array([2.0]), torch.tensor(2.0), torch.tensor([[2.0]])])
def test_a_loss_may_be_any_one_number(loss):
    assert record(iter([(loss, 1)]), 0)[0].loss == 2


def test_a_single_number_may_be_the_parameter():
    assert record(iter([(1.0, 5.0)]), 0).parameters.tolist() == [[5.0]]


def test_float32_is_kept_to_the_last_digit():
    value = torch.tensor(0.1, dtype=torch.float32)
    assert record(iter([(value, value)]), 0)[0].loss == float(np.float32(0.1))


def test_what_is_kept_cannot_be_written():
    history = record(counting(), 10)
    for view in (history.losses, history.parameters, history[3].parameters):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 99


def test_reading_in_between_changes_nothing():
    history, loop = History(), counting()
    for _ in range(700):
        history.extend(loop, 1)
        assert history.losses[-1] == len(history) - 1
    assert history.losses.tolist() == list(range(700))


def test_a_run_can_be_resumed():
    loop = numpy_matrix(DATA, START, 1e-6)
    history = record(loop, 100)
    early = history.losses
    history.extend(loop, 50)
    whole = record(numpy_matrix(DATA, START, 1e-6), 150)
    assert history.iterations == 150
    assert (history.losses == whole.losses).all() and (history.parameters == whole.parameters).all()
    assert (early == whole.losses[:101]).all()


def test_a_history_says_what_it_is():
    assert repr(History()) == "History(empty, not started)"
    assert repr(record(counting(), 3)) == "History(3 iterations, loss 0 to 3)"
    assert repr(record(counting([5, math.nan]), 3)) == "History(1 iterations, loss 5 to nan, diverged)"
    assert len(History()) == History().iterations == len(History().losses) == 0


def test_five_numbers_a_hundred_thousand_times_take_at_most_10_megabytes():
    loop = ((1.0, (1.0, 2.0, 3.0, 4.0)) for _ in itertools.count())
    tracemalloc.start()
    try:
        history = record(loop, 100_000)
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(history) == 100_001
    assert 4e6 < history.losses.base.nbytes < 10e6
    assert 4e6 < now <= peak < 10e6


# --- how it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("good", [0, 3, 511, 512, 600])
def test_a_run_that_is_not_finite_stops_there_and_keeps_all_of_it(good, bad):
    loop = counting([*range(good), bad, *range(100)])
    history = record(loop, 2000)
    assert history.diverged and history.ended == "diverged"
    assert history.iterations == good
    assert history.losses.tolist()[:-1] == list(range(good))
    assert not np.isfinite(history.losses[-1])
    assert history[-1].parameters.tolist() == [good, -good]
    assert next(loop)[0] == 0  # the loop was asked for nothing more


def test_a_rate_over_the_limit_diverges_without_a_warning():
    history = record(numpy_by_hand(DATA, START, 1.0), 1000)
    assert history.diverged
    assert 2 < history.iterations < 100
    assert np.isfinite(history.losses[:-1]).all()


def test_a_run_that_gets_worse_but_stays_finite_has_not_diverged():
    assert not record(counting([1, 10, 1e300]), 2).diverged


def test_a_loop_may_end_by_itself():
    history = record(counting([3, 2, 1]), 100)
    assert history.losses.tolist() == [3, 2, 1]
    assert history.ended == "the loop ended by itself"
    assert not history.diverged


@pytest.mark.parametrize("states", [1, 5, 600])
def test_ctrl_c_keeps_what_was_recorded(states):
    def interrupted():
        yield from itertools.islice(counting(), states)
        signal.raise_signal(signal.SIGINT)
        yield  # never reached

    history = record(interrupted(), 1000)
    assert history.ended == "interrupted"
    assert history.losses.tolist() == list(range(states))


def test_a_loop_that_raises_gives_one_error_with_the_history():
    def broken():
        yield from itertools.islice(counting(), 5)
        raise ZeroDivisionError("by zero")

    with pytest.raises(RuntimeError, match="failed in iteration 5 with ZeroDivisionError: by zero") as caught:
        record(broken(), 10)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.history.losses.tolist() == [0, 1, 2, 3, 4]
    assert caught.value.history.ended == "failed"


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iterations", [-1, 1.5, 2.0, "10", None, True, math.nan, [3]])
def test_iterations_are_a_whole_number(iterations):
    message = rf"iterations must be a whole number, 0 or more, got {re.escape(repr(iterations))}"
    with pytest.raises(ValueError, match=message):
        record(counting(), iterations)


@pytest.mark.parametrize("iterations", [np.int64(3), np.uint8(3)])
def test_a_whole_number_of_numpy_will_do(iterations):
    assert record(counting(), iterations).iterations == 3


def my_training(data, start, learning_rate):
    yield 1.0, start


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        (my_training, "a running loop is needed, got the function: call it, as in my_training(data, START, 1e-6)"),
        (None, "a generator is needed, got None: does the training loop contain a `yield`?"),
        ([(1.0, 2.0)], "a generator is needed, got [(1.0, 2.0)]"),
        (5.0, "a generator is needed, got 5.0"),
        (DATA, "a generator is needed, got Data(sin(x): 50 points"),
    ],
)
def test_what_is_no_running_loop_is_refused(loop, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        record(loop, 7)


def test_a_loop_that_yields_nothing_is_refused():
    def silent():
        yield from ()

    with pytest.raises(ValueError, match=r"the training loop yielded nothing: put `yield loss, \(a, b, c, d\)` inside"):
        record(silent(), 10)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (3.5, "must yield a pair, as in `yield loss, (a, b, c, d)`; got 3.5"),
        (None, "must yield a pair, as in `yield loss, (a, b, c, d)`; got None"),
        (np.float64(3.5), "must yield a pair, as in `yield loss, (a, b, c, d)`; got np.float64(3.5)"),
        (torch.tensor(3.5), "must yield a pair, as in `yield loss, (a, b, c, d)`; got tensor(3.5"),
        ((1.0, 2.0, 3.0), "must yield a pair, as in `yield loss, (a, b, c, d)`; got (1.0, 2.0, 3.0)"),
        (
            (np.ones(50), 1.0),
            "the loss must be one number, got ndarray of shape (50,): sum the squared errors with .sum()",
        ),
        ((np.ones(3), np.float64(9.5)), "the loss comes first, then the parameters, as in `yield loss, (a, b, c, d)`"),
        ((torch.ones(50), 1.0), "the loss must be one number, got Tensor of shape (50,)"),
        ((None, 1.0), "must yield numbers, arrays or tensors; got None"),
        ((torch.ones(()).item, 1.0), "must yield numbers, arrays or tensors; got item without its brackets ()"),
        ((1.0, "abcd"), "must yield numbers, arrays or tensors; got 'abcd'"),
        ((1.0, (1.0, None)), "must yield numbers, arrays or tensors; got None"),
        ((1.0, {"a": 1}), "must yield numbers, arrays or tensors; got {'a': 1}"),
        ((torch.ones(1), torch.ones(2, device="meta")), "cannot read the numbers of Tensor of shape (2,)"),
        ((torch.ones((), device="meta"), 1.0), "the loss is on device 'meta', which has shapes but no numbers"),
    ],
)
def test_a_loop_that_yields_something_else_is_refused(item, message):
    with pytest.raises(TypeError, match=re.escape(message)) as caught:
        record(iter([(1.0, 2.0), (1.0, 2.0), item]), 10)
    assert caught.value.history.losses.tolist() == [1, 1]
    assert caught.value.history.ended == "failed"
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(("second", "numbers"), [((1, 2, 3), 3), ((), 0), (1, 1)])
def test_the_number_of_parameters_may_not_change(second, numbers):
    with pytest.raises(
        ValueError, match=f"the same parameters every time: it gave 2 numbers, then {numbers}"
    ) as caught:
        record(iter([(1.0, (1, 2)), (1.0, second)]), 10)
    assert len(caught.value.history) == 1


def test_a_loop_on_device_meta_is_refused():
    with pytest.raises(TypeError, match="device 'meta', which has shapes but no numbers: use a real device"):
        record(tensors_by_hand(DATA.to("meta"), START, 1e-6), 10)


# --- tensors on other devices, played here by tensors that say they are not on the CPU ------------------------------


class Faraway(torch.Tensor):
    is_cpu = False

    def tolist(self):
        raise AssertionError("each tolist makes the loop wait for its device")

    item = __float__ = __bool__ = tolist


def far(loop):
    """Move what a loop yields to a device that we do not have."""
    for loss, parameters in loop:
        parameters = tuple(torch.as_tensor(p) for p in parameters)
        yield torch.as_tensor(loss, dtype=torch.float64).as_subclass(Faraway), parameters


@pytest.fixture
def transfers(monkeypatch):
    """Note the size of each batch that is moved, and move it."""
    sizes, stack = [], torch.stack

    def moving_stack(rows):
        sizes.append(len(rows))
        assert not any(row.requires_grad for row in rows)  # or each would keep its graph
        return stack([row.as_subclass(torch.Tensor) for row in rows])

    monkeypatch.setattr(torch, "stack", moving_stack)
    return sizes


@pytest.mark.parametrize("iterations", [0, 5, 511, 512, 1300])
def test_states_on_a_device_are_moved_in_batches(transfers, iterations):
    history = record(far(counting()), iterations)
    assert history.losses.tolist() == list(range(iterations + 1))
    assert history.parameters[:, 1].tolist() == [-i for i in range(iterations + 1)]
    assert sum(transfers) == iterations + 1
    assert max(transfers) == min(512, iterations + 1)
    assert len(transfers) == math.ceil((iterations + 1) / 512)


@pytest.mark.parametrize("good", [0, 3, 511, 512, 600])
def test_on_a_device_too_the_history_ends_with_the_first_loss_that_is_not_finite(transfers, good):
    history = record(far(counting([*range(good), math.inf, *range(3000)])), 2000)
    assert history.diverged
    assert history.losses.tolist() == [*range(good), math.inf]


def test_on_a_device_live_tensors_are_copied(transfers):
    def live():
        loss, w = torch.zeros(()).as_subclass(Faraway), torch.zeros(3, requires_grad=True)
        while True:
            yield loss, (w, w[0])
            with torch.no_grad():
                w += 1
                loss += 1

    history = record(live(), 100)
    assert history.parameters.tolist() == [[i] * 4 for i in range(101)]


@pytest.mark.parametrize(
    ("loss", "parameters", "error"),
    [(torch.ones(2), (1.0,), TypeError), (torch.ones(()), (1.0, 2.0), ValueError)],
    ids=["two losses", "one more parameter"],
)
def test_on_a_device_wrong_yields_are_refused_too(transfers, loss, parameters, error):
    items = [(torch.zeros(()), (0.0,)), (loss, parameters)]
    with pytest.raises(error, match=r"the loss must be one number|the same parameters every time") as caught:
        record(((loss.as_subclass(Faraway), parameters) for loss, parameters in items), 10)
    assert caught.value.history.losses.tolist() == [0]


@pytest.mark.parametrize("batch", [1, 2])
def test_ctrl_c_while_the_history_waits_for_a_device_loses_nothing(monkeypatch, batch):
    """There a run spends its time, so there Ctrl-C will strike: in the first batch, or in the last."""
    calls, stack = itertools.count(1), torch.stack

    def interrupted_stack(rows):
        if next(calls) == batch:
            raise KeyboardInterrupt
        return stack([row.as_subclass(torch.Tensor) for row in rows])

    monkeypatch.setattr(torch, "stack", interrupted_stack)
    try:
        history = record(far(counting()), 599)
    except KeyboardInterrupt:
        pytest.fail("Ctrl-C went through record, and the history is lost")
    assert history.ended == "interrupted"
    assert history.losses.tolist() == list(range(512 if batch == 1 else 600))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_run_on_a_gpu_is_recorded_as_one_on_the_cpu():
    near = record(autograd(DATA.to("cpu", "float64"), START, 1e-6), 700)
    far_away = record(autograd(DATA.to("cuda", "float64"), START, 1e-6), 700)
    assert far_away.losses == approx(near.losses, rel=1e-10)
    assert far_away.parameters == approx(near.parameters, rel=1e-9, abs=1e-12)
    assert record(autograd(DATA.to("cuda", "float64"), START, 1.0), 700).diverged


def test_a_history_is_written_as_a_table_with_all_its_digits(tmp_path):
    history = record(numpy_by_hand(sine(20), START, 1e-6), 3)
    history.to_csv(tmp_path / "run.csv")
    lines = (tmp_path / "run.csv").read_text().splitlines()
    assert lines[0] == "iteration,loss,parameter_0,parameter_1,parameter_2,parameter_3"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2", "3"]
    table = np.loadtxt(tmp_path / "run.csv", delimiter=",", skiprows=1)
    assert (table[:, 1] == history.losses).all() and (table[:, 2:] == history.parameters).all()


# --- Tensors that are changed in place are read through one view ----------------------------------------------------


def in_place_then(change):
    """A loop that changes its tensor in place twice, and afterwards as the argument does."""
    w = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    for step in range(5):
        yield (w.detach() ** 2).sum(), w
        with torch.no_grad():
            if step < 2:
                w += 1
            else:
                w = change(w)


def new_memory(w):
    w.data = w.data + 1
    return w


@pytest.mark.parametrize("change", [lambda w: w + 1, new_memory, lambda w: w.add_(1)], ids=["new", "data", "in place"])
def test_a_vector_is_read_rightly_whether_or_not_it_is_changed_in_place(change):
    history = record(in_place_then(change), 4)
    np.testing.assert_array_equal(history.parameters, [[1 + i, 2 + i] for i in range(5)])
    np.testing.assert_array_equal(history.losses, (history.parameters**2).sum(axis=1))


def layers(change):
    layer = torch.nn.Linear(3, 1, dtype=torch.float64)
    with torch.no_grad():
        for step in range(5):
            layer.bias.fill_(step)
            layer.weight.copy_(torch.tensor([[step, 10 * step, 100 * step]]))
            if step == 2:
                change(layer)
            yield torch.tensor(float(step)), (layer.bias, layer.weight)


def new_parameter(layer):
    layer.weight = torch.nn.Parameter(layer.weight + 0)


def new_data(layer):
    layer.weight.data = layer.weight.data + 0


def transposed_data(layer):
    layer.weight.data = layer.weight.data.t().contiguous().t()


@pytest.mark.parametrize("change", [lambda layer: None, new_parameter, new_data, transposed_data])
def test_a_layer_is_read_rightly_whether_or_not_it_is_changed_in_place(change):
    history = record(layers(change), 4)
    np.testing.assert_array_equal(history.parameters, [[i, i, 10 * i, 100 * i] for i in range(5)])


def test_what_cannot_be_viewed_is_read_all_the_same():
    def half():
        w = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
        while True:
            yield torch.tensor(0.0), w
            w = w + 1

    np.testing.assert_array_equal(record(half(), 2).parameters, [[1, 2], [2, 3], [3, 4]])
