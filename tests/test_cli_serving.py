"""The command line: how the service is started, migrated and asked for keys."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from socket import create_server
from subprocess import PIPE, STDOUT, Popen, run
from time import sleep

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.keys import text as key_text
from app.settings import Settings, refuse_open_door
from app.storage.repository import DEFAULT_WORKSPACE
from tests.conftest import ROLE, SECRET, Postgresql, as_role, bearer

STACKRANK = str(Path(sys.executable).with_name("stackrank"))


def test_serve_says_where_it_listens_serves_alone_and_stops_when_asked(tmp_path: Path) -> None:
    command = [STACKRANK, "serve", "--port", "0"]
    variables = os.environ | {
        "STACKRANK_DATABASE_URL": f"sqlite:///{tmp_path}/kept/here.db",
        "STACKRANK_DRAIN": "0",
        "WEB_CONCURRENCY": "2",  # other servers start so many processes
    }
    with Popen(command, stdout=PIPE, text=True, env=variables) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith(
                f"The backlogs are kept in {tmp_path}/kept/here.db (SQLite 3."
            )
            again = run(command, capture_output=True, text=True, check=False, env=variables)
            assert (again.returncode, again.stdout) == (1, "")
            assert again.stderr == (
                f"Another Stackrank serves {tmp_path}/kept/here.db. Stop it first.\n"
            )
            said = process.stdout.readline() + process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert found
            assert httpx.get(f"{found[0]}/livez").json()["status"] == "ok"
            assert f"{found[0]}/docs" in said
            for started in Path(f"/proc/{process.pid}").glob("task/*/children"):
                assert not started.read_text()
        finally:
            process.terminate()
        assert process.wait(10) in {0, -SIGTERM}


def test_without_an_address_the_backlogs_are_where_the_platform_keeps_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STACKRANK_DATABASE_URL", raising=False)
    with serving({"XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}) as (_, said):
        assert said.startswith(f"The backlogs are kept in {tmp_path}/")
        assert "/stackrank/stackrank.db (SQLite 3." in said.splitlines()[0]
    (kept,) = tmp_path.rglob("stackrank.db")
    assert kept.stat().st_size


STARTED = """
import sys
from app.cli import serve
from app.main import create_app, opened
from app.settings import Settings

with_database = create_app(Settings(), opened(Settings()))
print(sorted({"alembic", "psycopg", "sqlalchemy"} & sys.modules.keys()))
"""


def test_a_start_on_a_file_that_is_up_to_date_loads_only_what_it_takes(sqlite_copy: str) -> None:
    said = run(
        [sys.executable, "-c", STARTED],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"STACKRANK_DATABASE_URL": sqlite_copy},
    ).stdout
    assert said == "['sqlalchemy']\n"


def start(variables: dict[str, str], *words: str) -> tuple[int, str, str]:
    """Start the command, and say how it ended and what it printed."""
    done = run(
        [STACKRANK, *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
        timeout=60,
    )
    return (done.returncode, done.stdout, done.stderr)


def call(variables: dict[str, str], *words: str) -> tuple[int, str, str]:
    """Do the same within this process, which has started already."""
    done = CliRunner().invoke(app, words, env=variables)
    return (done.exit_code, done.stdout, done.stderr)


@contextmanager
def serving(variables: dict[str, str], last: str = "/docs") -> Iterator[tuple[str, str]]:
    """Serve, and give the address and what is said until something was."""
    command = [STACKRANK, "serve", "--port", "0"]
    buffered = os.environ | variables
    with Popen(command, stdout=PIPE, stderr=STDOUT, text=True, env=buffered) as process:
        try:
            assert process.stdout
            said = ""
            for line in process.stdout:
                said += line
                if last in line:
                    break
            found = re.search(r"http://127\.0\.0\.1:\d+", said)
            assert found
            yield found[0], said
        finally:
            process.terminate()


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {"STACKRANK_DATABASE_URL": f"sqlite:///{tmp_path}/here.db", "STACKRANK_DRAIN": "0"}


def test_the_first_start_shows_a_key_once_with_a_curl_that_works(
    variables: dict[str, str],
) -> None:
    command = [STACKRANK, "serve", "--port", "0"]
    with Popen(command, stdout=PIPE, text=True, env=os.environ | variables) as process:
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(13))
        shown = said[said.index("  export KEY=") :]
        done = run(["bash", "-euc", shown], capture_output=True, check=True, timeout=30)  # noqa: S607
        assert json.loads(done.stdout)["name"] == "Roadmap"
        process.terminate()
    with Popen(command, stdout=PIPE, text=True, env=os.environ | variables) as process:
        assert process.stdout
        assert "/docs" in "".join(process.stdout.readline() for _ in range(3))
        process.terminate()
        assert "sr_" not in process.stdout.read()


def test_a_key_is_given_listed_rotated_and_revoked(variables: dict[str, str]) -> None:
    ended, key, said = start(variables, "keys", "create", "--scope", "write", "--name", "nightly")
    assert (ended, said) == (0, "")
    assert re.fullmatch(r"sr_\w{43}_\w{49}\n", key)
    ended, new, said = call(variables, "keys", "rotate", key[:46])
    assert (ended, said) == (0, "The old key ends in 24 hours.\n")
    assert re.fullmatch(r"sr_\w{43}_\w{49}\n", new)
    _, listed, _ = call(variables, "keys", "list")
    ids = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", listed)
    assert len(ids) == 2
    assert call(variables, "keys", "revoke", ids[0]) == (0, "It is revoked.\n", "")
    assert "revoked" in call(variables, "keys", "list")[1]
    ended, _, said = call(variables, "keys", "rotate", ids[0])
    assert (ended, said) == (1, f"The key {ids[0]} has ended: create a new one.\n")


def test_what_is_no_key_is_said(variables: dict[str, str]) -> None:
    said = "nothing is neither the id of a key nor what one begins with.\n"
    assert call(variables, "keys", "revoke", "nothing") == (1, "", said)
    nobodys = "01a20650-0000-7000-8000-00000000dead"
    said = f"There is no key {nobodys} in the workspace.\n"
    assert call(variables, "keys", "revoke", nobodys) == (1, "", said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("keys", "create", "--scope", "read", "--name", ""), "1 to 100 characters"),
        (("keys", "create", "--scope", "read", "--name", "x" * 101), "1 to 100 characters"),
        (("keys", "create", "--scope", "read", "--name", "a\nb"), "1 to 100 characters"),
        (("keys", "create", "--scope", "read", "--expires", "2020-01-01"), "passed already"),
        (("keys", "create", "--scope", "read", "--name", "\udcff"), "1 to 100 characters"),
        (("keys", "list", "--workspace", "\udcff"), "1 to 100 characters"),
        (("workspaces", "create", "a\nb"), "1 to 100 characters"),
        (("workspaces", "create", "\udcff"), "1 to 100 characters"),
    ],
)
def test_what_cannot_be_given_is_said(
    variables: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    ended, printed, why = call(variables, *words)
    assert (ended, printed) == (2, "")
    assert said in why


def test_a_workspace_has_keys_of_its_own(variables: dict[str, str]) -> None:
    assert call(variables, "workspaces", "create", "research")[0] == 0
    again = call(variables, "workspaces", "create", "research")
    assert again == (1, "", "There is a workspace research already.\n")
    assert call(variables, "workspaces", "list") == (0, "default\nresearch\n", "")
    given = call(variables, "keys", "create", "--workspace", "research", "--scope", "admin")
    workspace_id, _ = key_text.read(given[1].strip())
    assert workspace_id != DEFAULT_WORKSPACE
    said = "There is no workspace marketing.\n"
    unknown = call(variables, "keys", "create", "--workspace", "marketing", "--scope", "read")
    assert unknown == (1, "", said)


def test_beside_a_served_file_the_command_says_what_to_do(variables: dict[str, str]) -> None:
    with serving(variables):
        ended, _, said = call(variables, "keys", "create", "--scope", "read")
    assert ended == 1
    assert said.endswith(
        "here.db. Stop it first, or ask it: /v1/keys takes the key of an admin.\n"
    )


def test_beside_a_served_postgresql_keys_are_given_and_taken_away(postgresql: Postgresql) -> None:
    variables = {
        "STACKRANK_DATABASE_URL": as_role(postgresql.new("migrated")),
        "STACKRANK_SECRET": SECRET,
    }
    with serving(variables) as (address, said):
        assert "sr_" not in said, "there is a key already"
        key = call(variables, "keys", "create", "--scope", "read")[1].strip()
        url = f"{address}/v1/backlogs"
        assert httpx.get(url, headers=bearer(key)).status_code == 200
        assert call(variables, "keys", "revoke", key[:46])[0] == 0
        sleep(5.1)
        assert httpx.get(url, headers=bearer(key)).status_code == 401


def test_it_is_said_loudly_that_nobody_is_asked_for_a_key(variables: dict[str, str]) -> None:
    with serving(variables | {"STACKRANK_AUTH": "off"}) as (address, said):
        assert "STACKRANK_AUTH is off: nobody is asked for a key" in said
        assert "sr_" not in said
        assert httpx.get(f"{address}/v1/backlogs").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "stackrank.example"])  # noqa: S104
def test_without_keys_nobody_else_is_listened_to_unless_that_is_meant(
    variables: dict[str, str], host: str
) -> None:
    off = variables | {"STACKRANK_AUTH": "off"}
    ended, _, said = call(off, "serve", "--host", host, "--port", "0")
    assert ended == 1
    assert said.startswith(f"STACKRANK_AUTH is off, and {host} can be reached from elsewhere")
    trusting = Settings(auth="off", trust_network=True)
    refuse_open_door(trusting, host)
    for near in ("127.0.0.1", "::1", "localhost"):
        refuse_open_door(Settings(auth="off"), near)


def test_serve_fails_where_the_port_is_taken(tmp_path: Path) -> None:
    variables = os.environ | {"STACKRANK_DATABASE_URL": f"sqlite:///{tmp_path}/here.db"}
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [STACKRANK, "serve", "--port", str(port)]
        result = run(
            command, capture_output=True, text=True, check=False, timeout=30, env=variables
        )
    assert result.returncode == 3
    assert "listens" not in result.stdout
    assert "address already in use" in result.stderr


def test_serve_says_where_the_port_of_the_counts_is_taken(variables: dict[str, str]) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with_counts = variables | {"STACKRANK_METRICS_PORT": port}
        ended, _, said = start(with_counts, "serve", "--port", "0")
    assert (ended, said) == (1, "STACKRANK_METRICS_PORT: Address already in use.\n")


def test_a_postgresql_is_migrated_by_a_command_and_served_only_then(
    postgresql: Postgresql,
) -> None:
    address = postgresql.new()
    variables = {"STACKRANK_DATABASE_URL": address, "STACKRANK_SECRET": SECRET}
    no_schema = "The database has no schema yet. Run: stackrank migrate\n"
    assert start(variables, "serve", "--port", "0") == (1, "", no_schema)
    named = variables | {"STACKRANK_DATABASE_ROLE": ROLE}
    assert call(named, "migrate") == (0, "The schema is the newest now.\n", "")
    assert call(variables, "migrate") == (0, "The schema was the newest.\n", "")
    with serving(named, "curl") as (_, said):
        assert "This is the first key, an admin's." in said
        assert "whom row level security does not hold" in said
    as_service = variables | {"STACKRANK_DATABASE_URL": as_role(address)}
    with serving(as_service) as (_, said):
        assert "superuser" not in said
    del variables["STACKRANK_SECRET"]
    asked = "PostgreSQL needs STACKRANK_SECRET, the same for every process.\n"
    assert start(variables, "serve", "--port", "0") == (1, "", asked)


def test_an_sqlite_file_has_no_role_and_says_so(variables: dict[str, str]) -> None:
    said = "An SQLite file knows no roles: leave STACKRANK_DATABASE_ROLE out.\n"
    assert call(variables | {"STACKRANK_DATABASE_ROLE": ROLE}, "migrate") == (1, "", said)
    assert call(variables, "migrate")[1] == "The schema is the newest now.\n"


def test_what_the_role_of_the_service_lacks_is_said(postgresql: Postgresql) -> None:
    address = postgresql.new()
    owner = {"STACKRANK_DATABASE_URL": address, "STACKRANK_SECRET": SECRET}
    unknown = owner | {"STACKRANK_DATABASE_ROLE": "nosuchrole"}
    said = (
        "There is no role nosuchrole: create it (CREATE ROLE nosuchrole LOGIN), and run stackrank"
        " migrate again.\n"
    )
    assert call(unknown, "migrate") == (1, "", said)
    assert call(owner, "migrate") == (0, "The schema was the newest.\n", "")
    service = owner | {"STACKRANK_DATABASE_URL": as_role(address)}
    said = (
        "PostgreSQL does not let this role do it. Run stackrank migrate as the owner of the"
        " tables, with STACKRANK_DATABASE_ROLE naming the role under which the service connects."
        "\n"
    )
    assert start(service, "keys", "list") == (1, "", said)
    assert start(service, "serve", "--port", "0") == (1, "", said)
    granted = owner | {"STACKRANK_DATABASE_ROLE": ROLE}
    assert call(granted, "migrate") == (0, "The schema was the newest.\n", "")
    assert call(service, "keys", "list") == (0, "", "")
