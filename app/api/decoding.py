"""From the bytes of a body to what an endpoint works with, and to what is wrong with them.

msgspec reads the happy path with types made from the JSON schema of the request's Pydantic model,
so that there is one truth. Where it refuses, Pydantic reads the same bytes again and has the last
word: it names every fault, each with a pointer into the document as it was sent.
"""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec
import orjson
from msgspec import UNSET, Meta, Raw, UnsetType
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.api.faults import MOST_FAULTS, Invalid, fault_of, repeated_keys, resolved

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
        lists = {name for name, schema in properties.items() if schema.get("type") == "array"}
        self._rest = {
            name: TypeAdapter[Any](field.rebuild_annotation())
            for name, field in model.model_fields.items()
            if name not in lists
        }
        # Frozen, so that all requests may share them; Pydantic would copy them for each.
        self._defaults = {
            name: field.default
            for name, field in model.model_fields.items()
            if name in self._rest and not field.is_required()
        }
        self._limits = {name: properties[name]["maxItems"] for name in lists}
        body = msgspec.defstruct(
            model.__name__,
            [
                *((name, _type(properties[name], self._schema)) for name in lists),
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
        try:
            read = self._decoder.decode(body)
            values = self._defaults | {name: getattr(read, name) for name in self._limits}
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
        try:
            return self.model.model_validate(self._shortened(document))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            faults = [fault_of(one, document, self._schema) for one in details[:MOST_FAULTS]]
            repeated = repeated_keys(document)
            raise Invalid([*faults, *repeated], len(details) + len(repeated)) from None

    def _shortened(self, document: object) -> object:
        """Cut lists that are too long anyway, so that only so many faults can be found."""
        if not isinstance(document, dict):
            return document
        cut = {
            name: document[name][: limit + 1]
            for name, limit in self._limits.items()
            if isinstance(document.get(name), list)
        }
        return document | cut


_SIMPLE: Final[Mapping[str, Any]] = {
    "integer": int,
    "null": None,
    "number": float,
    "string": str,
}

_MARKS: Final = {
    "minimum": "ge",
    "maximum": "le",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
    "minProperties": "min_length",
    "maxProperties": "max_length",
    "pattern": "pattern",
}
"""What bounds a value, in the words of JSON schema and in those of msgspec."""


def _type(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Say in msgspec's words what a JSON schema says."""
    schema = resolved(schema, root)
    if "anyOf" in schema:
        return reduce(or_, [_type(member, root) for member in schema["anyOf"]])
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    match schema["type"]:
        case "array":
            made = list[_type(schema["items"], root)]  # type: ignore[misc, valid-type]  # made at run time
        case "object" if "properties" in schema:
            return _struct(schema, root)
        case "object":
            made = dict[  # type: ignore[misc]
                _type({"type": "string"} | schema.get("propertyNames", {}), root),
                _type(schema["additionalProperties"], root),
            ]
        case simple:
            made = _SIMPLE[simple]
    bounds: Any = {mark: schema[name] for name, mark in _MARKS.items() if name in schema}
    return Annotated[made, Meta(**bounds)]


def _struct(schema: Mapping[str, Any], root: Mapping[str, Any]) -> type[msgspec.Struct]:
    required = schema.get("required", [])
    return msgspec.defstruct(
        schema["title"],
        [
            (name, _type(part, root))
            if name in required
            else (name, _type(part, root), part["default"])
            for name, part in schema["properties"].items()
        ],
        forbid_unknown_fields=True,
        kw_only=True,
        omit_defaults=True,
        frozen=True,
        gc=False,
    )
