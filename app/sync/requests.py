"""What a tool does not show yet, item by item, and the requests that would show it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET

from app.sync.profile import WriteBack

Plan = Literal["fields", "rank", "bulk"]

NO_BUCKET: Final = "Say in writeback.bucket which field shows the bucket."


class Placed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An item with its place, and what the tool showed of it in the last page."""

    source: str
    site: str
    source_id: str
    key: str
    score: float | None
    rank: int | None
    bucket: str | None
    shown: Mapping[str, Any]


class ToolRequest(msgspec.Struct, frozen=True, gc=False):
    """A request to a tool; `key` is the first item that it is about."""

    key: str
    method: str
    path: str
    body: dict[str, Any]
    reason: str
    site: str = ""
    """Which of the tool's sites it is for, if pages told."""


class Requests(msgspec.Struct, frozen=True, gc=False):
    """What to send, how many items need nothing and why, and what a person should know."""

    requests: list[ToolRequest]
    skipped: dict[str, int]
    notes: list[str]


class Change(msgspec.Struct, frozen=True, gc=False):
    """A field that the tool shows otherwise, or is not known to show; unset is not known."""

    word: Literal["score", "rank", "bucket"]
    field: str
    wanted: Any
    shown: Any


Written = Callable[[str, Any], Any]
"""How a tool writes a value in a field, such as a whole number; unset where it cannot."""


def changes_of(
    item: Placed, back: WriteBack, written: Written, *, only_changed: bool
) -> list[Change]:
    """List the fields of an item that are to be written."""
    changes: list[Change] = []
    if back.score is not None:
        wanted = written(back.score, item.score)
        changes.append(Change("score", back.score, wanted, item.shown.get("score", UNSET)))
    if back.rank is not None:
        wanted = written(back.rank, item.rank)
        changes.append(Change("rank", back.rank, wanted, item.shown.get("rank", UNSET)))
    if back.bucket is not None:
        shown = item.shown.get("bucket", UNSET)
        if shown is not UNSET:
            shown = ours_of(shown, list(back.bucket.options.values()))
        if shown or not _has_no_option(item, back):
            wanted = back.bucket.options.get(item.bucket or "")
            changes.append(Change("bucket", back.bucket.field, wanted, shown))
    return [
        one for one in changes if one.wanted is not UNSET and not (only_changed and _is_shown(one))
    ]


def why_unsent(item: Placed, back: WriteBack) -> str:
    """Say why nothing is sent of an item that has no changes."""
    return "no_option" if _has_no_option(item, back) else "unchanged"


def ours_of(shown: Any, options: Sequence[str]) -> list[str]:  # noqa: ANN401 - whatever is shown
    """List which of our options a tool shows, by their ids or their names."""
    names = {name for one in options_shown(shown) for name in one if name}
    return [option for option in dict.fromkeys(options) if option in names]


def options_shown(shown: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - whatever is shown
    """Read the options that a tool shows as their ids and names, as far as it tells them."""
    return [
        (str(one.get("id") or ""), str(one.get("value") or one.get("name") or ""))
        if isinstance(one, dict)
        else (_said(one), _said(one))
        for one in (shown if isinstance(shown, list) else [shown])
        if one is not None
    ]


def reason_of(changes: Iterable[Change]) -> str:
    """Say why a request is sent."""
    return "; ".join(
        f"{one.word} {_said(one.wanted)}: the last page did not hold {one.field}"
        if one.shown is UNSET
        else f"{one.word} {_said(one.shown)} -> {_said(one.wanted)}"
        for one in changes
    )


def pieces(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    """Part a list into pieces of this size."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _has_no_option(item: Placed, back: WriteBack) -> bool:
    return bool(back.bucket and item.bucket and item.bucket not in back.bucket.options)


def _is_shown(change: Change) -> bool:
    if change.word == "bucket":
        wanted = [] if change.wanted is None else [change.wanted]
        return bool(change.shown == wanted)
    if isinstance(change.shown, str):
        with suppress(ValueError):
            return bool(float(change.shown) == change.wanted)
    return bool(change.shown == change.wanted)


def _said(value: Any) -> str:  # noqa: ANN401 - any JSON
    match value:
        case None | []:
            return "nothing"
        case float() if value.is_integer():
            return f"{value:.0f}"
        case list():
            return ", ".join(map(_said, value))
        case _:
            return str(value)
