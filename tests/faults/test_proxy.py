"""Replicas come and go behind HAProxy, and no client notices."""

from time import sleep

import httpx
import pytest

from tests.faults.conftest import Server, Tally
from tests.faults.load import Load


def test_rolling_restart_behind_haproxy(
    proxy: httpx.Client, two: list[Server], migrated: str, tally: Tally
) -> None:
    """SIGTERM drains one after the other."""
    with Load(tally, [proxy]) as load:
        for server in two:
            sleep(1)
            assert server.stop() in {0, -15}
            server.start()
            sleep(2)  # until HAProxy has seen it
        load.heals()
    load.check(migrated)
    assert (set(tally.statuses), tally.unknown) == ({"200"}, 0)


@pytest.mark.slow
def test_kill_9_behind_haproxy(
    proxy: httpx.Client, two: list[Server], migrated: str, tally: Tally
) -> None:
    """What was under way is asked again of the other, by its Idempotency-Key."""
    with Load(tally, [proxy]) as load:
        for number in range(4):
            sleep(1)
            server = two[number % 2]
            server.kill()
            load.heals()
            server.start()
            sleep(2)
    load.check(migrated)
    assert (set(tally.statuses), tally.unknown) == ({"200"}, 0)
