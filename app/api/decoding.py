"""From the bytes of a body to what an endpoint works with, and to what is wrong with them.

msgspec reads the happy path with types made from the JSON schema of the request's Pydantic model,
so that there is one truth. Where it refuses, Pydantic reads the same bytes again and has the last
word: it names every fault, each with a pointer into the document as it was sent.
"""

from collections.abc import Iterator
from typing import Any, Final, Generic, TypeVar, cast

import msgspec
import orjson
from msgspec import UNSET, Raw, UnsetType
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from app.api.faults import (
    MOST_COUNTED,
    MOST_FAULTS,
    Fault,
    Invalid,
    fault_of,
    listed_in,
    wrong_together,
)
from app.engine.methods import METHODS
from app.engine.structs import type_of

NUL: Final = rb"\u0000"
"""The only way to write a NUL in JSON; msgspec does not look for it."""

PART: Final = 100
"""So many items are explained at a time."""

DEEPEST: Final = 10
"""No body that is known here goes deeper, and a hostile one may go as deep as the stack."""

RequestT = TypeVar("RequestT", bound=BaseModel)


class MalformedJson(Exception):
    """A body is not JSON."""


_REFUSALS = (
    msgspec.DecodeError,
    orjson.JSONDecodeError,
    RecursionError,
    UnicodeDecodeError,
    ValidationError,
)


class Decoder(Generic[RequestT]):
    """Reads the bodies of one request model: lists by msgspec, the small rest by Pydantic."""

    def __init__(self, model: type[RequestT]) -> None:
        self.model = model
        self._schema = model.model_json_schema()
        properties: dict[str, Any] = self._schema["properties"]
        lists = {
            name
            for name in self._schema.get("required", [])
            if properties[name].get("type") == "array"
        }
        self._rest = {
            name: TypeAdapter[Any](field.rebuild_annotation())
            for name, field in model.model_fields.items()
            if lists and name not in lists
        }
        # Frozen, so that all requests may share them; Pydantic would copy them for each.
        self._defaults = {
            name: field.default
            for name, field in model.model_fields.items()
            if name in self._rest and not field.is_required()
        }
        self._lists = lists
        self._most_items: int | None = properties.get("items", {}).get("maxItems")
        self._names = _names(self._schema)
        body = msgspec.defstruct(
            model.__name__,
            [
                *((name, type_of(properties[name], self._schema)) for name in lists),
                *(
                    (name, Raw)
                    if model.model_fields[name].is_required()
                    else (name, Raw | UnsetType, UNSET)
                    for name in self._rest
                ),
            ],
            forbid_unknown_fields=True,
            kw_only=True,
        )
        self._decoder = msgspec.json.Decoder(body)

    def decode(self, body: bytes) -> RequestT:
        """Read a body.

        Raises:
            MalformedJson: it is not JSON, or holds NaN, Infinity or a number beyond a float.
            Invalid: it is not what the model says.
        """
        if not self._lists or NUL in body:
            return self._decode_by_pydantic(body)
        try:
            read = self._decoder.decode(body)
            values = self._defaults | {name: getattr(read, name) for name in self._lists}
            for name, adapter in self._rest.items():
                if (raw := getattr(read, name)) is not UNSET:
                    values[name] = adapter.validate_python(orjson.loads(memoryview(raw)))
        except _REFUSALS:
            return self._decode_by_pydantic(body)
        return self.model.model_construct(**values)

    def _decode_by_pydantic(self, body: bytes) -> RequestT:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise MalformedJson(f"The body is not JSON: {error.msg}.") from None
        self._refuse(document)
        return self.model.model_validate(document)

    def _refuse(self, document: object) -> None:
        faults: list[Fault] = []
        count = 0
        for details in self._errors(document):
            room = MOST_FAULTS - len(faults)
            faults += [fault_of(one, document, self._schema) for one in details[:room]]
            count += len(details)
            if count > MOST_COUNTED:
                raise Invalid(faults, count)
        if faults:
            more, number = self._wrong_together(document)
            # Of names that were left out nobody knows how many are wrong.
            counted = count <= MOST_FAULTS or self._pruned(document) == document
            raise Invalid([*faults, *more], count + number, counted=counted)

    def wrong_together(self, body: bytes) -> tuple[list[Fault], int]:
        """Name what is wrong between the items of a body that reads well, and count it."""
        return self._wrong_together(orjson.loads(body))

    def _wrong_together(self, document: object) -> tuple[list[Fault], int]:
        return wrong_together(listed_in(document), depends=self._reads_dependencies(document))

    def _reads_dependencies(self, document: object) -> bool:
        """Does the method that a document is scored by, or the one of its buckets, read them?

        A body without options is of a stored list, which knows its method by itself.
        """
        fields = self.model.model_fields
        if "bucket_by" not in fields:
            return "options" in fields and "depends_on" in self._names
        match document:
            case {"bucket_by": {"method": str(name)}} if name in METHODS:
                return "depends_on" in METHODS[name].inputs.model_fields
            case _:
                return False

    def _errors(self, document: object) -> Iterator[list[ErrorDetails]]:
        """Validate a list in parts: what says a fault takes a thousand times its room."""
        items = document.get("items") if isinstance(document, dict) else None
        if not isinstance(items, list) or not self._most_items:
            yield self._errors_of(self._pruned(document), 0)
            return
        if len(items) > self._most_items:
            context = {"max_length": self._most_items}
            yield [ErrorDetails(type="too_long", loc=("items",), msg="", input=None, ctx=context)]
        rest = self._pruned({**cast("Any", document), "items": []})
        for start in range(0, min(len(items), self._most_items) or 1, PART):
            part = rest | {"items": self._pruned(items[start : start + PART])}
            details = self._errors_of(part, start)
            yield [one for one in details if start == 0 or one["loc"][0] == "items"]

    def _errors_of(self, document: object, start: int) -> list[ErrorDetails]:
        try:
            self.model.model_validate(document)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            return [{**one, "loc": _moved(one["loc"], start)} for one in details]
        return []

    def _pruned(self, node: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Leave out most of a great many unknown names."""
        if isinstance(node, list) and depth < DEEPEST:
            return [self._pruned(one, depth + 1) for one in node]
        if not isinstance(node, dict) or depth == DEEPEST:
            return node
        strange = [name for name in node if name not in self._names]
        left_out = set(strange[MOST_FAULTS + 1 :])
        return {
            name: self._pruned(value, depth + 1)
            for name, value in node.items()
            if name not in left_out
        }


def _moved(location: tuple[int | str, ...], start: int) -> tuple[int | str, ...]:
    match location:
        case ("items", int(index), *inside):
            return ("items", start + index, *inside)
        case _:
            return location


def _names(schema: Any) -> set[str]:  # noqa: ANN401 - any part of a JSON schema
    """Gather the names of all properties that a schema knows."""
    if isinstance(schema, list):
        return set().union(*map(_names, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*map(_names, schema.values()))
