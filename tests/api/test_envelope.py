"""What every answer carries, whoever made it."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient

EVERYWHERE = ["/livez", "/v1/methods", "/v1/methods/rise", "/nowhere", "/problems", "/docs"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_has_a_request_id_and_the_security_headers(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    assert str(UUID(headers["x-request-id"])) == headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_two_requests_have_different_ids(client: TestClient) -> None:
    first, second = client.get("/livez"), client.get("/livez")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


@pytest.mark.parametrize(
    "sent", ["0199a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b", "0199A2B45C6D7E8F9A0B1C2D3E4F5A6B"]
)
def test_a_request_id_that_is_a_uuid_is_taken_and_told(client: TestClient, sent: str) -> None:
    answer = client.get("/nowhere", headers={"x-request-id": sent})
    assert answer.headers["x-request-id"] == "0199a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"
    assert answer.json()["request_id"] == "0199a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"
    assert answer.json()["instance"] == "urn:uuid:0199a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b"


@pytest.mark.parametrize("sent", ["", "abc", "x" * 10_000, "\xff", "{}"])
def test_any_other_request_id_is_replaced(client: TestClient, sent: str) -> None:
    answer = client.get("/livez", headers={b"x-request-id": sent.encode("latin-1")})
    assert str(UUID(answer.headers["x-request-id"])) != sent
