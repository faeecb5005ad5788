"""How much a workspace and a backlog may hold; items are counted where they are written.

Two writes at the same moment may make a workspace hold one backlog too many: neither waits.
"""

from uuid import UUID

from app.backlogs.errors import TooManyBacklogs, TooManyRuns
from app.storage.repository import Repository


def refuse_backlog(repository: Repository, most: int) -> None:
    """See that a workspace may hold one more backlog.

    Raises:
        TooManyBacklogs: it holds all that it may.
    """
    if repository.count_backlogs() >= most:
        raise TooManyBacklogs(
            f"The workspace holds {most:,} backlogs and may hold no more: delete one first."
        )


def refuse_runs(repository: Repository, backlog_id: UUID, added: int, most: int) -> None:
    """See that a backlog may hold so many more runs.

    Raises:
        TooManyRuns: it would hold more than it may.
    """
    if repository.count_runs(backlog_id) + added > most:
        raise TooManyRuns(f"A backlog may hold {most:,} runs: export it and go on in a new one.")
