"""SQL of what tools send: identities, profiles, batches, and the deliveries of webhooks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlmodel import col

from app.storage.records import (
    StoredBatch,
    StoredBatchItem,
    StoredHook,
    StoredIdentity,
    StoredProfile,
)
from app.storage.repository import Repository
from app.storage.rows import AT_ONCE, parts
from app.storage.tables import (
    BatchItemRow,
    BatchRow,
    DeliveryRow,
    HookRow,
    IdentityRow,
    ProfileRow,
)

BATCH_KEPT_FOR: Final = timedelta(days=7)
"""So long a pull may take; what no page has completed by then is forgotten."""


class Sources(Repository):
    """The rows of one workspace, with those that tie its items to the tools they came from."""

    # Profiles

    def profile(self, backlog_id: UUID) -> StoredProfile | None:
        """Find the profile of a backlog, if it has one."""
        found = self._all(StoredProfile, self._select(ProfileRow, backlog_id=backlog_id))
        return found[0] if found else None

    def save_profile(self, backlog_id: UUID, profile: StoredProfile) -> None:
        """Write the profile of a backlog."""
        self._put(ProfileRow, [profile], again=True, backlog_id=backlog_id)

    # Identities

    def identities(
        self, backlog_id: UUID, source: str, source_ids: Sequence[str]
    ) -> list[StoredIdentity]:
        """List those of these identities that are known, at any site of the tool."""
        query = self._select(IdentityRow, backlog_id=backlog_id, source=source)
        return [
            identity
            for some in parts(source_ids)
            for identity in self._all(
                StoredIdentity, query.where(col(IdentityRow.source_id).in_(some))
            )
        ]

    def identities_of(self, backlog_id: UUID, item_ids: Sequence[UUID]) -> list[StoredIdentity]:
        """List the identities of those of these items that have one."""
        query = self._select(IdentityRow, backlog_id=backlog_id)
        return [
            identity
            for some in parts(item_ids)
            for identity in self._all(
                StoredIdentity, query.where(col(IdentityRow.item_id).in_(some))
            )
        ]

    def all_identities(self, backlog_id: UUID) -> list[StoredIdentity]:
        """List the identities of all items that have one."""
        return self._all(StoredIdentity, self._select(IdentityRow, backlog_id=backlog_id))

    def add_identities(self, backlog_id: UUID, identities: Sequence[StoredIdentity]) -> None:
        """Insert the identities of items that had none."""
        self._put(IdentityRow, identities, backlog_id=backlog_id)

    def save_identities(self, backlog_id: UUID, identities: Sequence[StoredIdentity]) -> None:
        """Write identities, new ones and known ones."""
        self._put(IdentityRow, identities, again=True, backlog_id=backlog_id)

    def delete_identities(self, backlog_id: UUID, item_ids: Sequence[UUID]) -> None:
        """Forget by what these items were known."""
        for some in parts(item_ids):
            self._connection.execute(
                delete(IdentityRow).where(
                    *self._where(IdentityRow, backlog_id=backlog_id),
                    col(IdentityRow.item_id).in_(some),
                )
            )

    def forget_shown(self, backlog_id: UUID) -> None:
        """Forget what the tools showed, where the fields of the write-back are others now."""
        where = self._where(IdentityRow, backlog_id=backlog_id)
        self._connection.execute(update(IdentityRow).where(*where).values(shown="{}"))

    # Batches

    def batch(self, backlog_id: UUID, name: str) -> StoredBatch | None:
        """Find a batch, if a page of it has come."""
        found = self._all(StoredBatch, self._select(BatchRow, backlog_id=backlog_id, name=name))
        return found[0] if found else None

    def save_batch(self, backlog_id: UUID, batch: StoredBatch, item_ids: Sequence[UUID]) -> None:
        """Write a batch, and that it held these items; what is long over is forgotten."""
        self._put(BatchRow, [batch], again=True, backlog_id=backlog_id)
        held = [StoredBatchItem(batch.name, item_id) for item_id in item_ids]
        self._put(BatchItemRow, held, again=True, backlog_id=backlog_id)
        old = select(col(BatchRow.backlog_id), col(BatchRow.name)).where(
            col(BatchRow.workspace_id) == self._workspace_id,
            col(BatchRow.started_at) < batch.started_at - BATCH_KEPT_FOR,
        )
        old = old.limit(AT_ONCE).with_for_update(skip_locked=True)
        for other_id, name in self._connection.execute(old).all():
            self.delete_batch(other_id, name)

    def delete_batch(self, backlog_id: UUID, name: str) -> None:
        """Forget a batch and which items it held."""
        self._connection.execute(
            delete(BatchRow).where(*self._where(BatchRow, backlog_id=backlog_id, name=name))
        )

    def items_in_batch(self, backlog_id: UUID, name: str) -> set[UUID]:
        """List the items that the pages of a batch held."""
        held = self._select(BatchItemRow, backlog_id=backlog_id, batch=name)
        return {one.item_id for one in self._all(StoredBatchItem, held)}

    # Hooks

    def hook(self, backlog_id: UUID, source: str) -> StoredHook | None:
        """Find the secret of a tool's webhooks, if it is set."""
        found = self._all(StoredHook, self._select(HookRow, backlog_id=backlog_id, source=source))
        return found[0] if found else None

    def save_hook(self, backlog_id: UUID, hook: StoredHook) -> None:
        """Write the secret of a tool's webhooks."""
        self._put(HookRow, [hook], again=True, backlog_id=backlog_id)

    def delete_hook(self, backlog_id: UUID, source: str) -> None:
        """Forget the secret of a tool's webhooks."""
        self._connection.execute(
            delete(HookRow).where(*self._where(HookRow, backlog_id=backlog_id, source=source))
        )

    def claim_delivery(
        self,
        backlog_id: UUID,
        source: str,
        names: Sequence[str],
        now: datetime,
        kept_for: timedelta,
    ) -> bool:
        """Own a delivery by all its names; false where it has come before under one of them."""
        old = select(
            col(DeliveryRow.backlog_id), col(DeliveryRow.source), col(DeliveryRow.name)
        ).where(
            col(DeliveryRow.workspace_id) == self._workspace_id,
            col(DeliveryRow.received_at) < now - kept_for,
        )
        old = old.limit(AT_ONCE).with_for_update(skip_locked=True)
        for other_id, other_source, name in self._connection.execute(old).all():
            one = {"backlog_id": other_id, "source": other_source, "name": name}
            self._connection.execute(delete(DeliveryRow).where(*self._where(DeliveryRow, **one)))
        row = {"workspace_id": self._workspace_id, "backlog_id": backlog_id, "source": source}
        claimed = self._connection.execute(
            self._insert_or(DeliveryRow)
            .values([row | {"name": name, "received_at": now} for name in names])
            .on_conflict_do_nothing()
            .returning(col(DeliveryRow.name))
        ).all()
        return len(claimed) == len(names)
