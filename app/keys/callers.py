"""Who calls: a key is looked up once in a while, and proven at every request."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Final
from uuid import UUID

from app.keys import text as key_text
from app.keys.errors import KeyEnded, NotAKey
from app.keys.failures import Failures
from app.keys.peppers import Peppers
from app.keys.scopes import Scope
from app.keys.text import PUBLIC_LENGTH
from app.storage.database import Database
from app.storage.errors import NotFound
from app.storage.keys import Keys
from app.storage.records import StoredKey

FRESH: Final = 5.0
"""Seconds for which a proven key is not looked up again: so long another process may take one
that was revoked here."""

MOST: Final = 10_000
"""So many proven keys are remembered; the one that was looked up longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, and what it may do; without a key where nobody is asked for one."""

    workspace_id: UUID
    key_id: UUID | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Proven:
    workspace_id: UUID
    key: StoredKey
    until: float


class Callers:
    """The keys of a database, as far as they were proven here.

    A key that was never proven is always looked up, whoever it claims to be: an unknown one takes
    as long as a wrong one.
    """

    def __init__(self, database: Database, peppers: Peppers) -> None:
        self._database = database
        self.peppers = peppers
        self._failures = Failures()
        self._nobody = StoredKey(
            UUID(int=0), "", "read", peppers.present, "0" * 64, datetime.now(UTC)
        )
        self._lock = Lock()
        self._proven: OrderedDict[str, _Proven] = OrderedDict()
        self._forgotten = 0
        self._used: dict[tuple[UUID, UUID], datetime] = {}

    def remembered(self, text: str) -> Caller | None:
        """Say whose a key is that was proven a moment ago; null where it must be looked up.

        Raises:
            NotAKey: it cannot be one.
            KeyEnded: it was one.
        """
        known = self._proven.get(text[:PUBLIC_LENGTH])
        if not known:
            _read(text)
            return None
        if known.until < monotonic() or not self._proves(text, known.key):
            return None
        return self._caller(known.workspace_id, known.key)

    def found(self, text: str, address: str) -> Caller:
        """Look a key up.

        Raises:
            NotAKey: there is none.
            KeyEnded: it was one.
            TooManyFailures: too many keys from the address were none.
        """
        workspace_id, key_id = _read(text)
        public = text[:PUBLIC_LENGTH]
        known = self._proven.get(public)
        if not self._proves(text, known.key if known else self._nobody):
            self._failures.refuse(address)
        forgotten = self._forgotten
        until = monotonic() + FRESH  # from before it was read, however long that took
        key = self._looked_up(workspace_id, key_id)
        if not self._proves(text, key):
            self._failures.count(address)
            raise NotAKey
        with self._lock:
            if forgotten == self._forgotten:
                self._proven[public] = _Proven(workspace_id, key, until)
                self._proven.move_to_end(public)
            if len(self._proven) > MOST:
                self._proven.popitem(last=False)
        return self._caller(workspace_id, key)

    def forget(self, workspace_id: UUID, key_id: UUID) -> None:
        """Look a key up again at its next request: it has changed."""
        with self._lock:
            self._forgotten += 1
            self._proven.pop(key_text.public(workspace_id, key_id), None)

    def write_used(self) -> None:
        """Write when keys were last used: once in a while, apart from any request."""
        for (workspace_id, key_id), at in list(self._used.items()):
            with self._database.transaction() as connection:
                Keys(connection, workspace_id).set_used(key_id, at)
            if self._used.get((workspace_id, key_id)) == at:
                del self._used[workspace_id, key_id]

    def _proves(self, text: str, key: StoredKey) -> bool:
        return self.peppers.proves(text, key.pepper_id, key.digest)

    def _looked_up(self, workspace_id: UUID, key_id: UUID) -> StoredKey:
        with self._database.reading() as connection:
            try:
                return Keys(connection, workspace_id).key(key_id)
            except NotFound:
                return self._nobody

    def _caller(self, workspace_id: UUID, key: StoredKey) -> Caller:
        now = datetime.now(UTC)
        if key.revoked_at:
            raise KeyEnded(f"The key {key.id} is revoked. Ask an admin of the workspace for one.")
        if key.expires_at and key.expires_at <= now:
            raise KeyEnded(f"The key {key.id} has expired. Ask an admin of the workspace for one.")
        self._used[workspace_id, key.id] = now
        return Caller(workspace_id, key.id, key.scope)


def _read(text: str) -> tuple[UUID, UUID]:
    try:
        return key_text.read(text)
    except ValueError:
        raise NotAKey from None
