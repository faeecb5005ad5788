"""The only place where things are put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app import __version__
from app.api import docs, health, openapi, problem_pages, problems
from app.api.cursors import Cursors
from app.api.dependencies import Store
from app.api.envelope import Envelope
from app.api.v1 import (
    backlog_ranking,
    backlogs,
    diffs,
    items,
    methods,
    reports,
    runs,
    scores,
    transfers,
)
from app.backlogs.upgrading import rescore_outdated
from app.settings import Settings
from app.storage import opening
from app.storage.database import Database

MODULES: Final = (
    *(scores, methods, transfers, backlogs, items, backlog_ranking, runs, diffs, reports),
    *(health, problem_pages, docs),
)
"""What has a router, in the order of its routes."""


@asynccontextmanager
async def _less_collecting(_app: FastAPI) -> AsyncIterator[None]:
    """Keep the collector from walking through every module while a long list is scored.

    A ranking holds no circles, and looking for them took a quarter of the time of 10,000 items.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, *thresholds[1:])
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Stackrank(FastAPI):
    """The service, in layers that also hold what Starlette's own layers answer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            title="Stackrank",
            version=__version__,
            max_body_size=settings.max_body_size,
            openapi_url=None,
            redirect_slashes=False,
            lifespan=_less_collecting,
        )
        self.settings = settings

    def build_middleware_stack(self) -> ASGIApp:
        """Put the envelope around everything else, and around CORS where it is on."""
        stack = super().build_middleware_stack()
        if self.settings.cors_origins:
            stack = CORSMiddleware(
                stack,
                allow_origins=self.settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=[
                    *("Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
                    "X-Request-ID",
                ],
                expose_headers=[
                    *("ETag", "Idempotency-Replayed", "Link", "Location", "Retry-After"),
                    "X-Request-ID",
                ],
            )
        return Envelope(stack)


def opened(settings: Settings) -> Database:
    """Open the database of the settings, as it is served: migrated, and scored by this engine.

    Raises:
        StorageError: it cannot be served; the message says why and what to do.
    """
    database = opening.opened(settings.url)
    if database.is_sqlite:
        rescore_outdated(database, datetime.now(UTC))
    return database


def create_app(settings: Settings | None = None, database: Database | None = None) -> Stackrank:
    """Make the service, on the database of its settings where none is given."""
    settings = settings or Settings()
    database = database or opened(settings)
    app = Stackrank(settings)
    app.state.store = Store(
        database, Cursors(opening.secret_of(database, settings.given_secret)), settings.max_items
    )
    problems.add_handlers(app)
    for module in MODULES:
        # Not include_router, which builds every route once more at the first request: that one
        # waited 0.35 s, and each one after it took a fifth longer.
        app.router.routes.extend(module.router.routes)
    openapi.add_document(app)
    return app
