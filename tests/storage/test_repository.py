"""The ranking is read by its index, whatever else is in the database."""

import random
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import astuple
from sqlalchemy import Connection, event, text

from app.backlogs.merging import Change
from app.backlogs.runs import frozen
from app.backlogs.writing import Writer, new_backlog
from app.storage import database as module
from app.storage.database import Database
from app.storage.places import SortKey, sort_key
from app.storage.records import StoredBacklog, StoredRankedItem
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from tests.conftest import Postgresql
from tests.storage.kept import RICE

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def filled(repository: Repository, name: str, items: int) -> StoredBacklog:
    """A backlog of many ties, of which every tenth item is not estimated."""
    backlog = new_backlog(name, None, RICE, NOW)
    repository.add_backlog(backlog)
    drawn = random.Random(3)  # noqa: S311 - the same list each time
    writer = Writer(repository, backlog.id, NOW)
    writer.merge(
        [
            Change(
                f"K{number:05}",
                labels=["x"] if number % 7 == 0 else [],
                inputs={"reach": float(drawn.randrange(40)), "impact": 1.0, "confidence": 80.0}
                | ({"effort": 1.0} if number % 10 else {}),
            )
            for number in range(items)
        ],
        50_000,
    )
    return writer.backlog


def test_all_pages_together_are_the_whole_in_order(database: Database) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = filled(repository, "Many", 900)
        whole = repository.ranking(backlog.id, None, 1000)
        in_order = sorted(repository.items(backlog.id), key=sort_key)
        shown = StoredRankedItem.__struct_fields__
        assert [astuple(place.item) for place in whole] == [
            tuple(getattr(item, name) for name in shown) for item in in_order
        ]
        pages, after = [], None
        while page := repository.ranking(backlog.id, after, 37):
            pages += page
            after = sort_key(page[-1].item)
        assert pages == whole
        filtered = repository.filtered_ranking(
            backlog.id, buckets=[], labels=["x"], is_ranked=None, after=None, limit=1000
        )
        assert filtered == [place for place in whole if place.item.labels == '["x"]']
        for place in whole[::50]:
            assert repository.place(backlog.id, place.item) == place


def test_rank_and_position_count_what_comes_before(database: Database) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = filled(repository, "Many", 300)
        ranked = [place for place in repository.ranking(backlog.id, None, 300) if place.rank]
        assert [place.position for place in ranked] == list(range(1, 271))
        for place in ranked:
            higher = sum((other.item.score or 0) > (place.item.score or 0) for other in ranked)
            assert place.rank == higher + 1


PLANS = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (FORMAT TEXT) "}

KEYSETS = {
    "sqlite": "archived=? AND (sort_tier,sort_missing,sort_score",
    "postgresql": "(archived = false) AND (ROW(sort_tier, sort_missing, sort_score",
}
"""How a plan says that the index is entered at a place, and not read from its beginning."""


def plans_of(connection: Connection, ask: Callable[[], object]) -> list[str]:
    """How the database goes about each of the questions."""
    asked: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *more: Any) -> None:  # noqa: ANN401
        if statement.startswith("SELECT"):
            asked.append((statement, more[0]))

    event.listen(connection, "before_cursor_execute", remember)
    ask()
    event.remove(connection, "before_cursor_execute", remember)
    explain = PLANS[connection.dialect.name]
    return [
        "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, values))
        for statement, values in asked
    ]


ASKED: dict[str, SortKey | None] = {
    "the first page": None,
    "a page in the middle": (0, 0, -20.0, "K00450"),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_page_is_read_by_the_index_of_the_ranking(database: Database, name: str) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = filled(repository, "One", 2000)
        filled(repository, "Other", 2000)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE item")
        plans = plans_of(connection, lambda: repository.ranking(backlog.id, ASKED[name], 100))
        keyset = KEYSETS[connection.dialect.name] if ASKED[name] else ""
    assert plans
    for plan in plans:
        assert "ix_item_ranking" in plan, plan
        assert keyset in plan, plan
        assert "Filter" not in plan, plan
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_the_history_of_an_item_is_read_by_its_index(database: Database) -> None:
    with database.transaction() as connection:
        repository = Repository(connection, DEFAULT_WORKSPACE)
        backlog = filled(repository, "One", 1000)
        places = repository.ranking(backlog.id, None, None)
        for _ in range(3):
            repository.add_run(backlog.id, *frozen(backlog, places, None, None, NOW, None))
        item = places[500].item.id
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE run_item")
        _, plan = plans_of(
            connection, lambda: repository.run_item_history(backlog.id, item, None, 10)
        )
        found = repository.run_item_history(backlog.id, item, None, 10)
    assert [stood and stood.place for _, stood in found] == [501, 501, 501]
    assert "ix_run_item_within_run" in plan
    assert "item_id=?" in plan or "item_id = " in plan


def test_a_workspace_sees_nothing_of_another(database: Database) -> None:
    with database.transaction() as connection:
        backlog = filled(Repository(connection, DEFAULT_WORKSPACE), "Many", 10)
        other = Repository(connection, uuid4())
        assert other.backlogs(None, None, 10) == []
        assert other.items(backlog.id) == []
        assert other.ranking(backlog.id, None, 10) == []
        other.delete_backlog(backlog.id)
        assert Repository(connection, DEFAULT_WORKSPACE).backlog(backlog.id) == backlog


def test_a_backlog_is_deleted_however_much_is_in_it(
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its runs go row by row, each asked for its backlog: a million of them take ten seconds."""
    url = postgresql.new("migrated")
    with closing(Database(url)) as database, database.transaction() as connection:
        backlog = filled(Repository(connection, DEFAULT_WORKSPACE), "Many", 1)
        connection.execute(text(MANY_RUN_ITEMS), {"run_id": uuid4(), "sha256": "0" * 64})
    options = "-c statement_timeout=100"
    monkeypatch.setattr(module, "POSTGRES", {**module.POSTGRES, "options": options})
    with closing(Database(url)) as database:
        with database.transaction() as connection:
            Repository(connection, DEFAULT_WORKSPACE).delete_backlog(backlog.id)
        with database.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM run_item")) == 0


MANY_RUN_ITEMS = """
WITH made AS (
    INSERT INTO run
    SELECT workspace_id, id, :run_id, 1, method, options, NULL, NULL, 50000, 0, '[]', NULL, NULL,
        '1', :sha256, NULL, NULL, now()
    FROM backlog RETURNING workspace_id, backlog_id, id
)
INSERT INTO run_item
SELECT workspace_id, backlog_id, id, place, id, 'K', NULL, NULL, '[]', '{}', 1, 1, 1, 0, NULL,
    NULL, '[]'
FROM made, generate_series(1, 50000) AS place
"""
