"""The committed contract is OpenAPI, keeps the house rules, and is what the service serves."""

import json
from pathlib import Path
from typing import Final

import httpx

from tests.contract.commands import CONTRACT, call, run

LINT: Final = ("spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint")

BREAKS_EVERY_HOUSE_RULE: Final = {
    "openapi": "3.1.0",
    "info": {"title": "Broken", "version": "1.0.0"},
    "servers": [{"url": "/"}],
    "paths": {
        "/v1/Ideas": {
            "post": {
                "operationId": "scoreIdeas",
                "summary": "Ends with a full stop.",
                "tags": ["scores", "methods"],
                "parameters": [
                    {"name": "sortBy", "in": "query", "schema": {"type": "boolean"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Idea"}}
                    }
                },
                "responses": {
                    "200": {
                        "description": "The idea.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Idea"}}
                        },
                    },
                    "422": {
                        "description": "It is wrong.",
                        "content": {"application/json": {"schema": {"type": "string"}}},
                    },
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Idea": {
                "type": "object",
                "properties": {
                    "ideaName": {"type": "string"},
                    "size": {"type": "number"},
                    "color": {"enum": ["Red"]},
                },
            }
        }
    },
}


def test_it_is_openapi() -> None:
    assert run("openapi-spec-validator", CONTRACT).strip().endswith("OK")


def test_it_is_what_the_service_serves(address: str) -> None:
    served = httpx.get(f"{address}/v1/openapi.json").json()
    assert served == json.loads(CONTRACT.read_text(encoding="utf-8"))


def test_spectral_finds_nothing() -> None:
    run(*LINT, CONTRACT)


def test_redocly_finds_nothing() -> None:
    run("redocly", "lint", "--extends", "recommended-strict", CONTRACT)


def test_spectral_finds_what_breaks_a_house_rule(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(BREAKS_EVERY_HOUSE_RULE))
    found = json.loads(call(*LINT, "--quiet", "--format", "json", broken).stdout)
    assert {finding["code"] for finding in found} >= {
        "answer-is-complete",
        "body-has-examples",
        "enum-is-snake-case",
        "number-has-a-format",
        "one-tag",
        "operation-id-is-snake-case",
        "operation-is-told",
        "parameter-is-snake-case",
        "parameter-is-told",
        "path-is-kebab-case",
        "property-is-snake-case",
        "property-is-told",
        "refusal-is-a-problem",
        "request-is-bounded",
        "request-is-closed",
    }
