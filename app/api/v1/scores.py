"""POST /v1/score/{method}: one operation per method, from a list of items to its ranking."""

from functools import reduce
from operator import attrgetter, or_
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType

from app.api.decoding import Decoder
from app.api.problems import declared
from app.api.routes import BytesRoute
from app.api.v1.rankings import Counts, Ranking, ranked_item, scoring_told
from app.engine.inputs import Key
from app.engine.method import Method
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.ranking import Scoring, prioritize

MOST_ITEMS: Final = 10_000

router = APIRouter(
    prefix="/v1/score",
    tags=["scores"],
    route_class=BytesRoute,
    responses=declared("validation", "malformed-json", "too-large", "unsupported-media-type"),
)

Title = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class Request(BaseModel):
    """A part of a body that comes in."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")


class ItemRequest(Request):
    """One item to be scored; its inputs are those of the method."""

    key: Key
    title: Annotated[Title | None, Field(description="What the item is called.")] = None
    inputs: Any


Order = TypeAliasType(
    "Order",
    Annotated[
        Literal["rank", "input"],
        Field(description="The order of the ranking, or of the items as they were sent."),
    ],
)


class ScoreQuery(BaseModel):
    """How the ranking is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: Annotated[
        Order,
        Field(
            description="Answer in the order of the ranking, or of the items as they were sent."
        ),
    ] = "rank"
    explain: Annotated[bool, Field(description="Send `false` to leave the explanations null.")] = (
        True
    )


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _options(method: Method[Any, Any]) -> tuple[Any, Any]:
    """Make the field of a method's options, which may be left out where all have defaults."""
    told = f"What {method.title} needs once for the whole list."
    if any(field.is_required() for field in method.options.model_fields.values()):
        return (method.options, Field(description=told))
    return (method.options, Field(default=method.options(), description=told))


def _bucket_by(method: Method[Any, Any]) -> type[BaseModel]:
    name: Any = Literal[method.name]
    return create_model(
        f"BucketBy{_camel(method.name)}",
        __base__=Request,
        __doc__=f"Buckets made by {method.title}.",
        method=(name, Field(description="The method that makes the buckets.")),
        options=_options(method),
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


def score_request(method: Method[Any, Any]) -> type[BaseModel]:
    """Make the model of a method's request body from its inputs and its options."""
    name = _camel(method.name)
    item: Any = create_model(
        f"Score{name}Item",
        __base__=ItemRequest,
        __doc__=f"One item to be scored by {method.title}.",
        inputs=(
            method.inputs if method.buckets else inputs_with_buckets(method),
            Field(description="What is known of the item."),
        ),
    )
    items = Field(min_length=1, max_length=MOST_ITEMS, description="The list, in any order.")
    fields: dict[str, Any] = {
        "items": (list[item], items),
        "options": _options(method),
    }
    if not method.buckets:
        buckets = Field(default=None, description="Put the items into the buckets of this method.")
        fields["bucket_by"] = (BucketBy | None, buckets)
    return create_model(
        f"Score{name}Request",
        __base__=Request,
        __doc__=f"A list of items to be scored by {method.title}.",
        **fields,
    )


def rank(body: Any, query: ScoreQuery, method: Method[Any, Any]) -> Ranking:  # noqa: ANN401
    """Rank the items of a request."""
    items = body.items
    bucket_by = getattr(body, "bucket_by", None)
    scoring = Scoring(
        method,
        body.options,
        METHODS[bucket_by.method] if bucket_by else None,
        bucket_by.options if bucket_by else None,
    )
    ranking = prioritize(items, scoring)
    places = ranking.places
    if query.order == "input":
        places = sorted(places, key=attrgetter("index"))
    return Ranking(
        scoring_told(scoring),
        Counts(ranking.ranked, len(items) - ranking.ranked),
        ranking.warnings,
        ranking.balance,
        ranking.reference,
        [
            ranked_item(
                items[place.index],
                items[place.index].title,
                place,
                scoring,
                ranking.reference,
                with_explanation=query.explain,
            )
            for place in places
        ],
    )


def score_list(name: str, body: bytes, query: ScoreQuery | None = None) -> Ranking:
    """Rank the items of a request body by the method of this name.

    Raises:
        MalformedJson: the body is not JSON.
        Invalid: it is not what the method takes.
        EngineError: the list cannot be put in order.
    """
    method = METHODS[name]
    return rank(Decoder(score_request(method)).decode(body), query or ScoreQuery(), method)


def _add_operation(method: Method[Any, Any]) -> None:
    def score(body: Any, query: ScoreQuery) -> Ranking:  # noqa: ANN401 - made at run time
        return rank(body, query, method)

    score.__annotations__ |= {
        "body": score_request(method),
        "query": Annotated[ScoreQuery, Query()],
    }
    router.post(
        f"/{method.name}",
        operation_id=f"score_{method.name}",
        summary=f"Score a list by {method.title}",
        description=(
            f"{method.formula}\n\n*Use it when:* {method.use_it}\n\n*Not when:* {method.avoid_it}"
            f"\n\n*Source:* {method.source}."
        ),
        response_description="The ranking.",
    )(score)


for _method in METHODS.values():
    _add_operation(_method)
