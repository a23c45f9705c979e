"""What tests of boards share: sessions without widgets, and pictures read back as numbers."""

import asyncio
import html
import json
import re

import numpy as np

from polyfit_helpers import START, sine, theory, training
from polyfit_helpers.networks import network_start, relu_network
from polyfit_helpers.theory import polynomial_values
from polyfit_helpers.widgets.elements import packed
from polyfit_helpers.widgets.seen import Settings
from polyfit_helpers.widgets.session import Session

DATA = sine()
TENSORS = DATA.to("cpu")
PROBLEM = theory.LeastSquares(DATA.x, DATA.y)
ZEROS = (0.0, 0.0, 0.0, 0.0)
RUNGS = [training.numpy_by_hand, training.tensors_by_hand, training.autograd]
FIELDS = ("learning_rate", "iterations", "device", "degree", "start")
OPTIONS = {"optimizer": "SGD", "momentum": 0.0, "basis": "powers", "reduction": "sum", "reset": True}


NETWORK = dict(loop=training.network, data=TENSORS, start=network_start(0), model=relu_network, learning_rate=1e-2)


class Trial:
    """A session with the settings that a board would have: act on it, then see."""

    def __init__(self, loop=training.numpy_matrix, data=DATA, start=START, model=polynomial_values, **chosen):
        self.session = Session(data, loop, start, model)
        options = {name: value for name, value in OPTIONS.items() if self.session.has(name)}
        self.settings = Settings(degree=len(start) - 1, options=options)
        self.choose(**chosen).act("reset")

    def choose(self, **chosen):
        for name, value in chosen.items():
            assert self.settings.has(name), name
            self.settings = self.settings.change(name, value)
        return self

    def act(self, what, **how):
        """Do it, and train to the end if a run goes on."""
        self.session.act(what, self.settings, **how)
        while self.session.slice(0.1):
            pass
        return self

    def train(self, **chosen):
        return self.choose(**chosen).act("train")

    def step(self, iterations, **how):
        return self.act("step", iterations=iterations, **how)

    def seen(self, **of_the_board):
        return self.session.seen(self.settings, **of_the_board)


def lines(frame):
    """Read the lines of a picture: name -> points as an array of shape (n, 2), in the units of its axes."""
    return points_of(frame.lines)


def right(board):
    """Read the lines of a board's right picture, those that theory expects, too: these the page draws by itself."""
    return points_of(board.panel.drawing.view.expected()) | lines(board.pictures.shown[1])


def points_of(drawn):
    return {name: np.column_stack([line.x, line.y]) for name, line in drawn.items() if len(line.x)}


def near(points, canvas):
    """Return whether points lie in a picture, or no farther outside its axes than these are long."""
    places = canvas.places
    sides = (places["x"], False), (places["y"], places["log"])
    for values, (limits, log) in zip(points.T, sides, strict=True):
        values, (low, high) = (np.log(values), np.log(limits)) if log else (values, limits)
        if not (
            (values >= 2 * low - high - 1e-3 * (high - low)) & (values <= 2 * high - low + 1e-3 * (high - low))
        ).all():
            return False
    return True


def ask(board, message=None):
    """Ask a board for a frame, as a page does that has drawn the last one."""
    board.pictures._handle_custom_msg({"ask": "a page"} if message is None else message, [])


def weight(frames):
    """Return how many bytes a page is sent for a frame."""
    message = packed(frames, 1)
    return len(message["numbers"]) + len(json.dumps(message["pictures"], ensure_ascii=False).encode())


def told(board):
    """Read the status line of a board."""
    return html.unescape(re.sub(r"<[^>]+>", "", board.status.html.replace("<br>", " ")))


def label(frame):
    """Return what a picture says to a screen reader."""
    return frame.says


async def until(condition):
    """Let everything else go on until it is true; that it never is, turns tell, not seconds."""
    for _ in range(50_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never happened")


# --- Loops that are wrong -------------------------------------------------------------------------------------------


def raises(data, start, learning_rate):
    yield 3.0, start
    yield 2.0, start
    raise KeyError("<b>grad</b>")


def yields_a_number(data, start, learning_rate):
    while True:
        yield 1.0


def yields_nothing(data, start, learning_rate):
    return
    yield


def returns(data, start, learning_rate):
    return 1.0, start


def wrong_signature(data):
    yield 1.0, (0.0,)


def is_nan(data, start, learning_rate):
    yield 5.0, start
    while True:
        yield float("nan"), start


def ends_early(data, start, learning_rate):
    for loss in (3.0, 2.0, 1.0):
        yield loss, start


def fails_at_once(data, start, learning_rate):
    raise KeyError("too early")
    yield


def fails_after_two_steps(data, start, learning_rate):
    loop = training.numpy_matrix(data, start, learning_rate)
    yield from (next(loop) for _ in range(3))
    raise ValueError("enough!")


def averaging(data, start, learning_rate):
    """The mean in place of the sum, by hand."""
    y, X, w = data.y, np.stack([data.x**k for k in range(len(start))]), np.array(start)
    while True:
        error = w @ X - y
        yield (error**2).mean(), w
        w -= learning_rate * 2 * X @ error / len(y)


def a_third(data, start, learning_rate):
    """A third of the sum: below the floor in the end, and no mean."""
    for loss, w in training.numpy_matrix(data, start, learning_rate):
        yield loss / 3, w


def forgets(data, start, learning_rate):
    """Never reset its gradients, though no option says so."""
    gradients = np.zeros(4)
    for loss, w in training.numpy_matrix(data, start, learning_rate):
        yield loss, w
        gradients += PROBLEM.gradient(w)
        w -= learning_rate * (gradients - PROBLEM.gradient(w))
