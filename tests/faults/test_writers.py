"""Two replicas that race with each other on one PostgreSQL lose nothing."""

from concurrent.futures import ThreadPoolExecutor

from tests.faults.conftest import Server, Tally, backlog, rice, rows

WRITERS, EACH = 8, 12


def test_two_replicas_racing_on_one_item(two: list[Server], migrated: str, tally: Tally) -> None:
    """Many count one input up, each from what it has read."""
    address = backlog(two[0].client)
    items = {"items": [rice("A", 0)]}
    assert two[0].client.post(f"{address}/items", json=items).status_code == 200

    def count_up(number: int) -> int:
        acknowledged = 0
        client = two[number % 2].client
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
    reach = two[0].client.get(f"{address}/items/A").json()["inputs"]["reach"]
    tally.lost = tally.acknowledged - int(reach)
    assert two[0].client.get(address).json()["revision"] == 2 + tally.acknowledged
    assert tally.lost == 0
    assert tally.statuses["412"], "nobody raced"
    assert rows(migrated, "SELECT count(*) FROM item") == [(1,)]


def test_two_replicas_adding_to_one_list(two: list[Server], tally: Tally) -> None:
    """Each rescores the whole list, and neither may read the list of before the other's write."""
    options = {"criteria": {"gain": {"weight": 1}}, "normalization": "min_max"}
    address = backlog(two[0].client, method="weighted", options=options)
    items = [
        {"key": f"K{number}", "inputs": {"criteria": {"gain": (number * 37) % 101}}}
        for number in range(120)
    ]

    def add(number: int) -> None:
        client = two[number % 2].client
        sent = client.post(f"{address}/items", json={"items": [items[number]]})
        tally.acknowledged += tally.count(sent).status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(len(items))))
    client = two[0].client
    kept = client.get(f"{address}/ranking", params={"limit": 200}).json()
    wanted = client.post("/v1/score/weighted", json={"items": items, "options": options})
    assert tally.acknowledged == 120
    sent, found = {item["key"] for item in items}, {item["key"] for item in kept["data"]}
    tally.lost, tally.phantom = len(sent - found), len(found - sent)
    assert kept["data"] == wanted.json()["data"]
    assert (kept["revision"], kept["reference"]) == (121, wanted.json()["reference"])
