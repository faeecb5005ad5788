"""GET /v1/methods: what each method is, and when to use it."""

from functools import cache
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from app.api.authentication import needs
from app.api.errors import NotFound
from app.api.faults import unknown_name
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.engine.methods import METHODS

router = APIRouter(
    prefix="/v1/methods",
    tags=["methods"],
    route_class=StrictRoute,
    responses=declared("validation"),
    generate_unique_id_function=operation_id,
)


class MethodExample(BaseModel):
    """A request to a method, and the scores that it answers with."""

    name: Annotated[str, Field(description="A short name of the example.")]
    summary: Annotated[str, Field(description="What it shows.")]
    source: Annotated[str, Field(description="Where it is published; empty where it is ours.")]
    request: Annotated[dict[str, Any], Field(description="The body to post to the method.")]
    scores: Annotated[
        dict[str, float | None],
        Field(description="The score of each key to 12 significant digits, in ranking order."),
    ]
    buckets: Annotated[dict[str, str], Field(description="The bucket of each key that has one.")]


class Method(BaseModel):
    """One way to prioritize."""

    name: Annotated[str, Field(description="Its name in addresses.", examples=["rice"])]
    title: Annotated[str, Field(description="Its name for people.")]
    formula: Annotated[str, Field(description="How the score comes about.")]
    source: Annotated[str, Field(description="Where it is published.")]
    use_it: Annotated[str, Field(description="When to use it.")]
    avoid_it: Annotated[str, Field(description="When not to use it, and what instead.")]
    buckets: Annotated[
        list[str], Field(description="Its classes in order; empty for a method of scores alone.")
    ]
    inputs_schema: Annotated[
        dict[str, Any], Field(description="JSON schema of what it needs to know of an item.")
    ]
    options_schema: Annotated[
        dict[str, Any], Field(description="JSON schema of what it needs once for the whole list.")
    ]
    examples: Annotated[list[MethodExample], Field(description="Requests and their scores.")]


class MethodList(BaseModel):
    """All methods, by name."""

    data: Annotated[list[Method], Field(description="The methods.")]


@cache
def _described(name: str) -> Method:
    method = METHODS[name]
    return Method(
        name=method.name,
        title=method.title,
        formula=method.formula,
        source=method.source,
        use_it=method.use_it,
        avoid_it=method.avoid_it,
        buckets=list(method.buckets),
        inputs_schema=method.inputs.model_json_schema(),
        options_schema=method.options.model_json_schema(),
        examples=[
            MethodExample(
                name=example.name,
                summary=example.summary,
                source=example.source,
                request=dict(example.request),
                scores=dict(example.scores),
                buckets=dict(example.buckets),
            )
            for example in method.examples
        ],
    )


LINK_TO_METHOD: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "links": {
            "method": {
                "operationId": "get_method",
                "parameters": {"method": "$response.body#/data/0/name"},
                "description": "The first method of the list.",
            }
        }
    }
}


@router.get(
    "",
    openapi_extra=needs("read"),
    summary="List the methods",
    response_description="All methods, by name.",
    responses=LINK_TO_METHOD,
)
def list_methods() -> MethodList:
    """Say of every method its formula, its source, when to use it and when not."""
    return MethodList(data=[_described(name) for name in METHODS])


@router.get(
    "/{method}",
    openapi_extra=needs("read"),
    summary="Describe a method",
    response_description="The method.",
    responses=declared("not-found"),
)
def get_method(
    method: Annotated[
        str, Path(max_length=100, description="The method's name.", examples=["rice"])
    ],
) -> Method:
    """Say of one method its formula, its source, when to use it and when not."""
    if method not in METHODS:
        raise NotFound(unknown_name(method, METHODS))
    return _described(method)
