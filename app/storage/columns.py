"""What columns are made of: types that both databases take alike, and checks of values."""

from typing import Any, Final

from sqlalchemy import JSON, CheckConstraint, String, Text, TypeDecorator, cast
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ColumnElement

LARGEST: Final = "1.7976931348623157e308"


class JsonText(TypeDecorator[str]):
    """A document that travels as JSON text, which msgspec reads straight into what is needed.

    jsonb would turn -0.0 into 0.0 and sort the names.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Ask for text, which no driver reads for us."""
        return cast(column, Text)

    def bind_processor(self, dialect: Dialect) -> None:
        """Send the text as it is."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Take the text as it is."""


KEY: Final = String(255).with_variant(String(255, collation="C"), "postgresql")
"""Keys are compared by code points on both databases."""


def longest(column: str, length: int) -> CheckConstraint:
    """Hold a text to so many characters."""
    return CheckConstraint(f"length({column}) <= {length}", name=f"{column}_length")


def finite(column: str) -> CheckConstraint:
    """Hold a number to what is one."""
    bounds = f"{column} >= -{LARGEST} AND {column} <= {LARGEST}"
    return CheckConstraint(bounds, name=f"{column}_finite")


def flag(column: str) -> CheckConstraint:
    """Hold SQLite to what PostgreSQL's type says, without a list, which costs a row 1 us."""
    return CheckConstraint(f"{column} = FALSE OR {column} = TRUE", name=f"{column}_flag")


def source_length() -> CheckConstraint:
    """Hold the name of a tool to what the contract says of it."""
    return CheckConstraint("length(source) BETWEEN 1 AND 40", name="source_length")
