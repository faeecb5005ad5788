"""Defends CD3's claim: worked on one after the other, its order costs the least delay."""

from collections.abc import Sequence
from itertools import accumulate, permutations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.methods.cd3 import METHOD, Cd3Inputs, Cd3Options, compute, explain
from app.engine.ranking import Scoring, prioritize
from app.engine.verdict import Verdict


class Item(NamedTuple):
    key: str
    inputs: Cd3Inputs


def item(key: str, cost: float | None, duration: float | None) -> Item:
    return Item(key, Cd3Inputs(cost_of_delay=cost, duration=duration))


def verdict(cost: float | None, duration: float | None) -> Verdict:
    return compute([item("a", cost, duration)], Cd3Options()).verdicts[0]


def delay_cost(order: Sequence[tuple[int, int]]) -> int:
    """Add up what each costs until it is done, when one is worked on after the other."""
    done = accumulate(duration for _, duration in order)
    return sum(cost * time for (cost, _), time in zip(order, done, strict=True))


def ranked(work: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    items = [item(f"{n}", cost, duration) for n, (cost, duration) in enumerate(work)]
    places = prioritize(items, Scoring(METHOD, Cd3Options())).places
    return [work[place.index] for place in places]


@settings(max_examples=30, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=7))
def test_no_other_order_costs_less_delay(work: list[tuple[int, int]]) -> None:
    assert delay_cost(ranked(work)) == min(map(delay_cost, permutations(work)))


def test_the_ice_cream_stand_builds_the_second_machine_first() -> None:
    # Black Swan Farming, "CD3 and proportionality to outcomes": a Super Spoon brings 10 ice creams
    # a week after 2 weeks, a second machine 30 after 4; the better order sells 20 more in 6 weeks.
    spoon, machine = (10, 2), (30, 4)
    assert [verdict(*spoon).score, verdict(*machine).score] == [5, 7.5]
    assert ranked([spoon, machine]) == [machine, spoon]
    assert delay_cost([spoon, machine]) - delay_cost([machine, spoon]) == 20


def test_what_costs_nothing_to_delay_is_a_zero() -> None:
    assert verdict(0, 3).score == 0


@pytest.mark.parametrize(
    ("cost", "duration", "reasons"),
    [
        (None, None, [("missing_input", "cost_of_delay"), ("missing_input", "duration")]),
        (5, None, [("missing_input", "duration")]),
        (5, 0, [("zero_divisor", "duration")]),
        (None, 0, [("missing_input", "cost_of_delay"), ("zero_divisor", "duration")]),
        (1e308, 5e-324, [("not_finite", "")]),
    ],
)
def test_what_cannot_be_divided_is_unranked(
    cost: float | None, duration: float | None, reasons: list[tuple[str, str]]
) -> None:
    made = verdict(cost, duration)
    assert (made.score, made.tier) == (None, None)
    assert [(r.code, r.input) for r in made.reasons] == reasons


def test_units_are_carried_and_said() -> None:
    told = explain(
        item("a", 9000, 1).inputs,
        Cd3Options(cost_unit="euros a month", duration_unit="months"),
        Verdict(9000),
        None,
    )
    assert told.text == "9,000 euros a month / 1 month = 9,000"
