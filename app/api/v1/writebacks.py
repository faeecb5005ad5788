"""Write-back: what a tool does not show yet, as requests that are ready to be sent."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import Field

from app.api import etags
from app.api.authentication import needs
from app.api.dependencies import BacklogId, Stored, answer
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.backlogs.writeback import requests_of
from app.engine.verdict import Record

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/writeback",
    tags=["sync"],
    route_class=StrictRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class PendingWrite(Record, frozen=True):
    """A request to a tool, ready to be sent."""

    key: Annotated[str, Field(description="The first item that it is about.")]
    method: Annotated[str, Field(description="The HTTP method.", examples=["PUT"])]
    path: Annotated[
        str,
        Field(
            description="The path and query at the tool's address.",
            examples=["/rest/api/3/issue/10368?notifyUsers=false"],
        ),
    ]
    body: Annotated[dict[str, Any], Field(description="To be sent as JSON.")]
    reason: Annotated[str, Field(description="What it changes.")]
    site: Annotated[
        str,
        Field(
            description="Which site of the tool it is for; empty where no page told it.",
            examples=["https://example.atlassian.net"],
        ),
    ]


class PendingWrites(Record, frozen=True):
    """What to send to a tool so that it shows the ranking."""

    revision: Annotated[int, Field(description="The revision that it shows then.", ge=1)]
    requests: Annotated[
        list[PendingWrite], Field(description="The requests, to be sent in this order.")
    ]
    skipped: Annotated[
        dict[str, int],
        Field(description="How many items need none, and why.", examples=[{"unchanged": 38}]),
    ]
    notes: Annotated[list[str], Field(description="What a person should know.")]


@router.get(
    "",
    response_model=PendingWrites,
    summary="List what a tool does not show yet",
    response_description="Requests that are ready to be sent.",
    openapi_extra=needs("read"),
)
def get_writeback(
    backlog_id: BacklogId,
    store: Stored,
    only: Annotated[
        Literal["all", "changed"],
        Query(description="All values, or those that the tool did not show."),
    ] = "changed",
    plan: Annotated[
        Literal["fields", "rank", "bulk"],
        Query(description="Field by field, by the tool's own order, or one value for many items."),
    ] = "fields",
) -> Response:
    """Make the requests that bring scores, ranks and buckets into the tool the items came from.

    *Changed* compares with what the tool itself showed in the last page that was synced: nothing
    has to be acknowledged, and what failed comes again.
    """
    with store.reading() as repository:
        revision, made = requests_of(repository, backlog_id, plan, only_changed=only == "changed")
    requests = [PendingWrite(*msgspec.structs.astuple(one)) for one in made.requests]
    told = PendingWrites(revision, requests, made.skipped, made.notes)
    return answer(told, etag=etags.of_revision(revision))
