"""How numbers are written, whatever the language: four digits, real minus signs, thin spaces between thousands."""

from __future__ import annotations

import math


def count(number: int) -> str:
    """Return a whole number with thin spaces between its thousands, such as '2 000'."""
    return f"{number:,}".replace(",", "\u202f")


def rate(value: float) -> str:
    """Return a learning rate with 4 significant digits, such as '1e-6'; from 0.01 on without a power."""
    if not 0 < value <= 0.01:
        return f"{value:.4g}"
    digits, _, power = f"{value:.3e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"


def decimal(value: float) -> str:
    """Return a number with at most four decimals and a real minus sign."""
    if not abs(value) < 1e9:
        return f"{value:.4g}".replace("-", "−")
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".").replace("-", "−")


def significant(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits and a real minus sign; zero has none."""
    text, _, power = f"{value + 0.0:.{digits}g}".partition("e")
    if 4 <= int(power or 0) < 6:
        text, power = count(round(float(f"{value:.{digits}g}"))), ""
    return (f"{text}e{int(power)}" if power else text).replace("-", "−")


def loss(value: float) -> str:
    """Return a loss with 4 significant digits; thousands are written out."""
    if 1000 <= value < 1e6:
        return count(round(value))
    digits, _, power = f"{value:.4g}".partition("e")
    return f"{digits}e{int(power)}" if power else digits


def factor(value: float) -> str:
    """Return a factor so that one near 1 can be told from 1."""
    return f"{value:.4f}" if value < 10 else f"{value:.4g}"


def parsed(words: str) -> float:
    """Return the number that a reader has typed, as we write numbers or as Python does; NaN if it is none."""
    try:
        return float(words.replace("\u202f", "").replace(" ", "").replace("−", "-"))
    except ValueError:
        return math.nan
