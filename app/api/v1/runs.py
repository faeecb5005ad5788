"""Runs of a backlog: rankings that are frozen, and never change."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.api import csv
from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import (
    BacklogId,
    Cursor,
    IfMatch,
    IfNoneMatch,
    Limit,
    Once,
    RunId,
    Stored,
    answer,
    guard,
    next_page,
    unchanged,
)
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.api.v1.bodies import Note
from app.api.v1.rankings import (
    Counts,
    Scoring,
    StoredRanking,
    run_item,
    scoring_told,
    stored_ranking,
)
from app.backlogs.quotas import refuse_runs
from app.backlogs.runs import frozen
from app.backlogs.scoring import scoring_of
from app.backlogs.writing import Writer
from app.engine.structs import NO_NUL
from app.engine.verdict import Record
from app.storage.records import StoredRun
from app.storage.repository import Repository

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/runs",
    tags=["runs"],
    route_class=BodyRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class RunRequest(bodies.Request):
    """A ranking to be frozen."""

    note: Annotated[Note | None, Field(description="Why it is frozen.")] = None
    created_by: Annotated[
        Annotated[str, Field(max_length=255, pattern=NO_NUL)] | None,
        Field(description="Who freezes it."),
    ] = None


class Run(Record, frozen=True):
    """An immutable record of one ranking of one backlog."""

    id: Annotated[UUID, Field(description="Its id.")]
    revision: Annotated[int, Field(description="The revision of the backlog.", ge=1)]
    scoring: Annotated[Scoring, Field(description="How the list was scored, in full.")]
    counts: Annotated[Counts, Field(description="How many items had a place.")]
    engine_version: Annotated[str, Field(description="The engine that scored it.")]
    sha256: Annotated[
        str,
        Field(
            description="Of scoring, engine version, warnings, balance, reference and items as"
            " RFC 8785 writes them: the same ranking has the same hash. It does not cover"
            " explanations, ids, revision, note, created_by and created_at, and is no signature.",
            max_length=64,
        ),
    ]
    note: Annotated[str | None, Field(description="Why it was frozen.")]
    created_by: Annotated[str | None, Field(description="Who froze it.")]
    created_at: Annotated[datetime, Field(description="When it was frozen.")]
    kept_until: Annotated[
        datetime | None,
        Field(description="Until when nothing deletes it but with its backlog; null: for ever."),
    ]


class RunPage(Record, frozen=True):
    """Some runs, from the newest."""

    data: Annotated[list[Run], Field(description="The runs.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


def run_told(stored: StoredRun) -> Run:
    """Say what is kept of a run."""
    return Run(
        stored.id,
        stored.revision,
        scoring_told(scoring_of(stored)),
        Counts(stored.ranked, stored.unranked),
        stored.engine_version,
        stored.sha256,
        stored.note,
        stored.created_by,
        stored.created_at,
        stored.kept_until,
    )


TO_FREEZE: Final[dict[str, Any]] = {
    "note": {
        "summary": "With a note",
        "value": {"note": "As decided for the first quarter", "created_by": "Ada"},
    }
}


@router.post(
    "",
    openapi_extra=needs("write"),
    status_code=201,
    response_model=Run,
    summary="Freeze the ranking of a backlog",
    response_description="The new run.",
    responses=declared(
        *("malformed-json", "conflict", "precondition-failed", "too-large"),
        "unsupported-media-type",
    ),
)
def create_run(
    backlog_id: BacklogId,
    body: Annotated[RunRequest, Body(openapi_examples=TO_FREEZE)],
    once: Once,
    store: Stored,
    if_match: IfMatch = None,
) -> Response:
    """Record the ranking as it is now: items, inputs, scoring and verdicts, for good."""

    def effect(repository: Repository, now: datetime) -> Response:
        writer = Writer(repository, backlog_id, now, guard(if_match))
        writer.forget_runs()
        refuse_runs(repository, backlog_id, 1, store.settings.max_runs)
        places = repository.ranking(backlog_id, None, None)
        until = store.settings.run_kept_until(now)
        run, run_items = frozen(writer.backlog, places, body.note, body.created_by, now, until)
        writer.keep(run, run_items)
        location = f"/v1/backlogs/{backlog_id}/runs/{run.id}"
        return answer(run_told(run), 201, etag=_etag(run), location=location)

    return once(effect)


@router.get(
    "",
    openapi_extra=needs("read"),
    response_model=RunPage,
    summary="List the runs of a backlog",
    response_description="A page of runs.",
    responses=declared("bad-cursor"),
)
def list_runs(
    backlog_id: BacklogId,
    request: Request,
    store: Stored,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List runs from the newest."""
    listed = ["runs", backlog_id.hex]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        repository.backlog(backlog_id)
        found = repository.runs(backlog_id, UUID(place[0]) if place else None, limit + 1)
    more = store.cursors.write(listed, [found[limit - 1].id.hex]) if len(found) > limit else None
    page = RunPage([run_told(run) for run in found[:limit]], more)
    return answer(page, link=next_page(request, more))


@router.get(
    "/{run_id:uuid}",
    openapi_extra=needs("read"),
    response_model=Run,
    summary="Read a run",
    response_description="The run.",
)
def get_run(
    backlog_id: BacklogId, run_id: RunId, store: Stored, if_none_match: IfNoneMatch = None
) -> Response:
    """Say what a run is of, without its items."""
    with store.reading() as repository:
        run = repository.run(backlog_id, run_id)
    return unchanged(if_none_match, _etag(run)) or answer(run_told(run), etag=_etag(run))


@router.get(
    "/{run_id:uuid}/results",
    openapi_extra=needs("read"),
    response_model=StoredRanking,
    summary="Read the ranking of a run",
    response_description="A page of the ranking.",
    responses=declared("bad-cursor"),
)
def list_results(
    backlog_id: BacklogId,
    run_id: RunId,
    request: Request,
    store: Stored,
    limit: Limit = 50,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """List the items as they stood, the unranked last; this list never moves."""
    listed = ["results", run_id.hex]
    place = store.cursors.read(cursor, listed)
    with store.reading() as repository:
        run = repository.run(backlog_id, run_id)
        if response := unchanged(if_none_match, _etag(run)):
            return response
        found = repository.run_items(backlog_id, run_id, place[0] if place else 0, limit + 1)
    more = store.cursors.write(listed, [found[limit - 1].place]) if len(found) > limit else None
    page = stored_ranking(run, [run_item(item) for item in found[:limit]], _etag(run), more)
    return answer(page, etag=_etag(run), link=next_page(request, more))


@router.get(
    "/{run_id:uuid}/results.csv",
    openapi_extra=needs("read"),
    response_class=csv.CsvResponse,
    summary="Read the whole ranking of a run as CSV",
    response_description="All items in order with their inputs, the unranked last.",
)
def get_results_csv(
    backlog_id: BacklogId,
    run_id: RunId,
    store: Stored,
    bom: csv.Bom = False,
    delimiter: csv.Delimiter = ",",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Write all items as they stood for a spreadsheet, one column per input and criterion."""
    with store.reading() as repository:
        run = repository.run(backlog_id, run_id)
        if response := unchanged(if_none_match, _etag(run)):
            return response
        items = repository.run_items(backlog_id, run_id)
    columns = csv.input_columns([item.inputs for item in items])
    lines = csv.written(map(run_item, items), columns, delimiter=delimiter, bom=bom)
    return StreamingResponse(lines, headers={"etag": _etag(run)}, media_type=csv.MEDIA_TYPE)


def _etag(run: StoredRun) -> str:
    return f'"{run.sha256}"'
