"""Defends rule 5: order, ties, ranks and positions, and how scores and buckets are composed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from app.engine.errors import DuplicateKeys, EngineError, TooManyTerms
from app.engine.inputs import Inputs
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.ranking import Place, Ranking, Scoring, duplicates, explain, prioritize
from app.engine.verdict import Explanation, Reason


class Item(NamedTuple):
    key: str
    inputs: Inputs


def scoring(
    method: str,
    bucket_by: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    bucket_options: Mapping[str, Any] | None = None,
) -> Scoring:
    made = METHODS[method].options.model_validate(options or {})
    if bucket_by is None:
        return Scoring(METHODS[method], made)
    buckets = METHODS[bucket_by]
    return Scoring(
        METHODS[method], made, buckets, buckets.options.model_validate(bucket_options or {})
    )


def items(of: Scoring, sent: Mapping[str, Mapping[str, Any]]) -> list[Item]:
    model = inputs_with_buckets(of.method) if of.bucket_method else of.method.inputs
    return [Item(key, model.model_validate(inputs)) for key, inputs in sent.items()]


def ranked(of: Scoring, sent: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Place], Ranking]:
    """Give the places by key, in the order of the ranking."""
    keys = list(sent)
    ranking = prioritize(items(of, sent), of)
    return {keys[place.index]: place for place in ranking.places}, ranking


def test_equal_scores_share_a_rank_and_the_next_one_skips() -> None:
    places, ranking = ranked(
        scoring("cd3"),
        {
            "d": {"cost_of_delay": 1, "duration": 1},
            "c": {"cost_of_delay": 4, "duration": 2},
            "b": {"cost_of_delay": 6, "duration": 3},
            "a": {"cost_of_delay": 9, "duration": 1},
        },
    )
    assert list(places) == ["a", "b", "c", "d"]
    assert [place.rank for place in ranking.places] == [1, 2, 2, 4]
    assert [place.position for place in ranking.places] == [1, 2, 3, 4]


def test_scores_that_differ_by_rounding_alone_are_equal() -> None:
    places, _ = ranked(
        scoring("cd3"),
        {
            "a": {"cost_of_delay": 0.1 + 0.2, "duration": 1},
            "b": {"cost_of_delay": 0.3, "duration": 1},
        },
    )
    assert places["a"].rank == places["b"].rank == 1


def test_the_unranked_come_last_by_key_without_place() -> None:
    places, ranking = ranked(
        scoring("cd3"), {"z": {}, "m": {"cost_of_delay": 0, "duration": 1}, "a": {}}
    )
    assert list(places) == ["m", "a", "z"]
    assert [(place.rank, place.position) for place in ranking.places] == [
        (1, 1),
        (None, None),
        (None, None),
    ]
    assert ranking.ranked == 1


def test_keys_are_ordered_by_code_points() -> None:
    same = {"cost_of_delay": 1, "duration": 1}
    places, _ = ranked(
        scoring("cd3"), dict.fromkeys(["ä", "a", "Z", "10", "9", "\U0001f600"], same)
    )
    assert list(places) == ["10", "9", "Z", "a", "ä", "\U0001f600"]


def test_inside_a_tier_those_without_a_score_come_last_and_share_a_rank() -> None:
    places, ranking = ranked(
        scoring("moscow"),
        {
            "should": {"category": "should", "value": 99, "effort": 1},
            "y": {"category": "must"},
            "x": {"category": "must", "value": 1, "effort": 0},
            "scored": {"category": "must", "value": 0, "effort": 1},
        },
    )
    assert list(places) == ["scored", "x", "y", "should"]
    assert [place.rank for place in ranking.places] == [1, 2, 2, 4]


def test_repeated_keys_are_refused_with_both_places() -> None:
    cd3 = scoring("cd3")
    item = items(cd3, {"a": {}})[0]
    other = items(cd3, {"b": {}})[0]
    with pytest.raises(DuplicateKeys) as refusal:
        prioritize([item, other, item, item], cd3)
    assert refusal.value.places == (("a", 0, 2), ("a", 0, 3))
    assert isinstance(refusal.value, EngineError)


def test_different_keys_are_no_duplicates() -> None:
    assert duplicates(["a", "A", "a ", ""]) == []


def test_musts_come_first_and_the_score_orders_them() -> None:
    rice = {"impact": 1, "confidence": 100, "effort": 1}
    places, ranking = ranked(
        scoring("rice", "moscow"),
        {
            "small must": {"reach": 1, **rice, "category": "must"},
            "large could": {"reach": 900, **rice, "category": "could"},
            "large must": {"reach": 5, **rice, "category": "must"},
        },
    )
    assert list(places) == ["large must", "small must", "large could"]
    assert [(p.verdict.tier, p.verdict.bucket, p.verdict.score) for p in ranking.places] == [
        (0, "must", 5),
        (0, "must", 1),
        (2, "could", 900),
    ]
    assert ranking.balance is not None


def test_a_must_without_effort_is_ranked_with_its_reason_and_no_score() -> None:
    of = scoring("rice", "moscow")
    sent = {"a": {"reach": 1, "impact": 1, "confidence": 100, "category": "must"}}
    places, _ = ranked(of, sent)
    place = places["a"]
    assert (place.rank, place.position, place.verdict.score) == (1, 1, None)
    assert [(r.code, r.input) for r in place.verdict.reasons] == [("missing_input", "effort")]
    assert explain(items(of, sent)[0], of, place.verdict, None) == Explanation(
        "effort is missing: send a number, for a blank is not 0.", [], {}, "Must: set by hand"
    )


def test_without_a_bucket_an_item_is_unranked_whatever_its_score() -> None:
    sent = {"a": {"reach": 1, "impact": 1, "confidence": 100, "effort": 1}}
    places, _ = ranked(scoring("rice", "moscow"), sent)
    verdict = places["a"].verdict
    assert (verdict.score, verdict.tier, verdict.bucket) == (None, None, None)
    assert [(r.code, r.input) for r in verdict.reasons] == [("missing_input", "category")]


def test_whom_no_bucket_takes_is_no_measure_for_the_others() -> None:
    options = {"criteria": {"a": {"weight": 1}}, "normalization": "sum"}
    of = scoring("weighted", "moscow", options=options)
    sent: dict[str, dict[str, Any]] = {
        "A": {"criteria": {"a": 1}, "category": "must"},
        "B": {"criteria": {"a": 3}, "category": "must"},
        "X": {"criteria": {"a": 100}},
    }
    places, ranking = ranked(of, sent)
    assert {key: place.verdict.score for key, place in places.items()} == {
        "A": 0.25,
        "B": 0.75,
        "X": None,
    }
    (relative,) = [one for one in ranking.warnings if one.code == "list_relative"]
    assert relative.keys == ["A", "B"]


@pytest.mark.parametrize(
    ("bucket_by", "bucket_options"),
    [("value_effort", {}), ("now_next_later", {"now": {"max_effort": 3}})],
)
def test_what_both_methods_miss_is_said_once(
    bucket_by: str, bucket_options: Mapping[str, Any]
) -> None:
    sent = {"a": {"reach": 1, "impact": 1, "confidence": 100, "value": 1}}
    places, _ = ranked(scoring("rice", bucket_by, bucket_options=bucket_options), sent)
    reasons = places["a"].verdict.reasons
    assert [r.input for r in reasons].count("effort") == 1


def test_buckets_bring_their_warnings_and_the_scores_theirs() -> None:
    _, ranking = ranked(
        scoring("rice", "moscow", bucket_options={"capacity": 1}),
        {"a": {"reach": 1, "impact": 9, "confidence": 100, "effort": 2, "category": "must"}},
    )
    assert [warning.code for warning in ranking.warnings] == [
        "scale_mismatch",
        "must_over_60_percent",
        "could_under_20_percent",
        "must_over_capacity",
    ]


def test_horizons_are_assigned_in_the_order_of_the_score() -> None:
    # By value / effort b would be first; its importance puts it second.
    places, _ = ranked(
        scoring("opportunity", "now_next_later", bucket_options={"now": {"max_items": 1}}),
        {
            "a": {"importance": 9, "satisfaction": 3, "value": 1, "effort": 9},
            "b": {"importance": 5, "satisfaction": 5, "value": 9, "effort": 1},
        },
    )
    assert {key: place.verdict.bucket for key, place in places.items()} == {
        "a": "now",
        "b": "next",
    }


def test_horizons_read_effort_whatever_the_score_divides_by() -> None:
    places, _ = ranked(
        scoring("cd3", "now_next_later", bucket_options={"now": {"max_effort": 4}}),
        {
            "a": {"cost_of_delay": 9, "duration": 1, "effort": 5},
            "b": {"cost_of_delay": 1, "duration": 50, "effort": 4},
        },
    )
    assert {key: place.verdict.bucket for key, place in places.items()} == {
        "a": "next",
        "b": "now",
    }


def test_without_a_score_no_horizon_is_assigned_and_a_given_one_is_kept() -> None:
    places, _ = ranked(
        scoring("cd3", "now_next_later", bucket_options={"now": {}}),
        {"by hand": {"horizon": "later"}, "blank": {"value": 5, "effort": 1}},
    )
    by_hand, blank = places["by hand"].verdict, places["blank"].verdict
    assert (by_hand.bucket, by_hand.score) == ("later", None)
    assert [r.input for r in by_hand.reasons] == ["cost_of_delay", "duration"]
    assert blank.tier is None
    assert [r.input for r in blank.reasons] == ["horizon", "cost_of_delay", "duration"]


def test_the_explanation_is_the_scores_and_says_why_the_bucket() -> None:
    of = scoring("cd3", "value_effort", bucket_options={"cut": {"value": 5, "effort": 5}})
    sent = {"a": {"cost_of_delay": 8, "duration": 2, "value": 5, "effort": 4}}
    places, _ = ranked(of, sent)
    explanation = explain(items(of, sent)[0], of, places["a"].verdict, None)
    assert explanation is not None
    assert explanation.text == "8 dollars a week / 2 weeks = 4"
    assert explanation.bucket_text == ("Quick win: value 5 is at or above 5, effort 4 is below 5")


def test_the_unranked_are_explained_by_their_reasons_alone() -> None:
    of = scoring("cd3")
    places, _ = ranked(of, {"a": {"duration": 0, "cost_of_delay": 1}})
    verdict = places["a"].verdict
    assert explain(items(of, {"a": {}})[0], of, verdict, None) is None
    assert verdict.reasons == [
        Reason(
            "zero_divisor",
            "duration",
            "duration is 0 and nothing can be divided by it: estimate it.",
        )
    ]


def test_explanations_of_more_than_a_hundred_thousand_terms_are_refused() -> None:
    criteria = {f"c{n}": {"weight": int(n > 0)} for n in range(51)}
    of = scoring("weighted", options={"criteria": criteria, "normalization": "none"})
    most = items(of, {f"{n}": {} for n in range(2_000)})
    assert prioritize(most, of, explained=True).ranked == 0
    more = [*most, *items(of, {"more": {}})]
    assert prioritize(more, of).ranked == 0
    with pytest.raises(TooManyTerms) as refusal:
        prioritize(more, of, explained=True)
    assert str(refusal.value) == (
        "2,001 items by 50 criteria are 100,050 terms; 100,000 may be asked for at once: send"
        " fewer items or explain=false."
    )
