"""What tells of a mistake beside the numbers: a learner's source, and what a running loop holds.

Whatever is said from here has been seen there: a line without brackets, an optimizer, a schedule.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from polyfit_helpers.history import History
from polyfit_helpers.widgets import graphs

from . import texts
from .sandbox import tree_of
from .trial import Finding, found

VAGUE = {"never_moves", "other_state", "rate_changes", "first_step_scaled", "not_descent", "changes_later"}
VAGUE |= {"velocity_there"}
USUAL = {"momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False, "maximize": False}  # of SGD


class Remembering(History):
    """A history that keeps what a loop yielded first, and which graphs and leaves it held then."""

    first: Any = None
    leaves: Sequence[Any] = ()
    codes: Sequence[Any] = ()  # of its generators
    early: Sequence[tuple[str, Any, Any]] = ()

    def remember(self, loop: Any) -> None:
        """Keep the pair that was yielded last, and all tensors with a graph among the variables, with their names."""
        self.first = self.latest
        held = graphs.named_variables(loop)
        self.leaves = graphs.leaves(held.values())
        self.codes = [one.gi_code for one in graphs.generators(loop)]
        tensors = [(name, one, one.grad_fn) for name, one in held.items() if graphs.is_tensor(one)]
        self.early = [(name, one, graph) for name, one, graph in tensors if graph is not None]

    def built_before(self, held: dict[str, Any]) -> list[str]:
        """Return which of a loop's variables are tensors with a graph that it held at its first yield already."""
        parameters = {id(one) for one in graphs.yielded(self.first)}
        kept = [(name, one) for name, one, graph in self.early if one.grad_fn is graph and held.get(name) is one]
        return [name for name, one in kept if id(one) not in parameters]


def brackets_forgotten(answer: Any, history: Remembering) -> list[Finding]:
    """Name the lines that only mention a method, `loss.backward` without `()`: they do nothing."""
    trees = [tree for one in (answer, *history.codes) if (tree := tree_of(one))]
    lines = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    mentioned = [f"`{ast.unparse(line)}`" for line in lines if isinstance(line, ast.Attribute)]
    return [found("no_brackets", where=texts.listed(dict.fromkeys(mentioned)))] if mentioned else []


def _names_below(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def arguments_hidden(answer: Any) -> list[Finding]:
    """Name the arguments of a function to which one of its `for` loops gives other values."""
    tree = tree_of(answer)
    nodes = [*ast.walk(tree)] if tree else []
    arguments = {one.arg for node in nodes if isinstance(node, ast.FunctionDef) for one in node.args.args}
    hidden = [
        f"`{name}`"
        for node in nodes
        if isinstance(node, ast.For)
        for name in _names_below(node.target)
        if name in arguments and name not in _names_below(node.iter)  # as in `for x, y in zip(x, y)`
    ]
    return [found("argument_hidden", where=texts.listed(dict.fromkeys(hidden)))] if hidden else []


def weighed(findings: Sequence[Finding], answer: Any, loop: Any, history: Remembering) -> Sequence[Finding]:
    """Return what to say of a loop that is not right: what its steps tell, or what explains it better."""
    if brackets := brackets_forgotten(answer, history):
        return brackets
    if findings[0].name == "added_up" and graphs.strangers(loop):
        return [found("resets_elsewhere")]
    if not VAGUE & {one.name for one in findings}:
        return findings
    held = graphs.named_variables(loop)
    if findings[0].name == "never_moves" and graphs.strangers(loop):
        return [found("optimizer_elsewhere")]
    later = [one for one in findings if one.name == "changes_later"]
    if schedules := [type(one).__name__ for one in held.values() if hasattr(type(one), "get_last_lr")]:
        return [*later, found("schedule", kind=schedules[0])]
    if findings[0].name == "other_state" and history.built_before(held):
        return [found("graph_before_loop")]
    return findings if findings[0].name == "never_moves" or later else unusual_optimizer(held) or findings


def unusual_optimizer(held: dict[str, Any]) -> list[Finding]:
    """Name an optimizer of torch that is not plain SGD, with its settings that are not as usual."""
    for one in graphs.optimizers(held.values()):
        settings = one.param_groups[0] if one.param_groups else {}
        unusual = [f"{name}={settings[name]}" for name, value in USUAL.items() if settings.get(name, value) != value]
        kind = type(one).__name__
        if kind != "SGD" or unusual:
            return [found("other_optimizer", kind=f"{kind}({', '.join(unusual)})" if unusual else kind)]
    return []
