"""A client that asks for the same again and again and costs the machine little.

It reads answers into one buffer and looks at nothing but the status and the length, so that the
server is what is measured.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from itertools import cycle
from statistics import median, quantiles
from time import perf_counter
from typing import Any, TypeVar, cast

import uvloop

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"
EXPECTED = (b"200", b"201", b"304")
BUFFER = memoryview(bytearray(1 << 18))
"""One for all connections: nobody reads what was answered."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did while it was asked."""

    seconds: float
    times: list[float]
    """How long each request took, in seconds."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds

    @property
    def p50(self) -> float:
        """Half of the requests took no longer, in ms."""
        return median(self.times) * 1000

    @property
    def p99(self) -> float:
        """All but one in a hundred took no longer, in ms."""
        if len(self.times) == 1:
            return self.p50
        return quantiles(self.times, n=100, method="inclusive")[-1] * 1000


@dataclass(frozen=True, slots=True)
class Target:
    """A port of this machine, and what is asked of it; with more bodies than one in turn."""

    port: int
    path: str
    body: bytes = b""
    others: tuple[bytes, ...] = ()
    method: str = "POST"
    header: str = "Accept: application/json"
    key: str = ""
    content_type: str = "application/json"

    @property
    def requests(self) -> list[bytes]:
        """The requests as they go over the wire."""
        return [self._request(body) for body in (self.body, *self.others)]

    def _request(self, body: bytes) -> bytes:
        head = (
            f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"{self.header}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(body)}"
        )
        return head.encode() + HEAD_END + body


class _Connection(asyncio.BufferedProtocol):
    """Asks until the time is over; `finished` then holds how long each request took."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self.requests = requests
        self.until = until
        self.times: list[float] = []
        self.started = 0.0
        self.head = bytearray()
        self.left: int | None = None
        self.finished: asyncio.Future[list[float]] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop has its own class
        self._post()

    def get_buffer(self, _size: int) -> memoryview:
        return BUFFER

    def buffer_updated(self, size: int) -> None:
        if self.left is None:
            self.head += BUFFER[:size]
            if HEAD_END not in self.head:
                return
            head, _, body = self.head.partition(HEAD_END)
            if head[9:12] not in EXPECTED:
                self._fail(f"an answer is not what was expected: {bytes(self.head)!r}")
                return
            if b"chunked" in head and not body.endswith(LAST_CHUNK):
                return  # such an answer is gathered as a whole
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self.left, size = int(length or len(body)), len(body)
        self.left -= size
        if self.left == 0:
            self.times.append(perf_counter() - self.started)
            self._post()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the server closed the connection: {error}")

    def _post(self) -> None:
        self.head = bytearray()
        self.left = None
        self.started = perf_counter()
        if self.started < self.until or not self.times:
            self.transport.write(next(self.requests))
        else:
            self.finished.set_result(self.times)
            self.transport.close()

    def _fail(self, told: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(AssertionError(told))
            self.transport.close()


async def post(target: Target, connections: int, seconds: float) -> Load:
    """Ask over so many connections for so long, and wait for the last answers."""
    loop = asyncio.get_running_loop()
    requests = cycle(target.requests)
    start = perf_counter()
    made = [
        await loop.create_connection(
            lambda: _Connection(requests, start + seconds), "127.0.0.1", target.port
        )
        for _ in range(connections)
    ]
    times = [await connection.finished for _, connection in made]
    return Load(perf_counter() - start, [time for some in times for time in some])


async def post_beside(small: Target, large: Target, neighbors: int, seconds: float) -> Load:
    """Post the small one over one connection while neighbors post the large one."""
    noise = asyncio.create_task(post(large, neighbors, seconds))
    await asyncio.sleep(0)
    load = await post(small, 1, seconds)
    await noise
    return load


def run(load: Coroutine[Any, Any, T]) -> T:
    """Wait for a load."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(load)
