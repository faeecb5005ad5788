"""What the database refuses, as exceptions that state a fact.

StorageError
├── NotFound        there is no such row
├── NameTaken       another backlog of the workspace has the name
├── WorkspaceTaken  another workspace has the name
├── Refused         a constraint of the database holds
│   └── Taken       another row has what must be its own, or what it names is gone
├── Locked          another writer holds what is needed, and was waited for long enough
├── Undone          the database let another writer go on; all of it may be done again
├── Unavailable     the database cannot be reached, or gave up
├── Full            the disk takes no more
├── SchemaTooOld    the database waits for `stackrank migrate`
├── SchemaTooNew    a newer program has migrated the database
├── AlreadyServed   another process has the SQLite file
├── NoRole          the database has no such role; an SQLite file has none
├── NotGranted      the role of PostgreSQL may not do what is asked
├── NoDatabase      the address names no SQLite file and no PostgreSQL
└── NoSecret        PostgreSQL needs a secret that all processes share
"""

from uuid import UUID


class StorageError(Exception):
    """The database did not do what was asked."""


class NotFound(StorageError):
    """There is no such row."""


class NameTaken(StorageError):
    """Another backlog of the workspace has the name; `backlog_id` is its id."""

    def __init__(self, backlog_id: UUID) -> None:
        self.backlog_id = backlog_id
        super().__init__(f"The backlog {backlog_id} has this name.")


class WorkspaceTaken(StorageError):
    """Another workspace has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a workspace {name} already.")


class Refused(StorageError):
    """A constraint of the database holds against what was to be written."""


class Taken(Refused):
    """Another row has what must be its own, or what it names is gone."""


class Locked(StorageError):
    """Another writer holds what is needed, and was waited for long enough."""


class Undone(StorageError):
    """The database let another writer go on; all of it may be done again."""


class Unavailable(StorageError):
    """The database cannot be reached, or gave up."""


class Full(StorageError):
    """The disk takes no more."""


class SchemaTooOld(StorageError):
    """The database waits for `stackrank migrate`."""


class SchemaTooNew(StorageError):
    """A newer program has migrated the database."""


class AlreadyServed(StorageError):
    """Another process has the SQLite file."""


class NoRole(StorageError):
    """The database has no role of this name, as an SQLite file has none at all."""


class NotGranted(StorageError):
    """The role of PostgreSQL may not do what is asked."""


class NoDatabase(StorageError):
    """The address names no SQLite file and no PostgreSQL."""


class NoSecret(StorageError):
    """PostgreSQL needs a secret that all processes share."""
