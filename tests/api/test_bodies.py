"""Defends the memory of a process against many large bodies at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api.authentication import PUBLIC
from app.api.bodies import LARGE, BodyRoute
from app.api.envelope import Envelope
from app.api.handlers import add_handlers
from app.api.load import Load
from app.api.v1.bodies import Request


class Sent(Request):
    """A body of whatever length."""

    text: str


def application() -> FastAPI:
    """An application whose routes take bodies."""
    app = FastAPI()
    add_handlers(app)
    app.router.route_class = BodyRoute
    return app


@pytest.mark.parametrize(("length", "at_once"), [(LARGE, 2), (1, 4)])
def test_few_large_bodies_are_worked_on_at_once(length: int, at_once: int) -> None:
    app = application()
    lock = Lock()
    working = most = 0

    @app.post("/", openapi_extra=PUBLIC)
    def work(body: Sent) -> int:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        sleep(0.3)
        with lock:
            working -= 1
        return len(body.text)

    with TestClient(Envelope(Load(app, 10, 30))) as client, ThreadPoolExecutor(4) as others:
        sent = [others.submit(client.post, "/", json={"text": "A" * length}) for _ in range(4)]
        assert [one.result().json() for one in sent] == [length] * 4
    assert most == at_once


def test_a_large_body_that_waited_too_long_is_not_worked_on() -> None:
    app = application()
    worked = 0

    @app.post("/", openapi_extra=PUBLIC)
    def work(body: Sent) -> int:
        nonlocal worked
        worked += 1
        sleep(1)
        return len(body.text)

    with TestClient(Envelope(Load(app, 10, 0.3))) as client, ThreadPoolExecutor(4) as others:
        sent = [others.submit(client.post, "/", json={"text": "A" * LARGE}) for _ in range(4)]
        assert [one.result().status_code for one in sent] == [503] * 4
        sleep(1.5)
    assert worked == 2
