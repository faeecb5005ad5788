"""msgspec reads the happy path, Pydantic has the last word, and both read the same."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.api.decoding import Decoder, MalformedJson
from app.api.faults import Invalid
from app.api.routes import to_json
from app.api.v1.scores import score_request
from app.engine.methods import METHODS

DECODERS = {name: Decoder(score_request(method)) for name, method in METHODS.items()}

REQUESTS = [
    (name, example.request) for name, method in METHODS.items() for example in method.examples
]

ODD = [
    "null", "true", "false", "0", "-0", "-0.0", "5.0", "5.5", "-1", "1e2", "1e999",
    "NaN", "Infinity", "1e-400", "5e-324", "1.7976931348623157e308", "1" + "0" * 309,
    "12345678901234567890", "1000000000", "1000000001", "101", "05", ".5",
    '""', '"5"', '"."', '".."', '"..."', '" a"', '"a "', '"a\\n"', '"a/b#1"', '"must"', '"Must"',
    '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\u00a0"', f'"{"k" * 256}"',
    "[]", "[[]]", "[null]", '["A", "A"]', "{}", '{"x": 1}', '{"x": null}', '{"": 1}',
    '{"method": "moscow"}', '{"method": "rice"}', '{"min": 1, "max": 0}',
    '{"key": "A", "key": "B"}', "", "{", "]", "\ufeff1",
]  # fmt: skip


def test_each_example_is_read() -> None:
    for name, request in REQUESTS:
        body = json.dumps(request).encode()
        assert len(DECODERS[name].decode(body).items) == len(request["items"])  # type: ignore[attr-defined]


@settings(max_examples=1000)
@given(st.data())
def test_both_accept_and_refuse_the_same_bodies_and_read_the_same(data: st.DataObject) -> None:
    name, request = data.draw(st.sampled_from(REQUESTS))
    body = _damaged(request, data)
    assert _read(DECODERS[name], body) == _read_by_pydantic(DECODERS[name].model, body)


def _damaged(request: Mapping[str, Any], data: st.DataObject) -> bytes:
    """Put something odd into one or two places of a document, or take something out."""
    document = json.loads(json.dumps(request))
    for mark in ("@1", "@2")[: data.draw(st.integers(1, 2))]:
        parent, place = data.draw(st.sampled_from(list(_places(document))))
        if data.draw(st.integers(0, 4)) == 0:
            del parent[place]
        elif isinstance(parent, dict) and data.draw(st.integers(0, 4)) == 0:
            parent[data.draw(st.sampled_from(["title", "bucket_by", "options", "odd", ""]))] = mark
        else:
            parent[place] = mark
        if not document:
            break
    text = json.dumps(document)
    for mark in ('"@1"', '"@2"'):
        text = text.replace(mark, data.draw(st.sampled_from(ODD)))
    return text.encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - a JSON document
    for place in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, place
        if isinstance(node[place], dict | list):
            yield from _places(node[place])


def _read(decoder: Decoder[Any], body: bytes) -> bytes | None:
    try:
        return _told(decoder.decode(body))
    except (Invalid, MalformedJson):
        return None


def _read_by_pydantic(model: type[BaseModel], body: bytes) -> bytes | None:
    try:
        return _told(model.model_validate(orjson.loads(body)))
    except (orjson.JSONDecodeError, ValidationError):
        return None


def _told(request: Any) -> bytes:  # noqa: ANN401 - either kind of request
    """What was read, every absent input as the null that it means."""
    items = json.loads(to_json(request.items))
    for item in items:
        item["inputs"] = {name: x for name, x in item["inputs"].items() if x is not None}
        item.setdefault("title", None)
    rest = [getattr(request, "bucket_by", None), request.options]
    told = [items, [part and part.model_dump(mode="json") for part in rest]]
    return json.dumps(told, sort_keys=True).encode()


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"[]", "#", "model_type"),
        (b"{}", "#", "missing"),
        (b'{"items": {}}', "#/items", "list_type"),
        (b'{"items": [null]}', "#/items/0", "model_type"),
        (
            b'{"items": [{"key": "A", "inputs": {"a/b~c": 1}}]}',
            "#/items/0/inputs/a~1b~0c",
            "unknown_name",
        ),
        (
            b'{"items": [{"key": "A", "inputs": {}}], "bucket_by": {"method": "rice"}}',
            "#/bucket_by/method",
            "union_tag_invalid",
        ),
        (
            b'{"items": [{"key": "A", "inputs": {}}], "options": {"effort_unit": ""}}',
            "#/options/effort_unit",
            "string_too_short",
        ),
    ],
)
def test_a_pointer_leads_into_the_document_as_it_was_sent(
    body: bytes, pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        DECODERS["rice"].decode(body)
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [(pointer, code)]


def test_what_was_sent_is_never_said_back() -> None:
    body = (
        b'{"items": [{"key": "..", "inputs": {"category": "s3cret", "reach": "s3cret"}}],'
        b' "options": {"reach_period": "s3cret"}, "bucket_by": {"method": "s3cret"}}'
    )
    with pytest.raises(Invalid) as refusal:
        DECODERS["rice"].decode(body)
    assert len(refusal.value.faults) == 5
    assert "s3cret" not in to_json(refusal.value.faults).decode()


@pytest.mark.parametrize(
    ("name", "part", "suggestion"),
    [
        ("rice", '"bucket_by": {"method": "moscow", "options": {"capasity": 1}}', "capacity"),
        ("rice", '"bucket_by": {"method": "moscow", "option": {}}', "options"),
        ("weighted", '"options": {"criteria": {"x": {"wieght": 1}}}', "weight"),
        ("now_next_later", '"options": {"now": {"max_item": 1}}', "max_items"),
    ],
)
def test_an_unknown_name_is_compared_with_those_known_at_its_place(
    name: str, part: str, suggestion: str
) -> None:
    body = f'{{"items": [{{"key": "A", "inputs": {{}}}}], {part}}}'.encode()
    with pytest.raises(Invalid) as refusal:
        DECODERS[name].decode(body)
    details = [fault.detail for fault in refusal.value.faults if fault.code == "unknown_name"]
    assert details == [f"Unknown name. Did you mean {suggestion}?"]
