"""Who changed what: an entry for each write that changed something, and for none that did not."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.storage.database import Database
from tests.api.v1.conftest import Made, rice
from tests.conftest import KEY_ID, bearer, give_key


def entries(stored: TestClient, address: str, **query: str) -> list[dict[str, Any]]:
    answer = stored.get(f"{address}/audit", params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_every_write_says_who_changed_what(
    stored: TestClient, made: Made, database: Database
) -> None:
    address = made(items=[rice("A", 1)])
    other = give_key(database, "write")
    stored.patch(f"{address}/items/A", json={"inputs": {"reach": 2}}, headers=bearer(other.text))
    newest, merged, created = entries(stored, address)
    assert newest | {"id": "", "at": ""} == {
        "id": "",
        "revision": 3,
        "at": "",
        "key_id": str(other.key.id),
        "operation": "update_item",
        "change_count": 1,
        "changes": [{"key": "A", "input": "reach", "from": 1.0, "to": 2.0}],
    }
    assert (merged["operation"], merged["revision"], merged["key_id"]) == (
        "merge_items",
        2,
        str(KEY_ID),
    )
    assert merged["changes"] == [
        {"key": "A", "input": name, "from": None, "to": value}
        for name, value in (
            ("key", "A"),
            ("confidence", 100.0),
            ("effort", 1.0),
            ("impact", 1.0),
            ("reach", 1.0),
        )
    ]
    assert (created["operation"], created["revision"]) == ("create_backlog", 1)
    assert [change["input"] for change in created["changes"]] == ["name", "scoring"]


@pytest.mark.parametrize(
    ("method", "path", "body", "operation", "changes"),
    [
        ("PATCH", "", {"name": "Plan"}, "update_backlog", [(None, "name", "Roadmap", "Plan")]),
        (
            "PATCH",
            "/items/A",
            {"title": "Search", "labels": ["x"], "archived": True},
            "update_item",
            [
                ("A", "title", None, "Search"),
                ("A", "archived", False, True),
                ("A", "labels", None, ["x"]),
            ],
        ),
        (
            "POST",
            "/items",
            {"items": [{"key": "A", "inputs": {"effort": None, "criteria": {"risk": 2}}}]},
            "merge_items",
            [("A", "effort", 1.0, None), ("A", "criteria.risk", None, 2.0)],
        ),
        (
            "PUT",
            "/items",
            {"items": []},
            "replace_items",
            [
                ("A", "key", "A", None),
                ("A", "confidence", 100.0, None),
                ("A", "effort", 1.0, None),
                ("A", "impact", 1.0, None),
                ("A", "reach", 1.0, None),
            ],
        ),
    ],
)
def test_a_change_is_told_with_what_was_before(
    stored: TestClient,
    made: Made,
    method: str,
    path: str,
    body: dict[str, Any],
    operation: str,
    changes: list[tuple[object, ...]],
) -> None:
    address = made(items=[rice("A", 1)])
    assert stored.request(method, address + path, json=body).status_code == 200
    newest = entries(stored, address)[0]
    assert newest["operation"] == operation
    assert [tuple(change.values()) for change in newest["changes"]] == changes
    assert newest["change_count"] == len(changes)


def test_a_new_scoring_is_told_whole(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    stored.patch(address, json={"scoring": {"method": "ice"}})
    (change,) = entries(stored, address)[0]["changes"]
    assert (change["key"], change["input"]) == (None, "scoring")
    assert (change["from"]["method"], change["to"]["method"]) == ("rice", "ice")


def test_a_kept_run_is_told(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    run = stored.post(f"{address}/runs", json={}).json()["id"]
    newest = entries(stored, address)[0]
    assert (newest["operation"], newest["revision"]) == ("create_run", 2)
    assert newest["changes"] == [{"key": None, "input": "run", "from": None, "to": run}]


def test_an_import_is_told_with_its_runs(stored: TestClient, made: Made) -> None:
    backlog = made(items=[rice("A", 1)])
    run = stored.post(f"{backlog}/runs", json={}).json()["id"]
    document = stored.get(f"{backlog}/export").json()
    document["backlog"]["name"] = "Copy"
    address = stored.post("/v1/backlogs/import", json=document).headers["location"]
    (entry,) = entries(stored, address)
    assert (entry["operation"], entry["change_count"]) == ("import_backlog", 8)
    told = [(change["key"], change["input"], change["to"]) for change in entry["changes"]]
    assert [name for _, name, _ in told[:2]] == ["name", "scoring"]
    assert told[0] == (None, "name", "Copy")
    assert told[2:5] == [(None, "run", run), ("A", "key", "A"), ("A", "confidence", 100)]


def test_every_revision_has_an_entry_and_what_changes_nothing_has_none(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 1)])
    for reach in (2, 2, 3, 3):
        stored.post(f"{address}/items", json={"items": [rice("A", reach)]})
    stored.post(f"{address}/items", json={"items": [rice("A", 4)] * 2})
    stored.delete(f"{address}/items/A")
    assert [entry["revision"] for entry in entries(stored, address)] == [5, 4, 3, 2, 1]


def test_a_repeated_request_is_told_once(stored: TestClient, made: Made) -> None:
    address = made()
    for _ in range(2):
        body, key = {"items": [rice("A", 1)]}, {"idempotency-key": "k"}
        stored.post(f"{address}/items", json=body, headers=key)
    assert len(entries(stored, address)) == 2


def test_of_a_large_write_100_changes_are_kept_and_all_are_counted_and_found(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice(f"I-{number:03}", 1) for number in range(300)])
    newest = entries(stored, address)[0]
    assert (newest["change_count"], len(newest["changes"])) == (1500, 100)
    assert {change["key"] for change in newest["changes"]} == {f"I-{n:03}" for n in range(20)}
    found = entries(stored, address, key="I-299")
    assert [entry["id"] for entry in found] == [newest["id"]]
    assert entries(stored, address, key="I-300") == []


def test_entries_come_page_by_page(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1), rice("B", 1)])
    for reach in (2, 3):
        stored.patch(f"{address}/items/A", json={"inputs": {"reach": reach}})
    whole = entries(stored, address, key="A")
    assert len(whole) == 3
    paged: list[dict[str, Any]] = []
    cursor: str | None = None
    for _ in range(3):
        query = {"key": "A", "limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = stored.get(f"{address}/audit", params=query).json()
        paged += page["data"]
        cursor = page["next_cursor"]
    assert (paged, cursor) == (whole, None)


def test_of_a_deleted_backlog_only_who_deleted_it_is_left(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    assert stored.delete(address, headers={"if-match": "*"}).status_code == 204
    (entry,) = entries(stored, address)
    assert (entry["operation"], entry["key_id"]) == ("delete_backlog", str(KEY_ID))
    assert entry["changes"][0] == {"key": None, "input": "name", "from": "Roadmap", "to": None}


def test_a_backlog_that_never_was_has_no_audit(stored: TestClient) -> None:
    address = "/v1/backlogs/01a20650-0000-7000-8000-00000000dead"
    assert stored.get(f"{address}/audit").status_code == 404
