"""The only place where things are put together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from app import __version__
from app.api import docs, health, openapi, problem_pages, problems
from app.api.envelope import Envelope
from app.api.v1 import methods, scores
from app.settings import Settings


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
                allow_methods=["GET", "POST"],
                allow_headers=["Content-Type", "X-Request-ID"],
                expose_headers=["X-Request-ID"],
            )
        return Envelope(stack)


def create_app(settings: Settings | None = None) -> Stackrank:
    """Make the service."""
    app = Stackrank(settings or Settings())
    problems.add_handlers(app)
    for module in (scores, methods, health, problem_pages, docs):
        # Not include_router, which builds every route once more at the first request: that one
        # waited 0.35 s, and each one after it took a fifth longer.
        app.router.routes.extend(module.router.routes)
    openapi.add_document(app)
    return app
