"""One training loop on a board: the options that it takes, its history, and the seconds that it took."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..advance import Apart, TooSlow, apart_of, require_running, require_yield
from ..data import Data
from ..history import History
from ..theory import LeastSquares
from ..training.inside import Inside, look_inside
from . import texts
from .newest import Newest
from .patience import Patience

if TYPE_CHECKING:
    from .seen import Settings


WITHOUT_YIELD = 3.0  # seconds that a loop may compute, or wait, without a `yield`


class Run:
    """A training loop and what it has yielded so far.

    What a `functools.partial` has fixed, such as `partial(optim, optimizer="Adam", learning_rate=0.01)`, stays fixed:
    the controls of the board set the rest. A loop that the notebook defines anew is taken when `renew` is called.

    Parameters
    ----------
    name : str
        What legends and tables call it.
    loop : generator function
        Called as `loop(data, start, learning_rate)` and with those options that it takes.
    data : Data
        Arrays or tensors. A loop of `training` is given what it computes with, any other loop what is there.
    """

    def __init__(self, name: str, loop: Callable[..., Iterator[tuple[Any, Any]]], data: Data) -> None:
        if not callable(loop):
            raise TypeError(
                f"dashboard needs the training function itself, as in dashboard(data, my_training), got {loop!r:.60}"
            )
        self.name, self.newest, self.data = name, Newest(loop), data
        self._take(loop)
        self.history = History()
        self.running: Iterator[tuple[Any, Any]] | None = None
        self.settings: dict[str, Any] = {}  # what it was called with, and its device
        self.seconds = self.waited = 0.0  # all together, and those that it waited in one go, if that can be told
        self.waited_in_all = 0.0
        self.error: Exception | None = None  # that it raised
        self.problem: LeastSquares | None = None  # its theory, if its model is linear in the parameters
        self.floor = 0.0  # below every loss
        self.late: Callable[[], Any] = int  # called when it comes to no `yield` for a second

    def _take(self, loop: Callable[..., Any]) -> None:
        self.loop = loop
        self.fixed: dict[str, Any] = dict(loop.keywords) if isinstance(loop, functools.partial) else {}
        parameters = inspect.signature(loop).parameters
        self.takes = set(parameters) - set(self.fixed)
        named = parameters.get("learning_rate")
        self._rate_by_name = named is not None and named.kind is named.KEYWORD_ONLY
        if "optimizer" in self.takes and any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
            self.takes.add("momentum")  # among the **options that it hands on to its optimizer
        self.on_tensors: bool = getattr(getattr(loop, "func", loop), "tensors", self.data.is_tensor)

    def renew(self) -> bool:
        """Take the loop as it is by now in the notebook, and return whether it is another one."""
        is_new = self.newest.take(told=self.history.iterations > 0)
        if is_new:
            self._take(self.newest.now)
        return is_new

    def has(self, option: str) -> bool:
        """Return whether a control can set this option of the loop."""
        return option in self.takes and option not in self.fixed

    def option(self, options: Mapping[str, Any], name: str, usual: Any) -> Any:
        """Return what an option is in a run with these choices: chosen, fixed, or as usual if the loop has none."""
        return options.get(name, usual) if self.has(name) else self.fixed.get(name, usual)

    @property
    def precision(self) -> type[np.floating[Any]]:
        """The type of number that the data are made of."""
        return np.float32 if str(self.data.x.dtype).endswith("float32") else np.float64

    def forget(self) -> None:
        """Forget what the last run yielded."""
        self.let_go()
        self.history, self.seconds, self.error = History(), 0.0, None
        self.waited = self.waited_in_all = 0.0

    def let_go(self) -> None:
        """End the loop."""
        if self.running is not None:
            own, running, self.running = apart_of(self.running), [self.running], None
            own.let_go(running)

    def begin(self, chosen: Settings, start: Sequence[float]) -> None:
        """Call the loop with the chosen settings, unless it is known beforehand that it never yields."""
        require_yield(self.loop)
        options = {name: value for name, value in chosen.options.items() if self.has(name)}
        if (self.fixed.get("optimizer") or options.get("optimizer", "SGD")) != "SGD":
            options.pop("momentum", None)  # what its control says is for SGD alone
        self.settings = {"learning_rate": chosen.learning_rate, "device": chosen.device} | options | self.fixed
        data = self.data
        if not self.on_tensors:
            data, self.settings["device"] = data.numpy(), "cpu"  # whatever the others are asked to run on
        elif not data.is_tensor or data.where != chosen.device:
            data = data.to(chosen.device)
        rate = {} if "learning_rate" in self.fixed else {"learning_rate": chosen.learning_rate}
        if self._rate_by_name:
            options, rate = options | rate, {}
        call = functools.partial(self.loop, data, start, *rate.values(), **options)
        running = self._patiently(Apart().run, call)
        if self.history.ended != "interrupted":
            require_running(running)
            self.running = running

    def listen(self, states: int) -> bool:
        """Take up to so many states from the loop; False if there will be no more."""
        if self.running is None or self.over:
            return False
        begin = perf_counter()
        try:
            self._patiently(self.history.extend, self.running, states)
            self._match()
        except Exception as error:
            self.error = error
            raise
        finally:
            self.seconds += perf_counter() - begin
        return not self.over

    def _patiently(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Return what work(*arguments) returns, or raise TimeoutError if the learner's code comes to no `yield`."""
        patience = Patience(WITHOUT_YIELD, lambda: len(self.history.arrived), self.late)
        try:
            with patience:
                return work(*arguments)
        except KeyboardInterrupt:
            self.history.ended = "interrupted"
        except TooSlow as slow:
            self.history.ended = "failed"
            words = texts.waits_for_ever if patience.waited > WITHOUT_YIELD else texts.never_yields
            raise TimeoutError(words(seconds=WITHOUT_YIELD)) from slow
        finally:
            self.waited = max(self.waited, patience.longest)
            self.waited_in_all += patience.waited_in_all

    def _match(self) -> None:
        """Raise ValueError if theory's model has another number of parameters than the loop: they cannot be drawn."""
        got = self.history.parameters.shape[1]
        if self.problem is not None and len(self.history) == 1 and got != len(self.problem.optimum):
            self.history = History()
            raise ValueError(
                f"the training loop yields {got} parameters, the start has {len(self.problem.optimum)}: "
                "yield all of them, or give dashboard a start that fits, as in start=(0, 0)"
            )

    def look(self) -> Inside | None:
        """Take one state, and tell what each line of the loop did on the way; None if there was no more."""
        if self.running is None or self.over:
            return None
        begin = perf_counter()
        try:
            looked: tuple[Any, Inside] | None = self._patiently(look_inside, self.running, *self.history.latest)
            if looked is None:
                return None
        except StopIteration:
            self.history.extend(iter(()), 1)
            return None
        except Exception:
            self.history.ended = "failed"
            raise
        finally:
            self.seconds += perf_counter() - begin
        item, inside = looked
        self.history.extend(iter((item,)), 1)
        return inside

    @property
    def momentum(self) -> float:
        """Momentum that it was called with; gradients that are never reset are momentum 1."""
        return float(self.settings.get("momentum", 0.0)) if self.settings.get("reset", True) else 1.0

    @property
    def over(self) -> bool:
        """Whether the loop has ended or failed, or its loss is no longer a number."""
        return self.error is not None or self.history.ended not in ("finished", "not started")


def name_of(loop: Any) -> str:
    """Return a loop's name as its author wrote it."""
    return str(getattr(getattr(loop, "func", loop), "__name__", "loop"))


def runs_of(loops: Any, data: Data) -> list[Run]:
    """Make runs of one loop, a sequence of loops, or a mapping from names to loops; six at most."""
    if isinstance(loops, Mapping):
        named = [(str(name), loop) for name, loop in loops.items()]
    else:
        several = loops if isinstance(loops, Sequence) and not isinstance(loops, str) else [loops]
        named = [(name_of(loop), loop) for loop in several]
    if not 1 <= len(named) <= 6:
        raise ValueError(f"a board compares one to six loops, got {len(named)}")
    if "predicted" in dict(named):
        raise ValueError("a loop cannot be called 'predicted': that is what theory's curve is called")
    if len({name for name, _ in named}) < len(named):
        raise ValueError(
            f"loops need different names, got {', '.join(name for name, _ in named)}: "
            'pass a mapping, as in {"SGD": my_training, "Adam": partial(my_training, optimizer="Adam")}'
        )
    return [Run(name, loop, data) for name, loop in named]
