"""What is kept of backlogs: values in, frozen records out, always of one workspace."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    false,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlmodel import col

from app.storage.errors import NameTaken
from app.storage.history import History
from app.storage.places import SORT_COLUMNS, SortKey, places_of, sort_key
from app.storage.records import (
    StoredAnswer,
    StoredBacklog,
    StoredItem,
    StoredPlace,
    StoredRankedItem,
)
from app.storage.rows import AT_ONCE, columns_of, lookup, named, parts, table
from app.storage.tables import (
    UNRANKED,
    AuditRow,
    BacklogRow,
    IdempotencyRow,
    ItemRow,
)

DEFAULT_WORKSPACE: Final = UUID("00000000-0000-7000-8000-000000000000")
"""The workspace that the first migration makes."""


class Repository(History):
    """The backlogs of one workspace, their items, and the answers to keys; with what was."""

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
        return self._backlog(backlog_id, lookup(BacklogRow, "id"))

    def lock_backlog(self, backlog_id: UUID) -> StoredBacklog:
        """Find a backlog, and keep every other writer of it waiting.

        Raises:
            NotFound: there is none of this id.
        """
        return self._backlog(backlog_id, _LOCKING)

    def _backlog(self, backlog_id: UUID, query: Select[Any]) -> StoredBacklog:
        absent = f"There is no backlog {backlog_id}."
        return self._one(StoredBacklog, query, absent, id=backlog_id)

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
        """Say whose a name is; who asks at the same moment is undone by the constraint (`NAMES`).

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
        absent = f"The backlog has no item {key}."
        return self._one(StoredItem, query, absent, backlog_id=backlog_id, key=key)

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
        return self._one(
            StoredAnswer, query, "The answer is kept no more.", key_owner=owner, key=key
        )

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
