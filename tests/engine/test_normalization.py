"""Defends how values are made comparable, each way by hand, and what a constant is worth."""

import pytest

from app.engine.normalization import Normalization, is_constant, measured, normalized
from app.engine.verdict import Reference

VALUES = [3.0, 4.0]


@pytest.mark.parametrize(
    ("normalization", "cost", "against", "shares"),
    [
        ("min_max", False, Reference(min=3.0, max=4.0), [0, 1]),
        ("min_max", True, Reference(min=3.0, max=4.0), [1, 0]),
        ("max", False, Reference(min=3.0, max=4.0), [3 / 4, 1]),
        ("max", True, Reference(min=3.0, max=4.0), [1, 3 / 4]),
        ("sum", False, Reference(sum=7.0), [3 / 7, 4 / 7]),
        ("sum", True, Reference(sum=1 / 3 + 1 / 4), [4 / 7, 3 / 7]),
        ("vector", False, Reference(norm=5.0), [3 / 5, 4 / 5]),
        ("vector", True, Reference(norm=5.0), [2 / 5, 1 / 5]),
    ],
)
def test_values_are_measured_against_their_list(
    normalization: Normalization, cost: bool, against: Reference, shares: list[float]
) -> None:
    assert measured(VALUES, normalization, cost=cost) == against
    made = [normalized(value, normalization, against, cost=cost) for value in VALUES]
    assert made == pytest.approx(shares, rel=1e-15)


@pytest.mark.parametrize(("cost", "shares"), [(False, [0.25, 0.5]), (True, [0.75, 0.5])])
def test_on_a_scale_the_list_does_not_matter(cost: bool, shares: list[float]) -> None:
    scale = Reference(min=2.0, max=6.0)
    assert [normalized(value, "scale", scale, cost=cost) for value in VALUES] == shares


def test_without_values_there_is_nothing_to_measure_against() -> None:
    assert measured([], "sum", cost=False) == Reference()


@pytest.mark.parametrize(
    ("normalization", "values", "constant"),
    [
        ("min_max", [7.0, 7.0], True),
        ("min_max", [7.0, 8.0], False),
        ("max", [7.0, 7.0], False),
        ("max", [0.0, 0.0], True),
        ("sum", [0.0, 0.0], True),
        ("vector", [0.0, 0.0], True),
        ("vector", [-3.0, 3.0], False),
    ],
)
def test_a_constant_counts_for_none(
    normalization: Normalization, values: list[float], constant: bool
) -> None:
    against = measured(values, normalization, cost=False)
    assert is_constant(normalization, against) is constant
    if constant:
        assert normalized(values[0], normalization, against, cost=False) == 0
