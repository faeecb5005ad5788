"""What compose.yaml starts, started by hand with the same configuration: asked for by name."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen
from time import monotonic, sleep

import httpx
import pytest
import redis
import yaml  # type: ignore[import-untyped]

from tests.conftest import BEARER, SECRET, Postgresql, as_role
from tests.serving import Process, free_port, serving

COMPOSE = yaml.safe_load(Path("compose.yaml").read_text(encoding="utf-8"))["services"]
DATABASE_URL = "STACKRANK_DATABASE_URL"


@contextmanager
def running(command: Sequence[str], **variables: str) -> Iterator[Popen[bytes]]:
    with Popen(command, stdout=DEVNULL, env=os.environ | variables) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def redis_at(port: int) -> Iterator[Popen[bytes]]:
    """A Redis as compose.yaml starts it."""
    with (
        running((*COMPOSE["redis"]["command"], "--port", str(port))) as process,
        redis.Redis(port=port) as client,
    ):
        _until(client.ping)
        yield process


@contextmanager
def proxied(*replicas: str, ready: bool = True) -> Iterator[httpx.Client]:
    """HAProxy before two addresses, once it answers and they are ready, if ever."""
    address = f"127.0.0.1:{free_port()}"
    places = {f"STACKRANK_{number}": place for number, place in enumerate(replicas, 1)}
    command = ("haproxy", "-f", "docs/haproxy.cfg")
    with (
        running(command, STACKRANK_PROXY=address, **places),
        httpx.Client(base_url=f"http://{address}", headers=BEARER, timeout=40) as client,
    ):
        _until(lambda: client.get("/readyz").is_success is ready)
        yield client


def _until(ready: object) -> None:
    until = monotonic() + 10
    while monotonic() < until:
        try:
            if callable(ready) and ready():
                return
        except (httpx.TransportError, redis.ConnectionError):
            pass
        sleep(0.05)
    raise TimeoutError


@dataclass(frozen=True, slots=True)
class Stack:
    """Two replicas on one PostgreSQL and Redis, where they count, and the proxy before them."""

    replicas: list[Process]
    counts: list[str]
    proxy: httpx.Client
    redis_port: int


@contextmanager
def stacked(postgresql: Postgresql, folder: Path) -> Iterator[Stack]:
    """Start all of it with the settings of compose.yaml, but for passwords, names and ports."""
    url = as_role(postgresql.new("migrated"))
    given = COMPOSE["stackrank-1"]["environment"]
    assert given == COMPOSE["stackrank-2"]["environment"]
    settings = {name: str(value) for name, value in given.items() if name != DATABASE_URL}
    with ExitStack() as started:
        port, ports = free_port(), [str(free_port()) for _ in range(2)]
        started.enter_context(redis_at(port))
        own = {"STACKRANK_SECRET": SECRET, "STACKRANK_REDIS_URL": f"redis://127.0.0.1:{port}"}
        assert own.keys() <= settings.keys()
        replicas = [
            started.enter_context(
                serving(url, folder, **settings | own | {"STACKRANK_METRICS_PORT": counts})
            )
            for counts in ports
        ]
        places = [replica.client.base_url.netloc.decode() for replica in replicas]
        proxy = started.enter_context(proxied(*places))
        yield Stack(
            replicas, [f"http://127.0.0.1:{counts}/metrics" for counts in ports], proxy, port
        )


@pytest.fixture(scope="session")
def stack(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of it, for tests that leave it whole."""
    with stacked(postgresql, tmp_path_factory.mktemp("stack")) as made:
        yield made
