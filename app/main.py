"""The only place where things are put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from anyio import create_task_group, sleep, to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__, logs, metrics
from app.api import docs, handlers, health, openapi, problem_pages, problems
from app.api.dependencies import Service
from app.api.envelope import Envelope
from app.api.load import HEALTH, Load
from app.api.observed import Observed
from app.api.v1 import (
    audit,
    backlog_ranking,
    backlogs,
    diffs,
    exports,
    hooks,
    imports,
    inspections,
    items,
    keys,
    methods,
    profiles,
    reports,
    runs,
    scores,
    syncs,
    writebacks,
)
from app.backlogs.upgrading import rescore_outdated
from app.keys.callers import Caller, Callers
from app.keys.peppers import Peppers
from app.keys.rates import Rates
from app.settings import Settings
from app.storage import opening
from app.storage.database import CONNECTIONS, Database
from app.storage.repository import DEFAULT_WORKSPACE

MODULES: Final = (
    *(scores, methods, exports, imports, backlogs, items, backlog_ranking, runs, diffs, reports),
    *(audit, inspections, profiles, syncs, writebacks, hooks, keys),
    *(health, problem_pages, docs),
)
"""What has a router, in the order of its routes."""


EVERYBODY: Final = Caller(DEFAULT_WORKSPACE, None, "admin")
"""Who calls where nobody is asked for a key."""

USES_WRITTEN: Final = 60
"""Seconds between two times that it is written when keys were last used."""

log: Any = structlog.get_logger()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with _less_collecting(app), _writing_uses(app.state.callers):
        yield


@asynccontextmanager
async def _writing_uses(callers: Callers) -> AsyncIterator[None]:
    """Write when keys were last used, apart from any request, and once more at the end."""

    async def write() -> None:
        try:
            await to_thread.run_sync(callers.write_used)
        except Exception as error:  # noqa: BLE001 - it is written with the next uses
            log.warning("uses unwritten", reason=type(error).__name__)

    async def write_again_and_again() -> None:
        while True:
            await sleep(USES_WRITTEN)
            await write()

    async with create_task_group() as tasks:
        tasks.start_soon(write_again_and_again)
        yield
        tasks.cancel_scope.cancel()
    await write()


@asynccontextmanager
async def _less_collecting(_app: FastAPI) -> AsyncIterator[None]:
    """Keep the collector from walking through every module while a long list is scored.

    A ranking holds no circles, and looking for them took a quarter of the time of 10,000 items.
    """
    thresholds = gc.get_threshold()
    gc.freeze()  # without collecting first: a start leaves no circles behind
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
            lifespan=_lifespan,
            # Spans and metrics go where the standard variables (OTEL_...) say, and nowhere without
            # them. What is logged is ours: FastAPI would log messages that may hold a body.
            telemetry={
                "auto_configure": True,
                "logs": False,
                "exclude": lambda scope: scope["path"] in HEALTH,
            },
        )
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep the query from the spans: somebody will send a secret in one."""
        if scope.get("query_string"):
            scope = {**scope, "query_string": b"", "stackrank.query": scope["query_string"]}
        await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the envelope around everything else, and CORS around all that a page may read."""
        stack: ASGIApp = super().build_middleware_stack()
        stack = Load(stack, self.settings.max_in_flight, self.settings.deadline)
        if self.settings.cors_origins:
            stack = CORSMiddleware(
                stack,
                allow_origins=self.settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=[
                    *("Authorization", "Content-Type", "Idempotency-Key", "If-Match"),
                    *("If-None-Match", "X-Request-ID"),
                ],
                expose_headers=[
                    *("ETag", "Idempotency-Replayed", "Link", "Location", "Retry-After"),
                    *("WWW-Authenticate", "X-Request-ID"),
                ],
            )
        return Envelope(Observed(stack))


def opened(settings: Settings) -> Database:
    """Open the database of the settings, as it is served: migrated, and scored by this engine.

    Raises:
        StorageError: it cannot be served; the message says why and what to do.
    """
    database = opening.opened(settings.url, pgbouncer=settings.pgbouncer)
    if database.is_sqlite:
        rescore_outdated(database, datetime.now(UTC))
    return database


def secrets_of(database: Database, settings: Settings) -> tuple[str, ...]:
    """Give the secrets of the service, the present one first.

    Raises:
        NoSecret: none is given, and there is no file.
    """
    secret = opening.secret_of(database, settings.given_secret)
    return (secret, *settings.given_previous_secrets)


def create_app(settings: Settings | None = None, database: Database | None = None) -> Stackrank:
    """Make the service, on the database of its settings where none is given."""
    settings = settings or Settings()
    database = database or opened(settings)
    logs.configure(settings.log)
    metrics.CONNECTIONS.set_function(database.connections_in_use)
    metrics.MOST_CONNECTIONS.set(CONNECTIONS)
    for slug in problems.KINDS:  # of a series that begins with its first nobody sees it grow
        metrics.PROBLEMS.labels(slug)
    app = Stackrank(settings)
    app.state.draining = False
    secrets = secrets_of(database, settings)
    app.state.service = Service(database, secrets, settings)
    app.state.callers = Callers(database, Peppers(secrets))
    app.state.everybody = None if settings.auth == "on" else EVERYBODY
    app.state.rates = Rates(settings.rate_limit, settings.given_redis_url)
    handlers.add_handlers(app)
    for module in MODULES:
        # Not include_router, which builds every route once more at the first request: that one
        # waited 0.35 s, and each one after it took a fifth longer.
        app.router.routes.extend(module.router.routes)
    if settings.metrics_port is None:
        app.router.routes.extend(health.metrics.routes)
    openapi.add_document(app)
    return app
