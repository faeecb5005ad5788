"""What moved between two rankings, and why: a pure function of how the items stood in both."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field

from app.engine.arithmetic import spoken
from app.engine.ranks import Counts, Firsts, tau_b
from app.engine.verdict import Explanation, Record, Term

TOP: Final = 10
NAMED: Final = 3
"""So many of those who passed an item are named."""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How one item stood in one ranking; its identity survives a renamed key."""

    identity: str
    key: str
    title: str | None
    inputs: Mapping[str, Any]
    rank: int | None
    score: float | None
    tier: int | None
    bucket: str | None


class Side(msgspec.Struct, frozen=True):
    """One of the two rankings.

    `reads` names the inputs that its methods read, and `explain` is asked for what is told alone.
    """

    method: str
    options: Any
    reads: Collection[str]
    standings: Sequence[Standing]
    explain: Callable[[Standing], Explanation | None]


class RankMove(Record, frozen=True):
    """A rank before and after; null where the item had none."""

    before: Annotated[int | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[int | None, Field(description="After.")] = msgspec.field(name="to")


class NumberMove(Record, frozen=True):
    """A number before and after; null where there was none."""

    before: Annotated[float | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[float | None, Field(description="After.")] = msgspec.field(name="to")


class BucketMove(Record, frozen=True):
    """A bucket before and after; null where there was none."""

    before: Annotated[str | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[str | None, Field(description="After.")] = msgspec.field(name="to")


class Cause(Record, frozen=True):
    """One reason for a move."""

    code: Annotated[
        str,
        Field(
            description="A stable word for the cause.",
            examples=[
                *("input_changed", "options_changed", "method_changed", "list_changed"),
                *("overtaken", "others_fell", "entered", "left"),
            ],
        ),
    ]
    by: Annotated[
        list[str],
        Field(description="The first 3 who passed it, or fell behind it.", max_length=NAMED),
    ]
    by_count: Annotated[int, Field(description="How many they are.", ge=0)]


class Driver(Record, frozen=True):
    """One part of the formula that changed."""

    input: Annotated[str, Field(description="The input, or the part's name without one.")]
    given: Annotated[NumberMove, Field(description="The number as it was given.")]
    weight: Annotated[NumberMove, Field(description="Its weight.")]
    contribution: Annotated[NumberMove, Field(description="What it brings to the formula.")]


class Move(Record, frozen=True):
    """What moved one item."""

    key: Annotated[str, Field(description="The item's key, the present one if it has changed.")]
    title: Annotated[str | None, Field(description="What the item is called.")]
    rank: Annotated[RankMove, Field(description="Its rank.")]
    score: Annotated[NumberMove, Field(description="Its score.")]
    bucket: Annotated[BucketMove, Field(description="Its bucket.")]
    causes: Annotated[list[Cause], Field(description="Why it moved.")]
    drivers: Annotated[
        list[Driver], Field(description="What changed in its formula; empty across methods.")
    ]
    text: Annotated[str, Field(description="The move in a sentence, for people.")]


class MoveCounts(Record, frozen=True):
    """How many items moved."""

    up: Annotated[int, Field(description="Items that rose.", ge=0)]
    down: Annotated[int, Field(description="Items that fell.", ge=0)]
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


_Pair = tuple[Standing | None, Standing | None]


def compare(before: Side, after: Side, limit: int) -> Comparison:
    """Say what moved, why, and how much the orders agree.

    An item that nothing changed about falls because others passed it (`overtaken`), and rises
    because others fell or left (`others_fell`).
    """
    old = {standing.identity: standing for standing in before.standings}
    new = {standing.identity: standing for standing in after.standings}
    pairs: list[_Pair] = [(old.get(one), new.get(one)) for one in {**new, **old}]
    last = 1 + max(map(_ranked, (before, after)))
    moved = [pair for pair in pairs if _differs(pair)]
    moved.sort(key=lambda pair: (-abs(_shift(pair, last)), _latest(pair).key))
    told = moved[:limit]
    passing = _Passing(old, new, told)
    return Comparison(
        _counts(pairs, last),
        tau_b([(a.rank, b.rank) for a, b in pairs if a and b and a.rank and b.rank]),
        _top_kept(old, new),
        [_move(pair, before, after, passing) for pair in told],
    )


def follow(before: Side, after: Side) -> Move | None:
    """Say how the one item of two sides stood, moved or not; null where it was on neither."""
    old, new = ({one.identity: one for one in side.standings} for side in (before, after))
    pairs: list[_Pair] = [(old.get(one), new.get(one)) for one in {**new, **old}]
    moves = [_move(pair, before, after, _Passing(old, new, pairs)) for pair in pairs]
    return moves[0] if moves else None


class _Passing:
    """Who is ahead of an item now and was not before, and the other way around."""

    def __init__(
        self, old: Mapping[str, Standing], new: Mapping[str, Standing], told: Sequence[_Pair]
    ) -> None:
        self.old, self.new = old, new
        both = [(a, b) for a, b in told if a and b and a.rank and b.rank]
        self.passed = _overtakers(old, new, [(a, b) for a, b in both if _rank(b) > _rank(a)])
        self.fell = _overtakers(new, old, [(b, a) for a, b in both if _rank(a) > _rank(b)])


def _overtakers(
    old: Mapping[str, Standing],
    new: Mapping[str, Standing],
    asked: Sequence[tuple[Standing, Standing]],
) -> dict[str, tuple[list[Standing], int]]:
    """Find, for each, the first who are ahead of it in the new order and were not in the old.

    The new order is walked once from the top, and the old ranks on the way are counted.
    """
    order = sorted(
        (one for one in new.values() if one.rank), key=lambda one: (_rank(one), one.key)
    )
    absent = max((_rank(one) for one in old.values()), default=0) + 1
    ranks = [_rank(old[one.identity], absent) if one.identity in old else absent for one in order]
    firsts = Firsts(ranks)
    counts = Counts(absent)
    found: dict[str, tuple[list[Standing], int]] = {}
    seen = 0
    for before, after in sorted(asked, key=lambda pair: _rank(pair[1])):
        while seen < len(order) and _rank(order[seen]) < _rank(after):
            counts.add(ranks[seen])
            seen += 1
        number = seen - counts.up_to(_rank(before) - 1)
        who = firsts.at_least(_rank(before), seen, NAMED)
        found[after.identity] = ([order[index] for index in who], number)
    return found


def _rank(standing: Standing, absent: int = 0) -> int:
    return absent if standing.rank is None else standing.rank


def _ranked(side: Side) -> int:
    return sum(standing.rank is not None for standing in side.standings)


def _latest(pair: _Pair) -> Standing:
    before, after = pair
    latest = after or before
    assert latest  # noqa: S101 - every pair has one
    return latest


def _differs(pair: _Pair) -> bool:
    before, after = pair
    return (
        before is None
        or after is None
        or (before.rank, before.score, before.bucket) != (after.rank, after.score, after.bucket)
    )


def _shift(pair: _Pair, last: int) -> int:
    """Say by how many ranks an item fell; what has none stands last."""
    old, new = (_rank(one, last) if one else last for one in pair)
    return new - old


def _counts(pairs: Sequence[_Pair], last: int) -> MoveCounts:
    entered = sum(before is None for before, _ in pairs)
    left = sum(after is None for _, after in pairs)
    shifts = [_shift(pair, last) for pair in pairs if pair[0] and pair[1] and _placed(pair)]
    up, down = sum(shift < 0 for shift in shifts), sum(shift > 0 for shift in shifts)
    return MoveCounts(up, down, len(pairs) - entered - left - up - down, entered, left)


def _placed(pair: _Pair) -> bool:
    return any(standing and standing.rank for standing in pair)


def _top_kept(old: Mapping[str, Standing], new: Mapping[str, Standing]) -> TopKept:
    top, now = _top(old), _top(new)
    return TopKept(len(top & now), len(top))


def _top(standings: Mapping[str, Standing]) -> set[str]:
    ranked = [one for one in standings.values() if one.rank]
    ranked.sort(key=lambda one: (_rank(one), one.key))
    return {one.identity for one in ranked[:TOP]}


def _move(pair: _Pair, before: Side, after: Side, passing: _Passing) -> Move:
    old, new = pair
    latest = _latest(pair)
    changes = _changes(old, new, after.reads) if old and new else []
    causes = _causes(pair, before, after, changes, passing)
    return Move(
        latest.key,
        latest.title,
        RankMove(old.rank if old else None, new.rank if new else None),
        NumberMove(old.score if old else None, new.score if new else None),
        BucketMove(old.bucket if old else None, new.bucket if new else None),
        causes,
        _drivers(old, new, before, after) if before.method == after.method else [],
        _text(pair, causes, changes, after, passing),
    )


def _causes(
    pair: _Pair,
    before: Side,
    after: Side,
    changes: Sequence[str],
    passing: _Passing,
) -> list[Cause]:
    old, new = pair
    if old is None:
        return [Cause("entered", [], 0)]
    if new is None:
        return [Cause("left", [], 0)]
    codes = ["input_changed"] if changes else []
    if before.method != after.method:
        codes.append("method_changed")
    elif before.options != after.options:
        codes.append("options_changed")
    if (old.score, old.tier) != (new.score, new.tier):
        return [Cause(code, [], 0) for code in codes or ["list_changed"]]
    causes = [Cause(code, [], 0) for code in codes]
    for code, found in (("overtaken", passing.passed), ("others_fell", passing.fell)):
        if new.identity in found:
            who, count = found[new.identity]
            causes.append(Cause(code, [one.key for one in who], count))
    return causes


def _changes(old: Standing, new: Standing, reads: Collection[str]) -> list[str]:
    """Say what changed of the inputs that are read: `reach 800 to 2,000`."""
    was, now = _flat(old.inputs, reads), _flat(new.inputs, reads)
    return [
        f"{name} {_spoken(was.get(name))} to {_spoken(now.get(name))}"
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]


def _flat(inputs: Mapping[str, Any], reads: Collection[str]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in inputs.items():
        if name in reads:
            flat |= value if isinstance(value, dict) else {name: value}
    return flat


def _spoken(value: object) -> str:
    match value:
        case None:
            return "blank"
        case float() | int():
            return spoken(float(value))
        case list():
            return ", ".join(map(str, value)) or "nothing"
        case _:
            return str(value)


def _drivers(
    old: Standing | None, new: Standing | None, before: Side, after: Side
) -> list[Driver]:
    if old is None or new is None:
        return []
    was, now = _terms(before.explain(old)), _terms(after.explain(new))
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


def _terms(explanation: Explanation | None) -> dict[str, Term]:
    return {term.name: term for term in explanation.terms} if explanation else {}


def _part(terms: Mapping[str, Term], name: str, part: str) -> float | None:
    number: float | None = getattr(terms.get(name), part, None)
    return number


def _text(
    pair: _Pair,
    causes: Sequence[Cause],
    changes: Sequence[str],
    after: Side,
    passing: _Passing,
) -> str:
    old, new = pair
    if old is None:
        return f"New at rank {new.rank}." if new and new.rank else "New, without a rank."
    if new is None:
        return f"Left: it was at rank {old.rank}." if old.rank else "Left: it had no rank."
    why = [_because(cause, changes, after, new, passing) for cause in causes]
    if not why:
        return f"{_where(old, new)}."
    if causes[0].code in _BY_OTHERS:
        why[0] = f"nothing about it changed; {why[0]}"
    return f"{_where(old, new)}: {'; '.join(why)}."


_BY_OTHERS: Final = ("overtaken", "others_fell")


def _where(old: Standing, new: Standing) -> str:
    if old.rank is None and new.rank is None:
        said = "Still without a rank"
    elif new.rank is None:
        said = f"No rank any more, it was {old.rank}"
    elif old.rank is None:
        said = f"Ranked now, at {new.rank}"
    elif old.rank == new.rank:
        said = f"Still at rank {new.rank}"
    else:
        said = f"{'Up' if new.rank < old.rank else 'Down'} {abs(new.rank - old.rank)}"
    if old.bucket != new.bucket:
        said += f", from {old.bucket or 'no bucket'} to {new.bucket or 'no bucket'}"
    return said


def _because(
    cause: Cause, changes: Sequence[str], after: Side, new: Standing, passing: _Passing
) -> str:
    match cause.code:
        case "input_changed":
            return ", ".join(changes)
        case "method_changed":
            return f"the method is {after.method} now"
        case "options_changed":
            return "the options changed"
        case "list_changed":
            return "the list changed that it is measured against"
        case "overtaken":
            who, count = passing.passed[new.identity]
            return f"{_names(who, count, after, passing)} passed it"
        case _:
            who, count = passing.fell[new.identity]
            return f"{_names(who, count, after, passing)} fell behind it"


def _names(who: Sequence[Standing], count: int, after: Side, passing: _Passing) -> str:
    named = []
    for one in who:
        old, new = passing.old.get(one.identity), passing.new.get(one.identity)
        if old is None:
            named.append(f"{one.key} (new)")
        elif new is None:
            named.append(f"{one.key} (gone)")
        else:
            changes = _changes(old, new, after.reads)
            named.append(f"{one.key} ({', '.join(changes)})" if changes else one.key)
    if not who:
        return "others"
    if count > len(who):
        named.append(f"{count - len(who):,} more")
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
