"""A backlog from what an export gave: items are scored anew, runs must be what their hash says."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import (
    BaseModel,
    Field,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
)
from rfc8785 import CanonicalizationError

from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import Once, Stored
from app.api.faults import Fault, Invalid, fault_of
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.api.v1.backlogs import Backlog, backlog_answer
from app.api.v1.exports import ExportedBacklog
from app.api.v1.scorings import ScoringRequest, scoring_read
from app.backlogs.merging import Change, created
from app.backlogs.quotas import refuse_backlog, refuse_runs
from app.backlogs.runs import hash_of
from app.backlogs.scoring import write
from app.backlogs.writing import Writer, new_backlog
from app.engine import ranking as engine
from app.engine.ranking import duplicates
from app.storage.records import StoredItem, StoredRun, StoredRunItem
from app.storage.repository import Repository

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of an import, which holds a whole backlog with its runs."""

LEAST: Final = 20
"""Bytes to each object and list of a body: in an export there are more than twice as many."""

SLACK: Final = 50_000
"""So many objects and lists do no harm, however short they are: brackets in a text count too."""

HIGHEST: Final = 1_000_000_000
"""Of a revision: behind it there are as many again before the column ends."""

router = APIRouter(
    prefix="/v1/backlogs",
    tags=["backlogs"],
    route_class=BodyRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)


class BacklogImportRequest(bodies.Request):
    """What an export gave."""

    backlog: Annotated[
        Any,
        GetPydanticSchema(lambda _, handler: handler(ExportedBacklog)),
        Field(description="It, its items and its runs."),
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
                "created_at": "2026-11-02T08:00:00Z",
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


def _refuse_dense(request: Request) -> None:
    """Refuse what would take far more memory than its bytes, before it is read.

    Raises:
        Invalid: the body holds more objects and lists than an export of its size.
    """
    body: bytes = request.state.body
    parts = body.count(b"{") + body.count(b"[")
    if parts > SLACK + len(body) // LEAST:
        told = f"It holds {parts:,} objects and lists, more than an export of its size."
        raise Invalid([Fault("body", "#", "too_dense", told, "")])


@router.post(
    "/import",
    dependencies=[Depends(_refuse_dense)],
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

    What the hash does not cover is taken as it is sent: a run's explanations, ids, revision, note,
    created_by and created_at. Who can reckon a hash can send any run.

    Which tool an item came from is known again after the next pull from it.
    """
    sent = body.backlog
    scoring = _scoring(sent["scoring"], "#/backlog/scoring")
    _refuse_repeated(sent["items"], "#/backlog/items", "key", "id")
    _refuse_repeated(sent["runs"], "#/backlog/runs", "id")
    runs = [_run(run, number) for number, run in enumerate(sent["runs"])]
    if sent["revision"] > HIGHEST:
        told = f"A backlog may be imported with a revision of {HIGHEST:,} at most."
        raise Invalid([Fault("body", "#/backlog/revision", "out_of_range", told, "")])

    def effect(repository: Repository, now: datetime) -> Response:
        backlog = msgspec.structs.replace(
            new_backlog(sent["name"], sent["description"], scoring, now),
            revision=sent["revision"],
            created_at=sent.get("created_at", now),
        )
        refuse_backlog(repository, store.settings.max_backlogs)
        repository.add_backlog(backlog)
        writer = Writer(repository, backlog.id, now)
        filled = [_item(item, backlog.revision) for item in sent["items"]]
        writer.fill(filled, [run.id for run, _ in runs], store.settings.max_items)
        refuse_runs(repository, backlog.id, len(runs), store.settings.max_runs)
        until = store.settings.run_kept_until(now)
        for run, items in runs:
            repository.add_run(backlog.id, msgspec.structs.replace(run, kept_until=until), items)
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
    """Make an item as a merge makes it, with the id and the times that it had."""
    inputs = _known(sent["inputs"])
    change = Change(
        sent["key"], sent["title"], sent["url"], sent["labels"], inputs, sent["archived"]
    )
    made = created(change, revision, sent["created_at"])
    given_for = {
        name: method for name, method in sent.get("given_for", {}).items() if name in inputs
    }
    return msgspec.structs.replace(
        made,
        id=sent["id"],
        updated_at=sent["updated_at"],
        given_for=_document(given_for or None),
    )


def _run(sent: Mapping[str, Any], number: int) -> tuple[StoredRun, list[StoredRunItem]]:
    _scoring(sent["scoring"], f"#/backlog/runs/{number}/scoring")
    _refuse_repeated(sent["items"], f"#/backlog/runs/{number}/items", "key", "id")
    _refuse_misplaced(sent["items"], f"#/backlog/runs/{number}/items")
    bucket_by = sent["scoring"]["bucket_by"]
    items = [
        StoredRunItem(
            place=place,
            item_id=item["id"],
            key=item["key"],
            title=item["title"],
            url=item["url"],
            labels=_written(item["labels"]),
            inputs=_written(_known(item["inputs"])),
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
        kept_until=None,
    )
    if not _is_whole(run, items):
        told = "The run is not what its hash says: it was changed on the way."
        raise Invalid([Fault("body", f"#/backlog/runs/{number}", "hash_differs", told, "")])
    return run, items


def _refuse_misplaced(sent: Sequence[Mapping[str, Any]], pointer: str) -> None:
    """Refuse what no ranking says of a place."""
    told = (
        "rank, position and tier are numbers or null together, and no rank is behind its position."
    )
    faults = [
        Fault("body", f"{pointer}/{number}/rank", "no_place", told, "")
        for number, item in enumerate(sent)
        for rank, position, tier in [(item["rank"], item["position"], item["tier"])]
        if not (rank is position is tier is None)
        and (rank is None or position is None or tier is None or rank > position)
    ]
    if faults:
        raise Invalid(faults)


def _is_whole(run: StoredRun, items: Sequence[StoredRunItem]) -> bool:
    try:
        return hash_of(run, items) == run.sha256
    except CanonicalizationError:  # a number that no run of ours can hold
        return False


def _known(sent: BaseModel) -> dict[str, Any]:
    return sent.model_dump(mode="json", exclude_none=True)


def _document(sent: object) -> str | None:
    return None if sent is None else _written(sent)


def _written(sent: object) -> str:
    return write(sent).decode()
