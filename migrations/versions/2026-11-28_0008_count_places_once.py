"""Count the places of a run once for each statement, and not again for each of its rows.

PostgreSQL asked for the run 10,000 times where 10,000 places were added to it. SQLite, which knows
no triggers of statements, asks within its own process. A run that the end of the statement does
not see has no places.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

IMMUTABLE = "A run never changes."

PER_STATEMENT = (
    """EXISTS (
        SELECT 1 FROM (
            SELECT workspace_id, backlog_id, run_id, max(place) AS place FROM added
            GROUP BY workspace_id, backlog_id, run_id
        ) AS last
        LEFT JOIN run ON run.workspace_id = last.workspace_id
            AND run.backlog_id = last.backlog_id AND run.id = last.run_id
        WHERE last.place > COALESCE(run.ranked + run.unranked, 0)
    )""",
    "AFTER INSERT ON run_item REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
)
PER_ROW = (
    """NEW.place > (
        SELECT ranked + unranked FROM run
        WHERE workspace_id = NEW.workspace_id AND backlog_id = NEW.backlog_id AND id = NEW.run_id
    )""",
    "BEFORE INSERT ON run_item FOR EACH ROW",
)


def upgrade() -> None:
    refuse_beyond(*PER_STATEMENT)


def downgrade() -> None:
    refuse_beyond(*PER_ROW)


def refuse_beyond(condition: str, when: str) -> None:
    """Let PostgreSQL ask then if a place is beyond those of its run."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("DROP TRIGGER run_item_complete ON run_item")
    op.execute(
        f"""CREATE OR REPLACE FUNCTION refuse_place_beyond_run() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            IF {condition} THEN
                RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$"""
    )
    op.execute(
        f"CREATE TRIGGER run_item_complete {when} EXECUTE FUNCTION refuse_place_beyond_run()"
    )
