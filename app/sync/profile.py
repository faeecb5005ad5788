"""The mapping of a backlog: from the fields of a tool to inputs, and from verdicts to fields."""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict

from app.sync.page import has_no_control
from app.sync.values import Input, folded, input_called

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]

LONGEST_WORD: Final = 255

Word = Annotated[
    str, Field(min_length=1, max_length=LONGEST_WORD, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$")
]
"""A name of a tool's own: a field, an option, an account."""

InputName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$")
]
"""The name of an input; a criterion is called `criteria.<name>`."""


CRITERION: Final = "criteria.<name>"

UNKEPT: Final = (
    *("body", "comment", "description", "environment"),
    *("actor", "assignee", "author", "creator", "displayname", "email", "login", "owner"),
    *("participant", "reporter", "subscriber", "user", "watcher"),
)
"""How words begin that name texts and people; what a written field shows is kept, so these are
not."""

NAME: Final = "name:"
"""Before the name of a field, where its id is not known."""

LABEL: Final = "label:"
"""Before a group of labels, such as `label:Impact/`."""

COUNT, SUM = "count:", "sum:"

FOUND: Final = (NAME, LABEL, COUNT, SUM)
"""How a path begins by which something is found in a page, and nothing can be written."""


class Part(BaseModel):
    """A part of a profile."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")


class Mapped(Part):
    """Where an input is found, and how it reads."""

    sources: Annotated[
        list[Word],
        Field(
            alias="from",
            min_length=1,
            max_length=20,
            description="Fields in the order in which they are asked: the first that holds a value"
            " counts. `customfield_10072`, `name:Reach`, `reactions.+1`, `label:Impact/`,"
            " `count:needs`, `sum:needs.customer.revenue`, or the header of a column.",
        ),
    ]
    values: Annotated[
        dict[Word, Number | Word],
        Field(max_length=200, description="What the tool's words mean; case does not matter."),
    ] = {}
    unit: Annotated[
        Literal["percent", "fraction"] | None,
        Field(description="What 80% is kept as: 80 in percent (also where it is null), or 0.8."),
    ] = None


class BucketField(Part):
    """Where the bucket is written, and as what."""

    field: Annotated[Word, Field(description="The field; `labels` in Linear.")]
    options: Annotated[
        dict[Word, Word],
        Field(
            max_length=50,
            description="The tool's option for each bucket: its value or id in Jira, the id of a"
            " label in Linear.",
        ),
    ]


class WriteBack(Part):
    """Which fields of the tool show what was found."""

    score: Annotated[Word | None, Field(description="A field for the score.")] = None
    rank: Annotated[Word | None, Field(description="A field for the rank.")] = None
    bucket: Annotated[BucketField | None, Field(description="A field for the bucket.")] = None


class Profile(Part):
    """How a backlog and a tool understand each other."""

    inputs: Annotated[
        dict[InputName, Mapped],
        Field(max_length=200, description="Where each input is found; `criteria.<name>` too."),
    ] = {}
    exclude: Annotated[
        dict[Word, Annotated[list[Word], Field(min_length=1, max_length=100)]],
        Field(max_length=20, description="Fields, and the values that leave an item out."),
    ] = {}
    writeback: Annotated[
        WriteBack, Field(description="Which fields of the tool show what was found.")
    ] = WriteBack()
    ignore_actors: Annotated[
        list[Word],
        Field(max_length=100, description="Accounts whose changes are our own write-back."),
    ] = []


class ProfileFault(BaseModel):
    """What a profile says that cannot be done; the pointer leads into the profile."""

    pointer: str
    code: Literal["unknown_name", "unknown_value", "repeated"]
    detail: str


def is_word(text: str) -> bool:
    """Ask if a profile may name this."""
    return 0 < len(text) <= LONGEST_WORD and has_no_control(text)


def faults_of(
    profile: Profile, inputs: Mapping[str, Input], buckets: Collection[str]
) -> list[ProfileFault]:
    """List what a profile says that these inputs and buckets cannot hold, each with its place."""
    faults: list[ProfileFault] = []
    for name, mapped in profile.inputs.items():
        pointer = f"#/inputs/{_escaped(name)}"
        known = input_called(name, inputs)
        if known is None:
            names = (one.name if one.kind != "criteria" else CRITERION for one in inputs.values())
            faults.append(_unknown("input", name, names, pointer))
            continue
        for word, meant in mapped.values.items():
            place = f"{pointer}/values/{_escaped(word)}"
            if detail := _meaning_fault(known, meant):
                faults.append(ProfileFault(pointer=place, code="unknown_value", detail=detail))
        first: dict[str, str] = {}
        for word in mapped.values:
            if (same := first.setdefault(folded(word), word)) != word:
                place = f"{pointer}/values/{_escaped(word)}"
                told = f"It is read as {same}, for case does not matter: keep one of them."
                faults.append(ProfileFault(pointer=place, code="repeated", detail=told))
    bucket = profile.writeback.bucket
    faults += [
        _unknown("bucket", name, buckets, f"#/writeback/bucket/options/{_escaped(name)}")
        for name in (bucket.options if bucket else ())
        if name not in buckets
    ]
    return faults + _field_faults(profile, inputs)


def _field_faults(profile: Profile, inputs: Mapping[str, Input]) -> list[ProfileFault]:
    """List the fields that cannot be written, or hold what is not kept where all of it is."""
    back = profile.writeback
    bucket = back.bucket.field if back.bucket else None
    fields = {
        "writeback/score": back.score,
        "writeback/rank": back.rank,
        "writeback/bucket/field": bucket,
    }
    for name, mapped in profile.inputs.items():
        known = input_called(name, inputs)
        if known and known.kind == "keys":
            place = f"inputs/{_escaped(name)}/from"
            fields |= {f"{place}/{n}": path for n, path in enumerate(mapped.sources)}
    return [
        ProfileFault(pointer=f"#/{place}", code="unknown_value", detail=detail)
        for place, field in fields.items()
        if field and (detail := _field_fault(field, written=place.startswith("writeback/")))
    ]


def _field_fault(field: str, *, written: bool) -> str:
    if written and field.startswith(FOUND):
        return (
            f"{field} only says how a field is read: write its id, as POST /v1/inspect tells it."
        )
    if any(word.startswith(UNKEPT) for word in re.split(r"[.:_]", folded(field))):
        return f"{field} holds a text or a person, and none is kept: name another field."
    return ""


def _meaning_fault(known: Input, meant: float | str) -> str:
    if known.kind == "choice" and meant not in known.choices:
        return f"{known.name} is one of {', '.join(known.choices)}: send one of them."
    if known.kind == "number" and isinstance(meant, str):
        return f"{known.name} is a number: send one."
    if known.kind == "keys":
        return f"{known.name} holds keys, which mean themselves: leave values out."
    return ""


def _unknown(kind: str, name: str, known: Iterable[str], pointer: str) -> ProfileFault:
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    told = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(names)}."
    return ProfileFault(pointer=pointer, code="unknown_name", detail=f"Unknown {kind}. {told}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
