"""Stackrank on a socket, as the scripts in `examples/` meet it, beside stand-ins of tools."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep

import httpx
import pytest
import uvicorn

from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from tests.conftest import BEARER, SECRET


@pytest.fixture
def host(served: Database) -> Iterator[str]:
    """The address of the service on either database, with nothing in it."""
    config = uvicorn.Config(
        create_app(Settings(secret=SECRET), served), port=0, log_level="warning", lifespan="off"
    )
    with _running(uvicorn.Server(config)) as address:
        yield address


@contextmanager
def _running(server: uvicorn.Server) -> Iterator[str]:
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    (listening,) = server.servers[0].sockets
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def stackrank(host: str) -> Iterator[httpx.Client]:
    """A client that shows its key."""
    with httpx.Client(base_url=host, headers=BEARER) as client:
        yield client


@pytest.fixture
def backlog(stackrank: httpx.Client) -> str:
    """The address of a backlog that is scored by RICE."""
    body = {"name": "Roadmap", "scoring": {"method": "rice"}}
    made = stackrank.post("/v1/backlogs", json=body)
    return str(stackrank.base_url.join(made.headers["location"]))
