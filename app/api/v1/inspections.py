"""POST /v1/inspect: what a page of a tool holds, and a profile that would read it."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from app.api.authentication import needs
from app.api.dependencies import CsvBody, JsonBody, answer
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.api.v1.mappings import InputMapping
from app.api.v1.pages import LARGEST_PAGE, page_body, sheet_body
from app.engine.methods import AnyInputs
from app.engine.verdict import Record
from app.sync import inspection as sync
from app.sync.detection import detect, read_csv
from app.sync.raw import RawPage
from app.sync.values import Input, known_inputs

router = APIRouter(
    prefix="/v1",
    tags=["sync"],
    route_class=StrictRoute,
    responses=declared(
        *("validation", "malformed-json", "unrecognised-payload", "too-large"),
        "unsupported-media-type",
    ),
    generate_unique_id_function=operation_id,
)


class SeenField(Record, frozen=True):
    """One field of a page, over all its items."""

    path: Annotated[
        str,
        Field(
            description="How a profile names it in `from`.",
            examples=["customfield_10072", "reactions.+1", "label:Impact/", "count:needs"],
        ),
    ]
    name: Annotated[
        str, Field(description="What the tool calls it; the path where the page does not say.")
    ]
    type: Annotated[
        str,
        Field(
            description="What its values are.",
            examples=["number", "word", "text", "time", "list", "person", "object", "empty"],
        ),
    ]
    filled: Annotated[int, Field(description="Items that have a value.", ge=0)]
    null: Annotated[int, Field(description="Items where it holds nothing.", ge=0)]
    absent: Annotated[int, Field(description="Items that came without it.", ge=0)]
    sample: Annotated[
        str | None, Field(description="A value, where it is not one of a few words.")
    ]
    values: Annotated[
        Sequence[str], Field(description="The words that it holds; the first 20.", max_length=20)
    ]
    suggest: Annotated[
        str | None, Field(description="The input that it may be, by its name.", examples=["reach"])
    ]


class SuggestedProfile(Record, frozen=True):
    """A profile that would read the page, to be looked at and then written."""

    inputs: Annotated[dict[str, InputMapping], Field(description="Where each input is found.")]
    exclude: Annotated[
        dict[str, list[str]], Field(description="Fields, and the values that leave an item out.")
    ]


class Inspection(Record, frozen=True):
    """What a page holds."""

    detected: Annotated[
        str, Field(description="Which page of which tool it is.", examples=["jira_search"])
    ]
    items: Annotated[int, Field(description="How many items it holds.", ge=0)]
    fields: Annotated[
        list[SeenField],
        Field(
            description="Its fields, those first that may be inputs; 1,000 at most.",
            max_length=1000,
        ),
    ]
    ambiguous: Annotated[list[str], Field(description="What a person must decide.")]
    suggested_profile: Annotated[
        SuggestedProfile, Field(description="A profile that would read it.")
    ]


@router.post(
    "/inspect",
    max_body_size=LARGEST_PAGE,
    response_model=Inspection,
    summary="Inspect a page of a tool",
    response_description="What it holds.",
    openapi_extra=needs("score") | page_body(),
)
def inspect_page(body: JsonBody) -> Response:
    """Say of every field of a page what it holds, and which input it may be; nothing is kept.

    Jira tells the names of its fields where it is asked with `expand=names`.
    """
    return _inspected(detect(body))


@router.post(
    "/inspect.csv",
    max_body_size=LARGEST_PAGE,
    response_model=Inspection,
    summary="Inspect a spreadsheet",
    response_description="What it holds.",
    openapi_extra=needs("score") | sheet_body(),
)
def inspect_csv(body: CsvBody) -> Response:
    """Say of every column what it holds, and which input it may be; nothing is kept."""
    return _inspected(read_csv(body))


@cache
def _inputs() -> dict[str, Input]:
    return known_inputs(AnyInputs.model_json_schema())


def _inspected(raw: RawPage) -> Response:
    seen = sync.inspect(raw, _inputs())
    profile = seen.suggested_profile
    inputs = {
        name: InputMapping(mapped.sources, mapped.values, mapped.unit)
        for name, mapped in profile.inputs.items()
    }
    fields = [
        SeenField(
            field.path,
            field.name,
            field.type,
            field.filled,
            field.null,
            field.absent,
            field.sample,
            field.values,
            field.suggest,
        )
        for field in seen.fields
    ]
    return answer(
        Inspection(
            seen.detected,
            seen.items,
            fields,
            seen.ambiguous,
            SuggestedProfile(inputs, profile.exclude),
        )
    )
