"""What moved and why: between runs, since a run, what if, and through the history of an item."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.v1.conftest import Serve


def item(key: str, reach: float) -> dict[str, Any]:
    return {"key": key, "inputs": {"reach": reach, "impact": 1, "confidence": 100, "effort": 1}}


@pytest.fixture
def backlog(stored: TestClient) -> str:
    made = stored.post("/v1/backlogs", json={"name": "Roadmap", "scoring": {"method": "rice"}})
    address = f"/v1/backlogs/{made.json()['id']}"
    items = {"items": [item("A", 1000), item("B", 900), item("C", 800)]}
    assert stored.post(f"{address}/items", json=items).status_code == 200
    return address


def frozen(stored: TestClient, backlog: str) -> str:
    made = stored.post(f"{backlog}/runs", json={})
    assert made.status_code == 201
    run: str = made.json()["id"]
    return run


def test_what_moved_since_a_run_is_told(stored: TestClient, backlog: str) -> None:
    run = frozen(stored, backlog)
    stored.patch(f"{backlog}/items/C", json={"inputs": {"reach": 2000}})
    diff = stored.get(f"{backlog}/diff", params={"from": run}).json()
    assert (diff["from"]["run_id"], diff["to"]["run_id"]) == (run, None)
    assert diff["counts"] == {"up": 1, "down": 2, "same": 0, "entered": 0, "left": 0}
    assert diff["tau_b"] == -0.333333333333
    assert diff["top_10_kept"] == {"kept": 3, "of": 3}
    assert [move["text"] for move in diff["data"]] == [
        "Up 2: reach 800 to 2,000.",
        "Down 1: nothing about it changed; C (reach 800 to 2,000) passed it.",
        "Down 1: nothing about it changed; C (reach 800 to 2,000) passed it.",
    ]
    assert diff["data"][0]["drivers"] == [
        {
            "input": "reach",
            "given": {"from": 800, "to": 2000},
            "weight": {"from": None, "to": None},
            "contribution": {"from": 800, "to": 2000},
        }
    ]


def test_two_runs_are_compared_whatever_came_after(stored: TestClient, backlog: str) -> None:
    first = frozen(stored, backlog)
    stored.delete(f"{backlog}/items/A")
    second = frozen(stored, backlog)
    stored.put(f"{backlog}/items", json={"items": []})
    params = {"from": first, "to": second}
    told = [move["text"] for move in stored.get(f"{backlog}/diff", params=params).json()["data"]]
    assert told == [
        "Left: it was at rank 1.",
        "Up 1: nothing about it changed; A (gone) fell behind it.",
        "Up 1: nothing about it changed; A (gone) fell behind it.",
    ]


def test_a_deleted_and_recreated_item_is_another_one(stored: TestClient, backlog: str) -> None:
    run = frozen(stored, backlog)
    stored.delete(f"{backlog}/items/C")
    stored.post(f"{backlog}/items", json={"items": [item("C", 800)]})
    diff = stored.get(f"{backlog}/diff", params={"from": run}).json()
    assert [(move["key"], move["text"]) for move in diff["data"]] == [
        ("C", "New at rank 3."),
        ("C", "Left: it was at rank 3."),
    ]


def test_a_run_of_another_backlog_is_not_there(stored: TestClient, backlog: str) -> None:
    run = frozen(stored, backlog)
    other = stored.post("/v1/backlogs", json={"name": "Other", "scoring": {"method": "ice"}})
    address = f"/v1/backlogs/{other.json()['id']}/diff"
    refusal = stored.get(address, params={"from": run})
    assert refusal.status_code == 404
    assert refusal.json()["detail"] == f"The backlog has no run {run}."


def test_what_if_tells_and_keeps_nothing(stored: TestClient, backlog: str) -> None:
    before = stored.get(f"{backlog}/ranking").json()
    wish = {"items": [item("N", 5000), {"key": "B", "inputs": {"effort": 10}}]}
    told = stored.post(f"{backlog}/what-if", json=wish).json()
    assert [(move["key"], move["text"]) for move in told["data"]] == [
        ("N", "New at rank 1."),
        ("B", "Down 2: effort 1 to 10; N (new) passed it."),
        ("A", "Down 1: nothing about it changed; N (new) passed it."),
    ]
    assert stored.get(f"{backlog}/ranking").json() == before


def test_what_if_brings_an_archived_item_back_with_what_is_known_of_it(
    stored: TestClient, backlog: str
) -> None:
    stored.patch(f"{backlog}/items/A", json={"archived": True})
    wish = {"items": [{"key": "A", "inputs": {"effort": 2}}]}
    told = stored.post(f"{backlog}/what-if", json=wish).json()
    assert [(move["key"], move["text"]) for move in told["data"]] == [("A", "New at rank 3.")]
    stored.post(f"{backlog}/items", json=wish)
    assert stored.get(f"{backlog}/ranking/A").json()["rank"] == 3


def test_what_if_refuses_a_key_that_two_items_share(stored: TestClient, backlog: str) -> None:
    answer = stored.post(f"{backlog}/what-if", json={"items": [item("A", 1), item("A", 2)]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/items/1/key"


def test_what_if_is_held_to_the_number_of_items_as_a_write_is(
    stored: TestClient, serve: Serve, backlog: str
) -> None:
    stored.patch(f"{backlog}/items/C", json={"archived": True})
    full, too_full = serve(max_items=3), serve(max_items=2)
    more = {"items": [item("A", 1), item("N", 1200)]}
    for address in (f"{backlog}/what-if", f"{backlog}/items"):
        refused = full.post(address, json=more)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
        assert refused.json()["detail"] == "It would hold 4 items and may hold 3."
    no_more = {"items": [item("A", 1), item("C", 1200)]}
    for address in (f"{backlog}/what-if", f"{backlog}/items"):
        assert too_full.post(address, json=no_more).status_code == 200


def test_what_if_takes_another_scoring(stored: TestClient, backlog: str) -> None:
    wish = {"scoring": {"method": "rice", "options": {"confidence_unit": "fraction"}}}
    told = stored.post(f"{backlog}/what-if", json=wish).json()
    assert told["counts"]["down"] == 3
    why = "the options changed (confidence_unit percent to fraction)"
    assert {move["text"] for move in told["data"]} == {
        f"No rank any more, it was 1: {why}.",
        f"No rank any more, it was 2: {why}.",
        f"No rank any more, it was 3: {why}.",
    }


def test_the_history_of_an_item_goes_from_now_back(stored: TestClient, backlog: str) -> None:
    first = frozen(stored, backlog)
    stored.patch(f"{backlog}/items/C", json={"inputs": {"reach": 950}})
    second = frozen(stored, backlog)
    stored.patch(f"{backlog}/items/C", json={"inputs": {"reach": 2000}})
    told = stored.get(f"{backlog}/item-history", params={"key": "C"}).json()["data"]
    assert [(step["from"]["run_id"], step["to"]["run_id"]) for step in told] == [
        (second, None),
        (first, second),
    ]
    assert [step["move"]["text"] for step in told] == [
        "Up 1: reach 950 to 2,000.",
        "Up 1: reach 800 to 950.",
    ]
    assert [(step["inputs"]["from"]["reach"], step["inputs"]["to"]["reach"]) for step in told] == [
        (950, 2000),
        (800, 950),
    ]


def test_the_history_says_where_an_item_stood_though_nothing_moved_it(
    stored: TestClient, backlog: str
) -> None:
    frozen(stored, backlog)
    stored.post(f"{backlog}/items", json={"items": [item("N", 1)]})
    frozen(stored, backlog)
    told = stored.get(f"{backlog}/item-history", params={"key": "B"}).json()["data"]
    assert [(step["move"]["rank"], step["move"]["text"]) for step in told] == [
        ({"from": 2, "to": 2}, "Still at rank 2.")
    ] * 2
    new = stored.get(f"{backlog}/item-history", params={"key": "N"}).json()["data"]
    assert [step["move"] and step["move"]["text"] for step in new] == [
        "Still at rank 4.",
        "New at rank 4.",
    ]
    assert [step["inputs"]["from"] is None for step in new] == [False, True]


def test_the_history_is_read_page_by_page(stored: TestClient, backlog: str) -> None:
    for reach in (1, 2, 3, 4):
        frozen(stored, backlog)
        stored.patch(f"{backlog}/items/C", json={"inputs": {"reach": reach}})
    seen, params = [], {"key": "C", "limit": "1"}
    while True:
        page = stored.get(f"{backlog}/item-history", params=params).json()
        seen += [step["move"]["score"] for step in page["data"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert [(score["from"], score["to"]) for score in seen] == [(3, 4), (2, 3), (1, 2), (800, 1)]


def test_an_archived_item_has_left_and_is_nowhere_afterwards(
    stored: TestClient, backlog: str
) -> None:
    run = frozen(stored, backlog)
    stored.patch(f"{backlog}/items/A", json={"archived": True})
    diff = stored.get(f"{backlog}/diff", params={"from": run}).json()["data"]
    told = stored.get(f"{backlog}/item-history", params={"key": "A"}).json()["data"]
    assert told[0]["move"] == next(move for move in diff if move["key"] == "A")
    assert told[0]["move"]["text"] == "Left: it was at rank 1."
    frozen(stored, backlog)
    told = stored.get(f"{backlog}/item-history", params={"key": "A"}).json()["data"]
    assert [step["move"] and step["move"]["text"] for step in told] == [
        None,
        "Left: it was at rank 1.",
    ]


def test_an_imported_run_had_the_same_options_in_another_order(
    stored: TestClient,
) -> None:
    criteria = {name: {"weight": 1} for name in ("zeta", "alpha", "mid")}
    scoring = {"method": "weighted", "options": {"criteria": criteria, "normalization": "none"}}
    made = stored.post("/v1/backlogs", json={"name": "Criteria", "scoring": scoring})
    address = made.headers["location"]
    rated = {"key": "A", "inputs": {"criteria": dict.fromkeys(criteria, 1)}}
    stored.post(f"{address}/items", json={"items": [rated]})
    frozen(stored, address)
    exported = stored.get(f"{address}/export").json()
    exported["backlog"]["name"] = "Copy"
    copy = stored.post("/v1/backlogs/import", json=exported).headers["location"]
    for backlog in (address, copy):
        run = stored.get(f"{backlog}/runs").json()["data"][0]["id"]
        stored.patch(f"{backlog}/items/A", json={"inputs": {"criteria": {"mid": 2}}})
        move = stored.get(f"{backlog}/diff", params={"from": run}).json()["data"][0]
        assert [cause["code"] for cause in move["causes"]] == ["input_changed"]
