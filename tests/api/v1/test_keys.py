"""Admins give keys, change them for new ones and take them away; nobody sees one twice."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.storage.database import Database
from tests.conftest import KEY, KEY_ID, bearer


def given(stored: TestClient, **more: object) -> dict[str, str]:
    answer = stored.post("/v1/keys", json={"name": "script", "scope": "write"} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    assert answer.headers["location"] == f"/v1/keys/{made['id']}"
    return made


def status_with(stored: TestClient, key: str) -> int:
    return stored.get("/v1/backlogs", headers=bearer(key)).status_code


def test_a_key_is_shown_once_and_only_its_digest_is_kept(
    stored: TestClient, database: Database
) -> None:
    made = given(stored)
    assert made["key"].startswith(made["begins_with"] + "_")
    assert status_with(stored, made["key"]) == 200
    read = stored.get(f"/v1/keys/{made['id']}")
    assert read.json() == {name: value for name, value in made.items() if name != "key"} | {
        "last_used_at": read.json()["last_used_at"]
    }
    secret = made["key"].rpartition("_")[2]
    assert secret not in stored.get("/v1/keys").text
    with database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM api_key")).all()
    assert len(rows) == 2
    assert secret not in str(rows)


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(stored: TestClient) -> None:
    made = given(stored)
    assert status_with(stored, made["key"]) == 200
    for _ in range(2):
        assert stored.delete(f"/v1/keys/{made['id']}").status_code == 204
    assert status_with(stored, made["key"]) == 401
    listed = stored.get("/v1/keys").json()["data"]
    assert [key["id"] for key in listed] == [str(KEY_ID), made["id"]]
    assert listed[1]["revoked_at"] is not None


def test_a_rotated_key_is_good_beside_the_new_one_for_a_day(stored: TestClient) -> None:
    old = given(stored)
    answer = stored.post(f"/v1/keys/{old['id']}/rotations")
    new = answer.json()
    assert answer.status_code == 201
    assert (new["name"], new["scope"]) == ("script", "write")
    assert status_with(stored, old["key"]) == status_with(stored, new["key"]) == 200
    ends = datetime.fromisoformat(stored.get(f"/v1/keys/{old['id']}").json()["expires_at"])
    assert timedelta(hours=23) < ends - datetime.now(UTC) < timedelta(hours=25)


def test_a_key_that_was_rotated_is_not_rotated_again(stored: TestClient) -> None:
    old = given(stored)
    rotations = f"/v1/keys/{old['id']}/rotations"
    new = stored.post(rotations).json()
    assert new["expires_at"] is None
    refused = stored.post(rotations)
    assert refused.status_code == 409
    assert refused.json()["detail"] == f"The key {old['id']} ends within a day: create a new one."


def test_a_key_that_has_ended_is_not_rotated(stored: TestClient) -> None:
    made = given(stored)
    stored.delete(f"/v1/keys/{made['id']}")
    refused = stored.post(f"/v1/keys/{made['id']}/rotations")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")


def test_a_key_ends_when_it_was_said(stored: TestClient) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).astimezone().isoformat()
    made = given(stored, expires_at=soon)
    assert made["expires_at"].endswith("Z")
    assert datetime.fromisoformat(made["expires_at"]) == datetime.fromisoformat(soon)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at"),
        ({"expires_at": "2100-01-01T00:00:00"}, "#/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "#/expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+12:00"}, "#/expires_at"),
        ({"expires_at": 4102444800}, "#/expires_at"),
        ({"expires_at": "4102444800"}, "#/expires_at"),
        ({"scope": "root"}, "#/scope"),
        ({"name": ""}, "#/name"),
    ],
)
def test_what_is_no_key_is_refused_with_its_place(
    stored: TestClient, sent: dict[str, str], pointer: str
) -> None:
    refused = stored.post("/v1/keys", json={"name": "script", "scope": "write"} | sent)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_keys_come_page_by_page(stored: TestClient) -> None:
    made = [given(stored)["id"] for _ in range(2)]
    first = stored.get("/v1/keys?limit=2").json()
    second = stored.get("/v1/keys", params={"cursor": first["next_cursor"], "limit": 2}).json()
    found = [key["id"] for page in (first, second) for key in page["data"]]
    assert found == [str(KEY_ID), *made]
    assert second["next_cursor"] is None


def test_an_unknown_key_is_not_found(stored: TestClient) -> None:
    address = "/v1/keys/01a20650-0000-7000-8000-00000000dead"
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotations")):
        assert stored.request(method, address + path).status_code == 404


def test_it_is_written_when_a_key_was_used_though_not_at_the_request(
    stored: TestClient, database: Database
) -> None:
    def last_used() -> object:
        with database.reading() as connection:
            return connection.scalar(text("SELECT last_used_at FROM api_key"))

    assert status_with(stored, KEY) == 200
    assert last_used() is None
    stored.__exit__()
    assert last_used() is not None
    stored.__enter__()
