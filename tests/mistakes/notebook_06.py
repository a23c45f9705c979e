"""The mistakes of notebook 06, see `notebook_01.py`."""

EDITS: dict = {}
ANSWERS: list = []
