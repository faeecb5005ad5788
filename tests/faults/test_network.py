"""A network between the service and PostgreSQL that breaks, and is whole again."""

from collections.abc import Iterator
from time import sleep

import pytest
from sqlalchemy import make_url

from tests.conftest import Postgresql
from tests.faults.conftest import Server, Tally
from tests.faults.load import Load
from tests.faults.wire import Wire
from tests.serving import free_port


@pytest.fixture
def wire(postgresql: Postgresql) -> Iterator[Wire]:
    made = Wire(postgresql.socket, free_port())
    yield made
    made.close()


@pytest.fixture
def server(migrated: str, wire: Wire) -> Iterator[Server]:
    url = make_url(migrated).set(query={}, host="127.0.0.1", port=wire.port)
    with Server(url.render_as_string()) as made:
        yield made


def test_tcp_reset(server: Server, wire: Wire, migrated: str, tally: Tally) -> None:
    with Load(tally, [server.client]) as load:
        for _ in range(10):
            sleep(0.3)
            wire.reset()
            load.heals()
    load.check(migrated)
    assert tally.statuses["503 unavailable"], "nothing was interrupted"


def test_refusal(server: Server, wire: Wire, migrated: str, tally: Tally) -> None:
    with Load(tally, [server.client]) as load:
        for _ in range(2):
            sleep(0.5)
            wire.refuse()
            sleep(3)
            assert server.client.get("/livez").status_code == 200
            assert server.client.get("/readyz").status_code == 503
            wire.mend()
            load.heals()
    load.check(migrated)
    assert tally.statuses["503 unavailable"], "nothing was interrupted"


def test_latency(server: Server, wire: Wire, migrated: str, tally: Tally) -> None:
    """A statement that takes 0.4 s more is slow, and nothing else."""
    with Load(tally, [server.client]) as load:
        sleep(0.5)
        wire.delay(0.2)
        sleep(8)
        wire.mend()
        load.heals()
    load.check(migrated)
    assert set(tally.statuses) <= {"200", "409", "503 unavailable"}
    assert tally.acknowledged


@pytest.mark.parametrize("seconds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_black_hole(
    server: Server, wire: Wire, migrated: str, tally: Tally, seconds: float
) -> None:
    """Whatever is sent, nothing comes back."""
    tally.fault = f"black hole of {seconds} s"
    with Load(tally, [server.client]) as load:
        sleep(0.5)
        wire.swallow()
        sleep(seconds)
        assert server.client.get("/livez").status_code == 200
        wire.mend()
        load.heals()
    load.check(migrated)
