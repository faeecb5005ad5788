"""What to send to the tools so that they show the ranking: each by its own requests."""

from collections.abc import Sequence
from typing import Final

import msgspec

from app.sync.profile import Profile
from app.sync.requests import Placed, Plan, Requests, ToolRequest
from app.sync.tools import TOOLS

NO_FIELD: Final = "The profile names no field in writeback: say which one shows the score."


def requests_for(
    items: Sequence[Placed], profile: Profile, plan: Plan, *, only_changed: bool = True
) -> Requests:
    """Make the requests for a whole ranking, given in its order, the unranked last."""
    requests: list[ToolRequest] = []
    skipped: dict[str, int] = {}
    notes: list[str] = []
    for (source, site), some in _by_site(items).items():
        made = _of_site(source, some, profile, plan, only_changed)
        requests += [msgspec.structs.replace(one, site=site) for one in made.requests]
        notes += [note for note in made.notes if note not in notes]
        for reason, count in made.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return Requests(requests, {reason: count for reason, count in skipped.items() if count}, notes)


def _by_site(items: Sequence[Placed]) -> dict[tuple[str, str], list[Placed]]:
    """Part items by tool and site; where a tool has one site, all are of that."""
    sites: dict[str, set[str]] = {}
    for item in items:
        sites.setdefault(item.source, set()).update({item.site} - {""})
    parted: dict[tuple[str, str], list[Placed]] = {}
    for item in items:
        known = sites[item.source]
        site = next(iter(known)) if len(known) == 1 else item.site
        parted.setdefault((item.source, site), []).append(item)
    return parted


def _of_site(
    source: str, items: Sequence[Placed], profile: Profile, plan: Plan, only_changed: bool
) -> Requests:
    tool = TOOLS[source]
    if plan not in tool.plans:
        return Requests([], {"no_plan": len(items)}, [tool.advice])
    back = profile.writeback
    if plan == "fields" and back.score is None and back.rank is None and back.bucket is None:
        return Requests([], {"no_field": len(items)}, [NO_FIELD])
    return tool.plans[plan](items, profile, only_changed)
