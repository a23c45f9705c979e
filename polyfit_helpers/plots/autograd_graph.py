"""The picture of a graph that autograd recorded: torch's (notebook 03), or one's own (notebook 08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .picture import Picture, new_figure, styled
from .stills import DATA, FIT

Edges = list[tuple[Any, Any]]


@styled
def graph(output: Any, names: Mapping[str, Any] | None = None, order: Sequence[Any] = ()) -> Picture:
    """Draw the graph that autograd recorded, from the real objects (notebooks 03 and 08).

    Parameters
    ----------
    output : tensor with a grad_fn, or an array with parents
        Where `backward()` would start, drawn at the top. An array has a `value` and `parents`, pairs of another such
        array and something else.
    names : mapping from a name to a leaf tensor, or to any such array
        What to write on them.
    order : sequence of such arrays
        The order in which they are visited: numbers them in the picture.

    Raises
    ------
    ValueError
        If output has neither a `grad_fn` nor `parents`, so that nothing was recorded.
    """
    root = output if getattr(output, "parents", ()) else getattr(output, "grad_fn", None)
    if root is None:
        raise ValueError(
            f"nothing was recorded: got {output!r:.60} without a grad_fn; make a leaf with requires_grad=True"
        )
    nodes, edges = _recorded(root)
    depth = _depths(nodes, edges)
    place = _positions(depth, edges)
    called = {id(one): name for name, one in (names or {}).items()}
    labels = {node: _label(node, called) for node in nodes}
    visits = {array: f"{number}. " for number, array in enumerate(order, 1)}

    figure, (axes,) = new_figure(1, height=0.6 * (max(depth.values()) + 1) + 0.5)
    axes.set_axis_off()
    boxes = {}
    for node in nodes:
        text = visits.get(node, "") + labels[node]
        explained = len(nodes) < 6 and hasattr(node, "variable")
        boxes[node] = _draw_node(axes, place[node], text, is_leaf=not _made_of(node), explained=explained)
    for parent, child in edges:
        others = (place[node] for node in nodes if node not in (parent, child))
        bent = any(_lies_between(other, place[parent], place[child]) for other in others)
        arrow = {"arrowstyle": "-|>", "color": "#6b6b6b", "patchA": boxes[parent], "patchB": boxes[child]}
        arrow |= {"shrinkA": 0, "shrinkB": 1, "connectionstyle": f"arc3,rad={0.8 * bent}"}
        axes.annotate("", place[child], place[parent], arrowprops=arrow)
    width = max(abs(x) for x, _ in place.values()) + 0.8
    axes.set(xlim=(-width, width), ylim=(-max(depth.values()) - 0.5, 0.5))
    arrows = ", ".join(f"{labels[parent]} to {labels[child]}" for parent, child in edges)
    walk = f" The walk: {', '.join(labels[array] for array in order)}." if order else ""
    return Picture(figure, f"The recorded graph, from the result back to the leaves: {arrows}.{walk}")


def _made_of(node: Any) -> list[Any]:
    """Return what a recorded operation was applied to, or what an array was made of; nothing for a leaf."""
    if hasattr(node, "next_functions"):
        return [child for child, _ in node.next_functions if child is not None]
    return [parent for parent, _ in node.parents]


def _recorded(root: Any) -> tuple[list[Any], Edges]:
    """Return all nodes below a root, each before all that it points to, and the edges (parent, child)."""
    edges: Edges = []
    backwards: list[Any] = []
    seen = {root}

    def walk(node: Any) -> None:
        for child in dict.fromkeys(_made_of(node)):
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


def _label(node: Any, called: Mapping[int, str]) -> str:
    """Return what is written on a node: the name of a leaf, or the operation of which it is the backward pass.

    An array has its name, and its value if that is a single number.
    """
    if hasattr(node, "parents"):
        value = f"{node.value.item():g}" if node.value.size == 1 else "array"
        return " = ".join(filter(None, [called.get(id(node), ""), value]))
    leaf = getattr(node, "variable", None)
    if leaf is None:
        return str(node.name()).removesuffix("0").removesuffix("Backward")
    return called.get(id(leaf), "leaf")


def _lies_between(place: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Whether a node at this place would hide a straight arrow from start down to end."""
    if not end[1] < place[1] < start[1]:
        return False
    along = (start[1] - place[1]) / (start[1] - end[1])
    return abs(start[0] + along * (end[0] - start[0]) - place[0]) < 0.4


def _draw_node(axes: Axes, place: tuple[float, float], label: str, *, is_leaf: bool, explained: bool) -> Any:
    """Draw a node and return its box."""
    box = {
        "boxstyle": "round,pad=0.45",
        "facecolor": "#fff3e6" if is_leaf else "#e8f2fa",
        "edgecolor": FIT.color if is_leaf else DATA.color,
        "linestyle": "dashed" if is_leaf else "solid",
    }
    text = f"{label}: leaf, gets .grad" if is_leaf and explained else label
    return axes.annotate(text, place, ha="center", va="center", fontsize=9.5, bbox=box).get_bbox_patch()
