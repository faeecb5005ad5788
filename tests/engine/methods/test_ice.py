"""Defends ICE's two formulas, which order differently."""

from typing import NamedTuple

import pytest
from pydantic import ValidationError

from app.engine.methods.ice import IceInputs, IceOptions, compute, explain
from app.engine.verdict import Explanation, Term, Verdict


class Item(NamedTuple):
    key: str
    inputs: IceInputs


def verdict(ratings: tuple[float | None, ...], formula: str = "product") -> Verdict:
    impact, confidence, ease = ratings

    item = Item("a", IceInputs(impact=impact, confidence=confidence, ease=ease))
    return compute([item], IceOptions.model_validate({"formula": formula})).verdicts[0]


@pytest.mark.parametrize(
    ("ratings", "product", "mean"), [((10, 10, 1), 100, 7), ((5, 5, 5), 125, 5)]
)
def test_product_and_mean_order_differently(
    ratings: tuple[float, ...], product: float, mean: float
) -> None:
    assert verdict(ratings).score == product
    assert verdict(ratings, "mean").score == mean


@pytest.mark.parametrize(
    ("ratings", "score"),
    [
        ((5, 8, 9), 7.33333333333),
        ((8, 6, 6), 6.66666666667),
        ((9, 7, 3), 6.33333333333),
        ((2, 4, 10), 5.33333333333),
    ],
)
def test_the_means_of_experimenthq_hold(ratings: tuple[float, ...], score: float) -> None:
    assert verdict(ratings, "mean").score == score


def test_what_is_missing_is_named() -> None:
    made = verdict((5, None, None))
    assert made.tier is None
    assert [(r.code, r.input) for r in made.reasons] == [
        ("missing_input", "confidence"),
        ("missing_input", "ease"),
    ]


@pytest.mark.parametrize("rating", [0, 0.99, 10.01, -1, True, "5"])
def test_ratings_are_numbers_from_one_to_ten(rating: object) -> None:
    with pytest.raises(ValidationError):
        IceInputs.model_validate({"ease": rating})


def test_the_three_of_the_mean_comes_from_no_input() -> None:
    inputs = IceInputs(impact=5, confidence=8, ease=9)
    assert explain(
        inputs, IceOptions(formula="mean"), Verdict(7.33333333333), None
    ) == Explanation(
        "(impact 5 + confidence 8 + ease 9) / 3 = 7.33",
        [
            Term("impact", "impact", "addend", 5, 5, None, 5),
            Term("confidence", "confidence", "addend", 8, 8, None, 8),
            Term("ease", "ease", "addend", 9, 9, None, 9),
            Term("ratings", None, "divisor", None, 3, None, 3),
        ],
        {},
        None,
    )
