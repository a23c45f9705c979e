"""What the exercises of notebook 02 say."""

from .words import Words

EXERCISES: dict[str, Words] = {}

MISTAKES: dict[str, str] = {}
