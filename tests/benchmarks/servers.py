"""The servers that are measured: a process each, on the last core, away from the client."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final

APPLICATIONS: Final = {
    "ours": ["--factory", "app.main:create_app"],
    "naive": ["tests.benchmarks.naive:app"],
    "bare": ["tests.benchmarks.bare:app"],
}
"""What uvicorn is told to serve, as `stackrank serve` would."""

PORT: Final = "{port}"
"""What stands for the port in a command."""

PATIENCE: Final = 30
"""Seconds in which a server must have started."""


@dataclass(frozen=True, slots=True)
class Server:
    """A process that listens on a port of this machine."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    key: str = ""
    """What it asks for, where it asks."""

    @property
    def peak(self) -> float | None:
        """The most memory it ever held, in MB; null where the system does not say."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        told = status.read_text().partition("VmHWM:")[2].split()[0]
        return int(told) * 1024 / 1e6


@contextmanager
def serving(name: str, **environment: str) -> Iterator[Server]:
    """Start an application, on an empty database of its own where none is given."""
    command = [sys.executable, "-m", "uvicorn", *APPLICATIONS[name]]
    command += ["--port", PORT, "--loop", "uvloop", "--http", "httptools"]
    command += ["--no-access-log", "--log-level", "warning"]
    with TemporaryDirectory() as folder:
        environment = {"STACKRANK_DATABASE_URL": f"sqlite:///{folder}/stackrank.db"} | environment
        key = _key(environment) if name == "ours" else ""
        with started(name, command, **environment) as server:
            yield replace(server, key=key)


def _key(environment: dict[str, str]) -> str:
    """Give a key of a database that is not served yet."""
    stackrank = str(Path(sys.executable).with_name("stackrank"))
    command = [stackrank, "keys", "create", "--scope", "write"]
    given = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
    return given.stdout.decode().strip()


@contextmanager
def started(name: str, command: Sequence[str], **environment: str) -> Iterator[Server]:
    """Run a command that listens on `PORT`, until the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with on_their_core():
        process = subprocess.Popen(
            [part.replace(PORT, str(port)) for part in command],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
        )
    try:
        _wait_for(process, port)
        yield Server(name, port, process)
    finally:
        process.terminate()
        process.wait()


def pin(process_id: int, *, last: bool) -> None:
    """Keep a process on the first or the last core, where the system can."""
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(os.getppid()))
        os.sched_setaffinity(process_id, {cores[-1 if last else 0]})


@contextmanager
def on_their_core() -> Iterator[None]:
    """Do something where the servers work, and not where the client does; processes inherit it."""
    pin(os.getpid(), last=True)
    try:
        yield
    finally:
        pin(os.getpid(), last=False)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = monotonic() + PATIENCE
    while monotonic() < until and process.poll() is None:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}")
