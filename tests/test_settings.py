"""What may be set is documented as it is read."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings, page


def test_the_page_of_settings_is_made_from_the_code() -> None:
    assert Path("docs/settings.md").read_text(encoding="utf-8") == page(), "run make docs"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rate_limit", "many"),
        ("rate_limit", "100"),
        ("rate_limit", "100/month"),
        ("rate_limit", "0/minute"),
        ("rate_limit", "1200/minute;5/second"),
        ("redis_url", "http://host"),
        ("redis_url", "redis://:hunter2@host:port"),
        ("log", "xml"),
        ("metrics_port", 0),
        ("max_in_flight", 0),
        ("deadline", 0),
        ("drain", -1),
        ("max_runs", 1001),
        ("audit_days", 30),
        ("run_days", 30),
        ("idempotency_hours", 0),
        ("secret", "short"),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value})


@pytest.mark.parametrize("rate", ["1/second", "1200/minute", "10 per 5 minutes", "9/day"])
def test_a_rate_is_a_number_in_a_time(rate: str) -> None:
    assert Settings(rate_limit=rate).rate_limit == rate


def test_no_secret_is_said_where_settings_are_printed() -> None:
    settings = Settings.model_validate(
        {
            "database_url": "postgresql://ada:canary@host/name",
            "secret": "canary" * 6,
            "redis_url": "redis://:canary@host",
        }
    )
    assert "canary" not in repr(settings)
