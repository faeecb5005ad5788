"""A clock that jumps takes nothing with it."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from tests.faults.conftest import Server, Tally, pages
from tests.faults.load import Load

FAKETIME = {
    "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1",
    "FAKETIME_CACHE_DURATION": "1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # which no real jump moves
}


class Clock:
    """The clock of a server, apart from ours by a while."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jump("+0")

    def jump(self, offset: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(f"{offset}\n", encoding="utf-8")
        new.replace(self.path)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def server(database_url: str, clock: Clock) -> Iterator[Server]:
    with Server(database_url, **FAKETIME, FAKETIME_TIMESTAMP_FILE=str(clock.path)) as made:
        yield made


@pytest.mark.slow
def test_clock_jumps(server: Server, clock: Clock, database_url: str, tally: Tally) -> None:
    """An hour forwards and half a day backwards: for a day a key of Idempotency-Key is good."""
    made: list[str] = []
    with Load(tally, [server.client]) as load:
        for offset in ("+0", "+1h", "-12h", "+0"):
            clock.jump(offset)
            sleep(1.5)  # until it is noticed
            load.heals()
            run = server.client.post(f"{load.address}/runs", json={"note": offset})
            assert run.status_code == 201
            made.append(run.json()["id"])
    load.check(database_url)
    found = pages(server.client, f"{load.address}/runs")
    assert [run["id"] for run in found] == sorted(made, reverse=True), "each once, by its time"
    assert len({run["created_at"][:13] for run in found}) > 1, "no clock has jumped"
