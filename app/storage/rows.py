"""How the statements of a workspace's rows are made: records in and out, SQL built once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Table,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlmodel.sql.sqltypes import UTCDateTime

from app.storage.database import enter
from app.storage.errors import NotFound
from app.storage.places import SORT_COLUMNS, sort_key
from app.storage.records import (
    Stored,
    StoredAnswer,
    StoredBacklog,
    StoredBatch,
    StoredBatchItem,
    StoredDelivery,
    StoredEntry,
    StoredHook,
    StoredIdentity,
    StoredItem,
    StoredProfile,
    StoredRun,
    StoredRunItem,
)
from app.storage.tables import (
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
)

T = TypeVar("T")
StoredT = TypeVar("StoredT", bound=Stored)

MOST_PARAMETERS: Final = 500
"""So many keys are looked up by one statement."""

AT_ONCE: Final = 100
"""So many old rows are deleted by a write that adds one, but those that another one deletes."""

MOST_ROWS: Final = 10_000
"""So many rows are written by one statement."""


class Rows:
    """The rows of one workspace, asked for and written by what their columns hold."""

    def __init__(self, connection: Connection, workspace_id: UUID) -> None:
        enter(connection, workspace_id)
        self._connection = connection
        self._workspace_id = workspace_id

    def _select(self, row: type[Row], **values: object) -> Select[Any]:
        return _selection(row).where(*self._where(row, **values))

    def _where(self, row: type[Row], **values: object) -> list[ColumnElement[bool]]:
        columns = table(row).c
        where = [columns.workspace_id == self._workspace_id]
        return where + [columns[name] == value for name, value in values.items()]

    def _one(
        self, record: type[StoredT], query: Select[Any], absent: str, **values: object
    ) -> StoredT:
        row = self._ask(query, **values).first()
        if row is None:
            raise NotFound(absent)
        return record(*row)

    def _all(self, record: type[StoredT], query: Select[Any], **values: object) -> list[StoredT]:
        return [record(*row) for row in self._ask(query, **values).all()]

    def _ask(self, query: Select[Any], **values: object) -> CursorResult[Any]:
        """Ask with the values that a lookup names; a statement that holds its own ignores them."""
        return self._connection.execute(query, {"workspace_id": self._workspace_id, **values})

    def _count_all(self, row: type[Row], **values: object) -> int:
        query = select(func.count()).select_from(row).where(*self._where(row, **values))
        return self._connection.scalar(query) or 0

    def _listed(self, names: ColumnElement[Any], name: str) -> ColumnElement[bool]:
        """Look for a name in a list of them, as JSON is looked into here."""
        if self._connection.dialect.name == "sqlite":
            each = func.json_each(names).table_valued("value")
        else:
            each = func.json_array_elements_text(names).table_valued("value")
        return select(literal(1)).select_from(each).where(each.c.value == name).exists()

    def _put(
        self, row: type[Row], records: Iterable[Stored], *, again: bool = False, **within: UUID
    ) -> None:
        """Insert records, or write them again; `within` is what they share."""
        way = _way(row, tuple(within), self._connection.dialect, again=again)
        shared = (self._workspace_id, *within.values())
        for some in parts(list(records), MOST_ROWS):
            bound = way.bound(shared, [_values(record) for record in some])
            self._connection.exec_driver_sql(way.statement, bound)

    def _insert_or(self, row: type[Row]) -> sqlite.Insert | postgresql.Insert:
        is_sqlite = self._connection.dialect.name == "sqlite"
        return (sqlite.insert if is_sqlite else postgresql.insert)(table(row))


def table(row: type[Row]) -> Table:
    """Give the table of a row's class."""
    made: Table = row.__table__  # type: ignore[attr-defined]  # SQLModel says it nowhere
    return made


def columns_of(row: type[Row], record: type[Stored]) -> list[ColumnElement[Any]]:
    """Give the columns that a record reads, in its order."""
    return [table(row).c[name] for name in record.__struct_fields__]


@cache
def _selection(row: type[Row]) -> Select[Any]:
    """Select the columns of a record; to build that anew took longer than to run it."""
    return select(*columns_of(row, _RECORDS[row]))


@cache
def lookup(row: type[Row], *names: str) -> Select[Any]:
    """Select rows of a workspace by some of their values, which come with the question.

    The statement is built once; to build it and to find its SQL took longer than to ask it.
    """
    return _selection(row).where(*named(row, *names))


def named(row: type[Row], *names: str) -> list[ColumnElement[bool]]:
    """Compare the workspace and these columns with values that come with the question."""
    columns = table(row).c
    return [columns[name] == bindparam(name) for name in ("workspace_id", *names)]


def parts(values: Sequence[T], most: int = MOST_PARAMETERS) -> Iterator[Sequence[T]]:
    """Divide what is too much for one statement."""
    for start in range(0, len(values), most):
        yield values[start : start + most]


def _values(record: Stored) -> tuple[object, ...]:
    """Give the values of a row but those that it shares."""
    values = msgspec.structs.astuple(record)
    return (*values, *sort_key(record)[:3]) if isinstance(record, StoredItem) else values


@dataclass(frozen=True, slots=True)
class _Way:
    """How rows come into a table by the driver alone: three times faster than by Core."""

    statement: str
    binders: Sequence[Callable[[Any], object] | None] | None
    """What makes of values what SQLite keeps; PostgreSQL takes a list of each column instead."""

    def bound(self, shared: Sequence[UUID], rows: Sequence[tuple[object, ...]]) -> Any:  # noqa: ANN401 - a driver's own
        """Give rows as the driver takes them, and what they share bound once."""
        columns = zip(*rows, strict=True)
        if self.binders is None:
            return (*shared, *map(list, columns))
        bound = zip(self.binders, columns, strict=True)
        made = [map(bind, column) if bind else column for bind, column in bound]
        ids = [repeat(id_.hex, len(rows)) for id_ in shared]
        return list(zip(*ids, *made, strict=True))


@lru_cache(maxsize=64)
def _way(row: type[Row], within: tuple[str, ...], dialect: Dialect, *, again: bool) -> _Way:
    shared = ["workspace_id", *within]
    own = [*_RECORDS[row].__struct_fields__]
    own += [*SORT_COLUMNS] if row is ItemRow else []
    names = [*shared, *own]
    columns = [table(row).c[name] for name in own]
    statement = f"INSERT INTO {table(row).name} ({', '.join(names)})"
    if dialect.name == "sqlite":
        statement += f" VALUES ({', '.join('?' * len(names))})"
    else:  # without lengths: a cast to one would cut what is too long
        types = (column.type.compile(dialect).partition("(")[0] for column in columns)
        arrays = ", ".join(f"%b::{name}[]" for name in types)
        ids = ", ".join(["%b::uuid"] * len(shared))
        statement += f" SELECT {ids}, * FROM unnest({arrays})"  # noqa: S608 - the names are our own
    if again:  # but not the key: SQLite looks through a whole backlog whose key is set
        key = [column.name for column in table(row).primary_key]
        rest = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
        action = f"DO UPDATE SET {rest}" if rest else "DO NOTHING"
        statement += f" ON CONFLICT ({', '.join(key)}) {action}"
    is_sqlite = dialect.name == "sqlite"
    return _Way(statement, [_binder(column, dialect) for column in columns] if is_sqlite else None)


def _binder(column: Column[Any], dialect: Dialect) -> Callable[[Any], object] | None:
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    is_time = isinstance(column.type, UTCDateTime)  # most rows of a write have the same one
    return lru_cache(maxsize=8)(bind) if bind and is_time else bind


_RECORDS: Final[dict[type[Row], type[Stored]]] = {
    BacklogRow: StoredBacklog,
    ItemRow: StoredItem,
    RunRow: StoredRun,
    RunItemRow: StoredRunItem,
    AuditRow: StoredEntry,
    IdempotencyRow: StoredAnswer,
    ProfileRow: StoredProfile,
    IdentityRow: StoredIdentity,
    BatchRow: StoredBatch,
    BatchItemRow: StoredBatchItem,
    HookRow: StoredHook,
    DeliveryRow: StoredDelivery,
}
