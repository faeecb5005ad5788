"""Keep by what tools know items, and what they send."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"

TENANTS = ("batch", "batch_item", "delivery", "hook", "identity", "profile")

INSIDE = "workspace_id = NULLIF(current_setting('app.workspace', true), '')::uuid"

KEY = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column(
            "name",
            KEY,
            nullable=False,
        ),
        sa.Column("tokens", sa.JSON(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_batch_name_length")),
        sa.CheckConstraint(
            "is_complete = FALSE OR is_complete = TRUE", name=op.f("ck_batch_is_complete_flag")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_batch_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", "name", name=op.f("pk_batch")),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index("ix_batch_age", ["workspace_id", "started_at"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column(
            "name",
            KEY,
            nullable=False,
        ),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "length(source) BETWEEN 1 AND 40", name=op.f("ck_delivery_source_length")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("ck_delivery_name_length")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_delivery_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "backlog_id", "source", "name", name=op.f("pk_delivery")
        ),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_age", ["workspace_id", "received_at"], unique=False)

    op.create_table(
        "hook",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.String(length=500), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("length(source) BETWEEN 1 AND 40", name=op.f("ck_hook_source_length")),
        sa.CheckConstraint(
            "length(secret) BETWEEN 16 AND 500", name=op.f("ck_hook_secret_length")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_hook_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", "source", name=op.f("pk_hook")),
    )
    op.create_table(
        "profile",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_profile_revision_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_profile_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "batch_item",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column(
            "batch",
            KEY,
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "batch"],
            ["batch.workspace_id", "batch.backlog_id", "batch.name"],
            name=op.f("fk_batch_item_batch"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "item_id"],
            ["item.workspace_id", "item.backlog_id", "item.id"],
            name=op.f("fk_batch_item_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "backlog_id", "batch", "item_id", name=op.f("pk_batch_item")
        ),
    )
    with op.batch_alter_table("batch_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_batch_item_item", ["workspace_id", "backlog_id", "item_id"], unique=False
        )

    op.create_table(
        "identity",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column(
            "site",
            KEY,
            nullable=False,
        ),
        sa.Column(
            "source_id",
            KEY,
            nullable=False,
        ),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("updated", UTCDateTime(), nullable=True),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "length(source) BETWEEN 1 AND 40", name=op.f("ck_identity_source_length")
        ),
        sa.CheckConstraint("length(site) <= 255", name=op.f("ck_identity_site_length")),
        sa.CheckConstraint(
            "length(source_id) BETWEEN 1 AND 255", name=op.f("ck_identity_source_id_length")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "item_id"],
            ["item.workspace_id", "item.backlog_id", "item.id"],
            name=op.f("fk_identity_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "backlog_id", "source", "site", "source_id", name=op.f("pk_identity")
        ),
        sa.UniqueConstraint(
            "workspace_id",
            "backlog_id",
            "item_id",
            name=op.f("uq_identity_workspace_id_backlog_id_item_id"),
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TENANTS:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY one_workspace ON {table} USING ({INSIDE})")


def downgrade() -> None:
    for table in ("identity", "batch_item", "profile", "hook", "delivery", "batch"):
        op.drop_table(table)
