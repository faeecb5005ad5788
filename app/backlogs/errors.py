"""What a use case refuses, as exceptions that state a fact.

BacklogError
├── Stale            what is to be changed has changed since it was read
├── TooManyItems     the backlog would hold more than it may
├── TooManyBacklogs  the workspace would hold more than it may
└── TooManyRuns      the backlog would hold more runs than it may
"""


class BacklogError(Exception):
    """A use case cannot be done."""


class Stale(BacklogError):
    """What is to be changed has changed since it was read; `etag` is its present one, if any."""

    def __init__(self, etag: str | None) -> None:
        self.etag = etag
        now = f"Its ETag is {etag} now." if etag else "It is not there now."
        super().__init__(f"It changed since you read it. {now}")


class TooManyItems(BacklogError):
    """The backlog would hold more items than it may."""


class TooManyBacklogs(BacklogError):
    """The workspace would hold more backlogs than it may."""


class TooManyRuns(BacklogError):
    """The backlog would hold more runs than it may."""
