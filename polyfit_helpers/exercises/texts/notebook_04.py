"""What the exercises of notebook 04 say."""

from .words import Words

EXERCISES: dict[str, Words] = {}

MISTAKES: dict[str, str] = {}
