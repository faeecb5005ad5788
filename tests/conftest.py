"""The service as its tests meet it: in this process, every answer held against the contract."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from app.main import create_app
from app.settings import Settings

CONTRACT = json.loads(Path("openapi/v1.json").read_text(encoding="utf-8"))


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as client:
        client.event_hooks["response"].append(assert_keeps_the_contract)
        yield client


def assert_keeps_the_contract(response: httpx2.Response) -> None:
    """Every answer has the body that the contract says, and no refusal is a broken service."""
    response.read()
    assert response.status_code != httpx2.codes.INTERNAL_SERVER_ERROR
    path = response.request.url.path
    if path.startswith("/v1/methods/"):
        path = "/v1/methods/{method}"
    operation = CONTRACT["paths"].get(path, {}).get(response.request.method.lower())
    if operation is None:
        if response.is_error:
            validator("#/components/schemas/Problem").validate(response.json())
        return
    declared = operation["responses"]
    answer = declared.get(str(response.status_code), declared["default"])
    ((media_type, content),) = answer["content"].items()
    assert response.headers["content-type"] == media_type
    validator(content["schema"]["$ref"]).validate(response.json())


@cache
def validator(reference: str) -> Any:  # noqa: ANN401 - jsonschema's own protocol is not exported
    return Draft202012Validator(CONTRACT | {"$ref": reference})
