"""What the database undid is done again, so often and no more."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import metrics
from app.api.authentication import PUBLIC
from app.api.envelope import Envelope
from app.api.problems import add_handlers
from app.api.routes import StrictRoute
from app.storage.errors import Undone


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
