"""Every operation asks for a key of its scope, before it reads anything of the request."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api.authentication import GuardedRoute
from app.keys import text as key_text
from app.keys.scopes import SCOPES, Scope
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from app.storage.keys import Keys
from app.storage.repository import DEFAULT_WORKSPACE
from tests.conftest import CONTRACT, KEY, SECRET, assert_keeps_the_contract, bearer, give_key

NOWHERE = "01a20650-0000-7000-8000-00000000dead"

OPERATIONS = [
    (method.upper(), path, operation["security"][0]["key"][0] if operation["security"] else None)
    for path, operations in CONTRACT["paths"].items()
    for method, operation in operations.items()
    if "/hooks/" not in path
]
"""Every operation with the scope that it needs."""

SIGNED = [path for path in CONTRACT["paths"] if "/hooks/" in path]
"""What asks for a signature instead of a key."""

OUTSIDE_THE_CONTRACT = {
    "/",
    "/docs",
    "/docs/stackrank.css",
    "/docs/stackrank.js",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/favicon.ico",
    "/metrics",
    "/problems",
    "/problems/{slug}",
    "/v1/openapi.json",
}
"""What anybody may read, and what is no operation."""


@pytest.fixture
def app(served: Database) -> FastAPI:
    return create_app(Settings(secret=SECRET), served)


def asked(app: FastAPI, headers: dict[str, str]) -> Iterator[tuple[str, Scope | None, int]]:
    """Ask for every operation, each from an address of its own, and say what was answered."""
    addresses = (f"10.0.{number // 200}.{number % 200}" for number in count())
    for method, path, needed in OPERATIONS:
        client = TestClient(app, client=(next(addresses), 1))
        url = path.format(
            **dict.fromkeys(("backlog_id", "run_id", "key_id"), NOWHERE),
            item_key="A",
            method="rice",
            source="jira",
            batch="nightly",
        )
        answer = client.request(method, url, headers=headers, json={})
        assert_keeps_the_contract(answer)
        yield f"{method} {path}", needed, answer.status_code


def test_every_operation_of_the_contract_names_one_scope_or_none() -> None:
    assert {needed for _, _, needed in OPERATIONS} == {*SCOPES, None}
    open_ones = {path for _, path, needed in OPERATIONS if needed is None}
    assert open_ones == {"/livez", "/readyz"}
    assert all(CONTRACT["paths"][path]["post"]["security"] == [] for path in SIGNED)


def test_no_other_address_is_open_but_those_that_are_named(app: FastAPI) -> None:
    client = TestClient(app)
    known = {*(path for _, path, _ in OPERATIONS), *SIGNED}
    others = {
        getattr(route, "path", "").replace(":uuid}", "}").replace(":path}", "}")
        for route in app.routes
    }
    others |= {"/v1/openapi.json"}  # included as a router
    assert others - known - {""} == OUTSIDE_THE_CONTRACT
    for path in OUTSIDE_THE_CONTRACT:
        assert client.get(path.format(slug="validation")).status_code == 200


@pytest.mark.parametrize("headers", [{}, bearer(KEY)], ids=["no key", "an admin's key"])
def test_no_key_stands_for_the_signature_of_a_webhook(
    app: FastAPI, headers: dict[str, str]
) -> None:
    assert len(SIGNED) == 3
    for path in SIGNED:
        url = path.format(backlog_id=NOWHERE)
        answer = TestClient(app).post(url, json={}, headers=headers)
        assert_keeps_the_contract(answer)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Signature realm="webhook"'


def test_a_route_that_does_not_say_who_may_ask_is_not_made() -> None:
    with pytest.raises(TypeError, match="does not say who may ask"):
        GuardedRoute("/forgotten", lambda: None)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_reaches_as_far_as_its_scope(app: FastAPI, database: Database, scope: Scope) -> None:
    key = give_key(database, scope).text
    for operation, needed, status in asked(app, bearer(key)):
        if needed is None or SCOPES.index(scope) >= SCOPES.index(needed):
            assert status not in {401, 403}, operation
        else:
            assert status == 403, operation


def ended(database: Database, *, revoked: bool) -> str:
    """A key that was good."""
    now = datetime.now(UTC)
    given = give_key(database, expires_at=None if revoked else now - timedelta(seconds=1))
    if revoked:
        with database.transaction() as connection:
            Keys(connection, DEFAULT_WORKSPACE).revoke(given.key.id, now)
    return given.text


@pytest.mark.parametrize(
    "kind", ["none", "another scheme", "malformed", "mistyped", "unknown", "expired", "revoked"]
)
def test_without_a_good_key_only_what_is_public_is_answered(
    app: FastAPI, database: Database, kind: str
) -> None:
    unknown = key_text.written(DEFAULT_WORKSPACE, UUID(NOWHERE), b"?" * 32)
    headers = {
        "none": {},
        "another scheme": {"authorization": "Basic c3I6c3I="},
        "malformed": bearer("sr_not_a_key"),
        "mistyped": bearer(KEY[:-1] + ("a" if KEY[-1] != "a" else "b")),
        "unknown": bearer(unknown),
        "expired": bearer(ended(database, revoked=False)),
        "revoked": bearer(ended(database, revoked=True)),
    }[kind]
    for operation, needed, status in asked(app, headers):
        assert (status == 401) == (needed is not None), operation


def test_a_key_of_another_service_is_none_of_this_one(served: Database) -> None:
    other = create_app(Settings(secret="another secret, which is as long as that"), served)  # noqa: S106
    for operation, needed, status in asked(other, bearer(KEY)):
        assert (status == 401) == (needed is not None), operation


def test_who_sends_no_key_is_told_what_to_do(client: TestClient) -> None:
    refused = client.get("/v1/methods", headers={"authorization": ""})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="stackrank"'
    assert refused.json()["type"] == "/problems/unauthorized"
    assert refused.json()["detail"] == (
        "No key was sent. In /docs press Authorize; elsewhere send Authorization: Bearer and the"
        " key, which begins with sr_."
    )


def test_only_who_has_the_whole_key_is_told_that_it_ended(
    client: TestClient, sqlite_copy: str
) -> None:
    database = Database(sqlite_copy)
    key = ended(database, revoked=True)
    database.close()
    workspace_id, key_id = key_text.read(key)
    forged = key_text.written(workspace_id, key_id, b"?" * 32)
    told = [client.get("/v1/methods", headers=bearer(sent)).json() for sent in (key, forged)]
    assert told[0]["detail"].startswith(f"The key {key_id} is revoked.")
    assert told[1]["detail"].startswith("What was sent is no key of this service.")


def test_a_scope_that_is_too_small_is_named_beside_the_one_that_is_needed(
    stored: TestClient, database: Database
) -> None:
    headers = bearer(give_key(database, "score").text)
    refused = stored.post("/v1/backlogs", json={}, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    assert refused.json()["detail"] == (
        "This needs a key of the scope write; yours has the scope score."
    )


def test_a_body_is_not_read_before_the_key_is(client: TestClient) -> None:
    answer = client.post(
        "/v1/backlogs/import", content=b" " * 2_000_000, headers={"authorization": "Bearer no"}
    )
    assert answer.status_code == 401


def test_an_address_that_guesses_keys_must_wait(client: TestClient) -> None:
    forged = [key_text.written(DEFAULT_WORKSPACE, UUID(int=n), b"?" * 32) for n in range(21)]
    assert client.get("/v1/methods").status_code == 200
    answers = [client.get("/v1/methods", headers=bearer(key)) for key in forged]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["type"] == "/problems/rate-limited"
    assert client.get("/v1/methods").status_code == 200, "whose key is known goes on"


def test_nobody_is_asked_where_the_setting_says_so(served: Database) -> None:
    app = create_app(Settings(secret=SECRET, auth="off"), served)
    client = TestClient(app, base_url="http://127.0.0.1")
    body = {"name": "Roadmap", "scoring": {"method": "rice"}}
    assert client.post("/v1/backlogs", json=body).status_code == 201
    assert client.get("/v1/keys").status_code == 200


@pytest.mark.parametrize(
    ("name", "trusts", "status"),
    [
        ("localhost:8000", False, 200),
        ("[::1]:8000", False, 200),
        ("rebound.example", False, 403),
        ("127.0.0.1.rebound.example", False, 403),
        ("stackrank.example", True, 200),
    ],
)
def test_where_nobody_is_asked_a_page_of_another_name_gets_nothing(
    served: Database, name: str, status: int, *, trusts: bool
) -> None:
    settings = Settings(secret=SECRET, auth="off", trust_network=trusts)
    client = TestClient(create_app(settings, served), base_url="http://127.0.0.1")
    answer = client.get("/v1/backlogs", headers={"host": name})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "/problems/forbidden"
        assert "STACKRANK_TRUST_NETWORK" in answer.json()["detail"]
