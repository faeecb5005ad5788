"""Where a page ends: opaque, signed, and bound to its list and its workspace."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from itsdangerous import BadData, URLSafeSerializer

LONGEST: Final = 2000
"""Characters of a cursor, which holds a key of 255 characters at most."""


class BadCursor(Exception):
    """A cursor is not ours, belongs to another list, or is from before a change of scoring."""


class Cursors:
    """Writes and reads the cursors of a workspace: signed by the first secret, good by each."""

    def __init__(self, workspace_id: UUID, secrets: Sequence[str]) -> None:
        salt = f"cursor in {workspace_id}"
        self._serializer = URLSafeSerializer(secrets[::-1], salt=salt)

    def write(self, listed: list[Any], place: list[Any]) -> str:
        """Write a cursor for a place in a list, which is told by what was asked for."""
        return str(self._serializer.dumps([_digest(listed), place]))

    def read(self, cursor: str | None, listed: list[Any]) -> list[Any] | None:
        """Read the place in a list.

        Raises:
            BadCursor: it is not ours, or not of this list.
        """
        if cursor is None:
            return None
        try:
            bound, place = self._serializer.loads(cursor)
        except (BadData, ValueError):
            raise BadCursor("It is not a cursor of this service.") from None
        if bound != _digest(listed):
            raise BadCursor("It belongs to another list, or to an older scoring: start anew.")
        made: list[Any] = place
        return made


cursors_of: Final = lru_cache(maxsize=1000)(Cursors)
"""The cursors of a workspace, which take longer to make than to use."""


def _digest(listed: list[Any]) -> str:
    return sha256(msgspec.json.encode(listed)).hexdigest()
