"""What is kept of backlogs: values in, frozen records out, always of one workspace."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    false,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.storage.errors import NameTaken
from app.storage.places import SORT_COLUMNS, SortKey, places_of, sort_key
from app.storage.records import (
    Author,
    StoredAnswer,
    StoredBacklog,
    StoredEntry,
    StoredItem,
    StoredPlace,
    StoredRankedItem,
    StoredRun,
    StoredRunItem,
)
from app.storage.rows import Rows, columns_of, lookup, named, parts, table
from app.storage.tables import (
    UNRANKED,
    AuditRow,
    BacklogRow,
    IdempotencyRow,
    ItemRow,
    RunItemRow,
    RunRow,
)

DEFAULT_WORKSPACE: Final = UUID("00000000-0000-7000-8000-000000000000")
"""The workspace that the first migration makes."""

AT_ONCE: Final = 100
"""So many old rows are deleted by a write that adds one, but those that another one deletes."""

RUNS_AT_ONCE: Final = 2
"""So many old runs are deleted where one is frozen: each may be 50,000 rows."""

SERVICE: Final = Author()
"""The service itself, when it scores again what an older engine has scored."""


class Repository(Rows):
    """The rows of one workspace, and who writes them."""

    def __init__(
        self,
        connection: Connection,
        workspace_id: UUID,
        author: Author = SERVICE,
        audited_for: timedelta | None = None,
    ) -> None:
        super().__init__(connection, workspace_id)
        self.author = author
        self._audited_for = audited_for

    # Backlogs

    def add_backlog(self, backlog: StoredBacklog) -> None:
        """Add a backlog.

        Raises:
            NameTaken: another one has its name.
        """
        self.refuse_taken(backlog)
        self._put(BacklogRow, [backlog])

    def backlog(self, backlog_id: UUID) -> StoredBacklog:
        """Find a backlog.

        Raises:
            NotFound: there is none of this id.
        """
        return self._one(StoredBacklog, lookup(BacklogRow, "id"), id=backlog_id)

    def lock_backlog(self, backlog_id: UUID) -> StoredBacklog:
        """Find a backlog, and keep every other writer of it waiting.

        Raises:
            NotFound: there is none of this id.
        """
        return self._one(StoredBacklog, _LOCKING, id=backlog_id)

    def backlogs(self, name: str | None, after: UUID | None, limit: int) -> list[StoredBacklog]:
        """List backlogs from the oldest, after one of them."""
        query = self._select(BacklogRow, **({} if name is None else {"name": name}))
        if after:
            query = query.where(col(BacklogRow.id) > after)
        return self._all(StoredBacklog, query.order_by(col(BacklogRow.id)).limit(limit))

    def outdated_backlogs(self, engine_version: str) -> list[UUID]:
        """List the backlogs that another version of the engine has scored."""
        query = select(col(BacklogRow.id)).where(
            col(BacklogRow.workspace_id) == self._workspace_id,
            col(BacklogRow.engine_version) != engine_version,
        )
        return list(self._connection.scalars(query))

    def count_backlogs(self) -> int:
        """Count the backlogs of the workspace."""
        return self._count_all(BacklogRow)

    def save_backlog(self, backlog: StoredBacklog) -> None:
        """Write all columns of a backlog that is there and locked; it would be added otherwise."""
        self._put(BacklogRow, [backlog], again=True)

    def refuse_taken(self, backlog: StoredBacklog) -> None:
        """Say whose a name is; the constraint holds against who asks at the same moment.

        Raises:
            NameTaken: another backlog has the name.
        """
        query = select(col(BacklogRow.id)).where(*self._where(BacklogRow, name=backlog.name))
        taken = self._connection.scalar(query)
        if taken and taken != backlog.id:
            raise NameTaken(taken)

    def delete_backlog(self, backlog_id: UUID) -> None:
        """Delete a backlog, what is in it and what was said of it: it may be millions of rows."""
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        self._connection.execute(delete(BacklogRow).where(*self._where(BacklogRow, id=backlog_id)))
        within = self._where(AuditRow, backlog_id=backlog_id)
        self._connection.execute(delete(AuditRow).where(*within))

    # Items

    def items(self, backlog_id: UUID, *, archived: bool | None = False) -> list[StoredItem]:
        """List the items of a backlog in no order; null asks for the archived ones too."""
        found = {} if archived is None else {"archived": archived}
        return self._all(StoredItem, self._select(ItemRow, backlog_id=backlog_id, **found))

    def items_by_key(self, backlog_id: UUID, keys: Sequence[str]) -> list[StoredItem]:
        """List those of these items that there are."""
        query = self._select(ItemRow, backlog_id=backlog_id)
        return [
            item
            for some in parts(keys)
            for item in self._all(StoredItem, query.where(col(ItemRow.key).in_(some)))
        ]

    def items_by_id(self, backlog_id: UUID, ids: Sequence[UUID]) -> list[StoredItem]:
        """List those of these items that there are."""
        query = self._select(ItemRow, backlog_id=backlog_id)
        return [
            item
            for some in parts(ids)
            for item in self._all(StoredItem, query.where(col(ItemRow.id).in_(some)))
        ]

    def item(self, backlog_id: UUID, key: str) -> StoredItem:
        """Find an item.

        Raises:
            NotFound: there is none of this key.
        """
        query = lookup(ItemRow, "backlog_id", "key")
        return self._one(StoredItem, query, backlog_id=backlog_id, key=key)

    def items_by_label(
        self,
        backlog_id: UUID,
        *,
        archived: bool,
        keys: Sequence[str],
        labels: Sequence[str],
        after: str | None,
        limit: int,
    ) -> list[StoredItem]:
        """List items by key, after one of them, that have one of the keys and all the labels."""
        query = self._select(ItemRow, backlog_id=backlog_id, archived=archived)
        if keys:
            query = query.where(col(ItemRow.key).in_(keys))
        if after is not None:
            query = query.where(col(ItemRow.key) > after)
        query = query.where(*(self._listed(table(ItemRow).c.labels, name) for name in labels))
        return self._all(StoredItem, query.order_by(col(ItemRow.key)).limit(limit))

    def add_items(self, backlog_id: UUID, items: Iterable[StoredItem]) -> None:
        """Add items."""
        self._put(ItemRow, items, backlog_id=backlog_id)

    def save_items(self, backlog_id: UUID, items: Sequence[StoredItem]) -> None:
        """Write items again, all of their columns."""
        self._put(ItemRow, items, again=True, backlog_id=backlog_id)

    def delete_items(self, backlog_id: UUID, ids: Sequence[UUID]) -> None:
        """Delete items."""
        for some in parts(ids):
            self._connection.execute(
                delete(ItemRow).where(
                    *self._where(ItemRow, backlog_id=backlog_id), col(ItemRow.id).in_(some)
                )
            )

    # The ranking

    def ranking(
        self, backlog_id: UUID, after: SortKey | None, limit: int | None
    ) -> list[StoredPlace]:
        """List items in order with their places, after a place: an indexed read and two counts."""
        query = _IN_ORDER.limit(limit)
        if after:
            query = query.where(_placed(after) < _ORDER)
        items = self._all(StoredRankedItem, query, backlog_id=backlog_id)
        if not items:
            return []
        first = sort_key(items[0])
        position = 1 + self._count(backlog_id, _placed(first) > _ORDER) if after else 1
        rank = position
        if after and after[:3] == first[:3]:
            rank = 1 + self._count(backlog_id, _scored(first) > _SCORE)
        return list(places_of(items, rank, position))

    def place(self, backlog_id: UUID, item: StoredRankedItem) -> StoredPlace:
        """Say where an item stands."""
        key = sort_key(item)
        if item.tier is None:
            return StoredPlace(item, None, None)
        return StoredPlace(
            item,
            1 + self._count(backlog_id, _scored(key) > _SCORE),
            1 + self._count(backlog_id, _placed(key) > _ORDER),
        )

    def filtered_ranking(
        self,
        backlog_id: UUID,
        *,
        buckets: Sequence[str],
        labels: Sequence[str],
        is_ranked: bool | None,
        after: SortKey | None,
        limit: int,
    ) -> list[StoredPlace]:
        """List some of the items in order, with their places among all: one window over all."""
        whole = (
            select(
                *columns_of(ItemRow, StoredRankedItem),
                *_ORDER_COLUMNS[:-1],
                func.rank().over(order_by=_ORDER_COLUMNS[:-1]).label("rank"),
                func.row_number().over(order_by=_ORDER_COLUMNS).label("position"),
            )
            .where(*self._where(ItemRow, backlog_id=backlog_id, archived=False))
            .subquery()
        )
        order = [whole.c[column.name] for column in _ORDER_COLUMNS]
        query = select(
            *(whole.c[name] for name in StoredRankedItem.__struct_fields__),
            whole.c.rank,
            whole.c.position,
        ).where(*(self._listed(whole.c.labels, name) for name in labels))
        if buckets:
            query = query.where(whole.c.bucket.in_(buckets))
        if is_ranked is not None:
            query = query.where((whole.c.sort_tier != UNRANKED) == is_ranked)
        if after:
            query = query.where(tuple_(*order) > _placed(after))
        rows = self._connection.execute(query.order_by(*order).limit(limit))
        return [
            StoredPlace(found, rank, position)
            if found.tier is not None
            else StoredPlace(found, None, None)
            for *columns, rank, position in rows
            for found in (StoredRankedItem(*columns),)
        ]

    def _count(self, backlog_id: UUID, condition: ColumnElement[bool]) -> int:
        query = select(func.count()).where(
            *self._where(ItemRow, backlog_id=backlog_id, archived=False), condition
        )
        return self._connection.scalar(query) or 0

    # Runs

    def add_run(self, backlog_id: UUID, run: StoredRun, items: Iterable[StoredRunItem]) -> None:
        """Add a run and what is in it; neither can be changed after that."""
        self._put(RunRow, [run], backlog_id=backlog_id)
        self._put(RunItemRow, items, backlog_id=backlog_id, run_id=run.id)

    def forget_runs(self, backlog_id: UUID, now: datetime) -> list[UUID]:
        """Delete the oldest of the runs that need be kept no longer, and what is in them."""
        old = (
            select(col(RunRow.id))
            .where(*self._where(RunRow, backlog_id=backlog_id), col(RunRow.kept_until) < now)
            .order_by(col(RunRow.id))
            .limit(RUNS_AT_ONCE)
        )
        gone = list(self._connection.scalars(old))
        within = self._where(RunRow, backlog_id=backlog_id)
        self._connection.execute(delete(RunRow).where(*within, col(RunRow.id).in_(gone)))
        return gone

    def count_runs(self, backlog_id: UUID) -> int:
        """Count the runs of a backlog."""
        return self._count_all(RunRow, backlog_id=backlog_id)

    def run(self, backlog_id: UUID, run_id: UUID) -> StoredRun:
        """Find the header of a run.

        Raises:
            NotFound: there is none of this id in the backlog.
        """
        query = lookup(RunRow, "backlog_id", "id")
        return self._one(StoredRun, query, backlog_id=backlog_id, id=run_id)

    def runs(self, backlog_id: UUID, before: UUID | None, limit: int | None) -> list[StoredRun]:
        """List the headers of runs from the newest, before one of them."""
        query = self._select(RunRow, backlog_id=backlog_id)
        if before:
            query = query.where(col(RunRow.id) < before)
        return self._all(StoredRun, query.order_by(col(RunRow.id).desc()).limit(limit))

    def run_items(
        self, backlog_id: UUID, run_id: UUID, after: int = 0, limit: int | None = None
    ) -> list[StoredRunItem]:
        """List what is in a run by place, after one of them."""
        query = self._select(RunItemRow, backlog_id=backlog_id, run_id=run_id)
        query = query.where(col(RunItemRow.place) > after).order_by(col(RunItemRow.place))
        return self._all(StoredRunItem, query.limit(limit))

    def run_item(self, backlog_id: UUID, run_id: UUID, item_id: UUID) -> StoredRunItem | None:
        """Find how an item stood in a run, if it was there."""
        where = {"backlog_id": backlog_id, "run_id": run_id, "item_id": item_id}
        found = self._all(StoredRunItem, self._select(RunItemRow, **where))
        return found[0] if found else None

    def run_item_history(
        self, backlog_id: UUID, item_id: UUID, before: UUID | None, limit: int
    ) -> list[tuple[StoredRun, StoredRunItem | None]]:
        """List how an item stood in each run from the newest; null where it was not there."""
        runs = self.runs(backlog_id, before, limit)
        query = select(col(RunItemRow.run_id), *columns_of(RunItemRow, StoredRunItem)).where(
            *self._where(RunItemRow, backlog_id=backlog_id, item_id=item_id),
            col(RunItemRow.run_id).in_([run.id for run in runs]),
        )
        found = {row[0]: StoredRunItem(*row[1:]) for row in self._connection.execute(query)}
        return [(run, found.get(run.id)) for run in runs]

    # The audit

    def add_entry(self, backlog_id: UUID, entry: StoredEntry) -> None:
        """Add what a write changed, which can be changed no more, and forget what is too old."""
        self._put(AuditRow, [entry], backlog_id=backlog_id)
        if self._audited_for:
            self._forget_entries(backlog_id, entry.at - self._audited_for)

    def _forget_entries(self, backlog_id: UUID, before: datetime) -> None:
        """Delete some entries that are older; ids begin with their time, so that few are read."""
        old = (
            select(col(AuditRow.id))
            .where(
                *self._where(AuditRow, backlog_id=backlog_id),
                col(AuditRow.id) < uuid7(int(before.timestamp())),
                col(AuditRow.at) < before,
            )
            .order_by(col(AuditRow.id))
            .limit(AT_ONCE)
        )
        within = self._where(AuditRow, backlog_id=backlog_id)
        self._connection.execute(delete(AuditRow).where(*within, col(AuditRow.id).in_(old)))

    def entries(
        self, backlog_id: UUID, key: str | None, before: UUID | None, limit: int
    ) -> list[StoredEntry]:
        """List entries from the newest, before one of them; with a key those of its item."""
        query = self._select(AuditRow, backlog_id=backlog_id)
        if key is not None:
            query = query.where(self._listed(table(AuditRow).c["keys"], key))
        if before:
            query = query.where(col(AuditRow.id) < before)
        return self._all(StoredEntry, query.order_by(col(AuditRow.id).desc()).limit(limit))

    # Idempotency

    def claim(
        self, owner: str, key: str, fingerprint: str, now: datetime, expiry: datetime
    ) -> StoredAnswer | None:
        """Own a key, or get the answer that was given to it; a concurrent one is waited for."""
        self._forget_expired(now)
        row = {
            "workspace_id": self._workspace_id,
            "key_owner": owner,
            "key": key,
            "fingerprint": fingerprint,
            "status": 200,
            "headers": "{}",
            "body": b"",
            "expires_at": expiry,
        }
        claimed = self._connection.execute(
            self._insert_or(IdempotencyRow)
            .values(row)
            .on_conflict_do_update(
                index_elements=table(IdempotencyRow).primary_key.columns,
                set_=row,
                where=col(IdempotencyRow.expires_at) < now,
            )
            .returning(col(IdempotencyRow.key))
        ).first()
        if claimed:
            return None
        query = lookup(IdempotencyRow, "key_owner", "key")
        return self._one(StoredAnswer, query, key_owner=owner, key=key)

    def _forget_expired(self, now: datetime) -> None:
        """Delete some answers that are out of date, but those that another one deletes."""
        expired = (
            select(col(IdempotencyRow.key_owner), col(IdempotencyRow.key))
            .where(
                col(IdempotencyRow.workspace_id) == self._workspace_id,
                col(IdempotencyRow.expires_at) < now,
            )
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        for owner, key in self._connection.execute(expired).all():
            self._connection.execute(
                delete(IdempotencyRow).where(
                    *self._where(IdempotencyRow, key_owner=owner, key=key)
                )
            )

    def keep_answer(self, owner: str, key: str, answer: StoredAnswer) -> None:
        """Keep the answer to a key that is owned, in the transaction of its effect."""
        self._connection.execute(
            update(IdempotencyRow)
            .where(*self._where(IdempotencyRow, key_owner=owner, key=key))
            .values(msgspec.structs.asdict(answer))
        )


_LOCKING: Final = lookup(BacklogRow, "id").with_for_update()

_ORDER_COLUMNS: Final = tuple(table(ItemRow).c[name] for name in (*SORT_COLUMNS, "key"))
_IN_ORDER: Final = (
    select(*columns_of(ItemRow, StoredRankedItem))
    .where(*named(ItemRow, "backlog_id"), col(ItemRow.archived) == false())
    .order_by(*_ORDER_COLUMNS)
)
_ORDER: Final = tuple_(*_ORDER_COLUMNS)
_SCORE: Final = tuple_(*_ORDER_COLUMNS[:-1])


def _placed(key: SortKey) -> ColumnElement[Any]:
    return tuple_(*map(literal, key))


def _scored(key: SortKey) -> ColumnElement[Any]:
    return tuple_(*map(literal, key[:3]))
