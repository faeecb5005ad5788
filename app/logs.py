"""Lines that say what happens, for a machine or for a terminal; never a body, query or secret."""

import logging
import sys
from collections.abc import MutableMapping
from traceback import format_tb, walk_tb
from typing import Any, Final, Literal, TextIO

import msgspec
import structlog
from structlog.typing import ExcInfo, Processor

STAMPS: Final[tuple[Processor, ...]] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure(style: Literal["text", "json"]) -> None:
    """Write the events of this program and those of its libraries in one way.

    As text for a terminal only what went wrong is written; as JSON there is a line for every
    request too. Either tells an error by its kind and its place: its message and the variables
    may hold what somebody sent.
    """
    is_json = style == "json"
    level = logging.INFO if is_json else logging.WARNING
    render: tuple[Processor, ...] = (
        structlog.dev.ConsoleRenderer(exception_formatter=_traceback),
    )
    factory: Any = structlog.PrintLoggerFactory(sys.stderr)
    if is_json:
        render = (_without_message, structlog.processors.JSONRenderer(_line))
        factory = structlog.BytesLoggerFactory(sys.stdout.buffer)
    structlog.configure(
        processors=[*STAMPS, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=factory,
    )
    handler = logging.StreamHandler(sys.stdout if is_json else sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    text = (_without_message, structlog.processors.JSONRenderer(_text)) if is_json else render
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[remove, *text],
            foreign_pre_chain=[*STAMPS, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _traceback(out: TextIO, error: ExcInfo) -> None:
    kind, _message, trace = error
    print(*format_tb(trace), f"{kind.__module__}.{kind.__qualname__}", sep="", file=out)


def _without_message(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = [(frame.f_code, line) for frame, line in walk_tb(error.__traceback__)]
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        event["frames"] = [f"{code.co_filename}:{line} {code.co_name}" for code, line in frames]
    return event


def _line(event: Any, **_options: object) -> bytes:  # noqa: ANN401 - what structlog gives
    return msgspec.json.encode(event, enc_hook=str)


def _text(event: Any, **_options: object) -> str:  # noqa: ANN401 - what structlog gives
    return _line(event).decode()
