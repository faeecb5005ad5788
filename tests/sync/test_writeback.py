"""Only what a tool does not show is sent to it, and a second run sends nothing."""

from typing import Any

import msgspec
import pytest

from app.sync.requests import Plan, Requests, ToolRequest
from tests.sync.written import BUCKET, SCORE, asked, placed


def test_an_id_leads_to_no_other_address_of_jira() -> None:
    item = msgspec.structs.replace(placed("SP-1", score=1.0), source_id="../user?x")
    (request,) = asked([item], SCORE).requests
    assert request.path == "/rest/api/3/issue/..%2Fuser%3Fx?notifyUsers=false"


def test_jira_gets_one_request_for_every_issue_that_shows_something_else() -> None:
    items = [
        placed("SP-1", score=720.0, rank=1, shown={"score": 675.0}),
        placed("SP-2", score=400.0, rank=2, shown={"score": 400}),
        placed("SP-3", score=None, shown={"score": 12}),
        placed("SP-4", score=None, shown={"score": None}),
        placed("SP-5", score=2.5, rank=3),
    ]
    path = "/rest/api/3/issue/id-{}?notifyUsers=false"
    assert asked(items, SCORE) == Requests(
        [
            ToolRequest(
                "SP-1",
                "PUT",
                path.format("SP-1"),
                {"fields": {"customfield_1": 720.0}},
                "score 675 -> 720",
            ),
            ToolRequest(
                "SP-3",
                "PUT",
                path.format("SP-3"),
                {"fields": {"customfield_1": None}},
                "score 12 -> nothing",
            ),
            ToolRequest(
                "SP-5",
                "PUT",
                path.format("SP-5"),
                {"fields": {"customfield_1": 2.5}},
                "score 2.5: the last page did not hold customfield_1",
            ),
        ],
        {"unchanged": 2},
        [],
    )


def test_all_is_sent_when_all_is_asked_for() -> None:
    items = [placed("SP-1", score=7.0, shown={"score": 7})]
    assert asked(items, SCORE).requests == []
    assert len(asked(items, SCORE, only_changed=False).requests) == 1


@pytest.mark.parametrize(
    ("bucket", "shown", "value"),
    [
        ("must", None, {"value": "Now"}),
        ("must", {"id": "7", "value": "Next"}, {"value": "Now"}),
        ("must", {"id": "7", "value": "Now"}, ...),
        ("must", "Now", ...),
        (None, {"id": "7", "value": "Now"}, None),
        (None, {"id": "7", "value": "Something of theirs"}, ...),
        (None, None, ...),
        ("could", {"id": "7", "value": "Now"}, None),
        ("could", {"id": "7", "value": "Something of theirs"}, ...),
    ],
)
def test_a_bucket_is_written_as_the_option_of_its_field(
    bucket: str | None,
    shown: object,
    value: object,
) -> None:
    made = asked([placed("SP-1", bucket=bucket, shown={"bucket": shown})], BUCKET)
    bodies = [request.body for request in made.requests]
    assert bodies == ([] if value is ... else [{"fields": {"customfield_3": value}}])


@pytest.mark.parametrize("plan", ["fields", "bulk"])
@pytest.mark.parametrize(
    ("source", "field", "option", "ours", "theirs"),
    [
        ("jira", "customfield_6", "Now", {"id": "9", "value": "Now"}, {"id": "8", "value": "x"}),
        ("linear", "priority", "1", 1, 4),
        ("linear", "labels", "l1", [{"id": "l1"}, {"id": "x"}], [{"id": "x"}]),
    ],
)
def test_a_bucket_without_an_option_takes_ours_away_and_needs_nothing_else(
    plan: Plan, source: str, field: str, option: str, ours: object, theirs: object
) -> None:
    back = {"bucket": {"field": field, "options": {"must": option}}}
    items = [
        placed("A", source, bucket="should", shown={"bucket": ours}),
        placed("B", source, bucket="should", shown={"bucket": theirs}),
        placed("C", source, bucket="should", shown={"bucket": None}),
        placed("D", source, bucket="should"),
        placed("E", source, bucket="must", shown={"bucket": ours}),
    ]
    made = asked(items, back, plan)
    assert [request.key for request in made.requests] == ["A"]
    assert "nothing" in made.requests[0].reason
    assert made.skipped == {"unchanged": 1, "no_option": 3}
    every = asked(items, back, plan, only_changed=False)
    assert every.skipped == {"no_option": 3}


def test_an_option_may_be_named_by_its_id() -> None:
    back = {"bucket": {"field": "customfield_3", "options": {"must": "10037"}}}
    shown = {"id": "10037", "value": "Now"}
    assert asked([placed("A", bucket="must", shown={"bucket": shown})], back).requests == []
    (request,) = asked([placed("A", bucket="must")], back).requests
    assert request.body == {"fields": {"customfield_3": {"id": "10037"}}}


def test_a_bucket_may_be_a_label_of_jira() -> None:
    back = {"bucket": {"field": "labels", "options": {"must": "now", "should": "next"}}}
    items = [
        placed("A", bucket="must", shown={"bucket": ["x", "next"]}),
        placed("B", bucket="must", shown={"bucket": ["x", "now"]}),
        placed("C", bucket=None, shown={"bucket": ["x"]}),
    ]
    (request,) = asked(items, back).requests
    assert request.body == {"update": {"labels": [{"add": "now"}, {"remove": "next"}]}}
    assert request.reason == "bucket next -> now"


def test_a_number_in_a_field_of_text_is_compared_as_it_is_shown() -> None:
    assert asked([placed("A", score=720.0, shown={"score": " 720 "})], SCORE).requests == []
    assert len(asked([placed("A", score=720.0, shown={"score": "72"})], SCORE).requests) == 1


@pytest.mark.parametrize("shown", ["25.0", " 25.00", "2.5e1", "25"])
def test_a_number_that_jira_shows_as_a_text_is_compared_as_a_number(shown: str) -> None:
    assert asked([placed("A", score=25.0, shown={"score": shown})], SCORE).requests == []
    assert len(asked([placed("A", score=25.1, shown={"score": shown})], SCORE).requests) == 1


@pytest.mark.parametrize("shown", ["", "nan", "25 points", "inf"])
def test_a_text_that_is_no_number_is_not_the_score(shown: str) -> None:
    assert len(asked([placed("A", score=25.0, shown={"score": shown})], SCORE).requests) == 1


def test_after_the_tool_shows_what_was_sent_nothing_more_is_sent() -> None:
    back = SCORE | {"rank": "customfield_2"} | BUCKET
    item: dict[str, Any] = {"score": 720.0, "rank": 1, "bucket": "must"}
    (request,) = asked([placed("A", **item, shown={"rank": None})], back).requests
    written = request.body["fields"]
    shown = dict(zip(("score", "rank", "bucket"), written.values(), strict=True))
    assert asked([placed("A", **item, shown=shown)], back).requests == []


def test_what_jira_ranks_by_itself_takes_no_number() -> None:
    back = SCORE | {"rank": "customfield_2"}
    shown = {"score": None, "rank": "0|i00067:"}
    items = [
        placed("A", score=720.0, rank=1, shown=shown),
        placed("B", score=5.0, rank=2, shown={"score": 5, "rank": None}),
        placed("C", score=4.0, rank=3, shown={"score": 4}),
    ]
    made = asked(items, back)
    assert [one.body for one in made.requests] == [{"fields": {"customfield_1": 720}}]
    assert (made.skipped, made.notes) == ({"unchanged": 2}, [])


@pytest.mark.parametrize("only_changed", [True, False])
def test_a_rank_is_written_where_a_page_told_what_jira_holds_there(only_changed: bool) -> None:
    items = [
        placed("A", rank=1, shown={"rank": 2}),
        placed("B", rank=2),
        placed("C", rank=None),
        placed("D", rank=None, shown={"rank": 4}),
    ]
    made = asked(items, {"rank": "customfield_2"}, only_changed=only_changed)
    assert [(one.key, one.body["fields"]) for one in made.requests] == [
        ("A", {"customfield_2": 1}),
        ("D", {"customfield_2": None}),
    ]
    assert made.skipped == {"not_shown": 2}
    (note,) = made.notes
    assert note == (
        "Sync a page with customfield_2 first: no rank is written where Jira did not show what it"
        " holds there, for its own Rank takes no number."
    )


def test_buckets_of_a_thousand_issues_are_set_at_a_time() -> None:
    now = {"id": "71", "value": "Now"}
    items = [
        placed("N0", bucket="must", shown={"bucket": now}),
        *(placed(f"N{n}", bucket="must", shown={"bucket": None}) for n in range(1, 1502)),
        placed("X", bucket=None, shown={"bucket": now}),
    ]
    made = asked(items, BUCKET, "bulk")
    assert [len(one.body["selectedIssueIdsOrKeys"]) for one in made.requests] == [1000, 501, 1]
    request = made.requests[0]
    assert (request.method, request.path) == ("POST", "/rest/api/3/bulk/issues/fields")
    assert request.body["selectedActions"] == ["customfield_3"]
    assert request.body["sendBulkNotification"] is False
    assert [one.body["editedFieldsInput"] for one in made.requests[1:]] == [
        {"singleSelectFields": [{"fieldId": "customfield_3", "option": {"optionId": 71}}]},
        {"singleSelectFields": [{"fieldId": "customfield_3", "option": {"optionId": -1}}]},
    ]
    assert made.skipped == {"unchanged": 1}


def test_an_option_said_by_its_id_needs_nobody_to_show_it() -> None:
    back = {"bucket": {"field": "customfield_3", "options": {"must": "71"}}}
    (request,) = asked([placed("A", bucket="must", shown={"bucket": None})], back, "bulk").requests
    (field,) = request.body["editedFieldsInput"]["singleSelectFields"]
    assert field["option"] == {"optionId": 71}


def test_an_option_whose_id_nobody_shows_is_asked_for() -> None:
    made = asked([placed("A", bucket="must", shown={"bucket": None})], BUCKET, "bulk")
    assert (made.requests, made.skipped) == ([], {"unknown_option": 1})
    assert made.notes[0].startswith("The id of the option Now is not known")


def test_labels_of_jira_are_left_to_the_plan_that_adds_and_removes_them() -> None:
    back = {"bucket": {"field": "labels", "options": {"must": "now", "should": "next"}}}
    made = asked([placed("A", bucket="must", shown={"bucket": ["next"]})], back, "bulk")
    assert (made.requests, made.skipped) == ([], {"no_plan": 1})
    assert made.notes == ["Labels of Jira are not set in bulk, for others stay: use plan=fields."]


@pytest.mark.parametrize("source", ["jira", "linear"])
def test_without_a_field_for_the_bucket_one_is_asked_for(source: str) -> None:
    made = asked([placed("A", source, bucket="must")], {}, "bulk")
    assert made == Requests(
        [], {"no_bucket_field": 1}, ["Say in writeback.bucket which field shows the bucket."]
    )


@pytest.mark.parametrize(
    ("source", "plan", "skipped", "note"),
    [
        ("github", "fields", "no_plan", "Nothing is sent to GitHub"),
        ("csv", "fields", "no_plan", "Items that no tool knows stay here"),
        ("csv", "bulk", "no_plan", "take the ranking as CSV, from ranking.csv"),
        ("linear", "rank", "no_plan", "Linear keeps its order in sortOrder"),
    ],
)
def test_where_there_is_nothing_to_send_it_is_said(
    source: str, plan: Plan, skipped: str, note: str
) -> None:
    made = asked([placed("A", source, score=5.0)], SCORE, plan)
    assert (made.requests, made.skipped) == ([], {skipped: 1})
    assert note in made.notes[0]


def test_without_a_field_nothing_is_sent() -> None:
    made = asked([placed("A", score=5.0)], {})
    assert (made.requests, made.skipped) == ([], {"no_field": 1})


@pytest.mark.parametrize("plan", ["fields", "rank"])
def test_each_site_of_a_tool_gets_its_own_requests(plan: Plan) -> None:
    one, other = "https://one.atlassian.net", "https://other.atlassian.net"
    items = [
        placed("A", site=one, score=4.0, rank=1, shown={"rank": "0|i00002:"}),
        placed("B", site=other, score=3.0, rank=2, shown={"rank": "0|i00009:"}),
        placed("C", site=one, score=2.0, rank=3, shown={"rank": "0|i00001:"}),
        placed("D", site=other, score=1.0, rank=4, shown={"rank": "0|i00008:"}),
    ]
    made = asked(items, SCORE, plan)
    of_plan = {
        "fields": [("A", one), ("C", one), ("B", other), ("D", other)],
        "rank": [("A", one), ("B", other)],
    }
    assert [(request.key, request.site) for request in made.requests] == of_plan[plan]


def test_the_one_site_of_a_tool_stands_for_pages_that_tell_none() -> None:
    site = "https://one.atlassian.net"
    items = [placed("A", rank=1), placed("B", site=site, rank=2)]
    (request,) = asked(items, {}, "rank").requests
    assert (request.site, request.body["rankAfterIssue"]) == (site, "id-A")


def test_items_of_several_tools_get_the_requests_of_each() -> None:
    items = [
        placed("A", score=5.0),
        placed("E", "linear", score=5.0, shown={"score": 5}),
        placed("R", "csv", score=5.0),
        placed("B", score=5.0, shown={"score": 5}),
    ]
    made = asked(items, {"score": "estimate"})
    assert [request.key for request in made.requests] == ["A"]
    assert made.skipped == {"unchanged": 2, "no_plan": 1}
