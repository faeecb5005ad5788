"""The one table from exceptions to problems: how every refusal is told over HTTP (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec
from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.types import Scope

from app.api.cursors import BadCursor
from app.api.decoding import MalformedJson
from app.api.errors import (
    Crowded,
    Draining,
    KeyReused,
    NotFound,
    PreconditionRequired,
    TooLate,
    UnsupportedMediaType,
)
from app.api.faults import MOST_FAULTS, Fault, Invalid
from app.backlogs.errors import (
    Forged,
    RepeatedToken,
    Stale,
    TooManyBacklogs,
    TooManyCriteria,
    TooManyItems,
    TooManyRuns,
)
from app.engine.errors import DependencyCircles, DuplicateKeys, TooManyTerms
from app.engine.verdict import Record
from app.keys.errors import (
    WHAT_TO_DO,
    AlreadyEnded,
    ForeignName,
    KeyEnded,
    NoKey,
    NotAKey,
    RateLimited,
    ScopeTooSmall,
    TooManyFailures,
)
from app.storage import errors
from app.sync.errors import (
    MalformedPayload,
    RepeatedIdentity,
    ToolRefused,
    UnrecognisedPayload,
)

MEDIA_TYPE: Final = "application/problem+json"
SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}


class Problem(Record, frozen=True):
    """Why a request was refused."""

    type: Annotated[
        str,
        Field(
            description="The kind of problem, as the address of the page that documents it.",
            examples=["/problems/validation"],
        ),
    ]
    title: Annotated[str, Field(description="The kind of problem in words.")]
    status: Annotated[int, Field(description="The HTTP status.", ge=400, le=599)]
    detail: Annotated[str, Field(description="What is the matter with this request.")]
    instance: Annotated[
        str, Field(description="This refusal: the request id as a URN.", examples=["urn:uuid:..."])
    ]
    request_id: Annotated[str, Field(description="The request id, as in X-Request-ID.")]
    errors: Annotated[
        list[Fault],
        Field(description="Every fault with its place; the first 100.", max_length=MOST_FAULTS),
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem; the slug is stable and the advice is what its page says."""

    slug: str
    status: int
    title: str
    advice: str


_KINDS: Final = (
    Kind(
        "validation",
        422,
        "The request is not valid",
        "Every wrong value is listed in `errors`, with a JSON pointer into the body as it was sent"
        " and the key of its item. Mend them all and send the request again.",
    ),
    Kind(
        "malformed-json",
        400,
        "The body is not JSON",
        "The body must be one JSON document in UTF-8 without a byte order mark. NaN, Infinity and"
        " numbers beyond a 64-bit float are not JSON: leave a missing input out or send null.",
    ),
    Kind(
        "unrecognised-payload",
        400,
        "The page has no known shape",
        "Send what Jira, Linear or GitHub answered, byte for byte, or a spreadsheet as CSV whose"
        " first row names a column for the keys.",
    ),
    Kind(
        "unauthorized",
        401,
        "A key or a signature is needed",
        f"{WHAT_TO_DO} A key that is mistyped, unknown, expired or revoked is none. The"
        " first one is shown when the service starts for the first time; `stackrank keys create`"
        " makes more. A webhook carries no key: it must be signed with the secret of its hook, or"
        " carry the token that was given with it.",
    ),
    Kind(
        "forbidden",
        403,
        "This is not allowed",
        "The scope of the key does not reach so far: ask an admin of the workspace for one that"
        " does. Or a page of this origin may not call the API: the operator lists the origins that"
        " may in STACKRANK_CORS_ORIGINS.",
    ),
    Kind(
        "not-found",
        404,
        "Nothing is here",
        "The address, or a name in it, is not known. The addresses are listed in /docs.",
    ),
    Kind(
        "bad-cursor",
        400,
        "The cursor leads nowhere",
        "A cursor goes with the list, the filters and the scoring that it was given for, and is"
        " taken as it was given. Start again without one.",
    ),
    Kind(
        "conflict",
        409,
        "It collides with what is there",
        "Another backlog has the name, an item, the backlog or the workspace is full, or another"
        " write goes on. The detail says which; where Retry-After is sent, wait as long and try"
        " again.",
    ),
    Kind(
        "precondition-failed",
        412,
        "It is not as you know it",
        "Somebody else wrote in between. Read it again, look at what changed, and send the new"
        " ETag in If-Match; or it was to be new (If-None-Match: *), and is there already.",
    ),
    Kind(
        "precondition-required",
        428,
        "Say which state you mean",
        "Send the ETag of what you read in the header If-Match, so that nothing is lost that you"
        " have not seen.",
    ),
    Kind(
        "idempotency-key-reused",
        422,
        "The Idempotency-Key belongs to another request",
        "A key goes with one request, byte by byte. Take a new key for a new request.",
    ),
    Kind(
        "rate-limited",
        429,
        "Too many requests",
        "Wait as long as Retry-After says. The detail says of what there were too many; the"
        " operator sets how many requests a key may send in STACKRANK_RATE_LIMIT.",
    ),
    Kind(
        "unavailable",
        503,
        "The service cannot answer now",
        "The database does not answer, or not in time, or the process is about to stop. Try again"
        " after as many seconds as Retry-After says; with an Idempotency-Key nothing happens"
        " twice.",
    ),
    Kind(
        "overloaded",
        503,
        "Too many requests are worked on",
        "Nothing was done. Try again after as many seconds as Retry-After says. The operator sets"
        " how many are worked on at once in STACKRANK_MAX_IN_FLIGHT.",
    ),
    Kind(
        "insufficient-storage",
        507,
        "The disk takes no more",
        "Nothing was written. The operator must make room.",
    ),
    Kind(
        "method-not-allowed",
        405,
        "The address does not take this HTTP method",
        "The header Allow lists the methods that it takes.",
    ),
    Kind(
        "too-large",
        413,
        "The body is too large",
        "Send fewer items at a time, or raise STACKRANK_MAX_BODY_SIZE.",
    ),
    Kind(
        "unsupported-media-type",
        415,
        "The body is not of the media type that is read here",
        "Send it uncompressed, with the header Content-Type: application/json, or text/csv for a"
        " spreadsheet.",
    ),
    Kind(
        "internal",
        500,
        "Something broke in the service",
        "This is our fault. The request id leads to the log of what happened.",
    ),
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.slug: kind for kind in _KINDS})
"""Every kind of problem by its slug."""

EXCEPTIONS: Final[Mapping[type[Exception], str]] = MappingProxyType(
    {
        MalformedJson: "malformed-json",
        Invalid: "validation",
        RequestValidationError: "validation",
        DuplicateKeys: "validation",
        DependencyCircles: "validation",
        TooManyTerms: "validation",
        NoKey: "unauthorized",
        NotAKey: "unauthorized",
        KeyEnded: "unauthorized",
        AlreadyEnded: "conflict",
        TooManyFailures: "rate-limited",
        ForeignName: "forbidden",
        ScopeTooSmall: "forbidden",
        ToolRefused: "validation",
        RepeatedIdentity: "validation",
        MalformedPayload: "malformed-json",
        UnrecognisedPayload: "unrecognised-payload",
        UnsupportedMediaType: "unsupported-media-type",
        NotFound: "not-found",
        errors.NotFound: "not-found",
        errors.NameTaken: "conflict",
        errors.Taken: "conflict",
        errors.Locked: "conflict",
        errors.Undone: "unavailable",
        errors.Unavailable: "unavailable",
        errors.SchemaTooOld: "unavailable",
        errors.SchemaTooNew: "unavailable",
        errors.Full: "insufficient-storage",
        TooManyItems: "conflict",
        TooManyCriteria: "conflict",
        TooManyBacklogs: "conflict",
        TooManyRuns: "conflict",
        RateLimited: "rate-limited",
        TooLate: "unavailable",
        Crowded: "overloaded",
        Draining: "unavailable",
        RepeatedToken: "conflict",
        Forged: "unauthorized",
        Stale: "precondition-failed",
        PreconditionRequired: "precondition-required",
        BadCursor: "bad-cursor",
        KeyReused: "idempotency-key-reused",
    }
)
"""The kind of problem that tells an exception."""


def respond(slug: str, detail: str, scope: Scope, faults: list[Fault] | None = None) -> Response:
    """Write the problem of a request, and leave its slug to who counts them."""
    kind, state = KINDS[slug], scope["state"]
    state["problem"] = slug
    request_id = state["request_id"]
    problem = Problem(
        f"/problems/{slug}",
        kind.title,
        kind.status,
        detail,
        f"urn:uuid:{request_id}",
        request_id,
        faults or [],
    )
    response = Response(msgspec.json.encode(problem), kind.status, media_type=MEDIA_TYPE)
    if kind.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "1"
    return response


def declared(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """Declare these problems among the responses of an operation, and any other as `default`.

    By a reference: of a model FastAPI would make a validator for every response of every route,
    which took a sixth of the time that the service needs to start.
    """
    statuses: dict[int | str, list[str]] = {}
    for slug in slugs:
        statuses.setdefault(KINDS[slug].status, []).append(f"{KINDS[slug].title}.")
    statuses["default"] = ["Any other refusal."]
    return {
        status: {"description": " ".join(sentences), "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
        for status, sentences in statuses.items()
    }
