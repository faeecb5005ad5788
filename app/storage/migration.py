"""The schema: which one the database has, and how it gets the newest."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from app.storage.database import Database
from app.storage.errors import Locked, NoRole, SchemaTooNew, SchemaTooOld

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS: Final = Path(__file__).parents[2] / "migrations"

ATTEMPTS: Final = 50
"""A migration waits 0.2 s for a lock, so that nobody waits longer behind it, and tries again."""


GRANTS: Final = {
    "SELECT": "alembic_version",
    "SELECT, INSERT, UPDATE": "workspace, api_key",
    "SELECT, INSERT": "run_item",
    "SELECT, INSERT, DELETE": "run, audit",
    "SELECT, INSERT, UPDATE, DELETE": "backlog, item, idempotency, profile, identity, batch,"
    " batch_item, hook, delivery",
}
"""What the service does with which tables of PostgreSQL."""


def configured(connection: Connection | None = None) -> "Config":
    """Make Alembic's configuration, which needs no file."""
    from alembic.config import Config  # noqa: PLC0415 - a start that migrates nothing is faster

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def check(database: Database) -> None:
    """See that the schema is the one that this program knows.

    Raises:
        SchemaTooOld: it waits for `migrate`.
        SchemaTooNew: a newer program has migrated it.
    """
    found = revision(database)
    if found != known()[-1]:
        has = "an older schema" if found else "no schema yet"
        raise SchemaTooOld(f"The database has {has}. Run: stackrank migrate")


def migrate(database: Database) -> bool:
    """Bring the schema to the newest, all or nothing; an SQLite file is copied before.

    Raises:
        SchemaTooNew: a newer program has migrated it.
    """
    before = revision(database)
    if before == known()[-1]:
        return False
    if before and database.path:
        copy(database.path, before)
    _patiently(lambda: _upgrade(database))
    return True


def grant(database: Database, role: str) -> None:
    """Let a role of PostgreSQL serve, to which the tables do not belong: policies hold it.

    Raises:
        NoRole: there is none of this name.
    """
    _patiently(lambda: _grant(database, role))


def _grant(database: Database, role: str) -> None:
    with database.schema_change() as connection:
        exists = "SELECT 1 FROM pg_roles WHERE rolname = %s"
        if not connection.exec_driver_sql(exists, (role,)).first():
            raise NoRole(
                f"There is no role {role}: create it (CREATE ROLE {role} LOGIN), and run stackrank"
                " migrate again."
            )
        quoted = connection.dialect.identifier_preparer.quote(role)
        for privileges, tables in GRANTS.items():
            connection.exec_driver_sql(f"GRANT {privileges} ON {tables} TO {quoted}")


def _upgrade(database: Database) -> None:
    from alembic import command  # noqa: PLC0415

    with database.schema_change() as connection:
        command.upgrade(configured(connection), "head")


def _patiently(work: Callable[[], None]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except Locked:
            if attempt == ATTEMPTS - 1:
                raise
            sleep(0.2)
    return None


@cache
def known() -> tuple[str, ...]:
    """List all schemas that there were, the newest last: the scripts are named by them."""
    return tuple(path.name.split("_")[1] for path in sorted(SCRIPTS.glob("versions/*.py")))


def revision(database: Database) -> str | None:
    """Read which schema the database has.

    Raises:
        SchemaTooNew: a newer program has migrated it.
    """
    with database.looking() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found and found not in known():
        raise SchemaTooNew(f"A newer Stackrank has migrated the database (to {found}). Use it.")
    return found


def copy(path: str, revision: str) -> None:
    """Copy an SQLite file beside itself, with what is only in its log."""
    copy = Path(f"{path}.before-migration-from-{revision}")
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
