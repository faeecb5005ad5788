"""How a profile is told: where inputs are found in a tool, and what is written there."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import Field
from typing_extensions import TypeAliasType

from app.engine.verdict import Record

Meaning = TypeAliasType(
    "Meaning", Annotated[float | str, Field(description="What a word of the tool means.")]
)


class InputMapping(Record, frozen=True):
    """Where an input is found, and how it reads."""

    sources: Annotated[
        Sequence[str], Field(description="Fields in the order in which they are asked.")
    ] = msgspec.field(name="from")
    values: Annotated[
        dict[str, Meaning], Field(description="What the tool's words mean; empty for themselves.")
    ] = msgspec.field(name="values")
    unit: Annotated[str | None, Field(description="What 80% is kept as: percent or fraction.")]


class BucketMapping(Record, frozen=True):
    """Where the bucket is written, and as what."""

    field: Annotated[str, Field(description="The field.")]
    options: Annotated[dict[str, str], Field(description="The tool's option for each bucket.")]


class WriteBackMapping(Record, frozen=True):
    """Which fields of the tool show what was found."""

    score: Annotated[str | None, Field(description="A field for the score.")]
    rank: Annotated[str | None, Field(description="A field for the rank.")]
    bucket: Annotated[BucketMapping | None, Field(description="A field for the bucket.")]
