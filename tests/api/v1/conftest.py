"""A stored backlog to begin with, on either database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from tests.api.v1.pages import PROFILE
from tests.conftest import BEARER, SECRET, assert_keeps_the_contract

Made = Callable[..., str]
Serve = Callable[..., TestClient]


@pytest.fixture
def made(stored: TestClient) -> Made:
    """Make a backlog and give its address."""

    def make(name: str = "Roadmap", items: list[Any] | None = None, **scoring: object) -> str:
        body = {"name": name, "scoring": scoring or {"method": "rice"}}
        created = stored.post("/v1/backlogs", json=body)
        assert created.status_code == 201, created.text
        address: str = created.headers["location"]
        if items:
            written = stored.post(f"{address}/items", json={"items": items})
            assert written.status_code == 200, written.text
        return address

    return make


@pytest.fixture
def backlog(stored: TestClient, made: Made) -> str:
    """Make a backlog with the profile of the pages."""
    address = made()
    assert stored.put(f"{address}/profile", json=PROFILE).status_code == 200
    return address


@pytest.fixture
def serve(served: Database) -> Iterator[Serve]:
    """Serve either database by settings of the test's own."""
    with ExitStack() as stack:

        def serve(**settings: Any) -> TestClient:  # noqa: ANN401 - whatever is set
            app = create_app(Settings(secret=SECRET, **settings), served)
            client = stack.enter_context(TestClient(app, headers=BEARER))
            client.event_hooks["response"].append(assert_keeps_the_contract)
            return client

        yield serve


def rice(key: str, reach: float, **more: object) -> dict[str, Any]:
    """An item whose score is its reach."""
    return {
        "key": key,
        "inputs": {"reach": reach, "impact": 1, "confidence": 100, "effort": 1},
        **more,
    }
