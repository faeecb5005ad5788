"""What sync refuses of a whole page, as exceptions that make their own sentence.

SyncError
├── MalformedPayload     the bytes are no JSON
├── UnrecognisedPayload  they have no shape that is known, or are no spreadsheet
├── ToolRefused          it is what a tool answers when it refuses
└── RepeatedIdentity     two items of one page are the same
"""

from collections.abc import Sequence


class SyncError(Exception):
    """A page that cannot be read."""


class MalformedPayload(SyncError):
    """The bytes are no JSON."""


class UnrecognisedPayload(SyncError):
    """A page has no shape that is known, or is no spreadsheet."""


class ToolRefused(SyncError):
    """It is what a tool answers when it refuses; `member` is where it says why."""

    def __init__(self, member: str) -> None:
        self.member = member
        super().__init__(
            f"This is how the tool says that it refused your request: read its {member}, mend the"
            " request to the tool, and send the page that it answers then."
        )


class RepeatedIdentity(SyncError):
    """Two items of one page are the same; `places` holds the key, the first place and the other.

    A place is the row of a spreadsheet, where 1 is the header, or the index in the page.
    """

    def __init__(self, places: Sequence[tuple[str, int, int]], *, rows: bool) -> None:
        self.places = tuple(places)
        self.rows = rows
        key, first, again = self.places[0]
        word = "Rows" if rows else "Items"
        more = f" So do {len(places) - 1} more." if len(places) > 1 else ""
        super().__init__(f"{word} {first} and {again} are both {key}: send it once.{more}")
