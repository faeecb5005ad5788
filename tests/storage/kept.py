"""A backlog with a run of it, as the service keeps them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection

from app.backlogs.merging import Change
from app.backlogs.runs import frozen
from app.backlogs.writing import Writer, create, new_backlog
from app.engine.methods import METHODS
from app.engine.ranking import Scoring
from app.storage.repository import DEFAULT_WORKSPACE, Repository

RICE = Scoring(METHODS["rice"], METHODS["rice"].options())


def keep_a_run(connection: Connection) -> UUID:
    """Make a backlog of one item and freeze it, just now: the audit keeps the last 30 days."""
    now = datetime.now(UTC)
    repository = Repository(connection, DEFAULT_WORKSPACE)
    backlog = new_backlog("Roadmap", None, RICE, now)
    create(repository, backlog)
    writer = Writer(repository, backlog.id, now)
    writer.merge([Change("A")], 10)
    places = repository.ranking(backlog.id, None, None)
    writer.keep(*frozen(writer.backlog, places, None, None, now, None))
    return backlog.id
