"""Exercises, a file for each notebook: how an answer is looked at, and which mistakes have a name."""
