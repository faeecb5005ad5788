"""The audit is kept for as long as is set, and for a month at least by the database itself."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, insert, select
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.storage.database import Database
from app.storage.errors import Refused
from app.storage.rows import table
from app.storage.tables import AuditRow
from tests.api.v1.conftest import Serve


def create(client: TestClient) -> str:
    body = {"name": "A", "scoring": {"method": "rice"}}
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
