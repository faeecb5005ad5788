"""Servers that are killed, and a table of what was lost, which ought to be nothing.

Asked for by name (`make faults`). Each test counts what clients were told against what the
database holds, read by its own driver's SQL and not by the service.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server
from subprocess import DEVNULL, Popen
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.storage.database import Database
from tests.conftest import BEARER, SECRET

STACKRANK = str(Path(sys.executable).with_name("stackrank"))

ALLOWED = {200, 201, 204, 409, 412, 429, 503, 507}
"""What may be answered while something is broken; anything else is a fault of ours."""


@dataclass
class Tally:
    """What came of the requests of one fault."""

    fault: str
    database: str
    acknowledged: int = 0
    lost: int = 0
    phantom: int = 0
    unknown: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    heal: float = 0.0

    def count(self, response: httpx.Response) -> httpx.Response:
        assert response.status_code in ALLOWED, response.text
        self.statuses[response.status_code] += 1
        return response


class Server:
    """The service in a process of its own, always at the same address."""

    def __init__(self, database_url: str) -> None:
        with closing(create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.address, headers=BEARER, timeout=30)
        self._variables = os.environ | {
            "STACKRANK_DATABASE_URL": database_url,
            "STACKRANK_SECRET": SECRET,
        }

    def start(self) -> float:
        """Start it, and give the seconds until it takes requests."""
        began = monotonic()
        command = (STACKRANK, "serve", "--port", str(self.port))
        self.process = Popen(command, env=self._variables, stdout=DEVNULL)
        while monotonic() - began < 60:
            try:
                if self.client.get("/readyz").status_code == 200:
                    return monotonic() - began
            except httpx.TransportError:
                sleep(0.02)
        raise TimeoutError(self.address)

    def kill(self) -> None:
        """End it as a machine does that loses power."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    made = Server(database_url)
    made.start()
    yield made
    made.kill()
    made.client.close()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The row of this test in the table of all faults."""
    name = request.node.originalname.removeprefix("test_").replace("_", " ")
    database = "sqlite" if "sqlite" in request.node.name else "postgresql"
    made = Tally(name, database)
    request.config.stash.setdefault(TALLIES, []).append(made)
    return made


TALLIES = pytest.StashKey[list[Tally]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401
    tallies = config.stash.get(TALLIES, [])
    if not tallies:
        return
    terminalreporter.section("faults")
    wide = max(len(tally.fault) for tally in tallies)
    head = ("acknowledged", "lost", "phantom", "unknown", "heal, s")
    terminalreporter.write_line(
        f"{'':{wide}} {'':10} {' '.join(f'{one:>12}' for one in head)}  answers"
    )
    for tally in tallies:
        counts = (tally.acknowledged, tally.lost, tally.phantom, tally.unknown)
        said = " ".join(f"{status}: {times}" for status, times in sorted(tally.statuses.items()))
        terminalreporter.write_line(
            f"{tally.fault:{wide}} {tally.database:10} "
            f"{' '.join(f'{one:12}' for one in counts)} {tally.heal:12.1f}  {said}"
        )


def rows(database_url: str, query: str) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    with closing(Database(database_url)) as database, database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def assert_sound(database_url: str) -> None:
    """The file itself is whole; PostgreSQL looks after its own."""
    if database_url.startswith("sqlite"):
        assert rows(database_url, "PRAGMA integrity_check") == [("ok",)]
        assert rows(database_url, "PRAGMA foreign_key_check") == []


def backlog(client: httpx.Client, **scoring: object) -> str:
    """Make a backlog and give its address."""
    body = {"name": f"Backlog {monotonic()}", "scoring": scoring or {"method": "rice"}}
    made = client.post("/v1/backlogs", json=body)
    assert made.status_code == 201
    location: str = made.headers["location"]
    return location


def rice(key: str, reach: float = 1) -> dict[str, Any]:
    return {
        "key": key,
        "inputs": {"reach": reach, "impact": 1, "confidence": 100, "effort": 1},
    }
