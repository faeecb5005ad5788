"""How much is worked on at once and for how long: what is beyond is told so, without effect."""

from asyncio import Task, create_task, get_running_loop, timeout
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.api.errors import Crowded, TooLate
from app.api.problems import respond

HEALTH: Final = frozenset({"/livez", "/readyz", "/metrics"})
"""What is answered however much goes on, and takes nobody's place: others watch over it so."""

LONGER: Final = {"/v1/backlogs/import": 10}
"""What may take so many times as long: a whole backlog with its runs is large."""


MOST_HELD: Final = 512 * 1024 * 1024
"""Bytes of bodies that a process holds at once: twice the largest, which an import may have."""

TAKING: Final = 10
"""An answer in pieces may take so many times as long to be taken, from its first piece on."""


class Deadline:
    """Until when a request is waited for."""

    __slots__ = ("has_passed",)

    def __init__(self) -> None:
        self.has_passed = False

    def refuse_late(self) -> None:
        """See that somebody still waits.

        Raises:
            TooLate: the request has been answered without this.
        """
        if self.has_passed:
            raise TooLate


class Load:
    """Refuses what is more than a process can do, and answers what takes too long.

    A thread cannot be stopped: what it still does is not committed after the deadline, and it
    counts as in flight until it ends. Who takes an answer too slowly is cut off.
    """

    def __init__(
        self, app: ASGIApp, most: int, seconds: float, most_held: int = MOST_HELD
    ) -> None:
        self.app = app
        self.most = most
        self.seconds = seconds
        self.most_held = most_held
        self.in_flight = 0
        self.held = 0
        self._told: set[Task[None]] = set()
        metrics.IN_FLIGHT.set_function(lambda: self.in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back while it is waited for."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        counts = path not in HEALTH
        if counts and self.in_flight >= self.most:
            detail = f"{self.most} requests are worked on already. Wait, and try again."
            await respond("overloaded", detail, scope)(scope, receive, send)
            return
        deadline = scope["state"]["deadline"] = Deadline()

        def give_up() -> None:
            deadline.has_passed = True
            detail = (
                "It took too long. If it was just being written it may be there, else it never"
                " will be: send it again with the same Idempotency-Key, or look first."
            )
            problem = respond("unavailable", detail, scope)
            task = create_task(problem(scope, receive, send))
            self._told.add(task)
            task.add_done_callback(self._told.discard)

        async def send_back(message: Message) -> None:
            timer.cancel()
            if not deadline.has_passed:
                if message["type"] == "http.response.start":
                    taking.reschedule(loop.time() + self.seconds * TAKING)
                await send(message)

        loop = get_running_loop()
        timer = loop.call_later(self.seconds * LONGER.get(path, 1), give_up)
        self.in_flight += counts
        try:
            with self._holding(receive) as take:
                async with timeout(None) as taking:
                    await self.app(scope, take, send_back)
        except TimeoutError:
            if not taking.expired():
                raise
        finally:
            timer.cancel()
            self.in_flight -= counts

    @contextmanager
    def _holding(self, receive: Receive) -> Iterator[Receive]:
        """Count the bytes of a body for as long as its request is worked on.

        Raises:
            Crowded: there is no room for it beside the others; told to who reads it.
        """
        held = 0

        async def take() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self.held += size
            if size and self.held > self.most_held:
                raise Crowded
            return message

        try:
            yield take
        finally:
            self.held -= held
