"""What is said of a request holds nothing that was sent: lines, counts, spans and refusals."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import run
from threading import Thread
from time import monotonic, sleep
from uuid import UUID

import pytest
from httpx import RemoteProtocolError

from app import __version__
from tests.conftest import BEARER, KEY, KEY_ID
from tests.serving import serving

CANARY = "canary-7f3a"
HOOK = "/v1/backlogs/01a20650-0000-7000-8000-00000000dead/hooks/jira"
WORKSPACE = "00000000-0000-7000-8000-000000000000"

RICE = {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Take what OpenTelemetry exports."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", taken
    finally:
        server.shutdown()
        server.server_close()


def test_a_request_is_one_line_by_its_route(sqlite_copy: str, tmp_path: Path) -> None:
    with serving(sqlite_copy, tmp_path) as process:
        sent = {"items": [{"key": "A", "inputs": RICE}]}
        answer = process.client.post("/v1/score/rice?order=input", json=sent)
        process.client.get("/nowhere", headers={"authorization": ""})
        process.client.head("/v1/backlogs/01a20650-0000-7000-8000-000000000001")
        lines = process.lines("request", 3)
        (started,) = process.lines("started")
    for line in lines:
        assert line.pop("timestamp").startswith("20")
        assert 0 < line.pop("ms") < 10_000
        assert line.pop("level") == "info"
    assert UUID(lines[0]["request_id"]) == UUID(answer.headers["x-request-id"])
    for line in lines:
        del line["request_id"], line["event"]
    known = {"workspace": WORKSPACE, "key": str(KEY_ID)}
    assert lines == [
        {**known, "method": "POST", "route": "/v1/score/rice", "status": 200, "problem": None},
        {
            **dict.fromkeys(known),
            "method": "GET",
            "route": "",
            "status": 404,
            "problem": "not-found",
        },
        {
            **known,
            "method": "HEAD",
            "route": "/v1/backlogs/{backlog_id}",
            "status": 404,
            "problem": "not-found",
        },
    ]
    assert started["version"] == __version__


def test_an_answer_that_broke_off_says_what_broke_it_off(sqlite_copy: str, tmp_path: Path) -> None:
    with serving(sqlite_copy, tmp_path) as process:
        client = process.client
        body = {"name": "A", "scoring": {"method": "rice"}}
        address = client.post("/v1/backlogs", json=body).headers["location"]
        long = {"title": "t" * 500, "url": f"https://example.com/{'u' * 1900}", "inputs": RICE}
        items = [{"key": str(number), **long} for number in range(2_000)]
        client.post(f"{address}/items", json={"items": items}).raise_for_status()
        for _ in range(10):
            client.post(f"{address}/runs", json={}).raise_for_status()
        with client.stream("GET", f"{address}/export") as answer:
            client.delete(address, headers={"if-match": "*"}).raise_for_status()
            with pytest.raises(RemoteProtocolError):
                answer.read()
        request = answer.headers["x-request-id"]
        lines = [line for line in process.lines("request", 14) if line["request_id"] == request]
        failed = "RuntimeError" in process.said.read_text(encoding="utf-8")
    assert [(line["status"], line["problem"]) for line in lines] == [(200, "not-found")]
    assert not failed


def test_nothing_that_was_sent_is_said(sqlite_copy: str, tmp_path: Path) -> None:
    refusals = []
    with (
        collector() as (endpoint, exported),
        serving(
            sqlite_copy,
            tmp_path,
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
            OTEL_BSP_SCHEDULE_DELAY="100",
            OTEL_METRIC_EXPORT_INTERVAL="500",
        ) as process,
    ):
        client = process.client
        for name in ("user-agent", "cookie", "x-request-id"):
            client.headers[name] = CANARY
        for method, path, headers, body in (
            ("GET", f"/v1/methods?key={CANARY}", {}, ""),
            ("GET", "/v1/backlogs", {"authorization": f"Bearer {CANARY}"}, ""),
            ("GET", "/v1/backlogs", {"authorization": f"Bearer {KEY[:-1]}x"}, ""),
            ("GET", f"/v1/{CANARY}", {}, ""),
            (CANARY, "/v1/methods", {}, ""),
            ("POST", "/v1/backlogs", {"idempotency-key": CANARY}, f'{{"name": ["{CANARY}"]}}'),
            ("POST", "/v1/backlogs", {"content-type": CANARY}, CANARY),
            ("POST", "/v1/score/rice", {}, CANARY),
            ("POST", HOOK, {"x-hub-signature": CANARY}, f'{{"zen": "{CANARY}"}}'),
            ("POST", f"{HOOK}?token={CANARY}", {}, f'{{"zen": "{CANARY}"}}'),
            ("POST", "/v1/score/rice", {}, f'{{"items": [{{"key": "A", "inputs": "{CANARY}"}}]}}'),
        ):
            json = {"content-type": "application/json"}
            answer = client.request(method, path, headers=json | headers, content=body)
            assert 400 <= answer.status_code < 500
            refusals.append(answer.text)
        named = {"name": CANARY, "description": CANARY, "scoring": {"method": "rice"}}
        address = client.post("/v1/backlogs", json=named).headers["location"]
        item = {"key": CANARY, "title": CANARY, "labels": [CANARY], "inputs": RICE}
        assert client.post(f"{address}/items", json={"items": [item]}).status_code == 200
        assert client.get(f"{address}/items?label={CANARY}").status_code == 200
        page = {"issues": [{"id": CANARY, "key": CANARY, "fields": {"description": CANARY}}]}
        assert client.post(f"{address}/sync?batch={CANARY}", json=page).status_code == 200
        hook = client.put(f"{address}/hook-secrets/jira", json={"secret": CANARY * 2}).json()
        assert client.post(hook["unsigned_url"], json=page).status_code == 200
        _break(sqlite_copy)
        failed = client.patch(f"{address}/items/A", json={"title": CANARY})
        assert failed.status_code == 500
        assert failed.json()["detail"].startswith("This is our fault.")
        refusals.append(failed.text)
        counts = client.get("/metrics").text
        until = monotonic() + 10
        while not (b"/v1/score/rice" in b"".join(exported) and b"/items" in b"".join(exported)):
            assert monotonic() < until
            sleep(0.1)
        sleep(1)
        (failure,) = process.lines("failed")
        said = process.said.read_text(encoding="utf-8")
    assert failure["request_id"] == failed.headers["x-request-id"]
    assert failure["error"] == "sqlalchemy.exc.OperationalError"
    assert any("repository.py" in frame for frame in failure["frames"])
    spans = b"".join(exported).decode("utf-8", "replace")
    secret = BEARER["authorization"].removeprefix("Bearer ")
    token = hook["unsigned_url"].rpartition("=")[2]
    for told in (said, counts, spans, *refusals):
        assert secret not in told
        assert token not in told
    for told in (said, counts, *refusals):
        assert CANARY not in told
    # An address is in its span, for it names what was asked; what is asked with it is not.
    assert CANARY not in spans.replace(f"/v1/{CANARY}", "")


def test_a_terminal_is_told_the_kind_and_the_place_of_an_error_alone() -> None:
    program = f"""
import structlog
from app.logs import configure

configure("text")
sent = {CANARY!r}
try:
    float(sent)
except ValueError:
    structlog.get_logger().exception("failed")
"""
    told = run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    assert CANARY not in told.stderr
    assert "line 8, in <module>\nbuiltins.ValueError\n" in told.stderr


def _break(url: str) -> None:
    """Take away what a request needs, as nobody expects."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ALTER TABLE item RENAME TO gone")
