"""What to send to the tools so that they show the ranking: each by its own requests."""

from collections.abc import Sequence
from typing import Final

from app.sync.profile import Profile
from app.sync.requests import Placed, Plan, Requests, ToolRequest
from app.sync.tools import TOOLS

NO_FIELD: Final = "The profile names no field in writeback: say which one shows the score."
NO_TOOL: Final = "Items that were not read from a tool stay here: take the ranking as CSV."


def requests_for(
    items: Sequence[Placed], profile: Profile, plan: Plan, *, only_changed: bool = True
) -> Requests:
    """Make the requests for a whole ranking, given in its order, the unranked last."""
    requests: list[ToolRequest] = []
    skipped: dict[str, int] = {}
    notes: list[str] = []
    for source in dict.fromkeys(item.source for item in items):
        of_tool = [item for item in items if item.source == source]
        made = _of_tool(source, of_tool, profile, plan, only_changed)
        requests += made.requests
        notes += made.notes
        for reason, count in made.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return Requests(requests, {reason: count for reason, count in skipped.items() if count}, notes)


def _of_tool(
    source: str, items: Sequence[Placed], profile: Profile, plan: Plan, only_changed: bool
) -> Requests:
    if source not in TOOLS:
        return Requests([], {"no_tool": len(items)}, [NO_TOOL])
    tool = TOOLS[source]
    if plan not in tool.plans:
        return Requests([], {"no_plan": len(items)}, [tool.advice])
    back = profile.writeback
    if plan == "fields" and back.score is None and back.rank is None and back.bucket is None:
        return Requests([], {"no_field": len(items)}, [NO_FIELD])
    return tool.plans[plan](items, profile, only_changed)
