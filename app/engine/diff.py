"""What moved between two rankings, and why: a pure function of how the items stood in both."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from pydantic import Field

from app.engine.causes import Causes, Terms
from app.engine.moves import (
    BucketMove,
    Driver,
    Move,
    NumberMove,
    Pair,
    RankMove,
    Side,
    Standing,
    rank_of,
)
from app.engine.ranks import tau_b
from app.engine.verdict import Record

TOP: Final = 10


class MoveCounts(Record, frozen=True):
    """How many items moved."""

    up: Annotated[int, Field(description="Items that rose, or have a rank now.", ge=0)]
    down: Annotated[int, Field(description="Items that fell, or have no rank any more.", ge=0)]
    same: Annotated[
        int, Field(description="Items that kept their rank, or still have none.", ge=0)
    ]
    entered: Annotated[int, Field(description="Items that are new.", ge=0)]
    left: Annotated[int, Field(description="Items that are gone.", ge=0)]


class TopKept(Record, frozen=True):
    """How much of the top stayed."""

    kept: Annotated[int, Field(description="Of those, so many are still in the top 10.", ge=0)]
    of: Annotated[int, Field(description="Items in the top 10 before.", ge=0, le=TOP)]


class Comparison(msgspec.Struct, frozen=True):
    """What moved between two rankings, the largest moves first."""

    counts: MoveCounts
    tau_b: float | None
    top_10_kept: TopKept
    moves: list[Move]


def compare(before: Side, after: Side, limit: int) -> Comparison:
    """Say what moved, why, and how much the orders agree.

    An item falls because others passed it (`overtaken`), and rises because others fell or left
    (`others_fell`), where its own score alone would not have moved it so.
    """
    old = {standing.identity: standing for standing in before.standings}
    new = {standing.identity: standing for standing in after.standings}
    pairs: list[Pair] = [(old.get(one), new.get(one)) for one in {**new, **old}]
    last = 1 + max(map(_ranked, (before, after)))
    moved = [pair for pair in pairs if _differs(pair)]
    moved.sort(key=lambda pair: (-abs(_shift(pair, last)), _latest(pair).key))
    told = moved[:limit]
    causes = Causes(before, after, pairs, told, whole=True)
    return Comparison(
        _counts(pairs, last),
        tau_b([(a.rank, b.rank) for a, b in pairs if a and b and a.rank and b.rank]),
        _top_kept(old, new),
        [_move(pair, causes, driven=before.method == after.method) for pair in told],
    )


def follow(before: Side, after: Side) -> Move | None:
    """Say how the one item of two sides stood, moved or not; null where it was on neither."""
    old, new = (next(iter(side.standings), None) for side in (before, after))
    if not (old or new):
        return None
    causes = Causes(before, after, [(old, new)], [(old, new)], whole=False)
    return _move((old, new), causes, driven=before.method == after.method)


def _ranked(side: Side) -> int:
    return sum(standing.rank is not None for standing in side.standings)


def _latest(pair: Pair) -> Standing:
    before, after = pair
    latest = after or before
    assert latest  # noqa: S101 - every pair has one
    return latest


def _differs(pair: Pair) -> bool:
    before, after = pair
    return (
        before is None
        or after is None
        or (before.rank, before.score, before.bucket) != (after.rank, after.score, after.bucket)
    )


def _shift(pair: Pair, last: int) -> int:
    """Say by how many ranks an item fell; what has none stands last."""
    old, new = (rank_of(one, last) if one else last for one in pair)
    return new - old


def _counts(pairs: Sequence[Pair], last: int) -> MoveCounts:
    entered = sum(before is None for before, _ in pairs)
    left = sum(after is None for _, after in pairs)
    shifts = [_shift(pair, last) for pair in pairs if pair[0] and pair[1] and _placed(pair)]
    up, down = sum(shift < 0 for shift in shifts), sum(shift > 0 for shift in shifts)
    return MoveCounts(up, down, len(pairs) - entered - left - up - down, entered, left)


def _placed(pair: Pair) -> bool:
    return any(standing and standing.rank for standing in pair)


def _top_kept(old: Mapping[str, Standing], new: Mapping[str, Standing]) -> TopKept:
    top, now = _top(old), _top(new)
    return TopKept(len(top & now), len(top))


def _top(standings: Mapping[str, Standing]) -> set[str]:
    ranked = [one for one in standings.values() if one.rank]
    ranked.sort(key=lambda one: (rank_of(one), one.key))
    return {one.identity for one in ranked[:TOP]}


def _move(pair: Pair, causes: Causes, *, driven: bool) -> Move:
    """Tell the move of one item, with what drove it where both sides have one method."""
    old, new = pair
    latest = _latest(pair)
    was, now = causes.terms_of(pair)
    why = causes.of(pair, was, now)
    return Move(
        latest.key,
        latest.title,
        RankMove(old.rank if old else None, new.rank if new else None),
        NumberMove(old.score if old else None, new.score if new else None),
        BucketMove(old.bucket if old else None, new.bucket if new else None),
        why,
        _drivers(was, now) if driven and was and now else [],
        causes.sentence_of(pair, why),
    )


def _drivers(was: Terms, now: Terms) -> list[Driver]:
    return [
        Driver(
            (now.get(name) or was[name]).input or name,
            NumberMove(_part(was, name, "given"), _part(now, name, "given")),
            NumberMove(_part(was, name, "weight"), _part(now, name, "weight")),
            NumberMove(_part(was, name, "contribution"), _part(now, name, "contribution")),
        )
        for name in {**was, **now}
        if was.get(name) != now.get(name)
    ]


def _part(terms: Terms, name: str, part: str) -> float | None:
    number: float | None = getattr(terms.get(name), part, None)
    return number
