"""An address is what it says, and what the database undid is done again, so often and no more."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

from app import metrics
from app.api.authentication import PUBLIC
from app.api.envelope import Envelope
from app.api.handlers import add_handlers
from app.api.routes import BytesRoute, StrictRoute
from app.storage.errors import Undone


class Sent(BaseModel):
    """What a route is sent."""


@pytest.mark.parametrize(("times", "status"), [(0, 200), (1, 200), (3, 200), (4, 503)])
def test_a_write_that_was_undone_is_tried_three_times_more(times: int, status: int) -> None:
    app = FastAPI()
    add_handlers(app)
    app.router.route_class = StrictRoute
    tried = 0

    @app.post("/", openapi_extra=PUBLIC)
    def write() -> None:
        nonlocal tried
        tried += 1
        if tried <= times:
            raise Undone("The database let another write go on instead.")

    before = metrics.RETRIES._value.get()  # noqa: SLF001 - there is no other way to read it
    answer = TestClient(Envelope(app)).post("/")
    assert answer.status_code == status
    assert metrics.RETRIES._value.get() == before + min(times, 3)  # noqa: SLF001
    if status == 503:
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["type"] == "/problems/unavailable"


def test_a_line_break_behind_an_address_is_a_part_of_it(client: TestClient) -> None:
    body = {"items": [{"key": "A", "inputs": {}}]}
    assert client.post("/v1/score/rice", json=body).status_code == 200
    assert client.post("/v1/score/rice%0A", json=body).status_code == 404
    for address in ("/livez", "/v1/methods", "/v1/openapi.json"):
        assert client.get(address).status_code == 200
        answer = client.get(f"{address}%0A")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        assert "x-request-id" in answer.headers


@pytest.mark.parametrize("root_path", ["", "/", "/v", "/prefix"])
def test_a_proxy_may_put_something_before_every_address(root_path: str) -> None:
    app = FastAPI()
    app.router.route_class = StrictRoute

    @app.get("/v1/methods", openapi_extra=PUBLIC)
    def methods() -> None: ...

    client = TestClient(app, root_path=root_path)
    assert client.get("/v1/methods").status_code == 200
    assert client.get(f"{root_path.rstrip('/')}/v1/methods").status_code == 200
    assert client.get("/v1/other").status_code == 404


def test_a_limit_that_a_route_would_not_hold_is_no_option_of_it() -> None:
    app = FastAPI()
    app.router.route_class = BytesRoute

    with pytest.raises(TypeError, match="no limit of its own"):

        @app.post("/", openapi_extra=PUBLIC, max_body_size=100)
        def score(body: Sent, query: Sent) -> None: ...
