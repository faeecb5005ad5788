"""What the repository gives: rows as frozen records, documents as JSON text."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A row, as it stood when it was read."""


class StoredWorkspace(Stored, frozen=True):
    """A workspace."""

    id: UUID
    name: str
    created_at: datetime


class StoredKey(Stored, frozen=True):
    """A key without its text, of which only a digest is kept."""

    id: UUID
    name: str
    scope: Literal["read", "score", "write", "admin"]
    pepper_id: str
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class StoredBacklog(Stored, frozen=True):
    """A backlog and what was noticed of its list."""

    id: UUID
    name: str
    description: str | None
    method: str
    options: str
    bucket_method: str | None
    bucket_options: str | None
    revision: int
    ranked: int
    unranked: int
    archived: int
    warnings: str
    balance: str | None
    reference: str | None
    engine_version: str
    created_at: datetime
    updated_at: datetime


class StoredRankedItem(Stored, frozen=True):
    """What a ranking shows of an item; without a tier it is unranked."""

    id: UUID
    key: str
    title: str | None
    url: str | None
    labels: str
    inputs: str
    score: float | None
    tier: int | None
    bucket: str | None
    bucket_text: str | None
    reasons: str


class StoredItem(StoredRankedItem, frozen=True):
    """All that is kept of an item: what a ranking shows of it, and when it was written."""

    archived: bool
    given_for: str | None
    revision: int
    created_at: datetime
    updated_at: datetime


class StoredPlace(Stored, frozen=True):
    """Where an item stands among all of its backlog."""

    item: StoredRankedItem
    rank: int | None
    position: int | None


class StoredRun(Stored, frozen=True):
    """The header of a run."""

    id: UUID
    revision: int
    method: str
    options: str
    bucket_method: str | None
    bucket_options: str | None
    ranked: int
    unranked: int
    warnings: str
    balance: str | None
    reference: str | None
    engine_version: str
    sha256: str
    note: str | None
    created_by: str | None
    created_at: datetime
    kept_until: datetime | None


class StoredRunItem(Stored, frozen=True):
    """How an item stood in a run."""

    place: int
    item_id: UUID
    key: str
    title: str | None
    url: str | None
    labels: str
    inputs: str
    rank: int | None
    position: int | None
    score: float | None
    tier: int | None
    bucket: str | None
    explanation: str | None
    reasons: str


class Author(NamedTuple):
    """Who writes: by which key, and by which operation; the service itself has no key."""

    key_id: UUID | None = None
    operation: str = "rescore"


class StoredEntry(Stored, frozen=True):
    """What a write changed, and who wrote."""

    id: UUID
    revision: int
    key_id: UUID | None
    operation: str
    at: datetime
    change_count: int
    changes: str
    keys: str


class StoredProfile(Stored, frozen=True):
    """How what a tool sends is mapped."""

    document: str
    revision: int
    updated_at: datetime


class StoredIdentity(Stored, frozen=True):
    """By what a tool knows an item, and what it showed of it last."""

    source: str
    site: str
    source_id: str
    item_id: UUID
    updated: datetime | None
    shown: str


class StoredBatch(Stored, frozen=True):
    """The pages of one pull: the tokens that they led to, and the sites that they came from."""

    name: str
    tokens: str
    sites: str
    is_complete: bool
    started_at: datetime


class StoredBatchItem(Stored, frozen=True):
    """An item that a page of a batch held."""

    batch: str
    item_id: UUID


class StoredHook(Stored, frozen=True):
    """The secret of a tool's webhooks."""

    source: str
    secret: str
    updated_at: datetime


class StoredDelivery(Stored, frozen=True):
    """A webhook that was taken."""

    source: str
    name: str
    received_at: datetime


class StoredAnswer(Stored, frozen=True):
    """The answer that was given to a request with an Idempotency-Key."""

    fingerprint: str
    status: int
    headers: str
    body: bytes
