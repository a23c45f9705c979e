"""The same fit on several processes: each holds a share of the points, and their gradients add (notebook 09).

    torchrun --standalone --nproc-per-node=2 -m polyfit_helpers.big.distributed --points 2001

`torchrun` starts the command once for each process and tells each its rank. They talk through `torch.distributed`: by
NCCL if there is a GPU for each of them, else by Gloo on the CPU. Without torchrun the command is one process with all
points. `--help` lists the options; `launch` is the same for a notebook.

**Several nodes.** The same command runs on each node, with the same arguments; one node is named as the meeting point:

    torchrun --nnodes=2 --nproc-per-node=4 --rdzv-id=polyfit --rdzv-backend=c10d --rdzv-endpoint=node1:29400 \
        -m polyfit_helpers.big.distributed --points 2001

That is 2 nodes with 4 processes each. `--rdzv-id` names the job; `--rdzv-endpoint` is a host and a port that all nodes
can reach, on any one of them. Ranks, shares and sums follow by themselves: no line of the training loop changes.

**When it goes wrong.** A process that gives no answer for `--timeout` seconds ends the run, with a message that names
its rank. One that dies ends it at once. torchrun prints the message as the root cause in its report. With
`--processes 2` in place of torchrun, the command runs torchrun's own code, and the message is all that it prints.

How long that takes: after `--timeout` the others wait a tenth of it and a second for each other's answers, and one
second later they kill the silent process, so that the run has ended after 1.1 times `--timeout` and some 3 seconds.
While all start, 60 seconds count if `--timeout` is less. torchrun's own 30 seconds, until SIGKILL follows SIGTERM,
come on top where nobody is left to kill: for a process stopped before it has joined, for a node whose processes are all
silent, and with NCCL, whose own watchdog keeps the time and ends the process.

**One thread each.** Processes are what is counted here. With more threads, two processes would contend for the cores
that one process has had for itself, and no comparison would be fair.

Sources: the documentation of torchrun and torch.distributed; PyTorch's tutorial "Writing Distributed Applications".
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from ..data import START, Data, random_start
from ..models import powers
from ..theory import equation, positive, whole_number
from ..training.contract import training_loop
from .streaming import Moments, moments, sine_chunks
from .timing import seconds_of

BACKENDS = ("auto", "gloo", "nccl")
AVERAGED = 25  # iterations of which the seconds are averaged

_NAME = "polyfit_helpers.big.distributed"
_STARTING = 60.0  # seconds in which each process must have imported torch, on a busy machine too
_PATIENCE = 10.0  # seconds in which torchrun, having seen one process end, ends another that waits for it


@training_loop(tensors=True)
def distributed_training(data: Data, start: Sequence[float], learning_rate: float) -> Iterator[tuple[Any, Any]]:
    """Fit a polynomial of degree len(start) - 1 to the points of all processes; data is this process's share.

    `tensors_matrix` with one message more. The loss and the gradient are sums over points, so those of the shares add
    up to those of all points. Every process gets the same sums and makes the same update. Alone, a process has them.
    Yields the loss of all points and w, a tensor of shape (len(start),); in each process the same.
    """
    x, y = data.x, data.y
    w = torch.tensor(start, dtype=x.dtype, device=x.device)
    X = powers(x, len(w) - 1)

    while True:
        error = w @ X - y  # forward
        loss = error @ error  # loss

        grad = 2 * (X @ error)  # backward

        message = torch.cat([loss.reshape(1), grad])  # all_reduce: one message, added up over all processes
        if dist.is_initialized():
            dist.all_reduce(message)
        loss, grad = message[0], message[1:]
        yield loss, w

        w -= learning_rate * grad  # update


def share(points: int, rank: int = 0, size: int = 1) -> Data:
    """Return the points of `sine(points)` that one of `size` processes holds: as many as the others, or one more.

    Raises
    ------
    ValueError
        If there are not two points for each process.
    """
    _require_enough(points, size)
    first, last = _limits(points, rank, size)
    x, y = next(sine_chunks(points, first, last, chunk=last - first))
    return Data(x, y, "sin(x)")


def add_moments(mine: Moments, device: str = "cpu") -> Moments:
    """Return the sum of the moments of all processes: streams on several processes, added by one message."""
    message = torch.tensor(np.concatenate([np.ravel(part) for part in mine]), device=device)
    if dist.is_initialized():
        dist.all_reduce(message)
    *sums, yy, points = message.tolist()
    size = len(mine.Xy)
    return Moments(np.reshape(sums[:-size], (size, size)), np.array(sums[-size:]), yy, int(points))


@dataclass(frozen=True)
class Options:
    """What the command can be told; `launch` takes the same names.

    Raises
    ------
    ValueError
        If a value is not possible; the message quotes it.
    """

    points: int = field(default=2000, metadata={"help": "points of sin(x) in [-π, π], of all processes together"})
    iterations: int = field(default=2000, metadata={"help": "updates to make"})
    learning_rate: float | None = field(default=None, metadata={"help": "0.002 / points if left out: 1e-6 at 2000"})
    degree: int = field(default=3, metadata={"help": "degree of the polynomial"})
    seed: int = field(default=0, metadata={"help": "of the random start; 0 is the start of all notebooks"})
    stream: bool = field(default=False, metadata={"help": "add moments of chunks, keep no points, solve at the end"})
    every: int | None = field(default=None, metadata={"help": "iterations from line to line, 0 for none (a tenth)"})
    backend: str = field(default="auto", metadata={"help": "gloo, nccl or auto: nccl if each process has a GPU"})
    timeout: float = field(default=30.0, metadata={"help": "seconds to wait for an answer; 1.1 times + 3 s: all ended"})
    measure: tuple[int, ...] = field(
        default=(), metadata={"help": "also time iterations with so many points: 1000,2000"}
    )
    json: str | None = field(default=None, metadata={"help": "a file for the result, with all digits"})
    processes: int | None = field(default=None, metadata={"help": "start so many here, in place of torchrun"})
    port: int | None = field(default=None, metadata={"help": "where these processes meet (any free port)"})

    def __post_init__(self) -> None:
        whole_number("points", self.points, 2)
        whole_number("iterations", self.iterations)
        if self.learning_rate is not None:
            positive("learning_rate", self.learning_rate)
        whole_number("degree", self.degree)
        whole_number("seed", self.seed)
        if self.every is not None:
            whole_number("every", self.every)
        if self.backend not in BACKENDS:
            raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, got {self.backend!r}")
        positive("timeout", self.timeout)
        for points in self.measure:
            _require_enough(whole_number("measure", points, 2), self.processes or 1, "measure")
        if self.processes is not None:
            _require_enough(self.points, whole_number("processes", self.processes, 1))
        if self.port is not None:
            if self.processes is None:
                raise ValueError(f"port {self.port!r} needs --processes; with torchrun it is --master-port")
            if not 1 <= whole_number("port", self.port) <= 65_535:
                raise ValueError(f"port must be a number from 1 to 65535, got {self.port}")

    def arguments(self) -> list[str]:
        """Return the command's arguments for these options, without those that have their default."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        changed = {name: value for name, value in values.items() if value != getattr(Options, name)}
        return [
            f"--{name.replace('_', '-')}" + ("" if value is True else f"={_as_text(value)}")
            for name, value in changed.items()
        ]


@dataclass(frozen=True)
class Result:
    """What a run has found, as rank 0 knows it.

    loss is the sum of the squared errors of all points, and parameters are those of 1, x, x² ... `seconds` were needed
    for `steps` iterations, or chunks, after all processes had started and made the first one together. `measured` maps
    the numbers of points that were asked for, as `measure`, to the seconds of an iteration with them.
    """

    processes: int
    backend: str
    device: str
    points: int
    loss: float
    parameters: tuple[float, ...]
    steps: int
    seconds: float
    measured: dict[int, float] = field(default_factory=dict)

    @property
    def seconds_per_step(self) -> float:
        """How long an iteration, or a chunk, has taken on average."""
        return self.seconds / max(self.steps, 1)

    @property
    def equation(self) -> str:
        """The fitted polynomial as text."""
        return equation(self.parameters)


def launch(processes: int = 2, listen: Callable[[str], object] | None = print, **options: Any) -> Result:
    """Run the fit on several processes of this machine, hand on their lines as they come, and return the result.

    If it is interrupted, or listen raises an error, the processes are ended before it returns. If one of them hangs,
    all have ended after 1.1 times `timeout` and some 3 seconds; the head of this file knows the exceptions.

    Parameters
    ----------
    processes : int
        How many, each with one thread.
    listen : function or None
        Is called with each line; None for silence.
    **options
        As in `Options`: points=2001, iterations=500, timeout=5 ...

    Raises
    ------
    ValueError, TypeError
        If an option is not possible or not known; nothing was started then.
    RuntimeError
        If the run failed; the message says which rank or which port it was, and what to do.
    """
    settings = Options(processes=processes, **options)
    with TemporaryDirectory() as folder, open(Path(folder, "errors"), "w+", encoding="utf-8") as errors:
        path = settings.json or str(Path(folder, "result"))
        command = [sys.executable, "-m", _NAME, *replace(settings, json=path).arguments()]
        utf8 = {**os.environ, "PYTHONUTF8": "1"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", env=utf8)
        assert process.stdout
        try:
            for line in process.stdout:
                if listen:
                    listen(line.rstrip("\n"))
            process.wait()
        finally:
            _end(process)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(errors.read().strip().rpartition("\n")[-1] or f"exit status {process.returncode}")
        result = json.loads(Path(path).read_text("utf-8"))
    measured = {int(points): seconds for points, seconds in result["measured"].items()}
    return Result(**{**result, "parameters": tuple(result["parameters"]), "measured": measured})


@dataclass(frozen=True)
class Scaling:
    """Milliseconds of an iteration by one process and by several, as text a line each: strong scaling, and weak.

    `points` and `many` are the numbers of points that all processes share; `weak` is how long the several take with
    `many` points for each of them.
    """

    processes: int
    points: int
    many: int
    alone: tuple[float, float]
    strong: tuple[float, float]
    weak: float

    @property
    def message(self) -> float:
        """What is left of the time for the few points when the share of the work in it is taken off."""
        return max(self.strong[0] - self.alone[0] / self.processes, 0.0)

    @property
    def efficiency(self) -> float:
        """The time of one process divided by that of several with as many points for each."""
        return self.alone[1] / self.weak

    def __str__(self) -> str:
        rows = zip((self.points, self.many), self.alone, self.strong, strict=True)
        several = f"{self.processes} processes"
        lines = [
            f"{_spaced(points)} points: {one:.2f} ms by one process, {more:.2f} ms by {several}"
            for points, one, more in rows
        ]
        lines[0] += f", nearly all of it the message: {self.message:.2f} ms" * (self.message > 0.5 * self.strong[0])
        efficiency = f"efficiency {100 * self.efficiency:.0f} %"
        each = f"{_spaced(self.many)} points each: {self.weak:.2f} ms by {several}, {efficiency}"
        return "\n".join([*lines, each])


def _spaced(number: int) -> str:
    """Return a number with a space before each three digits, as notebooks write it."""
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def scaling(several: Result) -> Scaling:
    """Measure what one process takes alone, and compare it with what several have taken.

    Parameters
    ----------
    several : Result
        Of `launch` with `measure=(many, processes * many)`.

    Raises
    ------
    ValueError
        If these two were not measured.
    """
    many = min(several.measured, default=0)
    if several.measured.keys() != {many, several.processes * many}:
        raise ValueError(
            f"scaling needs the seconds with N points and with {several.processes} N, got those with "
            f"{sorted(several.measured) or 'none'}: launch(..., measure=(N, {several.processes} * N))"
        )
    strong, weak = several.measured[many], several.measured[several.processes * many]
    return Scaling(
        several.processes,
        several.points,
        many,
        (1e3 * _seconds(several.points), 1e3 * _seconds(many)),
        (1e3 * several.seconds_per_step, 1e3 * strong),
        1e3 * weak,
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End torchrun, which ends its processes; if it does not in time, kill it, and they notice."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


# --- the command ----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command: as one of torchrun's processes, alone, or, with --processes, as torchrun itself."""
    rank, _ = _whoami()
    try:
        options = _parsed(arguments)
        run = _run_torchrun if options.processes else _run
        run(options)
    except ValueError as error:
        if rank:
            time.sleep(_PATIENCE)  # rank 0 says the same, and is enough
        sys.exit(1 if _report(str(error)) else str(error))
    except ConnectionError as error:
        sys.exit(1 if _report(str(error)) else str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _report(f"rank {rank} failed with {type(error).__name__}: {error}")
        raise


def _parsed(arguments: Sequence[str] | None) -> Options:
    """Return the command's arguments as options."""
    parser = _Parser(prog=f"python -m {_NAME}", description="Fit a polynomial to sin(x) on several processes.")
    for item in fields(Options):
        kind: dict[str, Any] = {"action": "store_true"} if item.default is False else {"type": _number_or_text}
        if item.default == ():
            kind = {"type": _split_numbers}
        parser.add_argument(
            f"--{item.name.replace('_', '-')}", default=item.default, help=item.metadata["help"], **kind
        )
    return Options(**vars(parser.parse_args(arguments)))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; --help lists the options")


def _number_or_text(text: str) -> Any:
    """Return the number that a text is, or else the text: `Options` says what is wrong with it."""
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


def _split_numbers(text: str) -> tuple[Any, ...]:
    """Return the numbers of a text, which are separated by commas, as `_number_or_text` does."""
    return tuple(map(_number_or_text, text.split(",")))


def _as_text(value: Any) -> str:
    """Return the value of an option as the command's argument."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _run(options: Options) -> None:
    """Be one of the processes."""
    torch.set_num_threads(1)
    rank, size = _whoami()
    backend, device = _place(options.backend)
    say = print if rank == 0 else _nothing
    _require_enough(options.points, size)
    shares = [last - first for first, last in (_limits(options.points, i, size) for i in range(size))]
    counts = " + ".join(map(str, shares)) if size <= 4 else f"{min(shares)} to {max(shares)}"
    say(f"{size} process{'es' * (size > 1)} ({backend}, {device}), points {counts}", flush=True)

    with process_group(backend, options.timeout) if backend != "none" else nullcontext():
        fitted = (_stream if options.stream else _train)(options, rank, size, device, say)
        measured = {points: _seconds(points, rank, size, device) for points in options.measure}

    result = Result(size, backend, device, options.points, **fitted, measured=measured)
    say(f"loss {result.loss:.6g}, {result.equation}", flush=True)
    if options.json and rank == 0:
        Path(options.json).write_text(json.dumps(asdict(result)), "utf-8")


def _train(options: Options, rank: int, size: int, device: str, say: Callable[..., None]) -> dict[str, Any]:
    """Descend with the points of all processes, and return what `Result` holds of it."""
    data = share(options.points, rank, size).to(device)
    loop = distributed_training(data, random_start(options.seed, options.degree + 1), _rate(options))
    every = max(options.iterations // 10, 1) if options.every is None else options.every
    width = len(str(options.iterations))
    first = begin = 0.0
    for i, state in enumerate(islice(loop, options.iterations + 1)):
        if every and i % every == 0:
            say(f"iteration {i:{width}}  loss {state[0].item():.6g}", flush=True)
            if not math.isfinite(state[0]):
                break  # in every process at once: they have the same loss
        if i == 0:
            first, begin = state[0].item(), time.perf_counter()
    loss, w = state
    parameters = w.tolist()  # waits for a GPU to have done it all
    seconds = time.perf_counter() - begin
    if not loss.item() <= first:
        raise ValueError(
            f"the loss has grown from {first:.6g} to {loss.item():.6g}: learning_rate {_rate(options)} is too large "
            f"for degree {options.degree} and {options.points} points; lower it"
        )
    return {"loss": loss.item(), "parameters": tuple(parameters), "steps": options.iterations, "seconds": seconds}


def _stream(options: Options, rank: int, size: int, device: str, say: Callable[..., None]) -> dict[str, Any]:
    """Add the moments of all points, solve, and return what `Result` holds of it."""
    first, last = _limits(options.points, rank, size)
    begin = time.perf_counter()
    steps = last_tenths = 0
    for mine in moments(sine_chunks(options.points, first, last), options.degree):
        steps += 1
        tenths = 10 * mine.points // (last - first)
        if tenths > last_tenths and options.every != 0:
            say(f"{10 * tenths:3} % of the points", flush=True)
            last_tenths = tenths
    everything = add_moments(mine, device)
    seconds = time.perf_counter() - begin
    w = everything.optimum
    return {"loss": everything.loss(w), "parameters": tuple(w.tolist()), "steps": steps, "seconds": seconds}


def _seconds(points: int, rank: int = 0, size: int = 1, device: str = "cpu") -> float:
    """Return how long an iteration of all processes takes with so many points of all, on average over AVERAGED."""
    loop = distributed_training(share(points, rank, size).to(device), START, 0.002 / points)
    next(loop)
    return seconds_of(loop, AVERAGED) / AVERAGED


def _rate(options: Options) -> float:
    """Return the learning rate that was chosen, or one that fits the number of points."""
    return 0.002 / options.points if options.learning_rate is None else options.learning_rate


def _limits(points: int, rank: int, size: int) -> tuple[int, int]:
    """Return the first point of a process and the one after its last."""
    return points * rank // size, points * (rank + 1) // size


def _require_enough(points: int, size: int, name: str = "points") -> None:
    """Raise a ValueError if there are not two points for each process."""
    if points < 2 * size:
        raise ValueError(f"{name} must be two or more for each of the {size} processes, got {points}")


def _nothing(*words: Any, **options: Any) -> None:
    """Say nothing, as all ranks but 0."""


# --- the processes and their group ----------------------------------------------------------------------------------


def _whoami() -> tuple[int, int]:
    """Return this process's rank and how many there are, as torchrun has told it."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def _place(backend: str) -> tuple[str, str]:
    """Return how the processes talk, and the device of this one: one GPU per process, or all on the CPU."""
    if "RANK" not in os.environ:
        return "none", "cuda" if torch.cuda.is_available() and backend != "gloo" else "cpu"
    local, here = int(os.environ.get("LOCAL_RANK", 0)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    gpus = torch.cuda.device_count() if torch.cuda.is_available() and dist.is_nccl_available() else 0
    if backend == "nccl" and gpus < here:
        raise ValueError(f"backend 'nccl' needs a GPU for each of the {here} processes here, got {gpus}: use 'gloo'")
    if backend == "gloo" or gpus < here:
        return "gloo", "cpu"
    torch.cuda.set_device(local)
    return "nccl", f"cuda:{local}"


@contextmanager
def process_group(backend: str = "gloo", timeout: float = 30.0) -> Iterator[None]:
    """Belong to the group of processes that torchrun has started.

    Raises
    ------
    ConnectionError
        If one of them gives no answer for so many seconds, 60 or more while all start; the message names its rank.
        It is raised a tenth of them and two seconds later, when the others have answered and the silent ones of this
        node were killed: a stopped process would not end by torchrun's SIGTERM.
    """
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    seconds = max(timeout, _STARTING)
    store, rank, size = next(rendezvous("env://", timeout=timedelta(seconds=seconds)))
    again = store.add(f"groups of {rank}", 1)
    store = dist.PrefixStore(f"group {again}", store)  # type: ignore[attr-defined]  # nothing of an earlier group
    try:
        node = os.environ.get("GROUP_RANK", "")
        store.set(f"started/{rank}", f"{node} {os.getpid()}")
        store.wait([f"started/{other}" for other in range(size)], timedelta(seconds=seconds))
        seconds = timeout
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=timedelta(seconds=seconds))
        yield
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise  # not from torch.distributed: this process's own mistake
        store.set(f"answers/{rank}", "yes")
        time.sleep(1 + seconds / 10)  # the others answer too; or one has died here, and torchrun ends us meanwhile
        silent = [other for other in range(size) if not store.check([f"answers/{other}"])]
        if not silent:
            raise
        if rank != min(set(range(size)) - set(silent)):
            time.sleep(_PATIENCE)  # the first that answers speaks for all, and is enough
        message = (
            f"no answer from rank {', '.join(map(str, silent))} (time limit {seconds:g} seconds), so all {size} "
            "processes were ended: look at what it does, or raise --timeout if it is slow"
        )
        _report(message)
        time.sleep(1)  # torchrun counts whole seconds, and takes for the root cause what comes first: the message
        for other in silent:
            if store.check([f"started/{other}"]):
                _kill(store.get(f"started/{other}").decode(), node)
        raise ConnectionError(message) from None
    dist.destroy_process_group()


def _kill(who: str, node: str) -> None:
    """Kill a process, given as its node and its number, if torchrun has started both on this node."""
    where, number = who.split(" ")
    if node and where == node:
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


def _end_with(parent: int) -> None:
    """End this process when its parent has gone: torchrun was killed, and nobody would end it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _report(message: str) -> bool:
    """Leave a message where torchrun looks for it, for the root cause in its report; False if there is no torchrun.

    The first message of a process stays.
    """
    path = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if path and not os.path.exists(path):
        Path(path).write_text(json.dumps({"message": message, "timestamp": int(time.time())}), "utf-8")
    return bool(path)


def _run_torchrun(options: Options) -> None:
    """Be torchrun: its own code starts and watches the processes; of its report, one sentence is kept."""
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

    logging.disable()  # torchrun's report
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["TORCH_ELASTIC_SHUTDOWN_TIMEOUT"] = "5"  # seconds after an interrupt, until SIGKILL follows SIGTERM
    where = "--standalone" if options.port is None else f"--master-port={options.port}"
    arguments = replace(options, processes=None, port=None).arguments()
    with TemporaryDirectory() as logs:
        many = [f"--nproc-per-node={options.processes}", f"--log-dir={logs}"]
        try:
            run.run(run.parse_args([where, *many, "-m", _NAME, *arguments]))
        except ChildFailedError as error:
            sys.exit(_root_cause(error.failures))
        except SignalException:
            sys.exit(130)
        except dist.DistNetworkError as error:
            why = "another program has it" if "EADDRINUSE" in str(error) else str(error).partition("\n")[0]
            sys.exit(f"port {options.port} cannot be used ({why}): choose another --port, or leave it out")


def _root_cause(failures: dict[int, Any]) -> str:
    """Say in one sentence which process has failed first, and why: one that says it, if there is one.

    Of the rest, SIGTERM is how torchrun has ended the others.
    """

    def order(rank: int) -> tuple[bool, bool, int]:
        failure = failures[rank]
        return not os.path.isfile(failure.error_file), failure.exitcode == -signal.SIGTERM, failure.timestamp

    rank = min(failures, key=order)
    first = failures[rank]
    if os.path.isfile(first.error_file):
        return str(first.message)
    how = f"was killed by {first.signal_name()}" if first.exitcode < 0 else f"ended with exit status {first.exitcode}"
    return (
        f"rank {rank} (process {first.pid}) {how}, so all {len(failures)} processes were ended: "
        "start again; if memory ran out, with fewer points or --stream"
    )


if __name__ == "__main__":
    main()
