"""One small page of every shape, written by hand as the tools write theirs."""

import json
from typing import Any, Final

from app.engine.methods import AnyInputs
from app.sync.detection import detect, read_csv
from app.sync.page import Page, SentItem
from app.sync.profile import Profile
from app.sync.reading import read
from app.sync.values import known_inputs

INPUTS: Final = known_inputs(AnyInputs.model_json_schema())

JIRA_ISSUE: Final[dict[str, Any]] = {
    "id": "10368",
    "self": "https://example.atlassian.net/rest/api/3/issue/10368",
    "key": "SP-1",
    "fields": {
        "summary": "Search",
        "labels": ["growth", "q1"],
        "updated": "2026-11-20T10:00:00.000+0100",
        "status": {"name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}},
        "priority": {"id": "2", "name": "High"},
        "customfield_10072": 1200,
        "customfield_10073": "80.0",
        "customfield_10074": {"value": "Massive", "id": "10037"},
        "customfield_10026": None,
        "customfield_10016": 4.0,
    },
}

JIRA_EVENT: Final[dict[str, Any]] = {
    "timestamp": 1763629200000,
    "webhookEvent": "jira:issue_updated",
    "user": {"accountId": "712020:ann", "displayName": "Ann"},
    "issue": JIRA_ISSUE,
    "changelog": {
        "id": "1",
        "items": [
            {"field": "Reach", "fieldId": "customfield_10072", "fromString": "5", "toString": "9"},
            {"field": "summary", "fromString": "Serch", "toString": "Search"},
        ],
    },
}

LINEAR_ISSUE: Final[dict[str, Any]] = {
    "id": "9f1a",
    "identifier": "ENG-7",
    "title": "Search",
    "url": "https://linear.app/acme/issue/ENG-7/search",
    "priority": 0,
    "estimate": 3.0,
    "sortOrder": -12.5,
    "updatedAt": "2026-11-20T09:00:00.000Z",
    "state": {"name": "Todo", "type": "unstarted"},
    "labels": {
        "nodes": [
            {"id": "l1", "name": "High", "parent": {"name": "Impact"}},
            {"id": "l2", "name": "growth", "parent": None},
        ]
    },
    "needs": {
        "nodes": [
            {"customer": {"revenue": 1000}},
            {"customer": {"revenue": 500}},
            {"customer": None},
        ]
    },
}

LINEAR_EVENT: Final[dict[str, Any]] = {
    "action": "update",
    "type": "Issue",
    "actor": {"id": "u1", "name": "Ann"},
    "data": {
        "id": "9f1a",
        "identifier": "ENG-7",
        "title": "Search",
        "estimate": 5,
        "updatedAt": "2026-11-20T10:00:00.000Z",
        "labels": [{"id": "l1", "name": "High", "parentId": "g1"}],
    },
    "updatedFrom": {"estimate": 3, "updatedAt": "2026-11-20T09:00:00.000Z"},
    "url": "https://linear.app/acme/issue/ENG-7/search",
    "webhookTimestamp": 1763632800000,
}

GITHUB_ISSUE: Final[dict[str, Any]] = {
    "id": 1,
    "node_id": "I_1",
    "number": 12,
    "title": "Search",
    "html_url": "https://github.com/acme/app/issues/12",
    "url": "https://api.github.com/repos/acme/app/issues/12",
    "repository_url": "https://api.github.com/repos/acme/app",
    "labels": [{"id": 5, "name": "impact: high"}, {"id": 6, "name": "bug"}],
    "state": "open",
    "updated_at": "2026-11-20T09:00:00Z",
    "reactions": {"total_count": 9, "+1": 7, "-1": 2},
}

PULL_REQUEST: Final[dict[str, Any]] = {
    **GITHUB_ISSUE,
    "number": 13,
    "pull_request": {"url": "https://api.github.com/repos/acme/app/pulls/13"},
}

GITHUB_EVENT: Final[dict[str, Any]] = {
    "action": "labeled",
    "issue": GITHUB_ISSUE,
    "label": {"id": 5, "name": "impact: high"},
    "repository": {"full_name": "acme/app"},
    "sender": {"login": "ann"},
}

LINEAR_PAGE: Final[dict[str, Any]] = {
    "nodes": [LINEAR_ISSUE],
    "pageInfo": {"hasNextPage": True, "endCursor": "c1"},
}

RICE: Final[dict[str, Any]] = {
    "inputs": {
        "reach": {"from": ["customfield_10072", "name:Reach"]},
        "impact": {"from": ["customfield_10074"], "values": {"massive": 3, "high": 2}},
        "confidence": {"from": ["customfield_10073"], "unit": "percent"},
        "effort": {"from": ["customfield_10026", "customfield_10016"]},
    }
}

PAGES: Final[dict[str, tuple[str, Any]]] = {
    "a search": ("jira_search", {"issues": [JIRA_ISSUE], "nextPageToken": "CAEa"}),
    "an old search": (
        "jira_search",
        {"startAt": 0, "maxResults": 1, "total": 3, "issues": [JIRA_ISSUE]},
    ),
    "the last page": ("jira_search", {"isLast": True, "issues": [JIRA_ISSUE]}),
    "an empty search": ("jira_search", {"isLast": True, "issues": []}),
    "an issue": ("jira_issue", JIRA_ISSUE),
    "an issue by Automation": ("jira_automation", {**JIRA_ISSUE, "id": 10368}),
    "an issue within a body": ("jira_automation", {"issue": JIRA_ISSUE}),
    "an event of Jira": ("jira_webhook", JIRA_EVENT),
    "an answer": ("linear_issues", {"data": {"issues": LINEAR_PAGE}}),
    "an answer of a team": ("linear_issues", {"data": {"team": {"issues": LINEAR_PAGE}}}),
    "an answer in edges": (
        "linear_issues",
        {"data": {"issues": {"edges": [{"node": LINEAR_ISSUE}]}}},
    ),
    "an empty answer": ("linear_issues", {"data": {"issues": {"nodes": []}}}),
    "one issue of an answer": ("linear_issue", {"data": {"issue": LINEAR_ISSUE}}),
    "an event of Linear": ("linear_webhook", LINEAR_EVENT),
    "a list": ("github_issues", [GITHUB_ISSUE, PULL_REQUEST]),
    "an empty list": ("github_issues", []),
    "a search of GitHub": ("github_issues", {"total_count": 1, "items": [GITHUB_ISSUE]}),
    "an event of GitHub": ("github_webhook", GITHUB_EVENT),
}
"""What each page is to be taken for."""


def read_page(document: Any, profile: dict[str, Any] | None = None) -> Page:  # noqa: ANN401
    """Read a JSON page as a backlog with this profile would."""
    made = None if profile is None else Profile.model_validate(profile)
    return read(detect(json.dumps(document).encode()), made, INPUTS)


def read_sheet(text: str | bytes, profile: dict[str, Any] | None = None) -> Page:
    """Read a spreadsheet as a backlog with this profile would."""
    made = None if profile is None else Profile.model_validate(profile)
    return read(read_csv(text if isinstance(text, bytes) else text.encode()), made, INPUTS)


def one(document: Any, profile: dict[str, Any] | None = None) -> SentItem:  # noqa: ANN401
    (item,) = read_page(document, profile).items
    return item


def inputs(document: Any, **sources: Any) -> dict[str, Any]:  # noqa: ANN401
    profile = {"inputs": {name: {"from": paths} for name, paths in sources.items()}}
    return dict(one(document, profile).inputs)


def jira(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"isLast": True, "issues": [{**JIRA_ISSUE, "fields": fields}]}
