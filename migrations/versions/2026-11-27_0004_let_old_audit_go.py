"""Let entries of the audit go that are older than a month, where the settings say so."""

from alembic import op

revision = "0004"
down_revision = "0003"

IMMUTABLE = "The audit is only added to."
WITHIN_BACKLOG = """EXISTS (
    SELECT 1 FROM backlog WHERE workspace_id = OLD.workspace_id AND id = OLD.backlog_id
)"""
MONTH_AGO = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-30 days')",
    "postgresql": "now() - INTERVAL '30 days'",
}


def upgrade() -> None:
    keep(f"{WITHIN_BACKLOG} AND OLD.at > {MONTH_AGO[op.get_bind().dialect.name]}")


def downgrade() -> None:
    keep(WITHIN_BACKLOG)


def keep(what: str) -> None:
    """Let the database refuse to delete these entries, and who deleted a backlog."""
    kept = f"(OLD.operation = 'delete_backlog' OR ({what}))"
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_immutable_delete")
        op.execute(
            f"""CREATE TRIGGER audit_immutable_delete BEFORE DELETE ON audit
            WHEN {kept} BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END"""
        )
        return
    op.execute(
        f"""CREATE OR REPLACE FUNCTION refuse_change_of_audit() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
                IF NOT {kept} THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
        END $$"""
    )
