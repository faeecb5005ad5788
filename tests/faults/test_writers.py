"""Two replicas that race with each other on one PostgreSQL lose nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Postgresql
from tests.faults.conftest import Server, Tally, backlog, rice, rows

WRITERS, EACH = 8, 12


@pytest.fixture
def replicas(postgresql: Postgresql) -> Iterator[tuple[str, list[Server]]]:
    url = postgresql.new("migrated")
    servers = [Server(url), Server(url)]
    for server in servers:
        server.start()
    yield url, servers
    for server in servers:
        server.kill()
        server.client.close()


def test_two_replicas_racing_on_one_item(replicas: tuple[str, list[Server]], tally: Tally) -> None:
    """Many count one input up, each from what it has read."""
    url, servers = replicas
    address = backlog(servers[0].client)
    items = {"items": [rice("A", 0)]}
    assert servers[0].client.post(f"{address}/items", json=items).status_code == 200

    def count_up(number: int) -> int:
        acknowledged = 0
        client = servers[number % 2].client
        while acknowledged < EACH:
            item = client.get(f"{address}/items/A")
            answer = client.patch(
                f"{address}/items/A",
                json={"inputs": {"reach": item.json()["inputs"]["reach"] + 1}},
                headers={"if-match": item.headers["etag"]},
            )
            acknowledged += tally.count(answer).status_code == 200
        return acknowledged

    with ThreadPoolExecutor(WRITERS) as pool:
        tally.acknowledged = sum(pool.map(count_up, range(WRITERS)))
    reach = servers[0].client.get(f"{address}/items/A").json()["inputs"]["reach"]
    tally.lost = tally.acknowledged - int(reach)
    assert servers[0].client.get(address).json()["revision"] == 2 + tally.acknowledged
    assert tally.lost == 0
    assert tally.statuses[412], "nobody raced"
    assert rows(url, "SELECT count(*) FROM item") == [(1,)]


def test_two_replicas_adding_to_one_list(replicas: tuple[str, list[Server]], tally: Tally) -> None:
    """Each rescores the whole list, and neither may read the list of before the other's write."""
    _, servers = replicas
    options = {"criteria": {"gain": {"weight": 1}}, "normalization": "min_max"}
    address = backlog(servers[0].client, method="weighted", options=options)
    items = [
        {"key": f"K{number}", "inputs": {"criteria": {"gain": (number * 37) % 101}}}
        for number in range(120)
    ]

    def add(number: int) -> None:
        client = servers[number % 2].client
        sent = client.post(f"{address}/items", json={"items": [items[number]]})
        tally.acknowledged += tally.count(sent).status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(len(items))))
    client = servers[0].client
    kept = client.get(f"{address}/ranking", params={"limit": 200}).json()
    wanted = client.post("/v1/score/weighted", json={"items": items, "options": options})
    assert tally.acknowledged == 120
    assert kept["data"] == wanted.json()["data"]
    assert (kept["revision"], kept["reference"]) == (121, wanted.json()["reference"])
