"""Defends weighted scoring: weights, what is missing, what contradicts itself, what is said."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from app.engine.methods.weighted import (
    WeightedInputs,
    WeightedOptions,
    compute,
    explain,
)
from app.engine.verdict import Explanation, Reference, Term, Verdict
from tests.engine.weighing import Item, criteria, scored, scores

# Weights and what is missing.


def test_weights_are_normalized_and_echoed() -> None:
    options = WeightedOptions.model_validate(
        {"criteria": {"x": {"weight": 30}, "y": {"weight": 10}}, "normalization": "none"}
    )
    assert {name: c.weight for name, c in options.criteria.items()} == {"x": 0.75, "y": 0.25}


@pytest.mark.parametrize("weights", [[0.7, 0.2, 0.1], [0.33333333333333] * 3])
def test_weights_that_sum_to_one_are_kept_as_sent(weights: list[float]) -> None:
    of = {f"c{n}": {"weight": weight} for n, weight in enumerate(weights)}
    options = WeightedOptions.model_validate({"criteria": of, "normalization": "none"})
    assert [criterion.weight for criterion in options.criteria.values()] == weights


def test_zero_has_no_sign() -> None:
    options = WeightedOptions.model_validate({"criteria": criteria("x"), "normalization": "none"})
    made = explain(WeightedInputs(criteria={"x": -0.0}), options, Verdict(0), None)
    assert [str(term.given) for term in made.terms] == ["0.0"]


def test_what_is_missing_is_named() -> None:
    made = scored(
        {"a": {"x": 1, "y": None}}, criteria=criteria("x", "y", "z"), normalization="none"
    )
    assert [(r.code, r.input) for r in made.verdicts[0].reasons] == [
        ("missing_input", "criteria.y"),
        ("missing_input", "criteria.z"),
    ]


def test_why_an_item_is_unranked_is_said_in_ten_reasons_at_most() -> None:
    of = criteria(*(f"c{n:02}" for n in range(12)))
    (verdict,) = scored({"a": {}}, criteria=of, normalization="none").verdicts
    assert [r.input for r in verdict.reasons] == [f"criteria.c{n:02}" for n in range(10)]


def test_renormalize_scores_by_the_criteria_that_are_there() -> None:
    of = {"x": {"weight": 1}, "y": {"weight": 1}, "z": {"weight": 2}}
    made = scored(
        {"b": {"x": 4, "y": 8}, "a": {"z": 3}, "whole": {"x": 4, "y": 8, "z": 2}, "none": {}},
        criteria=of,
        normalization="none",
        missing="renormalize",
    )
    assert [verdict.score for verdict in made.verdicts] == [6, 3, 4, None]
    assert [(w.code, w.count, w.keys) for w in made.warnings] == [("renormalized", 2, ["a", "b"])]
    assert [r.code for r in made.verdicts[3].reasons] == ["missing_input"] * 3


def test_renormalize_does_not_excuse_what_is_out_of_scale() -> None:
    made = scored(
        {"a": {"x": 9}},
        criteria=criteria("x", "y"),
        scale={"min": 0, "max": 5},
        missing="renormalize",
    )
    assert [r.code for r in made.verdicts[0].reasons] == ["out_of_scale"]


def test_a_criterion_of_weight_zero_is_not_read() -> None:
    of = {"x": {"weight": 1}, "y": {"weight": 0}}
    made = scored({"a": {"x": 2}, "b": {"x": 2, "y": -9}}, criteria=of, normalization="max")
    assert [verdict.score for verdict in made.verdicts] == [1, 1]
    assert made.reference == {"x": Reference(min=2, max=2)}


def test_a_cost_of_weight_zero_needs_no_normalization() -> None:
    of = {"x": {"weight": 1}, "y": {"weight": 0, "direction": "cost"}}
    assert scores({"a": {"x": 2, "y": 5}}, criteria=of, normalization="none") == [2]


def test_a_criterion_that_the_options_do_not_name_is_not_read() -> None:
    assert scores({"a": {"x": 2, "old": 9}}, criteria=criteria("x"), normalization="none") == [2]


# What contradicts itself is refused.


def test_without_a_scale_it_says_what_to_send() -> None:
    with pytest.raises(ValidationError) as refusal:
        WeightedOptions.model_validate({"criteria": criteria("revenue")})
    assert [error["msg"] for error in refusal.value.errors()] == [
        (
            "revenue has no scale: send options.scale once for all, or normalization none, which"
            " adds up as a spreadsheet would."
        )
    ]


def test_a_criterion_of_weight_zero_needs_no_scale() -> None:
    of = {"x": {"weight": 1, "scale": {"min": 0, "max": 4}}, "y": {"weight": 0}}
    assert scores({"a": {"x": 3}}, criteria=of) == [0.75]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"criteria": {}}, "at least 1 item"),
        ({"criteria": {"x": {"weight": -1}}}, "say direction: cost"),
        (
            {"criteria": {"x": {"weight": 0}}, "normalization": "max"},
            "Give at least one criterion a weight above 0",
        ),
        (
            {
                "criteria": {"x": {"weight": 1, "direction": "cost"}},
                "normalization": "none",
            },
            "cost needs a normalization",
        ),
        (
            {"criteria": {"x": {"weight": 1}}, "scale": {"min": 5, "max": 5}},
            "min must be below max",
        ),
        (
            {"criteria": {"x": {"weight": 1}}, "scale": {"min": 0.3, "max": 0.1 + 0.2}},
            "min must be below max",
        ),
    ],
)
def test_options_that_contradict_themselves_are_refused(
    options: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        WeightedOptions.model_validate(options)


# Explanation.


def test_a_term_says_the_raw_the_normalized_and_the_weight() -> None:
    sent = {"value": 4, "cost": 2}
    of = {"value": {"weight": 3}, "cost": {"weight": 1, "direction": "cost"}}
    options = WeightedOptions.model_validate({"criteria": of, "scale": {"min": 1, "max": 5}})
    inputs = WeightedInputs.model_validate({"criteria": sent})
    made = compute([Item("a", inputs)], options)
    assert explain(inputs, options, made.verdicts[0], made.reference) == Explanation(
        "value 4 (0.75) x 0.75 + cost 2 (0.75) x 0.25 = 0.75",
        [
            Term("value", "criteria.value", "addend", 4, 0.75, 0.75, 0.5625),
            Term("cost", "criteria.cost", "addend", 2, 0.75, 0.25, 0.1875),
        ],
        {},
        None,
    )


def test_raw_numbers_are_said_once() -> None:
    options = WeightedOptions.model_validate({"criteria": criteria("x"), "normalization": "none"})
    inputs = WeightedInputs(criteria={"x": 4})
    made = compute([Item("a", inputs)], options)
    assert made.reference is None
    assert explain(inputs, options, made.verdicts[0], None).text == "x 4 x 1 = 4"


def test_the_given_number_is_the_one_that_was_sent() -> None:
    options = WeightedOptions.model_validate(
        {"criteria": criteria("x"), "scale": {"min": 0, "max": 2 / 3}}
    )
    inputs = WeightedInputs(criteria={"x": 2 / 3})
    made = compute([Item("a", inputs)], options)
    (term,) = explain(inputs, options, made.verdicts[0], made.reference).terms
    assert (term.given, term.used) == (2 / 3, 1)
