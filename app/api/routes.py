"""Two kinds of route: one that knows its query parameters, one that answers bytes with bytes."""

from collections.abc import Callable, Collection, Coroutine, Iterable
from functools import lru_cache
from typing import Any, Final, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from app.api.decoding import Decoder
from app.api.faults import Fault, Invalid, parameter_fault, unknown_name
from app.api.problems import UnsupportedMediaType

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

SMALL_BODY: Final = 32 * 1024
"""Bytes: below it the answer is made faster than a thread could take it over."""


MOST_AT_ONCE: Final = 2
"""Large bodies of one method: more would only take turns at the interpreter's lock, each with
its memory."""

to_json: Final = msgspec.json.Encoder(enc_hook=BaseModel.model_dump).encode
"""Write a record, with the inputs in it that Pydantic may have read."""


def operation_id(route: APIRoute) -> str:
    """An endpoint's function name is its operationId."""
    return route.name


class StrictRoute(APIRoute):
    """A route that refuses query parameters it does not know."""

    def get_route_handler(self) -> Handler:
        """Check the names before FastAPI's own handler."""
        known = frozenset(parameter.alias for parameter in self.dependant.query_params)
        handle = super().get_route_handler()

        async def handle_known(request: Request) -> Response:
            if request.scope["query_string"]:
                refuse_unknown(request.query_params.keys(), known)
            return await handle(request)

        return handle_known


def refuse_unknown(names: Iterable[str], known: Collection[str]) -> None:
    """Refuse query parameters whose names are not known.

    Raises:
        Invalid: there are such names.
    """
    if faults := [
        Fault("query", name[:255], "unknown_name", unknown_name(name, known), "")
        for name in names
        if name not in known
    ]:
        raise Invalid(faults)


class BytesRoute(APIRoute):
    """A route from the bytes of a body to the bytes of an answer.

    Its endpoint takes `body`, a model that `Decoder` reads, and `query`, a model of the query
    parameters, and gives a record. FastAPI describes both; the way between is shorter than its
    own, which costs more than scoring a hundred items.
    """

    def get_route_handler(self) -> Handler:
        """Read, ask the endpoint and write: in a thread where the body is large."""
        hints = get_type_hints(self.endpoint)
        decoder: Decoder[BaseModel] = Decoder(hints["body"])
        read_query = _query_reader(hints["query"])
        endpoint = self.endpoint
        few = CapacityLimiter(MOST_AT_ONCE)

        def answer(body: bytes, query: BaseModel) -> bytes:
            return to_json(endpoint(body=decoder.decode(body), query=query))

        async def handle(request: Request) -> Response:
            query = read_query(request.scope["query_string"])
            if not _is_json(request.headers.get("content-type", "")):
                raise UnsupportedMediaType
            body = await request.body()
            if len(body) < SMALL_BODY:
                content = answer(body, query)
            else:
                content = await to_thread.run_sync(answer, body, query, limiter=few)
            return Response(content, media_type="application/json")

        return handle


def _query_reader(model: type[BaseModel]) -> Callable[[bytes], BaseModel]:
    @lru_cache(maxsize=64)
    def read(query_string: bytes) -> BaseModel:
        sent = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
        refuse_unknown(sent, model.model_fields)
        try:
            return model.model_validate_strings(sent)
        except ValidationError as error:
            raise Invalid(
                [parameter_fault({**one, "loc": ("query", *one["loc"])}) for one in error.errors()]
            ) from None

    return read


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (
        essence.startswith("application/") and essence.endswith("+json")
    )
