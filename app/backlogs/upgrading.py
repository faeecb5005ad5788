"""What a new version of the engine asks for: every backlog is scored again."""

from datetime import datetime
from uuid import UUID

from app.backlogs.writing import Writer
from app.engine import VERSION
from app.storage.database import Database
from app.storage.repository import Repository
from app.storage.workspaces import Workspaces


def rescore_outdated(database: Database, now: datetime) -> int:
    """Score the backlogs of older engines again, each in its own transaction; say how many."""
    with database.reading() as connection:
        outdated = [
            (workspace.id, backlog_id)
            for workspace in Workspaces(connection).all()
            for backlog_id in Repository(connection, workspace.id).outdated_backlogs(VERSION)
        ]
    for workspace_id, backlog_id in outdated:
        _rescore(database, workspace_id, backlog_id, now)
    return len(outdated)


def _rescore(database: Database, workspace_id: UUID, backlog_id: UUID, now: datetime) -> None:
    with database.transaction() as connection:
        Writer(Repository(connection, workspace_id), backlog_id, now).rescore()
