"""What was, and never changes: the runs of backlogs, and the audit of who changed what."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.storage.records import Author, StoredEntry, StoredRun, StoredRunItem
from app.storage.rows import AT_ONCE, Rows, columns_of, lookup, table
from app.storage.tables import AuditRow, RunItemRow, RunRow

RUNS_AT_ONCE: Final = 2
"""So many old runs are deleted where one is frozen: each may be 50,000 rows."""

SERVICE: Final = Author()
"""The service itself, when it scores again what an older engine has scored."""


class History(Rows):
    """The runs and the audit of one workspace, and who writes into them."""

    def __init__(
        self,
        connection: Connection,
        workspace_id: UUID,
        author: Author = SERVICE,
        audited_for: timedelta | None = None,
    ) -> None:
        super().__init__(connection, workspace_id)
        self.author = author
        self._audited_for = audited_for

    # Runs

    def add_run(self, backlog_id: UUID, run: StoredRun, items: Iterable[StoredRunItem]) -> None:
        """Add a run and what is in it; neither can be changed after that."""
        self._put(RunRow, [run], backlog_id=backlog_id)
        self._put(RunItemRow, items, backlog_id=backlog_id, run_id=run.id)

    def forget_runs(self, backlog_id: UUID, now: datetime) -> list[UUID]:
        """Delete the oldest of the runs that need be kept no longer, and what is in them."""
        old = (
            select(col(RunRow.id))
            .where(*self._where(RunRow, backlog_id=backlog_id), col(RunRow.kept_until) < now)
            .order_by(col(RunRow.id))
            .limit(RUNS_AT_ONCE)
        )
        gone = list(self._connection.scalars(old))
        within = self._where(RunRow, backlog_id=backlog_id)
        self._connection.execute(delete(RunRow).where(*within, col(RunRow.id).in_(gone)))
        return gone

    def count_runs(self, backlog_id: UUID) -> int:
        """Count the runs of a backlog."""
        return self._count_all(RunRow, backlog_id=backlog_id)

    def run(self, backlog_id: UUID, run_id: UUID) -> StoredRun:
        """Find the header of a run.

        Raises:
            NotFound: there is none of this id in the backlog.
        """
        query = lookup(RunRow, "backlog_id", "id")
        absent = f"The backlog has no run {run_id}."
        return self._one(StoredRun, query, absent, backlog_id=backlog_id, id=run_id)

    def runs(self, backlog_id: UUID, before: UUID | None, limit: int | None) -> list[StoredRun]:
        """List the headers of runs from the newest, before one of them."""
        query = self._select(RunRow, backlog_id=backlog_id)
        if before:
            query = query.where(col(RunRow.id) < before)
        return self._all(StoredRun, query.order_by(col(RunRow.id).desc()).limit(limit))

    def run_items(
        self, backlog_id: UUID, run_id: UUID, after: int = 0, limit: int | None = None
    ) -> list[StoredRunItem]:
        """List what is in a run by place, after one of them."""
        query = self._select(RunItemRow, backlog_id=backlog_id, run_id=run_id)
        query = query.where(col(RunItemRow.place) > after).order_by(col(RunItemRow.place))
        return self._all(StoredRunItem, query.limit(limit))

    def run_item(self, backlog_id: UUID, run_id: UUID, item_id: UUID) -> StoredRunItem | None:
        """Find how an item stood in a run, if it was there."""
        where = {"backlog_id": backlog_id, "run_id": run_id, "item_id": item_id}
        found = self._all(StoredRunItem, self._select(RunItemRow, **where))
        return found[0] if found else None

    def run_item_history(
        self, backlog_id: UUID, item_id: UUID, before: UUID | None, limit: int
    ) -> list[tuple[StoredRun, StoredRunItem | None]]:
        """List how an item stood in each run from the newest; null where it was not there."""
        runs = self.runs(backlog_id, before, limit)
        query = select(col(RunItemRow.run_id), *columns_of(RunItemRow, StoredRunItem)).where(
            *self._where(RunItemRow, backlog_id=backlog_id, item_id=item_id),
            col(RunItemRow.run_id).in_([run.id for run in runs]),
        )
        found = {row[0]: StoredRunItem(*row[1:]) for row in self._connection.execute(query)}
        return [(run, found.get(run.id)) for run in runs]

    # The audit

    def add_entry(self, backlog_id: UUID, entry: StoredEntry) -> None:
        """Add what a write changed, which can be changed no more, and forget what is too old."""
        self._put(AuditRow, [entry], backlog_id=backlog_id)
        if self._audited_for:
            self._forget_entries(backlog_id, entry.at - self._audited_for)

    def _forget_entries(self, backlog_id: UUID, before: datetime) -> None:
        """Delete some entries that are older; ids begin with their time, so that few are read."""
        old = (
            select(col(AuditRow.id))
            .where(
                *self._where(AuditRow, backlog_id=backlog_id),
                col(AuditRow.id) < uuid7(int(before.timestamp())),
                col(AuditRow.at) < before,
            )
            .order_by(col(AuditRow.id))
            .limit(AT_ONCE)
        )
        within = self._where(AuditRow, backlog_id=backlog_id)
        self._connection.execute(delete(AuditRow).where(*within, col(AuditRow.id).in_(old)))

    def entries(
        self, backlog_id: UUID, key: str | None, before: UUID | None, limit: int
    ) -> list[StoredEntry]:
        """List entries from the newest, before one of them; with a key those of its item."""
        query = self._select(AuditRow, backlog_id=backlog_id)
        if key is not None:
            query = query.where(self._listed(table(AuditRow).c["keys"], key))
        if before:
            query = query.where(col(AuditRow.id) < before)
        return self._all(StoredEntry, query.order_by(col(AuditRow.id).desc()).limit(limit))
