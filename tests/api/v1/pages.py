"""Pages as tools send them, written by hand."""

from typing import Any

from fastapi.testclient import TestClient

SITE = "https://example.atlassian.net"
PROFILE: dict[str, Any] = {
    "inputs": {
        "reach": {"from": ["customfield_1"]},
        "impact": {"from": ["customfield_2"], "values": {"high": 2, "low": 0.5}},
        "confidence": {"from": ["customfield_3"], "unit": "percent"},
        "effort": {"from": ["customfield_4"]},
    },
    "exclude": {"status.statusCategory.key": ["done"]},
    "writeback": {"score": "customfield_9"},
    "ignore_actors": ["bot"],
}


def issue(number: int, reach: float | str | None = 100, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """An issue of Jira whose score is its reach."""
    fields = {
        "summary": f"Issue {number}",
        "labels": ["growth"],
        "updated": "2026-11-20T10:00:00.000+0000",
        "status": {"statusCategory": {"key": "new"}},
        "customfield_1": reach,
        "customfield_2": {"id": "7", "value": "High"},
        "customfield_3": "50%",
        "customfield_4": 1,
        "customfield_9": None,
    }
    key = more.pop("key", f"SP-{number}")
    return {
        "id": str(10_000 + number),
        "self": f"{more.pop('site', SITE)}/rest/api/3/issue/{10_000 + number}",
        "key": key,
        "fields": {**fields, **more},
    }


def search(*issues: dict[str, Any], leads_to: str | None = None) -> dict[str, Any]:
    """A page of a search in Jira."""
    more = {"isLast": False, "nextPageToken": leads_to} if leads_to else {"isLast": True}
    return {"issues": list(issues), **more}


def event(one: dict[str, Any], *changed: str, actor: str = "person") -> dict[str, Any]:
    """What a webhook of Jira says of an issue of which these fields changed."""
    items = [{"fieldId": name, "field": name, "from": None, "to": None} for name in changed]
    return {
        "timestamp": 1_764_000_000_000,
        "webhookEvent": "jira:issue_updated",
        "user": {"accountId": actor},
        "issue": one,
        "changelog": {"items": items},
    }


def synced(client: TestClient, address: str, page: Any, **query: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.post(f"{address}/sync", json=page, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def sent_as_csv(client: TestClient, address: str, sheet: str, **query: Any) -> Any:  # noqa: ANN401
    csv = {"content-type": "text/csv"}
    return client.post(f"{address}/sync.csv", content=sheet.encode(), headers=csv, params=query)


def keys(client: TestClient, address: str) -> list[str]:
    return [one["key"] for one in client.get(f"{address}/ranking").json()["data"]]
