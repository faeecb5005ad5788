"""What moved between two rankings, and why: a pure function of how the items stood in both."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from pydantic import Field

from app.engine.changes import Changes
from app.engine.moves import (
    BucketMove,
    Cause,
    Driver,
    Move,
    NumberMove,
    Pair,
    RankMove,
    Side,
    Standing,
    rank_of,
)
from app.engine.passing import Others, Passing
from app.engine.ranks import sort_key, tau_b
from app.engine.sentences import rescored_by, sentence_of
from app.engine.verdict import Explanation, Record, Reference, Term

TOP: Final = 10

_Terms = dict[str, Term]
"""The terms of an item's formula by their names; none where it has no formula."""


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
    telling = _Telling(before, after, pairs, told)
    return Comparison(
        _counts(pairs, last),
        tau_b([(a.rank, b.rank) for a, b in pairs if a and b and a.rank and b.rank]),
        _top_kept(old, new),
        [telling.move(pair) for pair in told],
    )


def follow(before: Side, after: Side) -> Move | None:
    """Say how the one item of two sides stood, moved or not; null where it was on neither."""
    old, new = (next(iter(side.standings), None) for side in (before, after))
    return _Telling(before, after, None, [(old, new)]).move((old, new)) if old or new else None


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


class _Telling:
    """Tells moves between two sides; of all `pairs` that are known, or of one item by itself."""

    def __init__(
        self, before: Side, after: Side, pairs: Sequence[Pair] | None, told: Sequence[Pair]
    ) -> None:
        self._before, self._after = before, after
        known = told if pairs is None else pairs
        old = {one.identity: one for one, _ in known if one}
        new = {one.identity: one for _, one in known if one}
        self._changes = Changes(old, new, after.judged)
        self._rescored = rescored_by(before, after)
        stayed = [(a, b) for a, b in known if a and b and a.inputs == b.inputs]
        differs = _differs if pairs is None else _is_judged_otherwise
        if (
            "options_changed" in self._rescored
            and stayed
            and not any(map(differs, stayed))
            and not any(_are_made_otherwise(*self._terms_of(pair)) for pair in told)
        ):
            self._rescored = {}  # These options are others, and moved nobody of this list.
        self._changed = (old.keys() | new.keys()) - {one.identity for one, _ in stayed}
        self._is_whole = pairs is not None
        per_item = after.scores_per_item and after.tiers_per_item
        self._unseen = "engine_changed" if per_item else "list_changed"
        comparable = self._is_whole and per_item and not self._rescored
        self._comparable = comparable
        self._passing = Passing(old, new, told, comparable=comparable)

    def move(self, pair: Pair) -> Move:
        """Tell the move of one item."""
        old, new = pair
        latest = _latest(pair)
        was, now = self._terms_of(pair)
        causes = self._causes(pair, was, now)
        is_same = self._before.method == self._after.method
        return Move(
            latest.key,
            latest.title,
            RankMove(old.rank if old else None, new.rank if new else None),
            NumberMove(old.score if old else None, new.score if new else None),
            BucketMove(old.bucket if old else None, new.bucket if new else None),
            causes,
            _drivers(was, now) if is_same and was and now else [],
            sentence_of(pair, causes, self._changes, self._rescored, self._passing),
        )

    def _terms_of(self, pair: Pair) -> tuple[_Terms, _Terms]:
        old, new = pair
        return (
            _terms(self._before.explain(old) if old else None),
            _terms(self._after.explain(new) if new else None),
        )

    def _causes(self, pair: Pair, was: _Terms, now: _Terms) -> list[Cause]:
        old, new = pair
        if old is None:
            return [Cause("entered", [], 0)]
        if new is None:
            return [Cause("left", [], 0)]
        codes = ["input_changed"] if self._changes.of(new.identity) else []
        codes += self._rescored
        found = self._passing.of(new)
        if _is_judged_otherwise((old, new)):
            if self._is_measured_anew(old, new, was, now):
                codes.append("list_changed")
            codes = codes or [self._unseen]
            if not (self._comparable or self._are_told_beside(codes, old, new)):
                found = {}
        elif not codes and self._is_passed_by_measure(found):
            codes = ["list_changed"]
        others = [
            Cause(code, [one.key for one in of.first], of.number) for code, of in found.items()
        ]
        return [*(Cause(code, [], 0) for code in codes), *others]

    def _is_measured_anew(self, old: Standing, new: Standing, was: _Terms, now: _Terms) -> bool:
        """Ask if an item is measured against a list that others changed."""
        nobody_else = self._is_whole and self._changed <= {new.identity}
        if "method_changed" in self._rescored or nobody_else:
            return False
        if not self._after.tiers_per_item and old.rank and new.rank and old.tier != new.tier:
            return True
        return not self._after.scores_per_item and any(
            was[name].used != now[name].used
            if was[name].given == now[name].given
            else _reference(self._before, name) != _reference(self._after, name)
            for name in was.keys() & now.keys()
        )

    def _are_told_beside(self, codes: Sequence[str], old: Standing, new: Standing) -> bool:
        """Ask if others are told though their scores cannot be held against those of before.

        They are where it is them whom an item is measured against, and where its rank goes against
        its score, if that changed by its own inputs.
        """
        if "list_changed" in codes or "input_changed" not in codes:
            return "list_changed" in codes
        was, now = (sort_key(one.tier, one.score) for one in (old, new))
        return "method_changed" not in codes and (now > was) != (rank_of(new) > rank_of(old))

    def _is_passed_by_measure(self, found: Mapping[str, Others]) -> bool:
        """Ask if one of the others, about whom nothing changed, is measured against another list."""
        first = [one.identity for of in found.values() for one in of.first]
        return self._unseen == "list_changed" and any(
            one in self._passing.old and one in self._passing.new and not self._changes.of(one)
            for one in first
        )


def _is_judged_otherwise(pair: tuple[Standing, Standing]) -> bool:
    old, new = pair
    return (old.score, old.tier, old.bucket) != (new.score, new.tier, new.bucket)


def _are_made_otherwise(was: _Terms, now: _Terms) -> bool:
    """Ask if what was given is weighed or used in another way."""
    return any(
        (one.role, one.weight) != (now[name].role, now[name].weight)
        or (one.given == now[name].given and one.used != now[name].used)
        for name, one in was.items()
        if name in now
    )


def _reference(side: Side, name: str) -> Reference | None:
    return (side.reference or {}).get(name)


def _drivers(was: _Terms, now: _Terms) -> list[Driver]:
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


def _terms(explanation: Explanation | None) -> _Terms:
    return {term.name: term for term in explanation.terms} if explanation else {}


def _part(terms: Mapping[str, Term], name: str, part: str) -> float | None:
    number: float | None = getattr(terms.get(name), part, None)
    return number
