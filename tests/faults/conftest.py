"""What the service stands on breaks, and a table says what was lost, which ought to be nothing.

Asked for by name (`make faults`). Each test counts what clients were told against what the
database holds, read by its own driver's SQL and not by the service.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from shutil import which
from subprocess import DEVNULL, Popen, run
from time import monotonic, sleep
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import text

from app.storage.database import Database
from tests.conftest import BEARER, SECRET, Postgresql, as_role
from tests.serving import STACKRANK, free_port

DEADLINE = 35
"""Seconds within which everything is answered, whatever is broken."""

PACKAGES = ("curl", "faketime", "haproxy", "pgbouncer", "sqlite3")
"""What the faults need besides Python; each package is named as its program."""

HEAD = (
    f"{'':53}{'acknowledged':>13}{'lost':>13}{'phantom':>13}{'unknown':>13}{'heal, s':>9}  answers"
)

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
    statuses: Counter[str] = field(default_factory=Counter)
    heal: float = 0.0

    def __str__(self) -> str:
        """Write the row of the table."""
        counts = (self.acknowledged, self.lost, self.phantom, self.unknown)
        said = "  ".join(f"{status}: {times}" for status, times in sorted(self.statuses.items()))
        return (
            f"{self.fault:43}{self.database:10}"
            f"{''.join(f'{one:13}' for one in counts)}{self.heal:9.1f}  {said}"
        )

    def count(self, response: httpx.Response, *refusals: int) -> httpx.Response:
        assert response.status_code in ALLOWED.union(refusals), response.text
        if response.status_code in {429, 503}:
            assert int(response.headers["retry-after"]) >= 1
        kind = str(response.status_code)
        if response.is_server_error:
            kind += f" {response.json()['type'].removeprefix('/problems/')}"
        self.statuses[kind] += 1
        return response


class Server:
    """The service in a process of its own, always at the same address."""

    def __init__(self, database_url: str, **variables: str) -> None:
        self.port = free_port()
        self.client = client_of(f"127.0.0.1:{self.port}")
        self._command = (STACKRANK, "serve", "--port", str(self.port))
        self.variables = os.environ | settings_for(database_url) | variables

    def start(self) -> float:
        """Start it, and give the seconds until it takes requests."""
        began = monotonic()
        self.process = Popen(self._command, env=self.variables, stdout=DEVNULL)
        try:
            wait_until_ready(self.client)
        except BaseException:
            self.kill()
            raise
        return monotonic() - began

    def kill(self) -> None:
        """End it as a machine does that loses power."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end, and give what it ends with."""
        self.process.terminate()
        return self.process.wait(60)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()
        self.client.close()


def client_of(address: str, headers: Mapping[str, str] = BEARER) -> httpx.Client:
    """A client that opens as many connections as it needs, and waits as long as it must."""
    return httpx.Client(
        base_url=f"http://{address}",
        headers=headers,
        timeout=DEADLINE,
        limits=httpx.Limits(max_connections=None),
    )


def wait_until_ready(client: httpx.Client) -> None:
    until = monotonic() + 60
    while monotonic() < until:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.02)
    raise TimeoutError(client.base_url)


def settings_for(database_url: str) -> dict[str, str]:
    """The settings of the service, which owns no table of PostgreSQL."""
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///") + ".secret")
        path.write_text(SECRET, encoding="utf-8")
        return {"STACKRANK_DATABASE_URL": database_url}
    return {"STACKRANK_DATABASE_URL": as_role(database_url), "STACKRANK_SECRET": SECRET}


def documented(mark: str) -> str:
    """Give a block of docs/operating.md."""
    page = Path("docs/operating.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {mark} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, mark
    return found[1]


def do(mark: str, **variables: str) -> None:
    """Run a command as it is documented."""
    run(("/bin/sh", "-euc", documented(mark)), env=os.environ | variables, check=True)


def pytest_configure() -> None:
    os.environ["PATH"] += ":/usr/sbin"  # where Debian has daemons, and not everybody looks
    missing = " ".join(name for name in PACKAGES if not which(name))
    if missing:
        raise pytest.UsageError(
            f"The faults need what is not installed here. On Debian: apt-get install {missing}"
        )


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    with Server(database_url) as made:
        yield made


@pytest.fixture
def replicas(database_url: str) -> Iterator[list[Server]]:
    """As many servers as may share the database: two on PostgreSQL, one on SQLite."""
    with ExitStack() as stack:
        most = 1 if database_url.startswith("sqlite") else 2
        yield [stack.enter_context(Server(database_url)) for _ in range(most)]


@pytest.fixture
def migrated(postgresql: Postgresql) -> str:
    """The address of a PostgreSQL database for those faults that SQLite cannot have."""
    return postgresql.new("migrated")


@pytest.fixture
def two(migrated: str) -> Iterator[list[Server]]:
    """Two servers that share a PostgreSQL."""
    with Server(migrated) as one, Server(migrated) as other:
        yield [one, other]


@pytest.fixture
def proxy(two: list[Server]) -> Iterator[httpx.Client]:
    """A client of HAProxy in front of both, with the configuration that is shipped."""
    address = f"127.0.0.1:{free_port()}"
    replicas = {
        f"STACKRANK_{number}": f"127.0.0.1:{one.port}" for number, one in enumerate(two, 1)
    }
    command = ("haproxy", "-db", "-q", "-f", "docs/haproxy.cfg")
    variables = os.environ | replicas | {"STACKRANK_PROXY": address}
    with Popen(command, env=variables, stdout=DEVNULL) as process, client_of(address) as client:
        wait_until_ready(client)
        yield client
        process.kill()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """The row of this test in the table of all faults, whichever process runs it."""
    name = request.node.originalname.removeprefix("test_").replace("_", " ")
    database = "sqlite" if "sqlite" in request.node.name else "postgresql"
    made = Tally(name, database)
    yield made
    request.node.user_properties.append(("tally", str(made)))


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401
    reports = chain.from_iterable(terminalreporter.stats.values())
    ended = [report for report in reports if getattr(report, "when", "") == "teardown"]
    if tallies := [
        row for report in ended for name, row in report.user_properties if name == "tally"
    ]:
        terminalreporter.section("faults")
        terminalreporter.write_line(HEAD)
        for row in tallies:
            terminalreporter.write_line(row)


def rows(database_url: str, query: str, **values: str) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    with closing(Database(database_url)) as database, database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


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


def pages(client: httpx.Client, address: str) -> list[Any]:
    """Read a list to its end, a few at a time."""
    found: list[Any] = []
    url: str | None = f"{address}?limit=2"
    while url:
        page = client.get(url)
        found += page.json()["data"]
        url = page.links["next"]["url"] if "next" in page.links else None
    return found
