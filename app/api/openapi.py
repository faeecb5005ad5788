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
from pydantic import TypeAdapter

from app.api.answers import add_answers
from app.api.authentication import PUBLIC, SCHEME
from app.api.links import add_links
from app.api.problems import Problem, declared
from app.api.routes import StrictRoute
from app.api.v1.scores import score_list
from app.engine.methods import METHODS

CONTRACT: Final = "1.12.2"
"""The version of the contract: apart from the program's, and raised by every change of it."""

DESCRIPTION: Final = """\
Send items and get back scores, ranks, buckets and the reason for each.

Every refusal is a problem (RFC 9457) that names all faults, each with a pointer into the body.
Every answer carries `X-Request-ID`: yours in its canonical form, if you sent a UUID, or a new one.
"""

TAGS: Final = [
    {"name": "scores", "description": "Score a list: one operation per method, nothing is kept."},
    {"name": "methods", "description": "What each method is, and when to use it."},
    {"name": "backlogs", "description": "Named lists that are kept, with how they are scored."},
    {"name": "items", "description": "What is in a backlog, as it was written."},
    {"name": "ranking", "description": "The ranking of a backlog, never stale."},
    {"name": "runs", "description": "Rankings that are frozen, and what moved between them."},
    {"name": "sync", "description": "Pages of Jira, Linear, GitHub and spreadsheets as they are."},
    {"name": "keys", "description": "Who may do what in the workspace; for admins."},
    {"name": "health", "description": "What a load balancer asks."},
]

LARGEST_INT32: Final = 2**31 - 1

HEADERS: Final = {
    "RequestId": {
        "description": "The id of this request: the UUID that was sent, or a new one.",
        "schema": {"type": "string", "format": "uuid"},
        "required": True,
    },
    "ETag": {
        "description": "The state that was answered, for If-Match and If-None-Match.",
        "schema": {"type": "string", "maxLength": 100},
    },
    "Location": {
        "description": "The address of what was created.",
        "schema": {"type": "string", "format": "uri-reference", "maxLength": 4000},
    },
    "Link": {
        "description": 'The address of the next page, with rel="next"; absent on the last.',
        "schema": {"type": "string", "maxLength": 20000},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the request is sent again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 86400},
    },
    "WWWAuthenticate": {
        "description": "What is asked for: a key, or the signature of a webhook.",
        "schema": {"type": "string", "maxLength": 100},
        "required": True,
    },
    "IdempotencyReplayed": {
        "description": "true where this is the answer to an earlier request with the key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
"""The headers of answers, each by the name under which it is kept in the document."""


BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, which begins with sr_. Each operation names the scope that it needs;"
    " read, score, write and admin each reach as far as those before.",
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
        if operation["security"]:
            refusals = declared(
                *("unauthorized", "forbidden", "rate-limited"),
                *("unavailable", "overloaded"),
            )
            operation["responses"] |= {str(status): told for status, told in refusals.items()}
        _tell_unchanged(operation)
        for status, response in operation["responses"].items():
            response["headers"] = _headers(operation, path, status)
        if path.startswith("/v1/score/"):
            _add_examples(operation, path.rsplit("/", 1)[1])
    by_name = {operation["operationId"]: operation for _, operation in _operations(made)}
    add_links(by_name)
    add_answers(by_name)
    components = made["components"]
    components["headers"] = HEADERS
    components["securitySchemes"] = {SCHEME: BEARER}
    components["schemas"] = dict(sorted((components["schemas"] | _problem()).items()))
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

    @router.get("/v1/openapi.json", openapi_extra=PUBLIC)
    def get_openapi_document() -> Response:
        if not made:
            made.append(msgspec.json.encode(document(app)))
        return Response(made[0], media_type="application/json")

    app.include_router(router)


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in made["paths"].items():
        for operation in operations.values():
            yield path, operation


def _tell_unchanged(operation: dict[str, Any]) -> None:
    """Say that who has the present state already is told so; who writes is refused with 412."""
    responses = operation["responses"]
    sent = {parameter["name"] for parameter in operation.get("parameters", [])}
    if "If-None-Match" in sent and "412" not in responses:
        responses["304"] = {"description": "It is as you have it."}


def _headers(operation: dict[str, Any], path: str, status: str) -> dict[str, Any]:
    """Say which headers an answer has, by what its operation takes."""
    parameters = {parameter["name"] for parameter in operation.get("parameters", [])}
    names = {"X-Request-ID": "RequestId"}
    if status.startswith(("2", "3")) and status != "204" and "{backlog_id}" in path:
        names["ETag"] = "ETag"
    if status == "201":
        names["Location"] = "Location"
        if path.startswith("/v1/backlogs"):
            names["ETag"] = "ETag"
    if status == "200" and "cursor" in parameters:
        names["Link"] = "Link"
    if status.startswith("2") and "Idempotency-Key" in parameters:
        names["Idempotency-Replayed"] = "IdempotencyReplayed"
    if status in {"409", "429", "503"}:
        names["Retry-After"] = "RetryAfter"
    if status == "401":
        names["WWW-Authenticate"] = "WWWAuthenticate"
    return {name: {"$ref": f"#/components/headers/{kept}"} for name, kept in names.items()}


def _problem() -> dict[str, Any]:
    """Describe what every refusal refers to, and what that refers to."""
    made = TypeAdapter(Problem).json_schema(ref_template="#/components/schemas/{model}")
    return {**made.pop("$defs"), "Problem": made}


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
    for pattern, inner in schema.pop("patternProperties", {}).items():
        names = schema.get("propertyNames", {}) | {"pattern": pattern}
        schema |= {"propertyNames": names, "additionalProperties": inner}
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
