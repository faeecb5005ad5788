"""Defends the two-by-two: what lies on a line is high, and the medians are the default lines."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.methods.value_effort import ValueEffortInputs, ValueEffortOptions, compute
from app.engine.verdict import ListWarning, Verdicts


class Item(NamedTuple):
    key: str
    inputs: ValueEffortInputs


def placed(
    items: Mapping[str, tuple[float | None, float | None]], cut: Mapping[str, Any] | None = None
) -> Verdicts:
    sent = [
        Item(key, ValueEffortInputs(value=value, effort=effort))
        for key, (value, effort) in items.items()
    ]
    return compute(sent, ValueEffortOptions.model_validate({"cut": cut}))


def bucket(value: float, effort: float, cut: Mapping[str, Any]) -> str | None:
    return placed({"a": (value, effort)}, cut).verdicts[0].bucket


@pytest.mark.parametrize(
    ("value", "effort", "expected", "tier"),
    [
        (5, 4.99, "quick_win", 0),
        (5, 5, "big_bet", 1),
        (4.99, 4.99, "fill_in", 2),
        (4.99, 5, "time_sink", 3),
    ],
)
def test_on_the_line_counts_as_high(value: float, effort: float, expected: str, tier: int) -> None:
    verdict = placed({"a": (value, effort)}, {"value": 5, "effort": 5}).verdicts[0]
    assert (verdict.bucket, verdict.tier) == (expected, tier)


def test_numbers_beside_a_line_are_told_apart_from_it() -> None:
    (beside,) = placed({"a": (4.996, 5.004)}, {"value": 5, "effort": 5.001}).verdicts
    assert beside.bucket_text == (
        "Time sink: value 4.996 is below 5, effort 5.004 is at or above 5.001"
    )
    (on_it,) = placed({"a": (0.1 + 0.2, 0)}, {"value": 0.3, "effort": 1}).verdicts
    assert on_it.bucket_text == "Quick win: value 0.3 is at or above 0.3, effort 0 is below 1"


def test_a_value_equal_to_a_line_of_more_than_twelve_digits_is_on_it() -> None:
    third = 0.1 + 0.2  # 0.30000000000000004
    assert bucket(third, 0, {"value": third, "effort": 1}) == "quick_win"
    assert bucket(0.3, 0, {"value": third, "effort": 1}) == "quick_win"
    assert bucket(third, 0, {"value": 0.3, "effort": 1}) == "quick_win"
    assert bucket(1, 0.3, {"value": 1, "effort": third}) == "big_bet"


def test_the_medians_are_those_of_complete_items() -> None:
    made = placed({"a": (1, 1), "b": (3, 9), "c": (1000, None), "d": (None, 1000)})
    assert [verdict.bucket for verdict in made.verdicts] == ["fill_in", "big_bet", None, None]
    assert made.warnings == [
        ListWarning(
            "list_relative",
            "The lines are the medians of this list, value 2 and effort 5: one more item may move"
            " them. With options.cut it does not.",
            2,
            ["a", "b"],
        )
    ]


def test_the_median_of_an_even_list_is_the_mean_of_the_middle_two() -> None:
    made = placed({"a": (0, 0), "b": (2, 0), "c": (4, 0), "d": (100, 0)})
    assert [verdict.tier for verdict in made.verdicts] == [3, 3, 1, 1]


def test_medians_of_the_largest_numbers_do_not_overflow() -> None:
    made = placed({"a": (1.7e308, 1), "b": (1.7e308, 1)})
    assert [verdict.bucket for verdict in made.verdicts] == ["big_bet", "big_bet"]


def test_given_lines_are_no_matter_of_the_list() -> None:
    assert placed({"a": (1, 1)}, {"value": 1, "effort": 1}).warnings == []


def test_without_effort_worth_mentioning_the_bucket_stays_and_the_score_does_not() -> None:
    verdict = placed({"a": (9, 0)}, {"value": 5, "effort": 5}).verdicts[0]
    assert (verdict.bucket, verdict.score) == ("quick_win", None)
    assert [(r.code, r.input) for r in verdict.reasons] == [("zero_divisor", "effort")]


def test_both_inputs_are_required() -> None:
    made = placed({"a": (None, 1), "b": (1, None), "c": (None, None)})
    assert [[r.input for r in verdict.reasons] for verdict in made.verdicts] == [
        ["value"],
        ["effort"],
        ["value", "effort"],
    ]
    assert made.warnings == []


def test_a_score_beyond_the_largest_number_leaves_the_bucket() -> None:
    verdict = placed({"a": (1e308, 1e-300)}, {"value": 5, "effort": 5}).verdicts[0]
    assert (verdict.bucket, verdict.score) == ("quick_win", None)
    assert [r.code for r in verdict.reasons] == ["not_finite"]
