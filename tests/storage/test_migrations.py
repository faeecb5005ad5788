"""The schema comes by migrations: all or nothing, there and back, and as the tables say."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from time import monotonic
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text

from app.storage import migration
from app.storage.database import MIGRATION, Database
from app.storage.errors import Locked, NotGranted, Refused, SchemaTooNew, SchemaTooOld
from app.storage.migration import configured
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from app.storage.tables import Row
from tests.conftest import Postgresql
from tests.storage.kept import keep_a_run

SCRIPTS = ScriptDirectory.from_config(configured())
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]

TRIGGERS = {
    "sqlite": {
        "run_immutable_delete",
        "run_immutable_update",
        "run_item_immutable_delete",
        "run_item_immutable_insert",
        "run_item_immutable_update",
    },
    "postgresql": {
        "run_immutable",
        "run_immutable_truncate",
        "run_item_complete",
        "run_item_immutable",
        "run_item_immutable_truncate",
    },
}

GUARDS = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": """
    SELECT proname, proconfig::text AS said FROM pg_proc
    WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    UNION ALL
    SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY proname
    """,
}


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of either database, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'blank.db'}"
    postgresql: Postgresql = request.getfixturevalue("postgresql")
    return postgresql.new()


@pytest.fixture
def blank(blank_url: str) -> Iterator[Database]:
    with closing(Database(blank_url)) as database:
        yield database


def go(database: Database, revision: str) -> None:
    with database.schema_change() as connection:
        if revision in {"base", "-1"}:
            command.downgrade(configured(connection), revision)
        else:
            command.upgrade(configured(connection), revision)


def test_there_is_one_head() -> None:
    assert len(SCRIPTS.get_heads()) == 1


def test_the_scripts_are_named_in_their_order() -> None:
    assert list(migration.known()) == REVISIONS


def test_every_step_goes_up_down_and_up_again(blank: Database) -> None:
    for revision in REVISIONS:
        before = guards(blank)
        go(blank, revision)
        go(blank, "-1")
        assert guards(blank) == before
        go(blank, revision)
        assert migration.revision(blank) == revision
    go(blank, "base")
    assert guards(blank) == []
    with blank.reading() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}


def guards(database: Database) -> list[list[str]]:
    """Say every trigger and every function of ours, in words: they may be written otherwise."""
    with database.reading() as connection:
        told = connection.execute(text(GUARDS[connection.dialect.name])).all()
    return [re.findall(r"\w+", str(row)) for row in told]


def test_every_step_stays_in_the_schema_of_the_tables(postgresql: Postgresql) -> None:
    url = postgresql.new()
    with closing(Database(url)) as database:
        go(database, REVISIONS[0])
    put_first(url, '"of ours", public')
    with closing(Database(url)) as database:
        go(database, "head")
        with database.reading() as connection:
            assert connection.scalar(text(COUNT_IN_OURS)) == 0
        go(database, "base")
        assert guards(database) == []
    put_first(url, "public")
    with closing(Database(url)) as database:
        assert migration.migrate(database)
        migration.check(database)


COUNT_IN_OURS = """
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = '"of ours"'::regnamespace)
    + (SELECT count(*) FROM pg_proc WHERE pronamespace = '"of ours"'::regnamespace)
"""


def put_first(url: str, path: str) -> None:
    """Let all who come to this database look for tables there."""
    with closing(Database(url)) as database, database.transaction() as connection:
        connection.execute(text('CREATE SCHEMA IF NOT EXISTS "of ours"'))
        name = make_url(url).database
        connection.execute(text(f"ALTER DATABASE {name} SET search_path = {path}"))


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_no_constraint_has_drifted(blank: Database) -> None:
    go(blank, "head")
    migrated = constraints(blank)
    go(blank, "base")
    with blank.schema_change() as connection:
        Row.metadata.create_all(connection)
    assert migrated == constraints(blank)


def constraints(database: Database) -> dict[str, Any]:
    """Say every constraint and index of a schema; alembic compares no CHECK."""
    with database.reading() as connection:
        schema = inspect(connection)
        return {
            table: {
                "checks": {
                    one["name"]: one["sqltext"] for one in schema.get_check_constraints(table)
                },
                "foreign": sorted(
                    (one["constrained_columns"], one["referred_columns"], one["options"])
                    for one in schema.get_foreign_keys(table)
                ),
                "unique": sorted(
                    one["column_names"] for one in schema.get_unique_constraints(table)
                ),
                "primary": schema.get_pk_constraint(table)["constrained_columns"],
                "indexes": {one["name"]: one["column_names"] for one in schema.get_indexes(table)},
            }
            for table in schema.get_table_names()
            if table != "alembic_version"
        }


def triggers(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return set(connection.scalars(text(names)))


def test_the_triggers_that_keep_runs_are_there_at_every_revision(blank: Database) -> None:
    for revision in REVISIONS:
        go(blank, revision)
        with blank.reading() as connection:
            assert triggers(connection) >= TRIGGERS[connection.dialect.name]


def test_the_triggers_that_keep_the_audit_are_there(database: Database) -> None:
    told = {"audit_immutable_update", "audit_immutable_delete"}
    if not database.is_sqlite:
        told = {"audit_immutable", "audit_immutable_truncate"}
    with database.reading() as connection:
        assert triggers(connection) == TRIGGERS[connection.dialect.name] | told


def test_keys_are_sorted_by_code_points_on_postgresql(postgresql: Postgresql) -> None:
    query = """
    SELECT collname FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE attrelid = 'item'::regclass AND attname = 'key'
    """
    with (
        closing(Database(postgresql.new("migrated"))) as database,
        database.reading() as connection,
    ):
        assert connection.scalar(text(query)) == "C"


@pytest.mark.parametrize(("since", "path"), [("base", '"of ours"'), ("0001", '"of ours", public')])
def test_a_temporary_table_leads_past_no_trigger_in_any_schema(
    postgresql: Postgresql, since: str, path: str
) -> None:
    """In one that is there from the beginning, or behind one that came later."""
    url = postgresql.new()
    if since != "base":
        with closing(Database(url)) as database:
            go(database, since)
    put_first(url, path)
    with closing(Database(url)) as database:
        migration.migrate(database)
        with database.transaction() as connection:
            backlog_id = keep_a_run(connection)
        for table in ("run", "audit"):
            with pytest.raises(Refused):
                delete_behind_a_temporary_backlog(database, table)
        with database.transaction() as connection:
            Repository(connection, DEFAULT_WORKSPACE).delete_backlog(backlog_id)
            assert connection.scalar(text("SELECT count(*) FROM run")) == 0


def delete_behind_a_temporary_backlog(database: Database, table: str) -> None:
    with database.transaction() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE backlog (LIKE backlog)"))
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our names


def test_a_migration_that_fails_leaves_nothing(blank: Database) -> None:
    def upgrade_and_fail() -> None:
        with blank.schema_change() as connection:
            command.upgrade(configured(connection), "head")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        upgrade_and_fail()
    with blank.reading() as connection:
        assert inspect(connection).get_table_names() == []


KILLED = """
import sys, time
from alembic import command
from app.storage.database import Database
from app.storage.migration import configured
with Database(sys.argv[1]).schema_change() as connection:
    command.upgrade(configured(connection), "head")
    print("migrated", flush=True)
    time.sleep(60)
"""


def test_a_migration_that_is_killed_leaves_nothing(blank: Database, blank_url: str) -> None:
    with Popen([executable, "-c", KILLED, blank_url], stdout=PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "migrated\n"
        process.kill()
    with blank.reading() as connection:
        assert inspect(connection).get_table_names() == []
    assert migration.migrate(blank)
    migration.check(blank)


def test_a_migration_makes_nobody_wait_behind_it_for_long(postgresql: Postgresql) -> None:
    """It gives up its place in the queue after 0.2 s: all who come later stand behind it."""

    def change(database: Database) -> None:
        with database.schema_change() as connection:
            connection.execute(text("ALTER TABLE backlog ADD COLUMN more integer"))

    with (
        closing(Database(postgresql.new("migrated"))) as database,
        database.reading() as reader,
    ):
        reader.execute(text("SELECT count(*) FROM backlog"))
        began = monotonic()
        with pytest.raises(Locked):
            change(database)
        assert monotonic() - began < 2


def test_a_migration_tries_again_until_it_gets_its_lock(postgresql: Postgresql) -> None:
    with closing(Database(postgresql.new())) as database, ThreadPoolExecutor(1) as migrating:
        with database.transaction() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION})"))
            migrated = migrating.submit(migration.migrate, database)
            with pytest.raises(TimeoutError):
                migrated.result(1)
        assert migrated.result(30)
        migration.check(database)


@pytest.fixture
def owned(postgresql: Postgresql) -> Iterator[Database]:
    """A PostgreSQL whose owner is no superuser, migrated by it."""
    url = make_url(postgresql.new())
    with closing(Database(url.render_as_string())) as blank, blank.transaction() as connection:
        connection.execute(text("CREATE ROLE owner LOGIN"))
        connection.execute(text(f"ALTER DATABASE {url.database} OWNER TO owner"))
    with closing(Database(url.set(username="owner").render_as_string())) as database:
        migration.migrate(database)
        yield database


def test_a_migration_never_passes_over_rows_that_policies_hide(owned: Database) -> None:
    """For its owner a table seems to be empty; to change its rows, lift FORCE first."""
    change = text("UPDATE workspace SET name = 'changed'")
    with pytest.raises(NotGranted) as refused, owned.schema_change() as it:
        it.execute(change)
    assert "row-level security" in str(refused.value.__cause__)
    with owned.schema_change() as connection:
        connection.execute(text("ALTER TABLE workspace NO FORCE ROW LEVEL SECURITY"))
        assert connection.execute(change).rowcount == 1


def test_an_older_schema_is_refused_with_the_command(blank: Database) -> None:
    with pytest.raises(SchemaTooOld, match=r"has no schema yet\. Run: stackrank migrate"):
        migration.check(blank)
    go(blank, REVISIONS[-2])
    with pytest.raises(SchemaTooOld, match=r"has an older schema\. Run: stackrank migrate"):
        migration.check(blank)


def test_a_newer_schema_is_refused(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    for ask in (migration.check, migration.migrate):
        with pytest.raises(SchemaTooNew, match="newer Stackrank"):
            ask(database)


def test_a_file_is_copied_with_what_is_only_in_its_log(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with closing(Database(f"sqlite:///{path}")) as database:
        go(database, REVISIONS[0])
        with database.transaction() as connection:
            connection.execute(text("UPDATE workspace SET name = 'before'"))
        migration.copy(str(path), REVISIONS[0])
        with database.transaction() as connection:
            connection.execute(text("UPDATE workspace SET name = 'after'"))
    with closing(sqlite3.connect(f"{path}.before-migration-from-{REVISIONS[0]}")) as copied:
        assert copied.execute("SELECT name FROM workspace").fetchall() == [("before",)]


def test_a_table_made_anew_takes_no_other_rows_with_it(sqlite_copy: str) -> None:
    claim = """
    INSERT INTO idempotency SELECT workspace_id, '', 'K', hex(zeroblob(32)), 200,
    '{}', x'', '2026-11-23 00:00:00' FROM workspace
    """
    with closing(Database(sqlite_copy)) as database:
        with database.transaction() as connection:
            connection.execute(text(claim))
        with database.schema_change() as connection:
            operations = Operations(MigrationContext.configure(connection))
            with operations.batch_alter_table("workspace", recreate="always"):
                pass
        with database.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM idempotency")) == 1
