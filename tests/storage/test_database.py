"""Writes wait for each other, and what the driver says is told as a fact."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from threading import Barrier
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.api.problems import EXCEPTIONS
from app.backlogs.merging import Change
from app.backlogs.writing import Writer, new_backlog
from app.engine.methods import METHODS
from app.engine.ranking import Scoring
from app.storage import database as module
from app.storage.database import CONNECTIONS, Database
from app.storage.errors import Full, Locked, Refused, StorageError, Taken, Unavailable, Undone
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from tests.conftest import Postgresql

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WRITERS, WRITES = 32, 8


def test_thirty_two_writers_lose_no_update(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60)
    scoring = Scoring(METHODS["rice"], METHODS["rice"].options())
    backlog = new_backlog("Roadmap", None, scoring, NOW)
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        repository.add_backlog(backlog)
        Writer(repository, backlog.id, NOW).merge([Change("A", inputs={"reach": 0.0})], 10)

    def count_one() -> None:
        with database.transaction() as connection:
            repository = Repository(connection, DEFAULT_WORKSPACE)
            writer = Writer(repository, backlog.id, NOW)
            reach = json.loads(repository.item(backlog.id, "A").inputs)["reach"]
            writer.merge([Change("A", inputs={"reach": reach + 1})], 10)

    def count_up(_number: int) -> None:
        counted = 0
        while counted < WRITES:
            with suppress(Locked, Unavailable):  # as a client does that is told to come again
                count_one()
                counted += 1

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(count_up, range(WRITERS)))
    with database.reading() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        assert repository.item(backlog.id, "A").inputs == '{"reach":256.0}'
        assert repository.backlog(backlog.id).revision == 2 + WRITERS * WRITES


def test_without_the_lock_updates_are_lost_on_sqlite(sqlite_copy: str) -> None:
    """What sqlite3 does by itself: a read begins no transaction, and another writes in between."""
    path = sqlite_copy.removeprefix("sqlite:///")
    one, other = sqlite3.connect(path), sqlite3.connect(path)
    for connection in (one, other):
        connection.execute("PRAGMA foreign_keys = ON")
    read = [
        connection.execute("SELECT length(name) FROM workspace").fetchone()[0]
        for connection in (one, other)
    ]
    for connection, length in zip((one, other), read, strict=True):
        connection.execute("UPDATE workspace SET name = ?", ("x" * (length + 1),))
        connection.commit()
    assert one.execute("SELECT length(name) FROM workspace").fetchone()[0] == 8, "2 ups, 1 lost"
    one.close()
    other.close()


def test_a_write_takes_the_lock_before_it_reads_and_a_read_takes_none(sqlite_copy: str) -> None:
    other = sqlite3.connect(sqlite_copy.removeprefix("sqlite:///"), timeout=0)
    other.isolation_level = None
    with closing(other), closing(Database(sqlite_copy)) as database:
        with (
            database.transaction(),
            pytest.raises(sqlite3.OperationalError, match="database is locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        with database.reading() as reader:
            reader.execute(text("SELECT name FROM workspace"))
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")


def test_a_writer_waits_for_another_only_so_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)

    def write(name: str) -> None:
        with database.transaction() as second:
            second.execute(text("SET LOCAL lock_timeout = '100ms'"))
            second.execute(text("UPDATE workspace SET name = :name"), {"name": name})

    with database.transaction() as first:
        first.execute(text("UPDATE workspace SET name = 'first'"))
        with pytest.raises(Locked):
            write("second")


def test_a_reader_waits_for_no_writer_and_sees_one_moment(database: Database) -> None:
    name = text("SELECT name FROM workspace")
    with database.reading() as reader:
        assert reader.scalar(name) == "default"
        with database.transaction() as writer:
            writer.execute(text("UPDATE workspace SET name = 'changed'"))
        assert reader.scalar(name) == "default"
    with database.reading() as reader:
        assert reader.scalar(name) == "changed"


def test_foreign_keys_hold_again_after_a_change_of_the_schema_that_failed(
    sqlite_copy: str,
) -> None:
    def fail(database: Database) -> None:
        with database.schema_change():
            raise ZeroDivisionError

    with closing(Database(sqlite_copy)) as database:
        with pytest.raises(ZeroDivisionError):
            fail(database)
        with database.reading() as connection:
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("busy_timeout", 5000),
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("recursive_triggers", 1),
        ("synchronous", 2),
        ("trusted_schema", 0),
    ],
)
def test_every_connection_to_sqlite_is_tuned(sqlite_copy: str, pragma: str, value: object) -> None:
    with Database(sqlite_copy).reading() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == value


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable), Database("postgresql://127.0.0.1:1/nothing").reading():
        pass


def test_a_full_disk_is_told(sqlite_copy: str) -> None:
    def fill() -> None:
        with Database(sqlite_copy).transaction() as connection:
            connection.execute(text("PRAGMA max_page_count = 1"))
            connection.execute(text("CREATE TABLE more AS SELECT randomblob(100000) AS it"))

    with pytest.raises(Full):
        fill()


def test_the_password_is_not_said() -> None:
    said = str(Database("postgresql://ada:secret@db.example/stackrank"))
    assert said == "postgresql+psycopg://ada:***@db.example/stackrank"


def test_of_two_writers_that_wait_for_each_other_one_is_undone(postgresql: Postgresql) -> None:
    database = Database(postgresql.new("migrated"))
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE pair (id integer)"))
        connection.execute(text("INSERT INTO pair VALUES (1), (2)"))
    meeting = Barrier(2)

    def write(first: int, second: int) -> bool:
        update = text("UPDATE pair SET id = id WHERE id = :id")
        try:
            with database.transaction() as connection:
                connection.execute(update, {"id": first})
                meeting.wait()
                connection.execute(update, {"id": second})
        except Undone:
            return False
        return True

    with ThreadPoolExecutor(2) as writers:
        assert sorted(writers.map(write, (1, 2), (2, 1))) == [False, True]
    database.close()


@pytest.mark.parametrize(
    ("sqlstate", "refusal"),
    [
        ("55P03", Locked),
        ("40001", Undone),
        ("40P01", Undone),
        ("57014", Unavailable),
        ("57P01", Unavailable),
        ("57P03", Unavailable),
        ("08006", Unavailable),
        ("53200", Unavailable),
        ("53300", Unavailable),
        ("53100", Full),
        ("25006", Unavailable),
        ("0A000", Unavailable),
        ("23505", Taken),
        ("23503", Taken),
    ],
)
def test_what_postgresql_says_is_told_as_a_fact(
    postgresql: Postgresql, sqlstate: str, refusal: type[StorageError]
) -> None:
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"
    database = Database(postgresql.new())
    with pytest.raises(refusal), database.transaction() as connection:
        connection.exec_driver_sql(raised)
    database.close()


@pytest.mark.parametrize("sqlstate", ["23514", "23502", "22003", "22P05"])
def test_what_our_own_checks_should_have_stopped_is_no_conflict(
    postgresql: Postgresql, sqlstate: str
) -> None:
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"
    database = Database(postgresql.new())
    with pytest.raises(Refused) as refused, database.transaction() as connection:
        connection.exec_driver_sql(raised)
    assert type(refused.value) not in EXCEPTIONS
    database.close()


def test_any_other_error_is_a_fault_of_ours(database: Database) -> None:
    with pytest.raises(DBAPIError) as raised, database.transaction() as connection:
        connection.execute(text("SELECT :secret FROM nowhere"), {"secret": "canary"})
    assert "canary" not in str(raised.value)


def test_a_statement_has_five_seconds_and_a_lock_three(postgresql: Postgresql) -> None:
    address = postgresql.new()
    for pgbouncer in (False, True):
        database = Database(address, pgbouncer=pgbouncer)
        for begin in (database.reading, database.transaction):
            with begin() as connection:
                assert connection.scalar(text("SHOW statement_timeout")) == "5s"
                assert connection.scalar(text("SHOW lock_timeout")) == "3s"
        database.close()


def test_behind_pgbouncer_nothing_is_prepared(postgresql: Postgresql) -> None:
    database = Database(postgresql.new("migrated"), pgbouncer=True)
    with database.transaction() as connection:
        for _ in range(20):
            connection.execute(text("SELECT name FROM workspace")).all()
        prepared = connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    database.close()
    assert prepared == 0


def test_who_gets_no_connection_is_told_within_seconds(database: Database) -> None:
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(database.reading()).execute(text("SELECT 1"))
        assert database.connections_in_use() == CONNECTIONS
        began = monotonic()
        with pytest.raises(Unavailable, match="Every connection"), database.reading():
            pass
        assert 2 <= monotonic() - began < 3
    assert database.connections_in_use() == 0


def test_a_file_that_took_nothing_more_is_tried_before_it_is_called_well(sqlite_copy: str) -> None:
    database = Database(sqlite_copy)
    more = text("CREATE TABLE more AS SELECT randomblob(100000) AS it")
    with database.reading() as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))
    with pytest.raises(Full), database.transaction() as connection:
        connection.execute(more)
    was_full = database.is_full
    database.refuse_full()
    assert (was_full, database.is_full) == (True, False)
    database.close()
