"""Events of GitHub say what they are about, and an issue is known wherever it lives."""

from typing import Any

import pytest

from app.sync.page import SentItem
from tests.sync.pages import GITHUB_EVENT, GITHUB_ISSUE, read_page

PROFILE: dict[str, Any] = {
    "inputs": {"impact": {"from": ["label:impact:"], "values": {"high": 2}}},
    "exclude": {"state": ["closed"]},
}


def one(document: object) -> SentItem:
    (item,) = read_page(document, PROFILE).items
    return item


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        ({"action": "labeled"}, {"impact", "labels"}),
        ({"action": "closed"}, {"excluded"}),
        ({"action": "pinned"}, set()),
        ({"action": "edited", "changes": {"title": {"from": "Serch"}}}, {"title"}),
        ({"action": "edited", "changes": {"body": {"from": ""}}}, set()),
        ({"action": "created", "comment": {"id": 1}}, set()),
        ({"action": "opened"}, None),
        ({"action": "edited"}, None),
    ],
)
def test_an_event_says_what_changed(event: dict[str, Any], changed: set[str] | None) -> None:
    item = one(GITHUB_EVENT | event)
    assert item.actor == "ann"
    assert (None if item.changed is None else set(item.changed)) == changed


@pytest.mark.parametrize(
    ("action", "gone"), [("deleted", True), ("transferred", True), ("closed", False)]
)
def test_what_is_gone_is_said_to_be(action: str, gone: bool) -> None:
    assert one(GITHUB_EVENT | {"action": action}).deleted is gone


@pytest.mark.parametrize(
    ("address", "site", "key"),
    [
        ({"html_url": "https://github.com/acme/app/issues/12"}, "github.com", "acme/app#12"),
        ({"repository_url": "https://api.github.com/repos/acme/app"}, "github.com", "acme/app#12"),
        (
            {"url": "https://git.acme.example/api/v3/repos/acme/app/issues/12"},
            "git.acme.example",
            "acme/app#12",
        ),
    ],
)
def test_an_issue_is_known_by_its_repository(address: dict[str, str], site: str, key: str) -> None:
    bare = {"number": 12, "node_id": "I_1", "title": "Search"}
    item = one(bare | address)
    assert (item.site, item.key, item.source_id) == (site, key, "I_1")


def test_one_issue_is_a_page() -> None:
    assert read_page(GITHUB_ISSUE).detected == "github_issue"
