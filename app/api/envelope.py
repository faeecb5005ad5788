"""The outermost layer: what every answer carries, whoever made it."""

from typing import Final
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid4

from app.api.problems import KINDS, MEDIA_TYPE, respond

HEADERS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
POLICY: Final = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""For answers that are data: nothing may be loaded from them, and nobody may frame them."""


PLAIN: Final = {400: "forbidden", 413: "too-large"}
"""What Starlette's own layers refuse in plain text: a foreign origin, a body that is too large."""


class Envelope:
    """Gives every request an id, and every answer that id and the security headers.

    It stands outside of Starlette's own layers, whose plain refusals it makes problems. HEAD is
    asked as GET, for every address that knows GET, and counted as HEAD; the server sends no body
    back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if "stackrank.query" in scope:
            scope["query_string"] = scope.pop("stackrank.query")
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        asked = scope
        if scope["method"] == "HEAD":
            asked = {**scope, "method": "GET", "stackrank.method": "HEAD"}
        own = [(b"x-request-id", request_id.encode()), *HEADERS]
        replaced = False

        async def send_back(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                if b"content-security-policy" not in headers:
                    own.append(POLICY)
                slug = PLAIN.get(message["status"])
                if slug is None or headers.get(b"content-type") == MEDIA_TYPE.encode():
                    await send({**message, "headers": [*message["headers"], *own]})
                    return
                replaced = True
                problem = respond(slug, KINDS[slug].advice, scope)
                others = headers.keys() - {b"content-type", b"content-length"}
                problem.raw_headers += [*own, *((name, headers[name]) for name in sorted(others))]
                await problem(scope, receive, send)
            elif not replaced:
                await send(message)

        await self.app(asked, receive, send_back)


def _request_id(scope: Scope) -> str:
    """Take the caller's X-Request-ID where it is a UUID, or make one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            try:
                return str(UUID(value.decode("latin-1")))
            except ValueError:
                break
    return str(uuid4())
