"""One page to be pasted into a mail: the top, what moved and why, the warnings."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic.json_schema import SkipJsonSchema

from app.api.authentication import needs
from app.api.dependencies import BacklogId, Stored
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.backlogs.diffs import side_of_now, side_of_run
from app.backlogs.scoring import methods_of, scoring_of
from app.engine.arithmetic import counted_of, spoken
from app.engine.diff import Comparison, compare
from app.engine.verdict import ListWarning
from app.storage.records import StoredBacklog, StoredPlace, StoredRun

TOP: Final = 10
MOST_MOVES: Final = 10

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}",
    tags=["ranking"],
    route_class=StrictRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class MarkdownResponse(Response):
    """An answer in Markdown."""

    media_type = "text/markdown; charset=utf-8"


@router.get(
    "/report.md",
    openapi_extra=needs("read"),
    response_class=MarkdownResponse,
    summary="Read a report for people",
    response_description="One page of Markdown.",
)
def get_report(
    backlog_id: BacklogId,
    store: Stored,
    since: Annotated[
        UUID | SkipJsonSchema[None],
        Query(alias="from", description="Say what moved since this run."),
    ] = None,
) -> Response:
    """Write the top of the ranking, what moved since a run and why, and what to look at."""
    with store.reading() as repository:
        backlog = repository.backlog(backlog_id)
        top = repository.ranking(backlog_id, None, TOP)
        run = repository.run(backlog_id, since) if since else None
        comparison = None
        if run:
            now = side_of_now(repository, backlog)
            comparison = compare(side_of_run(repository, backlog_id, run), now, MOST_MOVES)
    lines = _written(backlog, top, run, comparison, datetime.now(UTC))
    return MarkdownResponse("\n".join(lines) + "\n")


def _written(
    backlog: StoredBacklog,
    top: Sequence[StoredPlace],
    run: StoredRun | None,
    comparison: Comparison | None,
    now: datetime,
) -> Iterator[str]:
    methods = " in the buckets of ".join(one.title for one in methods_of(scoring_of(backlog)))
    whole = backlog.ranked + backlog.unranked
    yield f"# {_plain(backlog.name)}"
    yield f"\nBy {methods}, {now:%Y-%m-%d}, revision {backlog.revision}."
    yield f"{counted_of(backlog.ranked, whole)} a place."
    yield "\n## Top\n"
    yield from _table([place for place in top if place.rank])
    if run and comparison:
        yield f"\n## What moved since {run.created_at:%Y-%m-%d %H:%M} UTC\n"
        if run.note:
            yield f"{_plain(run.note)}\n"
        yield from _moves(comparison)
    warnings = msgspec.json.decode(backlog.warnings, type=list[ListWarning])
    if warnings or backlog.unranked:
        yield "\n## To look at\n"
        yield from (f"- {_plain(warning.message)}" for warning in warnings)
        if backlog.unranked:
            yield f"- {counted_of(backlog.unranked, whole)} no place; the ranking says why."


def _table(places: Sequence[StoredPlace]) -> Iterator[str]:
    if not places:
        yield "Nothing has a place yet."
        return
    in_buckets = any(place.item.bucket for place in places)
    yield f"| Rank | Item | {'Bucket | ' if in_buckets else ''}Score |"
    yield f"|---:|---|{'---|' if in_buckets else ''}---:|"
    for place in places:
        item = place.item
        name = f"{_plain(item.key)} {_plain(item.title or '')}".rstrip()
        if item.url:
            name = f"[{name}](<{_address(item.url)}>)"
        bucket = f"{item.bucket or ''} | " if in_buckets else ""
        score = "" if item.score is None else spoken(item.score)
        yield f"| {place.rank} | {name} | {bucket}{score} |"


def _moves(comparison: Comparison) -> Iterator[str]:
    if not comparison.moves:
        yield "Nothing moved."
        return
    counts, top = comparison.counts, comparison.top_10_kept
    stayed = f"; {top.kept} of the top {top.of} stayed" if top.of else ""
    yield (
        f"{counts.up} up, {counts.down} down, {counts.entered} new, {counts.left} gone{stayed}."
    )
    yield ""
    for move in comparison.moves:
        name = f"**{_plain(move.key)}** {_plain(move.title or '')}".rstrip()
        yield f"- {name}: {_plain(move.text)}"


def _plain(text: str) -> str:
    """Write text that Markdown takes for nothing else."""
    return re.sub(r"([\\`*_\[\]<>|#~&])", r"\\\1", " ".join(text.split()))


def _address(url: str) -> str:
    """Write an address that ends neither a link nor a cell, and in which nothing is an entity."""
    return re.sub(r"[\\`<>|]", lambda found: quote(found[0]), url).replace("&", "&amp;")
