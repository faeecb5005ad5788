"""A page tells itself apart by its structure, and what is none says what it looked like."""

import json
from typing import Any

import pytest

from app.sync.detection import detect
from app.sync.errors import MalformedPayload, ToolRefused, UnrecognisedPayload
from tests.sync.pages import (
    GITHUB_EVENT,
    GITHUB_ISSUE,
    JIRA_EVENT,
    JIRA_ISSUE,
    LINEAR_ISSUE,
    LINEAR_PAGE,
    PAGES,
)


@pytest.mark.parametrize(("detected", "document"), PAGES.values(), ids=PAGES.keys())
def test_each_page_is_recognised(detected: str, document: object) -> None:
    page = detect(json.dumps(document).encode())
    assert (page.detected, page.source) == (detected, detected.partition("_")[0])


@pytest.mark.parametrize(
    "document",
    [
        {},
        [1],
        [[]],
        5,
        "text",
        None,
        {"issues": []},
        {"issues": [{"key": "x"}]},
        [{"id": "summary", "name": "Summary", "custom": False, "schema": {}}],
        {"id": "1", "body": "A comment", "issue": {"id": "2", "identifier": "ENG-7"}},
        {"id": "1", "name": "A project", "teams": {"nodes": [{"id": "2"}]}},
        {"data": {"viewer": {"id": "1"}}},
        {"data": {"repository": {"issues": {"nodes": []}}}},
        {"data": {"issues": {"nodes": [{"id": "9f1a"}]}}},
        {"data": None},
        {"action": "opened"},
    ],
)
def test_what_no_tool_sends_is_refused(document: object) -> None:
    with pytest.raises(UnrecognisedPayload):
        detect(json.dumps(document).encode())


def test_a_refusal_says_what_was_seen_and_what_is_known() -> None:
    with pytest.raises(UnrecognisedPayload) as refusal:
        detect(b'{"tasks": [], "cursor": "x"}')
    said = str(refusal.value)
    assert said.startswith("No tool sends an object with tasks, cursor. Known are: ")
    for known in ("isLast", "Jira Automation", "webhookEvent", "GraphQL", "GitHub's REST"):
        assert known in said


def test_of_a_great_many_members_twenty_are_named() -> None:
    with pytest.raises(UnrecognisedPayload) as refusal:
        detect(json.dumps({"x" * 100: 1} | {f"m{n}": n for n in range(1000)}).encode())
    said = str(refusal.value)
    assert "m19 and more" in said
    assert len(said) < 1000


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({"errorMessages": ["The JQL is wrong."], "errors": {}}, "errorMessages"),
        ({"errors": {"customfield_1": "It cannot be set."}}, "errors"),
        ({"errors": [{"message": "Not authenticated"}]}, "errors"),
        ({"errors": [{"message": "x"}], "data": {"issues": LINEAR_PAGE}}, "errors"),
        ({"message": "Not Found", "documentation_url": "https://docs.github.com"}, "message"),
    ],
)
def test_what_a_tool_answers_when_it_refuses_is_said_to_be_that(
    body: dict[str, Any], member: str
) -> None:
    with pytest.raises(ToolRefused) as refusal:
        detect(json.dumps(body).encode())
    assert refusal.value.member == member
    assert member in str(refusal.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xef\xbb\xbf{}", b'{"a": NaN}', b'"\\ud800"', b"[" * 2000]
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPayload):
        detect(body)


def test_a_page_of_countless_values_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnrecognisedPayload, match="No page of a tool holds so many values"):
        detect(b'{"issues":[' + b"{}," * 1_500_001 + b"{}]}")


def test_no_errors_are_no_refusal() -> None:
    document = {"data": {"issues": LINEAR_PAGE}, "errors": []}
    assert detect(json.dumps(document).encode()).detected == "linear_issues"


@pytest.mark.parametrize(
    ("document", "following"),
    [
        ({"issues": [JIRA_ISSUE], "nextPageToken": "CAEa"}, {"nextPageToken": "CAEa"}),
        (
            {"issues": [JIRA_ISSUE], "nextPageToken": "CAEa", "isLast": False},
            {"nextPageToken": "CAEa"},
        ),
        ({"issues": [], "nextPageToken": "CAEa", "isLast": False}, {"nextPageToken": "CAEa"}),
        ({"issues": [JIRA_ISSUE], "startAt": 50, "isLast": False}, {"startAt": 51}),
        ({"issues": [JIRA_ISSUE], "nextPageToken": "CAEa", "isLast": True}, {}),
        ({"issues": [JIRA_ISSUE], "isLast": True}, {}),
        ({"issues": [JIRA_ISSUE], "startAt": 50, "total": 52}, {"startAt": 51}),
        ({"issues": [JIRA_ISSUE], "startAt": 51, "total": 52}, {}),
        ({"issues": [], "startAt": 0, "total": 52}, {}),
        ({"data": {"issues": LINEAR_PAGE}}, {"after": "c1"}),
        (
            {
                "data": {
                    "issues": {
                        **LINEAR_PAGE,
                        "pageInfo": {"hasNextPage": False, "endCursor": "c1"},
                    }
                }
            },
            {},
        ),
        ([GITHUB_ISSUE], {}),
    ],
)
def test_where_the_next_page_is_is_said_in_the_words_of_the_tool(
    document: object,
    following: dict[str, Any],
) -> None:
    assert detect(json.dumps(document).encode()).next == following


@pytest.mark.parametrize(
    "document",
    [
        {"issues": [JIRA_ISSUE], "isLast": False},
        {"issues": [], "isLast": False, "nextPageToken": None},
        {"data": {"issues": {**LINEAR_PAGE, "pageInfo": {"hasNextPage": True}}}},
    ],
)
def test_a_page_that_says_there_is_more_and_not_where_is_refused(document: object) -> None:
    with pytest.raises(UnrecognisedPayload, match="there is more, and not where"):
        detect(json.dumps(document).encode())


def test_the_one_list_of_issues_in_an_answer_is_read_whatever_else_is_empty() -> None:
    none: dict[str, Any] = {"nodes": []}
    answer = {"viewer": {"assignedIssues": none}, "team": {"issues": LINEAR_PAGE}, "issues": none}
    page = detect(json.dumps({"data": answer}).encode())
    assert ([issue.key for issue in page.issues], page.next) == (["ENG-7"], {"after": "c1"})


def test_of_two_lists_of_issues_none_is_read() -> None:
    answer = {"a": {"issues": LINEAR_PAGE}, "b": {"issues": LINEAR_PAGE}}
    with pytest.raises(UnrecognisedPayload, match="2 lists of issues"):
        detect(json.dumps({"data": answer}).encode())


@pytest.mark.parametrize(
    ("document", "skipped"),
    [
        (
            {"isLast": True, "issues": [JIRA_ISSUE, None, {"id": "7"}, {"id": "8", "key": ".."}]},
            [
                ("1", "It is no object."),
                ("7", "It has no key."),
                ("8", "Its key is not one that an item may have."),
            ],
        ),
        (
            {"data": {"issues": {"nodes": [LINEAR_ISSUE, 5, {"id": "7"}]}}},
            [("1", "It is no object."), ("7", "It has no key. Ask for id and identifier.")],
        ),
        (
            [GITHUB_ISSUE, PAGES["a list"][1][1], 5, {"number": 1, "node_id": "I_2"}],
            [
                ("13", "It is a pull request."),
                ("2", "It is no object."),
                ("I_2", "It has no key."),
            ],
        ),
        ({**JIRA_EVENT, "issue": None}, [("", "The event is about no issue.")]),
        (
            {"action": "create", "type": "Comment", "data": {"id": "1"}},
            [("", "The event is about no issue.")],
        ),
        ({**GITHUB_EVENT, "issue": None}, [("", "The event is about no issue.")]),
    ],
)
def test_what_is_no_item_is_said(document: object, skipped: list[tuple[str, str]]) -> None:
    assert detect(json.dumps(document).encode()).skipped == skipped
