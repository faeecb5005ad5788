"""Whatever comes, it is items with faults or one refusal, and what is read fits what is kept."""

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.api.v1.bodies import Labels, Title, Url
from app.engine.inputs import KEY_PATTERN, Key
from app.engine.methods import AnyInputs
from app.sync.detection import detect, read_csv
from app.sync.errors import SyncError
from app.sync.inspection import inspect
from app.sync.page import Page, is_key
from app.sync.profile import Profile
from app.sync.raw import RawPage
from app.sync.reading import read
from app.sync.requests import Placed
from app.sync.writeback import requests_for
from tests.sync.pages import INPUTS, PAGES

PROFILES = [
    None,
    Profile(),
    Profile.model_validate(
        {
            "inputs": {
                "reach": {"from": ["customfield_10072", "reactions.+1", "count:needs", "Reach"]},
                "impact": {
                    "from": ["label:Impact/", "label:impact:", "priority", "name:Impact"],
                    "values": {"high": 2},
                },
                "confidence": {"from": ["customfield_10073"], "unit": "fraction"},
                "effort": {"from": ["estimate", "sum:needs.customer.revenue", "status"]},
                "must_be": {"from": ["number", "priority"]},
                "category": {"from": ["state", "status.statusCategory.key"]},
                "depends_on": {"from": ["labels", "title", "summary"]},
                "criteria.gain": {"from": ["votes.votes", "customfield_10016"]},
            },
            "exclude": {"status.statusCategory.key": ["done"], "state": ["closed"]},
            "writeback": {
                "score": "customfield_10072",
                "rank": "estimate",
                "bucket": {"field": "labels", "options": {"must": "l1"}},
            },
        }
    ),
]

ODD: list[Any] = [
    *(None, True, False, 0, -1, 5, 1.5, 1e308, -0.0, 10**18),
    *("", " ", "x", "12", "1,200", "TBD", "..", "\x00", "é" * 600, "2026-13-45T99:00:00Z"),
    *([], [None], [[]], [{}], ["x", 5], {}, {"value": None}, {"name": {}}, {"nodes": 5}),
    *({"nodes": [None, 5]}, {"edges": [5, {"node": None}]}, {"id": []}, {"key": {}}),
    {"type": "doc", "content": [{"content": [{"text": "4"}, {"text": 4}]}, 5]},
    {"issues": []},
    {"value": {"value": {"value": "3"}}},
]

NAMES = ["reach", "fields", "names", "", "errors", "Reach\nx", "effort " * 50, "\x00", "sum:reach"]

JSON = st.recursive(
    st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "name", "nodes", "x", "id"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


def places(node: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - a JSON document
    for place in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, place
        if isinstance(node[place], dict | list):
            yield from places(node[place])


def copied(document: object) -> Any:  # noqa: ANN401 - a JSON document
    return json.loads(json.dumps(document))


def damaged(document: Any, data: st.DataObject) -> Any:  # noqa: ANN401 - a JSON document
    """Take something out of a document, or put something odd into it."""
    document = copied(document)
    for _ in range(data.draw(st.integers(0, 4))):
        known = list(places(document))
        if not known:
            break
        parent, place = data.draw(st.sampled_from(known))
        match data.draw(st.sampled_from(["drop", "swap", "add", "twice"])):
            case "drop":
                del parent[place]
            case "swap":
                parent[place] = copied(data.draw(JSON))
            case "twice" if isinstance(parent, list):
                parent.append(parent[place])
            case _ if isinstance(parent, dict):
                parent[data.draw(st.sampled_from(NAMES))] = copied(data.draw(JSON))
            case _:
                parent[place] = None
    return document


def recognised(body: bytes) -> RawPage | None:
    try:
        return detect(body)
    except SyncError:
        return None


def read_or_refused(raw: RawPage, profile: Profile | None) -> Page | None:
    try:
        return read(raw, profile, INPUTS)
    except SyncError:
        return None


KEYS: TypeAdapter[Any] = TypeAdapter(Key, config={"regex_engine": "python-re"})
TITLES: TypeAdapter[Any] = TypeAdapter(Title | None, config={"regex_engine": "python-re"})
URLS: TypeAdapter[Any] = TypeAdapter(Url, config={"regex_engine": "python-re"})
LABELS: TypeAdapter[Any] = TypeAdapter(Labels, config={"regex_engine": "python-re"})


def assert_fits(page: Page) -> None:
    """Hold what was read against what may be kept."""
    assert len({(item.site, item.source_id) for item in page.items}) == len(page.items)
    for item in page.items:
        KEYS.validate_python(item.key)
        assert item.source_id
        if isinstance(item.title, str | None):
            TITLES.validate_python(item.title)
        if isinstance(item.url, str):
            URLS.validate_python(item.url)
        if isinstance(item.labels, list):
            LABELS.validate_python(item.labels)
        AnyInputs.model_validate(item.inputs)
        json.dumps(item.shown, allow_nan=False)
        unknown = {fault.input for fault in item.faults if fault.code == "unknown_field"}
        unread = {fault.input for fault in item.faults} - {"", *unknown}
        flat = dict(item.inputs)
        flat |= {f"criteria.{name}": x for name, x in flat.pop("criteria", {}).items()}
        assert unread <= {name for name, value in flat.items() if value is None}
        assert unknown.isdisjoint(flat)
        assert all(fault.code and fault.message for fault in item.faults)


@settings(max_examples=1500)
@given(st.data())
def test_a_damaged_page_is_items_with_faults_or_a_refusal(data: st.DataObject) -> None:
    _, document = data.draw(st.sampled_from(list(PAGES.values())))
    body = json.dumps(damaged(document, data)).encode()
    if data.draw(st.integers(0, 9)) == 0:
        body = body[: data.draw(st.integers(0, len(body)))]
    raw = recognised(body)
    if raw is None:
        return
    assert inspect(raw, INPUTS).items == len(raw.issues)
    page = read_or_refused(raw, data.draw(st.sampled_from(PROFILES)))
    if page:
        assert_fits(page)


@settings(max_examples=300)
@given(st.data())
def test_whatever_a_page_shows_can_be_written_back(data: st.DataObject) -> None:
    shown = {word: data.draw(st.sampled_from(ODD)) for word in ("score", "rank", "bucket")}
    items = [
        Placed(
            source=source,
            site="",
            source_id="1",
            key="A",
            score=5.0,
            rank=1,
            bucket="must",
            shown=shown,
        )
        for source in ("jira", "linear", "github", "csv")
    ]
    profile = PROFILES[2]
    assert profile
    for plan in ("fields", "rank", "bulk"):
        made = requests_for(items, profile, plan)
        assert len(made.requests) + sum(made.skipped.values()) >= len(items)


CELLS = st.sampled_from(
    ["", "A", "B", "1", "1,200", "1.200", "12,5", "80%", "x, y", '"q"', '"', "'=1", "=1", "TBD",
     "a\nb", "must", "1'200", "é", "\x00", "..", "k" * 300, ";", "\t", "\r"]
)  # fmt: skip
HEADERS = st.sampled_from(
    ["key", "ID", "reach", "Reach", "Effort", "category", "depends_on", "labels", "title", "url",
     "criteria.gain", "criteria.", "Custom field (Reach)", "", "Status", "customfield_10072",
     "Reach\tper month", "effort " * 50]
)  # fmt: skip


@settings(max_examples=1000)
@given(
    st.lists(HEADERS, max_size=6),
    st.lists(st.lists(CELLS, max_size=7), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.booleans(),
    st.sampled_from(PROFILES),
    st.data(),
)
def test_any_spreadsheet_is_items_with_faults_or_a_refusal(
    header: list[str],
    rows: list[list[str]],
    delimiter: str,
    encoding: str,
    quoted: bool,
    profile: Profile | None,
    data: st.DataObject,
) -> None:
    def written(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    lines = [delimiter.join(map(written, row)) for row in [["key", *header], *rows]]
    body = "\n".join(lines).encode(encoding)
    if data.draw(st.integers(0, 4)) == 0:
        body = body[: data.draw(st.integers(0, len(body)))]
    try:
        raw = read_csv(body)
    except SyncError:
        return
    assert inspect(raw, INPUTS).items == len(raw.issues)
    page = read_or_refused(raw, profile)
    if page:
        assert_fits(page)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_spreadsheet_or_a_refusal(body: bytes) -> None:
    try:
        read_csv(b"key\n" + body)
        read_csv(body)
    except SyncError:
        return


@given(st.text(max_size=10) | st.from_regex(KEY_PATTERN))
def test_a_key_is_what_the_engine_takes_for_one(text: str) -> None:
    assert is_key(text) == bool(len(text) <= 255 and re.search(KEY_PATTERN, text))
