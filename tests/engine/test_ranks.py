"""Defends what is counted of ranks alone, against SciPy and against counting one by one."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from app.engine.ranks import Counts, Firsts, tau_b

REPEATABLE = settings(max_examples=200, derandomize=True, database=None)
NUMBERS = st.lists(st.integers(1, 9), max_size=20)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ([], None),
        ([(1, 1)], None),
        ([(1, 1), (1, 2)], None),
        ([(1, 1), (2, 1)], None),
        ([(1, 1), (2, 2)], 1.0),
        ([(1, 2), (2, 1)], -1.0),
        # 3 pairs: 2 agree and 1 does not
        ([(1, 2), (2, 1), (3, 3)], 0.333333333333),
        # 2 of 3 pairs agree and 1 is tied on one side: 2 / sqrt(3 * 2)
        ([(1, 1), (2, 1), (3, 3)], 0.816496580928),
        # the one tie is the same on both sides: 2 / sqrt(2 * 2)
        ([(1, 1), (1, 1), (3, 3)], 1.0),
    ],
)
def test_tau_b_is_as_computed_by_hand(
    ranks: Sequence[tuple[int, int]], expected: float | None
) -> None:
    assert tau_b(ranks) == expected


@REPEATABLE
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=60))
def test_tau_b_is_that_of_scipy(ranks: list[tuple[int, int]]) -> None:
    befores, afters = zip(*ranks, strict=True)
    if len(set(befores)) == 1 or len(set(afters)) == 1:
        assert tau_b(ranks) is None
    else:
        assert tau_b(ranks) == pytest.approx(kendalltau(befores, afters).statistic, abs=1e-11)


@REPEATABLE
@given(NUMBERS, st.integers(0, 9))
def test_as_many_are_counted_as_are_not_above(numbers: list[int], most: int) -> None:
    counts = Counts(9)
    for number in numbers:
        counts.add(number)
    assert counts.up_to(most) == sum(number <= most for number in numbers)


@REPEATABLE
@given(NUMBERS, st.integers(1, 10), st.integers(0, 20), st.integers(1, 4))
def test_the_first_found_are_those_that_one_would_meet(
    numbers: list[int], least: int, end: int, count: int
) -> None:
    met = [index for index, number in enumerate(numbers[:end]) if number >= least]
    assert Firsts(numbers).at_least(least, end, count) == met[:count]
