"""How answers to the exercises of notebook 00 are checked."""

from __future__ import annotations

from ..exercise import exercises_of
from ..lessons import notebook_00 as lessons

EXERCISES = exercises_of(lessons)
