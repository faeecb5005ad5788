"""Defends RICE's edges: the trap of the unit, the scale of the impact, and what a zero means."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.methods.rice import RiceInputs, RiceOptions, compute, explain
from app.engine.verdict import Explanation, Term, Verdict, Verdicts


class Item(NamedTuple):
    key: str
    inputs: RiceInputs


WHOLE: Mapping[str, object] = {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}


def scored(items: Mapping[str, Mapping[str, Any]], **options: object) -> Verdicts:
    sent = [Item(key, RiceInputs.model_validate(inputs)) for key, inputs in items.items()]
    return compute(sent, RiceOptions.model_validate(options))


def verdict(inputs: Mapping[str, Any], **options: object) -> Verdict:
    return scored({"a": {**WHOLE, **inputs}}, **options).verdicts[0]


def reasons(inputs: Mapping[str, Any], **options: object) -> list[tuple[str, str]]:
    return [(r.code, r.input) for r in verdict(inputs, **options).reasons]


@pytest.mark.parametrize(
    ("reach", "impact", "confidence", "effort", "score"),
    [
        # Sean McBride's three projects, Intercom, 2016.
        (450, 3, 100, 2, 675),
        (2000, 1, 80, 4, 400),
        (800, 2, 50, 1, 800),
        # cadenly.io, RICE scoring.
        (5000, 2, 80, 2, 4000),
        (3000, 1, 100, 1.5, 2000),
        (8000, 0.5, 100, 3, 1333.33333333),
        # beginpm.com, "What is the RICE scoring model": features A, B and C.
        (1000, 2, 80, 5, 320),
        (500, 1, 90, 2, 225),
        (2000, 1, 70, 8, 175),
    ],
)
def test_published_examples_hold(
    reach: float, impact: float, confidence: float, effort: float, score: float
) -> None:
    sent = {"reach": reach, "impact": impact, "confidence": confidence, "effort": effort}
    assert verdict(sent).score == score


@pytest.mark.parametrize("name", ["reach", "impact", "confidence"])
def test_zero_is_a_value_and_gives_zero(name: str) -> None:
    assert verdict({name: 0}).score == 0


@pytest.mark.parametrize("scale", ["intercom", "free"])
def test_no_impact_is_on_either_scale(scale: str) -> None:
    assert verdict({"impact": 0}, impact_scale=scale).score == 0


def test_no_confidence_gives_zero_however_large_the_rest() -> None:
    assert verdict({"reach": 1e308, "confidence": 0}).score == 0


def test_no_effort_divides_nothing() -> None:
    assert reasons({"effort": 0}) == [("zero_divisor", "effort")]


def test_what_is_missing_is_named() -> None:
    made = scored({"a": {"reach": None, "effort": 2}}).verdicts[0]
    assert [(r.code, r.input) for r in made.reasons] == [
        ("missing_input", "reach"),
        ("missing_input", "impact"),
        ("missing_input", "confidence"),
    ]
    assert made.tier is None


def test_a_moonshot_below_half_confidence_is_legal() -> None:
    assert verdict({"confidence": 20}).score == 135


@pytest.mark.parametrize("confidence", [5e-324, 0.8, 1])
def test_a_fraction_among_percentages_is_out_of_scale(confidence: float) -> None:
    made = verdict({"confidence": confidence})
    assert made.score is None
    (reason,) = made.reasons
    assert (reason.code, reason.input) == ("out_of_scale", "confidence")
    assert reason.message == (
        "A value above 0 and up to 1 looks like a fraction: send percent, or set"
        " options.confidence_unit to fraction."
    )


@pytest.mark.parametrize("confidence", [1.0000000001, 2, 80, 100])
def test_a_percentage_among_fractions_is_out_of_scale(confidence: float) -> None:
    assert reasons({"confidence": confidence}, confidence_unit="fraction") == [
        ("out_of_scale", "confidence")
    ]


@pytest.mark.parametrize(("confidence", "score"), [(0, 0), (0.5, 337.5), (1, 675)])
def test_fractions_count_as_they_are(confidence: float, score: float) -> None:
    assert verdict({"confidence": confidence}, confidence_unit="fraction").score == score


def test_just_above_the_trap_a_percentage_counts() -> None:
    assert verdict({"confidence": 1.5}).score == 10.125


@pytest.mark.parametrize("impact", [0.1, 0.75, 1.5, 4, 10])
def test_other_impacts_need_the_free_scale(impact: float) -> None:
    assert reasons({"impact": impact}) == [("out_of_scale", "impact")]
    assert verdict({"impact": impact}, impact_scale="free").score == 225 * impact


def test_impacts_off_the_scale_are_counted_in_a_warning() -> None:
    items = {f"{n:03}": {**WHOLE, "impact": 7 if n < 97 else 2} for n in range(400)}
    (warning,) = scored(items).warnings
    assert warning.code == "scale_mismatch"
    assert warning.message == (
        "97 of 400 items have an impact outside 0.25, 0.5, 1, 2, 3: re-rate them, or set"
        " options.impact_scale to free."
    )
    assert warning.count == 97
    assert warning.keys == [f"{n:03}" for n in range(20)]


def test_each_mismatch_has_its_own_warning() -> None:
    items = {"a": {**WHOLE, "confidence": 0.8}, "b": {**WHOLE, "impact": 9}, "c": WHOLE}
    impact, confidence = scored(items).warnings
    assert (impact.code, impact.keys) == ("scale_mismatch", ["b"])
    assert (confidence.code, confidence.keys) == ("scale_mismatch", ["a"])
    assert confidence.message == (
        "1 of 3 items has a confidence above 0 and up to 1: send percent, or set"
        " options.confidence_unit to fraction."
    )


def test_percentages_among_fractions_are_warned_of() -> None:
    (warning,) = scored({"a": WHOLE}, confidence_unit="fraction").warnings
    assert warning.message == (
        "1 of 1 items has a confidence above 1: send fractions, or set options.confidence_unit"
        " to percent."
    )


def test_a_score_beyond_the_largest_number_is_not_finite() -> None:
    assert reasons({"reach": 1.7e308, "effort": 1e-3}) == [("not_finite", "")]


def test_the_explanation_reads_as_the_formula() -> None:
    options = RiceOptions()
    inputs = RiceInputs.model_validate(WHOLE)
    assert explain(inputs, options, verdict({}), None) == Explanation(
        "450 people a quarter x 3 (massive) x 100 % / 2 person-months = 675",
        (
            Term("reach", "reach", "factor", 450, 450, None, 450),
            Term("impact", "impact", "factor", 3, 3, None, 3),
            Term("confidence", "confidence", "factor", 100, 1, None, 1),
            Term("effort", "effort", "divisor", 2, 2, None, 2),
        ),
        {},
        None,
    )


def test_units_are_carried_and_said() -> None:
    options = RiceOptions(
        reach_period="week",
        impact_scale="free",
        confidence_unit="fraction",
        effort_unit="team-weeks",
    )
    inputs = RiceInputs(reach=1, impact=1.5, confidence=0.5, effort=1)
    told = explain(inputs, options, Verdict(0.75), None)
    assert told.text == "1 person a week x 1.5 x 50 % / 1 team-week = 0.75"


def test_a_score_is_found_where_only_a_part_of_it_is_beyond_the_largest_number() -> None:
    assert verdict({"reach": 1e308, "impact": 3, "effort": 1e5}).score == 3e303
