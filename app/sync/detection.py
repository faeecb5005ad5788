"""Which tool sent a page, and which page it is: told by its structure alone."""

from typing import Any, Final

import orjson

from app.sync.errors import MalformedPayload, UnrecognisedPayload
from app.sync.raw import RawPage
from app.sync.tools import TOOLS, csv

MOST_VALUES: Final = 3_000_000
"""More are no page, and would take a hundred times the room of their bytes."""

MOST_SEEN: Final = 20
LONGEST_SEEN: Final = 40

read_csv: Final = csv.read
"""Read a spreadsheet, which is no JSON and has an entry of its own."""


def detect(body: bytes) -> RawPage:
    """Recognise a JSON document of a tool.

    Raises:
        MalformedPayload: it is not JSON.
        UnrecognisedPayload: it has no shape that is known.
        ToolRefused: it is what a tool answers when it refuses.
    """
    if body.count(b",") + body.count(b"{") + body.count(b"[") > MOST_VALUES:
        raise UnrecognisedPayload("No page of a tool holds so many values: ask it for less.")
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedPayload(f"The body is not JSON: {error.msg}.") from None
    for tool in TOOLS.values():
        page = tool.recognise(document)
        if page is not None:
            return page
    shapes = "; ".join(shape for tool in TOOLS.values() for shape in tool.shapes)
    raise UnrecognisedPayload(f"No tool sends {_seen(document)}. Known are: {shapes}.")


def _seen(document: Any) -> str:  # noqa: ANN401 - any JSON
    """Say what a document is, by the names of its members."""
    match document:
        case dict() if not document:
            return "an empty object"
        case dict():
            return f"an object with {_named(document)}"
        case [dict(first), *_]:
            return f"a list of objects with {_named(first)}"
        case list():
            return "a list of what is no object"
        case _:
            return "what is neither an object nor a list"


def _named(members: dict[str, Any]) -> str:
    names = [name for name in members if name.isprintable() and len(name) <= LONGEST_SEEN]
    more = " and more" if len(members) > len(names[:MOST_SEEN]) else ""
    return f"{', '.join(names[:MOST_SEEN]) or 'strange names'}{more}"
