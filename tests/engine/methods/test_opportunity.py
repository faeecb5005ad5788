"""Defends the opportunity score: satisfaction beyond importance takes nothing away."""

from typing import NamedTuple

import pytest
from pydantic import ValidationError

from app.engine.methods.opportunity import (
    OpportunityInputs,
    OpportunityOptions,
    compute,
    explain,
)
from app.engine.verdict import Explanation, Term, Verdict


class Item(NamedTuple):
    key: str
    inputs: OpportunityInputs


def verdict(importance: float | None, satisfaction: float | None) -> Verdict:
    item = Item("a", OpportunityInputs(importance=importance, satisfaction=satisfaction))
    return compute([item], OpportunityOptions()).verdicts[0]


@pytest.mark.parametrize(
    ("importance", "satisfaction", "score"),
    [
        (9, 3, 15),
        (9, 9, 9),
        (8, 4, 12),  # wealthandmeans.com, "Opportunity scoring": a gap of 4
        (2, 7, 2),
        (10, 0, 20),
        (0, 10, 0),
        (0, 0, 0),
        (0.3, 0.1, 0.5),
    ],
)
def test_the_gap_counts_and_its_opposite_does_not(
    importance: float, satisfaction: float, score: float
) -> None:
    assert verdict(importance, satisfaction).score == score


def test_what_is_missing_is_named() -> None:
    assert [(r.code, r.input) for r in verdict(None, 5).reasons] == [
        ("missing_input", "importance")
    ]


@pytest.mark.parametrize("share", [-0.1, 10.5, 90])
def test_shares_are_tenths(share: float) -> None:
    with pytest.raises(ValidationError):
        OpportunityInputs(importance=share)


def test_the_gap_comes_from_no_input() -> None:
    inputs = OpportunityInputs(importance=9, satisfaction=3)
    assert explain(inputs, OpportunityOptions(), Verdict(15), None) == Explanation(
        "importance 9 + gap 6 = 15, for satisfaction is 3",
        [
            Term("importance", "importance", "addend", 9, 9, None, 9),
            Term("gap", None, "addend", None, 6, None, 6),
        ],
        {},
        None,
    )


def test_where_there_is_no_gap_it_says_why() -> None:
    inputs = OpportunityInputs(importance=2, satisfaction=7)
    told = explain(inputs, OpportunityOptions(), Verdict(2), None)
    assert told.text == "importance 2 + gap 0 = 2, for satisfaction is 7"
