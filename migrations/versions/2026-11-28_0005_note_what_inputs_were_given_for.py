"""Note of each item which of its inputs were given for another method, where they mean otherwise.

Until now a backlog knew its method before, and at which revision that ended. No release has read
these two columns, so that they go at once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0005"
down_revision = "0004"

OF_TWO_MEANINGS = ("impact", "confidence")
"""The inputs that methods take for different things, which were rice and ice."""

BACKLOG = sa.table(
    "backlog",
    *(sa.column(name, sa.Uuid()) for name in ("workspace_id", "id")),
    *(sa.column(name) for name in ("meant_by", "revision", "scoring_revision")),
)
ITEM = sa.table(
    "item",
    *(sa.column(name, sa.Uuid()) for name in ("workspace_id", "backlog_id", "id")),
    *(sa.column(name, sa.JSON(none_as_null=True)) for name in ("inputs", "given_for")),
    sa.column("revision"),
)
OF_BACKLOG = sa.and_(
    ITEM.c.workspace_id == BACKLOG.c.workspace_id, ITEM.c.backlog_id == BACKLOG.c.id
)
KNOWN = "ck_backlog_scoring_revision_known"


def upgrade() -> None:
    op.add_column("item", sa.Column("given_for", sa.JSON(), nullable=True))
    with every_row():
        earlier = sa.select(ITEM, BACKLOG.c.meant_by).where(
            OF_BACKLOG,
            BACKLOG.c.meant_by.is_not(None),
            ITEM.c.revision < BACKLOG.c.scoring_revision,
        )
        for item in op.get_bind().execute(earlier).all():
            named = {name: item.meant_by for name in OF_TWO_MEANINGS if name in item.inputs}
            if named:
                note(item, named)
    with made_anew() as backlog:
        backlog.drop_constraint(op.f(KNOWN), type_="check")
        backlog.drop_column("meant_by")
        backlog.drop_column("scoring_revision")


def downgrade() -> None:
    with made_anew() as backlog:
        backlog.add_column(sa.Column("meant_by", sa.String(40), nullable=True))
        backlog.add_column(
            sa.Column("scoring_revision", sa.Integer(), nullable=False, server_default="1")
        )
    with every_row():
        noted = sa.select(ITEM).where(ITEM.c.given_for.is_not(None))
        for item in op.get_bind().execute(noted).all():
            op.execute(
                BACKLOG.update()
                .where(
                    BACKLOG.c.workspace_id == item.workspace_id,
                    BACKLOG.c.id == item.backlog_id,
                    BACKLOG.c.scoring_revision <= item.revision,
                )
                .values(
                    meant_by=next(iter(item.given_for.values())),
                    scoring_revision=sa.case(
                        (BACKLOG.c.revision > item.revision, item.revision + 1),
                        else_=BACKLOG.c.revision,
                    ),
                )
            )
    with made_anew() as backlog:
        backlog.alter_column("scoring_revision", server_default=None)
        backlog.create_check_constraint(op.f(KNOWN), "scoring_revision BETWEEN 1 AND revision")
    op.drop_column("item", "given_for")


def note(item: sa.Row, given_for: dict[str, str]) -> None:
    """Write of one item what its inputs were given for."""
    op.execute(
        ITEM.update()
        .where(
            ITEM.c.workspace_id == item.workspace_id,
            ITEM.c.backlog_id == item.backlog_id,
            ITEM.c.id == item.id,
        )
        .values(given_for=json.dumps(given_for))  # what is written is text
    )


@contextmanager
def every_row() -> Iterator[None]:
    """Let the owner of the tables see the rows of all workspaces."""
    if op.get_bind().dialect.name == "sqlite":
        yield
        return
    for table in ("backlog", "item"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in ("backlog", "item"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


@contextmanager
def made_anew() -> Iterator[BatchOperations]:
    """Change `backlog`, which SQLite makes anew while triggers and other tables name it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA legacy_alter_table = ON")
    with op.batch_alter_table("backlog") as backlog:
        yield backlog
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA legacy_alter_table = OFF")
