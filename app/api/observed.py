"""What is seen of every request from outside: a line in the log, and counts."""

from time import perf_counter
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.api.load import HEALTH
from app.api.problems import EXCEPTIONS

REPLAYED: Final = (b"idempotency-replayed", b"true")


class Observed:
    """Counts, times and logs every answer by its route: the address itself may hold a key.

    What nobody expected is answered 500 further in, and ends here as a line in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._log: Any = (
            structlog.get_logger().bind()
        )  # bound once: each time costs as much as all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        status, told = 0, False

        async def send_back(message: Message) -> None:
            nonlocal status, told
            await send(message)
            if message["type"] == "http.response.start":
                status = message["status"]
                if REPLAYED in message["headers"]:
                    metrics.REPLAYS.inc()
            elif not message.get("more_body", False):
                told = True
                self._tell(scope, status, perf_counter() - began)

        try:
            await self.app(scope, receive, send_back)
        except Exception as error:  # noqa: BLE001 - the last place, and it is logged
            cause = error.__cause__
            begun = status and not told
            if begun and isinstance(cause, Exception) and type(cause) in EXCEPTIONS:
                # A known one, which could not be told any more, as the answer had begun.
                scope["state"]["problem"] = EXCEPTIONS[type(cause)]
            else:
                request_id = scope["state"]["request_id"]
                self._log.exception("failed", request_id=request_id, exc_info=error)
        if status and not told:  # who asked went away, or the answer broke off
            self._tell(scope, status, perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        route = getattr(scope.get("route"), "path_format", "")
        method = scope.get("stackrank.method", scope["method"])
        metrics.count_answer(method, route, status, seconds)
        problem, caller = state.get("problem"), state.get("caller")
        if problem:
            metrics.PROBLEMS.labels(problem).inc()
        elif route in HEALTH:  # asked every second, and of no interest as long as all is well
            return
        self._log.info(
            "request",
            request_id=state["request_id"],
            workspace=caller and caller.workspace_id,
            key=caller and caller.key_id,
            method=method,
            route=route,
            status=status,
            problem=problem,
            ms=round(seconds * 1000, 3),
        )
