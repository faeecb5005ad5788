"""Why items moved between two rankings."""

from collections.abc import Mapping, Sequence

from app.engine.changes import Changes
from app.engine.moves import Cause, Pair, Side, Standing, rank_of
from app.engine.passing import Others, Passing, order_of
from app.engine.sentences import rescored_by, sentence_of
from app.engine.verdict import Explanation, Reference, Term

Terms = dict[str, Term]
"""The terms of an item's formula by their names; none where it has no formula."""


class Causes:
    """Why items moved between two sides: in codes, and in a sentence for each.

    They are known `whole`, or one item by itself, whose others nobody knows. Of those that are
    `told` it is asked who passed them.
    """

    def __init__(
        self,
        before: Side,
        after: Side,
        pairs: Sequence[Pair],
        told: Sequence[Pair],
        *,
        whole: bool,
    ) -> None:
        self._before, self._after, self._whole = before, after, whole
        old = {one.identity: one for one, _ in pairs if one}
        new = {one.identity: one for _, one in pairs if one}
        self._changes = Changes(old, new, after.judged)
        both = [(a, b) for a, b in pairs if a and b]
        same = {a.identity for a, b in both if a.inputs == b.inputs}
        self._changed = (old.keys() | new.keys()) - same
        self._rescored = rescored_by(before, after)
        if "options_changed" in self._rescored and self._moved_nobody(both):
            self._rescored = {}
        self._per_item = after.scores_per_item and after.tiers_per_item
        self._comparable = whole and self._per_item and not self._rescored
        self._passing = Passing(old, new, told, comparable=self._comparable)

    def terms_of(self, pair: Pair) -> tuple[Terms, Terms]:
        """Give the terms of an item before and after."""
        old, new = pair
        return (
            _terms(self._before.explain(old) if old else None),
            _terms(self._after.explain(new) if new else None),
        )

    def of(self, pair: Pair, was: Terms, now: Terms) -> list[Cause]:
        """Name the causes of a move, its own before those by others."""
        old, new = pair
        if old is None:
            return [Cause("entered", [], 0)]
        if new is None:
            return [Cause("left", [], 0)]
        codes = ["input_changed"] if self._changes.of(new.identity) else []
        codes += self._rescored
        found = self._passing.of(new)
        if _is_judged_otherwise(old, new):
            if self._is_measured_anew(old, new, was, now):
                codes.append("list_changed")
            codes = codes or ["engine_changed" if self._per_item else "list_changed"]
            if not (self._comparable or _are_told_beside(codes, old, new)):
                found = {}
        elif not codes and self._is_passed_by_measure(found):
            codes = ["list_changed"]
        others = [
            Cause(code, [one.key for one in of.first], of.number) for code, of in found.items()
        ]
        return [*(Cause(code, [], 0) for code in codes), *others]

    def sentence_of(self, pair: Pair, causes: Sequence[Cause]) -> str:
        """Say the move and its causes in a sentence."""
        return sentence_of(pair, causes, self._changes, self._rescored, self._passing)

    def _moved_nobody(self, both: Sequence[tuple[Standing, Standing]]) -> bool:
        """Ask if options left all as they were about whom nothing else changed."""
        stayed = [
            (old, new)
            for old, new in both
            if old.inputs == new.inputs or not self._changes.of(new.identity)
        ]
        moved = any(
            _is_judged_otherwise(old, new) or (not self._whole and old.rank != new.rank)
            for old, new in stayed
        )
        if moved or not stayed:
            return False
        return not any(_are_made_otherwise(*self.terms_of(pair)) for pair in both)

    def _is_measured_anew(self, old: Standing, new: Standing, was: Terms, now: Terms) -> bool:
        """Ask if an item is measured against a list that others changed."""
        nobody_else = self._whole and self._changed <= {new.identity}
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

    def _is_passed_by_measure(self, found: Mapping[str, Others]) -> bool:
        """Ask if another list put others elsewhere, about whom nothing changed."""
        first = [one.identity for of in found.values() for one in of.first]
        return not self._per_item and any(
            one in self._passing.old and one in self._passing.new and not self._changes.of(one)
            for one in first
        )


def _is_judged_otherwise(old: Standing, new: Standing) -> bool:
    return (old.score, old.tier, old.bucket) != (new.score, new.tier, new.bucket)


def _are_made_otherwise(was: Terms, now: Terms) -> bool:
    """Ask if what was given is weighed or used in another way."""
    return any(
        (one.role, one.weight) != (now[name].role, now[name].weight)
        or (one.given == now[name].given and one.used != now[name].used)
        for name, one in was.items()
        if name in now
    )


def _are_told_beside(codes: Sequence[str], old: Standing, new: Standing) -> bool:
    """Ask if others are told though their scores cannot be held against those of before.

    They are where it is them whom an item is measured against, and where its rank goes against
    its score, if that changed by its own inputs.
    """
    if "list_changed" in codes or "input_changed" not in codes:
        return "list_changed" in codes
    was, now = order_of(old), order_of(new)
    return "method_changed" not in codes and (now > was) != (rank_of(new) > rank_of(old))


def _reference(side: Side, name: str) -> Reference | None:
    return (side.reference or {}).get(name)


def _terms(explanation: Explanation | None) -> Terms:
    return {term.name: term for term in explanation.terms} if explanation else {}
