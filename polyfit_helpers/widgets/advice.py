"""What to do about an error of a loop, said by somebody who knows more of errors: the tutor, once it is imported."""

from __future__ import annotations

from collections.abc import Callable

advisers: list[Callable[[BaseException], str]] = []  # each returns a sentence, or nothing for an error unknown to it


def advised(error: BaseException) -> str:
    """Return a sentence that says what to do about an error, or nothing if nobody knows it."""
    return next(filter(None, (adviser(error) for adviser in advisers)), "")
