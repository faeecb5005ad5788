"""Who changed what in a backlog: entries that are only ever added."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.authentication import needs
from app.api.dependencies import BacklogId, Cursor, Limit, Stored, answer, next_page
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.api.v1.rankings import as_written
from app.backlogs.auditing import MOST_CHANGES
from app.engine.structs import NO_NUL
from app.engine.verdict import Record
from app.storage.records import StoredEntry

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/audit",
    tags=["backlogs"],
    route_class=StrictRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class AuditChange(Record, frozen=True):
    """What one thing was before, and is since."""

    key: Annotated[str | None, Field(description="The item; null for the backlog itself.")]
    input: Annotated[
        str,
        Field(
            description="Which input or other name; `key` where the item came or went.",
            examples=["effort", "criteria.risk", "title", "key", "scoring"],
        ),
    ]
    before: Annotated[Any, Field(description="What it was; null for nothing.")] = msgspec.field(
        name="from"
    )
    after: Annotated[Any, Field(description="What it is since.")] = msgspec.field(name="to")


class AuditEntry(Record, frozen=True):
    """A write that changed something."""

    id: Annotated[UUID, Field(description="Its id.")]
    revision: Annotated[int, Field(description="The revision that it led to.", ge=1)]
    at: Annotated[datetime, Field(description="When it was.")]
    key_id: Annotated[
        UUID | None,
        Field(
            description="The key of who did it; null for the service itself, a webhook, and where"
            " nobody is asked for a key."
        ),
    ]
    operation: Annotated[
        str, Field(description="What was asked for.", examples=["merge_items", "rescore"])
    ]
    change_count: Annotated[int, Field(description="How many changes it made.", ge=0)]
    changes: Annotated[
        list[AuditChange],
        Field(description="The first 100 of them.", max_length=MOST_CHANGES),
    ]


class AuditPage(Record, frozen=True):
    """Some entries, from the newest."""

    data: Annotated[list[AuditEntry], Field(description="The entries.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


@router.get(
    "",
    openapi_extra=needs("read"),
    response_model=AuditPage,
    summary="Say who changed what",
    response_description="A page of entries.",
    responses=declared("bad-cursor"),
)
def list_audit(
    backlog_id: BacklogId,
    request: Request,
    store: Stored,
    key: Annotated[
        Annotated[str, Field(max_length=255, pattern=NO_NUL)] | SkipJsonSchema[None],
        Query(description="Only writes that changed the item of this key."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List the writes of a backlog from the newest; of a deleted one, who deleted it.

    Where the operator has said for how long they are kept, older ones are gone.
    """
    listed = ["audit", backlog_id.hex, key]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        found = repository.entries(backlog_id, key, UUID(place[0]) if place else None, limit + 1)
        if not found:
            repository.backlog(backlog_id)
    more = store.cursors.write(listed, [found[limit - 1].id.hex]) if len(found) > limit else None
    page = AuditPage([_told(entry) for entry in found[:limit]], more)
    return answer(page, link=next_page(request, more))


def _told(entry: StoredEntry) -> AuditEntry:
    return AuditEntry(
        entry.id,
        entry.revision,
        entry.at,
        entry.key_id,
        entry.operation,
        entry.change_count,
        as_written(entry.changes),
    )
