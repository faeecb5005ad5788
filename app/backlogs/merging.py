"""How what is sent of an item becomes what is known of it: absent keeps, null clears."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from uuid_utils.compat import uuid7

from app.backlogs.errors import TooManyCriteria
from app.backlogs.meanings import still_given_for
from app.backlogs.scoring import write
from app.engine.inputs import MOST_CRITERIA
from app.storage.records import StoredItem

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Change(msgspec.Struct, frozen=True, gc=False):
    """What is sent of one item; what is unset stays as it is."""

    key: str
    title: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    labels: list[str] | UnsetType = UNSET
    inputs: Mapping[str, Any] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


def created(change: Change, revision: int, now: datetime) -> StoredItem:
    """Make a new item of what is sent.

    Raises:
        TooManyCriteria: it would have more than it may.
    """
    return StoredItem(
        id=uuid7(),
        key=change.key,
        title=change.title or None,
        url=change.url or None,
        labels=_labels(change.labels, "[]"),
        inputs=_written(change.key, {}, change.inputs),
        archived=change.archived is True,
        given_for=None,
        revision=revision,
        score=None,
        tier=None,
        bucket=None,
        bucket_text=None,
        reasons="[]",
        created_at=now,
        updated_at=now,
    )


def merged(item: StoredItem, change: Change, revision: int, now: datetime) -> StoredItem:
    """Merge what is sent into an item; the same item comes back where nothing changes.

    Raises:
        TooManyCriteria: it would have more than it may.
    """
    title = item.title if change.title is UNSET else change.title or None
    url = item.url if change.url is UNSET else change.url or None
    labels = _labels(change.labels, item.labels)
    inputs = item.inputs
    if change.inputs is not UNSET:
        inputs = _written(change.key, _read(item.inputs), change.inputs)
    archived = item.archived if change.archived is UNSET else change.archived
    if (change.key, title, url, labels, inputs, archived) == (
        item.key,
        item.title,
        item.url,
        item.labels,
        item.inputs,
        item.archived,
    ):
        return item
    return msgspec.structs.replace(
        item,
        key=change.key,
        title=title,
        url=url,
        labels=labels,
        inputs=inputs,
        archived=archived,
        given_for=still_given_for(item, inputs),
        revision=revision,
        updated_at=now,
    )


def replaced(
    item: StoredItem, change: Change, revision: int, now: datetime, *, meant: bool = False
) -> StoredItem:
    """Put what is sent in the place of all that is known of an item.

    An input that stays as it was is still given for another method, unless it is `meant` so.
    """
    whole = Change(
        change.key,
        change.title or None,
        change.url or None,
        change.labels or [],
        change.inputs or {},
        archived=change.archived is True,
    )
    blank = msgspec.structs.replace(item, inputs="{}", given_for=None)
    made = merged(blank, whole, revision, now)
    if not meant:
        made = msgspec.structs.replace(made, given_for=still_given_for(item, made.inputs))
    same = msgspec.structs.replace(made, revision=item.revision, updated_at=item.updated_at)
    return item if same == item else made


def merged_criteria(known: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Merge criteria one by one; what is null is not kept."""
    return {name: number for name, number in {**known, **sent}.items() if number is not None}


def _labels(labels: list[str] | UnsetType, kept: str) -> str:
    return kept if labels is UNSET else write(list(dict.fromkeys(labels))).decode()


def _written(key: str, known: dict[str, Any], sent: Mapping[str, Any] | UnsetType) -> str:
    """Merge inputs, and criteria one by one; what is null is not known, and not kept."""
    if sent is UNSET:
        return write(known).decode()
    for name, given in sent.items():
        value = given
        if isinstance(given, dict):
            value = merged_criteria(known.get(name, {}), given) or None
            if value and len(value) > MOST_CRITERIA:
                raise TooManyCriteria(key, len(value), MOST_CRITERIA)
        if value is None:
            known.pop(name, None)
        else:
            known[name] = value
    return write(known).decode()
