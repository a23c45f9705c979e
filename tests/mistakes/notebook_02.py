"""The mistakes of notebook 02, see `notebook_01.py`."""

EDITS: dict = {}
ANSWERS: list = []
