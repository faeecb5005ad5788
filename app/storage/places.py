"""Where the items of a backlog stand: the engine's order in columns, and the places in it."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.storage.records import StoredPlace, StoredRankedItem
from app.storage.tables import UNRANKED

SORT_COLUMNS: Final = ("sort_tier", "sort_missing", "sort_score")
"""The columns that are ranked by; the key is behind them."""

SortKey = tuple[int, int, float, str]
"""Where an item stands: its tier, whether it has no score, the score negated, its key."""


def sort_key(item: StoredRankedItem) -> SortKey:
    """Say in columns that are never null what the engine's order is: the unranked come last."""
    if item.tier is None:
        return (UNRANKED, 1, 0.0, item.key)
    if item.score is None:
        return (item.tier, 1, 0.0, item.key)
    return (item.tier, 0, -item.score, item.key)


def places_of(
    items: Sequence[StoredRankedItem], rank: int = 1, position: int = 1
) -> Iterator[StoredPlace]:
    """Say the places of items in order, counted on from that of the first one."""
    before: tuple[object, ...] = ()
    for number, item in enumerate(items, position):
        if item.tier is None:
            yield StoredPlace(item, None, None)
            continue
        key = sort_key(item)[:3]
        if before and key != before:
            rank = number
        before = key
        yield StoredPlace(item, rank, number)
