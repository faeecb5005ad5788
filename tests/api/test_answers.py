"""One story tries every operation with every example, and is answered as the contract shows.

`make answers` records what it is answered.
"""

import hmac
import json
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from time import time
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pytest
from fastapi.testclient import TestClient

from app.api.answers import RECORDED
from tests.conftest import CONTRACT

SECRET: Final = "a secret of sixteen characters or more"  # noqa: S105
BATCH: Final = "6f5902ac-8a3f-4f1b-9d0c-2b7f3f6a1c55"

STORY: Final[list[tuple[str, dict[str, str]]]] = [
    ("get_liveness", {}),
    ("get_readiness", {}),
    ("list_methods", {}),
    ("get_method", {"method": "rice"}),
    ("create_backlog", {"example": "rice"}),
    ("list_backlogs", {}),
    ("get_backlog", {}),
    ("replace_items", {"example": "two"}),
    ("merge_items", {"example": "two"}),
    ("put_item", {"item_key": "SP-9", "example": "whole"}),
    ("put_item", {"item_key": "SP-1", "example": "whole"}),
    ("list_items", {"limit": "2"}),
    ("get_item", {}),
    ("get_ranking", {"limit": "2"}),
    ("get_ranked_item", {}),
    ("get_ranking_csv", {}),
    ("create_run", {"example": "note"}),
    ("get_run", {}),
    ("list_runs", {}),
    ("list_results", {"limit": "2"}),
    ("get_results_csv", {}),
    ("preview_changes", {"example": "inputs", "limit": "2"}),
    ("preview_changes", {"example": "scoring"}),
    ("update_item", {"example": "reach"}),
    ("diff_runs", {"limit": "2"}),
    ("get_item_history", {"key": "SP-1"}),
    ("get_report", {}),
    ("list_audit", {"limit": "2"}),
    ("inspect_csv", {"example": "page"}),
    ("inspect_page", {"example": "page"}),
    ("put_profile", {"example": "jira"}),
    ("get_profile", {}),
    ("sync_csv", {"example": "page"}),
    ("sync_page", {"example": "page", "batch": BATCH}),
    ("complete_batch", {"batch": BATCH}),
    ("get_writeback", {"target": "jira"}),
    ("put_hook_secret", {"source": "jira", "example": "one"}),
    ("receive_jira_hook", {"example": "event"}),
    ("put_hook_secret", {"source": "linear", "example": "one"}),
    ("put_profile", {"example": "linear"}),
    ("receive_linear_hook", {"example": "event"}),
    ("put_hook_secret", {"source": "github", "example": "one"}),
    ("put_profile", {"example": "github"}),
    ("receive_github_hook", {"example": "event"}),
    ("delete_hook_secret", {"source": "github"}),
    ("export_backlog", {}),
    ("import_backlog", {"example": "one_item"}),
    ("update_item", {"example": "archive"}),
    ("update_backlog", {"example": "name"}),
    ("update_backlog", {"example": "scoring"}),
    ("delete_item", {}),
    ("delete_backlog", {}),
    ("create_backlog", {"example": "musts_first"}),
    ("create_key", {"example": "script"}),
    ("list_keys", {"limit": "1"}),
    ("get_key", {}),
    ("rotate_key", {}),
    ("revoke_key", {}),
]
"""Each operation with the example that is sent, and what its address asks for."""

GIVING: Final = {
    "create_backlog": ["backlog_id"],
    "create_run": ["run_id", "from"],
    "create_key": ["key_id"],
}
"""Whose answers' id stands for what from then on."""

OPERATIONS: Final = {
    operation["operationId"]: (method, path, operation)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
}

Told = dict[str, dict[str, Any]]
"""Answers by operation and status."""

SECRETS: Final = re.compile(r"(?<=sr_)\w{40,}|(?<=token=)\w+")
"""What no example holds, for it looks as if somebody had lost it."""

PASSING: Final = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|sr_[\w.]+|20\d\d-\d\d-\d\d(?:T[\d:.]+(?:Z|\+00:00)| [\d:]+ UTC)?|\.?[\w-]+\.[\w-]{27}"
)
"""Ids, keys, times and cursors, which are others each time."""


def test_every_operation_is_answered_as_the_contract_shows(stored: TestClient) -> None:
    told: Told = {}
    for name, answer in answers(stored):
        assert answer.is_success, (name, answer.text)
        if answer.content:
            told.setdefault(name, {}).setdefault(str(answer.status_code), shown(name, answer))
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    if file := os.environ.get("ANSWERS"):
        told = as_recorded(told, recorded)
        Path(file).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        pytest.skip("What was answered is recorded, and holds from the next time on.")
    assert same(told) == same(recorded)


def test_the_story_leaves_no_operation_and_no_example_out() -> None:
    tried = {(name, values.get("example")) for name, values in STORY}
    assert tried == {
        (name, example)
        for name, (_, path, operation) in OPERATIONS.items()
        if not path.startswith("/v1/score/")
        for example in (_examples(operation) or [None])
    }


def answers(client: TestClient) -> Iterator[tuple[str, httpx2.Response]]:
    """Tell the story, in which each answer gives its id to what comes after it."""
    known = {"item_key": "SP-1"}
    for name, values in STORY:
        method, path, operation = OPERATIONS[name]
        asked = {**known, **values}
        url = path.format(**{word: quote(one, safe="") for word, one in asked.items()})
        query = {
            one["name"]: asked[one["name"]]
            for one in operation.get("parameters", [])
            if one["in"] == "query" and one["name"] in asked
        }
        headers, body = sent(operation, values.get("example"))
        if name == "delete_backlog":
            headers["if-match"] = client.get(url).headers["etag"]
        answer = client.request(method, url, params=query, headers=headers, content=body)
        yield name, answer
        if name in GIVING:
            known |= dict.fromkeys(GIVING[name], answer.json()["id"])


def sent(operation: dict[str, Any], example: str | None) -> tuple[dict[str, str], bytes]:
    """The headers and the body of an example; what tools send is signed, and of this minute."""
    if example is None:
        return {}, b""
    value = _examples(operation)[example]["value"]
    if "webhookTimestamp" in value:
        value = value | {"webhookTimestamp": int(time() * 1000)}
    body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    (media_type,) = operation["requestBody"]["content"]
    signature = hmac.new(SECRET.encode(), body, sha256).hexdigest()
    return {
        "content-type": media_type,
        "x-hub-signature": f"sha256={signature}",
        "x-hub-signature-256": f"sha256={signature}",
        "linear-signature": signature,
    }, body


def shown(name: str, answer: httpx2.Response) -> Any:  # noqa: ANN401 - any JSON, or text
    """An answer as it is shown: of a list of methods the first, and of no secret a letter."""
    if answer.headers["content-type"] != "application/json":
        return answer.text
    said = answer.json()
    if name == "list_methods":
        del said["data"][1:]
    return json.loads(SECRETS.sub("...", json.dumps(said)))


def same(told: Told) -> Told:
    """What is told, where an id is the number of its first appearance, and others like it pass."""
    numbers: dict[str, int] = {}

    def without(passing: re.Match[str]) -> str:
        one = passing["id"]
        return f"id {numbers.setdefault(one, len(numbers))}" if one else "..."

    numbered: Told = json.loads(PASSING.sub(without, json.dumps(told)))
    return numbered


def as_recorded(told: Told, recorded: Told) -> Told:
    """What is told, with the ids and times of before: a change is as small as what changed."""
    before: dict[str, str] = {}
    for name, answers_of in told.items():
        for status, answer in answers_of.items():
            new = list(PASSING.finditer(json.dumps(answer)))
            old = list(PASSING.finditer(json.dumps(recorded.get(name, {}).get(status))))
            if [bool(one["id"]) for one in new] != [bool(one["id"]) for one in old]:
                continue  # it tells more than before, or less
            for one, other in zip(new, old, strict=True):
                if one["id"] is None or other[0] not in before.values():
                    before.setdefault(one[0], other[0])
    kept: Told = json.loads(PASSING.sub(lambda one: before.get(one[0], one[0]), json.dumps(told)))
    return kept


def _examples(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    return {name: one for of in content.values() for name, one in of["examples"].items()}
