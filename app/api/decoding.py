"""From the bytes of a body to what an endpoint works with, and to what is wrong with them.

msgspec reads the happy path with types made from the JSON schema of the request's Pydantic model,
so that there is one truth. Where it refuses, Pydantic reads the same bytes again and has the last
word: it names every fault, each with a pointer into the document as it was sent.
"""

from typing import Any, Generic, TypeVar

import msgspec
import orjson
from msgspec import UNSET, Raw, UnsetType
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.api.faults import MOST_FAULTS, Invalid, fault_of, repeated_keys
from app.engine.structs import type_of

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
