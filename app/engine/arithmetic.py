"""How a number is rounded, added up, divided and said."""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

EXACT: Final = 1e12
"""Whole numbers below it have at most 12 digits."""

LARGE: Final = 1e15
SMALL: Final = 1e-4
"""What is larger or smaller is said with an exponent."""


def rounded(value: float) -> float:
    """Round to 12 significant digits, by way of 14, which catches ties that the last digit splits.

    0.1 + 0.2 becomes 0.3, and -0.0 becomes 0.0. Infinities and NaN stay what they are.
    """
    if value.is_integer() and -EXACT < value < EXACT:
        return value + 0.0
    return float(f"{float(f'{value:.13e}'):.11e}")


def total(values: Iterable[float]) -> float:
    """Add up exactly, whatever the order; infinite where the sum is beyond the largest float."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.inf


@lru_cache(maxsize=16_384)  # the largest list has more than 10,000 distinct numbers
def spoken(value: float) -> str:
    """Write a number for people: `2,000`, `1,333.33`, `0.25`."""
    size = abs(value)
    if size >= LARGE or 0 < size < SMALL:
        return f"{value:.6g}"
    if value % 1 == 0:
        return f"{value + 0.0:,.0f}"  # 0.0 and -0.0 are one entry of the cache
    if size >= 1:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.4g}"


def counted(value: float, unit: str) -> str:
    """Write a number with its plural unit, which loses its s after 1: `1 week`, `2 weeks`."""
    return f"{spoken(value)} {unit.removesuffix('s') if value == 1 else unit}"


def counted_of(part: int, whole: int) -> str:
    """Begin a sentence about some items of a list: `1 of 3 items has`, `2 of 3 items have`."""
    return f"{part} of {whole} items {'has' if part == 1 else 'have'}"
