"""Who passed an item from one ranking to the next, and who fell behind it."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.engine.moves import NAMED, Pair, Standing, rank_of
from app.engine.ranks import Counts, Firsts, sort_key


class Others(NamedTuple):
    """The first who are ahead of an item on one side alone, and how many they are."""

    first: list[Standing]
    number: int
    level: int
    """So many of them are level with it on the other side."""


class _Asked(NamedTuple):
    """Who is ahead of this rank in one order, and not ahead of that rank in the other?"""

    identity: str
    rank: int
    other: int


class Passing:
    """Who is ahead of an item now and was not before, and the other way around.

    Where scores are `comparable`, an item whose own score changed was passed by those alone whom
    its new score would not have let ahead as they were before, and by nobody if that score put it
    at its rank, or beyond.
    """

    def __init__(
        self,
        old: Mapping[str, Standing],
        new: Mapping[str, Standing],
        told: Sequence[Pair],
        *,
        comparable: bool,
    ) -> None:
        self.old, self.new = old, new
        before = sorted(order_of(one) for one in old.values() if one.rank)
        falls, rises = [], []
        for was, now in told:
            if not (was and now and was.rank and now.rank):
                continue
            stood = alone = was.rank
            if comparable and order_of(was) != order_of(now):
                stood = bisect_left(before, order_of(now)) + 1
                alone = stood - (order_of(was) < order_of(now))
            if now.rank > max(was.rank, alone):
                falls.append(_Asked(now.identity, now.rank, max(was.rank, stood)))
            if now.rank < min(was.rank, alone):
                rises.append(_Asked(now.identity, min(was.rank, stood), now.rank))
        self.passed = _overtakers(new, old, falls)
        self.fell = _overtakers(old, new, rises)

    def of(self, item: Standing) -> dict[str, Others]:
        """Give those who came to be ahead of an item, or are no more, by the code of the cause."""
        return {
            code: found[item.identity]
            for code, found in (("overtaken", self.passed), ("others_fell", self.fell))
            if item.identity in found
        }


def order_of(standing: Standing) -> tuple[int, float]:
    """Give what an item is ranked by."""
    return sort_key(standing.tier, standing.score)


def _overtakers(
    one: Mapping[str, Standing], other: Mapping[str, Standing], asked: Sequence[_Asked]
) -> dict[str, Others]:
    """Find, for each, the first who are ahead in the one order and are not in the other.

    The one order is walked once from the top, and the ranks in the other on the way are counted.
    """
    order = sorted(
        (item for item in one.values() if item.rank), key=lambda item: (rank_of(item), item.key)
    )
    absent = max([len(other), *map(rank_of, other.values())]) + 1
    ranks = [
        rank_of(other[item.identity], absent) if item.identity in other else absent
        for item in order
    ]
    firsts = Firsts(ranks)
    counts = Counts(absent)
    found: dict[str, Others] = {}
    seen = 0
    for identity, rank, limit in sorted(asked, key=lambda one: one.rank):
        while seen < len(order) and rank_of(order[seen]) < rank:
            counts.add(ranks[seen])
            seen += 1
        better = counts.up_to(limit - 1)
        level = counts.up_to(limit) - better
        first = [order[index] for index in firsts.at_least(limit, seen, NAMED)]
        found[identity] = Others(first, seen - better, level)
    return found
