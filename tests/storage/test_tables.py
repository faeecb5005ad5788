"""The database itself refuses what must not be kept."""

from datetime import UTC, datetime
from math import inf, nan
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
    insert,
    text,
)
from sqlalchemy.exc import ProgrammingError

from app.storage.database import Database
from app.storage.errors import Refused, StorageError, Taken, Undone
from app.storage.repository import DEFAULT_WORKSPACE
from app.storage.tables import (
    UNRANKED,
    ApiKeyRow,
    AuditRow,
    BacklogRow,
    BatchItemRow,
    BatchRow,
    DeliveryRow,
    HookRow,
    IdempotencyRow,
    IdentityRow,
    ItemRow,
    ProfileRow,
    Row,
    RunItemRow,
    RunRow,
    WorkspaceRow,
)

BACKLOG = UUID("01a20650-0000-7000-8000-000000000001")
RUN = UUID("01a20650-0000-7000-8000-000000000002")
EMPTY_RUN = UUID("01a20650-0000-7000-8000-000000000003")
NOW = datetime(2026, 11, 23, tzinfo=UTC)

WITHIN = {"workspace_id": DEFAULT_WORKSPACE, "backlog_id": BACKLOG}
SCORED_BY = {
    "method": "rice",
    "options": "{}",
    "ranked": 1,
    "unranked": 0,
    "warnings": "[]",
    "engine_version": "1",
    "created_at": NOW,
}
A_BACKLOG: dict[str, Any] = SCORED_BY | {
    "workspace_id": DEFAULT_WORKSPACE,
    "id": BACKLOG,
    "name": "Roadmap",
    "revision": 1,
    "archived": 0,
    "updated_at": NOW,
}
AN_ITEM: dict[str, Any] = WITHIN | {
    "id": UUID("01a20650-0000-7000-8000-000000000003"),
    "key": "A",
    "labels": "[]",
    "inputs": "{}",
    "archived": False,
    "revision": 1,
    "score": 1.5,
    "tier": 0,
    "reasons": "[]",
    "sort_tier": 0,
    "sort_missing": 0,
    "sort_score": -1.5,
    "created_at": NOW,
    "updated_at": NOW,
}
NO_SCORE: dict[str, Any] = {"score": None, "sort_missing": 1, "sort_score": 0.0}
NO_TIER: dict[str, Any] = {"tier": None, "sort_tier": UNRANKED}
A_RUN: dict[str, Any] = (
    SCORED_BY | WITHIN | {"id": RUN, "ranked": 2, "revision": 1, "sha256": "0" * 64}
)
"""A run of two places, of which one is there."""
AN_EMPTY_RUN = A_RUN | {"id": EMPTY_RUN, "ranked": 0}
A_RUN_ITEM: dict[str, Any] = WITHIN | {
    "run_id": RUN,
    "place": 1,
    "item_id": AN_ITEM["id"],
    "key": "A",
    "labels": "[]",
    "inputs": "{}",
    "rank": 1,
    "position": 1,
    "score": 1.5,
    "tier": 0,
    "reasons": "[]",
}

A_PROFILE: dict[str, Any] = WITHIN | {"document": "{}", "revision": 1, "updated_at": NOW}
AN_IDENTITY: dict[str, Any] = WITHIN | {
    "source": "jira",
    "site": "https://example.atlassian.net",
    "source_id": "10001",
    "item_id": AN_ITEM["id"],
    "shown": "{}",
}
A_BATCH: dict[str, Any] = WITHIN | {
    "name": "nightly",
    "tokens": "[]",
    "sites": "[]",
    "is_complete": False,
    "started_at": NOW,
}
A_BATCH_ITEM: dict[str, Any] = WITHIN | {"batch": "nightly", "item_id": AN_ITEM["id"]}
A_HOOK: dict[str, Any] = WITHIN | {"source": "jira", "secret": "s" * 16, "updated_at": NOW}
A_DELIVERY: dict[str, Any] = WITHIN | {"source": "jira", "name": "d-1", "received_at": NOW}


A_WORKSPACE: dict[str, Any] = {"workspace_id": BACKLOG, "name": "other", "created_at": NOW}
A_KEY: dict[str, Any] = {
    "workspace_id": DEFAULT_WORKSPACE,
    "id": BACKLOG,
    "name": "nightly",
    "scope": "write",
    "pepper_id": "1",
    "digest": "0" * 64,
    "created_at": NOW,
}
AN_ENTRY: dict[str, Any] = WITHIN | {
    "id": RUN,
    "revision": 1,
    "operation": "merge_items",
    "at": NOW,
    "change_count": 1,
    "changes": "[]",
    "keys": "[]",
}
AN_ANSWER: dict[str, Any] = {
    "workspace_id": DEFAULT_WORKSPACE,
    "key_owner": "",
    "key": "k",
    "fingerprint": "0" * 64,
    "status": 200,
    "headers": "{}",
    "body": b"",
    "expires_at": NOW,
}


@pytest.fixture
def filled(database: Database) -> Database:
    with database.transaction() as connection:
        connection.execute(insert(BacklogRow).values(A_BACKLOG))
        connection.execute(insert(ItemRow).values(AN_ITEM))
        connection.execute(insert(RunRow).values(A_RUN))
        connection.execute(insert(RunRow).values(AN_EMPTY_RUN))
        connection.execute(insert(RunItemRow).values(A_RUN_ITEM))
        connection.execute(insert(ProfileRow).values(A_PROFILE))
        connection.execute(insert(IdentityRow).values(AN_IDENTITY))
        connection.execute(insert(BatchRow).values(A_BATCH))
        connection.execute(insert(BatchItemRow).values(A_BATCH_ITEM))
        connection.execute(insert(HookRow).values(A_HOOK))
        connection.execute(insert(DeliveryRow).values(A_DELIVERY))
    return database


def test_every_key_of_a_tenants_table_begins_with_the_workspace() -> None:
    for table in Row.metadata.sorted_tables:
        if table.name == "workspace":
            continue
        kinds = PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint
        keys = [one for one in table.constraints if isinstance(one, kinds)]
        assert len(keys) > 1
        for key in [*keys, *table.indexes]:
            assert next(iter(key.columns)).name == "workspace_id", key


CHECKED: list[tuple[str, type[Row], dict[str, Any], dict[str, Any]]] = [
    ("name_length", WorkspaceRow, A_WORKSPACE, {"name": ""}),
    ("name_length", WorkspaceRow, A_WORKSPACE, {"name": "x" * 101}),
    ("name_length", ApiKeyRow, A_KEY, {"name": ""}),
    ("name_length", ApiKeyRow, A_KEY, {"name": "x" * 101}),
    ("scope_known", ApiKeyRow, A_KEY, {"scope": "owner"}),
    ("digest_length", ApiKeyRow, A_KEY, {"digest": "0" * 63}),
    ("name_length", BacklogRow, A_BACKLOG, {"name": ""}),
    ("name_length", BacklogRow, A_BACKLOG, {"name": "x" * 201}),
    ("description_length", BacklogRow, A_BACKLOG, {"description": "x" * 5001}),
    ("revision_positive", BacklogRow, A_BACKLOG, {"revision": 0}),
    ("counts", BacklogRow, A_BACKLOG, {"ranked": -1}),
    ("counts", BacklogRow, A_BACKLOG, {"unranked": -1}),
    ("counts", BacklogRow, A_BACKLOG, {"archived": -1}),
    ("bucket_method_whole", BacklogRow, A_BACKLOG, {"bucket_method": "moscow"}),
    ("bucket_method_whole", BacklogRow, A_BACKLOG, {"bucket_options": "{}"}),
    ("key_length", ItemRow, AN_ITEM, {"key": ""}),
    ("key_length", ItemRow, AN_ITEM, {"key": "x" * 256}),
    ("title_length", ItemRow, AN_ITEM, {"title": "x" * 501}),
    ("url_length", ItemRow, AN_ITEM, {"url": "x" * 2001}),
    ("revision_positive", ItemRow, AN_ITEM, {"revision": 0}),
    ("score_finite", ItemRow, AN_ITEM, {"score": inf, "sort_score": -inf}),
    ("score_finite", ItemRow, AN_ITEM, {"score": -inf, "sort_score": inf}),
    ("score_sorts", ItemRow, AN_ITEM, {"sort_score": -inf}),
    ("score_sorts", ItemRow, AN_ITEM, {"sort_score": 1.5}),
    ("score_sorts", ItemRow, AN_ITEM, {"sort_missing": 1}),
    ("score_sorts", ItemRow, AN_ITEM, {"sort_missing": 2}),
    ("score_sorts", ItemRow, AN_ITEM, {"score": None}),
    ("score_sorts", ItemRow, AN_ITEM, {"score": None, "sort_missing": 1}),
    ("score_sorts", ItemRow, AN_ITEM, {"score": None, "sort_score": 0.0}),
    ("score_sorts", ItemRow, AN_ITEM, NO_TIER),
    ("tier_sorts", ItemRow, AN_ITEM, {"sort_tier": UNRANKED}),
    ("tier_sorts", ItemRow, AN_ITEM, {"tier": -1, "sort_tier": -1}),
    ("tier_sorts", ItemRow, AN_ITEM, NO_SCORE | {"tier": None}),
    ("revision_positive", RunRow, A_RUN, {"revision": 0}),
    ("counts", RunRow, A_RUN, {"ranked": -1}),
    ("counts", RunRow, A_RUN, {"unranked": -1}),
    ("sha256_length", RunRow, A_RUN, {"sha256": "short"}),
    ("bucket_method_whole", RunRow, A_RUN, {"bucket_method": "moscow"}),
    ("bucket_method_whole", RunRow, A_RUN, {"bucket_options": "{}"}),
    ("note_length", RunRow, A_RUN, {"note": "x" * 5001}),
    ("created_by_length", RunRow, A_RUN, {"created_by": "x" * 256}),
    ("place_positive", RunItemRow, A_RUN_ITEM, {"place": 0}),
    ("tier_positive", RunItemRow, A_RUN_ITEM, {"place": 2, "tier": -1}),
    ("key_length", RunItemRow, A_RUN_ITEM, {"place": 2, "key": ""}),
    ("key_length", RunItemRow, A_RUN_ITEM, {"place": 2, "key": "x" * 256}),
    ("title_length", RunItemRow, A_RUN_ITEM, {"place": 2, "title": "x" * 501}),
    ("url_length", RunItemRow, A_RUN_ITEM, {"place": 2, "url": "x" * 2001}),
    ("rank_whole", RunItemRow, A_RUN_ITEM, {"place": 2, "tier": None}),
    ("rank_whole", RunItemRow, A_RUN_ITEM, {"place": 2, "rank": None}),
    ("rank_whole", RunItemRow, A_RUN_ITEM, {"place": 2, "position": None}),
    ("rank_range", RunItemRow, A_RUN_ITEM, {"place": 2, "rank": 0}),
    ("rank_range", RunItemRow, A_RUN_ITEM, {"place": 2, "rank": 2, "position": 1}),
    ("score_finite", RunItemRow, A_RUN_ITEM, {"place": 2, "score": inf}),
    ("revision_positive", AuditRow, AN_ENTRY, {"revision": 0}),
    ("change_count_positive", AuditRow, AN_ENTRY, {"change_count": -1}),
    ("revision_positive", ProfileRow, A_PROFILE, {"revision": 0}),
    ("source_length", IdentityRow, AN_IDENTITY, {"source": ""}),
    ("source_length", IdentityRow, AN_IDENTITY, {"source": "x" * 41}),
    ("source_id_length", IdentityRow, AN_IDENTITY, {"source_id": ""}),
    ("source_id_length", IdentityRow, AN_IDENTITY, {"source_id": "x" * 256}),
    ("site_length", IdentityRow, AN_IDENTITY, {"site": "x" * 256}),
    ("name_length", BatchRow, A_BATCH, {"name": ""}),
    ("name_length", BatchRow, A_BATCH, {"name": "x" * 101}),
    ("source_length", HookRow, A_HOOK, {"source": ""}),
    ("source_length", HookRow, A_HOOK, {"source": "x" * 41}),
    ("secret_length", HookRow, A_HOOK, {"secret": "s" * 15}),
    ("secret_length", HookRow, A_HOOK, {"secret": "s" * 501}),
    ("source_length", DeliveryRow, A_DELIVERY, {"source": ""}),
    ("source_length", DeliveryRow, A_DELIVERY, {"source": "x" * 41}),
    ("name_length", DeliveryRow, A_DELIVERY, {"name": ""}),
    ("name_length", DeliveryRow, A_DELIVERY, {"name": "x" * 256}),
    ("status_success", IdempotencyRow, AN_ANSWER, {"status": 199}),
    ("status_success", IdempotencyRow, AN_ANSWER, {"status": 300}),
    ("fingerprint_length", IdempotencyRow, AN_ANSWER, {"fingerprint": "0" * 63}),
    ("key_length", IdempotencyRow, AN_ANSWER, {"key": ""}),
    ("key_length", IdempotencyRow, AN_ANSWER, {"key": "x" * 256}),
]


def test_a_wrong_row_is_refused(filled: Database) -> None:
    """By the constraint that says what is wrong, or before by the type of PostgreSQL."""
    answers = [
        (f"ck_{table.__tablename__}_{check}", refusal_of(filled, table, row | wrong), wrong)
        for check, table, row, wrong in CHECKED
    ]
    by_type = "value too long for type"
    assert [
        (name, refusal, wrong)
        for name, refusal, wrong in answers
        if not isinstance(refusal, Refused)
        or not (name in str(refusal.__cause__) or by_type in str(refusal.__cause__))
    ] == []


def refusal_of(database: Database, table: type[Row], row: dict[str, Any]) -> StorageError | None:
    """Say how the database refuses a row; null where it takes it, and forgets it again."""
    try:
        with database.transaction() as connection:
            insertion = connection.begin_nested()
            connection.execute(insert(table).values(row))
            insertion.rollback()
    except StorageError as error:
        return error
    return None


def test_what_is_no_number_is_refused_as_one(filled: Database) -> None:
    """SQLite takes NaN for NULL, PostgreSQL for equal to itself."""
    with pytest.raises(Refused), filled.transaction() as connection:
        connection.execute(insert(ItemRow).values(AN_ITEM | {"sort_score": nan}))


def test_of_every_check_a_wrong_row_is_tried() -> None:
    checks = {
        f"{table.name} {check.name}"
        for table in Row.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    tried = {
        f"{table.__tablename__} ck_{table.__tablename__}_{check}" for check, table, *_ in CHECKED
    }
    assert checks - tried == {"item ck_item_archived_flag", "batch ck_batch_is_complete_flag"}


def test_a_row_is_refused_that_is_there_already_or_of_nothing_that_is_there(
    filled: Database,
) -> None:
    rows: list[tuple[type[Row], dict[str, Any], dict[str, Any]]] = [
        (WorkspaceRow, A_WORKSPACE, {"name": "default"}),
        (ApiKeyRow, A_KEY, {"workspace_id": RUN}),
        (BacklogRow, A_BACKLOG, {"name": "B", "id": RUN, "workspace_id": RUN}),
        (ItemRow, AN_ITEM, {"id": RUN}),
        (ItemRow, AN_ITEM, {"id": RUN, "key": "B", "backlog_id": RUN}),
        (RunRow, A_RUN, {"id": BACKLOG, "backlog_id": RUN}),
        (RunRow, A_RUN, {}),
        (RunItemRow, A_RUN_ITEM, {}),
        (RunItemRow, A_RUN_ITEM, {"run_id": BACKLOG}),
        (AuditRow, AN_ENTRY, {"workspace_id": RUN}),
        (ProfileRow, A_PROFILE, {}),
        (ProfileRow, A_PROFILE, {"backlog_id": RUN}),
        (IdentityRow, AN_IDENTITY, {"source_id": "10002"}),
        (IdentityRow, AN_IDENTITY, {"source_id": "10002", "item_id": RUN}),
        (BatchRow, A_BATCH, {}),
        (BatchItemRow, A_BATCH_ITEM, {"batch": "unknown"}),
        (HookRow, A_HOOK, {}),
        (DeliveryRow, A_DELIVERY, {}),
        (IdempotencyRow, AN_ANSWER, {"workspace_id": RUN}),
    ]
    assert [
        (table, wrong)
        for table, row, wrong in rows
        if not isinstance(refusal_of(filled, table, row | wrong), Taken)
    ] == []


def test_a_name_that_is_taken_is_looked_for_once_more(filled: Database) -> None:
    """Only a race comes so far; SQLite knows none."""
    refusal = refusal_of(filled, BacklogRow, A_BACKLOG | {"id": RUN})
    assert type(refusal) is (Taken if filled.is_sqlite else Undone)


@pytest.mark.parametrize(
    "statement", ["UPDATE item SET archived = 7", "UPDATE batch SET is_complete = 7"]
)
def test_a_flag_is_true_or_false_on_both_databases(filled: Database, statement: str) -> None:
    """PostgreSQL refuses it by its type."""
    with pytest.raises((Refused, ProgrammingError)), filled.transaction() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET note = 'changed'",
        "UPDATE run_item SET score = 2",
        "DELETE FROM run",
        "DELETE FROM run_item",
        """INSERT INTO run_item SELECT workspace_id, backlog_id, run_id, 3, item_id, key, title,
        url, labels, inputs, rank, position, score, tier, bucket, explanation, reasons
        FROM run_item""",
        """INSERT INTO run_item SELECT workspace_id, backlog_id, run_id, more.place, item_id, key,
        title, url, labels, inputs, rank, position, score, tier, bucket, explanation, reasons
        FROM run_item CROSS JOIN (SELECT 2 AS place UNION SELECT 3) AS more""",
    ],
)
def test_no_statement_changes_a_run(filled: Database, statement: str) -> None:
    with pytest.raises(Refused), filled.transaction() as connection:
        connection.execute(text(statement))
    with filled.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM run_item WHERE score = 1.5")) == 1


def test_every_right_row_is_taken(filled: Database) -> None:
    """So that each of the wrong ones is refused for what is wrong with it."""
    rows: list[tuple[type[Row], dict[str, Any]]] = [
        (WorkspaceRow, A_WORKSPACE),
        (ApiKeyRow, A_KEY),
        (AuditRow, AN_ENTRY),
        (BacklogRow, A_BACKLOG | {"name": "B", "id": RUN}),
        (ItemRow, AN_ITEM | {"id": RUN, "key": "B"}),
        (ItemRow, AN_ITEM | {"id": BACKLOG, "key": "C"} | NO_SCORE),
        (ItemRow, AN_ITEM | {"id": DEFAULT_WORKSPACE, "key": "D"} | NO_SCORE | NO_TIER),
        (RunRow, A_RUN | {"id": BACKLOG}),
        (RunItemRow, A_RUN_ITEM | {"place": 2}),
        (IdempotencyRow, AN_ANSWER),
        (IdentityRow, AN_IDENTITY | {"source_id": "10002", "item_id": RUN}),
        (BatchRow, A_BATCH | {"name": "B"}),
        (BatchItemRow, A_BATCH_ITEM | {"item_id": RUN}),
        (HookRow, A_HOOK | {"source": "linear"}),
        (DeliveryRow, A_DELIVERY | {"name": "d-2"}),
    ]
    with filled.transaction() as connection:
        for table, row in rows:
            connection.execute(insert(table).values(row))


@pytest.mark.parametrize(
    ("on_sqlite", "on_postgresql"),
    [
        ("INSERT OR REPLACE INTO run SELECT * FROM run", "TRUNCATE run CASCADE"),
        ("INSERT OR REPLACE INTO run_item SELECT * FROM run_item", "TRUNCATE run_item"),
        ("UPDATE OR IGNORE run SET revision = 2", "TRUNCATE backlog CASCADE"),
    ],
)
def test_no_statement_of_one_database_alone_changes_a_run(
    filled: Database, on_sqlite: str, on_postgresql: str
) -> None:
    with pytest.raises(Refused), filled.transaction() as connection:
        connection.execute(text(on_sqlite if filled.is_sqlite else on_postgresql))
    with filled.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM run_item")) == 1


def test_all_that_is_kept_of_a_backlog_goes_with_it(filled: Database) -> None:
    with filled.transaction() as connection:
        connection.execute(text("DELETE FROM backlog"))
    with filled.reading() as connection:
        within = [table for table in Row.metadata.tables.values() if "backlog_id" in table.columns]
        assert len(within) == 10
        for table in within:
            if table.name == "audit":  # the use case leaves who deleted it
                continue
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608
