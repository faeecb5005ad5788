"""A tool's page goes in as it is, and comes back as verdicts in its order."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text

from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from tests.api.v1.conftest import Made
from tests.api.v1.pages import SITE, issue, keys, search, synced
from tests.conftest import BEARER, KEY_ID, SECRET


def test_a_page_is_kept_scored_and_answered_in_its_order(stored: TestClient, backlog: str) -> None:
    told = synced(
        stored, backlog, search(issue(1, 50), issue(2, 900), issue(3, None), leads_to="T1")
    )
    assert told["detected"] == "jira_search"
    assert told["revision"] == 3
    assert told["next"] == {"nextPageToken": "T1"}
    assert told["counts"] == {
        "received": 3,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "stale": 0,
        "left_out": 0,
        "skipped": 0,
        "unranked": 1,
    }
    assert [
        (one["source_id"], one["key"], one["score"], one["rank"], one["of"], one["changed"])
        for one in told["items"]
    ] == [
        ("10001", "SP-1", 50, 2, 2, True),
        ("10002", "SP-2", 900, 1, 2, True),
        ("10003", "SP-3", None, None, 2, True),
    ]
    assert told["items"][0]["inputs"] == {
        "reach": 50,
        "impact": 2,
        "confidence": 50,
        "effort": 1,
    }
    assert told["items"][2]["reasons"] == [
        {
            "code": "missing_input",
            "input": "reach",
            "message": "reach is missing: send a number, for a blank is not 0.",
        }
    ]
    kept = stored.get(f"{backlog}/items/SP-1").json()
    assert (kept["title"], kept["labels"]) == ("Issue 1", ["growth"])
    assert kept["url"] == f"{SITE}/browse/SP-1"


def test_the_same_page_twice_changes_nothing(stored: TestClient, backlog: str) -> None:
    page = search(issue(1), issue(2))
    first = synced(stored, backlog, page)
    again = synced(stored, backlog, page)
    assert again["revision"] == first["revision"]
    assert (again["counts"]["unchanged"], again["counts"]["updated"]) == (2, 0)
    assert [one["changed"] for one in again["items"]] == [False, False]


def test_absent_keeps_and_null_clears(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    thin = issue(1)
    thin["fields"] = {"summary": "Renamed", "customfield_4": None}
    told = synced(stored, backlog, thin)["items"][0]
    assert told["title"] == "Renamed"
    assert told["inputs"] == {"reach": 50, "impact": 2, "confidence": 50}


def test_what_cannot_be_read_is_missing_and_says_why(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    page = search(issue(1, 50, customfield_2={"value": "Massive"}, customfield_4="soon"))
    told = synced(stored, backlog, page)["items"][0]
    assert told["inputs"] == {"reach": 50, "confidence": 50}
    assert [(one["code"], one["input"]) for one in told["reasons"]] == [
        ("unknown_value", "impact"),
        ("not_a_number", "effort"),
    ]
    assert "high, low" in told["reasons"][0]["message"]


def test_an_older_state_never_overwrites_a_newer_one(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    late = issue(1, 1, updated="2026-11-20T09:59:59.999+0000", customfield_9=1)
    told = synced(stored, backlog, search(late))
    assert told["counts"]["stale"] == 1
    assert (told["items"][0]["score"], told["items"][0]["changed"]) == (50, False)
    assert [one["code"] for one in told["items"][0]["reasons"]] == ["stale"]
    (request,) = stored.get(f"{backlog}/writeback").json()["requests"]
    assert request["body"] == {"fields": {"customfield_9": 50}}


def test_what_the_profile_leaves_out_loses_its_place_and_comes_back(
    stored: TestClient, backlog: str
) -> None:
    done = {"statusCategory": {"key": "done"}}
    told = synced(stored, backlog, search(issue(1, 50), issue(2, 900, status=done)))
    assert told["counts"]["left_out"] == 1
    assert [one["code"] for one in told["items"][1]["reasons"]] == ["excluded"]
    assert stored.get(f"{backlog}/items/SP-2").status_code == 404
    told = synced(stored, backlog, search(issue(1, 50, status=done)))
    assert told["items"][0]["status"] == "unranked"
    assert keys(stored, backlog) == []
    synced(stored, backlog, search(issue(1, 50)))
    assert keys(stored, backlog) == ["SP-1"]


def test_a_dry_run_says_the_same_and_keeps_nothing(stored: TestClient, backlog: str) -> None:
    page = search(issue(1, 50), issue(2, None), leads_to="T1")
    tried = synced(stored, backlog, page, dry_run="true", batch="b")
    assert keys(stored, backlog) == []
    assert stored.get(backlog).json()["revision"] == 2
    assert synced(stored, backlog, page, batch="b") == tried


def test_one_issue_is_answered_flat_for_rules_of_jira_automation(
    stored: TestClient, backlog: str
) -> None:
    told = synced(stored, backlog, {**issue(1, 50), "id": 10_001}, shape="flat")
    assert told == {
        "ok": True,
        "key": "SP-1",
        "score": 50,
        "rank": 1,
        "of": 1,
        "bucket": "",
        "missing": "",
        "message": "",
    }
    told = synced(stored, backlog, {"issue": issue(2, None, customfield_4=None)}, shape="flat")
    assert (told["ok"], told["score"], told["missing"]) == (False, None, "reach,effort")
    assert told["message"].startswith("reach is missing")
    told = synced(stored, backlog, search(issue(1, 9), issue(3)), shape="flat")
    assert (told["ok"], told["key"], told["of"]) == (False, "", 1)
    assert told["message"] == "shape=flat is for one issue, and these are 2: none is kept."
    told = synced(stored, backlog, {"issue": issue(1, 9) | {"key": ""}}, shape="flat")
    assert (told["ok"], told["message"]) == (False, "It has no key.")
    assert keys(stored, backlog) == ["SP-1", "SP-2"]
    assert stored.get(f"{backlog}/items/SP-1").json()["inputs"]["reach"] == 50


WAITS = {
    "inputs": {"category": {"from": ["customfield_1"]}, "depends_on": {"from": ["customfield_2"]}}
}


@pytest.mark.parametrize("method", ["moscow", "rice"])
def test_a_dependency_that_would_close_a_circle_is_left_out_whether_the_method_reads_it_or_not(
    stored: TestClient, made: Made, method: str
) -> None:
    address = made(method=method)
    assert stored.put(f"{address}/profile", json=WAITS).status_code == 200
    waits = [
        issue(number, "must", customfield_2=[f"SP-{other}"])
        for number, other in ((1, 2), (2, 3), (3, 1))
    ]
    told = synced(stored, address, search(*waits))
    said = [one["reasons"] for one in told["items"]]
    codes = [(reason["code"], reason["input"]) for one in said for reason in one]
    assert codes.count(("dependency_circle", "depends_on")) == 1
    assert told["counts"]["created"] == 3
    assert sum(len(one["inputs"]["depends_on"]) for one in told["items"]) == 2
    again = synced(stored, address, search(*waits))
    assert again["counts"]["unchanged"] == 3
    assert [one["reasons"] for one in again["items"]] == said
    moscow, tag = {"scoring": {"method": "moscow"}}, {"if-match": again["etag"]}
    assert stored.patch(address, json=moscow, headers=tag).status_code == 200


def test_a_circle_of_a_large_page_goes_through_no_archived_item(
    stored: TestClient, made: Made
) -> None:
    address = made(method="moscow")
    assert stored.put(f"{address}/profile", json=WAITS).status_code == 200
    ring = [issue(n, "must", customfield_2=[f"SP-{n + 1}"]) for n in range(1, 120)]
    last = issue(120, "must", customfield_2=["SP-1"])
    synced(stored, address, search(last))
    stored.patch(f"{address}/items/SP-120", json={"archived": True})

    def dropped(page: dict[str, Any]) -> int:
        told = [
            reason for one in synced(stored, address, page)["items"] for reason in one["reasons"]
        ]
        return sum(reason["code"] == "dependency_circle" for reason in told)

    assert dropped(search(*ring)) == 0
    assert dropped(search(*ring, last)) == 1


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "malformed-json"),
        (b'{"issues": [{"id": NaN}]}', 400, "malformed-json"),
        (b"{}", 400, "unrecognised-payload"),
        (b"[]", 200, ""),
        (b'"text"', 400, "unrecognised-payload"),
        (b'{"errorMessages": ["No."], "errors": {}}', 422, "validation"),
        (b'{"errors": [{"message": "No."}]}', 422, "validation"),
    ],
)
def test_what_is_no_page_is_refused_and_says_what_would_be_one(
    stored: TestClient, backlog: str, body: bytes, status: int, kind: str
) -> None:
    answer = stored.post(
        f"{backlog}/sync", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    if kind:
        assert answer.json()["type"] == f"/problems/{kind}"


def test_a_page_for_no_backlog_is_not_found(stored: TestClient) -> None:
    address = "/v1/backlogs/01a20650-0000-7000-8000-000000000001"
    assert stored.post(f"{address}/sync", json=search(issue(1))).status_code == 404
    assert stored.post(f"{address}/sync/b/complete").status_code == 404


def test_a_full_backlog_takes_no_more_and_nothing_of_the_page(
    stored: TestClient, backlog: str, served: Database
) -> None:
    settings = Settings(secret=SECRET, max_items=2)
    with TestClient(create_app(settings, served), headers=BEARER) as small:
        answer = small.post(f"{backlog}/sync", json=search(issue(1), issue(2), issue(3)))
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "It would hold 3 items and may hold 2.",
    )
    assert keys(stored, backlog) == []


def test_what_a_sync_changes_is_in_the_audit(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1)))
    stored.post(f"{backlog}/sync", json=search(issue(1), issue(2)), params={"dry_run": True})
    synced(stored, backlog, search(issue(1, 70, key="OPS-1")), batch="nightly")
    synced(stored, backlog, search(issue(1, 70, key="OPS-1")))
    moved, made = (
        entry
        for entry in stored.get(f"{backlog}/audit").json()["data"]
        if entry["operation"] == "sync_page"
    )
    assert moved["key_id"] == str(KEY_ID)
    assert [tuple(change.values()) for change in moved["changes"]] == [
        ("OPS-1", "key", "SP-1", "OPS-1"),
        ("OPS-1", "url", f"{SITE}/browse/SP-1", f"{SITE}/browse/OPS-1"),
        ("OPS-1", "reach", 100.0, 70.0),
    ]
    for key in ("SP-1", "OPS-1"):
        entries = stored.get(f"{backlog}/audit", params={"key": key}).json()["data"]
        assert moved in entries, "who asks by either key is told of the move"
    assert made["changes"][0] == {"key": "SP-1", "input": "key", "from": None, "to": "SP-1"}


CANARY = "canary-7f3a"


def test_no_description_user_or_comment_is_ever_kept(
    stored: TestClient, backlog: str, database: Database
) -> None:
    person = {"accountId": CANARY, "displayName": CANARY, "emailAddress": CANARY}
    private = {
        "description": {"type": "doc", "content": [{"text": CANARY}]},
        "comment": {"comments": [{"author": person, "body": CANARY}]},
        "assignee": person,
        "reporter": person,
        "creator": person,
        "watches": {"watchers": [person]},
        "customfield_77": CANARY,
        "environment": CANARY,
    }
    told = synced(stored, backlog, search(issue(1, 50, **private)), batch="b")
    assert CANARY not in str(told)
    stored.post(f"{backlog}/sync/b/complete")
    stored.post(f"{backlog}/runs", json={})
    assert kept(database, "SP-1")
    assert not kept(database, CANARY)


def kept(database: Database, canary: str) -> list[str]:
    """The columns that hold a word."""
    with database.reading() as connection:
        schema = inspect(connection)
        return [
            f"{table}.{column['name']}"
            for table in schema.get_table_names()
            for column in schema.get_columns(table)
            if connection.scalar(
                text(
                    f"SELECT count(*) FROM {table}"  # noqa: S608 - names of our own schema
                    f" WHERE CAST({column['name']} AS text) LIKE :canary"
                ),
                {"canary": f"%{canary}%"},
            )
        ]
