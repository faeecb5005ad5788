"""Behind PgBouncer in transaction mode no session is anybody's own, and nothing goes astray."""

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from tempfile import TemporaryDirectory
from time import sleep

import pytest
from sqlalchemy import make_url

from tests.conftest import ROLE, Postgresql
from tests.faults.conftest import (
    Server,
    Tally,
    client_of,
    documented,
    settings_for,
)
from tests.faults.load import Load
from tests.serving import STACKRANK, free_port


class PgBouncer:
    """A PgBouncer as it is documented, in front of the PostgreSQL of the tests."""

    def __init__(self, postgresql: Postgresql, folder: Path) -> None:
        self.port = free_port()
        folder.chmod(0o755)
        users = folder / "users.txt"
        users.write_text(f'"{ROLE}" ""\n', encoding="utf-8")
        self._settings = folder / "pgbouncer.ini"
        self._settings.write_text(
            f"[databases]\n* = host={postgresql.socket.parent}\n{documented('pgbouncer')}"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {users}\n",
            encoding="utf-8",
        )
        self._user = postgresql.user

    def start(self) -> None:
        command = ("pgbouncer", "-q", self._settings)
        self._process = Popen(command, user=self._user, stdout=DEVNULL, stderr=DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def pgbouncer(postgresql: Postgresql) -> Iterator[PgBouncer]:
    # Not a folder of pytest: those are closed to the user that PgBouncer runs as.
    with TemporaryDirectory() as folder:
        made = PgBouncer(postgresql, Path(folder))
        made.start()
        yield made
        made.kill()


@pytest.fixture
def servers(migrated: str, pgbouncer: PgBouncer) -> Iterator[list[Server]]:
    url = make_url(migrated).set(query={}, host="127.0.0.1", port=pgbouncer.port)
    through = {"STACKRANK_PGBOUNCER": "true"}
    address = url.render_as_string()
    with Server(address, **through) as one, Server(address, **through) as other:
        yield [one, other]


def test_pgbouncer_in_transaction_mode(
    servers: list[Server],
    pgbouncer: PgBouncer,
    stranger: dict[str, str],
    migrated: str,
    tally: Tally,
) -> None:
    """Two workspaces share its connections, and neither ever sees the other's backlog."""
    ours = [server.client for server in servers]
    theirs = [client_of(f"127.0.0.1:{server.port}", stranger) for server in servers]
    with Load(tally, ours) as load, Load(tally, theirs, writers=2) as other:
        for number in range(60):
            for clients, address in ((ours, load.address), (theirs, other.address)):
                listed = clients[number % 2].get("/v1/backlogs").json()["data"]
                assert [f"/v1/backlogs/{one['id']}" for one in listed] == [address]
            assert theirs[0].get(load.address).status_code == 404
        pgbouncer.kill()
        sleep(1)
        pgbouncer.start()
        load.heals()
        other.heals()
    other.check(migrated)
    load.check(migrated)
    for client in theirs:
        client.close()


@pytest.fixture
def stranger(migrated: str) -> dict[str, str]:
    """What a client of another workspace sends."""
    variables = os.environ | settings_for(migrated)
    for command in ("workspaces create other", "keys create --workspace other --scope admin"):
        made = run(
            (STACKRANK, *command.split()), env=variables, stdout=PIPE, check=True, text=True
        )
    return {"authorization": f"Bearer {made.stdout.strip()}"}
