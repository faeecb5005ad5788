"""What a load balancer asks."""

from fastapi.testclient import TestClient

from app import __version__


def test_a_living_process_says_what_it_is(client: TestClient) -> None:
    assert client.get("/livez").json() == {
        "status": "ok",
        "version": __version__,
        "contract": "1.1.1",
    }


def test_a_process_with_its_database_is_ready(stored: TestClient) -> None:
    assert stored.get("/readyz").json() == {"status": "ready"}


def test_a_process_without_a_schema_is_not_ready(client: TestClient) -> None:
    refused = client.get("/readyz")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "The database has an older schema. Run: stackrank migrate"
