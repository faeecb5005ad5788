"""Defends MoSCoW's rules of balance: by effort, Won't left out, 60 % and 20 % still allowed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.errors import DependencyCircles
from app.engine.methods.moscow import MoscowInputs, MoscowOptions, compute
from app.engine.verdict import ListWarning, Verdict, Verdicts


class Item(NamedTuple):
    key: str
    inputs: MoscowInputs


def placed(items: Mapping[str, Mapping[str, Any]], **options: object) -> Verdicts:
    sent = [Item(key, MoscowInputs.model_validate(inputs)) for key, inputs in items.items()]
    return compute(sent, MoscowOptions.model_validate(options))


def verdict(**inputs: object) -> Verdict:
    return placed({"a": inputs}).verdicts[0]


def release(must: float, should: float, could: float, wont: float = 0) -> dict[str, Any]:
    efforts = {"must": must, "should": should, "could": could, "wont": wont}
    return {name: {"category": name, "effort": effort} for name, effort in efforts.items()}


def codes(made: Verdicts) -> list[str]:
    return [warning.code for warning in made.warnings]


@pytest.mark.parametrize(
    ("category", "tier"), [("must", 0), ("should", 1), ("could", 2), ("wont", 3)]
)
def test_the_category_is_the_tier(category: str, tier: int) -> None:
    made = verdict(category=category, value=6, effort=4)
    assert (made.tier, made.bucket, made.score) == (tier, category, 1.5)


def test_without_a_category_an_item_is_unranked() -> None:
    made = verdict(value=1, effort=1)
    assert (made.tier, made.score) == (None, None)
    assert [(r.code, r.input, r.message) for r in made.reasons] == [
        ("missing_input", "category", "category is missing: send must, should, could or wont.")
    ]


@pytest.mark.parametrize(
    ("inputs", "reasons"),
    [
        ({"value": 1}, [("missing_input", "effort")]),
        ({"effort": 1}, [("missing_input", "value")]),
        ({}, [("missing_input", "value"), ("missing_input", "effort")]),
        ({"value": 1, "effort": 0}, [("zero_divisor", "effort")]),
        ({"effort": 0}, [("missing_input", "value"), ("zero_divisor", "effort")]),
        ({"value": 1e308, "effort": 1e-300}, [("not_finite", "")]),
    ],
)
def test_what_has_no_score_stays_in_its_class_and_says_why(
    inputs: Mapping[str, Any], reasons: list[tuple[str, str]]
) -> None:
    made = verdict(category="must", **inputs)
    assert (made.tier, made.score) == (0, None)
    assert [(r.code, r.input) for r in made.reasons] == reasons


def test_sixty_twenty_twenty_is_the_balance_of_the_handbook() -> None:
    # The DSDM Handbook, chapter 10.
    assert codes(placed(release(60, 20, 20))) == []


@pytest.mark.parametrize(
    ("must", "should", "could", "warned"),
    [
        (60.0001, 19.9999, 20, ["must_over_60_percent"]),
        (60, 20.0001, 19.9999, ["could_under_20_percent"]),
        (61, 20, 19, ["must_over_60_percent", "could_under_20_percent"]),
        (0.1 + 0.2 + 0.3, 0.2, 0.2, []),
        (0, 5, 5, []),
        (6, 4, 0, ["could_under_20_percent"]),
    ],
)
def test_the_limits_themselves_are_allowed(
    must: float, should: float, could: float, warned: list[str]
) -> None:
    assert codes(placed(release(must, should, could))) == warned


def test_tenths_that_add_up_to_the_limit_are_within_it() -> None:
    items = {f"m{n}": {"category": "must", "effort": 0.1} for n in range(6)}
    items |= {f"c{n}": {"category": "could", "effort": 0.1} for n in range(4)}
    assert codes(placed(items)) == []


def test_the_balance_is_by_effort_and_not_by_count() -> None:
    items = {f"m{n}": {"category": "must", "effort": 1} for n in range(6)}
    items["c"] = {"category": "could", "effort": 4}
    made = placed(items)
    assert made.balance is not None
    assert [(b.bucket, b.items, b.effort, b.share) for b in made.balance.buckets] == [
        ("must", 6, 6, 0.6),
        ("should", 0, 0, 0),
        ("could", 1, 4, 0.4),
        ("wont", 0, 0, None),
    ]
    assert made.warnings == []


def test_what_will_not_be_done_is_no_part_of_the_work() -> None:
    made = placed(release(60, 20, 20, wont=900))
    assert made.balance is not None
    assert [b.share for b in made.balance.buckets] == [0.6, 0.2, 0.2, None]
    assert made.warnings == []


def test_items_without_effort_are_named_and_the_shares_are_of_the_rest() -> None:
    items = release(60, 20, 20) | {"b": {"category": "must"}, "w": {"category": "wont"}}
    made = placed(items)
    assert made.balance is not None
    assert made.balance.buckets[0].share == 0.6
    assert (made.balance.without_effort, made.balance.keys_without_effort) == (1, ["b"])


def test_the_unranked_are_no_part_of_the_balance() -> None:
    made = placed(release(60, 20, 20) | {"x": {"effort": 1000}})
    assert made.balance is not None
    assert [b.items for b in made.balance.buckets] == [1, 1, 1, 1]
    assert made.warnings == []


def test_without_any_effort_nothing_is_out_of_balance() -> None:
    assert codes(placed({"a": {"category": "must"}, "b": {"category": "must"}})) == []


@pytest.mark.parametrize(("capacity", "warned"), [(60, []), (59.999, ["must_over_capacity"])])
def test_musts_may_fill_the_capacity(capacity: float, warned: list[str]) -> None:
    assert codes(placed(release(60, 20, 20), capacity=capacity)) == warned


def test_sums_are_rounded_before_they_meet_the_capacity() -> None:
    items = release(0.1, 0, 0.2) | {"m": {"category": "must", "effort": 0.2}}
    assert "must_over_capacity" not in codes(placed(items, capacity=0.3))


def test_the_shortfall_is_named() -> None:
    made = placed(release(60, 20, 20), capacity=52.5)
    assert made.warnings == [
        ListWarning(
            "must_over_capacity",
            "Musts need 60 and the capacity is 52.5: 7.5 too much.",
            1,
            ["must"],
        )
    ]


def test_shares_and_efforts_are_told_apart_from_the_limits_that_they_pass() -> None:
    made = placed(release(60.003, 20, 19.999), capacity=60)
    assert [warning.message for warning in made.warnings] == [
        (
            "Musts are 60.0018 % of the planned effort; above 60 % nothing is left to give when a"
            " must grows."
        ),
        (
            "Coulds are 19.9986 % of the planned effort; with less than 20 % there is little to"
            " drop when time runs short."
        ),
        "Musts need 60.003 and the capacity is 60: 0.003 too much.",
    ]


@pytest.mark.parametrize("lower", ["should", "could", "wont"])
def test_a_must_that_depends_on_a_lower_class_is_warned_of(lower: str) -> None:
    made = placed(
        {
            "b": {"category": "must", "depends_on": ["x"]},
            "a": {"category": "must", "depends_on": ["b"]},
            "x": {"category": lower, "depends_on": ["y"]},
            "y": {"category": "wont"},
        }
    )
    assert [(w.code, w.keys) for w in made.warnings] == [("must_depends_on_lower", ["b"])]


def test_a_must_that_depends_on_what_has_no_class_is_not_warned_of() -> None:
    made = placed({"a": {"category": "must", "depends_on": ["x"]}, "x": {}})
    assert made.warnings == []


def test_unknown_dependencies_are_warned_of_and_circles_refused() -> None:
    made = placed({"a": {"category": "must", "depends_on": ["gone"]}})
    assert codes(made) == ["unknown_dependency"]
    with pytest.raises(DependencyCircles, match="a -> b -> a"):
        placed({"a": {"depends_on": ["b"]}, "b": {"depends_on": ["a"]}})


def test_a_shortfall_beyond_the_largest_number_is_said_in_words() -> None:
    efforts = {key: {"category": "must", "effort": 1.7e308} for key in "ab"}
    (warning,) = placed(efforts, capacity=1e16).warnings
    assert warning.message == (
        "Musts need more than 1.79769 x 10^308 and the capacity is 1 x 10^16:"
        " more than 1.79769 x 10^308 too much."
    )
