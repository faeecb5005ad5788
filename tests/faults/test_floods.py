"""Floods through the proxy hold up who sends them and nobody else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection
from time import monotonic, sleep

import httpx
import pytest

from tests.api.test_hostile import JSON
from tests.conftest import KEY
from tests.faults.conftest import Server, Tally
from tests.faults.load import Load

MEGABYTE = 1024 * 1024
HEAD = f"POST /v1/score/rice HTTP/1.1\r\nHost: stackrank\r\nAuthorization: Bearer {KEY}\r\n"


def chunks(megabytes: int) -> Iterator[bytes]:
    for _ in range(megabytes):
        yield b"[" * MEGABYTE


BODIES: dict[str, Callable[[], bytes | Iterator[bytes]]] = {
    "one byte too many": lambda: b" " * (8 * MEGABYTE + 1),
    "100 MB in chunks": lambda: chunks(100),
    "as deep as it is long": lambda: b"[" * (8 * MEGABYTE),
}

HEADERS = {
    "a thousand of them": {f"x-{number}": "x" for number in range(1000)},
    "one of 64 kB": {"x-long": "x" * 65_536},
    "an address of 60 kB": None,
}


def test_body_and_header_floods(
    proxy: httpx.Client, two: list[Server], migrated: str, tally: Tally
) -> None:
    def flood(body: Callable[[], bytes | Iterator[bytes]]) -> int | None:
        try:
            return proxy.post("/v1/score/rice", content=body(), headers=JSON).status_code
        except httpx.TransportError:
            return None

    with Load(tally, [proxy]) as load, ThreadPoolExecutor(6) as senders:
        sent = list(senders.map(flood, list(BODIES.values()) * 8))
        headed = [
            proxy.get(
                "/v1/methods?" + "x" * (0 if headers else 60_000), headers=headers
            ).status_code
            for headers in HEADERS.values()
        ]
        load.heals()
    load.check(migrated)
    assert set(sent) <= {400, 413, None}
    assert {400, 413} <= set(sent)
    assert set(headed) <= {400, 414, 431}
    assert set(tally.statuses) <= {"200", "409"}
    for server in two:
        assert most_memory(server) < 600 * MEGABYTE


def most_memory(server: Server) -> int:
    """So many bytes a server has taken at most."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if "VmHWM" in line)


SLOW = {
    "headers": HEAD,
    "small bodies": f"{HEAD}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n",
    "large bodies": f"{HEAD}Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
    + "[" * 40_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("what", SLOW)
def test_slow_loris(proxy: httpx.Client, migrated: str, tally: Tally, what: str) -> None:
    """Two hundred connections of one address keep nobody of another from being served."""
    tally.fault = f"slow loris by {what}"
    with Load(tally, [proxy]) as load, ExitStack() as stack:
        address = (proxy.base_url.host, proxy.base_url.port)
        senders = [
            stack.enter_context(create_connection(address, source_address=("127.0.0.2", 0)))
            for _ in range(200)
        ]
        for sender in senders:
            sender.sendall(SLOW[what].encode())
        began = monotonic()
        while monotonic() - began < 15:
            for sender in senders:
                try:
                    sender.send(b"x")
                except OSError:
                    continue
            sleep(1)
            load.heals()
    load.check(migrated)
    assert set(tally.statuses) <= {"200", "409"}
