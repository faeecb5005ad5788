"""Backlogs: named lists that are kept, with how they are scored."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import MISSING, Field
from pydantic.json_schema import SkipJsonSchema

from app.api import etags
from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import (
    BacklogId,
    Cursor,
    IfMatch,
    IfNoneMatch,
    Limit,
    Once,
    Stored,
    answer,
    guard,
    next_page,
    unchanged,
)
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.api.v1.bodies import Name, Note
from app.api.v1.rankings import Scoring, scoring_told
from app.api.v1.scorings import ScoringRequest, scoring_read
from app.backlogs.quotas import refuse_backlog
from app.backlogs.scoring import scoring_of
from app.backlogs.writing import Writer, create, new_backlog
from app.engine.structs import NO_NUL
from app.engine.verdict import Record
from app.storage.records import StoredBacklog
from app.storage.repository import Repository

router = APIRouter(
    prefix="/v1/backlogs",
    tags=["backlogs"],
    route_class=BodyRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)


class BacklogRequest(bodies.Request):
    """A backlog to be created."""

    name: Name
    description: Annotated[Note | None, Field(description="What it is for.")] = None
    scoring: ScoringRequest


class BacklogChangeRequest(bodies.Request):
    """What is to be changed of a backlog: what is absent stays as it is."""

    name: Name | MISSING = MISSING
    description: Annotated[
        Note | MISSING | None, Field(description="What it is for; null for nothing.")
    ] = MISSING
    scoring: ScoringRequest | MISSING = MISSING


class BacklogCounts(Record, frozen=True):
    """How many items a backlog holds."""

    ranked: Annotated[int, Field(description="Items with a rank and a position.", ge=0)]
    unranked: Annotated[int, Field(description="Items without; their reasons say why.", ge=0)]
    archived: Annotated[int, Field(description="Items that are kept aside.", ge=0)]


class Backlog(Record, frozen=True):
    """A named list of items with one method and its options."""

    id: Annotated[UUID, Field(description="Its id.")]
    name: Annotated[str, Field(description="Unique in the workspace.")]
    description: Annotated[str | None, Field(description="What it is for.")]
    scoring: Annotated[Scoring, Field(description="How it is scored, in full.")]
    counts: Annotated[BacklogCounts, Field(description="How many items it holds.")]
    revision: Annotated[int, Field(description="Raised by every write that changes it.", ge=1)]
    etag: Annotated[str, Field(description="To be sent in If-Match.", examples=['"7"'])]
    created_at: Annotated[datetime, Field(description="When it was created.")]
    updated_at: Annotated[datetime, Field(description="When it was last changed.")]


class BacklogPage(Record, frozen=True):
    """Some backlogs, from the oldest."""

    data: Annotated[list[Backlog], Field(description="The backlogs.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


def backlog_told(stored: StoredBacklog) -> Backlog:
    """Say what is kept of a backlog."""
    return Backlog(
        stored.id,
        stored.name,
        stored.description,
        scoring_told(scoring_of(stored)),
        BacklogCounts(stored.ranked, stored.unranked, stored.archived),
        stored.revision,
        etags.of_revision(stored.revision),
        stored.created_at,
        stored.updated_at,
    )


def backlog_answer(stored: StoredBacklog, status: int = 200) -> Response:
    """Answer with a backlog, and its address where it is new."""
    location = f"/v1/backlogs/{stored.id}" if status == HTTPStatus.CREATED else None
    return answer(
        backlog_told(stored), status, etag=etags.of_revision(stored.revision), location=location
    )


TO_CREATE: Final[dict[str, Any]] = {
    "rice": {
        "summary": "Ideas by RICE",
        "value": {"name": "Roadmap", "scoring": {"method": "rice"}},
    },
    "musts_first": {
        "summary": "Musts first, RICE inside",
        "value": {
            "name": "Release 3",
            "description": "What must, should and could be in it",
            "scoring": {
                "method": "rice",
                "options": {"reach_period": "month"},
                "bucket_by": {"method": "moscow"},
            },
        },
    },
}


TO_CHANGE: Final[dict[str, Any]] = {
    "scoring": {
        "summary": "Another scoring: all items are scored again",
        "value": {"scoring": {"method": "ice", "options": {"formula": "mean"}}},
    },
    "name": {"summary": "Another name", "value": {"name": "Roadmap 2027"}},
}


@router.post(
    "",
    openapi_extra=needs("write"),
    status_code=201,
    response_model=Backlog,
    summary="Create a backlog",
    response_description="The new backlog, without items.",
    responses=declared("malformed-json", "conflict", "too-large", "unsupported-media-type"),
)
def create_backlog(
    body: Annotated[BacklogRequest, Body(openapi_examples=TO_CREATE)], once: Once, store: Stored
) -> Response:
    """Create an empty backlog with its name and its scoring."""
    scoring = scoring_read(body.scoring)

    def effect(repository: Repository, now: datetime) -> Response:
        refuse_backlog(repository, store.settings.max_backlogs)
        backlog = new_backlog(body.name, body.description, scoring, now)
        create(repository, backlog)
        return backlog_answer(backlog, 201)

    return once(effect)


@router.get(
    "",
    openapi_extra=needs("read"),
    response_model=BacklogPage,
    summary="List the backlogs",
    response_description="A page of backlogs.",
    responses=declared("bad-cursor"),
)
def list_backlogs(
    request: Request,
    store: Stored,
    name: Annotated[
        Annotated[str, Field(max_length=200, pattern=NO_NUL)] | SkipJsonSchema[None],
        Query(description="Only the one of this name."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List backlogs from the oldest, or find the one of a name.

    One that was imported stands where it was imported, whenever it was created.
    """
    listed = ["backlogs", name]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        found = repository.backlogs(name, UUID(place[0]) if place else None, limit + 1)
    more = None
    if len(found) > limit:
        more = store.cursors.write(listed, [found[limit - 1].id.hex])
    page = BacklogPage([backlog_told(one) for one in found[:limit]], more)
    return answer(page, link=next_page(request, more))


@router.get(
    "/{backlog_id:uuid}",
    openapi_extra=needs("read"),
    response_model=Backlog,
    summary="Read a backlog",
    response_description="The backlog.",
    responses=declared("not-found"),
)
def get_backlog(
    backlog_id: BacklogId, store: Stored, if_none_match: IfNoneMatch = None
) -> Response:
    """Say how a backlog is called, how it is scored and how many items it holds."""
    with store.reading() as repository:
        stored = repository.backlog(backlog_id)
    return unchanged(if_none_match, etags.of_revision(stored.revision)) or backlog_answer(stored)


@router.patch(
    "/{backlog_id:uuid}",
    openapi_extra=needs("write"),
    response_model=Backlog,
    summary="Change a backlog",
    response_description="The backlog as it is now.",
    responses=declared(
        *("malformed-json", "not-found", "conflict", "precondition-failed", "too-large"),
        "unsupported-media-type",
    ),
)
def update_backlog(
    backlog_id: BacklogId,
    body: Annotated[BacklogChangeRequest, Body(openapi_examples=TO_CHANGE)],
    store: Stored,
    if_match: IfMatch = None,
) -> Response:
    """Change the name, the description or the scoring; a new scoring scores all items at once."""
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC), guard(if_match))
        backlog = writer.change(
            writer.backlog.name if body.name is MISSING else body.name,
            writer.backlog.description if body.description is MISSING else body.description,
            None if body.scoring is MISSING else scoring_read(body.scoring),
        )
    return backlog_answer(backlog)


@router.delete(
    "/{backlog_id:uuid}",
    openapi_extra=needs("write"),
    status_code=204,
    summary="Delete a backlog",
    response_description="It is gone.",
    responses=declared("not-found", "conflict", "precondition-failed", "precondition-required"),
)
def delete_backlog(backlog_id: BacklogId, store: Stored, if_match: IfMatch = None) -> Response:
    """Delete a backlog and all that is in it, its runs too; If-Match is required.

    Its audit goes as well, but for one entry that says who deleted it.
    """
    with store.writing() as repository:
        guarded = guard(if_match, required=True)
        Writer(repository, backlog_id, datetime.now(UTC), guarded).discard()
    return Response(status_code=204)
