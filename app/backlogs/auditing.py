"""Who changed what: the differences that a write makes, of which the first 100 are kept."""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from app.storage.records import Author, StoredBacklog, StoredEntry, StoredItem

MOST_CHANGES: Final = 100
"""So many changes are kept of a write; the keys of its items are kept all."""

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Touched(msgspec.Struct, frozen=True):
    """The items that a write is about, as they were and as they will be."""

    created: list[StoredItem]
    updated: list[tuple[StoredItem, StoredItem]]
    deleted: list[StoredItem]


class AuditedChange(msgspec.Struct, frozen=True):
    """What one thing was before and is now; without a key it is the backlog's own."""

    key: str | None
    input: str
    before: Any = msgspec.field(name="from")
    after: Any = msgspec.field(name="to")


class Audited(msgspec.Struct, frozen=True):
    """What a write changes: how much in all, the first of it, and the keys of its items."""

    count: int = 0
    changes: list[AuditedChange] = []
    keys: list[str] = []


def audited_items(touched: Touched) -> Audited:
    """Say what a write changes of items; those that are new or gone have changed their key too."""
    pairs: Iterable[tuple[StoredItem | None, StoredItem | None]] = chain(
        ((None, item) for item in touched.created),
        touched.updated,
        ((item, None) for item in touched.deleted),
    )
    count = 0
    changes: list[AuditedChange] = []
    keys: list[str] = []
    for before, after in pairs:
        was, now = _known(before), _known(after)
        key = (now or was)["key"]
        keys += dict.fromkeys((was.get("key", key), key))
        names = _differing(was, now)
        count += len(names)
        if len(changes) < MOST_CHANGES:
            changes += [AuditedChange(key, name, was.get(name), now.get(name)) for name in names]
    return Audited(count, changes[:MOST_CHANGES], keys)


def audited_import(backlog: StoredBacklog, items: list[StoredItem], runs: list[UUID]) -> Audited:
    """Say all that comes with a backlog from elsewhere: itself, its runs, then its items."""
    itself, filled = audited_backlog(None, backlog), audited_items(Touched(items, [], []))
    came = [AuditedChange(None, "run", None, str(run_id)) for run_id in runs]
    changes = itself.changes + came + filled.changes
    return Audited(itself.count + len(came) + filled.count, changes[:MOST_CHANGES], filled.keys)


def audited_backlog(before: StoredBacklog | None, after: StoredBacklog | None) -> Audited:
    """Say what a write changes of a backlog itself."""
    was, now = _told(before), _told(after)
    changes = [
        AuditedChange(None, name, was.get(name), now.get(name)) for name in _differing(was, now)
    ]
    return Audited(len(changes), changes)


def entry(author: Author, backlog: StoredBacklog, audited: Audited, at: datetime) -> StoredEntry:
    """Make the entry of a write that led to this revision."""
    return StoredEntry(
        id=uuid7(),
        revision=backlog.revision,
        key_id=author.key_id,
        operation=author.operation,
        at=at,
        change_count=audited.count,
        changes=msgspec.json.encode(audited.changes).decode(),
        keys=msgspec.json.encode(audited.keys).decode(),
    )


def _differing(was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    if not (was and now):
        return [name for name, value in (was or now).items() if value not in (None, False)]
    return [name for name in was | now if was.get(name) != now.get(name)]


def _known(item: StoredItem | None) -> dict[str, Any]:
    """Say by name what is known of an item; what is not known is absent."""
    if item is None:
        return {}
    known: dict[str, Any] = {"key": item.key, "title": item.title, "url": item.url}
    if item.labels != "[]":
        known["labels"] = msgspec.json.decode(item.labels)
    known["archived"] = item.archived
    known |= _read(item.inputs)
    for inner, number in known.pop("criteria", {}).items():
        known[f"criteria.{inner}"] = number
    return known


def _told(backlog: StoredBacklog | None) -> dict[str, Any]:
    if backlog is None:
        return {}
    bucket_by = None
    if backlog.bucket_method and backlog.bucket_options:
        options = msgspec.json.decode(backlog.bucket_options)
        bucket_by = {"method": backlog.bucket_method, "options": options}
    options = msgspec.json.decode(backlog.options)
    scoring = {"method": backlog.method, "options": options, "bucket_by": bucket_by}
    return {"name": backlog.name, "description": backlog.description, "scoring": scoring}
