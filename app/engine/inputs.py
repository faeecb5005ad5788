"""What comes from outside: frozen Pydantic models, which hold bounds, words and JSON schema."""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

KEY_PATTERN = r"^(?!\.{1,2}$)(?!\s)[^\x00-\x1f\x7f-\x9f]+(?<!\s)(?!\n)$"
"""No control characters, no white space at the ends, and neither `.` nor `..`."""


def _whole(value: float) -> int:
    if not value.is_integer():
        raise PydanticCustomError("not_whole", "Send a whole number.")
    return int(value)


def _counted(sent: object) -> object:
    if isinstance(sent, float) and sent.is_integer() and abs(sent) < 2**53:  # beyond, not exact
        return int(sent)
    return sent


WHOLE: Final = BeforeValidator(_counted)
"""A whole number is known by its value: 5.0 is one."""

Key = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=KEY_PATTERN,
        description="The caller's own name of an item, such as PROJ-12.",
    ),
]
"""The caller's own name of an item."""

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
"""A finite number: JSON's `5` and `5.0`, neither `true` nor `"5"`."""

Amount = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
"""A finite number that is not negative."""

Count = Annotated[
    float,
    Strict(),
    Field(ge=0, le=1_000_000_000, allow_inf_nan=False),
    AfterValidator(_whole),
    PlainSerializer(int),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 1_000_000_000}),
]
"""A whole number that is not negative, known by its value: 5.0 is one."""

Keys = Annotated[list[Key], Field(max_length=100)]
"""The keys of other items."""

Unit = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$")
]
"""A unit that is carried along and said, in the plural: weeks, person-months."""

CriterionName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+(?!\n)$")
]
"""The caller's own name of a criterion."""


def tell_names(schema: dict[str, Any]) -> None:
    """Say the pattern of the names as OpenAPI's generators know it."""
    ((pattern, values),) = schema.pop("patternProperties").items()
    schema["additionalProperties"] = values
    schema["propertyNames"]["pattern"] = pattern


MOST_CRITERIA: Final = 100

CriterionValues = TypeAliasType(
    "CriterionValues",
    Annotated[
        dict[CriterionName, Number | None],
        Field(
            max_length=MOST_CRITERIA, description="Values by name.", json_schema_extra=tell_names
        ),
    ],
)
"""The values of one item, each by the name of its criterion."""


Value = Annotated[Amount | None, Field(description="How much good it does, in one unit for all.")]
"""An input that more than one method reads."""

Effort = Annotated[Amount | None, Field(description="How much work it is, such as person-months.")]
"""An input that more than one method reads."""

DependsOn = Annotated[
    Keys | None, Field(description="The keys of the items that must come before it.")
]
"""An input that more than one method reads."""


class Inputs(BaseModel):
    """What a method needs to know of one item. What is absent or null is missing, never zero."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")


def _unsigned(value: Any) -> Any:  # noqa: ANN401 - whatever an input or an option may be
    """Take -0.0 for 0.0."""
    return value + 0.0 if isinstance(value, float) else value


def reader(*names: str) -> Callable[[Inputs], tuple[float, ...]]:
    """Make a function that reads these inputs of an item that misses none; -0.0 is 0.0."""
    get: Callable[[Inputs], tuple[float, ...]] = attrgetter(*names)

    def read(inputs: Inputs) -> tuple[float, ...]:
        numbers = get(inputs)
        return tuple(map(_unsigned, numbers)) if 0.0 in numbers else numbers

    return read


class Options(BaseModel):
    """What a method needs once for the whole list."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")

    _zero_has_no_sign = field_validator("*")(_unsigned)
