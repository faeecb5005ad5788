"""Add keys and the audit, and hold every transaction on PostgreSQL to one workspace."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0002"
down_revision = "0001"

TENANTS = ("api_key", "audit", "backlog", "item", "run", "run_item", "idempotency")

INSIDE = "workspace_id = NULLIF(current_setting('app.workspace', true), '')::uuid"
DIRECTORY = "current_setting('app.directory', true) = 'on'"


IMMUTABLE = "The audit is only added to."
KEPT = """(OLD.operation = 'delete_backlog' OR EXISTS (
    SELECT 1 FROM backlog WHERE workspace_id = OLD.workspace_id AND id = OLD.backlog_id
))"""
"""What is said of a backlog goes with it, but for who deleted it."""

TRIGGERS = {
    "sqlite": [
        f"""CREATE TRIGGER audit_immutable_{event.lower()} BEFORE {event} ON audit
        WHEN {condition} BEGIN SELECT RAISE(ABORT, '{IMMUTABLE}'); END"""
        for event, condition in (("UPDATE", "TRUE"), ("DELETE", KEPT))
    ],
    "postgresql": [
        f"""CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND TG_LEVEL = 'ROW' THEN
                IF NOT {KEPT} THEN RETURN OLD; END IF;
            END IF;
            RAISE EXCEPTION '{IMMUTABLE}' USING ERRCODE = 'restrict_violation';
        END $$""",
        """CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()""",
        """CREATE TRIGGER audit_immutable_truncate BEFORE TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()""",
    ],
}


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("pepper_id", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name=op.f("ck_api_key_name_length")),
        sa.CheckConstraint(
            "scope IN ('read', 'score', 'write', 'admin')", name=op.f("ck_api_key_scope_known")
        ),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_api_key_digest_length")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_api_key_workspace")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "audit",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("backlog_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_audit_revision_positive")),
        sa.CheckConstraint("change_count >= 0", name=op.f("ck_audit_change_count_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.workspace_id"], name=op.f("fk_audit_workspace")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "backlog_id", "id", name=op.f("pk_audit")),
    )
    for trigger in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(trigger)
    if op.get_bind().dialect.name == "postgresql":
        for table, rule in (
            *((table, INSIDE) for table in TENANTS),
            ("workspace", f"{INSIDE} OR {DIRECTORY}"),
        ):
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY one_workspace ON {table} USING ({rule})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in (*TENANTS, "workspace"):
            op.execute(f"DROP POLICY one_workspace ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_table("audit")
    op.drop_table("api_key")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change_of_audit")
