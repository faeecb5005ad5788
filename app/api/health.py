"""/livez, /readyz and /metrics: what is asked from outside, apart from any version of the API."""

from contextlib import suppress
from typing import Annotated, Final, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from pydantic import BaseModel, Field

from app import __version__
from app.api.authentication import PUBLIC
from app.api.dependencies import Served
from app.api.errors import Draining
from app.api.openapi import CONTRACT
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.storage.database import APART, Database
from app.storage.errors import SchemaTooNew
from app.storage.migration import check

router = APIRouter(
    tags=["health"],
    route_class=StrictRoute,
    responses=declared("validation"),
    generate_unique_id_function=operation_id,
)


LOOKS: Final = CapacityLimiter(APART)
"""Threads of their own for those who ask if all is well: no request keeps them waiting."""


class Liveness(BaseModel):
    """The process runs, and what it is."""

    status: Annotated[Literal["ok"], Field(description="It runs.")]
    version: Annotated[str, Field(description="The version of the program.")]
    contract: Annotated[str, Field(description="The version of the API's contract.")]


class Readiness(BaseModel):
    """The process takes requests."""

    status: Annotated[Literal["ready"], Field(description="It takes requests.")]


@router.get(
    "/livez", openapi_extra=PUBLIC, summary="Is the process alive?", response_description="It is."
)
async def get_liveness() -> Liveness:
    """Answer without touching anything else; a process that does not is to be restarted."""
    return Liveness(status="ok", version=__version__, contract=CONTRACT)


@router.get(
    "/readyz",
    openapi_extra=PUBLIC,
    summary="Does the process take requests?",
    response_description="It does.",
    responses=declared("unavailable"),
)
async def get_readiness(request: Request, service: Served) -> Readiness:
    """Answer once everything that a request needs is there: the database, its schema, a disk.

    A process that was told to stop says no from then on.
    """
    if request.app.state.draining:
        raise Draining("The process was told to stop.")
    await to_thread.run_sync(_look, service.database, limiter=LOOKS)
    return Readiness(status="ready")


def _look(database: Database) -> None:
    with suppress(SchemaTooNew):  # its migrations suit who serves, until that one is replaced
        check(database)
    database.refuse_full()


metrics = APIRouter(route_class=StrictRoute, include_in_schema=False)
"""What Prometheus asks; in its own format, and not in the contract."""


@metrics.get("/metrics", openapi_extra=PUBLIC)
def get_metrics() -> Response:
    """Write all counts, unless they have a port of their own."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
