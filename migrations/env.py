"""How Alembic meets the database: on a connection and in a transaction of ours."""

from alembic import context
from sqlalchemy import Connection

from app.settings import Settings
from app.storage.database import Database
from app.storage.tables import Row


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if given := context.config.attributes.get("connection"):
    _run(given)
else:  # the command `alembic`, by which a migration is drafted
    with Database(Settings().url).schema_change() as connection:
        _run(connection)
