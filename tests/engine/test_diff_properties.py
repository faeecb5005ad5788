"""Whatever two rankings are, each item is counted once, and each move has its cause."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine.diff import MoveCounts, TopKept, compare
from app.engine.moves import (
    Side,
)
from tests.engine.sides import ALL, costs

REPEATABLE = settings(max_examples=200, derandomize=True, database=None)


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
def test_those_who_passed_are_ahead_and_were_not_even_of_the_new_score(
    old: Costs, new: Costs
) -> None:
    before, after = costs(old), costs(new)
    for move in compare(before, after, ALL).moves:
        told = {cause.code: (cause.by, cause.by_count) for cause in move.causes}
        was, now = move.rank.before, move.rank.after
        if was and now:
            then, now_ahead = ahead(before, move.key), ahead(after, move.key)
            by_score = [
                key
                for key in by_rank(before)
                if key != move.key and score(old, key) > score(new, move.key)
            ]
            passed = [key for key in now_ahead if key not in (*then, *by_score)]
            fell = [key for key in then if key in by_score and key not in now_ahead]
            alone = 1 + len(by_score)
            assert told.get("overtaken") == (
                (passed[:3], len(passed)) if now > max(was, alone) else None
            )
            assert told.get("others_fell") == (
                (fell[:3], len(fell)) if now < min(was, alone) else None
            )


def score(of: Costs, key: str) -> float:
    """Give the score of an item that is ranked: its duration is 1."""
    cost = of[key]
    assert cost is not None
    return cost


def by_rank(of: Side) -> list[str]:
    """List those who are ranked, in order, one by one."""
    ranks = {one.key: one.rank for one in of.standings if one.rank}
    return sorted(ranks, key=lambda one: (ranks[one], one))


@REPEATABLE
@given(LISTS, LISTS)
def test_what_is_told_of_those_who_were_ahead_is_so(old: Costs, new: Costs) -> None:
    before, after = costs(old), costs(new)
    for move in compare(before, after, ALL).moves:
        if any(cause.code == "others_fell" for cause in move.causes):
            then, ranks = ahead(before, move.key), {one.key: one.rank for one in after.standings}
            fallen = [ranks.get(key) for key in then if key not in ahead(after, move.key)]
            level = [rank == move.rank.after for rank in fallen]
            assert (" level with it now." in move.text) == all(level)
            assert (" fell behind it." in move.text) == (not any(level))


def ahead(of: Side, key: str) -> list[str]:
    """List who is ahead of an item, in order, one by one."""
    ranks = {one.key: one.rank for one in of.standings}
    own = ranks[key]
    assert own is not None
    return sorted(
        (one for one, rank in ranks.items() if rank is not None and rank < own),
        key=lambda one: (ranks[one] or 0, one),
    )
