"""What is refused because of how it is asked for, or when, as exceptions that state a fact."""


class UnsupportedMediaType(Exception):
    """A body is not of the media type that is read."""


class NotFound(Exception):
    """Nothing is at this address."""


class PreconditionRequired(Exception):
    """A request must say which state it means."""


class KeyReused(Exception):
    """An Idempotency-Key was sent with another request before."""


class TooLate(Exception):
    """A request has been answered, because it took too long."""


class Crowded(Exception):
    """The bodies that are held already leave no room for this one."""

    def __init__(self) -> None:
        super().__init__("Large bodies are being worked on already. Wait, and try again.")


class Draining(Exception):
    """The process was told to stop, and takes no new work."""
