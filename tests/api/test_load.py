"""What is more than a process can do is refused at once, and what takes too long has no effect."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from socket import SO_RCVBUF, SOL_SOCKET, create_connection, socket
from threading import Event, Semaphore, Thread
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event, text

from app.api.load import Load
from app.api.routes import LARGE_READS
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from tests.api.v1.pages import PROFILE
from tests.conftest import BEARER, KEY, SECRET

Serve = Callable[..., httpx.Client]
HoldBack = Callable[[str], AbstractContextManager[Semaphore]]

ITEMS = {"items": [{"key": "A", "inputs": {"reach": 1}}]}


@pytest.fixture
def hold_back() -> Iterator[HoldBack]:
    """Keep whoever reads a table waiting, with its thread and its connection, as a long list does;
    who arrives there is counted in the semaphore.
    """
    listeners = []

    @contextmanager
    def hold_back(table: str) -> Iterator[Semaphore]:
        here, go_on = Semaphore(0), Event()

        def wait(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
            if re.search(rf"FROM {table}\b", arguments[2]):
                here.release()
                go_on.wait(20)

        event.listen(Engine, "before_cursor_execute", wait)
        listeners.append(wait)
        try:
            yield here
        finally:
            go_on.set()

    yield hold_back
    for listener in listeners:
        event.remove(Engine, "before_cursor_execute", listener)


@pytest.fixture
def serve(served: Database, hold_back: HoldBack) -> Iterator[Serve]:  # noqa: ARG001 - outlives it
    """Serve either database by settings of the test's own, and over a real connection: Starlette's
    test client waits for the end of what has been answered long ago.
    """
    with ExitStack() as stack:

        def serve(**settings: Any) -> httpx.Client:  # noqa: ANN401 - whatever is set
            app = create_app(Settings(secret=SECRET, **settings), served)
            server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
            thread = Thread(target=server.run)
            thread.start()
            stack.callback(thread.join)
            stack.callback(setattr, server, "should_exit", True)
            while not server.started:
                sleep(0.01)
            port = server.servers[0].sockets[0].getsockname()[1]
            address = f"http://127.0.0.1:{port}"
            return stack.enter_context(httpx.Client(base_url=address, headers=BEARER))

        yield serve


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Keep every writer of every backlog waiting, as another one would."""
    with database.transaction() as connection:
        connection.execute(text("UPDATE backlog SET name = name"))
        yield


def wait_for(client: httpx.Client, in_flight: int) -> None:
    until = monotonic() + 5
    while f"stackrank_requests_in_flight {in_flight}.0" not in client.get("/metrics").text:
        assert monotonic() < until


def backlog(client: httpx.Client) -> str:
    made = client.post("/v1/backlogs", json={"name": "A", "scoring": {"method": "rice"}})
    address: str = made.headers["location"]
    return address


def test_one_request_too_many_is_told_when_to_come_again(serve: Serve, database: Database) -> None:
    client = serve(max_in_flight=1)
    address = backlog(client)
    with ThreadPoolExecutor(1) as other:
        with locked(database):
            waiting = other.submit(client.post, f"{address}/items", json=ITEMS)
            wait_for(client, in_flight=1)
            refused = client.get("/v1/methods")
            assert client.get("/livez").status_code == 200
            assert client.get("/readyz").status_code == 200
        assert waiting.result().status_code == 200
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]
    assert refused.json()["type"] == "/problems/overloaded"
    assert refused.json()["detail"] == ("1 requests are worked on already. Wait, and try again.")
    assert client.get("/v1/methods").status_code == 200


def test_writes_that_wait_for_one_backlog_leave_the_others_their_room(
    serve: Serve, database: Database
) -> None:
    client = serve(max_in_flight=100)
    address = backlog(client)
    with ThreadPoolExecutor(60) as others:
        with locked(database):
            waiting = [
                others.submit(client.post, f"{address}/items", json=ITEMS, timeout=30)
                for _ in range(60)
            ]
            wait_for(client, in_flight=60)
            assert client.get("/readyz").status_code == 200
            assert client.get("/v1/methods").status_code == 200
            assert client.get(address).status_code == 200
            page = {"issues": [], "isLast": True}
            assert client.post("/v1/inspect", json=page, timeout=2).status_code == 200
        assert {answer.result().status_code for answer in waiting} <= {200, 409}


def test_who_sends_a_what_if_slowly_takes_nobodys_turn(serve: Serve) -> None:
    client = serve()
    address = backlog(client)
    begun = (
        f"POST {address}/what-if HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: {BEARER['authorization']}\r\nContent-Length: 100\r\n\r\n{{"
    ).encode()
    with ExitStack() as slow:
        for _ in range(3):
            slow.enter_context(create_connection(("127.0.0.1", client.base_url.port))).send(begun)
        wait_for(client, in_flight=3)
        assert client.get(f"{address}/ranking.csv", timeout=5).status_code == 200


LARGE = {
    "diff_runs": ("GET", "/diff?from={run}"),
    "preview_changes": ("POST", "/what-if"),
    "get_report": ("GET", "/report.md?from={run}"),
    "get_writeback": ("GET", "/writeback"),
    "export_backlog": ("GET", "/export"),
    "get_ranking_csv": ("GET", "/ranking.csv"),
    "get_results_csv": ("GET", "/runs/{run}/results.csv"),
}


@pytest.mark.parametrize("operation", LARGE)
def test_large_reads_that_wait_leave_the_others_their_room(
    serve: Serve, hold_back: HoldBack, operation: str
) -> None:
    client = serve()
    address = backlog(client)
    client.put(f"{address}/profile", json=PROFILE).raise_for_status()
    client.post(f"{address}/items", json=ITEMS).raise_for_status()
    run = client.post(f"{address}/runs", json={}).json()["id"]
    method, path = LARGE[operation]
    asked = f"{address}{path}".format(run=run)
    body: dict[str, Any] | None = {} if method == "POST" else None
    with ThreadPoolExecutor(50) as others:
        with hold_back("(run_)?item"):
            waiting = [
                others.submit(client.request, method, asked, json=body, timeout=30)
                for _ in range(50)
            ]
            wait_for(client, in_flight=50)
            assert client.get("/readyz").status_code == 200
            assert client.get("/livez").status_code == 200
            assert client.get(address).status_code == 200
            assert client.get(f"{address}/runs").status_code == 200
        assert {answer.result().status_code for answer in waiting} == {200}


def test_whatever_reads_a_whole_backlog_is_tried() -> None:
    assert set(LARGE) == LARGE_READS


def test_a_large_read_that_waits_too_long_is_answered(serve: Serve, hold_back: HoldBack) -> None:
    client = serve(deadline=0.5)
    address = backlog(client)
    with ThreadPoolExecutor(5) as others, hold_back("item") as here:
        answers = list(others.map(client.get, [f"{address}/export"] * 5))
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["retry-after"] for answer in answers} == {"1"}
        assert {answer.json()["type"] for answer in answers} == {"/problems/unavailable"}
    wait_for(client, in_flight=0)
    assert here.acquire(blocking=False)
    assert here.acquire(blocking=False)
    assert not here.acquire(blocking=False)
    assert client.get(f"{address}/export").status_code == 200


@pytest.mark.parametrize("operation", ["export_backlog", "get_ranking_csv", "get_results_csv"])
def test_answers_in_pieces_that_nobody_takes_leave_the_others_their_memory(
    serve: Serve, operation: str
) -> None:
    client, slow = serve(), serve(deadline=4)
    address = backlog(client)
    long = {"title": "t" * 500, "url": f"https://example.com/{'u' * 1900}"}
    items = [{"key": str(number), "inputs": {"reach": 1}, **long} for number in range(3_000)]
    client.post(f"{address}/items", json={"items": items}, timeout=30).raise_for_status()
    run = client.post(f"{address}/runs", json={}, timeout=30).json()["id"]
    asked = f"{address}{LARGE[operation][1]}".format(run=run)
    request = f"GET {asked} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    with ExitStack() as stack:

        def ask() -> socket:
            reader = stack.enter_context(socket())
            reader.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
            reader.connect((slow.base_url.host, slow.base_url.port))
            reader.sendall(request.encode())
            return reader

        for _ in range(8):
            assert ask().recv(12) == b"HTTP/1.1 200"
        for late in [ask() for _ in range(4)]:
            assert late.recv(12) == b"HTTP/1.1 503"
        assert slow.get(address).status_code == 200
        assert slow.get(f"{address}/diff?from={run}", timeout=5).status_code == 200


def test_who_asks_if_all_is_well_waits_for_nobodys_connection(
    serve: Serve, served: Database
) -> None:
    client = serve()
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(served.reading())
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/backlogs").json()["detail"] == (
            "Every connection to the database is in use."
        )


def test_a_body_that_there_is_no_room_for_is_told_when_to_come_again(served: Database) -> None:
    narrow = Load(create_app(Settings(secret=SECRET), served), 64, 30, most_held=2000)
    client = TestClient(narrow, headers=BEARER)
    made = {"name": "A", "scoring": {"method": "rice"}}
    address = client.post("/v1/backlogs", json=made).headers["location"]
    items = [{"key": str(number), "inputs": {"reach": 1}} for number in range(100)]
    refused = client.post(f"{address}/items", json={"items": items})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["type"] == "/problems/overloaded"
    assert narrow.held == 0
    assert client.post(f"{address}/items", json={"items": items[:9]}).status_code == 200
    assert client.get(address).json()["counts"]["unranked"] == 9


def test_who_takes_an_answer_too_slowly_is_cut_off(serve: Serve) -> None:
    client = serve()
    address = backlog(client)
    long = {"title": "t" * 500, "url": f"https://example.com/{'u' * 1900}"}
    items = [{"key": str(number), "inputs": {"reach": 1}, **long} for number in range(3_000)]
    for _ in range(2):
        assert client.post(f"{address}/items", json={"items": items}, timeout=30).is_success
        items = [item | {"key": f"{item['key']}-2"} for item in items]
    slow = serve(deadline=0.6)
    with socket() as reader:
        reader.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        reader.connect((slow.base_url.host, slow.base_url.port))
        asked = (
            f"GET {address}/ranking.csv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\n\r\n"
        )
        reader.sendall(asked.encode())
        assert reader.recv(12) == b"HTTP/1.1 200"
        assert "stackrank_requests_in_flight 1.0" in slow.get("/metrics").text
        until = monotonic() + 10
        while "stackrank_requests_in_flight 0.0" not in slow.get("/metrics").text:
            assert monotonic() < until
            sleep(0.05)


def test_what_takes_too_long_is_answered_and_never_written(
    serve: Serve, database: Database
) -> None:
    client = serve(deadline=0.3)
    address = backlog(client)
    with locked(database):
        began = monotonic()
        refused = client.post(f"{address}/items", json=ITEMS)
        took = monotonic() - began
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["type"] == "/problems/unavailable"
    assert refused.json()["detail"].startswith("It took too long.")
    assert 0.3 <= took < 2
    sleep(0.5)  # the thread has the lock now, and does not write
    assert client.get(address).json()["revision"] == 1
    assert client.post(f"{address}/items", json=ITEMS).status_code == 200


def test_no_key_is_given_that_nobody_sees(serve: Serve, database: Database) -> None:
    client = serve(deadline=0.3)
    with database.transaction() as connection:
        if not database.is_sqlite:  # where any transaction keeps every other waiting
            connection.execute(text("LOCK TABLE api_key"))
        refused = client.post("/v1/keys", json={"name": "late", "scope": "read"})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
    sleep(0.5)
    assert [key["name"] for key in client.get("/v1/keys").json()["data"]] == ["tests"]


def test_an_import_may_take_ten_times_as_long(serve: Serve, database: Database) -> None:
    client = serve(deadline=0.2)
    exported = client.get(f"{backlog(client)}/export").json()
    exported["backlog"]["name"] = "B"
    with ThreadPoolExecutor(1) as other:
        # SQLite keeps every writer waiting, PostgreSQL who wants the same name.
        with database.transaction() as connection:
            connection.execute(text("UPDATE backlog SET name = 'B'"))
            importing = other.submit(client.post, "/v1/backlogs/import", json=exported)
            sleep(0.5)
            connection.execute(text("UPDATE backlog SET name = 'A'"))
        assert importing.result().status_code == 201


def test_a_thread_that_goes_on_counts_until_it_ends(serve: Serve, database: Database) -> None:
    client = serve(deadline=0.2, max_in_flight=1)
    address = backlog(client)
    with locked(database):
        assert client.post(f"{address}/items", json=ITEMS).status_code == 503
        assert client.get("/v1/methods").json()["type"] == "/problems/overloaded"
    until = monotonic() + 5
    while client.get("/v1/methods").status_code != 200:
        assert monotonic() < until
