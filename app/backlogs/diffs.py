"""What moved: between two runs, since a run, or if something were changed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from app.backlogs.merging import Change, created, merged
from app.backlogs.scoring import (
    explainer,
    reference_of,
    score_items,
    scoring_of,
    with_verdict,
    write,
)
from app.backlogs.writing import refuse_too_many, scoring_fields
from app.engine.errors import DuplicateKeys
from app.engine.moves import Side, Standing
from app.engine.ranking import (
    Scoring,
    canonical_options,
    duplicates,
    inputs_judged,
    options_judged,
)
from app.engine.verdict import Explanation
from app.storage.places import places_of, sort_key
from app.storage.records import StoredBacklog, StoredItem, StoredPlace, StoredRun, StoredRunItem
from app.storage.repository import Repository

_inputs: Final = msgspec.json.Decoder(dict[str, Any]).decode
_explanation: Final = msgspec.json.Decoder(Explanation).decode


def side_of_run(repository: Repository, backlog_id: UUID, run: StoredRun) -> Side:
    """Say how the items stood in a run."""
    return _side_of_run(run, repository.run_items(backlog_id, run.id))


def side_of_now(repository: Repository, backlog: StoredBacklog) -> Side:
    """Say how the items stand."""
    return side_of_places(backlog, repository.ranking(backlog.id, None, None))


def side_of_items(backlog: StoredBacklog, items: Sequence[StoredItem]) -> Side:
    """Say how items stand that are all of a backlog."""
    return side_of_places(backlog, list(places_of(sorted(items, key=sort_key))))


def side_of_places(backlog: StoredBacklog, places: Sequence[StoredPlace]) -> Side:
    """Say how some items stand, whose places are known."""
    explain = explainer(backlog)
    known = {place.item.id.hex: place.item for place in places}
    standings = [
        Standing(
            place.item.id.hex,
            place.item.key,
            place.item.title,
            _inputs(place.item.inputs),
            place.rank,
            place.item.score,
            place.item.tier,
            place.item.bucket,
        )
        for place in places
    ]
    return _side(backlog, standings, lambda one: explain(known[one.identity]))


def what_if(
    backlog: StoredBacklog,
    items: Sequence[StoredItem],
    scoring: Scoring | None,
    changes: Sequence[Change],
    most: int,
    now: datetime,
) -> Side:
    """Say how all items would stand with another scoring, or with other inputs.

    Raises:
        DuplicateKeys: two of the changes share a key.
        DependencyCircles: items would depend on each other in a circle.
        TooManyCriteria: an item would have more than it may.
        TooManyItems: the backlog would hold more than it may.
    """
    if repetitions := duplicates([change.key for change in changes]):
        raise DuplicateKeys(repetitions)
    if scoring:
        backlog = msgspec.structs.replace(backlog, **scoring_fields(scoring))
    changed = {item.key: item for item in items}
    for change in changes:
        known = changed.get(change.key)
        revision = backlog.revision + 1
        changed[change.key] = (
            merged(known, change, revision, now) if known else created(change, revision, now)
        )
    refuse_too_many(len(items), len(changed), most)
    after = [item for item in changed.values() if not item.archived]
    said = score_items(after, scoring_of(backlog))
    scored = [with_verdict(*one) for one in zip(after, said.verdicts, strict=True)]
    reference = write(said.reference).decode() if said.reference else None
    return side_of_items(msgspec.structs.replace(backlog, reference=reference), scored)


def side_of_item(run: StoredRun, item: StoredRunItem | None) -> Side:
    """Say how one item stood in a run, without the others."""
    return _side_of_run(run, [item] if item else [])


def _side_of_run(run: StoredRun, items: Sequence[StoredRunItem]) -> Side:
    known = {item.item_id.hex: item.explanation for item in items}
    standings = [
        Standing(
            item.item_id.hex,
            item.key,
            item.title,
            _inputs(item.inputs),
            item.rank,
            item.score,
            item.tier,
            item.bucket,
        )
        for item in items
    ]
    return _side(run, standings, lambda one: _read(known[one.identity]))


def _read(explanation: str | None) -> Explanation | None:
    return _explanation(explanation) if explanation else None


def _side(
    stored: StoredBacklog | StoredRun,
    standings: Sequence[Standing],
    explain: Callable[[Standing], Explanation | None],
) -> Side:
    scoring = scoring_of(stored)
    method, buckets = scoring.method, scoring.bucket_method
    return Side(
        method.title,
        options_judged(method, scoring.options),
        buckets.title if buckets else None,
        options_judged(buckets, scoring.bucket_options),
        (
            canonical_options(method, scoring.options),
            canonical_options(buckets, scoring.bucket_options),
        ),
        method.per_item(scoring.options),
        buckets.per_item(scoring.bucket_options) if buckets else method.per_item(scoring.options),
        reference_of(stored),
        inputs_judged(scoring),
        standings,
        explain,
    )
