"""A whole backlog goes from one database to the other, and nothing is forged on the way."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from tests.conftest import BEARER, SECRET, Postgresql

ITEMS = [
    {
        "key": "owner/repo#12",
        "title": "Search",
        "url": "https://example.com/12",
        "labels": ["growth", "web"],
        "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2, "category": "must"},
    },
    {"key": "B", "inputs": {"reach": 2000, "category": "could"}},
    {"key": "C", "inputs": {"criteria": {"risk": 1.5}}},
]


ITEM = "01a20650-0000-7000-8000-000000000001"
RUN = "01a20650-0000-7000-8000-000000000002"

EXPLANATION = ("runs", 1, "items", 0, "explanation")
EXPLAINED = "#/backlog/runs/1/items/0/explanation"
BALANCE = "#/backlog/runs/1/balance"
REFERENCE = "#/backlog/runs/1/reference"
REASONS = "#/backlog/runs/1/items/1/reasons"
RISK = {"min": 1, "max": 5, "sum": None, "norm": None}
WARNING = {"code": "list_relative", "message": "It is relative.", "count": 1, "keys": ["B"]}
REASON = {"code": "missing_input", "input": "effort", "message": "It is missing."}


@pytest.fixture
def exported(stored: TestClient) -> dict[str, Any]:
    scoring = {"method": "rice", "bucket_by": {"method": "moscow"}}
    body = {"name": "Roadmap", "description": "For 2027", "scoring": scoring}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    stored.post(f"{address}/items", json={"items": ITEMS})
    stored.post(f"{address}/runs", json={"note": "First", "created_by": "Ada"})
    stored.patch(f"{address}/items/C", json={"archived": True})
    stored.post(f"{address}/runs", json={})
    document: dict[str, Any] = stored.get(f"{address}/export").json()
    return document


@pytest.fixture
def elsewhere(database_url: str, postgresql: Postgresql, sqlite_copy: str) -> Iterator[TestClient]:
    """The service on the database of the other kind."""
    other = sqlite_copy if database_url.startswith("postgresql") else postgresql.new("migrated")
    database = Database(other)
    with TestClient(create_app(Settings(secret=SECRET), database), headers=BEARER) as client:
        yield client
    database.close()


def test_an_export_is_imported_into_the_other_database_and_loses_nothing(
    exported: dict[str, Any], elsewhere: TestClient
) -> None:
    made = elsewhere.post("/v1/backlogs/import", json=exported)
    assert made.status_code == 201
    again = elsewhere.get(f"{made.headers['location']}/export").json()
    assert again["backlog"].pop("revision") == exported["backlog"].pop("revision") + 1
    assert again == exported


def test_a_backlog_was_created_when_it_was_and_not_when_it_was_imported(
    exported: dict[str, Any], stored: TestClient, elsewhere: TestClient
) -> None:
    (here,) = stored.get("/v1/backlogs").json()["data"]
    assert exported["backlog"]["created_at"] == here["created_at"]
    exported["backlog"]["created_at"] = "2024-02-29T10:30:00+02:00"
    there = elsewhere.post("/v1/backlogs/import", json=exported).json()
    assert there["created_at"] == "2024-02-29T08:30:00Z"
    assert there["updated_at"] > here["updated_at"]


def test_an_export_of_before_does_not_say_when_its_backlog_was_created(
    exported: dict[str, Any], elsewhere: TestClient
) -> None:
    exported["backlog"].pop("created_at", None)
    made = elsewhere.post("/v1/backlogs/import", json=exported).json()
    assert made["created_at"] == made["updated_at"]


def test_what_was_given_for_another_method_is_warned_of_after_an_import_too(
    stored: TestClient, elsewhere: TestClient
) -> None:
    body = {"name": "Ideas", "scoring": {"method": "ice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    inputs = {"impact": 1, "confidence": 1, "ease": 1, "reach": 5, "effort": 2}
    stored.post(f"{address}/items", json={"items": [{"key": "A", "inputs": inputs}]})
    stored.patch(address, json={"scoring": {"method": "rice"}})
    exported = stored.get(f"{address}/export").json()
    (item,) = exported["backlog"]["items"]
    assert item["given_for"] == {"impact": "ice", "confidence": "ice"}
    other = elsewhere.post("/v1/backlogs/import", json=exported).headers["location"]
    here, there = stored.get(f"{address}/ranking").json(), elsewhere.get(f"{other}/ranking").json()
    assert "input_meaning_differs" in [one["code"] for one in here["warnings"]]
    assert there["warnings"] == here["warnings"]
    frozen = [
        client.post(f"{backlog}/runs", json={}).json()["sha256"]
        for client, backlog in ((stored, address), (elsewhere, other))
    ]
    assert frozen[0] == frozen[1]


def test_an_export_of_before_does_not_say_for_what_an_input_was_given(
    exported: dict[str, Any], elsewhere: TestClient
) -> None:
    for item in exported["backlog"]["items"]:
        assert item.pop("given_for") == {}
    assert elsewhere.post("/v1/backlogs/import", json=exported).status_code == 201


@pytest.mark.parametrize("given_for", [{"impact": "magic"}, {"impact": None}, ["impact"], None])
def test_for_what_an_input_was_given_is_one_of_the_methods(
    exported: dict[str, Any], stored: TestClient, given_for: object
) -> None:
    exported["backlog"]["name"] = "Odd"
    exported["backlog"]["items"][0]["given_for"] = given_for
    refused = stored.post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 422
    assert "/given_for" in refused.json()["errors"][0]["pointer"]


def test_an_export_is_sent_a_thousand_items_at_a_time(stored: TestClient) -> None:
    parts = []

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        async def record(message: Message) -> None:
            if message["type"] == "http.response.body":
                parts.append(message["body"])
            await send(message)

        await stored.app(scope, receive, record)

    body = {"name": "Long", "scoring": {"method": "rice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    items = [{"key": f"{number:04}", "inputs": {"reach": number}} for number in range(2_100)]
    stored.post(f"{address}/items", json={"items": items})
    for _ in range(2):
        stored.post(f"{address}/runs", json={})
    TestClient(recorded, headers=BEARER).get(f"{address}/export")
    keys = [part.count(b'"key":') for part in parts]
    assert [count for count in keys if count] == [1_000, 1_000, 100] * 3
    exported = json.loads(b"".join(parts))["backlog"]
    assert [item["key"] for item in exported["items"]] == [item["key"] for item in items]
    for run in exported["runs"]:
        assert sorted(item["key"] for item in run["items"]) == [item["key"] for item in items]


def test_an_empty_backlog_is_exported(stored: TestClient) -> None:
    body = {"name": "Empty", "scoring": {"method": "rice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    stored.post(f"{address}/runs", json={})
    exported = stored.get(f"{address}/export").json()["backlog"]
    assert exported["items"] == []
    assert [run["items"] for run in exported["runs"]] == [[]]


def test_what_moved_is_known_after_the_move(
    exported: dict[str, Any], elsewhere: TestClient
) -> None:
    address = elsewhere.post("/v1/backlogs/import", json=exported).headers["location"]
    run = exported["backlog"]["runs"][0]["id"]
    diff = elsewhere.get(f"{address}/diff", params={"from": run}).json()
    assert [(move["key"], move["text"]) for move in diff["data"]] == [
        ("C", "Left: it had no rank.")
    ]


def test_a_whole_number_is_known_by_its_value(
    stored: TestClient, exported: dict[str, Any]
) -> None:
    exported["backlog"] |= {"name": "Through a spreadsheet", "revision": 7.0}
    exported["backlog"]["runs"][1]["items"][0]["rank"] = 1.0
    made = stored.post("/v1/backlogs/import", json=exported)
    assert (made.status_code, made.json()["revision"]) == (201, 8)


def test_an_item_is_kept_as_a_merge_keeps_it(stored: TestClient, exported: dict[str, Any]) -> None:
    exported["backlog"]["name"] = "Written by hand"
    exported["backlog"]["items"][0] |= {"title": "", "labels": ["x", "y", "x"]}
    address = stored.post("/v1/backlogs/import", json=exported).headers["location"]
    item = stored.get(f"{address}/export").json()["backlog"]["items"][0]
    assert (item["title"], item["labels"]) == (None, ["x", "y"])


def test_a_name_that_is_taken_is_refused(stored: TestClient, exported: dict[str, Any]) -> None:
    assert stored.post("/v1/backlogs/import", json=exported).status_code == 409


def test_a_run_that_was_changed_on_the_way_is_refused(
    stored: TestClient, exported: dict[str, Any]
) -> None:
    exported["backlog"]["name"] = "Forged"
    exported["backlog"]["runs"][1]["items"][0]["score"] = 676
    refused = stored.post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/backlog/runs/1", "hash_differs")
    assert stored.get("/v1/backlogs", params={"name": "Forged"}).json()["data"] == []


@pytest.mark.parametrize(
    "place", [{"tier": None}, {"position": None}, {"rank": None}, {"rank": 5, "position": 3}]
)
def test_a_place_that_no_ranking_has_is_refused(
    stored: TestClient, exported: dict[str, Any], place: dict[str, int | None]
) -> None:
    exported["backlog"]["name"] = "Forged"
    exported["backlog"]["runs"][1]["items"][0] |= place
    refused = stored.post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/backlog/runs/1/items/0/rank", "no_place")


def test_what_the_hash_does_not_cover_is_taken_as_sent(
    stored: TestClient, exported: dict[str, Any]
) -> None:
    exported["backlog"]["name"] = "Told anew"
    exported["backlog"]["runs"][1] |= {"revision": 9, "note": "Second", "created_by": "Grace"}
    exported["backlog"]["runs"][1]["items"][0]["explanation"]["text"] = "In other words."
    address = stored.post("/v1/backlogs/import", json=exported).headers["location"]
    again = stored.get(f"{address}/export").json()
    assert again["backlog"]["runs"] == exported["backlog"]["runs"]


@pytest.mark.parametrize(
    ("place", "value", "pointer"),
    [
        (
            ("scoring", "options", "impact_scale"),
            "large",
            "#/backlog/scoring/options/impact_scale",
        ),
        (("created_at",), None, "#/backlog/created_at"),
        (("created_at",), 1767225600, "#/backlog/created_at"),
        (("created_at",), "2026-11-23T09:00:00", "#/backlog/created_at"),
        (("created_at",), "9999-12-31T23:59:59-14:00", "#/backlog/created_at"),
        (("items", 0, "key"), "..", "#/backlog/items/0/key"),
        (("items", 0, "inputs", "reach"), "many", "#/backlog/items/0/inputs/reach"),
        (("items", 0, "archived"), 1, "#/backlog/items/0/archived"),
        (("items", 0, "created_at"), 0, "#/backlog/items/0/created_at"),
        (("items", 0, "created_at"), "1767225600", "#/backlog/items/0/created_at"),
        (("items", 0, "created_at"), "2026-11-23T09:00:00", "#/backlog/items/0/created_at"),
        (("items", 0, "created_at"), "0001-01-01T00:00:00+14:00", "#/backlog/items/0/created_at"),
        (("items", 0, "updated_at"), "9999-12-31T23:59:59-14:00", "#/backlog/items/0/updated_at"),
        (("items", 2, "key"), "B", "#/backlog/items/2/key"),
        (("items", 2, "id"), ITEM, "#/backlog/items/2/id"),
        (("revision",), 0, "#/backlog/revision"),
        (("revision",), "1", "#/backlog/revision"),
        (("revision",), 1_000_000_001, "#/backlog/revision"),
        (("revision",), True, "#/backlog/revision"),
        (("runs", 1, "id"), RUN, "#/backlog/runs/1/id"),
        (("runs", 1, "created_at"), "0001-01-01T00:00:00Z", "#/backlog/runs/1/created_at"),
        (("runs", 1, "created_by"), "\0", "#/backlog/runs/1/created_by"),
        (("runs", 1, "engine_version"), "\0", "#/backlog/runs/1/engine_version"),
        (("runs", 1, "sha256"), "\0" * 64, "#/backlog/runs/1"),
        (("runs", 1, "items", 0, "bucket"), "\0", "#/backlog/runs/1/items/0/bucket"),
        (("runs", 1, "items", 0, "rank"), True, "#/backlog/runs/1/items/0/rank"),
        (("runs", 1, "items", 0, "score"), "675", "#/backlog/runs/1/items/0/score"),
        (("runs", 1, "items", 0, "key"), "B", "#/backlog/runs/1/items/1/key"),
        (("runs", 1, "items", 0, "explanation"), "675", "#/backlog/runs/1/items/0/explanation"),
        ((*EXPLANATION, "text"), 675, f"{EXPLAINED}/text"),
        ((*EXPLANATION, "extra"), {"x": "inf"}, f"{EXPLAINED}/extra/x"),
        ((*EXPLANATION, "extra"), {"x": True}, f"{EXPLAINED}/extra/x"),
        ((*EXPLANATION, "terms"), {}, f"{EXPLAINED}/terms"),
        ((*EXPLANATION, "terms", 0, "role"), "sum", f"{EXPLAINED}/terms/0/role"),
        ((*EXPLANATION, "terms", 0, "given"), "450", f"{EXPLAINED}/terms/0/given"),
        ((*EXPLANATION, "terms", 0, "used"), "NaN", f"{EXPLAINED}/terms/0/used"),
        ((*EXPLANATION, "terms", 0, "weight"), False, f"{EXPLAINED}/terms/0/weight"),
        ((*EXPLANATION, "terms", 0, "contribution"), "nan", f"{EXPLAINED}/terms/0/contribution"),
        (("runs", 1, "balance", "buckets", 0, "items"), True, f"{BALANCE}/buckets/0/items"),
        (("runs", 1, "balance", "buckets", 0, "items"), "1", f"{BALANCE}/buckets/0/items"),
        (
            ("runs", 1, "balance", "buckets", 0, "effort"),
            "Infinity",
            f"{BALANCE}/buckets/0/effort",
        ),
        (("runs", 1, "balance", "buckets", 0, "share"), "0.5", f"{BALANCE}/buckets/0/share"),
        (("runs", 1, "balance", "without_effort"), 1.5, f"{BALANCE}/without_effort"),
        (("runs", 1, "balance", "without_effort"), 1e300, f"{BALANCE}/without_effort"),
        (("runs", 1, "reference"), {"risk": RISK | {"min": "-inf"}}, f"{REFERENCE}/risk/min"),
        (("runs", 1, "reference"), {"risk": RISK | {"norm": True}}, f"{REFERENCE}/risk/norm"),
        (("runs", 1, "warnings"), [WARNING | {"count": "1"}], "#/backlog/runs/1/warnings/0/count"),
        (("runs", 1, "warnings"), [WARNING | {"keys": [1]}], "#/backlog/runs/1/warnings/0/keys/0"),
        (("runs", 1, "items", 1, "reasons"), [REASON | {"input": 1}], f"{REASONS}/0/input"),
        (("runs", 1, "items", 1, "reasons"), "none", REASONS),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(
    stored: TestClient,
    exported: dict[str, Any],
    place: tuple[Any, ...],
    value: object,
    pointer: str,
) -> None:
    exported["backlog"]["name"] = "Wrong"
    exported["backlog"]["items"][0]["id"] = ITEM
    exported["backlog"]["runs"][0]["id"] = RUN
    node: Any = exported["backlog"]
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = value
    refused = stored.post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
    assert stored.get("/v1/backlogs").status_code == 200


def test_a_flood_of_empty_items_is_refused_before_it_is_read(stored: TestClient) -> None:
    flood = b'{"backlog": {"items": [' + b",".join([b"{}"] * 100_000) + b"]}}"
    refused = stored.post(
        "/v1/backlogs/import", content=flood, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 422
    assert refused.json()["detail"] == (
        "1 value is wrong: It holds 100,003 objects and lists, more than an export of its size."
    )


def test_an_import_is_no_way_past_the_number_of_items(
    exported: dict[str, Any], database: Database
) -> None:
    exported["backlog"]["name"] = "Full"
    with TestClient(
        create_app(Settings(secret=SECRET, max_items=2), database), headers=BEARER
    ) as client:
        full = client.post("/v1/backlogs/import", json=exported)
    assert (full.status_code, full.json()["type"]) == (409, "/problems/conflict")
    assert full.json()["detail"] == "It would hold 3 items and may hold 2."


def test_an_export_is_imported_twice_under_two_names(
    exported: dict[str, Any], elsewhere: TestClient
) -> None:
    runs = exported["backlog"]["runs"]
    for name in ("One", "Other"):
        exported["backlog"]["name"] = name
        made = elsewhere.post("/v1/backlogs/import", json=exported)
        assert made.status_code == 201
        again = elsewhere.get(f"{made.headers['location']}/export").json()
        assert again["backlog"]["runs"] == runs
