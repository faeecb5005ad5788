"""What a load balancer asks."""

from fastapi.testclient import TestClient

from app import __version__


def test_a_living_process_says_what_it_is(client: TestClient) -> None:
    assert client.get("/livez").json() == {
        "status": "ok",
        "version": __version__,
        "contract": "1.0.0",
    }


def test_a_started_process_is_ready(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}
