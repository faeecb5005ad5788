"""The stored ranking: never stale, right on every page, and the same as the stateless answer."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from fastapi.testclient import TestClient

from app.api.csv import written
from app.api.v1.rankings import run_item, stored_items
from app.backlogs.writing import new_backlog
from app.engine.methods import METHODS
from app.engine.ranking import Scoring
from app.main import create_app
from app.settings import Settings
from app.storage.database import Database
from app.storage.records import StoredRunItem
from tests.api.v1.conftest import Made, rice
from tests.conftest import BEARER, SECRET

EXAMPLES = [
    pytest.param(method.name, dict(example.request), id=f"{method.name}-{example.name}")
    for method in METHODS.values()
    for example in method.examples
]

TIED = [rice(key, reach) for key, reach in zip("ABCDEFGH", (9, 5, 5, 5, 5, 3, 3, 1), strict=True)]
PLACES = [
    *[("A", 1, 1), ("B", 2, 2), ("C", 2, 3), ("D", 2, 4), ("E", 2, 5), ("F", 6, 6), ("G", 6, 7)],
    *[("H", 8, 8), ("Y", None, None), ("Z", None, None)],
]


@pytest.mark.parametrize(("method", "request_body"), EXAMPLES)
def test_it_is_what_the_same_list_is_answered_without_being_kept(
    stored: TestClient, made: Made, method: str, request_body: dict[str, Any]
) -> None:
    scoring = {name: value for name, value in request_body.items() if name != "items"}
    address = made("Example", request_body["items"], method=method, **scoring)
    kept = stored.get(f"{address}/ranking", params={"limit": 200}).json()
    answered = stored.post(f"/v1/score/{method}", json=request_body).json()
    for one, other in zip(kept.pop("data"), answered.pop("data"), strict=True):
        assert known(one) == known(other)
    assert {name: kept[name] for name in answered} == answered


def known(item: dict[str, Any]) -> dict[str, Any]:
    """An item without what is missing of its inputs, which is sent as null or not at all."""
    inputs = {name: value for name, value in item["inputs"].items() if value is not None}
    for name, value in inputs.get("criteria", {}).copy().items():
        if value is None:
            del inputs["criteria"][name]
    return item | {"inputs": inputs}


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 200])
def test_places_are_right_on_every_page(stored: TestClient, made: Made, limit: int) -> None:
    address = made(items=[*reversed(TIED), {"key": "Z"}, {"key": "Y"}])
    seen: list[Any] = []
    url = f"{address}/ranking?limit={limit}"
    while url:
        page = stored.get(url)
        seen += [(one["key"], one["rank"], one["position"]) for one in page.json()["data"]]
        assert page.json()["counts"] == {"ranked": 8, "unranked": 2}
        url = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == PLACES


@pytest.mark.parametrize("key", ["A", "C", "G", "Z"])
def test_one_item_has_the_place_that_it_has_in_the_list(
    stored: TestClient, made: Made, key: str
) -> None:
    address = made(items=[*TIED, {"key": "Z"}, {"key": "Y"}])
    whole = {one["key"]: one for one in stored.get(f"{address}/ranking").json()["data"]}
    assert stored.get(f"{address}/ranking/{key}").json() == whole[key]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("label=x", [("B", 2, 2), ("E", 5, 5), ("Z", None, None)]),
        ("label=x&label=y", [("E", 5, 5)]),
        ("status=unranked", [("Z", None, None)]),
        ("bucket=must", [("A", 1, 1), ("B", 2, 2)]),
        ("bucket=should&bucket=wont", [("C", 3, 3), ("D", 3, 4), ("E", 5, 5)]),
        ("bucket=should&label=x&status=ranked", []),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
def test_a_filter_leaves_the_places_of_the_whole(
    stored: TestClient, made: Made, query: str, found: list[Any], limit: int
) -> None:
    items = [
        {"key": "A", "inputs": {"category": "must", "value": 9, "effort": 1}},
        {"key": "B", "inputs": {"category": "must", "value": 1, "effort": 1}, "labels": ["x"]},
        {"key": "C", "inputs": {"category": "should", "value": 5, "effort": 1}},
        {"key": "D", "inputs": {"category": "should", "value": 5, "effort": 1}},
        {"key": "E", "inputs": {"category": "wont"}, "labels": ["x", "y"]},
        {"key": "Z", "inputs": {"value": 3}, "labels": ["x"]},
    ]
    address = made(items=items, method="moscow")
    seen: list[Any] = []
    url = f"{address}/ranking?{query}&limit={limit}"
    while url:
        page = stored.get(url)
        seen += [(one["key"], one["rank"], one["position"]) for one in page.json()["data"]]
        url = page.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == found


def test_an_unknown_bucket_is_refused_with_the_known_ones(stored: TestClient, made: Made) -> None:
    address = made(method="moscow")
    answer = stored.get(f"{address}/ranking", params={"bucket": "musts"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_bucket")
    assert answer.json()["errors"][0]["detail"] == "Unknown name. Did you mean must?"
    address = made("Ideas", method="ice")
    answer = stored.get(f"{address}/ranking", params={"bucket": "must"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_bucket")
    assert answer.json()["errors"][0]["detail"] == "The backlog has no buckets."


def test_an_unknown_parameter_is_refused_with_the_nearest(stored: TestClient, made: Made) -> None:
    answer = stored.get(f"{made()}/ranking", params={"labels": "growth"})
    assert answer.json()["errors"][0]["detail"] == "Unknown name. Did you mean label?"


def test_who_has_the_present_ranking_is_told_so(stored: TestClient, made: Made) -> None:
    address = made(items=TIED)
    etag = stored.get(f"{address}/ranking").headers["etag"]
    known_already = {"if-none-match": f'"other", {etag}'}
    for path in ("ranking", "ranking/A", "ranking.csv"):
        answer = stored.get(f"{address}/{path}", headers=known_already)
        assert (answer.status_code, answer.content) == (304, b"")
    stored.patch(f"{address}/items/A", json={"title": "New"})
    assert stored.get(f"{address}/ranking", headers=known_already).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ranking/none", 404),
        ("ranking/archived", 404),
        ("ranking?cursor=AAAA", 400),
        ("ranking?bucket=musts", 422),
    ],
)
@pytest.mark.parametrize("known_already", ["*", "present"])
def test_nobody_has_what_would_be_refused(
    stored: TestClient, made: Made, path: str, status: int, known_already: str
) -> None:
    address = made(items=[*TIED, rice("archived", 1)])
    stored.patch(f"{address}/items/archived", json={"archived": True})
    if known_already == "present":
        known_already = stored.get(f"{address}/ranking").headers["etag"]
    headers = {"if-none-match": known_already}
    assert stored.get(f"{address}/{path}", headers=headers).status_code == status


def test_another_scoring_scores_all_at_once_and_ends_the_cursors(
    stored: TestClient, made: Made
) -> None:
    address = made(items=TIED)
    cursor = stored.get(f"{address}/ranking?limit=2").json()["next_cursor"]
    wanted = {"method": "rice", "options": {"confidence_unit": "fraction"}}
    changed = stored.patch(address, json={"scoring": wanted}).json()
    assert (changed["revision"], changed["counts"]["unranked"]) == (3, 8)
    ranking = stored.get(f"{address}/ranking").json()
    assert {one["reasons"][0]["code"] for one in ranking["data"]} == {"out_of_scale"}
    answer = stored.get(f"{address}/ranking", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-cursor")


def test_an_input_that_means_something_else_now_is_warned_of(
    stored: TestClient, made: Made
) -> None:
    address = made(items=[rice("A", 5)])
    stored.patch(address, json={"scoring": {"method": "ice"}})
    (warning,) = stored.get(f"{address}/ranking").json()["warnings"]
    assert (warning["code"], warning["keys"]) == ("input_meaning_differs", ["A"])
    inputs = {"impact": 5, "confidence": 5, "ease": 5}
    stored.patch(f"{address}/items/A", json={"inputs": inputs})
    ranking = stored.get(f"{address}/ranking").json()
    assert (ranking["warnings"], ranking["data"][0]["score"]) == ([], 125)
    stored.patch(address, json={"scoring": {"method": "ice", "options": {"formula": "mean"}}})
    ranking = stored.get(f"{address}/ranking").json()
    assert (ranking["warnings"], ranking["data"][0]["score"]) == ([], 5)


def test_a_warning_goes_when_its_last_item_is_mended(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 5), rice("B", 5)])
    stored.patch(f"{address}/items/A", json={"inputs": {"impact": 7}})
    (warning,) = stored.get(f"{address}/ranking").json()["warnings"]
    assert (warning["code"], warning["keys"]) == ("scale_mismatch", ["A"])
    stored.patch(f"{address}/items/A", json={"inputs": {"impact": 2}})
    ranking = stored.get(f"{address}/ranking").json()
    assert (ranking["warnings"], ranking["counts"]["unranked"]) == ([], 0)


@pytest.mark.parametrize(
    "spoilt",
    [lambda cursor: cursor[:-1], lambda cursor: cursor + "A", lambda _: "AAAA", lambda _: ".."],
)
def test_a_cursor_that_was_touched_is_refused(
    stored: TestClient, made: Made, spoilt: Callable[[str], str]
) -> None:
    address = made(items=TIED)
    cursor = stored.get(f"{address}/ranking?limit=2").json()["next_cursor"]
    answer = stored.get(f"{address}/ranking", params={"cursor": spoilt(cursor)})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-cursor")


def test_a_cursor_goes_with_its_list_and_its_filter(stored: TestClient, made: Made) -> None:
    address = made(items=TIED)
    other = made("Other", TIED)
    cursor = stored.get(f"{address}/ranking?limit=2").json()["next_cursor"]
    for url in (f"{other}/ranking?", f"{address}/items?", f"{address}/ranking?status=ranked&"):
        assert stored.get(f"{url}cursor={cursor}").status_code == 400, url


def test_the_csv_holds_all_rows_with_their_inputs(stored: TestClient, made: Made) -> None:
    many = [rice(f"K{number:04}", 5000 - number) for number in range(1200)]
    address = made(items=[*many, {"key": "Z", "inputs": {"reach": 1}}])
    answer = stored.get(f"{address}/ranking.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 1201
    assert rows[0]["key"] == "K0000"
    assert [rows[1199][name] for name in ("key", "rank", "score", "reach")] == [
        *("K1199", "1200", "3801", "3801"),
    ]
    assert (rows[1200]["key"], rows[1200]["status"]) == ("Z", "unranked")
    assert rows[1200]["reasons"].startswith("impact is missing")


def test_the_csv_holds_all_rows_though_fewer_would_be_taken_now(
    made: Made, database: Database
) -> None:
    address = made(items=TIED)
    settings = Settings(secret=SECRET, max_items=3)
    with TestClient(create_app(settings, database), headers=BEARER) as client:
        assert len(client.get(f"{address}/ranking.csv").text.splitlines()) == 9


def test_a_csv_of_more_columns_than_a_spreadsheet_may_have_is_refused(
    stored: TestClient, made: Made
) -> None:
    items = [
        {"key": f"A-{n}", "inputs": {"criteria": {f"of A-{n}, {m}": m for m in range(100)}}}
        for n in range(164)
    ]
    address = made(items=items[:163])
    assert stored.get(f"{address}/ranking.csv").status_code == 200
    stored.post(f"{address}/items", json={"items": items[163:]})
    run = stored.post(f"{address}/runs", json={}).headers["location"]
    for path in (f"{address}/ranking.csv", f"{run}/results.csv"):
        refused = stored.get(path)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["code"] == "too_many_cells"
        assert "may have 16,384 columns" in refused.json()["errors"][0]["detail"]


def test_no_cell_of_the_csv_is_a_formula(stored: TestClient, made: Made) -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1"]
    items = [rice(key, 1, title=key, labels=[key]) for key in formulas]
    items += [rice(f"K{number}", 1, title=f"{blank}=1+1") for number, blank in enumerate("\t\r\n")]
    address = made(items=items)
    text = stored.get(f"{address}/ranking.csv").text
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    for formula in formulas:
        row = rows[f"'{formula}"]
        assert [row["title"], row["labels"]] == [f"'{formula}"] * 2
    assert [rows[f"K{number}"]["title"] for number in range(3)] == [
        *("'\t=1+1", "'\r=1+1", "'\n=1+1")
    ]


def test_no_cell_of_an_imported_run_is_a_formula() -> None:
    stored = StoredRunItem(
        place=1,
        item_id=UUID(int=1),
        key="=K",
        title="=T",
        url="=U",
        labels='["=L"]',
        inputs='{"horizon": "=H"}',
        rank=1,
        position=1,
        score=-2.5,
        tier=0,
        bucket="=B",
        explanation=None,
        reasons='[{"message": "=R"}]',
    )
    lines = written([run_item(stored)], ["horizon"], delimiter=";", bom=False)
    row = b"".join(lines).decode().splitlines()[1]
    assert row == "'=K;'=T;'=U;'=L;ranked;1;1;-2,5;'=H;'=B;'=R"


def test_the_csv_may_be_that_of_excel_in_german(stored: TestClient, made: Made) -> None:
    address = made(items=[rice("A", 1, title="Größe; Länge")])
    answer = stored.get(f"{address}/ranking.csv?bom=true&delimiter=;")
    assert answer.content.startswith(b"\xef\xbb\xbfkey;title;")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert row["title"] == "Größe; Länge"


def test_the_ranking_of_nothing_is_empty(stored: TestClient, made: Made) -> None:
    address = made()
    ranking = stored.get(f"{address}/ranking").json()
    assert (ranking["data"], ranking["counts"]) == ([], {"ranked": 0, "unranked": 0})
    assert len(stored.get(f"{address}/ranking.csv").text.splitlines()) == 1


def test_balance_and_reference_stand_in_the_envelope(stored: TestClient, made: Made) -> None:
    musts = [{"key": "A", "inputs": {"category": "must", "value": 1, "effort": 3}}]
    balance = stored.get(f"{made('M', musts, method='moscow')}/ranking").json()["balance"]
    assert json.dumps(balance).count("must") >= 1
    criteria = {"criteria": {"gain": {"weight": 1}}, "normalization": "min_max"}
    gains = [{"key": key, "inputs": {"criteria": {"gain": n}}} for key, n in (("A", 2), ("B", 6))]
    address = made("W", gains, method="weighted", options=criteria)
    reference = stored.get(f"{address}/ranking").json()["reference"]
    assert (reference["gain"]["min"], reference["gain"]["max"]) == (2, 6)


def test_what_explains_a_ranking_is_read_before_the_first_byte_of_a_csv_is_sent() -> None:
    scoring = Scoring(METHODS["rice"], METHODS["rice"].options())
    backlog = new_backlog("Roadmap", None, scoring, datetime.now(UTC))
    damaged = msgspec.structs.replace(backlog, reference='{"gain": 5}')
    with pytest.raises(msgspec.ValidationError):
        stored_items(damaged, [])


def test_an_item_that_the_method_cannot_take_is_still_in_the_list_that_others_depend_on(
    stored: TestClient,
) -> None:
    scoring = {
        "method": "ice",
        "bucket_by": {"method": "now_next_later", "options": {"now": {"max_items": 5}}},
    }
    made = stored.post("/v1/backlogs", json={"name": "A", "scoring": scoring})
    address = made.headers["location"]
    rated = {"impact": 5, "confidence": 5, "ease": 5}
    items = [
        {"key": "A", "inputs": rated | {"impact": 0.25}},
        {"key": "B", "inputs": rated | {"depends_on": ["A"]}},
    ]
    stored.post(f"{address}/items", json={"items": items})
    ranking = stored.get(f"{address}/ranking").json()
    assert [warning["code"] for warning in ranking["warnings"]] == ["unranked_dependency"]
    assert [one["key"] for one in ranking["data"]] == ["B", "A"]
    assert [reason["code"] for reason in ranking["data"][1]["reasons"]] == ["out_of_scale"]
    circle = {"items": [{"key": "A", "inputs": {"depends_on": ["B"]}}]}
    refused = stored.post(f"{address}/items", json=circle)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "dependency_circle")
