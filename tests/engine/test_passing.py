"""Who passed an item is named, and who only was ahead of it is not."""

import msgspec

from app.engine.diff import Comparison, MoveCounts, TopKept, compare, follow
from app.engine.moves import (
    BucketMove,
    Cause,
    Driver,
    Move,
    NumberMove,
    RankMove,
)
from tests.engine.sides import ALL, codes, costs, moves, rice, side, texts


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


def test_who_was_ahead_and_is_level_is_not_told_to_have_fallen_behind() -> None:
    move = moves(costs({"a": 9, "b": 5}), costs({"a": 5, "b": 5}))["b"]
    assert move.causes == [Cause("others_fell", ["a"], 1)]
    assert move.text == (
        "Up 1: nothing about it changed; a (cost_of_delay 9 to 5) is level with it now."
    )
    move = moves(costs({"a": 9, "b": 5, "c": 6}), costs({"a": 5, "b": 5, "c": 5}))["b"]
    assert move.text == (
        "Up 2: nothing about it changed; a (cost_of_delay 9 to 5) and c (cost_of_delay 6 to 5) are"
        " level with it now."
    )


def test_where_some_fell_behind_and_some_are_level_both_are_told() -> None:
    before = costs({"a": 9, "b": 5, "c": 8, "d": 7, "e": 6})
    after = costs({"a": 4, "b": 5, "c": 3, "d": 2, "e": 5})
    assert texts(before, after)["b"] == (
        "Up 4: nothing about it changed; a (cost_of_delay 9 to 4), c (cost_of_delay 8 to 3),"
        " d (cost_of_delay 7 to 2) and 1 more fell behind it or level with it."
    )


def test_an_item_that_changed_and_was_overtaken_all_the_same_is_told_both() -> None:
    before = side({"A": rice(1000, effort=2), "B": rice(400)}, "rice")
    after = side({"A": rice(500, effort=1), "B": rice(900)}, "rice")
    assert codes(moves(before, after)["A"]) == ["input_changed", "overtaken"]
    assert texts(before, after)["A"] == (
        "Down 1: effort 2 to 1, reach 1,000 to 500; B (reach 400 to 900) passed it."
    )


def test_an_item_that_rose_less_than_another_is_told_by_whom_it_was_passed() -> None:
    before, after = costs({"a": 10, "b": 5}), costs({"a": 11, "b": 20})
    assert moves(before, after)["a"].causes == [
        Cause("input_changed", [], 0), Cause("overtaken", ["b"], 1)
    ]  # fmt: skip
    assert texts(before, after)["a"] == (
        "Down 1: cost_of_delay 10 to 11; b (cost_of_delay 5 to 20) passed it."
    )


def test_an_item_that_fell_and_rose_in_rank_is_told_who_is_ahead_no_more() -> None:
    before, after = costs({"a": 10, "b": 12, "c": 11}), costs({"a": 9})
    assert texts(before, after)["a"] == (
        "Up 2: cost_of_delay 10 to 9; b (gone) and c (gone) fell behind it."
    )


def test_an_item_that_fell_less_than_it_was_passed_by_is_told_both() -> None:
    before, after = costs({"a": 10, "b": 5, "c": 4}), costs({"a": 4.5, "b": 5, "c": 6})
    assert texts(before, after)["a"] == (
        "Down 2: cost_of_delay 10 to 4.5; c (cost_of_delay 4 to 6) passed it."
    )


def test_an_item_whose_own_score_put_it_where_it_is_was_moved_by_nobody_else() -> None:
    before, after = costs({"a": 10, "b": 5, "c": 1}), costs({"a": 4, "b": 5.5, "c": 2})
    assert texts(before, after)["a"] == "Down 1: cost_of_delay 10 to 4."
    assert texts(after, before)["a"] == "Up 1: cost_of_delay 4 to 10."


def test_an_item_that_others_keep_where_it_is_names_none() -> None:
    """Nobody passed it, and it passed nobody."""
    before, after = costs({"a": 10, "b": 5}), costs({"a": 4, "b": 3})
    assert texts(before, after)["a"] == "Still at rank 1: cost_of_delay 10 to 4."


def test_who_would_keep_an_item_back_is_not_named_as_what_moved_it() -> None:
    """By its own score it would be further still."""
    before = costs({"p": 9, "q": 8, "b": 7, "a": 5, "c": 3})
    after = costs({"p": 9, "q": 8, "b": 7, "a": 8.5, "c": 10})
    assert texts(before, after)["a"] == "Up 1: cost_of_delay 5 to 8.5."
    before, after = costs({"a": 2, "b": 6, "c": 4}), costs({"a": 2, "b": 1})
    assert texts(before, after)["b"] == "Down 1: cost_of_delay 6 to 1."


def test_who_was_ahead_before_has_not_passed_an_item_that_rose_by_itself() -> None:
    before = costs({"p": 10, "q": 9, "a": 1})
    after = costs({"p": 12, "q": 11, "a": 9.5, "r": 20, "s": 21})
    assert moves(before, after)["a"].causes[1] == Cause("overtaken", ["s", "r"], 2)
    before, after = costs({"p": 10, "a": 8, "z": 5}), costs({"p": 1, "a": 3})
    assert moves(before, after)["a"].causes[1] == Cause("others_fell", ["p"], 1)


def test_an_item_by_itself_that_rises_against_its_score_was_moved_by_others() -> None:
    first, lower, higher = (costs({"a": cost}) for cost in (5, 4, 6))
    third = msgspec.structs.replace(
        first, standings=[msgspec.structs.replace(first.standings[0], rank=3)]
    )
    assert [told and told.text for told in (follow(third, lower), follow(lower, third))] == [
        "Up 2: cost_of_delay 5 to 4; others fell behind it or level with it.",
        "Down 2: cost_of_delay 4 to 5; others passed it.",
    ]
    assert [told and told.text for told in (follow(third, higher), follow(higher, third))] == [
        "Up 2: cost_of_delay 5 to 6.",
        "Down 2: cost_of_delay 6 to 5.",
    ]


def test_an_item_by_itself_was_passed_by_others_who_are_not_named() -> None:
    first = costs({"a": 5})
    stood = msgspec.structs.replace(first.standings[0], rank=3)
    third = msgspec.structs.replace(first, standings=[stood])
    assert texts(first, third) == {"a": "Down 2: nothing about it changed; others passed it."}
    assert texts(third, first) == {
        "a": "Up 2: nothing about it changed; others fell behind it or level with it."
    }
