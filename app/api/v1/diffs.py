"""What moved and why: between runs, since a run, what if, and through the history of an item."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import MISSING, Field, GetPydanticSchema
from pydantic.json_schema import SkipJsonSchema

from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import BacklogId, Cursor, Limit, Stored, answer, next_page
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.api.v1.items import SentInputs, sent_value
from app.api.v1.scorings import ScoringRequest, scoring_read
from app.backlogs.diffs import (
    side_of_item,
    side_of_items,
    side_of_now,
    side_of_places,
    side_of_run,
    what_if,
)
from app.backlogs.merging import Change
from app.engine.diff import Comparison, MoveCounts, TopKept, compare, follow
from app.engine.inputs import Key
from app.engine.methods import AnyInputs
from app.engine.moves import Move, Side
from app.engine.structs import NO_NUL
from app.engine.verdict import Record
from app.storage.records import StoredBacklog, StoredRun
from app.storage.repository import Repository

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}",
    tags=["runs"],
    route_class=BodyRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class WhatIfItemRequest(bodies.Request):
    """What would be known of an item; what is absent stays as it is."""

    key: Key
    inputs: SentInputs = MISSING


class WhatIfRequest(bodies.Request):
    """What would be changed."""

    scoring: ScoringRequest | MISSING = MISSING
    items: Annotated[
        list[WhatIfItemRequest] | MISSING,
        Field(max_length=10_000, description="Items that would change, or be there."),
    ] = MISSING


class DiffSide(Record, frozen=True):
    """One of the two rankings that are compared."""

    run_id: Annotated[UUID | None, Field(description="The run; null for now, or what if.")]
    revision: Annotated[int, Field(description="The revision of the backlog.", ge=1)]
    at: Annotated[datetime, Field(description="When it was so.")]


class Diff(Record, frozen=True):
    """What moved between two rankings, the largest moves first."""

    before: Annotated[DiffSide, Field(description="The older one.")] = msgspec.field(name="from")
    after: Annotated[DiffSide, Field(description="The newer one.")] = msgspec.field(name="to")
    counts: Annotated[MoveCounts, Field(description="How many items moved.")]
    tau_b: Annotated[
        float | None,
        Field(
            description="Kendall's tau-b of the items ranked in both: 1 the same order, -1 the"
            " reverse; null where it is undefined."
        ),
    ]
    top_10_kept: Annotated[TopKept, Field(description="How much of the top 10 stayed.")]
    data: Annotated[list[Move], Field(description="The moves.", max_length=10_000)]


KnownInputs = Annotated[
    Any,
    GetPydanticSchema(lambda _, handler: handler(AnyInputs | None)),
    Field(description="What was known of it; null where it was not there."),
]


class InputsMove(Record, frozen=True):
    """The inputs of an item before and after."""

    before: KnownInputs = msgspec.field(name="from")
    after: KnownInputs = msgspec.field(name="to")


class HistoryMove(Record, frozen=True):
    """How an item stood in one run and in the next, or now."""

    before: Annotated[DiffSide, Field(description="The older one.")] = msgspec.field(name="from")
    after: Annotated[DiffSide, Field(description="The newer one.")] = msgspec.field(name="to")
    inputs: Annotated[InputsMove, Field(description="Its inputs.")]
    move: Annotated[
        Move | None,
        Field(description="What moved it, if anything; null where it was in neither."),
    ]


class ItemHistory(Record, frozen=True):
    """An item through the runs, from now back."""

    data: Annotated[list[HistoryMove], Field(description="From the newest.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


Moves = Annotated[int, Query(ge=1, le=10_000, description="So many moves at most.")]


TO_PREVIEW: Final[dict[str, Any]] = {
    "inputs": {
        "summary": "If this reached more people",
        "value": {"items": [{"key": "SP-1", "inputs": {"reach": 900}}]},
    },
    "scoring": {
        "summary": "If the list was scored otherwise",
        "value": {"scoring": {"method": "ice"}},
    },
}


@router.get(
    "/diff",
    openapi_extra=needs("read"),
    response_model=Diff,
    summary="Say what moved since a run",
    response_description="The moves.",
)
def diff_runs(
    backlog_id: BacklogId,
    store: Stored,
    before: Annotated[UUID, Query(alias="from", description="The older run.")],
    after: Annotated[
        UUID | SkipJsonSchema[None], Query(alias="to", description="The newer run; now without.")
    ] = None,
    limit: Moves = 50,
) -> Response:
    """Compare two runs, or a run with now: what moved, the largest moves first, and why."""
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        old = repository.run(backlog_id, before)
        new = repository.run(backlog_id, after) if after else None
        sides = (side_of_run(repository, backlog_id, old), _side(repository, backlog, new))
    return answer(_told(_run_told(old), _now_told(backlog, new), compare(*sides, limit)))


@router.post(
    "/what-if",
    openapi_extra=needs("score"),
    response_model=Diff,
    summary="Say what would move",
    response_description="The moves against now; nothing is kept.",
    responses=declared("malformed-json", "conflict", "too-large", "unsupported-media-type"),
)
def preview_changes(
    backlog_id: BacklogId,
    body: Annotated[WhatIfRequest, Body(openapi_examples=TO_PREVIEW)],
    store: Stored,
    limit: Moves = 50,
) -> Response:
    """Compare now with another scoring, or with other inputs; nothing is kept."""
    now = datetime.now(UTC)
    changes: Sequence[Change] = []
    if body.items is not MISSING:
        changes = [
            Change(item.key, inputs=sent_value(item.inputs), archived=False) for item in body.items
        ]
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        items = repository.items(backlog_id, archived=None)
    scoring = None if body.scoring is MISSING else scoring_read(body.scoring)
    would = what_if(backlog, items, scoring, changes, store.settings.max_items, now)
    told = DiffSide(None, backlog.revision, now)
    now_shown = side_of_items(backlog, [item for item in items if not item.archived])
    return answer(_told(told, told, compare(now_shown, would, limit)))


@router.get(
    "/item-history",
    openapi_extra=needs("read"),
    response_model=ItemHistory,
    summary="Follow an item through the runs",
    response_description="A page of its moves, from now back.",
    responses=declared("bad-cursor"),
)
def get_item_history(
    backlog_id: BacklogId,
    request: Request,
    store: Stored,
    key: Annotated[
        str,
        Query(min_length=1, max_length=255, pattern=NO_NUL, description="The item's key now."),
    ],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Say how the rank, the score and the inputs of an item went, from run to run.

    An item that was deleted has no history here: the results of the runs still hold it.
    """
    listed = ["history", backlog_id.hex, key]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        item = repository.item(backlog_id, key)
        before = UUID(place[0]) if place else None
        found = repository.run_item_history(backlog_id, item.id, before, limit + 1)
        if place:
            newest = repository.run(backlog_id, UUID(place[0]))
            stood = repository.run_item(backlog_id, newest.id, item.id)
            steps = [(_run_told(newest), side_of_item(newest, stood))]
        else:
            places = [] if item.archived else [repository.place(backlog_id, item)]
            steps = [(_now_told(backlog, None), side_of_places(backlog, places))]
    steps += [(_run_told(run), side_of_item(run, stood)) for run, stood in found[:limit]]
    more = None
    if len(found) > limit:
        more = store.cursors.write(listed, [found[limit - 1][0].id.hex])
    moves = [
        HistoryMove(
            old_told, new_told, InputsMove(_known_of(old), _known_of(new)), follow(old, new)
        )
        for (new_told, new), (old_told, old) in pairwise(steps)
    ]
    return answer(ItemHistory(moves, more), link=next_page(request, more))


def _side(repository: Repository, backlog: StoredBacklog, run: StoredRun | None) -> Side:
    if run:
        return side_of_run(repository, backlog.id, run)
    return side_of_now(repository, backlog)


def _known_of(side: Side) -> Mapping[str, Any] | None:
    """Give the inputs of the one item of a side."""
    return side.standings[0].inputs if side.standings else None


def _run_told(run: StoredRun) -> DiffSide:
    return DiffSide(run.id, run.revision, run.created_at)


def _now_told(backlog: StoredBacklog, run: StoredRun | None) -> DiffSide:
    return _run_told(run) if run else DiffSide(None, backlog.revision, datetime.now(UTC))


def _told(before: DiffSide, after: DiffSide, comparison: Comparison) -> Diff:
    return Diff(
        before,
        after,
        comparison.counts,
        comparison.tau_b,
        comparison.top_10_kept,
        comparison.moves,
    )
