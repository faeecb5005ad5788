"""An event says what of an item has changed, in the words of what is kept here."""

from typing import Any

import pytest
from msgspec import UNSET

from tests.sync.pages import (
    JIRA_EVENT,
    LINEAR_EVENT,
    RICE,
    one,
)


def changed_of(document: object, profile: dict[str, Any] | None = None) -> set[str] | None:
    """Say what an event says has changed."""
    changed = one(document, profile).changed
    return None if changed is None else set(changed)


def test_an_event_of_jira_says_what_of_it_changed() -> None:
    item = one(JIRA_EVENT, RICE)
    assert (item.actor, set(item.changed or ())) == ("712020:ann", {"reach", "title"})
    by_name = {"inputs": {"value": {"from": ["name:Reach"]}}, "exclude": {"status": ["Done"]}}
    item = one(JIRA_EVENT, by_name)
    assert (item.inputs, set(item.changed or ())) == ({"value": 1200}, {"value", "title"})


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        ({"webhookEvent": "jira:issue_created"}, None),
        ({"changelog": {"items": []}}, set()),
        ({"changelog": {"items": [{"field": "Rank", "fieldId": "Rank"}]}}, set()),
        ({"changelog": {"items": [{"field": "labels"}]}}, {"labels"}),
        ({"changelog": {"items": [{"field": "Key"}, {"field": "project"}]}}, {"key"}),
        (
            {
                "changelog": {
                    "items": [{"field": "customfield_10100", "fieldId": "customfield_10100"}]
                }
            },
            set(),
        ),
        ({"changelog": {"items": [{"field": "status", "fieldId": "status"}]}}, {"excluded"}),
        ({"changelog": {"items": [{"fieldId": "customfield_10016"}]}}, {"effort"}),
    ],
)
def test_what_a_profile_does_not_read_is_no_change(
    event: dict[str, Any], changed: set[str] | None
) -> None:
    profile = RICE | {
        "exclude": {"status.statusCategory.key": ["done"]},
        "writeback": {"score": "customfield_10100"},
    }
    assert changed_of(JIRA_EVENT | event, profile) == changed


def test_a_custom_field_that_an_event_names_without_its_id_may_be_any() -> None:
    changelog = {"items": [{"field": "Reach", "fieldtype": "custom", "toString": "9"}]}
    assert changed_of({**JIRA_EVENT, "changelog": changelog}, RICE) is None


def test_a_comment_changes_nothing() -> None:
    event = {name: value for name, value in JIRA_EVENT.items() if name != "changelog"}
    thin = {"id": "10368", "key": "SP-1", "fields": {"summary": "Search"}}
    item = one(event | {"webhookEvent": "comment_created", "comment": {}, "issue": thin}, RICE)
    assert (item.inputs, item.labels, item.updated) == ({}, UNSET, None)
    assert item.changed == frozenset()
    assert one(event, RICE).changed is None


def test_an_event_of_linear_says_what_of_it_changed() -> None:
    profile = {
        "inputs": {"effort": {"from": ["estimate"]}, "impact": {"from": ["label:Impact/"]}},
        "exclude": {"state.type": ["completed"]},
    }
    item = one(LINEAR_EVENT, profile)
    assert (item.actor, set(item.changed or ()), item.inputs) == ("u1", {"effort"}, {"effort": 5})
    for name, changed in (
        ("labelIds", {"impact", "labels"}),
        ("stateId", {"excluded"}),
        ("sortOrder", set()),
        ("teamId", {"key"}),
    ):
        assert changed_of(LINEAR_EVENT | {"updatedFrom": {name: 1}}, profile) == changed
    assert one(LINEAR_EVENT | {"action": "create"}, profile).changed is None


def test_what_is_gone_is_said_to_be() -> None:
    assert one(JIRA_EVENT | {"webhookEvent": "jira:issue_deleted"}).deleted
    assert one(LINEAR_EVENT | {"action": "remove"}).deleted
    assert not one(LINEAR_EVENT).deleted
