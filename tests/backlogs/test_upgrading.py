"""What another version of the engine has scored is scored again, and nobody is told it is not."""

from datetime import UTC, datetime

from fastapi.testclient import TestClient
from sqlalchemy import text

from app.backlogs.upgrading import rescore_outdated
from app.engine import VERSION
from app.storage.database import Database
from tests.api.v1.conftest import rice

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def two_items(stored: TestClient) -> str:
    made = stored.post("/v1/backlogs", json={"name": "Old", "scoring": {"method": "rice"}})
    address: str = made.headers["location"]
    stored.post(f"{address}/items", json={"items": [rice("A", 5), rice("B", 3)]})
    return address


def score_as_an_older_engine(database: Database) -> None:
    """Put B, whose score is 3, in front of A."""
    with database.transaction() as connection:
        connection.execute(text("UPDATE backlog SET engine_version = 'older'"))
        connection.execute(text("UPDATE item SET score = 7, sort_score = -7 WHERE key = 'B'"))


def test_a_backlog_of_an_older_engine_is_scored_again(
    stored: TestClient, database: Database
) -> None:
    address = two_items(stored)
    right = stored.get(f"{address}/ranking").json()
    score_as_an_older_engine(database)
    wrong = stored.get(f"{address}/ranking").json()
    assert [item["key"] for item in wrong["data"]] == ["B", "A"]
    assert rescore_outdated(database, NOW) == 1
    mended = stored.get(f"{address}/ranking")
    assert mended.json()["data"] == right["data"]
    assert mended.json()["revision"] == right["revision"] + 1
    assert mended.headers["etag"] == f'"{right["revision"] + 1}-{VERSION}"'
    assert rescore_outdated(database, NOW) == 0


def test_what_another_engine_scored_otherwise_is_told_so(
    stored: TestClient, database: Database
) -> None:
    address = two_items(stored)
    score_as_an_older_engine(database)
    run = stored.post(f"{address}/runs", json={}).json()["id"]
    rescore_outdated(database, NOW)
    diff = stored.get(f"{address}/diff", params={"from": run}).json()
    assert [(move["key"], move["text"]) for move in diff["data"]] == [
        ("A", "Up 1: nothing about it changed; B fell behind it."),
        ("B", "Down 1: the engine scores it otherwise now."),
    ]
