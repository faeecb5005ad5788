"""Every setting of the service, each an environment variable that starts with STACKRANK_."""

from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may change; the defaults run on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix="STACKRANK_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    database_url: str | None = None
    """`postgresql://user:password@host/name` or `sqlite:///path`; without it an SQLite file in the
    data directory of the user."""

    secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Signs cursors; made and kept beside an SQLite file, required with PostgreSQL."""

    max_body_size: Annotated[int, Field(ge=1024)] = 8 * 1024 * 1024
    """The largest request body in bytes; a larger one is answered 413 before it is parsed."""

    max_items: Annotated[int, Field(ge=1, le=50_000)] = 50_000
    """So many items a backlog may hold; a write that would make it more is refused."""

    cors_origins: list[str] = []
    """The web origins that may call the API from a browser, as a JSON list; none by default."""

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{default_path()}"

    @property
    def given_secret(self) -> str | None:
        """The secret in the clear, if one is given."""
        return self.secret.get_secret_value() if self.secret else None


def default_path() -> Path:
    """Where the embedded database is kept."""
    return user_data_path("stackrank", appauthor=False) / "stackrank.db"
