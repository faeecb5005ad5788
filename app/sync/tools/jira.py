"""Jira: searches old and new, single issues, what Automation sends, and webhooks."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final
from urllib.parse import quote

from msgspec import UNSET, UnsetType

from app.sync.errors import ToolRefused, UnrecognisedPayload
from app.sync.page import GATEWAY
from app.sync.profile import Profile, WriteBack
from app.sync.raw import (
    RawIssue,
    RawPage,
    clean_labels,
    clean_title,
    clean_url,
    no_item,
    time_of,
)
from app.sync.requests import (
    NO_BUCKET,
    Change,
    Placed,
    Requests,
    ToolRequest,
    changes_of,
    options_shown,
    pieces,
    reason_of,
    why_unsent,
)
from app.sync.tool import Signature, Tool
from app.sync.values import folded

MOST_RANKED: Final = 50
MOST_EDITED: Final = 1_000
NO_OPTION: Final = -1
"""What clears an option in a bulk edit."""

NO_ORDER: Final = (
    "No page told how Jira orders the issues: say in writeback.rank which field is its Rank, and"
    " ask for that field, or each call moves them all."
)

NOT_SHOWN: Final = (
    "Sync a page with {} first: no rank is written where Jira did not show what it holds there,"
    " for its own Rank takes no number."
)

NO_LABELS: Final = "Labels of Jira are not set in bulk, for others stay: use plan=fields."

_PAGING: Final = frozenset({"isLast", "nextPageToken", "startAt", "total"})
_DELETED: Final = frozenset({"jira:issue_deleted", "issue_deleted"})
_NEW: Final = frozenset({"jira:issue_created", "issue_created"})


def recognise(document: Any) -> RawPage | None:  # noqa: ANN401 - any JSON
    """Read a page of a search, an issue, or an event."""
    match document:
        case {"webhookEvent": str()}:
            return _event(document)
        case {"issues": list(issues)} if _PAGING & document.keys() or any(map(_is_issue, issues)):
            return _page("jira_search", issues, document)
        case {"issue": dict(issue)} if _is_issue(issue) and "action" not in document:
            return _page("jira_automation", [issue], document)
        case {"fields": dict(), "id": int()}:
            return _page("jira_automation", [document], document)
        case {"fields": dict(), "key": _}:
            return _page("jira_issue", [document], document)
        case {"errorMessages": _}:
            raise ToolRefused("errorMessages")
        case {"errors": dict()}:
            raise ToolRefused("errors")
        case _:
            return None


def _is_issue(document: Any) -> bool:  # noqa: ANN401 - any JSON
    return (
        isinstance(document, dict)
        and isinstance(document.get("key"), str)
        and ("fields" in document or "self" in document)
    )


def _event(document: dict[str, Any]) -> RawPage:
    if isinstance(document.get("issue"), dict):
        return _page("jira_webhook", [document["issue"]], document, event=document)
    told = [("", "The event is about no issue.")]
    return RawPage(source="jira", detected="jira_webhook", issues=[], skipped=told)


def _page(
    detected: str,
    issues: list[Any],
    document: dict[str, Any],
    *,
    event: dict[str, Any] | None = None,
) -> RawPage:
    read: list[RawIssue] = []
    skipped: list[tuple[str, str]] = []
    for index, issue in enumerate(issues):
        if not isinstance(issue, dict):
            skipped.append((str(index), "It is no object."))
            continue
        one = _issue(issue, event or {})
        if why := no_item(one):
            skipped.append((one.source_id or str(index), why))
        else:
            read.append(one)
    names = _names(document)
    custom = (id_ for one in read for id_ in one.fields if id_.startswith("customfield_"))
    return RawPage(
        source="jira",
        detected=detected,
        issues=read,
        names=names,
        unnamed="names" not in document and any(custom),
        called=_by_name(names),
        next=_next(document, issues),
        skipped=skipped,
    )


def _by_name(names: dict[str, str]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for id_, name in names.items():
        ids.setdefault(folded(name), []).append(id_)
    return ids


def _names(document: dict[str, Any]) -> dict[str, str]:
    """Read the names of fields by their ids, from expand=names or from a changelog."""
    names = document.get("names")
    if isinstance(names, dict):
        return {id_: name for id_, name in names.items() if isinstance(name, str)}
    return {
        one["fieldId"]: one["field"]
        for one in _changelog(document)
        if isinstance(one.get("fieldId"), str) and isinstance(one.get("field"), str)
    }


def _next(document: dict[str, Any], issues: list[Any]) -> dict[str, Any]:
    token, start, total = (document.get(name) for name in ("nextPageToken", "startAt", "total"))
    is_last = document.get("isLast")
    if is_last is True:
        return {}
    if isinstance(token, str) and token:
        return {"nextPageToken": token}
    if isinstance(start, int):
        following = start + len(issues)
        is_more = following < total if isinstance(total, int) else is_last is False
        return {"startAt": following} if issues and is_more else {}
    if is_last is False:
        raise UnrecognisedPayload(
            "It says that there is more, and not where: send the page with its nextPageToken."
        )
    return {}


def _issue(issue: dict[str, Any], event: dict[str, Any]) -> RawIssue:
    fields = issue.get("fields")
    known: dict[str, Any] = fields if isinstance(fields, dict) else {}
    key = issue.get("key")
    key = key if isinstance(key, str) else ""
    labels = known.get("labels", UNSET)
    site = _site(issue.get("self"))
    return RawIssue(
        site=site,
        source_id=_id(issue.get("id")) or key,
        key=key,
        title=clean_title(known["summary"]) if "summary" in known else UNSET,
        url=_url(site, key),
        labels=clean_labels(labels or []) if isinstance(labels, list | None) else UNSET,
        updated=time_of(known.get("updated")),
        fields=known,
        deleted=event.get("webhookEvent") in _DELETED,
        actor=_actor(event.get("user")),
        changed=_changed(event),
    )


def _id(value: Any) -> str:  # noqa: ANN401 - any JSON
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""


def _site(address: Any) -> str:  # noqa: ANN401 - any JSON
    if not isinstance(address, str) or "/rest/" not in address:
        return ""
    return address.partition("/rest/")[0]


def _url(site: str, key: str) -> str | UnsetType:
    return clean_url(f"{site}/browse/{key}") if site and not site.startswith(GATEWAY) else UNSET


def _actor(user: Any) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(user, dict):
        return None
    names = (user.get(name) for name in ("accountId", "key", "name"))
    return next((name for name in names if isinstance(name, str)), None)


def _changelog(document: dict[str, Any]) -> list[dict[str, Any]]:
    changelog = document.get("changelog")
    items = changelog.get("items") if isinstance(changelog, dict) else None
    return [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []


def _changed(event: dict[str, Any]) -> frozenset[str] | None:
    """Name the fields that an event says changed, by their ids and their names.

    Null where it names a custom field without its id: a profile may know that one by its id alone.
    """
    kind = event.get("webhookEvent")
    if kind is None or kind in _NEW or kind in _DELETED:
        return None
    if "changelog" not in event:
        return frozenset() if "comment" in event else None
    items = _changelog(event)
    if any(one.get("fieldtype") == "custom" and not one.get("fieldId") for one in items):
        return None
    named = (one.get(name) for one in items for name in ("fieldId", "field"))
    return frozenset(name.casefold() for name in named if isinstance(name, str))


def _fields(items: Sequence[Placed], profile: Profile, only_changed: bool) -> Requests:
    """Write the fields of each issue by a request of its own, for their values differ."""
    requests: list[ToolRequest] = []
    skipped: Counter[str] = Counter()
    back = profile.writeback
    without_rank = back.model_copy(update={"rank": None})
    if any(map(_own_rank, items)):
        back = without_rank  # what Jira ranks by takes no number
    unknown = {item.source_id for item in items if back.rank and "rank" not in item.shown}
    for item in items:
        fields = without_rank if item.source_id in unknown else back
        changes = changes_of(item, fields, _written, only_changed=only_changed)
        if not changes:
            why = "not_shown" if item.source_id in unknown else why_unsent(item, back)
            skipped[why] += 1
            continue
        path = f"/rest/api/3/issue/{quote(item.source_id, safe='')}?notifyUsers=false"
        body = _body(changes, back)
        requests.append(ToolRequest(item.key, "PUT", path, body, reason_of(changes)))
    return Requests(requests, skipped, [NOT_SHOWN.format(back.rank)] if unknown else [])


def _written(_field: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    return value


def _body(changes: Iterable[Change], back: WriteBack) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for change in changes:
        if change.word == "bucket" and change.field == "labels":
            body["update"] = {"labels": _label_edits(change, back)}
            continue
        value = change.wanted
        if change.word == "bucket" and value is not None:
            value = {"id" if value.isdecimal() else "value": value}
        body.setdefault("fields", {})[change.field] = value
    return body


def _label_edits(change: Change, back: WriteBack) -> list[dict[str, str]]:
    options = dict.fromkeys(back.bucket.options.values() if back.bucket else ())
    added = [] if change.wanted is None else [{"add": change.wanted}]
    return added + [{"remove": option} for option in options if option != change.wanted]


def _ranks(items: Sequence[Placed], _profile: Profile, only_changed: bool) -> Requests:
    """Put the issues into Jira's own order by moving as few of them as can be."""
    ranked = [item for item in items if item.rank is not None]
    staying = _in_order(ranked) if only_changed else []
    staying = staying or list(range(len(ranked)))[:1]
    requests: list[ToolRequest] = []
    for before, after in pairwise([-1, *staying, len(ranked)]):
        for start in range(before + 1, after, MOST_RANKED):
            piece = ranked[start : min(start + MOST_RANKED, after)]
            body: dict[str, Any] = {"issues": [item.source_id for item in piece]}
            if before < 0:
                body["rankBeforeIssue"] = ranked[after].source_id
            else:
                body["rankAfterIssue"] = ranked[start - 1].source_id
            reason = f"{piece[0].key} is to stand at {piece[0].rank}"
            path = "/rest/agile/1.0/issue/rank"
            requests.append(ToolRequest(piece[0].key, "PUT", path, body, reason))
    skipped = {"unchanged": len(staying), "unranked": len(items) - len(ranked)}
    is_known = not only_changed or any(map(_own_rank, ranked))
    return Requests(requests, skipped, [] if is_known or not requests else [NO_ORDER])


def _own_rank(item: Placed) -> str:
    """Give what Jira itself orders an issue by, such as `0|i00067:`; empty where it is unknown."""
    shown = item.shown.get("rank")
    return shown if isinstance(shown, str) and "|" in shown else ""


def _in_order(ranked: Sequence[Placed]) -> list[int]:
    """List the places of the most issues that stand in Jira one after the other as here."""
    least: list[str] = []  # of all rows of so many issues, how the one ends that ends first
    ends: list[int] = []
    links: dict[int, int | None] = {}
    for place, item in enumerate(ranked):
        if shown := _own_rank(item):
            length = bisect_left(least, shown)
            links[place] = ends[length - 1] if length else None
            least[length : length + 1], ends[length : length + 1] = [shown], [place]
    found: list[int] = []
    last = ends[-1] if ends else None
    while last is not None:
        found.append(last)
        last = links[last]
    return found[::-1]


def _bulk(items: Sequence[Placed], profile: Profile, only_changed: bool) -> Requests:
    """Set the bucket of many issues at a time, which Jira does when it gets to it."""
    back = profile.writeback
    if back.bucket is None:
        return Requests([], {"no_bucket_field": len(items)}, [NO_BUCKET])
    if back.bucket.field == "labels":
        return Requests([], {"no_plan": len(items)}, [NO_LABELS])
    by_bucket = WriteBack(bucket=back.bucket)
    groups: dict[str | None, list[Placed]] = {}
    skipped: Counter[str] = Counter()
    for item in items:
        changes = changes_of(item, by_bucket, _written, only_changed=only_changed)
        if not changes:
            skipped[why_unsent(item, by_bucket)] += 1
        for change in changes:
            groups.setdefault(change.wanted, []).append(item)
    requests: list[ToolRequest] = []
    notes: list[str] = []
    for option, group in groups.items():
        number = _option_number(option, items)
        if number is None:
            skipped["unknown_option"] += len(group)
            notes.append(
                f"The id of the option {option} is not known, for no issue of the last page shows"
                " it: write its id into writeback.bucket.options, or use plan=fields."
            )
            continue
        chosen = {"fieldId": back.bucket.field, "option": {"optionId": number}}
        for piece in pieces(group, MOST_EDITED):
            body = {
                "selectedIssueIdsOrKeys": [item.source_id for item in piece],
                "selectedActions": [back.bucket.field],
                "editedFieldsInput": {"singleSelectFields": [chosen]},
                "sendBulkNotification": False,
            }
            reason = f"bucket {option or 'nothing'}"
            path = "/rest/api/3/bulk/issues/fields"
            requests.append(ToolRequest(piece[0].key, "POST", path, body, reason))
    return Requests(requests, skipped, notes)


def _option_number(option: str | None, items: Iterable[Placed]) -> int | None:
    """Find the id of an option: said in the profile, or shown by any issue."""
    if option is None:
        return NO_OPTION
    if option.isdecimal():
        return int(option)
    shown = (one for item in items for one in options_shown(item.shown.get("bucket")))
    return next((int(id_) for id_, name in shown if name == option and id_.isdecimal()), None)


TOOL: Final = Tool(
    name="jira",
    title="Jira",
    shapes=(
        "a search of Jira's REST API (`issues` with `isLast`, or with `startAt` and `total`)",
        "one issue of it (`key` and `fields`)",
        "what Jira Automation sends (an issue, or `issue` with one in it)",
        "a Jira webhook (`webhookEvent`)",
    ),
    recognise=recognise,
    done=("status.statusCategory.key", ["done"]),
    signature=Signature("x-hub-signature", "x-atlassian-webhook-identifier", "sha256="),
    plans={"fields": _fields, "rank": _ranks, "bulk": _bulk},
    advice="Jira has no such plan: use fields, rank or bulk.",
)
