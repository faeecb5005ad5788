"""Every setting of the service, each an environment variable that starts with STACKRANK_."""

import json
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal

import limits
from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, RedisDsn, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DAY: Final = 24 * 60 * 60

HEAD: Final = """\
# Settings

Each is an environment variable, read once at the start. `stackrank settings` prints this page.
"""


def _is_rate(rate: str) -> str:
    parsed, *others = limits.parse_many(rate)
    if others or not parsed.amount:
        raise ValueError("Give one rate, of one request or more, such as 1200/minute")
    if parsed.get_expiry() > DAY:
        raise ValueError("Give it in days at most, such as 10000/day")
    return rate


def _is_redis(url: SecretStr) -> SecretStr:
    try:
        RedisDsn(url.get_secret_value())
    except ValueError:  # which holds the password
        raise ValueError("Give an address such as redis://host:6379") from None
    return url


def _as_list(sent: object) -> object:
    """Read a list ourselves: what pydantic-settings says of one does not name the variable."""
    if not isinstance(sent, str):
        return sent
    try:
        read = json.loads(sent)
    except ValueError:
        read = None
    if not isinstance(read, list):
        raise ValueError('Give a JSON list of texts, such as ["first", "second"]')  # noqa: TRY004
    return read


class Settings(BaseSettings):
    """What an operator may change; the defaults run on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix="STACKRANK_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    database_url: Annotated[str | None, Field(repr=False)] = None
    """`postgresql://user:password@host/name` or `sqlite:///path`; without it an SQLite file in the
    data directory of the user."""

    database_role: str | None = None
    """The role of PostgreSQL under which `serve` connects; `migrate`, which connects as the owner
    of the tables, grants it what it needs."""

    secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Signs cursors and peppers keys; made and kept beside an SQLite file, required with
    PostgreSQL."""

    previous_secrets: Annotated[
        list[Annotated[SecretStr, Field(min_length=32)]], NoDecode, BeforeValidator(_as_list)
    ] = []
    """Secrets that were in use before, as a JSON list: their cursors and keys stay good."""

    auth: Literal["on", "off"] = "on"
    """`off` asks nobody for a key: whoever reaches the service may do everything in the default
    workspace."""

    trust_network: bool = False
    """Lets `serve` listen on other addresses than loopback while `STACKRANK_AUTH` is `off`, and be
    called by other names."""

    pgbouncer: bool = False
    """Set it where a PgBouncer in transaction mode stands before PostgreSQL: nothing is prepared
    then, and each transaction says how long it waits."""

    max_body_size: Annotated[int, Field(ge=1024)] = 8 * 1024 * 1024
    """The largest request body in bytes; a larger one is answered 413 before it is parsed."""

    max_items: Annotated[int, Field(ge=1, le=50_000)] = 50_000
    """So many items a backlog may hold; a write that would make it more is refused with 409."""

    max_backlogs: Annotated[int, Field(ge=1)] = 10_000
    """So many backlogs a workspace may hold; one more is refused with 409."""

    max_runs: Annotated[int, Field(ge=1, le=1000)] = 1000
    """So many runs a backlog may hold; one more is refused with 409: export it and go on in a new
    one."""

    run_days: Annotated[int, Field(ge=31, le=36_500)] | None = None
    """For so many days, 31 or more, a run is kept that is frozen from now on, for ever without it:
    the next run of its backlog after that lets it go."""

    audit_days: Annotated[int, Field(ge=31, le=36_500)] | None = None
    """For so many days, 31 or more, it is kept who changed what, for ever without it: a write of
    a backlog forgets what is older, but for who deleted a backlog."""

    idempotency_hours: Annotated[int, Field(ge=1, le=720)] = 24
    """For so many hours the answer to an Idempotency-Key is kept and given again."""

    max_in_flight: Annotated[int, Field(ge=1)] = 64
    """So many requests a process works on at once; one more is answered 503 with Retry-After."""

    deadline: Annotated[float, Field(gt=0)] = 30
    """A request that is not answered after so many seconds is answered 503."""

    drain: Annotated[float, Field(ge=0)] = 5
    """For so many seconds after SIGTERM `/readyz` says no and everything else is still answered,
    so that a load balancer goes elsewhere; what is in flight then is finished."""

    rate_limit: Annotated[str, AfterValidator(_is_rate)] | None = None
    """So many requests a key may send, such as `1200/minute`; one more is answered 429."""

    redis_url: Annotated[SecretStr, AfterValidator(_is_redis)] | None = None
    """`redis://host:6379`, where all processes count together for the rate limit; each counts for
    itself without it."""

    log: Literal["text", "json"] = "text"
    """`json` writes a line for every request and event; `text` is for a terminal and writes what
    went wrong."""

    metrics_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """A port of its own for `/metrics`, which is on the public one without it."""

    delivery_days: Annotated[int, Field(ge=1, le=365)] = 7
    """For so many days webhooks are remembered, so that one that comes again is known."""

    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_as_list)] = []
    """The web origins that may call the API from a browser, as a JSON list; none by default."""

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{default_path()}"

    def run_kept_until(self, now: datetime) -> datetime | None:
        """Say until when a run is kept that comes now; for ever without it."""
        return now + timedelta(self.run_days) if self.run_days else None

    @property
    def given_secret(self) -> str | None:
        """The secret in the clear, if one is given."""
        return self.secret.get_secret_value() if self.secret else None

    @property
    def given_redis_url(self) -> str | None:
        """The address of Redis in the clear, if one is given."""
        return self.redis_url.get_secret_value() if self.redis_url else None

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
    if settings.auth == "on" or settings.trust_network or is_loopback(host):
        return
    raise OpenDoor(
        f"STACKRANK_AUTH is off, and {host} can be reached from elsewhere: whoever does may do"
        " everything. Set STACKRANK_TRUST_NETWORK=true as well if that is meant."
    )


def is_loopback(host: str) -> bool:
    """Ask if a name or an address leads to this machine alone, whoever says it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def page() -> str:
    """Write all settings as a page of the documentation."""
    rows = "".join(
        f"| `STACKRANK_{name.upper()}` | `{json.dumps(field.default)}` |"
        f" {' '.join((field.description or '').split())} |\n"
        for name, field in Settings.model_fields.items()
    )
    return f"{HEAD}\n| variable | default | |\n|---|---|---|\n{rows}"


def default_path() -> Path:
    """Where the embedded database is kept."""
    return user_data_path("stackrank", appauthor=False) / "stackrank.db"
