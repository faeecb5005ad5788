"""Defends the horizons: what was said by hand stays, what is assigned fits with all it needs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.errors import DependencyCircles
from app.engine.methods.now_next_later import (
    NowNextLaterInputs,
    NowNextLaterOptions,
    compute,
)
from app.engine.verdict import ListWarning, Verdicts


class Item(NamedTuple):
    key: str
    inputs: NowNextLaterInputs


Items = Mapping[str, Mapping[str, Any]]


def placed(
    items: Items, options: Mapping[str, Any], scores: list[float | None] | None = None
) -> Verdicts:
    sent = [Item(key, NowNextLaterInputs.model_validate(inputs)) for key, inputs in items.items()]
    return compute(sent, NowNextLaterOptions.model_validate(options), scores)


def horizons(
    items: Items, options: Mapping[str, Any], scores: list[float | None] | None = None
) -> dict[str, str | None]:
    made = placed(items, options, scores)
    return {key: verdict.bucket for key, verdict in zip(items, made.verdicts, strict=True)}


def warned(items: Items, options: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [(warning.code, warning.keys) for warning in placed(items, options).warnings]


def work(value: float, effort: float, *depends_on: str, **more: object) -> dict[str, Any]:
    return {"value": value, "effort": effort, "depends_on": list(depends_on), **more}


def test_a_given_horizon_is_kept_as_said() -> None:
    made = placed({"a": {"horizon": "later"}, "b": work(9, 3, horizon="now")}, {})
    assert [(v.bucket, v.tier, v.score) for v in made.verdicts] == [
        ("later", 2, None),
        ("now", 0, 3),
    ]
    assert [v.bucket_text for v in made.verdicts] == ["Later: set by hand", "Now: set by hand"]
    assert [r.input for r in made.verdicts[0].reasons] == ["value", "effort"]


def test_without_limits_an_item_without_a_horizon_is_unranked() -> None:
    verdict = placed({"a": work(9, 3)}, {}).verdicts[0]
    assert verdict.tier is None
    assert [(r.code, r.input) for r in verdict.reasons] == [("missing_input", "horizon")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"now": {}}, "now"),
        ({"next": {}}, "now"),
        ({"now": {"max_items": 0}}, "next"),
        ({"now": {"max_items": 0}, "next": {"max_items": 0}}, "later"),
    ],
)
def test_a_null_limit_is_no_limit(options: Mapping[str, Any], expected: str) -> None:
    assert horizons({"a": work(1, 1)}, options) == {"a": expected}


def test_items_are_assigned_by_value_over_effort_and_ties_by_key() -> None:
    items = {"c": work(4, 2), "b": work(2, 1), "a": work(3, 3)}
    assert horizons(items, {"now": {"max_items": 1}, "next": {"max_items": 1}}) == {
        "b": "now",
        "c": "next",
        "a": "later",
    }


def test_under_bucket_by_they_are_assigned_by_the_score() -> None:
    items = {"a": work(9, 1), "b": work(1, 1)}
    assert horizons(items, {"now": {"max_items": 1}}, [1.0, 2.0]) == {"a": "next", "b": "now"}


def test_what_does_not_fit_waits_and_smaller_ones_behind_it_go_in() -> None:
    items = {"large": work(90, 9), "first": work(99, 3), "small": work(5, 2)}
    assert horizons(items, {"now": {"max_effort": 5}, "next": {"max_effort": 9}}) == {
        "first": "now",
        "small": "now",
        "large": "next",
    }


def test_a_horizon_may_be_filled_to_its_limit_in_tenths() -> None:
    items = {"a": work(3, 0.1), "b": work(3, 0.2), "c": work(1, 0.1)}
    assert horizons(items, {"now": {"max_effort": 0.3}}) == {"a": "now", "b": "now", "c": "next"}


def test_a_limit_is_rounded_before_sums_meet_it() -> None:
    items = {"a": work(3, 0.1), "b": work(3, 0.2)}
    assert horizons(items, {"now": {"max_effort": 0.29999999999999993}}) == {
        "a": "now",
        "b": "now",
    }


def test_an_item_takes_its_prerequisites_along() -> None:
    items = {"top": work(90, 1, "base"), "base": work(1, 2), "other": work(50, 1)}
    assert horizons(items, {"now": {"max_effort": 3}}) == {
        "top": "now",
        "base": "now",
        "other": "next",
    }


def test_without_room_for_its_prerequisites_an_item_waits() -> None:
    items = {"top": work(90, 1, "middle"), "middle": work(1, 1, "base"), "base": work(1, 2)}
    assert horizons(items, {"now": {"max_effort": 3}, "next": {"max_effort": 3}}) == {
        "top": "next",
        "middle": "now",
        "base": "now",
    }


def test_items_count_towards_the_number_of_items_with_all_they_need() -> None:
    items = {"top": work(90, 1, "base"), "base": work(1, 1), "other": work(50, 1)}
    assert horizons(items, {"now": {"max_items": 1}}) == {
        "top": "next",
        "base": "next",
        "other": "now",
    }


def test_a_prerequisite_of_a_given_horizon_is_not_later() -> None:
    items = {"top": work(1, 1, "base", horizon="now"), "base": work(1, 50)}
    made = placed(items, {"now": {"max_effort": 10}})
    assert [v.bucket for v in made.verdicts] == ["now", "now"]
    assert made.verdicts[1].bucket_text == "Now: needed by what was set by hand"
    assert [(w.code, w.keys) for w in made.warnings] == [("over_limit", ["base", "top"])]


def test_an_item_is_not_before_a_prerequisite_of_a_given_horizon() -> None:
    items = {"top": work(90, 1, "base"), "base": work(1, 1, horizon="next")}
    assert horizons(items, {"now": {}}) == {"top": "next", "base": "next"}
    assert warned(items, {"now": {}}) == []


def test_what_is_at_odds_by_hand_is_kept_and_warned_of() -> None:
    items = {"top": work(1, 1, "base", horizon="now"), "base": work(1, 1, horizon="later")}
    assert horizons(items, {}) == {"top": "now", "base": "later"}
    assert warned(items, {}) == [("dependency_order", ["top"])]


def test_what_is_needed_by_hand_too_soon_does_not_come_before_what_it_needs() -> None:
    items = {
        "G": work(1, 1, "P", horizon="now"),
        "H": work(1, 1, horizon="later"),
        "P": work(1, 1, "H"),
        "K": work(9, 1, "G"),
    }
    options = {"now": {"max_items": 5}, "next": {"max_items": 5}}
    assert horizons(items, options) == {"G": "now", "H": "later", "P": "later", "K": "now"}
    assert warned(items, options) == [("dependency_order", ["G"])]


def test_given_horizons_count_towards_the_limits() -> None:
    items = {"given": work(1, 4, horizon="now"), "a": work(9, 2), "b": work(1, 1)}
    assert horizons(items, {"now": {"max_effort": 5}}) == {"given": "now", "a": "next", "b": "now"}


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"max_effort": 7}, []),
        ({"max_effort": 6.9}, [("over_limit", ["a", "b"])]),
        ({"max_items": 2}, []),
        ({"max_items": 1}, [("over_limit", ["a", "b"])]),
    ],
)
def test_given_horizons_may_exceed_the_limits_and_are_warned_of(
    limit: Mapping[str, Any], expected: list[tuple[str, list[str]]]
) -> None:
    items = {"b": work(1, 4, horizon="next"), "a": work(1, 3, horizon="next")}
    assert horizons(items, {"next": limit}) == {"a": "next", "b": "next"}
    assert warned(items, {"next": limit}) == expected


def test_over_its_limit_a_horizon_takes_nothing_more() -> None:
    items = {
        "given": work(1, 9, horizon="now"),
        "too": work(1, 0, horizon="now"),
        "a": work(1, 0.1),
    }
    made = placed(items, {"now": {"max_effort": 5, "max_items": 1}})
    assert [v.bucket for v in made.verdicts] == ["now", "now", "next"]
    assert made.verdicts[2].bucket_text == (
        "Next: needs effort 0.1 and 1 place, 0 of 5 and 0 of 1 were left in Now"
    )


def test_an_unranked_prerequisite_does_not_block_and_is_warned_of() -> None:
    items = {"top": work(9, 1, "blank"), "blank": {}}
    made = placed(items, {"now": {}})
    assert [v.bucket for v in made.verdicts] == ["now", None]
    assert made.warnings == [
        ListWarning(
            "unranked_dependency", "Items that need something that is unranked: 1.", 1, ["top"]
        )
    ]


@pytest.mark.parametrize(
    ("inputs", "reasons"),
    [
        ({"value": 1}, [("missing_input", "effort")]),
        ({"effort": 1}, [("missing_input", "value")]),
        ({"value": 1, "effort": 0}, [("zero_divisor", "effort")]),
        ({"value": 1e308, "effort": 1e-300}, [("not_finite", "")]),
    ],
)
def test_without_a_score_no_horizon_is_assigned(
    inputs: Mapping[str, Any], reasons: list[tuple[str, str]]
) -> None:
    verdict = placed({"a": inputs}, {"now": {"max_effort": 9}}).verdicts[0]
    assert (verdict.tier, verdict.score) == (None, None)
    assert [(r.code, r.input) for r in verdict.reasons] == reasons


def test_without_effort_a_score_assigns_where_items_are_counted_alone() -> None:
    items: Items = {"a": {}}
    assert horizons(items, {"now": {"max_items": 1}}, [5.0]) == {"a": "now"}
    assert horizons(items, {"now": {"max_items": 1}, "next": {"max_effort": 1}}, [5.0]) == {
        "a": None
    }


def test_the_text_says_what_was_needed_and_what_was_left() -> None:
    items = {"a": work(700, 35), "b": work(80, 8), "c": work(4, 4)}
    made = placed(items, {"now": {"max_effort": 40}, "next": {"max_effort": 8}})
    assert [v.bucket_text for v in made.verdicts] == [
        "Now: needs 35, 40 of 40 were left",
        "Next: needs 8, 5 of 40 were left in Now",
        "Now: needs 4, 5 of 40 were left",
    ]


@pytest.mark.parametrize(
    ("first", "second", "most", "told"),
    [
        (3, 3.001, 6, "Next: needs 3.001, 3 of 6 were left in Now"),
        (0.001, 6, 6, "Next: needs 6, 5.999 of 6 were left in Now"),
        (0.001, 6.0045, 6.004, "Next: needs 6.0045, 6.003 of 6.004 were left in Now"),
        (99_999.9, 0.1, 100_000, "Now: needs 0.1, 0.1 of 100,000 were left"),
    ],
)
def test_what_was_needed_is_told_apart_from_what_was_left(
    first: float, second: float, most: float, told: str
) -> None:
    items = {"a": work(10 * first, first), "b": work(second, second)}
    assert placed(items, {"now": {"max_effort": most}}).verdicts[1].bucket_text == told


def test_of_one_that_was_left_the_text_speaks_in_the_singular() -> None:
    items = {"a": work(3, 1), "b": work(2, 1), "c": work(1, 1)}
    places = placed(items, {"now": {"max_items": 1}, "next": {"max_items": 2}})
    assert [v.bucket_text for v in places.verdicts] == [
        "Now: needs 1 place, 1 of 1 was left",
        "Next: needs 1 place, 0 of 1 were left in Now",
        "Next: needs 1 place, 0 of 1 were left in Now",
    ]
    efforts = placed(items, {"now": {"max_effort": 2}})
    assert [v.bucket_text for v in efforts.verdicts][:2] == [
        "Now: needs 1, 2 of 2 were left",
        "Now: needs 1, 1 of 2 was left",
    ]


def test_the_text_says_effort_and_places_where_both_are_limited() -> None:
    items = {"a": work(8, 4, "b"), "b": work(2, 2), "c": work(1, 1)}
    made = placed(items, {"now": {"max_effort": 5, "max_items": 1}})
    assert [v.bucket_text for v in made.verdicts] == [
        (
            "Next: needs effort 6 and 2 places with what comes before it,"
            " 5 of 5 and 1 of 1 were left in Now"
        ),
        "Now: needs effort 2 and 1 place, 5 of 5 and 1 of 1 were left",
        "Next: needs effort 1 and 1 place, 3 of 5 and 0 of 1 were left in Now",
    ]


def test_a_circle_is_refused() -> None:
    with pytest.raises(DependencyCircles, match="a -> b -> a"):
        placed({"a": work(1, 1, "b"), "b": work(1, 1, "a")}, {"now": {}})


def test_unknown_dependencies_do_not_block_and_are_warned_of() -> None:
    items = {"a": work(1, 1, "gone")}
    assert horizons(items, {"now": {}}) == {"a": "now"}
    assert warned(items, {"now": {}}) == [("unknown_dependency", ["a"])]


def test_a_chain_of_ten_thousand_is_planned_from_its_end() -> None:
    # The first of the chain is worth most and needs all the others: 5,000 of them have room in
    # Now, where the search for it must not walk the chain once for each of its items.
    chain = {
        f"{n:05}": work(20_000 - n, 1, *([f"{n + 1:05}"] if n < 9_999 else []))
        for n in range(10_000)
    }
    given = horizons(chain, {"now": {"max_effort": 5_000}, "next": {"max_effort": 2_500}})
    assert [given[key] for key in ("00000", "02499", "02500", "04999", "05000", "09999")] == [
        "later",
        "later",
        "next",
        "next",
        "now",
        "now",
    ]


def test_a_chain_without_room_goes_to_next_as_a_whole() -> None:
    chain = {
        f"{n:04}": work(n + 1, 0.1, *([f"{n + 1:04}"] if n < 1_999 else [])) for n in range(2_000)
    }
    made = placed(chain, {"now": {"max_effort": 0.05}})
    assert {v.bucket for v in made.verdicts} == {"next"}
    assert [v.bucket_text for v in made.verdicts][::1_998] == [
        "Next: needs 200 with what comes before it, 0.05 of 0.05 were left in Now",
        "Next: needs 0.2 with what comes before it, 0.05 of 0.05 were left in Now",
    ]


def test_efforts_of_all_exponents_are_added_up_exactly() -> None:
    # The two large ones would swallow the others' efforts in floats; Now is full to the brim.
    items = {
        "large": work(3e300, 1e300),
        "tiny": work(2e-300, 1e-300, "large"),
        "small": work(0.1, 1, "tiny"),
        "too much": work(1e290, 1e300, "small"),
    }
    assert horizons(items, {"now": {"max_effort": 1e300}}) == {
        "large": "now",
        "tiny": "now",
        "small": "now",
        "too much": "next",
    }


def test_an_item_with_a_hundred_prerequisites_needs_each_of_them_once() -> None:
    items = {
        f"{n:04}": work(n + 1, 1, *[f"{m:04}" for m in range(n + 1, min(n + 101, 1_000))])
        for n in range(1_000)
    }
    made = placed(items, {"now": {"max_effort": 300}, "next": {"max_effort": 300}})
    assert [v.bucket for v in made.verdicts] == ["later"] * 400 + ["next"] * 300 + ["now"] * 300
    assert made.verdicts[0].bucket_text == (
        "Later: needs 400 with what comes before it, 0 of 300 were left in Next"
    )


@pytest.mark.parametrize(("tier", "name"), [("next", "Next"), ("later", "Later")])
def test_behind_a_prerequisite_set_by_hand_the_text_names_it(tier: str, name: str) -> None:
    items = {
        "top": work(90, 1, "free", "middle"),
        "middle": work(1, 1, "base"),
        "base": {"horizon": tier},
        "free": work(1, 1),
    }
    made = placed(items, {"now": {}})
    assert [v.bucket for v in made.verdicts] == [tier, tier, tier, "now"]
    assert [v.bucket_text for v in made.verdicts] == [
        f"{name}: middle, which it needs, is in {name}",
        f"{name}: base, which it needs, is in {name}",
        f"{name}: set by hand",
        "Now: there is no limit",
    ]


def test_efforts_beyond_the_largest_number_are_said_in_words() -> None:
    items = {"a": work(9e307, 1.7e308, "b"), "b": work(1, 1.7e308)}
    assert placed(items, {"now": {"max_effort": 1e16}}).verdicts[0].bucket_text == (
        "Next: needs more than 1.79769 x 10^308 with what comes before it,"
        " 1 x 10^16 of 1 x 10^16 were left in Now"
    )


def test_a_number_of_items_is_echoed_as_a_whole_one() -> None:
    options = NowNextLaterOptions.model_validate({"now": {"max_items": 5.0}})
    assert options.model_dump_json() == '{"now":{"max_items":5,"max_effort":null},"next":null}'
