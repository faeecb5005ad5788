"""Let a run go once it was kept for as long as was set when it was frozen; for ever without it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0006"
down_revision = "0005"

IMMUTABLE = "A run never changes."
WITHIN_BACKLOG = """EXISTS (
    SELECT 1 FROM backlog WHERE workspace_id = OLD.workspace_id AND id = OLD.backlog_id
)"""
WITHIN_RUN = """EXISTS (
    SELECT 1 FROM run
    WHERE workspace_id = OLD.workspace_id AND backlog_id = OLD.backlog_id AND id = OLD.run_id
)"""
NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now')", "postgresql": "now()"}


def upgrade() -> None:
    op.add_column("run", sa.Column("kept_until", UTCDateTime(), nullable=True))
    now = NOW[op.get_bind().dialect.name]
    keep(f"{WITHIN_BACKLOG} AND (OLD.kept_until IS NULL OR OLD.kept_until > {now})", WITHIN_RUN)


def downgrade() -> None:
    keep(WITHIN_BACKLOG, WITHIN_BACKLOG)
    op.drop_column("run", "kept_until")


def keep(run: str, run_item: str) -> None:
    """Let the database refuse to delete rows of these tables for which this holds."""
    if op.get_bind().dialect.name == "sqlite":
        for table, kept in (("run", run), ("run_item", run_item)):
            op.execute(f"DROP TRIGGER {table}_immutable_delete")
            op.execute(
                f"""CREATE TRIGGER {table}_immutable_delete BEFORE DELETE ON {table}
                WHEN {kept} BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END"""
            )
        return
    op.execute(
        f"""CREATE OR REPLACE FUNCTION refuse_change_of_run() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
                IF TG_TABLE_NAME = 'run' THEN
                    IF NOT ({run}) THEN RETURN OLD; END IF;
                ELSIF NOT ({run_item}) THEN RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
        END $$"""
    )
