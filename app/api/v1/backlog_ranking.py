"""The ranking of a backlog: page by page, one item, or all of it as CSV."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypeAliasType

from app.api import csv, etags
from app.api.authentication import needs
from app.api.dependencies import (
    BacklogId,
    Cursor,
    IfNoneMatch,
    ItemKey,
    LabelFilter,
    Limit,
    Store,
    Stored,
    answer,
    next_page,
    unchanged,
)
from app.api.faults import Fault, Invalid, unknown_name
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.api.v1.rankings import RankedItem, StoredRanking, stored_items, stored_ranking
from app.backlogs.scoring import methods_of, scoring_of
from app.engine.structs import NO_NUL
from app.storage.errors import NotFound
from app.storage.places import SortKey, sort_key
from app.storage.records import StoredBacklog

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}",
    tags=["ranking"],
    route_class=StrictRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)

Status = TypeAliasType(
    "Status",
    Annotated[Literal["ranked", "unranked"], Field(description="Does an item have a place?")],
)

Buckets = Annotated[
    list[Annotated[str, Field(max_length=40, pattern=NO_NUL)]],
    Query(max_length=10, description="Only items in one of these buckets.", examples=[["must"]]),
]


@router.get(
    "/ranking",
    openapi_extra=needs("read"),
    response_model=StoredRanking,
    summary="Read the ranking of a backlog",
    response_description="A page of the ranking.",
    responses=declared("bad-cursor"),
)
def get_ranking(
    backlog_id: BacklogId,
    request: Request,
    store: Stored,
    bucket: Buckets = [],  # noqa: B006 - FastAPI copies it
    label: LabelFilter = [],  # noqa: B006 - FastAPI copies it
    status: Annotated[
        Status | SkipJsonSchema[None], Query(description="Only items with a place, or without.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """List the items in order, the unranked last; rank and position are those of the whole.

    Each page is true at its `revision`: while the backlog changes, an item that crosses the
    cursor may come twice or not at all. Who needs a list that stands still pages a run.
    """
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        _refuse_unknown_buckets(bucket, backlog)
        listed: list[Any] = ["ranking", backlog_id.hex, backlog.method, backlog.options]
        listed += [backlog.bucket_method, backlog.bucket_options]
        listed += [sorted(bucket), sorted(label), status]
        after = _after(store, cursor, listed)
        etag = etags.of_ranking(backlog.revision)
        if response := unchanged(if_none_match, etag):
            return response
        if bucket or label or status:
            places = repository.filtered_ranking(
                backlog_id,
                buckets=bucket,
                labels=label,
                is_ranked=None if status is None else status == "ranked",
                after=after,
                limit=limit + 1,
            )
        else:
            places = repository.ranking(backlog_id, after, limit + 1)
    more = None
    if len(places) > limit:
        more = store.cursors.write(listed, list(sort_key(places[limit - 1].item)))
    data = list(stored_items(backlog, places[:limit]))
    page = stored_ranking(backlog, data, etag, more)
    return answer(page, etag=etag, link=next_page(request, more))


@router.get(
    "/ranking.csv",
    openapi_extra=needs("read"),
    response_class=csv.CsvResponse,
    summary="Read the whole ranking as CSV",
    response_description="All items in order with their inputs, the unranked last.",
)
def get_ranking_csv(
    backlog_id: BacklogId,
    store: Stored,
    bom: csv.Bom = False,
    delimiter: csv.Delimiter = ",",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Write all items in order for a spreadsheet, one column per input and criterion."""
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        etag = etags.of_ranking(backlog.revision)
        if response := unchanged(if_none_match, etag):
            return response
        places = repository.ranking(backlog_id, None, None)
    items = stored_items(backlog, places)
    inputs = [place.item.inputs for place in places]
    lines = csv.written(items, csv.input_columns(inputs), delimiter=delimiter, bom=bom)
    return StreamingResponse(lines, headers={"etag": etag}, media_type=csv.MEDIA_TYPE)


@router.get(
    "/ranking/{item_key:path}",
    openapi_extra=needs("read"),
    response_model=RankedItem,
    summary="Read where an item stands",
    response_description="The item with its place among all.",
)
def get_ranked_item(
    backlog_id: BacklogId, item_key: ItemKey, store: Stored, if_none_match: IfNoneMatch = None
) -> Response:
    """Say the verdict on one item and its place; an archived item has none."""
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        item = repository.item(backlog_id, item_key)
        if item.archived:
            raise NotFound("The item is archived, and has no place.")
        etag = etags.of_ranking(backlog.revision)
        if response := unchanged(if_none_match, etag):
            return response
        place = repository.place(backlog_id, item)
    (told,) = stored_items(backlog, [place])
    return answer(told, etag=etag)


def _after(store: Store, cursor: str | None, listed: list[Any]) -> SortKey | None:
    place = store.cursors.read(cursor, listed)
    if place is None:
        return None
    tier, missing, score, key = place
    return (tier, missing, score, key)


def _refuse_unknown_buckets(sent: Sequence[str], backlog: StoredBacklog) -> None:
    known = [name for method in methods_of(scoring_of(backlog)) for name in method.buckets]
    details = [
        unknown_name(name, known) if known else "The backlog has no buckets."
        for name in sent
        if name not in known
    ]
    if details:
        raise Invalid(
            [Fault("query", "bucket", "unknown_bucket", detail, "") for detail in details]
        )
