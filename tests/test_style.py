"""What `make lint` finds, a test finds: style, documentation of all that is public, format, types."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("polyfit_helpers", "polyfit_exercises")


def ruff(*arguments, text=None):
    command = [sys.executable, "-m", "ruff", *arguments]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [["check", "--no-cache", "--quiet"], ["format", "--check", "--no-cache"]])
def test_ruff_finds_nothing_in_packages_tests_benchmarks_and_notebooks(command):
    run = ruff(*command, *PACKAGES, "tests", "benchmarks", "notebooks")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("place", [*PACKAGES, *(f"{package}/{room}" for package in PACKAGES for room in ("a", "a/b"))])
def test_ruff_looks_for_docstrings_and_star_imports_everywhere_in_both_packages(place):
    """So that the test above cannot pass because a rule is off."""
    text = "from math import *\n\n\nclass Public:\n    def method(self): ...\n\n\ndef function(): ...\n"
    found = ruff("check", "--output-format=concise", f"--stdin-filename={place}/some_module.py", "-", text=text).stdout
    assert all(f" {rule} " in found for rule in ("D100", "D101", "D102", "D103", "F403")), found


@pytest.mark.slow
def test_mypy_finds_nothing():
    run = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
