"""Fields become inputs as the profile says: absent keeps, null clears, and every fault is told."""

from datetime import UTC, datetime

import pytest
from msgspec import UNSET

from app.sync.errors import RepeatedIdentity, UnrecognisedPayload
from app.sync.page import InputFault, SentItem
from tests.sync.pages import (
    GITHUB_ISSUE,
    JIRA_ISSUE,
    LINEAR_EVENT,
    LINEAR_ISSUE,
    PULL_REQUEST,
    RICE,
    inputs,
    jira,
    one,
    read_page,
    read_sheet,
)


def test_an_issue_of_jira_is_read_whole() -> None:
    item = one(JIRA_ISSUE, RICE)
    assert item == SentItem(
        source="jira",
        site="https://example.atlassian.net",
        source_id="10368",
        key="SP-1",
        title="Search",
        url="https://example.atlassian.net/browse/SP-1",
        labels=["growth", "q1"],
        inputs={"reach": 1200, "impact": 3, "confidence": 80, "effort": 4},
        updated=datetime(2026, 11, 20, 9, tzinfo=UTC),
        excluded=False,
        faults=[],
    )


def test_a_name_that_a_page_does_not_tell_is_said_and_keeps_what_is_known() -> None:
    by_name = {
        "inputs": {"reach": {"from": ["name:Reach"]}, "effort": {"from": ["customfield_1"]}}
    }
    item = one(jira(customfield_1=4, customfield_2=1200), by_name)
    assert item.inputs == {"effort": 4}
    assert [(fault.input, fault.code) for fault in item.faults] == [("reach", "unknown_field")]
    assert "expand=names" in item.faults[0].message
    told = jira(customfield_1=4, customfield_2=1200) | {"names": {"customfield_2": "Reach"}}
    assert one(told, by_name).inputs == {"effort": 4, "reach": 1200}
    assert one(jira(summary="Thin"), by_name).faults == []


def test_a_field_that_is_blank_clears_though_another_one_has_no_name() -> None:
    for path in ("customfield_1", "name:votes"):
        profile = {"inputs": {"reach": {"from": [path, "name:Reach"]}}}
        item = one(jira(customfield_1=None, votes=None, customfield_2=1200), profile)
        assert (item.inputs, item.faults) == ({"reach": None}, [])


def test_an_issue_of_linear_is_read_whole() -> None:
    profile = {
        "inputs": {
            "impact": {"from": ["label:Impact/"], "values": {"high": 2}},
            "effort": {"from": ["estimate"]},
            "reach": {"from": ["count:needs"]},
            "value": {"from": ["sum:needs.customer.revenue"]},
            "ease": {"from": ["priority"]},
        },
        "exclude": {"state.type": ["completed", "canceled"]},
    }
    item = one({"data": {"issues": {"nodes": [LINEAR_ISSUE]}}}, profile)
    assert (item.source, item.site, item.source_id, item.key) == (
        *("linear", "linear.app/acme", "9f1a", "ENG-7"),
    )
    assert item.labels == ["Impact/High", "growth"]
    assert item.inputs == {"impact": 2, "effort": 3, "reach": 3, "value": 1500, "ease": None}
    assert (item.excluded, item.faults) == (False, [])


def test_an_issue_of_github_is_read_whole() -> None:
    profile = {
        "inputs": {
            "reach": {"from": ["reactions.+1"]},
            "impact": {"from": ["label:impact:"], "values": {"high": 2}},
        },
        "exclude": {"state": ["closed"]},
    }
    page = read_page([GITHUB_ISSUE, PULL_REQUEST], profile)
    (item,) = page.items
    assert (item.source, item.site, item.source_id, item.key, item.url) == (
        *("github", "github.com", "I_1", "acme/app#12", "https://github.com/acme/app/issues/12"),
    )
    assert (item.inputs, item.excluded) == ({"reach": 7, "impact": 2}, False)


def test_absent_keeps_null_clears_and_zero_is_a_value() -> None:
    paths = ["customfield_1"]
    assert inputs(jira(), reach=paths) == {}
    assert inputs(jira(customfield_1=None), reach=paths) == {"reach": None}
    assert inputs(jira(customfield_1=""), reach=paths) == {"reach": None}
    assert inputs(jira(customfield_1=0), reach=paths) == {"reach": 0}
    assert inputs({"issue": {"key": "SP-1", "self": "https://x.y/rest/"}}, reach=paths) == {}


def test_the_first_field_that_holds_a_value_counts() -> None:
    paths = ["customfield_1", "customfield_2", "customfield_3"]
    assert inputs(jira(customfield_1=None, customfield_3=3), reach=paths) == {"reach": 3}
    assert inputs(jira(customfield_1="TBD", customfield_2=2, customfield_3=3), reach=paths) == {
        "reach": 2
    }
    assert inputs(jira(customfield_2=None), reach=paths) == {"reach": None}


def test_a_value_that_cannot_be_read_is_missing_and_says_why() -> None:
    item = one(
        jira(customfield_1="lots", customfield_2=3),
        {"inputs": {"reach": {"from": ["customfield_1", "customfield_2"]}}},
    )
    assert item.inputs == {"reach": None}
    assert item.faults == [
        InputFault("reach", "not_a_number", "reach is not a number: write one such as 3 or 2.5.")
    ]


def test_without_a_profile_fields_that_are_called_as_inputs_map_themselves() -> None:
    page = jira(customfield_1=5, customfield_2="80%", Effort=2) | {
        "names": {"customfield_1": "REACH", "customfield_2": "confidence"}
    }
    assert one(page).inputs == {"reach": 5, "confidence": 80, "effort": 2}


def test_fields_that_one_path_names_must_agree_and_those_of_the_next_path_wait() -> None:
    profile = {"inputs": {"reach": {"from": ["name:Reach", "votes"]}}}
    names = {"names": {"customfield_1": "Reach", "customfield_2": "reach"}}
    agreeing = jira(customfield_1=5, customfield_2=5, votes=9)
    assert one(agreeing | names, profile).inputs == {"reach": 5}
    item = one(jira(customfield_1=5, customfield_2=6, votes=9) | names, profile)
    (fault,) = item.faults
    assert (item.inputs, fault.code) == ({"reach": None}, "several_values")
    assert fault.message.startswith("Two fields are called Reach, and their values differ")


def test_keys_in_columns_of_one_name_come_together() -> None:
    (item,) = read_sheet('key,Depends on,Depends on,Depends on\nA,B,,"C, B"\n').items
    assert item.inputs == {"depends_on": ["B", "C"]}
    header = ",".join(["Depends on"] * 101)
    cells = ",".join(f"K{n}" for n in range(101))
    (item,) = read_sheet(f"key,{header}\nA,{cells}\n").items
    assert (item.inputs, [fault.code for fault in item.faults]) == (
        {"depends_on": None},
        ["too_many"],
    )


def test_two_fields_of_one_name_must_agree() -> None:
    names = {"names": {"customfield_1": "Reach", "customfield_2": "reach"}}
    assert one(jira(customfield_1=5, customfield_2=None) | names).inputs == {"reach": 5}
    assert one(jira(customfield_1=5, customfield_2=5) | names).inputs == {"reach": 5}
    item = one(jira(customfield_1=5, customfield_2=6) | names)
    assert (item.inputs, [fault.code for fault in item.faults]) == (
        {"reach": None},
        ["several_values"],
    )


def test_criteria_have_a_mapping_of_their_own() -> None:
    page = jira(customfield_1=5, customfield_2=None)
    profile = {
        "inputs": {
            "criteria.gain": {"from": ["customfield_1"]},
            "criteria.Time to market": {"from": ["customfield_2"]},
            "criteria.cost": {"from": ["customfield_3"]},
        }
    }
    assert one(page, profile).inputs == {"criteria": {"gain": 5, "Time to market": None}}


@pytest.mark.parametrize(
    ("field", "values", "excluded"),
    [
        ({"name": "Done"}, ["done"], True),
        ({"name": " DONE "}, ["done"], True),
        ({"name": "Open"}, ["done", "closed"], False),
        ("done", ["Done"], True),
        ([{"name": "x"}, {"name": "done"}], ["done"], True),
        (None, ["done"], False),
        ({"progress": 1}, ["done"], False),
    ],
)
def test_a_profile_leaves_items_out(field: object, values: list[str], excluded: bool) -> None:
    assert one(jira(status=field), {"exclude": {"status": values}}).excluded is excluded


def test_a_profile_leaves_items_out_by_a_whole_number() -> None:
    page = {**LINEAR_ISSUE, "priority": 4}
    assert one(page, {"exclude": {"priority": ["4"]}}).excluded
    assert not one(page, {"exclude": {"priority": ["3"]}}).excluded


def test_a_page_that_does_not_tell_leaves_nobody_out_and_takes_nobody_in() -> None:
    assert one(jira(), {"exclude": {"status": ["done"]}}).excluded is None


def test_a_profile_that_leaves_out_by_a_name_says_where_the_page_tells_no_names() -> None:
    by_name = {"exclude": {"name:Stage": ["Done"]}}
    item = one(jira(customfield_1={"value": "Done"}), by_name)
    (fault,) = item.faults
    assert (item.excluded, fault.input, fault.code) == (None, "", "unknown_field")
    named = jira(customfield_1={"value": "Done"}) | {"names": {"customfield_1": "Stage"}}
    assert (one(named, by_name).excluded, one(named, by_name).faults) == (True, [])


def test_what_the_tool_shows_is_told_as_far_as_the_page_carries_it() -> None:
    profile = {
        "writeback": {
            "score": "customfield_1",
            "rank": "customfield_2",
            "bucket": {"field": "customfield_3", "options": {"now": "Now"}},
        }
    }
    page = jira(customfield_1=720.0, customfield_3={"self": "x", "value": "Now", "id": "7"})
    assert one(page, profile).shown == {"score": 720, "bucket": {"id": "7", "value": "Now"}}
    assert one(jira(customfield_1=None, customfield_2="x" * 9999), profile).shown == {
        "score": None,
        "rank": "x" * 255,
    }
    labels = {"writeback": {"bucket": {"field": "labels", "options": {"now": "l1"}}}}
    assert one(LINEAR_ISSUE, labels).shown == {
        "bucket": [{"id": "l1", "name": "High"}, {"id": "l2", "name": "growth"}]
    }


def test_a_person_that_a_field_shows_is_not_told() -> None:
    person = {"name": "jdoe", "id": 7, "displayName": "Jane Doe"}
    for field in (person, [person]):
        page = jira(customfield_1=field)
        shown = one(page, {"writeback": {"score": "customfield_1"}}).shown
        assert shown == {"score": {} if field is person else [{}]}


@pytest.mark.parametrize(
    "document",
    [jira(labels=None), {**LINEAR_ISSUE, "labels": None}, {**GITHUB_ISSUE, "labels": None}],
)
def test_labels_that_are_null_are_none(document: object) -> None:
    item = one(document, {"inputs": {"impact": {"from": ["label:Impact/"]}}})
    assert (item.labels, item.inputs) == ([], {"impact": None})


def test_labels_that_go_on_behind_the_page_are_left_as_they_are() -> None:
    labels = {"nodes": [], "pageInfo": {"hasNextPage": True}}
    profile = {"inputs": {"impact": {"from": ["label:Impact/"]}}}
    item = one({**LINEAR_ISSUE, "labels": labels}, profile)
    assert (item.labels, item.inputs) == (UNSET, {})


def test_labels_whose_groups_are_not_told_are_left_as_they_are() -> None:
    assert one(LINEAR_EVENT).labels is UNSET


def test_two_items_that_are_the_same_are_refused_with_both_places() -> None:
    with pytest.raises(RepeatedIdentity) as refusal:
        read_page({"isLast": True, "issues": [JIRA_ISSUE, {**JIRA_ISSUE, "id": "9"}, JIRA_ISSUE]})
    assert refusal.value.places == (("SP-1", 0, 2),)
    assert str(refusal.value) == "Items 0 and 2 are both SP-1: send it once."
    with pytest.raises(RepeatedIdentity) as refusal:
        read_sheet("key\nA\nB\n\nA\nB\n")
    assert str(refusal.value) == "Rows 2 and 5 are both A: send it once. So do 1 more."


@pytest.mark.parametrize(
    "part",
    [
        {"id": "1\x00"},
        {"id": "1" * 256},
        {"self": "https://a\x00b/rest/api/3/issue/1"},
        {"self": f"https://{'a' * 256}/rest/api/3/issue/1"},
    ],
)
def test_an_identity_that_cannot_be_kept_costs_its_issue_alone(part: dict[str, str]) -> None:
    strange = {**JIRA_ISSUE, "key": "SP-2", **part}
    page = read_page({"isLast": True, "issues": [strange, JIRA_ISSUE]})
    assert [item.key for item in page.items] == ["SP-1"]
    assert [why for _, why in page.skipped] == [
        "Its id or the address of its tool is not one that can be kept."
    ]


def test_titles_and_labels_are_cut_to_what_is_kept() -> None:
    item = one(
        jira(
            summary="x" * 999,
            labels=["y" * 999, "a\nb", "", " ", "q", "q"] + [f"{n}" for n in range(99)],
        )
    )
    assert (item.title, item.labels) == (
        "x" * 499 + "…",
        ["y" * 100, "a b", "q", *(f"{n}" for n in range(47))],
    )


def test_an_issue_that_was_moved_keeps_its_id() -> None:
    moved = one({**JIRA_ISSUE, "key": "NEW-9"})
    assert (moved.source_id, moved.key) == ("10368", "NEW-9")


def test_behind_a_gateway_there_is_no_page_to_link_to() -> None:
    item = one({**JIRA_ISSUE, "self": "https://api.atlassian.com/ex/jira/1-2/rest/api/3/issue/1"})
    assert (item.site, item.url) == ("https://api.atlassian.com/ex/jira/1-2", UNSET)


def test_a_page_is_refused_before_more_is_looked_for_than_its_backlog_can_wait_for() -> None:
    issues = [{**JIRA_ISSUE, "id": str(n), "key": f"SP-{n}", "fields": {}} for n in range(2_000)]
    page = {"isLast": True, "issues": issues, "names": {f"f{n}": "Reach" for n in range(12_000)}}
    named = {"from": ["name:Reach"] * 20}
    assert len(read_page(page, {"inputs": {"reach": named}}).items) == 2_000
    with pytest.raises(UnrecognisedPayload, match="1,000,000 values of inputs"):
        read_page(page, {"inputs": {"reach": named, "effort": named}})
