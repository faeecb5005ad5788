"""Defends the sentences of a diff: what they say of a move, in which words and how much of it."""

from typing import Any

import pytest

from app.engine.moves import BucketMove, RankMove
from tests.engine.sides import TWO_NOW, codes, costs, moves, rated, rice, side, texts


def test_an_item_that_entered_is_told_with_its_rank() -> None:
    before, after = costs({"a": 2, "b": 1}), costs({"a": 2, "b": 1, "n": 0, "u": None})
    assert texts(before, after)["n"] == "New at rank 3."
    assert texts(before, after)["u"] == "New, without a rank."
    assert codes(moves(before, after)["n"]) == ["entered"]


def test_an_item_that_left_is_told_with_the_rank_it_had() -> None:
    before, after = costs({"a": 3, "b": 2, "u": None}), costs({"a": 3})
    assert texts(before, after) == {
        "b": "Left: it was at rank 2.",
        "u": "Left: it had no rank.",
    }
    assert codes(moves(before, after)["b"]) == ["left"]


def test_an_item_that_loses_an_input_loses_its_rank() -> None:
    before = side({"a": rice(9, effort=2), "b": rice(1)}, "rice")
    after = side({"a": rice(9, effort=None), "b": rice(1)}, "rice")
    move = moves(before, after)["a"]
    assert (move.rank, codes(move)) == (RankMove(1, None), ["input_changed"])
    assert move.text == "No rank any more, it was 1: effort 2 to blank."


def test_an_item_that_gets_its_last_input_gets_a_rank() -> None:
    before, after = costs({"a": None, "b": 1}), costs({"a": 9, "b": 1})
    move = moves(before, after)["a"]
    assert (move.rank, codes(move)) == (RankMove(None, 1), ["input_changed"])
    assert move.text == "Ranked now, at 1: cost_of_delay blank to 9."


def test_a_score_that_changed_is_told_though_the_rank_did_not() -> None:
    assert texts(costs({"a": 5}), costs({"a": 6})) == {
        "a": "Still at rank 1: cost_of_delay 5 to 6."
    }


def test_an_input_that_changed_by_little_is_told_with_the_digits_that_show_it() -> None:
    before = side({"a": rice(10.001, effort=0.12345)}, "rice")
    after = side({"a": rice(10.004, effort=0.12342)}, "rice")
    assert texts(before, after) == {
        "a": "Still at rank 1: reach 10.001 to 10.004, effort 0.12345 to 0.12342."
    }


def test_a_criterion_that_is_called_as_an_input_is_told_from_it() -> None:
    options = {"criteria": {"effort": {"weight": 1}}, "normalization": "none"}
    sent = {"criteria": {"effort": 2}, "value": 8, "effort": 2}
    before = side({"a": sent}, "weighted", options=options, bucket_by="value_effort")
    after = side(
        {"a": sent | {"criteria": {"effort": 9}}},
        "weighted",
        options=options,
        bucket_by="value_effort",
    )
    move = moves(before, after)["a"]
    assert codes(move) == ["input_changed"]
    assert move.text == "Still at rank 1: criteria.effort 2 to 9."


def test_a_move_to_another_bucket_is_told() -> None:
    sent = {"value": 2, "effort": 1}
    before = side({"a": {**sent, "category": "should"}}, "moscow")
    after = side({"a": {**sent, "category": "must"}}, "moscow")
    move = moves(before, after)["a"]
    assert move.bucket == BucketMove("should", "must")
    assert move.text == "Still at rank 1, from should to must: category should to must."


def test_inputs_that_are_lists_are_told_by_their_keys() -> None:
    sent: dict[str, Any] = {"value": 1, "effort": 1, "horizon": "now"}
    before, after = (
        side({"a": sent | changed, "b": sent}, "now_next_later", options=TWO_NOW)
        for changed in ({"depends_on": ["b"]}, {"horizon": "next", "depends_on": []})
    )
    assert texts(before, after)["a"].endswith("depends_on b to nothing, horizon now to next.")


def test_three_changes_are_told_the_largest_first_and_the_others_counted() -> None:
    names = [f"c{n:02}" for n in range(100)]
    options = {"criteria": {name: {"weight": 1} for name in names}, "normalization": "none"}
    old = dict.fromkeys(names, 1.0)
    new = dict.fromkeys(names, 2.0) | {"c50": 9, "c70": None, "c60": 5}
    before = side({"a": {"criteria": old}}, "weighted", options=options)
    after = side({"a": {"criteria": new | {"c70": -1}}}, "weighted", options=options)
    move = moves(before, after)["a"]
    assert move.text == "Still at rank 1: c70 1 to -1, c50 1 to 9, c60 1 to 5 and 97 more."
    assert len(move.drivers) == 100
    after = side({"a": {"criteria": new}}, "weighted", options=options)
    assert texts(before, after) == {
        "a": "No rank any more, it was 1: c70 1 to blank, c50 1 to 9, c60 1 to 5 and 97 more."
    }


def test_three_keys_of_a_list_are_told_those_of_one_side_first_and_the_others_counted() -> None:
    keys = [f"k{n:02}" for n in range(100)]
    before, after = (
        side(
            {"a": {"value": value, "effort": 1, "horizon": "now", "depends_on": on}},
            "now_next_later",
            options=TWO_NOW,
        )
        for value, on in ((2, keys), (1, [*keys[1:], "z"]))
    )
    assert texts(before, after) == {
        "a": "Still at rank 1: depends_on k00, k01, k02 and 97 more to z, k01, k02 and 97 more,"
        " value 2 to 1."
    }


def test_other_options_are_a_cause() -> None:
    sent = {key: rated(*three) for key, three in {"a": (10, 10, 1), "b": (5, 5, 5)}.items()}
    before, after = side(sent, "ice"), side(sent, "ice", options={"formula": "mean"})
    assert texts(before, after) == {
        "a": "Up 1: the options changed (formula product to mean).",
        "b": "Down 1: the options changed (formula product to mean).",
    }


def test_other_buckets_are_named() -> None:
    scores = rice(1)
    sent = {"a": scores | {"category": "must", "horizon": "now"}}
    musts, horizons = (side(sent, "rice", bucket_by=one) for one in ("moscow", "now_next_later"))
    assert codes(moves(musts, horizons)["a"]) == ["options_changed"]
    assert texts(musts, horizons) == {
        "a": "Still at rank 1, from must to now: the buckets are now by Now, Next, Later."
    }
    assert texts(musts, side({"a": scores}, "rice")) == {
        "a": "Still at rank 1, from must to no bucket: there are no buckets now."
    }
    assert texts(musts, side({"a": scores}, "rice", options={"impact_scale": "free"})) == {
        "a": "Still at rank 1, from must to no bucket: the options changed"
        " (impact_scale intercom to free) and there are no buckets now."
    }


def test_other_options_of_the_buckets_are_named() -> None:
    sent = {"a": rice(1) | {"value": 8, "effort": 2}}
    by_median, by_hand = (
        side(sent, "rice", bucket_by="value_effort", bucket_options=options)
        for options in ({}, {"cut": {"value": 9, "effort": 3}})
    )
    assert texts(by_median, by_hand) == {
        "a": "Still at rank 1, from big bet to fill in: the options changed"
        " (cut.value blank to 9, cut.effort blank to 3)."
    }


def test_of_many_other_options_the_first_three_are_named() -> None:
    sent = {"a": {"criteria": {"gain": 2, "ease": 8}}}
    scaled = {"criteria": {"gain": {"weight": 1}}, "scale": {"min": 0, "max": 10}}
    summed = {
        "criteria": {"gain": {"weight": 1}, "ease": {"weight": 1, "direction": "cost"}},
        "normalization": "sum",
    }
    before, after = (side(sent, "weighted", options=options) for options in (scaled, summed))
    assert texts(before, after) == {
        "a": "Still at rank 1: the options changed (criteria.ease.weight blank to 0.5,"
        " criteria.ease.direction blank to cost, scale.min 0 to blank and 3 more)."
    }


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ({}, {"now": {}}, "now blank to {}"),
        ({"now": {}}, {}, "now {} to blank"),
        ({}, {"now": {"max_items": 1}}, "now.max_items blank to 1"),
        ({"now": {"max_items": 1}}, {}, "now.max_items 1 to blank"),
        ({"now": {"max_items": 1}}, {"now": {}}, "now.max_items 1 to blank"),
        ({}, {"next": {}}, "next blank to {}"),
        ({"now": {"max_items": 1}}, {"now": {"max_items": 2}}, "now.max_items 1 to 2"),
    ],
)
def test_a_horizon_without_a_limit_is_told_from_one_that_is_not_there(
    was: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    sent = {"a": {"value": 8, "effort": 2}, "b": {"value": 6, "effort": 2}}
    before, after = (side(sent, "now_next_later", options=options) for options in (was, now))
    told = moves(before, after)
    assert {tuple(codes(move)) for move in told.values()} == {("options_changed",)}
    assert {move.text.partition(": ")[2] for move in told.values()} == {
        f"the options changed ({said})."
    }


def test_options_are_told_as_they_were_given() -> None:
    own = {"weight": 1, "scale": {"min": 0, "max": 9}}
    to_5, to_9 = ({"scale": {"min": 0, "max": most}} for most in (5, 9))
    plain = {"gain": {"weight": 1}, "ease": {"weight": 1}}
    for was, now, said in (
        (
            {"criteria": {"gain": own, "ease": {"weight": 1}}, **to_5},
            {"criteria": {"gain": own, "ease": {"weight": 1}}, **to_9},
            "scale.max 5 to 9",
        ),
        (
            {"criteria": plain, **to_9},
            {"criteria": plain, **to_9, "normalization": "max"},
            "normalization scale to max",
        ),
        (
            {"criteria": plain, "normalization": "none"},
            {"criteria": plain | {"ease": {"weight": 0}}, "normalization": "none"},
            "criteria.ease.weight 0.5 to 0, criteria.gain.weight 0.5 to 1",
        ),
    ):
        before, after = (
            side({"a": {"criteria": {"gain": 4, "ease": 3}}}, "weighted", options=options)
            for options in (was, now)
        )
        assert texts(before, after) == {"a": f"Still at rank 1: the options changed ({said})."}
