"""One file, one method. `METHODS` is found by looking into this folder, and nowhere else."""

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import MISSING, ConfigDict, Field, create_model

from app.engine.inputs import Inputs, Number
from app.engine.method import Method

METHODS: Final[Mapping[str, Method[Any, Any]]] = MappingProxyType(
    {
        name: import_module(f"{__name__}.{name}").METHOD
        for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    }
)
"""Every method by its name."""

BUCKETS: Final = frozenset(name for method in METHODS.values() for name in method.buckets)
"""Every bucket that any method makes."""


TWO_MEANINGS: Final = "A number whose meaning depends on the method."


def inputs_with_buckets(method: Method[Any, Any]) -> type[Inputs]:
    """Make the inputs of a method of scores together with those of every method of buckets."""
    return _merged(
        method.inputs.__name__,
        f"{method.inputs.__doc__} Those of the buckets are read by `bucket_by` alone.",
        [method, *(other for other in METHODS.values() if other.buckets)],
    )


@cache
def inputs_of(*names: str) -> type[Inputs]:
    """Make the inputs that these methods read of an item, whatever else is known of it."""
    return _merged("Inputs", "", [METHODS[name] for name in names], base=_ReadInputs)


@cache
def meanings_differ(one: str, other: str) -> frozenset[str]:
    """Name the inputs that both methods read and take for different things."""
    mine, theirs = (
        METHODS[name].inputs.model_json_schema()["properties"] for name in (one, other)
    )
    return frozenset(name for name in mine if name in theirs and mine[name] != theirs[name])


@cache
def of_two_meanings(method: str) -> frozenset[str]:
    """Name the inputs of a method that another one takes for something else."""
    return frozenset().union(*(meanings_differ(method, other) for other in METHODS))


class _ReadInputs(Inputs):
    model_config = ConfigDict(extra="ignore")


def _merged(
    name: str,
    described: str,
    methods: Sequence[Method[Any, Any]],
    *,
    base: type[Inputs] = Inputs,
    absent: Any = None,  # noqa: ANN401 - null, or the sentinel of what was not sent
) -> type[Inputs]:
    """Make a model of all inputs of some methods; those of two meanings lose their bounds."""
    fields: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for method in methods:
        properties = method.inputs.model_json_schema()["properties"]
        for field_name, field in method.inputs.model_fields.items():
            made: Any = Annotated[field.annotation, field]
            if absent is not None:
                sent: Any = field.annotation
                made = Annotated[sent | absent, Field(description=field.description)]
            if schemas.setdefault(field_name, properties[field_name]) != properties[field_name]:
                kinds: Any = Number | None if absent is None else Number | None | absent
                made = Annotated[kinds, Field(description=TWO_MEANINGS)]
            elif field_name in fields:
                continue
            fields[field_name] = (made, absent)
    return create_model(name, __base__=base, __doc__=described, **fields)


AnyInputs: Final = _merged(
    "Inputs",
    "The inputs of an item, whatever method reads them; what is absent or null is missing.",
    list(METHODS.values()),
)
"""Every name that any method knows."""

ChangedInputs: Final = _merged(
    "ChangedInputs",
    "What becomes known of an item: what is absent stays as it is, null makes it unknown.",
    list(METHODS.values()),
    absent=MISSING,
)
"""Every name that any method knows, to be merged into what is known."""
