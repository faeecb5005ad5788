"""Webhooks: what is genuine, new, not our own doing and not late is merged."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

import msgspec

from app.backlogs.errors import Forged
from app.backlogs.outcomes import Synced
from app.backlogs.syncing import Syncing
from app.storage.sources import Sources
from app.sync.detection import detect
from app.sync.errors import ToolRefused, UnrecognisedPayload
from app.sync.page import Page
from app.sync.profile import Profile
from app.sync.signatures import delivery_of, is_signed

Result = Literal["rescored", "ignored", "duplicate", "stale"]


LONGEST_NAME: Final = 255
"""Of a longer name of a webhook its digest is kept."""


class Delivery(msgspec.Struct, frozen=True):
    """A webhook as it came; header names in lower case."""

    source: str
    body: bytes
    headers: Mapping[str, str]
    token: str | None


class Taken(msgspec.Struct, frozen=True):
    """What became of a webhook, and why."""

    result: Result
    reason: str


def token_of(secret: str) -> str:
    """Make what a URL carries whose webhooks are not signed; the secret is not told by it."""
    return hmac.new(secret.encode(), b"the token of an unsigned webhook", sha256).hexdigest()


def verify(repository: Sources, backlog_id: UUID, delivery: Delivery, now: datetime) -> None:
    """See that a webhook comes from who knows the secret.

    Raises:
        Forged: it does not, or there is no secret, or no such backlog: nobody learns which.
    """
    hook = repository.hook(backlog_id, delivery.source)
    if hook is None:
        raise Forged
    if delivery.token is not None:
        if not hmac.compare_digest(delivery.token.encode(), token_of(hook.secret).encode()):
            raise Forged
    elif not is_signed(delivery.source, delivery.body, delivery.headers, hook.secret, now):
        raise Forged


def take(
    repository: Sources,
    backlog_id: UUID,
    delivery: Delivery,
    now: datetime,
    *,
    kept_for: timedelta,
    most: int,
) -> Taken:
    """Take a genuine webhook: once, if somebody else changed what is kept here.

    Raises:
        MalformedPayload: it is not JSON.
        TooManyItems: the backlog would hold more than it may.
    """
    syncing = Syncing(repository, backlog_id, now, most)
    names = [sha256(delivery.body).hexdigest()]
    if told := delivery_of(delivery.source, delivery.headers):
        names.append(told if len(told) <= LONGEST_NAME else sha256(told.encode()).hexdigest())
    if not repository.claim_delivery(backlog_id, delivery.source, names, now, kept_for):
        return Taken("duplicate", "It has come before.")
    try:
        raw = detect(delivery.body)
    except (UnrecognisedPayload, ToolRefused):
        return Taken("ignored", "There is no issue in it.")
    if raw.source != delivery.source:
        return Taken("ignored", f"It comes from {raw.source}, and this is the hook of another.")
    page = syncing.read(raw)
    if reason := _is_nothing_new(page, syncing.profile):
        syncing.remember(page)
        return Taken("ignored", reason)
    return _told(syncing.merge(page))


def _is_nothing_new(page: Page, profile: Profile | None) -> str | None:
    if not page.items:
        return "There is no issue in it."
    ours = set(profile.ignore_actors) if profile else set()
    if all(item.actor in ours for item in page.items):
        return "The profile ignores who did it."
    if all(item.changed is not None and not item.changed for item in page.items):
        return "Nothing changed that is kept here."
    return None


def _told(synced: Synced) -> Taken:
    outcomes = {item.outcome for item in synced.items}
    if outcomes <= {"stale"}:
        return Taken("stale", "A newer state is known.")
    if outcomes & {"created", "updated"}:
        return Taken("rescored", " ".join(_messages(synced)))
    return Taken("ignored", " ".join(_messages(synced)) or "It says what is known.")


def _messages(synced: Synced) -> list[str]:
    return [reason.message for item in synced.items for reason in item.reasons]
