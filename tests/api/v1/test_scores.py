"""POST /v1/score/{method}: what a script sends and what it gets back."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.engine.method import Example
from app.engine.methods import METHODS

INTERCOM = {
    "items": [
        {"key": "A", "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2}},
        {"key": "B", "inputs": {"reach": 2000, "impact": 1, "confidence": 80, "effort": 4}},
        {"key": "C", "inputs": {"reach": 800, "impact": 2, "confidence": 50, "effort": 1}},
    ]
}


EXAMPLES = [
    pytest.param(method.name, example, id=f"{method.name}-{example.name}")
    for method in METHODS.values()
    for example in method.examples
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_every_example_is_answered_with_its_scores_in_order(
    client: TestClient, name: str, example: Example
) -> None:
    data = client.post(f"/v1/score/{name}", json=example.request).json()["data"]
    assert [(item["key"], item["score"]) for item in data] == list(example.scores.items())
    assert {i["key"]: i["bucket"] for i in data if i["bucket"]} == example.buckets


def test_an_answer_says_everything(client: TestClient) -> None:
    body = {
        "items": [
            {
                "key": "SP-1",
                "title": "Search",
                "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
            },
            {"key": "SP-2", "inputs": {"reach": 450, "impact": 3, "effort": 0}},
        ]
    }
    assert client.post("/v1/score/rice", json=body).json() == {
        "scoring": {
            "method": "rice",
            "options": {
                "reach_period": "quarter",
                "impact_scale": "intercom",
                "confidence_unit": "percent",
                "effort_unit": "person-months",
            },
            "bucket_by": None,
        },
        "counts": {"ranked": 1, "unranked": 1},
        "warnings": [],
        "balance": None,
        "reference": None,
        "data": [
            {
                "key": "SP-1",
                "title": "Search",
                "url": None,
                "labels": [],
                "status": "ranked",
                "rank": 1,
                "position": 1,
                "score": 675,
                "tier": 0,
                "bucket": None,
                "inputs": {"reach": 450, "impact": 3, "confidence": 100, "effort": 2},
                "explanation": {
                    "text": "450 people a quarter x 3 (massive) x 100 % / 2 person-months = 675",
                    "terms": [
                        _term("reach", "factor", 450, 450),
                        _term("impact", "factor", 3, 3),
                        _term("confidence", "factor", 100, 1),
                        _term("effort", "divisor", 2, 2),
                    ],
                    "extra": {},
                    "bucket_text": None,
                },
                "reasons": [],
            },
            {
                "key": "SP-2",
                "title": None,
                "url": None,
                "labels": [],
                "status": "unranked",
                "rank": None,
                "position": None,
                "score": None,
                "tier": None,
                "bucket": None,
                "inputs": {"reach": 450, "impact": 3, "effort": 0},
                "explanation": None,
                "reasons": [
                    {
                        "code": "missing_input",
                        "input": "confidence",
                        "message": "confidence is missing: send a number, for a blank is not 0.",
                    },
                    {
                        "code": "zero_divisor",
                        "input": "effort",
                        "message": "effort is 0 and nothing can be divided by it: estimate it.",
                    },
                ],
            },
        ],
    }


def _term(name: str, role: str, given: float, used: float) -> dict[str, Any]:
    return {
        "name": name,
        "input": name,
        "role": role,
        "given": given,
        "used": used,
        "weight": None,
        "contribution": used,
    }


def test_the_order_of_the_input_lets_a_script_zip(client: TestClient) -> None:
    data = client.post("/v1/score/rice?order=input", json=INTERCOM).json()["data"]
    assert [(item["key"], item["rank"]) for item in data] == [("A", 2), ("B", 3), ("C", 1)]


def test_explanations_can_be_left_out(client: TestClient) -> None:
    data = client.post("/v1/score/rice?explain=false", json=INTERCOM).json()["data"]
    assert [item["explanation"] for item in data] == [None, None, None]
    assert [item["score"] for item in data] == [800, 675, 400]


def test_all_options_are_echoed_with_weights_normalized(client: TestClient) -> None:
    body = {
        "items": [{"key": "A", "inputs": {"criteria": {"value": 3, "cost": 5}}}],
        "options": {
            "criteria": {
                "value": {"weight": 30},
                "cost": {"weight": 10, "direction": "cost", "scale": {"min": 0, "max": 10}},
            },
            "scale": {"min": 1, "max": 5},
        },
    }
    assert client.post("/v1/score/weighted", json=body).json()["scoring"] == {
        "method": "weighted",
        "options": {
            "criteria": {
                "value": {"weight": 0.75, "direction": "benefit", "scale": None},
                "cost": {"weight": 0.25, "direction": "cost", "scale": {"min": 0, "max": 10}},
            },
            "scale": {"min": 1, "max": 5},
            "normalization": "scale",
            "missing": "unranked",
        },
        "bucket_by": None,
    }


def test_options_as_echoed_give_the_same_answer(client: TestClient) -> None:
    body: dict[str, Any] = {
        "items": [{"key": "A", "inputs": {"criteria": {"x": 1, "y": 2, "z": 3}}}],
        "options": {
            "criteria": {"x": {"weight": 1}, "y": {"weight": 1}, "z": {"weight": 1}},
            "scale": {"min": 0, "max": 7},
        },
    }
    first = client.post("/v1/score/weighted", json=body).json()
    again = client.post("/v1/score/weighted", json=body | {"options": first["scoring"]["options"]})
    assert again.json() == first


def test_ten_thousand_items_are_answered_and_one_more_refused(client: TestClient) -> None:
    inputs = {"reach": 1, "impact": 1, "confidence": 100, "effort": 1}
    items = [{"key": str(i), "inputs": inputs} for i in range(10_000)]
    answer = client.post("/v1/score/rice?explain=false", json={"items": items})
    assert answer.json()["counts"] == {"ranked": 10_000, "unranked": 0}
    refusal = client.post("/v1/score/rice", json={"items": [*items, {"key": "x", "inputs": {}}]})
    assert refusal.status_code == 422
    assert refusal.json()["errors"][0]["detail"] == "Send at most 10,000 of them."


COUNTS = ["attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable"]


@pytest.mark.parametrize(
    ("method", "inputs", "options"),
    [
        ("rice", {"reach": -0.0, "impact": -0.0, "confidence": -0.0, "effort": 1}, {}),
        ("cd3", {"cost_of_delay": -0.0, "duration": 1}, {}),
        ("opportunity", {"importance": -0.0, "satisfaction": -0.0}, {}),
        (
            "wsjf",
            {
                "business_value": -0.0,
                "time_criticality": -0.0,
                "risk_reduction": -0.0,
                "job_size": 1,
            },
            {"scale": "free"},
        ),
        (
            "weighted",
            {"criteria": {"x": -0.0}},
            {
                "criteria": {"x": {"weight": 1}, "y": {"weight": -0.0}},
                "scale": {"min": -0.0, "max": 1},
            },
        ),
        ("moscow", {"category": "must", "value": -0.0, "effort": 1}, {"capacity": -0.0}),
        (
            "value_effort",
            {"value": -0.0, "effort": -0.0},
            {"cut": {"value": -0.0, "effort": -0.0}},
        ),
        (
            "now_next_later",
            {"value": -0.0, "effort": 1},
            {"now": {"max_items": -0.0, "max_effort": -0.0}},
        ),
        ("kano", {**dict.fromkeys(COUNTS, -0.0), "attractive": 1}, {}),
    ],
)
def test_a_zero_has_no_sign(
    client: TestClient, method: str, inputs: dict[str, Any], options: dict[str, Any]
) -> None:
    body = {"items": [{"key": "A", "inputs": inputs}], "options": options}
    told = client.post(f"/v1/score/{method}", json=body).json()
    assert told["counts"]["ranked"] == 1
    del told["data"][0]["inputs"]
    assert "-0.0" not in json.dumps(told)


def test_a_whole_number_is_known_by_its_value_and_answered_as_one(client: TestClient) -> None:
    counts = dict.fromkeys(COUNTS, 1)
    body: dict[str, Any] = {"items": [{"key": "A", "inputs": counts | {"attractive": 5.0}}]}
    answer = client.post("/v1/score/kano", json=body)
    assert '"attractive":5,' in answer.text
    body = {"items": [{"key": "A", "inputs": counts | {"attractive": 5.5}}]}
    (error,) = client.post("/v1/score/kano", json=body).json()["errors"]
    assert (error["pointer"], error["detail"]) == (
        "#/items/0/inputs/attractive",
        "Send a whole number.",
    )


def test_the_same_list_is_answered_with_the_same_bytes_whoever_reads_it(
    client: TestClient,
) -> None:
    """A name that is sent twice is read by the slow reader; it counts as it was sent last."""
    sent = b'{"items": [{"key": "A", "inputs": {"reach": 1, "impact": null}}]%s}'
    fast, slow = (
        client.post(
            "/v1/score/rice", content=sent % more, headers={"content-type": "application/json"}
        )
        for more in (b"", b', "options": {"reach_period": "nope"}, "options": {}')
    )
    assert (fast.status_code, slow.status_code) == (200, 200)
    assert fast.content == slow.content
    assert fast.json()["data"][0]["inputs"] == {"reach": 1}
