"""/problems/{slug}: the page that the `type` of a problem leads to."""

import re
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.authentication import PUBLIC
from app.api.errors import NotFound
from app.api.problems import KINDS, Kind
from app.api.routes import StrictRoute

router = APIRouter(prefix="/problems", include_in_schema=False, route_class=StrictRoute)


@router.get("", openapi_extra=PUBLIC, response_class=HTMLResponse)
async def list_problems() -> HTMLResponse:
    """List every kind of problem."""
    entries = "".join(f"<dt>{_link(kind)}</dt><dd>{kind.status}</dd>" for kind in KINDS.values())
    return _page("Problems", f"<dl>{entries}</dl>")


@router.get("/{slug}", openapi_extra=PUBLIC, response_class=HTMLResponse)
async def get_problem(slug: str) -> HTMLResponse:
    """Say what a kind of problem means and what to do."""
    if slug not in KINDS:
        raise NotFound("There is no problem of this name. They are listed at /problems.")
    kind = KINDS[slug]
    return _page(
        kind.title,
        f"<p>{_html(kind.advice)}</p><p>Status {kind.status}, type <code>/problems/{slug}</code>."
        ' <a href="/problems">All problems</a></p>',
    )


def _link(kind: Kind) -> str:
    return f'<a href="/problems/{kind.slug}">{escape(kind.title)}</a>'


def _html(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)} - Stackrank</title><h1>{escape(title)}</h1>{body}</html>"
    )
