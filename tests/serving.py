"""The service in a process of its own, as it is started by hand, and what it says."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from subprocess import Popen
from time import monotonic, sleep
from typing import Any

import httpx

from tests.conftest import BEARER, SECRET

STACKRANK = str(Path(sys.executable).with_name("stackrank"))


@dataclass(frozen=True, slots=True)
class Process:
    """A server that logs JSON lines into a file."""

    popen: Popen[bytes]
    client: httpx.Client
    said: Path

    def lines(self, event: str, count: int = 1) -> list[dict[str, Any]]:
        """Give the lines of one event; each is written after its answer was sent."""
        until = monotonic() + 5
        while True:
            said = map(json.loads, self.said.read_bytes().splitlines())
            lines = [line for line in said if line["event"] == event]
            if len(lines) >= count or monotonic() > until:
                return lines
            sleep(0.02)


@contextmanager
def serving(url: str, folder: Path, **variables: str) -> Iterator[Process]:
    """Serve a database on a free port, until the block ends."""
    said = folder / f"said-{monotonic()}.jsonl"
    environment = os.environ | {
        "STACKRANK_DATABASE_URL": url,
        "STACKRANK_SECRET": SECRET,
        "STACKRANK_LOG": "json",
        "STACKRANK_DRAIN": "0",
        **variables,
    }
    with said.open("wb") as file:
        popen = Popen([STACKRANK, "serve", "--port", "0"], stdout=file, env=environment)
    try:
        with httpx.Client(base_url=_address(popen, said), headers=BEARER, timeout=40) as client:
            yield Process(popen, client, said)
    finally:
        popen.kill()
        popen.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with closing(create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
        return port


def _address(popen: Popen[bytes], said: Path) -> str:
    until = monotonic() + 30
    while monotonic() < until and popen.poll() is None:
        if found := re.search(r'"address":"([^"]+)"', said.read_text(encoding="utf-8")):
            return found[1]
        sleep(0.02)
    raise TimeoutError(said.read_text(encoding="utf-8"))
