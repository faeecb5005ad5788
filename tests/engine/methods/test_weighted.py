"""Defends weighted scoring by hand: every normalization, what is missing, and what is said."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from app.engine.methods.weighted import (
    METHOD,
    WeightedInputs,
    WeightedOptions,
    compute,
    explain,
)
from app.engine.verdict import Explanation, Reference, Term, Verdict
from tests.engine.weighing import EVERY_NORMALIZATION, Item, criteria, scored, scores

# Normalizations, by hand.


def test_on_a_scale_the_ends_are_zero_and_one() -> None:
    items = {"low": {"x": 1}, "middle": {"x": 2}, "high": {"x": 5}}
    scale = {"min": 1, "max": 5}
    assert scores(items, criteria=criteria("x"), scale=scale) == [0, 0.25, 1]
    assert scores(items, criteria=criteria("x", direction="cost"), scale=scale) == [1, 0.75, 0]


def test_a_criterion_may_have_a_scale_of_its_own() -> None:
    of = {"x": {"weight": 1}, "y": {"weight": 1, "scale": {"min": 0, "max": 100}}}
    assert scores({"a": {"x": 3, "y": 50}}, criteria=of, scale={"min": 1, "max": 5}) == [0.5]


@pytest.mark.parametrize("value", [0.99, 5.01])
def test_outside_of_its_scale_an_item_is_unranked(value: float) -> None:
    made = scored(
        {"off": {"x": value}, "on": {"x": 5}},
        criteria=criteria("x"),
        scale={"min": 1, "max": 5},
    )
    off, on = made.verdicts
    assert (off.tier, on.score) == (None, 1)
    assert [(r.code, r.input, r.message) for r in off.reasons] == [
        (
            "out_of_scale",
            "criteria.x",
            "x is outside of its scale, 1 to 5: re-rate it, or widen the scale.",
        )
    ]


@pytest.mark.parametrize(
    ("low", "high", "value", "score"),
    [
        (0, 2 / 3, 2 / 3, 1),
        (0.1 + 0.2, 1, 0.1 + 0.2, 0),
        (0.1 + 0.2, 1, 0.3, 0),
        (0, 0.3, 0.1 + 0.2, 1),
    ],
)
def test_the_ends_of_a_scale_of_more_than_twelve_digits_are_on_it(
    low: float, high: float, value: float, score: float
) -> None:
    scale = {"min": low, "max": high}
    assert scores({"a": {"x": value}}, criteria=criteria("x"), scale=scale) == [score]


@pytest.mark.parametrize("normalization", ["max", "sum"])
def test_below_zero_and_a_cost_of_zero_have_no_share_and_stay_out_of_the_reference(
    normalization: str,
) -> None:
    items = {"off": {"x": -1, "y": 0}, "a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}
    of = {"x": {"weight": 1}, "y": {"weight": 1, "direction": "cost"}}
    made = scored(items, criteria=of, normalization=normalization)
    assert [(r.code, r.input) for r in made.verdicts[0].reasons] == [
        ("out_of_scale", "criteria.x"),
        ("out_of_scale", "criteria.y"),
    ]
    del items["off"]
    assert made.reference == scored(items, criteria=of, normalization=normalization).reference


@pytest.mark.parametrize("normalization", ["min_max", "vector"])
def test_below_zero_counts_where_it_has_a_meaning(normalization: str) -> None:
    made = scored(
        {"a": {"x": -3}, "b": {"x": 4}}, criteria=criteria("x"), normalization=normalization
    )
    low, high = (verdict.score for verdict in made.verdicts)
    assert (low, high) == {"min_max": (0, 1), "vector": (-0.6, 0.8)}[normalization]


@pytest.mark.parametrize(
    ("normalization", "direction"),
    [("max", "benefit"), ("sum", "benefit"), ("vector", "benefit"), ("vector", "cost")],
)
def test_a_criterion_that_is_all_zero_counts_for_none(normalization: str, direction: str) -> None:
    of = criteria("x") | criteria("zero", direction=direction)
    made = scored(
        {"a": {"x": 4, "zero": 0}, "b": {"x": 4, "zero": 0}},
        criteria=of,
        normalization=normalization,
    )
    half = {"max": 0.5, "sum": 0.25, "vector": 0.353553390593}[normalization]
    assert [verdict.score for verdict in made.verdicts] == [half, half]
    assert [(w.code, w.message) for w in made.warnings[1:]] == [
        ("constant_criterion", "zero is the same for every item and counts for none.")
    ]


def test_one_odd_row_does_not_unrank_the_others() -> None:
    # 1 / 5e-324 is beyond the largest float; the shares are not.
    made = scores(
        {"odd": {"x": 5e-324}, "even": {"x": 5e-324}, "a": {"x": 1}, "b": {"x": 9}},
        criteria=criteria("x", direction="cost"),
        normalization="sum",
    )
    assert made == [0.5, 0.5, 0, 0]


def test_the_smallest_cost_is_a_cost_and_not_zero() -> None:
    made = scored(
        {"a": {"x": 1e-301}, "b": {"x": 4e-301}, "c": {"x": 0}},
        criteria=criteria("x", direction="cost"),
        normalization="max",
    )
    assert [verdict.score for verdict in made.verdicts] == [1, 0.25, None]
    assert [r.message for r in made.verdicts[2].reasons] == [
        "x is a cost of 0, by which nothing can be divided: use min_max or vector."
    ]


@pytest.mark.parametrize(
    ("normalization", "direction", "expected"),
    [
        ("scale", "benefit", [0.96875, 0.96875, 0.5]),
        ("scale", "cost", [0.03125, 0.03125, 0.5]),
        ("min_max", "benefit", [1, 1, 0]),
        ("sum", "benefit", [0.5, 0.5, 0]),
        ("vector", "benefit", [0.707106781187, 0.707106781187, 0]),
        ("vector", "cost", [0.292893218813, 0.292893218813, 1]),
        ("none", "benefit", [1.5e308, 1.5e308, 0]),
    ],
)
def test_the_largest_numbers_have_scores(
    normalization: str, direction: str, expected: list[float]
) -> None:
    made = scored(
        {"a": {"x": 1.5e308}, "b": {"x": 1.5e308}, "c": {"x": 0}},
        criteria=criteria("x", direction=direction),
        normalization=normalization,
        scale={"min": -1.6e308, "max": 1.6e308},
    )
    assert [verdict.score for verdict in made.verdicts] == expected


def test_the_ends_of_the_longest_list_are_zero_and_one() -> None:
    made = scores(
        {"a": {"x": -1e308}, "b": {"x": 0}, "c": {"x": 1e308}},
        criteria=criteria("x"),
        normalization="min_max",
    )
    assert made == [0, 0.5, 1]


# The list.


@EVERY_NORMALIZATION
def test_what_looks_at_the_list_warns(normalization: str) -> None:
    made = scored(
        {"b": {"x": 1}, "a": {"x": 2}, "c": {}},
        criteria=criteria("x"),
        normalization=normalization,
    )
    (warning,) = made.warnings
    assert (warning.code, warning.keys) == ("list_relative", ["a", "b"])


def test_what_does_not_look_at_the_list_does_not_warn() -> None:
    items = {"a": {"x": 1}, "b": {"x": 1}}
    assert scored(items, criteria=criteria("x"), scale={"min": 0, "max": 1}).warnings == []
    assert scored(items, criteria=criteria("x"), normalization="none").warnings == []


@pytest.mark.parametrize(
    ("normalization", "per_item"),
    [
        *(("scale", True), ("none", True)),
        *(("min_max", False), ("max", False), ("sum", False), ("vector", False)),
    ],
)
def test_it_says_whether_it_looks_at_the_list(normalization: str, *, per_item: bool) -> None:
    options = WeightedOptions.model_validate(
        {
            "criteria": criteria("x"),
            "normalization": normalization,
            "scale": {"min": 0, "max": 1},
        }
    )
    assert METHOD.per_item(options) is per_item


def test_complete_items_alone_make_up_the_reference() -> None:
    made = scored(
        {"a": {"x": 1, "y": 1}, "b": {"x": 3, "y": 1}, "partial": {"x": 99}},
        criteria=criteria("x", "y"),
        normalization="min_max",
    )
    assert made.reference == {"x": Reference(min=1, max=3), "y": Reference(min=1, max=1)}
    assert made.verdicts[2].tier is None


def test_with_renormalize_those_that_have_the_criterion_make_up_its_reference() -> None:
    made = scored(
        {"a": {"x": 1, "y": 1}, "partial": {"x": 5}, "empty": {}},
        criteria=criteria("x", "y"),
        normalization="min_max",
        missing="renormalize",
    )
    assert made.reference == {"x": Reference(min=1, max=5), "y": Reference(min=1, max=1)}
    assert [verdict.score for verdict in made.verdicts] == [0, 1, None]


@pytest.mark.parametrize(
    ("normalization", "reference"),
    [
        ("max", Reference(min=3, max=4)),
        ("sum", Reference(sum=7)),
        ("vector", Reference(norm=5)),
        ("scale", Reference(min=0, max=8)),
    ],
)
def test_the_reference_is_told(normalization: str, reference: Reference) -> None:
    made = scored(
        {"a": {"x": 3}, "b": {"x": 4}},
        criteria=criteria("x"),
        normalization=normalization,
        scale={"min": 0, "max": 8},
    )
    assert made.reference == {"x": reference}


def test_values_are_rounded_before_they_make_a_range() -> None:
    made = scored(
        {"a": {"x": 0.1 + 0.2}, "b": {"x": 0.3}},
        criteria=criteria("x"),
        normalization="min_max",
    )
    assert made.reference == {"x": Reference(min=0.3, max=0.3)}


def test_values_are_not_rounded_before_they_are_added_up() -> None:
    of, values = criteria("x", "y"), {"x": 1.1343642441124, "y": 1.8474337369372}
    assert scores({"a": values}, criteria=of, normalization="none") == [1.49089899052]
    assert scores({"a": values}, criteria=of, scale={"min": 0, "max": 2}) == [0.745449495262]


@EVERY_NORMALIZATION
@pytest.mark.parametrize("value", [2 / 3, 1 / 7, 0.1 + 0.2])
def test_an_item_alone_is_the_whole_of_its_list(normalization: str, value: float) -> None:
    made = scores({"a": {"x": value}}, criteria=criteria("x"), normalization=normalization)
    assert made == [0 if normalization == "min_max" else 1]


@EVERY_NORMALIZATION
def test_a_list_that_nothing_is_scored_of_warns_of_nothing(normalization: str) -> None:
    made = scored({"a": {}, "b": {}}, criteria=criteria("x"), normalization=normalization)
    assert made.warnings == []


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
