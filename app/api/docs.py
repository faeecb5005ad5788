"""/docs: Swagger UI, self-hosted, so that it works where nothing else can be reached."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.routing import Route

STATIC: Final = Path(__file__).parent / "static"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""The page runs no inline script and speaks to nobody but the service."""

FILES: Final = (
    ("/docs", "docs.html", "text/html"),
    ("/docs/stackrank.css", "stackrank.css", "text/css"),
    ("/docs/stackrank.js", "stackrank.js", "text/javascript"),
    ("/docs/swagger-ui.css", "swagger-ui/swagger-ui.css", "text/css"),
    ("/docs/swagger-ui-bundle.js", "swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    ("/favicon.ico", "swagger-ui/favicon-32x32.png", "image/png"),
)
"""Everything that is served: its address, its file, its media type."""


def _file_route(address: str, name: str, media_type: str) -> Route:
    """Serve a file from memory, to be asked for again only when it has changed.

    A 304 carries all headers of the 200: a browser keeps the policy that came last.
    """
    content = (STATIC / name).read_bytes()
    etag = f'"{sha256(content).hexdigest()}"'
    headers = {"cache-control": "no-cache", "content-security-policy": POLICY, "etag": etag}

    async def get_file(request: Request) -> Response:
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=media_type)

    return Route(address, get_file, include_in_schema=False)


router = APIRouter(routes=[_file_route(*file) for file in FILES], include_in_schema=False)


@router.get("/")
async def redirect_to_docs() -> RedirectResponse:
    """Lead who opens the service's address to its documentation."""
    return RedirectResponse("/docs")
