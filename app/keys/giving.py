"""How keys are given, changed for new ones and taken away."""

from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Final
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from app.keys import text as key_text
from app.keys.errors import AlreadyEnded
from app.keys.peppers import Peppers
from app.keys.scopes import Scope
from app.storage.database import Database
from app.storage.keys import Keys
from app.storage.records import StoredKey
from app.storage.repository import DEFAULT_WORKSPACE
from app.storage.workspaces import Workspaces

GRACE: Final = timedelta(hours=24)
"""For so long a key that was rotated is good beside the new one."""


class Given(msgspec.Struct, frozen=True):
    """A new key and its text, which is not kept."""

    key: StoredKey
    text: str


def give(
    keys: Keys,
    peppers: Peppers,
    now: datetime,
    *,
    name: str,
    scope: Scope,
    expires_at: datetime | None = None,
) -> Given:
    """Give a new key."""
    key_id = uuid7()
    text = key_text.written(keys.workspace_id, key_id, token_bytes(32))
    pepper_id = peppers.present
    key = StoredKey(
        key_id, name, scope, pepper_id, peppers.digest(text, pepper_id), now, expires_at
    )
    keys.add(key)
    return Given(key, text)


def rotate(keys: Keys, peppers: Peppers, key_id: UUID, now: datetime) -> Given:
    """Give a new key like an old one, which ends a day later.

    Raises:
        NotFound: there is none of this id.
        AlreadyEnded: it has ended already, or does within a day, as one that was rotated.
    """
    old = keys.locked(key_id)
    if old.revoked_at or (old.expires_at and old.expires_at <= now):
        raise AlreadyEnded(f"The key {old.id} has ended: create a new one.")
    ends = now + GRACE
    if old.expires_at and old.expires_at <= ends:  # so it does once it was rotated
        raise AlreadyEnded(f"The key {old.id} ends within a day: create a new one.")
    keys.set_end(key_id, ends)
    return give(keys, peppers, now, name=old.name, scope=old.scope, expires_at=old.expires_at)


def first_key(database: Database, peppers: Peppers, now: datetime) -> Given | None:
    """Give the default workspace an admin's key where no workspace has any; one, however many ask.

    Every process that starts waits at the row of the workspace.
    """
    with database.transaction() as connection:
        workspaces = Workspaces(connection)
        workspaces.lock(DEFAULT_WORKSPACE)
        for workspace in workspaces.all():
            if Keys(connection, workspace.id).keys(None, 1):
                return None
        keys = Keys(connection, DEFAULT_WORKSPACE)
        return give(keys, peppers, now, name="first", scope="admin")
