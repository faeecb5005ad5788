"""What HAProxy lets through, what it refuses itself, and what it asks again."""

import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
import redis

from app.keys.text import written
from app.settings import Settings
from app.storage.repository import DEFAULT_WORKSPACE
from tests.conftest import KEY_ID, Postgresql, bearer, validator
from tests.proxy.conftest import Stack, proxied, stacked
from tests.serving import free_port

RICE = {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}
BACKLOG = {"name": "A", "scoring": {"method": "rice"}}


@pytest.mark.parametrize("key", ["owner/repo#12", "a b", "50%", "%2F", "ä/ö", "a?b&c", "//", ".a"])
def test_any_key_of_an_item_passes(stack: Stack, key: str) -> None:
    made = stack.proxy.post("/v1/backlogs", json={**BACKLOG, "name": f"A backlog of {key}"})
    address = made.headers["location"]
    item = f"{address}/items/{quote(key, safe='')}"
    assert stack.proxy.put(item, json={"inputs": RICE}).status_code == 201
    assert stack.proxy.get(item).json()["key"] == key
    assert stack.proxy.get(f"{address}/items").json()["data"][0]["key"] == key


def assert_problem(answer: httpx.Response, status: int, kind: str) -> None:
    """What the proxy refuses is told as the service tells it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    validator("#/components/schemas/Problem").validate(problem)
    assert (problem["type"], problem["status"]) == (kind, status)
    assert problem["instance"] == f"urn:uuid:{UUID(problem['request_id'])}"
    waits = "1" if status in {429, 503} else None
    assert answer.headers.get("retry-after") == waits


def test_without_a_replica_it_is_said_when_to_come_again() -> None:
    with breaking() as (one, _), breaking() as (two, _), proxied(one, two) as proxy:
        assert_problem(proxy.post("/v1/backlogs"), 502, "/problems/unavailable")
    nobody = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    with proxied(*nobody, ready=False) as proxy:
        assert_problem(proxy.get("/v1/methods"), 503, "/problems/unavailable")


def test_an_address_with_too_many_requests_is_told_when_to_come_again() -> None:
    with ExitStack() as opened:
        go_on = Event()
        slow, _ = opened.enter_context(breaking(go_on))
        proxy = opened.enter_context(proxied(slow, slow))
        opened.callback(go_on.set)
        address = (proxy.base_url.host, proxy.base_url.port)
        for _ in range(50):
            asked = opened.enter_context(socket.create_connection(address))
            asked.sendall(b"GET /v1/methods HTTP/1.1\r\nhost: a\r\n\r\n")
        until = monotonic() + 8
        refused = None
        while refused is None:
            assert monotonic() < until
            with suppress(httpx.TimeoutException):  # the others are not all there yet
                refused = proxy.get("/v1/methods", timeout=0.5)
    assert_problem(refused, 429, "/problems/rate-limited")


@pytest.mark.parametrize(
    "headers",
    [{f"x-{number}": "1" for number in range(100)}, {"x-long": "x" * 20_000}],
    ids=["many", "long"],
)
def test_a_flood_of_headers_is_refused_by_the_proxy(stack: Stack, headers: dict[str, str]) -> None:
    answer = stack.proxy.get("/v1/methods", headers=headers)
    assert answer.status_code == 400
    assert "x-request-id" not in answer.headers
    assert stack.proxy.get("/v1/methods").status_code == 200


SLOW = {
    "headers": b"GET /v1/methods HTTP/1.1\r\nhost: a\r\nx: ",
    "body": b"POST /v1/score/rice HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{",
}


def test_who_sends_a_byte_now_and_then_is_cut(stack: Stack) -> None:
    host, port = stack.proxy.base_url.host, stack.proxy.base_url.port

    def send_slowly(begun: bytes) -> tuple[bytes, float]:
        began = monotonic()
        with socket.create_connection((host, port)) as connection:
            connection.sendall(begun)
            connection.settimeout(1)
            while monotonic() - began < 20:
                try:
                    return connection.recv(1000), monotonic() - began
                except TimeoutError:
                    connection.sendall(b"x")
        raise TimeoutError

    with ThreadPoolExecutor(len(SLOW)) as senders:
        for answer, seconds in senders.map(send_slowly, SLOW.values()):
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert 9 < seconds < 13
    for replica in stack.replicas:
        assert 408 not in {line["status"] for line in replica.lines("request")}
        assert 400 not in {line["status"] for line in replica.lines("request")}


@pytest.mark.parametrize("path", ["/metrics", "/metrics?all", "/%6detrics", "/%6Detric%73"])
def test_counts_are_not_for_everybody(stack: Stack, path: str) -> None:
    asked = stack.proxy.build_request("GET", "/")
    asked.url = asked.url.copy_with(raw_path=path.encode())
    assert_problem(stack.proxy.send(asked), 404, "/problems/not-found")
    for replica, counts in zip(stack.replicas, stack.counts, strict=True):
        assert replica.client.get("/metrics").status_code == 404
        assert "stackrank_requests_total" in httpx.get(counts).text


def test_who_calls_is_what_the_proxy_says_and_not_what_the_caller_says(stack: Stack) -> None:
    def guess(client: httpx.Client, number: int) -> int:
        key = written(DEFAULT_WORKSPACE, UUID(int=number), b"?" * 32)
        headers = bearer(key) | {"x-forwarded-for": f"203.0.113.{number}"}
        return client.get("/v1/methods", headers=headers).status_code

    guessed = Counter(guess(stack.proxy, number) for number in range(50))
    assert guessed == {401: 40, 429: 10}  # 20 of one address for each replica
    direct = Counter(guess(stack.replicas[0].client, number) for number in range(50))
    assert direct == {401: 50}


def test_both_replicas_count_for_one_rate(stack: Stack) -> None:
    with redis.Redis(port=stack.redis_port) as counted:
        counted.flushall()
        for replica in stack.replicas:
            assert replica.client.get("/v1/methods").status_code == 200
        (name,) = counted.scan_iter(f"stackrank*{KEY_ID}*")
        assert counted.get(name) == b"2"
    for counts in stack.counts:
        assert "stackrank_rate_limit_uncounted_total 0.0" in httpx.get(counts).text


def test_nobody_sees_that_a_replica_dies(postgresql: Postgresql, tmp_path: Path) -> None:
    with stacked(postgresql, tmp_path) as stack:
        stack.replicas[0].popen.kill()
        statuses = Counter(stack.proxy.get("/v1/methods").status_code for _ in range(50))
        for number in range(50):
            body, headers = {**BACKLOG, "name": str(number)}, {"idempotency-key": str(number)}
            answer = stack.proxy.post("/v1/backlogs", json=body, headers=headers)
            statuses[answer.status_code] += 1
    assert statuses == {200: 50, 201: 50}


@contextmanager
def breaking(go_on: Event | None = None) -> Iterator[tuple[str, Counter[str]]]:
    """A replica that is ready, and closes any other connection without an answer, once it may."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/readyz":
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            asked[self.path] += 1
            if go_on:
                go_on.wait(30)
            self.close_connection = True

        do_POST = do_PATCH = do_GET  # noqa: N815 - http.server's own names

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever).start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_only_what_may_be_asked_again_is() -> None:
    with (
        breaking() as (one, asked_one),
        breaking() as (two, asked_two),
        proxied(one, two) as proxy,
    ):
        for method, path, headers in (
            ("POST", "/v1/backlogs/once", {}),
            ("POST", "/v1/backlogs/keyed", {"idempotency-key": "1"}),
            ("POST", "/v1/keys", {"idempotency-key": "1"}),
            ("POST", "/v1/%6beys", {"idempotency-key": "1"}),
            ("PATCH", "/v1/backlogs/patched", {"idempotency-key": "1"}),
            ("POST", "/v1/score/rice", {}),
            ("GET", "/v1/methods", {}),
        ):
            # Where all replicas close, HAProxy answers 502 or closes too.
            with suppress(httpx.RemoteProtocolError):
                answer = proxy.request(method, path, headers=headers, content="{}")
                assert answer.status_code == 502
    asked = asked_one + asked_two
    assert asked["/v1/backlogs/once"] == 1
    assert asked["/v1/keys"] == asked["/v1/%6beys"] == asked["/v1/backlogs/patched"] == 1
    assert asked["/v1/backlogs/keyed"] == 4
    assert asked["/v1/score/rice"] == 4
    assert asked["/v1/methods"] == 4


def test_what_compose_sets_is_known() -> None:
    names = set(re.findall(r"STACKRANK_\w+", Path("compose.yaml").read_text(encoding="utf-8")))
    known = {f"STACKRANK_{name.upper()}" for name in Settings.model_fields}
    proxy = set(re.findall(r"STACKRANK_\w+", Path("docs/haproxy.cfg").read_text(encoding="utf-8")))
    assert names - known <= proxy
    assert {"STACKRANK_PROXY", "STACKRANK_1", "STACKRANK_2"} <= names
