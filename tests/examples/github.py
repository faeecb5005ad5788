"""A stand-in of GitHub: a list of issues with a pull request in it, page by page."""

from typing import Any

from tests.examples.standin import Answer, Asked, StandIn

TOKEN = "your-token"  # noqa: S105


class GitHub(StandIn):
    """Three issues and a pull request of acme/shop."""

    def __init__(self) -> None:
        super().__init__()
        self.issues = [
            _issue(7, 10, "impact/high", "confidence/80", "effort/1"),
            {**_issue(8, 90, "impact/high"), "pull_request": {"url": "https://api.github.com/"}},
            _issue(9, 3, "impact/huge"),
            _issue(12, 5, "impact/low", "confidence/50", "effort/1"),
        ]

    def answer(self, asked: Asked) -> Answer:
        """Answer as GitHub does."""
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(401, {"message": "Bad credentials", "status": "401"})
        if asked.path != "/repos/acme/shop/issues":
            return Answer(404, {"message": "Not Found", "status": "404"})
        start = 2 * (int(asked.query.get("page", 1)) - 1)
        return Answer(200, self.issues[start : start + 2])


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
