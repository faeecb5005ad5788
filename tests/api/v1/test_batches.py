"""The pages of one pull: what none of them held any more is archived at its end."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.storage.database import Database
from tests.api.v1.conftest import rice
from tests.api.v1.pages import issue, keys, search, synced


def test_a_page_that_leads_where_another_of_its_batch_led_is_refused(
    stored: TestClient, backlog: str
) -> None:
    synced(stored, backlog, search(issue(1), leads_to="T1"), batch="b")
    answer = stored.post(f"{backlog}/sync?batch=b", json=search(issue(2), leads_to="T1"))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert "same token" in answer.json()["detail"]
    assert keys(stored, backlog) == ["SP-1"]
    synced(stored, backlog, search(issue(2), leads_to="T2"), batch="b")
    synced(stored, backlog, search(issue(3), leads_to="T1"), batch="another")
    synced(stored, backlog, search(issue(3), leads_to="T1"))


def test_the_end_of_a_batch_archives_what_none_of_its_pages_held(
    stored: TestClient, backlog: str
) -> None:
    stored.post(f"{backlog}/items", json={"items": [rice("By hand", 1)]})
    elsewhere = issue(8, 60, key="X-1", site="https://other.atlassian.net")
    synced(stored, backlog, search(issue(1, 50), issue(2, 40), issue(3, 30), elsewhere))
    synced(stored, backlog, search(issue(1, 50), leads_to="T1"), batch="b")
    synced(stored, backlog, search(issue(4, 20)), batch="b")
    assert len(keys(stored, backlog)) == 6
    ended = stored.post(f"{backlog}/sync/b/complete")
    assert (ended.status_code, ended.json()["archived"]) == (200, 2)
    assert keys(stored, backlog) == ["X-1", "SP-1", "SP-4", "By hand"]
    again = stored.post(f"{backlog}/sync/b/complete")
    assert again.json() == {**ended.json(), "archived": 0}
    synced(stored, backlog, search(issue(2, 40)))
    assert "SP-2" in keys(stored, backlog)


def test_an_issue_whose_key_is_damaged_is_held_by_its_id(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1, 50), issue(2, 40)))
    told = synced(stored, backlog, search(issue(1, 50), issue(2, 40) | {"key": None}), batch="b")
    assert told["skipped"] == [{"name": "10002", "message": "It has no key."}]
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 0


def test_an_archived_issue_says_what_a_page_must_tell_to_bring_it_back(
    stored: TestClient, backlog: str
) -> None:
    done = {"statusCategory": {"key": "done"}}
    synced(stored, backlog, search(issue(1, 50, status=done), issue(2, 40)))
    synced(stored, backlog, search(issue(2, 40, status=done)))
    thin = issue(2, 40)
    del thin["fields"]["status"]
    (item,) = synced(stored, backlog, search(thin))["items"]
    (reason,) = item["reasons"]
    assert (item["status"], reason["code"]) == ("unranked", "archived")
    assert "status.statusCategory.key" in reason["message"]


def test_a_pull_that_finds_nothing_archives_all_of_its_tool(
    stored: TestClient, backlog: str
) -> None:
    stored.post(f"{backlog}/items", json={"items": [rice("By hand", 1)]})
    synced(stored, backlog, search(issue(1, 50), issue(2, 40)))
    synced(stored, backlog, search(), batch="b")
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 2
    assert keys(stored, backlog) == ["By hand"]


def test_a_pull_that_finds_nothing_archives_nothing_where_its_tool_has_several_sites(
    stored: TestClient, backlog: str
) -> None:
    elsewhere = issue(8, 60, key="X-1", site="https://other.atlassian.net")
    bare = issue(9, 70)
    del bare["self"]
    synced(stored, backlog, search(issue(1, 50), elsewhere, bare))
    synced(stored, backlog, search(), batch="b")
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 0


@pytest.mark.parametrize(
    "page",
    [
        {"issues": [{"id": "10001"}, {"id": "10002"}], "isLast": True},
        {"webhookEvent": "jira:version_released"},
        search(
            issue(
                7, site="https://other.atlassian.net", status={"statusCategory": {"key": "done"}}
            )
        ),
    ],
    ids=["ids alone", "no issue", "left out, of another site"],
)
def test_a_pull_of_what_is_not_kept_archives_nothing_of_the_others(
    stored: TestClient, backlog: str, page: dict[str, object]
) -> None:
    synced(stored, backlog, search(issue(1, 50), issue(2, 40)))
    synced(stored, backlog, page, batch="b")
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 0


def test_a_pull_that_is_older_than_what_is_known_still_says_which_site_it_was_of(
    stored: TestClient, backlog: str
) -> None:
    elsewhere = issue(8, 60, key="X-1", site="https://other.atlassian.net")
    synced(stored, backlog, search(issue(1, 50), issue(2, 40), elsewhere))
    late = issue(1, 50, updated="2026-11-19T10:00:00.000+0000")
    synced(stored, backlog, search(late), batch="b")
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 1
    assert keys(stored, backlog) == ["X-1", "SP-1"]


def test_an_issue_that_came_without_a_site_is_of_the_only_one(
    stored: TestClient, backlog: str
) -> None:
    bare = issue(2, 60)
    del bare["self"]
    synced(stored, backlog, bare)
    synced(stored, backlog, search(issue(1, 50)), batch="b")
    assert stored.post(f"{backlog}/sync/b/complete").json()["archived"] == 1
    assert keys(stored, backlog) == ["SP-1"]


def test_a_batch_holds_what_another_one_holds_too(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1), issue(2)), batch="one")
    synced(stored, backlog, search(issue(1), issue(2)), batch="two")
    assert stored.post(f"{backlog}/sync/one/complete").json()["archived"] == 0


def test_a_name_of_a_batch_that_has_ended_begins_anew(stored: TestClient, backlog: str) -> None:
    synced(stored, backlog, search(issue(1), leads_to="T1"), batch="nightly")
    stored.post(f"{backlog}/sync/nightly/complete")
    synced(stored, backlog, search(issue(2), leads_to="T1"), batch="nightly")
    assert stored.post(f"{backlog}/sync/nightly/complete").json()["archived"] == 1
    assert keys(stored, backlog) == ["SP-2"]


def test_a_batch_that_began_more_than_a_week_ago_is_forgotten(
    stored: TestClient, backlog: str, database: Database
) -> None:
    synced(stored, backlog, search(issue(1), leads_to="T1"), batch="old")
    with database.transaction() as connection:
        old = datetime.now(UTC) - timedelta(days=8)
        at = old.replace(tzinfo=None).isoformat(" ") if database.is_sqlite else old
        connection.execute(text("UPDATE batch SET started_at = :at"), {"at": at})
    synced(stored, backlog, search(issue(1)), batch="new")
    assert stored.post(f"{backlog}/sync/old/complete").status_code == 404
    assert stored.post(f"{backlog}/sync/new/complete").status_code == 200


def test_a_batch_without_a_page_cannot_end(stored: TestClient, backlog: str) -> None:
    assert stored.post(f"{backlog}/sync/none/complete").status_code == 404
