"""Profiles: how a backlog understands what a tool sends, and what it has written there."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Response
from pydantic import Field

from app.api import etags
from app.api.authentication import needs
from app.api.bodies import BodyRoute
from app.api.dependencies import (
    BacklogId,
    IfMatch,
    IfNew,
    IfNoneMatch,
    Stored,
    answer,
    guard_item,
    unchanged,
)
from app.api.faults import Fault, Invalid
from app.api.problems import declared
from app.api.routes import operation_id
from app.api.v1.mappings import InputMapping, WriteBackMapping
from app.backlogs.auditing import AuditedChange
from app.backlogs.profiles import every_input
from app.backlogs.writing import Writer
from app.engine.methods import BUCKETS
from app.engine.verdict import Record
from app.storage.errors import NotFound
from app.storage.records import StoredProfile
from app.sync import profile as sync

router = APIRouter(
    prefix="/v1/backlogs/{backlog_id:uuid}/profile",
    tags=["sync"],
    route_class=BodyRoute,
    responses=declared("validation", "not-found", "unavailable"),
    generate_unique_id_function=operation_id,
)


class ProfileRequest(sync.Profile):
    """How what a tool sends is understood; what is absent maps, leaves out and writes nothing."""


class Profile(Record, frozen=True):
    """How a backlog and a tool understand each other."""

    inputs: Annotated[dict[str, InputMapping], Field(description="Where each input is found.")]
    exclude: Annotated[
        dict[str, list[str]], Field(description="Fields, and the values that leave an item out.")
    ]
    writeback: Annotated[WriteBackMapping, Field(description="What is written into the tool.")]
    ignore_actors: Annotated[
        list[str], Field(description="Accounts whose changes are our own write-back.")
    ]
    etag: Annotated[str, Field(description="To be sent in If-Match.", examples=['"7"'])]
    updated_at: Annotated[datetime, Field(description="When it was last changed.")]


EXAMPLES: Final[dict[str, Any]] = {
    "jira": {
        "summary": "RICE in Jira's custom fields",
        "value": {
            "inputs": {
                "reach": {"from": ["customfield_10072", "name:Reach"]},
                "impact": {
                    "from": ["customfield_10074"],
                    "values": {
                        "massive": 3,
                        "high": 2,
                        "medium": 1,
                        "low": 0.5,
                        "minimal": 0.25,
                    },
                },
                "confidence": {"from": ["customfield_10073"], "unit": "percent"},
                "effort": {"from": ["customfield_10026", "customfield_10016"]},
            },
            "exclude": {"status.statusCategory.key": ["done"]},
            "writeback": {"score": "customfield_10100"},
            "ignore_actors": ["712020:bot"],
        },
    },
    "linear": {
        "summary": "RICE in Linear's groups of labels",
        "value": {
            "inputs": {
                "impact": {"from": ["label:Impact/"], "values": {"high": 2, "low": 0.5}},
                "effort": {"from": ["estimate"]},
                "reach": {"from": ["count:needs"]},
            }
        },
    },
    "github": {
        "summary": "RICE in GitHub's labels and reactions",
        "value": {
            "inputs": {
                "reach": {"from": ["reactions.+1"]},
                "impact": {"from": ["label:impact/"], "values": {"high": 2, "low": 0.5}},
                "confidence": {"from": ["label:confidence/"], "unit": "percent"},
                "effort": {"from": ["label:effort/"]},
            }
        },
    },
}


@router.put(
    "",
    response_model=Profile,
    summary="Write the profile of a backlog",
    response_description="The profile as it is now.",
    openapi_extra=needs("write"),
    responses=declared(
        *("malformed-json", "conflict", "precondition-failed", "too-large"),
        "unsupported-media-type",
    ),
)
def put_profile(
    backlog_id: BacklogId,
    body: Annotated[ProfileRequest, Body(openapi_examples=EXAMPLES)],
    store: Stored,
    if_match: IfMatch = None,
    if_new: IfNew = None,
) -> Response:
    """Say where a tool keeps the inputs, what leaves an item out, and what is written back.

    It counts from the next page on. Without a profile, fields that are called as inputs are map
    themselves.
    """
    if faults := sync.faults_of(body, every_input(), BUCKETS):
        raise Invalid([Fault("body", one.pointer, one.code, one.detail, "") for one in faults])
    document = body.model_dump_json(by_alias=True)
    now = datetime.now(UTC)
    with store.writing() as repository:
        writer = Writer(repository, backlog_id, now)
        before = repository.profile(backlog_id)
        guard_item(if_match, before, if_new)
        if before and before.document == document:
            return _answer(before)
        change = AuditedChange(
            None, "profile", before and _read(before), msgspec.json.decode(document)
        )
        profile = StoredProfile(document, writer.raise_revision(change).revision, now)
        repository.save_profile(backlog_id, profile)
        if before and _read(before)["writeback"] != _read(profile)["writeback"]:
            repository.forget_shown(backlog_id)
    return _answer(profile)


@router.get(
    "",
    response_model=Profile,
    summary="Read the profile of a backlog",
    response_description="The profile.",
    openapi_extra=needs("read"),
)
def get_profile(
    backlog_id: BacklogId, store: Stored, if_none_match: IfNoneMatch = None
) -> Response:
    """Say how a backlog understands what a tool sends; 404 where no profile was written."""
    with store.reading() as repository:
        repository.backlog(backlog_id)
        profile = repository.profile(backlog_id)
    if profile is None:
        raise NotFound("No profile was written: fields that are called as inputs map themselves.")
    return unchanged(if_none_match, etags.of_revision(profile.revision)) or _answer(profile)


def _read(profile: StoredProfile) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(profile.document)
    return document


def _answer(profile: StoredProfile) -> Response:
    etag = etags.of_revision(profile.revision)
    document = _read(profile)
    told = Profile(**document, etag=etag, updated_at=profile.updated_at)
    return answer(told, etag=etag)
