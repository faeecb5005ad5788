"""What tools send, byte for byte: how the contract describes it, and what it shows."""

from typing import Any, Final

LARGEST_PAGE: Final = 32 * 1024 * 1024
"""Bytes of a tool's page: an issue takes about 3 KB, and a page may hold a thousand."""

ANY_PAGE: Final[dict[str, Any]] = {
    "description": "What the tool answered, byte for byte: an object, or a list of them."
}
"""Without a type: some generators take no body that is one thing or another."""

SHEET: Final[dict[str, Any]] = {
    "type": "string",
    "format": "binary",
    "description": "A spreadsheet as CSV, in whatever encoding.",
}

A_PAGE: Final[dict[str, Any]] = {
    "summary": "The last page of a search in Jira",
    "value": {
        "isLast": True,
        "names": {"customfield_10072": "Reach"},
        "issues": [
            {
                "id": "10368",
                "self": "https://example.atlassian.net/rest/api/3/issue/10368",
                "key": "SP-1",
                "fields": {
                    "summary": "Search",
                    "updated": "2026-11-20T10:00:00.000+0000",
                    "customfield_10072": 1200,
                },
            }
        ],
    },
}

A_SHEET: Final[dict[str, Any]] = {
    "summary": "Two rows, whose columns map themselves",
    "value": (
        "key,title,reach,impact,confidence,effort\n"
        "SP-1,Search,450,3,100,2\nSP-2,Themes,2000,1,80,4\n"
    ),
}


AN_EVENT: Final[dict[str, dict[str, Any]]] = {
    "jira": {
        "summary": "Somebody changed the reach of an issue",
        "value": {
            "timestamp": 1795168800000,
            "webhookEvent": "jira:issue_updated",
            "issue": {
                "id": "10368",
                "self": "https://example.atlassian.net/rest/api/2/10368",
                "key": "SP-1",
                "fields": {
                    "summary": "Search",
                    "updated": "2026-11-20T10:05:00.000+0000",
                    "customfield_10072": 1500,
                },
            },
            "changelog": {
                "items": [
                    {
                        "field": "Reach",
                        "fieldId": "customfield_10072",
                        "fromString": "1200",
                        "toString": "1500",
                    }
                ]
            },
        },
    },
    "linear": {
        "summary": "Somebody changed the estimate of an issue",
        "value": {
            "action": "update",
            "type": "Issue",
            "data": {
                "id": "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9",
                "identifier": "ENG-7",
                "title": "Themes",
                "estimate": 5,
                "updatedAt": "2026-11-20T10:05:00.000Z",
            },
            "updatedFrom": {"estimate": 3, "updatedAt": "2026-11-20T10:00:00.000Z"},
            "url": "https://linear.app/example/issue/ENG-7/themes",
            "webhookTimestamp": 1795168800000,
        },
    },
    "github": {
        "summary": "Somebody labeled an issue",
        "value": {
            "action": "labeled",
            "issue": {
                "id": 1362934389,
                "number": 12,
                "title": "Themes",
                "html_url": "https://github.com/example/app/issues/12",
                "repository_url": "https://api.github.com/repos/example/app",
                "labels": [
                    {"name": "impact/high"},
                    {"name": "confidence/80%"},
                    {"name": "effort/3"},
                ],
                "reactions": {"+1": 12},
                "state": "open",
                "updated_at": "2026-11-20T10:05:00Z",
            },
            "label": {"name": "impact/high"},
            "repository": {"full_name": "example/app"},
            "sender": {"login": "ada"},
        },
    },
}
"""What each tool sends, by its name."""


def page_body() -> dict[str, Any]:
    """Describe a page that is taken byte for byte."""
    return _body("application/json", ANY_PAGE, {"page": A_PAGE})


def event_body(tool: str) -> dict[str, Any]:
    """Describe an event that is taken byte for byte."""
    return _body("application/json", ANY_PAGE, {"event": AN_EVENT[tool]})


def sheet_body() -> dict[str, Any]:
    """Describe a spreadsheet that is taken byte for byte."""
    return _body("text/csv", SHEET, {"page": A_SHEET})


def _body(media_type: str, schema: dict[str, Any], examples: dict[str, Any]) -> dict[str, Any]:
    content = {"schema": schema, "examples": examples}
    return {"requestBody": {"required": True, "content": {media_type: content}}}
