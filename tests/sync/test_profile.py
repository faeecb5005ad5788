"""A profile says nothing that no input can hold."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.engine.methods import BUCKETS
from app.sync.profile import Profile, faults_of
from tests.sync.pages import INPUTS


def test_the_profile_of_the_documents_is_one() -> None:
    document = {
        "inputs": {
            "reach": {"from": ["customfield_10072", "name:Reach"]},
            "impact": {"from": ["name:Impact"], "values": {"massive": 3, "minimal": 0.25}},
            "confidence": {"from": ["customfield_10073"], "unit": "percent"},
            "criteria.Time to market": {"from": ["customfield_10016"]},
            "category": {"from": ["label:MoSCoW/"], "values": {"Later": "wont"}},
        },
        "exclude": {"status.statusCategory.key": ["done"]},
        "writeback": {
            "score": "customfield_10100",
            "rank": None,
            "bucket": {"field": "customfield_10101", "options": {"now": "Now"}},
        },
        "ignore_actors": ["712020:bot"],
    }
    profile = Profile.model_validate(document)
    assert faults_of(profile, INPUTS, BUCKETS) == []
    assert Profile.model_validate_json(profile.model_dump_json(by_alias=True)) == profile


@pytest.mark.parametrize(
    ("name", "values", "pointer", "detail"),
    [
        ("reech", {}, "#/inputs/reech", "Unknown input. Did you mean reach?"),
        ("a/b", {}, "#/inputs/a~1b", "Unknown input. Known are: attractive, business_value"),
        ("criteria", {}, "#/inputs/criteria", "Unknown input. Did you mean criteria.<name>?"),
        ("reach", {"x/y": "lots"}, "#/inputs/reach/values/x~1y", "reach is a number: send one."),
        (
            "category",
            {"Later": "maybe"},
            "#/inputs/category/values/Later",
            "category is one of must, should, could, wont: send one of them.",
        ),
        (
            "category",
            {"Later": 1},
            "#/inputs/category/values/Later",
            "category is one of must, should, could, wont: send one of them.",
        ),
        (
            "depends_on",
            {"x": "y"},
            "#/inputs/depends_on/values/x",
            "depends_on holds keys, which mean themselves: leave values out.",
        ),
    ],
)
def test_what_no_input_can_hold_is_said_with_its_place(
    name: str, values: dict[str, Any], pointer: str, detail: str
) -> None:
    profile = Profile.model_validate({"inputs": {name: {"from": ["x"], "values": values}}})
    (fault,) = faults_of(profile, INPUTS, BUCKETS)
    assert fault.pointer == pointer
    assert fault.detail.startswith(detail)


@pytest.mark.parametrize(
    ("bucket", "pointer", "detail"),
    [
        ("msut", "msut", "Unknown bucket. Did you mean must?"),
        ("Now", "Now", "Unknown bucket. Did you mean now?"),
        ("a/b", "a~1b", "Unknown bucket. Known are: attractive, big_bet, could, fill_in,"),
    ],
)
def test_an_option_for_what_is_no_bucket_is_said_with_its_place(
    bucket: str, pointer: str, detail: str
) -> None:
    field = {"field": "customfield_6", "options": {"must": "Must", bucket: "Now"}}
    profile = Profile.model_validate({"writeback": {"bucket": field}})
    (fault,) = faults_of(profile, INPUTS, BUCKETS)
    assert (fault.pointer, fault.code) == (f"#/writeback/bucket/options/{pointer}", "unknown_name")
    assert fault.detail.startswith(detail)


@pytest.mark.parametrize(
    ("back", "pointer"),
    [
        ({"score": "description"}, "#/writeback/score"),
        ({"rank": "fields.Assignee"}, "#/writeback/rank"),
        ({"bucket": {"field": "Comment", "options": {}}}, "#/writeback/bucket/field"),
        ({"score": "assignees.login"}, "#/writeback/score"),
        ({"score": "customfield_1.displayName"}, "#/writeback/score"),
        ({"rank": "body_text"}, "#/writeback/rank"),
        ({"rank": "last_comment"}, "#/writeback/rank"),
    ],
)
def test_no_field_that_holds_a_text_or_a_person_is_written(
    back: dict[str, Any], pointer: str
) -> None:
    (fault,) = faults_of(Profile.model_validate({"writeback": back}), INPUTS, BUCKETS)
    assert (fault.pointer, fault.code) == (pointer, "unknown_value")
    assert fault.detail.endswith("holds a text or a person, and none is kept: name another field.")


@pytest.mark.parametrize(
    ("back", "pointer", "path"),
    [
        ({"score": "name:RICE"}, "score", "name:RICE"),
        ({"score": "sum:needs.customer.revenue"}, "score", "sum:needs.customer.revenue"),
        ({"rank": "count:comments"}, "rank", "count:comments"),
        ({"bucket": {"field": "label:Impact/", "options": {}}}, "bucket/field", "label:Impact/"),
    ],
)
def test_what_is_written_is_named_by_its_id(back: dict[str, Any], pointer: str, path: str) -> None:
    (fault,) = faults_of(Profile.model_validate({"writeback": back}), INPUTS, BUCKETS)
    assert (fault.pointer, fault.code) == (f"#/writeback/{pointer}", "unknown_value")
    assert fault.detail == (
        f"{path} only says how a field is read: write its id, as POST /v1/inspect tells it."
    )


def test_a_field_that_is_only_read_may_be_named_by_how_it_is_found() -> None:
    read = {"reach": {"from": ["name:Reach", "count:needs"]}}
    profile = Profile.model_validate({"inputs": read, "writeback": {"score": "customfield_1"}})
    assert faults_of(profile, INPUTS, BUCKETS) == []


@pytest.mark.parametrize(
    "document",
    [
        {"inputs": {"reach": {"from": []}}},
        {"inputs": {"reach": {"from": [""]}}},
        {"inputs": {"reach": {"sources": ["x"]}}},
        {"inputs": {"reach": {"from": ["x"], "unit": "hours"}}},
        {"inputs": {"reach": {"from": ["x"], "values": {"a": True}}}},
        {"inputs": {"reach": {"from": ["x"], "value": {}}}},
        {"exclude": {"status": []}},
        {"writeback": {"bucket": {"field": "x"}}},
        {"ignore_actors": ["a\nb"]},
        {"mapping": {}},
    ],
)
def test_what_is_no_profile_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate(document)


def test_no_text_and_no_person_is_kept_as_the_key_of_another_item() -> None:
    sources = [
        "blocked_by",
        "reporter.name",
        "name:Comment",
        "subscribers.nodes.name",
        "author.name",
    ]
    sent = {"inputs": {"depends_on": {"from": sources}}}
    faults = faults_of(Profile.model_validate(sent), INPUTS, BUCKETS)
    assert [(fault.pointer, fault.code) for fault in faults] == [
        (f"#/inputs/depends_on/from/{n}", "unknown_value") for n in (1, 2, 3, 4)
    ]


def test_a_word_means_one_thing_in_any_case() -> None:
    sent = {"inputs": {"impact": {"from": ["x"], "values": {"High": 3, "low": 1, "high ": 1}}}}
    (fault,) = faults_of(Profile.model_validate(sent), INPUTS, BUCKETS)
    assert (fault.pointer, fault.code) == ("#/inputs/impact/values/high ", "repeated")
