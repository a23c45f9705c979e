"""The fit on several processes: really launched, and really killed, stopped and interrupted."""

import json
import math
import re
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import torch
from pytest import approx

from polyfit_helpers import START, record, sine
from polyfit_helpers.big import distributed
from polyfit_helpers.big.distributed import Options, _as_text, add_moments, distributed_training, launch, main, share
from polyfit_helpers.big.streaming import moments, sine_chunks
from polyfit_helpers.theory import LeastSquares, equation
from polyfit_helpers.training import show_diff, tensors_matrix

torch.set_num_threads(1)

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
FOR_EVER = {"iterations": 10**9, "every": 10_000}
ENOUGH = 60  # seconds, on a busy machine too


def one_process(points, iterations):
    """Return what the loop of notebook 02 gives for the same points and the start of all notebooks."""
    return record(tensors_matrix(sine(points).to(), START, 0.002 / points), iterations)


def torchrun(*arguments):
    return subprocess.run([*TORCHRUN, *arguments], capture_output=True, text=True, timeout=2 * ENOUGH)


def workers():
    """Return the running processes that torchrun has started for us, by rank."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            environment = process.environ()
        except psutil.Error:
            continue
        if "RANK" in environment:
            found[int(environment["RANK"])] = process
    return found


class Listener:
    """Keeps the lines, and does something to the processes when they have begun."""

    def __init__(self, act=lambda ranks: None):
        self.act, self.lines, self.ranks, self.torchrun = act, [], {}, None

    def __call__(self, line):
        self.lines.append(line)
        if "iteration" in line and not self.ranks:
            self.torchrun, self.ranks = psutil.Process().children()[0], workers()
            self.act(self)

    def left(self, within=0):
        """Return the processes that are still there after a time."""
        _, alive = psutil.wait_procs([self.torchrun, *self.ranks.values()], within)
        return alive


# --- the loop and the shares, in this process -----------------------------------------------------------------------


def test_alone_the_loop_is_the_one_of_notebook_02():
    history = record(distributed_training(sine(2001).to(), START, 1e-6), 50)
    assert (history.losses == record(tensors_matrix(sine(2001).to(), START, 1e-6), 50).losses).all()


def test_only_the_message_is_new(capsys):
    show_diff(tensors_matrix, distributed_training)
    changed = [line[1:].split("  #")[0].strip() for line in capsys.readouterr().out.splitlines() if line[:1] in "-+"]
    assert [line for line in changed if line and not line.startswith("def ")] == [
        "yield loss, w",  # it waits for the message
        "message = torch.cat([loss.reshape(1), grad])",
        "if dist.is_initialized():",
        "dist.all_reduce(message)",
        "loss, grad = message[0], message[1:]",
        "yield loss, w",
    ]


@pytest.mark.parametrize(("points", "size"), [(2000, 1), (2000, 2), (2001, 4), (8, 4), (1003, 7)])
def test_the_shares_are_all_points_once_and_as_even_as_can_be(points, size):
    shares = [share(points, rank, size) for rank in range(size)]
    assert (np.concatenate([data.x for data in shares]) == sine(points).x).all()
    assert (np.concatenate([data.y for data in shares]) == sine(points).y).all()
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_too_few_points_for_so_many_processes():
    with pytest.raises(ValueError, match="points must be two or more for each of the 4 processes, got 7"):
        share(7, 0, 4)


def test_moments_alone_stay_as_they_are():
    (mine,) = moments(sine_chunks(100))
    same = add_moments(mine)
    assert (same.XXt == mine.XXt).all() and (same.Xy == mine.Xy).all() and same[2:] == mine[2:]


# --- what the command is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": 1}, "points must be a whole number, 2 or more, got 1"),
        ({"points": "many"}, "points must be a whole number, 2 or more, got 'many'"),
        ({"iterations": -1}, "iterations must be a whole number, 0 or more, got -1"),
        ({"learning_rate": 0}, "learning_rate must be a positive number, got 0"),
        ({"degree": 2.5}, r"degree must be a whole number, 0 or more, got 2\.5"),
        ({"seed": -3}, "seed must be a whole number, 0 or more, got -3"),
        ({"every": "often"}, "every must be a whole number, 0 or more, got 'often'"),
        ({"backend": "mpi"}, "backend must be one of 'auto', 'gloo', 'nccl', got 'mpi'"),
        ({"timeout": math.inf}, "timeout must be a positive number, got inf"),
        ({"processes": 0}, "processes must be a whole number, 1 or more, got 0"),
        ({"points": 7, "processes": 4}, "points must be two or more for each of the 4 processes, got 7"),
        ({"port": 29500}, "port 29500 needs --processes; with torchrun it is --master-port"),
        ({"measure": (1.5,)}, r"measure must be a whole number, 2 or more, got 1\.5"),
        ({"processes": 2, "measure": (3,)}, "measure must be two or more for each of the 2 processes, got 3"),
        ({"processes": 2, "port": 0}, "port must be a number from 1 to 65535, got 0"),
        ({"processes": 2, "port": 65536}, "port must be a number from 1 to 65535, got 65536"),
    ],
)
def test_a_wrong_option_is_quoted_and_nothing_starts(options, message):
    with pytest.raises(ValueError, match=message):
        Options(**options)
    with pytest.raises(ValueError):
        launch(**{"processes": None, **options})
    with pytest.raises(SystemExit, match=message):
        main([f"--{name}={_as_text(value)}".replace("_", "-") for name, value in options.items()])


def test_an_unknown_option_is_quoted():
    with pytest.raises(TypeError, match="'pointz'"):
        launch(2, pointz=3)
    with pytest.raises(SystemExit, match="unrecognized arguments: --pointz=3; --help lists the options"):
        main(["--pointz=3"])


def test_options_are_told_as_arguments():
    assert Options().arguments() == []
    options = Options(points=10**9, learning_rate=1e-12, stream=True, every=0, measure=(10, 20))
    assert options.arguments() == [
        "--points=1000000000",
        "--learning-rate=1e-12",
        "--stream",
        "--every=0",
        "--measure=10,20",
    ]


def test_every_option_has_its_line_of_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0 and "1.1 times + 3 s: all ended" in said
    assert all(f"--{name.replace('_', '-')}" in said for name in Options.__dataclass_fields__)


# --- one process without torchrun -----------------------------------------------------------------------------------


def test_the_command_alone(tmp_path, capsys):
    main(["--points=2e3", "--iterations=300", "--every=100", f"--json={tmp_path / 'result'}"])
    history = one_process(2000, 300)
    found = json.loads((tmp_path / "result").read_text())
    assert [found["loss"], *found["parameters"]] == approx([history[300].loss, *history[300].parameters], rel=1e-12)
    assert capsys.readouterr().out.splitlines() == [
        "1 process (none, cpu), points 2000",
        *[f"iteration {i:3}  loss {history[i].loss:.6g}" for i in (0, 100, 200, 300)],
        f"loss {history[300].loss:.6g}, {equation(history[300].parameters)}",
    ]


def test_a_stream_alone(tmp_path, capsys):
    main(["--stream", "--points=3000000", f"--json={tmp_path / 'result'}"])
    found = json.loads((tmp_path / "result").read_text())
    assert found["parameters"][1::2] == approx([0.856983, -0.0933877], rel=1e-5) and found["steps"] == 3
    said = capsys.readouterr().out.splitlines()
    assert said[1:-1] == [" 30 % of the points", " 60 % of the points", "100 % of the points"]


@pytest.mark.parametrize(("rate", "lines"), [("3.6e-6", 12), ("0.0001", 3)])
def test_a_rate_over_the_limit_ends_with_one_sentence(rate, lines, capsys):
    said = f"{float(rate):g}"
    why = rf"the loss has grown from 19074\.2 to \S+: learning_rate {said} is too large for degree 3 and 2000 points"
    with pytest.raises(SystemExit, match=why):
        main([f"--learning-rate={rate}", "--every=200"])
    assert len(capsys.readouterr().out.splitlines()) == lines  # overflow ends it early


# --- several processes ----------------------------------------------------------------------------------------------

RANK = """if True:
    import os, sys
    import numpy as np
    from polyfit_helpers import START, record
    from polyfit_helpers.big.distributed import add_moments, distributed_training, main, process_group, share
    from polyfit_helpers.big.streaming import moments, sine_chunks

    main(["--points=2001", "--iterations=100", f"--json={sys.argv[1]}/result"])
    main(["--points=200001", "--stream", f"--json={sys.argv[1]}/stream"])
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    with process_group():
        history = record(distributed_training(share(2001, rank, size).to(), START, 0.002 / 2001), 100)
        *_, mine = moments(sine_chunks(2001, 2001 * rank // size, 2001 * (rank + 1) // size, chunk=100))
        everything = add_moments(mine)
    np.savez(f"{sys.argv[1]}/{rank}.npz", losses=history.losses, parameters=history.parameters, **everything._asdict())
"""


@pytest.mark.parametrize(
    ("size", "shares"), [(2, "1000 + 1001"), pytest.param(4, "500 + 500 + 500 + 501", marks=pytest.mark.slow)]
)
def test_processes_with_uneven_shares_equal_one(size, shares, tmp_path):
    (tmp_path / "rank.py").write_text(RANK)
    ended = torchrun(f"--nproc-per-node={size}", str(tmp_path / "rank.py"), str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{size} processes (gloo, cpu), points {shares}\niteration   0  loss 190")

    history = one_process(2001, 100)
    result = json.loads((tmp_path / "result").read_text())
    assert result["loss"] == approx(history[100].loss, rel=1e-12)
    assert result["parameters"] == approx(history[100].parameters, rel=1e-11, abs=1e-14)

    ranks = [np.load(tmp_path / f"{rank}.npz") for rank in range(size)]
    assert ranks[0]["losses"] == approx(history.losses, rel=1e-12)
    assert all((other[name] == ranks[0][name]).all() for other in ranks for name in other)  # to the last bit

    *_, whole = moments(sine_chunks(2001))
    assert ranks[0]["XXt"] == approx(whole.XXt, rel=1e-13, abs=1e-9)
    assert ranks[0]["Xy"] == approx(whole.Xy, rel=1e-13, abs=1e-10)
    assert [ranks[0]["yy"], ranks[0]["points"]] == approx([whole.yy, 2001], rel=1e-13)

    stream, problem = json.loads((tmp_path / "stream").read_text()), LeastSquares(sine(200_001).x, sine(200_001).y)
    assert stream["parameters"] == approx(problem.optimum, rel=1e-11, abs=1e-12)
    assert stream["loss"] == approx(problem.floor, rel=1e-9)


@pytest.mark.slow
def test_two_nodes_are_started_by_the_command_of_notebook_09():
    """Both on this machine; each has its own torchrun, which knows nothing of the other but the meeting point."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        meeting = f"--rdzv-endpoint=localhost:{free.getsockname()[1]}"
    command = [*TORCHRUN[:-1], "--nnodes=2", "--nproc-per-node=1", "--rdzv-id=fit", "--rdzv-backend=c10d", meeting]
    command += ["-m", "polyfit_helpers.big.distributed", "--points=2001", "--iterations=100"]
    nodes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        said = "".join(node.communicate(timeout=2 * ENOUGH)[0] for node in nodes).splitlines()
    finally:
        for node in nodes:
            node.kill()
    assert said[0] == "2 processes (gloo, cpu), points 1000 + 1001"
    assert f"iteration 100  loss {one_process(2001, 100)[100].loss:.6g}" in said
    assert [node.returncode for node in nodes] == [0, 0]


@pytest.mark.slow  # cell `launch` of notebook 09 does it, too, and nbval compares its lines and its result
def test_launched_from_here_its_lines_arrive_while_it_runs():
    threads = []
    listener = Listener(lambda listener: threads.extend(p.environ()["OMP_NUM_THREADS"] for p in workers().values()))
    result = launch(2, listener, iterations=200, every=50, measure=(100, 200))
    history = one_process(2000, 200)
    assert sorted(listener.ranks) == [0, 1] and threads == ["1", "1"] and listener.left() == []
    assert listener.lines == [
        "2 processes (gloo, cpu), points 1000 + 1000",
        *[f"iteration {i:3}  loss {history[i].loss:.6g}" for i in range(0, 201, 50)],
        f"loss {history[200].loss:.6g}, {result.equation}",
    ]
    assert (result.processes, result.backend, result.points, result.steps) == (2, "gloo", 2000, 200)
    assert result.loss == approx(history[200].loss, rel=1e-12)
    assert result.parameters == approx(tuple(history[200].parameters), rel=1e-11, abs=1e-14)
    assert 0 < result.seconds_per_step == result.seconds / 200
    assert list(result.measured) == [100, 200] and min(result.measured.values()) > 0


# --- when it goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_rank_that_dies_is_named_and_ends_the_others():
    listener = Listener(lambda listener: listener.ranks[1].kill())
    with pytest.raises(RuntimeError) as error:
        launch(2, listener, **FOR_EVER)
    pid = listener.ranks[1].pid
    assert str(error.value) == (
        f"rank 1 (process {pid}) was killed by SIGKILL, so all 2 processes were ended: "
        "start again; if memory ran out, with fewer points or --stream"
    )
    assert listener.left() == []


SILENT = (
    "no answer from rank 1 (time limit 2 seconds), so all 2 processes were ended: "
    "look at what it does, or raise --timeout if it is slow"
)
IN_TIME = 1.1 * 2 + 3 + 25  # it ends the processes itself: torchrun alone would wait for 30 seconds more


@pytest.mark.slow
def test_a_rank_that_hangs_is_named_and_all_have_ended_in_time():
    """It is stopped, so that no SIGTERM ends it; nobody wakes it up."""
    stopped = []

    def stop(listener):
        listener.ranks[1].suspend()
        stopped.append(time.monotonic())

    listener = Listener(stop)
    with pytest.raises(RuntimeError) as error:
        launch(2, listener, timeout=2, **FOR_EVER)
    assert time.monotonic() - stopped[0] < IN_TIME
    assert str(error.value) == SILENT
    assert listener.left() == []


@pytest.mark.slow
def test_under_torchrun_too_a_rank_that_hangs_is_named_and_all_have_ended_in_time():
    command = [*TORCHRUN, "--nproc-per-node=2", "-m", "polyfit_helpers.big.distributed", "--timeout=2"]
    for_ever = [f"--{name}={value}" for name, value in FOR_EVER.items()]
    with subprocess.Popen([*command, *for_ever], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "iteration" not in process.stdout.readline():
            assert process.poll() is None
        ranks = workers()
        ranks[1].suspend()
        begin = time.monotonic()
        _, said = process.communicate(timeout=ENOUGH)
    assert time.monotonic() - begin < IN_TIME
    assert re.search(r"Root Cause.*rank +: 0 .*" + re.escape(SILENT), said, re.DOTALL)
    assert not any(rank.is_running() for rank in ranks.values())


def test_a_process_of_another_node_is_not_killed(monkeypatch):
    killed = []
    monkeypatch.setattr("os.kill", lambda *who: killed.append(who))
    for who, node in (("1 42", "0"), ("0 43", "0"), (" 44", "")):  # without torchrun nodes have no number
        distributed._kill(who, node)
    assert killed == [(43, signal.SIGKILL)]


@pytest.mark.slow
def test_an_interrupted_cell_leaves_no_process():
    def interrupt(listener):
        raise KeyboardInterrupt

    listener = Listener(interrupt)
    with pytest.raises(KeyboardInterrupt):
        launch(2, listener, **FOR_EVER)
    assert listener.left() == []


@pytest.mark.slow
def test_processes_end_when_torchrun_was_killed():
    listener = Listener(lambda listener: listener.torchrun.kill())
    with pytest.raises(RuntimeError, match="exit status -9"):
        launch(2, listener, **FOR_EVER)
    assert listener.left(within=5) == []


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError) as error:
            launch(2, port=port)
    why = f"port {port} cannot be used (another program has it): choose another --port, or leave it out"
    assert str(error.value) == why


@pytest.mark.slow
def test_under_torchrun_a_wrong_option_is_said_once():
    ended = torchrun("--nproc-per-node=2", "-m", "polyfit_helpers.big.distributed", "--points=many")
    assert ended.returncode != 0 and ended.stdout == ""
    assert ended.stderr.count("points must be a whole number, 2 or more, got 'many'") == 1
    assert re.search(r"Root Cause.*rank +: 0 .*points must be a whole number", ended.stderr, re.DOTALL)
    assert "[rank" not in ended.stderr  # no traceback from a process


def test_a_process_that_fails_by_itself_says_why(monkeypatch, tmp_path):
    """torchrun reads the reason from a file; the traceback stays."""
    monkeypatch.setattr(distributed, "_run", lambda options: [][0])
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "report"))
    with pytest.raises(IndexError):
        main([])
    report = json.loads((tmp_path / "report").read_text())
    assert report["message"] == "rank 3 failed with IndexError: list index out of range"
