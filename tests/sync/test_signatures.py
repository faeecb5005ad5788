"""A delivery is believed if the tool signed its bytes, and only then."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from app.sync.signatures import delivery_of, is_signed

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)

SECRET = "It's a Secret to Everybody"  # noqa: S105 - the published vector
BODY = b"Hello World!"
HEX = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"

LINEAR_BODY = b'{"webhookTimestamp":1763632800000}'
LINEAR_HEX = "d51370ffe2b07296c8ebf71c382377b071fdc6b3161c682637dcd65ddb657b6f"


@pytest.mark.parametrize(
    ("source", "header"), [("jira", "x-hub-signature"), ("github", "x-hub-signature-256")]
)
def test_the_published_vector_holds(source: str, header: str) -> None:
    assert is_signed(source, BODY, {header: f"sha256={HEX}"}, SECRET, NOW)


@pytest.mark.parametrize(
    ("source", "headers", "body", "secret"),
    [
        ("jira", {}, BODY, SECRET),
        ("jira", {"x-hub-signature": ""}, BODY, SECRET),
        ("jira", {"x-hub-signature": HEX}, BODY, SECRET),
        ("jira", {"x-hub-signature": f"sha1={HEX}"}, BODY, SECRET),
        ("jira", {"x-hub-signature": f"sha256={HEX.upper()}"}, BODY, SECRET),
        ("jira", {"x-hub-signature": f"sha256={HEX}"}, BODY + b" ", SECRET),
        ("jira", {"x-hub-signature": f"sha256={HEX}"}, BODY, SECRET + "!"),
        ("jira", {"x-hub-signature-256": f"sha256={HEX}"}, BODY, SECRET),
        ("jira", {"x-hub-signature": "sha256=\u00e9"}, BODY, SECRET),
        ("github", {"x-hub-signature": f"sha256={HEX}"}, BODY, SECRET),
        ("linear", {"linear-signature": HEX}, BODY, SECRET),
        ("csv", {}, BODY, SECRET),
    ],
)
def test_what_is_not_signed_so_is_not_believed(
    source: str, headers: dict[str, str], body: bytes, secret: str
) -> None:
    assert not is_signed(source, body, headers, secret, NOW)


@pytest.mark.parametrize(
    ("seconds", "believed"), [(0, True), (60, True), (-60, True), (61, False), (-61, False)]
)
def test_a_delivery_of_linear_is_believed_for_a_minute(seconds: int, believed: bool) -> None:
    headers = {"linear-signature": LINEAR_HEX}
    sent = datetime.fromtimestamp(1763632800, UTC)
    now = sent + timedelta(seconds=seconds)
    assert is_signed("linear", LINEAR_BODY, headers, SECRET, now) is believed


@pytest.mark.parametrize("body", [b"{}", b"[]", b"{", b'{"webhookTimestamp":"now"}', b"5"])
def test_a_delivery_of_linear_that_says_no_time_is_not_believed(body: bytes) -> None:
    headers = {"linear-signature": hmac.digest(SECRET.encode(), body, "sha256").hex()}
    assert not is_signed("linear", body, headers, SECRET, NOW)


def test_a_delivery_is_known_by_its_id() -> None:
    assert delivery_of("jira", {"x-atlassian-webhook-identifier": "1"}) == "1"
    assert delivery_of("linear", {"linear-delivery": "2"}) == "2"
    assert delivery_of("github", {"x-github-delivery": "3"}) == "3"
    assert delivery_of("github", {}) is None
    assert delivery_of("csv", {}) is None
