"""What is counted and timed, as Prometheus reads it."""

import sys
from subprocess import run
from typing import Any

import anyio
from anyio import to_thread
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send

from app.api.observed import Observed
from app.api.problems import KINDS
from app.main import create_app
from app.settings import Settings
from app.storage.database import CONNECTIONS, Database
from tests.conftest import BEARER, SECRET

RICE = {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}


def count(client: TestClient, name: str, **labels: str) -> float:
    """Read one number."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return 0


def test_requests_are_counted_by_route_and_timed(client: TestClient) -> None:
    labels = {"method": "POST", "route": "/v1/score/ice", "status": "200"}
    before = count(client, "stackrank_requests_total", **labels)
    timed = count(client, "stackrank_request_seconds_count", route="/v1/score/ice")
    inputs = {"impact": 5, "confidence": 5, "ease": 5}
    sent = {"items": [{"key": key, "inputs": inputs} for key in "AB"]}
    for _ in range(3):
        assert client.post("/v1/score/ice", json=sent).status_code == 200
    assert count(client, "stackrank_requests_total", **labels) == before + 3
    again = count(client, "stackrank_request_seconds_count", route="/v1/score/ice")
    assert again == timed + 3


def test_head_is_counted_as_it_was_asked(client: TestClient) -> None:
    asked = {"route": "/v1/methods", "status": "200"}
    before = [
        count(client, "stackrank_requests_total", method=method, **asked)
        for method in ("HEAD", "GET")
    ]
    assert client.head("/v1/methods").status_code == 200
    after = [
        count(client, "stackrank_requests_total", method=method, **asked)
        for method in ("HEAD", "GET")
    ]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0]


def test_an_answer_that_breaks_off_is_counted(client: TestClient) -> None:
    async def breaks_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})

    async def nothing(_message: Any = None) -> Any:  # noqa: ANN401 - a message of ASGI
        return {}

    labels = {"method": "GET", "route": "", "status": "200"}
    before = count(client, "stackrank_requests_total", **labels)
    scope = {"type": "http", "method": "GET", "state": {"request_id": "1"}}
    anyio.run(Observed(breaks_off), scope, nothing, nothing)
    assert count(client, "stackrank_requests_total", **labels) == before + 1


def test_an_address_or_a_method_that_anybody_makes_up_adds_no_series(client: TestClient) -> None:
    for made_up in ("a", "b", "c"):
        client.request(made_up, f"/{made_up}")
    labels = {"method": "other", "route": "", "status": "404"}
    assert count(client, "stackrank_requests_total", **labels) >= 3
    assert 'route="/a"' not in client.get("/metrics").text


def test_scoring_is_counted_by_items_and_timed(stored: TestClient) -> None:
    before = count(stored, "stackrank_scored_items_total", method="rice")
    timed = count(stored, "stackrank_scoring_seconds_count", method="rice")
    items = [{"key": key, "inputs": RICE} for key in "ABC"]
    stored.post("/v1/score/rice", json={"items": items})
    body = {"name": "A", "scoring": {"method": "rice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    stored.post(f"{address}/items", json={"items": items})
    assert count(stored, "stackrank_scored_items_total", method="rice") >= before + 6
    assert count(stored, "stackrank_scoring_seconds_count", method="rice") >= timed + 2


def test_refusals_are_counted_by_their_kind(stored: TestClient) -> None:
    kinds = ("conflict", "precondition-failed", "precondition-required", "validation")
    before = [count(stored, "stackrank_problems_total", problem=kind) for kind in kinds]
    body = {"name": "A", "scoring": {"method": "rice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    stored.post("/v1/backlogs", json=body)
    stored.patch(address, json={"name": "B"}, headers={"if-match": '"7"'})
    stored.delete(address)
    stored.post("/v1/backlogs", json={})
    after = [count(stored, "stackrank_problems_total", problem=kind) for kind in kinds]
    assert after == [number + 1 for number in before]


STARTED = """
from prometheus_client import generate_latest
from app.main import create_app
from app.storage.database import Database
create_app(database=Database("sqlite://"))
print(generate_latest().decode())
"""


def test_every_kind_of_problem_is_counted_from_the_start() -> None:
    said = run([sys.executable, "-c", STARTED], capture_output=True, check=True, text=True)
    counts = {
        sample.labels["problem"]: sample.value
        for family in text_string_to_metric_families(said.stdout)
        for sample in family.samples
        if sample.name == "stackrank_problems_total"
    }
    assert counts == dict.fromkeys(KINDS, 0)


def test_what_breaks_an_answer_off_is_counted_as_what_it_is(
    stored: TestClient,
) -> None:
    body = {"name": "A", "scoring": {"method": "rice"}}
    address = stored.post("/v1/backlogs", json=body).headers["location"]
    stored.post(f"{address}/runs", json={})

    async def interrupted(scope: Scope, receive: Receive, send: Send) -> None:
        async def delete(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                headers = {"if-match": "*"}
                deleted = await to_thread.run_sync(lambda: stored.delete(address, headers=headers))
                assert deleted.status_code == 204

        await stored.app(scope, receive, delete)

    route = "/v1/backlogs/{backlog_id}/export"
    answers = {"method": "GET", "route": route, "status": "200"}
    names = [
        ("stackrank_problems_total", {"problem": "not-found"}),
        ("stackrank_problems_total", {"problem": "internal"}),
        ("stackrank_requests_total", answers),
    ]
    before = [count(stored, name, **labels) for name, labels in names]
    TestClient(interrupted, headers=BEARER).get(f"{address}/export")
    after = [count(stored, name, **labels) for name, labels in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0, 1]


def test_replays_are_counted(stored: TestClient) -> None:
    before = count(stored, "stackrank_idempotency_replays_total")
    body = {"name": "A", "scoring": {"method": "rice"}}
    for _ in range(3):
        stored.post("/v1/backlogs", json=body, headers={"idempotency-key": "once"})
    assert count(stored, "stackrank_idempotency_replays_total") == before + 2


def test_connections_are_counted_of_as_many_as_there_may_be(served: Database) -> None:
    app = create_app(Settings(secret=SECRET), served)
    with TestClient(app) as client, served.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
        assert count(client, "stackrank_database_connections") == 1
        assert count(client, "stackrank_database_connections_limit") == CONNECTIONS
        assert count(client, "stackrank_requests_in_flight") == 0  # who asks is none


def test_a_key_that_sends_too_much_is_told_when_to_come_again(served: Database) -> None:
    settings = Settings(secret=SECRET, rate_limit="3/minute")
    with TestClient(create_app(settings, served), headers=BEARER) as client:
        before = count(client, "stackrank_problems_total", problem="rate-limited")
        answers = [client.get("/v1/methods") for _ in range(5)]
        assert client.get("/livez").status_code == 200
        assert client.get("/v1/methods", headers={"authorization": ""}).status_code == 401
        after = count(client, "stackrank_problems_total", problem="rate-limited")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    seconds = answers[4].headers["retry-after"]
    assert 1 <= int(seconds) <= 60
    assert answers[4].json()["detail"] == (
        f"The next request of this key is taken in {seconds} s."
    )
    assert after == before + 2
