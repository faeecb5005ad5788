"""Find an item in a run by the run first, so that a new run is written at one place of the index.

With the item first its rows went between those of all runs before: each run made the next slower.
The new index is there before the old one goes: who reads waits for that moment alone.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

BY_ITEM = ("ix_run_item_history", ["workspace_id", "backlog_id", "item_id", "run_id"])
BY_RUN = ("ix_run_item_within_run", ["workspace_id", "backlog_id", "run_id", "item_id"])


def upgrade() -> None:
    name, columns = BY_RUN
    op.create_index(name, "run_item", columns)
    op.drop_index(BY_ITEM[0], "run_item")


def downgrade() -> None:
    name, columns = BY_ITEM
    op.create_index(name, "run_item", columns)
    op.drop_index(BY_RUN[0], "run_item")
