"""GET /v1/methods: what is said of each method."""

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

NAMES = [
    "cd3",
    "ice",
    "kano",
    "moscow",
    "now_next_later",
    "opportunity",
    "rice",
    "value_effort",
    "weighted",
    "wsjf",
]


def test_all_ten_methods_are_listed_by_name(client: TestClient) -> None:
    data = client.get("/v1/methods").json()["data"]
    assert [method["name"] for method in data] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_method_says_all_of_itself(client: TestClient, name: str) -> None:
    method = client.get(f"/v1/methods/{name}").json()
    for told in ("title", "formula", "source", "use_it", "avoid_it"):
        assert method[told], told
    for schema in ("inputs_schema", "options_schema"):
        Draft202012Validator.check_schema(method[schema])
    assert any(example["source"] for example in method["examples"])


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("rise", "Unknown name. Did you mean rice?"),
        ("moskow", "Unknown name. Did you mean moscow?"),
        ("coin_toss", f"Unknown name. Known are: {', '.join(NAMES)}."),
    ],
)
def test_an_unknown_method_is_not_found_and_the_nearest_or_all_are_named(
    client: TestClient, name: str, detail: str
) -> None:
    answer = client.get(f"/v1/methods/{name}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"
    assert answer.json()["detail"] == detail


def test_a_query_parameter_is_refused_where_none_is_known(client: TestClient) -> None:
    assert client.get("/v1/methods?name=rice").status_code == 422
