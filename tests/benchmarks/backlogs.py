"""A backlog of ours by RICE, and what is asked of it."""

from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from tests.benchmarks.client import Target
from tests.benchmarks.lists import rice_body
from tests.benchmarks.servers import Server

CHUNK = 10_000
"""So many items are written at once."""


class Backlog:
    """A new backlog in a server, with so many items."""

    def __init__(self, server: Server, size: int) -> None:
        self.name = uuid4().hex
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}",
            headers={"authorization": f"Bearer {server.key}"},
            timeout=60,
        )
        sent = {"name": self.name, "scoring": {"method": "rice"}}
        self._path = f"/v1/backlogs/{self._post('/v1/backlogs', sent)['id']}"
        self._target = partial(Target, server.port, key=server.key)
        for first in range(0, size, CHUNK):
            body = rice_body(min(CHUNK, size - first), first)
            self._post(f"{self._path}/items", msgspec.Raw(body))

    def merge(self, body: bytes, *others: bytes) -> Target:
        """Merge items into it."""
        return self._target(f"{self._path}/items", body, others)

    def sync(self, sheet: bytes) -> Target:
        """Merge the rows of a spreadsheet into it."""
        return self._target(f"{self._path}/sync.csv", sheet, content_type="text/csv")

    def patch(self) -> Target:
        """Change one item back and forth."""
        bodies = [b'{"inputs": {"reach": %d}}' % reach for reach in (12_345, 12_346)]
        return self._target(f"{self._path}/items/PROJ-7", bodies[0], (bodies[1],), "PATCH")

    def page(self, number: int) -> Target:
        """Read a page of its ranking."""
        path = f"{self._path}/ranking?limit=100"
        following = path
        for _ in range(1, number):
            cursor = self._client.get(following).raise_for_status().json()["next_cursor"]
            following = f"{path}&cursor={cursor}"
        return self._target(following, method="GET")

    def unchanged(self) -> Target:
        """Ask for the first page with the ETag that it has."""
        path = self.page(1).path
        etag = self._client.get(path).raise_for_status().headers["etag"]
        return self._target(path, method="GET", header=f"If-None-Match: {etag}")

    def run(self) -> Target:
        """Keep a run of it."""
        return self._target(f"{self._path}/runs", b"{}")

    def diff(self) -> Target:
        """Keep a run, and ask for what has changed since."""
        run_id = self._post(f"{self._path}/runs", {})["id"]
        return self._target(f"{self._path}/diff?from={run_id}", method="GET")

    def _post(self, path: str, sent: object) -> dict[str, Any]:
        headers = {"content-type": "application/json"}
        answer = self._client.post(path, content=msgspec.json.encode(sent), headers=headers)
        made: dict[str, Any] = answer.raise_for_status().json()
        return made
