"""How the values of one criterion are made comparable: on a scale, or against a list."""

import math
from collections.abc import Sequence
from typing import Literal

from app.engine.arithmetic import rounded, total
from app.engine.verdict import Reference

Normalization = Literal["scale", "min_max", "max", "sum", "vector", "none"]
"""The ways; only `scale` and `none` leave the other items of a list alone."""


def measured(values: Sequence[float], normalization: Normalization, *, cost: bool) -> Reference:
    """Find what the values of a list are measured against, if there are any."""
    values = [rounded(value) for value in values]
    if not values:
        return Reference()
    match normalization:
        case "vector":
            return _norm(values)
        case "sum":
            return _inverse_sum(values) if cost else _sum(values)
        case _:
            return Reference(min=min(values), max=max(values))


def normalized(
    value: float, normalization: Normalization, against: Reference, *, cost: bool
) -> float:
    """Make a value comparable; one that all items share has no share."""
    # What rounds to an end of the range is that end, so that nothing lies beyond it.
    if (end := rounded(value)) in {against.min, against.max, against.sum, against.norm}:
        value = end
    match against:
        case Reference(norm=float(norm)):
            share = _over(value / (against.max or 1), norm)
            return 1 - share if cost and norm else share
        case Reference(sum=float(whole)) if cost:
            return (against.min or 1) / value / whole
        case Reference(sum=float(whole)):
            return _over(value / (against.max or 1), whole)
        case Reference(min=float(low), max=float(high)) if normalization == "max":
            return low / value if cost else _over(value, high)
        case Reference(min=float(low), max=float(high)):
            return _way(value, high, low) if cost else _way(value, low, high)
        case _:
            raise NotImplementedError(against)


def is_constant(normalization: Normalization, against: Reference) -> bool:
    """Ask if a criterion is the same for every item, so that it counts for none."""
    if normalization == "min_max":
        return against.min is not None and against.min == against.max
    return 0 in {against.max, against.sum, against.norm}


def _norm(values: Sequence[float]) -> Reference:
    """The norm; beyond the largest float that of the values in units of the largest of them."""
    if math.isfinite(norm := math.hypot(*sorted(values))):
        return Reference(norm=norm)
    unit = max(map(abs, values))
    return Reference(max=unit, norm=math.hypot(*sorted(x / unit for x in values)))


def _sum(values: Sequence[float]) -> Reference:
    """The sum; beyond the largest float that of the values in units of the largest of them."""
    if math.isfinite(whole := total(values)):
        return Reference(sum=whole)
    unit = max(values)
    return Reference(max=unit, sum=total(x / unit for x in values))


def _inverse_sum(values: Sequence[float]) -> Reference:
    """The sum of the inverses; beyond the largest float in units of the largest of them."""
    if math.isfinite(whole := total(1 / x for x in values)):
        return Reference(sum=whole)
    unit = min(values)
    return Reference(min=unit, sum=total(unit / x for x in values))


def _way(value: float, start: float, end: float) -> float:
    """Say how much of the way from start to end has been gone."""
    if math.isinf(end - start):  # a half of it is not
        value, start, end = value / 2, start / 2, end / 2
    return abs(_over(value - start, end - start))


def _over(part: float, whole: float) -> float:
    """Divide by what a constant criterion makes 0."""
    return part / whole if whole else 0.0
