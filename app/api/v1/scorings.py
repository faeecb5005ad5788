"""How a list is to be scored: a method with its options, and the buckets of another."""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model
from typing_extensions import TypeAliasType

from app.api.v1.bodies import Request
from app.engine.method import Method
from app.engine.methods import METHODS
from app.engine.ranking import Scoring


def camel(name: str) -> str:
    """Write a method's name as a part of a schema's."""
    return "".join(word.capitalize() for word in name.split("_"))


def options_field(method: Method[Any, Any]) -> tuple[Any, Any]:
    """Make the field of a method's options, which may be left out where all have defaults."""
    told = f"What {method.title} needs once for the whole list."
    if any(field.is_required() for field in method.options.model_fields.values()):
        return (method.options, Field(description=told))
    return (method.options, Field(default=method.options(), description=told))


def _bucket_by(method: Method[Any, Any]) -> type[BaseModel]:
    name: Any = Literal[method.name]
    return create_model(
        f"BucketBy{camel(method.name)}",
        __base__=Request,
        __doc__=f"Buckets made by {method.title}.",
        method=(name, Field(description="The method that makes the buckets.")),
        options=options_field(method),
    )


_members: Any = reduce(or_, [_bucket_by(m) for m in METHODS.values() if m.buckets])
BucketBy = TypeAliasType(
    "BucketBy",
    Annotated[
        _members,
        Field(
            discriminator="method", description="A method that makes buckets, with its options."
        ),
    ],
)
"""The methods that make buckets, each with its options."""


def bucket_by_field() -> tuple[Any, Any]:
    """Make the field of the buckets, which a method of scores may take."""
    told = "Put the items into the buckets of this method."
    return (BucketBy | None, Field(default=None, description=told))


def _scoring(method: Method[Any, Any]) -> type[BaseModel]:
    name: Any = Literal[method.name]
    fields: dict[str, Any] = {
        "method": (name, Field(description="The method.")),
        "options": options_field(method),
    }
    if not method.buckets:
        fields["bucket_by"] = bucket_by_field()
    return create_model(
        f"ScoringBy{camel(method.name)}",
        __base__=Request,
        __doc__=f"A list is scored by {method.title}.",
        **fields,
    )


_scorings: Any = reduce(or_, [_scoring(method) for method in METHODS.values()])
ScoringRequest = TypeAliasType(
    "ScoringRequest",
    Annotated[_scorings, Field(discriminator="method", description="A method, with its options.")],
)
"""How a stored list is to be scored."""


def scoring_read(body: Any, method: str = "") -> Scoring:  # noqa: ANN401 - made at run time
    """Read how a list is to be scored; the method is that of the body if it names one."""
    bucket_by = getattr(body, "bucket_by", None)
    return Scoring(
        METHODS[method or body.method],
        body.options,
        METHODS[bucket_by.method] if bucket_by else None,
        bucket_by.options if bucket_by else None,
    )
