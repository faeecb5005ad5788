"""What became of what a tool sent, and why."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from app.backlogs.matching import Match, is_stale
from app.backlogs.scoring import verdict_of
from app.engine.verdict import Reason
from app.storage.records import StoredBacklog, StoredItem, StoredPlace
from app.sync.page import Page, SentItem

Outcome = Literal["created", "updated", "unchanged", "stale", "left_out"]
"""What became of one item of a page."""


class SyncedItem(msgspec.Struct, frozen=True, gc=False):
    """What became of one item of a page; it has no place where it is not kept."""

    sent: SentItem
    outcome: Outcome
    place: StoredPlace | None
    reasons: list[Reason]


class Synced(msgspec.Struct, frozen=True):
    """What became of a page, in its order."""

    page: Page
    backlog: StoredBacklog
    items: list[SyncedItem]


class Written(msgspec.Struct, frozen=True, gc=False):
    """What became of one item, before the list was read again."""

    outcome: Outcome
    item: StoredItem | None
    dropped: Sequence[str] = ()
    """What it was not made to depend on."""


def unwritten(match: Match) -> Written | None:
    """Say why nothing is written of an item."""
    if is_stale(match):
        return Written("stale", match.item)
    if match.item is None and (match.is_refused or match.sent.excluded or match.sent.deleted):
        return Written("left_out", None)
    return None


def outcome(before: StoredItem | None, after: StoredItem) -> Outcome:
    """Say what a write did to an item."""
    if before is None:
        return "created"
    return "unchanged" if before is after else "updated"


def synced(
    match: Match, written: Written, place: StoredPlace | None, excluding: Iterable[str]
) -> SyncedItem:
    """Say what became of an item, with what was not taken of it and why."""
    reasons = list(_reasons(match, written, excluding))
    if place and place.item.reasons != "[]":
        unread = {fault.input for fault in match.sent.faults}
        reasons += [
            reason
            for reason in verdict_of(place.item).reasons
            if reason.code != "missing_input" or reason.input not in unread
        ]
    return SyncedItem(match.sent, written.outcome, place, reasons)


def _reasons(match: Match, written: Written, excluding: Iterable[str]) -> Iterator[Reason]:
    """Say what was not taken of an item, and why."""
    sent = match.sent
    if written.outcome == "stale":
        yield Reason("stale", "", "It is older than what is known, and changed nothing.")
        return
    for fault in sent.faults:
        yield Reason(fault.code, fault.input, fault.message)
    if match.blocker:
        is_key = match.blocker == sent.key
        what = "is the key of another item" if is_key else f"means the item {match.blocker} here"
        yield Reason("key_taken", "", f"{sent.key} {what}: delete that, and send this again.")
    if sent.excluded:
        yield Reason("excluded", "", "The profile leaves it out, so it has no place.")
    if sent.deleted:
        yield Reason("deleted", "", "The tool has it no more, so it has no place.")
    if sent.excluded is None and written.item and written.item.archived and not sent.deleted:
        told = "It is archived, and the page does not tell if the profile leaves it out: ask for"
        yield Reason("archived", "", f"{told} {' and '.join(excluding)}.")
    for key in written.dropped:
        told = f"It would wait for {key} and {key} for it: this dependency was left out."
        yield Reason("dependency_circle", "depends_on", told)
