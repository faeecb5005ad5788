"""What a load balancer asks."""

from fastapi.testclient import TestClient
from sqlalchemy import text

from app import __version__
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database


def test_a_living_process_says_what_it_is(client: TestClient) -> None:
    assert client.get("/livez").json() == {
        "status": "ok",
        "version": __version__,
        "contract": "1.12.2",
    }


def test_a_process_with_its_database_is_ready(stored: TestClient) -> None:
    assert stored.get("/readyz").json() == {"status": "ready"}


def test_a_process_without_a_schema_is_not_ready() -> None:
    refused = TestClient(create_app(Settings(), Database("sqlite://"))).get("/readyz")
    assert refused.status_code == 503
    assert refused.json()["detail"] == "The database has no schema yet. Run: stackrank migrate"


def test_a_process_serves_on_while_a_newer_program_takes_over(
    stored: TestClient, database: Database
) -> None:
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    assert stored.get("/readyz").status_code == 200
