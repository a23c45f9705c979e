"""The mistakes of notebook 00, see `notebook_01.py`."""

EDITS: dict = {}
ANSWERS: list = []
