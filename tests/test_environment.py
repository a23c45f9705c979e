"""pyproject.toml, environment.yml, constraints.txt and what is installed say the same."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
DIRECT = RUNTIME + [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
ENVIRONMENT = (ROOT / "environment.yml").read_text()

# conda-forge's names, where they differ: PyTorch without CUDA, Matplotlib without Qt.
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def names(requirements: list[Requirement]) -> list[str]:
    return [requirement.name for requirement in requirements]


def needed() -> set[str]:
    """What polyfit_helpers[test] brings in on this machine, by the installed packages' own words."""
    seen: set[tuple[str, str]] = set()
    waiting = [("polyfit-helpers", "test")]
    while waiting:
        name, extra = item = waiting.pop()
        if item in seen:
            continue
        seen.add(item)
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                found = canonicalize_name(requirement.name)
                waiting.extend((found, wanted) for wanted in {"", *requirement.extras})
    return {name for name, _ in seen} - {"polyfit-helpers"}


def test_conda_has_the_same_dependencies_and_bounds() -> None:
    conda = [item for item in yaml.safe_load(ENVIRONMENT)["dependencies"] if isinstance(item, str)]
    expected = [f"{CONDA_NAMES.get(item.name, item.name)}{item.specifier}" for item in RUNTIME]
    assert conda == ["python=3.12", *expected, "pip"]
    assert "3.12" in Requirement(f"python{PROJECT['requires-python']}").specifier


def test_conda_file_is_written_as_binder_reads_it() -> None:
    assert yaml.safe_load(ENVIRONMENT)["channels"] == ["conda-forge", "nodefaults"]
    assert re.search(r"^  - python=3\.\d+$", ENVIRONMENT, re.MULTILINE)
    assert re.search(r"^      - -e \.$", ENVIRONMENT, re.MULTILINE)


def test_constraints_pin_one_version_a_line() -> None:
    pin = re.compile(r"#.*|[\w.-]+==[\d.]+(?:(?:a|b|rc|\.post)\d+)?")
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    wrong = [line for line in lines if not pin.fullmatch(line)]
    assert not wrong, "no local suffix such as +cpu, no markers, no URLs"


@pytest.mark.parametrize("requirement", DIRECT, ids=names(DIRECT))
def test_direct_dependency_is_pinned_within_its_bounds(requirement: Requirement) -> None:
    assert pins()[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.skipif(sys.platform != "linux", reason="constraints.txt was frozen on Linux")
def test_constraints_are_complete() -> None:
    # setuptools is the build's, not ours; the CUDA build of PyTorch pins its own companions.
    elsewhere = re.compile(r"setuptools|triton|(nvidia|cuda)-.*")
    missing = {name for name in needed() - pins().keys() if not elsewhere.fullmatch(name)}
    assert not missing


@pytest.mark.skipif(os.environ.get("POLYFIT_UNPINNED") == "1", reason="POLYFIT_UNPINNED=1: other versions on purpose")
def test_installed_versions_are_the_pinned_ones() -> None:
    pinned = pins()
    installed = {name: Version(metadata.version(name)).public for name in needed() & pinned.keys()}
    assert installed == {name: str(pinned[name]) for name in installed}
