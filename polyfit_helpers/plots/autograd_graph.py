"""The picture of a graph that autograd recorded (notebook 03)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .picture import Picture, new_figure, styled
from .stills import DATA, FIT

Edges = list[tuple[Any, Any]]


@styled
def graph(output: Any, names: Mapping[str, Any] | None = None) -> Picture:
    """Draw the graph that autograd recorded, from the real `grad_fn` objects (notebook 03).

    Parameters
    ----------
    output : tensor with a grad_fn
        Where `backward()` would start, drawn at the top.
    names : mapping from a name to a leaf tensor
        What to write on the leaves.

    Raises
    ------
    ValueError
        If output has no `grad_fn`, so that nothing was recorded.
    """
    root = getattr(output, "grad_fn", None)
    if root is None:
        raise ValueError(
            f"nothing was recorded: got {output!r:.60} without a grad_fn; make a leaf with requires_grad=True"
        )
    nodes, edges = _recorded(root)
    depth = _depths(nodes, edges)
    place = _positions(depth, edges)
    leaves = {id(tensor): name for name, tensor in (names or {}).items()}
    labels = {node: _label(node, leaves) for node in nodes}

    figure, (axes,) = new_figure(1, height=0.6 * (max(depth.values()) + 1) + 0.5)
    axes.set_axis_off()
    for parent, child in edges:
        arrow = {"arrowstyle": "-|>", "color": "#6b6b6b", "shrinkA": 11, "shrinkB": 11}
        axes.annotate("", place[child], place[parent], arrowprops=arrow)
    for node in nodes:
        _draw_node(axes, place[node], labels[node], is_leaf=hasattr(node, "variable"), explained=len(nodes) < 6)
    width = max(abs(x) for x, _ in place.values()) + 0.8
    axes.set(xlim=(-width, width), ylim=(-max(depth.values()) - 0.5, 0.5))
    arrows = ", ".join(f"{labels[parent]} to {labels[child]}" for parent, child in edges)
    return Picture(figure, f"The recorded graph, from the result back to the leaves: {arrows}.")


def _recorded(root: Any) -> tuple[list[Any], Edges]:
    """Return all nodes below a root, each before all that it points to, and the edges (parent, child)."""
    edges: Edges = []
    backwards: list[Any] = []
    seen = {root}

    def walk(node: Any) -> None:
        for child in dict.fromkeys(child for child, _ in node.next_functions if child is not None):
            edges.append((node, child))
            if child not in seen:
                seen.add(child)
                walk(child)
        backwards.append(node)

    walk(root)
    return backwards[::-1], edges


def _depths(nodes: Iterable[Any], edges: Edges) -> dict[Any, int]:
    """Return the length of the longest way from the root to each node."""
    depth = dict.fromkeys(nodes, 0)
    for node in depth:
        for parent, child in edges:
            if parent is node:
                depth[child] = max(depth[child], depth[node] + 1)
    return depth


def _positions(depth: Mapping[Any, int], edges: Edges) -> dict[Any, tuple[float, float]]:
    """Place each node on the row of its depth, ordered below its parents."""
    place: dict[Any, tuple[float, float]] = {}
    parents: dict[Any, list[Any]] = {}
    for parent, child in edges:
        parents.setdefault(child, []).append(parent)

    def below_its_parents(node: Any) -> float:
        return float(np.mean([place[parent][0] for parent in parents.get(node, []) if parent in place] or [0.0]))

    for level in range(max(depth.values()) + 1):
        row = sorted((node for node in depth if depth[node] == level), key=below_its_parents)
        for i, node in enumerate(row):
            place[node] = (2.0 * (i - (len(row) - 1) / 2), -float(level))
    return place


def _label(node: Any, leaves: Mapping[int, str]) -> str:
    """Return what is written on a node: the name of a leaf, or the operation of which it is the backward pass."""
    leaf = getattr(node, "variable", None)
    if leaf is None:
        return str(node.name()).removesuffix("0").removesuffix("Backward")
    return leaves.get(id(leaf), "leaf")


def _draw_node(axes: Axes, place: tuple[float, float], label: str, *, is_leaf: bool, explained: bool) -> None:
    box = {
        "boxstyle": "round,pad=0.45",
        "facecolor": "#fff3e6" if is_leaf else "#e8f2fa",
        "edgecolor": FIT.color if is_leaf else DATA.color,
        "linestyle": "dashed" if is_leaf else "solid",
    }
    text = f"{label}: leaf, gets .grad" if is_leaf and explained else label
    axes.annotate(text, place, ha="center", va="center", fontsize=9.5, bbox=box)
