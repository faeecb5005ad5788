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


class Passing:
    """Who is ahead of an item now and was not before, and the other way around."""

    def __init__(
        self, old: Mapping[str, Standing], new: Mapping[str, Standing], told: Sequence[Pair]
    ) -> None:
        self.old, self.new = old, new
        both = [(a, b) for a, b in told if a and b and a.rank and b.rank]
        self.passed = _overtakers(old, new, [(a, b) for a, b in both if rank_of(b) > rank_of(a)])
        self.fell = _overtakers(new, old, [(b, a) for a, b in both if rank_of(a) > rank_of(b)])
        self._before = sorted(_order_of(one) for one in old.values() if one.rank)

    def of(self, item: Standing) -> dict[str, Others]:
        """Give those who came to be ahead of an item, or are no more, by the code of the cause."""
        return {
            code: found[item.identity]
            for code, found in (("overtaken", self.passed), ("others_fell", self.fell))
            if item.identity in found
        }

    def explains(self, old: Standing, new: Standing) -> bool:
        """Ask if others moved an item: by its own new score it would be elsewhere among the old.

        Nobody knows theirs in the history of one item; there its rank goes against its own score.
        """
        was, now = _order_of(old), _order_of(new)
        if len(self.old) == len(self.new) == 1:
            return (now > was) != (rank_of(new) > rank_of(old))
        ahead = bisect_left(self._before, now) - (was < now)
        return rank_of(new) != ahead + 1


def _order_of(standing: Standing) -> tuple[int, float]:
    return sort_key(standing.tier, standing.score)


def _overtakers(
    old: Mapping[str, Standing],
    new: Mapping[str, Standing],
    asked: Sequence[tuple[Standing, Standing]],
) -> dict[str, Others]:
    """Find, for each, the first who are ahead of it in the new order and were not in the old.

    The new order is walked once from the top, and the old ranks on the way are counted.
    """
    order = sorted(
        (one for one in new.values() if one.rank), key=lambda one: (rank_of(one), one.key)
    )
    absent = max((rank_of(one) for one in old.values()), default=0) + 1
    ranks = [
        rank_of(old[one.identity], absent) if one.identity in old else absent for one in order
    ]
    firsts = Firsts(ranks)
    counts = Counts(absent)
    found: dict[str, Others] = {}
    seen = 0
    for before, after in sorted(asked, key=lambda pair: rank_of(pair[1])):
        while seen < len(order) and rank_of(order[seen]) < rank_of(after):
            counts.add(ranks[seen])
            seen += 1
        better = counts.up_to(rank_of(before) - 1)
        level = counts.up_to(rank_of(before)) - better
        who = firsts.at_least(rank_of(before), seen, NAMED)
        found[after.identity] = Others([order[index] for index in who], seen - better, level)
    return found
