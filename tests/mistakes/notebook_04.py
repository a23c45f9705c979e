"""The mistakes of notebook 04, see `notebook_01.py`."""

EDITS: dict = {}
ANSWERS: list = []
