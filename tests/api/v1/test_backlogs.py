"""A backlog is created, read, changed and deleted; its name is its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.backlogs.writing import create, new_backlog
from app.engine.methods import METHODS
from app.engine.ranking import Scoring
from app.storage.database import Database
from app.storage.repository import DEFAULT_WORKSPACE, Repository
from tests.api.v1.conftest import Made, rice

RICE = {"name": "Roadmap", "scoring": {"method": "rice"}}


def test_a_new_backlog_is_at_its_address(stored: TestClient) -> None:
    made = stored.post("/v1/backlogs", json=RICE)
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"' == made.json()["etag"]
    assert stored.get(made.headers["location"]).json() == made.json()


def test_the_options_that_were_not_sent_are_answered(stored: TestClient) -> None:
    scoring = stored.post("/v1/backlogs", json=RICE).json()["scoring"]
    assert scoring["method"] == "rice"
    assert scoring["options"]["impact_scale"] == "intercom"
    assert scoring["bucket_by"] is None


def test_a_name_is_taken_once(stored: TestClient) -> None:
    made = stored.post("/v1/backlogs", json=RICE).json()
    again = stored.post("/v1/backlogs", json=RICE)
    assert again.status_code == 409
    assert made["id"] in again.json()["detail"]
    assert stored.get("/v1/backlogs", params={"name": "Roadmap"}).json()["data"] == [made]
    assert stored.get("/v1/backlogs", params={"name": "Other"}).json()["data"] == []


def test_a_name_can_be_changed_to_a_free_one_only(stored: TestClient, made: Made) -> None:
    one, other = made("One"), made("Other")
    assert stored.patch(one, json={"name": "Other"}).status_code == 409
    changed = stored.patch(one, json={"name": "First", "description": "Ours"}).json()
    assert (changed["name"], changed["description"], changed["revision"]) == ("First", "Ours", 2)
    assert stored.patch(other, json={"name": "One"}).status_code == 200


@pytest.mark.parametrize("way", ["create", "rename", "import"])
def test_of_two_who_want_a_name_at_the_same_moment_one_is_told_whose_it_is(
    stored: TestClient, made: Made, database: Database, way: str
) -> None:
    mine = made("Mine")
    exported = stored.get(f"{mine}/export").json()
    exported["backlog"]["name"] = "Roadmap"
    method, address, body = {
        "create": ("POST", "/v1/backlogs", RICE),
        "rename": ("PATCH", mine, {"name": "Roadmap"}),
        "import": ("POST", "/v1/backlogs/import", exported),
    }[way]
    scoring = Scoring(METHODS["rice"], METHODS["rice"].options())
    theirs = new_backlog("Roadmap", None, scoring, datetime.now(UTC))
    with ThreadPoolExecutor(1) as other:
        with database.transaction() as connection:
            create(Repository(connection, DEFAULT_WORKSPACE), theirs)
            asked = other.submit(stored.request, method, address, json=body)
            wait_for_a_waiting_write(database)
        refused = asked.result()
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
    assert refused.json()["detail"] == f"The backlog {theirs.id} has this name."


def wait_for_a_waiting_write(database: Database) -> None:
    """SQLite lets nobody look for a name while another one writes."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = monotonic() + 5
    while not database.is_sqlite:
        with database.looking() as connection:
            if connection.scalar(waiting):
                return
        assert monotonic() < until
        sleep(0.01)


def test_absent_keeps_and_null_clears(stored: TestClient, made: Made) -> None:
    address = made()
    stored.patch(address, json={"description": "Ours"})
    assert stored.patch(address, json={}).json()["description"] == "Ours"
    cleared = stored.patch(address, json={"description": None}).json()
    assert (cleared["description"], cleared["revision"]) == (None, 3)
    assert stored.patch(address, json={"name": None}).status_code == 422


def test_the_same_scoring_again_changes_nothing(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    again = stored.patch(address, json={"scoring": {"method": "rice", "options": {}}})
    assert again.json()["revision"] == 2


def test_a_change_by_who_has_not_seen_the_last_one_is_refused(
    stored: TestClient, made: Made
) -> None:
    address = made()
    etag = stored.get(address).headers["etag"]
    seen = {"if-match": etag}
    assert stored.patch(address, json={"description": "Mine"}, headers=seen).status_code == 200
    stale = stored.patch(address, json={"description": "Yours"}, headers=seen)
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    for send in (stored.post, stored.put):
        assert send(f"{address}/items", json={"items": []}, headers=seen).status_code == 412
    assert stored.post(f"{address}/runs", json={}, headers=seen).status_code == 412


def test_to_delete_is_to_say_which_state(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1)])
    stored.post(f"{address}/runs", json={})
    assert stored.delete(address).status_code == 428
    assert stored.delete(address, headers={"if-match": '"1"'}).status_code == 412
    etag = stored.get(address).headers["etag"]
    assert stored.delete(address, headers={"if-match": etag}).status_code == 204
    for path in ("", "/items", "/ranking", "/runs", "/export", "/items/A", "/report.md"):
        gone = stored.get(f"{address}{path}")
        assert (gone.status_code, gone.json()["type"]) == (404, "/problems/not-found"), path
    assert stored.post("/v1/backlogs", json=RICE).status_code == 201


def test_backlogs_are_listed_page_by_page_from_the_oldest(stored: TestClient, made: Made) -> None:
    for name in "ABCDE":
        made(name)
    seen: list[str] = []
    url = "/v1/backlogs?limit=2"
    while url:
        page = stored.get(url)
        seen += [backlog["name"] for backlog in page.json()["data"]]
        url = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == ["A", "B", "C", "D", "E"]


WRONG = {
    "no name": ({"scoring": {"method": "rice"}}, "#"),
    "no scoring": ({"name": "N"}, "#"),
    "a blank before the name": ({"name": " N", "scoring": {"method": "rice"}}, "#/name"),
    "a NUL in the name": ({"name": "N\0", "scoring": {"method": "rice"}}, "#/name"),
    "an unknown name": ({"name": "N", "scoring": {"method": "rice"}, "items": []}, "#/items"),
}

WRONG_SCORING = {
    "an unknown method": ({"method": "rise"}, "#/scoring/method"),
    "no scoring at all": (None, "#/scoring"),
    "an unknown option": ({"method": "rice", "options": {"cut": 1}}, "#/scoring/options/cut"),
    "buckets of buckets": (
        {"method": "moscow", "bucket_by": {"method": "kano"}},
        "#/scoring/bucket_by",
    ),
    "a criterion without a scale": (
        {"method": "weighted", "options": {"criteria": {"a": {"weight": 1}}}},
        "#/scoring/options",
    ),
}


@pytest.mark.parametrize("name", [*WRONG, *WRONG_SCORING])
def test_what_is_wrong_with_a_backlog_is_said_with_its_place(
    stored: TestClient, name: str
) -> None:
    if name in WRONG:
        sent, pointer = WRONG[name]
    else:
        scoring, pointer = WRONG_SCORING[name]
        sent = {"name": "N", "scoring": scoring}
    answer = stored.post("/v1/backlogs", json=sent)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_a_parameter_is_told_to_be_wrong_once(stored: TestClient) -> None:
    for query in ("name=%00", "cursor=!"):
        (fault,) = stored.get(f"/v1/backlogs?{query}").json()["errors"]
        assert fault["code"] == "string_pattern_mismatch"


@pytest.mark.parametrize("id_", ["1", "x", "0199a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b", "%00"])
def test_a_backlog_that_is_not_there_is_not_found(stored: TestClient, id_: str) -> None:
    for path in ("", "/ranking", "/items", "/runs", "/diff?from=x"):
        assert stored.get(f"/v1/backlogs/{id_}{path}").status_code in {404, 422}


BREAK_AT_COMMIT = {
    "sqlite": [
        "CREATE TABLE late (name REFERENCES workspace (name) DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TRIGGER late AFTER INSERT ON backlog BEGIN INSERT INTO late VALUES ('?'); END",
    ],
    "postgresql": [
        """CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'late' USING ERRCODE = 'foreign_key_violation'; END $$""",
        """CREATE CONSTRAINT TRIGGER late AFTER INSERT ON backlog DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION late()""",
    ],
}


def test_a_write_whose_commit_fails_is_not_told_to_be_done(
    stored: TestClient, database: Database
) -> None:
    with database.transaction() as connection:
        for statement in BREAK_AT_COMMIT[connection.dialect.name]:
            connection.exec_driver_sql(statement)
    for headers in ({}, {"idempotency-key": "k"}):
        answer = stored.post("/v1/backlogs", json=RICE, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert stored.get("/v1/backlogs").json()["data"] == []
