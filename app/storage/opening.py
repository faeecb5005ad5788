"""How a database is opened for serving: a file by one process, and with the newest schema."""

import os
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from filelock import FileLock, Timeout

from app.storage import migration
from app.storage.database import Database
from app.storage.errors import AlreadyServed, NoDatabase, NoSecret, Unavailable

LEAST_SECRET: Final = 32
"""Characters; a file that a lost write left shorter is no secret."""

_held: dict[Path, FileLock] = {}
"""The locks of this process, which the system lets go when it ends."""


def opened(url: str, *, pgbouncer: bool = False) -> Database:
    """Open a database for serving: an SQLite file is migrated, a PostgreSQL is checked.

    Raises:
        AlreadyServed: another process has the file.
        SchemaTooOld: the PostgreSQL waits for `stackrank migrate`.
        SchemaTooNew: a newer program has migrated it.
    """
    database = alone(url, pgbouncer=pgbouncer)
    if database.is_sqlite:
        migration.migrate(database)
    else:
        migration.check(database)
    return database


def alone(url: str, *, pgbouncer: bool = False) -> Database:
    """Open a database, an SQLite file for this process alone.

    Raises:
        AlreadyServed: another process has the file.
        NoDatabase: it is in memory, where each connection has one of its own.
        Unavailable: it cannot be where the address says.
    """
    database = Database(url, pgbouncer=pgbouncer)
    if database.is_sqlite and (not database.path or ":memory:" in database.path):
        raise NoDatabase("The database must be a file: one in memory is of one connection alone.")
    if database.path:
        path = Path(database.path).resolve()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{path} cannot be made: {error.strerror}.") from None
        _lock(path)
    return database


def is_held(database: Database) -> bool:
    """Ask if policies keep workspaces apart: they hold no superuser, and SQLite has none."""
    if database.is_sqlite:
        return True
    with database.reading() as connection:
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        return not connection.exec_driver_sql(query).scalar()


def secret_of(database: Database, given: str | None) -> str:
    """Give the secret of the service: the given one, or that beside the file.

    Raises:
        NoSecret: none is given, and there is no file, or it holds none.
    """
    if given:
        return given
    if not database.is_sqlite:
        raise NoSecret("PostgreSQL needs STACKRANK_SECRET, the same for every process.")
    if not database.path:
        return token_urlsafe(32)
    path = Path(f"{database.path}.secret")
    if not path.exists():
        # Written aside, or a process that dies here leaves an empty secret for ever.
        aside = path.with_suffix(".secret-new")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
    secret = path.read_text(encoding="utf-8")
    if len(secret) < LEAST_SECRET:
        raise NoSecret(f"{path} holds no secret: bring back that of a backup.")
    return secret


def _lock(path: Path) -> None:
    """Keep every other process out: SQLite may break when two of them write and checkpoint."""
    if path in _held:
        return
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise AlreadyServed(f"Another Stackrank serves {path}. Stop it first.") from None
    _held[path] = lock
