"""One OpenAPI document per version of the API, from which every generator makes a clean client.

FastAPI writes the document; a short pass then says what it cannot, and takes out what generators
stumble over.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from msgspec import to_builtins

from app.api.problems import MEDIA_TYPE
from app.api.routes import StrictRoute
from app.api.v1.scores import score_list
from app.engine.methods import METHODS

CONTRACT: Final = "1.0.0"
"""The version of the contract: apart from the program's, and raised by every change of it."""

DESCRIPTION: Final = """\
Send items and get back scores, ranks, buckets and the reason for each.

Every refusal is a problem (RFC 9457) that names all faults, each with a pointer into the body.
Every answer carries `X-Request-ID`: yours, if you sent a UUID, or a new one.
"""

TAGS: Final = [
    {"name": "scores", "description": "Score a list: one operation per method, nothing is kept."},
    {"name": "methods", "description": "What each method is, and when to use it."},
    {"name": "health", "description": "What a load balancer asks."},
]

LARGEST_INT32: Final = 2**31 - 1

REQUEST_ID: Final = {
    "description": "The id of this request, as it was sent or newly made.",
    "schema": {"type": "string", "format": "uuid"},
    "required": True,
}


def document(app: FastAPI) -> dict[str, Any]:
    """Describe version 1 of the API."""
    made = get_openapi(
        title="Stackrank",
        version=CONTRACT,
        summary="In what order?",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
        tags=TAGS,
        routes=app.routes,
    )
    for path, operation in _operations(made):
        operation["security"] = []
        for response in operation["responses"].values():
            response["headers"] = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}}
        _tell_problems(operation["responses"])
        if path.startswith("/v1/score/"):
            _add_examples(operation, path.rsplit("/", 1)[1])
    components = made["components"]
    components["headers"] = {"RequestId": REQUEST_ID}
    components["schemas"] = dict(sorted(components["schemas"].items()))
    for schema in components["schemas"].values():
        _tidy(schema)
    for _, operation in _operations(made):
        for parameter in operation.get("parameters", []):
            _tidy(parameter["schema"])
    return made


def add_document(app: FastAPI) -> None:
    """Serve the document; it is made at the first request for it, when all routes are there."""
    router = APIRouter(route_class=StrictRoute, include_in_schema=False)
    made: list[bytes] = []

    @router.get("/v1/openapi.json")
    def get_openapi_document() -> Response:
        if not made:
            made.append(msgspec.json.encode(document(app)))
        return Response(made[0], media_type="application/json")

    app.include_router(router)


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in made["paths"].items():
        for operation in operations.values():
            yield path, operation


def _tell_problems(responses: dict[str, Any]) -> None:
    """File problems under their own media type; FastAPI knows one media type a route."""
    for status, response in responses.items():
        if not status.startswith("2"):
            response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}


def _add_examples(operation: dict[str, Any], method: str) -> None:
    """Show the examples of a method with their nulls, which FastAPI drops, and their answers."""
    examples = METHODS[method].examples
    operation["requestBody"]["content"]["application/json"]["examples"] = {
        example.name: {"summary": example.summary, "value": example.request}
        for example in examples
    }
    operation["responses"]["200"]["content"]["application/json"]["examples"] = {
        example.name: {
            "summary": example.summary,
            "value": to_builtins(score_list(method, msgspec.json.encode(example.request))),
        }
        for example in examples
    }


def _tidy(schema: Any) -> None:  # noqa: ANN401 - any part of a JSON schema
    """Take titles and object defaults out of a schema, and say the format of every number."""
    if isinstance(schema, list):
        for part in schema:
            _tidy(part)
    if not isinstance(schema, dict):
        return
    schema.pop("title", None)
    if isinstance(schema.get("default"), dict | list):
        del schema["default"]
    if schema.get("type") in {"number", "integer"}:
        _tell_format(schema)
    for name in ("items", "additionalProperties", "propertyNames", "anyOf", "oneOf", "allOf"):
        _tidy(schema.get(name))
    _tidy(list(schema.get("properties", {}).values()))


def _tell_format(schema: dict[str, Any]) -> None:
    for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if schema.get(bound, 0.5) % 1 == 0:
            schema[bound] = int(schema[bound])
    if schema["type"] == "number":
        schema["format"] = "double"
    else:
        small = schema.get("maximum", math.inf) <= LARGEST_INT32
        schema["format"] = "int32" if small else "int64"
