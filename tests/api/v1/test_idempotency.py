"""A write that is sent again with its Idempotency-Key is done once and answered the same."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text

from app.storage.database import Database
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from tests.api.v1.conftest import Made, rice
from tests.conftest import KEY_ID, Postgresql


def test_a_repeated_request_is_answered_as_the_first_time(stored: TestClient) -> None:
    key = {"idempotency-key": str(uuid4())}
    body = {"name": "Roadmap", "scoring": {"method": "rice"}}
    first = stored.post("/v1/backlogs", json=body, headers=key)
    again = stored.post("/v1/backlogs", json=body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


def test_what_happened_since_is_not_undone(stored: TestClient, made: Made) -> None:
    address = made()
    key = {"idempotency-key": "merge-1"}
    body = {"items": [rice("A", 1)]}
    first = stored.post(f"{address}/items", json=body, headers=key)
    stored.patch(f"{address}/items/A", json={"inputs": {"reach": 2}})
    again = stored.post(f"{address}/items", json=body, headers=key)
    assert again.json() == first.json()
    assert stored.get(f"{address}/items/A").json()["inputs"]["reach"] == 2


def test_a_key_goes_with_one_request(stored: TestClient, made: Made) -> None:
    one, other = made("One"), made("Other")
    key = {"idempotency-key": "k"}
    body = {"items": [rice("A", 1)]}
    stored.post(f"{one}/items", json=body, headers=key)
    for url, sent in ((f"{one}/items", {"items": []}), (f"{other}/items", body)):
        reused = stored.post(url, json=sent, headers=key)
        assert reused.status_code == 422
        assert reused.json()["type"] == "/problems/idempotency-key-reused"


def test_a_key_may_be_sent_in_quotes(stored: TestClient, made: Made) -> None:
    address = made()
    for sent in ("k-1", '"k-1"'):
        answer = stored.post(f"{address}/runs", json={}, headers={"idempotency-key": sent})
        assert answer.status_code == 201
    assert len(stored.get(f"{address}/runs").json()["data"]) == 1


def test_a_refusal_is_not_kept(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    key = {"idempotency-key": "k"}
    headers = key | {"if-match": '"1"'}
    assert stored.post(f"{address}/runs", json={}, headers=headers).status_code == 412
    headers = key | {"if-match": '"2"'}
    assert stored.post(f"{address}/runs", json={}, headers=headers).status_code == 201


def test_concurrent_duplicates_are_done_once(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])

    def freeze(_number: int) -> tuple[int, bytes]:
        answer = stored.post(f"{address}/runs", json={}, headers={"idempotency-key": "k"})
        return answer.status_code, answer.content

    with ThreadPoolExecutor(8) as senders:
        answers = set(senders.map(freeze, range(8)))
    assert len(answers) == 1
    assert len(stored.get(f"{address}/runs").json()["data"]) == 1


def let_expire(database: Database) -> None:
    """As if a day had passed."""
    with database.transaction() as connection:
        earlier = datetime.now(UTC) - timedelta(seconds=1)
        if connection.dialect.name == "sqlite":
            earlier = earlier.replace(tzinfo=None)
        connection.execute(text("UPDATE idempotency SET expires_at = :at"), {"at": str(earlier)})


def test_a_key_is_forgotten_after_a_day(
    stored: TestClient, made: Made, database: Database
) -> None:
    address = made()
    key = {"idempotency-key": "k"}
    stored.post(f"{address}/runs", json={}, headers=key)
    let_expire(database)
    stored.post(f"{address}/runs", json={}, headers=key)
    assert len(stored.get(f"{address}/runs").json()["data"]) == 2


def test_a_key_is_forgotten_however_many_others_are(
    stored: TestClient, made: Made, database: Database
) -> None:
    """A claim deletes a hundred of those that are out of date: its own may not be among them."""
    address = made()
    for number in range(120):
        key = {"idempotency-key": f"k{number:03}"}
        stored.post(f"{address}/items", json={"items": []}, headers=key)
    let_expire(database)
    body = {"items": [rice("A", 1)]}
    answer = stored.post(f"{address}/items", json=body, headers=key)
    assert (answer.status_code, answer.json()["counts"]["created"]) == (200, 1)
    with database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM idempotency")) == 20


def test_who_forgets_old_answers_keeps_no_other_writer_waiting(postgresql: Postgresql) -> None:
    with closing(Database(postgresql.new("migrated"))) as database:
        with database.transaction() as connection:
            for key in ("k1", "k2"):
                claim(connection, key)
        let_expire(database)
        with database.transaction() as first, database.transaction() as second:
            claim(first, "first")
            began = monotonic()
            claim(second, "second")
            assert monotonic() - began < 2


def claim(connection: Connection, key: str) -> None:
    """Own a key until the transaction ends."""
    repository = Repository(connection, DEFAULT_WORKSPACE)
    now = datetime.now(UTC)
    assert repository.claim(str(KEY_ID), key, "0" * 64, now, now + timedelta(hours=1)) is None


def test_who_waits_too_long_for_the_first_is_told_to_come_again(
    stored: TestClient, made: Made, database: Database
) -> None:
    address = made()
    with database.transaction() as connection:
        claim(connection, "k")
        began = monotonic()
        late = stored.post(f"{address}/runs", json={}, headers={"idempotency-key": "k"})
        assert 2.5 < monotonic() - began < 10
    assert (late.status_code, late.json()["type"]) == (409, "/problems/conflict")
    assert late.headers["retry-after"] == "1"
    assert stored.get(f"{address}/runs").json()["data"] == []


def test_quotes_are_left_out_in_pairs_and_around_something(stored: TestClient, made: Made) -> None:
    address = made()
    keys = ["k", '""', '"', '"k', 'k"', '""k""', '"k"']
    answers = [
        stored.post(f"{address}/runs", json={}, headers={"idempotency-key": key}) for key in keys
    ]
    assert [answer.status_code for answer in answers] == [201] * len(keys)
    assert len({answer.json()["id"] for answer in answers}) == len(keys) - 1
    assert answers[-1].json() == answers[0].json()


@pytest.mark.parametrize("key", ["", "k" * 256, "\x7f"])
def test_what_is_no_key_is_refused(stored: TestClient, made: Made, key: str) -> None:
    answer = stored.post(f"{made()}/runs", json={}, headers={"idempotency-key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "header"
