"""A page of a tool is looked into, and nothing is kept."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.sync.pages import JIRA_ISSUE, PAGES

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}


def problem(answer: Any) -> tuple[int, str]:  # noqa: ANN401
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize(("detected", "document"), PAGES.values(), ids=PAGES.keys())
def test_every_page_is_inspected(client: TestClient, detected: str, document: object) -> None:
    answer = client.post("/v1/inspect", json=document)
    assert (answer.status_code, answer.json()["detected"]) == (200, detected)


def test_a_field_is_told_with_the_input_that_it_may_be(client: TestClient) -> None:
    page = {"isLast": True, "issues": [JIRA_ISSUE], "names": {"customfield_10072": "Reach"}}
    told = client.post("/v1/inspect", json=page).json()
    assert told["items"] == 1
    assert told["fields"][0] == {
        "path": "customfield_10072",
        "name": "Reach",
        "type": "number",
        "filled": 1,
        "null": 0,
        "absent": 0,
        "sample": "1200",
        "values": [],
        "suggest": "reach",
    }
    assert told["suggested_profile"] == {
        "inputs": {"reach": {"from": ["customfield_10072"], "values": {}, "unit": None}},
        "exclude": {"status.statusCategory.key": ["done"]},
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_spreadsheet_is_inspected_in_its_own_encoding(client: TestClient, encoding: str) -> None:
    body = "key;Größe;Reach\nA;3;1.200,5\n".encode(encoding)
    told = client.post("/v1/inspect.csv", content=body, headers=CSV).json()
    assert (told["detected"], [one["path"] for one in told["fields"]]) == (
        "csv",
        ["Reach", "Größe", "key"],
    )
    assert told["suggested_profile"]["inputs"]["reach"]["from"] == ["Reach"]


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b"{", 400, "malformed-json"),
        (b"[" * 100_000, 400, "malformed-json"),
        (b'{"tasks": []}', 400, "unrecognised-payload"),
        (b"{}", 400, "unrecognised-payload"),
        (b'"\\ud800"', 400, "malformed-json"),
        (b'{"errorMessages": ["No"], "errors": {}}', 422, "validation"),
    ],
)
def test_what_is_no_page_is_refused(
    client: TestClient, body: bytes, status: int, slug: str
) -> None:
    answer = client.post("/v1/inspect", content=body, headers=JSON)
    assert problem(answer) == (status, f"/problems/{slug}")


def test_the_refusal_of_a_tool_is_pointed_at(client: TestClient) -> None:
    answer = client.post("/v1/inspect", json={"errors": [{"message": "s3cret"}]})
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/errors", "tool_refused")
    assert "s3cret" not in answer.text


def test_a_spreadsheet_that_cannot_be_read_is_refused_with_its_row(client: TestClient) -> None:
    answer = client.post("/v1/inspect.csv", content=b'key\n"A\n', headers=CSV)
    assert problem(answer) == (400, "/problems/unrecognised-payload")
    assert answer.json()["detail"].startswith("Row 2 of the spreadsheet cannot be read")


@pytest.mark.parametrize(
    ("path", "sent"), [("inspect", "text/csv"), ("inspect.csv", "application/json")]
)
def test_another_media_type_is_refused(client: TestClient, path: str, sent: str) -> None:
    answer = client.post(f"/v1/{path}", content=b"[]", headers={"Content-Type": sent})
    assert problem(answer) == (415, "/problems/unsupported-media-type")


def test_a_page_may_be_larger_than_other_bodies_and_is_bounded(client: TestClient) -> None:
    fields = {"summary": "x" * 10_000_000}
    page = {"isLast": True, "issues": [{"id": "1", "key": "A", "fields": fields}]}
    assert client.post("/v1/inspect", json=page).status_code == 200
    sheet = b"key\n" + b"x" * 33 * 1024 * 1024
    answer = client.post("/v1/inspect.csv", content=sheet, headers=CSV)
    assert problem(answer) == (413, "/problems/too-large")


def test_deep_values_are_no_harm(client: TestClient) -> None:
    deep = "[" * 900 + "]" * 900
    body = json.dumps({"isLast": True, "issues": [JIRA_ISSUE]}).replace("1200", deep)
    assert client.post("/v1/inspect", content=body, headers=JSON).status_code == 200
