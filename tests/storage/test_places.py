"""Defends the order of a backlog in columns, which is that of the engine."""

from datetime import UTC, datetime

from msgspec.structs import replace

from app.backlogs.merging import Change, created
from app.storage.places import places_of, sort_key
from app.storage.records import StoredItem

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def item(key: str, tier: int | None = 0, score: float | None = None) -> StoredItem:
    return replace(created(Change(key), 1, NOW), tier=tier, score=score)


IN_ORDER = [
    item("B", 0, 5.0),
    item("A", 0, 2.5),
    item("C", 0, 2.5),
    item("D", 0),
    item("Z", 1, 900.0),
    item("Y", None),
]


def test_tiers_come_first_then_scores_then_keys_and_the_unranked_last() -> None:
    assert sorted([IN_ORDER[n] for n in (3, 5, 0, 2, 4, 1)], key=sort_key) == IN_ORDER


def test_those_of_one_score_share_a_rank_and_the_unranked_have_none() -> None:
    assert [(place.item.key, place.rank, place.position) for place in places_of(IN_ORDER)] == [
        ("B", 1, 1),
        ("A", 2, 2),
        ("C", 2, 3),
        ("D", 4, 4),
        ("Z", 5, 5),
        ("Y", None, None),
    ]


def test_places_go_on_from_those_of_the_page_before() -> None:
    assert [(place.rank, place.position) for place in places_of(IN_ORDER[2:4], 2, 3)] == [
        (2, 3),
        (4, 4),
    ]
