"""What a tool sends becomes items: identified, merged, scored; what is unreadable is said."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from app.backlogs.errors import RepeatedToken
from app.backlogs.matching import SPREADSHEET, Known, Match, identity_of, is_stale, matched
from app.backlogs.merging import Change, created, merged, merged_criteria
from app.backlogs.outcomes import Synced, Written, outcome, synced, unwritten
from app.backlogs.profiles import inputs_read, profile_of
from app.backlogs.scoring import scoring_of, write
from app.backlogs.writing import FEW, Writer
from app.engine.dependencies import closing
from app.engine.errors import DependencyCircles
from app.engine.inputs import MOST_CRITERIA
from app.storage.errors import NotFound
from app.storage.places import places_of, sort_key
from app.storage.records import (
    StoredBacklog,
    StoredBatch,
    StoredIdentity,
    StoredItem,
    StoredPlace,
)
from app.storage.sources import Sources
from app.sync.page import InputFault, Page, SentItem
from app.sync.raw import RawPage
from app.sync.reading import read

SHEET: Final = (SPREADSHEET, "")
"""The tool and site of what no tool knows, and a spreadsheet may hold by its key."""

_read: Final = msgspec.json.Decoder(dict[str, Any]).decode


class Syncing:
    """Merges pages into a backlog, which is locked until the transaction ends."""

    def __init__(self, repository: Sources, backlog_id: UUID, now: datetime, most: int) -> None:
        self._repository = repository
        self._writer = Writer(repository, backlog_id, now)
        self._id = backlog_id
        self._now = now
        self._most = most
        self.profile = profile_of(repository.profile(backlog_id))

    def read(self, raw: RawPage) -> Page:
        """Read a page as the backlog understands it.

        Raises:
            RepeatedIdentity: two items of the page are the same.
        """
        scoring = scoring_of(self._writer.backlog)
        return read(raw, self.profile, inputs_read(scoring, self.profile, raw.source))

    def merge(self, page: Page, batch: str | None = None) -> Synced:
        """Merge a page: absent keeps, null clears, and what is older than what is known waits.

        Raises:
            RepeatedToken: a page of the batch has led to the same next one.
            TooManyItems: the backlog would hold more than it may.
        """
        begun = self._begun(batch, page) if batch else None
        every = None
        if len(page.items) > FEW:
            every = self._repository.items(self._id, archived=None)
        matches = matched(page.items, self._known(page.items, every))
        for match in matches:
            _refuse_too_many_criteria(match)
        written = self._write(matches, every)
        self._identify(matches, written)
        if begun:
            ids = {one.item.id for one in written if one.item} | self._skipped(page)
            self._repository.save_batch(self._id, _held(begun, page, matches), [*ids])
        places = self._places([one.item.id for one in written if one.item], every)
        excluding = self.profile.exclude if self.profile else ()
        return Synced(
            page,
            self._writer.backlog,
            [
                synced(match, one, places[one.item.id] if one.item else None, excluding)
                for match, one in zip(matches, written, strict=True)
            ],
        )

    def remember(self, page: Page) -> None:
        """Remember what a tool shows of known items, and nothing else of a page."""
        self._repository.save_identities(
            self._id,
            [
                msgspec.structs.replace(
                    match.identity, shown=identity_of(match, match.identity.item_id).shown
                )
                for match in matched(page.items, self._known(page.items, None))
                if match.identity and not is_stale(match)
            ],
        )

    def complete(self, batch: str) -> tuple[StoredBacklog, int]:
        """Archive what no page of a batch held, of the sites that it held something of.

        What came without a site is of the only one of its tool that is known, and of none where
        there are several; so is what a page is about that held nothing at all.

        Raises:
            NotFound: no page of the batch has come.
        """
        begun = self._repository.batch(self._id, batch)
        if begun is None:
            raise NotFound("No page of this batch has come, or it is over since a week.")
        if begun.is_complete:
            return self._writer.backlog, 0
        held = self._repository.items_in_batch(self._id, batch)
        known = self._repository.all_identities(self._id)
        only = _only_sites(known)
        come_from = {
            one.item_id: (one.source, one.site or only.get(one.source, "")) for one in known
        }
        sites = {
            (source, place)
            for source, site in msgspec.json.decode(begun.sites)
            if (place := site or only.get(source, "")) is not None
        }
        items = [
            item
            for item in self._repository.items(self._id)
            if come_from.get(item.id, SHEET) in sites and item.id not in held
        ]
        self._writer.merge_into(
            [(item, Change(item.key, archived=True)) for item in items], self._most
        )
        done = msgspec.structs.replace(begun, is_complete=True)
        self._repository.save_batch(self._id, done, [])
        return self._writer.backlog, len(items)

    def _begun(self, name: str, page: Page) -> StoredBatch:
        """Find the batch of a page; one that is complete begins anew."""
        begun = self._repository.batch(self._id, name)
        if begun and begun.is_complete:
            self._repository.delete_batch(self._id, name)
            begun = None
        begun = begun or StoredBatch(name, "[]", "[]", is_complete=False, started_at=self._now)
        tokens: list[str] = msgspec.json.decode(begun.tokens)
        if page.next:
            token = sha256(write(page.next)).hexdigest()
            if token in tokens:
                raise RepeatedToken
            tokens.append(token)
        return msgspec.structs.replace(begun, tokens=write(tokens).decode())

    def _known(self, sent: Sequence[SentItem], every: list[StoredItem] | None) -> Known:
        """Find what may be meant by a page."""
        if not sent:
            return Known([], [])
        if every is not None:
            return Known(every, self._repository.all_identities(self._id))
        source, source_ids = sent[0].source, [one.source_id for one in sent]
        identities: list[StoredIdentity] = []
        if source != SPREADSHEET:
            identities = self._repository.identities(self._id, source, source_ids)
        items = self._repository.items_by_key(self._id, [one.key for one in sent])
        ids = {item.id for item in items}
        items += self._repository.items_by_id(
            self._id, [one.item_id for one in identities if one.item_id not in ids]
        )
        known = {one.item_id for one in identities}
        identities += self._repository.identities_of(
            self._id, [item.id for item in items if item.id not in known]
        )
        return Known(items, identities)

    def _skipped(self, page: Page) -> set[UUID]:
        """Find the items that a page holds and that cannot be read, such as without a key."""
        names = [name for name, _ in page.skipped]
        known = self._repository.identities(self._id, page.source, names)
        return {one.item_id for one in known}

    def _write(self, matches: Sequence[Match], every: list[StoredItem] | None) -> list[Written]:
        """Write what is to be written, without what would close a circle for any method."""
        stays = [unwritten(match) for match in matches]
        pairs = [
            (match.item, _change(match))
            for match, one in zip(matches, stays, strict=True)
            if one is None
        ]
        dropped: dict[str, list[str]] = {}
        if any(change.inputs and change.inputs.get("depends_on") for _, change in pairs):
            pairs, dropped = self._without_circles(pairs, every)
        try:
            after = self._writer.merge_into(pairs, self._most, every)
        except DependencyCircles:
            pairs, dropped = self._without_circles(pairs, every)
            after = self._writer.merge_into(pairs, self._most, every)
        made = (
            Written(outcome(before, item), item, dropped.get(item.key, ()))
            for (before, _), item in zip(pairs, after, strict=True)
        )
        return [one or next(made) for one in stays]

    def _without_circles(
        self, pairs: Sequence[tuple[StoredItem | None, Change]], every: list[StoredItem] | None
    ) -> tuple[list[tuple[StoredItem | None, Change]], dict[str, list[str]]]:
        after = [
            merged(item, change, 1, self._now) if item else created(change, 1, self._now)
            for item, change in pairs
        ]
        written = {item.id for item, _ in pairs if item}
        known = self._repository.items(self._id) if every is None else every
        others = [one for one in known if not one.archived and one.id not in written]
        shown = [item for item in after if not item.archived]
        graph = {one.key: _read(one.inputs).get("depends_on", []) for one in [*others, *shown]}
        dropped: dict[str, list[str]] = {}
        for key, before in closing(graph, {item.key for item in shown}):
            dropped.setdefault(key, []).append(before)
        return [
            (item, _depending(change, graph[change.key], dropped[change.key]))
            if change.key in dropped
            else (item, change)
            for item, change in pairs
        ], dropped

    def _identify(self, matches: Sequence[Match], written: Sequence[Written]) -> None:
        """Write by what tools know items now, where that is not known yet.

        A spreadsheet knows its rows by the keys of the items, and changes nothing of this.
        """
        now = [
            (match.identity, identity_of(match, one.item.id))
            for match, one in zip(matches, written, strict=True)
            if one.item and one.outcome != "stale" and match.sent.source != SPREADSHEET
        ]
        new = [(before, after) for before, after in now if before != after]
        self._repository.delete_identities(
            self._id, [after.item_id for before, after in new if before and _differ(before, after)]
        )
        self._repository.save_identities(self._id, [after for before, after in new if before])
        self._repository.add_identities(self._id, [after for before, after in new if not before])

    def _places(
        self, ids: Sequence[UUID], every: list[StoredItem] | None
    ) -> dict[UUID, StoredPlace]:
        """Say where items stand; archived ones nowhere."""
        if every is None:
            items = self._repository.items_by_id(self._id, ids)
            return {item.id: self._repository.place(self._id, item) for item in items}
        whole = self._writer.scored or every
        shown = sorted((item for item in whole if not item.archived), key=sort_key)
        places = {item.id: StoredPlace(item, None, None) for item in whole if item.archived}
        return places | {place.item.id: place for place in places_of(shown)}


def _change(match: Match) -> Change:
    sent = match.sent
    archived = UNSET if sent.excluded is None else sent.excluded
    return Change(
        match.key,
        sent.title,
        sent.url,
        sent.labels,
        sent.inputs or UNSET,
        archived=sent.deleted or archived,
    )


def _refuse_too_many_criteria(match: Match) -> None:
    """Leave the criteria of an item as they are where it would have more than it may."""
    sent = match.sent
    if not (given := sent.inputs.get("criteria")):
        return
    known = _read(match.item.inputs).get("criteria", {}) if match.item else {}
    would = len(merged_criteria(known, given))
    if would > MOST_CRITERIA:
        told = f"It would have {would} criteria and may have {MOST_CRITERIA}: none was taken."
        match.sent = msgspec.structs.replace(
            sent,
            inputs={name: value for name, value in sent.inputs.items() if name != "criteria"},
            faults=[*sent.faults, InputFault("criteria", "too_many", told)],
        )


def _depending(change: Change, depends_on: Sequence[str], dropped: Sequence[str]) -> Change:
    left = [key for key in depends_on if key not in dropped]
    inputs = {} if change.inputs is UNSET else dict(change.inputs)
    return msgspec.structs.replace(change, inputs=inputs | {"depends_on": left})


def _differ(before: StoredIdentity, after: StoredIdentity) -> bool:
    return (before.source, before.site, before.source_id) != (
        after.source,
        after.site,
        after.source_id,
    )


def _only_sites(known: Sequence[StoredIdentity]) -> dict[str, str | None]:
    """Give each tool the site that all its items came from; null where there are several."""
    sites: dict[str, set[str]] = {}
    for one in known:
        if one.site:
            sites.setdefault(one.source, set()).add(one.site)
    return {source: those.pop() if len(those) == 1 else None for source, those in sites.items()}


def _held(begun: StoredBatch, page: Page, matches: Sequence[Match]) -> StoredBatch:
    """Add to a batch the sites that a page came from, whatever became of its items."""
    sites = {tuple(site) for site in msgspec.json.decode(begun.sites)}
    sites |= {_site_of(match) for match in matches}
    if not page.items and not page.skipped and page.source != SPREADSHEET:
        sites.add((page.source, ""))
    return msgspec.structs.replace(begun, sites=write(sorted(sites)).decode())


def _site_of(match: Match) -> tuple[str, str]:
    known = match.identity
    if known and known.source == match.sent.source:
        return known.source, known.site
    return match.sent.source, match.sent.site
