"""Query parameters that are true or false, and nothing that looks like it."""

from typing import Annotated

from pydantic import BeforeValidator, Strict


def _flag(sent: object) -> object:
    return {"true": True, "false": False}.get(sent, sent) if isinstance(sent, str) else sent


Flag = Annotated[bool, Strict(), BeforeValidator(_flag)]
"""`true` or `false`; Pydantic would take `yes`, `on` and `1` as well."""
