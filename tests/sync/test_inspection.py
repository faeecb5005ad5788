"""A page is looked into, so that nobody has to hunt for the id of a field."""

import json
from typing import Any

import pytest

from app.sync.detection import detect, read_csv
from app.sync.inspection import Inspection, SeenField, inspect
from app.sync.profile import Profile
from app.sync.reading import read
from tests.sync.pages import GITHUB_ISSUE, INPUTS, JIRA_ISSUE, LINEAR_ISSUE, PAGES


def seen(document: object) -> Inspection:
    return inspect(detect(json.dumps(document).encode()), INPUTS)


def jira(*issues: dict[str, Any], **names: str) -> dict[str, Any]:
    return {
        "isLast": True,
        "names": names,
        "issues": [
            {"id": str(n), "key": f"SP-{n}", "fields": one} for n, one in enumerate(issues)
        ],
    }


def field(inspection: Inspection, path: str) -> SeenField:
    (found,) = [one for one in inspection.fields if one.path == path]
    return found


def suggested(inspection: Inspection) -> dict[str, Any]:
    return inspection.suggested_profile.model_dump(by_alias=True, exclude_defaults=True)


def test_a_field_is_told_with_its_name_and_what_it_holds() -> None:
    inspection = seen(
        jira(
            {"customfield_1": 1200, "customfield_2": {"value": "High"}},
            {"customfield_1": None, "customfield_2": {"value": "Low"}},
            {"customfield_2": {"value": "High"}},
            customfield_1="Reach",
            customfield_2="Impact",
        )
    )
    assert (inspection.detected, inspection.items) == ("jira_search", 3)
    assert inspection.fields == [
        SeenField("customfield_2", "Impact", "word", 3, 0, 0, None, ["High", "Low"], "impact"),
        SeenField("customfield_1", "Reach", "number", 1, 1, 1, "1200", [], "reach"),
    ]
    assert inspection.ambiguous == []
    assert suggested(inspection) == {
        "inputs": {
            "impact": {
                "from": ["customfield_2"],
                "values": {"massive": 3, "high": 2, "medium": 1, "low": 0.5, "minimal": 0.25},
            },
            "reach": {"from": ["customfield_1"]},
        }
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, "number"),
        ("14.0", "number"),
        ({"value": "3"}, "number"),
        ({"value": "High"}, "word"),
        ([{"name": "High"}], "word"),
        ("2026-11-20T10:00:00.000+0000", "time"),
        ("0|i00067:", "text"),
        ({"type": "doc", "content": [{"content": [{"text": "Long"}]}]}, "text"),
        (["a", "b"], "list"),
        ({"accountId": "1", "displayName": "Ann"}, "person"),
        ({"progress": 0, "total": 0}, "object"),
        ("", "empty"),
        (None, "empty"),
        ({"hasEpicLinkFieldDependency": False}, "empty"),
    ],
)
def test_the_kind_of_a_field_is_told(value: object, kind: str) -> None:
    assert field(seen(jira({"x": value})), "x").type == kind


def test_texts_that_come_again_and_again_are_words() -> None:
    few = jira(*({"x": word} for word in ("a", "b", "a", "b")))
    assert field(seen(few), "x").values == ["a", "b"]
    assert field(seen(jira({"x": "a"}, {"x": "b"})), "x").type == "text"


def test_of_many_words_twenty_are_told_and_of_long_ones_the_beginning() -> None:
    many = jira(*({"x": {"value": f"{n}" + "x" * 99}} for n in range(40)))
    values = field(seen(many), "x").values
    assert (len(values), {len(one) for one in values}) == (20, {80})


def test_nothing_is_told_of_people() -> None:
    person = field(seen(jira({"x": {"accountId": "s3cret", "displayName": "s3cret"}})), "x")
    assert (person.sample, person.values, person.filled) == (None, [], 1)


def test_fields_within_fields_have_their_paths() -> None:
    paths = {one.path for one in seen(JIRA_ISSUE).fields}
    assert {"status", "status.statusCategory", "customfield_10072"} <= paths
    paths = {one.path for one in seen(LINEAR_ISSUE).fields}
    assert {"estimate", "count:needs", "label:Impact/", "state"} <= paths
    paths = {one.path for one in seen([GITHUB_ISSUE]).fields}
    assert {"reactions.+1", "label:impact:"} <= paths
    assert not any("url" in path for path in paths)


def test_what_is_done_is_suggested_to_be_left_out() -> None:
    assert suggested(seen(JIRA_ISSUE))["exclude"] == {"status.statusCategory.key": ["done"]}
    assert suggested(seen(LINEAR_ISSUE))["exclude"] == {"state.type": ["completed", "canceled"]}
    assert suggested(seen([GITHUB_ISSUE]))["exclude"] == {"state": ["closed"]}


@pytest.mark.parametrize(
    ("name", "suggest"),
    [
        ("Reach", "reach"),
        ("Reach (users/quarter)", "reach"),
        ("Business Value", "business_value"),
        ("Customer value", "value"),
        ("Story Points", "effort"),
        ("Story point estimate", "effort"),
        ("Impact vs effort", None),
        ("Outreach", None),
        ("Category", "category"),
        ("Status category", None),
        ("Rank", None),
    ],
)
def test_an_input_is_suggested_by_the_words_of_a_name(name: str, suggest: str | None) -> None:
    assert (
        field(seen(jira({"customfield_1": 3}, customfield_1=name)), "customfield_1").suggest
        == suggest
    )


def test_what_holds_no_numbers_is_suggested_only_by_its_very_name() -> None:
    page = jira({"a": "long text", "b": "2026-11-20T10:00:00Z"}, a="Reach notes", b="Reach date")
    assert suggested(seen(page)) == {}


@pytest.mark.parametrize("name", ["Reach\tper month", "Reach " + "per month " * 30])
def test_a_field_that_no_profile_can_name_is_told_and_not_suggested(name: str) -> None:
    inspection = seen(jira({name: 5}))
    assert field(inspection, name).suggest is None
    assert suggested(inspection) == {}


def test_votes_are_suggested_where_there_are_some() -> None:
    assert "inputs" not in suggested(seen(jira({"votes": {"votes": 0}})))
    assert suggested(seen(jira({"votes": {"votes": 3}})))["inputs"] == {
        "reach": {"from": ["votes.votes"]}
    }


def test_what_a_person_must_decide_is_said() -> None:
    page = jira(
        {"customfield_1": 5, "customfield_2": 7, "customfield_3": {"value": "Must have"}},
        {"customfield_1": 5, "customfield_2": None, "customfield_3": {"value": "Soon"}},
        customfield_1="Effort",
        customfield_2="Effort (days)",
        customfield_3="Category",
    )
    assert " | ".join(seen(page).ambiguous) == (
        "effort may be any of customfield_1 (Effort), customfield_2 (Effort (days)): keep the one"
        " that is meant. | customfield_3 (Category) holds Soon: say in values what each means as"
        " category."
    )


def test_a_spreadsheet_is_told_by_its_columns() -> None:
    body = "key;Größe;Reach;Impact\nA;x;1.200,5;high\nB;;n/a;low\n".encode("cp1252")
    inspection = inspect(read_csv(body), INPUTS)
    assert [(one.path, one.type, one.filled, one.null) for one in inspection.fields] == [
        ("Impact", "text", 2, 0),
        ("Reach", "number", 1, 1),
        ("key", "text", 2, 0),
        ("Größe", "text", 1, 1),
    ]


def test_words_in_a_short_column_are_told_as_those_in_a_long_one() -> None:
    known = inspect(read_csv(b"key,impact\nA,High\nB,Massive\nC,3\n"), INPUTS)
    assert (known.ambiguous, suggested(known)["inputs"]["impact"]["values"]["massive"]) == ([], 3)
    unknown = inspect(read_csv(b"key,impact\nA,High\nB,Enormous\nC,3\n"), INPUTS)
    assert unknown.ambiguous == [
        "impact (impact) holds High, Enormous: say in values what each means as impact."
    ]


@pytest.mark.parametrize(("_", "document"), PAGES.values(), ids=PAGES.keys())
def test_the_suggested_profile_reads_the_page(_: str, document: object) -> None:
    raw = detect(json.dumps(document).encode())
    profile = inspect(raw, INPUTS).suggested_profile
    assert Profile.model_validate_json(profile.model_dump_json(by_alias=True)) == profile
    page = read(raw, profile, INPUTS)
    assert not any(item.faults for item in page.items)


def test_of_a_very_large_page_the_first_items_are_looked_at() -> None:
    page = jira(*({f"f{n}": 1 for n in range(600)} for _ in range(2000)))
    inspection = seen(page)
    assert (inspection.items, inspection.fields[0].filled) == (2000, 333)


def test_a_page_of_countless_fields_is_told_in_part() -> None:
    inspection = seen(jira({f"f{n}": n for n in range(5000)}))
    assert len(inspection.fields) == 1000
