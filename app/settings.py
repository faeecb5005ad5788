"""Every setting of the service, each an environment variable that starts with STACKRANK_."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may change; the defaults run on a laptop."""

    model_config = SettingsConfigDict(
        env_prefix="STACKRANK_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    max_body_size: int = 8 * 1024 * 1024
    """The largest request body in bytes; a larger one is answered 413 before it is parsed."""

    cors_origins: list[str] = []
    """The web origins that may call the API from a browser, as a JSON list; none by default."""
