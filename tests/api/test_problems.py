"""Every refusal is a problem of a documented kind."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.api import problems
from app.engine.errors import EngineError
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    answer = client.get("/nowhere")
    request_id = answer.headers["x-request-id"]
    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/problems/not-found",
        "title": "Nothing is here",
        "status": 404,
        "detail": "The address, or a name in it, is not known. The addresses are listed in /docs.",
        "instance": f"urn:uuid:{request_id}",
        "request_id": request_id,
        "errors": [],
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/score/rice", "POST"),
        ("DELETE", "/v1/methods", "GET, HEAD"),
        ("PUT", "/livez", "GET, HEAD"),
    ],
)
def test_a_wrong_http_method_is_told_the_right_ones(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["allow"] == allowed


def test_an_address_of_several_routes_names_the_methods_of_all() -> None:
    app = create_app(Settings(auth="off"), Database("sqlite://"))
    app.add_api_route("/several", lambda: None, methods=["GET"])
    app.add_api_route("/several", lambda: None, methods=["PUT"])
    answer = TestClient(app).delete("/several")
    assert answer.headers["allow"] == "GET, HEAD, PUT"


def test_a_broken_endpoint_says_no_more_than_the_request_id() -> None:
    app = create_app(Settings(auth="off"), Database("sqlite://"))

    @app.get("/broken")
    def break_down() -> None:
        raise RuntimeError("s3cret")

    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("slug", problems.KINDS)
def test_the_type_of_a_problem_leads_to_its_page(client: TestClient, slug: str) -> None:
    page = client.get(f"/problems/{slug}")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert problems.KINDS[slug].title in page.text
    assert f'href="/problems/{slug}"' in client.get("/problems").text


def test_an_unknown_problem_has_no_page(client: TestClient) -> None:
    assert client.get("/problems/nothing").status_code == 404


@pytest.mark.parametrize("error", EngineError.__subclasses__())
def test_every_refusal_of_the_engine_has_a_kind(error: type[EngineError]) -> None:
    assert error in problems.EXCEPTIONS


@pytest.fixture
def from_elsewhere() -> Iterator[TestClient]:
    settings = Settings(auth="off", cors_origins=["https://roadmap.example"])
    app = create_app(settings, Database("sqlite://"))
    with TestClient(
        app, base_url="http://localhost", headers={"origin": "https://roadmap.example"}
    ) as client:
        yield client


def test_no_other_origin_may_read_an_answer_by_default(client: TestClient) -> None:
    answer = client.get("/v1/methods", headers={"origin": "https://roadmap.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_an_origin_that_the_settings_name_may(from_elsewhere: TestClient) -> None:
    answer = from_elsewhere.get("/v1/methods/rise")
    assert answer.headers["access-control-allow-origin"] == "https://roadmap.example"
    preflight = from_elsewhere.options(
        "/v1/score/rice",
        headers={
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    assert preflight.status_code == 200


def test_a_preflight_of_another_origin_is_refused_as_a_problem(from_elsewhere: TestClient) -> None:
    answer = from_elsewhere.options(
        "/v1/score/rice",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
    )
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert "access-control-allow-origin" not in answer.headers


def test_a_named_origin_may_read_that_its_body_is_too_large(from_elsewhere: TestClient) -> None:
    answer = from_elsewhere.post("/v1/score/rice", content=b" " * (8 * 1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["access-control-allow-origin"] == "https://roadmap.example"


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/v1/score/rise", "/v1/score/rice"), ("/v1/method", "/v1/methods"), ("/live", "/livez")],
)
def test_an_unknown_address_near_a_known_one_names_it(
    client: TestClient, path: str, meant: str
) -> None:
    answer = client.post(path, json={})
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith(f"Did you mean {meant}?")


def test_an_address_far_from_all_names_none(client: TestClient) -> None:
    assert "mean" not in client.get("/wp-login.php").json()["detail"]


def test_head_is_answered_where_get_is(client: TestClient) -> None:
    assert client.head("/livez").status_code == 200
    assert client.head("/v1/score/rice").status_code == 405


def test_words_of_code_are_marked_on_the_pages(client: TestClient) -> None:
    assert "<code>errors</code>" in client.get("/problems/validation").text
