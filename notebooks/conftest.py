"""How `pytest --nbval` runs these notebooks: what it must not compare, and what it shortens."""

from __future__ import annotations

from typing import Any

# Cells of notebook 09 that measure up to LARGEST points, a million, and none of whose times is compared.
MEASURING = ("size-run", "launch")


def pytest_collectstart(collector: Any) -> None:
    """Leave HTML and stderr out of nbval's comparison.

    HTML is where pictures lie, as base64 that differs by machine (fonts, compression), and stderr carries
    warnings with paths in them. Everything else is compared: printed text, results' text, errors.
    """
    if hasattr(collector, "skip_compare"):  # nbval's collector of one notebook
        collector.skip_compare += ("text/html", "stderr")


def pytest_itemcollected(item: Any) -> None:
    """Measure fewer points where no time is compared, unless slow tests are wanted."""
    if item.config.option.markexpr == "not slow" and hasattr(item, "cell") and item.cell.id in MEASURING:
        assert "LARGEST" in item.cell.source, item.cell.id
        item.cell.source = item.cell.source.replace("LARGEST", "10**4")
