"""What endpoints ask for: the stored backlogs, and the parameters that many share."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import AfterValidator, Field
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from app.api import etags
from app.api.cursors import LONGEST, Cursors, cursors_of
from app.api.errors import KeyReused, PreconditionRequired
from app.api.load import Deadline
from app.api.routes import body_of, operation_id, to_json
from app.backlogs.errors import Stale
from app.engine.inputs import KEY_PATTERN
from app.engine.structs import NO_NUL
from app.keys.callers import Caller
from app.settings import Settings
from app.storage.database import Database
from app.storage.records import Author, StoredAnswer, StoredBacklog, StoredItem, StoredProfile
from app.storage.repository import Repository
from app.storage.sources import Sources


def _key(key: str) -> str:
    if not re.match(KEY_PATTERN, key):
        raise PydanticCustomError(
            "string_pattern_mismatch", "It is no key of an item", {"pattern": KEY_PATTERN}
        )
    return key


BacklogId = Annotated[UUID, Path(description="The backlog's id.")]
"""The id of a backlog in an address."""

RunId = Annotated[UUID, Path(description="The run's id.")]
"""The id of a run in an address."""

ItemKey = Annotated[
    str,
    Path(
        min_length=1,
        max_length=255,
        description="The item's key, percent-encoded: `owner%2Frepo%2312`.",
        examples=["PROJ-12"],
        json_schema_extra={"pattern": KEY_PATTERN},
    ),
    AfterValidator(_key),
]
"""The key of an item in an address."""

EntityTags = Annotated[str, Field(max_length=1000)]

IfMatch = Annotated[
    EntityTags | SkipJsonSchema[None],
    Header(
        alias="If-Match",
        description="The ETag of what you read; refused with 412 where it has changed since.",
        examples=['"7"'],
    ),
]
"""Which state a write means."""

IfNoneMatch = Annotated[
    EntityTags | SkipJsonSchema[None],
    Header(
        alias="If-None-Match",
        description="An ETag you have; answered 304 where it is the present.",
    ),
]
"""Which state a client has already."""


def _star(sent: str | None) -> str | None:
    """Take a star alone: anything else, taken for nothing said, would overwrite."""
    if sent not in {None, "*"}:
        raise PydanticCustomError("no_star", "Send * or leave it out")
    return sent


IfNew = Annotated[
    EntityTags | SkipJsonSchema[None],
    AfterValidator(_star),
    Header(
        alias="If-None-Match",
        description="`*` writes only what is new; refused with 412 where it is there already.",
        examples=["*"],
    ),
]
"""Is what is written to be new?"""

Cursor = Annotated[
    Annotated[str, Field(max_length=LONGEST, pattern=r"^[A-Za-z0-9._-]+$")] | SkipJsonSchema[None],
    Query(description="`next_cursor` of the page before."),
]
"""Where a page begins."""

Limit = Annotated[int, Query(ge=1, le=200, description="So many at most.")]
"""How long a page is."""

LabelFilter = Annotated[
    list[Annotated[str, Field(max_length=100, pattern=NO_NUL)]],
    Query(max_length=10, description="Only items with all of these labels."),
]
"""The labels that are looked for."""

IdempotencyKey = Annotated[
    Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")]
    | SkipJsonSchema[None],
    Header(
        alias="Idempotency-Key",
        description="A name for this request, such as a UUID: sent again with the same name, it"
        " is answered the same and done once.",
    ),
]
"""By which a repeated request is known."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all requests share."""

    database: Database
    secrets: Sequence[str]
    settings: Settings


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(_service)]
"""What all requests share, whoever calls."""


@dataclass(frozen=True, slots=True)
class Store:
    """The stored backlogs of the caller's workspace, and what signs their cursors."""

    database: Database
    cursors: Cursors
    settings: Settings
    caller: Caller
    operation: str
    deadline: Deadline

    @contextmanager
    def reading(self) -> Iterator[Sources]:
        """Read what is there at one moment."""
        with self.database.reading() as connection:
            yield Sources(connection, self.caller.workspace_id)

    @contextmanager
    def writing(self) -> Iterator[Sources]:
        """Read and write in the caller's name, all or nothing; and nothing after the deadline.

        Raises:
            TooLate: the request has been answered.
        """
        self.deadline.refuse_late()
        author = Author(self.caller.key_id, self.operation)
        days = self.settings.audit_days
        audited_for = timedelta(days) if days else None
        with self.database.transaction() as connection:
            yield Sources(connection, self.caller.workspace_id, author, audited_for)
            self.deadline.refuse_late()


async def _store(request: Request, service: Served) -> Store:
    return store_of(request, service, request.state.caller)


def store_of(request: Request, service: Service, caller: Caller) -> Store:
    """Give the backlogs of a caller's workspace, for as long as a request may take."""
    cursors = cursors_of(caller.workspace_id, service.secrets)
    operation = operation_id(request.scope["route"])
    deadline: Deadline = request.state.deadline
    return Store(service.database, cursors, service.settings, caller, operation, deadline)


Stored = Annotated[Store, Depends(_store)]
"""The stored backlogs of the caller's workspace."""


async def _json_body(request: Request) -> bytes:
    return await body_of(request, "application/json")


async def _csv_body(request: Request) -> bytes:
    return await body_of(request, "text/csv")


JsonBody = Annotated[bytes, Depends(_json_body)]
"""A JSON document, byte for byte."""

CsvBody = Annotated[bytes, Depends(_csv_body)]
"""A spreadsheet, byte for byte."""


@dataclass(frozen=True, slots=True)
class _Once:
    store: Store
    key: str | None
    fingerprint: str

    def __call__(self, effect: Callable[[Repository, datetime], Response]) -> Response:
        """Do a write; with a key it is done once, and answered the same from then on.

        The claim of the key, the effect and the kept answer are one transaction.
        """
        now = datetime.now(UTC)
        with self.store.writing() as repository:
            if self.key is None:
                return effect(repository, now)
            owner = str(self.store.caller.key_id or "")
            expiry = now + timedelta(hours=self.store.settings.idempotency_hours)
            kept = repository.claim(owner, self.key, self.fingerprint, now, expiry)
            if kept is None:
                response = effect(repository, now)
                repository.keep_answer(owner, self.key, _kept(response, self.fingerprint))
                return response
        if kept.fingerprint != self.fingerprint:
            raise KeyReused
        headers = msgspec.json.decode(kept.headers, type=dict[str, str])
        return Response(kept.body, kept.status, headers | {"idempotency-replayed": "true"})


async def _once(request: Request, store: Stored, idempotency_key: IdempotencyKey = None) -> _Once:
    key = idempotency_key and re.sub('^"(.+)"$', r"\1", idempotency_key)
    return _Once(store, key, await _fingerprint(request) if key else "")


Once = Annotated[_Once, Depends(_once)]
"""A write that is done once, however often it is asked for with one Idempotency-Key."""

_KEPT_HEADERS: Final = ("content-type", "location", "etag")


def _kept(response: Response, fingerprint: str) -> StoredAnswer:
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return StoredAnswer(
        fingerprint, response.status_code, to_json(headers).decode(), bytes(response.body)
    )


async def _fingerprint(request: Request) -> str:
    digest = sha256()
    path, query = request.scope["raw_path"], request.scope["query_string"]
    for part in (request.method.encode(), path, query, await request.body()):
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def guard(if_match: str | None, *, required: bool = False) -> Callable[[StoredBacklog], None]:
    """Make the guard of a write by what its caller knows of the backlog.

    Raises:
        PreconditionRequired: the caller must say it, and does not.
    """
    if required and if_match is None:
        raise PreconditionRequired

    def refuse_stale(backlog: StoredBacklog) -> None:
        if if_match is not None:
            _refuse_other(if_match, backlog.revision)

    return refuse_stale


def guard_item(
    if_match: str | None,
    item: StoredItem | StoredProfile | None,
    if_new: str | None = None,
) -> None:
    """Hold what a caller knows of an item, or of a profile, against what is there.

    Raises:
        Stale: it changed since, is not there, or is there and ought to be new.
    """
    if item and if_new:
        raise Stale(etags.of_revision(item.revision), "It is there already.")
    if if_match is None:
        return
    if item is None:
        raise Stale(None)
    _refuse_other(if_match, item.revision)


def _refuse_other(if_match: str, revision: int) -> None:
    if not etags.is_sent(if_match):
        raise Stale(etags.of_revision(revision), "If-Match holds no ETag: those have quotes.")
    if not etags.names_revision(if_match, revision):
        raise Stale(etags.of_revision(revision))


def answer(
    record: Any,  # noqa: ANN401 - any record
    status: int = 200,
    *,
    etag: str | None = None,
    location: str | None = None,
    link: str | None = None,
) -> Response:
    """Write an answer with its headers."""
    named = {"etag": etag, "location": location, "link": link}
    headers = {name: value for name, value in named.items() if value}
    return Response(to_json(record), status, headers, "application/json")


def next_page(request: Request, cursor: str | None) -> str | None:
    """Write the header that leads to the next page."""
    if cursor is None:
        return None
    url = request.url.include_query_params(cursor=cursor)
    return f'<{url.path}?{url.query}>; rel="next"'


def unchanged(if_none_match: str | None, etag: str) -> Response | None:
    """Answer who has the present state already."""
    if etags.matches(if_none_match, etag):
        return Response(status_code=304, headers={"etag": etag})
    return None
