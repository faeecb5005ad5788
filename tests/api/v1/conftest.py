"""A stored backlog to begin with, on either database."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.v1.pages import PROFILE

Made = Callable[..., str]


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


def rice(key: str, reach: float, **more: object) -> dict[str, Any]:
    """An item whose score is its reach."""
    return {
        "key": key,
        "inputs": {"reach": reach, "impact": 1, "confidence": 100, "effort": 1},
        **more,
    }
