"""A page as the tool sent it: recognised, with its issues apart, and not yet read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from app.sync.page import has_no_control, is_key

YEARS: Final = range(1970, 9999)
"""Years that every time zone of both databases can say."""

LONGEST_TITLE: Final = 500
LONGEST_URL: Final = 2000
LONGEST_LABEL: Final = 100
MOST_LABELS: Final = 50


class RawIssue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One issue or row as a tool sent it, with the names that every tool has for the same."""

    site: str = ""
    source_id: str
    key: str
    title: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    labels: list[str] | UnsetType = UNSET
    updated: datetime | None = None
    fields: Any
    """Its fields by name, or the cells of a row."""
    row: int | None = None
    """The row of a spreadsheet, where the header is 1."""
    deleted: bool = False
    actor: str | None = None
    changed: frozenset[str] | None = None
    """The names of the fields that an event says changed, without case."""


class RawPage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a tool sent, recognised."""

    source: str
    detected: str
    issues: list[RawIssue]
    names: Mapping[str, str] = {}
    """The names of fields by their ids, where the page tells them."""
    unnamed: bool = False
    """Does it hold fields by ids, and tell no names of them?"""
    called: Mapping[str, list[str]] = {}
    """The ids of fields by their names, without case."""
    header: list[str] | None = None
    """The header of a spreadsheet."""
    columns: Mapping[str, list[int]] = {}
    """Where each header of a spreadsheet stands, once or more often."""
    semicolons: bool = False
    """Are the columns of a spreadsheet parted by semicolons?"""
    next: dict[str, Any] = {}
    skipped: list[tuple[str, str]] = []


def no_item(issue: RawIssue) -> str:
    """Say why an issue is no item, if it is none; empty where it may be one."""
    if not is_key(issue.key):
        return "Its key is not one that an item may have." if issue.key else "It has no key."
    has_id = issue.source_id == issue.key or is_key(issue.source_id)
    if not has_id or not (issue.site == "" or is_key(issue.site)):
        return "Its id or the address of its tool is not one that can be kept."
    return ""


def clean_title(value: object) -> str | None:
    """Take a title as it may be kept; null where it is none."""
    if not isinstance(value, str):
        return None
    title = value.replace("\x00", "")
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def clean_url(value: object) -> str | UnsetType:
    """Take an address as it may be kept; unset where it is none."""
    if (
        isinstance(value, str)
        and len(value) <= LONGEST_URL
        and value.startswith(("http://", "https://"))
        and len(value) > len("https://")
        and has_no_control(value)
        and not any(map(str.isspace, value))
    ):
        return value
    return UNSET


def clean_labels(values: list[Any]) -> list[str]:
    """Take labels as they may be kept."""
    words = (
        "".join(" " if one < " " or "\x7f" <= one <= "\x9f" else one for one in value)
        for value in values
        if isinstance(value, str)
    )
    kept = dict.fromkeys(word[:LONGEST_LABEL] for word in words if word.strip())
    return list(kept)[:MOST_LABELS]


def time_of(value: object) -> datetime | None:
    """Read a time with its offset; null where it is none."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time if time.tzinfo and time.year in YEARS else None
