"""What the tools that items came from do not show yet."""

from uuid import UUID

import msgspec

from app.backlogs.matching import SPREADSHEET
from app.backlogs.profiles import profile_of
from app.storage.records import StoredIdentity, StoredRankedItem
from app.storage.sources import Sources
from app.sync.profile import Profile
from app.sync.requests import Placed, Plan, Requests
from app.sync.writeback import requests_for


def requests_of(
    repository: Sources, backlog_id: UUID, plan: Plan, *, only_changed: bool
) -> tuple[int, Requests]:
    """Make the requests that bring a ranking into the tools, true at the revision beside them.

    Raises:
        NotFound: there is no such backlog.
    """
    backlog = repository.backlog(backlog_id)
    identities = {one.item_id: one for one in repository.all_identities(backlog_id)}
    items = [
        Placed(
            source=known.source,
            site=known.site,
            source_id=known.source_id,
            key=place.item.key,
            score=place.item.score,
            rank=place.rank,
            bucket=place.item.bucket,
            shown=msgspec.json.decode(known.shown),
        )
        for place in repository.ranking(backlog_id, None, backlog.ranked + backlog.unranked)
        for known in (identities.get(place.item.id) or _by_key(place.item),)
    ]
    profile = profile_of(repository.profile(backlog_id)) or Profile()
    return backlog.revision, requests_for(items, profile, plan, only_changed=only_changed)


def _by_key(item: StoredRankedItem) -> StoredIdentity:
    """Say by what an item is known that no tool knows: by its key, as in a spreadsheet."""
    return StoredIdentity(SPREADSHEET, "", item.key, item.id, None, "{}")
