"""What no method scores is refused: all that is wrong at once, each with its place."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

RIGHT = {"items": [{"key": "A", "inputs": {"reach": 450}}]}
"""What is refused for its query alone."""


def test_a_duplicate_key_is_refused_with_both_places(client: TestClient) -> None:
    body: dict[str, Any] = {"items": [{"key": k, "inputs": {}} for k in ("A", "B", "A")]}
    answer = client.post("/v1/score/rice", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "location": "body",
            "pointer": "#/items/2/key",
            "code": "duplicate_key",
            "detail": "The items at #/items/0 and #/items/2 have the same key: give each its own.",
            "item_key": "A",
        }
    ]


def test_every_wrong_value_is_reported_at_once(client: TestClient) -> None:
    body = {
        "items": [
            {"key": "A", "inputs": {"reach": -1, "efort": 2}},
            {"key": "..", "inputs": {"confidence": True}},
            {"key": "A", "inputs": {}},
        ],
        "options": {"impact_scale": "intercon"},
    }
    errors = client.post("/v1/score/rice", json=body).json()["errors"]
    assert [(e["pointer"], e["code"], e["item_key"]) for e in errors] == [
        ("#/items/0/inputs/reach", "greater_than_equal", "A"),
        ("#/items/0/inputs/efort", "unknown_name", "A"),
        ("#/items/1/key", "string_pattern_mismatch", ""),
        ("#/items/1/inputs/confidence", "float_type", ""),
        ("#/options/impact_scale", "literal_error", ""),
        ("#/items/2/key", "duplicate_key", "A"),
    ]


def test_at_most_a_hundred_faults_are_listed_and_all_are_counted(client: TestClient) -> None:
    body = {"items": [{"key": str(i), "inputs": {"reach": -1}} for i in range(150)]}
    problem = client.post("/v1/score/rice", json=body).json()
    assert problem["detail"] == "150 values are wrong; the first 100 are listed."
    assert len(problem["errors"]) == 100


@pytest.mark.parametrize(
    ("strange", "told"),
    [
        (99, "99 values are wrong. The first: Unknown name. Known are: "),
        (101, "101 values are wrong; the first 100 are listed."),
        (102, "More than 100 values are wrong; the first 100 are listed."),
        (300, "More than 100 values are wrong; the first 100 are listed."),
    ],
)
def test_unknown_names_that_are_not_looked_at_are_not_counted(
    client: TestClient, strange: int, told: str
) -> None:
    inputs = {f"{number} q": 1 for number in range(strange)}
    body = {"items": [{"key": "A", "inputs": inputs}]}
    problem = client.post("/v1/score/rice", json=body).json()
    assert problem["detail"].startswith(told)
    assert len(problem["errors"]) == min(strange, 100)


def test_a_bound_is_said_as_people_write_it(client: TestClient) -> None:
    body = {"items": [{"key": "A", "inputs": {"must_be": 2_000_000_000}}]}
    (error,) = client.post("/v1/score/kano", json=body).json()["errors"]
    assert error["detail"] == "Send 1,000,000,000 or less."


def test_an_unknown_name_is_refused_with_a_suggestion(client: TestClient) -> None:
    body = {"items": [{"key": "A", "inputs": {"efort": 1}}]}
    (error,) = client.post("/v1/score/rice", json=body).json()["errors"]
    assert error["detail"] == "Unknown name. Did you mean effort?"


def test_an_unknown_query_parameter_is_refused_with_a_suggestion(client: TestClient) -> None:
    answer = client.post("/v1/score/rice?ordr=input", json=RIGHT)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "location": "query",
            "pointer": "ordr",
            "code": "unknown_name",
            "detail": "Unknown name. Did you mean order?",
            "item_key": "",
        }
    ]


@pytest.mark.parametrize("query", ["order=score", "explain=perhaps", "order="])
def test_an_unknown_value_of_a_query_parameter_is_refused(client: TestClient, query: str) -> None:
    answer = client.post(f"/v1/score/rice?{query}", json=RIGHT)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "query"


def test_a_circle_of_dependencies_is_refused_and_named_in_full(client: TestClient) -> None:
    body = {
        "items": [
            {"key": "B", "inputs": {"category": "must", "depends_on": ["A"]}},
            {"key": "A", "inputs": {"category": "must", "depends_on": ["C"]}},
            {"key": "C", "inputs": {"category": "must", "depends_on": ["B"]}},
        ]
    }
    answer = client.post("/v1/score/moscow", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error == {
        "location": "body",
        "pointer": "#/items/1/inputs/depends_on",
        "code": "dependency_circle",
        "detail": "A -> C -> B -> A is a circle.",
        "item_key": "A",
    }


NEEDS_ITSELF: dict[str, Any] = {"category": "must", "depends_on": ["A"]}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"key": "B", "inputs": {"category": "nope"}}, ["literal_error"]),
        ({"key": "A", "inputs": {"depends_on": ["A"]}}, ["duplicate_key"]),
        ({"key": "A", "inputs": {"effort": -1}}, ["greater_than_equal", "duplicate_key"]),
        ({"key": 5, "inputs": {"depends_on": [5, None]}}, ["string_type"] * 3),
        ({"key": "B", "inputs": {"depends_on": "A"}}, ["list_type"]),
    ],
)
def test_circles_are_told_with_all_else_that_is_wrong(
    client: TestClient, more: object, expected: list[str]
) -> None:
    body = {"items": [{"key": "A", "inputs": NEEDS_ITSELF}, more]}
    *errors, circle = client.post("/v1/score/moscow", json=body).json()["errors"]
    assert [error["code"] for error in errors] == expected
    assert circle == {
        "location": "body",
        "pointer": "#/items/0/inputs/depends_on",
        "code": "dependency_circle",
        "detail": "A -> A is a circle.",
        "item_key": "A",
    }


def test_a_circle_is_one_of_all_items_that_share_a_key(client: TestClient) -> None:
    needs = [("A", "C"), ("A", "B"), ("B", "A")]
    body = {"items": [{"key": key, "inputs": {"depends_on": [other]}} for key, other in needs]}
    errors = client.post("/v1/score/moscow", json=body).json()["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [
        ("#/items/1/key", "duplicate_key"),
        ("#/items/1/inputs/depends_on", "dependency_circle"),
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, 0),
        ({"bucket_by": {"method": "kano"}}, 0),
        ({"bucket_by": {"method": "nope"}}, 0),
        ({"bucket_by": {"method": "moscow"}}, 1),
        ({"bucket_by": {"method": "now_next_later", "options": 5}}, 1),
    ],
)
def test_a_circle_that_no_method_reads_is_none(
    client: TestClient, more: dict[str, Any], expected: int
) -> None:
    items = [{"key": "A", "inputs": NEEDS_ITSELF}, {"key": "B", "inputs": {"effort": -1}}]
    for sent in (items, [items[0], items[0]]):
        answer = client.post("/v1/score/rice", json={"items": sent, **more})
        codes = [error["code"] for error in answer.json()["errors"]]
        assert codes.count("dependency_circle") == expected


def test_circles_of_dependencies_are_all_counted(client: TestClient) -> None:
    items = [{"key": f"{n:02}", "inputs": {"depends_on": [f"{n:02}"]}} for n in range(40)]
    problem = client.post("/v1/score/moscow", json={"items": items}).json()
    assert problem["detail"] == "40 values are wrong; the first 20 are listed."
    assert [error["item_key"] for error in problem["errors"]] == [f"{n:02}" for n in range(20)]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"criteria": {"x": {"weight": 0}}, "normalization": "none"}, "no_weight"),
        ({"criteria": {"x": {"weight": -1}}, "normalization": "none"}, "negative_weight"),
        ({"criteria": {"x": {"weight": 1}}}, "no_scale"),
        ({"criteria": {"x": {"weight": 1}}, "scale": {"min": 1, "max": 1}}, "no_range"),
        (
            {"criteria": {"x": {"weight": 1, "direction": "cost"}}, "normalization": "none"},
            "cost_without_normalization",
        ),
    ],
)
def test_options_that_contradict_themselves_are_refused(
    client: TestClient, options: dict[str, Any], code: str
) -> None:
    body = {"items": [{"key": "A", "inputs": {}}], "options": options}
    answer = client.post("/v1/score/weighted", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["code"] == code
    assert error["pointer"].startswith("#/options")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {
                "criteria": {"x": {"weight": 1, "direction": "cost"}},
                "normalization": "none",
                "missing": "foo",
            },
            [("normalization", "cost_without_normalization"), ("missing", "literal_error")],
        ),
        (
            {"criteria": {"x": {"weight": 1}}, "odd": 1},
            [("", "no_scale"), ("odd", "unknown_name")],
        ),
        (
            {"criteria": {"x": {"weight": 0}}, "scale": {"min": 1, "max": 0, "odd": 1}},
            [("criteria", "no_weight"), ("scale/max", "no_range"), ("scale/odd", "unknown_name")],
        ),
        (
            {"criteria": {"x": {"weight": 1}}, "normalization": "foo"},
            [("normalization", "literal_error")],
        ),
        ({"criteria": {"x": {"weight": 1}}, "scale": {"min": 0}}, [("scale", "missing")]),
        (
            {
                "criteria": {"x": {"weight": 1, "direction": "cost"}},
                "scale": {"min": 2, "max": 1},
                "normalization": "none",
            },
            [("scale/max", "no_range"), ("normalization", "cost_without_normalization")],
        ),
        (
            {"criteria": {"x": {"weight": -1, "direction": "cost"}}, "normalization": "none"},
            [("criteria/x/weight", "negative_weight")],
        ),
    ],
)
def test_contradictions_are_told_with_all_else_that_is_wrong_with_the_options(
    client: TestClient, options: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    body = {"items": [{"key": "A", "inputs": {}}], "options": options}
    errors = client.post("/v1/score/weighted", json=body).json()["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [
        (f"#/options/{place}".rstrip("/"), code) for place, code in expected
    ]


@pytest.mark.parametrize("query", ["explain=yes", "explain=1", "explain=True", "order=Rank"])
def test_a_query_that_only_looks_right_is_refused(client: TestClient, query: str) -> None:
    answer = client.post(f"/v1/score/rice?{query}", json=RIGHT)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == "query"


def test_a_parameter_that_is_sent_twice_is_refused(client: TestClient) -> None:
    answer = client.post("/v1/score/rice?order=rank&order=input", json=RIGHT)
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("order", "repeated")


def test_an_unknown_method_of_buckets_is_refused_with_the_nearest(client: TestClient) -> None:
    answer = client.post("/v1/score/rice", json=RIGHT | {"bucket_by": {"method": "moscov"}})
    (fault,) = answer.json()["errors"]
    assert fault["detail"] == "Unknown name. Did you mean moscow?"


@pytest.mark.parametrize("name", ["kano", "moscow", "now_next_later", "value_effort"])
def test_a_method_of_buckets_takes_no_other_buckets(client: TestClient, name: str) -> None:
    body = {"items": [{"key": "A", "inputs": {}}], "bucket_by": {"method": "moscow"}}
    answer = client.post(f"/v1/score/{name}", json=body)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/bucket_by", "unknown_name")


@pytest.mark.parametrize("category", ["Must", "must have", "M", "won't", ""])
def test_a_class_is_said_in_its_own_word_alone(client: TestClient, category: str) -> None:
    body = {"items": [{"key": "A", "inputs": {"category": category}}]}
    answer = client.post("/v1/score/moscow", json=body)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["detail"] == "Send 'must', 'should', 'could' or 'wont'."


def test_what_is_wrong_with_the_query_and_with_the_body_is_told_at_once(
    client: TestClient,
) -> None:
    inputs = {"reach": -1, "impact": 1, "confidence": 100, "effort": 1}
    refused = client.post(
        "/v1/score/rice?order=sideways&explan=false",
        json={"items": [{"key": "A", "inputs": inputs}]},
    )
    assert refused.status_code == 422
    assert [(fault["location"], fault["pointer"]) for fault in refused.json()["errors"]] == [
        ("query", "explan"),
        ("query", "order"),
        ("body", "#/items/0/inputs/reach"),
    ]
    assert refused.json()["detail"].startswith("3 values are wrong.")


@pytest.mark.parametrize(
    ("key", "more", "expected"),
    [
        ("9999", {}, []),
        ("7", {}, [("#/items/9999/key", "duplicate_key")]),
        (
            "9999",
            {"bucket_by": {"method": "moscow"}},
            [("#/items/9999/inputs/depends_on", "dependency_circle")],
        ),
        (
            "7",
            {"bucket_by": {"method": "moscow"}},
            [
                ("#/items/9999/key", "duplicate_key"),
                ("#/items/9999/inputs/depends_on", "dependency_circle"),
            ],
        ),
    ],
)
def test_too_many_terms_are_told_with_duplicate_keys_and_circles(
    client: TestClient, key: str, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    items: list[dict[str, Any]] = [{"key": f"{n}", "inputs": {}} for n in range(9_999)]
    items.append({"key": key, "inputs": {"depends_on": [key]} if more else {}})
    criteria = {f"c{n}": {"weight": 1} for n in range(11)}
    options = {"criteria": criteria, "normalization": "none"}
    body = {"items": items, "options": options, **more}
    answer = client.post("/v1/score/weighted", json=body)
    assert answer.status_code == 422
    first, *errors = answer.json()["errors"]
    assert first == {
        "location": "body",
        "pointer": "#/items",
        "code": "too_many_terms",
        "detail": (
            "10,000 items by 11 criteria are 110,000 terms; 100,000 may be asked for at once: send"
            " fewer items or explain=false."
        ),
        "item_key": "",
    }
    assert [(error["pointer"], error["code"]) for error in errors] == expected


def test_what_is_wrong_with_the_query_and_between_the_items_is_told_at_once(
    client: TestClient,
) -> None:
    body = {"items": [{"key": "A", "inputs": NEEDS_ITSELF}, {"key": "A", "inputs": {}}]}
    refused = client.post("/v1/score/moscow?ordr=input", json=body).json()["errors"]
    assert [(fault["location"], fault["code"]) for fault in refused] == [
        ("query", "unknown_name"),
        ("body", "duplicate_key"),
        ("body", "dependency_circle"),
    ]


def test_what_a_wrong_query_may_have_meant_is_not_held_against_the_list(
    client: TestClient,
) -> None:
    items = [{"key": f"{n}", "inputs": {}} for n in range(1_001)]
    options = {"criteria": {f"c{n}": {"weight": 1} for n in range(100)}, "normalization": "none"}
    body = {"items": items, "options": options}
    refused = client.post("/v1/score/weighted?explain=flase", json=body).json()["errors"]
    assert [fault["pointer"] for fault in refused] == ["explain"]


@pytest.mark.parametrize("key", [" x", "..", "a\u0000b", "", "x" * 256])
def test_a_key_that_is_wrong_itself_names_no_item(client: TestClient, key: str) -> None:
    body = {"items": [{"key": key, "inputs": {"reach": -1}}]}
    told = client.post("/v1/score/rice", json=body).json()["errors"]
    assert {(fault["pointer"], fault["item_key"]) for fault in told} == {
        ("#/items/0/key", ""),
        ("#/items/0/inputs/reach", ""),
    }


def test_every_wrong_key_of_what_an_item_depends_on_is_told(client: TestClient) -> None:
    wrong = ["", "B", " x", 5, None]
    body = {"items": [{"key": "A", "inputs": {"category": "must", "depends_on": wrong}}]}
    told = client.post("/v1/score/moscow", json=body).json()["errors"]
    assert [fault["pointer"] for fault in told] == [
        f"#/items/0/inputs/depends_on/{index}" for index in (0, 2, 3, 4)
    ]
