"""A page of a tool as items: what was read, what could not be, and where the next one is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

LONGEST_KEY: Final = 255

GATEWAY: Final = "https://api.atlassian.com/"
"""Where addresses lead to that no person can open: a Jira by its number instead of its name."""


class InputFault(msgspec.Struct, frozen=True, gc=False):
    """Why an input of one item could not be read; `input` is empty where it is about them all.

    `row` and `column` are those of a spreadsheet, where the header is row 1; null elsewhere.
    """

    input: str
    code: str
    message: str
    row: int | None = None
    column: str | None = None


class SentItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One item as a tool sent it; what is unset or absent was not sent and stays as it is."""

    source: str
    """jira, linear, github or csv."""
    site: str
    """Which Jira, Linear workspace or GitHub; empty where the page does not say, and for CSV."""
    source_id: str
    """What never changes of it; the key where the page holds no id, and for CSV."""
    key: str
    title: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    labels: list[str] | UnsetType = UNSET
    inputs: Mapping[str, Any]
    """Number, word, keys or null by name, criteria in a mapping of their own; null clears."""
    updated: datetime | None = None
    """The tool's own; null where the page does not carry it, and for CSV."""
    excluded: bool | None = False
    """Does the profile leave it out? Null where the page does not carry what tells."""
    deleted: bool = False
    """Does the event say that it is gone from the tool?"""
    shown: Mapping[str, Any] = {}
    """What the tool shows in the fields of the write-back: score, rank, bucket, as far as sent."""
    faults: Sequence[InputFault] = ()
    """Why inputs are null that the tool did send, or absent where the page names no fields."""
    actor: str | None = None
    """Who caused the event; null for pages."""
    changed: frozenset[str] | None = None
    """What of this record an event says has changed: names of inputs, title, labels, excluded.

    Null where all of it may have; empty where nothing has that is kept here, as after a comment or
    our own write-back.
    """


class Page(msgspec.Struct, frozen=True, gc=False):
    """What a tool sent, read."""

    source: str
    """jira, linear, github or csv."""
    detected: str
    """jira_search, jira_issue, jira_automation, jira_webhook, linear_issues, ..., csv."""
    items: list[SentItem]
    """In the order of the page."""
    next: dict[str, Any]
    """What to ask the tool for next: nextPageToken, startAt or after; empty at the end."""
    skipped: list[tuple[str, str]]
    """What is no item, by id, key or row, and why."""


def is_key(text: str) -> bool:
    """Ask if an item may have this key."""
    return (
        0 < len(text) <= LONGEST_KEY
        and text not in {".", ".."}
        and not text[0].isspace()
        and not text[-1].isspace()
        and has_no_control(text)
    )


def has_no_control(text: str) -> bool:
    """Ask if a text is free of control characters."""
    return text.isprintable() or not any(one < " " or "\x7f" <= one <= "\x9f" for one in text)
