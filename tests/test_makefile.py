"""The Makefile and .ci/install.sh, tried in a copy: help, error sentences, nothing installed twice.

Nothing here installs anything. `python` is a script that answers as told, or this interpreter.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what make reads, in a folder with a space in its name, as folders have."""
    folder = tmp_path / "my copy"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt", ".ci/install.sh"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def make(folder: Path, *arguments: str, path: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    # Of the variables that steer make and the Makefile, only what the test sets.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    for name in ("PYTHON", "NEEDED_GB", "PORT", "LAB_ARGS", "REPEAT"):
        environment.pop(name, None)
    environment |= variables
    if path is not None:
        environment["PATH"] = path
    return subprocess.run(
        [str(MAKE), *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )


def assert_fails_with_one_sentence(result: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, result.stderr  # no traceback
    assert re.search(sentence, said[0]), said[0]
    assert said[0].endswith(".")


def script(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def installed(folder: Path, *stamps: str) -> Path:
    """Give the copy an environment as a finished installation leaves it; its pip fails the test if called."""
    python = script(
        folder / ".venv/bin/python",
        'case "$*" in *"-m pip install"*) echo "pip was called"; exit 1 ;; esac',
        f'exec "{sys.executable}" "$@"',
    )
    (folder / ".venv/.folder").write_text(f"{os.path.realpath(folder)}\n")
    for stamp in stamps:
        (folder / ".venv" / stamp).touch()
    return python


def documented_targets() -> dict[str, str]:
    return dict(re.findall(r"^([a-z-]+):.*?## (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_alone_prints_help(copy: Path) -> None:
    result = make(copy)
    assert result.returncode == 0, result.stderr
    shown = dict(re.findall(r"^make ([\w-]+) +(.+)$", result.stdout, re.MULTILINE))
    assert shown == documented_targets()
    assert not (copy / ".venv").exists()


def test_every_phony_target_is_documented() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == documented_targets().keys()


@pytest.mark.parametrize("target", ["lab", "test"])
def test_old_python_named(copy: Path, target: str) -> None:
    old = script(copy / "old python", "echo 3.9.18")
    result = make(copy, target, f"PYTHON={old}")
    assert_fails_with_one_sentence(result, rf"Python 3\.11 or newer .*{old} is Python 3\.9\.18\)")


def test_python_named_that_is_not_there(copy: Path) -> None:
    assert_fails_with_one_sentence(make(copy, "lab", "PYTHON=python9.9"), r"python9\.9 is not there")


def test_no_python_new_enough_is_found(copy: Path) -> None:
    tools = copy / "tools"
    tools.mkdir()
    for tool in ("uname", "rm"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    result = make(copy, "lab", path=str(tools))
    assert_fails_with_one_sentence(result, r"\(found: none\)")

    script(tools / "python3", "echo 3.10.2")
    script(tools / "python3.12", "echo 'pyenv: python3.12: command not found' >&2", "exit 127")
    script(tools / "python", "echo 2.7.18")
    result = make(copy, "lab", path=str(tools))
    assert_fails_with_one_sentence(
        result, r"\(found: python3 is Python 3\.10\.2, python3\.12 does not run, python is Python 2\.7\.18\)"
    )

    # The first that will do is taken: from here on the sentence is about the next thing that is missing.
    script(tools / "python3.11", 'case "$*" in *ensurepip*) exit 1 ;; esac', "echo 3.11.4")
    result = make(copy, "lab", path=str(tools))
    assert_fails_with_one_sentence(result, r"python3\.11 \(3\.11\.4\) has no venv module.*python3-venv")
    assert not (copy / ".venv").exists()


def test_no_room_on_the_disk(copy: Path) -> None:
    result = make(copy, "lab", f"PYTHON={sys.executable}", "NEEDED_GB=1000000")
    assert_fails_with_one_sentence(result, r"need about 1000000 GB and the disk has \d+\.\d GB free")
    assert not (copy / ".venv").exists()


@pytest.mark.parametrize("port", ["taken", "abc", "99999"])
def test_port_that_cannot_be_used(copy: Path, port: str) -> None:
    installed(copy, ".lab-installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = str(listener.getsockname()[1]) if port == "taken" else port
        result = make(copy, "lab", f"PORT={number}")
    assert_fails_with_one_sentence(result, f"^Port {number} can't be used")


@pytest.mark.parametrize("stamp", [".lab-installed", ".test-installed"])
def test_a_second_call_installs_nothing(copy: Path, stamp: str) -> None:
    installed(copy, stamp)
    assert make(copy, "-q", f".venv/{stamp}").returncode == 0
    for reason in ("pyproject.toml", "constraints.txt"):
        os.utime(copy / reason, (4e9, 4e9))
        assert make(copy, "-q", f".venv/{stamp}").returncode == 1, f"{reason} is newer"
        os.utime(copy / reason, (1e9, 1e9))
    assert make(copy, "-q", f".venv/{stamp}").returncode == 0


def test_a_moved_folder_is_installed_again(copy: Path) -> None:
    installed(copy, ".lab-installed")
    moved = copy.rename(copy.with_name("elsewhere"))
    assert make(moved, "-q", ".venv/.lab-installed").returncode == 1


@pytest.mark.parametrize("harm", ["cut short", "python gone", "python too old", "no pip"])
def test_a_broken_environment_is_made_anew(copy: Path, harm: str) -> None:
    python = installed(copy, *([] if harm == "cut short" else [".lab-installed"]))
    if harm == "cut short":
        (copy / ".venv/.installing").touch()
    elif harm == "python gone":
        python.unlink()
        python.symlink_to(copy / "removed")
    elif harm == "python too old":
        script(python, "echo 3.10.1")
    else:
        script(python, 'case "$*" in *pip*) exit 1 ;; esac', "echo 3.12.1")
    if harm in ("python too old", "no pip"):  # they are noticed when something is to be installed
        os.utime(copy / "pyproject.toml", (4e9, 4e9))
    # Stop before anything is made: what counts here is that the old one was not used.
    result = make(copy, "lab", f"PYTHON={sys.executable}", "NEEDED_GB=1000000")
    assert_fails_with_one_sentence(result, "1000000 GB")
    assert not (copy / ".venv").exists()


def test_a_failed_installation_leaves_a_sound_environment_alone(copy: Path) -> None:
    installed(copy, ".lab-installed")
    result = make(copy, "test")  # its pip fails, as without a network
    assert result.returncode != 0
    assert "pip was called" in result.stdout
    assert "pip could not install" in result.stderr
    assert make(copy, "-q", ".venv/.lab-installed").returncode == 0
    assert not (copy / ".venv/.test-installed").exists()
    assert not (copy / ".venv/.installing").exists()


def test_slow_tests_are_all_run_whichever_fail(copy: Path) -> None:
    python = installed(copy, ".test-installed")
    script(
        python,
        'case "$*" in *pytest*) echo "$*"; test "${*#*$FAIL}" = "$*" ;; *) exec ' + sys.executable + ' "$@" ;; esac',
    )
    for fails, status in (("nothing", 0), ("-m slow", 2), ("test_exercises.py tests/test_steps.py", 2), ("--nbval", 2)):
        result = make(copy, "test-slow", FAIL=fails)
        runs = [line for line in result.stdout.splitlines() if "pytest" in line]
        assert result.returncode == status and len(runs) == (3 if fails == "--nbval" else 4), result.stdout
        assert "-m slow tests" in runs[0] and "test_exercises.py" in runs[1] and "--nbval notebooks" in runs[2]


def test_what_make_test_leaves_out_the_slow_tests_run(copy: Path) -> None:
    python = installed(copy, ".test-installed")
    script(python, 'case "$*" in *pytest*) echo "$*" ;; *) exec ' + sys.executable + ' "$@" ;; esac')
    (line,) = make(copy, "test").stdout.splitlines()
    assert line.endswith("-m not slow tests --nbval notebooks") and "--dist=loadscope" in line


@pytest.mark.parametrize("fails", ["", "test", "test-slow"])
def test_ci_runs_both_and_fails_if_one_does(copy: Path, fails: str) -> None:
    shutil.copy(ROOT / ".ci/run", copy / ".ci/run")
    tools = copy / "tools"
    script(tools / "make", 'echo "$1 with browser $POLYFIT_BROWSER"', f'test "$1" != "{fails}"')
    script(tools / "chromium", "exit 0")
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    run = subprocess.run(["bash", copy / ".ci/run"], env=environment, capture_output=True, text=True, timeout=60)
    assert run.stdout.splitlines() == ["test with browser required", "test-slow with browser required"], run.stderr
    assert (run.returncode == 0) == (fails == "")


def test_clean_leaves_sources(copy: Path) -> None:
    kept = [copy / "notebooks/00_start_here.ipynb", copy / "polyfit_helpers/data.py"]
    removed = [copy / "notebooks/.ipynb_checkpoints/a.ipynb", copy / "polyfit_helpers/__pycache__/data.pyc"]
    removed += [copy / name / "x" for name in (".venv", "build", "polyfit_helpers.egg-info", ".pytest_cache")]
    for path in kept + removed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert make(copy, "clean").returncode == 0
    assert all(path.exists() for path in kept)
    assert not any(path.parent.exists() for path in removed)
