"""How every exception becomes its problem."""

from difflib import get_close_matches
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from app.api.faults import LONGEST_NAME, Invalid, invalid, parameter_fault
from app.api.problems import EXCEPTIONS, KINDS, respond
from app.backlogs.errors import Forged, Stale
from app.engine.errors import EngineError
from app.keys.errors import RateLimited, TooManyFailures
from app.storage.errors import Locked
from app.sync.errors import RepeatedIdentity, ToolRefused

BEARER: Final = 'Bearer realm="stackrank"'
"""What every 401 names but that of a webhook."""


def add_handlers(app: FastAPI) -> None:
    """Tell every exception as a problem."""
    for exception in EXCEPTIONS:
        app.add_exception_handler(exception, _refuse)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(ClientDisconnect, _go_on)
    app.add_exception_handler(Exception, _fail)


def _refuse(request: Request, error: Exception) -> Response:
    slug = EXCEPTIONS[type(error)]
    match error:
        case Invalid() | EngineError() | ToolRefused() | RepeatedIdentity():
            told = invalid(error)
        case RequestValidationError():
            # A parameter that may be absent is refused twice by Pydantic: it is also not null.
            faults = [one for one in error.errors() if one["type"] != "none_required"]
            told = Invalid([parameter_fault(one) for one in faults])
        case _:
            response = respond(slug, str(error) or KINDS[slug].advice, request.scope)
            if isinstance(error, Locked):
                response.headers["Retry-After"] = "1"
            if isinstance(error, TooManyFailures | RateLimited):
                response.headers["Retry-After"] = str(error.seconds)
            if slug == "unauthorized":
                kind = 'Signature realm="webhook"' if isinstance(error, Forged) else BEARER
                response.headers["WWW-Authenticate"] = kind
            if isinstance(error, Stale) and error.etag:
                response.headers["ETag"] = error.etag
            return response
    return respond(slug, str(told), request.scope, told.faults)


def _refuse_http(request: Request, error: Exception) -> Response:
    """Tell what Starlette itself refuses: addresses, HTTP methods, bodies that are too large."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    slug = next((kind.slug for kind in KINDS.values() if kind.status == status), "internal")
    detail = KINDS[slug].advice
    if status == HTTPStatus.NOT_FOUND:
        detail += _meant(request)
    response = respond(slug, detail, request.scope)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(_allowed(request))
    return response


def _meant(request: Request) -> str:
    """Say which address may be meant, where one is near."""
    known = [route.path for route in request.app.routes if isinstance(route, APIRoute)]
    close = get_close_matches(request.url.path[:LONGEST_NAME], known, n=1, cutoff=0.8)
    return f" Did you mean {close[0]}?" if close else ""


def _allowed(request: Request) -> list[str]:
    """List all methods of an address; Starlette names those of its first route alone."""
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
        if any(
            route.matches({**request.scope, "method": "GET" if method == "HEAD" else method})[0]
            == Match.FULL
            for route in request.app.routes
        )
    ]


def _go_on(_request: Request, _error: Exception) -> Response:
    """Answer nobody: who asked is gone, and that is no failure of ours."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _fail(request: Request, _error: Exception) -> Response:
    return respond("internal", KINDS["internal"].advice, request.scope)
