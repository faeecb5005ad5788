"""A server that dies during a great write leaves all of it or nothing."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest

from tests.faults.conftest import Server, Tally, assert_sound, backlog, rice, rows

DELAYS = (0.05, 0.2, 0.35, 0.5, 0.8, 30)
"""Seconds after which the server dies, or when it has answered; the last time it has."""


@pytest.mark.parametrize("way", ["merge", pytest.param("import", marks=pytest.mark.slow)])
def test_kill_9_during_a_write_of_10000_items(
    server: Server, database_url: str, tally: Tally, way: str
) -> None:
    tally.fault = f"kill -9, 10,000 items by {way}"
    acknowledged: list[bool] = []
    for number, delay in enumerate(DELAYS):
        address = backlog(server.client)
        items = [rice(f"R{number}-{index}", index) for index in range(10_000)]
        url, body = f"{address}/items", cast("Any", {"items": items})
        if way == "import":
            url, body = "/v1/backlogs/import", exported(f"Imported {number}", items)
        with ThreadPoolExecutor(1) as sender:
            answer = sender.submit(send, server.client, url, body)
            wait([answer], delay)
            server.kill()
        acknowledged.append(answer.result() is not None)
        if told := answer.result():
            tally.count(told)
        tally.heal = max(tally.heal, server.start())
        found = rows(database_url, "SELECT key FROM item")
        written = sum(key.startswith(f"R{number}-") for (key,) in found)
        assert written == 10_000 if acknowledged[-1] else written in {0, 10_000}
        tally.lost += 10_000 - written if acknowledged[-1] else written % 10_000
        sent = tuple(f"R{one}-" for one in range(number + 1))
        tally.phantom = sum(not key.startswith(sent) for (key,) in found)
        assert (tally.lost, tally.phantom) == (0, 0)
        assert rows(database_url, "SELECT sum(ranked + unranked) FROM backlog") == [(len(found),)]
        assert server.client.get(f"{address}/ranking").status_code == 200
    tally.acknowledged, tally.unknown = sum(acknowledged), acknowledged.count(False)
    assert acknowledged[-1], "the last write had all the time that it needs"
    assert not all(acknowledged), "no write was interrupted"
    assert_sound(database_url)


def send(client: httpx.Client, url: str, body: object) -> httpx.Response | None:
    try:
        return client.post(url, json=body)
    except httpx.TransportError:
        return None


def exported(name: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    when = "2026-11-23T09:00:00Z"
    return {
        "backlog": {
            "name": name,
            "description": None,
            "scoring": {"method": "rice", "options": {}, "bucket_by": None},
            "revision": 1,
            "runs": [],
            "items": [
                {
                    **item,
                    "id": str(uuid4()),
                    "title": None,
                    "url": None,
                    "labels": [],
                    "archived": False,
                    "created_at": when,
                    "updated_at": when,
                }
                for item in items
            ],
        }
    }
