"""What a use case refuses, as exceptions that state a fact.

BacklogError
├── Stale            what is to be changed is not as its caller knows it
├── TooManyItems     the backlog would hold more than it may
├── TooManyCriteria  an item would have more than it may
├── TooManyBacklogs  the workspace would hold more than it may
├── TooManyRuns      the backlog would hold more runs than it may
├── RepeatedToken    a page of the batch has led to the same next one
└── Forged           a webhook is not signed with the secret of its hook
"""


class BacklogError(Exception):
    """A use case cannot be done."""


class Stale(BacklogError):
    """What is to be changed is not as its caller knows it; `etag` is its present one, if any."""

    def __init__(self, etag: str | None, told: str = "It changed since you read it.") -> None:
        self.etag = etag
        super().__init__(f"{told} Its ETag is {etag} now." if etag else "It is not there now.")


class TooManyItems(BacklogError):
    """The backlog would hold more items than it may."""


class TooManyCriteria(BacklogError):
    """An item would have more criteria than it may; those that are null are not counted."""

    def __init__(self, key: str, would: int, most: int) -> None:
        super().__init__(
            f"{key} would have {would} criteria and may have {most}: send null for some of them."
        )


class TooManyBacklogs(BacklogError):
    """The workspace would hold more backlogs than it may."""


class TooManyRuns(BacklogError):
    """The backlog would hold more runs than it may."""


class RepeatedToken(BacklogError):
    """A page of the batch has led to the same next one."""

    def __init__(self) -> None:
        super().__init__(
            "A page of this batch has led to the same next one. If you sent it again since its"
            " answer was lost, it was kept: go on with the token in it. If the tool gives the same"
            " token again and again, stop."
        )


class Forged(BacklogError):
    """A webhook is not signed with the secret of its hook."""

    def __init__(self) -> None:
        super().__init__(
            "It is not signed with the secret of this hook, or is too late, or no secret is set:"
            " see hook-secrets in /docs."
        )
