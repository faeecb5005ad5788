"""Create backlogs."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None

KEY = sa.String(255).with_variant(sa.String(255, collation="C"), "postgresql")

DEFAULT_WORKSPACE = UUID("00000000-0000-7000-8000-000000000000")

IMMUTABLE = "A run never changes."
WITHIN_BACKLOG = """EXISTS (
    SELECT 1 FROM backlog WHERE workspace_id = OLD.workspace_id AND id = OLD.backlog_id
)"""
BEYOND_RUN = """NEW.place > (
    SELECT ranked + unranked FROM run
    WHERE workspace_id = NEW.workspace_id AND backlog_id = NEW.backlog_id AND id = NEW.run_id
)"""
"""The places of a run are counted in it, so that nothing can be added later."""

SQLITE_TRIGGERS = [
    f"""CREATE TRIGGER {table}_immutable_{event.lower()} BEFORE {event} ON {table}
    WHEN {condition} BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END"""
    for table, event, condition in (
        ("run", "UPDATE", "TRUE"),
        ("run", "DELETE", WITHIN_BACKLOG),
        ("run_item", "UPDATE", "TRUE"),
        ("run_item", "DELETE", WITHIN_BACKLOG),
        ("run_item", "INSERT", BEYOND_RUN),
    )
]

POSTGRESQL_TRIGGERS = [
    f"""CREATE FUNCTION refuse_change_of_run() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
            IF NOT {WITHIN_BACKLOG} THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
    END $$""",
    f"""CREATE FUNCTION refuse_place_beyond_run() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {BEYOND_RUN} THEN
            RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$""",
    *(
        f"""CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_run()"""
        for table in ("run", "run_item")
    ),
    *(
        f"""CREATE TRIGGER {table}_immutable_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_run()"""
        for table in ("run", "run_item")
    ),
    """CREATE TRIGGER run_item_complete BEFORE INSERT ON run_item
    FOR EACH ROW EXECUTE FUNCTION refuse_place_beyond_run()""",
]

TRIGGERS = {"sqlite": SQLITE_TRIGGERS, "postgresql": POSTGRESQL_TRIGGERS}


def upgrade() -> None:
    op.create_table(
        "workspace",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 100", name=op.f("ck_workspace_name_length")
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("name", name=op.f("uq_workspace_name")),
    )
    op.create_table(
        "backlog",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=5000), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("bucket_method", sa.String(length=40), nullable=True),
        sa.Column("bucket_options", sa.JSON(), nullable=True),
        sa.Column("meant_by", sa.String(length=40), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("scoring_revision", sa.Integer(), nullable=False),
        sa.Column("ranked", sa.Integer(), nullable=False),
        sa.Column("unranked", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("balance", sa.JSON(), nullable=True),
        sa.Column("reference", sa.JSON(), nullable=True),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(bucket_method IS NULL) = (bucket_options IS NULL)",
            name=op.f("ck_backlog_bucket_method_whole"),
        ),
        sa.CheckConstraint(
            "length(description) <= 5000", name=op.f("ck_backlog_description_length")
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("ck_backlog_name_length")),
        sa.CheckConstraint(
            "ranked >= 0 AND unranked >= 0 AND archived >= 0", name=op.f("ck_backlog_counts")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_backlog_revision_positive")),
        sa.CheckConstraint(
            "scoring_revision BETWEEN 1 AND revision",
            name=op.f("ck_backlog_scoring_revision_known"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_backlog_workspace")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_backlog")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_backlog_workspace_id_name")),
    )
    op.create_table(
        "idempotency",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("key_owner", sa.String(length=40), nullable=False),
        sa.Column(
            "key",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "length(fingerprint) = 64", name=op.f("ck_idempotency_fingerprint_length")
        ),
        sa.CheckConstraint(
            "status BETWEEN 200 AND 299", name=op.f("ck_idempotency_status_success")
        ),
        sa.CheckConstraint(
            "length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_key_length")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_idempotency_workspace")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "key_owner", "key", name=op.f("pk_idempotency")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index(
            "ix_idempotency_expiry", ["workspace_id", "expires_at"], unique=False
        )

    op.create_table(
        "item",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "key",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("bucket", sa.String(length=40), nullable=True),
        sa.Column("bucket_text", sa.String(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("sort_tier", sa.Integer(), nullable=False),
        sa.Column("sort_missing", sa.Integer(), nullable=False),
        sa.Column("sort_score", sa.Float(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(tier IS NULL AND sort_tier = 2147483647)"
            " OR (tier IS NOT NULL AND tier >= 0 AND tier = sort_tier)",
            name=op.f("ck_item_tier_sorts"),
        ),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 255", name=op.f("ck_item_key_length")),
        sa.CheckConstraint("length(title) <= 500", name=op.f("ck_item_title_length")),
        sa.CheckConstraint("length(url) <= 2000", name=op.f("ck_item_url_length")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_item_revision_positive")),
        sa.CheckConstraint(
            "score >= -1.7976931348623157e308 AND score <= 1.7976931348623157e308",
            name=op.f("ck_item_score_finite"),
        ),
        sa.CheckConstraint(
            "CASE WHEN tier IS NULL OR score IS NULL THEN sort_missing = 1 AND sort_score = 0"
            " ELSE sort_missing = 0 AND sort_score = -score END",
            name=op.f("ck_item_score_sorts"),
        ),
        sa.CheckConstraint(
            "archived = FALSE OR archived = TRUE", name=op.f("ck_item_archived_flag")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_item_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", "id", name=op.f("pk_item")),
        sa.UniqueConstraint(
            "workspace_id", "backlog_id", "key", name=op.f("uq_item_workspace_id_backlog_id_key")
        ),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_item_ranking",
            [
                "workspace_id",
                "backlog_id",
                "archived",
                "sort_tier",
                "sort_missing",
                "sort_score",
                "key",
            ],
            unique=False,
        )

    op.create_table(
        "run",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("bucket_method", sa.String(length=40), nullable=True),
        sa.Column("bucket_options", sa.JSON(), nullable=True),
        sa.Column("ranked", sa.Integer(), nullable=False),
        sa.Column("unranked", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("balance", sa.JSON(), nullable=True),
        sa.Column("reference", sa.JSON(), nullable=True),
        sa.Column("engine_version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=5000), nullable=True),
        sa.Column("created_by", sa.String(length=255), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(bucket_method IS NULL) = (bucket_options IS NULL)",
            name=op.f("ck_run_bucket_method_whole"),
        ),
        sa.CheckConstraint("length(note) <= 5000", name=op.f("ck_run_note_length")),
        sa.CheckConstraint("length(created_by) <= 255", name=op.f("ck_run_created_by_length")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_run_sha256_length")),
        sa.CheckConstraint("ranked >= 0 AND unranked >= 0", name=op.f("ck_run_counts")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_run_revision_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id"],
            ["backlog.workspace_id", "backlog.id"],
            name=op.f("fk_run_backlog"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", "id", name=op.f("pk_run")),
    )
    op.create_table(
        "run_item",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "key",
            sa.String(length=255).with_variant(sa.String(length=255, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=500), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("bucket", sa.String(length=40), nullable=True),
        sa.Column("explanation", sa.JSON(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(rank IS NULL) = (tier IS NULL) AND (position IS NULL) = (tier IS NULL)",
            name=op.f("ck_run_item_rank_whole"),
        ),
        sa.CheckConstraint("place >= 1", name=op.f("ck_run_item_place_positive")),
        sa.CheckConstraint("tier >= 0", name=op.f("ck_run_item_tier_positive")),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 255", name=op.f("ck_run_item_key_length")),
        sa.CheckConstraint("length(title) <= 500", name=op.f("ck_run_item_title_length")),
        sa.CheckConstraint("length(url) <= 2000", name=op.f("ck_run_item_url_length")),
        sa.CheckConstraint("rank >= 1 AND rank <= position", name=op.f("ck_run_item_rank_range")),
        sa.CheckConstraint(
            "score >= -1.7976931348623157e308 AND score <= 1.7976931348623157e308",
            name=op.f("ck_run_item_score_finite"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "backlog_id", "run_id"],
            ["run.workspace_id", "run.backlog_id", "run.id"],
            name=op.f("fk_run_item_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "backlog_id", "run_id", "place", name=op.f("pk_run_item")
        ),
    )
    with op.batch_alter_table("run_item", schema=None) as batch_op:
        batch_op.create_index(
            "ix_run_item_history",
            ["workspace_id", "backlog_id", "item_id", "run_id"],
            unique=False,
        )
    workspace = sa.table(
        "workspace",
        sa.column("workspace_id", sa.Uuid()),
        sa.column("name"),
        sa.column("created_at", UTCDateTime()),
    )
    op.bulk_insert(
        workspace,
        [{"workspace_id": DEFAULT_WORKSPACE, "name": "default", "created_at": datetime.now(UTC)}],
    )
    for trigger in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(trigger)


def downgrade() -> None:
    for table in ("idempotency", "run_item", "run", "item", "backlog", "workspace"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_run, refuse_place_beyond_run")
