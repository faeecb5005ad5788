"""GitHub: lists of issues and webhooks, of which pull requests are no items."""

import re
from typing import Any, Final, cast

from msgspec import UNSET

from app.sync.errors import ToolRefused
from app.sync.raw import (
    RawIssue,
    RawPage,
    clean_labels,
    clean_title,
    clean_url,
    no_item,
    time_of,
)
from app.sync.tool import Signature, Tool

_REPOSITORY: Final = re.compile(
    r"https?://(?P<host>[^/]+)/(?:api/v3/)?(?:repos/)?(?P<repository>[^/]+/[^/]+?)(?:/issues/\d+)?/?"
)
_GONE: Final = frozenset({"deleted", "transferred"})
_CHANGED: Final = {
    "labeled": {"labels"},
    "unlabeled": {"labels"},
    "assigned": {"assignee", "assignees"},
    "unassigned": {"assignee", "assignees"},
    "closed": {"state", "state_reason", "closed_at"},
    "reopened": {"state", "state_reason", "closed_at"},
    "milestoned": {"milestone"},
    "demilestoned": {"milestone"},
    "locked": {"locked"},
    "unlocked": {"locked"},
    "pinned": set[str](),
    "unpinned": set[str](),
}
"""Which fields an event is about, by its action."""


def recognise(document: Any) -> RawPage | None:  # noqa: ANN401 - any JSON
    """Read a list of issues, one of them, or an event."""
    match document:
        case list() if not document or any(map(_is_issue, document)):
            return _page("github_issues", document)
        case {"items": list(found), "total_count": int()} if not found or any(
            map(_is_issue, found)
        ):
            return _page("github_issues", found)
        case {"action": str(), "sender": dict(), **members} if "type" not in members:
            return _event(cast("dict[str, Any]", document))
        case {"message": str(), "documentation_url": str()}:
            raise ToolRefused("message")
        case dict() if _is_issue(document):
            return _page("github_issue", [document])
        case _:
            return None


def _is_issue(document: Any) -> bool:  # noqa: ANN401 - any JSON
    return (
        isinstance(document, dict)
        and isinstance(document.get("number"), int)
        and ("node_id" in document or "html_url" in document)
    )


def _page(detected: str, issues: list[Any], event: dict[str, Any] | None = None) -> RawPage:
    read: list[RawIssue] = []
    skipped: list[tuple[str, str]] = []
    for index, issue in enumerate(issues):
        match issue:
            case {"pull_request": _, **rest}:
                skipped.append((str(rest.get("number", index)), "It is a pull request."))
            case dict():
                one = _issue(issue, event or {})
                if why := no_item(one):
                    skipped.append((one.source_id or str(index), why))
                else:
                    read.append(one)
            case _:
                skipped.append((str(index), "It is no object."))
    return RawPage(source="github", detected=detected, issues=read, skipped=skipped)


def _event(document: dict[str, Any]) -> RawPage:
    issue = document.get("issue")
    if isinstance(issue, dict):
        return _page("github_webhook", [issue], document)
    told = [("", "The event is about no issue.")]
    return RawPage(source="github", detected="github_webhook", issues=[], skipped=told)


def _issue(issue: dict[str, Any], event: dict[str, Any]) -> RawIssue:
    host, repository = _place(issue)
    number = issue.get("number")
    key = f"{repository}#{number}" if repository and isinstance(number, int) else ""
    action = event.get("action")
    sender = event.get("sender")
    labels = issue.get("labels", UNSET)
    return RawIssue(
        site=host,
        source_id=str(issue.get("node_id") or issue.get("id") or key),
        key=key,
        title=clean_title(issue["title"]) if "title" in issue else UNSET,
        url=clean_url(issue.get("html_url")),
        labels=_labels(labels or []) if isinstance(labels, list | None) else UNSET,
        updated=time_of(issue.get("updated_at")),
        fields=issue,
        deleted=action in _GONE if isinstance(action, str) else False,
        actor=_text(sender.get("login")) if isinstance(sender, dict) else None,
        changed=_changed(event) if event else None,
    )


def _labels(labels: list[Any]) -> list[str]:
    return clean_labels([one.get("name") if isinstance(one, dict) else one for one in labels])


def _changed(event: dict[str, Any]) -> frozenset[str] | None:
    if "comment" in event:
        return frozenset()
    action, changes = event.get("action"), event.get("changes")
    if action == "edited" and isinstance(changes, dict):
        return frozenset(name.casefold() for name in changes)
    known = _CHANGED.get(action) if isinstance(action, str) else None
    return None if known is None else frozenset(known)


def _place(issue: dict[str, Any]) -> tuple[str, str]:
    """Say where an issue lives: the host and its repository."""
    for name in ("html_url", "repository_url", "url"):
        address = issue.get(name)
        found = _REPOSITORY.fullmatch(address) if isinstance(address, str) else None
        if found:
            return found["host"].removeprefix("api."), found["repository"]
    return "", ""


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else None


TOOL: Final = Tool(
    name="github",
    title="GitHub",
    shapes=(
        "a list of issues as GitHub's REST API answers it, one of them, a search, or a webhook",
    ),
    recognise=recognise,
    done=("state", ["closed"]),
    signature=Signature("x-hub-signature-256", "x-github-delivery", "sha256="),
    advice="Nothing is sent to GitHub, whose issues have no field for a score: take the ranking as"
    " CSV, from ranking.csv.",
)
