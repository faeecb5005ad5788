"""Defends what weighted scoring says of a list as a whole: warnings and references."""

import pytest

from app.engine.methods.weighted import (
    METHOD,
    WeightedOptions,
)
from app.engine.verdict import Reference
from tests.engine.weighing import EVERY_NORMALIZATION, criteria, scored, scores


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
