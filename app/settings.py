"""Every setting of the service, each an environment variable that starts with STACKRANK_."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

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

    database_role: str | None = None
    """The role of PostgreSQL under which `serve` connects; `migrate`, which connects as the owner
    of the tables, grants it what it needs."""

    secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Signs cursors and peppers keys; made and kept beside an SQLite file, required with
    PostgreSQL."""

    previous_secrets: list[Annotated[SecretStr, Field(min_length=32)]] = []
    """Secrets that were in use before, as a JSON list: their cursors and keys stay good."""

    auth: Literal["on", "off"] = "on"
    """`off` asks nobody for a key: whoever reaches the service may do everything in the default
    workspace."""

    trust_network: bool = False
    """Lets `serve` listen on other addresses than loopback while `STACKRANK_AUTH` is `off`."""

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

    @property
    def given_previous_secrets(self) -> list[str]:
        """The secrets of before in the clear."""
        return [secret.get_secret_value() for secret in self.previous_secrets]


class OpenDoor(Exception):
    """Nobody would be asked for a key at an address that others can reach."""


def refuse_open_door(settings: Settings, host: str) -> None:
    """Refuse to listen for others while nobody is asked for a key.

    Raises:
        OpenDoor: the settings do not say that the network is trusted.
    """
    if settings.auth == "on" or settings.trust_network or _is_loopback(host):
        return
    raise OpenDoor(
        f"STACKRANK_AUTH is off, and {host} can be reached from elsewhere: whoever does may do"
        " everything. Set STACKRANK_TRUST_NETWORK=true as well if that is meant."
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def default_path() -> Path:
    """Where the embedded database is kept."""
    return user_data_path("stackrank", appauthor=False) / "stackrank.db"
