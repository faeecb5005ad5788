"""A stand-in of Jira Cloud: searches by tokens, edits answered 204, a search that lags behind."""

import hmac
import json
from base64 import b64encode
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.examples.standin import Answer, Asked, StandIn

USER, TOKEN = "you@example.com", "your-api-token"
PAGE: Final = 2
"""So many issues a page holds, whatever is asked for."""

NAMES: Final = {
    "customfield_10072": "Reach",
    "customfield_10074": "Impact",
    "customfield_10073": "Confidence",
    "customfield_10026": "Effort",
    "customfield_10100": "RICE",
}


class Jira(StandIn):
    """Issues with RICE's fields, of which the last one is filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.address = "https://example.atlassian.net"
        self.issues: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, dict[str, Any]] = {}
        """What a search finds: the issues as they were when the last one began."""
        self.lags = False
        self.webhook: tuple[str, str] | None = None
        """Where its webhooks go, and the secret of their signatures."""
        self.told: list[dict[str, Any]] = []
        """What was answered to its webhooks."""
        self._clock = datetime(2026, 11, 20, 10, tzinfo=UTC)
        for number, reach in enumerate((450, 2000, 800, None), 1):
            self.add(number, reach)

    def add(self, number: int, reach: float | None) -> None:
        """Open an issue whose score is twice its reach, over two."""
        id_ = str(10_367 + number)
        self.issues[id_] = {
            "id": id_,
            "key": f"SP-{number}",
            "self": f"{self.address}/rest/api/3/issue/{id_}",
            "fields": {
                "summary": f"Idea {number}",
                "description": {"type": "doc", "version": 1, "content": []},
                "labels": [],
                "status": {"statusCategory": {"key": "new"}},
                "customfield_10072": reach,
                "customfield_10074": {"id": "3", "value": "High"},
                "customfield_10073": 50,
                "customfield_10026": 2,
                "customfield_10100": None,
                "updated": self._now(),
            },
        }

    def edit(self, id_: str, actor: str, fields: dict[str, Any]) -> None:
        """Change an issue, and tell who listens."""
        self.issues[id_]["fields"] |= fields | {"updated": self._now()}
        if self.webhook is None:
            return
        address, secret = self.webhook
        body = json.dumps(
            {
                "timestamp": 1_764_000_000_000,
                "webhookEvent": "jira:issue_updated",
                "user": {"accountId": actor},
                "issue": self.issues[id_],
                "changelog": {
                    "items": [{"field": NAMES[name], "fieldId": name} for name in fields]
                },
            }
        ).encode()
        signature = hmac.new(secret.encode(), body, sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature": f"sha256={signature}",
            "X-Atlassian-Webhook-Identifier": str(uuid4()),
        }
        # Jira adds to the address who it was that changed something.
        address += f"&triggeredByUser={actor}"
        self.told.append(httpx.post(address, content=body, headers=headers).json())

    def scores(self) -> dict[str, float | None]:
        """Say what a person sees in the field RICE."""
        return {
            issue["key"]: issue["fields"]["customfield_10100"] for issue in self.issues.values()
        }

    @property
    def writes(self) -> list[Asked]:
        """The edits."""
        return [asked for asked in self.asked if asked.method == "PUT"]

    def answer(self, asked: Asked) -> Answer:
        """Answer as Jira does."""
        known = b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {known}":
            return Answer(401, {"errorMessages": ["Client must be authenticated."]})
        if asked.method == "GET" and asked.path == "/rest/api/3/search/jql":
            return self._search(asked.query)
        if asked.method == "PUT" and asked.path.startswith("/rest/api/3/issue/"):
            return self._put(asked)
        return Answer(404, {"errorMessages": ["Not found."], "errors": {}})

    def _search(self, query: dict[str, str]) -> Answer:
        if not query.get("jql"):
            return Answer(400, {"errorMessages": ["Unbounded JQL queries are not allowed."]})
        token = query.get("nextPageToken")
        if token is None and not (self.lags and self.seen):
            self.seen = deepcopy(self.issues)
        start = int(token.removeprefix("token-")) if token else 0
        every = list(self.seen.values())
        page: dict[str, Any] = {
            "issues": [
                one if query.get("fields") == "*all" else {"id": one["id"]}
                for one in every[start : start + PAGE]
            ],
            "isLast": start + PAGE >= len(every),
        }
        if not page["isLast"]:
            page["nextPageToken"] = f"token-{start + PAGE}"
        if query.get("expand") == "names":
            page["names"] = NAMES
        return Answer(200, page)

    def _put(self, asked: Asked) -> Answer:
        id_ = asked.path.rsplit("/", 1)[1]
        if id_ in self.failing:
            return Answer(400, {"errorMessages": [], "errors": {"customfield_10100": "No."}})
        if id_ not in self.issues or asked.query != {"notifyUsers": "false"}:
            return Answer(404, {"errorMessages": ["Issue does not exist."], "errors": {}})
        self.edit(id_, "712020:bot", asked.body["fields"])
        return Answer(204)

    def _now(self) -> str:
        self._clock += timedelta(seconds=1)
        return self._clock.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
