"""The audit and runs are kept for as long as is set, which the database itself sees to."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, insert, select, update
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.storage.database import Database
from app.storage.errors import Refused
from app.storage.rows import table
from app.storage.tables import AuditRow, RunItemRow, RunRow
from tests.api.v1.conftest import Serve


def create(client: TestClient, name: str = "A") -> str:
    body = {"name": name, "scoring": {"method": "rice"}}
    return str(client.post("/v1/backlogs", json=body).headers["location"])


def rename(client: TestClient, address: str, name: str) -> None:
    assert client.patch(address, json={"name": name}).status_code == 200


def revisions(client: TestClient, address: str) -> list[int]:
    entries = client.get(f"{address}/audit", params={"limit": 200}).json()["data"]
    return [entry["revision"] for entry in entries]


def add_old(
    database: Database, days: int, count: int = 1, operation: str = "update_backlog"
) -> None:
    """Add entries of so many days ago, which is their revision, to the newest one."""
    then = datetime.now(UTC) - timedelta(days)
    with database.transaction() as connection:
        newest = select(table(AuditRow)).order_by(col(AuditRow.id).desc()).limit(1)
        made = dict(connection.execute(newest).mappings().one())
        made |= {"at": then, "revision": days, "operation": operation}
        rows = [made | {"id": uuid7(int(then.timestamp()))} for _ in range(count)]
        connection.execute(insert(table(AuditRow)), rows)


def test_entries_that_are_too_old_are_forgotten_by_writes_a_hundred_at_a_time(
    serve: Serve, database: Database
) -> None:
    client = serve(audit_days=40)
    address = create(client)
    add_old(database, 41, count=101)
    add_old(database, 39)
    rename(client, address, "B")
    assert revisions(client, address) == [2, 1, 39, 41]
    rename(client, address, "C")
    assert revisions(client, address) == [3, 2, 1, 39]


def test_no_entry_is_forgotten_by_itself(serve: Serve, database: Database) -> None:
    client = serve()
    address = create(client)
    add_old(database, 4000)
    rename(client, address, "B")
    assert revisions(client, address) == [2, 1, 4000]


@pytest.mark.parametrize(
    ("days", "operation", "kept"),
    [
        (29, "update_backlog", True),
        (31, "update_backlog", False),
        (4000, "delete_backlog", True),
    ],
)
def test_the_database_itself_keeps_a_month_and_for_ever_who_deleted_a_backlog(
    serve: Serve, database: Database, days: int, operation: str, *, kept: bool
) -> None:
    create(serve())
    add_old(database, days, operation=operation)
    refused = pytest.raises(Refused) if kept else nullcontext()
    with refused, database.transaction() as connection:
        connection.execute(delete(AuditRow).where(col(AuditRow.revision) == days))
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(AuditRow)) == 1 + kept


def freeze(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.post(f"{address}/runs", json={})
    assert answer.status_code == 201
    run: dict[str, Any] = answer.json()
    return run


def runs(client: TestClient, address: str) -> list[str]:
    return [run["id"] for run in client.get(f"{address}/runs").json()["data"]]


def add_run(database: Database, kept_until: datetime | None) -> str:
    """Add a run like the newest one, with a place, that is kept until then."""
    run_id = uuid7()
    with database.transaction() as connection:
        for row, name in ((RunRow, "id"), (RunItemRow, "run_id")):
            newest = select(table(row)).order_by(table(row).c[name].desc()).limit(1)
            made = dict(connection.execute(newest).mappings().one()) | {name: run_id}
            made |= {"kept_until": kept_until} if row is RunRow else {}
            connection.execute(insert(table(row)).values(made))
    return str(run_id)


def places(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(RunItemRow)) or 0


def test_a_run_says_until_when_it_is_kept(serve: Serve) -> None:
    for days, kept_for in ((None, None), (40, timedelta(40))):
        client = serve(run_days=days)
        run = freeze(client, create(client, f"For {days} days"))
        until = run["kept_until"] and datetime.fromisoformat(run["kept_until"])
        assert (until and until - datetime.fromisoformat(run["created_at"])) == kept_for


def test_an_imported_run_is_kept_from_when_it_came(serve: Serve) -> None:
    client = serve(run_days=40)
    address = create(client)
    freeze(client, address)
    export = client.get(f"{address}/export").json()
    export["backlog"]["name"] = "B"
    export["backlog"]["runs"][0]["created_at"] = "2020-01-01T00:00:00Z"
    imported = client.post("/v1/backlogs/import", json=export).headers["location"]
    (run,) = client.get(f"{imported}/runs").json()["data"]
    assert datetime.fromisoformat(run["kept_until"]) > datetime.now(UTC) + timedelta(39)


def test_a_run_lets_the_two_oldest_go_whose_time_has_come(
    serve: Serve, database: Database
) -> None:
    client = serve()
    address = create(client)
    client.put(f"{address}/items/A", json={})
    first = freeze(client, address)["id"]
    past, future = (datetime.now(UTC) + timedelta(days) for days in (-1, 1))
    gone = [add_run(database, past) for _ in range(3)]
    kept = add_run(database, future)
    assert places(database) == 5
    second = freeze(client, address)["id"]
    assert runs(client, address) == [second, kept, gone[2], first]
    assert places(database) == 4
    entries = client.get(f"{address}/audit").json()["data"]
    changes = [change for entry in entries[:3] for change in entry["changes"]]
    assert sorted((change["from"], change["to"]) for change in changes if change["from"]) == [
        (gone[0], None),
        (gone[1], None),
    ]
    third = freeze(client, address)["id"]
    assert runs(client, address) == [third, second, kept, first]


def test_a_run_whose_time_has_come_makes_room_for_one(serve: Serve, database: Database) -> None:
    client = serve(max_runs=2)
    address = create(client)
    client.put(f"{address}/items/A", json={})
    freeze(client, address)
    add_run(database, datetime.now(UTC) - timedelta(1))
    freeze(client, address)
    assert client.post(f"{address}/runs", json={}).status_code == 409


@pytest.mark.parametrize(
    ("kept_until", "goes"), [(timedelta(-1), True), (timedelta(1), False), (None, False)]
)
def test_the_database_itself_keeps_a_run_until_its_time_has_come(
    serve: Serve, database: Database, kept_until: timedelta | None, *, goes: bool
) -> None:
    client = serve()
    address = create(client)
    client.put(f"{address}/items/A", json={})
    freeze(client, address)
    run_id = add_run(database, None if kept_until is None else datetime.now(UTC) + kept_until)
    for statement in (
        delete(RunItemRow).where(col(RunItemRow.run_id) == UUID(run_id)),
        update(RunRow).where(col(RunRow.id) == UUID(run_id)).values(kept_until=None),
    ):
        with pytest.raises(Refused), database.transaction() as connection:
            connection.execute(statement)
    expected = nullcontext() if goes else pytest.raises(Refused)
    with expected, database.transaction() as connection:
        connection.execute(delete(RunRow).where(col(RunRow.id) == UUID(run_id)))
    assert places(database) == (1 if goes else 2)
