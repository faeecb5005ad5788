"""A run is a ranking that never changes, whatever is written after it."""

import csv
import io

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.storage.database import Database
from app.storage.errors import Refused
from tests.api.v1.conftest import Made, rice

ITEMS = [
    rice("SP-1", 450, title="Search", url="https://example.com/SP-1", labels=["growth"]),
    rice("ü/#", 0.1),
    {"key": "Z", "inputs": {"reach": 5, "criteria": {"é": 1e21}}},
]


def test_a_run_says_what_was_frozen_when_and_by_whom(stored: TestClient, made: Made) -> None:
    address = made(items=ITEMS)
    body = {"note": "For the quarter", "created_by": "Ada"}
    made_run = stored.post(f"{address}/runs", json=body)
    assert made_run.status_code == 201
    run = stored.get(made_run.headers["location"])
    assert run.json() == made_run.json()
    told = run.json()
    assert (told["note"], told["created_by"], told["revision"]) == ("For the quarter", "Ada", 2)
    assert told["counts"] == {"ranked": 2, "unranked": 1}
    assert told["scoring"]["method"] == "rice"
    seen = {"if-none-match": run.headers["etag"]}
    assert stored.get(made_run.headers["location"], headers=seen).status_code == 304


def test_the_same_content_has_the_same_hash_on_every_database(
    stored: TestClient, made: Made
) -> None:
    """The literal was made by rfc8785 and hashlib, from the content that design says."""
    hashes = {
        stored.post(f"{made(name, ITEMS)}/runs", json={"note": name}).json()["sha256"]
        for name in ("One", "Other")
    }
    assert hashes == {"fe0e23351029b711eb95f4b171832fc76731e4d7d4d17b7a2ed07a090dfbca82"}


def test_what_is_written_later_leaves_a_run_alone(stored: TestClient, made: Made) -> None:
    address = made(items=ITEMS)
    before = stored.get(f"{address}/ranking").json()
    run = stored.post(f"{address}/runs", json={}).headers["location"]
    stored.put(f"{address}/items", json={"items": [rice("N", 1)]})
    stored.patch(address, json={"scoring": {"method": "ice"}})
    results = stored.get(f"{run}/results").json()
    for name in ("scoring", "counts", "warnings", "balance", "reference", "data", "revision"):
        assert results[name] == before[name], name


def test_results_are_read_page_by_page(stored: TestClient, made: Made) -> None:
    address = made(items=[rice(f"K{number}", 9 - number // 2) for number in range(6)])
    run = stored.post(f"{address}/runs", json={}).headers["location"]
    seen = []
    url = f"{run}/results?limit=2"
    while url:
        page = stored.get(url)
        seen += [(one["key"], one["rank"], one["position"]) for one in page.json()["data"]]
        url = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == [
        *[("K0", 1, 1), ("K1", 1, 2), ("K2", 3, 3), ("K3", 3, 4), ("K4", 5, 5), ("K5", 5, 6)]
    ]


def test_results_come_as_csv(stored: TestClient, made: Made) -> None:
    run = stored.post(f"{made(items=ITEMS)}/runs", json={}).headers["location"]
    rows = list(csv.DictReader(io.StringIO(stored.get(f"{run}/results.csv").text)))
    assert [(row["key"], row["rank"], row["reach"]) for row in rows] == [
        *[("SP-1", "1", "450"), ("ü/#", "2", "0.1"), ("Z", "", "5")]
    ]


def test_runs_are_listed_from_the_newest(stored: TestClient, made: Made) -> None:
    address = made()
    made_runs = [stored.post(f"{address}/runs", json={}).json()["id"] for _ in range(3)]
    first = stored.get(f"{address}/runs?limit=2").json()
    rest = stored.get(f"{address}/runs", params={"cursor": first["next_cursor"]}).json()
    assert [run["id"] for run in first["data"] + rest["data"]] == made_runs[::-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET note = 'other'",
        "UPDATE run SET sha256 = sha256",
        "DELETE FROM run",
        "UPDATE run_item SET score = 1",
        "DELETE FROM run_item",
        "INSERT INTO run_item SELECT * FROM run_item",
    ],
)
def test_the_database_itself_refuses_to_change_a_run(
    stored: TestClient, made: Made, database: Database, statement: str
) -> None:
    address = made(items=ITEMS)
    run = stored.post(f"{address}/runs", json={}).headers["location"]
    before = stored.get(f"{run}/results").json()
    with pytest.raises(Refused), database.transaction() as connection:
        connection.execute(text(statement))
    assert stored.get(f"{run}/results").json() == before
    etag = stored.get(address).headers["etag"]
    assert stored.delete(address, headers={"if-match": etag}).status_code == 204
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM run_item")) == 0


def test_an_insert_or_replace_does_not_walk_past_the_triggers(
    stored: TestClient, made: Made, database: Database
) -> None:
    stored.post(f"{made(items=ITEMS)}/runs", json={})
    verb = "INSERT OR REPLACE" if database.is_sqlite else "INSERT"
    with pytest.raises(Refused), database.transaction() as connection:
        connection.execute(text(f"{verb} INTO run SELECT * FROM run"))  # noqa: S608 - a literal
