"""What is wrong with a request: each fault with its place in the document as it was sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from app.api.patterns import SENTENCES
from app.engine.arithmetic import spoken
from app.engine.dependencies import circles
from app.engine.errors import DependencyCircles, DuplicateKeys, EngineError, TooManyTerms
from app.engine.inputs import KEY_PATTERN, DependsOn
from app.engine.ranking import duplicates
from app.engine.structs import resolved
from app.engine.verdict import Record
from app.sync.errors import RepeatedIdentity, SyncError, ToolRefused

MOST_FAULTS: Final = 100
"""So many faults are told of one request."""

MOST_COUNTED: Final = 10_000
"""Nobody looks for more faults than these."""

LONGEST_NAME: Final = 255
"""What is longer is no name that could be known, and is not said back."""


class Fault(Record, frozen=True):
    """One thing that is wrong with a request."""

    location: Annotated[
        Literal["body", "query", "path", "header"], Field(description="The part of the request.")
    ]
    pointer: Annotated[
        str,
        Field(
            description="An RFC 6901 pointer into the body as sent; a parameter's name elsewhere.",
            examples=["#/items/3/inputs/effort"],
        ),
    ]
    code: Annotated[
        str,
        Field(description="A stable word for the fault.", examples=["greater_than_equal"]),
    ]
    detail: Annotated[str, Field(description="What is the matter and what to do.")]
    item_key: Annotated[
        str, Field(description="The key of the item it is about; empty where there is none.")
    ]


class Invalid(Exception):
    """A request is well-formed and wrong in `count` places, of which `faults` tells the first.

    Where not all of it was `counted`, there are more.
    """

    def __init__(
        self, faults: Sequence[Fault], count: int | None = None, *, counted: bool = True
    ) -> None:
        self.faults = list(faults[:MOST_FAULTS])
        self.count = len(faults) if count is None else count
        self.counted = counted
        super().__init__(self._sentence())

    def behind(self, faults: Sequence[Fault]) -> "Invalid":
        """Tell other faults first."""
        told = [*faults, *self.faults]
        return Invalid(told, len(faults) + self.count, counted=self.counted)

    def _sentence(self) -> str:
        if self.count > MOST_COUNTED or not self.counted:
            least = MOST_COUNTED if self.counted else len(self.faults)
            told = f"More than {least:,} values are wrong"
            return f"{told}; the first {len(self.faults)} are listed."
        if self.count > len(self.faults):
            return f"{self.count:,} values are wrong; the first {len(self.faults)} are listed."
        if self.count > 1:
            return f"{self.count} values are wrong. The first: {self.faults[0].detail}"
        return f"1 value is wrong: {self.faults[0].detail}"


def fault_of(error: ErrorDetails, document: object, schema: Mapping[str, Any]) -> Fault:
    """Turn one of Pydantic's errors into a fault.

    Pydantic's location is no pointer: it holds union tags and the names of what is absent.
    """
    path: list[str] = []
    node = document
    for part in error["loc"]:
        is_index = isinstance(node, list) and isinstance(part, int)
        is_name = isinstance(node, dict) and part in node and len(str(part)) <= LONGEST_NAME
        if not (is_index or is_name):
            continue
        node = cast("Any", node)[part]
        path.append(str(part).replace("~", "~0").replace("/", "~1"))
    if error["type"] == "union_tag_invalid":  # told of the whole union
        path.append(error["ctx"]["discriminator"].strip("'"))
    code, detail = _told(error, schema)
    pointer = "#" + "".join(f"/{part}" for part in path)
    return Fault("body", pointer, code, detail, _key(document, path))


def _told(error: ErrorDetails, schema: Mapping[str, Any]) -> tuple[str, str]:
    """Say the code and the sentence of an error, where Pydantic's own are not for our readers."""
    code, name = error["type"], str(error["loc"][-1]) if error["loc"] else ""
    if code == "extra_forbidden":
        return "unknown_name", unknown_name(name, _names_at(error["loc"][:-1], schema))
    context = error.get("ctx", {})
    if code == "union_tag_invalid":
        return code, unknown_name(context["tag"], re.findall(r"\w+", context["expected_tags"]))
    sentence = SENTENCES.get(context.get("pattern", "")) or _SENTENCES.get(code)
    if sentence is None:
        return code, error["msg"].rstrip(".") + "."
    bounds = {bound: spoken(context[bound]) for bound in ("ge", "le") if bound in context}
    return code, sentence.format(name=name, **(context | bounds))


_SENTENCES: Final = {
    "bool_type": "Send true or false.",
    "dict_type": "Send an object.",
    "datetime_from_date_parsing": "Send a time such as 2026-11-23T09:00:00Z.",
    "datetime_parsing": "Send a time such as 2026-11-23T09:00:00Z.",
    "finite_number": "Send a finite number.",
    "float_type": "Send a number.",
    "greater_than_equal": "Send {ge} or more.",
    "int_parsing": "Send a whole number.",
    "int_type": "Send a whole number.",
    "less_than_equal": "Send {le} or less.",
    "list_type": "Send a list.",
    "literal_error": "Send {expected}.",
    "missing": "{name} is required.",
    "model_attributes_type": "Send an object.",
    "model_type": "Send an object.",
    "string_too_long": "Send at most {max_length} characters.",
    "string_too_short": "Send {min_length} or more characters.",
    "string_type": "Send text.",
    "string_pattern_mismatch": "It holds characters that are not allowed here.",
    "timezone_aware": "Send the time with its offset, such as Z.",
    "too_long": "Send at most {max_length:,} of them.",
    "too_short": "Send {min_length:,} or more of them.",
    "union_tag_not_found": "Send an object that names its method.",
    "uuid_parsing": "Send a UUID.",
    "uuid_type": "Send a UUID.",
}


def _key(document: object, path: list[str]) -> str:
    match path:
        case ["items", index, *inside] if isinstance(document, dict) and inside != ["key"]:
            item = document["items"][int(index)]
            key = item.get("key") if isinstance(item, dict) else None
            return key if isinstance(key, str) and _is_key(key) else ""
        case _:
            return ""


def _is_key(key: str) -> bool:
    return len(key) <= LONGEST_NAME and re.match(KEY_PATTERN, key) is not None


def _names_at(location: Iterable[str | int], root: Mapping[str, Any]) -> list[str]:
    """List the names that the schema knows at a place of the document."""
    node = root
    for part in location:
        node = resolved(node, root)
        if isinstance(part, int):
            node = node["items"]
        elif part in node.get("properties", {}):
            node = node["properties"][part]
        elif part in node.get("discriminator", {}).get("mapping", {}):
            node = {"$ref": node["discriminator"]["mapping"][part]}
        elif "additionalProperties" in node:
            node = node["additionalProperties"]
        for member in node.get("anyOf", []):
            if member != {"type": "null"}:
                node = member
                break
    return list(resolved(node, root).get("properties", {}))


class Listed(NamedTuple):
    """What an item of a body says of its place in the list."""

    place: int
    key: str
    depends_on: Sequence[str]


def listed(items: Sequence[Any]) -> list[Listed]:
    """Tell that of items that were read, whatever type they are."""
    sent = [getattr(item.inputs, "depends_on", None) for item in items]
    return [
        Listed(place, item.key, keys if isinstance(keys, list) else [])
        for place, (item, keys) in enumerate(zip(items, sent, strict=True))
    ]


def listed_in(document: object) -> list[Listed]:
    """Tell that of the items of a document whose key is a text, whatever else is wrong with it."""
    match document:
        case {"items": list(items)}:
            return [
                Listed(place, key, _keys_in(item.get("inputs")))
                for place, item in enumerate(items)
                if isinstance(item, dict) and isinstance(key := item.get("key"), str)
            ]
        case _:
            return []


def _keys_in(inputs: object) -> Sequence[str]:
    """Read what an item depends on, if that is well-formed."""
    try:
        return _DEPENDS_ON.validate_python(cast("Any", inputs)["depends_on"]) or ()
    except (KeyError, TypeError, ValidationError):
        return ()


_DEPENDS_ON: Final = TypeAdapter[list[str] | None](
    DependsOn, config=ConfigDict(regex_engine="python-re")
)


def wrong_together(items: Sequence[Listed], *, depends: bool) -> tuple[list[Fault], int]:
    """Name both places of every key that two items share, and circles where they are read.

    With the faults comes their number: not every circle is named.
    """
    repeated = [
        duplicate_key(key, items[first].place, items[again].place)
        for key, first, again in duplicates([item.key for item in items])
    ]
    found = circles((item.key, item.depends_on) for item in items) if depends else None
    if found is None:
        return repeated, len(repeated)
    told = dependency_circles(found, items)
    return [*repeated, *told.faults], len(repeated) + told.count


def duplicate_key(key: str, first: int, again: int) -> Fault:
    """Say that the item at an index repeats the key of an earlier one."""
    return Fault(
        "body",
        f"#/items/{again}/key",
        "duplicate_key",
        f"The items at #/items/{first} and #/items/{again} have the same key: give each its own.",
        key,
    )


def dependency_circle(circle: Sequence[str], pointer: str, key: str) -> Fault:
    """Say that items depend on each other in a circle."""
    told = " -> ".join((*circle, circle[0]))
    return Fault("body", pointer, "dependency_circle", f"{told} is a circle.", key)


def dependency_circles(error: DependencyCircles, items: Sequence[Listed] = ()) -> Invalid:
    """Point at the first dependency of each circle that is among the items of a body."""
    sent: dict[str, list[Listed]] = {}
    for item in items:
        sent.setdefault(item.key, []).append(item)
    faults = []
    for circle in error.circles:
        closing = (
            (f"#/items/{item.place}/inputs/depends_on", key)
            for key, before in zip(circle, (*circle[1:], circle[0]), strict=True)
            for item in sent.get(key, ())
            if before in item.depends_on
        )
        faults.append(dependency_circle(circle, *next(closing, ("#/items", circle[0]))))
    return Invalid(faults, error.count)


def repeated_identity(error: RepeatedIdentity) -> list[Fault]:
    """Name both places of every item that a page holds twice."""
    word = "rows" if error.rows else "items"
    return [
        Fault(
            "body",
            "#",
            "repeated_identity",
            f"The {word} {first} and {again} of the page are the same: send it once.",
            key,
        )
        for key, first, again in error.places
    ]


def invalid(error: Invalid | EngineError | SyncError) -> Invalid:
    """Tell what the engine or sync refuses as what is wrong with the request."""
    match error:
        case Invalid():
            return error
        case DuplicateKeys():
            return Invalid([duplicate_key(*place) for place in error.places])
        case DependencyCircles():
            return dependency_circles(error)
        case TooManyTerms():
            return Invalid([Fault("body", "#/items", "too_many_terms", str(error), "")])
        case ToolRefused():
            return Invalid([Fault("body", f"#/{error.member}", "tool_refused", str(error), "")])
        case RepeatedIdentity():
            return Invalid(repeated_identity(error))
        case _:
            raise error


def parameter_fault(error: Any) -> Fault:  # noqa: ANN401 - Pydantic's, or FastAPI's of its kind
    """Turn one of Pydantic's errors about a parameter into a fault."""
    location, name = error["loc"][:2]
    code, detail = _told(error, {})
    return Fault(location, str(name), code, detail, "")


def unknown_name(name: str, known: Iterable[str]) -> str:
    """Say that a name is not known, which one may be meant, and which there are."""
    names = sorted(known)
    if close := get_close_matches(name[:LONGEST_NAME], names, n=1):
        return f"Unknown name. Did you mean {close[0]}?"
    return f"Unknown name. Known are: {', '.join(names)}." if names else "No name is known here."
