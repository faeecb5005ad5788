"""One file, one method. `METHODS` is found by looking into this folder, and nowhere else."""

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import Field, create_model

from app.engine.inputs import Inputs, Number
from app.engine.method import Method

METHODS: Final[Mapping[str, Method[Any, Any]]] = MappingProxyType(
    {
        name: import_module(f"{__name__}.{name}").METHOD
        for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    }
)
"""Every method by its name."""


def inputs_with_buckets(method: Method[Any, Any]) -> type[Inputs]:
    """Make the inputs of a method of scores together with those of every method of buckets."""
    return _merged(
        method.inputs.__name__,
        f"{method.inputs.__doc__} Those of the buckets are read by `bucket_by` alone.",
        [method, *(other for other in METHODS.values() if other.buckets)],
    )


def _merged(name: str, told: str, methods: Sequence[Method[Any, Any]]) -> type[Inputs]:
    """Make a model of all inputs of some methods; those of two meanings lose their bounds."""
    fields: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for method in methods:
        properties = method.inputs.model_json_schema()["properties"]
        for field_name, field in method.inputs.model_fields.items():
            fields.setdefault(field_name, (Annotated[field.annotation, field], None))
            if schemas.setdefault(field_name, properties[field_name]) != properties[field_name]:
                described = Field(description="A number whose meaning depends on the method.")
                fields[field_name] = (Annotated[Number | None, described], None)
    return create_model(name, __base__=Inputs, __doc__=told, **fields)


AnyInputs: Final = _merged(
    "Inputs",
    "The inputs of an item, whatever method reads them; what is absent or null is missing.",
    list(METHODS.values()),
)
"""Every name that any method knows."""
