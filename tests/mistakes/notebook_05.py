"""The mistakes of notebook 05, see `notebook_01.py`."""

EDITS: dict = {}
ANSWERS: list = []
