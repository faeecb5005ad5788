"""Every write of a backlog: lock it, read, score, write, and raise its revision if it changed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from app.backlogs.auditing import (
    Audited,
    AuditedChange,
    Touched,
    audited_backlog,
    audited_import,
    audited_items,
    entry,
)
from app.backlogs.errors import TooManyItems
from app.backlogs.meanings import meant_otherwise, with_meanings
from app.backlogs.merging import Change, created, merged, replaced
from app.backlogs.scoring import (
    ScoredList,
    is_per_item,
    reference_of,
    score_items,
    scoring_of,
    with_verdict,
    write,
)
from app.engine import VERSION
from app.engine.errors import DuplicateKeys
from app.engine.ranking import Scoring, duplicates
from app.engine.verdict import Verdict
from app.storage.records import StoredBacklog, StoredItem, StoredRun, StoredRunItem
from app.storage.repository import Repository

FEW: Final = 100
"""So many items are written without looking at the others, where the method allows it."""

NOWHERE: Final = Verdict(None, None)
"""What is said of an archived item."""

Guard = Callable[[StoredBacklog], None]
"""Refuses a write of a backlog that is not as its caller knows it."""


class Counted(msgspec.Struct, frozen=True):
    """How many items a write created, changed, left as they were and deleted."""

    created: int
    updated: int
    unchanged: int
    deleted: int


def scoring_fields(scoring: Scoring) -> dict[str, str | None]:
    """Write how a list is scored."""
    bucket_method, bucket_options = scoring.bucket_method, scoring.bucket_options
    return {
        "method": scoring.method.name,
        "options": scoring.options.model_dump_json(),
        "bucket_method": bucket_method.name if bucket_method else None,
        "bucket_options": bucket_options.model_dump_json() if bucket_options else None,
    }


def new_backlog(
    name: str, description: str | None, scoring: Scoring, now: datetime
) -> StoredBacklog:
    """Make an empty backlog."""
    return StoredBacklog(
        id=uuid7(),
        name=name,
        description=description,
        **scoring_fields(scoring),  # type: ignore[arg-type]  # a method's name is never null
        revision=1,
        ranked=0,
        unranked=0,
        archived=0,
        **_noticed(score_items([], scoring)),
        engine_version=VERSION,
        created_at=now,
        updated_at=now,
    )


def create(repository: Repository, backlog: StoredBacklog) -> None:
    """Add an empty backlog.

    Raises:
        NameTaken: another one has its name.
    """
    repository.add_backlog(backlog)
    audited = audited_backlog(None, backlog)
    repository.add_entry(
        backlog.id, entry(repository.author, backlog, audited, backlog.created_at)
    )


class Writer:
    """Writes one backlog, which is locked until the transaction ends."""

    def __init__(
        self, repository: Repository, backlog_id: UUID, now: datetime, guard: Guard | None = None
    ) -> None:
        self._repository = repository
        self._now = now
        self.backlog = repository.lock_backlog(backlog_id)
        if guard:
            guard(self.backlog)
        self._revision = self.backlog.revision + 1
        self.scored: list[StoredItem] | None = None
        """All items, where a write has scored them all."""

    def change(self, name: str, description: str | None, scoring: Scoring | None) -> StoredBacklog:
        """Change what a backlog is called and how it is scored; a new scoring scores all."""
        fields = scoring_fields(scoring) if scoring else {}
        changed = msgspec.structs.replace(
            self.backlog, name=name, description=description, **fields
        )
        if changed == self.backlog:
            return self.backlog
        self._repository.refuse_taken(changed)
        audited = audited_backlog(self.backlog, changed)
        if not scoring or scoring == scoring_of(self.backlog):
            return self._save(changed, audited)
        every = self._repository.items(self.backlog.id, archived=None)
        after, was, is_ = every, self.backlog.method, changed.method
        if was != is_:
            after = [with_meanings(item, was, is_) for item in every]
        return self._save_scored(changed, every, after, audited)

    def rescore(self) -> StoredBacklog:
        """Score all items again, by this version of the engine."""
        every = self._repository.items(self.backlog.id, archived=None)
        return self._save_scored(self.backlog, every, every, Audited())

    def fill(self, items: list[StoredItem], runs: list[UUID], most: int) -> StoredBacklog:
        """Put the first items into a backlog that comes with these runs, and score them.

        Raises:
            TooManyItems: the backlog would hold more than it may.
        """
        refuse_too_many(0, len(items), most)
        return self._save_scored(
            self.backlog, [], items, audited_import(self.backlog, items, runs)
        )

    def keep(self, run: StoredRun, items: Sequence[StoredRunItem]) -> None:
        """Keep a run of the backlog."""
        self._repository.add_run(self.backlog.id, run, items)
        self.note(AuditedChange(None, "run", None, str(run.id)))

    def forget_runs(self) -> None:
        """Let some runs go that were to be kept until now."""
        for run_id in self._repository.forget_runs(self.backlog.id, self._now):
            self.note(AuditedChange(None, "run", str(run_id), None))

    def discard(self) -> None:
        """Delete the backlog and all that is in it; that it was there, and who did this, stays."""
        self._repository.delete_backlog(self.backlog.id)
        self._audit(audited_backlog(self.backlog, None))

    def merge(self, changes: Sequence[Change], most: int) -> Counted:
        """Merge what is sent into the items of these keys, and add those that are new.

        Raises:
            DependencyCircles: items would depend on each other in a circle; nothing is written.
            DuplicateKeys: two of them share a key.
            TooManyCriteria: an item would have more than it may.
            TooManyItems: the backlog would hold more than it may.
        """
        return self._write(changes, merged, most, others_go=False)

    def merge_into(
        self,
        pairs: Sequence[tuple[StoredItem | None, Change]],
        most: int,
        every: list[StoredItem] | None = None,
    ) -> list[StoredItem]:
        """Merge what is sent into these items, and add those that are none; a key may change.

        No two of the keys are the same, and none belongs to another item. `every` is all items, if
        they are known already. What comes back is not scored yet.

        Raises:
            DependencyCircles: items would depend on each other in a circle; nothing is written.
            TooManyCriteria: an item would have more than it may.
            TooManyItems: the backlog would hold more than it may.
        """
        if every is None and len(pairs) > FEW:
            every = self._repository.items(self.backlog.id, archived=None)
        self._park(pairs)
        return self._put(pairs, merged, most, every, [])

    def replace_item(self, before: StoredItem | None, change: Change, most: int) -> StoredItem:
        """Make an item exactly what is sent, and a new one where there was none before.

        Its inputs are meant for the method of now. What comes back is not scored yet.

        Raises:
            DependencyCircles: items would depend on each other in a circle; nothing is written.
            TooManyItems: the backlog would hold more than it may.
        """
        put = partial(replaced, meant=True)
        return self._put([(before, change)], put, most, None, [])[0]

    def raise_revision(self, change: AuditedChange) -> StoredBacklog:
        """Say what changed that belongs to the backlog beside its items."""
        return self._save(self.backlog, Audited(1, [change]))

    def note(self, change: AuditedChange) -> None:
        """Say what changed of which neither an item nor its place can depend."""
        self._audit(Audited(1, [change]))

    def replace(self, changes: Sequence[Change], most: int) -> Counted:
        """Make the items of these keys exactly what is sent, and delete the others.

        Raises:
            DependencyCircles: items would depend on each other in a circle; nothing is written.
            DuplicateKeys: two of them share a key.
            TooManyCriteria: an item would have more than it may.
            TooManyItems: the backlog would hold more than it may.
        """
        return self._write(changes, replaced, most, others_go=True)

    def delete(self, item: StoredItem) -> StoredBacklog:
        """Delete an item."""
        return self._apply(Touched([], [], [item]), None)

    def _write(
        self,
        changes: Sequence[Change],
        put: Callable[[StoredItem, Change, int, datetime], StoredItem],
        most: int,
        *,
        others_go: bool,
    ) -> Counted:
        keys = [change.key for change in changes]
        if repetitions := duplicates(keys):
            raise DuplicateKeys(repetitions)
        every = None
        if others_go or len(keys) > FEW:
            every = self._repository.items(self.backlog.id, archived=None)
        known = {
            item.key: item
            for item in (
                self._repository.items_by_key(self.backlog.id, keys) if every is None else every
            )
        }
        gone = []
        if others_go:
            staying = set(keys)
            gone = [item for item in every or () if item.key not in staying and not item.archived]
        pairs = [(known.get(change.key), change) for change in changes]
        after = self._put(pairs, put, most, every, gone)
        new = sum(before is None for before, _ in pairs)
        same = sum(item is before for item, (before, _) in zip(after, pairs, strict=True))
        return Counted(new, len(pairs) - new - same, same, len(gone))

    def _put(
        self,
        pairs: Sequence[tuple[StoredItem | None, Change]],
        put: Callable[[StoredItem, Change, int, datetime], StoredItem],
        most: int,
        every: list[StoredItem] | None,
        gone: list[StoredItem],
    ) -> list[StoredItem]:
        """Write what is sent of new items and of known ones; the same item where it is as it was.

        What comes back is in the order of what is sent, and not scored yet.
        """
        touched = Touched([], [], gone)
        after: list[StoredItem] = []
        for before, change in pairs:
            if before is None:
                item = created(change, self._revision, self._now)
                touched.created.append(item)
            elif (item := put(before, change, self._revision, self._now)) is not before:
                touched.updated.append((before, item))
            after.append(item)
        held = self.backlog.ranked + self.backlog.unranked + self.backlog.archived
        refuse_too_many(held, held + len(touched.created) - len(gone), most)
        self._apply(touched, every)
        return after

    def _park(self, pairs: Sequence[tuple[StoredItem | None, Change]]) -> None:
        """Take away the keys of items that get another one, where one of these is wanted."""
        moving = [item for item, change in pairs if item and item.key != change.key]
        wanted = {change.key for _, change in pairs}
        if any(item.key in wanted for item in moving):
            self._repository.save_items(
                self.backlog.id,
                [msgspec.structs.replace(item, key=item.id.hex) for item in moving],
            )

    def _apply(self, touched: Touched, every: list[StoredItem] | None) -> StoredBacklog:
        if not (touched.created or touched.updated or touched.deleted):
            return self.backlog
        audited = audited_items(touched)
        if every is None:
            if backlog := self._scored_alone(touched, audited):
                return backlog
            every = self._repository.items(self.backlog.id, archived=None)
        after = {item.id: item for item in every}
        for item in touched.deleted:
            del after[item.id]
        for _, item in touched.updated:
            after[item.id] = item
        for item in touched.created:
            after[item.id] = item
        return self._save_scored(self.backlog, every, list(after.values()), audited)

    def _scored_alone(self, touched: Touched, audited: Audited) -> StoredBacklog | None:
        """Score only what is written, where nothing that is said of the list can depend on it."""
        scoring = scoring_of(self.backlog)
        if not is_per_item(scoring):
            return None
        before = [old for old, _ in touched.updated if not old.archived]
        before += [item for item in touched.deleted if not item.archived]
        after = [new for _, new in touched.updated if not new.archived]
        after += [item for item in touched.created if not item.archived]
        if meant_otherwise(before + after, self.backlog.method):
            return None
        said_before, said = score_items(before, scoring), score_items(after, scoring)
        if not (self._is_silent(said_before) and self._is_silent(said)):
            return None
        if self.backlog.warnings != "[]" and len(before) != len(after):
            return None  # warnings say how many items there are
        verdicts = {item.id: verdict for item, verdict in zip(after, said.verdicts, strict=True)}
        self._repository.delete_items(self.backlog.id, [item.id for item in touched.deleted])
        self._repository.save_items(
            self.backlog.id,
            [with_verdict(new, verdicts.get(new.id, NOWHERE)) for _, new in touched.updated],
        )
        self._repository.add_items(
            self.backlog.id,
            [with_verdict(new, verdicts.get(new.id, NOWHERE)) for new in touched.created],
        )
        ranked = _ranked(said.verdicts) - _ranked(said_before.verdicts)
        all_before = len(touched.updated) + len(touched.deleted)
        all_after = len(touched.updated) + len(touched.created)
        shown = len(after) - len(before)
        return self._save(
            msgspec.structs.replace(
                self.backlog,
                ranked=self.backlog.ranked + ranked,
                unranked=self.backlog.unranked + shown - ranked,
                archived=self.backlog.archived + all_after - all_before - shown,
            ),
            audited,
        )

    def _is_silent(self, said: ScoredList) -> bool:
        return (
            not said.warnings
            and said.balance is None
            and said.reference == reference_of(self.backlog)
        )

    def _save_scored(
        self,
        backlog: StoredBacklog,
        before: list[StoredItem],
        after: list[StoredItem],
        audited: Audited,
    ) -> StoredBacklog:
        """Score the whole list and write what changed of it."""
        shown = [item for item in after if not item.archived]
        said = score_items(shown, scoring_of(backlog))
        scored = [
            with_verdict(item, verdict) for item, verdict in zip(shown, said.verdicts, strict=True)
        ]
        scored += [with_verdict(item, NOWHERE) for item in after if item.archived]
        self.scored = scored
        known = {item.id: item for item in before}
        staying = {item.id for item in scored}
        self._repository.delete_items(
            backlog.id, [item.id for item in before if item.id not in staying]
        )
        self._repository.save_items(
            backlog.id, [item for item in scored if item.id in known and item != known[item.id]]
        )
        self._repository.add_items(backlog.id, [item for item in scored if item.id not in known])
        warnings = said.warnings + meant_otherwise(shown, backlog.method)
        ranked = _ranked(said.verdicts)
        return self._save(
            msgspec.structs.replace(
                backlog,
                ranked=ranked,
                unranked=len(shown) - ranked,
                archived=len(after) - len(shown),
                engine_version=VERSION,
                **_noticed(msgspec.structs.replace(said, warnings=warnings)),
            ),
            audited,
        )

    def _save(self, backlog: StoredBacklog, audited: Audited) -> StoredBacklog:
        self.backlog = msgspec.structs.replace(
            backlog, revision=self._revision, updated_at=self._now
        )
        self._repository.save_backlog(self.backlog)
        self._audit(audited)
        return self.backlog

    def _audit(self, audited: Audited) -> None:
        made = entry(self._repository.author, self.backlog, audited, self._now)
        self._repository.add_entry(self.backlog.id, made)


def refuse_too_many(held: int, would: int, most: int) -> None:
    """See that a backlog grows no further than it may; what is too full already may be changed.

    Raises:
        TooManyItems: the backlog would hold more than it may.
    """
    if would > held and would > most:
        raise TooManyItems(f"It would hold {would:,} items and may hold {most:,}.")


def _ranked(verdicts: Sequence[Verdict]) -> int:
    return sum(verdict.tier is not None for verdict in verdicts)


def _noticed(said: ScoredList) -> dict[str, Any]:
    return {
        "warnings": write(said.warnings).decode(),
        "balance": write(said.balance).decode() if said.balance else None,
        "reference": write(said.reference).decode() if said.reference else None,
    }
