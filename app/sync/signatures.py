"""Whether a delivery is what the tool sent: HMAC over the raw body, compared in constant time."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import orjson

from app.sync.tools import TOOLS

LATEST: Final = 60
"""Seconds that may lie between a delivery's own timestamp and now."""


def is_signed(
    source: str, body: bytes, headers: Mapping[str, str], secret: str, now: datetime
) -> bool:
    """Ask if the tool signed this body with this secret; header names in lower case.

    Where the body says when it was sent, as Linear's do, it is also refused when that is more
    than 60 seconds from now.
    """
    signature = TOOLS[source].signature
    if signature is None:
        return False
    made = signature.prefix + hmac.digest(secret.encode(), body, "sha256").hex()
    sent = headers.get(signature.header, "")
    if not hmac.compare_digest(made.encode(), sent.encode()):
        return False
    return not signature.timestamp or _is_fresh(body, signature.timestamp, now)


def delivery_of(source: str, headers: Mapping[str, str]) -> str | None:
    """Read by what id the tool knows this delivery, which it sends again with the same one."""
    signature = TOOLS[source].signature
    return headers.get(signature.delivery) if signature else None


def _is_fresh(body: bytes, name: str, now: datetime) -> bool:
    try:
        match orjson.loads(body):
            case {**members}:
                sent = members.get(name)
            case _:
                return False
    except orjson.JSONDecodeError:
        return False
    return isinstance(sent, int | float) and abs(now.timestamp() - sent / 1000) <= LATEST
