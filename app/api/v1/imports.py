"""A whole backlog as one document, from one database to another: runs keep their hashes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Body, Response
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    Strict,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError
from rfc8785 import CanonicalizationError

from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import BacklogId, Once, Stored, answer
from app.api.faults import Fault, Invalid, fault_of
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1.backlogs import Backlog, backlog_answer
from app.api.v1.bodies import Labels, Name, Note, Request, Time, Title, Url
from app.api.v1.rankings import Scoring, as_written, scoring_told
from app.api.v1.scorings import ScoringRequest, scoring_read
from app.backlogs.quotas import refuse_backlog, refuse_runs
from app.backlogs.runs import hash_of
from app.backlogs.scoring import scoring_of, write
from app.backlogs.writing import Writer, new_backlog
from app.engine import ranking as engine
from app.engine.inputs import Key, Number
from app.engine.methods import AnyInputs
from app.engine.ranking import duplicates
from app.engine.verdict import (
    Balance,
    Explanation,
    ListWarning,
    Reason,
    Record,
    References,
)
from app.storage.records import StoredItem, StoredRun, StoredRunItem
from app.storage.repository import Repository

MOST_ITEMS: Final = 50_000
MOST_RUNS: Final = 1_000

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of an import, which holds a whole backlog with its runs."""

router = APIRouter(
    prefix="/v1/backlogs",
    tags=["backlogs"],
    route_class=BodyRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)


def _whole(sent: object) -> object:
    return int(sent) if isinstance(sent, float) and sent.is_integer() else sent


WHOLE: Final = BeforeValidator(_whole)
"""A whole number is known by its value: 5.0 is one."""

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
    sha256: Annotated[str, Field(description="Its hash.", max_length=64)]
    note: Annotated[Note | None, Field(description="Why it was frozen.")]
    created_by: Annotated[Text | None, Field(description="Who froze it.", max_length=255)]
    created_at: Annotated[Time, Field(description="When it was frozen.")]
    items: Annotated[
        list[ExportedPlace],
        Field(description="In order, the unranked last.", max_length=MOST_ITEMS, fail_fast=True),
    ]


class ExportedBacklog(Record, frozen=True):
    """All that is kept of a backlog."""

    name: Name
    description: Annotated[Note | None, Field(description="What it is for.")]
    scoring: Annotated[Scoring, Field(description="How it is scored.")]
    revision: Annotated[
        int, Strict(), Field(description="Its revision.", ge=1, le=2**31 - 2), WHOLE
    ]
    items: Annotated[
        list[ExportedItem], Field(description="By key.", max_length=MOST_ITEMS, fail_fast=True)
    ]
    runs: Annotated[
        list[ExportedRun],
        Field(description="The oldest first.", max_length=MOST_RUNS, fail_fast=True),
    ]


class BacklogExport(Record, frozen=True):
    """A whole backlog, to be imported elsewhere."""

    backlog: Annotated[ExportedBacklog, Field(description="All that is kept of it.")]


class BacklogImportRequest(Request):
    """What an export gave."""

    backlog: Annotated[
        Any,
        GetPydanticSchema(lambda _, handler: handler(ExportedBacklog)),
        Field(description="All that is kept of it."),
    ]


EXAMPLES: Final[dict[str, Any]] = {
    "one_item": {
        "summary": "A backlog of one item, without runs",
        "value": {
            "backlog": {
                "name": "Imported roadmap",
                "description": "From the other office",
                "scoring": {
                    "method": "rice",
                    "options": {"reach_period": "month"},
                    "bucket_by": {"method": "kano", "options": {}},
                },
                "revision": 7,
                "items": [
                    {
                        "id": "01a20650-0000-7000-8000-000000000001",
                        "key": "SP-1",
                        "title": "Search",
                        "url": "https://example.com/SP-1",
                        "labels": ["growth"],
                        "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
                        "archived": False,
                        "created_at": "2026-11-02T09:00:00Z",
                        "updated_at": "2026-11-02T09:00:00Z",
                    }
                ],
                "runs": [],
            }
        },
    }
}


@router.get(
    "/{backlog_id:uuid}/export",
    openapi_extra=needs("read"),
    response_model=BacklogExport,
    summary="Export a backlog",
    response_description="All that is kept of it.",
    responses=declared("not-found"),
)
def export_backlog(backlog_id: BacklogId, store: Stored) -> Response:
    """Give a whole backlog, its archived items and its runs, as one document."""
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        items = repository.items(backlog_id, archived=None)
        runs = [
            _run_told(run, repository.run_items(backlog_id, run.id))
            for run in reversed(repository.runs(backlog_id, None, None))
        ]
    told = ExportedBacklog(
        backlog.name,
        backlog.description,
        scoring_told(scoring_of(backlog)),
        backlog.revision,
        [_item_told(item) for item in sorted(items, key=lambda item: item.key)],
        runs,
    )
    return answer(BacklogExport(told))


@router.post(
    "/import",
    openapi_extra=needs("write"),
    status_code=201,
    max_body_size=LARGEST,
    response_model=Backlog,
    summary="Import a backlog",
    response_description="The new backlog.",
    responses=declared("malformed-json", "conflict", "too-large", "unsupported-media-type"),
)
def import_backlog(
    body: Annotated[BacklogImportRequest, Body(openapi_examples=EXAMPLES)],
    once: Once,
    store: Stored,
) -> Response:
    """Take what an export gave: items are scored anew, and runs must be what their hash says.

    Which tool an item came from is known again after the next pull from it.
    """
    sent = body.backlog
    scoring = _scoring(sent["scoring"], "#/backlog/scoring")
    _refuse_repeated(sent["items"], "#/backlog/items", "key", "id")
    _refuse_repeated(sent["runs"], "#/backlog/runs", "id")
    runs = [_run(run, number) for number, run in enumerate(sent["runs"])]

    def effect(repository: Repository, now: datetime) -> Response:
        backlog = msgspec.structs.replace(
            new_backlog(sent["name"], sent["description"], scoring, now), revision=sent["revision"]
        )
        refuse_backlog(repository, store.settings.max_backlogs)
        repository.add_backlog(backlog)
        writer = Writer(repository, backlog.id, now)
        filled = [_item(item, backlog.revision) for item in sent["items"]]
        writer.fill(filled, store.settings.max_items)
        refuse_runs(repository, backlog.id, len(runs), store.settings.max_runs)
        for run, items in runs:
            repository.add_run(backlog.id, run, items)
        return backlog_answer(writer.backlog, 201)

    return once(effect)


def _refuse_repeated(sent: Sequence[Mapping[str, Any]], pointer: str, *names: str) -> None:
    """Refuse what two of a list share, though each has its own."""
    if faults := [
        Fault(
            "body",
            f"{pointer}/{again}/{name}",
            f"duplicate_{name}",
            f"It is that of {pointer}/{first}: give each its own.",
            "",
        )
        for name in names
        for _, first, again in duplicates([str(one[name]) for one in sent])
    ]:
        raise Invalid(faults)


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
    )


def _run_told(run: StoredRun, items: Sequence[StoredRunItem]) -> ExportedRun:
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
        [
            ExportedPlace(
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
            for item in items
        ],
    )


_SCORING: Final[TypeAdapter[Any]] = TypeAdapter(ScoringRequest)


def _scoring(sent: Mapping[str, Any], pointer: str) -> engine.Scoring:
    wanted = {name: value for name, value in sent.items() if value is not None}
    try:
        return scoring_read(_SCORING.validate_python(wanted))
    except ValidationError as error:
        faults = [fault_of(one, wanted, {}) for one in error.errors(include_url=False)]
        raise Invalid(
            [
                Fault("body", pointer + fault.pointer[1:], fault.code, fault.detail, "")
                for fault in faults
            ]
        ) from None


def _item(sent: Mapping[str, Any], revision: int) -> StoredItem:
    return StoredItem(
        id=sent["id"],
        key=sent["key"],
        title=sent["title"],
        url=sent["url"],
        labels=_written(sent["labels"]),
        inputs=_inputs(sent["inputs"]),
        archived=sent["archived"],
        revision=revision,
        score=None,
        tier=None,
        bucket=None,
        bucket_text=None,
        reasons="[]",
        created_at=sent["created_at"],
        updated_at=sent["updated_at"],
    )


def _run(sent: Mapping[str, Any], number: int) -> tuple[StoredRun, list[StoredRunItem]]:
    _scoring(sent["scoring"], f"#/backlog/runs/{number}/scoring")
    _refuse_repeated(sent["items"], f"#/backlog/runs/{number}/items", "key", "id")
    bucket_by = sent["scoring"]["bucket_by"]
    items = [
        StoredRunItem(
            place=place,
            item_id=item["id"],
            key=item["key"],
            title=item["title"],
            url=item["url"],
            labels=_written(item["labels"]),
            inputs=_inputs(item["inputs"]),
            rank=item["rank"],
            position=item["position"],
            score=item["score"],
            tier=item["tier"],
            bucket=item["bucket"],
            explanation=_document(item["explanation"]),
            reasons=_written(item["reasons"]),
        )
        for place, item in enumerate(sent["items"], 1)
    ]
    run = StoredRun(
        id=sent["id"],
        revision=sent["revision"],
        method=sent["scoring"]["method"],
        options=_written(sent["scoring"]["options"]),
        bucket_method=bucket_by["method"] if bucket_by else None,
        bucket_options=_written(bucket_by["options"]) if bucket_by else None,
        ranked=sum(item.rank is not None for item in items),
        unranked=sum(item.rank is None for item in items),
        warnings=_written(sent["warnings"]),
        balance=_document(sent["balance"]),
        reference=_document(sent["reference"]),
        engine_version=sent["engine_version"],
        sha256=sent["sha256"],
        note=sent["note"],
        created_by=sent["created_by"],
        created_at=sent["created_at"],
    )
    if not _is_whole(run, items):
        told = "The run is not what its hash says: it was changed on the way."
        raise Invalid([Fault("body", f"#/backlog/runs/{number}", "hash_differs", told, "")])
    return run, items


def _is_whole(run: StoredRun, items: Sequence[StoredRunItem]) -> bool:
    try:
        return hash_of(run, items) == run.sha256
    except CanonicalizationError:  # a number that no run of ours can hold
        return False


def _inputs(sent: BaseModel) -> str:
    return _written(sent.model_dump(mode="json", exclude_none=True))


def _document(sent: object) -> str | None:
    return None if sent is None else _written(sent)


def _written(sent: object) -> str:
    return write(sent).decode()
