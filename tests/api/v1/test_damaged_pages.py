"""Whatever a tool sends, whole or damaged: items with reasons or a problem, and no half of it."""

import json
from copy import deepcopy
from typing import Any, Final

import httpx2
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.v1.conftest import Made
from tests.api.v1.pages import PROFILE, event, issue, search

LINEAR: Final = {
    "data": {
        "issues": {
            "pageInfo": {"hasNextPage": True, "endCursor": "c"},
            "nodes": [
                {
                    "id": "044a462c-1acd-4092-8e66-51e4d7c9c7ca",
                    "identifier": "ENG-1",
                    "title": "Search",
                    "url": "https://linear.app/acme/issue/ENG-1/search",
                    "updatedAt": "2026-11-20T10:00:05.000Z",
                    "estimate": 2.0,
                    "labels": {"nodes": [{"name": "High", "parent": {"name": "Impact"}}]},
                    "needs": {"nodes": [{"customer": {"revenue": 5}}]},
                }
            ],
        }
    }
}
GITHUB: Final = [
    {
        "node_id": "I_kwDO1",
        "number": 12,
        "title": "Search",
        "html_url": "https://github.com/acme/shop/issues/12",
        "repository_url": "https://api.github.com/repos/acme/shop",
        "labels": [{"name": "effort/2"}],
        "reactions": {"+1": 4},
        "updated_at": "2026-11-20T10:00:05Z",
    }
]
WHOLE: Final = (
    search(issue(1), issue(2, key="SP-2"), leads_to="T"),
    issue(1),
    {**issue(1), "id": 10_001},
    {"issue": issue(1)},
    event(issue(1), "customfield_1"),
    LINEAR,
    {"action": "update", "type": "Issue", "data": LINEAR["data"]["issues"]["nodes"][0]},  # type: ignore[index]
    GITHUB,
    {"action": "opened", "issue": GITHUB[0], "repository": {"full_name": "acme/shop"}},
)

JUNK: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "-", "n/a", "\x00", "..", "SP-2", "1e999", "x" * 600, "2026-11-20", "🎯"]
    ),
    st.text(max_size=20),
    st.lists(st.none() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=3),
)

ANYTHING: Final = st.recursive(
    JUNK,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["issues", "issue", "fields", "key", "id", "data", "nodes", "self"])
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A page of which some parts are others, are gone, or come twice; or that is cut off."""
    page = deepcopy(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(0, 4))):
        node: Any = page
        while True:
            places: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not places:
                break
            place = draw(st.sampled_from(places))
            if isinstance(node[place], dict | list) and draw(st.booleans()):
                node = node[place]
                continue
            match draw(st.sampled_from(["drop", "swap", "twice"])):
                case "drop":
                    del node[place]
                case "twice" if isinstance(node, list):
                    node.append(deepcopy(node[place]))
                case _:
                    node[place] = draw(JUNK)
            break
    body = json.dumps(page).encode()
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 9)) == 0 else body


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """A spreadsheet of odd cells, in odd encodings."""
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    header = delimiter.join(["key", "reach", "impact", "confidence", "effort", "depends_on"])
    cells = st.sampled_from(
        ["A", "B", "1", "1,5", "1.200", "80%", "-", "", '"', '"x\ny"', "'=1", "1e400", "\x00", "é"]
    )
    rows = draw(st.lists(st.lists(cells, max_size=8).map(delimiter.join), max_size=4))
    text = "\n".join([header, *rows])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])), "ignore")


def assert_all_or_nothing(client: TestClient, address: str, answer: httpx2.Response) -> None:
    """Hold what is kept against what was answered; the contract is held by the client itself."""
    now = client.get(f"{address}/export").json()["backlog"]
    counts = client.get(address).json()["counts"]
    assert len(now["items"]) == sum(counts.values())
    assert client.get(f"{address}/ranking?limit=200").status_code == 200
    assert client.get(f"{address}/ranking.csv").status_code == 200
    assert client.get(f"{address}/writeback").status_code == 200
    if answer.status_code != 200:
        assert answer.status_code in {400, 422}
        assert answer.json()["type"].startswith("/problems/")
        assert now["revision"] == int(client.get(address).headers["etag"].strip('"'))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=damaged() | ANYTHING.map(lambda page: json.dumps(page).encode()))
def test_no_page_breaks_the_service(stored: TestClient, made: Made, body: bytes) -> None:
    address = backlog(stored, made)
    before = stored.get(f"{address}/export").json()
    answer = stored.post(
        f"{address}/sync", content=body, headers={"content-type": "application/json"}
    )
    assert_all_or_nothing(stored, address, answer)
    if answer.status_code != 200:
        assert stored.get(f"{address}/export").json() == before
    else:
        told = answer.json()
        counts = told["counts"]
        outcomes = ("created", "updated", "unchanged", "stale", "left_out")
        assert counts["received"] == len(told["items"]) == sum(counts[one] for one in outcomes)
        again = stored.post(
            f"{address}/sync", content=body, headers={"content-type": "application/json"}
        ).json()
        assert again["revision"] == told["revision"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=sheets())
def test_no_spreadsheet_breaks_the_service(stored: TestClient, made: Made, body: bytes) -> None:
    address = backlog(stored, made)
    answer = stored.post(f"{address}/sync.csv", content=body, headers={"content-type": "text/csv"})
    assert_all_or_nothing(stored, address, answer)


def backlog(client: TestClient, made: Made) -> str:
    """The backlog of this test, which is there from the second page on."""
    found = client.get("/v1/backlogs").json()["data"]
    if found:
        return f"/v1/backlogs/{found[0]['id']}"
    address = made(method="rice", bucket_by={"method": "moscow"})
    assert client.put(f"{address}/profile", json=PROFILE).status_code == 200
    return address
