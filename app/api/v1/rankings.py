"""The shape of a ranking, the same wherever one is answered."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from msgspec import Raw
from pydantic import Field, GetPydanticSchema

from app.backlogs.scoring import explainer, scoring_of
from app.engine import ranking as engine_ranking
from app.engine.method import Item
from app.engine.methods import AnyInputs
from app.engine.ranking import Place, explain
from app.engine.verdict import Balance, Explanation, ListWarning, Reason, Record, References
from app.storage.records import StoredBacklog, StoredPlace, StoredRun, StoredRunItem


class Counts(Record, frozen=True):
    """How many items have a place and how many have none."""

    ranked: Annotated[int, Field(description="Items with a rank and a position.", ge=0)]
    unranked: Annotated[int, Field(description="Items without; their reasons say why.", ge=0)]


class BucketScoring(Record, frozen=True):
    """The method that makes the buckets."""

    method: Annotated[str, Field(description="The method's name.", examples=["moscow"])]
    options: Annotated[dict[str, Any], Field(description="Its options, defaults filled in.")]


class Scoring(Record, frozen=True):
    """How a list was scored."""

    method: Annotated[str, Field(description="The method's name.", examples=["rice"])]
    options: Annotated[
        dict[str, Any],
        Field(description="Its options, defaults filled in and weights normalized to sum 1."),
    ]
    bucket_by: Annotated[
        BucketScoring | None, Field(description="The method that made the buckets, if another.")
    ]


class RankedItem(Record, frozen=True):
    """The verdict on one item."""

    key: Annotated[str, Field(description="The caller's own name of the item.")]
    title: Annotated[str | None, Field(description="What the item is called.")]
    url: Annotated[str | None, Field(description="Where the item lives.")]
    labels: Annotated[Sequence[str], Field(description="The item's labels.")]
    status: Annotated[
        Literal["ranked", "unranked"], Field(description="Does the item have a place?")
    ]
    rank: Annotated[
        int | None, Field(description="Place with ties (1, 2, 2, 4); null where unranked.", ge=1)
    ]
    position: Annotated[
        int | None,
        Field(description="Place without ties (1, 2, 3, 4); null where unranked.", ge=1),
    ]
    score: Annotated[
        float | None, Field(description="Higher is sooner; null where there is none.")
    ]
    tier: Annotated[int | None, Field(description="The class as a number, lower is sooner.", ge=0)]
    bucket: Annotated[
        str | None, Field(description="The class by name; null for methods without classes.")
    ]
    inputs: Annotated[
        Any,
        GetPydanticSchema(lambda _, handler: handler(AnyInputs)),
        Field(description="What is known of the item: what was sent, without what was null."),
    ]
    explanation: Annotated[
        Explanation | None,
        Field(description="How the score came about; null where unranked or not asked for."),
    ]
    reasons: Annotated[
        Sequence[Reason], Field(description="Why there is no score, or no place; empty otherwise.")
    ]


class Ranking(Record, frozen=True):
    """A list in order, the unranked last."""

    scoring: Annotated[Scoring, Field(description="How the list was scored, in full.")]
    counts: Annotated[Counts, Field(description="How many items have a place.")]
    warnings: Annotated[
        list[ListWarning], Field(description="What a person should know of the whole list.")
    ]
    balance: Annotated[
        Balance | None, Field(description="How the work is spread over the buckets.")
    ]
    reference: Annotated[
        References | None,
        Field(description="What each weighted criterion was measured against."),
    ]
    data: Annotated[list[RankedItem], Field(description="The verdicts.")]


class StoredRanking(Ranking, frozen=True):
    """A page of a stored ranking, true at its revision."""

    revision: Annotated[int, Field(description="The revision of the backlog.", ge=1)]
    etag: Annotated[str, Field(description="The ETag of the ranking.", examples=['"7-1"'])]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


def stored_ranking(
    backlog: StoredBacklog | StoredRun,
    data: list[RankedItem],
    etag: str,
    next_cursor: str | None,
) -> StoredRanking:
    """Say a page of what is kept of a ranking."""
    return StoredRanking(
        scoring_told(scoring_of(backlog)),
        Counts(backlog.ranked, backlog.unranked),
        as_written(backlog.warnings),
        as_written(backlog.balance),
        as_written(backlog.reference),
        data,
        backlog.revision,
        etag,
        next_cursor,
    )


def stored_items(backlog: StoredBacklog, places: Iterable[StoredPlace]) -> Iterator[RankedItem]:
    """Say the stored verdicts on some items, with their explanations."""
    explain_item = explainer(backlog)  # at once: an answer in pieces has begun with its first item
    return (_stored_item(place, explain_item(place.item)) for place in places)


def _stored_item(place: StoredPlace, explanation: Explanation | None) -> RankedItem:
    item = place.item
    return RankedItem(
        item.key,
        item.title,
        item.url,
        as_written(item.labels),
        "unranked" if item.tier is None else "ranked",
        place.rank,
        place.position,
        item.score,
        item.tier,
        item.bucket,
        as_written(item.inputs),
        explanation,
        as_written(item.reasons),
    )


def run_item(item: StoredRunItem) -> RankedItem:
    """Say how an item stood in a run."""
    return RankedItem(
        item.key,
        item.title,
        item.url,
        as_written(item.labels),
        "unranked" if item.tier is None else "ranked",
        item.rank,
        item.position,
        item.score,
        item.tier,
        item.bucket,
        as_written(item.inputs),
        as_written(item.explanation),
        as_written(item.reasons),
    )


def as_written(document: str | None) -> Any:  # noqa: ANN401 - whatever is written there
    """Send a stored document as it is, without reading it."""
    return None if document is None else Raw(document)


def ranked_item(
    item: Item[Any],
    title: str | None,
    place: Place,
    scoring: engine_ranking.Scoring,
    reference: References | None,
    *,
    with_explanation: bool,
) -> RankedItem:
    """Say the verdict on one item."""
    verdict = place.verdict
    return RankedItem(
        item.key,
        title,
        None,
        (),
        "unranked" if place.rank is None else "ranked",
        place.rank,
        place.position,
        verdict.score,
        verdict.tier,
        verdict.bucket,
        item.inputs,
        explain(item, scoring, verdict, reference) if with_explanation else None,
        verdict.reasons,
    )


def scoring_told(scoring: engine_ranking.Scoring) -> Scoring:
    """Say how a list was scored."""
    bucket_by = None
    if scoring.bucket_method and scoring.bucket_options:
        options = scoring.bucket_options.model_dump(mode="json")
        bucket_by = BucketScoring(scoring.bucket_method.name, options)
    return Scoring(scoring.method.name, scoring.options.model_dump(mode="json"), bucket_by)
