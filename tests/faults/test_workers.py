"""Workers that are killed under load take no write with them that was acknowledged."""

from time import sleep

import pytest

from tests.faults.conftest import Server, Tally
from tests.faults.load import Load

KILLS = 4


@pytest.mark.slow
def test_kill_9_of_workers_under_load(
    replicas: list[Server], database_url: str, tally: Tally
) -> None:
    with Load(tally, [server.client for server in replicas], dies=True) as load:
        for number in range(KILLS):
            sleep(0.7)
            server = replicas[number % len(replicas)]
            server.kill()
            sleep(0.3)
            server.start()
            load.heals()
    load.check(database_url)
    assert tally.unknown, "nothing was interrupted"
