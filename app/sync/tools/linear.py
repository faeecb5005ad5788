"""Linear: answers of its GraphQL API, single issues, and webhooks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import UNSET, UnsetType

from app.sync.errors import ToolRefused, UnrecognisedPayload
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
    pieces,
    reason_of,
    why_unsent,
)
from app.sync.tool import Signature, Tool
from app.sync.values import goes_on, members_of

MOST_ALIASED: Final = 25
MOST_BATCHED: Final = 50

BEHIND: Final = 1_000_000_000
"""Added to the `sortOrder` of issues without a rank that stand before one that has one."""

DEEPEST: Final = 5
"""How deep a list of issues may lie in an answer."""

ROUNDED: Final = (
    "An estimate of Linear is whole: a score that would only round to 0 is not written."
)

_WRITABLE: Final = {
    "score": ("estimate",),
    "rank": ("sortOrder",),
    "bucket": ("labels", "priority", "estimate"),
}
_NUMBERS: Final = {
    "priority": (
        re.compile("[1-4]"),
        "A priority of Linear is one of 1, 2, 3 and 4: name them in the options.",
    ),
    "estimate": (
        re.compile("0|[1-9][0-9]{0,8}"),
        "An estimate of Linear is a whole number, such as 3: name such in the options.",
    ),
}
"""The fields whose options are numbers: which, and how that is said."""


def recognise(document: Any) -> RawPage | None:  # noqa: ANN401 - any JSON
    """Read an answer, an issue, or an event."""
    match document:
        case {"action": str(), "type": str(), "data": dict()}:
            return _event(document)
        case {"errors": [_, *_]}:
            raise ToolRefused("errors")
        case {"data": dict(data)}:
            return _answer(data)
        case {"issues": {"nodes": list()} | {"edges": list()}}:
            return _answer(document)
        case dict() if _is_issue(document):
            return _page("linear_issue", [document])
        case _:
            return None


def _is_issue(document: Any) -> bool:  # noqa: ANN401 - any JSON
    return isinstance(document, dict) and isinstance(document.get("identifier"), str)


def _answer(data: dict[str, Any]) -> RawPage | None:
    """Find the one list of issues in an answer, or the one issue."""
    lists = list(_connections(data, 0))
    full = [one for one in lists if _nodes(one)]
    if len(full) > 1:
        raise UnrecognisedPayload(
            f"It holds {len(full)} lists of issues: ask for each in a query of its own."
        )
    if lists:
        found = (full or lists)[0]
        return _page("linear_issues", _nodes(found), found)
    issue = data.get("issue")
    return _page("linear_issue", [issue]) if _is_issue(issue) else None


def _connections(node: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    for name, inner in node.items():
        if not isinstance(inner, dict) or name == "repository":
            continue
        nodes = _nodes(inner)
        if any(map(_is_issue, nodes)) or (
            not nodes and {"nodes", "edges"} & inner.keys() and "issue" in name.casefold()
        ):
            yield inner
        elif depth < DEEPEST and not _is_issue(inner):
            yield from _connections(inner, depth + 1)


def _nodes(connection: dict[str, Any]) -> list[Any]:
    match connection:
        case {"nodes": list(nodes)}:
            return nodes
        case {"edges": list(edges)}:
            return [edge.get("node") if isinstance(edge, dict) else None for edge in edges]
        case _:
            return []


def _event(document: dict[str, Any]) -> RawPage:
    if document["type"] == "Issue":
        return _page("linear_webhook", [document["data"]], event=document)
    told = [("", "The event is about no issue.")]
    return RawPage(source="linear", detected="linear_webhook", issues=[], skipped=told)


def _page(
    detected: str,
    issues: list[Any],
    connection: dict[str, Any] | None = None,
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
            why += " Ask for id and identifier." if "identifier" not in issue else ""
            skipped.append((one.source_id or str(index), why))
        else:
            read.append(one)
    following = _next(connection or {})
    return RawPage(
        source="linear", detected=detected, issues=read, next=following, skipped=skipped
    )


def _next(connection: dict[str, Any]) -> dict[str, Any]:
    match connection.get("pageInfo"):
        case {"hasNextPage": True, "endCursor": str(cursor)}:
            return {"after": cursor}
        case {"hasNextPage": True}:
            raise UnrecognisedPayload(
                "It says that there is more, and not where: ask for pageInfo { hasNextPage"
                " endCursor }."
            )
        case _:
            return {}


def _issue(issue: dict[str, Any], event: dict[str, Any]) -> RawIssue:
    key, id_ = _text(issue.get("identifier")), _text(issue.get("id"))
    actor = event.get("actor")
    url = issue.get("url", event.get("url"))
    return RawIssue(
        site=_site(url),
        source_id=id_ or key,
        key=key,
        title=clean_title(issue["title"]) if "title" in issue else UNSET,
        url=clean_url(url),
        labels=_labels(issue.get("labels", UNSET)),
        updated=time_of(issue.get("updatedAt")),
        # 0 is how Linear says that nobody has set a priority.
        fields={**issue, "priority": None} if issue.get("priority") == 0 else issue,
        deleted=event.get("action") == "remove",
        actor=(_text(actor.get("id")) or None) if isinstance(actor, dict) else None,
        changed=_changed(event),
    )


def _site(url: Any) -> str:  # noqa: ANN401 - any JSON
    """Say of which workspace an issue is: the address in front of /issue/."""
    if not isinstance(url, str) or "/issue/" not in url:
        return ""
    return url.partition("/issue/")[0].partition("://")[2]


def _labels(labels: Any) -> list[str] | UnsetType:  # noqa: ANN401 - any JSON
    """Read labels, those of a group with its name in front; unset where that is not told."""
    known = [] if labels is None else members_of(labels)
    if known is None or goes_on(labels):
        return UNSET
    words: list[str] = []
    for label in known:
        match label:
            case {"name": str(name), "parent": {"name": str(group)}}:
                words.append(f"{group}/{name}")
            case {"parentId": str()}:
                return UNSET
            case {"name": str(name)}:
                words.append(name)
            case _:
                pass
    return clean_labels(words)


def _changed(event: dict[str, Any]) -> frozenset[str] | None:
    """Name the fields that an event says changed: `labelIds` is told of `labels`."""
    before = event.get("updatedFrom")
    if event.get("action") != "update" or not isinstance(before, dict):
        return None
    names = [name.casefold() for name in before]
    plain = [name.removesuffix("ids") + "s" for name in names if name.endswith("ids")]
    plain += [name.removesuffix("id") for name in names if name.endswith("id")]
    return frozenset([*names, *plain])


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else ""


def _fields(items: Sequence[Placed], profile: Profile, only_changed: bool) -> Requests:
    """Write the fields of 25 issues at a time, each by a mutation with a name of its own."""
    back, notes = _writable(profile.writeback)
    last = max((item.rank or 0 for item in items), default=0)
    changed: list[tuple[Placed, list[Change]]] = []
    skipped: Counter[str] = Counter()
    rounded = {
        item.source_id
        for item in items
        if back.score and _written(back.score, item.score) is UNSET
    }
    for item in items:
        changes = changes_of(item, back, _written, only_changed=only_changed)
        changes += _behind(item, back, last)
        if changes:
            changed.append((item, changes))
        else:
            why = "rounds_to_zero" if item.source_id in rounded else why_unsent(item, back)
            skipped[why] += 1
    requests = [_aliased(piece, back) for piece in pieces(changed, MOST_ALIASED)]
    return Requests(requests, skipped, [*notes, *([ROUNDED] if rounded else [])])


def _writable(back: WriteBack) -> tuple[WriteBack, list[str]]:
    """Leave out what Linear has no field for, and say so."""
    named = {"score": back.score, "rank": back.rank, "bucket": back.bucket and back.bucket.field}
    wrong = [word for word, field in named.items() if field and field not in _WRITABLE[word]]
    notes = [
        f"Linear cannot show the {word} in {named[word]}: it has estimate for the score, sortOrder"
        " for the rank, and labels, priority or estimate for the bucket."
        for word in wrong
    ]
    if back.bucket and back.bucket.field in _NUMBERS:
        number, told = _NUMBERS[back.bucket.field]
        if not all(map(number.fullmatch, back.bucket.options.values())):
            notes.append(told)
            wrong.append("bucket")
    return back.model_copy(update=dict.fromkeys(wrong)), notes


def _behind(item: Placed, back: WriteBack, last: int) -> list[Change]:
    """Move an issue without a rank behind the last one that has one, if it stands before that."""
    if back.rank is None or item.rank is not None:
        return []
    shown = item.shown.get("rank", UNSET)
    place = shown if isinstance(shown, int | float) else 0
    return [Change("rank", back.rank, BEHIND + place, shown)] if place <= last and last else []


def _written(field: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Write a number as Linear takes it: an estimate is whole, and no order is null."""
    if field == "sortOrder":
        return UNSET if value is None else value
    whole = value if value is None else round(value)
    return UNSET if value and not whole else whole


def _aliased(piece: Sequence[tuple[Placed, list[Change]]], back: WriteBack) -> ToolRequest:
    declared = ", ".join(
        f"$id{n}: String!, $input{n}: IssueUpdateInput!" for n in range(len(piece))
    )
    mutations = " ".join(
        f"i{n}: issueUpdate(id: $id{n}, input: $input{n}) {{ success }}" for n in range(len(piece))
    )
    variables: dict[str, Any] = {}
    for n, (item, changes) in enumerate(piece):
        variables |= {f"id{n}": item.source_id, f"input{n}": _input(changes, back)}
    body = {"query": f"mutation({declared}) {{ {mutations} }}", "variables": variables}
    reason = "; ".join(f"{item.key}: {reason_of(changes)}" for item, changes in piece)
    return ToolRequest(piece[0][0].key, "POST", "/graphql", body, reason)


def _input(changes: Sequence[Change], back: WriteBack) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for change in changes:
        if change.field == "labels":
            made |= _label_edits(change, back)
        elif change.field == "priority":
            made["priority"] = int(change.wanted or 0)
        elif change.word == "bucket" and change.wanted is not None:
            made[change.field] = int(change.wanted)
        else:
            made[change.field] = change.wanted
    return made


def _label_edits(change: Change, back: WriteBack) -> dict[str, Any]:
    """Add the label of the bucket and take away those of the others that are there."""
    options = back.bucket.options.values() if back.bucket else ()
    others = [option for option in dict.fromkeys(options) if option != change.wanted]
    there = others if change.shown is UNSET else change.shown
    added = [] if change.wanted is None or change.wanted in there else [change.wanted]
    removed = [option for option in there if option != change.wanted]
    edits = {"addedLabelIds": added, "removedLabelIds": removed}
    return {name: ids for name, ids in edits.items() if ids}


def _bulk(items: Sequence[Placed], profile: Profile, only_changed: bool) -> Requests:
    """Set the bucket of 50 issues at a time."""
    if profile.writeback.bucket is None:
        return Requests([], {"no_bucket_field": len(items)}, [NO_BUCKET])
    back, notes = _writable(WriteBack(bucket=profile.writeback.bucket))
    groups: dict[str, tuple[dict[str, Any], str, list[Placed]]] = {}
    skipped: Counter[str] = Counter()
    for item in items:
        changes = changes_of(item, back, _written, only_changed=only_changed)
        if not changes:
            skipped[why_unsent(item, back)] += 1
            continue
        made = _input(changes, back)
        reason = f"bucket {item.bucket if changes[0].wanted else 'nothing'}"
        groups.setdefault(str(made), (made, reason, []))[2].append(item)
    query = (
        "mutation($ids: [UUID!]!, $input: IssueUpdateInput!)"
        " { issueBatchUpdate(ids: $ids, input: $input) { success } }"
    )
    requests = [
        ToolRequest(
            piece[0].key,
            "POST",
            "/graphql",
            {
                "query": query,
                "variables": {"ids": [item.source_id for item in piece], "input": made},
            },
            reason,
        )
        for made, reason, group in groups.values()
        for piece in pieces(group, MOST_BATCHED)
    ]
    return Requests(requests, skipped, notes)


TOOL: Final = Tool(
    name="linear",
    title="Linear",
    shapes=(
        "an answer of Linear's GraphQL API (`data` with a list of issues, as `nodes` or `edges`)",
        "one issue of it (`identifier`), or a Linear webhook (`action`, `type` and `data`)",
    ),
    recognise=recognise,
    done=("state.type", ["completed", "canceled"]),
    signature=Signature("linear-signature", "linear-delivery", timestamp="webhookTimestamp"),
    plans={"fields": _fields, "bulk": _bulk},
    advice="Linear keeps its order in sortOrder: name it in writeback.rank and use plan=fields.",
)
