"""A backup that is taken under load, as docs/operating.md says, serves what was there."""

import os
from pathlib import Path
from time import sleep

import httpx
import pytest

from tests.conftest import Postgresql
from tests.faults.conftest import Server, Tally, assert_sound, backlog, do, pages, rice
from tests.faults.load import Load


class Kept:
    """A backlog with a run that nobody changes any more."""

    def __init__(self, client: httpx.Client) -> None:
        self.address = backlog(client)
        items = [rice(f"kept {number}", number % 17) for number in range(500)]
        assert client.post(f"{self.address}/items", json={"items": items}).is_success
        self.run = client.post(f"{self.address}/runs", json={"note": "kept"}).headers["location"]
        first = client.get(f"{self.address}/ranking?limit=2")
        self.next = f"{self.address}/ranking?limit=2&cursor={first.json()['next_cursor']}"

    def read(self, client: httpx.Client) -> list[bytes]:
        urls = [f"{self.address}/{name}" for name in ("ranking", "ranking.csv", "export")]
        urls += [self.run, f"{self.run}/results", f"{self.run}/results.csv", self.next]
        answers = [client.get(url) for url in urls]
        assert [answer.status_code for answer in answers] == [200] * len(urls)
        return [answer.content for answer in answers]


@pytest.fixture
def kept(server: Server) -> Kept:
    return Kept(server.client)


def test_backup_under_load(
    request: pytest.FixtureRequest,
    server: Server,
    kept: Kept,
    database_url: str,
    tally: Tally,
    tmp_path: Path,
) -> None:
    backup = tmp_path / "backup"
    backup.mkdir(mode=0o777)
    before = kept.read(server.client)
    with Load(tally, [server.client]) as load:
        sleep(1)
        told = set(load.acknowledged)
        if database_url.startswith("sqlite"):
            do("backup of sqlite", DATA=str(tmp_path), BACKUP=str(backup))
        else:
            postgresql: Postgresql = request.getfixturevalue("postgresql")
            programs = f"{postgresql.programs}:{os.environ['PATH']}"
            do("backup of postgresql", OWNER_URL=database_url, BACKUP=str(backup), PATH=programs)
        load.heals()
        sleep(1)
    load.check(database_url)
    server.kill()
    if database_url.startswith("sqlite"):
        do("restore of sqlite", DATA=str(tmp_path), BACKUP=str(backup))
        restored = database_url
    else:
        restored = postgresql.new()
        do("restore of postgresql", RESTORED_URL=restored, BACKUP=str(backup), PATH=programs)
    found = load.items(restored)
    sent = load.acknowledged.keys() | load.unknown
    tally.lost, tally.phantom = len(told - found), len(found - sent)
    assert (tally.lost, tally.phantom) == (0, 0)
    with Server(restored) as again:
        assert kept.read(again.client) == before
        state = again.client.get(load.address).json()
        assert state["counts"]["ranked"] == state["revision"] - 1
        assert len(pages(again.client, f"{load.address}/items")) == state["revision"] - 1
    assert_sound(restored)
