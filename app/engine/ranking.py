"""Order, ties, ranks and positions: decided once, for all methods."""

from collections.abc import Sequence
from typing import Any

from app.engine.errors import MOST_TERMS, DuplicateKeys, TooManyTerms
from app.engine.inputs import Options
from app.engine.method import Item, Method
from app.engine.ranks import sort_key
from app.engine.verdict import (
    Balance,
    Explanation,
    ListWarning,
    Record,
    References,
    Verdict,
    Verdicts,
)


class Scoring(Record, frozen=True):
    """A method with its options, and the method that makes the buckets, if another one does."""

    method: Method[Any, Any]
    options: Options
    bucket_method: Method[Any, Any] | None = None
    bucket_options: Options | None = None


class Place(Record, frozen=True):
    """Where one item of the list stands; `rank` and `position` are null where it is unranked."""

    index: int
    rank: int | None
    position: int | None
    verdict: Verdict


class Ranking(Record, frozen=True):
    """The places of all items in order, the unranked last, and what was noticed of the list."""

    places: list[Place]
    ranked: int
    warnings: list[ListWarning]
    balance: Balance | None
    reference: References | None


def prioritize(
    items: Sequence[Item[Any]], scoring: Scoring, *, explained: bool = False
) -> Ranking:
    """Put a list in order; say if all of it is then to be explained.

    Tier ascending, then score descending, those without a score last, equal ones by key. Equal
    tier and score share a rank and the next one skips; positions have no gaps.

    Raises:
        DuplicateKeys: two items share a key.
        DependencyCircles: items depend on each other in a circle.
        TooManyTerms: the explanations would be too long, whatever else is wrong.
    """
    criteria = len(scoring.method.criteria(scoring.options))
    if explained and len(items) * criteria > MOST_TERMS:
        raise TooManyTerms(len(items), criteria)
    keys = [item.key for item in items]
    if repetitions := duplicates(keys):
        raise DuplicateKeys(repetitions)
    made = _verdicts(items, scoring)
    places, ranked = _places(keys, made.verdicts)
    return Ranking(places, ranked, made.warnings, made.balance, made.reference)


def reads_dependencies(scoring: Scoring) -> bool:
    """Ask if what an item depends on is read, be it only to warn."""
    methods = (scoring.method, scoring.bucket_method)
    return any("depends_on" in method.inputs.model_fields for method in methods if method)


def inputs_judged(scoring: Scoring) -> set[str]:
    """Name the inputs that a verdict comes from; a criterion is called `criteria.x`."""
    method, options = scoring.method, scoring.options
    judged: set[str] = method.inputs.model_fields.keys() - {*method.idle_inputs(options)}
    judged |= {f"criteria.{name}" for name in method.criteria(options)}
    if buckets := scoring.bucket_method:
        judged |= buckets.inputs.model_fields.keys() - {
            *buckets.idle_inputs(scoring.bucket_options),
            *buckets.ordering(scoring.bucket_options),
        }
    return judged


def options_judged(
    method: Method[Any, Any] | None, options: Options | None
) -> dict[str, Any] | None:
    """Give the options that a verdict comes from; null where there is no such method."""
    if method is None or options is None:
        return None
    return {name: value for name, value in options if name not in method.idle_options}


def canonical_options(
    method: Method[Any, Any] | None, options: Options | None
) -> dict[str, Any] | None:
    """Say the options that a verdict comes from as all are said that give the same verdicts."""
    return options_judged(method, method.canonical(options) if method and options else None)


def explain(
    item: Item[Any], scoring: Scoring, verdict: Verdict, reference: References | None
) -> Explanation | None:
    """Explain a verdict of this item; null where the item is unranked, whose reasons say why."""
    if verdict.tier is None:
        return None
    if verdict.score is None:
        text = " ".join(reason.message for reason in verdict.reasons)
        return Explanation(text, [], {}, verdict.bucket_text)
    return scoring.method.explain(item.inputs, scoring.options, verdict, reference)


def duplicates(keys: Sequence[str]) -> list[tuple[str, int, int]]:
    """List every repeated key with the index where it stood first and where it stands again."""
    if len(set(keys)) == len(keys):
        return []
    first: dict[str, int] = {}
    return [
        (key, first[key], index)
        for index, key in enumerate(keys)
        if first.setdefault(key, index) != index
    ]


def _verdicts(items: Sequence[Item[Any]], scoring: Scoring) -> Verdicts:
    method, options = scoring.method, scoring.options
    bucket_by, bucket_options = scoring.bucket_method, scoring.bucket_options
    scores = method.compute(items, options, None)
    if bucket_by is None:
        return scores
    buckets = bucket_by.compute(items, bucket_options, _scores(scores.verdicts))
    placed = [i for i, verdict in enumerate(buckets.verdicts) if verdict.tier is not None]
    if len(placed) < len(items) and not method.per_item(options):
        # Whom no bucket takes is as if it was not there for the scores of the others.
        among = method.compute([items[i] for i in placed], options, None)
        verdicts = list(scores.verdicts)
        for i, verdict in zip(placed, among.verdicts, strict=True):
            verdicts[i] = verdict
        scores = Verdicts(verdicts, among.warnings, among.balance, among.reference)
        buckets = bucket_by.compute(items, bucket_options, _scores(verdicts))
    return Verdicts(
        list(map(_in_bucket, scores.verdicts, buckets.verdicts)),
        scores.warnings + buckets.warnings,
        buckets.balance,
        scores.reference,
    )


def _scores(verdicts: Sequence[Verdict]) -> list[float | None]:
    return [verdict.score for verdict in verdicts]


def _in_bucket(score: Verdict, bucket: Verdict) -> Verdict:
    reasons = score.reasons
    if bucket.tier is None:
        reasons = list(dict.fromkeys([*bucket.reasons, *score.reasons]))
    return Verdict(
        score.score if bucket.tier is not None else None,
        bucket.tier,
        bucket.bucket,
        bucket.bucket_text,
        reasons,
    )


def _places(keys: Sequence[str], verdicts: Sequence[Verdict]) -> tuple[list[Place], int]:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    unranked = [Place(i, None, None, verdicts[i]) for i in order if verdicts[i].tier is None]
    order = [i for i in order if verdicts[i].tier is not None]
    # The sort is stable, so that equal ones stay in the order of their keys.
    sort_keys = [sort_key(verdict.tier, verdict.score) for verdict in verdicts]
    order.sort(key=sort_keys.__getitem__)
    places: list[Place] = []
    rank, before = 0, None
    for position, index in enumerate(order, 1):
        if sort_keys[index] != before:
            rank, before = position, sort_keys[index]
        places.append(Place(index, rank, position, verdicts[index]))
    return places + unranked, len(places)
