"""The tables; the rows validate nothing: bodies do before, constraints after.

No CHECK names methods, buckets or operations: to add one is to add a file, and no migration.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from app.storage.columns import KEY, JsonText, finite, flag, longest, source_length

CONVENTION: Final = {
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UNRANKED: Final = 2_147_483_647
"""The `sort_tier` of items that have no place: after every other."""


class Row(SQLModel):
    """A row of any table, in metadata of our own."""

    metadata = MetaData(naming_convention=CONVENTION)


def _in_backlog() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "backlog_id"],
        ["backlog.workspace_id", "backlog.id"],
        ondelete="CASCADE",
    )


def _of_item() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["workspace_id", "backlog_id", "item_id"],
        ["item.workspace_id", "item.backlog_id", "item.id"],
        ondelete="CASCADE",
    )


class WorkspaceRow(Row, table=True):
    """Whose backlogs are kept apart from everybody else's."""

    __tablename__ = "workspace"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id"),
        UniqueConstraint("name"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
    )

    workspace_id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=String(100))
    created_at: datetime


class ApiKeyRow(Row, table=True):
    """A key, of which only a digest is kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id"),
        ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("scope IN ('read', 'score', 'write', 'admin')", name="scope_known"),
        CheckConstraint("length(digest) = 64", name="digest_length"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=String(100))
    scope: str = Field(sa_type=String(10))
    pepper_id: str = Field(sa_type=String(8))
    digest: str = Field(sa_type=String(64))
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class BacklogRow(Row, table=True):
    """A named list of items with one method and its options, and what was noticed of it."""

    __tablename__ = "backlog"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "id"),
        UniqueConstraint("workspace_id", "name"),
        ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"]),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="name_length"),
        longest("description", 5000),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint("ranked >= 0 AND unranked >= 0 AND archived >= 0", name="counts"),
        CheckConstraint(
            "(bucket_method IS NULL) = (bucket_options IS NULL)", name="bucket_method_whole"
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=String(200))
    description: str | None = Field(sa_type=String(5000))
    method: str = Field(sa_type=String(40))
    options: Any = Field(sa_type=JsonText, nullable=False)
    bucket_method: str | None = Field(sa_type=String(40))
    bucket_options: Any = Field(sa_type=JsonText, nullable=True)
    revision: int
    ranked: int
    unranked: int
    archived: int
    warnings: Any = Field(sa_type=JsonText, nullable=False)
    balance: Any = Field(sa_type=JsonText, nullable=True)
    reference: Any = Field(sa_type=JsonText, nullable=True)
    engine_version: str = Field(sa_type=String(40))
    created_at: datetime
    updated_at: datetime


class ItemRow(Row, table=True):
    """One thing to be prioritized, with its verdict as of the backlog's revision."""

    __tablename__ = "item"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "id"),
        UniqueConstraint("workspace_id", "backlog_id", "key"),
        _in_backlog(),
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key_length"),
        longest("title", 500),
        longest("url", 2000),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint(
            f"(tier IS NULL AND sort_tier = {UNRANKED})"
            " OR (tier IS NOT NULL AND tier >= 0 AND tier = sort_tier)",
            name="tier_sorts",
        ),
        CheckConstraint(
            "CASE WHEN tier IS NULL OR score IS NULL THEN sort_missing = 1 AND sort_score = 0"
            " ELSE sort_missing = 0 AND sort_score = -score END",
            name="score_sorts",
        ),
        flag("archived"),
        finite("score"),
        Index(
            "ix_item_ranking",
            *("workspace_id", "backlog_id", "archived"),
            *("sort_tier", "sort_missing", "sort_score", "key"),
        ),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=KEY)
    title: str | None = Field(sa_type=String(500))
    url: str | None = Field(sa_type=String(2000))
    labels: Any = Field(sa_type=JsonText, nullable=False)
    inputs: Any = Field(sa_type=JsonText, nullable=False)
    archived: bool
    given_for: Any = Field(sa_type=JsonText, nullable=True)
    revision: int
    score: float | None
    tier: int | None
    bucket: str | None = Field(sa_type=String(40))
    bucket_text: str | None = Field(sa_type=String)
    reasons: Any = Field(sa_type=JsonText, nullable=False)
    sort_tier: int
    sort_missing: int
    sort_score: float
    created_at: datetime
    updated_at: datetime


class RunRow(Row, table=True):
    """An immutable record of one ranking of one backlog, for ever or until it may go."""

    __tablename__ = "run"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "id"),
        _in_backlog(),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint("ranked >= 0 AND unranked >= 0", name="counts"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint(
            "(bucket_method IS NULL) = (bucket_options IS NULL)", name="bucket_method_whole"
        ),
        longest("note", 5000),
        longest("created_by", 255),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    revision: int
    method: str = Field(sa_type=String(40))
    options: Any = Field(sa_type=JsonText, nullable=False)
    bucket_method: str | None = Field(sa_type=String(40))
    bucket_options: Any = Field(sa_type=JsonText, nullable=True)
    ranked: int
    unranked: int
    warnings: Any = Field(sa_type=JsonText, nullable=False)
    balance: Any = Field(sa_type=JsonText, nullable=True)
    reference: Any = Field(sa_type=JsonText, nullable=True)
    engine_version: str = Field(sa_type=String(40))
    sha256: str = Field(sa_type=String(64))
    note: str | None = Field(sa_type=String(5000))
    created_by: str | None = Field(sa_type=String(255))
    created_at: datetime
    kept_until: datetime | None


class RunItemRow(Row, table=True):
    """How one item stood in a run; `place` counts all of them from 1, the unranked last."""

    __tablename__ = "run_item"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "run_id", "place"),
        ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "run_id"],
            ["run.workspace_id", "run.backlog_id", "run.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("place >= 1", name="place_positive"),
        CheckConstraint("tier >= 0", name="tier_positive"),
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key_length"),
        longest("title", 500),
        longest("url", 2000),
        CheckConstraint(
            "(rank IS NULL) = (tier IS NULL) AND (position IS NULL) = (tier IS NULL)",
            name="rank_whole",
        ),
        CheckConstraint("rank >= 1 AND rank <= position", name="rank_range"),
        finite("score"),
        Index("ix_run_item_within_run", "workspace_id", "backlog_id", "run_id", "item_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    run_id: UUID = Field(primary_key=True)
    place: int = Field(primary_key=True)
    item_id: UUID
    key: str = Field(sa_type=KEY)
    title: str | None = Field(sa_type=String(500))
    url: str | None = Field(sa_type=String(2000))
    labels: Any = Field(sa_type=JsonText, nullable=False)
    inputs: Any = Field(sa_type=JsonText, nullable=False)
    rank: int | None
    position: int | None
    score: float | None
    tier: int | None
    bucket: str | None = Field(sa_type=String(40))
    explanation: Any = Field(sa_type=JsonText, nullable=True)
    reasons: Any = Field(sa_type=JsonText, nullable=False)


class AuditRow(Row, table=True):
    """Who changed what; of a deleted backlog it says who deleted it."""

    __tablename__ = "audit"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "id"),
        ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"]),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint("change_count >= 0", name="change_count_positive"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    revision: int
    key_id: UUID | None
    operation: str = Field(sa_type=String(40))
    at: datetime
    change_count: int
    changes: Any = Field(sa_type=JsonText, nullable=False)
    keys: Any = Field(sa_type=JsonText, nullable=False)


class ProfileRow(Row, table=True):
    """How what a tool sends is mapped to the inputs of a backlog."""

    __tablename__ = "profile"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id"),
        _in_backlog(),
        CheckConstraint("revision >= 1", name="revision_positive"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    document: Any = Field(sa_type=JsonText, nullable=False)
    revision: int
    updated_at: datetime


class IdentityRow(Row, table=True):
    """By what a tool knows an item, whatever its key, and what the tool showed of it last."""

    __tablename__ = "identity"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "source", "site", "source_id"),
        UniqueConstraint("workspace_id", "backlog_id", "item_id"),
        _of_item(),
        source_length(),
        CheckConstraint("length(source_id) BETWEEN 1 AND 255", name="source_id_length"),
        longest("site", 255),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    source: str = Field(sa_type=String(40), primary_key=True)
    site: str = Field(sa_type=KEY, primary_key=True)
    source_id: str = Field(sa_type=KEY, primary_key=True)
    item_id: UUID
    updated: datetime | None
    shown: Any = Field(sa_type=JsonText, nullable=False)


class BatchRow(Row, table=True):
    """The pages of one pull: the tokens that they led to, and the sites that they came from."""

    __tablename__ = "batch"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "name"),
        _in_backlog(),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="name_length"),
        flag("is_complete"),
        Index("ix_batch_age", "workspace_id", "started_at"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    tokens: Any = Field(sa_type=JsonText, nullable=False)
    sites: Any = Field(sa_type=JsonText, nullable=False)
    is_complete: bool
    started_at: datetime


class BatchItemRow(Row, table=True):
    """An item that a page of a batch held."""

    __tablename__ = "batch_item"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "batch", "item_id"),
        ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "batch"],
            ["batch.workspace_id", "batch.backlog_id", "batch.name"],
            ondelete="CASCADE",
        ),
        _of_item(),
        Index("ix_batch_item_item", "workspace_id", "backlog_id", "item_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    batch: str = Field(sa_type=KEY, primary_key=True)
    item_id: UUID = Field(primary_key=True)


class HookRow(Row, table=True):
    """The secret that a tool's webhooks are signed with.

    It is kept as it is: it has to be computed with, and who reads the database reads the
    backlogs that it guards.
    """

    __tablename__ = "hook"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "source"),
        _in_backlog(),
        source_length(),
        CheckConstraint("length(secret) BETWEEN 16 AND 500", name="secret_length"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    source: str = Field(sa_type=String(40), primary_key=True)
    secret: str = Field(sa_type=String(500))
    updated_at: datetime


class DeliveryRow(Row, table=True):
    """A webhook that was taken, by the tool's name of it or by its digest."""

    __tablename__ = "delivery"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "backlog_id", "source", "name"),
        _in_backlog(),
        source_length(),
        CheckConstraint("length(name) BETWEEN 1 AND 255", name="name_length"),
        Index("ix_delivery_age", "workspace_id", "received_at"),
    )

    workspace_id: UUID = Field(primary_key=True)
    backlog_id: UUID = Field(primary_key=True)
    source: str = Field(sa_type=String(40), primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    received_at: datetime


class IdempotencyRow(Row, table=True):
    """The answer to a request with a key, which is given again to who repeats it."""

    __tablename__ = "idempotency"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "key_owner", "key"),
        ForeignKeyConstraint(["workspace_id"], ["workspace.workspace_id"]),
        CheckConstraint("status BETWEEN 200 AND 299", name="status_success"),
        CheckConstraint("length(fingerprint) = 64", name="fingerprint_length"),
        CheckConstraint("length(key) BETWEEN 1 AND 255", name="key_length"),
        Index("ix_idempotency_expiry", "workspace_id", "expires_at"),
    )

    workspace_id: UUID = Field(primary_key=True)
    key_owner: str = Field(sa_type=String(40), primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    fingerprint: str = Field(sa_type=String(64))
    status: int
    headers: Any = Field(sa_type=JsonText, nullable=False)
    body: bytes
    expires_at: datetime
