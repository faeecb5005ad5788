"""A profile says where a tool keeps the inputs; it is checked, and its changes are told."""

from fastapi.testclient import TestClient

from tests.api.v1.conftest import Made
from tests.api.v1.pages import PROFILE, issue, search


def test_a_profile_is_answered_whole(stored: TestClient, made: Made) -> None:
    address = made()
    assert stored.get(f"{address}/profile").status_code == 404
    put = stored.put(f"{address}/profile", json={"inputs": {"reach": {"from": ["Users"]}}})
    told = put.json()
    assert {name: told[name] for name in ("inputs", "exclude", "writeback", "ignore_actors")} == {
        "inputs": {"reach": {"from": ["Users"], "values": {}, "unit": None}},
        "exclude": {},
        "writeback": {"score": None, "rank": None, "bucket": None},
        "ignore_actors": [],
    }
    assert stored.get(f"{address}/profile").json() == told


def test_a_new_profile_raises_the_revision_and_the_same_one_does_not(
    stored: TestClient, made: Made
) -> None:
    address = made()
    etags = [
        stored.put(f"{address}/profile", json=body).headers["etag"]
        for body in (PROFILE, PROFILE, {})
    ]
    assert etags == ['"2"', '"2"', '"3"']
    assert stored.get(address).json()["revision"] == 3
    unchanged = stored.get(f"{address}/profile", headers={"if-none-match": '"3"'})
    assert unchanged.status_code == 304
    stale = stored.put(f"{address}/profile", json=PROFILE, headers={"if-match": '"2"'})
    assert stale.status_code == 412
    assert stale.headers["etag"] == '"3"'
    there = stored.put(f"{address}/profile", json=PROFILE, headers={"if-none-match": "*"})
    assert there.status_code == 412


def test_a_profile_that_names_no_input_or_no_bucket_is_refused_with_its_place(
    stored: TestClient, made: Made
) -> None:
    profile = {
        "inputs": {
            "reech": {"from": ["Users"]},
            "category": {"from": ["Priority"], "values": {"High": "must", "Low": "maybe"}},
        },
        "writeback": {"bucket": {"field": "customfield_6", "options": {"msut": "Now"}}},
    }
    answer = stored.put(f"{made()}/profile", json=profile)
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("#/inputs/reech", "unknown_name"),
        ("#/inputs/category/values/Low", "unknown_value"),
        ("#/writeback/bucket/options/msut", "unknown_name"),
    ]
    answer = stored.put(f"{made('B')}/profile", json={"inputs": {"reach": {"form": ["Users"]}}})
    assert answer.json()["errors"][0]["pointer"].startswith("#/inputs/reach")


def test_other_fields_of_the_write_back_are_not_taken_for_shown(
    stored: TestClient, made: Made
) -> None:
    address = made()
    stored.put(f"{address}/profile", json=PROFILE)
    stored.post(f"{address}/sync", json=search(issue(1, 50, customfield_9=50)))
    assert stored.get(f"{address}/writeback").json()["requests"] == []
    stored.put(f"{address}/profile", json={**PROFILE, "writeback": {"score": "customfield_8"}})
    (request,) = stored.get(f"{address}/writeback").json()["requests"]
    assert request["body"] == {"fields": {"customfield_8": 50}}


def test_a_profile_goes_with_its_backlog(stored: TestClient, made: Made) -> None:
    address = made()
    stored.put(f"{address}/profile", json=PROFILE)
    stored.delete(address, headers={"if-match": "*"})
    assert stored.get(f"{address}/profile").status_code == 404
    assert stored.put(f"{address}/profile", json=PROFILE).status_code == 404
