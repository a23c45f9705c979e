"""A cell can be run again, whenever, and a section from its heading: what is stored below it comes out once more.

People use notebooks so: they run all, scroll up, and run one cell again; or they restart, run the imports, and go on at
a heading. Both go wrong where a name stands for two things, or where a cell changes what another cell has made.

**The definitions that a section names.** A section goes from a heading, of any level, to the next. The names that its
cells take from elsewhere are defined where they were bound last above it. What these cells name is defined above them,
and so on. A function may be written twice: as a stub, and as `f = exercises.f.yours_or_ours(f)`, which stands for
whichever is right; a class may get more attributes in a later cell. Such a cell needs the earlier one, so both run.

`test_a_name_has_one_home` holds this without running anything, so that it costs nothing; the slow tests run it.
"""

import itertools
from pathlib import Path

import pytest
import torch
from cell_support import Cell, read, run

from polyfit_exercises import exercise
from polyfit_exercises.store import Store

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
EVERY_NOTEBOOK = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
PUT_BACK = {"modes-code": {"with_dropout"}}  # cells that leave what they change as they found it


@pytest.fixture(autouse=True)
def _as_in_a_kernel(monkeypatch):
    """Run in the notebooks' folder, with nobody's progress; threads and seeds are put back."""
    monkeypatch.chdir(NOTEBOOKS[0].parent)
    monkeypatch.setattr(exercise, "store", lambda: Store(None))
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        yield
    torch.set_num_threads(threads)


def costs(path):
    """Mark as slow what takes seconds; in 08 functions are written twice, and there it takes few."""
    return [] if path.stem.startswith("08") else [pytest.mark.slow]


def home(name, cells):
    """Return the last of some cells that binds a name, or completes a class of that name; None if there is none."""
    return next((cell for cell in reversed(cells) if name in cell.binds or name in cell.completes), None)


def refines(cell, name):
    """Whether a cell makes of what a name stands for what the name stands for from now on."""
    ours = [f"{name} = exercises.{name}.yours_or_ours({name})"]
    return name in cell.completes or (name in cell.needs and cell.binds.get(name) == ours)


def definitions(section, cells):
    """Return the cells above a section that define what it names, in their order."""
    needed = set()

    def follow(name, above):
        there = home(name, above)
        if there is not None and there.id not in needed:
            needed.add(there.id)
            for other in there.needs:
                follow(other, cells[: cells.index(there)])

    for i, cell in enumerate(section):
        for name in cell.needs:
            if home(name, section[:i]) is None:
                follow(name, cells[: cells.index(section[0])])
    return [cell for cell in cells if cell.id in needed]


def sections(cells):
    """Yield the cells of each section that has any, but that of the imports."""
    for _, section in itertools.groupby(cells[1:], key=lambda cell: cell.heading):
        yield list(section)


def names_with_two_homes(cells):
    """Yield what is wrong with the names that cells take from other cells.

    No later cell may bind such a name to something else: after it has run, this cell would take that. If the name comes
    from another section, no earlier cell may, either.
    """
    for i, cell in enumerate(cells):
        for name in cell.needs:
            there = home(name, cells[:i])
            if there is None:
                yield f"{cell.id} takes {name}, which no cell above it binds"
                continue
            for other in cells:
                same = other is cell or other.binds.get(name) in (None, there.binds.get(name))
                before = cells.index(other) < i
                if same or refines(other, name) or (before and (there.heading == cell.heading or refines(there, name))):
                    continue
                yield f"{cell.id} takes {name} of {there.id}, but {other.id} binds it, too"


def runs_that_differ(order, namespace):
    """Run cells, one after the other; yield the id of each whose output is not what is stored, and the output."""
    for cell in order:
        try:
            output = run(cell, namespace)
        except Exception as error:
            yield cell.id, repr(error)
        else:
            if cell.stored not in (None, output):
                yield cell.id, output


def sections_that_differ(cells):
    """Run each section in a fresh namespace, after the imports and its definitions; yield as `runs_that_differ`."""
    for section in sections(cells):
        namespace = {"__name__": "__main__"}
        for cell in [cells[0], *definitions(section, cells)]:
            run(cell, namespace)
        yield from runs_that_differ(section, namespace)


@EVERY_NOTEBOOK
def test_a_name_has_one_home(path):
    assert list(names_with_two_homes(read(path))) == []


@EVERY_NOTEBOOK
def test_no_cell_changes_what_another_has_made(path):
    changes = {cell.id: cell.changes - PUT_BACK.get(cell.id, set()) for cell in read(path)}
    assert {cell: names for cell, names in changes.items() if names} == {}


@pytest.mark.slow
@EVERY_NOTEBOOK
def test_each_cell_can_be_run_again_whenever(path):
    """Each twice in a row, then from the last to the first, then the whole notebook once more."""
    cells = read(path)
    namespace = {"__name__": "__main__"}
    for order in ([cell for cell in cells for _ in range(2)], cells[::-1], cells):
        assert list(runs_that_differ(order, namespace)) == []


@pytest.mark.parametrize("path", [pytest.param(path, marks=costs(path), id=path.stem) for path in NOTEBOOKS])
def test_each_section_runs_from_its_heading(path):
    assert list(sections_that_differ(read(path))) == []


def notebook(*sources, stored=None):
    """Return cells of which each is a section; the last one's output is stored."""
    last = len(sources) - 1
    return tuple(Cell(f"cell-{i}", f"{i}", text, stored if i == last else None) for i, text in enumerate(sources))


YOURS_OR_OURS = ["import exercises", "def f(): ...", "f = exercises.f.yours_or_ours(f)", "f()"]


# The first two are what learners met in 01: the gradients were compared for another prediction, and a result was that
# of another section.
@pytest.mark.parametrize(
    ("sources", "faults"),
    [
        (["", "y = 1", "print(y)", "for t in range(3):\n    y = t"], ["cell-2 takes y of cell-1, but cell-3"]),
        (["", "b = 1\nb -= 2", "print(b)", "a, b = 1, 1"], ["cell-2 takes b of cell-1, but cell-3"]),
        (["", "y = 2", "y = 1", "print([y for _ in 'ab'])"], ["cell-3 takes y of cell-2, but cell-1"]),
        (["", "y = 1", "def f():\n    return y", "f()", "y = 2"], ["cell-2 takes y of cell-1, but cell-4"]),
        (["", "y = 1", "y = y + 1", "print(y)"], ["cell-3 takes y of cell-2, but cell-1"]),
        (["", "def f():\n    return g()", "def g(): ..."], ["cell-1 takes g, which no cell above it binds"]),
        (["", "y = 1", "print(y)", "y = 1", "y = 2\nprint(y)"], ["cell-2 takes y of cell-1, but cell-4"]),
        (["", "y = 1", "print(y)", "y = 1", "def f(y):\n    return y", "print([y for y in 'ab'])"], []),
        (YOURS_OR_OURS, []),
        ([*YOURS_OR_OURS, "f = 1"], ["cell-2 takes f of cell-1, but cell-4", "cell-3 takes f of cell-2, but cell-4"]),
        (["", "class A: ...", "A.b = 1", "print(A.b)"], []),
    ],
)
def test_a_name_with_two_homes_is_found(sources, faults):
    found = list(names_with_two_homes(notebook(*sources)))
    assert len(found) == len(faults) and all(map(str.startswith, found, faults)), found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("seen.append(1)", {"seen"}),
        ("w -= 0.1", {"w"}),
        ("w = 1\nw -= 0.1", set()),
        ("model[0].weight.data.zero_()", {"model"}),
        ("a.grad = b.grad = None", {"a", "b"}),
        ("for p in model.parameters():\n    p -= p.grad", {"model"}),
        ("for i, loss in enumerate(losses):\n    best[i] = loss", {"best"}),
        ("def f(w):\n    w -= 0.1", set()),
        ("history[0].loss.item() + w.sum()", set()),
        ("Array.__add__ = add", set()),
    ],
)
def test_what_a_cell_changes_is_found(source, names):
    assert Cell("cell", "", source, None).changes == names


def test_a_cell_that_adds_up_is_found_when_it_is_run_again():
    cells = notebook("", "seen = []", "seen.append(1)\nlen(seen)", stored=("", ["1"]))
    namespace = {}
    assert list(runs_that_differ(cells, namespace)) == []
    assert list(runs_that_differ(cells[::-1], namespace)) == [("cell-2", ("", ["2"]))]
    assert list(sections_that_differ(cells)) == []


def test_a_section_gets_its_definitions_and_nothing_else():
    cells = notebook(
        "import math", "a = 1", "b = a + 1", "c = 1", "def f(): return b", "print(f())", stored=("3\n", [])
    )
    assert [cell.id for cell in definitions([cells[-1]], cells)] == ["cell-1", "cell-2", "cell-4"]
    assert list(sections_that_differ(cells)) == [("cell-5", ("2\n", []))]
