"""A program of tomorrow migrates the database: beside one that serves, and killed half-way."""

import os
from pathlib import Path
from shutil import copytree
from subprocess import PIPE, Popen, run
from time import monotonic

import pytest
from alembic.script import ScriptDirectory

from app.storage.migration import SCRIPTS, configured
from tests.faults.conftest import (
    Server,
    Tally,
    assert_sound,
    backlog,
    do,
    rice,
    rows,
    settings_for,
)
from tests.faults.load import Load
from tests.serving import STACKRANK

TODAY = ScriptDirectory.from_config(configured()).get_current_head()

TOMORROW = '''
"""Say of each item how sure it is."""

import time

import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = {today!r}


def upgrade():
    op.add_column("item", sa.Column("sureness", sa.Integer(), server_default="0"))
    print("a column", flush=True)
    time.sleep(0.2)
    op.execute("UPDATE item SET sureness = 1")
    print("a column and its values", flush=True)
    time.sleep(0.2)
    op.create_index("ix_item_sureness", "item", ["workspace_id", "backlog_id", "sureness"])
'''


@pytest.fixture(scope="session")
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that lead to a program with one more migration."""
    folder = tmp_path_factory.mktemp("tomorrow")
    for package in (SCRIPTS.parent / "app", SCRIPTS):
        copytree(package, folder / package.name)
    script = folder / "migrations" / "versions" / "9999-01-01_tomorrow_know_how_sure.py"
    script.write_text(TOMORROW.format(today=TODAY), encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def migrating(database_url: str, tomorrow: dict[str, str]) -> Popen[str]:
    variables = os.environ | tomorrow | {"STACKRANK_DATABASE_URL": database_url}
    return Popen((STACKRANK, "migrate"), env=variables, stdout=PIPE, text=True)


def revision(database_url: str) -> str:
    ((found,),) = rows(database_url, "SELECT version_num FROM alembic_version")
    return str(found)


def test_migration_while_serving(migrated: str, tomorrow: dict[str, str], tally: Tally) -> None:
    """Replicas of today go on, and are replaced one by one; nobody waits longer than a moment."""
    with Server(migrated) as server:
        slowest = 0.0
        with Load(tally, [server.client]) as load, migrating(migrated, tomorrow) as process:
            while process.poll() is None:
                began = monotonic()
                assert server.client.get(f"{load.address}/ranking").status_code == 200
                slowest = max(slowest, monotonic() - began)
            assert process.returncode == 0
            load.heals()
            assert revision(migrated) == "tomorrow"
            assert server.client.get("/readyz").status_code == 200
            with Server(migrated, **tomorrow) as newer:
                load.heals()
                assert newer.client.get(f"{load.address}/ranking").status_code == 200
        load.check(migrated)
    assert slowest < 2
    assert set(tally.statuses) <= {"200", "409"}


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["a column", "a column and its values"])
def test_torn_migration(
    database_url: str, tomorrow: dict[str, str], tally: Tally, kept: str
) -> None:
    """Killed half-way it leaves nothing; the program of today serves on, and it can come again."""
    tally.fault = f"migration killed after {kept}"
    with Server(database_url) as server:
        address = backlog(server.client)
        for number in range(5):
            items = {"items": [rice(f"{number}-{index}", index) for index in range(1000)]}
            tally.count(server.client.post(f"{address}/items", json=items))
            tally.acknowledged += 1000
        ranking = server.client.get(f"{address}/ranking.csv").content
        server.kill()
        with migrating(database_url, tomorrow) as process:
            assert process.stdout
            while process.stdout.readline() != f"{kept}\n":
                assert process.poll() is None
            process.kill()
        assert revision(database_url) == TODAY
        tally.lost = tally.acknowledged - rows(database_url, "SELECT count(*) FROM item")[0][0]
        assert tally.lost == 0
        tally.heal = server.start()
        assert server.client.get(f"{address}/ranking.csv").content == ranking
    with migrating(database_url, tomorrow) as process:
        assert process.wait(60) == 0
    assert revision(database_url) == "tomorrow"
    assert rows(database_url, "SELECT sureness, count(*) FROM item GROUP BY sureness") == [
        (1, tally.acknowledged)
    ]
    with Server(database_url, **tomorrow) as newer:
        assert newer.client.get(f"{address}/ranking.csv").content == ranking
    assert_sound(database_url)


@pytest.mark.slow
def test_upgrade_and_rollback_on_sqlite(
    sqlite_copy: str, tomorrow: dict[str, str], tally: Tally
) -> None:
    """The program of tomorrow migrates the file and leaves a copy, which that of today takes."""
    data = Path(sqlite_copy.removeprefix("sqlite:///")).parent
    with Server(sqlite_copy) as server:
        address = backlog(server.client)
        tally.count(server.client.post(f"{address}/items", json={"items": [rice("today")]}))
    with Server(sqlite_copy, **tomorrow) as newer:
        tally.count(newer.client.post(f"{address}/items", json={"items": [rice("tomorrow")]}))
        assert keys(newer, address) == ["today", "tomorrow"]
    variables = os.environ | settings_for(sqlite_copy)
    refused = run((STACKRANK, "serve"), env=variables, stderr=PIPE, text=True, check=False)
    assert refused.returncode == 1
    assert "newer Stackrank has migrated the database" in refused.stderr
    do("rollback of sqlite", DATA=str(data), REVISION=str(TODAY))
    assert revision(sqlite_copy) == TODAY
    with Server(sqlite_copy) as server:
        found = keys(server, address)
    # What tomorrow's program was told is not in the copy, as the page says.
    tally.acknowledged, tally.lost = 1, int("today" not in found)
    assert found == ["today"]
    assert_sound(sqlite_copy)


def keys(server: Server, address: str) -> list[str]:
    return [item["key"] for item in server.client.get(f"{address}/items").json()["data"]]
