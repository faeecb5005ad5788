"""/livez and /readyz: what a load balancer asks, apart from any version of the API."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app import __version__
from app.api.authentication import PUBLIC
from app.api.dependencies import Served
from app.api.openapi import CONTRACT
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.storage.migration import check

router = APIRouter(
    tags=["health"],
    route_class=StrictRoute,
    responses=declared("validation"),
    generate_unique_id_function=operation_id,
)


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
def get_readiness(service: Served) -> Readiness:
    """Answer once everything that a request needs is there: the database, and its schema."""
    check(service.database)
    return Readiness(status="ready")
