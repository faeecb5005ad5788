"""What a tool does not show yet comes as ready requests; what it shows does not come again."""

from fastapi.testclient import TestClient

from tests.api.v1.conftest import Made, rice
from tests.api.v1.pages import PROFILE, issue, search


def test_only_what_the_tool_does_not_show_is_to_be_written(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("By hand", 7)])
    stored.put(f"{address}/profile", json=PROFILE)
    page = search(issue(1, 50, customfield_9=50), issue(2, 900, customfield_9=1), issue(3, None))
    stored.post(f"{address}/sync", json=page)
    told = stored.get(f"{address}/writeback").json()
    assert told["revision"] == stored.get(address).json()["revision"]
    assert told["requests"] == [
        {
            "key": "SP-2",
            "method": "PUT",
            "path": "/rest/api/3/issue/10002?notifyUsers=false",
            "body": {"fields": {"customfield_9": 900}},
            "reason": "score 1 -> 900",
            "site": "https://example.atlassian.net",
        }
    ]
    assert told["skipped"]["unchanged"] == 2
    every = stored.get(f"{address}/writeback?only=all").json()["requests"]
    assert [one["key"] for one in every] == ["SP-2", "SP-1", "SP-3"]


def test_a_change_of_the_scoring_is_to_be_written_without_a_new_page(
    stored: TestClient, made: Made
) -> None:
    address = made()
    stored.put(f"{address}/profile", json=PROFILE)
    stored.post(f"{address}/sync", json=search(issue(1, 50, customfield_9=50)))
    stored.patch(f"{address}/items/SP-1", json={"inputs": {"reach": 70}})
    (request,) = stored.get(f"{address}/writeback").json()["requests"]
    assert request["body"] == {"fields": {"customfield_9": 70}}


def test_the_rank_is_written_in_jiras_own_order(stored: TestClient, made: Made) -> None:
    address = made()
    stored.put(f"{address}/profile", json={**PROFILE, "writeback": {"rank": "customfield_8"}})
    ranks = {1: "0|i00001:", 2: "0|i00002:", 3: "0|i00003:"}
    page = search(*(issue(n, 10 * n, customfield_8=rank) for n, rank in ranks.items()))
    stored.post(f"{address}/sync", json=page)
    requests = stored.get(f"{address}/writeback?plan=rank").json()["requests"]
    assert requests[0]["path"] == "/rest/agile/1.0/issue/rank"
    assert [one["body"] for one in requests] == [
        {"issues": ["10003", "10002"], "rankBeforeIssue": "10001"}
    ]


def test_no_number_is_written_into_jiras_own_order_before_a_page_showed_it(
    stored: TestClient, made: Made
) -> None:
    address = made()
    page = search(*(issue(n, customfield_8=f"0|i0000{n}:") for n in (1, 2)))
    stored.post(f"{address}/sync", json=page)
    stored.put(f"{address}/profile", json={**PROFILE, "writeback": {"rank": "customfield_8"}})
    told = stored.get(f"{address}/writeback").json()
    assert (told["requests"], len(told["notes"])) == ([], 1)
    stored.post(f"{address}/sync", json=page)
    told = stored.get(f"{address}/writeback").json()
    assert (told["requests"], told["notes"]) == ([], [])


def test_a_backlog_without_a_tool_has_nothing_to_send(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    told = stored.get(f"{address}/writeback").json()
    assert (told["requests"], told["skipped"]) == ([], {"no_plan": 1})
    assert "ranking.csv" in " ".join(told["notes"])
    assert stored.get("/v1/backlogs/01a20650-0000-7000-8000-000000000001/writeback").is_error


def test_a_spreadsheet_is_told_to_take_the_csv(stored: TestClient, made: Made) -> None:
    address = made()
    sheet = "key,reach,impact,confidence,effort\nA,1,2,50,1\n"
    stored.post(f"{address}/sync.csv", content=sheet, headers={"content-type": "text/csv"})
    told = stored.get(f"{address}/writeback").json()
    assert told["requests"] == []
    assert "ranking.csv" in " ".join(told["notes"])
