"""The floor from below: the RICE endpoint as FastAPI's tutorial would write it.

A plain `def`, a Pydantic body, a Pydantic answer as the response model, for complete items
under the default options alone. The rules of rounding and of writing numbers are the engine's.
"""

from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, Field

from app.engine.arithmetic import counted, rounded, spoken
from app.engine.methods.rice import IMPACTS


class Inputs(BaseModel):
    reach: Annotated[float, Field(ge=0)]
    impact: Annotated[float, Field(ge=0)]
    confidence: Annotated[float, Field(ge=0, le=100)]
    effort: Annotated[float, Field(gt=0)]


class Item(BaseModel):
    key: Annotated[str, Field(min_length=1, max_length=255)]
    title: Annotated[str | None, Field(max_length=500)] = None
    inputs: Inputs


class ScoreRequest(BaseModel):
    items: Annotated[list[Item], Field(min_length=1, max_length=10_000)]


class Options(BaseModel):
    reach_period: str = "quarter"
    impact_scale: str = "intercom"
    confidence_unit: str = "percent"
    effort_unit: str = "person-months"


class Scoring(BaseModel):
    method: str = "rice"
    options: Options = Options()
    bucket_by: None = None


class Counts(BaseModel):
    ranked: int
    unranked: int


class Term(BaseModel):
    name: str
    input: str
    role: Literal["factor", "divisor"]
    given: float
    used: float
    weight: float | None
    contribution: float


class Explanation(BaseModel):
    text: str
    terms: list[Term]
    extra: dict[str, float]
    bucket_text: str | None


class RankedItem(BaseModel):
    key: str
    title: str | None
    url: str | None
    labels: list[str]
    status: Literal["ranked", "unranked"]
    rank: int
    position: int
    score: float
    tier: int
    bucket: str | None
    inputs: Inputs
    explanation: Explanation | None
    reasons: list[str]


class Ranking(BaseModel):
    scoring: Scoring
    counts: Counts
    warnings: list[str]
    balance: None
    reference: None
    data: list[RankedItem]


app = FastAPI()


@app.post("/v1/score/rice")
def score_rice(body: ScoreRequest, explain: bool = True) -> Ranking:
    scores = {item.key: _score(item.inputs) for item in body.items}
    ordered = sorted(body.items, key=lambda item: (-scores[item.key], item.key))
    data: list[RankedItem] = []
    for position, item in enumerate(ordered, 1):
        score = scores[item.key]
        tied = bool(data) and data[-1].score == score
        data.append(
            RankedItem(
                key=item.key,
                title=item.title,
                url=None,
                labels=[],
                status="ranked",
                rank=data[-1].rank if tied else position,
                position=position,
                score=score,
                tier=0,
                bucket=None,
                inputs=item.inputs,
                explanation=_explanation(item.inputs, score) if explain else None,
                reasons=[],
            )
        )
    return Ranking(
        scoring=Scoring(),
        counts=Counts(ranked=len(data), unranked=0),
        warnings=[],
        balance=None,
        reference=None,
        data=data,
    )


def _score(inputs: Inputs) -> float:
    return rounded(inputs.reach * inputs.impact * (inputs.confidence / 100) / inputs.effort)


def _explanation(inputs: Inputs, score: float) -> Explanation:
    reach, impact, confidence, effort = (
        inputs.reach,
        inputs.impact,
        inputs.confidence,
        inputs.effort,
    )
    certainty = confidence / 100
    people = "person" if reach == 1 else "people"
    return Explanation(
        text=f"{spoken(reach)} {people} a quarter x {spoken(impact)} ({IMPACTS[impact]})"
        f" x {spoken(certainty * 100)} % / {counted(effort, 'person-months')} = {spoken(score)}",
        terms=[
            _term("reach", "factor", reach, reach),
            _term("impact", "factor", impact, impact),
            _term("confidence", "factor", confidence, certainty),
            _term("effort", "divisor", effort, effort),
        ],
        extra={},
        bucket_text=None,
    )


def _term(name: str, role: Literal["factor", "divisor"], given: float, used: float) -> Term:
    return Term(
        name=name, input=name, role=role, given=given, used=used, weight=None, contribution=used
    )
