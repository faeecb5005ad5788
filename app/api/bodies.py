"""A route whose body is read by our decoder, and whose other parameters FastAPI reads."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from anyio import CapacityLimiter
from fastapi import Request, Response
from pydantic import MISSING

from app.api.faults import Invalid, dependency_circle, dependency_circles, listed
from app.api.routes import StrictRoute, body_of, lazily
from app.engine.errors import DependencyCircles

LARGE: Final = 1024 * 1024
"""Bytes: a body from here on takes ten times its size and more in memory while it is read."""

FEW: Final = CapacityLimiter(2)
"""Large bodies at once; apart from those that are scored and not kept, which wait for no disk."""


class BodyRoute(StrictRoute):
    """A route that takes a body as JSON, in the endpoint's parameter `body`.

    The body is read in the thread of the endpoint, so that a large one stops nobody else.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Keep the body from FastAPI, which would read it again, and from the contract's point."""
        field = self.body_field
        if field is None:
            return super().get_route_handler()
        model: Any = field.field_info.annotation
        decoder = lazily(model)
        endpoint, declared = self.endpoint, self.dependant
        name = declared.request_param_name

        def ask(**values: Any) -> Any:  # noqa: ANN401 - whatever the endpoint takes and gives
            request: Request = values["request"] if name else values.pop("request")
            body = decoder().decode(request.state.body)
            try:
                return endpoint(**values, body=body)
            except DependencyCircles as error:
                if (items := getattr(body, "items", MISSING)) is not MISSING:
                    raise dependency_circles(error, listed(items)) from None
                # The circle is of stored items; the body holds at most one of them.
                is_sent = getattr(getattr(body, "inputs", None), "depends_on", None)
                at = "#/inputs/depends_on" if is_sent else "#"
                faults = [dependency_circle(circle, at, circle[0]) for circle in error.circles]
                raise Invalid(faults, error.count) from None

        self.body_field = None
        self.dependant = replace(declared, call=ask, body_params=[], request_param_name="request")
        handle = super().get_route_handler()
        self.body_field, self.dependant = field, declared

        async def handle_body(request: Request) -> Response:
            request.state.body = await body_of(request, "application/json")
            if len(request.state.body) < LARGE:
                return await handle(request)
            async with FEW:
                request.state.deadline.refuse_late()
                return await handle(request)

        return handle_body
