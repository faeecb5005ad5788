"""The keys of one workspace."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Connection, insert, select, update
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
        query = select(*_COLUMNS).where(self._within, col(ApiKeyRow.id) == key_id)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no key {key_id} in the workspace.")
        return StoredKey(*row)

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
        if self.key(key_id).revoked_at is None:
            self._set(key_id, revoked_at=at)

    def set_end(self, key_id: UUID, at: datetime) -> None:
        """Say when a key ends."""
        self._set(key_id, expires_at=at)

    def set_used(self, key_id: UUID, at: datetime) -> None:
        """Say when a key was last used."""
        self._set(key_id, last_used_at=at)

    def _set(self, key_id: UUID, **values: datetime) -> None:
        self._connection.execute(
            update(ApiKeyRow).where(self._within, col(ApiKeyRow.id) == key_id).values(**values)
        )


_COLUMNS = [getattr(ApiKeyRow, name) for name in StoredKey.__struct_fields__]
