"""A request that is sent four times with one Idempotency-Key is done once, whatever dies."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from time import sleep

import httpx

from tests.faults.conftest import Server, Tally, assert_sound, backlog, rice, rows

KEYS, TIMES = 250, 4


def test_duplicates_with_kill_9(server: Server, database_url: str, tally: Tally) -> None:
    address = backlog(server.client)
    items = {"items": [rice("A")]}
    assert server.client.post(f"{address}/items", json=items).status_code == 200
    done = Event()

    def kill_again_and_again() -> None:
        while not done.wait(2):
            server.kill()
            tally.heal = max(tally.heal, server.start())

    def freeze(number: int) -> tuple[int, bytes, bool]:
        """Send until it is acknowledged."""
        key = number % KEYS
        while True:
            try:
                answer = server.client.post(
                    f"{address}/runs",
                    json={"note": f"key {key}"},
                    headers={"idempotency-key": f"key-{key}"},
                )
            except httpx.TransportError:
                tally.unknown += 1
                sleep(0.05)
                continue
            if tally.count(answer).status_code == 201:
                return key, answer.content, "idempotency-replayed" in answer.headers
            sleep(0.05)

    killer = Thread(target=kill_again_and_again)
    killer.start()
    try:
        with ThreadPoolExecutor(16) as senders:
            answers = list(senders.map(freeze, range(KEYS * TIMES)))
    finally:
        done.set()
        killer.join()
    tally.acknowledged = len(answers)
    found = dict(rows(database_url, "SELECT note, count(*) FROM run GROUP BY note"))
    tally.lost = sum(f"key {key}" not in found for key in range(KEYS))
    tally.phantom = sum(found.values()) - KEYS
    assert found == {f"key {key}": 1 for key in range(KEYS)}
    assert len({(key, content) for key, content, _ in answers}) == KEYS, "two answers for one key"
    assert sum(not replayed for _, _, replayed in answers) <= KEYS
    assert tally.unknown, "nothing was interrupted"
    assert_sound(database_url)
