"""Defends what every method promises: whoever adds a file to app/engine/methods is tested here."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import app.engine.methods
from app.engine.inputs import Inputs
from app.engine.method import Example, Method
from app.engine.methods import METHODS, AnyInputs, inputs_with_buckets
from app.engine.ranking import Place, Scoring, prioritize

TWO_MEANINGS = {"impact", "confidence"}
"""Names that two methods know on different scales."""

EXAMPLES = [
    pytest.param(method, example, id=f"{name}-{example.name}")
    for name, method in METHODS.items()
    for example in method.examples
]


class Item(NamedTuple):
    key: str
    inputs: Inputs


def prioritized(method: Method[Any, Any], example: Example) -> dict[str, Place]:
    """Give the places by key, in the order of the ranking."""
    request = example.request
    buckets, bucket_options = None, None
    if bucket_by := request.get("bucket_by"):
        buckets = METHODS[bucket_by["method"]]
        bucket_options = buckets.options.model_validate(bucket_by.get("options", {}))
    model = inputs_with_buckets(method) if buckets else method.inputs
    items = [
        Item(sent["key"], model.model_validate(sent.get("inputs", {})))
        for sent in request["items"]
    ]
    options = method.options.model_validate(request.get("options", {}))
    scoring = Scoring(method, options, buckets, bucket_options)
    return {items[place.index].key: place for place in prioritize(items, scoring).places}


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Find the properties of a JSON schema and of all it refers to."""
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {}).items()


def test_there_are_ten_methods() -> None:
    assert list(METHODS) == [
        "cd3",
        "ice",
        "kano",
        "moscow",
        "now_next_later",
        "opportunity",
        "rice",
        "value_effort",
        "weighted",
        "wsjf",
    ]


def test_every_file_is_a_method() -> None:
    folder = Path(str(app.engine.methods.__file__)).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_named_as_its_file(name: str) -> None:
    assert METHODS[name].name == name


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_is_and_when_to_use_it(name: str) -> None:
    method = METHODS[name]
    assert import_module(f"app.engine.methods.{name}").__doc__
    assert all(
        (method.title, method.formula, method.source, method.use_it, method.avoid_it),
    )
    assert method.inputs.__doc__
    assert method.options.__doc__


@pytest.mark.parametrize("name", METHODS)
def test_every_input_and_option_is_described(name: str) -> None:
    method = METHODS[name]
    for model in (method.inputs, method.options):
        for known, schema in properties(model.model_json_schema()):
            assert schema.get("description"), known


@pytest.mark.parametrize("name", METHODS)
def test_every_input_may_be_absent_or_null(name: str) -> None:
    model = METHODS[name].inputs
    assert model() == model.model_validate(dict.fromkeys(model.model_fields))


@pytest.mark.parametrize("model", [m.inputs for m in METHODS.values()] + [AnyInputs])
def test_unknown_inputs_are_refused(model: type[Inputs]) -> None:
    assert model.model_json_schema()["additionalProperties"] is False


def test_an_input_has_one_schema_wherever_it_occurs() -> None:
    known: dict[str, Any] = {}
    for method in METHODS.values():
        schema = method.inputs.model_json_schema()
        for name, described in schema["properties"].items():
            if name not in TWO_MEANINGS:
                assert known.setdefault(name, described) == described, (method.name, name)


@pytest.mark.parametrize("name", METHODS)
def test_inputs_with_buckets_are_those_of_the_method_and_of_all_buckets(name: str) -> None:
    method = METHODS[name]
    expected = set(method.inputs.model_fields)
    for other in METHODS.values():
        if other.buckets:
            expected |= set(other.inputs.model_fields)
    assert set(inputs_with_buckets(method).model_fields) == expected


def test_any_inputs_know_every_name() -> None:
    assert set(AnyInputs.model_fields) == {
        name for method in METHODS.values() for name in method.inputs.model_fields
    }


@pytest.mark.parametrize("name", METHODS)
def test_one_example_says_where_its_formula_or_its_numbers_come_from(name: str) -> None:
    assert any(example.source for example in METHODS[name].examples)


@pytest.mark.parametrize("name", METHODS)
def test_examples_have_names_of_their_own(name: str) -> None:
    names = [example.name for example in METHODS[name].examples]
    assert len(set(names)) == len(names) > 0


@pytest.mark.parametrize(("method", "example"), EXAMPLES)
def test_every_example_holds(method: Method[Any, Any], example: Example) -> None:
    places = prioritized(method, example)
    assert list(places) == list(example.scores)
    told = {
        key: None if score is None else f"{score:.11e}" for key, score in example.scores.items()
    }
    assert {
        key: None if (score := place.verdict.score) is None else f"{score:.11e}"
        for key, place in places.items()
    } == told
    assert {
        key: bucket for key, place in places.items() if (bucket := place.verdict.bucket)
    } == example.buckets
