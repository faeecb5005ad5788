"""What the stand-ins of tools share: a real HTTP server that holds state and loses patience."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, time
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    """A request as a stand-in sees it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Answer(NamedTuple):
    """What a stand-in answers."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class StandIn:
    """A tool on a socket of its own: every third request is asked to wait and to come again."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.failing: set[str] = set()
        """What of these issues is written fails."""
        self.tells_dates = False
        """Is it by a date that it says when to come again?"""
        self.refused: list[int] = []
        """The status of each answer that asked to wait."""
        self._count = 0
        self._waits_until = 0.0

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        raise NotImplementedError

    def patiently(self, asked: Asked) -> Answer:
        """Answer a request, but for each third one, which has to be sent again.

        The first of them has to wait; who does not is answered no more.
        """
        if monotonic() < self._waits_until:
            return Answer(403, {"message": "You have exceeded a secondary rate limit"})
        self._count += 1
        if self._count % 3 == 0:
            seconds = 1 if self._count == 3 else 0
            self._waits_until = monotonic() + seconds
            refusal = self.refusal(seconds)
            self.refused.append(refusal.status)
            return refusal
        self.asked.append(asked)
        return self.answer(asked)

    def refusal(self, seconds: int) -> Answer:
        """Say when to come again."""
        date = formatdate(time() + seconds, usegmt=True)
        told = date if self.tells_dates else str(seconds)
        return Answer(429, {"message": "Rate limit exceeded"}, (("Retry-After", told),))

    @property
    def writes(self) -> list[Asked]:
        """The requests that changed something."""
        raise NotImplementedError


@contextmanager
def served(tool: StandIn) -> Iterator[str]:
    """Serve a stand-in on a free port, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            url = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(
                self.command,
                url.path,
                dict(parse_qsl(url.query)),
                headers,
                json.loads(sent) if sent else None,
            )
            answer = tool.patiently(asked)
            content = b"" if answer.body is None else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
