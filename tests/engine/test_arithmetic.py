"""Defends rule 4: numbers are rounded once, ties are exact from there on, and zero has no sign."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.arithmetic import counted, quotient, rounded, spoken, spoken_apart, total

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333333333),
        (-2 / 3, -0.666666666667),
        (4.0, 4.0),
        (999_999_999_999.0, 999_999_999_999.0),
        (1_000_000_000_001.0, 1_000_000_000_000.0),
        (123_456_789_012_345.0, 123_456_789_012_000.0),
        (1.7976931348623157e308, 1.79769313486e308),
        (5e-324, 5e-324),
        (math.inf, math.inf),
    ],
)
def test_twelve_significant_digits_are_kept(given: float, expected: float) -> None:
    assert rounded(given) == expected


def test_neighbors_of_a_half_are_rounded_the_same_way() -> None:
    half = 1.000000000005
    below, above = math.nextafter(half, 0), math.nextafter(half, 2)
    assert f"{below:.11e}" != f"{above:.11e}"  # so that twelve digits alone would split the tie
    assert rounded(below) == rounded(half) == rounded(above)


def test_zero_has_no_sign() -> None:
    assert math.copysign(1, rounded(-0.0)) == 1


@given(FINITE)
def test_what_is_rounded_stays(value: float) -> None:
    assert rounded(rounded(value)) == rounded(value)


@given(FINITE.filter(lambda value: abs(value) > 1e-300))
def test_rounding_changes_less_than_the_twelfth_digit(value: float) -> None:
    assert math.isclose(rounded(value), value, rel_tol=5.1e-12)


@given(FINITE, FINITE)
def test_rounding_never_turns_an_order_around(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert rounded(low) <= rounded(high)


@given(
    st.lists(FINITE, max_size=8).flatmap(lambda xs: st.tuples(st.just(xs), st.permutations(xs)))
)
def test_sums_do_not_depend_on_the_order(lists: tuple[list[float], list[float]]) -> None:
    one, other = lists
    assert total(one) == total(other)


def test_small_numbers_survive_large_ones() -> None:
    assert total([1e16, 1.0, -1e16]) == 1.0


def test_a_sum_beyond_the_largest_float_is_infinite() -> None:
    assert total([1.7e308, 1.7e308]) == math.inf
    assert total([1.7e308, 1.7e308, math.inf]) == math.inf


def test_a_sum_is_finite_whatever_its_parts_are() -> None:
    assert total([1e308, 1e308, -1e308]) == 1e308
    assert total([1e308, 1e308, 1.0, -1e308, -1e308]) == 1.0


@pytest.mark.parametrize(
    ("factors", "divisor", "expected"),
    [
        ([450, 3, 1], 2, 675),
        ([1e308, 3], 1e5, 3e303),
        ([1e-300, 1e-300], 1e-300, 1e-300),
        ([1e308, 1e308, 0], 1, 0),
        ([1e308, 3], 1, math.inf),
        ([1e-308, 1e-308], 1, 0),
        ([5e-324], 2, 0),
    ],
)
def test_only_the_quotient_itself_may_be_too_large_or_too_small(
    factors: list[float], divisor: float, expected: float
) -> None:
    assert rounded(quotient(factors, divisor)) == expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2000, "2,000"),
        (4000 / 3, "1,333.33"),
        (0.25, "0.25"),
        (1 / 3, "0.3333"),
        (2.5, "2.5"),
        (1000.0001, "1,000"),
        (-3, "-3"),
        (0, "0"),
        (1e15, "1 x 10^15"),
        (-1.2345678e20, "-1.23457 x 10^20"),
        (1e-5, "1 x 10^-5"),
        (5e-324, "4.94066 x 10^-324"),
        (math.inf, "more than 1.79769 x 10^308"),
    ],
)
def test_numbers_are_said_for_people(value: float, told: str) -> None:
    assert spoken(value) == told


def test_negative_zero_is_said_as_zero_whichever_came_first() -> None:
    # Both zeros are one entry of a cache: what is said of one must be said of the other.
    spoken.cache_clear()
    assert [spoken(-0.0), spoken(0.0)] == ["0", "0"]


def test_a_unit_is_plural_but_after_one() -> None:
    assert [counted(n, "weeks") for n in (0.5, 1, 2)] == ["0.5 weeks", "1 week", "2 weeks"]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (800, 2000, ("800", "2,000")),
        (1 / 3, 2 / 3, ("0.3333", "0.6667")),
        (10.001, 10.004, ("10.001", "10.004")),
        (10, 10.001, ("10", "10.001")),
        (1000.0001, 1000.0002, ("1,000.0001", "1,000.0002")),
        (0.12345, 0.12342, ("0.12345", "0.12342")),
        (1.0000001e15, 1.0000002e15, ("1.0000001 x 10^15", "1.0000002 x 10^15")),
        (-2.00000001e-5, 2e-5, ("-2 x 10^-5", "2 x 10^-5")),
        (0.0001, 0.000099999999, ("0.0001", "9.9999999 x 10^-5")),
        (-1e308, 1e308, ("-1 x 10^308", "1 x 10^308")),
        (math.inf, 5, ("more than 1.79769 x 10^308", "5")),
    ],
)
def test_two_numbers_have_the_digits_that_their_difference_needs(
    one: float, other: float, told: tuple[str, str]
) -> None:
    assert spoken_apart(one, other) == told


def test_of_several_numbers_all_differences_are_said() -> None:
    assert spoken_apart(6.0045, 6.003, 6.004) == ("6.0045", "6.003", "6.004")


@given(FINITE, FINITE)
def test_two_numbers_are_said_alike_only_where_they_are_equal(one: float, other: float) -> None:
    assert (len(set(spoken_apart(one, other))) == 1) == (one == other)


@given(FINITE)
def test_neighbors_are_said_apart(value: float) -> None:
    said, above = spoken_apart(value, math.nextafter(value, 0 if value > 0 else 1))
    assert said != above
