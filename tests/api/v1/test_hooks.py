"""Webhooks: what is genuine, new and not our own doing is merged, once and in the right order."""

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.storage.database import Database
from tests.api.v1.conftest import Made
from tests.api.v1.pages import PROFILE, event, issue, search
from tests.conftest import KEY_ID

SECRET = "It's a Secret to Everybody"  # noqa: S105


@pytest.fixture
def backlog(stored: TestClient, made: Made) -> str:
    address = made()
    stored.put(f"{address}/profile", json=PROFILE)
    stored.post(f"{address}/sync", json=search(issue(1, 50), issue(2, 900)))
    for source in ("jira", "linear", "github"):
        secret = {"secret": SECRET}
        assert stored.put(f"{address}/hook-secrets/{source}", json=secret).status_code == 200
    return address


def signed(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def sent(
    client: TestClient, address: str, told: object, delivery: str = "", **query: str
) -> tuple[int, str]:
    """Send a webhook of Jira as Jira does, and say its status and what became of it."""
    body = json.dumps(told).encode()
    headers = {
        "content-type": "application/json",
        "x-hub-signature": f"sha256={signed(body)}",
        "x-atlassian-webhook-identifier": delivery or sha256(body).hexdigest()[:16],
    }
    answer = client.post(f"{address}/hooks/jira", content=body, headers=headers, params=query)
    return answer.status_code, answer.json().get("result", "")


def reach(client: TestClient, address: str, key: str = "SP-1") -> Any:  # noqa: ANN401
    return client.get(f"{address}/items/{key}").json()["inputs"].get("reach")


LATER = "2026-11-20T10:00:05.000+0000"


def test_a_changed_input_is_merged_and_the_list_scored_again(
    stored: TestClient, backlog: str
) -> None:
    told = event(issue(1, 2000, updated=LATER), "customfield_1")
    assert sent(stored, backlog, told) == (200, "rescored")
    ranking = stored.get(f"{backlog}/ranking").json()["data"]
    assert [one["key"] for one in ranking] == ["SP-1", "SP-2"]


def test_a_change_that_jira_names_without_the_id_of_its_field_is_merged(
    stored: TestClient, backlog: str
) -> None:
    told = event(issue(1, 2000, updated=LATER), "customfield_1")
    told["changelog"] = {"items": [{"field": "Reach", "fieldtype": "custom"}]}
    assert sent(stored, backlog, told) == (200, "rescored")
    assert reach(stored, backlog) == 2000


def test_a_delivery_that_comes_again_does_nothing(stored: TestClient, backlog: str) -> None:
    told = event(issue(1, 70, updated=LATER), "customfield_1")
    assert sent(stored, backlog, told, "d-1") == (200, "rescored")
    stored.patch(f"{backlog}/items/SP-1", json={"inputs": {"reach": 80}})
    assert sent(stored, backlog, told, "d-1") == (200, "duplicate")
    assert sent(stored, backlog, told, "the same under another name") == (200, "duplicate")
    assert reach(stored, backlog) == 80


def test_a_delivery_with_a_long_name_is_known_again(stored: TestClient, backlog: str) -> None:
    first = event(issue(1, 70, updated=LATER), "customfield_1")
    other = event(issue(1, 90, updated="2026-11-20T10:00:09.000+0000"), "customfield_1")
    assert sent(stored, backlog, first, "d" * 1000) == (200, "rescored")
    assert sent(stored, backlog, other, "d" * 1000) == (200, "duplicate")


def test_deliveries_out_of_order_end_with_the_newest(stored: TestClient, backlog: str) -> None:
    newest = event(issue(1, 90, updated="2026-11-20T10:00:09.000+0000"), "customfield_1")
    older = event(issue(1, 80, updated="2026-11-20T10:00:08.000+0000"), "customfield_1")
    assert sent(stored, backlog, newest) == (200, "rescored")
    assert sent(stored, backlog, older) == (200, "stale")
    assert reach(stored, backlog) == 90


def test_our_own_write_back_is_remembered_and_nothing_else(
    stored: TestClient, backlog: str
) -> None:
    revision = stored.get(backlog).json()["revision"]
    assert len(stored.get(f"{backlog}/writeback").json()["requests"]) == 2
    ours = event(issue(1, 50, updated=LATER, customfield_9=50), "customfield_9")
    assert sent(stored, backlog, ours) == (200, "ignored")
    assert stored.get(backlog).json()["revision"] == revision
    (left,) = stored.get(f"{backlog}/writeback").json()["requests"]
    assert left["key"] == "SP-2"


def test_who_the_profile_ignores_changes_nothing(stored: TestClient, backlog: str) -> None:
    told = event(issue(1, 70, updated=LATER), "customfield_1", actor="bot")
    assert sent(stored, backlog, told) == (200, "ignored")
    assert reach(stored, backlog) == 50
    human = event(issue(1, 70, updated="2026-11-20T10:00:04.000+0000"), "customfield_1")
    assert sent(stored, backlog, human) == (200, "rescored")


def test_a_comment_on_a_thin_issue_clears_nothing(stored: TestClient, backlog: str) -> None:
    thin = issue(1)
    thin["fields"] = {"summary": "Issue 1"}
    told = {"webhookEvent": "comment_created", "comment": {"body": "..."}, "issue": thin}
    assert sent(stored, backlog, told) == (200, "ignored")
    assert reach(stored, backlog) == 50


def test_what_is_deleted_in_the_tool_loses_its_place(stored: TestClient, backlog: str) -> None:
    told = {"webhookEvent": "jira:issue_deleted", "issue": issue(1), "user": {"accountId": "x"}}
    assert sent(stored, backlog, told) == (200, "rescored")
    assert [one["key"] for one in stored.get(f"{backlog}/ranking").json()["data"]] == ["SP-2"]
    assert stored.get(f"{backlog}/items/SP-1").json()["archived"] is True


def test_the_last_change_before_a_deletion_does_not_bring_the_issue_back(
    stored: TestClient, backlog: str
) -> None:
    last = issue(1, 2000, updated=LATER)
    told = {"webhookEvent": "jira:issue_deleted", "issue": last, "user": {"accountId": "x"}}
    assert sent(stored, backlog, told) == (200, "rescored")
    assert sent(stored, backlog, event(last, "customfield_1")) == (200, "stale")
    assert stored.get(f"{backlog}/items/SP-1").json()["archived"] is True


@pytest.mark.parametrize(
    "told", [{"webhookEvent": "sprint_started", "sprint": {"id": 1}}, {"zen": "Keep it simple."}]
)
def test_what_is_about_no_issue_is_ignored(
    stored: TestClient, backlog: str, told: dict[str, Any]
) -> None:
    assert sent(stored, backlog, told) == (200, "ignored")


def test_what_is_not_signed_with_the_secret_is_refused(stored: TestClient, backlog: str) -> None:
    body = json.dumps(event(issue(1, 1, updated=LATER), "customfield_1")).encode()
    forged = [
        {},
        {"x-hub-signature": "sha256=" + "0" * 64},
        {"x-hub-signature": f"sha256={signed(body, 'another secret')}"},
        {"x-hub-signature": f"sha256={signed(body + b' ')}"},
        {"x-hub-signature": signed(body)},
        {"x-hub-signature": "sha256=\xe9"},
    ]
    for headers in forged:
        answer = stored.post(
            f"{backlog}/hooks/jira",
            content=body,
            headers=[
                (name.encode(), value.encode("latin-1"))
                for name, value in (headers | {"content-type": "application/json"}).items()
            ],
        )
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
        assert answer.headers["www-authenticate"] == 'Signature realm="webhook"'
    assert reach(stored, backlog) == 50


def test_nobody_learns_if_there_is_a_backlog_or_a_secret(stored: TestClient, made: Made) -> None:
    body = json.dumps(event(issue(1), "customfield_1"))
    unknown = "/v1/backlogs/01a20650-0000-7000-8000-000000000001"
    answers = [
        stored.post(
            f"{address}/hooks/jira", content=body, headers={"content-type": "application/json"}
        )
        for address in (unknown, made("Without a secret"))
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_a_secret_is_never_told_again_and_may_be_forgotten(stored: TestClient, made: Made) -> None:
    address = made()
    told = stored.put(f"{address}/hook-secrets/github", json={"secret": SECRET})
    assert SECRET not in told.text
    assert told.json()["unsigned_url"] is None
    assert told.json()["url"].startswith(f"{address}/hooks/github?workspace=")
    for path in ("", "/export", "/profile", "/items", "/ranking"):
        assert SECRET not in stored.get(address + path).text
    assert stored.delete(f"{address}/hook-secrets/github").status_code == 204
    short = stored.put(f"{address}/hook-secrets/github", json={"secret": "short"})
    assert short.status_code == 422
    assert stored.put(f"{address}/hook-secrets/trello", json={"secret": SECRET}).status_code == 422


def test_who_set_and_forgot_a_secret_is_said_and_the_secret_is_not(
    stored: TestClient, made: Made
) -> None:
    address = made()
    for secret in (SECRET, SECRET[::-1]):
        stored.put(f"{address}/hook-secrets/jira", json={"secret": secret})
    for _ in range(2):
        stored.delete(f"{address}/hook-secrets/jira")
    told = stored.get(f"{address}/audit")
    assert not re.search(f"{SECRET}|{SECRET[::-1]}", told.text)
    forgot, changed, first, _ = told.json()["data"]
    assert [entry["operation"] for entry in (first, changed, forgot)] == [
        *("put_hook_secret", "put_hook_secret", "delete_hook_secret"),
    ]
    assert {entry["key_id"] for entry in (first, changed, forgot)} == {str(KEY_ID)}
    (begun,), (since,), (ended,) = (entry["changes"] for entry in (first, changed, forgot))
    assert {one["input"] for one in (begun, since, ended)} == {"hook_secret.jira"}
    assert (begun["from"], ended["to"]) == (None, None)
    assert (since["from"], ended["from"]) == (begun["to"], since["to"])


def test_what_a_webhook_changes_is_in_the_audit_and_no_key_did_it(
    stored: TestClient, backlog: str
) -> None:
    assert sent(stored, backlog, event(issue(1, 70, updated=LATER), "customfield_1"))[0] == 200
    newest = stored.get(f"{backlog}/audit").json()["data"][0]
    assert (newest["operation"], newest["key_id"]) == ("receive_jira_hook", None)
    assert newest["changes"] == [{"key": "SP-1", "input": "reach", "from": 50.0, "to": 70.0}]


def test_what_a_tool_adds_to_the_url_of_its_webhook_is_not_read(
    stored: TestClient, backlog: str
) -> None:
    told = event(issue(1, 70, updated=LATER), "customfield_1")
    added = {"triggeredByUser": "712020:ann", "user_id": "ann", "user_key": "ann"}
    assert sent(stored, backlog, told, **added) == (200, "rescored")
    assert stored.post(f"{backlog}/hooks/jira?token=a&token=b", json=told).status_code == 422


def test_a_webhook_that_jira_does_not_sign_carries_a_token_in_its_url(
    stored: TestClient, backlog: str
) -> None:
    told = stored.put(f"{backlog}/hook-secrets/jira", json={"secret": SECRET}).json()
    body = event(issue(1, 70, updated=LATER), "customfield_1")
    assert SECRET not in told["unsigned_url"]
    assert stored.post(told["url"], json=body).status_code == 401
    assert stored.post(f"{told['url']}&token={'0' * 64}", json=body).status_code == 401
    assert stored.post(told["unsigned_url"], json=body).json()["result"] == "rescored"
    assert stored.post(told["unsigned_url"], json=body).json()["result"] == "duplicate"


def test_a_hook_of_another_workspace_leads_nowhere(stored: TestClient, backlog: str) -> None:
    told = event(issue(1, 70, updated=LATER), "customfield_1")
    elsewhere = "01a20650-0000-7000-8000-00000000000f"
    assert sent(stored, backlog, told, workspace=elsewhere)[0] == 401


def linear(reach: int, at: datetime, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    data = {
        "id": "044a462c-1acd-4092-8e66-51e4d7c9c7ca",
        "identifier": "ENG-1",
        "url": "https://linear.app/acme/issue/ENG-1/search",
        "title": "Search",
        "estimate": 2,
        "updatedAt": "2026-11-20T10:00:05.000Z",
        "labels": [],
    }
    return {
        "action": "update",
        "type": "Issue",
        "data": data | {"priority": reach},
        "updatedFrom": {"estimate": 1, "updatedAt": "2026-11-20T10:00:00.000Z"},
        "webhookTimestamp": int(at.timestamp() * 1000),
        **more,
    }


@pytest.mark.parametrize(("late", "status"), [(0, 200), (59, 200), (61, 401), (-61, 401)])
def test_a_webhook_of_linear_is_taken_within_a_minute(
    stored: TestClient, backlog: str, late: int, status: int
) -> None:
    body = json.dumps(linear(2, datetime.now(UTC) - timedelta(seconds=late))).encode()
    headers = {"content-type": "application/json", "linear-signature": signed(body)}
    answer = stored.post(f"{backlog}/hooks/linear", content=body, headers=headers)
    assert answer.status_code == status


def test_a_webhook_of_github_is_merged_and_one_of_another_tool_ignored(
    stored: TestClient, backlog: str
) -> None:
    told = {
        "action": "labeled",
        "label": {"name": "Effort/2"},
        "issue": {
            "node_id": "I_kwDO1",
            "number": 12,
            "title": "Search",
            "html_url": "https://github.com/acme/shop/issues/12",
            "labels": [{"name": "Effort/2"}],
            "updated_at": "2026-11-20T10:00:05Z",
            "reactions": {"+1": 40, "total_count": 41},
        },
        "repository": {"full_name": "acme/shop"},
        "sender": {"login": "person"},
    }
    body = json.dumps(told).encode()
    headers = {
        "content-type": "application/json",
        "x-hub-signature-256": f"sha256={signed(body)}",
        "x-github-delivery": "d-1",
        "x-github-event": "issues",
    }
    answer = stored.post(f"{backlog}/hooks/github", content=body, headers=headers)
    assert answer.json()["result"] == "rescored"
    assert stored.get(f"{backlog}/items/acme%2Fshop%2312").status_code == 200
    assert sent(stored, backlog, told) == (200, "ignored")


def test_old_deliveries_are_forgotten(
    stored: TestClient, backlog: str, database: Database
) -> None:
    sent(stored, backlog, event(issue(1, 70, updated=LATER), "customfield_1"))
    with database.transaction() as connection:
        old = datetime.now(UTC) - timedelta(days=8)
        at = old.replace(tzinfo=None).isoformat(" ") if database.is_sqlite else old
        connection.execute(text("UPDATE delivery SET received_at = :at"), {"at": at})
    sent(stored, backlog, event(issue(2, 70, updated=LATER), "customfield_1"))
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM delivery")) == 2
