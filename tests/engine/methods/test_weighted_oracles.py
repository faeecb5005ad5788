"""Defends weighted scoring against published tables and two libraries.

scikit-criteria and pymcdm are oracles of these tests alone; where they differ, a comment says why.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pymcdm.normalizations
import pytest
import skcriteria
from hypothesis import given, settings
from hypothesis import strategies as st
from skcriteria.agg.simple import WeightedSumModel
from skcriteria.preprocessing import invert_objectives, scalers

from tests.engine.weighing import EVERY_NORMALIZATION, scores


class Table(NamedTuple):
    """Values by item and criterion, with the weight and direction of each criterion."""

    rows: list[list[float]]
    weights: list[float]
    costs: list[bool]


def scores_of(table: Table, normalization: str, **options: object) -> list[float | None]:
    of = {
        f"c{n}": {"weight": weight, "direction": "cost" if cost else "benefit"}
        for n, (weight, cost) in enumerate(zip(table.weights, table.costs, strict=True))
    }
    items = {f"{n}": dict(zip(of, row, strict=True)) for n, row in enumerate(table.rows)}
    return scores(items, criteria=of, normalization=normalization, **options)


HEATING = Table(
    [
        [33.95, 23.78, 11.45, 39.97, 29.44, 167.10, 3.852],
        [38.9, 4.17, 6.32, 0.01, 4.29, 132.52, 25.184],
        [37.59, 9.36, 8.23, 4.35, 10.22, 136.71, 10.845],
        [30.44, 37.59, 13.91, 74.08, 45.10, 198.34, 2.186],
        [36.21, 14.79, 9.17, 17.77, 17.06, 148.3, 6.610],
        [37.8, 8.55, 7.97, 2.35, 9.25, 134.83, 11.935],
    ],
    [1, 1, 1, 1, 1, 1, 1],
    [True, True, True, True, False, True, False],
)
"""Six ways to heat a house, after Kracka, Brauers and Zavadskas, 2010."""

AIRCRAFT = Table(
    [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ],
    [0.2, 0.1, 0.1, 0.1, 0.2, 0.3],
    [False, False, False, True, False, False],
)
"""Four fighter aircraft, after Hwang and Yoon, 1981: speed, range, payload, cost, two ratings."""


# Examples.


def test_six_ways_to_heat_a_house() -> None:
    # The expected values are those of scikit-criteria.
    assert scores_of(HEATING, "sum") == pytest.approx(
        [0.12040426, 0.3458235, 0.13838192, 0.12841246, 0.12346084, 0.14351701], abs=5e-9
    )


def test_four_fighter_aircraft() -> None:
    # By hand: the first is .2 * 2/2.5 + .1 * 15/27 + .1 * 20/21 + .1 * 4.5/5.5 + .2 * 5/7 + .3.
    assert scores_of(AIRCRAFT, "max") == pytest.approx(
        [
            0.16 + 1 / 18 + 2 / 21 + 9 / 110 + 1 / 7 + 0.3,
            0.2 + 0.1 + 3 / 35 + 9 / 130 + 3 / 35 + 1 / 6,
            0.144 + 2 / 27 + 0.1 + 0.1 + 0.2 + 7 / 30,
            0.176 + 1 / 15 + 2 / 21 + 0.09 + 1 / 7 + 1 / 6,
        ],
        rel=1e-11,
    )


def test_a_spreadsheet_adds_up_raw_numbers() -> None:
    # ideaplan.io, weighted scoring.
    table = Table([[4, 5, 2], [5, 3, 1]], [0.40, 0.35, 0.25], [False, False, False])
    assert scores_of(table, "none") == [3.85, 3.3]


def test_one_that_does_not_win_may_change_who_does() -> None:
    rows: list[list[float]] = [[10, 7], [5, 6], [6, 9]]
    before = scores_of(Table(rows, [1, 1], [False, False]), "min_max")
    after = scores_of(Table([*rows, [2, 8]], [1, 1], [False, False]), "min_max")
    assert before == [0.666666666667, 0, 0.6]
    assert after == [0.666666666667, 0.1875, 0.75, 0.333333333333]


# Oracles.

NUMBERS = st.integers(1, 9999).map(lambda n: n / 10)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table in which no criterion is constant: there the libraries differ."""
    width = draw(st.integers(1, 4))
    column = st.lists(NUMBERS, min_size=5, max_size=5, unique=True)
    columns = [draw(column) for _ in range(width)]
    return Table(
        [list(row) for row in zip(*columns, strict=True)],
        draw(st.lists(NUMBERS, min_size=width, max_size=width)),
        draw(st.lists(st.booleans(), min_size=width, max_size=width)),
    )


def weighted_sums(normalized: Sequence[Sequence[float]], table: Table) -> list[float]:
    whole = math.fsum(table.weights)
    return [
        math.fsum(x * weight / whole for x, weight in zip(row, table.weights, strict=True))
        for row in normalized
    ]


def by_pymcdm(table: Table, normalization: str) -> list[float]:
    # Its "linear" is our max; its own max takes a cost as 1 - x / max.
    normalize = {
        "min_max": pymcdm.normalizations.minmax_normalization,
        "max": pymcdm.normalizations.linear_normalization,
        "sum": pymcdm.normalizations.sum_normalization,
        "vector": pymcdm.normalizations.vector_normalization,
    }[normalization]
    columns = [
        normalize(np.array(column), cost=cost)
        for column, cost in zip(zip(*table.rows, strict=True), table.costs, strict=True)
    ]
    return weighted_sums(np.array(columns).T.tolist(), table)


def by_scikit_criteria(table: Table, normalization: str) -> list[float]:
    invert, scale = {
        "min_max": (invert_objectives.NegateMinimize(), scalers.MinMaxScaler("matrix")),
        "max": (invert_objectives.InvertMinimize(), scalers.MaxAbsScaler("matrix")),
        "sum": (invert_objectives.InvertMinimize(), scalers.SumScaler("matrix")),
        "vector": (invert_objectives.NegateMinimize(), scalers.VectorScaler("matrix")),
    }[normalization]
    sent = skcriteria.mkdm(table.rows, [-1 if cost else 1 for cost in table.costs])
    normalized = scale.transform(invert.transform(sent)).matrix.to_numpy().tolist()
    if normalization == "vector":
        # A negated cost is -x / norm there and 1 - x / norm here: the same order, one apart.
        normalized = [
            [x + cost for x, cost in zip(row, table.costs, strict=True)] for row in normalized
        ]
    return weighted_sums(normalized, table)


REPEATABLE = settings(max_examples=30, derandomize=True, database=None)


@pytest.mark.parametrize("library", [by_pymcdm, by_scikit_criteria])
@EVERY_NORMALIZATION
@REPEATABLE
@given(table=tables())
def test_both_libraries_agree(
    library: Callable[[Table, str], list[float]], normalization: str, table: Table
) -> None:
    expected = library(table, normalization)
    assert scores_of(table, normalization) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@EVERY_NORMALIZATION
@pytest.mark.parametrize("table", [HEATING, AIRCRAFT])
def test_both_agree_on_published_tables(normalization: str, table: Table) -> None:
    made = scores_of(table, normalization)
    assert made == pytest.approx(by_pymcdm(table, normalization), rel=1e-9)
    assert made == pytest.approx(by_scikit_criteria(table, normalization), rel=1e-9)


@pytest.mark.parametrize("library", [by_pymcdm, by_scikit_criteria])
@REPEATABLE
@given(table=tables())
def test_a_scale_is_min_max_beside_an_item_at_either_end_of_it(
    library: Callable[[Table, str], list[float]], table: Table
) -> None:
    ends = [[0.0] * len(table.weights), [1000.0] * len(table.weights)]
    expected = library(table._replace(rows=[*table.rows, *ends]), "min_max")[:-2]
    made = scores_of(table, "scale", scale={"min": 0, "max": 1000})
    assert made == pytest.approx(expected, rel=1e-9, abs=1e-12)


@REPEATABLE
@given(table=tables())
def test_without_normalization_it_is_the_weighted_sum_of_scikit_criteria(table: Table) -> None:
    benefits = table._replace(costs=[False] * len(table.costs))
    whole = math.fsum(table.weights)
    shares = [weight / whole for weight in table.weights]
    sent = skcriteria.mkdm(table.rows, [1] * len(shares), weights=shares)
    expected = WeightedSumModel().evaluate(sent).e_.score.tolist()
    assert scores_of(benefits, "none") == pytest.approx(expected, rel=1e-9)


def test_a_constant_criterion_counts_for_none_under_min_max() -> None:
    # pymcdm gives every item the whole of it, 1. What does not tell items apart is not worth
    # anything here, as in scikit-criteria, and a warning says so.
    table = Table([[1, 7], [3, 7]], [1, 1], [False, True])
    assert scores_of(table, "min_max") == [0, 0.5]
    assert by_pymcdm(table, "min_max") == [0.5, 1]
    assert by_scikit_criteria(table, "min_max") == [0, 0.5]


def test_a_cost_under_max_is_the_least_of_them_divided_by_it() -> None:
    # pymcdm's own max takes 1 - x / max, by which the dearest is worth nothing, and a cost that
    # is twice the least not half of it. Ours is the ratio of its linear, and of scikit-criteria.
    table = Table([[1], [2], [4]], [1], [True])
    assert scores_of(table, "max") == [1, 0.5, 0.25]
    theirs = pymcdm.normalizations.max_normalization(np.array([1, 2, 4]), cost=True)
    assert theirs.tolist() == [0.75, 0.5, 0]
