"""What tests of exercises share: a learner, exercises that nobody has tried, and every mistake that can be made."""

import copy
import inspect
import itertools
import linecache
import os
import textwrap
from importlib import import_module

import numpy as np
import torch
from mistakes import of_learners

import polyfit_exercises as exercises
from polyfit_exercises import texts
from polyfit_exercises.exercise import Tries

NUMBERS = sorted({words.notebook for words in texts.EXERCISES.values()})
NOTEBOOKS = [import_module(f"mistakes.notebook_{number}") for number in NUMBERS]
ALL = {key: getattr(exercises, key) for key in texts.EXERCISES}
FILES = itertools.count()
CHECKS = int(os.environ.get("POLYFIT_CHECKS", "1"))  # of each answer; every one draws new random data


def table(name):
    """Return a dict of that name, of all notebooks together."""
    return {key: value for notebook in NOTEBOOKS for key, value in getattr(notebook, name, {}).items()}


EDITS, RENAMED, STUBS, NAMES, RIGHT_TOO = map(table, ("EDITS", "RENAMED", "STUBS", "NAMES", "RIGHT_TOO"))
GIVEN = table("GIVEN")  # what a notebook has defined before its exercises
AGAIN = table("AGAIN")  # mistakes that are in EDITS, and are made by another exercise of the same kind as well
ANSWERS = [answer for notebook in NOTEBOOKS for answer in notebook.ANSWERS]
WITH_CHOICES = [key for key, words in texts.EXERCISES.items() if words.choices]
MADE = [(key, name, edits) for key, some in EDITS.items() for name, edits in some.items()] + of_learners.MADE
SOLUTIONS = {
    key: inspect.getsource(inspect.unwrap(one.solved_by)).replace(*RENAMED.get(key, ("", "")))
    for key, one in ALL.items()
}


def fresh(key):
    """Return an exercise that nobody has tried yet."""
    one = copy.copy(ALL[key])
    one.tries = Tries()
    return one


def learner(source, name, future=True):
    """Define code as a notebook's cell does, and return what it calls by this name; `future` forgives annotations."""
    file = f"/tmp/ipykernel_1/{next(FILES)}.py"
    source = "from __future__ import annotations\n" * future + textwrap.dedent(source)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {"np": np, "torch": torch, **GIVEN, "__name__": "__main__"}
    exec(compile(source, file, "exec"), namespace)
    return namespace[name]


def edited(key, *edits):
    """Return a solution with something changed: pairs of old and new text."""
    source = SOLUTIONS[key]
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new)
    return learner(source, NAMES.get(key, key))


def stub(key):
    """Return what stands in the notebook before anybody has written there."""
    if key in STUBS:
        return learner(STUBS[key], NAMES.get(key, key))
    if key in EDITS:
        first = SOLUTIONS[key].index('"""\n') + 4
        below = SOLUTIONS[key][first:] if ALL[key].repair else ""
        return learner(SOLUTIONS[key][:first] + '    raise NotImplementedError("your turn")\n' + below, key)
    return ...


def solved(key):
    """Return a right answer."""
    if key in EDITS:
        return edited(key)
    one = ALL[key]
    return one.compute() if isinstance(one, exercises.Question) else one.solved_by()
