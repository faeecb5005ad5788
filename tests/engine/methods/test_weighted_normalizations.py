"""Defends what each normalization of weighted scoring makes of a number, by hand."""

import pytest

from tests.engine.weighing import criteria, scored, scores


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
