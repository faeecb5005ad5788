"""The floor from above: the RICE endpoint by hand, from bytes to bytes, and nothing around it.

Starlette and msgspec, for complete items under the default options alone: no request ids, no
problems, no headers. The rules of rounding and of writing numbers are the engine's.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.engine.arithmetic import counted, rounded, spoken
from app.engine.methods.rice import IMPACTS

Amount = Annotated[float, Meta(ge=0)]


class Inputs(Struct, gc=False):
    reach: Amount
    impact: Amount
    confidence: Annotated[float, Meta(ge=0, le=100)]
    effort: Annotated[float, Meta(gt=0)]


class Item(Struct, gc=False):
    key: Annotated[str, Meta(min_length=1, max_length=255)]
    inputs: Inputs
    title: Annotated[str, Meta(max_length=500)] | None = None


class ScoreRequest(Struct):
    items: Annotated[list[Item], Meta(min_length=1, max_length=10_000)]


class Options(Struct, frozen=True):
    reach_period: str = "quarter"
    impact_scale: str = "intercom"
    confidence_unit: str = "percent"
    effort_unit: str = "person-months"


class Scoring(Struct):
    method: str = "rice"
    options: Options = Options()
    bucket_by: None = None


class Counts(Struct):
    ranked: int
    unranked: int = 0


class Term(Struct, gc=False):
    name: str
    input: str
    role: str
    given: float
    used: float
    weight: None
    contribution: float


class Explanation(Struct, gc=False):
    text: str
    terms: tuple[Term, Term, Term, Term]
    extra: dict[str, float]
    bucket_text: None = None


class RankedItem(Struct, gc=False):
    key: str
    title: str | None
    url: None
    labels: tuple[()]
    status: str
    rank: int
    position: int
    score: float
    tier: int
    bucket: None
    inputs: Inputs
    explanation: Explanation | None
    reasons: tuple[()]


class Ranking(Struct):
    scoring: Scoring
    counts: Counts
    warnings: tuple[()]
    balance: None
    reference: None
    data: list[RankedItem]


NOTHING: dict[str, float] = {}
decode = Decoder(ScoreRequest).decode
encode = Encoder().encode


async def score_rice(request: Request) -> Response:
    items = decode(await request.body()).items
    explain = request.query_params.get("explain") != "false"
    return Response(encode(rank(items, explain)), media_type="application/json")


def rank(items: list[Item], explain: bool) -> Ranking:
    scored = [(-score(item.inputs), item.key, item) for item in items]
    scored.sort()
    data: list[RankedItem] = []
    tied, before = 0, 1.0  # no score is negative, so that the first one ties with nothing
    for position, (negated, key, item) in enumerate(scored, 1):
        if negated != before:
            tied, before = position, negated
        explanation = explained(item.inputs, -negated) if explain else None
        data.append(
            RankedItem(
                key,
                item.title,
                None,
                (),
                "ranked",
                tied,
                position,
                -negated,
                0,
                None,
                item.inputs,
                explanation,
                (),
            )
        )
    return Ranking(Scoring(), Counts(len(data)), (), None, None, data)


def score(inputs: Inputs) -> float:
    return rounded(inputs.reach * inputs.impact * (inputs.confidence / 100) / inputs.effort)


def explained(inputs: Inputs, made: float) -> Explanation:
    reach, impact = inputs.reach, inputs.impact
    confidence, effort = inputs.confidence, inputs.effort
    certainty = confidence / 100
    return Explanation(
        f"{spoken(reach)} {'person' if reach == 1 else 'people'} a quarter"
        f" x {spoken(impact)} ({IMPACTS[impact]}) x {spoken(certainty * 100)} %"
        f" / {counted(effort, 'person-months')} = {spoken(made)}",
        (
            Term("reach", "reach", "factor", reach, reach, None, reach),
            Term("impact", "impact", "factor", impact, impact, None, impact),
            Term("confidence", "confidence", "factor", confidence, certainty, None, certainty),
            Term("effort", "effort", "divisor", effort, effort, None, effort),
        ),
        NOTHING,
    )


app = Starlette(routes=[Route("/v1/score/rice", score_rice, methods=["POST"])])
