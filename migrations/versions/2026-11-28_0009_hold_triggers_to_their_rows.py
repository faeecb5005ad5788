"""Let no statement lead the triggers of PostgreSQL past the backlog and the run of a row.

They asked for what the policies of the workspace let them see, which a statement can leave while
it deletes, and for tables by name, which a temporary one may have, too.
Who renames the schema of the tables sets the search_path of the three functions anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SCHEMA = "SELECT quote_ident(current_schema())"
ELSEWHERE = """row_security_active(TG_RELID) AND OLD.workspace_id
    IS DISTINCT FROM NULLIF(current_setting('app.workspace', true), '')::uuid"""
WITHIN_BACKLOG = """EXISTS (
    SELECT 1 FROM backlog WHERE workspace_id = OLD.workspace_id AND id = OLD.backlog_id
)"""
WITHIN_RUN = """EXISTS (
    SELECT 1 FROM run
    WHERE workspace_id = OLD.workspace_id AND backlog_id = OLD.backlog_id AND id = OLD.run_id
)"""
MONTH_AGO = "now() - INTERVAL '30 days'"

REFUSE_CHANGE_OF_RUN = f"""
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
        IF {{elsewhere}} THEN NULL;
        ELSIF TG_TABLE_NAME = 'run' THEN
            IF NOT ({WITHIN_BACKLOG} AND (OLD.kept_until IS NULL OR OLD.kept_until > now()))
            THEN RETURN OLD; END IF;
        ELSIF NOT {WITHIN_RUN} THEN RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'A run never changes.' USING ERRCODE = 'restrict_violation';"""
REFUSE_CHANGE_OF_AUDIT = f"""
    IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
        IF NOT (
            {{elsewhere}} OR OLD.operation = 'delete_backlog'
            OR ({WITHIN_BACKLOG} AND OLD.at > {MONTH_AGO})
        ) THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION 'The audit is only added to.' USING ERRCODE = 'restrict_violation';"""
BODIES = {
    "refuse_change_of_run": REFUSE_CHANGE_OF_RUN,
    "refuse_change_of_audit": REFUSE_CHANGE_OF_AUDIT,
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    path = f"SET search_path = {op.get_bind().scalar(sa.text(SCHEMA))}, pg_temp"
    refuse(ELSEWHERE, path)
    op.execute(f"ALTER FUNCTION refuse_place_beyond_run() {path}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    refuse("FALSE", "")
    op.execute("ALTER FUNCTION refuse_place_beyond_run() RESET search_path")


def refuse(elsewhere: str, path: str) -> None:
    """Refuse what is deleted of a run or the audit, too, where this holds."""
    for function, body in BODIES.items():
        op.execute(
            f"""CREATE OR REPLACE FUNCTION {function}() RETURNS trigger
            LANGUAGE plpgsql {path} AS $$
            BEGIN {body.format(elsewhere=elsewhere)}
            END $$"""
        )
