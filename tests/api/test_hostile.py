"""Whatever is sent, the answer is a verdict or a problem: never a 500, never a hang."""

import json
import tracemalloc
from collections.abc import Iterator
from gzip import compress

import pytest
from fastapi.testclient import TestClient

JSON = {"content-type": "application/json"}


def items(*inputs: str, key: str = '"A"') -> bytes:
    return f'{{"items": [{{"key": {key}, "inputs": {{{", ".join(inputs)}}}}}]}}'.encode()


MALFORMED = {
    "empty": b"",
    "white space": b"  \n",
    "not JSON": b"<xml/>",
    "NaN": items('"reach": NaN'),
    "Infinity": items('"reach": Infinity'),
    "-Infinity": items('"reach": -Infinity'),
    "1e400": items('"reach": 1e400'),
    "an integer beyond any float": items(f'"reach": {"9" * 400}'),
    "NaN in the options": b'{"items": [], "options": {"x": NaN}}',
    "a lone surrogate in the key": items(key='"\\ud800"'),
    "a lone surrogate in a name": items('"\\udfff": 1'),
    "a byte order mark": b"\xef\xbb\xbf" + items(),
    "UTF-16": '{"items": []}'.encode("utf-16"),
    "Latin-1": '{"items": [{"key": "é"}]}'.encode("latin-1"),
    "an overlong encoding": b'{"items": "\xc0\x80"}',
    "a control character in a string": b'{"items": "\x01"}',
    "two documents": b'{"items": []} {"items": []}',
    "a comment": b'{"items": [] /* none */}',
    "a trailing comma": b'{"items": [],}',
    "single quotes": b"{'items': []}",
    "deep lists": b'{"items": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "deep objects": b'{"items": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "deep options": b'{"items": [], "options": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "cut off": items('"reach": 1')[:-3],
}

INVALID = {
    "null": b"null",
    "a number": b"1",
    "a string": b'"items"',
    "a list": b"[]",
    "an empty object": b"{}",
    "no items": b'{"items": []}',
    "items as an object": b'{"items": {}}',
    "a null among the items": b'{"items": [null]}',
    "a true number": items('"reach": true'),
    "a number as text": items('"reach": "5"'),
    "a list for a number": items('"reach": [1]'),
    "a negative reach": items('"reach": -1'),
    "a confidence of 101": items('"confidence": 101'),
    "a NUL in the key": items(key='"a\\u0000b"'),
    "a NUL in the title": b'{"items": [{"key": "A", "title": "\\u0000", "inputs": {}}]}',
    "a key of dots": items(key='".."'),
    "a key with a line feed at the end": items(key='"A\\n"'),
    "a key with a no-break space at the end": items(key='"A\\u00a0"'),
    "an empty key": items(key='""'),
    "a long key": items(key=f'"{"k" * 256}"'),
    "a number as key": items(key="1"),
    "a very long name": items(f'"{"n" * 1_000_000}": 1'),
    "a name of a prototype": items('"__proto__": {}'),
    "ten thousand and one items": b'{"items": [' + b"{}," * 10_000 + b"{}]}",
    "two million empty items": b'{"items": [' + b"{}," * 2_000_000 + b"{}]}",
    "ten thousand wrong items": b'{"items": [' + b'{"kee": 1, "reach": 2},' * 9_999 + b"{}]}",
    "a deep value of a key": items(key="[" * 500 + "]" * 500),
    "unknown buckets": b'{"items": [{"key": "A", "inputs": {}}], "bucket_by": {"method": "rice"}}',
    "buckets by a number": b'{"items": [{"key": "A", "inputs": {}}], "bucket_by": 5}',
    "buckets by nothing": b'{"items": [{"key": "A", "inputs": {}}], "bucket_by": {}}',
    "options of another method": b'{"items": [{"key": "A", "inputs": {}}], "options": {"cut": 1}}',
    "null options": b'{"items": [{"key": "A", "inputs": {}}], "options": null}',
    "too many dependencies": items('"depends_on": [' + '"x",' * 100 + '"x"]'),
}

ODD_BUT_VALID = {
    "the largest float": items('"reach": 1.7976931348623157e308, "impact": 3, "effort": 1e-308'),
    "the smallest float": items('"reach": 5e-324, "impact": 3, "confidence": 50, "effort": 3'),
    "a negative zero": items('"reach": -0.0, "impact": 3, "confidence": 50, "effort": 3'),
    "an integer beyond 64 bits": items('"reach": 12345678901234567890123'),
    "an escaped solidus and a number sign": items(key='"owner\\/repo#12"'),
    "an emoji": items(key='"\\ud83d\\ude00"'),
    "a repeated name, of which the last counts": items('"reach": -1, "reach": 1'),
    "a dependency on itself, not read by RICE alone": items('"depends_on": ["A"]'),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_not_json_is_malformed(client: TestClient, name: str) -> None:
    answer = client.post("/v1/score/rice", content=MALFORMED[name], headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-json")


@pytest.mark.parametrize("name", INVALID)
def test_what_is_not_a_request_is_refused_in_few_words(client: TestClient, name: str) -> None:
    answer = client.post("/v1/score/rice", content=INVALID[name], headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation")
    assert 1 <= len(answer.json()["errors"]) <= 100
    assert len(answer.content) < 50_000
    assert "Input should" not in answer.text  # Pydantic's own words are not for our readers


FLOODS = {
    "a million wrong items": {"items": [{}] * 1_000_000},
    "a list of blanks in each item": {
        "items": [{"key": f"K{n}", "inputs": {"depends_on": [""] * 80}} for n in range(10_000)]
    },
    "half a million unknown names": {
        "items": [{"key": "A", "inputs": {f"n{n}": 1 for n in range(500_000)}}]
    },
    "many unknown names in each item": {
        "items": [
            {"key": f"K{n}", "inputs": {f"n{m}": 1 for m in range(50)}} for n in range(10_000)
        ]
    },
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_faults_takes_no_more_room_than_its_body(client: TestClient, name: str) -> None:
    body = json.dumps(FLOODS[name]).encode()
    assert len(body) < 8 * 1024 * 1024
    tracemalloc.start()
    answer = client.post("/v1/score/moscow", content=body, headers=JSON)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 100
    assert peak < 150_000_000


@pytest.mark.parametrize("name", ODD_BUT_VALID)
def test_what_is_odd_but_valid_is_answered(client: TestClient, name: str) -> None:
    answer = client.post("/v1/score/rice", content=ODD_BUT_VALID[name], headers=JSON)
    assert answer.status_code == 200
    json.loads(answer.content, parse_constant=pytest.fail)


def test_a_score_beyond_any_float_leaves_its_item_without_one(client: TestClient) -> None:
    body = items('"reach": 1e308, "impact": 3, "confidence": 100, "effort": 0.001')
    (item,) = client.post("/v1/score/rice", content=body, headers=JSON).json()["data"]
    assert (item["status"], item["reasons"][0]["code"]) == ("unranked", "not_finite")


@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "application/x-www-form-urlencoded", "text/json", "json"),
        *("application/+json", "application/json; charset=latin-1"),
        *("application/json; charset*; charset*0", "application/json; charset=utf-8; charset=x"),
        *("application/json, text/plain", "application/json; charset", ";"),
    ],
)
def test_a_body_that_is_not_said_to_be_json_is_refused(
    client: TestClient, content_type: str
) -> None:
    answer = client.post("/v1/score/rice", content=items(), headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize("path", ["/v1/score/rice", "/v1/backlogs", "/v1/inspect"])
@pytest.mark.parametrize("codings", [["gzip"], ["BR"], ["identity, gzip"], ["identity", "gzip"]])
def test_a_compressed_body_is_refused(client: TestClient, path: str, codings: list[str]) -> None:
    headers = [("content-encoding", one) for one in codings]
    headers.append(("content-type", "application/json"))
    answer = client.post(path, content=compress(items()), headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (
        *(415, "Send the body uncompressed, without Content-Encoding."),
    )


@pytest.mark.parametrize("coding", ["", "identity", "Identity, identity"])
def test_a_body_that_is_said_to_be_as_it_is_is_taken(client: TestClient, coding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": coding}
    assert client.post("/v1/score/rice", content=items(), headers=headers).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json; charset=utf-8", 'application/json;charset="UTF-8"'),
        *("APPLICATION/JSON", "application/x+json", "application/json; profile=x;"),
    ],
)
def test_json_is_known_by_its_media_type(client: TestClient, content_type: str) -> None:
    answer = client.post("/v1/score/rice", content=items(), headers={"content-type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/score/rice", "/v1/methods", "/nowhere"])
def test_a_body_that_is_too_large_by_its_length_is_a_problem(
    client: TestClient, path: str
) -> None:
    answer = client.request("POST", path, content=b" " * (8 * 1024 * 1024 + 1), headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_body_that_grows_too_large_in_chunks_is_a_problem(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(9):
            yield b" " * 1024 * 1024

    answer = client.post("/v1/score/rice", content=chunks(), headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


QUERIES = [
    "%00",
    "order=%00",
    "order=%ff",
    "order[]=rank",
    "=",
    "&&&",
    "a" * 5000,
    "explain=%F0%9F%98%80",
    "explain=yes",
    "order=rank&order=rank",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_hostile_query_is_refused_or_ignored(client: TestClient, query: str) -> None:
    answer = client.post(f"/v1/score/rice?{query}", content=items(), headers=JSON)
    assert answer.status_code in {200, 422}
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(
    "path",
    ["/v1/methods/%00", "/v1/methods/..%2f", "/v1/methods/" + "m" * 5000, "/%ff", "/v2"],
)
def test_a_hostile_address_is_a_problem(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
