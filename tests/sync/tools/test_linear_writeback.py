"""Into Linear goes what each of its fields can hold, and nothing twice."""

from typing import Any

import pytest

from tests.sync.written import asked, placed

LABELS: dict[str, Any] = {
    "score": "estimate",
    "rank": "sortOrder",
    "bucket": {"field": "labels", "options": {"must": "l1", "should": "l2"}},
}


def test_linear_gets_twenty_five_issues_at_a_time_each_with_its_own_values() -> None:
    items = [
        placed(f"E{n}", "linear", score=2.6, rank=n + 1, bucket="must", shown={"bucket": []})
        for n in range(26)
    ]
    first, last = asked(items, LABELS).requests
    assert (first.method, first.path, first.key, last.key) == ("POST", "/graphql", "E0", "E25")
    assert first.body["query"].count("issueUpdate") == 25
    assert last.body == {
        "query": "mutation($id0: String!, $input0: IssueUpdateInput!)"
        " { i0: issueUpdate(id: $id0, input: $input0) { success } }",
        "variables": {
            "id0": "id-E25",
            "input0": {"estimate": 3, "sortOrder": 26, "addedLabelIds": ["l1"]},
        },
    }


@pytest.mark.parametrize(
    ("bucket", "shown", "edits"),
    [
        (
            "must",
            [{"id": "l2", "name": "Next"}, {"id": "x"}],
            {"addedLabelIds": ["l1"], "removedLabelIds": ["l2"]},
        ),
        ("must", [{"id": "l1"}, {"id": "l2"}], {"removedLabelIds": ["l2"]}),
        ("must", [{"id": "l1"}], None),
        (None, [{"id": "l1"}, {"id": "x"}], {"removedLabelIds": ["l1"]}),
        (None, [{"id": "x"}], None),
        ("must", ..., {"addedLabelIds": ["l1"], "removedLabelIds": ["l2"]}),
    ],
)
def test_labels_of_linear_are_added_and_removed_and_the_others_stay(
    bucket: str | None,
    shown: object,
    edits: dict[str, Any] | None,
) -> None:
    told = {} if shown is ... else {"bucket": shown}
    made = asked([placed("E", "linear", bucket=bucket, shown=told)], {"bucket": LABELS["bucket"]})
    inputs = [request.body["variables"]["input0"] for request in made.requests]
    assert inputs == ([] if edits is None else [edits])


def test_an_estimate_is_written_whole_and_compared_so() -> None:
    item = {"score": 2.6, "shown": {"score": 3.0}}
    assert asked([placed("E", "linear", **item)], {"score": "estimate"}).requests == []


def test_issues_of_linear_without_a_rank_stand_behind_those_that_have_one_in_their_order() -> None:
    back = {"rank": "sortOrder"}
    first = placed("A", "linear", rank=1, shown={"rank": 1})
    others = [
        placed(key, "linear", shown={"rank": order})
        for key, order in (("B", -4.5), ("C", 1), ("D", 1.5))
    ]
    (request,) = asked([first, *others], back).requests
    assert request.body["variables"] == {
        "id0": "id-B",
        "input0": {"sortOrder": 999_999_995.5},
        "id1": "id-C",
        "input1": {"sortOrder": 1_000_000_001},
    }
    assert asked(others, back).requests == [], "there is none to stand behind"


def test_an_issue_of_linear_loses_a_score_and_never_its_order() -> None:
    back = {"rank": "sortOrder", "score": "estimate"}
    (request,) = asked([placed("E", "linear", shown={"score": 2, "rank": 4.5})], back).requests
    assert request.body["variables"]["input0"] == {"estimate": None}


def test_a_score_of_linear_that_is_not_nothing_is_not_written_as_nothing() -> None:
    items = [
        placed("A", "linear", score=0.0025, shown={"score": 5}),
        placed("B", "linear", score=0.5),
        placed("C", "linear", score=0.0, shown={"score": 5}),
        placed("D", "linear", score=0.51, shown={"score": 1.0}),
    ]
    made = asked(items, {"score": "estimate"})
    (request,) = made.requests
    assert request.body["variables"] == {"id0": "id-C", "input0": {"estimate": 0}}
    assert made.skipped == {"unchanged": 1, "rounds_to_zero": 2}
    (note,) = made.notes
    assert (
        note
        == "An estimate of Linear is whole: a score that would only round to 0 is not written."
    )


def test_a_priority_of_linear_is_a_bucket() -> None:
    back = {"bucket": {"field": "priority", "options": {"must": "1"}}}
    items = [
        placed("A", "linear", bucket="must", shown={"bucket": 1}),
        placed("B", "linear", bucket="must", shown={"bucket": None}),
        placed("C", "linear", bucket=None, shown={"bucket": 1}),
    ]
    (request,) = asked(items, back).requests
    assert request.body["variables"] == {
        "id0": "id-B",
        "input0": {"priority": 1},
        "id1": "id-C",
        "input1": {"priority": 0},
    }


def test_a_priority_of_linear_is_a_number() -> None:
    back = {"bucket": {"field": "priority", "options": {"must": "Urgent"}}}
    made = asked([placed("A", "linear", bucket="must")], back)
    assert made.requests == []
    assert made.notes[0].startswith("A priority of Linear is one of 1, 2, 3 and 4")


@pytest.mark.parametrize(
    ("options", "inputs"),
    [
        ({"must": "8", "should": "0"}, [{"estimate": 8}, {"estimate": 0}, {"estimate": None}]),
        ({"must": "08"}, []),
        ({"must": "1.5"}, []),
        ({"must": "many"}, []),
    ],
)
def test_an_estimate_of_linear_is_a_bucket_where_every_option_is_a_whole_number(
    options: dict[str, str], inputs: list[dict[str, Any]]
) -> None:
    items = [
        placed("A", "linear", bucket="must", shown={"bucket": None}),
        placed("B", "linear", bucket="should", shown={"bucket": None}),
        placed("C", "linear", bucket=None, shown={"bucket": 8.0}),
        placed("D", "linear", bucket="must", shown={"bucket": 8.0}),
    ]
    back = {"bucket": {"field": "estimate", "options": options}}
    made = asked(items, back)
    sent = [value for one in made.requests for value in one.body["variables"].values()]
    assert sent[1::2] == inputs
    assert made.notes == (
        []
        if inputs
        else ["An estimate of Linear is a whole number, such as 3: name such in the options."]
    )
    assert bool(asked(items, back, "bulk").requests) == bool(inputs)


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ("score", "customfield_1"),
        *(("score", field) for field in ("priority", "sortOrder", "labels")),
        *(("rank", field) for field in ("priority", "estimate", "labels")),
        *(("bucket", field) for field in ("sortOrder", "title")),
    ],
)
def test_what_linear_has_no_field_for_is_said(word: str, field: str) -> None:
    back: Any = {"field": field, "options": {"must": "1"}} if word == "bucket" else field
    made = asked([placed("E", "linear", score=720.0, rank=1, bucket="must")], {word: back})
    assert made.requests == []
    (note,) = made.notes
    assert note == (
        f"Linear cannot show the {word} in {field}: it has estimate for the score, sortOrder for"
        " the rank, and labels, priority or estimate for the bucket."
    )


def test_buckets_of_linear_are_set_for_fifty_issues_at_a_time() -> None:
    items = [placed(f"E{n}", "linear", bucket="must", shown={"bucket": []}) for n in range(51)]
    first, last = asked(items, LABELS, "bulk").requests
    assert first.body["variables"]["input"] == {"addedLabelIds": ["l1"]}
    assert [len(one.body["variables"]["ids"]) for one in (first, last)] == [50, 1]
