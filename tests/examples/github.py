"""A stand-in of GitHub: a list of issues with a pull request in it, page by page, and webhooks."""

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx

from tests.examples.standin import Answer, Asked, StandIn

TOKEN = "your-token"  # noqa: S105


class GitHub(StandIn):
    """Three issues and a pull request of acme/shop."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = datetime(2026, 11, 20, 10, tzinfo=UTC)
        self.issues = [
            _issue(7, 10, "impact/high", "confidence/80", "effort/1"),
            {**_issue(8, 90, "impact/high"), "pull_request": {"url": "https://api.github.com/"}},
            _issue(9, 3, "impact/huge"),
            _issue(12, 5, "impact/low", "confidence/50", "effort/1"),
        ]

    def tell(self, address: str, secret: str, action: str, number: int) -> dict[str, Any]:
        """Do something with an issue, deliver its event, and give what was answered."""
        (issue,) = (one for one in self.issues if one["number"] == number)
        self._clock += timedelta(seconds=1)
        issue["updated_at"] = self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")
        if action == "closed":
            issue["state"] = "closed"
        event = {"action": action, "issue": issue, "sender": {"login": "person"}}
        body = json.dumps(event).encode()
        signature = hmac.new(secret.encode(), body, sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
            "X-GitHub-Delivery": str(uuid4()),
        }
        told: dict[str, Any] = httpx.post(address, content=body, headers=headers).json()
        return told

    def answer(self, asked: Asked) -> Answer:
        """Answer as GitHub does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"message": "Bad credentials", "status": "401"})
        if asked.path != "/repos/acme/shop/issues":
            return Answer(404, {"message": "Not Found", "status": "404"})
        start = 2 * (int(asked.query.get("page", 1)) - 1)
        state = asked.query.get("state", "open")
        every = [one for one in self.issues if one["state"] == state]
        return Answer(200, every[start : start + 2])


def _issue(number: int, thumbs: int, *labels: str) -> dict[str, Any]:
    return {
        "id": 1_000 + number,
        "node_id": f"I_kwDO{number}",
        "number": number,
        "title": f"Idea {number}",
        "html_url": f"https://github.com/acme/shop/issues/{number}",
        "repository_url": "https://api.github.com/repos/acme/shop",
        "state": "open",
        "labels": [{"name": name} for name in labels],
        "reactions": {"total_count": thumbs + 1, "+1": thumbs, "-1": 1},
        "updated_at": "2026-11-20T10:00:00Z",
    }
