"""Types that msgspec reads, made from the JSON schema of a Pydantic model."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

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

NO_NUL: Final = r"^[^\x00]*$"
"""The pattern of a text for people, for PostgreSQL keeps none with a NUL.

msgspec is not asked for it text by text: who reads a body looks once for the way that JSON has to
write a NUL.
"""


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow the reference of a schema, if it is one."""
    if "$ref" not in schema:
        return schema
    definitions: Mapping[str, Mapping[str, Any]] = root["$defs"]
    return definitions[schema["$ref"].removeprefix("#/$defs/")]


def type_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Say in msgspec's words what a JSON schema says."""
    schema = resolved(schema, root)
    if "anyOf" in schema:
        return reduce(or_, [type_of(member, root) for member in schema["anyOf"]])
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    match schema["type"]:
        case "array":
            made = list[type_of(schema["items"], root)]  # type: ignore[misc, valid-type]  # made at run time
        case "object" if "properties" in schema:
            return _struct(schema, root)
        case "object":
            made = dict[  # type: ignore[misc]
                type_of({"type": "string"} | schema.get("propertyNames", {}), root),
                type_of(schema["additionalProperties"], root),
            ]
        case simple:
            made = _SIMPLE[simple]
    bounds: Any = {
        mark: schema[name]
        for name, mark in _MARKS.items()
        if name in schema and schema[name] != NO_NUL
    }
    return Annotated[made, Meta(**bounds)]


def _struct(schema: Mapping[str, Any], root: Mapping[str, Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        schema["title"],
        [
            _field(name, type_of(part, root), part, required=name in schema.get("required", []))
            for name, part in schema["properties"].items()
        ],
        forbid_unknown_fields=schema.get("additionalProperties") is False,
        kw_only=True,
        omit_defaults=True,
        frozen=True,
        gc=False,
    )


def _field(
    name: str,
    made: Any,  # noqa: ANN401 - a type made at run time
    schema: Mapping[str, Any],
    *,
    required: bool,
) -> tuple[Any, ...]:
    """Make a field; one that may be absent and has no default stays unset."""
    if required:
        return (name, made)
    if "default" in schema:
        return (name, made, schema["default"])
    return (name, made | UnsetType, UNSET)
