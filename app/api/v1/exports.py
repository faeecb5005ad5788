"""A whole backlog as one document, to be imported elsewhere: its runs keep their hashes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, Field, GetPydanticSchema, Strict
from pydantic_core import PydanticCustomError, core_schema

from app.api.authentication import needs
from app.api.dependencies import BacklogId, Store, Stored
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id, to_json
from app.api.v1.bodies import Labels, Name, Note, Time, Title, Url
from app.api.v1.rankings import Scoring, as_written, scoring_told
from app.backlogs.scoring import scoring_of
from app.engine.inputs import WHOLE, Key, Number
from app.engine.methods import METHODS, AnyInputs
from app.engine.verdict import Balance, Explanation, ListWarning, Reason, Record, References
from app.storage.records import StoredItem, StoredRun, StoredRunItem
from app.storage.rows import parts

MOST_ITEMS: Final = 50_000
MOST_RUNS: Final = 1_000

router = APIRouter(
    prefix="/v1/backlogs",
    tags=["backlogs"],
    route_class=StrictRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)


Place = Annotated[int, Strict(), Field(ge=1, le=MOST_ITEMS), WHOLE]
"""A rank or a position."""

Tier = Annotated[int, Strict(), Field(ge=0, le=100), WHOLE]
"""A class as a number."""


def _text(sent: str) -> str:
    if "\0" in sent:
        raise PydanticCustomError("not_text", "Send text without a NUL.")
    return sent


Text = Annotated[str, AfterValidator(_text)]
"""A text that either database takes; the contract has no pattern for it."""

Inputs = Annotated[
    Any,
    GetPydanticSchema(lambda _, handler: handler(AnyInputs)),
    Field(description="What was known of it."),
]


GivenFor = Annotated[
    Any,
    GetPydanticSchema(
        lambda _, __: core_schema.dict_schema(
            core_schema.str_schema(max_length=100),
            core_schema.str_schema(pattern=rf"^({'|'.join(METHODS)})(?!\n)$", max_length=100),
            max_length=100,
        )
    ),
    Field(
        description="For which method an input was given, where the backlog's takes its name for"
        " something else."
    ),
]


class ExportedItem(Record, frozen=True):
    """An item as it was written."""

    id: Annotated[UUID, Field(description="By which runs know it, whatever its key.")]
    key: Key
    title: Annotated[Title | None, Field(description="What it is called.")]
    url: Annotated[Url | None, Field(description="Where it lives.")]
    labels: Annotated[Labels, Field(description="Its labels.")]
    inputs: Inputs
    archived: Annotated[bool, Strict(), Field(description="Is it kept aside?")]
    created_at: Annotated[Time, Field(description="When it was created.")]
    updated_at: Annotated[Time, Field(description="When it was last changed.")]
    given_for: GivenFor = msgspec.field(default_factory=dict)


class ExportedPlace(Record, frozen=True):
    """How an item stood in a run."""

    id: Annotated[UUID, Field(description="The item's id.")]
    key: Key
    title: Annotated[Title | None, Field(description="What it was called.")]
    url: Annotated[Url | None, Field(description="Where it lived.")]
    labels: Annotated[Labels, Field(description="Its labels.")]
    inputs: Inputs
    rank: Annotated[Place | None, Field(description="Place with ties.")]
    position: Annotated[Place | None, Field(description="Place without ties.")]
    score: Annotated[Number | None, Field(description="Its score.")]
    tier: Annotated[Tier | None, Field(description="The class as a number.")]
    bucket: Annotated[Text | None, Field(description="The class by name.", max_length=40)]
    explanation: Annotated[Explanation | None, Field(description="How the score came about.")]
    reasons: Annotated[Sequence[Reason], Field(description="Why it had no score or place.")]


class ExportedRun(Record, frozen=True):
    """A run with all that is in it."""

    id: Annotated[UUID, Field(description="Its id.")]
    revision: Annotated[
        int,
        Strict(),
        Field(description="The revision of the backlog.", ge=1, le=2**31 - 1),
        WHOLE,
    ]
    scoring: Annotated[Scoring, Field(description="How the list was scored.")]
    warnings: Annotated[list[ListWarning], Field(description="What was noticed of the list.")]
    balance: Annotated[Balance | None, Field(description="How the work was spread.")]
    reference: Annotated[References | None, Field(description="What was measured against.")]
    engine_version: Annotated[Text, Field(description="The engine.", max_length=40)]
    sha256: Annotated[str, Field(description="Its hash, as told of a run.", max_length=64)]
    note: Annotated[Note | None, Field(description="Why it was frozen.")]
    created_by: Annotated[Text | None, Field(description="Who froze it.", max_length=255)]
    created_at: Annotated[Time, Field(description="When it was frozen.")]
    items: Annotated[
        list[ExportedPlace],
        Field(description="In order, the unranked last.", max_length=MOST_ITEMS, fail_fast=True),
    ]


class ExportedBacklog(Record, frozen=True, kw_only=True):
    """A backlog with its items and runs; profile, webhooks and audit stay where they are."""

    name: Name
    description: Annotated[Note | None, Field(description="What it is for.")]
    scoring: Annotated[Scoring, Field(description="How it is scored.")]
    revision: Annotated[
        int, Strict(), Field(description="Its revision.", ge=1, le=2**31 - 2), WHOLE
    ]
    created_at: Annotated[
        Time,
        Field(description="When it was created; an import that does not say it creates it now."),
    ] = msgspec.field(default_factory=partial(datetime.now, UTC))
    items: Annotated[
        list[ExportedItem], Field(description="By key.", max_length=MOST_ITEMS, fail_fast=True)
    ]
    runs: Annotated[
        list[ExportedRun],
        Field(description="The oldest first.", max_length=MOST_RUNS, fail_fast=True),
    ]


class BacklogExport(Record, frozen=True):
    """A whole backlog, to be imported elsewhere."""

    backlog: Annotated[ExportedBacklog, Field(description="It, its items and its runs.")]


@router.get(
    "/{backlog_id:uuid}/export",
    openapi_extra=needs("read"),
    response_model=BacklogExport,
    summary="Export a backlog",
    response_description="It, its items and its runs.",
    responses=declared("not-found"),
)
def export_backlog(backlog_id: BacklogId, store: Stored) -> Response:
    """Give a whole backlog, its archived items and its runs, as one document.

    Its profile is not in it: read that from `/profile`, and write it to the imported one.
    """
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        items = repository.items(backlog_id, archived=None)
        runs = [run.id for run in reversed(repository.runs(backlog_id, None, None))]
    without_lists = ExportedBacklog(
        name=backlog.name,
        description=backlog.description,
        scoring=scoring_told(scoring_of(backlog)),
        revision=backlog.revision,
        created_at=backlog.created_at,
        items=[],
        runs=[],
    )
    items.sort(key=lambda item: item.key)
    written = chain(
        [to_json(BacklogExport(without_lists)).removesuffix(RUNS + END)],
        _members(map(_item_told, few) for few in parts(items, AT_ONCE)),
        [RUNS],
        _runs_written(store, backlog_id, runs),
        [END],
    )
    return StreamingResponse(written, media_type="application/json")


RUNS: Final = b'],"runs":['
"""What parts the items of an export from its runs."""

END: Final = b"]}}"
"""With what an export ends, whose runs come last."""

AT_ONCE: Final = 1_000
"""So many items are written at a time: more would be held until the slowest has taken them."""


def _members(parts: Iterable[Iterable[Record]]) -> Iterator[bytes]:
    """Write the members of a list, each part of them as a piece of its own."""
    comma = b""
    for part in parts:
        yield comma + to_json(list(part))[1:-1]
        comma = b","


def _runs_written(store: Store, backlog_id: UUID, runs: Iterable[UUID]) -> Iterator[bytes]:
    """Write run by run, each part read when it is its turn: they never change, and are many.

    Between two parts no connection is held, however slowly they are taken.

    Raises:
        NotFound: the backlog was deleted meanwhile, or a run of it whose time had come; the answer
            breaks off.
    """
    comma = b""
    for run_id in runs:
        with store.reading() as repository:
            run = repository.run(backlog_id, run_id)
        yield comma + to_json(_run_told(run)).removesuffix(b"]}")
        yield from _members(map(_place_told, few) for few in _places(store, backlog_id, run_id))
        yield b"]}"
        comma = b","


def _places(store: Store, backlog_id: UUID, run_id: UUID) -> Iterator[list[StoredRunItem]]:
    after = 0
    while True:
        with store.reading() as repository:
            repository.run(backlog_id, run_id)  # or one that is gone would look like a short one
            items = repository.run_items(backlog_id, run_id, after, AT_ONCE)
        if items:
            yield items
        if len(items) < AT_ONCE:
            return
        after = items[-1].place


def _item_told(item: StoredItem) -> ExportedItem:
    return ExportedItem(
        item.id,
        item.key,
        item.title,
        item.url,
        as_written(item.labels),
        as_written(item.inputs),
        item.archived,
        item.created_at,
        item.updated_at,
        as_written(item.given_for or "{}"),
    )


def _run_told(run: StoredRun) -> ExportedRun:
    """Tell all of a run but its items."""
    return ExportedRun(
        run.id,
        run.revision,
        scoring_told(scoring_of(run)),
        as_written(run.warnings),
        as_written(run.balance),
        as_written(run.reference),
        run.engine_version,
        run.sha256,
        run.note,
        run.created_by,
        run.created_at,
        [],
    )


def _place_told(item: StoredRunItem) -> ExportedPlace:
    return ExportedPlace(
        item.item_id,
        item.key,
        item.title,
        item.url,
        as_written(item.labels),
        as_written(item.inputs),
        item.rank,
        item.position,
        item.score,
        item.tier,
        item.bucket,
        as_written(item.explanation),
        as_written(item.reasons),
    )
