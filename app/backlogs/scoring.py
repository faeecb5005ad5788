"""Between stored documents and the engine: how a stored list is scored and explained."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from time import perf_counter
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from app.engine.inputs import Inputs
from app.engine.method import Method
from app.engine.methods import METHODS, inputs_of
from app.engine.ranking import Scoring, explain, prioritize
from app.engine.structs import type_of
from app.engine.verdict import (
    Balance,
    Explanation,
    ListWarning,
    Reason,
    References,
    Verdict,
    out_of_scale,
    unranked,
)
from app.metrics import count_scoring
from app.storage.records import StoredBacklog, StoredItem, StoredRankedItem, StoredRun

_REASONS: Final = msgspec.json.Decoder(tuple[Reason, ...])
_REFERENCES: Final = msgspec.json.Decoder(References)

write: Final = msgspec.json.Encoder(order="sorted").encode
"""Write a document: the same content gives the same text."""


class ReadItem(msgspec.Struct, frozen=True, gc=False):
    """An item as the engine asks for it."""

    key: str
    inputs: Any


class ScoredList(msgspec.Struct, frozen=True):
    """One verdict per item, in their order, and what was noticed of the list."""

    verdicts: list[Verdict]
    warnings: list[ListWarning]
    balance: Balance | None
    reference: References | None


def scoring_of(stored: StoredBacklog | StoredRun) -> Scoring:
    """Read how a list is scored."""
    return _scoring(stored.method, stored.options, stored.bucket_method, stored.bucket_options)


@lru_cache(maxsize=256)
def _scoring(
    method: str, options: str, bucket_method: str | None, bucket_options: str | None
) -> Scoring:
    if bucket_method is None or bucket_options is None:
        return Scoring(METHODS[method], METHODS[method].options.model_validate_json(options))
    buckets = METHODS[bucket_method]
    return Scoring(
        METHODS[method],
        METHODS[method].options.model_validate_json(options),
        buckets,
        buckets.options.model_validate_json(bucket_options),
    )


def methods_of(scoring: Scoring) -> list[Method[Any, Any]]:
    """List the method of the scores and that of the buckets, if there is one."""
    return [scoring.method, *filter(None, [scoring.bucket_method])]


def is_per_item(scoring: Scoring) -> bool:
    """Ask if every item gets the same verdict whatever else is in the list."""
    return scoring.method.per_item(scoring.options) and (
        scoring.bucket_method is None or scoring.bucket_method.per_item(scoring.bucket_options)
    )


def score_items(items: Sequence[StoredItem], scoring: Scoring) -> ScoredList:
    """Score a stored list; what a method cannot take leaves its item unranked, for a reason.

    Raises:
        DependencyCircles: items depend on each other in a circle.
    """
    read, refused = _read_all(items, scoring)
    began = perf_counter()
    ranking = prioritize(read, scoring)
    count_scoring(scoring.method.name, len(items), perf_counter() - began)
    verdicts = {place.index: place.verdict for place in ranking.places} | refused
    return ScoredList(
        [verdicts[index] for index in range(len(items))],
        ranking.warnings,
        ranking.balance,
        ranking.reference,
    )


def reference_of(stored: StoredBacklog | StoredRun) -> References | None:
    """Read what the values of a stored list were measured against."""
    return _REFERENCES.decode(stored.reference) if stored.reference else None


def explainer(
    stored: StoredBacklog | StoredRun,
) -> Callable[[StoredRankedItem], Explanation | None]:
    """Read what explains the stored verdict of any item of a list."""
    scoring, reference = scoring_of(stored), reference_of(stored)
    decode = _decoder(scoring).decode

    def explain_item(item: StoredRankedItem) -> Explanation | None:
        if item.tier is None:
            return None
        read = ReadItem(item.key, decode(item.inputs))
        return explain(read, scoring, verdict_of(item), reference)

    return explain_item


def verdict_of(item: StoredRankedItem) -> Verdict:
    """Read the stored verdict of an item."""
    reasons = () if item.reasons == "[]" else _REASONS.decode(item.reasons)
    return Verdict(item.score, item.tier, item.bucket, item.bucket_text, reasons)


def with_verdict(item: StoredItem, verdict: Verdict) -> StoredItem:
    """Store a verdict with its item; an archived one has none."""
    return msgspec.structs.replace(
        item,
        score=verdict.score,
        tier=verdict.tier,
        bucket=verdict.bucket,
        bucket_text=verdict.bucket_text,
        reasons=write(verdict.reasons).decode() if verdict.reasons else "[]",
    )


def _read_all(
    items: Sequence[StoredItem], scoring: Scoring
) -> tuple[list[ReadItem], dict[int, Verdict]]:
    """Read what the methods need; of what they cannot take, the verdicts with the reasons."""
    decode = _decoder(scoring).decode
    read: list[ReadItem] = []
    refused: dict[int, Verdict] = {}
    for index, item in enumerate(items):
        try:
            inputs = decode(item.inputs)
        except msgspec.ValidationError:
            inputs, reasons = _checked(item.inputs, scoring)
            if reasons:
                refused[index] = unranked(reasons)
        read.append(ReadItem(item.key, inputs))
    return read, refused


def _checked(inputs: str, scoring: Scoring) -> tuple[Inputs, list[Reason]]:
    """Let Pydantic have the last word, which names every input that is beyond its bounds.

    Of an item that has one is left what it depends on: others may depend on it.
    """
    model = _model(scoring)
    try:
        return model.model_validate_json(inputs), []
    except ValidationError as error:
        names = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        titles = " and ".join(method.title for method in methods_of(scoring))
        needs = {"depends_on": msgspec.json.decode(inputs).get("depends_on")}
        return model.model_validate({} if "depends_on" in names else needs), [
            out_of_scale(name, f"{name} is not what {titles} takes: send it again.")
            for name in names
        ]


def _model(scoring: Scoring) -> type[Inputs]:
    return inputs_of(*(method.name for method in methods_of(scoring)))


def _decoder(scoring: Scoring) -> msgspec.json.Decoder[Any]:
    return _decoder_of(_model(scoring))


@cache
def _decoder_of(model: type[Inputs]) -> msgspec.json.Decoder[Any]:
    schema = model.model_json_schema()
    return msgspec.json.Decoder(type_of(schema, schema))
