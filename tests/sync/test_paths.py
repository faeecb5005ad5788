"""A path leads to a field by its place, its name, its number or its sum."""

from typing import Any

import pytest
from msgspec import UNSET

from tests.sync.pages import (
    inputs,
    jira,
    one,
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status.statusCategory.id", 2),
        ("components.size", 5),
        ("count:components", 2),
        ("sum:components.size", 5),
        ("votes.votes", 4),
        ("a.b", 9),
        ("status.nothing", UNSET),
        ("count:nothing", UNSET),
        ("sum:nothing.size", UNSET),
        ("label:Nothing/", None),
        ("count:empty", 0),
        ("sum:empty.size", None),
        ("gone.inner", None),
    ],
)
def test_a_path_leads_into_objects_and_lists(path: str, value: float | None) -> None:
    page = jira(
        **{
            "status": {"statusCategory": {"id": 2}},
            "components": [{"name": "x", "size": 5}, {"name": "y"}],
            "votes": {"votes": 4},
            "labels": ["growth"],
            "a.b": 9,
            "empty": [],
            "gone": None,
        }
    )
    assert inputs(page, effort=[path]).get("effort", UNSET) == value


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("count:votes", "not_a_list"),
        ("sum:components.name", "not_a_number"),
        ("count:needs", "incomplete_list"),
        ("sum:needs.revenue", "incomplete_list"),
        ("label:Size/", "several_values"),
        ("votes", "not_a_value"),
    ],
)
def test_what_a_path_leads_to_may_be_of_no_use(path: str, code: str) -> None:
    page = jira(
        votes={"votes": 4},
        components=[{"name": "x"}],
        labels=["Size/1", "size/2"],
        needs={"nodes": [], "pageInfo": {"hasNextPage": True}},
    )
    item = one(page, {"inputs": {"effort": {"from": [path]}}})
    assert ([fault.code for fault in item.faults], item.inputs) == ([code], {"effort": None})


@pytest.mark.parametrize("path", ["status.statusCategory.key", "sum:status.worth"])
def test_a_path_ends_where_lists_go_deeper_than_any_tool_sends(path: str) -> None:
    nested: Any = {"worth": 1, "statusCategory": {"key": "done"}}
    for _ in range(600):
        nested = [nested]
    profile = {"inputs": {"reach": {"from": [path]}}, "exclude": {path: ["done"]}}
    item = one(jira(status=nested), profile)
    assert (item.inputs.get("reach"), item.excluded) == (None, False)


def test_fields_are_found_by_the_names_that_the_page_tells() -> None:
    page = jira(customfield_1=5, customfield_2=7) | {
        "names": {"customfield_1": "Customers reached", "customfield_2": "Job Size"}
    }
    assert inputs(page, reach=["name:customers reached"]) == {"reach": 5}
    assert inputs(page, reach=["name:Nobody"]) == {}
    assert one(page).inputs == {"job_size": 7}
