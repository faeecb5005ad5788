"""Items that stand in a ranking, and what is asked to be written of them."""

from typing import Any

from app.sync.profile import Profile
from app.sync.requests import Placed, Plan, Requests
from app.sync.writeback import requests_for

SCORE: dict[str, Any] = {"score": "customfield_1"}


BUCKET: dict[str, Any] = {
    "bucket": {"field": "customfield_3", "options": {"must": "Now", "should": "Next"}}
}


def placed(key: str, source: str = "jira", **told: Any) -> Placed:  # noqa: ANN401
    known = {"site": "", "score": None, "rank": None, "bucket": None, "shown": {}} | told
    return Placed(source=source, source_id=f"id-{key}", key=key, **known)


def asked(
    items: list[Placed], back: dict[str, Any], plan: Plan = "fields", *, only_changed: bool = True
) -> Requests:
    profile = Profile.model_validate({"writeback": back})
    return requests_for(items, profile, plan, only_changed=only_changed)
