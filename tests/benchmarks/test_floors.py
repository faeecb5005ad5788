"""The comparison is honest: the floors answer what we answer, number by number."""

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.benchmarks import bare, naive
from tests.benchmarks.lists import rice_body


@pytest.mark.parametrize("floor", [naive.app, bare.app], ids=["naive", "bare"])
@pytest.mark.parametrize("query", ["", "?explain=false"])
@pytest.mark.parametrize("size", [1, 500])
def test_floor_gives_our_answer(
    client: TestClient, floor: Starlette, query: str, size: int
) -> None:
    address, json = f"/v1/score/rice{query}", {"content-type": "application/json"}
    floor_answer = TestClient(floor).post(address, content=rice_body(size), headers=json)
    our_answer = client.post(address, content=rice_body(size), headers=json)
    assert our_answer.status_code == 200
    assert floor_answer.json() == our_answer.json()


def test_list_has_ties_and_scores_that_are_rounded() -> None:
    headers = {"content-type": "application/json"}
    answer = TestClient(bare.app).post("/v1/score/rice", content=rice_body(500), headers=headers)
    ranked = answer.json()["data"]
    assert any(item["rank"] < item["position"] for item in ranked)
    assert any(not float(item["score"]).is_integer() for item in ranked)
