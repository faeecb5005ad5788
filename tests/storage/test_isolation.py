"""PostgreSQL itself holds the service to one workspace, whatever it asks for.

What the repository asks for is tried by the leak test; here it is asked for without it, under the
role of the service.
"""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.backlogs.upgrading import rescore_outdated
from app.backlogs.writing import create, new_backlog
from app.engine import VERSION
from app.storage.database import Database, enter, enter_all
from app.storage.errors import NotGranted, Refused
from app.storage.migration import GRANTS
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from app.storage.tables import Row
from app.storage.workspaces import Workspaces
from tests.conftest import ROLE, Postgresql, as_role, give_key
from tests.storage.kept import RICE, keep_a_run

NOW = datetime(2026, 11, 25, tzinfo=UTC)

TABLES = [table.name for table in Row.metadata.sorted_tables]


@pytest.fixture
def address(postgresql: Postgresql) -> str:
    return postgresql.new("migrated")


@pytest.fixture
def owner(address: str) -> Iterator[Database]:
    with closing(Database(address)) as database:
        yield database


@pytest.fixture
def service(address: str) -> Iterator[Database]:
    with closing(Database(as_role(address))) as database:
        yield database


def fill(database: Database, name: str) -> UUID:
    """Make another workspace with a key and a backlog."""
    with database.transaction() as connection:
        workspace_id = Workspaces(connection).add(name, NOW).id
        backlog = new_backlog("Roadmap", None, RICE, NOW)
        create(Repository(connection, workspace_id), backlog)
    give_key(database, workspace_id=workspace_id)
    return workspace_id


def execute(service: Database, statement: str, **values: object) -> int:
    """Execute a statement inside the default workspace, and say how many rows it touched."""
    with service.transaction() as connection:
        enter(connection, DEFAULT_WORKSPACE)
        return connection.execute(text(statement), values).rowcount


def counts(connection: Connection) -> dict[str, int]:
    found = {
        table: connection.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our names
        for table in TABLES
    }
    return {table: number for table, number in found.items() if number}


def test_every_table_is_held_by_a_policy_and_its_owner_too(owner: Database) -> None:
    query = """
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = 'public' AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity
    """
    with owner.reading() as connection:
        assert sorted(connection.scalars(text(query))) == sorted(TABLES)


def test_the_role_of_the_service_owns_nothing_and_bypasses_nothing(owner: Database) -> None:
    with owner.reading() as connection:
        role = {"role": ROLE}
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = :role"
        assert connection.scalar(text(query), role) is False
        query = "SELECT count(*) FROM pg_tables WHERE tableowner = :role"
        assert connection.scalar(text(query), role) == 0


def test_every_table_is_granted() -> None:
    granted = {table for tables in GRANTS.values() for table in tables.split(", ")}
    assert granted == {*TABLES, "alembic_version"}


def test_who_has_entered_no_workspace_sees_nothing(service: Database) -> None:
    fill(service, "other")
    with service.reading() as connection:
        assert counts(connection) == {}


def test_who_has_entered_one_sees_nothing_of_another(service: Database) -> None:
    other = fill(service, "other")
    with service.reading() as connection:
        enter(connection, DEFAULT_WORKSPACE)
        assert counts(connection) == {"workspace": 1, "api_key": 1}
    with service.reading() as connection:
        enter(connection, other)
        assert counts(connection) == {"workspace": 1, "api_key": 1, "backlog": 1, "audit": 1}


def test_who_asks_for_all_workspaces_sees_nothing_in_them(service: Database) -> None:
    fill(service, "other")
    with service.reading() as connection:
        enter_all(connection)
        assert counts(connection) == {"workspace": 2}


def test_nothing_of_another_workspace_is_changed(service: Database) -> None:
    other = fill(service, "other")
    for statement in (
        "UPDATE backlog SET name = 'taken'",
        "DELETE FROM backlog",
        "UPDATE api_key SET scope = 'admin', digest = repeat('0', 64)",
    ):
        assert execute(service, f"{statement} WHERE workspace_id = :other", other=other) == 0


def test_nothing_is_put_into_another_workspace(service: Database) -> None:
    other = fill(service, "other")
    insert = """
    INSERT INTO api_key (workspace_id, id, name, scope, pepper_id, digest, created_at)
    VALUES (:other, :other, 'taken', 'admin', '', repeat('0', 64), now())
    """
    with pytest.raises(NotGranted) as refused:
        execute(service, insert, other=other)
    assert "row-level security" in str(refused.value.__cause__)


def test_a_workspace_is_left_when_the_transaction_ends(service: Database) -> None:
    with service.reading() as connection:
        enter(connection, DEFAULT_WORKSPACE)
    with service.reading() as connection:
        assert counts(connection) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET note = 'changed'",
        "DELETE FROM run_item",
        "UPDATE audit SET operation = 'nothing'",
        "TRUNCATE audit",
        "DELETE FROM api_key",
        "ALTER TABLE backlog DISABLE ROW LEVEL SECURITY",
    ],
)
def test_the_role_may_not_do_what_the_service_never_does(
    service: Database, statement: str
) -> None:
    with pytest.raises(NotGranted) as refused:
        execute(service, statement)
    assert re.search(r"permission denied|must be owner", str(refused.value.__cause__))


PLACE_2 = """INSERT INTO public.run_item (workspace_id, backlog_id, run_id, place, item_id, key,
    labels, inputs, reasons)
SELECT workspace_id, backlog_id, run_id, 2, item_id, key, labels, inputs, reasons
FROM public.run_item"""


@pytest.mark.parametrize(
    "tricks",
    [
        [PLACE_2],
        [f"{PLACE_2} RETURNING set_config('app.workspace', '', true)"],
        [
            """CREATE TEMPORARY TABLE run AS
            SELECT workspace_id, backlog_id, id, 9 AS ranked, 0 AS unranked FROM public.run""",
            PLACE_2,
        ],
        ["DELETE FROM run WHERE set_config('app.workspace', '', true) = ''"],
        ["CREATE TEMPORARY TABLE backlog (LIKE public.backlog)", "DELETE FROM run"],
        ["DELETE FROM audit WHERE set_config('app.workspace', '', true) = ''"],
        ["CREATE TEMPORARY TABLE backlog (LIKE public.backlog)", "DELETE FROM audit"],
    ],
)
def test_no_trick_of_the_role_leads_past_the_triggers(
    service: Database, tricks: list[str]
) -> None:
    with service.transaction() as connection:
        keep_a_run(connection)

    def play() -> None:
        with service.transaction() as connection:
            enter(connection, DEFAULT_WORKSPACE)
            for trick in tricks:
                connection.execute(text(trick))

    with pytest.raises(Refused) as refused:
        play()
    assert re.search(r"A run never changes|only added to", str(refused.value.__cause__))


def test_a_new_engine_scores_the_backlogs_of_every_workspace(
    database: Database, served: Database
) -> None:
    fill(served, "one")
    fill(served, "two")
    with database.transaction() as connection:
        connection.execute(text("UPDATE backlog SET engine_version = 'older'"))
    assert rescore_outdated(served, NOW) == 2
    with database.reading() as connection:
        versions = connection.scalars(text("SELECT DISTINCT engine_version FROM backlog"))
        assert list(versions) == [VERSION]
        told = "SELECT count(*) FROM audit WHERE revision = 2 AND operation = 'rescore'"
        assert connection.scalar(text(told)) == 2
