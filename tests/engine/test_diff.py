"""Defends the diff: what moved between two rankings, why, and how much the orders agree."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.engine.diff import Comparison, MoveCounts, TopKept, compare, follow
from app.engine.inputs import Inputs
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.moves import (
    BucketMove,
    Cause,
    Driver,
    Move,
    NumberMove,
    RankMove,
    Side,
    Standing,
)
from app.engine.ranking import Scoring, explain, inputs_read, prioritize
from app.engine.verdict import Explanation

ALL = 10_000
REPEATABLE = settings(max_examples=200, derandomize=True, database=None)


class Item(NamedTuple):
    key: str
    inputs: Inputs


def side(
    sent: Mapping[str, Mapping[str, Any]],
    method: str = "cd3",
    *,
    options: Mapping[str, Any] | None = None,
    bucket_by: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Side:
    """Rank what was sent and say how it stands; a renamed item is identified by its old key."""
    made = METHODS[method].options.model_validate(options or {})
    scoring = Scoring(METHODS[method], made)
    if bucket_by:
        buckets = METHODS[bucket_by]
        scoring = Scoring(scoring.method, made, buckets, buckets.options())
    read = inputs_with_buckets(scoring.method) if bucket_by else scoring.method.inputs
    items = [Item(key, read.model_validate(inputs)) for key, inputs in sent.items()]
    ranking = prioritize(items, scoring)
    places = {items[place.index].key: place for place in ranking.places}

    def explained(standing: Standing) -> Explanation | None:
        place = places[standing.key]
        return explain(items[place.index], scoring, place.verdict, ranking.reference)

    standings = [
        Standing(
            (renamed or {}).get(key, key),
            key,
            None,
            sent[key],
            place.rank,
            place.verdict.score,
            place.verdict.tier,
            place.verdict.bucket,
        )
        for key, place in places.items()
    ]
    scored = {"method": method, "options": made.model_dump_json(), "bucket_method": bucket_by}
    return Side(method, scored, inputs_read(scoring), standings, explained)


def costs(costs_of_delay: Mapping[str, float | None]) -> Side:
    """Rank by one number; without it an item is unranked."""
    return side({key: {"cost_of_delay": x, "duration": 1} for key, x in costs_of_delay.items()})


def rice(reach: float | None, effort: float | None = 1) -> dict[str, float | None]:
    return {"reach": reach, "impact": 1, "confidence": 100, "effort": effort}


def texts(before: Side, after: Side) -> dict[str, str]:
    """Give what is told, in its order."""
    return {move.key: move.text for move in compare(before, after, ALL).moves}


def moves(before: Side, after: Side) -> dict[str, Move]:
    return {move.key: move for move in compare(before, after, ALL).moves}


def codes(move: Move) -> list[str]:
    return [cause.code for cause in move.causes]


def test_an_item_that_nothing_changed_about_is_overtaken_by_one_whose_input_grew() -> None:
    before = side({"A": rice(1000), "B": rice(900), "C": rice(800)}, "rice")
    after = side({"A": rice(1000), "B": rice(900), "C": rice(2000)}, "rice")
    assert compare(before, after, ALL) == Comparison(
        MoveCounts(up=1, down=2, same=0, entered=0, left=0),
        rounded_third(-1),
        TopKept(3, 3),
        [
            Move(
                "C",
                None,
                RankMove(3, 1),
                NumberMove(800, 2000),
                BucketMove(None, None),
                [Cause("input_changed", [], 0)],
                [Driver("reach", NumberMove(800, 2000), no_weight(), NumberMove(800, 2000))],
                "Up 2: reach 800 to 2,000.",
            ),
            Move(
                "A",
                None,
                RankMove(1, 2),
                NumberMove(1000, 1000),
                BucketMove(None, None),
                [Cause("overtaken", ["C"], 1)],
                [],
                "Down 1: nothing about it changed; C (reach 800 to 2,000) passed it.",
            ),
            Move(
                "B",
                None,
                RankMove(2, 3),
                NumberMove(900, 900),
                BucketMove(None, None),
                [Cause("overtaken", ["C"], 1)],
                [],
                "Down 1: nothing about it changed; C (reach 800 to 2,000) passed it.",
            ),
        ],
    )


def rounded_third(thirds: int) -> float:
    return float(f"{thirds / 3:.12g}")


def no_weight() -> NumberMove:
    return NumberMove(None, None)


def test_three_who_passed_are_named_the_best_placed_first_and_the_others_counted() -> None:
    before = costs({"a": 9, "b": 4, "c": 3, "d": 2, "e": 1})
    after = costs({"a": 9, "b": 40, "c": 30, "d": 50, "e": 20, "f": 60})
    move = moves(before, after)["a"]
    assert move.causes == [Cause("overtaken", ["f", "d", "b"], 5)]
    assert move.text == (
        "Down 5: nothing about it changed; f (new), d (cost_of_delay 2 to 50),"
        " b (cost_of_delay 4 to 40) and 2 more passed it."
    )


def test_who_was_level_and_is_ahead_now_has_passed() -> None:
    before, after = costs({"a": 5, "b": 5}), costs({"a": 5, "b": 6})
    assert moves(before, after)["a"].causes == [Cause("overtaken", ["b"], 1)]


def test_who_was_unranked_and_is_ahead_now_has_passed() -> None:
    before, after = costs({"a": 5, "b": None}), costs({"a": 5, "b": 6})
    assert texts(before, after)["a"] == (
        "Down 1: nothing about it changed; b (cost_of_delay blank to 6) passed it."
    )


def test_an_item_that_nothing_changed_about_rises_because_others_fell_or_left() -> None:
    before = costs({"a": 9, "b": 8, "c": 7, "d": 1})
    after = costs({"b": 2, "c": 7, "d": 1})
    move = moves(before, after)["c"]
    assert move.causes == [Cause("others_fell", ["a", "b"], 2)]
    assert move.text == (
        "Up 2: nothing about it changed; a (gone) and b (cost_of_delay 8 to 2) fell behind it."
    )


def test_an_item_that_changed_and_was_overtaken_all_the_same_is_told_both() -> None:
    before = side({"A": rice(1000, effort=2), "B": rice(400)}, "rice")
    after = side({"A": rice(500, effort=1), "B": rice(900)}, "rice")
    assert codes(moves(before, after)["A"]) == ["input_changed", "overtaken"]
    assert texts(before, after)["A"] == (
        "Down 1: effort 2 to 1, reach 1,000 to 500; B (reach 400 to 900) passed it."
    )


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


def test_an_input_that_is_absent_is_as_blank_as_null() -> None:
    before, after = side({"a": {"cost_of_delay": 1}}), side({"a": {"cost_of_delay": 1}})
    nulled = side({"a": {"cost_of_delay": 1, "duration": None}})
    assert compare(before, after, ALL).moves == compare(before, nulled, ALL).moves == []


def test_a_score_that_changed_is_told_though_the_rank_did_not() -> None:
    assert texts(costs({"a": 5}), costs({"a": 6})) == {
        "a": "Still at rank 1: cost_of_delay 5 to 6."
    }


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


def test_a_bucket_that_is_not_there_on_one_side_is_told_as_none() -> None:
    sent = {"a": {"cost_of_delay": 1, "duration": 1}}
    before = side(sent)
    after = side({"a": sent["a"] | {"category": "must"}}, bucket_by="moscow")
    move = moves(before, after)["a"]
    assert codes(move) == ["input_changed", "options_changed"]
    assert (move.bucket.before, move.bucket.after) == (None, "must")


def test_inputs_that_are_lists_are_told_by_their_keys() -> None:
    sent: dict[str, Any] = {"value": 1, "effort": 1, "horizon": "now"}
    before = side({"a": {**sent, "depends_on": ["b"]}, "b": sent}, "now_next_later")
    after = side({"a": {**sent, "horizon": "next", "depends_on": []}, "b": sent}, "now_next_later")
    assert texts(before, after)["a"].endswith("depends_on b to nothing, horizon now to next.")


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
    assert [(driver.input, driver.weight) for driver in move.drivers] == [
        ("criteria.gain", NumberMove(0.75, 0.5)),
        ("criteria.ease", NumberMove(0.25, 0.5)),
    ]


def test_other_options_are_a_cause() -> None:
    sent = {key: rated(*three) for key, three in {"a": (10, 10, 1), "b": (5, 5, 5)}.items()}
    before, after = side(sent, "ice"), side(sent, "ice", options={"formula": "mean"})
    assert texts(before, after) == {
        "a": "Up 1: the options changed.",
        "b": "Down 1: the options changed.",
    }


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
    assert move.text.endswith("the method is cd3 now.")


def rated(impact: float, confidence: float, ease: float) -> dict[str, float]:
    return {"impact": impact, "confidence": confidence, "ease": ease}


def pick(sent: Mapping[str, float], *names: str) -> dict[str, float]:
    return {name: sent[name] for name in names}


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


def test_an_item_by_itself_was_passed_by_others_who_are_not_named() -> None:
    before, after = (
        Side("cd3", {}, set(), [Standing("a", "a", None, {}, rank, 5.0, 0, None)], lambda _: None)
        for rank in (1, 3)
    )
    assert texts(before, after) == {"a": "Down 2: nothing about it changed; others passed it."}


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


Costs = dict[str, float | None]
LISTS = st.dictionaries(
    st.sampled_from("abcdefghijkl"), st.integers(0, 6).map(float) | st.none(), max_size=12
)


@REPEATABLE
@given(LISTS)
def test_nothing_is_told_of_a_ranking_and_itself(sent: Costs) -> None:
    comparison = compare(costs(sent), costs(sent), ALL)
    ranked = [cost for cost in sent.values() if cost is not None]
    assert comparison.moves == []
    assert comparison.counts == MoveCounts(up=0, down=0, same=len(sent), entered=0, left=0)
    assert comparison.tau_b == (1.0 if len(set(ranked)) > 1 else None)
    assert comparison.top_10_kept == TopKept(min(10, len(ranked)), min(10, len(ranked)))


@REPEATABLE
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30, unique=True))
def test_a_reversed_ranking_has_a_tau_of_minus_one(numbers: list[int]) -> None:
    before = costs({str(number): number for number in numbers})
    after = costs({str(number): 1000 - number for number in numbers})
    assert compare(before, after, ALL).tau_b == -1.0


@REPEATABLE
@given(LISTS, LISTS)
def test_every_item_is_counted_once(old: Costs, new: Costs) -> None:
    comparison = compare(costs(old), costs(new), ALL)
    counts = msgspec.structs.asdict(comparison.counts)
    assert sum(counts.values()) == len({*old, *new})
    assert counts["entered"] == len(new.keys() - old.keys())
    assert counts["left"] == len(old.keys() - new.keys())


@REPEATABLE
@given(LISTS, LISTS, st.randoms(use_true_random=False))
def test_the_order_of_the_standings_does_not_matter(old: Costs, new: Costs, chance: Any) -> None:  # noqa: ANN401 - Hypothesis's own random.Random
    before, after = costs(old), costs(new)
    shuffled = [
        msgspec.structs.replace(one, standings=chance.sample(one.standings, len(one.standings)))
        for one in (before, after)
    ]
    assert compare(before, after, ALL) == compare(shuffled[0], shuffled[1], ALL)


@REPEATABLE
@given(LISTS, LISTS)
def test_every_move_has_a_cause_and_a_sentence(old: Costs, new: Costs) -> None:
    for move in compare(costs(old), costs(new), ALL).moves:
        assert move.causes
        assert move.text.endswith(".")
        assert ": ." not in move.text


@REPEATABLE
@given(LISTS, LISTS)
def test_those_who_passed_are_those_who_are_ahead_and_were_not(old: Costs, new: Costs) -> None:
    before, after = costs(old), costs(new)
    for move in compare(before, after, ALL).moves:
        for cause in move.causes:
            if cause.code in ("overtaken", "others_fell"):
                now, then = ahead(after, move.key), ahead(before, move.key)
                first, other = (now, then) if cause.code == "overtaken" else (then, now)
                who = [key for key in first if key not in other]
                assert (cause.by, cause.by_count) == (who[:3], len(who))


def ahead(of: Side, key: str) -> list[str]:
    """List who is ahead of an item, in order, one by one."""
    ranks = {one.key: one.rank for one in of.standings}
    own = ranks[key]
    assert own is not None
    return sorted(
        (one for one, rank in ranks.items() if rank is not None and rank < own),
        key=lambda one: (ranks[one] or 0, one),
    )
