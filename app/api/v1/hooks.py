"""Webhooks of tools, which carry no key but a signature, and the secrets that they sign with."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypeAliasType

from app.api.authentication import PUBLIC, needs
from app.api.bodies import BodyRoute
from app.api.dependencies import (
    BacklogId,
    JsonBody,
    Served,
    Service,
    Store,
    Stored,
    answer,
    store_of,
)
from app.api.problems import declared
from app.api.routes import StrictRoute, operation_id
from app.api.v1 import bodies
from app.api.v1.pages import event_body
from app.backlogs.auditing import AuditedChange
from app.backlogs.hooks import Delivery, take, token_of, verify
from app.backlogs.writing import Writer
from app.engine.verdict import Record
from app.keys.callers import Caller
from app.storage.records import StoredHook
from app.storage.repository import DEFAULT_WORKSPACE


class HookRoute(StrictRoute):
    """A route of which tools call the URL with parameters of their own, as Jira does."""

    knows_all = False


router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}",
    tags=["sync"],
    route_class=HookRoute,
    responses=declared("validation", "unavailable"),
    generate_unique_id_function=operation_id,
)

HOOKS: Final = declared(
    *(
        "malformed-json",
        "unrecognised-payload",
        "unauthorized",
        "conflict",
        "too-large",
        "unsupported-media-type",
    )
)

Source = TypeAliasType(
    "Source", Annotated[Literal["github", "jira", "linear"], Field(description="A tool.")]
)

Workspace = Annotated[
    UUID, Query(description="Whose backlog it is, as in the URL that came with the secret.")
]

Token = Annotated[
    Annotated[str, Field(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$")]
    | SkipJsonSchema[None],
    Query(description="Stands for a signature where Jira makes none, as in `unsigned_url`."),
]


class SecretRequest(bodies.Request):
    """The secret that a tool signs its webhooks with."""

    secret: Annotated[
        str,
        Field(
            min_length=16,
            max_length=500,
            pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$",
            description="The same as in the tool; it is never told again.",
            examples=["a secret of sixteen characters or more"],
        ),
    ]


class Hook(Record, frozen=True):
    """Where a tool sends its webhooks."""

    source: Annotated[Source, Field(description="The tool.")]
    url: Annotated[str, Field(description="Its address here, for webhooks that are signed.")]
    unsigned_url: Annotated[
        str | None,
        Field(
            description="For Jira's webhooks without a signature; as good as the secret itself,"
            " and gone with it. Null for the other tools."
        ),
    ]
    updated_at: Annotated[datetime, Field(description="When the secret was set.")]


class HookResult(Record, frozen=True):
    """What became of a webhook."""

    result: Annotated[
        str,
        Field(
            description="A stable word for it.",
            examples=["rescored", "ignored", "duplicate", "stale"],
        ),
    ]
    reason: Annotated[str, Field(description="Why, for people; may be empty.")]


def _signed(tool: str, signature: str, delivery: str) -> dict[str, Any]:
    """Describe the headers that a tool sends; they are read with the body, byte for byte."""
    told = {signature: "The signature of the body.", delivery: "By which it is known again."}
    return (
        PUBLIC
        | event_body(tool)
        | {
            "parameters": [
                {
                    "name": name,
                    "in": "header",
                    "required": False,
                    "description": description,
                    "schema": {"type": "string", "maxLength": 1000},
                }
                for name, description in told.items()
            ]
        }
    )


@router.post(
    "/hooks/jira",
    response_model=HookResult,
    summary="Take a webhook of Jira",
    response_description="What became of it.",
    responses=HOOKS,
    openapi_extra=_signed("jira", "X-Hub-Signature", "X-Atlassian-Webhook-Identifier"),
)
def receive_jira_hook(
    backlog_id: BacklogId,
    body: JsonBody,
    request: Request,
    service: Served,
    workspace: Workspace = DEFAULT_WORKSPACE,
    token: Token = None,
) -> Response:
    """Merge what somebody changed in Jira; our own write-back, repeats and late ones do nothing.

    It is signed with the secret of the hook; where Jira signs nothing, the token in its URL
    stands for that. Query parameters that Jira adds are not read.
    """
    delivery = Delivery("jira", body, request.headers, token)
    return _taken(backlog_id, _of(workspace, request, service), delivery)


@router.post(
    "/hooks/linear",
    response_model=HookResult,
    summary="Take a webhook of Linear",
    response_description="What became of it.",
    responses=HOOKS,
    openapi_extra=_signed("linear", "Linear-Signature", "Linear-Delivery"),
)
def receive_linear_hook(
    backlog_id: BacklogId,
    body: JsonBody,
    request: Request,
    service: Served,
    workspace: Workspace = DEFAULT_WORKSPACE,
) -> Response:
    """Merge what somebody changed in Linear; one that is older than a minute is refused."""
    delivery = Delivery("linear", body, request.headers, None)
    return _taken(backlog_id, _of(workspace, request, service), delivery)


@router.post(
    "/hooks/github",
    response_model=HookResult,
    summary="Take a webhook of GitHub",
    response_description="What became of it.",
    responses=HOOKS,
    openapi_extra=_signed("github", "X-Hub-Signature-256", "X-GitHub-Delivery"),
)
def receive_github_hook(
    backlog_id: BacklogId,
    body: JsonBody,
    request: Request,
    service: Served,
    workspace: Workspace = DEFAULT_WORKSPACE,
) -> Response:
    """Merge what somebody changed in GitHub; choose application/json there."""
    delivery = Delivery("github", body, request.headers, None)
    return _taken(backlog_id, _of(workspace, request, service), delivery)


def _of(workspace_id: UUID, request: Request, service: Service) -> Store:
    """Give the backlogs of a workspace that anybody can name: the signature is held against it."""
    return store_of(request, service, Caller(workspace_id, None, "write"))


def _taken(backlog_id: UUID, store: Store, delivery: Delivery) -> Response:
    now = datetime.now(UTC)
    with store.reading() as repository:  # so that a forged one keeps no writer waiting
        verify(repository, backlog_id, delivery, now)
    with store.writing() as repository:
        taken = take(
            repository,
            backlog_id,
            delivery,
            now,
            kept_for=timedelta(days=store.settings.delivery_days),
            most=store.settings.max_items,
        )
    return answer(HookResult(taken.result, taken.reason))


secrets = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/hook-secrets",
    tags=["sync"],
    route_class=BodyRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)

SourceName = Annotated[Source, Path(description="The tool.")]

EXAMPLES: Final[dict[str, Any]] = {
    "one": {
        "summary": "One of your own",
        "value": {"secret": "a secret of sixteen characters or more"},
    }
}


@secrets.put(
    "/{source}",
    response_model=Hook,
    summary="Set the secret of a hook",
    response_description="Where the tool is to send its webhooks.",
    openapi_extra=needs("write"),
    responses=declared("malformed-json", "conflict", "too-large", "unsupported-media-type"),
)
def put_hook_secret(
    backlog_id: BacklogId,
    source: SourceName,
    body: Annotated[SecretRequest, Body(openapi_examples=EXAMPLES)],
    store: Stored,
) -> Response:
    """Set what a tool signs its webhooks with, and get the URL to give to the tool.

    The secret is kept as it is, for signatures are computed with it, and never told again.
    """
    now = datetime.now(UTC)
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, now)
        before = repository.hook(backlog_id, source)
        repository.save_hook(backlog_id, StoredHook(source, body.secret, now))
        writer.note(_change(source, before, now))
    url = f"/v1/backlogs/{backlog_id}/hooks/{source}?workspace={store.caller.workspace_id}"
    unsigned = f"{url}&token={token_of(body.secret)}" if source == "jira" else None
    return answer(Hook(source, url, unsigned, now))


@secrets.delete(
    "/{source}",
    status_code=204,
    summary="Forget the secret of a hook",
    response_description="Its webhooks are refused from now on.",
    openapi_extra=needs("write"),
    responses=declared("conflict"),
)
def delete_hook_secret(backlog_id: BacklogId, source: SourceName, store: Stored) -> Response:
    """Forget the secret, so that every webhook of the tool is refused."""
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, datetime.now(UTC))
        if before := repository.hook(backlog_id, source):
            repository.delete_hook(backlog_id, source)
            writer.note(_change(source, before, None))
    return Response(status_code=204)


def _change(source: str, before: StoredHook | None, since: datetime | None) -> AuditedChange:
    """Say since when there was a secret and is one, and nothing of either."""
    return AuditedChange(None, f"hook_secret.{source}", before and before.updated_at, since)


router.routes.extend(secrets.routes)
