"""POST /v1/score/{method}: one operation per method, from a list of items to its ranking."""

from operator import attrgetter
from time import perf_counter
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from typing_extensions import TypeAliasType

from app.api.authentication import needs
from app.api.decoding import Decoder
from app.api.faults import Invalid, invalid, listed, wrong_together
from app.api.flags import Flag
from app.api.problems import declared
from app.api.routes import BytesRoute, operation_id
from app.api.v1.bodies import Request, Title
from app.api.v1.rankings import Counts, Ranking, ranked_item, scoring_told
from app.api.v1.scorings import bucket_by_field, camel, options_field, scoring_read
from app.engine.errors import EngineError, TooManyTerms
from app.engine.inputs import Key
from app.engine.method import Method
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.ranking import prioritize, reads_dependencies
from app.metrics import count_scoring

MOST_ITEMS: Final = 10_000

router = APIRouter(
    prefix="/v1/score",
    tags=["scores"],
    route_class=BytesRoute,
    responses=declared("validation", "malformed-json", "too-large", "unsupported-media-type"),
    generate_unique_id_function=operation_id,
)


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
    explain: Annotated[
        Flag,
        Field(
            description="Send `false` to leave the explanations null. Those of more than 100,000"
            " terms at once are refused, as of 10,000 items by 11 criteria."
        ),
    ] = True


def score_request(method: Method[Any, Any]) -> type[BaseModel]:
    """Make the model of a method's request body from its inputs and its options."""
    name = camel(method.name)
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
        "options": options_field(method),
    }
    if not method.buckets:
        fields["bucket_by"] = bucket_by_field()
    return create_model(
        f"Score{name}Request",
        __base__=Request,
        __doc__=f"A list of items to be scored by {method.title}.",
        **fields,
    )


def rank(body: Any, query: ScoreQuery, method: Method[Any, Any]) -> Ranking:  # noqa: ANN401
    """Rank the items of a request.

    Raises:
        Invalid: items share a key or depend on each other in a circle, or the explanations would
            be too long.
    """
    items = body.items
    scoring = scoring_read(body, method.name)
    began = perf_counter()
    try:
        ranking = prioritize(items, scoring, explained=query.explain)
    except EngineError as error:
        # Too many terms are found before all else, so that the other two come without them.
        terms = invalid(error).faults if isinstance(error, TooManyTerms) else []
        depends = reads_dependencies(scoring)
        faults, number = wrong_together(listed(items), depends=depends)
        raise Invalid([*terms, *faults], len(terms) + number) from None
    count_scoring(method.name, len(items), perf_counter() - began)
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
    """
    method = METHODS[name]
    return rank(Decoder(score_request(method)).decode(body), query or ScoreQuery(), method)


def _add_operation(method: Method[Any, Any]) -> None:
    def score(body: Any, query: ScoreQuery) -> Ranking:  # noqa: ANN401 - made at run time
        return rank(body, query, method)

    score.__name__ = f"score_{method.name}"
    score.__annotations__ |= {
        "body": score_request(method),
        "query": Annotated[ScoreQuery, Query()],
    }
    router.post(
        f"/{method.name}",
        openapi_extra=needs("score"),
        summary=f"Score a list by {method.title}",
        description=(
            f"{method.formula}\n\n*Use it when:* {method.use_it}\n\n*Not when:* {method.avoid_it}"
            f"\n\n*Source:* {method.source}."
        ),
        response_description="The ranking.",
    )(score)


for _method in METHODS.values():
    _add_operation(_method)
