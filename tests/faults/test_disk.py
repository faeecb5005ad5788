"""A disk that is full refuses writes and nothing else, and takes them again once there is room."""

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from shutil import copy
from subprocess import CalledProcessError, run
from time import sleep

import pytest
from sqlalchemy import text

from app.storage.database import Database
from app.storage.errors import StorageError
from tests.conftest import Postgresql
from tests.faults.conftest import Server, Tally
from tests.faults.load import Load

SUDO = () if os.geteuid() == 0 else ("sudo", "--non-interactive")


class Disk:
    """A small disk of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        size = ("-t", "tmpfs", "-o", "size=160m,mode=0777", "tmpfs")
        try:
            run((*SUDO, "mount", *size, path), check=True)
        except (FileNotFoundError, CalledProcessError):
            pytest.fail("Only root can mount a disk that fills up: run it as root, or with sudo.")

    def fill(self) -> None:
        with suppress(OSError), (self.path / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        (self.path / "ballast").unlink(missing_ok=True)

    def close(self) -> None:
        run((*SUDO, "umount", "--lazy", self.path), check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with closing(Disk(tmp_path)) as made:
        yield made


@pytest.fixture
def postgresql(disk: Disk) -> Iterator[Postgresql]:
    """A PostgreSQL that has everything on the disk."""
    made = Postgresql(disk.path / "pg")
    yield made
    disk.make_room()
    made.up()
    made.stop()


def test_disk_full_for_sqlite(disk: Disk, sqlite_template: Path, tally: Tally) -> None:
    url = f"sqlite:///{copy(sqlite_template, disk.path / 'stackrank.db')}"
    with Server(url) as server:
        with Load(tally, [server.client]) as load:
            for _ in range(2):
                sleep(0.5)
                disk.fill()
                sleep(2)
                assert server.client.get("/livez").status_code == 200
                assert server.client.get(f"{load.address}/ranking").status_code == 200
                disk.make_room()
                load.heals()
        load.check(url)
    assert tally.statuses["507 insufficient-storage"], "the disk was never full"


@pytest.mark.parametrize("what", ["data", "log"])
def test_disk_full_for_postgresql(
    disk: Disk, postgresql: Postgresql, tally: Tally, what: str
) -> None:
    """Without room for its log PostgreSQL stops, and starts again once there is some."""
    tally.fault = f"disk full for the {what} of postgresql"
    url = postgresql.new("migrated")
    with Server(url) as server:
        with Load(tally, [server.client]) as load:
            sleep(1)
            disk.fill()
            if what == "log":
                use_up_the_log(url)
            sleep(3)
            assert server.client.get("/livez").status_code == 200
            disk.make_room()
            postgresql.up()
            load.heals()
        load.check(url)
    said = {"data": "507 insufficient-storage", "log": "503 unavailable"}
    assert tally.statuses[said[what]], "the disk was never full"


def use_up_the_log(url: str) -> None:
    """Begin one file of the log after the other, until there is no room for the next."""
    switch = text("SELECT pg_logical_emit_message(true, '', 'more'), pg_switch_wal()")
    with suppress(StorageError), closing(Database(url)) as database:
        for _ in range(100):
            with database.transaction() as connection:
                connection.execute(switch)
