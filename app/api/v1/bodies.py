"""The parts of bodies that come in, named once with their bounds and words."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from pydantic_core import PydanticCustomError

from app.api.patterns import NAME_PATTERN, URL_PATTERN
from app.engine.structs import NO_NUL


class Request(BaseModel):
    """A part of a body that comes in."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")


Title = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
"""What an item is called."""

Url = Annotated[str, Field(max_length=2000, pattern=URL_PATTERN)]
"""Where an item lives."""

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=NAME_PATTERN,
        description="Unique in the workspace.",
        examples=["Roadmap 2027"],
    ),
]
"""What a backlog is called."""

Label = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$")
]
"""A word that items are found by."""

Labels = Annotated[list[Label], Field(max_length=50)]
"""The labels of an item."""

Note = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
"""A text of some length, for people."""


def _written_as_time(sent: object) -> object:
    """Take no number for a time, not even one that is written as text."""
    if isinstance(sent, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]", sent):
        return sent
    raise PydanticCustomError("datetime_parsing", "It is no time")


def _within_reach(time: datetime) -> datetime:
    """Leave out years that not every time zone of both databases can say."""
    if not 1970 <= time.year <= 9998:  # noqa: PLR2004 - said in the sentence below
        raise PydanticCustomError("out_of_range", "Send a time of the years 1970 to 9998.")
    return time


Time = Annotated[AwareDatetime, BeforeValidator(_written_as_time), AfterValidator(_within_reach)]
"""A moment, with its offset."""
