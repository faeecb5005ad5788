"""Sync: a page of a tool byte for byte, and what became of it in the same order."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypeAliasType

from app.api import etags
from app.api.authentication import needs
from app.api.dependencies import BacklogId, CsvBody, JsonBody, Store, Stored, answer
from app.api.flags import Flag
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.api.v1.pages import LARGEST_PAGE, page_body, sheet_body
from app.api.v1.rankings import RankedItem, as_written
from app.backlogs.outcomes import Synced, SyncedItem
from app.backlogs.syncing import Syncing
from app.engine.verdict import Record
from app.storage.records import StoredBacklog
from app.storage.sources import Sources
from app.sync.detection import detect, read_csv
from app.sync.raw import RawPage

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}",
    tags=["sync"],
    route_class=StrictRoute,
    responses=declared("validation", "not-found", "conflict", "unavailable"),
    generate_unique_id_function=operation_id,
)

PAGES: Final = declared(
    *("malformed-json", "unrecognised-payload", "too-large", "unsupported-media-type")
)

BATCH: Final = r"^[A-Za-z0-9_:-][A-Za-z0-9._:-]*$"

Batch = Annotated[
    Annotated[str, Field(min_length=1, max_length=100, pattern=BATCH)] | SkipJsonSchema[None],
    Query(
        description="A name for this pull, the same for all of its pages.",
        examples=["2026-11-25T09:00"],
    ),
]

BatchName = Annotated[
    str,
    Path(min_length=1, max_length=100, pattern=BATCH, description="The name of the pull."),
]

DryRun = Annotated[Flag, Query(description="Say what would become of it, and keep nothing.")]

Shape = TypeAliasType(
    "Shape",
    Annotated[
        Literal["page", "flat"],
        Field(description="All items, or one flat object for the one issue that was sent."),
    ],
)


class PlacedItem(RankedItem, frozen=True):
    """The verdict on one item of a page; `/ranking/{item_key}` explains it."""

    source_id: Annotated[str, Field(description="What the tool knows it by; the key in CSV.")]
    of: Annotated[int, Field(description="How many items of the backlog have a rank.", ge=0)]
    changed: Annotated[bool, Field(description="Did this page create or change it?")]


class SyncCounts(Record, frozen=True):
    """What became of the items of a page; all but the last two add up to `received`."""

    received: Annotated[int, Field(description="Items of the page.", ge=0)]
    created: Annotated[int, Field(description="Items that are new.", ge=0)]
    updated: Annotated[int, Field(description="Items that changed.", ge=0)]
    unchanged: Annotated[int, Field(description="Items that were so already.", ge=0)]
    stale: Annotated[int, Field(description="Items that were older than what is known.", ge=0)]
    left_out: Annotated[
        int, Field(description="Items that are not kept; their reasons say why.", ge=0)
    ]
    skipped: Annotated[int, Field(description="What is no item, such as a pull request.", ge=0)]
    unranked: Annotated[int, Field(description="Items of the page without a place.", ge=0)]


class SkippedRow(Record, frozen=True):
    """Something in a page that is no item."""

    name: Annotated[str, Field(description="Its id, its key or its row.")]
    message: Annotated[str, Field(description="Why it is none.")]


class SyncedPage(Record, frozen=True):
    """What became of a page, in its order."""

    detected: Annotated[
        str, Field(description="Which page of which tool it is.", examples=["jira_search"])
    ]
    revision: Annotated[int, Field(description="The revision of the backlog now.", ge=1)]
    etag: Annotated[str, Field(description="The ETag of the backlog now.", examples=['"7"'])]
    counts: Annotated[SyncCounts, Field(description="What became of its items.")]
    next: Annotated[
        dict[str, Any] | None,
        Field(
            description="What to ask the tool for next, in its own words; null at the end.",
            examples=[{"nextPageToken": "CAEa"}],
        ),
    ]
    skipped: Annotated[
        list[SkippedRow], Field(description="What is no item; the first 100.", max_length=100)
    ]
    items: Annotated[list[PlacedItem], Field(description="Its items, in its order.")]


class FlatItem(Record, frozen=True, kw_only=True):
    """What became of one issue, flat, for rules that read one name at a time."""

    ok: Annotated[bool, Field(description="Does it have a place?")]
    key: Annotated[str, Field(description="Its key; empty where there is no issue.")]
    score: Annotated[float | None, Field(description="Its score; null where there is none.")]
    rank: Annotated[int | None, Field(description="Its rank; null where there is none.", ge=1)]
    of: Annotated[int, Field(description="How many items have a rank.", ge=0)]
    bucket: Annotated[str, Field(description="Its bucket; empty where there is none.")] = ""
    missing: Annotated[str, Field(description="The inputs it lacks, with commas between.")] = ""
    message: Annotated[str, Field(description="Why it has no place, or no score; may be empty.")]


SyncResult = TypeAliasType(
    "SyncResult",
    Annotated[SyncedPage | FlatItem, Field(description="What became of it, in either shape.")],
)


class CompletedBatch(Record, frozen=True):
    """What the end of a pull did."""

    revision: Annotated[int, Field(description="The revision of the backlog now.", ge=1)]
    etag: Annotated[str, Field(description="The ETag of the backlog now.", examples=['"7"'])]
    archived: Annotated[int, Field(description="Items that no page of it held.", ge=0)]


class _UndoneError(Exception):
    """Takes back what was only tried."""


@router.post(
    "/sync",
    max_body_size=LARGEST_PAGE,
    response_model=SyncResult,
    summary="Sync a page of a tool",
    response_description="What became of the page.",
    responses=PAGES,
    openapi_extra=needs("write") | page_body(),
)
def sync_page(
    backlog_id: BacklogId,
    body: JsonBody,
    store: Stored,
    batch: Batch = None,
    dry_run: DryRun = False,
    shape: Annotated[Shape, Query(description="How the answer is built.")] = "page",
) -> Response:
    """Take a page of Jira, Linear or GitHub as it is: it tells itself apart by its structure.

    What cannot be read makes its input unknown, and says so in `reasons`. The same page twice
    changes nothing, an item that is older than what is known is stale, and no page deletes; an
    archived item that a page holds comes back, unless the profile leaves it out, or the page does
    not tell if it does.
    """
    return _synced(backlog_id, detect(body), store, batch, dry_run=dry_run, shape=shape)


@router.post(
    "/sync.csv",
    max_body_size=LARGEST_PAGE,
    response_model=SyncedPage,
    summary="Sync a spreadsheet",
    response_description="What became of the rows.",
    responses=PAGES,
    openapi_extra=needs("write") | sheet_body(),
)
def sync_csv(
    backlog_id: BacklogId,
    body: CsvBody,
    store: Stored,
    batch: Batch = None,
    dry_run: DryRun = False,
) -> Response:
    """Take a spreadsheet in any encoding, with commas, semicolons or tabs.

    A row belongs to the item of its key, wherever that came from; columns that are called as
    inputs are, or as the profile says, are read.
    """
    return _synced(backlog_id, read_csv(body), store, batch, dry_run=dry_run, shape="page")


@router.post(
    "/sync/{batch}/complete",
    response_model=CompletedBatch,
    summary="End a pull",
    response_description="What was archived.",
    openapi_extra=needs("write"),
)
def complete_batch(backlog_id: BacklogId, batch: BatchName, store: Stored) -> Response:
    """Archive the items that no page of this pull held; of sites that it held nothing of, none.

    A pull whose page held nothing at all archives what its tool has here from its only site; of
    several sites, none. Items that no tool knows stay, unless a spreadsheet was a part of it.
    The same again archives nothing more.
    """
    with store.writing() as repository:
        syncing = Syncing(repository, backlog_id, datetime.now(UTC), store.settings.max_items)
        backlog, archived = syncing.complete(batch)
    etag = etags.of_revision(backlog.revision)
    return answer(CompletedBatch(backlog.revision, etag, archived), etag=etag)


def _synced(
    backlog_id: BacklogId,
    raw: RawPage,
    store: Store,
    batch: str | None,
    *,
    dry_run: bool,
    shape: Shape,
) -> Response:
    def effect(repository: Sources) -> Synced:
        syncing = Syncing(repository, backlog_id, datetime.now(UTC), store.settings.max_items)
        return syncing.merge(syncing.read(raw), batch)

    if shape == "flat" and len(raw.issues) != 1:
        with store.reading() as repository:
            backlog = repository.backlog(backlog_id)
        return answer(_not_one(raw, backlog), etag=etags.of_revision(backlog.revision))
    synced = (_tried if dry_run else _done)(store, effect)
    etag = etags.of_revision(synced.backlog.revision)
    return answer(flat_told(synced) if shape == "flat" else page_told(synced, etag), etag=etag)


def _done(store: Store, effect: Callable[[Sources], Synced]) -> Synced:
    with store.writing() as repository:
        return effect(repository)


def _tried(store: Store, effect: Callable[[Sources], Synced]) -> Synced:
    """Say what would become of it, and take it back."""
    with suppress(_UndoneError), store.writing() as repository:
        synced = effect(repository)
        raise _UndoneError
    return synced


def page_told(synced: Synced, etag: str) -> SyncedPage:
    """Say what became of a page."""
    page, outcomes = synced.page, [item.outcome for item in synced.items]
    items = [_item_told(item, synced) for item in synced.items]
    return SyncedPage(
        page.detected,
        synced.backlog.revision,
        etag,
        SyncCounts(
            len(items),
            outcomes.count("created"),
            outcomes.count("updated"),
            outcomes.count("unchanged"),
            outcomes.count("stale"),
            outcomes.count("left_out"),
            len(page.skipped),
            sum(item.status == "unranked" for item in items),
        ),
        page.next or None,
        [SkippedRow(name, message) for name, message in page.skipped[:100]],
        items,
    )


def _not_one(raw: RawPage, backlog: StoredBacklog) -> FlatItem:
    """Say why nothing is kept of a page that does not hold one issue."""
    told = f"shape=flat is for one issue, and these are {len(raw.issues)}: none is kept."
    if not raw.issues and raw.skipped:
        told = raw.skipped[0][1]
    return FlatItem(ok=False, key="", score=None, rank=None, of=backlog.ranked, message=told)


def flat_told(synced: Synced) -> FlatItem:
    """Say what became of the one issue that was sent."""
    item = _item_told(synced.items[0], synced)
    missing = [
        reason.input
        for reason in item.reasons
        if reason.input and (reason.code != "unknown_field" or item.rank is None)
    ]
    return FlatItem(
        ok=item.rank is not None,
        key=item.key,
        score=item.score,
        rank=item.rank,
        of=synced.backlog.ranked,
        bucket=item.bucket or "",
        missing=",".join(dict.fromkeys(missing)),
        message=" ".join(reason.message for reason in item.reasons),
    )


def _item_told(synced: SyncedItem, whole: Synced) -> PlacedItem:
    sent, place = synced.sent, synced.place
    changed = synced.outcome in {"created", "updated"}
    if place is None:
        return PlacedItem(
            key=sent.key,
            title=sent.title or None,
            url=sent.url or None,
            labels=sent.labels or [],
            status="unranked",
            rank=None,
            position=None,
            score=None,
            tier=None,
            bucket=None,
            inputs={name: value for name, value in sent.inputs.items() if value is not None},
            explanation=None,
            reasons=synced.reasons,
            source_id=sent.source_id,
            of=whole.backlog.ranked,
            changed=changed,
        )
    item = place.item
    return PlacedItem(
        key=item.key,
        title=item.title,
        url=item.url,
        labels=as_written(item.labels),
        status="unranked" if item.tier is None else "ranked",
        rank=place.rank,
        position=place.position,
        score=item.score,
        tier=item.tier,
        bucket=item.bucket,
        inputs=as_written(item.inputs),
        explanation=None,
        reasons=synced.reasons,
        source_id=sent.source_id,
        of=whole.backlog.ranked,
        changed=changed,
    )
