"""The items of a backlog: what their callers wrote of them, nothing computed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from fastapi import APIRouter, Body, Query, Request, Response
from msgspec import UNSET, UnsetType
from pydantic import MISSING, BaseModel, Field, GetPydanticSchema, Strict

from app.api import etags
from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import (
    BacklogId,
    Cursor,
    IfMatch,
    IfNew,
    IfNoneMatch,
    ItemKey,
    LabelFilter,
    Limit,
    Once,
    Stored,
    answer,
    guard,
    guard_item,
    next_page,
    unchanged,
)
from app.api.flags import Flag
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.api.v1.bodies import Labels, Title, Url
from app.api.v1.rankings import as_written
from app.backlogs.merging import Change
from app.backlogs.writing import Counted, Writer
from app.engine.inputs import Key
from app.engine.methods import AnyInputs, ChangedInputs
from app.engine.structs import NO_NUL
from app.engine.verdict import Record
from app.storage.records import StoredBacklog, StoredItem
from app.storage.repository import Repository

MOST_ITEMS: Final = 10_000

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/items",
    tags=["items"],
    route_class=BodyRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)

WRITES = declared(
    *("malformed-json", "conflict", "precondition-failed", "too-large"), "unsupported-media-type"
)

SentTitle = Annotated[Title | MISSING | None, Field(description="What it is called.")]
SentUrl = Annotated[Url | MISSING | None, Field(description="Where it lives.")]
SentLabels = Annotated[Labels | MISSING, Field(description="Its labels, all of them.")]
SentInputs = Annotated[
    Any,
    GetPydanticSchema(lambda _, handler: handler(ChangedInputs | MISSING)),
    Field(description="What is known of it."),
]


Keys = Annotated[
    list[Annotated[str, Field(max_length=255, pattern=NO_NUL)]],
    Query(max_length=50, description="Only items of these keys."),
]
"""The keys that are looked for."""


class ItemRequest(bodies.Request):
    """What is sent of one item of a list; what is absent stays as it is."""

    key: Key
    title: SentTitle = MISSING
    url: SentUrl = MISSING
    labels: SentLabels = MISSING
    inputs: SentInputs = MISSING


class ItemsRequest(bodies.Request):
    """What is sent of a list."""

    items: Annotated[
        list[ItemRequest], Field(max_length=MOST_ITEMS, description="The items, in any order.")
    ]


class ItemPutRequest(bodies.Request):
    """All that is known of an item."""

    title: SentTitle = MISSING
    url: SentUrl = MISSING
    labels: SentLabels = MISSING
    inputs: SentInputs = MISSING


class ItemChangeRequest(ItemPutRequest):
    """What is to be changed of an item: what is absent stays as it is, null clears."""

    archived: Annotated[
        Annotated[bool, Strict()] | MISSING,
        Field(description="Is it kept aside, without a place in the ranking?"),
    ] = MISSING


class Item(Record, frozen=True):
    """One thing to be prioritized, as it was written."""

    key: Annotated[str, Field(description="The caller's own name of it.")]
    title: Annotated[str | None, Field(description="What it is called.")]
    url: Annotated[str | None, Field(description="Where it lives.")]
    labels: Annotated[Sequence[str], Field(description="Its labels.")]
    inputs: Annotated[
        Any,
        GetPydanticSchema(lambda _, handler: handler(AnyInputs)),
        Field(description="What is known of it; what is not known is absent."),
    ]
    archived: Annotated[bool, Field(description="Is it kept aside, without a place?")]
    etag: Annotated[str, Field(description="To be sent in If-Match.", examples=['"7"'])]
    created_at: Annotated[datetime, Field(description="When it was created.")]
    updated_at: Annotated[datetime, Field(description="When it was last changed.")]


class ItemPage(Record, frozen=True):
    """Some items, by key."""

    data: Annotated[list[Item], Field(description="The items.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


class WrittenCounts(Record, frozen=True):
    """What a write of many items did."""

    created: Annotated[int, Field(description="Items that are new.", ge=0)]
    updated: Annotated[int, Field(description="Items that changed.", ge=0)]
    unchanged: Annotated[int, Field(description="Items that were so already.", ge=0)]
    deleted: Annotated[int, Field(description="Items that are gone.", ge=0)]
    unranked: Annotated[
        int, Field(description="Items of the whole backlog that have no place now.", ge=0)
    ]


class WrittenItems(Record, frozen=True):
    """What a write of many items did, and to which revision it led."""

    revision: Annotated[int, Field(description="The revision of the backlog now.", ge=1)]
    etag: Annotated[str, Field(description="The ETag of the backlog now.", examples=['"7"'])]
    counts: Annotated[WrittenCounts, Field(description="How many items it was about.")]


def item_told(stored: StoredItem) -> Item:
    """Say what is kept of an item."""
    return Item(
        stored.key,
        stored.title,
        stored.url,
        as_written(stored.labels),
        as_written(stored.inputs),
        stored.archived,
        etags.of_revision(stored.revision),
        stored.created_at,
        stored.updated_at,
    )


def change_read(
    body: Any,  # noqa: ANN401 - as either decoder makes it
    key: str,
    archived: bool | UnsetType = UNSET,
) -> Change:
    """Read what is sent of an item, from whichever decoder read it."""
    return Change(
        key,
        sent_value(body.title),
        sent_value(body.url),
        sent_value(body.labels),
        sent_value(body.inputs),
        archived=archived,
    )


def sent_value(value: Any) -> Any:  # noqa: ANN401 - whatever was sent
    """Read what is sent of one name, from whichever decoder read it; unset where it is absent."""
    if value is MISSING:
        return UNSET
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value)
    return value


def _answer(stored: StoredItem, location: str | None = None) -> Response:
    return answer(
        item_told(stored),
        201 if location else 200,
        etag=etags.of_revision(stored.revision),
        location=location,
    )


def _written(backlog: StoredBacklog, counted: Counted) -> Response:
    etag = etags.of_revision(backlog.revision)
    counts = WrittenCounts(
        counted.created, counted.updated, counted.unchanged, counted.deleted, backlog.unranked
    )
    return answer(WrittenItems(backlog.revision, etag, counts), etag=etag)


TO_MERGE: Final[dict[str, Any]] = {
    "two": {
        "summary": "Two items, of which one is not estimated yet",
        "value": {
            "items": [
                {
                    "key": "SP-1",
                    "title": "Search",
                    "url": "https://example.com/SP-1",
                    "labels": ["growth"],
                    "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
                },
                {"key": "owner/repo#12", "title": "Themes", "inputs": {"reach": 2000}},
            ]
        },
    }
}


TO_PUT: Final[dict[str, Any]] = {
    "whole": {
        "summary": "All that is known of it",
        "value": {
            "title": "Search",
            "labels": ["growth"],
            "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
        },
    }
}


TO_CHANGE: Final[dict[str, Any]] = {
    "reach": {"summary": "One input", "value": {"inputs": {"reach": 900}}},
    "archive": {"summary": "Keep it aside", "value": {"archived": True}},
}


@router.post(
    "",
    openapi_extra=needs("write"),
    response_model=WrittenItems,
    summary="Merge items into a backlog",
    response_description="What changed.",
    responses=WRITES,
)
def merge_items(
    backlog_id: BacklogId,
    body: Annotated[ItemsRequest, Body(openapi_examples=TO_MERGE)],
    once: Once,
    store: Stored,
    if_match: IfMatch = None,
) -> Response:
    """Merge items by key, per input and per criterion: absent keeps, null clears.

    What is not there is created; `labels` are replaced whole; an archived item that is named
    comes back. All of it happens, or nothing.
    """
    changes = [change_read(item, item.key, archived=False) for item in body.items]

    def effect(repository: Repository, now: datetime) -> Response:
        writer = Writer(repository, backlog_id, now, guard(if_match))
        counted = writer.merge(changes, store.settings.max_items)
        return _written(writer.backlog, counted)

    return once(effect)


@router.put(
    "",
    openapi_extra=needs("write"),
    response_model=WrittenItems,
    summary="Replace the items of a backlog",
    response_description="What changed.",
    responses=WRITES,
)
def replace_items(
    backlog_id: BacklogId,
    body: Annotated[ItemsRequest, Body(openapi_examples=TO_MERGE)],
    store: Stored,
    if_match: IfMatch = None,
) -> Response:
    """Make the list exactly this one: items that are not named are deleted, archived ones stay."""
    changes = [change_read(item, item.key) for item in body.items]
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC), guard(if_match))
        counted = writer.replace(changes, store.settings.max_items)
    return _written(writer.backlog, counted)


@router.get(
    "",
    openapi_extra=needs("read"),
    response_model=ItemPage,
    summary="List the items of a backlog",
    response_description="A page of items.",
    responses=declared("bad-cursor"),
)
def list_items(
    backlog_id: BacklogId,
    request: Request,
    store: Stored,
    key: Keys = [],  # noqa: B006 - FastAPI copies it
    label: LabelFilter = [],  # noqa: B006 - FastAPI copies it
    archived: Annotated[Flag, Query(description="Those that are kept aside instead.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List items by key, as they were written."""
    listed = ["items", backlog_id.hex, sorted(key), sorted(label), archived]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        repository.backlog(backlog_id)
        found = repository.items_by_label(
            backlog_id,
            archived=archived,
            keys=key,
            labels=label,
            after=place[0] if place else None,
            limit=limit + 1,
        )
    more = store.cursors.write(listed, [found[limit - 1].key]) if len(found) > limit else None
    page = ItemPage([item_told(item) for item in found[:limit]], more)
    return answer(page, link=next_page(request, more))


@router.get(
    "/{item_key:path}",
    openapi_extra=needs("read"),
    response_model=Item,
    summary="Read an item",
    response_description="The item.",
)
def get_item(
    backlog_id: BacklogId, item_key: ItemKey, store: Stored, if_none_match: IfNoneMatch = None
) -> Response:
    """Say what is kept of an item."""
    with store.reading() as repository:
        stored = repository.item(backlog_id, item_key)
    return unchanged(if_none_match, etags.of_revision(stored.revision)) or _answer(stored)


@router.put(
    "/{item_key:path}",
    openapi_extra=needs("write"),
    response_model=Item,
    summary="Write an item",
    response_description="The item as it is now.",
    responses=WRITES | {201: {"model": Item, "description": "The new item."}},
)
def put_item(
    backlog_id: BacklogId,
    item_key: ItemKey,
    body: Annotated[ItemPutRequest, Body(openapi_examples=TO_PUT)],
    store: Stored,
    if_match: IfMatch = None,
    if_new: IfNew = None,
) -> Response:
    """Write all that is known of an item; it is created where it is not there."""
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC))
        found = repository.items_by_key(backlog_id, [item_key])
        before = found[0] if found else None
        guard_item(if_match, before, if_new)
        change = change_read(body, item_key)
        stored = writer.replace_item(before, change, store.settings.max_items)
    return _answer(stored, None if before else _address(backlog_id, item_key))


@router.patch(
    "/{item_key:path}",
    openapi_extra=needs("write"),
    response_model=Item,
    summary="Change an item",
    response_description="The item as it is now.",
    responses=WRITES,
)
def update_item(
    backlog_id: BacklogId,
    item_key: ItemKey,
    body: Annotated[ItemChangeRequest, Body(openapi_examples=TO_CHANGE)],
    store: Stored,
    if_match: IfMatch = None,
) -> Response:
    """Merge into an item, per input and per criterion: absent keeps, null clears."""
    archived = UNSET if body.archived is MISSING else body.archived
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC))
        before = repository.item(backlog_id, item_key)
        guard_item(if_match, before)
        change = change_read(body, item_key, archived)
        stored = writer.merge_into([(before, change)], store.settings.max_items)[0]
    return _answer(stored)


@router.delete(
    "/{item_key:path}",
    openapi_extra=needs("write"),
    status_code=204,
    summary="Delete an item",
    response_description="It is gone.",
    responses=declared("conflict", "precondition-failed"),
)
def delete_item(
    backlog_id: BacklogId, item_key: ItemKey, store: Stored, if_match: IfMatch = None
) -> Response:
    """Delete an item; runs in which it stands keep it."""
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC))
        stored = repository.item(backlog_id, item_key)
        guard_item(if_match, stored)
        writer.delete(stored)
    return Response(status_code=204)


def _address(backlog_id: UUID, item_key: str) -> str:
    return f"/v1/backlogs/{backlog_id}/items/{quote(item_key, safe='')}"
