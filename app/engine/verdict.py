"""What is said of items and lists: frozen records, and how verdicts and reasons are made."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, get_type_hints

import msgspec
from pydantic import ConfigDict, Field, GetCoreSchemaHandler, Strict
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from app.engine.arithmetic import rounded, spoken
from app.engine.inputs import WHOLE, Inputs, Number


class Record(msgspec.Struct, frozen=True, gc=False):
    """Something that Stackrank made: cheap to build by the ten thousand, written by msgspec.

    Pydantic sees a typed dict, so that OpenAPI describes it from the same annotations.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(_typed_dict(cls))


@cache
def _typed_dict(record: type[Record]) -> Any:  # noqa: ANN401 - a TypedDict made at run time
    hints = get_type_hints(record, include_extras=True)
    fields = {
        one.encode_name: hints[one.name]
        if one.default_factory is msgspec.NODEFAULT
        else NotRequired[hints[one.name]]
        for one in msgspec.structs.fields(record)
    }
    typed = TypedDict(record.__name__, fields)  # type: ignore[misc]
    typed.__doc__ = record.__doc__
    typed.__module__ = record.__module__
    typed.__pydantic_config__ = ConfigDict(regex_engine="python-re")  # type: ignore[attr-defined]
    return typed


Items = Annotated[int, Strict(), Field(ge=0), WHOLE]
"""A number of items."""


class Reason(Record, frozen=True):
    """Why an item has no score, or no place."""

    code: Annotated[
        str,
        Field(
            description="A stable word for the reason.",
            examples=["missing_input", "zero_divisor", "out_of_scale", "not_finite"],
        ),
    ]
    input: Annotated[
        str,
        Field(
            description="The input it lies in; empty where it is none alone.", examples=["effort"]
        ),
    ]
    message: Annotated[str, Field(description="What is the matter and what to do.")]


class ListWarning(Record, frozen=True):
    """Something about the whole list that a person should know."""

    code: Annotated[
        str,
        Field(
            description="A stable word for the warning.",
            examples=["scale_mismatch", "list_relative", "must_over_60_percent"],
        ),
    ]
    message: Annotated[str, Field(description="What is the matter and what to do.")]
    count: Annotated[Items, Field(description="How many items it is about.")]
    keys: Annotated[list[str], Field(description="The first 20 of them, by key.", max_length=20)]


def list_warning(code: str, message: str, keys: Sequence[str]) -> ListWarning:
    """Make a warning about these items, naming the first 20 by key."""
    return ListWarning(code, message, len(keys), sorted(keys)[:20])


class Term(Record, frozen=True):
    """One part of a formula, as it was used for one item."""

    name: Annotated[str, Field(description="What it is called in the formula.")]
    input: Annotated[
        str | None, Field(description="The input it comes from; null where no input gives it.")
    ]
    role: Annotated[
        Literal["addend", "factor", "divisor"], Field(description="What the formula does with it.")
    ]
    given: Annotated[Number | None, Field(description="The number as it was sent.")]
    used: Annotated[Number, Field(description="The number as the formula took it.")]
    weight: Annotated[Number | None, Field(description="Its weight, after normalization.")]
    contribution: Annotated[Number, Field(description="What it brings to the formula.")]


class Explanation(Record, frozen=True):
    """How a score came about: (sum of addends or product of factors) / product of divisors."""

    text: Annotated[str, Field(description="The calculation in a sentence, for people.")]
    terms: Annotated[Sequence[Term], Field(description="Its parts; they recompute to the score.")]
    extra: Annotated[dict[str, Number], Field(description="Named numbers beside the score.")]
    bucket_text: Annotated[str | None, Field(description="Why the item is in its bucket.")]


class Verdict(Record, frozen=True):
    """What a method says of one item; `tier` is null where the item is unranked."""

    score: float | None
    tier: int | None = 0
    bucket: str | None = None
    bucket_text: str | None = None
    reasons: Sequence[Reason] = ()


class BucketBalance(Record, frozen=True):
    """How much of the work is in one bucket."""

    bucket: Annotated[str, Field(description="The bucket's name.")]
    items: Annotated[Items, Field(description="How many items are in it.")]
    effort: Annotated[
        Number | None, Field(description="Their known effort, added up; null beyond any number.")
    ]
    share: Annotated[
        Number | None,
        Field(description="Of the known effort of all that is planned, 0 to 1; null without any."),
    ]


class Balance(Record, frozen=True):
    """How the work is spread over the buckets, by effort."""

    buckets: Annotated[list[BucketBalance], Field(description="In the order of their tiers.")]
    without_effort: Annotated[
        Items, Field(description="Items whose effort is not known: the sums are lower bounds.")
    ]
    keys_without_effort: Annotated[
        list[str], Field(description="The first 20 of them, by key.", max_length=20)
    ]


class Reference(Record, frozen=True):
    """What the values of one criterion were measured against; null where it was not used.

    Where a sum or a norm is beyond the largest number, the values are first divided by `max`, or
    `min` by them for a cost.
    """

    min: Annotated[Number | None, Field(description="The low end of the scale or the list.")] = (
        None
    )
    max: Annotated[Number | None, Field(description="The high end of the scale or list.")] = None
    sum: Annotated[
        Number | None, Field(description="The sum of the values, of their inverses for a cost.")
    ] = None
    norm: Annotated[
        Number | None, Field(description="The square root of the sum of the squares.")
    ] = None


References = dict[str, Reference]
"""The reference of each criterion."""


class Verdicts(Record, frozen=True):
    """What a method says of a list: one verdict per item, in their order, and what it noticed."""

    verdicts: list[Verdict]
    warnings: list[ListWarning] = []
    balance: Balance | None = None
    reference: References | None = None


def scored(score: float) -> Verdict:
    """Place an item by its score, rounded; unranked where the score is not finite."""
    score = rounded(score)
    if score - score == 0:  # false for infinities and NaN, and faster than asking math
        return Verdict(score)
    return unranked([not_finite()])


def value_per_effort(
    value: float | None, effort: float | None
) -> tuple[float | None, list[Reason]]:
    """Divide value by effort; where that gives no score, say why."""
    if value is not None and effort:
        score = rounded(value / effort)
        return (score, []) if math.isfinite(score) else (None, [not_finite()])
    reasons = [
        missing_input(name) for name, x in (("value", value), ("effort", effort)) if x is None
    ]
    return None, [*reasons, zero_divisor("effort")] if effort == 0 else reasons


def value_per_effort_explained(
    value: float | None, effort: float | None, verdict: Verdict
) -> Explanation:
    """Say the order within a class, by the score of `value_per_effort`, with its numbers."""
    value, effort = value or 0.0, effort or 0.0
    return Explanation(
        f"value {spoken(value)} / effort {spoken(effort)} = {spoken(verdict.score or 0.0)}",
        [
            Term("value", "value", "factor", value, value, None, value),
            Term("effort", "effort", "divisor", effort, effort, None, effort),
        ],
        {},
        verdict.bucket_text,
    )


def unranked(reasons: list[Reason]) -> Verdict:
    """Give an item no place, and say why."""
    return Verdict(None, None, reasons=reasons)


def not_finite() -> Reason:
    """Say that finite inputs gave a score beyond the largest number."""
    return Reason("not_finite", "", "The score is beyond the largest number: send smaller inputs.")


def missing(inputs: Inputs, *names: str) -> list[Reason]:
    """Name those of these inputs that are missing."""
    return [missing_input(name) for name in names if getattr(inputs, name) is None]


def missing_input(where: str, name: str = "") -> Reason:
    """Say that an input is missing, by its name if that is not where it is sent."""
    message = f"{name or where} is missing: send a number, for a blank is not 0."
    return Reason("missing_input", where, message)


def out_of_scale(name: str, message: str) -> Reason:
    """Say that an input is not on the scale that the options name."""
    return Reason("out_of_scale", name, message)


def zero_divisor(name: str) -> Reason:
    """Say that an input by which is divided is 0."""
    return Reason(
        "zero_divisor", name, f"{name} is 0 and nothing can be divided by it: estimate it."
    )
