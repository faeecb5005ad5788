"""An issue stays itself, whatever it is called and wherever it was heard of."""

from fastapi.testclient import TestClient

from tests.api.v1.conftest import rice
from tests.api.v1.pages import issue, keys, search, synced


def test_a_moved_issue_stays_itself(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50), issue(2, 900)))
    run = stored.post(f"{backlog}/runs", json={}).json()["id"]
    moved = synced(stored, backlog, search(issue(1, 50, key="OPS-9")))
    assert moved["counts"]["updated"] == 1
    assert keys(stored, backlog) == ["SP-2", "OPS-9"]
    diff = stored.get(f"{backlog}/diff", params={"from": run}).json()
    assert diff["counts"] == {"up": 0, "down": 0, "same": 2, "entered": 0, "left": 0}


def test_issues_may_swap_their_keys_in_one_page(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50), issue(2, 900), issue(3, 5)))
    page = search(issue(1, 50, key="SP-2"), issue(2, 900, key="SP-3"), issue(3, 5, key="SP-1"))
    told = synced(stored, backlog, page)
    assert [(one["source_id"], one["key"]) for one in told["items"]] == [
        ("10001", "SP-2"),
        ("10002", "SP-3"),
        ("10003", "SP-1"),
    ]
    assert keys(stored, backlog) == ["SP-3", "SP-2", "SP-1"]


def test_a_key_that_belongs_to_another_issue_is_not_taken(
    stored: TestClient, backlog: str
) -> None:
    synced(stored, backlog, search(issue(1, 50), issue(2, 900)))
    page = search(issue(1, 60, key="SP-2"), issue(3, 5, key="SP-2"), issue(4, 7))
    told = synced(stored, backlog, page)
    assert [
        (one["key"], one["score"], [reason["code"] for reason in one["reasons"]])
        for one in told["items"]
    ] == [("SP-1", 60, ["key_taken"]), ("SP-2", None, ["key_taken"]), ("SP-4", 7, [])]
    assert told["counts"]["left_out"] == 1
    assert keys(stored, backlog) == ["SP-2", "SP-1", "SP-4"]


def test_a_key_that_is_the_id_of_another_issue_stops_nothing_else(
    stored: TestClient, backlog: str
) -> None:
    other = issue(1, 50, key="SP-2") | {"id": "SP-1"}
    synced(stored, backlog, search(other))
    without_id = {name: value for name, value in issue(1, 60).items() if name != "id"}
    told = synced(stored, backlog, search(without_id, issue(9, 7)))
    assert [
        (one["key"], one["score"], [reason["code"] for reason in one["reasons"]])
        for one in told["items"]
    ] == [("SP-1", None, ["key_taken"]), ("SP-9", 7, [])]
    assert told["items"][0]["reasons"][0]["message"].startswith("SP-1 means the item SP-2 here")
    moved = issue(1, 50, key="SP-3") | {"id": "SP-1"}
    assert synced(stored, backlog, search(moved))["counts"]["updated"] == 1
    assert keys(stored, backlog) == ["SP-3", "SP-9"]


def test_an_issue_that_is_sent_without_its_id_is_still_itself(
    stored: TestClient, backlog: str
) -> None:
    without_id = {name: value for name, value in issue(1, 60).items() if name != "id"}
    assert synced(stored, backlog, search(without_id))["counts"]["created"] == 1
    assert synced(stored, backlog, search(without_id))["counts"]["unchanged"] == 1
    synced(stored, backlog, search(issue(1, 50)))
    synced(stored, backlog, search(issue(2, 5) | {"id": "SP-1"}))
    assert synced(stored, backlog, search(without_id))["counts"]["updated"] == 1
    assert keys(stored, backlog) == ["SP-1", "SP-2"]


def test_an_id_is_not_taken_over_by_a_key_of_the_same_letters(
    stored: TestClient, backlog: str
) -> None:
    other = issue(2, 5) | {"id": "SP-1"}
    without_id = {name: value for name, value in issue(1, 60).items() if name != "id"}
    synced(stored, backlog, search(other))
    synced(stored, backlog, search({**without_id, "self": None}))
    synced(stored, backlog, search(without_id))
    again = issue(2, 77) | {"id": "SP-1"}
    told = synced(stored, backlog, search(again))["items"]
    assert [(one["key"], one["score"], one["reasons"]) for one in told] == [("SP-2", 77, [])]
    assert stored.get(f"{backlog}/items/SP-1").json()["title"] == "Issue 1"


def test_an_item_that_was_written_by_hand_becomes_the_issue_of_its_key(
    stored: TestClient, backlog: str
) -> None:
    stored.post(f"{backlog}/items", json={"items": [rice("SP-1", 5), rice("By hand", 1)]})
    told = synced(stored, backlog, search(issue(1, 50)))
    assert told["counts"]["updated"] == 1
    synced(stored, backlog, search(issue(1, 50, key="OPS-9")))
    assert keys(stored, backlog) == ["OPS-9", "By hand"]


def test_the_same_id_at_another_site_is_another_issue(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    elsewhere = issue(1, 60, key="X-1", site="https://other.atlassian.net")
    assert synced(stored, backlog, search(elsewhere))["counts"]["created"] == 1
    assert keys(stored, backlog) == ["X-1", "SP-1"]


def test_a_page_that_does_not_say_its_site_means_the_issue_of_any(
    stored: TestClient, backlog: str
) -> None:
    synced(stored, backlog, search(issue(1, 50)))
    bare = issue(1, 60, key="OPS-9")
    del bare["self"]
    assert synced(stored, backlog, bare)["counts"]["updated"] == 1
    assert keys(stored, backlog) == ["OPS-9"]


def test_a_site_by_its_number_is_the_one_by_its_name_if_the_key_is_the_same_too(
    stored: TestClient, backlog: str
) -> None:
    one, other = (f"https://api.atlassian.com/ex/jira/{number}" for number in ("11f1", "22f2"))
    pulled = search(issue(1, 50, site=one), issue(1, 40, key="X-1", site=other))
    synced(stored, backlog, pulled)
    named = issue(1, 60, key="X-1", site="https://other.atlassian.net")
    assert synced(stored, backlog, named)["counts"]["updated"] == 1
    requests = stored.get(f"{backlog}/writeback").json()["requests"]
    assert [(request["key"], request["site"]) for request in requests] == [
        ("X-1", other),
        ("SP-1", one),
    ]
    moved = issue(1, 70, key="OPS-9", site="https://other.atlassian.net")
    assert synced(stored, backlog, moved)["counts"]["created"] == 1
    synced(stored, backlog, pulled)
    assert keys(stored, backlog) == ["OPS-9", "SP-1", "X-1"]


def test_an_older_key_takes_nothing_from_who_has_it_now(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50, key="OPS-9")))
    late = issue(1, 50, key="SP-1", updated="2026-11-20T09:00:00.000+0000")
    told = synced(stored, backlog, search(late, issue(2, 40, key="OPS-9")))
    assert [(one["key"], one["reasons"][0]["code"]) for one in told["items"]] == [
        ("OPS-9", "stale"),
        ("OPS-9", "key_taken"),
    ]
    assert keys(stored, backlog) == ["OPS-9"]


def test_two_of_one_identity_are_refused_naming_both(stored: TestClient, backlog: str) -> None:
    page = search(issue(1), issue(2), issue(1, key="SP-7"))
    answer = stored.post(f"{backlog}/sync", json=page)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation")
    (fault,) = answer.json()["errors"]
    assert fault["code"] == "repeated_identity"
    assert "0 and 2" in fault["detail"]
    assert keys(stored, backlog) == []
