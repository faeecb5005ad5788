"""How a number is rounded, added up, divided and said."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

EXACT: Final = 1e12
"""Whole numbers below it have at most 12 digits."""

TINY: Final = 1e-300
HUGE: Final = 1e300
"""Between them no number of a product loses digits."""

LARGEST: Final = math.nextafter(math.inf, 0)
LARGE: Final = 1e15
SMALL: Final = 1e-4
"""What is larger or smaller is said with an exponent."""

MISREAD: Final = 0.1
"""By so much of itself may a difference be off that is read from two numbers."""


def rounded(value: float) -> float:
    """Round to 12 significant digits, by way of 14, which catches ties that the last digit splits.

    0.1 + 0.2 becomes 0.3, and -0.0 becomes 0.0. Infinities and NaN stay what they are.
    """
    if value.is_integer() and -EXACT < value < EXACT:
        return value + 0.0
    return float(f"{float(f'{value:.13e}'):.11e}")


def total(values: Iterable[float]) -> float:
    """Add up exactly, whatever the order; infinite where the sum is beyond the largest float."""
    values = list(values)
    try:
        return math.fsum(values)
    except OverflowError:  # of the sum, or of a part of a finite one
        return math.fsum(x / 2**64 for x in values) * 2**64


def quotient(factors: Sequence[float], divisor: float) -> float:
    """Multiply and divide; infinite where the quotient is, whatever it is on the way."""
    product = 1.0
    for factor in factors:
        product *= factor
        if not TINY < product < HUGE:
            break
    else:
        if TINY < (made := product / divisor) < HUGE:
            return made
    return _scaled_quotient(factors, divisor)


def _scaled_quotient(factors: Sequence[float], divisor: float) -> float:
    """Keep the exponents apart from what is multiplied: the same number, where both have one."""
    mantissa, exponent = 1.0, 0
    for factor in factors:
        part, power = math.frexp(factor)
        mantissa *= part
        exponent += power
    part, power = math.frexp(divisor)
    try:
        return math.ldexp(mantissa / part, exponent - power)
    except OverflowError:
        return math.inf


@lru_cache(maxsize=16_384)  # the largest list has more than 10,000 distinct numbers
def spoken(value: float) -> str:
    """Write a number for people: `2,000`, `1,333.33`, `0.25`, `1.5 x 10^20`."""
    return _spoken(value, 0)


def spoken_apart(*numbers: float) -> tuple[str, ...]:
    """Write numbers with the digits that their differences need: `10.001` and `10.004`."""
    said, more = tuple(map(spoken, numbers)), 0
    # With all its digits a number is what it was, so that this ends.
    while math.inf not in numbers and not _are_apart(said, numbers):
        more += 1
        said = tuple(_spoken(number, more) for number in numbers)
    return said


def _are_apart(said: Sequence[str], numbers: Sequence[float]) -> bool:
    """Is every difference about what is heard?"""
    return all(
        math.isclose(abs(heard - other_heard), abs(number - other), rel_tol=MISREAD)
        for (heard, number), (other_heard, other) in combinations(
            zip(map(_heard, said), numbers, strict=True), 2
        )
    )


def _spoken(value: float, more: int) -> str:
    """Write a number with so many more digits than are usual."""
    size = abs(value)
    if value == math.inf:
        return f"more than {spoken(LARGEST)}"
    if size >= LARGE or 0 < size < SMALL:
        mantissa, exponent = f"{value:.{5 + more}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')} x 10^{int(exponent)}"
    if value % 1 == 0:
        return f"{value + 0.0:,.0f}"  # 0.0 and -0.0 are one entry of the cache
    if size >= 1:
        return f"{value:,.{2 + more}f}".rstrip("0").rstrip(".")
    return f"{value:.{4 + more}g}"


def _heard(said: str) -> float:
    return float(said.replace(",", "").replace(" x 10^", "e"))


def counted(value: float, unit: str) -> str:
    """Write a number with its plural unit, which loses its s after 1: `1 week`, `2 weeks`."""
    return f"{spoken(value)} {unit.removesuffix('s') if value == 1 else unit}"


def counted_of(part: int, whole: int) -> str:
    """Begin a sentence about some items of a list: `1 of 3 items has`, `2 of 3 items have`."""
    return f"{part} of {whole} items {'has' if part == 1 else 'have'}"
