"""Defends Kano's categories, the order of their ties, and the coefficients of Berger et al."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest
from pydantic import ValidationError

from app.engine.methods.kano import KanoInputs, KanoOptions, compute, explain
from app.engine.verdict import Explanation, Term, Verdict

TIES = ["must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable"]


class Item(NamedTuple):
    key: str
    inputs: KanoInputs


def answers(counts: Mapping[str, object]) -> KanoInputs:
    return KanoInputs.model_validate({**dict.fromkeys(TIES, 0), **counts})


def verdict(counts: Mapping[str, object]) -> Verdict:
    return compute([Item("a", answers(counts))], KanoOptions()).verdicts[0]


@pytest.mark.parametrize("category", TIES)
def test_most_answers_make_the_category(category: str) -> None:
    made = verdict(dict.fromkeys(TIES, 1) | {category: 2})
    assert (made.bucket, made.tier) == (category, TIES.index(category))
    assert made.bucket_text is not None
    assert made.bucket_text.endswith(": 2 of 7 answers")


@pytest.mark.parametrize("first", range(6))
def test_ties_go_to_the_one_that_hurts_most(first: int) -> None:
    assert verdict(dict.fromkeys(TIES[first:], 3)).bucket == TIES[first]


def test_better_minus_worse_is_the_score() -> None:
    # By hand: better = (48 + 22) / 100, worse = -(22 + 10) / 100.
    counts = {"attractive": 48, "one_dimensional": 22, "must_be": 10, "indifferent": 20}
    assert verdict(counts).score == 1.02
    assert explain(answers(counts), KanoOptions(), verdict(counts), None) == Explanation(
        "better 0.7 - worse (-0.32) = 1.02",
        [
            Term("attractive", "attractive", "addend", 48, 48, None, 48),
            Term("one-dimensional", "one_dimensional", "addend", 22, 22, 2, 44),
            Term("must-be", "must_be", "addend", 10, 10, None, 10),
            Term("answers", None, "divisor", None, 100, None, 100),
        ],
        {"better": 0.7, "worse": -0.32},
        "Attractive: 48 of 100 answers",
    )


@pytest.mark.parametrize("other", ["reverse", "questionable"])
def test_reverse_and_questionable_answers_are_left_out_of_the_score(other: str) -> None:
    assert verdict({"attractive": 1, "indifferent": 3, other: 96}).score == 0.25


def test_the_scores_run_from_zero_to_two() -> None:
    assert verdict({"indifferent": 7}).score == 0
    assert verdict({"one_dimensional": 7}).score == 2


@pytest.mark.parametrize("category", ["reverse", "questionable"])
def test_without_answers_that_count_the_category_stays_and_the_score_does_not(
    category: str,
) -> None:
    made = verdict({category: 5})
    assert (made.bucket, made.score) == (category, None)
    assert [reason.code for reason in made.reasons] == ["zero_divisor"]


def test_without_any_answers_an_item_is_unranked() -> None:
    made = verdict({})
    assert (made.tier, made.bucket, made.score) == (None, None, None)
    assert [reason.code for reason in made.reasons] == ["zero_divisor"]


def test_missing_counts_are_named_and_not_taken_for_zero() -> None:
    made = verdict({"attractive": 9, "reverse": None, "must_be": None})
    assert made.tier is None
    assert [(r.code, r.input) for r in made.reasons] == [
        ("missing_input", "must_be"),
        ("missing_input", "reverse"),
    ]


def test_whole_numbers_are_known_by_their_value() -> None:
    assert verdict({"attractive": 5.0}) == verdict({"attractive": 5})


@pytest.mark.parametrize("count", [0.5, -1, True, "5", float("nan"), 1e300])
def test_counts_are_whole_numbers_that_are_not_negative(count: object) -> None:
    with pytest.raises(ValidationError):
        answers({"attractive": count})
