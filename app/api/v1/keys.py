"""The keys of a workspace: given, listed, changed for new ones, taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import Field

from app.api.authentication import KnownCallers, needs
from app.api.bodies import BodyRoute
from app.api.dependencies import Cursor, Limit, Store, Stored, answer, next_page
from app.api.faults import Fault, Invalid
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1 import bodies
from app.engine.verdict import Record
from app.keys import text as key_text
from app.keys.giving import Given, give, rotate
from app.keys.scopes import Scope
from app.storage.keys import Keys
from app.storage.records import StoredKey

router = APIRouter(
    prefix="/v1/keys",
    tags=["keys"],
    route_class=BodyRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)

KeyId = Annotated[UUID, Path(description="The key's id.")]

KeyName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$",
        description="What it is for.",
    ),
]


class ApiKeyRequest(bodies.Request):
    """A key to be given."""

    name: KeyName
    scope: Annotated[Scope, Field(description="What it may do; each includes those before it.")]
    expires_at: Annotated[
        Annotated[bodies.Time, Field(json_schema_extra={"maxLength": 40})] | None,
        Field(description="When it ends; null for not by itself."),
    ] = None


class ApiKey(Record, frozen=True):
    """A key without its text, which is not kept."""

    id: Annotated[UUID, Field(description="Its id.")]
    begins_with: Annotated[
        str, Field(description="What its text begins with, to know one again that leaked.")
    ]
    name: Annotated[str, Field(description="What it is for.")]
    scope: Annotated[str, Field(description="What it may do.", examples=["write"])]
    created_at: Annotated[datetime, Field(description="When it was given.")]
    expires_at: Annotated[datetime | None, Field(description="When it ends by itself.")]
    revoked_at: Annotated[datetime | None, Field(description="When it was taken away.")]
    last_used_at: Annotated[
        datetime | None, Field(description="When it was last used, late by a minute at most.")
    ]


class GivenApiKey(ApiKey, frozen=True):
    """A key with its text, which is shown this once."""

    key: Annotated[str, Field(description="To be sent as Authorization: Bearer. Put it by.")]


class ApiKeyPage(Record, frozen=True):
    """Some keys, from the oldest."""

    data: Annotated[list[ApiKey], Field(description="The keys.", max_length=200)]
    next_cursor: Annotated[
        str | None, Field(description="Leads to the next page; null on the last.")
    ]


TO_GIVE: Final[dict[str, Any]] = {
    "script": {
        "summary": "For a script that keeps a backlog up to date",
        "value": {"name": "nightly import", "scope": "write"},
    }
}


@contextmanager
def _keys(store: Store) -> Iterator[Keys]:
    """Change keys, and none after the deadline: nobody would see the new one.

    Raises:
        TooLate: the request has been answered.
    """
    store.deadline.refuse_late()
    with store.database.transaction() as connection:
        yield Keys(connection, store.caller.workspace_id)
        store.deadline.refuse_late()


def _told(store: Store, key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "begins_with": key_text.public(store.caller.workspace_id, key.id),
        "name": key.name,
        "scope": key.scope,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _given(store: Store, given: Given) -> Response:
    told = GivenApiKey(**_told(store, given.key), key=given.text)
    return answer(told, 201, location=f"/v1/keys/{given.key.id}")


@router.post(
    "",
    openapi_extra=needs("admin"),
    status_code=201,
    response_model=GivenApiKey,
    summary="Give a key",
    response_description="The new key, shown this once.",
    responses=declared("malformed-json", "too-large", "unsupported-media-type"),
)
def create_key(
    body: Annotated[ApiKeyRequest, Body(openapi_examples=TO_GIVE)],
    store: Stored,
    callers: KnownCallers,
) -> Response:
    """Give a key of the workspace; it takes no Idempotency-Key, for a repetition would show it."""
    now = datetime.now(UTC)
    ends = body.expires_at.astimezone(UTC) if body.expires_at else None
    if ends and ends <= now:
        told = "It has passed already."
        raise Invalid([Fault("body", "#/expires_at", "passed", told, "")])
    with _keys(store) as keys:
        given = give(keys, callers.peppers, now, name=body.name, scope=body.scope, expires_at=ends)
    return _given(store, given)


@router.get(
    "",
    openapi_extra=needs("admin"),
    response_model=ApiKeyPage,
    summary="List the keys",
    response_description="A page of keys.",
    responses=declared("bad-cursor"),
)
def list_keys(
    request: Request, store: Stored, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """List the keys of the workspace from the oldest, those that have ended too."""
    listed = ["keys"]
    place = store.cursors.read(cursor, listed)
    with store.database.reading() as connection:
        keys = Keys(connection, store.caller.workspace_id)
        found = keys.keys(UUID(place[0]) if place else None, limit + 1)
    more = store.cursors.write(listed, [found[limit - 1].id.hex]) if len(found) > limit else None
    page = ApiKeyPage([ApiKey(**_told(store, key)) for key in found[:limit]], more)
    return answer(page, link=next_page(request, more))


@router.get(
    "/{key_id:uuid}",
    openapi_extra=needs("admin"),
    response_model=ApiKey,
    summary="Read a key",
    response_description="The key, without its text.",
    responses=declared("not-found"),
)
def get_key(key_id: KeyId, store: Stored) -> Response:
    """Say what a key may do, when it ends and when it was last used."""
    with store.database.reading() as connection:
        key = Keys(connection, store.caller.workspace_id).key(key_id)
    return answer(ApiKey(**_told(store, key)))


@router.post(
    "/{key_id:uuid}/rotations",
    openapi_extra=needs("admin"),
    status_code=201,
    response_model=GivenApiKey,
    summary="Change a key for a new one",
    response_description="The new key, shown this once.",
    responses=declared("not-found", "conflict"),
)
def rotate_key(key_id: KeyId, store: Stored, callers: KnownCallers) -> Response:
    """Give a new key like this one, which stays good for 24 hours beside it."""
    with _keys(store) as keys:
        given = rotate(keys, callers.peppers, key_id, datetime.now(UTC))
    callers.forget(store.caller.workspace_id, key_id)
    return _given(store, given)


@router.delete(
    "/{key_id:uuid}",
    openapi_extra=needs("admin"),
    status_code=204,
    summary="Revoke a key",
    response_description="It is good no longer.",
    responses=declared("not-found", "conflict"),
)
def revoke_key(key_id: KeyId, store: Stored, callers: KnownCallers) -> Response:
    """Take a key away: at once in this process, within five seconds in every other."""
    with _keys(store) as keys:
        keys.revoke(key_id, datetime.now(UTC))
    callers.forget(store.caller.workspace_id, key_id)
    return Response(status_code=204)
