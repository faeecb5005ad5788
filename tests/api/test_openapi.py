"""The contract: committed, served, and written so that every generator makes clean clients."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

CONTRACT = json.loads(Path("openapi/v1.json").read_text(encoding="utf-8"))
OPERATIONS = [op for path in CONTRACT["paths"].values() for op in path.values()]


def test_the_served_contract_is_the_committed_one(client: TestClient) -> None:
    assert client.get("/v1/openapi.json").json() == CONTRACT, (
        "run make openapi and review the diff"
    )


def test_every_operation_says_what_it_is() -> None:
    names = [operation["operationId"] for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for operation in OPERATIONS:
        assert len(operation["tags"]) == 1
        assert operation["summary"]
        assert operation["description"]
        assert "security" in operation


def test_a_method_has_an_operation_of_its_name() -> None:
    assert "score_now_next_later" in [operation["operationId"] for operation in OPERATIONS]


def test_every_refusal_is_declared_as_a_problem() -> None:
    for operation in OPERATIONS:
        assert "default" in operation["responses"]
        for status, response in operation["responses"].items():
            if not status.startswith(("2", "3")):
                assert list(response["content"]) == ["application/problem+json"]


def test_nothing_is_left_that_generators_stumble_over() -> None:
    for schema in _schemas(CONTRACT["components"]["schemas"]):
        assert not isinstance(schema.get("title"), str)
        assert not isinstance(schema.get("default"), dict | list)
        if schema.get("type") == "number":
            assert schema["format"] == "double"
        if schema.get("type") == "integer":
            assert schema["format"] in {"int32", "int64"}


def test_every_request_is_closed() -> None:
    # But for an import, which takes back what an export answered.
    bodies = [op.get("requestBody") for op in OPERATIONS if op["operationId"] != "import_backlog"]
    reached = _reached(bodies)
    assert {"ScoreRiceItem", "RiceInputs", "BucketByMoscow", "WeightedOptions"} <= reached
    for name in reached:
        schema = CONTRACT["components"]["schemas"][name]
        if "properties" in schema:
            assert schema["additionalProperties"] is False, name


def test_nulls_stay_in_the_examples() -> None:
    content = CONTRACT["paths"]["/v1/score/rice"]["post"]["requestBody"]["content"]
    blanks = content["application/json"]["examples"]["blanks"]["value"]
    assert blanks["items"][2]["inputs"]["confidence"] is None


def _reached(node: Any) -> set[str]:  # noqa: ANN401 - a JSON document
    """Name the schemas that a part of the contract refers to, and those that these refer to."""
    names: set[str] = set()
    parts = [node]
    for part in parts:
        if isinstance(part, dict):
            if (name := str(part.get("$ref", "")).rpartition("/schemas/")[2]) not in {"", *names}:
                names.add(name)
                parts.append(CONTRACT["components"]["schemas"][name])
            parts += part.values()
        elif isinstance(part, list):
            parts += part
    return names


def _schemas(node: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a JSON document
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for part in node.values():
            yield from _schemas(part)
    elif isinstance(node, list):
        for part in node:
            yield from _schemas(part)
