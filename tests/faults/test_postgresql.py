"""A PostgreSQL that goes away and comes back."""

from collections.abc import Iterator
from time import sleep

import pytest

from tests.conftest import Postgresql
from tests.faults.conftest import Server, Tally
from tests.faults.load import Load


@pytest.fixture
def server(migrated: str, postgresql: Postgresql) -> Iterator[Server]:
    with Server(migrated) as made:
        yield made
    postgresql.up()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_stopped_and_started(
    server: Server, migrated: str, postgresql: Postgresql, tally: Tally, mode: str
) -> None:
    """`fast` ends what goes on, `immediate` is a crash that is recovered from its log."""
    tally.fault = f"PostgreSQL stopped ({mode}) and started"
    with Load(tally, [server.client]) as load:
        for _ in range(2):
            sleep(1)
            postgresql.down(mode)
            assert server.client.get("/livez").status_code == 200
            assert server.client.get("/readyz").status_code == 503
            sleep(1)
            postgresql.up()
            load.heals()
    assert server.client.get("/readyz").status_code == 200
    load.check(migrated)
    assert tally.statuses["503 unavailable"], "nothing was interrupted"
