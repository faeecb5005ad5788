"""Migration 0005 with rows: what a backlog knew of its inputs is known of each item, and back."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from sqlalchemy import Connection, text

from app.storage.database import Database
from app.storage.migration import configured
from app.storage.repository import DEFAULT_WORKSPACE
from tests.conftest import Postgresql

CHANGED, STEADY = (UUID(f"01a20650-0000-7000-8000-00000000000{number}") for number in (1, 2))

BACKLOG = """
INSERT INTO backlog (workspace_id, id, name, method, options, meant_by, revision,
scoring_revision, ranked, unranked, archived, warnings, engine_version, created_at, updated_at)
VALUES (:workspace, :id, :name, 'ice', '{}', :meant_by, 5, :scoring_revision, 0, 3, 0, '[]', '1',
'2026-11-28 00:00:00', '2026-11-28 00:00:00')
"""
ITEM = """
INSERT INTO item (workspace_id, backlog_id, id, key, labels, inputs, archived, revision, reasons,
sort_tier, sort_missing, sort_score, created_at, updated_at)
VALUES (:workspace, :backlog, :id, :key, '[]', :inputs, FALSE, :revision, '[]', 2147483647, 1, 0,
'2026-11-28 00:00:00', '2026-11-28 00:00:00')
"""
ITEMS = [
    (CHANGED, "before", '{"impact":3,"reach":5}', 3),
    (CHANGED, "of one meaning", '{"reach":5}', 3),
    (CHANGED, "criterion", '{"criteria":{"impact":5}}', 3),
    (CHANGED, "written since", '{"impact":7}', 4),
    (STEADY, "elsewhere", '{"impact":3}', 2),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def of_before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the revision before, with a backlog that changed from rice to ice."""
    url = f"sqlite:///{tmp_path / 'before.db'}"
    if request.param == "postgresql":
        postgresql: Postgresql = request.getfixturevalue("postgresql")
        url = postgresql.new()
    with closing(Database(url)) as database:
        with database.schema_change() as connection:
            command.upgrade(configured(connection), "0004")
            fill(connection)
        yield database


def fill(connection: Connection) -> None:
    def told(value: UUID) -> str:
        return value.hex if connection.dialect.name == "sqlite" else str(value)

    within = {"workspace": told(DEFAULT_WORKSPACE)}
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL app.workspace = '{DEFAULT_WORKSPACE}'")
    for id_, name, meant_by, since in ((CHANGED, "A", "rice", 4), (STEADY, "B", None, 1)):
        values = {"id": told(id_), "name": name, "meant_by": meant_by, "scoring_revision": since}
        connection.execute(text(BACKLOG), within | values)
    for number, (backlog, key, inputs, revision) in enumerate(ITEMS, 1):
        values = {
            "backlog": told(backlog),
            "id": told(UUID(int=number)),
            "key": key,
            "inputs": inputs,
            "revision": revision,
        }
        connection.execute(text(ITEM), within | values)


def asked(database: Database, query: str) -> dict[str, Any]:
    with database.transaction() as connection:
        return {name: rest for name, *rest in connection.execute(text(query))}


def test_what_was_given_for_another_method_is_noted_of_its_items(of_before: Database) -> None:
    with of_before.schema_change() as connection:
        command.upgrade(configured(connection), "0005")
    noted = asked(of_before, "SELECT key, CAST(given_for AS text) FROM item")
    assert noted == {
        "before": ['{"impact": "rice"}'],
        "of one meaning": [None],
        "criterion": [None],
        "written since": [None],
        "elsewhere": [None],
    }


def test_the_way_back_warns_of_the_same_items(of_before: Database) -> None:
    for way, revision in ((command.upgrade, "0005"), (command.downgrade, "0004")):
        with of_before.schema_change() as connection:
            way(configured(connection), revision)
    told = asked(of_before, "SELECT name, meant_by, scoring_revision FROM backlog")
    assert told == {"A": ["rice", 4], "B": [None, 1]}
