"""What is full says so and takes nothing more; what has expired makes room."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import text

from app.storage.database import Database
from tests.api.v1.conftest import Serve


def create(client: TestClient, name: str) -> Any:  # noqa: ANN401 - Starlette's answer
    return client.post("/v1/backlogs", json={"name": name, "scoring": {"method": "rice"}})


def test_a_full_workspace_takes_no_backlog_more(serve: Serve) -> None:
    client = serve(max_backlogs=2)
    first = create(client, "A")
    create(client, "B")
    refused = create(client, "C")
    assert refused.status_code == 409
    assert refused.json()["detail"] == (
        "The workspace holds 2 backlogs and may hold no more: delete one first."
    )
    exported = client.get(f"{first.headers['location']}/export").json()
    exported["backlog"]["name"] = "C"
    assert client.post("/v1/backlogs/import", json=exported).status_code == 409
    client.delete(first.headers["location"], headers={"if-match": first.headers["etag"]})
    assert create(client, "C").status_code == 201


def test_a_backlog_that_is_full_of_runs_keeps_them_and_takes_none_more(serve: Serve) -> None:
    client = serve(max_runs=2)
    address = create(client, "A").headers["location"]
    runs = [client.post(f"{address}/runs", json={}) for _ in range(3)]
    assert [run.status_code for run in runs] == [201, 201, 409]
    assert runs[2].json()["detail"] == (
        "A backlog may hold 2 runs: export it and go on in a new one."
    )
    assert len(client.get(f"{address}/runs").json()["data"]) == 2


def test_an_import_is_held_to_the_same(serve: Serve) -> None:
    client = serve()
    address = create(client, "A").headers["location"]
    items = [{"key": key} for key in "ABC"]
    client.post(f"{address}/items", json={"items": items})
    client.post(f"{address}/runs", json={})
    client.post(f"{address}/runs", json={})
    exported = client.get(f"{address}/export").json()
    exported["backlog"]["name"] = "B"
    refused = serve(max_items=2).post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 409
    assert refused.json()["detail"] == "It would hold 3 items and may hold 2."
    refused = serve(max_runs=1).post("/v1/backlogs/import", json=exported)
    assert refused.status_code == 409
    assert len(client.get("/v1/backlogs").json()["data"]) == 1


def test_an_answer_is_kept_for_the_hours_that_are_set(serve: Serve, database: Database) -> None:
    client = serve(idempotency_hours=2)
    body = {"name": "A", "scoring": {"method": "rice"}}
    before = datetime.now(UTC)
    client.post("/v1/backlogs", json=body, headers={"idempotency-key": "once"})
    with database.reading() as connection:
        said = connection.scalar(text("SELECT expires_at FROM idempotency"))
    expiry = datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    assert timedelta(hours=2) <= expiry - before < timedelta(hours=2, minutes=1)


def test_expired_answers_are_forgotten_a_hundred_at_a_time(
    serve: Serve, database: Database
) -> None:
    client = serve()
    for number in range(102):
        headers = {"idempotency-key": str(number)}
        client.post("/v1/backlogs", json=named(number), headers=headers)
    with database.transaction() as connection:
        connection.execute(text("UPDATE idempotency SET expires_at = '2020-01-01 00:00:00'"))
    kept = text("SELECT count(*) FROM idempotency")
    counts = []
    for number in (200, 201):
        headers = {"idempotency-key": str(number)}
        client.post("/v1/backlogs", json=named(number), headers=headers)
        with database.reading() as connection:
            counts.append(connection.scalar(kept))
    assert counts == [3, 2]


def named(number: int) -> dict[str, object]:
    return {"name": str(number), "scoring": {"method": "rice"}}
