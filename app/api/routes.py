"""Two kinds of route: one that knows its query parameters, one that answers bytes with bytes."""

import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cache, lru_cache, partial
from random import random
from typing import Any, Final, Literal, get_origin, get_type_hints
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from anyio import CapacityLimiter, sleep, to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from app import metrics
from app.api.authentication import GuardedRoute
from app.api.decoding import Decoder
from app.api.errors import UnsupportedMediaType
from app.api.faults import LONGEST_NAME, Fault, Invalid, parameter_fault, unknown_name
from app.engine.inputs import Inputs
from app.storage.errors import Undone

JSON: Final = re.compile(r"application/([^/+]+\+)?json")
"""The media types of JSON (RFC 6839)."""

UTF_8: Final = {"charset=utf-8", 'charset="utf-8"'}
"""The one encoding of JSON (RFC 8259), as it may be said."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that are not UTF-8."""

SMALL_BODY: Final = 32 * 1024
"""Bytes: below it the answer is made faster than a thread could take it over."""


SHORT_QUERY: Final = 64
"""Bytes: what was read of a longer query is not kept, for there is no end to such."""


FEW: Final = CapacityLimiter(2)
"""Large bodies at once: more would only take turns at the interpreter's lock, each with its
memory."""


WRITES: Final = CapacityLimiter(12)
"""Writes at once, each of which may wait for its backlog with a thread and a connection: as many
are left for those who read, and for who asks if all is well."""


READS: Final = CapacityLimiter(2)
"""Reads of whole backlogs at once: more would only take turns at the interpreter's lock, and
each holds a thread and a connection meanwhile."""


LARGE_READS: Final = frozenset(
    {
        *("diff_runs", "preview_changes", "get_report", "get_writeback", "export_backlog"),
        *("get_ranking_csv", "get_results_csv"),
    }
)
"""The operations that read a whole backlog, however little of it they may tell."""


ANSWERS: Final = CapacityLimiter(8)
"""Answers in pieces at once: each holds what it is made of until it is taken to the end."""


IN_PIECES: Final = frozenset({"export_backlog", "get_ranking_csv", "get_results_csv"})
"""The operations whose answers are sent in pieces."""


def _as_read_by_msgspec(model: BaseModel) -> dict[str, Any]:
    """Leave out what is missing of an item's inputs; of options, say the defaults too."""
    return model.model_dump(exclude_defaults=isinstance(model, Inputs))


to_json: Final = msgspec.json.Encoder(enc_hook=_as_read_by_msgspec).encode
"""Write a record, with the models in it that Pydantic may have read."""


def operation_id(route: APIRoute) -> str:
    """An endpoint's function name is its operationId."""
    return route.name


RETRIES: Final = 3
"""So many times a write is done again that the database undid."""


class StrictRoute(GuardedRoute):
    """A route that refuses query parameters it does not know, and does again what was undone."""

    knows_all = True
    """Are the query parameters that it knows all that may be sent?"""

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what is sent in pieces wait until there is room for it, before anything is read."""
        if self.name not in IN_PIECES:
            return await super().go_on(scope, receive, send)
        async with ANSWERS:
            scope["state"]["deadline"].refuse_late()
            return await super().go_on(scope, receive, send)

    def get_route_handler(self) -> Handler:
        """Check the names before FastAPI's own handler.

        What the database undid in favour of another write is done again here, as a whole: nothing
        of it is left, and its body has been read. Whose turn to write, or to read a whole backlog,
        has not come waits here.
        """
        known = {
            parameter.alias: get_origin(parameter.field_info.annotation) is list
            for parameter in self.dependant.query_params
        }
        handle = super().get_route_handler()
        only_reads = {"GET", "HEAD"}.issuperset(self.methods or ())

        async def handle_known(request: Request) -> Response:
            if b"%" in request.scope["raw_path"] or request.scope["query_string"]:
                refuse_other_than_utf_8(request)
            if request.scope["query_string"]:
                sent = request.query_params.multi_items()
                refuse_unknown(
                    sent if self.knows_all else [one for one in sent if one[0] in known], known
                )
            is_large = self.name in LARGE_READS
            if not is_large and (only_reads or self.needed in {"read", "score"}):
                return await answered(request)
            await request.body()  # who sends it slowly is not waited for by the others
            async with READS if is_large else WRITES:
                if is_large:  # a write sees to it where it commits
                    request.state.deadline.refuse_late()
                return await answered(request)

        async def answered(request: Request) -> Response:
            for attempt in range(1, RETRIES + 1):
                try:
                    return await handle(request)
                except Undone:
                    metrics.RETRIES.inc()
                    await sleep(random() * 0.05 * attempt)  # noqa: S311 - so that they part
            return await handle(request)

        return handle_known


def lazily(model: type[BaseModel]) -> Callable[[], Decoder[BaseModel]]:
    """Make a decoder when it is first asked for: all of them are a sixth of a start."""
    return cache(partial(Decoder, model))


def refuse_other_than_utf_8(request: Request) -> None:
    """Refuse parameters in other bytes, which would all be read as one and the same character.

    Raises:
        Invalid: there are such parameters.
    """
    parts: dict[Literal["path", "query"], tuple[bytes, Iterable[tuple[str, Any]]]] = {
        "path": (request.scope["raw_path"], request.path_params.items()),
        "query": (request.scope["query_string"], request.query_params.multi_items()),
    }
    faults = [
        Fault(part, name[:LONGEST_NAME], "not_utf_8", "Send it in UTF-8, percent-encoded.", "")
        for part, (sent, read) in parts.items()
        if not _is_utf_8(unquote_to_bytes(sent))
        for name, value in read
        if REPLACED in f"{name}{value}"
    ]
    if faults:
        raise Invalid(faults)


def _is_utf_8(sent: bytes) -> bool:
    try:
        sent.decode()
    except UnicodeDecodeError:
        return False
    return True


def refuse_unknown(sent: Iterable[tuple[str, str]], known: Mapping[str, bool]) -> None:
    """Refuse query parameters that are not `known`, and those sent twice that are no list.

    Raises:
        Invalid: there are such parameters.
    """
    if faults := _unknown(sent, known):
        raise Invalid(faults)


def _unknown(sent: Iterable[tuple[str, str]], known: Mapping[str, bool]) -> list[Fault]:
    faults: list[Fault] = []
    for name, times in Counter(name for name, _ in sent).items():
        if name not in known:
            told = unknown_name(name, known)
            faults.append(Fault("query", name[:LONGEST_NAME], "unknown_name", told, ""))
        elif times > 1 and not known[name]:
            faults.append(Fault("query", name, "repeated", "Send it once.", ""))
    return faults


class BytesRoute(GuardedRoute):
    """A route from the bytes of a body to the bytes of an answer.

    Its endpoint takes `body`, a model that `Decoder` reads, and `query`, a model of the query
    parameters, and gives a record. FastAPI describes both; the way between is shorter than its
    own, which costs more than scoring a hundred items. Refusals are answered further out, and
    the application's limit of bodies holds.

    Raises:
        TypeError: it was given a limit of its own.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(*arguments, **options)
        if options.get("max_body_size") is not None:
            raise TypeError("A BytesRoute has no limit of its own.")
        handle = self._handle  # as it was made for FastAPI's own

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(Request(scope, receive, send))
            await response(scope, receive, send)

        # FastAPI's own prepares to close what is never opened: an eighth of the time of one item.
        self.app = answer

    def get_route_handler(self) -> Handler:
        """Read, ask the endpoint and write: in a thread where the body is large."""
        hints = get_type_hints(self.endpoint)
        decoder = lazily(hints["body"])
        read_query = _query_reader(hints["query"])
        endpoint = self.endpoint

        def answer(sent: bytes, query: BaseModel, faults: list[Fault]) -> bytes:
            try:
                body = decoder().decode(sent)
            except Invalid as refusal:
                raise refusal.behind(faults) from None
            if faults:
                more, number = decoder().wrong_together(sent)
                raise Invalid([*faults, *more], len(faults) + number)
            return to_json(endpoint(body=body, query=query))

        async def handle(request: Request) -> Response:
            query, faults = read_query(request.scope["query_string"])
            body = await body_of(request, "application/json")
            if len(body) < SMALL_BODY:
                content = answer(body, query, faults)
            else:
                content = await to_thread.run_sync(answer, body, query, faults, limiter=FEW)
            return Response(content, media_type="application/json")

        self._handle = handle
        return handle


def _query_reader(model: type[BaseModel]) -> Callable[[bytes], tuple[BaseModel, list[Fault]]]:
    """Read the query, and say what is wrong with it, to be told before what is of the body."""
    known = dict.fromkeys(model.model_fields, False)
    usual = model()

    def read(query_string: bytes) -> tuple[BaseModel, list[Fault]]:
        if not query_string:
            return usual, []
        sent = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
        faults = _unknown(sent, known)
        try:
            return model.model_validate({n: value for n, value in sent if n in known}), faults
        except ValidationError as error:
            told = ({**one, "loc": ("query", *one["loc"])} for one in error.errors())
            return usual, [*faults, *map(parameter_fault, told)]

    read_again = lru_cache(maxsize=32)(read)
    return lambda sent: (read_again if len(sent) <= SHORT_QUERY else read)(sent)


async def body_of(request: Request, media_type: Literal["application/json", "text/csv"]) -> bytes:
    """Read a body.

    Raises:
        UnsupportedMediaType: it is of another media type, or compressed.
    """
    sent = request.headers.get("content-type", "")
    if not (_is_json(sent) if media_type == "application/json" else _is_csv(sent)):
        raise UnsupportedMediaType(f"Send the header Content-Type: {media_type}.")
    codings = ",".join(request.headers.getlist("content-encoding")).lower().split(",")
    if any(coding.strip() not in {"", "identity"} for coding in codings):
        raise UnsupportedMediaType("Send the body uncompressed, without Content-Encoding.")
    return await request.body()


def _is_csv(content_type: str) -> bool:
    """Ask if a body is sent as CSV, in whatever encoding."""
    return content_type.partition(";")[0].strip().lower() == "text/csv"


def _is_json(content_type: str) -> bool:
    """Ask if a body is sent as JSON in UTF-8; other parameters of the media type do not matter."""
    if content_type == "application/json":  # nearly always
        return True
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    charsets = {part for part in parameters if part.startswith("charset")}
    return bool(JSON.fullmatch(media_type)) and charsets <= UTF_8
