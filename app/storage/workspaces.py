"""Which workspaces there are: the one place that sees more than one, and nothing in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.storage.database import enter_all
from app.storage.errors import NotFound, WorkspaceTaken
from app.storage.records import StoredWorkspace
from app.storage.tables import WorkspaceRow


class Workspaces:
    """All workspaces by their names."""

    def __init__(self, connection: Connection) -> None:
        enter_all(connection)
        self._connection = connection

    def add(self, name: str, now: datetime) -> StoredWorkspace:
        """Add a workspace.

        Raises:
            WorkspaceTaken: another one has its name.
        """
        query = select(col(WorkspaceRow.workspace_id)).where(col(WorkspaceRow.name) == name)
        if self._connection.scalar(query):
            raise WorkspaceTaken(name)
        made = StoredWorkspace(uuid7(), name, now)
        self._connection.execute(
            insert(WorkspaceRow).values(workspace_id=made.id, name=name, created_at=now)
        )
        return made

    def named(self, name: str) -> StoredWorkspace:
        """Find a workspace.

        Raises:
            NotFound: there is none of this name.
        """
        query = select(*_COLUMNS).where(col(WorkspaceRow.name) == name)
        row = self._connection.execute(query).first()
        if row is None:
            raise NotFound(f"There is no workspace {name}.")
        return StoredWorkspace(*row)

    def all(self) -> list[StoredWorkspace]:
        """List the workspaces by name."""
        query = select(*_COLUMNS).order_by(col(WorkspaceRow.name))
        return [StoredWorkspace(*row) for row in self._connection.execute(query)]

    def lock(self, workspace_id: UUID) -> None:
        """Keep everybody else waiting who locks the workspace, and nobody who writes in it."""
        query = select(*_COLUMNS).where(col(WorkspaceRow.workspace_id) == workspace_id)
        self._connection.execute(query.with_for_update(key_share=True))


_COLUMNS = (col(WorkspaceRow.workspace_id), col(WorkspaceRow.name), col(WorkspaceRow.created_at))
