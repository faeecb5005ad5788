"""Defends the diff: what moved between two rankings, why, and how much the orders agree."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter

from app.engine.diff import Comparison, MoveCounts, TopKept, compare, follow
from app.engine.moves import (
    BucketMove,
    Driver,
    NumberMove,
    RankMove,
    Side,
    Standing,
)
from tests.engine.sides import ALL, TWO_NOW, codes, costs, moves, rated, rice, side, texts


def test_an_input_that_is_absent_is_as_blank_as_null() -> None:
    before, after = side({"a": {"cost_of_delay": 1}}), side({"a": {"cost_of_delay": 1}})
    nulled = side({"a": {"cost_of_delay": 1, "duration": None}})
    assert compare(before, after, ALL).moves == compare(before, nulled, ALL).moves == []


def test_an_input_that_only_orders_a_class_is_no_cause_where_other_scores_do() -> None:
    a = {"cost_of_delay": 2, "duration": 1, "category": "must", "value": 3, "effort": 5}
    b = {"cost_of_delay": 1, "duration": 1, "category": "must"}
    before = side({"a": a, "b": b}, bucket_by="moscow")
    after = side(
        {"a": a | {"value": 30, "effort": 1}, "b": b | {"cost_of_delay": 4}}, bucket_by="moscow"
    )
    move = moves(before, after)["a"]
    assert codes(move) == ["overtaken"]
    assert move.text == "Down 1: nothing about it changed; b (cost_of_delay 1 to 4) passed it."


def test_a_criterion_that_no_option_names_is_no_cause() -> None:
    options = {"criteria": {"worth": {"weight": 1}}, "normalization": "none"}
    a, b = {"criteria": {"worth": 2, "note": 1}}, {"criteria": {"worth": 1}}
    before = side({"a": a, "b": b}, "weighted", options=options)
    after = side(
        {"a": {"criteria": {"worth": 2, "note": 9}}, "b": {"criteria": {"worth": 3}}},
        "weighted",
        options=options,
    )
    move = moves(before, after)["a"]
    assert codes(move) == ["overtaken"]
    assert move.text == "Down 1: nothing about it changed; b (worth 1 to 3) passed it."


def test_an_input_that_is_only_warned_of_moves_nothing() -> None:
    """Whose class is set by hand is there whatever it depends on."""
    musts = {key: {"category": "must", "value": 2, "effort": 1} for key in ("a", "b", "c")}
    other = musts | {"b": musts["b"] | {"depends_on": ["a"]}, "c": musts["c"] | {"value": 9}}
    assert texts(side(musts, "moscow"), side(other, "moscow")) == {
        "c": "Still at rank 1: value 2 to 9.",
        "a": "Down 1: nothing about it changed; c (value 2 to 9) passed it.",
        "b": "Down 1: nothing about it changed; c (value 2 to 9) passed it.",
    }


def test_an_input_that_only_another_order_of_a_horizon_reads_moves_nothing() -> None:
    sent = {key: {**rated(2, 2, 2), "horizon": "now", "effort": 1} for key in ("a", "b")}
    other = {"a": sent["a"] | {"effort": 9}, "b": sent["b"] | {"ease": 5}}
    before, after = (side(one, "ice", bucket_by="now_next_later") for one in (sent, other))
    assert texts(before, after) == {
        "b": "Still at rank 1: ease 2 to 5.",
        "a": "Down 1: nothing about it changed; b (ease 2 to 5) passed it.",
    }


def test_another_name_of_a_unit_is_no_change() -> None:
    before = costs({"a": 1})
    after = side({"a": {"cost_of_delay": 9, "duration": 1}}, options={"duration_unit": "days"})
    assert codes(moves(before, after)["a"]) == ["input_changed"]


def test_an_option_that_is_only_warned_by_moves_nothing() -> None:
    old, new = ({"a": {"category": "must", "value": value, "effort": 1}} for value in (4, 9))
    after = side(new, "moscow", options={"capacity": 20})
    assert texts(side(old, "moscow"), after) == {"a": "Still at rank 1: value 4 to 9."}


def test_what_has_no_formula_on_one_side_has_no_drivers() -> None:
    scored, blank = side({"a": rice(3)}, "rice"), side({"a": rice(3, effort=None)}, "rice")
    for before, after in ((scored, blank), (blank, scored)):
        assert moves(before, after)["a"].drivers == []


def test_keys_in_another_order_are_no_change() -> None:
    sent: dict[str, Any] = {"value": 2, "effort": 1, "horizon": "now"}
    before, after, reordered = (
        side({"a": sent | changed}, "now_next_later", options=TWO_NOW)
        for changed in (
            {"depends_on": ["b", "c"]},
            {"depends_on": ["c", "b"], "value": 1},
            {"depends_on": ["c", "b"]},
        )
    )
    assert texts(before, after) == {"a": "Still at rank 1: value 2 to 1."}
    followed = follow(before, reordered)
    assert followed
    assert followed.causes == []


def test_a_method_that_looks_at_the_whole_list_moves_items_that_nothing_changed_about() -> None:
    weights = {"criteria": {"gain": {"weight": 1}}, "normalization": "min_max"}
    before = side({"a": gain(1), "b": gain(2), "c": gain(3)}, "weighted", options=weights)
    after = side({"a": gain(1), "b": gain(2), "c": gain(5)}, "weighted", options=weights)
    move = moves(before, after)["b"]
    assert (move.score, codes(move)) == (NumberMove(0.5, 0.25), ["list_changed"])
    assert move.text == "Still at rank 2: the list changed that it is measured against."
    assert move.drivers == [
        Driver(
            "criteria.gain", NumberMove(2, 2), NumberMove(1, 1), NumberMove(0.5, 0.25)
        ),
    ]  # fmt: skip


def test_a_list_is_a_cause_beside_an_input_where_the_values_are_measured_against_another() -> None:
    weights = {
        "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}},
        "normalization": "min_max",
    }
    before = side(
        {"a": worth(5, 9), "b": worth(9, 0), "c": worth(0, 0)}, "weighted", options=weights
    )
    for gained, said in (
        (9, "Still at rank 1: gain 5 to 5.01."),
        (100, "Still at rank 1: gain 5 to 5.01; the list changed that it is measured against."),
    ):
        sent = {"a": worth(5.01, 9), "b": worth(gained, 0), "c": worth(0, 0)}
        assert texts(before, side(sent, "weighted", options=weights))["a"] == said


def test_a_list_is_a_cause_beside_other_options_where_it_is_another() -> None:
    sent = {"a": worth(10, 7), "b": worth(5, 6), "c": worth(6, 9)}
    more = sent | {"d": worth(2, 8)}

    def weighed(sent: dict[str, Any], gain: float, normalization: str = "min_max") -> Side:
        criteria = {"gain": {"weight": gain}, "ease": {"weight": 1}}
        options = {"criteria": criteria, "normalization": normalization}
        return side(sent, "weighted", options=options)

    before = weighed(sent, 1)
    assert codes(moves(before, weighed(more, 3))["b"]) == ["options_changed", "list_changed"]
    assert codes(moves(before, weighed(sent, 3))["a"]) == ["options_changed"]
    assert codes(moves(before, weighed(sent, 1, "sum"))["a"]) == ["options_changed"]
    assert codes(moves(before, weighed(more, 1, "sum"))["a"]) == [
        "options_changed",
        "list_changed",
    ]


def test_a_list_that_nobody_else_changed_is_no_cause_beside_an_input() -> None:
    sums = {"criteria": {"gain": {"weight": 1}}, "normalization": "sum"}
    before, after = (
        side({"a": gain(value), "b": gain(1)}, "weighted", options=sums) for value in (5, 6)
    )
    assert texts(before, after) == {
        "a": "Still at rank 1: gain 5 to 6.",
        "b": "Still at rank 2: the list changed that it is measured against.",
    }


def test_a_criterion_that_an_item_does_not_have_measures_it_against_nothing() -> None:
    options = {
        "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}},
        "normalization": "min_max",
        "missing": "renormalize",
    }
    before, after = (
        side({"a": gain(a), "b": worth(1, 4), "c": worth(9, ease)}, "weighted", options=options)
        for a, ease in ((5, 9), (6, 19))
    )
    assert texts(before, after)["a"] == "Still at rank 2: gain 5 to 6."


def test_a_class_by_the_list_is_told_with_the_list_that_decided_it() -> None:
    before, after = (
        side({key: {"value": value, "effort": 5} for key, value in values.items()}, "value_effort")
        for values in ({"a": 5, "b": 5}, {"a": 5.5, "b": 9})
    )
    move = moves(before, after)["a"]
    assert codes(move) == ["input_changed", "list_changed", "overtaken"]
    assert move.text == (
        "Down 1, from big bet to time sink: value 5 to 5.5; the list changed that it is measured"
        " against; b (value 5 to 9) passed it."
    )


def test_what_loses_its_rank_by_its_own_input_is_not_measured_against_another_list() -> None:
    before, after = (
        side(
            {"a": {"value": 5, "effort": effort}, "b": {"value": value, "effort": 5}},
            "value_effort",
        )
        for effort, value in ((5, 5), (None, 9))
    )
    assert codes(moves(before, after)["a"]) == ["input_changed"]


def test_an_item_that_is_followed_is_told_the_list_by_what_it_is_measured_against() -> None:
    sums = {"criteria": {"gain": {"weight": 1}}, "normalization": "sum"}
    before, after = (
        side({"a": gain(a), "b": gain(b)}, "weighted", options=sums) for a, b in ((5, 1), (6, 3))
    )
    alone = [
        msgspec.structs.replace(
            whole, standings=[one for one in whole.standings if one.key == "a"]
        )
        for whole in (before, after)
    ]
    move = follow(alone[0], alone[1])
    assert move
    assert codes(move) == ["input_changed", "list_changed"]


def test_a_list_moves_an_item_by_others_whom_it_measures_otherwise() -> None:
    options = {
        "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}},
        "normalization": "min_max",
    }
    before, after = (
        side(
            {"a": worth(10, 0), "b": worth(4, 6), "c": worth(0, ease)}, "weighted", options=options
        )
        for ease in (12, 7)
    )
    assert texts(before, after)["a"] == (
        "Down 1: the list changed that it is measured against; b passed it."
    )


def test_who_passed_is_named_where_a_list_is_measured_otherwise() -> None:
    options = {"criteria": {"gain": {"weight": 1}}, "normalization": "min_max"}
    before, after = (
        side({"a": gain(5), "b": gain(b), "c": gain(0)}, "weighted", options=options)
        for b in (1, 20)
    )
    assert texts(before, after)["a"] == (
        "Down 1: the list changed that it is measured against; b (gain 1 to 20) passed it."
    )


def test_other_options_are_told_and_not_the_list_where_they_let_others_pass() -> None:
    sent = {"a": worth(5, 5), "b": worth(9, 2), "c": worth(0, 0), "d": worth(10, 10)}
    before, after = (
        side(
            sent,
            "weighted",
            options={
                "criteria": {"gain": {"weight": weight}, "ease": {"weight": 4 - weight}},
                "normalization": "min_max",
            },
        )
        for weight in (1, 3)
    )
    assert codes(moves(before, after)["a"]) == ["options_changed", "overtaken"]


def test_options_are_a_cause_also_where_who_passed_has_another_input() -> None:
    """What moved it cannot be told apart, and its own weight would have been enough."""
    before, after = (
        side(
            {"a": worth(5, 5), "b": worth(gained, 2)},
            "weighted",
            options={
                "criteria": {"gain": {"weight": weight}, "ease": {"weight": 4 - weight}},
                "normalization": "none",
            },
        )
        for gained, weight in ((9, 1), (8, 3))
    )
    assert codes(moves(before, after)["a"]) == ["options_changed", "overtaken"]


def test_what_is_told_is_the_same_however_much_of_it_is_told() -> None:
    """Its own formula shows that the options are others; the larger move has none any more."""
    ice = {"b": rated(2, 5, 2), "c": rated(5, 1, 1)}
    before = side({"a": rated(2, 1, 2), **ice, "z": {}}, "ice")
    after = side(
        {"a": {}, "b": rated(3, 5, 2), "c": rated(5, 1, 2), "z": {}},
        "ice",
        options={"formula": "mean"},
    )
    whole = compare(before, after, ALL).moves
    assert [compare(before, after, limit).moves for limit in (1, 2)] == [whole[:1], whole[:2]]
    assert "options_changed" in codes(whole[0])


def test_options_that_moved_nobody_whose_inputs_stayed_are_no_cause() -> None:
    before = side({"a": rice(10), "b": rice(5), "c": rice(1)}, "rice")
    sent = {"a": rice(11), "b": rice(20), "c": rice(1)}
    assert texts(before, side(sent, "rice", options={"impact_scale": "free"})) == {
        "a": "Down 1: reach 10 to 11; b (reach 5 to 20) passed it.",
        "b": "Up 1: reach 5 to 20.",
    }


def test_options_are_a_cause_where_an_input_changed_that_is_not_read() -> None:
    before, after = (
        side(
            {"x": {"criteria": {"gain": gained, "ease": 7}}, "y": {}},
            "weighted",
            options={"criteria": {name: {"weight": 1}}, "scale": {"min": 0, "max": 10}},
        )
        for gained, name in ((2, "gain"), (3, "ease"))
    )
    assert codes(moves(before, after)["x"]) == ["options_changed"]


def test_who_passed_is_named_beside_options_where_a_rank_goes_against_its_score() -> None:
    before = side({"a": rice(10), "b": rice(5)}, "rice")
    after = side({"a": rice(11), "b": rice(20)}, "rice", options={"impact_scale": "free"})
    assert codes(moves(before, after)["a"]) == ["input_changed", "options_changed", "overtaken"]
    assert codes(moves(before, after)["b"]) == ["input_changed", "options_changed"]


def test_an_item_that_is_followed_is_told_other_options_only_where_it_moved() -> None:
    free = {"impact_scale": "free"}
    first, other = (side({"a": rice(5)}, "rice", options=options) for options in ({}, free))
    third = msgspec.structs.replace(
        other, standings=[msgspec.structs.replace(other.standings[0], rank=3)]
    )
    told = [follow(first, other), follow(first, third)]
    assert [move and move.text for move in told] == [
        "Still at rank 1.",
        "Down 2: the options changed (impact_scale intercom to free); others passed it.",
    ]


def test_what_only_another_engine_can_have_scored_otherwise_is_told_so() -> None:
    after = costs({"a": 5})
    stood = msgspec.structs.replace(after.standings[0], score=7)
    before = msgspec.structs.replace(after, standings=[stood])
    move = moves(before, after)["a"]
    assert codes(move) == ["engine_changed"]
    assert move.text == "Still at rank 1: the engine scores it otherwise now."


def gain(value: float) -> dict[str, dict[str, float]]:
    return {"criteria": {"gain": value}}


def test_a_criterion_is_told_by_its_name_and_its_weight_is_a_driver() -> None:
    criteria = {"criteria": {"gain": {"weight": 3}, "ease": {"weight": 1}}}
    other = {"criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}}}
    scale = {"scale": {"min": 0, "max": 10}}
    old, new = ({"criteria": {"gain": 5, "ease": x}} for x in (5, 10))
    same = {**criteria, **scale}
    before = side({"a": old}, "weighted", options=same)
    assert texts(before, side({"a": new}, "weighted", options=same)) == {
        "a": "Still at rank 1: ease 5 to 10."
    }
    move = moves(before, side({"a": new}, "weighted", options={**other, **scale}))["a"]
    assert codes(move) == ["input_changed", "options_changed"]
    assert move.text == (
        "Still at rank 1: ease 5 to 10; the options changed (criteria.ease.weight 0.25 to 0.5,"
        " criteria.gain.weight 0.75 to 0.5)."
    )
    assert [(driver.input, driver.weight) for driver in move.drivers] == [
        ("criteria.gain", NumberMove(0.75, 0.5)),
        ("criteria.ease", NumberMove(0.25, 0.5)),
    ]


def test_other_options_are_no_cause_where_others_passed_an_item_of_the_same_score() -> None:
    before = side({"a": rice(10), "b": rice(5)}, "rice")
    after = side({"a": rice(10), "b": rice(20)}, "rice", options={"reach_period": "month"})
    move = moves(before, after)["a"]
    assert codes(move) == ["overtaken"]
    assert move.text == "Down 1: nothing about it changed; b (reach 5 to 20) passed it."


def test_other_options_are_a_cause_of_being_passed_by_those_whom_they_moved() -> None:
    before, after = (
        side(
            {"a": worth(5, 5), "b": worth(9, 2)},
            "weighted",
            options={
                "criteria": {"gain": {"weight": gain}, "ease": {"weight": 4 - gain}},
                "normalization": "none",
            },
        )
        for gain in (1, 3)
    )
    move = moves(before, after)["a"]
    assert (move.score, codes(move)) == (NumberMove(5, 5), ["options_changed", "overtaken"])
    assert move.text == (
        "Down 1: the options changed (criteria.gain.weight 0.25 to 0.75, criteria.ease.weight 0.75"
        " to 0.25); b passed it."
    )


def worth(gain: float, ease: float) -> dict[str, dict[str, float]]:
    return {"criteria": {"gain": gain, "ease": ease}}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"next": {"max_items": 1}}, {"now": {}, "next": {"max_items": 1}}),
        ({"now": {"max_items": 1}, "next": {}}, {"now": {"max_items": 1}}),
        ({"now": {}}, {"next": {}}),
    ],
)
def test_a_horizon_without_a_limit_beside_another_is_no_other_option(
    was: dict[str, Any], now: dict[str, Any]
) -> None:
    before, after = (
        side({"a": {"value": value, "effort": 1}}, "now_next_later", options=options)
        for value, options in ((4, was), (5, now))
    )
    assert codes(moves(before, after)["a"]) == ["input_changed"]


@pytest.mark.parametrize(
    "now",
    [
        {"scale": {"min": 0, "max": 9}, "normalization": "none"},
        {"criteria": {"gain": {"weight": 1, "scale": {"min": 0, "max": 9}}}},
        {"criteria": {"gain": {"weight": 1}, "ease": {"weight": 0}}},
        {"missing": "renormalize"},
    ],
)
def test_scales_and_criteria_that_are_not_read_are_no_other_options(now: dict[str, Any]) -> None:
    was = {"criteria": {"gain": {"weight": 1}}, "normalization": "none"}
    before, after = (
        side({"a": gain(value)}, "weighted", options=options)
        for value, options in ((4, was), (5, was | now))
    )
    assert codes(moves(before, after)["a"]) == ["input_changed"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"scale": {"min": 0, "max": 9}}, {}),
        ({"scale": {"min": 0, "max": 9}}, {"scale": {"min": 0, "max": 5}}),
    ],
)
def test_a_common_scale_that_is_not_read_is_no_other_option(
    was: dict[str, Any], now: dict[str, Any]
) -> None:
    criteria = {"gain": {"weight": 1, "scale": {"min": 0, "max": 9}}}
    before, after = (
        side({"a": gain(value)}, "weighted", options={"criteria": criteria, **options})
        for value, options in ((4, was), (5, now))
    )
    assert codes(moves(before, after)["a"]) == ["input_changed"]


def test_weights_of_the_same_shares_are_no_other_options() -> None:
    before, after = (
        side(
            {"a": {"criteria": {"x": value, "y": 1, "z": 1}}},
            "weighted",
            options={
                "criteria": {name: {"weight": weight} for name, weight in weights.items()},
                "normalization": "none",
            },
        )
        for value, weights in ((4, {"x": 0.1, "y": 0.2, "z": 0.3}), (5, {"x": 1, "y": 2, "z": 3}))
    )
    assert codes(moves(before, after)["a"]) == ["input_changed"]


def test_the_order_of_the_criteria_is_no_other_option() -> None:
    weights = {"ease": {"weight": 1}, "gain": {"weight": 3}}
    other = dict(reversed(weights.items()))
    old, new = ({"a": {"criteria": {"gain": gained, "ease": 5}}} for gained in (5, 6))
    before = side(old, "weighted", options={"criteria": weights, "normalization": "none"})
    after = side(new, "weighted", options={"criteria": other, "normalization": "none"})
    assert codes(moves(before, after)["a"]) == ["input_changed"]


def test_another_method_is_a_cause_and_has_no_drivers() -> None:
    sent = {
        "a": {**rated(10, 10, 1), "cost_of_delay": 1, "duration": 1},
        "b": {**rated(5, 5, 5), "cost_of_delay": 2, "duration": 1},
    }
    before = side(
        {key: pick(of, "impact", "confidence", "ease") for key, of in sent.items()}, "ice"
    )
    after = side({key: pick(of, "cost_of_delay", "duration") for key, of in sent.items()})
    move = moves(before, after)["a"]
    assert "method_changed" in codes(move)
    assert move.drivers == []
    assert move.text.endswith("the method is now CD3.")


@pytest.mark.parametrize("normalization", ["none", "min_max"])
def test_another_method_is_told_without_what_a_list_or_others_did(normalization: str) -> None:
    options = {
        "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1}},
        "normalization": normalization,
    }
    before = side({"a": {"value": 9, "effort": 1}, "b": {"value": 1, "effort": 1}}, "value_effort")
    after = side({"a": worth(50, 50), "b": worth(100, 100)}, "weighted", options=options)
    for move in moves(before, after).values():
        assert codes(move) == ["input_changed", "method_changed"]


def pick(sent: Mapping[str, float], *names: str) -> dict[str, float]:
    return {name: sent[name] for name in names}


def test_a_bucket_that_is_not_there_on_one_side_is_null() -> None:
    sent = {"a": {"cost_of_delay": 1, "duration": 1}}
    before = side(sent)
    after = side({"a": sent["a"] | {"category": "must"}}, bucket_by="moscow")
    move = moves(before, after)["a"]
    assert codes(move) == ["input_changed", "options_changed"]
    assert (move.bucket.before, move.bucket.after) == (None, "must")


def test_a_renamed_key_has_not_left() -> None:
    before = costs({"a": 5, "b": 4})
    after = side(
        {"z": {"cost_of_delay": 3, "duration": 1}, "b": {"cost_of_delay": 4, "duration": 1}},
        renamed={"z": "a"},
    )
    comparison = compare(before, after, ALL)
    assert comparison.counts == MoveCounts(up=1, down=1, same=0, entered=0, left=0)
    assert [move.key for move in comparison.moves] == ["b", "z"]


def test_a_renamed_key_alone_is_no_move() -> None:
    sent = {"cost_of_delay": 5, "duration": 1}
    assert compare(side({"a": sent}), side({"z": sent}, renamed={"z": "a"}), ALL).moves == []


def test_an_item_that_is_followed_is_told_though_it_did_not_move() -> None:
    before, after = side({"A": rice(1000, effort=2)}, "rice"), side({"A": rice(500)}, "rice")
    move = follow(before, before)
    assert move
    assert (move.rank, move.score) == (RankMove(1, 1), NumberMove(500, 500))
    assert (move.causes, move.drivers, move.text) == ([], [], "Still at rank 1.")
    changed = follow(before, after)
    assert changed
    assert codes(changed) == ["input_changed"]
    assert changed.text == "Still at rank 1: effort 2 to 1, reach 1,000 to 500."
    unranked = side({"A": rice(None)}, "rice")
    still = follow(unranked, unranked)
    assert still
    assert still.text == "Still without a rank."
    nothing = side({}, "rice")
    assert follow(nothing, nothing) is None
    assert [one and one.text for one in (follow(nothing, after), follow(before, nothing))] == [
        "New at rank 1.",
        "Left: it was at rank 1.",
    ]


def test_the_largest_moves_come_first_and_equal_ones_by_key() -> None:
    before = costs({"a": 6, "b": 5, "c": 4, "d": 3})
    after = costs({"a": 5, "b": 6, "c": 4, "d": 9, "n": 1})
    assert list(texts(before, after)) == ["d", "a", "c", "n", "b"]


def test_the_limit_caps_what_is_told_and_not_what_is_counted() -> None:
    before, after = costs({"a": 3, "b": 2, "c": 1}), costs({"a": 1, "b": 2, "c": 3})
    comparison = compare(before, after, 1)
    assert [move.key for move in comparison.moves] == ["a"]
    assert comparison.counts == MoveCounts(up=1, down=1, same=1, entered=0, left=0)


def test_explanations_are_asked_for_what_is_told_alone() -> None:
    asked: list[str] = []

    def heard(standing: Standing) -> None:
        asked.append(standing.key)

    before = msgspec.structs.replace(costs({"a": 3, "b": 2, "c": 1}), explain=heard)
    after = msgspec.structs.replace(costs({"a": 1, "b": 2, "c": 3}), explain=heard)
    compare(before, after, 1)
    assert asked == ["a", "a"]


def test_tau_b_is_over_the_items_ranked_in_both() -> None:
    before = costs({"a": 5, "b": 4, "gone": 9, "u": None, "v": 1})
    after = costs({"a": 5, "b": 4, "new": 9, "u": 99, "v": None})
    assert compare(before, after, ALL).tau_b == 1.0


def test_the_top_10_kept_are_counted_by_position() -> None:
    before = costs({f"{n:02}": 1 for n in range(12)})
    after = costs({f"{n:02}": 2 if n >= 10 else 1 for n in range(12)})
    assert compare(before, after, ALL).top_10_kept == TopKept(8, 10)


def test_a_top_of_fewer_than_10_is_that_of_the_items_ranked_before() -> None:
    before, after = costs({"a": 2, "b": 1, "u": None}), costs({"a": 2, "b": None, "u": 1})
    assert compare(before, after, ALL).top_10_kept == TopKept(1, 2)


def test_two_empty_lists_differ_in_nothing() -> None:
    assert compare(costs({}), costs({}), ALL) == Comparison(
        MoveCounts(0, 0, 0, 0, 0), None, TopKept(0, 0), []
    )


def test_what_is_written_and_what_is_described_say_from_and_to() -> None:
    for record in (RankMove, NumberMove, BucketMove):
        assert msgspec.json.encode(record(None, None)) == b'{"from":null,"to":null}'
        assert TypeAdapter(record).json_schema()["required"] == ["from", "to"]
