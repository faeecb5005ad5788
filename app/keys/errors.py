"""Why a caller is refused.

KeyRefused
├── NoKey            none was sent
├── NotAKey          it is none of this service's
├── KeyEnded         it was one; said only to who has the whole of it
├── AlreadyEnded     an admin means a key that has ended
├── TooManyFailures  too many keys from there were none of this service's
├── ForeignName      nobody is asked for one, but this machine alone is answered
├── ScopeTooSmall    it is one, and may not do this
└── RateLimited      it has sent all the requests that it may for now
"""

from typing import Final

from app.keys.scopes import Scope

WHAT_TO_DO: Final = (
    "In /docs press Authorize; elsewhere send Authorization: Bearer and the key, which begins"
    " with sr_."
)


class KeyRefused(Exception):
    """A caller may not do what it asks for."""


class NoKey(KeyRefused):
    """No key was sent."""

    def __init__(self) -> None:
        super().__init__(f"No key was sent. {WHAT_TO_DO}")


class NotAKey(KeyRefused):
    """What was sent is no key of this service."""

    def __init__(self) -> None:
        super().__init__(f"What was sent is no key of this service. {WHAT_TO_DO}")


class KeyEnded(KeyRefused):
    """A key was one of this service's, and is no longer."""


class AlreadyEnded(KeyRefused):
    """A key cannot be changed for a new one, for it has ended."""


class TooManyFailures(KeyRefused):
    """Too many keys from one place were none of this service's; wait so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__("Too many keys from your address were no keys of this service: wait.")


class ForeignName(KeyRefused):
    """Where nobody is asked for a key, a page of a name that was made to lead here has none."""

    def __init__(self) -> None:
        super().__init__(
            "STACKRANK_AUTH is off, and this was not asked of localhost or 127.0.0.1: set"
            " STACKRANK_TRUST_NETWORK=true where another name is meant to lead here."
        )


class ScopeTooSmall(KeyRefused):
    """A key may not do this."""

    def __init__(self, scope: Scope, needed: Scope) -> None:
        super().__init__(f"This needs a key of the scope {needed}; yours has the scope {scope}.")


class RateLimited(KeyRefused):
    """A key has sent all the requests that it may for now; the next is taken in `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"The next request of this key is taken in {seconds} s.")
