"""Programs that the grammar makes: a style, none to two mistakes, and when and where each is made; all from a seed."""

from __future__ import annotations

import itertools
import linecache
import random
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from .loops import POLYNOMIALS, STYLES
from .mistakes import ALL, Mistake

# When a mistake is made: not at all times. The number of the update is t.
TIMES = (
    "t >= 1",
    "t >= 3",
    "t >= 12",
    "t >= 60",
    "t >= 700",
    "t >= 1990",
    "t == 20",
    "t % 2 == 1",
    "t % 2 == 0",
    "t % 3 > 0",
    "loss < 100",
)
# The rules whose text is an expression, so that it can be another one from some time on.
FORWARD = {"y_pred", "error", "loss", "shown"}
EXPRESSIONS = FORWARD | {"descent_$", "velocity_$", "moved_$", "gradient_$", "gradient", "factor", "slope"}
# What two mistakes together amount to: if one of each set is true, then the last names are, too.
SCALED = {"steps_halved", "steps_doubled", "rate_scaled", "rate_changes", "mean_for_sum", "sum_for_mean", "mean_twice"}
TOGETHER = [((SCALED,), "first_step_scaled"), (({"loss_root"}, {"mean_for_sum"}), "mean_twice")]
TOGETHER += [(({"rate_ignored"}, {"points_fixed", "mean_for_sum", "sum_for_mean", "mean_twice"}), "rate_changes")]
TOGETHER += [(({"yields_every_other"}, {"start_gradient"}), "steps_doubled")]
# What is said of a velocity that is wrong from its second step on, the first being the gradient in any case.
OF_A_VELOCITY = {"no_momentum", "added_up", "velocity_reversed", "momentum_complement", "velocity_added"}
OF_A_VELOCITY |= {"momentum_fixed"}
SLIPS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 0)  # how many mistakes a program has
FILES = itertools.count()


class Made(NamedTuple):
    """A mistake as it was made: for which parameter, and when; "" for all of them, and always."""

    mistake: Mistake
    letter: str = ""
    when: str = ""

    def names(self) -> str:
        """Return the names of the findings that are true of it."""
        mistake = self.mistake
        says = mistake.says if not self.letter or mistake.partly is None else mistake.partly
        if self.when:
            along = "rate_changes" if "rate_changes" in says else ""
            at_once = self.when == "t >= 1" and OF_A_VELOCITY & {*says.split()}
            in_sight = says if at_once or FORWARD & {*mistake.changes} or "loss" in self.when else ""
            says = f"changes_later {mistake.later} {mistake.turns} {along} {in_sight}"
            says += " right_for_few_points" * ("loss" in self.when)  # always on some data, later on other
        return says.replace("$", self.letter)


class Program(NamedTuple):
    """A training loop as somebody may write it."""

    style: str
    made: Sequence[Made]
    source: str
    called: str

    @property
    def words(self) -> set[str]:
        """The words of its style."""
        return {*self.style.split()}

    def function(self) -> Any:
        """Run its cell, and return what that defines."""
        file = f"/tmp/ipykernel_1/random_{next(FILES)}.py"
        linecache.cache[file] = (len(self.source), None, self.source.splitlines(keepends=True), file)
        namespace: dict[str, Any] = {"np": np, "torch": torch, "__name__": "__main__"}
        exec(compile(self.source, file, "exec"), namespace)
        return namespace[self.called]


class _Writer:
    """Writes a program: each rule is drawn once, and changed by the mistakes."""

    def __init__(self, style: str, generator: random.Random) -> None:
        size = 3 if "momentum" in style.split() else 4
        self.letters, self.generator = "abcd"[:size], generator
        self.rules: dict[str, Any] = {"called": "my_training", "size": str(size), "letters": ", ".join(self.letters)}
        self.rules |= {"polynomial": POLYNOMIALS[size], "owned": ", ".join(f"self.{one}" for one in self.letters)}
        self.rules |= {"own_letters": ", ".join(f"model.{one}" for one in self.letters)}
        for k, letter in enumerate(self.letters):
            self.rules[f"k_{letter}"], self.rules[f"power_{letter}"] = str(k), f"x**{k}"
            self.rules[f"times_{letter}"] = ("", " * x", " * x**2", " * x**3")[k]
        momentum = ("", "", "") if size == 4 else (", momentum", ", momentum=0.9", ", momentum=momentum")
        self.rules |= dict(zip(("option", "with_default", "handed_on"), momentum, strict=True))
        for row in STYLES[style]:
            self.rules |= row
        for name, ways in self.rules.items():
            self.rules[name] = ways if isinstance(ways, str) else generator.choice(ways)

    def make(self, style: str, made: Made) -> None:
        """Change the rules as a mistake does."""
        words, letter = {*style.split()}, made.letter
        following = self.letters[(self.letters.index(letter) + 1) % len(self.letters)] if letter else ""
        for name, change in made.mistake.changes.items():
            if letter and not change.startswith("@"):
                change = change.replace("$", letter).replace("#", following)
            where = made.when
            if name.endswith("_$") and letter:
                if "each" in words:
                    name = name[:-1] + letter
                    self.rules.setdefault(name, self._rule(name))
                elif "loop" in words:
                    where = " and ".join(filter(None, [f"<it_$> is {letter}", where]))
                else:
                    which = ", ".join(str(one == letter) for one in self.letters)
                    change = f"<where>({self.rules['mask'].replace('<which>', which)}, {change}, <right>)"
            if "<when>" in change:
                change = change.replace("<when>", where or "True")
            elif where:
                change = f"({change} if {where} else <right>)"
            self.rules[name] = change.replace("<right>", self.rules[name])
        counts = re.search(r"\bt\b", "".join(made.mistake.changes.values()) + made.when)
        if counts and self.rules["while"].startswith("while"):
            self.rules["while"] = self.rules["counted"]

    def _rule(self, name: str) -> str:
        if name in self.rules:
            return self.rules[name]
        return self.rules[name[:-1] + "$"].replace("$", name[-1])

    def text(self, rule: str) -> str:
        """Return the text of a rule, with all that it is made of."""
        lines = []
        for line in rule.strip("\n").split("\n"):
            bare = line.lstrip(" ")
            several = (
                [bare[1:].replace("$", letter) for letter in self.letters]
                if bare[:1] == "@" and "$" in bare
                else [bare]
            )
            for one in several:
                text = self.text(self._rule(alone[1])) if (alone := re.fullmatch(r"<(\w+\$?)>", one)) else self._in(one)
                lines.append(textwrap.indent(text, " " * (len(line) - len(bare))))
        return "\n".join(line for line in lines if line.strip())

    def _in(self, line: str) -> str:
        while found := re.search(r"<(\w+\$?)>", line):
            inner = self.text(self._rule(found[1]))
            line = line[: found.start()] + inner + line[found.end() :]
        return line


def fits(mistake: Mistake, style: str) -> bool:
    """Whether a mistake can be made in a style."""
    words = {*style.split()}
    return all((need[1:] not in words) if need[0] == "-" else (need in words) for need in mistake.needs.split())


def _made(mistake: Mistake, style: str, generator: random.Random) -> Made:
    letters = "abc" if "momentum" in style.split() else "abcd"
    of_one = "$" in mistake.says or any(
        re.search(r"(?<!_)\$|own_\$|#", change) for change in mistake.changes.values() if change[:1] != "@"
    )
    placeable = mistake.partly is not None and {"each", "loop", "vector"} & {*style.split()}
    letter = generator.choice(letters) if of_one or (placeable and generator.random() < 0.25) else ""
    changed = {*mistake.changes}
    own_time = any("<when>" in change for change in mistake.changes.values())
    timed = own_time or (mistake.whenever and changed <= (EXPRESSIONS if "optimizer" not in style.split() else FORWARD))
    times = TIMES if own_time or not changed & FORWARD else [one for one in TIMES if "loss" not in one]
    when = generator.choice(times) if timed and generator.random() < 0.35 else ""
    return Made(mistake, letter, when)


def program(seed: int, number: int) -> Program:
    """Return the program of that number, always the same for the same seed."""
    generator = random.Random(f"{seed} {number}")
    style = generator.choice([one for one in STYLES if "func" not in one or generator.random() < 0.2])
    made: list[Made] = []
    for _ in range(generator.choice(SLIPS)):
        taken = {name for one in made for name in one.mistake.changes}
        able = [one for one in ALL if fits(one, style) and not taken & {*one.changes}]
        mistake = generator.choice(able)
        if not mistake.dear or generator.random() < 0.2:
            made.append(_made(mistake, style, generator))
    return written(style, made, generator.random())


def written(style: str, made: Sequence[Made], seed: float) -> Program:
    """Return a program of a style with these mistakes; the seed chooses the ways of its rules."""
    writer = _Writer(style, random.Random(seed))
    for one in made:
        writer.make(style, one)
    return Program(style, made, writer.text(writer.rules["program"]) + "\n", writer.rules["called"])


def expected_names(program: Program) -> Mapping[str, list[dict[str, str]]]:
    """Return the names that are true of a program, each with the words that its sentence must have."""
    names: dict[str, list[dict[str, str]]] = {}
    for made in program.made:
        for name in made.names().split() + ["right_for_few_points"] * made.mistake.data:
            name, _, words = name.partition(":")
            detail = dict([words.split("=", 1)]) if words else {}
            detail = {key: value.replace("_", " ") for key, value in detail.items()}
            names.setdefault(name, []).append(detail if len(program.made) == 1 or "where" in detail else {})
    for sets, also in TOGETHER if len(program.made) > 1 else ():
        if all(some & {*names} for some in sets):
            names.setdefault(also, [])
    return names
