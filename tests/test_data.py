import dataclasses
import math
import re
import sys
import types

import numpy as np
import pytest
import torch
from pytest import approx

import polyfit_helpers
from polyfit_helpers import START, Data, devices, random_start, sine, straight_line

NAN, INF = math.nan, math.inf
ABSENT = [name for name in ("cuda", "cuda:1", "mps", "xpu") if name not in [d.name for d in devices() if d.available]]


def test_sine_is_2000_points_from_minus_pi_to_pi():
    data = sine()
    assert len(data) == 2000
    assert data.x[[0, -1]] == approx([-math.pi, math.pi])
    assert np.ptp(np.diff(data.x)) < 1e-14
    assert (data.y == np.sin(data.x)).all()
    assert data.x.dtype == data.y.dtype == np.float64
    assert len(sine(7)) == 7


def test_the_straight_line_has_six_points():
    data = straight_line()
    assert data.x.tolist() == [1, 2, 3, 4, 5, 6]
    assert data.y.tolist() == [10, 13, 16, 19, 22, 25]


def test_the_start_is_the_random_start_number_zero():
    assert START == random_start() == random_start(0)
    assert random_start() == approx((0.1257302, -0.1321049, 0.6404227, 0.1049001), abs=5e-8)
    assert random_start(1) != START
    assert len(random_start(0, size=6)) == 6
    assert all(type(value) is float for value in START)


def test_lists_and_whole_numbers_become_float64_arrays():
    data = Data([1, 2, 3], np.array([4, 5, 6], dtype=np.int8))
    assert data.x.dtype == data.y.dtype == np.float64
    assert data.x.tolist() == [1, 2, 3] and data.y.tolist() == [4, 5, 6]


def test_float32_stays_float32():
    assert Data(np.ones(2, np.float32), np.ones(2)).x.dtype == np.float32


def test_data_cannot_be_changed_by_accident():
    with pytest.raises(dataclasses.FrozenInstanceError):
        sine().x = np.zeros(2000)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (sine(), "Data(sin(x): 2000 points, float64, NumPy)"),
        (sine(5).to("cpu", "float32"), "Data(sin(x): 5 points, float32, cpu)"),
        (Data([1, 2], [3, 4]), "Data(data: 2 points, float64, NumPy)"),
    ],
)
def test_data_say_what_they_are_and_where(data, text):
    assert repr(data) == text


@pytest.mark.parametrize(
    ("x", "y", "error", "message"),
    [
        ([1, NAN, 3], [1, 2, 3], ValueError, "x must be finite, got nan at index 1: drop such points first"),
        ([1, 2, 3], [1, 2, -INF], ValueError, "y must be finite, got -inf at index 2: drop such points first"),
        ([1], [1], ValueError, "a fit needs at least 2 points, got 1"),
        ([], [], ValueError, "a fit needs at least 2 points, got 0"),
        ([1, 2, 3], [1, 2], ValueError, "x and y must have the same length, got 3 and 2"),
        ([[1], [2]], [1, 2], ValueError, "x must be flat, shape (N,), got shape (2, 1): use x.ravel()"),
        (5.0, 5.0, ValueError, "x must be flat, shape (N,), got shape ()"),
        (["a", "b"], [1, 2], TypeError, "x must hold real numbers, got ['a', 'b']"),
        ([1j, 2], [1, 2], TypeError, "x must hold real numbers, got [1j, 2]"),
        ([1, 2], [None, 2], TypeError, "y must hold real numbers, got [None, 2]"),
        ([1, 2], [[1], [2, 3]], TypeError, "y must hold real numbers, got [[1], [2, 3]]"),
        ([True, False], [1, 2], TypeError, "x must hold real numbers, got [True, False]"),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.0]), TypeError, "got torch.int64: convert with x.double()"),
        (torch.ones(2), [1, 2], TypeError, "x and y must both be arrays or both be tensors"),
        (torch.ones(2, 1), torch.ones(2), ValueError, "x must be flat, shape (N,), got shape (2, 1)"),
        (torch.tensor([1.0, NAN]), torch.ones(2), ValueError, "x must be finite, got nan at index 1"),
        (torch.ones(3), torch.ones(2), ValueError, "x and y must have the same length, got 3 and 2"),
    ],
)
def test_bad_points_are_refused_with_the_value_and_the_fix(x, y, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        Data(x, y)
    assert type(caught.value) is error


@pytest.mark.parametrize("points", [-1, 0, 1, -3, 2.5, 2e3, "7", True])
def test_sine_needs_a_whole_number_of_points_two_or_more(points):
    with pytest.raises(ValueError, match=re.escape(f"points must be a whole number, 2 or more, got {points!r}")):
        sine(points)


# --- devices --------------------------------------------------------------------------------------------------------


def test_data_move_to_tensors_and_back():
    data = sine(50)
    tensors = data.to("cpu")
    assert tensors.is_tensor and not data.is_tensor
    assert (tensors.where, data.where) == ("cpu", "NumPy")
    assert tensors.x.dtype == torch.float64
    assert tensors.name == "sin(x)"
    back = tensors.numpy()
    assert not back.is_tensor
    assert (back.x == data.x).all() and (back.y == data.y).all()
    assert data.numpy() is data


@pytest.mark.parametrize("dtype", ["float32", torch.float32])
def test_the_dtype_can_be_chosen_and_is_kept(dtype):
    data = sine(50).to("cpu", dtype)
    assert data.x.dtype == data.y.dtype == torch.float32
    assert data.to("cpu").x.dtype == torch.float32
    assert data.to("cpu", "float64").x.dtype == torch.float64
    assert data.numpy().x.dtype == np.float32


def test_a_device_may_be_an_object():
    assert sine(5).to(torch.device("cpu")).where == "cpu"


def test_tracked_tensors_come_back_as_plain_arrays():
    data = Data(torch.ones(3, requires_grad=True), torch.ones(3))
    assert data.numpy().x.tolist() == [1, 1, 1]


def test_points_in_reverse_order_move_like_any_others():
    data = sine(5)
    assert Data(data.x[::-1], data.y[::-1]).to("cpu").x.tolist() == data.x[::-1].tolist()


def test_meta_data_have_a_shape_and_no_numbers():
    data = sine().to("meta")
    assert data.where == "meta"
    assert len(data) == 2000
    assert repr(data) == "Data(sin(x): 2000 points, float64, meta)"


@pytest.mark.parametrize("device", ["gpu", "cude", "", "cpu:x", None, 1.5])
def test_an_unknown_device_is_refused_with_the_known_ones(device):
    with pytest.raises(ValueError, match=rf"unknown device {re.escape(repr(device))}: choose one of 'cpu'"):
        sine(5).to(device)


@pytest.mark.parametrize("dtype", ["float16", "double", torch.int64, float, np.float32, np.dtype("float64")])
def test_an_unknown_dtype_is_refused(dtype):
    with pytest.raises(ValueError, match=rf"dtype must be 'float32' or 'float64', got {re.escape(repr(dtype))}"):
        sine(5).to("cpu", dtype)


@pytest.mark.parametrize("device", ABSENT)
def test_a_device_that_is_not_there_is_refused_with_the_reason(device):
    with pytest.raises(RuntimeError, match=rf"device '{device}' cannot be used \(.+\): choose one of 'cpu'") as caught:
        sine(5).to(device)
    assert type(caught.value) is RuntimeError
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("device", ["hpu", "privateuseone"])
def test_a_device_whose_module_is_not_there_is_refused_too(device):
    with pytest.raises(RuntimeError, match=rf"device '{device}' cannot be used \(.+\): choose one of 'cpu'"):
        sine(5).to(device)


def test_mps_has_no_float64():
    with pytest.raises(ValueError, match="device 'mps' has no float64: use dtype='float32'"):
        sine(5).to("mps", "float64")


@pytest.mark.parametrize("device", [d.name for d in devices() if d.available])
def test_every_device_that_is_listed_can_be_used(device):
    data = sine(50).to(device, "float32")
    assert data.where.startswith(device)
    assert data.numpy().y == approx(sine(50).y, abs=1e-6)


def test_the_list_of_devices_begins_with_the_cpu_and_gives_reasons():
    found = devices()
    assert found[0].name == "cpu" and found[0].available
    names = [device.name for device in found]
    assert len(set(names)) == len(names)
    assert {name.split(":")[0] for name in names} >= {"cpu", "cuda", "mps"}
    assert all(device.note for device in found)


def test_without_torch_there_is_the_cpu_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert [device.name for device in devices()] == ["cpu"]
    with pytest.raises(ImportError):
        sine(5).to("cpu")


@pytest.mark.parametrize(
    ("cuda", "version", "name", "note"),
    [
        (True, "12.8", "cuda:1", "Test GPU 1"),
        (False, "12.8", "cuda", "no CUDA device, or no driver for it"),
        (False, None, "cuda", "this build of torch has no CUDA"),
    ],
)
def test_what_is_said_about_cuda(monkeypatch, cuda, version, name, note):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda i: f"Test GPU {i}")
    monkeypatch.setattr(torch, "version", types.SimpleNamespace(cuda=version, hip=None))
    found = {device.name: device for device in devices()}
    assert found[name] == (name, cuda, note)


@pytest.mark.parametrize(
    ("available", "built", "note"),
    [
        (True, True, "Apple GPU"),
        (False, True, "needs macOS 14 or newer on an Apple GPU"),
        (False, False, "only on Macs"),
    ],
)
def test_what_is_said_about_mps(monkeypatch, available, built, note):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: available)
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: built)
    mps = next(device for device in devices() if device.name == "mps")
    assert mps.available == available
    assert mps.note.startswith(note)


# --- the package ----------------------------------------------------------------------------------------------------


def test_the_package_offers_every_name_that_it_lists():
    assert all(hasattr(polyfit_helpers, name) for name in polyfit_helpers.__all__)
    with pytest.raises(AttributeError, match="no attribute 'sinus'"):
        _ = polyfit_helpers.sinus


def test_points_in_order_are_the_same_points():
    mixed = Data([3.0, 1.0, 2.0], [30.0, 10.0, 20.0], "mixed")
    ordered = mixed.in_order()
    assert ordered.x.tolist() == [1, 2, 3] and ordered.y.tolist() == [10, 20, 30] and ordered.name == "mixed"
    assert mixed.x.tolist() == [3, 1, 2], "its own order stays"
    assert mixed.to("cpu").in_order().x.tolist() == [1, 2, 3]
