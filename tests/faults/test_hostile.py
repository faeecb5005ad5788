"""Whatever is sent to either database, it is refused or kept, and every list can still be read."""

import json

import httpx
import pytest

from tests.api.test_hostile import FLOODS, INVALID, JSON, MALFORMED, ODD_BUT_VALID, QUERIES
from tests.faults.conftest import Server, Tally, assert_sound, backlog, rice, rows

BODIES = {**MALFORMED, **INVALID, **ODD_BUT_VALID}
REFUSALS = (400, 404, 405, 413, 415, 422, 428)
LISTS = ("items", "ranking", "ranking.csv", "runs", "export")

QUERIES_OF_LISTS = [
    *QUERIES,
    *("key=%00", "label=%00", "label=%ff", "bucket=%00", "status=%00", "archived=maybe"),
    *("limit=0", "limit=-1", "limit=1e3", "limit=99999999999999999999", "limit=NaN"),
    *("cursor=", "cursor=%00", "cursor=..", "cursor=" + "a" * 5000),
]

ADDRESSES = [
    *("items/%00", "items/..", "items/%2e%2e", "items/%ff", "items/" + "k" * 5000),
    *("ranking/%00", "runs/%00", "runs/0", "diff?from=%00", "item-history?key=%00"),
]


@pytest.mark.slow
def test_hostile_requests(server: Server, database_url: str, tally: Tally) -> None:
    client, address = server.client, backlog(server.client)
    assert client.post(f"{address}/items", json={"items": [rice("kept")]}).is_success
    assert client.post(f"{address}/runs", json={}).is_success
    targets = [
        ("POST", f"{address}/items"),
        ("PATCH", f"{address}/items/kept"),
        ("PATCH", address),
        ("POST", f"{address}/what-if"),
        ("POST", f"{address}/runs"),
        ("POST", "/v1/backlogs"),
        ("POST", "/v1/backlogs/import"),
        ("PUT", f"{address}/items"),
        ("PUT", f"{address}/profile"),
        ("PUT", f"{address}/hooks/jira"),
        ("POST", f"{address}/sync"),
        ("POST", "/v1/inspect"),
        ("POST", "/v1/keys"),
    ]
    bodies = BODIES | {name: json.dumps(flood).encode() for name, flood in FLOODS.items()}
    for method, url in targets:
        for body in bodies.values():
            tally.count(client.request(method, url, content=body, headers=JSON), *REFUSALS)
            check_lists(client, address)
    for path in ADDRESSES:
        for method in ("GET", "PUT", "DELETE"):
            sent = httpx.URL(f"http://127.0.0.1:{server.port}{address}/{path}")
            tally.count(client.request(method, sent, headers=JSON), *REFUSALS)
            check_lists(client, address)
    for name in LISTS:
        for query in QUERIES_OF_LISTS:
            tally.count(client.get(f"{address}/{name}?{query}"), *REFUSALS)
    tally.acknowledged = tally.statuses["200"] + tally.statuses["201"]
    assert tally.acknowledged, "all was refused"
    assert not [kind for kind in tally.statuses if kind.startswith("5")]
    said = rows(database_url, "SELECT SUM(ranked + unranked + archived) FROM backlog")[0][0]
    there = rows(database_url, "SELECT COUNT(*) FROM item")[0][0]
    tally.lost, tally.phantom = max(0, said - there), max(0, there - said)
    assert (tally.lost, tally.phantom) == (0, 0)
    assert_sound(database_url)


def check_lists(client: httpx.Client, address: str) -> None:
    """A row that cannot be read would break them all from now on."""
    for name in LISTS:
        answer = client.get(f"{address}/{name}")
        assert answer.status_code == 200, answer.text
        if not name.endswith(".csv"):
            json.loads(answer.content, parse_constant=pytest.fail)
    assert client.get("/v1/backlogs").status_code == 200
