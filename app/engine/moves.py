"""What a move is between two rankings: how the items stood, and what is told of each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field

from app.engine.verdict import Explanation, Record, References

NAMED: Final = 3
"""So many are named of those who passed an item, and of the changes and the keys in a sentence."""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How one item stood in one ranking; its identity survives a renamed key."""

    identity: str
    key: str
    title: str | None
    inputs: Mapping[str, Any]
    rank: int | None
    score: float | None
    tier: int | None
    bucket: str | None


class Side(msgspec.Struct, frozen=True):
    """One of the two rankings.

    Methods are called by their titles. `options` are told, and `canonical` are equal where the
    same verdicts come from them. Scores, or tiers, are per item where none depends on the rest of
    the list, and `reference` is what values are measured against. `judged` names the inputs that
    verdicts come from, a criterion as `criteria.x`; `explain` is asked for what is told alone.
    """

    method: str
    options: Mapping[str, Any] | None
    bucket_by: str | None
    bucket_options: Mapping[str, Any] | None
    canonical: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]
    scores_per_item: bool
    tiers_per_item: bool
    reference: References | None
    judged: Collection[str]
    standings: Sequence[Standing]
    explain: Callable[[Standing], Explanation | None]


class RankMove(Record, frozen=True):
    """A rank before and after; null where the item had none."""

    before: Annotated[int | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[int | None, Field(description="After.")] = msgspec.field(name="to")


class NumberMove(Record, frozen=True):
    """A number before and after; null where there was none."""

    before: Annotated[float | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[float | None, Field(description="After.")] = msgspec.field(name="to")


class BucketMove(Record, frozen=True):
    """A bucket before and after; null where there was none."""

    before: Annotated[str | None, Field(description="Before.")] = msgspec.field(name="from")
    after: Annotated[str | None, Field(description="After.")] = msgspec.field(name="to")


class Cause(Record, frozen=True):
    """One reason for a move."""

    code: Annotated[
        str,
        Field(
            description="A stable word for the cause.",
            examples=[
                *("input_changed", "options_changed", "method_changed", "list_changed"),
                *("engine_changed", "overtaken", "others_fell", "entered", "left"),
            ],
        ),
    ]
    by: Annotated[
        list[str],
        Field(
            description="The first 3 who passed it, or are ahead of it no more.", max_length=NAMED
        ),
    ]
    by_count: Annotated[
        int,
        Field(
            description="How many they are; 0 in the history of an item, which asks no others.",
            ge=0,
        ),
    ]


class Driver(Record, frozen=True):
    """One part of the formula that changed."""

    input: Annotated[str, Field(description="The input, or the part's name without one.")]
    given: Annotated[NumberMove, Field(description="The number as it was given.")]
    weight: Annotated[NumberMove, Field(description="Its weight.")]
    contribution: Annotated[NumberMove, Field(description="What it brings to the formula.")]


class Move(Record, frozen=True):
    """What moved one item."""

    key: Annotated[str, Field(description="The item's key, the present one if it has changed.")]
    title: Annotated[str | None, Field(description="What the item is called.")]
    rank: Annotated[RankMove, Field(description="Its rank.")]
    score: Annotated[NumberMove, Field(description="Its score.")]
    bucket: Annotated[BucketMove, Field(description="Its bucket.")]
    causes: Annotated[list[Cause], Field(description="Why it moved.")]
    drivers: Annotated[
        list[Driver],
        Field(
            description="What changed in its formula; empty across methods, and where it had none."
        ),
    ]
    text: Annotated[str, Field(description="The move in a sentence, for people.")]


Pair = tuple[Standing | None, Standing | None]
"""An item before and after; null where it was not there, never both."""


def rank_of(standing: Standing, absent: int = 0) -> int:
    """Give the rank of an item, or what stands for having none."""
    return absent if standing.rank is None else standing.rank
