"""What a new version of the engine asks for: every backlog is scored again."""

from datetime import datetime
from uuid import UUID

from app.backlogs.writing import Writer
from app.engine import VERSION
from app.storage.database import Database
from app.storage.repository import DEFAULT_WORKSPACE, Repository


def rescore_outdated(database: Database, now: datetime) -> int:
    """Score the backlogs of older engines again, each in its own transaction; say how many."""
    with database.reading() as connection:
        outdated = Repository(connection, DEFAULT_WORKSPACE).outdated_backlogs(VERSION)
    for backlog_id in outdated:
        _rescore(database, backlog_id, now)
    return len(outdated)


def _rescore(database: Database, backlog_id: UUID, now: datetime) -> None:
    with database.transaction() as connection:
        Writer(Repository(connection, DEFAULT_WORKSPACE), backlog_id, now).rescore()
