"""The peer: PocketBase, in which a view computes RICE; measured where its binary is found."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import msgspec

from tests.benchmarks.client import Load, Target, post, run
from tests.benchmarks.lists import rice_body
from tests.benchmarks.servers import PORT, started

BINARY = shutil.which("pocketbase", path=str(Path(sys.executable).parent)) or shutil.which(
    "pocketbase"
)
INPUTS = ("reach", "impact", "confidence", "effort")
RICE = """SELECT id, key, title, reach, impact, confidence, effort,
CAST(reach * impact * confidence / 100.0 / effort AS REAL) AS score FROM {name}"""
PAGE = "perPage=100&sort=-score,key"
"""It says how many there are in all, as ours does."""


class PocketBase:
    """A server of the peer that anybody may read and write."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._port, self._numbers = port, iter(range(1_000_000))
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=60)
        told = {"identity": user, "password": password}
        login = self._client.post("/collections/_superusers/auth-with-password", json=told)
        self._client.headers["authorization"] = login.raise_for_status().json()["token"]
        batch = {"enabled": True, "maxRequests": 10_000, "timeout": 60}
        self._client.patch("/settings", json={"batch": batch}).raise_for_status()

    def works(self, size: int, seconds: float) -> dict[str, Callable[[], Load]]:
        """Say what is asked of it, by the names that it has where it is asked of us."""
        name = self._collection()
        bodies = cycle([self._batch(name, size, more) for more in (0, 1)])
        run(post(next(bodies), 1, 0))
        page = Target(self._port, f"/api/collections/{name}_ranked/records?{PAGE}", method="GET")
        return {
            "write all": lambda: run(post(self._batch(self._collection(), size, 0), 1, 0)),
            "rewrite all": lambda: run(post(next(bodies), 1, 0)),
            "page 1": lambda: run(post(page, 1, seconds)),
            "page 1, by 8": lambda: run(post(page, 8, seconds)),
        }

    def _collection(self) -> str:
        """Make a collection of items, with unique keys, and the view that ranks it."""
        name = f"items_{next(self._numbers)}"
        rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule"), "")
        fields = [{"name": field, "type": "number"} for field in INPUTS]
        fields += [{"name": field, "type": "text"} for field in ("key", "title")]
        unique = f"CREATE UNIQUE INDEX {name}_key ON {name} (key)"
        items = {"type": "base", "fields": fields, "indexes": [unique], **rules}
        view = {"type": "view", "viewQuery": RICE.format(name=name), "listRule": ""}
        for made in ({"name": name, **items}, {"name": f"{name}_ranked", **view}):
            self._client.post("/collections", json=made).raise_for_status()
        return name

    def _batch(self, name: str, size: int, more: int) -> Target:
        """Write so many items in one request: what is there is changed."""
        path = f"/api/collections/{name}/records"
        requests = [
            {"method": "PUT", "url": path, "body": {"id": f"{number:015}", **item, **inputs}}
            for number, item in enumerate(msgspec.json.decode(rice_body(size, more=more))["items"])
            for inputs in (item.pop("inputs"),)
        ]
        return Target(self._port, "/api/batch", msgspec.json.encode({"requests": requests}))


@contextmanager
def peer(binary: str) -> Iterator[PocketBase]:
    """Start it on an empty database."""
    user, password = "bench@example.com", secrets.token_urlsafe()
    with TemporaryDirectory() as folder:
        folders = [f"--dir={folder}/data", f"--migrationsDir={folder}/migrations"]
        owner = [binary, "superuser", "upsert", user, password, *folders]
        subprocess.run(owner, check=True, stdout=subprocess.DEVNULL)
        command = [binary, "serve", f"--http=127.0.0.1:{PORT}", *folders]
        with started("pocketbase", command) as server:
            yield PocketBase(server.port, user, password)
