"""The secret and a key are changed while two replicas serve, as docs/operating.md says."""

import os
from subprocess import PIPE, run
from time import sleep

import httpx
import pytest

from tests.conftest import KEY_ID, SECRET, bearer
from tests.faults.conftest import Server, Tally, settings_for
from tests.faults.load import Load
from tests.serving import STACKRANK

NEW = "another secret that only the tests know"

STEPS = (
    {"STACKRANK_SECRET": SECRET, "STACKRANK_PREVIOUS_SECRETS": f'["{NEW}"]'},
    {"STACKRANK_SECRET": NEW, "STACKRANK_PREVIOUS_SECRETS": f'["{SECRET}"]'},
    {"STACKRANK_SECRET": NEW, "STACKRANK_PREVIOUS_SECRETS": "[]"},
)


def roll(two: list[Server], step: dict[str, str]) -> None:
    for server in two:
        server.stop()
        server.variables |= step
        server.start()
        sleep(2)  # until HAProxy has seen it


@pytest.mark.slow
def test_rotation_of_the_secret(
    proxy: httpx.Client, two: list[Server], migrated: str, tally: Tally
) -> None:
    with Load(tally, [proxy]) as load:
        load.heals()
        sleep(1)
        page = f"{load.address}/items?limit=1"
        cursors = [proxy.get(page).json()["next_cursor"]]
        for step in STEPS[:2]:
            roll(two, step)
            cursors.append(proxy.get(page).json()["next_cursor"])
            for server in two:
                for cursor in cursors:
                    assert server.client.get(f"{page}&cursor={cursor}").status_code == 200
        load.heals()
    load.check(migrated)
    assert (set(tally.statuses), tally.unknown) == ({"200"}, 0)
    variables = os.environ | settings_for(migrated) | STEPS[1]
    command = (STACKRANK, "keys", "rotate", str(KEY_ID))
    key = run(command, env=variables, stdout=PIPE, text=True, check=True).stdout.strip()
    for server in two:
        assert server.client.get(page).status_code == 200
        assert server.client.get(page, headers=bearer(key)).status_code == 200
    roll(two, STEPS[2])
    for server in two:
        assert server.client.get(page).status_code == 401
        assert server.client.get(page, headers=bearer(key)).status_code == 200
        old = server.client.get(f"{page}&cursor={cursors[0]}", headers=bearer(key))
        assert old.status_code == 400
