"""Defends what holds for every method at once, with lists made from the methods' own schemas.

Extreme numbers are drawn often: they are where formulas overflow, underflow and lose their order.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.engine.arithmetic import rounded
from app.engine.diff import compare
from app.engine.errors import EngineError
from app.engine.inputs import Inputs, Options
from app.engine.method import Method
from app.engine.methods import METHODS, inputs_with_buckets
from app.engine.methods.weighted import WeightedOptions
from app.engine.ranking import (
    Place,
    Scoring,
    canonical_options,
    explain,
    inputs_judged,
    prioritize,
)
from app.engine.ranks import sort_key
from app.engine.sentences import rescored_by
from app.engine.verdict import Term, not_finite
from tests.engine.formulas import DIGITS, assert_are_normalized, formula
from tests.engine.sides import ALL, Item, codes, side_of

REPEATABLE = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # lists of models take minutes to shrink
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

EXTREME = (0.0, -0.0, 5e-324, 1e-320, 1e-300, 1e300, 1e308, 1.7976931348623157e308, -1e308, -1.5)
ORDINARY = (0.25, 0.3, 0.1 + 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 50.0, 80.0, 100.0)
WORDS = ("a", "b", "c", "d", "e", "ä", "Z", "10")
"""Keys of items and names of criteria: few, so that they meet."""

CODES = {"missing_input", "zero_divisor", "out_of_scale", "not_finite"}


class Drawn(NamedTuple):
    """A list with its scoring, in another order, and some of its items."""

    items: list[Item]
    scoring: Scoring
    shuffled: list[Item]
    some: list[Item]


def values(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Draw what a JSON schema allows."""
    drawn: st.SearchStrategy[Any]
    match schema:
        case {"$ref": str(reference)}:
            drawn = values(defs[reference.removeprefix("#/$defs/")], defs)
        case {"anyOf": [present, {"type": "null"}]}:
            either = (st.none(), *[values(present, defs)] * 3)
            drawn = st.integers(0, 3).flatmap(either.__getitem__)
        case {"enum": list(words)}:
            drawn = st.sampled_from(words)
        case {"type": "integer", "minimum": low, "maximum": high}:
            drawn = st.integers(low, low + 4) | st.integers(low, high)
        case {"type": "number"}:
            drawn = numbers(schema.get("minimum", -math.inf), schema.get("maximum", math.inf))
        case {"type": "string"}:
            drawn = st.sampled_from(WORDS)
        case {"type": "array", "items": of}:
            drawn = st.lists(values(of, defs), max_size=2)
        case {"type": "object", "additionalProperties": dict(of)}:
            drawn = st.dictionaries(st.sampled_from(WORDS[:3]), values(of, defs), min_size=1)
        case {"type": "object", "properties": properties}:
            drawn = st.fixed_dictionaries(
                {name: values(of, defs) for name, of in properties.items()}
            )
        case _:
            raise NotImplementedError(schema)
    return drawn


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw numbers within bounds: ordinary ones, extreme ones, and any."""
    return st.one_of(
        st.sampled_from([x for x in ORDINARY if low <= x <= high]),
        st.sampled_from([x for x in EXTREME if low <= x <= high] or [low]),
        st.floats(
            max(low, -1.7976931348623157e308), min(high, 1.7976931348623157e308), allow_nan=False
        ),
    )


def valid(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Draw values of a model, but for those that contradict themselves."""
    schema = model.model_json_schema()

    def built(sent: object) -> BaseModel | None:
        try:
            return model.model_validate(sent)
        except ValidationError:
            return None

    drawn = values(schema, schema.get("$defs", {}))
    return drawn.map(built).filter(lambda made: made is not None)


@cache
def options_of(name: str) -> st.SearchStrategy[Any]:
    """Draw options of a method."""
    return valid(METHODS[name].options)


@cache
def inputs_of(name: str, *, with_buckets: bool) -> st.SearchStrategy[Any]:
    """Draw inputs of a method, alone or together with those of all buckets."""
    method = METHODS[name]
    return valid(inputs_with_buckets(method) if with_buckets else method.inputs)


@st.composite
def lists(draw: st.DrawFn, name: str, *, per_item: bool = False, circles: bool = False) -> Drawn:
    """Draw a list for a method, by itself or with any method's buckets."""
    method = METHODS[name]
    others = [other for other in METHODS.values() if other.buckets and not method.buckets]
    buckets = draw(st.sampled_from([None, *others]))
    options = draw(options_of(name))
    bucket_options = draw(options_of(buckets.name)) if buckets else None
    if per_item:
        assume(method.per_item(options))
        assume(buckets is None or buckets.per_item(bucket_options))
    inputs = inputs_of(name, with_buckets=buckets is not None)
    keys = draw(st.lists(st.sampled_from(WORDS), min_size=1, unique=True))
    items = [Item(key, draw(inputs)) for key in keys]
    if not circles:
        items = [Item(item.key, without_circles(item)) for item in items]
    shuffled = draw(st.permutations(items))
    some = shuffled[: draw(st.integers(1, len(items)))]
    return Drawn(items, Scoring(method, options, buckets, bucket_options), shuffled, some)


def without_circles(item: Item) -> Inputs:
    """Let an item depend on none but those whose keys come before its own."""
    named = getattr(item.inputs, "depends_on", None)
    if not named:
        return item.inputs
    return item.inputs.model_copy(
        update={"depends_on": [other for other in named if other < item.key]}
    )


def told(items: Sequence[Item], scoring: Scoring) -> bytes:
    """Write down all that is said of a list, item by item, or why it is refused."""
    try:
        ranking = prioritize(items, scoring)
    except EngineError as refusal:
        return str(refusal).encode()
    places = [
        (
            items[place.index].key,
            place.rank,
            place.position,
            place.verdict,
            explain(items[place.index], scoring, place.verdict, ranking.reference),
        )
        for place in ranking.places
    ]
    return msgspec.json.encode((places, ranking.warnings, ranking.balance, ranking.reference))


every_method = pytest.mark.parametrize("name", METHODS)


@every_method
@REPEATABLE
@given(data=st.data())
def test_who_has_no_place_counts_for_nobodys_score(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    ranking = prioritize(drawn.items, drawn.scoring)
    placed = [place for place in ranking.places if place.rank is not None]
    assume(0 < len(placed) < len(drawn.items))
    alone = prioritize([drawn.items[place.index] for place in placed], drawn.scoring)
    scores = {drawn.items[place.index].key: place.verdict.score for place in placed}
    again = {
        drawn.items[placed[place.index].index].key: place.verdict.score
        for place in alone.places
        if place.rank is not None
    }
    assert {key: scores[key] for key in again} == again
    assert alone.reference == ranking.reference


@every_method
@REPEATABLE
@given(data=st.data())
def test_no_verdict_comes_from_what_is_not_judged(name: str, data: st.DataObject) -> None:
    items, scoring, _, _ = data.draw(lists(name))
    judged = inputs_judged(scoring)
    blank = [
        Item(
            item.key,
            item.inputs.model_copy(update=dict.fromkeys({*item.inputs.model_fields_set} - judged)),
        )
        for item in items
    ]
    usual = Scoring(
        scoring.method,
        usual_options(scoring.method, scoring.options),
        scoring.bucket_method,
        usual_options(scoring.bucket_method, scoring.bucket_options),
    )
    assert verdicts(blank, usual) == verdicts(items, scoring)


@every_method
@REPEATABLE
@given(data=st.data())
def test_other_options_are_named_exactly_where_they_are_judged(
    name: str, data: st.DataObject
) -> None:
    method, drawn = METHODS[name], [data.draw(options_of(name)) for _ in range(2)]
    old, new = (canonical_options(method, options) or {} for options in drawn)
    differing = {option for option in old if old[option] != new[option]}
    usual = Scoring(METHODS["rice"], METHODS["rice"].options())
    for scorings in (
        [Scoring(method, options) for options in drawn],
        [Scoring(usual.method, usual.options, method, options) for options in drawn],
    ):
        before, after = (side_of([], scoring) for scoring in scorings)
        said = rescored_by(before, after)
        assert [*said] == ["options_changed"] * bool(differing)
        assert all(any(name in text for name in differing) for text in said.values())


@every_method
@REPEATABLE
@given(data=st.data())
def test_an_item_moves_against_its_score_by_others_or_by_the_list(
    name: str, data: st.DataObject
) -> None:
    items, scoring, _, _ = data.draw(lists(name))
    inputs = inputs_of(name, with_buckets=scoring.bucket_method is not None)
    other = [Item(item.key, without_circles(Item(item.key, data.draw(inputs)))) for item in items]
    before, after = side_of(items, scoring), side_of(other, scoring)
    old, new = ({one.key: one for one in side.standings} for side in (before, after))
    for move in compare(before, after, ALL).moves:
        was, now = old[move.key], new[move.key]
        if was.rank and now.rank:
            better = sort_key(now.tier, now.score) <= sort_key(was.tier, was.score)
            worse = sort_key(now.tier, now.score) >= sort_key(was.tier, was.score)
            if better and now.rank > was.rank:
                assert {"overtaken", "list_changed"} & {*codes(move)}
            if worse and now.rank < was.rank:
                assert {"others_fell", "list_changed"} & {*codes(move)}


def usual_options(method: Method[Any, Any] | None, options: Options | None) -> Any:  # noqa: ANN401
    """Give options whose idle ones are as they are where nobody says them."""
    return method and method.options.model_validate(canonical_options(method, options))


def verdicts(items: Sequence[Item], scoring: Scoring) -> dict[str, object]:
    """Give what places each item."""
    placed = {items[place.index].key: place.verdict for place in prioritize(items, scoring).places}
    return {key: (one.score, one.tier, one.bucket) for key, one in placed.items()}


@every_method
@REPEATABLE
@given(data=st.data())
def test_order_of_items_does_not_matter(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name, circles=True))
    assert told(drawn.items, drawn.scoring) == told(drawn.shuffled, drawn.scoring)


@every_method
@REPEATABLE
@given(data=st.data())
def test_a_per_item_method_says_the_same_whatever_else_is_in_the_list(
    name: str, data: st.DataObject
) -> None:
    drawn = data.draw(lists(name, per_item=True))
    scoring = drawn.scoring
    whole = {
        drawn.items[place.index].key: place.verdict
        for place in prioritize(drawn.items, scoring).places
    }
    for place in prioritize(drawn.some, scoring).places:
        assert place.verdict == whole[drawn.some[place.index].key]


@every_method
@REPEATABLE
@given(data=st.data())
def test_any_valid_list_is_scored_or_refused(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name, circles=True))
    try:
        ranking = prioritize(drawn.items, drawn.scoring)
    except EngineError:
        return
    assert sorted(place.index for place in ranking.places) == list(range(len(drawn.items)))
    for place in ranking.places:
        explain(drawn.items[place.index], drawn.scoring, place.verdict, ranking.reference)


@every_method
@REPEATABLE
@given(data=st.data())
def test_scores_are_finite_rounded_and_without_negative_zero(
    name: str, data: st.DataObject
) -> None:
    drawn = data.draw(lists(name))
    for place in prioritize(drawn.items, drawn.scoring).places:
        score = place.verdict.score
        if score is not None:
            assert math.isfinite(score)
            assert rounded(score) == score
            assert score != 0 or math.copysign(1, score) == 1


@every_method
@REPEATABLE
@given(data=st.data())
def test_what_has_no_score_or_no_place_says_why(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    for place in prioritize(drawn.items, drawn.scoring).places:
        verdict = place.verdict
        assert {reason.code for reason in verdict.reasons} <= CODES
        assert all(reason.message for reason in verdict.reasons)
        assert bool(verdict.reasons) == (verdict.score is None)
        if verdict.tier is None:
            assert verdict.score is None


@every_method
@REPEATABLE
@given(data=st.data())
def test_the_tier_is_the_place_of_the_bucket(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    buckets = (drawn.scoring.bucket_method or drawn.scoring.method).buckets
    for place in prioritize(drawn.items, drawn.scoring).places:
        verdict = place.verdict
        if verdict.tier is None or not buckets:
            assert (verdict.tier or 0, verdict.bucket, verdict.bucket_text) == (0, None, None)
        else:
            assert verdict.bucket == buckets[verdict.tier]
            assert verdict.bucket_text


@every_method
@REPEATABLE
@given(data=st.data())
def test_ranks_and_positions_count_those_before(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    ranking = prioritize(drawn.items, drawn.scoring)
    keys = [drawn.items[place.index].key for place in ranking.places]
    have = [place for place in ranking.places if place.verdict.tier is not None]
    without = ranking.places[len(have) :]
    assert ranking.ranked == len(have)
    assert [(place.rank, place.position) for place in without] == [(None, None)] * len(without)
    assert keys[len(have) :] == sorted(keys[len(have) :])
    for place, key in zip(have, keys, strict=False):
        before = [other for other in have if goes_before(other, place)]
        tied = [k for other, k in zip(have, keys, strict=False) if are_tied(other, place)]
        assert place.rank == len(before) + 1
        assert place.position == len(before) + sum(other <= key for other in tied)
    assert [place.position for place in have] == list(range(1, len(have) + 1))


def goes_before(one: Place, other: Place) -> bool:
    """Rule 5, read aloud: the lower tier, then the higher score, then those without one."""
    (tier, score), (other_tier, other_score) = (
        (place.verdict.tier or 0, place.verdict.score) for place in (one, other)
    )
    if tier != other_tier:
        return tier < other_tier
    if score is None or other_score is None:
        return score is not None and other_score is None
    return score > other_score


def are_tied(one: Place, other: Place) -> bool:
    """Neither goes before the other."""
    return not goes_before(one, other) and not goes_before(other, one)


@every_method
@REPEATABLE
@given(data=st.data())
def test_the_explanation_recomputes_to_the_score(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    ranking = prioritize(drawn.items, drawn.scoring)
    for place in ranking.places:
        item, score = drawn.items[place.index], place.verdict.score
        explanation = explain(item, drawn.scoring, place.verdict, ranking.reference)
        if place.verdict.tier is None:
            assert explanation is None
            continue
        assert explanation is not None
        assert explanation.text
        assert explanation.bucket_text == place.verdict.bucket_text
        if score is None:
            assert explanation.terms == []
            continue
        for term in explanation.terms:
            if term.input:
                assert term.given == sent(item.inputs, term.input)
        assert_is_rounded(score, *recomputed(explanation.terms))
        if isinstance(drawn.scoring.options, WeightedOptions):
            assert_are_normalized(
                explanation.terms, drawn.scoring.options, ranking.reference or {}
            )
        else:
            assert_is_rounded(score, formula(name, item.inputs, drawn.scoring.options))


@every_method
@REPEATABLE
@given(data=st.data())
def test_a_score_is_not_finite_only_where_the_exact_one_is_not(
    name: str, data: st.DataObject
) -> None:
    drawn = data.draw(lists(name))
    for place in prioritize(drawn.items, drawn.scoring).places:
        if not_finite() in place.verdict.reasons:
            assert name != "weighted"
            inputs = drawn.items[place.index].inputs
            exact = formula(name, inputs, drawn.scoring.options)
            assert exact * (1 + DIGITS) > Fraction(sys.float_info.max)


def assert_is_rounded(score: float, *parts: Fraction) -> None:
    """A score is the exact sum of its parts, but for what they cancel out and what underflows."""
    exact = sum(parts, Fraction(0))
    lost = sum(map(abs, parts), Fraction(0)) - abs(exact)
    allowed = abs(exact) * DIGITS + lost / 2**50 + Fraction(5e-324) * 8
    assert abs(Fraction(score) - exact) <= allowed


def sent(inputs: Inputs, name: str) -> object:
    """Look up an input, or the value of a criterion."""
    name, _, criterion = name.partition(".")
    value = getattr(inputs, name)
    return value[criterion] if criterion else value


def recomputed(terms: Sequence[Term]) -> list[Fraction]:
    """Follow the one shape: addends, or the product of factors, by the product of divisors."""
    of: dict[str, list[Fraction]] = {"addend": [], "factor": [], "divisor": []}
    for term in terms:
        of[term.role].append(Fraction(term.contribution))
    assert not (of["addend"] and of["factor"])
    above = of["addend"] or [math.prod(of["factor"], start=Fraction(1))]
    below = math.prod(of["divisor"], start=Fraction(1))
    return [part / below for part in above]


@every_method
@REPEATABLE
@given(data=st.data())
def test_warnings_count_items_of_the_list_and_name_the_first_twenty(
    name: str, data: st.DataObject
) -> None:
    drawn = data.draw(lists(name))
    keys = {item.key for item in drawn.items}
    for warning in prioritize(drawn.items, drawn.scoring).warnings:
        assert warning.code
        assert warning.message
        assert warning.keys == sorted(set(warning.keys) & keys)
        assert len(warning.keys) == min(warning.count, 20)


@every_method
@REPEATABLE
@given(data=st.data())
def test_the_balance_counts_every_item_that_has_a_bucket(name: str, data: st.DataObject) -> None:
    drawn = data.draw(lists(name))
    ranking = prioritize(drawn.items, drawn.scoring)
    if ranking.balance is None:
        return
    for bucket in ranking.balance.buckets:
        assert bucket.items == sum(p.verdict.bucket == bucket.bucket for p in ranking.places)
        assert bucket.share is None or 0 <= bucket.share <= 1
