"""Which item each one is that a tool sent: by its identity, else by its key."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from app.backlogs.scoring import write
from app.storage.records import StoredIdentity, StoredItem
from app.sync.page import GATEWAY, SentItem

SPREADSHEET: Final = "csv"

AFTER: Final = timedelta(microseconds=1)
"""A deletion carries the time of the last change, which may come behind it."""


class Match(msgspec.Struct, gc=False):
    """What was sent of one item, and which one it is; a new one where it is none."""

    sent: SentItem
    item: StoredItem | None = None
    identity: StoredIdentity | None = None
    """By what the item was known before."""
    key: str = ""
    """What it is to be called: its old key where the new one belongs to another item."""
    blocker: str = ""
    """The key of the item that it would be or be called as, but cannot."""
    is_refused: bool = False
    """Is it new, and blocked?"""


class Known:
    """What may be meant by a page: items, and by what they are known."""

    def __init__(
        self,
        items: Sequence[StoredItem],
        identities: Sequence[StoredIdentity],
    ) -> None:
        self.by_id = {item.id: item for item in items}
        self.by_key = {item.key: item for item in items}
        self.identity_of = {one.item_id: one for one in identities}
        self._by_source_id: dict[tuple[str, str], list[StoredIdentity]] = {}
        for one in identities:
            self._by_source_id.setdefault((one.source, one.source_id), []).append(one)

    def item_of(self, sent: SentItem) -> StoredItem | None:
        """Find the item of this identity.

        A page that says no site may mean any. Jira's gateway tells the number of a site, and
        webhooks its name: as only the issue itself tells which belong together, its key has to be
        the same as well.
        """
        if not _has_id(sent):
            return None
        found = [
            one
            for one in self._by_source_id.get((sent.source, sent.source_id), ())
            if self._may_be_at(one, sent)
        ]
        if not found:
            return None
        best = min(
            found,
            key=lambda one: (one.site != sent.site, self.by_id[one.item_id].key != sent.key),
        )
        return self.by_id[best.item_id]

    def other_of(self, sent: SentItem, holder: StoredItem | None) -> StoredItem | None:
        """Find the item that has what stands for an id here, if it is not the holder of the key.

        A page without ids gives keys in their place, and one may be what a tool calls an id.
        """
        known = self.identity_of.get(holder.id) if holder else None
        if known and known.source == sent.source and known.source_id != sent.source_id:
            return None  # it keeps the id that it has
        for one in self._by_source_id.get((sent.source, sent.source_id), ()):
            if one.site == sent.site and (holder is None or one.item_id != holder.id):
                return self.by_id[one.item_id]
        return None

    def _may_be_at(self, one: StoredIdentity, sent: SentItem) -> bool:
        if one.site == sent.site or not (one.site and sent.site):
            return True
        is_either = _is_numbered(one.site) != _is_numbered(sent.site)
        return is_either and self.by_id[one.item_id].key == sent.key


def matched(sent: Sequence[SentItem], known: Known) -> list[Match]:
    """Say which item each one is; no two are the same, and no two end with the same key."""
    matches = [Match(one, known.item_of(one)) for one in sent]
    claimed: set[UUID] = set()
    for match in matches:
        if match.item and match.item.id in claimed:
            match.blocker, match.is_refused = match.item.key, True
            match.item = None
        elif match.item:
            claimed.add(match.item.id)
    for match in matches:
        if match.item or match.is_refused:
            continue
        holder = known.by_key.get(match.sent.key)
        if other := known.other_of(match.sent, holder):
            match.blocker, match.is_refused = other.key, True
        if match.is_refused or holder is None or holder.id in claimed:
            continue
        if _is_same(match.sent, holder, known.identity_of.get(holder.id)):
            match.item = holder
            claimed.add(holder.id)
    for match in matches:
        match.identity = known.identity_of.get(match.item.id) if match.item else None
    _name(matches, known)
    return matches


def identity_of(match: Match, item_id: UUID) -> StoredIdentity:
    """Say by what a tool knows an item from now on: by its id if there is one, else by its key."""
    sent, before = match.sent, match.identity
    if before is None or sent.source != before.source:
        shown = write(sent.shown).decode()
        return StoredIdentity(sent.source, sent.site, sent.source_id, item_id, sent.updated, shown)
    shown = write(msgspec.json.decode(before.shown) | sent.shown).decode()
    updated = sent.updated or before.updated
    if sent.deleted and updated:
        updated += AFTER
    return msgspec.structs.replace(
        before,
        site=before.site if _is_numbered(before.site) else sent.site or before.site,
        source_id=sent.source_id if _has_id(sent) else before.source_id,
        updated=updated,
        shown=shown,
    )


def is_stale(match: Match) -> bool:
    """Ask if what was sent is older than what is known."""
    known = match.identity.updated if match.identity else None
    return bool(known and match.sent.updated and match.sent.updated < known)


def _name(matches: Sequence[Match], known: Known) -> None:
    """Give each its key, if that is free once those have moved that move away."""
    moving = {
        match.item.id: match
        for match in matches
        if match.item and match.item.key != match.sent.key and not is_stale(match)
    }
    held = {item.key for item in known.by_id.values() if item.id not in moving}
    taking: dict[str, UUID] = {}
    stuck = [
        item_id
        for item_id, match in moving.items()
        if match.sent.key in held or taking.setdefault(match.sent.key, item_id) != item_id
    ]
    while stuck:
        item_id = stuck.pop()
        del moving[item_id]
        held.add(stays := known.by_id[item_id].key)
        if waiting := taking.pop(stays, None):
            stuck.append(waiting)
    held |= taking.keys()
    for match in matches:
        match.key = match.sent.key
        if match.item is None:
            if not match.is_refused and match.sent.key in held:
                match.blocker, match.is_refused = match.sent.key, True
            held.add(match.sent.key)
        elif match.item.id not in moving:
            match.key = match.item.key
            match.blocker = match.sent.key if match.key != match.sent.key else ""


def _is_numbered(site: str) -> bool:
    return site.startswith(GATEWAY)


def _has_id(sent: SentItem) -> bool:
    """Ask if a page knows an item by more than its key."""
    return sent.source_id != sent.key


def _is_same(sent: SentItem, holder: StoredItem, identity: StoredIdentity | None) -> bool:
    """Ask if the item that has the key can be what was sent."""
    if identity is None or sent.source == SPREADSHEET:
        return True
    if identity.source != sent.source:
        return False
    if sent.site and identity.site and sent.site != identity.site:
        return False
    return not _has_id(sent) or identity.source_id == holder.key
