"""Swagger UI comes from the service alone, byte for byte as released, under a strict policy."""

from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

import pytest
from fastapi.testclient import TestClient

from app.api.docs import STATIC

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
MEDIA_TYPES: Final = {
    "/docs": "text/html; charset=utf-8",
    "/docs/stackrank.css": "text/css; charset=utf-8",
    "/docs/stackrank.js": "text/javascript; charset=utf-8",
    "/docs/swagger-ui.css": "text/css; charset=utf-8",
    "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "/favicon.ico": "image/png",
}


class Page(HTMLParser):
    """What a page loads, what it links to, and the names of all its tags and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts.append(data)


def test_the_service_itself_leads_to_its_documentation(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert answer.is_redirect
    assert answer.headers["location"] == "/docs"


@pytest.mark.parametrize("address", MEDIA_TYPES)
def test_every_file_has_its_media_type_and_the_policy(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES[address]
    assert answer.headers["content-security-policy"] == POLICY


def test_the_page_loads_only_what_the_service_serves(client: TestClient) -> None:
    page = Page(client.get("/docs").text)
    assert set(page.addresses) == {*MEDIA_TYPES, "/v1/openapi.json"} - {"/docs"}
    assert client.get("/v1/openapi.json").status_code == 200


def test_the_page_has_no_inline_script_or_style(client: TestClient) -> None:
    page = Page(client.get("/docs").text)
    assert page.scripts == []
    assert "style" not in page.names
    assert [name for name in page.names if name.startswith("on")] == []


@pytest.mark.parametrize("address", MEDIA_TYPES)
def test_a_file_is_sent_again_only_when_it_has_changed(client: TestClient, address: str) -> None:
    first = client.get(address)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(address, headers={"If-None-Match": f'"old", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(address, headers={"If-None-Match": '"old"'}).content == first.content


def test_an_unchanged_page_keeps_its_policy(client: TestClient) -> None:
    etag = client.get("/docs").headers["etag"]
    answer = client.get("/docs", headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize(
    "address",
    [
        "/docs/",
        "/docs/SHA256SUMS",
        "/docs/docs.html",
        "/docs/%2e%2e/docs.py",
        "/docs/swagger-ui/LICENSE",
        "/docs/swagger-ui.css.map",
    ],
)
def test_nothing_else_is_served(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_swagger_ui_is_as_released() -> None:
    directory = STATIC / "swagger-ui"
    listed = [line.split() for line in (directory / "SHA256SUMS").read_text().splitlines()]
    assert {name for _, name in listed} | {".gitattributes", "SHA256SUMS", "VERSION"} == {
        file.name for file in directory.iterdir()
    }
    for checksum, name in listed:
        assert sha256((directory / name).read_bytes()).hexdigest() == checksum, name


def test_swagger_ui_is_the_version_that_was_tried_in_a_browser() -> None:
    assert (STATIC / "swagger-ui/VERSION").read_text() == "5.35.0\n"
