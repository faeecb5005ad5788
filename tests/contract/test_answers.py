"""Every answer is what the contract says: of each example, and of each kind of refusal.

Clients take what is new in an answer. Here answers are closed, so that the service says nothing
that the contract does not tell.
"""

import json
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.conftest import BEARER
from tests.contract.commands import CONTRACT

DOCUMENT: Final = json.loads(CONTRACT.read_text(encoding="utf-8"))
PATHS: Final = DOCUMENT["paths"]
SCORES: Final = [path for path in PATHS if path.startswith("/v1/score/")]

JSON: Final = {"content-type": "application/json"}
CSV: Final = {"content-type": "text/csv"}
ONE_ITEM: Final = b'{"items": [{"key": "A", "inputs": {}}]}'

FORMATS: Final = FormatChecker()
FORMATS.checks("int32", raises=TypeError)(lambda value: -(2**31) <= value < 2**31)
FORMATS.checks("int64", raises=TypeError)(lambda value: -(2**63) <= value < 2**63)
FORMATS.checks("double", raises=TypeError)(lambda value: abs(value) < float("inf"))


def closed(schema: Any) -> Any:  # noqa: ANN401 - any part of a JSON schema
    """A schema whose objects hold nothing but their properties."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    limit = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return limit | {name: closed(part) for name, part in schema.items()}


CLOSED: Final = {"components": closed(DOCUMENT["components"])}


@pytest.mark.parametrize(
    ("path", "example"),
    [
        (path, example)
        for path in SCORES
        for example in PATHS[path]["post"]["requestBody"]["content"]["application/json"][
            "examples"
        ]
    ],
)
def test_an_example_is_answered_as_it_says(address: str, path: str, example: str) -> None:
    operation = PATHS[path]["post"]
    request = operation["requestBody"]["content"]["application/json"]["examples"][example]
    told = operation["responses"]["200"]["content"]["application/json"]["examples"][example]
    answer = httpx.post(address + path, json=request["value"], headers=BEARER)
    assert_keeps_the_contract(answer, operation, 200)
    assert answer.json() == told["value"]


@pytest.mark.parametrize("path", ["/v1/methods", "/livez", "/readyz"])
def test_what_is_read_is_what_the_contract_says(address: str, path: str) -> None:
    assert_keeps_the_contract(httpx.get(address + path, headers=BEARER), PATHS[path]["get"], 200)


@pytest.mark.parametrize("score", SCORES)
def test_a_method_is_described_as_the_contract_says(address: str, score: str) -> None:
    answer = httpx.get(address + score.replace("/score/", "/methods/"), headers=BEARER)
    assert_keeps_the_contract(answer, PATHS["/v1/methods/{method}"]["get"], 200)


@pytest.mark.parametrize(
    ("status", "path", "headers", "body"),
    [
        (400, "/v1/score/rice", JSON, b'{"items": ['),
        (400, "/v1/score/rice", JSON, b'{"items": [{"key": "A", "inputs": {"reach": NaN}}]}'),
        (413, "/v1/score/rice", JSON, b" " * (8 * 1024 * 1024 + 1)),
        (415, "/v1/score/rice", CSV, b"key,reach\nA,1\n"),
        (422, "/v1/score/rice", JSON, b'{"items": []}'),
        (422, "/v1/score/rice", JSON, b'{"items": [{"key": "A", "inputs": {"reech": 1}}]}'),
        (422, "/v1/score/rice?sort=score", JSON, ONE_ITEM),
        (422, "/v1/score/rice?order=score", JSON, ONE_ITEM),
    ],
)
def test_a_refused_list_is_told_as_the_contract_says(
    address: str, status: int, path: str, headers: dict[str, str], body: bytes
) -> None:
    answer = httpx.post(address + path, headers=BEARER | headers, content=body)
    assert_keeps_the_contract(answer, PATHS["/v1/score/rice"]["post"], status)


def test_who_sends_no_key_is_told_as_the_contract_says(address: str) -> None:
    answer = httpx.get(f"{address}/v1/methods/rice")
    assert_keeps_the_contract(answer, PATHS["/v1/methods/{method}"]["get"], 401)


@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        (404, "GET", "/v1/methods/coin_toss"),
        (422, "GET", "/v1/methods/rice?verbose=true"),
        (422, "GET", f"/v1/methods/{'x' * 101}"),
        (405, "DELETE", "/v1/methods/rice"),
        (404, "GET", "/v1/nothing"),
    ],
)
def test_any_other_refusal_is_told_as_the_contract_says(
    address: str, status: int, method: str, path: str
) -> None:
    answer = httpx.request(method, address + path, headers=BEARER)
    assert_keeps_the_contract(answer, PATHS["/v1/methods/{method}"]["get"], status)


def assert_keeps_the_contract(
    answer: httpx.Response, operation: dict[str, Any], status: int
) -> None:
    assert answer.status_code == status, answer.text
    declared = operation["responses"].get(str(status), operation["responses"]["default"])
    ((media_type, content),) = declared["content"].items()
    assert answer.headers["content-type"] == media_type
    validate(answer.json(), content["schema"])
    for name, header in declared["headers"].items():
        validate(answer.headers[name], {"$ref": f"{header['$ref']}/schema"})


def validate(value: object, schema: dict[str, Any]) -> None:
    Draft202012Validator(CLOSED | schema, format_checker=FORMATS).validate(value)
