"""Uses the client of openapi-python-client, and prints what the service answered."""

import json
import os
import sys

from stackrank_client import AuthenticatedClient
from stackrank_client.api.methods import get_method, list_methods
from stackrank_client.api.scores import score_rice, score_weighted
from stackrank_client.models.bucket_by_moscow import BucketByMoscow
from stackrank_client.models.category import Category
from stackrank_client.models.criterion import Criterion
from stackrank_client.models.criterion_direction import CriterionDirection
from stackrank_client.models.criterion_values import CriterionValues
from stackrank_client.models.explanation import Explanation
from stackrank_client.models.method_list import MethodList
from stackrank_client.models.problem import Problem
from stackrank_client.models.ranking import Ranking
from stackrank_client.models.rice_inputs import RiceInputs
from stackrank_client.models.scale import Scale
from stackrank_client.models.score_rice_item import ScoreRiceItem
from stackrank_client.models.score_rice_request import ScoreRiceRequest
from stackrank_client.models.score_weighted_item import ScoreWeightedItem
from stackrank_client.models.score_weighted_request import ScoreWeightedRequest
from stackrank_client.models.weighted_inputs import WeightedInputs
from stackrank_client.models.weighted_options import WeightedOptions
from stackrank_client.models.weighted_options_criteria import WeightedOptionsCriteria

client = AuthenticatedClient(
    base_url=sys.argv[1], raise_on_unexpected_status=True, token=os.environ["STACKRANK_KEY"]
)


def project(
    key: str, reach: float, impact: float, confidence: float, effort: float, category: Category
) -> ScoreRiceItem:
    inputs = RiceInputs(
        reach=reach, impact=impact, confidence=confidence, effort=effort, category=category
    )
    return ScoreRiceItem(key=key, inputs=inputs)


projects = [
    project("one", 450, 3, 100, 2, Category.MUST),
    project("two", 2000, 1, 80, 4, Category.MUST),
    project("three", 800, 2, 50, 1, Category.COULD),
]
idea = ScoreRiceItem(key="idea", title="Not estimated yet", inputs=RiceInputs(reach=100))


def scored_by_rice() -> list[tuple[str, int | None, float | None]]:
    ranking = score_rice.sync(client=client, body=ScoreRiceRequest(items=[*projects, idea]))
    assert isinstance(ranking, Ranking)
    return [(item.key, item.rank, item.score) for item in ranking.data]


def why_the_idea_is_unranked() -> list[tuple[str, str]]:
    ranking = score_rice.sync(client=client, body=ScoreRiceRequest(items=[idea]))
    assert isinstance(ranking, Ranking)
    return [(reason.code, reason.input_) for reason in ranking.data[0].reasons]


def bucketed_by_moscow() -> list[tuple[str, str | None]]:
    body = ScoreRiceRequest(items=projects, bucket_by=BucketByMoscow(method="moscow"))
    ranking = score_rice.sync(client=client, body=body)
    assert isinstance(ranking, Ranking)
    return [(item.key, item.bucket) for item in ranking.data]


def scored_by_weights() -> list[tuple[str, float | None, float | None]]:
    criteria = WeightedOptionsCriteria()
    criteria["revenue"] = Criterion(weight=3)
    criteria["risk"] = Criterion(weight=1, direction=CriterionDirection.COST)
    body = ScoreWeightedRequest(
        items=[rated("bold", revenue=8, risk=2), rated("safe", revenue=4, risk=0)],
        options=WeightedOptions(criteria=criteria, scale=Scale(min_=0, max_=10)),
    )
    ranking = score_weighted.sync(client=client, body=body)
    assert isinstance(ranking, Ranking)
    told = []
    for item in ranking.data:
        assert isinstance(item.explanation, Explanation)
        told.append((item.key, item.score, item.explanation.terms[0].weight))
    return told


def rated(key: str, **values: float) -> ScoreWeightedItem:
    criteria = CriterionValues()
    criteria.additional_properties |= values
    return ScoreWeightedItem(key=key, inputs=WeightedInputs(criteria=criteria))


def methods() -> list[str]:
    listed = list_methods.sync(client=client)
    assert isinstance(listed, MethodList)
    return [method.name for method in listed.data]


def refused() -> tuple[int, str, str]:
    items = [projects[0], project("wrong", 1, 1, 100, -1, Category.WONT)]
    problem = score_rice.sync(client=client, body=ScoreRiceRequest(items=items))
    assert isinstance(problem, Problem)
    return (problem.status, problem.errors[0].pointer, problem.errors[0].item_key)


def unknown() -> tuple[int, str]:
    problem = get_method.sync("coin_toss", client=client)
    assert isinstance(problem, Problem)
    return (problem.status, problem.type_)


json.dump(
    {
        "rice": scored_by_rice(),
        "reasons": why_the_idea_is_unranked(),
        "buckets": bucketed_by_moscow(),
        "weighted": scored_by_weights(),
        "methods": methods(),
        "refused": refused(),
        "unknown": unknown(),
    },
    sys.stdout,
)
