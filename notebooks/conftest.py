"""What `pytest --nbval` must not compare in these notebooks."""

from __future__ import annotations

from typing import Any


def pytest_collectstart(collector: Any) -> None:
    """Leave HTML and stderr out of nbval's comparison.

    HTML is where pictures lie, as base64 that differs by machine (fonts, compression), and stderr carries
    warnings with paths in them. Everything else is compared: printed text, results' text, errors.
    """
    if hasattr(collector, "skip_compare"):  # nbval's collector of one notebook
        collector.skip_compare += ("text/html", "stderr")
