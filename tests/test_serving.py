"""A server that is told to stop says so to load balancers, and finishes what it has begun."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from signal import SIGINT, SIGTERM
from time import monotonic, sleep

import httpx

from tests.serving import free_port, serving

ITEMS = {"items": [{"key": "A", "inputs": {"reach": 1}}]}


def test_a_draining_server_is_not_ready_and_still_answers(
    sqlite_copy: str, tmp_path: Path
) -> None:
    with serving(sqlite_copy, tmp_path, STACKRANK_DRAIN="2") as process:
        assert process.client.get("/readyz").status_code == 200
        process.popen.send_signal(SIGTERM)
        sleep(0.5)
        refused = process.client.get("/readyz")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["detail"] == "The process was told to stop."
        assert process.client.get("/livez").status_code == 200
        assert process.client.get("/v1/methods").status_code == 200
        assert process.popen.wait(10) in {0, -SIGTERM}
        said = [process.lines(event) for event in ("draining", "stopping", "stopped")]
    assert [len(lines) for lines in said] == [1, 1, 1]


def test_what_is_in_flight_is_finished_before_a_server_stops(
    sqlite_copy: str, tmp_path: Path
) -> None:
    with (
        closing(sqlite3.connect(sqlite_copy.removeprefix("sqlite:///"))) as writer,
        serving(sqlite_copy, tmp_path) as process,
        ThreadPoolExecutor(1) as other,
    ):
        made = {"name": "A", "scoring": {"method": "rice"}}
        address = process.client.post("/v1/backlogs", json=made).headers["location"]
        writer.execute("BEGIN IMMEDIATE")
        waiting = other.submit(process.client.post, f"{address}/items", json=ITEMS)
        sleep(0.3)
        process.popen.send_signal(SIGTERM)
        sleep(0.5)
        writer.rollback()
        assert waiting.result().status_code == 200
        assert process.popen.wait(10) in {0, -SIGTERM}


def test_ctrl_c_stops_at_once(sqlite_copy: str, tmp_path: Path) -> None:
    with serving(sqlite_copy, tmp_path, STACKRANK_DRAIN="60") as process:
        began = monotonic()
        process.popen.send_signal(SIGINT)
        process.popen.wait(10)
        assert monotonic() - began < 5


def test_a_connection_is_kept_longer_than_clients_keep_it(
    sqlite_copy: str, tmp_path: Path
) -> None:
    with (
        serving(sqlite_copy, tmp_path) as process,
        closing(HTTPConnection("127.0.0.1", process.client.base_url.port)) as connection,
    ):
        for seconds in (6, 0):
            connection.request("GET", "/livez")
            assert connection.getresponse().read()
            sleep(seconds)


def test_counts_have_a_port_of_their_own_where_it_is_set(sqlite_copy: str, tmp_path: Path) -> None:
    port = free_port()
    with serving(sqlite_copy, tmp_path, STACKRANK_METRICS_PORT=str(port)) as process:
        assert process.client.get("/metrics").status_code == 404
        told = httpx.get(f"http://127.0.0.1:{port}/metrics")
        assert "stackrank_requests_total" in told.text


def test_a_server_that_cannot_write_uses_of_keys_says_so_and_stops_in_order(
    sqlite_copy: str, tmp_path: Path
) -> None:
    with serving(sqlite_copy, tmp_path) as process:
        assert process.client.get("/v1/backlogs").status_code == 200
        with closing(sqlite3.connect(sqlite_copy.removeprefix("sqlite:///"))) as connection:
            connection.execute("DROP TABLE api_key")
        process.popen.send_signal(SIGTERM)
        process.popen.wait(10)
        (unwritten,) = process.lines("uses unwritten")
        assert unwritten["reason"] == "OperationalError"
        assert "Traceback" not in process.said.read_text(encoding="utf-8")
