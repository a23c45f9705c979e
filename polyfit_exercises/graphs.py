"""How many recorded operations a running loop keeps: what notebook 06 counts."""

from polyfit_helpers.widgets.graphs import operations_kept

__all__ = ["operations_kept"]
