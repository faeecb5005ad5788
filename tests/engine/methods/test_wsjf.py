"""Defends WSJF's edges: the scale of the Scaled Agile Framework, and what is off it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.methods.wsjf import WsjfInputs, WsjfOptions, compute, explain
from app.engine.verdict import Explanation, Term, Verdict, Verdicts


class Item(NamedTuple):
    key: str
    inputs: WsjfInputs


def ratings(value: float, criticality: float, risk: float, size: float) -> dict[str, float]:
    return {
        "business_value": value,
        "time_criticality": criticality,
        "risk_reduction": risk,
        "job_size": size,
    }


def scored(items: Mapping[str, Mapping[str, Any]], **options: object) -> Verdicts:
    sent = [Item(key, WsjfInputs.model_validate(inputs)) for key, inputs in items.items()]
    return compute(sent, WsjfOptions.model_validate(options))


def verdict(inputs: Mapping[str, Any], **options: object) -> Verdict:
    return scored({"a": inputs}, **options).verdicts[0]


def test_a_published_example_holds() -> None:
    # beginpm.com, "What is WSJF in Agile": tasks A and B.
    assert verdict(ratings(100, 50, 20, 10), scale="free").score == 17
    assert verdict(ratings(80, 30, 10, 5), scale="free").score == 24


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 20])
def test_the_scale_has_seven_steps(size: float) -> None:
    score = verdict(ratings(size, size, size, size)).score
    assert score == 3


@pytest.mark.parametrize("off", [0, 0.5, 4, 21, 40, 100])
def test_other_ratings_are_out_of_scale(off: float) -> None:
    made = verdict(ratings(off, 1, 1, 1))
    assert made.tier is None
    assert [(r.code, r.input) for r in made.reasons] == [("out_of_scale", "business_value")]


def test_a_size_of_zero_is_out_of_scale_and_divides_nothing_on_the_free_one() -> None:
    off, zero = (verdict(ratings(1, 1, 1, 0), scale=scale) for scale in ("fibonacci", "free"))
    assert [(r.code, r.input) for r in off.reasons] == [("out_of_scale", "job_size")]
    assert [(r.code, r.input) for r in zero.reasons] == [("zero_divisor", "job_size")]


def test_on_the_free_scale_nothing_to_gain_is_a_zero() -> None:
    assert verdict(ratings(0, 0, 0, 4), scale="free").score == 0


def test_what_is_missing_is_named_beside_what_is_off() -> None:
    made = verdict({"business_value": 4, "job_size": 2})
    assert [(r.code, r.input) for r in made.reasons] == [
        ("missing_input", "time_criticality"),
        ("missing_input", "risk_reduction"),
        ("out_of_scale", "business_value"),
    ]


def test_ratings_off_the_scale_are_counted_in_a_warning() -> None:
    items = {"b": ratings(4, 1, 1, 1), "a": ratings(7, 0, 1, 1), "c": ratings(1, 1, 1, 1)}
    (warning,) = scored(items).warnings
    assert (warning.code, warning.count, warning.keys) == ("scale_mismatch", 2, ["a", "b"])
    assert warning.message == (
        "2 of 3 items have a rating outside 1, 2, 3, 5, 8, 13, 20: re-rate them, or set"
        " options.scale to free."
    )
    assert scored(items, scale="free").warnings == []


def test_a_sum_beyond_the_largest_number_is_not_finite() -> None:
    made = verdict(ratings(1.7e308, 1.7e308, 0, 1), scale="free")
    assert [r.code for r in made.reasons] == ["not_finite"]


def test_the_explanation_reads_as_the_formula() -> None:
    inputs = WsjfInputs.model_validate(ratings(8, 13, 3, 3))
    assert explain(inputs, WsjfOptions(), Verdict(8), None) == Explanation(
        "(value 8 + time criticality 13 + risk reduction 3) / job size 3 = 8",
        [
            Term("business value", "business_value", "addend", 8, 8, None, 8),
            Term("time criticality", "time_criticality", "addend", 13, 13, None, 13),
            Term("risk reduction", "risk_reduction", "addend", 3, 3, None, 3),
            Term("job size", "job_size", "divisor", 3, 3, None, 3),
        ],
        {},
        None,
    )


def test_a_score_is_found_where_only_its_sum_is_beyond_the_largest_number() -> None:
    assert verdict(ratings(1e308, 1e308, 1e308, 1e5), scale="free").score == 3e303
