"""Who may ask: every route says once which scope it needs, and asks before it reads anything."""

from typing import Annotated, Any, Final

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.keys import scopes
from app.keys.callers import Caller, Callers
from app.keys.errors import ForeignName, NoKey, ScopeTooSmall
from app.settings import Settings, is_loopback

SCHEME: Final = "key"
"""The name of the security scheme in the contract."""

PUBLIC: Final[dict[str, Any]] = {"security": []}
"""What a route says that asks for no key, in `openapi_extra`."""


def needs(scope: scopes.Scope) -> dict[str, Any]:
    """Say in `openapi_extra` of a route, and so in the contract, which scope it needs."""
    return {"security": [{SCHEME: [scope]}]}


class GuardedRoute(APIRoute):
    """A route that asks who calls before it reads anything of the request.

    Raises:
        TypeError: it does not say who may ask.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(*arguments, **options)
        security = (self.openapi_extra or {}).get("security")
        if security is None:
            raise TypeError(f"{self.path} does not say who may ask: needs(...) or PUBLIC.")
        self.needed: scopes.Scope | None = security[0][SCHEME][0] if security else None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Look at the address first: FastAPI prepares more for each route that is not meant.

        Only of an application at the root, whose routers have their own prefixes.
        """
        if not scope.get("root_path") and not self.path_regex.match(scope["path"]):
            return Match.NONE, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Know the caller, and then go on."""
        if scope["path"].endswith("\n"):  # the pattern of an address looks over it
            raise HTTPException(404)
        if self.needed and scope["method"] in (self.methods or ()):
            request = Request(scope)
            caller = await _caller(request)
            request.state.caller = caller
            await request.app.state.rates.count(caller)
            if not scopes.reaches(caller.scope, self.needed):
                raise ScopeTooSmall(caller.scope, self.needed)
        await self.go_on(scope, receive, send)

    async def go_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the request of who may ask, and answer it."""
        await super().handle(scope, receive, send)


async def _callers(request: Request) -> Callers:
    callers: Callers = request.app.state.callers
    return callers


KnownCallers = Annotated[Callers, Depends(_callers)]
"""The keys that are known to this process."""


async def _caller(request: Request) -> Caller:
    everybody: Caller | None = request.app.state.everybody
    if everybody:
        settings: Settings = request.app.state.service.settings
        if not (settings.trust_network or is_loopback(request.url.hostname or "")):
            raise ForeignName
        return everybody
    callers = await _callers(request)
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise NoKey
    text = text.strip()
    address = request.client.host if request.client else ""
    if caller := callers.remembered(text):
        return caller
    return await to_thread.run_sync(callers.found, text, address)
