"""The keys of one workspace."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, insert, select, update
from sqlmodel import col

from app.storage.database import enter
from app.storage.errors import NotFound
from app.storage.records import StoredKey
from app.storage.tables import ApiKeyRow


class Keys:
    """The keys of one workspace."""

    def __init__(self, connection: Connection, workspace_id: UUID) -> None:
        enter(connection, workspace_id)
        self._connection = connection
        self.workspace_id = workspace_id
        self._within = col(ApiKeyRow.workspace_id) == workspace_id

    def add(self, key: StoredKey) -> None:
        """Add a key."""
        values = msgspec.structs.asdict(key) | {"workspace_id": self.workspace_id}
        self._connection.execute(insert(ApiKeyRow).values(values))

    def key(self, key_id: UUID) -> StoredKey:
        """Find a key.

        Raises:
            NotFound: there is none of this id.
        """
        return self._one(key_id, select(*_COLUMNS))

    def locked(self, key_id: UUID) -> StoredKey:
        """Find a key that nobody else changes until the transaction ends.

        Raises:
            NotFound: there is none of this id.
        """
        return self._one(key_id, select(*_COLUMNS).with_for_update())

    def keys(self, after: UUID | None, limit: int | None) -> list[StoredKey]:
        """List keys from the oldest, after one of them."""
        query = select(*_COLUMNS).where(self._within)
        if after:
            query = query.where(col(ApiKeyRow.id) > after)
        rows = self._connection.execute(query.order_by(col(ApiKeyRow.id)).limit(limit))
        return [StoredKey(*row) for row in rows]

    def revoke(self, key_id: UUID, at: datetime) -> None:
        """End a key now; one that is revoked stays as it is.

        Raises:
            NotFound: there is none of this id.
        """
        if self.locked(key_id).revoked_at is None:
            self._set(key_id, revoked_at=at)

    def set_end(self, key_id: UUID, at: datetime) -> None:
        """Say when a key ends."""
        self._set(key_id, expires_at=at)

    def set_used(self, key_id: UUID, at: datetime) -> None:
        """Say when a key was last used, if no other process saw it later."""
        known = col(ApiKeyRow.last_used_at)
        self._set(key_id, known.is_(None) | (known < at), last_used_at=at)

    def _set(self, key_id: UUID, *where: ColumnElement[bool], **values: datetime) -> None:
        found = col(ApiKeyRow.id) == key_id
        self._connection.execute(
            update(ApiKeyRow).where(self._within, found, *where).values(**values)
        )

    def _one(self, key_id: UUID, query: Select[Any]) -> StoredKey:
        row = self._connection.execute(
            query.where(self._within, col(ApiKeyRow.id) == key_id)
        ).first()
        if row is None:
            raise NotFound(f"There is no key {key_id} in the workspace.")
        return StoredKey(*row)


_COLUMNS = [getattr(ApiKeyRow, name) for name in StoredKey.__struct_fields__]
