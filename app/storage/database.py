"""The database: how it is opened, and the only commit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from app.storage.errors import (
    Full,
    Locked,
    NoDatabase,
    NotGranted,
    Refused,
    StorageError,
    Taken,
    Unavailable,
    Undone,
)

PATIENCE: Final = 3
"""Seconds for which a writer waits for another one."""

MIGRATION: Final = 7_225_723_110
"""The number of the lock that keeps two processes from migrating at once."""

SCHEMA_FIRST: Final = """
SELECT set_config(
    'search_path', concat(relnamespace::regnamespace, ', ', current_setting('search_path')), true
) FROM pg_class WHERE oid = to_regclass('alembic_version')
"""
"""Lets what a migration makes, changes and drops be where the tables are, though another schema of
PostgreSQL has come before theirs."""

SQLITE_PRAGMAS: Final = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",  # or INSERT OR REPLACE walks past the triggers of the runs
    "trusted_schema = OFF",
)

POSTGRES: Final[dict[str, Any]] = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How long a connection and a silent network are waited for, in s and ms."""

POSTGRES_TIMEOUTS: Final = {"statement_timeout": 5000, "lock_timeout": 3000}
"""How long a statement and a lock are waited for, in ms."""

NOT_GRANTED: Final = (
    "PostgreSQL does not let this role do it. Run stackrank migrate as the owner of the tables,"
    " with STACKRANK_DATABASE_ROLE naming the role under which the service connects."
)

REFUSALS: Final[tuple[tuple[str, type[StorageError], str], ...]] = (
    ("SQLITE_CONSTRAINT_UNIQUE", Taken, "It collides with what is there, or with itself."),
    ("SQLITE_CONSTRAINT_PRIMARYKEY", Taken, "It collides with what is there, or with itself."),
    ("SQLITE_CONSTRAINT_FOREIGNKEY", Taken, "It collides with what is there, or with itself."),
    ("SQLITE_FULL", Full, "The disk takes no more."),
    ("SQLITE_IOERR", Full, "The disk takes no more."),
    ("SQLITE_BUSY", Unavailable, "The database is busy."),
    ("SQLITE_LOCKED", Unavailable, "The database is busy."),
    ("SQLITE_CANTOPEN", Unavailable, "The database is busy."),
    ("SQLITE_NOTADB", NoDatabase, "The file is not an SQLite database."),
    ("23505", Taken, "It collides with what is there, or with itself."),
    ("23503", Taken, "It collides with what is there, or with itself."),
    ("42501", NotGranted, NOT_GRANTED),
    ("55P03", Locked, "Another write goes on."),
    ("40001", Undone, "The database let another write go on instead."),
    ("40P01", Undone, "The database let another write go on instead."),
    ("53100", Full, "The disk takes no more."),
    ("25006", Unavailable, "The database takes no writes now."),
    ("0A000", Unavailable, "The database takes no writes now."),  # a standby, asked to write
    ("08", Unavailable, "The database did not answer."),
    ("53", Unavailable, "The database did not answer."),
    ("57", Unavailable, "The database did not answer."),
)
"""What an error of SQLite, or a SQLSTATE of PostgreSQL, means; any other is a fault of ours."""

NAMES: Final = "uq_backlog_workspace_id_name"
"""The constraint that only a race meets: a write looks for the name first, and done again it finds
whose it is.
"""

CONNECTIONS: Final = 20
"""So many at once; who gets none within 2 seconds is told so."""

APART: Final = 2
"""So many more, for who asks which schema there is, and so if the database answers at all."""


class Database:
    """An SQLite file, or a PostgreSQL.

    Raises:
        NoDatabase: the address names neither.
    """

    def __init__(self, url: str, *, pgbouncer: bool = False) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise NoDatabase("The address of the database cannot be read.") from None
        if parsed.drivername in {"postgres", "postgresql"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
            raise NoDatabase("The database must be an SQLite file or a PostgreSQL.")
        self._address = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.path = parsed.database if self.is_sqlite else None
        self._engine = self._made(CONNECTIONS, pgbouncer)
        self._apart = self._made(APART, pgbouncer)
        self.is_full = False
        # One writer at a time, in the order of asking: SQLite's own lock is polled, and unfair.
        self._writing = Lock() if self.is_sqlite else None
        reads: dict[str, Any]
        writes: dict[str, Any]
        if self.is_sqlite:
            reads, writes = {}, {"begin": "BEGIN IMMEDIATE"}
        else:
            reads, writes = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}, {}
        self._reader = self._engine.execution_options(**reads)
        self._writer = self._engine.execution_options(**writes)

    def _made(self, connections: int, pgbouncer: bool) -> Engine:
        engine = create_engine(
            self._address,
            json_serializer=str,  # documents are text already, for migrations too
            pool_pre_ping=not self.is_sqlite,
            hide_parameters=True,  # or an error in the log would hold what was sent
            pool_size=connections,
            max_overflow=0,
            pool_timeout=2,
            poolclass=QueuePool,
            connect_args={"check_same_thread": False} if self.is_sqlite else _waits(pgbouncer),
        )
        if self.is_sqlite:
            _tune(engine)
        elif pgbouncer:
            _time_each_transaction(engine)
        return engine

    def __str__(self) -> str:
        """Say where it is, without its password."""
        if self.is_sqlite:
            return f"{self.path or 'memory'} (SQLite {sqlite3.sqlite_version})"
        return self._address.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Read and write, all or nothing; committed at the end of the block.

        Raises:
            Locked: another writer did not come to an end.
            Undone: the database let another writer go on; all of it may be done again.
            Unavailable: the database did not answer.
            Full: the disk takes no more.
        """
        if self._writing and not self._writing.acquire(timeout=PATIENCE):
            raise Locked("Another write goes on.")
        try:
            with self._as_facts(), self._writer.begin() as connection:
                yield connection
            self.is_full = False
        finally:
            if self._writing:
                self._writing.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read what is there at one moment, however many statements that takes."""
        with self._as_facts(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """Read through a connection that no request holds, however many there are."""
        with self._as_facts(), self._apart.begin() as connection:
            yield connection

    @contextmanager
    def schema_change(self) -> Iterator[Connection]:
        """Change the schema, all or nothing.

        SQLite checks foreign keys at the end and not on the way: a table that is made anew would
        take the rows with it that refer to it.
        """
        with self._as_facts(), self._writer.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if self.is_sqlite:
                driver.execute("PRAGMA foreign_keys = OFF")
            try:
                with connection.begin():
                    if not self.is_sqlite:
                        connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
                        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                        # Or an owner's UPDATE would pass over every row, and nobody would know.
                        connection.exec_driver_sql("SET LOCAL row_security = off")
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION})")
                        connection.exec_driver_sql(SCHEMA_FIRST)
                    yield connection
                    check = "PRAGMA foreign_key_check"
                    if self.is_sqlite and connection.exec_driver_sql(check).all():
                        raise Unavailable(
                            "The migration would leave rows without what they refer to."
                        )
            finally:
                if self.is_sqlite:
                    driver.execute("PRAGMA foreign_keys = ON")

    def refuse_full(self) -> None:
        """See that an SQLite file takes writes again, once it has refused one.

        Raises:
            Full: the disk takes no more.
        """
        if self.is_full:
            with self.transaction() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")

    def connections_in_use(self) -> int:
        """Count the connections that are not idle, of `CONNECTIONS`."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    @contextmanager
    def _as_facts(self) -> Iterator[None]:
        """Say what the driver's errors mean to who asked."""
        try:
            yield
        except PoolTimeout as error:
            raise Unavailable("Every connection to the database is in use.") from error
        except DBAPIError as error:
            if refusal := _refusal(error):
                if isinstance(refusal, Full):
                    self.is_full = self.is_sqlite
                raise refusal from error
            if isinstance(error, DataError | IntegrityError):
                raise Refused("A constraint of the database holds.") from error
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
        self._apart.dispose()


def enter(connection: Connection, workspace_id: UUID) -> None:
    """See nothing but one workspace until the transaction ends; PostgreSQL holds everybody to it.

    SQLite knows no such policy.
    """
    _set(connection, "app.workspace", str(workspace_id))


def enter_all(connection: Connection) -> None:
    """See which workspaces there are, and nothing of what is in them."""
    _set(connection, "app.directory", "on")


def _set(connection: Connection, name: str, value: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT set_config(%s, %s, true)", (name, value))


def _waits(pgbouncer: bool) -> dict[str, Any]:
    """Say how PostgreSQL is connected to; PgBouncer takes no options and no prepared statement."""
    if pgbouncer:
        return POSTGRES | {"prepare_threshold": None}
    options = " ".join(f"-c {name}={value}" for name, value in POSTGRES_TIMEOUTS.items())
    return POSTGRES | {"options": options}


def _time_each_transaction(engine: Engine) -> None:
    """Say in every transaction how long to wait: behind PgBouncer no session is ours."""
    settings = ", ".join(
        f"set_config('{name}', '{value}', true)" for name, value in POSTGRES_TIMEOUTS.items()
    )

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(f"SELECT {settings}")


def _tune(engine: Engine) -> None:
    """Begin as we say: sqlite3 begins by itself, late, and loses updates by it."""

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _refusal(error: DBAPIError) -> StorageError | None:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorname", "")
    else:
        unsaid = "08000" if isinstance(error, OperationalError) else ""
        code = getattr(error.orig, "sqlstate", None) or unsaid
        said = getattr(error.orig, "diag", None)
        if said and said.constraint_name == NAMES:
            return Undone("The database let another write go on instead.")
    for prefix, refusal, sentence in REFUSALS:
        if code.startswith(prefix):
            return refusal(sentence)
    return None
