"""Lists that are weighed, as briefly as tests can say them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.methods.weighted import WeightedInputs, WeightedOptions, compute
from app.engine.verdict import Verdicts

EVERY_NORMALIZATION = pytest.mark.parametrize("normalization", ["min_max", "max", "sum", "vector"])


class Item(NamedTuple):
    key: str
    inputs: WeightedInputs


def scored(items: Mapping[str, Mapping[str, float | None]], **options: object) -> Verdicts:
    made = WeightedOptions.model_validate(options)
    sent = [Item(key, WeightedInputs(criteria=dict(values))) for key, values in items.items()]
    return compute(sent, made)


def scores(
    items: Mapping[str, Mapping[str, float | None]], **options: object
) -> list[float | None]:
    return [verdict.score for verdict in scored(items, **options).verdicts]


def criteria(*names: str, **more: object) -> dict[str, Any]:
    return {name: {"weight": 1} | more for name in names}
