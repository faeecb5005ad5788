"""Rankings as the two sides of a diff, and what is told of their items."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.engine.diff import compare
from app.engine.inputs import Inputs
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.moves import (
    Move,
    Side,
    Standing,
)
from app.engine.ranking import (
    Scoring,
    canonical_options,
    explain,
    inputs_judged,
    options_judged,
    prioritize,
)
from app.engine.verdict import Explanation

ALL = 10_000

TWO_NOW = {"now": {"max_items": 2}}
"""By which a horizon may be assigned, so that dependencies are judged."""


class Item(NamedTuple):
    key: str
    inputs: Inputs


def side(
    sent: Mapping[str, Mapping[str, Any]],
    method: str = "cd3",
    *,
    options: Mapping[str, Any] | None = None,
    bucket_by: str | None = None,
    bucket_options: Mapping[str, Any] | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Side:
    """Rank what was sent and say how it stands; a renamed item is identified by its old key."""
    made = METHODS[method].options.model_validate(options or {})
    scoring = Scoring(METHODS[method], made)
    if bucket_by:
        buckets = METHODS[bucket_by]
        scoring = Scoring(
            scoring.method, made, buckets, buckets.options.model_validate(bucket_options or {})
        )
    read = inputs_with_buckets(scoring.method) if bucket_by else scoring.method.inputs
    items = [Item(key, read.model_validate(inputs)) for key, inputs in sent.items()]
    return side_of(items, scoring, renamed)


def side_of(
    items: Sequence[Item], scoring: Scoring, renamed: Mapping[str, str] | None = None
) -> Side:
    """Rank items and say how they stand."""
    ranking = prioritize(items, scoring)
    places = {items[place.index].key: place for place in ranking.places}

    def explained(standing: Standing) -> Explanation | None:
        place = places[standing.key]
        return explain(items[place.index], scoring, place.verdict, ranking.reference)

    standings = [
        Standing(
            (renamed or {}).get(key, key),
            key,
            None,
            items[place.index].inputs.model_dump(exclude_unset=True),
            place.rank,
            place.verdict.score,
            place.verdict.tier,
            place.verdict.bucket,
        )
        for key, place in places.items()
    ]
    return Side(
        scoring.method.title,
        options_judged(scoring.method, scoring.options),
        scoring.bucket_method.title if scoring.bucket_method else None,
        options_judged(scoring.bucket_method, scoring.bucket_options),
        (
            canonical_options(scoring.method, scoring.options),
            canonical_options(scoring.bucket_method, scoring.bucket_options),
        ),
        scoring.method.per_item(scoring.options),
        (scoring.bucket_method or scoring.method).per_item(
            scoring.bucket_options or scoring.options
        ),
        ranking.reference,
        inputs_judged(scoring),
        standings,
        explained,
    )


def costs(costs_of_delay: Mapping[str, float | None]) -> Side:
    """Rank by one number; without it an item is unranked."""
    return side({key: {"cost_of_delay": x, "duration": 1} for key, x in costs_of_delay.items()})


def rice(reach: float | None, effort: float | None = 1) -> dict[str, float | None]:
    return {"reach": reach, "impact": 1, "confidence": 100, "effort": effort}


def texts(before: Side, after: Side) -> dict[str, str]:
    """Give what is told, in its order."""
    return {move.key: move.text for move in compare(before, after, ALL).moves}


def moves(before: Side, after: Side) -> dict[str, Move]:
    return {move.key: move for move in compare(before, after, ALL).moves}


def codes(move: Move) -> list[str]:
    return [cause.code for cause in move.causes]


def rated(impact: float, confidence: float, ease: float) -> dict[str, float]:
    """Give the inputs of ICE."""
    return {"impact": impact, "confidence": confidence, "ease": ease}
